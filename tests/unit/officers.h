/*
 * officers.h - the fixture of tests about questions on officers' cohorts: the policy of cohorts.h with SQL files.
 */
#ifndef TESTS_OFFICERS_H
#define TESTS_OFFICERS_H

#include "tests/unit/cohorts.h"
#include "tests/unit/rulings.h"

enum {
	OFFICER_FILES = 4,
	OFFICER_EDITS = 4
};

/* Every study that the fixture has may use every cohort. */
static const struct edit officer_edits[] = {
	{ P_QUERIES, "compose:",
		"cohorts:\n"
		"  - {id: hba1c-t2dm, title: {zh: 糖化血红蛋白, en: HbA1c}, sql: cohorts/a.sql, "
		"kinds: "
		"[count, histogram], params: {from: cdm.measurement.measurement_date, to: "
		"cdm.measurement.measurement_date}}\n"
		"  - {id: others, title: 其他诊断, sql: cohorts/b.sql, kinds: [count]}\n"
		"  - {id: units, title: 单位, sql: cohorts/c.sql, kinds: [count], params: {unit: "
		"cdm.measurement.unit_concept_id}}\n"
		"  - {id: alive, title: 存活, sql: cohorts/d.sql, kinds: [count, histogram]}\n"
		"compose:" },
	{ P_STUDIES, "    kinds: [count, histogram]\n",
		"    kinds: [count, histogram]\n    cohorts: [hba1c-t2dm, others, units, "
		"alive]\n" },
	{ P_STUDIES, "measure:hba1c,", "cdm.measurement.unit_concept_id, measure:hba1c," },
};

static const char *const officer_sql[OFFICER_FILES] = {
	"select m.person_id, m.measurement_date, m.value_as_number, m.unit_concept_id\n"
	"from   cdm.measurement m\n"
	"where  m.measurement_concept_id = 3004410\n"
	"and    m.measurement_date between :from and :to\n"
	"and    exists (select 1 from cdm.condition_occurrence c\n"
	"               where c.person_id = m.person_id and c.condition_concept_id = 201826)\n",
	"select c.person_id, c.condition_start_date from cdm.condition_occurrence c\n"
	"where c.condition_concept_id <> 201826\n",
	"select m.person_id, m.unit_concept_id, m.measurement_date from cdm.measurement m\n"
	"where m.unit_concept_id = :unit\n",
	"select m.person_id, m.measurement_date, m.value_as_number from cdm.measurement m\n"
	"left join cdm.death d on d.person_id = m.person_id and d.person_id = m.person_id\n"
	"where d.death_date is null and (m.value_as_number >= 8 or m.value_as_number < 6.5)\n",
};

static inline struct policy *officer_policy_of(
	const char *const sql[OFFICER_FILES], const struct edit *more, unsigned n)
{
	static const char *const names[] = { "cohorts/a.sql", "cohorts/b.sql", "cohorts/c.sql",
		"cohorts/d.sql" };
	struct edit edits[16];
	struct policy_file files[P_FILES + OFFICER_FILES];
	char *texts[P_FILES];
	struct policy *p = NULL;
	unsigned k = 0;

	for (unsigned i = 0; i < COHORT_EDITS; i++)
		edits[k++] = cohort_edits[i];
	for (unsigned i = 0; i < sizeof(officer_edits) / sizeof(officer_edits[0]); i++)
		edits[k++] = officer_edits[i];
	for (unsigned i = 0; i < n; i++)
		edits[k++] = more[i];
	policy_fresh();
	for (int i = 0; i < P_FILES; i++) {
		texts[i] = edited(i, edits, k);
		files[i] = (struct policy_file){ policy_names[i], texts[i], strlen(texts[i]) };
	}
	for (int i = 0; i < OFFICER_FILES; i++)
		files[P_FILES + i] = (struct policy_file){ names[i], sql[i], strlen(sql[i]) };
	if (policy_read(files, P_FILES + OFFICER_FILES, &policy_arena, &policy_ds, &p) != 0)
		p = NULL;
	for (int i = 0; i < P_FILES; i++)
		free(texts[i]);
	check_policy_sentences();
	return p;
}

static inline struct policy *officer_policy(const struct edit *more, unsigned n)
{
	struct policy *p = officer_policy_of(officer_sql, more, n);

	ck_assert_msg(p != NULL, "%s", first_error());
	return p;
}

#endif
