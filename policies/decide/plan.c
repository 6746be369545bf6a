#include "policies/decide/plan.h"

#include "crypto/account.h"
#include "policies/shapes.h"

static int choose_noise(struct plan *plan, struct error *err)
{
	struct noise_choice *n = &plan->noise;
	const struct sensitivity d = { plan->cells_a_person == 0 ? 1 : plan->cells_a_person, 1 };

	if (plan->gaussian == plan->in_epsilon)
		return error_set(err, E_STATE,
			SAY("The policy prices its noise in the wrong unit.",
				"策略的噪声计价单位有误。"),
			"gaussian noise is priced in rho, laplace noise in epsilon");
	*n = (struct noise_choice){ .gaussian = plan->gaussian, .s = 1, .cost_peps = UINT64_MAX };
	if (plan->gaussian)
		return account_gaussian(d, plan->amount, &n->t, &n->cost_prho, err);
	return account_laplace(d, plan->amount, &n->t, &n->s, &n->cost_peps, &n->cost_prho, err);
}

uint64_t charge_amount(const struct charge *c, uint64_t written)
{
	const struct budget *b = c->budget;

	if (!b->in_epsilon || c->in_epsilon)
		return written;
	return account_prho(
		written, b->delta_e18 == 0 ? DEFAULT_DELTA : (double)b->delta_e18 / 1e18);
}

/* Pure epsilon pays for Laplace only; every other pair is paid in rho. */
static void price_charge(const struct plan *plan, struct charge *c)
{
	c->in_epsilon = c->budget->in_epsilon && !plan->gaussian;
	c->cost = c->in_epsilon ? plan->noise.cost_peps : plan->noise.cost_prho;
	c->cap = c->in_epsilon ? c->budget->cap : c->budget->cap_prho;
}

int plan_price(struct plan *plan, struct error *err)
{
	if (choose_noise(plan, err) != 0)
		return -1;
	for (unsigned i = 0; i < plan->n_charges; i++) {
		if (plan->charges[i].budget == NULL)
			return error_set(err, E_STATE,
				SAY("A charge has no budget.", "有一项扣费没有对应预算。"),
				"charge %u has no budget", i);
		price_charge(plan, &plan->charges[i]);
	}
	return 0;
}

/* ---- paying ---- */

enum fit charge_fits(const struct charge *c, uint64_t spent, uint64_t questions)
{
	if (c->max_queries > 0 && questions >= (uint64_t)c->max_queries)
		return FIT_QUERIES;
	if (c->cost > c->cap || spent > c->cap - c->cost)
		return FIT_AMOUNT;
	return FITS;
}

struct say fit_say(enum fit f)
{
	switch (f) {
	case FITS:
		return SAY("the budget reaches", "预算足够");
	case FIT_QUERIES:
		return SAY("the number of questions this budget allows is used up",
			"该预算允许的查询次数已用完");
	case FIT_AMOUNT:
		break;
	}
	return SAY("the privacy budget left is smaller than the price of this question",
		"剩余隐私预算不足以支付此查询");
}

const char *budget_account(
	struct arena *a, const struct budget *b, const char *study, const char *requester)
{
	switch (b->scope) {
	case SCOPE_STUDY:
		return arena_textf(a, "study:%s", b->id);
	case SCOPE_DATASET:
		return arena_textf(a, "dataset:%s", b->id);
	case SCOPE_EACH_STUDY:
		return arena_textf(a, "each-study:%s", study);
	default:
		return arena_textf(a, "requester:%s", requester);
	}
}

const char *budget_for(struct arena *a, const struct budget *b)
{
	if (b->id == NULL)
		return words_scope[b->scope];
	return budget_account(a, b, "", "");
}
