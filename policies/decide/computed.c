#include "policies/decide/ruling.h"

#include <string.h>

#include "base/clock.h"

/*
 * What is counted besides people, by the question's kind: the measure of a mean or a quantile, the event and the
 * steps of a survival, the criteria of an attrition. A question may ask less than queries.yaml offers, never more or
 * finer.
 */

/* By a key of the kind's rule, or NULL: by the kind, which is not asked for so. */
static void deny_kind(struct ruling *r, const char *key, struct place asked, struct say say)
{
	const char *kind = kind_name(r->q->kind);

	deny(r, CHECK_VALUES,
		key == NULL ? RULE(r, "kind:%s", kind) : RULE(r, "kind:%s.%s", kind, key),
		r->p->kinds[r->q->kind].at, asked, say, say);
}

/* ---- mean and quantile ---- */

static void resolve_value(struct ruling *r)
{
	struct plan_kind *of = &r->plan->of;
	const struct question_name *name = &r->q->of;

	if (name->text == NULL) {
		deny_kind(r, NULL, r->q->kind_at,
			TELL(r, "A %s needs 'of': the measure whose values are asked for.",
				"%s 需要“of”：所求数值的指标。", kind_name(r->q->kind)));
		return;
	}
	of->measure = usable_measure(r, name->text, name->at);
	if (of->measure == NULL)
		return;
	measure_days(r, of->measure, name, &of->day, &of->from, &of->to);
	if (of->measure->low >= of->measure->high)
		deny_internal(r, CHECK_VALUES, "a measure without a range");
}

static void resolve_mean(struct ruling *r)
{
	resolve_value(r);
	r->plan->of.n_layers = MEAN_LAYERS;
}

static void resolve_quantile(struct ruling *r)
{
	const struct kind_rule *k = &r->p->kinds[KIND_QUANTILE];

	resolve_value(r);
	r->plan->of.n_points = QUANTILE_PARTS;
	for (unsigned i = 0; i < r->q->n_at; i++) {
		bool listed = false;

		for (unsigned j = 0; j < k->n_quantiles; j++)
			listed = listed || k->quantiles[j] == r->q->at[i];
		if (listed)
			continue;
		deny_kind(r, "at", r->q->at_at,
			TELL(r, "Quantiles may only be asked for at %s.", "分位点只能是 %s。",
				say_numbers(r->a, k->quantiles, k->n_quantiles, 9)));
		return;
	}
}

/* ---- survival ---- */

static bool of_index(const struct part *p)
{
	for (unsigned i = 0; i < p->n_windows && i < MAX_WINDOWS; i++)
		if (p->windows[i].of_index)
			return true;
	if (p->with != NULL && of_index(p->with))
		return true;
	for (const struct part *c = p->children; c != NULL; c = c->next)
		if (of_index(c))
			return true;
	return false;
}

/* The event itself stands where its time says, so it has no place towards the index event besides, and the first of
 * them is looked for. */
static bool ends_time(struct ruling *r, const struct part *event)
{
	if (event->kind != PART_EVENT && event->kind != PART_MEASURE) {
		deny_internal(r, CHECK_VALUES, "an end that is no event");
		return false;
	}
	if (event->n_windows == 0 && !event->same_visit && event->inside != TRI_YES &&
		!event->has_times && !of_index(event))
		return true;
	deny_kind(r, NULL, r->q->event_at,
		SAY("The event that ends a survival has no within, same_visit, "
		    "inside_observation or times of its own.",
			"生存分析的终点事件不使用 within、same_visit、inside_observation 与 "
			"times。"));
	return false;
}

/* Time is counted up to the last day on which an event would be seen: what is asked for, else the range of the
 * column, and not past today. */
static void resolve_ending(struct ruling *r)
{
	struct plan_kind *of = &r->plan->of;
	const struct part *event = r->q->event;

	if (!ends_time(r, event))
		return;
	of->event = resolve_dated(r, event);
	if (of->event == NULL || of->event->start == NULL)
		return; /* denied */
	of->to = of->event->to == DAY_NONE ? of->event->start->to : of->event->to;
	if (of->to > r->who->today)
		of->to = r->who->today;
}

/* Where the model has observation periods, nobody is followed past the end of theirs. */
static void resolve_followed(struct ruling *r)
{
	const struct model_event *e = &r->model->events[EVENT_OBSERVATION_PERIOD];
	struct plan_observation *o = &r->plan->observation;
	struct say thing = SAY("observation periods", "观察期");
	const struct table *t;

	if (e->table == NULL || o->table != NULL)
		return;
	t = dataset_table(r->data, e->table);
	if (t == NULL || t->kind == TABLE_LOOKUP || t->key == NULL) {
		not_listed(r, t == NULL ? r->data->at : t->at, r->q->kind_at,
			TELL(r,
				"A survival needs table %s, which says how long people are "
				"observed: "
				"dataset %s does not list it with people.",
				"生存分析需要观察期表 %s：数据集 %s 未将其列为患者数据。", e->table,
				r->data->id),
			thing);
		return;
	}
	touch_table(r, t);
	check_removable(r, t, r->q->kind_at);
	*o = (struct plan_observation){ .table = t,
		.start = day_column(r, t, e->start, thing, r->q->kind_at),
		.end = day_column(r, t, e->end, thing, r->q->kind_at),
		.before = -1,
		.after = -1 };
}

