#include "agents/release_in.h"

#include "agents/protect.h"
#include "agents/questions.h"
#include "agents/release_sum.h"
#include "agents/reply.h"
#include "base/clock.h"
#include "base/secret.h"

/*
 * What the steps of the table in release.c do: pay, protect, settle. Each that writes is one transaction of the
 * site's ledger, all or nothing. Nothing here decides which step comes next.
 */

/* ---- write and hold ---- */

int release_prepare(struct question_life *q, enum why *why, struct error *err)
{
	const struct policy_ref *policy = q->policy;
	struct sql_facts facts = facts_for(&policy->facts, policy->policy, q->plan->data);

	facts.sets = q->sets;
	facts.n_sets = q->n_sets;
	facts.halves = q->halves;
	facts.middle = q->middle;
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

int act_hold(struct question_life *q, struct error *err)
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

/* ---- protect ---- */

struct protect_about release_about(const struct question_life *q)
{
	return (struct protect_about){ .question = &q->hash,
		.site = q->pipeline->parts.site,
		.data = q->pipeline->parts.data,
		.key = q->pipeline->parts.key,
		.codes = q->codes,
		.n_codes = q->n_codes,
		.similar = q->similar,
		.n_similar = q->n_similar,
		.secret = q->secret };
}

int act_protect(struct question_life *q, struct error *err)
{
	const struct protect_about about = release_about(q);
	struct view sealed, signature;

	if (q->plan->secure)
		return release_sum_mask(q, err);
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

int act_keep_reply(struct question_life *q, struct error *err)
{
	struct state *st = q->pipeline->parts.state;
	bool own = !q->pipeline->together;
	int ret;

	if (own && state_begin(st, err) != 0)
		return -1;
	ret = keep_response(q, err);
	if (ret == 0)
		ret = release_keep_question(
			q, q->reply.type == MSG_REFUSE ? Q_REFUSED : Q_RECALLED, err);
	return own ? finish(st, ret, err) : ret;
}

int act_settle(struct question_life *q, struct error *err)
{
	struct state *st = q->pipeline->parts.state;
	const struct release_key key = release_key_of(q);
	struct msg_release *release = &q->reply.release;
	int64_t now = clock_wall_ms();
	int ret;

	if (q->plan->secure)
		reply_refuse(&q->reply, q->id, WHY_SUM_PAID); /* whoever asks again hears this */
	else if (reply_accounts(st->ledger, q->plan, true, release->accounts, &release->count,
			 err) != 0)
		return -1;
	if (state_begin(st, err) != 0)
		return -1;
	ret = ledger_settle(st->ledger, q->id, true, now, clock_today(), err);
	if (ret == 0 && !q->plan->secure) /* a sum is nothing that could be given again */
		ret = releases_keep(st->db, &key, release->sealed, release->signature, now, err);
	if (ret == 0)
		ret = questions_reached(st->db, q->id, release_state_name(Q_RELEASED), err);
	if (ret == 0)
		ret = keep_response(q, err);
	return finish(st, ret, err);
}

int act_settle_failed(struct question_life *q, struct error *err)
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
