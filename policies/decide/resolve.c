#include "policies/decide/ruling.h"

#include <string.h>

#include "base/clock.h"
#include "policies/periods.h"

/*
 * The cohort, criterion by criterion, on the policy's own columns. What cannot be resolved is denied and
 * left out; a plan is only used when nothing was denied, so it is never a smaller cohort.
 */

static struct criterion *resolve(struct ruling *r, const struct part *part, unsigned depth);

static struct say event_thing(struct ruling *r, enum event_kind k)
{
	struct say name = say_event(k);

	return TELL(r, "%s%.0s events", "%.0s%s事件", name.en, name.zh);
}

/* ---- dates ---- */

static void deny_dates(struct ruling *r, const struct column *c, const struct part *part)
{
	struct say period = say_truncate(c->truncate);

	deny(r, CHECK_VALUES, RULE(r, "column:%s", c->name), c->gen_at, part->during_at,
		TELL(r,
			"Days of %s may only be cut at whole %s%.0ss within %s: %s starts or ends "
			"inside "
			"one or lies outside.",
			"%s 只能按整%.0s%s筛选，且须在 %s 之内：%s 未对齐或超出范围。", c->name,
			period.en, period.zh, say_span(r->a, c->from, c->to),
			say_span(r->a, part->from, part->to)),
		SAY("The dates of a criterion do not fit the whole periods and the range that this "
		    "hospital allows.",
			"条件中的日期不符合该机构允许的整周期与范围。"));
}

static bool fits(const struct column *c, int32_t from, int32_t to)
{
	return from <= to && from >= c->from && to <= c->to &&
	       (from == c->from || period_first(from, c->truncate) == from) &&
	       (to == c->to || period_last(to, c->truncate) == to);
}

static void deny_undated(
	struct ruling *r, const struct column *c, struct say thing, struct place asked)
{
	deny(r, CHECK_RED_LIST, RULE(r, "column:%s", c->name), c->at, asked,
		TELL(r,
			"Column %s may not be used for dates: it is not listed with truncate and "
			"range.",
			"字段 %s 不得用于日期：未写 truncate 与 range。", c->name),
		TELL(r, "This hospital does not allow dates of %s%.0s.",
			"该机构不允许使用%.0s%s的日期。", thing.en, thing.zh));
}

/* Always within the range where the column has one, asked or not. */
static void bound_silently(
	struct ruling *r, const struct table *t, const char *start, struct criterion *c)
{
	const struct column *col = column_on(table_column(t, start), r->who->today);

	if (col == NULL || !(col->uses & (USE_GROUP | USE_FILTER)) || col->gen != GEN_TRUNCATE)
		return;
	c->start = col;
	c->from = col->from;
	c->to = col->to;
}

static void resolve_dates(struct ruling *r, const struct part *part, const struct table *t,
	const char *start, struct say thing, bool index, struct criterion *c)
{
	bool asked = part->from != DAY_NONE || part->to != DAY_NONE;
	const struct column *col;
	int32_t from, to;

	c->from = c->to = DAY_NONE;
	if (!asked && !index) {
		bound_silently(r, t, start, c);
		return;
	}
	if (start == NULL) {
		not_listed(r, t->at, part->at,
			TELL(r, "Table %s has no column for the day of its rows.",
				"表 %s 没有记录日期的字段。", t->name),
			thing);
		return;
	}
	col = usable(r, t, start, USE_GROUP | USE_FILTER, SAY("dates", "日期"), thing,
		asked ? part->during_at : part->at);
	if (col == NULL)
		return;
	narrow(r, col->name, thing, asked ? part->during_at : part->at);
	if (col->gen != GEN_TRUNCATE) {
		deny_undated(r, col, thing, part->during_at);
		return;
	}
	from = part->from == DAY_NONE ? col->from : part->from;
	to = part->to == DAY_NONE ? col->to : part->to;
	if (!fits(col, from, to)) {
		deny_dates(r, col, part);
		return;
	}
	c->start = col;
	c->from = from;
	c->to = to;
}

/* ---- events ---- */

static bool value_listed(const struct column *c, const struct code *code)
{
	if (code->descendants)
		return false;
	for (unsigned i = 0; i < c->n_values; i++)
		if (c->values[i] == code->concept)
			return true;
	return false;
}

