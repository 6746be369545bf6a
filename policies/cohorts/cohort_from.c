#include <string.h>

#include "base/text.h"
#include "policies/cohorts/cohort_in.h"

/* The tables and joins of a select, and what ties all of them to one patient (C3). */

/* ---- tables ---- */

static void report_form(struct cohort_reading *r, const char *name, struct place at)
{
	diag_error(r->ds, "P323", at, "table '%s' must be written schema.table alias",
		"表“%s”须写成 模式.表 别名", name);
}

static const struct table *listed_table(
	struct cohort_reading *r, const char *schema, const char *relation, struct place at)
{
	const char *known[64], *near, *name = arena_textf(r->a, "%s.%s", schema, relation);
	const struct dataset *d = r->out->data;
	unsigned n = 0;

	if (name == NULL) {
		r->out_of_memory = true;
		return NULL;
	}
	for (unsigned i = 0; i < d->n_tables; i++) {
		/* by its parts: a name may hold a dot */
		if (strcmp(d->tables[i].schema, schema) == 0 &&
			strcmp(d->tables[i].relation, relation) == 0)
			return &d->tables[i];
		if (n < 64)
			known[n++] = d->tables[i].name;
	}
	near = text_nearest(name, known, n);
	if (near != NULL)
		diag_error(r->ds, "P362", at, "table '%s' is not listed; did you mean '%s'?",
			"表“%s”未列出，是否应为“%s”？", name, near);
	else
		diag_error(r->ds, "P362", at, "table '%s' is not listed in dataset '%s'",
			"数据集“%2$s”未列出表“%1$s”", name, d->id);
	return NULL;
}

static const char *alias_of(struct cohort_reading *r, const struct node *inside, struct place at)
{
	static const char *const fields[] = { "aliasname", NULL };
	const struct node *alias = node_get(inside, "alias");

	return alias != NULL && tree_fields(r, alias, at, fields)
		       ? node_text(node_get(alias, "aliasname"))
		       : NULL;
}

static bool alias_taken(const struct cohort_reading *r, const char *alias)
{
	for (unsigned i = 0; i < r->out->n_sources; i++)
		if (strcmp(r->out->sources[i]->alias, alias) == 0)
			return true;
	return false;
}

/* A table of FROM, in scope from here on. NULL after a report. */
static struct cohort_source *add_source(
	struct cohort_reading *r, const struct node *n, struct place at)
{
	static const char *const fields[] = { "schemaname", "relname", "inh", "relpersistence",
		"alias", "location", NULL };
	const struct node *inside;
	const char *schema, *relation, *alias;
	struct cohort_source *s;

	if (strcmp(tree_type(n, &inside), "RangeVar") != 0) {
		tree_refuse(r, n, at);
		return NULL;
	}
	at = tree_place(r, n, at);
	schema = node_text(node_get(inside, "schemaname"));
	relation = node_text(node_get(inside, "relname"));
	alias = alias_of(r, inside, at);
	if (!tree_fields(r, inside, at, fields))
		return NULL;
	if (node_get(inside, "inh") == NULL) { /* false is left out */
		diag_error(
			r->ds, "P361", at, "a cohort may not use ONLY", "队列 SQL 不允许使用 ONLY");
		return NULL;
	}
	if (schema == NULL || relation == NULL || alias == NULL) {
		report_form(r, relation == NULL ? "?" : relation, at);
		return NULL;
	}
	if (alias_taken(r, alias)) {
		diag_error(r->ds, "P323", at, "alias '%s' is taken; every table needs its own",
			"别名“%s”已被使用，每个表须有不同的别名", alias);
		return NULL;
	}
	if (r->out->n_sources == MAX_COHORT_SOURCES) {
		diag_error(r->ds, "P361", at, "a cohort may use at most %d tables",
			"一个队列最多使用 %d 个表", MAX_COHORT_SOURCES);
		return NULL;
	}
	s = cohort_alloc(r, 1, sizeof(*s));
	if (s == NULL)
		return NULL;
	*s = (struct cohort_source){ .number = r->out->n_sources, .at = at };
	s->alias = arena_text(r->a, alias); /* the tree ends before the cohort */
	s->table = listed_table(r, schema, relation, at);
	if (s->alias == NULL) {
		r->out_of_memory = true;
		return NULL;
	}
	r->out->sources[r->out->n_sources++] = s;
	r->scope[r->n_scope++] = s;
	return s;
}

