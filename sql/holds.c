#include "sql/writing.h"

#include <string.h>

/*
 * Which criteria hold for a person, or for an event of a person's: a scope.
 *
 * A criterion that must hold, or must not, is an EXISTS or NOT EXISTS, which PostgreSQL turns into a
 * semi-join. Under an `or` it cannot, and would look into the table once a row; there a criterion is a
 * flag: the distinct rows of the scope that meet it, joined from the left. One that is counted is such
 * rows in groups. A `with` that asks for either becomes a set of its own, whose rows are the scope of what
 * stands in it. So the cost grows with the rows, not with their product.
 */

/* How often, as one of two: at least n, or exactly n, of n > 0; or the opposite of that. */
struct often {
	bool exactly, negated;
	bool always; /* whatever is there; negated: never */
	unsigned n;
};

static struct often often(const struct criterion *c)
{
	struct often o = { .n = 1 };

	if (!c->has_times)
		return o;
	o.n = c->times;
	o.exactly = c->times_how == EXACTLY && c->times > 0;
	o.always = c->times_how == AT_LEAST && c->times == 0;
	o.negated = c->times_how == AT_MOST || (c->times_how == EXACTLY && c->times == 0);
	if (o.negated)
		o.n++;
	return o;
}

static bool counted(const struct criterion *c)
{
	struct often o = often(c);

	return !o.always &&
	       (o.exactly || o.n > 1 || (c->has_times && c->distinct != DISTINCT_EVENTS));
}

static const struct sql_needs nothing = { 0 };

bool sql_is_event(const struct criterion *c)
{
	return c->kind == PART_EVENT || c->kind == PART_MEASURE;
}

static bool is_group(const struct criterion *c)
{
	return c->kind == PART_ALL || c->kind == PART_ANY || c->kind == PART_NONE ||
	       c->kind == PART_OF;
}

/* ---- what is looked at ---- */

static void event_needs(const struct criterion *c, bool index, struct sql_needs *out)
{
	for (unsigned i = 0; i < c->n_windows && i < MAX_WINDOWS; i++) {
		if (c->windows[i].of_index != index)
			continue;
		out->day = true;
		out->last |= c->windows[i].to_end;
	}
	if (index)
		return;
	out->visit |= c->same_visit;
	out->period |= c->inside;
}

void sql_needs(const struct criterion *tree, bool index, struct sql_needs *out)
{
	if (tree == NULL)
		return;
	if (sql_is_event(tree)) {
		event_needs(tree, index, out);
		if (index)
			sql_needs(tree->with, true, out);
	}
	for (const struct criterion *k = tree->children; k != NULL; k = k->next)
		sql_needs(k, index, out);
}

static bool of_index(const struct criterion *tree)
{
	struct sql_needs n = { 0 };

	sql_needs(tree, true, &n);
	return n.day;
}

bool sql_depends(const struct criterion *c)
{
	return c->n_windows > 0 || c->same_visit || c->inside || of_index(c->with);
}

bool sql_of_people(const struct criterion *tree)
{
	if (tree == NULL)
		return false;
	if (!is_group(tree))
		return sql_is_event(tree) ? sql_of_people(tree->with) : true;
	for (const struct criterion *k = tree->children; k != NULL; k = k->next)
		if (sql_of_people(k))
			return true;
	return false;
}

static bool has_event(const struct criterion *tree)
{
	if (sql_is_event(tree))
		return true;
	for (const struct criterion *k = tree->children; k != NULL; k = k->next)
		if (has_event(k))
			return true;
	return false;
}

/* Semi-joins on one key that the planner gets to see together. It compares each with each: its time grows with the
 * fourth power of their number, and 480 took it minutes. Those beyond are flags. */
enum {
	MOST_TOGETHER = 24
};

static unsigned events_in(const struct criterion *tree)
{
	unsigned n = sql_is_event(tree) ? 1 : 0;

	if (n > 0 && tree->with != NULL)
		n += events_in(tree->with);
	for (const struct criterion *k = tree->children; k != NULL; k = k->next)
		n += events_in(k);
	return n;
}

static bool plain_tree(const struct criterion *tree)
{
	if (sql_is_event(tree))
		return !counted(tree) && !of_index(tree) && sql_plain(tree);
	if (!has_event(tree))
		return true;
	if (tree->kind != PART_ALL && tree->kind != PART_NONE)
		return false;
	for (const struct criterion *k = tree->children; k != NULL; k = k->next)
		if (!plain_tree(k) || (tree->kind == PART_NONE && !sql_is_event(k) && has_event(k)))
			return false;
	return true;
}

bool sql_plain(const struct criterion *c)
{
	return c->with == NULL || (events_in(c->with) <= MOST_TOGETHER && plain_tree(c->with));
}

/* ---- the rows of a criterion ---- */

