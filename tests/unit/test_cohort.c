/*
 * test_cohort.c - reading cohorts: criteria, codes, values, ages, and the bounds of limits.h.
 */
#include "tests/unit/questions.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/file.h"

/* Reads a cohort whose `all` has this one member, and gives the member. */
static const struct part *one(const char *member)
{
	char text[4000];
	struct question *q;

	snprintf(text, sizeof(text), COHORT("{all: [%s]}") "group_by: [x]\non: 2026-03-01\n",
		member);
	if (strstr(member, "during") != NULL)
		*strstr(text, "on: 2026") = '#';
	q = ask(text);
	ck_assert_msg(q != NULL, "%s: %s", member, first_said());
	ck_assert_uint_eq(q->cohort.root->n_children, 1);
	return q->cohort.root->children;
}

#define MEMBER(text) COHORT("{all: [" text "]}")

START_TEST(every_kind_of_event_is_read_by_its_name)
{
	for (int e = 0; e < EVENTS; e++) {
		enum event_kind back;
		const struct part *p;
		char text[100];

		snprintf(text, sizeof(text), "{%s: %s, during: 2019-01-01..2019-01-01}",
			event_name(e), e == EVENT_OBSERVATION_PERIOD ? "any" : "[201826+]");
		p = one(text);
		ck_assert_int_eq(p->kind, PART_EVENT);
		ck_assert_int_eq((int)p->event, e);
		ck_assert_uint_eq(p->n_codes, e != EVENT_OBSERVATION_PERIOD);
		ck_assert_int_eq(p->from, p->to);
		ck_assert_int_ne(p->from, DAY_NONE);
		ck_assert(event_parse(event_name(e), &back) && (int)back == e);
	}
	ck_assert(!event_parse("specimens", &(enum event_kind){ 0 }));
}
END_TEST

START_TEST(codes_are_read_in_their_four_forms)
{
	const struct part *p = one("{condition: [201826, \"4058243+\", -1, '-2147483647+']}");

	ck_assert_uint_eq(p->n_codes, 4);
	/* in the order of their spelling: -1 -2147483647+ 201826 4058243+ */
	ck_assert_int_eq(p->codes[0].concept, 1);
	ck_assert(p->codes[0].out && !p->codes[0].descendants);
	ck_assert_int_eq(p->codes[1].concept, INT32_MAX);
	ck_assert(p->codes[1].out && p->codes[1].descendants);
	ck_assert_int_eq(p->codes[2].concept, 201826);
	ck_assert(!p->codes[2].out && !p->codes[2].descendants);
	ck_assert_int_eq(p->codes[3].concept, 4058243);
	ck_assert(!p->codes[3].out && p->codes[3].descendants);
	ck_assert_uint_eq(p->codes[2].at.line, 4);
	ck_assert_uint_eq(p->codes[2].at.column, 29);
	ck_assert_uint_eq(one("{death: any}")->n_codes, 0);
	ck_assert_uint_eq(one("{drug: [1, 1, \"1\", 1+]}")->n_codes, 2);
}
END_TEST

START_TEST(what_is_no_code_is_refused)
{
	static const char *const bad[] = { "0", "-0", "007", "--1", "1++", "+1", "1-", "1e3", "1.0",
		"2147483648", "99999999999999999999", "E11", "\" 1\"", "\"1 \"", "any", "\"\"",
		"\"-\"", "\"+\"", "\"1;drop\"", "\"１\"" };
	char text[200];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), MEMBER("{condition: [%s]}"), bad[i]);
		REFUSED(text, "Q121", "is not a code for 'condition'");
	}
	REFUSED(MEMBER("{condition: [[1]]}"), "Q105", "codes");
	REFUSED(MEMBER("{condition: 201826}"), "Q105", "'any' or a list");
	REFUSED(MEMBER("{condition: {}}"), "Q105", "'any' or a list");
	REFUSED(MEMBER("{condition: []}"), "Q122", "condition: any");
	REFUSED(MEMBER("{condition: [-1, -2+]}"), "Q123", "only takes codes out");
	ck_assert_ptr_null(ask(MEMBER("{condition: [1, ]}, {condition: [~, '']}")));
}
END_TEST

/* The spellings of the codes, with blanks between them. */
static const char *codes_of(const struct code *codes, unsigned n)
{
	static char text[2000];

	*text = 0;
	for (unsigned i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s%s%s%s%s%s",
			i == 0 ? "" : " ", codes[i].out ? "-" : "",
			codes[i].concept > 0 ? "#" : codes[i].system,
			codes[i].concept > 0 ? "" : ":", codes[i].concept > 0 ? "" : codes[i].text,
			codes[i].descendants ? "+" : "", codes[i].mapped ? "m" : "");
	return text;
}

START_TEST(codes_of_vocabularies_keep_their_system_and_text)
{
	const struct part *p = one("{condition: [icd10:E11+, -icd10:E11.9, 201826+m, 5m, "
				   "\"path:\\\\诊断\\\\E 11\\\\+\"]}");

	ck_assert_str_eq(codes_of(p->codes, p->n_codes),
		"-icd10:E11.9 #+m #m icd10:E11+ path:\\诊断\\E 11\\+");
	ck_assert_int_eq(p->codes[3].concept, 0);
	ck_assert_str_eq(p->codes[3].text, "E11");
	REFUSED(MEMBER("{condition: [ICD10:E11]}"), "Q121", "icd10:E11+");
	REFUSED(MEMBER("{condition: [\"icd10:\"]}"), "Q121", "not a code");
	REFUSED(MEMBER("{condition: [\"icd10:+\"]}"), "Q121", "not a code");
	REFUSED(MEMBER("{condition: [\"icd10: E11\"]}"), "Q121", "not a code");
	REFUSED(MEMBER("{condition: [\":E11\"]}"), "Q121", "not a code");
	REFUSED(MEMBER("{condition: ['icd10:E\"11']}"), "Q121", "not a code");
	REFUSED(MEMBER("{condition: [\"icd10:⼥\"]}"), "Q121", "not a code");
	REFUSED(MEMBER("{condition: [1m+]}"), "Q121", "not a code");
	REFUSED(MEMBER("{condition: [1mm]}"), "Q121", "not a code");
}
END_TEST

START_TEST(what_people_write_is_led_to_what_is_meant)
{
	REFUSED(MEMBER("{condition: [201826+，320128+]}"), "Q121", "full-width characters");
	REFUSED(MEMBER("{condition: [201826＋]}"), "Q121", "full-width characters");
	REFUSED(MEMBER("{age: {from: ４５}}"), "Q113", "full-width characters");
	REFUSED(MEMBER("{condition: [1], during: 2024-01-01．．2024-12-31}"), "Q110",
		"full-width characters");
	REFUSED(MEMBER("{measure: hba1c, value: {at_least: ７}}"), "Q112", "full-width characters");
	REFUSED(MEMBER("{measure: hba1c, value: {at_least: 7%}}"), "Q112", "write the number alone");
	REFUSED(MEMBER("{measure: hba1c, value: {at_least: 7.5 mmol/L}}"), "Q112",
		"write the number alone");
	REFUSED(MEMBER("{measure: hba1c, value: {at_least: 1e-12}}"), "Q112", "kept exactly");
	REFUSED(MEMBER("{sex: “女”}"), "Q108", "part of the text");
	REFUSED(MEMBER("{sex: 女}") "group_by: [「sex」]\n", "Q108", "part of the text");
	REFUSED(COHORT("{entry: {visit: any}, all: [{condition: [1], within: [0, 90]}]}"), "Q105",
		"not a number");
	ck_assert_uint_eq(ds.count, 1);
	REFUSED(MEMBER("{gender: [8532]}"), "Q103", "did you mean 'sex'");
	REFUSED(MEMBER("{condition: [1], occurrence: 2}"), "Q103", "did you mean 'times'");
	REFUSED(MEMBER("{not: [{condition: [1]}]}"), "Q103", "did you mean 'none'");
	REFUSED(COHORT("{entry: {visit: any}, all: [{condition: [1], within: {after: 90 days}}]}"),
		"Q114", "a window is {from");
}
END_TEST

