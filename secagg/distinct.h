/*
 * distinct.h - people known to several hospitals, counted once: a private OR inside a sum of SA-1.
 *
 * A word is a bucket. A site puts 0 into a bucket that none of its people fall into, else a fresh uniform number that is
 * not 0; the sum modulo 2^64 is 0 exactly where all were empty (but once in 2^64) and says nothing about how many were
 * not. From the number of occupied buckets follows the number of people (linear counting).
 *
 * Y1  the bucket of a person follows from a key of this sum alone, HKDF(K_sites, "cordon/dc", context), which the
 *     gateway does not have: two sums share no pattern.
 * Y2  each place of the roster owns `dummies` words that it alone sets: half of them and its share of the sum's noise,
 *     crypto/shared_noise.h, drawn as for any other number. They lie at random positions among the others, which follow
 *     from the same key, as does which buckets people fall into: whoever has not that key sees how many words are not
 *     0, and no more. That is the count with the noise.
 * Y3  one person moves the count by one at most, at however many hospitals.
 * Y4  what a site gives depends on the set of its people, not on their order or on repetitions.
 * A site that shows K_sites to the gateway takes the noise away from all, and lets it ask of a person whether anybody
 * knows them: docs/protocol-distinct.md.
 */
#ifndef SECAGG_DISTINCT_H
#define SECAGG_DISTINCT_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/secret.h"
#include "crypto/shared_noise.h"

enum {
	DISTINCT_KEY =
		16, /* bytes by which all hospitals know a person: of a hash of an identifier */
	DISTINCT_MIN_BUCKETS = 1024,
};

struct distinct_shape {
	uint64_t buckets; /* m, of people: at least DISTINCT_MIN_BUCKETS */
	uint64_t sites;   /* places of the roster */
	uint64_t dummies; /* of each place: twice the farthest that a share of the noise goes */
};

/* Of a sum with this noise for the one number that is counted: room for the share of each of its sites. */
struct distinct_shape distinct_shape(uint64_t buckets, const struct shared_noise *n);
/* Words of one vector: buckets + sites * dummies. Fails: E_INPUT for a shape that is none, E_LIMIT past MAX_SUM_WORDS. */
CHECKED int distinct_words(const struct distinct_shape *s, uint64_t *words, struct error *err);

struct distinct_set;

/* Derives this question's key and where dummies lie. Gives *out (distinct_free). */
CHECKED int distinct_new(struct distinct_set **out, const struct distinct_shape *s,
	const struct key32 *sites, const struct hash32 *ctx, struct error *err);
void distinct_free(struct distinct_set *d); /* NULL too; wipes */
/* n people of this site, DISTINCT_KEY bytes each. */
CHECKED int distinct_people(
	struct distinct_set *d, const uint8_t *keys, size_t n, struct error *err);
/* The vector of the site at `place`, with half of its dummies and `noise` more set, none or all where that is out of
 * their number; the caller wipes it. Ends the counting: E_STATE afterwards. */
CHECKED int distinct_vector(struct distinct_set *d, uint64_t place, int64_t noise, uint64_t *words,
	size_t n, struct error *err);

struct distinct_count {
	int64_t occupied; /* buckets, with the noise */
	int64_t people;
	uint64_t variance; /* of people: that they share buckets, and the noise */
	bool full; /* so many buckets are occupied that nothing can be said; all others are 0 */
};

/* The gateway's side, from the sums. noise: its variance, of all contributors together. Fails: E_INPUT. */
CHECKED int distinct_estimate(const struct distinct_shape *s, const uint64_t *sums, size_t n,
	uint64_t contributors, uint64_t noise, struct distinct_count *out, struct error *err);

#endif
