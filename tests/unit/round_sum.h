/*
 * round_sum.h - a question in mode secure at the gateway (gateway/round_sum.h) whose lines, clock and store are the
 * test's: five sites and the names of five holders, of which each keeps what it was told last.
 */
#ifndef TESTS_ROUND_SUM_H
#define TESTS_ROUND_SUM_H

#include <event2/event.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "gateway/proof.h"
#include "gateway/round_sum_in.h"
#include "query/question.h"
#include "secagg/round_site.h"
#include "tests/unit/secagg.h"
#include "tests/unit/unit.h"

enum {
	SITES = 5,
	HOLDERS = 5,
	NAMES = SITES + HOLDERS,
	LIMIT = 1 << 20,
	WHOLE_MS = 80000,
};

static struct error err;
static struct federation *f;
static struct event_base *base;
static struct rounds all;
static struct round ours;
static struct leg legs[SITES];
static struct site_status line[NAMES];
static char names[NAMES][MAX_ID + 1];
static char why[SITES][200]; /* the gateway's words about a site */
static struct release shape_of[SITES];
static struct told {
	unsigned n, step; /* what was said to it, how often, and the last of it */
	struct text body;
} told[NAMES];

/* ---- time, lines and store are the test's ---- */

static int64_t mono_ms = 5000;

