#include "policies/build.h"

#include <string.h>

#include "base/shape.h"
#include "base/text.h"
#include "policies/shapes.h"
#include "policies/systems.h"

/*
 * One column of the red list. What it may be used for is decided here once: its own line, then the
 * ceilings of the presets (presets.c).
 */

bool label_valid(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > MAX_ID || s[0] == ' ' || s[len - 1] == ' ')
		return false;
	for (size_t i = 0; i < len;) {
		uint32_t cp;
		size_t used = utf8_next(s + i, len - i, &cp);

		if (used == 0 || utf8_hidden(cp) || utf8_twin(cp))
			return false;
		i += used;
	}
	return true;
}

static void check_label(struct reading *rd, const struct node *n)
{
	if (strcmp(n->key, "other") == 0)
		diag_error(rd->ds, "P222", n->key_at,
			"label 'other' is taken: it is what every remaining code becomes",
			"标签“other”已被占用：未列出的编码都归入 other");
	else if (!label_valid(n->key))
		diag_error(rd->ds, "P222", n->key_at,
			"label '%s' is too long or has spaces at its ends, hidden characters, or "
			"ones that look like others (radicals, combining marks, odd blanks); type "
			"it anew",
			"标签“%"
			"s”过长、首尾有空格、含不可见字符或易混淆字符（部首、组合符号、特殊空格），"
			"请重新键入",
			n->key);
}

static void check_code_once(struct reading *rd, const struct column *c, unsigned upto,
	const struct category *last, struct place at)
{
	for (unsigned i = 0; i < upto; i++)
		for (unsigned j = 0; j < c->categories[i].n_codes; j++)
			for (unsigned k = 0; k < last->n_codes; k++)
				if (c->categories[i].codes[j] == last->codes[k]) {
					diag_error(rd->ds, "P218", at,
						"code %lld is in two categories, '%s' and '%s'",
						"编码 %lld 同时属于两个类别：“%s”和“%s”",
						(long long)last->codes[k], c->categories[i].label,
						last->label);
					return;
				}
}

/* Of texts as well; and a column holds numbers or texts. */
static void check_text_once(struct reading *rd, const struct column *c, unsigned upto,
	const struct category *last, const struct node *n)
{
	for (unsigned i = 0; i < upto; i++) {
		const struct category *k = &c->categories[i];

		if ((k->n_texts > 0 && last->n_codes > 0) ||
			(k->n_codes > 0 && last->n_texts > 0)) {
			diag_error(rd->ds, "P218", n->key_at,
				"a column's categories are all of numbers or all of texts; '1' in "
				"quotes "
				"is a text",
				"同一字段的类别须全为数字或全为文字；加引号的 '1' 是文字");
			return;
		}
		for (unsigned j = 0; j < k->n_texts; j++)
			for (unsigned m = 0; m < last->n_texts; m++)
				if (strcmp(k->texts[j], last->texts[m]) == 0)
					diag_error(rd->ds, "P218", n->key_at,
						"code %s is in two categories, '%s' and '%s'",
						"编码 %s 同时属于两个类别：“%s”和“%s”",
						last->texts[m], k->label, last->label);
	}
}

static bool is_number(const struct node *n)
{
	int64_t v;

	return n->kind == NODE_TEXT && !n->quoted && parse_i64(n->text, &v);
}

/* Numbers, or texts: M, 'M', '1'. */
static bool read_category(struct reading *rd, struct category *cat, const struct node *list)
{
	bool numbers = true;

	NODE_EACH(n, list)
		numbers = numbers && is_number(n);
	if (numbers) {
		cat->codes = read_ints(rd, list, &cat->n_codes);
		return cat->codes != NULL;
	}
	NODE_EACH(n, list)
		if (is_number(n))
			diag_error(rd->ds, "P218", n->at,
				"a column's categories are all of numbers or all of texts; '1' in "
				"quotes "
				"is a text",
				"同一字段的类别须全为数字或全为文字；加引号的 '1' 是文字");
	cat->texts = read_texts(rd, list, &cat->n_texts);
	return cat->texts != NULL;
}