#define SETS(sets, member) MEMBER(member) "sets: " sets "\n"

START_TEST(a_set_is_read_as_if_its_codes_stood_there)
{
	const struct question *q = ask(SETS("{a: [1, 2+], b: [\"set:a\", -3, icd10:E11], c: [9]}",
		"{condition: [7, \"set:b\", 1, -set:c]}"));

	ck_assert_msg(q != NULL, "%s", first_said());
	ck_assert_str_eq(
		codes_of(q->cohort.root->children->codes, q->cohort.root->children->n_codes),
		"-# -# # #+ # icd10:E11");
	ck_assert_uint_eq(q->cohort.root->children->codes[2].at.line, 5);
	REFUSED(SETS("{a: [1]}", "{condition: [\"set:b\"]}, {drug: [\"set:a\"]}"), "Q125",
		"no set 'b'");
	REFUSED(MEMBER("{condition: [\"set:b\"]}"), "Q125", "no set 'b'");
	REFUSED(SETS("{a: [1], b: [2]}", "{condition: [\"set:a\"]}"), "Q127",
		"'b' is used nowhere");
	REFUSED(SETS("{a: [\"set:b\"], b: [\"set:c\", 1], c: [\"set:a\"]}",
			"{condition: [\"set:a\"]}"),
		"Q126", "made of itself");
	REFUSED(SETS("{a: [\"set:a\"]}", "{condition: [\"set:a\"]}"), "Q126", "made of itself");
	REFUSED(SETS("{a: []}", "{condition: [\"set:a\"]}"), "Q122", "set 'a' is empty");
	REFUSED(SETS("{a: [x]}", "{condition: [\"set:a\"]}"), "Q121", "'x'");
	REFUSED(SETS("{a: [1, -2]}", "{condition: [3, \"-set:a\"]}"), "Q129",
		"takes codes out itself");
	REFUSED(SETS("{a: [1, \"-set:b\"], b: [2]}", "{condition: [3, \"-set:a\"]}"), "Q129",
		"takes codes out itself");
	REFUSED(SETS("{a: [1, \"set:b\"], b: [2, -3]}", "{condition: [3, \"-set:a\"]}"), "Q129",
		"takes codes out itself");
	REFUSED(SETS("{a: [-2]}", "{condition: [\"set:a\"]}"), "Q123", "only takes codes out");
	REFUSED(SETS("{a b: [2]}", "{condition: [\"set:a\"]}"), "Q106", "name of a set");
	REFUSED(SETS("[a]", "{condition: [1]}"), "Q105", "{diabetes: [201826+]}");
	ck_assert_uint_eq(said("Q105")->at.line, 5);
}
END_TEST

START_TEST(sets_that_double_each_other_end_at_the_bound_of_codes)
{
	struct text t;

	text_init(&t, MAX_QUESTION_BYTES);
	text_add(&t, MEMBER("{condition: [\"set:s0\"]}") "sets:\n");
	for (unsigned i = 0; i < MAX_SETS - 1; i++)
		text_addf(&t, "  s%u: [\"set:s%u\", \"set:s%u\"]\n", i, i + 1, i + 1);
	text_addf(&t, "  s%u: [1]\n", MAX_SETS - 1);
	REFUSED(text_str(&t), "Q124", "at most 10000 codes");
	text_addf(&t, "  s%u: [1]\n", MAX_SETS);
	REFUSED(text_str(&t), "Q128", "at most 200 sets");
	/* taken out as a whole, which asks what is in all of them */
	text_reset(&t);
	text_add(&t, MEMBER("{condition: [1, \"-set:s0\"]}") "sets:\n");
	for (unsigned i = 0; i < MAX_SETS - 1; i++)
		text_addf(&t, "  s%u: [\"set:s%u\", \"set:s%u\"]\n", i, i + 1, i + 1);
	text_addf(&t, "  s%u: [1]\n", MAX_SETS - 1);
	REFUSED(text_str(&t), "Q124", "at most 10000 codes");
	text_clear(&t);
}
END_TEST

START_TEST(a_criterion_has_one_head)
{
	REFUSED(MEMBER("{}"), "Q131", "does not say what it looks for");
	REFUSED(MEMBER("{during: 2019-01-01..2019-12-31}"), "Q131", "does not say");
	REFUSED(MEMBER("{condition: [1], drug: [1]}"), "Q132", "'drug' stands beside 'condition'");
	REFUSED(MEMBER("{sex: 女, age: {from: 1}}"), "Q132", "'age' stands beside 'sex'");
	REFUSED(MEMBER("{condition: [1], all: [{sex: 女}]}"), "Q132", "'all' stands beside");
	REFUSED(MEMBER("{all: [{sex: 女}], any: [{sex: 女}]}"), "Q132",
		"'any' stands beside 'all'");
	REFUSED(MEMBER("condition"), "Q130", "a map such as");
	REFUSED(MEMBER("[{sex: 女}]"), "Q130", "a map such as");
	REFUSED(MEMBER("{conditon: [1]}"), "Q103", "did you mean 'condition'");
	REFUSED(MEMBER("{condition: [1], dring: 2019-01-01..2019-12-31}"), "Q103", "'during'");
	ck_assert_ptr_null(ask(MEMBER("")));
	REFUSED(COHORT("{all: []}"), "Q134", "'all' is empty");
	REFUSED(COHORT("{none: []}"), "Q134", "'none' is empty");
	REFUSED(MEMBER("{any: []}"), "Q134", "'any' is empty");
	REFUSED(COHORT("{all: {sex: 女}}"), "Q105", "takes a list");
}
END_TEST

START_TEST(modifiers_stand_only_where_they_mean_something)
{
	REFUSED(MEMBER("{sex: 女, during: 2019-01-01..2019-12-31}"), "Q133", "beside 'sex'");
	REFUSED(MEMBER("{any: [{sex: 女}], during: 2019-01-01..2019-12-31}"), "Q133",
		"beside 'any'");
	REFUSED(MEMBER("{any: [{sex: 女}], at_least: 2}"), "Q133", "write 'at_least: 2, of: [..]'");
	REFUSED(MEMBER("{condition: [1], at_least: 2}"), "Q133", "'times: {at_least: ..}'");
	ck_assert_int_ne(one("{measure: a, during: 2019-01-01..2019-12-31}")->from, DAY_NONE);
}
END_TEST

