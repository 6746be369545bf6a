#include "convert/circe_out.h"

#include <string.h>

#include "base/clock.h"

/* One event of ours as a criterion of Circe. */

enum {
	NANO = 1000000000, /* value_bounds are in 1e-9 units */
	TEN_THOUSANDTH = 100000
};

/* ---- ranges ---- */

static json_t *day(int32_t d)
{
	char buf[16];

	return json_string(day_text(d, buf));
}

static json_t *days(struct writing *w, int32_t from, int32_t to)
{
	json_t *o = out_object(w);

	out_set(w, o, "Value", day(from != DAY_NONE ? from : to));
	if (from != DAY_NONE && to != DAY_NONE)
		out_set(w, o, "Extent", day(to));
	out_set(w, o, "Op", json_string(from == DAY_NONE ? "lte" : to == DAY_NONE ? "gte" : "bt"));
	return o;
}

static json_t *number(struct writing *w, int64_t v, bool whole, struct place at)
{
	if (v % (whole ? NANO : TEN_THOUSANDTH) != 0)
		out_refuse(w, at,
			"Circe compares this with whole numbers, or with four places after the "
			"point",
			"Circe 此处只比较整数或四位小数");
	if (v % NANO == 0)
		return json_integer(v / NANO);
	return json_real((double)(v / TEN_THOUSANDTH) / (NANO / TEN_THOUSANDTH));
}

static json_t *bounds(struct writing *w, const struct value_bounds *b, bool whole)
{
	bool both = b->outside || (b->has_low && b->has_high);
	json_t *o = out_object(w);

	if (both && (b->low_open || b->high_open))
		out_refuse(w, b->at, "two bounds of which one is open are not one range of Circe",
			"Circe 的范围不能有一端不含界限的双边界");
	out_set(w, o, "Value",
		number(w, b->outside || b->has_low ? b->low : b->high, whole, b->at));
	if (both)
		out_set(w, o, "Extent", number(w, b->high, whole, b->at));
	out_set(w, o, "Op",
		json_string(b->outside   ? "!bt"
			    : both       ? "bt"
			    : b->has_low ? (b->low_open ? "gt" : "gte")
					 : (b->high_open ? "lt" : "lte")));
	return o;
}

static json_t *lasting(struct writing *w, const struct part *p)
{
	json_t *o = out_object(w);
	bool low = p->lasting_from >= 0, high = p->lasting_to >= 0;

	out_set(w, o, "Value", json_integer(low ? p->lasting_from : p->lasting_to));
	if (low && high)
		out_set(w, o, "Extent", json_integer(p->lasting_to));
	out_set(w, o, "Op", json_string(low && high ? "bt" : low ? "gte" : "lte"));
	return o;
}

/* ---- attributes ---- */

static const struct circe_field *field(
	const struct circe_kind *kind, enum circe_how how, const enum attribute_kind *attribute)
{
	for (const struct circe_field *f = kind->fields; f->key != NULL; f++)
		if (f->how == how && (attribute == NULL || f->attribute == *attribute))
			return f;
	return NULL;
}

static void has_none(
	struct writing *w, const struct circe_kind *kind, struct place at, const char *key)
{
	out_refuse(w, at, "%s of Circe has nothing for '%s'", "Circe 的 %s 无法表达“%s”",
		kind->name, key);
}

/* Under the key of the first such field. */
static void put(struct writing *w, json_t *map, const struct circe_kind *kind, enum circe_how how,
	struct place at, const char *word, json_t *value)
{
	const struct circe_field *f = field(kind, how, NULL);

	if (f != NULL) {
		out_set(w, map, f->key, value);
		return;
	}
	json_decref(value);
	has_none(w, kind, at, word);
}

struct shape {
	bool plain;   /* concepts alone */
	bool all_out; /* only taken out */
	bool some_out;
};

static struct shape shape_of(const struct attribute *a)
{
	struct shape s = { .plain = true, .all_out = true };

	for (unsigned i = 0; i < a->n_codes; i++) {
		s.plain = s.plain && !a->codes[i].descendants && !a->codes[i].mapped &&
			  a->codes[i].concept > 0;
		s.all_out = s.all_out && a->codes[i].out;
		s.some_out = s.some_out || a->codes[i].out;
	}
	return s;
}

static json_t *selection(struct writing *w, const struct attribute *a, bool exclusion)
{
	json_t *o = out_object(w);

	out_set(w, o, "CodesetId", json_integer(out_set_of(w, a->codes, a->n_codes, exclusion)));
	out_set(w, o, "IsExclusion", json_boolean(exclusion));
	return o;
}

