#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "policies/cohorts/cohort_in.h"
#include "policies/say.h"

/* One side of a comparison: a column of a table in scope, a value, or a parameter. */

static struct say columns_of(struct cohort_reading *r, const struct table *t)
{
	const char *names[64];
	unsigned n = 0;
	const char *list;

	for (; n < t->n_columns && n < 64; n++)
		names[n] = t->columns[n].column;
	list = say_list(r->a, names, n, 12);
	return (struct say){ list, list };
}

/* ---- columns ---- */

static const struct cohort_source *in_scope(const struct cohort_reading *r, const char *alias)
{
	for (unsigned i = 0; i < r->n_scope; i++)
		if (strcmp(r->scope[i]->alias, alias) == 0)
			return r->scope[i];
	return NULL;
}

static bool system_column(const char *name)
{
	static const char *const names[] = { "ctid", "oid", "tableoid", "xmin", "xmax", "cmin",
		"cmax" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void unlisted(
	struct cohort_reading *r, const struct table *t, const char *name, struct place at)
{
	struct say all = columns_of(r, t);
	const char *known[64], *near;
	unsigned n = 0;

	for (; n < t->n_columns && n < 64; n++)
		known[n] = t->columns[n].column;
	near = text_nearest(name, known, n);
	if (near != NULL)
		diag_error(r->ds, "P362", at,
			"column '%s' is not listed in table '%s'; did you mean '%s'?",
			"表“%2$s”未列出字段“%1$s”，是否应为“%3$s”？", name, t->name, near);
	else
		diag_error(r->ds, "P362", at, "column '%s' is not listed in table '%s'; it has %s",
			"表“%2$s”未列出字段“%1$s”；已列出的有 %3$s", name, t->name, all.en);
}

static const struct column *column_named(
	struct cohort_reading *r, const struct table *t, const char *name, struct place at)
{
	const struct column *c = table_column(t, name);
	struct say why;

	if (system_column(name)) {
		diag_error(r->ds, "P362", at,
			"'%s' is a system column of PostgreSQL; it is never allowed",
			"“%s”是 PostgreSQL 系统字段，一律不得使用", name);
		return NULL;
	}
	if (c == NULL) {
		unlisted(r, t, name, at);
		return NULL;
	}
	if (!(c->uses & USE_FORBIDDEN))
		return c;
	why = say_why(r->a, c);
	diag_error(r->ds, "P363", at, "column '%s' is forbidden%s%.0s", "字段“%s”禁止使用%.0s%s",
		c->name, why.en, why.zh);
	return NULL;
}

struct cohort_column cohort_column(
	struct cohort_reading *r, const struct node *inside, struct place at)
{
	static const char *const fields[] = { "fields", "location", NULL };
	const struct node *parts = node_get(inside, "fields"), *star;
	struct cohort_column c = { .at = at };
	const char *alias, *name;

	if (!tree_fields(r, inside, at, fields) || parts == NULL)
		return c;
	NODE_EACH(part, parts)
		if (strcmp(tree_type(part, &star), "A_Star") == 0) {
			diag_error(r->ds, "P322", at, "'*' is not allowed; name the columns",
				"不允许“*”，请写出字段名");
			return c;
		}
	alias = parts->first == NULL ? NULL : tree_string(parts->first);
	name = parts->count == 2 ? tree_string(parts->first->next) : NULL;
	if (alias == NULL || name == NULL) {
		diag_error(r->ds, "P362", at,
			"a column must be written alias.column, as m.person_id",
			"字段须写成 别名.字段，例如 m.person_id");
		return c;
	}
	c.source = in_scope(r, alias);
	if (c.source == NULL && r->table_refused)
		return c;
	if (c.source == NULL)
		diag_error(r->ds, "P362", at,
			"'%s' is no alias of a table here; after FROM write schema.table %s",
			"“%s”不是此处某个表的别名；FROM 之后请写 模式.表 %s", alias, alias);
	else if (c.source->table != NULL)
		c.column = column_named(r, c.source->table, name, at);
	if (c.column != NULL && r->out->n_columns < r->room)
		r->out->columns[r->out->n_columns++] = c;
	else if (c.column != NULL)
		r->out_of_memory = true;
	return c;
}

/* ---- values ---- */

/* The literal as the officer wrote it: the tree leaves out the sign of negative numbers. */
static bool sign_lost(const struct cohort_reading *r, const struct node *inside)
{
	const struct node *own = node_get(inside, "location");
	int64_t at;

	return node_text(own) == NULL || !parse_i64(own->text, &at) || at < 0 ||
	       (size_t)at >= r->len || r->text[at] < '0' || r->text[at] > '9';
}

static bool bad_value(struct cohort_reading *r, struct place at)
{
	diag_error(r->ds, "P366", at,
		"this value cannot stand here: write a whole number, a decimal, a day as "
		"'2025-01-01' or a parameter as :name",
		"此处不能使用该常量：请写整数、小数、日期（如 '2025-01-01'）或参数（如 :name）");
	return false;
}

static bool read_number(struct cohort_reading *r, const struct node *inside,
	const struct node *ival, struct cohort_value *out)
{
	const char *text = ival->count == 0 ? "0" : node_text(node_get(ival, "ival"));

	if (text == NULL || sign_lost(r, inside) || !parse_i64(text, &out->n))
		return bad_value(r, out->at);
	out->kind = VALUE_INT;
	return true;
}

static bool read_constant(
	struct cohort_reading *r, const struct node *inside, struct cohort_value *out)
{
	static const char *const fields[] = { "ival", "fval", "sval", "location", NULL };
	const struct node *ival = node_get(inside, "ival"), *fval = node_get(inside, "fval"),
			  *sval = node_get(inside, "sval");
	const char *text;
	int32_t day;

	/* true and false, NULL, bit strings */
	if (node_get(inside, "boolval") != NULL || node_get(inside, "isnull") != NULL ||
		node_get(inside, "bsval") != NULL)
		return bad_value(r, out->at);
	if (!tree_fields(r, inside, out->at, fields))
		return false;
	if (ival != NULL)
		return read_number(r, inside, ival, out);
	text = node_text(node_get(fval, "fval"));
	if (text != NULL && !sign_lost(r, inside) && parse_decimal(text, 9, &out->n)) {
		out->kind = VALUE_DECIMAL;
		return true;
	}
	text = node_text(node_get(sval, "sval"));
	if (text == NULL || !day_parse(text, &day))
		return bad_value(r, out->at);
	out->kind = VALUE_DAY;
	out->n = day;
	return true;
}

static bool read_param(
	struct cohort_reading *r, const struct node *inside, struct cohort_value *out)
{
	static const char *const fields[] = { "number", "location", NULL };
	int64_t number = 0;
	const char *text = node_text(node_get(inside, "number"));

	if (!tree_fields(r, inside, out->at, fields))
		return false;
	if (text == NULL || !parse_i64(text, &number) || number < 1 ||
		number > (int64_t)r->out->n_params)
		return false; /* said by cohort_text.c */
	out->kind = VALUE_PARAM;
	out->param = (unsigned)number - 1;
	return true;
}

/* ---- one side of a comparison ---- */

struct cohort_side cohort_side(struct cohort_reading *r, const struct node *n, struct place at)
{
	const struct node *inside;
	const char *type = tree_type(n, &inside);
	struct cohort_side s = { .value = { .at = tree_place(r, n, at) } };

	if (strcmp(type, "ColumnRef") == 0) {
		s.is_column = true;
		s.column = cohort_column(r, inside, s.value.at);
		s.read = s.column.column != NULL;
	} else if (strcmp(type, "A_Const") == 0) {
		s.read = read_constant(r, inside, &s.value);
	} else if (strcmp(type, "ParamRef") == 0) {
		s.read = read_param(r, inside, &s.value);
	} else {
		tree_refuse(r, n, at);
	}
	return s;
}
