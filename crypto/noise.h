/*
 * noise.h - exact discrete Laplace and discrete Gaussian noise, with integers only.
 *
 * Source: Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy" (2020),
 * Algorithms 1 to 3; docs/privacy.md tells them in our words.
 *
 * S1  no floating point; every comparison is between integers that cannot overflow (u128).
 * S2  noise is never truncated or clamped. A sampler that meets a state no working generator
 *     reaches (more than 2^17 coins, 1000 unit steps,
 *     2^16 rejections: chances below e^-998) fails the draw.
 * S3  on -1 nothing was drawn that may be used; the release fails closed.
 */
#ifndef CRYPTO_NOISE_H
#define CRYPTO_NOISE_H

#include <stdint.h>

#include "base/error.h"
#include "crypto/rng.h"

/* P(x) = (1-q)/(1+q) q^|x|, q = exp(-s/t): scale t/s, 1 <= t,s <= 2^32.
 * Fails: E_INPUT parameters, E_CRYPTO generator. */
CHECKED int noise_laplace(struct rng *r, uint64_t t, uint64_t s, int64_t *out, struct error *err);

/* P(x) proportional to exp(-x^2 / (2V)), 1 <= V <= 2^54. */
#define NOISE_MAX_VARIANCE (UINT64_C(1) << 54)
CHECKED int noise_gaussian(struct rng *r, uint64_t v, int64_t *out, struct error *err);
/* The same with V = p/q, in lowest terms or not; q * (floor(sqrt(V)) + 1)^2 <= 2^54 + 2^28 + 1. */
CHECKED int noise_gaussian_ratio(
	struct rng *r, uint64_t p, uint64_t q, int64_t *out, struct error *err);

/* One of n shares, 1 <= n <= 4096, whose sum is a noise_laplace(t, s) draw; t/s < 2^16. For noise
 * that several sites make together. Costs about t/s coins. */
CHECKED int noise_polya(
	struct rng *r, uint64_t t, uint64_t s, uint64_t n, int64_t *out, struct error *err);

/* Building blocks, exported for the tests that enumerate them.
 * 1 with probability exp(-a/b), else 0; any a, 1 <= b <= 2^110. */
CHECKED int noise_bern_exp(struct rng *r, u128 a, u128 b, int *out, struct error *err);
/* P(m) = (1-q) q^m for m >= 0, q = exp(-s/t). */
CHECKED int noise_geometric(
	struct rng *r, uint64_t t, uint64_t s, uint64_t *out, struct error *err);

#endif