static json_t *concepts(struct writing *w, const struct attribute *a)
{
	json_t *list = out_list(w);

	for (unsigned i = 0; i < a->n_codes; i++) {
		json_t *o = out_object(w);

		out_set(w, o, "CONCEPT_ID", json_integer(a->codes[i].concept));
		out_append(w, list, o);
	}
	return list;
}

static void codes(
	struct writing *w, json_t *map, const struct circe_kind *kind, const struct attribute *a)
{
	const struct circe_field *source = field(kind, HOW_SOURCE, &a->kind),
				 *list = field(kind, HOW_CONCEPTS, &a->kind),
				 *set = field(kind, HOW_SELECTION, &a->kind);
	struct shape s = shape_of(a);

	if (source != NULL && !s.all_out)
		out_set(w, map, source->key,
			json_integer(out_set_of(w, a->codes, a->n_codes, false)));
	else if (list != NULL && s.plain && !s.some_out)
		out_set(w, map, list->key, concepts(w, a));
	else if (set != NULL && (!s.all_out || set->filled))
		out_set(w, map, set->key, selection(w, a, s.all_out));
	else
		has_none(w, kind, a->at, attribute_name(a->kind));
}

static void attribute(
	struct writing *w, json_t *map, const struct circe_kind *kind, const struct attribute *a)
{
	const struct circe_field *whole = field(kind, HOW_WHOLE, &a->kind),
				 *decimal = field(kind, HOW_DECIMAL, &a->kind);

	if (a->kind < ATTR_NUMBERS)
		codes(w, map, kind, a);
	else if (whole != NULL)
		out_set(w, map, whole->key, bounds(w, &a->bounds, true));
	else if (decimal != NULL)
		out_set(w, map, decimal->key, bounds(w, &a->bounds, false));
	else
		has_none(w, kind, a->at, attribute_name(a->kind));
}

/* ---- nested criteria ---- */

static bool inside(const struct writing *w, const struct part *p)
{
	if (p->inside != TRI_DEFAULT)
		return p->inside == TRI_YES;
	return p->n_windows > 0 || p->same_visit || w->in_with;
}

/* Whether what is nested implies that its event lies in an observation period, as it does in Circe. */
static bool observed(struct writing *w, const struct part *members)
{
	bool was = w->in_with, yes = false;

	w->in_with = true;
	for (const struct part *p = members; p != NULL; p = p->next)
		yes = yes ||
		      (p->kind == PART_EVENT && (!p->has_times || (p->times_how == AT_LEAST)) &&
			      (p->event == EVENT_OBSERVATION_PERIOD || inside(w, p)));
	w->in_with = was;
	return yes;
}

/* What `with` says about the person goes into keys of the event, the rest into a group. */
static void with(struct writing *w, json_t *map, const struct circe_kind *kind,
	const struct part *p, bool within_period)
{
	const struct circe_field *age = field(kind, HOW_AGE, NULL);
	bool sex = field(kind, HOW_SEX, NULL) != NULL, was = w->in_with;
	json_t *group, *more, *list;
	static const char *const lists[] = { "CriteriaList", "DemographicCriteriaList", "Groups" };
	size_t left = 0;

	w->in_with = true;
	group = out_group_of(w, "ALL", -1, NULL);
	for (const struct part *c = p->with->children; c != NULL; c = c->next) {
		bool a_sex = c->kind == PART_SEX ||
			     (c->kind == PART_ANY && c->children->kind == PART_SEX);
		bool an_age = c->kind == PART_AGE ||
			      (c->kind == PART_ANY && c->children->kind == PART_AGE);

		if (((an_age && age != NULL) || (a_sex && sex)) &&
			out_person(w, c, map, age == NULL ? NULL : age->key))
			continue;
		left++;
		more = out_group(w, c);
		if (c->kind == PART_EVENT || c->kind == PART_AGE || c->kind == PART_SEX ||
			c->kind == PART_RACE || c->kind == PART_ETHNICITY ||
			c->kind == PART_BIRTH || c->kind == PART_MEASURE) {
			for (size_t i = 0; i < 3; i++) {
				list = json_object_get(group, lists[i]);
				if (json_array_extend(list, json_object_get(more, lists[i])) != 0)
					w->failed = true;
			}
			json_decref(more);
		} else {
			out_append(w, json_object_get(group, "Groups"), more);
		}
	}
	w->in_with = was;
	if (left > 0 && !within_period && !observed(w, p->with->children))
		out_refuse(w, p->at,
			"Circe says what is nested about events under observation only; this one "
			"may lie outside",
			"Circe 的嵌套条件只针对观察期内的事件，而此事件可在观察期之外");
	if (left > 0)
		out_set(w, map, "CorrelatedCriteria", group);
	else
		json_decref(group);
}

