#include "agents/release.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/pace.h"
#include "agents/protect.h"
#include "agents/questions.h"
#include "agents/release_in.h"
#include "agents/reply.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "query/canonical.h"

enum {
	SHUT_MS = 1000, /* how often an answer that may not leave asks again */
};

/* ---- the life of a question; nothing else writes q->state ---- */

static int keep_reply(struct question_life *q, struct error *err);
static int hold(struct question_life *q, struct error *err);
static int run(struct question_life *q, struct error *err);
static int protect(struct question_life *q, struct error *err);
static int settle(struct question_life *q, struct error *err);
static int settle_failed(struct question_life *q, struct error *err);
static int hand_over(struct question_life *q, struct error *err);

static const struct q_step life[Q_STATES][Q_EVENTS] = {
	[Q_RECEIVED][ON_ALLOW] = { Q_ALLOWED, NULL },
	[Q_RECEIVED][ON_DENY] = { Q_REFUSED, keep_reply },
	[Q_ALLOWED][ON_RECALL] = { Q_RECALLED, keep_reply },
	[Q_ALLOWED][ON_HOLD] = { Q_HELD, hold },
	[Q_ALLOWED][ON_DENY] = { Q_REFUSED, keep_reply }, /* no budget, no database, no time */
	[Q_HELD][ON_RUN] = { Q_RUNNING, run },
	[Q_HELD][ON_GIVE_UP] = { Q_FAILED, settle_failed },
	/* the database has been asked: every way out settles */
	[Q_RUNNING][ON_ROWS] = { Q_PROTECTED, protect },
	[Q_RUNNING][ON_GIVE_UP] = { Q_FAILED, settle_failed },
	[Q_PROTECTED][ON_SETTLE] = { Q_RELEASED, settle },
	[Q_PROTECTED][ON_GIVE_UP] = { Q_FAILED, settle_failed },
	[Q_RELEASED][ON_SEND] = { Q_SENT, hand_over },
	[Q_RECALLED][ON_SEND] = { Q_SENT, hand_over },
	[Q_REFUSED][ON_SEND] = { Q_SENT, hand_over },
	[Q_FAILED][ON_SEND] = { Q_SENT, hand_over },
};

struct q_step release_life(enum q_state state, enum q_event event)
{
	return life[state][event];
}

/* The note goes before the act, so that an act's transaction takes it along; a failed act takes it
 * back. */
static int step(struct question_life *q, enum q_event event, struct error *err)
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

/* ---- ways out: refuse unpaid, give up paid, leave ---- */

static void leave(struct question_life *q)
{
	struct error err;

	if (step(q, ON_SEND, &err) != 0)
		log_line(LOG_ERROR, "question %s: could not leave: %s", q->id, err.log);
	life_free(q);
}

/* The loop's clock is coarse and may ring a moment early. */
static void leave_in_time(struct question_life *q)
{
	int64_t now = clock_mono_ms();

	if (q->pipeline->gate == GATE_STOPPED && q->reply.type == MSG_RELEASE)
		life_timer(q, SHUT_MS);
	else if (q->leaves <= now)
		leave(q);
	else
		life_timer(q, q->leaves - now);
}

/* Not before an answer to the same question that is still kept back: else who asks twice would see
 * when the first was ready. */
static void depart(struct question_life *q)
{
	int64_t now = clock_mono_ms(), first = life_kept_back(q->pipeline, &q->hash, q);

	q->leaves = pace_departure(&q->pace, first > now ? first : now);
	leave_in_time(q);
}

/* Unpaid, so it tells nothing of the data and leaves at once; but one that waited for the database
 * leaves in time, or it would tell when the statement before it ended. The reply is filled. */
static void deny(struct question_life *q)
{
	bool waited = q->state == Q_ALLOWED;
	struct error err;

	if (q->pipeline->sizing == q) /* else asking and cancelling would be work for nothing */
		source_cancel(q->pipeline->source);
	log_line(LOG_INFO, "question %s: refused, %s", q->id, q->reply.refuse.rule);
	if (step(q, ON_DENY, &err) == 0) {
		life_unwait(q);
		if (waited)
			depart(q);
		else
			leave(q);
		return;
	}
	log_line(LOG_ERROR, "question %s: could not record the refusal: %s", q->id, err.log);
	release_send(q->pipeline, &q->reply);
	life_free(q);
}

