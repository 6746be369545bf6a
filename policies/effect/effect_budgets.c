#include "policies/effect/effect_in.h"

#include <string.h>

#include "base/text.h"

/*
 * Budgets. A target has periods that do not overlap; a day of a target outside all of them refuses its questions, so
 * a period more can open, and a target more only ties down where another budget covered the question already.
 */

static bool same_target(const struct budget *a, const struct budget *b)
{
	return a->scope == b->scope && effect_same_text(a->id, b->id);
}

static bool has_target(const struct policy *p, const struct budget *of)
{
	for (unsigned i = 0; i < p->n_budgets; i++)
		if (same_target(&p->budgets[i], of))
			return true;
	return false;
}

static bool covers(const struct policy *p, const struct study *s, const char *dataset)
{
	for (unsigned i = 0; i < p->n_budgets; i++) {
		const struct budget *b = &p->budgets[i];

		if (b->scope == SCOPE_EACH_REQUESTER || b->scope == SCOPE_EACH_STUDY ||
			(b->scope == SCOPE_STUDY && strcmp(b->id, s->id) == 0) ||
			(b->scope == SCOPE_DATASET && strcmp(b->id, dataset) == 0))
			return true;
	}
	return false;
}

static bool matches(const struct budget *b, const struct study *s, const char *dataset)
{
	switch (b->scope) {
	case SCOPE_STUDY:
		return strcmp(b->id, s->id) == 0;
	case SCOPE_DATASET:
		return strcmp(b->id, dataset) == 0;
	default:
		return true;
	}
}

/* Whether every question that the new target is charged for had a budget before. */
static bool only_ties_down(const struct comparing *c, const struct budget *b)
{
	for (unsigned i = 0; i < c->after->n_studies; i++) {
		const struct study *s = &c->after->studies[i];

		for (unsigned k = 0; k < s->n_datasets; k++)
			if (matches(b, s, s->datasets[k].text) &&
				!covers(c->before, s, s->datasets[k].text))
				return false;
	}
	return true;
}

static struct say thing_of(struct comparing *c, const struct budget *b)
{
	switch (b->scope) {
	case SCOPE_STUDY:
		return EFFECT_SAY(c, "budget of study %s", "课题 %s 的预算", b->id);
	case SCOPE_DATASET:
		return EFFECT_SAY(c, "budget of dataset %s", "数据集 %s 的预算", b->id);
	case SCOPE_EACH_STUDY:
		return SAY("budget of each study", "每个课题的预算");
	default:
		return SAY("budget of each requester", "每位申请人的预算");
	}
}

static const char *amount_text(struct comparing *c, const struct budget *b)
{
	char buf[32];
	const char *s = arena_textf(c->a, "%s %s", b->in_epsilon ? "epsilon" : "rho",
		format_decimal(buf, sizeof(buf), (int64_t)b->cap, 12));

	if (s == NULL)
		c->failed = true;
	return s == NULL ? "" : s;
}

static void note_period(struct comparing *c, enum effect_way way, struct say thing,
	const struct budget *b, struct say verb)
{
	effect_note(c, way, thing, b->at,
		EFFECT_SAY(c, "%s%.0s: %s, %s", "%.0s%s：%s，%s", verb.en, verb.zh,
			amount_text(c, b), say_span(c->a, b->from, b->to)));
}

/* 0 stands for no limit on their number. */
static int64_t queries(const struct budget *b)
{
	return b->queries == 0 ? INT64_MAX : b->queries;
}

static struct say queries_say(struct comparing *c, const struct budget *b)
{
	const char *text;

	if (b->queries == 0)
		return SAY("no limit", "不限");
	text = arena_textf(c->a, "%lld", (long long)b->queries);
	return (struct say){ text, text };
}

static uint64_t delta(const struct budget *b)
{
	return b->delta_e18 == 0 ? UINT64_C(1000000000000) : b->delta_e18; /* 1e-6 */
}

static struct say delta_say(struct comparing *c, const struct budget *b)
{
	char buf[32];
	const char *text =
		arena_text(c->a, format_decimal(buf, sizeof(buf), (int64_t)delta(b), 18));

	return (struct say){ text, text };
}

/* Two periods with the same first day: an account goes on. */
static void compare_period(struct comparing *c, const struct budget *b, const struct budget *a)
{
	struct say thing = thing_of(c, a);
	bool other_unit = a->in_epsilon != b->in_epsilon;
	const char *was = amount_text(c, b), *now = amount_text(c, a);

	if (other_unit || a->cap != b->cap)
		effect_words(c, other_unit || a->cap > b->cap ? EFFECT_WIDER : EFFECT_TIGHTER,
			thing, a->at, SAY("in all", "总额"), (struct say){ was, was },
			(struct say){ now, now });
	if (delta(a) != delta(b) && !other_unit && a->in_epsilon)
		effect_words(c, delta(a) > delta(b) ? EFFECT_WIDER : EFFECT_TIGHTER, thing, a->at,
			SAY("delta", "delta"), delta_say(c, b), delta_say(c, a));
	if (queries(a) != queries(b))
		effect_words(c, queries(a) > queries(b) ? EFFECT_WIDER : EFFECT_TIGHTER, thing,
			a->at, SAY("queries", "查询次数"), queries_say(c, b), queries_say(c, a));
	effect_span(c, thing, a->at, SAY("period", "周期"), b->from, b->to, a->from, a->to);
}

static const struct budget *period_from(
	const struct policy *p, const struct budget *of, int32_t first_day)
{
	for (unsigned i = 0; i < p->n_budgets; i++)
		if (same_target(&p->budgets[i], of) && p->budgets[i].from == first_day)
			return &p->budgets[i];
	return NULL;
}

void effect_budgets(struct comparing *c)
{
	for (unsigned i = 0; i < c->after->n_budgets; i++) {
		const struct budget *a = &c->after->budgets[i],
				    *b = period_from(c->before, a, a->from);

		if (b != NULL)
			compare_period(c, b, a);
		else if (has_target(c->before, a))
			note_period(c, EFFECT_WIDER, thing_of(c, a), a,
				SAY("new period, which begins with nothing spent",
					"新周期，从零计费"));
		else
			note_period(c, only_ties_down(c, a) ? EFFECT_TIGHTER : EFFECT_WIDER,
				thing_of(c, a), a, SAY("new", "新增"));
	}
	for (unsigned i = 0; i < c->before->n_budgets; i++) {
		const struct budget *b = &c->before->budgets[i];

		if (!has_target(c->after, b))
			note_period(c, EFFECT_WIDER, thing_of(c, b), b, SAY("removed", "移除"));
		else if (period_from(c->after, b, b->from) == NULL)
			note_period(c, EFFECT_TIGHTER, thing_of(c, b), b,
				SAY("period removed", "移除周期"));
	}
}
