#include "policies/decide/plan.h"

#include "crypto/account.h"
#include "policies/shapes.h"

uint64_t plan_most(const struct plan *plan, unsigned layer)
{
	/* people, sum of v, sum of v*v - floor(R*R/2): v is from -R to R */
	static const uint64_t mean[MEAN_LAYERS] = { 1, MEAN_RESOLUTION,
		(MEAN_RESOLUTION * MEAN_RESOLUTION + 1) / 2 };

	return plan->of.kind == KIND_MEAN && layer < MEAN_LAYERS ? mean[layer] : 1;
}

static int choose_layer(const struct plan *plan, unsigned layer, uint64_t amount,
	struct noise_choice *n, struct error *err)
{
	const struct sensitivity d = { plan->cells_a_person == 0 ? 1 : plan->cells_a_person,
		plan_most(plan, layer) };

	*n = (struct noise_choice){ .gaussian = plan->gaussian, .s = 1, .cost_peps = UINT64_MAX };
	if (plan->gaussian)
		return account_gaussian(d, amount, &n->t, &n->cost_prho, err);
	return account_laplace(d, amount, &n->t, &n->s, &n->cost_peps, &n->cost_prho, err);
}

/* Layers are answers of their own about the same people: their costs add up, in either currency. */
static int choose_noise(struct plan *plan, struct error *err)
{
	unsigned layers = plan_layers(plan);
	struct noise_choice n;

	if (plan->gaussian == plan->in_epsilon)
		return error_set(err, E_STATE,
			SAY("The policy prices its noise in the wrong unit.",
				"策略的噪声计价单位有误。"),
			"gaussian noise is priced in rho, laplace noise in epsilon");
	if (layers > MAX_LAYERS)
		return error_set(err, E_STATE,
			SAY("The answer has too many layers.", "答案的层数过多。"), "%u layers", layers);
	for (unsigned i = 0; i < layers; i++) {
		if (choose_layer(plan, i, plan->amount / layers, &n, err) != 0)
			return -1;
		if (i == 0) {
			plan->noise = n;
			continue;
		}
		plan->more[i - 1] = n;
		/* in epsilon each is at most its share, so the sum is at most the amount */
		if (n.cost_prho > UINT64_MAX - plan->noise.cost_prho)
			return error_set(err, E_INPUT,
				SAY("The privacy price is out of range.", "隐私开销超出范围。"),
				"the layers' charges have no sum");
		plan->noise.cost_prho += n.cost_prho;
		if (!plan->gaussian)
			plan->noise.cost_peps += n.cost_peps;
	}
	return 0;
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
