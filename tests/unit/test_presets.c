/*
 * test_presets.c - what is shipped: every entry says where it stands and who confirmed it; how several
 * presets combine; what they require of studies and datasets; the example folders, as shipped.
 */
#include "tests/unit/policies.h"

#include <dirent.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/node.h"
#include "base/shape.h"
#include "policies/embed.h"
#include "policies/shapes.h"
#include "policies/explain/tests.h"

#define EDIT(file, from, to)                                                                       \
	{                                                                                          \
		file, from, to                                                                     \
	}

/* ---- each file by itself ---- */

static const struct node *shipped_tree(const char *id)
{
	const struct shipped *s = shipped_preset(id);
	struct node *root = NULL;

	policy_fresh();
	ck_assert_ptr_nonnull(s);
	ck_assert_msg(node_read(s->name, s->bytes, s->len, MAX_DEPTH, &policy_arena, &policy_ds,
			      &root) == 0,
		"%s: %s", id, first_error());
	ck_assert_msg(
		shape_check(root, &shape_preset, id, &policy_ds) == 0, "%s: %s", id, first_error());
	return root;
}

static const char *word_at(const struct node *n, const char *key)
{
	const char *s = node_text(node_get(n, key));

	return s == NULL ? "" : s;
}

/* A law or standard says how well it is known; no lawyer has seen any of it, and no file may say so
 * before one has. A choice of Cordon's claims nothing. */
static void check_standing(const char *id, const struct node *n)
{
	const char *from = word_at(n, "from"), *confirmed = word_at(n, "confirmed");
	struct say basis = node_title(node_get(n, "basis"));

	ck_assert_msg(from[0] != '\0' && basis.en[0] != '\0' && basis.zh[0] != '\0',
		"%s:%u: no from or basis", id, n->at.line);
	if (strcmp(from, "practice") == 0)
		ck_assert_msg(confirmed[0] == '\0', "%s:%u: confirmed", id, n->at.line);
	else
		ck_assert_msg(strcmp(confirmed, "text") == 0 || strcmp(confirmed, "no") == 0,
			"%s:%u: '%s'", id, n->at.line, confirmed);
}

static void check_demand(const char *id, const struct node *n)
{
	static const char *const demands[] = { "approvals", "under_age", "drop", "results_to",
		"purpose" };
	unsigned found = 0;

	for (size_t i = 0; i < sizeof(demands) / sizeof(demands[0]); i++)
		found += node_get(n, demands[i]) != NULL;
	ck_assert_msg(found == 1, "%s:%u: %u demands", id, n->at.line, found);
	if (node_get(n, "for") != NULL)
		NODE_EACH(what, node_get(n, "for"))
			ck_assert_msg(word_index(what->text, words_category) >= 0 ||
					      strncmp(what->text, "code:", 5) == 0,
				"%s: %s", id, what->text);
}

START_TEST(every_entry_of_every_preset_says_what_it_rests_on)
{
	unsigned entries = 0;

	for (unsigned i = 0; shipped_preset_ids()[i] != NULL; i++) {
		const char *id = shipped_preset_ids()[i];
		const struct node *root = shipped_tree(id), *about = node_get(root, "preset"),
				  *list;

		ck_assert_str_eq(word_at(about, "id"), id);
		ck_assert_int_ge(node_day(node_get(about, "checked"), 0), day_of(2026, 1, 1));
		list = node_get(root, "ceilings");
		for (const struct node *n = list == NULL ? NULL : list->first; n != NULL;
			n = n->next) {
			ck_assert_msg(
				word_index(n->key, words_category) >= 0, "%s: %s", id, n->key);
			ck_assert_msg(node_get(n, "use") != NULL, "%s: %s", id, n->key);
			check_standing(id, n);
			entries++;
		}
		list = node_get(root, "codes");
		for (const struct node *n = list == NULL ? NULL : list->first; n != NULL;
			n = n->next) {
			ck_assert_ptr_nonnull(node_get(n, "title"));
			check_standing(id, n);
			entries++;
		}
		list = node_get(root, "requires");
		for (const struct node *n = list == NULL ? NULL : list->first; n != NULL;
			n = n->next) {
			check_demand(id, n);
			check_standing(id, n);
			entries++;
		}
	}
	ck_assert_uint_ge(entries, 200);
}
END_TEST

