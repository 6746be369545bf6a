/*
 * test_text.c - growing text, UTF-8, numbers without floating point, the nearest word.
 */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

START_TEST(text_grows_up_to_its_bound_and_then_fails_for_good)
{
	struct text t;

	text_init(&t, 10);
	text_add(&t, "12345");
	text_addf(&t, "%d", 67890);
	ck_assert(!text_failed(&t));
	ck_assert_str_eq(text_str(&t), "1234567890");
	text_addc(&t, 'x');
	ck_assert(text_failed(&t));
	/* what was there is still there, and nothing more comes in, even if it would fit */
	text_addn(&t, "", 0);
	text_addf(&t, "%s", "");
	ck_assert_str_eq(text_str(&t), "1234567890");
	ck_assert(text_failed(&t));
	ck_assert_ptr_null(text_take(&t));
	/* the hole that a failure leaves is not filled by shorter text */
	text_init(&t, 4);
	text_add(&t, "abc");
	text_add(&t, "de");
	text_add(&t, "f");
	ck_assert_str_eq(text_str(&t), "abc");
	text_clear(&t);
}
END_TEST

START_TEST(text_that_was_reset_forgets_its_failure_and_keeps_its_bound)
{
	struct text t;

	text_init(&t, 3);
	text_add(&t, "abcd");
	ck_assert(text_failed(&t));
	text_reset(&t);
	text_add(&t, "abc");
	ck_assert(!text_failed(&t));
	ck_assert_str_eq(text_str(&t), "abc");
	text_add(&t, "d");
	ck_assert(text_failed(&t));
	text_clear(&t);
	text_clear(NULL);
}
END_TEST

START_TEST(taken_text_belongs_to_the_caller_and_leaves_an_empty_one)
{
	struct text t;
	char *s;

	text_init(&t, 100);
	s = text_take(&t);
	ck_assert_str_eq(s, "");
	free(s);
	text_add(&t, "one");
	s = text_take(&t);
	ck_assert_str_eq(s, "one");
	ck_assert_uint_eq(t.len, 0);
	ck_assert_str_eq(text_str(&t), "");
	text_add(&t, "two");
	ck_assert_str_eq(text_str(&t), "two");
	free(s);
	text_clear(&t);
}
END_TEST

START_TEST(a_long_text_survives_every_growth)
{
	struct text t;

	text_init(&t, 100000);
	for (int i = 0; i < 10000; i++)
		text_addf(&t, "%04d", i);
	ck_assert(!text_failed(&t));
	ck_assert_uint_eq(t.len, 40000);
	ck_assert_int_eq(memcmp(t.at + 4 * 1234, "1234", 4), 0);
	ck_assert_int_eq(memcmp(t.at + 4 * 9999, "9999", 5), 0);
	text_clear(&t);
}
END_TEST

