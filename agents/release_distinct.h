/*
 * release_distinct.h - this site's part of a count of people whom several hospitals know (secagg/distinct.h), inside the
 * pipeline's steps of a secure sum (release_sum.h).
 *
 * X1  keys of people go from the rows into buckets of this sum alone, and from there into the masks; neither is kept,
 *     logged or sent. A key is of a hash that the database made: the agent sees no identifier.
 * X2  a site without the hospitals' secret offers nothing, and pays nothing.
 * X3  a failure between the rows and the masks leaves a vector of nobody with this site's noise, or none.
 */
#ifndef AGENTS_RELEASE_DISTINCT_H
#define AGENTS_RELEASE_DISTINCT_H

#include "agents/release_in.h"
#include "secagg/round_site.h"

static inline bool release_is_distinct(const struct question_life *q)
{
	return q->plan->of.kind == KIND_DISTINCT;
}

/* That the secret is there and is one. Fails with why in the log. */
CHECKED int release_distinct_ready(struct question_life *q, struct error *err);
/* What the invitation must say besides, once the noise is agreed on. */
CHECKED int release_distinct_expect(
	const struct plan *plan, struct sum_expect *out, struct error *err);
/* The statement's row into buckets; a round goes on. False: it is no such row, or of more people than there may be. */
bool release_distinct_rows(struct question_life *q, const struct source_rows *rows);
/* The vector with its share of the noise, masked into `out`; the buckets are wiped. */
CHECKED int release_distinct_mask(struct question_life *q, struct round_site *round,
	struct sum_now now, struct text *out, struct error *err);

#endif
