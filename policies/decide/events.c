#include "policies/decide/ruling.h"

#include <string.h>

#include "policies/shapes.h"

/*
 * One event or measure of the cohort: its table, codes, visit, number; what else it says is in times.c and
 * attributes.c.
 */

static struct say event_thing(struct ruling *r, const struct part *part)
{
	struct say name;

	if (part->kind == PART_MEASURE)
		return TELL(r, "measure %s", "指标 %s", part->measure);
	name = say_event(part->event);
	return TELL(r, "%s%.0s events", "%.0s%s事件", name.en, name.zh);
}

/* ---- the table ---- */

static const struct table *event_table(
	struct ruling *r, const struct model_event *ev, const struct part *part, struct say thing)
{
	const struct table *t;

	if (ev->table == NULL) {
		not_listed(r, r->data->at, part->at,
			TELL(r, "Model %s has no %s events.", "数据模型 %s 没有 %s 类事件。",
				r->model->id, event_name(part->event)),
			thing);
		return NULL;
	}
	t = dataset_table(r->data, ev->table);
	if (t == NULL || t->kind == TABLE_LOOKUP || t->key == NULL) {
		not_listed(r, t == NULL ? r->data->at : t->at, part->at,
			TELL(r,
				"Table %s may not be used: dataset %s does not list it with "
				"people.",
				"表 %s 不得使用：数据集 %s 未将其列为患者数据。", ev->table,
				r->data->id),
			thing);
		return NULL;
	}
	touch_table(r, t);
	return t;
}

/* A column that only joins: nothing about it can be asked. */
static const struct column *joins(
	struct ruling *r, const struct looked_at *e, const char *name, struct place asked)
{
	if (name != NULL)
		return usable(r, e->criterion->table, name, READABLE, SAY("joining", "关联"),
			e->thing, asked);
	not_listed(r, e->criterion->table->at, asked,
		TELL(r, "Rows of table %s belong to no visit.", "表 %s 的记录没有所属就诊。",
			e->criterion->table->name),
		TELL(r, "visits of %s%.0s", "%.0s%s所属的就诊", e->thing.en, e->thing.zh));
	return NULL;
}

bool need_visit(struct ruling *r, const struct looked_at *e, struct place asked)
{
	struct criterion *c = e->criterion;

	if (c->table == NULL)
		return false; /* denied */
	c->visit = joins(r, e, c->event == NULL ? NULL : c->event->visit, asked);
	return c->visit != NULL;
}

/* ---- codes ---- */

/* A column of several kinds of events has codes that no event of this kind has. */
static void check_kind_has(struct ruling *r, const struct part *part,
	const struct model_event *event, const struct column *col)
{
	for (unsigned i = 0; i < part->n_codes; i++) {
		const struct code *code = &part->codes[i];
		int word = word_index(code->system, words_system);

		if (word <= 0 || event->prefix[SYSTEM_OMOP + word] != NULL ||
			col->prefix[SYSTEM_OMOP + word] == NULL)
			continue;
		deny(r, CHECK_VALUES, RULE(r, "column:%s", col->name), col->gen_at,
			code->at.line > 0 ? code->at : part->at,
			TELL(r, "Model %s has no %s codes for events of kind %s.",
				"数据模型 %1$s 的 %3$s 类事件没有 %2$s 编码。", r->model->id,
				code->system, event_name(part->event)),
			TELL(r, "This hospital has no %s codes for events of kind %s.",
				"该医院的 %2$s 类事件没有 %1$s 编码。", code->system,
				event_name(part->event)));
		return;
	}
}

static const struct column *concept_column(
	struct ruling *r, const struct part *part, const struct looked_at *e)
{
	struct criterion *c = e->criterion;
	const struct column *col;