START_TEST(json_strings_are_escaped_and_always_utf8)
{
	struct text t;

	text_init(&t, 1000);
	text_add_json(&t, "a\"b\\c\n\t\x01 糖尿病 \xff\xe7\xb3");
	ck_assert_str_eq(text_str(&t),
		"\"a\\\"b\\\\c\\n\\t\\u0001 糖尿病 \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
	text_clear(&t);
}
END_TEST

START_TEST(copies_are_ended_and_say_whether_they_fitted)
{
	char buf[8];

	ck_assert(text_copy(buf, sizeof(buf), "1234567"));
	ck_assert_str_eq(buf, "1234567");
	ck_assert(!text_copy(buf, sizeof(buf), "12345678"));
	ck_assert_str_eq(buf, "1234567");
	/* 糖尿病 is nine bytes: two characters fit, and no half one */
	ck_assert(!text_copy(buf, sizeof(buf), "糖尿病"));
	ck_assert_str_eq(buf, "糖尿");
	ck_assert(text_copyn(buf, sizeof(buf), "abcdef", 3));
	ck_assert_str_eq(buf, "abc");
	ck_assert(!text_copy(buf, 0, ""));
}
END_TEST

START_TEST(only_shortest_utf8_of_real_characters_is_valid)
{
	static const char *const good[] = { "", "a", "é", "糖", "𠮷", "\xEF\xBF\xBD",
		"\xF4\x8F\xBF\xBF" };
	static const char *const bad[] = { "\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF",
		"\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
		"\xF5\x80\x80\x80", "\xFF", "\xE7\xB3", "\xC3(", "\xE7\xB3(" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(utf8_valid(good[i], strlen(good[i])), "good %zu", i);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!utf8_valid(bad[i], strlen(bad[i])), "bad %zu", i);
	ck_assert(!utf8_valid("a\0b", 3));
}
END_TEST

START_TEST(width_counts_columns_of_a_terminal)
{
	ck_assert_uint_eq(utf8_width(""), 0);
	ck_assert_uint_eq(utf8_width("abc"), 3);
	ck_assert_uint_eq(utf8_width("人民医院"), 8);
	ck_assert_uint_eq(utf8_width("é"), 1);
	ck_assert_uint_eq(utf8_width("e\xCC\x81"), 1);
	ck_assert_uint_eq(utf8_width("（，）"), 6);
	ck_assert_uint_eq(utf8_width("𠮷"), 2);
	ck_assert_uint_eq(utf8_width("한국어"), 6);
	ck_assert_uint_eq(utf8_width("\xff"), 1);
	ck_assert_uint_eq(utf8_chars("糖a尿", strlen("糖a尿")), 3);
}
END_TEST

START_TEST(hidden_characters_are_known_and_line_ends_are_none)
{
	char name[] = "a\x1b[2J\xff\n糖\xe2\x80\xae";

	utf8_plain(name);
	ck_assert_str_eq(name, "a?[2J??糖???");
	ck_assert(utf8_hidden(0) && utf8_hidden(0x1B) && utf8_hidden(0x7F) && utf8_hidden(0x85));
	ck_assert(utf8_hidden(0x202E) && utf8_hidden(0x2066) && utf8_hidden(0x200B));
	ck_assert(utf8_hidden(0xFEFF) && utf8_hidden(0x2028) && utf8_hidden(0x1FFFE));
	ck_assert(!utf8_hidden('\n') && !utf8_hidden('\t') && !utf8_hidden('\r'));
	ck_assert(!utf8_hidden('a') && !utf8_hidden(0x7CD6) && !utf8_hidden(0x3000));
}
END_TEST

/* A character of each range of Default_Ignorable_Code_Point, and their neighbours. */
START_TEST(what_unicode_ignores_is_hidden_and_chinese_text_is_not)
{
	static const uint32_t hidden[] = { 0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B5, 0x180B,
		0x180F, 0x200C, 0x200D, 0x202A, 0x2065, 0x206F, 0x2800, 0x3164, 0xFE00, 0xFE0F,
		0xFFA0, 0xFFF0, 0xFFF9, 0xFFFB, 0x1BCA3, 0x1D173, 0xE0001, 0xE007F, 0xE0100,
		0xE01EF, 0xE0FFF };
	static const uint32_t seen[] = { 0xAE, 0x34E, 0x350, 0x1161, 0x180A, 0x2010, 0x2027, 0x2030,
		0x2E80, 0x3163, 0xFDFF, 0xFE10, 0xFF0C, 0xFF1A, 0x3001, 0x3002, 0x201C, 0x201D,
		0x2014, 0x2026, 0x300A, 0xFFA1, 0xFFFC, 0xFFFD, 0x1F600, 0x20BB7, 0xE1000 };

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		ck_assert_msg(utf8_hidden(hidden[i]), "U+%04X", (unsigned)hidden[i]);
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
		ck_assert_msg(!utf8_hidden(seen[i]), "U+%04X", (unsigned)seen[i]);
}
END_TEST

START_TEST(what_looks_like_another_character_is_known)
{
	static const uint32_t twins[] = { 0xA0, 0x301, 0x2009, 0x202F, 0x2F25, 0x2EA6, 0x3000,
		0xE000, 0xF900, 0xFA0E, 0x2F800, 0x20E3, 0x10FFFD };
	static const uint32_t others[] = { ' ', 'a', 0xE9, 0x5973, 0x7537, 0x3042, 0xAC00, 0xFF08,
		0x3001, 0x2F, 0x20BB7, 0x3B2 };

	for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++)
		ck_assert_msg(utf8_twin(twins[i]), "U+%04X", (unsigned)twins[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(!utf8_twin(others[i]), "U+%04X", (unsigned)others[i]);
}
END_TEST

START_TEST(ids_are_short_and_plain)
{
	char longest[65];

	memset(longest, 'a', sizeof(longest));
	longest[63] = 0;
	ck_assert(id_valid(longest));
	longest[63] = 'a';
	longest[64] = 0;
	ck_assert(!id_valid(longest));
	ck_assert(id_valid("DM-2026_01.a"));
	ck_assert(!id_valid(""));
	ck_assert(!id_valid("a b"));
	ck_assert(!id_valid("a/b"));
	ck_assert(!id_valid("糖"));
	ck_assert(!id_valid("a\n"));
}
END_TEST

START_TEST(whole_numbers_have_one_spelling)
{
	static const char *const bad[] = { "", " 1", "1 ", "+1", "01", "00", "1.0", "0x1", "1e3",
		"-", "--1", "-0", "１", "18446744073709551616" };
	uint64_t u = 7;
	int64_t i = 7;

	for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
		ck_assert_msg(!parse_u64(bad[k], &u), "'%s'", bad[k]);
		ck_assert_msg(!parse_i64(bad[k], &i), "'%s'", bad[k]);
	}
	ck_assert(!parse_u64("-1", &u));
	ck_assert(!parse_i64("9223372036854775808", &i));
	ck_assert(!parse_i64("-9223372036854775809", &i));
	ck_assert(u == 7 && i == 7);
	ck_assert(parse_u64("18446744073709551615", &u) && u == UINT64_MAX);
	ck_assert(parse_u64("0", &u) && u == 0);
	ck_assert(parse_i64("9223372036854775807", &i) && i == INT64_MAX);
	ck_assert(parse_i64("-9223372036854775808", &i) && i == INT64_MIN);
	ck_assert(parse_i64("-12", &i) && i == -12);
}
END_TEST

START_TEST(decimals_are_read_exactly_or_not_at_all)
{
	static const struct {
		const char *s;
		unsigned places;
		int64_t want;
	} good[] = { { "7.25", 3, 7250 }, { "0", 9, 0 }, { "0.5", 9, 500000000 }, { "-0.5", 1, -5 },
		{ "1e-6", 9, 1000 }, { "1E-06", 9, 1000 }, { "1.5e-3", 4, 15 }, { "10e-1", 0, 1 },
		{ "2e3", 0, 2000 }, { "1.0", 1, 10 }, { "9223372036854775807", 0, INT64_MAX },
		{ "-9223372036854775808", 0, INT64_MIN }, { "0e300", 9, 0 } };
	static const char *const bad[] = { "", ".5", "5.", "1,5", "1.2345", "1.2500", "01.5", "1e",
		"1e-7", "nan", "inf", "0x1p3", "1.5 ", " 1.5", "-", "-0", "-0.0", "1e99",
		"1e-99999999999999999999", "1.5f", "9223372036854775808", "99999999999999999999999",
		"1..2", "1.2.3", "１.5" };
	int64_t v = 42;

	for (size_t k = 0; k < sizeof(good) / sizeof(good[0]); k++) {
		ck_assert_msg(parse_decimal(good[k].s, good[k].places, &v), "'%s'", good[k].s);
		ck_assert_int_eq(v, good[k].want);
	}
	v = 42;
	for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++)
		ck_assert_msg(!parse_decimal(bad[k], 3, &v), "'%s'", bad[k]);
	ck_assert_int_eq(v, 42);
}
END_TEST

