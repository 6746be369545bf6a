/*
 * status.c - `cordon status`: the agent on this machine, asked through its socket.
 */
#include "cli/status.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cli/agent_line.h"
#include "cli/cli.h"
#include "cli/field.h"
#include "cli/plain.h"

enum {
	AGENT_BYTES = 17 << 20,
	STATUS_ARENA = 256 << 20
};

static int unreadable(const struct cli *cli)
{
	struct error err;

	(void)error_set(&err, E_INPUT,
		SAY("the agent's answer cannot be read", "无法读取代理的回答"),
		"it is not the document that was asked for; --json shows it as it came");
	return cli_fail(cli, EXIT_GATEWAY, &err);
}

/* The agent's own word for a request that it does not take. */
static int refused(const struct cli *cli, const json_t *error)
{
	fputs(cli->zh ? "cordon status：" : "cordon status: ", cli->err);
	plain_print(cli->err, field_word(error, cli->zh ? "zh" : "en"));
	fputc('\n', cli->err);
	return EXIT_INPUT;
}

static int say_site(const struct cli *cli, struct arena *arena, const json_t *root)
{
	struct error err;
	struct doc doc;

	doc_init(&doc, arena, SAY("", ""));
	status_site(&doc, root);
	if (doc.failed) {
		(void)error_memory(&err);
		return cli_fail(cli, EXIT_GATEWAY, &err);
	}
	if (cli->csv)
		doc_csv(&doc, cli->zh, cli->out);
	else
		doc_text(&doc, cli->zh, cli->colour, cli->out);
	return EXIT_ANSWERED;
}

static int say_list(const struct cli *cli, struct arena *arena, bool budget, const json_t *root)
{
	struct table t;

	(budget ? status_budget : status_audit)(&t, cli->zh, arena, root);
	if (cli->csv)
		table_csv(&t, cli->out);
	else
		table_print(&t, cli->out, cli->colour);
	return EXIT_ANSWERED;
}

static int say(const struct cli *cli, const char *word, const json_t *root)
{
	bool site = strcmp(word, "status") == 0;
	struct arena arena;
	int status;

	if (site ? !json_is_object(root) : !json_is_array(root))
		return unreadable(cli);
	arena_init(&arena, STATUS_ARENA);
	status = site ? say_site(cli, &arena, root)
		      : say_list(cli, &arena, strcmp(word, "budget") == 0, root);
	arena_clear(&arena);
	return status;
}

/* The others are for programs and stay as they are. */
static bool for_people(const char *word)
{
	return strcmp(word, "status") == 0 || strcmp(word, "budget") == 0 ||
	       strcmp(word, "audit") == 0;
}

static int answer(const struct cli *cli, const char *word, const struct text *reply)
{
	json_t *root = json_loadb(reply->at, reply->len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *error = json_object_get(root, "error");
	int status = error == NULL ? EXIT_ANSWERED : EXIT_INPUT;

	if (cli->json || (error == NULL && !for_people(word)))
		plain_json(cli->out, reply->at, reply->len);
	else
		status = error != NULL ? refused(cli, error) : say(cli, word, root);
	json_decref(root);
	return status;
}

int command_status(struct cli *cli, int argc, char **argv)
{
	const char *path = NULL, *word;
	const struct option_of options[] = { { "--socket", &path, NULL }, { 0 } };
	struct error err = { 0 };
	char line[MAX_NAME];
	struct text reply;
	int status;

	if (cli_options(cli, &argc, argv, options) != 0)
		return EXIT_INPUT;
	word = argc > 1 ? argv[1] : "status";
	if (argc > 3 || path == NULL ||
		snprintf(line, sizeof(line), "%s%s%s", word, argc > 2 ? " " : "",
			argc > 2 ? argv[2] : "") >= (int)sizeof(line))
		return cli_usage(cli, "status",
			SAY("--socket names the agent's socket (state/agent.sock)",
				"--socket 为代理的套接字（state/agent.sock）"));
	text_init(&reply, AGENT_BYTES);
	if (agent_line(path, line, &reply, &err) != 0)
		status = cli_fail(cli, err.code == E_INPUT ? EXIT_INPUT : EXIT_GATEWAY, &err);
	else
		status = answer(cli, word, &reply);
	text_clear(&reply);
	return status;
}
