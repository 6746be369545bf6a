#include "sql/writing.h"

/*
 * Which criteria hold for a person, or for an event of a person's: a scope.
 *
 * A criterion that must hold, or must not, is an EXISTS or NOT EXISTS, which PostgreSQL turns into a
 * semi-join. Under an `or` it cannot, and would look into the table once a row; there a criterion is a
 * flag: the distinct rows of the scope that meet it (relations.c), joined from the left. One that is counted is such
 * rows in groups.
 */

static const struct sql_needs nothing = { 0 };

static void joined_on(
	struct text *t, const struct sql_scope *s, const struct criterion *c, const char *r)
{
	text_addf(t, "%s.k = %s", r, s->key);
	if (sql_depends(c) && s->many)
		text_addf(t, " AND %s.i = %s.i", r, s->alias);
}

/* What stands inside an EXISTS is joined before it meets the scope. Where it is several tables, that is better the other
 * way round: from the scope's rows on. */
static bool joins_better(const struct sql_scope *s, const struct criterion *c)
{
	return s->name != NULL && sql_depends(c) && c->with != NULL && sql_has_event(c->with);
}

static void exists(
	struct sql_writing *w, const struct sql_scope *s, const struct criterion *c, bool negated)
{
	struct sql_often o = sql_often(c);
	struct sql_scope row;
	const char *a;

	negated ^= o.negated;
	if (o.always) {
		text_add(s->where, negated ? "\n AND false" : "");
		return;
	}
	if (sql_counted(c) || !sql_plain(c) || joins_better(s, c)) {
		struct text body;
		const char *r;

		if (!negated && sql_narrows(w, s, c)) {
			sql_narrow(w, s, c);
			return;
		}
		r = sql_alias(w, "r");

		text_init(&body, MAX_SQL_BYTES);
		sql_meeting(w, s, &body, c);
		text_add(s->where, negated ? "\n AND NOT EXISTS (SELECT 1 FROM ("
					   : "\n AND EXISTS (SELECT 1 FROM (");
		text_add(s->where, text_str(&body));
		text_addf(s->where, ") %s WHERE ", r);
		joined_on(s->where, s, c, r);
		text_addc(s->where, ')');
		if (text_failed(&body))
			sql_wrong(w, "");
		text_clear(&body);
		return;
	}
	a = sql_alias(w, "e");
	text_add(s->where, negated ? "\n AND NOT EXISTS (SELECT 1" : "\n AND EXISTS (SELECT 1");
	{
		const char *p = sql_needs_period(c) ? sql_alias(w, "o") : "";

		sql_events(w, s->where, c, a);
		if (w->wrong != NULL)
			return;
		row = sql_row_scope(w, c, a, p, s, &nothing);
		if (sql_needs_period(c))
			sql_periods(w, s->where, "JOIN", p, row.key, row.day, 0, 0);
	}
	text_add(s->where, "\n WHERE ");
	sql_event_where(w, s->where, c, a, false);
	text_addf(s->where, " AND %s = %s", row.key, s->key);
	if (sql_depends(c))
		sql_toward(w, s->where, c, a, s, negated);
	if (c->with != NULL) {
		row.people = s->people;
		row.where = s->where;
		sql_must(w, &row, c->with, false);
	}
	text_addc(s->where, ')');
}

static void flag(
	struct sql_writing *w, const struct sql_scope *s, struct text *t, const struct criterion *c)
{
	struct sql_often o = sql_often(c);
	struct text body;
	const char *f;

	if (o.always) {
		text_add(t, "true");
		return;
	}
	if (s->joins == NULL) {
		sql_wrong(w, "a flag where nothing can be joined");
		return;
	}
	f = arena_textf(w->arena, "f%u", ++w->flags);
	text_init(&body, MAX_SQL_BYTES);
	sql_meeting(w, s, &body, c);
	text_add(s->joins, "\n LEFT JOIN (");
	text_add(s->joins, text_str(&body));
	if (f == NULL || text_failed(&body))
		sql_wrong(w, "");
	if (w->wrong == NULL) {
		text_addf(s->joins, ") %s ON ", f);
		joined_on(s->joins, s, c, f);
		text_addf(t, o.negated ? "%s.k IS NULL" : "%s.k IS NOT NULL", f);
	}
	text_clear(&body);
}

