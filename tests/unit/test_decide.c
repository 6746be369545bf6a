/*
 * test_decide.c - the shadow table: questions, policies, and the rule that must decide; and that making a
 * policy stricter never turns a refusal into an answer.
 */
#include "tests/unit/rulings.h"

static const struct shadow {
	const char *question, *rule; /* rule NULL: allowed */
	const char *who, *on;        /* NULL: li@s1.example, 2026-03-01 */
	struct edit edit;
} shadows[] = {
	/* what is open */
	{ DM, NULL, NULL, NULL, { 0 } },
	{ DM COHORT(DIABETES), NULL, NULL, NULL, { 0 } },
	{ DM COHORT(DIABETES), NULL, "wang@uni.example", NULL, { 0 } },
	{ DM "group_by: [sex]\n", NULL, NULL, NULL, { 0 } },
	{ DM "group_by: [性别]\n", NULL, NULL, NULL, { 0 } },
	{ DM "group_by: [cdm.person.gender_concept_id, cdm.person.year_of_birth]\non: 2025-01-01\n",
		NULL, NULL, NULL, { 0 } },
	{ DM ENTRY(DIABETES) "group_by: [year, age]\n", NULL, NULL, NULL,
		{ P_QUERIES, "40", "400" } },
	{ DM ENTRY(DIABETES) "group_by: [quarter]\n", NULL, NULL, NULL, { 0 } },
	{ DM ENTRY(DIABETES) "group_by: [cdm.condition_occurrence.condition_start_date]\n", NULL,
		NULL, NULL, { 0 } },
	{ DM COHORT("{age: {from: 18, to: 65}}") "on: 2025-06-30\n", NULL, NULL, NULL, { 0 } },
	{ DM COHORT("{sex: other}"), NULL, NULL, NULL, { 0 } },
	{ DM COHORT("{measure: hba1c, value: {at_least: 7}, during: 2024-01-01..2024-01-31}"), NULL,
		NULL, NULL, { 0 } },
	{ DM COHORT("{visit: [9201]}"), NULL, NULL, NULL, { 0 } },
	{ DM COHORT("{drug: any, during: 2018-01-15..2018-03-31}"), NULL, NULL, NULL, { 0 } },
	{ DM COHORT("{death: any, during: 2019-01-01..2020-12-31}"), NULL, NULL, NULL, { 0 } },
	{ HIST "of: age\non: 2025-01-01\n", NULL, NULL, NULL, { 0 } },
	{ HIST "of: hba1c\ngroup_by: [sex]\n", NULL, NULL, NULL, { 0 } },
	{ MH COHORT("{condition: [440383+]}"), NULL, NULL, NULL, { 0 } },
	/* 1 policy */
	{ DM, "policy:valid", NULL, "2027-01-01", { 0 } },
	{ DM, "policy:valid", NULL, "2025-12-31", { 0 } },
	/* 2 requester */
	{ "study: XX\nkind: count\ndataset: omop\n", "default:not-listed", NULL, NULL, { 0 } },
	{ DM, "study:DM.valid", NULL, "2026-01-09", { 0 } },
	{ MH COHORT("{sex: 女}"), "study:MH.valid", NULL, "2026-07-01", { 0 } },
	{ DM, "study:DM.requesters", "nobody@s1.example", NULL, { 0 } },
	{ DM, "study:DM.requesters", "LI@s1.example", NULL, { 0 } },
	{ MH, "study:MH.requesters", "wang@uni.example", NULL, { 0 } },
	{ HIST "of: sex\n", "role:viewer", "wang@uni.example", NULL, { 0 } },
	/* 3 red list */
	{ "study: DM\nkind: count\ndataset: i2b2\n", "default:not-listed", NULL, NULL, { 0 } },
	{ DM COHORT("{device: any}"), "default:not-listed", NULL, NULL, { 0 } },
	{ DM COHORT("{observation: [1]}"), "default:not-listed", NULL, NULL, { 0 } },
	{ DM COHORT("{drug: [1503297]}"), "column:cdm.drug_exposure.drug_concept_id", NULL, NULL,
		{ 0 } },
	{ DM COHORT("{procedure: any}"), "code:hiv", NULL, NULL, { 0 } },
	{ DM COHORT("{procedure: [1]}"), "default:not-listed", NULL, NULL, { 0 } },
	{ DM COHORT("{death: [1]}"), "default:not-listed", NULL, NULL, { 0 } },
	{ DM COHORT("{visit: any, during: 2019-01-01..2019-12-31}"), "default:not-listed", NULL,
		NULL, { 0 } },
	{ DM COHORT("{measure: crp}"), "default:not-listed", NULL, NULL, { 0 } },
	{ DM "group_by: [race]\n", "default:not-listed", NULL, NULL, { 0 } },
	{ DM "group_by: [cdm.person.race_concept_id]\n", "default:not-listed", NULL, NULL, { 0 } },
	{ DM "group_by: [cdm.person.birth_datetime]\n", "column:cdm.person.birth_datetime", NULL,
		NULL, { 0 } },
	{ DM "group_by: [cdm.person.person_id]\n", "column:cdm.person.person_id", NULL, NULL,
		{ 0 } },
	{ DM "group_by: [cdm.condition_occurrence.condition_concept_id]\n",
		"column:cdm.condition_occurrence.condition_concept_id", NULL, NULL, { 0 } },
	{ DM "group_by: [cdm.measurement.measurement_date]\n",
		"column:cdm.measurement.measurement_date", NULL, NULL, { 0 } },
	{ DM ENTRY("{drug: any}") "group_by: [month]\n",
		"column:cdm.drug_exposure.drug_exposure_start_date", NULL, NULL,
		{ 0 } }, /* its use is filter */
	{ DM ENTRY("{visit: any}"), "default:not-listed", NULL, NULL, { 0 } }, /* no index date */
	{ DM COHORT("{condition: [439727]}"), "code:hiv", NULL, NULL, { 0 } },
	{ DM COHORT("{condition: [439727+]}"), "code:hiv", NULL, NULL, { 0 } },
	{ DM COHORT("{condition: [201826+, -439727+]}"), "code:hiv", NULL, NULL, { 0 } },
	{ DM "cohort:\n  none: [{condition: [439727]}]\n", "code:hiv", NULL, NULL, { 0 } },
	{ DM ENTRY("{condition: [439727+]}"), "code:hiv", NULL, NULL, { 0 } },
	{ DM COHORT("{measurement: [439727]}"), "code:hiv", NULL, NULL, { 0 } },
	{ DM COHORT("{condition: [440383]}"), "code:mental", NULL, NULL, { 0 } },
	{ MH COHORT("{condition: [440383]}"), "code:mental", NULL, NULL,
		{ P_RED, "kinds: [count]", "kinds: [mean]" } },
	{ DM COHORT("{measure: hba1c}"), "code:hiv", NULL, NULL,
		{ P_RED, "omop: [439727+]", "omop: [3004410]" } },
	/* a rule in another system: the vocabulary finds its rows by the concept column, so does a column of
	 * that system; where neither is, the table is not counted */
	{ DM COHORT(DIABETES), NULL, NULL, NULL,
		{ P_RED, "codes:\n", "codes:\n  - {id: a, use: forbidden, icd10: [B20-B24]}\n" } },
	{ DM COHORT("{visit: [9201]}"), "code:a", NULL, NULL,
		{ P_RED, "codes:\n", "codes:\n  - {id: a, use: forbidden, departments: [x]}\n" } },
	{ DM "group_by: [sex]\n", "code:hiv", NULL, NULL,
		{ P_RED, "omop: [439727+]", "omop: [8532]" } },
	{ DM COHORT("{sex: 女}"), "column:cdm.person.gender_concept_id", NULL, NULL,
		{ P_RED, "gender_concept_id: {use: group, name: 性别,",
			"gender_concept_id: {use: filter," } },
	{ DM COHORT("{age: {from: 18}}") "on: 2025-01-01\n", "column:cdm.person.year_of_birth",
		NULL, NULL,
		{ P_RED, "year_of_birth: {use: group, as: age, bands",
			"year_of_birth: {use: group, bands" } },
	/* 4 kind and composing */
	{ HIST "of: sex\n", "default:not-listed", NULL, NULL,
		{ P_QUERIES, "  histogram: {group_by: 1, filters: 4, max_cells: 40}\n", "" } },
	{ DM "group_by: [sex]\n", "kind:count.group_by", NULL, NULL,
		{ P_QUERIES, "group_by: 2", "group_by: 0" } },
	{ DM "group_by: [sex, 性别]\n", "kind:count.group_by", NULL, NULL,
		{ 0 } }, /* one group twice */
	{ DM ENTRY(DIABETES) "group_by: [year, age]\n", NULL, NULL, NULL, { 0 } },
	{ DM ENTRY(DIABETES) "group_by: [quarter, age]\n", "kind:count.max_cells", NULL, NULL,
		{ 0 } },
	{ DM COHORT("{sex: 女}"), "cohort:compose", NULL, NULL,
		{ P_QUERIES, "compose: {criteria: 4, depth: 2}\n", "" } },
	{ DM, NULL, NULL, NULL, { P_QUERIES, "compose: {criteria: 4, depth: 2}\n", "" } },
	{ DM COHORT("{sex: 女}"), "cohort:compose.kinds", NULL, NULL,
		{ P_QUERIES, "depth: 2", "depth: 2, kinds: [histogram]" } },
	{ DM "cohort:\n  all: [{sex: 女}, {sex: 男}, {death: any}, {drug: any}, {visit: [9201]}]\n",
		"cohort:compose.criteria", NULL, NULL, { 0 } },
	{ DM "cohort:\n  all: [{sex: 女}, {any: [{sex: 男}, {none: [{death: any}]}]}]\n",
		"cohort:compose.depth", NULL, NULL, { 0 } },
	{ DM "cohort: hba1c-t2dm\n", "default:not-listed", NULL, NULL, { 0 } },
	/* 5 study */
	{ MH "group_by: [age]\non: 2025-01-01\n", "study:MH.may_use", NULL, NULL, { 0 } },
	{ MH COHORT("{condition: any, during: 2019-01-01..2019-12-31}"), "study:MH.may_use", NULL,
		NULL, { 0 } },
	{ MH COHORT("{measure: hba1c}"), "study:MH.may_use", NULL, NULL, { 0 } },
	{ MH COHORT("{visit: [9201]}"), "study:MH.may_use", NULL, NULL, { 0 } },
	{ MH ENTRY("{condition: any}"), "study:MH.may_use", NULL, NULL, { 0 } },
	{ HIST "of: sex\n", "study:DM.kinds", NULL, NULL,
		{ P_STUDIES, "kinds: [count, histogram]", "kinds: [count]" } },
	{ DM, "study:DM.datasets", NULL, NULL, { P_STUDIES, "datasets: [omop]", "datasets: []" } },
	/* 6 values */
	{ DM COHORT("{condition: any, during: 2019-01-01..2019-02-28}"),
		"column:cdm.condition_occurrence.condition_start_date", NULL, NULL, { 0 } },
	{ DM COHORT("{condition: any, during: 2019-01-02..2019-03-31}"),
		"column:cdm.condition_occurrence.condition_start_date", NULL, NULL, { 0 } },
	{ DM COHORT("{condition: any, during: 2017-01-01..2019-12-31}"),
		"column:cdm.condition_occurrence.condition_start_date", NULL, NULL, { 0 } },
	{ DM COHORT("{condition: any, during: 2019-01-01..2026-12-31}"),
		"column:cdm.condition_occurrence.condition_start_date", NULL, NULL, { 0 } },
	{ DM COHORT("{drug: any, during: 2018-01-20..2018-03-31}"),
		"column:cdm.drug_exposure.drug_exposure_start_date", NULL, NULL, { 0 } },
	{ DM COHORT("{age: {from: 46}}") "on: 2025-01-01\n", "column:cdm.person.year_of_birth",
		NULL, NULL, { 0 } },
	{ DM COHORT("{age: {from: 18, to: 66}}") "on: 2025-01-01\n",
		"column:cdm.person.year_of_birth", NULL, NULL, { 0 } },
	{ DM COHORT("{sex: 女性}"), "column:cdm.person.gender_concept_id", NULL, NULL, { 0 } },
	{ DM COHORT("{measure: hba1c, value: {at_least: 7.1}}"), "measure:hba1c", NULL, NULL,
		{ 0 } },
	{ DM COHORT("{measure: hba1c, value: {between: [6.5, 9]}}"), "measure:hba1c", NULL, NULL,
		{ 0 } },
	{ DM COHORT("{visit: [9203]}"), "column:cdm.visit_occurrence.visit_concept_id", NULL, NULL,
		{ 0 } },
	{ DM COHORT("{visit: [9201+]}"), "column:cdm.visit_occurrence.visit_concept_id", NULL, NULL,
		{ 0 } },
	{ DM "group_by: [year]\n", "default:not-listed", NULL, NULL, { 0 } }, /* no entry */
	{ DM ENTRY(DIABETES) "group_by: [month]\n",
		"column:cdm.condition_occurrence.condition_start_date", NULL, NULL, { 0 } },
	{ HIST "of: glucose\n", "measure:glucose", NULL, NULL, { 0 } }, /* no cuts */
	/* 7 release */
	{ DM "mode: secure\n", "release:secure_aggregation", NULL, NULL,
		{ P_RELEASE, "aggregation: preferred", "aggregation: off" } },
	{ DM "mode: secure\n", NULL, NULL, NULL, { 0 } },
	{ DM "mode: secure\n", NULL, NULL, NULL,
		{ P_RELEASE, "aggregation: preferred", "aggregation: required" } },
	{ DM, "release:secure_aggregation", NULL, NULL,
		{ P_RELEASE, "aggregation: preferred", "aggregation: required" } },
	{ DM, NULL, NULL, NULL, { P_RELEASE, "aggregation: preferred", "aggregation: off" } },
	{ DM "mode: secure\n", NULL, NULL, NULL, { P_RELEASE, "min_sites: 1", "min_sites: 3" } },
	{ DM, "release:min_sites", NULL, NULL, { P_RELEASE, "min_sites: 1", "min_sites: 3" } },
	{ MH, "release:min_sites", NULL, NULL, { P_RED, "min_patients: 50", "min_sites: 3" } },
	{ DM, NULL, NULL, NULL, { P_RED, "min_patients: 50", "min_sites: 3" } },
	{ DM COHORT("{measure: hba1c}"), "release:min_sites", NULL, NULL,
		{ P_RELEASE, "min_patients: 30", "min_sites: 2" } },
	{ DM COHORT("{death: any}"), "release:min_sites", NULL, NULL,
		{ P_RELEASE, "'measure:hba1c', min_patients: 30",
			"'table:cdm.death', min_sites: 2" } },
	{ MH, "release:min_sites", NULL, NULL,
		{ P_RELEASE, "'measure:hba1c', min_patients: 30", "'code:mental', min_sites: 2" } },
	{ DM, "release:noise", NULL, NULL,
		{ P_RELEASE,
			"noise: gaussian, rho: 0.0244, timing: open, min_patients: 10, min_sites: "
			"1, "
			"secure_aggregation: preferred, round_to: 1}\ntighter:\n  - {for: "
			"'measure:hba1c', min_patients: 30}\n  - {for: 'study:MH', rho: 0.01}",
			"noise: off, dominance: [2, 0.90], timing: open, min_patients: 13, "
			"min_sites: 1, "
			"secure_aggregation: preferred, round_to: 5}" } },
	/* 8 budgets */
	{ DM, "budget:study:DM", NULL, NULL,
		{ P_RELEASE, "rho: 1.2, period: 2026-01-01..2026-12-31",
			"rho: 1.2, period: 2026-06-01..2026-12-31" } },
	{ DM, NULL, NULL, NULL,
		{ P_RELEASE, "rho: 1.2, period: 2026-01-01..2026-12-31}",
			"rho: 1.2, period: 2026-06-01..2026-12-31}\n  - {for: 'study:DM', rho: 1, "
			"period: "
			"2026-01-01..2026-05-31}" } },
};

