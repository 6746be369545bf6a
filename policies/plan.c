#include "policies/plan.h"

#include "crypto/account.h"

#define DEFAULT_DELTA 1e-6

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
	return account_laplace(
		d, plan->amount, &n->t, &n->s, &n->cost_peps, &n->cost_prho, err);
}

/* Pure epsilon pays for Laplace only; every other pair is paid in rho. */
static void price_charge(const struct plan *plan, struct charge *c)
{
	const struct budget *b = c->budget;

	c->in_epsilon = b->in_epsilon && !plan->gaussian;
	c->cost = c->in_epsilon ? plan->noise.cost_peps : plan->noise.cost_prho;
	c->cap = b->cap;
	if (b->in_epsilon && !c->in_epsilon)
		c->cap = account_prho(
			b->cap, b->delta_e18 == 0 ? DEFAULT_DELTA : (double)b->delta_e18 / 1e18);
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