static void deny_why(struct question_life *q, enum why why)
{
	reply_refuse(&q->reply, q->id, why);
	deny(q);
}

static void give_up(struct question_life *q, enum why why)
{
	struct error err;

	if (q->pipeline->running == q)
		q->pipeline->running = NULL;
	reply_refuse(&q->reply, q->id, why);
	log_line(LOG_WARNING, "question %s: no answer though paid: %s", q->id, q->reply.refuse.say_en);
	if (step(q, ON_GIVE_UP, &err) == 0) {
		depart(q);
		return;
	}
	log_line(LOG_ERROR, "question %s: could not record the failure: %s", q->id, err.log);
	release_send(q->pipeline, &q->reply);
	life_free(q);
}

/* ---- receive ---- */

/* Under an id that is taken, nothing is stored and nothing changes. */
static void refuse_aside(struct question_life *q, enum why why)
{
	const struct audit_note note = { .kind = "aside",
		.id = q->id,
		.requester = q->requester,
		.question = &q->hash,
		.rule = q->reply.refuse.rule,
		.to = release_state_name(Q_REFUSED) };
	struct error err;

	reply_refuse(&q->reply, q->id, why);
	if (audit_add(q->pipeline->parts.state->audit, &note, &err) != 0)
		log_line(LOG_ERROR, "question %s: %s", q->id, err.log);
	log_line(LOG_WARNING, "question %s: refused aside, %s", q->id, q->reply.refuse.rule);
	release_send(q->pipeline, &q->reply);
	life_free(q);
}

static int again(struct question_life *q, const struct response *r)
{
	if (!hash32_equal(&r->question, &q->hash) ||
		(r->requester[0] != '\0' && strcmp(r->requester, q->requester) != 0)) {
		refuse_aside(q, WHY_ID);
		return 1;
	}
	log_line(LOG_INFO, "question %s: asked again, the stored response goes out", q->id);
	release_send_frame(q->pipeline, q->id, r->frame);
	life_free(q);
	return 1;
}

/* 1: this id was seen before, and q is dealt with. */
static int seen_before(struct question_life *q)
{
	struct state *st = q->pipeline->parts.state;
	struct question_life *other = life_find(q->pipeline, q->id, q);
	struct response r;
	struct error err;
	int found;

	if (other != NULL) {
		if (hash32_equal(&other->hash, &q->hash) &&
			strcmp(other->requester, q->requester) == 0)
			life_free(q); /* under way */
		else
			refuse_aside(q, WHY_ID);
		return 1;
	}
	found = responses_find(st->db, q->id, &q->arena, &r, &err);
	if (found == 1)
		return again(q, &r);
	if (found == 0)
		found = ledger_held(st->ledger, q->id, &err);
	if (found == 0) {
		found = questions_other(st->db, q->id, &q->hash, &err);
		if (found == 0)
			return 0;
		if (found == 1) {
			refuse_aside(q, WHY_ID);
			return 1;
		}
	}
	if (found < 0)
		log_line(LOG_ERROR, "question %s: %s", q->id, err.log);
	refuse_aside(q, WHY_STORAGE); /* paid, and its response could not be stored */
	return 1;
}

void release_ask(struct pipeline *p, const struct msg_ask *ask)
{
	struct question_life *q = life_new(p, ask);
	struct error err;

	if (q == NULL) {
		log_line(LOG_ERROR, "question %s: out of memory", ask->id);
		return;
	}
	q->hash = sha256(ask->question.at, ask->question.len);
	if (p->n_all > RELEASE_ALL_MAX) {
		refuse_aside(q, WHY_BUSY);
		return;
	}
	if (canonical_read(ask->question.at, ask->question.len, &q->arena, &q->question, &q->hash,
		    &err) != 0) {
		log_line(LOG_INFO, "question %s: %s", q->id, err.log);
		q->question = NULL;
		refuse_aside(q, WHY_FORM);
		return;
	}
	if (guard_check(p->parts.guard, ask, &q->hash, clock_wall_ms(), &err) != 0) {
		log_line(LOG_WARNING, "question %s of %s: %s", q->id, q->requester, err.log);
		refuse_aside(q, WHY_SIGNATURE);
		return;
	}
	q->signed_hash = ask_signed_hash(&q->hash, q->requester, ask->asked_ms);
	if (state_broken(p->parts.state)) {
		refuse_aside(q, WHY_LEDGER);
		return;
	}
	if (p->gate == GATE_STOPPED) { /* also what was answered before */
		refuse_aside(q, WHY_HALTED);
		return;
	}
	if (seen_before(q))
		return;
	if (p->n_waiting >= RELEASE_WAITING_MAX) {
		deny_why(q, WHY_BUSY);
		return;
	}
	life_wait(q);
	life_timer(q, q->pace.run_until - clock_mono_ms());
	release_pump(p);
}