START_TEST(catalogues_name_columns_in_full_and_once)
{
	static const struct {
		const char *id;
		unsigned at_least;
		const char *column, *category;
	} rows[] = { { "omop-cdm-5.4", 330, "cdm.visit_detail.person_id", "id.record-number" },
		{ "omop-cdm-5.4", 330, "cdm.provider.provider_name", "staff.name" },
		{ "omop-cdm-5.4", 330, "cdm.condition_era.condition_era_start_date", "quasi.date" },
		{ "i2b2", 100, "i2b2demodata.patient_dimension.religion_cd", "special.religion" },
		{ "i2b2", 100, "i2b2demodata.observation_fact.concept_cd", "health.diagnosis" } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct node *map = node_get(shipped_tree(rows[i].id), "catalog");
		unsigned n = 0;

		NODE_EACH(column, map) {
			const char *dot = strchr(column->key, '.');

			n++;
			ck_assert_msg(
				dot != NULL && strchr(dot + 1, '.') != NULL, "%s", column->key);
		}
		ck_assert_uint_ge(n, rows[i].at_least);
		ck_assert_str_eq(word_at(map, rows[i].column), rows[i].category);
	}
}
END_TEST

/* ---- the fixture under other presets ---- */

enum {
	MAX_EDITS = 16
};

/* The fixture as a hospital in China would write it: quarters, papers, countries. */
static const struct edit chinese[] = { EDIT(P_RED, "truncate: month", "truncate: quarter"),
	EDIT(P_RED, "truncate: month", "truncate: quarter"),
	EDIT(P_RED, "truncate: month", "truncate: quarter"),
	EDIT(P_STUDIES, "title: 糖尿病",
		"title: 糖尿病\n    approvals: {ethics: E1, pia: P1}\n    results_to: [CN]"),
	EDIT(P_STUDIES, "title: 抑郁",
		"title: 抑郁\n    approvals: {permit: E2, pia: P2}\n    results_to: [CN]") };

static struct policy *under(const char *presets, const struct edit *base, unsigned n_base,
	const struct edit *more, unsigned n_more)
{
	char line[256];
	struct edit all[MAX_EDITS];

	snprintf(line, sizeof(line), "extends: [%s]", presets);
	ck_assert_uint_le(1 + n_base + n_more, MAX_EDITS);
	all[0] = (struct edit)EDIT(
		P_POLICY, "extends: [presets/strict, presets/omop-cdm-5.4]", line);
	for (unsigned i = 0; i < n_base; i++)
		all[1 + i] = base[i];
	for (unsigned i = 0; i < n_more; i++)
		all[1 + n_base + i] = more[i];
	return policy_with(all, 1 + n_base + n_more);
}

static unsigned count_of(const char *code)
{
	unsigned n = 0;

	for (size_t i = 0; i < policy_ds.count; i++)
		n += strcmp(policy_ds.list[i].code, code) == 0;
	return n;
}

START_TEST(every_preset_is_read_with_all_its_codes)
{
	for (unsigned i = 0; shipped_preset_ids()[i] != NULL; i++) {
		char list[128];

		snprintf(list, sizeof(list), "presets/%s", shipped_preset_ids()[i]);
		(void)under(list, NULL, 0, NULL, 0);
		for (size_t k = 0; k < policy_ds.count; k++)
			ck_assert_msg(
				policy_ds.list[k].level != DIAG_ERROR ||
					strncmp(policy_ds.list[k].at.file, "presets/", 8) != 0,
				"%s: %s", list, policy_ds.list[k].en);
		ck_assert_uint_eq(count_of("P302"), 0);
		ck_assert_uint_eq(count_of("W401"), 0); /* drugs, tests or wards beside diagnoses */
	}
}
END_TEST

