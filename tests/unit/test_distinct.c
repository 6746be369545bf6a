/*
 * test_distinct.c - people of several hospitals counted once, by sums of their vectors as SA-1 would give them.
 */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "secagg/distinct.h"
#include "secagg/keys.h"
#include "secagg/site_secret.h"

enum {
	SITES = 4
};

static struct error err;
static struct key32 secret = { { 1, 2, 3 } };
static struct hash32 ctx = { { 9 } };

static void add(struct distinct_set *d, unsigned person)
{
	char id[32];
	struct hash32 h;

	snprintf(id, sizeof(id), "1101%014u", person);
	h = sha256(id, strlen(id));
	OK(distinct_people(d, h.at, 1, &err));
}

/* 95 % */
static int64_t reach(const struct distinct_count *c)
{
	return (int64_t)(1.96 * sqrt((double)c->variance)) + 1;
}

static bool covers(const struct distinct_count *c, int64_t people)
{
	return !c->full && people >= c->people - reach(c) && people <= c->people + reach(c);
}

/* Adds the vector of a site with people from..until-1 to the sums. */
static void noisy(const struct distinct_shape *s, uint64_t place, unsigned from, unsigned until,
	int64_t noise, uint64_t *sums)
{
	struct distinct_set *d = NULL;
	uint64_t words, *v;

	OK(distinct_words(s, &words, &err));
	v = calloc(words, sizeof(*v));
	OK(distinct_new(&d, s, &secret, &ctx, &err));
	for (unsigned p = from; p < until; p++)
		add(d, p);
	OK(distinct_vector(d, place, noise, v, words, &err));
	for (uint64_t i = 0; i < words; i++)
		sums[i] += v[i];
	FAILS(distinct_vector(d, place, noise, v, words, &err), E_STATE);
	FAILS(distinct_people(d, (const uint8_t *)"0123456789abcdef", 1, &err), E_STATE);
	distinct_free(d);
	free(v);
}

static void site(const struct distinct_shape *s, uint64_t place, unsigned from, unsigned until,
	uint64_t *sums)
{
	noisy(s, place, from, until, 0, sums);
}

static uint64_t *sums_new(const struct distinct_shape *s, uint64_t *words)
{
	OK(distinct_words(s, words, &err));
	return calloc(*words, sizeof(uint64_t));
}

START_TEST(a_person_at_one_two_or_all_hospitals_is_one_person)
{
	const struct distinct_shape s = { 4321, SITES, 0 };
	struct distinct_count one, c;
	uint64_t words, *sums = sums_new(&s, &words);

	site(&s, 0, 0, 300, sums);
	OK(distinct_estimate(&s, sums, words, 1, 0, &one, &err));
	ck_assert(covers(&one, 300));
	site(&s, 1, 100, 300, sums); /* known already */
	site(&s, 2, 0, 300, sums);
	site(&s, 3, 0, 0, sums); /* an empty hospital */
	OK(distinct_estimate(&s, sums, words, 4, 0, &c, &err));
	ck_assert_int_eq(c.occupied, one.occupied);
	ck_assert_int_eq(c.people, one.people);
	/* somebody new */
	site(&s, 3, 300, 400, sums);
	OK(distinct_estimate(&s, sums, words, 4, 0, &c, &err));
	ck_assert(covers(&c, 400) && c.people > one.people);
	free(sums);
}
END_TEST

START_TEST(nobody_anywhere_is_nobody)
{
	const struct distinct_shape s = { 1024, SITES, 0 };
	uint64_t words, *sums = sums_new(&s, &words);
	struct distinct_count c;

	for (uint64_t i = 0; i < SITES; i++)
		site(&s, i, 0, 0, sums);
	OK(distinct_estimate(&s, sums, words, SITES, 0, &c, &err));
	ck_assert_int_eq(c.people, 0);
	ck_assert_uint_eq(c.variance, 0);
	free(sums);
}
END_TEST

