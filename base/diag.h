/*
 * diag.h - what is wrong in somebody's text: where, which code, and why, in both languages.
 *
 * Readers collect all errors of a file instead of stopping at the first. Positions are 1-based and
 * counted in characters, so that editors and terminals jump to them in lines with Chinese text too.
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdio.h>

#include "base/arena.h"
#include "base/error.h"

struct place {
	const char *file; /* as the person knows it: "red-list.yaml"; lives as long as the tree */
	unsigned line, column, width; /* line 0: no position; width in characters, 0: unknown */
};

enum diag_level { DIAG_NOTICE, DIAG_WARNING, DIAG_ERROR };

struct diag {
	char code[8]; /* "P111" policy files, "Q..." questions, "C..." configuration */
	enum diag_level level;
	struct place at;
	const char *en, *zh;
};

struct diags {
	struct arena *arena; /* borrowed, outlives the list */
	struct diag *list;
	size_t count, room, errors, warnings;
};

void diags_init(struct diags *ds, struct arena *arena);

/* Both formats take the same arguments in the same order. Past MAX_DIAGS only counts. */
void diag_add(struct diags *ds, enum diag_level level, const char *code, struct place at,
	const char *en, const char *zh, ...) PRINTF_LIKE(5, 7) PRINTF_LIKE(6, 7);
#define diag_error(ds, code, at, ...)   diag_add(ds, DIAG_ERROR, code, at, __VA_ARGS__)
#define diag_warning(ds, code, at, ...) diag_add(ds, DIAG_WARNING, code, at, __VA_ARGS__)
/* The same for a sentence that is ready: a table's, or one that is built elsewhere (copied). */
void diag_say(struct diags *ds, enum diag_level level, const char *code, struct place at,
	struct say say);

/* By file, line, column. */
void diags_sort(struct diags *ds);
/* "file:line:column: error P111: ..." per line, in one language; zh when `chinese`. */
void diags_print(const struct diags *ds, FILE *out, int chinese);
/* The first error that is kept, or NULL. */
const struct diag *diags_first(const struct diags *ds);
/* Fills err from the first error of the list (there must be one): code E_INPUT. Returns -1. */
int diags_fail(const struct diags *ds, struct error *err);

#endif
