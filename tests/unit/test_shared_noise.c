/*
 * test_shared_noise.c - crypto/shared_noise.h: how much each site adds, what it costs, and that the sum is what the
 * charge was for. Distributions are computed exactly by convolution; samples come from a fixed tape.
 */
#include "crypto/shared_noise.h"

#include <math.h>
#include <string.h>

#include "crypto/noise.h"
#include "tests/unit/stats.h"
#include "tests/unit/tape.h"
#include "tests/unit/unit.h"

static struct error err;
static struct rng gen;

static const struct sensitivity one = { 1, 1 };

/* rho for epsilon 1 at delta 1e-6: a variance of 20.53 for a count (docs/privacy.md), as a fraction. */
#define RHO      UINT64_C(24355970359)
#define VARIANCE ACCOUNT_ONE, 2 * RHO

static struct shared_ask ask_of(
	enum shared_law law, uint64_t t, uint64_t s, uint64_t sites, uint64_t honest)
{
	return (struct shared_ask){ .law = law,
		.sites = sites,
		.honest = honest,
		.n_cells = 1,
		.n_layers = 1,
		.least = { { t, s } },
		.bound = { UINT64_C(1) << 32 } };
}

static struct shared_noise chosen(struct shared_ask ask)
{
	struct shared_noise n = { 0 };

	OK(shared_noise_choose(&ask, &n, &err));
	return n;
}

static uint64_t rho_of(const struct shared_noise *n, struct sensitivity d)
{
	const struct sensitivity of[MAX_LAYERS] = { d, d, d };
	uint64_t rho, epsilon;

	shared_noise_charge(n, of, &rho, &epsilon);
	return rho;
}

/* --- exact distributions ---------------------------------------------------------------------- */

enum {
	HALF = 256,
	WIDE = 2 * HALF + 1
};

static void gaussian_mass(double v, double mass[WIDE])
{
	double all = 0;

	for (int x = -HALF; x <= HALF; x++)
		all += mass[x + HALF] = exp(-x * x / (2 * v));
	for (int i = 0; i < WIDE; i++)
		mass[i] /= all;
}

/* P(k) ~ q^k * product of (1 + n(j-1)) / (n j): one side of a Polya share. */
static void polya_mass(double scale, double n, double mass[WIDE])
{
	static double half[HALF + 1];
	double q = exp(-1 / scale), all = 0;

	half[0] = 1;
	for (int k = 1; k <= HALF; k++)
		half[k] = half[k - 1] * q * (1 + n * (k - 1)) / (n * k);
	for (int k = 0; k <= HALF; k++)
		all += half[k];
	memset(mass, 0, WIDE * sizeof(*mass));
	for (int a = 0; a <= HALF; a++)
		for (int b = 0; b <= HALF; b++)
			mass[HALF + a - b] += half[a] / all * half[b] / all;
}

