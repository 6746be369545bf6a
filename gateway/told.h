/*
 * told.h - what a question counts, in plain words of both languages, and what in it cannot be meant, as JSON.
 */
#ifndef GATEWAY_TOLD_H
#define GATEWAY_TOLD_H

#include "base/diag.h"
#include "base/text.h"
#include "query/question.h"

/* {"en":"..","zh":".."} */
void told_say(struct text *out, const char *en, const char *zh);
void told_cohort(struct text *out, const struct cohort *c, int32_t on);
/* The same of a whole question: what is counted, by which groups, and the cohort. */
void told_question(struct text *out, const struct question *q);
/* [{"at":"question:3:12","say":{..}}]; needs memory of `a`, without it says less. */
void told_doubts(struct text *out, const struct cohort *c, struct arena *a);
/* "question:3:12", or "" without a place; as POST says in `at`. */
void told_place(struct text *out, const struct place *at);

#endif