START_TEST(decimals_are_written_without_spare_zeros_and_read_back)
{
	static const int64_t values[] = { 0, 1, -1, 9, 10, 999, 1000, 7250, -7250, 7000, 1000000000,
		500000000, 123456789012345678, INT64_MAX, INT64_MIN, INT64_MIN + 1 };
	char buf[32];

	ck_assert_str_eq(format_decimal(buf, sizeof(buf), 7250, 3), "7.25");
	ck_assert_str_eq(format_decimal(buf, sizeof(buf), 7000, 3), "7");
	ck_assert_str_eq(format_decimal(buf, sizeof(buf), -5, 3), "-0.005");
	ck_assert_str_eq(format_decimal(buf, sizeof(buf), 0, 9), "0");
	ck_assert_str_eq(format_decimal(buf, sizeof(buf), 100, 0), "100");
	for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++)
		for (unsigned places = 0; places <= 18; places += 3) {
			int64_t back = 0;

			format_decimal(buf, sizeof(buf), values[k], places);
			ck_assert_msg(parse_decimal(buf, places, &back), "'%s'", buf);
			ck_assert_int_eq(back, values[k]);
			ck_assert_uint_le(strlen(buf), 23);
		}
}
END_TEST

START_TEST(a_slip_of_the_hand_finds_the_word_that_was_meant)
{
	static const char *const words[] = { "forbidden", "patient-key", "link", "filter", "group",
		"measure", "id", "年龄段" };
	const size_t n = sizeof(words) / sizeof(words[0]);

	ck_assert_str_eq(text_nearest("forbiden", words, n), "forbidden");
	ck_assert_str_eq(text_nearest("patientkey", words, n), "patient-key");
	ck_assert_str_eq(text_nearest("gruop", words, n), "group");
	ck_assert_str_eq(text_nearest("lnik", words, n), "link");
	ck_assert_str_eq(text_nearest("年令段", words, n), "年龄段");
	ck_assert_str_eq(text_nearest("di", words, n), "id");
	ck_assert_ptr_null(text_nearest("x", (const char *const[]){ "y" }, 1));
	ck_assert_ptr_null(text_nearest("allow", words, n));
	ck_assert_ptr_null(text_nearest("xy", words, n));
	ck_assert_ptr_null(text_nearest("", words, n));
	ck_assert_ptr_null(text_nearest("group", words, 0));
	ck_assert_ptr_null(text_nearest("\xff\xff\xff\xff\xff", words, n));
}
END_TEST

