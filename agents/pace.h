/*
 * pace.h - when an answer leaves, so that the clock tells little of the data (policy `release.timing`).
 *
 *   open    at once
 *   paced   at the first of 50, 100, 200, 400 ... ms after receipt that has not passed, the last of them
 *           shortly before the deadline: the doubling step is all that shows
 *   strict  at 5, 30 or 300 s after receipt, by the question's deadline alone
 *
 * Pure: times are passed in, in milliseconds of the monotonic clock.
 */
#ifndef AGENTS_PACE_H
#define AGENTS_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "policies/policy.h"

struct pace {
	enum timing timing;
	int64_t received, last; /* nothing leaves after `last` but what is late anyway */
	int64_t run_until;      /* the statement is stopped then */
};

/* False: the deadline is too short for this timing, whatever the data. */
bool pace_start(enum timing timing, int64_t received, uint64_t deadline_ms, struct pace *out);
/* When something that is ready at `now` leaves; never before now. */
int64_t pace_departure(const struct pace *p, int64_t now);

#endif