START_TEST(one_person_twice_at_one_hospital_changes_nothing_and_moves_one_word)
{
	const struct distinct_shape s = { 1024, 1, 0 };
	uint64_t v[2][1024];
	struct distinct_set *d;
	unsigned differ = 0;

	for (int twice = 0; twice < 2; twice++) {
		OK(distinct_new(&d, &s, &secret, &ctx, &err));
		add(d, 1);
		add(d, 2);
		for (int i = 0; i < twice; i++)
			add(d, 1);
		OK(distinct_vector(d, 0, 0, v[twice], 1024, &err));
		distinct_free(d);
	}
	for (int i = 0; i < 1024; i++)
		differ += (v[0][i] == 0) != (v[1][i] == 0);
	ck_assert_uint_eq(differ, 0);
	OK(distinct_new(&d, &s, &secret, &ctx, &err));
	add(d, 2);
	OK(distinct_vector(d, 0, 0, v[1], 1024, &err));
	distinct_free(d);
	for (int i = 0; i < 1024; i++)
		differ += (v[0][i] == 0) != (v[1][i] == 0);
	ck_assert_uint_eq(differ, 1);
}
END_TEST

START_TEST(full_buckets_say_so)
{
	const struct distinct_shape s = { 1024, 1, 0 };
	uint64_t words, *sums = sums_new(&s, &words);
	struct distinct_count c = { .people = -1 };

	site(&s, 0, 0, 20000, sums);
	OK(distinct_estimate(&s, sums, words, 1, 0, &c, &err));
	ck_assert(c.full && c.people == 0);
	free(sums);
}
END_TEST

/* Occupied words of one site of 512 people in 1024 buckets. */
static void pattern(const struct hash32 *question, uint8_t out[1024])
{
	const struct distinct_shape s = { 1024, 1, 0 };
	struct distinct_set *d;
	uint64_t v[1024];

	OK(distinct_new(&d, &s, &secret, question, &err));
	for (unsigned p = 0; p < 512; p++)
		add(d, p);
	OK(distinct_vector(d, 0, 0, v, 1024, &err));
	for (int i = 0; i < 1024; i++)
		out[i] = v[i] != 0;
	distinct_free(d);
}

START_TEST(two_questions_share_no_pattern)
{
	static uint8_t p[33][1024];
	double chi = 0;

	for (unsigned q = 0; q < 33; q++) {
		struct hash32 question = { { (uint8_t)q } };

		pattern(&question, p[q]);
	}
	/* of two independent patterns: a 2 x 2 table each, one degree of freedom; 32 of them */
	for (unsigned q = 0; q < 32; q++) {
		double n[2][2] = { { 0 } };

		for (int i = 0; i < 1024; i++)
			n[p[q][i]][p[q + 1][i]]++;
		double det = n[0][0] * n[1][1] - n[0][1] * n[1][0];
		double rows = (n[0][0] + n[0][1]) * (n[1][0] + n[1][1]),
		       columns = (n[0][0] + n[1][0]) * (n[0][1] + n[1][1]);
		chi += 1024 * det * det / (rows * columns);
	}
	/* the patterns are fixed by the keys above: 32 degrees of freedom, 76 is past once in 20,000 */
	ck_assert_msg(chi < 76, "chi-square %f of 32", chi);
	/* the same question again: the same pattern, other numbers */
	uint8_t again[1024];
	struct hash32 question = { { 0 } };
	pattern(&question, again);
	ck_assert_int_eq(memcmp(again, p[0], 1024), 0);
	/* another secret of the hospitals: another pattern */
	secret.at[31] ^= 1;
	pattern(&question, again);
	secret.at[31] ^= 1;
	ck_assert_int_ne(memcmp(again, p[0], 1024), 0);
}
END_TEST

