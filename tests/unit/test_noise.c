#include "crypto/noise.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/noise_gmp.h"
#include "tests/unit/stats.h"
#include "tests/unit/tape.h"
#include "tests/unit/unit.h"
#include "tests/vectors/noise.h"

/*
 * The samplers as built, on fixed tapes: against two other implementations draw for draw, against
 * the exact mass function by counting, and with generators that fail. That every probability is
 * right is shown without chance in test_noise_exact.c.
 */

struct law {
	int gaussian;
	uint64_t t, s;   /* Gaussian: V = t/s */
	uint64_t shares; /* not 0: a Laplace's, one of so many */
};

static struct error err;
static struct rng gen;

static int draw(struct law law, int64_t *x)
{
	if (law.shares > 0)
		return noise_polya(&gen, law.t, law.s, law.shares, x, &err);
	if (law.gaussian && law.s > 1)
		return noise_gaussian_ratio(&gen, law.t, law.s, x, &err);
	return law.gaussian ? noise_gaussian(&gen, law.t, x, &err)
			    : noise_laplace(&gen, law.t, law.s, x, &err);
}

static const char *label(struct law law)
{
	static char buf[64];

	snprintf(buf, sizeof(buf), "%s %llu/%llu", law.gaussian ? "gaussian" : "laplace",
		(unsigned long long)law.t, (unsigned long long)law.s);
	return buf;
}

static void begin(struct law law)
{
	tape_start(label(law));
	rng_init(&gen);
}

static size_t bytes_used(void)
{
	return sizeof(gen.buf) * (size_t)(tape.fills - 1) + gen.at;
}

/* --- other implementations ------------------------------------------------------------------- */

START_TEST(known_answers_of_another_implementation)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct law law = { known[i].gaussian, known[i].t, known[i].s, 0 };
		begin(law);
		for (size_t j = 0; j < 64; j++) {
			int64_t x;
			OK(draw(law, &x));
			ck_assert_msg(x == known[i].draws[j], "%s, draw %zu: %lld", label(law), j,
				(long long)x);
		}
		ck_assert_uint_eq(bytes_used(), known[i].used);
	}
	tape_end();
}
END_TEST

static void same_as_reference(struct law law, int draws)
{
	struct ref ref;
	mpz_t want;
	int different = 0;

	begin(law);
	ref_start(&ref, label(law));
	mpz_init(want);
	for (int i = 0; i < draws; i++) {
		int64_t x = INT64_MAX;
		different += draw(law, &x) != 0;
		if (law.shares > 0)
			ref_polya(&ref, law.t, law.s, law.shares, want);
		else if (law.gaussian)
			ref_gaussian(&ref, law.t, law.s, want);
		else
			ref_laplace(&ref, law.t, law.s, want);
		different += mpz_cmp_si(want, x) != 0;
	}
	ck_assert_msg(different == 0, "%s: %d of %d draws differ", label(law), different, draws);
	ck_assert_uint_eq(bytes_used(), 8 * ref.used);
	mpz_clear(want);
	ref_end(&ref);
	tape_end();
}

