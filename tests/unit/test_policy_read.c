/*
 * test_policy_read.c - the officer's files: what a good folder becomes, and every error of the format with
 * its code and line.
 */
#include "tests/unit/policies.h"

#include "base/clock.h"
#include "policies/model.h"

#define RED(from, to)                                                                              \
	{                                                                                          \
		P_RED, from, to                                                                    \
	}
#define POLICY(from, to)                                                                           \
	{                                                                                          \
		P_POLICY, from, to                                                                 \
	}
#define QUERIES(from, to)                                                                          \
	{                                                                                          \
		P_QUERIES, from, to                                                                \
	}
#define RELEASE(from, to)                                                                          \
	{                                                                                          \
		P_RELEASE, from, to                                                                \
	}
#define STUDIES(from, to)                                                                          \
	{                                                                                          \
		P_STUDIES, from, to                                                                \
	}

/* One wrong thing each: the code it gives, and where. */
static const struct wrong {
	struct edit edit;
	const char *code;
	unsigned line;    /* 0: not checked */
	const char *hint; /* a piece of the English sentence, or NULL */
} wrongs[] = {
	/* policy.yaml */
	{ POLICY("cordon: 1", "cordon: 2"), "P117", 1, NULL },
	{ POLICY("version: 7\n", ""), "P112", 0, "version" },
	{ POLICY("2026-12-31", "2026-13-31"), "P114", 5, NULL },
	{ POLICY("country: CN", "country: China"), "P137", 6, NULL },
	{ POLICY("presets/strict", "presets/cn-wealth"), "P133", 7, "omop-cdm-5.4, strict" },
	{ POLICY("presets/strict", "strict"), "P133", 7, "presets/NAME" },
	{ POLICY("presets/strict", "presets/omop-cdm-5.4"), "P136", 7, NULL },
	{ POLICY("omop: omop-cdm-5.4", "omop: omop-cdm-4"), "P134", 8, "omop-cdm-5.4" },
	{ POLICY("{omop: omop-cdm-5.4", "{omob: omop-cdm-5.4"), "P135", 8, "did you mean 'omop'" },
	{ POLICY("site: s1", "sites: s1"), "P111", 2, "did you mean 'site'" },
	{ POLICY("site: s1", "site: s1\nsite: s2"), "P103", 3, NULL },
	/* red-list.yaml: columns */
	{ RED("truncate: quarter", "truncat: quarter"), "P111", 18, "did you mean 'truncate'" },
	{ RED("truncate: quarter", "truncat: quarter"), "P205", 18, "it has none" },
	{ RED("truncate: quarter", "truncate: quartr"), "P113", 18, "did you mean 'quarter'" },
	{ RED("use: forbidden, why", "use: forbiden, why"), "P113", 10,
		"did you mean 'forbidden'" },
	{ RED("as: age, bands: [0, 18, 45, 65, 80]", "as: age"), "P205", 11, "it has none" },
	{ RED("bands: [0, 18", "truncate: year, range: 2018-01-01..2019-12-31, bands: [0, 18"),
		"P205", 11, "it has 2" },
	{ RED("45, 65, 80", "45, 80, 65"), "P206", 11, "65 comes after 80" },
	{ RED("45, 65, 80", "45, 65, 95"), "P207", 11, "no edge above 90" },
	{ RED("45, 65, 80", "45, 65, 200"), "P219", 11, NULL },
	{ RED("[0, 18, 45, 65, 80]", "[]"), "P219", 11, NULL },
	{ RED("truncate: quarter", "truncate: week"), "P208", 18, "no valid exception" },
	{ RED("truncate: quarter, range: 2018-01-01..2025-12-31", "truncate: quarter"), "P112", 18,
		"range" },
	{ RED("range: 2018-01-01..2025-12-31", "range: 2025-01-01..2018-12-31"), "P114", 18, NULL },
	{ RED("use: forbidden, why: {zh: 完整出生日期, en: a full birth date}",
		  "use: group, bands: [1]"),
		"P203", 10, "allows only as forbidden" },
	{ RED("{use: forbidden, why: {zh: 完整出生日期, en: a full birth date}}", "{use: link}"),
		"P203", 10, NULL },
	{ RED("condition_source_value: {use: link}", "other_column: {use: filter, values: [1]}"),
		"P204", 19, NULL },
	{ RED("condition_source_value: {use: link}", "other_column: {use: forbidden}"), "P204", 19,
		"needs a reason" },
	{ RED("{use: filter, codes: omop}", "{use: filter}"), "P205", 17, "filter column" },
	{ RED("{use: filter, codes: omop}", "{use: filter, codes: icd11}"), "P113", 17, NULL },
	{ RED("{use: filter, codes: omop}", "{use: filter, codes: model}"), "P143", 17, "model" },
	{ RED("{use: filter, codes: omop}", "{use: filter, cuts: [2, 1]}"), "P215", 17, "rise" },
	{ RED("{use: filter, codes: omop}", "{use: filter, cuts: [1], values: [1]}"), "P205", 17,
		"it has 2" },
	{ RED("{use: filter, codes: omop}", "{use: filter, codes: icd10, cuts: [1]}"), "P228", 17,
		"no other key" },
	{ RED("{use: filter, codes: omop}", "{use: group, categories: {a: [1]}, codes: atc}"),
		"P228", 17, "no other key" },
	{ RED("{use: filter, codes: omop}", "{use: group, codes: omop}"), "P205", 17,
		"it has none" },
	{ RED("{use: link}", "{use: [link, filter]}"), "P223", 19, NULL },
	{ RED("{use: link}", "{use: group, geo: {system: zip}}"), "P112", 19, "keep" },
	{ RED("{use: link}", "{use: group, geo: {system: plz, keep: 2, areas: ['10']}}"), "P113",
		19, NULL },
	{ RED("{use: link}", "{use: group, geo: {system: zip, keep: 3, areas: []}}"), "P219", 19,
		NULL },
	{ RED("{use: link}", "{use: group, geo: {system: zip, keep: 6, areas: ['100000']}}"),
		"P229", 19, "1-5" },
	{ RED("{use: link}", "{use: group, geo: {system: gb2260, keep: 3, areas: ['110']}}"),
		"P229", 19, "2, 4, 6" },
	{ RED("{use: link}", "{use: group, geo: {system: gb2260, keep: 4, areas: ['11']}}"), "P229",
		19, "'11' is no gb2260 area of 4 characters" },
	{ RED("{use: link}", "{use: group, geo: {system: zip, keep: 2, areas: ['1O']}}"), "P229",
		19, NULL },
	{ RED("{use: link}", "{use: group, geo: {system: nuts, keep: 3, areas: [de2]}}"), "P229",
		19, NULL },
	{ RED("{use: link}", "{use: group, geo: {system: nuts, keep: 3, areas: [DE2, DE2]}}"),
		"P229", 19, "twice" },
	{ RED("{use: link}", "{use: filter, geo: {system: nuts, keep: 3, areas: [DE2]}}"), "P229",
		19, "use: group" },
	{ RED("{use: link}", "{use: link, cuts: [1]}"), "P215", 19, "measure" },
	{ RED("as: age, bands: [0, 18, 45, 65, 80]", "as: age, categories: {a: [1]}"), "P217", 11,
		NULL },
	{ RED("女: [8532]", "女: [8507]"), "P218", 12, "8507" },
	{ RED("女: [8532]", "other: [8532]"), "P222", 12, "other" },
	{ RED("name: 性别", "name: age"), "P227", 12, NULL },
	{ RED("name: 性别", "name: a.b"), "P227", 12, NULL },
	{ RED("name: 性别", "name: hba1c"), "P227", 12, NULL },
	{ RED("as: age, bands", "as: age, name: 性别, bands"), "P136", 12, "line 11" },
	/* red-list.yaml: tables and datasets */
	{ RED("cdm.person:", "person:"), "P202", 6, NULL },
	{ RED("cdm.person:", "cdm.per\\\"son:"), "P202", 6, NULL },
	{ RED("person_id: {use: patient-key}\n          birth", "birth"), "P211", 6,
		"no patient-key" },
	{ RED("gender_concept_id: {use: group, name: 性别, categories: {男: [8507], 女: [8532]}}",
		  "gender_concept_id: {use: patient-key}"),
		"P203", 12, NULL },
	{ RED("condition_source_value: {use: link}", "condition_occurrence_id: {use: patient-key}"),
		"P211", 13, "2 patient-key" },
	{ RED("        per_patient_max: 1\n", ""), "P112", 6, "per_patient_max" },
	{ RED("per_patient_max: 1\n", "per_patient_max: 1\n        kind: view\n"), "P212", 0,
		NULL },
	{ RED("under_age: 14", "under_age: 500"), "P117", 4, NULL },
	{ RED("research.opt_out.person_id", "opt_out.person_id"), "P202", 4, NULL },
	{ RED("          year_of_birth: {use: group, as: age, bands: [0, 18, 45, 65, 80]}\n", ""),
		"P221", 4, NULL },
	{ RED("  omop:\n", "  o mop:\n"), "P116", 2, NULL },
	/* measures */
	{ RED("            clamp: [3, 20]\n", ""), "P209", 39, NULL },
	{ RED("clamp: [3, 20]", "clamp: [20, 3]"), "P210", 44, NULL },
	{ RED("clamp: [3, 20]", "clamp: [3]"), "P210", 44, NULL },
	{ RED("cuts: [6.5, 7, 8]", "cuts: [7, 6.5]"), "P226", 45, NULL },
	{ RED("cuts: [6.5, 7, 8]", "cuts: [3, 7]"), "P226", 45, NULL },
	{ RED("cuts: [6.5, 7, 8]", "cuts: [6.5x]"), "P117", 45, NULL },
	{ RED("id: glucose", "id: hba1c"), "P136", 46, "line 39" },
	{ RED("id: glucose", "id: sex"), "P227", 46, NULL },
	{ RED("column: value_as_number", "column: value_as_numbr"), "P225", 41,
		"did you mean 'value_as_number'" },
	{ RED("column: value_as_number", "column: measurement_date"), "P225", 41, "use measure" },
	{ RED("where: {measurement_concept_id: [3004410]}", "where: {nothing: [3004410]}"), "P225",
		42, NULL },
	{ RED("[3004410]", "[-5]"), "P302", 42, NULL },
	{ RED("condition_source_value: {use: link}", "other: {use: measure, category: health.lab}"),
		"P224", 19, NULL },
	/* codes */
	{ RED("id: hiv, title: 艾滋病, use: forbidden", "id: hiv, title: 艾滋病, use: restricted"),
		"P301", 0, "strict" },
	{ RED("omop: [439727+]", "omop: [B20]"), "P302", 0, "B20" },
	{ RED("omop: [439727+]", "omop: [99999999999]"), "P302", 0, NULL },
	{ RED("cdm.condition_occurrence.condition_source_value: [",
		  "cdm.condition_occurrence.source: ["),
		"P303", 0, NULL },
	{ RED("{cdm.condition_occurrence.condition_source_value: [",
		  "{cdm.person.birth_datetime: ["),
		"P303", 0, "forbidden" },
	{ RED("omop: [439727+]", "icd10: [B20-B24, B2O]"), "P302", 0, "'B2O' is not an ICD-10" },
	{ RED("omop: [439727+]", "icd9cm3: [7]"), "P302", 0, "ICD-9-CM-3" },
	{ RED("omop: [439727+]", "snomed: [86406]"), "P302", 0, "SNOMED" },
	{ RED("omop: [439727+]", "atc: [J0]"), "P302", 0, "ATC" },
	{ RED("omop: [439727+]", "loinc: [7918-7]"), "P302", 0, "check digit" },
	{ RED("omop: [439727+]", "departments: ['. .']"), "P302", 0, "department" },
	{ RED("omop: [439727+]", "icd10: B20"), "P116", 0, NULL },
	{ RED("studies: [MH]", "studies: [MX]"), "P306", 0, "did you mean 'MH'" },
	{ RED("VIP01-VIP03", "VIP*"), "P307", 0, NULL },
	{ RED("use: restricted, omop: [440383+]", "use: restricted"), "P308", 0, NULL },
	{ RED("id: mental", "id: hiv"), "P136", 0, NULL },
	{ RED("kinds: [count]", "kinds: [max]"), "P311", 0, "never released" },
	/* exceptions */
	{ RED("codes:\n", "exceptions:\n  - {to: 'preset:cn-health/quasi.date', for: "
			  "'column:cdm.measurement.measurement_date', allow: {truncate: week}, "
			  "why: w, basis: b, "
			  "until: 2026-06-30}\ncodes:\n"),
		"P220", 0, "no ceiling" },
	{ RED("codes:\n", "exceptions:\n  - {to: 'preset:strict/quasi.date', for: "
			  "'column:cdm.person.gender_concept_id', allow: {truncate: week}, why: w, "
			  "basis: b, "
			  "until: 2026-06-30}\ncodes:\n"),
		"P220", 0, "changes nothing" },
	{ RED("codes:\n", "exceptions:\n  - {to: 'preset:strict/quasi.date', for: "
			  "'column:cdm.measurement.measurement_date', allow: {truncate: week}, "
			  "why: w, basis: b, "
			  "until: 2025-06-30}\ncodes:\n"),
		"P213", 0, "ended" },
	{ RED("codes:\n", "exceptions:\n  - {to: 'preset:strict/quasi.date', for: "
			  "'column:cdm.measurement.measurement_date', allow: {truncate: week}, "
			  "why: w, basis: b, "
			  "until: 2027-06-30}\ncodes:\n"),
		"P214", 0, "18 months" },
	/* queries.yaml */
	{ QUERIES("mean:", "max:"), "P311", 4, "minimum and maximum" },
	{ QUERIES("mean:", "cont:"), "P311", 4, "did you mean 'count'" },
	{ QUERIES("mean: {group_by: 1, filters: 4, max_cells: 50}",
		  "quantile: {group_by: 0, filters: 4, max_cells: 3}"),
		"P112", 4, "'at'" },
	{ QUERIES("mean: {", "survival: {"), "P112", 4, "step" },
	{ QUERIES("group_by: 2", "group_by: 9"), "P117", 2, NULL },
	{ QUERIES("max_cells: 40", "max_cells: 9999999"), "P117", 2, NULL },
	{ QUERIES("depth: 2", "depth: 2, window_step: 2 days"), "P113", 5,
		"1 day, 7 days, 30 days" },
	{ QUERIES("count: {group_by: 2,", "count: {at: [0.5], group_by: 2,"), "P111", 2,
		"belongs to quantile" },
	{ QUERIES("mean: {", "quantile: {at: [0.5, 0.25], "), "P314", 4, "must rise" },
	{ QUERIES("mean: {", "quantile: {at: [0.5, 1], "), "P314", 4, "between 0 and 1" },
	{ QUERIES("mean: {", "quantile: {at: [], "), "P314", 4, NULL },
	{ QUERIES("mean: {", "survival: {step: 3 moons, horizon: 1 year, "), "P314", 4,
		"'3 moons' is not a duration" },
	{ QUERIES("mean: {", "survival: {step: 0 days, horizon: 1 year, "), "P314", 4, NULL },
	{ QUERIES("mean: {", "survival: {step: 3 months, horizon: 10 months, "), "P314", 4,
		"whole number of steps" },
	{ QUERIES("mean: {", "survival: {step: 1 day, horizon: 12 months, "), "P314", 4,
		"whole number of steps" },
	{ QUERIES("mean: {", "survival: {step: 1 day, horizon: 30 weeks, "), "P314", 4,
		"210 steps are more than 60" },
	{ QUERIES("depth: 2", "depth: 2, kinds: []"), "P313", 5, NULL },
	{ QUERIES("compose:", "cohorts:\n  - {id: c1, title: t, sql: cohorts/c1.sql, kinds: "
			      "[count]}\ncompose:"),
		"P326", 6, NULL },
	{ QUERIES("compose:", "cohorts:\n  - {id: c1, title: t, sql: policy.yaml, kinds: [count], "
			      "params: {from: "
			      "measurement.measurement_date}}\ncompose:"),
		"P202", 6, NULL },
	/* release.yaml */
	{ RELEASE("noise: gaussian, rho: 0.0244", "noise: off"), "P335", 1, "needs dominance" },
	{ RELEASE("noise: gaussian", "noise: off, dominance: [2, 0.9]"), "P336", 1,
		"leave it out" },
	{ RELEASE("noise: gaussian", "noise: gaussian, dominance: [2, 0.9]"), "P335", 1,
		"noise: off" },
	{ RELEASE("noise: gaussian, rho: 0.0244", "noise: off, dominance: [2, 1]"), "P335", 1,
		"share below 1" },
	{ RELEASE("noise: gaussian, rho: 0.0244", "noise: off, dominance: [2.5, 0.9]"), "P335", 1,
		"number of people" },
	{ RELEASE("noise: gaussian, rho: 0.0244", "noise: off, dominance: [0.9]"), "P335", 1,
		NULL },
	{ RELEASE("rho: 0.0244", "epsilon: 0.5"), "P336", 1, "write rho" },
	{ RELEASE("noise: gaussian", "noise: laplace"), "P336", 1, "write epsilon" },
	{ RELEASE("rho: 0.0244, ", ""), "P112", 1, "rho" },
	{ RELEASE("rho: 0.0244", "rho: 0"), "P336", 1, NULL },
	{ RELEASE("rho: 0.0244", "rho: 0.0000000000001"), "P117", 1, NULL },
	{ RELEASE("round_to: 1", "round_to: 0"), "P117", 1, NULL },
	{ RELEASE("min_patients: 30", "min_patients: 5"), "P332", 3, "looser" },
	{ RELEASE("rho: 0.01}", "rho: 0.1}"), "P332", 4, "looser" },
	{ RELEASE("rho: 0.01}", "epsilon: 0.01}"), "P336", 4, NULL },
	{ RELEASE("'measure:hba1c'", "'measure:hba1d'"), "P338", 3, "did you mean 'hba1c'" },
	{ RELEASE("'measure:hba1c'", "'nothing'"), "P338", 3, NULL },
	{ RELEASE("'study:MH'", "'study:MX'"), "P338", 4, NULL },
	{ RELEASE("'study:DM'", "'kind:count'"), "P338", 6, NULL },
	{ RELEASE("'study:DM'", "'study:DX'"), "P338", 6, NULL },
	{ RELEASE("rho: 1.2, ", ""), "P336", 6, NULL },
	{ RELEASE("delta: 1e-6", "delta: 2"), "P336", 8, NULL },
	{ RELEASE("'study:DM', rho: 1.2", "'dataset:omop', rho: 1.2"), "P339", 8, "line 6" },
	{ RELEASE("'dataset:omop', epsilon: 20, delta: 1e-6", "'dataset:omop', rho: 1"), "P334", 6,
		NULL },
	{ RELEASE("budgets:", "budgets: []\nx:"), "P333", 0, NULL },
	/* studies.yaml */
	{ STUDIES("li@s1.example: analyst,", "li@s1.example: analist,"), "P341", 11,
		"did you mean 'analyst'" },
	{ STUDIES("{li@s1.example: analyst, ", "{'a b': analyst, "), "P116", 11, NULL },
	{ STUDIES("2026-01-10..2026-12-31", "2026-01-10..2027-06-30"), "P343", 7,
		"after the policy ends" },
	{ STUDIES("cdm.person.year_of_birth", "cdm.person.birth_datetime"), "P344", 10,
		"red-list.yaml:10:" },
	{ STUDIES("cdm.person.year_of_birth", "cdm.person.year_of_birt"), "P345", 10,
		"did you mean" },
	{ STUDIES("cdm.person.year_of_birth", "person.year_of_birth"), "P202", 10,
		"cdm.person.year_of_birth" },
	{ STUDIES("measure:hba1c", "measure:hba"), "P345", 10, NULL },
	{ STUDIES("datasets: [omop]", "datasets: [omob]"), "P346", 8, "did you mean 'omop'" },
	{ STUDIES("kinds: [count, histogram]", "kinds: [count, histogram]\n    cohorts: [c1]"),
		"P347", 10, NULL },
	{ STUDIES("id: MH", "id: DM"), "P136", 12, "line 5" },
	{ STUDIES("[count, histogram, mean, cohorts]", "[count, histogrm]"), "P311", 2, NULL },
	{ STUDIES("title: 糖尿病", "title: 糖尿病\n    results_to: [china]"), "P137", 7, NULL },
	{ STUDIES("title: 糖尿病", "title: 糖尿病\n    purpose: [DUO:7]"), "P384", 7, "'DUO:7'" },
	{ STUDIES("title: 糖尿病", "title: 糖尿病\n    purpose: ['EHDS-53:g']"), "P384", 7, NULL },
	{ STUDIES("title: 糖尿病", "title: 糖尿病\n    purpose: ['MONDO:00051481']"), "P384", 7,
		NULL },
};

