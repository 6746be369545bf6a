#include "sql/sql.h"

#include <string.h>

#include "sql/writing.h"

/*
 * The statement:
 *
 *   WITH people AS (..), ix AS (<index events>), c1 AS (<a set of events>)..
 *   SELECT c.cell, count(*) AS n [, sum(c.v) AS s, ..]
 *   FROM (SELECT <cell> AS cell [, <value> AS v]
 *         FROM people p JOIN ix, JOIN <a group's values> v0.., LEFT JOIN <flags> f1..
 *         WHERE <criteria>) c
 *   WHERE c.cell IS NOT NULL GROUP BY c.cell
 *
 * Where foreign keys hold the index events to people, and nothing is asked of those, `people` is left out.
 *
 * With `index: each` the inner SELECT has a row for each entry event that meets everything, and of each person keeps
 * the earliest; of an attrition that which got farthest.
 *
 * With groups of rows of an officer's cohort, the inner SELECT gives each person's distinct cells, and of them a
 * salted hash chooses as many as one person may have; a salt that is known before, or an order by the data, would
 * let others or the data choose (docs/policy.md).
 */

/* ---- an officer's cohort ---- */

static bool has_rows(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->n_dims; i++)
		if (plan->dims[i].of_rows)
			return true;
	return false;
}

/* Cells that differ in groups of rows: a person has one label of every other group. */
static uint64_t row_cells(const struct plan *plan)
{
	uint64_t n = 1;

	for (unsigned i = 0; i < plan->n_dims; i++)
		if (plan->dims[i].of_rows)
			n *= plan->dims[i].n_labels;
	return n;
}

bool sql_salted(const struct plan *plan)
{
	return row_cells(plan) > (plan->cells_a_person == 0 ? 1 : plan->cells_a_person);
}

static void officer_rows(struct sql_writing *w)
{
	struct text *t = has_rows(w->plan) ? &w->joins : &w->where;

	if (w->plan->rows == NULL) {
		if (has_rows(w->plan))
			sql_wrong(w, "groups of rows without rows");
		return;
	}
	if (t == &w->joins)
		text_add(t, "\n JOIN ");
	else {
		text_add(t, "\n AND ");
		sql_member(t, "p", w->plan->key->column);
		text_add(t, " IN (SELECT r.k FROM ");
	}
	sql_cohort(w, t);
	text_add(t, " r");
	if (t == &w->where) {
		text_addc(t, ')');
		return;
	}
	text_add(t, " ON r.k = ");
	sql_member(t, "p", w->plan->key->column);
}

/* Each person's cells, once each, by a hash of salt, key and cell: as many as one person may have. The
 * conversion is into the encoding the text already has, so it cannot fail (W3). */
static void choose_cells(struct sql_writing *w, struct text *t)
{
	if (w->facts->salt == NULL) {
		sql_wrong(w, "cells to choose from without a salt");
		return;
	}
	text_add(t,
		"SELECT d.cell, row_number() OVER (PARTITION BY d.k ORDER BY sha256(convert_to(");
	sql_value(w, t, w->facts->salt, "text");
	text_add(t, " || ':' || d.k::text || ':' || d.cell::text, getdatabaseencoding())), d.cell) "
		    "AS i\n FROM (");
}

static void end_choice(struct sql_writing *w, struct text *t)
{
	uint64_t most = w->plan->cells_a_person == 0 ? 1 : w->plan->cells_a_person;

	text_add(t, ") d WHERE d.cell IS NOT NULL) c\nWHERE c.i <= ");
	sql_value_int(w, t, (int64_t)most, "int8");
}

/* How many of the cohort's own criteria, in their order, were met before the first that was not. */
static void steps(struct sql_writing *w, const struct sql_scope *s)
{
	struct text *t = &w->steps;
	unsigned n = 0;

	text_add(t, "CASE");
	for (const struct criterion *c = w->plan->root->children; c != NULL && w->wrong == NULL;
		c = c->next) {
		text_add(t, "\n  WHEN NOT (");
		sql_anywhere(w, s, t, c);
		text_addf(t, ") THEN %u", n++);
	}
	if (n == 0)
		text_add(t, " WHEN false THEN 0");
	text_addf(t, " ELSE %u END", n);
}

/* The scope of the cohort's own criteria. */
static struct sql_scope cohort_scope(struct sql_writing *w)
{
	struct sql_scope s = { .people = true };

