/*
 * words.h - what the readers of questions and cohorts share: which key may stand where, and scalars
 * with a sentence for everything that can be wrong with them. For this folder only.
 *
 * W1  every key is read, refused as misplaced (Q114) or unknown (Q103); none is passed over.
 * W2  a reader that gives false or NULL has put one error into ds; an empty value, which
 *     node_read() has reported, is only counted.
 * W3  what is shown of somebody's text in a sentence is short and has no control characters.
 */
#ifndef QUERY_WORDS_H
#define QUERY_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/limits.h"
#include "base/node.h"
#include "query/question.h"

/* The maps of a question, as bits. */
enum {
	IN_QUESTION = 1,
	IN_COHORT = 2,
	IN_ENTRY = 4,
	IN_PART = 8, /* a member of all, any, none, of or with */
	IN_VALUE = 16,
	IN_BOUNDS = 32, /* of another number than the value */
	IN_RANGE = 64,
	IN_AGE = 128,
	IN_WINDOW = 256,
	IN_LASTING = 512,
	IN_TIMES = 1024,
	IN_OBSERVED = 2048,
	IN_FILE = 4096, /* a cohort alone, with its sets */
};

/* Reports every key of the map that has no place in such a map. */
void words_keys(const struct node *map, unsigned where, struct diags *ds);

/* Whether it has one. */
bool words_known(const char *key, unsigned where);

/* Whether node_read() found nothing here; counts that as an error, so that no reader takes it for
 * good. */
bool words_empty(const struct node *n, struct diags *ds);

/* The forms of a value. `key` names the value in sentences, `form` says what was wanted: Q105. */
const char *words_text(const struct node *n, const char *key, struct say form, struct diags *ds);
bool words_list(const struct node *n, const char *key, struct say form, struct diags *ds);
bool words_map(const struct node *n, const char *key, struct say form, struct diags *ds);

const char *words_id(const struct node *n, const char *key, struct diags *ds); /* Q106 */
/* Of a group, column or measure: no spaces, quotes, brackets, at most MAX_NAME bytes: Q108. */
const char *words_name(const struct node *n, const char *key, struct diags *ds);
/* As people read it: text without control characters, at most MAX_NAME bytes: Q108. */
const char *words_label(const struct node *n, const char *key, struct diags *ds);
/* A value of a parameter or a filter. An unquoted number is brought into its shortest form, so that 7 and 7.0
 * are one value; false with nothing said when memory ended. */
bool words_value(const struct node *n, const char *key, struct arena *arena,
	struct question_value *out, struct diags *ds);
/* Which of n words, or -1: Q107. */
int words_one_of(const struct node *n, const char *key, const char *const *words, size_t n_words,
	struct diags *ds);
/* Whether s is printable text of 1 to MAX_NAME bytes, as a label is. */
bool words_printable(const char *s);
bool words_day(
	const struct node *n, const char *key, int32_t *out, struct diags *ds);     /* Q109, Q115 */
bool words_yes(const struct node *n, const char *key, bool *out, struct diags *ds); /* Q116 */
/* "2019-01-01..2025-12-31", both inclusive, one of them perhaps left out: Q110, Q111, Q115. */
bool words_span(
	const struct node *n, const char *key, int32_t *from, int32_t *to, struct diags *ds);
bool words_decimal(
	const struct node *n, const char *key, int64_t *out, struct diags *ds); /* Q112 */
bool words_int(const struct node *n, const char *key, int32_t low, int32_t high, int32_t *out,
	struct diags *ds); /* Q113 */

/* A piece of somebody's text that may stand in a sentence (W3): show(s).at. */
struct shown {
	char at[72];
};
struct shown show(const char *s);
/* The end of a sentence about such a text: that full-width characters stand in it, or nothing. */
struct say words_wide(const char *s);

#endif