START_TEST(a_good_folder_passes_under_each_law)
{
	struct policy *p = under(
		"presets/cn-health, presets/cn-genetic, presets/omop-cdm-5.4", chinese, 5, NULL, 0);

	ck_assert_msg(p != NULL, "%s", first_error());
	ck_assert_uint_eq(count_of("W421"), 0);
	ck_assert_uint_eq(count_of("W403"), 1); /* once, not for each study */
	ck_assert_uint_eq(
		p->n_codes, 9); /* eight of the preset's, two of them the site's too, and vip */
}
END_TEST

/* What each preset requires, and what lifts it. */
static const struct unmet {
	const char *presets;
	struct edit edit[2];
	const char *code;
	int file;
	unsigned line, column; /* line 0: lifted, no such code */
	const char *hint;
} unmets[] = {
	/* P342: a word under approvals; at the key, or at the study's id */
	{ "presets/cn-health", { EDIT(P_STUDIES, "{ethics: E1, pia: P1}", "{etics: E1, pia: P1}") },
		"P342", P_STUDIES, 7, 5, "lacks one of approvals: ethics, permit" },
	{ "presets/cn-health", { EDIT(P_STUDIES, "    approvals: {ethics: E1, pia: P1}\n", "") },
		"P342", P_STUDIES, 5, 9, "study 'DM'" },
	{ "presets/gdpr-health", { EDIT(P_STUDIES, "{ethics: E1, pia: P1}", "{pia: P1}") }, "P342",
		P_STUDIES, 7, 5, "required by preset gdpr-health" },
	{ "presets/ehds", { EDIT(P_STUDIES, "ethics: E1", "ethics: E1") }, "P342", P_STUDIES, 7, 5,
		"permit, request" },
	{ "presets/hipaa-limited-data-set", { EDIT(P_STUDIES, "ethics: E1", "ethics: E1") }, "P342",
		P_STUDIES, 7, 5, "approvals.dua" },
	{ "presets/hipaa-limited-data-set",
		{ EDIT(P_STUDIES, "ethics: E1", "dua: E1"),
			EDIT(P_STUDIES, "permit: E2", "dua: E2") },
		"P342", P_STUDIES, 0, 0, NULL },
	/* W421: advice */
	{ "presets/cn-health", { EDIT(P_STUDIES, "ethics: E1, pia: P1", "ethics: E1") }, "W421",
		P_STUDIES, 7, 5, "approvals.pia; advised by preset cn-health" },
	/* P381: people left out */
	{ "presets/cn-health", { EDIT(P_RED, ", under_age: 14}", ", under_age: 13}") }, "P381",
		P_RED, 4, 20, "people under 14, because study 'DM'" },
	{ "presets/cn-health",
		{ EDIT(P_RED,
			"    drop_patients: {opted_out: research.opt_out.person_id, under_age: "
			"14}\n",
			"") },
		"P381", P_RED, 3, 5, "unless its approvals name 'guardian_consent'" },
	{ "presets/cn-health",
		{ EDIT(P_RED, ", under_age: 14}", "}"),
			EDIT(P_STUDIES, "ethics: E1", "ethics: E1, guardian_consent: G1") },
		"P381", P_RED, 4, 20, "because study 'MH'" },
	{ "presets/ehds", { EDIT(P_RED, "opted_out: research.opt_out.person_id, ", "") }, "P381",
		P_RED, 4, 20, "who opted out" },
	{ "presets/ehds", { EDIT(P_RED, ", under_age: 14}", "}") }, "P381", P_RED, 0, 0, NULL },
	/* P382: countries */
	{ "presets/cn-health", { EDIT(P_STUDIES, "results_to: [CN]", "results_to: [CN, US]") },
		"P382", P_STUDIES, 8, 22, "not to US" },
	{ "presets/cn-health", { EDIT(P_STUDIES, "    results_to: [CN]\n", "") }, "P382", P_STUDIES,
		5, 9, "does not say results_to" },
	{ "presets/cn-health",
		{ EDIT(P_STUDIES, "results_to: [CN]", "results_to: [CN, US]"),
			EDIT(P_STUDIES, "ethics: E1", "ethics: E1, cross_border: C1") },
		"P382", P_STUDIES, 0, 0, NULL },
	/* only what may use rare diseases is bound by Article 88 */
	{ "presets/ehds", { EDIT(P_STUDIES, "ethics: E1", "ethics: E1") }, "P382", P_STUDIES, 0, 0,
		NULL },
	{ "presets/ehds",
		{ EDIT(P_RED, "codes:\n",
			"codes:\n  - {id: rare-diseases, use: restricted, studies: [DM]}\n") },
		"P382", P_STUDIES, 8, 18, "not to CN" },
	{ "presets/ehds",
		{ EDIT(P_RED, "codes:\n",
			  "codes:\n  - {id: rare-diseases, use: restricted, studies: [DM]}\n"),
			EDIT(P_STUDIES, "results_to: [CN]", "results_to: [FR, NO]") },
		"P382", P_STUDIES, 0, 0, NULL },
	/* P383: purposes */
	{ "presets/ehds",
		{ EDIT(P_STUDIES, "title: 糖尿病", "title: 糖尿病\n    purpose: [DUO:0000007]") },
		"P383", P_STUDIES, 7, 5, "EHDS-53:a" },
	{ "presets/ehds",
		{ EDIT(P_STUDIES, "title: 糖尿病",
			  "title: 糖尿病\n    purpose: [DUO:0000007, 'EHDS-53:e']"),
			EDIT(P_STUDIES, "title: 抑郁", "title: 抑郁\n    purpose: ['EHDS-53:c']") },
		"P383", P_STUDIES, 0, 0, NULL },
	/* P203, P207, P208, P230, P231: ceilings of the shipped files */
	{ "presets/hipaa-safe-harbor", { EDIT(P_RED, "45, 65, 80", "45, 65, 91") }, "P207", P_RED,
		11, 55, "164.514(b)(2)(i)(C), checked 2026-" },
	{ "presets/hipaa-safe-harbor", { EDIT(P_RED, "title: 数据", "title: 数据") }, "P208", P_RED,
		18, 56, "finer than 'year'" },
	{ "presets/cn-health",
		{ EDIT(P_RED, "condition_source_value: {use: link}",
			"condition_source_value: {use: group, category: quasi.geo, geo: {system: "
			"gb2260, "
			"keep: 6, areas: ['110101']}}") },
		"P230", P_RED, 19, 74, "finer than the 4" },
	{ "presets/cn-health",
		{ EDIT(P_RED, "condition_source_value: {use: link}",
			"condition_source_value: {use: group, category: quasi.geo, categories: {a: "
			"[1]}}") },
		"P231", P_RED, 19, 81, "only with 'geo'" },
	{ "presets/cn-health",
		{ EDIT(P_RED, "condition_source_value: {use: link}",
			"condition_source_value: {use: filter, category: quasi.age, values: "
			"[1930]}") },
		"P231", P_RED, 19, 78, "only with 'bands'" },
	{ "presets/cn-health",
		{ EDIT(P_RED, "condition_source_value: {use: link}",
			"condition_source_value: {use: group, category: quasi.date, categories: "
			"{a: [1]}}") },
		"P231", P_RED, 19, 82, "only with 'truncate'" },
	{ "presets/gdpr-health",
		{ EDIT(P_RED, "condition_source_value: {use: link}",
			"condition_source_value: {use: link, category: special.religion}") },
		"P203", P_RED, 19, 41, "not confirmed by a lawyer" },
};

