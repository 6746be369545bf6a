/*
 * release_life.c - the questions in memory: two lists, and a timer each.
 */
#include <stdlib.h>
#include <string.h>

#include "agents/release_in.h"
#include "agents/release_sum.h"
#include "base/clock.h"
#include "base/secret.h"
#include "secagg/distinct.h"

static const char *const state_names[Q_STATES] = {
	[Q_NONE] = "none",
	[Q_RECEIVED] = "received",
	[Q_ALLOWED] = "allowed",
	[Q_OFFERED] = "offered",
	[Q_JOINED] = "joined",
	[Q_HELD] = "held",
	[Q_RUNNING] = "running",
	[Q_PROTECTED] = "protected",
	[Q_RELEASED] = "released",
	[Q_RECALLED] = "recalled",
	[Q_REFUSED] = "refused",
	[Q_FAILED] = "failed",
	[Q_SENT] = "sent",
};

const char *release_state_name(enum q_state state)
{
	return state_names[state];
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	release_on_timer(arg);
}

static void put_in(struct question_life *q, struct question_life **list)
{
	while (*list != NULL)
		list = &(*list)->next;
	*list = q;
	q->link = list;
	q->next = NULL;
}

static void take_out(struct question_life *q)
{
	if (q->link == NULL)
		return;
	*q->link = q->next;
	if (q->next != NULL)
		q->next->link = q->link;
	q->link = NULL;
	q->next = NULL;
	if (q->waits)
		q->pipeline->n_waiting--;
	q->waits = false;
}

struct question_life *life_new(struct pipeline *p, const struct msg_ask *ask)
{
	struct question_life *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return NULL;
	q->timer = evtimer_new(p->parts.base, on_timer, q);
	if (q->timer == NULL || !text_copy(q->id, sizeof(q->id), ask->id) ||
		!text_copy(q->requester, sizeof(q->requester), ask->requester)) {
		if (q->timer != NULL)
			event_free(q->timer);
		free(q);
		return NULL;
	}
	q->pipeline = p;
	q->state = Q_RECEIVED;
	q->deadline_ms = ask->deadline_ms;
	arena_init(&q->arena, MAX_QUERY_ARENA);
	(void)pace_start(
		TIMING_OPEN, clock_mono_ms(), q->deadline_ms, &q->pace); /* until decided */
	put_in(q, &p->others);
	p->n_all++;
	return q;
}

void life_free(struct question_life *q)
{
	if (q == NULL)
		return;
	if (q->pipeline->running == q)
		q->pipeline->running = NULL;
	if (q->pipeline->sizing == q)
		q->pipeline->sizing = NULL;
	take_out(q);
	sum_part_free(q->sum);
	distinct_free(q->people);
	q->pipeline->n_all--;
	event_free(q->timer);
	policy_drop(q->policy);
	arena_clear(&q->arena);
	secret_wipe(q, sizeof(*q));
	free(q);
}

struct question_life *life_find(struct pipeline *p, const char *id, const struct question_life *but)
{
	struct question_life *const lists[] = { p->waiting, p->others };

	for (int i = 0; i < 2; i++)
		for (struct question_life *q = lists[i]; q != NULL; q = q->next)
			if (q != but && strcmp(q->id, id) == 0)
				return q;
	return NULL;
}

int64_t life_kept_back(
	const struct pipeline *p, const struct hash32 *question, const struct question_life *but)
{
	int64_t leaves = INT64_MIN;

	for (const struct question_life *q = p->others; q != NULL; q = q->next)
		if (q != but && q->state == Q_RELEASED && q->leaves > leaves &&
			hash32_equal(&q->hash, question))
			leaves = q->leaves;
	return leaves;
}

void life_wait(struct question_life *q)
{
	take_out(q);
	put_in(q, &q->pipeline->waiting);
	q->waits = true;
	q->pipeline->n_waiting++;
}

void life_unwait(struct question_life *q)
{
	take_out(q);
	put_in(q, &q->pipeline->others);
}

void life_timer(struct question_life *q, int64_t ms)
{
	struct timeval tv = { 0 };

	if (ms > 0) {
		tv.tv_sec = ms / 1000;
		tv.tv_usec = (ms % 1000) * 1000;
	}
	evtimer_add(q->timer, &tv);
}
