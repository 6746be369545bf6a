/*
 * distinct.h - people known to several hospitals, counted once: a private OR inside a sum of SA-1.
 *
 * A word is a bucket. A site puts 0 into a bucket that none of its people fall into, else a fresh uniform number that is
 * not 0; the sum modulo 2^64 is 0 exactly where all were empty (but once in 2^64) and says nothing about how many were
 * not. From the number of occupied buckets follows the number of people (linear counting).
 *
 * Y1  the bucket of a person follows from a key of this question alone, HKDF(K_sites, "cordon/dc", context), which the
 *     gateway does not have: two questions share no pattern.
 * Y2  each place of the roster owns `dummies` buckets that it alone sets, each with probability 1/2. They lie among the
 *     others in an order that follows from the same key: whoever cannot tell a dummy sees the count with their noise.
 *     Its variance is contributors * dummies / 4, its mean half of contributors * dummies.
 * Y3  one person moves the count by one at most, at however many hospitals.
 * Y4  what a site gives depends on the set of its people, not on their order or on repetitions.
 * A site that shows K_sites to the gateway lets it ask of a person whether anybody knows them: docs/protocol-distinct.md.
 */
#ifndef SECAGG_DISTINCT_H
#define SECAGG_DISTINCT_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/secret.h"

struct distinct_shape {
	uint64_t buckets; /* m, of people: at least 1024 */
	uint64_t sites;   /* places of the roster */
	uint64_t dummies; /* of each place, D */
};

/* D for at least this variance from h honest contributors: ceil(4 V / h). Fails: E_LIMIT; E_INPUT for h = 0. */
CHECKED int distinct_dummies(
	uint64_t variance, uint64_t honest, uint64_t *dummies, struct error *err);
/* Words of one vector: buckets + sites * dummies. Fails: E_INPUT for a shape that is none, E_LIMIT past MAX_SUM_WORDS. */
CHECKED int distinct_words(const struct distinct_shape *s, uint64_t *words, struct error *err);

struct distinct;

/* Derives this question's key and the order of buckets. Gives *out (distinct_free). */
CHECKED int distinct_new(struct distinct **out, const struct distinct_shape *s,
	const struct key32 *sites, const struct hash32 *ctx, struct error *err);
void distinct_free(struct distinct *d); /* NULL too; wipes */
/* A person of this site, by the key that all hospitals know them by. */
CHECKED int distinct_add(struct distinct *d, const void *person, size_t len, struct error *err);
/* The vector of the site at `place`, with its dummies; the caller wipes it. Ends the counting: E_STATE afterwards. */
CHECKED int distinct_vector(
	struct distinct *d, uint64_t place, uint64_t *words, size_t n, struct error *err);

struct distinct_count {
	int64_t occupied;          /* with noise, its mean taken off */
	int64_t people, low, high; /* low..high: 95 % */
};

/* The gateway's side, from the sums. Fails: E_LIMIT when so many buckets are occupied that nothing can be said. */
CHECKED int distinct_estimate(const struct distinct_shape *s, const uint64_t *sums, size_t n,
	uint64_t contributors, struct distinct_count *out, struct error *err);

#endif
