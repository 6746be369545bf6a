#include "policies/decide/ruling.h"

/*
 * The cohort, criterion by criterion, on the policy's own columns. What cannot be resolved is denied and
 * left out; a plan is only used when nothing was denied, so it is never a smaller cohort.
 */

static struct criterion *resolve(
	struct ruling *r, const struct part *part, const struct context *in);

static void resolve_children(
	struct ruling *r, const struct part *part, const struct context *in, struct criterion *c)
{
	const struct context inner = { .event = in->event, .depth = in->depth + 1 };
	struct criterion **link = &c->children;

	if (part->children == NULL && in->depth > 0)
		deny_internal(r, CHECK_RED_LIST, "an empty list of criteria");
	for (const struct part *child = part->children; child != NULL; child = child->next) {
		*link = resolve(r, child, &inner);
		if (*link == NULL)
			return;
		link = &(*link)->next;
	}
}

static struct criterion *criterion(struct ruling *r, const struct part *part)
{
	struct criterion *c = ruling_alloc(r, 1, sizeof(*c));

	if (c != NULL)
		*c = (struct criterion){ .kind = part->kind,
			.at = part->at,
			.from = DAY_NONE,
			.to = DAY_NONE,
			.ends_from = DAY_NONE,
			.ends_to = DAY_NONE,
			.lasting_from = -1,
			.lasting_to = -1,
			.age_from = -1,
			.age_to = -1 };
	return c;
}

static struct criterion *resolve(
	struct ruling *r, const struct part *part, const struct context *in)
{
	struct criterion *c;

	if (part == NULL || in->depth > MAX_QUESTION_DEPTH) {
		deny_internal(r, CHECK_RED_LIST, "the cohort is nested too deeply");
		return NULL;
	}
	c = criterion(r, part);
	if (c == NULL)
		return NULL;
	switch (part->kind) {
	case PART_OF:
		c->how = part->how;
		c->n = part->n;
		resolve_children(r, part, in, c);
		return c;
	case PART_ALL:
	case PART_ANY:
	case PART_NONE:
		resolve_children(r, part, in, c);
		return c;
	case PART_EVENT:
	case PART_MEASURE:
		resolve_event(r, part, in, c);
		return c;
	case PART_AGE:
		resolve_age(r, part, in, c);
		return c;
	case PART_SEX:
	case PART_RACE:
	case PART_ETHNICITY:
		resolve_person(r, part, c);
		return c;
	case PART_BIRTH:
		resolve_birth(r, part, c);
		return c;
	}
	deny_internal(r, CHECK_RED_LIST, "unknown kind of criterion");
	return NULL;
}

struct criterion *resolve_with(struct ruling *r, const struct part *with, const struct context *in)
{
	if (with->kind == PART_ALL)
		return resolve(r, with, in);
	deny_internal(r, CHECK_RED_LIST, "a `with` that is no list");
	return NULL;
}

struct criterion *resolve_part(struct ruling *r, const struct part *part)
{
	const struct context in = { .depth = 1 };

	return resolve(r, part, &in);
}

struct criterion *resolve_dated(struct ruling *r, const struct part *part)
{
	struct criterion *c = resolve_part(r, part);
	struct looked_at e;

	if (c == NULL || (part->kind != PART_EVENT && part->kind != PART_MEASURE))
		return NULL;
	e = event_looked_at(r, part, c);
	return need_start(r, &e, part->at) ? c : NULL;
}

/* ---- the entry ---- */

static void resolve_entry(struct ruling *r)
{
	const struct context in = { .depth = 1, .entry = true };
	struct criterion **link = &r->plan->entry;
	unsigned n = 0;

	for (const struct part *p = r->q->cohort.entry; p != NULL; p = p->next) {
		if ((p->kind != PART_EVENT && p->kind != PART_MEASURE) || p->n_windows > 0 ||
			p->same_visit || p->has_times || ++n > MAX_CRITERIA) {
			deny_internal(r, CHECK_RED_LIST, "the entry is no event");
			return;
		}
		*link = resolve(r, p, &in);
		if (*link == NULL)
			return;
		link = &(*link)->next;
	}
}

/* What criteria have asked of the index event, of each that it may be. */
static void look_at_index(struct ruling *r)
{
	struct criterion *c = r->plan->entry;

	for (const struct part *p = r->q->cohort.entry; p != NULL && c != NULL;
		p = p->next, c = c->next) {
		const struct looked_at e = event_looked_at(r, p, c);

		if (r->index_end)
			(void)need_window_end(r, &e, r->index_end_at);
		if (r->index_visit)
			(void)need_visit(r, &e, r->index_visit_at);
	}
}

void resolve_cohort(struct ruling *r)
{
	const struct cohort *cohort = &r->q->cohort;
	const struct context in = { .depth = 0 };

	if (cohort->root == NULL || cohort->root->kind != PART_ALL) {
		deny_internal(r, CHECK_RED_LIST, "the question has no cohort");
		return;
	}
	if ((unsigned)cohort->index > INDEX_EACH) {
		deny_internal(r, CHECK_RED_LIST, "an unknown choice of the index event");
		return;
	}
	r->plan->index = cohort->index;
	resolve_entry(r);
	r->plan->root = resolve(r, cohort->root, &in);
}

void resolve_index(struct ruling *r)
{
	look_at_index(r);
	resolve_observation(r);
}
