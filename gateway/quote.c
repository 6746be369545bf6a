/*
 * quote.c - ask those on the line, wait for them or the clock, and tell once.
 */
#include "gateway/quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

struct quote {
	struct quotes *all;
	struct quote *next;
	char id[MAX_ID + 1];
	char requester[MAX_NAME + 1];
	struct quote_leg *legs;
	size_t n;
	struct event *timer;
	quote_done *done;
	void *arg;
};

struct quotes {
	struct event_base *base;
	struct sessions *sessions;
	struct quote *list;
	size_t n;
	uint64_t count;
};

int quotes_new(
	struct quotes **out, struct event_base *base, struct sessions *sessions, struct error *err)
{
	struct quotes *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return error_memory(err);
	all->base = base;
	all->sessions = sessions;
	*out = all;
	return 0;
}

static void quote_free(struct quote *q)
{
	if (q->timer != NULL)
		event_free(q->timer);
	for (size_t i = 0; q->legs != NULL && i < q->n; i++)
		free(q->legs[i].quoted);
	free(q->legs);
	free(q);
}

static void unlist(struct quote *q)
{
	struct quote **at = &q->all->list;

	while (*at != q)
		at = &(*at)->next;
	*at = q->next;
	q->all->n--;
}

void quote_drop(struct quote *q)
{
	unlist(q);
	quote_free(q);
}

static void finish(struct quote *q)
{
	unlist(q); /* first: done may open another */
	q->done(q->legs, q->n, q->arg);
	quote_free(q);
}

static void give_up(struct quote *q)
{
	for (size_t i = 0; i < q->n; i++)
		if (q->legs[i].state == SITE_WAITING)
			q->legs[i].state = SITE_TIMED_OUT;
	finish(q);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	give_up(arg);
}

void quotes_free(struct quotes *all)
{
	if (all == NULL)
		return;
	while (all->list != NULL)
		give_up(all->list);
	free(all);
}

static bool awaits(const struct quote *q)
{
	for (size_t i = 0; i < q->n; i++)
		if (q->legs[i].state == SITE_WAITING)
			return true;
	return false;
}

/* Winds the timer; to now when nobody is awaited, so that done is always called from the loop. */
static void wind(struct quote *q)
{
	const struct timeval tv = { awaits(q) ? QUOTE_MS / 1000 : 0, 0 };

	event_add(q->timer, &tv);
}

static void ask(struct quote *q, struct quote_leg *leg, const struct message *m)
{
	struct error err;

	leg->state = SITE_OFFLINE;
	if (!sessions_status(q->all->sessions, leg->site)->online)
		return;
	if (sessions_send(q->all->sessions, leg->site, m, &err) == 0)
		leg->state = SITE_WAITING;
	else
		log_line(LOG_NOTICE, "could not ask %s for a price: %s", leg->name, err.log);
}

static size_t open_of(const struct quotes *all, const char *requester)
{
	size_t n = 0;

	for (const struct quote *q = all->list; q != NULL; q = q->next)
		n += strcmp(q->requester, requester) == 0;
	return n;
}

int quotes_ask(struct quotes *all, struct msg_quote *m, const size_t *sites, size_t n,
	quote_done *done, void *arg, struct quote **out, struct error *err)
{
	struct message whole = { .type = MSG_QUOTE };
	struct quote *q;

	if (all->n >= MAX_QUOTES || open_of(all, m->requester) >= MAX_QUOTES_PERSON)
		return error_set(err, E_LIMIT,
			SAY("too many prices are being asked for; try again in a moment",
				"同时询价过多，请稍后再试"),
			"%zu quotes are open", all->n);
	q = calloc(1, sizeof(*q));
	if (q == NULL)
		return error_memory(err);
	*q = (struct quote){ .all = all, .n = n, .done = done, .arg = arg };
	q->legs = calloc(n == 0 ? 1 : n, sizeof(*q->legs));
	q->timer = evtimer_new(all->base, on_timer, q);
	if (q->legs == NULL || q->timer == NULL) {
		quote_free(q);
		return error_memory(err);
	}
	snprintf(q->id, sizeof(q->id), "p-%llu", (unsigned long long)++all->count);
	memcpy(m->id, q->id, sizeof(m->id));
	memcpy(q->requester, m->requester, sizeof(q->requester));
	whole.quote = *m;
	q->next = all->list;
	all->list = q;
	all->n++;
	for (size_t i = 0; i < n; i++) {
		q->legs[i].site = sites[i];
		q->legs[i].name = sessions_names(all->sessions)[sites[i]];
		ask(q, &q->legs[i], &whole);
	}
	wind(q);
	*out = q;
	return 0;
}

static struct quote_leg *leg_of(struct quote *q, size_t site)
{
	for (size_t i = 0; i < q->n; i++)
		if (q->legs[i].site == site && q->legs[i].state == SITE_WAITING)
			return &q->legs[i];
	return NULL;
}

void quotes_on_quoted(struct quotes *all, size_t site, const struct msg_quoted *m)
{
	struct quote *q = all->list;
	struct quote_leg *leg;

	while (q != NULL && strcmp(q->id, m->id) != 0)
		q = q->next;
	leg = q == NULL ? NULL : leg_of(q, site);
	if (leg == NULL)
		return; /* too late, twice, or never asked */
	leg->quoted = malloc(sizeof(*leg->quoted));
	leg->state = leg->quoted == NULL ? SITE_FAILED : SITE_ANSWERED;
	if (leg->quoted != NULL)
		*leg->quoted = *m;
	if (!awaits(q))
		wind(q);
}

void quotes_on_lost(struct quotes *all, size_t site)
{
	for (struct quote *q = all->list; q != NULL; q = q->next) {
		struct quote_leg *leg = leg_of(q, site);

		if (leg == NULL)
			continue;
		leg->state = SITE_OFFLINE;
		if (!awaits(q))
			wind(q);
	}
}
