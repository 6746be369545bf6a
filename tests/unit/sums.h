/*
 * sums.h - whole rounds of secure sums in memory: a gateway, sites, their disks and clocks, and everything between them
 * in the hands of the test.
 *
 * A phase is three steps for each site: world_tell() puts the gateway's message into in[i], world_feed() gives in[i] to
 * the site and what it answers into out[i], world_hear() gives out[i] to the gateway. Tests change in[i] and out[i].
 */
#ifndef TESTS_SUMS_H
#define TESTS_SUMS_H

#include <openssl/rand.h>

#include "secagg/quorum.h"
#include "secagg/round_gateway.h"
#include "secagg/round_gateway_in.h"
#include "secagg/round_site.h"
#include "tests/unit/secagg.h"

#ifndef CK_WORLD_SITES
#define CK_WORLD_SITES 64
#endif

struct disk {
	size_t n, fails_at; /* the fails_at-th write fails (from 1), and every one after it */
	struct {
		enum sum_mark mark;
		struct hash32 ctx;
	} marks[512];
};

struct seat {
	struct round_site *site;
	struct site_setup setup;
	struct disk disk;
	int64_t *values, *noise;
	struct text in, out;
	enum sum_step in_step, out_step;
	enum sum_step dies; /* never says this, nor anything after */
	struct error err;   /* of the last refusal */
};

struct world {
	struct federation *f;
	uint64_t n, words;
	struct sum_invite invite;
	struct sum_expect expect;
	struct round_gateway *g;
	struct sum_now now;
	bool keep;
	struct error err;
	struct seat at[CK_WORLD_SITES];
};

static inline int disk_mark(
	void *of, enum sum_mark mark, const struct hash32 *ctx, struct error *err)
{
	struct disk *d = of;

	if (d->fails_at != 0 && d->n + 1 >= d->fails_at)
		return error_set(
			err, E_SYSTEM, SAY("The disk is full.", "磁盘已满。"), "disk full");
	for (size_t i = 0; i < d->n; i++)
		if (d->marks[i].mark == mark && hash32_equal(&d->marks[i].ctx, ctx))
			return error_set(
				err, E_STATE, SAY("Marked before.", "已有标记。"), "marked before");
	ck_assert_uint_lt(d->n, 512);
	d->marks[d->n].mark = mark;
	d->marks[d->n++].ctx = *ctx;
	return 0;
}

static inline struct sum_invite invite_for(struct world *w)
{
	const struct membership *m = &w->f->members;
	struct error err;
	struct sum_invite i = { .suite = SUITE_AES128,
		.federation = m->federation,
		.epoch = m->epoch,
		.gateway = m->gateways[0].id,
		.question = sha256("question", 8),
		.asked = sha256("asked", 5),
		.layout = sha256("layout", 6),
		.noise = sha256("noise", 5),
		.mode = SUM_ADD,
		.words = w->words,
		.bound = 1000000,
		.n_min = 3,
		.n_max = w->n,
		.u_min = quorum_contributors(&m->rules, w->n),
		.wait_ms = { 10000, 10000, 10000, 10000 },
		.expires_s = w->now.wall_s + 300 };

	ck_assert_int_eq(membership_hash(m, &i.members, &err), 0);
	ck_assert_int_eq(RAND_bytes(i.nonce, sizeof(i.nonce)), 1);
	return i;
}

static inline struct world *world_new(uint64_t n, uint64_t words)
{
	struct world *w = calloc(1, sizeof(*w));

	w->f = federation_new(n);
	w->n = n;
	w->words = words;
	w->now = (struct sum_now){ NOW_S, 5000 };
	w->keep = true;
	w->invite = invite_for(w);
	w->expect = (struct sum_expect){ .question = w->invite.question,
		.asked = w->invite.asked,
		.layout = w->invite.layout,
		.noise = w->invite.noise,
		.mode = SUM_ADD,
		.words = words,
		.bound = 1000000,
		.tail = 1000,
		.honest = 3 };
	for (uint64_t i = 0; i < n; i++) {
		struct seat *p = &w->at[i];

		p->setup = (struct site_setup){ .members = &w->f->members,
			.me = w->f->members.members[i].id,
			.key = w->f->keys[i],
			.marks = { &p->disk, disk_mark } };
		p->values = calloc(words, sizeof(*p->values));
		p->noise = calloc(words, sizeof(*p->noise));
		for (uint64_t k = 0; k < words; k++) {
			p->values[k] = (int64_t)((i + 1) * 1000 + k % 997);
			p->noise[k] = (int64_t)(k % 7) - (int64_t)(i % 5);
		}
		text_init(&p->in, MAX_FRAME_BYTES);
		text_init(&p->out, MAX_FRAME_BYTES);
	}
	return w;
}

static inline void world_free(struct world *w)
{
	for (uint64_t i = 0; i < w->n; i++) {
		round_site_free(w->at[i].site);
		text_clear(&w->at[i].in);
		text_clear(&w->at[i].out);
		free(w->at[i].values);
		free(w->at[i].noise);
	}
	round_gateway_free(w->g);
	federation_free(w->f);
	free(w);
}

