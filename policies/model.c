#include "policies/model.h"

#include "base/limits.h"
#include "base/node.h"
#include "base/shape.h"
#include "base/text.h"
#include "policies/embed.h"
#include "policies/shapes.h"

static void build_events(struct model *m, const struct node *events, struct diags *ds)
{
	const char *names[EVENTS];

	for (unsigned k = 0; k < EVENTS; k++)
		names[k] = event_name(k);
	NODE_EACH(n, events) {
		enum event_kind k;
		const char *near;

		if (event_parse(n->key, &k)) {
			m->events[k] = (struct model_event){ .table = node_text(node_get(n, "table")),
				.concept = node_text(node_get(n, "concept")),
				.system = SYSTEM_OMOP,
				.start = node_text(node_get(n, "start")),
				.lasts = 1,
				.value = node_text(node_get(n, "value")) };
			continue;
		}
		near = text_nearest(n->key, names, EVENTS);
		diag_error(ds, "P111", n->key_at, "unknown kind of event '%s'; did you mean '%s'?",
			"未知事件类型“%s”，是否应为“%s”？", n->key, near == NULL ? names[0] : near);
	}
}

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
	NODE_EACH(s, node_get(n, "systems")) {
		int i = word_index(s->key, words_system);
		enum code_system system = (enum code_system)(SYSTEM_OMOP + i);

		if (i <= 0) {
			diag_error(ds, "P113", s->key_at, "'%s' is no code system",
				"“%s”不是编码系统", s->key);
			continue;
		}
		v->names[system] = names_of(s, arena, &v->n_names[system], ds);
	}
}

bool model_knows(const struct model *m, enum code_system s)
{
	return m != NULL && m->ancestors != NULL && m->vocabulary.concepts != NULL &&
	       m->vocabulary.n_names[s] > 0;
}

static int build_model(
	struct model *m, const struct node *root, struct arena *arena, struct diags *ds)
{
	const struct node *patients, *ancestors;
	size_t before = ds->errors;

	if (shape_check(root, &shape_model, "model", ds) != 0)
		return -1;
	patients = node_get(root, "patients");
	ancestors = node_get(root, "ancestors");
	m->id = node_text(node_get(node_get(root, "model"), "id"));
	m->patients = node_text(node_get(patients, "table"));
	m->person_codes = SYSTEM_OMOP;
	m->key = node_text(node_get(patients, "key"));
	m->sex = node_text(node_get(patients, "sex"));
	m->birth_year = node_text(node_get(patients, "birth_year"));
	build_events(m, node_get(root, "events"), ds);
	m->ancestors = node_text(node_get(ancestors, "table"));
	m->ancestor = node_text(node_get(ancestors, "ancestor"));
	m->descendant = node_text(node_get(ancestors, "descendant"));
	build_vocabulary(&m->vocabulary, node_get(root, "vocabulary"), arena, ds);
	return ds->errors == before ? 0 : -1;
}

const struct model *model_shipped(const char *id, struct arena *arena, struct diags *ds)
{
	const struct shipped *s = id == NULL ? NULL : shipped_model(id);
	struct model *m;
	struct node *root = NULL;

	if (s == NULL)
		return NULL;
	m = arena_alloc(arena, sizeof(*m));
	if (m == NULL || node_read(s->name, s->bytes, s->len, MAX_DEPTH, arena, ds, &root) != 0 ||
		build_model(m, root, arena, ds) != 0)
		return NULL;
	return m;
}

const char *const *model_ids(void)
{
	return shipped_model_ids();
}
