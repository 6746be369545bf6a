#include "gateway/catalogue_write.h"

#include <string.h>

#include "base/clock.h"
#include "query/cohort.h"
#include "query/question.h"

static void say_json(struct text *t, const char *key, const char *en, const char *zh)
{
	text_addf(t, ",\"%s\":{\"en\":", key);
	text_add_json(t, en);
	text_add(t, ",\"zh\":");
	text_add_json(t, zh);
	text_addc(t, '}');
}

static void texts_json(struct text *t, const char *key, const char *const *texts, uint64_t n)
{
	text_addf(t, ",\"%s\":[", key);
	for (uint64_t i = 0; i < n; i++) {
		if (i > 0)
			text_addc(t, ',');
		text_add_json(t, texts[i]);
	}
	text_addc(t, ']');
}

static void text_json(struct text *t, const char *key, const char *text)
{
	text_addf(t, ",\"%s\":", key);
	text_add_json(t, text);
}

static void number_json(struct text *t, const char *key, int64_t n)
{
	char number[24];

	text_addf(t, ",\"%s\":%s", key, format_decimal(number, sizeof(number), n, 9));
}

static void days_json(struct text *t, const char *key, int64_t from, int64_t to)
{
	char first[16], last[16];

	text_addf(t, ",\"%s\":{\"from\":\"%s\",\"to\":\"%s\"}", key, day_text((int32_t)from, first),
		day_text((int32_t)to, last));
}

static void kinds_json(struct text *t, uint64_t kinds)
{
	const char *names[KINDS];
	uint64_t n = 0;

	for (unsigned k = 0; k < KINDS; k++)
		if (kinds >> k & 1)
			names[n++] = kind_name((enum question_kind)k);
	texts_json(t, "kinds", names, n);
}

/* ---- datasets ---- */

static void events_json(struct text *t, const struct offered_dataset *d)
{
	static const char *const steps[STEP_MOST + 1] = { NULL, "year", "quarter", "month", "week",
		"day" };

	text_add(t, ",\"events\":[");
	for (uint64_t i = 0; i < d->n_events; i++) {
		const struct offered_event *e = &d->events[i];

		text_addf(t, "%s{\"event\":\"%s\"", i > 0 ? "," : "",
			event_name((enum event_kind)e->event));
		say_json(t, "title", e->title_en, e->title_zh);
		texts_json(t, "codes", e->codes, e->n_codes);
		if (e->step == 0)
			text_add(t, ",\"steps\":null");
		else
			text_json(t, "steps", steps[e->step]);
		texts_json(t, "uses", e->uses, e->n_uses);
		texts_json(t, "columns", e->columns, e->n_columns);
		text_addc(t, '}');
	}
	text_addc(t, ']');
}

static void groups_json(struct text *t, const struct offered_dataset *d)
{
	text_add(t, ",\"groups\":[");
	for (uint64_t i = 0; i < d->n_groups; i++) {
		const struct offered_group *g = &d->groups[i];

		text_add(t, i > 0 ? ",{\"name\":" : "{\"name\":");
		text_add_json(t, g->name);
		say_json(t, "title", g->title_en, g->title_zh);
		texts_json(t, "labels", g->labels, g->n_labels);
		text_json(t, "column", g->column);
		text_addc(t, '}');
	}
	text_addc(t, ']');
}

static void measures_json(struct text *t, const struct offered_dataset *d)
{
	char number[24];

	text_add(t, ",\"measures\":[");
	for (uint64_t i = 0; i < d->n_measures; i++) {
		const struct offered_measure *m = &d->measures[i];

		text_add(t, i > 0 ? ",{\"id\":" : "{\"id\":");
		text_add_json(t, m->id);
		say_json(t, "title", m->title_en, m->title_zh);
		text_json(t, "unit", m->unit);
		number_json(t, "low", m->low);
		number_json(t, "high", m->high);
		text_add(t, ",\"cuts\":[");
		for (uint64_t c = 0; c < m->n_cuts; c++)
			text_addf(t, "%s%s", c > 0 ? "," : "",
				format_decimal(number, sizeof(number), m->cuts[c], 9));
		text_add(t, "]}");
	}
	text_addc(t, ']');
}

