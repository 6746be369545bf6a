#include "sql/writing.h"

#include <string.h>

/*
 * Where the rows of a criterion stand towards the event that it is said over: step 4 of query/cohort.h.
 */

/* A person's days differ by less than this many; farther windows are as good. Added to a day within
 * DAY_FIRST..DAY_LAST it is still a day. */
enum {
	FAR = 1500000
};

/* Planners guess that a third of all rows meet an inequality, so after a few of them that next to nobody is left, and
 * what follows is gone through person by person. Of what is `<>` they guess that most is. Where a row must not be there
 * the small guess is the safe one, and inside a set the quicker one. */
#define MOST " THEN 1 ELSE 0 END <> 0"

static int32_t near(int32_t days)
{
	return days < -FAR ? -FAR : days > FAR ? FAR : days;
}

static void edge(struct sql_writing *w, struct text *t, const char *x, const char *op,
	const char *of, int32_t n)
{
	text_addf(t, " AND %s %s %s", x, op, of);
	if (n == 0)
		return;
	text_add(t, " + ");
	sql_value_int(w, t, near(n), "int4");
}

/* All days before or after are, inside an observation period, those of it: which for the first day is said
 * already. */
static void one_window(struct sql_writing *w, struct text *t, const struct criterion *c,
	const char *a, const struct sql_scope *s, const struct window *win)
{
	const char *x = win->on_end        ? sql_last(w, c, a)
			: c->start == NULL ? NULL
					   : arena_textf(w->arena, "%s::date",
						     sql_expr(w, a, c->start->column));
	const char *of = win->of_index ? (win->to_end ? s->index_last : s->index_day)
				       : (win->to_end ? s->last : s->day);
	bool bound = win->on_end && c->inside;

	if (x == NULL || of == NULL) {
		sql_wrong(w, "a window towards a day that is not there");
		return;
	}
	if (win->from != ALL_DAYS_BEFORE)
		edge(w, t, x, ">=", of, win->from);
	else if (bound)
		edge(w, t, x, ">=", s->since, 0);
	if (win->to != ALL_DAYS_AFTER)
		edge(w, t, x, "<=", of, win->to);
	else if (bound)
		edge(w, t, x, "<=", s->until, 0);
}

static void toward(struct sql_writing *w, struct text *t, const struct criterion *c, const char *a,
	const struct sql_scope *s)
{
	if (c->inside) {
		const char *start = sql_expr(w, a, c->start->column);

		text_addf(t, " AND %s::date >= %s AND %s::date <= %s", start, s->since, start,
			s->until);
	}
	for (unsigned i = 0; i < c->n_windows && i < MAX_WINDOWS; i++)
		one_window(w, t, c, a, s, &c->windows[i]);
	if (!c->same_visit)
		return;
	if (c->visit == NULL || s->visit == NULL)
		sql_wrong(w, "the same visit without a column that has it");
	else
		text_addf(t, " AND %s = %s", sql_expr(w, a, c->visit->column), s->visit);
}

void sql_toward(struct sql_writing *w, struct text *t, const struct criterion *c, const char *a,
	const struct sql_scope *s, bool few)
{
	struct text all;

	if (c->inside && (s->since == NULL || s->until == NULL || c->start == NULL)) {
		sql_wrong(w, "inside an observation period that is not there");
		return;
	}
	text_init(&all, MAX_SQL_BYTES);
	toward(w, &all, c, a, s);
	if (few || all.len == 0)
		text_add(t, text_str(&all));
	else
		text_addf(t, " AND CASE WHEN %s" MOST, text_str(&all) + strlen(" AND "));
	if (text_failed(&all))
		sql_wrong(w, "");
	text_clear(&all);
}

/* ---- observation periods ---- */

static bool observed(struct sql_writing *w)
{
	const struct plan_observation *o = &w->plan->observation;

	if (o->table != NULL && o->table->key != NULL && o->start != NULL && o->end != NULL)
		return true;
	sql_wrong(w, "observation periods in a model without them");
	return false;
}

void sql_periods(struct sql_writing *w, struct text *t, const char *join, const char *o,
	const char *key, const char *day, int32_t before, int32_t after)
{
	const struct plan_observation *p = &w->plan->observation;
	const char *a, *k;

	if (!observed(w))
		return;
	a = arena_textf(w->arena, "o%u", ++w->aliases);
	if (a == NULL) {
		sql_wrong(w, "");
		return;
	}
	k = sql_expr(w, a, p->table->key->column);
	text_addf(t, "\n %s (SELECT %s AS k, %s AS since, %s AS until FROM ", join, k,
		sql_as_day(w, sql_expr(w, a, p->start->column)),
		sql_as_day(w, sql_expr(w, a, p->end->column)));
	sql_relation(t, p->table);
	text_addf(t, " %s WHERE ", a);
	if (w->half == 0)
		text_add(t, "true");
	else
		sql_keyed(w, t, k);
	sql_red_rows(w, t, a, p->table);
	text_addf(t, ") %s ON %s.k = %s AND CASE WHEN %s.since <= %s", o, o, key, o, day);
	if (before > 0) {
		text_add(t, " - ");
		sql_value_int(w, t, near(before), "int4");
	}
	text_addf(t, " AND %s.until >= %s", o, day);
	if (after > 0) {
		text_add(t, " + ");
		sql_value_int(w, t, near(after), "int4");
	}
	text_add(t, MOST);
}
