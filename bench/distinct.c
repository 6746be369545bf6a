/*
 * distinct.c - people of 50 hospitals counted once: what a site's vector costs, and how far the estimate is off. RUNS=n
 * questions.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "secagg/distinct.h"

enum {
	SITES = 50,
	EACH = 150000, /* people of a hospital; each shares a third of them with the next */
	STEP = 100000,
	PEOPLE = SITES * STEP + EACH - STEP,
};

static struct error err;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void must(int ret)
{
	if (ret == 0)
		return;
	fprintf(stderr, "distinct: %s\n", err.log);
	exit(1);
}

/* One question; gives the CPU of a site's vector in ms. */
static double question(const struct distinct_shape *s, uint8_t which, uint64_t *sums, uint64_t *v,
	uint64_t words, struct distinct_count *c)
{
	struct key32 secret = { { 7 } };
	struct hash32 ctx = { { which } };
	double took = 0;

	memset(sums, 0, words * sizeof(*sums));
	for (uint64_t i = 0; i < SITES; i++) {
		double from = now_ms();
		struct distinct_set *d = NULL;

		must(distinct_new(&d, s, &secret, &ctx, &err));
		for (uint64_t p = 0; p < EACH; p++) {
			uint8_t key[DISTINCT_KEY] = { 1 };

			put_be64(key + 8, i * STEP + p);
			must(distinct_people(d, key, 1, &err));
		}
		must(distinct_vector(d, i, 0, v, words, &err));
		distinct_free(d);
		took += now_ms() - from;
		for (uint64_t w = 0; w < words; w++)
			sums[w] += v[w];
	}
	must(distinct_estimate(s, sums, words, SITES, SITES * 6, c, &err));
	return took / SITES;
}

int main(void)
{
	const char *runs = getenv("RUNS");
	long n = runs == NULL ? 5 : strtol(runs, NULL, 10);
	struct distinct_shape s = { 1000000, SITES, 0 };
	uint64_t words, *sums, *v;
	struct distinct_count c;

	n = n < 1 ? 1 : n > 255 ? 255 : n;
	s.dummies = 2 * 12 * 3; /* shares of a variance of 6, of which 17 are honest for certain */
	must(distinct_words(&s, &words, &err));
	sums = calloc(words, sizeof(*sums));
	v = calloc(words, sizeof(*v));
	if (sums == NULL || v == NULL)
		return 1;
	for (long i = 0; i < n; i++) {
		double took = question(&s, (uint8_t)(i + 3), sums, v, words, &c);

		if (i == 0)
			printf("  %-58s %9.1f ms (goal 100 with masks)\n",
				"vector of a site: 150,000 people, 2^20 words", took);
		printf("  %-44s %9lld of %d: %5.2f %% (goal 0.3), +-%.2f %%\n",
			"people of 50 hospitals", (long long)c.people, PEOPLE,
			100.0 * fabs((double)c.people - PEOPLE) / PEOPLE,
			196.0 * sqrt((double)c.variance) / PEOPLE);
	}
	free(sums);
	free(v);
	return 0;
}
