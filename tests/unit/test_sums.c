/*
 * test_sums.c - questions in mode secure: what is decided, what noise the plan wants of the sum, what a share of it costs.
 */
#include "tests/unit/kinds.h"

static struct error err;

/* A policy without noise, whose budgets count questions. */
static const struct edit exact[] = {
	{ P_RELEASE, "noise: gaussian, rho: 0.0244", "noise: off, dominance: [2, 0.90]" },
	{ P_RELEASE, "  - {for: 'study:MH', rho: 0.01}\n", "" },
	{ P_RELEASE, "'study:DM', rho: 1.2", "'study:DM', rho: 1.2, queries: 20" },
	{ P_RELEASE, "epsilon: 20, delta: 1e-6", "epsilon: 20, delta: 1e-6, queries: 50" },
};
enum {
	EXACT = sizeof(exact) / sizeof(exact[0])
};

static const struct edit laplace[] = { { P_RELEASE, "noise: gaussian, rho: 0.0244",
					       "noise: laplace, epsilon: 0.5" },
	{ P_RELEASE, "'study:MH', rho: 0.01", "'study:MH', epsilon: 0.1" } };

static struct verdict ruled(const struct edit *edits, unsigned n, const char *text)
{
	struct policy *p = kinds_with(edits, n);

	ck_assert_msg(p != NULL, "%s", first_error());
	return ruling_on(p, question(text), NULL, NULL, false);
}

static struct plan *planned(const struct edit *edits, unsigned n, const char *text)
{
	struct verdict v = ruled(edits, n, text);

	ck_assert_msg(v.allow, "%s: %s", v.first.rule, v.first.say.en);
	return v.plan;
}

static void refused(
	const struct edit *edits, unsigned n, const char *text, const char *rule, const char *says)
{
	struct verdict v = ruled(edits, n, text);

	ck_assert_msg(!v.allow, "%s is answered", text);
	ck_assert_str_eq(v.first.rule, rule);
	ck_assert_msg(strstr(v.first.say.en, says) != NULL, "%s", v.first.say.en);
	ck_assert(v.first.say.zh[0] != '\0' && v.first.outside.en[0] != '\0' &&
		  v.first.outside.zh[0] != '\0');
}

/* What a gateway would make of what this plan wants. */
static struct shared_noise sum_of(const struct plan *plan, uint64_t sites, uint64_t honest)
{
	struct shared_ask ask = { .law = plan->exact      ? SHARED_NONE
					 : plan->gaussian ? SHARED_GAUSSIAN
							  : SHARED_LAPLACE,
		.sites = sites,
		.honest = honest,
		.n_cells = plan->n_cells,
		.n_layers = plan_layers(plan) };
	struct shared_noise n;

	for (unsigned i = 0; i < plan_layers(plan); i++) {
		ask.least[i].t = plan_noise(plan, i)->t;
		ask.least[i].s = plan_noise(plan, i)->s;
		ask.bound[i] = plan_bound(plan, i);
	}
	OK(shared_noise_choose(&ask, &n, &err));
	return n;
}

#define SECURE "mode: secure\n"

static const struct {
	const char *question;
	unsigned words;
} kinds[] = {
	{ DM SECURE, 1 },
	{ HIST SECURE "of: sex\n", 3 },
	{ Q_OF("crosstab") SECURE "group_by: [sex, age]\non: 2025-01-01\n", 15 },
	{ Q_OF("mean") SECURE "of: hba1c\n", 3 },
	{ Q_OF("quantile") SECURE "of: hba1c\n", 64 },
	{ Q_OF("survival") SECURE
		"cohort: {entry: {condition: [201826]}}\nevent: {death: any}\nstep: 6 months\n",
		20 },
	{ Q_OF("attrition") SECURE "cohort: {all: [{sex: 女}]}\n", 2 },
};

START_TEST(every_kind_has_a_plan_that_pays_at_most_its_price)
{
	struct plan *p = planned(NULL, 0, kinds[_i].question);
	uint64_t before = p->noise.cost_prho;
	struct shared_noise n = sum_of(p, 10, 7);

	ck_assert(p->secure && !p->exact);
	ck_assert_uint_eq(p->shared.n_layers, 0);
	if (kinds[_i].words > 0)
		ck_assert_uint_eq(plan_words(p), kinds[_i].words);
	ck_assert_uint_le(before, p->amount);
	OK(plan_share(p, &n, &err));
	ck_assert_uint_le(p->noise.cost_prho, before);
	ck_assert_uint_ge(p->noise.cost_prho, before * 9 / 10);
	ck_assert_uint_eq(shared_noise_words(&p->shared), plan_words(p));
	for (unsigned i = 0; i < p->n_charges; i++)
		ck_assert_uint_eq(p->charges[i].cost, p->noise.cost_prho);
}
END_TEST

