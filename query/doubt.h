/*
 * doubt.h - what cannot be meant: criteria that nobody can meet together, and groups that hold for everybody.
 *
 * D1  no false alarm: a warning is said only where it follows from the cohort alone, whatever a database holds, but
 *     for one assumption: no event ends before it begins.
 * D2  not complete: a cohort without warnings may still be empty.
 */
#ifndef QUERY_DOUBT_H
#define QUERY_DOUBT_H

#include "base/diag.h"
#include "query/cohort.h"

/* Adds warnings Q201.. with the places of the parts to ds. Every text is one of a tidy cohort as cohort_build() gave it.
 * Needs memory of `arena`; when that ends, says less. */
void cohort_doubts(const struct cohort *c, struct arena *arena, struct diags *ds);

#endif
