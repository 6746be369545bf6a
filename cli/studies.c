/*
 * studies.c - `cordon studies`: the studies one is in and what each hospital says of them, proposing one and taking that back, and
 * a proposal as the entry that an officer pastes into studies.yaml.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/node.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/gate.h"
#include "cli/plain.h"
#include "cli/request.h"
#include "cli/show.h"

enum {
	BODY_BYTES = 2 * MAX_QUESTION_BYTES,
	ENTRY_BYTES = 1 << 20,
	PROPOSAL_DEPTH = 8
};

/* Every scalar as a text: what it must be, the gateway says. */
static void add_json(struct text *out, const struct node *n)
{
	bool map = n->kind == NODE_MAP, first = true;

	if (n->kind == NODE_TEXT) {
		text_add_json(out, n->text);
		return;
	}
	text_addc(out, map ? '{' : '[');
	NODE_EACH(child, n) {
		if (!first)
			text_addc(out, ',');
		first = false;
		if (map) {
			text_add_json(out, child->key);
			text_addc(out, ':');
		}
		add_json(out, child);
	}
	text_addc(out, map ? '}' : ']');
}

static int propose(struct cli *cli, const char *path)
{
	struct error err = { 0 };
	struct node *root = NULL;
	struct arena arena;
	struct diags ds;
	struct text body;
	uint8_t *bytes;
	size_t len;
	int status = EXIT_INPUT;

	if (request_bytes(path, BODY_BYTES, &bytes, &len, &err) != 0)
		return cli_fail(cli, EXIT_INPUT, &err);
	arena_init(&arena, MAX_QUERY_ARENA);
	diags_init(&ds, &arena);
	text_init(&body, BODY_BYTES);
	if (node_read(strcmp(path, "-") == 0 ? "stdin" : path, bytes, len, PROPOSAL_DEPTH, &arena,
		    &ds, &root) == 0) {
		add_json(&body, root);
		if (text_failed(&body)) {
			error_set(&err, E_LIMIT, SAY("the proposal is too long", "提议过长"),
				"its request is longer than %zu bytes", body.max);
			status = cli_fail(cli, EXIT_INPUT, &err);
		} else {
			status = gate_call(cli, "POST", "/v1/studies", text_str(&body), show_study);
		}
	}
	cli_diags(cli, &ds, (const char *)bytes, len);
	text_clear(&body);
	arena_clear(&arena);
	free(bytes);
	return status;
}

/* Line by line: what others wrote must not steer a terminal. */
static void print_entry(const struct cli *cli, const char *bytes, size_t len)
{
	struct text line;

	text_init(&line, ENTRY_BYTES);
	for (const char *end, *at = bytes; at < bytes + len; at = end + 1) {
		end = memchr(at, '\n', (size_t)(bytes + len - at));
		end = end == NULL ? bytes + len : end;
		text_reset(&line);
		plain_addn(&line, at, (size_t)(end - at));
		text_addc(&line, '\n');
		fputs(text_str(&line), cli->out);
	}
	text_clear(&line);
}

static int entry(struct cli *cli, const char *id)
{
	struct reply reply = { 0 };
	struct error err = { 0 };
	uint8_t *bytes = NULL;
	char path[MAX_ID + 32];
	struct gate d;
	size_t len = 0;
	int status;

	snprintf(path, sizeof(path), "/v1/studies/%s/entry", id);
	gate_init(&d);
	if (gate_open(cli, &d, &err) != 0) {
		status = cli_fail(cli, EXIT_INPUT, &err);
	} else if (client_bytes(d.client, path, ENTRY_BYTES, &bytes, &len, &reply, &err) != 0) {
		status = gate_failed(cli, &err);
	} else if (reply.status >= 300) {
		status = show_problem(cli, reply.status, reply.body);
	} else {
		print_entry(cli, (const char *)bytes, len);
		status = EXIT_ANSWERED;
	}
	json_decref(reply.body);
	free(bytes);
	gate_clear(&d);
	return status;
}

static int withdraw(struct cli *cli, const char *id)
{
	char path[MAX_ID + 32];
	int status;

	snprintf(path, sizeof(path), "/v1/studies/%s", id);
	status = gate_call(cli, "DELETE", path, NULL, NULL);
	if (status != EXIT_ANSWERED)
		return status;
	if (cli->json)
		fprintf(cli->out, "{\"withdrawn\":\"%s\"}\n", id);
	else
		fprintf(cli->out, "%s %s\n", id,
			tell(cli, SAY("is withdrawn; a hospital that approved it has it in its "
				      "policy until "
				      "an officer takes it out",
					  "已撤回；已批准它的医院，其策略中仍有该课题，须由合规人员"
					  "移除")));
	return status;
}

static int list(struct cli *cli, const char *before)
{
	char path[MAX_ID + 64];

	snprintf(path, sizeof(path), "/v1/studies?limit=50%s%s",
		before == NULL ? "" : "&before=", before == NULL ? "" : before);
	return gate_call(cli, "GET", path, NULL, show_studies);
}

int command_studies(struct cli *cli, int argc, char **argv)
{
	const char *before = NULL;
	const struct option_of options[] = { { "--before", &before, NULL }, { 0 } };

	if (cli_options(cli, &argc, argv, options) != 0)
		return EXIT_INPUT;
	if (argc == 1 && (before == NULL || id_valid(before)))
		return list(cli, before);
	if (argc == 3 && before == NULL && strcmp(argv[1], "propose") == 0)
		return propose(cli, argv[2]);
	if (argc == 3 && before == NULL && strcmp(argv[1], "entry") == 0 && id_valid(argv[2]))
		return entry(cli, argv[2]);
	if (argc == 3 && before == NULL && strcmp(argv[1], "withdraw") == 0 && id_valid(argv[2]))
		return withdraw(cli, argv[2]);
	return cli_usage(cli, "studies",
		SAY("there are propose FILE, withdraw STUDY, entry STUDY and --before STUDY",
			"可用：propose 文件、withdraw 课题、entry 课题、--before 课题"));
}
