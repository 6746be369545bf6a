#include "policies/build.h"

#include <string.h>

#include "base/clock.h"
#include "base/shape.h"
#include "base/text.h"
#include "policies/embed.h"
#include "policies/say.h"
#include "policies/shapes.h"
#include "policies/systems.h"

/*
 * Presets: ceilings on categories, sensitive codes, categories of known columns. The strictest of
 * several wins; only a dated exception of the red list loosens one, for one column.
 */

static void read_keep(unsigned keep[GEO_SYSTEMS], const struct node *map)
{
	for (unsigned g = 0; g < GEO_SYSTEMS; g++)
		keep[g] = (unsigned)node_int(node_get(map, words_geo[g]), 0);
}

static void read_ceilings(
	struct reading *rd, const struct used_preset *preset, const struct node *map)
{
	NODE_EACH(n, map_of(map)) {
		struct ceiling *c;

		if (word_index(n->key, words_category) < 0) {
			report_unknown(rd, "P113", n->key_at, SAY("category", "类别"), n->key,
				words_category, word_count(words_category));
			continue;
		}
		c = make(rd, 1, sizeof(*c));
		if (c == NULL)
			return;
		*c = (struct ceiling){ .preset = preset->id,
			.category = n->key,
			.uses = read_uses(node_get(n, "use")),
			.truncate = word_index(get(n, "truncate"), words_truncate),
			.last_band = node_int(node_get(n, "last_band"), -1),
			.basis = basis_of(rd, preset, n),
			.next = rd->ceilings };
		read_keep(c->keep, node_get(n, "keep"));
		rd->ceilings = c;
	}
}

static void read_catalog(struct reading *rd, const struct node *map)
{
	NODE_EACH(n, map_of(map)) {
		struct catalog_entry *e = make(rd, 1, sizeof(*e));

		if (e == NULL)
			return;
		*e = (struct catalog_entry){ n->key, node_text(n), rd->catalog };
		rd->catalog = e;
	}
}

static void unknown_preset(struct reading *rd, const struct node *n, const char *text)
{
	const char *const *ids = shipped_preset_ids();
	const char *bare = strncmp(text, "presets/", 8) == 0 ? text + 8 : text;
	unsigned count = (unsigned)word_count(ids);
	const char *list = say_list(rd->a, ids, count, count);

	rd->preset_unknown = true;
	diag_error(rd->ds, "P133", n->at,
		"preset '%s' is not shipped with this version; write presets/NAME with one of: %s",
		"本版本没有预设“%s”；请写 presets/名称，可用的有：%s", bare, list);
}

static void read_preset(struct reading *rd, const struct node *n)
{
	const char *text = node_text(n);
	struct used_preset *used = &rd->presets[rd->n_presets];
	const struct shipped *s;
	struct node *root = NULL;

	if (text == NULL || n->empty)
		return;
	s = strncmp(text, "presets/", 8) == 0 ? shipped_preset(text + 8) : NULL;
	if (s == NULL) {
		unknown_preset(rd, n, text);
		return;
	}
	for (unsigned i = 0; i < rd->n_presets; i++)
		if (rd->presets[i].file == s) {
			report_twice(rd, n->at, text, n->at.line);
			return;
		}
	if (rd->n_presets == MAX_PRESETS) {
		diag_error(rd->ds, "P139", n->at, "a policy uses at most %d presets",
			"一个策略最多引用 %d 个预设", (int)MAX_PRESETS);
		return;
	}
	if (node_read(s->name, s->bytes, s->len, MAX_DEPTH, rd->a, rd->ds, &root) != 0 ||
		shape_check(root, &shape_preset, "preset", rd->ds) != 0)
		return;
	*used = (struct used_preset){ s, s->id, get(node_get(root, "preset"), "checked"),
		node_get(root, "codes") };
	rd->n_presets++;
	read_ceilings(rd, used, node_get(root, "ceilings"));
	read_catalog(rd, node_get(root, "catalog"));
	read_requirements(rd, used, node_get(root, "requires"));
}

