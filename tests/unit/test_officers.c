/*
 * test_officers.c - questions about officers' cohorts: who may use one, what params and filter may say, which groups
 * they have, and what they cost.
 */
#include "tests/unit/officers.h"

#include "policies/effect/effect.h"
#include "policies/grants.h"
#include "policies/explain/rule_list.h"

static struct error err;

#define C1   "cohort: hba1c-t2dm\n"
#define YEAR "params: {from: 2025-01, to: 2025-12}\n"
#define DATE "cdm.measurement.measurement_date"

static const struct shadow {
	const char *question, *rule; /* rule NULL: allowed */
	const char *who, *on;
	struct edit edit;
} shadows[] = {
	{ DM C1 YEAR, NULL, NULL, NULL, { 0 } },
	{ DM C1 YEAR "group_by: [" DATE "]\n", NULL, NULL, NULL, { 0 } },
	{ DM C1 YEAR "group_by: [month]\n", NULL, NULL, NULL, { 0 } },
	{ DM C1 YEAR "group_by: [quarter, sex]\n", NULL, NULL, NULL, { 0 } },
	{ DM C1 YEAR "group_by: [age]\non: 2025-12-31\n", NULL, NULL, NULL, { 0 } },
	{ DM C1 YEAR "group_by: [cdm.measurement.unit_concept_id]\n", NULL, NULL, NULL, { 0 } },
	{ HIST C1 YEAR "of: hba1c\n", NULL, NULL, NULL, { 0 } },
	{ DM C1 YEAR "filter: {" DATE ": [2025-01, 2025-03]}\n", NULL, NULL, NULL, { 0 } },
	{ DM C1 YEAR "filter: {cdm.person.gender_concept_id: [女]}\n", NULL, NULL, NULL, { 0 } },
	{ DM C1 "params: {from: 2025, to: 2025-Q4}\n", NULL, NULL, NULL, { 0 } },
	{ DM "cohort: units\nparams: {unit: SI}\n", NULL, NULL, NULL, { 0 } },
	{ DM "cohort: units\nparams: {unit: 8753}\n", NULL, NULL, NULL, { 0 } },
	{ DM "cohort: units\nparams: {unit: other}\n", NULL, NULL, NULL, { 0 } },
	{ DM "cohort: alive\ngroup_by: [year]\n", NULL, NULL, NULL, { 0 } },
	/* who and what for */
	{ DM "cohort: c9\n", "default:not-listed", NULL, NULL, { 0 } },
	{ DM C1 YEAR, "role:viewer", "wang@uni.example", NULL, { 0 } },
	{ DM C1 YEAR, "role:analyst", NULL, NULL,
		{ P_STUDIES, "[count, histogram, mean, cohorts]", "[count, histogram, mean]" } },
	{ MH "cohort: others\n", "study:MH.cohorts", NULL, NULL, { 0 } },
	{ DM C1 YEAR, "study:DM.cohorts", NULL, NULL,
		{ P_STUDIES, "cohorts: [hba1c-t2dm, others, ", "cohorts: [others, " } },
	{ HIST "cohort: others\nof: sex\n", "cohort:others", NULL, NULL, { 0 } },
	{ "study: DM\nkind: mean\ndataset: omop\n" C1 YEAR "of: hba1c\n", "study:DM.kinds", NULL, NULL,
		{ P_QUERIES, "kinds: [count, histogram], params",
			"kinds: [count, mean], params" } },
	/* params */
	{ DM C1, "cohort:hba1c-t2dm", NULL, NULL, { 0 } },
	{ DM C1 "params: {from: 2025-01}\n", "cohort:hba1c-t2dm", NULL, NULL, { 0 } },
	{ DM C1 "params: {from: 2025-01, to: 2025-12, x: 1}\n", "cohort:hba1c-t2dm", NULL, NULL,
		{ 0 } },
	{ DM C1 "params: {from: 2025-01-01, to: 2025-12}\n", "column:" DATE, NULL, NULL, { 0 } },
	{ DM C1 "params: {from: 2017-12, to: 2025-12}\n", "column:" DATE, NULL, NULL, { 0 } },
	{ DM C1 "params: {from: 2025-W05, to: 2025-12}\n", "column:" DATE, NULL, NULL, { 0 } },
	{ DM C1 "params: {from: 2025-13, to: 2025-12}\n", "column:" DATE, NULL, NULL, { 0 } },
	{ DM "cohort: units\nparams: {unit: XX}\n", "column:cdm.measurement.unit_concept_id", NULL,
		NULL, { 0 } },
	{ DM "cohort: units\nparams: {unit: 1}\n", "column:cdm.measurement.unit_concept_id", NULL,
		NULL, { 0 } },
	{ DM C1 YEAR, "study:DM.may_use", NULL, NULL, { P_STUDIES, "" DATE ", ", "" } },
	/* groups */
	{ DM C1 YEAR "group_by: [cdm.condition_occurrence.condition_start_date]\n",
		"column:cdm.condition_occurrence.condition_start_date", NULL, NULL, { 0 } },
	{ DM C1 YEAR "group_by: [cdm.measurement.measurement_concept_id]\n",
		"column:cdm.measurement.measurement_concept_id", NULL, NULL, { 0 } },
	{ DM C1 YEAR "group_by: [cdm.measurement.value_as_number]\n",
		"column:cdm.measurement.value_as_number", NULL, NULL, { 0 } },
	{ HIST C1 YEAR "of: glucose\n", "measure:glucose", NULL, NULL, { 0 } },
	{ DM "cohort: others\ngroup_by: [month]\n",
		"column:cdm.condition_occurrence.condition_start_date", NULL, NULL, { 0 } },
	{ DM "cohort: units\nparams: {unit: SI}\ngroup_by: [month]\n", "kind:count.max_cells", NULL,
		NULL, { 0 } },
	/* filters */
	{ DM C1 YEAR "filter: {" DATE ": [2025-01-05]}\n", "column:" DATE, NULL, NULL, { 0 } },
	{ DM C1 YEAR "filter: {cdm.measurement.measurement_concept_id: [3004410]}\n",
		"default:not-listed", NULL, NULL, { 0 } },
	{ DM C1 YEAR "filter: {cdm.death.death_date: [2025]}\n", "default:not-listed", NULL, NULL,
		{ 0 } },
	{ DM C1 YEAR "filter: {" DATE ": [2025-01], cdm.person.gender_concept_id: [女]}\n",
		"kind:count.filters", NULL, NULL, { P_QUERIES, "filters: 4", "filters: 1" } },
	/* and without a cohort */
	{ DM "filter: {cdm.condition_occurrence.condition_concept_id: [439727]}\n", "code:hiv",
		NULL, NULL, { 0 } },
	{ DM "filter: {cdm.condition_occurrence.condition_concept_id: [201826+]}\n", NULL, NULL,
		NULL, { 0 } },
	{ DM "filter: {cdm.person.gender_concept_id: [女, 男]}\n", NULL, NULL, NULL, { 0 } },
	{ DM "filter: {cdm.person.gender_concept_id: [X]}\n", "column:cdm.person.gender_concept_id",
		NULL, NULL, { 0 } },
	{ DM "filter: {cdm.condition_occurrence.condition_concept_id: [x]}\n", "default:not-listed",
		NULL, NULL, { 0 } },
	{ DM "filter: {" DATE ": [2025-01]}\n", "default:not-listed", NULL, NULL, { 0 } },
	{ DM "filter: {cdm.person.gender_concept_id: [女]}\n", "cohort:compose", NULL, NULL,
		{ P_QUERIES, "compose: {criteria: 4, depth: 2}\n", "" } },
	/* rules that changed since the file was written are looked at again */
	{ DM C1 YEAR, "code:x", NULL, NULL,
		{ P_RED, "codes:\n  - {id: hiv",
			"codes:\n  - {id: x, use: restricted, omop: [201826], studies: [MH]}\n  - "
			"{id: hiv" } },
	{ DM C1 YEAR, NULL, NULL, NULL,
		{ P_RED, "codes:\n  - {id: hiv",
			"codes:\n  - {id: x, use: restricted, omop: [201826], studies: [DM]}\n  - "
			"{id: hiv" } },
};

