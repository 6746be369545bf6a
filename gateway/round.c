/*
 * round.c - the life of a round: who is awaited, until when, and what ends it.
 */
#include "gateway/round.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/ids.h"
#include "gateway/round_beside.h"
#include "gateway/round_in.h"
#include "gateway/round_sum.h"

enum {
	RUNNING_ARENA = 4 << 20
};

/* The state a leg takes up again after a restart: what was waiting is awaited anew, and so is who was in a secure sum
 * that is gone with our memory. It offers again, or says that its part is over. */
static enum leg_state leg_of_stored(enum site_state s)
{
	if (s == SITE_OFFERED)
		return LEG_AWAY;
	for (enum leg_state l = LEG_ANSWERED; l < LEG_STATES; l++)
		if (leg_site_state(l) == s)
			return l;
	return LEG_AWAY;
}

/* ---- rounds ---- */

struct round *round_find(const struct rounds *all, const char *id)
{
	for (struct round *r = all->list; r != NULL; r = r->next)
		if (strcmp(r->q.id, id) == 0)
			return r;
	return NULL;
}

bool rounds_runs(const struct rounds *all, const char *id)
{
	return round_find(all, id) != NULL;
}

size_t rounds_running(const struct rounds *all)
{
	return all->n;
}

const uint64_t *rounds_ended(const struct rounds *all)
{
	return all->ended;
}

/* R4 */
bool round_over(const struct round *r)
{
	for (size_t i = 0; i < r->n; i++)
		switch (r->legs[i].state) {
		case LEG_AWAY:
		case LEG_ASKED:
		case LEG_OFFERED:
		case LEG_SUMMING:
			return false;
		default:
			break;
		}
	return true;
}

enum answer_state round_result(const struct round *r)
{
	size_t answered = 0, stopped = 0;

	for (size_t i = 0; i < r->n; i++) {
		enum leg_state s = r->legs[i].state;

		answered += s == LEG_ANSWERED || s == LEG_RECALLED || s == LEG_SUPPRESSED ||
			    s == LEG_SUMMED;
		stopped += s == LEG_CANCELLED;
	}
	if (r->cancelled && stopped > 0)
		return ANSWER_CANCELLED;
	if (answered == r->n)
		return ANSWER_COMPLETE;
	return answered > 0 ? ANSWER_PARTIAL : ANSWER_FAILED;
}

/* Wakes at the deadline or when the next grace ends, whichever is first. */
void round_schedule(struct round *r)
{
	int64_t now = clock_mono_ms(), at = r->deadline_ms, due = round_sum_due(r);
	struct timeval tv;

	for (size_t i = 0; i < r->n; i++)
		if (r->legs[i].state == LEG_AWAY && r->legs[i].grace_ms < at)
			at = r->legs[i].grace_ms;
	at = due < at ? due : at;
	at = at <= now ? 0 : at - now;
	tv = (struct timeval){ (time_t)(at / 1000), (suseconds_t)(at % 1000) * 1000 };
	event_add(r->timer, &tv);
}

void round_retry(struct round *r)
{
	const struct timeval tv = { 1, 0 };

	event_add(r->timer, &tv);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct round *r = arg;
	int64_t now = clock_mono_ms();
	bool late = now >= r->deadline_ms;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < r->n; i++) {
		struct leg *leg = &r->legs[i];

		if (late)
			leg_move(r, leg, ON_DEADLINE, NULL, 0, NULL);
		else if (leg->state == LEG_AWAY && now >= leg->grace_ms)
			leg_move(r, leg, ON_GRACE, NULL, 0, NULL);
	}
	if (round_is_sum(r) && !r->cancelled)
		round_sum_look(r);
	if (late && !round_over(r)) /* no memory to say so: again */
		round_retry(r);
	else if (!late)
		round_schedule(r);
	rounds_flush_soon(r->all);
}

static void ask_site(struct round *r, struct leg *leg)
{
	int64_t now = clock_mono_ms(), left = r->deadline_ms - now;
	struct message m = { .type = MSG_ASK,
		.ask = { .question = r->q.canonical,
			.certificate = r->q.certificate,
			.signature = r->q.signature,
			.asked_ms = r->q.asked_ms,
			.deadline_ms = left < 1 ? 1 : (uint64_t)left } };
	struct error err;

	if (leg->site == NO_SITE || !sessions_status(r->all->sessions, leg->site)->online)
		return;
	memcpy(m.ask.id, r->q.id, sizeof(m.ask.id));
	memcpy(m.ask.requester, r->q.account, sizeof(m.ask.requester));
	if (sessions_send(r->all->sessions, leg->site, &m, &err) != 0) {
		log_line(LOG_WARNING, "question %s: could not ask %s: %s", r->q.id, leg->name,
			err.log);
		return;
	}
	leg->sent_ms = now;
	leg_move(r, leg, ON_ASK, NULL, 0, NULL);
}

