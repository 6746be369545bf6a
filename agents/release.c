#include "agents/release.h"

#include <stdio.h>
#include <string.h>

#include "agents/protect.h"
#include "agents/release_distinct.h"
#include "agents/release_in.h"
#include "agents/release_sum.h"
#include "agents/reply.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"

/*
 * The pipeline, told: the table of a question's life, which alone says what may follow what, and when each step is
 * taken. release_receive.c is the door before it, release_decide.c what is decided without a step, release_acts.c what
 * the steps do, release_leave.c the ways out.
 */

/* ---- the life of a question; after life_new() nothing else writes q->state ---- */

static int run(struct question_life *q, struct error *err);
static int hand_over(struct question_life *q, struct error *err);

static const struct q_step life[Q_STATES][Q_EVENTS] = {
	[Q_RECEIVED][ON_ALLOW] = { Q_ALLOWED, NULL },
	[Q_RECEIVED][ON_DENY] = { Q_REFUSED, act_keep_reply },
	[Q_ALLOWED][ON_RECALL] = { Q_RECALLED, act_keep_reply },
	[Q_ALLOWED][ON_HOLD] = { Q_HELD, act_hold },
	[Q_ALLOWED][ON_OFFER] = { Q_OFFERED, NULL },
	[Q_OFFERED][ON_JOIN] = { Q_JOINED, NULL },
	[Q_OFFERED][ON_DENY] = { Q_REFUSED, act_keep_reply },
	[Q_JOINED][ON_HOLD] = { Q_HELD, act_hold },
	[Q_JOINED][ON_DENY] = { Q_REFUSED, act_keep_reply },
	[Q_ALLOWED][ON_DENY] = { Q_REFUSED, act_keep_reply }, /* no budget, no database, no time */
	[Q_HELD][ON_RUN] = { Q_RUNNING, run },
	[Q_HELD][ON_GIVE_UP] = { Q_FAILED, act_settle_failed },
	/* the database has been asked: every way out settles */
	[Q_RUNNING][ON_ROWS] = { Q_PROTECTED, act_protect },
	[Q_RUNNING][ON_GIVE_UP] = { Q_FAILED, act_settle_failed },
	[Q_PROTECTED][ON_SETTLE] = { Q_RELEASED, act_settle },
	[Q_PROTECTED][ON_GIVE_UP] = { Q_FAILED, act_settle_failed },
	[Q_RELEASED][ON_SEND] = { Q_SENT, hand_over },
	[Q_RECALLED][ON_SEND] = { Q_SENT, hand_over },
	[Q_REFUSED][ON_SEND] = { Q_SENT, hand_over },
	[Q_FAILED][ON_SEND] = { Q_SENT, hand_over },
};

struct q_step release_life(enum q_state state, enum q_event event)
{
	return life[state][event];
}

void release_recall_back(struct question_life *q)
{
	q->state = Q_ALLOWED;
}

/* The note goes before the act, so that an act's transaction takes it along; a failed act takes it
 * back. */
int release_step(struct question_life *q, enum q_event event, struct error *err)
{
	const struct q_step *s = &life[q->state][event];
	struct audit *audit = q->pipeline->parts.state->audit;
	unsigned waiting = audit_waiting(audit);
	const struct audit_note note = { .kind = "step",
		.id = q->id,
		.requester = q->requester,
		.study = q->question == NULL ? NULL : q->question->study,
		.question = &q->hash,
		.rule = q->reply.type == MSG_REFUSE ? q->reply.refuse.rule : NULL,
		.from = release_state_name(q->state),
		.to = release_state_name(s->next) };

	if (s->next == Q_NONE)
		return error_set(err, E_STATE, SAY("not at this moment", "当前不可执行"),
			"question %s: no step %d in state %s", q->id, (int)event,
			release_state_name(q->state));
	if (audit_add(audit, &note, err) != 0)
		return -1;
	if (s->act != NULL && s->act(q, err) != 0) {
		audit_back(audit, waiting);
		return -1;
	}
	log_line(LOG_DEBUG, "question %s: %s", q->id, release_state_name(s->next));
	q->state = s->next;
	return 0;
}

