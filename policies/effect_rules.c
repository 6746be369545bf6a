#include "policies/effect_in.h"

#include <string.h>

#include "base/text.h"

/*
 * Kinds of question, composing, and how answers are released: the rule for all and what is tighter than it.
 */

/* ---- kinds and composing ---- */

static struct say duration_say(struct comparing *c, const struct duration *d)
{
	return d->months ? EFFECT_SAY(c, "%lld months", "%lld 个月", (long long)d->count)
			 : EFFECT_SAY(c, "%lld days", "%lld 天", (long long)d->count);
}

/* Longer is `more`; in another unit nobody can say. */
static void compare_duration(struct comparing *c, struct say thing, struct place at,
	struct say what, const struct duration *b, const struct duration *a, enum effect_way more)
{
	bool longer = b->months == a->months && a->count > b->count;
	bool shorter = b->months == a->months && a->count < b->count;
	enum effect_way less = more == EFFECT_WIDER ? EFFECT_TIGHTER : EFFECT_WIDER;

	if (a->count == b->count && a->months == b->months)
		return;
	effect_words(c,
		longer    ? more
		: shorter ? less
			  : EFFECT_WIDER,
		thing, at, what, duration_say(c, b), duration_say(c, a));
}

/* What only one kind has: quantiles, a curve's steps. */
static void compare_own(
	struct comparing *c, struct say thing, const struct kind_rule *b, const struct kind_rule *a)
{
	bool whole = b->step.count > 0 && a->step.count % b->step.count == 0;

	effect_sets(c, thing, a->at, SAY("new quantile", "新增分位点"),
		SAY("quantile removed", "移除分位点"),
		effect_set_numbers(c, b->quantiles, b->n_quantiles, 9),
		effect_set_numbers(c, a->quantiles, a->n_quantiles, 9));
	/* a step that is no multiple of the old one shows other points */
	compare_duration(c, thing, a->at, SAY("step", "步长"), &b->step, &a->step,
		!whole && a->step.count > b->step.count ? EFFECT_WIDER : EFFECT_TIGHTER);
	compare_duration(
		c, thing, a->at, SAY("horizon", "终点"), &b->horizon, &a->horizon, EFFECT_WIDER);
}

static void compare_kind(
	struct comparing *c, struct say thing, const struct kind_rule *b, const struct kind_rule *a)
{
	compare_own(c, thing, b, a);
	effect_number(c, thing, a->group_by_at, SAY("group_by", "group_by"), b->group_by,
		a->group_by, EFFECT_WIDER);
	effect_number(c, thing, a->filters_at, SAY("filters", "filters"), b->filters, a->filters,
		EFFECT_WIDER);
	effect_number(c, thing, a->max_cells_at, SAY("max_cells", "max_cells"), b->max_cells,
		a->max_cells, EFFECT_WIDER);
}

static void compare_kinds(struct comparing *c)
{
	for (unsigned k = 0; k < KINDS; k++) {
		const struct kind_rule *b = &c->before->kinds[k], *a = &c->after->kinds[k];
		struct say thing =
			effect_thing(c, SAY("kind", "查询类型"), kind_name((enum question_kind)k));

		if (b->listed && a->listed)
			compare_kind(c, thing, b, a);
		else if (a->listed)
			effect_note(c, EFFECT_WIDER, thing, a->at,
				EFFECT_SAY(c, "listed: group_by %lld, filters %lld, max_cells %lld",
					"新列出：group_by %lld，filters %lld，max_cells %lld",
					(long long)a->group_by, (long long)a->filters,
					(long long)a->max_cells));
		else if (b->listed)
			effect_note(c, EFFECT_TIGHTER, thing, b->at,
				SAY("no longer listed", "不再列出"));
	}
}

static unsigned compose_kinds(const struct compose_rule *r)
{
	return r->kinds == 0 ? (1u << KINDS) - 1 : r->kinds;
}

/* Coarser windows that fit into the old ones are tighter, as are none. */
static void compare_windows(struct comparing *c, struct say thing, const struct compose_rule *b,
	const struct compose_rule *a)
{
	bool fits = b->window_days > 0 && a->window_days % b->window_days == 0;

	effect_number(c, thing, a->at, SAY("window_step in days", "时间窗步长（天）"),
		b->window_days, a->window_days,
		a->window_days > b->window_days && !fits ? EFFECT_WIDER
		: a->window_days == 0                    ? EFFECT_WIDER
							 : EFFECT_TIGHTER);
}

