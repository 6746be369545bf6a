#include "agents/release_in.h"

#include <string.h>

#include "agents/questions.h"
#include "agents/release_sum.h"
#include "agents/reply.h"
#include "base/clock.h"
#include "base/log.h"
#include "query/canonical.h"

/*
 * The door: whether what arrived is a question that begins a life here. What is turned away at the door is told so
 * aside, under whatever id it came with: nothing is stored and no step is taken.
 */

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
			strcmp(other->requester, q->requester) == 0) {
			(void)release_sum_asked(other);
			life_free(q); /* under way */
		} else {
			refuse_aside(q, WHY_ID);
		}
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
	if (!seen_before(q))
		release_enter(q);
}
