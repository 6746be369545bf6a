#include "policies/build.h"

#include <string.h>

#include "base/shape.h"
#include "base/text.h"
#include "policies/embed.h"
#include "policies/model.h"
#include "policies/say.h"
#include "policies/shapes.h"

/*
 * red-list.yaml into datasets, tables and measures; columns.c builds their columns.
 */

/* Names that mean the model's columns in every question; an alias may not shadow them. */
static const char *const model_words[] = { "sex", "age", "year", "quarter", "month", "week",
	"other", NULL };

/* ---- measures ---- */

static const struct column *measure_column(
	struct reading *rd, const struct table *t, const struct node *n, const char *name)
{
	const char *known[256];
	size_t count = 0;
	const struct column *c = name == NULL ? NULL : table_column(t, name);

	if (c != NULL || name == NULL)
		return c;
	for (unsigned i = 0; i < t->n_columns && count < 256; i++)
		known[count++] = t->columns[i].column;
	report_unknown(rd, "P225", n->key != NULL && n->kind != NODE_TEXT ? n->key_at : n->at,
		SAY("column", "字段"), name, known, count);
	return NULL;
}

static void build_where(struct reading *rd, struct measure *m, const struct node *where)
{
	if (where == NULL || where->kind != NODE_MAP)
		return;
	if (where->count != 1) {
		diag_error(rd->ds, "P225", where->at,
			"where takes exactly one column in this version",
			"本版本的 where 只能写一个字段");
		return;
	}
	m->where = measure_column(rd, m->table, where->first, where->first->key);
	m->codes = read_ints(rd, where->first, &m->n_codes);
	if (m->where != NULL && m->where->uses == USE_FORBIDDEN && !m->where->unclear)
		diag_error(rd->ds, "P225", where->first->key_at,
			"column '%s' is forbidden and cannot pick the rows of a measure",
			"字段“%s”禁止使用，不能用来选取指标记录", m->where->name);
	for (unsigned i = 0; m->codes != NULL && i < m->n_codes; i++)
		if (m->codes[i] <= 0 || m->codes[i] > INT32_MAX)
			diag_error(rd->ds, "P302", where->first->at, "'%lld' is not a concept id",
				"“%lld”不是概念编码", (long long)m->codes[i]);
}

static void build_clamp(struct reading *rd, struct measure *m, const struct node *n)
{
	const struct node *clamp = node_get(n, "clamp"), *cuts = node_get(n, "cuts");
	unsigned count = 0;
	int64_t *ends = read_decimals(rd, clamp, &count);

	m->cuts = read_decimals(rd, cuts, &m->n_cuts);
	if (ends == NULL || m->cuts == NULL)
		return;
	if (clamp == NULL) {
		diag_error(rd->ds, "P209", m->at,
			"measure '%s' has no clamp; nothing can be released without bounds",
			"指标“%s”未设上下限（clamp），无法公布结果", m->id == NULL ? "" : m->id);
		return;
	}
	if (count != 2 || clamp->count != 2 || ends[0] >= ends[1]) {
		diag_error(rd->ds, "P210", clamp->at,
			"clamp needs two numbers, the lower below the upper",
			"clamp 须为两个数，且下限低于上限");
		return;
	}
	m->low = ends[0];
	m->high = ends[1];
	for (unsigned i = 0; i < m->n_cuts; i++)
		if (m->cuts[i] <= m->low || m->cuts[i] >= m->high ||
			(i > 0 && m->cuts[i] <= m->cuts[i - 1])) {
			diag_error(rd->ds, "P226", cuts->at,
				"cuts must rise and lie inside the clamp",
				"切点必须递增，且位于上下限之内");
			return;
		}
	if (m->n_cuts >= MAX_LABELS)
		diag_error(rd->ds, "P219", cuts->at, "at most %d cuts", "最多 %d 个切点",
			(int)MAX_LABELS - 1);
}

static void build_measure(
	struct reading *rd, struct table *t, struct measure *m, const struct node *n)
{
	const struct node *column = node_get(n, "column");

