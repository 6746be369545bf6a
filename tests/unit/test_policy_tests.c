/*
 * test_policy_tests.c - tests.yaml: read with its places, decided with the budgets it names, and which rules the
 * examples reach.
 */
#include "tests/unit/rulings.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "policies/explain/rule_list.h"
#include "policies/explain/tests.h"

#define ASK(x)   "ask: {who: li@s1.example, study: DM, on: 2026-03-01, " x "}"
#define COUNT    ASK("kind: count")
#define ONE(x)   "tests:\n  - {name: one, " x "}\n"
#define ALLOW    ", expect: allow"
#define DENY(r)  ", expect: deny, rule: '" r "'"
#define SPENT(x) ", spent: {" x "}"

static struct policy *policy_of(const char *tests)
{
	const struct edit edit = { P_TESTS, NULL, tests };

	return policy_with(&edit, 1);
}

static struct test_outcome *outcomes_of(const struct policy *p, unsigned *n, unsigned *failed)
{
	struct test_outcome *all = NULL;
	struct error err;

	arena_clear(&ask_arena);
	arena_init(&ask_arena, MAX_POLICY_ARENA);
	OK(tests_run(p, &ask_arena, &all, n, failed, &err));
	return all;
}

/* The one test of a text: how it ended. */
static struct test_outcome outcome_of(const char *tests)
{
	struct policy *p = policy_of(tests);
	unsigned n = 0, failed = 0;
	struct test_outcome *all;

	ck_assert_msg(p != NULL, "%s: %s", tests, first_error());
	ck_assert_uint_eq(p->n_tests, 1);
	all = outcomes_of(p, &n, &failed);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(failed, all[0].passed ? 0 : 1);
	return all[0];
}

/* ---- reading ---- */

static const struct wrong {
	const char *text, *code;
	const char *at; /* the text begins so where the error is */
} wrongs[] = {
	{ "tests: 1\n", "P116", "1\n" },
	{ "test: []\ntests: []\n", "P111", "test: []" },
	{ ONE(COUNT), "P112", "{name" },
	{ ONE(COUNT ", expect: maybe"), "P113", "maybe" },
	{ ONE(COUNT ", expect: deny"), "P112", "one" },
	{ ONE(COUNT ", expect: deny, rule: 'code:hvi'"), "P351", "'code:hvi" },
	{ ONE(COUNT ALLOW ", rule: 'tighter:study:MH'"), "P351", "'tighter" },
	{ ONE(COUNT ", expect: deny, rule: 'budget:requester:nobody@s1.example'"), "P351",
		"'budget" },
	{ ONE(COUNT ALLOW SPENT("'study:XX': 1")), "P352", "'study:XX" },
	{ ONE(COUNT ALLOW SPENT("'study:DM': much")), "P117", "much" },
	{ ONE(COUNT ALLOW SPENT("'study:DM': -1")), "P117", "-1}" },
	{ ONE(COUNT ALLOW SPENT("'study:DM': {epsilon: 1}")), "P336", "epsilon" },
	{ ONE(COUNT ALLOW SPENT("'study:DM': {rho: 1, queries: -3}")), "P336", "queries" },
	{ ONE("ask: {who: li, study: DM, kind: count}" ALLOW), "P112", "ask" },
	{ ONE(ASK("kind: cuont") ALLOW), "Q107", "cuont" },
	{ ONE(ASK("kind: count, colour: red") ALLOW), "P111", "colour" },
	{ ONE(ASK("kind: count, cohort: {all: [{condition: x}]}") ALLOW), "Q105", "x}" },
	{ ONE(ASK("kind: count, cohort: {all: [{condition: any, colour: 1}]}") ALLOW), "Q103",
		"colour" },
	{ ONE(ASK("kind: count, group_by: [age]") ALLOW), "Q151", "age]" },
};

START_TEST(what_is_wrong_in_an_example_is_said_at_its_place)
{
	const struct wrong *w = &wrongs[_i];
	const struct policy *p = policy_of(w->text);
	const struct diag *d = diag_with(w->code);
	const char *at = strstr(w->text, w->at);
	unsigned line = 1, column = 1;

	ck_assert_ptr_nonnull(at);
	for (const char *c = w->text; c < at; c++) {
		column = *c == '\n' ? 1 : column + 1;
		line += *c == '\n';
	}
	ck_assert_msg(p == NULL, "%s", w->text);
	ck_assert_msg(d != NULL, "%s: %s", w->text, first_error());
	ck_assert_str_eq(d->at.file == NULL ? "" : d->at.file, "tests.yaml");
	ck_assert_msg(d->at.line == line && d->at.column == column, "%s: at %u:%u, not %u:%u: %s",
		w->text, d->at.line, d->at.column, line, column, d->en);
	ck_assert_msg(policy_ds.errors == 1, "%s: said %zu times", w->text, policy_ds.errors);
}
END_TEST

