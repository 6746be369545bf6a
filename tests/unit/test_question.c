/*
 * test_question.c - reading questions: keys, words, groups, sites, days, and the bounds of
 * limits.h.
 */
#include "tests/unit/questions.h"

#include <stdio.h>

#include "base/clock.h"

START_TEST(a_question_is_read_with_all_its_keys)
{
	struct question *q = ask(
		HEAD "mode: secure\n"
		     "group_by: [sex, age]\n"
		     "sites: [xiehe, renmin]\n"
		     "cohort:\n"
		     "  entry: {condition: [201826+], during: 2019-01-01..2025-12-31, first: yes}\n"
		     "  all:\n"
		     "    - {age: {from: 45, to: 65}}\n"
		     "  none:\n"
		     "    - {drug: any}\n");

	ck_assert_msg(q != NULL, "%s", first_said());
	ck_assert_str_eq(q->study, "DM-2026-01");
	ck_assert_str_eq(q->dataset, "omop");
	ck_assert_int_eq(q->kind, KIND_COUNT);
	ck_assert_int_eq(q->mode, MODE_SECURE);
	ck_assert_uint_eq(q->n_groups, 2);
	ck_assert_str_eq(q->groups[0].text, "age");
	ck_assert_str_eq(q->groups[1].text, "sex");
	ck_assert_uint_eq(q->groups[1].at.line, 5);
	ck_assert_uint_eq(q->n_sites, 2);
	ck_assert_str_eq(q->sites[0].text, "renmin");
	ck_assert_int_eq(q->on, DAY_NONE);
	ck_assert_ptr_null(q->of.text);
	ck_assert_ptr_nonnull(q->cohort.entry);
	ck_assert_uint_eq(q->cohort.criteria, 3);
	ck_assert_uint_eq(q->cohort.depth, 2);
	ck_assert_uint_eq(q->study_at.line, 1);
	ck_assert_uint_eq(q->study_at.column, 8);
	ck_assert_uint_eq(q->kind_at.line, 2);
	ck_assert_uint_eq(q->dataset_at.line, 3);
	ck_assert_uint_eq(q->mode_at.line, 4);
	ck_assert_uint_eq(q->cohort_at.line, 8);
}
END_TEST

START_TEST(what_is_left_out_has_its_default)
{
	struct question *q = ask(HEAD);

	ck_assert_ptr_nonnull(q);
	ck_assert_int_eq(q->mode, MODE_NOISED);
	ck_assert_uint_eq(q->n_sites, 0);
	ck_assert_uint_eq(q->n_groups, 0);
	ck_assert_ptr_null(q->cohort.officer);
	ck_assert_ptr_null(q->cohort.entry);
	ck_assert_int_eq(q->cohort.root->kind, PART_ALL);
	ck_assert_ptr_null(q->cohort.root->children);
	ck_assert_uint_eq(q->cohort.criteria, 0);
	ACCEPTED(HEAD "sites: all\n");
	ACCEPTED(HEAD "group_by: []\n");
	ACCEPTED(COHORT("{}"));
}
END_TEST

START_TEST(json_reads_as_yaml_does)
{
	struct question *q =
		ask("{\"study\":\"DM-2026-01\",\"kind\":\"histogram\",\"dataset\":\"omop\","
		    "\"of\":\"hba1c\",\"on\":\"2026-03-01\",\"group_by\":[\"sex\"],"
		    "\"cohort\":\"hba1c-t2dm\"}");
	int32_t day;

	ck_assert_msg(q != NULL, "%s", first_said());
	ck_assert_str_eq(q->cohort.officer, "hba1c-t2dm");
	ck_assert_str_eq(q->of.text, "hba1c");
	ck_assert(day_parse("2026-03-01", &day));
	ck_assert_int_eq(q->on, day);
}
END_TEST

