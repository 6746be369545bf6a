/*
 * test_paillier.c - threshold Paillier: known answers from a second implementation, dealing, packing, every subset of
 * holders, and every part of a decryption that must be refused.
 */
#include "tests/unit/paillier.h"

#include <gmp.h>
#include <openssl/evp.h>

#include "paillier/tp_pack.h"
#include "secagg/keys.h"

static struct error err;
static struct tp_key k;
static struct tp_share shares[TP_HOLDERS];

static void end(void)
{
	shares_clear(shares, k.n_holders);
	tp_key_clear(&k);
}

static void numbers(BIGNUM **out, const char *const *hex, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = hex_number(hex[i]);
}

static void numbers_new(BIGNUM **out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ck_assert_ptr_nonnull(out[i] = BN_new());
}

static void numbers_free(BIGNUM **out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		number_free(&out[i]);
}

/* Encrypts count numbers with the key's table into new ones. */
static void encrypt(BIGNUM *const *m, size_t count, BIGNUM **c)
{
	uint8_t *bytes = malloc(count * k.bytes);
	struct tp_table *table = NULL;

	OK(tp_table_new(&table, &k, &err));
	OK(tp_encrypt(table, (const BIGNUM *const *)m, count, bytes, &err));
	for (size_t i = 0; i < count; i++)
		c[i] = number_of(bytes + i * k.bytes, k.bytes);
	tp_table_free(table);
	free(bytes);
}

static struct tp_sealed_sum sealed(BIGNUM *const *c, size_t count)
{
	struct tp_sealed_sum s = { .k = &k, .c = (const BIGNUM *const *)c, .count = count };

	memset(s.ctx.at, 9, sizeof(s.ctx.at));
	return s;
}

/* ---- known answers ---- */

START_TEST(a_second_implementation_gives_the_same_key_ciphertexts_and_parts)
{
	BIGNUM *m[KAT_MESSAGES], *want[KAT_MESSAGES], *got;
	uint8_t a[KAT_MESSAGES * KAT_BITS / 16], out[KAT_MESSAGES * KAT_BITS / 4];
	struct tp_table *table = NULL;
	char hash[HASH_TEXT];

	known_key(&k, shares);
	ck_assert_str_eq(hash32_text(&k.hash, hash), kat_key_hash);
	numbers(m, kat_plain, KAT_MESSAGES);
	numbers(want, kat_cipher, KAT_MESSAGES);
	for (int i = 0; i < KAT_MESSAGES; i++)
		ck_assert(hex_decode(kat_random[i], KAT_BITS / 8, a + i * KAT_BITS / 16));
	OK(tp_table_new(&table, &k, &err));
	OK(tp_encrypt_with(table, (const BIGNUM *const *)m, a, KAT_MESSAGES, out, &err));
	for (size_t i = 0; i < KAT_MESSAGES; i++) {
		got = number_of(out + i * k.bytes, k.bytes);
		ck_assert_int_eq(BN_cmp(got, want[i]), 0);
		BN_free(got);
	}
	struct tp_sealed_sum sum = sealed(want, KAT_MESSAGES);
	for (unsigned j = 0; j < KAT_HOLDERS; j++) {
		struct tp_partial p = { 0 };

		OK(tp_share_check(&k, &shares[j], &err));
		OK(tp_partial_make(&sum, &shares[j], NULL, &p, &err));
		for (int i = 0; i < KAT_MESSAGES; i++) {
			got = hex_number(kat_parts[j * KAT_MESSAGES + (unsigned)i]);
			ck_assert_int_eq(BN_cmp(got, p.d[i]), 0);
			BN_free(got);
		}
		tp_partial_clear(&p);
	}
	tp_table_free(table);
	numbers_free(m, KAT_MESSAGES);
	numbers_free(want, KAT_MESSAGES);
	end();
}
END_TEST

