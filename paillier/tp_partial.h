/*
 * tp_partial.h - a holder's part of a decryption, the proof that it is right, and putting parts together.
 *
 * Of ciphertext C holder j gives d = C^(2 Delta s_j). The proof says that the logarithm of d^2 to the base C^4 is that
 * of v_j to the base v: squares everywhere, so no element of small order can hide a wrong part.
 *
 * O1  v and v_j come from the key, never from the proof; the challenge covers context, key, place, all ciphertexts, all
 *     parts and both commitments.
 * O2  one proof for all ciphertexts of a question: over a combination with 128-bit factors hashed from all of them.
 * O3  the blinding number has a fixed length, 64 + 256 bits above the modulus; an answer of another length is refused.
 * O4  a holder's secret exponents meet a comb or number_power_secret() and nothing else.
 * O5  a part that does not check says who made it; any `needed` of good ones open.
 */
#ifndef PAILLIER_TP_PARTIAL_H
#define PAILLIER_TP_PARTIAL_H

#include "paillier/tp_deal.h"
#include "paillier/tp_power.h"
#include "secagg/layout.h"

enum {
	TP_CIPHERTEXTS = 4096, /* of one question: 160,000 counters of 64 bits */
	TP_CHALLENGE_BYTES = 16,
	TP_BLIND_BITS = 64 + 256, /* above 2 bits */
};

/* The ciphertexts that are opened, and for which question. */
struct tp_sealed_sum {
	const struct tp_key *k;
	struct hash32 ctx;
	const BIGNUM *const *c; /* units modulo n^2 */
	size_t count;           /* 1..TP_CIPHERTEXTS */
};

struct tp_partial {
	unsigned place; /* of the holder, from 1 */
	BIGNUM **d;     /* count of them, heap */
	size_t count;
	BIGNUM *a, *b, *z; /* commitments to C^4 and v, answer */
};

/* Powers of the key's v, for whoever makes parts more than once: 0.8 MB, 50 ms at 3072 bits. Gives *out (tp_comb_free). */
CHECKED int tp_partial_powers(struct tp_comb **out, const struct tp_key *k, struct error *err);

/* Gives *out (tp_partial_clear). of_v: from tp_partial_powers(), or NULL, and then it takes longer. Fails: E_SYSTEM;
 * E_CRYPTO for a share of another key. */
CHECKED int tp_partial_make(const struct tp_sealed_sum *sum, const struct tp_share *share,
	const struct tp_comb *of_v, struct tp_partial *out, struct error *err);
void tp_partial_clear(struct tp_partial *p);
/* Fails: E_CRYPTO. */
CHECKED int tp_partial_check(
	const struct tp_sealed_sum *sum, const struct tp_partial *p, struct error *err);

/* Bytes of one on the line: place, parts, commitments, answer. */
size_t tp_partial_bytes(const struct tp_key *k, size_t count);
CHECKED int tp_partial_write(
	const struct tp_key *k, const struct tp_partial *p, struct text *out, struct error *err);
/* Gives *out. Fails: E_INPUT for another length or numbers out of range. */
CHECKED int tp_partial_read(const struct tp_key *k, size_t count, const void *bytes, size_t len,
	struct tp_partial *out, struct error *err);

/* Opens all ciphertexts with `needed` checked parts of different holders into m[0..count), made by the caller.
 * Fails: E_CRYPTO when what comes out is no plaintext. */
CHECKED int tp_combine(const struct tp_sealed_sum *sum, const struct tp_partial *const *parts,
	BIGNUM *const *m, struct error *err);

#endif
