/*
 * round_commit.c - from memory to the store, to the disk, and only then to everyone: one transaction for all that
 * arrived since the last, and one sync of the disk, beside the loop, for all that was committed since the last.
 */
#include "gateway/round_in.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/round_sum.h"

enum {
	FLUSH_MS = 5 /* about as long as a disk takes to sync */
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
	all->queue[all->queued] = *c;
	all->queue[all->queued++].message = c->body != NULL || c->kept;
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

	if (c->kept)
		return 0;
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
		if (!f->committed && round_store(f, err) != 0)
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

void rounds_ack(struct rounds *all, size_t site, const char *id)
{
	struct message m = { .type = MSG_ACK };
	struct error err;

	memcpy(m.ack.id, id, sizeof(m.ack.id));
	if (sessions_send(all->sessions, site, &m, &err) != 0)
		log_line(LOG_DEBUG, "no ack to %s: %s", sessions_names(all->sessions)[site],
			err.log); /* it will say it again */
}

static void say_ended(const struct round *r)
{
	log_line(LOG_INFO, "question %s: %s after %lld ms", r->q.id,
		answer_state_name(round_result(r)),
		(long long)(clock_wall_ms() - r->q.received_ms));
}

static void tell_ended(struct rounds *all, struct round *list)
{
	for (struct round *r = list, *next; r != NULL; r = next) {
		char id[MAX_ID + 1];

		next = r->next;
		memcpy(id, r->q.id, sizeof(id));
		all->ended[round_result(r)]++;
		say_ended(r);
		round_free(r);
		all->calls->on_change(id, true, all->arg);
	}
}

/* A round that has left the list ends in this group or in one to come, which tells of it. */
static void tell_changed(struct rounds *all)
{
	for (struct round *r = all->list, *next; r != NULL; r = next) {
		bool changed = r->changed;

		next = r->next;
		r->changed = false;
		if (changed)
			all->calls->on_change(r->q.id, false, all->arg);
	}
}

static void publish(struct rounds *all, struct change *queue, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct change *c = &queue[i];

		if (c->round != NULL) {
			c->round->changed = true;
			if (c->message)
				c->round->legs[c->leg].stored = true;
		}
		if (c->message && c->site != NO_SITE)
			rounds_ack(all, c->site, c->id);
	}
	tell_changed(all);
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
			leg->heard = leg->heard && !c->message;
			c->round->cancelled = false;
			round_retry(c->round);
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (queue[i].message && queue[i].site != NO_SITE)
			sessions_drop(all->sessions, queue[i].site);
		free(queue[i].body);
	}
	for (struct round *r = all->list; r != NULL; r = r->next)
		r->ending = false;
}

/* The first n that wait to be on the disk are: their sites are asked. */
static void begin_fresh(struct rounds *all, size_t n)
{
	for (; n > 0; n--) {
		struct fresh *f = all->fresh;
		char id[MAX_ID + 1];

		all->fresh = f->next;
		if (all->fresh == NULL)
			all->fresh_end = &all->fresh;
		all->n_fresh--;
		memcpy(id, f->round->q.id, sizeof(id));
		round_join(f->round, f->round->q.deadline_ms);
		if (f->cancelled)
			round_cancel(f->round);
		else
			round_begin(f->round);
		fresh_free(f);
		all->calls->on_asked(id, NULL, all->arg);
	}
}

/* Those that could not be committed are forgotten. */
static void forget_fresh(struct rounds *all, const struct error *why)
{
	struct fresh **at = &all->fresh, *list;

	while (*at != NULL && (*at)->committed)
		at = &(*at)->next;
	list = *at;
	*at = NULL;
	all->fresh_end = at;
	for (struct fresh *f = list, *next; f != NULL; f = next) {
		char id[MAX_ID + 1];

		next = f->next;
		all->n_fresh--;
		memcpy(id, f->round->q.id, sizeof(id));
		round_free(f->round);
		fresh_free(f);
		all->calls->on_asked(id, why, all->arg);
	}
}

/* ---- groups ---- */

static int broken(struct rounds *all, const struct error *why)
{
	if (!all->broken) {
		log_line(LOG_ERROR, "what was committed may not be on the disk: %s; ending",
			why->log);
		all->broken = true;
		all->calls->on_broken(all->arg);
	}
	return -1;
}

/* In the thread. */
static void sync_disk(struct work_job *job)
{
	struct syncing *s = (struct syncing *)job;

	s->ret = store_sync(s->all->store, &s->err);
}

static struct group *take_synced(struct rounds *all)
{
	struct group *g = all->groups;