START_TEST(a_span_has_two_days_that_exist_in_order)
{
	const struct question *q;
	const struct part *p = one("{visit: any, during: 2019-02-28..2020-02-29}");
	int32_t from, to;

	ck_assert(day_parse("2019-02-28", &from) && day_parse("2020-02-29", &to));
	ck_assert_int_eq(p->from, from);
	ck_assert_int_eq(p->to, to);
	REFUSED(MEMBER("{visit: any, during: 2019..2025}"), "Q110", "write first..last");
	REFUSED(MEMBER("{visit: any, during: 2019-01-01}"), "Q110", "2019-01-01");
	REFUSED(MEMBER("{visit: any, during: 2019-01-01...2019-01-02}"), "Q110", "span");
	REFUSED(MEMBER("{visit: any, during: 2019-02-29..2019-03-01}"), "Q110", "span");
	REFUSED(MEMBER("{visit: any, during: \"..\"}"), "Q110", "span");
	REFUSED(MEMBER("{visit: any, during: 1019-01-01..2019-03-01}"), "Q115", "1800 to 2199");
	REFUSED(MEMBER("{visit: any, during: 2019-01-01..9999-12-31}"), "Q115", "is a digit wrong");
	ck_assert_int_eq(one("{visit: any, during: ..2020-02-29}")->from, DAY_NONE);
	ck_assert_int_eq(one("{visit: any, during: ..2020-02-29}")->to, to);
	q = ask(MEMBER("{visit: any, during: 2019-02-28..}"));
	ck_assert_int_eq(q->cohort.root->children->from, from);
	ck_assert_int_eq(q->cohort.root->children->to, DAY_NONE);
	REFUSED(MEMBER("{visit: any, during: 2019-01-01 .. 2019-03-01}"), "Q110", "span");
	REFUSED(MEMBER("{visit: any, during: 2019-01-02..2019-01-01}"), "Q111",
		"ends before it begins");
	REFUSED(MEMBER("{visit: any, during: [2019-01-02]}"), "Q105", "two days");
}
END_TEST

START_TEST(the_bounds_of_a_value_are_kept_exactly)
{
	const struct part *p = one("{measure: hba1c, value: {at_least: 7.000000001, below: 9}}");

	ck_assert_int_eq(p->kind, PART_MEASURE);
	ck_assert_str_eq(p->measure, "hba1c");
	ck_assert(p->has_value && p->value.has_low && p->value.has_high);
	ck_assert(!p->value.low_open && p->value.high_open);
	ck_assert_int_eq(p->value.low, 7000000001);
	ck_assert_int_eq(p->value.high, 9000000000);
	p = one("{measure: t, value: {above: -0.5}}");
	ck_assert(p->value.low_open && !p->value.has_high);
	ck_assert_int_eq(p->value.low, -500000000);
	p = one("{measure: t, value: {at_most: 1e-6}}");
	ck_assert(!p->value.has_low && !p->value.high_open);
	ck_assert_int_eq(p->value.high, 1000);
	p = one("{measure: t, value: {between: [6.5, 6.5]}}");
	ck_assert(
		p->value.has_low && p->value.has_high && !p->value.low_open && !p->value.high_open);
	ck_assert_int_eq(p->value.low, p->value.high);
	ck_assert(!one("{measure: t}")->has_value);
}
END_TEST

START_TEST(values_that_cannot_be_are_refused)
{
	REFUSED(MEMBER("{measure: a, value: {at_least: 7.0000000001}}"), "Q112", "9 digits");
	REFUSED(MEMBER("{measure: a, value: {at_least: 1e300}}"), "Q112", "number");
	REFUSED(MEMBER("{measure: a, value: {at_least: 7 %}}"), "Q112", "number");
	REFUSED(MEMBER("{measure: a, value: {at_least: .nan}}"), "Q112", "number");
	REFUSED(MEMBER("{measure: a, value: 7}"), "Q105", "a map such as {at_least");
	REFUSED(MEMBER("{measure: a, value: {}}"), "Q141", "no bound");
	REFUSED(MEMBER("{measure: a, value: {at_least: 7, above: 6}}"), "Q142",
		"second lower bound");
	REFUSED(MEMBER("{measure: a, value: {below: 7, at_most: 6}}"), "Q142",
		"second upper bound");
	REFUSED(MEMBER("{measure: a, value: {between: [1, 2], below: 3}}"), "Q142",
		"'between' is both bounds");
	REFUSED(MEMBER("{measure: a, value: {between: [1]}}"), "Q105", "two numbers");
	REFUSED(MEMBER("{measure: a, value: {between: 1..2}}"), "Q105", "two numbers");
	REFUSED(MEMBER("{measure: a, value: {at_least: 7, at_most: 6}}"), "Q143", "no number");
	REFUSED(MEMBER("{measure: a, value: {at_least: 7, below: 7}}"), "Q143", "no number");
	REFUSED(MEMBER("{measure: a, value: {atleast: 7}}"), "Q103", "did you mean 'at_least'");
	REFUSED(MEMBER("{measure: a b}"), "Q106", "not an id");
	REFUSED(MEMBER("{measure: any, value: {from: 1}}"), "Q114", "'within'");
	REFUSED(MEMBER("{measure: any, value: {outside: [2, 1]}}"), "Q143",
		"smaller than the first");
	REFUSED(MEMBER("{measure: any, value: {outside: [1, 2], at_least: 1}}"), "Q142",
		"'outside'");
	REFUSED(MEMBER("{measure: any, value: {between: [1, 2], outside: [1, 2]}}"), "Q142",
		"'between'");
}
END_TEST

START_TEST(an_age_is_from_up_to_under)
{
	const struct part *p = one("{age: {from: 45, to: 65}}");

	ck_assert_int_eq(p->kind, PART_AGE);
	ck_assert_int_eq(p->age_from, 45);
	ck_assert_int_eq(p->age_to, 65);
	p = one("{age: {to: 1}}");
	ck_assert_int_eq(p->age_from, -1);
	ck_assert_int_eq(p->age_to, 1);
	ck_assert_int_eq(one("{age: {from: 0}}")->age_to, -1);
	REFUSED(MEMBER("{age: {}}") "on: 2026-03-01\n", "Q144", "no bound");
	REFUSED(MEMBER("{age: 45}") "on: 2026-03-01\n", "Q105", "{from: 45, to: 65}");
	REFUSED(MEMBER("{age: {from: 45.5}}"), "Q113", "from 0 to 150");
	REFUSED(MEMBER("{age: {from: -1}}"), "Q113", "from 0 to 150");
	REFUSED(MEMBER("{age: {to: 151}}"), "Q113", "from 0 to 150");
	REFUSED(MEMBER("{age: {from: 65, to: 65}}"), "Q145", "first age that is left out");
	REFUSED(MEMBER("{age: {to: 0}}"), "Q145", "nobody");
	REFUSED(MEMBER("{age: {from: 1, till: 2}}"), "Q103", "from, to");
}
END_TEST

