/*
 * quantile.h - quantiles out of noisy bins of equal width.
 */
#ifndef ANSWER_STATISTICS_QUANTILE_H
#define ANSWER_STATISTICS_QUANTILE_H

#include "answer/statistics/spread.h"
#include "base/limits.h"

/* People below each of the n + 1 edges of n bins: cumulative sums made to rise by isotonic regression, within
 * 0 and their last. n <= MAX_POINTS. */
void quantile_rising(const int64_t *bins, unsigned n, double out[MAX_POINTS + 1]);

/* The value below which the part `at` of the people lies; inside a bin by a straight line. Its intervals are
 * edges of bins: those between which the noisy ranks do not rule the quantile out. noise: of each bin. */
struct estimate quantile_of(const int64_t *bins, unsigned n, const struct spread *noise, double low,
	double high, double at);

#endif