START_TEST(every_draw_is_the_one_of_unbounded_integers)
{
	const uint64_t max = UINT64_C(1) << 32;
	const struct law laws[] = { { 0, 1, 1, 0 }, { 0, 1, 2, 0 }, { 0, 3, 2, 0 }, { 0, 10, 1, 0 },
		{ 0, 10, 3, 0 }, { 0, 1, 100, 0 }, { 0, 1000, 1, 0 }, { 0, 999983, 1009, 0 },
		{ 0, 12345678, 87654321, 0 }, { 0, (max >> 1) + 1, 3, 0 }, { 0, max, 1, 0 },
		{ 0, 1, max, 0 }, { 0, max, max - 1, 0 }, { 0, max - 1, max, 0 }, { 1, 1, 1, 0 },
		{ 1, 2, 1, 0 }, { 1, 3, 1, 0 }, { 1, 4, 1, 0 }, { 1, 20, 1, 0 }, { 1, 21, 1, 0 },
		{ 1, 100, 1, 0 }, { 1, 1000003, 1, 0 }, { 1, max - 1, 1, 0 }, { 1, max, 1, 0 },
		{ 1, UINT64_C(999999999989), 1, 0 }, { 1, UINT64_C(1) << 40, 1, 0 },
		{ 1, UINT64_C(1) << 53, 1, 0 }, { 1, (UINT64_C(1) << 54) - 1, 1, 0 },
		{ 1, UINT64_C(1) << 54, 1, 0 }, { 1, 1, 2, 0 }, { 1, 5, 2, 0 }, { 1, 2053, 100, 0 },
		{ 1, 4, 2, 0 }, { 1, 1, UINT64_C(1) << 54, 0 },
		{ 1, (UINT64_C(1) << 52) - 1, UINT64_C(1) << 52, 0 },
		{ 1, UINT64_C(1) << 53, 999983, 0 }, { 0, 1, 1, 1 }, { 0, 3, 2, 2 },
		{ 0, 10, 1, 5 }, { 0, 1, 5, 4096 }, { 0, 50, 3, 12 } };

	for (size_t i = 0; i < sizeof(laws) / sizeof(laws[0]); i++)
		same_as_reference(laws[i], getenv("CORDON_LONG") == NULL ? 8000 : 200000);
}
END_TEST

/* --- counting -------------------------------------------------------------------------------- */

enum {
	DRAWS = 1000000,
	CELLS = 161
};

/* What the exact mass function expects of DRAWS draws. */
struct expected {
	int64_t half,
		width; /* x is counted in cell (x + half) / width, held to the first and last */
	double cells[CELLS];
	double zero, m2, m4; /* P(0) and moments */
	double tail[3];      /* P(|x| > 4, 5, 6 standard deviations) */
};

static double spread(struct law law)
{
	double b = (double)law.t / (double)law.s;

	return law.gaussian ? sqrt(b) : b;
}

static size_t cell_of(const struct expected *e, int64_t x)
{
	int64_t at = x + e->half;

	return at < 0 ? 0 : at / e->width >= CELLS ? CELLS - 1 : (size_t)(at / e->width);
}

static double weight(struct law law, double x)
{
	return law.gaussian ? exp(-x * x * (double)law.s / (2 * (double)law.t))
			    : exp(-x / spread(law));
}

static struct expected expect(struct law law)
{
	struct expected e = { 0 };
	int64_t far = (int64_t)((law.gaussian ? 10 : 45) * spread(law)) + 10;
	double all = 1;

	e.width = 1 + (int64_t)(spread(law) / 8);
	e.half = e.width * (CELLS / 2) + e.width / 2;
	for (int64_t x = far; x > 0; x--)
		all += 2 * weight(law, (double)x);
	for (int64_t x = 0; x <= far; x++) {
		double p = weight(law, (double)x) / all, xx = (double)x * (double)x;
		e.cells[cell_of(&e, x)] += DRAWS * p;
		if (x == 0) {
			e.zero = p;
			continue;
		}
		e.cells[cell_of(&e, -x)] += DRAWS * p;
		e.m2 += 2 * p * xx;
		e.m4 += 2 * p * xx * xx;
	}
	for (int64_t x = far; x > 0; x--)
		for (int i = 0; i < 3; i++)
			if ((double)x > (4 + i) * sqrt(e.m2))
				e.tail[i] += 2 * weight(law, (double)x) / all;
	return e;
}

/* How alarming: 1 is a chance of 1e-8 if all is well. */
struct alarms {
	double chi, mean, variance, sign, neighbours, tail[3];
};

