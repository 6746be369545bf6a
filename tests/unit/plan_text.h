/*
 * plan_text.h - a plan as one text that does not depend on the order of the policy's lines: what it counts, in which
 * groups, without whose rows, with how much noise, charged to whom.
 */
#ifndef TESTS_PLAN_TEXT_H
#define TESTS_PLAN_TEXT_H

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "policies/decide/plan.h"

enum {
	PLAN_WORDS = 512
};

static inline int plan_by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static inline void plan_sorted(struct text *t, const char *what, const char **words, unsigned n)
{
	qsort(words, n, sizeof(*words), plan_by_text);
	text_addf(t, " %s=", what);
	for (unsigned i = 0; i < n; i++)
		text_addf(t, "%s%s", i == 0 ? "" : ",", words[i]);
}

static inline void plan_codes(struct text *t, const int64_t *codes, unsigned n, struct arena *a)
{
	const char *words[PLAN_WORDS];

	for (unsigned i = 0; i < n && i < PLAN_WORDS; i++)
		words[i] = arena_textf(a, "%lld", (long long)codes[i]);
	plan_sorted(t, "codes", words, n);
}

static inline const char *plan_name(const struct column *c)
{
	return c == NULL ? "-" : c->name;
}

static inline void plan_listed_codes(struct text *t, const struct code *codes, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		text_addf(t, " %s%d%s%s%s%s", codes[i].out ? "-" : "", (int)codes[i].concept,
			codes[i].text == NULL ? "" : codes[i].system,
			codes[i].text == NULL ? "" : codes[i].text, codes[i].descendants ? "+" : "",
			codes[i].mapped ? "m" : "");
}

static inline void plan_bounds(struct text *t, const struct value_bounds *b)
{
	text_addf(t, " %d%d%d%d%d %lld %lld", b->has_low, b->low_open, b->has_high, b->high_open,
		b->outside, (long long)b->low, (long long)b->high);
}

static inline void plan_days(struct text *t, const struct criterion *c)
{
	text_addf(t, " end %s %s %d..%d lasting %d..%d", plan_name(c->end), plan_name(c->end_days),
		(int)c->ends_from, (int)c->ends_to, (int)c->lasting_from, (int)c->lasting_to);
	for (unsigned i = 0; i < c->n_windows; i++)
		text_addf(t, " within %d..%d %d%d%d", (int)c->windows[i].from,
			(int)c->windows[i].to, c->windows[i].of_index, c->windows[i].on_end,
			c->windows[i].to_end);
	if (c->has_times)
		text_addf(t, " times %d %u %d", (int)c->times_how, c->times, (int)c->distinct);
	text_addf(t, " %d%d%d %s %s %s", c->first, c->same_visit, c->inside, plan_name(c->id),
		plan_name(c->visit), plan_name(c->kind_column));
}

static inline void plan_attributes(struct text *t, const struct plan_attribute *at)
{
	for (; at != NULL; at = at->next) {
		text_addf(t, " [%d %s %s %s", (int)at->kind, plan_name(at->column),
			plan_name(at->other_id), plan_name(at->other_column));
		plan_listed_codes(t, at->codes, at->n_codes);
		plan_bounds(t, &at->bounds);
		text_addc(t, ']');
	}
}

