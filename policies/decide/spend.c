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

/* A number of its own is shown in mode noised; so it must be allowed, and have noise. */
static void check_noised(struct ruling *r, const struct strictest *s)
{
	const struct release_rule *rule = &r->p->release;
	struct say off = SAY("This site's policy adds no noise, so it answers only as a part of "
			     "sums over sites: mode secure.",
		"本院的策略不加噪声，因此只参与跨院求和（secure 模式）。");
	struct say required = SAY("Secure aggregation is required, and an answer in mode noised "
				  "would show this hospital's own value: ask in mode secure.",
		"须使用安全聚合；noised 模式会显示本院自己的数值，请改用 secure 模式。");

	if (rule->off)
		deny(r, CHECK_RELEASE, "release:noise", rule->noise_at, r->q->mode_at, off, off);
	if (rule->secure == SECURE_REQUIRED)
		deny(r, CHECK_RELEASE, "release:secure_aggregation", rule->secure_at, r->q->mode_at,
			required, required);
	if (s->min_sites > 1)
		deny(r, CHECK_RELEASE, "release:min_sites", s->sites_at, r->q->mode_at,
			TELL(r,
				"An answer needs at least %lld sites together, and mode noised "
				"shows this "
				"hospital's own value.",
				"答案至少须汇总 %lld 家医院，而 noised "
				"模式会显示本院自己的数值。",
				(long long)s->min_sites),
			SAY("This hospital answers only together with others, and mode noised "
			    "shows each "
			    "hospital's own value.",
				"该医院只参与多家医院汇总，而 noised 模式会显示各医院自己的数值。"));
}

/* Without noise: people alone, whose cells are large enough that nobody stands out by the policy's own measure. */
static void check_exact(struct ruling *r, const struct strictest *s)
{
	const struct release_rule *rule = &r->p->release;
	const int64_t one = 1000000000; /* of the share */
	struct say mean = SAY("Without noise only people are counted; a mean could show the value "
			      "of one of them.",
		"不加噪声时只统计人数；均值可能显示某个人的数值。");
	int64_t people = rule->dominance_people, share = rule->dominance_share;
	int64_t need = share <= 0 ? INT64_MAX : (people * one + share - 1) / share;

	struct say distinct = SAY("People are counted once across hospitals only with noise.",
		"跨院去重计数必须加噪声。");

	if (r->q->kind == KIND_MEAN)
		deny(r, CHECK_RELEASE, "release:noise", rule->noise_at, r->q->kind_at, mean, mean);
	if (r->q->kind == KIND_DISTINCT)
		deny(r, CHECK_RELEASE, "release:noise", rule->noise_at, r->q->kind_at, distinct,
			distinct);
	if (s->min_patients < need)
		deny(r, CHECK_RELEASE, "release:noise", rule->noise_at, r->q->mode_at,
			TELL(r,
				"Of a cell of %lld people, %lld make up more than the policy's "
				"`dominance` allows: min_patients would have to be %lld.",
				"在 %lld 人的单元格中，%lld 人的占比超过策略 dominance "
				"的上限：min_patients 至少须为 %lld。",
				(long long)s->min_patients, (long long)people, (long long)need),
			SAY("This hospital's rules for sums without noise do not fit together.",
				"该医院关于不加噪声求和的规则互相不符。"));
}

static void check_secure(struct ruling *r, const struct strictest *s)
{
	const struct release_rule *rule = &r->p->release;
	struct say say = SAY("This site takes no part in sums over sites: mode secure.",
		"本院不参与跨院求和（secure 模式）。");

	if (rule->secure == SECURE_OFF)
		deny(r, CHECK_RELEASE, "release:secure_aggregation", rule->secure_at, r->q->mode_at,
			say, say);
	if (rule->off)
		check_exact(r, s);
}

void check_release(struct ruling *r)
{
	const struct release_rule *rule = &r->p->release;
	struct strictest s = { 1, 1, rule->round_to, rule->at };
	struct plan *plan = r->plan;

	plan->gaussian = rule->gaussian;
	plan->in_epsilon = rule->in_epsilon;
	plan->amount = rule->amount;
	plan->timing = rule->timing;
	plan->secure = r->q->mode != MODE_NOISED;
	plan->exact = plan->secure && rule->off;
	collect_release(r, &s);
	plan->round_to = s.round_to;
	plan->max_similar = rule->max_similar;
	plan->min_patients = s.min_patients;
	plan->min_sites = s.min_sites;
	if (plan->secure && plan->min_sites < MIN_SUM_SITES)
		plan->min_sites = MIN_SUM_SITES;
	if (plan->secure)
		check_secure(r, &s);
	else
		check_noised(r, &s);
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

/* What a sum without noise tells has no bound in epsilon or rho. */
static void check_counted(struct ruling *r, const struct budget *b, const char *account)
{
	if (!r->plan->exact || b->queries > 0)
		return;
	deny(r, CHECK_BUDGET, RULE(r, "budget:%s", account), b->at, r->q->study_at,
		TELL(r,
			"Without noise the budget of %s must say how many questions it pays for: "
			"`queries`.",
			"不加噪声时，%s 的预算须写明可查询的次数（queries）。", account),
		SAY("A privacy budget that this question needs does not count questions.",
			"此查询所需的隐私预算没有规定查询次数。"));
}

static void add_charge(struct ruling *r, const struct budget *b, const char *account)
{
	struct plan *plan = r->plan;

	check_counted(r, b, account);
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
				"该医院没有可用于此查询的隐私预算。"));
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
				"The price of a question does not suffice for a %s: it would need "
				"more "
				"noise than there is.",
				"每次查询的开销不足以支付 %s：所需噪声超出可生成的范围。",
				kind_name(r->q->kind)),
			err.say);
	else
		deny_internal(r, CHECK_RELEASE, err.say.en);
}
