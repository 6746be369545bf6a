/*
 * test_gateway_sum.c - answer/sum.h: from what sites offer to the noise of their sum, and from the sum to an answer.
 */
#include "answer/sum.h"

#include <math.h>

#include "query/question.h"
#include "secagg/distinct.h"
#include "tests/unit/answers.h"
#include "tests/unit/stats.h"
#include "tests/unit/tape.h"

enum {
	SITES = 10,
	HONEST = 7
};

static const char *const names[SITES] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" };
static struct release offers[SITES];
static const struct release *all[SITES];

static struct release offer_of(uint64_t kind, uint64_t layers, uint64_t points, uint64_t words)
{
	return (struct release){ .kind = kind,
		.summed = true,
		.noise = NOISE_GAUSSIAN,
		.n_layers = layers,
		.layers = { { 21, 1 }, { 614755, 1 }, { 1536885246, 1 } },
		.n_points = points,
		.resolution = kind == KIND_MEAN ? 100 : 0,
		.high = kind == KIND_MEAN ? INT64_C(10000000000) : 0,
		.min_patients = 10,
		.round_to = 1,
		.n_cells = words };
}

static void all_offer(struct release r)
{
	for (int i = 0; i < SITES; i++) {
		offers[i] = r;
		all[i] = &offers[i];
	}
}

static struct shared_noise noise_of(uint64_t sites, uint64_t honest)
{
	bool marked[SITES];
	struct shared_noise n;

	ck_assert_uint_eq(sum_choose(offers, SITES, marked), SITES);
	OK(sum_noise(offers, marked, SITES, sites, honest, &n, &err));
	return n;
}

static struct sum_made made_of(const struct shared_noise *n, const uint64_t *words, size_t sites)
{
	struct sum_made made;

	OK(sum_release(n, words, all, names, sites, &a, &made, &err));
	return made;
}

/* --- who can be summed, with which noise ------------------------------------------------------- */

START_TEST(the_largest_set_of_one_shape_and_law_is_summed)
{
	bool marked[SITES];

	all_offer(offer_of(KIND_COUNT, 1, 1, 1));
	offers[0].noise = offers[1].noise = NOISE_NONE; /* goes with either law */
	offers[0].layers[0].t = offers[1].layers[0].t = 1;
	offers[2].noise = offers[3].noise = NOISE_LAPLACE;
	offers[4].n_points = 2;
	offers[5].summed = false;
	ck_assert_uint_eq(sum_choose(offers, SITES, marked), 6);
	for (int i = 0; i < SITES; i++)
		ck_assert_int_eq(marked[i], i < 2 || i > 5);
	for (int i = 6; i < SITES; i++)
		offers[i].noise = NOISE_LAPLACE;
	ck_assert_uint_eq(sum_choose(offers, SITES, marked), 8);
	ck_assert(marked[2] && marked[0] && !marked[4]);
	for (int i = 0; i < SITES; i++)
		offers[i].summed = false;
	ck_assert_uint_eq(sum_choose(offers, SITES, marked), 0);
}
END_TEST

START_TEST(the_noise_is_enough_for_the_site_that_wants_most)
{
	struct shared_noise n, strict;

	all_offer(offer_of(KIND_MEAN, 3, 1, 3));
	n = noise_of(SITES, HONEST);
	offers[3].layers[1].t = 900000; /* strict in one layer alone */
	strict = noise_of(SITES, HONEST);
	ck_assert_uint_eq(n.layers[0].lattice, 2);
	ck_assert_uint_eq(n.layers[0].t, 12);
	ck_assert_uint_eq(n.layers[1].bound, (uint64_t)MAX_SUM_PEOPLE * 100);
	ck_assert_uint_eq(n.layers[2].bound, (uint64_t)MAX_SUM_PEOPLE * 5000);
	ck_assert_mem_eq(&n.layers[0], &strict.layers[0], sizeof(n.layers[0]));
	ck_assert_uint_eq(strict.layers[1].t, 128572); /* 900000 / 7 */
	offers[5].noise = NOISE_NONE;
	offers[5].layers[0].t = offers[5].layers[1].t = offers[5].layers[2].t = 1;
	n = noise_of(SITES, HONEST);
	ck_assert_mem_eq(&n, &strict, sizeof(n));
	for (int i = 0; i < SITES; i++)
		offers[i] = offers[5];
	n = noise_of(SITES, HONEST);
	ck_assert_uint_eq(n.law, SHARED_NONE);
}
END_TEST