/* ---- decide ---- */

/* 0 allowed, -1 refused and dealt with. A question that waited is decided again
 * under a new policy, and on a new day. */
static int decide_now(struct question_life *q)
{
	struct policy_ref *policy = q->pipeline->policy;
	struct asking who = {
		.requester = q->requester, .today = clock_today(), .red = &policy->facts.red
	};
	struct verdict verdict = { 0 };
	struct error err;

	policy_drop(q->policy);
	q->policy = policy_take(policy);
	q->plan = NULL;
	if (decide(policy->policy, q->question, &who, &q->arena, &verdict, &err) != 0) {
		log_line(LOG_ERROR, "question %s: could not be decided: %s", q->id, err.log);
		reply_refuse(&q->reply, q->id, WHY_PLAN);
		return -1;
	}
	if (!verdict.allow || verdict.plan == NULL) {
		reply_rule(&q->reply, q->id, verdict.first.rule, verdict.first.outside);
		return -1;
	}
	q->plan = verdict.plan;
	if (!pace_start(q->plan->timing, q->pace.received, q->deadline_ms, &q->pace)) {
		reply_refuse(&q->reply, q->id, WHY_TIMING);
		return -1;
	}
	life_timer(q, q->pace.run_until - clock_mono_ms());
	return 0;
}

/* ---- recall ---- */

static struct release_key release_key_of(const struct question_life *q)
{
	return (struct release_key){ .question = &q->hash,
		.policy = &q->policy->policy->hash,
		.data = q->pipeline->parts.data };
}

/* 1 recalled and dealt with, 0 never released before, -1 dealt with as a failure. */
static int recall(struct question_life *q)
{
	struct state *st = q->pipeline->parts.state;
	const struct release_key key = release_key_of(q);
	struct view sealed, signature;
	struct error err;
	int found = releases_recall(st->db, &key, &q->arena, &sealed, &signature, &err);

	if (found == 0)
		return 0;
	if (found == 1) {
		reply_release(&q->reply, q->id, sealed, signature, true);
		found = reply_accounts(st->ledger, q->plan, false, q->reply.release.accounts,
				&q->reply.release.count, &err) == 0 &&
					step(q, ON_RECALL, &err) == 0
				? 1
				: -1;
	}
	if (found == 1) {
		log_line(LOG_INFO, "question %s: recalled", q->id);
		life_unwait(q);
		depart(q);
		return 1;
	}
	log_line(LOG_ERROR, "question %s: could not be recalled: %s", q->id, err.log);
	deny_why(q, WHY_STORAGE);
	return -1;
}

/* ---- write and hold ---- */

/* Whatever may fail without being paid comes before the hold. */
static int prepare(struct question_life *q, enum why *why, struct error *err)
{
	const struct policy_ref *policy = q->policy;
	struct sql_facts facts = facts_for(&policy->facts, policy->policy, q->plan->data);

	*why = WHY_NOISE;
	if (sql_salted(q->plan) && protect_salt(&q->arena, &facts.salt, err) != 0)
		return -1;
	*why = WHY_PLAN;
	q->counts = arena_array(&q->arena, plan_words(q->plan), sizeof(*q->counts));
	q->noise = arena_array(&q->arena, plan_words(q->plan), sizeof(*q->noise));
	if (q->counts == NULL || q->noise == NULL)
		return error_memory(err);
	if (sql_write(q->plan, &facts, &q->arena, &q->sql, err) != 0)
		return -1;
	*why = WHY_NOISE;
	return protect_draw(q->plan, q->noise, err);
}

