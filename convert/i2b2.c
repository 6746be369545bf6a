#include "convert/i2b2_in.h"

#include <string.h>

/* Query definitions of i2b2, panels of items. Panels of one visit hang on the first of them, as its index events: with
 * `index: each` a person belongs when one of those meets all the others. */

/* The items of a panel as members of an `any`: those of one kind that ask for nothing else are one criterion. */
static bool read_items(struct reading *r, const struct xml *panel, const struct panel *p,
	bool index, struct draft *list)
{
	struct draft *merged[EVENTS] = { NULL }, *d, *codes;
	struct item i;
	bool good = true, plain;

	for (const struct xml *x = panel->first; x != NULL && !pen_failed(&r->pen); x = x->next) {
		if (strcmp(x->name, "item") != 0)
			continue;
		if (!i2b2_item(r, x, &i)) {
			good = false;
			continue;
		}
		plain = i.path.sort == SORT_EVENT && i.value == NULL && i.from == NULL &&
			i.to == NULL;
		if (plain && merged[i.path.kind] != NULL) {
			draft_add(&r->pen, merged[i.path.kind], NULL, i2b2_code(r, &i.path));
			continue;
		}
		codes = draft_list(&r->pen);
		if (i.path.sort == SORT_EVENT)
			draft_add(&r->pen, codes, NULL, i2b2_code(r, &i.path));
		if (plain)
			merged[i.path.kind] = codes;
		d = i2b2_draft(r, &i, p, codes, index);
		if (d == NULL)
			good = false;
		else
			draft_add(&r->pen, list, NULL, d);
	}
	return good;
}

/* ---- panels ---- */

static bool read_timing(struct reading *r, const struct xml *x, bool *same_visit)
{
	if (x == NULL || x->text[0] == '\0' || strcmp(x->text, "ANY") == 0) {
		*same_visit = false;
		return true;
	}
	*same_visit = strcmp(x->text, "SAMEVISIT") == 0;
	if (*same_visit)
		return true;
	xml_refuse(r, x, "V184",
		"timing is ANY or SAMEVISIT here: facts of one instance cannot be said",
		"此处时间关系应为 ANY 或 SAMEVISIT；无法表达同一记录实例");
	return false;
}

static bool read_panel_head(
	struct reading *r, const struct xml *x, bool same_visit, struct panel *out)
{
	static const char *const names[] = { "panel_number", "panel_accuracy_scale", "invert",
		"panel_timing", "panel_date_from", "panel_date_to", "total_item_occurrences",
		"item", "name", NULL };
	const struct xml *invert = xml_get(x, "invert"), *timing = xml_get(x, "panel_timing"),
			 *times = xml_get(x, "total_item_occurrences");

	*out = (struct panel){ .times = 1, .same_visit = same_visit };
	out->inverted = invert != NULL && strcmp(invert->text, "1") == 0;
	if (invert != NULL && !out->inverted && invert->text[0] != '\0' &&
		strcmp(invert->text, "0") != 0) {
		xml_refuse(r, invert, "V190", "0 or 1 belongs here", "此处应为 0 或 1");
		return false;
	}
	if (!i2b2_known(r, x, names) ||
		(timing != NULL && !read_timing(r, timing, &out->same_visit)) ||
		!i2b2_day(r, xml_get(x, "panel_date_from"), &out->from) ||
		!i2b2_day(r, xml_get(x, "panel_date_to"), &out->to))
		return false;
	/* a panel of one visit in a query of any visit hangs on nothing */
	out->same_visit = out->same_visit && same_visit;
	if (times == NULL || times->text[0] == '\0' ||
		(parse_i64(times->text, &out->times) && out->times >= 1 && out->times <= MAX_TIMES))
		return true;
	xml_refuse(r, times, "V109", "the number of occurrences is 1 to %d", "出现次数应为 1 至 %d",
		MAX_TIMES);
	return false;
}

static void add_visit(struct reading *r, struct draft *list)
{
	for (struct draft *d = list->first; d != NULL; d = d->next) {
		draft_add(&r->pen, d, "same_visit", draft_text(&r->pen, "yes"));
		draft_add(&r->pen, d, "inside_observation", draft_text(&r->pen, "no"));
	}
}

static bool add_times(
	struct reading *r, const struct xml *x, const struct panel *p, struct draft *list)
{
	struct draft *times;

