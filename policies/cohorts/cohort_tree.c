#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "policies/cohorts/cohort_in.h"

/*
 * PostgreSQL's tree, read as JSON: types, fields, places, and the sentence for what is not allowed. What the
 * parser leaves out of the JSON is its default; what stands there and is not asked for by name is refused.
 */

void *cohort_alloc(struct cohort_reading *r, size_t count, size_t size)
{
	void *at = arena_array(r->a, count == 0 ? 1 : count, size);

	if (at == NULL)
		r->out_of_memory = true;
	return at;
}

struct place cohort_place(const struct cohort_reading *r, size_t byte)
{
	struct place p = { .file = r->file, .line = 1 };
	size_t line = r->bom ? 3 : 0;

	if (byte > r->len)
		byte = r->len;
	for (size_t i = 0; i < byte; i++)
		if (r->text[i] == '\n') {
			p.line++;
			line = i + 1;
		}
	p.column = byte < line ? 1 : (unsigned)utf8_chars(r->text + line, byte - line) + 1;
	return p;
}

const char *tree_type(const struct node *n, const struct node **inside)
{
	*inside = NULL;
	if (n == NULL || n->kind != NODE_MAP || n->count != 1 || n->first->kind != NODE_MAP)
		return "";
	*inside = n->first;
	return n->first->key;
}

const char *tree_string(const struct node *n)
{
	const struct node *inside;

	if (strcmp(tree_type(n, &inside), "String") != 0)
		return NULL;
	/* an empty string is left out of the JSON */
	return inside->count == 0 ? "" : node_text(node_get(inside, "sval"));
}

/* The least location of a node and all under it; -1 when there is none. The tree's depth is bounded where it
 * is read. */
static int64_t least_location(const struct node *n)
{
	int64_t least = -1, v;

	if (n->kind == NODE_TEXT)
		return n->key != NULL && strcmp(n->key, "location") == 0 && parse_i64(n->text, &v)
			       ? v
			       : -1;
	NODE_EACH(child, n) {
		v = least_location(child);
		if (v >= 0 && (least < 0 || v < least))
			least = v;
	}
	return least;
}

struct place tree_place(
	const struct cohort_reading *r, const struct node *n, struct place otherwise)
{
	const struct node *own = NULL, *inside;
	int64_t at;

	if (n == NULL)
		return otherwise;
	tree_type(n, &inside);
	own = node_get(inside != NULL ? inside : n, "location");
	if (node_text(own) == NULL || !parse_i64(own->text, &at) || at < 0)
		at = least_location(n);
	return at < 0 ? otherwise : cohort_place(r, (size_t)at);
}

/* ---- what people call things ---- */