/* The vectors' proof, as a message. */
static struct tp_partial known_proof(const char *const numbers_of[3])
{
	struct tp_partial p = { .place = KAT_PLACE, .count = KAT_MESSAGES };

	p.d = calloc(KAT_MESSAGES, sizeof(*p.d));
	numbers(p.d, kat_parts + (KAT_PLACE - 1) * KAT_MESSAGES, KAT_MESSAGES);
	p.a = hex_number(numbers_of[0]);
	p.b = hex_number(numbers_of[1]);
	p.z = hex_number(numbers_of[2]);
	return p;
}

START_TEST(a_proof_that_a_second_implementation_made_holds)
{
	BIGNUM *c[KAT_MESSAGES];

	known_key(&k, shares);
	numbers(c, kat_cipher, KAT_MESSAGES);
	struct tp_sealed_sum sum = sealed(c, KAT_MESSAGES);
	struct tp_partial p = known_proof(kat_proof);
	OK(tp_partial_check(&sum, &p, &err));
	BN_add_word(p.z, 1);
	FAILS(tp_partial_check(&sum, &p, &err), E_CRYPTO);
	tp_partial_clear(&p);
	/* a true statement whose answer would show the share */
	p = known_proof(kat_short);
	FAILS(tp_partial_check(&sum, &p, &err), E_CRYPTO);
	tp_partial_clear(&p);
	numbers_free(c, KAT_MESSAGES);
	end();
}
END_TEST

START_TEST(encryption_agrees_with_another_library_and_never_repeats)
{
	enum {
		COUNT = 11
	}; /* more than one batch, and a rest */
	uint8_t bytes[COUNT][KAT_BITS / 4], seen[KAT_BITS / 4] = { 0 };
	BIGNUM *m[COUNT];
	struct tp_table *table = NULL;
	mpz_t n, n2, h, a, c, want;
	char *hex;

	known_key(&k, shares);
	numbers_new(m, COUNT);
	mpz_inits(n, n2, h, a, c, want, NULL);
	mpz_set_str(n, kat_numbers[KAT_N], 16);
	mpz_mul(n2, n, n);
	mpz_set_str(h, kat_numbers[KAT_H], 16);
	OK(tp_table_new(&table, &k, &err));
	uint8_t random[COUNT][KAT_BITS / 16];
	for (size_t i = 0; i < COUNT; i++) {
		OK(number_draw_below(m[i], k.n, &err));
		for (size_t j = 0; j < sizeof(random[i]); j++)
			random[i][j] = (uint8_t)(i == 0 ? 0 : i == 1 ? 255 : 37 * i + 11 * j);
	}
	OK(tp_encrypt_with(table, (const BIGNUM *const *)m, random[0], COUNT, bytes[0], &err));
	for (size_t i = 0; i < COUNT; i++) {
		mpz_import(a, sizeof(random[i]), 1, 1, 1, 0, random[i]);
		mpz_powm(want, h, a, n2);
		hex = BN_bn2hex(m[i]);
		mpz_set_str(a, hex, 16);
		OPENSSL_free(hex);
		mpz_mul(a, a, n);
		mpz_add_ui(a, a, 1);
		mpz_mul(want, want, a);
		mpz_mod(want, want, n2);
		mpz_import(c, sizeof(bytes[i]), 1, 1, 1, 0, bytes[i]);
		ck_assert_int_eq(mpz_cmp(c, want), 0);
	}
	for (size_t i = 0; i < COUNT; i++)
		ck_assert_ptr_nonnull(BN_copy(m[i], BN_value_one()));
	OK(tp_encrypt(table, (const BIGNUM *const *)m, COUNT, bytes[0], &err));
	for (size_t i = 0; i < COUNT; i++) {
		ck_assert(memcmp(bytes[i], seen, sizeof(seen)) != 0);
		memcpy(seen, bytes[i], sizeof(seen));
	}
	mpz_clears(n, n2, h, a, c, want, NULL);
	tp_table_free(table);
	numbers_free(m, COUNT);
	end();
}
END_TEST

