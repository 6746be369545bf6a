/*
 * test_statistics.c - statistics of noisy numbers: against values made another way (vectors/make_statistics.py), and
 * whether intervals cover as often as they say under the noise that sites really draw.
 *
 * Every interval is counted over many populations with a fixed tape. With fresh noise an interval that covers in 95 %
 * of cases would fall below its limit here with a chance of 1e-8.
 */
#include <math.h>
#include <string.h>

#include "answer/statistics/crosstab.h"
#include "answer/statistics/mean.h"
#include "answer/statistics/quantile.h"
#include "answer/statistics/survival.h"
#include "crypto/noise.h"
#include "tests/unit/stats.h"
#include "tests/unit/tape.h"
#include "tests/unit/unit.h"
#include "tests/vectors/statistics.h"

static struct error err;
static struct rng gen;

#define NEAR(have, want)                                                                           \
	ck_assert_msg(fabs((have) - (double)(want)) <= 1e-5 * fmax(1, fabs((double)(want))),                         \
		"%s is %.10g, not %.10g", #have, (double)(have), (double)(want))
#define CASES(list) (sizeof(list) / sizeof((list)[0]))

static struct spread gaussian(double v)
{
	return (struct spread){ .gaussian = v };
}

/* ---- values made another way ---- */

START_TEST(means_are_those_of_the_reference)
{
	for (size_t i = 0; i < CASES(mean_cases); i++) {
		const double *want = mean_cases[i].want;
		struct mean_words w = { .people = mean_cases[i].n,
			.sum = mean_cases[i].s,
			.squares = mean_cases[i].q,
			.low = mean_cases[i].low,
			.high = mean_cases[i].high,
			.resolution = mean_cases[i].r };
		struct mean_result r;

		for (int l = 0; l < 3; l++)
			w.noise[l] = gaussian(mean_cases[i].v[l]);
		mean_of(&w, &r);
		NEAR(r.mean.value, want[0]);
		NEAR(r.mean.low, want[1]);
		NEAR(r.mean.high, want[2]);
		NEAR(r.mean.from, want[3]);
		NEAR(r.mean.to, want[4]);
		NEAR(r.sd.value, want[5]);
		NEAR(r.sum.value, want[8]);
		NEAR(r.sum.high - r.sum.value, want[9]);
		if (r.small)
			continue; /* its deviation could be any */
		NEAR(r.sd.low, want[6]);
		NEAR(r.sd.high, want[7]);
	}
}
END_TEST

START_TEST(cumulative_sums_rise_as_those_of_the_reference)
{
	double got[MAX_POINTS + 1];

	for (size_t i = 0; i < CASES(rising_cases); i++) {
		quantile_rising(rising_cases[i].bins, rising_cases[i].n, got);
		for (unsigned j = 0; j <= rising_cases[i].n; j++)
			NEAR(got[j], rising_cases[i].want[j]);
	}
}
END_TEST

START_TEST(curves_are_those_of_the_reference)
{
	struct survival_step got[CURVE_STEPS];
	struct survival_half half;

	for (size_t i = 0; i < CASES(survival_cases); i++) {
		struct spread noise = gaussian(survival_cases[i].v);

		survival_of(survival_cases[i].words, survival_cases[i].steps, &noise, got, &half);
		for (unsigned j = 0; j < survival_cases[i].steps; j++) {
			const double *want = survival_cases[i].want[j];

			NEAR(got[j].at_risk, want[0]);
			NEAR(got[j].surviving.value, want[1]);
			NEAR(got[j].surviving.low, want[2]);
			NEAR(got[j].surviving.high, want[3]);
			NEAR(got[j].surviving.from, want[4]);
			NEAR(got[j].surviving.to, want[5]);
		}
	}
}
END_TEST

START_TEST(ratios_are_those_of_the_reference)
{
	for (size_t i = 0; i < CASES(ratio_cases); i++) {
		struct spread noise = gaussian(ratio_cases[i].v);
		struct crosstab_ratios r;
		const struct estimate *all[] = { &r.odds, &r.risk, &r.difference };

		crosstab_ratios(ratio_cases[i].cells, &noise, &r);
		for (int k = 0; k < 3; k++) {
			const double *want = &ratio_cases[i].want[5 * k];

			NEAR(all[k]->value, want[0]);
			NEAR(all[k]->low, fmax(want[1], k == 2 ? -1 : 0));
			NEAR(all[k]->high, k == 2 ? fmin(want[2], 1) : want[2]);
			NEAR(all[k]->from, fmax(want[3], k == 2 ? -1 : 0));
			NEAR(all[k]->to, k == 2 ? fmin(want[4], 1) : want[4]);
		}
	}
}
END_TEST

START_TEST(a_cell_below_three_deviations_is_too_small_to_interpret)
{
	const struct spread noise = gaussian(16);
	const int64_t fine[4] = { 12, 12, 12, 12 }, one[4] = { 12, 12, 11, 12 };
	struct crosstab_ratios r;
	struct mean_words w = {
		.people = 12, .low = 0, .high = 2, .resolution = 1, .noise = { noise, noise, noise }
	};
	struct mean_result m;

	crosstab_ratios(fine, &noise, &r);
	ck_assert(!r.small);
	crosstab_ratios(one, &noise, &r);
	ck_assert(r.small);
	mean_of(&w, &m);
	ck_assert(!m.small);
	w.people = 11;
	mean_of(&w, &m);
	ck_assert(m.small);
}
END_TEST

START_TEST(whatever_comes_gives_finite_numbers_in_their_bounds)
{
	static const int64_t wild[] = { 0, 1, -1, 5, -100, INT64_C(1) << 48, -(INT64_C(1) << 48),
		INT64_C(1) << 62, -(INT64_C(1) << 62) };
	const struct spread noises[] = { gaussian(1), gaussian(0x1p52),
		{ .laplace = 200, .scales = { 10 }, .n_laplace = 1 } };
	struct dice d = { 7 };

	for (int round = 0; round < 3000; round++) {
		const struct spread *noise = &noises[round % 3];
		struct survival_step steps[CURVE_STEPS];
		struct survival_half half;
		struct crosstab_chi chi;
		struct mean_result m;
		struct mean_words w = {
			.low = -3, .high = 9, .resolution = 100, .noise = { *noise, *noise, *noise }
		};
		int64_t words[MAX_POINTS];

		for (size_t i = 0; i < MAX_POINTS; i++)
			words[i] = wild[(size_t)(dice_unit(&d) * CASES(wild))];
		w.people = words[0];
		w.sum = words[1];
		w.squares = words[2];
		mean_of(&w, &m);
		ck_assert(m.mean.value >= -3 && m.mean.value <= 9 && m.mean.low >= -3 &&
			  m.mean.high <= 9 && m.sd.value >= 0 && m.sd.high <= 6);
		for (unsigned n = 1; n <= MAX_POINTS; n += 31) {
			struct estimate e = quantile_of(words, n, noise, -3, 9, 0.5);

			ck_assert(e.from >= -3 && e.from <= e.low && e.low <= e.value &&
				  e.value <= e.high && e.high <= e.to && e.to <= 9);
		}
		survival_of(words, CURVE_STEPS, noise, steps, &half);
		for (unsigned j = 0; j < CURVE_STEPS; j++) {
			const struct estimate *e = &steps[j].surviving;

			ck_assert(e->value >= 0 && e->value <= 1 && e->low >= 0 &&
				  e->low <= e->value && e->high >= e->value && e->high <= 1);
			ck_assert(j == 0 || e->value <= steps[j - 1].surviving.value);
		}
		if (round < 100 && crosstab_chi(words, 4, 5, noise, 1, &chi))
			ck_assert(isfinite(chi.value) && chi.p > 0 && chi.p <= 1);
	}
}
END_TEST

/* ---- coverage ---- */

enum {
	TRIALS = 4000
};

static int64_t noisy(int64_t v, uint64_t variance)
{
	int64_t x;

	OK(noise_gaussian(&gen, variance, &x, &err));
	return v + x;
}

struct cover {
	unsigned inside, wide, all;
};
static void cover(struct cover *c, const struct estimate *e, double truth, double behind)
{
	c->all++;
	c->inside += e->low <= truth && truth <= e->high;
	c->wide += e->from <= behind && behind <= e->to;
}

/* At least 95 %; -1: and wherever it is, as an interval by edges of bins is wider. */
static void covers(const char *what, unsigned hits, unsigned all, double most)
{
	double share = (double)hits / all, least = 0.95 - STATS_Z1 * sqrt(0.95 * 0.05 / all);

	ck_assert_msg(share >= least && share <= most, "%s: %.4f of %u, at least %.4f", what, share,
		all, least);
}

/* Values of a normal population within -R..R. */
static int64_t person(struct dice *d, double mu, double sigma, int64_t r)
{
	double v = rint(mu + sigma * dice_normal(d));

	return (int64_t)fmin(fmax(v, (double)-r), (double)r);
}

START_TEST(means_cover_as_often_as_they_say)
{
	static const struct {
		int n;
		double mu, sigma;
	} people[] = { { 60, 40, 20 }, { 400, -30, 15 }, { 3000, 5, 30 } };
	const int64_t r = 100;
	/* the price is shared: V = D^2 * 3 * V1 for D = 1, R, ceil(R*R/2) */
	const uint64_t v[3] = { 21, 21 * 10000, UINT64_C(21) * 5000 * 5000 };
	struct dice d = { 11 };

	tape_start("means");
	rng_init(&gen);
	for (size_t k = 0; k < CASES(people); k++) {
		struct cover mean = { 0 }, sd = { 0 };

		for (int t = 0; t < TRIALS; t++) {
			struct mean_words w = { .low = -100, .high = 100, .resolution = 100 };
			double s = 0, q = 0, n = people[k].n;
			struct mean_result m;

			for (int i = 0; i < people[k].n; i++) {
				int64_t x = person(&d, people[k].mu, people[k].sigma, r);

				s += (double)x;
				q += (double)(x * x);
			}
			for (int l = 0; l < 3; l++)
				w.noise[l] = gaussian((double)v[l]);
			w.people = noisy(people[k].n, v[0]);
			w.sum = noisy((int64_t)s, v[1]);
			w.squares = noisy((int64_t)q - people[k].n * 5000, v[2]);
			mean_of(&w, &m);
			cover(&mean, &m.mean, s / n, people[k].mu);
			cover(&sd, &m.sd, sqrt(q / n - s / n * (s / n)), 0);
		}
		covers("mean", mean.inside, mean.all, 0.97);
		covers("mean, with sampling", mean.wide, mean.all, 0.97);
		covers("deviation", sd.inside, sd.all, 1);
	}
	tape_end();
}
END_TEST

START_TEST(quantiles_cover_at_least_as_often_as_they_say)
{
	static const double ats[] = { 0.1, 0.5, 0.9 };
	struct dice d = { 12 };
	const struct spread noise = gaussian(21);

	tape_start("quantiles");
	rng_init(&gen);
	for (int n = 100; n <= 10000; n *= 10) {
		struct cover c[3] = { { 0 } };

		for (int t = 0; t < TRIALS / 4; t++) {
			int64_t bins[64] = { 0 }, seen[64];
			int sums[65] = { 0 };

			/* half of the people in a normal hill, half of them nowhere near: bins between are empty */
			for (int i = 0; i < n; i++)
				bins[(int)(i % 2 ? 10 + fabs(dice_normal(&d))
						 : 50 + fmod(fabs(dice_normal(&d)) * 3, 9))]++;
			for (int j = 0; j < 64; j++) {
				sums[j + 1] = sums[j] + (int)bins[j];
				seen[j] = noisy(bins[j], 21);
			}
			for (int k = 0; k < 3; k++) {
				struct estimate e = quantile_of(seen, 64, &noise, 0, 64, ats[k]);
				int at = 0;

				while (at < 64 && sums[at + 1] < ats[k] * n)
					at++;
				/* it lies somewhere in bin `at` */
				c[k].all++;
				c[k].inside += e.low <= at && at + 1 <= e.high;
				c[k].wide += e.from <= e.low && e.to >= e.high;
			}
		}
		for (int k = 0; k < 3; k++) {
			covers("quantile", c[k].inside, c[k].all, 1);
			ck_assert_uint_eq(c[k].wide, c[k].all);
		}
	}
	tape_end();
}
END_TEST

START_TEST(curves_cover_as_often_as_they_say)
{
	enum {
		J = 24
	};
	static const int sizes[] = { 2000, 10000 };
	const struct spread noise = gaussian(21);
	struct dice d = { 13 };

	tape_start("curves");
	rng_init(&gen);
	for (size_t k = 0; k < CASES(sizes); k++) {
		struct cover c[J] = { { 0 } };

		for (int t = 0; t < TRIALS / 2; t++) {
			int64_t words[2 * J], at_risk = sizes[k];
			double truth[J], s = 1, behind = 1;
			struct survival_step steps[CURVE_STEPS];
			struct survival_half half;

			for (int j = 0; j < J; j++) {
				int64_t events = (int64_t)dice_binomial(&d, (double)at_risk, 0.03),
					left;

				left = j == J - 1 ? at_risk - events
						  : (int64_t)dice_binomial(
							    &d, (double)(at_risk - events), 0.02);
				s *= 1 - (double)events / (double)at_risk;
				truth[j] = s;
				words[2 * j] = noisy(events, 21);
				words[2 * j + 1] = noisy(left, 21);
				at_risk -= events + left;
			}
			survival_of(words, J, &noise, steps, &half);
			for (int j = 0; j < J; j++) {
				behind *= 0.97;
				cover(&c[j], &steps[j].surviving, truth[j], behind);
			}
		}
		for (int j = 0; j < J; j += 6) {
			covers("surviving", c[j].inside, c[j].all, 1);
			covers("surviving, with sampling", c[j].wide, c[j].all, 1);
		}
	}
	tape_end();
}
END_TEST

/* Cells of 2.10's table: their intervals with sampling, and that of noise around the true odds of the people. */
START_TEST(ratios_cover_as_often_as_they_say)
{
	static const int cells[][4] = { { 40, 60, 30, 90 }, { 200, 300, 150, 400 },
		{ 60, 400, 50, 600 } };
	const struct spread noise = gaussian(21);
	struct dice d = { 14 };

	tape_start("ratios");
	rng_init(&gen);
	for (size_t k = 0; k < CASES(cells); k++) {
		const int *m = cells[k];
		struct cover odds = { 0 }, risk = { 0 }, difference = { 0 };
		double p[2] = { (double)m[0] / (m[0] + m[1]), (double)m[2] / (m[2] + m[3]) };

		for (int t = 0; t < TRIALS; t++) {
			int64_t x[4], y[4];
			struct crosstab_ratios r;
			double q[2];

			for (int i = 0; i < 2; i++) {
				x[2 * i] =
					(int64_t)dice_binomial(&d, m[2 * i] + m[2 * i + 1], p[i]);
				x[2 * i + 1] = m[2 * i] + m[2 * i + 1] - x[2 * i];
				q[i] = (double)x[2 * i] / (m[2 * i] + m[2 * i + 1]);
			}
			for (int i = 0; i < 4; i++)
				y[i] = noisy(x[i], 21);
			crosstab_ratios(y, &noise, &r);
			cover(&odds, &r.odds,
				(double)x[0] * (double)x[3] / ((double)x[1] * (double)x[2]),
				p[0] / (1 - p[0]) / (p[1] / (1 - p[1])));
			cover(&risk, &r.risk, q[0] / q[1], p[0] / p[1]);
			cover(&difference, &r.difference, q[0] - q[1], p[0] - p[1]);
		}
		covers("odds ratio", odds.inside, odds.all, 1);
		covers("odds ratio, with sampling", odds.wide, odds.all, 1);
		covers("risk ratio", risk.inside, risk.all, 1);
		covers("risk ratio, with sampling", risk.wide, risk.all, 1);
		covers("risk difference", difference.inside, difference.all, 1);
		covers("risk difference, with sampling", difference.wide, difference.all, 1);
	}
	tape_end();
}
END_TEST

/* Under independence p is below 5 % in 5 % of tables; under dependence nearly always. The textbook's limit of chi-square
 * with one degree, 3.84, would cry in more. */
START_TEST(independence_is_rejected_as_often_as_it_says_and_dependence_is_seen)
{
	enum {
		TABLES = 1000
	};
	const struct spread noise = gaussian(100);
	struct dice d = { 15 };
	unsigned alarms = 0, textbook = 0, seen = 0;

	tape_start("independence");
	rng_init(&gen);
	for (int t = 0; t < TABLES; t++) {
		int64_t free[4], bound[4];
		struct crosstab_chi chi;

		for (int i = 0; i < 2; i++) {
			double x = dice_binomial(&d, 250, 0.4),
			       y = dice_binomial(&d, 250, i == 0 ? 0.3 : 0.6);

			free[2 * i] = noisy((int64_t)x, 100);
			free[2 * i + 1] = noisy(250 - (int64_t)x, 100);
			bound[2 * i] = noisy((int64_t)y, 100);
			bound[2 * i + 1] = noisy(250 - (int64_t)y, 100);
		}
		ck_assert(crosstab_chi(free, 2, 2, &noise, (uint64_t)t, &chi));
		alarms += chi.p <= 0.05;
		textbook += chi.value > 3.841;
		ck_assert(crosstab_chi(bound, 2, 2, &noise, (uint64_t)t, &chi));
		seen += chi.p <= 0.05;
	}
	ck_assert_msg(alarms < TABLES * 0.05 + STATS_Z1 * sqrt(TABLES * 0.05 * 0.95), "%u alarms",
		alarms);
	ck_assert_msg(alarms > TABLES * 0.05 - STATS_Z1 * sqrt(TABLES * 0.05 * 0.95), "%u alarms",
		alarms);
	ck_assert_uint_gt(textbook, 2 * alarms);
	ck_assert_uint_gt(seen, TABLES * 95 / 100);
	tape_end();
}
END_TEST

START_TEST(rows_that_are_nothing_but_noise_take_no_part)
{
	const struct spread noise = gaussian(21);
	const int64_t cells[] = { 40, 60, 2, 30, 90, -5, 4, -3, 1 };
	struct crosstab_chi chi, again;

	ck_assert(crosstab_chi(cells, 3, 3, &noise, 5, &chi));
	ck_assert_uint_eq(chi.rows, 2);
	ck_assert_uint_eq(chi.columns, 2);
	NEAR(chi.value, 5.6571429); /* 220 (40*90 - 60*30)^2 / (100*120*70*150) */
	ck_assert(crosstab_chi(cells, 3, 3, &noise, 5, &again));
	ck_assert_mem_eq(&chi, &again, sizeof(chi)); /* the same seed */
	ck_assert(!crosstab_chi(&cells[2], 1, 2, &noise, 5, &chi));
}
END_TEST

/* A quantile's edges: hand-made numbers without noise to speak of. */
START_TEST(quantiles_lie_where_a_line_inside_the_bin_does)
{
	const struct spread noise = gaussian(1e-9);
	const int64_t bins[] = { 10, 0, 0, 10 }, one[] = { 0, 40, 0, 0 };

	NEAR(quantile_of(bins, 4, &noise, 0, 8, 0.25).value, 1); /* half of the first bin */
	NEAR(quantile_of(bins, 4, &noise, 0, 8, 0.5).value, 4);  /* the middle of what is empty */
	NEAR(quantile_of(bins, 4, &noise, 0, 8, 0.75).value, 7);
	NEAR(quantile_of(one, 4, &noise, -4, 4, 0.5).value, -1);
	NEAR(quantile_of(one, 4, &noise, -4, 4, 0.5).low, -2);
	NEAR(quantile_of(one, 4, &noise, -4, 4, 0.5).high, 0);
}
END_TEST

UNIT_MAIN("statistics", means_are_those_of_the_reference,
	cumulative_sums_rise_as_those_of_the_reference, curves_are_those_of_the_reference,
	ratios_are_those_of_the_reference, a_cell_below_three_deviations_is_too_small_to_interpret,
	whatever_comes_gives_finite_numbers_in_their_bounds, means_cover_as_often_as_they_say,
	quantiles_cover_at_least_as_often_as_they_say, curves_cover_as_often_as_they_say,
	ratios_cover_as_often_as_they_say,
	independence_is_rejected_as_often_as_it_says_and_dependence_is_seen,
	rows_that_are_nothing_but_noise_take_no_part,
	quantiles_lie_where_a_line_inside_the_bin_does)
