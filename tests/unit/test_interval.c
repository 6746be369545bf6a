#include "crypto/interval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/noise.h"
#include "tests/unit/unit.h"

/*
 * Against masses summed and convolved term by term, and against noise drawn with the generator as
 * it ships: the only draws of the unit tests that differ from run to run. Each of their 12 limits
 * has a false alarm rate of 1e-8.
 */

static const unsigned alphas[] = { 500000, 317311, 100000, 50000, 10000, 1000, 100, 1 };
enum {
	ALPHAS = sizeof(alphas) / sizeof(alphas[0])
};

static const struct interval_term laplace_1 = { 0, 1, 1 }, laplace_10 = { 0, 10, 1 },
				  gaussian_20 = { 1, 20, 1 };

START_TEST(known_widths)
{
	static const struct {
		struct interval_term term;
		uint64_t at95, at99;
	} cases[] = { { { 0, 1, 1 }, 3, 4 }, { { 0, 10, 1 }, 30, 46 }, { { 1, 20, 1 }, 9, 11 },
		{ { 1, 21, 1 }, 9, 12 }, { { 1, 100, 1 }, 20, 26 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct interval_term *t = &cases[i].term;
		uint64_t k95 = t->gaussian ? interval_gaussian(t->t, 50000)
					   : interval_laplace(t->t, t->s, 50000);
		uint64_t k99 = t->gaussian ? interval_gaussian(t->t, 10000)
					   : interval_laplace(t->t, t->s, 10000);
		ck_assert_uint_eq(k95, cases[i].at95);
		ck_assert_uint_eq(k99, cases[i].at99);
	}
}
END_TEST

/* --- masses term by term --------------------------------------------------------------------- */

/* The mass of one noise on -half..half, at p[half]. */
static long double *mass_of(const struct interval_term *t, size_t half)
{
	long double *p = calloc(2 * half + 1, sizeof(*p));
	long double scale =
		t->gaussian ? 2 * (long double)t->t : (long double)t->t / (long double)t->s;
	long double sum = 0;

	ck_assert_ptr_nonnull(p);
	for (size_t i = half + 1; i-- > 0;) {
		long double x = (long double)i;
		p[half + i] = p[half - i] = expl(-(t->gaussian ? x * x : x) / scale);
		sum += i == 0 ? 1 : 2 * p[half + i];
	}
	for (size_t i = 0; i <= 2 * half; i++)
		p[i] /= sum;
	return p;
}

static uint64_t reach_of(const long double *p, size_t half, unsigned alpha_ppm)
{
	long double room = (long double)alpha_ppm / 1e6L, outside = 0;
	size_t k = half;

	for (; k > 0; k--) {
		outside += 2 * p[half + k];
		if (outside > room)
			break;
	}
	return k;
}

static size_t enough(const struct interval_term *t)
{
	return t->gaussian ? (size_t)(9 * sqrt((double)t->t)) + 9
			   : (size_t)(36 * (double)t->t / (double)t->s) + 9;
}

START_TEST(one_draw_reaches_the_smallest_k_of_its_mass)
{
	static const struct interval_term terms[] = { { 0, 1, 1 }, { 0, 1, 2 }, { 0, 1, 50 },
		{ 0, 3, 2 }, { 0, 10, 3 }, { 0, 999983, 1009 }, { 0, 20000, 1 }, { 1, 1, 1 },
		{ 1, 2, 1 }, { 1, 3, 1 }, { 1, 20, 1 }, { 1, 21, 1 }, { 1, 100, 1 },
		{ 1, 10007, 1 }, { 1, 1 << 14, 1 }, { 1, (1 << 14) + 1, 1 }, { 1, 20011, 1 },
		{ 1, 1000003, 1 }, { 1, UINT64_C(10000000019), 1 } };

	for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++) {
		size_t half = enough(&terms[i]);
		long double *p = mass_of(&terms[i], half);
		for (int a = 0; a < ALPHAS; a++) {
			uint64_t got = terms[i].gaussian ? interval_gaussian(terms[i].t, alphas[a])
							 : interval_laplace(terms[i].t, terms[i].s,
								   alphas[a]);
			ck_assert_msg(got == reach_of(p, half, alphas[a]),
				"term %zu, alpha %u: %lu", i, alphas[a], got);
			ck_assert_uint_eq(interval_sum(&terms[i], 1, alphas[a]), got);
		}
		free(p);
	}
}
END_TEST