static int hold(struct question_life *q, struct error *err)
{
	struct state *st = q->pipeline->parts.state;
	const struct ledger_cost cost = { .id = q->id,
		.question = &q->hash,
		.charges = q->plan->charges,
		.n_charges = q->plan->n_charges,
		.prho = q->plan->noise.cost_prho,
		.peps = q->plan->noise.cost_peps,
		.at_ms = clock_wall_ms(),
		.day = q->plan->today };

	if (state_begin(st, err) != 0)
		return -1;
	if (ledger_hold(st->ledger, &cost, &q->failed_charge, err) == 0 &&
		releases_pay(st->db, &q->signed_hash, cost.at_ms, err) == 0 &&
		release_keep_question(q, Q_HELD, err) == 0 && release_keep_marks(q, err) == 0)
		return state_commit(st, err);
	state_rollback(st);
	return -1;
}

static void deny_hold(struct question_life *q, const struct error *err)
{
	char rule[MAX_RULE + 1];

	log_line(err->code == E_BUDGET ? LOG_INFO : LOG_ERROR, "question %s: not paid: %s", q->id,
		err->log);
	if (err->code != E_BUDGET && err->code != E_DENIED) {
		deny_why(q, WHY_STORAGE);
		return;
	}
	if (err->code == E_DENIED || q->failed_charge >= q->plan->n_charges ||
		snprintf(rule, sizeof(rule), "budget:%s",
			q->plan->charges[q->failed_charge].account) >= (int)sizeof(rule))
		memcpy(rule, "budget:", sizeof("budget:"));
	reply_rule(&q->reply, q->id, rule, err->say);
	deny(q);
}

/* ---- run ---- */

static void on_done(
	enum source_end end, const struct source_rows *rows, const char *sqlstate, void *arg);

static int run(struct question_life *q, struct error *err)
{
	int64_t left = q->pace.run_until - clock_mono_ms();
	const struct source_job job = { .sql = &q->sql,
		.patients = true,
		.timeout_ms = left < 1 ? 1 : left,
		.done = on_done,
		.arg = q->pipeline };

	return source_run(q->pipeline->source, &job, err);
}

/* The first of those that wait and may run. */
static void start(struct question_life *q)
{
	struct pipeline *p = q->pipeline;
	struct error err;
	enum why why;
	int paid;

	if (recall(q) != 0)
		return;
	paid = releases_paid_for(q->pipeline->parts.state->db, &q->signed_hash, &err);
	if (paid != 0) {
		deny_why(q, paid < 0 ? WHY_STORAGE : WHY_PAID);
		return;
	}
	/* who cannot pay for an answer gets no work of the database, not even on the vocabulary */
	if (ledger_fits(q->pipeline->parts.state->ledger, q->plan->charges, q->plan->n_charges,
		    &q->failed_charge, &err) != 0) {
		deny_hold(q, &err);
		return;
	}
	if (release_size(q))
		return; /* it is started again when its codes are counted */
	if (prepare(q, &why, &err) != 0) {
		log_line(LOG_ERROR, "question %s: could not be prepared: %s", q->id, err.log);
		deny_why(q, why);
		return;
	}
	if (release_look_back(q, &err) != 0) {
		log_line(LOG_ERROR, "question %s: not compared with earlier ones: %s", q->id, err.log);
		deny_why(q, WHY_STORAGE);
		return;
	}
	if (step(q, ON_HOLD, &err) != 0) {
		deny_hold(q, &err);
		return;
	}
	release_fault("after-hold");
	life_unwait(q);
	p->running = q;
	if (step(q, ON_RUN, &err) != 0) {
		log_line(LOG_ERROR, "question %s: could not be run: %s", q->id, err.log);
		give_up(q, WHY_DATABASE_PAID);
	}
}

/* ---- protect ---- */

static int protect(struct question_life *q, struct error *err)
{
	const struct protect_about about = { .question = &q->hash,
		.site = q->pipeline->parts.site,
		.data = q->pipeline->parts.data,
		.key = q->pipeline->parts.key,
		.codes = q->codes,
		.n_codes = q->n_codes,
		.similar = q->similar,
		.n_similar = q->n_similar };
	struct view sealed, signature;

	protect_cells(q->plan, q->counts, q->noise); /* from here on they are protected cells */
	if (protect_seal(q->plan, &about, q->counts, &q->arena, &sealed, &signature, err) != 0)
		return -1;
	reply_release(&q->reply, q->id, sealed, signature, false);
	return 0;
}