/* ---- C3: one patient ---- */

static bool is_key(const struct cohort_column *c)
{
	return c->source->table->key != NULL && c->column == c->source->table->key;
}

/* new.key = known.key, where `known` stands before it and is tied: a table cannot be tied by one that is tied to
 * itself. */
static bool ties(const struct cohort_test *t, const struct cohort_source *s)
{
	const struct cohort_column *mine = &t->left, *other = &t->right;

	if (t->kind != TEST_COLUMNS || t->op != OP_EQ)
		return false;
	if (mine->source != s) {
		mine = &t->right;
		other = &t->left;
	}
	return mine->source == s && other->source->number < s->number && other->source->tied &&
	       is_key(mine) && is_key(other);
}

/* Among what must hold: the condition itself or a member of its `and`. */
static bool tied_by(const struct cohort_test *t, const struct cohort_source *s)
{
	if (t == NULL)
		return false;
	if (t->kind != TEST_ALL)
		return ties(t, s);
	for (const struct cohort_test *c = t->children; c != NULL; c = c->next)
		if (tied_by(c, s))
			return true;
	return false;
}

static bool joins_on(const struct cohort_column *c)
{
	return (c->column->uses & (USE_PATIENT_KEY | USE_LINK)) || c->column->gen == GEN_CODES ||
	       c->column->gen == GEN_VALUES || c->column->gen == GEN_CATEGORIES ||
	       c->column->system != SYSTEM_NONE;
}

/* Equalities of key, link or code columns, one side of them the new table's. */
static bool check_on(
	struct cohort_reading *r, const struct cohort_test *t, const struct cohort_source *s)
{
	bool good = true;

	if (t->kind == TEST_ALL) {
		for (const struct cohort_test *c = t->children; c != NULL; c = c->next)
			good = check_on(r, c, s) && good;
		return good;
	}
	if (t->kind == TEST_COLUMNS && t->op == OP_EQ && joins_on(&t->left) &&
		joins_on(&t->right) && (t->left.source == s) != (t->right.source == s))
		return true;
	diag_error(r->ds, "P364", t->at,
		"a join holds a.x = b.y of key, link or code columns alone; move the rest to where",
		"连接条件只能是 key、link 或编码字段的等式 a.x = b.y，其余请移到 where");
	return false;
}

static bool join(struct cohort_reading *r, const struct node *n, struct place at,
	struct cohort_source *s, bool left)
{
	struct cohort_test *on;

	s->left = left;
	if (n == NULL) {
		diag_error(r->ds, "P364", s->at, "table '%s' is joined without a condition",
			"表“%s”的连接没有条件", s->table == NULL ? s->alias : s->table->name);
		return false;
	}
	on = cohort_condition(r, n, at);
	if (on == NULL || s->table == NULL || !check_on(r, on, s))
		return false;
	s->on = on;
	s->tied = tied_by(on, s);
	if (s->tied || s->table->key == NULL)
		return true;
	diag_error(r->ds, "P364", s->at,
		"table '%s' must be joined by its patient key: %s.%s = that of a table before it",
		"表“%s”须以患者标识连接：%s.%s = 之前某个表的患者标识", s->table->name, s->alias,
		s->table->key->column);
	return false;
}

/* ---- FROM ---- */

/* A table or a join, left to right; the last source through *last. */
static bool from_item(struct cohort_reading *r, const struct node *n, struct place at,
	struct cohort_source **last)
{
	static const char *const fields[] = { "jointype", "larg", "rarg", "quals", NULL };
	const struct node *inside;
	const char *kind;
	struct cohort_source *s;
	bool good, left;

