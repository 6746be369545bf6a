#include "crypto/noise_table.h"

#include <gmp.h>

#include "crypto/noise.h"
#include "tests/unit/stats.h"
#include "tests/unit/tape.h"
#include "tests/unit/unit.h"

/*
 * Tables without chance: every entry against integers of 1500 bits, computed another way, and every
 * edge between two outcomes by the words on both its sides. Together that is the whole
 * distribution: the outcome is a step function of the draw.
 */

static struct error err;
static struct rng gen;
static struct noise_table table;

static const struct noise_law laws[] = { { 0, 1, 1 }, { 0, 3, 2 }, { 0, 10, 1 }, { 0, 16, 1 },
	{ 0, 1, 16 }, { 0, 999983, 65537 }, { 1, 1, 1 }, { 1, 21, 1 }, { 1, 2053, 100 },
	{ 1, 900, 1 }, { 1, 1, 16 }, { 1, UINT64_C(1) << 32, (UINT64_C(1) << 32) - 1 } };
enum {
	LAWS = sizeof(laws) / sizeof(laws[0]),
	WIDE = 1500
};

/* --- entries --------------------------------------------------------------------------------- */

/* exp(-a/b) = (exp(-a/(b*2^h)))^(2^h), to WIDE bits but a few hundred. */
static void wide_exp(mpz_t out, const mpz_t a, const mpz_t b)
{
	const unsigned halvings = 200;
	mpz_t term, part;

	mpz_inits(term, part, NULL);
	mpz_ui_pow_ui(term, 2, WIDE);
	mpz_set(out, term);
	mpz_mul_2exp(part, b, halvings);
	for (unsigned n = 1; mpz_sgn(term) != 0; n++) {
		mpz_mul(term, term, a);
		mpz_tdiv_q(term, term, part);
		mpz_tdiv_q_ui(term, term, n);
		if (n % 2 == 1)
			mpz_sub(out, out, term);
		else
			mpz_add(out, out, term);
	}
	for (unsigned i = 0; i < halvings; i++) {
		mpz_mul(out, out, out);
		mpz_tdiv_q_2exp(out, out, WIDE);
	}
	mpz_clears(term, part, NULL);
}

static void weight(mpz_t out, struct noise_law law, unsigned long k)
{
	mpz_t a, b;

	mpz_init_set_ui(a, k);
	mpz_init_set_ui(b, law.t);
	if (law.gaussian) {
		mpz_mul_ui(a, a, k);
		mpz_mul_2exp(b, b, 1);
	}
	mpz_mul_ui(a, a, law.s);
	wide_exp(out, a, b);
	mpz_clears(a, b, NULL);
}

static void entry(mpz_t out, size_t k)
{
	mpz_set_ui(out, table.top[k]);
	for (int i = 0; i < 3; i++) {
		mpz_mul_2exp(out, out, 64);
		mpz_add_ui(out, out, table.rest[k][i]);
	}
}

/* How many entries do not have P(|X| <= k) * 2^255 in [e, e + 2). */
static int wrong_entries(struct noise_law law)
{
	mpz_t w, total, sum, want, e;
	int wrong = 0;
	unsigned long last;

	mpz_inits(w, total, sum, want, e, NULL);
	weight(total, law, 0);
	for (last = 1;; last++) {
		weight(w, law, last);
		if (mpz_sizeinbase(w, 2) < WIDE - 330)
			break;
		mpz_addmul_ui(total, w, 2);
	}
	for (unsigned long k = 0; k < table.n; k++) {
		weight(w, law, k);
		mpz_addmul_ui(sum, w, k == 0 ? 1 : 2);
		mpz_mul_2exp(want, sum, 255);
		mpz_tdiv_q(want, want, total);
		entry(e, k);
		mpz_sub(want, want, e);
		wrong += mpz_cmp_ui(want, 2) >= 0 || mpz_sgn(want) < 0;
	}
	/* the last is all ones: nothing lies beyond but the draw that is all ones too */
	entry(e, table.n - 1);
	mpz_ui_pow_ui(w, 2, 255);
	mpz_sub(w, w, e);
	wrong += mpz_cmp_ui(w, 1) != 0;
	mpz_clears(w, total, sum, want, e, NULL);
	return wrong;
}

