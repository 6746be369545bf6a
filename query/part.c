/*
 * part.c - spelling parts and putting them in order, so that one meaning has one tree.
 */
#include "query/part.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* All members of one part: together they fit in a question, and quoting at most doubles them. */
enum {
	SCRATCH_BYTES = 16 * MAX_QUESTION_BYTES
};

/* "-2147483647+" with its ending zero */
enum {
	CODE_TEXT = 16
};

const char *part_head(const struct part *p)
{
	static const char *const heads[] = {
		[PART_ALL] = "all",
		[PART_ANY] = "any",
		[PART_NONE] = "none",
		[PART_MEASURE] = "measure",
		[PART_AGE] = "age",
		[PART_SEX] = "sex",
	};

	return p->kind == PART_EVENT ? event_name(p->event) : heads[p->kind];
}

static const char *code_spelling(const struct code *c, char buf[CODE_TEXT])
{
	snprintf(buf, CODE_TEXT, "%s%" PRId32 "%s", c->out ? "-" : "", c->concept,
		c->descendants ? "+" : "");
	return buf;
}

/* The next key of a JSON map; *lead is '{' before the first. */
static void write_key(struct text *t, char *lead, const char *key)
{
	text_addf(t, "%c\"%s\":", *lead, key);
	*lead = ',';
}

static void write_codes(struct text *t, const struct part *p)
{
	char buf[CODE_TEXT];

	if (p->n_codes == 0) {
		text_add(t, "\"any\"");
		return;
	}
	for (unsigned i = 0; i < p->n_codes; i++)
		text_addf(t, "%s\"%s\"", i == 0 ? "[" : ",", code_spelling(&p->codes[i], buf));
	text_addc(t, ']');
}

static void write_value(struct text *t, const struct value_bounds *v)
{
	char buf[32], lead = '{';

	if (v->has_low) {
		write_key(t, &lead, v->low_open ? "above" : "at_least");
		text_add(t, format_decimal(buf, sizeof(buf), v->low, 9));
	}
	if (v->has_high) {
		write_key(t, &lead, v->high_open ? "below" : "at_most");
		text_add(t, format_decimal(buf, sizeof(buf), v->high, 9));
	}
	text_addc(t, '}');
}

static void write_age(struct text *t, const struct part *p)
{
	char lead = '{';

	if (p->age_from >= 0) {
		write_key(t, &lead, "from");
		text_addf(t, "%" PRId32, p->age_from);
	}
	if (p->age_to >= 0) {
		write_key(t, &lead, "to");
		text_addf(t, "%" PRId32, p->age_to);
	}
	text_addc(t, '}');
}

static void write_members(struct text *t, const struct part *p)
{
	text_addc(t, '[');
	for (const struct part *c = p->children; c != NULL; c = c->next) {
		part_write(t, c, false);
		if (c->next != NULL)
			text_addc(t, ',');
	}
	text_addc(t, ']');
}

static void write_head(struct text *t, char *lead, const struct part *p)
{
	write_key(t, lead, part_head(p));
	switch (p->kind) {
	case PART_ALL:
	case PART_ANY:
	case PART_NONE:
		write_members(t, p);
		break;
	case PART_EVENT:
		write_codes(t, p);
		break;
	case PART_MEASURE:
		text_add_json(t, p->measure);
		break;
	case PART_AGE:
		write_age(t, p);
		break;
	case PART_SEX:
		text_add_json(t, p->label);
		break;
	case PART_OF:
	case PART_RACE:
	case PART_ETHNICITY:
	case PART_BIRTH:
		break;
	}
}

void part_write(struct text *t, const struct part *p, bool entry)
{
	/* "first" stands right behind "during", and "value" behind every head */
	bool head_first = strcmp(part_head(p), "during") < 0;
	bool dated = (p->kind == PART_EVENT || p->kind == PART_MEASURE) && p->from != DAY_NONE;
	char from[16], to[16], lead = '{';

	if (head_first)
		write_head(t, &lead, p);
	if (dated) {
		write_key(t, &lead, "during");
		text_addf(t, "\"%s..%s\"", day_text(p->from, from), day_text(p->to, to));
	}
	if (entry) {
		write_key(t, &lead, "first");
		text_add(t, "\"yes\"");
	}
	if (!head_first)
		write_head(t, &lead, p);
	if (p->kind == PART_MEASURE && p->has_value) {
		write_key(t, &lead, "value");
		write_value(t, &p->value);
	}
	text_addc(t, '}');
}