	if (g == NULL || !g->synced)
		return NULL;
	all->groups = g->next;
	if (all->groups == NULL)
		all->groups_end = &all->groups;
	return g;
}

static void start_sync(struct rounds *all);

static void on_synced(struct work_job *job, bool dropped)
{
	struct syncing *s = (struct syncing *)job;
	struct rounds *all = s->all;
	struct group *g;

	if (dropped)
		return;
	if (s->ret != 0) {
		broken(all, &s->err);
		return;
	}
	/* busy while it tells: what is committed then is not covered */
	while ((g = take_synced(all)) != NULL) {
		publish(all, g->queue, g->n);
		tell_ended(all, g->ended);
		begin_fresh(all, g->n_fresh);
		free(g->queue);
		free(g);
	}
	s->busy = false;
	rounds_flush_now(all);
	start_sync(all);
}

static void start_sync(struct rounds *all)
{
	if (all->syncing.busy || all->groups == NULL)
		return;
	for (struct group *g = all->groups; g != NULL; g = g->next)
		g->synced = true;
	all->syncing = (struct syncing){
		.job = { .run = sync_disk, .done = on_synced }, .all = all, .busy = true
	};
	work_do(all->disk, &all->syncing.job);
}

static bool something(const struct rounds *all)
{
	bool yes = all->queued > 0;

	for (const struct fresh *f = all->fresh; f != NULL && !yes; f = f->next)
		yes = !f->committed;
	for (const struct round *r = all->list; r != NULL && !yes; r = r->next)
		yes = round_over(r);
	return yes;
}

/* What was written becomes a group. */
static void committed(struct rounds *all, struct group *g)
{
	g->queue = all->queue;
	g->n = all->queued;
	for (size_t i = 0; i < g->n; i++) {
		free(g->queue[i].body);
		g->queue[i].body = NULL;
	}
	all->queue = NULL;
	all->queued = all->room = all->queued_bytes = 0;
	for (struct fresh *f = all->fresh; f != NULL; f = f->next) {
		g->n_fresh += !f->committed;
		f->committed = true;
	}
	for (struct round *r = all->list, *next; r != NULL; r = next) {
		next = r->next;
		if (r->ending) {
			round_leave(r);
			r->next = g->ended;
			g->ended = r;
		}
	}
	*all->groups_end = g;
	all->groups_end = &g->next;
}

/* R2: it is seen by whoever looks as soon as it is committed. */
static bool ends_a_sum(const struct rounds *all)
{
	for (const struct round *r = all->list; r != NULL; r = r->next)
		if (round_over(r) && round_sum_result(r) != NULL)
			return true;
	return false;
}

static int commit(struct rounds *all, struct error *err)
{
	if (all->broken)
		return error_set(err, E_SYSTEM, SAY("the disk failed", "磁盘读写失败"),
			"the disk failed earlier");
	if ((ends_a_sum(all) ? store_begin(all->store, err)
			     : store_begin_unsynced(all->store, err)) != 0)
		return -1;
	if (write_all(all, err) == 0 && store_commit(all->store, err) == 0)
		return 0;
	store_rollback(all->store);
	return -1;
}

int rounds_flush(struct rounds *all, struct error *err)
{
	struct group *g;
	struct change *queue;
	size_t n;

	if (!something(all))
		return 0;
	g = calloc(1, sizeof(*g));
	if ((g == NULL ? error_memory(err) : commit(all, err)) == 0) {
		committed(all, g);
		start_sync(all);
		return 0;
	}
	free(g);
	/* What follows may queue again. */
	queue = all->queue;
	n = all->queued;
	all->queue = NULL;
	all->queued = all->room = all->queued_bytes = 0;
	undo(all, queue, n);
	free(queue);
	forget_fresh(all, err);
	return -1;
}

void rounds_flush_now(struct rounds *all)
{
	struct error err;

	if (rounds_flush(all, &err) != 0)
		log_line(LOG_ERROR, "what was asked and answered could not be kept: %s", err.log);
}

/* While the disk is busy, what comes waits, so that the next sync is of as much as can be. */
void rounds_on_flush(evutil_socket_t fd, short what, void *rounds)
{
	struct rounds *all = rounds;

	(void)fd;
	(void)what;
	event_del(all->late);
	if (!all->syncing.busy)
		rounds_flush_now(all);
}

void rounds_forget_groups(struct rounds *all)
{
	for (struct group *g = all->groups, *next; g != NULL; g = next) {
		next = g->next;
		for (struct round *r = g->ended, *after; r != NULL; r = after) {
			after = r->next;
			round_free(r);
		}
		free(g->queue);
		free(g);
	}
}
