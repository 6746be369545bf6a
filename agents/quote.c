#include <stdlib.h>
#include <string.h>

#include "agents/release_in.h"
#include "agents/reply.h"
#include "base/clock.h"
#include "base/log.h"
#include "query/canonical.h"

/*
 * Quotes: what a question would cost here and what is left. They are decided by the same decide() as
 * questions, and spend, store and start nothing. The requester is taken on the gateway's word, since
 * no number of the database is in an answer.
 */

static void put(char *out, size_t size, const char *s)
{
	if (!text_copy(out, size, s == NULL ? "" : s))
		out[0] = '\0';
}

static void refuse(struct msg_quoted *out, const char *rule, struct say say)
{
	out->allowed = false;
	put(out->rule, sizeof(out->rule), rule);
	put(out->say_en, sizeof(out->say_en), say.en);
	put(out->say_zh, sizeof(out->say_zh), say.zh);
}

static void refuse_why(struct msg_quoted *out, enum why why)
{
	struct message *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return;
	reply_refuse(m, out->id, why);
	refuse(out, m->refuse.rule, (struct say){ m->refuse.say_en, m->refuse.say_zh });
	free(m);
}

/* What of an account was paid by questions whose answers are still kept back. */
static uint64_t not_told(const struct pipeline *p, const struct charge *of)
{
	uint64_t sum = 0;

	for (const struct question_life *q = p->others; q != NULL; q = q->next) {
		if (q->plan == NULL ||
			(q->state != Q_RUNNING && q->state != Q_RELEASED && q->state != Q_FAILED))
			continue;
		for (unsigned i = 0; i < q->plan->n_charges; i++) {
			const struct charge *c = &q->plan->charges[i];

			if (c->in_epsilon == of->in_epsilon && c->from == of->from &&
				strcmp(c->account, of->account) == 0 && c->cost <= UINT64_MAX - sum)
				sum += c->cost;
		}
	}
	return sum;
}

/* Unless answers leave at once, an account falls when the answer leaves, not when its statement starts:
 * the start of one tells the end of the one before it. */
static void keep_back(const struct pipeline *p, const struct plan *plan, struct msg_quoted *out)
{
	if (p->policy->policy->release.timing == TIMING_OPEN)
		return;
	for (unsigned i = 0; i < out->count; i++) {
		struct account_state *a = &out->accounts[i];
		uint64_t more = not_told(p, &plan->charges[i]);

		a->left = more > a->cap - a->left ? a->cap : a->left + more;
	}
}

static void accounts(struct pipeline *p, const struct plan *plan, bool cost, struct msg_quoted *out)
{
	struct error err;

	if (reply_accounts(p->parts.state->ledger, plan, cost, out->accounts, &out->count, &err) ==
		0) {
		keep_back(p, plan, out);
		return;
	}
	log_line(LOG_ERROR, "quote %s: %s", out->id, err.log);
	refuse_why(out, WHY_STORAGE);
}

/* ---- a question ---- */

static bool answered_before(
	struct pipeline *p, const struct hash32 *question, struct arena *arena, struct error *err)
{
	const struct release_key key = {
		.question = question, .policy = &p->policy->policy->hash, .data = p->parts.data
	};
	struct view sealed, signature;

	/* one that is ready and still kept back is not to be told of */
	if (life_kept_back(p, question, NULL) > clock_mono_ms())
		return false;
	return releases_recall(p->parts.state->db, &key, arena, &sealed, &signature, err) == 1;
}

static void quote_question(struct pipeline *p, const struct msg_quote *quote, struct arena *arena,
	struct msg_quoted *out)
{
	struct asking who = {
		.requester = quote->requester, .today = clock_today(), .red = &p->policy->facts.red
	};
	struct verdict verdict = { 0 };
	struct question *question;
	struct hash32 hash;
	struct error err;
	bool asked = true;

	if (canonical_read(
		    quote->question.at, quote->question.len, arena, &question, &hash, &err) != 0) {
		refuse_why(out, WHY_FORM);
		return;
	}
	if (decide(p->policy->policy, question, &who, arena, &verdict, &err) != 0) {
		log_line(LOG_ERROR, "quote %s: %s", quote->id, err.log);
		refuse_why(out, WHY_PLAN);
		return;
	}
	if (!verdict.allow || verdict.plan == NULL) {
		refuse(out, verdict.first.rule, verdict.first.outside);
		return;
	}
	if (drift_watch_rule(p, verdict.plan, arena) != NULL) {
		refuse(out, drift_watch_rule(p, verdict.plan, arena), drift_watch_say());
		return;
	}
	out->allowed = true;
	out->recalled = answered_before(p, &hash, arena, &err);
	if (!out->recalled &&
		release_quote_similar(p, question, verdict.plan, out, &asked, &err) != 0) {
		log_line(LOG_ERROR, "quote %s: %s", quote->id, err.log);
		refuse_why(out, WHY_STORAGE);
		return;
	}
	if (!asked) {
		refuse(out, REPLY_SIMILAR_RULE, reply_similar_say());
		return;
	}
	accounts(p, verdict.plan, !out->recalled, out);
}

