#include "policies/decide/ruling.h"

#include <string.h>

#include "base/clock.h"

/*
 * How an answer is released and what it is charged to: the strictest of all rules that match.
 */

/* ---- 7 release ---- */

static bool touched(const struct ruling *r, const struct tighter_rule *t)
{
	switch (t->scope) {
	case SCOPE_KIND:
		return strcmp(t->id, kind_name(r->q->kind)) == 0;
	case SCOPE_STUDY:
		return strcmp(t->id, r->q->study) == 0;
	case SCOPE_DATASET:
		return strcmp(t->id, r->q->dataset) == 0;
	case SCOPE_TABLE:
		for (unsigned i = 0; i < r->n_tables; i++)
			if (strcmp(r->tables[i]->name, t->id) == 0)
				return true;
		return false;
	case SCOPE_MEASURE:
		for (unsigned i = 0; i < r->n_measures; i++)
			if (strcmp(r->measures[i]->id, t->id) == 0)
				return true;
		return false;
	case SCOPE_CODE:
		for (unsigned i = 0; i < r->p->n_codes; i++)
			if (!r->red[i] && strcmp(r->p->codes[i].id, t->id) == 0)
				return true;
		return false;
	default:
		return true; /* no rule of this kind is read; if it were, the stricter reading holds */
	}
}

struct strictest {
	int64_t min_patients, min_sites, round_to;
	struct place sites_at;
};

static void demand(struct strictest *s, int64_t patients, int64_t sites, struct place at)
{
	if (patients > s->min_patients)
		s->min_patients = patients;
	if (sites > s->min_sites) {
		s->min_sites = sites;
		s->sites_at = at;
	}
}

static void collect_release(struct ruling *r, struct strictest *s)
{
	const struct policy *p = r->p;

	r->plan->tighter = ruling_alloc(r, p->n_tighter, sizeof(*r->plan->tighter));
	if (r->plan->tighter == NULL)
		return;
	demand(s, p->release.min_patients, p->release.min_sites, p->release.min_sites_at);
	for (unsigned i = 0; i < p->n_tighter; i++) {
		const struct tighter_rule *t = &p->tighter[i];

		if (!touched(r, t))
			continue;
		r->plan->tighter[r->plan->n_tighter++] = i;
		demand(s, t->min_patients, t->min_sites, t->at);
		if (t->round_to > s->round_to)
			s->round_to = t->round_to;
		if (t->amount != 0 && t->amount < r->plan->amount)
			r->plan->amount = t->amount;
	}
	/* a rule that is open for this study lets its rows in, so its demands hold for all of it */
	for (unsigned i = 0; i < p->n_codes; i++)
		if (!r->red[i])
			demand(s, p->codes[i].min_patients, p->codes[i].min_sites, p->codes[i].at);
}

void check_release(struct ruling *r)
{
	const struct release_rule *rule = &r->p->release;
	struct strictest s = { 1, 1, rule->round_to, rule->at };
	struct say off =
		SAY("This site's policy releases numbers without noise, and such answers are "
		    "not available in this version yet.",
			"本机构的策略不加噪声，而本版本尚不能这样作答。");
	struct say secure = SAY("Answers in mode secure are not available in this version yet.",
		"本版本尚不能以 secure 模式作答。");
	struct say required =
		SAY("Secure aggregation is required, and an answer in mode noised would show "
		    "this hospital's own value.",
			"须使用安全聚合；noised 模式会显示本机构自己的数值。");

	r->plan->gaussian = rule->gaussian;
	r->plan->in_epsilon = rule->in_epsilon;
	r->plan->amount = rule->amount;
	r->plan->timing = rule->timing;
	collect_release(r, &s);
	r->plan->round_to = s.round_to;
	r->plan->max_similar = rule->max_similar;
	r->plan->min_patients = s.min_patients;
	if (rule->off)
		deny(r, CHECK_RELEASE, "release:noise", rule->noise_at, r->q->mode_at, off, off);
	if (r->q->mode != MODE_NOISED)
		deny(r, CHECK_RELEASE, "release:secure_aggregation", rule->secure_at, r->q->mode_at,
			secure, secure);
	else if (rule->secure == SECURE_REQUIRED)
		deny(r, CHECK_RELEASE, "release:secure_aggregation", rule->secure_at, r->q->mode_at,
			required, required);
	if (s.min_sites > 1)
		deny(r, CHECK_RELEASE, "release:min_sites", s.sites_at, r->q->mode_at,
			TELL(r,
				"An answer needs at least %lld sites together, and mode noised "
				"shows this "
				"hospital's own value.",
				"答案至少须汇总 %lld 家机构，而 noised "
				"模式会显示本机构自己的数值。",
				(long long)s.min_sites),
			SAY("This hospital answers only together with others, and mode noised "
			    "shows each "
			    "hospital's own value.",
				"该机构只参与多机构汇总，而 noised 模式会显示各机构自己的数值。"));
}

