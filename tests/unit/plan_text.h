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

static inline void plan_criterion(struct text *t, const struct criterion *c, struct arena *a)
{
	text_addf(t, "(%d %s %s %s %s %d..%d", (int)c->kind,
		c->table == NULL ? "-" : c->table->name,
		c->concept == NULL ? "-" : c->concept->column,
		c->start == NULL ? "-" : c->start->column,
		c->value == NULL ? "-" : c->value->column, (int)c->from, (int)c->to);
	for (unsigned i = 0; i < c->n_codes; i++)
		text_addf(t, " %s%d%s", c->codes[i].out ? "-" : "", (int)c->codes[i].concept,
			c->codes[i].descendants ? "+" : "");
	if (c->has_value)
		text_addf(t, " %d%d%d%d %lld %lld", c->bounds.has_low, c->bounds.low_open,
			c->bounds.has_high, c->bounds.high_open, (long long)c->bounds.low,
			(long long)c->bounds.high);
	if (c->kind == PART_AGE)
		text_addf(t, " age %d..%d", (int)c->age_from, (int)c->age_to);
	if (c->kind == PART_SEX && !c->others)
		plan_codes(t, c->person_codes, c->n_person_codes, a);
	for (const struct criterion *k = c->children; k != NULL; k = k->next)
		plan_criterion(t, k, a);
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
	text_addf(t, " round %lld cells a person %llu under %lld without %s.%s",
		(long long)p->round_to, (unsigned long long)p->cells_a_person,
		(long long)p->data->under_age,
		p->data->opt_out_relation == NULL ? "" : p->data->opt_out_schema,
		p->data->opt_out_relation == NULL ? "" : p->data->opt_out_relation);
	if (p->entry != NULL) {
		text_add(t, "\nentry ");
		plan_criterion(t, p->entry, a);
	}
	text_add(t, "\nroot ");
	plan_criterion(t, p->root, a);
	for (unsigned i = 0; i < p->n_dims; i++)
		plan_dim(t, &p->dims[i]);
	plan_sets(t, p, a);
}

#endif
