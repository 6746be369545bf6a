/*
 * cohort_convert.c - `cordon cohort convert`: a cohort of ATLAS, i2b2, SHRINE or CCDL as one of ours, and ours as one of ATLAS.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/cohort.h"
#include "cli/request.h"
#include "convert/convert.h"

enum {
	CONVERT_ARENA = 64 << 20,
	OUT_BYTES = 16 << 20
};

struct choices {
	const char *from, *to, *question;
	enum convert_format format;
	struct convert_want want;
	char study[MAX_ID + 1];
};

static int read_choices(const struct cli *cli, struct choices *o)
{
	const char *comma = o->question == NULL ? NULL : strchr(o->question, ',');
	int32_t day;

	if (o->from != NULL && !convert_parse(o->from, &o->format))
		return cli_usage(cli, "cohort",
			SAY("--from is circe, i2b2 or ccdl", "--from 为 circe、i2b2 或 ccdl"));
	if (o->to != NULL && strcmp(o->to, "circe") != 0)
		return cli_usage(cli, "cohort", SAY("--to is circe", "--to 为 circe"));
	if (o->want.on != NULL && !day_parse(o->want.on, &day))
		return cli_usage(cli, "cohort",
			SAY("--on is a day such as 2025-12-31", "--on 为日期，例如 2025-12-31"));
	if (o->question == NULL)
		return EXIT_ANSWERED;
	if (comma == NULL ||
		!text_copyn(
			o->study, sizeof(o->study), o->question, (size_t)(comma - o->question)) ||
		!id_valid(o->study) || !id_valid(comma + 1))
		return cli_usage(cli, "cohort",
			SAY("--question names a study and a dataset, as DM-2026-01,omop",
				"--question 给出课题和数据集，例如 DM-2026-01,omop"));
	o->want.study = o->study;
	o->want.dataset = comma + 1;
	return EXIT_ANSWERED;
}

static int print(const struct cli *cli, struct text *out, int ret)
{
	if (ret == 0)
		fputs(text_str(out), cli->out);
	text_clear(out);
	return ret == 0 ? EXIT_ANSWERED : EXIT_NO;
}

/* Ours to theirs. */
static int give(const struct cli *cli, const char *path)
{
	struct question *q = NULL;
	struct arena arena;
	struct diags ds;
	struct text out;
	bool whole;
	int status = EXIT_INPUT;

	arena_init(&arena, CONVERT_ARENA);
	diags_init(&ds, &arena);
	if (request_cohort(cli, path, &arena, &q, &whole) == 0) {
		text_init(&out, OUT_BYTES);
		status = print(cli, &out, convert_to_circe(q, &arena, &ds, &out));
		cli_diags(cli, &ds, "", 0);
	}
	arena_clear(&arena);
	return status;
}

/* Theirs to ours. */
static int take(const struct cli *cli, const char *path, struct choices *o)
{
	struct error err = { 0 };
	struct arena arena;
	struct diags ds;
	struct text out;
	uint8_t *bytes;
	size_t len;
	int status;

	if (request_bytes(path, MAX_CONVERT_BYTES + 1, &bytes, &len, &err) != 0)
		return cli_fail(cli, EXIT_INPUT, &err);
	if (o->from == NULL && !convert_detect(bytes, len, &o->format)) {
		free(bytes);
		error_set(&err, E_INPUT,
			SAY("this is no cohort definition of Circe, i2b2, SHRINE or CCDL",
				"这不是 Circe、i2b2、SHRINE 或 CCDL 的队列定义"),
			"\"%s\"; --from says which it is", path);
		return cli_fail(cli, EXIT_INPUT, &err);
	}
	arena_init(&arena, CONVERT_ARENA);
	diags_init(&ds, &arena);
	text_init(&out, OUT_BYTES);
	o->want.file = strcmp(path, "-") == 0 ? "stdin" : path;
	status = print(cli, &out, convert_read(o->format, bytes, len, &o->want, &arena, &ds, &out));
	cli_diags(cli, &ds, (const char *)bytes, o->format == CONVERT_I2B2 ? len : 0);
	free(bytes);
	arena_clear(&arena);
	return status;
}

int cohort_convert_command(struct cli *cli, int argc, char **argv)
{
	struct choices o = { 0 };
	const struct option_of options[] = { { "--from", &o.from, NULL }, { "--to", &o.to, NULL },
		{ "--question", &o.question, NULL }, { "--on", &o.want.on, NULL }, { 0 } };
	int status;

	if (cli_options(cli, &argc, argv, options) != 0)
		return EXIT_INPUT;
	if (argc != 2)
		return cli_usage(
			cli, "cohort", SAY("convert needs one file", "convert 需要一个文件"));
	status = read_choices(cli, &o);
	if (status != EXIT_ANSWERED)
		return status;
	return o.to != NULL ? give(cli, argv[1]) : take(cli, argv[1], &o);
}
