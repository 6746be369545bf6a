/*
 * similar.c - two questions as sets of things, and what is left of them beside each other.
 */
#include "query/similar.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "query/similar_part.h"

enum {
	/* kind, dataset, mode, of, at, step, horizon, on, officer, index, observed, event */
	SINGLES = 12,
	THINGS_MAX = SINGLES + MAX_GROUPS + MAX_PARAMS + MAX_FILTERS
};

/* One thing of a question. Of a criterion the spelling is its own; of others it is made here. */
struct thing {
	enum similar_thing kind;
	const char *key; /* of a parameter, a filter; else "" */
	const char *at;
	size_t len;
	const struct part *part; /* of a criterion, an entry event, the event */
	unsigned place;
	unsigned pair; /* of those left over: 1 + its index among the other's */
};

struct things {
	struct thing *list;
	unsigned n, room;
	struct spelled_list entry, criteria, event;
	struct arena *arena;
	bool failed;
};

/* ---- a question as things ---- */

static struct thing *add(struct things *t, enum similar_thing kind, const char *key, const char *at)
{
	struct thing *one = t->n < t->room ? &t->list[t->n++] : NULL;

	if (one == NULL || at == NULL) {
		t->failed = true;
		return NULL;
	}
	*one = (struct thing){ .kind = kind, .key = key, .at = at, .len = strlen(at) };
	return one;
}

static void add_list(struct things *t, enum similar_thing kind, const struct spelled_list *l)
{
	for (unsigned i = 0; i < l->n; i++) {
		struct thing *one = add(t, kind, "", "");

		if (one == NULL)
			return;
		one->at = l->list[i].at;
		one->len = l->list[i].len;
		one->part = l->list[i].part;
		one->place = l->list[i].place;
	}
}

static void add_duration(struct things *t, enum similar_thing kind, const struct duration *d)
{
	if (d->count > 0)
		add(t, kind, "",
			arena_textf(t->arena, "%" PRId64 "%c", d->count, d->months ? 'm' : 'd'));
}

static const char *value_text(struct arena *a, const struct question_value *v)
{
	return arena_textf(a, "%c%s", v->number ? '#' : '"', v->text);
}

/* Values stand behind their lengths, so that two lists are never one text. */
static void add_filter(struct things *t, const struct question_filter *f)
{
	const char *all = "";

	for (unsigned i = 0; i < f->n_values && all != NULL; i++)
		all = arena_textf(t->arena, "%s%zu%c%s", all, strlen(f->values[i].text),
			f->values[i].number ? '#' : '"', f->values[i].text);
	add(t, SIMILAR_FILTER, f->column, all);
}

static void add_at(struct things *t, const struct question *q)
{
	const char *all = "";

	for (unsigned i = 0; i < q->n_at && all != NULL; i++)
		all = arena_textf(t->arena, "%s %" PRId64, all, q->at[i]);
	if (q->n_at > 0)
		add(t, SIMILAR_AT, "", all);
}

static void add_cohort(struct things *t, const struct cohort *c)
{
	if (c->officer != NULL) {
		add(t, SIMILAR_OFFICER, "", c->officer);
		return;
	}
	if (c->index != INDEX_FIRST)
		add(t, SIMILAR_INDEX, "", index_name(c->index));
	if (c->before >= 0)
		add(t, SIMILAR_OBSERVED, "",
			arena_textf(t->arena, "%" PRId32 " %" PRId32, c->before, c->after));
	add_list(t, SIMILAR_ENTRY, &t->entry);
	add_list(t, SIMILAR_CRITERION, &t->criteria);
}

static void add_all(struct things *t, const struct question *q)
{
	char day[16];

	add(t, SIMILAR_KIND, "", kind_name(q->kind));
	add(t, SIMILAR_DATASET, "", q->dataset);
	if (q->mode != MODE_NOISED)
		add(t, SIMILAR_MODE, "", "secure");
	if (q->of.text != NULL)
		add(t, SIMILAR_OF, "", q->of.text);
	add_at(t, q);
	add_duration(t, SIMILAR_STEP, &q->step);
	add_duration(t, SIMILAR_HORIZON, &q->horizon);
	if (q->on != DAY_NONE)
		add(t, SIMILAR_ON, "", arena_text(t->arena, day_text(q->on, day)));
	for (unsigned i = 0; i < q->n_groups; i++)
		add(t, SIMILAR_GROUP, "", q->groups[i].text);
	for (unsigned i = 0; i < q->n_params; i++)
		add(t, SIMILAR_PARAM, q->params[i].name, value_text(t->arena, &q->params[i].value));
	for (unsigned i = 0; i < q->n_filters; i++)
		add_filter(t, &q->filters[i]);
	add_cohort(t, &q->cohort);
	add_list(t, SIMILAR_EVENT, &t->event);
}

