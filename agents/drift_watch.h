/*
 * drift_watch.h - whether the site's database is still what its policy takes it for (catalog/drift.h), asked at
 * the start, before the first statement of a new connection, when a policy comes into force, and hourly.
 *
 * B1  without a comparison of this policy over this connection no question is decided.
 * B2  what drifted is refused by the rule drift:TABLE, drift:DATASET or drift:role until a later comparison
 *     finds it mended; while something is refused it is looked at again every 15 seconds.
 * B3  an older comparison of the same policy and connection holds while the next one is asked for, two hours
 *     at most.
 */
#ifndef AGENTS_DRIFT_WATCH_H
#define AGENTS_DRIFT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "agents/source.h"
#include "base/arena.h"
#include "base/text.h"
#include "catalog/drift.h"
#include "policies/decide/plan.h"

struct pipeline;
struct policy_ref;

struct drift_watch {
	struct arena arena;       /* of the result */
	struct drift drift;
	struct policy_ref *of;    /* counted: what it is about; NULL: there is none yet */
	unsigned session;         /* and over which connection */
	int64_t checked_ms;       /* wall clock */
	int64_t due_ms;           /* monotonic: when to ask again */
	int64_t ends_ms;          /* and until when the result holds */
	struct arena asking;      /* of the statement under way */
	struct sql sql;
	struct policy_ref *asked; /* counted; NULL: nothing is under way */
	unsigned asked_session;
	bool failed;              /* the last attempt */
};

void drift_watch_init(struct drift_watch *w);
void drift_watch_clear(struct drift_watch *w);

/* Asks when it is time and the source is free. Every tick, and whenever the source changes. */
void drift_watch_load(struct pipeline *p);
/* Whether there is a comparison that holds (B1). */
bool drift_watch_ready(const struct pipeline *p);
/* The rule that refuses this plan now, in the arena of the question; NULL: none. Only when ready. */
const char *drift_watch_rule(const struct pipeline *p, const struct plan *plan, struct arena *a);
/* What is told outside of any drift; names nothing. */
struct say drift_watch_say(void);

/* "drift":{..} for the control socket. */
void drift_watch_json(const struct pipeline *p, struct text *t);
/* "drift:role" when everything is refused, "drift:unknown" without a comparison, else NULL. */
const char *drift_watch_refusing(const struct pipeline *p);

#endif