START_TEST(the_expected_rule_decides)
{
	const struct shadow *s = &shadows[_i];
	struct policy *p = officer_policy(&s->edit, 1);
	struct question *q = question(s->question);
	struct verdict v = ruling_on(p, q, s->who, s->on, false),
		       all = ruling_on(p, q, s->who, s->on, true);

	ck_assert_str_eq(v.first.rule, all.first.rule);
	if (s->rule == NULL) {
		ck_assert_msg(v.allow && v.plan != NULL, "%s: refused by %s: %s", s->question,
			v.first.rule, v.first.say.en);
		return;
	}
	ck_assert_msg(!v.allow && strcmp(v.first.rule, s->rule) == 0, "%s: %s, not %s: %s",
		s->question, v.first.rule, s->rule, v.first.say.en);
	ck_assert_ptr_null(v.plan);
	ck_assert(v.first.say.zh[0] != '\0' && v.first.outside.en[0] != '\0');
}
END_TEST

static const struct plan *planned(const struct policy *p, const char *text)
{
	struct verdict v = ruling_on(p, question(text), NULL, NULL, false);

	ck_assert_msg(v.allow, "%s: %s", text, v.first.say.en);
	return v.plan;
}

/* rho is the same and the variance grows with d0: the price of a question does not tell how its people spread. */
START_TEST(groups_of_rows_are_paid_for_by_more_noise)
{
	const struct policy *p = officer_policy(NULL, 0);
	const struct plan *one = planned(p, DM C1 YEAR "group_by: [sex]\n");
	uint64_t v = one->noise.t, cost = one->noise.cost_prho;

	ck_assert_uint_eq(one->cells_a_person, 1);
	const struct plan *months = planned(p, DM C1 YEAR "group_by: [month]\n");
	ck_assert_uint_eq(months->n_cells, 12);
	ck_assert_uint_eq(months->cells_a_person, 12); /* below 20 rows a patient */
	ck_assert_uint_ge(months->noise.t, 12 * v - 12);
	ck_assert_uint_le(months->noise.t, 12 * v + 12);
	ck_assert_uint_le(months->noise.cost_prho, p->release.amount);
	ck_assert_uint_ge(months->noise.cost_prho, cost - cost / 10);
	/* people have one sex: it makes no cell more for anybody */
	const struct plan *both = planned(p, DM C1 "params: {from: 2025-01, to: 2025-06}\n"
						   "group_by: [sex, month]\n");
	ck_assert_uint_eq(both->n_cells, 18);
	ck_assert_uint_eq(both->cells_a_person, 6);
	p = officer_policy(&(struct edit){ P_RED, "per_patient_max: 20", "per_patient_max: 3" }, 1);
	months = planned(p, DM C1 YEAR "group_by: [month]\n");
	ck_assert_uint_eq(months->cells_a_person, 3);
	ck_assert_uint_ge(months->noise.t, 3 * v - 3);
	ck_assert_uint_le(months->noise.t, 3 * v + 3);
}
END_TEST

