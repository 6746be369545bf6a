/*
 * sum_rounds.h - whole rounds of secure sums for the audit, by SA-1 or TP-1, in which some sites leave and some help the
 * gateway.
 *
 * Of `sites` the first `honest` keep to the protocol and add noise; `helpers` stay too and add none, so what is left of
 * the sum without them is the sum; the others leave, by turns before they dealt and before they sent. These are the fewest
 * that any sum may have.
 */
#ifndef TESTS_AUDIT_SUM_ROUNDS_H
#define TESTS_AUDIT_SUM_ROUNDS_H

#define CK_WORLD_SITES 16
#include "tests/unit/paillier.h"
#include "tests/unit/sums.h"

#include "crypto/shared_noise.h"
#include "paillier/tp_gateway.h"
#include "paillier/tp_holder.h"
#include "paillier/tp_site.h"
#include "paillier/tp_values.h"

static struct error err;

struct cast {
	unsigned sites, honest, helpers, leave;
};

/* Rules as a list of members has them; with ten sites stricter ones, under which the lattice is finer than people. */
static inline struct sum_rules rules_of(unsigned sites)
{
	return (struct sum_rules){ .third = sites < 10,
		.colluders = 1,
		.h_min = 3,
		.n_min = 3,
		.n_max = MAX_SUM_SITES,
		.u_min = sites < 10 ? 0 : 8,
		.suites = 1U << SUITE_AES128,
		.life_s = 600 };
}

static inline struct cast cast_of(unsigned sites, bool all)
{
	const struct sum_rules r = rules_of(sites);
	const unsigned stay = (unsigned)quorum_contributors(&r, sites);
	struct cast c = { .sites = sites };

	c.honest = (unsigned)quorum_honest(&r, sites, stay);
	c.helpers = all ? 0 : stay - c.honest;
	c.leave = all ? 0 : sites - stay;
	return c;
}

struct sum_rounds {
	struct world *w;
	struct cast cast;
	bool minutes;
	uint64_t *sum; /* TP-1 */
};

static inline void expect_noise(struct sum_rounds *s, const struct shared_noise *n)
{
	struct world *w = s->w;

	w->invite.bound = w->expect.bound = shared_noise_bound(n);
	w->invite.noise = w->expect.noise = shared_noise_hash(n);
	w->expect.tail = shared_noise_tail(n);
	w->expect.honest = n->honest;
}

static inline struct sum_rounds *sum_rounds_begin(
	const struct cast *cast, const struct shared_noise *n, size_t words, bool minutes)
{
	struct sum_rounds *s = calloc(1, sizeof(*s));

	s->cast = *cast;
	s->minutes = minutes;
	s->w = world_new(cast->sites, words);
	s->w->keep = false;
	s->w->f->members.rules = rules_of(cast->sites);
	s->w->invite = invite_for(s->w);
	expect_noise(s, n);
	for (unsigned i = 0; i < cast->sites; i++) { /* nobody has people or noise yet */
		memset(s->w->at[i].values, 0, words * sizeof(int64_t));
		memset(s->w->at[i].noise, 0, words * sizeof(int64_t));
	}
	return s;
}

static inline int64_t *sum_values(struct sum_rounds *s, unsigned site)
{
	return s->w->at[site].values;
}
static inline int64_t *sum_shares(struct sum_rounds *s, unsigned site)
{
	return s->w->at[site].noise;
}

static inline bool stays(const struct sum_rounds *s, unsigned i)
{
	return i < s->cast.sites - s->cast.leave;
}

/* ---- threshold Paillier: small keys ---- */

enum {
	AUDIT_HOLDERS = 5,
	AUDIT_TP_BYTES = 64 << 20
};

struct tp_world {
	struct tp_key k;
	struct tp_share shares[AUDIT_HOLDERS];
	EVP_PKEY *keys[AUDIT_HOLDERS];
	struct tp_table *table;
	struct tp_invite invite;
	struct tp_gateway *g;
	struct tp_site *sites[CK_WORLD_SITES];
	struct text opens[CK_WORLD_SITES], invitation, roster, all;
};

static inline int any_set(
	void *of, const struct hash32 *ctx, const struct hash32 *set, struct error *e)
{
	(void)of, (void)ctx, (void)set, (void)e;
	return 0;
}

static inline void tp_world_begin(struct tp_world *t, const struct world *w)
{
	BIGNUM *p = hex_number(kat_numbers[KAT_P]), *q = hex_number(kat_numbers[KAT_Q]);

	name_holders(&t->k, AUDIT_HOLDERS, 1);
	t->k.federation = w->f->members.federation;
	for (unsigned j = 0; j < AUDIT_HOLDERS; j++) {
		OK(identity_new_key(&t->keys[j], &err));
		public_key(t->keys[j], t->k.holders[j].key);
	}
	OK(tp_deal_of_primes(&t->k, p, q, t->shares, &err));
	OK(tp_table_new(&t->table, &t->k, &err));
	BN_free(p);
	BN_free(q);
	t->invite = (struct tp_invite){ .slot_bound = w->expect.bound + w->expect.tail,
		.sum = w->invite };
	memset(&t->invite.sum.layout, 0, sizeof(t->invite.sum.layout));
	memset(&t->invite.sum.asked, 0, sizeof(t->invite.sum.asked));
	OK(tp_invite_complete(&t->invite, &t->k, &err));
	text_init(&t->invitation, AUDIT_TP_BYTES);
	OK(tp_invite_write(&t->invite, &t->k, w->f->gateway, &t->invitation, &err));
	text_init(&t->roster, AUDIT_TP_BYTES);
	text_init(&t->all, AUDIT_TP_BYTES);
	OK(tp_gateway_new(&t->g, &w->f->members, &t->k, &t->invite, &err));
}

