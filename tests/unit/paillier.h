/*
 * paillier.h - small keys of threshold Paillier for tests: 256 bits, which protect nothing and take no time.
 */
#ifndef TESTS_PAILLIER_H
#define TESTS_PAILLIER_H

#include <string.h>

#include "paillier/tp_deal.h"
#include "paillier/tp_encrypt.h"
#include "paillier/tp_partial.h"
#include "paillier/tp_site.h"
#include "tests/unit/unit.h"
#include "tests/vectors/paillier.h"

enum {
	KAT_P,
	KAT_Q,
	KAT_N,
	KAT_H,
	KAT_V
};

static inline BIGNUM *hex_number(const char *hex)
{
	BIGNUM *n = NULL;

	ck_assert_int_gt(BN_hex2bn(&n, hex), 0);
	return n;
}

/* What tp_deal() wants filled: l holders of whom c collude. */
static inline void name_holders(struct tp_key *k, unsigned l, unsigned c)
{
	*k = (struct tp_key){ .epoch = KAT_EPOCH,
		.from_s = KAT_FROM,
		.until_s = KAT_UNTIL,
		.n_holders = l,
		.needed = tp_needed(l, c),
		.colluders = c };
	memset(k->federation.at, 7, sizeof(k->federation.at));
	for (unsigned j = 0; j < l; j++) {
		char name[32];

		snprintf(name, sizeof(name), "holder-%u", j + 1);
		ck_assert(text_copy(k->holders[j].name, sizeof(k->holders[j].name), name));
		memset(k->holders[j].key, 10 + (int)j, 32);
		memset(k->holders[j].seal, 20 + (int)j, 32);
	}
}

/* A key of the vectors' primes, freshly dealt. */
static inline void deal_small(struct tp_key *k, struct tp_share *shares, unsigned l, unsigned c)
{
	BIGNUM *p = hex_number(kat_numbers[KAT_P]), *q = hex_number(kat_numbers[KAT_Q]);
	struct error err;

	name_holders(k, l, c);
	OK(tp_deal_of_primes(k, p, q, shares, &err));
	BN_free(p);
	BN_free(q);
}

static inline void shares_clear(struct tp_share *shares, unsigned l)
{
	for (unsigned j = 0; j < l; j++)
		tp_share_clear(&shares[j]);
}

/* The key and shares of the vectors. */
static inline void known_key(struct tp_key *k, struct tp_share *shares)
{
	struct error err;

	name_holders(k, KAT_HOLDERS, KAT_COLLUDERS);
	k->n = hex_number(kat_numbers[KAT_N]);
	k->h = hex_number(kat_numbers[KAT_H]);
	k->v = hex_number(kat_numbers[KAT_V]);
	for (unsigned j = 0; j < KAT_HOLDERS; j++)
		k->holders[j].v = hex_number(kat_vs[j]);
	OK(tp_key_complete(k, KAT_BITS, &err));
	for (unsigned j = 0; j < KAT_HOLDERS; j++)
		shares[j] = (struct tp_share){ j + 1, hex_number(kat_shares[j]), k->hash };
}

/* Values to COMMIT in one go. */
static inline int commit_now(struct tp_site *s, const int64_t *values, const int64_t *noise,
	size_t n, struct sum_now now, struct text *out, struct error *e)
{
	struct tp_values *v = NULL;

	if (tp_site_values(s, values, noise, n, now, &v, e) != 0)
		return -1;
	if (tp_values_encrypt(v, e) != 0) {
		tp_values_free(v);
		return -1;
	}
	return tp_site_commit(s, v, now, out, e);
}

#endif
