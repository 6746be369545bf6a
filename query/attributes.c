/*
 * attributes.c - the properties of an event: lists of codes, numbers, and `value` with its unit, its
 * concept and its normal range.
 */
#include "query/bounds.h"
#include "query/reading.h"
#include "query/words.h"

bool attribute_in_value(enum attribute_kind kind)
{
	return kind == ATTR_UNIT || kind == ATTR_CONCEPT || kind == ATTR_LOW || kind == ATTR_HIGH;
}

/* The key under which the attribute stands may come once only, so each kind is new. */
static struct attribute *attribute_new(
	struct reading *r, struct part *p, enum attribute_kind kind, struct place at)
{
	struct attribute *a = arena_alloc(r->arena, sizeof(*a)), **link = &p->attributes;

	if (a == NULL) {
		r->failed = true;
		return NULL;
	}
	while (*link != NULL && (*link)->kind < kind)
		link = &(*link)->next;
	*a = (struct attribute){ .kind = kind, .at = at, .next = *link };
	*link = a;
	return a;
}

static void read_number(
	struct reading *r, const struct node *n, enum attribute_kind kind, struct part *p)
{
	struct value_bounds v;
	struct attribute *a;
	bool has;

	if (!words_map(n, n->key, SAY("a map such as {at_least: 30}", "映射，例如 {at_least: 30}"),
		    r->ds))
		return;
	words_keys(n, IN_BOUNDS, r->ds);
	if (!bounds_read(n, &v, &has, r->ds))
		return;
	if (!has && n->count == 0)
		diag_error(r->ds, "Q141", n->at,
			"'%s' has no bound; give at_least, above, at_most, below, between or "
			"outside",
			"“%s”未给出界限，请写 at_least、above、at_most、below、between 或 outside",
			n->key);
	a = has ? attribute_new(r, p, kind, n->key_at) : NULL;
	if (a != NULL)
		a->bounds = v;
}

static void read_concepts(
	struct reading *r, const struct node *n, enum attribute_kind kind, struct part *p)
{
	struct attribute *a;

	if (!words_list(n, n->key, SAY("a list of codes such as [32817]", "代码列表，例如 [32817]"),
		    r->ds))
		return;
	if (n->count == 0) {
		diag_error(r->ds, "Q122", n->at, "the list of '%s' is empty; leave '%s' out",
			"“%s”的列表为空，请删去“%s”", n->key, n->key);
		return;
	}
	a = attribute_new(r, p, kind, n->key_at);
	if (a != NULL)
		(void)codes_read(r, n, n->key, true, &a->codes, &a->n_codes);
}

void read_attribute(
	struct reading *r, const struct node *n, enum attribute_kind kind, struct part *p)
{
	if (kind >= ATTR_NUMBERS)
		read_number(r, n, kind, p);
	else
		read_concepts(r, n, kind, p);
}

static void read_range(struct reading *r, const struct node *n, struct part *p)
{
	const struct node *low = node_get(n, "low"), *high = node_get(n, "high");

	if (!words_map(n, "range",
		    SAY("a map such as {high: {above: 1}}", "映射，例如 {high: {above: 1}}"),
		    r->ds))
		return;
	words_keys(n, IN_RANGE, r->ds);
	if (n->count == 0)
		diag_error(r->ds, "Q141", n->at, "'range' has no bound; give low, high or both",
			"“range”未给出界限，请写 low、high 或两者");
	if (low != NULL)
		read_number(r, low, ATTR_LOW, p);
	if (high != NULL)
		read_number(r, high, ATTR_HIGH, p);
}

void read_value(struct reading *r, const struct node *n, struct part *p)
{
	const struct node *unit = node_get(n, "unit"), *concept = node_get(n, "concept"),
			  *range = node_get(n, "range");
	bool has = false;

	if (!words_map(n, "value",
		    SAY("a map such as {at_least: 7.0}", "映射，例如 {at_least: 7.0}"), r->ds))
		return;
	words_keys(n, IN_VALUE, r->ds);
	if (bounds_read(n, &p->value, &has, r->ds))
		p->has_value = has;
	if (unit != NULL)
		read_concepts(r, unit, ATTR_UNIT, p);
	if (concept != NULL)
		read_concepts(r, concept, ATTR_CONCEPT, p);
	if (range != NULL)
		read_range(r, range, p);
	if (n->count == 0)
		diag_error(r->ds, "Q141", n->at,
			"'value' has no bound; give at_least, above, at_most, below, between, "
			"outside, unit, concept or range",
			"“value”未给出界限，请写 "
			"at_least、above、at_most、below、between、outside、"
			"unit、concept 或 range");
}
