#include "answer/sum.h"

#include <stdlib.h>
#include <string.h>

#include "answer/sum_distinct.h"
#include "query/question.h"
#include "secagg/distinct.h"

typedef __int128 i128;
typedef unsigned __int128 u128;

/* ---- who can be summed ---- */

struct hash32 sum_shape(const struct release *offer, uint64_t law)
{
	struct hash32 layout = release_layout_hash(offer);
	const uint8_t of = (uint8_t)(offer->noise == NOISE_NONE ? law : offer->noise);
	const struct part_bytes parts[] = { { layout.at, sizeof(layout.at) }, { &of, 1 } };

	return sha256_parts(parts, 2);
}

/* Shapes of all offers, as of each law. */
struct shapes {
	size_t n;
	struct hash32 (*of)[NOISE_NONE];
};

static size_t mark(
	const struct release *offers, const struct shapes *s, size_t like, uint64_t law, bool *out)
{
	size_t count = 0;

	for (size_t i = 0; i < s->n; i++) {
		out[i] = offers[i].summed && hash32_equal(&s->of[i][law], &s->of[like][law]);
		count += out[i];
	}
	return count;
}

static size_t largest(const struct release *offers, const struct shapes *s, bool *out)
{
	size_t most = 0, best = 0;
	uint64_t law = NOISE_GAUSSIAN;

	for (size_t i = 0; i < s->n; i++)
		for (uint64_t as = 0; offers[i].summed && as < NOISE_NONE; as++) {
			size_t count = mark(offers, s, i, as, out);

			if (count > most) {
				most = count;
				best = i;
				law = as;
			}
		}
	return most == 0 ? 0 : mark(offers, s, best, law, out);
}

size_t sum_choose(const struct release *offers, size_t n, bool *out)
{
	struct shapes s = { n, calloc(n + 1, sizeof(*s.of)) };
	size_t count = 0;

	memset(out, 0, n * sizeof(*out));
	if (s.of == NULL)
		return 0;
	for (size_t i = 0; i < n; i++)
		for (uint64_t as = 0; offers[i].summed && as < NOISE_NONE; as++)
			s.of[i][as] = sum_shape(&offers[i], as);
	count = largest(offers, &s, out);
	free(s.of);
	return count;
}

/* ---- who wants too much noise ---- */

/* Variances of Gaussians, scales of Laplacians. */
static bool louder(const struct release *a, const struct release *b, uint64_t layer)
{
	const struct release_noise *x = &a->layers[layer], *y = &b->layers[layer];
	uint64_t times = a->noise == NOISE_GAUSSIAN ? SUM_LOUD * SUM_LOUD : SUM_LOUD;

	return (u128)(x->t / times) * y->s > (u128)y->t * x->s;
}

static bool is_loud(const struct release *offers, size_t n, const bool *marked, size_t i)
{
	const struct release *a = &offers[i];

	for (uint64_t layer = 0; layer < a->n_layers; layer++) {
		size_t all = 0, quieter = 0;

		if (a->noise == NOISE_LAPLACE &&
			a->layers[layer].t / SHARED_MAX_SCALE >= a->layers[layer].s)
			return true;
		for (size_t j = 0; j < n; j++) {
			if (!marked[j] || offers[j].noise == NOISE_NONE)
				continue;
			all++;
			quieter += louder(a, &offers[j], layer);
		}
		if (quieter > all / 2)
			return true;
	}
	return false;
}

size_t sum_hush(const struct release *offers, size_t n, bool *marked, bool *loud)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++)
		loud[i] = marked[i] && offers[i].noise != NOISE_NONE &&
			  is_loud(offers, n, marked, i);
	for (size_t i = 0; i < n; i++) {
		marked[i] = marked[i] && !loud[i];
		left += marked[i];
	}
	return left;
}

/* ---- its noise ---- */

/* What one person moves a number of the layer by at most; as at the sites (policies/decide/plan.h, plan_most()). */
static uint64_t most_of(const struct release *r, uint64_t layer)
{
	return layer == 0   ? 1
	       : layer == 1 ? r->resolution
			    : (r->resolution * r->resolution + 1) / 2;
}