static void resolve_codes(struct ruling *r, const struct part *part, const struct table *t,
	const char *concept, struct criterion *c)
{
	struct say thing = event_thing(r, part->event);

	c->concept = usable(
		r, t, concept, USE_FILTER | USE_GROUP, SAY("filtering", "筛选"), thing, part->at);
	if (c->concept == NULL)
		return;
	narrow(r, c->concept->name, thing, part->at);
	c->codes = part->codes;
	c->n_codes = part->n_codes;
	for (unsigned i = 0; i < part->n_codes; i++) {
		const struct code *code = &part->codes[i];

		check_code(r, c->concept, code, code->at.line > 0 ? code->at : part->at);
		if (c->concept->gen == GEN_CODES ||
			(c->concept->gen == GEN_VALUES && value_listed(c->concept, code)))
			continue;
		deny(r, CHECK_VALUES, RULE(r, "column:%s", c->concept->name), c->concept->gen_at,
			code->at,
			TELL(r,
				"Code %d may not be named on column %s: it is not among its "
				"values.",
				"字段 %2$s 不可使用编码 %1$d：不在其取值之内。", (int)code->concept,
				c->concept->name),
			TELL(r, "This hospital does not allow code %d.",
				"该机构不允许使用编码 %d。", (int)code->concept));
	}
}

static const struct table *event_table(
	struct ruling *r, const struct model_event *ev, const struct part *part)
{
	struct say thing = event_thing(r, part->event);
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

static void resolve_event(
	struct ruling *r, const struct part *part, bool index, struct criterion *c)
{
	const struct model_event *ev;

