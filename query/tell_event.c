/*
 * tell_event.c - one criterion in words: what it looks for, then one clause for each key, in one order.
 */
#include "query/tell_event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum {
	BRIEF_CODES = 3
};

/* A criterion's event with codes, without; en with its article. */
static const struct {
	struct say one, any;
} events[EVENTS] = {
	[EVENT_CONDITION] = { { "a diagnosis", "诊断" }, { "any diagnosis", "任意诊断" } },
	[EVENT_DRUG] = { { "a drug", "用药" }, { "any drug", "任意用药" } },
	[EVENT_PROCEDURE] = { { "a procedure", "操作" }, { "any procedure", "任意操作" } },
	[EVENT_MEASUREMENT] = { { "a measurement", "检验检查" },
		{ "any measurement", "任意检验检查" } },
	[EVENT_OBSERVATION] = { { "an observation", "观察记录" },
		{ "any observation", "任意观察记录" } },
	[EVENT_VISIT] = { { "a visit", "就诊" }, { "any visit", "任意就诊" } },
	[EVENT_DEATH] = { { "a death", "死亡" }, { "any death", "任意死亡" } },
	[EVENT_DEVICE] = { { "a device", "器械" }, { "any device", "任意器械" } },
	[EVENT_SPECIMEN] = { { "a specimen", "标本" }, { "any specimen", "任意标本" } },
	[EVENT_VISIT_DETAIL] = { { "a part of a visit", "就诊明细" },
		{ "any part of a visit", "任意就诊明细" } },
	[EVENT_CONDITION_ERA] = { { "a diagnosis era", "诊断时段" },
		{ "any diagnosis era", "任意诊断时段" } },
	[EVENT_DRUG_ERA] = { { "a drug era", "用药时段" }, { "any drug era", "任意用药时段" } },
	[EVENT_DOSE_ERA] = { { "a dose era", "剂量时段" }, { "any dose era", "任意剂量时段" } },
	[EVENT_OBSERVATION_PERIOD] = { { "an observation period", "观察期" },
		{ "any observation period", "任意观察期" } },
};

static const struct say attributes[ATTRIBUTES] = {
	[ATTR_TYPE] = { "record type", "记录类型" },
	[ATTR_SOURCE] = { "source code", "原始编码" },
	[ATTR_UNIT] = { "unit", "单位" },
	[ATTR_CONCEPT] = { "coded result", "编码结果" },
	[ATTR_VISIT] = { "kind of visit", "就诊类型" },
	[ATTR_PROVIDER] = { "speciality of the provider", "医生专科" },
	[ATTR_STATUS] = { "status", "状态" },
	[ATTR_ROUTE] = { "route", "给药途径" },
	[ATTR_MODIFIER] = { "modifier", "修饰" },
	[ATTR_QUALIFIER] = { "qualifier", "限定" },
	[ATTR_OPERATOR] = { "operator", "比较符" },
	[ATTR_PLACE] = { "place of service", "服务地点" },
	[ATTR_ANATOMY] = { "anatomic site", "解剖部位" },
	[ATTR_QUANTITY] = { "quantity", "数量" },
	[ATTR_SUPPLY] = { "days of supply", "供药天数" },
	[ATTR_REFILLS] = { "refills", "续配次数" },
	[ATTR_DOSE] = { "dose", "剂量" },
	[ATTR_RECORDS] = { "number of records", "记录条数" },
	[ATTR_GAP] = { "days without supply", "断药天数" },
	[ATTR_LOW] = { "ratio to the lower normal limit", "与正常下限之比" },
	[ATTR_HIGH] = { "ratio to the upper normal limit", "与正常上限之比" },
	[ATTR_RANGE_LOW] = { "lower normal limit", "正常下限" },
	[ATTR_RANGE_HIGH] = { "upper normal limit", "正常上限" },
};

void tell_how_many(const struct telling *t, enum how_many how, unsigned n)
{
	static const struct say words[] = { [AT_LEAST] = { "at least", "至少" },
		[AT_MOST] = { "at most", "至多" },
		[EXACTLY] = { "exactly", "恰好" } };

	text_addf(t->out, "%s %u", tell_say(t, words[how]), n);
}

static void quoted(const struct telling *t, const char *s)
{
	const char *close = t->zh ? "”" : "\"";
	size_t len = strlen(close);

	text_add(t->out, t->zh ? "“" : "\"");
	for (; *s != 0; s++) {
		if (strncmp(s, close, len) == 0)
			text_add(t->out, close);
		text_addc(t->out, *s);
	}
	text_add(t->out, close);
}