START_TEST(a_sex_is_a_label_of_the_site)
{
	char text[600];

	ck_assert_str_eq(one("{sex: 女}")->label, "女");
	ck_assert_str_eq(one("{sex: \"女 (F)，a\"}")->label, "女 (F)，a");
	REFUSED(MEMBER("{sex: [女]}"), "Q121", "'女' is not a code for 'sex'");
	REFUSED(MEMBER("{sex: {}}"), "Q105", "one label");
	REFUSED(MEMBER("{race: []}"), "Q122", "leave 'race' out");
	ck_assert_ptr_null(one("{sex: [8507]}")->label);
	ck_assert_int_eq(one("{sex: [8507]}")->codes[0].concept, 8507);
	ck_assert_int_eq(one("{ethnicity: 汉}")->kind, PART_ETHNICITY);
	REFUSED(MEMBER("{sex: \"\"}"), "Q108", "label");
	REFUSED(MEMBER("{sex: \"a\\nb\"}"), "Q108", "label");
	REFUSED(MEMBER("{sex: \"a\\tb\"}"), "Q108", "label");
	snprintf(text, sizeof(text), MEMBER("{sex: %0255d}"), 1);
	ACCEPTED(text);
	snprintf(text, sizeof(text), MEMBER("{sex: %0256d}"), 1);
	REFUSED(text, "Q108", "255 bytes");
}
END_TEST

/* Reads a cohort with an entry whose `all` has this one member, and gives the member. */
static const struct part *later(const char *member)
{
	char text[4000];
	struct question *q;

	snprintf(text, sizeof(text), COHORT("{entry: {condition: [9]}, all: [%s]}"), member);
	q = ask(text);
	ck_assert_msg(q != NULL, "%s: %s", member, first_said());
	return q->cohort.root->children;
}

#define LATER(text) COHORT("{entry: {condition: [9]}, all: [" text "]}")

START_TEST(a_window_counts_days_from_the_index_date)
{
	const struct part *p = later("{drug: [1], within: {from: 0 days, to: 90 days}}");

	ck_assert_uint_eq(p->n_windows, 1);
	ck_assert_int_eq(p->windows[0].from, 0);
	ck_assert_int_eq(p->windows[0].to, 90);
	ck_assert(!p->windows[0].of_index && !p->windows[0].on_end && !p->windows[0].to_end);
	ck_assert_uint_eq(p->windows[0].at.line, 4);
	p = later("{drug: [1], within: {from: 2 weeks before, to: 1 day after, of: index, on: end, "
		  "to_on: end}}");
	ck_assert_int_eq(p->windows[0].from, -14);
	ck_assert_int_eq(p->windows[0].to, 1);
	ck_assert(!p->windows[0].of_index && p->windows[0].on_end && p->windows[0].to_end);
	p = later("{drug: [1], within: {to: -1 days}}");
	ck_assert_int_eq(p->windows[0].from, ALL_DAYS_BEFORE);
	ck_assert_int_eq(p->windows[0].to, -1);
	p = later("{drug: [1], within: {from: all days before, to: all days after}}");
	ck_assert_int_eq(p->windows[0].from, ALL_DAYS_BEFORE);
	ck_assert_int_eq(p->windows[0].to, ALL_DAYS_AFTER);
	p = later("{drug: [1], within: [{to: 5 days, on: end}, {from: -36600 days}]}");
	ck_assert_uint_eq(p->n_windows, 2);
	ck_assert_int_eq(p->windows[0].from, -36600);
	ck_assert(p->windows[1].on_end);
	p = later("{drug: [1], within: [{to: 5 days}, {to: 5 days}]}");
	ck_assert_uint_eq(p->n_windows, 1);
}
END_TEST

START_TEST(windows_that_cannot_be_are_refused)
{
	static const char *const bad[] = { "90", "ninety days", "90 dayz", "1 month", "1 year",
		"--1 days", "-1 days before", "-1 days after", "1 days  before", "+1 days",
		"1.5 days", "01 days", "days", "all days", "99999999 days", "\"\"" };
	char text[200];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), LATER("{drug: [1], within: {from: %s}}"), bad[i]);
		REFUSED(text, "Q117", "is not an edge of a window");
	}
	REFUSED(LATER("{drug: [1], within: {from: 36601 days}}"), "Q118", "a hundred years");
	REFUSED(LATER("{drug: [1], within: {from: 90 days, to: 0 days}}"), "Q140",
		"window is empty");
	REFUSED(LATER("{drug: [1], within: {to: all days before}}"), "Q140", "window is empty");
	REFUSED(LATER("{drug: [1], within: {from: all days after}}"), "Q140", "window is empty");
	REFUSED(LATER("{drug: [1], within: {of: index}}"), "Q140", "no edge");
	REFUSED(LATER("{drug: [1], within: []}"), "Q165", "at most 2");
	REFUSED(LATER("{drug: [1], within: [{to: 1 day}, {to: 2 days}, {to: 3 days}]}"), "Q165",
		"at most 2");
	REFUSED(LATER("{drug: [1], within: [{to: 1 day}, {from: 2 days}]}"), "Q162",
		"both windows");
	ACCEPTED(LATER("{drug: [1], within: [{to: 1 day}, {from: 2 days, on: end}]}"));
	REFUSED(LATER("{drug: [1], within: 90 days}"), "Q105", "a map such as");
	REFUSED(LATER("{drug: [1], within: {from: 0 days, on: middle}}"), "Q107", "start, end");
	REFUSED(LATER("{drug: [1], within: {from: 0 days, of: me}}"), "Q107", "index, parent");
	REFUSED(MEMBER("{drug: [1], within: {from: 0 days}}"), "Q139",
		"give the cohort an 'entry'");
	REFUSED(MEMBER("{drug: [1], same_visit: yes}"), "Q139", "give the cohort an 'entry'");
	REFUSED(MEMBER("{drug: [1], inside_observation: yes}"), "Q139",
		"give the cohort an 'entry'");
	ACCEPTED(MEMBER("{drug: [1], same_visit: no, inside_observation: no}"));
	REFUSED(MEMBER("{drug: [1], with: [{visit: any, within: {from: 0 days, of: index}}]}"),
		"Q139", "of: parent");
	REFUSED(COHORT("{entry: {drug: [1], with: [{visit: any, within: {from: 0 days, of: "
		       "index}}]}}"),
		"Q139", "no index date yet");
	ACCEPTED(MEMBER(
		"{drug: [1], with: [{visit: any, within: {from: 0 days}, same_visit: yes}]}"));
}
END_TEST

START_TEST(with_looks_from_the_event_that_it_stands_in)
{
	const struct part *p =
		later("{condition: [1], age: {from: 18}, sex: 女, with: [{drug: [2], "
		      "within: {from: 0 days, of: index}}, {any: [{birth: 1950-01-01..}, "
		      "{race: [8515]}]}]}");

	ck_assert_int_eq(p->kind, PART_EVENT);
	ck_assert_ptr_nonnull(p->with);
	ck_assert_int_eq(p->with->kind, PART_ALL);
	ck_assert_uint_eq(p->with->n_children, 4);
	ck_assert_int_eq(p->with->children->kind, PART_AGE);
	ck_assert_int_eq(p->with->children->next->kind, PART_ANY);
	ck_assert(p->with->children->next->next->windows[0].of_index);
	/* ages inside need no day of their own */
	ACCEPTED(MEMBER("{condition: [1], age: {from: 18}}"));
	ACCEPTED(MEMBER("{condition: [1], with: [{none: [{age: {from: 18}}]}]}"));
	/* each level pairs a person's rows once more */
	ACCEPTED(MEMBER("{drug: [1], with: [{drug: [2], with: [{drug: [3], with: [{drug: [4], age: "
			"{from: 18}}]}]}]}"));
	REFUSED(MEMBER("{drug: [1], with: [{drug: [2], with: [{drug: [3], with: [{drug: [4], with: "
		       "[{drug: [5]}]}]}]}]}"),
		"Q173", "3 deep");
	REFUSED(MEMBER("{condition: [1], with: []}"), "Q134", "'with' is empty");
	REFUSED(MEMBER("{condition: [1], with: {age: {from: 1}}}"), "Q105", "a list");
	REFUSED(MEMBER("{sex: 女, with: [{visit: any}]}"), "Q133",
		"'with' cannot stand beside 'sex'");
	REFUSED(MEMBER("{condition: [1], with: [{x: 1}]}"), "Q103", "known here");
}
END_TEST

