#include "sql/sql.h"

#include <string.h>

#include "base/clock.h"
#include "sql/writing.h"

/*
 * The statement:
 *
 *   SELECT c.cell, count(*) AS n
 *   FROM (SELECT <cell> AS cell
 *         FROM <patients> p
 *         JOIN <index date> ix, JOIN <a group's values> v0.., LEFT JOIN <flags> f1..
 *         WHERE <criteria>) c
 *   WHERE c.cell IS NOT NULL GROUP BY c.cell
 *
 * With groups of rows of an officer's cohort, the inner SELECT gives each person's distinct cells, and of them a
 * salted hash chooses as many as one person may have; a salt that is known before, or an order by the data, would
 * let others or the data choose (docs/policy.md).
 *
 * A criterion that must hold, or must not, is an EXISTS or NOT EXISTS, which PostgreSQL turns into a
 * semi-join. Under an `or` it cannot, and would look into the table once a patient; there a criterion is a
 * flag: the distinct keys that meet it, joined from the left. Either way the cost grows with the rows,
 * not with their product.
 */

/* ---- the people ---- */

static void age(struct sql_writing *w, struct text *t, const struct criterion *c)
{
	const char *birth = sql_birth_column(w);

	sql_member(t, "p", birth);
	text_add(t, " IS NOT NULL");
	if (c->age_from >= 0) {
		text_add(t, " AND ");
		sql_member(t, "p", birth);
		text_add(t, " <= ");
		sql_born(w, t, c->age_from);
	}
	if (c->age_to >= 0) {
		text_add(t, " AND ");
		sql_member(t, "p", birth);
		text_add(t, " > ");
		sql_born(w, t, c->age_to);
	}
}

const char *sql_categories(struct sql_writing *w, const struct column *column)
{
	size_t n = 0, at = 0;
	int64_t *list;

	for (unsigned i = 0; i < column->n_categories; i++)
		n += column->categories[i].n_codes;
	list = arena_array(w->arena, n, sizeof(*list));
	if (list == NULL)
		return NULL;
	for (unsigned i = 0; i < column->n_categories; i++)
		for (unsigned k = 0; k < column->categories[i].n_codes; k++)
			list[at++] = column->categories[i].codes[k];
	return sql_longs(w->arena, list, (unsigned)at);
}

static void sex(struct sql_writing *w, struct text *t, const struct criterion *c)
{
	const struct column *column = c->person;

	if (column == NULL) {
		sql_wrong(w, "sex without a column that has it");
		return;
	}
	if (!c->others) {
		sql_member(t, "p", column->column);
		text_add(t, " = ANY (");
		sql_value(w, t, sql_longs(w->arena, c->person_codes, c->n_person_codes), "int8[]");
		text_addc(t, ')');
		return;
	}
	sql_member(t, "p", column->column);
	text_add(t, " IS NULL OR ");
	sql_member(t, "p", column->column);
	text_add(t, " <> ALL (");
	sql_value(w, t, sql_categories(w, column), "int8[]");
	text_addc(t, ')');
}

static bool is_event(const struct criterion *c)
{
	return c->kind == PART_EVENT || c->kind == PART_MEASURE;
}

/* ---- criteria ---- */

static void exists(struct sql_writing *w, const struct criterion *c, bool negated)
{
	struct text *t = &w->where;

	text_add(t, negated ? "\n AND NOT EXISTS (SELECT 1" : "\n AND EXISTS (SELECT 1");
	sql_rows(w, t, c);
	if (w->wrong != NULL)
		return;
	text_add(t, " AND e.");
	sql_name(t, c->table->key->column);
	text_add(t, " = ");
	sql_member(t, "p", w->plan->key->column);
	text_addc(t, ')');
}

static void flag(struct sql_writing *w, const struct criterion *c)
{
	unsigned n = ++w->flags;

	text_add(&w->joins, "\n LEFT JOIN (SELECT DISTINCT e.");
	if (c->table != NULL && c->table->key != NULL)
		sql_name(&w->joins, c->table->key->column);
	text_add(&w->joins, " AS k");
	sql_rows(w, &w->joins, c);
	text_addf(&w->joins, ") f%u ON f%u.k = ", n, n);
	sql_member(&w->joins, "p", w->plan->key->column);
	text_addf(&w->where, "f%u.k IS NOT NULL", n);
}

static void demographic(struct sql_writing *w, struct text *t, const struct criterion *c)
{
	if (c->kind == PART_AGE)
		age(w, t, c);
	else
		sex(w, t, c);
}