/* A new round over the same sites: what was before is forgotten, but for the disks. */
static inline void world_again(struct world *w)
{
	for (uint64_t i = 0; i < w->n; i++) {
		round_site_free(w->at[i].site);
		w->at[i].site = NULL;
		w->at[i].dies = STEP_NONE;
	}
	round_gateway_free(w->g);
	w->g = NULL;
}

/* A gateway and its invitation in everybody's hands. */
static inline void world_start(struct world *w)
{
	ck_assert_msg(round_gateway_new(&w->g, &w->f->members, w->f->gateway, &w->invite, w->keep,
			      w->now.wall_s, &w->err) == 0,
		"%s", w->err.log);
	for (uint64_t i = 0; i < w->n; i++) {
		text_reset(&w->at[i].in);
		w->at[i].in_step = STEP_INVITE;
		ck_assert_int_eq(round_gateway_invite(w->g, &w->at[i].in, &w->err), 0);
	}
}

/* in[i] to the site, its answer to out[i] (DEAL is answered with the words). 0, -1: refused, 1: dead by then. */
static inline int world_feed(struct world *w, uint64_t i)
{
	struct seat *p = &w->at[i];
	const void *at = p->in.at;
	size_t len = p->in.len;

	text_reset(&p->out);
	p->out_step = p->in_step + 1;
	p->err = (struct error){ 0 };
	if (p->dies != STEP_NONE && p->dies <= p->out_step)
		return 1;
	switch (p->in_step) {
	case STEP_INVITE:
		ck_assert_ptr_null(p->site);
		if (round_site_new(&p->site, &p->setup, &w->expect, at, len, w->now, &p->err) != 0)
			return -1;
		return round_site_keys(p->site, w->now, &p->out, &p->err);
	case STEP_ROSTER:
		return round_site_roster(p->site, at, len, w->now, &p->out, &p->err);
	case STEP_DEAL:
		if (round_site_deal(p->site, at, len, w->now, &p->err) != 0)
			return -1;
		return round_site_mask(
			p->site, p->values, p->noise, w->words, w->now, &p->out, &p->err);
	case STEP_SURVIVE:
		return round_site_survive(p->site, at, len, w->now, &p->out, &p->err);
	case STEP_CERT:
		return round_site_certificate(p->site, at, len, w->now, &p->out, &p->err);
	default:
		ck_abort_msg("no such step");
	}
}

static inline int world_hear(struct world *w, uint64_t i)
{
	struct seat *p = &w->at[i];

	return round_gateway_hear(w->g, &p->setup.me, p->out_step, p->out.at, p->out.len, &w->err);
}

/* Whether there was something to tell. */
static inline bool world_tell(struct world *w, uint64_t i)
{
	struct seat *p = &w->at[i];

	text_reset(&p->in);
	p->in_step = STEP_NONE;
	if (!round_gateway_speaks_to(w->g, &p->setup.me))
		return false;
	ck_assert_int_eq(round_gateway_tell(w->g, &p->setup.me, &p->in_step, &p->in, &w->err), 0);
	return true;
}

/* Everybody answers what is in in[i]; those who die are lost. */
static inline void world_answers(struct world *w)
{
	for (uint64_t i = 0; i < w->n; i++) {
		if (w->at[i].in_step == STEP_NONE)
			continue;
		switch (world_feed(w, i)) {
		case 0:
			ck_assert_msg(
				world_hear(w, i) == 0, "place %u: %s", (unsigned)i, w->err.log);
			break;
		case 1:
			round_gateway_lost(w->g, &w->at[i].setup.me);
			break;
		default:
			ck_abort_msg("place %u refused: %s", (unsigned)i, w->at[i].err.log);
		}
	}
}

static inline int world_close(struct world *w)
{
	if (round_gateway_close(w->g, w->now.wall_s, &w->err) != 0)
		return -1;
	for (uint64_t i = 0; i < w->n; i++)
		(void)world_tell(w, i);
	return 0;
}

/* Phases until the gateway waits for `until`'s answers; the messages that ask for them are in in[]. */
static inline int world_until(struct world *w, enum sum_phase until)
{
	while (round_gateway_phase(w->g) < until) {
		world_answers(w);
		if (world_close(w) != 0)
			return -1;
	}
	return 0;
}

static inline int world_run(struct world *w)
{
	world_start(w);
	return world_until(w, PHASE_DONE);
}

/* The sum is exactly that of those who are said to be in it. */
static inline void world_sum_is_exact(struct world *w)
{
	const uint64_t *sum = round_gateway_sum(w->g);
	uint64_t in = 0;

	ck_assert_ptr_nonnull(sum);
	for (uint64_t k = 0; k < w->words; k++) {
		uint64_t want = 0;

		for (uint64_t i = 0; i < round_gateway_sites(w->g); i++) {
			struct sum_standing s = round_gateway_standing(w->g, i);

			if (!s.in_sum)
				continue;
			in += k == 0;
			for (uint64_t j = 0; j < w->n; j++)
				if (&w->f->members.members[j] == s.who)
					want += (uint64_t)w->at[j].values[k] +
						(uint64_t)w->at[j].noise[k];
		}
		ck_assert_uint_eq(sum[k], want);
	}
	ck_assert_uint_eq(in, round_gateway_contributors(w->g));
}

#endif
