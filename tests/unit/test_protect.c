/*
 * test_protect.c - agents/protect.h: rows into counts, counts into cells that may leave.
 */
#include "tests/unit/unit.h"

#include <string.h>

#include "agents/protect.h"
#include "tests/unit/tape.h"

/* Rows as the test says, in place of libpq's (agents/source.c). */
struct source_rows {
	int n, columns;
	int64_t at[4][4];
	bool null;
};
int source_rows(const struct source_rows *rows)
{
	return rows->n;
}
int source_columns(const struct source_rows *rows)
{
	return rows->columns;
}
bool source_int(const struct source_rows *rows, int row, int column, int64_t *out)
{
	*out = rows->at[row][column];
	return !rows->null;
}

enum {
	CELLS = 4096,
	LAYERS = 3
};
static struct error err;
static int64_t cells[CELLS], noise[LAYERS * CELLS];

static struct plan plan_of(unsigned n_cells)
{
	return (struct plan){ .n_cells = n_cells,
		.min_patients = 10,
		.noise = { .gaussian = true, .t = 21, .s = 1 } };
}

static int64_t protected(int64_t count, int64_t with)
{
	const struct plan plan = plan_of(1);
	int64_t cell = count, drawn = with;

	protect_cells(&plan, &cell, &drawn);
	ck_assert_int_eq(drawn, 0);
	return cell;
}

START_TEST(noise_is_added_and_wiped)
{
	ck_assert_int_eq(protected(100, 7), 107);
	ck_assert_int_eq(protected(100, -7), 93);
	ck_assert_int_eq(protected(0, 30), 30);
}
END_TEST

START_TEST(the_threshold_looks_at_the_noisy_value_alone)
{
	ck_assert_int_eq(protected(9, 1), 10);
	ck_assert_int_eq(protected(0, 10), 10);
	ck_assert_int_eq(protected(10, -1), CELL_SUPPRESSED);
	ck_assert_int_eq(protected(1000, -991), CELL_SUPPRESSED);
	ck_assert_int_eq(protected(0, -50), CELL_SUPPRESSED);
}
END_TEST

START_TEST(sums_saturate_last)
{
	ck_assert_int_eq(protected(INT64_MAX, INT64_MAX), INT64_C(1) << 62);
	ck_assert_int_eq(protected(INT64_C(1) << 62, 5), INT64_C(1) << 62);
	ck_assert_int_eq(protected((INT64_C(1) << 62) + 5, -6), (INT64_C(1) << 62) - 1);
	ck_assert_int_eq(protected(0, INT64_MIN), CELL_SUPPRESSED);
}
END_TEST

static void draw(const struct plan *plan, double variance)
{
	double sum = 0, squares = 0;

	OK(protect_draw(plan, noise, &err));
	for (unsigned i = 0; i < CELLS; i++) {
		sum += (double)noise[i];
		squares += (double)noise[i] * (double)noise[i];
	}
	/* seven standard errors: false alarms below 1e-10 */
	ck_assert(sum / CELLS < 7 * 5.5 / 64 && sum / CELLS > -7 * 5.5 / 64);
	ck_assert(squares / CELLS > 0.7 * variance && squares / CELLS < 1.4 * variance);
}

START_TEST(every_cell_has_its_own_noise_of_the_plans_size)
{
	struct plan plan = plan_of(CELLS);

	draw(&plan, 21);
	plan.noise = (struct noise_choice){ .gaussian = false, .t = 2, .s = 1 };
	draw(&plan, 7.8); /* 2q/(1-q)^2, q = exp(-1/2) */
	plan.noise = (struct noise_choice){ .gaussian = true, .t = 0, .s = 1 };
	FAILS(protect_draw(&plan, noise, &err), E_INPUT);
	for (unsigned i = 0; i < CELLS; i++)
		ck_assert_int_eq(noise[i], 0);
}
END_TEST

START_TEST(each_release_has_a_salt_of_its_own)
{
	const char *one, *other;
	struct arena arena;

	arena_init(&arena, 1 << 12);
	OK(protect_salt(&arena, &one, &err));
	OK(protect_salt(&arena, &other, &err));
	ck_assert_uint_eq(strlen(one), 64);
	ck_assert_uint_eq(strspn(one, "0123456789abcdef"), 64);
	ck_assert_str_ne(one, other);
	arena_clear(&arena);
}
END_TEST

