/*
 * read.h - what each format's reader gives: a cohort and its sets as drafts. For this folder only.
 */
#ifndef CONVERT_READ_H
#define CONVERT_READ_H

#include "convert/spot.h"

/* NULL with errors in r->ds (or memory ended, see the pen); *sets may be NULL. */
struct draft *circe_read(struct reading *r, json_t *expression, struct draft **sets);
struct draft *i2b2_read(struct reading *r, const char *bytes, size_t len);
struct draft *ccdl_read(struct reading *r, json_t *query);

#endif