static json_t *event(struct writing *w, const struct part *p, bool within_period)
{
	const struct circe_kind *kind = circe_kind_of(p->event);
	json_t *outer = out_object(w), *map = out_object(w);

	if (p->n_codes > 0 && p->event == EVENT_OBSERVATION_PERIOD)
		has_none(w, kind, p->at, "codes");
	else if (p->n_codes > 0)
		out_set(w, map, "CodesetId",
			json_integer(out_set_of(w, p->codes, p->n_codes, false)));
	if (p->first && p->event == EVENT_DEATH)
		has_none(w, kind, p->at, "first");
	else if (p->first)
		out_set(w, map, "First", json_true());
	if (p->from != DAY_NONE || p->to != DAY_NONE)
		put(w, map, kind, HOW_STARTS, p->during_at, "during", days(w, p->from, p->to));
	if (p->ends_from != DAY_NONE || p->ends_to != DAY_NONE)
		put(w, map, kind, HOW_ENDS, p->ends_at, "ends", days(w, p->ends_from, p->ends_to));
	if (p->lasting_from >= 0 || p->lasting_to >= 0)
		put(w, map, kind, HOW_LASTING, p->lasting_at, "lasting", lasting(w, p));
	if (p->has_value)
		put(w, map, kind, HOW_VALUE, p->value.at, "value", bounds(w, &p->value, false));
	for (const struct attribute *a = p->attributes; a != NULL; a = a->next)
		attribute(w, map, kind, a);
	if (p->with != NULL)
		with(w, map, kind, p, within_period);
	out_set(w, outer, kind->name, map);
	return outer;
}

json_t *out_event(struct writing *w, const struct part *p)
{
	return event(w, p, true);
}

/* ---- in a group ---- */

static json_t *edge(struct writing *w, int32_t n)
{
	json_t *o = out_object(w);

	if (n != ALL_DAYS_BEFORE && n != ALL_DAYS_AFTER)
		out_set(w, o, "Days", json_integer(n < 0 ? -(int64_t)n : n));
	out_set(w, o, "Coeff", json_integer(n < 0 ? -1 : 1));
	return o;
}

static json_t *window(struct writing *w, const struct window *win)
{
	json_t *o = out_object(w);

	if (win->of_index)
		out_refuse(w, win->at,
			"Circe counts days from the event that a criterion is nested in, not from "
			"the index date",
			"Circe 的嵌套条件从其所在事件起计算天数，不能从入组日期起算");
	out_set(w, o, "Start", edge(w, win->from));
	out_set(w, o, "End", edge(w, win->to));
	out_set(w, o, "UseIndexEnd", json_boolean(win->to_end));
	out_set(w, o, "UseEventEnd", json_boolean(win->on_end));
	return o;
}

static json_t *occurrence(struct writing *w, const struct part *p)
{
	static const char *const columns[] = { NULL, "START_DATE", "DOMAIN_CONCEPT", "VISIT_ID" };
	json_t *o = out_object(w);
	int type = !p->has_times || p->times_how == AT_LEAST ? 2 : p->times_how == AT_MOST ? 1 : 0;

	out_set(w, o, "Type", json_integer(type));
	out_set(w, o, "Count", json_integer(p->has_times ? (json_int_t)p->times : 1));
	out_set(w, o, "IsDistinct", json_boolean(p->has_times && p->distinct != DISTINCT_EVENTS));
	if (p->has_times && p->distinct != DISTINCT_EVENTS)
		out_set(w, o, "CountColumn", json_string(columns[p->distinct]));
	return o;
}

json_t *out_correlated(struct writing *w, const struct part *p)
{
	static const struct window always = { .from = ALL_DAYS_BEFORE, .to = ALL_DAYS_AFTER };
	bool within_period = inside(w, p);
	json_t *o = out_object(w);

	out_set(w, o, "Criteria", event(w, p, within_period));
	out_set(w, o, "StartWindow", window(w, p->n_windows > 0 ? &p->windows[0] : &always));
	if (p->n_windows > 1)
		out_set(w, o, "EndWindow", window(w, &p->windows[1]));
	out_set(w, o, "Occurrence", occurrence(w, p));
	out_set(w, o, "RestrictVisit", json_boolean(p->same_visit));
	out_set(w, o, "IgnoreObservationPeriod", json_boolean(!within_period));
	return o;
}
