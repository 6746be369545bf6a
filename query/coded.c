#include "query/coded.h"

struct walk {
	const struct part **out;
	unsigned n;
};

static bool widens(const struct part *p)
{
	for (unsigned i = 0; p->kind == PART_EVENT && i < p->n_codes; i++)
		if (p->codes[i].descendants || p->codes[i].mapped || p->codes[i].concept <= 0)
			return true;
	return false;
}

/* Depth is bounded by MAX_COHORT_DEPTH. */
static void walk_list(struct walk *w, const struct part *first)
{
	for (const struct part *p = first; p != NULL; p = p->next) {
		if (widens(p) && w->n < MAX_CRITERIA)
			w->out[w->n++] = p;
		walk_list(w, p->children);
		if (p->with != NULL)
			walk_list(w, p->with->children);
	}
}

unsigned coded_parts(const struct question *q, const struct part *out[MAX_CRITERIA])
{
	struct walk w = { .out = out };

	walk_list(&w, q->cohort.entry);
	if (q->cohort.root != NULL)
		walk_list(&w, q->cohort.root->children);
	walk_list(&w, q->event);
	return w.n;
}