static inline void plan_criterion(struct text *t, const struct criterion *c, struct arena *a)
{
	text_addf(t, "(%d %d %u %s %s %s %s %d..%d", (int)c->kind, (int)c->how, c->n,
		c->table == NULL ? "-" : c->table->name,
		c->concept == NULL ? "-" : c->concept->column,
		c->start == NULL ? "-" : c->start->column,
		c->value == NULL ? "-" : c->value->column, (int)c->from, (int)c->to);
	plan_listed_codes(t, c->codes, c->n_codes);
	if (c->has_value)
		plan_bounds(t, &c->bounds);
	if (c->kind == PART_EVENT || c->kind == PART_MEASURE)
		plan_days(t, c);
	plan_attributes(t, c->attributes);
	if (c->kind == PART_AGE)
		text_addf(t, " age %d..%d", (int)c->age_from, (int)c->age_to);
	if (c->person != NULL)
		text_addf(t, " person %s %d", plan_name(c->person), c->others);
	if (c->person != NULL && !c->others)
		plan_codes(t, c->person_codes, c->n_person_codes, a);
	for (const struct criterion *k = c->children; k != NULL; k = k->next)
		plan_criterion(t, k, a);
	if (c->with != NULL) {
		text_add(t, " with ");
		plan_criterion(t, c->with, a);
	}
	if (c->kind == PART_MEASURE)
		text_addf(t, " %lld..%lld", (long long)c->clamp_low, (long long)c->clamp_high);
	text_addc(t, ')');
}

static inline void plan_dim(struct text *t, const struct dim *d)
{
	const char *words[PLAN_WORDS];

	text_addf(t, "\ngroup %s %d %s %d %d..%d %s", d->name, (int)d->kind,
		d->column == NULL ? "-" : d->column->name,
		d->kind == DIM_DATE ? (int)d->truncate : 0, (int)d->from, (int)d->to,
		d->measure == NULL ? "-" : d->measure->id);
	for (unsigned i = 0; i < d->n_labels && i < PLAN_WORDS; i++)
		words[i] = d->labels[i];
	plan_sorted(t, "labels", words, d->n_labels);
}

static inline void plan_sets(struct text *t, const struct plan *p, struct arena *a)
{
	const char *words[PLAN_WORDS];

	for (unsigned i = 0; i < p->n_red; i++)
		words[i] = p->policy->codes[p->red[i]].id;
	plan_sorted(t, "\nred", words, p->n_red);
	for (unsigned i = 0; i < p->n_tables; i++)
		words[i] = p->tables[i]->name;
	plan_sorted(t, "\ntables", words, p->n_tables);
	for (unsigned i = 0; i < p->n_charges; i++) {
		const struct charge *c = &p->charges[i];

		words[i] = arena_textf(a, "%s:%d:%llu:%llu:%lld:%d..%d", c->account, c->in_epsilon,
			(unsigned long long)c->cost, (unsigned long long)c->cap,
			(long long)c->max_queries, (int)c->from, (int)c->to);
	}
	plan_sorted(t, "\ncharges", words, p->n_charges);
}

static inline void plan_text(struct text *t, const struct plan *p, struct arena *a)
{
	text_addf(t,
		"%s %s age %d today %d cells %u amount %llu patients %lld timing %d noise %d "
		"%llu/%llu",
		p->data->id, p->study->id, (int)p->age_day, (int)p->today, p->n_cells,
		(unsigned long long)p->amount, (long long)p->min_patients, (int)p->timing,
		p->noise.gaussian, (unsigned long long)p->noise.t, (unsigned long long)p->noise.s);
	text_addf(t, " round %lld similar %lld cells a person %llu under %lld without %s.%s",
		(long long)p->round_to, (long long)p->max_similar, (unsigned long long)p->cells_a_person,
		(long long)p->data->under_age,
		p->data->opt_out_relation == NULL ? "" : p->data->opt_out_schema,
		p->data->opt_out_relation == NULL ? "" : p->data->opt_out_relation);
	for (const struct criterion *c = p->entry; c != NULL; c = c->next) {
		text_add(t, "\nentry ");
		plan_criterion(t, c, a);
	}
	text_addf(t, "\nindex %d observed %s %s %s %d %d", (int)p->index,
		p->observation.table == NULL ? "-" : p->observation.table->name,
		plan_name(p->observation.start), plan_name(p->observation.end),
		(int)p->observation.before, (int)p->observation.after);
	text_add(t, "\nroot ");
	plan_criterion(t, p->root, a);
	for (unsigned i = 0; i < p->n_dims; i++)
		plan_dim(t, &p->dims[i]);
	plan_sets(t, p, a);
}

#endif