START_TEST(the_expected_rule_decides)
{
	const struct shadow *s = &shadows[_i];
	struct policy *p = policy_with(&s->edit, 1);
	struct question *q = question(s->question);
	struct verdict v, all;

	ck_assert_msg(p != NULL, "%s", first_error());
	v = ruling_on(p, q, s->who, s->on, false);
	if (s->rule == NULL) {
		ck_assert_msg(v.allow, "%s: refused by %s: %s", s->question, v.first.rule,
			v.first.say.en);
		ck_assert_ptr_nonnull(v.plan);
		ck_assert_uint_eq(v.n_chain, CHECKS);
	} else {
		ck_assert_msg(!v.allow, "%s: allowed", s->question);
		ck_assert_msg(strcmp(v.first.rule, s->rule) == 0, "%s: %s, not %s: %s", s->question,
			v.first.rule, s->rule, v.first.say.en);
		ck_assert_ptr_null(v.plan);
		ck_assert(v.first.deny && v.chain[v.n_chain - 1].deny);
	}
	for (unsigned i = 0; i < v.n_chain; i++) {
		const struct finding *f = &v.chain[i];

		ck_assert(f->rule != NULL && strlen(f->rule) <= MAX_RULE);
		ck_assert(utf8_valid(f->say.en, strlen(f->say.en)) &&
			  utf8_valid(f->say.zh, strlen(f->say.zh)));
		ck_assert(strlen(f->outside.en) <= MAX_SAY && strlen(f->outside.zh) <= MAX_SAY);
		ck_assert_msg(f->at.file != NULL && f->at.line > 0, "%s has no place", f->rule);
	}
	/* looking at everything never changes the verdict */
	all = ruling_on(p, q, s->who, s->on, true);
	ck_assert_int_eq(all.allow, v.allow);
	ck_assert_str_eq(all.first.rule, v.first.rule);
	ck_assert_uint_ge(all.n_chain, v.n_chain);
}
END_TEST

