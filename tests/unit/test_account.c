#include "crypto/account.h"

#include <gmp.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "tests/vectors/account.h"

/*
 * Charges against exact rationals of GMP; conversions against values computed with 60 digits (the
 * tables of docs/privacy.md and tests/vectors), never on the cheap side of them.
 */

static struct error err;

/* A fixed sequence of numbers with widths from 1 to `bits` (Knuth's MMIX constants). */
static uint64_t some_number(unsigned bits)
{
	static uint64_t state = 88172645463325252;
	uint64_t high;

	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	high = state >> 32;
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	high = high << 32 | state >> 32;
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return high >> (64 - (1 + (state >> 40) % bits));
}

/* --- Gaussian -------------------------------------------------------------------------------- */

/* ceil(1e12 * d0 * dinf^2 / (2v)), any size. */
static void exact_charge(struct sensitivity d, uint64_t v, mpz_t out)
{
	mpz_t below;

	mpz_init_set_ui(below, v);
	mpz_mul_ui(below, below, 2);
	mpz_set_ui(out, d.d0);
	mpz_mul_ui(out, out, d.dinf);
	mpz_mul_ui(out, out, d.dinf);
	mpz_mul_ui(out, out, ACCOUNT_ONE);
	mpz_cdiv_q(out, out, below);
	mpz_clear(below);
}

START_TEST(a_gaussian_charge_is_the_exact_one_rounded_up)
{
	mpz_t want;
	int small = 0;

	mpz_init(want);
	for (int i = 0; i < 100000; i++) {
		struct sensitivity d = { some_number(24), some_number(28) };
		uint64_t v = some_number(64);
		if (d.d0 == 0 || d.dinf == 0 || v == 0)
			continue;
		uint64_t charge = account_gaussian_charge(d, v);
		exact_charge(d, v, want);
		if (mpz_cmp_ui(want, UINT64_MAX) > 0)
			ck_assert_uint_eq(charge, UINT64_MAX);
		else if (charge != mpz_get_ui(want))
			ck_abort_msg("d0 %lu dinf %lu v %lu", d.d0, d.dinf, v);
		else
			small++;
	}
	ck_assert_int_gt(small, 25000);
	mpz_clear(want);
	/* one unit of the last place, never 0 */
	ck_assert_uint_eq(account_gaussian_charge((struct sensitivity){ 1, 1 }, UINT64_MAX), 1);
}
END_TEST

START_TEST(a_charge_that_cannot_be_said_is_the_greatest)
{
	const struct sensitivity none[] = { { 0, 0 }, { 0, 5 }, { 5, 0 },
		{ UINT64_MAX, UINT64_MAX }, { 1, UINT64_C(1) << 41 },
		{ UINT64_C(1) << 60, UINT64_C(1) << 11 } };

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ck_assert_uint_eq(account_gaussian_charge(none[i], 1), UINT64_MAX);
	ck_assert_uint_eq(account_gaussian_charge((struct sensitivity){ 1, 1 }, 0), UINT64_MAX);
}
END_TEST

/* The mistake that costs patients: rounding down. */
static uint64_t rounded_down(struct sensitivity d, uint64_t v)
{
	return (uint64_t)((unsigned __int128)d.d0 * d.dinf * d.dinf * ACCOUNT_ONE / 2 / v);
}

START_TEST(v_is_the_smallest_whose_charge_fits_the_price)
{
	int found = 0, seen = 0;

	for (int i = 0; i < 100000; i++) {
		struct sensitivity d = { 1 + some_number(12), 1 + some_number(12) };
		uint64_t prho = some_number(48), v = 77, charge = 77;
		err.code = E_NONE;
		if (account_gaussian(d, prho, &v, &charge, &err) != 0) {
			ck_assert_int_eq(err.code, E_INPUT);
			ck_assert(v == 77 && charge == 77);
			/* too little even for 2^54 */
			ck_assert(
				prho == 0 || account_gaussian_charge(d, UINT64_C(1) << 54) > prho);
			continue;
		}
		found++;
		if (v < 1 || v > UINT64_C(1) << 54 || charge > prho ||
			charge != account_gaussian_charge(d, v) ||
			(v > 1 && account_gaussian_charge(d, v - 1) <= prho))
			ck_abort_msg("d0 %lu dinf %lu prho %lu: v %lu charge %lu", d.d0, d.dinf,
				prho, v, charge);
		seen += rounded_down(d, v) != charge;
	}
	ck_assert_int_gt(found, 50000);
	ck_assert_int_gt(seen, 5000); /* rounding down would differ */
}
END_TEST