START_TEST(dummies_carry_the_noise_and_lie_anywhere)
{
	const struct distinct_shape s = { 1024, SITES, 500 };
	static const int64_t shares[SITES - 1] = { -31, 7, 60 };
	unsigned low = 0, high = 0;
	struct distinct_count without, c;
	enum {
		RUNS = 20
	};

	for (int run = 0; run < RUNS; run++) {
		uint64_t words, *sums = sums_new(&s, &words), *plain = sums_new(&s, &words);

		ck_assert_uint_eq(words, 1024 + 4 * 500);
		ctx.at[1] = (uint8_t)run;
		for (uint64_t i = 0; i < SITES - 1; i++) { /* one is missing */
			noisy(&s, i, 0, 100, shares[i], sums);
			site(&s, i, 0, 100, plain);
		}
		OK(distinct_estimate(&s, plain, words, SITES - 1, 0, &without, &err));
		OK(distinct_estimate(&s, sums, words, SITES - 1, 400, &c, &err));
		ck_assert_int_eq(c.occupied, without.occupied - 31 + 7 + 60);
		ck_assert_uint_ge(c.variance, without.variance + 400);
		for (uint64_t i = 0; i < words; i++) {
			low += i < words / 2 && sums[i] != 0;
			high += i >= words / 2 && sums[i] != 0;
		}
		free(plain);
		free(sums);
	}
	/* both halves of the vector hold as much: nothing stands apart */
	ck_assert_msg(fabs((double)low - high) < 6 * sqrt((double)low + high), "%u %u", low, high);
}
END_TEST

START_TEST(no_two_dummies_share_a_position_nor_take_one_of_people)
{
	const struct distinct_shape s = { 4096, SITES, 500 };
	unsigned in[16] = { 0 };
	double chi = 0, want = 20 * SITES * 500 / 16.0;

	for (unsigned run = 0; run < 20; run++) {
		uint64_t words, *sums = sums_new(&s, &words), set = 0;
		struct distinct_count people, c;

		ctx.at[1] = (uint8_t)run;
		for (uint64_t i = 0; i < SITES; i++)
			noisy(&s, i, 0, 0, INT64_MAX, sums); /* all of its dummies */
		for (uint64_t i = 0; i < words; i++) {
			set += sums[i] != 0;
			in[i * 16 / words] += sums[i] != 0;
		}
		ck_assert_uint_eq(set, SITES * 500);
		site(&s, 0, 0, 700, sums); /* adds to its dummies, half of which are set again */
		OK(distinct_estimate(&s, sums, words, SITES, 0, &c, &err));
		memset(sums, 0, words * sizeof(*sums));
		site(&s, 0, 0, 700, sums);
		OK(distinct_estimate(&s, sums, words, 1, 0, &people, &err));
		ck_assert_int_eq(c.occupied, people.occupied + SITES * 250);
		free(sums);
	}
	for (int i = 0; i < 16; i++)
		chi += (in[i] - want) * (in[i] - want) / want;
	/* 15 degrees of freedom, and less than that without replacement: 50 is past once in 100,000 */
	ck_assert_msg(chi < 50, "chi-square %f", chi);
}
END_TEST

START_TEST(noise_past_the_dummies_stays_among_them)
{
	const struct distinct_shape s = { 1024, SITES, 10 };
	uint64_t words, *sums = sums_new(&s, &words);
	struct distinct_count c;

	noisy(&s, 0, 0, 0, INT64_MAX, sums);
	OK(distinct_estimate(&s, sums, words, 1, 0, &c, &err));
	ck_assert_int_eq(c.occupied, 5);
	memset(sums, 0, words * sizeof(*sums));
	noisy(&s, SITES - 1, 0, 0, INT64_MIN, sums);
	OK(distinct_estimate(&s, sums, words, 1, 0, &c, &err));
	ck_assert_int_eq(c.occupied, -5);
	ck_assert_int_eq(c.people, -5); /* as any noised number may be */
	free(sums);
}
END_TEST

/* ---- what another implementation made ---- */

struct told {
	struct distinct_shape s;
	uint64_t noise, place, n, words, *v, *sums;
	int64_t share;
	struct distinct_set *d;
};

static void told_begin(struct told *t)
{
	OK(distinct_words(&t->s, &t->words, &err));
	free(t->v);
	free(t->sums);
	t->v = calloc(t->words, sizeof(*t->v));
	t->sums = calloc(t->words, sizeof(*t->sums));
}

