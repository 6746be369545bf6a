/*
 * test_catalogue.c - what a study's researchers are shown: what they may ask and nothing else; and what the tables for
 * officers say of a policy.
 */
#include "cli/policy_tables.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/rulings.h"

static struct arena shown_arena;
static struct doc doc;

static void fresh(void)
{
	arena_clear(&shown_arena);
	arena_init(&shown_arena, 16 << 20);
	doc_init(&doc, &shown_arena, SAY("t", "t"));
}

static struct policy *policy_of(const struct edit *edits, unsigned n)
{
	struct policy *p = policy_with(edits, n);

	ck_assert_msg(p != NULL, "%s", first_error());
	return p;
}

static void catalogue_of(const struct policy *p, const char *study, const char *on)
{
	const struct study *s = policy_study(p, study);

	ck_assert_ptr_nonnull(s);
	fresh();
	catalogue(&doc, p, s, day(on));
	ck_assert(!doc.failed);
}

/* Everything of the document in both languages: text, page, spreadsheet, JSON. */
static char *everything(void)
{
	char *bytes = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&bytes, &len);
	struct text t;

	for (int zh = 0; zh < 2; zh++) {
		doc_html(&doc, zh == 1, f);
		doc_csv(&doc, zh == 1, f);
	}
	text_init(&t, 4 << 20);
	doc_json(&doc, &t);
	fputs(text_str(&t), f);
	text_clear(&t);
	fclose(f);
	return bytes;
}

static const struct doc_block *table_of(const char *id)
{
	for (const struct doc_block *b = doc.first; b != NULL; b = b->next)
		if (b->kind == DOC_TABLE && strcmp(b->id, id) == 0)
			return b;
	return NULL;
}

static const struct doc_row *row_of(const char *id, const char *first)
{
	for (const struct doc_block *b = doc.first; b != NULL; b = b->next)
		for (const struct doc_row *row = b->first; b->kind == DOC_TABLE && row != NULL;
			row = row->next)
			if (strcmp(b->id, id) == 0 && strcmp(row->cells[0].en, first) == 0)
				return row;
	ck_abort_msg("there is no %s in %s", first, id);
}

static void is_silent(const char *all, const char *word)
{
	const char *at = strstr(all, word);

	ck_assert_msg(at == NULL, "'%s' is told: ...%.80s", word,
		at == NULL ? "" : at - (at - all > 40 ? 40 : 0));
}

START_TEST(researchers_see_no_reason_no_place_no_account_and_nothing_of_another_study)
{
	static const char *const secrets[] = { "MH", "抑郁", "mental", "hiv", "艾滋病", "vip",
		"VIP", "439727", "X9", "li@", "wang@", "完整出生日期", "a full birth date",
		"birth_datetime", ".yaml", "opt_out", "under 14", "岁以下",
		"condition_source_value", "person_id", "drug_concept_id", "visit_concept_id;",
		"preset", "Cordon strict", "health.", "id.record", "quasi." };
	struct policy *p = policy_of(NULL, 0);
	char *all;

	catalogue_of(p, "DM", "2026-03-01");
	all = everything();
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		is_silent(all, secrets[i]);
	free(all);
}
END_TEST

START_TEST(no_column_is_named_that_the_study_may_not_use)
{
	struct policy *p = policy_of(NULL, 0);
	const struct study *s;
	char *all;

	for (unsigned n = 0; n < p->n_studies; n++) {
		s = &p->studies[n];
		catalogue_of(p, s->id, "2026-03-01");
		all = everything();
		for (unsigned t = 0; t < p->datasets[0].n_tables; t++)
			for (unsigned c = 0; c < p->datasets[0].tables[t].n_columns; c++) {
				const char *name = p->datasets[0].tables[t].columns[c].name;
				bool may = false;

				for (unsigned i = 0; i < s->n_may_use; i++)
					may = may || strcmp(s->may_use[i].text, name) == 0;
				if (!may)
					is_silent(all, name);
			}
		free(all);
	}
}
END_TEST

static void is_allowed(const struct policy *p, const char *text, const char *labels)
{
	struct verdict v = ruling_on(p, question(text), NULL, NULL, false);
	struct text got;

	ck_assert_msg(v.allow, "%s\n%s", text, v.first.say.en);
	if (labels == NULL)
		return;
	ck_assert_uint_eq(v.plan->n_dims, 1);
	text_init(&got, 4000);
	for (unsigned i = 0; i < v.plan->dims[0].n_labels; i++)
		text_addf(&got, "%s%s", i == 0 ? "" : ", ", v.plan->dims[0].labels[i]);
	ck_assert_str_eq(text_str(&got), labels);
	text_clear(&got);
}

