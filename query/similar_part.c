/*
 * similar_part.c - whether two criteria differ in one place alone, and in which.
 */
#include "query/similar_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query/part.h"
#include "query/reading.h"

enum {
	SPELLED_BYTES = 64 * MAX_QUESTION_BYTES, /* of a tidy list, named sets written out */
	FEW = 8                                  /* codes that are looked at one against another */
};

/* What was found to differ: how much, and the first place. */
struct found {
	int edits;
	struct similar_edit *edit;
};

static void note(struct found *f, int edits, enum similar_thing thing, const char *key,
	unsigned more, unsigned less)
{
	if (edits > 0 && f->edits == 0) {
		*f->edit = (struct similar_edit){
			.thing = thing, .how = SIMILAR_OTHER, .more = more, .less = less
		};
		(void)!text_copy(f->edit->path, sizeof(f->edit->path), key);
	}
	f->edits += edits;
}

static void note_if(struct found *f, bool differs, enum similar_thing thing, const char *key)
{
	note(f, differs ? 1 : 0, thing, key, 0, 0);
}

/* ---- lists of parts ---- */

static int by_bytes(const void *a, const void *b)
{
	const struct spelled *x = a, *y = b;
	int c = memcmp(x->at, y->at, x->len < y->len ? x->len : y->len);

	return c != 0 ? c : (x->len > y->len) - (x->len < y->len);
}

int spelled_fill(
	struct spelled_list *out, const struct part *first, struct arena *arena, struct error *err)
{
	*out = (struct spelled_list){ 0 };
	text_init(&out->text, SPELLED_BYTES);
	for (const struct part *p = first; p != NULL; p = p->next)
		out->n++;
	out->list = arena_array(arena, out->n, sizeof(*out->list));
	if (out->list == NULL)
		return error_memory(err);
	out->n = 0;
	for (const struct part *p = first; p != NULL; p = p->next) {
		size_t start = out->text.len;

		part_write(&out->text, p);
		out->list[out->n] = (struct spelled){
			.part = p, .start = start, .len = out->text.len - start, .place = out->n
		};
		out->n++;
	}
	if (text_failed(&out->text))
		return error_memory(err);
	for (unsigned i = 0; i < out->n; i++)
		out->list[i].at = text_str(&out->text) + out->list[i].start;
	qsort(out->list, out->n, sizeof(*out->list), by_bytes);
	return 0;
}

void spelled_clear(struct spelled_list *l)
{
	text_clear(&l->text);
}

/* What only one of two lists has: how many, and the last of them. */
struct apart {
	unsigned same, less, more;
	const struct spelled *a, *b;
};

static struct apart take_apart(const struct spelled_list *a, const struct spelled_list *b)
{
	struct apart out = { 0 };
	unsigned i = 0, k = 0;

	while (i < a->n || k < b->n) {
		int c = i == a->n ? 1 : k == b->n ? -1 : by_bytes(&a->list[i], &b->list[k]);

		out.same += c == 0;
		if (c < 0) {
			out.less++;
			out.a = &a->list[i];
		} else if (c > 0) {
			out.more++;
			out.b = &b->list[k];
		}
		i += c <= 0;
		k += c >= 0;
	}
	return out;
}

/* One member of the list `key` is another, one edit apart: its path goes on behind the member's. */
static void go_on(
	struct found *f, const struct similar_edit *inner, const char *key, unsigned place)
{
	char path[MAX_SIMILAR_PATH + 1];

	if (f->edits++ > 0)
		return;
	*f->edit = *inner;
	if (snprintf(path, sizeof(path), "%s[%u].%s", key, place, inner->path) < (int)sizeof(path))
		memcpy(f->edit->path, path, sizeof(path));
}

static void one_member(struct found *f, const struct apart *d, const char *key)
{
	const struct spelled *m = d->more == 1 ? d->b : d->a;

	note(f, 1, SIMILAR_CRITERION, key, 0, 0);
	if (f->edits > 1)
		return;
	f->edit->how = d->more == 1 ? SIMILAR_MORE : SIMILAR_LESS;
	snprintf(f->edit->path, sizeof(f->edit->path), "%s[%u]", key, m->place);
}