static int by_thing(const void *a, const void *b)
{
	const struct thing *x = a, *y = b;
	int c;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	c = strcmp(x->key, y->key);
	if (c == 0)
		c = memcmp(x->at, y->at, x->len < y->len ? x->len : y->len);
	return c != 0 ? c : (x->len > y->len) - (x->len < y->len);
}

/* things_end() it in any case. */
static int things_begin(
	struct things *t, const struct question *q, struct arena *arena, struct error *err)
{
	bool own = q->cohort.officer == NULL;

	*t = (struct things){ .arena = arena };
	if (spelled_fill(&t->entry, own ? q->cohort.entry : NULL, arena, err) != 0 ||
		spelled_fill(&t->criteria, own ? q->cohort.root->children : NULL, arena, err) !=
			0 ||
		spelled_fill(&t->event, q->event, arena, err) != 0)
		return -1;
	t->room = THINGS_MAX + t->entry.n + t->criteria.n + t->event.n;
	t->list = arena_array(arena, t->room, sizeof(*t->list));
	if (t->list == NULL)
		return error_memory(err);
	add_all(t, q);
	if (t->failed)
		return error_memory(err);
	qsort(t->list, t->n, sizeof(*t->list), by_thing);
	return 0;
}

static void things_end(struct things *t)
{
	spelled_clear(&t->entry);
	spelled_clear(&t->criteria);
	spelled_clear(&t->event);
}

/* ---- marks ---- */

