/*
 * similar_part.h - one criterion against another. For this folder only.
 */
#ifndef QUERY_SIMILAR_PART_H
#define QUERY_SIMILAR_PART_H

#include "base/text.h"
#include "query/similar.h"

/* Members of a list with their spellings, in the order of their bytes. */
struct spelled {
	const struct part *part;
	size_t start, len; /* in the list's text */
	const char *at;
	unsigned place; /* in the question */
};
struct spelled_list {
	struct text text;
	struct spelled *list;
	unsigned n;
};
/* spelled_clear() it in any case. Fails: E_SYSTEM, E_LIMIT. */
CHECKED int spelled_fill(
	struct spelled_list *out, const struct part *first, struct arena *arena, struct error *err);
void spelled_clear(struct spelled_list *l);

/* 0: spelled alike; 1: one small edit apart, which *edit tells, with its path behind the one that stands there;
 * 2: more. Both stand at the same kind of place. -1: no memory. */
CHECKED int similar_parts(const struct part *a, const struct part *b, struct arena *arena,
	struct similar_edit *edit, struct error *err);

/* One edit or more: of `differ` members, beside `same` that stay. */
static inline int similar_small(unsigned differ, unsigned same)
{
	return differ == 0 ? 0 : differ == 1 || differ < same ? 1 : 2;
}

#endif
