/*
 * test_tightening.c - every kind of rule that an officer can add or sharpen, one at a time: nothing becomes wider by
 * it, and it does what it is for, which shows in at least one question that was allowed before. A rule that is read
 * and then forgotten fails here.
 *
 * CORDON_SEED=n asks other random questions.
 */
#include "tests/unit/asker.h"
#include "tests/unit/plan_text.h"
#include "tests/unit/sides.h"

enum {
	RANDOM = 140, /* allowed random questions, besides the fixed ones */
	MAX_POOL = 200
};

static struct pooled {
	const char *who, *text, *plan;
	int32_t today;
	struct question *question;
	struct verdict before;
} pool[MAX_POOL];
static unsigned n_pool;
static struct arena pool_arena;
static struct side plain;

/* ---- questions that may be asked ---- */

#define DM        "study: DM\nkind: count\ndataset: omop\n"
#define HISTOGRAM "study: DM\nkind: histogram\ndataset: omop\n"
#define OFFICER   DM "cohort: hba1c-t2dm\nparams: {from: 2018-W01, to: 2025-W52}\n"

static const char *const fixed[] = { DM, OFFICER,
	OFFICER "filter: {cdm.person.gender_concept_id: [女], cdm.measurement.measurement_date: "
		"[2020-W05, 2021-W06]}\n",
	OFFICER "group_by: [cdm.measurement.measurement_date]\nfilter: "
		"{cdm.measurement.measurement_date: [2025-W07]}\n",
	OFFICER "group_by: [sex]\n",
	DM "cohort: hba1c-t2dm\nparams: {from: 2020-W01, to: 2020-W30}\ngroup_by: "
	   "[cdm.measurement.measurement_date]\n",
	DM "group_by: [地区]\n", DM "group_by: [sex, 地区]\n",
	DM "group_by: [sex, age]\non: 2025-12-31\n",
	DM "on: 2025-12-31\ncohort: {all: [{age: {from: 18, to: 65}}]}\n",
	DM "on: 2025-12-31\ncohort: {all: [{age: {from: 45}}]}\n",
	DM "on: 2025-12-31\ncohort: {all: [{age: {to: 80}}]}\n", DM "cohort: {all: [{sex: 男}]}\n",
	DM "cohort: {all: [{condition: [201826]}]}\n", DM "cohort: {all: [{condition: any}]}\n",
	DM "cohort: {all: [{condition: [201826], during: 2018-01-01..2018-12-31}]}\n",
	DM "cohort: {all: [{condition: [201826], during: 2020-04-01..2020-06-30}]}\n",
	DM "cohort: {entry: {condition: any}}\ngroup_by: [quarter]\n",
	DM "cohort: {all: [{drug: [1503297+]}]}\n",
	DM "cohort: {all: [{drug: any, during: 2024-02-01..2024-02-29}]}\n",
	DM "cohort: {all: [{procedure: any, during: 2019-01-01..2019-12-31}]}\n",
	DM "cohort: {all: [{measurement: [3004410]}]}\n",
	DM "cohort: {all: [{measurement: any, during: 2024-01-01..2024-01-07}]}\n",
	DM "cohort: {all: [{observation: [201826]}]}\n", DM "cohort: {all: [{visit: [9201]}]}\n",
	DM "cohort: {all: [{visit: [9202]}]}\n", DM "cohort: {none: [{visit: any}]}\n",
	DM "cohort: {all: [{measure: hba1c}]}\n", DM "cohort: {all: [{measure: glucose}]}\n",
	DM "cohort: {all: [{measure: hba1c, value: {at_least: 7}}]}\n",
	DM "cohort: {all: [{measure: hba1c, value: {below: 6.5}}]}\n",
	DM "cohort: {all: [{measure: hba1c, value: {above: 8}}]}\n",
	DM "cohort: {any: [{any: [{all: [{sex: 女}, {condition: any}]}, {drug: any}]}]}\n",
	DM "cohort: {all: [{sex: 女}, {condition: any}, {drug: any}, {visit: any}, {measurement: "
	   "any}, {procedure: any}, {observation: any}, {sex: 女}]}\n",
	HISTOGRAM "of: hba1c\n", HISTOGRAM "of: sex\n", HISTOGRAM "of: hba1c\ngroup_by: [sex]\n",
	"study: DM\nkind: count\ndataset: twin\ncohort: {all: [{sex: 女}]}\n",
	"study: MH\nkind: count\ndataset: omop\ncohort: {all: [{condition: [440383+]}]}\n",
	"study: MH\nkind: count\ndataset: omop\ngroup_by: [sex]\n",
	"study: PAIR\nkind: histogram\ndataset: omop\nof: hba1c\n" };

