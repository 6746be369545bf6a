/*
 * sign_in.h - signing in with a browser: at the provider, or with a token; and the visit that follows.
 *
 * V1  a visit is 32 random bytes in a __Host- cookie, kept as SHA-256, so that a restart keeps people signed in and the
 *     store lets nobody in. Every sign-in makes a new one and ends the one that the browser had.
 * V2  it ends without a request for the idle time, at the latest after session_ms, with its token, when its account is
 *     neither listed nor a guest any more, and at the sign-out.
 * V3  a trip to the provider belongs to one browser, is used once and leads to a page of this gateway only (flow.h).
 * V4  who signed in, who was refused and who left is in the audit record; no secret is.
 */
#ifndef GATEWAY_SIGN_IN_H
#define GATEWAY_SIGN_IN_H

#include <event2/event.h>

#include "base/secret.h"
#include "gateway/config.h"
#include "gateway/flow.h"
#include "gateway/guess.h"
#include "gateway/oidc.h"
#include "gateway/store/people.h"
#include "gateway/web_url.h"

enum {
	FLOWS_USED = 4096,
	VISIT_TEXT = 65,      /* hex */
	GUEST_TOKEN_DAYS = 30 /* an API token of a guest lives that long after a sign-in */
};
#define VISIT_COOKIE     "__Host-cordon"
#define FLOW_COOKIE_NAME "__Host-cordon-flow"

struct request;
struct parked;

struct sign_in {
	struct oidc *oidc; /* NULL: no provider */
	int64_t idle_ms, session_ms;
	char origin[MAX_URL_HOST + 32]; /* of the redirect, "" without a provider */
	struct key32 key; /* of this process, for cookies of trips and marks of addresses */
	struct guesses guesses;
	int64_t told_minute; /* refusals of nobody in particular in the record, this minute */
	unsigned told;
	struct hash32 used[FLOWS_USED]; /* the last trips that came back */
	size_t n_used;
	struct parked *parked;
};

/* Gives *out (sign_in_free). Borrows config until then. */
CHECKED int sign_in_new(struct sign_in **out, struct event_base *base,
	const struct gateway_config *config, struct error *err);
/* Ends the calls that wait for the provider. Accepts NULL. */
void sign_in_free(struct sign_in *s);

/* A call that waits for the provider, with a copy of its request. `done` is called once unless the client left; it must
 * end or hand on h->rq.call, and h is freed after it. */
typedef void parked_done(
	struct parked *h, enum oidc_answer a, const json_t *claims, const char *why);
/* Holds the call; begin() with h as its argument then calls parked_answer(). NULL after the call was ended: no memory. */
struct parked *parked_new(struct request *rq, parked_done *done);
void parked_answer(enum oidc_answer a, const json_t *claims, const char *why, void *parked);
/* Puts the wait in and the call on hold; or ends the call. */
void parked_begun(struct parked *h, int ret, struct oidc_wait *wait, const struct error *err);

/* Writes "person.<what>" with who and how into the audit record; a failing disk goes to the log. */
void sign_in_tell(
	struct request *rq, const char *what, const char *who, enum via via, const char *why);
/* Did the browser send this from a page of ours? Requests without these headers are not a browser's. */
bool from_here(const struct request *rq);
/* Makes the browser forget it. */
void forget_cookie(struct request *rq, const char *name);
/* What a CSRF header must hold for this visit. */
struct hash32 csrf_of(const char *visit);

#endif