START_TEST(an_unknown_rule_is_met_with_the_nearest_one)
{
	ck_assert_ptr_null(policy_of(ONE(COUNT DENY("column:cdm.person.birth_datetine"))));
	ck_assert_ptr_nonnull(diag_with("P351"));
	ck_assert_ptr_nonnull(
		strstr(diag_with("P351")->en, "did you mean 'column:cdm.person.birth_datetime'?"));
}
END_TEST

START_TEST(a_policy_without_examples_has_none)
{
	struct policy *p = policy_with(NULL, 0);
	unsigned n = 9, failed = 9;

	ck_assert_ptr_nonnull(p);
	(void)outcomes_of(p, &n, &failed);
	ck_assert_uint_eq(n, 0);
	ck_assert_uint_eq(failed, 0);
}
END_TEST

START_TEST(examples_count_in_the_hash_of_the_policy)
{
	struct policy *p = policy_with(NULL, 0);
	struct hash32 without = p->hash;

	p = policy_of(ONE(COUNT ALLOW));
	ck_assert_ptr_nonnull(p);
	ck_assert(!hash32_equal(&without, &p->hash));
}
END_TEST

START_TEST(the_only_dataset_need_not_be_written)
{
	const struct policy *p = policy_of(ONE(COUNT ALLOW));

	ck_assert_ptr_nonnull(p);
	ck_assert_str_eq(p->tests[0].question->dataset, "omop");
	ck_assert_str_eq(p->tests[0].who, "li@s1.example");
	ck_assert_int_eq(p->tests[0].on, day("2026-03-01"));
}
END_TEST

START_TEST(a_test_may_name_sets_of_codes)
{
	const struct policy *p = policy_of(ONE(ASK("kind: count, sets: {dm: [201826+]}, cohort: "
						   "{all: [{condition: ['set:dm']}]}") ALLOW));

	ck_assert_msg(p != NULL, "%s", first_error());
	ck_assert_int_eq(p->tests[0].question->cohort.root->children->codes[0].concept, 201826);
}
END_TEST

START_TEST(the_day_of_asking_is_not_the_day_of_ages)
{
	const struct policy *p =
		policy_of(ONE(ASK("kind: count, group_by: [age], ages_on: 2025-06-30") ALLOW));

	ck_assert_msg(p != NULL, "%s", first_error());
	ck_assert_int_eq(p->tests[0].on, day("2026-03-01"));
	ck_assert_int_eq(p->tests[0].question->on, day("2025-06-30"));
	ck_assert_ptr_null(policy_of(ONE(ASK("kind: count, group_by: [age]") ALLOW)));
	ck_assert_ptr_nonnull(diag_with("P353"));
	ck_assert_ptr_nonnull(strstr(diag_with("P353")->en, "'ages_on'"));
}
END_TEST

/* ---- deciding ---- */