static void convolve(const double share[WIDE], unsigned n, double sum[WIDE])
{
	static double next[WIDE];

	memset(sum, 0, WIDE * sizeof(*sum));
	sum[HALF] = 1;
	for (unsigned i = 0; i < n; i++) {
		memset(next, 0, sizeof(next));
		for (int x = 0; x < WIDE; x++)
			for (int y = 0; sum[x] > 1e-120 && y < WIDE; y++)
				if (x + y - HALF >= 0 && x + y - HALF < WIDE)
					next[x + y - HALF] += sum[x] * share[y];
		memcpy(sum, next, sizeof(next));
	}
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct row {
	uint64_t n, honest, lattice, t;
	double honest_variance, all_variance, rho, delta;
} table[] = {
	{ 3, 2, 1, 11, 22.0, 33.0, 0.022727, 9.8e-8 },
	{ 10, 7, 2, 12, 21.0, 30.0, 0.023810, 1.6e-7 },
	{ 30, 21, 3, 9, 21.0, 30.0, 0.023810, 1.7e-7 },
	{ 100, 67, 4, 5, 20.94, 31.25, 0.023881, 1.7e-7 },
};
enum {
	ROWS = sizeof(table) / sizeof(table[0])
};

START_TEST(shares_are_those_of_the_table)
{
	for (int i = 0; i < ROWS; i++) {
		const struct row *r = &table[i];
		struct shared_noise n = chosen(ask_of(SHARED_GAUSSIAN, VARIANCE, r->n, r->honest));
		const struct shared_layer *l = &n.layers[0];
		double unit = (double)(l->lattice * l->lattice), t = (double)l->t;

		ck_assert_uint_eq(l->lattice, r->lattice);
		ck_assert_uint_eq(l->t, r->t);
		ck_assert_uint_eq(l->s, 1);
		ck_assert_double_eq_tol((double)r->honest * t / unit, r->honest_variance, 0.01);
		ck_assert_double_eq_tol((double)r->n * t / unit, r->all_variance, 0.01);
		ck_assert_double_eq_tol((double)rho_of(&n, one) / 1e12, r->rho, 5e-7);
	}
}
END_TEST

/* delta(1) of the exact sum against the sum moved by one person, and Renyi's divergences, which the charge bounds. */
START_TEST(what_is_charged_covers_the_exact_sum_of_the_honest)
{
	static const double alphas[] = { 1.05, 1.5, 2, 4, 8, 16 };
	static double share[WIDE], sum[WIDE];

	for (int i = 0; i < ROWS; i++) {
		const struct row *r = &table[i];
		struct shared_noise n = chosen(ask_of(SHARED_GAUSSIAN, VARIANCE, r->n, r->honest));
		double rho = (double)rho_of(&n, one) / 1e12, delta = 0;
		int move = (int)n.layers[0].lattice;

		gaussian_mass((double)n.layers[0].t, share);
		convolve(share, (unsigned)r->honest, sum);
		for (int x = move; x < WIDE; x++)
			delta += fmax(0, sum[x - move] - M_E * sum[x]);
		ck_assert_double_le(fabs(delta / r->delta - 1), 0.06);
		for (size_t a = 0; a < sizeof(alphas) / sizeof(alphas[0]); a++) {
			double all = 0;

			for (int x = move; x < WIDE; x++)
				if (sum[x] > 1e-90 && sum[x - move] > 1e-90)
					all += exp(alphas[a] * log(sum[x - move]) +
						   (1 - alphas[a]) * log(sum[x]));
			ck_assert_double_le(
				log(all) / (alphas[a] - 1), alphas[a] * rho * (1 + 1e-9));
		}
	}
}
END_TEST

/* --- charges ---------------------------------------------------------------------------------- */

/* The formula as it stands, in long double. */
static long double formula(
	const struct shared_noise *n, const struct shared_layer *l, struct sensitivity d)
{
	long double h = (long double)n->honest, v = (long double)l->t, s = (long double)l->lattice;
	long double d1 = s * (long double)d.d0 * (long double)d.dinf;
	long double d22 = s * s * (long double)d.d0 * (long double)d.dinf * (long double)d.dinf,
		    tau = 0;

	for (uint64_t k = 1; k < n->honest; k++)
		tau += 10 * expl(-2 * (long double)(M_PI * M_PI) * v * (long double)k /
				    (long double)(k + 1));
	return 1e12L *
	       (d22 / (h * v) + 2 * tau * d1 / sqrtl(h * v) + tau * tau * (long double)n->n_cells) /
	       2;
}

static uint64_t some(unsigned bits)
{
	static uint64_t state = 1;

	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return 1 + (state >> 16) % (UINT64_C(1) << (1 + (state >> 40) % bits));
}

START_TEST(the_charge_is_never_below_the_formula_nor_above_what_is_paid)
{
	int used = 0;

	for (int i = 0; i < 3000; i++) {
		struct shared_ask ask = ask_of(SHARED_GAUSSIAN, 1, 1, 1, 1);
		const struct sensitivity d = { some(6), some(10) };
		uint64_t amount = some(46), tau = shared_noise_tau(d, amount), charge;
		struct shared_noise n;

		ask.sites = some(12) % SHARED_MAX_SITES + 1;
		ask.honest = some(12) % ask.sites + 1;
		ask.n_cells = some(12) % MAX_CELLS + 1;
		ask.bound[0] = 1000;
		if (amount <= tau ||
			account_gaussian(d, amount - tau, &ask.least[0].t, &charge, &err) != 0)
			continue;
		if (shared_noise_choose(&ask, &n, &err) != 0)
			continue;
		used++;
		charge = rho_of(&n, d);
		long double want = formula(&n, &n.layers[0], d);
		ck_assert_uint_le(charge, amount);
		ck_assert_msg((long double)charge >= want, "%d: %llu < %Lf", i,
			(unsigned long long)charge, want);
		ck_assert((long double)charge <= want * (1 + 1e-15L) + 2);
		ck_assert_uint_ge(n.layers[0].t, 4);
		/* no more than a unit of variance a site */
		ck_assert((u128)(n.layers[0].t - 1) * n.honest <
			  (u128)ask.least[0].t * n.layers[0].lattice * n.layers[0].lattice);
	}
	ck_assert_int_gt(used, 2000);
}
END_TEST

START_TEST(laplace_shares_cost_pure_epsilon_whoever_else_adds)
{
	struct shared_noise n = chosen(ask_of(SHARED_LAPLACE, 2, 1, 10, 7));
	const struct sensitivity of[MAX_LAYERS] = { one };
	uint64_t rho, epsilon;

	ck_assert_uint_eq(n.layers[0].t, 2);
	ck_assert_uint_eq(n.layers[0].s, 1);
	ck_assert_uint_eq(n.layers[0].lattice, 1);
	shared_noise_charge(&n, of, &rho, &epsilon);
	ck_assert_uint_eq(epsilon, UINT64_C(500000000000));
	ck_assert_uint_eq(rho, UINT64_C(125000000000));
}
END_TEST

START_TEST(without_noise_no_charge_is_enough)
{
	struct shared_noise n = chosen(ask_of(SHARED_NONE, 0, 0, 10, 7));
	const struct sensitivity of[MAX_LAYERS] = { one };
	int64_t x = 5, noise = 9;
	uint64_t rho, epsilon;

	shared_noise_charge(&n, of, &rho, &epsilon);
	ck_assert(rho == UINT64_MAX && epsilon == UINT64_MAX);
	rng_init(&gen);
	OK(shared_noise_draw(&n, &gen, &noise, &err));
	ck_assert_int_eq(noise, 0);
	shared_noise_lift(&n, &x);
	ck_assert_int_eq(x, 5);
	ck_assert_uint_eq(shared_noise_tail(&n), 0);
}
END_TEST

START_TEST(layers_have_noise_of_their_own_and_their_charges_add_up)
{
	struct shared_ask ask = ask_of(SHARED_GAUSSIAN, 62, 1, 100, 34);
	const struct sensitivity of[MAX_LAYERS] = { one, { 1, 100 }, { 1, 5000 } };
	uint64_t rho, epsilon;

	ask.n_layers = 3;
	ask.least[1].t = 614755;
	ask.least[2].t = 1536885246;
	ask.least[1].s = ask.least[2].s = 1;
	ask.bound[1] = UINT64_C(100) << 32;
	ask.bound[2] = UINT64_C(5000) << 32;
	struct shared_noise n = chosen(ask);
	shared_noise_charge(&n, of, &rho, &epsilon);
	ck_assert_uint_eq(n.layers[0].lattice, 2);
	ck_assert_uint_eq(n.layers[0].t, 8); /* 4 * 62 / 34 */
	ck_assert_uint_eq(n.layers[1].lattice, 1);
	ck_assert_uint_eq(n.layers[1].t, 18082);
	ck_assert_uint_eq(n.layers[2].t, 45202508);
	/* 4/2H + 1e4/2H + 25e6/2H, each rounded up, and one unit each */
	ck_assert_uint_eq(
		rho, UINT64_C(7352941177) + UINT64_C(8132884832) + UINT64_C(8133333196) + 3);
	ck_assert(epsilon == UINT64_MAX);
	ck_assert_uint_eq(shared_noise_bound(&n), UINT64_C(5000) << 32);
	ck_assert_uint_eq(shared_noise_tail(&n), 12 * (6723 + 1));
}
END_TEST

/* --- sums ------------------------------------------------------------------------------------- */

enum {
	SUMS = 60000
};

/* Sums of n sites' shares against the exact distribution; each site is asked for many numbers at once. */
static void sums_are(const struct shared_noise *like, unsigned n, const double exact[WIDE])
{
	static int64_t share[MAX_CELLS], sum[MAX_CELLS];
	static uint64_t seen[WIDE];
	static double want[WIDE];
	struct shared_noise noise = *like;

	memset(seen, 0, sizeof(seen));
	noise.n_cells = MAX_CELLS;
	for (int done = 0; done < SUMS; done += MAX_CELLS) {
		memset(sum, 0, sizeof(sum));
		for (unsigned i = 0; i < n; i++) {
			OK(shared_noise_draw(&noise, &gen, share, &err));
			for (int k = 0; k < MAX_CELLS; k++)
				sum[k] += share[k];
		}
		for (int k = 0; k < MAX_CELLS; k++) {
			ck_assert(sum[k] >= -HALF && sum[k] <= HALF);
			seen[sum[k] + HALF]++;
		}
	}
	for (int i = 0; i < WIDE; i++)
		want[i] = exact[i] * ((SUMS + MAX_CELLS - 1) / MAX_CELLS * MAX_CELLS);
	ck_assert_double_lt(stats_chi(seen, want, WIDE), 1);
}

START_TEST(shares_of_all_sites_add_up_to_the_exact_distribution)
{
	static const struct {
		enum shared_law law;
		uint64_t t, s, sites, honest;
	} all[] = { { SHARED_GAUSSIAN, VARIANCE, 3, 2 }, { SHARED_GAUSSIAN, VARIANCE, 10, 7 },
		{ SHARED_LAPLACE, 2, 1, 3, 3 }, { SHARED_LAPLACE, 2, 1, 10, 7 } };
	static double share[WIDE], sum[WIDE];

	tape_start("shares");
	rng_init(&gen);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct shared_noise n =
			chosen(ask_of(all[i].law, all[i].t, all[i].s, all[i].sites, all[i].honest));

		if (n.law == SHARED_GAUSSIAN)
			gaussian_mass((double)n.layers[0].t, share);
		else
			polya_mass((double)n.layers[0].t / (double)n.layers[0].s, (double)n.honest,
				share);
		convolve(share, (unsigned)n.sites, sum);
		sums_are(&n, (unsigned)n.sites, sum);
	}
	tape_end();
}
END_TEST