/* ---- settle ---- */

static int keep_response(struct question_life *q, struct error *err)
{
	return reply_keep(
		q->pipeline->parts.state->db, &q->reply, q->id, &q->hash, q->requester, err);
}

/* Ends a transaction that began: everything or nothing. */
static int finish(struct state *st, int ret, struct error *err)
{
	if (ret == 0)
		return state_commit(st, err);
	state_rollback(st);
	return -1;
}

static int keep_reply(struct question_life *q, struct error *err)
{
	struct state *st = q->pipeline->parts.state;
	int ret;

	if (state_begin(st, err) != 0)
		return -1;
	ret = keep_response(q, err);
	if (ret == 0)
		ret = release_keep_question(
			q, q->reply.type == MSG_REFUSE ? Q_REFUSED : Q_RECALLED, err);
	return finish(st, ret, err);
}

static int settle(struct question_life *q, struct error *err)
{
	struct state *st = q->pipeline->parts.state;
	const struct release_key key = release_key_of(q);
	struct msg_release *release = &q->reply.release;
	int64_t now = clock_wall_ms();
	int ret;

	if (reply_accounts(st->ledger, q->plan, true, release->accounts, &release->count, err) !=
			0 ||
		state_begin(st, err) != 0)
		return -1;
	ret = ledger_settle(st->ledger, q->id, true, now, clock_today(), err);
	if (ret == 0)
		ret = releases_keep(st->db, &key, release->sealed, release->signature, now, err);
	if (ret == 0)
		ret = questions_reached(st->db, q->id, release_state_name(Q_RELEASED), err);
	if (ret == 0)
		ret = keep_response(q, err);
	return finish(st, ret, err);
}

static int settle_failed(struct question_life *q, struct error *err)
{
	struct state *st = q->pipeline->parts.state;
	int ret;

	secret_wipe(q->counts, plan_words(q->plan) * sizeof(*q->counts));
	secret_wipe(q->noise, plan_words(q->plan) * sizeof(*q->noise));
	if (state_begin(st, err) != 0)
		return -1;
	ret = ledger_settle(st->ledger, q->id, false, clock_wall_ms(), clock_today(), err);
	if (ret == 0)
		ret = questions_reached(st->db, q->id, release_state_name(Q_FAILED), err);
	if (ret == 0)
		ret = keep_response(q, err);
	return finish(st, ret, err);
}

/* The counts are in q->counts, true ones or, in strict timing, none. */
static void answer(struct question_life *q)
{
	struct error err;

	q->pipeline->running = NULL;
	release_fault("after-run");
	if (step(q, ON_ROWS, &err) != 0) {
		log_line(LOG_ERROR, "question %s: could not be protected: %s", q->id, err.log);
		give_up(q, WHY_PLAN);
		return;
	}
	if (step(q, ON_SETTLE, &err) != 0) {
		log_line(LOG_ERROR, "question %s: could not be settled: %s", q->id, err.log);
		give_up(q, WHY_STORAGE);
		return;
	}
	release_fault("after-settle");
	log_line(LOG_INFO, "question %s: released", q->id);
	depart(q);
}

/* A site with strict timing shows no failure that could depend on data: noise around zero, at the
 * price and the time of every answer (docs/privacy.md, "time"). */
