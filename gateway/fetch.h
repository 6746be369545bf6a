/*
 * fetch.h - one request to the sign-in provider, on the gateway's loop.
 *
 * F1  https with TLS 1.2 or later, the host's name checked, against the given certificates or the system's; plain http to
 *     this machine itself only (web_url.h).
 * F2  no redirect is followed; a reply has at most MAX_PROVIDER_BYTES, and FETCH_MS from asking to its end.
 * F3  `done` is called once, from the loop, never from within fetch_start(); not after fetch_cancel().
 */
#ifndef GATEWAY_FETCH_H
#define GATEWAY_FETCH_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "gateway/web_url.h"

enum {
	FETCH_MS = 10000
};

struct fetcher; /* certificates and names, for many requests */
struct fetch;

/* ca: PEM file, or NULL for the system's. Gives *out (fetcher_free, after its fetches ended or were cancelled). */
CHECKED int fetcher_new(
	struct fetcher **out, struct event_base *base, const char *ca, struct error *err);
void fetcher_free(struct fetcher *f); /* accepts NULL */

/* status 0: nothing whole came. max_age_s is the reply's Cache-Control, -1 without. */
struct fetched {
	int status;
	const char *body; /* zero ended; NULL unless status */
	size_t len;
	int64_t max_age_s;
};
typedef void fetch_done(const struct fetched *got, void *arg);

struct fetch_want {
	const struct web_url *url;
	const char *form;          /* NULL: GET; else POST of application/x-www-form-urlencoded */
	const char *authorization; /* a header's value, or NULL */
};
CHECKED int fetch_start(struct fetch **out, struct fetcher *f, const struct fetch_want *want,
	fetch_done *done, void *arg, struct error *err);
void fetch_cancel(struct fetch *at);

#endif
