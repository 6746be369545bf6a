/*
 * test_shape.c - a table and a text, and every way in which they can differ.
 */
#include "base/shape.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "tests/unit/unit.h"

static const char *const uses[] = { "forbidden", "patient-key", "link", "filter", "group",
	"measure", NULL };
static const struct shape text = { .kind = SHAPE_TEXT };
static const struct shape title = { .kind = SHAPE_TITLE };
static const struct shape word = { .kind = SHAPE_WORD, .words = uses };
static const struct shape words = { .kind = SHAPE_WORDS, .words = uses };
static const struct shape id = { .kind = SHAPE_ID };
static const struct shape name = { .kind = SHAPE_NAME };
static const struct shape number = { .kind = SHAPE_INT, .low = 1, .high = 1000 };
static const struct shape any_number = { .kind = SHAPE_INT };
static const struct shape decimal = { .kind = SHAPE_DECIMAL };
static const struct shape day = { .kind = SHAPE_DAY };
static const struct shape span = { .kind = SHAPE_SPAN };
static const struct shape any = { .kind = SHAPE_ANY };
static const struct shape names = { .kind = SHAPE_LIST, .of = &name };
static const struct field column_fields[] = {
	{ "use", true, &words, { "", "" } },
	{ "bands", false, &names, { "", "" } },
	{ NULL, false, NULL, { NULL, NULL } },
};
static const struct shape column = { .kind = SHAPE_MAP, .fields = column_fields };
static const struct shape columns = { .kind = SHAPE_MAP_OF, .of = &column };
static const struct shape column_list = { .kind = SHAPE_LIST, .of = &column };
static const struct field fields[] = {
	{ "text", false, &text, { "", "" } },
	{ "title", false, &title, { "", "" } },
	{ "word", false, &word, { "", "" } },
	{ "words", false, &words, { "", "" } },
	{ "id", false, &id, { "", "" } },
	{ "name", false, &name, { "", "" } },
	{ "number", false, &number, { "", "" } },
	{ "any_number", false, &any_number, { "", "" } },
	{ "decimal", false, &decimal, { "", "" } },
	{ "day", false, &day, { "", "" } },
	{ "valid", false, &span, { "", "" } },
	{ "any", false, &any, { "", "" } },
	{ "names", false, &names, { "", "" } },
	{ "columns", false, &columns, { "", "" } },
	{ "list", false, &column_list, { "", "" } },
	{ NULL, false, NULL, { NULL, NULL } },
};
static const struct shape whole = { .kind = SHAPE_MAP, .fields = fields };

static struct arena arena;
static struct diags ds;
static struct node *root;

static int check(const char *yaml)
{
	arena_clear(&arena);
	arena_init(&arena, 8 << 20);
	diags_init(&ds, &arena);
	if (node_read("x.yaml", yaml, strlen(yaml), 10, &arena, &ds, &root) != 0) {
		/* an empty value is the one error of reading that these tests look at */
		ck_assert_ptr_nonnull(root);
		ck_assert_str_eq(ds.list[0].code, "P107");
	}
	return shape_check(root, &whole, "the file", &ds);
}

static const char *found(void)
{
	static char buf[8000];
	FILE *f = fmemopen(buf, sizeof(buf), "w");

	diags_print(&ds, f, 0);
	diags_print(&ds, f, 1);
	fclose(f);
	return buf;
}

#define FITS(yaml) ck_assert_msg(check(yaml) == 0, "%s\n%s", yaml, found())
#define FINDS(yaml, want, want_column)                                                             \
	do {                                                                                       \
		ck_assert_msg(check(yaml) == -1, "accepted: %s", yaml);                            \
		ck_assert_msg(ds.count == 1 && strcmp(ds.list[0].code, want) == 0 &&               \
				      ds.list[0].at.column == (want_column),                       \
			"%s: wanted one %s at column %d\n%s", yaml, want, want_column, found());   \
	} while (0)

START_TEST(a_text_that_fits_its_table_is_accepted)
{
	FITS("text: 任意 text no\n"
	     "title: {zh: 标题, en: title}\n"
	     "word: group\n"
	     "words: [group, measure]\n"
	     "id: DM-2026-01\n"
	     "name: cdm.person.年龄_x\n"
	     "number: 1000\n"
	     "any_number: -5\n"
	     "decimal: 0.000000001\n"
	     "day: 2026-03-01\n"
	     "valid: 2026-01-01..2026-01-01\n"
	     "any: [{x: y}]\n"
	     "names: [a, 女, \"65\"]\n"
	     "columns: {a: {use: group, bands: [b]}, b: {use: link}}\n"
	     "list: [{use: link}]\n");
	ck_assert_uint_eq(ds.count, 0);
	FITS("title: one text\nwords: link\nnames: []\ncolumns: {}\n");
	FITS("title: {zh: 标题}\n");
	FITS("{}");
}
END_TEST

