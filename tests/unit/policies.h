/*
 * policies.h - the fixture of tests about policies: one small policy as text, and edits to it, so that a
 * test shows only what it changes.
 */
#ifndef TESTS_POLICIES_H
#define TESTS_POLICIES_H

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "policies/read.h"
#include "tests/unit/unit.h"

enum {
	P_POLICY,
	P_RED,
	P_QUERIES,
	P_RELEASE,
	P_STUDIES,
	P_FILES,
	P_TESTS = P_FILES /* not there unless an edit is its whole text */
};

static const char *const policy_names[P_FILES + 1] = { "policy.yaml", "red-list.yaml", "queries.yaml",
	"release.yaml", "studies.yaml", "tests.yaml" };

static const char *const policy_texts[P_FILES] = {
	/* policy.yaml */
	"cordon: 1\n"
	"site: s1\n"
	"title: {zh: 测试策略, en: Test policy}\n"
	"version: 7\n"
	"valid: 2026-01-01..2026-12-31\n"
	"country: CN\n"
	"extends: [presets/strict, presets/omop-cdm-5.4]\n"
	"models: {omop: omop-cdm-5.4}\n",
	/* red-list.yaml */
	"datasets:\n"
	"  omop:\n"
	"    title: 数据\n"
	"    drop_patients: {opted_out: research.opt_out.person_id, under_age: 14}\n"
	"    tables:\n"
	"      cdm.person:\n"
	"        per_patient_max: 1\n"
	"        columns:\n"
	"          person_id: {use: patient-key}\n"
	"          birth_datetime: {use: forbidden, why: {zh: 完整出生日期, en: a full birth "
	"date}}\n"
	"          year_of_birth: {use: group, as: age, bands: [0, 18, 45, 65, 80]}\n"
	"          gender_concept_id: {use: group, name: 性别, categories: {男: [8507], 女: "
	"[8532]}}\n"
	"      cdm.condition_occurrence:\n"
	"        per_patient_max: 50\n"
	"        columns:\n"
	"          person_id: {use: patient-key}\n"
	"          condition_concept_id: {use: filter, codes: omop}\n"
	"          condition_start_date: {use: group, truncate: quarter, range: "
	"2018-01-01..2025-12-31}\n"
	"          condition_source_value: {use: link}\n"
	"      cdm.drug_exposure:\n"
	"        per_patient_max: 50\n"
	"        columns:\n"
	"          person_id: {use: patient-key}\n"
	"          drug_concept_id: {use: link}\n"
	"          drug_exposure_start_date: {use: filter, truncate: month, range: "
	"2018-01-15..2025-12-31}\n"
	"      cdm.procedure_occurrence:\n"
	"        per_patient_max: 50\n"
	"        columns:\n"
	"          person_id: {use: patient-key}\n"
	"          procedure_date: {use: group, truncate: month, range: 2018-01-01..2025-12-31}\n"
	"      cdm.measurement:\n"
	"        per_patient_max: 20\n"
	"        columns:\n"
	"          person_id: {use: patient-key}\n"
	"          measurement_concept_id: {use: filter, codes: omop}\n"
	"          measurement_date: {use: group, truncate: month, range: 2018-01-01..2025-12-31}\n"
	"          value_as_number: {use: measure}\n"
	"        measures:\n"
	"          - id: hba1c\n"
	"            title: 糖化血红蛋白\n"
	"            column: value_as_number\n"
	"            where: {measurement_concept_id: [3004410]}\n"
	"            unit: '%'\n"
	"            clamp: [3, 20]\n"
	"            cuts: [6.5, 7, 8]\n"
	"          - id: glucose\n"
	"            column: value_as_number\n"
	"            where: {measurement_concept_id: [3004501]}\n"
	"            clamp: [0, 50]\n"
	"      cdm.visit_occurrence:\n"
	"        per_patient_max: 50\n"
	"        columns:\n"
	"          person_id: {use: patient-key}\n"
	"          visit_concept_id: {use: filter, values: [9201, 9202]}\n"
	"      cdm.death:\n"
	"        per_patient_max: 1\n"
	"        columns:\n"
	"          person_id: {use: patient-key}\n"
	"          death_date: {use: filter, truncate: year, range: 2018-01-01..2025-12-31}\n"
	"codes:\n"
	"  - {id: hiv, title: 艾滋病, use: forbidden, omop: [439727+]}\n"
	"  - {id: mental, use: restricted, omop: [440383+], studies: [MH], kinds: [count], "
	"min_patients: 50}\n"
	"  - {id: vip, use: forbidden, local: {cdm.condition_occurrence.condition_source_value: "
	"[VIP01-VIP03, X9]}}\n",
	/* queries.yaml */
	"kinds:\n"
	"  count: {group_by: 2, filters: 4, max_cells: 40}\n"
	"  histogram: {group_by: 1, filters: 4, max_cells: 40}\n"
	"  mean: {group_by: 1, filters: 4, max_cells: 50}\n"
	"compose: {criteria: 4, depth: 2}\n",
	/* release.yaml */
	"release: {noise: gaussian, rho: 0.0244, timing: open, min_patients: 10, min_sites: 1, "
	"secure_aggregation: preferred, round_to: 1}\n"
	"tighter:\n"
	"  - {for: 'measure:hba1c', min_patients: 30}\n"
	"  - {for: 'study:MH', rho: 0.01}\n"
	"budgets:\n"
	"  - {for: 'study:DM', rho: 1.2, period: 2026-01-01..2026-12-31}\n"
	"  - {for: each-requester, rho: 0.8, queries: 9, period: 2026-01-01..2026-12-31}\n"
	"  - {for: 'dataset:omop', epsilon: 20, delta: 1e-6, period: 2026-01-01..2026-12-31}\n",
	/* studies.yaml */
	"roles:\n"
	"  analyst: [count, histogram, mean, cohorts]\n"
	"  viewer: [count]\n"
	"studies:\n"
	"  - id: DM\n"
	"    title: 糖尿病\n"
	"    valid: 2026-01-10..2026-12-31\n"
	"    datasets: [omop]\n"
	"    kinds: [count, histogram]\n"
	"    may_use: [cdm.person.year_of_birth, cdm.person.gender_concept_id, "
	"cdm.condition_occurrence.condition_concept_id, "
	"cdm.condition_occurrence.condition_start_date, "
	"cdm.drug_exposure.drug_exposure_start_date, cdm.measurement.measurement_concept_id, "
	"cdm.measurement.measurement_date, cdm.visit_occurrence.visit_concept_id, "
	"cdm.death.death_date, "
	"measure:hba1c, measure:glucose]\n"
	"    requesters: {li@s1.example: analyst, wang@uni.example: viewer}\n"
	"  - id: MH\n"
	"    title: 抑郁\n"
	"    valid: 2026-01-01..2026-06-30\n"
	"    datasets: [omop]\n"
	"    kinds: [count]\n"
	"    may_use: [cdm.person.gender_concept_id, "
	"cdm.condition_occurrence.condition_concept_id]\n"
	"    requesters: {li@s1.example: analyst}\n",
};

