/*
 * record.h - all that the answer of one secure sum is made of, as one file: what an auditor makes it again from.
 *
 *   "cordon/record/1", id, asker, study, kind, mode, state, question (canonical), moments asked, received, ended,
 *   for each site asked: name, state, ms + 1, what it said; noise, transcript (secagg/transcript.h)
 *
 * Layout: secagg/layout.h; every text and every field of bytes has its length before it.
 *
 * R1  it shows nothing that the answer and the transcript do not: what sites said are offers and refusals, no numbers.
 * R2  it has no sum beside the transcript's: whoever reads it has to add up.
 */
#ifndef ANSWER_RECORD_H
#define ANSWER_RECORD_H

#include "answer/stored.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

struct record {
	struct stored_question
		q; /* without the person's certificate and signature; its hash is that of its text */
	struct stored_leg *legs;
	size_t n;
	struct stored_sum sum; /* without contributors and words */
};

/* Fails: E_LIMIT past what `out` may hold. */
CHECKED int record_write(const struct stored_question *q, const struct stored_leg *legs, size_t n,
	const struct stored_sum *sum, struct text *out, struct error *err);
/* Gives *out, whose parts live in `a` or point into bytes. Fails: E_INPUT; memory. */
CHECKED int record_read(
	const void *bytes, size_t len, struct arena *a, struct record *out, struct error *err);

#endif