START_TEST(a_count_over_ten_sites_has_the_shares_and_the_price_of_the_table)
{
	struct plan *p = planned(NULL, 0, DM SECURE);
	struct shared_noise n = sum_of(p, 10, 7);

	ck_assert_uint_eq(p->noise.t, 21);
	ck_assert_uint_eq(
		p->noise.cost_prho, UINT64_C(23809523811)); /* the unit is what a sum costs more */
	OK(plan_share(p, &n, &err));
	ck_assert_uint_eq(p->shared.layers[0].lattice, 2);
	ck_assert_uint_eq(p->shared.layers[0].t, 12);
	ck_assert_uint_eq(p->noise.cost_prho, UINT64_C(23809523811)); /* 4 / (2 * 7 * 12) */
}
END_TEST

/* A price that the variance would use up to the last unit leaves none for tau: one more of variance. */
START_TEST(what_a_sum_costs_more_is_left_aside_before)
{
	static const struct edit tight = { P_RELEASE, "rho: 0.0244", "rho: 0.02" };
	struct plan *p = planned(&tight, 1, DM SECURE);
	struct shared_noise n = sum_of(p, 3, 3);

	ck_assert_uint_eq(p->noise.t, 26); /* 25 would cost 0.02 and a unit */
	OK(plan_share(p, &n, &err));
	ck_assert_uint_le(p->noise.cost_prho, p->amount);
	p = planned(&tight, 1, DM);
	ck_assert_uint_eq(p->noise.t, 25);
}
END_TEST

START_TEST(noise_that_is_weaker_or_of_other_numbers_is_refused)
{
	struct plan *p = planned(NULL, 0, HIST SECURE "of: sex\n");
	const struct plan before = *p;
	struct shared_noise good = sum_of(p, 10, 7), n;

	for (int i = 0; i < 7; i++) {
		n = good;
		switch (i) {
		case 0:
			n.layers[0].t--;
			break;
		case 1:
			n.honest--; /* charged for fewer */
			break;
		case 2:
			n.layers[0].lattice++;
			break;
		case 3:
			n.n_cells--;
			break;
		case 4:
			n.layers[0].bound--;
			break;
		case 5:
			n = (struct shared_noise){ SHARED_NONE, 10, 7, 3, 1,
				{ { 1, 0, 1, n.layers[0].bound } } };
			break;
		default:
			n = (struct shared_noise){ SHARED_LAPLACE, 10, 7, 3, 1,
				{ { 1, 1000, 1, n.layers[0].bound } } };
			break;
		}
		FAILS(plan_share(p, &n, &err), E_DENIED);
		ck_assert_mem_eq(p, &before, sizeof(before));
	}
	n = good;
	n.layers[0].t = 3;
	FAILS(plan_share(p, &n, &err), E_INPUT);
	n = good;
	n.layers[0].t++;
	OK(plan_share(p, &n, &err)); /* more than asked for */
	p = planned(NULL, 0, HIST "of: sex\n");
	FAILS(plan_share(p, &good, &err), E_STATE);
	ck_assert(!p->secure);
}
END_TEST

START_TEST(laplace_shares_are_paid_in_epsilon)
{
	struct plan *p = planned(laplace, 2, DM SECURE);
	struct shared_noise n = sum_of(p, 10, 7);

	OK(plan_share(p, &n, &err));
	ck_assert_uint_eq(p->shared.law, SHARED_LAPLACE);
	ck_assert_uint_eq(p->noise.cost_peps, UINT64_C(500000000000));
	ck_assert(p->charges[2].in_epsilon);
	ck_assert_uint_eq(p->charges[2].cost, UINT64_C(500000000000));
	n.layers[0].t = 3;
	OK(plan_share(p, &n, &err));
	n.layers[0].t = 1;
	FAILS(plan_share(p, &n, &err), E_DENIED);
}
END_TEST

START_TEST(laplace_noise_that_sites_cannot_share_is_refused)
{
	static const struct edit little[] = { { P_RELEASE, "noise: gaussian, rho: 0.0244",
						      "noise: laplace, epsilon: 0.01" },
		{ P_RELEASE, "'study:MH', rho: 0.01", "'study:MH', epsilon: 0.01" } };

	/* the sum of squares has a scale of 5000 * 3 / 0.01 */
	refused(little, 2, Q_OF("mean") SECURE "of: hba1c\n", "release:noise",
		"more noise than there is");
	planned(little, 2, Q_OF("mean") "of: hba1c\n");
	planned(little, 2, DM SECURE);
}
END_TEST

