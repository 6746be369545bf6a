/*
 * fuzz_policy.c - any bytes as one of an officer's files beside good ones; the first byte chooses
 * which. Aborts when a promise of read.h or decide.h is broken: a policy only without errors, sentences
 * in both languages, and a decision about every policy that was read.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "policies/decide/decide.h"
#include "policies/explain/explain.h"
#include "policies/grants.h"
#include "policies/read.h"
#include "policies/explain/rule_list.h"
#include "policies/explain/tests.h"
#include "tests/fuzz/fuzz.h"

enum {
	FILES = 6
};

static const char *const names[FILES] = { "policy.yaml", "red-list.yaml", "queries.yaml",
	"release.yaml", "studies.yaml", "tests.yaml" };
static const char *const good[FILES] = {
	"cordon: 1\nsite: s1\ntitle: t\nversion: 7\nvalid: 2026-01-01..2026-12-31\ncountry: CN\n"
	"extends: [presets/strict, presets/omop-cdm-5.4]\nmodels: {omop: omop-cdm-5.4}\n",
	"datasets:\n  omop:\n    title: 数据\n"
	"    drop_patients: {opted_out: research.opt_out.person_id, under_age: 14}\n    tables:\n"
	"      cdm.person:\n        per_patient_max: 1\n        columns:\n"
	"          person_id: {use: patient-key}\n"
	"          year_of_birth: {use: group, as: age, bands: [0, 18, 45]}\n"
	"          gender_concept_id: {use: group, name: 性别, categories: {男: [8507], 女: "
	"[8532]}}\n"
	"      cdm.measurement:\n        per_patient_max: 20\n        columns:\n"
	"          person_id: {use: patient-key}\n"
	"          measurement_concept_id: {use: filter, codes: omop}\n"
	"          measurement_date: {use: group, truncate: week, range: 2018-01-01..2019-12-31}\n"
	"          value_as_number: {use: measure}\n        measures:\n"
	"          - {id: hba1c, column: value_as_number, where: {measurement_concept_id: "
	"[3004410]}, "
	"clamp: [3, 20], cuts: [6.5, 7]}\n"
	"codes:\n  - {id: hiv, use: forbidden, omop: [439727+, -1]}\n"
	"  - {id: m, use: restricted, local: {cdm.measurement.measurement_concept_id: [F10-F19, "
	"X]}, "
	"studies: [DM], kinds: [count], min_patients: 5}\n"
	"exceptions:\n  - {to: 'preset:strict/quasi.date', for: "
	"'column:cdm.measurement.measurement_date', allow: {truncate: week}, why: w, basis: b, "
	"until: "
	"2026-06-30}\n",
	"kinds:\n  count: {group_by: 2, filters: 4, max_cells: 4000}\n"
	"  histogram: {group_by: 1, filters: 4, max_cells: 400}\ncompose: {criteria: 9, depth: "
	"3}\n",
	"release: {noise: gaussian, rho: 0.0244, timing: open, min_patients: 10, min_sites: 1, "
	"secure_aggregation: off, round_to: 1}\ntighter:\n  - {for: 'code:m', min_patients: 30}\n"
	"budgets:\n  - {for: 'study:DM', epsilon: 1.2, delta: 1e-9, period: "
	"2026-01-01..2026-12-31}\n"
	"  - {for: each-requester, rho: 0.8, queries: 9, period: 2026-01-01..2026-12-31}\n",
	"roles: {analyst: [count, histogram, cohorts]}\nstudies:\n  - id: DM\n    title: 糖尿病\n"
	"    valid: 2026-01-10..2026-12-31\n    datasets: [omop]\n    kinds: [count, histogram]\n"
	"    may_use: [cdm.person.year_of_birth, cdm.person.gender_concept_id, "
	"cdm.measurement.measurement_concept_id, cdm.measurement.measurement_date, measure:hba1c]\n"
	"    requesters: {li@s1.example: analyst}\n",
	"tests:\n  - name: {zh: 允许, en: allowed}\n    ask: {who: li@s1.example, study: DM, on: "
	"2026-03-01, kind: count, ages_on: 2025-01-01, cohort: {all: [{measure: hba1c, value: "
	"{above: 7}}]}, group_by: [age]}\n    expect: allow\n"
	"  - name: refused\n    ask: {who: li@s1.example, study: DM, on: 2026-03-01, kind: count}\n"
	"    spent: {each-requester: {rho: 0.1, queries: 9}, 'study:DM': 0.2}\n    expect: deny\n"
	"    rule: budget:requester:li@s1.example\n",
};

static const char *const questions[] = {
	"study: DM\nkind: count\ndataset: omop\ncohort:\n  entry: {measurement: [1+], during: "
	"2018-01-01..2018-12-30}\n  all: [{age: {from: 18}}, {sex: 女}, {measure: hba1c, value: "
	"{above: 7}}]\n"
	"group_by: [cdm.measurement.measurement_date, 性别]\n",
	"study: DM\nkind: histogram\ndataset: omop\nof: hba1c\ngroup_by: [age]\non: 2019-01-01\n",
	"study: DM\nkind: count\ndataset: omop\ncohort:\n  entry: {measurement: any}\ngroup_by: "
	"[month, age]\n",
};

size_t fuzz_seed(size_t i, uint8_t *out, size_t room)
{
	size_t len;

	if (i >= FILES)
		return 0;
	len = strlen(good[i]);
	if (len + 1 > room)
		return 0;
	out[0] = (uint8_t)i;
	memcpy(out + 1, good[i], len);
	return len + 1;
}

static void require(bool held)
{
	if (!held)
		abort();
}

static void check_text(const char *s)
{
	require(s != NULL && utf8_valid(s, strlen(s)));
}

static void check_verdict(const struct verdict *v)
{
	require(v->allow == (v->plan != NULL) && v->allow != v->first.deny &&
		v->first.rule != NULL);
	for (unsigned i = 0; i < v->n_chain; i++) {
		check_text(v->chain[i].say.en);
		check_text(v->chain[i].say.zh);
		check_text(v->chain[i].outside.en);
		check_text(v->chain[i].outside.zh);
	}
	if (!v->allow)
		return;
	require(v->plan->n_cells > 0 && v->plan->n_cells <= MAX_CELLS && v->plan->n_charges > 0);
	require(v->plan->noise.t > 0 && v->plan->noise.cost_prho > 0);
}

static void decide_all(const struct policy *p)
{
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		for (int32_t today = 20500; today < 20900; today += 180) { /* 2026-02-16 .. */
			struct asking who = { .requester = "li@s1.example",
				.today = today,
				.every_failure = i == 0 };
			struct arena arena, words;
			struct diags ds;
			struct question *q = NULL;
			struct verdict v;
			struct error err;

			arena_init(&arena, MAX_QUERY_ARENA);
			arena_init(&words, MAX_QUERY_ARENA);
			diags_init(&ds, &words);
			require(question_read("q", questions[i], strlen(questions[i]), &arena, &ds,
					&q) == 0);
			require(decide(p, q, &who, &arena, &v, &err) == 0);
			check_verdict(&v);
			arena_clear(&arena);
			arena_clear(&words);
		}
}