/* ---- one direction only ---- */

static const struct edit tightenings[] = {
	{ P_RED, "          year_of_birth: {use: group, as: age,",
		"          year_of_birth: {use: link, as: age," },
	{ P_RED,
		"          gender_concept_id: {use: group, name: 性别, categories: {男: [8507], "
		"女: [8532]}}\n",
		"" },
	{ P_RED, "          condition_concept_id: {use: filter, codes: omop}\n", "" },
	{ P_RED,
		"          condition_start_date: {use: group, truncate: quarter, range: "
		"2018-01-01..2025-12-31}\n",
		"" },
	{ P_RED, "condition_start_date: {use: group, truncate: quarter",
		"condition_start_date: {use: group, truncate: year" },
	{ P_RED, "condition_start_date: {use: group,", "condition_start_date: {use: filter," },
	{ P_RED, "          drug_concept_id: {use: link}\n", "" },
	{ P_RED,
		"          measurement_date: {use: group, truncate: month, range: "
		"2018-01-01..2025-12-31}\n",
		"" },
	{ P_RED, "          visit_concept_id: {use: filter, values: [9201, 9202]}\n", "" },
	{ P_RED, "values: [9201, 9202]", "values: [9202]" },
	{ P_RED,
		"          death_date: {use: filter, truncate: year, range: "
		"2018-01-01..2025-12-31}\n",
		"" },
	{ P_RED, "cuts: [6.5, 7, 8]", "cuts: [8]" },
	{ P_RED, "bands: [0, 18, 45, 65, 80]", "bands: [0, 65]" },
	{ P_RED, "codes:\n", "codes:\n  - {id: t2dm, use: forbidden, omop: [201826+]}\n" },
	{ P_RED, "codes:\n", "codes:\n  - {id: inpatient, use: forbidden, omop: [9201]}\n" },
	{ P_RED, "codes:\n",
		"codes:\n  - {id: w, use: forbidden, departments: [x], icd10: [A00-Z99], atc: "
		"[J]}\n" },
	{ P_RED, "codes:\n", "codes:\n  - {id: w, use: forbidden, departments: [x]}\n" },
	{ P_RED, "          condition_source_value: {use: link}\n",
		"          condition_source_value: {use: link, codes: icd10}\n" },
	{ P_QUERIES, "  histogram: {group_by: 1, filters: 4, max_cells: 40}\n", "" },
	{ P_QUERIES, "compose: {criteria: 4, depth: 2}\n", "" },
	{ P_QUERIES, "group_by: 2", "group_by: 1" },
	{ P_QUERIES, "max_cells: 40", "max_cells: 3" },
	{ P_RELEASE, "min_sites: 1", "min_sites: 2" },
	{ P_RELEASE, "min_patients: 10", "min_patients: 20" },
	{ P_RELEASE, "aggregation: preferred", "aggregation: required" },
	{ P_RELEASE, "aggregation: preferred", "aggregation: off" },
	{ P_RELEASE, "round_to: 1", "round_to: 10" },
	{ P_STUDIES, "kinds: [count, histogram]", "kinds: [count]" },
	{ P_STUDIES, "kinds: [count, histogram]", "kinds: [histogram]" },
	{ P_STUDIES, "li@s1.example: analyst, wang", "wang" },
	{ P_STUDIES, "li@s1.example: analyst, wang", "li@s1.example: viewer, wang" },
	{ P_STUDIES, "cdm.person.gender_concept_id, ", "" },
	{ P_STUDIES, "cdm.condition_occurrence.condition_start_date, ", "" },
	{ P_STUDIES, "measure:hba1c, ", "" },
	{ P_STUDIES, "2026-01-10..2026-12-31", "2026-06-01..2026-12-31" },
	{ P_POLICY, "2026-01-01..2026-12-31", "2026-03-02..2026-12-31" },
	{ P_POLICY, "models: {omop: omop-cdm-5.4}", "" },
};