START_TEST(every_error_has_its_code_and_its_line)
{
	const struct wrong *w = &wrongs[_i];
	const struct diag *d;

	ck_assert_msg(policy_with(&w->edit, 1) == NULL, "'%s' was read", w->edit.to);
	d = diag_with(w->code);
	ck_assert_msg(d != NULL, "'%s' gives %s, not %s", w->edit.to, first_error(), w->code);
	for (size_t i = policy_ds.count; w->hint != NULL && i-- > 0;)
		if (strcmp(policy_ds.list[i].code, w->code) == 0 &&
			strstr(policy_ds.list[i].en, w->hint) != NULL)
			d = &policy_ds.list[i];
	if (w->hint != NULL)
		ck_assert_msg(strstr(d->en, w->hint) != NULL, "%s lacks '%s': %s", w->code, w->hint,
			d->en);
	if (w->line != 0)
		ck_assert_msg(d->at.line == w->line, "%s is at line %u, not %u: %s", w->code,
			d->at.line, w->line, d->en);
	if (w->line != 0)
		ck_assert_str_eq(d->at.file, policy_names[w->edit.file]);
}
END_TEST

START_TEST(a_good_policy_is_read_whole)
{
	struct policy *p = policy_with(NULL, 0);
	const struct dataset *d;
	const struct column *c;

	ck_assert_msg(p != NULL, "%s", first_error());
	ck_assert_uint_eq(policy_ds.warnings, 0);
	ck_assert_str_eq(p->site, "s1");
	ck_assert_int_eq(p->version, 7);
	d = policy_dataset(p, "omop");
	ck_assert_ptr_nonnull(d);
	ck_assert_str_eq(d->model->id, "omop-cdm-5.4");
	ck_assert_str_eq(d->opt_out_schema, "research");
	ck_assert_str_eq(d->opt_out_column, "person_id");
	ck_assert_int_eq(d->under_age, 14);
	c = dataset_column(d, "cdm.person.year_of_birth");
	ck_assert_uint_eq(c->uses, USE_GROUP);
	ck_assert_uint_eq(c->n_bands, 5);
	ck_assert_int_eq(c->bands[4], 80);
	ck_assert(c->as_age);
	ck_assert_str_eq(c->category, "quasi.age"); /* of the catalogue */
	ck_assert_ptr_eq(c->table, dataset_table(d, "cdm.person"));
	c = dataset_column(d, "cdm.person.birth_datetime");
	ck_assert_str_eq(c->why.zh, "完整出生日期");
	ck_assert_str_eq(c->basis.en, "practice: Cordon strict 2");
	ck_assert_uint_eq(c->use_at.line, 10);
	ck_assert_uint_eq(c->use_at.column, 33);
	c = dataset_column(d, "cdm.person.gender_concept_id");
	ck_assert_str_eq(c->alias, "性别");
	ck_assert_uint_eq(c->n_categories, 2);
	ck_assert_int_eq(c->categories[1].codes[0], 8532);
	ck_assert_int_eq(dataset_measure(d, "hba1c")->low, INT64_C(3000000000));
	ck_assert_int_eq(dataset_measure(d, "hba1c")->cuts[0], INT64_C(6500000000));
	ck_assert_ptr_eq(
		dataset_table(d, "cdm.person")->key, dataset_column(d, "cdm.person.person_id"));
}
END_TEST

