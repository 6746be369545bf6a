#include "agents/release_sum_in.h"

#include <stdlib.h>
#include <string.h>

#include "agents/holder.h"
#include "agents/protect.h"
#include "agents/release_distinct.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"

/*
 * Between the pipeline and secagg/round_site.h: which message means which step, and what each end of a round means for
 * the question. What may be said, and when no more, is the round's to decide.
 */

struct sum_now sum_now_here(void)
{
	return (struct sum_now){ clock_wall_ms() / 1000, clock_mono_ms() };
}

static struct sum_now now(void)
{
	return sum_now_here();
}

void sum_part_free(struct sum_part *s)
{
	if (s == NULL)
		return;
	paillier_forget(s);
	round_site_free(s->round);
	tp_site_free(s->tp);
	paillier_drop(s->key);
	text_clear(&s->out);
	text_clear(&s->said);
	free(s);
}

const struct round_site *sum_round(const struct question_life *q)
{
	return q->sum == NULL ? NULL : q->sum->round;
}

bool sum_goes_on(const struct question_life *q)
{
	const struct sum_part *s = q->sum;

	if (s != NULL && s->masked && s->tp != NULL)
		return tp_site_state(s->tp) != TP_SITE_OVER;
	return s != NULL && s->masked && s->round != NULL &&
	       round_site_state(s->round) < ROUND_DONE;
}

uint64_t sum_deadline_ms(const struct question_life *q)
{
	return q->plan->secure ? q->deadline_ms / 8 * 5 : q->deadline_ms;
}

/* ---- talking ---- */

void release_sum_say(struct question_life *q)
{
	struct sum_part *s = q->sum;
	struct message m = { .type = MSG_SUM,
		.sum = {
			.step = s->out_step, .body = { (const uint8_t *)s->out.at, s->out.len } } };

	memcpy(m.sum.id, q->id, sizeof(m.sum.id));
	release_send(q->pipeline, &m);
	if (s->tp != NULL) {
		paillier_keep_said(s);
		return;
	}
	text_clear(&s->out);
	text_init(&s->out, MAX_SUM_BYTES);
}

/* The next moment at which something is due: the round's, or the end of the time for an answer. */
static void rearm(struct question_life *q)
{
	int64_t at = q->state == Q_SENT ? INT64_MAX : q->pace.run_until;

	if (q->sum->round != NULL && round_site_due_ms(q->sum->round) < at)
		at = round_site_due_ms(q->sum->round);
	if (q->sum->tp != NULL && paillier_due_ms(q->sum) < at)
		at = paillier_due_ms(q->sum);
	life_timer(q, at - clock_mono_ms());
}

void release_sum_wait(struct question_life *q)
{
	rearm(q);
}

/* ---- offer ---- */

static int weak(struct error *err, const char *why)
{
	return error_set(err, E_DENIED,
		SAY("this hospital's policy wants another sum", "本院策略要求另一种求和"),
		"sum: %s", why);
}

/* By which protocols; one by which it cannot now is left out. */
static int accepts(struct question_life *q, struct msg_offer *m, struct error *err)
{
	struct pipeline *p = q->pipeline;
	const struct sum_settings *sums = p->parts.sums;

	m->accepts = sums->minutes ? 0 : ACCEPT_SA1;
	if (release_is_distinct(q) && sums->minutes) /* an OR, and TP-1 only adds */
		return weak(
			err, "people counted once, and this site is on the line for minutes only");
	if (sums->paillier == NULL || release_is_distinct(q))
		return 0;
	if (paillier_now(p->parts.state, sums, p->parts.site, &p->paillier, &q->sum->key, err) ==
		0) {
		m->accepts |= ACCEPT_TP1;
		m->key = q->sum->key->f.k.hash;
		return 0;
	}
	if (sums->minutes)
		return -1;
	log_line(LOG_ERROR, "question %s: not by threshold Paillier: %s", q->id, err->log);
	return 0;
}