START_TEST(known_variances)
{
	static const struct {
		struct sensitivity d;
		uint64_t prho, v, charge;
	} cases[] = {
		{ { 1, 1 }, UINT64_C(25000000000), 20, UINT64_C(25000000000) },
		/* epsilon 1 at delta 1e-6: V* = 20.53 */
		{ { 1, 1 }, UINT64_C(24355970359), 21, UINT64_C(23809523810) },
		{ { 1, 1 }, UINT64_C(5000000000), 100, UINT64_C(5000000000) },
		{ { 3, 2 }, UINT64_C(60000000000), 100, UINT64_C(60000000000) },
		{ { 1, 1 }, UINT64_C(500000000000), 1, UINT64_C(500000000000) },
		{ { 1, 1 }, UINT64_MAX, 1, UINT64_C(500000000000) },
		{ { 1, 1 }, 1, UINT64_C(500000000000), 1 },
		{ { 1, 1 }, UINT64_C(333333333333), 2, UINT64_C(250000000000) },
	};
	uint64_t v, charge;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		OK(account_gaussian(cases[i].d, cases[i].prho, &v, &charge, &err));
		ck_assert_uint_eq(v, cases[i].v);
		ck_assert_uint_eq(charge, cases[i].charge);
	}
}
END_TEST

START_TEST(impossible_prices_and_sensitivities_are_refused)
{
	const struct sensitivity none[] = { { 0, 0 }, { 0, 1 }, { 1, 0 },
		{ UINT64_MAX, UINT64_MAX } };
	const struct sensitivity one = { 1, 1 };
	uint64_t a = 77, b = 77, c = 77, d = 77;

	for (size_t i = 0; i < 4; i++) {
		FAILS(account_gaussian(none[i], ACCOUNT_ONE, &a, &b, &err), E_INPUT);
		FAILS(account_laplace(none[i], ACCOUNT_ONE, &a, &b, &c, &d, &err), E_INPUT);
	}
	FAILS(account_gaussian(one, 0, &a, &b, &err), E_INPUT);
	FAILS(account_gaussian((struct sensitivity){ 1000, 10 }, 1, &a, &b, &err), E_INPUT);
	FAILS(account_laplace(one, 0, &a, &b, &c, &d, &err), E_INPUT);
	FAILS(account_laplace(one, 232, &a, &b, &c, &d, &err), E_INPUT); /* scale 4.31e9 */
	FAILS(account_laplace(one, UINT64_MAX, &a, &b, &c, &d, &err), E_INPUT);
	ck_assert(a == 77 && b == 77 && c == 77 && d == 77);
	OK(account_laplace(one, 233, &a, &b, &c, &d, &err)); /* 4.29e9 */
}
END_TEST

/* --- Laplace --------------------------------------------------------------------------------- */

