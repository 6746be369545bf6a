/*
 * part.c - putting parts in order, so that one meaning has one tree, and saying what the order
 * brings to light: members that contradict each other.
 */
#include "query/part.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* All members of one part. Together they fit in a question, except for the codes of named sets,
 * which stand once there and many times here. */
enum {
	SCRATCH_BYTES = 64 * MAX_QUESTION_BYTES
};

int part_compare_names(const char *a, const char *b)
{
	while (*a == *b && *a != 0) {
		a++;
		b++;
	}
	if (*a == 0 || *b == 0) {
		int order =
			(*a == 0 ? '"' : (unsigned char)*a) - (*b == 0 ? '"' : (unsigned char)*b);

		/* a quote inside is another text than the end */
		return order != 0 ? order : (*a != 0) - (*b != 0);
	}
	return (unsigned char)*a - (unsigned char)*b;
}

/* ---- codes ---- */

struct spelled_code {
	const char *text;
	struct code code;
};

static int by_spelling(const void *a, const void *b)
{
	return part_compare_names(
		((const struct spelled_code *)a)->text, ((const struct spelled_code *)b)->text);
}

int part_tidy_codes(struct code *codes, unsigned *n, struct arena *arena)
{
	struct spelled_code *list = arena_array(arena, *n, sizeof(*list));
	char buf[CODE_TEXT];
	unsigned kept = 0;

	if (list == NULL)
		return -1;
	for (unsigned i = 0; i < *n; i++) {
		list[i].code = codes[i];
		list[i].text = arena_text(arena, code_spelling(&codes[i], buf));
		if (list[i].text == NULL)
			return -1;
	}
	qsort(list, *n, sizeof(*list), by_spelling);
	for (unsigned i = 0; i < *n; i++)
		if (i == 0 || strcmp(list[i - 1].text, list[i].text) != 0)
			codes[kept++] = list[i].code;
	*n = kept;
	return 0;
}

/* ---- members ---- */

struct tidying {
	struct reading *r;
	struct text scratch, other;
};

/* A member and its spelling in the scratch text. */
struct member {
	struct part *part;
	const char *at;
	size_t start, len;
	bool twice;
};

static int by_bytes(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int c = memcmp(x->at, y->at, x->len < y->len ? x->len : y->len);

	/* no spelling begins another; of equal ones the first written stands */
	return c != 0 ? c : (x->start > y->start) - (x->start < y->start);
}

static int by_start(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static int find_bytes(const void *key, const void *member)
{
	const struct text *t = key;
	const struct member *m = member;
	int c = memcmp(t->at, m->at, t->len < m->len ? t->len : m->len);

	return c != 0 ? c : (t->len > m->len) - (t->len < m->len);
}

/* An all in an all is looked at twice. */
static bool was_told(const struct diags *ds, const struct part *p)
{
	for (size_t i = 0; i < ds->count; i++)
		if (strcmp(ds->list[i].code, "Q149") == 0 && ds->list[i].at.line == p->at.line &&
			ds->list[i].at.column == p->at.column)
			return true;
	return false;
}

/* A member and a `none` of it among those that all have to hold, or all must not. */
static void check_twins(struct tidying *t, const struct member *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (list[i].part->kind != PART_NONE)
			continue;
		for (const struct part *c = list[i].part->children; c != NULL; c = c->next) {
			const struct member *twin;

			text_reset(&t->other);
			part_write(&t->other, c);
			if (text_failed(&t->other)) {
				t->r->failed = true;
				return;
			}
			twin = bsearch(&t->other, list, n, sizeof(*list), find_bytes);
			if (twin != NULL && !was_told(t->r->ds, c))
				diag_error(t->r->ds, "Q149", c->at,
					"this criterion must not hold here and must hold on line "
					"%u: nobody can belong; leave one out",
					"此条件在此处须不满足，而在第 %u "
					"行须满足：不可能有人符合，请删去一个",
					twin->part->at.line);
		}
	}
}

static struct member *spell_members(struct tidying *t, const struct part *p)
{
	struct member *list = arena_array(t->r->arena, p->n_children, sizeof(*list));
	unsigned n = 0;

	text_reset(&t->scratch);
	for (struct part *c = p->children; list != NULL && c != NULL; c = c->next) {
		list[n] = (struct member){ .part = c, .start = t->scratch.len };
		part_write(&t->scratch, c);
		list[n].len = t->scratch.len - list[n].start;
		n++;
	}
	if (list == NULL || text_failed(&t->scratch))
		return NULL;
	assert(n == p->n_children);
	for (unsigned i = 0; i < n; i++)
		list[i].at = t->scratch.at + list[i].start;
	return list;
}

/* Sorts the children of p, or keeps their order, and drops those that are there twice; in an `of`,
 * where that would change how many there are, it is said. */
