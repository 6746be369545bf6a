/*
 * spread.h - the noise of one number that several sites made together: what is known of it without
 * any data.
 *
 * Everything in this folder is a pure function of released integers and public noise parameters. True
 * values are at the sites and cannot be reached from here, so floating point is safe: nothing that is
 * computed here becomes part of a release.
 *
 * U1  the same arguments give the same result, bit for bit; simulations have a seed.
 */
#ifndef ANSWER_STATISTICS_SPREAD_H
#define ANSWER_STATISTICS_SPREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/interval.h"

enum {
	SPREAD_SCALES =
		8 /* Laplace draws that are simulated one by one; more are near enough to a normal one */
};

struct spread {
	double gaussian, laplace;     /* sums of the draws' variances */
	double scales[SPREAD_SCALES]; /* of the Laplace draws */
	unsigned n_laplace;           /* may pass SPREAD_SCALES */
};

/* Adds `draws` independent draws. */
void spread_add(struct spread *s, const struct interval_term *term, unsigned draws);
double spread_variance(const struct spread *s);
/* So many standard deviations reach as far as 95 % of it, on both sides together. */
double spread_z(const struct spread *s);

/* Ordinary random numbers for simulations; no secret depends on them. */
struct dice {
	uint64_t state;
};
double dice_unit(struct dice *d); /* above 0, below 1 */
double dice_normal(struct dice *d);
double dice_binomial(struct dice *d, double n, double p);
/* One draw of the noise, a whole number. */
double dice_noise(struct dice *d, const struct spread *s);

/* A number with two intervals: `low`..`high` covers what would have been there without noise, and
 * `from`..`to`, which also counts what chance did when these people and no others came, what stands
 * behind it. */
struct estimate {
	double value, low, high;
	bool sampled; /* from and to are there */
	double from, to;
};
/* value +- z standard deviations, cut off at least..most. */
struct estimate estimate_of(
	double value, double noise, double sampling, double z, double least, double most);

#endif
