#include "secagg/bits.h"

#include <assert.h>
#include <string.h>

static size_t bytes_of(uint64_t n)
{
	return (size_t)(n + 7) / 8;
}

void bits_init(struct bits *b, uint64_t n)
{
	assert(n <= MAX_SUM_SITES);
	*b = (struct bits){ .n = n };
}

void bits_add(struct bits *b, uint64_t i)
{
	assert(i < b->n);
	b->at[i / 8] = (uint8_t)(b->at[i / 8] | 1U << i % 8);
}

bool bits_has(const struct bits *b, uint64_t i)
{
	return i < b->n && (b->at[i / 8] >> i % 8 & 1) != 0;
}

uint64_t bits_count(const struct bits *b)
{
	uint64_t count = 0;

	for (size_t i = 0; i < bytes_of(b->n); i++)
		count += (uint64_t)__builtin_popcount(b->at[i]);
	return count;
}

bool bits_within(const struct bits *b, const struct bits *of)
{
	if (b->n != of->n)
		return false;
	for (size_t i = 0; i < bytes_of(b->n); i++)
		if ((b->at[i] & ~of->at[i]) != 0)
			return false;
	return true;
}

bool bits_equal(const struct bits *a, const struct bits *b)
{
	return a->n == b->n && memcmp(a->at, b->at, bytes_of(a->n)) == 0;
}

void lay_bits(struct text *t, const struct bits *b)
{
	lay_fixed(t, b->at, bytes_of(b->n));
}

void unlay_bits(struct unlay *u, struct bits *b, uint64_t n)
{
	bits_init(b, n);
	unlay_fixed(u, b->at, bytes_of(n));
	if (n % 8 != 0 && b->at[n / 8] >> n % 8 != 0)
		u->bad = true;
}
