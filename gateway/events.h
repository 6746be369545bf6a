/*
 * events.h - people who watch an answer grow: server-sent events.
 *
 * E1  an event is the whole answer as it is now. Changes that come faster than a client reads, or
 *     than EVENT_GAP_MS, are seen together as one; the last state is always sent.
 * E2  a client that takes nothing for STUCK_MS is cut off.
 * E3  nothing is sent to somebody whose pass is over: it is looked at before everything that is sent.
 * E4  all who watch one question are told in the same words: they are made once for EVENT_GAP_MS, not once for each.
 */
#ifndef GATEWAY_EVENTS_H
#define GATEWAY_EVENTS_H

#include <event2/event.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "gateway/http.h"
#include "gateway/pass.h"

enum {
	EVENT_GAP_MS = 50,
	KEEP_ALIVE_MS = 15000, /* a comment, so that proxies keep the line */
	STUCK_MS = 30000,
	MAX_WATCHERS = 1024,
	MAX_WATCHERS_EACH = 32, /* of one account */
};

struct events;

/* Appends the answer of question `id` as one line of JSON, and says whether it is the last. */
typedef int events_write(
	const char *id, struct text *out, bool *last, void *arg, struct error *err);

/* Does it still let its owner in? */
typedef bool events_may(const struct pass *pass, void *arg);

/* arg is given to both. */
CHECKED int events_new(struct events **out, struct event_base *base, events_write *write,
	events_may *may, void *arg, struct error *err);
/* Ends all streams. */
void events_free(struct events *all); /* accepts NULL */

/* Takes the call and streams question `id` to it, from now until the last event or the end of the pass (copied). Fails,
 * leaving the call: E_LIMIT too many. */
CHECKED int events_watch(
	struct events *all, struct call *c, const char *id, const struct pass *pass,
	struct error *err);
/* The answer changed. */
void events_changed(struct events *all, const char *id, bool last);
/* A pass of the account may have ended: its streams are looked at now. */
void events_left(struct events *all, const char *account);

#endif
