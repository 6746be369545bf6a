#include "policies/cohorts/cohort_sql.h"

#include <string.h>

#include "base/text.h"
#include "policies/cohorts/cohort_child.h"
#include "policies/cohorts/cohort_in.h"

/*
 * The statement as a whole: one SELECT and its output. Its tables are cohort_from.c's, its conditions cohort_where.c's.
 */

enum {
	MAX_TREE_DEPTH = 96,
	MAX_TREE_ARENA = 64 << 20
};

/* ---- output ---- */

/* "m.person_id", for a sentence. */
static const char *key_hint(struct cohort_reading *r)
{
	const struct cohort_source *s = r->out->select.first;
	const char *hint = s == NULL || s->table == NULL || s->table->key == NULL
				   ? "m.person_id"
				   : arena_textf(r->a, "%s.%s", s->alias, s->table->key->column);

	return hint == NULL ? "" : hint;
}

static bool add_key(struct cohort_reading *r, struct cohort_column c)
{
	struct cohort_sql *out = r->out;

	if (out->key.column != NULL) {
		diag_error(r->ds, "P370", c.at, "the output has two patient keys; write one",
			"输出中有两个患者标识，只能写一个");
		return false;
	}
	if (c.source->left) {
		diag_error(r->ds, "P370", c.at,
			"the patient key of a left-joined table may be missing; write %s",
			"左连接表的患者标识可能为空，请写 %s", key_hint(r));
		return false;
	}
	out->key = c;
	return true;
}

static bool add_output(struct cohort_reading *r, struct cohort_column c)
{
	struct cohort_sql *out = r->out;

	if (c.column->uses & USE_PATIENT_KEY)
		return add_key(r, c);
	if (!(c.column->uses & (USE_GROUP | USE_MEASURE))) {
		diag_error(r->ds, "P324", c.at,
			"output column '%s.%s' is not listed for group or measure",
			"输出字段“%s.%s”未列为 group 或 measure", c.source->alias,
			c.column->column);
		return false;
	}
	for (unsigned i = 0; i < out->n_outputs; i++)
		if (out->outputs[i].column == c.column) {
			diag_error(r->ds, "P370", c.at, "column '%s' is in the output twice",
				"字段“%s”在输出中出现两次", c.column->name);
			return false;
		}
	if (out->n_outputs == MAX_COHORT_OUTPUTS) {
		diag_error(r->ds, "P370", c.at, "the output has more than %d columns",
			"输出超过 %d 列", MAX_COHORT_OUTPUTS);
		return false;
	}
	out->outputs[out->n_outputs++] = c;
	return true;
}

static bool output(struct cohort_reading *r, const struct node *n, struct place at)
{
	static const char *const fields[] = { "val", "location", NULL };
	const struct node *target, *value;
	struct cohort_column c;

	at = tree_place(r, n, at);
	if (strcmp(tree_type(n, &target), "ResTarget") != 0 || !tree_fields(r, target, at, fields))
		return false;
	if (strcmp(tree_type(node_get(target, "val"), &value), "ColumnRef") != 0) {
		tree_refuse(r, node_get(target, "val"), at);
		return false;
	}
	c = cohort_column(r, value, at);
	return c.column != NULL && add_output(r, c);
}

static bool outputs(struct cohort_reading *r, const struct node *select, struct place at)
{
	bool good = true;

	NODE_EACH(n, node_get(select, "targetList"))
		good = output(r, n, at) && good;
	if (good && r->out->key.column == NULL) {
		diag_error(r->ds, "P370", at,
			"the output needs exactly one patient key, such as %s",
			"输出须有且仅有一个患者标识，例如 %s", key_hint(r));
		return false;
	}
	return good;
}

/* ---- the statement ---- */

/* The only statement, a SELECT; NULL after a report. */
static const struct node *one_select(
	struct cohort_reading *r, const struct node *root, struct place *at)
{
	static const char *const fields[] = { "stmt", "stmt_len", "stmt_location", NULL };
	const struct node *list = node_get(root, "stmts"), *inside, *second;
	const char *type;
	int64_t from = 0;