START_TEST(laplace_noise_grows_with_the_cells_of_a_person_too)
{
	const struct edit laplace[] = { { P_RELEASE, "noise: gaussian, rho: 0.0244",
						"noise: laplace, epsilon: 0.5" },
		{ P_RELEASE, "'study:MH', rho: 0.01", "'study:MH', epsilon: 0.1" } };
	const struct policy *p = officer_policy(laplace, 2);
	const struct plan *one = planned(p, DM C1 YEAR);
	uint64_t t = one->noise.t * 1000 / one->noise.s;
	const struct plan *months = planned(p, DM C1 YEAR "group_by: [month]\n");

	ck_assert_uint_eq(months->noise.t * 1000 / months->noise.s, 12 * t);
	ck_assert_uint_le(months->noise.cost_peps, p->release.amount);
}
END_TEST

START_TEST(the_groups_of_days_are_those_that_the_question_leaves)
{
	const struct policy *p = officer_policy(NULL, 0);
	const struct plan *plan = planned(p, DM C1 YEAR "group_by: [month]\n");

	ck_assert_str_eq(plan->dims[0].labels[0], "2025-01");
	ck_assert_str_eq(plan->dims[0].labels[11], "2025-12");
	plan = planned(p, DM C1 YEAR "group_by: [month]\nfilter: {" DATE ": [2025-03, 2025-05]}\n");
	ck_assert_uint_eq(plan->dims[0].n_labels, 3);
	ck_assert_str_eq(plan->dims[0].labels[0], "2025-03");
	plan = planned(p, DM "cohort: alive\ngroup_by: [year]\n");
	ck_assert_uint_eq(plan->dims[0].n_labels, 8);
}
END_TEST