static void told_site(struct told *t, const char *keys)
{
	static uint8_t bytes[20000];
	size_t len = keys[0] == '-' ? 0 : strlen(keys) / 2;

	ck_assert(len <= sizeof(bytes) && hex_decode(keys, 2 * len, bytes));
	OK(distinct_new(&t->d, &t->s, &secret, &ctx, &err));
	OK(distinct_people(t->d, bytes, len / DISTINCT_KEY, &err));
	OK(distinct_vector(t->d, t->place, t->share, t->v, t->words, &err));
	distinct_free(t->d);
	for (uint64_t i = 0; i < t->words; i++)
		t->sums[i] += t->v[i];
}

/* Which of the words are not 0. */
static void told_words(const struct told *t, const uint64_t *words, const char *hex)
{
	static uint8_t bits[4096];

	ck_assert_uint_eq(strlen(hex), 2 * ((t->words + 7) / 8));
	ck_assert(hex_decode(hex, strlen(hex), bits));
	for (uint64_t i = 0; i < t->words; i++)
		ck_assert_msg(
			(words[i] != 0) == (bits[i / 8] >> i % 8 & 1), "word %u", (unsigned)i);
}

static void told_count(struct told *t, const char *rest)
{
	long long occupied, people;
	unsigned long long variance;
	struct distinct_count c;

	OK(distinct_estimate(&t->s, t->sums, t->words, t->n, t->noise, &c, &err));
	if (strcmp(rest, "full") == 0) {
		ck_assert(c.full);
		return;
	}
	ck_assert_int_eq(sscanf(rest, "%lld %lld %llu", &occupied, &people, &variance), 3);
	ck_assert(!c.full);
	ck_assert_int_eq(c.occupied, occupied);
	ck_assert_int_eq(c.people, people);
	ck_assert_uint_eq(c.variance, variance);
}

static void told_line(struct told *t, char *line)
{
	static char rest[20000];
	unsigned long long m, sites, dummies, v, n;
	long long share;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "secret %s", rest) == 1) {
		ck_assert(hex_decode(rest, 64, secret.at));
	} else if (sscanf(line, "ctx %s", rest) == 1) {
		ck_assert(hex_decode(rest, 64, ctx.at));
	} else if (sscanf(line, "shape %llu %llu %llu %llu", &m, &sites, &dummies, &v) == 4) {
		t->s = (struct distinct_shape){ m, sites, dummies };
		t->noise = v;
		told_begin(t);
	} else if (sscanf(line, "site %llu %lld %s", &n, &share, rest) == 3) {
		t->place = n;
		t->share = share;
		told_site(t, rest);
	} else if (sscanf(line, "words %s", rest) == 1) {
		told_words(t, t->v, rest);
	} else if (sscanf(line, "sum %llu %s", &n, rest) == 2) {
		t->n = n;
		told_words(t, t->sums, rest);
	} else {
		ck_assert_int_eq(strncmp(line, "count ", 6), 0);
		told_count(t, line + 6);
	}
}

START_TEST(vectors_sums_and_counts_are_those_of_another_implementation)
{
	static char line[20000];
	FILE *f = fopen("tests/vectors/distinct.txt", "r");
	struct told t = { .v = NULL };
	int counts = 0;

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		counts += strncmp(line, "count", 5) == 0;
		told_line(&t, line);
	}
	ck_assert_int_eq(counts, 5);
	fclose(f);
	free(t.v);
	free(t.sums);
}
END_TEST