/* Whether every edit finds what it changes, once those before it are made. */
static bool applies(const struct edit *edits, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char *text = edits[i].from == NULL ? NULL : edited(edits[i].file, edits, i);
		bool found = text == NULL || strstr(text, edits[i].from) != NULL;

		free(text);
		if (!found)
			return false;
	}
	return true;
}

static bool allowed(const struct policy *p, const struct shadow *s)
{
	return ruling_on(p, question(s->question), s->who, s->on, false).allow;
}

/* A policy that no longer loads answers nothing, which is stricter than anything. */
START_TEST(a_stricter_policy_never_answers_more)
{
	const struct policy *plain = policy_with(&tightenings[_i], 1);

	for (size_t i = 0; plain != NULL && i < sizeof(shadows) / sizeof(shadows[0]); i++)
		if (shadows[i].edit.from == NULL && shadows[i].rule != NULL)
			ck_assert_msg(!allowed(plain, &shadows[i]), "'%s' opens %s",
				tightenings[_i].from, shadows[i].question);
	for (size_t i = 0; i < sizeof(shadows) / sizeof(shadows[0]); i++) {
		const struct edit both[2] = { shadows[i].edit, tightenings[_i] };
		const struct policy *p;

		if (shadows[i].edit.from == NULL || shadows[i].rule == NULL || !applies(both, 2))
			continue;
		p = policy_with(both, 2);
		ck_assert_msg(p == NULL || !allowed(p, &shadows[i]), "'%s' opens %s",
			tightenings[_i].from, shadows[i].question);
	}
}
END_TEST

