#include "cli/policy.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "policies/explain/explain.h"

/* `cordon policy explain THING`: what was written, what holds it, what comes of it, who uses it. */

enum {
	MOST_LABEL = 40
};

/* ---- for people ---- */

static void add_label(const struct desk *d, struct text *t, const struct explain_row *row)
{
	if (row->label.en != NULL)
		text_add(t, desk_say(d, row->label));
	else
		desk_place(t, &row->at);
}

static size_t label_width(const struct desk *d, const struct explanation *e)
{
	size_t most = 0;

	for (unsigned i = 0; i < e->n_rows; i++) {
		struct text label;
		size_t width;

		text_init(&label, DESK_OUTPUT);
		add_label(d, &label, &e->rows[i]);
		width = text_failed(&label) ? 0 : utf8_width(text_str(&label));
		if (width > most)
			most = width;
		text_clear(&label);
	}
	return most > MOST_LABEL ? MOST_LABEL : most;
}

/* "used by" stands once above what belongs to it. */
static bool repeats(const struct explanation *e, unsigned i)
{
	return i > 0 && e->rows[i].label.en != NULL && e->rows[i - 1].label.en != NULL &&
	       strcmp(e->rows[i].label.en, e->rows[i - 1].label.en) == 0;
}

static void add_row(
	const struct desk *d, struct text *t, const struct explanation *e, unsigned i, size_t width)
{
	size_t line = t->len, from, at;

	text_add(t, "  ");
	from = t->len;
	if (!repeats(e, i))
		add_label(d, t, &e->rows[i]);
	desk_pad(t, from, width);
	text_add(t, "   ");
	at = text_failed(t) ? 0 : utf8_width(text_str(t) + line);
	desk_wrap(t, desk_say(d, e->rows[i].say), at, width + 5);
	text_addc(t, '\n');
}

static int show(struct desk *d, const struct explanation *e)
{
	size_t width = label_width(d, e);
	struct text out;

	text_init(&out, DESK_OUTPUT);
	text_add(&out, e->thing);
	if (e->about.en[0] != '\0') {
		text_add(&out, "   ");
		desk_wrap(&out, desk_say(d, e->about), utf8_width(e->thing) + 3, 5);
	}
	text_addc(&out, '\n');
	for (unsigned i = 0; i < e->n_rows; i++)
		add_row(d, &out, e, i, width);
	return desk_print(&out, POLICY_GOOD);
}

static int unknown(const struct desk *d, const struct explanation *e)
{
	fprintf(stderr,
		d->zh ? "cordon policy explain：策略中没有“%s”"
		      : "cordon policy explain: the policy has nothing called '%s'",
		d->word);
	for (unsigned i = 0; i < e->n_near; i++)
		fprintf(stderr, "%s%s",
			i > 0   ? (d->zh ? "、" : ", ")
			: d->zh ? "；最接近的是 "
				: "; nearest: ",
			e->near[i]);
	fputc('\n', stderr);
	return POLICY_NO;
}

/* ---- for machines ---- */

static void add_row_json(struct text *t, const struct explain_row *row)
{
	text_add(t, "{\"label\":");
	desk_say_json(t, row->label);
	text_add(t, ",\"say\":");
	desk_say_json(t, row->say);
	if (row->at.line > 0)
		desk_place_json(t, &row->at);
	text_addc(t, '}');
}

static int show_json(const struct desk *d, const struct explanation *e)
{
	struct text out;

	text_init(&out, DESK_OUTPUT);
	text_addf(&out, "{\"found\":%s,\"thing\":", e->kind != NULL ? "true" : "false");
	text_add_json(&out, e->kind == NULL ? d->word : e->thing);
	if (e->kind == NULL) {
		text_add(&out, ",\"nearest\":[");
		for (unsigned i = 0; i < e->n_near; i++) {
			text_add(&out, i == 0 ? "" : ",");
			text_add_json(&out, e->near[i]);
		}
		text_add(&out, "]}\n");
		return desk_print(&out, POLICY_NO);
	}
	text_add(&out, ",\"kind\":");
	text_add_json(&out, e->kind);
	text_add(&out, ",\"about\":");
	desk_say_json(&out, e->about);
	text_add(&out, ",\"rows\":[");
	for (unsigned i = 0; i < e->n_rows; i++) {
		text_add(&out, i == 0 ? "" : ",");
		add_row_json(&out, &e->rows[i]);
	}
	text_add(&out, "]}\n");
	return desk_print(&out, POLICY_GOOD);
}

/* ---- the command ---- */

int policy_explain(struct desk *d)
{
	struct error err = { .code = E_NONE };
	struct explanation e;
	int32_t on = DAY_NONE;

	if (d->decision != NULL)
		return policy_explain_decision(d);
	if (d->word == NULL)
		return desk_bad_use(d,
			SAY("say what: a column, table, code, study, rule id, measure, "
			    "category or dataset",
				"请写明要说明什么：字段、表、编码、课题、规则标识、指标、"
				"类别或数据集"),
			"");
	if (desk_on(d, &on) != POLICY_GOOD)
		return POLICY_ERRORS;
	if (explain(d->policy, d->word, on, &d->arena, &e, &err) != 0)
		return desk_failed(d, &err);
	if (d->json)
		return show_json(d, &e);
	return e.kind == NULL ? unknown(d, &e) : show(d, &e);
}