START_TEST(known_scales)
{
	static const struct {
		struct sensitivity d;
		uint64_t peps, t, s, charge_peps, charge_prho;
	} cases[] = {
		{ { 1, 1 }, ACCOUNT_ONE, 1, 1, ACCOUNT_ONE, ACCOUNT_ONE / 2 },
		{ { 1, 1 }, ACCOUNT_ONE / 10, 10, 1, ACCOUNT_ONE / 10, ACCOUNT_ONE / 200 },
		{ { 1, 1 }, 3 * ACCOUNT_ONE / 10, 10, 3, 3 * ACCOUNT_ONE / 10,
			9 * ACCOUNT_ONE / 200 },
		{ { 3, 2 }, ACCOUNT_ONE / 2, 12, 1, ACCOUNT_ONE / 2, ACCOUNT_ONE / 8 },
		{ { 1, 1 }, 7 * ACCOUNT_ONE, 1, 7, 7 * ACCOUNT_ONE, 49 * ACCOUNT_ONE / 2 },
		{ { 1, 1 }, 1000, UINT64_C(1000000000), 1, 1000, 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t t, s, peps, prho;
		OK(account_laplace(cases[i].d, cases[i].peps, &t, &s, &peps, &prho, &err));
		ck_assert_uint_eq(t, cases[i].t);
		ck_assert_uint_eq(s, cases[i].s);
		ck_assert_uint_eq(peps, cases[i].charge_peps);
		ck_assert_uint_eq(prho, cases[i].charge_prho);
	}
}
END_TEST

struct scale {
	mpz_t d1, want_t, want_s, x, y;
};

/* Checks one result against rationals: never less noise than D1/epsilon, exact when that fits, and
 * charges that are the exact ones of what was chosen, rounded up. Returns whether it was exact. */
static bool scale_is_right(struct scale *q, struct sensitivity d, uint64_t peps, uint64_t t,
	uint64_t s, uint64_t charge[2])
{
	const uint64_t max = UINT64_C(1) << 32;

	mpz_set_ui(q->d1, d.d0);
	mpz_mul_ui(q->d1, q->d1, d.dinf);
	mpz_mul_ui(q->want_t, q->d1, ACCOUNT_ONE);
	mpz_set_ui(q->want_s, peps);
	mpz_gcd(q->x, q->want_t, q->want_s);
	mpz_divexact(q->want_t, q->want_t, q->x);
	mpz_divexact(q->want_s, q->want_s, q->x);
	ck_assert(t >= 1 && s >= 1 && t <= max && s <= max);
	bool fits = mpz_cmp_ui(q->want_t, max) <= 0 && mpz_cmp_ui(q->want_s, max) <= 0;
	ck_assert(!fits || (mpz_cmp_ui(q->want_t, t) == 0 && mpz_cmp_ui(q->want_s, s) == 0));

	/* t/s >= want, and not by much: (t - 1)/s <= want, and t or s is near the top */
	mpz_mul_ui(q->x, q->want_s, t);
	mpz_mul_ui(q->y, q->want_t, s);
	ck_assert_int_ge(mpz_cmp(q->x, q->y), 0);
	mpz_sub(q->x, q->x, q->want_s);
	ck_assert_int_le(mpz_cmp(q->x, q->y), 0);

	mpz_mul_ui(q->x, q->d1, ACCOUNT_ONE); /* ceil(1e12 D1 s/t) */
	mpz_mul_ui(q->x, q->x, s);
	mpz_cdiv_q_ui(q->x, q->x, t);
	ck_assert_int_eq(mpz_cmp_ui(q->x, charge[0]), 0);
	ck_assert(charge[0] <= peps && (!fits || charge[0] == peps));
	mpz_mul(q->x, q->x, q->x); /* ceil(1e12 eps^2 / 2) */
	mpz_cdiv_q_ui(q->x, q->x, 2 * ACCOUNT_ONE);
	ck_assert_int_eq(mpz_cmp_ui(q->x, charge[1]), 0);
	return fits;
}

START_TEST(a_laplace_scale_is_exact_or_rounded_up_and_so_is_its_charge)
{
	struct scale q;
	int exact = 0, rounded = 0;

	mpz_inits(q.d1, q.want_t, q.want_s, q.x, q.y, NULL);
	for (int i = 0; i < 30000; i++) {
		struct sensitivity d = { 1 + some_number(i % 2 == 0 ? 8 : 30),
			1 + some_number(16) };
		uint64_t peps = 1 + some_number(52), t, s, charge[2];
		if (i % 3 == 0)
			peps -= peps % UINT64_C(1000000000);
		if (account_laplace(d, peps, &t, &s, &charge[0], &charge[1], &err) != 0) {
			ck_assert(peps == 0 || (unsigned __int128)d.d0 * d.dinf * ACCOUNT_ONE >
						       (unsigned __int128)peps << 32);
			continue;
		}
		if (scale_is_right(&q, d, peps, t, s, charge))
			exact++;
		else
			rounded++;
	}
	ck_assert_int_gt(exact, 2000);
	ck_assert_int_gt(rounded, 5000);
	mpz_clears(q.d1, q.want_t, q.want_s, q.x, q.y, NULL);
}
END_TEST

/* --- (epsilon, delta) ------------------------------------------------------------------------ */

static const struct {
	uint64_t prho;
	double delta, epsilon;
} to_epsilon[] = {
	{ 100000000, 1e-6, 0.0537271206348599 },
	{ 5000000000, 1e-6, 0.429941468836949 },
	{ 25000000000, 1e-6, 1.01407425472613 },
	{ 100000000000, 1e-6, 2.14193892838547 },
	{ 500000000000, 1e-6, 5.22153444453017 },
	{ 100000000000, 1e-9, 2.7154818867305 },
};

static const struct {
	uint64_t peps;
	double delta, prho;
} to_rho[] = {
	{ ACCOUNT_ONE / 10, 1e-6, 321047690.34574 },
	{ ACCOUNT_ONE / 2, 1e-6, 6641524356.6605 },
	{ ACCOUNT_ONE, 1e-6, 24355970359.5384 },
	{ 2 * ACCOUNT_ONE, 1e-6, 88152688379.9463 },
	{ 3 * ACCOUNT_ONE, 1e-6, 185069840653.401 },
	{ ACCOUNT_ONE, 1e-9, 14973057673.5885 },
};

static const struct {
	uint64_t prho;
	double epsilon, delta;
} to_delta[] = {
	{ 25000000000, 1, 1.33613190640322e-6 },
	{ 100000000000, 2, 4.32521086909256e-6 },
	{ 5000000000, 0.5, 3.44930909754742e-8 },
};

/* At or above the true value, of which `want` has 15 digits, and less than 1e-11 of it too high. */
static void just_above(double got, double want)
{
	ck_assert_double_ge(got, want * (1 - 2e-15 * 10));
	ck_assert_double_le(got, want * (1 + 1e-11));
}

START_TEST(conversions_are_those_of_60_digits)
{
	for (size_t i = 0; i < sizeof(to_epsilon) / sizeof(to_epsilon[0]); i++)
		just_above(account_epsilon(to_epsilon[i].prho, to_epsilon[i].delta),
			to_epsilon[i].epsilon);
	for (size_t i = 0; i < sizeof(to_delta) / sizeof(to_delta[0]); i++)
		just_above(account_delta(to_delta[i].prho, to_delta[i].epsilon), to_delta[i].delta);
	for (size_t i = 0; i < sizeof(to_rho) / sizeof(to_rho[0]); i++) {
		uint64_t prho = account_prho(to_rho[i].peps, to_rho[i].delta);
		ck_assert_double_le((double)prho, to_rho[i].prho);
		ck_assert_double_ge((double)prho, to_rho[i].prho * (1 - 1e-11) - 1);
	}
}
END_TEST

static void not_below(uint64_t prho, double epsilon, double want)
{
	double got = account_delta(prho, epsilon), variation = sqrt(-expm1(-(double)prho / 1e12));

	if (variation < want) /* a second bound, better at small epsilon */
		want = variation;
	if (got < want * (1 - 3e-16) || got > want * (1 + 2e-11))
		ck_abort_msg("prho %lu, epsilon %g: %.17g for %.17g", prho, epsilon, got, want);
	ck_assert_double_le(account_epsilon(prho, got), epsilon);
}

START_TEST(no_delta_is_below_the_one_of_60_digits)
{
	for (size_t i = 0; i < sizeof(exact_delta) / sizeof(exact_delta[0]); i++)
		not_below(exact_delta[i].prho, exact_delta[i].epsilon, exact_delta[i].delta);
}
END_TEST

/* CORDON_POINTS=file, written by make_account.py 10000 in seven minutes. */
START_TEST(nor_is_any_of_ten_thousand_others_in_the_long_form)
{
	double epsilon, delta;
	uint64_t prho;
	int points = 0;

	const char *file = getenv("CORDON_POINTS");
	if (file == NULL)
		return;
	FILE *lines = fopen(file, "r");
	ck_assert_ptr_nonnull(lines);
	for (; fscanf(lines, "%lu %lf %lf", &prho, &epsilon, &delta) == 3; points++)
		not_below(prho, epsilon, delta);
	fclose(lines);
	ck_assert_int_eq(points, 10000);
}
END_TEST

/* k questions at once cost what they cost one by one, but for one unit of rounding each: in rho, so
 * never less, and by sensitivity. */
START_TEST(charges_compose)
{
	for (int i = 0; i < 20000; i++) {
		uint64_t v = 1 + some_number(30), k = 1 + some_number(8);
		struct sensitivity one = { 1 + some_number(8), 1 + some_number(8) };
		struct sensitivity all = { one.d0 * k, one.dinf };
		uint64_t each = account_gaussian_charge(one, v);
		uint64_t together = account_gaussian_charge(all, v);
		if (each > UINT64_C(1) << 53 || together > UINT64_C(1) << 62)
			continue; /* more than there is */
		ck_assert_uint_le(together, k * each);
		ck_assert_uint_le(k * each, together + k);
		/* twice the change at four times the variance is the same question */
		ck_assert_uint_eq(
			each, account_gaussian_charge(
				      (struct sensitivity){ one.d0, 2 * one.dinf }, 4 * v));
		if (i % 20 != 0)
			continue;
		double e1 = account_epsilon(each, 1e-6), ek = account_epsilon(k * each, 1e-6);
		ck_assert_double_le(ek, (double)k * e1 * (1 + 1e-9) + 1e-9);
	}
}
END_TEST

/* The older bound rho + 2 sqrt(rho ln(1/delta)) holds too, so ours may not pass it; and no bound of
 * this kind is below the exact delta of the Gaussian mechanism it covers. */
static double gaussian_delta(double rho, double epsilon)
{
	double mu = sqrt(2 * rho); /* sensitivity over sigma; Balle and Wang 2018, Theorem 8 */
	double a = mu / 2 - epsilon / mu, b = -mu / 2 - epsilon / mu;

	return (erfc(-a / sqrt(2)) - exp(epsilon) * erfc(-b / sqrt(2))) / 2;
}

START_TEST(bounds_lie_between_the_exact_mechanism_and_the_older_bound)
{
	for (int i = 0; i < 3000; i++) {
		uint64_t prho = 100000 + some_number(42);
		double rho = (double)prho / 1e12,
		       delta = pow(10, -2 - (double)(some_number(16) % 11));
		double epsilon = account_epsilon(prho, delta);
		double older = rho + 2 * sqrt(rho * log(1 / delta));
		ck_assert_double_ge(epsilon, 0);
		ck_assert_double_le(epsilon, older * (1 + 1e-9));
		ck_assert_double_le(account_delta(prho, epsilon), delta);
		if (epsilon > 0)
			ck_assert_double_gt(account_delta(prho, epsilon * (1 - 1e-9)), delta);
		if (epsilon < 20) /* exp(epsilon) * erfc() loses digits later */
			ck_assert_double_le(gaussian_delta(rho, epsilon), delta * (1 + 1e-6));
	}
}
END_TEST

START_TEST(bounds_move_the_right_way)
{
	double last = -1;

	for (uint64_t prho = 1; prho < UINT64_C(1) << 62; prho *= 3) {
		double epsilon = account_epsilon(prho, 1e-6);
		ck_assert_double_ge(epsilon, last);
		ck_assert_double_ge(epsilon, account_epsilon(prho, 1e-5));
		ck_assert_double_le(account_delta(prho, 1.5), account_delta(prho, 1));
		ck_assert_double_le(account_delta(prho, 1), account_delta(prho + prho / 2 + 1, 1));
		last = epsilon;
	}
}
END_TEST

START_TEST(the_price_of_an_epsilon_is_the_largest_that_keeps_it)
{
	for (int i = 0; i < 150; i++) {
		uint64_t peps = 1 + some_number(45);
		double epsilon = (double)peps / 1e12, delta = pow(10, -3 - i % 10);
		uint64_t prho = account_prho(peps, delta);
		ck_assert_double_le(account_epsilon(prho, delta), epsilon);
		ck_assert_double_gt(account_epsilon(prho + 1 + prho / 100000000000, delta),
			epsilon * (1 - 1e-14));
	}
	ck_assert_uint_eq(account_prho(0, 1e-300), 0);
}
END_TEST

START_TEST(edges_err_against_the_researcher)
{
	ck_assert_double_eq(account_epsilon(0, 1e-6), 0);
	ck_assert_double_eq(account_delta(0, 0), 0);
	ck_assert(isinf(account_epsilon(1, 0)));
	ck_assert(isinf(account_epsilon(1, -1)));
	ck_assert(isinf(account_epsilon(1, 1e-310)));
	ck_assert(isinf(account_epsilon(1, (double)NAN)));
	ck_assert_double_eq(account_epsilon(UINT64_MAX, 1), 0);
	ck_assert_double_eq(account_delta(1, -1), 1);
	ck_assert_double_eq(account_delta(1, (double)NAN), 1);
	ck_assert_double_eq(account_delta(UINT64_MAX, 0), 1);
	ck_assert_double_gt(account_delta(1, 1000), 0); /* never 0 by underflow */
	ck_assert_double_le(account_delta(5 * ACCOUNT_ONE / 1000, 0), 0.0707); /* sqrt(rho) */
	ck_assert(isfinite(account_epsilon(UINT64_MAX, 1e-12)));
	ck_assert_uint_eq(account_prho(ACCOUNT_ONE, 0), 0);
}
END_TEST

/* --- for people ------------------------------------------------------------------------------ */

START_TEST(amounts_are_written_with_six_digits_and_rounded_as_asked)
{
	static const struct {
		uint64_t amount;
		const char *up, *down;
	} cases[] = {
		{ 0, "0", "0" },
		{ 1, "0.000001", "0" },
		{ 999999, "0.000001", "0" },
		{ 1000000, "0.000001", "0.000001" },
		{ 1000001, "0.000002", "0.000001" },
		{ UINT64_C(23800000000), "0.0238", "0.0238" },
		{ UINT64_C(23809523810), "0.02381", "0.023809" },
		{ ACCOUNT_ONE, "1", "1" },
		{ ACCOUNT_ONE - 1, "1", "0.999999" },
		{ 10 * ACCOUNT_ONE + 500000 * UINT64_C(1000000), "10.5", "10.5" },
		{ UINT64_MAX, "18446744.07371", "18446744.073709" },
	};
	char buf[32];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_str_eq(account_text(cases[i].amount, 1, buf, sizeof(buf)), cases[i].up);
		ck_assert_str_eq(account_text(cases[i].amount, 0, buf, sizeof(buf)), cases[i].down);
	}
}
END_TEST