static int by_spelling(const void *a, const void *b)
{
	char x[CODE_TEXT], y[CODE_TEXT];

	return strcmp(code_spelling(a, x), code_spelling(b, y));
}

unsigned part_tidy_codes(struct code *codes, unsigned n)
{
	unsigned kept = 0;

	if (n > 1)
		qsort(codes, n, sizeof(*codes), by_spelling);
	for (unsigned i = 0; i < n; i++)
		if (kept == 0 || by_spelling(&codes[kept - 1], &codes[i]) != 0)
			codes[kept++] = codes[i];
	return kept;
}

int part_compare_names(const char *a, const char *b)
{
	while (*a == *b && *a != 0) {
		a++;
		b++;
	}
	return (*a == 0 ? '"' : (unsigned char)*a) - (*b == 0 ? '"' : (unsigned char)*b);
}

static bool is_group(const struct part *p)
{
	return p->kind == PART_ALL || p->kind == PART_ANY || p->kind == PART_NONE;
}

/* A member and its spelling in the scratch text. */
struct member {
	struct part *part;
	const char *at;
	size_t start, len;
};

static int by_bytes(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int c = memcmp(x->at, y->at, x->len < y->len ? x->len : y->len);

	/* no spelling begins another; of equal ones the first written stands */
	return c != 0 ? c : (x->start > y->start) - (x->start < y->start);
}

static bool same_spelling(const struct member *a, const struct member *b)
{
	return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

/* Sorts the children of p and drops those that are there twice. */
static int order_members(struct part *p, struct arena *arena, struct text *scratch)
{
	struct member *list = arena_array(arena, p->n_children, sizeof(*list));
	struct part **link = &p->children;
	unsigned n = 0;

	if (list == NULL)
		return -1;
	text_reset(scratch);
	for (struct part *c = p->children; c != NULL; c = c->next) {
		list[n] = (struct member){ .part = c, .start = scratch->len };
		part_write(scratch, c, false);
		list[n].len = scratch->len - list[n].start;
		n++;
	}
	if (text_failed(scratch))
		return -1;
	assert(n == p->n_children);
	for (unsigned i = 0; i < n; i++)
		list[i].at = scratch->at + list[i].start;
	qsort(list, n, sizeof(*list), by_bytes);
	p->n_children = 0;
	for (unsigned i = 0; i < n; i++) {
		if (i > 0 && same_spelling(&list[i - 1], &list[i]))
			continue;
		*link = list[i].part;
		link = &list[i].part->next;
		p->n_children++;
	}
	*link = NULL;
	return 0;
}

/* Post-order, so that a member that turned into an all is flattened by an all above it. The depth
 * is bounded by MAX_COHORT_DEPTH. */
static struct part *tidy(struct part *p, struct arena *arena, struct text *scratch, bool root)
{
	struct part *next, **link = &p->children;

	if (!is_group(p) || p->children == NULL)
		return p;
	p->n_children = 0;
	for (struct part *c = p->children; c != NULL; c = next) {
		next = c->next;
		c = tidy(c, arena, scratch, false);
		if (c == NULL)
			return NULL;
		c->next = NULL;
		*link = c->kind == p->kind && c->kind != PART_NONE ? c->children : c;
		for (; *link != NULL; link = &(*link)->next)
			p->n_children++;
	}
	if (order_members(p, arena, scratch) < 0)
		return NULL;
	return p->n_children == 1 && p->kind != PART_NONE && !root ? p->children : p;
}

struct part *part_tidy(struct part *root, struct arena *arena)
{
	struct text scratch;
	struct part *p;

	text_init(&scratch, SCRATCH_BYTES);
	p = tidy(root, arena, &scratch, true);
	text_clear(&scratch);
	return p;
}
