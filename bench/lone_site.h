/*
 * lone_site.h - one site's part of a secure sum of n, by itself: what the others and the gateway say is made beforehand,
 * untimed, so that a thousand sites take a second and not minutes. All that the site checks holds.
 */
#ifndef BENCH_LONE_SITE_H
#define BENCH_LONE_SITE_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Check's macros, without Check. */
void _ck_assert_failed(const char *file, int line, const char *expr, const char *msg, ...);
void _mark_point(const char *file, int line);

#include "secagg/certificate.h"
#include "tests/unit/sums.h"

void _ck_assert_failed(const char *file, int line, const char *expr, const char *msg, ...)
{
	(void)msg;
	fprintf(stderr, "%s:%d: %s\n", file, line, expr);
	exit(1);
}
void _mark_point(const char *file, int line)
{
	(void)file;
	(void)line;
}

struct lone {
	struct world *w; /* of which only federation, invitation and expectation are there */
	struct round_site *site;
	struct disk disk;
	uint64_t n, me;
	struct roster roster;
	struct x_pair *c, *s; /* of the others */
	struct sum_view view;
	struct text in, out;
	double cpu_s;
	size_t up, down;
};

static inline double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline void lone_must(int ret, const struct error *err)
{
	if (ret == 0)
		return;
	fprintf(stderr, "a lone site: %s\n", err->log);
	exit(1);
}

static inline void lone_new(struct lone *l, uint64_t n, uint64_t words, enum sum_mode mode)
{
	struct world *w = calloc(1, sizeof(*w));

	*l = (struct lone){ .w = w, .n = n, .me = n / 2 };
	w->f = federation_new(n);
	w->n = n;
	w->words = words;
	w->now = (struct sum_now){ NOW_S, 5000 };
	w->invite = invite_for(w);
	w->invite.mode = mode;
	w->expect = (struct sum_expect){ .question = w->invite.question,
		.asked = w->invite.asked,
		.layout = w->invite.layout,
		.noise = w->invite.noise,
		.mode = mode,
		.words = words,
		.bound = 1000000,
		.tail = 1000,
		.honest = 3 };
	l->c = calloc(n, sizeof(*l->c));
	l->s = calloc(n, sizeof(*l->s));
	text_init(&l->in, MAX_FRAME_BYTES);
	text_init(&l->out, MAX_FRAME_BYTES);
}

static inline void lone_free(struct lone *l)
{
	for (uint64_t i = 0; i < l->n; i++) {
		x_pair_clear(&l->c[i]);
		x_pair_clear(&l->s[i]);
	}
	free(l->c);
	free(l->s);
	round_site_free(l->site);
	roster_clear(&l->roster);
	text_clear(&l->in);
	text_clear(&l->out);
	federation_free(l->w->f);
	free(l->w);
}

/* Counts what came and what went, for the next message. */
static inline void lone_next(struct lone *l)
{
	l->down += l->in.len;
	l->up += l->out.len;
	text_reset(&l->in);
	text_reset(&l->out);
}

static inline void lone_keys(struct lone *l)
{
	struct site_setup setup = { .members = &l->w->f->members,
		.me = l->w->f->members.members[l->me].id,
		.key = l->w->f->keys[l->me],
		.marks = { &l->disk, disk_mark } };
	struct error err;

	lone_must(invite_write(&l->w->invite, l->w->f->gateway, &l->in, &err), &err);
	double from = cpu_s();
	lone_must(round_site_new(
			  &l->site, &setup, &l->w->expect, l->in.at, l->in.len, l->w->now, &err),
		&err);
	lone_must(round_site_keys(l->site, l->w->now, &l->out, &err), &err);
	l->cpu_s += cpu_s() - from;
	l->view.ctx = *round_site_context(l->site);
}

/* After lone_keys(): the site's own entry and the others'. */
static inline void lone_roster(struct lone *l)
{
	struct roster_entry *entries = calloc(l->n, sizeof(*entries));
	struct error err;

	for (uint64_t i = 0; i < l->n; i++) {
		struct roster_entry *e = &entries[i];

		if (i == l->me) {
			memcpy(e, l->out.at, ENTRY_BYTES);
			continue;
		}
		lone_must(x_pair_new(&l->c[i], &err), &err);
		lone_must(x_pair_new(&l->s[i], &err), &err);
		e->id = l->w->f->members.members[i].id;
		memcpy(e->c, l->c[i].public, sizeof(e->c));
		memcpy(e->s, l->s[i].public, sizeof(e->s));
		lone_must(entry_sign(e, &l->view.ctx, l->w->f->keys[i], &err), &err);
	}
	lone_next(l);
	lone_must(roster_make(&l->roster, entries, l->n, &l->w->f->members, &l->w->invite,
			  &l->view.ctx, NOW_S, &err),
		&err);
	l->view.roster = &l->roster;
	lone_must(roster_write(&l->roster, &l->in, &err), &err);
	double from = cpu_s();
	lone_must(round_site_roster(l->site, l->in.at, l->in.len, l->w->now, &l->out, &err), &err);
	l->cpu_s += cpu_s() - from;
}

