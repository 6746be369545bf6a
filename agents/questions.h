/*
 * questions.h - every question this site decided, with its text: so that its officer can defend each answer later,
 * and see what a change of the policy would have done to what was really asked.
 *
 * The audit never holds a question's text, so that it can be handed to an auditor, and it is never shortened. This
 * table is the site's own memory, apart from it: read only through the agent's socket, and old rows end. The audit
 * has the question's hash under the same id, by which a row of this table proves itself.
 *
 * N1  a row is written in the transaction that records what it tells: the refusal, the recall, the hold. A question
 *     waits for the disk no more often than without it.
 * N2  no value of the database: what was asked, by whom, and what the policy said to it.
 * N3  a row is kept for 90 days at least; after that only while it is among the last QUESTIONS_KEPT.
 * N4  refusals and recalled answers cost the asker nothing, so they must not fill the site's disk: of those of one
 *     requester and day the first QUESTIONS_FREE_DAY keep their text, later ones a row without it. What was paid for
 *     always keeps it; budgets bound that.
 * N5  an id that stands here is of one question: who uses it for another is refused (questions_other()), so nobody
 *     takes a row away by an id of old, though its response was forgotten.
 */
#ifndef AGENTS_QUESTIONS_H
#define AGENTS_QUESTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/db.h"
#include "base/text.h"

enum {
	QUESTIONS_DAYS = 90,
	QUESTIONS_KEPT = 100000,
	QUESTIONS_FREE_DAY = 500,
	QUESTIONS_PAGE_BYTES = 4 << 20 /* one answer of questions_json ends soon after */
};

/* Texts are borrowed until return. */
struct question_row {
	const char *id, *requester, *study;
	const char *text; /* canonical (query/canonical.h) */
	struct hash32 hash;
	int64_t at_ms;
	int32_t day;          /* the day it was decided for */
	int64_t version;      /* of the policy; 0: it was refused before a policy looked at it */
	struct hash32 policy; /* its hash */
	bool allow;
	const char *rule;  /* that refused it; of an allowed one, its study */
	const char *state; /* release_state_name(): "held", "released", "refused", ... */
};

/* Makes the table where there is none; a state folder of an earlier version has none. */
CHECKED int questions_open(struct db *db, struct error *err);

/* 1 when the id stands here with another question, 0 when not, -1. */
CHECKED int questions_other(
	struct db *db, const char *id, const struct hash32 *hash, struct error *err);
/* Both belong inside the caller's transaction. The same question under the same id replaces what was there. */
CHECKED int questions_keep(struct db *db, const struct question_row *row, struct error *err);
/* What became of it; an unknown id is not an error. */
CHECKED int questions_reached(struct db *db, const char *id, const char *state, struct error *err);

/* {"questions":[..],"next":N}: what was decided since `since_ms`, oldest first, after row `after` (0: from the
 * beginning); each with what it cost (0: nothing); next is null with the last page, else what to give as `after`. */
CHECKED int questions_json(
	struct db *db, int64_t since_ms, int64_t after, struct text *out, struct error *err);
/* One of them. Fails: E_INPUT when there is none with this id. */
CHECKED int questions_one_json(struct db *db, const char *id, struct text *out, struct error *err);

#endif