	if (w->plan->entry != NULL)
		sql_index(w, &s);
	else
		s.key = sql_expr(w, "p", w->plan->key->column);
	s.joins = &w->joins;
	s.where = &w->where;
	return s;
}

static void criteria(struct sql_writing *w)
{
	struct sql_scope s = cohort_scope(w);

	if (w->wrong != NULL)
		return;
	if (w->plan->of.kind == KIND_ATTRITION)
		steps(w, &s);
	else
		sql_must(w, &s, w->plan->root, false);
}

/* What the inner SELECT gives: one row a person, or with groups of rows one a cell. */
static void inner(struct sql_writing *w, struct text *t, bool rows)
{
	bool each = w->plan->entry != NULL && w->plan->index == INDEX_EACH;
	const char *key = sql_person(w);

	if (rows && each)
		sql_wrong(w, "groups of rows with several index events");
	text_add(t, rows ? "SELECT DISTINCT " : "SELECT ");
	if (each)
		text_addf(t, "DISTINCT ON (%s) ", key);
	if (rows)
		text_addf(t, "%s AS k, ", key);
	text_add(t, text_str(&w->cell));
	text_add(t, " AS cell");
	text_add(t, text_str(&w->value));
	text_add(t, w->alone ? "\n FROM " : "\n FROM people p");
	if (w->plan->entry != NULL)
		text_addf(t, "%s%s ix", w->alone ? "" : "\n JOIN ",
			w->narrowed == NULL ? "ix" : w->narrowed);
	if (w->plan->entry != NULL && !w->alone)
		text_addf(t, " ON ix.k = %s", key);
	text_add(t, text_str(&w->joins));
	if (w->plan->entry != NULL)
		text_add(t, "\n WHERE true");
	else
		text_addf(t, "\n WHERE %s IS NOT NULL", key);
	if (w->alone)
		sql_alone_where(w, t);
	text_add(t, text_str(&w->where));
	if (!each)
		return;
	text_addf(t, "\n ORDER BY %s", key);
	if (w->steps.len > 0)
		text_addf(t, ", %s DESC", text_str(&w->steps));
	text_add(t, ", ix.day");
}

static void counts(struct sql_writing *w, struct text *t)
{
	bool rows = has_rows(w->plan), choose = rows && sql_salted(w->plan);

	text_addf(t, "\nSELECT c.cell, count(*) AS n%s FROM (", sql_sums(w->plan));
	if (choose)
		choose_cells(w, t);
	inner(w, t, rows);
	if (choose)
		end_choice(w, t);
	else
		text_add(t, ") c\nWHERE c.cell IS NOT NULL");
	text_add(t, " GROUP BY c.cell");
}

/* One row with one value: all keys behind one another, of one person more at most than there may be. */
static void person_keys(struct sql_writing *w, struct text *t)
{
	text_add(t, "\nSELECT string_agg(d.cell, ''::bytea) AS k FROM (SELECT c.cell FROM (");
	inner(w, t, false);
	text_add(t, ") c\nWHERE c.cell IS NOT NULL LIMIT ");
	sql_value_int(w, t, MAX_DISTINCT_PEOPLE + 1, "int8");
	text_add(t, ") d");
}

/* Kinds of which the halves' counts add up. */
static bool can_be_halves(const struct sql_writing *w)
{
	const struct plan *plan = w->plan;

	return w->facts->halves && w->facts->sets != NULL && plan->entry != NULL &&
	       plan->rows == NULL && plan->of.measure == NULL && plan->of.event == NULL &&
	       plan->of.person == NULL && !w->normal;
}

static struct text *const *texts_of(struct sql_writing *w, struct text *list[7])
{
	struct text *const all[7] = { &w->lists, &w->ctes, &w->steps, &w->joins, &w->where,
		&w->cell, &w->value };

	memcpy(list, all, sizeof(all));
	return list;
}

static bool texts_failed(struct sql_writing *w)
{
	struct text *list[7];

	for (size_t i = 0; i < 7; i++)
		if (text_failed(texts_of(w, list)[i]))
			return true;
	return false;
}

/* All of it, or one half, into the texts of w. */
static void gather(struct sql_writing *w)
{
	w->alone = sql_alone(w);
	if (!w->alone)
		sql_people(w);
	criteria(w);
	officer_rows(w);
	if (w->plan->of.kind == KIND_DISTINCT)
		sql_person_key(w);
	else
		sql_cells(w);
}