/* ---- the turn of a question: hold, run, protect, settle ---- */

static void deny_hold(struct question_life *q, const struct error *err)
{
	char rule[MAX_RULE + 1];

	log_line(err->code == E_BUDGET ? LOG_INFO : LOG_ERROR, "question %s: not paid: %s", q->id,
		err->log);
	if (err->code != E_BUDGET && err->code != E_DENIED) {
		release_deny(q, WHY_STORAGE);
		return;
	}
	if (err->code == E_DENIED || q->failed_charge >= q->plan->n_charges ||
		snprintf(rule, sizeof(rule), "budget:%s",
			q->plan->charges[q->failed_charge].account) >= (int)sizeof(rule))
		memcpy(rule, "budget:", sizeof("budget:"));
	reply_rule(&q->reply, q->id, rule, err->say);
	release_refuse(q);
}

static void on_done(
	enum source_end end, const struct source_rows *rows, const char *sqlstate, void *arg);

static int run(struct question_life *q, struct error *err)
{
	int64_t left = q->pace.run_until - clock_mono_ms();
	const struct source_job job = { .sql = &q->sql,
		.patients = true,
		.merges = q->merges,
		.timeout_ms = left < 1 ? 1 : left,
		.done = on_done,
		.arg = q->pipeline };

	return source_run(q->pipeline->source, &job, err);
}

/* False when the question is nearly the same as too many that its study had answered, and is refused. */
static bool look_back(struct question_life *q)
{
	struct error err;
	bool allowed;

	if (release_look_back(q, &allowed, &err) != 0) {
		log_line(LOG_ERROR, "question %s: not compared with earlier ones: %s", q->id,
			err.log);
		release_deny(q, WHY_STORAGE);
		return false;
	}
	if (!allowed) {
		reply_rule(&q->reply, q->id, REPLY_SIMILAR_RULE, reply_similar_say());
		release_refuse(q);
	}
	return allowed;
}

/* The first of those that wait and may run. Whatever may fail without being paid comes before the hold. */
static void start(struct question_life *q)
{
	struct error err;
	int paid;

	if (release_recall(q))
		return;
	paid = releases_paid_for(q->pipeline->parts.state->db, &q->signed_hash, &err);
	if (paid != 0) {
		release_deny(q, paid < 0 ? WHY_STORAGE : WHY_PAID);
		return;
	}
	/* who cannot pay for an answer gets no work of the database, not even on the vocabulary */
	if (ledger_fits(q->pipeline->parts.state->ledger, q->plan->charges, q->plan->n_charges,
		    &q->failed_charge, &err) != 0) {
		deny_hold(q, &err);
		return;
	}
	if (!look_back(q))
		return;
	if (q->plan->secure)
		release_sum_offer(q);
	else
		release_pay_and_run(q);
}

void release_pay_and_run(struct question_life *q)
{
	struct pipeline *p = q->pipeline;
	struct error err;
	enum why why;

	if (release_size(q))
		return; /* it comes here again when its codes are known */
	if (q->unreadable) {
		release_deny(q, WHY_VOCABULARY);
		return;
	}
	/* others that were offered meanwhile may have paid before it */
	if (q->plan->secure && !look_back(q))
		return;
	if (release_prepare(q, &why, &err) != 0) {
		log_line(LOG_ERROR, "question %s: could not be prepared: %s", q->id, err.log);
		release_deny(q, why);
		return;
	}
	if (release_step(q, ON_HOLD, &err) != 0) {
		deny_hold(q, &err);
		return;
	}
	release_fault("after-hold");
	life_unwait(q);
	p->running = q;
	if (release_step(q, ON_RUN, &err) != 0) {
		log_line(LOG_ERROR, "question %s: could not be run: %s", q->id, err.log);
		release_give_up(q, WHY_DATABASE_PAID);
	}
}

