/*
 * allowance.h - the part of the loop's time that one kind of work may take, so that whoever asks for it without end does
 * not hold up what is paid for.
 *
 *   over any stretch of time work takes at most a fifth of it, and one ALLOWANCE_AHEAD_MS and one piece of work more.
 *
 * Pure: times are passed in, in milliseconds of the monotonic clock.
 */
#ifndef AGENTS_ALLOWANCE_H
#define AGENTS_ALLOWANCE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	ALLOWANCE_PARTS = 5,       /* one of so many */
	ALLOWANCE_AHEAD_MS = 1000, /* of work at a stretch, after a rest */
};

/* All zero: nothing was done yet. */
struct allowance {
	int64_t debt_ms; /* work that its time has not come for */
	int64_t seen_ms; /* when that was true */
};

/* May another piece of work begin? */
bool allowance_open(struct allowance *s, int64_t now_ms);
/* It took from `began_ms` to `now_ms`; the least is one millisecond. */
void allowance_took(struct allowance *s, int64_t began_ms, int64_t now_ms);

#endif
