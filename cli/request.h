/*
 * request.h - a question as this desk sends it: read, made canonical, signed (docs/api.md,
 * docs/protocol.md). Decides nothing: what is allowed and what it costs is each hospital's affair.
 */
#ifndef CLI_REQUEST_H
#define CLI_REQUEST_H

#include "base/arena.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/settings.h"
#include "query/question.h"

enum {
	REQUEST_BYTES = 2 * MAX_QUESTION_BYTES
};

/* Reads a question from a file, "-" is standard input; it lives in arena. On failure everything
 * wrong was told on standard error, each with its place. */
CHECKED int request_read(
	const struct cli *cli, const char *path, struct arena *arena, struct question **out);

/* Reads a cohort, or a question for its cohort: *whole says which; of a bare cohort only `cohort` is filled. Tells on
 * standard error what is wrong, and what cannot be meant (query/doubt.h). */
CHECKED int request_cohort(const struct cli *cli, const char *path, struct arena *arena,
	struct question **out, bool *whole);

/* What stands in a file or, as "-", in standard input; one byte more than `max` is never read. Caller frees. */
CHECKED int request_bytes(
	const char *path, size_t max, uint8_t **bytes, size_t *len, struct error *err);

/* `cordon count`: a question in options around a cohort in a file. Lists are "a,b"; NULL: not
 * given. */
struct count_options {
	const char *study, *cohort, *by, *sites, *on, *dataset;
};
CHECKED int request_count(const struct cli *cli, const struct count_options *o, struct arena *arena,
	struct question **out);

/* Body of POST /v1/questions. Fails: E_INPUT, E_SYSTEM of key or certificate; E_LIMIT. */
CHECKED int request_ask(const struct settings *s, const struct question *q, uint64_t deadline_ms,
	struct text *body, struct error *err);
/* Body of POST /v1/questions/price. */
CHECKED int request_price(const struct question *q, struct text *body, struct error *err);

#endif
