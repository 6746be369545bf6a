#include "policies/model_in.h"

#include <string.h>

#include "base/shape.h"
#include "base/text.h"
#include "policies/shapes.h"
#include "policies/systems.h"

/*
 * The events of a model: kind, table, columns.
 */

static void memory_ended(struct diags *ds, const struct node *n)
{
	diag_error(ds, "P139", n->at, "out of memory", "内存不足");
}

void model_table(const struct node *table, struct diags *ds)
{
	const char *name = node_text(table), *dot = name == NULL ? NULL : strchr(name, '.');

	if (name == NULL || table->empty)
		return;
	if (dot == NULL || dot == name || dot[1] == '\0' || strchr(dot + 1, '.') != NULL)
		diag_error(ds, "P140", table->at, "'%s' must be written schema.table",
			"“%s”须写成 模式.表", name);
}

enum code_system model_system(const struct node *n, const char *word, struct diags *ds)
{
	const char *near;
	int i = word_index(word, words_system);

	if (i >= 0)
		return (enum code_system)(SYSTEM_OMOP + i);
	near = word == NULL ? NULL : text_nearest(word, words_system, word_count(words_system));
	diag_error(ds, "P113", word == n->key && word != NULL ? n->key_at : n->at,
		"'%s' is no code system; did you mean '%s'?", "“%s”不是编码系统，是否应为“%s”？",
		word == NULL ? "" : word, near == NULL ? "icd10" : near);
	return SYSTEM_NONE;
}

/* {icd10: 'ICD10CM:', loinc: 'LOINC:'}: one prefix may not begin another, or a code of one system would be
 * found as one of the other. */
static void read_prefixes(
	struct model_event *e, const struct node *map, struct arena *a, struct diags *ds)
{
	unsigned n = 0;

	NODE_EACH(c, map) {
		enum code_system s = model_system(c, c->key, ds);
		const char *prefix = node_text(c) == NULL ? NULL : system_normal(a, node_text(c));

		if (s == SYSTEM_NONE)
			continue;
		if (s == SYSTEM_OMOP || node_text(c) == NULL) {
			diag_error(ds, "P141", c->at,
				"here stands a text that comes before the codes of a text column, "
				"as "
				"'ICD10CM:'",
				"此处应写文本字段中编码之前的文字，如 'ICD10CM:'");
			continue;
		}
		if (prefix == NULL) {
			memory_ended(ds, c);
			return;
		}
		for (enum code_system o = SYSTEM_NONE; o < SYSTEMS; o++)
			if (e->prefix[o] != NULL &&
				(strncmp(e->prefix[o], prefix, strlen(prefix)) == 0 ||
					strncmp(e->prefix[o], prefix, strlen(e->prefix[o])) == 0))
				diag_error(ds, "P141", c->at,
					"'%s' cannot be told from what stands before the codes of "
					"%s",
					"“%s”与 %s 编码之前的文字无法区分", node_text(c),
					words_system[o - SYSTEM_OMOP]);
		e->prefix[s] = prefix;
		e->system = s;
		n++;
	}
	if (n != 1)
		e->system = SYSTEM_NONE;
	if (map->count == 0)
		diag_error(
			ds, "P141", map->at, "name at least one code system", "至少写一个编码系统");
}

static void read_codes_of(
	struct model_event *e, const struct node *codes, struct arena *a, struct diags *ds)
{
	e->system = SYSTEM_OMOP;
	if (codes == NULL || codes->empty)
		return;
	if (codes->kind == NODE_MAP) {
		read_prefixes(e, codes, a, ds);
		return;
	}
	if (codes->kind != NODE_TEXT) {
		diag_error(ds, "P116", codes->at, "codes: a code system, or a map of them",
			"codes 应为一个编码系统，或编码系统的映射");
		return;
	}
	e->system = model_system(codes, node_text(codes), ds);
	if (e->system > SYSTEM_OMOP)
		e->prefix[e->system] = "";
}

static void read_kinds_of(
	struct model_event *e, const struct node *kinds, struct arena *a, struct diags *ds)
{
	const struct node *list = kinds == NULL ? NULL : kinds->first;

	if (list == NULL)
		return;
	if (kinds->count != 1 || list->count == 0)
		diag_error(ds, "P141", kinds->at,
			"kinds: one column and a list of at least one value, as {code: "
			"['LOINC:*']}",
			"kinds 应为一个字段及至少一个值，如 {code: ['LOINC:*']}");
	e->kind_column = list->key;
	e->kinds = arena_array(a, list->count, sizeof(*e->kinds));
	if (e->kinds == NULL) {
		memory_ended(ds, list);
		return;
	}
	NODE_EACH(c, list) {
		const char *s = node_text(c), *star = s == NULL ? NULL : strchr(s, '*');

		if (s == NULL || *s == '\0' || star == s || (star != NULL && star[1] != '\0'))
			diag_error(ds, "P141", c->at,
				"a kind is a value of the column, or what it begins with and '*' "
				"at the "
				"end",
				"取值应为字段的值，或其开头部分加末尾的“*”");
		else
			e->kinds[e->n_kinds++] = s;
	}
}

