/*
 * combine.c - tuples of labels as numbers in a mixed radix: one digit a group.
 */
#include "gateway/combine.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/interval.h"
#include "gateway/answer.h"

static int full(struct error *err)
{
	return error_set(err, E_LIMIT, SAY("the answer is too large", "答案过大"),
		"the releases do not fit the memory of one answer");
}

/* ---- groups and labels ---- */

static bool same_groups(const struct release *a, const struct release *b)
{
	if (a->n_groups != b->n_groups)
		return false;
	for (uint64_t i = 0; i < a->n_groups; i++)
		if (strcmp(a->groups[i].name, b->groups[i].name) != 0)
			return false;
	return true;
}

/* Sites mostly agree, so the place where the label should be is looked at first. */
static size_t find_label(const struct combine_group *g, const char *label, size_t guess)
{
	if (guess < g->count && strcmp(g->labels[guess], label) == 0)
		return guess;
	for (size_t i = 0; i < g->count; i++)
		if (strcmp(g->labels[i], label) == 0)
			return i;
	return SIZE_MAX;
}

static int add_labels(struct combined *c, size_t g, const struct release_group *from)
{
	struct combine_group *to = &c->groups[g];

	for (uint64_t i = 0; i < from->count; i++) {
		if (find_label(to, from->labels[i], i) != SIZE_MAX)
			continue;
		if (to->count == to->room) {
			size_t room = to->room == 0 ? MAX_LABELS : to->room * 2;
			const char **grown = arena_array(c->arena, room, sizeof(*grown));

			if (grown == NULL)
				return -1;
			if (to->count > 0)
				memcpy(grown, to->labels, to->count * sizeof(*grown));
			to->labels = grown;
			to->room = room;
		}
		to->labels[to->count++] = from->labels[i];
	}
	return 0;
}

/* B1, counted before anything is added. */
static bool labels_fit(const struct combined *c, const struct release *r)
{
	for (size_t g = 0; g < c->n_groups; g++) {
		size_t fresh = 0;

		for (uint64_t i = 0; i < r->groups[g].count; i++)
			fresh += find_label(&c->groups[g], r->groups[g].labels[i], i) == SIZE_MAX;
		if (c->groups[g].count + fresh > UNION_LABELS)
			return false;
	}
	return true;
}

static int join_labels(struct combined *c)
{
	const struct release *first = NULL;

	for (size_t i = 0; i < c->n_parts; i++) {
		struct combine_part *p = &c->parts[i];

		if (first == NULL) {
			first = &p->release;
			c->n_groups = first->n_groups;
			for (size_t g = 0; g < c->n_groups; g++)
				c->groups[g].name = first->groups[g].name;
		}
		p->in_total = same_groups(first, &p->release) && labels_fit(c, &p->release);
		for (size_t g = 0; p->in_total && g < c->n_groups; g++)
			if (add_labels(c, g, &p->release.groups[g]) != 0)
				return -1;
	}
	return 0;
}

static int map_labels(struct combined *c, struct combine_part *p)
{
	for (size_t g = 0; g < c->n_groups; g++) {
		const struct release_group *from = &p->release.groups[g];

		p->own[g] = arena_array(c->arena, c->groups[g].count, sizeof(*p->own[g]));
		if (p->own[g] == NULL)
			return -1;
		for (size_t i = 0; i < c->groups[g].count; i++)
			p->own[g][i] = -1;
		for (uint64_t i = 0; i < from->count; i++)
			p->own[g][find_label(&c->groups[g], from->labels[i], i)] = (int32_t)i;
	}
	return 0;
}

/* ---- tuples ---- */

size_t combine_label(const struct combined *c, uint64_t cell, size_t g)
{
	for (size_t i = c->n_groups - 1; i > g; i--)
		cell /= c->groups[i].count;
	return (size_t)(cell % c->groups[g].count);
}

/* The tuple of this part's cell number `at`. */
static uint64_t tuple_of(const struct combined *c, const struct combine_part *p, uint64_t at)
{
	uint64_t tuple = 0, unit = 1;

	for (size_t g = c->n_groups; g-- > 0;) {
		const struct release_group *from = &p->release.groups[g];
		uint64_t i = at % from->count;

		tuple += unit * find_label(&c->groups[g], from->labels[i], i);
		unit *= c->groups[g].count;
		at /= from->count;
	}
	return tuple;
}

static bool same_labels(
	const struct combined *c, const struct combine_part *a, const struct combine_part *b)
{
	for (size_t g = 0; g < c->n_groups; g++)
		if (a->release.groups[g].count != b->release.groups[g].count ||
			memcmp(a->own[g], b->own[g], c->groups[g].count * sizeof(*a->own[g])) != 0)
			return false;
	return true;
}

