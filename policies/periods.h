/*
 * periods.h - whole years, quarters, months, weeks (Monday to Sunday) and single days; their labels.
 */
#ifndef POLICIES_PERIODS_H
#define POLICIES_PERIODS_H

#include "base/arena.h"
#include "policies/policy.h"

int32_t period_first(int32_t day, enum truncate t);
int32_t period_last(int32_t day, enum truncate t);
/* How many periods touch from..to; 0 when from is after to. */
unsigned period_count(int32_t from, int32_t to, enum truncate t);
/* "2019", "2019-Q1", "2019-01", "2019-W01" (ISO 8601 week), "2019-01-31". NULL without memory. */
const char *period_label(int32_t day, enum truncate t, struct arena *a);
/* The inverse, the last week of a year and leap years included: which period, and its first day. */
CHECKED bool period_parse(const char *label, enum truncate *t, int32_t *first);
/* Whether periods of `t` are made of whole periods of `fine`. */
bool period_contains(enum truncate t, enum truncate fine);

#endif
