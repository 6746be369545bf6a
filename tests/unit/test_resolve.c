/*
 * test_resolve.c - the whole cohort language on the columns of a red list that opens nearly everything: what a plan
 * looks at, for the event itself, for the one it stands in, for the index event.
 */
#include "tests/unit/rulings.h"

static struct arena policy_arena;
static struct diags policy_ds;
static struct policy *whole;

static void the_policy(void)
{
	if (whole != NULL)
		return;
	arena_init(&policy_arena, MAX_POLICY_ARENA);
	diags_init(&policy_ds, &policy_arena);
	ck_assert_int_eq(
		policy_read_folder("tests/corpus/whole", &policy_arena, &policy_ds, &whole), 0);
}

static const struct plan *plan_of(const char *cohort)
{
	struct text t;
	struct verdict v;

	the_policy();
	text_init(&t, 1 << 16);
	text_addf(&t, DM "cohort: {%s}\n", cohort);
	v = ruling_on(whole, question(text_str(&t)), NULL, NULL, false);
	ck_assert_msg(v.allow, "%s\n%s", v.first.say.en, cohort);
	text_clear(&t);
	return v.plan;
}

static void is(const struct column *c, const char *name)
{
	if (name == NULL)
		ck_assert_ptr_null(c);
	else
		ck_assert_str_eq(c == NULL ? "nothing" : c->column, name);
}

START_TEST(an_event_looks_at_no_more_than_it_asks_for)
{
	const struct criterion *c = plan_of("all: [{condition: [201826]}]")->root->children;

	is(c->concept, "condition_concept_id");
	is(c->start, "condition_start_date"); /* bounds its rows */
	ck_assert_int_eq(c->from, day("2018-01-01"));
	ck_assert_int_eq(c->to, day("2025-12-31"));
	is(c->end, NULL);
	is(c->id, NULL);
	is(c->visit, NULL);
	is(c->value, NULL);
	ck_assert(!c->inside && c->n_windows == 0 && c->with == NULL && c->attributes == NULL);
	ck_assert(c->ends_from == DAY_NONE && c->lasting_from == -1 && !c->has_times);
}
END_TEST

START_TEST(a_last_day_is_looked_at_by_whoever_asks_for_it)
{
	const struct plan *p = plan_of(
		"entry: [{condition: [201826]}, {drug: [1503297]}], all: [{visit: [9201], within: "
		"{from: 0 days, to: 30 days, to_on: end}, with: [{condition: [201826], within: "
		"{from: 0 days, to: 30 days, on: end, to_on: end}}]}]");
	const struct criterion *visit = p->root->children, *inner = visit->with->children;

	is(p->entry->end, "condition_end_date");
	is(p->entry->next->end, "drug_exposure_end_date");
	is(p->entry->next->end_days, "days_supply");
	is(visit->end, "visit_end_date");
	is(inner->end, "condition_end_date");
	ck_assert(!visit->windows[0].on_end && inner->windows[0].on_end);
}
END_TEST

START_TEST(an_index_event_ends_where_nobody_asks_by_its_first_day)
{
	const struct plan *p = plan_of(
		"entry: {condition: [201826]}, all: [{visit: [9201], within: {from: 0 days, "
		"to: 30 days, on: end}}]");

	is(p->entry->end, NULL);
	is(p->entry->start, "condition_start_date");
	is(p->entry->id, "condition_occurrence_id");
	is(p->root->children->end, "visit_end_date");
}
END_TEST

START_TEST(windows_and_nested_criteria_stay_in_observation_unless_they_say_no)
{
	const struct plan *p =
		plan_of("entry: {condition: [201826]}, all: [{drug: [1503297], within: "
			"{from: 0 days, to: 30 days}}]");

	ck_assert(p->root->children->inside && !p->entry->inside);
	is(p->observation.start, "observation_period_start_date");
	is(p->observation.end, "observation_period_end_date");
	ck_assert_int_eq(p->observation.before, -1);
	p = plan_of(
		"entry: {condition: [201826]}, all: [{drug: [1503297], within: {from: 0 days, to: "
		"30 days}, inside_observation: no}]");
	ck_assert(!p->root->children->inside);
	ck_assert_ptr_null(p->observation.table);
	p = plan_of("all: [{visit: [9201], with: [{condition: [201826]}]}]");
	ck_assert(!p->root->children->inside && p->root->children->with->children->inside);
	p = plan_of("entry: {condition: [201826]}, observed: {before: 360 days, after: 30 days}");
	ck_assert_int_eq(p->observation.before, 360);
	ck_assert_int_eq(p->observation.after, 30);
	ck_assert_ptr_nonnull(p->observation.table);
}
END_TEST

