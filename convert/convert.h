/*
 * convert.h - other people's cohort definitions, read into the question language, and back.
 *
 *   circe   OHDSI cohort expression (circe-be 1.12, ATLAS), JSON
 *   i2b2    query definition of i2b2 or SHRINE, XML
 *   ccdl    structured query of the German FDPG, JSON
 *
 * V1  a definition is converted as a whole or refused as a whole; a part that cannot be said is an
 *     error with its place (a JSON path, or line and column of XML) and a sentence, never left out.
 * V2  what does not change who is counted (ends of cohort periods, names) is left out with a notice.
 * V3  what is given was read by question_read() without an error.
 * V4  the same bytes give the same text. No file, network, clock or log; nothing outside the
 *     bytes is ever looked at, whatever they name.
 * V5  everything is bounded by limits.h.
 */
#ifndef CONVERT_CONVERT_H
#define CONVERT_CONVERT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/limits.h"
#include "base/text.h"
#include "query/question.h"

enum convert_format {
	CONVERT_CIRCE,
	CONVERT_I2B2,
	CONVERT_CCDL,
	CONVERT_FORMATS
};
const char *convert_name(enum convert_format format); /* "circe" */
bool convert_parse(const char *s, enum convert_format *out);

/* Which of them the bytes are, by what stands in them; false when none. */
bool convert_detect(const void *bytes, size_t len, enum convert_format *out);

struct convert_want {
	const char *file;  /* stands in places; copied */
	const char *study; /* NULL: only `sets` and `cohort`; else a whole question of kind count */
	const char *dataset; /* with study */
	const char
		*on; /* the day on which ages are taken where the definition means today; or NULL */
};

/* Writes the YAML to *out, which is untouched on -1. Errors and notices are in ds. */
CHECKED int convert_read(enum convert_format format, const void *bytes, size_t len,
	const struct convert_want *want, struct arena *arena, struct diags *ds, struct text *out);

/* Writes the cohort of q as a Circe expression to *out, JSON; untouched on -1, with what Circe
 * cannot say in ds, at the places of the question's text. */
CHECKED int convert_to_circe(
	const struct question *q, struct arena *arena, struct diags *ds, struct text *out);

#endif
