/*
 * test_doc.c - one document, four ways of showing it: aligned text, CSV without formulas, a page without markup from
 * outside, JSON.
 */
#include "cli/doc.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/wrap.h"
#include "tests/unit/unit.h"

static struct arena arena;
static struct doc doc;

static const struct doc_column columns[] = { { "name", { "name", "名称" }, false, false },
	{ "use", { "use", "用途" }, false, true }, { "empty", { "empty", "空" }, false, false },
	{ "line", { "line", "行" }, true, false } };

static void setup(void)
{
	arena_init(&arena, 4 << 20);
	doc_init(&doc, &arena, SAY("Policy", "策略"));
}

static void row(struct doc_block *b, const char *name, struct say use, const char *line)
{
	doc_row(&doc, b, false,
		(struct say[]){ doc_plain(name), use, doc_plain(""), doc_plain(line) });
}

enum how {
	TEXT_EN,
	TEXT_ZH,
	CSV,
	HTML,
	HTML_ZH
};

static char *shown(enum how how)
{
	char *bytes = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&bytes, &len);

	ck_assert(!doc.failed);
	switch (how) {
	case TEXT_EN:
	case TEXT_ZH:
		doc_text(&doc, how == TEXT_ZH, false, f);
		break;
	case CSV:
		doc_csv(&doc, false, f);
		break;
	case HTML:
	case HTML_ZH:
		doc_html(&doc, how == HTML_ZH, f);
		break;
	}
	fclose(f);
	return bytes;
}

static void table(void)
{
	struct doc_block *b;

	doc_head(&doc, 2, "red-list", SAY("Red list", "红线清单"));
	b = doc_table(&doc, "columns", SAY("cdm.person", "cdm.person"), columns, 4);
	row(b, "性别", SAY("group", "分组"), "7");
	row(b, "birth_datetime", SAY("forbidden", "禁止"), "12");
}

/* ---- lines ---- */

static void wraps(const char *s, size_t width, const char *first, const char *rest)
{
	size_t next = 0, len = wrap_line(s, width, &next);

	ck_assert_msg(len == strlen(first) && strncmp(s, first, len) == 0, "'%.*s' is not '%s'",
		(int)len, s, first);
	ck_assert_str_eq(s + next, rest);
}

START_TEST(lines_end_between_words_and_between_wide_characters)
{
	wraps("by quarter, 2018", 20, "by quarter, 2018", "");
	wraps("by quarter, 2018", 12, "by quarter,", "2018");
	wraps("by   quarter", 5, "by", "quarter");
	wraps("完整出生日期", 8, "完整出生", "日期");
	wraps("完整出生日期", 9, "完整出生", "日期");
	wraps("", 8, "", "");
}
END_TEST

START_TEST(no_line_begins_with_a_comma_or_ends_with_a_bracket)
{
	wraps("完整出生，日期", 8, "完整出", "生，日期");
	wraps("理由（依据）", 6, "理由", "（依据）");
	wraps("理由（依据）", 10, "理由（依", "据）");
}
END_TEST

START_TEST(long_names_end_after_a_dot_or_underscore_and_at_last_anywhere)
{
	wraps("cdm.condition_occurrence", 15, "cdm.condition_", "occurrence");
	wraps("cdm.condition_occurrence", 6, "cdm.", "condition_occurrence");
	wraps("aaaaaaaa", 3, "aaa", "aaaaa");
	wraps("中文", 1, "中", "文"); /* always a character */
	ck_assert_uint_eq(wrap_least("by quarter, 2018"), 8);
	ck_assert_uint_eq(wrap_least("完整出生，日期"), 4);
	ck_assert_uint_eq(wrap_least(""), 0);
}
END_TEST

START_TEST(every_text_is_wrapped_without_losing_a_word)
{
	const char *s =
		"年龄 0-17, 18-44 (标准：GB/T 39725-2020 附录 G)，cdm.person.year_of_birth、其他";

	for (size_t width = 1; width < 90; width++) {
		char all[400] = "", plain[400] = "";
		size_t n = 0, m = 0;

		for (const char *at = s; *at != '\0';) {
			size_t next = 0, len = wrap_line(at, width, &next);

			ck_assert_uint_gt(next, 0);
			for (size_t i = 0; i < len; i++)
				if (at[i] != ' ')
					all[n++] = at[i];
			at += next;
		}
		for (const char *c = s; *c != '\0'; c++)
			if (*c != ' ')
				plain[m++] = *c;
		ck_assert_str_eq(all, plain);
	}
}
END_TEST

