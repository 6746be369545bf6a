/*
 * similar_tell.c - the words for what differs.
 */
#include "query/similar.h"

static const struct {
	const char *name;
	struct say say;
} things[SIMILAR_THINGS] = {
	[SIMILAR_KIND] = { "kind", { "kind of question", "查询类型" } },
	[SIMILAR_DATASET] = { "dataset", { "dataset", "数据集" } },
	[SIMILAR_MODE] = { "mode", { "mode", "方式" } },
	[SIMILAR_OF] = { "of", { "what is measured", "统计对象" } },
	[SIMILAR_AT] = { "at", { "quantiles asked for", "所求分位数" } },
	[SIMILAR_STEP] = { "step", { "step of time", "时间步长" } },
	[SIMILAR_HORIZON] = { "horizon", { "end of the follow-up", "随访时限" } },
	[SIMILAR_ON] = { "on", { "day on which ages are taken", "计算年龄的日期" } },
	[SIMILAR_GROUP] = { "group", { "group", "分组" } },
	[SIMILAR_PARAM] = { "param", { "parameter", "参数" } },
	[SIMILAR_FILTER] = { "filter", { "filter", "筛选" } },
	[SIMILAR_OFFICER] = { "officer", { "officers' cohort", "合规人员的既定队列" } },
	[SIMILAR_INDEX] = { "index", { "choice of the index date", "入组日期的选取" } },
	[SIMILAR_OBSERVED] = { "observed", { "time under observation", "观察时间要求" } },
	[SIMILAR_ENTRY] = { "entry", { "entry event", "入组事件" } },
	[SIMILAR_CRITERION] = { "criterion", { "criterion", "条件" } },
	[SIMILAR_EVENT] = { "event", { "event that ends it", "终点事件" } },
	[SIMILAR_ORDER] = { "order", { "order of the criteria", "条件顺序" } },
	[SIMILAR_CODES] = { "codes", { "list of codes", "代码列表" } },
	[SIMILAR_DAYS] = { "days", { "range of days", "日期范围" } },
	[SIMILAR_FIRST] = { "first", { "first: yes", "first: yes" } },
	[SIMILAR_LASTING] = { "lasting", { "how long it lasts", "持续时间" } },
	[SIMILAR_WINDOW] = { "window", { "window of time", "时间窗" } },
	[SIMILAR_VISIT] = { "visit", { "same visit", "同一次就诊" } },
	[SIMILAR_INSIDE] = { "inside", { "inside the observation", "在观察期内" } },
	[SIMILAR_TIMES] = { "times", { "how often", "次数" } },
	[SIMILAR_VALUE] = { "value", { "cut point of the value", "数值界限" } },
	[SIMILAR_ATTRIBUTE] = { "attribute", { "property of the event", "事件属性" } },
	[SIMILAR_AGE] = { "age", { "age", "年龄" } },
	[SIMILAR_MEMBERS] = { "members", { "several members of a group", "组内多个条件" } },
};
static const struct {
	const char *name;
	struct say say;
} hows[SIMILAR_HOWS] = {
	[SIMILAR_MORE] = { "more", { "more", "增加" } },
	[SIMILAR_LESS] = { "less", { "less", "减少" } },
	[SIMILAR_OTHER] = { "other", { "changed", "改变" } },
};

const char *similar_thing_name(enum similar_thing thing)
{
	return (unsigned)thing < SIMILAR_THINGS ? things[thing].name : "";
}

const char *similar_how_name(enum similar_how how)
{
	return (unsigned)how < SIMILAR_HOWS ? hows[how].name : "";
}

static void tell_numbers(const struct similar_edit *e, bool zh, struct text *out)
{
	if (e->more > 0)
		text_addf(out, zh ? "，增加 %u 个" : ", %u more", e->more);
	if (e->less > 0)
		text_addf(out, zh ? "，减少 %u 个" : ", %u less", e->less);
}

void similar_tell(const struct similar_edit *e, bool zh, struct text *out)
{
	if ((unsigned)e->thing >= SIMILAR_THINGS || (unsigned)e->how >= SIMILAR_HOWS)
		return;
	if (zh)
		text_addf(out, "%s%s", things[e->thing].say.zh, hows[e->how].say.zh);
	else
		text_addf(out, "%s: %s", hows[e->how].say.en, things[e->thing].say.en);
	tell_numbers(e, zh, out);
	text_addf(out, zh ? "（%s）" : " (%s)", e->path);
}

/* In one language, as a JSON string. */
static void write_words(const struct similar_edit *e, bool zh, struct text *out)
{
	struct text words;

	text_init(&words, MAX_SIMILAR_PATH + MAX_SAY);
	similar_tell(e, zh, &words);
	text_add_json(out, text_str(&words));
	text_clear(&words);
}

void similar_json(const struct similar_edit *e, struct text *out)
{
	text_addf(out, "{\"what\":\"%s\",\"how\":\"%s\",\"path\":", similar_thing_name(e->thing),
		similar_how_name(e->how));
	text_add_json(out, e->path);
	text_addf(out, ",\"more\":%u,\"less\":%u,\"say\":{\"zh\":", e->more, e->less);
	write_words(e, true, out);
	text_add(out, ",\"en\":");
	write_words(e, false, out);
	text_add(out, "}}");
}