START_TEST(each_required_key_is_missed_by_name)
{
	REFUSED("kind: count\ndataset: omop\n", "Q104", "'study'");
	REFUSED("study: S\ndataset: omop\n", "Q104", "'kind'");
	REFUSED("study: S\nkind: count\n", "Q104", "'dataset'");
	REFUSED("- study\n", "Q101", "map");
	REFUSED("count\n", "Q101", "map");
}
END_TEST

START_TEST(an_unknown_key_is_refused_with_the_nearest)
{
	REFUSED(HEAD "grup_by: [sex]\n", "Q103", "did you mean 'group_by'");
	REFUSED(HEAD "sties: all\n", "Q103", "did you mean 'sites'");
	REFUSED(HEAD "where_clause: x\n", "Q103", "known here: study, kind");
	REFUSED(HEAD "\"; drop table person; --\": x\n", "Q103", "unknown key");
	ck_assert_uint_eq(said("Q103")->at.line, 4);
	ck_assert_uint_eq(said("Q103")->at.column, 1);
}
END_TEST

START_TEST(a_key_in_the_wrong_place_is_told_where_it_belongs)
{
	REFUSED(HEAD "all: [{sex: 女}]\n", "Q114", "in 'cohort'");
	REFUSED(HEAD "entry: {visit: any}\n", "Q114", "in 'cohort'");
	REFUSED(HEAD "sex: 女\n", "Q114", "member of 'all'");
	REFUSED(HEAD "at_least: 2\n", "Q114", "member of 'all'");
	REFUSED(HEAD "to_on: end\n", "Q114", "in 'within'");
	REFUSED(COHORT("{before: 3 days}"), "Q114", "in 'observed'");
	REFUSED(COHORT("{all: [{measure: a, unit: [1]}]}"), "Q114", "in the 'value'");
	REFUSED(COHORT("{all: [{measure: a, value: {low: {above: 1}}}]}"), "Q114",
		"in the 'range'");
	REFUSED(COHORT("{all: [{measure: a, distinct: day}]}"), "Q114", "in 'times'");
	REFUSED(COHORT("{sex: 女}"), "Q114", "member of 'all'");
	REFUSED(COHORT("{all: [{sex: 女}], mode: secure}"), "Q114", "top of the question");
	REFUSED(COHORT("{all: [{sex: 女, on: 2026-01-01}]}"), "Q114", "top of the question");
}
END_TEST

#define OF_KIND(kind) "study: S\nkind: " kind "\ndataset: omop\n"
#define CURVE         OF_KIND("survival") "cohort: {entry: {condition: [1]}}\n"

START_TEST(each_kind_has_its_own_keys)
{
	static const char *const keys[] = { "event: {death: any}", "step: 1 month",
		"horizon: 1 year", "at: [0.5]" };
	char text[200];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		snprintf(text, sizeof(text), HEAD "%s\n", keys[i]);
		REFUSED(text, "Q168", "a count takes none; leave it out");
		snprintf(text, sizeof(text), CURVE "event: {death: any}\nat: [0.5]\n");
		REFUSED(text, "Q168", "'at' belongs to a quantile");
	}
	ACCEPTED(OF_KIND("crosstab") "group_by: [a, b]\n");
	REFUSED(OF_KIND("crosstab") "group_by: [a]\n", "Q167", "exactly 2");
	REFUSED(OF_KIND("crosstab"), "Q167", "exactly 2");
	REFUSED(OF_KIND("crosstab") "group_by: [a, b, c]\n", "Q167", "exactly 2");
	REFUSED(OF_KIND("crosstab") "group_by: [a, b]\nof: c\n", "Q154", "takes no 'of'");
	REFUSED(OF_KIND("mean"), "Q153", "needs 'of'");
	REFUSED(OF_KIND("quantile"), "Q153", "needs 'of'");
	ACCEPTED(OF_KIND("mean") "of: hba1c\ngroup_by: [a, b, c]\n");
	REFUSED(OF_KIND("attrition"), "Q171", "at least one");
	REFUSED(OF_KIND("attrition") "cohort: {}\n", "Q171", "at least one");
	REFUSED(OF_KIND("attrition") "cohort: c1\n", "Q171", "at least one");
	ACCEPTED(OF_KIND("attrition") "cohort: {entry: {visit: any}}\ngroup_by: [a, b]\n");
	REFUSED(OF_KIND("attrition") "cohort: {entry: {visit: any}}\ngroup_by: [a, b, c]\n", "Q167",
		"at most 2");
}
END_TEST