/* ---- the tree ---- */

static void number_of(
	struct sql_writing *w, const struct sql_scope *s, struct text *t, const struct criterion *c)
{
	static const char *const ops[] = {
		[AT_LEAST] = " >= ", [AT_MOST] = " <= ", [EXACTLY] = " = "
	};

	text_addc(t, '(');
	for (const struct criterion *k = c->children; k != NULL && w->wrong == NULL; k = k->next) {
		text_add(t, k == c->children ? "CASE WHEN " : " + CASE WHEN ");
		sql_anywhere(w, s, t, k);
		text_add(t, " THEN 1 ELSE 0 END");
	}
	text_addf(t, "%s)%s", c->children == NULL ? "0" : "", ops[c->how]);
	sql_value_int(w, t, c->n, "int8");
}

void sql_anywhere(
	struct sql_writing *w, const struct sql_scope *s, struct text *t, const struct criterion *c)
{
	const char *between = c->kind == PART_ALL ? " AND " : " OR ";

	if (sql_is_event(c)) {
		flag(w, s, t, c);
		return;
	}
	if (!sql_is_group(c)) {
		text_addc(t, '(');
		sql_demographic(w, s, t, c);
		text_add(t, ") IS TRUE");
		return;
	}
	if (c->kind == PART_OF) {
		number_of(w, s, t, c);
		return;
	}
	if (c->children == NULL) { /* all of nothing holds, any of nothing does not */
		text_add(t, c->kind == PART_ANY ? "false" : "true");
		return;
	}
	text_add(t, c->kind == PART_NONE ? "NOT (" : "(");
	for (const struct criterion *k = c->children; k != NULL && w->wrong == NULL; k = k->next) {
		if (k != c->children)
			text_add(t, between);
		sql_anywhere(w, s, t, k);
	}
	text_addc(t, ')');
}

static bool only_one(const struct criterion *c)
{
	return c->kind == PART_ANY && c->children != NULL && c->children->next == NULL;
}

static void must_each(
	struct sql_writing *w, const struct sql_scope *s, const struct criterion *c, bool negated)
{
	unsigned together = 0;

	for (const struct criterion *k = c->children; k != NULL && w->wrong == NULL; k = k->next) {
		together += sql_events_in(k);
		if (negated || together <= SQL_MOST_TOGETHER || s->joins == NULL ||
			!sql_is_event(k)) {
			sql_must(w, s, k, negated);
			continue;
		}
		/* the CASE keeps it an outer join: of a plain condition the planner makes an inner one */
		text_add(s->where, "\n AND CASE WHEN ");
		sql_anywhere(w, s, s->where, k);
		text_add(s->where, " THEN true ELSE false END");
	}
}

/* As members of one AND as long as that is possible. */
void sql_must(
	struct sql_writing *w, const struct sql_scope *s, const struct criterion *c, bool negated)
{
	bool all = c->kind == PART_ALL &&
		   (!negated || (c->children != NULL && c->children->next == NULL));
	bool none = (c->kind == PART_NONE && !negated) || (c->kind == PART_ANY && negated);

	if (w->wrong != NULL)
		return;
	if (sql_is_event(c)) {
		exists(w, s, c, negated);
	} else if (all || none || only_one(c)) {
		must_each(w, s, c, none ? true : negated);
	} else if (!sql_is_group(c)) {
		text_add(s->where, "\n AND (");
		sql_demographic(w, s, s->where, c);
		text_add(s->where, negated ? ") IS NOT TRUE" : ")");
	} else {
		text_add(s->where, negated ? "\n AND NOT " : "\n AND ");
		sql_anywhere(w, s, s->where, c);
	}
}