	m->id = get(n, "id");
	m->title = title_of(node_get(n, "title"));
	m->table = t;
	m->unit = get(n, "unit");
	m->at = place_of(node_get(n, "id"), n);
	m->column = column == NULL ? NULL : measure_column(rd, t, column, node_text(column));
	if (m->column != NULL && !m->column->unclear && !(m->column->uses & USE_MEASURE))
		diag_error(rd->ds, "P225", column->at, "column '%s' is not listed with use measure",
			"字段“%s”的用途不含 measure", m->column->name);
	build_where(rd, m, node_get(n, "where"));
	build_clamp(rd, m, n);
}

static void check_measures_used(struct reading *rd, const struct table *t)
{
	for (unsigned i = 0; i < t->n_columns; i++) {
		const struct column *c = &t->columns[i];
		bool used = false;

		for (unsigned j = 0; j < t->n_measures; j++)
			used = used || t->measures[j].column == c;
		if ((c->uses & USE_MEASURE) && !used)
			diag_error(rd->ds, "P224", c->at,
				"column '%s' has use measure, but no entry under measures names it",
				"字段“%s”的用途为 measure，但 measures 中没有对应指标", c->name);
	}
}

/* ---- tables ---- */

/* A table that is listed only to forbid it has no patients to count. */
static bool opens_anything(const struct table *t)
{
	for (unsigned i = 0; i < t->n_columns; i++)
		if (t->columns[i].uses != USE_FORBIDDEN || t->columns[i].unclear)
			return true;
	return t->n_columns == 0;
}

static void check_key(struct reading *rd, struct table *t, const struct node *n)
{
	unsigned keys = 0;

	for (unsigned i = 0; i < t->n_columns; i++)
		if (t->columns[i].uses == USE_PATIENT_KEY) {
			t->key = &t->columns[i];
			keys++;
		}
	if (t->kind == TABLE_LOOKUP || !opens_anything(t))
		return;
	if (keys == 0)
		diag_error(rd->ds, "P211", t->at, "table '%s' has no patient-key column",
			"表“%s”没有 patient-key 字段", t->name);
	else if (keys > 1)
		diag_error(rd->ds, "P211", t->at,
			"table '%s' has %u patient-key columns; it needs one",
			"表“%s”有 %u 个 patient-key 字段，只能有一个", t->name, keys);
	if (node_get(n, "per_patient_max") == NULL)
		diag_error(rd->ds, "P112", t->at,
			"required key 'per_patient_max' is missing in table '%s'",
			"表“%s”缺少必填项“per_patient_max”", t->name);
}

static void check_view(struct reading *rd, struct table *t, const struct node *n)
{
	const struct node *definition = node_get(n, "definition");

	if (t->kind == TABLE_VIEW && (node_text(definition) == NULL ||
					     !hash32_parse(node_text(definition), &t->definition)))
		diag_error(rd->ds, "P212", place_of(definition, n),
			"view '%s' needs its definition hash: definition: sha256:...",
			"视图“%s”须注明定义哈希：definition: sha256:...", t->name);
}

static void build_table(struct reading *rd, struct table *t, const struct node *n)
{
	const struct node *columns = node_get(n, "columns"), *measures = node_get(n, "measures");
	int kind = word_index(get(n, "kind"), words_table_kind);
	unsigned i = 0;

	t->name = n->key;
	t->at = n->key_at;
	t->kind = kind < 0 ? TABLE_PLAIN : (enum table_kind)kind;
	t->per_patient_max = node_int(node_get(n, "per_patient_max"), 0);
	if (!split_name(rd, t->name, 2, &t->schema, &t->relation, NULL)) {
		diag_error(rd->ds, "P202", n->key_at, "table '%s' must be written schema.table",
			"表“%s”须写成 模式.表", t->name);
		t->schema = t->relation = t->name;
	}
	t->columns = make(rd, children(columns), sizeof(*t->columns));
	t->measures = make(rd, children(measures), sizeof(*t->measures));
	if (t->columns == NULL || t->measures == NULL)
		return;
	if (columns != NULL && columns->kind == NODE_MAP) {
		t->n_columns = (unsigned)columns->count;
		NODE_EACH(c, columns) {
			const char *schema, *relation, *column = NULL;

			build_column(rd, t, &t->columns[i], c);
			if (!split_name(rd, t->columns[i].name, 3, &schema, &relation, &column))
				diag_error(rd->ds, "P202", c->key_at,
					"'%s' is not the name of a column", "“%s”不是有效的字段名",
					c->key);
			i++;
		}
	}
	check_key(rd, t, n);
	check_view(rd, t, n);
	if (measures != NULL && measures->kind == NODE_LIST)
		NODE_EACH(m, measures)
			build_measure(rd, t, &t->measures[t->n_measures++], m);
	check_measures_used(rd, t);
}