START_TEST(what_a_preset_requires_is_missed_where_it_should_stand)
{
	const struct unmet *u = &unmets[_i];
	unsigned n = u->edit[1].from == NULL ? 1 : 2;
	char presets[128];
	bool hinted = u->hint == NULL;

	snprintf(presets, sizeof(presets), "%s, presets/omop-cdm-5.4", u->presets);
	(void)under(presets, chinese, 5, u->edit, n);
	if (u->line == 0) {
		ck_assert_msg(count_of(u->code) == 0, "%s", diag_with(u->code)->en);
		return;
	}
	ck_assert_msg(diag_with(u->code) != NULL, "no %s: %s", u->code, first_error());
	ck_assert_int_eq(diag_with(u->code)->level, u->code[0] == 'W' ? DIAG_WARNING : DIAG_ERROR);
	ck_assert_str_eq(diag_with(u->code)->at.file, policy_names[u->file]);
	for (size_t i = 0; i < policy_ds.count && !hinted; i++) {
		const struct diag *d = &policy_ds.list[i];

		hinted = strcmp(d->code, u->code) == 0 && d->at.line == u->line &&
			 d->at.column == u->column && strstr(d->en, u->hint) != NULL;
	}
	ck_assert_msg(hinted, "%s at %u:%u: %s", u->code, diag_with(u->code)->at.line,
		diag_with(u->code)->at.column, diag_with(u->code)->en);
}
END_TEST