/* Reading a folder that nobody signed must not keep an agent from its other work. */
START_TEST(a_folder_has_a_bounded_number_of_checks)
{
	struct text more;

	text_init(&more, 1 << 20);
	text_add(&more, "cohorts:\n");
	for (unsigned i = 0; i < MAX_COHORT_CHECKS; i++)
		text_addf(
			&more, "  - {id: c%u, title: t, sql: cohorts/b.sql, kinds: [count]}\n", i);
	ck_assert_ptr_null(officer_policy_of(
		officer_sql, &(struct edit){ P_QUERIES, "cohorts:\n", text_str(&more) }, 1));
	ck_assert_ptr_nonnull(diag_with("P139"));
	text_clear(&more);
}
END_TEST

START_TEST(one_edge_of_bands_is_no_filter)
{
	const struct edit edits[] = { { P_RED, "value_as_number: {use: measure}",
					      "value_as_number: {use: [group, measure], bands: [5, "
					      "7, 9]}" },
		{ P_STUDIES, "measure:hba1c,",
			"cdm.measurement.value_as_number, measure:hba1c," } };
	const char *sql[OFFICER_FILES];
	const struct policy *p;
	struct verdict v;

	memcpy(sql, officer_sql, sizeof(sql));
	sql[3] = "select m.person_id, m.value_as_number from cdm.measurement m";
	p = officer_policy_of(sql, edits, 2);
	ck_assert_msg(p != NULL, "%s", first_error());
	v = ruling_on(p,
		question(DM "cohort: alive\nfilter: {cdm.measurement.value_as_number: [7]}\n"),
		NULL, NULL, false);
	ck_assert_msg(!v.allow, "allowed, and no statement can be written for it");
	ck_assert_str_eq(v.first.rule, "column:cdm.measurement.value_as_number");
}
END_TEST

/* ---- two datasets with the same table ---- */

/* The second lets the same column say less: quarters, not months. */
static const struct edit coarser[] = {
	{ P_RED, "codes:\n  - {id: hiv",
		"  coarse:\n"
		"    title: 粗\n"
		"    tables:\n"
		"      cdm.person:\n"
		"        per_patient_max: 1\n"
		"        columns:\n"
		"          person_id: {use: patient-key}\n"
		"      cdm.measurement:\n"
		"        per_patient_max: 20\n"
		"        columns:\n"
		"          person_id: {use: patient-key}\n"
		"          measurement_concept_id: {use: filter, codes: omop}\n"
		"          measurement_date: {use: group, truncate: quarter, range: "
		"2018-01-01..2025-12-31}\n"
		"codes:\n  - {id: hiv" },
	{ P_POLICY, "models: {omop: omop-cdm-5.4}",
		"models: {omop: omop-cdm-5.4, coarse: omop-cdm-5.4}" },
	{ P_STUDIES, "datasets: [omop]", "datasets: [omop, coarse]" },
};

#define COARSE "study: DM\nkind: count\ndataset: coarse\n"