static int compare_members(struct found *f, const struct part *a, const struct part *b,
	const char *key, struct arena *arena, struct error *err)
{
	struct spelled_list x = { 0 }, y = { 0 };
	struct similar_edit inner;
	struct apart d;
	int ret = -1;

	if (spelled_fill(&x, a, arena, err) != 0 || spelled_fill(&y, b, arena, err) != 0)
		goto done;
	d = take_apart(&x, &y);
	ret = d.less == 1 && d.more == 1 ? similar_parts(d.a->part, d.b->part, arena, &inner, err)
					 : 0;
	if (ret < 0)
		goto done;
	if (ret == 1)
		go_on(f, &inner, key, d.b->place);
	else if (d.less + d.more == 1)
		one_member(f, &d, key);
	else
		note(f, similar_small(d.less + d.more, d.same), SIMILAR_MEMBERS, key, d.more,
			d.less);
	ret = 0;
done:
	spelled_clear(&x);
	spelled_clear(&y);
	return ret;
}

/* ---- lists of codes ---- */

struct code_list {
	const struct code *at;
	unsigned n;
};

static bool same_base(const struct code *a, const struct code *b)
{
	if (a->concept != b->concept || a->out != b->out)
		return false;
	return a->concept != 0 ||
	       (strcmp(a->system, b->system) == 0 && strcmp(a->text, b->text) == 0);
}

/* Of codes that only one list has, those that differ in what is taken along below them. */
static unsigned widened(
	const struct code *const *a, unsigned n, const struct code *const *b, unsigned m)
{
	bool used[FEW] = { false };
	unsigned found = 0;

	if (n > FEW || m > FEW)
		return 0;
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < m; k++)
			if (!used[k] && same_base(a[i], b[k])) {
				used[k] = true;
				found++;
				break;
			}
	return found;
}

static void compare_codes(struct found *f, struct code_list a, struct code_list b,
	enum similar_thing thing, const char *key)
{
	const struct code *less[FEW], *more[FEW];
	unsigned i = 0, k = 0, n = 0, m = 0, same = 0, wide;
	char x[CODE_TEXT], y[CODE_TEXT];

	while (i < a.n || k < b.n) {
		int c = i == a.n   ? 1
			: k == b.n ? -1
				   : part_compare_names(code_spelling(&a.at[i], x),
					     code_spelling(&b.at[k], y));

		same += c == 0;
		if (c < 0 && n++ < FEW)
			less[n - 1] = &a.at[i];
		if (c > 0 && m++ < FEW)
			more[m - 1] = &b.at[k];
		i += c <= 0;
		k += c >= 0;
	}
	wide = widened(less, n, more, m);
	note(f, similar_small(n + m - wide, same), thing, key, m, n);
}

/* ---- one event ---- */

static bool same_bounds(const struct value_bounds *a, const struct value_bounds *b)
{
	return a->has_low == b->has_low && a->has_high == b->has_high && a->outside == b->outside &&
	       (!a->has_low || (a->low == b->low && a->low_open == b->low_open)) &&
	       (!a->has_high || (a->high == b->high && a->high_open == b->high_open));
}

static bool same_windows(const struct part *a, const struct part *b)
{
	if (a->n_windows != b->n_windows)
		return false;
	for (unsigned i = 0; i < a->n_windows; i++) {
		const struct window *x = &a->windows[i], *y = &b->windows[i];

		if (x->from != y->from || x->to != y->to || x->of_index != y->of_index ||
			x->on_end != y->on_end || x->to_end != y->to_end)
			return false;
	}
	return true;
}

static bool same_times(const struct part *a, const struct part *b)
{
	return a->has_times == b->has_times &&
	       (!a->has_times || (a->times_how == b->times_how && a->times == b->times &&
					 a->distinct == b->distinct));
}

static const char *place_of(enum attribute_kind kind)
{
	return attribute_in_value(kind) ? "value" : attribute_name(kind);
}

/* Both lists are by kind, each once. */
static void compare_attributes(
	struct found *f, const struct attribute *a, const struct attribute *b)
{
	while (a != NULL || b != NULL) {
		if (b == NULL || (a != NULL && a->kind < b->kind)) {
			note(f, 1, SIMILAR_ATTRIBUTE, place_of(a->kind), 0, 0);
			a = a->next;
		} else if (a == NULL || b->kind < a->kind) {
			note(f, 1, SIMILAR_ATTRIBUTE, place_of(b->kind), 0, 0);
			b = b->next;
		} else {
			if (a->kind < ATTR_NUMBERS)
				compare_codes(f, (struct code_list){ a->codes, a->n_codes },
					(struct code_list){ b->codes, b->n_codes },
					SIMILAR_ATTRIBUTE, place_of(a->kind));
			else
				note_if(f, !same_bounds(&a->bounds, &b->bounds), SIMILAR_ATTRIBUTE,
					place_of(a->kind));
			a = a->next;
			b = b->next;
		}
	}
}

