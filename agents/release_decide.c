#include "agents/release_in.h"

#include <string.h>

#include "agents/release_sum.h"
#include "agents/reply.h"
#include "base/clock.h"
#include "base/log.h"

/*
 * What is decided of a question before anything is paid: whether it can be decided now, what the policy says, whether
 * the database is still what the policy takes it for, and whether it was answered before. Nothing here takes a step: a
 * refusal or a stored release is put into q->reply, and release.c does the rest.
 */

enum why release_obstacle(const struct pipeline *p)
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

int release_decide(struct question_life *q)
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
	release_unsize(q);
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
	if (q->plan->secure && q->pipeline->parts.sums == NULL) {
		reply_refuse(&q->reply, q->id, WHY_SUM);
		return -1;
	}
	if (!pace_start(q->plan->timing, q->pace.received, sum_deadline_ms(q), &q->pace)) {
		reply_refuse(&q->reply, q->id, WHY_TIMING);
		return -1;
	}
	life_timer(q, q->pace.run_until - clock_mono_ms());
	return 0;
}

bool release_drift_allows(struct question_life *q)
{
	const char *rule = drift_watch_rule(q->pipeline, q->plan, &q->arena);

	if (rule == NULL)
		return true;
	reply_rule(&q->reply, q->id, rule, drift_watch_say());
	return false;
}

/* ---- recall ---- */

struct release_key release_key_of(const struct question_life *q)
{
	return (struct release_key){ .question = &q->hash,
		.policy = &q->policy->policy->hash,
		.data = q->pipeline->parts.data };
}

int release_find(struct question_life *q, struct error *err)
{
	struct state *st = q->pipeline->parts.state;
	const struct release_key key = release_key_of(q);
	struct msg_release *release = &q->reply.release;
	struct view sealed, signature;
	int found = releases_recall(st->db, &key, &q->arena, &sealed, &signature, err);

	if (found != 1)
		return found;
	reply_release(&q->reply, q->id, sealed, signature, true);
	return reply_accounts(
		       st->ledger, q->plan, false, release->accounts, &release->count, err) == 0
		       ? 1
		       : -1;
}