START_TEST(missing_cells_are_empty)
{
	const struct source_rows rows = { .n = 2, .columns = 2, .at = { { 3, 9 }, { 0, 5 } } };
	const struct plan plan = plan_of(5);
	static const int64_t want[] = { 5, 0, 0, 9, 0 };

	ck_assert(protect_counts(&plan, &rows, cells));
	ck_assert_int_eq(memcmp(cells, want, sizeof(want)), 0);
}
END_TEST

START_TEST(rows_of_another_form_are_refused)
{
	static const struct source_rows wrong[] = {
		{ .n = 2, .columns = 2, .at = { { 1, 5 }, { 1, 5 } } },
		{ .n = 1, .columns = 2, .at = { { 5, 5 } } },
		{ .n = 1, .columns = 2, .at = { { -1, 5 } } },
		{ .n = 1, .columns = 2, .at = { { 0, -1 } } },
		{ .n = 1, .columns = 1, .at = { { 0, 1 } } },
		{ .n = 1, .columns = 2, .at = { { 0, 1 } }, .null = true },
		{ .n = 6, .columns = 2 },
	};
	const struct plan plan = plan_of(5);

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!protect_counts(&plan, &wrong[i], cells), "rows %zu", i);
}
END_TEST

/* ---- by kind ---- */

static struct plan plan_of_kind(
	enum question_kind kind, unsigned groups, unsigned points, unsigned layers)
{
	struct plan p = plan_of(groups * points);

	p.of = (struct plan_kind){ .kind = kind, .n_points = points, .n_layers = layers };
	return p;
}

START_TEST(each_layer_has_noise_of_its_own)
{
	struct plan p = plan_of_kind(KIND_MEAN, 1000, 1, 3);

	p.noise.t = 4;
	p.more[0] = (struct noise_choice){ .t = 400, .s = 1 };
	p.more[1] = (struct noise_choice){ .t = 1000000, .s = 1 };
	OK(protect_draw(&p, noise, &err));
	for (unsigned layer = 0; layer < 3; layer++) {
		double squares = 0, v = (double)plan_noise(&p, layer)->t;

		for (unsigned i = 0; i < 1000; i++)
			squares +=
				(double)noise[layer * 1000 + i] * (double)noise[layer * 1000 + i];
		/* seven standard errors of a variance of 1000 draws */
		ck_assert_msg(
			squares / 1000 > 0.68 * v && squares / 1000 < 1.32 * v, "layer %u", layer);
	}
	p.noise = (struct noise_choice){ .gaussian = false, .t = 2, .s = 1 };
	p.more[0] = (struct noise_choice){ .t = 200, .s = 1 };
	p.more[1] = (struct noise_choice){ .t = 0, .s = 1 };
	FAILS(protect_draw(&p, noise, &err), E_INPUT);
	for (unsigned i = 0; i < 3000; i++)
		ck_assert_int_eq(noise[i], 0);
}
END_TEST

/* Whichever layer the generator fails in, of tables and of rejection. */
START_TEST(a_generator_that_fails_in_any_layer_leaves_no_noise)
{
	static const struct noise_choice laws[2][3] = {
		{ { .gaussian = true, .t = 21, .s = 1 }, { .t = 614755, .s = 1 },
			{ .t = 30, .s = 1 } },
		{ { .t = 2, .s = 1 }, { .t = 200, .s = 1 }, { .t = 3, .s = 2 } },
	};
	struct plan p = plan_of_kind(KIND_MEAN, CELLS, 1, LAYERS);

	for (int i = 0; i < 2; i++) {
		p.noise = laws[i][0];
		p.more[0] = laws[i][1];
		p.more[1] = laws[i][2];
		tape_start("layers");
		OK(protect_draw(&p, noise, &err));
		const int fills = tape.fills;
		/* a word a number from a table, more by rejection: every layer takes some fills */
		ck_assert_int_gt(fills, 3 * CELLS * 8 / RNG_BYTES);
		for (int at = 1; at <= fills; at += at > 3 && at + 8 < fills ? 5 : 1) {
			tape_start("layers");
			tape.fails_at = at;
			memset(noise, 7, sizeof(noise));
			FAILS(protect_draw(&p, noise, &err), E_CRYPTO);
			for (unsigned k = 0; k < LAYERS * CELLS; k++)
				ck_assert_int_eq(noise[k], 0);
		}
	}
	tape_end();
}
END_TEST