static bool multiple(const struct duration *of, const struct duration *step)
{
	return of->months == step->months && step->count > 0 && of->count % step->count == 0;
}

static const char *duration_say(struct ruling *r, const struct duration *d, bool zh)
{
	return zh ? RULE(r, "%lld %s", (long long)d->count, d->months ? "个月" : "天")
		  : RULE(r, "%lld %s%s", (long long)d->count, d->months ? "month" : "day",
			    d->count == 1 ? "" : "s");
}

static void resolve_steps(struct ruling *r)
{
	const struct kind_rule *k = &r->p->kinds[KIND_SURVIVAL];
	struct duration step = r->q->step.count > 0 ? r->q->step : k->step,
			horizon = r->q->horizon.count > 0 ? r->q->horizon : k->horizon;

	if (!k->listed)
		return; /* denied as such: check_kind() */
	if (!multiple(&step, &k->step)) {
		deny_kind(r, "step", r->q->step_at,
			TELL(r, "Steps must be whole multiples of %s%.0s.",
				"step 须为%.0s %s的整数倍。", duration_say(r, &k->step, false),
				duration_say(r, &k->step, true)));
		return;
	}
	if (horizon.months != k->horizon.months || horizon.count > k->horizon.count ||
		!multiple(&horizon, &step) || horizon.count / step.count > MAX_STEPS) {
		deny_kind(r, "horizon", r->q->horizon.count > 0 ? r->q->horizon_at : r->q->step_at,
			TELL(r,
				"The horizon must be whole steps, at most %d of them, and at most "
				"%s%.0s.",
				"horizon 须为 step 的整数倍，至多 %d 步，且不超过%.0s %s。",
				(int)MAX_STEPS, duration_say(r, &k->horizon, false),
				duration_say(r, &k->horizon, true)));
		return;
	}
	r->plan->of.step = step;
	r->plan->of.n_points = (unsigned)(2 * (horizon.count / step.count));
}

static void resolve_survival(struct ruling *r)
{
	if (r->q->cohort.entry == NULL) {
		deny_kind(r, NULL, r->q->cohort_at,
			SAY("A survival counts time from the index date: give the cohort an entry.",
				"生存分析从入组日期起计时：请为队列写 entry。"));
		return;
	}
	if (r->q->event == NULL) {
		deny_kind(r, NULL, r->q->kind_at,
			SAY("A survival needs 'event': what ends the time.",
				"生存分析需要“event”：终点事件。"));
		return;
	}
	resolve_ending(r);
	resolve_followed(r);
	resolve_steps(r);
}

/* ---- attrition ---- */

/* The criteria of the cohort's `all`, and filters as criteria after them. */
static void resolve_attrition(struct ruling *r)
{
	unsigned n = 1;

	for (const struct criterion *c = r->plan->root->children; c != NULL; c = c->next)
		n++;
	if (n > MAX_POINTS)
		deny_internal(r, CHECK_VALUES, "too many criteria");
	else
		r->plan->of.n_points = n;
}

/* ---- people of several hospitals, counted once ---- */

static void resolve_distinct(struct ruling *r)
{
	const struct kind_rule *k = &r->p->kinds[KIND_DISTINCT];
	struct say thing = SAY("what tells people apart across hospitals", "跨院识别患者的字段");
	struct plan_kind *of = &r->plan->of;

	if (!k->listed)
		return; /* denied as such: check_kind() */
	if (r->q->mode != MODE_SECURE)
		deny_kind(r, NULL, r->q->mode_at.line > 0 ? r->q->mode_at : r->q->kind_at,
			SAY("People are counted once across hospitals only in mode secure.",
				"跨院去重计数仅限 secure 模式。"));
	if (k->person == NULL) {
		deny_internal(r, CHECK_VALUES, "distinct people without their column");
		return;
	}
	if (k->person->table != r->patients) {
		deny(r, CHECK_VALUES, "kind:distinct.person", k->person_at, r->q->dataset_at,
			TELL(r,
				"Column %s is not one of %s, the people of dataset %s: those are "
				"not "
				"counted across hospitals.",
				"字段 %s 不属于 %s（数据集 %s 的患者表），其患者不作跨院去重计数。",
				k->person->name, r->patients->name, r->data->id),
			SAY("This hospital does not count these people across hospitals.",
				"该医院不对这些患者作跨院去重计数。"));
		return;
	}
	of->person = usable_column(r, k->person, USE_LINK | USE_PATIENT_KEY,
		SAY("telling people apart across hospitals", "跨院识别患者"), thing, r->q->kind_at);
	of->buckets = (uint64_t)k->buckets;
}

void resolve_computed(struct ruling *r)
{
	struct plan_kind *of = &r->plan->of;

	*of = (struct plan_kind){ .kind = r->q->kind, .n_points = 1, .n_layers = 1 };
	switch (r->q->kind) {
	case KIND_MEAN:
		resolve_mean(r);
		return;
	case KIND_QUANTILE:
		resolve_quantile(r);
		return;
	case KIND_SURVIVAL:
		resolve_survival(r);
		return;
	case KIND_ATTRITION:
		resolve_attrition(r);
		return;
	case KIND_DISTINCT:
		resolve_distinct(r);
		return;
	default:
		return;
	}
}