/* Few events: the Poisson chance of so many or so few, as a share of the limit's logarithm. */
static double rare_alarm(double seen, double want)
{
	double below = 0, above = 1, p = exp(-want);

	if (want > 500)
		return fabs(seen - want) / sqrt(want) / STATS_Z2;
	for (double k = 0; k <= seen; k++) {
		if (k < seen)
			above -= p;
		below += p;
		p *= want / (k + 1);
	}
	double chance = fmax(fmin(below, above), 1e-15);
	return log(chance) / log(5e-9);
}

typedef int64_t (*sampler)(struct law law, const struct expected *e);

static struct alarms count(struct law law, sampler sample)
{
	static uint64_t seen[CELLS];
	const struct expected e = expect(law);
	const double sd = sqrt(e.m2), n = DRAWS;
	double sum = 0, squares = 0, products = 0, last = 0, minus = 0, plus = 0;
	double tails[3] = { 0 };
	struct alarms a = { 0 };

	memset(seen, 0, sizeof(seen));
	for (int i = 0; i < DRAWS; i++) {
		int64_t draw_i = sample(law, &e);
		double x = (double)draw_i;
		seen[cell_of(&e, draw_i)]++;
		sum += x;
		squares += x * x;
		products += x * last;
		last = x;
		minus += x < 0;
		plus += x > 0;
		for (int j = 0; j < 3; j++)
			tails[j] += fabs(x) > (4 + j) * sd;
	}
	a.chi = stats_chi(seen, e.cells, CELLS);
	for (int j = 0; j < 3; j++)
		a.tail[j] = rare_alarm(tails[j], n * e.tail[j]);
	if (n * (1 - e.zero) < 100) /* nothing but zeros, nearly */
		return a;
	a.mean = fabs(sum) / (sd * sqrt(n)) / STATS_Z2;
	a.variance = fabs(squares / n - e.m2) / sqrt((e.m4 - e.m2 * e.m2) / n) / STATS_Z2;
	a.neighbours = fabs(products) / (e.m2 * sqrt(n)) / STATS_Z2;
	a.sign = fabs(plus - minus) / sqrt(plus + minus) / STATS_Z2;
	return a;
}

static double worst(const struct alarms *a)
{
	double tail = fmax(a->tail[0], fmax(a->tail[1], a->tail[2]));
	double moments = fmax(fmax(a->mean, a->variance), fmax(a->sign, a->neighbours));

	return fmax(a->chi, fmax(moments, tail));
}

static int64_t honest(struct law law, const struct expected *e)
{
	int64_t x = 0;

	(void)e;
	if (draw(law, &x) != 0)
		ck_abort_msg("%s: %s", label(law), err.log);
	return x;
}

START_TEST(a_million_draws_look_like_their_mass_function)
{
	static const struct law laws[] = { { 0, 1, 100, 0 }, { 0, 1, 2, 0 }, { 0, 1, 1, 0 },
		{ 0, 3, 2, 0 }, { 0, 10, 3, 0 }, { 0, 5, 1, 0 }, { 0, 100, 1, 0 },
		{ 0, 1000, 1, 0 }, { 1, 1, 1, 0 }, { 1, 2, 1, 0 }, { 1, 20, 1, 0 }, { 1, 21, 1, 0 },
		{ 1, 100, 1, 0 }, { 1, 10000, 1, 0 }, { 1, 1000003, 1, 0 },
		{ 1, UINT64_C(10000000000), 1, 0 }, { 1, 5, 2, 0 }, { 1, 2053, 100, 0 } };

	for (size_t i = 0; i < sizeof(laws) / sizeof(laws[0]); i++) {
		begin(laws[i]);
		struct alarms a = count(laws[i], honest);
		ck_assert_msg(worst(&a) < 1,
			"%s: chi %.2f mean %.2f variance %.2f sign %.2f neighbours %.2f tails %.2f "
			"%.2f "
			"%.2f of the limit",
			label(laws[i]), a.chi, a.mean, a.variance, a.sign, a.neighbours, a.tail[0],
			a.tail[1], a.tail[2]);
	}
	tape_end();
}
END_TEST