/* What site i dealt to this one. */
static inline void lone_dealt(
	struct lone *l, struct deriver *d, uint64_t i, struct dealt_share *out)
{
	const struct key_scope scope = { .ctx = l->view.ctx, .roster = l->roster.hash };
	const struct roster_entry *me = &l->roster.entries[l->me];
	struct share b = { { 1, 2, 3, 4, i } }, s = { { i, 6, 7, 8, 9 } };
	struct envelope_key key;
	struct key32 agreed;
	struct error err;

	lone_must(x_pair_agree(&l->c[i], me->c, &agreed, &err), &err);
	lone_must(envelope_key(d, &scope, &agreed, &l->roster.entries[i].id, &me->id, &key, &err),
		&err);
	lone_must(envelope_seal(&key, &scope.roster, i, l->me, &b, &s, out->envelope, &err), &err);
	lone_must(share_hash(&scope.roster, i, l->me, SHARE_B, &b, &out->b, &err), &err);
	lone_must(share_hash(&scope.roster, i, l->me, SHARE_S, &s, &out->s, &err), &err);
}

static inline void lone_deal(struct lone *l)
{
	struct dealt_share *dealt = calloc(l->n, sizeof(*dealt));
	struct deriver *d;
	struct error err;

	memcpy(&dealt[l->me], (const uint8_t *)l->out.at + l->me * DEALT_BYTES, DEALT_BYTES);
	lone_must(deriver_new(&d, &err), &err);
	for (uint64_t i = 0; i < l->n; i++)
		if (i != l->me)
			lone_dealt(l, d, i, &dealt[i]);
	deriver_free(d);
	lone_next(l);
	bits_init(&l->view.dealt, l->n);
	for (uint64_t i = 0; i < l->n; i++)
		bits_add(&l->view.dealt, i);
	lone_must(roster_dealt_hash(
			  &l->roster, &l->view.ctx, &l->view.dealt, &l->view.dealt_hash, &err),
		&err);
	lay_bits(&l->in, &l->view.dealt);
	lay_fixed(&l->in, dealt, l->n * DEALT_BYTES);
	free(dealt);
	double from = cpu_s();
	lone_must(round_site_deal(l->site, l->in.at, l->in.len, l->w->now, &err), &err);
	l->cpu_s += cpu_s() - from;
}

/* The words; all dealers survive, and a quorum says so. */
static inline void lone_rest(struct lone *l, const int64_t *values)
{
	struct error err;
	struct bits signers;
	double from = cpu_s();

	lone_must(round_site_mask(l->site, values, NULL, l->w->words, l->w->now, &l->out, &err),
		&err);
	l->cpu_s += cpu_s() - from;
	lone_next(l);
	l->view.alive = l->view.dealt;
	lone_must(roster_alive_hash(&l->roster, &l->view.ctx, &l->view.dealt_hash, &l->view.alive,
			  &l->view.alive_hash, &err),
		&err);
	lay_bits(&l->in, &l->view.alive);
	from = cpu_s();
	lone_must(round_site_survive(l->site, l->in.at, l->in.len, l->w->now, &l->out, &err), &err);
	l->cpu_s += cpu_s() - from;
	lone_next(l);
	const struct hash32 hashes[] = { l->roster.hash, l->view.dealt_hash, l->view.alive_hash };
	bits_init(&signers, l->n);
	for (uint64_t i = 0; i < l->roster.signers; i++)
		bits_add(&signers, i);
	lay_bits(&l->in, &signers);
	for (uint64_t i = 0; i < l->roster.signers; i++) {
		uint8_t ack[64];

		lone_must(step_sign(STEP_ACK, &l->view.ctx, &l->roster.who[i]->id, hashes, 3,
				  l->w->f->keys[i], ack, &err),
			&err);
		lay_fixed(&l->in, ack, sizeof(ack));
	}
	from = cpu_s();
	lone_must(round_site_certificate(l->site, l->in.at, l->in.len, l->w->now, &l->out, &err),
		&err);
	l->cpu_s += cpu_s() - from;
	lone_next(l);
}

/* All of it; cpu_s, up and down are then what it cost. */
static inline void lone_run(struct lone *l, const int64_t *values)
{
	lone_keys(l);
	lone_roster(l);
	lone_deal(l);
	lone_rest(l, values);
}

#endif
