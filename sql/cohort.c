#include "sql/writing.h"

#include <stdio.h>

/*
 * The rows of an officer's cohort, written anew from its checked tree: our aliases, our quoting, every value a
 * parameter. Red rows are gone from every table it names (W4), in a sub-select too, and in the ON of a left join,
 * where a row that is not there leaves NULL.
 */

static void test(struct sql_writing *w, struct text *t, const struct cohort_test *c);

/* s0."person_id" */
static void member(struct text *t, const struct cohort_column *c)
{
	text_addf(t, "s%u.", c->source->number);
	sql_name(t, c->column->column);
}

static void operator(struct text *t, enum cohort_op op)
{
	static const char *const names[] = { " = ", " <> ", " < ", " <= ", " > ", " >= " };

	text_add(t, names[op]);
}

/* ---- values ---- */

static const struct cohort_bound *bound_of(
	const struct sql_writing *w, const struct cohort_value *v)
{
	return v->kind == VALUE_PARAM ? &w->plan->rows->params[v->param] : NULL;
}

static bool is_days(const struct sql_writing *w, const struct cohort_value *v)
{
	return v->kind == VALUE_PARAM ? bound_of(w, v)->kind == BOUND_DAYS : v->kind == VALUE_DAY;
}

/* A day is the period of itself. */
static int32_t first_day(const struct sql_writing *w, const struct cohort_value *v)
{
	return v->kind == VALUE_PARAM ? bound_of(w, v)->from : (int32_t)v->n;
}

static int32_t last_day(const struct sql_writing *w, const struct cohort_value *v)
{
	return v->kind == VALUE_PARAM ? bound_of(w, v)->to : (int32_t)v->n;
}

/* Both inclusive, on dates and on timestamps. */
static void inside(struct sql_writing *w, struct text *t, const struct cohort_column *c,
	int32_t from, int32_t to, bool negated)
{
	text_addc(t, '(');
	member(t, c);
	text_add(t, negated ? " < " : " >= ");
	sql_value_day(w, t, from);
	text_add(t, negated ? " OR " : " AND ");
	member(t, c);
	text_add(t, negated ? " >= " : " < ");
	sql_value_day(w, t, to + 1);
	text_addc(t, ')');
}

static void days(struct sql_writing *w, struct text *t, const struct cohort_test *c)
{
	int32_t first = first_day(w, &c->values[0]), last = last_day(w, &c->values[0]);

	if (c->kind == TEST_BETWEEN) {
		inside(w, t, &c->left, first, last_day(w, &c->values[1]), c->negated);
		return;
	}
	if (c->op == OP_EQ || c->op == OP_NE) {
		inside(w, t, &c->left, first, last, c->op == OP_NE);
		return;
	}
	member(t, &c->left);
	text_add(t, c->op == OP_LT || c->op == OP_LE ? " < " : " >= ");
	sql_value_day(w, t, c->op == OP_LE || c->op == OP_GT ? last + 1 : first);
}

static void others(struct sql_writing *w, struct text *t, const struct cohort_column *c)
{
	text_addc(t, '(');
	member(t, c);
	text_add(t, " IS NULL OR ");
	member(t, c);
	sql_in_no_category(w, t, column_on(c->column, w->plan->today));
	text_addc(t, ')');
}

/* The codes of n values together; true when one of them says `other`. */
static bool gather(
	struct sql_writing *w, const struct cohort_value *values, unsigned n, const char **out)
{
	bool other = false;
	size_t room = n + 1, at = 0;
	int64_t *list;

	for (unsigned i = 0; i < n; i++)
		if (values[i].kind == VALUE_PARAM)
			room += bound_of(w, &values[i])->n_codes;
	list = arena_array(w->arena, room, sizeof(*list));
	for (unsigned i = 0; list != NULL && i < n; i++) {
		const struct cohort_bound *b = bound_of(w, &values[i]);

		if (b == NULL) {
			list[at++] = values[i].n;
			continue;
		}
		other = other || b->others;
		for (unsigned k = 0; k < b->n_codes; k++)
			list[at++] = b->codes[k];
	}
	*out = list == NULL ? NULL : sql_longs(w->arena, list, (unsigned)at);
	return other;
}