START_TEST(an_unknown_key_is_answered_with_the_nearest)
{
	FINDS("wrod: group\n", "P111", 1);
	ck_assert_str_eq(ds.list[0].en, "unknown key 'wrod'; did you mean 'word'?");
	ck_assert_str_eq(ds.list[0].zh, "未知键“wrod”，是否应为“word”？");
	FINDS("columns: {a: {use: link, because: x}}\n", "P111", 26);
	ck_assert_str_eq(ds.list[0].en, "unknown key 'because'; known here: use bands");
}
END_TEST

START_TEST(a_missing_key_is_named_with_its_surroundings)
{
	FINDS("columns: {cdm.x: {bands: [a]}}\n", "P112", 11);
	ck_assert_str_eq(ds.list[0].en, "required key 'use' is missing in 'cdm.x'");
	ck_assert_str_eq(ds.list[0].zh, "“cdm.x” 缺少必填项“use”");
	FINDS("list: [{bands: [a]}]\n", "P112", 8);
	ck_assert_str_eq(ds.list[0].en, "required key 'use' is missing in an entry of 'list'");
	ck_assert_int_eq(shape_check(root, &column, "column 'a'", &ds), -1);
	ck_assert_str_eq(ds.list[2].en, "required key 'use' is missing in column 'a'");
}
END_TEST

START_TEST(a_word_outside_its_list_is_answered_with_the_list)
{
	FINDS("word: forbiden\n", "P113", 7);
	ck_assert_str_eq(ds.list[0].en,
		"'forbiden' is not one of forbidden, patient-key, link, filter, group, measure; "
		"did you mean 'forbidden'?");
	ck_assert_str_eq(ds.list[0].zh,
		"“forbiden”不是可用的取值（forbidden、patient-key、link、filter、group、measure），"
		"是否应为“forbidden”？");
	FINDS("words: [group, allowed]\n", "P113", 16);
	FINDS("word: ''\n", "P113", 7);
	FINDS("word: Group\n", "P113", 7);
	FINDS("words: []\n", "P107", 8);
}
END_TEST

START_TEST(days_and_spans_must_exist)
{
	FINDS("day: 2026-13-01\n", "P114", 6);
	FINDS("day: 2026-02-29\n", "P114", 6);
	FINDS("valid: 2026-01-01\n", "P114", 8);
	FINDS("valid: 2026-01-02..2026-01-01\n", "P114", 8);
	ck_assert_str_eq(ds.list[0].en, "'2026-01-02..2026-01-01' ends before it begins");
	FINDS("valid: 2026-01-01...2026-01-02\n", "P114", 8);
	FINDS("valid: 2026-01-01..2026-01-32\n", "P114", 8);
	FINDS("valid: 2026-01-01 .2026-01-02\n", "P114", 8);
}
END_TEST

START_TEST(a_wrong_kind_says_what_is_needed_and_what_is_there)
{
	FINDS("columns: link\n", "P116", 10);
	ck_assert_str_eq(
		ds.list[0].en, "'columns' needs a map of 'key: value', but this is a text");
	ck_assert_str_eq(ds.list[0].zh, "“columns” 应为由“键: 值”组成的映射，此处却是文字");
	FINDS("names: a\n", "P116", 8);
	FINDS("names: [[a]]\n", "P116", 9);
	ck_assert_ptr_nonnull(strstr(ds.list[0].en, "an entry of 'names' needs a name"));
	FINDS("word: [group]\n", "P116", 7);
	FINDS("words: {group: x}\n", "P116", 8);
	FINDS("words: [[group]]\n", "P116", 9);
	FINDS("text: [a]\n", "P116", 7);
	FINDS("title: [a]\n", "P116", 8);
	FINDS("title: {zh: [a]}\n", "P116", 13);
	FINDS("number: {a: b}\n", "P116", 9);
	FINDS("columns: {a: [link]}\n", "P116", 14);
	FINDS("- a\n", "P116", 1);
	ck_assert_ptr_nonnull(strstr(ds.list[0].en, "the file needs a map"));
	FINDS("id: a b\n", "P116", 5);
	FINDS("id: 年龄\n", "P116", 5);
	FINDS("name: a b\n", "P116", 7);
	FINDS("name: \"a'b\"\n", "P116", 7);
	FINDS("name: 年（龄）\n", "P116", 7);
	FINDS("name: ''\n", "P116", 7);
}
END_TEST