static void build_categories(struct reading *rd, struct column *c, const struct node *map)
{
	c->categories = make(rd, children(map), sizeof(*c->categories));
	if (c->categories == NULL || map->kind != NODE_MAP)
		return;
	NODE_EACH(n, map) {
		struct category *cat = &c->categories[c->n_categories];

		check_label(rd, n);
		cat->label = n->key;
		if (!read_category(rd, cat, n))
			return;
		check_code_once(rd, c, c->n_categories, cat, n->key_at);
		check_text_once(rd, c, c->n_categories, cat, n);
		c->n_categories++;
	}
	if (c->n_categories == 0 || c->n_categories >= MAX_LABELS)
		diag_error(rd->ds, "P219", map->at,
			"categories need at least one label and at most %d",
			"categories 至少一个标签，最多 %d 个", (int)MAX_LABELS - 1);
}

static void build_bands(struct reading *rd, struct column *c, const struct node *list)
{
	c->bands = read_ints(rd, list, &c->n_bands);
	if (c->bands == NULL)
		return;
	for (unsigned i = 1; i < c->n_bands; i++)
		if (c->bands[i] <= c->bands[i - 1]) {
			diag_error(rd->ds, "P206", list->at,
				"bands must rise: %lld comes after %lld",
				"各段起点必须递增：%lld 排在 %lld 之后", (long long)c->bands[i],
				(long long)c->bands[i - 1]);
			return;
		}
	if (list->count == 0 || c->n_bands >= MAX_LABELS)
		diag_error(rd->ds, "P219", list->at, "bands need at least one edge and at most %d",
			"bands 至少一个起点，最多 %d 个", (int)MAX_LABELS - 1);
	else if (c->as_age && c->n_bands > 0 && (c->bands[0] < 0 || c->bands[c->n_bands - 1] > 150))
		diag_error(rd->ds, "P219", list->at, "ages go from 0 to 150",
			"年龄应在 0 至 150 之间");
}

static void build_truncate(struct reading *rd, struct column *c, const struct node *n)
{
	int t = word_index(get(n, "truncate"), words_truncate);
	const struct node *range = node_get(n, "range");

	c->truncate = t < 0 ? TRUNCATE_YEAR : (enum truncate)t;
	c->from = c->to = 0;
	if (range == NULL)
		diag_error(rd->ds, "P112", n->key_at, "required key 'range' is missing in %s",
			"缺少必填项“range”（位于 %s）", c->name);
	else if (!node_span(range, &c->from, &c->to))
		c->from = 1, c->to = 0; /* said by its shape; an empty range until then */
}

static const struct {
	const char *key;
	enum generalise gen;
} generalisations[] = { { "bands", GEN_BANDS }, { "truncate", GEN_TRUNCATE },
	{ "categories", GEN_CATEGORIES }, { "geo", GEN_GEO }, { "values", GEN_VALUES },
	{ "cuts", GEN_CUTS }, { "codes", GEN_CODES } };

enum {
	GENERALISATIONS = 7,
	GROUPING = 4
};

/* Picks the one generalisation; counts those that form groups apart from the lists of a filter. */
static const struct node *pick_generalisation(
	const struct node *n, struct column *c, unsigned *grouping, unsigned *all)
{
	const struct node *picked = NULL;

	*grouping = *all = 0;
	for (unsigned i = 0; i < GENERALISATIONS; i++) {
		const struct node *v = node_get(n, generalisations[i].key);

		/* codes says which system the values are in; for a filter it may also be all */
		if (v == NULL ||
			(generalisations[i].gen == GEN_CODES &&
				(picked != NULL || !(c->uses & USE_FILTER))) ||
			(generalisations[i].gen == GEN_CUTS && !(c->uses & USE_FILTER)))
			continue;
		(*all)++;
		*grouping += i < GROUPING;
		if (picked == NULL) {
			picked = v;
			c->gen = generalisations[i].gen;
			c->gen_at = v->at;
		}
	}
	return picked;
}

static void check_generalisation(
	struct reading *rd, const struct column *c, unsigned grouping, unsigned all)
{
	if ((c->uses & USE_GROUP) && (grouping != 1 || all != 1)) {
		if (grouping == 0)
			diag_error(rd->ds, "P205", c->at,
				"group column '%s' needs exactly one of bands, truncate, geo, "
				"categories; "
				"it has none",
				"分组字段“%s”需且仅需 bands、truncate、geo、categories "
				"之一，此处没有",
				c->name);
		else
			diag_error(rd->ds, "P205", c->at,
				"group column '%s' needs exactly one of bands, truncate, geo, "
				"categories "
				"and nothing else; it has %u",
				"分组字段“%s”需且仅需 bands、truncate、geo、categories "
				"之一，此处有 %u 个",
				c->name, all);
	} else if ((c->uses & USE_FILTER) && all != 1) {
		diag_error(rd->ds, "P205", c->at,
			"filter column '%s' needs exactly one of values, codes, cuts, bands, "
			"truncate, categories; it has %u",
			"筛选字段“%s”需且仅需 values、codes、cuts、bands、truncate、categories "
			"之一，此处有 %u 个",
			c->name, all);
	}
}

