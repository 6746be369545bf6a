#include "sql/writing.h"

#include <string.h>

#include "base/clock.h"

/*
 * The rows of one criterion: steps 1 to 3 of query/cohort.h. Days are compared as they are; where something
 * is computed from one, it is first brought into DAY_FIRST..DAY_LAST, so that nothing overflows (W3).
 */

#define BEFORE "least(greatest("
#define AFTER  ", DATE '" DAY_FIRST "'), DATE '" DAY_LAST "')"

/* Longest supply that is believed: more is as much. */
#define MOST_DAYS "36525"

/* ---- days ---- */

const char *sql_as_day(struct sql_writing *w, const char *x)
{
	const char *s =
		arena_textf(w->arena, "CASE WHEN %s >= DATE '-infinity' THEN %s::date END", x, x);

	if (s == NULL)
		sql_wrong(w, "");
	return s == NULL ? "" : s;
}

const char *sql_day(struct sql_writing *w, const struct criterion *c, const char *a)
{
	const char *s;

	if (c->start == NULL) {
		sql_wrong(w, "days without a column that has them");
		return "";
	}
	s = arena_textf(w->arena, BEFORE "%s::date" AFTER, sql_expr(w, a, c->start->column));
	if (s == NULL)
		sql_wrong(w, "");
	return s == NULL ? "" : s;
}

const char *sql_last(struct sql_writing *w, const struct criterion *c, const char *a)
{
	const char *day = sql_day(w, c, a), *s;
	struct text t;

	text_init(&t, MAX_SQL_BYTES);
	text_add(&t, BEFORE "coalesce(");
	if (c->end != NULL)
		text_addf(&t, "%s, ", sql_as_day(w, sql_expr(w, a, c->end->column)));
	if (c->end_days != NULL) {
		const char *n = sql_expr(w, a, c->end_days->column);

		text_addf(&t,
			"CASE WHEN %s IS NOT NULL THEN %s + least(greatest(%s, -" MOST_DAYS
			"), " MOST_DAYS ")::int4 END, ",
			n, day, n);
	}
	text_addf(&t, "%s + %d)" AFTER, day, c->event == NULL ? 1 : (int)c->event->lasts);
	s = sql_take(&t, w->arena);
	if (s == NULL)
		sql_wrong(w, "");
	return s == NULL ? "" : s;
}

static void real_day(struct text *t, const char *x)
{
	text_addf(t, " AND %s >= DATE '" DAY_FIRST "' AND %s < DATE '" DAY_LAST "'", x, x);
}

static bool within_bounds(int32_t from, int32_t to)
{
	return from != DAY_NONE && to != DAY_NONE && from >= day_of(1, 1, 1) &&
	       to < day_of(9999, 12, 31);
}

static bool looks_at_day(const struct criterion *c)
{
	return c->first || c->ends_from != DAY_NONE || c->ends_to != DAY_NONE ||
	       c->lasting_from >= 0 || c->lasting_to >= 0 || c->n_windows > 0 || c->inside ||
	       c->with != NULL;
}

/* ---- step 1 ---- */

static void kinds(struct sql_writing *w, struct text *t, const struct criterion *c, const char *a)
{
	struct text exact, prefix;
	const char *x;

	if (c->event == NULL || c->event->n_kinds == 0)
		return;
	if (c->kind_column == NULL) {
		sql_wrong(w, "kinds without a column that has them");
		return;
	}
	x = sql_expr(w, a, c->kind_column->column);
	text_init(&exact, MAX_SQL_BYTES);
	text_init(&prefix, MAX_SQL_BYTES);
	text_addc(&exact, '{');
	text_addc(&prefix, '{');
	for (unsigned i = 0; i < c->event->n_kinds; i++) {
		const char *kind = c->event->kinds[i];
		size_t len = strlen(kind);

		if (len > 0 && kind[len - 1] == '*')
			sql_array_text(&prefix, kind, len - 1);
		else
			sql_array_text(&exact, kind, len);
	}
	text_addc(&exact, '}');
	text_addc(&prefix, '}');
	text_addf(t, " AND (%s::text = ANY (", x);
	sql_value(w, t, sql_take(&exact, w->arena), "text[]");
	text_addf(t, ") OR %s::text COLLATE \"C\" ^@ ANY (", x);
	sql_value(w, t, sql_take(&prefix, w->arena), "text[]");
	text_add(t, "))");
}