/* Mistakes, made outside so that the sampler under test stays the one that ships. */
static int64_t scale_99(struct law law, const struct expected *e)
{
	struct law off = { law.gaussian, law.gaussian ? law.t * 98 / 100 : law.t * 99,
		law.gaussian ? 1 : law.s * 100, 0 };

	return honest(off, e);
}

static int64_t no_minus(struct law law, const struct expected *e)
{
	int64_t x = honest(law, e);

	return x < 0 ? -x : x;
}

/* P(0) becomes 2 P(0) / (1 + P(0)), as when minus zero is not drawn again. */
static int64_t two_zeros(struct law law, const struct expected *e)
{
	const double odds = e->zero / (1 + e->zero);
	int64_t x = honest(law, e);

	return rng_below(&gen, UINT64_C(1) << 53) < (uint64_t)(odds * 0x1p53) ? 0 : x;
}

static int64_t twice_the_same(struct law law, const struct expected *e)
{
	static int64_t x;
	static bool again;

	again = !again;
	if (again)
		x = honest(law, e);
	return x;
}

static int64_t off_by_one(struct law law, const struct expected *e)
{
	return honest(law, e) + (rng_below(&gen, 20) == 0);
}

static int64_t cut_at_five_sd(struct law law, const struct expected *e)
{
	int64_t x, most = (int64_t)(5 * sqrt(e->m2));

	do
		x = honest(law, e);
	while (x > most || x < -most);
	return x;
}

/* The sum of the shares; law.shares stays out of the mass function. */
static int64_t all_shares(struct law law, const struct expected *e)
{
	static const uint64_t n = 5;
	const struct law one = { 0, law.t, law.s, n };
	int64_t sum = 0;

	for (uint64_t i = 0; i < n; i++)
		sum += honest(one, e);
	return sum;
}

static int64_t all_shares_but_one(struct law law, const struct expected *e)
{
	const struct law one = { 0, law.t, law.s, 5 };

	return all_shares(law, e) - honest(one, e);
}

START_TEST(shares_of_five_add_up_to_one_laplace)
{
	static const struct law laws[] = { { 0, 1, 1, 0 }, { 0, 3, 2, 0 }, { 0, 4, 1, 0 } };

#ifdef __SANITIZE_ADDRESS__
	const size_t few = 1; /* slow there */
#else
	const size_t few = sizeof(laws) / sizeof(laws[0]);
#endif

	for (size_t i = 0; i < few; i++) {
		begin(laws[i]);
		struct alarms a = count(laws[i], all_shares);
		ck_assert_msg(worst(&a) < 1, "%s: %.2f of the limit", label(laws[i]), worst(&a));
		a = count(laws[i], all_shares_but_one);
		ck_assert_double_gt(worst(&a), 1);
	}
	tape_end();
}
END_TEST

START_TEST(a_million_draws_would_show_a_mistake)
{
	static const struct law laws[] = { { 0, 100, 1, 0 }, { 0, 3, 2, 0 }, { 1, 20, 1, 0 },
		{ 1, 10000, 1, 0 } };
	static const sampler wide[] = { scale_99, no_minus, twice_the_same, off_by_one };

	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 4; j++) {
			if (laws[i].gaussian && laws[i].t == 20 && wide[j] == scale_99)
				continue; /* V = 19 is 5 % */
			if (laws[i].t >= 100 && wide[j] == off_by_one)
				continue; /* a twentieth of a unit is nothing there */
			begin(laws[i]);
			struct alarms a = count(laws[i], wide[j]);
			ck_assert_msg(worst(&a) > 1, "%s: mistake %zu not seen", label(laws[i]), j);
		}
	begin(laws[1]);
	struct alarms a = count(laws[1], two_zeros);
	ck_assert_double_gt(a.chi, 1);
	begin(laws[1]);
	a = count(laws[1], cut_at_five_sd);
	ck_assert_double_gt(a.tail[1], 1);
	tape_end();
}
END_TEST