START_TEST(a_criterion_says_how_often)
{
	const struct part *p = one("{visit: any, times: {at_least: 2, distinct: day}}");

	ck_assert(p->has_times && p->times_how == AT_LEAST && p->times == 2);
	ck_assert_int_eq(p->distinct, DISTINCT_DAYS);
	p = one("{visit: any, times: {exactly: 0, distinct: day}}");
	ck_assert(p->has_times && p->times_how == AT_MOST && p->times == 0);
	ck_assert_int_eq(p->distinct, DISTINCT_EVENTS);
	ck_assert(!one("{visit: any, times: {at_least: 1}}")->has_times);
	ck_assert(!one("{visit: any, times: {at_least: 1, distinct: day}}")->has_times);
	/* events that belong to no visit have none to count */
	ck_assert(one("{drug: any, times: {at_least: 1, distinct: visit}}")->has_times);
	ck_assert(one("{drug: any, times: {at_most: 1000}}")->has_times);
	REFUSED(MEMBER("{visit: any, times: {at_most: 1001}}"), "Q113", "0 to 1000");
	REFUSED(MEMBER("{visit: any, times: {at_least: 0}}"), "Q148", "leave the criterion out");
	REFUSED(MEMBER("{visit: any, times: {at_least: 2, at_most: 3}}"), "Q142", "give one");
	REFUSED(MEMBER("{visit: any, times: {distinct: day}}"), "Q141", "no number");
	REFUSED(MEMBER("{visit: any, times: {}}"), "Q141", "no number");
	REFUSED(MEMBER("{visit: any, times: 2}"), "Q105", "{at_least: 2}");
	REFUSED(MEMBER("{visit: any, times: {at_least: 2, distinct: week}}"), "Q107",
		"day, concept");
	REFUSED(MEMBER("{observation_period: any, times: {at_least: 2, distinct: concept}}"),
		"Q166", "'distinct: day'");
	REFUSED(MEMBER("{observation_period: [1]}"), "Q166", "has no codes");
}
END_TEST

START_TEST(a_criterion_bounds_how_long_and_until_when)
{
	const struct part *p =
		one("{drug: any, lasting: {at_least: 30 days, at_most: 52 weeks}, ends: "
		    "2019-01-01..}");

	ck_assert_int_eq(p->lasting_from, 30);
	ck_assert_int_eq(p->lasting_to, 364);
	ck_assert_int_ne(p->ends_from, DAY_NONE);
	ck_assert_int_eq(p->ends_to, DAY_NONE);
	REFUSED(MEMBER("{drug: any, lasting: {}}"), "Q141", "no bound");
	REFUSED(MEMBER("{drug: any, lasting: {at_least: 2 days, at_most: 1 day}}"), "Q143",
		"at least 2");
	REFUSED(MEMBER("{drug: any, lasting: {at_least: -2 days}}"), "Q117", "number of days");
	REFUSED(MEMBER("{drug: any, lasting: {at_least: 3 months}}"), "Q117", "no fixed");
	REFUSED(MEMBER("{drug: any, lasting: {at_least: 40000 days}}"), "Q118", "36600");
	REFUSED(MEMBER("{drug: any, lasting: {exactly: 4 days}}"), "Q114", "'exactly'");
	REFUSED(MEMBER("{drug: any, during: 2019-01-02.., ends: ..2019-01-01}"), "Q163",
		"before 'during'");
	REFUSED(MEMBER("{drug: any, during: ..2019-01-02, ends: 2019-03-01.., lasting: {at_most: 9 "
		       "days}}"),
		"Q163", "more than 9 days");
	REFUSED(MEMBER("{drug: any, during: 2019-01-02.., ends: ..2019-01-09, lasting: {at_least: "
		       "8 days}}"),
		"Q163", "less than 8 days");
	ACCEPTED(MEMBER("{drug: any, during: 2019-01-02.., ends: ..2019-01-09, lasting: {at_least: "
			"7 days}}"));
}
END_TEST

static const struct attribute *attribute(const struct part *p, enum attribute_kind kind)
{
	for (const struct attribute *a = p->attributes; a != NULL; a = a->next)
		if (a->kind == kind)
			return a;
	return NULL;
}

START_TEST(every_property_of_an_event_is_read_by_its_name)
{
	for (int k = 0; k < ATTRIBUTES; k++) {
		bool inside =
			k == ATTR_UNIT || k == ATTR_CONCEPT || k == ATTR_LOW || k == ATTR_HIGH;
		const char *form = k < ATTR_NUMBERS ? "[-8, 7]" : "{above: 1.5}";
		const struct attribute *a;
		enum attribute_kind back;
		char text[200];

		if (k == ATTR_LOW || k == ATTR_HIGH)
			snprintf(text, sizeof(text), "{measurement: any, value: {range: {%s: %s}}}",
				attribute_name(k), form);
		else if (inside)
			snprintf(text, sizeof(text), "{measurement: any, value: {%s: %s}}",
				attribute_name(k), form);
		else
			snprintf(text, sizeof(text), "{measurement: any, %s: %s}",
				attribute_name(k), form);
		a = attribute(one(text), k);
		ck_assert_msg(a != NULL, "%s", text);
		ck_assert_ptr_null(a->next);
		ck_assert_uint_eq(a->n_codes, k < ATTR_NUMBERS ? 2 : 0);
		ck_assert(k < ATTR_NUMBERS || (a->bounds.has_low && a->bounds.low == 1500000000));
		ck_assert(attribute_parse(attribute_name(k), &back) && (int)back == k);
	}
	ck_assert(!one("{measurement: any, value: {unit: [1]}}")->has_value);
	ck_assert_uint_eq(attribute(one("{drug: any, type: [-5]}"), ATTR_TYPE)->n_codes, 1);
	ck_assert(attribute(one("{drug: any, supply: {outside: [3, 5]}}"), ATTR_SUPPLY)
			  ->bounds.outside);
	/* `visit` is an event, and beside one its visit */
	ck_assert_int_eq(one("{visit: [9201], drug: any}")->event, EVENT_DRUG);
	ck_assert_uint_eq(attribute(one("{visit: [9201], drug: any}"), ATTR_VISIT)->n_codes, 1);
	REFUSED(MEMBER("{drug: any, type: []}"), "Q122", "leave 'type' out");
	REFUSED(MEMBER("{drug: any, type: any}"), "Q105", "a list of codes");
	REFUSED(MEMBER("{drug: any, supply: {}}"), "Q141", "no bound");
	REFUSED(MEMBER("{drug: any, supply: [3]}"), "Q105", "{at_least: 30}");
	REFUSED(MEMBER("{drug: any, supply: {unit: [3]}}"), "Q114", "'value'");
	REFUSED(MEMBER("{drug: any, value: {range: {}}}"), "Q141", "low, high or both");
	REFUSED(MEMBER("{sex: 女, type: [3]}"), "Q133", "'type' cannot stand beside 'sex'");
}
END_TEST

