/*
 * bounds.h - what lies between two numbers: the value of a measure, an age. For this folder only.
 */
#ifndef QUERY_BOUNDS_H
#define QUERY_BOUNDS_H

#include "query/cohort.h"

/* {at_least: 7, below: 8} or {between: [7, 8]}: at most one bound a side, and a number between
 * them. False when something was reported. */
bool bounds_value(const struct node *n, struct value_bounds *out, struct diags *ds);

/* {from: 45, to: 65}: 45 up to under 65; what is not given stays as it was. */
void bounds_age(const struct node *n, int32_t *from, int32_t *to, struct diags *ds);

#endif