static bool plain_code(const char *s)
{
	for (size_t i = 0; s[i] != 0; i++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_",
			    s[i]) == NULL)
			return false;
	return *s != 0;
}

static void one_code(const struct telling *t, const struct code *c)
{
	if (c->concept > 0)
		text_addf(t->out, t->zh ? "概念 %" PRId32 : "concept %" PRId32, c->concept);
	else {
		text_addf(t->out, t->zh ? "%s 编码 " : "%s code ", c->system);
		if (plain_code(c->text))
			text_add(t->out, c->text);
		else
			quoted(t, c->text);
	}
	if (c->descendants)
		text_add(t->out, t->zh ? " 及其下级" : " or any below it");
	if (c->mapped)
		text_add(t->out, t->zh ? " 及其映射" : " or any mapped to it");
}

/* The codes of a list that are in or taken out; gives how many there are. */
static unsigned some_codes(const struct telling *t, const struct code *codes, unsigned n, bool out)
{
	unsigned told = 0, all = 0;

	for (unsigned i = 0; i < n; i++) {
		if (codes[i].out != out)
			continue;
		if (++all > BRIEF_CODES && t->brief)
			continue;
		if (told++ > 0)
			text_add(t->out, t->zh ? "、" : ", ");
		one_code(t, &codes[i]);
	}
	if (all > told)
		text_addf(t->out, t->zh ? "等 %u 个" : " and %u more", t->zh ? all : all - told);
	return all;
}

static bool has_codes(const struct code *codes, unsigned n, bool out)
{
	for (unsigned i = 0; i < n; i++)
		if (codes[i].out == out)
			return true;
	return false;
}

static void list_codes(const struct telling *t, const struct code *codes, unsigned n)
{
	(void)some_codes(t, codes, n, false);
	if (!has_codes(codes, n, true))
		return;
	text_add(t->out, t->zh ? "，但不含：" : ", but not ");
	(void)some_codes(t, codes, n, true);
}

static void bounds(const struct telling *t, const struct value_bounds *v)
{
	char low[32], high[32];

	format_decimal(low, sizeof(low), v->low, 9);
	format_decimal(high, sizeof(high), v->high, 9);
	if (v->outside) {
		text_addf(t->out, t->zh ? "低于 %s 或高于 %s" : "below %s or above %s", low, high);
		return;
	}
	if (v->has_low)
		text_addf(t->out, "%s %s",
			v->low_open ? (t->zh ? "高于" : "above") : (t->zh ? "至少" : "at least"),
			low);
	if (v->has_low && v->has_high)
		text_add(t->out, t->zh ? " 且" : " and ");
	if (v->has_high)
		text_addf(t->out, "%s %s",
			v->high_open ? (t->zh ? "低于" : "below") : (t->zh ? "至多" : "at most"),
			high);
}

static void span(const struct telling *t, int32_t from, int32_t to)
{
	char a[16] = "", b[16] = "";

	if (from != DAY_NONE)
		day_text(from, a);
	if (to != DAY_NONE)
		day_text(to, b);
	if (to == DAY_NONE)
		text_addf(t->out, t->zh ? " %s 或之后" : " on or after %s", a);
	else if (from == DAY_NONE)
		text_addf(t->out, t->zh ? " %s 或之前" : " on or before %s", b);
	else
		text_addf(t->out, t->zh ? " %s 至 %s" : " from %s to %s", a, b);
}

static void lasting(const struct telling *t, int32_t from, int32_t to)
{
	text_add(t->out, t->zh ? "；持续" : "; lasting ");
	if (from >= 0)
		text_addf(t->out, t->zh ? "至少 %" PRId32 : "at least %" PRId32, from);
	if (from >= 0 && to >= 0)
		text_add(t->out, t->zh ? " 且" : " and ");
	if (to >= 0)
		text_addf(t->out, t->zh ? "至多 %" PRId32 : "at most %" PRId32, to);
	text_add(t->out, t->zh ? " 天" : " days");
}

/* ---- windows ---- */

static const char *other_day(const struct telling *t, const struct window *w)
{
	bool that = t->nested && !w->of_index;

	if (t->zh && w->to_end)
		return that ? "该事件的结束" : "入组事件的结束";
	if (t->zh)
		return that ? "该事件" : "入组日期";
	if (w->to_end)
		return that ? "the end of that event" : "the end of the index event";
	return that ? "that event" : "the index date";
}