/* h Polya shares are one discrete Laplace: by computation, not by sampling. */
START_TEST(shares_of_the_honest_are_one_laplace_draw)
{
	static double share[WIDE], sum[WIDE];
	const double q = exp(-0.5);

	for (unsigned h = 1; h <= 7; h += 3) {
		polya_mass(2, h, share);
		convolve(share, h, sum);
		for (int x = -60; x <= 60; x++)
			ck_assert_double_eq_tol(
				sum[x + HALF], (1 - q) / (1 + q) * pow(q, abs(x)), 1e-12);
	}
}
END_TEST

START_TEST(a_generator_that_fails_leaves_no_share)
{
	struct shared_ask ask = ask_of(SHARED_GAUSSIAN, VARIANCE, 3, 3);
	static int64_t out[3 * MAX_CELLS];

	ask.n_layers = 3;
	ask.n_cells = MAX_CELLS;
	ask.least[1].t = ask.least[2].t = 614755;
	ask.least[1].s = ask.least[2].s = 1;
	ask.bound[1] = ask.bound[2] = 1000;
	struct shared_noise n = chosen(ask);
	tape_start("share");
	rng_init(&gen);
	OK(shared_noise_draw(&n, &gen, out, &err));
	/* the first and the last layer take two fills, the one between many */
	for (int at = 1, fills = tape.fills; at <= fills; at += at > 3 && at + 12 < fills ? 9 : 1) {
		tape_start("share");
		tape.fails_at = at;
		rng_init(&gen);
		memset(out, 7, sizeof(out));
		FAILS(shared_noise_draw(&n, &gen, out, &err), E_CRYPTO);
		for (int i = 0; i < 3 * MAX_CELLS; i++)
			ck_assert_int_eq(out[i], 0);
	}
	tape_end();
}
END_TEST