static enum shared_law law_of(const struct release *r)
{
	return r->noise == NOISE_NONE       ? SHARED_NONE
	       : r->noise == NOISE_GAUSSIAN ? SHARED_GAUSSIAN
					    : SHARED_LAPLACE;
}

static bool is_distinct(const struct release *r)
{
	return r->kind == KIND_DISTINCT;
}

/* What one site alone wants. */
static int wish(const struct release *r, uint64_t sites, uint64_t honest, struct shared_noise *out,
	struct error *err)
{
	struct shared_ask ask = { .law = law_of(r),
		.sites = sites,
		.honest = honest,
		.n_cells = r->n_cells / r->n_layers,
		.n_layers = r->n_layers };

	for (uint64_t i = 0; i < r->n_layers; i++) {
		ask.least[i].t = r->layers[i].t;
		ask.least[i].s = r->layers[i].s;
		ask.bound[i] = MAX_SUM_PEOPLE * most_of(r, i);
	}
	/* people in buckets have no finer lattice: each share is at least what needs none */
	if (is_distinct(r) && ask.law == SHARED_GAUSSIAN &&
		ask.least[0].t / ask.least[0].s < SHARED_LEAST_SHARE * honest)
		ask.least[0].t = SHARED_LEAST_SHARE * honest * ask.least[0].s;
	return shared_noise_choose(&ask, out, err);
}

int sum_noise(const struct release *offers, const bool *marked, size_t n, uint64_t sites,
	uint64_t honest, struct shared_noise *out, struct error *err)
{
	struct shared_noise all, one;
	bool first = true;

	for (size_t i = 0; i < n; i++) {
		if (!marked[i])
			continue;
		if (wish(&offers[i], sites, honest, &one, err) != 0)
			return -1;
		if (first)
			all = one;
		else if (shared_noise_join(&all, &one, err) != 0)
			return -1;
		first = false;
	}
	if (first)
		return error_set(err, E_INPUT,
			SAY("No site can be in this sum.", "没有医院可以参与该求和。"),
			"no offers");
	*out = all;
	return 0;
}

/* ---- the sum ---- */

int sum_words(const struct release *offer, const struct shared_noise *noise, uint64_t *words,
	struct error *err)
{
	const struct distinct_shape s = distinct_shape(offer->resolution, noise);

	if (is_distinct(offer))
		return distinct_words(&s, words, err);
	*words = shared_noise_words(noise);
	return 0;
}

static int apart(const char *what, struct error *err)
{
	return error_set(err, E_INPUT,
		SAY("The sum does not belong to this question.", "该求和与此查询不符。"),
		"a secure sum: %s", what);
}

/* To the nearest whole number, halves upwards. */
static i128 from_lattice(uint64_t word, uint64_t lattice)
{
	const i128 s = (i128)lattice;
	i128 v = 2 * (i128)(int64_t)word + s, down = v / (2 * s);

	return v < 0 && v % (2 * s) != 0 ? down - 1 : down;
}

static int64_t saturated(i128 v)
{
	const int64_t most = INT64_C(1) << 62;

	return v > most ? most : v < -most ? -most : (int64_t)v;
}

/* Of n Gaussian shares in people, and of the rounding, which is 1/12 at most. */
static uint64_t variance_of(const struct shared_layer *layer, uint64_t n)
{
	u128 unit = 12 * (u128)layer->lattice * layer->lattice;
	u128 all = 12 * (u128)n * layer->t + (layer->lattice > 1 ? unit / 12 : 0);
	u128 v = (all + unit - 1) / unit;

	return v > INT64_MAX ? INT64_MAX : (uint64_t)v;
}

static uint64_t draws_of(const struct shared_noise *noise, uint64_t n)
{
	switch (noise->law) {
	case SHARED_NONE:
		return 0;
	case SHARED_GAUSSIAN:
		return 1;
	default: /* `honest` shares are one draw: so many draws have at least the noise */
		return (n + noise->honest - 1) / noise->honest;
	}
}

