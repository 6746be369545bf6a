/*
 * tell.h - a cohort in plain words, English or Chinese, as a numbered text that is read aloud.
 *
 * T1  nothing is lost: two cohorts of different meaning have different texts, and the text can be
 *     read back into the cohort it was made of. Every phrase has one place and one form.
 * T2  only what the question says appears: codes, labels and names as they were written.
 * T3  text of the question that could be taken for a phrase stands in quotes, "…" or “…”; a closing quote inside them
 *     is written twice.
 * Failures stick in `out` (text.h); no other.
 */
#ifndef QUERY_TELL_H
#define QUERY_TELL_H

#include "base/text.h"
#include "query/cohort.h"

/* The whole cohort, in lines that end with a line end. `on` is the day of the question at which ages are taken where
 * the cohort has none itself, or DAY_NONE. */
void tell_cohort(const struct cohort *c, int32_t on, bool zh, struct text *out);

/* One criterion in one line without a line end, for a label: short, so a long list of codes says how many it leaves out. */
void tell_part(const struct part *p, bool zh, struct text *out);

#endif
