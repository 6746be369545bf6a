/*
 * part.h - the one spelling and the one order of a cohort's parts. For this folder only.
 */
#ifndef QUERY_PART_H
#define QUERY_PART_H

#include "base/text.h"
#include "query/cohort.h"

/* The key that says what the part is: "all", "condition", "measure", ... */
const char *part_head(const struct part *p);

/* Writes the canonical JSON of one part. `entry` adds the default of an entry. */
void part_write(struct text *t, const struct part *p, bool entry);

/* Brings what was written into the one order: all-in-all and any-in-any are flattened, members
 * sorted by the bytes of their spelling and made unique, an all or any of one member is that
 * member. Gives the tidy part (the old ones must not be used any more), or NULL when memory ended.
 * The root stays an all. */
struct part *part_tidy(struct part *root, struct arena *arena);

/* Sorts codes by their spelling and makes them unique; gives how many are left. */
unsigned part_tidy_codes(struct code *codes, unsigned n);

/* a before b as JSON strings, which end in a quote. For qsort: <0, 0, >0. */
int part_compare_names(const char *a, const char *b);

#endif