static int by_mark(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t mark_of(const struct thing *t)
{
	const uint8_t kind = (uint8_t)t->kind;
	const struct part_bytes parts[] = { { &kind, 1 }, { t->key, strlen(t->key) },
		{ t->at, t->len } };
	struct hash32 h = sha256_parts(parts, 3);

	return get_be64(h.at);
}

int similar_marks(const struct question *q, struct arena *arena, uint64_t **out, unsigned *n,
	struct error *err)
{
	struct things t;
	uint64_t *marks = NULL;
	unsigned kept = 0;
	int ret = things_begin(&t, q, arena, err);

	if (ret == 0 && (marks = arena_array(arena, t.n, sizeof(*marks))) == NULL)
		ret = error_memory(err);
	for (unsigned i = 0; ret == 0 && i < t.n; i++)
		marks[i] = mark_of(&t.list[i]);
	if (ret == 0) {
		qsort(marks, t.n, sizeof(*marks), by_mark);
		for (unsigned i = 0; i < t.n; i++)
			if (kept == 0 || marks[kept - 1] != marks[i])
				marks[kept++] = marks[i];
		*out = marks;
		*n = kept;
	}
	things_end(&t);
	return ret;
}

unsigned similar_least(const uint64_t *a, unsigned n, const uint64_t *b, unsigned m)
{
	unsigned i = 0, k = 0, less = 0, more = 0;

	while (i < n && k < m) {
		less += a[i] < b[k];
		more += a[i] > b[k];
		if (a[i] == b[k]) {
			i++;
			k++;
		} else if (a[i] < b[k]) {
			i++;
		} else {
			k++;
		}
	}
	less += n - i;
	more += m - k;
	return less > more ? less : more;
}

/* ---- what is left over, and pairs of it ---- */

struct rest {
	struct thing *at[SIMILAR_MOST];
	unsigned n; /* SIMILAR_FAR: more than fit */
};

static bool who_counts(const struct thing *t)
{
	return t->kind == SIMILAR_ENTRY || t->kind == SIMILAR_CRITERION ||
	       t->kind == SIMILAR_OFFICER;
}

static void leave(struct rest *r, struct thing *t)
{
	if (r->n < SIMILAR_MOST)
		r->at[r->n++] = t;
	else
		r->n = SIMILAR_FAR;
}

/* Both in order; the equal ones are put aside. For an attrition, where[] gets for each criterion of a that b has as well
 * 1 + its place there. */
static unsigned put_aside(
	struct things *a, struct things *b, struct rest *x, struct rest *y, unsigned *where)
{
	unsigned i = 0, k = 0, shared = 0;

	while (i < a->n || k < b->n) {
		int c = i == a->n ? 1 : k == b->n ? -1 : by_thing(&a->list[i], &b->list[k]);

		if (c == 0) {
			shared += who_counts(&a->list[i]);
			if (a->list[i].kind == SIMILAR_CRITERION)
				where[a->list[i].place] = 1 + b->list[k].place;
		} else if (c < 0) {
			leave(x, &a->list[i]);
		} else {
			leave(y, &b->list[k]);
		}
		i += c <= 0;
		k += c >= 0;
	}
	return shared;
}

/* Things of one sort whose only place differs. Groups and officers' cohorts are not pairs: another is another. */
static bool one_place(const struct thing *a, const struct thing *b)
{
	return a->kind == b->kind && a->kind != SIMILAR_GROUP && a->kind != SIMILAR_OFFICER &&
	       strcmp(a->key, b->key) == 0;
}

struct pairing {
	struct rest *a, *b;
	bool near[SIMILAR_MOST][SIMILAR_MOST];
	struct similar_edit (*edits)[SIMILAR_MOST]; /* inside criteria */
};

static int find_pairs(struct pairing *p, struct arena *arena, struct error *err)
{
	p->edits = arena_array(arena, SIMILAR_MOST, sizeof(*p->edits));
	if (p->edits == NULL)
		return error_memory(err);
	for (unsigned i = 0; i < p->a->n; i++)
		for (unsigned k = 0; k < p->b->n; k++) {
			const struct thing *x = p->a->at[i], *y = p->b->at[k];
			int d = 1;

			if (!one_place(x, y))
				continue;
			if (x->part != NULL)
				d = similar_parts(x->part, y->part, arena, &p->edits[i][k], err);
			if (d < 0)
				return -1;
			p->near[i][k] = d == 1;
		}
	return 0;
}

/* Whether the i-th of a finds one of b that is free, or is made free; Kuhn's algorithm. Depth is at most SIMILAR_MOST. */
static bool match(struct pairing *p, unsigned i, bool *seen)
{
	for (unsigned k = 0; k < p->b->n; k++) {
		struct thing *y = p->b->at[k];

		if (!p->near[i][k] || seen[k])
			continue;
		seen[k] = true;
		if (y->pair == 0 || match(p, y->pair - 1, seen)) {
			y->pair = 1 + i;
			p->a->at[i]->pair = 1 + k;
			return true;
		}
	}
	return false;
}

static unsigned match_all(struct pairing *p)
{
	unsigned pairs = 0;

	for (unsigned i = 0; i < p->a->n; i++) {
		bool seen[SIMILAR_MOST] = { false };

		pairs += match(p, i, seen);
	}
	return pairs;
}

/* ---- telling ---- */

static void path_of(const struct thing *t, char *out, size_t size)
{
	static const char *const keys[] = {
		[SIMILAR_KIND] = "kind",
		[SIMILAR_DATASET] = "dataset",
		[SIMILAR_MODE] = "mode",
		[SIMILAR_OF] = "of",
		[SIMILAR_AT] = "at",
		[SIMILAR_STEP] = "step",
		[SIMILAR_HORIZON] = "horizon",
		[SIMILAR_ON] = "on",
		[SIMILAR_OFFICER] = "cohort",
		[SIMILAR_INDEX] = "cohort.index",
		[SIMILAR_OBSERVED] = "cohort.observed",
		[SIMILAR_EVENT] = "event",
	};

	if (t->kind == SIMILAR_GROUP)
		snprintf(out, size, "group_by.%s", t->at);
	else if (t->kind == SIMILAR_PARAM)
		snprintf(out, size, "params.%s", t->key);
	else if (t->kind == SIMILAR_FILTER)
		snprintf(out, size, "filter.%s", t->key);
	else if (t->kind == SIMILAR_ENTRY || t->kind == SIMILAR_CRITERION)
		snprintf(out, size, "cohort.%s[%u]", t->kind == SIMILAR_ENTRY ? "entry" : "all",
			t->place);
	else
		snprintf(out, size, "%s", keys[t->kind]);
}

static void tell_alone(struct similar *out, const struct thing *t, enum similar_how how)
{
	struct similar_edit *e = &out->list[out->edits++];

	*e = (struct similar_edit){ .thing = t->kind, .how = how };
	path_of(t, e->path, sizeof(e->path));
}

static void tell_pair(struct similar *out, const struct thing *t, const struct similar_edit *inner)
{
	struct similar_edit *e = &out->list[out->edits++];
	size_t len;

	*e = (struct similar_edit){ .thing = t->kind, .how = SIMILAR_OTHER };
	path_of(t, e->path, sizeof(e->path));
	if (t->part == NULL)
		return;
	len = strlen(e->path);
	e->thing = inner->thing;
	e->how = inner->how;
	e->more = inner->more;
	e->less = inner->less;
	if (len + 1 + strlen(inner->path) < sizeof(e->path))
		snprintf(e->path + len, sizeof(e->path) - len, ".%s", inner->path);
}

/* Of those that both have, one stands before another here and behind it there. */
static bool reordered(const unsigned *where, unsigned n)
{
	unsigned last = 0;

	for (unsigned i = 0; i < n; i++) {
		if (where[i] != 0 && where[i] < last)
			return true;
		if (where[i] != 0)
			last = where[i];
	}
	return false;
}

static void tell_all(struct similar *out, const struct pairing *p, bool order)
{
	for (unsigned i = 0; i < p->a->n; i++) {
		const struct thing *x = p->a->at[i];

		if (x->pair == 0)
			tell_alone(out, x, SIMILAR_LESS);
		else
			tell_pair(out, p->b->at[x->pair - 1], &p->edits[i][x->pair - 1]);
	}
	for (unsigned k = 0; k < p->b->n; k++)
		if (p->b->at[k]->pair == 0)
			tell_alone(out, p->b->at[k], SIMILAR_MORE);
	if (order) {
		out->list[out->edits] =
			(struct similar_edit){ .thing = SIMILAR_ORDER, .how = SIMILAR_OTHER };
		(void)!text_copy(
			out->list[out->edits].path, sizeof(out->list[0].path), "cohort.all");
		out->edits++;
	}
}

/* What both share of who is counted, of pairs a criterion that is nearly the same too. */
static void measure(struct similar *out, const struct pairing *p, unsigned things)
{
	for (unsigned i = 0; i < p->a->n; i++)
		out->shared += p->a->at[i]->pair != 0 && who_counts(p->a->at[i]);
	out->likeness = 1000 * (things - out->edits) / (things + out->edits);
}

static int compare(struct things *a, struct things *b, bool ordered, struct arena *arena,
	struct similar *out, struct error *err)
{
	unsigned *where = arena_array(arena, (size_t)a->criteria.n + 1, sizeof(*where));
	struct rest x = { .n = 0 }, y = { .n = 0 };
	struct pairing p = { .a = &x, .b = &y };
	bool order;

	if (where == NULL)
		return error_memory(err);
	*out = (struct similar){ .shared = put_aside(a, b, &x, &y, where) };
	order = ordered && reordered(where, a->criteria.n);
	out->edits = SIMILAR_FAR;
	if (x.n > SIMILAR_MOST || y.n > SIMILAR_MOST)
		return 0;
	if (find_pairs(&p, arena, err) != 0)
		return -1;
	if (x.n + y.n - match_all(&p) + order > SIMILAR_MOST)
		return 0;
	out->edits = 0;
	tell_all(out, &p, order);
	measure(out, &p, a->n + b->n);
	return 0;
}

int similar_compare(const struct question *earlier, const struct question *later,
	struct arena *arena, struct similar *out, struct error *err)
{
	bool ordered = earlier->kind == KIND_ATTRITION && later->kind == KIND_ATTRITION;
	struct things a = { 0 }, b = { 0 };
	int ret = -1;

	if (things_begin(&a, earlier, arena, err) == 0 && things_begin(&b, later, arena, err) == 0)
		ret = compare(&a, &b, ordered, arena, out, err);
	things_end(&a);
	things_end(&b);
	return ret;
}