START_TEST(rows_of_a_mean_have_sums_that_so_many_people_can_have)
{
	static const struct source_rows good = {
		.n = 2, .columns = 4, .at = { { 1, 2, -200, 10000 }, { 0, 3, 300, -15000 } }
	};
	static const struct source_rows wrong[] = {
		{ .n = 1, .columns = 2, .at = { { 1, 5 } } },
		{ .n = 1, .columns = 3, .at = { { 1, 5, 0 } } },
		{ .n = 1, .columns = 4, .at = { { 0, 2, 201, 0 } } },
		{ .n = 1, .columns = 4, .at = { { 0, 2, -201, 0 } } },
		{ .n = 1, .columns = 4, .at = { { 0, 2, 0, 10001 } } },
		{ .n = 1, .columns = 4, .at = { { 0, 2, 0, -10001 } } },
		{ .n = 1, .columns = 4, .at = { { 0, 0, 1, 0 } } },
		{ .n = 1, .columns = 4, .at = { { 0, -1, 0, 0 } } },
		{ .n = 1, .columns = 4, .at = { { 0, INT64_MAX, 0, INT64_MIN } }, .null = true },
		{ .n = 2, .columns = 4, .at = { { 0, 1, 0, 0 }, { 0, 1, 0, 0 } } },
		{ .n = 1, .columns = 4, .at = { { 2, 1, 0, 0 } } },
	};
	const struct plan p = plan_of_kind(KIND_MEAN, 2, 1, 3);
	static const int64_t want[] = { 3, 2, 300, -200, -15000, 10000 };

	ck_assert(protect_counts(&p, &good, cells));
	ck_assert_mem_eq(cells, want, sizeof(want));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!protect_counts(&p, &wrong[i], cells), "rows %zu", i);
}
END_TEST

START_TEST(too_few_people_suppress_every_word_of_their_group)
{
	const struct plan mean = plan_of_kind(KIND_MEAN, 2, 1, 3),
			  bins = plan_of_kind(KIND_QUANTILE, 2, 3, 1);
	int64_t c[6] = { 9, 12, 500, -600, 70000, 1 }, n[6] = { 0, -2, 1, -1, 2, -2 };
	static const int64_t kept[6] = { CELL_SUPPRESSED, 10, CELL_SUPPRESSED, -601,
		CELL_SUPPRESSED, -1 };
	int64_t b[6] = { 4, 4, 3, 0, 20, 0 }, z[6] = { 0, 0, -2, -5, -5, 0 };
	static const int64_t shown[6] = { CELL_SUPPRESSED, CELL_SUPPRESSED, CELL_SUPPRESSED, -5, 15,
		0 };

	protect_cells(&mean, c, n);
	ck_assert_mem_eq(c, kept, sizeof(kept));
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(n[i], 0); /* of every layer */
	protect_cells(&bins, b, z);
	ck_assert_mem_eq(b, shown, sizeof(shown));
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(z[i], 0);
}
END_TEST

START_TEST(people_left_are_added_up_after_the_noise)
{
	const struct plan p = plan_of_kind(KIND_ATTRITION, 2, 3, 1);
	int64_t c[6] = { 100, 20, 5, 1, 0, 30 }, n[6] = { 1, -2, 3, 0, -40, 0 };
	/* 8 left of 18 + 8 left of 101 + 26; -40 may make fewer before than after */
	static const int64_t want[6] = { 127, 26, CELL_SUPPRESSED, CELL_SUPPRESSED, CELL_SUPPRESSED,
		30 };
	int64_t most[6] = { INT64_MAX, INT64_MAX, INT64_MAX, 0, 0, 0 },
		more[6] = { 1, 1, 1, INT64_MIN, 0, 0 };

	protect_cells(&p, c, n);
	ck_assert_mem_eq(c, want, sizeof(want));
	protect_cells(&p, most, more);
	ck_assert_int_eq(most[0], INT64_C(1) << 62);
	ck_assert_int_eq(most[3], CELL_SUPPRESSED);
}
END_TEST

