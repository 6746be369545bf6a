/*
 * noise_table.h - the same noise as noise.h in a time that does not depend on it, for narrow laws:
 * one word a draw is compared with every entry of a cumulative table. docs/privacy.md tells how.
 *
 * T1  the choice of a table depends on the law alone, which is public.
 * T2  exact: entries have 255 bits. A word equal to an entry's first 63 extends the same draw by
 *     192 bits (chance below 2^-52). Where even those do not decide, or lie beyond the table, the
 *     draw fails (chance below 2^-240, a state no working generator reaches); it is never redrawn.
 * T3  every other draw takes one word and the same instructions and addresses, whatever comes out.
 * T4  built with integers only; every entry is proven to a unit of 2^-255, see noise_table.c.
 */
#ifndef CRYPTO_NOISE_TABLE_H
#define CRYPTO_NOISE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "crypto/rng.h"

struct noise_law {
	int gaussian;  /* else Laplace */
	uint64_t t, s; /* Gaussian: V = t/s; Laplace: scale t/s */
};

/* P(|X| <= k) * 2^255 lies in [e, e + 2) for the 255-bit number e of entry k. */
struct noise_table {
	size_t n;
	size_t scan;         /* entries whose first 63 bits are not all ones; the others follow */
	uint64_t *top;       /* the first 63 bits of each */
	uint64_t (*rest)[3]; /* the others, high words first */
};

/* 1/16 <= V <= 900, or a scale from 1/16 to 16; t and s at most 2^32. */
bool noise_table_fits(struct noise_law law);
/* Fails: E_INPUT when the law does not fit, memory; then *table is empty. */
CHECKED int noise_table_make(struct noise_table *table, struct noise_law law, struct error *err);
void noise_table_free(struct noise_table *table);
/* n draws. Fails: E_CRYPTO generator; then out is wiped. */
CHECKED int noise_table_draw(
	const struct noise_table *table, struct rng *r, int64_t *out, size_t n, struct error *err);

/* n draws of any law: from a table where one fits, else with noise_laplace() or
 * noise_gaussian_ratio(). On failure out is wiped. Building the table takes well below 1 ms for a
 * variance of 21; see bench/noise.c. */
CHECKED int noise_many(
	struct rng *r, struct noise_law law, int64_t *out, size_t n, struct error *err);

#endif