/* ---- datasets ---- */

static void check_alias(struct reading *rd, const struct dataset *d, const struct column *c)
{
	if (word_index(c->alias, model_words) >= 0 || strchr(c->alias, '.') != NULL ||
		dataset_measure(d, c->alias) != NULL || !label_valid(c->alias)) {
		diag_error(rd->ds, "P227", c->at,
			"'%s' cannot be the name of column '%s': questions use it otherwise",
			"“%s”不能用作字段“%s”的名称：它在查询中另有含义", c->alias, c->name);
		return;
	}
	for (unsigned t = 0; t < d->n_tables; t++)
		for (unsigned i = 0; i < d->tables[t].n_columns; i++) {
			const struct column *other = &d->tables[t].columns[i];

			if (other == c)
				return;
			if (other->alias != NULL && strcmp(other->alias, c->alias) == 0)
				report_twice(rd, c->at, c->alias, other->at.line);
		}
}

static void check_measure_ids(struct reading *rd, const struct dataset *d)
{
	for (unsigned t = 0; t < d->n_tables; t++)
		for (unsigned i = 0; i < d->tables[t].n_measures; i++) {
			const struct measure *m = &d->tables[t].measures[i], *first;

			if (m->id == NULL)
				continue;
			first = dataset_measure(d, m->id);
			if (first != m)
				report_twice(rd, m->at, m->id, first->at.line);
			if (word_index(m->id, model_words) >= 0)
				diag_error(rd->ds, "P227", m->at,
					"'%s' cannot be the id of a measure: questions use it "
					"otherwise",
					"“%s”不能用作指标标识：它在查询中另有含义", m->id);
		}
}

static void build_drop(struct reading *rd, struct dataset *d, const struct node *drop)
{
	const char *out = get(drop, "opted_out");
	const struct node *age = node_get(drop, "under_age");
	const struct table *patients =
		d->model == NULL ? NULL : dataset_table(d, d->model->patients);
	const struct column *birth =
		patients == NULL ? NULL : table_column(patients, model_age_column(d->model));

	if (out != NULL && !split_name(rd, out, 3, &d->opt_out_schema, &d->opt_out_relation,
				   &d->opt_out_column))
		diag_error(rd->ds, "P202", node_get(drop, "opted_out")->at,
			"'%s' must be written schema.table.column", "“%s”须写成 模式.表.字段", out);
	d->under_age = node_int(age, 0);
	if (d->under_age > 0 && !model_missing(rd, d) &&
		(birth == NULL || birth->uses == USE_FORBIDDEN))
		diag_error(rd->ds, "P221", age->at,
			"under_age needs a model for dataset '%s' and its birth column in the red "
			"list "
			"(use: link is enough)",
			"under_age 需要数据集“%s”的数据模型，且红线清单中须列出出生年份字段（use: "
			"link 即可）",
			d->id);
}

static void build_dataset(struct reading *rd, struct dataset *d, const struct node *n)
{
	const struct node *tables = node_get(n, "tables");

	d->id = n->key;
	d->title = title_of(node_get(n, "title"));
	d->level = node_int(node_get(n, "level"), 0);
	d->at = n->key_at;
	d->drop_at = place_of(node_get(n, "drop_patients"), n);
	if (!id_valid(d->id))
		diag_error(rd->ds, "P116", n->key_at,
			"'%s' is not an id; use letters, digits, '.', '_', '-', at most 63",
			"“%s”不是有效的标识，请用字母、数字、“.”、“_”、“-”，最多 63 个", d->id);
	d->tables = make(rd, children(tables), sizeof(*d->tables));
	if (d->tables == NULL)
		return;
	if (tables != NULL && tables->kind == NODE_MAP)
		NODE_EACH(t, tables)
			build_table(rd, &d->tables[d->n_tables++], t);
	link_model(rd, d);
	build_drop(rd, d, node_get(n, "drop_patients"));
	check_measure_ids(rd, d);
	for (unsigned t = 0; t < d->n_tables; t++)
		for (unsigned i = 0; i < d->tables[t].n_columns; i++)
			if (d->tables[t].columns[i].alias != NULL)
				check_alias(rd, d, &d->tables[t].columns[i]);
}