static bool order_members(struct tidying *t, struct part *p, bool keep)
{
	struct member *list = spell_members(t, p);
	struct part **link = &p->children;
	unsigned n = p->n_children;

	if (list == NULL) {
		t->r->failed = true;
		return false;
	}
	qsort(list, n, sizeof(*list), by_bytes);
	if (p->kind == PART_ALL || p->kind == PART_NONE)
		check_twins(t, list, n);
	for (unsigned i = 1; i < n; i++)
		list[i].twice = list[i - 1].len == list[i].len &&
				memcmp(list[i - 1].at, list[i].at, list[i].len) == 0;
	if (keep)
		qsort(list, n, sizeof(*list), by_start);
	p->n_children = 0;
	for (unsigned i = 0; i < n; i++) {
		if (list[i].twice && p->kind == PART_OF)
			diag_error(t->r->ds, "Q146", list[i].part->at,
				"this member of 'of' stands there twice, and would count twice; "
				"leave one out",
				"“of”的此成员重复出现，会计为两个，请删去一个");
		if (list[i].twice)
			continue;
		*link = list[i].part;
		link = &list[i].part->next;
		p->n_children++;
	}
	*link = NULL;
	return true;
}

/* A member whose own members stand as well in p: none of any of them is none of them. */
static bool dissolves(const struct part *p, const struct part *c)
{
	return (c->kind == p->kind && (p->kind == PART_ALL || p->kind == PART_ANY)) ||
	       (p->kind == PART_NONE && c->kind == PART_ANY);
}

static void flatten(struct part *p)
{
	struct part *next, **link = &p->children;

	p->n_children = 0;
	for (struct part *c = p->children; c != NULL; c = next) {
		next = c->next;
		c->next = NULL;
		*link = dissolves(p, c) ? c->children : c;
		for (; *link != NULL; link = &(*link)->next)
			p->n_children++;
	}
}

/* An `of` that is all, any or none of its members is that; one that can never or always hold is
 * said. */
static void settle_of(struct tidying *t, struct part *p)
{
	struct diags *ds = t->r->ds;

	if (p->how != AT_MOST && p->n > p->n_children)
		diag_error(ds, "Q147", p->at,
			"%u of %u members can never hold; write a smaller number",
			"%u 个不可能出自 %u 个成员，请改小数字", p->n, p->n_children);
	else if ((p->how == AT_LEAST && p->n == 0) || (p->how == AT_MOST && p->n >= p->n_children))
		diag_error(ds, "Q148", p->at, "this holds for everybody; leave it out",
			"任何人都满足此条件，请删去");
	else if (p->how != AT_LEAST && p->n == 0)
		p->kind = PART_NONE;
	else if (p->how == AT_LEAST && p->n == 1)
		p->kind = PART_ANY;
	else if (p->how != AT_MOST && p->n == p->n_children)
		p->kind = PART_ALL;
}

static struct part *tidy(struct tidying *t, struct part *p);

/* Tidies the members of a group, then puts them in order. */
static bool tidy_members(struct tidying *t, struct part *p, bool keep)
{
	struct part *next, **link = &p->children;

	for (struct part *c = p->children; c != NULL; c = next) {
		next = c->next;
		c = tidy(t, c);
		if (c == NULL)
			return false;
		c->next = next;
		*link = c;
		link = &c->next;
	}
	if (p->kind == PART_OF) {
		if (!order_members(t, p, false))
			return false;
		settle_of(t, p);
	}
	if (!keep)
		flatten(p);
	return order_members(t, p, keep);
}

/* Post-order, so that a member that turned into an all is flattened by an all above it. The depth
 * is bounded by MAX_COHORT_DEPTH. NULL when memory ended. */
static struct part *tidy(struct tidying *t, struct part *p)
{
	if (!part_is_group(p))
		return p->with != NULL && !tidy_members(t, p->with, false) ? NULL : p;
	if (!tidy_members(t, p, false))
		return NULL;
	return p->n_children == 1 && (p->kind == PART_ALL || p->kind == PART_ANY) ? p->children : p;
}

static void tidying_init(struct tidying *t, struct reading *r)
{
	t->r = r;
	text_init(&t->scratch, SCRATCH_BYTES);
	text_init(&t->other, SCRATCH_BYTES);
}

static void tidying_clear(struct tidying *t)
{
	text_clear(&t->scratch);
	text_clear(&t->other);
}

void part_tidy_cohort(struct reading *r, struct cohort *c)
{
	struct part entry = { .kind = PART_ANY, .children = c->entry, .n_children = c->n_entries };
	struct tidying t;

	tidying_init(&t, r);
	if (c->n_entries > 0 && !tidy_members(&t, &entry, false))
		r->failed = true;
	if (c->root->children != NULL && !tidy_members(&t, c->root, r->ordered))
		r->failed = true;
	tidying_clear(&t);
	c->entry = entry.children;
	c->n_entries = entry.n_children;
}

void part_tidy_event(struct reading *r, struct part *p)
{
	struct tidying t;

	tidying_init(&t, r);
	if (tidy(&t, p) == NULL)
		r->failed = true;
	tidying_clear(&t);
}