static void protect_and_settle(struct question_life *q)
{
	struct error err;

	q->pipeline->running = NULL;
	if (release_step(q, ON_ROWS, &err) != 0) {
		log_line(LOG_ERROR, "question %s: could not be protected: %s", q->id, err.log);
		release_give_up(q, q->sum != NULL ? WHY_SUM_PAID : WHY_PLAN);
		return;
	}
	if (release_step(q, ON_SETTLE, &err) != 0) {
		log_line(LOG_ERROR, "question %s: could not be settled: %s", q->id, err.log);
		release_give_up(q, WHY_STORAGE);
		return;
	}
	release_fault("after-settle");
	log_line(LOG_INFO, "question %s: released", q->id);
	release_depart(q);
}

void release_encrypted(struct question_life *q)
{
	struct pipeline *p = q->pipeline;

	protect_and_settle(q);
	release_pump(p);
}

/* The counts are in q->counts, true ones or, in strict timing, none. */
static void answer(struct question_life *q)
{
	release_fault("after-run");
	if (!release_sum_encrypt(q))
		protect_and_settle(q);
}

/* A site with strict timing shows no failure that could depend on data: noise around zero, at the
 * price and the time of every answer (docs/privacy.md, "time"). */
static void fail(struct question_life *q, enum why why)
{
	if (q->plan->timing != TIMING_STRICT) {
		release_give_up(q, why);
		return;
	}
	log_line(LOG_ERROR, "question %s: noise around zero is released, timing is strict", q->id);
	secret_wipe(q->counts, plan_words(q->plan) * sizeof(*q->counts));
	answer(q);
}

static void on_done(
	enum source_end end, const struct source_rows *rows, const char *sqlstate, void *arg)
{
	struct pipeline *p = arg;
	struct question_life *q = p->running;

	if (q == NULL || release_sum_encrypting(q)) /* given up meanwhile, or noise around zero is on its way */
		return;
	if (end == SOURCE_ROWS &&
		(release_is_distinct(q) ? release_distinct_rows(q, rows)
					: protect_counts(q->plan, rows, q->counts))) {
		answer(q);
		return;
	}
	if (end == SOURCE_ROWS)
		log_line(LOG_ERROR, "question %s: the rows have an unexpected form", q->id);
	else
		log_line(LOG_ERROR, "question %s: the statement failed, sqlstate \"%s\"%s", q->id,
			sqlstate, end == SOURCE_LOST ? ", the connection was lost" : "");
	if (strcmp(sqlstate, SQL_NOT_UNIQUE) == 0)
		release_doubt_facts(p);
	fail(q, end == SOURCE_STOPPED ? WHY_TIMED_OUT_PAID
		: end == SOURCE_LOST  ? WHY_DATABASE_PAID
				      : WHY_STATEMENT);
}

static int hand_over(struct question_life *q, struct error *err)
{
	(void)err; /* without a line it is resent after the next welcome */
	if (q->sum != NULL && sum_goes_on(q))
		release_sum_say(q); /* the reply is for whoever asks again */
	else
		release_send(q->pipeline, &q->reply);
	return 0;
}

/* ---- before its turn: decide, recall ---- */

static bool still_allowed(struct question_life *q)
{
	if (release_drift_allows(q))
		return true;
	release_refuse(q);
	return false;
}

/* Takes one waiting question as far as it can go without the database: false when it is gone. */
static bool advance(struct question_life *q)
{
	struct pipeline *p = q->pipeline;
	enum why why = release_obstacle(p);
	struct error err;

	if (why != WHYS) {
		release_deny(q, why);
		return false;
	}
	if (!p->policy->facts.ready || !drift_watch_ready(p))
		return true;
	if (q->state == Q_ALLOWED && q->policy == p->policy && q->plan->today == clock_today())
		return still_allowed(q);
	if (release_decide(q) != 0 || !release_drift_allows(q)) {
		release_refuse(q);
		return false;
	}
	if (q->state == Q_RECEIVED && release_step(q, ON_ALLOW, &err) != 0) {
		log_line(LOG_ERROR, "question %s: %s", q->id, err.log);
		release_deny(q, WHY_STORAGE);
		return false;
	}
	if (release_recall_later(q))
		return false;
	if (!source_connected(p->source) && strcmp(source_word(p->source), "connecting") != 0) {
		release_deny(q, WHY_DATABASE);
		return false;
	}
	return true;
}

