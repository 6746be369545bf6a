/*
 * fuzz_cohort_sql.c - any bytes as an officer's SQL file. Aborts when a promise of cohort_sql.h is broken: a tree
 * only without errors, every table tied to one patient, sentences in both languages; and every accepted cohort can
 * be asked, written by sql_write(), and is SQL to PostgreSQL's own parser again.
 *
 * Each input starts the checking program once or twice, so this target runs slower than the others; most of what the
 * mutations make ends before it, at the text.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "policies/cohorts/cohort_child.h"
#include "policies/decide/decide.h"
#include "policies/read.h"
#include "sql/sql.h"
#include "tests/fuzz/fuzz.h"

enum {
	FILES = 6
};

static const char *const names[FILES] = { "policy.yaml", "red-list.yaml", "queries.yaml",
	"release.yaml", "studies.yaml", "cohorts/a.sql" };
static const char *const good[FILES - 1] = {
	"cordon: 1\nsite: s1\ntitle: t\nversion: 7\nvalid: 2026-01-01..2026-12-31\ncountry: CN\n"
	"extends: [presets/omop-cdm-5.4]\nmodels: {omop: omop-cdm-5.4}\n",
	"datasets:\n  omop:\n    title: d\n    tables:\n"
	"      cdm.person:\n        per_patient_max: 1\n        columns:\n"
	"          person_id: {use: patient-key}\n"
	"          gender_concept_id: {use: group, categories: {M: [8507], F: [8532]}}\n"
	"      cdm.concept:\n        kind: lookup\n        per_patient_max: 1\n        columns:\n"
	"          concept_id: {use: link, codes: omop}\n"
	"      cdm.measurement:\n        per_patient_max: 2\n        columns:\n"
	"          person_id: {use: patient-key}\n"
	"          visit_occurrence_id: {use: link}\n"
	"          measurement_concept_id: {use: filter, codes: omop}\n"
	"          measurement_date: {use: group, truncate: month, range: 2025-01-01..2025-12-31}\n"
	"          unit_concept_id: {use: group, category: tech.unit, categories: {A: [1, 2], B: "
	"[3]}}\n"
	"          value_source_value: {use: forbidden, why: w}\n"
	"          value_as_number: {use: measure}\n        measures:\n"
	"          - {id: hba1c, column: value_as_number, where: {measurement_concept_id: "
	"[3004410]}, "
	"clamp: [3, 20], cuts: [6.5, 7]}\n"
	"codes:\n  - {id: hiv, use: forbidden, omop: [439727+]}\n",
	NULL, /* queries.yaml, below: with the parameters that the text names */
	"release: {noise: gaussian, rho: 0.0244, timing: open, min_patients: 10, min_sites: 1, "
	"secure_aggregation: off, round_to: 1}\n"
	"budgets:\n  - {for: 'study:DM', rho: 1, period: 2026-01-01..2026-12-31}\n",
	"roles: {analyst: [count, cohorts]}\nstudies:\n  - id: DM\n    title: t\n"
	"    valid: 2026-01-10..2026-12-31\n    datasets: [omop]\n    kinds: [count]\n    cohorts: "
	"[a]\n"
	"    may_use: [cdm.person.gender_concept_id, cdm.measurement.measurement_date, "
	"cdm.measurement.unit_concept_id]\n    requesters: {li: analyst}\n",
};

static const char *const seeds[] = {
	"select m.person_id, m.measurement_date, m.unit_concept_id from cdm.measurement m\n"
	"where m.measurement_date between :from and '2025-12-31' and m.unit_concept_id <> :unit\n"
	"and exists (select 1 from cdm.person p where p.person_id = m.person_id and "
	"p.gender_concept_id = 8532)",
	"select m.person_id, m.value_as_number from cdm.measurement as m\n"
	"left join cdm.concept c on c.concept_id = m.measurement_concept_id\n"
	"join cdm.measurement n on n.person_id = m.person_id and n.visit_occurrence_id = "
	"m.visit_occurrence_id\n"
	"where (m.value_as_number >= 7 or not m.value_as_number not between 6.5 and 7)\n"
	"and m.measurement_date > :from and m.unit_concept_id not in (:unit, 3) and "
	"n.unit_concept_id is not null",
	"select m.person_id, /* 注 */ m.\"unit_concept_id\" from cdm.measurement m where "
	"m.measurement_date = :from\n"
	"and :unit = m.unit_concept_id and m.measurement_concept_id in (3004410, 5) and "
	"m.measurement_date < '2025-07-01'",
	"with a as (select 1) select distinct count(*), m.*::text from a order by 1 limit 2 -- "
	"E'\\\\' $1 $$ 439727",
};