START_TEST(quantiles_rise_between_0_and_1)
{
	const struct question *q = ask(OF_KIND("quantile") "of: a\nat: [0.75, 0.5, 0.50, 0.05]\n");

	ck_assert_msg(q != NULL, "%s", first_said());
	ck_assert_uint_eq(q->n_at, 3);
	ck_assert_int_eq(q->at[0], 50000000);
	ck_assert_int_eq(q->at[2], 750000000);
	ck_assert_uint_eq(ask(OF_KIND("quantile") "of: a\n")->n_at, 0);
	REFUSED(OF_KIND("quantile") "of: a\nat: []\n", "Q169", "1 to 20");
	REFUSED(OF_KIND("quantile") "of: a\nat: [0]\n", "Q169", "between 0 and 1");
	REFUSED(OF_KIND("quantile") "of: a\nat: [1]\n", "Q169", "between 0 and 1");
	REFUSED(OF_KIND("quantile") "of: a\nat: [-0.5]\n", "Q169", "between 0 and 1");
	REFUSED(OF_KIND("quantile") "of: a\nat: [median]\n", "Q112", "'median'");
	REFUSED(OF_KIND("quantile") "of: a\nat: 0.5\n", "Q105", "a list of numbers");
	REFUSED(OF_KIND("quantile") "of: a\nat: "
				    "[.01,.02,.03,.04,.05,.06,.07,.08,.09,.1,.11,.12,.13,"
				    ".14,.15,.16,.17,.18,.19,.2,.21]\n",
		"Q169", "1 to 20");
}
END_TEST

START_TEST(a_survival_ends_with_an_event)
{
	const struct question *q = ask(CURVE "event: {condition: [2, 1], first: yes, with: [{drug: "
					     "any, within: {from: 0 days, of: index}}]}\n"
					     "step: 1 year\nhorizon: 60 months\n");

	ck_assert_msg(q != NULL, "%s", first_said());
	ck_assert_int_eq(q->event->kind, PART_EVENT);
	ck_assert(q->event->first);
	ck_assert(q->event->with->children->windows[0].of_index);
	ck_assert_int_eq(q->step.count, 12);
	ck_assert(q->step.months && q->horizon.months);
	ck_assert_int_eq(q->horizon.count, 60);
	/* the event is none of the cohort's criteria */
	ck_assert_uint_eq(q->cohort.criteria, 1);
	ck_assert_int_eq(ask(CURVE "event: {death: any}\n")->step.count, 0);
	ck_assert_int_eq(ask(CURVE "event: {death: any}\nstep: 2 weeks\n")->step.count, 14);
	REFUSED(CURVE, "Q170", "needs 'event'");
	REFUSED(OF_KIND("survival") "event: {death: any}\n", "Q170", "an 'entry'");
	REFUSED(OF_KIND("survival") "cohort: c1\nevent: {death: any}\n", "Q170", "an 'entry'");
	REFUSED(CURVE "event: {death: any, within: {from: 0 days}}\n", "Q114", "'within'");
	REFUSED(CURVE "event: {death: any, times: {at_least: 2}}\n", "Q114", "'times'");
	REFUSED(CURVE "event: {sex: 女}\n", "Q131", "this event");
	REFUSED(CURVE "event: [{death: any}]\n", "Q105", "a map such as");
	REFUSED(CURVE "event: {death: any}\nstep: 0 days\n", "Q117", "'0 days'");
	REFUSED(CURVE "event: {death: any}\nstep: 30\n", "Q117", "as 3 months");
	REFUSED(CURVE "event: {death: any}\nstep: 7 months\nhorizon: 5 years\n", "Q172",
		"whole number");
	REFUSED(CURVE "event: {death: any}\nstep: 30 days\nhorizon: 5 years\n", "Q172",
		"both in days");
}
END_TEST

