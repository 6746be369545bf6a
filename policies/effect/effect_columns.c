#include "policies/effect/effect_in.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "policies/model.h"
#include "policies/periods.h"
#include "policies/reach.h"
#include "policies/shapes.h"

/*
 * Columns. One with an exception is two columns, one up to a day and one after it; the two sides are compared in each
 * of the at most three stretches of days.
 */

enum {
	OPEN = USE_FILTER | USE_GROUP,
	NO_DAY = INT32_MAX
};

static struct say plain(const char *text)
{
	return (struct say){ text, text };
}

/* ---- columns in words ---- */

static struct effect_set labels_of(struct comparing *c, const struct column *col)
{
	return col->n_categories == 0 ? effect_set_of(c, NULL, 0, 0)
				      : effect_set_of(c, &col->categories[0].label,
						col->n_categories, sizeof(col->categories[0]));
}

static struct effect_set areas_of(struct comparing *c, const struct column *col)
{
	return effect_set_of(c, col->areas, col->n_areas, sizeof(char *));
}

static struct say bands_say(struct comparing *c, const struct column *col)
{
	const char *text = effect_numbers_text(c, col->bands, col->n_bands, 0);

	return col->as_age ? EFFECT_SAY(c, "age bands %s", "年龄段 %s", text)
			   : EFFECT_SAY(c, "bands %s", "分段 %s", text);
}

/* say_form() with every list sorted and whole: the order of lines is no change. */
static struct say gen_say(struct comparing *c, const struct column *col)
{
	struct say period;
	struct effect_set set;

	switch (col->gen) {
	case GEN_BANDS:
		return bands_say(c, col);
	case GEN_TRUNCATE:
		period = say_truncate(col->truncate);
		return EFFECT_SAY(c, "by %s%.0s, %s", "按%.0s%s，%s", period.en, period.zh,
			say_span(c->a, col->from, col->to));
	case GEN_CATEGORIES:
		set = labels_of(c, col);
		return EFFECT_SAY(c, "categories %s", "类别 %s", effect_set_text(c, &set));
	case GEN_GEO:
		set = areas_of(c, col);
		return EFFECT_SAY(c, "places %s, %u characters: %s", "地区 %s，前 %u 位：%s",
			words_geo[col->geo], col->keep, effect_set_text(c, &set));
	case GEN_VALUES:
		set = effect_set_numbers(c, col->values, col->n_values, 0);
		return EFFECT_SAY(c, "values %s", "取值 %s", effect_set_text(c, &set));
	case GEN_CODES:
		return SAY("codes", "编码");
	case GEN_CUTS:
		set = effect_set_numbers(c, col->cuts, col->n_cuts, 9);
		return EFFECT_SAY(c, "cut points %s", "切点 %s", effect_set_text(c, &set));
	case GEN_NONE:
		break;
	}
	return SAY("as it is", "不作归并");
}

static struct say column_say(struct comparing *c, const struct column *col)
{
	struct say use, gen;

	if (col == NULL)
		return SAY("not listed", "未列出");
	use = say_use(col->uses);
	if (!(col->uses & OPEN))
		return use;
	gen = gen_say(c, col);
	return EFFECT_SAY(c, "%s%.0s, %s%.0s", "%.0s%s，%.0s%s", use.en, use.zh, gen.en, gen.zh);
}

/* ---- one column on the same days ---- */

static unsigned open_uses(const struct column *c)
{
	return c == NULL ? 0 : c->uses & ~(unsigned)USE_FORBIDDEN;
}

/* What `a` may do and `b` may not: groups filter too, and who works outside the agent may work inside. */
static unsigned beyond(unsigned a, unsigned b)
{
	unsigned more = a & ~b;

	if (b & USE_GROUP)
		more &= ~(unsigned)USE_FILTER;
	if (b != 0)
		more &= ~(unsigned)USE_LINK;
	return more;
}