static void check_areas(struct reading *rd, struct column *c, const struct node *areas)
{
	NODE_EACH(n, areas) {
		const char *area = node_text(n);
		bool twice = false;

		if (area == NULL || n->empty)
			continue;
		if (!geo_valid(c->geo, c->keep, area)) {
			diag_error(rd->ds, "P229", n->at, "'%s' is no %s area of %u characters",
				"“%s”不是 %s 的 %u 位地区代码", area, words_geo[c->geo], c->keep);
			continue;
		}
		for (unsigned i = 0; i < c->n_areas; i++)
			twice = twice || strcmp(c->areas[i], area) == 0;
		if (twice)
			diag_error(rd->ds, "P229", n->at, "area '%s' appears twice",
				"地区“%s”出现了两次", area);
		else if (c->n_areas < MAX_LABELS - 1)
			c->areas[c->n_areas++] = area;
	}
	if (areas->count == 0 || areas->count > MAX_LABELS - 1)
		diag_error(rd->ds, "P219", areas->at, "areas need at least one code and at most %d",
			"areas 至少一个地区，最多 %d 个", (int)MAX_LABELS - 1);
}

/* geo: {system, keep, areas}. The areas are a closed list, so that nothing shows where people live but
 * the counts. */
static void build_geo(struct reading *rd, struct column *c, const struct node *map)
{
	const struct node *areas = node_get(map, "areas"), *keep = node_get(map, "keep");
	int system = word_index(get(map, "system"), words_geo);

	if (c->uses & USE_FILTER)
		diag_error(rd->ds, "P229", map->at,
			"column '%s': geo forms groups, no conditions; write use: group",
			"字段“%s”：geo 只用于分组，不能作筛选条件；请写 use: group", c->name);
	if (system < 0 || node_text(keep) == NULL)
		return; /* said by its shape */
	c->geo = (enum geo_system)system;
	c->keep = (unsigned)node_int(keep, 0);
	if (!geo_keeps(c->geo, c->keep)) {
		diag_error(rd->ds, "P229", keep->at, "%s areas keep %s characters, not %u",
			"%s 地区可保留 %s 位，不能是 %u 位", words_geo[c->geo],
			c->geo == GEO_GB2260 ? "2, 4, 6"
			: c->geo == GEO_ZIP  ? "1-5"
					     : "2-5",
			c->keep);
		return;
	}
	if (areas == NULL || areas->kind != NODE_LIST)
		return;
	c->areas = make(rd, areas->count, sizeof(*c->areas));
	if (c->areas != NULL)
		check_areas(rd, c, areas);
}

/* codes: SYSTEM, or model: what the dataset's model says (model_link.c). */
static void build_system(struct reading *rd, struct column *c, const struct node *codes)
{
	int i = word_index(node_text(codes), words_codes);

	if (i < 0)
		c->unclear = c->unclear || codes != NULL;
	else if (words_system[i] != NULL)
		c->system = (enum code_system)(SYSTEM_OMOP + i);
	if (i > 0 && ((c->uses & (USE_GROUP | USE_MEASURE)) ||
			     ((c->uses & USE_FILTER) && c->gen != GEN_CODES)))
		diag_error(rd->ds, "P228", codes->at,
			"column '%s' holds codes as text: it can be a filter with no other key, so "
			"that "
			"questions name its codes, or a link, so that rows with sensitive codes "
			"are "
			"removed by it",
			"字段“%s”存放文本编码：只能写 use: "
			"filter（不加其他归并方式，供查询写出编码）或 use: "
			"link（代理据此剔除带敏感编码的记录）",
			c->name);
}

