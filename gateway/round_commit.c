/*
 * round_commit.c - from memory to disk, and only then to everyone: one transaction for all that
 * arrived since the last.
 */
#include "gateway/round_in.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/round_sum.h"

enum {
	FLUSH_MS = 50
};

bool rounds_queue(struct rounds *all, const struct change *c)
{
	if (all->queued == all->room) {
		size_t room = all->room == 0 ? 32 : all->room * 2;
		struct change *grown = reallocarray(all->queue, room, sizeof(*grown));

		if (grown == NULL) {
			free(c->body);
			return false;
		}
		all->queue = grown;
		all->room = room;
	}
	all->queue[all->queued++] = *c;
	all->queued_bytes += c->len;
	rounds_flush_soon(all);
	return true;
}

/* Usually at the end of this turn of the loop. One that always has something to do for others never gets round to events of
 * the last priority, so there is a clock, too. */
void rounds_flush_soon(struct rounds *all)
{
	static const struct timeval late = { 0, FLUSH_MS * 1000 };

	event_active(all->flush, EV_TIMEOUT, 1);
	if (!evtimer_pending(all->late, NULL))
		event_add(all->late, &late);
}

void rounds_forget_queue(struct rounds *all)
{
	for (size_t i = 0; i < all->queued; i++)
		free(all->queue[i].body);
	all->queued = all->queued_bytes = 0;
}

/* ---- writing ---- */

static int write_change(struct rounds *all, const struct change *c, int64_t now, struct error *err)
{
	const struct stored_leg leg = {
		.site = c->name, .state = c->state, .ms = c->ms, .message = { c->body, c->len }
	};

	if (store_set_leg(all->store, c->id, &leg, err) != 0)
		return -1;
	if (c->audit == NULL)
		return 0;
	return store_audit(all->store, now, c->audit, c->name, c->id, "", err);
}

static int write_end(struct rounds *all, struct round *r, int64_t now, struct error *err)
{
	enum answer_state result = round_result(r);
	const struct stored_sum *sum = round_sum_result(r);

	if (store_end(all->store, r->q.id, result, now, err) != 0 ||
		(sum != NULL && store_set_sum(all->store, r->q.id, sum, err) != 0))
		return -1;
	return store_audit(all->store, now, "question.ended", r->q.account, r->q.id,
		answer_state_name(result), err);
}

static int write_all(struct rounds *all, struct error *err)
{
	int64_t now = clock_wall_ms();

	for (const struct fresh *f = all->fresh; f != NULL; f = f->next)
		if (round_store(f, err) != 0)
			return -1;
	for (size_t i = 0; i < all->queued; i++)
		if (write_change(all, &all->queue[i], now, err) != 0)
			return -1;
	for (struct round *r = all->list; r != NULL; r = r->next) {
		r->ending = round_over(r);
		if (r->ending && write_end(all, r, now, err) != 0)
			return -1;
	}
	return 0;
}

/* ---- after it ---- */

static void acknowledge(struct rounds *all, const struct change *c)
{
	struct message m = { .type = MSG_ACK };
	struct error err;

	memcpy(m.ack.id, c->id, sizeof(m.ack.id));
	if (sessions_send(all->sessions, c->site, &m, &err) != 0)
		log_line(
			LOG_DEBUG, "no ack to %s: %s", c->name, err.log); /* it will say it again */
}

static void say_ended(const struct round *r)
{
	log_line(LOG_INFO, "question %s: %s after %lld ms", r->q.id,
		answer_state_name(round_result(r)),
		(long long)(clock_wall_ms() - r->q.received_ms));
}

/* Tells of every round that changed, and ends those that are over. */
static void tell(struct rounds *all)
{
	for (struct round *r = all->list, *next; r != NULL; r = next) {
		char id[MAX_ID + 1];
		bool ending = r->ending, changed = r->changed;

		next = r->next;
		memcpy(id, r->q.id, sizeof(id));
		r->changed = false;
		if (ending) {
			all->ended[round_result(r)]++;
			say_ended(r);
			round_free(r);
		}
		if (ending || changed)
			all->calls->on_change(id, ending, all->arg);
	}
}

static void publish(struct rounds *all, struct change *queue, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct change *c = &queue[i];

		if (c->round != NULL) {
			c->round->changed = true;
			if (c->body != NULL)
				c->round->legs[c->leg].stored = true;
		}
		if (c->body != NULL && c->site != NO_SITE)
			acknowledge(all, c);
		free(c->body);
	}
	tell(all);
}

/* R6: as if nothing had been said. */
static void undo(struct rounds *all, struct change *queue, size_t n)
{
	for (size_t i = n; i-- > 0;) {
		struct change *c = &queue[i];

		if (c->round != NULL) {
			struct leg *leg = &c->round->legs[c->leg];

			leg->state = c->before;
			leg->queued = leg_site_state(c->before);
			leg->heard = leg->heard && c->body == NULL;
			c->round->cancelled = false;
			round_retry(c->round);
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (queue[i].body != NULL && queue[i].site != NO_SITE)
			sessions_drop(all->sessions, queue[i].site);
		free(queue[i].body);
	}
	for (struct round *r = all->list; r != NULL; r = r->next)
		r->ending = false;
}

/* The sites of new questions are asked, or they are forgotten; the list has been taken off `all`. */
static void begin_fresh(struct rounds *all, struct fresh *list, const struct error *why)
{
	for (struct fresh *f = list, *next; f != NULL; f = next) {
		char id[MAX_ID + 1];

		next = f->next;
		memcpy(id, f->round->q.id, sizeof(id));
		if (why == NULL)
			round_begin(f->round, f->round->q.deadline_ms);
		else
			round_free(f->round);
		fresh_free(f);
		all->calls->on_asked(id, why, all->arg);
	}
}

static struct fresh *take_fresh(struct rounds *all)
{
	struct fresh *list = all->fresh;

	all->fresh = NULL;
	all->fresh_end = &all->fresh;
	all->n_fresh = 0;
	return list;
}

int rounds_flush(struct rounds *all, struct error *err)
{
	struct change *queue;
	struct fresh *fresh;
	size_t n = all->queued;
	bool over = n > 0 || all->fresh != NULL;
	int ret = -1;

	for (struct round *r = all->list; r != NULL && !over; r = r->next)
		over = round_over(r);
	if (!over)
		return 0;
	if (store_begin(all->store, err) == 0) {
		if (write_all(all, err) == 0)
			ret = store_commit(all->store, err);
		if (ret != 0)
			store_rollback(all->store);
	}
	/* What follows may queue again. */
	queue = all->queue;
	all->queue = NULL;
	all->queued = all->room = all->queued_bytes = 0;
	fresh = take_fresh(all);
	if (ret == 0)
		publish(all, queue, n);
	else
		undo(all, queue, n);
	free(queue);
	begin_fresh(all, fresh, ret == 0 ? NULL : err);
	return ret;
}
