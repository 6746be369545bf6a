/*
 * members.h - this site's list of members for secure sums, from files that its operator put there, and what the ledger
 * remembers of them.
 *
 * V1  a list counts only with its officers' signatures, of this federation, valid now; its epoch never goes back, which
 *     is on disk before the list is used (secagg/members_file.h, F1 to F4).
 * V2  it is read again for every sum: a new list needs no restart, and a bad one makes sums impossible, nothing else.
 */
#ifndef AGENTS_MEMBERS_H
#define AGENTS_MEMBERS_H

#include <stdbool.h>

#include "agents/state.h"
#include "base/arena.h"
#include "secagg/members_file.h"
#include "secagg/round_site.h"

/* Settings of secure sums; all borrowed. members NULL: this site takes part in none. */
struct sum_settings {
	const char *members, *officers; /* files */
	const char *key_file;
	const char *secret_file;      /* what the hospitals share (secagg/site_secret.h), or NULL */
	EVP_PKEY *key;                /* this site's, of the list; read from it */
	const char *root;             /* file: the federation's root certificate */
	const struct sum_id *anchors; /* sites that it would phone */
	uint64_t n_anchors, least;    /* so many of them must be in every sum */
	/* threshold Paillier (agents/paillier.h) */
	const char *paillier;         /* file: the federation's key; NULL: no sums by TP-1 */
	const char *share, *seal_file; /* files, of a holder: its sealed share, and what opens it; NULL: no holder */
	EVP_PKEY *seal;               /* read from it */
	bool minutes;                 /* on the line for minutes only: sums by TP-1 and no others */
	unsigned bits;                /* of the key; 0: TP_BITS. Others in tests alone */
};

/* Makes the table when it is not there. */
CHECKED int members_open(struct db *db, struct error *err);
/* Gives *out, in the arena, with `site` in it under its key. Fails: E_DENIED with why in the log; E_SYSTEM. */
CHECKED int members_now(struct state *st, const struct sum_settings *s, const char *site,
	struct arena *arena, const struct membership **out, struct error *err);

/* What was taken up, a row an epoch: how its table is read and written. */
struct seen_table {
	const char *last, *add;
};
/* The newest that was taken up (epoch 0: none), and that one more was: on disk when it returns 0. */
CHECKED int members_seen(
	struct state *st, const struct seen_table *t, struct members_seen *seen, struct error *err);
CHECKED int members_saw(struct state *st, const struct seen_table *t,
	const struct members_seen *now, struct error *err);
/* The first thing that is wrong with the files, for the log. */
const char *members_wrong(const struct diags *ds);

/* Hash of the root certificate in this file. */
CHECKED int members_federation(const char *root, struct hash32 *out, struct error *err);

/* A mark of round_site.h: on disk when it returns 0, and not there before. `of` is the struct state. */
int members_mark(void *of, enum sum_mark mark, const struct hash32 *ctx, struct error *err);

#endif