static int make_offer(struct question_life *q, struct error *err)
{
	const struct pipeline *p = q->pipeline;
	const struct protect_about about = release_about(q);
	struct message *m = &q->reply;
	struct view sealed, signature;
	struct sum_part *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return error_memory(err);
	text_init(&s->out, MAX_SUM_BYTES);
	q->sum = s;
	if (protect_offer(q->plan, &about, &q->arena, &sealed, &signature, &s->layout, err) != 0)
		return -1;
	memset(m, 0, sizeof(*m));
	m->type = MSG_OFFER;
	memcpy(m->offer.id, q->id, sizeof(m->offer.id));
	m->offer.sealed = sealed;
	m->offer.signature = signature;
	if (accepts(q, &m->offer, err) != 0 ||
		reply_accounts(p->parts.state->ledger, q->plan, true, m->offer.accounts,
			&m->offer.count, err) != 0)
		return -1;
	/* as it will be when it has paid */
	for (uint64_t i = 0; i < m->offer.count; i++) {
		struct account_state *a = &m->offer.accounts[i];

		a->left -= a->cost < a->left ? a->cost : a->left;
	}
	return 0;
}

void release_sum_offer(struct question_life *q)
{
	struct pipeline *p = q->pipeline;
	const struct membership *members;
	struct error err;

	if (members_now(p->parts.state, p->parts.sums, p->parts.site, &q->arena, &members, &err) !=
		0) {
		log_line(LOG_ERROR, "question %s: no secure sum: %s", q->id, err.log);
		release_deny(q, WHY_SUM);
		return;
	}
	if (release_is_distinct(q) && release_distinct_ready(q, &err) != 0) {
		log_line(LOG_ERROR, "question %s: no distinct people: %s", q->id, err.log);
		release_deny(q, WHY_DISTINCT);
		return;
	}
	if (make_offer(q, &err) != 0 || release_step(q, ON_OFFER, &err) != 0) {
		log_line(LOG_ERROR, "question %s: could not be offered: %s", q->id, err.log);
		release_deny(q, WHY_PLAN);
		return;
	}
	q->sum->members = members;
	life_unwait(q);
	rearm(q);
	log_line(LOG_INFO, "question %s: offered for a secure sum", q->id);
	release_send(p, &q->reply);
}

/* ---- join ---- */

/* The noise stands behind the invitation, which has its hash; the plan takes it when it is enough. */
static int take_noise(struct question_life *q, struct view body, size_t head,
	struct shared_noise *noise, struct error *err)
{
	if (body.len <= head)
		return weak(err, "an invitation without noise");
	if (shared_noise_decode(body.at + head, body.len - head, noise, err) != 0)
		return -1;
	return plan_share(q->plan, noise, err);
}

int sum_part_expect(struct question_life *q, struct view body, size_t head,
	struct shared_noise *noise, struct sum_expect *out, struct error *err)
{
	const struct pipeline *p = q->pipeline;
	const struct sum_settings *sums = p->parts.sums;
	struct sum_part *s = q->sum;

	if (take_noise(q, body, head, noise, err) != 0)
		return -1;
	s->setup = (struct site_setup){ .members = s->members,
		.me = sum_id_of(p->parts.site),
		.key = sums->key,
		.trust = { sums->anchors, sums->n_anchors, sums->least },
		.marks = { p->parts.state, members_mark } };
	*out = (struct sum_expect){ .question = q->hash,
		.asked = q->signed_hash,
		.layout = s->layout,
		.noise = shared_noise_hash(noise),
		.mode = SUM_ADD,
		.words = plan_words(q->plan),
		.bound = shared_noise_bound(noise),
		.tail = shared_noise_tail(noise),
		.n_min = q->plan->min_sites < 0 ? 0 : (uint64_t)q->plan->min_sites,
		.honest = noise->honest };
	return 0;
}

static int join(struct question_life *q, struct view body, struct error *err)
{
	struct sum_part *s = q->sum;
	struct shared_noise noise;
	struct sum_expect expect;

	if (q->pipeline->parts.sums->minutes)
		return weak(err, "SA-1, and this site is on the line for minutes only");
	if (sum_part_expect(q, body, INVITE_BODY_BYTES + SIGNATURE_BYTES, &noise, &expect, err) !=
		0)
		return -1;
	if (release_is_distinct(q) && release_distinct_expect(q->plan, &expect, err) != 0)
		return -1;
	if (round_site_new(&s->round, &s->setup, &expect, body.at,
		    INVITE_BODY_BYTES + SIGNATURE_BYTES, now(), err) != 0)
		return -1;
	if (round_site_invite(s->round)->n_max > noise.sites)
		return weak(err, "more sites than its noise is made for");
	if (round_site_keys(s->round, now(), &s->out, err) != 0)
		return -1;
	s->out_step = STEP_KEYS;
	return release_step(q, ON_JOIN, err);
}

/* ---- the steps of a round ---- */

typedef int on_step(struct question_life *q, struct view body, struct error *err);