START_TEST(a_shape_that_is_none_is_refused)
{
	static const struct distinct_shape bad[] = { { 1023, 3, 0 }, { 0, 3, 0 }, { 1024, 0, 0 },
		{ 1024, MAX_SUM_SITES + 1, 0 }, { UINT64_C(1) << 40, 3, 0 },
		{ 1024, 3, UINT64_MAX }, { 1 << 19, 3, 1 << 18 } };
	struct distinct_set *d = NULL;
	uint64_t words = 7, v[1024];
	struct distinct_count c;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(distinct_words(&bad[i], &words, &err), -1);
		ck_assert_int_eq(distinct_new(&d, &bad[i], &secret, &ctx, &err), -1);
	}
	ck_assert_uint_eq(words, 7);
	ck_assert_ptr_null(d);
	const struct distinct_shape s = { 1024, 3, 0 };
	OK(distinct_new(&d, &s, &secret, &ctx, &err));
	FAILS(distinct_vector(d, 3, 0, v, 1024, &err), E_INPUT);
	FAILS(distinct_vector(d, 0, 0, v, 1023, &err), E_INPUT);
	FAILS(distinct_estimate(&s, v, 1024, 4, 0, &c, &err), E_INPUT);
	FAILS(distinct_estimate(&s, v, 1023, 3, 0, &c, &err), E_INPUT);
	distinct_free(d);
}
END_TEST

START_TEST(the_hospitals_secret_travels_sealed_and_is_told_by_its_fingerprint)
{
	char print[SITE_SECRET_PRINT], other_print[SITE_SECRET_PRINT];
	struct key32 made, got = { { 0 } };
	struct x_pair owner, other;
	struct text plain, sealed;

	OK(x_pair_new(&owner, &err));
	OK(x_pair_new(&other, &err));
	OK(site_secret_new(&made, &err));
	text_init(&plain, 1000);
	text_init(&sealed, 1000);
	site_secret_write(&made, &plain);
	OK(site_secret_read(plain.at, plain.len, &got, &err));
	ck_assert_int_eq(memcmp(got.at, made.at, 32), 0);
	OK(site_secret_seal(&made, owner.public, &sealed, &err));
	memset(&got, 0, sizeof(got));
	OK(site_secret_open(owner.key, sealed.at, sealed.len, &got, &err));
	ck_assert_int_eq(memcmp(got.at, made.at, 32), 0);
	ck_assert_str_eq(site_secret_print(&got, print), site_secret_print(&made, other_print));
	got.at[3] ^= 1;
	ck_assert_str_ne(site_secret_print(&got, print), other_print);
	ck_assert_uint_eq(strlen(print), 39);
	/* for another hospital; one kind of file for the other; cut off or changed anywhere */
	FAILS(site_secret_open(other.key, sealed.at, sealed.len, &got, &err), E_CRYPTO);
	FAILS(site_secret_open(owner.key, plain.at, plain.len, &got, &err), E_INPUT);
	FAILS(site_secret_read(sealed.at, sealed.len, &got, &err), E_INPUT);
	for (size_t i = 0; i < sealed.len; i++) {
		char keep = sealed.at[i];

		ck_assert_int_eq(site_secret_open(owner.key, sealed.at, i, &got, &err), -1);
		sealed.at[i] = keep == 'A' ? 'B' : 'A';
		ck_assert_int_eq(
			site_secret_open(owner.key, sealed.at, sealed.len, &got, &err), -1);
		sealed.at[i] = keep;
	}
	for (size_t i = 0; i < 32; i++)
		ck_assert_uint_eq(got.at[i], 0); /* nothing of it was left */
	for (size_t i = 0; i < plain.len; i++)
		FAILS(site_secret_read(plain.at, i, &got, &err), E_INPUT);
	text_clear(&plain);
	text_clear(&sealed);
	x_pair_clear(&owner);
	x_pair_clear(&other);
}
END_TEST

UNIT_MAIN("distinct", the_hospitals_secret_travels_sealed_and_is_told_by_its_fingerprint,
	a_person_at_one_two_or_all_hospitals_is_one_person, nobody_anywhere_is_nobody,
	one_person_twice_at_one_hospital_changes_nothing_and_moves_one_word, full_buckets_say_so,
	two_questions_share_no_pattern, dummies_carry_the_noise_and_lie_anywhere,
	no_two_dummies_share_a_position_nor_take_one_of_people,
	noise_past_the_dummies_stays_among_them,
	vectors_sums_and_counts_are_those_of_another_implementation,
	a_shape_that_is_none_is_refused)
