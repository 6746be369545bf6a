/*
 * test_paillier_power.c - powers from a table are the library's, for every shape of table, at every edge of an exponent
 * and with every width of registers; a holder's parts with and without one.
 */
#include "tests/unit/paillier.h"

/* in here, so that what picks from a table can be called */
#include "paillier/tp_power.c"

#include "paillier/tp_encrypt.h"
#include "paillier/tp_partial.h"

static struct error err;
static struct tp_key k;
static struct tp_share shares[TP_HOLDERS];

static void end(void)
{
	shares_clear(shares, k.n_holders);
	tp_key_clear(&k);
}

enum {
	BITS = 203, /* no whole number of bytes, nor of rows */
	BYTES = (BITS + 7) / 8,
};

/* 0, 1, all ones, the highest bit alone, then random. */
static void exponents_fill(uint8_t *e)
{
	memset(e, 0, TP_AT_ONCE * BYTES);
	e[BYTES] = 1;
	memset(e + 2 * BYTES, 0xff, BYTES);
	e[3 * BYTES - 1] = 0xff >> (8 * BYTES - BITS);
	e[4 * BYTES - 1] = 1 << (BITS - 1) % 8;
	for (size_t i = 4; i < TP_AT_ONCE; i++) {
		BIGNUM *n = BN_new();

		OK(number_draw(n, BITS, false, &err));
		ck_assert_int_eq(BN_bn2lebinpad(n, e + i * BYTES, BYTES), BYTES);
		BN_free(n);
	}
}

static void check_powers(const struct tp_comb_shape *shape, size_t count)
{
	uint8_t e[TP_AT_ONCE * BYTES];
	BIGNUM *out[TP_AT_ONCE], *want = BN_new(), *exponent = BN_new();
	BN_CTX *scratch = BN_CTX_new();
	struct tp_comb *c = NULL;

	exponents_fill(e);
	for (size_t i = 0; i < count; i++)
		out[i] = BN_new();
	OK(tp_comb_new(&c, &k, k.v, shape, &err));
	ck_assert_uint_eq(tp_comb_exponent_bytes(c), BYTES);
	OK(tp_comb_powers(c, e, count, out, scratch, &err));
	for (size_t i = 0; i < count; i++) {
		ck_assert_int_eq(BN_from_montgomery(out[i], out[i], k.mont, scratch), 1);
		ck_assert_ptr_nonnull(BN_lebin2bn(e + i * BYTES, BYTES, exponent));
		OK(number_power(want, k.v, exponent, k.n2, k.mont, scratch, &err));
		ck_assert_int_eq(BN_cmp(want, out[i]), 0);
		BN_free(out[i]);
	}
	tp_comb_free(c);
	BN_CTX_free(scratch);
	BN_free(want);
	BN_free(exponent);
}

START_TEST(powers_are_the_librarys_for_every_shape)
{
	static const unsigned shapes[][2] = { { 3, 1 }, { 3, 68 }, { 4, 3 }, { 5, 1 }, { 6, 3 },
		{ 7, 29 }, { 8, 4 }, { 8, 12 }, { 8, 300 }, { 10, 1 } };

	deal_small(&k, shares, 3, 1);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const struct tp_comb_shape shape = { BITS, shapes[i][0], shapes[i][1] };

		check_powers(&shape, 1);
		check_powers(&shape, 5);
		check_powers(&shape, TP_AT_ONCE);
	}
	end();
}
END_TEST

START_TEST(what_has_no_table_or_no_room_is_refused)
{
	static const struct tp_comb_shape none[] = { { 0, 8, 1 }, { BITS, TP_MIN_TEETH - 1, 1 },
		{ BITS, 8, 0 }, { BITS, TP_MAX_TEETH + 1, 1 } };
	const struct tp_comb_shape shape = { BITS, 3, 2 };
	uint8_t e[(TP_AT_ONCE + 1) * BYTES] = { 0 };
	BIGNUM *out[TP_AT_ONCE + 1] = { NULL };
	struct tp_comb *c = NULL;

	deal_small(&k, shares, 3, 1);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		FAILS(tp_comb_new(&c, &k, k.v, &none[i], &err), E_SYSTEM);
	ck_assert_ptr_null(c);
	OK(tp_comb_new(&c, &k, k.v, &shape, &err));
	FAILS(tp_comb_powers(c, e, TP_AT_ONCE + 1, out, NULL, &err), E_SYSTEM);
	tp_comb_free(c);
	tp_comb_free(NULL);
	end();
}
END_TEST