/* Kept for people who ask why something is as it is; nothing decides by it. In front of `next`. */
static const struct column_limit *keep_limit(struct reading *rd, const struct ceiling *c,
	const struct loosening *l, const struct column_limit *next)
{
	struct column_limit *limit = make(rd, 1, sizeof(*limit));

	if (limit == NULL)
		return next;
	*limit = (struct column_limit){ .preset = c->preset,
		.category = c->category,
		.uses = c->uses,
		.truncate = c->truncate,
		.last_band = c->last_band,
		.basis = c->basis,
		.exception = l == NULL ? NULL : &l->told,
		.next = next };
	memcpy(limit->keep, c->keep, sizeof(limit->keep));
	return limit;
}

void read_presets(struct reading *rd, const struct node *extends)
{
	/* what was not understood as a list of presets may have been any of them */
	rd->preset_unknown = extends == NULL || extends->kind != NODE_LIST;
	NODE_EACH(n, extends) {
		rd->preset_unknown = rd->preset_unknown || n->empty;
		read_preset(rd, n);
	}
	for (const struct ceiling *c = rd->ceilings; c != NULL; c = c->next)
		rd->p->ceilings = keep_limit(rd, c, NULL, rd->p->ceilings);
}

/* ---- exceptions ---- */

static unsigned months_between(int32_t from, int32_t to)
{
	int y1, y2;
	unsigned m1, d1, m2, d2;

	if (to < from)
		return 0;
	day_split(from, &y1, &m1, &d1);
	day_split(to, &y2, &m2, &d2);
	int months = (y2 - y1) * 12 + (int)m2 - (int)m1 + (d2 >= d1 ? 1 : 0);
	return months < 0 ? 0 : (unsigned)months;
}

static void check_dates(struct reading *rd, const struct loosening *l)
{
	char buf[16];
	unsigned months = months_between(rd->p->from, l->until);

	if (rd->root[FILE_POLICY] == NULL || l->until == DAY_NONE || rd->p->to == 0)
		return;
	if (l->until < rd->p->from)
		diag_error(rd->ds, "P213", l->at,
			"exception for '%s' ended on %s; remove it (the ceiling applies again)",
			"“%s”的例外已于 %s 到期，请删除（预设上限已恢复生效）", l->column,
			day_text(l->until, buf));
	else if (months > 12)
		diag_error(rd->ds, "P214", l->at, "exception lasts %u months; at most 12",
			"例外期限 %u 个月，最长 12 个月", months);
}

/* "preset:NAME/CATEGORY" */
static bool split_target(struct reading *rd, const char *to, struct loosening *l)
{
	const char *slash = to == NULL ? NULL : strchr(to, '/');

	if (slash == NULL || strncmp(to, "preset:", 7) != 0)
		return false;
	l->preset = arena_textn(rd->a, to + 7, (size_t)(slash - to - 7));
	l->category = slash + 1;
	return l->preset != NULL;
}

static bool ceiling_exists(const struct reading *rd, const struct loosening *l)
{
	for (const struct ceiling *c = rd->ceilings; c != NULL; c = c->next)
		if (strcmp(c->preset, l->preset) == 0 && strcmp(c->category, l->category) == 0)
			return true;
	return false;
}

