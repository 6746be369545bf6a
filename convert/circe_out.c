#include "convert/circe_out.h"

#include <string.h>

#include "base/clock.h"

/* Ours as a Circe expression: the whole, its concept sets, groups and people. */

void out_set(struct writing *w, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		w->failed = true;
}

void out_append(struct writing *w, json_t *list, json_t *value)
{
	if (json_array_append_new(list, value) != 0)
		w->failed = true;
}

json_t *out_object(struct writing *w)
{
	json_t *o = json_object();

	w->failed = w->failed || o == NULL;
	return o;
}

json_t *out_list(struct writing *w)
{
	json_t *o = json_array();

	w->failed = w->failed || o == NULL;
	return o;
}

/* ---- concept sets ---- */

static json_t *concept(struct writing *w, const struct code *c)
{
	json_t *o = out_object(w);

	out_set(w, o, "CONCEPT_ID", json_integer(c->concept));
	return o;
}

static json_t *items_of(struct writing *w, const struct code *codes, unsigned n, bool flip)
{
	json_t *items = out_list(w);

	for (unsigned i = 0; i < n; i++) {
		json_t *item = out_object(w);

		if (codes[i].concept == 0)
			out_refuse(w, codes[i].at,
				"Circe knows concepts by their OMOP ids only, not '%s:%s'",
				"Circe 只认 OMOP 概念编号，不认“%s:%s”", codes[i].system,
				codes[i].text);
		out_set(w, item, "concept", concept(w, &codes[i]));
		out_set(w, item, "isExcluded", json_boolean(codes[i].out != flip));
		out_set(w, item, "includeDescendants", json_boolean(codes[i].descendants));
		out_set(w, item, "includeMapped", json_boolean(codes[i].mapped));
		out_append(w, items, item);
	}
	return items;
}

json_int_t out_set_of(struct writing *w, const struct code *codes, unsigned n, bool flip)
{
	json_t *items = items_of(w, codes, n, flip), *set, *expression;
	size_t id, count = json_array_size(w->sets);
	char name[32];

	for (id = 0; id < count; id++) {
		set = json_array_get(w->sets, id);
		if (json_equal(
			    json_object_get(json_object_get(set, "expression"), "items"), items)) {
			json_decref(items);
			return (json_int_t)id;
		}
	}
	set = out_object(w);
	expression = out_object(w);
	snprintf(name, sizeof(name), "set %zu", id + 1);
	out_set(w, expression, "items", items);
	out_set(w, set, "id", json_integer((json_int_t)id));
	out_set(w, set, "name", json_string(name));
	out_set(w, set, "expression", expression);
	out_append(w, w->sets, set);
	return (json_int_t)id;
}

/* ---- people ---- */

static json_t *range(struct writing *w, const char *op, int64_t value, const int64_t *extent)
{
	json_t *o = out_object(w);

	out_set(w, o, "Value", json_integer(value));
	if (extent != NULL)
		out_set(w, o, "Extent", json_integer(*extent));
	out_set(w, o, "Op", json_string(op));
	return o;
}

static json_t *age(struct writing *w, const struct part *p)
{
	int64_t last = p->age_to - 1;

	if (p->age_from >= 0 && p->age_to >= 0)
		return range(w, "bt", p->age_from, &last);
	return p->age_from >= 0 ? range(w, "gte", p->age_from, NULL)
				: range(w, "lt", p->age_to, NULL);
}

/* {any: [{age: {to: 18}}, {age: {from: 65}}]} is one range: not between */
static bool ages_outside(const struct part *p, int64_t *low, int64_t *high)
{
	const struct part *a = p->children, *b = a == NULL ? NULL : a->next;

	if (p->kind != PART_ANY || b == NULL || b->next != NULL || a->kind != PART_AGE ||
		b->kind != PART_AGE)
		return false;
	if (a->age_from >= 0) {
		a = b;
		b = p->children;
	}
	*low = a->age_to;
	*high = b->age_from - 1;
	return a->age_from < 0 && a->age_to >= 0 && b->age_to < 0 && *low <= *high;
}

static const char *person_key(enum part_kind kind)
{
	return kind == PART_SEX ? "Gender" : kind == PART_RACE ? "Race" : "Ethnicity";
}