static const struct {
	const char *name; /* of a node or a field */
	struct say say;
} called[] = {
	{ "withClause", { "WITH", "WITH" } },
	{ "distinctClause", { "DISTINCT", "DISTINCT" } },
	{ "groupClause", { "GROUP BY: Cordon groups by itself", "GROUP BY（由 Cordon 分组）" } },
	{ "havingClause", { "HAVING", "HAVING" } },
	{ "sortClause", { "ORDER BY", "ORDER BY" } },
	{ "limitCount", { "LIMIT", "LIMIT" } },
	{ "limitOffset", { "OFFSET", "OFFSET" } },
	{ "windowClause", { "WINDOW", "WINDOW" } },
	{ "lockingClause", { "FOR UPDATE or FOR SHARE", "FOR UPDATE 或 FOR SHARE" } },
	{ "intoClause", { "INTO", "INTO" } },
	{ "valuesLists", { "VALUES", "VALUES" } },
	{ "larg", { "UNION, INTERSECT or EXCEPT", "UNION、INTERSECT 或 EXCEPT" } },
	{ "rarg", { "UNION, INTERSECT or EXCEPT", "UNION、INTERSECT 或 EXCEPT" } },
	{ "usingClause", { "USING: write on a.x = b.x", "USING（请写 on a.x = b.x）" } },
	{ "isNatural", { "NATURAL: write on a.x = b.x", "NATURAL（请写 on a.x = b.x）" } },
	{ "join_using_alias", { "an alias of a join", "连接的别名" } },
	{ "alias", { "an alias of a join", "连接的别名" } },
	{ "colnames", { "names for columns", "列的别名" } },
	{ "name", { "a name for an output column", "输出列的别名" } },
	{ "indirection", { "a subscript", "下标" } },
	{ "catalogname", { "the name of a database", "数据库名" } },
	{ "testexpr", { "a sub-select here", "此处的子查询" } },
	{ "TypeCast", { "a cast", "类型转换" } },
	{ "A_ArrayExpr", { "ARRAY", "ARRAY" } },
	{ "A_Indirection", { "a subscript", "下标" } },
	{ "ArrayExpr", { "ARRAY", "ARRAY" } },
	{ "RowExpr", { "a row of values", "行值" } },
	{ "CaseExpr", { "CASE", "CASE" } },
	{ "CoalesceExpr", { "COALESCE", "COALESCE" } },
	{ "MinMaxExpr", { "GREATEST or LEAST", "GREATEST 或 LEAST" } },
	{ "NullIfExpr", { "NULLIF", "NULLIF" } },
	{ "SQLValueFunction",
		{ "current_date, current_user and the like", "current_date、current_user 等" } },
	{ "XmlExpr", { "XML", "XML" } },
	{ "XmlSerialize", { "XML", "XML" } },
	{ "CollateClause", { "COLLATE", "COLLATE" } },
	{ "BooleanTest", { "IS TRUE, IS FALSE, IS UNKNOWN", "IS TRUE、IS FALSE、IS UNKNOWN" } },
	{ "GroupingFunc", { "GROUPING", "GROUPING" } },
	{ "SetToDefault", { "DEFAULT", "DEFAULT" } },
	{ "CurrentOfExpr", { "CURRENT OF", "CURRENT OF" } },
	{ "ParamRef", { "a parameter here", "此处的参数" } },
	{ "A_Const", { "a value here", "此处的常量" } },
	{ "ColumnRef", { "a column here", "此处的字段" } },
	{ "A_Expr", { "a comparison or arithmetic here", "此处的比较或运算" } },
	{ "BoolExpr", { "and, or, not here", "此处的 and、or、not" } },
	{ "NullTest", { "IS NULL here", "此处的 IS NULL" } },
	{ "RangeSubselect", { "a sub-select after FROM", "FROM 之后的子查询" } },
	{ "RangeFunction", { "a function after FROM", "FROM 之后的函数" } },
	{ "RangeTableSample", { "TABLESAMPLE", "TABLESAMPLE" } },
	{ "RangeTableFunc", { "XMLTABLE", "XMLTABLE" } },
	{ "List", { "a list here", "此处的列表" } },
};

/* "FuncCall" of a node that nobody calls anything is shown as it is: new grammars bring new ones. */
static struct say called_so(const char *name)
{
	for (size_t i = 0; i < sizeof(called) / sizeof(called[0]); i++)
		if (strcmp(called[i].name, name) == 0)
			return called[i].say;
	return (struct say){ name, name };
}

static void refuse_called(struct cohort_reading *r, const char *name, struct place at)
{
	struct say what = called_so(name);

	diag_error(r->ds, "P361", at, "a cohort may not use %s%.0s", "队列 SQL 不允许使用%.0s%s",
		what.en, what.zh);
}

bool tree_fields(struct cohort_reading *r, const struct node *inside, struct place at,
	const char *const *allowed)
{
	bool good = true;

	NODE_EACH(field, inside) {
		unsigned i = 0;

		while (allowed[i] != NULL && strcmp(allowed[i], field->key) != 0)
			i++;
		if (allowed[i] != NULL)
			continue;
		good = false;
		refuse_called(r, field->key, tree_place(r, field, at));
	}
	return good;
}

/* "pg_catalog.date_part", as written. */
static const char *function_name(struct cohort_reading *r, const struct node *inside)
{
	const char *name = "";

	NODE_EACH(part, node_get(inside, "funcname")) {
		const struct node *text;
		const char *word;

		tree_type(part, &text);
		word = node_text(node_get(text, "sval"));
		name = arena_textf(r->a, "%s%s%s", name, name[0] == '\0' ? "" : ".",
			word == NULL ? "?" : word);
		if (name == NULL)
			break;
	}
	if (name == NULL)
		r->out_of_memory = true;
	return name == NULL ? "" : name;
}

void tree_refuse(struct cohort_reading *r, const struct node *n, struct place at)
{
	const struct node *inside;
	const char *type = tree_type(n, &inside);

	at = tree_place(r, n, at);
	if (strcmp(type, "FuncCall") == 0)
		diag_error(r->ds, "P321", at, "function '%s' is not allowed in a cohort",
			"队列 SQL 不允许使用函数“%s”", function_name(r, inside));
	else if (strcmp(type, "SubLink") == 0)
		diag_error(r->ds, "P325", at, "only exists (...) may contain a sub-select",
			"仅允许在 exists (...) 中使用子查询");
	else
		refuse_called(r, type[0] == '\0' ? "this" : type, at);
}
