#include "policies/model_in.h"

#include <string.h>

#include "base/limits.h"
#include "base/node.h"
#include "base/shape.h"
#include "policies/build.h"
#include "policies/embed.h"
#include "policies/shapes.h"

static const char **names_of(
	const struct node *list, struct arena *arena, unsigned *n, struct diags *ds)
{
	const char **names = arena_array(arena, list->count, sizeof(*names));

	if (names == NULL) {
		diag_error(ds, "P139", list->at, "out of memory", "内存不足");
		return NULL;
	}
	NODE_EACH(c, list)
		if (node_text(c) != NULL)
			names[(*n)++] = node_text(c);
	return names;
}

static void build_vocabulary(
	struct model_vocabulary *v, const struct node *n, struct arena *arena, struct diags *ds)
{
	const struct node *concepts = node_get(n, "concepts"), *maps = node_get(n, "maps");

	v->concepts = node_text(node_get(concepts, "table"));
	v->id = node_text(node_get(concepts, "id"));
	v->system = node_text(node_get(concepts, "system"));
	v->code = node_text(node_get(concepts, "code"));
	v->maps = node_text(node_get(maps, "table"));
	v->from = node_text(node_get(maps, "from"));
	v->to = node_text(node_get(maps, "to"));
	v->kind = node_text(node_get(maps, "kind"));
	v->mapping = node_text(node_get(maps, "maps"));
	v->invalid = node_text(node_get(concepts, "invalid"));
	v->maps_invalid = node_text(node_get(maps, "invalid"));
	model_table(node_get(concepts, "table"), ds);
	model_table(node_get(maps, "table"), ds);
	NODE_EACH(s, node_get(n, "systems")) {
		enum code_system system = model_system(s, s->key, ds);

		if (system > SYSTEM_OMOP)
			v->names[system] = names_of(s, arena, &v->n_names[system], ds);
	}
}

static void build_patients(struct model *m, const struct node *n, struct diags *ds)
{
	const char *codes = node_text(node_get(n, "codes"));

	m->patients = node_text(node_get(n, "table"));
	m->key = node_text(node_get(n, "key"));
	m->sex = node_text(node_get(n, "sex"));
	m->birth_year = node_text(node_get(n, "birth_year"));
	m->birth = node_text(node_get(n, "birth"));
	m->race = node_text(node_get(n, "race"));
	m->ethnicity = node_text(node_get(n, "ethnicity"));
	m->person_codes = codes == NULL || strcmp(codes, "omop") == 0 ? SYSTEM_OMOP : SYSTEM_OWN;
	model_table(node_get(n, "table"), ds);
}

static void build_trees(
	struct model *m, const struct node *root, struct arena *arena, struct diags *ds)
{
	const struct node *ancestors = node_get(root, "ancestors"),
			  *paths = node_get(root, "paths"),
			  *providers = node_get(root, "providers"),
			  *vocabulary = node_get(root, "vocabulary");

	m->ancestors = node_text(node_get(ancestors, "table"));
	m->ancestor = node_text(node_get(ancestors, "ancestor"));
	m->descendant = node_text(node_get(ancestors, "descendant"));
	m->paths.table = node_text(node_get(paths, "table"));
	m->paths.path = node_text(node_get(paths, "path"));
	m->paths.code = node_text(node_get(paths, "code"));
	m->providers.table = node_text(node_get(providers, "table"));
	m->providers.id = node_text(node_get(providers, "id"));
	m->providers.speciality = node_text(node_get(providers, "speciality"));
	model_table(node_get(ancestors, "table"), ds);
	model_table(node_get(paths, "table"), ds);
	model_table(node_get(providers, "table"), ds);
	build_vocabulary(&m->vocabulary, vocabulary, arena, ds);
	if (vocabulary != NULL && ancestors == NULL)
		diag_error(ds, "P141", vocabulary->at,
			"vocabulary needs ancestors: where the descendants of its concepts are",
			"有 vocabulary 而无 ancestors，即概念层级");
}

bool model_knows(const struct model *m, enum code_system s)
{
	return m != NULL && m->ancestors != NULL && m->vocabulary.concepts != NULL &&
	       m->vocabulary.n_names[s] > 0;
}

const char *const *model_prefixes(const struct model *m, const char *table, const char *column)
{
	for (unsigned k = 0; column != NULL && k < EVENTS; k++) {
		const struct model_event *e = &m->events[k];

		if (e->table != NULL && e->concept != NULL && e->system != SYSTEM_OMOP &&
			strcmp(e->table, table) == 0 && strcmp(e->concept, column) == 0)
			return e->all;
	}
	return NULL;
}

const char *model_age_column(const struct model *m)
{
	return m->birth_year != NULL ? m->birth_year : m->birth;
}

const struct model *model_read(
	const char *name, const void *bytes, size_t len, struct arena *arena, struct diags *ds)
{
	struct model *m = arena_alloc(arena, sizeof(*m));
	size_t before = ds->errors;
	struct node *root = NULL;

	if (m == NULL) {
		diag_error(ds, "P139", (struct place){ .file = name }, "out of memory", "内存不足");
		return NULL;
	}
	if (node_read(name, bytes, len, MAX_DEPTH, arena, ds, &root) != 0)
		return NULL;
	check_lines(root, ds);
	if (shape_check(root, &shape_model, name, ds) != 0)
		return NULL;
	m->id = node_text(node_get(node_get(root, "model"), "id"));
	m->title = node_title(node_get(node_get(root, "model"), "title"));
	build_patients(m, node_get(root, "patients"), ds);
	build_trees(m, root, arena, ds);
	model_events(m, node_get(root, "events"), arena, ds);
	return ds->errors == before ? m : NULL;
}

const struct model *model_shipped(const char *id, struct arena *arena, struct diags *ds)
{
	const struct shipped *s = id == NULL ? NULL : shipped_model(id);

	return s == NULL ? NULL : model_read(s->name, s->bytes, s->len, arena, ds);
}

const char *const *model_ids(void)
{
	return shipped_model_ids();
}