static void window_zh(struct text *o, const struct window *w, const char *other)
{
	text_add(o, other);
	if (w->from == ALL_DAYS_BEFORE && w->to == ALL_DAYS_AFTER)
		text_add(o, "之前或之后任意时间");
	else if (w->from == ALL_DAYS_BEFORE && w->to > 0)
		text_addf(o, "之前任意时间或之后 %" PRId32 " 天以内", w->to);
	else if (w->from == ALL_DAYS_BEFORE && w->to == 0)
		text_add(o, "当天或之前");
	else if (w->from == ALL_DAYS_BEFORE)
		text_addf(o, "之前至少 %" PRId32 " 天", -w->to);
	else if (w->to == ALL_DAYS_AFTER && w->from < 0)
		text_addf(o, "之前 %" PRId32 " 天以内或之后任意时间", -w->from);
	else if (w->to == ALL_DAYS_AFTER && w->from == 0)
		text_add(o, "当天或之后");
	else if (w->to == ALL_DAYS_AFTER)
		text_addf(o, "之后至少 %" PRId32 " 天", w->from);
	else if (w->from == 0 && w->to == 0)
		text_add(o, "当天");
	else if (w->from < 0 && w->to > 0)
		text_addf(o, "之前 %" PRId32 " 天至之后 %" PRId32 " 天", -w->from, w->to);
	else if (w->to <= 0)
		text_addf(o, "之前 %" PRId32 " 至 %" PRId32 " 天", -w->to, -w->from);
	else
		text_addf(o, "之后 %" PRId32 " 至 %" PRId32 " 天", w->from, w->to);
}

static void window_en(struct text *o, const struct window *w, const char *other)
{
	if (w->from == ALL_DAYS_BEFORE && w->to == ALL_DAYS_AFTER)
		text_addf(o, "at any time before or after %s", other);
	else if (w->from == ALL_DAYS_BEFORE && w->to > 0)
		text_addf(o, "at any time before, or up to %" PRId32 " %s after %s", w->to,
			tell_days(w->to), other);
	else if (w->from == ALL_DAYS_BEFORE && w->to == 0)
		text_addf(o, "on or before %s", other);
	else if (w->from == ALL_DAYS_BEFORE)
		text_addf(o, "at least %" PRId32 " %s before %s", -w->to, tell_days(-w->to), other);
	else if (w->to == ALL_DAYS_AFTER && w->from < 0)
		text_addf(o, "up to %" PRId32 " %s before, or at any time after %s", -w->from,
			tell_days(-w->from), other);
	else if (w->to == ALL_DAYS_AFTER && w->from == 0)
		text_addf(o, "on or after %s", other);
	else if (w->to == ALL_DAYS_AFTER)
		text_addf(
			o, "at least %" PRId32 " %s after %s", w->from, tell_days(w->from), other);
	else if (w->from == 0 && w->to == 0)
		text_addf(o, "on the day of %s", other);
	else if (w->from < 0 && w->to > 0)
		text_addf(o, "between %" PRId32 " %s before and %" PRId32 " %s after %s", -w->from,
			tell_days(-w->from), w->to, tell_days(w->to), other);
	else if (w->to <= 0)
		text_addf(o, "%" PRId32 " to %" PRId32 " days before %s", -w->to, -w->from, other);
	else
		text_addf(o, "%" PRId32 " to %" PRId32 " days after %s", w->from, w->to, other);
}

static void place(const struct telling *t, const struct part *p)
{
	const char *that = t->nested ? (t->zh ? "该事件" : "that event")
				     : (t->zh ? "入组事件" : "the index event");

	for (unsigned i = 0; i < p->n_windows; i++) {
		const struct window *w = &p->windows[i];

		if (t->zh)
			text_add(t->out, w->on_end ? "；结束于" : "；开始于");
		else
			text_add(t->out, w->on_end ? "; ending " : "; starting ");
		(t->zh ? window_zh : window_en)(t->out, w, other_day(t, w));
	}
	if (p->same_visit)
		text_addf(t->out, t->zh ? "；与%s同一次就诊" : "; in the same visit as %s", that);
	if (p->inside != TRI_DEFAULT)
		text_add(t->out, p->inside == TRI_YES
					 ? (t->zh ? "；在同一观察期之内"
						  : "; inside the same observation period")
					 : (t->zh ? "；不论是否在观察期之内"
						  : "; inside an observation period or not"));
}

/* ---- a criterion ---- */

static void attribute(const struct telling *t, const struct attribute *a)
{
	const char *name = tell_say(t, attributes[a->kind]);

	if (a->kind >= ATTR_NUMBERS) {
		text_addf(t->out, t->zh ? "；%s" : "; with %s ", name);
		bounds(t, &a->bounds);
	} else if (has_codes(a->codes, a->n_codes, false)) {
		text_addf(t->out, t->zh ? "；%s为" : "; with %s ", name);
		list_codes(t, a->codes, a->n_codes);
	} else {
		text_addf(t->out, t->zh ? "；%s不为" : "; without %s ", name);
		(void)some_codes(t, a->codes, a->n_codes, true);
	}
}

