/*
 * sides.h - two policies held against each other: that of tests/corpus as it is and as a test changed it, each with
 * what a site's vocabulary makes of it.
 */
#ifndef TESTS_SIDES_H
#define TESTS_SIDES_H

#include "base/clock.h"
#include "policies/decide/decide.h"
#include "tests/unit/rewrite.h"
#include "tests/unit/vocabulary.h"

#define FOLDER     "tests/corpus/policy"
#define VOCABULARY "tests/corpus/vocabulary.txt"

/* A policy with what a site's vocabulary makes of it. */
struct side {
	struct rewriting rw;
	struct arena arena, words;
	struct diags ds;
	struct policy *policy;
	struct red_codes *red;
};

static inline int32_t day(const char *s)
{
	int32_t d = 0;

	ck_assert(day_parse(s, &d));
	return d;
}

static inline void side_open(struct side *s)
{
	*s = (struct side){ .policy = NULL };
	rw_open(&s->rw, FOLDER);
	arena_init(&s->arena, MAX_POLICY_ARENA);
	arena_init(&s->words, MAX_POLICY_ARENA);
	diags_init(&s->ds, &s->words);
}

static inline void side_read(struct side *s)
{
	s->policy = rw_policy(&s->rw, &s->arena, &s->ds);
	if (s->policy != NULL)
		s->red = vocabulary_for(s->policy, &s->arena, VOCABULARY, true);
}

static inline void side_close(struct side *s)
{
	rw_close(&s->rw);
	arena_clear(&s->arena);
	arena_clear(&s->words);
}

static inline const char *first_error(const struct side *s)
{
	for (size_t i = 0; i < s->ds.count; i++)
		if (s->ds.list[i].level == DIAG_ERROR)
			return s->ds.list[i].en;
	return "";
}

/* ---- never wider ---- */

static inline bool charged_no_more(const struct plan *before, const struct plan *after)
{
	for (unsigned i = 0; i < before->n_charges; i++) {
		const struct charge *b = &before->charges[i];
		bool found = false;

		for (unsigned k = 0; k < after->n_charges; k++) {
			const struct charge *a = &after->charges[k];

			found = found ||
				(strcmp(a->account, b->account) == 0 && a->cap <= b->cap &&
					(b->max_queries == 0 ||
						(a->max_queries != 0 &&
							a->max_queries <= b->max_queries)));
		}
		if (!found)
			return false;
	}
	return true;
}

/* Every rule whose rows were removed still has them removed. */
static inline bool removes_no_less(const struct plan *before, const struct plan *after)
{
	for (unsigned i = 0; i < before->n_red; i++) {
		const char *id = before->policy->codes[before->red[i]].id;
		bool found = false;

		for (unsigned k = 0; k < after->n_red; k++)
			found = found || strcmp(after->policy->codes[after->red[k]].id, id) == 0;
		if (!found)
			return false;
	}
	return true;
}

static inline void check_not_wider(
	const struct verdict *v, const struct verdict *w, const char *text)
{
	if (!w->allow)
		return;
	ck_assert_msg(v->allow, "what %s refused is allowed:\n%s", v->first.rule, text);
	ck_assert_msg(w->plan->amount <= v->plan->amount, "less noise for\n%s", text);
	/* a study that may no longer see sensitive rows need no longer hide who has them */
	ck_assert_msg(
		w->plan->n_red > v->plan->n_red || w->plan->min_patients >= v->plan->min_patients,
		"smaller cells for\n%s", text);
	ck_assert_msg(w->plan->n_cells <= v->plan->n_cells, "more cells for\n%s", text);
	ck_assert_msg(charged_no_more(v->plan, w->plan), "more budget for\n%s", text);
	ck_assert_msg(removes_no_less(v->plan, w->plan), "sensitive rows for\n%s", text);
}

#endif
