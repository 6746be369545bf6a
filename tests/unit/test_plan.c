/*
 * test_plan.c - what an allowed question becomes: labels, columns, days, codes, noise and charges.
 */
#include "tests/unit/rulings.h"

static const struct plan *plan_of(const char *text)
{
	struct policy *p = policy_with(NULL, 0);
	struct verdict v;

	ck_assert_msg(p != NULL, "%s", first_error());
	v = ruling_on(p, question(text), NULL, NULL, false);
	ck_assert_msg(v.allow, "%s: %s", v.first.rule, v.first.say.en);
	return v.plan;
}

static void has_labels(const struct dim *d, const char *want)
{
	char all[600] = "";

	for (unsigned i = 0; i < d->n_labels; i++)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i == 0 ? "" : " ",
			d->labels[i]);
	ck_assert_str_eq(all, want);
}

START_TEST(groups_have_the_policy_s_labels)
{
	const struct plan *plan = plan_of(DM "group_by: [age, sex]\non: 2025-01-01\n");

	ck_assert_uint_eq(plan->n_dims, 2);
	ck_assert_int_eq(plan->dims[0].kind, DIM_AGE);
	has_labels(&plan->dims[0], "0-17 18-44 45-64 65-79 80+");
	has_labels(&plan->dims[1], "男 女 other");
	ck_assert_uint_eq(plan->n_cells, 15);
	ck_assert_int_eq(plan->age_day, day("2025-01-01"));
	ck_assert_str_eq(plan->sex->name, "cdm.person.gender_concept_id");
	ck_assert_str_eq(plan->birth_year->name, "cdm.person.year_of_birth");

	plan = plan_of(DM ENTRY(
		"{condition: [201826+], during: 2019-04-01..2020-03-31}") "group_by: [quarter]\n");
	has_labels(&plan->dims[0], "2019-Q2 2019-Q3 2019-Q4 2020-Q1");
	ck_assert_int_eq(plan->dims[0].from, day("2019-04-01"));
	ck_assert_int_eq(plan->dims[0].to, day("2020-03-31"));
	plan = plan_of(DM ENTRY(
		"{condition: [201826+], during: 2019-04-01..2020-03-31}") "group_by: [year]\n");
	has_labels(&plan->dims[0], "2019 2020");
	ck_assert_int_eq(plan->dims[0].from, day("2019-01-01"));
	ck_assert_int_eq(plan->dims[0].to, day("2020-12-31"));

	plan = plan_of(
		HIST "of: hba1c\n" COHORT("{measure: hba1c, during: 2024-01-01..2024-06-30}"));
	has_labels(&plan->dims[0], "<6.5 6.5-7 7-8 >=8");
	ck_assert_int_eq(plan->dims[0].kind, DIM_VALUE);
	ck_assert_str_eq(plan->dims[0].column->name, "cdm.measurement.measurement_date");
	ck_assert_int_eq(plan->dims[0].from, day("2024-01-01"));
	ck_assert_int_eq(plan->dims[0].to, day("2024-06-30"));
	plan = plan_of(HIST "of: hba1c\n");
	ck_assert_int_eq(plan->dims[0].from, day("2018-01-01"));
	ck_assert_int_eq(plan->dims[0].to, day("2025-12-31"));
}
END_TEST

START_TEST(criteria_become_columns_codes_and_bounds)
{
	const struct plan *plan = plan_of(DM "cohort:\n  entry: " DIABETES
					     "\n  all:\n    - {measure: hba1c, value: {above: 7}}\n"
					     "    - {age: {to: 65}}\n  none: [{drug: any}]\n");
	const struct criterion *c = plan->entry;

	ck_assert_str_eq(c->table->name, "cdm.condition_occurrence");
	ck_assert_str_eq(c->concept->column, "condition_concept_id");
	ck_assert_str_eq(c->start->column, "condition_start_date");
	ck_assert_int_eq(c->from, day("2019-01-01"));
	ck_assert_uint_eq(c->n_codes, 1);
	ck_assert_int_eq(plan->age_day, DAY_NONE);
	ck_assert_int_eq(plan->root->kind, PART_ALL);
	for (c = plan->root->children; c != NULL; c = c->next) {
		if (c->kind == PART_MEASURE) {
			ck_assert_str_eq(c->value->column, "value_as_number");
			ck_assert_int_eq(c->codes[0].concept, 3004410);
			ck_assert_int_eq(c->clamp_high, INT64_C(20000000000));
			ck_assert(c->has_value && c->bounds.low_open);
			ck_assert_int_eq(c->from,
				day("2018-01-01")); /* the range, though nothing was asked */
		} else if (c->kind == PART_AGE) {
			ck_assert_int_eq(c->age_to, 65);
		} else {
			ck_assert_int_eq(c->kind, PART_NONE);
			ck_assert_str_eq(c->children->table->name, "cdm.drug_exposure");
			ck_assert_ptr_null(c->children->concept);
			ck_assert_int_eq(c->children->from, day("2018-01-15"));
		}
	}
	ck_assert_uint_eq(plan->n_red, 3);
	ck_assert(plan->rows_left_out);
	ck_assert_str_eq(plan->key->name, "cdm.person.person_id");
}
END_TEST