	if (c->event == NULL || c->event->concept == NULL) {
		not_listed(r, c->table->at, part->at,
			TELL(r, "Events of kind %s have no codes; write any.",
				"%s 类事件没有编码，请写 any。", event_name(part->event)),
			e->thing);
		return NULL;
	}
	col = usable(r, c->table, c->event->concept, USE_FILTER | USE_GROUP,
		SAY("filtering", "筛选"), e->thing, part->at);
	if (col == NULL)
		return NULL;
	narrow(r, col->name, e->thing, part->at);
	if (col->prefix != NULL)
		check_kind_has(r, part, c->event, col);
	/* text codes were held against the model when the policy was read */
	if (col->gen != GEN_CODES || col->prefix != NULL || col->system == c->event->system)
		return col;
	deny(r, CHECK_RED_LIST, RULE(r, "column:%s", col->name), col->gen_at, part->at,
		TELL(r, "Column %s is listed with codes of another system than model %s has there.",
			"字段 %s 所列编码系统与数据模型 %s 不一致。", col->name, r->model->id),
		TELL(r, "This hospital does not offer %s%.0s.", "该医院不提供%.0s%s。", e->thing.en,
			e->thing.zh));
	return NULL;
}

static void resolve_codes(struct ruling *r, const struct part *part, const struct looked_at *e)
{
	struct criterion *c = e->criterion;

	c->concept = concept_column(r, part, e);
	if (c->concept == NULL)
		return;
	c->codes = part->codes;
	c->n_codes = part->n_codes;
	check_codes(r, c->concept, part->codes, part->n_codes, e->thing, part->at);
}

/* ---- numbers ---- */

static bool is_cut(const int64_t *cuts, unsigned n, int64_t v)
{
	for (unsigned i = 0; i < n; i++)
		if (cuts[i] == v)
			return true;
	return false;
}

bool bounds_fit(const struct value_bounds *b, const int64_t *cuts, unsigned n)
{
	return (b->has_low || b->has_high) && (!b->has_low || is_cut(cuts, n, b->low)) &&
	       (!b->has_high || is_cut(cuts, n, b->high));
}

static void check_measure_bounds(
	struct ruling *r, const struct measure *m, const struct value_bounds *b)
{
	if (bounds_fit(b, m->cuts, m->n_cuts))
		return;
	deny(r, CHECK_VALUES, RULE(r, "measure:%s", m->id), m->at, b->at,
		TELL(r, "Measure %s may only be compared with its cut points: %s.",
			"指标 %s 只能与其切点比较：%s。", m->id,
			say_numbers(r->a, m->cuts, m->n_cuts, 9)),
		TELL(r, "This hospital allows only its own cut points for measure %s.",
			"该医院对指标 %s 只允许使用其切点。", m->id));
}

void check_column_bounds(
	struct ruling *r, const struct column *c, const struct value_bounds *b, struct say thing)
{
	if (bounds_fit(b, c->cuts, c->n_cuts))
		return;
	deny(r, CHECK_VALUES, RULE(r, "column:%s", c->name), c->gen_at, b->at,
		c->n_cuts == 0
			? TELL(r, "Column %s may not be compared with numbers: it has no cuts.",
				  "字段 %s 不可与数值比较：未写 cuts。", c->name)
			: TELL(r, "Column %s may only be compared with its cut points: %s.",
				  "字段 %s 只能与其切点比较：%s。", c->name,
				  say_numbers(r->a, c->cuts, c->n_cuts, 9)),
		TELL(r, "This hospital does not allow these numbers for %s%.0s.",
			"该医院对%.0s%s不允许使用这些数值。", thing.en, thing.zh));
}

const struct measure *usable_measure(struct ruling *r, const char *id, struct place asked)
{
	const struct measure *m = dataset_measure(r->data, id);
	struct say thing = TELL(r, "measure %s", "指标 %s", id);
	const struct column *c;
	const char *name;

	if (m == NULL || m->column == NULL || m->table->key == NULL) {
		not_listed(r, m == NULL ? r->data->at : m->at, asked,
			TELL(r, "Measure %s may not be used: dataset %s does not list it.",
				"指标 %s 不得使用：数据集 %s 未列出。", id, r->data->id),
			thing);
		return NULL;
	}
	touch_table(r, m->table);
	touch_measure(r, m);
	c = usable_column(r, m->column, USE_MEASURE, SAY("a measure", "指标"), thing, asked);
	if (m->where != NULL && usable_column(r, m->where, READABLE, SAY("a measure", "指标"),
					thing, asked) == NULL)
		return NULL;
	for (unsigned i = 0; i < m->n_codes; i++) {
		struct code code = { .concept = (int32_t)m->codes[i] };

		check_code(r, m->where, &code, asked);
	}
	check_removable(r, m->table, asked);
	name = RULE(r, "measure:%s", m->id);
	if (name == NULL)
		r->out_of_memory = true;
	else
		narrow(r, name, thing, asked);
	return c == NULL ? NULL : m;
}