static const char *alias(struct sql_writing *w, const char *letter)
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

	return (struct sql_scope){ .name = s->name,
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

static bool needs_period(const struct criterion *c)
{
	struct sql_needs n = { 0 };

	sql_needs(c->with, false, &n);
	return n.period;
}

/* The rows of c read as a, as a scope for what stands in its `with`. o: its observation periods. */
static struct sql_scope row_scope(struct sql_writing *w, const struct criterion *c, const char *a,
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
	if (needs_period(c)) {
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
	const char *o = needs_period(c) ? alias(w, "o") : "";
	struct sql_scope s = { 0 };

	sql_events(w, t, c, a);
	if (w->wrong != NULL)
		return s;
	s = row_scope(w, c, a, o, x, more);
	if (x != NULL)
		text_addf(t, "\n JOIN %s %s ON %s = %s", x->name, x->alias, x->key, s.key);
	if (needs_period(c))
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
		of = needs_period(c) ? c->id : NULL;
		if (of == NULL)
			return NULL;
		break;
	case DISTINCT_DAYS:
		of = c->start;
		break;
	case DISTINCT_CONCEPTS:
		of = c->concept;
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
	return arena_textf(w->arena, SQL_NORMAL_BEFORE "%s" SQL_NORMAL_AFTER,
		sql_expr(w, a, of->column));
}

static void having(
	struct sql_writing *w, struct text *t, const struct criterion *c, const char *what)
{
	struct often o = often(c);

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
	const char *name = arena_textf(w->arena, "c%u", ++w->sets), *a = alias(w, "e");
	struct sql_scope x = { 0 }, row = { 0 };
	struct text body;

	text_init(&body, MAX_SQL_BYTES);
	if (s != NULL && s->name != NULL)
		x = read_as(w, s, alias(w, "x"));
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
		put(t, of_index(c->with) ? row.index_day : NULL, "index_day");
		put(t, of_index(c->with) ? row.index_last : NULL, "index_last");
		put(t, what != NULL ? what(w, c, a) : NULL, "what");
		text_add(t, text_str(&body));
		text_addc(t, ')');
	}
	if (text_failed(&body) || name == NULL)
		sql_wrong(w, "");
	text_clear(&body);
	row.name = name;
	row.many = true;
	if (!of_index(c->with))
		row.index_day = row.index_last = NULL;
	if (w->wrong == NULL)
		row = read_as(w, &row, alias(w, "y"));
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

/* ---- relations ---- */

/* "SELECT k, i FROM ..": the rows of s that meet c, or have so many; each once. */
static void relation(
	struct sql_writing *w, const struct sql_scope *s, struct text *t, const struct criterion *c)
{
	bool many = sql_depends(c) && s->many, count = counted(c);
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
		const char *a = alias(w, "e");

		if (sql_depends(c))
			x = read_as(w, s, alias(w, "x"));
		row = rows(w, &body, c, a, x.name == NULL ? NULL : &x, &nothing);
		of = many ? column_of(w, x.alias, "i") : NULL;
		what = count ? counts(w, c, a) : NULL;
	} else {
		bool distinct = count && (c->distinct != DISTINCT_EVENTS ||
						 (needs_period(c) && c->id != NULL));

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
	return s->name != NULL && sql_depends(c) && c->with != NULL && has_event(c->with);
}

static void exists(
	struct sql_writing *w, const struct sql_scope *s, const struct criterion *c, bool negated)
{
	struct often o = often(c);
	struct sql_scope row;
	const char *a;

	negated ^= o.negated;
	if (o.always) {
		text_add(s->where, negated ? "\n AND false" : "");
		return;
	}
	if (counted(c) || !sql_plain(c) || joins_better(s, c)) {
		struct text body;
		const char *r = alias(w, "r");

		text_init(&body, MAX_SQL_BYTES);
		relation(w, s, &body, c);
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
	a = alias(w, "e");
	text_add(s->where, negated ? "\n AND NOT EXISTS (SELECT 1" : "\n AND EXISTS (SELECT 1");
	{
		const char *p = needs_period(c) ? alias(w, "o") : "";

		sql_events(w, s->where, c, a);
		if (w->wrong != NULL)
			return;
		row = row_scope(w, c, a, p, s, &nothing);
		if (needs_period(c))
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
	struct often o = often(c);
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
	relation(w, s, &body, c);
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
	if (!is_group(c)) {
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
		together += events_in(k);
		if (negated || together <= MOST_TOGETHER || s->joins == NULL || !sql_is_event(k)) {
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
	} else if (!is_group(c)) {
		text_add(s->where, "\n AND (");
		sql_demographic(w, s, s->where, c);
		text_add(s->where, negated ? ") IS NOT TRUE" : ")");
	} else {
		text_add(s->where, negated ? "\n AND NOT " : "\n AND ");
		sql_anywhere(w, s, s->where, c);
	}
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
		const char *a = alias(w, "e");

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