START_TEST(numbers_are_whole_inside_their_bounds_and_exact)
{
	FINDS("number: 0\n", "P117", 9);
	ck_assert_str_eq(ds.list[0].en, "0 is not between 1 and 1000");
	FINDS("number: 1001\n", "P117", 9);
	FINDS("number: 1.0\n", "P117", 9);
	FINDS("number: 012\n", "P117", 9);
	FINDS("number: 99999999999999999999\n", "P117", 9);
	FINDS("decimal: 0.0000000001\n", "P117", 10);
	FINDS("decimal: 1,5\n", "P117", 10);
	FINDS("decimal: nan\n", "P117", 10);
}
END_TEST

START_TEST(titles_need_a_language)
{
	FINDS("title: {}\n", "P107", 8);
	FINDS("title: {de: Titel}\n", "P111", 9);
}
END_TEST

START_TEST(what_reading_reported_is_not_reported_again)
{
	static const char *const keys[] = { "text", "title", "word", "words", "id", "name",
		"number", "decimal", "day", "valid", "names", "columns", "list" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		char yaml[32];

		snprintf(yaml, sizeof(yaml), "%s:\n", keys[i]);
		check(yaml);
		ck_assert_msg(ds.count == 1, "%s", found());
		ck_assert_str_eq(ds.list[0].code, "P107");
	}
}
END_TEST

START_TEST(one_walk_finds_everything)
{
	ck_assert_int_eq(check("word: x\nday: y\nnumber: z\ncolumns:\n  a: {use: q}\n  b: {}\n  c: "
			       "1\nx: 1\n"),
		-1);
	ck_assert_msg(ds.errors == 7, "%s", found());
	ck_assert_int_eq(shape_check(NULL, &whole, "the file", &ds), -1);
	ck_assert_uint_eq(ds.errors, 8);
}
END_TEST

START_TEST(long_words_and_long_lists_stay_readable)
{
	static const char *many[401];
	struct shape wide = { .kind = SHAPE_WORD, .words = many };
	char yaml[6000] = "word: ";

	for (size_t i = 0; i < 400; i++)
		many[i] = "quite-a-long-word";
	memset(yaml + 6, 'x', sizeof(yaml) - 8);
	ck_assert_int_eq(check(yaml), -1);
	ck_assert_uint_lt(strlen(ds.list[0].en), 500);
	ck_assert_int_eq(shape_check(node_get(root, "word"), &wide, "w", &ds), -1);
	ck_assert_uint_lt(strlen(ds.list[1].en), 1500);
	ck_assert_ptr_nonnull(strstr(ds.list[1].en, "long-word, ..."));
}
END_TEST

START_TEST(typed_reads_give_what_the_shape_promised)
{
	int32_t from = 0, to = 0;

	FITS("number: 12\ndecimal: -1.5\nday: 1970-01-02\nvalid: 1970-01-01..1970-01-03\n"
	     "title: {en: only}\ntext: t\n");
	ck_assert_int_eq(node_int(node_get(root, "number"), 7), 12);
	ck_assert_int_eq(node_int(node_get(root, "absent"), 7), 7);
	ck_assert_int_eq(node_decimal9(node_get(root, "decimal"), 0), -1500000000);
	ck_assert_int_eq(node_decimal9(NULL, 3), 3);
	ck_assert_int_eq(node_day(node_get(root, "day"), 0), 1);
	ck_assert_int_eq(node_day(NULL, 5), 5);
	ck_assert(node_span(node_get(root, "valid"), &from, &to));
	ck_assert(from == 0 && to == 2);
	ck_assert(!node_span(NULL, &from, &to));
	ck_assert(!node_span(node_get(root, "text"), &from, &to));
	ck_assert_str_eq(node_title(node_get(root, "title")).zh, "only");
	ck_assert_str_eq(node_title(node_get(root, "title")).en, "only");
	ck_assert_str_eq(node_title(node_get(root, "text")).zh, "t");
	ck_assert_str_eq(node_title(NULL).en, "");
	FITS("title: {zh: 中, en: e}\n");
	ck_assert_str_eq(node_title(node_get(root, "title")).zh, "中");
	ck_assert_str_eq(node_title(node_get(root, "title")).en, "e");
}
END_TEST

UNIT_MAIN("shape", a_text_that_fits_its_table_is_accepted,
	an_unknown_key_is_answered_with_the_nearest, a_missing_key_is_named_with_its_surroundings,
	a_word_outside_its_list_is_answered_with_the_list, days_and_spans_must_exist,
	a_wrong_kind_says_what_is_needed_and_what_is_there,
	numbers_are_whole_inside_their_bounds_and_exact, titles_need_a_language,
	what_reading_reported_is_not_reported_again, one_walk_finds_everything,
	long_words_and_long_lists_stay_readable, typed_reads_give_what_the_shape_promised)
