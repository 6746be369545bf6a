#include "policies/explain/tests.h"

#include <string.h>

#include "crypto/account.h"
#include "policies/say.h"

/* Question by question, each as if it were the first of its day. */

/* ---- budgets ---- */

static uint64_t sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static enum fit fit(const struct policy_test *t, const struct charge *c, uint64_t *spent)
{
	uint64_t questions = 0;

	*spent = 0;
	for (unsigned i = 0; i < t->n_spent; i++) {
		const struct test_spent *s = &t->spent[i];

		if (strcmp(s->account, c->account) != 0)
			continue;
		*spent = sum(*spent, charge_amount(c, s->amount));
		questions = sum(questions, (uint64_t)s->queries);
	}
	return charge_fits(c, *spent, questions);
}

static struct say exhausted(struct arena *a, const struct charge *c, enum fit f, uint64_t spent)
{
	const char *unit = c->in_epsilon ? "epsilon" : "rho";
	char used[32], cap[32], cost[32];

	if (f == FIT_QUERIES)
		return say_make(a, "The budget of %s allows %lld questions, and they are used up.",
			"%s 的预算允许查询 %lld 次，次数已用完。", c->account,
			(long long)c->max_queries);
	return say_make(a,
		"The budget of %s does not reach: of %s %s, %s is spent, and the question costs "
		"%s.",
		"%s 的预算不足：总额 %s %s，已消耗 %s，此查询需 %s。", c->account, unit,
		account_text(c->cap, 0, cap, sizeof(cap)),
		account_text(spent, 1, used, sizeof(used)),
		account_text(c->cost, 1, cost, sizeof(cost)));
}

/* An allowed question whose budgets do not reach is refused, as the agent's ledger would. */
static int pay(const struct policy_test *t, struct arena *a, struct verdict *v, struct error *err)
{
	for (unsigned i = 0; i < v->plan->n_charges; i++) {
		const struct charge *c = &v->plan->charges[i];
		uint64_t spent;
		enum fit f = fit(t, c, &spent);
		struct finding *refusal;

		if (f == FITS)
			continue;
		refusal = arena_alloc(a, sizeof(*refusal));
		if (refusal == NULL)
			return error_memory(err);
		*refusal = (struct finding){ .deny = true,
			.check = CHECK_BUDGET,
			.rule = arena_textf(a, "budget:%s", c->account),
			.at = c->at,
			.asked_at = t->question->study_at,
			.say = exhausted(a, c, f, spent),
			.outside = fit_say(f) };
		if (refusal->rule == NULL || say_failed(refusal->say))
			return error_memory(err);
		*v = (struct verdict){ .first = *refusal, .chain = refusal, .n_chain = 1 };
		return 0;
	}
	return 0;
}

/* ---- one test ---- */

static bool as_expected(const struct policy_test *t, const struct verdict *v)
{
	return v->allow == t->allow && (t->rule == NULL || strcmp(t->rule, v->first.rule) == 0);
}

static int run(const struct policy *p, const struct policy_test *t, struct arena *a,
	struct test_outcome *out, struct error *err)
{
	const struct asking who = { .requester = t->who, .today = t->on };

	out->test = t;
	if (decide(p, t->question, &who, a, &out->verdict, err) != 0)
		return -1;
	if (out->verdict.allow && pay(t, a, &out->verdict, err) != 0)
		return -1;
	out->passed = as_expected(t, &out->verdict);
	return 0;
}

int tests_run(const struct policy *p, struct arena *arena, struct test_outcome **out, unsigned *n,
	unsigned *failed, struct error *err)
{
	struct test_outcome *all = arena_array(arena, p->n_tests, sizeof(*all));
	unsigned bad = 0;

	if (all == NULL)
		return error_memory(err);
	for (unsigned i = 0; i < p->n_tests; i++) {
		if (run(p, &p->tests[i], arena, &all[i], err) != 0)
			return -1;
		bad += !all[i].passed;
	}
	*out = all;
	*n = p->n_tests;
	*failed = bad;
	return 0;
}
