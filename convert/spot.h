/*
 * spot.h - where in a JSON document somebody is, and the sentences about that place. For this
 * folder only. A spot lives on the stack of who reads there; only a sentence makes a text of it.
 */
#ifndef CONVERT_SPOT_H
#define CONVERT_SPOT_H

#include <jansson.h>

#include "convert/convert.h"
#include "convert/draft.h"

struct spot {
	const struct spot *up; /* NULL: the document */
	const char *key;       /* NULL: a member of a list */
	size_t index;
	json_t *at; /* NULL: not there */
};

/* What every reader of JSON carries. */
struct reading {
	struct arena *arena;
	struct diags *ds;
	struct pen pen;
	const char *file;
	bool needs_day; /* an age is asked for, and there is no index date */
};

/* The value under key: a JSON null is as good as none. */
struct spot spot_key(const struct spot *up, const char *key);
struct spot spot_index(const struct spot *up, size_t index);

/* "FILE: PrimaryCriteria.CriteriaList[0]" */
struct place spot_place(struct reading *r, const struct spot *at);

#define spot_refuse(r, at, code, ...)                                                              \
	diag_add((r)->ds, DIAG_ERROR, code, spot_place(r, at), __VA_ARGS__)
#define spot_notice(r, at, code, ...)                                                              \
	diag_add((r)->ds, DIAG_NOTICE, code, spot_place(r, at), __VA_ARGS__)

/* Refuses every key of the object that is not in the list, which NULL ends. Refuses what is no object; false then. */
bool spot_keys(struct reading *r, const struct spot *at, const char *const *known);
/* The object, list .. that must be there; false with an error. */
bool spot_object(struct reading *r, const struct spot *at);
bool spot_list(struct reading *r, const struct spot *at);
/* A whole number; a fraction is cut as Java's intValue() does. */
bool spot_int(struct reading *r, const struct spot *at, int64_t *out);
bool spot_bool(struct reading *r, const struct spot *at, bool *out); /* not there: false */
const char *spot_text(struct reading *r, const struct spot *at);     /* NULL with an error */
/* year-month-day */
bool spot_day(struct reading *r, const struct spot *at, int32_t *out);

#endif