static const struct example {
	const char *text;
	bool passes;
	const char *got; /* NULL: allowed */
} examples[] = {
	{ ONE(COUNT ALLOW), true, NULL },
	{ ONE(COUNT ALLOW ", rule: 'study:DM'"), true, NULL },
	{ ONE(COUNT ALLOW ", rule: 'study:MH'"), false, NULL },
	{ ONE(COUNT DENY("code:hiv")), false, NULL },
	{ ONE(ASK("kind: count, group_by: [cdm.person.birth_datetime]")
			  DENY("column:cdm.person.birth_datetime")),
		true, "column:cdm.person.birth_datetime" },
	/* another reason is a failure */
	{ ONE(ASK("kind: count, group_by: [cdm.person.birth_datetime]") DENY("code:hiv")), false,
		"column:cdm.person.birth_datetime" },
	{ ONE(ASK("kind: count, group_by: [cdm.person.birth_datetime]") ALLOW), false,
		"column:cdm.person.birth_datetime" },
	{ "tests:\n  - {name: over, ask: {who: li@s1.example, study: DM, on: 2027-01-05, kind: "
	  "count}, expect: deny, rule: policy:valid}\n",
		true, "policy:valid" },
	{ ONE(ASK("kind: mean, of: hba1c") DENY("study:DM.kinds")), true, "study:DM.kinds" },
	/* budgets: rho 0.02381 a question of 1.2, of 0.8 and 9 questions, of epsilon 20 */
	{ ONE(COUNT ALLOW SPENT("'study:DM': 1.176")), true, NULL },
	{ ONE(COUNT DENY("budget:study:DM") SPENT("'study:DM': 1.1763")), true, "budget:study:DM" },
	{ ONE(COUNT ALLOW SPENT("each-requester: {rho: 0, queries: 8}")), true, NULL },
	{ ONE(COUNT DENY("budget:requester:li@s1.example")
			  SPENT("each-requester: {rho: 0, queries: 9}")),
		true, "budget:requester:li@s1.example" },
	{ ONE(COUNT DENY("budget:requester:li@s1.example")
			  SPENT("'requester:li@s1.example': {rho: 0.8}")),
		true, "budget:requester:li@s1.example" },
	{ ONE(COUNT DENY("budget:dataset:omop") SPENT("'dataset:omop': 20")), true,
		"budget:dataset:omop" },
	{ ONE(COUNT ALLOW SPENT("'dataset:omop': 19")), true, NULL },
	/* what was spent elsewhere, or by a question that is refused anyway, changes nothing */
	{ ONE(COUNT ALLOW SPENT("'study:MH': {queries: 0}")), true, NULL },
	{ ONE(ASK("kind: mean, of: hba1c") DENY("study:DM.kinds") SPENT("'study:DM': 1.2")), true,
		"study:DM.kinds" },
};

START_TEST(an_example_holds_only_with_the_expected_rule)
{
	const struct example *e = &examples[_i];
	struct test_outcome o;

	if (strstr(e->text, "study:MH': {") != NULL) {
		/* a budget for MH */
		const struct edit edits[] = { { P_TESTS, NULL, e->text },
			{ P_RELEASE, "budgets:\n",
				"budgets:\n  - {for: 'study:MH', rho: 0.1, period: "
				"2026-01-01..2026-12-31}\n" } };
		struct policy *p = policy_with(edits, 2);
		unsigned n, failed;

		ck_assert_msg(p != NULL, "%s", first_error());
		o = outcomes_of(p, &n, &failed)[0];
	} else {
		o = outcome_of(e->text);
	}
	ck_assert_msg(
		o.verdict.allow == (e->got == NULL), "%s: %s", e->text, o.verdict.first.say.en);
	if (e->got != NULL) {
		ck_assert_str_eq(o.verdict.first.rule, e->got);
		ck_assert(o.verdict.first.deny && o.verdict.plan == NULL);
		ck_assert(o.verdict.first.at.line > 0);
		ck_assert(o.verdict.first.say.en[0] != '\0' && o.verdict.first.say.zh[0] != '\0');
	}
	ck_assert_msg(o.passed == e->passes, "%s: %s", e->text, o.verdict.first.rule);
}
END_TEST

/* The agent's ledger decides by this too. */
START_TEST(a_charge_fits_up_to_its_cap_and_not_beyond)
{
	struct charge c = { .cost = 10, .cap = 100, .max_queries = 3 };

	ck_assert_int_eq(charge_fits(&c, 90, 2), FITS);
	ck_assert_int_eq(charge_fits(&c, 91, 2), FIT_AMOUNT);
	ck_assert_int_eq(charge_fits(&c, UINT64_MAX, 2), FIT_AMOUNT);
	ck_assert_int_eq(charge_fits(&c, 0, 3), FIT_QUERIES);
	c.cost = 101;
	ck_assert_int_eq(charge_fits(&c, 0, 0), FIT_AMOUNT);
	c.max_queries = 0;
	c.cost = 1;
	ck_assert_int_eq(charge_fits(&c, 0, UINT64_MAX), FITS);
}
END_TEST

START_TEST(what_was_spent_is_converted_as_the_cap_is)
{
	struct budget b = { .in_epsilon = true };
	struct charge c = { .budget = &b, .in_epsilon = true };
	uint64_t twenty = 20 * ACCOUNT_ONE;

	ck_assert_uint_eq(charge_amount(&c, twenty), twenty);
	c.in_epsilon = false; /* gaussian noise: charged in rho */
	ck_assert_uint_eq(charge_amount(&c, twenty), account_prho(twenty, 1e-6));
	ck_assert_uint_ne(charge_amount(&c, twenty), twenty);
	b.delta_e18 = 1000; /* 1e-15 */
	ck_assert_uint_eq(charge_amount(&c, twenty), account_prho(twenty, 1e-15));
	b.in_epsilon = false;
	ck_assert_uint_eq(charge_amount(&c, twenty), twenty);
}
END_TEST