/* A cohort that fits another dataset may fit this one once a column of it can be joined by. */
static bool joins_now(const struct comparing *c, const struct column *b, const struct column *a)
{
	bool joined = b->system != SYSTEM_NONE || b->gen == GEN_CODES || b->gen == GEN_VALUES ||
		      b->gen == GEN_CATEGORIES || (b->uses & (USE_PATIENT_KEY | USE_LINK));

	return c->after->n_cohorts > 0 && c->after->n_datasets > 1 && (a->uses & USE_LINK) &&
	       !joined;
}

static void compare_uses(
	struct comparing *c, struct say thing, const struct column *b, const struct column *a)
{
	unsigned was = open_uses(b), now = open_uses(a);
	struct place at = a != NULL ? a->use_at : b->use_at;
	struct say old = column_say(c, b), new = column_say(c, a);

	if (beyond(now, was) || (was != 0 && now != 0 && joins_now(c, b, a)))
		effect_words(c, EFFECT_WIDER, thing, at, SAY("use", "用途"), old, new);
	if (beyond(was, now))
		effect_words(c, EFFECT_TIGHTER, thing, at, SAY("use", "用途"), old, new);
	if (was == 0 && now == 0 && (a == NULL) != (b == NULL))
		effect_words(c, EFFECT_SAME, thing, at, SAY("use", "用途"), old, new);
}

static void compare_bands(
	struct comparing *c, struct say thing, const struct column *b, const struct column *a)
{
	if (a->as_age != b->as_age)
		effect_words(c, EFFECT_WIDER, thing, a->gen_at, SAY("bands", "分段"),
			bands_say(c, b), bands_say(c, a));
	else
		effect_sets(c, thing, a->gen_at, SAY("new edge", "新增分段起点"),
			SAY("edge removed:", "移除分段起点"),
			effect_set_numbers(c, b->bands, b->n_bands, 0),
			effect_set_numbers(c, a->bands, a->n_bands, 0));
}

/* Ends of the range are cut points too, so a new one must be one that could be cut at before. */
static bool range_within(const struct column *b, const struct column *a)
{
	return a->from >= b->from && a->to <= b->to &&
	       (a->from == b->from || period_first(a->from, b->truncate) == a->from) &&
	       (a->to == b->to || period_last(a->to, b->truncate) == a->to);
}

static void compare_truncate(
	struct comparing *c, struct say thing, const struct column *b, const struct column *a)
{
	bool coarser = period_contains(a->truncate, b->truncate), within = range_within(b, a);

	if (a->truncate != b->truncate)
		effect_words(c, coarser ? EFFECT_TIGHTER : EFFECT_WIDER, thing, a->gen_at,
			SAY("days by", "日期按"), say_truncate(b->truncate),
			say_truncate(a->truncate));
	if (a->from != b->from || a->to != b->to)
		effect_words(c, within ? EFFECT_TIGHTER : EFFECT_WIDER, thing, a->gen_at,
			SAY("range", "范围"), plain(say_span(c->a, b->from, b->to)),
			plain(say_span(c->a, a->from, a->to)));
}

static const struct category *find_label(const struct column *c, const char *label)
{
	for (unsigned i = 0; i < c->n_categories; i++)
		if (strcmp(c->categories[i].label, label) == 0)
			return &c->categories[i];
	return NULL;
}

static struct effect_set codes_of(struct comparing *c, const struct category *k)
{
	return k->n_texts > 0 ? effect_set_of(c, k->texts, k->n_texts, sizeof(k->texts[0]))
			      : effect_set_numbers(c, k->codes, k->n_codes, 0);
}

/* Whether a category that goes may have kept the column from forming groups. */
static bool may_be_red(const struct policy *p, const struct column *col, const struct category *k)
{
	for (unsigned i = 0; i < k->n_codes; i++)
		if (effect_may_be_red(p, col, k->codes[i]))
			return true;
	return false;
}