void round_leave(struct round *r)
{
	for (struct round **at = &r->all->list; *at != NULL; at = &(*at)->next)
		if (*at == r) {
			*at = r->next;
			r->all->n--;
			event_del(r->timer);
			break;
		}
	round_sum_free(r->sum);
	r->sum = NULL;
}

void round_free(struct round *r)
{
	round_leave(r);
	if (r->timer != NULL)
		event_free(r->timer);
	for (size_t i = 0; r->legs != NULL && i < r->n; i++)
		free(r->legs[i].name);
	free(r->legs);
	free(r->bytes);
	free(r);
}

/* Copies v to *at and points v there. */
static void move_view(struct view *v, uint8_t **at)
{
	if (v->len > 0)
		memcpy(*at, v->at, v->len);
	v->at = *at;
	*at += v->len;
}

static struct round *round_new(struct rounds *all, const struct stored_question *q, size_t n)
{
	struct round *r = calloc(1, sizeof(*r));
	uint8_t *at;

	if (r == NULL)
		return NULL;
	r->all = all;
	r->q = *q;
	r->n = n;
	r->legs = calloc(n, sizeof(*r->legs));
	r->timer = evtimer_new(all->base, on_timer, r);
	r->bytes = malloc(q->canonical.len + q->certificate.len + q->signature.len + 1);
	if (r->legs == NULL || r->timer == NULL || r->bytes == NULL) {
		round_free(r);
		return NULL;
	}
	at = r->bytes;
	move_view(&r->q.canonical, &at);
	move_view(&r->q.certificate, &at);
	move_view(&r->q.signature, &at);
	return r;
}

static bool set_leg(struct round *r, size_t i, size_t site, const char *name, int64_t grace_ms)
{
	struct leg *leg = &r->legs[i];

	leg->site = site;
	leg->name = strdup(name);
	leg->state = LEG_AWAY;
	leg->queued = SITE_WAITING;
	leg->grace_ms = clock_mono_ms() + grace_ms;
	return leg->name != NULL;
}

void round_join(struct round *r, int64_t left_ms)
{
	r->deadline_ms = clock_mono_ms() + left_ms;
	r->next = r->all->list;
	r->all->list = r;
	r->all->n++;
	round_schedule(r);
}

void round_begin(struct round *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->legs[i].state == LEG_AWAY)
			ask_site(r, &r->legs[i]);
}

/* ---- a new question ---- */

static int check_room(const struct rounds *all, const char *account, struct error *err)
{
	size_t own = 0;

	for (const struct round *r = all->list; r != NULL; r = r->next)
		own += strcmp(r->q.account, account) == 0;
	for (const struct fresh *f = all->fresh; f != NULL; f = f->next)
		own += strcmp(f->round->q.account, account) == 0;
	if (own < MAX_ROUNDS_EACH && all->n + all->n_fresh < MAX_ROUNDS)
		return 0;
	return error_set(err, E_LIMIT,
		SAY("too many questions are running; wait for one to end or cancel it",
			"正在运行的问题过多，请等待其中一个结束或取消它"),
		"account %s: %zu questions run, %zu in all", account, own, all->n);
}

/* R1 */
int round_store(const struct fresh *f, struct error *err)
{
	const struct round *r = f->round;
	const struct stored_key key = { .key = f->key, .body = f->body };
	const char **names = calloc(r->n, sizeof(*names));
	char detail[MAX_ID + 64];
	int ret = -1;

	if (names == NULL)
		return error_memory(err);
	for (size_t i = 0; i < r->n; i++)
		names[i] = r->legs[i].name;
	snprintf(detail, sizeof(detail), "%s, %zu sites", r->q.kind, r->n);
	if (store_add(r->all->store, &r->q, names, r->n, &key, err) == 0)
		ret = store_audit(r->all->store, r->q.received_ms, "question.asked", r->q.account,
			r->q.id, detail, err);
	free(names);
	return ret;
}