/* ---- rules ---- */

static struct policy_rule *rules_of(const struct policy *p, unsigned *n)
{
	struct policy_rule *rules = NULL;
	struct error err;

	OK(rule_list(p, &policy_arena, &rules, n, &err));
	return rules;
}

static bool reaches(const struct policy *p, const char *rule)
{
	unsigned n = 0, count = 0, failed = 0;
	struct policy_rule *rules = rules_of(p, &n);
	struct test_outcome *all = outcomes_of(p, &count, &failed);
	bool *reached = arena_array(&policy_arena, n, sizeof(*reached)), found = false;

	for (unsigned i = 0; i < count; i++)
		rule_list_reached(p, all[i].test->question, &all[i].verdict, rules, n, reached);
	for (unsigned i = 0; i < n; i++)
		if (strcmp(rules[i].id, rule) == 0) {
			found = true;
			if (reached[i])
				return true;
		}
	ck_assert_msg(found, "there is no rule %s", rule);
	return false;
}

START_TEST(every_rule_has_its_place_and_they_come_in_its_order)
{
	struct policy *p = policy_with(NULL, 0);
	unsigned n = 0;
	struct policy_rule *rules = rules_of(p, &n);

	ck_assert_uint_gt(n, 50);
	for (unsigned i = 0; i < n; i++) {
		ck_assert_msg(rules[i].at.file != NULL && rules[i].at.line > 0, "%s has no place",
			rules[i].id);
		ck_assert(strlen(rules[i].id) <= MAX_RULE);
		if (i > 0 && strcmp(rules[i - 1].at.file, rules[i].at.file) == 0)
			ck_assert_uint_le(rules[i - 1].at.line, rules[i].at.line);
	}
}
END_TEST

/* Whatever a question of the shadow table is refused by can be expected by an example. */
START_TEST(every_rule_of_a_decision_is_known)
{
	static const char *const known[] = { "policy:valid", "default:not-listed", "study:DM.valid",
		"study:DM.requesters", "study:DM.kinds", "study:DM.datasets", "study:DM.may_use",
		"role:viewer", "column:cdm.person.birth_datetime", "measure:hba1c", "code:hiv",
		"kind:count", "kind:count.group_by", "kind:count.filters", "release:noise",
		"kind:count.max_cells", "cohort:compose", "cohort:compose.criteria",
		"cohort:compose.depth", "release:min_sites", "release:secure_aggregation",
		"budget:study:DM", "budget:dataset:omop", "budget:requester:li@s1.example",
		"budget:none" };
	static const char *const unknown[] = { "", "column:cdm.person.race", "kind:survival",
		"drift:cdm.person", "internal:error", "budget:each-requester",
		"budget:requester:x@s1.example", "tighter:study:MH", "study:XX" };
	struct policy *p = policy_with(NULL, 0);
	unsigned n = 0;
	struct policy_rule *rules = rules_of(p, &n);

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		ck_assert_msg(rule_known(p, rules, n, known[i]), "%s", known[i]);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		ck_assert_msg(!rule_known(p, rules, n, unknown[i]), "%s", unknown[i]);
}
END_TEST

START_TEST(a_refusal_reaches_the_rule_that_decided_and_no_other)
{
	const char *text = ONE(ASK("kind: count, group_by: [cdm.person.birth_datetime]")
			DENY("column:cdm.person.birth_datetime"));
	struct policy *p = policy_of(text);

	ck_assert(reaches(p, "column:cdm.person.birth_datetime"));
	ck_assert(!reaches(p, "column:cdm.person.year_of_birth"));
	ck_assert(!reaches(p, "study:DM"));
	ck_assert(!reaches(p, "policy:valid"));
	p = policy_of(ONE(ASK("kind: mean, of: hba1c") DENY("study:DM.kinds")));
	ck_assert(reaches(p, "study:DM.kinds"));
	ck_assert(!reaches(p, "kind:mean"));
}
END_TEST

