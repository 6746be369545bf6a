/*
 * test_release.c - wire/message.h: what a site releases, both ways, and what is signed.
 */
#include "tests/unit/unit.h"

#include <msgpack/sbuffer.h>
#include <stdint.h>
#include <string.h>

#include "wire/message.h"

static struct error err;
static struct arena arena;
static struct writer w;

static const char *sexes[] = { "F", "M" };
static const char *bands[] = { "0-17", "18-64", "65+", "未知" };

static void tools(void)
{
	arena_init(&arena, MAX_FRAME_ARENA);
	OK(writer_init(&w, 4 + (size_t)MAX_FRAME_BYTES, &err));
}

static void no_tools(void)
{
	writer_clear(&w);
	arena_clear(&arena);
}

static struct view view_of(const char *s)
{
	return (struct view){ (const uint8_t *)s, strlen(s) };
}

static struct hash32 hash_of(const char *s)
{
	return sha256(s, strlen(s));
}

/* Every bit alone, and changes that turn one kind of msgpack tag into another. */
static const uint8_t flips[] = { 1, 2, 4, 8, 16, 32, 64, 128, 0xff, 0x7f, 0x20 | 0x40, 0x1f, 0x18 };
enum {
	FLIPS = sizeof(flips)
};

static struct release a_release(uint64_t groups)
{
	static int64_t cells[8] = { 12, -3, CELL_SUPPRESSED, 0, INT64_MAX, 6, 7, 8 };
	struct release r = { .question = hash_of("question"),
		.site = "renmin",
		.policy_version = 7,
		.policy_hash = hash_of("policy"),
		.data = "2026-03-01",
		.noise = NOISE_GAUSSIAN,
		.n_layers = 1,
		.layers = { { 2000, 1 } },
		.n_points = 1,
		.cost_prho = 250000000,
		.min_patients = 10,
		.round_to = 1,
		.rows_left_out = true,
		.n_similar = 1,
		.similar = { { "q-0", hash_of("earlier"), 1,
			{ { 19, 2, 0, 0, "cohort.all[0].during" } }, 500000000, 1430000000000,
			1000000000000 } },
		.n_groups = groups,
		.groups = { { "sex", 2, sexes }, { "age", 4, bands } },
		.n_cells = groups == 0   ? 1
			   : groups == 1 ? 2
					 : 8,
		.cells = cells };

	return r;
}

static void ck_release_refused(const uint8_t *bytes, size_t len, const char *why)
{
	struct release out;

	arena_reset(&arena);
	FAILS(release_decode(bytes, len, &arena, &out, &err), E_INPUT);
	ck_assert_msg(strstr(err.log, why) != NULL, "\"%s\" does not say \"%s\"", err.log, why);
}

static const uint8_t *sealed_of(const struct release *r, size_t *len)
{
	const void *bytes;

	w.buf->size = 0;
	OK(release_encode(r, &w, &err));
	OK(writer_bytes(&w, &bytes, len, &err));
	return bytes;
}

START_TEST(a_release_is_read_as_it_was_written)
{
	for (uint64_t groups = 0; groups <= 2; groups++) {
		struct release r = a_release(groups), out;
		size_t len;
		const uint8_t *bytes = sealed_of(&r, &len);

		OK(release_decode(bytes, len, &arena, &out, &err));
		ck_assert_uint_eq(out.n_cells, r.n_cells);
		ck_assert_mem_eq(out.cells, r.cells, r.n_cells * sizeof(r.cells[0]));
		ck_assert_uint_eq(out.n_groups, groups);
		ck_assert(hash32_equal(&out.question, &r.question));
		ck_assert_uint_eq(out.layers[0].t, 2000);
		ck_assert(out.rows_left_out);
		if (groups == 2) {
			ck_assert_str_eq(out.groups[1].name, "age");
			ck_assert_str_eq(out.groups[1].labels[3], "未知");
		}
	}
}
END_TEST