START_TEST(pairs_of_tightenings_never_answer_more)
{
	enum {
		SHADOWS = sizeof(shadows) / sizeof(shadows[0])
	};
	const struct policy *p = policy_with(&tightenings[_i], 1);
	bool before[SHADOWS];

	if (p == NULL)
		return;
	for (size_t i = 0; i < SHADOWS; i++)
		before[i] = shadows[i].edit.from == NULL && allowed(p, &shadows[i]);
	for (size_t j = (size_t)_i + 1; j < sizeof(tightenings) / sizeof(tightenings[0]); j++) {
		const struct edit two[2] = { tightenings[_i], tightenings[j] };

		p = applies(two, 2) ? policy_with(two, 2) : NULL;
		for (size_t i = 0; p != NULL && i < SHADOWS; i++)
			if (shadows[i].edit.from == NULL && !before[i])
				ck_assert_msg(!allowed(p, &shadows[i]), "'%s' opens %s after '%s'",
					tightenings[j].from, shadows[i].question,
					tightenings[_i].from);
	}
}
END_TEST

/* ---- V1: total ---- */

START_TEST(nothing_to_decide_about_is_a_refusal)
{
	struct policy *p = policy_with(NULL, 0);
	struct question *q = question(DM), *empty;
	struct asking a = { .requester = "li@s1.example", .today = day("2026-03-01") }, nobody = a;
	struct policy bare = { .from = 0, .to = INT32_MAX };
	struct verdict v;
	struct error err;

	nobody.requester = NULL;
	OK(decide(NULL, q, &a, &ask_arena, &v, &err));
	ck_assert(!v.allow && strcmp(v.first.rule, "internal:error") == 0);
	OK(decide(p, NULL, &a, &ask_arena, &v, &err));
	ck_assert(!v.allow && strcmp(v.first.rule, "internal:error") == 0);
	OK(decide(p, q, NULL, &ask_arena, &v, &err));
	ck_assert(!v.allow);
	OK(decide(p, q, &nobody, &ask_arena, &v, &err));
	ck_assert(!v.allow);
	OK(decide(&bare, q, &a, &ask_arena, &v, &err));
	ck_assert(!v.allow);
	empty = arena_alloc(&ask_arena, sizeof(*empty));
	*empty = (struct question){ .study = "DM", .dataset = "omop", .on = DAY_NONE };
	OK(decide(p, empty, &a, &ask_arena, &v, &err));
	ck_assert(!v.allow && strcmp(v.first.rule, "internal:error") == 0);
	q->kind = KINDS;
	OK(decide(p, q, &a, &ask_arena, &v, &err));
	ck_assert(!v.allow && strcmp(v.first.rule, "internal:error") == 0);
}
END_TEST

