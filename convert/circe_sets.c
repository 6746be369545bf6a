#include "convert/circe.h"

#include <stdlib.h>
#include <string.h>

/* Concept sets become named sets of codes. The name is made of the set's own, in letters that an id may have. */

static const char *const item_keys[] = { "concept", "isExcluded", "includeDescendants",
	"includeMapped", NULL };

static bool concept_id(struct circe *c, const struct spot *concept, int64_t *out)
{
	struct spot id = spot_key(concept, "CONCEPT_ID");
	json_int_t v = json_integer_value(id.at);

	if (!spot_object(&c->r, concept))
		return false;
	if (json_is_integer(id.at) && v > 0 && v <= INT32_MAX) {
		*out = v;
		return true;
	}
	spot_refuse(&c->r, &id, "V110",
		"the number of a concept belongs here, from 1 to 2147483647; concept 0 stands for "
		"codes without one",
		"此处应为概念编号，范围 1 至 2147483647；概念 0 表示无对应概念");
	return false;
}

static void add_item(struct circe *c, const struct spot *at, struct codeset *set)
{
	struct spot concept = spot_key(at, "concept"), out = spot_key(at, "isExcluded"),
		    below = spot_key(at, "includeDescendants"),
		    mapped = spot_key(at, "includeMapped");
	bool is_out, is_below, is_mapped;
	int64_t id;

	if (!spot_keys(&c->r, at, item_keys) || !concept_id(c, &concept, &id) ||
		!spot_bool(&c->r, &out, &is_out) || !spot_bool(&c->r, &below, &is_below) ||
		!spot_bool(&c->r, &mapped, &is_mapped))
		return;
	draft_add(&c->r.pen, set->codes, NULL,
		draft_text(&c->r.pen, "%s%lld%s%s", is_out ? "-" : "", (long long)id,
			is_below ? "+" : "", is_mapped ? "m" : ""));
	set->in += !is_out;
	set->out += is_out;
	set->plain = set->plain && !is_out && !is_below && !is_mapped;
}

static bool name_taken(const struct circe *c, const char *name)
{
	for (size_t i = 0; i < c->n_sets; i++)
		if (strcmp(c->sets[i].name, name) == 0)
			return true;
	return false;
}

/* "Type 2 diabetes mellitus" gives type-2-diabetes-mellitus */
static const char *set_name(struct circe *c, const char *title, int64_t id)
{
	char name[MAX_ID + 1];
	size_t n = 0;
	const char *made;

	for (const char *p = title; *p != '\0' && n < 40; p++) {
		bool letter = (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9');

		if (letter || (*p >= 'A' && *p <= 'Z'))
			name[n++] = letter ? *p : (char)(*p - 'A' + 'a');
		else if (n > 0 && name[n - 1] != '-')
			name[n++] = '-';
	}
	while (n > 0 && name[n - 1] == '-')
		n--;
	name[n] = '\0';
	/* a name of digits alone would read as a concept */
	made = name[strspn(name, "0123456789-")] == '\0'
		       ? arena_textf(c->r.arena, "set-%lld", (long long)id)
		       : arena_text(c->r.arena, name);
	for (unsigned i = 0; made != NULL && name_taken(c, made); i++)
		made = i == 0 ? arena_textf(c->r.arena, "%.40s-%lld", name, (long long)id)
			      : arena_textf(c->r.arena, "%.40s-%lld-%u", name, (long long)id, i);
	if (made == NULL)
		c->r.pen.failed = true;
	return made == NULL ? "" : made;
}

static void add_set(struct circe *c, const struct spot *at)
{
	static const char *const keys[] = { "id", "name", "expression", NULL };
	static const char *const expression_keys[] = { "items", NULL };
	struct spot id = spot_key(at, "id"), name = spot_key(at, "name"),
		    expression = spot_key(at, "expression"), items = spot_key(&expression, "items");
	struct codeset set = { .plain = true, .title = "" };

	if (!spot_keys(&c->r, at, keys) || !spot_int(&c->r, &id, &set.id) ||
		!spot_keys(&c->r, &expression, expression_keys) || !spot_list(&c->r, &items))
		return;
	for (size_t i = 0; i < c->n_sets; i++)
		if (c->sets[i].id == set.id) {
			spot_refuse(&c->r, &id, "V111", "another concept set has this id",
				"另一概念集已使用此编号");
			return;
		}
	if (json_is_string(name.at))
		set.title = json_string_value(name.at);
	set.codes = draft_list(&c->r.pen);
	for (size_t i = 0; i < json_array_size(items.at) && !pen_failed(&c->r.pen); i++) {
		struct spot item = spot_index(&items, i);

		add_item(c, &item, &set);
	}
	set.name = set_name(c, set.title, set.id);
	c->sets[c->n_sets++] = set;
}

void circe_sets(struct circe *c, const struct spot *list)
{
	if (list->at == NULL || !spot_list(&c->r, list))
		return;
	if (json_array_size(list->at) > MAX_SETS) {
		spot_refuse(&c->r, list, "V112", "more than %d concept sets", "概念集超过 %d 个",
			MAX_SETS);
		return;
	}
	c->sets = arena_array(c->r.arena, json_array_size(list->at) + 1, sizeof(*c->sets));
	if (c->sets == NULL)
		c->r.pen.failed = true;
	for (size_t i = 0; i < json_array_size(list->at) && !pen_failed(&c->r.pen); i++) {
		struct spot set = spot_index(list, i);

		add_set(c, &set);
	}
}

struct codeset *circe_set(struct circe *c, int64_t id)
{
	for (size_t i = 0; i < c->n_sets; i++)
		if (c->sets[i].id == id)
			return &c->sets[i];
	return NULL;
}

struct draft *circe_set_use(struct circe *c, const struct codeset *set)
{
	struct draft *list = draft_list(&c->r.pen);

	draft_add(&c->r.pen, list, NULL, draft_text(&c->r.pen, "set:%s", set->name));
	return list;
}

/* What was read and then left out, since it holds for everybody or nobody, names none. */
static bool names(const struct draft *d, const char *set)
{
	if (d->kind == DRAFT_TEXT)
		return strncmp(d->text, "set:", 4) == 0 && strcmp(d->text + 4, set) == 0;
	for (const struct draft *c = d->first; c != NULL; c = c->next)
		if (names(c, set))
			return true;
	return false;
}

struct draft *circe_sets_draft(struct circe *c, const struct draft *cohort)
{
	struct draft *map = draft_map(&c->r.pen);

	for (size_t i = 0; i < c->n_sets; i++) {
		struct codeset *set = &c->sets[i];

		if (set->in == 0 || !names(cohort, set->name))
			continue;
		draft_add(&c->r.pen, map, set->name, set->codes);
		if (set->title[0] != '\0' && strcmp(set->title, set->name) != 0)
			draft_comment(&c->r.pen, set->codes, "%s", set->title);
	}
	return map->count == 0 ? NULL : map;
}

struct draft *circe_concepts(struct circe *c, const struct spot *at, bool out)
{
	struct draft *list = draft_list(&c->r.pen);
	int64_t id;

	if (!spot_list(&c->r, at))
		return NULL;
	for (size_t i = 0; i < json_array_size(at->at); i++) {
		struct spot concept = spot_index(at, i);

		if (!concept_id(c, &concept, &id))
			return NULL;
		draft_add(&c->r.pen, list, NULL,
			draft_text(&c->r.pen, "%s%lld", out ? "-" : "", (long long)id));
	}
	return list;
}
