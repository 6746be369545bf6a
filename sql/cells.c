#include "sql/writing.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/*
 * Which cell a person is in: a closed list of labels a group, computed by functions that are defined
 * for every value (W3).
 */

/* What a group looks at: a column of the people, or of the rows of an officer's cohort. */
static void looked_at(struct text *t, const struct dim *d, unsigned i)
{
	if (d->of_rows)
		text_addf(t, "r.c%u", i);
	else
		sql_member(t, "p", d->column->column);
}

/* ---- values a person ---- */

/* Each person's last value, ties by the larger one. */
void sql_last_value(struct sql_writing *w, const struct measure *m, const struct column *day,
	int32_t from, int32_t to, unsigned alias)
{
	struct text *t = &w->joins;

	if (m == NULL || m->table == NULL || m->table->key == NULL || m->column == NULL ||
		day == NULL) {
		sql_wrong(w, "a group of values without a measure and its days");
		return;
	}
	text_add(t, "\n JOIN (SELECT DISTINCT ON (e.");
	sql_name(t, m->table->key->column);
	text_add(t, ") e.");
	sql_name(t, m->table->key->column);
	text_add(t, " AS k, e.");
	sql_name(t, m->column->column);
	text_add(t, " AS v FROM ");
	sql_relation(t, m->table);
	text_add(t, " e WHERE e.");
	sql_name(t, m->table->key->column);
	text_add(t, " IS NOT NULL AND e.");
	sql_name(t, m->column->column);
	text_add(t, " IS NOT NULL AND e.");
	sql_name(t, day->column);
	text_add(t, " IS NOT NULL");
	if (m->where != NULL) {
		text_add(t, " AND e.");
		sql_name(t, m->where->column);
		text_add(t, " = ANY (");
		sql_value(w, t, sql_longs(w->arena, m->codes, m->n_codes), "int8[]");
		text_addc(t, ')');
	}
	sql_during(w, t, day, from, to);
	sql_red_rows(w, t, "e", m->table);
	text_add(t, " ORDER BY 1, e.");
	sql_name(t, day->column);
	text_add(t, " DESC, e.");
	sql_name(t, m->column->column);
	text_addf(t, " DESC) v%u ON v%u.k = ", alias, alias);
	sql_member(t, "p", w->plan->key->column);
}

/* ---- cells ---- */

static void category_index(struct sql_writing *w, struct text *t, const struct dim *d, unsigned n)
{
	const struct column *column = d->column;

	if (column == NULL || d->n_labels != column->n_categories + 1) {
		sql_wrong(w, "a group whose labels are not its categories");
		return;
	}
	text_add(t, "CASE");
	for (unsigned i = 0; i < column->n_categories; i++) {
		text_add(t, " WHEN ");
		looked_at(t, d, n);
		sql_in_category(w, t, &column->categories[i]);
		text_addf(t, " THEN %u", i);
	}
	text_addf(t, " ELSE %u END", column->n_categories);
}

/* The first characters of a place, looked up in the list of areas: each area stands there once, so nobody is
 * joined twice (W2). Anything else, shorter places too, is the last label. */
static void area_index(struct sql_writing *w, struct text *t, const struct dim *d, unsigned i)
{
	const struct column *c = d->column;
	struct text list;

	if (c == NULL || c->n_areas == 0 || c->keep == 0 || d->n_labels != c->n_areas + 1) {
		sql_wrong(w, "a group whose labels are not its areas");
		return;
	}
	text_init(&list, MAX_SQL_BYTES);
	for (unsigned k = 0; k < c->n_areas; k++)
		text_addf(&list, "%s\"%s\"", k == 0 ? "{" : ",", c->areas[k]);
	text_addc(&list, '}');
	text_add(&w->joins, "\n LEFT JOIN unnest(");
	sql_value(w, &w->joins, sql_take(&list, w->arena), "text[]");
	text_addf(
		&w->joins, ") WITH ORDINALITY g%u(area, i) ON g%u.area = left(btrim(upper((", i, i);
	looked_at(&w->joins, d, i);
	text_add(&w->joins, ")::text COLLATE \"C\")), ");
	sql_value_int(w, &w->joins, c->keep, "int4");
	text_addc(&w->joins, ')');
	text_addf(t, "coalesce(g%u.i::int4 - 1, %u)", i, c->n_areas);
}

static void age_index(struct sql_writing *w, struct text *t, const struct dim *d)
{
	const struct column *column = d->column != NULL ? d->column : w->plan->birth_year;

	if (column == NULL || column->n_bands == 0 || d->n_labels != column->n_bands) {
		sql_wrong(w, "a group whose labels are not its bands");
		return;
	}
	text_add(t, "CASE WHEN ");
	sql_member(t, "p", sql_birth_column(w));
	text_add(t, " IS NULL THEN NULL");
	for (unsigned i = 0; i < column->n_bands; i++) {
		text_add(t, " WHEN ");
		sql_member(t, "p", sql_birth_column(w));
		text_add(t, " > ");
		sql_born(w, t, column->bands[i]);
		if (i == 0)
			text_add(t, " THEN NULL");
		else
			text_addf(t, " THEN %u", i - 1);
	}
	text_addf(t, " ELSE %u END", column->n_bands - 1);
}

static int64_t period_of(enum truncate by, int32_t day)
{
	unsigned month, mday;
	int year;

	day_split(day, &year, &month, &mday);
	if (by == TRUNCATE_YEAR)
		return year;
	if (by == TRUNCATE_QUARTER)
		return (int64_t)year * 4 + (month - 1) / 3;
	return (int64_t)year * 12 + month - 1;
}

