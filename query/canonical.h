/*
 * canonical.h - the one spelling of a question; its SHA-256 is the question's identity for recall,
 * audit and signatures.
 *
 * JSON without spaces, keys sorted by bytes, sets sorted by the bytes of their members and made
 * unique, defaults written out, decimals in their shortest form, days as 2026-03-01, no empty
 * members. Nested all-in-all and any-in-any are flattened and an all or any of one member is that
 * member; none of any of some is none of them. `sites` is left out: it says whom to ask, not what.
 *
 * K1  reading the canonical text gives a question with the same canonical text.
 */
#ifndef QUERY_CANONICAL_H
#define QUERY_CANONICAL_H

#include "base/bytes.h"
#include "base/text.h"
#include "query/question.h"

/* Adds the canonical text of what question_build() gave. E_LIMIT, with `out` as it was, when it is
 * longer than MAX_QUESTION_BYTES or than out->max leaves room for. */
CHECKED int canonical_write(const struct question *q, struct text *out, struct error *err);

/* Reads a canonical text received from a peer and proves K1 on it: any other spelling is E_INPUT,
 * and nothing is written. */
CHECKED int canonical_read(const void *bytes, size_t len, struct arena *arena,
	struct question **out, struct hash32 *hash, struct error *err);

#endif
