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
			m->events[k] = (struct model_event){ node_text(node_get(n, "table")),
				node_text(node_get(n, "concept")), node_text(node_get(n, "start")),
				node_text(node_get(n, "value")) };
			continue;
		}
		near = text_nearest(n->key, names, EVENTS);
		diag_error(ds, "P111", n->key_at, "unknown kind of event '%s'; did you mean '%s'?",
			"未知事件类型“%s”，是否应为“%s”？", n->key, near == NULL ? names[0] : near);
	}
}

static int build_model(struct model *m, const struct node *root, struct diags *ds)
{
	const struct node *patients, *ancestors;
	size_t before = ds->errors;

	if (shape_check(root, &shape_model, "model", ds) != 0)
		return -1;
	patients = node_get(root, "patients");
	ancestors = node_get(root, "ancestors");
	m->id = node_text(node_get(node_get(root, "model"), "id"));
	m->patients = node_text(node_get(patients, "table"));
	m->key = node_text(node_get(patients, "key"));
	m->sex = node_text(node_get(patients, "sex"));
	m->birth_year = node_text(node_get(patients, "birth_year"));
	build_events(m, node_get(root, "events"), ds);
	m->ancestors = node_text(node_get(ancestors, "table"));
	m->ancestor = node_text(node_get(ancestors, "ancestor"));
	m->descendant = node_text(node_get(ancestors, "descendant"));
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
		build_model(m, root, ds) != 0)
		return NULL;
	return m;
}

const char *const *model_ids(void)
{
	return shipped_model_ids();
}
