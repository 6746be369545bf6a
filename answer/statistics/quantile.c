#include "answer/statistics/quantile.h"

#include <math.h>

void quantile_rising(const int64_t *bins, unsigned n, double out[MAX_POINTS + 1])
{
	unsigned counts[MAX_POINTS + 1], blocks = 0, at = 0;
	double means[MAX_POINTS + 1], sum = 0, most;

	/* Pool adjacent violators: a block that is below the one before it joins it. */
	for (unsigned i = 0; i <= n; i++) {
		means[blocks] = sum;
		counts[blocks++] = 1;
		while (blocks > 1 && means[blocks - 1] < means[blocks - 2]) {
			unsigned a = counts[blocks - 2], b = counts[blocks - 1];

			means[blocks - 2] =
				(means[blocks - 2] * a + means[blocks - 1] * b) / (a + b);
			counts[blocks-- - 2] = a + b;
		}
		if (i < n)
			sum += (double)bins[i];
	}
	most = fmax(sum, 0);
	for (unsigned b = 0; b < blocks; b++)
		for (unsigned k = 0; k < counts[b]; k++)
			out[at++] = fmin(fmax(means[b], 0), most);
}

/* Where the rising line passes `rank`: as a number of bins. The middle of a level stretch. */
static double passes(const double *rising, unsigned n, double rank)
{
	unsigned first = 0, last;

	while (first < n && rising[first + 1] < rank)
		first++;
	if (first == n)
		return n;
	if (rising[first] >= rank) { /* only at the lower end */
		for (last = first; last < n && rising[last + 1] <= rank;)
			last++;
		return (first + last) / 2.0;
	}
	if (rising[first + 1] > rank)
		return first + (rank - rising[first]) / (rising[first + 1] - rising[first]);
	for (last = first + 1; last < n && rising[last + 1] <= rank;)
		last++;
	return (first + 1 + last) / 2.0;
}

/*
 * The noisy number of people below edge j less the part `at` of all: (1-at) of each bin before j and -at of each
 * after it. Whoever holds the quantile's own edge for wrong errs with 2.5 % on each side, and the interval misses
 * only then, since it ends one bin outside the first and last edge that are not ruled out.
 */
static void edges_of(const int64_t *bins, unsigned n, double variance, double z, double at,
	bool sampling, unsigned ends[2])
{
	double all = 0, below = 0;
	bool any = false;

	for (unsigned i = 0; i < n; i++)
		all += (double)bins[i];
	ends[0] = 0;
	ends[1] = n;
	for (unsigned j = 0; j <= n; below += j < n ? (double)bins[j] : 0, j++) {
		double v = variance * (j * (1 - at) * (1 - at) + (n - j) * at * at);
		double reach, over = below - at * all;

		if (sampling)
			v += fmax(all, 0) * at * (1 - at);
		reach = z * sqrt(v);
		if (over > -reach && !any) {
			any = true;
			ends[0] = j > 0 ? j - 1 : 0;
		}
		if (over < reach)
			ends[1] = j < n ? j + 1 : n;
	}
}

struct estimate quantile_of(const int64_t *bins, unsigned n, const struct spread *noise, double low,
	double high, double at)
{
	double rising[MAX_POINTS + 1], width = (high - low) / n, z = spread_z(noise);
	double variance = spread_variance(noise);
	struct estimate e = { .sampled = true };
	unsigned ends[2], wide[2];

	quantile_rising(bins, n, rising);
	edges_of(bins, n, variance, z, at, false, ends);
	edges_of(bins, n, variance, z, at, true, wide);
	e.value = low + width * passes(rising, n, at * rising[n]);
	e.low = fmin(low + width * ends[0], e.value);
	e.high = fmax(low + width * ends[1], e.value);
	e.from = fmin(low + width * wide[0], e.low);
	e.to = fmax(low + width * wide[1], e.high);
	return e;
}
