/*
 * clock.h - the time, and days without floating point.
 * A day is the count of days since 1970-01-01 in the proleptic Gregorian calendar.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

int64_t clock_wall_ms(void); /* since the epoch, may step */
int64_t clock_mono_ms(void); /* monotonic */
int64_t clock_cpu_us(void);  /* that this thread has used */
int32_t clock_today(void);   /* the local day */

/* "2026-03-01T10:22:31+08:00"; buf of 32. */
const char *clock_iso(int64_t wall_ms, char buf[32]);

/* The inverse: exactly this form, a time that exists, an offset of at most 14 hours. */
CHECKED bool clock_iso_parse(const char *s, int64_t *wall_ms);

CHECKED bool day_parse(const char *s, int32_t *day); /* "2026-03-01" exactly, a day that exists */
const char *day_text(int32_t day, char buf[16]);
int32_t day_of(int year, unsigned month, unsigned mday);
void day_split(int32_t day, int *year, unsigned *month, unsigned *mday);

#endif
