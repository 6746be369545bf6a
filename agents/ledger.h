/*
 * ledger.h - how much privacy each account of this site has spent, durably.
 *
 * An account is a name such as "study:DM-2026-01". A release first holds its cost on every account it
 * is charged to, and is settled later as released or failed. Records are only ever appended; each
 * carries the hash of the one before it.
 *
 * L1  within a period, held + spent <= cap on every account at every moment another process could look.
 * L2  a hold is on disk when the transaction it was written in is committed, hence before the database
 *     is asked.
 * L3  every hold counts as spent, settled or not: after a crash we err against the researcher, and
 *     nothing is ever paid back.
 * L4  an id is held at most once and settled at most once.
 * L5  a ledger whose chain is broken holds nothing.
 *
 * Unit: 1e-12 of rho and of epsilon. Every record has its cost in both, so that an account can be
 * summed in either; a cost that has no bound in epsilon (Gaussian noise) is stored as INT64_MAX and
 * exhausts every account that is counted in epsilon. One thread at a time.
 */
#ifndef AGENTS_LEDGER_H
#define AGENTS_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/db.h"
#include "base/text.h"
#include "policies/decide/plan.h"

struct ledger;

/* What one release costs, and on whom. Everything is borrowed until return. */
struct ledger_cost {
	const char *id; /* of the question */
	const struct hash32 *question;
	const struct charge *charges;
	unsigned n_charges;
	uint64_t prho, peps;
	int64_t at_ms; /* wall clock */
	int32_t day;   /* the site's local day; what periods are compared with */
};

/* The last record: what a gateway remembers of this ledger. Zeros when empty. */
struct ledger_head {
	uint64_t seq;
	struct hash32 hash;
};

extern const char ledger_schema[];

/* Gives *out (ledger_free). Borrows db, made with ledger_schema, for the ledger's life. */
CHECKED int ledger_new(struct ledger **out, struct db *db, struct error *err);
void ledger_free(struct ledger *l);

/* Walks the whole chain. Fails: E_CRYPTO naming the first record that does not follow from the one
 * before it, and from then on L5; E_SYSTEM. */
CHECKED int ledger_verify(struct ledger *l, struct error *err);

/* Checks every charge against its account and appends one record per account. Call it inside a
 * transaction of db: it is on disk after the commit, and leaves nothing behind after a rollback.
 * Fails, appending nothing: E_BUDGET past a cap or a number of questions, with *failed (NULL allowed)
 * the index of the charge; E_DENIED without any charge; E_STATE when the id was held before (L4) or
 * the chain is broken (L5); E_SYSTEM. */
CHECKED int ledger_hold(
	struct ledger *l, const struct ledger_cost *cost, unsigned *failed, struct error *err);

/* Whether every charge would fit now; holds nothing. Fails as ledger_hold() does: E_BUDGET, E_SYSTEM. */
CHECKED int ledger_fits(struct ledger *l, const struct charge *charges, unsigned n, unsigned *failed,
	struct error *err);

/* Appends how a held question ended. Same transaction rule. Fails: E_STATE when the id is not held
 * or was settled before; E_SYSTEM. */
CHECKED int ledger_settle(struct ledger *l, const char *id, bool released, int64_t at_ms,
	int32_t day, struct error *err);

/* What was spent on an account within a period, in one unit (UINT64_MAX: no bound), and by how many
 * questions. Either result may be NULL. */
CHECKED int ledger_spent(struct ledger *l, const char *account, bool in_epsilon, int32_t from,
	int32_t to, uint64_t *spent, uint64_t *questions, struct error *err);

/* What of that belongs to questions that were held and not settled. */
CHECKED int ledger_waiting(struct ledger *l, const char *account, bool in_epsilon, int32_t from,
	int32_t to, uint64_t *held, struct error *err);

/* 1 when the id was held, 0 when not, -1. */
CHECKED int ledger_held(struct ledger *l, const char *id, struct error *err);

/* The first id that is held and not settled: what a crash left behind. 1 with id and question filled,
 * 0 when there is none, -1. */
CHECKED int ledger_unsettled(
	struct ledger *l, char id[MAX_ID + 1], struct hash32 *question, struct error *err);

CHECKED int ledger_head(struct ledger *l, struct ledger_head *out, struct error *err);
/* The hash of record seq: 1 found, 0 not, -1. */
CHECKED int ledger_at(struct ledger *l, uint64_t seq, struct hash32 *hash, struct error *err);

/* Adds members to the object of one account: ",\"key\":...". */
typedef int ledger_more(const char *account, struct text *out, void *arg, struct error *err);
/* Every account with what was spent on it in all, as JSON objects between commas; *none when there is no account.
 * Fails also: as `add` does. */
CHECKED int ledger_json(struct ledger *l, ledger_more *add, void *arg, bool *none,
	struct text *out, struct error *err);

#endif
