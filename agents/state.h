/*
 * state.h - what this site remembers: the file ledger.db with its ledger, audit, releases, the
 * questions it decided and the policy versions it ran.
 *
 * M1  what belongs together is written together: a transaction takes the waiting audit notes along.
 * M2  on opening, both chains are verified. When one is broken, the state can still be read, and
 *     state_broken() says why; nothing may be answered then.
 * M3  a policy version that ran is never followed by a lower one, nor by the same with another hash.
 */
#ifndef AGENTS_STATE_H
#define AGENTS_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "agents/audit.h"
#include "agents/ledger.h"
#include "agents/releases.h"
#include "base/db.h"

struct state {
	struct db *db;
	struct ledger *ledger;
	struct audit *audit;
	int lock;         /* keeps other agents out of the folder */
	char broken[400]; /* "" when both chains hold */
};

/* Opens or makes <folder>/ledger.db; the folder is made with 0700. Ends with
 * state_close(). Fails: E_SYSTEM, E_LIMIT, E_STATE when another agent uses the folder; a broken chain is
 * no failure (M2). */
CHECKED int state_open(struct state *st, const char *folder, struct error *err);
void state_close(struct state *st);
static inline bool state_broken(const struct state *st)
{
	return st->broken[0] != '\0';
}

CHECKED int state_begin(struct state *st, struct error *err);
/* Writes the waiting notes and commits (M1). On failure all is rolled back and the notes still wait. */
CHECKED int state_commit(struct state *st, struct error *err);
void state_rollback(struct state *st);
/* A transaction of waiting notes alone; none when nothing waits. */
CHECKED int state_flush(struct state *st, struct error *err);

/* The last policy that ran, version 0 when none did. */
CHECKED int state_policy(
	struct state *st, int64_t *version, struct hash32 *hash, struct error *err);
/* Remembers that this one runs now; M3 is the caller's check. Inside a transaction. */
CHECKED int state_policy_runs(
	struct state *st, int64_t version, const struct hash32 *hash, struct error *err);

#endif