struct edit {
	int file;
	const char *from,
		*to; /* the first `from` becomes `to`; from NULL: no edit; "" : `to` is put in front */
};

static struct arena policy_arena, policy_words;
static struct diags policy_ds;

/* The text of a file with edits; heap. */
static inline char *edited(int file, const struct edit *edits, unsigned n)
{
	char *text = strdup(policy_texts[file]);

	ck_assert_ptr_nonnull(text);
	for (unsigned i = 0; i < n; i++) {
		const char *at;
		struct text t;

		if (edits[i].from == NULL || edits[i].file != file)
			continue;
		at = strstr(text, edits[i].from);
		ck_assert_msg(at != NULL, "the fixture has no '%s'", edits[i].from);
		text_init(&t, 1 << 20);
		text_addn(&t, text, (size_t)(at - text));
		text_add(&t, edits[i].to);
		text_add(&t, at + strlen(edits[i].from));
		free(text);
		text = text_take(&t);
		ck_assert_ptr_nonnull(text);
	}
	return text;
}

static inline void policy_fresh(void)
{
	arena_clear(&policy_arena);
	arena_clear(&policy_words);
	arena_init(&policy_arena, MAX_POLICY_ARENA);
	arena_init(&policy_words, MAX_QUERY_ARENA);
	diags_init(&policy_ds, &policy_words);
}

/* Every sentence exists in both languages, is UTF-8, and the Chinese one is Chinese. */
static inline void check_policy_sentences(void)
{
	for (size_t i = 0; i < policy_ds.count; i++) {
		const struct diag *d = &policy_ds.list[i];
		bool chinese = false;

		ck_assert_msg(utf8_valid(d->en, strlen(d->en)) && utf8_valid(d->zh, strlen(d->zh)),
			"%s", d->code);
		for (const char *s = d->zh; *s != '\0'; s++)
			chinese = chinese || (unsigned char)*s >= 0xE3;
		ck_assert_msg(chinese && d->en[0] != '\0', "%s: %s / %s", d->code, d->en, d->zh);
	}
}

/* Reads the fixture with edits; NULL when it was refused. */
static inline struct policy *policy_with(const struct edit *edits, unsigned n)
{
	struct policy_file files[P_FILES + 1];
	char *texts[P_FILES];
	struct policy *p = NULL;
	unsigned given = P_FILES;
	int ret;

	policy_fresh();
	for (int i = 0; i < P_FILES; i++) {
		texts[i] = edited(i, edits, n);
		files[i] = (struct policy_file){ policy_names[i], texts[i], strlen(texts[i]) };
	}
	for (unsigned i = 0; i < n; i++)
		if (edits[i].to != NULL && edits[i].file == P_TESTS)
			files[given++] = (struct policy_file){ policy_names[P_TESTS], edits[i].to,
				strlen(edits[i].to) };
	ret = policy_read(files, given, &policy_arena, &policy_ds, &p);
	for (int i = 0; i < P_FILES; i++)
		free(texts[i]);
	check_policy_sentences();
	ck_assert_msg((ret == 0) == (p != NULL), "a policy only with success");
	ck_assert_msg((ret == 0) == (policy_ds.errors == 0), "an error only with a sentence");
	return p;
}

static inline const char *first_error(void)
{
	for (size_t i = 0; i < policy_ds.count; i++)
		if (policy_ds.list[i].level == DIAG_ERROR)
			return policy_ds.list[i].en;
	return "";
}

static inline const struct diag *diag_with(const char *code)
{
	for (size_t i = 0; i < policy_ds.count; i++)
		if (strcmp(policy_ds.list[i].code, code) == 0)
			return &policy_ds.list[i];
	return NULL;
}

#endif
