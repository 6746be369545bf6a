/*
 * combine.h - the releases of several sites laid over one another: which cells exist, who offers
 * them, what they add up to.
 *
 * Sites may have different closed lists of labels. A cell is a tuple of labels; the total has every
 * tuple that any site offers. Order: row-major over the labels in the order in which sites name
 * them. A cell holds one word, or as many as the kind has layers and points (wire/message.h).
 *
 * B1  a site whose groups have other names than the first one's, whose labels would pass
 *     UNION_LABELS, or whose numbers stand on another scale (kind, layers, points, bounds, resolution,
 *     step) is not in the total; its `out` says why.
 * B2  sums are made in 128 bits and saturate at 2^62 last, as a site's do.
 */
#ifndef ANSWER_COMBINE_H
#define ANSWER_COMBINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "crypto/interval.h"
#include "wire/message.h"

enum {
	UNION_LABELS = 4 * MAX_LABELS,
	INTERVAL_CACHE = 2 * MAX_POINTS
};

/* Why a part is not in the total. */
enum combine_out {
	COMBINE_IN,
	COMBINE_GROUPS,
	COMBINE_LABELS,
	COMBINE_SCALE
};
const char *combine_out_name(enum combine_out out); /* "scale" */

/* A part that is a secure sum over sites. */
struct combine_of {
	const char *const *sites;
	size_t n;
	uint64_t draws; /* of its layers' noise in each word; 0: none */
};

struct combine_part {
	const char *site;
	const struct combine_of *sum; /* of these sites together, `site` being NULL; NULL: of one */
	struct release release;
	enum combine_out out;
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
	const struct release
		*scale;  /* the first part's, which all in the total share; NULL: no part */
	uint64_t *cells; /* tuples as numbers, ascending */
	size_t n_cells;
	/* intervals by the set of sites (bits of who is in it), the layer and the draws of a word */
	struct combine_interval {
		uint8_t *who;
		uint64_t layer, draws;
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

/* One number of a cell. */
struct combine_word {
	uint64_t cell; /* tuple */
	uint64_t layer, point;
};

/* A part's value. False: it does not offer the tuple. *value may be CELL_SUPPRESSED. */
bool combine_value(const struct combined *c, const struct combine_part *p, struct combine_word w,
	int64_t *value);

struct combine_sum {
	int64_t value;
	uint64_t reach;     /* half the width of the interval */
	int64_t round_to;   /* the coarsest of its sites'; value and reach are not rounded */
	size_t n;           /* sites in it; 0: the cell is suppressed */
	const uint8_t *who; /* bit i: parts[i] is in it; until the next call */
};
void combine_sum(struct combined *c, struct combine_word w, struct combine_sum *out);

/* How many draws of its layer's noise the word at `point` has: one, but of an attrition as many as there are
 * points from it on. */
uint64_t combine_draws(const struct release *r, uint64_t point);
/* The noise of one draw in a layer. */
struct interval_term combine_noise(const struct release *r, uint64_t layer);
/* How many of them are in one number of this part: 1, or those of a sum. */
uint64_t combine_times(const struct combine_part *p);
/* How many sites are in it, and their names as members of a JSON list; *first is whether none stands there yet. */
size_t combine_sites(const struct combine_part *p);
void combine_add_sites(const struct combine_part *p, bool *first, struct text *out);
/* Half the width of the interval of one release's word. */
uint64_t combine_reach(const struct release *r, uint64_t layer, uint64_t point);

#endif