	if ((unsigned)part->event >= EVENTS || (part->n_codes > 0 && part->codes == NULL)) {
		deny_internal(r, CHECK_RED_LIST, "unknown kind of event");
		return;
	}
	ev = &r->model->events[part->event];
	c->table = event_table(r, ev, part);
	if (c->table == NULL)
		return;
	if (part->n_codes > 0 && ev->concept == NULL)
		not_listed(r, c->table->at, part->at,
			TELL(r, "Events of kind %s have no codes; write any.",
				"%s 类事件没有编码，请写 any。", event_name(part->event)),
			event_thing(r, part->event));
	else if (part->n_codes > 0)
		resolve_codes(r, part, c->table, ev->concept, c);
	check_removable(r, c->table, part->at);
	resolve_dates(r, part, c->table, ev->start, event_thing(r, part->event), index, c);
}

/* ---- measures ---- */

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
	if (m->where != NULL && usable_column(r, m->where, ~(unsigned)USE_FORBIDDEN,
					SAY("a measure", "指标"), thing, asked) == NULL)
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

static bool is_cut(const struct measure *m, int64_t v)
{
	for (unsigned i = 0; i < m->n_cuts; i++)
		if (m->cuts[i] == v)
			return true;
	return false;
}

static void check_bounds(struct ruling *r, const struct measure *m, const struct part *part)
{
	const struct value_bounds *b = &part->value;

	if (!part->has_value)
		return;
	if ((!b->has_low || is_cut(m, b->low)) && (!b->has_high || is_cut(m, b->high)) &&
		(b->has_low || b->has_high))
		return;
	deny(r, CHECK_VALUES, RULE(r, "measure:%s", m->id), m->at, b->at,
		TELL(r, "Measure %s may only be compared with its cut points: %s.",
			"指标 %s 只能与其切点比较：%s。", m->id,
			say_numbers(r->a, m->cuts, m->n_cuts, 9)),
		TELL(r, "This hospital allows only its own cut points for measure %s.",
			"该机构对指标 %s 只允许使用其切点。", m->id));
}

static void resolve_measure(struct ruling *r, const struct part *part, struct criterion *c)
{
	const struct measure *m;
	struct code *codes;

	if (part->measure == NULL) {
		deny_internal(r, CHECK_RED_LIST, "a measure without a name");
		return;
	}
	m = usable_measure(r, part->measure, part->at);
	if (m == NULL)
		return;
	check_bounds(r, m, part);
	codes = ruling_alloc(r, m->n_codes, sizeof(*codes));
	if (codes == NULL)
		return;
	for (unsigned i = 0; i < m->n_codes; i++)
		codes[i] = (struct code){ .concept = (int32_t)m->codes[i] };
	c->table = m->table;
	c->concept = m->where;
	c->codes = codes;
	c->n_codes = m->n_codes;
	c->value = m->column;
	c->has_value = part->has_value;
	c->bounds = part->value;
	c->clamped = true;
	c->clamp_low = m->low;
	c->clamp_high = m->high;
	resolve_dates(r, part, m->table, start_of(r, m->table),
		TELL(r, "measure %s", "指标 %s", m->id), false, c);
}

/* ---- people ---- */

const struct column *age_column(struct ruling *r, struct say purpose, struct place asked)
{
	struct say thing = SAY("age", "年龄");
	const struct column *c;

	r->ages = true;
	if (r->model->birth_year == NULL) {
		not_listed(r, r->data->at, asked,
			TELL(r, "Model %s has no year of birth.", "数据模型 %s 没有出生年份。",
				r->model->id),
			thing);
		return NULL;
	}
	c = usable(r, r->patients, r->model->birth_year, USE_GROUP, purpose, thing, asked);
	if (c == NULL)
		return NULL;
	narrow(r, c->name, thing, asked);
	if (!c->as_age || c->gen != GEN_BANDS || c->n_bands == 0) {
		deny(r, CHECK_RED_LIST, RULE(r, "column:%s", c->name), c->at, asked,
			TELL(r, "Column %s gives no ages: it is not listed with as: age and bands.",
				"字段 %s 不能换算年龄：未写 as: age 与 bands。", c->name),
			SAY("This hospital offers no ages.", "该机构不提供年龄。"));
		return NULL;
	}
	r->plan->birth_year = c;
	return c;
}

const struct column *sex_column(struct ruling *r, struct say purpose, struct place asked)
{
	struct say thing = SAY("sex", "性别");
	const struct column *c;

	if (r->model->sex == NULL) {
		not_listed(r, r->data->at, asked,
			TELL(r, "Model %s has no column for sex.", "数据模型 %s 没有性别字段。",
				r->model->id),
			thing);
		return NULL;
	}
	c = usable(r, r->patients, r->model->sex, USE_GROUP, purpose, thing, asked);
	if (c == NULL)
		return NULL;
	narrow(r, c->name, thing, asked);
	if (c->gen != GEN_CATEGORIES) {
		deny(r, CHECK_RED_LIST, RULE(r, "column:%s", c->name), c->at, asked,
			TELL(r, "Column %s has no categories.", "字段 %s 没有写 categories。",
				c->name),
			SAY("This hospital offers no categories of sex.",
				"该机构不提供性别分类。"));
		return NULL;
	}
	r->plan->sex = c;
	return c;
}

static bool is_edge(const struct column *c, int32_t age)
{
	for (unsigned i = 0; i < c->n_bands; i++)
		if (c->bands[i] == age)
			return true;
	return false;
}

static void resolve_age(struct ruling *r, const struct part *part, struct criterion *c)
{
	const struct column *col = age_column(r, SAY("filtering", "筛选"), part->at);

	if (col == NULL)
		return;
	if ((part->age_from > 0 && !is_edge(col, part->age_from)) ||
		(part->age_to >= 0 && !is_edge(col, part->age_to))) {
		deny(r, CHECK_VALUES, RULE(r, "column:%s", col->name), col->gen_at, part->at,
			TELL(r, "Ages may only be cut at the edges of the bands: %s.",
				"年龄只能在各段起点处划分：%s。",
				say_numbers(r->a, col->bands, col->n_bands, 0)),
			SAY("Ages may only be cut where this hospital's bands begin.",
				"年龄只能在该机构年龄段的起点处划分。"));
		return;
	}
	c->age_from = part->age_from;
	c->age_to = part->age_to;
	/* people below the first band are outside all of them */
	if (c->age_from <= 0 && col->bands[0] > 0)
		c->age_from = (int32_t)col->bands[0];
}

static void resolve_sex(struct ruling *r, const struct part *part, struct criterion *c)
{
	const struct column *col = sex_column(r, SAY("filtering", "筛选"), part->at);
	const char **labels;

	if (col == NULL)
		return;
	if (part->label == NULL) {
		deny_internal(r, CHECK_VALUES, "a sex without a label");
		return;
	}
	c->person = col;
	if (strcmp(part->label, "other") == 0) {
		c->others = true;
		return;
	}
	labels = ruling_alloc(r, col->n_categories, sizeof(*labels));
	if (labels == NULL)
		return;
	for (unsigned i = 0; i < col->n_categories; i++) {
		labels[i] = col->categories[i].label;
		if (strcmp(col->categories[i].label, part->label) != 0)
			continue;
		check_label_codes(r, col, &col->categories[i], part->at);
		c->person_codes = col->categories[i].codes;
		c->n_person_codes = col->categories[i].n_codes;
		return;
	}
	deny(r, CHECK_VALUES, RULE(r, "column:%s", col->name), col->gen_at, part->at,
		TELL(r, "'%s' is no label of column %s; it has %s, other.",
			"“%s”不是字段 %s 的标签；可用的有 %s, other。", part->label, col->name,
			say_list(r->a, labels, col->n_categories, 10)),
		TELL(r, "This hospital does not know the label '%s'.", "该机构没有标签“%s”。",
			part->label));
}

/* ---- the tree ---- */

static void resolve_children(
	struct ruling *r, const struct part *part, unsigned depth, struct criterion *c)
{
	struct criterion **link = &c->children;