	if (p->times == 1)
		return true;
	if (list->count != 1 || draft_get(list->first, "age") != NULL ||
		draft_get(list->first, "sex") != NULL) {
		xml_refuse(r, x, "V185",
			"occurrences are counted over items of one kind without dates and values "
			"of their own",
			"次数只能针对同一类且无单独日期和数值条件的条目统计");
		return false;
	}
	times = draft_map(&r->pen);
	draft_add(&r->pen, times, "at_least", draft_text(&r->pen, "%lld", (long long)p->times));
	draft_add(&r->pen, list->first, "times", times);
	return true;
}

struct query {
	struct draft *entry, *all, *none;
	bool same_visit;
};

static bool only_events(const struct draft *list)
{
	for (const struct draft *d = list->first; d != NULL; d = d->next)
		if (draft_get(d, "age") != NULL || draft_get(d, "sex") != NULL)
			return false;
	return true;
}

static bool read_panel(struct reading *r, const struct xml *x, struct query *q)
{
	struct draft *list = draft_list(&r->pen);
	struct panel p;

	if (!read_panel_head(r, x, q->same_visit, &p) || !read_items(r, x, &p, q->same_visit, list))
		return false;
	if (list->count == 0) {
		xml_refuse(r, x, "V161", "the panel has no item", "面板没有条目");
		return false;
	}
	if (p.same_visit && !only_events(list)) {
		xml_refuse(r, x, "V186", "age and gender belong to no visit",
			"年龄与性别不属于任何一次就诊");
		return false;
	}
	if (p.same_visit && !p.inverted && q->entry == NULL && p.times == 1) {
		q->entry = list->count == 1 ? list->first : list;
		return true;
	}
	if (p.same_visit)
		add_visit(r, list);
	if (!add_times(r, x, &p, list))
		return false;
	draft_add(&r->pen, p.inverted ? q->none : q->all, NULL,
		list->count == 1 ? list->first : draft_pair(&r->pen, "any", list));
	return true;
}

static struct draft *query_draft(struct reading *r, const struct query *q)
{
	struct draft *map = draft_map(&r->pen);

	if (q->entry != NULL) {
		draft_add(&r->pen, map, "entry", q->entry);
		draft_add(&r->pen, map, "index", draft_text(&r->pen, "each"));
	}
	if (q->all->count > 0)
		draft_add(&r->pen, map, "all", q->all);
	if (q->none->count > 0)
		draft_add(&r->pen, map, "none", q->none);
	return map;
}

static struct draft *read_panels(struct reading *r, const struct xml *x)
{
	static const char *const names[] = { "query_name", "query_description", "query_id",
		"query_timing", "specificity_scale", "use_shrine", "panel", NULL };
	struct query q = { .all = draft_list(&r->pen), .none = draft_list(&r->pen) };
	bool good = i2b2_known(r, x, names);

	good = read_timing(r, xml_get(x, "query_timing"), &q.same_visit) && good;
	for (const struct xml *c = x->first; c != NULL && !pen_failed(&r->pen); c = c->next)
		if (strcmp(c->name, "panel") == 0)
			good = read_panel(r, c, &q) && good;
	if (good && q.same_visit && q.entry == NULL) {
		xml_refuse(r, x, "V187",
			"of the panels of one visit one must be neither inverted nor counted",
			"同次就诊的面板中，至少一个不得取反或计次");
		good = false;
	}
	if (good && q.entry == NULL && q.all->count == 0 && q.none->count == 0) {
		xml_refuse(r, x, "V161", "the query has no panel", "查询没有面板");
		good = false;
	}
	return good ? query_draft(r, &q) : NULL;
}

/* No second definition stands in the document, which would be passed over. */
static bool alone(struct reading *r, const struct xml *x, const struct xml *query)
{
	for (const struct xml *c = x->first; c != NULL; c = c->next) {
		if (c != query && strcmp(c->name, query->name) == 0) {
			xml_refuse(r, c, "V173", "'%.60s' stands here twice", "“%.60s”重复出现",
				c->name);
			return false;
		}
		if (!alone(r, c, query))
			return false;
	}
	return true;
}

struct draft *i2b2_read(struct reading *r, const char *bytes, size_t len)
{
	struct xml *root = xml_read(r->file, bytes, len, r->arena, r->ds), *query;

	if (root == NULL)
		return NULL;
	query = xml_find(root, "query_definition");
	if (query != NULL)
		return alone(r, root, query) ? read_panels(r, query) : NULL;
	query = xml_find(root, "queryDefinition");
	if (query != NULL)
		return alone(r, root, query) ? shrine_read(r, query) : NULL;
	xml_refuse(r, root, "V189", "there is no query_definition in this document",
		"文档中没有 query_definition");
	return NULL;
}