static void times(const struct telling *t, const struct part *p)
{
	static const struct say distinct[] = { [DISTINCT_EVENTS] = { "", "" },
		[DISTINCT_DAYS] = { " on different days", "（不同日期）" },
		[DISTINCT_CONCEPTS] = { " with different concepts", "（不同概念）" },
		[DISTINCT_VISITS] = { " in different visits", "（不同就诊）" } };

	if (!p->has_times)
		return;
	tell_how_many(t, p->times_how, p->times);
	text_addf(t->out,
		t->zh           ? " 次%s："
		: p->times == 1 ? " time%s: "
				: " times%s: ",
		tell_say(t, distinct[p->distinct]));
}

static void event(const struct telling *t, const struct part *p)
{
	times(t, p);
	if (p->kind == PART_MEASURE)
		text_addf(t->out, t->zh ? "%s 的结果" : "a result of %s", p->measure);
	else if (p->n_codes == 0)
		text_add(t->out, tell_say(t, events[p->event].any));
	else {
		text_addf(t->out, t->zh ? "%s：" : "%s with ", tell_say(t, events[p->event].one));
		list_codes(t, p->codes, p->n_codes);
	}
	if (p->first)
		text_add(t->out,
			t->zh ? "；只看每人最早的一条" : "; only the earliest of each person");
	if (p->from != DAY_NONE || p->to != DAY_NONE) {
		text_add(t->out, t->zh ? "；开始于" : "; starting");
		span(t, p->from, p->to);
	}
	if (p->ends_from != DAY_NONE || p->ends_to != DAY_NONE) {
		text_add(t->out, t->zh ? "；结束于" : "; ending");
		span(t, p->ends_from, p->ends_to);
	}
	if (p->lasting_from >= 0 || p->lasting_to >= 0)
		lasting(t, p->lasting_from, p->lasting_to);
	if (p->has_value) {
		text_add(t->out, t->zh ? "；数值" : "; with value ");
		bounds(t, &p->value);
	}
	for (const struct attribute *a = p->attributes; a != NULL; a = a->next)
		attribute(t, a);
	place(t, p);
}

/* The day is told for the listener; the cohort decides it (cohort.h). */
static void age(const struct telling *t, const struct part *p)
{
	char day[16];

	if (p->age_from >= 0 && p->age_to >= 0)
		text_addf(t->out,
			t->zh ? "年龄 %" PRId32 " 至未满 %" PRId32 " 岁"
			      : "aged %" PRId32 " to under %" PRId32,
			p->age_from, p->age_to);
	else if (p->age_from >= 0)
		text_addf(t->out, t->zh ? "年龄满 %" PRId32 " 岁" : "aged %" PRId32 " or over",
			p->age_from);
	else
		text_addf(t->out, t->zh ? "年龄未满 %" PRId32 " 岁" : "aged under %" PRId32,
			p->age_to);
	if (t->brief)
		return;
	if (t->nested)
		text_add(t->out, t->zh ? "（该事件当天）" : " on the day of that event");
	else if (t->has_index)
		text_add(t->out, t->zh ? "（入组日期当天）" : " on the index date");
	else if (t->on != DAY_NONE)
		text_addf(t->out, t->zh ? "（%s 当天）" : " on %s", day_text(t->on, day));
}

static void person(const struct telling *t, const struct part *p, struct say name)
{
	text_addf(t->out, t->zh ? "%s为" : "%s ", tell_say(t, name));
	if (p->label != NULL)
		quoted(t, p->label);
	else
		list_codes(t, p->codes, p->n_codes);
}

void tell_criterion(const struct telling *t, const struct part *p)
{
	switch (p->kind) {
	case PART_EVENT:
	case PART_MEASURE:
		event(t, p);
		return;
	case PART_AGE:
		age(t, p);
		return;
	case PART_SEX:
		person(t, p, SAY("sex", "性别"));
		return;
	case PART_RACE:
		person(t, p, SAY("race", "种族"));
		return;
	case PART_ETHNICITY:
		person(t, p, SAY("ethnicity", "族裔"));
		return;
	case PART_BIRTH:
		text_add(t->out, t->zh ? "出生于" : "born");
		span(t, p->from, p->to);
		return;
	case PART_ALL:
	case PART_ANY:
	case PART_NONE:
	case PART_OF:
		return; /* groups: tell.c */
	}
}
