#include "policies/decide/ruling.h"

/*
 * Further properties of an event: codes and numbers in columns of its row, its visit, its provider, its normal
 * range.
 */

/* privacy: a result may be compared with the ends of its normal range at these multiples alone, in 1e-9 units. */
static const int64_t ratios[] = { 500000000, 1000000000, 1500000000, 2000000000, 3000000000,
	5000000000, 8000000000, 10000000000, 20000000000 };

enum {
	RATIOS = sizeof(ratios) / sizeof(ratios[0])
};

static void no_attribute(struct ruling *r, const struct attribute *a, const struct looked_at *e)
{
	const char *name = attribute_name(a->kind);

	not_listed(r, e->criterion->table->at, a->at,
		TELL(r, "Rows of table %s have no '%s' in model %s.",
			"数据模型 %3$s 中表 %1$s 的记录没有“%2$s”。", e->criterion->table->name,
			name, r->model->id),
		TELL(r, "'%s' of %s%.0s", "%3$s的“%1$s”%2$.0s", name, e->thing.en, e->thing.zh));
}

static const struct column *coded(struct ruling *r, const struct attribute *a,
	const struct table *t, const char *name, const struct looked_at *e)
{
	const struct column *c = usable(
		r, t, name, USE_FILTER | USE_GROUP, SAY("filtering", "筛选"), e->thing, a->at);

	if (c == NULL)
		return NULL;
	narrow(r, c->name, e->thing, a->at);
	check_codes(r, c, a->codes, a->n_codes, e->thing, a->at);
	return c;
}

static const struct column *number(
	struct ruling *r, const struct attribute *a, const char *name, const struct looked_at *e)
{
	const struct column *c = usable(r, e->criterion->table, name,
		USE_FILTER | USE_GROUP | USE_MEASURE, SAY("filtering", "筛选"), e->thing, a->at);

	if (c != NULL)
		narrow(r, c->name, e->thing, a->at);
	return c;
}

/* ---- of other tables ---- */

static bool other_table(struct ruling *r, const struct attribute *a, const char *name, bool people,
	const char *id, const struct looked_at *e, struct plan_attribute *out)
{
	const struct table *t = dataset_table(r->data, name);

	if (t == NULL || (people && (t->kind == TABLE_LOOKUP || t->key == NULL))) {
		not_listed(r, t == NULL ? r->data->at : t->at, a->at,
			TELL(r, "Table %s may not be used: dataset %s does not list it.",
				"表 %s 不得使用：数据集 %s 未列出。", name, r->data->id),
			TELL(r, "'%s' of %s%.0s", "%3$s的“%1$s”%2$.0s", attribute_name(a->kind),
				e->thing.en, e->thing.zh));
		return false;
	}
	touch_table(r, t);
	check_removable(r, t, a->at);
	out->other = t;
	out->other_id = usable(r, t, id, READABLE, SAY("joining", "关联"), e->thing, a->at);
	return out->other_id != NULL;
}

static void of_visit(struct ruling *r, const struct attribute *a, const struct looked_at *e,
	struct plan_attribute *out)
{
	const struct model_event *visit = &r->model->events[EVENT_VISIT];
	struct criterion *c = e->criterion;

	if (c->event->visit == NULL || visit->table == NULL || visit->id == NULL ||
		visit->concept == NULL) {
		no_attribute(r, a, e);
		return;
	}
	if (!need_visit(r, e, a->at) || !other_table(r, a, visit->table, true, visit->id, e, out))
		return;
	out->column = c->visit;
	out->other_column = coded(r, a, out->other, visit->concept, e);
}

static void of_provider(struct ruling *r, const struct attribute *a, const struct looked_at *e,
	struct plan_attribute *out)
{
	const struct model_providers *p = &r->model->providers;
	const char *provider = e->criterion->event->provider;

	if (provider == NULL || p->table == NULL || p->id == NULL || p->speciality == NULL) {
		no_attribute(r, a, e);
		return;
	}
	out->column = usable(r, e->criterion->table, provider, READABLE, SAY("joining", "关联"),
		e->thing, a->at);
	if (out->column == NULL || !other_table(r, a, p->table, false, p->id, e, out))
		return;
	out->other_column = coded(r, a, out->other, p->speciality, e);
}