static void compare_categories(
	struct comparing *c, struct say thing, const struct column *b, const struct column *a)
{
	for (unsigned i = 0; i < a->n_categories; i++) {
		const struct category *now = &a->categories[i], *was = find_label(b, now->label);
		struct effect_set codes = codes_of(c, now), old;

		if (was == NULL) {
			effect_note(c, EFFECT_WIDER, thing, a->gen_at,
				EFFECT_SAY(c, "new category %s: %s", "新增类别 %s：%s", now->label,
					effect_set_text(c, &codes)));
			continue;
		}
		old = codes_of(c, was);
		if (!effect_set_equal(&old, &codes))
			effect_words(c, EFFECT_WIDER, thing, a->gen_at,
				EFFECT_SAY(c, "category %s", "类别 %s", now->label),
				plain(effect_set_text(c, &old)), plain(effect_set_text(c, &codes)));
	}
	for (unsigned i = 0; i < b->n_categories; i++) {
		const struct category *was = &b->categories[i];

		if (find_label(a, was->label) == NULL)
			effect_note(c,
				may_be_red(c->before, b, was) ? EFFECT_WIDER : EFFECT_TIGHTER,
				thing, a->gen_at,
				EFFECT_SAY(c, "category %s becomes other", "类别 %s 归入其他",
					was->label));
	}
}

static void compare_places(
	struct comparing *c, struct say thing, const struct column *b, const struct column *a)
{
	if (a->geo != b->geo || a->keep != b->keep)
		effect_words(c, EFFECT_WIDER, thing, a->gen_at, SAY("places", "地区"),
			gen_say(c, b), gen_say(c, a));
	else
		effect_sets(c, thing, a->gen_at, SAY("new place", "新增地区"),
			SAY("becomes other: place", "归入其他的地区"), areas_of(c, b),
			areas_of(c, a));
}

static void compare_gen(
	struct comparing *c, struct say thing, const struct column *b, const struct column *a)
{
	if (a->gen != b->gen) {
		effect_words(c, EFFECT_WIDER, thing, a->gen_at, SAY("form", "归并方式"),
			gen_say(c, b), gen_say(c, a));
		return;
	}
	switch (a->gen) {
	case GEN_BANDS:
		compare_bands(c, thing, b, a);
		return;
	case GEN_TRUNCATE:
		compare_truncate(c, thing, b, a);
		return;
	case GEN_CATEGORIES:
		compare_categories(c, thing, b, a);
		return;
	case GEN_GEO:
		compare_places(c, thing, b, a);
		return;
	case GEN_VALUES:
		effect_sets(c, thing, a->gen_at, SAY("new value", "新增取值"),
			SAY("value removed", "移除取值"),
			effect_set_numbers(c, b->values, b->n_values, 0),
			effect_set_numbers(c, a->values, a->n_values, 0));
		return;
	case GEN_CUTS:
		effect_sets(c, thing, a->gen_at, SAY("new cut point", "新增切点"),
			SAY("cut point removed:", "移除切点"),
			effect_set_numbers(c, b->cuts, b->n_cuts, 9),
			effect_set_numbers(c, a->cuts, a->n_cuts, 9));
		return;
	case GEN_CODES:
	case GEN_NONE:
		return;
	}
}

static const char *system_text(const struct column *c)
{
	static const char *const names[SYSTEMS] = { "none", "omop", "icd10", "icd9cm3", "snomed",
		"atc", "loinc", "department", "own" };

	return (unsigned)c->system < SYSTEMS ? names[c->system] : "?";
}

static bool is_start(const struct dataset *d, const struct column *c)
{
	for (unsigned k = 0; d->model != NULL && k < EVENTS; k++)
		if (d->model->events[k].table != NULL && d->model->events[k].start != NULL &&
			strcmp(d->model->events[k].table, c->table->name) == 0 &&
			strcmp(d->model->events[k].start, c->column) == 0)
			return true;
	return false;
}

static bool bounds_rows(const struct dataset *d, const struct column *c)
{
	return c != NULL && (c->uses & OPEN) && c->gen == GEN_TRUNCATE && is_start(d, c);
}