/* --- coins at their edges -------------------------------------------------------------------- */

START_TEST(wide_fractions_are_true_as_often_as_they_say)
{
	static const struct {
		u128 a, b;
		double p;
	} cases[] = { { 0, (u128)1 << 110, 1 },
		{ (u128)1 << 109, (u128)1 << 110, 0.60653065971263342 },
		{ (u128)1 << 110, (u128)1 << 110, 0.36787944117144233 },
		{ (u128)7 << 100, (u128)3 << 100, 0.096971967864405089 },
		{ ~(u128)0, (u128)1 << 110, 0 }, { ~(u128)0, 1, 0 } };
	const int n = 200000;

	tape_start("wide coins");
	rng_init(&gen);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double yes = 0, p = cases[i].p;
		for (int j = 0; j < n; j++) {
			int out = 2;
			if (noise_bern_exp(&gen, cases[i].a, cases[i].b, &out, &err) != 0 ||
				out > 1)
				ck_abort_msg("case %zu: %s", i, err.log);
			yes += out;
		}
		ck_assert_double_le(fabs(yes - n * p), STATS_Z2 * sqrt(n * p * (1 - p)));
	}
	tape_end();
}
END_TEST

START_TEST(parameters_out_of_range_are_refused_before_anything_is_drawn)
{
	static const uint64_t max = UINT64_C(1) << 32, max_v = UINT64_C(1) << 54;
	const uint64_t bad[][2] = { { 0, 1 }, { 1, 0 }, { max + 1, 1 }, { 1, max + 1 },
		{ UINT64_MAX, 1 }, { 1, UINT64_MAX }, { 0, 0 } };
	int64_t x = 77;
	uint64_t m = 77;
	int yes = 77;

	tape_start("none");
	rng_init(&gen);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		FAILS(noise_laplace(&gen, bad[i][0], bad[i][1], &x, &err), E_INPUT);
		FAILS(noise_geometric(&gen, bad[i][0], bad[i][1], &m, &err), E_INPUT);
	}
	FAILS(noise_gaussian(&gen, 0, &x, &err), E_INPUT);
	FAILS(noise_gaussian(&gen, max_v + 1, &x, &err), E_INPUT);
	FAILS(noise_gaussian(&gen, UINT64_MAX, &x, &err), E_INPUT);
	FAILS(noise_gaussian_ratio(&gen, 1, 0, &x, &err), E_INPUT);
	FAILS(noise_gaussian_ratio(&gen, 0, 1, &x, &err), E_INPUT);
	FAILS(noise_gaussian_ratio(&gen, max_v, max_v, &x, &err), E_INPUT);
	FAILS(noise_gaussian_ratio(&gen, 1, max_v + 1, &x, &err), E_INPUT);
	FAILS(noise_polya(&gen, 1, 1, 0, &x, &err), E_INPUT);
	FAILS(noise_polya(&gen, 1, 1, 4097, &x, &err), E_INPUT);
	FAILS(noise_polya(&gen, 65536, 1, 2, &x, &err), E_INPUT);
	FAILS(noise_polya(&gen, 0, 1, 2, &x, &err), E_INPUT);
	FAILS(noise_bern_exp(&gen, 1, 0, &yes, &err), E_INPUT);
	FAILS(noise_bern_exp(&gen, 0, ((u128)1 << 110) + 1, &yes, &err), E_INPUT);
	ck_assert(x == 77 && m == 77 && yes == 77);
	ck_assert_int_eq(tape.fills, 0);
	tape_end();
}
END_TEST

/* --- generators that fail -------------------------------------------------------------------- */

static const struct law some[] = { { 1, 41, 2, 0 }, { 0, 7, 2, 3 }, { 0, 1, 1, 0 },
	{ 0, 1000, 7, 0 }, { 0, UINT64_C(1) << 32, 1, 0 }, { 0, 1, UINT64_C(1) << 32, 0 },
	{ 1, 1, 1, 0 }, { 1, 20, 1, 0 }, { 1, UINT64_C(1) << 54, 1, 0 } };