START_TEST(what_no_lawyer_confirmed_is_said_wherever_it_is_cited)
{
	const struct edit e = EDIT(P_STUDIES, "results_to: [CN]", "results_to: [US]");
	const struct diag *d;
	struct policy *p;

	(void)under("presets/cn-health, presets/omop-cdm-5.4", chinese, 5, &e, 1);
	d = diag_with("P382");
	ck_assert_ptr_nonnull(d);
	ck_assert_ptr_nonnull(strstr(d->en, "Art. 38-40, checked 2026-"));
	ck_assert_ptr_nonnull(strstr(d->en, ", not confirmed by a lawyer)"));
	ck_assert_ptr_nonnull(strstr(d->zh, "未经律师确认）"));
	ck_assert_ptr_nonnull(strstr(d->zh, "（法律：个人信息保护法 第 38 至 40 条，2026-"));

	/* and in the sentences of decisions: a column's basis, a code rule's */
	p = under("presets/cn-health, presets/omop-cdm-5.4", chinese, 5, NULL, 0);
	ck_assert_ptr_nonnull(p);
	ck_assert_str_eq(dataset_column(&p->datasets[0], "cdm.person.birth_datetime")->basis.en,
		"standard: GB/T 39725-2020, Annex G, not checked against its text, not confirmed "
		"by a "
		"lawyer");
	ck_assert_str_eq(dataset_column(&p->datasets[0], "cdm.person.birth_datetime")->basis.zh,
		"标准：GB/T 39725-2020 附录 G，未核对原文，未经律师确认");
	ck_assert_str_eq(p->codes[0].id, "hiv");
	ck_assert_ptr_nonnull(
		strstr(p->codes[0].basis.zh, "法律：艾滋病防治条例 第 39 条第 2 款，"));
	ck_assert_ptr_nonnull(strstr(p->codes[0].basis.zh, "未经律师确认"));
}
END_TEST

START_TEST(of_several_presets_the_strictest_holds_in_any_order)
{
	static const char *const orders[][2] = {
		{ "presets/strict, presets/gdpr-health, presets/omop-cdm-5.4",
			"presets/gdpr-health, presets/omop-cdm-5.4, presets/strict" },
		{ "presets/cn-health, presets/hipaa-safe-harbor, presets/omop-cdm-5.4",
			"presets/hipaa-safe-harbor, presets/omop-cdm-5.4, presets/cn-health" }
	};
	const struct edit years[] = { EDIT(P_RED, "truncate: quarter", "truncate: year"),
		EDIT(P_RED, "truncate: quarter", "truncate: year"),
		EDIT(P_RED, "truncate: quarter", "truncate: year"),
		EDIT(P_RED, "truncate: quarter", "truncate: year") };
	const struct edit restricted = EDIT(P_RED, "{id: hiv, title: 艾滋病, use: forbidden",
		"{id: hiv, title: 艾滋病, use: restricted");

	for (unsigned i = 0; i < 2; i++) {
		struct policy *p = under(orders[0][i], chinese, 5, NULL, 0);

		ck_assert_msg(p != NULL, "%s", first_error());
		ck_assert_str_eq(p->codes[0].id, "hiv");
		ck_assert(!p->codes[0].restricted); /* strict forbids, gdpr-health restricts */
		ck_assert_str_eq(p->codes[0].basis.en, "practice: Cordon strict 5");
		ck_assert_uint_gt(p->codes[0].listed[SYSTEM_ATC].n, 0);
		ck_assert_ptr_null(under(orders[0][i], chinese, 5, &restricted, 1));
		ck_assert_uint_eq(count_of("P301"), 1); /* the site alone may not undo it */
		ck_assert_ptr_nonnull(strstr(diag_with("P301")->en, "comes from preset strict"));

		ck_assert_ptr_null(under(orders[1][i], chinese, 5, NULL, 0));
		ck_assert_uint_eq(count_of("P208"), 4); /* quarters are finer than HIPAA's years */
		p = under(orders[1][i], chinese, 5, years, 4);
		ck_assert_msg(p != NULL, "%s", first_error());
	}
}
END_TEST