/* What a column does for others: it finds the rows of code rules, it keeps a table's rows inside a range. */
static void compare_service(struct comparing *c, const struct effect_pair *in, struct say thing,
	const struct column *b, const struct column *a)
{
	struct place at = a != NULL ? a->at : in->at->at;
	bool finds = b != NULL && open_uses(b) != 0 && effect_finds_rows(c->before, in->bd, b);

	if (finds && (open_uses(a) == 0 || (a->system != b->system && b->system != SYSTEM_NONE)) &&
		!effect_closed(c->after, in->ad, in->at))
		effect_note(c, EFFECT_WIDER, thing, at,
			SAY("rows of code rules are no longer found by it",
				"不再据此剔除敏感代码的记录"));
	if (bounds_rows(in->bd, b) && !bounds_rows(in->ad, a))
		effect_note(c, EFFECT_WIDER, thing, at,
			EFFECT_SAY(c, "its range %s no longer bounds the rows of its table",
				"其范围 %s 不再限定该表的记录", say_span(c->a, b->from, b->to)));
}

static void compare_state(struct comparing *c, const struct effect_pair *in, struct say thing,
	const struct column *b, const struct column *a)
{
	if (b == NULL && a == NULL)
		return;
	compare_uses(c, thing, b, a);
	compare_service(c, in, thing, b, a);
	if (b == NULL || a == NULL)
		return;
	if ((b->uses & OPEN) && (a->uses & OPEN))
		compare_gen(c, thing, b, a);
	if (a->system != b->system && open_uses(a) != 0 && open_uses(b) != 0)
		effect_words(c, b->system == SYSTEM_NONE ? EFFECT_TIGHTER : EFFECT_WIDER, thing,
			a->at, SAY("codes", "编码系统"), plain(system_text(b)),
			plain(system_text(a)));
}

/* ---- one column over time ---- */

static int32_t changes_after(const struct column *c)
{
	return c != NULL && c->after != NULL ? c->until : NO_DAY;
}

static struct say stretch(struct comparing *c, int32_t from, int32_t to)
{
	char first[16], last[16];

	if (from == INT32_MIN && to == NO_DAY)
		return (struct say){ NULL, NULL };
	if (from == INT32_MIN)
		return EFFECT_SAY(c, "until %s", "至 %s", day_text(to, last));
	if (to == NO_DAY)
		return EFFECT_SAY(c, "from %s", "自 %s 起", day_text(from, first));
	return EFFECT_SAY(c, "%s..%s", "%s 至 %s", day_text(from, first), day_text(to, last));
}

static void compare_over_time(struct comparing *c, const struct effect_pair *in, struct say thing,
	const struct column *b, const struct column *a)
{
	int32_t ends[] = { changes_after(b), changes_after(a), NO_DAY };
	int32_t from = INT32_MIN;

	if (ends[0] > ends[1]) {
		int32_t later = ends[0];

		ends[0] = ends[1];
		ends[1] = later;
	}
	for (int i = 0; i < 3; i++) {
		if (i > 0 && ends[i] == ends[i - 1])
			continue;
		c->when = stretch(c, from, ends[i]);
		compare_state(c, in, thing, column_on(b, ends[i]), column_on(a, ends[i]));
		from = ends[i] == NO_DAY ? NO_DAY : ends[i] + 1;
	}
	c->when = (struct say){ NULL, NULL };
}

static void compare_name(
	struct comparing *c, struct say thing, const struct column *b, const struct column *a)
{
	if (effect_same_text(b->alias, a->alias))
		return;
	effect_words(c, a->alias == NULL ? EFFECT_TIGHTER : EFFECT_WIDER, thing, a->at,
		SAY("name of the group", "分组名称"),
		b->alias == NULL ? SAY("none", "无") : plain(b->alias),
		a->alias == NULL ? SAY("none", "无") : plain(a->alias));
}

void effect_column(struct comparing *c, const struct effect_pair *in, const struct column *b,
	const struct column *a)
{
	struct say thing = plain(a != NULL ? a->name : b->name);

	compare_over_time(c, in, thing, b, a);
	if (b == NULL || a == NULL)
		return;
	compare_name(c, thing, b, a);
	effect_text(c, thing, a->at, SAY("why", "理由"), b->why, a->why);
	effect_text(c, thing, a->at, SAY("basis", "依据"), b->basis, a->basis);
	effect_text(
		c, thing, a->at, SAY("category", "类别"), plain(b->category), plain(a->category));
}
