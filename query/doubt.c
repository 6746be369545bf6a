/*
 * doubt.c - constants in a cohort: parts that never hold and parts that always do, from the leaves up. What several
 * members of one all say of the same thing is compared in doubt_pair.c.
 */
#include "query/doubt.h"

#include "query/doubt_pair.h"

/* Whether a part holds, as far as the cohort alone says. */
enum verdict {
	MAYBE,
	NEVER,
	ALWAYS
};

struct doubting {
	const struct cohort *cohort;
	struct arena *arena;
	struct diags *ds;
};

static enum verdict judge(const struct doubting *d, const struct part *p, bool nested);

static void warn(const struct doubting *d, const char *code, struct place at, struct say say)
{
	diag_say(d->ds, DIAG_WARNING, code, at, say);
}

/* ---- one criterion: what its reader refuses (an empty window, at least 0 times) is not looked for ---- */

static bool lasts_too_long(const struct part *p)
{
	return p->from != DAY_NONE && p->to != DAY_NONE && p->ends_from != DAY_NONE &&
	       p->ends_to != DAY_NONE &&
	       ((p->lasting_from >= 0 && p->ends_to - p->from < p->lasting_from) ||
		       (p->lasting_to >= 0 && p->ends_from - p->to > p->lasting_to));
}

/* Days on which the index event can begin; false when every entry may at any time. */
static bool index_days(const struct cohort *c, int64_t *from, int64_t *to)
{
	*from = INT32_MAX;
	*to = INT32_MIN;
	for (const struct part *e = c->entry; e != NULL; e = e->next) {
		if (e->from == DAY_NONE || e->to == DAY_NONE)
			return false;
		*from = e->from < *from ? e->from : *from;
		*to = e->to > *to ? e->to : *to;
	}
	return c->n_entries > 0;
}

/* Its `during` lies outside of every day that its windows reach from the index date. */
static bool out_of_reach(const struct doubting *d, const struct part *p, bool nested)
{
	int64_t from, to;

	if (p->from == DAY_NONE || p->to == DAY_NONE || !index_days(d->cohort, &from, &to))
		return false;
	for (unsigned i = 0; i < p->n_windows; i++) {
		const struct window *w = &p->windows[i];

		if (w->on_end || w->to_end || (nested && !w->of_index))
			continue;
		if (w->from != ALL_DAYS_BEFORE && from + w->from > p->to)
			return true;
		if (w->to != ALL_DAYS_AFTER && to + w->to < p->from)
			return true;
	}
	return false;
}

/* The index event is the person's first with these codes, and this one lies before it. */
static bool before_the_first(const struct doubting *d, const struct part *p, bool nested)
{
	const struct part *e = d->cohort->entry;

	if (d->cohort->n_entries != 1 || e->kind != PART_EVENT || p->kind != PART_EVENT || nested ||
		!doubt_same_codes(e, p) || !(e->first || doubt_takes_the_first(d->cohort)))
		return false;
	for (unsigned i = 0; i < p->n_windows; i++)
		if (!p->windows[i].on_end && !p->windows[i].to_end &&
			p->windows[i].to != ALL_DAYS_AFTER && p->windows[i].to < 0)
			return true;
	return false;
}

/* Whether no record can be one of those that are counted; says why. */
static bool no_record(const struct doubting *d, const struct part *p, bool nested)
{
	if (lasts_too_long(p)) {
		warn(d, "Q201", p->lasting_at,
			SAY("no record that begins and ends on the days asked for lasts as long as "
			    "this asks",
				"在所要求的起止日期之内，没有记录能有此持续时间"));
		return true;
	}
	if (out_of_reach(d, p, nested)) {
		warn(d, "Q202", p->during_at,
			SAY("these days lie outside of what 'within' reaches from any index date, "
			    "so no record ever "
			    "meets both",
				"这些日期在“within”从入组日期所及范围之外，没有任何记录能同时满"
				"足"));
		return true;
	}
	if (before_the_first(d, p, nested)) {
		warn(d, "Q203", p->windows[0].at,
			SAY("the index event is the person's first of these events, so none lies "
			    "before it",
				"入组事件已是该人的首次此类事件，之前不可能再有"));
		return true;
	}
	return false;
}

