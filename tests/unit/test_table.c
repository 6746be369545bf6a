#include "cli/table.h"

#include <string.h>

#include "base/text.h"
#include "tests/unit/unit.h"

static char *printed(const struct table *t)
{
	char *out = NULL, *copy;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	table_print(t, f, false);
	fclose(f);
	copy = strdup(out);
	free(out);
	return copy;
}

/* The terminal column at which `word` begins in its line. */
static size_t column_of(const char *text, const char *word)
{
	const char *at = strstr(text, word), *line = at;
	char before[400];

	if (at == NULL)
		ck_abort_msg("\"%s\" is not there", word);
	while (line > text && line[-1] != '\n')
		line--;
	ck_assert(text_copyn(before, sizeof(before), line, (size_t)(at - line)));
	return utf8_width(before);
}

START_TEST(columns_align_when_some_cells_are_chinese)
{
	const char *heads[] = { "医院", ">people", "state" };
	const char *rows[][3] = { { "仁民医院", "417", "answered" }, { "xiehe", "3", "已答复" },
		{ "é", "1,234", "offline" } };
	struct arena a;
	struct table t;
	char *out;

	arena_init(&a, 1 << 20);
	table_init(&t, &a, 3, heads);
	for (size_t i = 0; i < 3; i++)
		table_add(&t, false, rows[i]);
	out = printed(&t);
	ck_assert_uint_eq(column_of(out, "answered"), column_of(out, "已答复"));
	ck_assert_uint_eq(column_of(out, "answered"), column_of(out, "offline"));
	/* numbers end in one column */
	ck_assert_uint_eq(column_of(out, "417") + 3, column_of(out, "1,234") + 5);
	free(out);
	arena_clear(&a);
}
END_TEST

START_TEST(a_rule_stands_above_a_total_and_absent_cells_are_empty)
{
	const char *heads[] = { "a", "b" };
	const char *row[] = { "x", NULL }, *total[] = { "sum", "y" };
	struct arena a;
	struct table t;
	char *out, *last;

	arena_init(&a, 1 << 20);
	table_init(&t, &a, 2, heads);
	table_add(&t, false, row);
	table_add(&t, true, total);
	out = printed(&t);
	last = strstr(out, "x\n");
	ck_assert(last != NULL && strstr(last, "─") != NULL);
	ck_assert_ptr_null(strstr(out, "(null)"));
	free(out);
	arena_clear(&a);
}
END_TEST

START_TEST(a_table_that_runs_out_of_memory_is_shorter_and_not_wrong)
{
	const char *heads[] = { "a" }, *row[] = { "0123456789012345678901234567890123456789" };
	struct arena a;
	struct table t;
	char *out;

	arena_init(&a, 700);
	table_init(&t, &a, 1, heads);
	for (int i = 0; i < 100; i++)
		table_add(&t, false, row);
	out = printed(&t);
	ck_assert_uint_lt(strlen(out), 2000);
	free(out);
	arena_clear(&a);
}
END_TEST

UNIT_MAIN("table", columns_align_when_some_cells_are_chinese,
	a_rule_stands_above_a_total_and_absent_cells_are_empty,
	a_table_that_runs_out_of_memory_is_shorter_and_not_wrong)