START_TEST(wrong_words_and_forms_are_refused)
{
	REFUSED("study: S\nkind: max\ndataset: omop\n", "Q107", "one of: count, histogram");
	REFUSED("study: S\nkind: histogramm\ndataset: omop\n", "Q107", "did you mean 'histogram'");
	REFUSED(HEAD "mode: off\n", "Q107", "one of: noised, secure");
	REFUSED("study: DM 2026\nkind: count\ndataset: omop\n", "Q106", "'DM 2026'");
	REFUSED("study: S\nkind: count\ndataset: 数据\n", "Q106", "'dataset'");
	REFUSED("study: \"\"\nkind: count\ndataset: omop\n", "Q106", "not an id");
	REFUSED("study: [S]\nkind: count\ndataset: omop\n", "Q105", "takes an id");
	REFUSED(HEAD "group_by: sex\n", "Q105", "a list of names");
	REFUSED(HEAD "group_by: [[sex]]\n", "Q105", "a name");
	REFUSED(HEAD "group_by: [\"a b\"]\n", "Q108", "not a name");
	REFUSED(HEAD "group_by: [\"x'; drop table person; --\"]\n", "Q108", "not a name");
	REFUSED(HEAD "sites: renmin\n", "Q105", "a list of sites");
	REFUSED(HEAD "cohort: [a]\n", "Q105", "an officer's cohort id");
	REFUSED(HEAD "cohort: \"a b\"\n", "Q106", "not an id");
}
END_TEST

START_TEST(an_id_of_63_is_read_and_of_64_refused)
{
	char text[200];

	snprintf(text, sizeof(text), "study: %063d\nkind: count\ndataset: omop\n", 7);
	ACCEPTED(text);
	snprintf(text, sizeof(text), "study: %064d\nkind: count\ndataset: omop\n", 7);
	REFUSED(text, "Q106", "at most 63");
}
END_TEST

START_TEST(empty_values_are_refused_by_the_text_reader_alone)
{
	REFUSED("study:\nkind: count\ndataset: omop\n", "P107", "study");
	REFUSED(HEAD "group_by:\n", "P107", "group_by");
	REFUSED(HEAD "cohort:\n", "P107", "cohort");
	REFUSED(HEAD "on:\n", "P107", "on");
}
END_TEST

START_TEST(all_problems_are_found_at_once_in_the_order_of_the_text)
{
	ck_assert_ptr_null(ask("study: a b\nkind: cont\ndatset: omop\non: 2026-02-30\n"));
	ck_assert_uint_eq(ds.errors, 5);
	for (size_t i = 1; i < ds.count; i++)
		ck_assert_uint_le(ds.list[i - 1].at.line, ds.list[i].at.line);
	ck_assert_ptr_nonnull(said("Q106"));
	ck_assert_ptr_nonnull(said("Q107"));
	ck_assert_ptr_nonnull(said("Q103"));
	ck_assert_ptr_nonnull(said("Q104"));
	ck_assert_ptr_nonnull(said("Q109"));
}
END_TEST

START_TEST(a_histogram_needs_of_and_a_count_refuses_it)
{
	ACCEPTED("study: S\nkind: histogram\ndataset: omop\nof: hba1c\n");
	REFUSED("study: S\nkind: histogram\ndataset: omop\n", "Q153", "needs 'of'");
	REFUSED(HEAD "of: hba1c\n", "Q154", "takes no 'of'");
	REFUSED(CURVE "event: {death: any}\nof: hba1c\n", "Q154", "survival");
	for (int k = 0; k < KINDS; k++) {
		enum question_kind back;

		ck_assert(kind_parse(kind_name(k), &back) && (int)back == k);
	}
	ck_assert(!kind_parse("Count", &(enum question_kind){ 0 }));
}
END_TEST

