/*
 * test_paillier_memory.c - what a core image of a site, a holder or a dealer shows once they are done.
 */
#include "paillier/tp_partial.c"

#include "tests/unit/memory.h"
#include "tests/unit/paillier.h"

#include "paillier/tp_pack.h"

static struct error err;
static struct tp_key k;
static struct tp_share shares[TP_HOLDERS];

/* The middle of a number as it lies in memory: what malloc writes into freed memory comes before. */
static void keep_number(const BIGNUM *n)
{
	uint8_t bytes[TP_MAX_BYTES + 64] = { 0 };

	ck_assert_int_gt(BN_bn2lebinpad(n, bytes, sizeof(bytes)), 0);
	keep(bytes + 16, 16);
	secret_wipe(bytes, sizeof(bytes));
}

START_TEST(the_search_finds_a_number_and_not_one_that_was_freed)
{
	BIGNUM *n = BN_new();

	OK(number_draw(n, 400, false, &err));
	keep_number(n);
	ck_assert_uint_ge(search_memory(), 1);
	number_free(&n);
	ck_assert_uint_eq(search_memory(), 0);
}
END_TEST

START_TEST(encryption_leaves_no_plaintext)
{
	int64_t values[16] = { 0 };
	struct tp_packing p;
	struct tp_table *table = NULL;
	uint8_t out[3 * KAT_BITS / 4];
	BIGNUM *m[3];

	deal_small(&k, shares, 5, 1);
	OK(tp_packing_init(&p, KAT_BITS, 1000, 5, &err));
	OK(tp_table_new(&table, &k, &err));
	for (int c = 0; c < 3; c++) {
		for (unsigned i = 0; i < p.slots; i++)
			values[i] = (int64_t)((i * 37 + 11 * (unsigned)c) % 1000);
		m[c] = BN_new();
		OK(tp_pack(&p, values, p.slots, m[c], &err));
		keep_number(m[c]);
	}
	OK(tp_encrypt(table, (const BIGNUM *const *)m, 3, out, &err));
	ck_assert_uint_ge(search_memory(), 3);
	for (int c = 0; c < 3; c++)
		number_free(&m[c]);
	ck_assert_uint_eq(search_memory(), 0);
	tp_table_free(table);
	shares_clear(shares, 5);
	tp_key_clear(&k);
}
END_TEST

/* r = z - e Delta s, which together with the message would give the share. */
static void keep_blinding(
	const struct tp_sealed_sum *sum, const struct tp_partial *p, const BIGNUM *x)
{
	const BIGNUM *both[] = { p->a, p->b };
	struct proof again = { 0 };
	BIGNUM *r = BN_new();

	OK(proof_init(&again, sum, p->place, (const BIGNUM *const *)p->d, &err));
	OK(challenge("cordon/tp1/proof", &again.seed, p->place, sum->k, both, 2, again.u, &err));
	ck_assert_int_eq(BN_mul(r, again.u, x, again.scratch), 1);
	ck_assert_int_eq(BN_sub(r, p->z, r), 1);
	ck_assert_int_eq(BN_num_bits(r), 2 * KAT_BITS + TP_BLIND_BITS + 1);
	keep_number(r);
	number_free(&r);
	proof_clear(&again);
}

