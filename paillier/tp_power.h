/*
 * tp_power.h - powers of one base with many exponents, secret ones too, by a comb (Lim and Lee 1994).
 *
 * An exponent of `bits` bits is cut into `teeth` rows, one below the other, and those into blocks of `columns` bits. The
 * table has, for each block, the product of every choice of the rows' powers. A power is then one multiplication for each
 * block and column, bits / teeth in all, and columns - 1 squarings.
 *
 * Q1  no branch, no address and no number of operations here depends on an exponent: all of a block is read for every
 *     digit, and all but one entry masked away. Several powers at once read it one after the other, while it is near.
 *     OpenSSL's numbers skip the zeros that lead them: of one entry in 256 a byte, a step of a loop.
 * Q2  a table is as public as its base and its modulus; what a power leaves behind is wiped.
 */
#ifndef PAILLIER_TP_POWER_H
#define PAILLIER_TP_POWER_H

#include "paillier/tp_key.h"

enum {
	TP_AT_ONCE = 16,  /* powers */
	TP_MIN_TEETH = 3, /* a block has 2^teeth entries */
	TP_MAX_TEETH = 10,
};

struct tp_comb_shape {
	unsigned bits; /* exponents are below 2^bits */
	unsigned teeth, blocks;
};

struct tp_comb;

/* Gives *out (tp_comb_free). Borrows k, modulo whose square it counts. base: below that. Fails: E_SYSTEM. */
CHECKED int tp_comb_new(struct tp_comb **out, const struct tp_key *k, const BIGNUM *base,
	const struct tp_comb_shape *shape, struct error *err);
void tp_comb_free(struct tp_comb *c); /* accepts NULL */
/* Bytes of its table. */
size_t tp_comb_bytes(const struct tp_comb *c);

/* out[i] = base^e_i in Montgomery form, count of them, at most TP_AT_ONCE; the e_i are little endian, of
 * tp_comb_exponent_bytes() each. Fails: E_SYSTEM. */
size_t tp_comb_exponent_bytes(const struct tp_comb *c);
CHECKED int tp_comb_powers(const struct tp_comb *c, const uint8_t *exponents, size_t count,
	BIGNUM *const *out, BN_CTX *scratch, struct error *err);

#endif
