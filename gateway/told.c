#include "gateway/told.h"

#include "query/doubt.h"
#include "query/tell.h"

enum {
	TOLD_BYTES = 4 * MAX_QUESTION_BYTES /* one language */
};

void told_say(struct text *out, const char *en, const char *zh)
{
	text_add(out, "{\"en\":");
	text_add_json(out, en);
	text_add(out, ",\"zh\":");
	text_add_json(out, zh);
	text_addc(out, '}');
}

static const struct say kinds[KINDS] = {
	[KIND_COUNT] = { "How many people", "人数" },
	[KIND_HISTOGRAM] = { "A histogram of", "直方图：" },
	[KIND_CROSSTAB] = { "A table of people", "列联表" },
	[KIND_MEAN] = { "The mean of", "均值：" },
	[KIND_QUANTILE] = { "Quantiles of", "分位数：" },
	[KIND_SURVIVAL] = { "Time until", "生存曲线，终点：" },
	[KIND_ATTRITION] = { "How many people are left after each criterion",
		"逐条标准后的剩余人数" },
	[KIND_DISTINCT] = { "How many different people", "去重人数" },
};

/* What the asker wrote, which may look like a phrase. */
static void add_quoted(struct text *out, const char *s, bool zh)
{
	text_addf(out, zh ? "“%s”" : "\"%s\"", s);
}

static void tell_groups(const struct question *q, bool zh, struct text *out)
{
	for (unsigned i = 0; i < q->n_groups; i++) {
		text_add(out, i > 0 ? (zh ? "、" : ", ") : (zh ? "，分组：" : ", by "));
		add_quoted(out, q->groups[i].text, zh);
	}
}

/* Of an officer's cohort: its parameters, and the columns that are filtered with their values. */
static void tell_more(const struct question *q, bool zh, struct text *out)
{
	for (unsigned i = 0; i < q->n_params; i++) {
		text_add(out, zh ? "，参数 " : ", with ");
		add_quoted(out, q->params[i].name, zh);
		text_add(out, " = ");
		add_quoted(out, q->params[i].value.text, zh);
	}
	for (unsigned i = 0; i < q->n_filters; i++) {
		text_add(out, zh ? "，仅限 " : ", only ");
		add_quoted(out, q->filters[i].column, zh);
		text_add(out, " = ");
		for (unsigned k = 0; k < q->filters[i].n_values; k++) {
			text_add(out, k > 0 ? (zh ? "、" : ", ") : "");
			add_quoted(out, q->filters[i].values[k].text, zh);
		}
	}
}

static void tell_question(const struct question *q, bool zh, struct text *out)
{
	text_add(out, zh ? kinds[q->kind].zh : kinds[q->kind].en);
	if (q->of.text != NULL) {
		text_add(out, zh ? "" : " ");
		add_quoted(out, q->of.text, zh);
	}
	if (q->event != NULL) {
		text_add(out, zh ? "" : " ");
		tell_part(q->event, zh, out);
	}
	tell_groups(q, zh, out);
	tell_more(q, zh, out);
	text_add(out, zh ? "。\n" : ".\n");
	tell_cohort(&q->cohort, q->on, zh, out);
}

static void add_both(struct text *out, const struct text *en, const struct text *zh)
{
	if (text_failed(en) || text_failed(zh))
		told_say(out, "too long to be told", "过长，无法说明");
	else
		told_say(out, text_str(en), text_str(zh));
}

void told_question(struct text *out, const struct question *q)
{
	struct text en, zh;

	text_init(&en, TOLD_BYTES);
	text_init(&zh, TOLD_BYTES);
	tell_question(q, false, &en);
	tell_question(q, true, &zh);
	add_both(out, &en, &zh);
	text_clear(&en);
	text_clear(&zh);
}

void told_cohort(struct text *out, const struct cohort *c, int32_t on)
{
	struct text en, zh;

	text_init(&en, TOLD_BYTES);
	text_init(&zh, TOLD_BYTES);
	tell_cohort(c, on, false, &en);
	tell_cohort(c, on, true, &zh);
	add_both(out, &en, &zh);
	text_clear(&en);
	text_clear(&zh);
}

void told_place(struct text *out, const struct place *at)
{
	if (at->line > 0)
		text_addf(out, "%s:%u:%u", at->file == NULL ? "" : at->file, at->line, at->column);
	else if (at->file != NULL)
		text_add(out, at->file);
}

void told_doubts(struct text *out, const struct cohort *c, struct arena *a)
{
	struct diags ds;

	diags_init(&ds, a);
	cohort_doubts(c, a, &ds);
	diags_sort(&ds);
	text_addc(out, '[');
	for (size_t i = 0; i < ds.count; i++) {
		struct text at;

		text_init(&at, 2 * MAX_NAME);
		told_place(&at, &ds.list[i].at);
		text_add(out, i > 0 ? ",{\"at\":" : "{\"at\":");
		text_add_json(out, text_str(&at));
		text_add(out, ",\"say\":");
		told_say(out, ds.list[i].en, ds.list[i].zh);
		text_addc(out, '}');
		text_clear(&at);
	}
	text_addc(out, ']');
}