START_TEST(what_joins_visits_is_looked_at_on_both_sides)
{
	const struct plan *p =
		plan_of("entry: {condition: [201826]}, index: each, all: [{measurement: "
			"[3004410], same_visit: yes, with: [{procedure: [4000001], "
			"same_visit: yes}]}]");

	ck_assert_int_eq((int)p->index, (int)INDEX_EACH);
	is(p->entry->visit, "visit_occurrence_id");
	is(p->root->children->visit, "visit_occurrence_id");
	is(p->root->children->with->children->visit, "visit_occurrence_id");
}
END_TEST

START_TEST(properties_stand_on_their_columns_and_other_tables)
{
	const struct plan *p = plan_of("all: [{condition: [201826], type: [32817], visit: [9201], "
				       "provider: [38004446]}]");
	const struct plan_attribute *a = p->root->children->attributes;
	bool visits = false, providers = false;

	is(a->column, "condition_type_concept_id");
	ck_assert_ptr_null(a->other);
	a = a->next;
	ck_assert_int_eq((int)a->kind, (int)ATTR_VISIT);
	is(a->column, "visit_occurrence_id");
	is(a->other_id, "visit_occurrence_id");
	is(a->other_column, "visit_concept_id");
	a = a->next;
	is(a->column, "provider_id");
	is(a->other_column, "specialty_concept_id");
	ck_assert_ptr_null(a->next);
	for (unsigned i = 0; i < p->n_tables; i++) {
		visits = visits || strcmp(p->tables[i]->name, "cdm.visit_occurrence") == 0;
		providers = providers || strcmp(p->tables[i]->name, "cdm.provider") == 0;
	}
	ck_assert(visits && providers);
}
END_TEST

START_TEST(a_raw_number_is_clamped_as_the_measure_that_it_is)
{
	const struct criterion *c =
		plan_of("all: [{measurement: [3005673], value: {above: 7}}]")->root->children;

	ck_assert(c->has_value && c->clamped);
	ck_assert_int_eq(c->clamp_low, INT64_C(3000000000));
	c = plan_of("all: [{observation: [4000003], value: {above: 10}}]")->root->children;
	ck_assert(c->has_value && !c->clamped);
	is(c->value, "value_as_number");
}
END_TEST

START_TEST(codes_of_people_are_their_labels)
{
	const struct criterion *c =
		plan_of("all: [{race: [38003574, 8515, 8527]}]")->root->children;

	is(c->person, "race_concept_id");
	ck_assert_uint_eq(c->n_person_codes, 3);
	ck_assert(!c->others);
	ck_assert(plan_of("all: [{race: other}]")->root->children->others);
}
END_TEST

START_TEST(distinct_concepts_need_the_concept_and_nothing_to_look_for)
{
	const struct criterion *c =
		plan_of("all: [{drug: any, times: {at_least: 2, distinct: concept}}]")
			->root->children;

	is(c->concept, "drug_concept_id");
	ck_assert_uint_eq(c->n_codes, 0);
	ck_assert(c->has_times && c->times == 2 && c->distinct == DISTINCT_CONCEPTS);
}
END_TEST

/* A question by hand: what no reader lets through is no plan either. */
START_TEST(a_tree_that_no_reader_gives_is_refused)
{
	struct question *q =
		question(DM "cohort: {entry: {condition: [201826]}, all: [{drug: [1503297], "
			    "within: {from: 0 days, to: 30 days}}]}\n");
	struct part *drug = q->cohort.root->children;
	struct part before = *drug;

	the_policy();
	ck_assert(ruling_on(whole, q, NULL, NULL, true).allow);
	drug->n_windows = MAX_WINDOWS + 1;
	ck_assert(!ruling_on(whole, q, NULL, NULL, true).allow);
	*drug = before;
	drug->codes[0].concept = 0; /* neither a concept nor a text */
	ck_assert(!ruling_on(whole, q, NULL, NULL, true).allow);
	drug->codes[0].concept = 1503297;
	q->cohort.entry->has_times = true;
	ck_assert(!ruling_on(whole, q, NULL, NULL, true).allow);
	q->cohort.entry->has_times = false;
	q->cohort.index = (enum index_rule)9;
	ck_assert(!ruling_on(whole, q, NULL, NULL, true).allow);
	q->cohort.index = INDEX_FIRST;
	ck_assert(ruling_on(whole, q, NULL, NULL, true).allow);
}
END_TEST

UNIT_MAIN("resolve", an_event_looks_at_no_more_than_it_asks_for,
	a_last_day_is_looked_at_by_whoever_asks_for_it,
	an_index_event_ends_where_nobody_asks_by_its_first_day,
	windows_and_nested_criteria_stay_in_observation_unless_they_say_no,
	what_joins_visits_is_looked_at_on_both_sides,
	properties_stand_on_their_columns_and_other_tables,
	a_raw_number_is_clamped_as_the_measure_that_it_is, codes_of_people_are_their_labels,
	distinct_concepts_need_the_concept_and_nothing_to_look_for,
	a_tree_that_no_reader_gives_is_refused)