/* Two counts at V = 21, and what is cheaper of the two ways to add up. */
START_TEST(two_releases_together_cost_the_sum_and_never_less_than_is_proven)
{
	const uint64_t prho[2] = { UINT64_C(23809523810), UINT64_C(23809523810) };
	const uint64_t none[2] = { UINT64_MAX, INT64_MAX }, pure[2] = { 300000000000, 400000000000 };
	const uint64_t huge[2] = { INT64_MAX, 1 };
	const uint64_t micro = UINT64_C(1000000000000);
	uint64_t rho, epsilon = account_together(prho, none, micro, &rho);

	ck_assert_uint_eq(rho, 2 * prho[0]);
	ck_assert_uint_eq(epsilon, account_peps(rho, micro));
	ck_assert_uint_ge(epsilon, UINT64_C(1433400000000));
	ck_assert_uint_lt(epsilon, UINT64_C(1433410000000));
	ck_assert_double_ge((double)epsilon / 1e12, account_epsilon(rho, 1e-6) * (1 - 1e-15));
	ck_assert_uint_gt(account_peps(rho, micro / 10), epsilon);
	ck_assert_uint_eq(account_together(prho, pure, micro, &rho), 700000000000);
	(void)account_together(huge, none, micro, &rho);
	ck_assert_uint_eq(rho, INT64_MAX);
	ck_assert_uint_eq(account_peps(0, micro), 0);
	ck_assert_uint_eq(account_peps(1, 0), UINT64_MAX);
}
END_TEST

UNIT_MAIN("account", two_releases_together_cost_the_sum_and_never_less_than_is_proven,
	a_gaussian_charge_is_the_exact_one_rounded_up,
	a_charge_that_cannot_be_said_is_the_greatest, v_is_the_smallest_whose_charge_fits_the_price,
	known_variances, impossible_prices_and_sensitivities_are_refused, known_scales,
	a_laplace_scale_is_exact_or_rounded_up_and_so_is_its_charge,
	conversions_are_those_of_60_digits, no_delta_is_below_the_one_of_60_digits,
	nor_is_any_of_ten_thousand_others_in_the_long_form, charges_compose,
	bounds_lie_between_the_exact_mechanism_and_the_older_bound, bounds_move_the_right_way,
	the_price_of_an_epsilon_is_the_largest_that_keeps_it, edges_err_against_the_researcher,
	amounts_are_written_with_six_digits_and_rounded_as_asked)
