/*
 * fuzz_yaml.c - any bytes as a YAML text, held against each shape of the officers' files; the first byte chooses the
 * depth allowed. Aborts when a promise of node.h or shape.h is broken.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/shape.h"
#include "base/text.h"
#include "policies/approval/approval.h"
#include "policies/shapes.h"
#include "tests/fuzz/fuzz.h"

static const struct shape *const shapes[] = { &shape_policy, &shape_red_list, &shape_queries,
	&shape_release, &shape_studies, &shape_preset, &shape_model, &shape_tests, &shape_test,
	&shape_approval, &shape_approvers };

static const char *const seeds[] = {
	"cordon: 1\nsite: s1\ntitle: {zh: 策略, en: Policy}\nversion: 7\nvalid: "
	"2026-01-01..2026-12-31\n"
	"country: CN\nextends: [presets/strict, presets/omop-cdm-5.4]\nmodels: {omop: "
	"omop-cdm-5.4}\n",
	"datasets:\n  omop:\n    title: 数据\n    tables:\n      cdm.person:\n        "
	"per_patient_max: 1\n"
	"        columns:\n          person_id: {use: patient-key}\n          year_of_birth: {use: "
	"group, as: age, bands: [0, 18]}\n"
	"          place: {use: [group, measure], geo: {system: zip, keep: 3, areas: ['100']}}\n",
	"# one\nkinds:\n  count: {group_by: 2, filters: 4, max_cells: 40}\ncompose: {criteria: 4, "
	"depth: 2}\n",
	"release: {noise: gaussian, rho: 0.0244, timing: open, min_patients: 10, min_sites: 1, "
	"secure_aggregation: off, round_to: 1}\nbudgets:\n- {for: \"study:DM\", rho: 1e-3, period: "
	"2026-01-01..2026-12-31}\n",
	"roles: {analyst: [count]}\nstudies:\n  - id: DM\n    title: '糖 ''尿'' 病'\n    valid: "
	"2026-01-10..2026-12-31\n"
	"    datasets: [omop]\n    kinds: [count]\n    may_use: []\n    requesters: {a@b.example: "
	"analyst}\n",
	"\xEF\xBB\xBF"
	"a: &x [1, *x, !t {<<: b}]\r\n---\r\n? k\r\n: \"\\u5973\\x00\\ud83d\\ude00\"\r\nb: |\r\n  "
	"text\r\n",
	"tests:\n- name: {zh: 一, en: one}\n  who: li@s1.example\n  study: DM\n  on: 2026-03-01\n  "
	"ask: "
	"{kind: count, dataset: omop, cohort: {all: [{sex: 女}]}}\n  spent: {'study:DM': {rho: "
	"0.2, "
	"queries: 3}}\n  expect: deny\n  rule: code:hiv\n",
	"approval: {site: s1, version: 7, effect: 'sha256:0123456789abcdef'}\nfiles:\n  "
	"policy.yaml: "
	"sha256:00\nsignatures:\n- {name: officer-a, role: compliance, key: 'ed25519:AAAA', "
	"signed: "
	"2026-03-01T08:00:00Z, signature: 'AAAA=='}\n",
	"required: [compliance, data-owner]\napprovers:\n- {name: officer-a, role: compliance, "
	"key: "
	"'ed25519:AAAA', valid: 2026-01-01..2026-12-31}\n- {name: owner-b, roles: [data-owner], "
	"key: "
	"'ed25519:BBBB', revoked: 2026-02-01}\n",
	"{\"a\": {\"b\": [1, 2.5e-7, true, null, \"\\\\\\\"\"]}, \"c\": \"\\ud83d\\ude00\"}",
	"use：forbidden\nbands: [0，18]\n\tx: 1\n%YAML 1.1\n@a: `b`\n...\n",
};

enum {
	SEEDS = sizeof(seeds) / sizeof(seeds[0])
};

size_t fuzz_seed(size_t i, uint8_t *out, size_t room)
{
	size_t len = i < SEEDS ? strlen(seeds[i]) + 1 : 0;

	if (len == 0 || len > room)
		return 0;
	out[0] = (uint8_t)(MAX_DEPTH - i % 3);
	memcpy(out + 1, seeds[i], len - 1);
	return len;
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

static void check_diags(const struct diags *ds)
{
	require(ds->errors + ds->warnings <= ds->count || ds->count == MAX_DIAGS);
	for (size_t i = 0; i < ds->count; i++) {
		check_text(ds->list[i].en);
		check_text(ds->list[i].zh);
		require(ds->list[i].en[0] != '\0' && ds->list[i].zh[0] != '\0');
	}
}

/* Depth, counts, keys (N2), texts of a tree that was read without an error. */
static void check_node(const struct node *n, size_t depth, size_t max)
{
	size_t count = 0;

	require(depth <= max + 1);
	require(n->at.line > 0 && n->at.column > 0);
	if (n->kind == NODE_TEXT) {
		check_text(n->text);
		require(n->len == strlen(n->text) && n->first == NULL && !n->empty);
		return;
	}
	NODE_EACH(child, n) {
		count++;
		require((child->key != NULL) == (n->kind == NODE_MAP));
		if (n->kind == NODE_MAP) {
			check_text(child->key);
			require(node_get(n, child->key) == child);
		}
		check_node(child, depth + 1, max);
	}
	require(count == n->count);
}

/* What a shape lets through can be read by the typed readers. */
static void read_all(const struct node *n)
{
	int32_t from, to;
	struct say title;

	if (n->kind == NODE_TEXT) {
		(void)node_int(n, 0);
		(void)node_decimal9(n, 0);
		(void)node_day(n, 0);
		if (node_span(n, &from, &to))
			require(from <= to);
	}
	title = node_title(n);
	require(title.en != NULL && title.zh != NULL);
	NODE_EACH(child, n)
		read_all(child);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena, words;
	struct diags ds;
	struct node *root = NULL;
	size_t depth;
	int ret;
	bool clean;

	if (size == 0)
		return 0;
	depth = 1 + data[0] % MAX_QUESTION_DEPTH;
	arena_init(&arena, MAX_POLICY_ARENA);
	arena_init(&words, MAX_QUERY_ARENA);
	diags_init(&ds, &words);
	ret = node_read("fuzz.yaml", data + 1, size - 1, depth, &arena, &ds, &root);
	clean = ret == 0;
	require(clean == (ds.errors == 0));
	if (clean) {
		require(root != NULL);
		check_node(root, 1, depth);
		read_all(root);
	}
	for (size_t i = 0; root != NULL && i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		size_t before = ds.errors;

		ret = shape_check(root, shapes[i], "this", &ds);
		/* what the reader has reported is not said again */
		require(ret == 0 ? ds.errors == before : ds.errors > before || !clean);
	}
	diags_sort(&ds);
	check_diags(&ds);
	arena_clear(&arena);
	arena_clear(&words);
	return 0;
}
