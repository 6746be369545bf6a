/*
 * audit_differ.h - where a published answer differs from the one made again.
 *
 * Left aside: how long it took (`ms`) and sentences (`guarantee`), which are no part of what was computed and may be
 * worded otherwise by another version. Numbers with a fraction are equal to nine digits: other processors round the
 * last ones otherwise.
 */
#ifndef CLI_AUDIT_DIFFER_H
#define CLI_AUDIT_DIFFER_H

#include <jansson.h>

#include "base/arena.h"

enum {
	DIFFERENCES_TOLD = 5
};

struct differences {
	size_t all, n; /* n: told */
	struct difference {
		const char *at;   /* "total.cells[0].value" */
		const char *cell; /* its group, as "女, 45-64"; "" when it is of none */
		const char *published, *made; /* as JSON, cut short; "absent" */
	} list[DIFFERENCES_TOLD];
};

/* The total first. Texts live in the arena, safe to print. */
void differ(struct differences *d, struct arena *a, const json_t *published, const json_t *made);

#endif
