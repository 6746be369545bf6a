/*
 * session.h - the agent's line to its gateway: dials out, says hello, listens, and dials again.
 *
 * N1  the line is pinned to the federation root, on both sides (wire/tls.h).
 * N2  every dial reads certificate, key and revocation list again, so that they can be changed under a
 *     running agent; releases are signed with the key of the line they leave by.
 * N3  between lines nothing is lost: what was not acknowledged goes out after the next welcome.
 */
#ifndef AGENTS_SESSION_H
#define AGENTS_SESSION_H

#include <event2/event.h>
#include <stdbool.h>

#include "agents/config.h"
#include "agents/release.h"
#include "agents/state.h"

struct session;

/* Gives *out (session_free). Borrows everything for its life. Dials with session_start(). */
CHECKED int session_new(struct session **out, struct event_base *base,
	const struct agent_config *config, struct state *state, struct error *err);
void session_free(struct session *s); /* accepts NULL */

void session_start(struct session *s, struct pipeline *pipeline);
/* -1: no line, or the gateway does not take it. */
CHECKED int session_send(struct session *s, const struct message *m);
/* Says hello again, and what is offered: the policy changed. Of the ledger and of a new day the session tells by itself. */
void session_policy(struct session *s);
/* Says bye and ends the line; then done(arg), once, also when there was none. Dials no more. */
void session_stop(struct session *s, void (*done)(void *arg), void *arg);

bool session_welcomed(const struct session *s);
int64_t session_since_ms(const struct session *s);    /* wall clock of the welcome, 0: none */
const char *session_gateway(const struct session *s); /* its name, "" before the welcome */

#endif