START_TEST(a_parameter_is_typed_by_the_column_of_the_questions_dataset)
{
	const char *sql[OFFICER_FILES];
	const struct policy *p;
	struct verdict v;

	memcpy(sql, officer_sql, sizeof(sql));
	sql[0] = "select m.person_id, m.measurement_date from cdm.measurement m\n"
		 "where m.measurement_date between :from and :to\n";
	p = officer_policy_of(sql, coarser, sizeof(coarser) / sizeof(coarser[0]));
	ck_assert_msg(p != NULL, "%s", first_error());
	v = ruling_on(p, question(DM C1 YEAR), NULL, NULL, false);
	ck_assert_msg(v.allow, "%s: %s", v.first.rule, v.first.say.en);
	v = ruling_on(
		p, question(COARSE C1 "params: {from: 2025-Q1, to: 2025-Q4}\n"), NULL, NULL, false);
	ck_assert_msg(v.allow, "%s: %s", v.first.rule, v.first.say.en);
	v = ruling_on(
		p, question(COARSE C1 "params: {from: 2025-02, to: 2025-Q4}\n"), NULL, NULL, false);
	ck_assert_msg(!v.allow, "months of a dataset that has quarters only");
	ck_assert_str_eq(v.first.rule, "column:" DATE);
}
END_TEST

/* 2026-06-30 is the exception's last day. */
START_TEST(an_exception_that_ends_takes_the_cohort_with_it)
{
	const struct edit edits[] = {
		{ P_RED, "value_source_value: {use: forbidden, why: free text}",
			"value_source_value: {use: group, category: health.free-text, categories: "
			"{A: [1]}}" },
		{ P_RED, "codes:\n  - {id: hiv",
			"exceptions:\n  - {to: 'preset:strict/health.free-text', for: "
			"'column:cdm.measurement.value_source_value', allow: {use: [group]}, why: "
			"w, basis: b, "
			"until: 2026-06-30}\ncodes:\n  - {id: hiv" },
	};
	const char *sql[OFFICER_FILES];
	struct policy *p;
	struct verdict v;

	memcpy(sql, officer_sql, sizeof(sql));
	sql[1] = "select m.person_id from cdm.measurement m where m.value_source_value = 1";
	p = officer_policy_of(sql, edits, 2);
	ck_assert_msg(p != NULL, "%s", first_error());
	ck_assert_ptr_nonnull(diag_with("W411"));
	v = ruling_on(p, question(DM "cohort: others\n"), NULL, "2026-06-30", false);
	ck_assert_msg(v.allow, "%s", v.first.say.en);
	v = ruling_on(p, question(DM "cohort: others\n"), NULL, "2026-07-01", false);
	ck_assert(!v.allow);
	ck_assert_str_eq(v.first.rule, "preset:strict/health.free-text");
}
END_TEST

/* By the site's vocabulary a code of the text may stand under a forbidden one. */
START_TEST(a_code_of_the_text_that_expands_into_a_rule_is_refused)
{
	struct policy *p = officer_policy(NULL, 0);
	int32_t under[] = { 201826, 439727 };
	int32_t *lists[3] = { NULL };
	unsigned counts[3] = { 0 };
	struct red_codes red = { lists, counts, 3, ~0u };
	struct asking a = { .requester = "li@s1.example", .today = day("2026-03-01"), .red = &red };
	struct question *q = question(DM C1 YEAR);
	struct verdict v;

	ck_assert_uint_le(p->n_codes, 3);
	red.n_rules = p->n_codes;
	OK(decide(p, q, &a, &ask_arena, &v, &err));
	ck_assert_msg(v.allow, "%s", v.first.say.en);
	for (unsigned i = 0; i < p->n_codes; i++)
		if (strcmp(p->codes[i].id, "hiv") == 0) {
			lists[i] = under;
			counts[i] = 2;
		}
	OK(decide(p, q, &a, &ask_arena, &v, &err));
	ck_assert(!v.allow);
	ck_assert_str_eq(v.first.rule, "code:hiv");
}
END_TEST