/* One concept, as both sides mean it. */
static bool one_concept(const struct part *p)
{
	return (p->kind == PART_SEX || p->kind == PART_RACE || p->kind == PART_ETHNICITY) &&
	       p->label == NULL && p->n_codes == 1 && p->codes[0].concept > 0 &&
	       !p->codes[0].descendants && !p->codes[0].mapped && !p->codes[0].out;
}

static bool all_of_kind(const struct part *p, enum part_kind kind)
{
	for (; p != NULL; p = p->next)
		if (p->kind != kind || !one_concept(p))
			return false;
	return true;
}

bool out_person(struct writing *w, const struct part *p, json_t *map, const char *age_key)
{
	const struct part *first = p->kind == PART_ANY ? p->children : p;
	int64_t low, high;
	json_t *list;

	if (age_key != NULL && json_object_get(map, age_key) == NULL &&
		(p->kind == PART_AGE || ages_outside(p, &low, &high))) {
		out_set(w, map, age_key,
			p->kind == PART_AGE ? age(w, p) : range(w, "!bt", low, &high));
		return true;
	}
	if (!one_concept(first) || json_object_get(map, person_key(first->kind)) != NULL ||
		(p->kind == PART_ANY && !all_of_kind(first, first->kind)))
		return false;
	list = out_list(w);
	for (const struct part *c = first; c != NULL; c = p->kind == PART_ANY ? c->next : NULL)
		out_append(w, list, concept(w, &c->codes[0]));
	out_set(w, map, person_key(first->kind), list);
	return true;
}

json_t *out_demographic(struct writing *w, const struct part *p)
{
	json_t *map = out_object(w);

	if (!out_person(w, p, map, "Age"))
		out_refuse(w, p->at,
			"Circe knows sex, race and ethnicity by one concept id each, not by the "
			"label of a site",
			"Circe 按概念编号识别性别、种族和民族，不认机构的标签");
	return map;
}

/* ---- groups ---- */

static void add_member(
	struct writing *w, const struct part *p, json_t *criteria, json_t *people, json_t *groups)
{
	switch (p->kind) {
	case PART_EVENT:
		out_append(w, criteria, out_correlated(w, p));
		break;
	case PART_AGE:
	case PART_SEX:
	case PART_RACE:
	case PART_ETHNICITY:
		out_append(w, people, out_demographic(w, p));
		break;
	case PART_MEASURE:
		out_refuse(w, p->at, "a measure is a site's own; Circe needs its concepts",
			"指标由各机构自定，Circe 需要具体概念");
		break;
	case PART_BIRTH:
		out_refuse(w, p->at, "Circe knows no days of birth", "Circe 不支持出生日期条件");
		break;
	case PART_ALL:
	case PART_ANY:
	case PART_NONE:
	case PART_OF:
		out_append(w, groups, out_group(w, p));
		break;
	}
}

/* Members are a list, or the first of them alone. */
static json_t *group(
	struct writing *w, const char *type, int count, const struct part *members, bool alone)
{
	json_t *o = out_object(w), *criteria = out_list(w), *people = out_list(w),
	       *groups = out_list(w);

	out_set(w, o, "Type", json_string(type));
	if (count >= 0)
		out_set(w, o, "Count", json_integer(count));
	for (const struct part *p = members; p != NULL; p = alone ? NULL : p->next)
		add_member(w, p, criteria, people, groups);
	out_set(w, o, "CriteriaList", criteria);
	out_set(w, o, "DemographicCriteriaList", people);
	out_set(w, o, "Groups", groups);
	return o;
}

json_t *out_group_of(struct writing *w, const char *type, int count, const struct part *members)
{
	return group(w, type, count, members, false);
}

static json_t *exactly(struct writing *w, const struct part *p)
{
	json_t *o = group(w, "ALL", -1, NULL, false), *groups = json_object_get(o, "Groups");

	out_append(w, groups, group(w, "AT_LEAST", (int)p->n, p->children, false));
	out_append(w, groups, group(w, "AT_MOST", (int)p->n, p->children, false));
	return o;
}

json_t *out_group(struct writing *w, const struct part *p)
{
	switch (p->kind) {
	case PART_ALL:
		return group(w, "ALL", -1, p->children, false);
	case PART_ANY:
		return group(w, "ANY", -1, p->children, false);
	case PART_NONE:
		return group(w, "AT_MOST", 0, p->children, false);
	case PART_OF:
		if (p->how == EXACTLY)
			return exactly(w, p);
		return group(w, p->how == AT_LEAST ? "AT_LEAST" : "AT_MOST", (int)p->n, p->children,
			false);
	default:
		return group(w, "ALL", -1, p, true);
	}
}

