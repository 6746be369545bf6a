/*
 * audit.h - what this agent did, in a chain of records: every step of every question, policies taken
 * into force, starts and stops. Never a value of the database, never a question's text: those are in a table
 * of their own (questions.h), which the site may keep to itself when it hands its audit on.
 *
 * Notes are gathered in memory and written with the transaction they belong to, so that a step and its
 * record are on disk together and a question costs no extra write.
 *
 * U1  each record carries the hash of the one before it and the ledger's last link at that time, so a
 *     ledger cut short is noticed here.
 * U2  notes are written in the order they were made, each once.
 * U3  a broken chain gets no new links, neither does the audit of a broken ledger: they would look like whole ones.
 */
#ifndef AGENTS_AUDIT_H
#define AGENTS_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "agents/ledger.h"
#include "base/bytes.h"
#include "base/db.h"
#include "base/limits.h"
#include "base/text.h"

struct audit;

/* Texts are borrowed until return; NULL stands for "". */
struct audit_note {
	const char *kind; /* "step", "similar", "policy", "start", "stop", "crash" */
	const char *id, *requester, *study;
	const struct hash32 *question; /* or the policy's hash; of "similar" the earlier one; NULL: none */
	const char *rule;              /* of a refusal, or the event of a step; of "similar" the earlier question's id */
	const char *from, *to;         /* states, literals */
	int64_t number;                /* the policy's version; of "similar" how many edits away */
};

enum {
	AUDIT_WAITING_MAX = 1024
};

extern const char audit_schema[];

/* Gives *out (audit_free). Borrows db and ledger for its life. */
CHECKED int audit_new(struct audit **out, struct db *db, struct ledger *ledger, struct error *err);
void audit_free(struct audit *a);

/* Walks the whole chain and compares its ledger links. Fails: E_CRYPTO naming the first wrong record;
 * E_SYSTEM. */
CHECKED int audit_verify(struct audit *a, struct error *err);

/* U3, from now on: notes are forgotten as they come. */
void audit_shut(struct audit *a);

/* Adds a waiting note, stamped now. Fails: E_SYSTEM without memory or with AUDIT_WAITING_MAX waiting. */
CHECKED int audit_add(struct audit *a, const struct audit_note *note, struct error *err);
/* How many notes wait; audit_back() takes back those added since, as when a step failed. */
unsigned audit_waiting(const struct audit *a);
void audit_back(struct audit *a, unsigned waiting);

/* Appends the waiting notes. Call inside a transaction; after its commit call audit_written(), which
 * forgets them. After a rollback they still wait. */
CHECKED int audit_write(struct audit *a, struct error *err);
void audit_written(struct audit *a);

/* The last n records, oldest first, as a JSON array. */
CHECKED int audit_json(struct audit *a, unsigned n, struct text *out, struct error *err);

#endif
