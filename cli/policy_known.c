/*
 * policy_known.c - try --db: which concepts of a question the site's vocabulary does not have.
 *
 * This is for the officer alone and never for who asks: a hospital may hold the concepts only that its records use,
 * and then "not in the vocabulary" would say, without noise, that no patient has it.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "cli/database.h"
#include "cli/policy.h"

struct concepts {
	const struct code *list[MAX_CODES];
	unsigned n;
};

static void add_codes(struct concepts *c, const struct code *codes, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (codes[i].concept > 0 && c->n < MAX_CODES)
			c->list[c->n++] = &codes[i];
}

/* A list of parts and everything inside them, which the reader bounds. */
static void add_parts(struct concepts *c, const struct part *list)
{
	for (const struct part *p = list; p != NULL; p = p->next) {
		add_codes(c, p->codes, p->n_codes);
		for (const struct attribute *a = p->attributes; a != NULL; a = a->next)
			add_codes(c, a->codes, a->n_codes);
		add_parts(c, p->children);
		add_parts(c, p->with);
	}
}

static void tell_unknown(
	struct desk *d, const struct concepts *c, const int32_t *unknown, unsigned n)
{
	unsigned at = 0;

	/* both are in the order of the question */
	for (unsigned i = 0; i < c->n && at < n; i++) {
		if (c->list[i]->concept != unknown[at])
			continue;
		at++;
		diag_warning(&d->ds, "Q220", c->list[i]->at,
			"concept %d is not in this hospital's vocabulary; is it written as it "
			"should be?",
			"本院术语表中没有概念 %d，是否写错？", (int)c->list[i]->concept);
	}
}

int desk_known(struct desk *d, const struct question *q)
{
	const struct dataset *data = policy_dataset(d->policy, q->dataset);
	struct concepts *c = arena_alloc(&d->arena, sizeof(*c));
	int32_t *ids = arena_array(&d->arena, MAX_CODES, sizeof(*ids)), *unknown = NULL;
	struct error err = { .code = E_NONE };
	unsigned n = 0;

	if (c == NULL || ids == NULL) {
		(void)error_memory(&err);
		return desk_failed(d, &err);
	}
	add_parts(c, q->cohort.entry);
	add_parts(c, q->cohort.root);
	add_parts(c, q->event);
	if (data == NULL || c->n == 0)
		return POLICY_GOOD; /* a dataset that is not there is refused anyway */
	for (unsigned i = 0; i < c->n; i++)
	ids[i] = c->list[i]->concept;
	if (database_unknown(d->db, data->model, ids, c->n, &d->arena, &unknown, &n, &err) != 0)
		return desk_failed(d, &err);
	tell_unknown(d, c, unknown, n);
	return POLICY_GOOD;
}