static void date_index(struct sql_writing *w, struct text *t, const struct dim *d, unsigned i)
{
	int32_t days = d->truncate == TRUNCATE_WEEK ? 7 : d->truncate == TRUNCATE_DAY ? 1 : 0;
	int64_t first, last;
	char day[24] = "ix.day", plain[24] = "ix.day";

	if (d->of_rows) {
		snprintf(day, sizeof(day), "r.c%u::date", i);
		snprintf(plain, sizeof(plain), "r.c%u", i);
	}
	if ((w->plan->entry == NULL && !d->of_rows) || d->from == DAY_NONE || d->to == DAY_NONE ||
		d->to < d->from) {
		sql_wrong(w, "a group of days without an index date and a range");
		return;
	}
	first = days > 0 ? 0 : period_of(d->truncate, d->from);
	last = days > 0 ? (d->to - d->from) / days : period_of(d->truncate, d->to);
	if (last - first + 1 != d->n_labels) {
		sql_wrong(w, "a group whose labels are not its periods");
		return;
	}
	/* the column itself, not as a date: of a column of texts the statement fails whatever is in it, and a
	 * conversion would fail by what is in it (W3) */
	text_addf(t, "CASE WHEN %s >= ", plain);
	sql_value_day(w, t, d->from);
	text_addf(t, " AND %s < ", plain);
	sql_value_day(w, t, d->to + 1);
	text_add(t, " THEN ");
	if (days > 0) {
		text_addf(t, "(%s - ", day);
		sql_value_day(w, t, d->from);
		text_addf(t, ") / %d END", (int)days);
		return;
	}
	if (d->truncate == TRUNCATE_YEAR)
		text_addf(t, "extract(year FROM %s)::int4", day);
	else if (d->truncate == TRUNCATE_QUARTER)
		text_addf(t, "extract(year FROM %s)::int4 * 4 + extract(quarter FROM %s)::int4 - 1",
			day, day);
	else
		text_addf(t, "extract(year FROM %s)::int4 * 12 + extract(month FROM %s)::int4 - 1",
			day, day);
	text_add(t, " - ");
	sql_value_int(w, t, first, "int4");
	text_add(t, " END");
}

/* Of rows: a value belongs to the measure only with one of its codes beside it. */
static void other_values(struct sql_writing *w, struct text *t, const struct dim *d, unsigned i)
{
	text_addf(t, " WHEN r.c%u IS NULL", i);
	if (d->measure->where != NULL) {
		text_addf(t, " OR (r.w%u = ANY (", i);
		sql_value(w, t, sql_longs(w->arena, d->measure->codes, d->measure->n_codes),
			"int8[]");
		text_add(t, ")) IS NOT TRUE");
	}
	text_add(t, " THEN NULL");
}

static void value_index(struct sql_writing *w, struct text *t, const struct dim *d, unsigned i)
{
	char alias[16], name[16] = "v";
	struct column v = { .column = name };

	if (d->of_rows && d->measure == NULL)
		sql_wrong(w, "a group of values without a measure");
	if (!d->of_rows)
		sql_last_value(w, d->measure, d->column, d->from, d->to, i);
	if (w->wrong != NULL)
		return;
	if (d->measure->n_cuts == 0 || d->n_labels != d->measure->n_cuts + 1) {
		sql_wrong(w, "a group whose labels are not its cuts");
		return;
	}
	(void)snprintf(alias, sizeof(alias), d->of_rows ? "r" : "v%u", i);
	if (d->of_rows)
		snprintf(name, sizeof(name), "c%u", i);
	text_add(t, "CASE");
	if (d->of_rows)
		other_values(w, t, d, i);
	for (unsigned k = 0; k < d->measure->n_cuts; k++) {
		text_add(t, " WHEN ");
		sql_clamped(w, t, alias, &v, d->measure->low, d->measure->high);
		text_add(t, " < ");
		sql_value_decimal(w, t, d->measure->cuts[k]);
		text_addf(t, " THEN %u", k);
	}
	text_addf(t, " ELSE %u END", d->measure->n_cuts);
}

static void one_index(struct sql_writing *w, const struct dim *d, unsigned i)
{
	struct text *t = &w->cell;

	switch (d->kind) {
	case DIM_CATEGORY:
		category_index(w, t, d, i);
		return;
	case DIM_AGE:
		age_index(w, t, d);
		return;
	case DIM_DATE:
		date_index(w, t, d, i);
		return;
	case DIM_VALUE:
		value_index(w, t, d, i);
		return;
	case DIM_AREA:
		area_index(w, t, d, i);
		return;
	}
	sql_wrong(w, "a group of an unknown kind");
}

/* Row-major: ((d0) * n1 + d1) * n2 + d2. A NULL anywhere makes the whole NULL. */
void sql_cells(struct sql_writing *w)
{
	const struct plan *plan = w->plan;
	uint64_t n = 1;

	text_addc(&w->cell, '(');
	if (plan->n_dims == 0)
		text_addc(&w->cell, '0');
	for (unsigned i = 1; i < plan->n_dims; i++)
		text_addc(&w->cell, '(');
	for (unsigned i = 0; i < plan->n_dims && w->wrong == NULL; i++) {
		if (i > 0)
			text_addf(&w->cell, ") * %u + ", plan->dims[i].n_labels);
		text_addc(&w->cell, '(');
		one_index(w, &plan->dims[i], i);
		text_addc(&w->cell, ')');
		n *= plan->dims[i].n_labels;
		if (n == 0 || n > MAX_CELLS)
			sql_wrong(w, "more cells than a release may have");
	}
	text_addc(&w->cell, ')');
	if (w->wrong == NULL)
		sql_points(w);
	if (n * plan_points(plan) != plan->n_cells)
		sql_wrong(w, "a number of cells that is not the groups' and points' product");
}