START_TEST(sums_of_a_mean_saturate_and_may_be_negative)
{
	const struct plan p = plan_of_kind(KIND_MEAN, 1, 1, 3);
	int64_t c[3] = { 50, INT64_MIN, INT64_MAX }, n[3] = { 0, INT64_MIN, 1 };

	protect_cells(&p, c, n);
	ck_assert_int_eq(c[0], 50);
	ck_assert_int_eq(c[1], -(INT64_C(1) << 62));
	ck_assert_int_eq(c[2], INT64_C(1) << 62);
}
END_TEST

/* ---- in sums over sites ---- */

static struct plan sum_plan(void)
{
	struct plan p = plan_of_kind(KIND_MEAN, 2, 1, 3);

	p.secure = true;
	p.shared = (struct shared_noise){ SHARED_GAUSSIAN, 10, 7, 2, 3,
		{ { 4, 5, 1, 1000 }, { 1, 400, 1, 100000 }, { 1, 90000, 1, 5000000 } } };
	return p;
}

/* Its own noise and not the plan's, which is what the whole sum has at least. */
START_TEST(in_a_sum_a_share_is_drawn_and_numbers_go_onto_the_lattice)
{
	struct plan p = sum_plan();
	int64_t c[6] = { 7, 1001, -3, 4, 5, -5000001 };
	static const int64_t want[6] = { 28, 4000, -3, 4, 5, -5000000 };

	p.shared.n_cells = p.n_cells = CELLS;
	p.noise.t = 1000000;
	OK(protect_draw(&p, noise, &err));
	for (unsigned layer = 0; layer < LAYERS; layer++) {
		double squares = 0, v = (double)p.shared.layers[layer].t;

		for (unsigned i = layer * CELLS; i < (layer + 1) * CELLS; i++)
			squares += (double)noise[i] * (double)noise[i];
		ck_assert(squares / CELLS > 0.8 * v && squares / CELLS < 1.2 * v);
	}
	p = sum_plan();
	OK(protect_lift(&p, c, &err));
	ck_assert_mem_eq(c, want, sizeof(want));
}
END_TEST

START_TEST(numbers_of_a_sum_are_never_drawn_for_before_its_noise_is_known_nor_sealed)
{
	const struct protect_about about = { 0 };
	struct plan p = sum_plan();
	int64_t c[6] = { 1, 2, 3, 4, 5, 6 };
	struct view sealed, signature;
	struct hash32 layout;
	struct arena arena;

	arena_init(&arena, 1 << 16);
	FAILS(protect_seal(&p, &about, c, &arena, &sealed, &signature, &err), E_STATE);
	p.shared.n_layers = 0;
	memset(noise, 7, sizeof(noise));
	FAILS(protect_draw(&p, noise, &err), E_STATE);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(noise[i], 0);
	FAILS(protect_lift(&p, c, &err), E_STATE);
	ck_assert_int_eq(c[5], 6);
	p.secure = false;
	FAILS(protect_offer(&p, &about, &arena, &sealed, &signature, &layout, &err), E_STATE);
	FAILS(protect_lift(&p, c, &err), E_STATE);
	arena_clear(&arena);
}
END_TEST

/* ---- on the wire ---- */

/* A plan as whole as sealing wants one, of two groups. */
static struct plan sealed_plan(const struct policy *policy, const struct measure *measure, int kind)
{
	static const unsigned points[] = {
		[KIND_ATTRITION] = 7, [KIND_QUANTILE] = 64, [KIND_SURVIVAL] = 48
	};
	static const char *labels[] = { "female", "male" };
	unsigned n = (size_t)kind < sizeof(points) / sizeof(points[0]) && points[kind] > 0
			     ? points[kind]
			     : 1;
	struct plan p =
		plan_of_kind((enum question_kind)kind, 2, n, kind == KIND_MEAN ? MEAN_LAYERS : 1);

	p.policy = policy;
	p.of.measure = measure;
	p.of.step = (struct duration){ .count = 30 };
	p.n_dims = 1;
	p.dims[0].name = "sex";
	p.dims[0].labels = labels;
	p.dims[0].n_labels = 2;
	for (unsigned i = 0; i + 1 < MEAN_LAYERS; i++)
		p.more[i] = (struct noise_choice){ .gaussian = true, .t = 614755, .s = 1 };
	p.noise.cost_prho = 24332000000;
	return p;
}