static const char *keep(const char *who, int32_t today, const char *text)
{
	struct asking ask = { who, today, plain.red, false };
	struct pooled *p = &pool[n_pool];
	struct diags ds;
	struct error err;
	struct text t;

	diags_init(&ds, &pool_arena);
	ck_assert_uint_lt(n_pool, MAX_POOL);
	*p = (struct pooled){ who, arena_text(&pool_arena, text), NULL, today, NULL, { 0 } };
	if (question_read("q", p->text, strlen(text), &pool_arena, &ds, &p->question) != 0)
		return ds.count == 0 ? "" : ds.list[0].en;
	OK(decide(plain.policy, p->question, &ask, &pool_arena, &p->before, &err));
	if (!p->before.allow)
		return p->before.first.say.en;
	text_init(&t, 1 << 20);
	plan_text(&t, p->before.plan, &pool_arena);
	p->plan = arena_text(&pool_arena, text_str(&t));
	ck_assert(!text_failed(&t) && p->plan != NULL);
	text_clear(&t);
	n_pool++;
	return NULL;
}

static uint32_t pool_dice(void *from, uint32_t sides)
{
	(void)from;
	return rw_dice(sides);
}

static void make_pool(void)
{
	const char *seed = getenv("CORDON_SEED");
	struct asker asker = { .dice = pool_dice, .from = NULL };
	unsigned fixed_ones, tries = 0;

	rw_seed(seed == NULL ? 1 : (unsigned)strtoul(seed, NULL, 10));
	arena_init(&pool_arena, 512 << 20);
	n_pool = 0;
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		const char *why = keep("li@s1.example", day("2026-03-01"), fixed[i]);

		ck_assert_msg(why == NULL, "%s\n%s", why, fixed[i]);
	}
	(void)keep("wang@uni.example", day("2026-11-30"), DM);
	(void)keep("li@s1.example", day("2026-01-10"), DM);
	fixed_ones = n_pool;
	while (n_pool < fixed_ones + RANDOM && tries++ < 40000) {
		struct text t;

		text_init(&t, 1 << 16);
		asker_question(&asker, &t);
		(void)keep("li@s1.example", day("2026-03-01"), text_str(&t));
		text_clear(&t);
	}
	ck_assert_uint_eq(n_pool, fixed_ones + RANDOM);
}

/* ---- changes ---- */

/* A member of the tree: "datasets/omop/tables", "studies/@DM" by its id, "budgets/#2" by its place. */
static struct node *at_path(struct rewriting *rw, int file, const char *path)
{
	struct node *n = rw->root[file];
	char copy[300], *save;

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *part = strtok_r(copy, "/", &save); part != NULL && n != NULL;
		part = strtok_r(NULL, "/", &save)) {
		struct node *next = NULL;

		if (part[0] == '#')
			next = rw_nth(n, strtoul(part + 1, NULL, 10));
		else if (part[0] != '@' && part[0] != '=')
			next = rw_get(n, part);
		for (struct node *c = n->first; next == NULL && part[0] == '@' && c != NULL;
			c = c->next)
			if (rw_get(c, "id") != NULL && strcmp(rw_get(c, "id")->text, part + 1) == 0)
				next = c;
		for (struct node *c = n->first; next == NULL && part[0] == '=' && c != NULL;
			c = c->next)
			if (c->text != NULL && strcmp(c->text, part + 1) == 0)
				next = c;
		n = next;
	}
	ck_assert_msg(n != NULL, "the policy has no %s", path);
	return n;
}

enum how {
	ADD, /* yaml as the last member of the list */
	SET, /* yaml under the key that the path ends with */
	DROP /* the member: "=text" is one of a list of texts */
};