void fresh_free(struct fresh *f)
{
	free(f->key);
	free(f);
}

/* Takes r; false without memory, r then ended. */
static bool add_fresh(struct rounds *all, struct round *r, const struct stored_key *key)
{
	struct fresh *f = calloc(1, sizeof(*f));

	if (f != NULL && key->key != NULL && (f->key = strdup(key->key)) == NULL) {
		free(f);
		f = NULL;
	}
	if (f == NULL) {
		round_free(r);
		return false;
	}
	f->round = r;
	f->body = key->body;
	*all->fresh_end = f;
	all->fresh_end = &f->next;
	all->n_fresh++;
	rounds_flush_soon(all);
	return true;
}

const char *rounds_storing(
	const struct rounds *all, const char *account, const char *key, struct hash32 *body)
{
	for (const struct fresh *f = all->fresh; f != NULL; f = f->next)
		if (key != NULL && f->key != NULL && strcmp(f->key, key) == 0 &&
			strcmp(f->round->q.account, account) == 0) {
			*body = f->body;
			return f->round->q.id;
		}
	return NULL;
}

int rounds_ask(struct rounds *all, struct stored_question *q, const size_t *sites, size_t n,
	const struct stored_key *key, struct error *err)
{
	const char *const *names = sessions_names(all->sessions);
	struct hash32 other;
	struct round *r;

	if (rounds_storing(all, q->account, key->key, &other) != NULL)
		return error_set(err, E_STATE,
			SAY("this question is being stored", "该问题正在保存"),
			"account %s: the key of a question that is being stored", q->account);
	if (check_room(all, q->account, err) != 0 || new_id("q-", q->id, err) != 0)
		return -1;
	q->state = ANSWER_RUNNING;
	q->ended_ms = 0;
	r = round_new(all, q, n);
	if (r == NULL)
		return error_memory(err);
	for (size_t i = 0; i < n; i++)
		if (!set_leg(r, i, sites[i], names[sites[i]], GRACE_MS)) {
			round_free(r);
			return error_memory(err);
		}
	if (!add_fresh(all, r, key))
		return error_memory(err);
	log_line(LOG_INFO, "question %s: %s of %s, study %s, %zu sites", q->id, q->kind, q->account,
		q->study, n);
	return 0;
}

/* ---- the end, wanted ---- */

void round_cancel(struct round *r)
{
	r->cancelled = true;
	for (size_t i = 0; i < r->n; i++) {
		struct leg *leg = &r->legs[i];
		struct message m = { .type = MSG_CANCEL };
		bool asked = leg->state == LEG_ASKED || leg->state == LEG_OFFERED ||
			     leg->state == LEG_SUMMING;
		struct error why;

		if (!leg_move(r, leg, ON_CANCEL, NULL, 0, NULL) || !asked)
			continue;
		memcpy(m.cancel.id, r->q.id, sizeof(m.cancel.id));
		if (sessions_send(r->all->sessions, leg->site, &m, &why) != 0)
			log_line(LOG_NOTICE, "question %s: could not cancel at %s: %s", r->q.id,
				leg->name, why.log);
	}
}

/* One that is on its way to the disk is cancelled when it is there, before any site is asked. */
static bool cancel_fresh(struct rounds *all, const char *id)
{
	for (struct fresh *f = all->fresh; f != NULL; f = f->next)
		if (strcmp(f->round->q.id, id) == 0)
			return f->cancelled = true;
	return false;
}

int rounds_cancel(struct rounds *all, const char *id, const char *who, struct error *err)
{
	struct round *r = round_find(all, id);

	if (r != NULL)
		round_cancel(r);
	else if (!cancel_fresh(all, id))
		return 0;
	log_line(LOG_INFO, "question %s: cancelled by %s", id, who);
	return rounds_flush(all, err);
}

/* ---- sites come and go ---- */

void rounds_on_line(struct rounds *all, size_t site)
{
	for (struct round *r = all->list; r != NULL; r = r->next)
		for (size_t i = 0; i < r->n; i++)
			if (r->legs[i].site == site && leg_may(&r->legs[i], ON_ASK))
				ask_site(r, &r->legs[i]);
	for (struct round *r = all->list; r != NULL; r = r->next)
		round_sum_line(r, site);
	rounds_flush_soon(all);
}