/* ---- opening ---- */

/* Opens with the holders of a set of places, bit j - 1 for place j; the first `needed` of them. */
static int open_with(const struct tp_sealed_sum *sum, const struct tp_partial *all, unsigned set,
	BIGNUM *const *m)
{
	const struct tp_partial *parts[TP_HOLDERS];
	unsigned n = 0;

	for (unsigned j = 0; j < k.n_holders; j++)
		if (set >> j & 1)
			parts[n++] = &all[j];
	ck_assert_uint_ge(n, k.needed);
	return tp_combine(sum, parts, m, &err);
}

START_TEST(every_set_of_enough_holders_opens_the_sum)
{
	BIGNUM *m[2], *c[4], *sum_c[2], *out[2], *want = BN_new();
	struct tp_partial parts[5];

	deal_small(&k, shares, 5, 1);
	ck_assert_uint_eq(k.needed, 4);
	numbers_new(m, 2);
	numbers_new(out, 2);
	numbers_new(sum_c, 2);
	OK(number_draw(m[0], 200, false, &err));
	OK(number_draw(m[1], 200, false, &err));
	encrypt(m, 2, c);
	encrypt(m, 2, c + 2);
	BN_CTX *scratch = BN_CTX_new();
	for (int i = 0; i < 2; i++)
		OK(number_times(sum_c[i], c[i], c[i + 2], k.n2, scratch, &err));
	struct tp_sealed_sum sum = sealed(sum_c, 2);
	for (unsigned j = 0; j < 5; j++) {
		OK(tp_share_check(&k, &shares[j], &err));
		OK(tp_partial_make(&sum, &shares[j], NULL, &parts[j], &err));
		OK(tp_partial_check(&sum, &parts[j], &err));
	}
	for (unsigned set = 0; set < 32; set++) {
		if (__builtin_popcount(set) < 4)
			continue;
		OK(open_with(&sum, parts, set, out));
		for (int i = 0; i < 2; i++) {
			ck_assert_int_eq(BN_lshift1(want, m[i]), 1);
			ck_assert_int_eq(BN_cmp(want, out[i]), 0);
		}
	}
	/* three holders, one of them twice: no */
	const struct tp_partial *twice[] = { &parts[0], &parts[1], &parts[2], &parts[1] };
	FAILS(tp_combine(&sum, twice, out, &err), E_CRYPTO);
	/* three and a part that another holder's place is written on: no plaintext, or another */
	struct tp_partial moved = parts[2];
	moved.place = 5;
	const struct tp_partial *wrong[] = { &parts[0], &parts[1], &parts[3], &moved };
	FAILS(tp_combine(&sum, wrong, out, &err), E_CRYPTO);
	for (unsigned j = 0; j < 5; j++)
		tp_partial_clear(&parts[j]);
	BN_CTX_free(scratch);
	BN_free(want);
	numbers_free(m, 2);
	numbers_free(c, 4);
	numbers_free(out, 2);
	numbers_free(sum_c, 2);
	end();
}
END_TEST

START_TEST(seven_nine_and_fifteen_holders_open_too)
{
	static const unsigned sizes[][3] = { { 3, 1, 3 }, { 7, 2, 5 }, { 9, 2, 6 }, { 15, 4, 10 } };
	BIGNUM *m, *c, *out = BN_new();

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		struct tp_partial parts[TP_HOLDERS];
		unsigned l = sizes[s][0];

		deal_small(&k, shares, l, sizes[s][1]);
		ck_assert_uint_eq(k.needed, sizes[s][2]);
		numbers_new(&m, 1);
		OK(number_draw(m, 200, false, &err));
		encrypt(&m, 1, &c);
		struct tp_sealed_sum sum = sealed(&c, 1);
		for (unsigned j = 0; j < l; j++)
			OK(tp_partial_make(&sum, &shares[j], NULL, &parts[j], &err));
		OK(open_with(&sum, parts, (1U << l) - 1, &out)); /* the first ones */
		ck_assert_int_eq(BN_cmp(m, out), 0);
		OK(open_with(&sum, parts, (1U << l) - (1U << (l - k.needed)), &out)); /* the last */
		ck_assert_int_eq(BN_cmp(m, out), 0);
		OK(tp_partial_check(&sum, &parts[l - 1], &err));
		for (unsigned j = 0; j < l; j++)
			tp_partial_clear(&parts[j]);
		number_free(&m);
		number_free(&c);
		end();
	}
	BN_free(out);
}
END_TEST

