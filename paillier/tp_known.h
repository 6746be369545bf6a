/*
 * tp_known.h - a site proves that it knows the numbers it encrypted.
 *
 * One key serves many questions, and what a site opened in one can be seen by all. Without this proof a site that works
 * with the gateway could send a neighbour's ciphertext of an earlier question, shifted or randomised anew, as its own in
 * each later one, and read the neighbour's old numbers off sums that the neighbour was never charged for. Commitments
 * alone do not help: that ciphertext is known before anybody commits.
 *
 * U1  one proof for all ciphertexts of a site: T = (1 + M n) h^A, weights rho_i of 128 bits hashed from context, key, site,
 *     all ciphertexts and T; z_m = M + sum rho_i m_i modulo n, z_a = A + sum rho_i a_i; (1 + z_m n) h^(z_a) = T times the
 *     product of c_i^(rho_i).
 * U2  M is uniform below n; A has 256 bits more than the a_i and one above them that is set: nothing of m or a shows.
 */
#ifndef PAILLIER_TP_KNOWN_H
#define PAILLIER_TP_KNOWN_H

#include "paillier/tp_encrypt.h"
#include "paillier/tp_partial.h"

size_t tp_known_bytes(const struct tp_key *k);

/* Encrypts count numbers below n into out, count times k->bytes, and appends the proof: tp_known_bytes() more.
 * Fails: E_SYSTEM; out is then zeros. */
CHECKED int tp_known_encrypt(const struct tp_table *t, const struct tp_key *k,
	const struct hash32 *ctx, const struct sum_id *id, const BIGNUM *const *m, size_t count,
	uint8_t *out, struct error *err);
/* c: units modulo n^2. Fails: E_CRYPTO. */
CHECKED int tp_known_check(const struct tp_key *k, const struct hash32 *ctx,
	const struct sum_id *id, const BIGNUM *const *c, size_t count, const uint8_t *proof,
	struct error *err);

#endif