START_TEST(memory_that_ends_never_allows)
{
	struct policy *p = policy_with(NULL, 0);
	struct question *q = question(DM ENTRY(DIABETES) "group_by: [sex, quarter]\n");
	struct asking a = {
		.requester = "li@s1.example", .today = day("2026-03-01"), .every_failure = true
	};
	struct edit e = { P_QUERIES, "max_cells: 40", "max_cells: 400" };
	unsigned failed = 0;

	p = policy_with(&e, 1);
	for (size_t max = 0; max < 200 << 10; max += 997) {
		struct arena small;
		struct verdict v = { .allow = true };
		struct error err = { .code = E_NONE };

		arena_init(&small, max);
		if (decide(p, q, &a, &small, &v, &err) != 0)
			failed++;
		else
			ck_assert_msg(v.allow, "%zu: %s", max, v.first.rule);
		arena_clear(&small);
	}
	ck_assert_uint_gt(failed, 3);
}
END_TEST

START_TEST(the_chain_stops_at_the_first_refusal_or_tells_all)
{
	static const struct edit off = {
		P_RELEASE, "aggregation: preferred", "aggregation: off"
	};
	struct policy *p = policy_with(&off, 1);
	struct question *q = question(
		MH "group_by: [cdm.person.birth_datetime, age]\nmode: secure\non: 2025-01-01\n");
	struct verdict v = ruling_on(p, q, NULL, NULL, false);
	bool seen[CHECKS] = { false };

	ck_assert_str_eq(v.first.rule, "column:cdm.person.birth_datetime");
	ck_assert_uint_eq(v.n_chain, 3);
	ck_assert(strstr(v.first.say.en, "a full birth date") != NULL);
	ck_assert(strstr(v.first.say.zh, "完整出生日期") != NULL);
	/* what leaves the hospital names no reason */
	ck_assert(strstr(v.first.outside.en, "a full birth date") == NULL);
	v = ruling_on(p, q, NULL, NULL, true);
	for (unsigned i = 0; i < v.n_chain; i++)
		seen[v.chain[i].check] = seen[v.chain[i].check] || v.chain[i].deny;
	ck_assert(seen[CHECK_RED_LIST] && seen[CHECK_STUDY] && seen[CHECK_RELEASE]);
	ck_assert(!seen[CHECK_POLICY] && !seen[CHECK_REQUESTER] && !seen[CHECK_KIND]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("decide");
	TCase *c = tcase_create("decide");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 120);
	tcase_add_loop_test(
		c, the_expected_rule_decides, 0, (int)(sizeof(shadows) / sizeof(shadows[0])));
	tcase_add_loop_test(c, a_stricter_policy_never_answers_more, 0,
		(int)(sizeof(tightenings) / sizeof(tightenings[0])));
	tcase_add_loop_test(c, pairs_of_tightenings_never_answer_more, 0,
		(int)(sizeof(tightenings) / sizeof(tightenings[0])));
	tcase_add_test(c, nothing_to_decide_about_is_a_refusal);
	tcase_add_test(c, memory_that_ends_never_allows);
	tcase_add_test(c, the_chain_stops_at_the_first_refusal_or_tells_all);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
