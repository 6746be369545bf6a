/*
 * tp_encrypt.h - encryption with a table of powers of h: (1 + m n) h^a modulo n^2, a uniform of half the bits of n.
 *
 * E1  a is drawn from the private generator, used once and wiped.
 * E2  neither m nor a steers a branch or an address: every entry of a window is read and all but one masked away.
 *     Several numbers are encrypted at once so that reading the table is paid once.
 * A table belongs to one key (22 MB, 0.3 s to make at 3072 bits); it is not secret.
 */
#ifndef PAILLIER_TP_ENCRYPT_H
#define PAILLIER_TP_ENCRYPT_H

#include "paillier/tp_key.h"

struct tp_table;

/* Gives *out (tp_table_free). Borrows k, which must outlive it. Fails: E_SYSTEM. */
CHECKED int tp_table_new(struct tp_table **out, const struct tp_key *k, struct error *err);
void tp_table_free(struct tp_table *t); /* accepts NULL */

/* Encrypts count numbers below n into out, count times k->bytes. Fails: E_SYSTEM; out is then zeros. */
CHECKED int tp_encrypt(const struct tp_table *t, const BIGNUM *const *m, size_t count, uint8_t *out,
	struct error *err);

/* The same with given randomness (`a` big endian, bits / 16 bytes each): for tp_known.h, which draws
 * it, and for known answers in tests. */
CHECKED int tp_encrypt_with(const struct tp_table *t, const BIGNUM *const *m, const uint8_t *a,
	size_t count, uint8_t *out, struct error *err);

#endif