	for (const struct part *child = part->children; child != NULL; child = child->next) {
		*link = resolve(r, child, depth + 1);
		if (*link == NULL)
			return;
		link = &(*link)->next;
	}
}

static struct criterion *resolve(struct ruling *r, const struct part *part, unsigned depth)
{
	struct criterion *c = ruling_alloc(r, 1, sizeof(*c));

	if (c == NULL)
		return NULL;
	if (part == NULL || depth > MAX_QUESTION_DEPTH) {
		deny_internal(r, CHECK_RED_LIST, "the cohort is nested too deeply");
		return NULL;
	}
	*c = (struct criterion){
		.kind = part->kind, .at = part->at, .from = DAY_NONE, .to = DAY_NONE,
		.ends_from = DAY_NONE, .ends_to = DAY_NONE, .lasting_from = -1, .lasting_to = -1,
		.age_from = -1, .age_to = -1
	};
	switch (part->kind) {
	case PART_ALL:
	case PART_ANY:
	case PART_NONE:
		if (part->children == NULL && depth > 0)
			deny_internal(r, CHECK_RED_LIST, "an empty list of criteria");
		resolve_children(r, part, depth, c);
		return c;
	case PART_EVENT:
		resolve_event(r, part, false, c);
		return c;
	case PART_MEASURE:
		resolve_measure(r, part, c);
		return c;
	case PART_AGE:
		resolve_age(r, part, c);
		return c;
	case PART_SEX:
		resolve_sex(r, part, c);
		return c;
	case PART_OF:
	case PART_RACE:
	case PART_ETHNICITY:
	case PART_BIRTH:
		break;
	}
	deny_internal(r, CHECK_RED_LIST, "unknown kind of criterion");
	return NULL;
}

struct criterion *resolve_part(struct ruling *r, const struct part *part)
{
	return resolve(r, part, 1);
}

void resolve_cohort(struct ruling *r)
{
	const struct cohort *cohort = &r->q->cohort;

	if (cohort->root == NULL || cohort->root->kind != PART_ALL) {
		deny_internal(r, CHECK_RED_LIST, "the question has no cohort");
		return;
	}
	if (cohort->entry != NULL) {
		if (cohort->entry->kind != PART_EVENT) {
			deny_internal(r, CHECK_RED_LIST, "the entry is no event");
			return;
		}
		r->plan->entry = ruling_alloc(r, 1, sizeof(*r->plan->entry));
		if (r->plan->entry == NULL)
			return;
		r->plan->entry->kind = PART_EVENT;
		r->plan->entry->age_from = r->plan->entry->age_to = -1;
		resolve_event(r, cohort->entry, true, r->plan->entry);
	}
	r->plan->root = resolve(r, cohort->root, 0);
}