START_TEST(an_allowed_question_reaches_what_its_plan_was_held_to)
{
	static const char *const held[] = { "policy:valid", "study:DM", "study:DM.may_use",
		"role:analyst", "kind:count", "kind:count.max_cells", "cohort:compose",
		"cohort:compose.depth", "measure:hba1c", "column:cdm.measurement.value_as_number",
		"column:cdm.measurement.measurement_date", "column:cdm.person.gender_concept_id",
		"column:cdm.person.person_id", "code:hiv", "release:min_patients",
		"tighter:measure:hba1c", "budget:study:DM", "budget:each-requester",
		"budget:dataset:omop" };
	static const char *const not_held[] = { "study:MH", "role:viewer", "kind:histogram",
		"column:cdm.person.birth_datetime", "column:cdm.drug_exposure.drug_concept_id",
		"measure:glucose", "tighter:study:MH" };
	const char *text = ONE(ASK("kind: count, group_by: [sex], cohort: {all: [{measure: hba1c, "
				   "value: {at_least: 7}}]}") ALLOW);
	struct policy *p = policy_of(text);

	ck_assert_msg(p != NULL, "%s", first_error());
	for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		ck_assert_msg(reaches(p, held[i]), "%s", held[i]);
	for (size_t i = 0; i < sizeof(not_held) / sizeof(not_held[0]); i++)
		ck_assert_msg(!reaches(p, not_held[i]), "%s", not_held[i]);
}
END_TEST

/* ---- what is shipped, and what the format's description shows ---- */

static const char *const shipped[] = { "omop-hospital", "cn-hospital", "eu-hospital",
	"us-hospital", "cn-his", "i2b2-hospital" };

START_TEST(the_shipped_examples_pass)
{
	char path[64];
	unsigned n = 0, failed = 0;
	struct policy *p = NULL;
	struct test_outcome *all;

	snprintf(path, sizeof(path), "policies/examples/%s", shipped[_i]);
	policy_fresh();
	ck_assert_msg(policy_read_folder(path, &policy_arena, &policy_ds, &p) == 0, "%s: %s", path,
		first_error());
	all = outcomes_of(p, &n, &failed);
	ck_assert_uint_ge(n, _i == 0 ? 12 : 4);
	for (unsigned i = 0; i < n; i++)
		ck_assert_msg(all[i].passed, "%s: %s: %s: %s", path, all[i].test->name.en,
			all[i].verdict.first.rule, all[i].verdict.first.say.en);
	ck_assert_uint_eq(failed, 0);
}
END_TEST

START_TEST(the_example_of_the_format_is_read)
{
	const char *path = "../shared/policy-example/tests.yaml";
	struct error err;
	uint8_t *bytes = NULL;
	size_t len = 0;
	char *text;

	if (file_read(path, MAX_FILE_BYTES, &bytes, &len, &err) != 0) {
		puts("skipped: no example of the format beside the project");
		return;
	}
	text = strndup((const char *)bytes, len);
	free(bytes);
	(void)policy_of(text);
	for (size_t i = 0; i < policy_ds.count; i++)
		ck_assert_msg(policy_ds.list[i].level != DIAG_ERROR, "%s: %s",
			policy_ds.list[i].code, policy_ds.list[i].en);
	free(text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("policy tests");
	TCase *c = tcase_create("policy tests");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, c);
	tcase_add_loop_test(c, what_is_wrong_in_an_example_is_said_at_its_place, 0,
		sizeof(wrongs) / sizeof(wrongs[0]));
	tcase_add_loop_test(c, an_example_holds_only_with_the_expected_rule, 0,
		sizeof(examples) / sizeof(examples[0]));
	tcase_add_test(c, an_unknown_rule_is_met_with_the_nearest_one);
	tcase_add_test(c, a_policy_without_examples_has_none);
	tcase_add_test(c, examples_count_in_the_hash_of_the_policy);
	tcase_add_test(c, the_only_dataset_need_not_be_written);
	tcase_add_test(c, a_test_may_name_sets_of_codes);
	tcase_add_test(c, the_day_of_asking_is_not_the_day_of_ages);
	tcase_add_test(c, a_charge_fits_up_to_its_cap_and_not_beyond);
	tcase_add_test(c, what_was_spent_is_converted_as_the_cap_is);
	tcase_add_test(c, every_rule_has_its_place_and_they_come_in_its_order);
	tcase_add_test(c, every_rule_of_a_decision_is_known);
	tcase_add_test(c, a_refusal_reaches_the_rule_that_decided_and_no_other);
	tcase_add_test(c, an_allowed_question_reaches_what_its_plan_was_held_to);
	tcase_add_loop_test(c, the_shipped_examples_pass, 0, sizeof(shipped) / sizeof(shipped[0]));
	tcase_add_test(c, the_example_of_the_format_is_read);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
