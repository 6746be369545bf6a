#include "sql/writing.h"

#include <string.h>

/*
 * The rows that meet a criterion as a relation: those of the events asked for, joined to the scope that they are
 * towards. A `with` that asks for counts, or for the index event, becomes a set of its own, whose rows are the scope
 * of what stands in it. So the cost grows with the rows, not with their product.
 */

static const struct sql_needs nothing = { 0 };

/* ---- the rows of a criterion ---- */

const char *sql_alias(struct sql_writing *w, const char *letter)
{
	const char *s = arena_textf(w->arena, "%s%u", letter, ++w->aliases);

	if (s == NULL)
		sql_wrong(w, "");
	return s == NULL ? "" : s;
}

static const char *column_of(struct sql_writing *w, const char *a, const char *name)
{
	const char *s = arena_textf(w->arena, "%s.%s", a, name);

	if (s == NULL)
		sql_wrong(w, "");
	return s;
}

/* The rows of the set that s is in, read as a. */
static struct sql_scope read_as(struct sql_writing *w, const struct sql_scope *s, const char *a)
{
	bool index = strcmp(s->name, "ix") == 0;

	return (struct sql_scope){ .name = index && w->narrowed != NULL ? w->narrowed : s->name,
		.alias = a,
		.key = column_of(w, a, "k"),
		.many = s->many,
		.day = column_of(w, a, "day"),
		.last = s->last == NULL ? NULL : column_of(w, a, "last"),
		.visit = s->visit == NULL ? NULL : column_of(w, a, "visit"),
		.since = s->since == NULL ? NULL : column_of(w, a, "since"),
		.until = s->until == NULL ? NULL : column_of(w, a, "until"),
		.index_day =
			s->index_day == NULL ? NULL : column_of(w, a, index ? "day" : "index_day"),
		.index_last = s->index_last == NULL
				      ? NULL
				      : column_of(w, a, index ? "last" : "index_last") };
}

/* The rows of c read as a, as a scope for what stands in its `with`. o: its observation periods. */
struct sql_scope sql_row_scope(struct sql_writing *w, const struct criterion *c, const char *a,
	const char *o, const struct sql_scope *over, const struct sql_needs *more)
{
	struct sql_needs n = *more;
	struct sql_scope s = { .alias = a, .key = sql_expr(w, a, c->table->key->column) };

	sql_needs(c->with, false, &n);
	s.day = c->with == NULL && !n.day ? NULL : sql_day(w, c, a);
	if (n.last)
		s.last = sql_last(w, c, a);
	if (n.visit && c->visit != NULL)
		s.visit = sql_expr(w, a, c->visit->column);
	if (sql_needs_period(c)) {
		s.since = column_of(w, o, "since");
		s.until = column_of(w, o, "until");
	}
	if (over != NULL) {
		s.index_day = over->index_day;
		s.index_last = over->index_last;
	} else if (c->with != NULL) { /* an entry event is its own index event */
		s.index_day = s.day;
		s.index_last = s.last;
	}
	return s;
}

/* " FROM .. WHERE ..": the rows of c, read as a, that stand as asked towards the set of `over`, read as x; its
 * `with` too where that is plain. Gives their scope. */
static struct sql_scope rows(struct sql_writing *w, struct text *t, const struct criterion *c,
	const char *a, const struct sql_scope *x, const struct sql_needs *more)
{
	const char *o = sql_needs_period(c) ? sql_alias(w, "o") : "";
	struct sql_scope s = { 0 };

	sql_events(w, t, c, a);
	if (w->wrong != NULL)
		return s;
	s = sql_row_scope(w, c, a, o, x, more);
	if (x != NULL)
		text_addf(t, "\n JOIN %s %s ON %s = %s", x->name, x->alias, x->key, s.key);
	if (sql_needs_period(c))
		sql_periods(w, t, "JOIN", o, s.key, s.day, 0, 0);
	if (sql_plain(c) && sql_of_people(c->with)) {
		s.people = true;
		text_add(t, "\n JOIN people p ON ");
		sql_member(t, "p", w->plan->key->column);
		text_addf(t, " = %s", s.key);
	}
	text_add(t, "\n WHERE ");
	sql_event_where(w, t, c, a, more->day);
	if (x != NULL)
		sql_toward(w, t, c, a, x, true);
	if (c->with != NULL && sql_plain(c)) {
		s.where = t;
		sql_must(w, &s, c->with, false);
	}
	return s;
}

/* What is counted of the rows read as a; NULL: all. One that lies in several observation periods counts once,
 * where rows can be told apart. */