START_TEST(so_many_of_a_list_hold)
{
	const struct part *p = one("{at_least: 2, of: [{sex: a}, {sex: b}, {sex: c}]}");

	ck_assert_int_eq(p->kind, PART_OF);
	ck_assert(p->how == AT_LEAST && p->n == 2 && p->n_children == 3);
	/* what is an all, an any or a none is one */
	ck_assert_int_eq(one("{at_least: 1, of: [{sex: a}, {sex: b}]}")->kind, PART_ANY);
	ck_assert_int_eq(one("{exactly: 0, of: [{sex: a}, {sex: b}]}")->kind, PART_NONE);
	ck_assert_int_eq(one("{at_most: 0, of: [{sex: a}]}")->kind, PART_NONE);
	ck_assert_int_eq(one("{exactly: 1, of: [{sex: a}]}")->kind, PART_SEX);
	ck_assert_uint_eq(ask(MEMBER("{at_least: 2, of: [{sex: a}, {all: [{sex: b}, {sex: c}]}]}"))
				  ->cohort.root->n_children,
		3);
	/* and an of in an of stays what it is */
	ck_assert_uint_eq(
		one("{at_least: 2, of: [{sex: a}, {sex: b}, {at_least: 2, of: [{sex: c}, {sex: "
		    "d}, {sex: e}]}]}")
			->n_children,
		3);
	REFUSED(MEMBER("{of: [{sex: a}]}"), "Q138", "how many");
	REFUSED(MEMBER("{at_least: 1}"), "Q131", "at_least with of");
	REFUSED(MEMBER("{at_least: 1, at_most: 2, of: [{sex: a}]}"), "Q142", "give one");
	REFUSED(MEMBER("{at_least: 1, of: []}"), "Q134", "'of' is empty");
	REFUSED(MEMBER("{at_least: 3, of: [{sex: a}, {sex: b}]}"), "Q147", "3 of 2");
	REFUSED(MEMBER("{exactly: 3, of: [{sex: a}, {sex: b}]}"), "Q147", "3 of 2");
	REFUSED(MEMBER("{at_least: 0, of: [{sex: a}, {sex: b}]}"), "Q148", "everybody");
	REFUSED(MEMBER("{at_most: 2, of: [{sex: a}, {sex: b}]}"), "Q148", "everybody");
	REFUSED(MEMBER("{at_least: 2, of: [{sex: a}, {sex: b}, {any: [{sex: a}]}]}"), "Q146",
		"twice");
	REFUSED(MEMBER("{at_least: x, of: [{sex: a}]}"), "Q113", "whole number");
}
END_TEST

START_TEST(a_criterion_and_its_opposite_are_told)
{
	REFUSED(COHORT("{all: [{sex: a}, {drug: [2, 1]}], none: [{visit: any}, {drug: [1, 2]}]}"),
		"Q149", "nobody can belong");
	REFUSED(COHORT("{any: [{sex: b}, {all: [{sex: a}, {none: [{sex: a}]}]}]}"), "Q149",
		"line 4");
	REFUSED(COHORT("{none: [{sex: a}, {none: [{sex: a}]}]}"), "Q149", "leave one out");
	REFUSED(MEMBER("{drug: any, with: [{sex: a}, {none: [{sex: a}]}]}"), "Q149",
		"leave one out");
	REFUSED(COHORT("{all: [{exactly: 2, of: [{sex: a}, {none: [{sex: a}]}]}]}"), "Q149",
		"leave");
	ACCEPTED(COHORT("{any: [{sex: a}, {none: [{sex: a}]}]}"));
	ACCEPTED(COHORT("{all: [{drug: [1]}], none: [{drug: [1+]}]}"));
}
END_TEST

START_TEST(the_order_of_an_attrition_is_kept)
{
	static const char cohort[] =
		"cohort: {none: [{sex: c}], any: [{sex: b}, {sex: a}], all: [{visit: "
		"any}, {all: [{sex: z}, {drug: any}]}, {age: {from: 1}}, {visit: any}, "
		"{any: [{device: any}]}]}\non: 2020-01-01\n";
	static const char *const heads[] = { "visit", "all", "age", "device", "any", "none" };
	char text[500];
	struct question *q;
	unsigned i = 0;

	snprintf(text, sizeof(text), "study: S\nkind: attrition\ndataset: omop\n%s", cohort);
	q = ask(text);
	ck_assert_msg(q != NULL, "%s", first_said());
	for (const struct part *p = q->cohort.root->children; p != NULL; p = p->next, i++)
		ck_assert_str_eq(p->kind == PART_ALL    ? "all"
				 : p->kind == PART_ANY  ? "any"
				 : p->kind == PART_NONE ? "none"
				 : p->kind == PART_AGE  ? "age"
							: event_name(p->event),
			heads[i]);
	ck_assert_uint_eq(i, 6);
	/* inside a step nothing has an order */
	ck_assert_int_eq(q->cohort.root->children->next->children->kind, PART_EVENT);
	snprintf(text, sizeof(text), HEAD "%s", cohort);
	ck_assert_uint_eq(ask(text)->cohort.root->n_children, 7);
}
END_TEST

START_TEST(every_problem_has_its_place)
{
	ck_assert_ptr_null(ask(HEAD "cohort:\n"
				    "  entry: {visit: any}\n"
				    "  all:\n"
				    "    - {drug: [1], within: {from: 9 days, to: 3 days}}\n"
				    "    - {at_least: 9, of: [{sex: a}]}\n"
				    "    - drug: [1]\n"
				    "      times: {at_least: 0}\n"
				    "    - {drug: [x]}\n"));
	ck_assert_uint_eq(said("Q140")->at.line, 7);
	ck_assert_uint_eq(said("Q140")->at.column, 27);
	ck_assert_uint_eq(said("Q148")->at.line, 10);
	ck_assert_uint_eq(said("Q121")->at.line, 11);
	/* what the tidy tree shows comes when all else is right */
	ck_assert_ptr_null(said("Q147"));
	ck_assert_ptr_null(ask(HEAD "cohort:\n  all:\n    - {at_least: 9, of: [{sex: a}]}\n"));
	ck_assert_uint_eq(said("Q147")->at.line, 6);
}
END_TEST

