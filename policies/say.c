#include "policies/say.h"

#include <stdarg.h>

#include "base/clock.h"
#include "base/text.h"
#include "policies/shapes.h"

enum {
	MAX_LIST = 1 << 16 /* bytes */
};

struct say say_make(struct arena *a, const char *en, const char *zh, ...)
{
	struct say s;
	va_list args;

	va_start(args, zh);
	s.en = arena_textv(a, en, args);
	va_end(args);
	va_start(args, zh);
	s.zh = arena_textv(a, zh, args);
	va_end(args);
	return s;
}

struct say say_use(unsigned uses)
{
	switch (uses) {
	case USE_FORBIDDEN:
		return SAY("forbidden", "禁止使用");
	case USE_PATIENT_KEY:
		return SAY(
			"patient-key, for use inside the agent only", "患者标识，仅供代理内部使用");
	case USE_LINK:
		return SAY("link, for use inside the agent only", "内部关联，仅供代理内部使用");
	case USE_FILTER:
		return SAY("filter", "筛选");
	case USE_GROUP:
		return SAY("group", "分组");
	case USE_MEASURE:
		return SAY("measure", "指标");
	case USE_GROUP | USE_MEASURE:
		return SAY("group and measure", "分组与指标");
	case USE_FILTER | USE_MEASURE:
		return SAY("filter and measure", "筛选与指标");
	default:
		return SAY("of no use", "无用途");
	}
}

struct say say_truncate(enum truncate t)
{
	switch (t) {
	case TRUNCATE_YEAR:
		return SAY("year", "年");
	case TRUNCATE_QUARTER:
		return SAY("quarter", "季度");
	case TRUNCATE_MONTH:
		return SAY("month", "月");
	case TRUNCATE_WEEK:
		return SAY("week", "周");
	case TRUNCATE_DAY:
		break;
	}
	return SAY("day", "日");
}

struct say say_kind(enum question_kind k)
{
	static const struct say names[KINDS] = { { "count", "计数" }, { "histogram", "分布" },
		{ "crosstab", "交叉表" }, { "mean", "均值" }, { "quantile", "分位数" },
		{ "survival", "生存曲线" }, { "attrition", "逐步筛选" },
		{ "distinct", "去重计数" } };

	return (unsigned)k < KINDS ? names[k] : SAY("unknown", "未知");
}

struct say say_event(enum event_kind k)
{
	static const struct say names[EVENTS] = { { "diagnosis", "诊断" }, { "drug", "用药" },
		{ "procedure", "操作" }, { "measurement", "检验检查" },
		{ "observation", "观察记录" }, { "visit", "就诊" }, { "death", "死亡" },
		{ "device", "器械" }, { "specimen", "标本" }, { "part of a visit", "就诊明细" },
		{ "diagnosis era", "诊断时段" }, { "drug era", "用药时段" },
		{ "dose era", "剂量时段" }, { "observation period", "观察期" } };

	return (unsigned)k < EVENTS ? names[k] : SAY("unknown", "未知");
}

static const char *taken(struct arena *a, struct text *t)
{
	const char *s = text_failed(t) ? NULL : arena_text(a, text_str(t));

	text_clear(t);
	return s == NULL ? "" : s;
}

const char *say_list(struct arena *a, const char *const *texts, unsigned n, unsigned show)
{
	struct text t;

	text_init(&t, MAX_LIST);
	for (unsigned i = 0; i < n && i < show; i++)
		text_addf(&t, "%s%s", i == 0 ? "" : ", ", texts[i]);
	if (n > show)
		text_addf(&t, ", ... (+%u)", n - show);
	return taken(a, &t);
}

const char *say_numbers(struct arena *a, const int64_t *at, unsigned n, unsigned places)
{
	struct text t;
	char buf[32];

	text_init(&t, MAX_LIST);
	for (unsigned i = 0; i < n && i < 40; i++)
		text_addf(&t, "%s%s", i == 0 ? "" : ", ",
			format_decimal(buf, sizeof(buf), at[i], places));
	if (n > 40)
		text_addf(&t, ", ... (+%u)", n - 40);
	return taken(a, &t);
}

const char *say_span(struct arena *a, int32_t from, int32_t to)
{
	char first[16], last[16];
	const char *s = arena_textf(a, "%s..%s", day_text(from, first), day_text(to, last));

	return s == NULL ? "" : s;
}

static struct say bands(struct arena *a, const struct column *c)
{
	const char *edges = say_numbers(a, c->bands, c->n_bands, 0);

	return c->as_age ? say_make(a, "age bands %s", "年龄段 %s", edges)
			 : say_make(a, "bands %s", "分段 %s", edges);
}

static struct say categories(struct arena *a, const struct column *c, unsigned show)
{
	const char **labels = arena_array(a, (size_t)c->n_categories + 1, sizeof(*labels));

	if (labels == NULL)
		return (struct say){ NULL, NULL };
	for (unsigned i = 0; i < c->n_categories; i++)
		labels[i] = c->categories[i].label;
	labels[c->n_categories] = "other";
	return say_make(
		a, "categories %s", "类别 %s", say_list(a, labels, c->n_categories + 1, show));
}

struct say say_form(struct arena *a, const struct column *c, unsigned show)
{
	struct say period;

	switch (c->gen) {
	case GEN_BANDS:
		return bands(a, c);
	case GEN_TRUNCATE:
		period = say_truncate(c->truncate);
		return say_make(a, "by %s%.0s, %s", "按%.0s%s，%s", period.en, period.zh,
			say_span(a, c->from, c->to));
	case GEN_CATEGORIES:
		return categories(a, c, show);
	case GEN_GEO:
		return say_make(a, "%s, first %u characters: %s, other", "%s，前 %u 位：%s, other",
			words_geo[c->geo], c->keep, say_list(a, c->areas, c->n_areas, show));
	case GEN_VALUES:
		return say_make(
			a, "values %s", "取值 %s", say_numbers(a, c->values, c->n_values, 0));
	case GEN_CUTS:
		return say_make(
			a, "cut points %s", "切点 %s", say_numbers(a, c->cuts, c->n_cuts, 9));
	case GEN_CODES:
	case GEN_NONE:
		break;
	}
	if (c->system == SYSTEM_NONE)
		return c->gen == GEN_CODES ? SAY("codes: model", "编码：model") : SAY("", "");
	return say_make(a, "codes: %s", "编码：%s", words_system[c->system - SYSTEM_OMOP]);
}

struct say say_why(struct arena *a, const struct column *c)
{
	if (c->why.en != NULL && c->basis.en != NULL)
		return say_make(a, " because %s%.0s (%s%.0s)", "，因为%.0s%s（%.0s%s）", c->why.en,
			c->why.zh, c->basis.en, c->basis.zh);
	if (c->why.en != NULL)
		return say_make(a, " because %s%.0s", "，因为%.0s%s", c->why.en, c->why.zh);
	if (c->basis.en != NULL)
		return say_make(a, " (%s%.0s)", "（%.0s%s）", c->basis.en, c->basis.zh);
	return SAY("", "");
}