static bool code_of_measure(const struct measure *m, const struct code *code)
{
	if (code->concept <= 0 || code->descendants || code->mapped || code->out)
		return false;
	for (unsigned i = 0; i < m->n_codes; i++)
		if (m->codes[i] == code->concept)
			return true;
	return false;
}

/* Whether an event is rows of the measure and of nothing else. */
static bool is_measure(
	const struct measure *m, const struct criterion *c, const struct column *value)
{
	if (m->column == NULL || strcmp(m->column->name, value->name) != 0 || m->where == NULL ||
		c->concept == NULL || strcmp(m->where->name, c->concept->name) != 0 ||
		c->n_codes == 0)
		return false;
	for (unsigned i = 0; i < c->n_codes; i++)
		if (!code_of_measure(m, &c->codes[i]))
			return false;
	return true;
}

/* Of several measures the first that has these cut points, else the first. */
static const struct measure *measure_of(
	const struct criterion *c, const struct column *value, const struct value_bounds *b)
{
	const struct measure *first = NULL;

	for (unsigned i = 0; i < c->table->n_measures; i++) {
		const struct measure *m = &c->table->measures[i];

		if (!is_measure(m, c, value))
			continue;
		if (bounds_fit(b, m->cuts, m->n_cuts))
			return m;
		if (first == NULL)
			first = m;
	}
	return first;
}

static void clamp(struct criterion *c, const struct measure *m)
{
	c->value = m->column;
	c->clamped = true;
	c->clamp_low = m->low;
	c->clamp_high = m->high;
}

const struct column *need_value(struct ruling *r, const struct looked_at *e, struct place asked)
{
	struct criterion *c = e->criterion;
	const struct column *col;

	if (c->event == NULL || c->event->value == NULL) {
		not_listed(r, c->table->at, asked,
			TELL(r, "Rows of table %s have no number.", "表 %s 的记录没有数值。",
				c->table->name),
			TELL(r, "numbers of %s%.0s", "%.0s%s的数值", e->thing.en, e->thing.zh));
		return NULL;
	}
	col = usable(r, c->table, c->event->value, USE_FILTER | USE_GROUP | USE_MEASURE,
		SAY("filtering", "筛选"), e->thing, asked);
	if (col != NULL)
		c->value = col;
	return col;
}

/* At the column's own cuts, else as the measure that the event is. */
static void resolve_value(struct ruling *r, const struct part *part, const struct looked_at *e)
{
	struct criterion *c = e->criterion;
	const struct column *col = need_value(r, e, part->value.at);
	const struct measure *m;

	if (col == NULL)
		return;
	c->has_value = true;
	c->bounds = part->value;
	m = col->n_cuts == 0 ? measure_of(c, col, &part->value) : NULL;
	if (m == NULL) {
		narrow(r, col->name, e->thing, part->value.at);
		check_column_bounds(r, col, &part->value, e->thing);
		return;
	}
	m = usable_measure(r, m->id, part->value.at);
	if (m == NULL)
		return;
	check_measure_bounds(r, m, &part->value);
	clamp(c, m);
}

/* ---- what both have ---- */

static void count_times(struct ruling *r, const struct part *part, const struct looked_at *e)
{
	struct criterion *c = e->criterion;

	c->has_times = part->has_times;
	c->times_how = part->times_how;
	c->times = part->times;
	c->distinct = part->has_times ? part->distinct : DISTINCT_EVENTS;
	if (c->distinct == DISTINCT_VISITS)
		(void)need_visit(r, e, part->times_at);
	if (c->distinct == DISTINCT_CONCEPTS && c->concept == NULL)
		c->concept = concept_column(r, part, e);
}

/* Settles ties where it is listed. */
static void find_id(struct ruling *r, struct criterion *c)
{
	const struct column *id = c->event == NULL || c->event->id == NULL
					  ? NULL
					  : table_column(c->table, c->event->id);

	if (id != NULL && (id = column_on(id, r->who->today)) != NULL && id->uses != 0 &&
		!(id->uses & USE_FORBIDDEN))
		c->id = id;
}