static void dataset_json(struct text *t, const struct offered_dataset *d)
{
	text_add(t, "{\"id\":");
	text_add_json(t, d->id);
	say_json(t, "title", d->title_en, d->title_zh);
	text_addf(t, ",\"level\":%llu", (unsigned long long)d->level);
	if (d->model[0] == '\0')
		text_add(t, ",\"model\":null");
	else
		text_json(t, "model", d->model);
	if (d->spans)
		days_json(t, "span", d->from, d->to);
	else
		text_add(t, ",\"span\":null");
	events_json(t, d);
	groups_json(t, d);
	measures_json(t, d);
	text_addc(t, '}');
}

/* ---- studies ---- */

/* By the names of a question: "condition", "sex", "measure:hba1c". */
void catalogue_write_may_use(const struct offered_study *s, struct text *t)
{
	const char *between = "";

	text_add(t, ",\"may_use\":[");
	for (uint64_t d = 0; d < s->n_datasets; d++) {
		const struct offered_dataset *of = &s->datasets[d];
		char name[sizeof("measure:") + MAX_ID];

		for (uint64_t i = 0; i < of->n_events; i++, between = ",")
			text_addf(t, "%s\"%s\"", between,
				event_name((enum event_kind)of->events[i].event));
		for (uint64_t i = 0; i < of->n_groups; i++, between = ",") {
			text_add(t, between);
			text_add_json(t, of->groups[i].name);
		}
		for (uint64_t i = 0; i < of->n_measures; i++, between = ",") {
			text_add(t, between);
			memcpy(name, "measure:", sizeof("measure:"));
			(void)!text_copy(name + strlen(name), MAX_ID + 1, of->measures[i].id);
			text_add_json(t, name);
		}
	}
	text_addc(t, ']');
}

static void param_json(struct text *t, const struct offered_param *p)
{
	static const char *const takes[PARAM_TAKES] = { "period", "value", "code" };
	static const char *const steps[STEP_MOST + 1] = { NULL, "year", "quarter", "month", "week",
		"day" };

	text_add(t, "{\"name\":");
	text_add_json(t, p->name);
	text_addf(t, ",\"takes\":\"%s\"", takes[p->takes]);
	if (p->takes == PARAM_PERIOD && p->step > 0) {
		text_addf(t, ",\"step\":\"%s\"", steps[p->step]);
		days_json(t, "span", p->from, p->to);
	}
	texts_json(t, "values", p->values, p->n_values);
	text_addc(t, '}');
}

static void cohorts_json(struct text *t, const struct offered_study *s)
{
	text_add(t, ",\"cohorts\":[");
	for (uint64_t i = 0; i < s->n_cohorts; i++) {
		const struct offered_cohort *c = &s->cohorts[i];

		text_add(t, i > 0 ? ",{\"id\":" : "{\"id\":");
		text_add_json(t, c->id);
		say_json(t, "title", c->title_en, c->title_zh);
		text_json(t, "dataset", c->dataset);
		kinds_json(t, c->kinds);
		text_add(t, ",\"params\":[");
		for (uint64_t k = 0; k < c->n_params; k++) {
			text_add(t, k > 0 ? "," : "");
			param_json(t, &c->params[k]);
		}
		text_add(t, "]}");
	}
	text_addc(t, ']');
}

static void study_json(struct text *t, const struct seen_study *seen)
{
	const struct offered_study *s = seen->study;

	text_add(t, "{\"id\":");
	text_add_json(t, s->id);
	say_json(t, "title", s->title_en, s->title_zh);
	days_json(t, "valid", s->from, s->to);
	text_json(t, "role", seen->role);
	kinds_json(t, s->kinds);
	text_add(t, ",\"datasets\":[");
	for (uint64_t i = 0; i < s->n_datasets; i++) {
		if (i > 0)
			text_addc(t, ',');
		text_add_json(t, s->datasets[i].id);
	}
	text_addc(t, ']');
	catalogue_write_may_use(s, t);
	cohorts_json(t, s);
	text_addc(t, '}');
}

