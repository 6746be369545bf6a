/*
 * answer.h - what the sites said, put together as the JSON of docs/api.md.
 *
 * A1  a pure function of what the store holds: the same question gives the same bytes again and
 *     again.
 * A2  a cell of the total is the sum over the sites it names, and over no other; its interval
 *     covers the noise of exactly those sites.
 * A3  every site is named, whatever became of it. Zero, suppressed and refused never look alike.
 * A4  no floating point touches a value; an interval is a property of public noise parameters.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "answer/stored.h"
#include "base/error.h"
#include "base/text.h"

enum {
	ANSWER_BYTES = 16 << 20, /* of one answer as JSON */
	ALPHA_PPM = 50000,       /* 95 % */
	/* Cells of all sites together that are listed one by one; beyond, only the total is. */
	MAX_LISTED_CELLS = 100000,
};

/* Appends the answer. sum: of a question in mode secure, NULL while or where there is none; then the total is the sum,
 * and the sites in it have states and no cells. Legs whose message does not decode are shown as failed. Fails: E_LIMIT the
 * answer is too large; E_SYSTEM. now_ms: wall clock, for a question that runs. */
CHECKED int answer_write(const struct stored_question *q, const struct stored_leg *legs, size_t n,
	const struct stored_sum *sum, int64_t now_ms, struct text *out, struct error *err);

#endif