static void build_cuts(struct reading *rd, struct column *c, const struct node *list)
{
	c->cuts = read_decimals(rd, list, &c->n_cuts);
	if (c->cuts == NULL)
		return;
	for (unsigned i = 1; i < c->n_cuts; i++)
		if (c->cuts[i] <= c->cuts[i - 1]) {
			diag_error(rd->ds, "P215", list->at, "cuts must rise", "切点必须递增");
			return;
		}
	if (list->count == 0 || c->n_cuts >= MAX_LABELS)
		diag_error(rd->ds, "P219", list->at, "cuts need at least one number and at most %d",
			"cuts 至少一个数，最多 %d 个", (int)MAX_LABELS - 1);
}

static void build_generalisation(struct reading *rd, struct column *c, const struct node *n)
{
	unsigned grouping, all;
	const struct node *picked = pick_generalisation(n, c, &grouping, &all);

	check_generalisation(rd, c, grouping, all);
	if (node_get(n, "cuts") != NULL && !(c->uses & USE_FILTER))
		diag_error(rd->ds, "P215", node_get(n, "cuts")->at,
			"cuts of column '%s' are for conditions: write use: filter, or [filter, "
			"measure]; those of a measure stand under measures",
			"字段“%s”的 cuts 用于筛选，请写 use: filter 或 [filter, "
			"measure]；指标的切点写在 measures 中",
			c->name);
	if (c->as_age && c->gen != GEN_BANDS)
		diag_error(rd->ds, "P217", c->at, "'as: age' on column '%s' needs bands",
			"字段“%s”写了 as: age，须同时给出 bands", c->name);
	build_system(rd, c, node_get(n, "codes"));
	if (picked == NULL)
		return;
	if (c->gen == GEN_GEO)
		build_geo(rd, c, picked);
	if (c->gen == GEN_BANDS)
		build_bands(rd, c, picked);
	else if (c->gen == GEN_TRUNCATE)
		build_truncate(rd, c, n);
	else if (c->gen == GEN_CATEGORIES)
		build_categories(rd, c, picked);
	else if (c->gen == GEN_VALUES)
		c->values = read_ints(rd, picked, &c->n_values);
	else if (c->gen == GEN_CUTS)
		build_cuts(rd, c, picked);
}

static void check_uses(struct reading *rd, struct column *c, const struct node *use)
{
	unsigned count = (unsigned)__builtin_popcount(c->uses);

	bool pair = c->uses == (USE_GROUP | USE_MEASURE) || c->uses == (USE_FILTER | USE_MEASURE);

	if (count > 1 && !pair)
		diag_error(rd->ds, "P223", use->at,
			"a column has one use, or a pair: [group, measure] or [filter, measure]",
			"一个字段只能有一种用途，或写成 [group, measure]、[filter, measure]");
	c->unclear = count == 0;
	if (count != 1 && !pair)
		c->uses = USE_FORBIDDEN; /* so that later checks see no more than was understood */
}

static void check_reasons(struct reading *rd, const struct column *c)
{
	if (c->category == NULL && !rd->preset_unknown &&
		(c->uses & (USE_FILTER | USE_GROUP | USE_MEASURE)))
		diag_error(rd->ds, "P204", c->at, "column '%s' has no category", "字段“%s”未写类别",
			c->name);
	if (c->uses == USE_FORBIDDEN && !c->unclear && c->why.en == NULL && c->category == NULL &&
		!rd->preset_unknown)
		diag_error(rd->ds, "P204", c->at,
			"forbidden column '%s' needs a reason (why) or a category",
			"禁止字段“%s”须写明理由（why）或类别", c->name);
}

void build_column(struct reading *rd, const struct table *t, struct column *c, const struct node *n)
{
	const struct node *use = node_get(n, "use");
	int category = word_index(get(n, "category"), words_category);

	c->column = n->key;
	c->name = arena_textf(rd->a, "%s.%s", t->name, n->key);
	if (c->name == NULL) {
		rd->out_of_memory = true;
		c->name = n->key;
	}
	c->alias = get(n, "name");
	c->table = t;
	c->uses = read_uses(use);
	c->category = category < 0 ? NULL : words_category[category];
	c->as_age = get(n, "as") != NULL;
	c->why = title_of(node_get(n, "why"));
	c->until = DAY_NONE;
	c->at = n->key_at;
	c->use_at = place_of(use, n);
	c->gen_at = c->at;
	check_uses(rd, c, use == NULL ? n : use);
	build_generalisation(rd, c, n);
	apply_ceilings(rd, c);
	check_reasons(rd, c);
}