START_TEST(rules_numbers_and_people_are_read)
{
	struct policy *p = policy_with(NULL, 0);

	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq(p->n_codes, 3);
	ck_assert_str_eq(p->codes[0].id, "hiv");
	ck_assert_str_eq(p->codes[0].preset, "strict");
	ck_assert_str_eq(p->codes[0].title.zh, "艾滋病");
	ck_assert_uint_eq(p->codes[0].n_omop, 1); /* the preset's, which the site repeats */
	ck_assert(p->codes[0].omop[0].descendants);
	ck_assert(p->codes[1].restricted);
	ck_assert_uint_eq(p->codes[1].kinds, 1u << KIND_COUNT);
	ck_assert_uint_eq(p->codes[2].local[0].n_patterns, 4);
	ck_assert_str_eq(p->codes[2].local[0].patterns[1], "VIP02*");
	ck_assert_str_eq(p->codes[2].local[0].patterns[3], "X9");
	ck_assert(p->kinds[KIND_COUNT].listed && !p->kinds[KIND_SURVIVAL].listed);
	ck_assert_int_eq(p->kinds[KIND_COUNT].max_cells, 40);
	ck_assert_int_eq(p->compose.criteria, 4);
	ck_assert(p->release.gaussian && !p->release.in_epsilon);
	ck_assert_uint_eq(p->release.amount, 24400000000u);
	ck_assert_uint_eq(p->n_tighter, 2);
	ck_assert_uint_eq(p->n_budgets, 3);
	ck_assert_uint_eq(p->budgets[2].delta_e18, 1000000000000u);
	ck_assert_uint_eq(p->budgets[2].cap, 20000000000000u);
	ck_assert_uint_eq(p->n_studies, 2);
	ck_assert_str_eq(p->studies[0].requesters[1].role->id, "viewer");
	ck_assert_uint_eq(
		p->roles[0].kinds, 1u << KIND_COUNT | 1u << KIND_HISTOGRAM | 1u << KIND_MEAN);
	ck_assert(p->roles[0].cohorts && !p->roles[1].cohorts);
}
END_TEST

