/*
 * earlier.h - the questions paid for before that a new one differs little from (query/similar.h).
 *
 * F1  what is found depends on questions and the ledger alone: on what was paid for, in its order, never on an answer,
 *     on how a question ended or when. So neither what is said nor its length tells anything about data.
 * F2  the marks of a question are kept as long as its text is (questions.h, N3), and written with it.
 * F3  of the last SIMILAR_EARLIER paid questions all marks are looked at, of the SIMILAR_READ nearest by them the
 *     texts, MAX_SIMILAR are given. Who would hide a question behind others pays for each of those.
 * F4  who asks hears of questions of his own study alone; those of other studies are for the site's audit.
 */
#ifndef AGENTS_EARLIER_H
#define AGENTS_EARLIER_H

#include <stdbool.h>
#include <stdint.h>

#include "agents/questions.h"
#include "base/arena.h"
#include "policies/decide/plan.h"
#include "query/similar.h"
#include "wire/message.h"

CHECKED int earlier_open(struct db *db, struct error *err);

/* Keeps the marks of a question that is paid for now, in the caller's transaction. */
CHECKED int earlier_keep(
	struct db *db, const char *id, const struct question *q, int64_t at_ms, struct error *err);

struct earlier {
	char id[MAX_ID + 1];
	struct hash32 question;
	struct similar how;
	uint64_t prho, peps; /* what it cost; peps INT64_MAX: no bound */
};
struct earlier_look {
	const struct question *question;
	bool other_studies; /* else its own study */
	/* Passes over a question; NULL: over none. */
	bool (*pass)(const char *id, void *arg);
	void *arg;
};
struct earlier_found {
	struct earlier list[MAX_SIMILAR]; /* nearest first, later ones first among equals */
	unsigned n;
	unsigned near; /* of all that were read, those that are near and not the same question */
};
/* Fails: E_SYSTEM, E_LIMIT. */
CHECKED int earlier_find(struct db *db, const struct earlier_look *look, struct earlier_found *out,
	struct error *err);

/* What is told of it: the edits, and what it costs together with a question of this plan. */
void earlier_tell(const struct earlier *e, const struct plan *plan, struct similar_question *out);

#endif