START_TEST(a_site_that_wants_noise_beyond_reason_is_left_out)
{
	bool marked[SITES], loud[SITES];

	for (int law = 0; law < 2; law++) {
		all_offer(offer_of(KIND_MEAN, 3, 1, 3));
		for (int i = 0; law == 1 && i < SITES; i++)
			offers[i].noise = NOISE_LAPLACE;
		for (int i = 0; i < SITES; i++)
			for (int layer = 0; law == 1 && layer < 3; layer++)
				offers[i].layers[layer] = (struct release_noise){ 7, 2 };
		const uint64_t most = law == 0 ? 10000 : 100;
		offers[0].noise = NOISE_NONE;
		offers[3].layers[0].t *= most; /* the most that is let in */
		offers[4].layers[1].t *= most;
		offers[4].layers[1].t += most;
		offers[5].layers[2].t = UINT64_MAX;
		ck_assert_uint_eq(sum_choose(offers, SITES, marked), SITES);
		ck_assert_uint_eq(sum_hush(offers, SITES, marked, loud), SITES - 2);
		for (int i = 0; i < SITES; i++) {
			ck_assert_int_eq(loud[i], i == 4 || i == 5);
			ck_assert_int_eq(marked[i], !loud[i]);
		}
	}
	/* where most want much it is not beyond reason; more than any sum can have always is */
	for (int i = 0; i < SITES; i++)
		offers[i].layers[2].t = i < 3 ? 7 : 7000;
	offers[4] = offers[5] = offers[6];
	offers[3] = offers[6];
	for (int i = 0; i < SITES; i++)
		offers[i].layers[0] = (struct release_noise){ SHARED_MAX_SCALE - 1, 1 };
	offers[7].layers[0] = (struct release_noise){ SHARED_MAX_SCALE * 2, 2 };
	ck_assert_uint_eq(sum_choose(offers, SITES, marked), SITES);
	ck_assert_uint_eq(sum_hush(offers, SITES, marked, loud), SITES - 1);
	ck_assert(loud[7]);
}
END_TEST

START_TEST(nobody_is_no_sum)
{
	const bool marked[SITES] = { false };
	struct shared_noise n;

	all_offer(offer_of(KIND_COUNT, 1, 1, 1));
	FAILS(sum_noise(offers, marked, SITES, SITES, HONEST, &n, &err), E_INPUT);
}
END_TEST

/* --- from words to a release -------------------------------------------------------------------- */

START_TEST(words_come_back_from_the_lattice_to_whole_people)
{
	static const struct {
		int64_t word, people;
	} cases[] = { { 200, 100 }, { 201, 101 }, { 199, 100 }, { -1, 0 }, { -2, -1 }, { -3, -1 },
		{ -4, -2 }, { 0, 0 }, { 1, 1 } };
	struct shared_noise n;

	begin();
	all_offer(offer_of(KIND_COUNT, 1, 1, 1));
	for (int i = 0; i < SITES; i++)
		offers[i].min_patients = 0;
	n = noise_of(SITES, HONEST); /* lattice 2 */
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t word = (uint64_t)cases[i].word;
		struct sum_made m = made_of(&n, &word, SITES);

		if (cases[i].people >= 0)
			ck_assert_int_eq(m.release.cells[0], cases[i].people);
		else
			ck_assert_int_eq(m.release.cells[0], CELL_SUPPRESSED);
	}
	end();
}
END_TEST