START_TEST(without_noise_a_threshold_lies_at_the_edge_of_a_bin)
{
	static const struct {
		const char *round_to, *patients, *tighter;
		const char *hint; /* NULL: fits */
	} rows[] = { { "round_to: 5", "min_patients: 10,", "round_to: 5",
			     "min_patients 10 is inside the rounding bin 8-12; use 8 or 13" },
		{ "round_to: 5", "min_patients: 13,", "min_patients: 18", NULL },
		{ "round_to: 5", "min_patients: 13,", "min_patients: 30", "bin 28-32" },
		{ "round_to: 10", "min_patients: 15,", "min_patients: 25", NULL },
		{ "round_to: 10", "min_patients: 14,", "min_patients: 25",
			"bin 5-14; use 5 or 15" },
		{ "round_to: 5", "min_patients: 13,", "round_to: 10", "bin 5-14" },
		{ "round_to: 5", "min_patients: 13,", "round_to: 10, min_patients: 15", NULL },
		{ "round_to: 5", "min_patients: 13,", "round_to: 4", "is looser" },
		{ "round_to: 1", "min_patients: 11,", "min_patients: 12", NULL },
		/* what its shape refuses is not counted with */
		{ "round_to: 0", "min_patients: 13,", "min_patients: 13", "0 is not between" },
		{ "round_to: 5", "min_patients: 9223372036854775806,",
			"min_patients: 9223372036854775807", "is not between" } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct edit e[] = { RELEASE("noise: gaussian, rho: 0.0244",
						  "noise: off, dominance: [2, 0.90]"),
			RELEASE("round_to: 1", rows[i].round_to),
			RELEASE("min_patients: 10,", rows[i].patients),
			RELEASE("min_patients: 30", rows[i].tighter),
			RELEASE("  - {for: 'study:MH', rho: 0.01}\n", "") };
		struct policy *p = policy_with(e, 5);

		if (rows[i].hint == NULL) {
			ck_assert_msg(p != NULL, "%zu: %s", i, first_error());
			ck_assert(p->release.off);
			ck_assert_int_eq(p->release.dominance_people, 2);
			ck_assert_int_eq(p->release.dominance_share, 900000000);
			continue;
		}
		ck_assert_ptr_null(p);
		if (i >= 9) {
			ck_assert_ptr_nonnull(diag_with("P117"));
			ck_assert_ptr_null(diag_with("P331"));
			continue;
		}
		ck_assert_uint_eq(policy_ds.errors, 1);
		ck_assert_msg(strstr(first_error(), rows[i].hint) != NULL, "%s", first_error());
		ck_assert_uint_eq(policy_ds.list[0].at.line, i == 0 || i == 4 ? 1 : 3);
		ck_assert_str_eq(policy_ds.list[0].code, i == 7 ? "P332" : "P331");
	}
}
END_TEST