START_TEST(the_entry_is_an_event_or_several)
{
	struct question *q =
		ask(COHORT("{entry: {condition: [2, 1], during: 2019-01-01..2019-12-31}}"));

	ck_assert_msg(q != NULL, "%s", first_said());
	ck_assert_int_eq(q->cohort.entry->kind, PART_EVENT);
	ck_assert_uint_eq(q->cohort.entry->n_codes, 2);
	ck_assert_uint_eq(q->cohort.criteria, 1);
	ck_assert_uint_eq(q->cohort.depth, 1);
	ck_assert(!q->cohort.entry->first && q->cohort.index == INDEX_FIRST);
	ck_assert_int_eq(q->cohort.before, -1);
	ck_assert_int_eq(q->cohort.after, -1);
	ck_assert(ask(COHORT("{entry: {visit: any, first: yes}}"))->cohort.entry->first);
	ck_assert(!ask(COHORT("{entry: {visit: any, first: no}}"))->cohort.entry->first);
	ck_assert(ask("{\"study\":\"S\",\"kind\":\"count\",\"dataset\":\"omop\","
		      "\"cohort\":{\"entry\":{\"visit\":\"any\",\"first\":true}}}")
			  ->cohort.entry->first);
	q = ask(COHORT(
		"{entry: [{visit: any}, {measure: a, with: [{drug: any}, {age: {from: 18}}]}, "
		"{visit: any}], index: last, observed: {before: 1 week}}"));
	ck_assert_msg(q != NULL, "%s", first_said());
	ck_assert_uint_eq(q->cohort.n_entries, 2);
	ck_assert_uint_eq(q->cohort.criteria, 4);
	ck_assert_uint_eq(q->cohort.depth, 2);
	ck_assert_int_eq(q->cohort.index, INDEX_LAST);
	ck_assert_int_eq(q->cohort.before, 7);
	ck_assert_int_eq(q->cohort.after, 0);
	REFUSED(COHORT("{entry: {visit: any, first: maybe}}"), "Q116", "neither yes nor no");
	REFUSED(COHORT("{entry: {visit: any, first: [yes]}}"), "Q105", "yes or no");
	REFUSED(COHORT("{entry: {sex: 女}}"), "Q131", "this event does not say");
	REFUSED(COHORT("{entry: {any: [{visit: any}]}}"), "Q114", "'cohort'");
	REFUSED(COHORT("{entry: {first: yes}}"), "Q131", "does not say");
	REFUSED(COHORT("{entry: {condition: any, drug: any}}"), "Q132", "beside");
	REFUSED(COHORT("{entry: [visit]}"), "Q105", "a map such as");
	REFUSED(COHORT("{entry: []}"), "Q134", "'entry' is empty");
	REFUSED(COHORT("{entry: {visit: any, within: {from: 0 days}}}"), "Q114", "member of 'all'");
	REFUSED(COHORT("{entry: {visit: any, times: {at_least: 2}}}"), "Q114", "member of 'all'");
	REFUSED(COHORT("{index: last}"), "Q137", "give the cohort an 'entry'");
	REFUSED(COHORT("{entry: {visit: any}, index: any}"), "Q107", "first, last, each");
	REFUSED(COHORT("{observed: {before: 365 days}}"), "Q137", "give the cohort an 'entry'");
	REFUSED(COHORT("{entry: {visit: any}, observed: {}}"), "Q141", "no days");
	REFUSED(COHORT("{entry: {visit: any}, observed: {before: 1 month}}"), "Q117", "no fixed");
	REFUSED(COHORT("{entry: {visit: any}, observed: {before: 365}}"), "Q117", "'30 days'");
}
END_TEST

START_TEST(a_cohort_is_flattened_and_each_member_stands_once)
{
	struct question *q =
		ask(COHORT("{all: [{sex: 女}, {all: [{visit: any}, {any: [{sex: 女}]}]}], "
			   "any: [{any: [{drug: any}, {death: any}]}, {drug: any}]}"));
	const struct part *any;

	ck_assert_msg(q != NULL, "%s", first_said());
	ck_assert_uint_eq(q->cohort.root->n_children, 3);
	any = q->cohort.root->children;
	ck_assert_int_eq(any->kind, PART_ANY);
	ck_assert_uint_eq(any->n_children, 2);
	ck_assert_int_eq((int)any->children->event, EVENT_DEATH);
	ck_assert_int_eq(any->next->kind, PART_SEX);
	ck_assert_int_eq((int)any->next->next->event, EVENT_VISIT);
	ck_assert_ptr_null(any->next->next->next);
	ck_assert_uint_eq(q->cohort.criteria, 4);
	ck_assert_uint_eq(q->cohort.depth, 2);
	/* a flat list is one deep however it is written; a none is never dissolved */
	ck_assert_uint_eq(
		ask(COHORT("{any: [{all: [{sex: 女}, {visit: any}]}]}"))->cohort.depth, 1);
	ck_assert_uint_eq(ask(COHORT("{none: [{none: [{sex: 女}]}]}"))->cohort.depth, 3);
}
END_TEST

START_TEST(the_last_day_is_that_of_the_latest_during)
{
	struct question *q =
		ask(COHORT("{entry: {visit: any, during: 2019-01-01..2021-12-31}, all: "
			   "[{drug: any}, {none: [{measure: a, during: "
			   "2018-01-01..2022-06-30}]}, {visit: any, during: "
			   "2020-01-01..2020-12-31}]}"));
	int32_t day;

	ck_assert_msg(q != NULL, "%s", first_said());
	ck_assert(day_parse("2022-06-30", &day));
	ck_assert_int_eq(cohort_last_day(&q->cohort), day);
	q = ask(COHORT("{entry: {visit: any, during: 2019-01-01..2021-12-31}}"));
	ck_assert(day_parse("2021-12-31", &day));
	ck_assert_int_eq(cohort_last_day(&q->cohort), day);
	ck_assert_int_eq(cohort_last_day(&ask(HEAD)->cohort), DAY_NONE);
	ck_assert_int_eq(cohort_last_day(&ask(COHORT("hba1c-t2dm"))->cohort), DAY_NONE);
}
END_TEST

/* A cohort of n criteria, each with `codes` codes. */
static void many(struct text *t, unsigned n, unsigned codes)
{
	unsigned code = 1;

	text_init(t, MAX_QUESTION_BYTES);
	text_add(t, HEAD "cohort: {all: [");
	for (unsigned i = 0; i < n; i++) {
		text_add(t, i == 0 ? "{drug: [" : ", {drug: [");
		for (unsigned j = 0; j < codes; j++)
			text_addf(t, "%s%u", j == 0 ? "" : ", ", code++);
		text_add(t, "]}");
	}
	text_add(t, "]}\n");
	ck_assert(!text_failed(t));
}

START_TEST(as_many_criteria_as_the_bound_are_read_and_one_more_refused)
{
	struct text t;
	struct question *q;

	many(&t, MAX_CRITERIA, 1);
	q = ask(text_str(&t));
	ck_assert_msg(q != NULL, "%s", first_said());
	ck_assert_uint_eq(q->cohort.criteria, MAX_CRITERIA);
	text_clear(&t);
	many(&t, MAX_CRITERIA + 1, 1);
	REFUSED(text_str(&t), "Q135", "at most 500 criteria");
	text_clear(&t);
	many(&t, 3 * MAX_CRITERIA, 1);
	REFUSED(text_str(&t), "Q135", "at most 500 criteria");
	text_clear(&t);
}
END_TEST

START_TEST(as_many_codes_as_the_bound_are_read_and_one_more_refused)
{
	struct text t;

	many(&t, 10, MAX_CODES / 10);
	ACCEPTED(text_str(&t));
	text_clear(&t);
	many(&t, 1, MAX_CODES);
	ACCEPTED(text_str(&t));
	text_clear(&t);
	many(&t, 3, MAX_CODES / 3 + 1);
	REFUSED(text_str(&t), "Q124", "at most 10000 codes");
	text_clear(&t);
	many(&t, 1, MAX_CODES + 1);
	REFUSED(text_str(&t), "Q124", "at most 10000 codes");
	text_clear(&t);
}
END_TEST