START_TEST(an_age_needs_a_day)
{
	REFUSED(COHORT("{all: [{age: {from: 45}}]}"), "Q151", "add 'on'");
	REFUSED(HEAD "group_by: [age]\n", "Q151", "add 'on'");
	REFUSED("study: S\nkind: histogram\ndataset: omop\nof: age\n", "Q151", "add 'on'");
	REFUSED(COHORT("officer-1") "group_by: [age]\n", "Q151", "add 'on'");
	REFUSED(COHORT("{any: [{sex: 女}, {none: [{age: {to: 18}}]}]}"), "Q151", "add 'on'");
	ACCEPTED(HEAD "group_by: [age]\non: 2026-03-01\n");
	ACCEPTED(COHORT("officer-1") "group_by: [age]\non: 2026-03-01\n");
	ACCEPTED(COHORT("{all: [{age: {from: 45}}], entry: {visit: any}}"));
	ACCEPTED(
		COHORT("{all: [{age: {from: 45}}, {visit: any, during: 2020-01-01..2020-12-31}]}"));
	ACCEPTED(COHORT("{all: [{age: {from: 45}}]}") "on: 2026-03-01\n");
}
END_TEST

START_TEST(a_day_that_would_not_be_used_is_refused)
{
	REFUSED(HEAD "on: 2026-03-01\n", "Q152", "asks for no age");
	REFUSED(COHORT("{all: [{age: {from: 45}}], entry: {visit: any}}") "on: 2026-03-01\n",
		"Q152", "entry");
	REFUSED(COHORT("{all: [{age: {from: 45}}, {visit: any, during: 2020-01-01..2020-12-31}]}") "on: 2026-03-01\n",
		"Q152", "2020-12-31");
	/* a column may be an age under another name: only the policy knows */
	ACCEPTED(HEAD "group_by: [cdm.person.year_of_birth]\non: 2026-03-01\n");
	REFUSED(HEAD "on: 2026-3-1\n", "Q109", "2026-3-1");
	REFUSED(HEAD "on: 2025-02-29\n", "Q109", "2025-02-29");
}
END_TEST

START_TEST(groups_are_a_set_of_at_most_three)
{
	struct question *q = ask(HEAD "group_by: [sex, 年龄段, sex, cdm.person.x, sex]\n");

	ck_assert_msg(q != NULL, "%s", first_said());
	ck_assert_uint_eq(q->n_groups, MAX_GROUPS);
	ck_assert_str_eq(q->groups[0].text, "cdm.person.x");
	REFUSED(HEAD "group_by: [a, b, c, d]\n", "Q155", "at most 3");
}
END_TEST

/* "sites: [s0000, s0001, ...]" with n of them. */
static char *many_sites(unsigned n)
{
	char *text = malloc(100 + 8 * (size_t)n);
	size_t len = strlen(HEAD "sites: [");

	ck_assert_ptr_nonnull(text);
	memcpy(text, HEAD "sites: [", len);
	for (unsigned i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, 9, "%ss%04u", i == 0 ? "" : ", ", i);
	memcpy(text + len, "]\n", 3);
	return text;
}

START_TEST(sites_are_a_set_of_at_most_4096)
{
	char *text = many_sites(MAX_SITES);
	struct question *q = ask(text);

	ck_assert_msg(q != NULL, "%s", first_said());
	ck_assert_uint_eq(q->n_sites, MAX_SITES);
	free(text);
	text = many_sites(MAX_SITES + 1);
	REFUSED(text, "Q156", "at most 4096");
	free(text);
	q = ask(HEAD "sites: [b, a, b]\n");
	ck_assert_uint_eq(q->n_sites, 2);
	REFUSED(HEAD "sites: []\n", "Q157", "empty");
	REFUSED(HEAD "sites: [a, all]\n", "Q157", "'all'");
	REFUSED(HEAD "sites: [\"a/b\"]\n", "Q106", "a/b");
}
END_TEST

