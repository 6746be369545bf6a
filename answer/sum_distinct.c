#include "answer/sum_distinct.h"

#include "secagg/distinct.h"

typedef unsigned __int128 u128;

/* Of the shares of n sites, in buckets, rounded up. `honest` Laplace shares are one draw of a variance below 2 (t/s)^2,
 * whose 95 % lie a little farther out than those of a Gaussian: a fifth more covers that. */
static uint64_t variance_of(const struct shared_noise *noise, uint64_t n)
{
	const struct shared_layer *layer = &noise->layers[0];
	u128 v = (u128)n * layer->t;

	if (noise->law == SHARED_LAPLACE)
		v = (u128)layer->t * layer->t / ((u128)layer->s * layer->s) + 1,
		v = (v * 12 * n + 5 * noise->honest - 1) / (5 * noise->honest);
	return v > INT64_MAX ? INT64_MAX : (uint64_t)v;
}

int sum_count_distinct(const struct shared_noise *noise, const uint64_t *words, uint64_t n,
	struct release *r, struct sum_distinct *out, struct error *err)
{
	const struct distinct_shape s = distinct_shape(r->resolution, noise);
	struct distinct_count c;
	uint64_t n_words, v = variance_of(noise, n);

	if (distinct_words(&s, &n_words, err) != 0 ||
		distinct_estimate(&s, words, n_words, n, v, &c, err) != 0)
		return -1;
	r->noise = NOISE_GAUSSIAN;
	r->layers[0] = (struct release_noise){ c.full ? 1 : c.variance, 1 };
	r->cells[0] = c.full ? CELL_SUPPRESSED : c.people;
	*out = (struct sum_distinct){ s.buckets, s.dummies, v, c.occupied, c.full };
	return 0;
}