START_TEST(every_entry_is_within_a_unit_of_255_bits)
{
	for (size_t i = 0; i < LAWS; i++) {
		if (laws[i].t >= 900 && laws[i].t < 1000)
			continue; /* long */
		OK(noise_table_make(&table, laws[i], &err));
		ck_assert_msg(wrong_entries(laws[i]) == 0, "law %zu", i);
		table.rest[0][2] += 2;
		ck_assert_int_eq(wrong_entries(laws[i]), 1);
		noise_table_free(&table);
	}
}
END_TEST

/* --- edges ----------------------------------------------------------------------------------- */

/* The draw of these 256 bits: top, sign, rest. -999: it failed. */
static int64_t draw_at(uint64_t top, unsigned minus, const uint64_t rest[3])
{
	const uint64_t words[] = { top << 1 | minus, rest[0], rest[1], rest[2] };
	int64_t x = 77;

	tape_words(&gen, words, 4);
	if (noise_table_draw(&table, &gen, &x, 1, &err) == 0)
		return x;
	ck_assert_int_eq(err.code, E_CRYPTO);
	ck_assert_int_eq(x, 0); /* wiped */
	return -999;
}

/* The draw of entry k's number and `more`, where no word carries but the last. */
static int64_t draw_near(size_t k, unsigned minus, int more)
{
	uint64_t rest[3] = { table.rest[k][0], table.rest[k][1], table.rest[k][2] };
	u128 low = ((u128)rest[1] << 64 | rest[2]) + (u128)more;

	rest[1] = (uint64_t)(low >> 64);
	rest[2] = (uint64_t)low;
	return draw_at(table.top[k], minus, rest);
}

static int wrong_edges(size_t k)
{
	static const uint64_t none[3];
	const int64_t at = (int64_t)k;
	int wrong = 0;

	if (k < table.scan) {
		if (table.top[k] > (k == 0 ? 0 : table.top[k - 1] + 1))
			wrong += draw_at(table.top[k] - 1, 0, none) != at || gen.at != 8;
		if (table.top[k] + 1 < table.top[k + 1])
			wrong += draw_at(table.top[k] + 1, 1, none) != -at - 1 || gen.at != 8;
	}
	wrong += draw_near(k, 0, -1) != at || gen.at != 32;
	wrong += draw_near(k, 1, -1) != -at;
	wrong += draw_near(k, 0, 0) != -999;
	wrong += draw_near(k, 1, 1) != -999;
	wrong += draw_near(k, 0, 2) != at + 1;
	wrong += draw_near(k, 1, 2) != -at - 1;
	return wrong;
}

/* Entries closer than this are undecided together; there is less than 2^-245 in all of those. */
static bool far_apart(size_t k)
{
	const uint64_t *a = table.rest[k], *b = table.rest[k + 1];
	u128 low_a = (u128)a[1] << 64 | a[2], low_b = (u128)b[1] << 64 | b[2];

	return table.top[k] != table.top[k + 1] || a[0] != b[0] || low_b - low_a > 8;
}

START_TEST(every_outcome_begins_and_ends_where_its_entries_say)
{
	tape_start("edges");
	for (size_t i = 0; i < LAWS; i++) {
		OK(noise_table_make(&table, laws[i], &err));
		ck_assert_uint_lt(table.scan, table.n);
		ck_assert(wrong_edges(0) == 0);
		for (size_t k = 0; k + 1 < table.n && far_apart(k); k++)
			ck_assert_msg(wrong_edges(k) == 0, "law %zu, entry %zu", i, k);
		noise_table_free(&table);
	}
	tape_end();
}
END_TEST