START_TEST(what_is_not_computed_yet_is_typed_and_kept)
{
	const struct edit e[] = {
		QUERIES("mean: {group_by: 1, filters: 4, max_cells: 50}",
			"quantile: {group_by: 0, filters: 4, max_cells: 3, at: [0.25, 0.5]}\n"
			"  survival: {group_by: 0, filters: 4, max_cells: 20, step: 3 months, "
			"horizon: 5 years}"),
		QUERIES("depth: 2", "depth: 2, window_step: 30 days"),
		RED("title: 数据", "title: 数据\n    level: 3"),
		STUDIES("title: 糖尿病",
			"title: 糖尿病\n    purpose: [DUO:0000007, 'EHDS-53:e']\n    "
			"approvals: {ethics: E 1, pia: P 2}")
	};
	struct policy *p = policy_with(e, 4);

	ck_assert_msg(p != NULL, "%s", first_error());
	ck_assert_uint_eq(p->kinds[KIND_QUANTILE].n_quantiles, 2);
	ck_assert_int_eq(p->kinds[KIND_QUANTILE].quantiles[0], 250000000);
	ck_assert_int_eq(p->kinds[KIND_SURVIVAL].step.count, 3);
	ck_assert_int_eq(p->kinds[KIND_SURVIVAL].horizon.count, 60);
	ck_assert(p->kinds[KIND_SURVIVAL].horizon.months);
	ck_assert_int_eq(p->compose.window_days, 30);
	ck_assert_int_eq(p->datasets[0].level, 3);
	ck_assert_uint_eq(p->studies[0].n_purposes, 2);
	ck_assert_uint_eq(p->studies[0].n_approvals, 2);
	ck_assert_str_eq(p->studies[0].approvals[1].key, "pia");
	ck_assert_str_eq(p->studies[0].approvals[1].text, "P 2");
	ck_assert_uint_eq(p->studies[0].approvals[1].at.line, 8);
	ck_assert_uint_eq(p->studies[1].n_approvals, 0);
}
END_TEST