/* The names in the first cell, each asked for. */
static void groups_are_allowed(const struct policy *p, const struct doc_row *row)
{
	char names[1000], text[2000], *name, *next = NULL;

	if (strncmp(row->cells[0].en, "year", 4) == 0)
		return; /* of the entry: below */
	ck_assert(text_copy(names, sizeof(names), row->cells[0].en));
	for (name = strtok_r(names, ", ", &next); name != NULL;
		name = strtok_r(NULL, ", ", &next)) {
		snprintf(text, sizeof(text), DM "group_by: [%s]\n" COHORT(DIABETES), name);
		is_allowed(p, text, row->cells[1].en);
	}
}

START_TEST(every_group_that_is_shown_is_answered_with_the_labels_that_are_shown)
{
	struct policy *p = policy_of(NULL, 0);
	unsigned n = 0;

	catalogue_of(p, "DM", "2026-03-01");
	for (const struct doc_row *row = table_of("groups")->first; row != NULL;
		row = row->next, n++)
		groups_are_allowed(p, row);
	ck_assert_uint_ge(n, 3);
}
END_TEST

START_TEST(every_period_that_is_shown_is_answered_when_the_entry_is_such_an_event)
{
	struct policy *p = policy_of(NULL, 0);
	const struct doc_row *row;

	catalogue_of(p, "DM", "2026-03-01");
	row = row_of("groups", "year, quarter, cdm.condition_occurrence.condition_start_date");
	ck_assert_str_eq(row->cells[1].en, "2018-Q1 to 2025-Q4");
	is_allowed(p, DM "group_by: [year]\n" ENTRY(DIABETES), NULL);
	is_allowed(p, DM "group_by: [quarter]\n" ENTRY(DIABETES), NULL);
}
END_TEST

START_TEST(every_event_that_is_shown_may_be_asked_for)
{
	struct policy *p = policy_of(NULL, 0);
	char text[1000];
	unsigned n = 0;

	catalogue_of(p, "DM", "2026-03-01");
	for (const struct doc_row *row = table_of("events")->first; row != NULL;
		row = row->next, n++) {
		snprintf(text, sizeof(text), DM "cohort: {all: [{%s: any}]}\n", row->cells[0].en);
		is_allowed(p, text, NULL);
		if (strstr(row->cells[3].en, "by ") == NULL)
			continue;
		snprintf(text, sizeof(text),
			DM "cohort: {all: [{%s: any, during: 2019-01-01..2024-12-31}]}\n",
			row->cells[0].en);
		is_allowed(p, text, NULL);
	}
	ck_assert_uint_ge(n, 2);
}
END_TEST

START_TEST(every_histogram_that_is_shown_is_answered_with_its_labels)
{
	struct policy *p = policy_of(NULL, 0);
	const struct doc_row *row;

	catalogue_of(p, "DM", "2026-03-01");
	row = row_of("measures", "hba1c");
	is_allowed(p, HIST "of: hba1c\n" COHORT(DIABETES), row->cells[4].en);
	ck_assert_str_eq(row->cells[3].en, "6.5, 7, 8");
	ck_assert_str_eq(row->cells[2].en, "%");
	ck_assert_str_eq(row_of("measures", "glucose")->cells[4].en, "-");
}
END_TEST

START_TEST(a_study_sees_the_rule_that_is_open_to_it_and_what_that_demands)
{
	struct policy *p = policy_of(NULL, 0);
	char *all;

	catalogue_of(p, "MH", "2026-03-01");
	ck_assert_str_eq(
		row_of("limits", "count (codes of mental are open to this study)")->cells[2].en,
		"50");
	ck_assert_str_eq(row_of("limits", "study:MH")->cells[1].en, "rho 0.01");
	ck_assert_ptr_null(table_of("measures"));
	all = everything();
	is_silent(all, "hba1c");
	is_silent(all, "study:DM");
	is_silent(all, "hiv");
	free(all);
}
END_TEST

START_TEST(only_the_studys_budgets_are_shown_and_none_that_is_over)
{
	const struct edit over = { P_RELEASE,
		"each-requester, rho: 0.8, queries: 9, period: 2026-01-01..2026-12-31",
		"each-requester, rho: 0.8, period: 2026-01-01..2026-02-01}\n  - {for: "
		"each-requester, rho: 0.7, period: "
		"2026-02-02..2026-12-31" };
	struct policy *p = policy_of(&over, 1);
	char *all;

	catalogue_of(p, "DM", "2026-03-01");
	ck_assert_str_eq(row_of("budgets", "study:DM")->cells[1].en, "rho 1.2");
	ck_assert_str_eq(row_of("budgets", "each-requester")->cells[1].en, "rho 0.7");
	ck_assert_str_eq(row_of("budgets", "dataset:omop")->cells[1].en, "epsilon 20");
	all = everything();
	is_silent(all, "rho 0.8");
	free(all);
}
END_TEST