START_TEST(the_variance_is_that_of_all_who_contributed_and_of_rounding)
{
	const uint64_t words[1] = { 1000 };
	struct shared_noise n;

	begin();
	all_offer(offer_of(KIND_COUNT, 1, 1, 1));
	n = noise_of(SITES, HONEST);
	/* 10 * 12 / 4, and a twelfth */
	ck_assert_uint_eq(made_of(&n, words, SITES).release.layers[0].t, 31);
	ck_assert_uint_eq(made_of(&n, words, 8).release.layers[0].t, 25);
	ck_assert_uint_eq(made_of(&n, words, SITES).of.draws, 1);
	n = noise_of(3, 3);
	ck_assert_uint_eq(n.layers[0].lattice, 1);
	ck_assert_uint_eq(made_of(&n, words, 3).release.layers[0].t, 21); /* nothing is rounded */
	for (int i = 0; i < SITES; i++) {
		offers[i].noise = NOISE_LAPLACE;
		offers[i].layers[0] = (struct release_noise){ 2, 1 };
	}
	n = noise_of(SITES, HONEST);
	ck_assert_uint_eq(made_of(&n, words, 7).of.draws, 1);
	ck_assert_uint_eq(made_of(&n, words, 8).of.draws, 2);
	for (int i = 0; i < SITES; i++) {
		offers[i].noise = NOISE_NONE;
		offers[i].layers[0].t = 1;
	}
	n = noise_of(SITES, HONEST);
	ck_assert_uint_eq(made_of(&n, words, SITES).of.draws, 0);
	end();
}
END_TEST

START_TEST(the_strictest_of_the_sites_in_it_decides_what_is_shown)
{
	uint64_t words[3] = { 30, 60, 28 };
	struct shared_noise n;
	struct sum_made m;

	begin();
	all_offer(offer_of(KIND_HISTOGRAM, 1, 1, 3));
	offers[4].min_patients = 15;
	offers[4].round_to = 5;
	offers[5].rows_left_out = true;
	n = noise_of(SITES, HONEST);
	m = made_of(&n, words, SITES);
	ck_assert_int_eq(m.release.cells[0], 15);
	ck_assert_int_eq(m.release.cells[1], 30);
	ck_assert_int_eq(m.release.cells[2], CELL_SUPPRESSED);
	ck_assert_uint_eq(m.release.round_to, 5);
	ck_assert(m.release.rows_left_out);
	m = made_of(&n, words, 4); /* without that one */
	ck_assert_int_eq(m.release.cells[2], 14);
	ck_assert_uint_eq(m.release.round_to, 1);
	end();
}
END_TEST

START_TEST(every_kind_is_held_back_as_a_site_holds_its_own_back)
{
	uint64_t left[3] = { 50, 4, (uint64_t)-2 }, mean[6] = { 9, 30, 7, 8, 5, 6 },
		 bins[6] = { 4, 5, 1, 0, 11, (uint64_t)-3 };
	static const int64_t left_want[3] = { 52, CELL_SUPPRESSED, CELL_SUPPRESSED };
	static const int64_t mean_want[6] = { CELL_SUPPRESSED, 30, CELL_SUPPRESSED, 8,
		CELL_SUPPRESSED, 6 };
	static const int64_t bins_want[6] = { 4, 5, 1, CELL_SUPPRESSED, CELL_SUPPRESSED,
		CELL_SUPPRESSED };
	struct shared_noise n;

	begin();
	all_offer(offer_of(KIND_ATTRITION, 1, 3, 3));
	n = noise_of(3, 3);
	ck_assert_mem_eq(made_of(&n, left, 3).release.cells, left_want, sizeof(left_want));
	all_offer(offer_of(KIND_MEAN, 3, 1, 6));
	n = noise_of(3, 3);
	ck_assert_mem_eq(made_of(&n, mean, 3).release.cells, mean_want, sizeof(mean_want));
	all_offer(offer_of(KIND_QUANTILE, 1, 3, 6));
	n = noise_of(3, 3);
	ck_assert_mem_eq(made_of(&n, bins, 3).release.cells, bins_want, sizeof(bins_want));
	end();
}
END_TEST

