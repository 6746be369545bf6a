/*
 * secagg.h - a federation in memory for the tests of secure sums.
 */
#ifndef TESTS_SECAGG_H
#define TESTS_SECAGG_H

#include <check.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/identity.h"
#include "secagg/membership.h"

#define NOW_S INT64_C(1790000000)

struct federation {
	struct membership members;
	EVP_PKEY *keys[MAX_SUM_SITES]; /* in the order of members.members */
	EVP_PKEY *gateway;
};

static inline void public_key(EVP_PKEY *key, uint8_t out[32])
{
	size_t len = 32;

	ck_assert_int_eq(EVP_PKEY_get_raw_public_key(key, out, &len), 1);
}

/* n sites "site-000".., a house each, and gateway "gateway". */
static inline struct federation *federation_new(uint64_t n)
{
	struct federation *f = calloc(1, sizeof(*f));
	struct error err;

	f->members = (struct membership){ .epoch = 7,
		.federation = sha256("root", 4),
		.from_s = NOW_S - 1000,
		.until_s = NOW_S + 1000000,
		.rules = { .third = true,
			.h_min = 3,
			.n_min = 3,
			.n_max = MAX_SUM_SITES,
			.suites = 1U << SUITE_AES128 | 1U << SUITE_AES256 | 1U << SUITE_CHACHA20,
			.life_s = 600 },
		.n_gateways = 1,
		.n_members = n };
	f->members.members = calloc(n, sizeof(*f->members.members));
	ck_assert_int_eq(identity_new_key(&f->gateway, &err), 0);
	snprintf(f->members.gateways[0].name, sizeof(f->members.gateways[0].name), "gateway");
	public_key(f->gateway, f->members.gateways[0].key);
	EVP_PKEY **made = calloc(n, sizeof(*made));
	for (uint64_t i = 0; i < n; i++) {
		struct member *m = &f->members.members[i];

		ck_assert_int_eq(identity_new_key(&made[i], &err), 0);
		snprintf(m->site, sizeof(m->site), "site-%03u", (unsigned)i);
		snprintf(m->org, sizeof(m->org), "org-%03u", (unsigned)i);
		public_key(made[i], m->key);
		m->from_s = NOW_S - 1000;
		m->until_s = NOW_S + 1000000;
	}
	ck_assert_int_eq(membership_complete(&f->members, &err), 0);
	for (uint64_t i = 0; i < n; i++)
		f->keys[i] = made[strtoul(f->members.members[i].site + 5, NULL, 10)];
	free(made);
	return f;
}

static inline void federation_free(struct federation *f)
{
	for (uint64_t i = 0; i < f->members.n_members; i++)
		EVP_PKEY_free(f->keys[i]);
	EVP_PKEY_free(f->gateway);
	free(f->members.members);
	free(f);
}

#endif
