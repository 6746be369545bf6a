#include "sql/writing.h"

/*
 * The index event of each person, or with `index: each` all that could be it: the set `ix`.
 */

/* Whether ties can be settled by ids: every entry has them. */
static bool with_ids(const struct plan *plan)
{
	for (const struct criterion *c = plan->entry; c != NULL; c = c->next)
		if (c->id == NULL)
			return false;
	return true;
}

static void entries(struct sql_writing *w, struct text *t, const struct sql_needs *n, bool ids)
{
	for (const struct criterion *c = w->plan->entry; c != NULL && w->wrong == NULL;
		c = c->next) {
		if (c->start == NULL) {
			sql_wrong(w, "an index date without a column that has it");
			return;
		}
		text_add(t, c == w->plan->entry ? "" : "\n UNION ALL ");
		sql_entry(w, t, c, n, ids);
	}
}

/* What is sorted by person once is merged with whatever has an index by person, and what comes of it is sorted already:
 * a hash over all patients costs several times as much, and the planner takes it where the order is not there. */
static void in_order(struct text *t, enum index_rule rule, bool alone)
{
	text_add(t, "\n ORDER BY k");
	if (!alone) /* of days alone the least is looked for in any order */
		text_add(t, rule == INDEX_LAST ? ", day DESC" : ", day");
}

/* Nobody's index event need be observed where that is not asked; then only what is inside needs a period. */
static void periods(struct sql_writing *w, struct text *t, const struct sql_needs *n)
{
	const struct plan_observation *o = &w->plan->observation;
	bool asked = o->table != NULL && (o->before >= 0 || o->after >= 0);

	if (asked || n->period)
		sql_periods(w, t, asked ? "JOIN" : "LEFT JOIN", "o", "x.k", "x.day", o->before,
			o->after);
}

static void columns(struct text *t, const struct sql_needs *n)
{
	text_add(t, n->last ? ", x.last" : "");
	text_add(t, n->visit ? ", x.visit" : "");
	text_add(t, n->period ? ", o.since, o.until" : "");
}

static void each(struct text *t, const struct sql_needs *n)
{
	text_add(t, "SELECT x.k, row_number() OVER () AS i, x.day");
	columns(t, n);
}

/* The earliest or the last: of those of one day that with the least id, whichever of the entries it meets. */
static void chosen(struct text *t, const struct sql_needs *n)
{
	text_add(t, "SELECT DISTINCT ON (x.k) x.k, x.day");
	columns(t, n);
}

static void day_alone(struct text *t, bool last)
{
	text_addf(t, "SELECT x.k, %s(x.day) AS day", last ? "max" : "min");
}

static void order(struct text *t, const struct sql_needs *n, bool last, bool ids)
{
	text_add(t, last ? "\n ORDER BY x.k, x.day DESC" : "\n ORDER BY x.k, x.day");
	text_add(t, ids ? ", x.id" : "");
	columns(t, n);
}

static struct sql_scope scope(struct sql_writing *w, const struct sql_needs *n)
{
	struct sql_scope s = { .name = "ix",
		.alias = "ix",
		.key = "ix.k",
		.people = true,
		.many = w->plan->index == INDEX_EACH,
		.day = "ix.day",
		.index_day = "ix.day" };

	if (n->last)
		s.last = s.index_last = "ix.last";
	if (n->visit)
		s.visit = "ix.visit";
	if (n->period) {
		s.since = "ix.since";
		s.until = "ix.until";
	}
	return s;
}

void sql_index(struct sql_writing *w, struct sql_scope *s)
{
	struct sql_needs n = { .day = true };
	enum index_rule rule = w->plan->index;
	bool ids, alone;
	struct text from, t;

	sql_needs(w->plan->root, false, &n);
	sql_needs(w->plan->root, true, &n);
	sql_needs(w->plan->of.event, false, &n);
	sql_needs(w->plan->of.event, true, &n);
	/* events of one day differ only by their ends and visits */
	ids = rule != INDEX_EACH && (n.last || n.visit) && with_ids(w->plan);
	alone = rule != INDEX_EACH && !n.last && !n.visit && !n.period;
	text_init(&from, MAX_SQL_BYTES);
	text_init(&t, MAX_SQL_BYTES);
	text_add(&from, "\n FROM (");
	entries(w, &from, &n, ids);
	if (rule != INDEX_EACH)
		in_order(&from, rule, alone);
	text_add(&from, ") x");
	periods(w, &from, &n);
	if (alone)
		day_alone(&t, rule == INDEX_LAST);
	else if (rule == INDEX_EACH)
		each(&t, &n);
	else
		chosen(&t, &n);
	text_add(&t, text_str(&from));
	if (alone)
		text_add(&t, "\n GROUP BY x.k\n ORDER BY x.k");
	else if (rule != INDEX_EACH)
		order(&t, &n, rule == INDEX_LAST, ids);
	text_addf(&w->ctes, ",\nix AS (%s)", text_str(&t));
	if (text_failed(&from) || text_failed(&t))
		sql_wrong(w, "");
	text_clear(&from);
	text_clear(&t);
	*s = scope(w, &n);
}
