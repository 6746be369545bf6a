#include "policies/decide/decide.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "crypto/account.h"
#include "policies/decide/ruling.h"

/*
 * Everything is looked at that can be, every denial is collected, and only then is the verdict made: the
 * first denial in the order of the checks. So `try --all` and a plain decision cannot disagree.
 */

struct say check_say(unsigned check)
{
	static const struct say names[CHECKS] = { { "policy", "策略" }, { "requester", "申请人" },
		{ "red list", "红线清单" }, { "query kind", "查询类型" }, { "study", "课题" },
		{ "values", "取值" }, { "release", "公布" }, { "budget", "预算" } };

	return check < CHECKS ? names[check] : SAY("unknown", "未知");
}

/* ---- 3 red list, 6 values ---- */

static bool rule_opens(const struct ruling *r, const struct code_rule *rule)
{
	if (!rule->restricted || r->study == NULL)
		return false;
	if (rule->kinds != 0 && !(rule->kinds & (1u << r->q->kind)))
		return false;
	for (unsigned i = 0; i < rule->n_studies; i++)
		if (strcmp(rule->studies[i], r->study->id) == 0)
			return true;
	return false;
}

static void find_red(struct ruling *r)
{
	struct plan *plan = r->plan;

	r->red = ruling_alloc(r, r->p->n_codes, sizeof(*r->red));
	plan->red = ruling_alloc(r, r->p->n_codes, sizeof(*plan->red));
	if (r->red == NULL || plan->red == NULL)
		return;
	for (unsigned i = 0; i < r->p->n_codes; i++) {
		r->red[i] = !rule_opens(r, &r->p->codes[i]);
		if (r->red[i])
			plan->red[plan->n_red++] = i;
	}
}

static void choose_age_day(struct ruling *r)
{
	struct say say =
		SAY("Say on which day ages are taken: give the cohort an entry or a `during`, "
		    "or the question an `on`.",
			"请说明以哪一天计算年龄：为队列写 entry 或 during，或为查询写 on。");
	int32_t day = cohort_last_day(&r->q->cohort);

	r->plan->age_day = DAY_NONE;
	if (!r->ages || r->q->cohort.entry != NULL)
		return;
	r->plan->age_day = day != DAY_NONE ? day : r->q->on;
	if (r->plan->age_day == DAY_NONE)
		deny(r, CHECK_VALUES,
			RULE(r, "column:%s.%s", r->patients->name, model_age_column(r->model)),
			r->patients->at, r->q->cohort_at, say, say);
}

static void drop_people(struct ruling *r)
{
	const struct column *birth;

	if (r->data->under_age <= 0)
		return;
	birth = column_on(table_column(r->patients, model_age_column(r->model)), r->who->today);
	if (birth == NULL || birth->uses == USE_FORBIDDEN)
		deny_internal(r, CHECK_RED_LIST, "people under age cannot be left out");
	else
		r->plan->birth_year = birth;
}

static void check_red_list(struct ruling *r)
{
	struct plan *plan = r->plan;

	r->data = policy_dataset(r->p, r->q->dataset);
	if (r->data == NULL) {
		r->incomplete |= 1u << CHECK_VALUES;
		not_listed(r, r->p->datasets_at, r->q->dataset_at,
			TELL(r, "Dataset %s is not listed.", "数据集 %s 未列出。", r->q->dataset),
			TELL(r, "dataset %s", "数据集 %s", r->q->dataset));
		return;
	}
	r->model = r->data->model;
	plan->data = r->data;
	plan->model = r->model;
	if (!find_patients(r)) {
		r->incomplete |= 1u << CHECK_VALUES | 1u << CHECK_RED_LIST;
		return;
	}
	plan->patients = r->patients;
	plan->key = r->patients->key;
	if (r->q->cohort.officer != NULL)
		resolve_officer(r);
	else
		resolve_cohort(r);
	resolve_filters(r);
	if (r->q->cohort.officer != NULL && r->plan->rows == NULL)
		return; /* groups are groups of it */
	if (r->plan->entry != NULL || r->q->cohort.entry == NULL)
		resolve_groups(r);
	resolve_index(r);
	choose_age_day(r);
	drop_people(r);
	plan->rows_left_out =
		plan->n_red > 0 || r->data->opt_out_column != NULL || r->data->under_age > 0;
}

/* ---- the verdict ---- */

static const char *asked_groups(struct ruling *r)
{
	const char *names[MAX_GROUPS];

	for (unsigned i = 0; i < r->plan->n_dims; i++)
		names[i] = r->plan->dims[i].name;
	return say_list(r->a, names, r->plan->n_dims, MAX_GROUPS);
}

static struct say release_say(struct ruling *r)
{
	const struct plan *plan = r->plan;
	const char *law = plan->exact ? "no" : plan->gaussian ? "gaussian" : "laplace";
	const char *law_zh = plan->exact ? "无" : plan->gaussian ? "gaussian " : "laplace ";