/* ---- parts that are refused ---- */

struct forged {
	BIGNUM *c[3];
	struct tp_sealed_sum sum;
	struct tp_partial good;
};

static void forged_begin(struct forged *f)
{
	BIGNUM *m[3];

	deal_small(&k, shares, 5, 1);
	numbers_new(m, 3);
	for (int i = 0; i < 3; i++)
		OK(number_draw(m[i], 200, false, &err));
	encrypt(m, 3, f->c);
	numbers_free(m, 3);
	f->sum = sealed(f->c, 3);
	OK(tp_partial_make(&f->sum, &shares[1], NULL, &f->good, &err));
	OK(tp_partial_check(&f->sum, &f->good, &err));
}

static void forged_end(struct forged *f)
{
	OK(tp_partial_check(&f->sum, &f->good, &err)); /* each test undid what it did */
	tp_partial_clear(&f->good);
	numbers_free(f->c, 3);
	end();
}

START_TEST(a_wrong_part_is_refused_whichever_of_them)
{
	struct forged f;

	forged_begin(&f);
	for (size_t i = 0; i < 3; i++) {
		BIGNUM *keep = BN_dup(f.good.d[i]);
		BN_CTX *scratch = BN_CTX_new();

		OK(number_times(f.good.d[i], keep, k.h, k.n2, scratch, &err));
		FAILS(tp_partial_check(&f.sum, &f.good, &err), E_CRYPTO);
		BN_copy(f.good.d[i], k.n); /* no unit */
		FAILS(tp_partial_check(&f.sum, &f.good, &err), E_CRYPTO);
		BN_zero(f.good.d[i]);
		FAILS(tp_partial_check(&f.sum, &f.good, &err), E_CRYPTO);
		BN_add(f.good.d[i], keep, k.n2);
		FAILS(tp_partial_check(&f.sum, &f.good, &err), E_CRYPTO);
		BN_copy(f.good.d[i], keep);
		BN_free(keep);
		BN_CTX_free(scratch);
	}
	/* two parts exchanged */
	BIGNUM *swap = f.good.d[0];
	f.good.d[0] = f.good.d[1];
	f.good.d[1] = swap;
	FAILS(tp_partial_check(&f.sum, &f.good, &err), E_CRYPTO);
	swap = f.good.d[0];
	f.good.d[0] = f.good.d[1];
	f.good.d[1] = swap;
	forged_end(&f);
}
END_TEST