/* --- numbers ---------------------------------------------------------------------------------- */

START_TEST(numbers_go_onto_the_lattice_held_to_their_bound)
{
	const struct shared_noise n = { .law = SHARED_GAUSSIAN,
		.sites = 3,
		.honest = 3,
		.n_cells = 3,
		.n_layers = 2,
		.layers = { { 4, 4, 1, 100 }, { 1, 4, 1, 1000 } } };
	int64_t x[6] = { 7, 100, 101, -1000, -1001, INT64_MIN };
	static const int64_t want[6] = { 28, 400, 400, -1000, -1000, -1000 };

	shared_noise_lift(&n, x);
	ck_assert_mem_eq(x, want, sizeof(want));
	ck_assert_uint_eq(shared_noise_bound(&n), 1000);
	ck_assert_uint_eq(shared_noise_tail(&n), 36);
}
END_TEST

START_TEST(sums_that_could_pass_the_words_are_refused)
{
	struct shared_ask ask = ask_of(SHARED_GAUSSIAN, VARIANCE, 100, 67);
	struct shared_noise n = chosen(ask);

	/* 100 sites, lattice 4, and a tail of 12 * (floor(sqrt(500)) + 1) */
	n.layers[0].bound = ((UINT64_C(1) << 63) - 276 - 1) / 400;
	OK(shared_noise_check(&n, &err));
	n.layers[0].bound++;
	FAILS(shared_noise_check(&n, &err), E_LIMIT);
	ask.bound[0] = n.layers[0].bound;
	FAILS(shared_noise_choose(&ask, &n, &err), E_LIMIT);
	ask.bound[0] = 0;
	FAILS(shared_noise_choose(&ask, &n, &err), E_LIMIT);
}
END_TEST