	if (plan->secure)
		return TELL(r,
			"only in a sum over %1$lld sites or more, %2$s noise, at least %4$lld "
			"patients a cell of the sum%3$.0s",
			"仅在 %1$lld 家以上医院的求和中，%3$s噪声，求和的每格至少 %4$lld "
			"名患者%2$.0s",
			(long long)plan->min_sites, law, law_zh, (long long)plan->min_patients);
	return TELL(r, "%s noise, at least %lld patients a cell", "%s 噪声，每格至少 %lld 名患者",
		law, (long long)plan->min_patients);
}

static struct say price_say(struct ruling *r)
{
	const struct plan *plan = r->plan;
	const char *unit = plan->in_epsilon ? "epsilon" : "rho";
	char cost[32];

	if (plan->exact)
		return SAY("by the number of questions", "按查询次数");
	account_text(plan->in_epsilon ? plan->noise.cost_peps : plan->noise.cost_prho, 1, cost,
		sizeof(cost));
	return TELL(r, "%s %s", "%s %s", unit, cost);
}

static struct finding passed(struct ruling *r, unsigned check)
{
	struct finding f = { .check = check };
	const struct plan *plan = r->plan;
	struct say kind = say_kind(r->q->kind), price = price_say(r);

	switch (check) {
	case CHECK_POLICY:
		f.rule = "policy:valid";
		f.at = r->p->valid_at;
		f.say = TELL(r, "valid %s, version %lld", "有效期 %s，版本 %lld",
			say_span(r->a, r->p->from, r->p->to), (long long)r->p->version);
		break;
	case CHECK_REQUESTER:
		f.rule = RULE(r, "role:%s", r->role->id);
		f.at = r->study->requesters_at;
		f.say = TELL(r, "%s is %s in %s", "%s 的角色为 %s（%s）", r->who->requester,
			r->role->id, r->study->id);
		break;
	case CHECK_RED_LIST:
		f.rule = RULE(r, "dataset:%s", r->q->dataset);
		f.at = r->data == NULL ? r->p->datasets_at : r->data->at;
		f.say = TELL(r, "every table, column and code is listed; %u code rules in force",
			"表、字段与编码均已列出；生效的代码规则 %u 条", plan->n_red);
		break;
	case CHECK_KIND:
		f.rule = RULE(r, "kind:%s", kind_name(r->q->kind));
		f.at = r->p->kinds[r->q->kind].at;
		f.say = TELL(r, "%s%.0s, %u of at most %lld groups", "%.0s%s，分组 %u/%lld",
			kind.en, kind.zh, r->q->n_groups,
			(long long)r->p->kinds[r->q->kind].group_by);
		break;
	case CHECK_STUDY:
		f.rule = RULE(r, "study:%s", r->study->id);
		f.at = r->study->may_use_at;
		f.say = SAY("the study lists the kind, the dataset and every column",
			"课题已列出查询类型、数据集与所有字段");
		break;
	case CHECK_VALUES:
		f.rule = RULE(r, "dataset:%s", r->q->dataset);
		f.at = r->data == NULL ? r->p->datasets_at : r->data->at;
		f.say = SAY(
			"dates, ages, cut points and labels fit", "日期、年龄、切点与标签均符合");
		break;
	case CHECK_RELEASE:
		f.rule = "release:min_patients";
		f.at = r->p->release.at;
		f.say = release_say(r);
		break;
	default:
		f.rule = "budget";
		f.at = r->p->budgets_at;
		f.say = TELL(r, "%1$u budgets are charged; %2$s%3$.0s",
			"将计入 %1$u 项预算；%3$s%2$.0s", plan->n_charges, price.en, price.zh);
		break;
	}
	if (f.rule == NULL || say_failed(f.say))
		r->out_of_memory = true;
	f.outside = f.say;
	return f;
}

static struct finding allowed(struct ruling *r)
{
	const struct plan *plan = r->plan;
	struct say kind = say_kind(r->q->kind);
	const char *names = asked_groups(r);
	struct say groups =
		names[0] == '\0' ? SAY("", "") : TELL(r, " by %s", "（按 %s 分组）", names);
	struct say price = price_say(r),
		   each = plan->exact ? SAY("charged by the question, without noise",
						"按次数扣减，不加噪声")
				      : TELL(r, "%s%.0s a question", "%.0s每次消耗 %s", price.en,
						price.zh),
		   sum = plan->secure ? SAY(", in a sum over sites", "（跨院求和）")
				      : SAY("", "");
	struct finding f = { .check = CHECK_BUDGET,
		.rule = RULE(r, "study:%s", r->study->id),
		.at = r->study->at,
		.asked_at = r->q->study_at };

	f.say = TELL(r,
		"A %1$s%3$s is allowed for study %5$s%9$s: %6$s, cells from %8$lld "
		"patients on.%2$.0s%4$.0s%7$.0s%10$.0s",
		"课题 %5$s 可进行%2$s查询%4$s%10$s：%7$s，单元格至少 %8$lld "
		"名患者。%1$.0s%3$.0s%6$.0s%9$.0s",
		kind.en, kind.zh, groups.en, groups.zh, r->study->id, each.en, each.zh,
		(long long)plan->min_patients, sum.en, sum.zh);
	if (f.rule == NULL || say_failed(f.say))
		r->out_of_memory = true;
	f.outside = f.say;
	return f;
}