START_TEST(length_tells_the_class_of_cells_and_nothing_else)
{
	struct release r = a_release(1);
	size_t two, eight, sixteen, seventeen;
	static int64_t cells[17];
	static const char *labels[17];

	for (int i = 0; i < 17; i++)
		labels[i] = "x";
	r.groups[0].labels = labels;
	r.cells = cells;
	r.groups[0].count = r.n_cells = 2;
	sealed_of(&r, &two);
	r.groups[0].count = r.n_cells = 8;
	sealed_of(&r, &eight);
	r.groups[0].count = r.n_cells = 15;
	sealed_of(&r, &sixteen);
	/* only the labels, which are public, differ: two bytes each */
	ck_assert_uint_eq(eight - two, 6 * 2);
	ck_assert_uint_eq(sixteen - eight, 7 * 2);
	r.groups[0].count = r.n_cells = 17;
	sealed_of(&r, &seventeen);
	/* the array's head and the blob's grow by two and one bytes, the blob by 16 words */
	ck_assert_uint_eq(seventeen - sixteen, 2 * 2 + 2 + 1 + 16 * CELL_WORD_BYTES);
}
END_TEST

START_TEST(every_truncation_and_change_of_a_release_is_refused_or_has_its_own_spelling)
{
	struct release r = a_release(2), out;
	const uint8_t *bytes;
	uint8_t bent[2048];
	size_t len;

	bytes = sealed_of(&r, &len);
	memcpy(bent, bytes, len);
	for (size_t n = 0; n < len; n++)
		ck_release_refused(bent, n, "");
	for (size_t at = 0; at < len; at++) {
		for (unsigned i = 0; i < FLIPS; i++) {
			bent[at] ^= flips[i];
			arena_reset(&arena);
			if (release_decode(bent, len, &arena, &out, &err) == 0) {
				size_t n;
				const uint8_t *again = sealed_of(&out, &n);

				ck_assert_uint_eq(n, len);
				ck_assert_mem_eq(again, bent, len);
			}
			bent[at] ^= flips[i];
		}
	}
}
END_TEST

START_TEST(padding_must_be_zero_and_of_the_exact_class)
{
	struct release r = a_release(2);
	const uint8_t *sealed;
	uint8_t bytes[2048];
	size_t len, blob = 16 * CELL_WORD_BYTES;

	sealed = sealed_of(&r, &len);
	memcpy(bytes, sealed, len);
	ck_assert_uint_eq(bytes[len - blob - 2], 0xc4);
	for (size_t i = 8 * CELL_WORD_BYTES; i < blob; i++) {
		bytes[len - blob + i] = 1;
		ck_release_refused(bytes, len, "padding that is not zero");
		bytes[len - blob + i] = 0;
	}
	/* one word less */
	bytes[len - blob - 1] -= CELL_WORD_BYTES;
	ck_release_refused(bytes, len - CELL_WORD_BYTES, "not of the size its groups need");
	/* and a class more than eight cells need */
	bytes[len - blob - 1] = (uint8_t)(blob + CELL_WORD_BYTES);
	memset(bytes + len, 0, CELL_WORD_BYTES);
	ck_release_refused(bytes, len + CELL_WORD_BYTES, "longer than its bound");
}
END_TEST

START_TEST(too_many_cells_groups_or_labels_are_refused_both_ways)
{
	static const char *labels[MAX_LABELS + 1];
	static int64_t cells[MAX_CELLS];
	struct release r = a_release(0), out;
	const uint8_t *bytes;
	size_t len;

	for (int i = 0; i < MAX_LABELS + 1; i++)
		labels[i] = "x";
	r.n_groups = 3;
	for (int i = 0; i < 3; i++)
		r.groups[i] = (struct release_group){ "g", 16, labels };
	r.cells = cells;
	r.n_cells = MAX_CELLS;
	bytes = sealed_of(&r, &len);
	OK(release_decode(bytes, len, &arena, &out, &err));
	ck_assert_uint_eq(out.n_cells, MAX_CELLS);

	r.groups[2].count = 17;
	r.n_cells = 16 * 16 * 17;
	FAILS(release_encode(&r, &w, &err), E_INPUT);
	r.groups[2].count = MAX_LABELS + 1;
	FAILS(release_encode(&r, &w, &err), E_INPUT);
	r.groups[2].count = 0;
	FAILS(release_encode(&r, &w, &err), E_INPUT);
	r.groups[2].count = UINT64_MAX;
	FAILS(release_encode(&r, &w, &err), E_INPUT);
	r = a_release(1);
	r.n_groups = MAX_GROUPS + 1;
	FAILS(release_encode(&r, &w, &err), E_INPUT);
	r = a_release(2);
	r.n_cells = 7;
	FAILS(release_encode(&r, &w, &err), E_INPUT);
	ck_assert_str_eq(err.log, "sealed release.cells: not as many as the groups make");
}
END_TEST

