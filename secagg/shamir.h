/*
 * shamir.h - a secret of 32 bytes dealt to n, of whom any t rebuild it and fewer learn nothing.
 *
 * Shamir (1979) over the integers mod 2^61-1: a secret is five limbs of 56 bits (the last of 32), big endian, each
 * dealt by a polynomial of its own; the share of the site at place i of the roster is the values at x = i + 1.
 *
 * S1  no branch, index or division depends on a secret, a coefficient or a share.
 * S2  coefficients are 128 random bits reduced: at most 2^-66 from uniform.
 * S3  a share's limb is below 2^61-1, a rebuilt limb below 2^56 (the last 2^32), or it is refused.
 */
#ifndef SECAGG_SHAMIR_H
#define SECAGG_SHAMIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"

enum {
	SHARE_LIMBS = 5,
	SHARE_BYTES = 8 * SHARE_LIMBS
};

struct share {
	uint64_t limbs[SHARE_LIMBS];
};

/* Deals to out[0..n-1]; 1 <= t <= n. Fails: E_SYSTEM without memory, E_CRYPTO without random numbers; out is then wiped. */
CHECKED int shamir_deal(
	const struct key32 *secret, uint64_t t, uint64_t n, struct share *out, struct error *err);

/* The weights with which shares at these places (of the roster, all different) make the secret. */
CHECKED int shamir_weights(
	const uint16_t *places, uint64_t t, uint64_t *weights, struct error *err);
/* Sum of weights[i] * shares[i], t of them. Fails: E_CRYPTO when they are of no secret (S3). */
CHECKED int shamir_rebuild(const uint64_t *weights, const struct share *const *shares, uint64_t t,
	struct key32 *secret, struct error *err);

/* 8 bytes big endian a limb. */
void share_write(const struct share *s, uint8_t out[SHARE_BYTES]);
/* False for a limb that is none. */
CHECKED bool share_read(const uint8_t in[SHARE_BYTES], struct share *out);

#endif