/* ---- towards the normal range ---- */

/* The site consents by listing cuts for the end of the range. */
static void check_ratio(struct ruling *r, const struct column *c, const struct attribute *a)
{
	if (c->n_cuts == 0) {
		check_column_bounds(r, c, &a->bounds, SAY("normal ranges", "参考范围"));
		return;
	}
	if (bounds_fit(&a->bounds, ratios, RATIOS))
		return;
	deny(r, CHECK_VALUES, RULE(r, "column:%s", c->name), c->gen_at, a->bounds.at,
		TELL(r, "Results may be compared with %s at these multiples only: %s.",
			"检验结果与 %s 之比只能使用：%s。", c->name,
			say_numbers(r->a, ratios, RATIOS, 9)),
		TELL(r,
			"Results may be compared with their normal range at these multiples only: "
			"%s.",
			"检验结果与参考范围之比只能使用：%s。",
			say_numbers(r->a, ratios, RATIOS, 9)));
}

static void of_range(struct ruling *r, const struct attribute *a, const struct looked_at *e,
	struct plan_attribute *out)
{
	const char *end =
		e->criterion->event
			->attributes[a->kind == ATTR_LOW ? ATTR_RANGE_LOW : ATTR_RANGE_HIGH];
	const struct column *value;

	if (end == NULL) {
		no_attribute(r, a, e);
		return;
	}
	value = e->criterion->clamped ? e->criterion->value : need_value(r, e, a->at);
	out->column = number(r, a, end, e);
	if (value == NULL || out->column == NULL)
		return;
	if (!e->criterion->clamped)
		narrow(r, value->name, e->thing, a->at);
	check_ratio(r, out->column, a);
}

/* ---- each ---- */

static void of_row(struct ruling *r, const struct attribute *a, const struct looked_at *e,
	struct plan_attribute *out)
{
	const char *name = e->criterion->event->attributes[a->kind];

	if (name == NULL)
		no_attribute(r, a, e);
	else if (a->kind < ATTR_NUMBERS)
		out->column = coded(r, a, e->criterion->table, name, e);
	else if ((out->column = number(r, a, name, e)) != NULL)
		check_column_bounds(r, out->column, &a->bounds, e->thing);
}

static void resolve_one(struct ruling *r, const struct attribute *a, const struct looked_at *e,
	struct plan_attribute *out)
{
	if (e->criterion->event == NULL)
		no_attribute(r, a, e);
	else if (a->kind < ATTR_NUMBERS && (a->n_codes == 0 || a->codes == NULL))
		deny_internal(r, CHECK_RED_LIST, "a property without codes");
	else if (a->kind == ATTR_VISIT)
		of_visit(r, a, e, out);
	else if (a->kind == ATTR_PROVIDER)
		of_provider(r, a, e, out);
	else if (a->kind == ATTR_LOW || a->kind == ATTR_HIGH)
		of_range(r, a, e, out);
	else
		of_row(r, a, e, out);
}

const struct plan_attribute *resolve_attributes(
	struct ruling *r, const struct attribute *a, const struct looked_at *e)
{
	struct plan_attribute *first = NULL, *last = NULL;

	for (unsigned n = 0; a != NULL; a = a->next) {
		struct plan_attribute *out = ruling_alloc(r, 1, sizeof(*out));

		if (out == NULL)
			return NULL;
		if (++n > ATTRIBUTES || (unsigned)a->kind >= ATTRIBUTES) {
			deny_internal(r, CHECK_RED_LIST, "unknown property of an event");
			return NULL;
		}
		*out = (struct plan_attribute){ .kind = a->kind,
			.codes = a->codes,
			.n_codes = a->n_codes,
			.bounds = a->bounds };
		resolve_one(r, a, e, out);
		if (last == NULL)
			first = out;
		else
			last->next = out;
		last = out;
	}
	return first;
}
