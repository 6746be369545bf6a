/*
 * interval.h - how far a noisy number may lie from the bounded true one. Post-processing of public
 * parameters: sees no data and may use floating point.
 */
#ifndef CRYPTO_INTERVAL_H
#define CRYPTO_INTERVAL_H

#include <stdint.h>

/* The smallest k with P(|noise| > k) <= alpha, from the exact mass function, for one draw. alpha as
 * parts in a million: 50000 is a 95 % interval. */
uint64_t interval_laplace(uint64_t t, uint64_t s, unsigned alpha_ppm);
uint64_t interval_gaussian(uint64_t v, unsigned alpha_ppm);

struct interval_term {
	int gaussian;  /* else Laplace */
	uint64_t t, s; /* as in wire/message.h: Gaussian V = t */
};
/* For the sum of independent draws. One term: exact as above. All Gaussian: normal with the summed
 * variance and half a unit of continuity (an upper bound for the discrete Gaussian's tail at V >= 1
 * to the unit). Otherwise a bound that holds at the stated level: the smaller of the exact
 * convolution where it is cheap and a union bound. UINT64_MAX for alpha 0 and for terms that no
 * sampler has; never fails. */
uint64_t interval_sum(const struct interval_term *terms, unsigned n, unsigned alpha_ppm);

#endif
