/*
 * sum.h - what sites would put into a secure sum: which noise it must have; and the sum itself, as a release that the
 * answer is made of like any site's.
 *
 * D1  sites are summed whose words are read alike and whose noise is of one law (sum_shape()).
 * D2  the noise is as strong as the site wants that wants most; none only when all let it be none.
 * D3  cells are held against the strictest threshold of the sites in the sum, by its noisy value, as a site holds its
 *     own: this gateway sees the sum, so it is a matter of what is shown and not of what is known.
 * D4  words are brought back from the lattice to whole people, halves upwards. The variance that is told is that of all
 *     who contributed, and of the rounding, rounded up to a whole number.
 * D5  of distinct people the words are an OR (secagg/distinct.h): the one number is what is counted in them, its variance
 *     that of the noise and of people who share a bucket.
 */
#ifndef ANSWER_SUM_RELEASE_H
#define ANSWER_SUM_RELEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/combine.h"
#include "base/arena.h"
#include "base/error.h"
#include "crypto/shared_noise.h"
#include "wire/message.h"

/* Offers with one shape can be summed; without noise: with either law, so its shape is that of `law`. */
struct hash32 sum_shape(const struct release *offer, uint64_t law);
/* Marks in out[n] the largest set of offers (those that are summed) that can be summed, and returns its size. Of equal
 * sets the one whose first member comes first. None without memory. */
size_t sum_choose(const struct release *offers, size_t n, bool *out);
/* Of those marked, takes the mark off those whose noise is beyond reason: SUM_LOUD times that of more than half of those
 * that want noise, in standard deviations, or more than any sum can have. The strongest wish is everybody's noise, so one
 * such site would leave nothing of the sum. Sets loud[n] for them; returns how many are left. */
enum {
	SUM_LOUD = 100
};
size_t sum_hush(const struct release *offers, size_t n, bool *marked, bool *loud);
/* The noise of a sum of those marked, over at most `sites` of which `honest` are. Fails: as shared_noise_choose(). */
CHECKED int sum_noise(const struct release *offers, const bool *marked, size_t n, uint64_t sites,
	uint64_t honest, struct shared_noise *out, struct error *err);

/* Words of each vector of the sum that these offers are for. Fails: E_LIMIT when it could not be made. */
CHECKED int sum_words(const struct release *offer, const struct shared_noise *noise,
	uint64_t *words, struct error *err);

/* How distinct people were counted. */
struct sum_distinct {
	uint64_t buckets, dummies; /* dummies: of each site; buckets 0: it is another kind */
	uint64_t noise;            /* its variance, in buckets */
	int64_t occupied;          /* with the noise */
	bool full;                 /* so many that nothing can be said */
};

struct sum_made {
	struct release release; /* of no site; in the arena */
	struct combine_of of;   /* for struct combine_part */
	struct sum_distinct distinct;
};
/* words: sum_words() of them, what was added up modulo 2^64. offers: of the n sites that contributed, at least
 * one, of one shape. Fails: E_INPUT when they do not belong together; memory. */
CHECKED int sum_release(const struct shared_noise *noise, const uint64_t *words,
	const struct release *const *offers, const char *const *sites, size_t n, struct arena *a,
	struct sum_made *out, struct error *err);

#endif