static void put(struct sql_writing *w, struct text *t)
{
	text_add(t, "WITH ");
	text_add(t, sql_spelling(w));
	text_add(t, w->normal ? ",\n" : "");
	text_add(t, text_str(&w->lists));
	text_add(t, text_str(&w->ctes) + (w->alone ? strlen(",\n") : 0));
	if (w->plan->of.kind == KIND_DISTINCT)
		person_keys(w, t);
	else
		counts(w, t);
	if (texts_failed(w))
		sql_wrong(w, "");
}

/* Two statements, each of the patients on one side of a key: nobody is in both, and nothing of one half looks at the
 * other. What is computed once before any row stands outside: a part with such a thing in it cannot be a worker's. */
static void halves(struct sql_writing *w, struct text *t)
{
	struct text *list[7];

	text_add(t, "SELECT c.cell, sum(c.n)::int8 AS n FROM (");
	for (w->half = 1; w->half <= 2 && w->wrong == NULL; w->half++) {
		for (size_t i = 0; i < 7; i++)
			text_reset(texts_of(w, list)[i]);
		w->narrowed = NULL;
		gather(w);
		text_add(t, w->half == 1 ? "(" : "\nUNION ALL\n(");
		if (w->wrong == NULL)
			put(w, t);
		text_addc(t, ')');
	}
	w->half = 0;
	text_add(t, ") c\nWHERE true");
	sql_still(w, t);
	text_add(t, " GROUP BY c.cell");
}

static void compose(struct sql_writing *w, struct text *t)
{
	if (w->in_halves) {
		halves(w, t);
		return;
	}
	gather(w);
	if (w->wrong == NULL)
		put(w, t);
}

int sql_not_written(struct error *err, const char *why)
{
	if (why[0] == '\0')
		return error_set(err, E_LIMIT,
			SAY("this question is too large for this site", "此查询过大，本院无法处理"),
			"the statement met its bound");
	return error_set(err, E_INPUT,
		SAY("this question cannot be computed here", "本院无法计算此查询"),
		"the plan does not fit together: %s", why);
}

void sql_compose(struct sql_writing *w, struct text *t)
{
	const struct plan *plan = w->plan;
	struct text *list[7];

	for (size_t i = 0; i < 7; i++)
		text_init(texts_of(w, list)[i], MAX_SQL_BYTES);
	if (plan->model == NULL || plan->patients == NULL || plan->key == NULL ||
		plan->root == NULL)
		sql_wrong(w, "no patients");
	else
		compose(w, t);
	if (w->facts->sets != NULL && w->n_lists != w->facts->n_sets)
		sql_wrong(w, "not the sets of concepts that were asked for");
}

void sql_writing_clear(struct sql_writing *w)
{
	struct text *list[7];

	for (size_t i = 0; i < 7; i++)
		text_clear(texts_of(w, list)[i]);
}

/* False: it has what both halves would share, so it must be written as one. */
static bool attempt(struct sql_writing *w, const char **whole)
{
	struct text t;

	text_init(&t, MAX_SQL_BYTES);
	w->in_halves = w->in_halves && can_be_halves(w);
	sql_compose(w, &t);
	sql_writing_clear(w);
	*whole = sql_take(&t, w->arena);
	return !w->in_halves || (w->wrong == NULL && *whole != NULL && !w->normal);
}

int sql_write(const struct plan *plan, const struct sql_facts *facts, struct arena *arena,
	struct sql *out, struct error *err)
{
	const struct sql_writing fresh = { .plan = plan, .facts = facts, .arena = arena };
	struct sql_writing w = fresh;
	const char *whole;

	w.in_halves = true;
	if (!attempt(&w, &whole)) {
		w = fresh;
		(void)attempt(&w, &whole);
	}
	if (w.wrong != NULL || whole == NULL)
		return sql_not_written(err, w.wrong != NULL ? w.wrong : "");
	*out = (struct sql){
		.text = whole, .values = w.values, .n_values = w.n_values, .halves = w.in_halves
	};
	return 0;
}

void sql_explain(const struct sql *q, struct text *out)
{
	enum {
		SHOWN = 200
	};

	text_add(out, q->text);
	text_addc(out, '\n');
	for (int i = 0; i < q->n_values; i++) {
		size_t len = strlen(q->values[i]);

		text_addf(out, "-- $%d = ", i + 1);
		text_addn(out, q->values[i], len < SHOWN ? len : SHOWN);
		text_add(out, len < SHOWN ? "\n" : " ...\n");
	}
}
