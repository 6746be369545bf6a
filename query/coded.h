/*
 * coded.h - the code lists of a question's criteria that a vocabulary widens, in an order that everybody counts
 * alike: entry events, the cohort's criteria, the event of a survival, each followed by its `with`.
 */
#ifndef QUERY_CODED_H
#define QUERY_CODED_H

#include "query/question.h"

/* Events some of whose codes stand for more than one concept: descendants, mapped ones, codes of other systems. Gives
 * how many, never more than MAX_CRITERIA. */
unsigned coded_parts(const struct question *q, const struct part *out[MAX_CRITERIA]);

#endif