static void explain_one(const struct policy *p, const char *thing, struct arena *arena)
{
	struct explanation e;
	struct error err;

	require(explain(p, thing, 20600, arena, &e, &err) == 0);
	require(e.kind != NULL);
	for (unsigned i = 0; i < e.n_rows; i++) {
		check_text(e.rows[i].say.en);
		check_text(e.rows[i].say.zh);
	}
}

static void test_all(const struct policy *p)
{
	struct test_outcome *tests;
	struct policy_rule *rules;
	struct arena arena;
	struct error err;
	unsigned n, failed, n_rules;
	bool *reached;

	arena_init(&arena, MAX_POLICY_ARENA);
	require(tests_run(p, &arena, &tests, &n, &failed, &err) == 0 && n == p->n_tests);
	require(rule_list(p, &arena, &rules, &n_rules, &err) == 0);
	reached = arena_array(&arena, n_rules, sizeof(*reached));
	require(reached != NULL);
	for (unsigned i = 0; i < n; i++) {
		check_verdict(&tests[i].verdict);
		rule_list_reached(
			p, tests[i].test->question, &tests[i].verdict, rules, n_rules, reached);
	}
	for (unsigned i = 0; i < n_rules; i++)
		explain_one(p, rules[i].id, &arena);
	arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy_file files[FILES];
	struct arena arena, words;
	struct diags ds;
	struct policy *p = NULL;
	struct error err;
	struct text t;
	int ret;

	if (size == 0)
		return 0;
	for (unsigned i = 0; i < FILES; i++)
		files[i] = data[0] % FILES == i
				   ? (struct policy_file){ names[i], data + 1, size - 1 }
				   : (struct policy_file){ names[i], good[i], strlen(good[i]) };
	arena_init(&arena, MAX_POLICY_ARENA);
	arena_init(&words, MAX_QUERY_ARENA);
	diags_init(&ds, &words);
	ret = policy_read(files, FILES, &arena, &ds, &p);
	require((ret == 0) == (p != NULL) && (ret == 0) == (ds.errors == 0));
	for (size_t i = 0; i < ds.count; i++) {
		check_text(ds.list[i].en);
		check_text(ds.list[i].zh);
	}
	if (p != NULL) {
		decide_all(p);
		test_all(p);
		text_init(&t, MAX_FILE_BYTES * 4);
		require(grants_write(p, GRANTS_ROLE, &t, &err) == 0);
		text_clear(&t);
	}
	arena_clear(&arena);
	arena_clear(&words);
	return 0;
}
