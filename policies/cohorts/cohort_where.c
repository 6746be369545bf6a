#include <string.h>

#include "base/text.h"
#include "policies/cohorts/cohort_in.h"
#include "policies/reach.h"

/*
 * Conditions: = <> < <= > >= in between is null exists and or not, on columns, values and parameters. Every
 * node and every field it may have stands here by name (C1).
 */

/* ---- what may be compared with what ---- */

static bool same_class(const struct column *a, const struct column *b)
{
	unsigned keys = USE_PATIENT_KEY | USE_LINK;

	if ((a->uses & USE_PATIENT_KEY) || (b->uses & USE_PATIENT_KEY))
		return (a->uses & b->uses & USE_PATIENT_KEY) != 0;
	if ((a->uses & keys) || (b->uses & keys))
		return true; /* what a link holds is not known */
	return a->gen == b->gen && a->as_age == b->as_age;
}

static bool param_fits(
	struct cohort_reading *r, const struct cohort_test *t, const struct cohort_value *v)
{
	const struct cohort_param *p = &r->out->params[v->param];

	/* by name: a table may stand in several datasets */
	if (p->column != NULL && strcmp(p->column->name, t->left.column->name) == 0)
		return true;
	if (p->column != NULL)
		diag_error(r->ds, "P368", v->at,
			"parameter ':%s' is typed by '%s' and cannot be compared with '%s'",
			"参数“:%s”的类型为“%s”，不能与“%s”比较", p->name, p->column->name,
			t->left.column->name);
	return false;
}

static bool names_code(const struct code_rule *rule, const struct column *c, int64_t n)
{
	char text[24];

	for (unsigned i = 0; i < rule->n_omop; i++)
		if (rule->omop[i].concept == n && !rule->omop[i].out)
			return true;
	(void)format_decimal(text, sizeof(text), n, 0);
	/* by name: a table may stand in several datasets */
	for (unsigned i = 0; i < rule->n_local; i++)
		if (strcmp(rule->local[i].column->name, c->name) == 0 &&
			local_names(&rule->local[i], text))
			return true;
	return false;
}

/* The codes as written; what they expand to at the site, and the rules that are open for some studies, are every
 * decision's to look at (officers.c). */
static void check_codes(
	struct cohort_reading *r, const struct cohort_test *t, const struct cohort_value *v)
{
	for (unsigned i = 0; v->kind == VALUE_INT && i < r->policy->n_codes; i++) {
		const struct code_rule *rule = &r->policy->codes[i];

		if (!rule->restricted && names_code(rule, t->left.column, v->n))
			diag_error(r->ds, "P367", v->at,
				"code %lld may not be named: rule %s forbids it",
				"编码 %lld 不得使用：规则 %s 禁止", (long long)v->n, rule->id);
	}
}

/* C4, for the column as it is and as it will be once an exception ends. */
static struct cohort_test *checked(struct cohort_reading *r, struct cohort_test *t)
{
	const struct column *c = t->left.column;
	struct say why = { NULL, NULL };

	for (unsigned i = 0; i < t->n_values; i++) {
		if (t->values[i].kind == VALUE_PARAM && !param_fits(r, t, &t->values[i]))
			return NULL;
		check_codes(r, t, &t->values[i]);
	}
	if (cohort_fits(r->out->data, t, c, r->a, &why))
		return t;
	if (why.en == NULL || why.zh == NULL)
		r->out_of_memory = true;
	else
		diag_error(r->ds, "P366", t->values[0].at, "column '%s': %s%.0s",
			"字段“%s”：%.0s%s", c->name, why.en, why.zh);
	return NULL;
}

static struct cohort_test *compare(struct cohort_reading *r, struct cohort_test *t,
	struct cohort_side left, struct cohort_side right)
{
	static const enum cohort_op turned[] = { OP_EQ, OP_NE, OP_GT, OP_GE, OP_LT, OP_LE };

	if (!left.read || !right.read)
		return NULL;
	if (!left.is_column && !right.is_column) {
		diag_error(r->ds, "P366", t->at, "a condition must be on a column",
			"条件须针对某个字段");
		return NULL;
	}
	if (left.is_column && right.is_column) {
		t->kind = TEST_COLUMNS;
		t->left = left.column;
		t->right = right.column;
		if (same_class(t->left.column, t->right.column))
			return t;
		diag_error(r->ds, "P366", t->at, "'%s' and '%s' are of different kinds",
			"“%s”与“%s”的类别不同，不能比较", t->left.column->name,
			t->right.column->name);
		return NULL;
	}
	t->kind = TEST_VALUE;
	t->left = left.is_column ? left.column : right.column;
	t->op = left.is_column ? t->op : turned[t->op];
	t->values = cohort_alloc(r, 1, sizeof(*t->values));
	if (t->values == NULL)
		return NULL;
	t->values[0] = left.is_column ? right.value : left.value;
	t->n_values = 1;
	return checked(r, t);
}

/* ---- in, between ---- */