/* --- without noise ---------------------------------------------------------------------------- */

START_TEST(without_noise_people_are_counted_in_sums_alone)
{
	struct plan *p = planned(exact, EXACT, DM SECURE);
	struct shared_noise n = sum_of(p, 10, 7);

	ck_assert(p->secure && p->exact);
	ck_assert(p->noise.cost_prho == UINT64_MAX && p->noise.cost_peps == UINT64_MAX);
	OK(plan_share(p, &n, &err));
	ck_assert_uint_eq(p->shared.law, SHARED_NONE);
	refused(exact, EXACT, DM, "release:noise", "mode secure");
	refused(exact, EXACT, Q_OF("mean") SECURE "of: hba1c\n", "release:noise", "only people");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strstr(kinds[i].question, "mean") == NULL)
			ck_assert(planned(exact, EXACT, kinds[i].question)->exact);
}
END_TEST

/* Its number is not bounded by any amount; but other sites' noise is welcome. */
START_TEST(sums_without_noise_are_paid_by_the_question)
{
	struct plan *p = planned(exact, EXACT, DM SECURE);
	struct shared_noise noisy = { SHARED_GAUSSIAN, 10, 7, 1, 1,
		{ { 2, 12, 1, plan_bound(p, 0) } } };

	ck_assert_uint_eq(p->n_charges, 3);
	for (unsigned i = 0; i < 3; i++) {
		const struct charge *c = &p->charges[i];

		ck_assert_int_eq(charge_fits(c, UINT64_MAX, 8), FITS);
		ck_assert_int_eq(charge_fits(c, 0, (uint64_t)c->max_queries), FIT_QUERIES);
	}
	OK(plan_share(p, &noisy, &err));
	ck_assert_uint_eq(p->noise.cost_prho, UINT64_C(23809523811));
	ck_assert_int_eq(charge_fits(&p->charges[0], UINT64_MAX, 8), FITS);
}
END_TEST

START_TEST(without_noise_every_budget_counts_questions)
{
	refused(exact, EXACT - 1, DM SECURE, "budget:dataset:omop", "queries");
	struct edit edits[EXACT - 1];

	memcpy(edits, exact, sizeof(edits));
	edits[2] = exact[3];
	refused(edits, EXACT - 1, DM SECURE, "budget:study:DM", "queries");
}
END_TEST

START_TEST(without_noise_cells_are_large_enough_for_the_dominance_rule)
{
	struct edit edits[EXACT + 1];

	memcpy(edits, exact, sizeof(exact));
	edits[EXACT] = (struct edit){ P_RELEASE, "[2, 0.90]", "[3, 0.30]" };
	planned(edits, EXACT + 1, DM SECURE); /* 3 of 10 */
	edits[EXACT] = (struct edit){ P_RELEASE, "[2, 0.90]", "[3, 0.29]" };
	refused(edits, EXACT + 1, DM SECURE, "release:noise", "would have to be 11");
}
END_TEST

START_TEST(a_site_that_takes_part_in_no_sums_refuses_by_name)
{
	static const struct edit off = { P_RELEASE, "aggregation: preferred", "aggregation: off" };
	static const struct edit needs[] = { { P_RELEASE, "aggregation: preferred",
						     "aggregation: required" },
		{ P_RELEASE, "min_sites: 1", "min_sites: 5" } };

	refused(&off, 1, DM SECURE, "release:secure_aggregation", "no part in sums");
	refused(needs, 1, DM, "release:secure_aggregation", "required");
	ck_assert_int_eq(planned(needs, 2, DM SECURE)->min_sites, 5);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_count_over_ten_sites_has_the_shares_and_the_price_of_the_table,
		what_a_sum_costs_more_is_left_aside_before,
		noise_that_is_weaker_or_of_other_numbers_is_refused,
		laplace_shares_are_paid_in_epsilon,
		laplace_noise_that_sites_cannot_share_is_refused,
		without_noise_people_are_counted_in_sums_alone,
		sums_without_noise_are_paid_by_the_question,
		without_noise_every_budget_counts_questions,
		without_noise_cells_are_large_enough_for_the_dominance_rule,
		a_site_that_takes_part_in_no_sums_refuses_by_name,
	};
	Suite *s = suite_create("sums");
	TCase *c = tcase_create("sums");

	tcase_add_loop_test(c, every_kind_has_a_plan_that_pays_at_most_its_price, 0,
		(int)(sizeof(kinds) / sizeof(kinds[0])));
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(c, tests[i]);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
