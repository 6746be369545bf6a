/*
 * test_codes.c - code systems: how codes are written and compared, what rules in them refuse, and what the
 * officer is warned about. How rows are removed is in test_sql.c, how codes expand in test_facts.c.
 */
#include "tests/unit/rulings.h"

#include "policies/build.h"
#include "policies/decide/plan.h"
#include "policies/systems.h"

static struct arena arena;

/* "A,B" of what a text adds, or "" when it is no code */
static const char *added(enum code_system s, const char *text)
{
	static char out[4096];
	struct code_list list = { 0 };
	struct text t;

	arena_clear(&arena);
	arena_init(&arena, 1 << 20);
	if (system_add(s, text, &arena, &list) != SYSTEM_READ) {
		ck_assert_uint_eq(list.n, 0);
		return "";
	}
	text_init(&t, sizeof(out));
	for (unsigned i = 0; i < list.n; i++)
		text_addf(&t, "%s%s", i == 0 ? "" : ",", list.codes[i]);
	ck_assert(text_copy(out, sizeof(out), text_str(&t)));
	text_clear(&t);
	return out;
}

static const struct written {
	enum code_system s;
	const char *text, *codes;
} writings[] = {
	{ SYSTEM_ICD10, "B20", "B20" },
	{ SYSTEM_ICD10, "b20.1", "B201" },
	{ SYSTEM_ICD10, " B20 ", "B20" },
	{ SYSTEM_ICD10, "B20-B24", "B20,B21,B22,B23,B24" },
	{ SYSTEM_ICD10, "b20 - b21", "B20,B21" },
	{ SYSTEM_ICD10, "Z31.8-Z31.9", "Z318,Z319" },
	{ SYSTEM_ICD10, "A98-B01", "A98,A99,B00,B01" },
	{ SYSTEM_ICD10, "I10.x00x002", "I10X00X002" },
	{ SYSTEM_ICD10, "C7A.0", "C7A0" },
	{ SYSTEM_ICD10, "B2O", "" },
	{ SYSTEM_ICD10, "B2", "" },
	{ SYSTEM_ICD10, "20", "" },
	{ SYSTEM_ICD10, "B20.", "" },
	{ SYSTEM_ICD10, "B2.01", "" },
	{ SYSTEM_ICD10, "B20.1.2", "" },
	{ SYSTEM_ICD10, "B20*", "" },
	{ SYSTEM_ICD10, "B20%", "" },
	{ SYSTEM_ICD10, "Ｂ20", "" },
	{ SYSTEM_ICD10, "B24-B20", "" },
	{ SYSTEM_ICD10, "B20-B24.9", "" },
	{ SYSTEM_ICD10, "B20-", "" },
	{ SYSTEM_ICD10, "B20-B24-B25", "" },
	{ SYSTEM_ICD10, "A00.000-Z99.999", "" }, /* too many to write out */
	{ SYSTEM_ICD10, "", "" },
	{ SYSTEM_ICD9CM3, "74", "74" },
	{ SYSTEM_ICD9CM3, "36.0600x004", "360600X004" },
	{ SYSTEM_ICD9CM3, "74.8-74.9", "748,749" },
	{ SYSTEM_ICD9CM3, "00-02", "00,01,02" },
	{ SYSTEM_ICD9CM3, "7", "" },
	{ SYSTEM_ICD9CM3, "E74", "" },
	{ SYSTEM_ICD9CM3, "744.1", "" },
	{ SYSTEM_ATC, "J", "J" },
	{ SYSTEM_ATC, "j05ar", "J05AR" },
	{ SYSTEM_ATC, "J05AR10", "J05AR10" },
	{ SYSTEM_ATC, "J05AR1", "" },
	{ SYSTEM_ATC, "J05-J06", "" },
	{ SYSTEM_ATC, "5JAR", "" },
	{ SYSTEM_LOINC, "7918-6", "7918-6" },
	{ SYSTEM_LOINC, "4548-4", "4548-4" },
	{ SYSTEM_LOINC, "7918-5", "" },
	{ SYSTEM_LOINC, "7918", "" },
	{ SYSTEM_LOINC, "-6", "" },
	{ SYSTEM_SNOMED, "86406008", "86406008" },
	{ SYSTEM_SNOMED, "86406", "" },
	{ SYSTEM_SNOMED, "8640600x", "" },
	{ SYSTEM_SNOMED, "1234567890123456789", "" },
	{ SYSTEM_DEPARTMENT, "感染科", "感染科" },
	{ SYSTEM_DEPARTMENT, "Ward 3-b", "WARD3-B" },
	{ SYSTEM_DEPARTMENT, " . ", "" },
	{ SYSTEM_OMOP, "439727", "" },
	{ SYSTEM_NONE, "B20", "" },
};