static bool read_values(struct cohort_reading *r, const struct node *list, struct cohort_test *t)
{
	static const char *const fields[] = { "items", NULL };
	const struct node *inside, *items;
	bool good = true;

	if (strcmp(tree_type(list, &inside), "List") != 0) {
		tree_refuse(r, list, t->at);
		return false;
	}
	items = node_get(inside, "items");
	if (!tree_fields(r, inside, t->at, fields) || items == NULL || items->count == 0)
		return false;
	t->values = cohort_alloc(r, items->count, sizeof(*t->values));
	if (t->values == NULL)
		return false;
	NODE_EACH(item, items) {
		struct cohort_side s = cohort_side(r, item, t->at);

		if (s.read && s.is_column)
			tree_refuse(r, item, t->at);
		good = good && s.read && !s.is_column;
		t->values[t->n_values++] = s.value;
	}
	return good;
}

static struct cohort_test *listed(
	struct cohort_reading *r, const struct node *inside, struct cohort_test *t)
{
	struct cohort_side left = cohort_side(r, node_get(inside, "lexpr"), t->at);
	bool values = read_values(r, node_get(inside, "rexpr"), t);

	if (!left.read || !values)
		return NULL;
	if (!left.is_column || (t->kind == TEST_BETWEEN && t->n_values != 2)) {
		diag_error(r->ds, "P366", t->at, "a condition must be on a column",
			"条件须针对某个字段");
		return NULL;
	}
	t->left = left.column;
	return checked(r, t);
}

/* ---- the kinds of A_Expr ---- */

static const struct {
	const char *kind;
	struct say say; /* NULL: allowed */
} comparisons[] = {
	{ "AEXPR_OP", { NULL, NULL } },
	{ "AEXPR_IN", { NULL, NULL } },
	{ "AEXPR_BETWEEN", { NULL, NULL } },
	{ "AEXPR_NOT_BETWEEN", { NULL, NULL } },
	{ "AEXPR_OP_ANY", { "ANY", "ANY" } },
	{ "AEXPR_OP_ALL", { "ALL", "ALL" } },
	{ "AEXPR_DISTINCT", { "IS DISTINCT FROM", "IS DISTINCT FROM" } },
	{ "AEXPR_NOT_DISTINCT", { "IS NOT DISTINCT FROM", "IS NOT DISTINCT FROM" } },
	{ "AEXPR_NULLIF", { "NULLIF", "NULLIF" } },
	{ "AEXPR_LIKE", { "LIKE", "LIKE" } },
	{ "AEXPR_ILIKE", { "ILIKE", "ILIKE" } },
	{ "AEXPR_SIMILAR", { "SIMILAR TO", "SIMILAR TO" } },
	{ "AEXPR_BETWEEN_SYM", { "BETWEEN SYMMETRIC", "BETWEEN SYMMETRIC" } },
	{ "AEXPR_NOT_BETWEEN_SYM", { "BETWEEN SYMMETRIC", "BETWEEN SYMMETRIC" } },
};

/* The operator's one name: "operator(schema.=)" has two. */
static const char *operator_of(const struct node *inside)
{
	const struct node *name = node_get(inside, "name");

	return name != NULL && name->count == 1 ? tree_string(name->first) : NULL;
}

static bool find_operator(const char *name, enum cohort_op *op)
{
	static const char *const names[] = { "=", "<>", "<", "<=", ">", ">=" };

	for (unsigned i = 0; name != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0) {
			*op = (enum cohort_op)i;
			return true;
		}
	return false;
}

static struct cohort_test *refuse_comparison(
	struct cohort_reading *r, const struct node *inside, struct place at)
{
	const char *kind = node_text(node_get(inside, "kind")), *name = operator_of(inside);

	for (size_t i = 0; kind != NULL && i < sizeof(comparisons) / sizeof(comparisons[0]); i++)
		if (strcmp(comparisons[i].kind, kind) == 0 && comparisons[i].say.en != NULL) {
			diag_error(r->ds, "P361", at, "a cohort may not use %s%.0s",
				"队列 SQL 不允许使用%.0s%s", comparisons[i].say.en,
				comparisons[i].say.zh);
			return NULL;
		}
	diag_error(r->ds, "P361", at, "a cohort may not use operator '%s'; it has = <> < <= > >=",
		"队列 SQL 不允许使用运算符“%s”；可用 = <> < <= > >=", name == NULL ? "?" : name);
	return NULL;
}

static struct cohort_test *expression(
	struct cohort_reading *r, const struct node *inside, struct cohort_test *t)
{
	static const char *const fields[] = { "kind", "name", "lexpr", "rexpr", "location", NULL };
	const char *kind = node_text(node_get(inside, "kind")), *name = operator_of(inside);
	bool equal = name != NULL && (strcmp(name, "=") == 0 || strcmp(name, "<>") == 0);
	struct cohort_side left, right;

