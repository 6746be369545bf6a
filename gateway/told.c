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

void told_cohort(struct text *out, const struct cohort *c, int32_t on)
{
	struct text en, zh;

	text_init(&en, TOLD_BYTES);
	text_init(&zh, TOLD_BYTES);
	tell_cohort(c, on, false, &en);
	tell_cohort(c, on, true, &zh);
	if (text_failed(&en) || text_failed(&zh))
		told_say(out, "too long to be told", "过长，无法说明");
	else
		told_say(out, text_str(&en), text_str(&zh));
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