/* What the kinds have besides counts. */
static struct release of_kind(uint64_t kind, uint64_t layers, uint64_t points)
{
	static int64_t cells[3 * 2 * MAX_POINTS];
	struct release r = a_release(1);

	for (unsigned i = 0; i < 3 * 2 * MAX_POINTS; i++)
		cells[i] = (int64_t)i * 1000003 - 200000000;
	r.kind = kind;
	r.n_layers = layers;
	r.layers[1] = (struct release_noise){ 614755, 1 };
	r.layers[2] = (struct release_noise){ UINT64_C(1) << 40, 1 };
	r.n_points = points;
	r.n_cells = 2 * layers * points;
	r.cells = cells;
	return r;
}

START_TEST(every_kind_is_read_as_it_was_written)
{
	struct release mean = of_kind(3, 3, 1), curve = of_kind(5, 1, 120), out;
	const uint8_t *bytes;
	size_t len;

	mean.low = -INT64_MAX;
	mean.high = INT64_MAX;
	mean.resolution = 100;
	mean.bounded = true;
	bytes = sealed_of(&mean, &len);
	OK(release_decode(bytes, len, &arena, &out, &err));
	ck_assert_uint_eq(out.kind, 3);
	ck_assert_uint_eq(out.n_layers, 3);
	ck_assert_mem_eq(out.layers, mean.layers, sizeof(mean.layers));
	ck_assert_int_eq(out.low, -INT64_MAX);
	ck_assert_int_eq(out.high, INT64_MAX);
	ck_assert_uint_eq(out.resolution, 100);
	ck_assert(out.bounded);
	ck_assert_uint_eq(out.n_cells, 6);
	ck_assert_mem_eq(out.cells, mean.cells, 6 * sizeof(int64_t));

	curve.step = 3;
	curve.step_months = true;
	bytes = sealed_of(&curve, &len);
	OK(release_decode(bytes, len, &arena, &out, &err));
	ck_assert_uint_eq(out.n_points, 120);
	ck_assert_uint_eq(out.step, 3);
	ck_assert(out.step_months);
	ck_assert(!out.bounded);
	ck_assert_uint_eq(out.n_cells, 240);
	ck_assert_mem_eq(out.cells, curve.cells, 240 * sizeof(int64_t));
}
END_TEST

static void unfit(const struct release *r)
{
	w.buf->size = 0;
	FAILS(release_encode(r, &w, &err), E_INPUT);
}

START_TEST(numbers_of_a_kind_outside_their_bounds_are_refused)
{
	const struct release good = of_kind(3, 3, 1);
	struct release r = good;
	size_t len;

	sealed_of(&r, &len);
	r.kind = KIND_LAST + 1, unfit(&r), r = good;
	r.n_layers = 0, unfit(&r), r = good;
	r.n_layers = 2, unfit(&r), r = good; /* of another number of cells */
	r.n_layers = MAX_LAYERS + 1, unfit(&r), r = good;
	r.n_points = 0, unfit(&r), r = good;
	r.n_points = MAX_POINTS + 1, unfit(&r), r = good;
	r.layers[2].t = 0, unfit(&r), r = good;
	r.layers[1].s = 2, unfit(&r), r = good; /* a Gaussian has none, in any layer */
	r.low = INT64_MIN, unfit(&r), r = good;
	r.resolution = MAX_SUM_WORDS + 1, unfit(&r), r = good;
	r.step = MAX_WINDOW_DAYS + 1, unfit(&r), r = good;
	sealed_of(&r, &len);
}
END_TEST

