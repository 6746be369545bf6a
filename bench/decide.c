/*
 * decide.c - what an officer and a researcher wait for: reading the example folder, against libyaml alone reading the
 * same bytes; deciding about a question of 20 criteria under a red list of 500 columns and 50 code rules; and deciding
 * about and compiling one of 50 criteria with windows, nested criteria and counts.
 *
 *   decide [ROUNDS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yaml.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "policies/decide/decide.h"
#include "policies/read.h"
#include "sql/sql.h"

#define EXAMPLE "policies/examples/omop-hospital"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "decide: %s\n", what);
	exit(1);
}

/* ---- the example folder ---- */

static double read_folder(void)
{
	struct arena arena;
	struct diags ds;
	struct policy *p;
	double from = now();

	arena_init(&arena, MAX_POLICY_ARENA);
	diags_init(&ds, &arena);
	if (policy_read_folder(EXAMPLE, &arena, &ds, &p) != 0)
		fail("the example is refused");
	arena_clear(&arena);
	return now() - from;
}

static double parse_alone(void)
{
	static const char *const names[] = { "policy", "red-list", "queries", "release", "studies",
		"tests" };
	double from = now();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[200];
		struct error err;
		uint8_t *bytes;
		size_t len;
		yaml_parser_t parser;
		yaml_event_t event;
		bool more = true;

		snprintf(path, sizeof(path), EXAMPLE "/%s.yaml", names[i]);
		if (file_read(path, MAX_FILE_BYTES, &bytes, &len, &err) != 0)
			fail(err.log);
		if (!yaml_parser_initialize(&parser))
			fail("out of memory");
		yaml_parser_set_input_string(&parser, bytes, len);
		while (more) {
			if (!yaml_parser_parse(&parser, &event))
				fail("libyaml refuses the example");
			more = event.type != YAML_STREAM_END_EVENT;
			yaml_event_delete(&event);
		}
		yaml_parser_delete(&parser);
		free(bytes);
	}
	return now() - from;
}

/* ---- one decision ---- */

/* The tables of conditions and people, and 500 columns beside them; 50 code rules. */
static void red_list(struct text *t)
{
	text_add(t,
		"datasets:\n  omop:\n    title: d\n    tables:\n"
		"      cdm.person:\n        per_patient_max: 1\n        columns:\n"
		"          person_id: {use: patient-key}\n"
		"          gender_concept_id: {use: group, categories: {F: [8532], M: [8507]}}\n");
	for (unsigned i = 0; i < 500; i++) {
		if (i % 50 == 0)
			text_addf(t,
				"      s.t%u:\n        per_patient_max: 9\n        columns:\n"
				"          person_id: {use: patient-key}\n",
				i / 50);
		else
			text_addf(t, "          c%u: {use: link, category: tech.code}\n", i);
	}
	text_add(t,
		"      cdm.condition_occurrence:\n        per_patient_max: 9\n        columns:\n"
		"          person_id: {use: patient-key}\n"
		"          condition_concept_id: {use: filter, codes: omop}\n"
		"          condition_start_date: {use: group, truncate: quarter, range: "
		"2018-01-01..2025-12-31}\n"
		"          condition_end_date: {use: filter, truncate: quarter, range: "
		"2018-01-01..2025-12-31}\n          visit_occurrence_id: {use: link}\n"
		"      cdm.observation_period:\n        per_patient_max: 9\n        columns:\n"
		"          person_id: {use: patient-key}\n"
		"          observation_period_start_date: {use: filter, truncate: month, range: "
		"2000-01-01..2025-12-31}\n"
		"          observation_period_end_date: {use: filter, truncate: month, range: "
		"2000-01-01..2025-12-31}\ncodes:\n");
	for (unsigned i = 0; i < 50; i++)
		text_addf(t, "  - {id: r%u, use: forbidden, omop: [%u+, %u+]}\n", i, 100 + i,
			900 + i);
}

static const char policy_yaml[] =
	"cordon: 1\nsite: s\ntitle: t\nversion: 1\nvalid: 2026-01-01..2026-12-31\ncountry: CN\n"
	"extends: [presets/strict, presets/omop-cdm-5.4]\nmodels: {omop: omop-cdm-5.4}\n";
static const char queries_yaml[] = "kinds:\n  count: {group_by: 2, filters: 4, max_cells: "
				   "400}\ncompose: {criteria: 60, depth: "
				   "6, window_step: 30 days}\n";
static const char release_yaml[] =
	"release: {noise: gaussian, rho: 0.02, timing: open, min_patients: 10, min_sites: 1,"
	" secure_aggregation: off, round_to: 1}\n"
	"budgets:\n  - {for: each-study, epsilon: 20, period: 2026-01-01..2026-12-31}\n"
	"  - {for: each-requester, rho: 1, period: 2026-01-01..2026-12-31}\n";
static const char studies_yaml[] =
	"roles: {r: [count]}\nstudies:\n  - {id: S, title: t, valid: 2026-01-01..2026-12-31,"
	" datasets: [omop], kinds: [count], requesters: {a@b.example: r}, may_use:"
	" [cdm.condition_occurrence.condition_concept_id,"
	" cdm.condition_occurrence.condition_start_date, cdm.person.gender_concept_id,"
	" cdm.condition_occurrence.condition_end_date,"
	" cdm.observation_period.observation_period_start_date,"
	" cdm.observation_period.observation_period_end_date]}\n";

