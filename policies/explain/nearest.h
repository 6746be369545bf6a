/*
 * nearest.h - what a refused question could have used instead, when there is something sensible.
 */
#ifndef POLICIES_NEAREST_H
#define POLICIES_NEAREST_H

#include "policies/decide/decide.h"

/* After a denial of a column as a group: the column of the same table that may form groups on that day, that the study
 * may use, and that is about the same. NULL when there is none. The first of several, in the red list's order. */
const struct column *nearest_allowed(const struct policy *p, const struct question *q,
	int32_t today, const struct finding *refusal);

#endif
