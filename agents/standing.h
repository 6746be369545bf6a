/*
 * standing.h - what stands at this site across restarts, in ledger.db: the folder of the approved policy in force,
 * and whether somebody stopped everything.
 *
 * D1  the folder is kept byte for byte, approval.yaml too, in the transaction that puts its policy in force; who takes
 *     it out checks its approval again, as if it came from anywhere.
 * D2  a stop stays until standing_go_on(), in the transaction of a newly approved version.
 */
#ifndef AGENTS_STANDING_H
#define AGENTS_STANDING_H

#include "base/db.h"
#include "base/limits.h"
#include "policies/read.h"

struct standing_stop {
	bool stopped;
	int64_t at_ms;   /* wall clock */
	int64_t version; /* the highest that had run: only a higher one opens */
	char who[MAX_NAME + 1], why[MAX_SAY + 1];
};

/* Makes the tables where an older state does not have them. Fails: E_SYSTEM. */
CHECKED int standing_open(struct db *db, struct error *err);

/* Inside a transaction: this folder in place of the one before. Fails: E_SYSTEM. */
CHECKED int standing_keep(struct db *db, const struct policy_folder *folder, struct error *err);
/* Gives the folder kept, n 0 when there is none: the list in arena, the bytes on the heap (policy_folder_clear).
 * Fails: E_SYSTEM, E_LIMIT. */
CHECKED int standing_kept(
	struct db *db, struct arena *arena, struct policy_folder *out, struct error *err);

/* A second stop leaves the first as it was. Fails: E_SYSTEM. */
CHECKED int standing_halt(struct db *db, const struct standing_stop *stop, struct error *err);
CHECKED int standing_halted(struct db *db, struct standing_stop *out, struct error *err);
CHECKED int standing_go_on(struct db *db, struct error *err);

#endif