static const char *counts(struct sql_writing *w, const struct criterion *c, const char *a)
{
	const struct column *of = NULL;

	switch (c->distinct) {
	case DISTINCT_EVENTS:
		of = sql_needs_period(c) ? c->id : NULL;
		if (of == NULL)
			return NULL;
		break;
	case DISTINCT_DAYS:
		of = c->start;
		break;
	case DISTINCT_CONCEPTS:
		of = c->concept
		;
		break;
	case DISTINCT_VISITS:
		of = c->visit;
		break;
	}
	if (of == NULL) {
		sql_wrong(w, "a number of something without its column");
		return "";
	}
	if (c->distinct != DISTINCT_CONCEPTS || c->event == NULL || c->event->system == SYSTEM_OMOP)
		return arena_textf(w->arena, "%s%s", sql_expr(w, a, of->column),
			c->distinct == DISTINCT_DAYS ? "::date" : "");
	w->normal = true; /* one code in two spellings is one */
	return arena_textf(
		w->arena, SQL_NORMAL_BEFORE "%s" SQL_NORMAL_AFTER, sql_expr(w, a, of->column));
}

static void having(
	struct sql_writing *w, struct text *t, const struct criterion *c, const char *what)
{
	struct sql_often o = sql_often(c);

	text_add(t, "\n HAVING count(");
	text_addf(t, what == NULL ? "*" : "DISTINCT %s", what);
	text_add(t, o.exactly ? ") = " : ") >= ");
	sql_value_int(w, t, o.n, "int8");
}

/* ---- a set of its own for a `with` ---- */

typedef const char *what_of(struct sql_writing *w, const struct criterion *c, const char *a);

static void put(struct text *t, const char *expression, const char *name)
{
	if (expression != NULL)
		text_addf(t, ", %s AS %s", expression, name);
}

/* A new set with the rows of c towards s, whose `with` is not looked at yet. Gives the scope of its rows. */
static struct sql_scope new_set(struct sql_writing *w, const struct sql_scope *s,
	const struct criterion *c, what_of *what, bool of, const struct sql_needs *more)
{
	const char *name = arena_textf(w->arena, "c%u", ++w->sets), *a = sql_alias(w, "e");
	struct sql_scope x = { 0 }, row = { 0 };
	struct text body;

	text_init(&body, MAX_SQL_BYTES);
	if (s != NULL && s->name != NULL)
		x = read_as(w, s, sql_alias(w, "x"));
	row = rows(w, &body, c, a, x.name == NULL ? NULL : &x, more);
	if (w->wrong == NULL && name != NULL) {
		struct text *t = &w->ctes;

		text_addf(t, ",\n%s AS (SELECT %s AS k, row_number() OVER () AS i", name, row.key);
		put(t, of ? column_of(w, x.alias, "i") : NULL, "of");
		put(t, row.day, "day");
		put(t, row.last, "last");
		put(t, row.visit, "visit");
		put(t, row.since, "since");
		put(t, row.until, "until");
		put(t, sql_of_index(c->with) ? row.index_day : NULL, "index_day");
		put(t, sql_of_index(c->with) ? row.index_last : NULL, "index_last");
		put(t, what != NULL ? what(w, c, a) : NULL, "what");
		text_add(t, text_str(&body));
		text_addc(t, ')');
	}
	if (text_failed(&body) || name == NULL)
		sql_wrong(w, "");
	text_clear(&body);
	row.name = name;
	row.many = true;
	if (!sql_of_index(c->with))
		row.index_day = row.index_last = NULL;
	if (w->wrong == NULL)
		row = read_as(w, &row, sql_alias(w, "y"));
	return row;
}

/* " FROM c1 y .. WHERE ..": its rows whose `with` holds. */
static void set_rows(
	struct sql_writing *w, struct text *t, const struct criterion *c, struct sql_scope *y)
{
	struct text joins, where;

	if (w->wrong != NULL)
		return;
	text_init(&joins, MAX_SQL_BYTES);
	text_init(&where, MAX_SQL_BYTES);
	y->joins = &joins;
	y->where = &where;
	y->people = sql_of_people(c->with);
	text_addf(t, "\n FROM %s %s", y->name, y->alias);
	if (y->people) {
		text_add(t, "\n JOIN people p ON ");
		sql_member(t, "p", w->plan->key->column);
		text_addf(t, " = %s", y->key);
	}
	sql_must(w, y, c->with, false);
	text_add(t, text_str(&joins));
	text_addf(t, "\n WHERE %s IS NOT NULL", y->key);
	text_add(t, text_str(&where));
	if (text_failed(&joins) || text_failed(&where))
		sql_wrong(w, "");
	text_clear(&joins);
	text_clear(&where);
	y->joins = y->where = NULL;
}

/* ---- index events that are left ---- */

bool sql_narrows(const struct sql_writing *w, const struct sql_scope *s, const struct criterion *c)
{
	return s->where == &w->where && s->name != NULL && !s->many && sql_depends(c) &&
	       sql_plain(c) && !(sql_counted(c) && s->visit != NULL);
}

/* A column of the index event, the same in all rows of its person; what visits are there may be no least of. */
static void kept(struct text *t, bool counted, const char *column, const char *name)
{
	if (column != NULL)
		text_addf(t, counted ? ", min(%s) AS %s" : ", %s AS %s", column, name);
}