static void compare_compose(struct comparing *c)
{
	const struct compose_rule *b = &c->before->compose, *a = &c->after->compose;
	struct say thing = SAY("compose", "自组队列");

	struct effect_set kinds = effect_set_kinds(c, compose_kinds(a));

	if (a->listed && !b->listed)
		effect_note(c, EFFECT_WIDER, thing, a->at,
			EFFECT_SAY(c, "allowed: %lld criteria, depth %lld, kinds %s",
				"允许：条件 %lld 个，嵌套 %lld 层，类型 %s", (long long)a->criteria,
				(long long)a->depth,
				a->kinds == 0 ? "*" : effect_set_text(c, &kinds)));
	if (b->listed && !a->listed)
		effect_note(c, EFFECT_TIGHTER, thing, b->at, SAY("no longer allowed", "不再允许"));
	if (!a->listed || !b->listed)
		return;
	effect_sets(c, thing, a->at, SAY("allowed for", "允许用于"),
		SAY("no longer allowed for", "不再允许用于"), effect_set_kinds(c, compose_kinds(b)),
		kinds);
	effect_number(
		c, thing, a->at, SAY("criteria", "条件数"), b->criteria, a->criteria, EFFECT_WIDER);
	effect_number(c, thing, a->at, SAY("depth", "嵌套层数"), b->depth, a->depth, EFFECT_WIDER);
	compare_windows(c, thing, b, a);
}

/* ---- release ---- */

static bool needs_others(const struct policy *p)
{
	bool needs = p->release.min_sites > 1;

	for (unsigned i = 0; i < p->n_tighter; i++)
		needs = needs || p->tighter[i].min_sites > 1;
	for (unsigned i = 0; i < p->n_codes; i++)
		needs = needs || p->codes[i].min_sites > 1;
	return needs;
}

/* More secure shows less, but where several sites are needed it opens what nobody could answer. */
static void compare_secure(struct comparing *c, struct say thing)
{
	static const struct say words[] = { { "off", "关闭" }, { "preferred", "优先" },
		{ "required", "必须" } };
	const struct release_rule *b = &c->before->release, *a = &c->after->release;
	bool less = a->secure < b->secure || (b->secure == SECURE_OFF && needs_others(c->before));

	if (a->secure != b->secure)
		effect_words(c, less ? EFFECT_WIDER : EFFECT_TIGHTER, thing, a->secure_at,
			SAY("secure_aggregation", "安全聚合"), words[b->secure], words[a->secure]);
}

static void compare_timing(struct comparing *c, struct say thing)
{
	static const struct say words[] = { [TIMING_PACED] = { "paced", "分档" },
		[TIMING_STRICT] = { "strict", "严格" },
		[TIMING_OPEN] = { "open", "不限" } };
	static const unsigned strength[] = {
		[TIMING_OPEN] = 0, [TIMING_PACED] = 1, [TIMING_STRICT] = 2
	};
	const struct release_rule *b = &c->before->release, *a = &c->after->release;

	if (a->timing != b->timing)
		effect_words(c,
			strength[a->timing] > strength[b->timing] ? EFFECT_TIGHTER : EFFECT_WIDER,
			thing, a->at, SAY("timing", "答复时间"), words[b->timing],
			words[a->timing]);
}

static struct say noise_say(const struct release_rule *r)
{
	if (r->off)
		return SAY("none", "无");
	return r->gaussian ? SAY("gaussian", "高斯") : SAY("laplace", "拉普拉斯");
}

static struct say dominance_say(struct comparing *c, const struct release_rule *r)
{
	char share[32];

	return r->dominance_people == 0
		       ? SAY("none", "无")
		       : EFFECT_SAY(c, "%lld people, %s", "%lld 人，%s",
				 (long long)r->dominance_people,
				 format_decimal(share, sizeof(share), r->dominance_share, 9));
}

static void compare_dominance(struct comparing *c, struct say thing)
{
	const struct release_rule *b = &c->before->release, *a = &c->after->release;
	bool stricter = a->dominance_people >= b->dominance_people &&
			a->dominance_share <= b->dominance_share && b->dominance_people > 0;

	if (a->dominance_people != b->dominance_people || a->dominance_share != b->dominance_share)
		effect_words(c, stricter ? EFFECT_TIGHTER : EFFECT_WIDER, thing, a->at,
			SAY("dominance", "主导规则"), dominance_say(c, b), dominance_say(c, a));
}

/* Which noise shows more is no matter of more and less, so another kind or unit is wider. */
static void compare_noise(struct comparing *c, struct say thing)
{
	const struct release_rule *b = &c->before->release, *a = &c->after->release;
	const struct say epsilon = SAY("epsilon", "epsilon"), rho = SAY("rho", "rho");

	if (a->gaussian != b->gaussian || a->off != b->off)
		effect_words(c, EFFECT_WIDER, thing, a->noise_at, SAY("noise", "噪声"),
			noise_say(b), noise_say(a));
	compare_dominance(c, thing);
	if (a->in_epsilon != b->in_epsilon)
		effect_words(c, EFFECT_WIDER, thing, a->amount_at, SAY("unit", "单位"),
			b->in_epsilon ? epsilon : rho, a->in_epsilon ? epsilon : rho);
	effect_amount(c, thing, a->amount_at,
		a->in_epsilon ? SAY("epsilon of a question", "每次查询 epsilon")
			      : SAY("rho of a question", "每次查询 rho"),
		b->amount, a->amount, EFFECT_WIDER);
}

static void compare_rounding(
	struct comparing *c, struct say thing, int64_t b, int64_t a, struct place at)
{
	bool coarser = b > 0 && a > b && a % b == 0;

	effect_number(c, thing, at, SAY("round_to", "取整"), b, a,
		a > b && !coarser ? EFFECT_WIDER : EFFECT_TIGHTER);
}

