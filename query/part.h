/*
 * part.h - the one spelling and the one order of a cohort's parts. For this folder only.
 */
#ifndef QUERY_PART_H
#define QUERY_PART_H

#include "base/text.h"
#include "query/cohort.h"
#include "query/reading.h"

/* The key that says what the part is: "all", "of", "condition", "measure", ... */
const char *part_head(const struct part *p);
bool part_is_group(const struct part *p); /* all, any, none, of */

/* Writes the canonical JSON of one part: keys sorted by bytes, nothing that is so anyway. */
void part_write(struct text *t, const struct part *p);

/* Brings the entry and the criteria into the one order: all-in-all and any-in-any are flattened,
 * members sorted by the bytes of their spelling and made unique, an all or any of one member is that
 * member, an `of` that is an all, any or none is one. The root and every `with` stay an all. Of an
 * ordered reading the root's members stay as written, each once. What only the tidy tree shows to be
 * contradictory is reported; r->failed when memory ended. */
void part_tidy_cohort(struct reading *r, struct cohort *c);
/* The same for one event: its `with`. */
void part_tidy_event(struct reading *r, struct part *p);

/* Sorts codes by their spelling and makes them unique. -1 when memory ended. */
CHECKED int part_tidy_codes(struct code *codes, unsigned *n, struct arena *arena);

/* a before b as JSON strings, which end in a quote. For qsort: <0, 0, >0. */
int part_compare_names(const char *a, const char *b);
/* By their spelling. r->failed when memory ended. */
int part_compare_windows(struct reading *r, const struct window *a, const struct window *b);

#endif