START_TEST(a_broken_cohort_keeps_the_whole_folder_out_of_force)
{
	const char *sql[OFFICER_FILES];

	memcpy(sql, officer_sql, sizeof(sql));
	sql[2] = "select m.person_id, upper(m.unit_concept_id) from cdm.measurement m where "
		 "m.unit_concept_id = :unit";
	ck_assert_ptr_null(officer_policy_of(sql, NULL, 0));
	ck_assert_uint_eq(policy_ds.errors, 1);
	ck_assert_ptr_nonnull(diag_with("P321"));
	ck_assert_str_eq(diag_with("P321")->at.file, "cohorts/c.sql");
	ck_assert_uint_eq(diag_with("P321")->at.column, 21);
	ck_assert_ptr_null(officer_policy_of(officer_sql,
		&(struct edit){ P_QUERIES, "params: {unit: cdm.measurement.unit_concept_id}",
			"params: {unit: cdm.measurement.unit_concept_id, x: "
			"cdm.death.death_date}" },
		1));
	ck_assert_ptr_nonnull(diag_with("P368"));
}
END_TEST

/* The agent's role may read what a cohort reads, and the database refuses the rest. */
START_TEST(every_column_of_a_cohort_is_granted)
{
	const struct policy *p = officer_policy(NULL, 0);
	const struct grant *list;
	size_t n;

	OK(grants_list(p, &policy_arena, &list, &n, &err));
	for (unsigned i = 0; i < p->n_cohorts; i++)
		for (unsigned k = 0; k < p->cohorts[i].sql[0]->n_columns; k++) {
			const struct column *c = p->cohorts[i].sql[0]->columns[k].column;
			bool granted = false;

			for (size_t g = 0; g < n; g++)
				granted =
					granted ||
					(strcmp(list[g].schema, c->table->schema) == 0 &&
						strcmp(list[g].relation, c->table->relation) == 0 &&
						strcmp(list[g].column, c->column) == 0);
			ck_assert_msg(granted, "%s", c->name);
		}
}
END_TEST

static bool changed(const struct effect *e, enum effect_way way, const char *words)
{
	for (unsigned i = 0; i < e->n; i++)
		if (e->items[i].way == way && strcmp(e->items[i].thing.en, "cohort others") == 0 &&
			strstr(e->items[i].change.en, words) != NULL)
			return true;
	return false;
}

START_TEST(another_text_of_a_cohort_is_a_wider_policy)
{
	static struct arena kept, work;
	const char *sql[OFFICER_FILES];
	const struct policy *before, *after;
	struct effect e;

	arena_init(&work, MAX_QUERY_ARENA);
	before = officer_policy(NULL, 0);
	kept = policy_arena; /* outlives the next reading */
	policy_arena = (struct arena){ 0 };
	memcpy(sql, officer_sql, sizeof(sql));
	sql[1] = "select c.person_id from cdm.condition_occurrence c";
	after = officer_policy_of(sql,
		&(struct edit){ P_QUERIES, "sql: cohorts/b.sql, kinds: [count]",
			"sql: cohorts/b.sql, kinds: [histogram]" },
		1);
	ck_assert_ptr_nonnull(after);
	OK(effect_between(before, after, &work, &e, &err));
	ck_assert(changed(&e, EFFECT_WIDER, "its SQL"));
	ck_assert(changed(&e, EFFECT_WIDER, "may be asked for histogram"));
	ck_assert(changed(&e, EFFECT_TIGHTER, "may no longer be asked for count"));
	OK(effect_between(before, before, &work, &e, &err));
	ck_assert_uint_eq(e.n, 0);
	arena_clear(&kept);
	arena_clear(&work);
}
END_TEST