/* Near the border of the two ways to sum a Gaussian tail, so many levels that an error of a
 * thousandth of a unit would move some of them. */
START_TEST(both_ways_to_sum_a_tail_agree_with_its_terms_at_every_level)
{
	static const uint64_t variances[] = { (1 << 14) - 1, 1 << 14, (1 << 14) + 1, 17000 };

	for (size_t i = 0; i < 4; i++) {
		const struct interval_term term = { 1, variances[i], 1 };
		size_t half = enough(&term);
		long double *p = mass_of(&term, half);
		int different = 0;
		for (unsigned alpha = 1; alpha < 1000000; alpha += alpha < 1000 ? 1 : 199)
			different += interval_gaussian(term.t, alpha) != reach_of(p, half, alpha);
		ck_assert_int_eq(different, 0);
		free(p);
	}
}
END_TEST

START_TEST(the_widest_noise_has_an_interval)
{
	/* 1.959964 and 2.575829 sigma; ln(2/(alpha(1+q))) b */
	uint64_t k = interval_gaussian(UINT64_C(1) << 40, 50000);
	ck_assert_uint_ge(k, 2055171);
	ck_assert_uint_le(k, 2055172);
	k = interval_gaussian(UINT64_C(1) << 40, 10000);
	ck_assert_uint_ge(k, 2700952);
	ck_assert_uint_le(k, 2700953);
	k = interval_gaussian(UINT64_C(1) << 54, 50000);
	ck_assert_double_eq_tol((double)k, 134217728.0 * 1.95996398454, 2);
	k = interval_laplace(UINT64_C(1) << 32, 1, 50000);
	ck_assert_double_eq_tol((double)k, 4294967296.0 * log(20), 2);
	ck_assert_uint_eq(interval_laplace(1, UINT64_C(1) << 32, 1), 0);
}
END_TEST

/* --- sums ------------------------------------------------------------------------------------ */

static uint64_t sum_term_by_term(const struct interval_term *terms, unsigned n, unsigned alpha_ppm)
{
	size_t half = enough(&terms[0]);
	long double *sum = mass_of(&terms[0], half);

	for (unsigned i = 1; i < n; i++) {
		size_t h = enough(&terms[i]), wide = half + h;
		long double *p = mass_of(&terms[i], h), *q = calloc(2 * wide + 1, sizeof(*q));
		ck_assert_ptr_nonnull(q);
		for (size_t a = 0; a <= 2 * half; a++)
			for (size_t b = 0; b <= 2 * h; b++)
				q[a + b] += sum[a] * p[b];
		free(p);
		free(sum);
		sum = q;
		half = wide;
	}
	uint64_t k = reach_of(sum, half, alpha_ppm);
	free(sum);
	return k;
}

START_TEST(sums_with_laplace_reach_what_their_convolution_does)
{
	static const struct interval_term sums[][4] = {
		{ { 0, 1, 1 }, { 0, 1, 1 }, { 0, 1, 1 }, { 0, 1, 1 } },
		{ { 0, 10, 1 }, { 0, 10, 1 }, { 0, 10, 1 }, { 0, 3, 2 } },
		{ { 0, 1, 3 }, { 1, 20, 1 }, { 0, 7, 2 }, { 0, 1, 1 } },
		{ { 1, 100, 1 }, { 0, 12, 1 }, { 0, 12, 1 }, { 0, 12, 1 } },
		{ { 0, 1, 40 }, { 0, 1, 40 }, { 0, 1, 40 }, { 0, 1, 40 } },
	};

	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		for (unsigned n = 2; n <= 4; n++)
			for (int a = 0; a < ALPHAS; a++) {
				uint64_t got = interval_sum(sums[i], n, alphas[a]);
				uint64_t want = sum_term_by_term(sums[i], n, alphas[a]);
				ck_assert_msg(got == want, "sum %zu of %u, alpha %u: %lu for %lu",
					i, n, alphas[a], got, want);
			}
}
END_TEST

