/*
 * store.h - what the gateway remembers: questions, what each site said, the sites' last ledger
 * links, and the audit record.
 *
 * The interface names no database: today SQLite lies behind it (base/db.h), one gateway replica per
 * file. A PostgreSQL store for several replicas implements the same functions.
 *
 * S1  a write outside store_begin()..store_commit() is durable when it returned 0; a write inside
 *     is durable when store_commit() returned 0, and else has not happened. After
 *     store_begin_unsynced() it has happened then, and is durable when a store_sync() that began
 *     later returned 0.
 * S2  what a site said is kept as the bytes of its message, so that an answer can be built again
 *     and its signature checked again.
 * S3  audit records form a chain of hashes; nothing updates or deletes one.
 * S4  results are copied into the caller's arena.
 * One thread at a time, but for store_sync(). Every failure not named is E_SYSTEM: the disk.
 */
#ifndef GATEWAY_STORE_H
#define GATEWAY_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/stored.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "query/answer.h"
#include "wire/pack.h"

struct store;

/* Gives *out (store_close). */
CHECKED int store_open(struct store **out, const char *path, struct error *err);
void store_close(struct store *s); /* accepts NULL */

CHECKED int store_begin(struct store *s, struct error *err);
CHECKED int store_begin_unsynced(struct store *s, struct error *err);
CHECKED int store_commit(struct store *s, struct error *err);
/* From any thread, while s lives. When it fails, the gateway has to end (base/db.h). */
CHECKED int store_sync(const struct store *s, struct error *err);
void store_rollback(struct store *s);

/* ---- questions ---- */

/* An Idempotency-Key and what it stood for. key NULL: none was given. */
struct stored_key {
	const char *key;
	struct hash32 body;
};

/* Adds a question with a waiting leg for each site, in this order. Inside a transaction of the
 * caller. */
CHECKED int store_add(struct store *s, const struct stored_question *q, const char *const *sites,
	size_t n, const struct stored_key *key, struct error *err);

/* 1 found, 0 there is none, -1 failed. */
CHECKED int store_get(struct store *s, const char *id, struct arena *a, struct stored_question *out,
	struct error *err);
CHECKED int store_by_key(struct store *s, const char *account, const char *key, struct hash32 *body,
	char id[MAX_ID + 1], struct error *err);
CHECKED int store_leg(struct store *s, const char *id, const char *site, struct arena *a,
	struct stored_leg *out, struct error *err);

/* In the order of store_add(). */
CHECKED int store_legs(struct store *s, const char *id, struct arena *a, struct stored_leg **out,
	size_t *n, struct error *err);

/* Writes a leg's state, ms and, unless empty, its message. */
CHECKED int store_set_leg(
	struct store *s, const char *id, const struct stored_leg *leg, struct error *err);
CHECKED int store_end(struct store *s, const char *id, enum answer_state state, int64_t ended_ms,
	struct error *err);

/* Inside a transaction of the caller. */
CHECKED int store_set_sum(
	struct store *s, const char *id, const struct stored_sum *sum, struct error *err);
/* 1 found, 0 there is none, -1 failed. Of the transcript there is only the beginning, which says by what protocol
 * it was made, unless all is wanted. */
CHECKED int store_sum(struct store *s, const char *id, bool transcript, struct arena *a,
	struct stored_sum *out, struct error *err);

/* The newest question of this canonical text that has a sum of its own. 1 found, 0 there is none, -1 failed. */
CHECKED int store_summed(
	struct store *s, const struct hash32 *hash, char id[MAX_ID + 1], struct error *err);

/* Answered questions of this kind and study, of each canonical text the newest, newest first, at most `limit`. */
CHECKED int store_answered(struct store *s, const char *study, const char *kind, unsigned limit,
	struct arena *a, const char ***ids, size_t *n, struct error *err);

/* Ids of questions that run, oldest first. */
CHECKED int store_running(
	struct store *s, struct arena *a, const char ***ids, size_t *n, struct error *err);
/* How many questions are in each state. */
CHECKED int store_counts(struct store *s, uint64_t counts[ANSWER_STATES], struct error *err);

struct stored_summary {
	const char *id, *account, *study, *kind;
	enum answer_state state;
	int64_t received_ms;
	int64_t sites, answered;
};
/* Newest first, at most `limit`, of one account or of all (NULL), of one study or of all (NULL), older than the question
 * `before` (NULL: from the newest). Fails: E_INPUT when there is no question `before`. */
CHECKED int store_list(struct store *s, const char *account, const char *study, const char *before,
	unsigned limit, struct arena *a, struct stored_summary **out, size_t *n, bool *more,
	struct error *err);

/* ---- sites ---- */

struct ledger_link {
	uint64_t seq;
	struct hash32 hash;
};
/* 1 found, 0 never heard of, -1 failed. */
CHECKED int store_link(
	struct store *s, const char *site, struct ledger_link *out, struct error *err);
CHECKED int store_set_link(
	struct store *s, const char *site, const struct ledger_link *link, struct error *err);
/* Forgets the link, so that the next hello sets a new one. */
CHECKED int store_forget_link(struct store *s, const char *site, struct error *err);

/* What the site last said it offers, as its bytes. 1 found, 0 it never said, -1 failed. */
CHECKED int store_catalogue(
	struct store *s, const char *site, struct arena *a, struct view *out, struct error *err);
CHECKED int store_set_catalogue(
	struct store *s, const char *site, int64_t at_ms, struct view offered, struct error *err);

/* The list of members that was last in use; epoch 0: none yet. */
CHECKED int store_members(struct store *s, uint64_t *epoch, struct hash32 *hash, struct error *err);
CHECKED int store_set_members(
	struct store *s, uint64_t epoch, const struct hash32 *hash, struct error *err);

/* ---- audit ---- */

/* Appends to the chain: when, what ("question.asked"), by or of whom, about which id, and a detail
 * that holds no value of an answer. */
CHECKED int store_audit(struct store *s, int64_t at_ms, const char *what, const char *who,
	const char *about, const char *detail, struct error *err);
struct audit_record {
	int64_t seq, at_ms;
	const char *what, *who, *about, *detail;
	struct hash32 hash;
};
/* Newest first, at most `limit`, before `before` (INT64_MAX: from the newest). */
CHECKED int store_audit_list(struct store *s, int64_t before, unsigned limit, struct arena *a,
	struct audit_record **out, size_t *n, bool *more, struct error *err);

/* A walk along the chain, a part at a time; all zero before its first record. */
struct audit_walk {
	uint64_t seq;       /* checked up to here */
	struct hash32 hash; /* of that record, as stored */
	uint64_t broken;    /* the first that did not fit; 0: none */
};
/* Goes on by at most `most` records; *last is the number of the newest there is. */
CHECKED int store_audit_walk(
	struct store *s, struct audit_walk *walk, unsigned most, uint64_t *last, struct error *err);
/* Walks the chain. *broken is 0, or the number of the first record that does not fit; *count
 * all. */
CHECKED int store_audit_check(
	struct store *s, uint64_t *count, uint64_t *broken, struct error *err);

#endif