START_TEST(a_sum_that_does_not_belong_to_its_offers_is_refused)
{
	const uint64_t words[3] = { 0 };
	struct shared_noise n, other;
	struct sum_made m;

	begin();
	all_offer(offer_of(KIND_COUNT, 1, 1, 1));
	n = noise_of(5, 4);
	FAILS(sum_release(&n, words, all, names, 6, &a, &m, &err),
		E_INPUT); /* more than it is for */
	other = n;
	other.n_cells = 2;
	FAILS(sum_release(&other, words, all, names, 5, &a, &m, &err), E_INPUT);
	offers[2].step++;
	FAILS(sum_release(&n, words, all, names, 5, &a, &m, &err), E_INPUT);
	offers[2].step--;
	offers[2].summed = false;
	FAILS(sum_release(&n, words, all, names, 5, &a, &m, &err), E_INPUT);
	end();
}
END_TEST

/* --- the answer ---------------------------------------------------------------------------------- */

static struct stored_leg summed_leg(const char *site, uint64_t noise, uint64_t t)
{
	const struct made m = { site, SITE_SUMMED, noise, t, 1, { "sex" }, { { "女", "男" } },
		{ 0 } };

	return leg_of(&m);
}

/* What so many sites add up to, of these true numbers each. */
static void add_up(
	struct shared_noise *n, unsigned sites, const int64_t *true_numbers, uint64_t *words)
{
	static int64_t numbers[MAX_CELLS], share[MAX_CELLS];
	struct rng gen;

	rng_init(&gen);
	memset(words, 0, shared_noise_words(n) * sizeof(*words));
	for (unsigned i = 0; i < sites; i++) {
		memcpy(numbers, true_numbers, shared_noise_words(n) * sizeof(*numbers));
		shared_noise_lift(n, numbers);
		OK(shared_noise_draw(n, &gen, share, &err));
		for (size_t k = 0; k < shared_noise_words(n); k++)
			words[k] += (uint64_t)numbers[k] + (uint64_t)share[k];
	}
}

static struct stored_sum stored_of(
	const struct shared_noise *n, const uint64_t *words, uint64_t sites)
{
	static uint8_t noise_bytes[SHARED_NOISE_BYTES], word_bytes[64 * 8];

	for (size_t i = 0; i < shared_noise_words(n); i++)
		put_be64(word_bytes + 8 * i, words[i]);
	return (struct stored_sum){ sites, { noise_bytes, shared_noise_encode(n, noise_bytes) },
		{ word_bytes, 8 * shared_noise_words(n) }, { NULL, 0 } };
}

static int64_t whole(const json_t *cell, const char *name)
{
	return json_integer_value(json_object_get(cell, name));
}