/* ---- genetic data: forbidden, but for an exception with its papers ---- */

#define GENE_COLUMN                                                                                \
	EDIT(P_RED, "condition_source_value: {use: link}",                                         \
		"condition_source_value: {use: link}\n          genotype: {use: group, category: " \
		"special.genetic, categories: {a: [1]}}")
#define GENE_STUDY EDIT(P_STUDIES, "may_use: [", "may_use: [cdm.condition_occurrence.genotype, ")
#define GENE_EXCEPTION                                                                             \
	EDIT(P_RED, "codes:\n",                                                                    \
		"exceptions:\n  - {to: 'preset:cn-genetic/special.genetic', for: "                 \
		"'column:cdm.condition_occurrence.genotype', allow: {use: [group]}, why: w, "      \
		"basis: b, "                                                                       \
		"until: 2026-06-30}\ncodes:\n")

START_TEST(genetic_data_needs_an_exception_and_its_papers)
{
	const struct edit e[] = { GENE_COLUMN, GENE_STUDY, GENE_EXCEPTION,
		EDIT(P_STUDIES, "ethics: E1", "ethics: E1, hgr: H1, foreign_control: none") };
	const char *presets = "presets/cn-health, presets/cn-genetic, presets/omop-cdm-5.4";

	ck_assert_ptr_null(under(presets, chinese, 5, e, 2));
	ck_assert_uint_eq(count_of("P203"), 1);
	ck_assert_ptr_null(under(presets, chinese, 5, e, 3));
	ck_assert_uint_eq(count_of("P203"), 0);
	ck_assert_uint_eq(
		count_of("P342"), 2); /* study DM: hgr and foreign_control; MH has no genes */
	ck_assert_ptr_nonnull(strstr(diag_with("P342")->en, "study 'DM' lacks approvals.hgr"));
	ck_assert_msg(under(presets, chinese, 5, e, 4) != NULL, "%s", first_error());
}
END_TEST

START_TEST(an_exception_loosens_ceilings_and_nothing_else)
{
	static const char *const targets[] = { "preset:cn-health/requires",
		"preset:cn-health/ethics", "preset:cn-health/results_to", "preset:cn-health/hiv",
		"preset:cn-health/under_age" };

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		char text[300];
		const struct edit e = EDIT(P_RED, "codes:\n", text);

		snprintf(text, sizeof(text),
			"exceptions:\n  - {to: '%s', for: "
			"'column:cdm.measurement.measurement_date', "
			"allow: {truncate: month}, why: w, basis: b, until: 2026-06-30}\ncodes:\n",
			targets[i]);
		ck_assert_ptr_null(
			under("presets/cn-health, presets/omop-cdm-5.4", chinese, 5, &e, 1));
		ck_assert_uint_eq(policy_ds.errors, 1);
		ck_assert_str_eq(diag_with("P220")->at.file, "red-list.yaml");
	}
}
END_TEST

START_TEST(too_many_presets_are_said_and_none_is_dropped_silently)
{
	unsigned n = 0;

	while (shipped_preset_ids()[n] != NULL)
		n++;
	ck_assert_uint_ge(n, 10);
	ck_assert_uint_le(n, 16); /* MAX_PRESETS of build.h: all of them fit */
}
END_TEST

/* ---- whole folders ---- */