/* ---- text ---- */

static size_t width_before(const char *text, const char *word)
{
	const char *at = strstr(text, word), *line = at;
	char before[400];

	ck_assert_msg(at != NULL, "'%s' is not there", word);
	while (line > text && line[-1] != '\n')
		line--;
	ck_assert(text_copyn(before, sizeof(before), line, (size_t)(at - line)));
	return utf8_width(before);
}

START_TEST(text_aligns_and_leaves_an_empty_column_out)
{
	char *out;

	table();
	out = shown(TEXT_EN);
	ck_assert_uint_eq(width_before(out, "group"), width_before(out, "forbidden"));
	ck_assert_ptr_null(strstr(out, "empty"));
	free(out);
	out = shown(TEXT_ZH);
	ck_assert_uint_eq(width_before(out, "分组"), width_before(out, "禁止"));
	ck_assert_ptr_nonnull(strstr(out, "红线清单\n════════\n"));
	free(out);
}
END_TEST

START_TEST(no_line_of_text_is_wider_than_a_hundred_columns)
{
	struct doc_block *b = doc_table(&doc, "columns", SAY("t", "t"), columns, 4);
	char *out, *line, *next = NULL;

	for (int i = 0; i < 3; i++)
		row(b,
			"schema_of_the_hospital.a_table_with_a_very_long_name.and_a_column_with_"
			"one_too",
			SAY("one sentence that says at length what may be done with the column and "
			    "what not",
				"很长的一句话，说明该字段可以用来做什么，不可以用来做什么，以及理由"
				"与依据，标准与文号"),
			"1234");
	doc_para(&doc, SAY("another sentence, so long that it does not fit into one line of a "
			   "terminal with a hundred columns",
			       "另一句很长的话，长到一行一百列的终端放不下，因此必须折行；折行时标"
			       "点不得出现在行首，也不得丢字"));
	for (int zh = 0; zh < 2; zh++) {
		out = shown(zh == 1 ? TEXT_ZH : TEXT_EN);
		for (line = strtok_r(out, "\n", &next); line != NULL;
			line = strtok_r(NULL, "\n", &next))
			ck_assert_msg(utf8_width(line) <= 100, "%zu: %s", utf8_width(line), line);
		free(out);
	}
}
END_TEST

/* ---- CSV, HTML, JSON ---- */

START_TEST(csv_has_no_formula_and_parts_of_one_table_share_heads)
{
	struct doc_block *b = doc_table(&doc, "columns", SAY("a", "a"), columns, 4);
	char *out;

	b->part_key = "table";
	b->part_head = SAY("table", "表");
	b->part = doc_plain("cdm.person");
	row(b, "=1+1", SAY("group", "分组"), "7");
	b = doc_table(&doc, "columns", SAY("b", "b"), columns, 4);
	b->part_key = "table";
	b->part_head = SAY("table", "表");
	b->part = doc_plain("cdm.death");
	row(b, "x", SAY("link", "内部关联"), "-"); /* nothing there: an empty cell */
	out = shown(CSV);
	ck_assert_str_eq(out, "table,name,use,empty,line\r\ncdm.person,\"'=1+1\",group,,7\r\ncdm."
			      "death,x,link,,\r\n");
	free(out);
}
END_TEST

START_TEST(a_page_is_whole_and_takes_no_markup_from_texts)
{
	struct doc_block *b = doc_table(&doc, "columns", SAY("<b>\"c\"</b>", "<b>"), columns, 4);
	char *out;

	row(b, "<script>alert('x')</script>", SAY("a & b", "甲"), "7");
	doc_head(&doc, 2, "x", SAY("<i>", "<i>"));
	doc_para(&doc, SAY("<img src=x>", "<img src=x>"));
	doc.title = SAY("</title><script>", "</title>");
	out = shown(HTML);
	ck_assert_ptr_null(strstr(out, "<script"));
	ck_assert_ptr_null(strstr(out, "<img"));
	ck_assert_ptr_null(strstr(out, "<b>"));
	ck_assert_ptr_null(strstr(out, "<i>"));
	ck_assert_ptr_null(strstr(out, "http:"));
	ck_assert_ptr_null(strstr(out, "https:"));
	ck_assert_ptr_null(strstr(out, "url("));
	ck_assert_ptr_nonnull(strstr(out, "a &amp; b"));
	ck_assert_ptr_nonnull(strstr(out, "default-src 'none'"));
	free(out);
}
END_TEST