START_TEST(all_errors_of_all_files_are_collected)
{
	const struct edit edits[] = { POLICY("site: s1", "sit: s1"),
		RED("truncate: quarter", "truncat: quarter"), QUERIES("mean:", "max:"),
		RELEASE("round_to: 1", "round_to: 0"),
		STUDIES("datasets: [omop]", "datasets: [omob]") };

	ck_assert_ptr_null(policy_with(edits, 5));
	ck_assert_ptr_nonnull(diag_with("P111"));
	ck_assert_ptr_nonnull(diag_with("P205"));
	ck_assert_ptr_nonnull(diag_with("P311"));
	ck_assert_ptr_nonnull(diag_with("P117"));
	ck_assert_ptr_nonnull(diag_with("P346"));
	for (size_t i = 1; i < policy_ds.count; i++)
		ck_assert_int_le(
			strcmp(policy_ds.list[i - 1].at.file, policy_ds.list[i].at.file), 0);
}
END_TEST

START_TEST(a_missing_file_is_named_and_spares_the_rest_false_alarms)
{
	struct policy_file files[P_FILES];
	struct policy *p = NULL;
	unsigned n = 0;

	policy_fresh();
	for (int i = 0; i < P_FILES; i++)
		if (i != P_RED)
			files[n++] = (struct policy_file){ policy_names[i], policy_texts[i],
				strlen(policy_texts[i]) };
	ck_assert_int_eq(policy_read(files, n, &policy_arena, &policy_ds, &p), -1);
	ck_assert_ptr_null(p);
	ck_assert_ptr_nonnull(diag_with("P131"));
	ck_assert_str_eq(diag_with("P131")->at.file, "red-list.yaml");
	ck_assert_ptr_null(diag_with("P345"));
}
END_TEST