START_TEST(an_answer_has_the_sum_and_no_hospitals_number)
{
	static const int64_t each[2] = { 100, 2 };
	struct stored_leg legs[SITES + 1];
	struct shared_noise n = { SHARED_GAUSSIAN, SITES, HONEST, 2, 1, { { 2, 12, 1, 1 << 30 } } };
	struct stored_sum stored;
	uint64_t words[2];
	json_t *cells, *sites, *cell;

	begin();
	tape_start("answer");
	add_up(&n, SITES, each, words);
	stored = stored_of(&n, words, SITES);
	for (int i = 0; i < SITES; i++)
		legs[i] = summed_leg(names[i], NOISE_GAUSSIAN, 21);
	legs[SITES] = (struct stored_leg){ "x", SITE_DROPPED, 12, { NULL, 0 } };
	secure_sum = &stored;
	write(legs, SITES + 1);
	cells = json_object_get(json_object_get(json, "total"), "cells");
	ck_assert_uint_eq(json_array_size(cells), 2);
	cell = json_array_get(cells, 0);
	ck_assert_int_le(llabs(whole(cell, "value") - 1000), 40);
	/* of ten shares: normal at variance 31, so 11 people */
	ck_assert_int_eq(json_integer_value(json_array_get(json_object_get(cell, "interval"), 1)) -
				 whole(cell, "value"),
		11);
	ck_assert_uint_eq(json_array_size(json_object_get(cell, "sites")), SITES);
	sites = json_object_get(json, "sites");
	ck_assert_uint_eq(json_array_size(sites), SITES + 1);
	for (int i = 0; i < SITES; i++) {
		json_t *site = json_array_get(sites, (size_t)i);

		ck_assert_str_eq(json_string_value(json_object_get(site, "state")), "summed");
		ck_assert_ptr_null(json_object_get(site, "cells"));
		ck_assert_ptr_null(json_object_get(site, "noise"));
		ck_assert_ptr_nonnull(json_object_get(site, "policy"));
	}
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(sites, SITES), "state")),
		"dropped");
	end();
	secure_sum = NULL;
	tape_end();
}
END_TEST

START_TEST(an_answer_says_what_is_promised_and_against_whom)
{
	struct shared_noise n = { SHARED_GAUSSIAN, SITES, HONEST, 2, 1, { { 2, 12, 1, 1 << 30 } } };
	const uint64_t words[2] = { 2000, 2000 };
	struct stored_sum stored = stored_of(&n, words, 8);
	struct stored_leg legs[8];
	json_t *told;
	const char *en, *zh;

	begin();
	shape = offer_of(KIND_HISTOGRAM, 1, 1, 1);
	shape.cost_prho = UINT64_C(23809523811);
	for (int i = 0; i < 8; i++)
		legs[i] = summed_leg(names[i], NOISE_GAUSSIAN, 21);
	memcpy(q.kind, "histogram", sizeof("histogram"));
	secure_sum = &stored;
	write(legs, 8);
	told = json_object_get(json_object_get(json, "total"), "sum");
	ck_assert_int_eq(whole(told, "sites"), 8);
	ck_assert_int_eq(whole(told, "honest"), HONEST);
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(told, "noise"), "kind")),
		"distributed-discrete-gaussian");
	ck_assert_int_eq(whole(json_object_get(told, "noise"), "variance"), 25);
	en = json_string_value(json_object_get(json_object_get(told, "guarantee"), "en"));
	zh = json_string_value(json_object_get(json_object_get(told, "guarantee"), "zh"));
	ck_assert_ptr_nonnull(strstr(en, "at least 7 of the 8 hospitals"));
	ck_assert_ptr_nonnull(strstr(en, "not the gateway, not who asked, not another hospital"));
	ck_assert_ptr_nonnull(strstr(en, "rho 0.02381 (epsilon 0.9"));
	ck_assert_ptr_nonnull(strstr(zh, "8 家医院中至少 7 家"));
	/* a patient of two of them moves one number by two */
	told = json_object_get(json_object_get(json, "privacy"), "several");
	ck_assert_str_eq(json_string_value(json_object_get(told, "rho")), "0.095239");
	end();
	shape = (struct release){ 0 };
	memcpy(q.kind, "count", sizeof("count"));
	secure_sum = NULL;
}
END_TEST