START_TEST(a_hostile_word_of_any_length_has_no_nearest)
{
	static const char *const words[] = { "group" };
	char *word = malloc(100001);

	memset(word, 'g', 100000);
	word[100000] = 0;
	ck_assert_ptr_null(text_nearest(word, words, 1));
	word[63] = 0;
	ck_assert_ptr_null(text_nearest(word, words, 1));
	free(word);
}
END_TEST

UNIT_MAIN("text", text_grows_up_to_its_bound_and_then_fails_for_good,
	text_that_was_reset_forgets_its_failure_and_keeps_its_bound,
	taken_text_belongs_to_the_caller_and_leaves_an_empty_one, a_long_text_survives_every_growth,
	json_strings_are_escaped_and_always_utf8, copies_are_ended_and_say_whether_they_fitted,
	only_shortest_utf8_of_real_characters_is_valid, width_counts_columns_of_a_terminal,
	hidden_characters_are_known_and_line_ends_are_none,
	what_unicode_ignores_is_hidden_and_chinese_text_is_not,
	what_looks_like_another_character_is_known, ids_are_short_and_plain,
	whole_numbers_have_one_spelling, decimals_are_read_exactly_or_not_at_all,
	decimals_are_written_without_spare_zeros_and_read_back,
	a_slip_of_the_hand_finds_the_word_that_was_meant,
	a_hostile_word_of_any_length_has_no_nearest)