static void fail(struct question_life *q, enum why why)
{
	if (q->plan->timing != TIMING_STRICT) {
		give_up(q, why);
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

	if (q == NULL) /* given up meanwhile */
		return;
	if (end == SOURCE_ROWS && protect_counts(q->plan, rows, q->counts)) {
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

/* ---- send ---- */

static int hand_over(struct question_life *q, struct error *err)
{
	(void)err; /* without a line it is resent after the next welcome */
	release_send(q->pipeline, &q->reply);
	return 0;
}

/* ---- events from outside ---- */

/* Time is up: for the statement, or to wait for it, or to keep an answer back. */
void release_on_timer(struct question_life *q)
{
	switch (q->state) {
	case Q_RECEIVED:
	case Q_ALLOWED:
		deny_why(q, WHY_TIMED_OUT);
		return;
	case Q_RUNNING:
		source_cancel(q->pipeline->source);
		fail(q, WHY_TIMED_OUT_PAID);
		return;
	case Q_RELEASED:
	case Q_RECALLED:
	case Q_REFUSED:
	case Q_FAILED:
		leave_in_time(q);
		return;
	default: /* states that do not outlive a call */
		return;
	}
}

void release_cancel(struct pipeline *p, const char *id)
{
	struct question_life *q = life_find(p, id, NULL);

	if (q == NULL)
		return;
	if (q->state == Q_RECEIVED || q->state == Q_ALLOWED) {
		deny_why(q, WHY_CANCELLED);
	} else if (q->state == Q_RUNNING) {
		source_cancel(p->source);
		give_up(q, WHY_CANCELLED_PAID);
	}
}

/* What keeps a question from being decided, or WHYS. */
static enum why obstacle(const struct pipeline *p)
{
	if (p->gate != GATE_OPEN)
		return p->gate == GATE_STOPPED ? WHY_HALTED : WHY_APPROVAL;
	if (p->policy == NULL)
		return WHY_NO_POLICY;
	if (p->policy->facts.ready && drift_watch_ready(p))
		return WHYS;
	if (p->facts_failed)
		return WHY_CODES;
	if (p->drift.failed && !drift_watch_ready(p))
		return WHY_CATALOG;
	return source_connected(p->source) || strcmp(source_word(p->source), "connecting") == 0
		       ? WHYS
		       : WHY_DATABASE;
}

/* False when the database drifted where the plan reads, and the question is refused. */
static bool drift_allows(struct question_life *q)
{
	const char *rule = drift_watch_rule(q->pipeline, q->plan, &q->arena);

	if (rule == NULL)
		return true;
	reply_rule(&q->reply, q->id, rule, drift_watch_say());
	deny(q);
	return false;
}

/* Takes one waiting question as far as it can go without the database: false when it is gone. */
static bool advance(struct question_life *q)
{
	struct pipeline *p = q->pipeline;
	enum why why = obstacle(p);
	struct error err;

	if (why != WHYS) {
		deny_why(q, why);
		return false;
	}
	if (!p->policy->facts.ready || !drift_watch_ready(p))
		return true;
	if (q->state == Q_ALLOWED && q->policy == p->policy && q->plan->today == clock_today())
		return drift_allows(q);
	if (decide_now(q) != 0) {
		deny(q);
		return false;
	}
	if (!drift_allows(q))
		return false;
	if (q->state == Q_RECEIVED && step(q, ON_ALLOW, &err) != 0) {
		log_line(LOG_ERROR, "question %s: %s", q->id, err.log);
		deny_why(q, WHY_STORAGE);
		return false;
	}
	if (recall(q) != 0)
		return false;
	if (!source_connected(p->source) && strcmp(source_word(p->source), "connecting") != 0) {
		deny_why(q, WHY_DATABASE);
		return false;
	}
	return true;
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
		advance(q);
	}
	while (p->running == NULL && source_ready(p->source) && drift_watch_ready(p) && p->waiting != NULL &&
		p->waiting->state == Q_ALLOWED)
		start(p->waiting);
	p->pumping = false;
}

unsigned release_gate(struct pipeline *p, enum gate gate)
{
	bool was_stopped = p->gate == GATE_STOPPED;
	unsigned cut = 0;

	p->gate = gate;
	if (gate != GATE_OPEN && p->running != NULL) {
		source_cancel(p->source);
		give_up(p->running, gate == GATE_STOPPED ? WHY_HALTED_PAID : WHY_APPROVAL_PAID);
		cut = 1;
	}
	release_pump(p);
	if (was_stopped && gate != GATE_STOPPED)
		release_resend(p);
	return cut;
}

void release_stop(struct pipeline *p)
{
	p->pumping = true; /* nothing new starts */
	if (p->running != NULL) {
		source_cancel(p->source);
		give_up(p->running, WHY_STOPPED);
	}
	while (p->waiting != NULL)
		life_free(p->waiting);
}