/* A cohort that fits one dataset may come to fit the other, though the column itself shows less. */
START_TEST(a_column_that_cohorts_may_be_joined_by_is_wider)
{
	static struct arena kept, work;
#define COARSE_PERSON                                                                              \
	"    title: 粗\n    tables:\n      cdm.person:\n        per_patient_max: 1\n        "     \
	"columns:\n"
	const struct edit group = { P_RED, COARSE_PERSON,
		COARSE_PERSON "          n: {use: group, category: tech.code, bands: [0, 5]}\n" },
			  link = { P_RED, COARSE_PERSON,
				  COARSE_PERSON "          n: {use: link, category: tech.code}\n" };
	struct edit edits[4];
	const struct policy *before, *after;
	struct effect e;
	bool told = false;

	arena_init(&work, MAX_QUERY_ARENA);
	memcpy(edits, coarser, sizeof(coarser));
	edits[3] = group;
	before = officer_policy(edits, 4);
	kept = policy_arena;
	policy_arena = (struct arena){ 0 };
	edits[3] = link;
	after = officer_policy(edits, 4);
	OK(effect_between(before, after, &work, &e, &err));
	for (unsigned i = 0; i < e.n; i++)
		told = told || (e.items[i].way == EFFECT_WIDER &&
				       strcmp(e.items[i].thing.en, "cdm.person.n") == 0);
	ck_assert(told);
	arena_clear(&kept);
	arena_clear(&work);
}
END_TEST

START_TEST(the_rules_that_decide_about_cohorts_are_listed)
{
	static const char *const ids[] = { "cohort:hba1c-t2dm", "study:DM.cohorts",
		"kind:count.filters" };
	const struct policy *p = officer_policy(NULL, 0);
	struct policy_rule *rules;
	unsigned n;

	OK(rule_list(p, &policy_arena, &rules, &n, &err));
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		ck_assert_msg(rule_known(p, rules, n, ids[i]), "%s", ids[i]);
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = i + 1; k < n; k++)
			ck_assert_str_ne(rules[i].id, rules[k].id);
}
END_TEST

/* In small steps, so that memory ends at every point: its rows, their days, params and filters. */
START_TEST(memory_that_ends_never_allows_a_cohort)
{
	struct policy *p = officer_policy(NULL, 0);
	static const char *const questions[] = { DM C1 YEAR "group_by: [month]\n",
		DM C1 YEAR "filter: {" DATE ": [2025-01, 2025-03]}\ngroup_by: [quarter, sex]\n" };
	struct question *q = question(questions[_i]);
	struct asking a = { .requester = "li@s1.example", .today = day("2026-03-01") };
	unsigned failed = 0, max = 0;
	struct verdict v;

	for (bool decided = false; !decided; max += 48) {
		struct arena small;

		ck_assert_uint_lt(max, MAX_QUERY_ARENA);
		arena_init(&small, max);
		decided = decide(p, q, &a, &small, &v, &err) == 0;
		if (decided)
			ck_assert_msg(v.allow, "%u: %s", max, v.first.rule);
		failed += !decided;
		arena_clear(&small);
	}
	ck_assert_uint_gt(failed, 100);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("officers");
	TCase *c = tcase_create("officers");

	tcase_set_timeout(c, 120);
	tcase_add_loop_test(c, the_expected_rule_decides, 0, sizeof(shadows) / sizeof(shadows[0]));
	tcase_add_test(c, groups_of_rows_are_paid_for_by_more_noise);
	tcase_add_test(c, laplace_noise_grows_with_the_cells_of_a_person_too);
	tcase_add_test(c, the_groups_of_days_are_those_that_the_question_leaves);
	tcase_add_test(c, a_folder_has_a_bounded_number_of_checks);
	tcase_add_test(c, one_edge_of_bands_is_no_filter);
	tcase_add_test(c, a_parameter_is_typed_by_the_column_of_the_questions_dataset);
	tcase_add_test(c, an_exception_that_ends_takes_the_cohort_with_it);
	tcase_add_test(c, a_code_of_the_text_that_expands_into_a_rule_is_refused);
	tcase_add_test(c, a_broken_cohort_keeps_the_whole_folder_out_of_force);
	tcase_add_test(c, every_column_of_a_cohort_is_granted);
	tcase_add_test(c, another_text_of_a_cohort_is_a_wider_policy);
	tcase_add_test(c, a_column_that_cohorts_may_be_joined_by_is_wider);
	tcase_add_test(c, the_rules_that_decide_about_cohorts_are_listed);
	tcase_add_loop_test(c, memory_that_ends_never_allows_a_cohort, 0, 2);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
