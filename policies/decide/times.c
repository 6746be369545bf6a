#include "policies/decide/ruling.h"

#include "policies/periods.h"

/*
 * The days of an event and where they stand: in whole periods of the calendar, a whole number of steps away
 * from another event, within an observation period.
 */

/* ---- spans of the calendar ---- */

void deny_span(
	struct ruling *r, const struct column *c, int32_t from, int32_t to, struct place asked)
{
	struct say period = say_truncate(c->truncate);

	deny(r, CHECK_VALUES, RULE(r, "column:%s", c->name), c->gen_at, asked,
		TELL(r,
			"Days of %s may only be cut at whole %s%.0ss within %s: %s starts or ends "
			"inside "
			"one or lies outside.",
			"%s 只能按整%.0s%s筛选，且须在 %s 之内：%s 未对齐或超出范围。", c->name,
			period.en, period.zh, say_span(r->a, c->from, c->to),
			say_span(r->a, from, to)),
		SAY("The dates of a criterion do not fit the whole periods and the range that this "
		    "hospital allows.",
			"条件中的日期不符合该医院允许的整周期与范围。"));
}

bool span_fits(const struct column *c, int32_t from, int32_t to)
{
	return from <= to && from >= c->from && to <= c->to &&
	       (from == c->from || period_first(from, c->truncate) == from) &&
	       (to == c->to || period_last(to, c->truncate) == to);
}

void deny_undated(struct ruling *r, const struct column *c, struct say thing, struct place asked)
{
	deny(r, CHECK_RED_LIST, RULE(r, "column:%s", c->name), c->at, asked,
		TELL(r,
			"Column %s may not be used for dates: it is not listed with truncate and "
			"range.",
			"字段 %s 不得用于日期：未写 truncate 与 range。", c->name),
		TELL(r, "This hospital does not allow dates of %s%.0s.",
			"该医院不允许使用%.0s%s的日期。", thing.en, thing.zh));
}

const struct column *day_column(struct ruling *r, const struct table *t, const char *name,
	struct say thing, struct place asked)
{
	const struct column *col =
		usable(r, t, name, USE_GROUP | USE_FILTER, SAY("dates", "日期"), thing, asked);

	if (col == NULL)
		return NULL;
	narrow(r, col->name, thing, asked);
	if (col->gen == GEN_TRUNCATE)
		return col;
	deny_undated(r, col, thing, asked);
	return NULL;
}

/* ---- first and last days ---- */

bool need_start(struct ruling *r, const struct looked_at *e, struct place asked)
{
	struct criterion *c = e->criterion;
	const struct column *col;

	if (c->table == NULL)
		return false; /* denied */
	if (c->event == NULL || c->event->start == NULL) {
		not_listed(r, c->table->at, asked,
			TELL(r, "Table %s has no column for the day of its rows.",
				"表 %s 没有记录日期的字段。", c->table->name),
			e->thing);
		return false;
	}
	col = day_column(r, c->table, c->event->start, e->thing, asked);
	if (col == NULL)
		return false;
	if (c->start == NULL) {
		c->start = col;
		c->from = col->from;
		c->to = col->to;
	}
	return true;
}

/* Where the last day is missing it is made of the first, which has to be known as well. */
bool need_end(struct ruling *r, const struct looked_at *e, struct place asked)
{
	struct criterion *c = e->criterion;
	const struct model_event *ev = c->event;

	if (!need_start(r, e, asked))
		return false;
	if (ev->end != NULL) {
		c->end = day_column(r, c->table, ev->end, e->thing, asked);
		if (c->end == NULL)
			return false;
	}
	if (ev->end_days == NULL)
		return true;
	c->end_days =
		usable(r, c->table, ev->end_days, READABLE, SAY("dates", "日期"), e->thing, asked);
	if (c->end_days == NULL)
		return false;
	narrow(r, c->end_days->name, e->thing, asked);
	return true;
}

/* privacy: a last day that is always the first and a day would cut every period between two days. */
static bool has_end(struct ruling *r, const struct looked_at *e, struct place asked)
{
	const struct model_event *ev = e->criterion->event;

	if (e->criterion->table == NULL)
		return false;
	if (ev != NULL && (ev->end != NULL || ev->end_days != NULL))
		return true;
	not_listed(r, e->criterion->table->at, asked,
		TELL(r, "Rows of table %s have no last day of their own; ask about the first.",
			"表 %s 的记录没有自己的结束日期，请按开始日期查询。",
			e->criterion->table->name),
		TELL(r, "the last day of %s%.0s", "%.0s%s的结束日期", e->thing.en, e->thing.zh));
	return false;
}

bool need_window_end(struct ruling *r, const struct looked_at *e, struct place asked)
{
	return (r->p->compose.window_days == 1 || has_end(r, e, asked)) && need_end(r, e, asked);
}

