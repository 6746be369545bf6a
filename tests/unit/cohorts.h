/*
 * cohorts.h - the fixture of tests about officers' cohorts: the policy of policies.h with a visit to join by, a
 * lookup, a column open by an exception, and texts of SQL against it.
 */
#ifndef TESTS_COHORTS_H
#define TESTS_COHORTS_H

#include "policies/cohorts/cohort_sql.h"
#include "tests/unit/policies.h"

static const struct edit cohort_edits[] = {
	{ P_RED, "          value_as_number: {use: measure}\n",
		"          value_as_number: {use: measure}\n"
		"          visit_occurrence_id: {use: link}\n"
		"          unit_concept_id: {use: group, category: tech.unit, categories: {SI: "
		"[8840, 8753], "
		"NONE: [0], US: [9529]}}\n"
		"          地点: {use: group, category: tech.source, geo: {system: gb2260, keep: "
		"4, areas: ['1101', "
		"'3101']}}\n"
		"          value_source_value: {use: forbidden, why: free text}\n" },
	{ P_RED, "      cdm.visit_occurrence:\n        per_patient_max: 50\n        columns:\n",
		"      cdm.concept:\n        kind: lookup\n        per_patient_max: 1\n        "
		"columns:\n"
		"          concept_id: {use: link, codes: omop}\n"
		"          standard_concept: {use: link}\n"
		"      cdm.visit_occurrence:\n        per_patient_max: 50\n        columns:\n"
		"          visit_occurrence_id: {use: link}\n" },
};
enum {
	COHORT_EDITS = sizeof(cohort_edits) / sizeof(cohort_edits[0])
};

static const struct policy *cohort_policy;
static struct arena cohort_arena;
static struct diags cohort_ds;
static struct cohort_param cohort_params[3];

static inline void cohort_fixture(void)
{
	const struct dataset *d;

	cohort_policy = policy_with(cohort_edits, COHORT_EDITS);
	ck_assert_msg(cohort_policy != NULL, "%s", first_error());
	d = &cohort_policy->datasets[0];
	cohort_params[0] = (struct cohort_param){ .name = "from",
		.column = dataset_column(d, "cdm.measurement.measurement_date") };
	cohort_params[1] = cohort_params[0];
	cohort_params[1].name = "to";
	cohort_params[2] = (struct cohort_param){ .name = "unit",
		.column = dataset_column(d, "cdm.measurement.unit_concept_id") };
}

static inline bool mentions(const char *sql, const char *name)
{
	const char *at = strstr(sql, name);

	return at != NULL;
}

/* The cohort of a text; parameters are those that it mentions. */
static inline const struct cohort_sql *cohort_of(const char *sql)
{
	struct cohort_param params[3], *kept;
	unsigned n = 0;

	arena_clear(&cohort_arena);
	arena_init(&cohort_arena, MAX_POLICY_ARENA);
	diags_init(&cohort_ds, &cohort_arena);
	for (unsigned i = 0; i < 3; i++)
		if (mentions(sql, i == 0 ? ":from" : i == 1 ? ":to" : ":unit"))
			params[n++] = cohort_params[i];
	kept = arena_array(&cohort_arena, n + 1, sizeof(*kept));
	ck_assert_ptr_nonnull(kept);
	memcpy(kept, params, n * sizeof(*kept));
	const struct cohort_sql *c = cohort_sql_read("cohorts/x.sql", sql, strlen(sql),
		&cohort_policy->datasets[0], cohort_policy, kept, n, &cohort_arena, &cohort_ds);
	diags_sort(&cohort_ds);
	return c;
}

#endif