/* k: encrypted, or nobody waited for that. */
START_TEST(a_sites_values_are_gone_when_they_are_encrypted_or_unwanted)
{
	const struct tp_bounds most = { INT64_MAX / 32, INT64_MAX / 32 };
	const struct sum_id id = sum_id_of("site");
	struct tp_table *table = NULL;
	int64_t values[24], noise[24];
	struct tp_values *v;

	deal_small(&k, shares, 5, 1);
	OK(tp_table_new(&table, &k, &err));
	for (int i = 0; i < 2; i++) {
		struct tp_invite invite = { .count = 8 };

		OK(tp_packing_init(&invite.packing, KAT_BITS, INT64_MAX / 16, 5, &err));
		ck_assert_uint_eq(invite.packing.slots, 3);
		invite.sum.words = 24;
		for (int j = 0; j < 24; j++) {
			values[j] = (int64_t)((uint64_t)(j + 2) * 0x9e3779b97f4a7c15u >> 7);
			noise[j] = (int64_t)((uint64_t)(j + 9) * 0xc2b2ae3d27d4eb4fu >> 7);
		}
		OK(tp_values_new(&v, table, &k, &invite, &id, &most, values, noise, &err));
		keep(values + 10, 16);
		keep(noise + 10, 16);
		for (int j = 0; j < 24; j++)
			values[j] += noise[j];
		keep(values + 10, 16);
		keep_number(v->m[0]);
		keep_number(v->m[1]);
		secret_wipe(values, sizeof(values));
		secret_wipe(noise, sizeof(noise));
		ck_assert_uint_ge(search_memory(), 2);
		if (i == 0)
			OK(tp_values_encrypt(v, &err));
		else
			tp_values_free(v);
		ck_assert_uint_eq(search_memory(), 0);
		if (i == 0)
			tp_values_free(v);
	}
	tp_table_free(table);
	shares_clear(shares, 5);
	tp_key_clear(&k);
}
END_TEST

/* n ciphertexts; one goes by other ways than more. */
static void check_part(size_t n, bool with_table)
{
	BIGNUM *c[2], *x = BN_new(), *twice = BN_new();
	struct tp_sealed_sum sum = { .k = &k, .c = (const BIGNUM *const *)c, .count = n };
	struct tp_partial p = { 0 };
	struct tp_comb *of_v = NULL;
	BN_CTX *scratch = BN_CTX_secure_new();

	deal_small(&k, shares, 5, 1);
	c[0] = hex_number(kat_cipher[0]);
	c[1] = hex_number(kat_cipher[1]);
	if (with_table)
		OK(tp_partial_powers(&of_v, &k, &err));
	OK(tp_partial_make(&sum, &shares[1], of_v, &p, &err));
	ck_assert_int_eq(BN_mul(x, shares[1].s, k.delta, scratch), 1);
	ck_assert_int_eq(BN_lshift1(twice, x), 1);
	keep_number(x);
	keep_number(twice);
	ck_assert_uint_ge(search_memory(), 2);
	keep_blinding(&sum, &p, x);
	keep_number(shares[1].s);
	number_free(&x);
	number_free(&twice);
	BN_CTX_free(scratch);
	ck_assert_uint_ge(search_memory(), 1); /* the holder's share itself */
	shares_clear(shares, 5);
	ck_assert_uint_eq(search_memory(), 0);
	tp_partial_clear(&p);
	tp_comb_free(of_v);
	BN_free(c[0]);
	BN_free(c[1]);
	tp_key_clear(&k);
}

START_TEST(a_part_leaves_neither_exponent_nor_blinding_number)
{
	check_part(2, false);
	check_part(2, true);
	check_part(1, true);
}
END_TEST

START_TEST(the_dealer_leaves_no_prime_and_no_share)
{
	BIGNUM *p = hex_number(kat_numbers[KAT_P]), *q = hex_number(kat_numbers[KAT_Q]),
	       *m = BN_new();
	BN_CTX *scratch = BN_CTX_secure_new();

	name_holders(&k, 5, 1);
	OK(tp_deal_of_primes(&k, p, q, shares, &err));
	/* p' q', from which everything follows; the primes are shorter than what is kept of them */
	ck_assert_int_eq(BN_rshift1(p, p), 1);
	ck_assert_int_eq(BN_rshift1(q, q), 1);
	ck_assert_int_eq(BN_mul(m, p, q, scratch), 1);
	keep_number(m);
	for (unsigned j = 0; j < 5; j++)
		keep_number(shares[j].s);
	ck_assert_uint_ge(search_memory(), 6);
	number_free(&p);
	number_free(&q);
	number_free(&m);
	BN_CTX_free(scratch);
	shares_clear(shares, 5);
	ck_assert_uint_eq(search_memory(), 0);
	tp_key_clear(&k);
}
END_TEST

UNIT_MAIN("paillier_memory", the_search_finds_a_number_and_not_one_that_was_freed,
	encryption_leaves_no_plaintext, a_sites_values_are_gone_when_they_are_encrypted_or_unwanted,
	a_part_leaves_neither_exponent_nor_blinding_number, the_dealer_leaves_no_prime_and_no_share)
