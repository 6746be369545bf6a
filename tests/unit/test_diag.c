/*
 * test_diag.c - findings in two languages, and errors with two readers.
 */
#include "base/diag.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "tests/unit/unit.h"

static const struct place at = { "a.yaml", 3, 7, 2 };

static const char *printed(const struct diags *ds, int chinese)
{
	static char buf[20000];
	FILE *f = fmemopen(buf, sizeof(buf), "w");

	diags_print(ds, f, chinese);
	fclose(f);
	return buf;
}

START_TEST(a_finding_is_told_in_both_languages)
{
	struct arena arena;
	struct diags ds;

	arena_init(&arena, 1 << 20);
	diags_init(&ds, &arena);
	diag_error(&ds, "P107", at, "key '%s' has no value", "键“%s”没有值", "why");
	diag_warning(&ds, "W401", ((struct place){ "a.yaml", 0, 0, 0 }), "w%d", "警%d", 1);
	diag_add(&ds, DIAG_NOTICE, "N1", (struct place){ .file = NULL }, "n", "注");
	diag_say(&ds, DIAG_ERROR, "P1", at, SAY("one % s", "一 %d"));
	ck_assert_uint_eq(ds.count, 4);
	ck_assert_uint_eq(ds.errors, 2);
	ck_assert_uint_eq(ds.warnings, 1);
	ck_assert_str_eq(printed(&ds, 0), "a.yaml:3:7: error P107: key 'why' has no value\n"
					  "a.yaml: warning W401: w1\n"
					  "notice N1: n\n"
					  "a.yaml:3:7: error P1: one % s\n");
	ck_assert_str_eq(printed(&ds, 1), "a.yaml:3:7: 错误 P107: 键“why”没有值\n"
					  "a.yaml: 警告 W401: 警1\n"
					  "提示 N1: 注\n"
					  "a.yaml:3:7: 错误 P1: 一 %d\n");
	arena_clear(&arena);
}
END_TEST

START_TEST(findings_are_sorted_by_place_and_equal_places_keep_their_order)
{
	static const struct place places[] = { { "b", 1, 1, 0 }, { "a", 2, 1, 0 }, { "a", 1, 9, 0 },
		{ "a", 1, 2, 0 }, { "a", 1, 9, 0 }, { NULL, 0, 0, 0 } };
	static const char want[] = "5 3 2 4 1 0 ";
	struct arena arena;
	struct diags ds;
	char got[32];
	size_t n = 0;

	arena_init(&arena, 1 << 20);
	diags_init(&ds, &arena);
	diags_sort(&ds);
	for (size_t i = 0; i < 6; i++)
		diag_error(&ds, "P1", places[i], "%zu", "%zu", i);
	diags_sort(&ds);
	for (size_t i = 0; i < 6; i++)
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%s ", ds.list[i].en);
	ck_assert_str_eq(got, want);
	arena_clear(&arena);
}
END_TEST

START_TEST(past_its_bound_a_list_only_counts)
{
	struct arena arena;
	struct diags ds;

	arena_init(&arena, 1 << 20);
	diags_init(&ds, &arena);
	for (int i = 0; i < MAX_DIAGS + 50; i++)
		diag_error(&ds, "P1", at, "%d", "%d", i);
	ck_assert_uint_eq(ds.count, MAX_DIAGS);
	ck_assert_uint_eq(ds.errors, MAX_DIAGS + 50);
	ck_assert_ptr_nonnull(strstr(printed(&ds, 0), "\n50 more not listed\n"));
	arena_clear(&arena);
}
END_TEST

START_TEST(without_memory_errors_are_still_counted)
{
	struct error err;

	for (size_t max = 0; max < 3000; max += 100) {
		struct arena arena;
		struct diags ds;

		arena_init(&arena, max);
		diags_init(&ds, &arena);
		for (int i = 0; i < 20; i++)
			diag_error(&ds, "P1", at, "%0100d", "%0100d", i);
		ck_assert_uint_eq(ds.errors, 20);
		for (size_t i = 0; i < ds.count; i++)
			ck_assert(ds.list[i].en != NULL && ds.list[i].zh != NULL);
		FAILS(diags_fail(&ds, &err), E_INPUT);
		arena_clear(&arena);
	}
}
END_TEST

START_TEST(a_failed_list_becomes_an_error_that_can_be_sent)
{
	struct arena arena;
	struct diags ds;
	struct error err;

	arena_init(&arena, 1 << 20);
	diags_init(&ds, &arena);
	diag_warning(&ds, "W1", at, "w", "w");
	diag_error(&ds, "P1", at, "the value '%s' is wrong", "“%s”有误", "secret");
	FAILS(diags_fail(&ds, &err), E_INPUT);
	ck_assert_str_eq(err.log, "a.yaml:3:7: P1 the value 'secret' is wrong");
	ck_assert_ptr_null(strstr(err.say.en, "secret"));
	ck_assert_ptr_null(strstr(err.say.zh, "secret"));
	diag_error(&ds, "P2", at, "x", "x");
	FAILS(diags_fail(&ds, &err), E_INPUT);
	ck_assert_str_eq(err.log, "a.yaml:3:7: P1 the value 'secret' is wrong (and 1 more)");
	arena_clear(&arena);
}
END_TEST

START_TEST(an_error_carries_two_texts_and_gathers_context)
{
	struct error err = { .code = E_NONE };

	ck_assert_int_eq(
		error_set(&err, E_BUDGET, SAY("no", "否"), "account \"%s\" has %d", "a", 3), -1);
	ck_assert_int_eq(err.code, E_BUDGET);
	ck_assert_str_eq(err.say.zh, "否");
	ck_assert_int_eq(error_under(&err, "round %d", 7), -1);
	ck_assert_str_eq(err.log, "round 7: account \"a\" has 3");
	ck_assert_int_eq(err.code, E_BUDGET);
	/* the old text may be part of the new one */
	error_set(&err, E_SYSTEM, SAY("x", "x"), "again: %s", err.log);
	ck_assert_str_eq(err.log, "again: round 7: account \"a\" has 3");
	ck_assert_int_eq(error_memory(&err), -1);
	ck_assert_int_eq(err.code, E_SYSTEM);
	ck_assert_str_eq(error_word(E_DENIED), "denied");
	ck_assert_str_eq(error_word((enum error_code)99), "unknown");
}
END_TEST

START_TEST(long_log_texts_end_at_a_whole_character)
{
	struct error err;
	char text[601];

	for (size_t i = 0; i < 200; i++)
		memcpy(text + 3 * i, "糖", 3);
	text[600] = 0;
	for (int lead = 0; lead < 4; lead++) {
		error_set(&err, E_INPUT, SAY("x", "x"), "%.*s%s", lead, "aaaa", text);
		ck_assert(utf8_valid(err.log, strlen(err.log)));
		ck_assert_uint_ge(strlen(err.log), sizeof(err.log) - 4);
		error_under(&err, "b");
		ck_assert(utf8_valid(err.log, strlen(err.log)));
		ck_assert_int_eq(memcmp(err.log, "b: ", 3), 0);
		error_under(&err, "%s", text);
		ck_assert(utf8_valid(err.log, strlen(err.log)));
	}
}
END_TEST

UNIT_MAIN("diag", a_finding_is_told_in_both_languages,
	findings_are_sorted_by_place_and_equal_places_keep_their_order,
	past_its_bound_a_list_only_counts, without_memory_errors_are_still_counted,
	a_failed_list_becomes_an_error_that_can_be_sent,
	an_error_carries_two_texts_and_gathers_context, long_log_texts_end_at_a_whole_character)