/* ---- the whole ---- */

static json_t *limit(struct writing *w, const char *type)
{
	json_t *o = out_object(w);

	out_set(w, o, "Type", json_string(type));
	return o;
}

static json_t *primary(struct writing *w, const struct cohort *c, const char *type)
{
	json_t *o = out_object(w), *list = out_list(w), *observed = out_object(w);

	if (c->before < 0 || c->after < 0)
		out_refuse(w, c->observed_at,
			"Circe looks only at index events under observation: write observed: "
			"{before: 0 days, after: 0 days}",
			"Circe 只看观察期内的基准事件，请写 observed: {before: 0 days, after: 0 "
			"days}");
	for (const struct part *p = c->entry; p != NULL; p = p->next)
		if (p->kind == PART_EVENT)
			out_append(w, list, out_event(w, p));
		else
			out_refuse(w, p->at, "a measure is a site's own; Circe needs its concepts",
				"指标由各机构自定，Circe 需要具体概念");
	out_set(w, observed, "PriorDays", json_integer(c->before));
	out_set(w, observed, "PostDays", json_integer(c->after));
	out_set(w, o, "CriteriaList", list);
	out_set(w, o, "ObservationWindow", observed);
	out_set(w, o, "PrimaryCriteriaLimit", limit(w, type));
	return o;
}

static json_t *rules(struct writing *w, const struct cohort *c)
{
	json_t *list = out_list(w);
	char name[32];
	size_t n = 0;

	for (const struct part *p = c->root->children; p != NULL; p = p->next) {
		json_t *rule = out_object(w);

		snprintf(name, sizeof(name), "rule %zu", ++n);
		out_set(w, rule, "name", json_string(name));
		out_set(w, rule, "expression", out_group(w, p));
		out_append(w, list, rule);
	}
	return list;
}

static json_t *expression(struct writing *w, const struct cohort *c)
{
	static const char *const limits[] = { "First", "Last", "All" };
	const char *type = limits[c->index];
	json_t *o = out_object(w), *collapse = out_object(w), *parts = primary(w, c, type),
	       *list = rules(w, c);

	out_set(w, o, "cdmVersionRange", json_string(">=5.0.0"));
	out_set(w, o, "PrimaryCriteria", parts);
	out_set(w, o, "ConceptSets", json_incref(w->sets));
	out_set(w, o, "QualifiedLimit", limit(w, type));
	out_set(w, o, "ExpressionLimit", limit(w, type));
	out_set(w, o, "InclusionRules", list);
	out_set(w, o, "CensoringCriteria", out_list(w));
	out_set(w, collapse, "CollapseType", json_string("ERA"));
	out_set(w, collapse, "EraPad", json_integer(0));
	out_set(w, o, "CollapseSettings", collapse);
	out_set(w, o, "CensorWindow", out_object(w));
	return o;
}

static int print(struct writing *w, json_t *o, struct text *out)
{
	char *s = w->failed ? NULL : json_dumps(o, JSON_INDENT(2) | JSON_REAL_PRECISION(15));

	if (s == NULL) {
		diag_error(w->ds, "V135", (struct place){ .file = NULL },
			"the definition needs more memory than is given to one",
			"此定义所需内存超过上限");
		return -1;
	}
	text_add(out, s);
	text_addc(out, '\n');
	free(s);
	return 0;
}

int convert_to_circe(
	const struct question *q, struct arena *arena, struct diags *ds, struct text *out)
{
	const struct cohort *c = &q->cohort;
	struct writing w = { .ds = ds };
	json_t *o = NULL;
	int ret = -1;

	(void)arena;
	if (c->officer != NULL || c->n_entries == 0) {
		out_refuse(&w, q->cohort_at,
			"Circe needs an entry event, which sets the index date",
			"Circe 需要确定入组日期的入组事件");
		return -1;
	}
	w.sets = out_list(&w);
	o = expression(&w, c);
	if (ds->errors == 0)
		ret = print(&w, o, out);
	json_decref(o);
	json_decref(w.sets);
	return ret;
}