/* Always within the range where the column has one, asked or not. */
static void bound_silently(struct ruling *r, struct criterion *c)
{
	const struct column *col;

	if (c->table == NULL || c->event == NULL || c->event->start == NULL)
		return;
	col = column_on(table_column(c->table, c->event->start), r->who->today);
	if (col == NULL || !(col->uses & (USE_GROUP | USE_FILTER)) || col->gen != GEN_TRUNCATE)
		return;
	c->start = col;
	c->from = col->from;
	c->to = col->to;
}

static void resolve_during(struct ruling *r, const struct part *part, const struct looked_at *e)
{
	struct criterion *c = e->criterion;
	int32_t from, to;

	if (!need_start(r, e, part->during_at))
		return;
	from = part->from == DAY_NONE ? c->start->from : part->from;
	to = part->to == DAY_NONE ? c->start->to : part->to;
	if (!span_fits(c->start, from, to)) {
		deny_span(r, c->start, part->from, part->to, part->during_at);
		return;
	}
	c->from = from;
	c->to = to;
}

static void resolve_ends(struct ruling *r, const struct part *part, const struct looked_at *e)
{
	struct criterion *c = e->criterion;

	if (!has_end(r, e, part->ends_at) || !need_end(r, e, part->ends_at))
		return;
	if (c->end == NULL) {
		deny_undated(r, c->end_days, e->thing, part->ends_at);
		return;
	}
	c->ends_from = part->ends_from == DAY_NONE ? c->end->from : part->ends_from;
	c->ends_to = part->ends_to == DAY_NONE ? c->end->to : part->ends_to;
	if (!span_fits(c->end, c->ends_from, c->ends_to))
		deny_span(r, c->end, c->ends_from, c->ends_to, part->ends_at);
}

/* ---- steps ---- */

static void deny_step(struct ruling *r, int32_t days, struct place asked)
{
	long long step = (long long)r->p->compose.window_days;

	if (step <= 0)
		deny(r, CHECK_VALUES, "cohort:compose.window_step", r->p->compose.at, asked,
			SAY("Days between two days may not be asked about: compose has no "
			    "window_step.",
				"不得按两个日期之间的天数查询：compose 未写 window_step。"),
			SAY("This hospital does not allow days between events.",
				"该医院不允许按事件之间的天数查询。"));
	else
		deny(r, CHECK_VALUES, "cohort:compose.window_step", r->p->compose.at, asked,
			TELL(r, "Days between two days are multiples of %lld here; %d is none.",
				"两个日期之间的天数须为 %lld 的倍数，%d 不是。", step, (int)days),
			TELL(r, "Days between events must be multiples of %lld at this hospital.",
				"该医院要求事件之间的天数为 %lld 的倍数。", step));
}

static void check_step(struct ruling *r, int32_t days, struct place asked)
{
	if (r->p->compose.window_days <= 0 || days % r->p->compose.window_days != 0)
		deny_step(r, days, asked);
}

static void resolve_lasting(struct ruling *r, const struct part *part, const struct looked_at *e)
{
	struct criterion *c = e->criterion;

	if (!has_end(r, e, part->lasting_at) || !need_end(r, e, part->lasting_at))
		return;
	if (part->lasting_from >= 0)
		check_step(r, part->lasting_from, part->lasting_at);
	if (part->lasting_to >= 0)
		check_step(r, part->lasting_to, part->lasting_at);
	c->lasting_from = part->lasting_from;
	c->lasting_to = part->lasting_to;
}

/* ---- towards the event that a criterion is said over ---- */

bool has_index(struct ruling *r, struct place asked)
{
	struct say say = SAY("Give the cohort an entry: nothing else has an index date.",
		"请为队列写 entry，否则没有入组日期。");

	if (r->q->cohort.entry != NULL)
		return true;
	deny(r, CHECK_VALUES, "default:not-listed", r->data->at, asked, say, say);
	return false;
}

static void need_other(struct ruling *r, const struct window *w, const struct context *in)
{
	if (!w->of_index && in->event != NULL) {
		if (w->to_end)
			(void)need_window_end(r, in->event, w->at);
		else
			(void)need_start(r, in->event, w->at);
		return;
	}
	if (has_index(r, w->at) && w->to_end && !r->index_end) {
		r->index_end = true;
		r->index_end_at = w->at;
	}
}

static void resolve_window(struct ruling *r, const struct window *w, const struct looked_at *e,
	const struct context *in)
{
	if (w->from != ALL_DAYS_BEFORE)
		check_step(r, w->from, w->at);
	if (w->to != ALL_DAYS_AFTER)
		check_step(r, w->to, w->at);
	if (w->on_end)
		(void)need_window_end(r, e, w->at);
	else
		(void)need_start(r, e, w->at);
	need_other(r, w, in);
}

