#include "policies/offer/offer.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "policies/decide/labels.h"
#include "policies/reach.h"

bool offer_names(const struct offer *o, const char *name)
{
	return o->s == NULL || study_may_use(o->s, name);
}

bool offer_opens(const struct offer *o, const struct code_rule *r)
{
	bool listed = false;

	for (unsigned i = 0; o->s != NULL && i < r->n_studies; i++)
		listed = listed || strcmp(r->studies[i], o->s->id) == 0;
	return r->restricted && listed;
}

unsigned offer_kinds(const struct offer *o)
{
	unsigned kinds = 0;

	for (unsigned k = 0; k < KINDS; k++)
		if (o->p->kinds[k].listed)
			kinds |= 1u << k;
	return o->s == NULL ? kinds : kinds & o->s->kinds;
}

const struct column *offer_column(
	const struct offer *o, const struct table *t, const char *name, unsigned uses)
{
	const struct column *c = t == NULL || name == NULL ? NULL : table_column(t, name);

	c = c == NULL ? NULL : column_on(c, o->day);
	return c != NULL && (c->uses & uses) && !(c->uses & USE_FORBIDDEN) &&
			       offer_names(o, c->name)
		       ? c
		       : NULL;
}

bool offer_measure(const struct offer *o, const struct measure *m)
{
	char name[sizeof("measure:") + MAX_ID] = "measure:";
	const struct column *c = m->column == NULL ? NULL : column_on(m->column, o->day);

	return c != NULL && (c->uses & USE_MEASURE) && !(c->uses & USE_FORBIDDEN) &&
	       m->id != NULL && text_copy(name + strlen("measure:"), MAX_ID + 1, m->id) &&
	       offer_names(o, name);
}

bool offer_counts(const struct offer *o, const struct table *t)
{
	if (t == NULL || t->key == NULL)
		return false;
	for (unsigned i = 0; i < o->p->n_codes; i++)
		if (!offer_opens(o, &o->p->codes[i]) &&
			rule_reach(&o->p->codes[i], o->data->model, t, ~0u, o->day) != REACH_YES)
			return false;
	return true;
}

/* ---- groups ---- */

static bool ages(const struct offer *o, const struct column *c)
{
	const char *column = model_age_column(o->data->model);

	return c->gen == GEN_BANDS && c->as_age && column != NULL && strcmp(c->column, column) == 0;
}

bool offer_groups(const struct offer *o, const struct column *c)
{
	return ages(o, c) || c->gen == GEN_CATEGORIES || c->gen == GEN_GEO;
}

const char *offer_group_word(const struct offer *o, const struct column *c)
{
	const char *sex = o->data->model->sex;

	if (sex != NULL && strcmp(c->column, sex) == 0)
		return "sex";
	return c->gen == GEN_BANDS ? "age" : NULL;
}

static unsigned listed_labels(const struct column *c)
{
	switch (c->gen) {
	case GEN_BANDS:
		return c->n_bands;
	case GEN_GEO:
		return c->n_areas;
	case GEN_CATEGORIES:
		return c->n_categories;
	default:
		return 0;
	}
}

unsigned offer_labels(const struct column *c)
{
	unsigned n = listed_labels(c);

	return n == 0 || c->gen == GEN_BANDS ? n : n + 1;
}

const char *offer_label(const struct column *c, unsigned i, struct arena *a)
{
	if (c->gen == GEN_BANDS)
		return label_band(c, i, a);
	if (i >= listed_labels(c))
		return "other";
	return c->gen == GEN_GEO ? c->areas[i] : c->categories[i].label;
}

/* ---- events ---- */

/* Of columns that only join: no study's list names them, and decide() asks for none. */
static const struct column *readable(const struct offer *o, const struct table *t, const char *name)
{
	const struct column *c = t == NULL || name == NULL ? NULL : table_column(t, name);

	return c != NULL && column_readable(c, o->day) ? c : NULL;
}

static bool has_measure(const struct offer *o, const struct model_event *ev, const struct table *t)
{
	for (unsigned i = 0; ev->value != NULL && i < t->n_measures; i++) {
		const struct measure *m = &t->measures[i];

		if (m->n_cuts > 0 && offer_measure(o, m) &&
			strcmp(m->column->column, ev->value) == 0)
			return true;
	}
	return false;
}

/* The kind of the visit is a column of another table. */
static void takes(struct offer_event *e, const struct column *c)
{
	for (unsigned i = 0; c != NULL && i < e->n_columns; i++)
		if (strcmp(e->columns[i], c->name) == 0)
			return;
	if (c != NULL && e->n_columns < OFFER_COLUMNS)
		e->columns[e->n_columns++] = c->name;
}