START_TEST(every_width_of_registers_picks_the_same)
{
	enum {
		ENTRIES = 32,
		LINES = 3,
		N = 7,
		WORDS = LINES * LINE
	};
	_Alignas(64) uint64_t block[ENTRIES * WORDS], folded[ENTRIES * WORDS], out[N * WORDS];
	const struct tp_comb c = { .lines = LINES, .entries = ENTRIES, .at = folded };
	const uint64_t digits[N] = { 0, 31, 5, 17, 17, 30, 1 };
	picker pickers[3] = { pick_any, picker_here(), picker_here() };

	for (size_t i = 0; i < ENTRIES * WORDS; i++)
		block[i] = i * 0x9e3779b97f4a7c15u;
	memcpy(folded, block, sizeof(block));
	fold_block(&c, 0);
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2"))
		pickers[2] = pick_wide;
#endif
	for (size_t p = 0; p < 3; p++) {
		memset(out, 1, sizeof(out));
		pickers[p](folded, ENTRIES, LINES, digits, N, out);
		for (size_t i = 0; i < N; i++)
			for (size_t l = 0; l < LINES; l++)
				ck_assert_mem_eq(out + (i * LINES + l) * LINE,
					block + (l * ENTRIES + digits[i]) * LINE, 8 * LINE);
	}
}
END_TEST

/* Two ciphertexts of numbers below 2^200. */
static void two_ciphertexts(BIGNUM **c)
{
	uint8_t *bytes = malloc(2 * k.bytes);
	struct tp_table *table = NULL;
	BIGNUM *m[2] = { BN_new(), BN_new() };

	for (int i = 0; i < 2; i++)
		OK(number_draw(m[i], 200, false, &err));
	OK(tp_table_new(&table, &k, &err));
	ck_assert_uint_gt(tp_table_bytes(table), 0);
	OK(tp_encrypt(table, (const BIGNUM *const *)m, 2, bytes, &err));
	for (int i = 0; i < 2; i++) {
		c[i] = number_of(bytes + (size_t)i * k.bytes, k.bytes);
		BN_free(m[i]);
	}
	tp_table_free(table);
	free(bytes);
}

START_TEST(a_holder_gives_the_same_part_with_and_without_tables)
{
	struct tp_comb *of_v = NULL;
	struct tp_partial with, without;
	BIGNUM *c[2];

	deal_small(&k, shares, 3, 1);
	two_ciphertexts(c);
	OK(tp_partial_powers(&of_v, &k, &err));
	for (size_t count = 1; count <= 2; count++) {
		struct tp_sealed_sum sum = {
			.k = &k, .c = (const BIGNUM *const *)c, .count = count
		};

		OK(tp_partial_make(&sum, &shares[1], of_v, &with, &err));
		OK(tp_partial_make(&sum, &shares[1], NULL, &without, &err));
		OK(tp_partial_check(&sum, &with, &err));
		OK(tp_partial_check(&sum, &without, &err));
		for (size_t i = 0; i < count; i++)
			ck_assert_int_eq(BN_cmp(with.d[i], without.d[i]), 0);
		ck_assert_int_ne(BN_cmp(with.a, without.a), 0); /* another blinding number */
		ck_assert_int_ne(BN_cmp(with.b, without.b), 0);
		tp_partial_clear(&with);
		tp_partial_clear(&without);
	}
	tp_comb_free(of_v);
	BN_free(c[0]);
	BN_free(c[1]);
	end();
}
END_TEST

UNIT_MAIN("paillier_power", powers_are_the_librarys_for_every_shape,
	what_has_no_table_or_no_room_is_refused, every_width_of_registers_picks_the_same,
	a_holder_gives_the_same_part_with_and_without_tables)
