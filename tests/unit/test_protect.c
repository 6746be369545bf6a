/*
 * test_protect.c - agents/protect.h: rows into counts, counts into cells that may leave.
 */
#include "tests/unit/unit.h"

#include <string.h>

#include "agents/protect.h"

/* Rows as the test says, in place of libpq's (agents/source.c). */
struct source_rows {
	int n, columns;
	int64_t at[4][2];
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
	CELLS = 4096
};
static struct error err;
static int64_t cells[CELLS], noise[CELLS];

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

UNIT_MAIN("protect", noise_is_added_and_wiped, the_threshold_looks_at_the_noisy_value_alone,
	sums_saturate_last, every_cell_has_its_own_noise_of_the_plans_size, missing_cells_are_empty,
	rows_of_another_form_are_refused)
