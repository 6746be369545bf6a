/*
 * tp_encrypt.h - encryption with tables of powers of h: (1 + m n) h^a modulo n^2, a uniform of half the bits of n.
 *
 * E1  a is drawn from the private generator, used once and wiped.
 * E2  neither m nor a steers a branch or an address (tp_power.h, Q1). Several numbers at once take less time for each.
 * The tables belong to one key (2.75 MB, 60 ms to make at 3072 bits); they are not secret.
 */
#ifndef PAILLIER_TP_ENCRYPT_H
#define PAILLIER_TP_ENCRYPT_H

#include "paillier/tp_power.h"

enum {
	TP_LONGER_BITS = 256 + 1, /* of an exponent of a proof, above one of an encryption */
};

struct tp_table;

/* Gives *out (tp_table_free). Borrows k, which must outlive it. Fails: E_SYSTEM. */
CHECKED int tp_table_new(struct tp_table **out, const struct tp_key *k, struct error *err);
void tp_table_free(struct tp_table *t); /* accepts NULL */
size_t tp_table_bytes(const struct tp_table *t);

/* Encrypts count numbers below n into out, count times k->bytes. Fails: E_SYSTEM; out is then zeros. */
CHECKED int tp_encrypt(const struct tp_table *t, const BIGNUM *const *m, size_t count, uint8_t *out,
	struct error *err);

/* The same with given randomness (`a` big endian, bits / 16 bytes each): for tp_known.h, which draws
 * it, and for known answers in tests. */
CHECKED int tp_encrypt_with(const struct tp_table *t, const BIGNUM *const *m, const uint8_t *a,
	size_t count, uint8_t *out, struct error *err);

/* One number with a longer a, below 2^(bits / 2 + TP_LONGER_BITS): for tp_known.h. out: k->bytes. */
CHECKED int tp_encrypt_longer(const struct tp_table *t, const BIGNUM *m, const BIGNUM *a,
	uint8_t *out, struct error *err);

#endif