START_TEST(a_question_of_256_kib_is_read_and_one_byte_more_refused)
{
	size_t len = MAX_QUESTION_BYTES + 1;
	char *text = malloc(len);

	ck_assert_ptr_nonnull(text);
	memset(text, '\n', len);
	memcpy(text, HEAD, strlen(HEAD));
	ck_assert_ptr_nonnull(ask_bytes(text, len - 1));
	ck_assert_ptr_null(ask_bytes(text, len));
	ck_assert_ptr_nonnull(said("Q102"));
	ck_assert_uint_eq(ds.count, 1);
	free(text);
}
END_TEST

START_TEST(a_result_is_only_written_on_success)
{
	struct question untouched, *q = &untouched;

	fresh(MAX_QUERY_ARENA);
	ck_assert_int_eq(question_read("q", "kind: x", 7, &arena, &ds, &q), -1);
	ck_assert_ptr_eq(q, &untouched);
}
END_TEST

START_TEST(little_memory_is_an_error_and_not_a_crash)
{
	static const char text[] =
		COHORT("{entry: [{visit: any}, {drug: [\"set:s\"], age: {from: 18}}], all: "
		       "[{condition: [201826+, icd10:E11]}, {any: [{sex: 女}, {measure: a, value: "
		       "{at_least: 7, unit: [1]}, within: [{from: 0 days}, {to: 9 days, on: "
		       "end}]}]}]}") "sites: [a, b]\nsets: {s: [1, 2]}\n";
	bool worked = false;

	for (size_t room = 0; room < 65536; room += 16) {
		struct question *q = NULL;
		int ret;

		fresh(room);
		ret = question_read("q", text, sizeof(text) - 1, &arena, &ds, &q);
		ck_assert_int_eq(ret == 0, ds.errors == 0);
		ck_assert(!worked || ret == 0);
		worked = ret == 0;
	}
	ck_assert(worked);
}
END_TEST

START_TEST(hostile_nesting_is_refused)
{
	static const char *const openings[] = { "[", "{a: ", "- ", "{\"all\":[", "{all: [{any: [" };
	size_t len = MAX_QUESTION_BYTES;
	char *text = malloc(len);

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
		size_t n = strlen(openings[i]), at = strlen(COHORT(""));

		memcpy(text, COHORT(""), at);
		text[at - 1] = ' ';
		for (; at + n <= len; at += n)
			memcpy(text + at, openings[i], n);
		ck_assert_ptr_null(ask_bytes(text, at));
		ck_assert_ptr_null(ask_bytes(text + strlen(COHORT("")), at - strlen(COHORT(""))));
	}
	free(text);
}
END_TEST

START_TEST(every_truncation_is_read_or_refused)
{
	static const char yaml[] = COHORT(
		"{entry: {drug: [1, 2+]}, all: [{age: {from: 45, to: 65}}, "
		"{any: [{sex: \"女\"}, {measure: a, value: {between: [1, 2]}}]}]}") "group_by: "
										    "[sex, age]\n";
	static const char json[] =
		"{\"study\":\"S\",\"kind\":\"count\",\"dataset\":\"omop\",\"cohort\":"
		"{\"all\":[{\"sex\":\"女\"},{\"drug\":[\"1+\"]}]}}";

	for (size_t len = 0; len < sizeof(yaml); len++)
		(void)ask_bytes(yaml, len);
	for (size_t len = 0; len < sizeof(json) - 1; len++)
		ck_assert_ptr_null(ask_bytes(json, len));
	ck_assert_ptr_nonnull(ask_bytes(json, sizeof(json) - 1));
}
END_TEST

START_TEST(long_or_invisible_text_is_shown_short_and_harmless)
{
	char text[2000];

	snprintf(text, sizeof(text), HEAD "group_by: [\"%1000s\"]\n", "x");
	ck_assert_ptr_null(ask(text));
	ck_assert_uint_lt(strlen(said("Q108")->en), 300);
	ck_assert_ptr_null(ask(HEAD "group_by: [\"\\x1b[31mred\"]\n"));
	for (size_t i = 0; i < ds.count; i++)
		ck_assert_ptr_null(strchr(ds.list[i].en, 0x1b));
}
END_TEST

