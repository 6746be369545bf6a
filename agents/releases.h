/*
 * releases.h - answers that were given once and are given again: sealed releases by (canonical question,
 * policy, data), and by question id the response itself, until the gateway has it and after.
 *
 * R1  the first release for a key stays; later ones for the same key are refused by the table.
 * R2  the first response for an id stays; an id never gets another answer. It is forgotten two days after
 *     the gateway had it: by then no signature under which it could be asked for is taken any more.
 * R4  what a person signed pays once: whoever passes it on again, under another id, pays nothing more.
 * R3  a response that was not acknowledged is in the outbox, across restarts.
 * Bytes only: this module does not look into them. One thread at a time.
 */
#ifndef AGENTS_RELEASES_H
#define AGENTS_RELEASES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/db.h"
#include "base/limits.h"
#include "wire/pack.h"

struct release_key {
	const struct hash32 *question, *policy;
	const char *data; /* borrowed */
};

/* A response as it went, or will go, on the wire: one whole frame. */
struct response {
	struct hash32 question;
	const char *requester;
	struct view frame;
	bool acked;
};

extern const char releases_schema[];

/* 1 found, copied into arena; 0 not; -1. */
CHECKED int releases_recall(struct db *db, const struct release_key *key, struct arena *arena,
	struct view *sealed, struct view *signature, struct error *err);
/* Both appends belong inside the caller's transaction. Fail: E_STATE for what R1
 * and R2 forbid; E_SYSTEM. */
CHECKED int releases_keep(struct db *db, const struct release_key *key, struct view sealed,
	struct view signature, int64_t at_ms, struct error *err);
CHECKED int responses_keep(
	struct db *db, const char *id, const struct response *r, int64_t at_ms, struct error *err);

/* R4: 1 it paid before, 0 not, -1. */
CHECKED int releases_paid_for(struct db *db, const struct hash32 *signed_hash, struct error *err);
/* Belongs into the transaction of the hold. */
CHECKED int releases_pay(
	struct db *db, const struct hash32 *signed_hash, int64_t at_ms, struct error *err);

/* 1 found, copied into arena; 0 not; -1. */
CHECKED int responses_find(struct db *db, const char *id, struct arena *arena, struct response *out,
	struct error *err);
/* The gateway has it. An unknown id is not an error. */
CHECKED int responses_ack(struct db *db, const char *id, struct error *err);
/* Forgets acknowledged responses by R2. */
CHECKED int responses_forget(struct db *db, int64_t now_ms, struct error *err);
/* Calls each with every response in the outbox, oldest first, until it returns false. each must not
 * write to db. The view lives until each returns. */
CHECKED int responses_unacked(struct db *db,
	bool (*each)(const char *id, struct view frame, void *arg), void *arg, struct error *err);
CHECKED int responses_waiting(struct db *db, uint64_t *count, struct error *err);

#endif