/* What is shown of all sites is as strict as the strictest of them. */
static void strictest(const struct release *const *offers, size_t n, struct release *r)
{
	for (size_t i = 0; i < n; i++) {
		const struct release *o = offers[i];

		if (o->min_patients > r->min_patients)
			r->min_patients = o->min_patients;
		if (o->round_to > r->round_to)
			r->round_to = o->round_to;
		if (o->cost_prho > r->cost_prho)
			r->cost_prho = o->cost_prho;
		r->rows_left_out = r->rows_left_out || o->rows_left_out;
		r->bounded = r->bounded || o->bounded;
	}
}

static void take_noise(const struct shared_noise *noise, uint64_t n, struct release *r)
{
	r->noise = noise->law == SHARED_GAUSSIAN  ? NOISE_GAUSSIAN
		   : noise->law == SHARED_LAPLACE ? NOISE_LAPLACE
						  : NOISE_NONE;
	for (uint64_t i = 0; i < r->n_layers; i++) {
		const struct shared_layer *layer = &noise->layers[i];

		r->layers[i] = (struct release_noise){ layer->t, layer->s };
		if (noise->law == SHARED_GAUSSIAN)
			r->layers[i].t = variance_of(layer, n);
		else if (noise->law == SHARED_NONE)
			r->layers[i].t = 1;
	}
}

/* ---- thresholds, as in agents/protect.c ---- */

static int64_t shown(const struct release *r, i128 people)
{
	int64_t v = saturated(people);

	return v < (int64_t)r->min_patients ? CELL_SUPPRESSED : v;
}

static void add_up(const struct release *r, int64_t *cells)
{
	i128 left = 0;

	for (uint64_t i = r->n_points; i-- > 0;) {
		left += cells[i];
		cells[i] = shown(r, left);
	}
}

static void decide_together(const struct release *r, uint64_t first)
{
	uint64_t layer_words = r->n_cells / r->n_layers;
	i128 people = 0;

	for (uint64_t i = first; i < first + r->n_points; i++)
		people += r->cells[i];
	for (uint64_t layer = 0; layer < r->n_layers && people < (i128)r->min_patients; layer++)
		for (uint64_t i = first; i < first + r->n_points; i++)
			r->cells[layer * layer_words + i] = CELL_SUPPRESSED;
}

static void hold_back(const struct release *r)
{
	uint64_t layer_words = r->n_cells / r->n_layers;

	for (uint64_t i = 0; i < layer_words; i += r->n_points)
		switch ((enum question_kind)r->kind) {
		case KIND_ATTRITION:
			add_up(r, r->cells + i);
			break;
		case KIND_MEAN:
		case KIND_QUANTILE:
		case KIND_SURVIVAL:
			decide_together(r, i);
			break;
		default:
			r->cells[i] = shown(r, r->cells[i]);
		}
}

int sum_release(const struct shared_noise *noise, const uint64_t *words,
	const struct release *const *offers, const char *const *sites, size_t n, struct arena *a,
	struct sum_made *out, struct error *err)
{
	struct release r = *offers[0];
	struct hash32 layout = release_layout_hash(&r), own;

	if (n > noise->sites || r.n_layers != noise->n_layers ||
		r.n_cells != shared_noise_words(noise))
		return apart("of other size than its noise", err);
	for (size_t i = 0; i < n; i++) {
		own = release_layout_hash(offers[i]);
		if (!offers[i]->summed || !hash32_equal(&own, &layout))
			return apart("offers of several shapes", err);
	}
	r.site[0] = '\0';
	r.summed = false;
	strictest(offers, n, &r);
	take_noise(noise, n, &r);
	r.cells = arena_array(a, r.n_cells, sizeof(*r.cells));
	if (r.cells == NULL)
		return error_memory(err);
	*out = (struct sum_made){ .of = { sites, n, draws_of(noise, n) } };
	if (is_distinct(&r)) {
		out->of.draws = 1;
		if (r.n_cells != 1)
			return apart("of distinct people by group", err);
		if (sum_count_distinct(noise, words, n, &r, &out->distinct, err) != 0)
			return -1;
	}
	for (uint64_t i = 0; i < r.n_cells && !is_distinct(&r); i++)
		r.cells[i] = saturated(
			from_lattice(words[i], noise->layers[i / noise->n_cells].lattice));
	if (!out->distinct.full)
		hold_back(&r);
	out->release = r;
	return 0;
}
