/*
 * same_question.h - whether two questions mean the same, field by field and places aside. With it a test shows that the
 * canonical text holds all that a question means: what is lost on the way into the text and out of it again would give
 * two meanings one identity, and one of them the other's answer.
 */
#ifndef TESTS_SAME_QUESTION_H
#define TESTS_SAME_QUESTION_H

#include <string.h>

#include "query/question.h"

static inline bool same_text(const char *a, const char *b)
{
	return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static inline bool same_codes(
	const struct code *a, unsigned n_a, const struct code *b, unsigned n_b)
{
	for (unsigned i = 0; n_a == n_b && i < n_a; i++)
		if (a[i].concept != b[i].concept || !same_text(a[i].system, b[i].system) ||
			!same_text(a[i].text, b[i].text) || a[i].descendants != b[i].descendants ||
			a[i].mapped != b[i].mapped || a[i].out != b[i].out)
			return false;
	return n_a == n_b;
}

static inline bool same_bounds(const struct value_bounds *a, const struct value_bounds *b)
{
	return a->has_low == b->has_low && a->has_high == b->has_high && a->outside == b->outside &&
	       (!a->has_low || (a->low == b->low && a->low_open == b->low_open)) &&
	       (!a->has_high || (a->high == b->high && a->high_open == b->high_open));
}

static inline bool same_attributes(const struct attribute *a, const struct attribute *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		if (a->kind != b->kind || !same_codes(a->codes, a->n_codes, b->codes, b->n_codes) ||
			!same_bounds(&a->bounds, &b->bounds))
			return false;
	return a == NULL && b == NULL;
}

static inline bool same_windows(const struct part *a, const struct part *b)
{
	for (unsigned i = 0; a->n_windows == b->n_windows && i < a->n_windows; i++) {
		const struct window *x = &a->windows[i], *y = &b->windows[i];

		if (x->from != y->from || x->to != y->to || x->of_index != y->of_index ||
			x->on_end != y->on_end || x->to_end != y->to_end)
			return false;
	}
	return a->n_windows == b->n_windows;
}

static inline bool same_days(const struct part *a, const struct part *b)
{
	return a->first == b->first && a->from == b->from && a->to == b->to &&
	       a->ends_from == b->ends_from && a->ends_to == b->ends_to &&
	       a->lasting_from == b->lasting_from && a->lasting_to == b->lasting_to &&
	       a->age_from == b->age_from && a->age_to == b->age_to;
}

static inline bool same_part(const struct part *a, const struct part *b);

static inline bool same_parts(const struct part *a, const struct part *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		if (!same_part(a, b))
			return false;
	return a == NULL && b == NULL;
}

static inline bool same_part(const struct part *a, const struct part *b)
{
	return a->kind == b->kind && a->n_children == b->n_children &&
	       (a->kind != PART_OF || (a->how == b->how && a->n == b->n)) &&
	       (a->kind != PART_EVENT || a->event == b->event) &&
	       same_codes(a->codes, a->n_codes, b->codes, b->n_codes) && same_days(a, b) &&
	       a->has_value == b->has_value &&
	       (!a->has_value || same_bounds(&a->value, &b->value)) &&
	       same_attributes(a->attributes, b->attributes) && same_windows(a, b) &&
	       a->same_visit == b->same_visit && a->inside == b->inside &&
	       a->has_times == b->has_times && a->times == b->times &&
	       (!a->has_times || (a->times_how == b->times_how && a->distinct == b->distinct)) &&
	       same_text(a->measure, b->measure) && same_text(a->label, b->label) &&
	       same_parts(a->children, b->children) && (a->with == NULL) == (b->with == NULL) &&
	       (a->with == NULL || same_part(a->with, b->with));
}

static inline bool same_cohort(const struct cohort *a, const struct cohort *b)
{
	return same_text(a->officer, b->officer) && same_parts(a->entry, b->entry) &&
	       a->n_entries == b->n_entries && a->index == b->index && a->before == b->before &&
	       a->after == b->after && same_part(a->root, b->root) && a->criteria == b->criteria &&
	       a->depth == b->depth;
}

static inline bool same_duration(const struct duration *a, const struct duration *b)
{
	return a->count == b->count && (a->count == 0 || a->months == b->months);
}

static inline bool same_value(const struct question_value *a, const struct question_value *b)
{
	return a->number == b->number && same_text(a->text, b->text);
}

static inline bool same_lists(const struct question *a, const struct question *b)
{
	if (a->n_groups != b->n_groups || a->n_params != b->n_params ||
		a->n_filters != b->n_filters || a->n_at != b->n_at)
		return false;
	for (unsigned i = 0; i < a->n_groups; i++)
		if (!same_text(a->groups[i].text, b->groups[i].text))
			return false;
	for (unsigned i = 0; i < a->n_params; i++)
		if (!same_text(a->params[i].name, b->params[i].name) ||
			!same_value(&a->params[i].value, &b->params[i].value))
			return false;
	for (unsigned i = 0; i < a->n_at; i++)
		if (a->at[i] != b->at[i])
			return false;
	for (unsigned i = 0; i < a->n_filters; i++) {
		const struct question_filter *x = &a->filters[i], *y = &b->filters[i];

		if (!same_text(x->column, y->column) || x->n_values != y->n_values)
			return false;
		for (unsigned k = 0; k < x->n_values; k++)
			if (!same_value(&x->values[k], &y->values[k]))
				return false;
	}
	return true;
}

/* All but `sites`, which says whom to ask. */
static inline bool same_question(const struct question *a, const struct question *b)
{
	return same_text(a->study, b->study) && a->kind == b->kind &&
	       same_text(a->dataset, b->dataset) && a->mode == b->mode &&
	       same_cohort(&a->cohort, &b->cohort) && same_lists(a, b) &&
	       same_text(a->of.text, b->of.text) && a->on == b->on &&
	       same_parts(a->event, b->event) && same_duration(&a->step, &b->step) &&
	       same_duration(&a->horizon, &b->horizon);
}

#endif
