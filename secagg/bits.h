/*
 * bits.h - a set of sites of one roster: bit i % 8 of byte i / 8 is the site at place i.
 * B1  bits at and past n are zero; a reader refuses others, so that a set has one spelling.
 */
#ifndef SECAGG_BITS_H
#define SECAGG_BITS_H

#include "secagg/layout.h"

enum {
	BITS_BYTES = (MAX_SUM_SITES + 7) / 8
};

struct bits {
	uint64_t n;
	uint8_t at[BITS_BYTES];
};

void bits_init(struct bits *b, uint64_t n); /* n <= MAX_SUM_SITES; empty */
void bits_add(struct bits *b, uint64_t i);
bool bits_has(const struct bits *b, uint64_t i); /* false from n on */
uint64_t bits_count(const struct bits *b);
bool bits_within(const struct bits *b, const struct bits *of); /* b is a subset of `of`, of one n */
bool bits_equal(const struct bits *a, const struct bits *b);

void lay_bits(struct text *t, const struct bits *b); /* its bytes alone: n is known to both sides */
void unlay_bits(struct unlay *u, struct bits *b, uint64_t n);

#endif
