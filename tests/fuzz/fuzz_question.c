/*
 * fuzz_question.c - any bytes as a question from a person and as a canonical text from a peer.
 * Aborts when a promise of question.h or canonical.h is broken.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "query/canonical.h"
#include "query/similar.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/same_question.h"

static const char *const seeds[] = {
	"study: DM-2026-01\nkind: count\ndataset: omop\n"
	"cohort:\n"
	"  entry: {condition: [201826+], during: 2019-01-01..2025-12-31, first: yes}\n"
	"  all:\n"
	"    - {age: {from: 45, to: 65}}\n"
	"    - {drug: [1503297+, -40161+]}\n"
	"    - {measure: hba1c, value: {at_least: 7.0, below: 1e-6}}\n"
	"    - any: [{sex: 女}, {all: [{visit: any}, {death: any}]}]\n"
	"  none: [{condition: [4058243+]}]\n"
	"group_by: [sex, age]\nsites: [renmin, xiehe]\nmode: secure\n",
	"{\"study\":\"S\",\"kind\":\"histogram\",\"dataset\":\"omop\",\"of\":\"hba1c\",\"cohort\":"
	"{\"all\":[{\"measure\":\"a\",\"value\":{\"between\":[6.5,8]}},{\"all\":[{\"sex\":\"F\"}]}]"
	"}}",
	"study: S\nkind: count\ndataset: omop\ncohort: hba1c-t2dm\ngroup_by: [age]\non: "
	"2026-03-01\n",
	"{\"cohort\":{\"all\":[{\"drug\":[\"1+\"],\"during\":\"2019-01-01..2019-12-31\"},{\"none\":"
	"[{\"sex\":\"女\"}]}],\"entry\":{\"first\":\"yes\",\"visit\":\"any\"}},\"dataset\":"
	"\"omop\","
	"\"group_by\":[\"age\"],\"kind\":\"count\",\"mode\":\"noised\",\"study\":\"S\"}",
	"study: S\nkind: counts\ndataset: omop\nof: x\ncohort: {any: [{within: {}, drug: "
	"[icd10:E11]}]}\n",
	"study: S\nkind: attrition\ndataset: omop\nsets: {a: [201826+m, -set:b], b: [1]}\n"
	"cohort:\n"
	"  entry: [{condition: [\"set:a\"], first: yes, ends: ..2025-12-31}, {measure: hba1c, "
	"value: {outside: [4, 9], unit: [8554]}, age: {from: 18}}]\n"
	"  index: each\n  observed: {before: 365 days, after: 0 days}\n"
	"  all:\n"
	"    - {drug: [atc:A10+], within: [{from: 0 days, to: 90 days}, {to: 2 weeks after, on: "
	"end, to_on: end}], times: {at_least: 2, distinct: day}}\n"
	"    - {at_least: 2, of: [{sex: [8507]}, {race: a}, {birth: 1950-01-01..}]}\n"
	"    - {visit: [9201], lasting: {at_least: 3 days}, same_visit: no, inside_observation: "
	"no, with: [{death: any, within: {from: 0 days, of: index}}, {none: [{age: {to: 5}}]}]}\n"
	"    - {measurement: any, type: [-1], supply: {between: [1, 2]}, value: {concept: [3], "
	"range: {high: {above: 1.5}}}}\n",
	"study: S\nkind: survival\ndataset: omop\ncohort: {entry: {condition: [1]}}\n"
	"event: {death: any, with: [{drug: any, within: {to: -1 days}}]}\nstep: 1 month\n"
	"horizon: 5 years\n",
	"study: S\nkind: quantile\ndataset: omop\nof: a\nat: [0.5, 0.25]\n",
};

size_t fuzz_seed(size_t i, uint8_t *out, size_t room)
{
	size_t len = i < sizeof(seeds) / sizeof(seeds[0]) ? strlen(seeds[i]) : 0;

	if (len > room)
		return 0;
	memcpy(out, i < sizeof(seeds) / sizeof(seeds[0]) ? seeds[i] : "", len);
	return len;
}

static void require(bool held)
{
	if (!held)
		abort();
}

/* Every sentence exists in both languages and can be shown. */
static void check_sentences(const struct diags *ds)
{
	for (size_t i = 0; i < ds->count; i++) {
		const struct diag *d = &ds->list[i];

		require(d->en != NULL && d->zh != NULL && *d->en != 0 && *d->zh != 0);
		require(utf8_valid(d->en, strlen(d->en)) && utf8_valid(d->zh, strlen(d->zh)));
	}
}

/* S1 and the marks of similar.h, with the question that was read before. */
static void check_distance(const struct question *q, const struct text *t)
{
	static char before[MAX_QUESTION_BYTES];
	static size_t len;
	struct similar there, back;
	struct question *other;
	struct arena arena;
	struct hash32 hash;
	struct error err;
	uint64_t *a, *b;
	unsigned n, m;

	arena_init(&arena, 8 * (size_t)MAX_QUERY_ARENA);
	if (len > 0) {
		require(canonical_read(before, len, &arena, &other, &hash, &err) == 0);
		require(similar_compare(other, q, &arena, &there, &err) == 0);
		require(similar_compare(q, other, &arena, &back, &err) == 0);
		require(there.edits == back.edits && there.shared == back.shared &&
			there.likeness == back.likeness);
		require(there.edits == 0 || len != t->len || memcmp(before, t->at, len) != 0);
		require(similar_marks(q, &arena, &a, &n, &err) == 0 &&
			similar_marks(other, &arena, &b, &m, &err) == 0);
		require(similar_least(a, n, b, m) <= there.edits || there.edits == SIMILAR_FAR);
	}
	len = t->len;
	memcpy(before, t->at, len);
	arena_clear(&arena);
}

/* K1 on the canonical text of a question that was read. */
static void check_identity(const struct question *q, struct arena *arena)
{
	struct question *again;
	struct hash32 hash, want;
	struct error err;
	struct text t;

	text_init(&t, MAX_QUESTION_BYTES);
	if (canonical_write(q, &t, &err) < 0) {
		require(err.code == E_LIMIT && t.len == 0);
		return;
	}
	want = sha256(t.at, t.len);
	require(canonical_read(t.at, t.len, arena, &again, &hash, &err) == 0);
	require(hash32_equal(&hash, &want));
	require(same_question(q, again));
	require(cohort_last_day(&again->cohort) == cohort_last_day(&q->cohort));
	check_distance(q, &t);
	text_clear(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct question *q = NULL;
	struct arena arena;
	struct diags ds;
	struct hash32 hash;
	struct error err;
	int ret;

	arena_init(&arena, MAX_QUERY_ARENA);
	diags_init(&ds, &arena);
	ret = question_read("fuzz", data, size, &arena, &ds, &q);
	check_sentences(&ds);
	require((ret == 0) == (ds.errors == 0));
	if (ret == 0)
		check_identity(q, &arena);
	arena_reset(&arena);
	if (canonical_read(data, size, &arena, &q, &hash, &err) < 0)
		require(err.code == E_INPUT);
	else
		require(ret == 0);
	arena_clear(&arena);
	return 0;
}
