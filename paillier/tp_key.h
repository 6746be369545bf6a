/*
 * tp_key.h - the public side of threshold Paillier: the modulus, and what its holders' shares are checked with.
 *
 * n = p q of safe primes p = 2p'+1, q = 2q'+1; m = p' q'; all arithmetic modulo n^2; g = 1 + n, no other base: only that
 * one works with a threshold. h = (-y^2)^n, v a random square, v_j = v^(Delta s_j) with Delta = l!.
 *
 * J1  two sets of `needed` holders share more holders than may collude: one question opens for one set of sites.
 * J2  what tp_key_complete() accepts has all its numbers in range and its v_j on one polynomial in the exponent, of
 *     degree needed - 1 and not less, whose value at 0 is 0 modulo m. That the dealer threw the factors away it cannot show.
 * J3  a key is named by its hash, which covers every field.
 */
#ifndef PAILLIER_TP_KEY_H
#define PAILLIER_TP_KEY_H

#include "paillier/number.h"
#include "secagg/membership.h"

enum {
	TP_BITS = 3072, /* of n: 128 bits of security. Smaller ones exist in tests. */
	TP_MIN_TEST_BITS = 256,
	TP_HOLDERS = 15, /* Delta = l! enters every exponent: 15! has 41 bits */
	TP_MAX_BYTES = 2 * TP_BITS / 8,
};

struct tp_holder_key {
	char name[MAX_ID + 1];
	struct sum_id id; /* derived from the name */
	uint8_t key[32];  /* Ed25519: signs what the holder says */
	uint8_t seal[32]; /* X25519: its share is sealed to this */
	BIGNUM *v;        /* v_j */
};

struct tp_key {
	struct hash32 federation;
	uint64_t epoch;
	int64_t from_s, until_s;               /* as struct membership's */
	unsigned n_holders, needed, colluders; /* l, w, c_l */
	BIGNUM *n, *h, *v;
	struct tp_holder_key holders[TP_HOLDERS]; /* place j - 1 holds s_j */

	/* derived by tp_key_complete() */
	unsigned bits, bytes; /* of n; of a number modulo n^2 */
	BIGNUM *n2, *delta;
	BN_MONT_CTX *mont; /* of n2 */
	BIGNUM *n_mont;    /* n in its form */
	struct hash32 hash;
};

/* w for so many holders and colluders: floor((l + c) / 2) + 1. */
unsigned tp_needed(unsigned holders, unsigned colluders);

/* Derives and checks (J1 to J3). `bits` is what n must have: TP_BITS but in tests. Fails: E_INPUT; E_SYSTEM. */
CHECKED int tp_key_complete(struct tp_key *k, unsigned bits, struct error *err);
void tp_key_clear(struct tp_key *k);
/* Place of a holder, or n_holders. */
unsigned tp_key_holder(const struct tp_key *k, const struct sum_id *id);

/* Delta * the Lagrange coefficient of place xs[i] at x: an integer. xs are 1-based and different. */
CHECKED int tp_lagrange(const struct tp_key *k, const unsigned *xs, unsigned n, unsigned i,
	unsigned x, BIGNUM *out, BN_CTX *scratch, struct error *err);
/* out = the product of bases[i]^(times * lambda_i(x)) modulo n^2, times not negative: interpolation in the exponent. */
CHECKED int tp_interpolate(const struct tp_key *k, const unsigned *xs, const BIGNUM *const *bases,
	unsigned n, unsigned x, unsigned times, BIGNUM *out, BN_CTX *scratch, struct error *err);
/* out = 1 + m n, m below n; in a time that does not depend on m. */
CHECKED int tp_plain(
	const struct tp_key *k, const BIGNUM *m, BIGNUM *out, BN_CTX *scratch, struct error *err);

#endif