START_TEST(a_proof_counts_for_its_question_holder_and_key_alone)
{
	struct forged f;
	struct tp_key other = { 0 };
	struct tp_share theirs[5];

	forged_begin(&f);
	f.sum.ctx.at[0] ^= 1; /* replayed to another question */
	FAILS(tp_partial_check(&f.sum, &f.good, &err), E_CRYPTO);
	f.sum.ctx.at[0] ^= 1;
	f.good.place = 3; /* as another holder: with a foreign v_j */
	FAILS(tp_partial_check(&f.sum, &f.good, &err), E_CRYPTO);
	f.good.place = 0;
	FAILS(tp_partial_check(&f.sum, &f.good, &err), E_CRYPTO);
	f.good.place = 6;
	FAILS(tp_partial_check(&f.sum, &f.good, &err), E_CRYPTO);
	f.good.place = 2;
	/* another epoch of the same primes */
	deal_small(&other, theirs, 5, 1);
	f.sum.k = &other;
	FAILS(tp_partial_check(&f.sum, &f.good, &err), E_CRYPTO);
	f.sum.k = &k;
	struct tp_partial p = { 0 };
	FAILS(tp_partial_make(&f.sum, &theirs[1], NULL, &p, &err), E_CRYPTO);
	FAILS(tp_share_check(&k, &theirs[1], &err), E_CRYPTO);
	theirs[1].key = k.hash; /* a share file of another epoch, relabelled */
	FAILS(tp_share_check(&k, &theirs[1], &err), E_CRYPTO);
	OK(tp_partial_make(&f.sum, &theirs[1], NULL, &p, &err)); /* who skips that check is found out */
	FAILS(tp_partial_check(&f.sum, &p, &err), E_CRYPTO);
	tp_partial_clear(&p);
	shares_clear(theirs, 5);
	tp_key_clear(&other);
	forged_end(&f);
}
END_TEST

START_TEST(an_answer_of_another_length_is_refused)
{
	struct forged f;
	BIGNUM *keep;

	forged_begin(&f);
	keep = BN_dup(f.good.z);
	/* what a blinding number without its high bits would give */
	BN_mask_bits(f.good.z, (int)(2 * k.bits + TP_BLIND_BITS));
	FAILS(tp_partial_check(&f.sum, &f.good, &err), E_CRYPTO);
	BN_copy(f.good.z, keep);
	BN_set_bit(f.good.z, (int)(2 * k.bits + TP_BLIND_BITS + 2));
	FAILS(tp_partial_check(&f.sum, &f.good, &err), E_CRYPTO);
	BN_copy(f.good.z, keep);
	BN_free(keep);
	/* commitments out of range */
	keep = BN_dup(f.good.a);
	BN_zero(f.good.a);
	FAILS(tp_partial_check(&f.sum, &f.good, &err), E_CRYPTO);
	BN_copy(f.good.a, k.n);
	FAILS(tp_partial_check(&f.sum, &f.good, &err), E_CRYPTO);
	BN_copy(f.good.a, keep);
	BN_free(keep);
	forged_end(&f);
}
END_TEST

START_TEST(a_part_goes_over_the_line_in_one_spelling_and_truncations_are_refused)
{
	struct tp_partial again = { 0 };
	struct forged f;
	struct text t, u;

	forged_begin(&f);
	text_init(&t, 1 << 20);
	text_init(&u, 1 << 20);
	OK(tp_partial_write(&k, &f.good, &t, &err));
	ck_assert_uint_eq(t.len, tp_partial_bytes(&k, 3));
	OK(tp_partial_read(&k, 3, t.at, t.len, &again, &err));
	OK(tp_partial_check(&f.sum, &again, &err));
	OK(tp_partial_write(&k, &again, &u, &err));
	ck_assert_uint_eq(t.len, u.len);
	ck_assert_int_eq(memcmp(t.at, u.at, t.len), 0);
	tp_partial_clear(&again);
	for (size_t len = 0; len < t.len; len++)
		FAILS(tp_partial_read(&k, 3, t.at, len, &again, &err), E_INPUT);
	FAILS(tp_partial_read(&k, 2, t.at, t.len, &again, &err), E_INPUT);
	t.at[0] = 6;
	FAILS(tp_partial_read(&k, 3, t.at, t.len, &again, &err), E_INPUT);
	text_clear(&t);
	text_clear(&u);
	forged_end(&f);
}
END_TEST

/* ---- the dealer and the key ---- */

