/*
 * bounds.h - what lies between two numbers: a value, an age. For this folder only.
 */
#ifndef QUERY_BOUNDS_H
#define QUERY_BOUNDS_H

#include "query/cohort.h"

/* {at_least: 7, below: 8}, {between: [7, 8]} or {outside: [3.5, 5]}: at most one bound a side, and a
 * number that meets them. Other keys are passed over. *has: whether there is a bound. False when
 * something was reported. */
bool bounds_read(const struct node *n, struct value_bounds *out, bool *has, struct diags *ds);

/* {from: 45, to: 65}: 45 up to under 65; what is not given stays as it was. */
void bounds_age(const struct node *n, int32_t *from, int32_t *to, struct diags *ds);

#endif