static enum verdict judge_with(const struct doubting *d, const struct part *p)
{
	return p->with == NULL ? MAYBE : judge(d, p->with, true);
}

static enum verdict judge_event(const struct doubting *d, const struct part *p, bool nested)
{
	unsigned low, high;
	bool none = no_record(d, p, nested);

	none = judge_with(d, p) == NEVER || none;
	doubt_counts(p, &low, &high);
	if (!none)
		return MAYBE;
	return low == 0 ? ALWAYS : NEVER;
}

/* ---- groups ---- */

static enum verdict judge_of(const struct part *p, unsigned never, unsigned always)
{
	unsigned most = p->n_children - never;

	if ((p->how == AT_LEAST || p->how == EXACTLY) && most < p->n)
		return NEVER;
	if ((p->how == AT_MOST || p->how == EXACTLY) && always > p->n)
		return NEVER;
	if (p->how == AT_LEAST && always >= p->n)
		return ALWAYS;
	if (p->how == AT_MOST && most <= p->n)
		return ALWAYS;
	return p->how == EXACTLY && always == p->n && most == p->n ? ALWAYS : MAYBE;
}

static enum verdict judge_group(const struct doubting *d, const struct part *p, bool nested)
{
	unsigned never = 0, always = 0;

	for (const struct part *c = p->children; c != NULL; c = c->next) {
		enum verdict v = judge(d, c, nested);

		never += v == NEVER;
		always += v == ALWAYS;
	}
	switch (p->kind) {
	case PART_ALL:
		if (doubt_all(p, d->cohort, nested, d->arena, d->ds) || never > 0)
			return NEVER;
		return always == p->n_children ? ALWAYS : MAYBE;
	case PART_ANY:
		if (doubt_any(p, d->arena, d->ds) || always > 0)
			return ALWAYS;
		return never == p->n_children ? NEVER : MAYBE;
	case PART_NONE:
		if (doubt_any(p, d->arena, d->ds) || always > 0)
			return NEVER;
		return never == p->n_children ? ALWAYS : MAYBE;
	default:
		return judge_of(p, never, always);
	}
}

/* A group that turned out constant is told once, where it stands; what its own members said stands before it. */
static enum verdict judge(const struct doubting *d, const struct part *p, bool nested)
{
	enum verdict v;

	switch (p->kind) {
	case PART_EVENT:
	case PART_MEASURE:
		return judge_event(d, p, nested);
	case PART_ALL:
	case PART_ANY:
	case PART_NONE:
	case PART_OF:
		break;
	default:
		return MAYBE;
	}
	v = judge_group(d, p, nested);
	if (v == ALWAYS && p != d->cohort->root && p->n_children > 0)
		warn(d, "Q204", p->at,
			SAY("this group holds for everybody, so it changes nothing",
				"此组对所有人都成立，不起作用"));
	if (v == NEVER && p != d->cohort->root)
		warn(d, "Q205", p->at, SAY("this group can never hold", "此组永远不可能成立"));
	return v;
}

void cohort_doubts(const struct cohort *c, struct arena *arena, struct diags *ds)
{
	const struct doubting d = { .cohort = c, .arena = arena, .ds = ds };
	unsigned dead = 0;
	bool nobody = false;

	if (c->officer != NULL)
		return;
	for (const struct part *e = c->entry; e != NULL; e = e->next)
		dead += no_record(&d, e, false) || judge_with(&d, e) == NEVER;
	nobody = c->n_entries > 0 && dead == c->n_entries;
	nobody = judge(&d, c->root, false) == NEVER || nobody;
	if (nobody)
		warn(&d, "Q206", c->root->at,
			SAY("nobody can belong to this cohort, whatever the data are",
				"无论数据如何，都不会有人属于此队列"));
}