START_TEST(the_largest_release_fits_its_bound)
{
	static int64_t cells[MAX_LAYERS * MAX_CELLS];
	static const char *labels[MAX_LABELS];
	struct release r = a_release(0);
	char label[MAX_NAME + 1];
	size_t len;

	memset(label, 'x', MAX_NAME);
	label[MAX_NAME] = '\0';
	for (int i = 0; i < MAX_LABELS; i++)
		labels[i] = label;
	r.n_groups = 2;
	for (unsigned i = 0; i < 2; i++)
		memcpy(r.groups[i].name, label, sizeof(label));
	r.groups[0].count = MAX_LABELS;
	r.groups[1].count = MAX_CELLS / MAX_LABELS;
	r.groups[0].labels = r.groups[1].labels = labels;
	r.n_layers = MAX_LAYERS;
	r.layers[1] = r.layers[2] = r.layers[0];
	r.n_cells = MAX_LAYERS * r.groups[0].count * r.groups[1].count;
	r.cells = cells;
	sealed_of(&r, &len);
	ck_assert_uint_gt(len, MAX_LAYERS * MAX_CELLS * CELL_WORD_BYTES);
	ck_assert_uint_le(len, MAX_RELEASE_BYTES);
}
END_TEST

/* The wire can claim what no writer of ours would: 400 * 400 * 400 cells. */
START_TEST(a_claimed_product_over_the_bound_is_refused_before_memory_is_taken)
{
	struct release r = a_release(0);
	const uint8_t *bytes;
	size_t len, at;

	bytes = sealed_of(&r, &len);
	/* up to the groups' array, which is empty: 0x90, then the key "cells" */
	for (at = 0; memcmp(bytes + at, "\xa6groups\x90", 8) != 0; at++)
		ck_assert_uint_lt(at, len - 8);
	w.buf->size = at + 7;
	wr_array(&w, 3);
	for (int i = 0; i < 3; i++) {
		wr_map(&w, 2);
		wr_key(&w, "name");
		wr_str(&w, "g");
		wr_key(&w, "labels");
		wr_array(&w, MAX_LABELS);
		for (int j = 0; j < MAX_LABELS; j++)
			wr_str(&w, "x");
	}
	wr_key(&w, "rules");
	wr_array(&w, 0);
	wr_key(&w, "codes");
	wr_array(&w, 0);
	wr_key(&w, "similar");
	wr_array(&w, 0);
	wr_key(&w, "summed");
	wr_bool(&w, false);
	wr_key(&w, "secret");
	wr_bin(&w, r.secret.at, sizeof(r.secret.at));
	wr_key(&w, "cells");
	wr_bin(&w, "", 0);
	ck_release_refused((uint8_t *)w.buf->data, w.buf->size, "more cells than allowed");
}
END_TEST

START_TEST(what_shaped_a_release_is_bounded_and_survives_the_way)
{
	static const char *rules[MAX_EXPLAINED + 1];
	struct release r = a_release(0), out;
	const uint8_t *bytes;
	size_t len;

	for (int i = 0; i <= MAX_EXPLAINED; i++)
		rules[i] = "code:hiv";
	r.rules = rules;
	r.n_rules = MAX_EXPLAINED;
	r.n_codes = MAX_CRITERIA;
	for (uint64_t i = 0; i < MAX_CRITERIA; i++)
		r.codes[i] = (struct release_codes){ i, MAX_CONCEPTS - i };
	bytes = sealed_of(&r, &len);
	OK(release_decode(bytes, len, &arena, &out, &err));
	ck_assert_uint_eq(out.n_rules, MAX_EXPLAINED);
	ck_assert_str_eq(out.rules[MAX_EXPLAINED - 1], "code:hiv");
	ck_assert_uint_eq(out.n_codes, MAX_CRITERIA);
	ck_assert_uint_eq(out.codes[7].concepts, MAX_CONCEPTS - 7);
	r.codes[3].concepts = (uint64_t)MAX_CONCEPTS + 1;
	FAILS(release_encode(&r, &w, &err), E_INPUT);
	r.codes[3] = (struct release_codes){ MAX_CRITERIA, 1 };
	FAILS(release_encode(&r, &w, &err), E_INPUT);
	r.codes[3].list = 3;
	ck_assert_str_eq(out.similar[0].edits[0].path, "cohort.all[0].during");
	ck_assert_uint_eq(out.similar[0].epsilon, 1430000000000);
	r.n_similar = MAX_SIMILAR + 1;
	FAILS(release_encode(&r, &w, &err), E_INPUT);
	r.n_similar = 1;
	r.n_rules = MAX_EXPLAINED + 1;
	FAILS(release_encode(&r, &w, &err), E_INPUT);
	r.n_rules = 1;
	rules[0] = "code:\033[2J";
	FAILS(release_encode(&r, &w, &err), E_INPUT);
	rules[0] = "";
	FAILS(release_encode(&r, &w, &err), E_INPUT);
}
END_TEST