/* One of the columns that a study lists to ask by them. */
static const struct column *listed(
	const struct offer *o, struct offer_event *e, const char *name, unsigned uses)
{
	const struct column *c = offer_column(o, e->table, name, uses);

	takes(e, c);
	return c;
}

static bool visit_kinds(const struct offer *o)
{
	const struct model_event *visit = &o->data->model->events[EVENT_VISIT];
	const struct table *t = visit->table == NULL ? NULL : dataset_table(o->data, visit->table);

	return readable(o, t, visit->id) != NULL && offer_counts(o, t) &&
	       offer_column(o, t, visit->concept, USE_FILTER | USE_GROUP) != NULL;
}

static bool specialities(const struct offer *o, struct offer_event *e)
{
	const struct model_providers *p = &o->data->model->providers;
	const struct table *t = p->table == NULL ? NULL : dataset_table(o->data, p->table);
	const struct column *c = offer_column(o, t, p->speciality, USE_FILTER | USE_GROUP);

	if (c == NULL || readable(o, e->table, e->model->provider) == NULL ||
		readable(o, t, p->id) == NULL)
		return false;
	takes(e, c);
	return true;
}

static bool has_attribute(const struct offer *o, struct offer_event *e, enum attribute_kind a)
{
	const char *const *names = e->model->attributes;

	switch (a) {
	case ATTR_VISIT:
		return e->visits && visit_kinds(o);
	case ATTR_PROVIDER:
		return specialities(o, e);
	case ATTR_LOW:
	case ATTR_HIGH: /* the value, held against the end of the range */
		return (e->value != NULL || e->measured) &&
		       listed(o, e, names[a == ATTR_LOW ? ATTR_RANGE_LOW : ATTR_RANGE_HIGH],
			       USE_FILTER) != NULL;
	default:
		return listed(o, e, names[a],
			       a < ATTR_NUMBERS ? USE_FILTER | USE_GROUP : USE_FILTER) != NULL;
	}
}

/* A last day, or so many days from the first. */
static bool has_ends(const struct offer *o, struct offer_event *e)
{
	const struct model_event *ev = e->model;
	const struct column *end = offer_column(o, e->table, ev->end, USE_FILTER | USE_GROUP),
			    *days = readable(o, e->table, ev->end_days);

	if (e->start == NULL || (ev->end == NULL && ev->end_days == NULL) ||
		(ev->end != NULL && (end == NULL || end->gen != GEN_TRUNCATE)) ||
		(ev->end_days != NULL && (days == NULL || !offer_names(o, days->name))))
		return false;
	takes(e, end);
	takes(e, days);
	return true;
}

bool offer_event(const struct offer *o, enum event_kind kind, struct offer_event *out)
{
	const struct model_event *ev = &o->data->model->events[kind];

	*out = (struct offer_event){ .kind = kind, .model = ev };
	out->table = ev->table == NULL ? NULL : dataset_table(o->data, ev->table);
	out->concept = listed(o, out, ev->concept, USE_FILTER | USE_GROUP);
	out->start = offer_column(o, out->table, ev->start, USE_FILTER | USE_GROUP);
	if (out->start != NULL && out->start->gen != GEN_TRUNCATE)
		out->start = NULL;
	if ((out->concept == NULL && out->start == NULL) || !offer_counts(o, out->table))
		return false;
	takes(out, out->start);
	out->value = offer_column(o, out->table, ev->value, USE_FILTER);
	if (out->value != NULL && out->value->n_cuts == 0)
		out->value = NULL;
	takes(out, out->value);
	out->measured = has_measure(o, ev, out->table);
	out->ends = has_ends(o, out);
	out->visits = readable(o, out->table, ev->visit) != NULL;
	for (unsigned a = 0; a < ATTRIBUTES; a++)
		if (has_attribute(o, out, (enum attribute_kind)a))
			out->attributes |= 1u << a;
	return true;
}

bool offer_periods(const struct offer_event *e)
{
	return e->start != NULL && (e->start->uses & USE_GROUP) != 0;
}

bool offer_span(const struct offer *o, int32_t *from, int32_t *to)
{
	struct offer_event e;
	bool any = false;

	for (unsigned k = 0; k < EVENTS; k++) {
		if (!offer_event(o, (enum event_kind)k, &e) || e.start == NULL)
			continue;
		*from = !any || e.start->from < *from ? e.start->from : *from;
		*to = !any || e.start->to > *to ? e.start->to : *to;
		any = true;
	}
	return any;
}