static int on_roster(struct question_life *q, struct view body, struct error *err)
{
	q->sum->out_step = STEP_SHARES;
	return round_site_roster(q->sum->round, body.at, body.len, now(), &q->sum->out, err);
}

bool sum_outlasts(const struct question_life *q, int64_t due_ms, int64_t expires_s)
{
	const struct sum_now n = now();

	return q->plan->timing != TIMING_STRICT ||
	       (due_ms > q->pace.last &&
		       (expires_s - n.wall_s) * 1000 > q->pace.last - n.mono_ms);
}

static int on_deal(struct question_life *q, struct view body, struct error *err)
{
	const struct round_site *r = q->sum->round;

	if (round_site_deal(q->sum->round, body.at, body.len, now(), err) != 0)
		return -1;
	if (!sum_outlasts(q, round_site_due_ms(r), round_site_invite(r)->expires_s))
		return weak(err, "timing is strict, and its numbers would leave too late");
	q->sum->dealt = true; /* the pump pays and runs it */
	return 0;
}

static int on_survive(struct question_life *q, struct view body, struct error *err)
{
	q->sum->out_step = STEP_ACK;
	return round_site_survive(q->sum->round, body.at, body.len, now(), &q->sum->out, err);
}

static int on_certificate(struct question_life *q, struct view body, struct error *err)
{
	q->sum->out_step = STEP_UNMASK;
	return round_site_certificate(q->sum->round, body.at, body.len, now(), &q->sum->out, err);
}

/* Which message is for which state of the question. */
static const struct {
	unsigned step;
	enum q_state state;
	on_step *take;
} steps[] = {
	{ STEP_INVITE, Q_OFFERED, join },
	{ STEP_ROSTER, Q_JOINED, on_roster },
	{ STEP_DEAL, Q_JOINED, on_deal },
	{ STEP_SURVIVE, Q_SENT, on_survive },
	{ STEP_CERT, Q_SENT, on_certificate },
	{ TP_LINE_SITE + TP_STEP_INVITE, Q_OFFERED, paillier_join },
	{ TP_LINE_SITE + TP_STEP_ROSTER, Q_SENT, paillier_roster },
};

static on_step *step_for(const struct question_life *q, uint64_t step)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i].step == step && steps[i].state == q->state &&
			(q->state != Q_SENT || (q->sum->tp != NULL) == (step > TP_LINE_SITE)))
			return steps[i].take;
	return NULL;
}

/* The part of this site is over. Paid and on its way through the database, it ends there: the round is gone. */
static void over(struct question_life *q)
{
	if (q->sum->round != NULL)
		round_site_abort(q->sum->round);
	if (q->sum->tp != NULL)
		tp_site_abort(q->sum->tp);
	if (q->state == Q_OFFERED || q->state == Q_JOINED) {
		release_deny(q, WHY_SUM_OVER);
	} else if (q->state == Q_SENT) {
		reply_refuse(&q->reply, q->id, WHY_SUM_PAID);
		release_send(q->pipeline, &q->reply); /* nobody need wait for the rest */
		life_free(q);
	}
}

void release_sum(struct pipeline *p, const struct msg_sum *m)
{
	struct question_life *q = life_find(p, m->id, NULL);
	on_step *take;
	struct error err = { 0 };

	if (m->step > TP_LINE_HOLDER) {
		holders_hear(p->holders, m);
		return;
	}
	if (q == NULL || q->sum == NULL || paillier_again(q, m))
		return; /* over for this site */
	take = step_for(q, m->step);
	if (take == NULL || take(q, m->body, &err) != 0) {
		log_line(LOG_WARNING, "question %s: sum: %s", q->id,
			take == NULL ? "a message at the wrong moment" : err.log);
		over(q);
		return;
	}
	if (q->sum->out.len > 0)
		release_sum_say(q);
	if (q->sum->round != NULL && round_site_state(q->sum->round) == ROUND_DONE) {
		log_line(LOG_INFO, "question %s: its secure sum is unmasked", q->id);
		life_free(q);
		return;
	}
	rearm(q);
	release_pump(p);
}

/* ---- pay, run, mask ---- */

static struct question_life *first_dealt(struct pipeline *p)
{
	for (struct question_life *q = p->others; q != NULL; q = q->next)
		if (q->state == Q_JOINED && q->sum->dealt)
			return q;
	return NULL;
}