static void codes(struct sql_writing *w, struct text *t, const struct cohort_test *c)
{
	bool not_in = c->kind == TEST_IN ? c->negated : c->op == OP_NE, other;
	const char *list;

	other = gather(w, c->values, c->n_values, &list);
	if (other)
		text_add(t, not_in ? "NOT (" : "(");
	member(t, &c->left);
	text_add(t, not_in && !other ? " <> ALL (" : " = ANY (");
	sql_value(w, t, list, "int8[]");
	text_addc(t, ')');
	if (!other)
		return;
	text_add(t, " OR ");
	others(w, t, &c->left);
	text_addc(t, ')');
}

static void number(struct sql_writing *w, struct text *t, const struct cohort_value *v)
{
	const struct cohort_bound *b = bound_of(w, v);

	if (b != NULL && b->kind == BOUND_EDGE)
		sql_value_int(w, t, b->number, "int8");
	else if (b != NULL || v->kind == VALUE_DECIMAL)
		sql_value_decimal(w, t, b != NULL ? b->number : v->n);
	else
		sql_value_int(w, t, v->n, "int8");
}

static void numbers(struct sql_writing *w, struct text *t, const struct cohort_test *c)
{
	if (c->kind == TEST_BETWEEN && c->negated)
		text_add(t, "NOT ");
	text_addc(t, '(');
	member(t, &c->left);
	if (c->kind == TEST_BETWEEN) {
		text_add(t, " >= ");
		number(w, t, &c->values[0]);
		text_add(t, " AND ");
		member(t, &c->left);
		text_add(t, " <= ");
		number(w, t, &c->values[1]);
	} else {
		operator(t, c->op);
		number(w, t, &c->values[0]);
	}
	text_addc(t, ')');
}

static void value_test(struct sql_writing *w, struct text *t, const struct cohort_test *c)
{
	bool equal = c->kind == TEST_IN || (c->kind == TEST_VALUE && c->op <= OP_NE);

	for (unsigned i = 0; i < c->n_values; i++)
		if (c->values[i].kind == VALUE_PARAM && w->plan->rows->params == NULL) {
			sql_wrong(w, "a parameter without its value");
			return;
		}
	if (c->n_values == 0 || (c->kind == TEST_BETWEEN && c->n_values != 2))
		sql_wrong(w, "a condition without its values");
	else if (is_days(w, &c->values[0]))
		days(w, t, c);
	else if (equal)
		codes(w, t, c);
	else
		numbers(w, t, c);
}

/* ---- tables ---- */

static void first_table(struct sql_writing *w, struct text *t, const struct cohort_select *s)
{
	text_add(t, " FROM ");
	sql_relation(t, s->first->table);
	text_addf(t, " s%u", s->first->number);
	for (const struct cohort_source *j = s->first->next; j != NULL && w->wrong == NULL;
		j = j->next) {
		char alias[16];

		if (j->on == NULL) {
			sql_wrong(w, "a join without a condition");
			return;
		}
		text_add(t, j->left ? "\n LEFT JOIN " : "\n JOIN ");
		sql_relation(t, j->table);
		text_addf(t, " s%u ON ", j->number);
		test(w, t, j->on);
		snprintf(alias, sizeof(alias), "s%u", j->number);
		sql_red_rows(w, t, alias, j->table);
	}
}

static void where(struct sql_writing *w, struct text *t, const struct cohort_select *s)
{
	char alias[16];

	snprintf(alias, sizeof(alias), "s%u", s->first->number);
	text_add(t, "\n WHERE ");
	sql_member(t, alias, s->first->table->key->column);
	text_add(t, " IS NOT NULL");
	sql_red_rows(w, t, alias, s->first->table);
	if (s->where == NULL)
		return;
	text_add(t, "\n AND ");
	test(w, t, s->where);
}