	if (!tree_fields(r, inside, t->at, fields) || kind == NULL)
		return NULL;
	if (strcmp(kind, "AEXPR_IN") == 0 && equal) {
		t->kind = TEST_IN;
		t->negated = name[0] == '<';
		return listed(r, inside, t);
	}
	if (strcmp(kind, "AEXPR_BETWEEN") == 0 || strcmp(kind, "AEXPR_NOT_BETWEEN") == 0) {
		t->kind = TEST_BETWEEN;
		t->negated = kind[strlen("AEXPR_")] == 'N';
		return listed(r, inside, t);
	}
	if (strcmp(kind, "AEXPR_OP") != 0 || !find_operator(name, &t->op) ||
		node_get(inside, "lexpr") == NULL)
		return refuse_comparison(r, inside, t->at);
	left = cohort_side(r, node_get(inside, "lexpr"), t->at);
	right = cohort_side(r, node_get(inside, "rexpr"), t->at);
	return compare(r, t, left, right);
}

/* ---- is null, exists, and or not ---- */

static struct cohort_test *null_test(
	struct cohort_reading *r, const struct node *inside, struct cohort_test *t)
{
	static const char *const fields[] = { "arg", "nulltesttype", "location", NULL };
	const char *how = node_text(node_get(inside, "nulltesttype"));
	const struct node *column, *arg = node_get(inside, "arg");

	if (!tree_fields(r, inside, t->at, fields) || how == NULL)
		return NULL;
	if (strcmp(tree_type(arg, &column), "ColumnRef") != 0) {
		tree_refuse(r, arg, t->at);
		return NULL;
	}
	t->kind = TEST_NULL;
	t->negated = strcmp(how, "IS_NOT_NULL") == 0;
	t->left = cohort_column(r, column, tree_place(r, arg, t->at));
	return t->left.column == NULL ? NULL : t;
}

static bool selects_one(struct cohort_reading *r, const struct node *select, struct place at)
{
	const struct node *list = node_get(select, "targetList"), *target, *value;
	const char *type = "";

	if (list != NULL && list->count == 1 &&
		strcmp(tree_type(list->first, &target), "ResTarget") == 0)
		type = tree_type(node_get(target, "val"), &value);
	if (strcmp(type, "A_Const") == 0 && node_get(value, "ival") != NULL &&
		node_get(target, "name") == NULL && node_get(target, "indirection") == NULL)
		return true;
	diag_error(r->ds, "P361", tree_place(r, list, at),
		"inside exists write 'select 1': nothing of it is shown",
		"exists 之内请写“select 1”，其输出不会被使用");
	return false;
}

static struct cohort_test *exists(
	struct cohort_reading *r, const struct node *inside, struct cohort_test *t)
{
	static const char *const fields[] = { "subLinkType", "subselect", "location", NULL };
	const char *kind = node_text(node_get(inside, "subLinkType"));
	unsigned around = r->n_scope;
	const struct node *select;
	bool good;

	if (kind == NULL || strcmp(kind, "EXISTS_SUBLINK") != 0 ||
		strcmp(tree_type(node_get(inside, "subselect"), &select), "SelectStmt") != 0) {
		diag_error(r->ds, "P325", t->at, "only exists (...) may contain a sub-select",
			"仅允许在 exists (...) 中使用子查询");
		return NULL;
	}
	if (!tree_fields(r, inside, t->at, fields))
		return NULL;
	t->kind = TEST_EXISTS;
	t->select = cohort_alloc(r, 1, sizeof(*t->select));
	if (t->select == NULL)
		return NULL;
	good = cohort_from_where(r, select, t->at, around, t->select);
	/* of a UNION there is no list */
	good = (node_get(select, "targetList") == NULL || selects_one(r, select, t->at)) && good;
	r->n_scope = around; /* its tables are not seen outside */
	return good ? t : NULL;
}

static struct cohort_test *combined(
	struct cohort_reading *r, const struct node *inside, struct cohort_test *t)
{
	static const char *const fields[] = { "boolop", "args", "location", NULL };
	const char *op = node_text(node_get(inside, "boolop"));
	const struct node *args = node_get(inside, "args");
	struct cohort_test **link = &t->children;
	bool good = true;

	if (!tree_fields(r, inside, t->at, fields) || op == NULL || args == NULL)
		return NULL;
	t->kind = strcmp(op, "AND_EXPR") == 0  ? TEST_ALL
		  : strcmp(op, "OR_EXPR") == 0 ? TEST_ANY
					       : TEST_NOT;
	NODE_EACH(arg, args) {
		*link = cohort_condition(r, arg, t->at);
		good = good && *link != NULL;
		if (*link != NULL)
			link = &(*link)->next;
	}
	return good && (t->kind != TEST_NOT || args->count == 1) ? t : NULL;
}

struct cohort_test *cohort_condition(
	struct cohort_reading *r, const struct node *n, struct place at)
{
	static const struct {
		const char *type;
		struct cohort_test *(*read)(
			struct cohort_reading *r, const struct node *inside, struct cohort_test *t);
	} kinds[] = { { "A_Expr", expression }, { "NullTest", null_test }, { "SubLink", exists },
		{ "BoolExpr", combined } };
	const struct node *inside;
	const char *type = tree_type(n, &inside);
	struct cohort_test *t = cohort_alloc(r, 1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->at = tree_place(r, n, at);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].type, type) == 0)
			return kinds[i].read(r, inside, t);
	tree_refuse(r, n, at);
	return NULL;
}
