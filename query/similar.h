/*
 * similar.h - how far two questions lie apart, and in what they differ: two answers whose questions differ little
 * tell, by their difference, about the few people in whom they differ.
 *
 * A question is a set of things: its kind, its dataset, each group, entry event and criterion of the cohort's `all`,
 * and every other key that it gives. Of two questions the things that both have are put aside; of the others as many
 * as can be are paired with one that is a small edit away, and each pair and each thing without one is one edit:
 *
 *   edits = things of a alone + things of b alone - pairs (a maximum matching)
 *
 * One small edit away are two things of one sort that differ in one place alone: days, an age, a cut point, a window,
 * a number of times, one code or member more or less, or several where more stay than change; the same of one
 * criterion inside an any, none, of or with. The study is not a part of it, nor whom the question is sent to.
 *
 * S1  symmetric; 0 exactly for questions with the same canonical text but for the study (two attritions with their
 *     criteria in another order: one edit more).
 * S2  never more than the number of things of both; `list` has one entry for each edit.
 * S3  of the questions alone, never of data or a vocabulary: 201826+ and the list of all below it are far apart, and
 *     so are two cohorts that are the same people in other words. It is a hint for people, no protection: protection
 *     is that every answer is paid for (docs/privacy.md).
 *
 * Cost, for questions of n and m bytes and s = SIMILAR_MOST: both are spelled and sorted, n log n + m log m; past s
 * things of one alone it ends there. Else at most s * s pairs of things are looked at, each thing at most s times, in
 * time linear in their bytes but for the depth of nesting, which is below MAX_QUESTION_DEPTH: inside a criterion only
 * one member against one is looked into. Matching is s^3. No recursion but that, no number from a question but in
 * loops over its own parts.
 */
#ifndef QUERY_SIMILAR_H
#define QUERY_SIMILAR_H

#include "base/text.h"
#include "query/question.h"

enum similar_thing {
	SIMILAR_KIND,
	SIMILAR_DATASET,
	SIMILAR_MODE,
	SIMILAR_OF,
	SIMILAR_AT,
	SIMILAR_STEP,
	SIMILAR_HORIZON,
	SIMILAR_ON,
	SIMILAR_GROUP,
	SIMILAR_PARAM,
	SIMILAR_FILTER,
	SIMILAR_OFFICER, /* an officer's cohort */
	SIMILAR_INDEX,
	SIMILAR_OBSERVED,
	SIMILAR_ENTRY,
	SIMILAR_CRITERION,
	SIMILAR_EVENT, /* of a survival */
	SIMILAR_ORDER, /* of an attrition */
	/* places inside an entry event, a criterion or the event */
	SIMILAR_CODES,
	SIMILAR_DAYS,
	SIMILAR_FIRST,
	SIMILAR_LASTING,
	SIMILAR_WINDOW,
	SIMILAR_VISIT,
	SIMILAR_INSIDE,
	SIMILAR_TIMES,
	SIMILAR_VALUE,
	SIMILAR_ATTRIBUTE,
	SIMILAR_AGE,
	SIMILAR_MEMBERS,
	SIMILAR_THINGS
};
enum similar_how {
	SIMILAR_MORE, /* only the later question has it */
	SIMILAR_LESS, /* only the earlier one */
	SIMILAR_OTHER,
	SIMILAR_HOWS
};

struct similar_edit {
	enum similar_thing thing;
	enum similar_how how;
	/* "cohort.all[2].during" in the canonical text of the later question; of SIMILAR_LESS, of the earlier */
	char path[MAX_SIMILAR_PATH + 1];
	unsigned more, less; /* codes or members of a list; else 0 */
};

struct similar {
	unsigned edits; /* at most SIMILAR_MOST; SIMILAR_FAR: more */
	unsigned
		shared; /* entry events, criteria and officers' cohorts that both have, or a small edit apart */
	unsigned
		likeness; /* thousandths: things of both less edits, over things of both and edits; 1000 only for 0
			    * edits, 0 when far */
	struct similar_edit list[SIMILAR_MOST];
};
enum {
	SIMILAR_FAR = SIMILAR_MOST + 1
};

/* Both are as question_build() gave them. Needs memory of `arena`. Fails: E_SYSTEM, E_LIMIT. */
CHECKED int similar_compare(const struct question *earlier, const struct question *later,
	struct arena *arena, struct similar *out, struct error *err);

/* Near enough to be told: at most SIMILAR_NEAR edits, and at most one more than what is shared of who is counted. */
static inline bool similar_near(const struct similar *s)
{
	return s->edits <= SIMILAR_NEAR && s->edits <= 1 + s->shared;
}

/* A mark for each thing, rising, each once: so that most questions need not be read to be known as far. What one
 * edit changes is at most one mark of each question, so two questions lie at least similar_least() edits apart. */
CHECKED int similar_marks(const struct question *q, struct arena *arena, uint64_t **out,
	unsigned *n, struct error *err);
unsigned similar_least(const uint64_t *a, unsigned n, const uint64_t *b, unsigned m);

/* "criterion", "more"; for machines. */
const char *similar_thing_name(enum similar_thing thing);
const char *similar_how_name(enum similar_how how);
/* "a criterion more (cohort.all[2])": one edit in words; nothing for numbers that are none. */
void similar_tell(const struct similar_edit *e, bool zh, struct text *out);
/* {"what":"codes","how":"other","path":"..","more":1,"less":0,"say":{"zh":..,"en":..}} */
void similar_json(const struct similar_edit *e, struct text *out);

#endif