static void read_exception(struct reading *rd, const struct node *n)
{
	struct loosening *l = &rd->loosenings[rd->n_loosenings];
	const struct node *to = node_get(n, "to"), *on = node_get(n, "for"),
			  *allow = node_get(n, "allow"), *until = node_get(n, "until");
	const char *column = node_text(on);

	if (node_text(to) == NULL || column == NULL)
		return;
	if (!split_target(rd, node_text(to), l) || !ceiling_exists(rd, l)) {
		/* a preset that was not found is said where it is named (P133) */
		if (!rd->preset_unknown)
			diag_error(rd->ds, "P220", to->at,
				"'%s' is no ceiling of the presets used; write "
				"preset:NAME/CATEGORY",
				"“%s”不是所用预设中的上限；请写 preset:名称/类别", node_text(to));
		return;
	}
	if (strncmp(column, "column:", 7) != 0) {
		diag_error(rd->ds, "P220", on->at,
			"'%s' is no column; write column:schema.table.column",
			"“%s”不是字段；请写 column:模式.表.字段", column);
		return;
	}
	l->column = column + 7;
	l->uses = read_uses(node_get(allow, "use"));
	l->truncate = word_index(get(allow, "truncate"), words_truncate);
	l->last_band = node_int(node_get(allow, "last_band"), -1);
	read_keep(l->keep, node_get(allow, "keep"));
	l->until = node_day(until, DAY_NONE);
	l->at = place_of(until, n);
	l->told = (struct column_exception){ title_of(node_get(n, "why")), get(n, "basis"),
		l->until, l->at };
	l->for_at = on->at;
	l->to_at = to->at;
	rd->n_loosenings++;
	check_dates(rd, l);
}

void read_exceptions(struct reading *rd, const struct node *list)
{
	rd->loosenings = make(rd, children(list), sizeof(*rd->loosenings));
	if (rd->loosenings == NULL || list == NULL || list->kind != NODE_LIST)
		return;
	NODE_EACH(n, list)
		read_exception(rd, n);
}

void check_exceptions(struct reading *rd)
{
	rd->p->exception_ends = DAY_NONE;
	for (unsigned i = 0; i < rd->n_loosenings; i++) {
		const struct loosening *l = &rd->loosenings[i];

		if (!l->used && find_column(rd, "P220", l->column, l->for_at) != NULL)
			diag_error(rd->ds, "P220", l->for_at,
				"the exception changes nothing: column '%s' is not of that "
				"category",
				"该例外不起作用：字段“%s”不属于该类别", l->column);
		rd->p->n_exceptions++;
		if (rd->p->exception_ends == DAY_NONE || l->until < rd->p->exception_ends)
			rd->p->exception_ends = l->until;
	}
}

/* ---- ceilings on one column ---- */

static struct loosening *exception_for(
	struct reading *rd, const struct ceiling *c, const struct column *col)
{
	for (unsigned i = 0; i < rd->n_loosenings; i++) {
		struct loosening *l = &rd->loosenings[i];

		if (strcmp(l->preset, c->preset) == 0 && strcmp(l->category, c->category) == 0 &&
			strcmp(l->column, col->name) == 0)
			return l;
	}
	return NULL;
}

static unsigned uses_beyond(const struct column *col, unsigned allowed)
{
	unsigned free_uses = USE_FORBIDDEN | ((allowed & USE_GROUP) ? USE_FILTER : 0);

	return allowed == 0 ? 0 : col->uses & ~(allowed | free_uses);
}

static const char *use_words(struct reading *rd, unsigned uses)
{
	const char *list[6];
	unsigned n = 0;

	for (unsigned i = 0; i < 6; i++)
		if (uses & (1u << i))
			list[n++] = words_use[i];
	return say_list(rd->a, list, n, n);
}

static bool too_fine(const struct column *col, const struct ceiling *c)
{
	return col->gen == GEN_GEO && c->keep[col->geo] > 0 && col->keep > c->keep[col->geo];
}

/* A limit on periods, bands or places binds only what is cut that way, so nothing else may be cut
 * another way: a list of birth years would be finer than any band. */
static enum generalise only_way(const struct ceiling *c)
{
	if (c->last_band >= 0)
		return GEN_BANDS;
	if (c->truncate >= 0)
		return GEN_TRUNCATE;
	for (unsigned g = 0; g < GEO_SYSTEMS; g++)
		if (c->keep[g] > 0)
			return GEN_GEO;
	return GEN_NONE;
}

