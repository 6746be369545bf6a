/*
 * combine.c - tuples of labels as numbers in a mixed radix: one digit a group.
 */
#include "answer/combine.h"

#include <stdlib.h>
#include <string.h>

#include "answer/answer.h"
#include "query/question.h"

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

/* Numbers of two releases mean the same, so that they can be added. */
static bool same_scale(const struct release *a, const struct release *b)
{
	return a->kind == b->kind && a->n_layers == b->n_layers && a->n_points == b->n_points &&
	       a->low == b->low && a->high == b->high && a->resolution == b->resolution &&
	       a->step == b->step && a->step_months == b->step_months;
}

const char *combine_out_name(enum combine_out out)
{
	static const char *const names[] = { [COMBINE_IN] = "",
		[COMBINE_GROUPS] = "groups",
		[COMBINE_LABELS] = "labels",
		[COMBINE_SCALE] = "scale" };

	return names[out];
}

static enum combine_out fits(const struct combined *c, const struct release *r)
{
	if (!same_scale(c->scale, r))
		return COMBINE_SCALE;
	if (!same_groups(c->scale, r))
		return COMBINE_GROUPS;
	return labels_fit(c, r) ? COMBINE_IN : COMBINE_LABELS;
}

static int join_labels(struct combined *c)
{

	for (size_t i = 0; i < c->n_parts; i++) {
		struct combine_part *p = &c->parts[i];

		if (c->scale == NULL) {
			c->scale = &p->release;
			c->n_groups = c->scale->n_groups;
			for (size_t g = 0; g < c->n_groups; g++)
				c->groups[g].name = c->scale->groups[g].name;
		}
		p->out = fits(c, &p->release);
		for (size_t g = 0; p->out == COMBINE_IN && g < c->n_groups; g++)
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
	if (c->parts[part].out != COMBINE_IN)
		return false;
	for (size_t i = 0; i < part; i++)
		if (c->parts[i].out == COMBINE_IN && same_labels(c, &c->parts[i], &c->parts[part]))
			return false;
	return true;
}

/* How many tuples a release has: each has a word per layer and point. */
static uint64_t tuples_of(const struct release *r)
{
	return r->n_cells / (r->n_layers * r->n_points);
}

static int list_cells(struct combined *c)
{
	size_t room = 0, unique = 0;

	for (size_t i = 0; i < c->n_parts; i++)
		if (adds_cells(c, i))
			room += tuples_of(&c->parts[i].release);
	c->cells = arena_array(c->arena, room, sizeof(*c->cells));
	if (c->cells == NULL)
		return -1;
	for (size_t i = 0; i < c->n_parts; i++)
		for (uint64_t at = 0; adds_cells(c, i) && at < tuples_of(&c->parts[i].release);
			at++)
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
		if (parts[i].out == COMBINE_IN && map_labels(out, &parts[i]) != 0)
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

bool combine_value(const struct combined *c, const struct combine_part *p, struct combine_word w,
	int64_t *value)
{
	uint64_t at = 0, unit = 1, cell = w.cell;

	for (size_t g = c->n_groups; g-- > 0;) {
		int32_t own = p->own[g][cell % c->groups[g].count];

		if (own < 0)
			return false;
		at += unit * (uint64_t)own;
		unit *= p->release.groups[g].count;
		cell /= c->groups[g].count;
	}
	*value = p->release.cells[(w.layer * unit + at) * p->release.n_points + w.point];
	return true;
}

/* ---- sums ---- */

uint64_t combine_draws(const struct release *r, uint64_t point)
{
	return r->kind == KIND_ATTRITION ? r->n_points - point : 1;
}

struct interval_term combine_noise(const struct release *r, uint64_t layer)
{
	return (struct interval_term){ r->noise == NOISE_GAUSSIAN, r->layers[layer].t,
		r->layers[layer].s };
}

uint64_t combine_times(const struct combine_part *p)
{
	return p->sum == NULL ? 1 : p->sum->draws;
}

size_t combine_sites(const struct combine_part *p)
{
	return p->sum == NULL ? 1 : p->sum->n;
}

void combine_add_sites(const struct combine_part *p, bool *first, struct text *out)
{
	for (size_t i = 0; i < combine_sites(p); i++) {
		if (!*first)
			text_addc(out, ',');
		*first = false;
		text_add_json(out, p->sum == NULL ? p->site : p->sum->sites[i]);
	}
}

static bool takes_part(const struct combine_interval *of, size_t part)
{
	return of->who[part / 8] >> (part % 8) & 1;
}

/* The reach of `draws` draws of each of these sites. */
static uint64_t reach_of(const struct combined *c, const struct combine_interval *of)
{
	struct interval_term *terms;
	size_t n = 0, got = 0;
	uint64_t reach;

	for (size_t i = 0; i < c->n_parts; i++)
		n += takes_part(of, i) ? combine_times(&c->parts[i]) * of->draws : 0;
	terms = calloc(n + 1, sizeof(*terms));
	if (terms == NULL)
		return UINT64_MAX; /* shown as the widest there is */
	for (size_t i = 0; i < c->n_parts; i++)
		for (uint64_t d = 0;
			takes_part(of, i) && d < combine_times(&c->parts[i]) * of->draws; d++)
			terms[got++] = combine_noise(&c->parts[i].release, of->layer);
	reach = interval_sum(terms, (unsigned)got, ALPHA_PPM);
	free(terms);
	return reach;
}

uint64_t combine_reach(const struct release *r, uint64_t layer, uint64_t point)
{
	struct combine_part part = { .release = *r };
	uint8_t who = 1;
	const struct combined one = { .parts = &part, .n_parts = 1 };
	const struct combine_interval of = {
		.who = &who, .layer = layer, .draws = combine_draws(r, point)
	};

	return reach_of(&one, &of);
}

/* Entry 0 is scratch: the set in question. Most cells have the same one. */
static uint64_t cached_reach(struct combined *c)
{
	struct combine_interval *of = &c->cache[0], *at;

	for (size_t i = 1; i <= c->n_cache; i++)
		if (c->cache[i].layer == of->layer && c->cache[i].draws == of->draws &&
			memcmp(c->cache[i].who, of->who, c->who_bytes) == 0)
			return c->cache[i].reach;
	if (c->n_cache == INTERVAL_CACHE - 1)
		return reach_of(c, of);
	at = &c->cache[++c->n_cache];
	memcpy(at->who, of->who, c->who_bytes);
	at->layer = of->layer;
	at->draws = of->draws;
	at->reach = reach_of(c, at);
	return at->reach;
}

static int64_t saturated(__int128 v)
{
	const int64_t most = INT64_C(1) << 62;

	return v > most ? most : v < -most ? -most : (int64_t)v;
}

void combine_sum(struct combined *c, struct combine_word w, struct combine_sum *out)
{
	uint8_t *who = c->cache[0].who;
	__int128 sum = 0;

	*out = (struct combine_sum){ .who = who, .round_to = 1 };
	memset(who, 0, c->who_bytes);
	for (size_t i = 0; i < c->n_parts; i++) {
		const struct combine_part *p = &c->parts[i];
		int64_t value;

		if (p->out != COMBINE_IN || !combine_value(c, p, w, &value) ||
			value == CELL_SUPPRESSED)
			continue;
		sum += value;
		out->n += combine_sites(p);
		if ((int64_t)p->release.round_to > out->round_to)
			out->round_to = (int64_t)p->release.round_to;
		who[i / 8] = (uint8_t)(who[i / 8] | 1U << (i % 8));
	}
	out->value = saturated(sum);
	c->cache[0].layer = w.layer;
	c->cache[0].draws = c->scale == NULL ? 1 : combine_draws(c->scale, w.point);
	if (out->n > 0)
		out->reach = cached_reach(c);
}
