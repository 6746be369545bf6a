/*
 * tell.c - the lines of a cohort: what sets the index date, observation, then numbered criteria, those inside a group
 * or a `with` indented below it and numbered after it.
 */
#include "query/tell.h"

#include <inttypes.h>

#include "query/tell_event.h"

enum {
	NUMBER_BYTES = 16 * (MAX_COHORT_DEPTH + 2) /* "2.14.3." */
};

/* What stands before the members of a group, and between the two without a line end in the brief form. */
static void group_words(const struct telling *t, const struct part *p)
{
	switch (p->kind) {
	case PART_ALL:
		text_add(t->out, t->zh ? "以下全部成立" : "all of these hold");
		break;
	case PART_ANY:
		text_add(t->out, t->zh ? "以下至少一项成立" : "any of these holds");
		break;
	case PART_NONE:
		text_add(t->out, t->zh ? "以下均不成立" : "none of these holds");
		break;
	case PART_OF:
		text_add(t->out, t->zh ? "以下" : "");
		tell_how_many(t, p->how, p->n);
		text_add(t->out, t->zh       ? " 项成立"
				 : p->n == 1 ? " of these holds"
					     : " of these hold");
		break;
	default:
		break;
	}
}

static bool is_group(const struct part *p)
{
	return p->kind == PART_ALL || p->kind == PART_ANY || p->kind == PART_NONE ||
	       p->kind == PART_OF;
}

static const char *line_end(const struct telling *t)
{
	return t->zh ? "：\n" : ":\n";
}

/* ---- the whole ---- */

/* One criterion on its line and what belongs to it below. `number` is "2.1." and `depth` its numbers. */
static void lines_of(
	const struct telling *t, const struct part *p, const char *number, unsigned depth);

static void members(
	const struct telling *t, const struct part *list, const char *number, unsigned depth)
{
	char own[NUMBER_BYTES];
	unsigned n = 0;

	for (const struct part *c = list; c != NULL; c = c->next) {
		struct text name;

		text_init(&name, sizeof(own) - 1);
		text_addf(&name, "%s%u.", number, ++n);
		if (!text_copy(own, sizeof(own), text_str(&name)))
			own[0] = 0;
		text_clear(&name);
		lines_of(t, c, own, depth + 1);
	}
}

static void with(const struct telling *t, const struct part *p, const char *number, unsigned depth)
{
	struct telling inner = *t;

	inner.nested = true;
	text_add(t->out,
		t->zh ? "；且对该事件，以下全部成立" : "; and for that event all of these hold");
	text_add(t->out, line_end(t));
	members(&inner, p->with->children, number, depth);
}

static void lines_of(
	const struct telling *t, const struct part *p, const char *number, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		text_add(t->out, "  ");
	text_addf(t->out, "%s ", number);
	if (is_group(p)) {
		group_words(t, p);
		text_add(t->out, line_end(t));
		members(t, p->children, number, depth);
		return;
	}
	tell_criterion(t, p);
	if (p->with != NULL)
		with(t, p, number, depth);
	else
		text_addc(t->out, '\n');
}

static void entry(const struct telling *t, const struct cohort *c)
{
	static const struct say rules[] = {
		[INDEX_FIRST] = { "People whose index date is the first day of the earliest of "
				  "these events:",
			"入组日期为下列事件中最早一次的首日的人群：" },
		[INDEX_LAST] = { "People whose index date is the first day of the latest of these "
				 "events:",
			"入组日期为下列事件中最晚一次的首日的人群：" },
		[INDEX_EACH] = { "People whose index date is the first day of the earliest of "
				 "these events for "
				 "which everything else holds:",
			"入组日期为下列事件中其余要求全部成立的最早一次的首日的人群：" },
	};
	/* what stands inside the `with` of an entry is told like any other */

	text_addf(t->out, "%s\n", tell_say(t, rules[c->index]));
	members(t, c->entry, "", 0);
}

static void observed(const struct telling *t, const struct cohort *c)
{
	text_add(t->out, t->zh ? "入组日期位于一个观察期之内，该观察期"
			       : "The index date lies in an observation period that ");
	if (c->before >= 0)
		text_addf(t->out,
			t->zh ? "在其前至少 %" PRId32 " 天%.0s已开始"
			      : "began at least %" PRId32 " %s before it",
			c->before, tell_days(c->before));
	if (c->before >= 0 && c->after >= 0)
		text_add(t->out, t->zh ? "，并" : " and ");
	if (c->after >= 0)
		text_addf(t->out,
			t->zh ? "在其后至少 %" PRId32 " 天%.0s才结束"
			      : "ends at least %" PRId32 " %s after it",
			c->after, tell_days(c->after));
	text_add(t->out, t->zh ? "。\n" : ".\n");
}

void tell_cohort(const struct cohort *c, int32_t on, bool zh, struct text *out)
{
	int32_t last = cohort_last_day(c);
	struct telling t = { .out = out,
		.zh = zh,
		.has_index = c->n_entries > 0,
		.on = last != DAY_NONE ? last : on };

	if (c->officer != NULL) {
		text_addf(out,
			zh ? "合规人员的既定队列 %s。\n" : "People of the officers' cohort %s.\n",
			c->officer);
		return;
	}
	if (c->n_entries > 0)
		entry(&t, c);
	if (c->before >= 0 || c->after >= 0)
		observed(&t, c);
	if (c->root->children == NULL) {
		if (c->n_entries == 0)
			text_add(out, zh ? "所有人。\n" : "Everybody.\n");
		return;
	}
	if (c->n_entries > 0)
		text_add(out, zh ? "并且以下全部成立：\n" : "And all of these hold:\n");
	else
		text_add(out,
			zh ? "以下全部成立的人群：\n" : "People for whom all of these hold:\n");
	members(&t, c->root->children, "", 0);
}

/* ---- one line ---- */

static void line(const struct telling *t, const struct part *p);

static void in_brackets(const struct telling *t, const struct part *list)
{
	text_add(t->out, t->zh ? "（" : " (");
	for (const struct part *c = list; c != NULL; c = c->next) {
		line(t, c);
		if (c->next != NULL)
			text_add(t->out, t->zh ? "／" : " / ");
	}
	text_add(t->out, t->zh ? "）" : ")");
}

static void line(const struct telling *t, const struct part *p)
{
	struct telling inner = *t;

	if (is_group(p)) {
		group_words(t, p);
		in_brackets(t, p->children);
		return;
	}
	tell_criterion(t, p);
	if (p->with == NULL)
		return;
	inner.nested = true;
	text_add(t->out, t->zh ? "；且对该事件" : "; and for that event");
	in_brackets(&inner, p->with->children);
}

void tell_part(const struct part *p, bool zh, struct text *out)
{
	struct telling t = { .out = out, .zh = zh, .brief = true, .on = DAY_NONE };

	line(&t, p);
}