START_TEST(one_slip_of_the_hand_is_one_error)
{
	static const struct edit slips[] = { POLICY("version: ", "version："),
		POLICY("country: ", "country:"), RED("codes: omop}", "codes: omop"),
		RED("{use: filter", "{use: fliter"), POLICY("presets/", "presets/x"),
		POLICY("country: CN", "country: *x"), POLICY("country: CN", "country: |\n  CN"),
		POLICY("country: CN", "country: CN\n<<: {a: b}"),
		POLICY("country: CN", "country: CN\n? [a]\n: b"),
		POLICY("extends: [", "extends: ［"), POLICY("omop-cdm-5.4]", "omop-cdm-5.4］"),
		POLICY("strict, presets", "strict，presets"),
		POLICY("country: CN", "country: !!str CN") };

	for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++) {
		ck_assert_ptr_null(policy_with(&slips[i], 1));
		ck_assert_msg(
			policy_ds.errors == 1, "'%s': %zu errors", slips[i].to, policy_ds.errors);
	}
}
END_TEST

START_TEST(a_question_costs_no_more_than_noise_is_worth)
{
	static const struct {
		const char *release, *code; /* NULL: nothing is said */
	} amounts[] = { { "noise: gaussian, rho: 0.125", NULL },
		{ "noise: gaussian, rho: 0.125000001", "W407" },
		{ "noise: gaussian, rho: 0.5", "W407" },
		{ "noise: gaussian, rho: 0.500000001", "P336" },
		{ "noise: gaussian, rho: 9000000", "P336" },
		{ "noise: laplace, epsilon: 0.5", NULL },
		{ "noise: laplace, epsilon: 0.500000001", "W407" },
		{ "noise: laplace, epsilon: 1", "W407" },
		{ "noise: laplace, epsilon: 1.000000001", "P336" } };

	for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++) {
		bool laplace = strstr(amounts[i].release, "laplace") != NULL;
		const struct edit e[] = { RELEASE("noise: gaussian, rho: 0.0244",
						  amounts[i].release),
			RELEASE("'study:MH', rho: 0.01",
				laplace ? "'study:MH', epsilon: 0.01" : "'study:MH', rho: 0.01") };
		const struct policy *p = policy_with(e, 2);

		ck_assert_int_eq(p == NULL, amounts[i].code != NULL && amounts[i].code[0] == 'P');
		ck_assert_uint_eq(policy_ds.errors + policy_ds.warnings, amounts[i].code != NULL);
		if (amounts[i].code != NULL)
			ck_assert_msg(strcmp(policy_ds.list[0].code, amounts[i].code) == 0 &&
					      policy_ds.list[0].at.line == 1,
				"%s: %s", amounts[i].release, policy_ds.list[0].en);
	}
}
END_TEST

START_TEST(a_link_to_a_restricted_rule_without_studies_warns)
{
	const struct edit e = RED(", studies: [MH]", "");

	ck_assert_ptr_nonnull(policy_with(&e, 1));
	ck_assert_ptr_nonnull(diag_with("W405"));
}
END_TEST

START_TEST(what_cannot_be_enforced_warns)
{
	const struct edit e[] = { STUDIES("title: 糖尿病", "title: 糖尿病\n    results_to: [CN]"),
		STUDIES("    kinds: [count]", "    kinds: [count, crosstab]"),
		RED("birth_datetime: {use: forbidden,",
			"birth_datetime: {use: forbidden, category: quasi.date,") };

	ck_assert_msg(policy_with(e, 3) != NULL, "%s", first_error());
	ck_assert_ptr_nonnull(diag_with("W403"));
	ck_assert_ptr_nonnull(diag_with("W402"));
	ck_assert_ptr_nonnull(diag_with("W404"));
}
END_TEST

START_TEST(another_category_is_no_way_around_the_ceiling_of_the_catalogue)
{
	const struct edit e = RED("birth_datetime: {use: forbidden,",
		"birth_datetime: {use: group, truncate: quarter, range: 1950-01-01..2025-12-31, "
		"category: quasi.date,");

	ck_assert(policy_with(&e, 1) == NULL);
	ck_assert_ptr_nonnull(diag_with("P203"));
	ck_assert_ptr_nonnull(strstr(diag_with("P203")->en, "quasi.birth-date"));
}
END_TEST

START_TEST(an_exception_loosens_until_its_day)
{
	const struct edit e[] = {
		RED("measurement_date: {use: group, truncate: month",
			"measurement_date: {use: group, truncate: week"),
		RED("codes:\n", "exceptions:\n  - {to: 'preset:strict/quasi.date', for: "
				"'column:cdm.measurement.measurement_date', allow: {truncate: "
				"week}, why: w, basis: "
				"b, until: 2026-06-30}\ncodes:\n"),
	};
	struct policy *p = policy_with(e, 2);
	const struct column *c;
	int32_t last = 0;

	ck_assert_msg(p != NULL, "%s", first_error());
	ck_assert(day_parse("2026-06-30", &last));
	c = dataset_column(policy_dataset(p, "omop"), "cdm.measurement.measurement_date");
	ck_assert_int_eq(column_on(c, last)->truncate, TRUNCATE_WEEK);
	ck_assert_int_eq(column_on(c, last + 1)->truncate, TRUNCATE_MONTH);
	ck_assert_str_eq(column_on(c, last + 1)->ceiling, "preset:strict/quasi.date");
	ck_assert_uint_eq(p->n_exceptions, 1);
	ck_assert_int_eq(p->exception_ends, last);
}
END_TEST

START_TEST(an_exception_that_ends_can_close_a_column)
{
	const struct edit e[] = {
		RED("{use: forbidden, why: {zh: 完整出生日期, en: a full birth date}}",
			"{use: link}"),
		RED("codes:\n", "exceptions:\n  - {to: 'preset:strict/quasi.birth-date', for: "
				"'column:cdm.person.birth_datetime', allow: {use: [link]}, why: w, "
				"basis: b, until: "
				"2026-06-30}\ncodes:\n"),
	};
	struct policy *p = policy_with(e, 2);
	const struct column *c;

	ck_assert_msg(p != NULL, "%s", first_error());
	c = dataset_column(policy_dataset(p, "omop"), "cdm.person.birth_datetime");
	ck_assert_uint_eq(c->uses, USE_LINK);
	ck_assert_uint_eq(column_on(c, INT32_MAX)->uses, USE_FORBIDDEN);
}
END_TEST