/* ---- only what is left ---- */

static bool in_study(const struct study *s, const char *requester)
{
	for (unsigned i = 0; i < s->n_requesters; i++)
		if (strcmp(s->requesters[i].account, requester) == 0)
			return true;
	return false;
}

static bool of_study(const struct study *s, const struct budget *b)
{
	if (b->scope == SCOPE_STUDY)
		return strcmp(b->id, s->id) == 0;
	if (b->scope == SCOPE_DATASET)
		return study_asks(s, b->id);
	return b->scope == SCOPE_EACH_REQUESTER || b->scope == SCOPE_EACH_STUDY;
}

/* The names that a question of this study would be charged under (policies/decide/spend.c). */
static const char *account_of(
	const struct budget *b, const struct study *s, const char *requester, struct arena *arena)
{
	switch (b->scope) {
	case SCOPE_STUDY:
		return arena_textf(arena, "study:%s", b->id);
	case SCOPE_DATASET:
		return arena_textf(arena, "dataset:%s", b->id);
	case SCOPE_EACH_STUDY:
		return arena_textf(arena, "each-study:%s", s->id);
	default:
		return arena_textf(arena, "requester:%s", requester);
	}
}

static void quote_study(struct pipeline *p, const struct msg_quote *quote, struct arena *arena,
	struct msg_quoted *out)
{
	const struct policy *policy = p->policy->policy;
	const struct study *s = policy_study(policy, quote->study);
	struct plan *plan = arena_alloc(arena, sizeof(*plan));
	int32_t today = clock_today();
	struct error err;

	if (s == NULL || !in_study(s, quote->requester)) {
		refuse(out, arena_textf(arena, "study:%s.requesters", quote->study),
			SAY("This hospital does not have this study, or you are not in it.",
				"该医院没有此课题，或您不在此课题中。"));
		return;
	}
	if (plan == NULL) {
		refuse_why(out, WHY_PLAN);
		return;
	}
	*plan = (struct plan){ .policy = policy,
		.secure = policy->release.off,
		.exact = policy->release.off,
		.gaussian = policy->release.gaussian,
		.in_epsilon = policy->release.in_epsilon,
		.amount = policy->release.amount };
	for (unsigned i = 0; i < policy->n_budgets && plan->n_charges < MAX_ACCOUNTS; i++) {
		const struct budget *b = &policy->budgets[i];
		const char *account = account_of(b, s, quote->requester, arena);

		if (account == NULL || !of_study(s, b) || today < b->from || today > b->to)
			continue;
		plan->charges[plan->n_charges++] = (struct charge){
			.account = account, .from = b->from, .to = b->to, .at = b->at, .budget = b
		};
	}
	if (plan_price(plan, &err) != 0) {
		log_line(LOG_ERROR, "quote %s: %s", quote->id, err.log);
		refuse_why(out, WHY_PLAN);
		return;
	}
	out->allowed = true;
	accounts(p, plan, true, out); /* of a count */
}

static void quote_any(struct pipeline *p, const struct msg_quote *quote, struct msg_quoted *out)
{
	struct arena arena;

	if (state_broken(p->parts.state)) {
		refuse_why(out, WHY_LEDGER);
		return;
	}
	if (p->gate != GATE_OPEN) {
		refuse_why(out, p->gate == GATE_STOPPED ? WHY_HALTED : WHY_APPROVAL);
		return;
	}
	if (p->policy == NULL) {
		refuse_why(out, WHY_NO_POLICY);
		return;
	}
	arena_init(&arena, MAX_QUERY_ARENA);
	if (quote->question.len == 0)
		quote_study(p, quote, &arena, out);
	else if (p->policy->facts.ready && drift_watch_ready(p))
		quote_question(p, quote, &arena, out);
	else
		refuse_why(out, p->facts_failed   ? WHY_CODES
				: p->drift.failed ? WHY_CATALOG
						  : WHY_DATABASE);
	arena_clear(&arena);
}

/* A price costs its asker nothing and this site up to SIMILAR_READ questions read and compared, so that all of them
 * together have a bounded part of the loop. */
void release_quote(struct pipeline *p, const struct msg_quote *quote, struct msg_quoted *out)
{
	int64_t began = clock_mono_ms();

	memset(out, 0, sizeof(*out));
	put(out->id, sizeof(out->id), quote->id);
	if (!allowance_open(&p->quotes, began)) {
		refuse_why(out, WHY_PRICES);
		return;
	}
	quote_any(p, quote, out);
	allowance_took(&p->quotes, began, clock_mono_ms());
}