static void coded(struct sql_writing *w, struct text *t, const struct criterion *c, const char *a)
{
	kinds(w, t, c, a);
	if (c->n_codes > 0 && c->concept == NULL)
		sql_wrong(w, "codes without a column that has them");
	else if (c->n_codes > 0)
		sql_codes(w, t, sql_expr(w, a, c->concept->column), c->event, c->codes, c->n_codes,
			false);
	sql_red_rows(w, t, a, c->table);
}

/* ---- step 2 ---- */

enum {
	MAX_READ = 12 + ATTRIBUTES
};

static void reads(const struct column *list[MAX_READ], unsigned *n, const struct column *c)
{
	for (unsigned i = 0; i < *n; i++)
		if (c == NULL || list[i] == c)
			return;
	if (c != NULL)
		list[(*n)++] = c;
}

/* The columns that anything later looks at. */
static unsigned columns(const struct criterion *c, const struct column *list[MAX_READ])
{
	unsigned n = 0;

	reads(list, &n, c->table->key);
	reads(list, &n, c->id);
	reads(list, &n, c->start);
	reads(list, &n, c->concept);
	reads(list, &n, c->end);
	reads(list, &n, c->end_days);
	reads(list, &n, c->value);
	reads(list, &n, c->visit);
	for (const struct plan_attribute *p = c->attributes; p != NULL && n < MAX_READ; p = p->next)
		reads(list, &n, p->column);
	return n;
}

static void attribute(struct sql_writing *w, struct text *t, const struct criterion *c,
	const struct plan_attribute *p, const char *a);

/* Of each person the earliest row: of those of one day that with the least id, and where rows have none,
 * the least by what is looked at. */
static void earliest(
	struct sql_writing *w, struct text *t, const struct criterion *c, const char *a)
{
	const struct column *list[MAX_READ];
	unsigned n = columns(c, list);
	const char *key = sql_expr(w, "f", c->table->key->column);
	const char *start = c->start == NULL ? "" : sql_expr(w, "f", c->start->column);

	if (c->start == NULL) {
		sql_wrong(w, "the first without a column that has days");
		return;
	}
	text_addf(t, "\n FROM (SELECT DISTINCT ON (%s) ", key);
	for (unsigned i = 0; i < n; i++)
		text_addf(t, "%s%s", i == 0 ? "" : ", ", sql_expr(w, "f", list[i]->column));
	text_add(t, " FROM ");
	sql_relation(t, c->table);
	text_add(t, " f WHERE ");
	sql_keyed(w, t, key);
	real_day(t, start);
	if (c->start->gen == GEN_TRUNCATE)
		sql_days(w, t, start, c->start->from, c->start->to);
	coded(w, t, c, "f");
	for (const struct plan_attribute *p = c->attributes; p != NULL; p = p->next)
		if (p->kind == ATTR_SOURCE)
			attribute(w, t, c, p, "f");
	text_addf(t, "\n ORDER BY %s, %s::date", key, start);
	for (unsigned i = 1; i < n; i++)
		if (list[i] != c->start)
			text_addf(t, ", %s", sql_expr(w, "f", list[i]->column));
	text_addf(t, ") %s", a);
}

void sql_events(struct sql_writing *w, struct text *t, const struct criterion *c, const char *a)
{
	if (c->table == NULL || c->table->key == NULL) {
		sql_wrong(w, "a criterion on a table without a patient key");
		return;
	}
	if (c->first) {
		earliest(w, t, c, a);
		return;
	}
	text_add(t, "\n FROM ");
	sql_relation(t, c->table);
	text_addf(t, " %s", a);
}

/* ---- step 3 ---- */

static void compare(struct sql_writing *w, struct text *t, const char *x, const char *op, int64_t v)
{
	text_addf(t, " %s %s ", x, op);
	sql_value_decimal(w, t, v);
}

