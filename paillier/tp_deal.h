/*
 * tp_deal.h - the dealer's ceremony, once an epoch, on a machine without a network: makes the key and splits it.
 *
 * Whoever sees the dealer's memory can open everything that is ever encrypted to this key: the machine is wiped or
 * destroyed afterwards. What is written outside is public, or sealed to its holder.
 *
 * D1  p and q are safe primes of half the bits each, different, and far apart; gcd(n, phi(n)) = 1.
 * D2  d = 0 modulo m and 1 modulo n; a share is a value of a polynomial over the integers modulo nm whose coefficients
 *     are uniform, plus a multiple of nm that brings it just above 2^(2 bits): all shares have one length (number.h, N1).
 * D3  p, q, d and the polynomial are wiped before tp_deal() returns.
 */
#ifndef PAILLIER_TP_DEAL_H
#define PAILLIER_TP_DEAL_H

#include "base/secret.h"
#include "paillier/tp_key.h"
#include "secagg/sealed.h"

struct tp_share {
	unsigned place;    /* j, from 1 */
	BIGNUM *s;         /* secret */
	struct hash32 key; /* of struct tp_key */
};
enum {
	TP_SEALED_BYTES =
		32 + 1 + TP_MAX_BYTES + 1 + 16, /* X25519 key, place, share, tag; of TP_BITS */
};

/* Fills what is missing in *k - n, h, v and the holders' v - and completes it; names, keys, numbers of holders, epoch
 * and validity are the caller's. Gives shares[0..n_holders) (tp_share_clear). `turn` is called between candidates for
 * primes and may be NULL. Seconds to a minute at TP_BITS. */
CHECKED int tp_deal(struct tp_key *k, struct tp_share *shares, void (*turn)(void *), void *of,
	struct error *err);
/* The same from given safe primes of any size: for tests, where a federation's size would take minutes. Fails with
 * E_INPUT for primes that are not safe or are alike. */
CHECKED int tp_deal_of_primes(struct tp_key *k, const BIGNUM *p, const BIGNUM *q,
	struct tp_share *shares, struct error *err);
void tp_share_clear(struct tp_share *s); /* wipes */

/* Whether a share is that of its place in this key: v^(Delta s) = v_j. Fails: E_CRYPTO. */
CHECKED int tp_share_check(const struct tp_key *k, const struct tp_share *s, struct error *err);

/* Seals a share to its holder (secagg/sealed.h); out and in have tp_sealed_bytes(). */
size_t tp_sealed_bytes(const struct tp_key *k);
CHECKED int tp_share_seal(
	const struct tp_key *k, const struct tp_share *s, uint8_t *out, struct error *err);
/* Opens and checks it. Gives *out. Fails: E_CRYPTO for another holder's, another key's or a changed one. */
CHECKED int tp_share_open(const struct tp_key *k, EVP_PKEY *holder, const uint8_t *in,
	struct tp_share *out, struct error *err);

#endif