/* Any place in the tree: a condition that is true or false, never unknown. */
static void anywhere(struct sql_writing *w, const struct criterion *c)
{
	struct text *t = &w->where;
	const char *between = c->kind == PART_ALL ? " AND " : " OR ";

	if (is_event(c)) {
		flag(w, c);
		return;
	}
	if (c->kind == PART_AGE || c->kind == PART_SEX) {
		text_addc(t, '(');
		demographic(w, t, c);
		text_add(t, ") IS TRUE");
		return;
	}
	if (c->children == NULL) { /* all of nothing holds, any of nothing does not */
		text_add(t, c->kind == PART_ANY ? "false" : "true");
		return;
	}
	text_add(t, c->kind == PART_NONE ? "NOT (" : "(");
	for (const struct criterion *k = c->children; k != NULL; k = k->next) {
		if (k != c->children)
			text_add(t, between);
		anywhere(w, k);
	}
	text_addc(t, ')');
}

/* What must hold (or, negated, must not), as members of one AND as long as that is possible. */
static void must(struct sql_writing *w, const struct criterion *c, bool negated)
{
	bool all = c->kind == PART_ALL && !negated;
	bool none = (c->kind == PART_NONE && !negated) || (c->kind == PART_ANY && negated);

	if (is_event(c)) {
		exists(w, c, negated);
	} else if (all || none) {
		for (const struct criterion *k = c->children; k != NULL; k = k->next)
			must(w, k, none);
	} else if (c->kind == PART_ANY && c->children != NULL && c->children->next == NULL) {
		must(w, c->children, negated);
	} else if (c->kind == PART_AGE || c->kind == PART_SEX) {
		text_add(&w->where, "\n AND (");
		demographic(w, &w->where, c);
		text_add(&w->where, negated ? ") IS NOT TRUE" : ")");
	} else {
		text_add(&w->where, negated ? "\n AND NOT " : "\n AND ");
		anywhere(w, c);
	}
}

/* ---- joins ---- */

/* The day of each person's earliest event. The days are bounded here, so that the years and periods
 * taken from it later are small whole numbers. */
static void index_date(struct sql_writing *w)
{
	const struct criterion *c = w->plan->entry;
	struct text *t = &w->joins;

	if (c == NULL)
		return;
	if (c->start == NULL || c->table == NULL || c->table->key == NULL) {
		sql_wrong(w, "an index date without a column that has it");
		return;
	}
	text_add(t, "\n JOIN (SELECT e.");
	sql_name(t, c->table->key->column);
	text_add(t, " AS k, min(e.");
	sql_name(t, c->start->column);
	text_add(t, ")::date AS day");
	sql_rows(w, t, c);
	text_add(t, " AND e.");
	sql_name(t, c->start->column);
	text_add(t, " >= DATE '" DAY_FIRST "' AND e.");
	sql_name(t, c->start->column);
	text_add(t, " < DATE '" DAY_LAST "' GROUP BY 1) ix ON ix.k = ");
	sql_member(t, "p", w->plan->key->column);
}

/* ---- the patients ---- */

static void drop_people(struct sql_writing *w)
{
	const struct dataset *d = w->plan->data;
	struct text *t = &w->where;
	unsigned month, mday;
	int year;

	if (d->opt_out_relation != NULL) {
		text_add(t, "\n AND NOT EXISTS (SELECT 1 FROM ");
		sql_name(t, d->opt_out_schema);
		text_addc(t, '.');
		sql_name(t, d->opt_out_relation);
		text_add(t, " o WHERE ");
		sql_member(t, "o", d->opt_out_column);
		text_add(t, " = ");
		sql_member(t, "p", w->plan->key->column);
		text_addc(t, ')');
	}
	if (d->under_age > 0) {
		/* only years are known: who may not have had the birthday yet is too young */
		day_split(w->plan->today, &year, &month, &mday);
		text_add(t, "\n AND ");
		sql_member(t, "p", sql_birth_column(w));
		text_add(t, " < ");
		sql_value_int(w, t, year - d->under_age, "int8");
	}
}

static void wanted(const char *columns[], unsigned *n, const char *name)
{
	for (unsigned i = 0; i < *n; i++)
		if (strcmp(columns[i], name) == 0)
			return;
	columns[(*n)++] = name;
}

/* The columns of the patients table that anything later looks at. */
static unsigned patient_columns(struct sql_writing *w, const char *columns[MAX_GROUPS + 3])
{
	const struct plan *plan = w->plan;
	unsigned n = 0;

	if (plan->sex != NULL)
		wanted(columns, &n, plan->sex->column);
	if (plan->birth_year != NULL || plan->data->under_age > 0)
		wanted(columns, &n, sql_birth_column(w));
	for (unsigned i = 0; i < plan->n_dims; i++)
		if (plan->dims[i].of_rows)
			continue;
		else if (plan->dims[i].kind == DIM_CATEGORY || plan->dims[i].kind == DIM_AGE ||
			 plan->dims[i].kind == DIM_AREA)
			if (plan->dims[i].column != NULL)
				wanted(columns, &n, plan->dims[i].column->column);
	return n;
}