static bool other_way(const struct column *col, const struct ceiling *c)
{
	return (col->uses & (USE_GROUP | USE_FILTER)) != 0 && only_way(c) != GEN_NONE &&
	       col->gen != GEN_NONE && col->gen != only_way(c);
}

static void report_way(struct reading *rd, const struct ceiling *c, const struct column *col)
{
	const char *word = only_way(c) == GEN_BANDS      ? "bands"
			   : only_way(c) == GEN_TRUNCATE ? "truncate"
							 : "geo";

	if (other_way(col, c) && uses_beyond(col, c->uses) == 0)
		diag_error(rd->ds, "P231", col->gen_at,
			"column '%s' has category %s, which preset %s allows only with '%s' "
			"(%s%.0s)",
			"字段“%s”的类别 %s 在预设 %s 中只允许用“%s”归并（%.0s%s）", col->name,
			c->category, c->preset, word, c->basis.en, c->basis.zh);
}

static void report_ceiling(struct reading *rd, const struct ceiling *c, const struct column *col)
{
	struct say basis = c->basis;

	if (uses_beyond(col, c->uses) != 0)
		diag_error(rd->ds, "P203", col->use_at,
			"column '%s' has category %s, which preset %s allows only as %s (%s%.0s); "
			"it is "
			"listed as %s",
			"字段“%s”的类别 %s 在预设 %s 中仅允许 %s（%.0s%s），此处为 %s", col->name,
			c->category, c->preset, use_words(rd, c->uses), basis.en, basis.zh,
			use_words(rd, col->uses));
	if (c->truncate >= 0 && col->gen == GEN_TRUNCATE && (int)col->truncate > c->truncate)
		diag_error(rd->ds, "P208", col->gen_at,
			"truncate '%s' is finer than '%s' (preset %s); no valid exception covers "
			"it (%s%.0s)",
			"截断到“%s”细于预设要求的“%s”（预设 %s），且没有有效的例外（%.0s%s）",
			words_truncate[col->truncate], words_truncate[c->truncate], c->preset,
			basis.en, basis.zh);
	if (c->last_band >= 0 && col->gen == GEN_BANDS && col->n_bands > 0 &&
		col->bands[col->n_bands - 1] > c->last_band)
		diag_error(rd->ds, "P207", col->gen_at,
			"last band starts at %lld, but preset %s allows no edge above %lld "
			"(%s%.0s)",
			"最后一段起点 %lld 超过预设 %s 的上限 %lld（%.0s%s）",
			(long long)col->bands[col->n_bands - 1], c->preset, (long long)c->last_band,
			basis.en, basis.zh);
	if (too_fine(col, c))
		diag_error(rd->ds, "P230", col->gen_at,
			"%u characters of %s are finer than the %u of preset %s; no valid "
			"exception covers it (%s%.0s)",
			"保留 %u 位 %s 细于允许的 %u 位（预设 %s），且没有有效的例外（%.0s%s）",
			col->keep, words_geo[col->geo], c->keep[col->geo], c->preset, basis.en,
			basis.zh);
}

/* The same areas, shorter, each once. */
static void coarser_areas(struct reading *rd, struct column *c, unsigned keep)
{
	const char **areas = make(rd, c->n_areas, sizeof(*areas));
	unsigned n = 0;

	while (keep > 0 && !geo_keeps(c->geo, keep))
		keep--;
	if (keep == 0)
		c->uses = USE_FORBIDDEN;
	if (areas == NULL)
		return;
	for (unsigned i = 0; i < c->n_areas; i++) {
		const char *area = arena_textn(rd->a, c->areas[i], keep);
		bool seen = area == NULL;

		for (unsigned k = 0; k < n && !seen; k++)
			seen = strcmp(areas[k], area) == 0;
		if (!seen)
			areas[n++] = area;
		rd->out_of_memory = rd->out_of_memory || area == NULL;
	}
	c->areas = areas;
	c->n_areas = n;
	c->keep = keep;
}