static const struct change {
	enum how how;
	int file;
	const char *path, *yaml;
} changes[] = {
	/* tighter: each scope, each value */
	{ ADD, RW_RELEASE, "tighter", "{for: 'kind:count', min_patients: 99}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'kind:histogram', min_patients: 99}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'kind:count', rho: 0.001}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'kind:count', min_sites: 2}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'kind:count', round_to: 5}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'study:DM', min_patients: 99}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'study:DM', rho: 0.001}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'study:DM', min_sites: 2}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'study:DM', round_to: 5}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'dataset:twin', min_patients: 99}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'dataset:twin', rho: 0.001}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'dataset:twin', min_sites: 2}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'dataset:twin', round_to: 5}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'table:cdm.drug_exposure', min_patients: 99}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'table:cdm.visit_occurrence', rho: 0.001}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'table:cdm.procedure_occurrence', min_sites: 2}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'table:cdm.observation', round_to: 5}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'measure:hba1c', min_patients: 99}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'measure:glucose', rho: 0.001}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'measure:glucose', min_sites: 2}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'measure:hba1c', round_to: 5}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'code:mental', min_patients: 99}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'code:mental', rho: 0.001}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'code:mental', min_sites: 2}" },
	{ ADD, RW_RELEASE, "tighter", "{for: 'code:mental', round_to: 5}" },
	/* the rule for all */
	{ SET, RW_RELEASE, "release/min_patients", "25" },
	{ SET, RW_RELEASE, "release/min_sites", "2" },
	{ SET, RW_RELEASE, "release/secure_aggregation", "required" },
	{ SET, RW_RELEASE, "release/rho", "0.02" },
	{ SET, RW_RELEASE, "release/round_to", "5" },
	{ SET, RW_RELEASE, "release/max_similar", "3" },
	{ SET, RW_RELEASE, "release/timing", "paced" },
	{ SET, RW_RELEASE, "release/timing", "strict" },
	/* budgets */
	{ SET, RW_RELEASE, "budgets/#0/rho", "0.5" },
	{ SET, RW_RELEASE, "budgets/#0/queries", "3" },
	{ SET, RW_RELEASE, "budgets/#0/period", "2026-05-01..2026-12-31" },
	{ SET, RW_RELEASE, "budgets/#4/rho", "0.5" },
	{ SET, RW_RELEASE, "budgets/#4/queries", "3" },
	{ SET, RW_RELEASE, "budgets/#4/period", "2026-01-01..2026-01-31" },
	{ SET, RW_RELEASE, "budgets/#5/epsilon", "5" },
	{ SET, RW_RELEASE, "budgets/#5/delta", "1e-9" },
	{ ADD, RW_RELEASE, "budgets",
		"{for: each-study, rho: 0.9, period: 2026-01-01..2026-12-31}" },
	{ ADD, RW_RELEASE, "budgets",
		"{for: 'dataset:twin', rho: 3, period: 2026-01-01..2026-12-31}" },
	/* code rules: each system, each field */
	{ ADD, RW_RED, "codes", "{id: x, use: forbidden, omop: [201826]}" },
	{ ADD, RW_RED, "codes", "{id: x, use: forbidden, omop: [441840+]}" },
	{ ADD, RW_RED, "codes", "{id: x, use: forbidden, icd10: [A00-A09]}" },
	{ ADD, RW_RED, "codes", "{id: x, use: forbidden, icd9cm3: [36]}" },
	{ ADD, RW_RED, "codes", "{id: x, use: forbidden, snomed: [86406008]}" },
	{ ADD, RW_RED, "codes", "{id: x, use: forbidden, atc: [A10]}" },
	{ ADD, RW_RED, "codes", "{id: x, use: forbidden, loinc: [4548-4]}" },
	{ ADD, RW_RED, "codes", "{id: x, use: forbidden, departments: [内科]}" },
	{ ADD, RW_RED, "codes",
		"{id: x, use: forbidden, local: {cdm.visit_occurrence.visit_source_value: [Q1]}}" },
	{ ADD, RW_RED, "codes",
		"{id: x, use: forbidden, local: {cdm.visit_occurrence.visit_concept_id: "
		"['9202']}}" },
	{ ADD, RW_RED, "codes", "{id: x, use: restricted, studies: [MH], omop: [320128]}" },
	{ ADD, RW_RED, "codes",
		"{id: x, use: restricted, studies: [DM], kinds: [histogram], omop: [201826]}" },
	{ ADD, RW_RED, "codes",
		"{id: x, use: restricted, studies: [DM], min_patients: 99, omop: [201826]}" },
	{ ADD, RW_RED, "codes",
		"{id: x, use: restricted, studies: [DM], min_sites: 2, omop: [201826]}" },
	{ SET, RW_RED, "codes/@mental/use", "forbidden" },
	{ SET, RW_RED, "codes/@mental/studies", "[PAIR]" },
	{ SET, RW_RED, "codes/@mental/min_patients", "99" },
	{ SET, RW_RED, "codes/@mental/min_sites", "2" },
	{ SET, RW_RED, "codes/@mental/kinds", "[histogram]" },
	{ SET, RW_RED, "codes/@mental/omop", "[440383+, 201826]" },
	/* columns: use, and what they are cut to */

	{ SET, RW_RED, "datasets/omop/tables/cdm.person/columns/gender_concept_id", "{use: link}" },
	{ DROP, RW_RED, "datasets/omop/tables/cdm.person/columns/gender_concept_id", NULL },
	{ SET, RW_RED, "datasets/omop/tables/cdm.condition_occurrence/columns/condition_concept_id",
		"{use: link, codes: omop}" },
	{ SET, RW_RED,
		"datasets/omop/tables/cdm.condition_occurrence/columns/condition_start_date/use",
		"filter" },
	{ SET, RW_RED,
		"datasets/omop/tables/cdm.condition_occurrence/columns/condition_start_date/"
		"truncate",
		"year" },
	{ SET, RW_RED,
		"datasets/omop/tables/cdm.condition_occurrence/columns/condition_start_date/range",
		"2019-01-01..2025-12-31" },
	{ SET, RW_RED, "datasets/omop/tables/cdm.person/columns/year_of_birth/bands", "[18, 65]" },
	{ DROP, RW_RED, "datasets/omop/tables/cdm.person/columns/gender_concept_id/categories/男",
		NULL },
	{ DROP, RW_RED, "datasets/omop/tables/cdm.person/columns/location_id/geo/areas/=31", NULL },
	{ DROP, RW_RED,
		"datasets/omop/tables/cdm.visit_occurrence/columns/visit_concept_id/values/=9202",
		NULL },

	{ SET, RW_RED, "datasets/omop/tables/cdm.measurement/per_patient_max", "2" },
	{ SET, RW_RED, "datasets/omop/tables/cdm.measurement/measures/@hba1c/cuts", "[6.5, 8]" },

	/* people */
	{ SET, RW_RED, "datasets/omop/drop_patients/under_age", "18" },
	{ SET, RW_RED, "datasets/omop/drop_patients/under_age", "16" },
	{ SET, RW_RED, "datasets/twin/drop_patients", "{opted_out: research.opt_out.person_id}" },
	/* exceptions */

	{ SET, RW_RED, "exceptions/#0/until", "2026-02-28" },
	{ SET, RW_RED, "exceptions/#1/until", "2026-02-28" },
	/* kinds, composing, officers' cohorts */
	{ DROP, RW_QUERIES, "kinds/histogram", NULL },
	{ SET, RW_QUERIES, "kinds/count/group_by", "1" },
	{ SET, RW_QUERIES, "kinds/count/max_cells", "5" },
	{ SET, RW_QUERIES, "kinds/count/filters", "1" },
	{ DROP, RW_QUERIES, "compose", NULL },
	{ SET, RW_QUERIES, "compose/criteria", "1" },
	{ SET, RW_QUERIES, "compose/depth", "1" },
	{ SET, RW_QUERIES, "compose/kinds", "[histogram]" },
	{ SET, RW_QUERIES, "cohorts/#0/kinds", "[histogram]" },
	/* studies, roles, people who ask */
	{ SET, RW_STUDIES, "studies/@DM/valid", "2026-03-02..2026-12-31" },
	{ SET, RW_STUDIES, "studies/@DM/kinds", "[histogram]" },
	{ DROP, RW_STUDIES, "studies/@DM/datasets/=twin", NULL },
	{ DROP, RW_STUDIES, "studies/@DM/cohorts", NULL },
	{ DROP, RW_STUDIES, "studies/@DM/requesters/li@s1.example", NULL },
	{ SET, RW_STUDIES, "studies/@DM/requesters/li@s1.example", "viewer" },
	{ DROP, RW_STUDIES, "roles/analyst/=cohorts", NULL },
	{ DROP, RW_STUDIES, "roles/analyst/=histogram", NULL },
	{ DROP, RW_STUDIES, "studies/@DM/may_use/=cdm.person.year_of_birth", NULL },
	{ DROP, RW_STUDIES, "studies/@DM/may_use/=cdm.person.gender_concept_id", NULL },
	{ DROP, RW_STUDIES, "studies/@DM/may_use/=cdm.person.location_id", NULL },
	{ DROP, RW_STUDIES, "studies/@DM/may_use/=cdm.condition_occurrence.condition_concept_id",
		NULL },
	{ DROP, RW_STUDIES, "studies/@DM/may_use/=cdm.condition_occurrence.condition_start_date",
		NULL },
	{ DROP, RW_STUDIES, "studies/@DM/may_use/=cdm.drug_exposure.drug_concept_id", NULL },
	{ DROP, RW_STUDIES, "studies/@DM/may_use/=cdm.drug_exposure.drug_exposure_start_date",
		NULL },
	{ DROP, RW_STUDIES, "studies/@DM/may_use/=cdm.procedure_occurrence.procedure_date", NULL },
	{ DROP, RW_STUDIES, "studies/@DM/may_use/=cdm.measurement.measurement_concept_id", NULL },
	{ DROP, RW_STUDIES, "studies/@DM/may_use/=cdm.measurement.measurement_date", NULL },
	{ DROP, RW_STUDIES, "studies/@DM/may_use/=cdm.visit_occurrence.visit_concept_id", NULL },
	{ DROP, RW_STUDIES, "studies/@DM/may_use/=cdm.observation.observation_concept_id", NULL },
	{ DROP, RW_STUDIES, "studies/@DM/may_use/=measure:hba1c", NULL },
	{ DROP, RW_STUDIES, "studies/@DM/may_use/=measure:glucose", NULL },
	/* the policy itself */
	{ SET, RW_POLICY, "valid", "2026-03-02..2026-12-31" },

	{ ADD, RW_POLICY, "extends", "presets/us-part2" },
	{ DROP, RW_POLICY, "models/twin", NULL },
};