static void compare_release(struct comparing *c)
{
	const struct release_rule *b = &c->before->release, *a = &c->after->release;
	struct say thing = SAY("release", "公布规则");

	if (c->before->site == NULL && a->off) {
		effect_note(c, EFFECT_WIDER, thing, a->at,
			EFFECT_SAY(c, "no noise, min_patients %lld, min_sites %lld",
				"不加噪声，min_patients %lld，min_sites %lld",
				(long long)a->min_patients, (long long)a->min_sites));
		return;
	}
	if (c->before->site == NULL) {
		char amount[32];

		effect_note(c, EFFECT_WIDER, thing, a->at,
			EFFECT_SAY(c,
				"%s noise, %s %s a question, min_patients %lld, min_sites %lld",
				"%s 噪声，每次查询 %s %s，min_patients %lld，min_sites %lld",
				a->gaussian ? "gaussian" : "laplace",
				a->in_epsilon ? "epsilon" : "rho",
				format_decimal(amount, sizeof(amount), (int64_t)a->amount, 12),
				(long long)a->min_patients, (long long)a->min_sites));
		return;
	}
	compare_noise(c, thing);
	compare_timing(c, thing);
	compare_secure(c, thing);
	effect_number(c, thing, a->min_patients_at, SAY("min_patients", "最少患者数"),
		b->min_patients, a->min_patients, EFFECT_TIGHTER);
	effect_number(c, thing, a->min_sites_at, SAY("min_sites", "最少机构数"), b->min_sites,
		a->min_sites, EFFECT_TIGHTER);
	compare_rounding(c, thing, b->round_to, a->round_to, a->at);
}

/* ---- tighter ---- */

/* What holds for a target: the rule for all, and everything tighter for it. */
struct demands {
	uint64_t amount;
	int64_t min_patients, min_sites, round_to;
	struct place at;
	bool any;
};

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static struct demands demands_of(const struct policy *p, const struct tighter_rule *target)
{
	const struct release_rule *r = &p->release;
	struct demands d = { r->amount, r->min_patients, r->min_sites, r->round_to, { 0 }, false };

	for (unsigned i = 0; i < p->n_tighter; i++) {
		const struct tighter_rule *t = &p->tighter[i];

		if (t->scope != target->scope || strcmp(t->id, target->id) != 0)
			continue;
		if (t->amount != 0 && t->amount < d.amount)
			d.amount = t->amount;
		d.min_patients = larger(d.min_patients, t->min_patients);
		d.min_sites = larger(d.min_sites, t->min_sites);
		d.round_to = larger(d.round_to, t->round_to);
		d.at = t->at;
		d.any = true;
	}
	return d;
}

static struct say target_thing(struct comparing *c, const struct tighter_rule *t)
{
	static const struct say scopes[] = { [SCOPE_KIND] = { "kind", "查询类型" },
		[SCOPE_STUDY] = { "study", "课题" },
		[SCOPE_DATASET] = { "dataset", "数据集" },
		[SCOPE_TABLE] = { "table", "表" },
		[SCOPE_MEASURE] = { "measure", "指标" },
		[SCOPE_CODE] = { "code rule", "代码规则" },
		[SCOPE_EACH_REQUESTER] = { "each-requester", "每位申请人" },
		[SCOPE_EACH_STUDY] = { "each-study", "每个课题" } };
	struct say scope = scopes[t->scope];

	return EFFECT_SAY(
		c, "release for %s%.0s %s", "公布规则（%.0s%s %s）", scope.en, scope.zh, t->id);
}

static void compare_target(struct comparing *c, const struct tighter_rule *target)
{
	struct demands b = demands_of(c->before, target), a = demands_of(c->after, target);
	struct say thing = target_thing(c, target);
	struct place at = a.any ? a.at : b.at;

	/* in another unit the rule for all is said to be wider already */
	if (c->before->release.in_epsilon == c->after->release.in_epsilon)
		effect_amount(c, thing, at,
			c->after->release.in_epsilon
				? SAY("epsilon of a question", "每次查询 epsilon")
				: SAY("rho of a question", "每次查询 rho"),
			b.amount, a.amount, EFFECT_WIDER);
	effect_number(c, thing, at, SAY("min_patients", "最少患者数"), b.min_patients,
		a.min_patients, EFFECT_TIGHTER);
	effect_number(c, thing, at, SAY("min_sites", "最少机构数"), b.min_sites, a.min_sites,
		EFFECT_TIGHTER);
	compare_rounding(c, thing, b.round_to, a.round_to, at);
}

/* Every target of either side; one of both is compared twice, and its sentences are the same. */
static void compare_tighter(struct comparing *c)
{
	for (unsigned i = 0; i < c->before->n_tighter; i++)
		compare_target(c, &c->before->tighter[i]);
	for (unsigned i = 0; i < c->after->n_tighter; i++)
		compare_target(c, &c->after->tighter[i]);
}

void effect_rules(struct comparing *c)
{
	compare_kinds(c);
	compare_compose(c);
	compare_release(c);
	if (c->before->site != NULL)
		compare_tighter(c);
}