START_TEST(shares_of_another_polynomial_are_seen_by_everybody)
{
	BIGNUM *keep;

	deal_small(&k, shares, 5, 1);
	for (unsigned j = 0; j < 5; j++) {
		BN_CTX *scratch = BN_CTX_new();

		keep = BN_dup(k.holders[j].v);
		OK(number_times(k.holders[j].v, keep, k.v, k.n2, scratch, &err));
		FAILS(tp_key_complete(&k, KAT_BITS, &err), E_INPUT);
		BN_copy(k.holders[j].v, keep);
		BN_free(keep);
		BN_CTX_free(scratch);
	}
	OK(tp_key_complete(&k, KAT_BITS, &err));
	/* all of one polynomial, but of another secret: every v_j times v^Delta */
	BIGNUM *shift = BN_new();
	BN_CTX *scratch = BN_CTX_new();
	OK(number_power(shift, k.v, k.delta, k.n2, k.mont, scratch, &err));
	for (unsigned j = 0; j < 5; j++)
		OK(number_times(k.holders[j].v, k.holders[j].v, shift, k.n2, scratch, &err));
	FAILS(tp_key_complete(&k, KAT_BITS, &err), E_INPUT);
	BN_free(shift);
	BN_CTX_free(scratch);
	end();
}
END_TEST

START_TEST(a_key_that_is_malformed_is_refused)
{
	struct tp_key good;

	deal_small(&k, shares, 5, 1);
	good = k;
	FAILS(tp_key_complete(&k, TP_BITS, &err), E_INPUT);
	k.needed = 3; /* two sets of three of five share one holder, who may collude */
	FAILS(tp_key_complete(&k, KAT_BITS, &err), E_INPUT);
	k.needed = 4;
	k.epoch = 0;
	FAILS(tp_key_complete(&k, KAT_BITS, &err), E_INPUT);
	k.epoch = good.epoch;
	memcpy(k.holders[1].key, k.holders[0].key, 32);
	FAILS(tp_key_complete(&k, KAT_BITS, &err), E_INPUT);
	memcpy(k.holders[1].key, good.holders[1].key, 32);
	BN_zero(k.h);
	FAILS(tp_key_complete(&k, KAT_BITS, &err), E_INPUT);
	BN_copy(k.h, k.n);
	FAILS(tp_key_complete(&k, KAT_BITS, &err), E_INPUT);
	end();
}
END_TEST

START_TEST(the_dealer_refuses_primes_that_are_not_safe_or_alike)
{
	BIGNUM *p = hex_number(kat_numbers[KAT_P]), *q = hex_number(kat_numbers[KAT_Q]),
	       *plain = BN_new();

	name_holders(&k, 5, 1);
	FAILS(tp_deal_of_primes(&k, p, p, shares, &err), E_INPUT);
	ck_assert_ptr_null(shares[0].s);
	ck_assert_ptr_null(k.n);
	do /* a prime that is not safe */
		ck_assert_int_eq(BN_generate_prime_ex(plain, 128, 0, NULL, NULL, NULL), 1);
	while (BN_mod_word(plain, 3) == 2);
	FAILS(tp_deal_of_primes(&k, p, plain, shares, &err), E_INPUT);
	k.n_holders = 1;
	FAILS(tp_deal_of_primes(&k, p, q, shares, &err), E_INPUT);
	k.n_holders = TP_HOLDERS + 1;
	FAILS(tp_deal_of_primes(&k, p, q, shares, &err), E_INPUT);
	BN_free(p);
	BN_free(q);
	BN_free(plain);
}
END_TEST

START_TEST(all_shares_have_one_length_and_hold_their_bit)
{
	for (int round = 0; round < 8; round++) {
		deal_small(&k, shares, 15, 4);
		for (unsigned j = 0; j < 15; j++)
			ck_assert_int_eq(BN_num_bits(shares[j].s), 2 * KAT_BITS + 1);
		end();
	}
}
END_TEST