/* Where the discrete sum is not quite a discrete Gaussian, the answer is on the wide side. */
START_TEST(sums_of_gaussians_reach_as_far_or_one_more)
{
	static const uint64_t variances[][6] = { { 1, 1, 1, 1, 1, 1 }, { 2, 2, 2, 2, 2, 2 },
		{ 1, 20, 3, 1, 100, 7 }, { 20, 20, 20, 20, 20, 20 }, { 400, 400, 400, 1, 1, 1 } };

	for (size_t i = 0; i < 5; i++) {
		struct interval_term terms[6];
		for (unsigned j = 0; j < 6; j++)
			terms[j] = (struct interval_term){ 1, variances[i][j], 1 };
		for (unsigned n = 2; n <= 6; n++)
			for (int a = 0; a < ALPHAS; a++) {
				uint64_t got = interval_sum(terms, n, alphas[a]);
				uint64_t want = sum_term_by_term(terms, n, alphas[a]);
				ck_assert_msg(got == want || got == want + 1,
					"sum %zu of %u, alpha %u: %lu for %lu", i, n, alphas[a],
					got, want);
			}
	}
}
END_TEST

START_TEST(two_gaussians_and_a_laplace_reach_as_far_or_one_more)
{
	static const struct interval_term terms[] = { { 1, 1, 1 }, { 0, 2, 1 }, { 1, 2, 1 } };

	for (int a = 0; a < ALPHAS; a++) {
		uint64_t got = interval_sum(terms, 3, alphas[a]);
		uint64_t want = sum_term_by_term(terms, 3, alphas[a]);
		ck_assert(got == want || got == want + 1);
	}
}
END_TEST

START_TEST(sums_too_wide_to_convolve_are_bounded_by_their_parts)
{
	const struct interval_term wide = { 0, 1000000, 1 };
	const struct interval_term terms[] = { wide, wide };
	struct interval_term *many = calloc(4096, sizeof(*many));

	ck_assert_uint_eq(
		interval_sum(terms, 2, 20000), 2 * interval_laplace(wide.t, wide.s, 10000));
	/* convolved: far less than the parts' 4096 times 12, not less than the normal 2.576 sd */
	ck_assert_ptr_nonnull(many);
	for (int i = 0; i < 4096; i++)
		many[i] = laplace_1;
	double sd = sqrt(4096 * 2 * exp(-1) / pow(1 - exp(-1), 2));
	uint64_t k = interval_sum(many, 4096, 10000);
	ck_assert_double_ge((double)k, 2.5 * sd);
	ck_assert_double_le((double)k, 2.7 * sd);
	free(many);
}
END_TEST

START_TEST(sums_of_many_draws_reach_what_their_convolution_does)
{
	static const struct interval_term sums[][9] = {
		{ { 0, 1, 1 }, { 0, 1, 1 }, { 0, 1, 1 }, { 0, 2, 1 }, { 0, 2, 1 }, { 0, 3, 2 },
			{ 0, 1, 1 }, { 0, 5, 1 }, { 0, 1, 1 } },
		{ { 1, 7, 1 }, { 0, 1, 9 }, { 0, 1, 1 }, { 0, 2, 1 }, { 0, 2, 1 }, { 0, 1, 1 },
			{ 0, 1, 1 }, { 0, 5, 1 }, { 0, 1, 30 } },
		{ { 0, 1, 40 }, { 0, 1, 40 }, { 0, 1, 40 }, { 0, 1, 40 }, { 0, 1, 40 },
			{ 0, 1, 40 }, { 0, 1, 40 }, { 0, 1, 40 }, { 0, 1, 40 } },
	};

	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		for (unsigned n = 5; n <= 9; n++)
			for (int a = 0; a < ALPHAS; a++) {
				uint64_t got = interval_sum(sums[i], n, alphas[a]);
				uint64_t want = sum_term_by_term(sums[i], n, alphas[a]);
				ck_assert_msg(got == want, "sum %zu of %u, alpha %u: %lu for %lu",
					i, n, alphas[a], got, want);
			}
}
END_TEST

/* An attrition of a hundred steps has a sum of so many draws at each: they are as near to a normal draw as they
 * look, and asking for all of them is no work. */
