/*
 * combine.h - the releases of several sites laid over one another: which cells exist, who offers
 * them, what they add up to.
 *
 * Sites may have different closed lists of labels. A cell is a tuple of labels; the total has every
 * tuple that any site offers. Order: row-major over the labels in the order in which sites name
 * them.
 *
 * B1  a site whose groups have other names than the first one's, or whose labels would pass
 *     UNION_LABELS, is not in the total; its `in_total` says so.
 * B2  values are bounded by proof_release(), so that no sum of MAX_SITES of them can overflow.
 */
#ifndef GATEWAY_COMBINE_H
#define GATEWAY_COMBINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "wire/message.h"

enum {
	UNION_LABELS = 4 * MAX_LABELS,
	INTERVAL_CACHE = 64
};

struct combine_part {
	const char *site;
	struct release release;
	bool in_total;
	/* by group: this site's label for a label of the union, or -1 */
	int32_t *own[MAX_GROUPS];
};

struct combine_group {
	const char *name;
	const char **labels;
	size_t count, room;
};

struct combined {
	struct arena *arena;
	struct combine_part *parts;
	size_t n_parts;
	struct combine_group groups[MAX_GROUPS];
	size_t n_groups;
	uint64_t *cells; /* tuples as numbers, ascending */
	size_t n_cells;
	/* intervals by the set of sites: bits of who is in it */
	struct combine_interval {
		uint8_t *who;
		uint64_t reach;
	} cache[INTERVAL_CACHE];
	size_t n_cache, who_bytes;
};

/* Lays the parts (borrowed, changed) over one another. Everything lives in `a`. Fails: E_LIMIT past
 * the arena. */
CHECKED int combine(struct combined *out, struct combine_part *parts, size_t n, struct arena *a,
	struct error *err);

/* The label of group g in tuple `cell`, as index into groups[g].labels. */
size_t combine_label(const struct combined *c, uint64_t cell, size_t g);

/* A part's value of a tuple. False: it does not offer it. *value may be CELL_SUPPRESSED. */
bool combine_value(
	const struct combined *c, const struct combine_part *p, uint64_t cell, int64_t *value);

struct combine_sum {
	int64_t value;
	uint64_t reach;     /* half the width of the interval */
	int64_t round_to;   /* the coarsest of its sites'; value and reach are not rounded */
	size_t n;           /* sites in it; 0: the cell is suppressed */
	const uint8_t *who; /* bit i: parts[i] is in it; until the next call */
};
void combine_sum(struct combined *c, uint64_t cell, struct combine_sum *out);

/* Half the width of the interval of one release's values. */
uint64_t combine_reach(const struct release *r);

#endif