/* ---- 8 budgets ---- */

static bool budget_matches(const struct ruling *r, const struct budget *b)
{
	switch (b->scope) {
	case SCOPE_STUDY:
		return strcmp(b->id, r->q->study) == 0;
	case SCOPE_DATASET:
		return strcmp(b->id, r->q->dataset) == 0;
	case SCOPE_EACH_REQUESTER:
	case SCOPE_EACH_STUDY:
		return true;
	default:
		return false;
	}
}

static bool same_target(const struct budget *a, const struct budget *b)
{
	return a->scope == b->scope &&
	       (a->id == b->id || (a->id != NULL && b->id != NULL && strcmp(a->id, b->id) == 0));
}

static bool covers(const struct budget *b, int32_t day)
{
	return day >= b->from && day <= b->to;
}

/* A budget whose days are over is an exhausted one, unless the same target has another for today. */
static bool ended(const struct ruling *r, const struct budget *b)
{
	for (unsigned i = 0; i < r->p->n_budgets; i++)
		if (same_target(&r->p->budgets[i], b) && covers(&r->p->budgets[i], r->who->today))
			return false;
	return true;
}

static void add_charge(struct ruling *r, const struct budget *b, const char *account)
{
	struct plan *plan = r->plan;

	if (plan->n_charges == MAX_ACCOUNTS) {
		deny_internal(r, CHECK_BUDGET, "too many budgets match");
		return;
	}
	plan->charges[plan->n_charges++] = (struct charge){ .account = account,
		.in_epsilon = b->in_epsilon,
		.cap = b->cap,
		.max_queries = b->queries,
		.from = b->from,
		.to = b->to,
		.at = b->at,
		.budget = b };
}

void check_budgets(struct ruling *r)
{
	unsigned matching = 0;

	for (unsigned i = 0; i < r->p->n_budgets; i++) {
		const struct budget *b = &r->p->budgets[i];
		const char *account;

		if (!budget_matches(r, b))
			continue;
		matching++;
		account = budget_account(r->a, b, r->q->study, r->who->requester);
		if (account == NULL)
			r->out_of_memory = true;
		else if (covers(b, r->who->today))
			add_charge(r, b, account);
		else if (ended(r, b))
			deny(r, CHECK_BUDGET, RULE(r, "budget:%s", account), b->at, r->q->study_at,
				TELL(r, "The budget of %s is for %s, and today is outside.",
					"%s 的预算适用于 %s，今天不在其内。", account,
					say_span(r->a, b->from, b->to)),
				SAY("A privacy budget that this question needs has no period for "
				    "today.",
					"此查询所需的隐私预算今天不在计费周期内。"));
	}
	if (matching == 0)
		deny(r, CHECK_BUDGET, "budget:none", r->p->budgets_at, r->q->study_at,
			TELL(r, "No budget covers study %s on dataset %s.",
				"没有预算覆盖课题 %s 对数据集 %s 的查询。", r->q->study,
				r->q->dataset),
			SAY("This hospital has no privacy budget for this question.",
				"该机构没有可用于此查询的隐私预算。"));
}

void price(struct ruling *r)
{
	struct error err = { .code = E_NONE };

	if (r->n_denials > 0 || r->out_of_memory)
		return;
	if (plan_price(r->plan, &err) == 0)
		return;
	if (err.code == E_INPUT)
		deny(r, CHECK_RELEASE, "release:noise", r->p->release.amount_at, r->q->kind_at,
			TELL(r,
				"The price of a question does not suffice for a %s: it would need more "
				"noise than there is.",
				"每次查询的开销不足以支付 %s：所需噪声超出可生成的范围。",
				kind_name(r->q->kind)),
			err.say);
	else
		deny_internal(r, CHECK_RELEASE, err.say.en);
}