static unsigned first_failed(const struct ruling *r)
{
	unsigned first = CHECKS;

	for (unsigned i = 0; i < r->n_denials; i++)
		if (r->denials[i].check < first)
			first = r->denials[i].check;
	return first;
}

static bool failed_at(const struct ruling *r, unsigned check)
{
	for (unsigned i = 0; i < r->n_denials; i++)
		if (r->denials[i].check == check)
			return true;
	return false;
}

/* Whether all of a check was looked at, so that it can be said to have passed. */
static bool complete(const struct ruling *r, unsigned check)
{
	bool resolved = r->patients != NULL && !failed_at(r, CHECK_RED_LIST);

	if (r->incomplete & (1u << check))
		return false;
	switch (check) {
	case CHECK_REQUESTER:
		return r->study != NULL && r->role != NULL;
	case CHECK_STUDY:
		return r->study != NULL && resolved;
	case CHECK_VALUES:
		return resolved;
	case CHECK_BUDGET:
		return r->n_denials == 0; /* it tells the price */
	default:
		return true;
	}
}

/* One finding for each check reached: a pass, or its denials. */
static void build_chain(struct ruling *r, struct verdict *v, unsigned first)
{
	v->chain = ruling_alloc(r, CHECKS + MAX_DENIALS, sizeof(*v->chain));
	if (v->chain == NULL)
		return;
	for (unsigned check = 0; check < CHECKS; check++) {
		if (check > first && !r->who->every_failure)
			return;
		for (unsigned i = 0; i < r->n_denials; i++)
			if (r->denials[i].check == check) {
				v->chain[v->n_chain++] = r->denials[i];
				if (!r->who->every_failure)
					return;
			}
		if (!failed_at(r, check) && complete(r, check))
			v->chain[v->n_chain++] = passed(r, check);
	}
}

static void conclude(struct ruling *r, struct verdict *v)
{
	unsigned first = first_failed(r);

	build_chain(r, v, first);
	v->allow = first == CHECKS;
	if (v->allow) {
		v->first = allowed(r);
		v->plan = r->plan;
		return;
	}
	for (unsigned i = 0; i < r->n_denials; i++)
		if (r->denials[i].check == first) {
			v->first = r->denials[i];
			return;
		}
}

static bool sound(const struct policy *p, const struct question *q, const struct asking *who)
{
	size_t len = who == NULL || who->requester == NULL ? 0 : strlen(who->requester);

	return p != NULL && q != NULL && len > 0 && len <= MAX_NAME &&
	       utf8_valid(who->requester, len) && (unsigned)q->kind < KINDS &&
	       (who->red == NULL || who->red->n_rules == p->n_codes);
}

static int refuse_unsound(struct verdict *out)
{
	*out = (struct verdict){
		.first = { .deny = true,
			.rule = "internal:error",
			.say = SAY("The question was refused because deciding about it failed.",
				"判定此查询时出错，因此拒绝。"),
			.outside = SAY("The hospital could not decide about this "
				       "question and refused it.",
				"该医院无法判定此查询，因此拒绝。") }
	};
	return 0;
}

static void keep_touched(struct ruling *r)
{
	r->plan->tables = ruling_alloc(r, r->n_tables, sizeof(struct table *));
	r->plan->measures = ruling_alloc(r, r->n_measures, sizeof(struct measure *));
	if (r->plan->tables == NULL || r->plan->measures == NULL)
		return;
	memcpy(r->plan->tables, r->tables, r->n_tables * sizeof(struct table *));
	r->plan->n_tables = r->n_tables;
	memcpy(r->plan->measures, r->measures, r->n_measures * sizeof(struct measure *));
	r->plan->n_measures = r->n_measures;
}

static void check_all(struct ruling *r)
{
	check_policy(r);
	check_requester(r);
	find_red(r);
	if (r->out_of_memory)
		return;
	check_red_list(r);
	check_kind(r);
	check_study(r);
	check_release(r);
	check_budgets(r);
	price(r);
	keep_touched(r);
}

int decide(const struct policy *p, const struct question *q, const struct asking *who,
	struct arena *arena, struct verdict *out, struct error *err)
{
	struct verdict v = { .allow = false };
	struct ruling *r;

	if (!sound(p, q, who))
		return refuse_unsound(out);
	r = arena_alloc(arena, sizeof(*r));
	if (r == NULL)
		return error_memory(err);
	*r = (struct ruling){ .p = p, .q = q, .who = who, .a = arena };
	r->plan = ruling_alloc(r, 1, sizeof(*r->plan));
	if (r->plan == NULL)
		return error_memory(err);
	r->plan->policy = p;
	r->plan->today = who->today;
	r->plan->age_day = DAY_NONE;
	r->plan->observation = (struct plan_observation){ .before = -1, .after = -1 };
	r->plan->n_cells = 1;
	check_all(r);
	r->plan->study = r->study;
	if (!r->out_of_memory)
		conclude(r, &v);
	if (r->out_of_memory)
		return error_memory(err);
	*out = v;
	return 0;
}