START_TEST(the_hash_depends_on_every_file_and_on_nothing_else)
{
	struct hash32 first = policy_with(NULL, 0)->hash, again = policy_with(NULL, 0)->hash;

	ck_assert(hash32_equal(&first, &again));
	for (int i = 0; i < P_FILES; i++) {
		const struct edit e = { i, "", "# a comment\n" };
		struct policy *p = policy_with(&e, 1);

		ck_assert_msg(p != NULL, "%s", first_error());
		ck_assert_msg(
			!hash32_equal(&first, &p->hash), "%s does not count", policy_names[i]);
	}
}
END_TEST

/* A list where a map belongs, and the other way round, at every key of every file. */
START_TEST(what_has_the_wrong_kind_is_an_error)
{
	static const char *const wrong_kinds[] = { "[a, {b: c}]", "{a: b}", "x", "[]", "''" };
	const char *text = policy_texts[_i];

	for (const char *at = strchr(text, ':'); at != NULL; at = strchr(at + 1, ':'))
		for (size_t k = 0; k < sizeof(wrong_kinds) / sizeof(wrong_kinds[0]); k++) {
			struct policy_file files[P_FILES];
			const char *rest = strchr(at, '\n');
			struct policy *p = NULL;
			struct text t;
			int ret;

			text_init(&t, 1 << 20);
			text_addn(&t, text, (size_t)(at - text));
			text_addf(&t, ": %s%s", wrong_kinds[k], rest);
			policy_fresh();
			for (int i = 0; i < P_FILES; i++)
				files[i] = i == _i ? (struct policy_file){ policy_names[i], t.at,
					t.len }
						   : (struct policy_file){ policy_names[i],
							     policy_texts[i],
							     strlen(policy_texts[i]) };
			ret = policy_read(files, P_FILES, &policy_arena, &policy_ds, &p);
			ck_assert(
				(ret == 0) == (p != NULL) && (ret == 0) == (policy_ds.errors == 0));
			check_policy_sentences();
			text_clear(&t);
		}
}
END_TEST

/* Cutting a file anywhere is an error with a sentence or a smaller good policy, never a crash. */
START_TEST(every_truncation_of_a_file_is_survived)
{
	size_t len = strlen(policy_texts[_i]);

	for (size_t cut = 0; cut < len; cut += 1 + len / 150) {
		struct policy_file files[P_FILES];
		struct policy *p = NULL;
		int ret;

		policy_fresh();
		for (int i = 0; i < P_FILES; i++)
			files[i] = (struct policy_file){ policy_names[i], policy_texts[i],
				i == _i ? cut : strlen(policy_texts[i]) };
		ret = policy_read(files, P_FILES, &policy_arena, &policy_ds, &p);
		ck_assert_msg((ret == 0) == (p != NULL) && (ret == 0) == (policy_ds.errors == 0),
			"%zu", cut);
		check_policy_sentences();
	}
}
END_TEST

START_TEST(memory_that_ends_is_an_error)
{
	struct policy_file files[P_FILES];

	for (int i = 0; i < P_FILES; i++)
		files[i] = (struct policy_file){ policy_names[i], policy_texts[i],
			strlen(policy_texts[i]) };
	for (size_t max = 1 << 10; max < 160 << 10; max += 1500) {
		struct policy *p = NULL;
		int ret;

		policy_fresh();
		arena_clear(&policy_arena);
		arena_init(&policy_arena, max);
		ret = policy_read(files, P_FILES, &policy_arena, &policy_ds, &p);
		ck_assert_msg((ret == 0) == (p != NULL) && (ret == 0) == (policy_ds.errors == 0),
			"%zu", max);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("policy_read");
	TCase *c = tcase_create("policy_read");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 120);
	tcase_add_loop_test(c, every_error_has_its_code_and_its_line, 0,
		(int)(sizeof(wrongs) / sizeof(wrongs[0])));
	tcase_add_loop_test(c, what_has_the_wrong_kind_is_an_error, 0, P_FILES);
	tcase_add_loop_test(c, every_truncation_of_a_file_is_survived, 0, P_FILES);
	tcase_add_test(c, a_good_policy_is_read_whole);
	tcase_add_test(c, rules_numbers_and_people_are_read);
	tcase_add_test(c, all_errors_of_all_files_are_collected);
	tcase_add_test(c, a_missing_file_is_named_and_spares_the_rest_false_alarms);
	tcase_add_test(c, a_question_costs_no_more_than_noise_is_worth);
	tcase_add_test(c, a_link_to_a_restricted_rule_without_studies_warns);
	tcase_add_test(c, what_cannot_be_enforced_warns);
	tcase_add_test(c, another_category_is_no_way_around_the_ceiling_of_the_catalogue);
	tcase_add_test(c, without_noise_a_threshold_lies_at_the_edge_of_a_bin);
	tcase_add_test(c, what_is_not_computed_yet_is_typed_and_kept);
	tcase_add_test(c, an_exception_loosens_until_its_day);
	tcase_add_test(c, an_exception_that_ends_can_close_a_column);
	tcase_add_test(c, one_slip_of_the_hand_is_one_error);
	tcase_add_test(c, the_hash_depends_on_every_file_and_on_nothing_else);
	tcase_add_test(c, memory_that_ends_is_an_error);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
