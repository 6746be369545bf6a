/*
 * labels.h - how a band of whole numbers and a step between cut points are called, in answers and in lists for people.
 */
#ifndef POLICIES_LABELS_H
#define POLICIES_LABELS_H

#include "base/arena.h"
#include "policies/policy.h"

/* Of a column with bands, i < n_bands: "0-17", "18-44", the last "45+". NULL without memory. */
const char *label_band(const struct column *c, unsigned i, struct arena *a);
/* Of a measure with cuts, i <= n_cuts: "<6.5", "6.5-7", the last ">=7". NULL without memory. */
const char *label_cut(const struct measure *m, unsigned i, struct arena *a);

#endif
