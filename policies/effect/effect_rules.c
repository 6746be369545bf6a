#include "policies/effect/effect_in.h"

#include <string.h>

#include "base/text.h"

/*
 * Kinds of question, composing, and how answers are released: the rule for all and what is tighter than it.
 */

/* ---- kinds and composing ---- */

static struct say duration_say(struct comparing *c, const struct duration *d)
{
	if (d->count == 0)
		return SAY("none", "无");
	return d->months ? EFFECT_SAY(c, "%lld months", "%lld 个月", (long long)d->count)
			 : EFFECT_SAY(c, "%lld days", "%lld 天", (long long)d->count);
}

static bool same_duration(const struct duration *a, const struct duration *b)
{
	return a->count == b->count && (a->count == 0 || a->months == b->months);
}

/* Steps of whole old steps are coarser; a shorter horizon shows less. */
static void compare_survival(
	struct comparing *c, struct say thing, const struct kind_rule *b, const struct kind_rule *a)
{
	bool coarser = b->step.count > 0 && a->step.months == b->step.months &&
		       a->step.count > b->step.count && a->step.count % b->step.count == 0;
	bool shorter =
		a->horizon.months == b->horizon.months && a->horizon.count < b->horizon.count;

	if (!same_duration(&b->step, &a->step))
		effect_words(c, coarser ? EFFECT_TIGHTER : EFFECT_WIDER, thing, a->at,
			SAY("step", "步长"), duration_say(c, &b->step), duration_say(c, &a->step));
	if (!same_duration(&b->horizon, &a->horizon))
		effect_words(c, shorter ? EFFECT_TIGHTER : EFFECT_WIDER, thing, a->at,
			SAY("horizon", "终点"), duration_say(c, &b->horizon),
			duration_say(c, &a->horizon));
}

/* Another column tells other people apart; more buckets count more people, and better. */
static void compare_distinct(
	struct comparing *c, struct say thing, const struct kind_rule *b, const struct kind_rule *a)
{
	const char *from = b->person == NULL ? "" : b->person->name,
		   *to = a->person == NULL ? "" : a->person->name;

	if (strcmp(from, to) != 0)
		effect_words(c, EFFECT_WIDER, thing, a->person_at, SAY("person", "识别字段"),
			(struct say){ from, from }, (struct say){ to, to });
	effect_number(
		c, thing, a->at, SAY("buckets", "桶数"), b->buckets, a->buckets, EFFECT_WIDER);
}

static void compare_kind(
	struct comparing *c, struct say thing, const struct kind_rule *b, const struct kind_rule *a)
{
	effect_number(c, thing, a->group_by_at, SAY("group_by", "group_by"), b->group_by,
		a->group_by, EFFECT_WIDER);
	effect_number(c, thing, a->filters_at, SAY("filters", "filters"), b->filters, a->filters,
		EFFECT_WIDER);
	effect_number(c, thing, a->max_cells_at, SAY("max_cells", "max_cells"), b->max_cells,
		a->max_cells, EFFECT_WIDER);
	effect_sets(c, thing, a->at, SAY("may ask for the quantile", "可查询分位数"),
		SAY("may no longer ask for the quantile", "不再可查询分位数"),
		effect_set_numbers(c, b->quantiles, b->n_quantiles, 9),
		effect_set_numbers(c, a->quantiles, a->n_quantiles, 9));
	compare_survival(c, thing, b, a);
	compare_distinct(c, thing, b, a);
}

static void compare_kinds(struct comparing *c)
{
	static const struct kind_rule none = { 0 };

	for (unsigned k = 0; k < KINDS; k++) {
		const struct kind_rule *b = &c->before->kinds[k], *a = &c->after->kinds[k];
		struct say thing =
			effect_thing(c, SAY("kind", "查询类型"), kind_name((enum question_kind)k));

		if (b->listed && a->listed) {
			compare_kind(c, thing, b, a);
		} else if (a->listed) {
			effect_note(c, EFFECT_WIDER, thing, a->at, SAY("listed", "新列出"));
			compare_kind(c, thing, &none, a);
		} else if (b->listed) {
			effect_note(c, EFFECT_TIGHTER, thing, b->at,
				SAY("no longer listed", "不再列出"));
		}
	}
}

static unsigned compose_kinds(const struct compose_rule *r)
{
	return r->kinds == 0 ? (1u << KINDS) - 1 : r->kinds;
}

