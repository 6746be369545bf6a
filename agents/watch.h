/*
 * watch.h - the officer's folder, read again when it changes; the last good policy stays in force.
 *
 * P1  a policy comes into force whole or not at all: without an error, for this site, and of a version that
 *     follows those that ran (state.h M3).
 * P2  a question keeps the policy it was decided by until its end, whatever is loaded meanwhile.
 * P3  a change is taken up once the folder was the same for one tick, so that a copy in progress is not
 *     read halfway.
 */
#ifndef AGENTS_WATCH_H
#define AGENTS_WATCH_H

#include <event2/event.h>

#include "agents/facts.h"
#include "agents/state.h"
#include "base/arena.h"
#include "policies/policy.h"

/* One policy in force, and what the site's database says to it. Counted: it ends with its last user. */
struct policy_ref {
	struct arena arena;
	struct policy *policy;
	struct facts facts;
	int64_t loaded_ms; /* wall clock */
	unsigned users;
};
struct policy_ref *policy_take(struct policy_ref *r); /* one user more; accepts NULL */
void policy_drop(struct policy_ref *r);               /* one less; accepts NULL */

struct watch;

/* Gives *out (watch_free). Borrows everything for its life. on_policy gets each policy that comes into
 * force, borrowed: take it. The folder is read for the first time by watch_now(). */
CHECKED int watch_new(struct watch **out, struct event_base *base, const char *folder,
	const char *site, struct state *state, void (*on_policy)(struct policy_ref *r, void *arg),
	void *arg, struct error *err);
void watch_free(struct watch *w); /* accepts NULL */

/* Reads the folder at once. */
void watch_now(struct watch *w);
/* How many errors the folder had when it was last read; 0: what is there is in force. */
unsigned watch_errors(const struct watch *w);

#endif
