/*
 * shape.h - what a text may contain, as a table; one walk finds every departure from it.
 *
 * A shape is data: the reader, the JSON Schema and the editor help come from the same table and
 * cannot differ. shape_check() reports unknown keys (with the nearest known one), missing
 * keys, wrong kinds, words outside their list, malformed numbers, days and spans. After it returned
 * 0, a builder may read the tree without checking forms again.
 */
#ifndef BASE_SHAPE_H
#define BASE_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/node.h"

enum shape_kind {
	SHAPE_TEXT,     /* any text */
	SHAPE_TITLE,    /* text, or a map {zh:, en:} with at least one */
	SHAPE_WORD,     /* one of `words` (NULL ended) */
	SHAPE_WORDS,    /* a word, or a list of words */
	SHAPE_ID,       /* id_valid() */
	SHAPE_NAME,     /* an id, Unicode letters and dots allowed: column names, labels */
	SHAPE_INT,      /* whole number, low..high */
	SHAPE_DECIMAL,  /* at most 9 digits after the point */
	SHAPE_DAY,      /* 2026-03-01 */
	SHAPE_SPAN,     /* day..day, first not after second */
	SHAPE_LIST,     /* of `of`; a lone scalar is not a list */
	SHAPE_MAP,      /* with `fields` */
	SHAPE_MAP_OF,   /* free keys, values are `of` */
	SHAPE_ANY,      /* the builder looks itself */
};

struct shape {
	enum shape_kind kind;
	const struct field *fields; /* SHAPE_MAP: ends with a NULL key */
	const struct shape *of;
	const char *const *words;
	const struct say *meanings; /* of each of words, in their order; NULL: they speak for themselves */
	int64_t low, high; /* SHAPE_INT; ignored when both 0 */
	bool never; /* SHAPE_ANY that the builder always refuses, with a hint: no editor offers it */
};

struct field {
	const char *key;
	bool required;
	const struct shape *shape;
	struct say help; /* one line for editor hover and documents */
};

/* The keys of a SHAPE_TITLE that is a map; NULL-ended. */
extern const struct field shape_title_fields[];

/* Reports into ds with codes P111, P112, P113, P114, P107, P116 (wrong kind), P117 (number). `what`
 * names the whole in sentences ("table 'cdm.person'"). Returns 0 if nothing was wrong. */
int shape_check(const struct node *n, const struct shape *shape, const char *what, struct diags *ds);

/* Typed reads of a scalar that passed its shape. NULL nodes give the fallback. */
int64_t node_int(const struct node *n, int64_t fallback);
int64_t node_decimal9(const struct node *n, int64_t fallback); /* in 1e-9 units */
int32_t node_day(const struct node *n, int32_t fallback);
bool node_span(const struct node *n, int32_t *from, int32_t *to);
/* A title's text; the other language when one is missing; "" both when n is NULL. */
struct say node_title(const struct node *n);

#endif