START_TEST(on_a_day_outside_the_study_it_says_so)
{
	struct policy *p = policy_of(NULL, 0);
	char *all;

	catalogue_of(p, "MH", "2026-07-01");
	all = everything();
	ck_assert_ptr_nonnull(strstr(all, "On this day the study may ask nothing."));
	free(all);
	catalogue_of(p, "MH", "2026-06-30");
	all = everything();
	is_silent(all, "On this day");
	free(all);
}
END_TEST

/* ---- officers ---- */

START_TEST(officers_see_every_column_with_its_line_and_the_forbidden_ones_marked)
{
	struct policy *p = policy_of(NULL, 0);
	const struct doc_row *row;
	unsigned listed = 0, told = 0;

	fresh();
	tables_red_list(&doc, p, day("2026-03-01"));
	ck_assert(!doc.failed);
	for (unsigned t = 0; t < p->datasets[0].n_tables; t++)
		listed += p->datasets[0].tables[t].n_columns;
	for (const struct doc_block *b = doc.first; b != NULL; b = b->next)
		if (b->kind == DOC_TABLE && strcmp(b->id, "columns") == 0)
			for (row = b->first; row != NULL; row = row->next)
				told++;
	ck_assert_uint_eq(told, listed);
	row = row_of("columns", "birth_datetime");
	ck_assert(row->mark);
	ck_assert_str_eq(row->cells[1].en, "forbidden");
	ck_assert_str_eq(row->cells[1].zh, "禁止");
	ck_assert_str_eq(row->cells[5].en, "10");
	row = row_of("columns", "gender_concept_id");
	ck_assert(!row->mark);
	ck_assert_str_eq(row->cells[2].en, "categories 男, 女, other (in questions: 性别)");
}
END_TEST

START_TEST(an_exception_is_told_until_it_ends_and_then_the_ceiling)
{
	const struct edit edits[] = {
		{ P_RED, "truncate: quarter", "truncate: week" },
		{ P_RED, "codes:\n",
			"exceptions:\n  - {to: preset:strict/quasi.date, for: "
			"column:cdm.condition_occurrence.condition_start_date, allow: {truncate: "
			"week}, why: w, basis: b, "
			"until: 2026-06-30}\ncodes:\n" },
	};
	struct policy *p = policy_of(edits, 2);
	const struct doc_row *row;

	fresh();
	tables_red_list(&doc, p, day("2026-06-30"));
	row = row_of("exceptions", "cdm.condition_occurrence.condition_start_date");
	ck_assert_str_eq(row->cells[1].en, "by week, 2018-01-01..2025-12-31");
	ck_assert_str_eq(row->cells[2].en, "2026-06-30");
	ck_assert_str_eq(row->cells[3].en, "by month, 2018-01-01..2025-12-31");
	ck_assert_str_eq(row->cells[4].en, "preset:strict/quasi.date");
	fresh();
	tables_red_list(&doc, p, day("2026-07-01"));
	ck_assert_str_eq(row_of("columns", "condition_start_date")->cells[2].en,
		"by month, 2018-01-01..2025-12-31");
}
END_TEST

START_TEST(code_rules_say_where_they_come_from_and_who_may)
{
	struct policy *p = policy_of(NULL, 0);

	fresh();
	tables_codes(&doc, p, 0);
	ck_assert_str_eq(row_of("codes", "hiv")->cells[5].en, "preset strict and this site");
	ck_assert_str_eq(row_of("codes", "hiv")->cells[3].en, "omop 439727+");
	ck_assert_str_eq(row_of("codes", "hiv")->cells[4].en, "nobody");
	ck_assert_str_eq(row_of("codes", "mental")->cells[4].en, "MH: count, from 50 patients on");
	ck_assert_str_eq(row_of("codes", "vip")->cells[5].en, "this site");
	ck_assert_ptr_nonnull(strstr(row_of("codes", "vip")->cells[3].en, "X9"));
}
END_TEST

UNIT_MAIN("catalogue", researchers_see_no_reason_no_place_no_account_and_nothing_of_another_study,
	no_column_is_named_that_the_study_may_not_use,
	every_group_that_is_shown_is_answered_with_the_labels_that_are_shown,
	every_period_that_is_shown_is_answered_when_the_entry_is_such_an_event,
	every_event_that_is_shown_may_be_asked_for,
	every_histogram_that_is_shown_is_answered_with_its_labels,
	a_study_sees_the_rule_that_is_open_to_it_and_what_that_demands,
	only_the_studys_budgets_are_shown_and_none_that_is_over,
	on_a_day_outside_the_study_it_says_so,
	officers_see_every_column_with_its_line_and_the_forbidden_ones_marked,
	an_exception_is_told_until_it_ends_and_then_the_ceiling,
	code_rules_say_where_they_come_from_and_who_may)
