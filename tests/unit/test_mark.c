#include "cli/mark.h"

#include <string.h>

#include "tests/unit/unit.h"

static struct text out;

static const char *marked(const char *text, unsigned line, unsigned column, unsigned width)
{
	const struct place at = { .file = "f", .line = line, .column = column, .width = width };

	text_clear(&out);
	text_init(&out, 10000);
	mark_add(&out, &at, text, strlen(text));
	ck_assert(!text_failed(&out));
	return text_str(&out);
}

START_TEST(marks_stand_under_the_word)
{
	ck_assert_str_eq(
		marked("a: 1\nkohort: 2\n", 2, 1, 6), "     2 | kohort: 2\n       | ^^^^^^\n");
	ck_assert_str_eq(marked("a: 1\r\nb: 2\r\n", 1, 4, 0), "     1 | a: 1\n       |    ^\n");
	ck_assert_str_eq(marked("b: 2", 1, 4, 1), "     1 | b: 2\n       |    ^\n");
}
END_TEST

START_TEST(wide_characters_push_the_marks_along)
{
	ck_assert_str_eq(
		marked("性别: 男 x", 1, 7, 1), "     1 | 性别: 男 x\n       |          ^\n");
	/* and are marked over their whole width */
	ck_assert_str_eq(
		marked("性别: 男 x", 1, 1, 2), "     1 | 性别: 男 x\n       | ^^^^\n");
	/* a tab is shown as one column */
	ck_assert_str_eq(marked("\ta: x", 1, 5, 1), "     1 |  a: x\n       |     ^\n");
}
END_TEST

START_TEST(a_hostile_line_is_harmless)
{
	ck_assert_str_eq(marked("a\x1b[2J\xff\xe2\x80\xae!", 1, 8, 1),
		"     1 | a\xEF\xBF\xBD[2J\xEF\xBF\xBD\xEF\xBF\xBD!\n       |        ^\n");
}
END_TEST

START_TEST(places_outside_the_text_are_passed_over)
{
	char long_line[600];

	memset(long_line, 'a', sizeof(long_line));
	long_line[sizeof(long_line) - 1] = '\0';
	ck_assert_str_eq(marked("a\n", 0, 0, 0), "");
	ck_assert_str_eq(marked("a\n", 2, 1, 1), "");
	ck_assert_str_eq(marked("", 1, 1, 1), "");
	ck_assert_str_eq(marked(long_line, 1, 1, 1), "");
	ck_assert_str_eq(marked("ab", 1, 99, 1), "     1 | ab\n       |   ^\n");
	ck_assert_str_eq(marked("ab", 1, 0, 1), "     1 | ab\n       | ^\n");
	ck_assert_uint_lt(strlen(marked("ab", 1, 1, 4000000000U)), 200);
}
END_TEST

UNIT_MAIN("mark", marks_stand_under_the_word, wide_characters_push_the_marks_along,
	a_hostile_line_is_harmless, places_outside_the_text_are_passed_over)