/* Nothing, little, much, and what no hospital has: so that numbers of every width are among them. */
static int64_t some_number(unsigned layer)
{
	int64_t v = (int64_t)(((uint64_t)random() << 31 ^ (uint64_t)random()) >> random() % 63);

	return layer > 0 && random() % 2 == 0 ? -v : v;
}

static size_t sealed_once(const struct plan *p, const struct protect_about *about)
{
	struct arena arena;
	struct view sealed, signature;
	size_t len;

	arena_init(&arena, 1 << 20);
	OK(protect_draw(p, noise, &err));
	for (unsigned i = 0; i < plan_words(p); i++)
		cells[i] = some_number(i / p->n_cells);
	protect_cells(p, cells, noise);
	OK(protect_seal(p, about, cells, &arena, &sealed, &signature, &err));
	len = sealed.len + signature.len;
	arena_clear(&arena);
	return len;
}

START_TEST(answers_of_one_question_are_of_one_length)
{
	static const struct policy policy = { .version = 3 };
	static const struct measure measure = { .low = 0, .high = INT64_C(20000000000) };
	static const struct hash32 question;
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	const struct protect_about about = {
		.question = &question, .site = "renmin", .data = "2026-11", .key = key
	};
	const struct plan p = sealed_plan(&policy, &measure, _i);
	size_t len = sealed_once(&p, &about);

	for (int i = 1; i < 200; i++)
		ck_assert_uint_eq(sealed_once(&p, &about), len);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(an_offer_names_the_layout_and_the_noise_and_no_number)
{
	static const struct policy policy = { .version = 3 };
	static const struct measure measure = { .low = 0, .high = INT64_C(20000000000) };
	static const struct hash32 question;
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	const struct protect_about about = {
		.question = &question, .site = "renmin", .data = "2026-11", .key = key
	};
	struct plan p = sealed_plan(&policy, &measure, KIND_MEAN);
	struct view sealed, signature;
	struct hash32 layout, read;
	struct release r;
	struct arena arena;

	p.secure = true;
	arena_init(&arena, 1 << 20);
	for (int exact = 0; exact < 2; exact++) {
		p.exact = exact;
		p.noise.t = p.more[0].t = p.more[1].t = exact ? 1 : 21;
		p.noise.cost_prho = exact ? UINT64_MAX : 5;
		OK(protect_offer(&p, &about, &arena, &sealed, &signature, &layout, &err));
		OK(release_decode(sealed.at, sealed.len, &arena, &r, &err));
		ck_assert(r.summed);
		ck_assert_ptr_null(r.cells);
		ck_assert_uint_eq(r.noise, exact ? NOISE_NONE : NOISE_GAUSSIAN);
		ck_assert_uint_eq(r.layers[2].t, exact ? 1 : 21);
		read = release_layout_hash(&r);
		ck_assert(hash32_equal(&layout, &read));
	}
	arena_clear(&arena);
	EVP_PKEY_free(key);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { each_layer_has_noise_of_its_own,
		a_generator_that_fails_in_any_layer_leaves_no_noise,
		in_a_sum_a_share_is_drawn_and_numbers_go_onto_the_lattice,
		numbers_of_a_sum_are_never_drawn_for_before_its_noise_is_known_nor_sealed,
		an_offer_names_the_layout_and_the_noise_and_no_number,
		each_release_has_a_salt_of_its_own,
		rows_of_a_mean_have_sums_that_so_many_people_can_have,
		too_few_people_suppress_every_word_of_their_group,
		people_left_are_added_up_after_the_noise,
		sums_of_a_mean_saturate_and_may_be_negative, noise_is_added_and_wiped,
		the_threshold_looks_at_the_noisy_value_alone, sums_saturate_last,
		every_cell_has_its_own_noise_of_the_plans_size, missing_cells_are_empty,
		rows_of_another_form_are_refused };
	Suite *s = suite_create("protect");
	TCase *c = tcase_create("protect");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 120);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(c, tests[i]);
	tcase_add_loop_test(c, answers_of_one_question_are_of_one_length, KIND_COUNT, KINDS);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