static int compare_events(struct found *f, const struct part *a, const struct part *b,
	struct arena *arena, struct error *err)
{
	if (a->kind == PART_EVENT)
		compare_codes(f, (struct code_list){ a->codes, a->n_codes },
			(struct code_list){ b->codes, b->n_codes }, SIMILAR_CODES, part_head(a));
	note_if(f, a->from != b->from || a->to != b->to, SIMILAR_DAYS, "during");
	note_if(f, a->ends_from != b->ends_from || a->ends_to != b->ends_to, SIMILAR_DAYS, "ends");
	note_if(f, a->first != b->first, SIMILAR_FIRST, "first");
	note_if(f, a->lasting_from != b->lasting_from || a->lasting_to != b->lasting_to,
		SIMILAR_LASTING, "lasting");
	note_if(f, !same_windows(a, b), SIMILAR_WINDOW, "within");
	note_if(f, a->same_visit != b->same_visit, SIMILAR_VISIT, "same_visit");
	note_if(f, a->inside != b->inside, SIMILAR_INSIDE, "inside_observation");
	note_if(f, !same_times(a, b), SIMILAR_TIMES, "times");
	note_if(f,
		a->has_value != b->has_value ||
			(a->has_value && !same_bounds(&a->value, &b->value)),
		SIMILAR_VALUE, "value");
	compare_attributes(f, a->attributes, b->attributes);
	return compare_members(f, a->with == NULL ? NULL : a->with->children,
		b->with == NULL ? NULL : b->with->children, "with", arena, err);
}

/* ---- two of one kind ---- */

static bool same_head(const struct part *a, const struct part *b)
{
	return a->kind == b->kind && (a->kind != PART_EVENT || a->event == b->event) &&
	       (a->kind != PART_MEASURE || strcmp(a->measure, b->measure) == 0);
}

static int compare_kinds(struct found *f, const struct part *a, const struct part *b,
	struct arena *arena, struct error *err)
{
	switch (a->kind) {
	case PART_EVENT:
	case PART_MEASURE:
		return compare_events(f, a, b, arena, err);
	case PART_AGE:
		note_if(f, a->age_from != b->age_from || a->age_to != b->age_to, SIMILAR_AGE,
			"age");
		return 0;
	case PART_BIRTH:
		note_if(f, a->from != b->from || a->to != b->to, SIMILAR_DAYS, "birth");
		return 0;
	case PART_SEX:
	case PART_RACE:
	case PART_ETHNICITY:
		if (a->label == NULL && b->label == NULL)
			compare_codes(f, (struct code_list){ a->codes, a->n_codes },
				(struct code_list){ b->codes, b->n_codes }, SIMILAR_CODES,
				part_head(a));
		else /* another label is other people */
			f->edits += 2;
		return 0;
	case PART_OF:
		note_if(f, a->how != b->how || a->n != b->n, SIMILAR_TIMES, how_name(b->how));
		break;
	default:
		break;
	}
	return compare_members(f, a->children, b->children, part_head(a), arena, err);
}

static int spelled_alike(const struct part *a, const struct part *b, struct error *err)
{
	struct text x, y;
	int ret = -1;

	text_init(&x, SPELLED_BYTES);
	text_init(&y, SPELLED_BYTES);
	part_write(&x, a);
	part_write(&y, b);
	if (text_failed(&x) || text_failed(&y))
		(void)error_memory(err);
	else
		ret = x.len == y.len && memcmp(x.at, y.at, x.len) == 0;
	text_clear(&x);
	text_clear(&y);
	return ret;
}

int similar_parts(const struct part *a, const struct part *b, struct arena *arena,
	struct similar_edit *edit, struct error *err)
{
	struct found f = { 0, edit };

	if (!same_head(a, b))
		return 2;
	if (compare_kinds(&f, a, b, arena, err) != 0)
		return -1;
	if (f.edits == 0) {
		int alike = spelled_alike(a, b, err);

		if (alike != 0)
			return alike < 0 ? -1 : 0;
		return 2; /* in nothing that has a name here */
	}
	return f.edits == 1 ? 1 : 2;
}