static void check_model_names(struct reading *rd)
{
	NODE_EACH(n, map_of(node_get(rd->root[FILE_POLICY], "models"))) {
		const char *known[64];
		size_t count = 0;

		if (policy_dataset(rd->p, n->key) != NULL)
			continue;
		for (unsigned i = 0; i < rd->p->n_datasets && count < 64; i++)
			known[count++] = rd->p->datasets[i].id;
		report_unknown(
			rd, "P135", n->key_at, SAY("dataset", "数据集"), n->key, known, count);
	}
}

static bool same_prefixes(const struct column *a, const struct column *b)
{
	for (unsigned s = 0; s < SYSTEMS; s++) {
		const char *x = a->prefix == NULL ? NULL : a->prefix[s],
			   *y = b->prefix == NULL ? NULL : b->prefix[s];

		if ((x == NULL) != (y == NULL) || (x != NULL && strcmp(x, y) != 0))
			return false;
	}
	return true;
}

/* Where one dataset says that a column holds codes, every dataset with the table has to: its rows are the same, and the
 * red ones among them are found by that column. */
static void check_twin(struct reading *rd, const struct table *said, const struct dataset *d,
	const struct table *t)
{
	for (unsigned i = 0; i < said->n_columns; i++) {
		const struct column *c = &said->columns[i], *mine = table_column(t, c->column);
		const char *word =
			c->system != SYSTEM_NONE ? words_system[c->system - SYSTEM_OMOP] : "model";

		if ((c->system == SYSTEM_NONE && c->prefix == NULL) ||
			(mine != NULL && mine->unclear) || (c->uses & USE_FORBIDDEN) ||
			c->column == NULL ||
			(mine != NULL && mine->system == c->system && same_prefixes(c, mine) &&
				!(mine->uses & USE_FORBIDDEN)))
			continue;
		diag_error(rd->ds, "P232", mine == NULL ? t->at : mine->at,
			"dataset '%s' must list column '%s' with codes: %s, as the other dataset "
			"with "
			"this table does (use: link is enough); red rows are found by it",
			"数据集“%1$s”须以 codes: %3$s "
			"列出字段“%2$s”，与含有该表的另一数据集一致（use: link "
			"即可），因为须靠它找出敏感记录",
			d->id, c->name, word);
	}
}

static void check_twins(struct reading *rd)
{
	const struct policy *p = rd->p;

	for (unsigned a = 0; a < p->n_datasets; a++)
		for (unsigned b = 0; b < p->n_datasets; b++)
			for (unsigned i = 0; a != b && i < p->datasets[a].n_tables; i++) {
				const struct table *said = &p->datasets[a].tables[i];
				const struct table *t = dataset_table(&p->datasets[b], said->name);

				if (t != NULL)
					check_twin(rd, said, &p->datasets[b], t);
			}
}

void read_red_list(struct reading *rd, const struct node *root)
{
	const struct node *datasets = node_get(root, "datasets");

	read_exceptions(rd, node_get(root, "exceptions"));
	rd->p->datasets_at = place_of(datasets, root);
	rd->p->datasets = make(rd, children(datasets), sizeof(*rd->p->datasets));
	if (rd->p->datasets == NULL)
		return;
	if (datasets != NULL && datasets->kind == NODE_MAP)
		NODE_EACH(n, datasets)
			build_dataset(rd, &rd->p->datasets[rd->p->n_datasets++], n);
	check_model_names(rd);
	check_twins(rd);
	check_exceptions(rd);
	read_codes(rd, node_get(root, "codes"));
}