START_TEST(codes_are_read_in_one_form_or_refused)
{
	const struct written *w = &writings[_i];

	ck_assert_msg(strcmp(added(w->s, w->text), w->codes) == 0, "'%s' gives '%s', not '%s'",
		w->text, added(w->s, w->text), w->codes);
}
END_TEST

START_TEST(memory_that_ends_leaves_the_list_as_it_was)
{
	for (size_t max = 0; max < 3000; max += 61) {
		struct code_list list = { 0 };
		struct arena small;
		enum system_answer answer;

		arena_init(&small, max);
		answer = system_add(SYSTEM_ICD10, "A00-A99", &small, &list);
		ck_assert(answer == SYSTEM_READ ? list.n == 100
						: answer == SYSTEM_MEMORY && list.n == 0);
		arena_clear(&small);
	}
}
END_TEST

START_TEST(a_long_list_costs_memory_once)
{
	struct code_list list = { 0 };
	char code[16];

	arena_clear(&arena);
	arena_init(&arena, 1 << 20);
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(code, sizeof(code), "%c%02u.%u", 'A' + (char)(i / 1000), i / 10 % 100,
			i % 10);
		ck_assert_int_eq(system_add(SYSTEM_ICD10, code, &arena, &list), SYSTEM_READ);
	}
	ck_assert_str_eq(list.codes[0], "A000");
	ck_assert_str_eq(list.codes[9999], "J999");
}
END_TEST

/* ---- rules ---- */

#define HIV    "  - {id: hiv, title: 艾滋病, use: forbidden, omop: [439727+]}\n"
#define SOURCE "          condition_source_value: {use: link}\n"
#define DRUG   "          drug_concept_id: {use: link}\n"

static const struct code_rule *rule(const struct policy *p, const char *id)
{
	for (unsigned i = 0; i < p->n_codes; i++)
		if (strcmp(p->codes[i].id, id) == 0)
			return &p->codes[i];
	ck_abort_msg("no rule %s", id);
	return NULL;
}

static const struct policy *policy_adding(const char *line)
{
	const struct edit e = { P_RED, "codes:\n", line };
	const struct policy *p = policy_with(&e, 1);

	ck_assert_msg(p != NULL, "%s", first_error());
	return p;
}

START_TEST(a_rule_of_the_same_id_adds_its_codes)
{
	const struct policy *p = policy_adding("codes:\n  - {id: hiv2, use: forbidden, icd10: "
					       "[B20-B21, R75], atc: [J05AR], loinc: "
					       "[7918-6], snomed: [86406008], icd9cm3: [74.1], "
					       "departments: [感染科, HIV 门诊]}\n");
	const struct code_rule *r = rule(p, "hiv2");

	ck_assert_uint_eq(r->listed[SYSTEM_ICD10].n, 3);
	ck_assert_str_eq(r->listed[SYSTEM_ICD10].codes[2], "R75");
	ck_assert_str_eq(r->listed[SYSTEM_ICD9CM3].codes[0], "741");
	ck_assert_uint_eq(r->listed[SYSTEM_SNOMED].n, 1);
	ck_assert_str_eq(r->listed[SYSTEM_DEPARTMENT].codes[1], "HIV门诊");
}
END_TEST

START_TEST(a_concept_written_twice_is_one_in_its_first_place)
{
	const struct edit e[] = { { P_RED, "omop: [439727+]",
		"omop: [439727+, 9, 439727, -9, 439727+, 9, 4]" } };
	static const struct code want[] = { { .concept = 439727, .descendants = true },
		{ .concept = 9 }, { .concept = 439727 }, { .concept = 9, .out = true },
		{ .concept = 4 } };
	const struct policy *p = policy_with(e, 1);
	const struct code_rule *r;

	ck_assert_msg(p != NULL, "%s", first_error());
	r = &p->codes[0];
	ck_assert_str_eq(r->id, "hiv");
	ck_assert_uint_eq(r->n_omop, sizeof(want) / sizeof(want[0]));
	for (unsigned i = 0; i < r->n_omop; i++) {
		ck_assert_int_eq(r->omop[i].concept, want[i].concept);
		ck_assert(r->omop[i].descendants == want[i].descendants);
		ck_assert(r->omop[i].out == want[i].out);
	}
}
END_TEST