/* What the column becomes when its exception has ended: the ceiling without it. */
static void tighten(struct reading *rd, struct column *after, const struct ceiling *c)
{
	if (uses_beyond(after, c->uses) != 0 || other_way(after, c))
		after->uses = USE_FORBIDDEN;
	if (c->truncate >= 0 && after->gen == GEN_TRUNCATE && (int)after->truncate > c->truncate)
		after->truncate = (enum truncate)c->truncate;
	while (c->last_band >= 0 && after->gen == GEN_BANDS && after->n_bands > 1 &&
		after->bands[after->n_bands - 1] > c->last_band)
		after->n_bands--;
	if (too_fine(after, c))
		coarser_areas(rd, after, c->keep[after->geo]);
}

static void add_after(struct reading *rd, struct column *col, struct column **after,
	const struct ceiling *c, const struct loosening *l)
{
	if (*after == NULL) {
		*after = make(rd, 1, sizeof(**after));
		if (*after == NULL)
			return;
		**after = *col;
		(*after)->after = NULL;
		col->after = *after;
		col->until = l->until;
	}
	if (l->until < col->until)
		col->until = l->until;
	tighten(rd, *after, c);
	(*after)->ceiling = arena_textf(rd->a, "preset:%s/%s", c->preset, c->category);
}

static void take_category(struct reading *rd, struct column *col)
{
	const struct catalog_entry *e = rd->catalog;

	while (e != NULL && strcmp(e->column, col->name) != 0)
		e = e->next;
	if (e == NULL || e->category == NULL)
		return;
	if (col->category == NULL)
		col->category = e->category;
	else if (strcmp(col->category, e->category) != 0)
		diag_warning(rd->ds, "W404", col->at,
			"column '%s' is called %s here, but the catalogue of the data model calls "
			"it %s; the ceilings of both apply",
			"字段“%s”在此归为 %s，而数据模型目录归为 %s；两者的上限均适用", col->name,
			col->category, e->category);
}

/* The officer's word and every catalogue's: another name for a column is no way around a ceiling. */
static bool has_category(const struct reading *rd, const struct column *col, const char *category)
{
	if (strcmp(category, col->category) == 0)
		return true;
	for (const struct catalog_entry *e = rd->catalog; e != NULL; e = e->next)
		if (strcmp(e->column, col->name) == 0 && e->category != NULL &&
			strcmp(e->category, category) == 0)
			return true;
	return false;
}

void apply_ceilings(struct reading *rd, struct column *col)
{
	struct column *after = NULL;

	take_category(rd, col);
	if (col->category == NULL)
		return;
	for (const struct ceiling *c = rd->ceilings; c != NULL; c = c->next) {
		struct ceiling now = *c;
		struct loosening *l;

		if (!has_category(rd, col, c->category))
			continue;
		if (col->basis.en == NULL && (c->uses & ~(unsigned)USE_FORBIDDEN) == 0 &&
			c->uses != 0)
			col->basis = c->basis;
		l = exception_for(rd, c, col);
		col->limits = keep_limit(rd, c, l, col->limits);
		if (l != NULL) {
			l->used = true;
			now.uses = l->uses == 0 ? c->uses : l->uses | c->uses;
			now.truncate = l->truncate < 0 ? c->truncate : l->truncate;
			now.last_band = l->last_band < 0 ? c->last_band : l->last_band;
			for (unsigned g = 0; g < GEO_SYSTEMS; g++)
				now.keep[g] = l->keep[g] == 0 ? c->keep[g] : l->keep[g];
		}
		report_ceiling(rd, &now, col);
		if (l == NULL || l->uses == 0)
			report_way(rd, c, col);
		if (l != NULL)
			add_after(rd, col, &after, c, l);
	}
	if (after != NULL)
		after->limits = col->limits;
}
