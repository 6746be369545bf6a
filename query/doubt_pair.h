/*
 * doubt_pair.h - what members of one group say of the same thing. For this folder only.
 */
#ifndef QUERY_DOUBT_PAIR_H
#define QUERY_DOUBT_PAIR_H

#include "base/diag.h"
#include "query/cohort.h"

/* Whether the members of an all contradict each other; says which. */
bool doubt_all(const struct part *all, const struct cohort *c, bool nested, struct arena *arena,
	struct diags *ds);
/* Whether of the members of an any (or none) one always holds; says why. */
bool doubt_any(const struct part *any, struct arena *arena, struct diags *ds);

/* How many records meet the rest of the criterion: low to high, UINT32_MAX is no bound. */
void doubt_counts(const struct part *p, unsigned *low, unsigned *high);
bool doubt_same_codes(const struct part *a, const struct part *b);
/* The index event is the earliest record with the codes of the only entry. */
bool doubt_takes_the_first(const struct cohort *c);

#endif
