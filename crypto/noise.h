/*
 * noise.h - exact discrete Laplace and discrete Gaussian noise, with integers only.
 *
 * Source: Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy" (2020),
 * Algorithms 1 to 3; docs/privacy.md tells them in our words.
 *
 * S1  no floating point; every comparison is between integers that cannot overflow (u128).
 * S2  noise is never truncated or clamped. A sampler that meets a state no working generator
 *     reaches (more than 2^20 coins, 2^16 unit steps or rejections) fails the draw.
 * S3  on -1 nothing was drawn that may be used; the release fails closed.
 */
#ifndef CRYPTO_NOISE_H
#define CRYPTO_NOISE_H

#include <stdint.h>

#include "base/error.h"
#include "crypto/rng.h"

/* P(x) = (1-q)/(1+q) q^|x|, q = exp(-s/t): scale t/s, 1 <= t,s <= 2^32.
 * Fails: E_INPUT parameters, E_CRYPTO generator. */
CHECKED int noise_laplace(
	struct rng *r, uint64_t t, uint64_t s, int64_t *out, struct error *err);

/* P(x) proportional to exp(-x^2 / (2V)), 1 <= V <= 2^40. */
CHECKED int noise_gaussian(struct rng *r, uint64_t v, int64_t *out, struct error *err);

/* Building blocks, exported for the tests that enumerate them.
 * 1 with probability exp(-a/b), else 0; any a, 1 <= b <= 2^107. */
CHECKED int noise_bern_exp(struct rng *r, u128 a, u128 b, int *out, struct error *err);
/* P(m) = (1-q) q^m for m >= 0, q = exp(-s/t). */
CHECKED int noise_geometric(
	struct rng *r, uint64_t t, uint64_t s, uint64_t *out, struct error *err);

#endif