/* The edges of windows are multiples of their step; without one there are no windows. */
static void compare_windows(struct comparing *c, struct say thing, int64_t b, int64_t a)
{
	bool fewer = a == 0 || (b > 0 && a % b == 0);

	if (a != b)
		effect_words(c, fewer ? EFFECT_TIGHTER : EFFECT_WIDER, thing, c->after->compose.at,
			SAY("window_step", "窗口步长"),
			b == 0 ? SAY("no windows", "无窗口")
			       : EFFECT_SAY(c, "%lld days", "%lld 天", (long long)b),
			a == 0 ? SAY("no windows", "无窗口")
			       : EFFECT_SAY(c, "%lld days", "%lld 天", (long long)a));
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
	if (a->listed)
		compare_windows(c, thing, b->listed ? b->window_days : 0, a->window_days);
	if (!a->listed || !b->listed)
		return;
	effect_sets(c, thing, a->at, SAY("allowed for", "允许用于"),
		SAY("no longer allowed for", "不再允许用于"), effect_set_kinds(c, compose_kinds(b)),
		kinds);
	effect_number(
		c, thing, a->at, SAY("criteria", "条件数"), b->criteria, a->criteria, EFFECT_WIDER);
	effect_number(c, thing, a->at, SAY("depth", "嵌套层数"), b->depth, a->depth, EFFECT_WIDER);
}

/* ---- release ---- */

/* `off` and `required` answer in one mode each, `preferred` in both. */
static void compare_secure(struct comparing *c, struct say thing)
{
	static const struct say words[] = { { "off", "关闭" }, { "preferred", "优先" },
		{ "required", "必须" } };
	const struct release_rule *b = &c->before->release, *a = &c->after->release;
	bool opens = b->secure != SECURE_PREFERRED;

	if (a->secure != b->secure)
		effect_words(c, opens ? EFFECT_WIDER : EFFECT_TIGHTER, thing, a->secure_at,
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

static struct say dominance_say(struct comparing *c, const struct release_rule *r)
{
	const int64_t share = r->dominance_share;

	return EFFECT_SAY(c, "%lld people, share %s", "%lld 人，占比 %s",
		(long long)r->dominance_people, effect_numbers_text(c, &share, 1, 9));
}

/* Which noise shows more is no matter of more and less, so another kind or unit is wider. */
static void compare_noise(struct comparing *c, struct say thing)
{
	const struct release_rule *b = &c->before->release, *a = &c->after->release;
	const struct say gaussian = SAY("gaussian", "高斯"), laplace = SAY("laplace", "拉普拉斯");
	const struct say epsilon = SAY("epsilon", "epsilon"), rho = SAY("rho", "rho");

	if (a->gaussian != b->gaussian)
		effect_words(c, EFFECT_WIDER, thing, a->noise_at, SAY("noise", "噪声"),
			b->gaussian ? gaussian : laplace, a->gaussian ? gaussian : laplace);
	if (a->off != b->off) /* either way other answers are given */
		effect_note(c, EFFECT_WIDER, thing, a->noise_at,
			a->off ? SAY("without noise", "不加噪声") : SAY("with noise", "加噪声"));
	if (a->off && b->off &&
		(a->dominance_people != b->dominance_people ||
			a->dominance_share != b->dominance_share))
		effect_words(c,
			a->dominance_people == b->dominance_people &&
					a->dominance_share < b->dominance_share
				? EFFECT_TIGHTER
				: EFFECT_WIDER,
			thing, a->noise_at, SAY("dominance", "优势规则"), dominance_say(c, b),
			dominance_say(c, a));
	if (a->in_epsilon != b->in_epsilon)
		effect_words(c, EFFECT_WIDER, thing, a->amount_at, SAY("unit", "单位"),
			b->in_epsilon ? epsilon : rho, a->in_epsilon ? epsilon : rho);
	effect_amount(c, thing, a->amount_at,
		a->in_epsilon ? SAY("epsilon of a question", "每次查询 epsilon")
			      : SAY("rho of a question", "每次查询 rho"),
		b->amount, a->amount, EFFECT_WIDER);
}

/* 0 is no limit. */
static void compare_similar(
	struct comparing *c, struct say thing, int64_t b, int64_t a, struct place at)
{
	struct say none = SAY("no limit", "不限");

	if (a == b)
		return;
	effect_words(c, b == 0 || (a != 0 && a < b) ? EFFECT_TIGHTER : EFFECT_WIDER, thing, at,
		SAY("questions nearly the same", "相差无几的查询"),
		b == 0 ? none : EFFECT_SAY(c, "%lld", "%lld 个", (long long)b),
		a == 0 ? none : EFFECT_SAY(c, "%lld", "%lld 个", (long long)a));
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
	compare_similar(c, thing, b->max_similar, a->max_similar, a->max_similar_at);
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