/* {none: [{none: [... {sex: 女} ...]}]}, none of them dissolving, `levels` in all. */
static void nested(struct text *t, unsigned levels, const char *head, const char *inner)
{
	text_init(t, MAX_QUESTION_BYTES);
	text_addf(t, HEAD "cohort: {%s: [", head);
	for (unsigned i = 1; i < levels; i++)
		text_addf(t, "{%s: [", i % 2 == 0 ? head : inner);
	text_add(t, "{sex: 女}, {visit: any}");
	for (unsigned i = 1; i < levels; i++)
		text_add(t, "]}");
	text_add(t, "]}\n");
	ck_assert(!text_failed(t));
}

START_TEST(a_cohort_nests_to_its_bound_and_no_deeper)
{
	struct question *q;
	struct text t;

	/* the root is the first level, so a none or any of the cohort's map is the second */
	nested(&t, MAX_COHORT_DEPTH - 1, "none", "none");
	q = ask(text_str(&t));
	ck_assert_msg(q != NULL, "%s", first_said());
	ck_assert_uint_eq(q->cohort.depth, MAX_COHORT_DEPTH);
	text_clear(&t);
	nested(&t, MAX_COHORT_DEPTH, "all", "none");
	ck_assert_ptr_nonnull(ask(text_str(&t)));
	text_clear(&t);
	nested(&t, MAX_COHORT_DEPTH, "none", "none");
	REFUSED(text_str(&t), "Q136", "at most 13 deep");
	text_clear(&t);
	/* and far below it the text reader stops */
	nested(&t, 1000, "none", "any");
	ck_assert_ptr_null(ask(text_str(&t)));
	ck_assert_ptr_nonnull(said("P108"));
	text_clear(&t);
}
END_TEST

/* A block or a row of the page: a question, or a cohort alone. */
static bool example_reads(const char *text, size_t len)
{
	struct cohort c;
	struct node *n = NULL;
	struct question *q;

	fresh(MAX_QUERY_ARENA);
	if (memmem(text, len, "study:", 6) != NULL || memmem(text, len, "\"study\"", 7) != NULL)
		return question_read("page", text, len, &arena, &ds, &q) == 0;
	return node_read("page", text, len, 32, &arena, &ds, &n) == 0 &&
	       cohort_build(n, &arena, &ds, &c) == 0;
}

static unsigned read_examples(const char *page)
{
	unsigned n = 0;

	for (const char *at = page; (at = strstr(at, "\n```yaml\n")) != NULL; n++) {
		const char *end = strstr(at + 9, "\n```");

		ck_assert_ptr_nonnull(end);
		ck_assert_msg(example_reads(at + 9, (size_t)(end - at - 8)), "%.*s\n%s",
			(int)(end - at), at, first_said());
		at = end;
	}
	for (const char *at = page; (at = strstr(at, "\n| `{")) != NULL; n++) {
		size_t len = strcspn(at + 4, "`");

		/* rows of the tables of keys show a criterion, those of the example a cohort */
		if (strstr(at, "\n| (") == NULL && strstr(at, "\n| （") == NULL)
			ck_assert_msg(example_reads(at + 4, len), "%.*s\n%s", (int)len, at + 4,
				first_said());
		at += len;
	}
	return n;
}

START_TEST(every_example_of_the_page_is_read)
{
	static const char *const pages[] = { "docs/questions.md", "docs/questions.zh.md" };
	struct error err;

	for (int i = 0; i < 2; i++) {
		uint8_t *bytes = NULL;
		size_t len = 0;
		char *page;

		ck_assert_int_eq(file_read(pages[i], MAX_FILE_BYTES, &bytes, &len, &err), 0);
		page = strndup((const char *)bytes, len);
		ck_assert_uint_gt(read_examples(page), 25);
		free(page);
		free(bytes);
	}
}
END_TEST

START_TEST(a_cohort_can_be_built_alone)
{
	static const char text[] = "{all: [{sex: 女}]}";
	static const char with_sets[] = "{cohort: {all: [{drug: [\"set:a\"]}]}, sets: {a: [1, 2]}}";
	struct cohort c = { .criteria = 77 };
	struct node *n;

	fresh(MAX_QUERY_ARENA);
	ck_assert_int_eq(node_read("c", text, sizeof(text) - 1, 32, &arena, &ds, &n), 0);
	ck_assert_int_eq(cohort_build(n, &arena, &ds, &c), 0);
	ck_assert_uint_eq(c.criteria, 1);
	ck_assert_int_eq(cohort_build(NULL, &arena, &ds, &c), 0);
	ck_assert_uint_eq(c.criteria, 0);
	ck_assert_int_eq(node_read("c", with_sets, sizeof(with_sets) - 1, 32, &arena, &ds, &n), 0);
	ck_assert_int_eq(cohort_build(n, &arena, &ds, &c), 0);
	ck_assert_uint_eq(c.root->children->n_codes, 2);
	ck_assert_int_eq(
		node_read("c", "{cohort: {}, sets: {a: [1]}}", 28, 32, &arena, &ds, &n), 0);
	c.criteria = 77;
	ck_assert_int_eq(cohort_build(n, &arena, &ds, &c), -1);
	ck_assert_uint_eq(c.criteria, 77);
	/* a failure leaves what was there */
	c.criteria = 77;
	ck_assert_int_eq(node_read("c", "{all: [x]}", 10, 32, &arena, &ds, &n), 0);
	ck_assert_int_eq(cohort_build(n, &arena, &ds, &c), -1);
	ck_assert_uint_eq(c.criteria, 77);
}
END_TEST

UNIT_MAIN("cohort", every_kind_of_event_is_read_by_its_name, codes_are_read_in_their_four_forms,
	what_is_no_code_is_refused, codes_of_vocabularies_keep_their_system_and_text,
	what_people_write_is_led_to_what_is_meant, a_set_is_read_as_if_its_codes_stood_there,
	sets_that_double_each_other_end_at_the_bound_of_codes, a_criterion_has_one_head,
	modifiers_stand_only_where_they_mean_something, a_span_has_two_days_that_exist_in_order,
	the_bounds_of_a_value_are_kept_exactly, values_that_cannot_be_are_refused,
	an_age_is_from_up_to_under, a_sex_is_a_label_of_the_site,
	a_window_counts_days_from_the_index_date, windows_that_cannot_be_are_refused,
	with_looks_from_the_event_that_it_stands_in, a_criterion_says_how_often,
	a_criterion_bounds_how_long_and_until_when, every_property_of_an_event_is_read_by_its_name,
	so_many_of_a_list_hold, a_criterion_and_its_opposite_are_told,
	the_order_of_an_attrition_is_kept, every_problem_has_its_place,
	the_entry_is_an_event_or_several, a_cohort_is_flattened_and_each_member_stands_once,
	the_last_day_is_that_of_the_latest_during,
	as_many_criteria_as_the_bound_are_read_and_one_more_refused,
	as_many_codes_as_the_bound_are_read_and_one_more_refused,
	a_cohort_nests_to_its_bound_and_no_deeper, a_cohort_can_be_built_alone,
	every_example_of_the_page_is_read)
