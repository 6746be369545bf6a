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

uint64_t plan_bound(const struct plan *plan, unsigned layer)
{
	return (uint64_t)MAX_SUM_PEOPLE * plan_most(plan, layer);
}

static struct sensitivity sensitivity_of(const struct plan *plan, unsigned layer)
{
	const struct sensitivity d = { plan->cells_a_person == 0 ? 1 : plan->cells_a_person,
		plan_most(plan, layer) };

	return d;
}

/* The sum of the honest sites' Gaussian shares costs a little more than one Gaussian. */
static int choose_gaussian(const struct plan *plan, struct sensitivity d, uint64_t amount,
	struct noise_choice *n, struct error *err)
{
	uint64_t tau = plan->secure ? shared_noise_tau(d, amount) : 0;

	if (account_gaussian(d, amount > tau ? amount - tau : 0, &n->t, &n->cost_prho, err) != 0)
		return -1;
	n->cost_prho += plan->secure ? shared_noise_tau(d, n->cost_prho) : 0;
	return 0;
}

static int choose_layer(const struct plan *plan, unsigned layer, uint64_t amount,
	struct noise_choice *n, struct error *err)
{
	const struct sensitivity d = sensitivity_of(plan, layer);

	*n = (struct noise_choice){
		.gaussian = plan->gaussian, .t = 1, .s = 1, .cost_peps = UINT64_MAX
	};
	if (plan->exact) {
		n->cost_prho = UINT64_MAX;
		return 0;
	}
	if (plan->gaussian)
		return choose_gaussian(plan, d, amount, n, err);
	if (account_laplace(d, amount, &n->t, &n->s, &n->cost_peps, &n->cost_prho, err) != 0)
		return -1;
	if (plan->secure && n->t / n->s >= SHARED_MAX_SCALE)
		return error_set(err, E_INPUT,
			SAY("Sites cannot share Laplace noise this wide.",
				"各医院无法共同生成如此宽的拉普拉斯噪声。"),
			"a scale that Polya shares do not have");
	return 0;
}

/* Layers are answers of their own about the same people: their costs add up, in either currency. */
static int choose_noise(struct plan *plan, struct error *err)
{
	unsigned layers = plan_layers(plan);
	struct noise_choice n;

	if (plan->gaussian == plan->in_epsilon && !plan->exact)
		return error_set(err, E_STATE,
			SAY("The policy prices its noise in the wrong unit.",
				"策略的噪声计价单位有误。"),
			"gaussian noise is priced in rho, laplace noise in epsilon");
	if (layers > MAX_LAYERS)
		return error_set(err, E_STATE,
			SAY("The answer has too many layers.", "答案的层数过多。"), "%u layers",
			layers);
	for (unsigned i = 0; i < layers; i++) {
		if (choose_layer(plan, i, plan->amount / layers, &n, err) != 0)
			return -1;
		if (i == 0) {
			plan->noise = n;
			continue;
		}
		plan->more[i - 1] = n;
		/* in epsilon each is at most its share, so the sum is at most the amount */
		if (plan->exact)
			continue;
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
	c->exact = plan->exact;
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

/* ---- sums over sites ---- */

static int weaker(const char *what, struct error *err)
{
	return error_set(err, E_DENIED,
		SAY("This sum's noise is not what this site's policy asks for.",
			"该求和的噪声不符合本院策略的要求。"),
		"the noise of the sum: %s", what);
}

static bool same_numbers(const struct plan *plan, const struct shared_noise *n)
{
	if (n->n_cells != plan->n_cells || n->n_layers != plan_layers(plan))
		return false;
	for (unsigned i = 0; i < n->n_layers; i++)
		if (n->layers[i].bound != plan_bound(plan, i))
			return false;
	return true;
}

/* More noise than asked for is welcome, and of exact sums any. */
static bool law_fits(const struct plan *plan, const struct shared_noise *n)
{
	if (plan->exact)
		return true;
	return n->law == (plan->gaussian ? SHARED_GAUSSIAN : SHARED_LAPLACE);
}

int plan_share(struct plan *plan, const struct shared_noise *n, struct error *err)
{
	struct sensitivity of[MAX_LAYERS] = { 0 };
	uint64_t prho, peps;

	if (!plan->secure || plan_layers(plan) > MAX_LAYERS)
		return error_set(err, E_STATE,
			SAY("This is not a sum over sites.", "并非跨院求和。"),
			"plan_share() of a plan in mode noised");
	if (shared_noise_check(n, err) != 0)
		return -1;
	if (!law_fits(plan, n) || !same_numbers(plan, n))
		return weaker("another law or layout", err);
	/* a person is one bucket, so there is nothing finer that noise could be made of */
	if (plan->of.kind == KIND_DISTINCT && (n->law == SHARED_NONE || n->layers[0].lattice != 1))
		return weaker("none, or on a lattice, for a count of distinct people", err);
	for (unsigned i = 0; i < plan_layers(plan); i++)
		of[i] = sensitivity_of(plan, i);
	shared_noise_charge(n, of, &prho, &peps);
	if (prho > plan->noise.cost_prho || peps > plan->noise.cost_peps)
		return weaker("weaker", err);
	plan->noise.cost_prho = prho;
	plan->noise.cost_peps = peps;
	for (unsigned i = 0; i < plan->n_charges; i++)
		price_charge(plan, &plan->charges[i]);
	plan->shared = *n;
	return 0;
}

/* ---- paying ---- */

enum fit charge_fits(const struct charge *c, uint64_t spent, uint64_t questions)
{
	if (c->max_queries > 0 && questions >= (uint64_t)c->max_queries)
		return FIT_QUERIES;
	if (c->exact)
		return c->max_queries > 0 ? FITS : FIT_AMOUNT;
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