static const char *const queries[] = {
	"",
	"from: cdm.measurement.measurement_date",
	"unit: cdm.measurement.unit_concept_id",
	"from: cdm.measurement.measurement_date, unit: cdm.measurement.unit_concept_id",
};
static const char *const params[][4] = {
	{ "", "from: 2025-02", "unit: A", "from: 2025-02, unit: A" },
	{ "", "from: 2025-Q1", "unit: other", "from: 2025-Q1, unit: other" },
	{ "", "from: 2025", "unit: 3", "from: 2025, unit: 3" },
};
static const char *const questions[] = {
	"",
	"group_by: [month, sex]\n",
	"group_by: [cdm.measurement.unit_concept_id]\nfilter: {cdm.measurement.unit_concept_id: "
	"[B]}\n",
};

static void require(bool held)
{
	if (!held)
		abort();
}

/* Bytes seldom make another statement that can be read; words do. An input that begins with WORDS is one byte a word:
 * those of the seeds and some more. */
enum {
	SEEDS = sizeof(seeds) / sizeof(seeds[0]),
	WORDS = 1,
	MAX_WORDS = 250
};
static const char more_words[] =
	"( ) , . = <> < <= > >= and or not in between is null exists select from where join left "
	"on as 1 "
	"union all any lateral :: now() * true '2025-06-30' 8507 6.5 3 d.death_date cdm.death d "
	"m.person_id p.person_id "
	"m.measurement_date n.measurement_date m.unit_concept_id m.value_as_number c.concept_id";
static const char *words[MAX_WORDS];
static size_t lengths[MAX_WORDS], n_words;

static size_t word_of(const char *at, size_t len)
{
	for (size_t i = 0; i < n_words; i++)
		if (lengths[i] == len && memcmp(words[i], at, len) == 0)
			return i;
	require(n_words < MAX_WORDS);
	words[n_words] = at;
	lengths[n_words] = len;
	return n_words++;
}

/* The words of a text, one byte each; gives how many. */
static size_t split(const char *text, uint8_t *out, size_t room)
{
	size_t n = 0, len;

	for (text += strspn(text, " \n"); *text != '\0'; text += len + strspn(text + len, " \n")) {
		len = strcspn(text, " \n");
		if (n < room)
			out[n++] = (uint8_t)word_of(text, len);
	}
	return n;
}

static void know_words(void)
{
	uint8_t ignored[400];

	for (size_t i = 0; n_words == 0 || i < SEEDS; i++)
		(void)split(seeds[i], ignored, sizeof(ignored));
	(void)split(more_words, ignored, sizeof(ignored));
}

size_t fuzz_seed(size_t i, uint8_t *out, size_t room)
{
	size_t len;

	know_words();
	if (i >= 2 * SEEDS || room < 2000)
		return 0;
	if (i >= SEEDS) {
		out[0] = WORDS;
		return 1 + split(seeds[i - SEEDS], out + 1, room - 1);
	}
	len = strlen(seeds[i]);
	memcpy(out, seeds[i], len);
	return len;
}

static void check_sentences(const struct diags *ds)
{
	for (size_t i = 0; i < ds->count; i++) {
		const struct diag *d = &ds->list[i];

		require(d->en[0] != '\0' && d->zh[0] != '\0');
		require(utf8_valid(d->en, strlen(d->en)) && utf8_valid(d->zh, strlen(d->zh)));
	}
}