static inline void tp_world_end(struct tp_world *t)
{
	tp_gateway_free(t->g);
	for (unsigned i = 0; i < CK_WORLD_SITES; i++) {
		tp_site_free(t->sites[i]);
		text_clear(&t->opens[i]);
	}
	for (unsigned j = 0; j < AUDIT_HOLDERS; j++)
		EVP_PKEY_free(t->keys[j]);
	text_clear(&t->invitation);
	text_clear(&t->roster);
	text_clear(&t->all);
	tp_table_free(t->table);
	shares_clear(t->shares, AUDIT_HOLDERS);
	tp_key_clear(&t->k);
}

static inline void tp_site_commits(struct tp_world *t, struct world *w, unsigned i)
{
	const struct tp_site_setup setup = { w->at[i].setup, &t->k, t->table };
	struct sum_expect expect = w->expect;
	struct tp_values *v = NULL;
	struct text commit;

	memset(&expect.layout, 0, sizeof(expect.layout));
	memset(&expect.asked, 0, sizeof(expect.asked));
	text_init(&commit, AUDIT_TP_BYTES);
	OK(tp_site_new(
		&t->sites[i], &setup, &expect, t->invitation.at, t->invitation.len, w->now, &err));
	OK(tp_site_values(
		t->sites[i], w->at[i].values, w->at[i].noise, w->words, w->now, &v, &err));
	OK(tp_values_encrypt(v, &err));
	OK(tp_site_commit(t->sites[i], v, w->now, &commit, &err));
	OK(tp_gateway_commit(t->g, commit.at, commit.len, w->now.wall_s, &err));
	text_clear(&commit);
}

static inline void tp_holder_helps(struct tp_world *t, const struct sum_rounds *s, unsigned j)
{
	const struct tp_holder_setup setup = { .members = &s->w->f->members,
		.k = &t->k,
		.share = &t->shares[j],
		.key = t->keys[j],
		.once = { NULL, any_set } };
	struct tp_holder *h = NULL;
	struct text part;

	text_init(&part, AUDIT_TP_BYTES);
	OK(tp_holder_new(&h, &setup, t->invitation.at, t->invitation.len, s->w->now, &err));
	OK(tp_holder_roster(h, t->roster.at, t->roster.len, s->w->now, &err));
	for (unsigned i = 0; i < s->cast.sites; i++)
		if (stays(s, i))
			OK(tp_holder_open(h, t->opens[i].at, t->opens[i].len, s->w->now, &err));
	OK(tp_holder_all(h, t->all.at, t->all.len, s->w->now, &err));
	OK(tp_holder_part(h, s->w->now, &part, &err));
	OK(tp_gateway_part(t->g, part.at, part.len, &err));
	text_clear(&part);
	tp_holder_free(h);
}

static inline const uint64_t *paillier_run(struct sum_rounds *s)
{
	struct tp_world *t = calloc(1, sizeof(*t));
	struct world *w = s->w;

	tp_world_begin(t, w);
	for (unsigned i = 0; i < s->cast.sites; i++)
		tp_site_commits(t, w, i);
	OK(tp_gateway_roster(t->g, w->now.wall_s, &t->roster, &err));
	for (unsigned i = 0; i < s->cast.sites; i++)
		if (stays(s, i)) {
			text_init(&t->opens[i], AUDIT_TP_BYTES);
			OK(tp_site_open(t->sites[i], t->roster.at, t->roster.len, w->now,
				&t->opens[i], &err));
			OK(tp_gateway_open(t->g, t->opens[i].at, t->opens[i].len, &err));
		}
	OK(tp_gateway_close(t->g, &t->all, &err));
	for (unsigned j = 0; j < t->k.needed; j++)
		tp_holder_helps(t, s, j);
	s->sum = calloc(w->words, sizeof(*s->sum));
	OK(tp_gateway_finish(t->g, (int64_t *)s->sum, w->words, &err));
	tp_world_end(t);
	free(t);
	return s->sum;
}

/* ---- either ---- */

/* The words that were added up, of sum_rounds_end(). */
static inline const uint64_t *sum_rounds_run(struct sum_rounds *s)
{
	struct world *w = s->w;

	if (s->minutes)
		return paillier_run(s);
	for (unsigned i = 0; i < s->cast.sites; i++)
		if (!stays(s, i))
			w->at[i].dies = i % 2 == 0 ? STEP_SHARES : STEP_MASKED;
	ck_assert_msg(world_run(w) == 0, "%s", w->err.log);
	ck_assert_uint_eq(round_gateway_contributors(w->g), s->cast.sites - s->cast.leave);
	return round_gateway_sum(w->g);
}

static inline void sum_rounds_end(struct sum_rounds *s)
{
	world_free(s->w);
	free(s->sum);
	free(s);
}

#endif
