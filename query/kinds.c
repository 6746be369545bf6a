/*
 * kinds.c - what each kind of question needs and refuses, and the keys that only some have: at,
 * event, step, horizon.
 */
#include <stdlib.h>

#include "query/part.h"
#include "query/reading.h"
#include "query/words.h"

/* `of`: a histogram, a mean and a quantile are of something, the others of people. */
static const struct {
	bool of, at, curve; /* curve: event, step, horizon */
	unsigned groups_low, groups_high;
} kinds[KINDS] = {
	[KIND_COUNT] = { .groups_high = MAX_GROUPS },
	[KIND_HISTOGRAM] = { .of = true, .groups_high = MAX_GROUPS },
	[KIND_CROSSTAB] = { .groups_low = 2, .groups_high = 2 },
	[KIND_MEAN] = { .of = true, .groups_high = MAX_GROUPS },
	[KIND_QUANTILE] = { .of = true, .at = true, .groups_high = MAX_GROUPS },
	[KIND_SURVIVAL] = { .curve = true, .groups_high = 2 },
	[KIND_ATTRITION] = { .groups_high = 2 },
	[KIND_DISTINCT] = { .groups_high = 0 },
};

static void check_of(struct reading *r, const struct node *n, const struct question *q)
{
	if (n == NULL && kinds[q->kind].of && q->kind == KIND_HISTOGRAM)
		diag_error(r->ds, "Q153", q->kind_at,
			"a %s needs 'of': the column, group or measure whose bands are counted",
			"%s 需要“of”：按其分段计数的字段、分组或指标", kind_name(q->kind));
	else if (n == NULL && kinds[q->kind].of)
		diag_error(r->ds, "Q153", q->kind_at, "a %s needs 'of': the measure",
			"%s 需要“of”：指标", kind_name(q->kind));
	if (n != NULL && !kinds[q->kind].of)
		diag_error(r->ds, "Q154", n->key_at, "a %s takes no 'of'; leave it out",
			"%s 不使用“of”，请删去", kind_name(q->kind));
}

static void check_groups(struct reading *r, const struct node *n, const struct question *q)
{
	unsigned low = kinds[q->kind].groups_low, high = kinds[q->kind].groups_high;
	struct place at = n == NULL ? q->kind_at : n->key_at;

	if (q->n_groups >= low && q->n_groups <= high)
		return;
	if (low == high)
		diag_error(r->ds, "Q167", at, "a %s needs exactly %u names in 'group_by'",
			"%s 的“group_by”须恰好有 %u 个名称", kind_name(q->kind), high);
	else
		diag_error(r->ds, "Q167", at, "a %s takes at most %u names in 'group_by'",
			"%s 的“group_by”最多 %u 个名称", kind_name(q->kind), high);
}

/* A key of another kind does nothing here, which nobody would notice. */
static void check_keys(struct reading *r, const struct node *root, const struct question *q)
{
	static const struct {
		const char *key;
		enum question_kind kind;
	} own[] = { { "at", KIND_QUANTILE }, { "event", KIND_SURVIVAL }, { "step", KIND_SURVIVAL },
		{ "horizon", KIND_SURVIVAL } };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		const struct node *n = node_get(root, own[i].key);

		if (n != NULL && q->kind != own[i].kind)
			diag_error(r->ds, "Q168", n->key_at,
				"'%s' belongs to a %s and a %s takes none; leave it out",
				"“%s”属于 %s，%s 不使用，请删去", own[i].key,
				kind_name(own[i].kind), kind_name(q->kind));
	}
}

/* ---- quantile ---- */

