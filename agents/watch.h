/*
 * watch.h - the officer's folder and the list of approvers, read again when they change; the last good policy stays in
 * force; and the stop that closes everything.
 *
 * P1  a policy comes into force whole or not at all: without an error, completely approved (policies/approval/approval.h), for
 *     this site, and of a version that follows those that ran (state.h M3). Nothing switches the check off.
 * P2  a question keeps the policy it was decided by until its end, whatever is loaded meanwhile.
 * P3  a change is taken up once the folder was the same for one tick, so that a copy in progress is not
 *     read halfway.
 * P4  the approval of the policy in force is checked again whenever approvers.yaml changes; while it does not hold,
 *     or approvers.yaml cannot be used, everything is refused.
 * P5  opening needs two people, closing needs one: a stop holds at once, before it is written, and across restarts; a
 *     higher version that was signed after it opens again, and nothing else.
 */
#ifndef AGENTS_WATCH_H
#define AGENTS_WATCH_H

#include <event2/event.h>

#include "agents/facts.h"
#include "agents/standing.h"
#include "agents/state.h"
#include "base/arena.h"
#include "policies/policy.h"
#include "policies/read.h"

struct approval;

/* One policy in force, and what the site's database says to it. Counted: it ends with its last user. */
struct policy_ref {
	struct arena arena;
	struct policy *policy;
	struct policy_folder folder; /* the bytes it was read from */
	struct approval *approval;
	struct facts facts;
	int64_t loaded_ms; /* wall clock */
	unsigned users;
};
struct policy_ref *policy_take(struct policy_ref *r); /* one user more; accepts NULL */
void policy_drop(struct policy_ref *r);               /* one less; accepts NULL */

/* Whether the site answers at all. */
enum gate {
	GATE_OPEN,
	GATE_APPROVAL, /* the approval of the policy in force does not hold any more */
	GATE_STOPPED
};

struct watch;

/* Borrowed for the watch's life. on_policy gets each policy that comes into force, borrowed: take it.
 * on_gate tells a change of the gate and says how many statements it cut off. */
struct watch_parts {
	struct event_base *base;
	const char *folder, *site, *approvers;
	struct state *state;
	void (*on_policy)(struct policy_ref *r, void *arg);
	unsigned (*on_gate)(enum gate gate, void *arg);
	void *arg;
};

/* Gives *out (watch_free). Everything is read for the first time by watch_now(). */
CHECKED int watch_new(struct watch **out, const struct watch_parts *parts, struct error *err);
void watch_free(struct watch *w); /* accepts NULL */

/* Reads approvers and folder at once; the first time, takes up what ran last where the folder does not do. */
void watch_now(struct watch *w);
/* How many errors the folder had when it was last read; 0: what is there is in force. */
unsigned watch_errors(const struct watch *w);

enum gate watch_gate(const struct watch *w);
/* The stop in force, or NULL. */
const struct standing_stop *watch_stopped(const struct watch *w);
/* The policy in force, borrowed; NULL: none. */
const struct policy_ref *watch_policy(const struct watch *w);

/* Closes everything (P5). who: 1 to MAX_NAME bytes, why: 1 to MAX_SAY. *cut is how many statements were cut off.
 * A second stop changes nothing. Fails: E_INPUT, and nothing is stopped; E_SYSTEM when it could not be recorded: it
 * holds now, but not after a restart. */
CHECKED int watch_stop(
	struct watch *w, const char *who, const char *why, unsigned *cut, struct error *err);

#endif