	*at = cohort_place(r, 0);
	if (list == NULL || list->count == 0) {
		diag_error(r->ds, "P361", *at, "the file has no statement", "文件中没有语句");
		return NULL;
	}
	if (list->count > 1) {
		second = node_get(list->first->next, "stmt_location");
		if (node_text(second) != NULL && !parse_i64(second->text, &from))
			from = 0;
		while ((size_t)from < r->len && strchr(" \t\r\n", r->text[from]) != NULL)
			from++;
		diag_error(r->ds, "P361", cohort_place(r, (size_t)from),
			"a cohort is one statement; this is a second",
			"队列只能有一条语句，此处为第二条");
		return NULL;
	}
	type = tree_type(node_get(list->first, "stmt"), &inside);
	*at = tree_place(r, list->first, *at);
	if (strcmp(type, "SelectStmt") == 0 && tree_fields(r, list->first, *at, fields))
		return inside;
	diag_error(r->ds, "P361", cohort_place(r, 0), "a cohort is one SELECT",
		"队列只能是一条 SELECT");
	return NULL;
}

static bool read_tree(struct cohort_reading *r, const struct node *root)
{
	struct place at;
	const struct node *select = one_select(r, root, &at);
	bool good;

	if (select == NULL)
		return false;
	good = cohort_from_where(r, select, at, 0, &r->out->select);
	return outputs(r, select, at) && good;
}

/* The tree as nodes, in memory that ends here: what is kept is our own. */
static bool read_json(struct cohort_reading *r, const struct cohort_syntax *s)
{
	struct arena nodes;
	struct diags ds;
	struct node *root = NULL;
	bool good;

	arena_init(&nodes, MAX_TREE_ARENA);
	diags_init(&ds, &nodes);
	good = node_read("tree", s->tree, s->len, MAX_TREE_DEPTH, &nodes, &ds, &root) == 0;
	if (!good)
		diag_error(r->ds, "P372", (struct place){ .file = r->file },
			"this cohort is too long or too deeply nested to be checked",
			"该队列过长或嵌套过深，无法检查");
	else
		good = read_tree(r, root);
	arena_clear(&nodes);
	return good;
}

static size_t byte_of(const struct cohort_reading *r, size_t character)
{
	size_t at = 0, used;
	uint32_t c;

	for (; character > 1 && at < r->len; character--, at += used) {
		used = utf8_next(r->text + at, r->len - at, &c);
		if (used == 0)
			break;
	}
	return at;
}

static bool read_answer(struct cohort_reading *r, const struct cohort_syntax *s)
{
	if (s->read)
		return read_json(r, s);
	diag_error(r->ds, "P328", cohort_place(r, byte_of(r, s->at)),
		"this is not SQL for PostgreSQL: %s", "PostgreSQL 无法解析此语句：%s", s->message);
	return false;
}

static bool parse(struct cohort_reading *r)
{
	struct cohort_syntax s;
	struct arena heard;
	struct error err;
	bool good = false;

	arena_init(&heard, MAX_TREE_ARENA);
	if (cohort_child(r->text, r->len, &heard, &s, &err) == 0)
		good = read_answer(r, &s);
	else
		diag_error(r->ds, "P371", (struct place){ .file = r->file },
			"this cohort could not be checked: %s", "该队列无法检查：%s", err.log);
	arena_clear(&heard);
	return good;
}

const struct cohort_sql *cohort_sql_read(const char *file, const void *text, size_t len,
	const struct dataset *data, const struct policy *policy, const struct cohort_param *params,
	unsigned n_params, struct arena *arena, struct diags *ds)
{
	struct cohort_reading r = { .a = arena, .ds = ds, .file = file, .policy = policy };
	size_t before = ds->errors;
	bool good, said = false;

	r.out = cohort_alloc(&r, 1, sizeof(*r.out));
	if (r.out == NULL || n_params > MAX_PARAMS)
		return NULL;
	*r.out = (struct cohort_sql){ .data = data, .params = params, .n_params = n_params };
	r.room = len / 4 + 1;
	r.out->columns = len > MAX_COHORT_SQL_BYTES
				 ? NULL
				 : cohort_alloc(&r, r.room, sizeof(*r.out->columns));
	if (r.out->columns == NULL && len <= MAX_COHORT_SQL_BYTES)
		return NULL;
	good = cohort_text(&r, text, len) && parse(&r);
	/* a parameter without a column was reported where it is declared */
	for (unsigned i = 0; !good && i < n_params; i++)
		said = said || params[i].column == NULL;
	if (ds->errors == before && !said && (!good || r.out_of_memory))
		diag_error(ds, "P361", (struct place){ .file = file },
			"this cohort could not be read", "该队列无法读取");
	return good && ds->errors == before ? r.out : NULL;
}