static int ascending(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

/* A part that offers exactly what an earlier one offers adds nothing. */
static bool adds_cells(const struct combined *c, size_t part)
{
	if (!c->parts[part].in_total)
		return false;
	for (size_t i = 0; i < part; i++)
		if (c->parts[i].in_total && same_labels(c, &c->parts[i], &c->parts[part]))
			return false;
	return true;
}

static int list_cells(struct combined *c)
{
	size_t room = 0, unique = 0;

	for (size_t i = 0; i < c->n_parts; i++)
		if (adds_cells(c, i))
			room += c->parts[i].release.n_cells;
	c->cells = arena_array(c->arena, room, sizeof(*c->cells));
	if (c->cells == NULL)
		return -1;
	for (size_t i = 0; i < c->n_parts; i++)
		for (uint64_t at = 0; adds_cells(c, i) && at < c->parts[i].release.n_cells; at++)
			c->cells[c->n_cells++] = tuple_of(c, &c->parts[i], at);
	qsort(c->cells, c->n_cells, sizeof(*c->cells), ascending);
	for (size_t i = 0; i < c->n_cells; i++)
		if (i == 0 || c->cells[i] != c->cells[unique - 1])
			c->cells[unique++] = c->cells[i];
	c->n_cells = unique;
	return 0;
}

int combine(struct combined *out, struct combine_part *parts, size_t n, struct arena *a,
	struct error *err)
{
	memset(out, 0, sizeof(*out));
	out->arena = a;
	out->parts = parts;
	out->n_parts = n;
	out->who_bytes = n / 8 + 1;
	if (join_labels(out) != 0)
		return full(err);
	for (size_t i = 0; i < n; i++)
		if (parts[i].in_total && map_labels(out, &parts[i]) != 0)
			return full(err);
	if (list_cells(out) != 0)
		return full(err);
	for (size_t i = 0; i < INTERVAL_CACHE; i++) {
		out->cache[i].who = arena_alloc(a, out->who_bytes);
		if (out->cache[i].who == NULL)
			return full(err);
	}
	return 0;
}

bool combine_value(
	const struct combined *c, const struct combine_part *p, uint64_t cell, int64_t *value)
{
	uint64_t at = 0, unit = 1;

	for (size_t g = c->n_groups; g-- > 0;) {
		int32_t own = p->own[g][cell % c->groups[g].count];

		if (own < 0)
			return false;
		at += unit * (uint64_t)own;
		unit *= p->release.groups[g].count;
		cell /= c->groups[g].count;
	}
	*value = p->release.cells[at];
	return true;
}

/* ---- sums ---- */

static struct interval_term term_of(const struct release *r)
{
	return (struct interval_term){ r->noise == NOISE_GAUSSIAN, r->layers[0].t, r->layers[0].s };
}

uint64_t combine_reach(const struct release *r)
{
	struct interval_term t = term_of(r);

	return interval_sum(&t, 1, ALPHA_PPM);
}

static uint64_t reach_of(const struct combined *c, const uint8_t *who, size_t n)
{
	struct interval_term *terms = calloc(n, sizeof(*terms));
	size_t got = 0;
	uint64_t reach;

	if (terms == NULL)
		return UINT64_MAX; /* shown as the widest there is */
	for (size_t i = 0; i < c->n_parts; i++)
		if (who[i / 8] >> (i % 8) & 1)
			terms[got++] = term_of(&c->parts[i].release);
	reach = interval_sum(terms, (unsigned)got, ALPHA_PPM);
	free(terms);
	return reach;
}

/* Entry 0 is scratch: the set in question. Most cells have the same one. */
static uint64_t cached_reach(struct combined *c, size_t n)
{
	struct combine_interval *at;

	for (size_t i = 1; i <= c->n_cache; i++)
		if (memcmp(c->cache[i].who, c->cache[0].who, c->who_bytes) == 0)
			return c->cache[i].reach;
	if (c->n_cache == INTERVAL_CACHE - 1)
		return reach_of(c, c->cache[0].who, n);
	at = &c->cache[++c->n_cache];
	memcpy(at->who, c->cache[0].who, c->who_bytes);
	at->reach = reach_of(c, at->who, n);
	return at->reach;
}

void combine_sum(struct combined *c, uint64_t cell, struct combine_sum *out)
{
	uint8_t *who = c->cache[0].who;

	*out = (struct combine_sum){ .who = who, .round_to = 1 };
	memset(who, 0, c->who_bytes);
	for (size_t i = 0; i < c->n_parts; i++) {
		int64_t value;

		if (!c->parts[i].in_total || !combine_value(c, &c->parts[i], cell, &value) ||
			value == CELL_SUPPRESSED)
			continue;
		out->value += value; /* B2 */
		out->n++;
		if ((int64_t)c->parts[i].release.round_to > out->round_to)
			out->round_to = (int64_t)c->parts[i].release.round_to;
		who[i / 8] = (uint8_t)(who[i / 8] | 1U << (i % 8));
	}
	if (out->n > 0)
		out->reach = cached_reach(c, out->n);
}