/* The policy, the day and the database are still those that it was decided by. */
static void run_one(struct question_life *q)
{
	struct pipeline *p = q->pipeline;
	enum why why = release_obstacle(p);

	if (why == WHYS && (q->policy != p->policy || q->plan->today != clock_today() ||
				   !release_drift_allows(q)))
		why = WHY_SUM_OVER;
	if (why != WHYS)
		release_deny(q, why);
	else
		release_pay_and_run(q);
}

void release_sum_run(struct pipeline *p)
{
	struct question_life *q;

	while (p->running == NULL && source_ready(p->source) && drift_watch_ready(p) &&
		(q = first_dealt(p)) != NULL)
		run_one(q);
}

bool release_sum_encrypt(struct question_life *q)
{
	size_t n = plan_words(q->plan);
	struct error err;
	int ret;

	if (q->sum == NULL || q->sum->tp == NULL)
		return false;
	ret = protect_lift(q->plan, q->counts, &err);
	if (ret == 0)
		ret = paillier_encrypt(q, &err);
	secret_wipe(q->counts, n * sizeof(*q->counts));
	secret_wipe(q->noise, n * sizeof(*q->noise));
	if (ret != 0)
		log_line(LOG_ERROR, "question %s: not encrypted: %s", q->id, err.log);
	return ret == 0;
}

bool release_sum_encrypting(const struct question_life *q)
{
	return q->sum != NULL && q->sum->encrypting != NULL;
}

void release_sum_forget(struct question_life *q)
{
	if (q->sum != NULL)
		paillier_forget(q->sum);
}

int release_sum_mask(struct question_life *q, struct error *err)
{
	struct sum_part *s = q->sum;
	size_t n = plan_words(q->plan);
	int ret;

	s->out_step = STEP_MASKED;
	if (release_is_distinct(q))
		ret = release_distinct_mask(q, s->round, now(), &s->out, err);
	else if (s->tp != NULL)
		ret = paillier_commit(q, err);
	else if ((ret = protect_lift(q->plan, q->counts, err)) == 0)
		ret = round_site_mask(s->round, q->counts, q->noise, n, now(), &s->out, err);
	secret_wipe(q->counts, n * sizeof(*q->counts));
	secret_wipe(q->noise, n * sizeof(*q->noise));
	s->masked = ret == 0;
	return ret;
}

/* ---- time, lines, stops ---- */

void release_sum_timer(struct question_life *q)
{
	struct sum_part *s = q->sum;

	if (q->state == Q_OFFERED) {
		release_deny(q, WHY_TIMED_OUT);
	} else if (s == NULL) {
		return;
	} else if (s->tp != NULL && q->state == Q_SENT && tp_site_state(s->tp) == TP_SITE_DONE &&
		   paillier_late(s)) {
		life_free(q); /* opened, and nobody asks for it again */
	} else if ((s->tp != NULL ? paillier_late(s) : round_site_expire(s->round, now())) ||
		   (q->state == Q_JOINED && clock_mono_ms() >= q->pace.run_until)) {
		log_line(
			LOG_WARNING, "question %s: its secure sum was not finished in time", q->id);
		over(q);
	} else {
		rearm(q);
	}
}

/* Each that a call may free is passed before it. */
static void each(
	struct pipeline *p, void (*call)(struct question_life *q, enum why why), enum why why)
{
	for (struct question_life *q = p->others, *next; q != NULL; q = next) {
		next = q->next;
		if (q->sum != NULL)
			call(q, why);
	}
}

static void line_of(struct question_life *q, enum why why)
{
	(void)why;
	if (q->state == Q_OFFERED)
		release_send(q->pipeline, &q->reply);
	else if (q->sum->tp != NULL)
		return; /* it may be off the line: the gateway says again what it has no answer to */
	else if (q->state == Q_JOINED)
		release_deny(q, WHY_SUM_OVER);
	else if (q->state == Q_SENT)
		life_free(q);
}

void release_sum_line(struct pipeline *p)
{
	each(p, line_of, WHYS);
}

static void shut(struct question_life *q, enum why why)
{
	if (q->state == Q_OFFERED || q->state == Q_JOINED)
		release_deny(q, why);
	else if (q->state == Q_SENT && why == WHY_HALTED)
		life_free(q);
}

bool release_sum_asked(struct question_life *q)
{
	if (q->sum == NULL || q->sum->tp == NULL || (q->state != Q_JOINED && q->state != Q_SENT))
		return false;
	over(q);
	return true;
}

void release_sum_shut(struct pipeline *p, enum why why)
{
	each(p, shut, why);
}