START_TEST(a_sealed_share_opens_for_its_holder_alone)
{
	uint8_t sealed_bytes[TP_SEALED_BYTES];
	struct x_pair pair, other;
	struct tp_share s = { 0 };

	OK(x_pair_new(&pair, &err));
	OK(x_pair_new(&other, &err));
	deal_small(&k, shares, 5, 1);
	memcpy(k.holders[2].seal, pair.public, 32);
	memcpy(k.holders[3].seal, other.public, 32);
	OK(tp_key_complete(&k, KAT_BITS, &err));
	shares[2].key = k.hash;
	ck_assert_uint_le(tp_sealed_bytes(&k), sizeof(sealed_bytes));
	OK(tp_share_seal(&k, &shares[2], sealed_bytes, &err));
	OK(tp_share_open(&k, pair.key, sealed_bytes, &s, &err));
	ck_assert_uint_eq(s.place, 3);
	ck_assert_int_eq(BN_cmp(s.s, shares[2].s), 0);
	tp_share_clear(&s);
	FAILS(tp_share_open(&k, other.key, sealed_bytes, &s, &err), E_CRYPTO);
	for (size_t i = 0; i < tp_sealed_bytes(&k); i += 7) {
		sealed_bytes[i] ^= 4;
		ck_assert_int_eq(tp_share_open(&k, pair.key, sealed_bytes, &s, &err), -1);
		ck_assert_ptr_null(s.s);
		sealed_bytes[i] ^= 4;
	}
	/* for another key list */
	k.hash.at[5] ^= 1;
	FAILS(tp_share_open(&k, pair.key, sealed_bytes, &s, &err), E_CRYPTO);
	x_pair_clear(&pair);
	x_pair_clear(&other);
	end();
}
END_TEST

/* ---- packing ---- */

START_TEST(forty_counters_of_64_bits_go_into_one_number)
{
	struct tp_packing p;

	OK(tp_packing_init(&p, TP_BITS, INT64_MAX / 1000, 1000, &err));
	ck_assert_uint_ge(p.slots, 40);
	OK(tp_packing_init(&p, TP_BITS, (UINT64_C(1) << 40) - 1, 1000, &err));
	ck_assert_uint_eq(p.slot_bits, 52);
	ck_assert_uint_eq(p.slots, 58);
	FAILS(tp_packing_init(&p, TP_BITS, INT64_MAX / 1000 + 1, 1000, &err), E_LIMIT);
	FAILS(tp_packing_init(&p, TP_BITS, 0, 1000, &err), E_LIMIT);
	FAILS(tp_packing_init(&p, 64, (UINT64_C(1) << 40), 1000, &err), E_LIMIT);
	ck_assert_uint_eq(tp_packing_count(&p, 0), 0);
	ck_assert_uint_eq(tp_packing_count(&p, 58), 1);
	ck_assert_uint_eq(tp_packing_count(&p, 59), 2);
}
END_TEST