static bool reads(const struct plan *plan, const char *table)
{
	for (unsigned i = 0; i < plan->n_tables; i++)
		if (strcmp(plan->tables[i]->name, table) == 0)
			return true;
	return false;
}

START_TEST(a_plan_names_every_table_it_reads)
{
	struct policy *p = policy_with(NULL, 0);
	struct verdict v = ruling_on(p,
		question(HIST "of: hba1c\n" COHORT(DIABETES) "    - {none: [{death: any}]}\n"),
		NULL, NULL, false);

	ck_assert_msg(v.allow, "%s", v.first.say.en);
	ck_assert(reads(v.plan, "cdm.person"));
	ck_assert(reads(v.plan, "cdm.measurement"));
	ck_assert(reads(v.plan, "cdm.condition_occurrence"));
	ck_assert(reads(v.plan, "cdm.death"));
	ck_assert_uint_eq(v.plan->n_tables, 4);
}
END_TEST

START_TEST(the_day_of_ages_is_the_last_during_then_on)
{
	ck_assert_int_eq(plan_of(DM "cohort:\n  all: [{age: {from: 18}}, " DIABETES "]\n")->age_day,
		day("2024-12-31"));
	ck_assert_int_eq(plan_of(DM COHORT("{age: {from: 18}}") "on: 2020-01-01\n")->age_day,
		day("2020-01-01"));
}
END_TEST

START_TEST(a_restricted_rule_opens_for_its_study_with_its_threshold)
{
	const struct plan *plan = plan_of(MH COHORT("{condition: [440383+]}"));

	ck_assert_int_eq(plan->min_patients, 50);
	ck_assert_uint_eq(plan->n_red, 2);             /* hiv and vip stay */
	ck_assert_uint_eq(plan->amount, 10000000000u); /* tighter for the study */
}
END_TEST

START_TEST(values_are_shown_as_coarsely_as_the_strictest_rule_says)
{
	const struct edit e[] = { { P_RELEASE, "round_to: 1", "round_to: 5" },
		{ P_RELEASE, "rho: 0.01", "rho: 0.01, round_to: 20" } };
	struct verdict v = ruling_on(policy_with(e, 2), question(DM), NULL, NULL, false);

	ck_assert(v.allow);
	ck_assert_int_eq(v.plan->round_to, 5);
	v = ruling_on(policy_with(e, 2), question(MH), NULL, NULL, false);
	ck_assert(v.allow);
	ck_assert_int_eq(v.plan->round_to, 20);
	ck_assert_int_eq(plan_of(MH)->round_to, 1);
}
END_TEST

START_TEST(codes_below_a_rule_are_refused_when_the_site_knows_them)
{
	int32_t hiv[] = { 4013106, 4013107, 439727 }, none[] = { 0 };
	int32_t *lists[] = { hiv, none, none };
	unsigned counts[] = { 3, 0, 0 };
	struct red_codes red = { lists, counts, 3, 0 };
	struct policy *p = policy_with(NULL, 0);
	struct question *q = question(DM COHORT("{condition: [4013107]}"));
	struct asking a = { .requester = "li@s1.example", .today = day("2026-03-01") };
	struct verdict v;
	struct error err;

	ck_assert_ptr_nonnull(p);
	OK(decide(p, q, &a, &ask_arena, &v, &err));
	ck_assert(v.allow); /* a desk without the site's vocabulary cannot know */
	a.red = &red;
	hiv[0] = 439727, hiv[1] = 4013106, hiv[2] = 4013107;
	OK(decide(p, q, &a, &ask_arena, &v, &err));
	ck_assert(!v.allow);
	ck_assert_str_eq(v.first.rule, "code:hiv");
	ck_assert_uint_gt(v.first.asked_at.line, 0);
	/* as many lists as rules, or no decision */
	red.n_rules = 2;
	OK(decide(p, q, &a, &ask_arena, &v, &err));
	ck_assert(!v.allow);
	ck_assert_str_eq(v.first.rule, "internal:error");
}
END_TEST

START_TEST(a_dataset_without_a_model_has_no_people)
{
	const struct edit e[] = { { P_POLICY, "models: {omop: omop-cdm-5.4}", "" },
		{ P_RED, ", under_age: 14", "" } };
	struct policy *p = policy_with(e, 2);
	struct verdict v;

	ck_assert_msg(p != NULL, "%s", first_error());
	v = ruling_on(p, question(DM), NULL, NULL, false);
	ck_assert(!v.allow);
	ck_assert_str_eq(v.first.rule, "default:not-listed");
}
END_TEST

