/*
 * paillier.h - the federation's key of threshold Paillier as this site has it, and its share when it is a holder.
 *
 * V1  a key counts only with the officers' signatures, of this federation, valid now; its epoch never goes back, which is
 *     on disk before the key is used (paillier/tp_file.h, tp_key_take_up()).
 * V2  its files are looked at again for every sum, and read again when one of them or the day has changed: a new key
 *     needs no restart, a bad one makes sums by TP-1 impossible and nothing else.
 * V3  a share opens one set of sites for one question, ever: which, is on disk before a part leaves.
 */
#ifndef AGENTS_PAILLIER_H
#define AGENTS_PAILLIER_H

#include "agents/members.h"
#include "paillier/tp_encrypt.h"
#include "paillier/tp_file.h"
#include "paillier/tp_partial.h"

/* A key that was taken up; counted. */
struct paillier_key {
	unsigned count;
	struct hash32 of; /* the files' bytes and the day */
	struct arena arena;
	struct tp_key_file f;
	struct tp_table *table;
	struct tp_share share; /* place 0: this site is no holder */
	struct tp_comb *of_v;  /* a holder's; else NULL */
};

/* Makes the tables when they are not there. */
CHECKED int paillier_open(struct db *db, struct error *err);
/* Gives *out, to be dropped; *kept is what was given before, and is put there. Fails: E_DENIED with why in the log;
 * E_SYSTEM. Half a second where something changed, else a moment. */
CHECKED int paillier_now(struct state *st, const struct sum_settings *s, const char *site,
	struct paillier_key **kept, struct paillier_key **out, struct error *err);
void paillier_drop(struct paillier_key *k); /* accepts NULL */

/* V3, for struct tp_once; `of` is the struct state. */
int paillier_once(void *of, const struct hash32 *ctx, const struct hash32 *set, struct error *err);

#endif
