/*
 * distinct.c - people of 50 hospitals counted once: what a site's whole part costs, masks and signatures included, and how
 * far the estimate is off, beside linear counting alone. RUNS=n questions, 40 unless it says otherwise.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CK_WORLD_SITES 64
#include "bench/lone_site.h"
#include "secagg/distinct.h"

enum {
	SITES = 50,
	BUCKETS = 1000000, /* the most that a policy may have */
	HONEST = 17,
	EACH = 150000, /* people of a hospital; each shares a third of them with the next */
	STEP = 100000,
	PEOPLE = SITES * STEP + EACH - STEP,
	VARIANCE = 102, /* of the honest sites' shares: 1/204 of a person's rho, docs/privacy.md */
};

static struct error err;

static void must(int ret)
{
	lone_must(ret, &err);
}

/* As many buckets as a policy may want. */
static struct distinct_shape shape_of(struct shared_noise *noise)
{
	const struct shared_ask ask = { .law = SHARED_GAUSSIAN,
		.sites = SITES,
		.honest = HONEST,
		.n_cells = 1,
		.n_layers = 1,
		.least = { { VARIANCE, 1 } },
		.bound = { MAX_SUM_WORDS } };

	must(shared_noise_choose(&ask, noise, &err));
	return distinct_shape(BUCKETS, noise);
}

/* Of one hospital: a person's key is a hash in life, and as good as any other number to a cipher. */
static void people_of(uint64_t site, uint8_t *keys)
{
	memset(keys, 0, (size_t)EACH * DISTINCT_KEY);
	for (uint64_t p = 0; p < EACH; p++)
		put_be64(keys + p * DISTINCT_KEY + 8, site * STEP + p);
}

static void vector_of(const struct distinct_shape *s, const struct hash32 *ctx, uint64_t place,
	int64_t noise, const uint8_t *keys, uint64_t *v, uint64_t words)
{
	const struct key32 secret = { { 7 } };
	struct distinct_set *d = NULL;

	must(distinct_new(&d, s, &secret, ctx, &err));
	must(distinct_people(d, keys, EACH, &err));
	must(distinct_vector(d, place, noise, v, words, &err));
	distinct_free(d);
}

/* ---- what it costs ---- */

static void cost(const struct distinct_shape *s, uint8_t *keys, uint64_t *v, uint64_t words)
{
	double vector = 1e9, all = 1e9;

	people_of(0, keys);
	for (int i = 0; i < 5; i++) {
		struct lone l;

		lone_new(&l, SITES, words, SUM_OR);
		lone_keys(&l);
		lone_roster(&l);
		lone_deal(&l);
		double from = cpu_s();
		vector_of(
			s, round_site_context(l.site), round_site_place(l.site), 3, keys, v, words);
		double took = cpu_s() - from;
		l.cpu_s += took;
		lone_rest(&l, (const int64_t *)v);
		vector = took < vector ? took : vector;
		all = l.cpu_s < all ? l.cpu_s : all;
		lone_free(&l);
	}
	printf("  a site of 50, %d people, %llu buckets: vector %.1f ms of CPU, its whole part "
	       "with "
	       "masks and signatures %.1f ms (goal 100)\n",
		EACH, (unsigned long long)s->buckets, vector * 1e3, all * 1e3);
}

/* ---- how far it is off ---- */

static double off(int64_t people)
{
	return 100.0 * (double)(people - PEOPLE) / PEOPLE;
}

static double question(const struct distinct_shape *s, const struct shared_noise *noise,
	struct rng *r, uint8_t which, uint8_t *keys, uint64_t *sums, uint64_t *v, uint64_t words,
	double *said)
{
	const struct hash32 ctx = { { which, 1 } };
	struct distinct_count c;
	int64_t share;

	memset(sums, 0, words * sizeof(*sums));
	for (uint64_t i = 0; i < SITES; i++) {
		must(shared_noise_draw(noise, r, &share, &err));
		people_of(i, keys);
		vector_of(s, &ctx, i, share, keys, v, words);
		for (uint64_t w = 0; w < words; w++)
			sums[w] += v[w];
	}
	must(distinct_estimate(s, sums, words, SITES, SITES * noise->layers[0].t, &c, &err));
	*said = 100 * sqrt((double)c.variance) / PEOPLE;
	return off(c.people);
}

/* The same number of people in as many buckets by other random numbers, without sites, ciphers or noise. */
static double plain(uint64_t buckets, struct rng *r, uint8_t *set)
{
	uint64_t occupied = 0;

	memset(set, 0, buckets);
	for (uint64_t i = 0; i < PEOPLE; i++)
		set[rng_below(r, buckets)] = 1;
	for (uint64_t i = 0; i < buckets; i++)
		occupied += set[i];
	return off(llround(-(double)buckets * log1p(-(double)occupied / (double)buckets)));
}

struct spread {
	double sum, squares, most;
};

static void spread_add(struct spread *s, double v)
{
	s->sum += v;
	s->squares += v * v;
	s->most = fabs(v) > s->most ? fabs(v) : s->most;
}

static void spread_say(const char *what, const struct spread *s, long n)
{
	double rms = sqrt(s->squares / (double)n);

	printf("  %-44s rms %.3f %% +- %.3f, mean %+.3f %%, farthest %.2f %%\n", what, rms,
		rms / sqrt(2.0 * (double)n), s->sum / (double)n, s->most);
}

static void errors(const struct distinct_shape *s, const struct shared_noise *noise, long n,
	uint8_t *keys, uint64_t *v, uint64_t words)
{
	const double m = (double)s->buckets, t = PEOPLE / m;
	const double shared = sqrt(m * (exp(t) - t - 1)) / PEOPLE;
	const double noised = sqrt((double)(SITES * noise->layers[0].t)) * exp(t) / PEOPLE;
	uint64_t *sums = calloc(words, sizeof(*sums));
	uint8_t *set = calloc(s->buckets, 1);
	struct spread ours = { 0 }, alone = { 0 };
	double said = 0;
	struct rng r;

	if (sums == NULL || set == NULL)
		exit(1);
	rng_init(&r);
	for (long i = 0; i < n; i++) {
		spread_add(&ours, question(s, noise, &r, (uint8_t)i, keys, sums, v, words, &said));
		spread_add(&alone, plain(s->buckets, &r, set));
	}
	printf("  %d people of 50 hospitals, %ld questions (goal 0.3):\n", PEOPLE, n);
	spread_say("ours, with noise", &ours, n);
	spread_say("linear counting alone, simulated", &alone, n);
	printf("  %-44s %.3f %%: shared buckets %.3f, noise of variance %llu %.3f; each answer "
	       "says "
	       "%.3f\n",
		"by the formula", 100 * hypot(shared, noised), 100 * shared,
		(unsigned long long)(SITES * noise->layers[0].t), 100 * noised, said);
	rng_clear(&r);
	free(set);
	free(sums);
}

int main(void)
{
	const char *runs = getenv("RUNS");
	long n = runs == NULL ? 40 : strtol(runs, NULL, 10);
	struct shared_noise noise;
	struct distinct_shape s = shape_of(&noise);
	uint8_t *keys = malloc((size_t)EACH * DISTINCT_KEY);
	uint64_t words, *v;

	setvbuf(stdout, NULL, _IOLBF, 0);
	n = n < 1 ? 1 : n > 255 ? 255 : n;
	must(distinct_words(&s, &words, &err));
	v = calloc(words, sizeof(*v));
	if (v == NULL || keys == NULL)
		return 1;
	cost(&s, keys, v, words);
	errors(&s, &noise, n, keys, v, words);
	free(keys);
	free(v);
	return 0;
}