START_TEST(params_are_values_for_an_officers_cohort_alone)
{
	const struct question *q = ask(
		HEAD "cohort: c1\nparams: {to: 2025-12, from: 2025-01, cut: 7.0, label: '7'}\n");

	ck_assert_uint_eq(q->n_params, 4);
	ck_assert_str_eq(q->params[0].name, "cut");
	ck_assert_str_eq(q->params[0].value.text, "7");
	ck_assert(q->params[0].value.number);
	ck_assert_str_eq(q->params[1].value.text, "2025-01");
	ck_assert(!q->params[1].value.number && !q->params[2].value.number);
	REFUSED(HEAD "params: {from: 2025-01}\n", "Q158", "officer's cohort");
	REFUSED(COHORT("{all: [{sex: 女}]}") "params: {from: 2025-01}\n", "Q158", "");
	REFUSED(HEAD "cohort: c1\nparams: [a]\n", "Q105", "params");
	REFUSED(HEAD "cohort: c1\nparams: {a b: 1}\n", "Q106", "");
	REFUSED(HEAD "cohort: c1\nparams: {a: [1]}\n", "Q105", "");
	REFUSED(HEAD "cohort: c1\nparams: {a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1}\n",
		"Q159", "");
}
END_TEST

START_TEST(a_filter_is_a_set_of_values_for_each_column)
{
	const struct question *q =
		ask(HEAD "filter: {c.b.d: [2025-02, 2025-01, 2025-02], c.b.a: [9, 439727]}\n");

	ck_assert_uint_eq(q->n_filters, 2);
	ck_assert_str_eq(q->filters[0].column, "c.b.a");
	ck_assert_uint_eq(q->filters[0].n_values, 2);
	ck_assert_str_eq(q->filters[0].values[0].text, "439727");
	ck_assert_uint_eq(q->filters[1].n_values, 2);
	ck_assert_str_eq(q->filters[1].values[0].text, "2025-01");
	REFUSED(HEAD "filter: [a]\n", "Q105", "filter");
	REFUSED(HEAD "filter: {a.b.c: 7}\n", "Q105", "filter");
	REFUSED(HEAD "filter: {a.b.c: []}\n", "Q161", "");
	REFUSED(HEAD "filter: {a b: [7]}\n", "Q108", "");
	REFUSED(HEAD "filter: {a: [1], b: [1], c: [1], d: [1], e: [1], f: [1], g: [1]}\n", "Q160",
		"");
}
END_TEST

UNIT_MAIN("question", params_are_values_for_an_officers_cohort_alone,
	a_filter_is_a_set_of_values_for_each_column, a_question_is_read_with_all_its_keys,
	what_is_left_out_has_its_default, json_reads_as_yaml_does,
	each_required_key_is_missed_by_name, an_unknown_key_is_refused_with_the_nearest,
	a_key_in_the_wrong_place_is_told_where_it_belongs, each_kind_has_its_own_keys,
	quantiles_rise_between_0_and_1, a_survival_ends_with_an_event,
	wrong_words_and_forms_are_refused, an_id_of_63_is_read_and_of_64_refused,
	empty_values_are_refused_by_the_text_reader_alone,
	all_problems_are_found_at_once_in_the_order_of_the_text,
	a_histogram_needs_of_and_a_count_refuses_it, an_age_needs_a_day,
	a_day_that_would_not_be_used_is_refused, groups_are_a_set_of_at_most_three,
	sites_are_a_set_of_at_most_4096, a_question_of_256_kib_is_read_and_one_byte_more_refused,
	a_result_is_only_written_on_success, little_memory_is_an_error_and_not_a_crash,
	hostile_nesting_is_refused, every_truncation_is_read_or_refused,
	long_or_invisible_text_is_shown_short_and_harmless)