START_TEST(what_no_noise_can_do_is_refused)
{
	struct shared_noise n = { .sites = 77 };
	struct shared_ask ask;
	static const struct {
		enum shared_law law;
		uint64_t t, s;
	} odd[] = { { SHARED_GAUSSIAN, 0, 1 }, { SHARED_GAUSSIAN, 1, 0 },
		{ SHARED_GAUSSIAN, UINT64_MAX, 1 }, { SHARED_LAPLACE, 0, 1 },
		{ SHARED_LAPLACE, 1, 0 }, { SHARED_LAPLACE, (1 << 16), 1 }, /* too many coins */
		{ SHARED_LAPLACE, 1, (UINT64_C(1) << 32) + 1 }, { SHARED_LAWS, 21, 1 } };

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		ask = ask_of(odd[i].law, odd[i].t, odd[i].s, 3, 3);
		FAILS(shared_noise_choose(&ask, &n, &err), E_INPUT);
	}
	for (int i = 0; i < 4; i++) {
		static const uint64_t sites[][2] = { { 3, 0 }, { 3, 4 }, { 0, 0 }, { 4097, 3 } };
		ask = ask_of(SHARED_GAUSSIAN, VARIANCE, sites[i][0], sites[i][1]);
		FAILS(shared_noise_choose(&ask, &n, &err), E_INPUT);
	}
	ask = ask_of(SHARED_GAUSSIAN, VARIANCE, 3, 3);
	ask.n_layers = MAX_LAYERS + 1;
	FAILS(shared_noise_choose(&ask, &n, &err), E_INPUT);
	ask.n_layers = 1;
	ask.n_cells = MAX_CELLS + 1;
	FAILS(shared_noise_choose(&ask, &n, &err), E_LIMIT);
	ck_assert_uint_eq(n.sites, 77); /* untouched */
}
END_TEST

/* --- several wishes ---------------------------------------------------------------------------- */

START_TEST(of_several_wishes_the_strongest_noise_holds)
{
	struct shared_noise weak = chosen(ask_of(SHARED_GAUSSIAN, ACCOUNT_ONE, 8 * RHO, 100, 67)),
			    strong = chosen(ask_of(SHARED_GAUSSIAN, VARIANCE, 100, 67)),
			    none = chosen(ask_of(SHARED_NONE, 0, 0, 100, 67)), all = weak;

	ck_assert_uint_gt(weak.layers[0].lattice, strong.layers[0].lattice);
	OK(shared_noise_join(&all, &strong, &err));
	ck_assert_mem_eq(&all, &strong, sizeof(all));
	OK(shared_noise_join(&all, &weak, &err));
	ck_assert_mem_eq(&all, &strong, sizeof(all));
	OK(shared_noise_join(&all, &none, &err));
	ck_assert_mem_eq(&all, &strong, sizeof(all));
	OK(shared_noise_join(&none, &strong, &err));
	ck_assert_mem_eq(&none, &strong, sizeof(all));
	ck_assert_uint_le(rho_of(&all, one), 4 * RHO); /* nobody pays more than he wished */
	all.honest--;
	FAILS(shared_noise_join(&all, &strong, &err), E_INPUT);
	all = chosen(ask_of(SHARED_LAPLACE, 2, 1, 100, 67));
	FAILS(shared_noise_join(&all, &strong, &err), E_INPUT);
	ck_assert_uint_eq(all.layers[0].t, 2);
}
END_TEST