START_TEST(a_page_can_be_heard)
{
	char *out;

	table();
	out = shown(HTML_ZH);
	ck_assert_ptr_nonnull(strstr(out, "<html lang=\"zh-CN\">"));
	ck_assert_ptr_nonnull(strstr(out, "<h1>策略</h1>"));
	ck_assert_ptr_nonnull(strstr(out, "<h2 id=\"red-list\">红线清单</h2>"));
	ck_assert_ptr_nonnull(strstr(out, "<caption id=\"t1\">cdm.person</caption>"));
	ck_assert_ptr_nonnull(strstr(out, "<th scope=\"col\">名称</th>"));
	ck_assert_ptr_nonnull(strstr(out, "<th scope=\"row\">birth_<wbr>datetime</th>"));
	ck_assert_ptr_null(strstr(out, "<th scope=\"col\">空</th>"));
	free(out);
}
END_TEST

START_TEST(json_has_both_languages_and_every_column)
{
	struct doc_block *b = doc_facts(&doc, "policy");
	json_t *root, *one;
	struct text t;

	doc_fact(&doc, b, "site", SAY("site", "机构"), doc_plain("s1"));
	table();
	text_init(&t, 1 << 20);
	doc_json(&doc, &t);
	root = json_loads(text_str(&t), JSON_REJECT_DUPLICATES, NULL);
	ck_assert_msg(root != NULL, "%s", text_str(&t));
	ck_assert_str_eq(
		json_string_value(json_object_get(json_object_get(root, "policy"), "site")), "s1");
	ck_assert_uint_eq(json_array_size(json_object_get(root, "columns")), 2);
	one = json_array_get(json_object_get(root, "columns"), 1);
	ck_assert_str_eq(json_string_value(json_object_get(one, "name")), "birth_datetime");
	ck_assert_str_eq(
		json_string_value(json_object_get(json_object_get(one, "use"), "zh")), "禁止");
	ck_assert_str_eq(json_string_value(json_object_get(one, "empty")), "");
	json_decref(root);
	text_clear(&t);
}
END_TEST

START_TEST(a_document_that_ran_out_of_memory_says_so)
{
	struct arena small;
	struct doc_block *b;

	arena_init(&small, 600);
	doc_init(&doc, &small, SAY("t", "t"));
	b = doc_table(&doc, "columns", SAY("a", "a"), columns, 4);
	for (int i = 0; i < 20; i++)
		row(b, "x", SAY("a", "b"), "1");
	ck_assert(doc.failed);
	doc_init(&doc, &arena, SAY("t", "t"));
	doc_para(&doc, (struct say){ NULL, NULL });
	ck_assert(doc.failed);
	arena_clear(&small);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("doc");
	TCase *c = tcase_create("doc");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, setup, NULL);
	tcase_add_test(c, lines_end_between_words_and_between_wide_characters);
	tcase_add_test(c, no_line_begins_with_a_comma_or_ends_with_a_bracket);
	tcase_add_test(c, long_names_end_after_a_dot_or_underscore_and_at_last_anywhere);
	tcase_add_test(c, every_text_is_wrapped_without_losing_a_word);
	tcase_add_test(c, text_aligns_and_leaves_an_empty_column_out);
	tcase_add_test(c, no_line_of_text_is_wider_than_a_hundred_columns);
	tcase_add_test(c, csv_has_no_formula_and_parts_of_one_table_share_heads);
	tcase_add_test(c, a_page_is_whole_and_takes_no_markup_from_texts);
	tcase_add_test(c, a_page_can_be_heard);
	tcase_add_test(c, json_has_both_languages_and_every_column);
	tcase_add_test(c, a_document_that_ran_out_of_memory_says_so);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
