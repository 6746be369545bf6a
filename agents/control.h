/*
 * control.h - the agent's unix socket for the site's own people: one line asks, one JSON document answers.
 *
 *   status        what is in force, connected, refused, closed and waiting (status.h)
 *   audit [n]     the last n records of the audit (100)
 *   budget        what was spent and is left, by account (balance.h)
 *   running       the policy in force: its files, their hashes, who signed
 *   stop who why  closes everything at once; `who` has no spaces, `why` is the rest of the line
 *   questions D [AFTER]   what was decided in the last D days, in pages (questions.h)
 *   decision ID   one of them
 *
 * O1  who may connect is who may open the socket: mode 0600, in a folder of mode 0700.
 * O2  a client that says nothing, too much or something else is answered with one sentence and closed.
 * O3  nothing can be opened through it, nor a number of a patient read. The one thing it changes is that it can close:
 *     `stop` (watch.h P5) takes whoever may connect at their word, since a false stop costs answers and no privacy; who
 *     and why are in the audit.
 */
#ifndef AGENTS_CONTROL_H
#define AGENTS_CONTROL_H

#include <event2/event.h>

#include "agents/config.h"
#include "agents/release.h"
#include "agents/session.h"
#include "agents/state.h"
#include "agents/watch.h"

struct control;

/* Borrowed for the control's life. */
struct control_parts {
	struct event_base *base;
	const struct agent_config *config;
	struct state *state;
	struct pipeline *pipeline;
	struct session *session;
	struct watch *watch;
};

/* Gives *out (control_free) listening on <state>/agent.sock. A socket file left behind is replaced.
 * Fails: E_LIMIT for a path longer than the system takes; E_SYSTEM. */
CHECKED int control_new(struct control **out, const struct control_parts *parts, struct error *err);
void control_free(struct control *c); /* removes the socket; accepts NULL */

#endif