static bool offers(const struct question_life *q)
{
	const struct pipeline *p = q->pipeline;

	return q->state == Q_ALLOWED && q->plan->secure && q->policy == p->policy &&
	       p->policy->facts.ready && drift_watch_ready(p);
}

void release_pump(struct pipeline *p)
{
	if (p->pumping) /* a refusal on the way may bring us back here */
		return;
	p->pumping = true;
	drift_watch_load(p);
	release_load_facts(p);
	for (struct question_life *q = p->waiting, *next; q != NULL; q = next) {
		next = q->next;
		/* an offer waits for no statement, or its time would tell when another's ended */
		if (advance(q) && offers(q))
			start(q);
	}
	release_keep_recalled(p);
	release_sum_run(p);
	while (p->running == NULL && source_ready(p->source) && drift_watch_ready(p) &&
		p->waiting != NULL && p->waiting->state == Q_ALLOWED)
		start(p->waiting);
	p->pumping = false;
}

/* ---- events from outside ---- */

void release_enter(struct question_life *q)
{
	struct pipeline *p = q->pipeline;

	if (p->n_waiting >= RELEASE_WAITING_MAX) {
		release_deny(q, WHY_BUSY);
		return;
	}
	life_wait(q);
	life_timer(q, q->pace.run_until - clock_mono_ms());
	if (!p->holding || p->n_waiting >= RELEASE_WAITING_MAX)
		release_pump(p);
}

/* Time is up: for the statement, or to wait for it, or to keep an answer back. */
void release_on_timer(struct question_life *q)
{
	switch (q->state) {
	case Q_RECEIVED:
	case Q_ALLOWED:
		release_deny(q, WHY_TIMED_OUT);
		return;
	case Q_OFFERED:
	case Q_JOINED:
	case Q_SENT:
		release_sum_timer(q);
		return;
	case Q_RUNNING:
		if (release_sum_encrypting(q))
			return; /* the rows were in time */
		source_cancel(q->pipeline->source);
		fail(q, WHY_TIMED_OUT_PAID);
		return;
	case Q_RELEASED:
	case Q_RECALLED:
	case Q_REFUSED:
	case Q_FAILED:
		release_leave_in_time(q);
		return;
	default: /* states that do not outlive a call */
		return;
	}
}

/* What is at the database while numbers are encrypted is not this question's. */
static void cut_off(struct question_life *q, enum why why)
{
	if (!release_sum_encrypting(q))
		source_cancel(q->pipeline->source);
	release_give_up(q, why);
}

void release_cancel(struct pipeline *p, const char *id)
{
	struct question_life *q = life_find(p, id, NULL);

	if (q == NULL)
		return;
	if (q->state == Q_RECEIVED || q->state == Q_ALLOWED || q->state == Q_OFFERED ||
		q->state == Q_JOINED) {
		release_deny(q, WHY_CANCELLED);
	} else if (q->state == Q_SENT) { /* a sum that nobody wants any more */
		life_free(q);
	} else if (q->state == Q_RUNNING && q->plan->timing != TIMING_STRICT) {
		/* else whoever cancels learns whether the statement had ended by then */
		cut_off(q, WHY_CANCELLED_PAID);
	}
}

unsigned release_gate(struct pipeline *p, enum gate gate)
{
	bool was_stopped = p->gate == GATE_STOPPED;
	unsigned cut = 0;

	p->gate = gate;
	if (gate != GATE_OPEN && p->running != NULL) {
		cut_off(p->running, gate == GATE_STOPPED ? WHY_HALTED_PAID : WHY_APPROVAL_PAID);
		cut = 1;
	}
	if (gate != GATE_OPEN)
		release_sum_shut(p, gate == GATE_STOPPED ? WHY_HALTED : WHY_APPROVAL);
	release_pump(p);
	if (was_stopped && gate != GATE_STOPPED)
		release_resend(p);
	return cut;
}

void release_stop(struct pipeline *p)
{
	p->pumping = true; /* nothing new starts */
	if (p->running != NULL)
		cut_off(p->running, WHY_STOPPED);
	while (p->waiting != NULL)
		life_free(p->waiting);
}