/* Each folder's own examples, as `cordon policy test` decides them. */
static void check_questions(const char *path, const struct policy *p)
{
	struct test_outcome *outcomes = NULL;
	struct arena arena;
	unsigned n = 0, failed = 0;
	struct error err;

	arena_init(&arena, MAX_POLICY_ARENA);
	OK(tests_run(p, &arena, &outcomes, &n, &failed, &err));
	ck_assert_msg(n > 0 && failed == 0, "%s: %u of %u tests failed", path, failed, n);
	arena_clear(&arena);
}

static void check_folder(const char *path)
{
	struct policy *p = NULL;
	int ret;

	policy_fresh();
	ret = policy_read_folder(path, &policy_arena, &policy_ds, &p);
	check_policy_sentences();
	ck_assert_msg(ret == 0, "%s: %s", path, first_error());
	for (size_t i = 0; i < policy_ds.count; i++)
		ck_assert_msg(strcmp(policy_ds.list[i].code, "W403") == 0, "%s: %s %s", path,
			policy_ds.list[i].code, policy_ds.list[i].en);
	ck_assert_uint_gt(p->n_studies, 0);
	check_questions(path, p);
}

START_TEST(examples_pass_as_shipped)
{
	DIR *dir = opendir("policies/examples");
	const struct dirent *e;
	unsigned n = 0;

	ck_assert_ptr_nonnull(dir);
	while ((e = readdir(dir)) != NULL) {
		char path[512];

		if (e->d_name[0] == '.' || strncmp(e->d_name, "README", 6) == 0)
			continue;
		snprintf(path, sizeof(path), "policies/examples/%s", e->d_name);
		check_folder(path);
		n++;
	}
	closedir(dir);
	ck_assert_uint_ge(n, 2);
}
END_TEST

/* A folder that follows the format's description, written apart from this program. */
START_TEST(a_folder_written_by_others_means_what_it_says)
{
	static const char path[] = "../shared/policy-example";
	struct policy *p = NULL;

	if (access(path, R_OK) != 0) {
		puts("skipped: no example policy beside the project");
		return;
	}
	policy_fresh();
	ck_assert_msg(policy_read_folder(path, &policy_arena, &policy_ds, &p) == 0, "%s", first_error());
	ck_assert_uint_eq(count_of("W403"), 1); /* results_to */
	ck_assert_uint_eq(count_of("W406"), 1); /* it lists no column with departments */
	ck_assert_uint_eq(count_of("W421"), 1); /* one study has no impact assessment */
	ck_assert_str_eq(diag_with("W421")->at.file, "studies.yaml");
	ck_assert_uint_eq(diag_with("W421")->at.line, 19);
	ck_assert_uint_eq(policy_ds.count, 3);
	ck_assert_int_eq(p->release.round_to, 5);
	ck_assert_int_eq(p->kinds[KIND_SURVIVAL].step.count, 3);
	ck_assert_uint_eq(p->kinds[KIND_QUANTILE].n_quantiles, 3);
	ck_assert_uint_eq(p->n_exceptions, 1);
	ck_assert_int_eq(p->datasets[0].level, 3);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("presets");
	TCase *c = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_test(c, every_entry_of_every_preset_says_what_it_rests_on);
	tcase_add_test(c, catalogues_name_columns_in_full_and_once);
	tcase_add_test(c, every_preset_is_read_with_all_its_codes);
	tcase_add_test(c, a_good_folder_passes_under_each_law);
	tcase_add_loop_test(c, what_a_preset_requires_is_missed_where_it_should_stand, 0,
		(int)(sizeof(unmets) / sizeof(unmets[0])));
	tcase_add_test(c, what_no_lawyer_confirmed_is_said_wherever_it_is_cited);
	tcase_add_test(c, of_several_presets_the_strictest_holds_in_any_order);
	tcase_add_test(c, genetic_data_needs_an_exception_and_its_papers);
	tcase_add_test(c, an_exception_loosens_ceilings_and_nothing_else);
	tcase_add_test(c, too_many_presets_are_said_and_none_is_dropped_silently);
	tcase_add_test(c, examples_pass_as_shipped);
	tcase_add_test(c, a_folder_written_by_others_means_what_it_says);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
