/*
 * cohort_read.c - `cordon cohort read`: what a cohort counts, in plain words, and what in it cannot be meant.
 */
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/cohort.h"
#include "cli/plain.h"
#include "cli/request.h"
#include "query/canonical.h"
#include "query/tell.h"

enum {
	TOLD_BYTES = 16 * MAX_QUESTION_BYTES /* in both languages, and as JSON */
};

static void add_told(struct text *out, const struct question *q, bool zh, bool json)
{
	struct text told;

	text_init(&told, TOLD_BYTES);
	tell_cohort(&q->cohort, q->on, zh, &told);
	if (json)
		text_add_json(out, text_str(&told));
	else
		text_add(out, text_str(&told));
	out->failed = out->failed || text_failed(&told);
	text_clear(&told);
}

static int add_json(
	struct text *out, const char *file, const struct question *q, bool whole, struct error *err)
{
	int ret = 0;

	text_add(out, "{\"file\":");
	text_add_json(out, file);
	text_add(out, ",\"en\":");
	add_told(out, q, false, true);
	text_add(out, ",\"zh\":");
	add_told(out, q, true, true);
	if (whole) {
		text_add(out, ",\"canonical\":");
		ret = canonical_write(q, out, err);
	}
	text_add(out, "}\n");
	return ret;
}

/* Line by line: what the question's writer chose must not end one. */
static void print_lines(const struct cli *cli, const char *text)
{
	struct text line;

	text_init(&line, TOLD_BYTES);
	for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		text_reset(&line);
		plain_addn(&line, text, (size_t)(end - text));
		text_addc(&line, '\n');
		fputs(text_str(&line), cli->out);
	}
	text_clear(&line);
}

static int read_one(const struct cli *cli, const char *file)
{
	struct error err = { 0 };
	struct question *q = NULL;
	struct arena arena;
	struct text out;
	bool whole = false;
	int status = EXIT_INPUT;

	arena_init(&arena, MAX_QUERY_ARENA);
	text_init(&out, 4 * TOLD_BYTES);
	if (request_cohort(cli, file, &arena, &q, &whole) != 0)
		goto out;
	if (cli->json && add_json(&out, file, q, whole, &err) != 0) {
		status = cli_fail(cli, EXIT_INPUT, &err);
		goto out;
	}
	if (!cli->json)
		add_told(&out, q, cli->zh, false);
	if (text_failed(&out)) {
		error_set(&err, E_LIMIT,
			SAY("the cohort is too long to be told", "队列过长，无法说明"),
			"longer than %zu bytes", out.max);
		status = cli_fail(cli, EXIT_INPUT, &err);
		goto out;
	}
	if (cli->json)
		fputs(text_str(&out), cli->out);
	else
		print_lines(cli, text_str(&out));
	status = EXIT_ANSWERED;
out:
	text_clear(&out);
	arena_clear(&arena);
	return status;
}

int cohort_read_command(struct cli *cli, int argc, char **argv)
{
	const struct option_of none[] = { { 0 } };
	int status = EXIT_ANSWERED;

	if (cli_options(cli, &argc, argv, none) != 0)
		return EXIT_INPUT;
	if (argc < 2)
		return cli_usage(cli, "cohort",
			SAY("read needs a file: a question, or a cohort alone",
				"read 需要一个文件：问题，或单独的队列"));
	for (int i = 1; i < argc; i++)
		if (read_one(cli, argv[i]) != EXIT_ANSWERED)
			status = EXIT_INPUT;
	return status;
}
