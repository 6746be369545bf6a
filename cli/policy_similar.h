/*
 * policy_similar.h - of `cordon policy review`: which answered questions are nearly the same, of one study and of
 * several, and what each two cost together.
 *
 * Every two of the last SIMILAR_REVIEWED answered questions are held against each other (query/similar.h). Of each
 * study, and of different studies together, the nearest are told.
 */
#ifndef CLI_POLICY_SIMILAR_H
#define CLI_POLICY_SIMILAR_H

#include "cli/past.h"
#include "cli/policy.h"

struct similar_review;

struct similar_review *similar_review_new(void);    /* NULL without memory */
void similar_review_free(struct similar_review *r); /* accepts NULL */
/* Takes a copy of an answered question, oldest first; passes over others. */
CHECKED int similar_review_add(
	struct similar_review *r, const struct past_question *q, struct error *err);
CHECKED int similar_review_compare(struct similar_review *r, struct error *err);
/* The section of the text; "similar":[..],"compared":N of the JSON. */
void similar_review_text(const struct similar_review *r, const struct desk *d, struct text *t);
void similar_review_json(const struct similar_review *r, const struct desk *d, struct text *t);

#endif