int clock_gettime(clockid_t id, struct timespec *t)
{
	int64_t ms = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE ? NOW_S * 1000 + mono_ms
									 : mono_ms;

	if (id == CLOCK_PROCESS_CPUTIME_ID || id == CLOCK_THREAD_CPUTIME_ID)
		return (int)syscall(SYS_clock_gettime, id, t);
	*t = (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
	return 0;
}

size_t sessions_find(const struct sessions *s, const char *site)
{
	(void)s;
	for (size_t i = 0; i < NAMES; i++)
		if (strcmp(names[i], site) == 0)
			return i;
	return NO_SITE;
}
const struct site_status *sessions_status(const struct sessions *s, size_t site)
{
	(void)s;
	return &line[site];
}
const uint8_t *sessions_key(const struct sessions *s, size_t site)
{
	static const uint8_t key[32];

	(void)s;
	return line[site].online ? key : NULL;
}
void sessions_drop(struct sessions *s, size_t site)
{
	(void)s;
	ck_abort_msg("%s is dropped", names[site]);
}
/* The first holder's whole story. */
static struct told story[32];
static unsigned n_story;

static inline void keep_story(const struct message *m)
{
	ck_assert_uint_lt(n_story, 32);
	story[n_story].step = (unsigned)m->sum.step;
	text_reset(&story[n_story].body);
	text_addn(&story[n_story++].body, m->sum.body.at, m->sum.body.len);
}

int sessions_send(struct sessions *s, size_t site, const struct message *m, struct error *e)
{
	(void)s;
	if (!line[site].online)
		return error_set(e, E_STATE, SAY("no", "否"), "off the line");
	ck_assert_int_eq(m->type, MSG_SUM);
	told[site].n++;
	told[site].step = (unsigned)m->sum.step;
	text_reset(&told[site].body);
	text_addn(&told[site].body, m->sum.body.at, m->sum.body.len);
	if (site == SITES)
		keep_story(m);
	return 0;
}
int store_summed(struct store *s, const struct hash32 *hash, char id[MAX_ID + 1], struct error *e)
{
	(void)s, (void)hash, (void)id, (void)e;
	return 0;
}
int store_legs(struct store *s, const char *id, struct arena *a, struct stored_leg **out, size_t *n,
	struct error *e)
{
	(void)s, (void)id, (void)a, (void)out, (void)n, (void)e;
	ck_abort_msg("nothing is stored");
}
int store_sum(struct store *s, const char *id, bool transcript, struct arena *a,
	struct stored_sum *out, struct error *e)
{
	(void)s, (void)id, (void)transcript, (void)a, (void)out, (void)e;
	ck_abort_msg("nothing is stored");
}
int proof_offer(const struct msg_offer *m, const uint8_t key[32], const char *site,
	const struct hash32 *question, const char *kind, struct arena *a, struct release *out,
	struct error *e)
{
	(void)m, (void)key, (void)question, (void)kind, (void)a, (void)e;
	*out = shape_of[sessions_find(NULL, site)];
	return 0;
}
int round_body(const struct message *m, uint8_t **body, size_t *len, struct error *e)
{
	(void)e;
	*len = 1;
	*body = calloc(1, 200);
	if (m->type == MSG_REFUSE)
		snprintf((char *)*body, 200, "%.199s", m->refuse.say_en);
	return 0;
}
bool round_over(const struct round *round)
{
	for (size_t i = 0; i < round->n; i++)
		if (legs[i].state == LEG_ASKED || legs[i].state == LEG_OFFERED ||
			legs[i].state == LEG_SUMMING)
			return false;
	return true;
}
void round_schedule(struct round *round)
{
	(void)round;
}
bool leg_move(struct round *round, struct leg *leg, enum leg_event on, uint8_t *body, size_t len,
	const char *audit)
{
	static const enum leg_state to[LEG_EVENTS] = { [ON_OFFER] = LEG_OFFERED,
		[ON_INVITE] = LEG_SUMMING,
		[ON_SUMMED] = LEG_SUMMED,
		[ON_DROPPED] = LEG_DROPPED,
		[ON_NO_SUM] = LEG_LEFT_OUT };

	(void)round, (void)len, (void)audit;
	ck_assert_int_ne(to[on], LEG_NONE);
	leg->state = to[on];
	if (body != NULL)
		snprintf(why[leg - legs], sizeof(why[0]), "%s", (char *)body);
	free(body);
	return true;
}

/* ---- a federation, a question ---- */

static inline struct sum_now now_here(void)
{
	return (struct sum_now){ clock_wall_ms() / 1000, clock_mono_ms() };
}

static inline void sums_begin(void)
{
	f = federation_new(SITES);
	base = event_base_new();
	for (size_t i = 0; i < NAMES; i++) {
		line[i].online = true;
		text_init(&told[i].body, LIMIT);
	}
	for (size_t i = 0; i < 32; i++)
		text_init(&story[i].body, LIMIT);
	all = (struct rounds){
		.name = "gateway", .members = &f->members, .sum_key = f->gateway, .base = base
	};
	ours = (struct round){
		.all = &all, .legs = legs, .n = SITES, .deadline_ms = clock_mono_ms() + WHOLE_MS
	};
	snprintf(ours.q.id, sizeof(ours.q.id), "q1");
	snprintf(ours.q.mode, sizeof(ours.q.mode), "secure");
	snprintf(ours.q.kind, sizeof(ours.q.kind), "count");
	snprintf(ours.q.account, sizeof(ours.q.account), "li");
	ours.q.deadline_ms = WHOLE_MS;
	for (size_t i = 0; i < SITES; i++) {
		snprintf(names[i], sizeof(names[0]), "%s", f->members.members[i].site);
		legs[i] = (struct leg){ .site = i, .name = names[i], .state = LEG_ASKED };
		shape_of[i] = (struct release){ .kind = KIND_COUNT,
			.summed = true,
			.noise = NOISE_GAUSSIAN,
			.n_layers = 1,
			.layers = { { 21, 1 } },
			.n_points = 1,
			.n_cells = 1 };
	}
}

static inline void sums_end(void)
{
	round_sum_free(ours.sum);
	for (size_t i = 0; i < NAMES; i++)
		text_clear(&told[i].body);
	for (size_t i = 0; i < 32; i++)
		text_clear(&story[i].body);
	event_base_free(base);
	federation_free(f);
}

static inline void offers(size_t i, unsigned accepts)
{
	struct message m = { .type = MSG_OFFER,
		.offer = { .accepts = accepts,
			.key = all.paillier != NULL ? all.paillier->hash
						    : (struct hash32){ { 0 } } } };

	round_sum_offer(&ours, &legs[i], &m);
	round_sum_look(&ours);
}

static inline void all_offer(unsigned accepts)
{
	for (size_t i = 0; i < SITES; i++)
		offers(i, accepts);
}

/* What is done beside the loop comes to its end. */
static inline void settle(void)
{
	const struct round_sum *s = ours.sum;

	for (int i = 0; i < 5000 && ((s->tp != NULL && round_paillier_busy(s->tp)) ||
					    (s->sa != NULL && round_masked_busy(s->sa)));
		i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(500);
	}
	event_base_loop(base, EVLOOP_NONBLOCK);
}

static inline void passes(int64_t ms)
{
	mono_ms += ms;
	round_sum_look(&ours);
	settle();
}

/* ---- what is said ---- */

static inline void says_step(size_t i, unsigned step, const struct text *body)
{
	struct msg_sum m = { .step = step, .body = { (const uint8_t *)body->at, body->len } };

	if (i < SITES)
		round_sum_hear(&ours, &legs[i], &m);
	else
		round_sum_part(&ours, i, &m);
}

static inline void says(size_t i, unsigned step, const struct text *body)
{
	says_step(i, step, body);
	settle();
}

static int no_mark(void *of, enum sum_mark m, const struct hash32 *ctx, struct error *e)
{
	(void)of, (void)m, (void)ctx, (void)e;
	return 0;
}

/* So many sites of 100 people. */
static inline void summed(unsigned want)
{
	const struct stored_sum *s = round_sum_result(&ours);

	ck_assert_ptr_nonnull(s);
	ck_assert_uint_eq(s->contributors, want);
	ck_assert_uint_eq(get_be64(s->words.at), want * 100);
	ck_assert(ours.sum->over);
}

#endif