/* C3 and C5, by what is kept. */
static void check_tree(const struct cohort_sql *c)
{
	require(c->key.column != NULL && (c->key.column->uses & USE_PATIENT_KEY) &&
		!c->key.source->left);
	for (unsigned i = 0; i < c->n_sources; i++)
		require(c->sources[i]->tied || c->sources[i]->table->key == NULL);
	for (unsigned i = 0; i < c->n_columns; i++)
		require(!(c->columns[i].column->uses & USE_FORBIDDEN));
	for (unsigned i = 0; i < c->n_outputs; i++)
		require((c->outputs[i].column->uses & (USE_GROUP | USE_MEASURE)) != 0);
}

/* libpg_query is not linked here: the same program reads what is sent to the database. */
static void check_statement(const struct sql *sql, struct arena *arena)
{
	struct cohort_syntax s;
	struct error err;

	if (strlen(sql->text) > MAX_COHORT_SQL_BYTES)
		return;
	require(strchr(sql->text, ';') == NULL && strstr(sql->text, "439727") == NULL);
	require(cohort_child(sql->text, strlen(sql->text), arena, &s, &err) == 0);
	require(s.read);
}

static void ask_all(const struct policy *p, unsigned which)
{
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		const struct sql_facts facts = { .salt = "s" };
		struct asking who = { .requester = "li", .today = 20600 };
		struct arena arena;
		struct diags ds;
		struct question *q = NULL;
		struct verdict v;
		struct sql sql;
		struct error err;
		const char *text;

		arena_init(&arena, MAX_QUERY_ARENA);
		diags_init(&ds, &arena);
		text = arena_textf(&arena,
			"study: DM\nkind: count\ndataset: omop\ncohort: a\nparams: {%s}\n%s",
			params[i][which], questions[i]);
		require(text != NULL &&
			question_read("q", text, strlen(text), &arena, &ds, &q) == 0);
		require(decide(p, q, &who, &arena, &v, &err) == 0);
		if (v.allow) {
			require(v.plan->rows != NULL && v.plan->cells_a_person <= 2);
			require(sql_write(v.plan, &facts, &arena, &sql, &err) == 0);
			check_statement(&sql, &arena);
		}
		arena_clear(&arena);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy_file files[FILES];
	struct arena arena, sentences;
	struct diags ds;
	struct policy *p = NULL;
	struct text spelt, query;
	unsigned which;
	int ret;

	for (unsigned i = 0; i + 1 < FILES; i++)
		files[i] = (struct policy_file){ names[i], good[i],
			good[i] == NULL ? 0 : strlen(good[i]) };
	text_init(&spelt, 1 << 20);
	if (size > 0 && data[0] == WORDS) {
		know_words();
		for (size_t i = 1; i < size; i++) {
			text_addn(&spelt, words[data[i] % n_words], lengths[data[i] % n_words]);
			text_addc(&spelt, ' ');
		}
		data = (const uint8_t *)text_str(&spelt);
		size = spelt.len;
	}
	files[FILES - 1] = (struct policy_file){ names[FILES - 1], data, size };
	which = memmem(data, size, ":from", 5) != NULL ? 1 : 0;
	which += memmem(data, size, ":unit", 5) != NULL ? 2 : 0;
	text_init(&query, 1000);
	text_addf(&query,
		"kinds:\n  count: {group_by: 2, filters: 4, max_cells: 4000}\ncohorts:\n"
		"  - {id: a, title: t, sql: cohorts/a.sql, kinds: [count], params: {%s}}\n",
		queries[which]);
	files[2].bytes = query.at;
	files[2].len = query.len;
	arena_init(&arena, MAX_POLICY_ARENA);
	arena_init(&sentences, MAX_QUERY_ARENA);
	diags_init(&ds, &sentences);
	ret = policy_read(files, FILES, &arena, &ds, &p);
	require((ret == 0) == (p != NULL) && (ret == 0) == (ds.errors == 0));
	check_sentences(&ds);
	for (size_t i = 0; i < ds.count; i++)
		require(strcmp(ds.list[i].code, "P371") != 0); /* nothing kills the checker */
	if (p != NULL) {
		check_tree(p->cohorts[0].sql[0]);
		ask_all(p, which);
	}
	arena_clear(&arena);
	arena_clear(&sentences);
	text_clear(&spelt);
	text_clear(&query);
	return 0;
}