static void apply(struct rewriting *rw, const struct change *c)
{
	char parent[300];
	const char *last = strrchr(c->path, '/');

	if (c->how == ADD) {
		rw_add(rw, at_path(rw, c->file, c->path), NULL, c->yaml);
		return;
	}
	snprintf(parent, sizeof(parent), "%.*s", last == NULL ? 0 : (int)(last - c->path), c->path);
	if (c->how == SET)
		rw_add(rw, at_path(rw, c->file, parent), last == NULL ? c->path : last + 1,
			c->yaml);
	else
		rw_drop(at_path(rw, c->file, parent), at_path(rw, c->file, c->path));
}

/* ---- the test of each ---- */

/* Whether a question that was allowed is refused, or answered by another plan. */
static bool met(const struct pooled *p, const struct verdict *after, struct arena *arena)
{
	struct text t;
	bool same;

	if (!after->allow)
		return true;
	text_init(&t, 1 << 20);
	plan_text(&t, after->plan, arena);
	same = strcmp(text_str(&t), p->plan) == 0;
	text_clear(&t);
	return !same;
}

static void setup(void)
{
	side_open(&plain);
	side_read(&plain);
	ck_assert_msg(plain.policy != NULL, "%s", first_error(&plain));
	make_pool();
}

static void teardown(void)
{
	arena_clear(&pool_arena);
	side_close(&plain);
}