static void resolve_rows(struct ruling *r, const struct part *part, const struct context *in,
	const struct looked_at *e)
{
	struct criterion *c = e->criterion;
	const struct context inner = { .event = e, .depth = in->depth + 1 };

	c->first = part->first;
	if (part->first || in->entry)
		find_id(r, c);
	resolve_times(r, part, e, in);
	c->attributes = resolve_attributes(r, part->attributes, e);
	c->same_visit = part->same_visit;
	if (part->same_visit) {
		(void)need_visit(r, e, part->at);
		if (in->event != NULL)
			(void)need_visit(r, in->event, part->at);
		else if (has_index(r, part->at) && !r->index_visit) {
			r->index_visit = true;
			r->index_visit_at = part->at;
		}
	}
	count_times(r, part, e);
	if (part->with == NULL)
		return;
	(void)need_start(r, e, part->at); /* what has others beside it must have a day */
	c->with = resolve_with(r, part->with, &inner);
}

static void resolve_kind(struct ruling *r, const struct looked_at *e, struct place asked)
{
	struct criterion *c = e->criterion;

	if (c->event->kind_column != NULL)
		c->kind_column = usable(r, c->table, c->event->kind_column, READABLE,
			SAY("telling kinds of events apart", "区分事件类型"), e->thing, asked);
}

static void resolve_raw(struct ruling *r, const struct part *part, const struct context *in,
	const struct looked_at *e)
{
	struct criterion *c = e->criterion;

	if ((unsigned)part->event >= EVENTS || (part->n_codes > 0 && part->codes == NULL)) {
		deny_internal(r, CHECK_RED_LIST, "unknown kind of event");
		return;
	}
	c->event = &r->model->events[part->event];
	c->table = event_table(r, c->event, part, e->thing);
	if (c->table == NULL)
		return;
	resolve_kind(r, e, part->at);
	if (part->n_codes > 0)
		resolve_codes(r, part, e);
	check_removable(r, c->table, part->at);
	if (part->has_value)
		resolve_value(r, part, e);
	resolve_rows(r, part, in, e);
}

/* The kind of event whose rows a measure is made of. */
static const struct model_event *event_of(const struct ruling *r, const struct measure *m)
{
	const struct model_event *found = NULL;

	for (unsigned k = 0; k < EVENTS; k++) {
		const struct model_event *ev = &r->model->events[k];

		if (ev->table == NULL || strcmp(ev->table, m->table->name) != 0)
			continue;
		if (ev->value != NULL && strcmp(ev->value, m->column->column) == 0)
			return ev;
		if (found == NULL)
			found = ev;
	}
	return found;
}

static void resolve_measure(struct ruling *r, const struct part *part, const struct context *in,
	const struct looked_at *e)
{
	struct criterion *c = e->criterion;
	const struct measure *m;
	struct code *codes;

	m = usable_measure(r, part->measure, part->at);
	if (m == NULL)
		return;
	if (part->has_value)
		check_measure_bounds(r, m, &part->value);
	codes = ruling_alloc(r, m->n_codes, sizeof(*codes));
	if (codes == NULL)
		return;
	for (unsigned i = 0; i < m->n_codes; i++)
		codes[i] = (struct code){ .concept = (int32_t)m->codes[i] };
	c->table = m->table;
	c->event = event_of(r, m);
	c->concept = m->where;
	c->codes = codes;
	c->n_codes = m->n_codes;
	c->has_value = part->has_value;
	c->bounds = part->value;
	clamp(c, m);
	resolve_rows(r, part, in, e);
}

/* ---- both ---- */

struct looked_at event_looked_at(struct ruling *r, const struct part *part, struct criterion *c)
{
	return (struct looked_at){ .criterion = c, .thing = event_thing(r, part) };
}

void resolve_event(
	struct ruling *r, const struct part *part, const struct context *in, struct criterion *c)
{
	struct looked_at e;

	if (part->kind == PART_MEASURE && part->measure == NULL) {
		deny_internal(r, CHECK_RED_LIST, "a measure without a name");
		return;
	}
	if (part->kind == PART_EVENT && (unsigned)part->event >= EVENTS) {
		deny_internal(r, CHECK_RED_LIST, "unknown kind of event");
		return;
	}
	e = event_looked_at(r, part, c);
	if (part->kind == PART_MEASURE)
		resolve_measure(r, part, in, &e);
	else
		resolve_raw(r, part, in, &e);
}
