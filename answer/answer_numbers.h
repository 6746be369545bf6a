/*
 * answer_numbers.h - numbers of statistics as JSON, and what answer_statistics.c and answer_tables.c share.
 */
#ifndef ANSWER_NUMBERS_H
#define ANSWER_NUMBERS_H

#include "answer/answer_statistics.h"
#include "answer/statistics/spread.h"

/* Eight digits; null when it is not finite. */
void number_add(struct text *out, double v);
/* ,"NAME":{"value":..,"interval":[..],"sampling":[..]} */
void number_estimate(struct text *out, const char *name, const struct estimate *e);
/* The same without a name and braces: ,"value":.. */
void number_members(struct text *out, const struct estimate *e);
/* People are whole and shown in multiples: ,"NAME":{"value":..,"interval":[..]}, its ends outwards. */
void number_people(struct text *out, const char *name, double v, double reach, int64_t round_to);
/* ,"NAME":true, or nothing. */
void number_flag(struct text *out, const char *name, bool on);
/* a + b, saturated at 2^62. */
int64_t sum_saturated(int64_t a, int64_t b);

/* Whether a site released every word of a tuple and is in these statistics. */
bool pool_has(const struct statistics *s, const struct combine_part *p, uint64_t cell);
/* Of a crosstab: "tables":[..] */
void tables_write(const struct statistics *s, struct text *out);

#endif