static void bounded(
	struct sql_writing *w, struct text *t, const char *x, const struct value_bounds *b)
{
	if (b->outside) {
		text_add(t, " AND (");
		compare(w, t, x, b->low_open ? "<=" : "<", b->low);
		text_add(t, " OR");
		compare(w, t, x, b->high_open ? ">=" : ">", b->high);
		text_addc(t, ')');
		return;
	}
	if (b->has_low) {
		text_add(t, " AND");
		compare(w, t, x, b->low_open ? ">" : ">=", b->low);
	}
	if (b->has_high) {
		text_add(t, " AND");
		compare(w, t, x, b->high_open ? "<" : "<=", b->high);
	}
}

/* greatest() and least() pass over NULL, hence the guard. */
static void value(struct sql_writing *w, struct text *t, const struct criterion *c, const char *a)
{
	struct text x;
	const char *s;

	if (!c->has_value)
		return;
	if (c->value == NULL) {
		sql_wrong(w, "bounds without a column that has values");
		return;
	}
	text_addf(t, " AND %s IS NOT NULL", sql_expr(w, a, c->value->column));
	if (!c->bounds.has_low && !c->bounds.has_high && !c->bounds.outside)
		return;
	text_init(&x, MAX_SQL_BYTES);
	if (c->clamped)
		sql_clamped(w, &x, a, c->value, c->clamp_low, c->clamp_high);
	else
		sql_member(&x, a, c->value->column);
	s = sql_take(&x, w->arena);
	if (s == NULL)
		sql_wrong(w, "");
	else
		bounded(w, t, s, &c->bounds);
}

/* A value over an end of the normal range. Both are cut to 15 digits before the point first: what is left
 * over the smallest number still is one. */
static void ratio(struct sql_writing *w, struct text *t, const struct criterion *c,
	const struct plan_attribute *p, const char *a)
{
	const char *v, *end, *x;

	if (c->value == NULL) {
		sql_wrong(w, "a ratio without a column that has values");
		return;
	}
	v = sql_expr(w, a, c->value->column);
	end = sql_expr(w, a, p->column->column);
	text_addf(t, " AND %s IS NOT NULL AND %s IS NOT NULL", v, end);
	x = arena_textf(w->arena,
		"least(greatest(%s, -1e15), 1e15)::numeric / "
		"nullif(least(greatest(%s, -1e15), 1e15)::numeric, 0)",
		v, end);
	if (x == NULL)
		sql_wrong(w, "");
	else
		bounded(w, t, x, &p->bounds);
}

static bool only_out(const struct plan_attribute *p)
{
	for (unsigned i = 0; i < p->n_codes; i++)
		if (!p->codes[i].out)
			return false;
	return true;
}

/* What codes a column beside the event's own has, by the red list and the model, as an event of such codes; where
 * neither says, `event`. NULL: concepts. */
static const struct model_event *holds(
	struct sql_writing *w, const struct column *c, const struct model_event *event)
{
	struct model_event *e;

	if (c->prefix == NULL && c->system == SYSTEM_NONE)
		return event;
	if (c->prefix == NULL && c->system == SYSTEM_OMOP)
		return NULL;
	e = arena_alloc(w->arena, sizeof(*e));
	if (e == NULL) {
		sql_wrong(w, "");
		return event;
	}
	*e = (struct model_event){ .system = c->prefix == NULL ? c->system : SYSTEM_NONE };
	for (unsigned i = 0; c->prefix != NULL && i < SYSTEMS; i++)
		e->prefix[i] = c->prefix[i];
	return e;
}

/* Of the visit or the provider that the row names: it has one such row. With nothing but codes taken out: none of
 * those that it has is of these, so a row without one is fine. */