START_TEST(diagnoses_alone_are_warned_about)
{
	policy_adding("codes:\n  - {id: a, use: forbidden, icd10: [B20]}\n");
	ck_assert_ptr_nonnull(diag_with("W401"));
	ck_assert_ptr_nonnull(strstr(diag_with("W401")->en, "'a'"));
	policy_adding("codes:\n  - {id: a, use: forbidden, icd10: [B20], atc: [J05AR]}\n");
	ck_assert_ptr_null(diag_with("W401"));
	policy_adding("codes:\n  - {id: a, use: forbidden, icd10: [B20], departments: [x]}\n");
	ck_assert_ptr_null(diag_with("W401"));
	policy_with(NULL, 0);
	ck_assert_ptr_null(diag_with("W401"));
}
END_TEST

START_TEST(codes_that_stand_in_no_column_are_warned_about)
{
	const struct edit with_column[] = {
		{ P_RED, "codes:\n", "codes:\n  - {id: a, use: forbidden, departments: [x]}\n" },
		{ P_RED, SOURCE, SOURCE "          ward: {use: link, codes: department}\n" }
	};

	policy_adding("codes:\n  - {id: a, use: forbidden, icd10: [B20], departments: [x]}\n");
	ck_assert_ptr_nonnull(diag_with("W406"));
	ck_assert_ptr_nonnull(strstr(diag_with("W406")->en, "'departments'"));
	policy_adding("codes:\n  - {id: a, use: forbidden, icd10: [B20]}\n"); /* the vocabulary's */
	ck_assert_ptr_null(diag_with("W406"));
	ck_assert_msg(policy_with(with_column, 2) != NULL, "%s", first_error());
	ck_assert_ptr_null(diag_with("W406"));
}
END_TEST

/* ---- which tables can be counted ---- */

static const struct reaching {
	const char *rule;           /* keys of the rule */
	struct edit edit;           /* of the red list */
	const char *question, *why; /* NULL: allowed; else a piece of the sentence */
	bool no_vocabulary;
} reachings[] = {
	{ "icd10: [B20]", { 0 }, DM COHORT(DIABETES), NULL, false },
	{ "icd10: [B20]", { 0 }, DM COHORT("{procedure: any}"),
		"procedure_concept_id is not listed", false },
	{ "icd9cm3: [74]",
		{ P_RED, "          procedure_date:",
			"          procedure_source_value: {use: link, codes: icd9cm3}\n          "
			"procedure_date:" },
		DM COHORT("{procedure: any}"), NULL, false },
	{ "icd9cm3: [74], omop: [1]",
		{ P_RED, "          procedure_date:",
			"          procedure_source_value: {use: link, codes: icd9cm3}\n          "
			"procedure_date:" },
		DM COHORT("{procedure: any}"), "procedure_concept_id is not listed", false },
	/* a rule of departments says nothing about diagnoses, but about visits */
	{ "departments: [x]", { 0 }, DM COHORT(DIABETES), NULL, false },
	{ "departments: [x]", { 0 }, DM COHORT("{visit: [9201]}"), "no listed column", false },
	{ "departments: [x]",
		{ P_RED, "          visit_concept_id:",
			"          ward: {use: link, codes: department}\n          "
			"visit_concept_id:" },
		DM COHORT("{visit: [9201]}"), NULL, false },
	/* one that lists more is not reached by what is of another kind: a code added never opens */
	{ "departments: [x], icd10: [B20]", { 0 }, DM COHORT("{visit: [9201]}"), "no listed column",
		false },
	{ "departments: [x], icd10: [B20]",
		{ P_RED, "          visit_concept_id:",
			"          ward: {use: link, codes: department}\n          "
			"visit_concept_id:" },
		DM COHORT("{visit: [9201]}"), NULL, false },
	/* without a vocabulary each kind of table needs a column of one of the rule's systems */
	{ "icd10: [B20]", { 0 }, DM COHORT(DIABETES), "no listed column", true },
	{ "icd10: [B20]",
		{ P_RED, SOURCE, "          condition_source_value: {use: link, codes: icd10}\n" },
		DM COHORT(DIABETES), NULL, true },
	{ "icd10: [B20]",
		{ P_RED, SOURCE, "          condition_source_value: {use: link, codes: snomed}\n" },
		DM COHORT(DIABETES), "no listed column", true },
	{ "icd10: [B20], snomed: [86406008]",
		{ P_RED, SOURCE, "          condition_source_value: {use: link, codes: snomed}\n" },
		DM COHORT(DIABETES), NULL, true },
	{ "icd10: [B20]", { 0 }, DM COHORT("{drug: any}"), NULL, true },
	{ "icd10: [B20], atc: [J05AR]", { 0 }, DM COHORT("{drug: any}"), "no listed column", true },
	{ "icd10: [B20], atc: [J05AR]",
		{ P_RED, DRUG, DRUG "          drug_source_value: {use: link, codes: atc}\n" },
		DM COHORT("{drug: any}"), NULL, true },
	{ "loinc: [7918-6]", { 0 }, DM COHORT("{measure: hba1c}"), "no listed column", true },
	{ "icd9cm3: [74]", { 0 }, DM COHORT("{measure: hba1c}"), NULL, true },
	{ "icd10: [B20], local: {cdm.condition_occurrence.condition_source_value: [HIV]}", { 0 },
		DM COHORT(DIABETES), NULL, true },
};