START_TEST(a_rule_that_is_added_is_met_and_never_widens)
{
	const struct change *c = &changes[_i];
	unsigned count = 0;
	struct side tight;
	struct arena arena;

	arena_init(&arena, 512 << 20);
	side_open(&tight);
	apply(&tight.rw, c);
	side_read(&tight);
	ck_assert_msg(tight.policy != NULL, "%s %s: %s", c->path, c->yaml == NULL ? "" : c->yaml,
		first_error(&tight));
	for (unsigned i = 0; i < n_pool; i++) {
		struct asking ask = { pool[i].who, pool[i].today, tight.red, false };
		struct verdict after;
		struct error err;

		OK(decide(tight.policy, pool[i].question, &ask, &arena, &after, &err));
		check_not_wider(&pool[i].before, &after, pool[i].text);
		count += met(&pool[i], &after, &arena);
	}
	ck_assert_msg(
		count > 0, "%s %s meets no question", c->path, c->yaml == NULL ? "" : c->yaml);
	side_close(&tight);
	arena_clear(&arena);
}
END_TEST

/* Nothing but places is different when nothing is added: what is met above is met by the rule. */
START_TEST(without_a_rule_nothing_is_met)
{
	struct side same;
	struct arena arena;

	arena_init(&arena, 512 << 20);
	side_open(&same);
	side_read(&same);
	for (unsigned i = 0; i < n_pool; i++) {
		struct asking ask = { pool[i].who, pool[i].today, same.red, false };
		struct verdict after;
		struct error err;

		OK(decide(same.policy, pool[i].question, &ask, &arena, &after, &err));
		ck_assert_msg(!met(&pool[i], &after, &arena), "%s", pool[i].text);
	}
	side_close(&same);
	arena_clear(&arena);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tightening");
	TCase *c = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_set_timeout(c, 120);
	tcase_add_unchecked_fixture(c, setup, teardown);
	tcase_add_test(c, without_a_rule_nothing_is_met);
	tcase_add_loop_test(c, a_rule_that_is_added_is_met_and_never_widens, 0,
		(int)(sizeof(changes) / sizeof(changes[0])));
	suite_add_tcase(s, c);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
