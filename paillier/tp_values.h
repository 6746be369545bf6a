/*
 * tp_values.h - a site's values on their way to ciphertexts: checked and packed in a moment, encrypted in a long one.
 *
 * 2 ms a number of 40 counters, so up to 10 s for the longest vector: what does that touches nothing but its own struct and the
 * key's tables, and may be a thread beside a loop.
 *
 * S1  values, noise and what is packed of them are wiped before the free, and the packed numbers as soon as they are
 *     encrypted.
 * S2  no branch depends on a value but the refusal of one that is out of bounds.
 */
#ifndef PAILLIER_TP_VALUES_H
#define PAILLIER_TP_VALUES_H

#include "paillier/tp_encrypt.h"
#include "paillier/tp_roster.h"

struct tp_values {
	const struct tp_key *k;       /* borrowed */
	const struct tp_table *table; /* likewise; of k */
	struct hash32 ctx;
	struct sum_id id;
	BIGNUM **m; /* count of them; NULL once they are encrypted */
	size_t count;
	uint8_t *ciphertexts; /* len bytes with the proof that m was known; NULL before */
	size_t len;
};

struct tp_bounds {
	uint64_t value, noise; /* largest, either way; below 2^63, and so is their sum */
};

/* Gives *out (tp_values_free). values and noise (NULL: none) of invite->sum.words each; the caller wipes its own. Fails,
 * too: E_LIMIT for a value or noise past its bound. */
CHECKED int tp_values_new(struct tp_values **out, const struct tp_table *table,
	const struct tp_key *k, const struct tp_invite *invite, const struct sum_id *id,
	const struct tp_bounds *most, const int64_t *values, const int64_t *noise,
	struct error *err);
/* The long one; once. Fails: E_SYSTEM. */
CHECKED int tp_values_encrypt(struct tp_values *v, struct error *err);
void tp_values_free(struct tp_values *v); /* accepts NULL; wipes */

#endif