/* --- bytes ------------------------------------------------------------------------------------- */

START_TEST(bytes_have_one_spelling_and_a_hash_of_it)
{
	struct shared_noise n = chosen(ask_of(SHARED_GAUSSIAN, VARIANCE, 10, 7)), back;
	uint8_t bytes[SHARED_NOISE_BYTES + 1], again[SHARED_NOISE_BYTES];
	static const uint8_t want[] =
		"\0\0\0\016cordon/noise/1\001\0\0\0\012\0\0\0\007\0\0\0\001\001"
		"\0\0\0\0\0\0\0\002\0\0\0\0\0\0\0\014\0\0\0\0\0\0\0\001\0\0\0\001\0\0\0";
	size_t len = shared_noise_encode(&n, bytes);
	struct hash32 hash = sha256(bytes, len), got = shared_noise_hash(&n);

	ck_assert_uint_eq(len, sizeof(want)); /* the last zero is the text's own */
	ck_assert_mem_eq(bytes, want, len);
	ck_assert(hash32_equal(&hash, &got));
	OK(shared_noise_decode(bytes, len, &back, &err));
	ck_assert_mem_eq(&back, &n, sizeof(n));
	for (size_t i = 0; i < len; i++) {
		FAILS(shared_noise_decode(bytes, i, &back, &err), E_INPUT);
		bytes[i] ^= 0x80; /* refused, or read as something else that has these bytes */
		if (shared_noise_decode(bytes, len, &back, &err) == 0) {
			ck_assert_uint_eq(shared_noise_encode(&back, again), len);
			ck_assert_mem_eq(again, bytes, len);
			struct hash32 other = shared_noise_hash(&back);
			ck_assert(!hash32_equal(&hash, &other));
		}
		bytes[i] ^= 0x80;
	}
	FAILS(shared_noise_decode(bytes, len + 1, &back, &err), E_INPUT);
}
END_TEST

START_TEST(bytes_of_noise_that_would_not_hold_are_refused)
{
	struct shared_noise good = chosen(ask_of(SHARED_GAUSSIAN, VARIANCE, 10, 7)), n, back;
	uint8_t bytes[SHARED_NOISE_BYTES];

	for (int i = 0; i < 9; i++) {
		n = good;
		struct shared_layer *l = &n.layers[0];
		switch (i) {
		case 0:
			l->t = 3;
			break;
		case 1:
			l->s = 2;
			break;
		case 2:
			l->lattice = 0;
			break;
		case 3:
			l->lattice = SHARED_MAX_LATTICE + 1;
			break;
		case 4:
			l->t = NOISE_MAX_VARIANCE + 1;
			break;
		case 5:
			n.honest = 11;
			break;
		case 6:
			n.honest = 0;
			break;
		case 7:
			n.law = SHARED_LAPLACE;
			break; /* has no lattice */
		default:
			n.law = SHARED_LAWS;
			break;
		}
		FAILS(shared_noise_decode(bytes, shared_noise_encode(&n, bytes), &back, &err),
			E_INPUT);
	}
	for (int i = 0; i < 3; i++) {
		n = good;
		if (i == 0)
			n.n_cells = 0;
		else if (i == 1)
			n.n_cells = MAX_CELLS + 1;
		else
			n.layers[0].bound = UINT64_C(1) << 62;
		FAILS(shared_noise_decode(bytes, shared_noise_encode(&n, bytes), &back, &err),
			E_LIMIT);
	}
}
END_TEST

UNIT_MAIN("shared_noise", shares_are_those_of_the_table,
	what_is_charged_covers_the_exact_sum_of_the_honest,
	the_charge_is_never_below_the_formula_nor_above_what_is_paid,
	laplace_shares_cost_pure_epsilon_whoever_else_adds, without_noise_no_charge_is_enough,
	layers_have_noise_of_their_own_and_their_charges_add_up,
	shares_of_all_sites_add_up_to_the_exact_distribution,
	shares_of_the_honest_are_one_laplace_draw, a_generator_that_fails_leaves_no_share,
	numbers_go_onto_the_lattice_held_to_their_bound, sums_that_could_pass_the_words_are_refused,
	what_no_noise_can_do_is_refused, of_several_wishes_the_strongest_noise_holds,
	bytes_have_one_spelling_and_a_hash_of_it, bytes_of_noise_that_would_not_hold_are_refused)