void rounds_on_lost(struct rounds *all, size_t site)
{
	for (struct round *r = all->list; r != NULL; r = r->next)
		for (size_t i = 0; i < r->n; i++)
			if (r->legs[i].site != site) {
				continue;
			} else if (r->legs[i].state == LEG_SUMMING) {
				round_sum_lost(r, &r->legs[i]);
				round_schedule(r);
			} else if (leg_move(r, &r->legs[i], ON_LOST, NULL, 0, NULL)) {
				r->legs[i].grace_ms = clock_mono_ms() + GRACE_MS;
				round_schedule(r);
			}
}

/* ---- after a restart ---- */

static int resume_one(struct rounds *all, const char *id, struct arena *a, struct error *err)
{
	struct stored_question q;
	struct stored_leg *legs;
	struct round *r;
	int64_t left;
	size_t n;
	int found = store_get(all->store, id, a, &q, err);

	if (found != 1)
		return found;
	if (store_legs(all->store, id, a, &legs, &n, err) != 0)
		return -1;
	r = round_new(all, &q, n);
	if (r == NULL)
		return error_memory(err);
	left = q.received_ms + q.deadline_ms - clock_wall_ms();
	if (left > q.deadline_ms) /* the clock was set back */
		left = q.deadline_ms;
	for (size_t i = 0; i < n; i++) {
		size_t site = sessions_find(all->sessions, legs[i].site);

		if (!set_leg(r, i, site, legs[i].site, site == NO_SITE ? 0 : BACKOFF_MAX_MS)) {
			round_free(r);
			return error_memory(err);
		}
		r->legs[i].queued = legs[i].state;
		r->legs[i].heard = r->legs[i].stored = legs[i].message.len > 0;
		r->legs[i].state = leg_of_stored(legs[i].state);
		if (left <= 0 && legs[i].state == SITE_WAITING)
			r->legs[i].state = LEG_ASKED; /* it was, so that it ends as timed out */
	}
	round_join(r, left < 0 ? 0 : left);
	round_begin(r);
	return 0;
}

int rounds_resume(struct rounds *all, struct error *err)
{
	const char **ids;
	struct arena names, a;
	size_t n, i = 0;
	int ret;

	arena_init(&names, RUNNING_ARENA);
	arena_init(&a, MAX_FRAME_ARENA);
	ret = store_running(all->store, &names, &ids, &n, err);
	for (; ret == 0 && i < n; i++) {
		ret = resume_one(all, ids[i], &a, err);
		arena_reset(&a);
	}
	if (ret == 0 && n > 0)
		log_line(LOG_NOTICE, "%zu questions were running and go on", n);
	rounds_flush_soon(all);
	arena_clear(&a);
	arena_clear(&names);
	return ret;
}

/* ---- the module ---- */

int rounds_new(struct rounds **out, struct event_base *base, struct sessions *sessions,
	struct store *store, const struct rounds_calls *calls, void *arg, struct error *err)
{
	struct rounds *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return error_memory(err);
	*all = (struct rounds){
		.base = base, .sessions = sessions, .store = store, .calls = calls, .arg = arg
	};
	all->fresh_end = &all->fresh;
	all->groups_end = &all->groups;
	all->flush = event_new(base, -1, 0, rounds_on_flush, all);
	all->late = evtimer_new(base, rounds_on_flush, all);
	if (all->flush == NULL || all->late == NULL ||
		event_priority_set(all->flush, event_base_get_npriorities(base) - 1) != 0) {
		rounds_free(all);
		return error_memory(err);
	}
	if (work_new(&all->disk, base, err) != 0 || store_counts(store, all->ended, err) != 0) {
		rounds_free(all);
		return -1;
	}
	*out = all;
	return 0;
}

void rounds_sums(struct rounds *all, const struct rounds_sums *sums)
{
	all->name = sums->gateway;
	all->members = sums->members;
	all->sum_key = sums->key;
	all->paillier = sums->paillier;
}

void rounds_free(struct rounds *all)
{
	if (all == NULL)
		return;
	work_free(all->disk);
	rounds_forget_queue(all);
	rounds_forget_groups(all);
	for (struct fresh *f = all->fresh, *next; f != NULL; f = next) {
		next = f->next;
		round_free(f->round);
		fresh_free(f);
	}
	while (all->list != NULL)
		round_free(all->list);
	beside_clear(all);
	if (all->flush != NULL)
		event_free(all->flush);
	if (all->late != NULL)
		event_free(all->late);
	free(all->queue);
	free(all);
}