START_TEST(without_noise_the_interval_is_a_point_and_the_answer_says_so)
{
	struct shared_noise n = { SHARED_NONE, 3, 3, 2, 1, { { 1, 0, 1, 1 << 30 } } };
	const uint64_t words[2] = { 2000, 9 };
	struct stored_sum stored = stored_of(&n, words, 3);
	struct stored_leg legs[3];
	json_t *cells;

	begin();
	for (int i = 0; i < 3; i++)
		legs[i] = summed_leg(names[i], NOISE_NONE, 1);
	secure_sum = &stored;
	write(legs, 3);
	cells = json_object_get(json_object_get(json, "total"), "cells");
	ck_assert_int_eq(whole(json_array_get(cells, 0), "value"), 2000);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(json_integer_value(json_array_get(
					 json_object_get(json_array_get(cells, 0), "interval"), i)),
			2000);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(cells, 1), "state")),
		"suppressed");
	ck_assert_ptr_nonnull(strstr(text_str(&out), "The sum has no noise"));
	end();
	secure_sum = NULL;
}
END_TEST

START_TEST(a_stored_sum_of_other_sites_makes_no_answer)
{
	struct shared_noise n = { SHARED_GAUSSIAN, 3, 3, 2, 1, { { 1, 7, 1, 1 << 30 } } };
	const uint64_t words[2] = { 2000, 2000 };
	struct stored_sum stored = stored_of(&n, words, 3);
	struct stored_leg legs[3];

	begin();
	for (int i = 0; i < 3; i++)
		legs[i] = summed_leg(names[i], NOISE_GAUSSIAN, 21);
	text_init(&out, ANSWER_BYTES);
	FAILS(answer_write(&q, legs, 2, &stored, 5000, &out, &err), E_INPUT);
	stored.words.len -= 8;
	FAILS(answer_write(&q, legs, 3, &stored, 5000, &out, &err), E_INPUT);
	stored.words.len += 8;
	stored.noise.len--;
	FAILS(answer_write(&q, legs, 3, &stored, 5000, &out, &err), E_INPUT);
	end();
}
END_TEST

/* --- coverage -------------------------------------------------------------------------------------- */

enum {
	TRIALS = 4000
};

/* In how many of the trials, which are cells of one sum, the interval has the true sum. */
static double covered(struct shared_noise n, unsigned sites)
{
	static int64_t each[TRIALS];
	static uint64_t words[TRIALS];
	struct combine_part part;
	struct combine_sum sum;
	struct combined c;
	struct sum_made m;
	int hits = 0;

	for (int i = 0; i < TRIALS; i++)
		each[i] = 1000;
	all_offer(offer_of(KIND_COUNT, 1, 1, TRIALS));
	n.n_cells = TRIALS;
	add_up(&n, sites, each, words);
	m = made_of(&n, words, sites);
	part = (struct combine_part){ .release = m.release, .sum = &m.of };
	part.release.n_cells = 1;
	OK(combine(&c, &part, 1, &a, &err));
	combine_sum(&c, (struct combine_word){ c.cells[0], 0, 0 }, &sum);
	ck_assert_uint_eq(sum.n, sites);
	for (int i = 0; i < TRIALS; i++)
		hits += llabs(m.release.cells[i] - 1000 * (int64_t)sites) <= (int64_t)sum.reach;
	return (double)hits / TRIALS;
}

/* At least 95 of 100, and not much more: six standard errors are 0.021. */
START_TEST(intervals_of_sums_cover_as_often_as_they_say)
{
	const struct shared_noise gaussian = { SHARED_GAUSSIAN, SITES, HONEST, 1, 1,
		{ { 2, 12, 1, 1 << 30 } } },
				  wide = { SHARED_GAUSSIAN, SITES, HONEST, 1, 1,
					  { { 1, 600, 1, 1 << 30 } } },
				  laplace = { SHARED_LAPLACE, SITES, HONEST, 1, 1,
					  { { 1, 4, 1, 1 << 30 } } };

	begin();
	tape_start("coverage");
	ck_assert_double_ge(covered(gaussian, SITES), 0.93);
	ck_assert_double_le(covered(gaussian, 8), 0.985);
	ck_assert_double_ge(covered(wide, SITES), 0.93);
	ck_assert_double_le(covered(wide, SITES), 0.975);
	ck_assert_double_ge(covered(laplace, 7), 0.93);
	ck_assert_double_ge(
		covered(laplace, 9), 0.95); /* nine shares are told as two whole draws */
	tape_end();
	end();
}
END_TEST