/* The file's shape has no others; LOW, HIGH, VISIT and PROVIDER are made of other columns. */
static void read_attributes(struct model_event *e, const struct node *map)
{
	for (unsigned k = 0; k < ATTRIBUTES; k++)
		if (k != ATTR_VISIT && k != ATTR_PROVIDER && k != ATTR_LOW && k != ATTR_HIGH)
			e->attributes[k] = node_text(node_get(map, attribute_name(k)));
}

static void read_event(
	struct model *m, enum event_kind k, const struct node *n, struct arena *a, struct diags *ds)
{
	struct model_event *e = &m->events[k];
	const struct node *codes = node_get(n, "codes"), *provider = node_get(n, "provider");

	*e = (struct model_event){ .table = node_text(node_get(n, "table")),
		.concept = node_text(node_get(n, "concept")),
		.start = node_text(node_get(n, "start")),
		.end = node_text(node_get(n, "end")),
		.end_days = node_text(node_get(n, "end_days")),
		.lasts = (int32_t)node_int(node_get(n, "lasts"), 1),
		.value = node_text(node_get(n, "value")),
		.id = node_text(node_get(n, "id")),
		.visit = node_text(node_get(n, "visit")),
		.provider = node_text(provider) };
	model_table(node_get(n, "table"), ds);
	read_codes_of(e, codes, a, ds);
	read_kinds_of(e, node_get(n, "kinds"), a, ds);
	read_attributes(e, node_get(n, "attributes"));
	if (codes != NULL && e->concept == NULL)
		diag_error(ds, "P141", codes->at,
			"codes without a concept: the column that has them",
			"有 codes 而无 concept，即编码所在字段");
	if (provider != NULL && m->providers.table == NULL)
		diag_error(ds, "P141", provider->at,
			"provider needs providers: the table of those who provide care",
			"有 provider 而无 providers，即医护人员表");
	if (k == EVENT_VISIT && e->id == NULL)
		e->id = e->visit;
	if (k == EVENT_VISIT && e->visit == NULL)
		e->visit = e->id;
}

/* What a column holds, all kinds of events of its table together: one column has concept ids or texts, and one
 * prefix a system. */
static void join_prefixes(
	struct model *m, unsigned k, const struct node *at, struct arena *a, struct diags *ds)
{
	struct model_event *e = &m->events[k];

	if (e->table == NULL || e->concept == NULL)
		return;
	for (unsigned o = 0; o < k; o++) {
		struct model_event *other = &m->events[o];

		if (other->table == NULL || other->concept == NULL ||
			strcmp(other->table, e->table) != 0 ||
			strcmp(other->concept, e->concept) != 0)
			continue;
		if ((other->system == SYSTEM_OMOP) != (e->system == SYSTEM_OMOP))
			diag_error(ds, "P141", at->at,
				"column '%s' cannot hold both OMOP concepts and texts",
				"字段“%s”不能既存 OMOP 概念又存文本编码", e->concept);
		else
			e->all = other->all;
		break;
	}
	if (e->system == SYSTEM_OMOP)
		return;
	if (e->all == NULL)
		e->all = arena_array(a, SYSTEMS, sizeof(*e->all));
	if (e->all == NULL) {
		memory_ended(ds, at);
		return;
	}
	for (unsigned s = 0; s < SYSTEMS; s++) {
		if (e->prefix[s] == NULL)
			continue;
		if (e->all[s] != NULL && strcmp(e->all[s], e->prefix[s]) != 0)
			diag_error(ds, "P141", at->at,
				"column '%s' has two prefixes of %s: '%s' and '%s'",
				"字段“%s”的 %s 编码有两种前缀：“%s”和“%s”", e->concept,
				words_system[s - SYSTEM_OMOP], e->all[s], e->prefix[s]);
		e->all[s] = e->prefix[s];
	}
}

void model_events(struct model *m, const struct node *events, struct arena *a, struct diags *ds)
{
	const char *names[EVENTS];

	for (unsigned k = 0; k < EVENTS; k++)
		names[k] = event_name(k);
	NODE_EACH(n, events) {
		enum event_kind k;
		const char *near;

		if (event_parse(n->key, &k)) {
			read_event(m, k, n, a, ds);
			continue;
		}
		near = text_nearest(n->key, names, EVENTS);
		diag_error(ds, "P111", n->key_at, "unknown kind of event '%s'; did you mean '%s'?",
			"未知事件类型“%s”，是否应为“%s”？", n->key, near == NULL ? names[0] : near);
	}
	for (unsigned k = 0; k < EVENTS; k++)
		join_prefixes(m, k, node_get(events, event_name(k)), a, ds);
}
