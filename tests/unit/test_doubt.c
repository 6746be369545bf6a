/*
 * test_doubt.c - what cannot be meant is told with its place, and nothing else is.
 */
#include "query/doubt.h"
#include "tests/unit/questions.h"

/* The warnings of a cohort in one line: "Q207 Q206", by place; those of no cohort are none. */
static const char *doubts(const char *cohort)
{
	static char all[200];
	struct question *q;
	struct text t;

	text_init(&t, 64 << 10);
	text_addf(&t, HEAD "cohort: %s\n", cohort);
	q = ask(text_str(&t));
	ck_assert_msg(q != NULL, "%s\nwas refused: %s", cohort, first_said());
	cohort_doubts(&q->cohort, &arena, &ds);
	check_sentences();
	diags_sort(&ds);
	text_reset(&t);
	for (size_t i = 0; i < ds.count; i++) {
		ck_assert_int_eq(ds.list[i].level, DIAG_WARNING);
		ck_assert_uint_eq(ds.list[i].at.line, 4);
		text_addf(&t, "%s%s", i == 0 ? "" : " ", ds.list[i].code);
	}
	ck_assert(text_copy(all, sizeof(all), text_str(&t)));
	text_clear(&t);
	return all;
}

#define DOUBTED(cohort, want) ck_assert_str_eq(doubts(cohort), want)
#define FINE(cohort)          DOUBTED(cohort, "")

#define ENTRY  "entry: {condition: [1+], during: 2025-01-01..2025-12-31}, "
#define A      "condition: [1+]"
#define BEFORE "within: {from: all days before, to: -1 days}"

START_TEST(numbers_of_the_same_records_that_exclude_each_other_are_told)
{
	DOUBTED("{all: [{drug: [1], times: {at_least: 2}}, {drug: [1], times: {at_most: 1}}]}",
		"Q206 Q207");
	DOUBTED("{all: [{drug: [1], times: {exactly: 2}}, {drug: [1], times: {exactly: 3}}]}",
		"Q206 Q207");
	DOUBTED("{all: [{drug: [1], times: {at_most: 0}}, {drug: [1]}]}", "Q206 Q207");
	DOUBTED("{entry: {drug: [1]}, none: [{drug: [1]}]}", "Q206 Q207");
	FINE("{all: [{drug: [1], times: {at_least: 2}}, {drug: [1], times: {at_most: 2}}]}");
	FINE("{all: [{drug: [1], times: {at_least: 2}}, {drug: [2], times: {at_most: 1}}]}");
	FINE("{all: [{drug: [1]}], none: [{drug: [1], times: {at_least: 2}}]}");
	/* of days and of records there may be different numbers */
	FINE("{all: [{drug: [1], times: {at_least: 3}}, {drug: [1], times: {at_most: 2, distinct: "
	     "day}}]}");
	FINE("{all: [{drug: [1], during: 2025-01-01..2025-12-31}], none: [{drug: [1], during: "
	     "2024-01-01..2024-12-31}]}");
}
END_TEST

START_TEST(ages_and_births_that_nobody_has_are_told)
{
	DOUBTED("{" ENTRY "all: [{age: {from: 70}}, {birth: 2000-01-01..2010-12-31}]}",
		"Q206 Q210");
	DOUBTED("{" ENTRY "all: [{age: {to: 18}}, {birth: 1950-01-01..1960-12-31}]}", "Q206 Q210");
	DOUBTED("{" ENTRY "all: [{age: {from: 70}}, {age: {to: 50}}]}", "Q206 Q209");
	DOUBTED("{all: [{birth: 1950-01-01..1960-12-31}, {birth: 1970-01-01..1980-12-31}]}",
		"Q206 Q209");
	/* 2025 less 2000 is 25 */
	FINE("{" ENTRY "all: [{age: {from: 25}}, {birth: 2000-12-31..2010-12-31}]}");
	DOUBTED("{" ENTRY "all: [{age: {from: 26}}, {birth: 2000-12-31..2010-12-31}]}",
		"Q206 Q210");
	FINE("{" ENTRY "all: [{age: {to: 26}}, {birth: 1990-12-31..2000-01-01}]}");
	DOUBTED("{" ENTRY "all: [{age: {to: 25}}, {birth: 1990-12-31..2000-01-01}]}", "Q206 Q210");
	/* nobody knows when the index date is */
	FINE("{entry: {condition: [1]}, all: [{age: {from: 70}}, {birth: "
	     "2000-01-01..2010-12-31}]}");
	FINE("{" ENTRY "any: [{age: {from: 70}}, {birth: 2000-01-01..2010-12-31}]}");
}
END_TEST