/* The fixture's policy with the one rule and its hospital's vocabulary, or a model without one. */
static const struct policy *reaching_policy(const struct reaching *c)
{
	char line[200];
	struct edit e[] = { { P_RED, HIV, line },
		{ P_RED,
			"  - {id: mental, use: restricted, omop: [440383+], studies: [MH], kinds: "
			"[count], min_patients: 50}\n",
			"" },
		{ P_POLICY, "extends: [presets/strict, ", "extends: [" }, c->edit };
	struct policy *p;
	struct model *m;

	snprintf(line, sizeof(line), "  - {id: r, use: forbidden, %s}\n", c->rule);
	p = policy_with(e, 4);
	ck_assert_msg(p != NULL || strstr(c->rule, "procedure") != NULL, "%s", first_error());
	m = arena_alloc(&policy_arena, sizeof(*m));
	*m = *p->datasets[0].model;
	if (c->no_vocabulary)
		m->vocabulary = (struct model_vocabulary){ 0 };
	p->datasets[0].model = m;
	return p;
}

START_TEST(a_table_is_counted_only_if_the_rule_s_rows_can_be_found)
{
	const struct reaching *c = &reachings[_i];
	const struct policy *p = reaching_policy(c);
	struct verdict v = ruling_on(p, question(c->question), NULL, NULL, false);

	if (c->why == NULL) {
		ck_assert_msg(v.allow, "%s: %s", v.first.rule, v.first.say.en);
		return;
	}
	ck_assert_msg(!v.allow && strcmp(v.first.rule, "code:r") == 0, "%s: %s", v.first.rule,
		v.first.say.en);
	ck_assert_msg(strstr(v.first.say.en, c->why) != NULL, "%s", v.first.say.en);
}
END_TEST

/* ---- places ---- */

#define GEO                                                                                        \
	"          city: {use: group, category: quasi.occupation, name: 地区, geo: {system: "    \
	"gb2260, "                                                                                 \
	"keep: 4, areas: ['1101', '3101']}}\n"

static const struct edit geo[] = {
	{ P_RED, "          year_of_birth:", GEO "          year_of_birth:" },
	{ P_STUDIES, "may_use: [", "may_use: [cdm.person.city, " }
};

START_TEST(places_become_the_listed_areas_and_other)
{
	struct policy *p = policy_with(geo, 2);
	const struct dim *d;
	struct verdict v;

	ck_assert_msg(p != NULL, "%s", first_error());
	for (int i = 0; i < 2; i++) {
		v = ruling_on(p,
			question(i == 0 ? DM "group_by: [cdm.person.city, sex]\n"
					: DM "group_by: [地区, sex]\n"),
			NULL, NULL, false);
		ck_assert_msg(v.allow, "%s", v.first.say.en);
		d = &v.plan->dims[v.plan->dims[0].kind == DIM_AREA ? 0 : 1];
		ck_assert_int_eq(d->kind, DIM_AREA);
		ck_assert_uint_eq(d->n_labels, 3);
		ck_assert_str_eq(d->labels[1], "3101");
		ck_assert_str_eq(d->labels[2], "other");
		ck_assert_uint_eq(v.plan->n_cells, 9);
	}
	v = ruling_on(p, question(DM "group_by: [cdm.person.city, 地区]\n"), NULL, NULL, false);
	ck_assert_str_eq(v.first.rule, "kind:count.group_by");
}
END_TEST

START_TEST(places_that_the_study_does_not_list_are_refused)
{
	struct policy *p = policy_with(geo, 1);
	struct verdict v;

	ck_assert_msg(p != NULL, "%s", first_error());
	v = ruling_on(p, question(DM "group_by: [地区]\n"), NULL, NULL, false);
	ck_assert_str_eq(v.first.rule, "study:DM.may_use");
}
END_TEST

/* A ceiling as a preset has it, on the fixture's column. */
static struct column *under_ceiling(struct reading *rd, unsigned keep, const struct loosening *l)
{
	static const char *areas[] = { "110105", "110106", "310101" };
	static struct table t = { .name = "s.t" };
	static struct loosening loosening;
	static struct ceiling c;
	static struct column col;