/* --- distinct people ------------------------------------------------------------------------------- */

enum {
	BUCKETS = 2048,
	KNOWN = 700, /* at each of the sites, which share half of them with the next */
	RUNS = 100
};

static struct release of_people(void)
{
	struct release r = offer_of(KIND_DISTINCT, 1, 1, 1);

	r.resolution = BUCKETS;
	return r;
}

/* The sum of the vectors of so many sites, each with its share of the noise; from the run follow people and keys. */
static void people_add_up(
	const struct shared_noise *n, unsigned sites, unsigned run, uint64_t *sums)
{
	const struct distinct_shape s = distinct_shape(BUCKETS, n);
	static uint64_t vector[1 << 14];
	const struct key32 secret = { { 5 } };
	const struct hash32 ctx = { { (uint8_t)run, (uint8_t)(run >> 8) } };
	uint64_t words;
	struct rng gen;

	OK(distinct_words(&s, &words, &err));
	ck_assert_uint_le(words, 1 << 14);
	memset(sums, 0, words * sizeof(*sums));
	rng_init(&gen);
	for (unsigned i = 0; i < sites; i++) {
		struct distinct_set *d;
		int64_t share;

		OK(distinct_new(&d, &s, &secret, &ctx, &err));
		for (unsigned k = 0; k < KNOWN; k++) {
			uint8_t key[DISTINCT_KEY] = { 0 };

			put_be32(key, i * KNOWN / 2 + k);
			OK(distinct_people(d, key, 1, &err));
		}
		OK(shared_noise_draw(n, &gen, &share, &err));
		OK(distinct_vector(d, i, share, vector, words, &err));
		distinct_free(d);
		for (uint64_t w = 0; w < words; w++)
			sums[w] += vector[w];
	}
}

static double people_covered(const struct shared_noise *n, unsigned sites)
{
	static uint64_t sums[1 << 14];
	int64_t truth = KNOWN + (int64_t)(sites - 1) * KNOWN / 2;
	int hits = 0;

	for (unsigned run = 0; run < RUNS; run++) {
		struct sum_made m;

		people_add_up(n, sites, run, sums);
		m = made_of(n, sums, sites);
		ck_assert_uint_eq(m.distinct.buckets, BUCKETS);
		ck_assert(!m.distinct.full);
		ck_assert_uint_eq(m.of.draws, 1);
		hits += llabs(m.release.cells[0] - truth) <=
			(int64_t)(1.96 * sqrt((double)m.release.layers[0].t) + 1);
	}
	return (double)hits / RUNS;
}

/* Of 95 in 100 that it says, six standard errors are 0.13. */
START_TEST(distinct_people_are_covered_as_often_as_the_interval_says)
{
	struct shared_noise n;

	begin();
	all_offer(of_people());
	n = noise_of(4, 3);
	ck_assert_uint_eq(n.layers[0].lattice, 1);
	ck_assert_double_ge(people_covered(&n, 4), 0.82);
	ck_assert_double_ge(people_covered(&n, 3), 0.82);
	for (int i = 0; i < SITES; i++) {
		offers[i].noise = NOISE_LAPLACE;
		offers[i].layers[0] = (struct release_noise){ 9, 1 };
	}
	n = noise_of(4, 3);
	ck_assert_double_ge(people_covered(&n, 4), 0.82);
	end();
}
END_TEST