/* ---- a site ---- */

static void rules_json(struct text *t, const struct seen *s)
{
	static const char *const timings[] = { "paced", "strict", "open" };
	static const char *const modes[] = { [MODE_NOISED] = "noised", [MODE_SECURE] = "secure" };
	const struct offered *o = s->offered;
	const char *names[2];
	uint64_t n = 0;

	kinds_json(t, s->any ? o->kinds : 0);
	for (unsigned m = 0; m < 2; m++)
		if (s->any && (o->modes >> m & 1))
			names[n++] = modes[m];
	texts_json(t, "modes", names, n);
	text_json(t, "timing", s->any ? timings[o->timing] : "");
	if (s->any && o->composes)
		text_addf(t, ",\"compose\":{\"criteria\":%llu,\"depth\":%llu,\"window\":%llu}",
			(unsigned long long)o->criteria, (unsigned long long)o->depth,
			(unsigned long long)o->window);
	else
		text_add(t, ",\"compose\":null");
}

void catalogue_write_site(const struct seen *s, const struct site_status *st, struct text *t)
{
	static const char *const shown[] = { "none", "studies", "open" };
	const struct offered *o = s->offered;
	char hash[HASH_TEXT];

	text_add(t, "{\"site\":");
	text_add_json(t, st->site);
	text_addf(t, ",\"online\":%s", st->online ? "true" : "false");
	say_json(t, "title", s->any ? o->title_en : "", s->any ? o->title_zh : "");
	text_addf(t, ",\"policy\":{\"version\":%llu,\"hash\":\"%s\"}",
		(unsigned long long)o->policy_version, hash32_text(&o->policy_hash, hash));
	text_json(t, "data", o->data);
	text_json(t, "shown", shown[o->shown]);
	text_add(t, ",\"datasets\":[");
	for (size_t i = 0; i < s->n_datasets; i++) {
		if (i > 0)
			text_addc(t, ',');
		dataset_json(t, &s->datasets[i]);
	}
	text_addc(t, ']');
	rules_json(t, s);
	text_add(t, ",\"studies\":[");
	for (size_t i = 0; i < s->n_studies; i++) {
		if (i > 0)
			text_addc(t, ',');
		study_json(t, &s->studies[i]);
	}
	text_add(t, "]}");
}

/* ---- coverage ---- */

static void cell_json(struct text *t, const struct coverage_site *s)
{
	text_add(t, "{\"site\":");
	text_add_json(t, s->site);
	text_addf(t, ",\"state\":\"%s\"", s->released ? "released" : "suppressed");
	if (s->value != NULL)
		text_addf(t, ",\"value\":%s", s->value);
	if (s->low != NULL && s->high != NULL)
		text_addf(t, ",\"interval\":[%s,%s]", s->low, s->high);
	if (s->threshold != NULL)
		text_addf(t, ",\"threshold\":%s", s->threshold);
	text_addc(t, '}');
}

void catalogue_write_coverage(const struct coverage_row *rows, size_t n, struct text *t)
{
	text_addc(t, '[');
	for (size_t i = 0; i < n; i++) {
		text_add(t, i > 0 ? ",{\"id\":" : "{\"id\":");
		text_add_json(t, rows[i].id);
		say_json(t, "label", rows[i].label.en, rows[i].label.zh);
		text_add(t, ",\"sites\":[");
		for (size_t k = 0; k < rows[i].n; k++) {
			if (k > 0)
				text_addc(t, ',');
			cell_json(t, &rows[i].sites[k]);
		}
		text_add(t, "]}");
	}
	text_addc(t, ']');
}