	policy_fresh();
	c = (struct ceiling){ .preset = "p",
		.category = "quasi.geo",
		.truncate = -1,
		.last_band = -1,
		.basis = { "b", "b" },
		.keep = { keep, 2, 0 } };
	*rd = (struct reading){ .a = &policy_arena, .ds = &policy_ds, .ceilings = &c };
	if (l != NULL) {
		loosening = *l;
		rd->loosenings = &loosening;
		rd->n_loosenings = 1;
	}
	col = (struct column){ .name = "s.t.city",
		.table = &t,
		.uses = USE_GROUP,
		.category = "quasi.geo",
		.gen = GEN_GEO,
		.geo = GEO_GB2260,
		.keep = 6,
		.areas = areas,
		.n_areas = 3,
		.until = DAY_NONE };
	apply_ceilings(rd, &col);
	return &col;
}

START_TEST(a_ceiling_bounds_the_characters_of_its_system)
{
	struct reading rd;

	under_ceiling(&rd, 4, NULL);
	ck_assert_ptr_nonnull(diag_with("P230"));
	ck_assert_ptr_nonnull(strstr(diag_with("P230")->en, "6 characters of gb2260"));
	check_policy_sentences();
	under_ceiling(&rd, 6, NULL);
	ck_assert_ptr_null(diag_with("P230"));
	under_ceiling(&rd, 0, NULL); /* bounds zip only */
	ck_assert_ptr_null(diag_with("P230"));
}
END_TEST

START_TEST(after_an_exception_places_are_as_coarse_as_the_ceiling)
{
	const struct loosening l = { .preset = "p",
		.category = "quasi.geo",
		.column = "s.t.city",
		.truncate = -1,
		.last_band = -1,
		.keep = { 6, 0, 0 },
		.until = day("2026-06-30") };
	struct reading rd;
	const struct column *c = under_ceiling(&rd, 5, &l), *after;

	ck_assert_uint_eq(policy_ds.errors, 0);
	ck_assert_ptr_eq(column_on(c, day("2026-06-30")), c);
	after = column_on(c, day("2026-07-01"));
	ck_assert_uint_eq(after->keep, 4); /* five digits are no area */
	ck_assert_uint_eq(after->n_areas, 2);
	ck_assert_str_eq(after->areas[0], "1101");
	ck_assert_str_eq(after->areas[1], "3101");
	c = under_ceiling(&rd, 1, &l);
	ck_assert_uint_eq(column_on(c, day("2026-07-01"))->uses, USE_FORBIDDEN);
}
END_TEST

START_TEST(places_of_events_form_no_groups)
{
	const struct edit e[] = { { P_RED, SOURCE,
		SOURCE
		"          region: {use: group, category: quasi.occupation, geo: {system: nuts, "
		"keep: 3, areas: [DE2]}}\n" } };
	struct policy *p = policy_with(e, 1);
	struct verdict v;

	ck_assert_msg(p != NULL, "%s", first_error());
	v = ruling_on(
		p, question(DM "group_by: [cdm.condition_occurrence.region]\n"), NULL, NULL, false);
	ck_assert_str_eq(v.first.rule, "column:cdm.condition_occurrence.region");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("codes");
	TCase *c = tcase_create("codes");
	SRunner *r;
	int failed;

	tcase_add_loop_test(c, codes_are_read_in_one_form_or_refused, 0,
		(int)(sizeof(writings) / sizeof(writings[0])));
	tcase_add_test(c, memory_that_ends_leaves_the_list_as_it_was);
	tcase_add_test(c, a_long_list_costs_memory_once);
	tcase_add_test(c, a_rule_of_the_same_id_adds_its_codes);
	tcase_add_test(c, a_concept_written_twice_is_one_in_its_first_place);
	tcase_add_test(c, diagnoses_alone_are_warned_about);
	tcase_add_test(c, codes_that_stand_in_no_column_are_warned_about);
	tcase_add_loop_test(c, a_table_is_counted_only_if_the_rule_s_rows_can_be_found, 0,
		(int)(sizeof(reachings) / sizeof(reachings[0])));
	tcase_add_test(c, places_become_the_listed_areas_and_other);
	tcase_add_test(c, places_that_the_study_does_not_list_are_refused);
	tcase_add_test(c, a_ceiling_bounds_the_characters_of_its_system);
	tcase_add_test(c, after_an_exception_places_are_as_coarse_as_the_ceiling);
	tcase_add_test(c, places_of_events_form_no_groups);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