static void select_of(struct sql_writing *w, struct text *t, const struct cohort_select *s)
{
	if (s->first == NULL || s->first->table->key == NULL) {
		sql_wrong(w, "a cohort's table without a patient key");
		return;
	}
	first_table(w, t, s);
	where(w, t, s);
}

/* ---- conditions ---- */

static void combined(struct sql_writing *w, struct text *t, const struct cohort_test *c)
{
	const char *between = c->kind == TEST_ANY ? " OR " : " AND ";

	text_add(t, c->kind == TEST_NOT ? "NOT (" : "(");
	for (const struct cohort_test *k = c->children; k != NULL && w->wrong == NULL;
		k = k->next) {
		if (k != c->children)
			text_add(t, between);
		test(w, t, k);
	}
	text_addc(t, ')');
}

static void test(struct sql_writing *w, struct text *t, const struct cohort_test *c)
{
	switch (c->kind) {
	case TEST_ALL:
	case TEST_ANY:
	case TEST_NOT:
		combined(w, t, c);
		return;
	case TEST_COLUMNS:
		member(t, &c->left);
		operator(t, c->op);
		member(t, &c->right);
		return;
	case TEST_VALUE:
	case TEST_BETWEEN:
	case TEST_IN:
		value_test(w, t, c);
		return;
	case TEST_NULL:
		member(t, &c->left);
		text_add(t, c->negated ? " IS NOT NULL" : " IS NULL");
		return;
	case TEST_EXISTS:
		text_add(t, "EXISTS (SELECT 1");
		select_of(w, t, c->select);
		text_addc(t, ')');
		return;
	}
	sql_wrong(w, "a condition of an unknown kind");
}

/* ---- the whole ---- */

static void filter(struct sql_writing *w, struct text *t, const struct plan_filter *f)
{
	const struct cohort_column *c = &w->plan->rows->sql->outputs[f->output];

	text_add(t, "\n AND (");
	for (unsigned i = 0; i < f->n; i++) {
		const struct cohort_bound *b = &f->any[i];

		text_add(t, i == 0 ? "" : " OR ");
		if (b->kind == BOUND_DAYS)
			inside(w, t, c, b->from, b->to, false);
		else if (b->kind != BOUND_CODES)
			sql_wrong(w, "a filter on a column that has none");
		else if (b->others)
			others(w, t, c);
		else {
			member(t, c);
			text_add(t, " = ANY (");
			sql_value(w, t, sql_longs(w->arena, b->codes, b->n_codes), "int8[]");
			text_addc(t, ')');
		}
	}
	text_addc(t, ')');
}

/* What a group of rows looks at: c0.. by the number of the output, w0.. what says which measure a value is of. */
static void outputs(struct sql_writing *w, struct text *t)
{
	const struct cohort_sql *sql = w->plan->rows->sql;

	for (unsigned i = 0; i < w->plan->n_dims; i++) {
		const struct dim *d = &w->plan->dims[i];

		if (!d->of_rows)
			continue;
		if (d->output >= sql->n_outputs) {
			sql_wrong(w, "a group of a column that is not in the output");
			return;
		}
		text_add(t, ", ");
		member(t, &sql->outputs[d->output]);
		text_addf(t, " AS c%u", i);
		if (d->kind != DIM_VALUE || d->measure == NULL || d->measure->where == NULL)
			continue;
		text_addf(t, ", s%u.", sql->outputs[d->output].source->number);
		sql_name(t, d->measure->where->column);
		text_addf(t, " AS w%u", i);
	}
}

void sql_cohort(struct sql_writing *w, struct text *t)
{
	const struct plan_rows *rows = w->plan->rows;

	if (rows->sql == NULL || rows->sql->key.column == NULL || rows->n_filters > MAX_FILTERS) {
		sql_wrong(w, "a cohort without a patient key");
		return;
	}
	text_add(t, "(SELECT ");
	member(t, &rows->sql->key);
	text_add(t, " AS k");
	outputs(w, t);
	select_of(w, t, &rows->sql->select);
	for (unsigned i = 0; i < rows->n_filters && w->wrong == NULL; i++)
		filter(w, t, &rows->filters[i]);
	text_addc(t, ')');
}