static void resolve_windows(struct ruling *r, const struct part *part, const struct looked_at *e,
	const struct context *in)
{
	if (part->n_windows > MAX_WINDOWS) {
		deny_internal(r, CHECK_VALUES, "too many windows");
		return;
	}
	for (unsigned i = 0; i < part->n_windows; i++) {
		resolve_window(r, &part->windows[i], e, in);
		e->criterion->windows[i] = part->windows[i];
	}
	e->criterion->n_windows = part->n_windows;
}

static bool stays_inside(const struct ruling *r, const struct part *part, const struct context *in)
{
	if (part->inside != TRI_DEFAULT)
		return part->inside == TRI_YES;
	return !in->entry && r->model->events[EVENT_OBSERVATION_PERIOD].table != NULL &&
	       (part->n_windows > 0 || part->same_visit || in->event != NULL);
}

static void resolve_inside(struct ruling *r, const struct part *part, const struct looked_at *e,
	const struct context *in)
{
	if (!stays_inside(r, part, in))
		return;
	e->criterion->inside = true;
	if (!r->inside) {
		r->inside = true;
		r->inside_at = part->at;
	}
	(void)need_start(r, e, part->at);
	if (in->event != NULL)
		(void)need_start(r, in->event, part->at);
	else if (!in->entry)
		(void)has_index(r, part->at);
}

void resolve_times(struct ruling *r, const struct part *part, const struct looked_at *e,
	const struct context *in)
{
	bound_silently(r, e->criterion);
	/* what stands in a `with` is said over an event that has a day */
	if (in->entry || part->first || part->with != NULL ||
		(part->has_times && part->distinct == DISTINCT_DAYS))
		(void)need_start(r, e, part->at);
	if (part->from != DAY_NONE || part->to != DAY_NONE)
		resolve_during(r, part, e);
	if (part->ends_from != DAY_NONE || part->ends_to != DAY_NONE)
		resolve_ends(r, part, e);
	if (part->lasting_from >= 0 || part->lasting_to >= 0)
		resolve_lasting(r, part, e);
	resolve_windows(r, part, e, in);
	resolve_inside(r, part, e, in);
}

/* ---- observation ---- */

static const struct table *periods(
	struct ruling *r, const struct model_event *ev, struct place asked)
{
	struct say thing = SAY("observation periods", "观察期");
	const struct table *t;

	if (ev->table == NULL || ev->start == NULL || ev->end == NULL) {
		not_listed(r, r->data->at, asked,
			TELL(r, "Model %s has no observation periods.", "数据模型 %s 没有观察期。",
				r->model->id),
			thing);
		return NULL;
	}
	t = dataset_table(r->data, ev->table);
	if (t != NULL && t->kind != TABLE_LOOKUP && t->key != NULL) {
		touch_table(r, t);
		check_removable(r, t, asked);
		return t;
	}
	not_listed(r, t == NULL ? r->data->at : t->at, asked,
		TELL(r,
			"Table %s may not be used: dataset %s does not list it with people; "
			"without it write inside_observation: no.",
			"表 %s 不得使用：数据集 %s 未将其列为患者数据；不使用观察期时请写 "
			"inside_observation: no。",
			ev->table, r->data->id),
		thing);
	return NULL;
}

/* Asked for a number of days, the periods' days are dates like any; only standing inside, they are joined. */
static const struct column *period_day(struct ruling *r, const struct table *t, const char *name,
	bool asked_days, struct place asked)
{
	struct say thing = SAY("observation periods", "观察期");
	const struct column *c;

	if (asked_days)
		return day_column(r, t, name, thing, asked);
	c = usable(r, t, name, READABLE, SAY("dates", "日期"), thing, asked);
	if (c != NULL)
		narrow(r, c->name, thing, asked);
	return c;
}

void resolve_observation(struct ruling *r)
{
	const struct cohort *cohort = &r->q->cohort;
	const struct model_event *ev = &r->model->events[EVENT_OBSERVATION_PERIOD];
	struct plan_observation *o = &r->plan->observation;
	bool observed = cohort->before >= 0 || cohort->after >= 0;
	struct place asked = observed ? cohort->observed_at : r->inside_at;

	if (!observed && !r->inside)
		return;
	if (observed)
		(void)has_index(r, asked);
	if (cohort->before > 0)
		check_step(r, cohort->before, asked);
	if (cohort->after > 0)
		check_step(r, cohort->after, asked);
	o->before = cohort->before;
	o->after = cohort->after;
	if (o->table != NULL)
		return; /* by the question's kind, which looks at the same days */
	o->table = periods(r, ev, asked);
	if (o->table == NULL)
		return;
	o->start = period_day(r, o->table, ev->start, observed, asked);
	o->end = period_day(r, o->table, ev->end, observed, asked);
}