START_TEST(noise_parameters_must_fit_their_kind)
{
	struct release r = a_release(0), out;
	const uint8_t *bytes;
	uint8_t bent[2048];
	size_t len, at;

	r.layers[0].s = 2;
	FAILS(release_encode(&r, &w, &err), E_INPUT);
	r.noise = NOISE_LAPLACE;
	bytes = sealed_of(&r, &len);
	OK(release_decode(bytes, len, &arena, &out, &err));
	memcpy(bent, bytes, len);
	for (at = 0; memcmp(bent + at, "\xa5noise", 6) != 0; at++)
		ck_assert_uint_lt(at, len - 6);
	bent[at + 6] = NOISE_GAUSSIAN;
	ck_release_refused(bent, len, "layers.s");
	r.layers[0].t = 0;
	FAILS(release_encode(&r, &w, &err), E_INPUT);
	r = a_release(0);
	r.noise = NOISE_NONE + 1;
	FAILS(release_encode(&r, &w, &err), E_INPUT);
	r = a_release(0);
	r.round_to = 0; /* the gateway divides by it */
	FAILS(release_encode(&r, &w, &err), E_INPUT);
	r.round_to = MAX_ROUND_TO + 1;
	FAILS(release_encode(&r, &w, &err), E_INPUT);
	r.round_to = MAX_ROUND_TO;
	bytes = sealed_of(&r, &len);
	OK(release_decode(bytes, len, &arena, &out, &err));
	memcpy(bent, bytes, len);
	for (at = 0; memcmp(bent + at, "\xa8round_to", 9) != 0; at++)
		ck_assert_uint_lt(at, len - 9);
	memcpy(bent + at + 9, "\xce\x7f\xff\xff\xff", 5);
	ck_release_refused(bent, len, "round_to");
}
END_TEST

START_TEST(an_offer_has_the_shape_of_a_release_and_no_words)
{
	struct release r = a_release(2), out;
	struct hash32 offered = offer_signed_hash(view_of("sealed"));
	struct hash32 released = release_signed_hash(view_of("sealed"));
	static uint8_t bent[4000];
	const uint8_t *bytes;
	size_t len, with;

	sealed_of(&r, &with);
	r.summed = true;
	r.cells = NULL;
	bytes = sealed_of(&r, &len);
	ck_assert_uint_eq(with - len, 16 * CELL_WORD_BYTES);
	OK(release_decode(bytes, len, &arena, &out, &err));
	ck_assert(out.summed);
	ck_assert_ptr_null(out.cells);
	ck_assert_uint_eq(out.n_cells, 8);
	/* words where there must be none, and none where there must be some */
	memcpy(bent, bytes, len);
	memset(bent + len, 0, 16 * CELL_WORD_BYTES);
	bent[len - 1] = 16 * CELL_WORD_BYTES;
	ck_release_refused(bent, len + 16 * CELL_WORD_BYTES, "longer than its bound");
	bent[len - 1] = 0;
	for (size_t i = len; i-- > 0;)
		if (memcmp(bent + i, "summed\xc3", 7) == 0) {
			bent[i + 6] = 0xc2;
			break;
		}
	ck_release_refused(bent, len, "not of the size its groups need");
	ck_assert(!hash32_equal(&offered, &released));
}
END_TEST