START_TEST(sums_come_out_exactly_at_every_edge)
{
	static const uint64_t bounds[] = { 1, 2, 3, 255, 256, UINT64_C(1) << 40, INT64_MAX / 1000 };
	static const uint64_t sites[] = { 1, 2, 3, 7, 8, 1000 };
	BIGNUM *one = BN_new(), *sum = BN_new();
	int64_t values[TP_BITS], sums[TP_BITS];

	for (size_t b = 0; b < sizeof(bounds) / sizeof(bounds[0]); b++)
		for (size_t s = 0; s < sizeof(sites) / sizeof(sites[0]); s++) {
			int64_t bound = (int64_t)bounds[b];
			struct tp_packing p;

			OK(tp_packing_init(&p, TP_BITS, bounds[b], sites[s], &err));
			/* negative in the lowest slot, largest beside, at all sites */
			for (unsigned i = 0; i < p.slots; i++)
				values[i] = i % 3 == 0 ? -bound : i % 3 == 1 ? bound : 0;
			OK(tp_pack(&p, values, p.slots, one, &err));
			BN_zero(sum);
			for (uint64_t n = 0; n < sites[s]; n++)
				BN_add(sum, sum, one);
			ck_assert_int_lt(BN_num_bits(sum), TP_BITS);
			OK(tp_unpack(&p, sum, sites[s], sums, p.slots, &err));
			for (unsigned i = 0; i < p.slots; i++)
				ck_assert_int_eq(sums[i], values[i] * (int64_t)sites[s]);
			/* another count of contributors is not believed */
			FAILS(tp_unpack(&p, sum, sites[s] + 1, sums, p.slots, &err), E_CRYPTO);
			if (sites[s] > 1)
				FAILS(tp_unpack(&p, sum, sites[s] - 1, sums, p.slots, &err),
					E_CRYPTO);
			/* past the bound: refused, and nothing written */
			values[p.slots - 1] = bound + 1;
			BN_zero(one);
			FAILS(tp_pack(&p, values, p.slots, one, &err), E_LIMIT);
			values[p.slots - 1] = -bound - 1;
			FAILS(tp_pack(&p, values, p.slots, one, &err), E_LIMIT);
			values[p.slots - 1] = INT64_MIN;
			FAILS(tp_pack(&p, values, p.slots, one, &err), E_LIMIT);
			ck_assert(BN_is_zero(one));
		}
	BN_free(one);
	BN_free(sum);
}
END_TEST

START_TEST(what_a_liar_packs_is_seen_when_it_leaves_the_bounds)
{
	struct tp_packing p;
	int64_t values[3] = { 5, -5, 0 }, sums[3];
	BIGNUM *one = BN_new(), *sum = BN_new();

	OK(tp_packing_init(&p, TP_BITS, 100, 3, &err));
	OK(tp_pack(&p, values, 3, one, &err));
	BN_copy(sum, one);
	BN_add(sum, sum, one);
	OK(tp_unpack(&p, sum, 2, sums, 3, &err));
	/* a counter in a slot that nobody uses */
	BN_add(one, sum, BN_value_one());
	BN_copy(one, sum);
	BN_set_bit(one, (int)(4 * p.slot_bits + 3));
	FAILS(tp_unpack(&p, one, 2, sums, 3, &err), E_CRYPTO);
	/* one counted twice */
	BN_copy(one, sum);
	BN_set_bit(one, (int)(p.slots * p.slot_bits));
	FAILS(tp_unpack(&p, one, 2, sums, 3, &err), E_CRYPTO);
	/* something above everything */
	BN_copy(one, sum);
	BN_set_bit(one, TP_BITS - 1);
	FAILS(tp_unpack(&p, one, 2, sums, 3, &err), E_CRYPTO);
	/* a sum past what two may give */
	BN_copy(one, sum);
	BN_set_word(sum, 195);
	BN_add(one, one, sum);
	FAILS(tp_unpack(&p, one, 2, sums, 3, &err), E_CRYPTO);
	BN_free(one);
	BN_free(sum);
}
END_TEST

UNIT_MAIN("paillier", a_second_implementation_gives_the_same_key_ciphertexts_and_parts,
	a_proof_that_a_second_implementation_made_holds,
	encryption_agrees_with_another_library_and_never_repeats,
	every_set_of_enough_holders_opens_the_sum, seven_nine_and_fifteen_holders_open_too,
	a_wrong_part_is_refused_whichever_of_them,
	a_proof_counts_for_its_question_holder_and_key_alone,
	an_answer_of_another_length_is_refused,
	a_part_goes_over_the_line_in_one_spelling_and_truncations_are_refused,
	shares_of_another_polynomial_are_seen_by_everybody, a_key_that_is_malformed_is_refused,
	the_dealer_refuses_primes_that_are_not_safe_or_alike,
	all_shares_have_one_length_and_hold_their_bit, a_sealed_share_opens_for_its_holder_alone,
	forty_counters_of_64_bits_go_into_one_number, sums_come_out_exactly_at_every_edge,
	what_a_liar_packs_is_seen_when_it_leaves_the_bounds)
