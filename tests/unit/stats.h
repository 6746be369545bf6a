/*
 * stats.h - is a sample what it should be? Every test here has a false alarm rate of 1e-8 if the
 * numbers were drawn afresh; with a fixed tape there are none, and a program's tests together
 * stay below 1e-5 for whoever changes a tape's label.
 */
#ifndef TESTS_STATS_H
#define TESTS_STATS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#define STATS_Z1 5.612 /* normal quantile of 1 - 1e-8, one-sided */
#define STATS_Z2 5.731 /* two-sided */

/* The 1 - 1e-8 quantile of chi-square by Wilson and Hilferty, which errs upwards here: 69.6 for the
 * true 68.0 at 15 degrees. */
static inline double stats_chi_limit(double df)
{
	double c = 2 / (9 * df), root = 1 - c + STATS_Z1 * sqrt(c);

	return df * root * root * root;
}

/* Counts against expectations. Neighbouring cells are joined until each expects 20 or more. Returns
 * the statistic over its limit: above 1 is an alarm. */
static inline double stats_chi(const uint64_t *seen, const double *expected, size_t cells)
{
	double sum = 0, have = 0, want = 0, last_have = 0, last_want = 0;
	int joined = -1; /* degrees of freedom: one less than cells */

	for (size_t i = 0; i < cells; i++) {
		have += (double)seen[i];
		want += expected[i];
		if (want < 20)
			continue;
		if (joined >= 0)
			sum += (last_have - last_want) * (last_have - last_want) / last_want;
		last_have = have;
		last_want = want;
		have = want = 0;
		joined++;
	}
	last_have += have; /* what was left over joins the last cell */
	last_want += want;
	sum += (last_have - last_want) * (last_have - last_want) / last_want;
	return joined < 1 ? 0 : sum / stats_chi_limit(joined);
}

#endif
