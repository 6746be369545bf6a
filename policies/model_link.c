#include "policies/build.h"

#include <string.h>

#include "policies/embed.h"
#include "policies/model.h"
#include "policies/say.h"
#include "policies/shapes.h"

/*
 * A dataset's model: shipped, or a file models/ID.yaml of the policy folder; and what it says of the codes in the
 * dataset's columns.
 */

static const struct node *named_model(const struct reading *rd, const struct dataset *d)
{
	return node_get(node_get(rd->root[FILE_POLICY], "models"), d->id);
}

bool model_missing(const struct reading *rd, const struct dataset *d)
{
	return d->model == NULL && named_model(rd, d) != NULL;
}

/* ---- the hospital's own ---- */

/* Its id is its file's name, and no shipped one: people are shown the id. */
static void check_own(
	struct reading *rd, const struct policy_file *f, const struct model *m, struct model *named)
{
	size_t len = strlen(f->name) - strlen("models/") - strlen(".yaml");
	const char *id = f->name + strlen("models/");
	struct place at = { .file = f->name, .line = 1, .column = 1 };

	*named = *m;
	named->file = f->name;
	if (strlen(m->id) != len || strncmp(m->id, id, len) != 0)
		diag_error(rd->ds, "P142", at,
			"the model's id is '%s'; it must be the file's name without .yaml",
			"模型标识为“%s”，须与文件名（不含 .yaml）一致", m->id);
	else if (shipped_model(m->id) != NULL)
		diag_error(rd->ds, "P142", at,
			"'%s' is the name of a model that is shipped; give your own another name",
			"“%s”是随程序提供的模型的名称，请另起名称", m->id);
}

static const struct model *read_own(struct reading *rd, const struct node *at, const char *name)
{
	const struct policy_file *f = NULL;
	struct model *own = make(rd, 1, sizeof(*own));
	size_t before = rd->ds->errors;
	const struct model *m;

	for (unsigned i = 0; i < rd->n_files; i++)
		if (strcmp(rd->files[i].name, name) == 0)
			f = &rd->files[i];
	if (f == NULL) {
		diag_error(rd->ds, "P134", at->at, "the policy folder has no file '%s'",
			"策略目录中没有文件“%s”", name);
		return NULL;
	}
	m = model_read(f->name, f->bytes, f->len, rd->a, rd->ds);
	if (m == NULL || own == NULL)
		return NULL;
	check_own(rd, f, m, own);
	return rd->ds->errors == before ? own : NULL;
}

/* ---- shipped ---- */

static const struct model *read_shipped(
	struct reading *rd, const struct node *at, const char *id, const struct shipped **file)
{
	const char *const *ids = model_ids();
	unsigned count = (unsigned)word_count(ids);
	const struct model *m;

	*file = shipped_model(id);
	if (*file == NULL) {
		diag_error(rd->ds, "P134", at->at,
			"model '%s' is not shipped with this version; there is: %s; your own is "
			"written models/NAME.yaml",
			"本版本没有数据模型“%s”；可用的有：%s；自有模型写作 models/名称.yaml", id,
			say_list(rd->a, ids, count, count));
		return NULL;
	}
	m = model_shipped(id, rd->a, rd->ds);
	if (m == NULL)
		rd->out_of_memory = true;
	return m;
}

/* Each is read once, whatever the number of datasets. */
static const struct model *find_model(struct reading *rd, const struct node *at, const char *name)
{
	struct used_model *used;

	for (unsigned i = 0; i < rd->n_models; i++)
		if (strcmp(rd->models[i].name, name) == 0)
			return rd->models[i].model;
	if (rd->n_models == MAX_MODELS) {
		diag_error(rd->ds, "P139", at->at, "more than %d models", "模型超过 %d 个",
			(int)MAX_MODELS);
		return NULL;
	}
	used = &rd->models[rd->n_models++];
	used->name = name;
	used->model = strncmp(name, "models/", 7) == 0 ? read_own(rd, at, name)
						       : read_shipped(rd, at, name, &used->file);
	return used->model;
}

/* ---- what it says of columns ---- */

/* What the model says of a column's codes holds, whatever the red list says: red rows are found by it. A red list that
 * says otherwise is an error. */
static void link_column(struct reading *rd, const struct dataset *d, struct column *c)
{
	c->prefix = model_prefixes(d->model, c->table->name, c->column);
	if (c->prefix == NULL || c->system == SYSTEM_NONE || c->prefix[c->system] != NULL)
		return;
	diag_error(rd->ds, "P143", c->at,
		"column '%s' holds other codes than %s, as model %s says; write codes: model",
		"数据模型 %3$s 说明字段“%1$s”的编码不是 %2$s；请写 codes: model", c->name,
		words_system[c->system - SYSTEM_OMOP], d->model->id);
}

static void check_by_model(struct reading *rd, const struct column *c)
{
	if (c->gen == GEN_CODES && c->system == SYSTEM_NONE && c->prefix == NULL && !c->unclear)
		diag_error(rd->ds, "P143", c->gen_at,
			"codes: model, but the dataset's model does not say what codes column '%s' "
			"holds",
			"写了 codes: model，但数据模型未说明字段“%s”的编码", c->name);
}

void link_model(struct reading *rd, struct dataset *d)
{
	const struct node *named = named_model(rd, d);
	const char *name = node_text(named);

	if (name == NULL)
		return;
	d->model = find_model(rd, named, name);
	for (unsigned t = 0; t < d->n_tables; t++)
		for (unsigned i = 0; i < d->tables[t].n_columns; i++) {
			if (d->model != NULL)
				link_column(rd, d, &d->tables[t].columns[i]);
			if (d->model != NULL)
				check_by_model(rd, &d->tables[t].columns[i]);
		}
}
