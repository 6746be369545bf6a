/*
 * tp_pack.h - many signed counters in one number, so that adding ciphertexts adds all of them.
 *
 * Slot i holds value + 2^value_bits, which is never negative; above the last slot stands a constant 1, whose sum is the
 * number of contributors and gives every number one length.
 *
 * H1  a slot has value_bits + ceil(log2 n_max) + 2 bits: sums of n_max values within the bound never reach the next.
 * H2  everything fits below n with all n_max contributors added.
 * H3  what is added up is checked: the count at the top, every sum against count * bound, unused slots against 0.
 */
#ifndef PAILLIER_TP_PACK_H
#define PAILLIER_TP_PACK_H

#include "paillier/number.h"

struct tp_packing {
	uint64_t bound; /* of one value with its noise, either way */
	uint64_t n_max; /* contributors */
	unsigned value_bits, slot_bits, slots;
	unsigned bits; /* of n */
};

/* Fails: E_LIMIT when not even one counter fits, or n_max * bound reaches 2^63. */
CHECKED int tp_packing_init(
	struct tp_packing *p, unsigned bits, uint64_t bound, uint64_t n_max, struct error *err);
/* Numbers for so many counters. */
uint64_t tp_packing_count(const struct tp_packing *p, uint64_t counters);
/* n <= slots values into out. No branch on a value but the one that says that some value is out of bounds.
 * Fails: E_LIMIT then. */
CHECKED int tp_pack(const struct tp_packing *p, const int64_t *values, size_t n, BIGNUM *out,
	struct error *err);
/* The sums of n counters of `contributors`. Fails: E_CRYPTO (H3). */
CHECKED int tp_unpack(const struct tp_packing *p, const BIGNUM *in, uint64_t contributors,
	int64_t *sums, size_t n, struct error *err);

#endif