START_TEST(wide_sums_of_many_draws_are_exact_and_cheap)
{
	struct interval_term many[128];
	clock_t begun = clock();

	for (unsigned n = 1; n <= 128; n++) {
		const struct interval_term one = { 0, 5000, 1 };

		many[n - 1] = one;
		uint64_t k = interval_sum(many, n, 50000);
		double sd = sqrt(2.0 * n) * 5000;

		if (n >= 16)
			ck_assert_msg((double)k > 1.95 * sd && (double)k < 1.98 * sd,
				"%u draws: %lu", n, k);
	}
	ck_assert_double_lt((double)(clock() - begun) / CLOCKS_PER_SEC, 1);
}
END_TEST

START_TEST(what_has_no_interval_gets_the_widest)
{
	struct interval_term bad[] = { { 0, 0, 1 }, { 0, 1, 0 }, { 1, 0, 1 },
		{ 0, (UINT64_C(1) << 32) + 1, 1 }, { 0, UINT64_MAX, UINT64_MAX } };
	const struct interval_term huge[] = { { 1, UINT64_MAX, 1 }, { 1, UINT64_MAX, 1 } };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct interval_term pair[] = { laplace_10, bad[i] };
		ck_assert_uint_eq(interval_sum(&bad[i], 1, 50000), UINT64_MAX);
		ck_assert_uint_eq(interval_sum(pair, 2, 50000), UINT64_MAX);
	}
	ck_assert_uint_eq(interval_sum(huge, 2, 50000), UINT64_MAX);
	ck_assert_uint_eq(interval_sum(&gaussian_20, 1, 0), UINT64_MAX);
	ck_assert_uint_eq(interval_sum(&gaussian_20, 1, 1000000), 0);
	ck_assert_uint_eq(interval_sum(&gaussian_20, 1, UINT32_MAX), 0);
	ck_assert_uint_eq(interval_sum(NULL, 0, 50000), 0);
	/* a lying peer's parameters cost no time and overflow nothing */
	ck_assert_uint_gt(interval_gaussian(UINT64_MAX, 50000), UINT64_C(8000000000));
}
END_TEST

/* --- noise as it is drawn -------------------------------------------------------------------- */

static int64_t draw(struct rng *gen, const struct interval_term *t)
{
	struct error err;
	int64_t x = 0;

	if (t->gaussian)
		OK(noise_gaussian(gen, t->t, &x, &err));
	else
		OK(noise_laplace(gen, t->t, t->s, &x, &err));
	return x;
}

/* How often the sum of one draw each lies within k, in standard deviations above p. */
static double excess(
	struct rng *gen, const struct interval_term *terms, unsigned n, int64_t k, double p)
{
	const int draws = 20000;
	int inside = 0;

	for (int i = 0; i < draws; i++) {
		int64_t x = 0;
		for (unsigned j = 0; j < n; j++)
			x += draw(gen, &terms[j]);
		inside += x >= -k && x <= k;
	}
	return (inside - draws * p) / sqrt(draws * p * (1 - p));
}

START_TEST(drawn_noise_stays_inside_as_often_as_said_and_not_in_a_narrower_one)
{
	const struct interval_term terms[] = { laplace_1, laplace_10, gaussian_20 };
	static struct rng gen;

	rng_init(&gen);
	for (unsigned n = 1; n <= 3; n++)
		for (int a = 0; a < 2; a++) {
			const unsigned alpha = a == 0 ? 50000 : 100000;
			const double p = 1 - alpha / 1e6;
			int64_t k = (int64_t)interval_sum(terms, n, alpha);
			ck_assert_double_gt(excess(&gen, terms, n, k, p), -5.7);
			if (k > 0)
				ck_assert_double_lt(excess(&gen, terms, n, k - 1, p), 5.7);
		}
	ck_assert(!rng_failed(&gen));
	rng_clear(&gen);
}
END_TEST

UNIT_MAIN("interval", known_widths, one_draw_reaches_the_smallest_k_of_its_mass,
	both_ways_to_sum_a_tail_agree_with_its_terms_at_every_level,
	the_widest_noise_has_an_interval, sums_with_laplace_reach_what_their_convolution_does,
	sums_of_gaussians_reach_as_far_or_one_more,
	two_gaussians_and_a_laplace_reach_as_far_or_one_more,
	sums_too_wide_to_convolve_are_bounded_by_their_parts,
	sums_of_many_draws_reach_what_their_convolution_does,
	wide_sums_of_many_draws_are_exact_and_cheap, what_has_no_interval_gets_the_widest,
	drawn_noise_stays_inside_as_often_as_said_and_not_in_a_narrower_one)
