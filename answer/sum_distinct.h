/*
 * sum_distinct.h - distinct people out of the sums of their vectors; for sum.c, see D5 there.
 */
#ifndef ANSWER_SUM_DISTINCT_H
#define ANSWER_SUM_DISTINCT_H

#include "answer/sum.h"

/* One number, and its variance, into a release with room for one; n sites contributed. Fails: E_INPUT. */
CHECKED int sum_count_distinct(const struct shared_noise *noise, const uint64_t *words, uint64_t n,
	struct release *r, struct sum_distinct *out, struct error *err);

#endif
