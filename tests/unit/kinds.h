/*
 * kinds.h - the fixture of tests about kinds of question: the policy of policies.h with every kind offered.
 */
#ifndef TESTS_KINDS_H
#define TESTS_KINDS_H

#include "tests/unit/rulings.h"

#define Q_OF(kind) "study: DM\nkind: " kind "\ndataset: omop\n"

#define PERIODS                                                                                    \
	"      cdm.observation_period:\n"                                                          \
	"        per_patient_max: 9\n"                                                             \
	"        columns:\n"                                                                       \
	"          person_id: {use: patient-key}\n"                                                \
	"          observation_period_start_date: {use: filter, truncate: month, range: "          \
	"2010-01-01..2025-12-31}\n"                                                                \
	"          observation_period_end_date: {use: filter, truncate: month, range: "            \
	"2010-01-01..2025-12-31}\n"

static const struct edit kind_edits[] = {
	{ P_RED, "      cdm.visit_occurrence:\n", PERIODS "      cdm.visit_occurrence:\n" },
	{ P_STUDIES, "measure:hba1c,",
		"cdm.observation_period.observation_period_start_date, "
		"cdm.observation_period.observation_period_end_date, measure:hba1c," },
	{ P_QUERIES, "  mean: {group_by: 1, filters: 4, max_cells: 50}\n",
		"  mean: {group_by: 2, filters: 4, max_cells: 50}\n"
		"  crosstab: {group_by: 2, filters: 4, max_cells: 40}\n"
		"  quantile: {group_by: 1, filters: 4, max_cells: 40, at: [0.25, 0.5, 0.75]}\n"
		"  survival: {group_by: 2, filters: 4, max_cells: 40, step: 1 month, horizon: 60 "
		"months}\n"
		"  attrition: {group_by: 1, filters: 4, max_cells: 40}\n"
		"  distinct: {group_by: 0, filters: 4, max_cells: 1, person: "
		"cdm.person.person_id}\n" },
	{ P_STUDIES, "analyst: [count, histogram, mean, cohorts]",
		"analyst: [count, histogram, crosstab, mean, quantile, survival, attrition, "
		"distinct, "
		"cohorts]" },
	{ P_STUDIES, "kinds: [count, histogram]",
		"kinds: [count, histogram, crosstab, mean, quantile, survival, attrition, "
		"distinct]" },
};
enum {
	KIND_EDITS = sizeof(kind_edits) / sizeof(kind_edits[0])
};

static inline struct policy *kinds_with(const struct edit *more, unsigned n)
{
	struct edit edits[KIND_EDITS + 8];

	ck_assert_uint_le(n, 8);
	memcpy(edits, kind_edits, sizeof(kind_edits));
	for (unsigned i = 0; i < n; i++)
		edits[KIND_EDITS + i] = more[i];
	return policy_with(edits, KIND_EDITS + n);
}

#endif