START_TEST(distinct_people_have_noise_in_whole_buckets_for_all_who_are_honest)
{
	struct shared_noise n;
	uint64_t words;

	begin();
	all_offer(of_people());
	offers[3].layers[0].t = 1; /* wants next to none, and gets what has no lattice */
	n = noise_of(SITES, HONEST);
	ck_assert_uint_eq(n.layers[0].lattice, 1);
	ck_assert_uint_ge(n.layers[0].t, SHARED_LEAST_SHARE);
	ck_assert_uint_ge(HONEST * n.layers[0].t, 21);
	OK(sum_words(&offers[0], &n, &words, &err));
	ck_assert_uint_eq(words, BUCKETS + SITES * 2 * shared_noise_tail(&n));
	/* more dummies than a vector has room for: there is no such sum */
	for (int i = 0; i < SITES; i++)
		offers[i].layers[0].t = UINT64_C(1) << 40;
	n = noise_of(SITES, HONEST);
	FAILS(sum_words(&offers[0], &n, &words, &err), E_LIMIT);
	end();
}
END_TEST

START_TEST(of_other_buckets_or_by_group_there_is_no_sum_of_distinct_people)
{
	bool marked[SITES];
	struct shared_noise n;
	struct sum_made m;
	static uint64_t words[1 << 14];

	begin();
	all_offer(of_people());
	for (int i = 0; i < 4; i++)
		offers[i].resolution = 2 * BUCKETS;
	ck_assert_uint_eq(sum_choose(offers, SITES, marked), SITES - 4);
	all_offer(of_people());
	for (int i = 0; i < SITES; i++)
		offers[i].n_cells = 2;
	n = noise_of(SITES, HONEST);
	FAILS(sum_release(&n, words, all, names, SITES, &a, &m, &err), E_INPUT);
	end();
}
END_TEST

START_TEST(too_many_distinct_people_are_no_number_and_few_are_held_back)
{
	static uint64_t sums[1 << 14];
	struct shared_noise n;
	struct sum_made m;
	uint64_t words;

	begin();
	all_offer(of_people());
	n = noise_of(4, 3);
	OK(sum_words(&offers[0], &n, &words, &err));
	for (uint64_t i = 0; i < words; i++)
		sums[i] = 1;
	m = made_of(&n, sums, 4);
	ck_assert(m.distinct.full);
	ck_assert(m.release.cells[0] == CELL_SUPPRESSED);
	/* nine people where ten are asked for, by the noisy number */
	memset(sums, 0, sizeof(sums));
	for (uint64_t i = 0; i < 4 * shared_noise_tail(&n) + 9; i++)
		sums[i] = 1;
	m = made_of(&n, sums, 4);
	ck_assert(!m.distinct.full);
	ck_assert(m.release.cells[0] == CELL_SUPPRESSED);
	for (uint64_t i = 0; i < 4 * shared_noise_tail(&n) + 12; i++)
		sums[i] = 1;
	m = made_of(&n, sums, 4);
	ck_assert_int_eq(m.release.cells[0], 12);
	end();
}
END_TEST

UNIT_MAIN("gateway_sum", the_largest_set_of_one_shape_and_law_is_summed,
	the_noise_is_enough_for_the_site_that_wants_most,
	a_site_that_wants_noise_beyond_reason_is_left_out, nobody_is_no_sum,
	words_come_back_from_the_lattice_to_whole_people,
	the_variance_is_that_of_all_who_contributed_and_of_rounding,
	the_strictest_of_the_sites_in_it_decides_what_is_shown,
	every_kind_is_held_back_as_a_site_holds_its_own_back,
	a_sum_that_does_not_belong_to_its_offers_is_refused,
	an_answer_has_the_sum_and_no_hospitals_number,
	an_answer_says_what_is_promised_and_against_whom,
	without_noise_the_interval_is_a_point_and_the_answer_says_so,
	a_stored_sum_of_other_sites_makes_no_answer, intervals_of_sums_cover_as_often_as_they_say,
	distinct_people_are_covered_as_often_as_the_interval_says,
	distinct_people_have_noise_in_whole_buckets_for_all_who_are_honest,
	of_other_buckets_or_by_group_there_is_no_sum_of_distinct_people,
	too_many_distinct_people_are_no_number_and_few_are_held_back)