START_TEST(an_exception_that_ended_refuses_by_its_ceiling)
{
	const struct edit e[] = {
		{ P_RED, "value_as_number: {use: measure}\n        measures",
			"value_as_number: {use: measure, category: special.financial}\n        "
			"measures" },
		{ P_RED, "codes:\n",
			"exceptions:\n  - {to: 'preset:strict/special.financial', for: "
			"'column:cdm.measurement.value_as_number', allow: {use: [measure]}, why: "
			"w, basis: b, "
			"until: 2026-06-30}\ncodes:\n" },
	};
	struct policy *p = policy_with(e, 2);
	struct question *q = question(DM COHORT("{measure: hba1c}"));
	struct verdict v;

	ck_assert_msg(p != NULL, "%s", first_error());
	ck_assert(ruling_on(p, q, NULL, "2026-06-30", false).allow);
	v = ruling_on(p, q, NULL, "2026-07-01", false);
	ck_assert(!v.allow);
	ck_assert_str_eq(v.first.rule, "preset:strict/special.financial");
}
END_TEST

/* ---- price ---- */

START_TEST(gaussian_is_charged_in_rho_everywhere)
{
	const struct plan *plan = plan_of(DM);

	ck_assert(plan->noise.gaussian);
	ck_assert_uint_eq(plan->noise.t, 21); /* the smallest V with 1/2V <= 0.0244 */
	ck_assert_uint_eq(plan->noise.cost_prho, 23809523810u);
	ck_assert_uint_eq(plan->n_charges, 3);
	ck_assert_str_eq(plan->charges[0].account, "study:DM");
	ck_assert_uint_eq(plan->charges[0].cap, 1200000000000u);
	ck_assert_str_eq(plan->charges[1].account, "requester:li@s1.example");
	ck_assert_int_eq(plan->charges[1].max_queries, 9);
	ck_assert_str_eq(plan->charges[2].account, "dataset:omop");
	ck_assert(!plan->charges[2].in_epsilon); /* written in epsilon, converted at its delta */
	ck_assert_uint_eq(plan->charges[2].cap, account_prho(20000000000000u, 1e-6));
	for (unsigned i = 0; i < plan->n_charges; i++)
		ck_assert_uint_eq(plan->charges[i].cost, plan->noise.cost_prho);
}
END_TEST

START_TEST(laplace_is_charged_in_each_budget_s_own_unit)
{
	const struct edit e[] = { { P_RELEASE, "noise: gaussian, rho: 0.0244",
					  "noise: laplace, epsilon: 0.5" },
		{ P_RELEASE, "'study:MH', rho: 0.01", "'study:MH', epsilon: 0.1" } };
	struct policy *p = policy_with(e, 2);
	struct verdict v;

	ck_assert_msg(p != NULL, "%s", first_error());
	v = ruling_on(p, question(DM), NULL, NULL, false);
	ck_assert_msg(v.allow, "%s", v.first.say.en);
	ck_assert(!v.plan->noise.gaussian);
	ck_assert_uint_eq(v.plan->noise.t, 2);
	ck_assert_uint_eq(v.plan->noise.s, 1);
	ck_assert_uint_eq(v.plan->charges[0].cost, 125000000000u); /* epsilon^2 / 2 */
	ck_assert(v.plan->charges[2].in_epsilon);
	ck_assert_uint_eq(v.plan->charges[2].cost, 500000000000u);
	ck_assert_uint_eq(v.plan->charges[2].cap, 20000000000000u);
}
END_TEST

START_TEST(a_price_in_the_wrong_unit_is_refused)
{
	struct plan plan = { .gaussian = true, .in_epsilon = true, .amount = ACCOUNT_ONE };
	struct error err;

	FAILS(plan_price(&plan, &err), E_STATE);
	plan = (struct plan){ .gaussian = true, .amount = 0 };
	FAILS(plan_price(&plan, &err), E_INPUT);
	plan = (struct plan){ .gaussian = true, .amount = ACCOUNT_ONE, .n_charges = 1 };
	FAILS(plan_price(&plan, &err), E_STATE);
}
END_TEST

UNIT_MAIN("plan", groups_have_the_policy_s_labels, criteria_become_columns_codes_and_bounds,
	a_plan_names_every_table_it_reads, the_day_of_ages_is_the_last_during_then_on,
	a_restricted_rule_opens_for_its_study_with_its_threshold,
	values_are_shown_as_coarsely_as_the_strictest_rule_says,
	codes_below_a_rule_are_refused_when_the_site_knows_them,
	a_dataset_without_a_model_has_no_people, an_exception_that_ended_refuses_by_its_ceiling,
	gaussian_is_charged_in_rho_everywhere, laplace_is_charged_in_each_budget_s_own_unit,
	a_price_in_the_wrong_unit_is_refused)