static struct policy *large_policy(struct arena *arena)
{
	struct text red;
	struct diags ds;
	struct policy *p;

	text_init(&red, MAX_FILE_BYTES);
	red_list(&red);
	const struct policy_file files[] = { { "policy.yaml", policy_yaml, strlen(policy_yaml) },
		{ "red-list.yaml", text_str(&red), red.len },
		{ "queries.yaml", queries_yaml, strlen(queries_yaml) },
		{ "release.yaml", release_yaml, strlen(release_yaml) },
		{ "studies.yaml", studies_yaml, strlen(studies_yaml) } };
	diags_init(&ds, arena);
	if (policy_read(files, 5, arena, &ds, &p) != 0) {
		diags_print(&ds, stderr, 0);
		fail("the policy is refused");
	}
	text_clear(&red);
	return p;
}

static struct question *large_question(struct arena *arena)
{
	struct text t;
	struct diags ds;
	struct question *q;

	text_init(&t, 1 << 16);
	text_add(&t, "study: S\nkind: count\ndataset: omop\ngroup_by: [sex]\ncohort: {all: [");
	for (unsigned i = 0; i < 19; i++)
		text_addf(&t, "{condition: [%u+, %u], during: 2019-01-01..2024-12-31}, ",
			201826 + i, 320128 + i);
	text_add(&t, "{sex: F}]}\n");
	diags_init(&ds, arena);
	if (question_read("q", text_str(&t), t.len, arena, &ds, &q) != 0)
		fail("the question is refused");
	text_clear(&t);
	return q;
}

/* 50 criteria of the whole language. */
static struct question *nested_question(struct arena *arena)
{
	struct text t;
	struct diags ds;
	struct question *q;

	text_init(&t, 1 << 16);
	text_add(&t, "study: S\nkind: count\ndataset: omop\ngroup_by: [sex]\ncohort: {entry: "
		     "{condition: "
		     "[1+]}, observed: {before: 360 days, after: 0 days}, all: [");
	for (unsigned i = 0; i < 16; i++)
		text_addf(&t,
			"{condition: [%u+, %u], within: {from: -30 days, to: %u days}, times: "
			"{at_least: 2, distinct: day}, with: [{condition: [%u], same_visit: yes}, "
			"{condition: [%u], within: {from: 0 days, to: 30 days, to_on: end}}]}, ",
			201826 + i, 320128 + i, 30 * (i + 1), 400000 + i, 500000 + i);
	text_add(&t, "{sex: F}]}\n");
	diags_init(&ds, arena);
	if (question_read("q", text_str(&t), t.len, arena, &ds, &q) != 0)
		fail(ds.list[0].en);
	text_clear(&t);
	return q;
}

static double decide_once(const struct policy *p, const struct question *q, bool compile)
{
	struct asking who = { .requester = "a@b.example", .today = 20513 };
	struct sql_facts facts = { .salt = "salt" };
	struct arena arena;
	struct sql sql;
	struct verdict v;
	struct error err;
	double from, took;

	arena_init(&arena, MAX_QUERY_ARENA);
	from = now();
	if (decide(p, q, &who, &arena, &v, &err) != 0)
		fail(err.log);
	if (compile && v.allow && sql_write(v.plan, &facts, &arena, &sql, &err) != 0)
		fail(err.log);
	took = now() - from;
	if (!v.allow)
		fail(v.first.say.en);
	arena_clear(&arena);
	return took;
}

static int by_time(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *times, size_t n)
{
	qsort(times, n, sizeof(*times), by_time);
	return times[n / 2];
}

int main(int argc, char **argv)
{
	uint64_t rounds = 200;
	struct arena arena;
	double *ours, *alone, *decisions, *compiled;

	if (argc > 1 && (!parse_u64(argv[1], &rounds) || rounds == 0 || rounds > 100000))
		fail("[ROUNDS]");
	ours = calloc(rounds, sizeof(*ours));
	alone = calloc(rounds, sizeof(*alone));
	decisions = calloc(rounds, sizeof(*decisions));
	compiled = calloc(rounds, sizeof(*compiled));
	if (ours == NULL || alone == NULL || decisions == NULL || compiled == NULL)
		fail("out of memory");
	arena_init(&arena, MAX_POLICY_ARENA);
	const struct policy *p = large_policy(&arena);
	const struct question *q = large_question(&arena), *nested = nested_question(&arena);
	for (uint64_t i = 0; i < rounds; i++) { /* side by side */
		ours[i] = read_folder();
		alone[i] = parse_alone();
	}
	for (uint64_t i = 0; i < rounds; i++)
		decisions[i] = decide_once(p, q, false);
	for (uint64_t i = 0; i < rounds; i++)
		compiled[i] = decide_once(p, nested, true);
	printf("  %-34s %.2f ms\n", "reading the example folder", 1e3 * median(ours, rounds));
	printf("  %-34s %.2f ms\n", "libyaml alone on its files", 1e3 * median(alone, rounds));
	printf("  %-34s %.1f us\n", "deciding about 20 criteria", 1e6 * median(decisions, rounds));
	printf("  %-34s %.1f us\n", "deciding and compiling 50 criteria",
		1e6 * median(compiled, rounds));
	arena_clear(&arena);
	free(ours);
	free(alone);
	free(decisions);
	free(compiled);
	return 0;
}