static void of_another(struct sql_writing *w, struct text *t, const struct criterion *c,
	const struct plan_attribute *p, const char *a)
{
	struct code *codes = arena_array(w->arena, p->n_codes, sizeof(*codes));
	bool none = only_out(p);
	const char *o;

	o = arena_textf(w->arena, "o%u", ++w->aliases);
	if (codes == NULL || o == NULL || p->other_id == NULL || p->other_column == NULL) {
		sql_wrong(w, codes == NULL || o == NULL ? "" : "a visit without its columns");
		return;
	}
	memcpy(codes, p->codes, p->n_codes * sizeof(*codes));
	for (unsigned i = 0; none && i < p->n_codes; i++)
		codes[i].out = false;
	text_add(t, none ? " AND NOT EXISTS (SELECT 1 FROM " : " AND EXISTS (SELECT 1 FROM ");
	sql_relation(t, p->other);
	text_addf(t, " %s WHERE %s = %s", o, sql_expr(w, o, p->other_id->column),
		sql_expr(w, a, p->column->column));
	if (p->other->key != NULL)
		text_addf(t, " AND %s = %s", sql_expr(w, o, p->other->key->column),
			sql_expr(w, a, c->table->key->column));
	sql_codes(w, t, sql_expr(w, o, p->other_column->column),
		holds(w, p->other_column,
			p->kind == ATTR_VISIT ? &w->plan->model->events[EVENT_VISIT] : NULL),
		codes, p->n_codes, false);
	sql_red_rows(w, t, o, p->other);
	text_addc(t, ')');
}

static void attribute(struct sql_writing *w, struct text *t, const struct criterion *c,
	const struct plan_attribute *p, const char *a)
{
	const char *x;

	if (p->column == NULL) {
		sql_wrong(w, "an attribute without a column that has it");
		return;
	}
	if (p->other != NULL) {
		of_another(w, t, c, p, a);
		return;
	}
	if (p->kind == ATTR_LOW || p->kind == ATTR_HIGH) {
		ratio(w, t, c, p, a);
		return;
	}
	x = sql_expr(w, a, p->column->column);
	if (p->kind >= ATTR_NUMBERS)
		bounded(w, t, x, &p->bounds);
	else /* beside codes that are texts there may be concepts */
		sql_codes(w, t, x,
			holds(w, p->column,
				p->n_codes > 0 && p->codes[0].concept > 0 ? NULL : c->event),
			p->codes, p->n_codes, true);
}

static void ends(struct sql_writing *w, struct text *t, const struct criterion *c, const char *a)
{
	if (c->ends_from != DAY_NONE) {
		text_addf(t, " AND %s >= ", sql_last(w, c, a));
		sql_value_day(w, t, c->ends_from);
	}
	if (c->ends_to != DAY_NONE) {
		text_addf(t, " AND %s <= ", sql_last(w, c, a));
		sql_value_day(w, t, c->ends_to);
	}
	if (c->lasting_from >= 0) {
		text_addf(t, " AND %s - %s >= ", sql_last(w, c, a), sql_day(w, c, a));
		sql_value_int(w, t, c->lasting_from, "int4");
	}
	if (c->lasting_to >= 0) {
		text_addf(t, " AND %s - %s <= ", sql_last(w, c, a), sql_day(w, c, a));
		sql_value_int(w, t, c->lasting_to, "int4");
	}
}

void sql_event_where(
	struct sql_writing *w, struct text *t, const struct criterion *c, const char *a, bool dated)
{
	const char *start = NULL;

	if (c->table == NULL || c->table->key == NULL)
		return; /* said by sql_events() */
	sql_keyed(w, t, sql_expr(w, a, c->table->key->column));
	if (!c->first)
		coded(w, t, c, a);
	dated |= looks_at_day(c);
	if (c->start != NULL)
		start = sql_expr(w, a, c->start->column);
	else if (dated || c->from != DAY_NONE || c->to != DAY_NONE)
		sql_wrong(w, "days without a column that has them");
	if (start != NULL && dated && !c->first && !within_bounds(c->from, c->to))
		real_day(t, start);
	if (start != NULL)
		sql_days(w, t, start, c->from, c->to);
	ends(w, t, c, a);
	value(w, t, c, a);
	for (const struct plan_attribute *p = c->attributes; p != NULL; p = p->next)
		attribute(w, t, c, p, a);
}