/* --- against the other sampler --------------------------------------------------------------- */

START_TEST(both_samplers_draw_the_same_law)
{
	enum {
		DRAWS = 400000,
		CELLS = 41
	};
	static int64_t drawn[DRAWS];
	static const struct noise_law both[] = { { 0, 3, 2 }, { 1, 21, 1 }, { 1, 2053, 100 } };

	tape_start("both");
	rng_init(&gen);
	for (size_t i = 0; i < 3; i++) {
		uint64_t seen[CELLS] = { 0 };
		double other[CELLS] = { 0 };
		OK(noise_many(&gen, both[i], drawn, DRAWS, &err));
		for (int j = 0; j < DRAWS; j++) {
			int64_t x;
			int ret =
				both[i].gaussian
					? noise_gaussian_ratio(&gen, both[i].t, both[i].s, &x, &err)
					: noise_laplace(&gen, both[i].t, both[i].s, &x, &err);
			ck_assert_int_eq(ret, 0);
			other[x < -20 ? 0 : x > 20 ? 40 : x + 20]++;
			x = drawn[j];
			seen[x < -20 ? 0 : x > 20 ? 40 : x + 20]++;
		}
		/* both vary: twice the variance of one against its expectation */
		double chi = 0, df = 0;
		for (int c = 0; c < CELLS; c++) {
			double all = (double)seen[c] + other[c], off = (double)seen[c] - other[c];
			if (all > 0) {
				chi += off * off / all;
				df++;
			}
		}
		ck_assert_double_lt(chi, df + 8 * sqrt(2 * df)); /* 1e-8 at 30 to 41 */
	}
	tape_end();
}
END_TEST

/* --- refusals -------------------------------------------------------------------------------- */

START_TEST(laws_out_of_range_have_no_table_and_are_drawn_all_the_same)
{
	static const struct noise_law wide[] = { { 0, 17, 1 }, { 1, 901, 1 }, { 0, 1, 17 },
		{ 1, UINT64_C(1) << 40, 1 } };
	static const struct noise_law bad[] = { { 0, 0, 1 }, { 1, 0, 1 }, { 0, 1, 0 },
		{ 1, UINT64_MAX, 1 } };
	int64_t x[50];

	rng_init(&gen);
	for (size_t i = 0; i < 4; i++) {
		FAILS(noise_table_make(&table, wide[i], &err), E_INPUT);
		ck_assert_ptr_null(table.top);
		OK(noise_many(&gen, wide[i], x, 50, &err));
		FAILS(noise_table_make(&table, bad[i], &err), E_INPUT);
		FAILS(noise_many(&gen, bad[i], x, 50, &err), E_INPUT);
	}
}
END_TEST

START_TEST(a_failing_source_leaves_no_draw_behind)
{
	static const struct noise_law some[] = { { 0, 3, 2 }, { 1, 21, 1 }, { 1, 1000, 1 } };
	static int64_t x[5000], zeros[5000];

	for (size_t i = 0; i < 3; i++)
		for (int at = 1; at < 4; at++) {
			tape_start("fails");
			tape.fails_at = at;
			rng_init(&gen);
			memset(x, 7, sizeof(x));
			FAILS(noise_many(&gen, some[i], x, 5000, &err), E_CRYPTO);
			ck_assert_mem_eq(x, zeros, sizeof(x));
			FAILS(noise_many(&gen, some[i], x, 1, &err), E_CRYPTO);
			ck_assert_int_eq(tape.fills, at);
			tape_end();
		}
}
END_TEST

UNIT_MAIN("noise_table", every_entry_is_within_a_unit_of_255_bits,
	every_outcome_begins_and_ends_where_its_entries_say, both_samplers_draw_the_same_law,
	laws_out_of_range_have_no_table_and_are_drawn_all_the_same,
	a_failing_source_leaves_no_draw_behind)
