/*
 * redlist.c - loading a large red list: a policy of 5,000 columns, and code rules that expand to 200,000 concepts, as
 * the agent does when a policy comes into force. The rows stand in a result of libpq, as they would.
 *
 *   redlist [COLUMNS [CONCEPTS]]
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "agents/facts.h"
#include "base/limits.h"
#include "policies/read.h"

/* agents/source.h, of a result made here */
struct source_rows {
	PGresult *result;
};
int source_rows(const struct source_rows *rows)
{
	return PQntuples(rows->result);
}
int source_columns(const struct source_rows *rows)
{
	return PQnfields(rows->result);
}
bool source_int(const struct source_rows *rows, int row, int column, int64_t *out)
{
	return parse_i64(PQgetvalue(rows->result, row, column), out);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double peak_mb(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_maxrss / 1024;
}

static int fail(const char *what)
{
	fprintf(stderr, "redlist: %s\n", what);
	return 1;
}

/* 50 columns a table: a key, concepts, days, codes, and what is forbidden. */
static void red_list(struct text *t, unsigned columns)
{
	text_add(t, "datasets:\n  omop:\n    title: d\n    tables:\n");
	for (unsigned i = 0; i < columns; i++) {
		if (i % 50 == 0)
			text_addf(t,
				"      s.t%u:\n        per_patient_max: 9\n        columns:\n"
				"          person_id: {use: patient-key}\n",
				i / 50);
		else if (i % 5 == 0)
			text_addf(t, "          c%u: {use: link, codes: icd10}\n", i);
		else if (i % 5 == 1)
			text_addf(t, "          c%u: {use: forbidden, category: id.other}\n", i);
		else
			text_addf(t,
				"          c%u: {use: group, category: quasi.date, truncate: "
				"quarter,"
				" range: 2018-01-01..2025-12-31}\n",
				i);
	}
	text_add(t, "codes:\n  - {id: all, use: forbidden, omop: [1+], icd10: [A00-Z99], "
		    "atc: [J05AR]}\n");
}

static PGresult *rows_of(unsigned concepts)
{
	PGresAttDesc columns[3] = { { .name = (char[]){ "what" } }, { .name = (char[]){ "a" } },
		{ .name = (char[]){ "b" } } };
	PGresult *r = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	char digits[16], two[] = "2", rule[] = "2";

	if (r == NULL || !PQsetResultAttrs(r, 3, columns))
		return NULL;
	for (unsigned i = 0; i < concepts; i++) {
		/* scattered, as ids of a vocabulary are */
		int n = snprintf(digits, sizeof(digits), "%u", 1 + i * 2654435761u % 2000000000u);

		if (!PQsetvalue(r, (int)i, 0, two, 1) || !PQsetvalue(r, (int)i, 1, rule, 1) ||
			!PQsetvalue(r, (int)i, 2, digits, n))
			return NULL;
	}
	return r;
}

static const char policy_yaml[] =
	"cordon: 1\nsite: s\ntitle: t\nversion: 1\nvalid: 2026-01-01..2026-12-31\ncountry: CN\n"
	"extends: [presets/strict, presets/omop-cdm-5.4]\nmodels: {omop: omop-cdm-5.4}\n";
static const char queries_yaml[] = "kinds:\n  count: {group_by: 2, filters: 4, max_cells: 40}\n";
static const char release_yaml[] =
	"release: {noise: gaussian, rho: 0.02, timing: open, min_patients: 10, min_sites: 1,"
	" secure_aggregation: off, round_to: 1}\n"
	"budgets:\n  - {for: each-study, rho: 1, period: 2026-01-01..2026-12-31}\n";
static const char studies_yaml[] =
	"roles: {r: [count]}\nstudies:\n  - {id: S, title: t, valid: 2026-01-01..2026-12-31,"
	" datasets: [omop], kinds: [count], may_use: [], requesters: {a@b.example: r}}\n";

static int expand(const struct policy *p, const struct source_rows *rows, double *took)
{
	struct facts facts;
	struct error err = { 0 };
	struct sql sql;
	double from = now();

	facts_init(&facts);
	facts.looked = true; /* the vocabulary is there */
	facts.readable = 1;
	if (facts_write(&facts, p, &sql, &err) != 0 || facts_read(&facts, p, rows, &err) != 0)
		return fail(err.log);
	*took = now() - from;
	for (unsigned i = 0; i < p->n_codes; i++)
		if (strcmp(p->codes[i].id, "all") == 0)
			printf("  %-34s %u\n", "concepts of the rule", facts.red.counts[i]);
	facts_clear(&facts);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t columns = 5000, concepts = 200000;
	struct text red;
	struct arena arena;
	struct diags ds;
	struct policy *policy;
	double from, took;

	if ((argc > 1 && !parse_u64(argv[1], &columns)) ||
		(argc > 2 && !parse_u64(argv[2], &concepts)) || columns > 100000 ||
		concepts > 1000000)
		return fail("[COLUMNS [CONCEPTS]]");
	text_init(&red, MAX_FILE_BYTES);
	red_list(&red, (unsigned)columns);
	const struct policy_file files[] = { { "policy.yaml", policy_yaml, strlen(policy_yaml) },
		{ "red-list.yaml", text_str(&red), red.len },
		{ "queries.yaml", queries_yaml, strlen(queries_yaml) },
		{ "release.yaml", release_yaml, strlen(release_yaml) },
		{ "studies.yaml", studies_yaml, strlen(studies_yaml) } };
	arena_init(&arena, MAX_POLICY_ARENA);
	diags_init(&ds, &arena);
	from = now();
	if (policy_read(files, 5, &arena, &ds, &policy) != 0) {
		diags_print(&ds, stderr, 0);
		return fail("the policy is refused");
	}
	printf("  %-34s %.3f s, %.1f MB in all\n", "reading the policy", now() - from, peak_mb());
	struct source_rows rows = { rows_of((unsigned)concepts) };
	if (rows.result == NULL)
		return fail("out of memory");
	if (expand(policy, &rows, &took) != 0)
		return 1;
	printf("  %-34s %.3f s, %.1f MB in all\n", "expanding the rule", took, peak_mb());
	PQclear(rows.result);
	text_clear(&red);
	arena_clear(&arena);
	return 0;
}