START_TEST(days_that_no_window_reaches_are_told)
{
	DOUBTED("{" ENTRY "all: [{drug: [1], during: 2020-01-01..2020-12-31, within: {from: 0 "
		"days, to: 90 days}}]}",
		"Q206 Q202");
	FINE("{" ENTRY "all: [{drug: [1], during: 2020-01-01..2024-12-31, within: {from: -1 days, "
	     "to: 90 days}}]}");
	DOUBTED("{" ENTRY "all: [{drug: [1], during: 2020-01-01..2024-12-30, within: {from: -1 "
		"days, to: 90 days}}]}",
		"Q206 Q202");
	FINE("{" ENTRY "all: [{drug: [1], during: 2026-01-01..2026-12-31, within: {from: 0 days, "
	     "to: 1 days}}]}");
	FINE("{" ENTRY "all: [{drug: [1], during: 2020-01-01..2020-12-31, within: {from: 0 days, "
	     "to: 9 days, to_on: end}}]}");
}
END_TEST

START_TEST(nothing_lies_before_the_first)
{
	DOUBTED("{entry: {" A ", first: yes}, all: [{" A ", " BEFORE "}]}", "Q206 Q203");
	DOUBTED("{entry: {" A "}, all: [{" A ", " BEFORE "}]}", "Q206 Q203");
	/* so to ask for none of it changes nothing */
	DOUBTED("{entry: {" A "}, none: [{" A ", " BEFORE "}]}", "Q204 Q203");
	FINE("{entry: {" A ", during: 2020-01-01..2020-12-31}, none: [{" A ", " BEFORE "}]}");
	FINE("{entry: {" A "}, index: last, all: [{" A ", " BEFORE "}]}");
	FINE("{entry: {" A "}, observed: {before: 9 days}, all: [{" A ", " BEFORE "}]}");
	FINE("{entry: {condition: [1]}, all: [{" A ", " BEFORE "}]}");
	FINE("{entry: [{" A "}, {drug: [1]}], all: [{" A ", " BEFORE "}]}");
	FINE("{entry: {" A "}, all: [{" A ", within: {from: all days before, to: 0 days}}]}");
}
END_TEST

START_TEST(groups_that_are_always_so_or_never_are_told)
{
	DOUBTED("{any: [{drug: [1], times: {at_most: 2}}, {drug: [1], times: {at_least: 3}}]}",
		"Q204 Q208");
	DOUBTED("{any: [{drug: [1]}, {none: [{drug: [1]}]}]}", "Q204 Q208");
	DOUBTED("{none: [{drug: [1], times: {at_most: 1}}, {drug: [1], times: {at_least: 2}}]}",
		"Q206 Q205 Q208 Q207");
	FINE("{any: [{drug: [1]}, {none: [{drug: [1]}, {drug: [2]}]}]}");
	FINE("{any: [{drug: [1], times: {at_most: 1}}, {drug: [1], times: {at_least: 3}}]}");
	/* two of three can never be, so two of three cannot */
	DOUBTED("{entry: {" A "}, all: [{at_least: 2, of: [{sex: a}, {" A ", " BEFORE "}, {" A
		", within: {to: -2 days}}]}]}",
		"Q206 Q205 Q203 Q203");
	FINE("{}");
	FINE("officers-own");
}
END_TEST

UNIT_MAIN("doubt", numbers_of_the_same_records_that_exclude_each_other_are_told,
	ages_and_births_that_nobody_has_are_told, days_that_no_window_reaches_are_told,
	nothing_lies_before_the_first, groups_that_are_always_so_or_never_are_told)