/* The facts may be older than the table: an index dropped for a load would let one patient count often.
 * Looked at once, before any row; without the index the division fails the statement, whatever the data. */
static void still_unique(struct sql_writing *w)
{
	struct text *t = &w->where;

	text_add(t, "\n AND 1 / (SELECT least(count(*), 1)" SQL_UNIQUE_INDEXES
		    " AND n.nspname || '.' || t.relname = ");
	sql_value(w, t, w->plan->patients->name, "text");
	text_add(t, " AND k.attname = ");
	sql_value(w, t, w->plan->key->column, "text");
	text_add(t, ") = 1");
}

/* One row a patient (W2): the table itself where a unique index proves it, else the smallest of each
 * attribute of a key, which depends on that patient's rows alone. */
static void patients(struct sql_writing *w, struct text *t)
{
	const struct plan *plan = w->plan;
	const char *columns[MAX_GROUPS + 3];
	unsigned n;

	if (w->facts->one_row_a_patient) {
		sql_relation(t, plan->patients);
		text_add(t, " p");
		sql_red_rows(w, &w->where, "p", plan->patients);
		return;
	}
	n = patient_columns(w, columns);
	text_add(t, "(SELECT e.");
	sql_name(t, plan->key->column);
	for (unsigned i = 0; i < n; i++) {
		text_add(t, ", min(e.");
		sql_name(t, columns[i]);
		text_add(t, ") AS ");
		sql_name(t, columns[i]);
	}
	text_add(t, " FROM ");
	sql_relation(t, plan->patients);
	text_add(t, " e WHERE e.");
	sql_name(t, plan->key->column);
	text_add(t, " IS NOT NULL");
	sql_red_rows(w, t, "e", plan->patients);
	text_add(t, " GROUP BY e.");
	sql_name(t, plan->key->column);
	text_add(t, ") p");
}

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

static void compose(struct sql_writing *w, struct text *t)
{
	bool rows = has_rows(w->plan), choose = rows && sql_salted(w->plan);
	struct text people;

	text_init(&people, MAX_SQL_BYTES);
	text_add(&w->where, "\n WHERE ");
	sql_member(&w->where, "p", w->plan->key->column);
	text_add(&w->where, " IS NOT NULL");
	patients(w, &people);
	drop_people(w);
	index_date(w);
	officer_rows(w);
	must(w, w->plan->root, false);
	if (w->facts->one_row_a_patient)
		still_unique(w);
	sql_cells(w);
	text_add(t, "SELECT c.cell, count(*) AS n FROM (");
	if (choose)
		choose_cells(w, t);
	text_add(t, rows ? "SELECT DISTINCT " : "SELECT ");
	if (rows) {
		sql_member(t, "p", w->plan->key->column);
		text_add(t, " AS k, ");
	}
	text_add(t, text_str(&w->cell));
	text_add(t, " AS cell\n FROM ");
	text_add(t, text_str(&people));
	text_add(t, text_str(&w->joins));
	text_add(t, text_str(&w->where));
	if (choose)
		end_choice(w, t);
	else
		text_add(t, ") c\nWHERE c.cell IS NOT NULL");
	text_add(t, " GROUP BY c.cell");
	if (text_failed(&people) || text_failed(&w->joins) || text_failed(&w->where) ||
		text_failed(&w->cell))
		sql_wrong(w, "");
	text_clear(&people);
}

static int not_written(struct error *err, const char *why)
{
	if (why[0] == '\0')
		return error_set(err, E_LIMIT,
			SAY("this question is too large for this site", "此查询过大，本院无法处理"),
			"the statement met its bound");
	return error_set(err, E_INPUT,
		SAY("this question cannot be computed here", "本院无法计算此查询"),
		"the plan does not fit together: %s", why);
}

int sql_write(const struct plan *plan, const struct sql_facts *facts, struct arena *arena,
	struct sql *out, struct error *err)
{
	struct sql_writing w = { .plan = plan, .facts = facts, .arena = arena };
	struct text t;
	const char *whole;

	if (plan->model == NULL || plan->patients == NULL || plan->key == NULL ||
		plan->root == NULL)
		return not_written(err, "no patients");
	text_init(&t, MAX_SQL_BYTES);
	text_init(&w.joins, MAX_SQL_BYTES);
	text_init(&w.where, MAX_SQL_BYTES);
	text_init(&w.cell, MAX_SQL_BYTES);
	compose(&w, &t);
	whole = sql_take(&t, arena);
	text_clear(&w.joins);
	text_clear(&w.where);
	text_clear(&w.cell);
	if (w.wrong != NULL || whole == NULL)
		return not_written(err, w.wrong != NULL ? w.wrong : "");
	*out = (struct sql){ .text = whole, .values = w.values, .n_values = w.n_values };
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
