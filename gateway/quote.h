/*
 * quote.h - what would it cost, and what is left: one look around the sites that spends nothing and
 * is kept nowhere.
 */
#ifndef GATEWAY_QUOTE_H
#define GATEWAY_QUOTE_H

#include <event2/event.h>
#include <stddef.h>

#include "base/error.h"
#include "gateway/sessions.h"
#include "query/answer.h"
#include "wire/message.h"

enum {
	QUOTE_MS = 5000, /* for all sites to say; one that does not is named as timed out */
	MAX_QUOTES = 64, /* at once */
	MAX_QUOTES_PERSON = 8, /* at once, of one account: nobody can keep prices from the others */
};

struct quotes;
struct quote;

struct quote_leg {
	size_t site;
	const char *name;
	enum site_state state;     /* answered, offline, timed-out */
	struct msg_quoted *quoted; /* when answered */
};

/* Called once, from the loop, with what was said; the quote ends when it returns. */
typedef void quote_done(const struct quote_leg *legs, size_t n, void *arg);

CHECKED int quotes_new(
	struct quotes **out, struct event_base *base, struct sessions *sessions, struct error *err);
void quotes_free(struct quotes *all); /* accepts NULL; what is open is told as it stands */

/* Asks these sites; m's id is set here, the rest is copied to the wire. *out is for quote_drop()
 * only. Fails: E_LIMIT too many, of all or of m's requester. */
CHECKED int quotes_ask(struct quotes *all, struct msg_quote *m, const size_t *sites, size_t n,
	quote_done *done, void *arg, struct quote **out, struct error *err);
/* Nobody waits for it any more: done is not called. */
void quote_drop(struct quote *q);

/* From sessions. */
void quotes_on_quoted(struct quotes *all, size_t site, const struct msg_quoted *m);
void quotes_on_lost(struct quotes *all, size_t site);

#endif