START_TEST(only_an_offer_may_have_no_noise)
{
	struct release r = a_release(0), out;
	const uint8_t *bytes;
	size_t len;

	r.noise = NOISE_NONE;
	r.layers[0].t = 1;
	FAILS(release_encode(&r, &w, &err), E_INPUT);
	r.summed = true;
	r.cells = NULL;
	bytes = sealed_of(&r, &len);
	OK(release_decode(bytes, len, &arena, &out, &err));
	ck_assert_uint_eq(out.noise, NOISE_NONE);
	r.layers[0].t = 2;
	FAILS(release_encode(&r, &w, &err), E_INPUT);
}
END_TEST

/* What decides how words are read changes the hash, what does not leaves it. */
START_TEST(a_layout_is_what_words_are_read_by)
{
	static const char *others[] = { "女", "男 " };
	struct hash32 seen[16];
	const struct release plain = a_release(2);
	struct release r = plain;
	size_t n = 0;

	seen[n++] = release_layout_hash(&plain);
	r.policy_version++;
	r.min_patients++;
	r.layers[0].t++;
	r.summed = true;
	r.cost_prho++;
	memcpy(r.site, "xiehe", 6);
	struct hash32 same = release_layout_hash(&r);
	ck_assert(hash32_equal(&seen[0], &same));
	for (int i = 0; i < 12; i++) {
		r = plain;
		switch (i) {
		case 0:
			r.kind++;
			break;
		case 1:
			r.n_layers++;
			break;
		case 2:
			r.n_points++;
			break;
		case 3:
			r.low++;
			break;
		case 4:
			r.high++;
			break;
		case 5:
			r.resolution++;
			break;
		case 6:
			r.step++;
			break;
		case 7:
			r.step_months = !r.step_months;
			break;
		case 8:
			r.n_groups--;
			break;
		case 9:
			r.groups[0].labels = others;
			break;
		case 10:
			r.groups[1].count--;
			break;
		default:
			r.groups[0] = plain.groups[1], r.groups[1] = plain.groups[0];
			break;
		}
		seen[n++] = release_layout_hash(&r);
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			ck_assert_msg(!hash32_equal(&seen[i], &seen[k]), "%zu, %zu", i, k);
}
END_TEST

START_TEST(signed_hashes_depend_on_every_part_and_on_what_is_signed)
{
	struct hash32 q = hash_of("q"), other = hash_of("r");
	struct hash32 a = ask_signed_hash(&q, "wang", 5);
	struct hash32 b = ask_signed_hash(&other, "wang", 5);
	struct hash32 c = ask_signed_hash(&q, "wan", 5);
	struct hash32 d = ask_signed_hash(&q, "wang", 6);
	struct hash32 again = ask_signed_hash(&q, "wang", 5);
	struct hash32 release = release_signed_hash(view_of("sealed"));
	struct hash32 plain = hash_of("sealed");

	ck_assert(hash32_equal(&a, &again));
	ck_assert(!hash32_equal(&a, &b));
	ck_assert(!hash32_equal(&a, &c));
	ck_assert(!hash32_equal(&a, &d));
	ck_assert(!hash32_equal(&release, &plain));
}
END_TEST

UNIT_MAIN_WITH("release", tools, no_tools, every_kind_is_read_as_it_was_written,
	numbers_of_a_kind_outside_their_bounds_are_refused, the_largest_release_fits_its_bound,
	a_release_is_read_as_it_was_written, length_tells_the_class_of_cells_and_nothing_else,
	every_truncation_and_change_of_a_release_is_refused_or_has_its_own_spelling,
	padding_must_be_zero_and_of_the_exact_class, only_an_offer_may_have_no_noise,
	a_layout_is_what_words_are_read_by,
	too_many_cells_groups_or_labels_are_refused_both_ways,
	a_claimed_product_over_the_bound_is_refused_before_memory_is_taken,
	what_shaped_a_release_is_bounded_and_survives_the_way,
	noise_parameters_must_fit_their_kind, an_offer_has_the_shape_of_a_release_and_no_words,
	signed_hashes_depend_on_every_part_and_on_what_is_signed)