enum {
	SOME = sizeof(some) / sizeof(some[0])
};

START_TEST(a_failing_source_fails_the_draw_and_every_later_one)
{
	static int64_t good[2000];

	for (size_t i = 0; i < SOME; i++)
		for (int at = 1; at <= 4; at++) {
			begin(some[i]);
			for (int j = 0; j < 2000; j++)
				OK(draw(some[i], &good[j]));
			begin(some[i]);
			tape.fails_at = at;
			int64_t x = INT64_MIN;
			int n = 0;
			while (n < 2000 && draw(some[i], &x) == 0) {
				ck_assert_int_eq(x, good[n++]); /* what was drawn before stands */
				x = INT64_MIN;
			}
			ck_assert_int_lt(n, 2000);
			ck_assert(at > 1 || n == 0);
			ck_assert_int_eq(err.code, E_CRYPTO);
			ck_assert_int_eq(x, INT64_MIN);
			ck_assert(rng_failed(&gen));
			for (size_t j = 0; j < SOME; j++)
				FAILS(draw(some[j], &x), E_CRYPTO);
			ck_assert_int_eq(x, INT64_MIN);
			ck_assert_int_eq(tape.fills, at);
		}
	tape_end();
}
END_TEST

START_TEST(a_failed_generator_fails_the_building_blocks_too)
{
	uint64_t m = 77;
	int yes = 77;

	tape_start("blocks");
	for (int i = 0; i < 50; i++) {
		rng_init(&gen);
		tape.fills = 0;
		tape.fails_at = 1;
		FAILS(noise_bern_exp(&gen, (u128)i, 7, &yes, &err), E_CRYPTO);
		FAILS(noise_geometric(&gen, 1 + (uint64_t)i, 3, &m, &err), E_CRYPTO);
	}
	ck_assert(yes == 77 && m == 77);
	tape_end();
}
END_TEST

/* No answer of a generator that repeats itself is good, but an end there must be, and soon. */
START_TEST(a_stuck_generator_ends_every_draw)
{
	static const uint8_t patterns[][8] = { { 0 }, { 255, 255, 255, 255, 255, 255, 255, 255 },
		{ 0, 0, 0, 0, 0, 0, 0, 128 }, { 1 }, { 0, 0, 0, 0, 0, 0, 0, 64 },
		{ 85, 85, 85, 85, 85, 85, 85, 85 }, { 170, 170, 170, 170, 170, 170, 170, 170 },
		{ 0, 0, 0, 0, 0, 0, 0, 96 }, { 255, 255, 255, 255, 255, 255, 255, 127 },
		{ 0, 0, 0, 0, 0, 0, 0, 192 } };
	int failed = 0;

	tape_start("stuck");
	for (size_t p = 0; p < sizeof(patterns) / sizeof(patterns[0]); p++)
		for (size_t i = 0; i < SOME; i++) {
			int64_t x = INT64_MIN;
			tape.stuck = patterns[p];
			rng_init(&gen);
			if (draw(some[i], &x) == 0)
				continue;
			failed++;
			ck_assert_int_eq(err.code, E_CRYPTO);
			ck_assert_int_eq(x, INT64_MIN);
		}
	ck_assert_int_gt(failed, 10);
	tape_end();
}
END_TEST

UNIT_MAIN("noise", known_answers_of_another_implementation,
	every_draw_is_the_one_of_unbounded_integers, a_million_draws_look_like_their_mass_function,
	shares_of_five_add_up_to_one_laplace, a_million_draws_would_show_a_mistake,
	wide_fractions_are_true_as_often_as_they_say,
	parameters_out_of_range_are_refused_before_anything_is_drawn,
	a_failing_source_fails_the_draw_and_every_later_one,
	a_failed_generator_fails_the_building_blocks_too, a_stuck_generator_ends_every_draw)