static int by_number(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void read_at(struct reading *r, const struct node *n, struct question *q)
{
	unsigned kept = 0;
	int64_t v = 0;

	q->at_at = n->at;
	if (!words_list(n, "at",
		    SAY("a list of numbers such as [0.25, 0.5]", "数值列表，例如 [0.25, 0.5]"),
		    r->ds))
		return;
	if (n->count == 0 || n->count > MAX_QUANTILES) {
		diag_error(r->ds, "Q169", n->at,
			"'at' has 1 to %d numbers; leave it out for all that a site offers",
			"“at”应有 1 至 %d 个数值；如要医院提供的全部分位点，请删去", MAX_QUANTILES);
		return;
	}
	NODE_EACH(c, n) {
		if (!words_decimal(c, "at", &v, r->ds))
			continue;
		if (v <= 0 || v >= 1000000000)
			diag_error(r->ds, "Q169", c->at,
				"a quantile lies between 0 and 1, as 0.5 for the median",
				"分位点须在 0 与 1 之间，例如中位数为 0.5");
		else
			q->at[q->n_at++] = v;
	}
	qsort(q->at, q->n_at, sizeof(q->at[0]), by_number);
	for (unsigned i = 0; i < q->n_at; i++)
		if (kept == 0 || q->at[kept - 1] != q->at[i])
			q->at[kept++] = q->at[i];
	q->n_at = kept;
}

/* ---- survival ---- */

static void read_duration(
	struct reading *r, const struct node *n, struct duration *out, struct place *at)
{
	const char *s;
	struct duration d;

	if (n == NULL)
		return;
	*at = n->at;
	s = words_text(n, n->key, SAY("a time such as '3 months'", "时长，例如 3 months"), r->ds);
	if (s == NULL)
		return;
	if (duration_parse(s, &d) && d.count > 0 && d.count <= MAX_WINDOW_DAYS)
		*out = d;
	else
		diag_error(r->ds, "Q117", n->at,
			"'%s' is not a time for '%s'; write a number and days, weeks, months or "
			"years, as 3 months",
			"“%s”不是“%s”的有效时长，请写数字加 days、weeks、months 或 years，例如 3 "
			"months",
			show(s).at, n->key);
}

static void read_curve(struct reading *r, const struct node *root, struct question *q)
{
	const struct node *event = node_get(root, "event");
	size_t before = r->ds->errors;

	if (q->cohort.entry == NULL && node_get(node_get(root, "cohort"), "entry") == NULL)
		diag_error(r->ds, "Q170", q->kind_at,
			"a survival counts from the index date; give the cohort an 'entry'",
			"survival 从入组日期开始计时，请为队列写“entry”");
	if (event == NULL)
		diag_error(r->ds, "Q170", q->kind_at,
			"a survival needs 'event', which ends it, as {death: any}",
			"survival 需要“event”（终点事件），例如 {death: any}");
	r->has_index = true; /* without one that is said */
	if (event != NULL) {
		q->event_at = event->at;
		q->event = read_event(r, event, "event");
	}
	if (q->event != NULL && r->ds->errors == before && !r->failed)
		part_tidy_event(r, q->event);
	read_duration(r, node_get(root, "step"), &q->step, &q->step_at);
	read_duration(r, node_get(root, "horizon"), &q->horizon, &q->horizon_at);
	if (q->step.count == 0 || q->horizon.count == 0)
		return;
	if (q->step.months != q->horizon.months || q->horizon.count % q->step.count != 0)
		diag_error(r->ds, "Q172", q->horizon_at,
			"the horizon must be a whole number of steps, both in days or weeks, or "
			"both in months or years",
			"horizon 须为 step 的整数倍，二者同用天或周，或同用月或年");
}

void kinds_read(struct reading *r, const struct node *root, struct question *q)
{
	const struct node *at = node_get(root, "at");

	if (q->kind == KINDS)
		return; /* the kind itself was wrong */
	check_of(r, node_get(root, "of"), q);
	check_groups(r, node_get(root, "group_by"), q);
	check_keys(r, root, q);
	if (at != NULL && kinds[q->kind].at)
		read_at(r, at, q);
	if (kinds[q->kind].curve)
		read_curve(r, root, q);
	if (q->kind == KIND_ATTRITION && q->cohort.root != NULL && q->cohort.criteria == 0)
		diag_error(r->ds, "Q171", q->kind_at,
			"an attrition shows who is left after each criterion; give a 'cohort' with "
			"at least one",
			"attrition 显示每个条件之后剩余的人数，请写含至少一个条件的“cohort”");
}
