/*
 * release_leave.c - the ways out: refused unpaid, given up paid, recalled, and the moment at which any of them leaves.
 */
#include "agents/release_in.h"
#include "agents/release_sum.h"
#include "base/clock.h"
#include "base/log.h"

enum {
	SHUT_MS = 1000 /* how often an answer that may not leave asks again */
};

static void leave(struct question_life *q)
{
	struct error err;

	if (release_step(q, ON_SEND, &err) != 0)
		log_line(LOG_ERROR, "question %s: could not leave: %s", q->id, err.log);
	else if (q->sum != NULL && sum_goes_on(q)) {
		release_sum_wait(q); /* until its masks are off */
		return;
	}
	life_free(q);
}

/* The loop's clock is coarse and may ring a moment early. */
void release_leave_in_time(struct question_life *q)
{
	int64_t now = clock_mono_ms();

	if (q->pipeline->gate == GATE_STOPPED &&
		(q->reply.type == MSG_RELEASE || (q->sum != NULL && sum_goes_on(q))))
		life_timer(q, SHUT_MS);
	else if (q->leaves <= now)
		leave(q);
	else
		life_timer(q, q->leaves - now);
}

/* Not before an answer to the same question that is still kept back: else who asks twice would see
 * when the first was ready. */
void release_depart(struct question_life *q)
{
	int64_t now = clock_mono_ms(), first = life_kept_back(q->pipeline, &q->hash, q);

	q->leaves = pace_departure(&q->pace, first > now ? first : now);
	release_leave_in_time(q);
}

/* Unpaid, so it tells nothing of the data and leaves at once; but one that waited for the database
 * leaves in time, or it would tell when the statement before it ended. The reply is filled. */
void release_refuse(struct question_life *q)
{
	bool waited = q->state == Q_ALLOWED || q->state == Q_JOINED;
	struct error err;

	if (q->pipeline->sizing == q) /* else asking and cancelling would be work for nothing */
		source_cancel(q->pipeline->source);
	log_line(LOG_INFO, "question %s: refused, %s", q->id, q->reply.refuse.rule);
	if (release_step(q, ON_DENY, &err) == 0) {
		life_unwait(q);
		if (waited)
			release_depart(q);
		else
			leave(q);
		return;
	}
	log_line(LOG_ERROR, "question %s: could not record the refusal: %s", q->id, err.log);
	release_send(q->pipeline, &q->reply);
	life_free(q);
}

void release_deny(struct question_life *q, enum why why)
{
	reply_refuse(&q->reply, q->id, why);
	release_refuse(q);
}

void release_give_up(struct question_life *q, enum why why)
{
	struct error err;

	if (q->pipeline->running == q)
		q->pipeline->running = NULL;
	release_sum_forget(q);
	reply_refuse(&q->reply, q->id, why);
	log_line(LOG_WARNING, "question %s: no answer though paid: %s", q->id,
		q->reply.refuse.say_en);
	if (release_step(q, ON_GIVE_UP, &err) == 0) {
		release_depart(q);
		return;
	}
	log_line(LOG_ERROR, "question %s: could not record the failure: %s", q->id, err.log);
	release_send(q->pipeline, &q->reply);
	life_free(q);
}

/* ---- recalled ---- */

static void no_recall(struct question_life *q, const struct error *err)
{
	log_line(LOG_ERROR, "question %s: could not be recalled: %s", q->id, err->log);
	release_deny(q, WHY_STORAGE);
}

static void recalled(struct question_life *q)
{
	log_line(LOG_INFO, "question %s: recalled", q->id);
	life_unwait(q);
	release_depart(q);
}

bool release_recall(struct question_life *q)
{
	struct error err;
	int found = release_find(q, &err);

	if (found == 0)
		return false;
	if (found < 0 || release_step(q, ON_RECALL, &err) != 0)
		no_recall(q, &err);
	else
		recalled(q);
	return true;
}

/* The same, but for the writing: release_keep_recalled() does that for all. */
bool release_recall_later(struct question_life *q)
{
	struct error err;
	int found = release_find(q, &err);

	if (found < 0)
		no_recall(q, &err);
	if (found == 1) {
		life_unwait(q);
		q->next_recalled = NULL;
		*q->pipeline->recalled_end = q;
		q->pipeline->recalled_end = &q->next_recalled;
	}
	return found != 0;
}

/* All of them in one transaction, with what was acknowledged; or none, and they are as they were. */
static bool keep_together(struct pipeline *p)
{
	struct state *st = p->parts.state;
	unsigned waiting = audit_waiting(st->audit);
	struct error err;
	int ret = 0;

	if (state_begin(st, &err) != 0)
		return false;
	p->together = true;
	for (struct question_life *q = p->recalled; q != NULL && ret == 0; q = q->next_recalled)
		ret = release_step(q, ON_RECALL, &err);
	p->together = false;
	if (ret == 0)
		ret = release_write_acks(p, &err);
	if (ret == 0 && state_commit(st, &err) == 0) {
		p->n_acks = 0;
		return true;
	}
	if (ret != 0)
		state_rollback(st);
	audit_back(st->audit, waiting);
	for (struct question_life *q = p->recalled; q != NULL; q = q->next_recalled)
		release_recall_back(q);
	return false;
}

void release_keep_recalled(struct pipeline *p)
{
	bool kept = p->recalled != NULL && p->recalled->next_recalled != NULL && keep_together(p);
	struct error err;

	for (struct question_life *q; (q = p->recalled) != NULL;) {
		p->recalled = q->next_recalled;
		if (p->recalled == NULL)
			p->recalled_end = &p->recalled;
		if (!kept && release_step(q, ON_RECALL, &err) != 0)
			no_recall(q, &err);
		else
			recalled(q);
	}
}