void sql_narrow(struct sql_writing *w, const struct sql_scope *s, const struct criterion *c)
{
	const char *name = arena_textf(w->arena, "n%u", ++w->sets), *a = sql_alias(w, "e");
	struct sql_scope x = read_as(w, s, sql_alias(w, "x"));
	bool counted = sql_counted(c);
	struct text body, *t = &w->ctes;

	text_init(&body, MAX_SQL_BYTES);
	(void)rows(w, &body, c, a, &x, &nothing);
	if (w->wrong == NULL && name != NULL) {
		text_addf(t, ",\n%s AS (SELECT ", name);
		if (!counted)
			text_addf(t, "DISTINCT ON (%s) ", x.key);
		text_addf(t, "%s AS k", x.key);
		kept(t, counted, x.day, "day");
		kept(t, counted, x.last, "last");
		kept(t, counted, x.visit, "visit");
		kept(t, counted, x.since, "since");
		kept(t, counted, x.until, "until");
		text_add(t, text_str(&body));
		if (counted) {
			text_addf(t, "\n GROUP BY %s", x.key);
			having(w, t, c, counts(w, c, a));
		}
		text_addf(t, "\n ORDER BY %s)", x.key);
		w->narrowed = name;
	}
	if (text_failed(&body) || name == NULL)
		sql_wrong(w, "");
	text_clear(&body);
}

/* ---- relations ---- */

/* "SELECT k, i FROM ..": the rows of s that meet c, or have so many; each once. */
void sql_meeting(
	struct sql_writing *w, const struct sql_scope *s, struct text *t, const struct criterion *c)
{
	bool many = sql_depends(c) && s->many, count = sql_counted(c);
	const char *what = NULL, *of = NULL, *key;
	struct sql_scope row;
	struct text body;

	text_init(&body, MAX_SQL_BYTES);
	if (sql_depends(c) && s->name == NULL) {
		sql_wrong(w, "a criterion towards an event that is not there");
		text_clear(&body);
		return;
	}
	if (sql_plain(c)) {
		struct sql_scope x = { 0 };
		const char *a = sql_alias(w, "e");

		if (sql_depends(c))
			x = read_as(w, s, sql_alias(w, "x"));
		row = rows(w, &body, c, a, x.name == NULL ? NULL : &x, &nothing);
		of = many ? column_of(w, x.alias, "i") : NULL;
		what = count ? counts(w, c, a) : NULL;
	} else {
		bool distinct = count && (c->distinct != DISTINCT_EVENTS ||
						 (sql_needs_period(c) && c->id != NULL));

		row = new_set(
			w, sql_depends(c) ? s : NULL, c, distinct ? counts : NULL, many, &nothing);
		set_rows(w, &body, c, &row);
		of = many && row.alias != NULL ? column_of(w, row.alias, "of") : NULL;
		what = distinct && row.alias != NULL ? column_of(w, row.alias, "what") : NULL;
	}
	key = row.key == NULL ? "" : row.key;
	text_addf(t, "SELECT %s%s AS k%s%s%s", count ? "" : "DISTINCT ", key,
		of == NULL ? "" : ", ", of == NULL ? "" : of, of == NULL ? "" : " AS i");
	text_add(t, text_str(&body));
	if (count) {
		text_addf(
			t, "\n GROUP BY %s%s%s", key, of == NULL ? "" : ", ", of == NULL ? "" : of);
		having(w, t, c, what);
	}
	if (text_failed(&body))
		sql_wrong(w, "");
	text_clear(&body);
}

/* ---- entry events ---- */

static const char *ids(struct sql_writing *w, const struct criterion *c, const char *a)
{
	return c->id == NULL ? NULL : sql_expr(w, a, c->id->column);
}

void sql_entry(struct sql_writing *w, struct text *t, const struct criterion *c,
	const struct sql_needs *needs, bool with_id)
{
	struct sql_needs more = *needs;
	struct sql_scope row;
	struct text body;
	const char *id = NULL;

	sql_needs(c->with, true, &more);
	more.visit |= needs->visit;
	text_init(&body, MAX_SQL_BYTES);
	if (sql_plain(c)) {
		const char *a = sql_alias(w, "e");

		row = rows(w, &body, c, a, NULL, &more);
		id = with_id ? ids(w, c, a) : NULL;
	} else {
		row = new_set(w, NULL, c, with_id ? ids : NULL, false, &more);
		set_rows(w, &body, c, &row);
		id = with_id && row.alias != NULL ? column_of(w, row.alias, "what") : NULL;
	}
	if (w->wrong == NULL) {
		text_addf(t, "SELECT %s AS k, %s AS day", row.key, row.day);
		put(t, needs->last ? row.last : NULL, "last");
		if (needs->visit)
			put(t, row.visit == NULL ? "NULL::int8" : row.visit, "visit");
		put(t, id, "id");
		text_add(t, text_str(&body));
	}
	if (text_failed(&body))
		sql_wrong(w, "");
	text_clear(&body);
}