	if (strcmp(tree_type(n, &inside), "JoinExpr") != 0) {
		s = add_source(r, n, at);
		*last = s;
		r->table_refused = r->table_refused || s == NULL;
		if (s == NULL || s->table == NULL)
			return false;
		s->tied = s->table->key != NULL; /* of a sub-select: proved by its where */
		return true;
	}
	kind = node_text(node_get(inside, "jointype"));
	left = kind != NULL && strcmp(kind, "JOIN_LEFT") == 0;
	good = from_item(r, node_get(inside, "larg"), at, last);
	at = tree_place(r, node_get(inside, "rarg"), at);
	good = tree_fields(r, inside, at, fields) && good;
	if (kind == NULL || (!left && strcmp(kind, "JOIN_INNER") != 0)) {
		diag_error(r->ds, "P364", at, "only inner and left joins are allowed",
			"仅允许内连接与左连接");
		good = false;
	}
	s = add_source(r, node_get(inside, "rarg"), at);
	r->table_refused = r->table_refused || s == NULL;
	if (s == NULL)
		return false;
	if (*last != NULL)
		(*last)->next = s;
	*last = s;
	return join(r, node_get(inside, "quals"), at, s, left) && good;
}

static bool first_table(struct cohort_reading *r, struct cohort_source *s)
{
	if (s->table != NULL && s->table->key != NULL)
		return true;
	if (s->table != NULL)
		diag_error(r->ds, "P364", s->at,
			"the first table must have a patient key; join lookup '%s' to it",
			"第一个表须有患者标识；请把码表“%s”连接到其后", s->table->name);
	return false;
}

static bool from_clause(struct cohort_reading *r, const struct node *select, struct place at,
	struct cohort_select *out)
{
	const struct node *from = node_get(select, "fromClause");
	unsigned first = r->out->n_sources;
	struct cohort_source *last = NULL;
	bool good;

	r->table_refused = r->table_refused || from == NULL || from->count != 1;
	if (from == NULL || from->count == 0) {
		diag_error(r->ds, "P323", at, "after FROM write schema.table alias",
			"FROM 之后请写 模式.表 别名");
		return false;
	}
	if (from->count > 1) {
		diag_error(r->ds, "P364", tree_place(r, from->first->next, at),
			"tables are joined by 'join ... on', not by a comma",
			"请用 join ... on 连接表，不要用逗号");
		return false;
	}
	good = from_item(r, from->first, at, &last);
	if (r->out->n_sources == first)
		return false;
	out->first = r->out->sources[first];
	return first_table(r, out->first) && good;
}

bool cohort_from_where(struct cohort_reading *r, const struct node *select, struct place at,
	unsigned around, struct cohort_select *out)
{
	static const char *const fields[] = { "targetList", "fromClause", "whereClause",
		"limitOption", "op", NULL };
	const char *op = node_text(node_get(select, "op")),
		   *limit = node_text(node_get(select, "limitOption"));
	const struct node *where = node_get(select, "whereClause");
	bool good = tree_fields(r, select, at, fields);
	struct cohort_test *t = NULL;

	if (op == NULL || strcmp(op, "SETOP_NONE") != 0 || limit == NULL ||
		strcmp(limit, "LIMIT_OPTION_DEFAULT") != 0) {
		if (good)
			diag_error(r->ds, "P361", at, "a cohort is one plain SELECT",
				"队列只能是一条普通的 SELECT");
		good = false;
	}
	if (op == NULL || strcmp(op, "SETOP_NONE") != 0)
		return false; /* a UNION has no tables of its own */
	good = from_clause(r, select, at, out) && good;
	if (where != NULL) {
		t = cohort_condition(r, where, tree_place(r, where, at));
		good = good && t != NULL;
	}
	out->where = t;
	if (around == 0 || !good || tied_by(t, out->first))
		return good;
	diag_error(r->ds, "P365", out->first->at,
		"exists (...) must be about the same patient: and %s.%s = the patient key outside",
		"exists (...) 须针对同一患者：请加上 and %s.%s = 外层的患者标识", out->first->alias,
		out->first->table->key->column);
	return false;
}
