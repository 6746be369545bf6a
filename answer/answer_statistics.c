#include "answer/answer_statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "answer/answer_numbers.h"
#include "answer/statistics/mean.h"
#include "answer/statistics/quantile.h"
#include "answer/statistics/survival.h"
#include "query/tell.h"

/*
 * One group after the other: the words of the sites that released all of them are added up, and a pure function of
 * statistics/ makes the numbers. Of an attrition every step stands for itself. Crosstabs have a file of their own.
 */

enum {
	MAX_WORDS = MAX_POINTS > MAX_LAYERS ? MAX_POINTS : MAX_LAYERS,
};

/* The words of one tuple, added up. */
struct pool {
	int64_t words[MAX_WORDS];        /* by layer and point, layer by layer */
	struct spread noise[MAX_LAYERS]; /* of each word of a layer */
	int64_t round_to;
	unsigned n_layers, n_points;
	size_t sites;
};

static bool takes_part(const struct statistics *s, const struct combine_part *p)
{
	return p->out == COMBINE_IN && (s->only == NULL || s->only == p);
}

bool pool_has(const struct statistics *s, const struct combine_part *p, uint64_t cell)
{
	const struct release *r = s->all->scale;
	int64_t value;

	if (!takes_part(s, p))
		return false;
	for (uint64_t l = 0; l < r->n_layers; l++)
		for (uint64_t i = 0; i < r->n_points; i++)
			if (!combine_value(
				    s->all, p, (struct combine_word){ cell, l, i }, &value) ||
				value == CELL_SUPPRESSED)
				return false;
	return true;
}

static void pool_add(
	struct pool *pool, const struct statistics *s, const struct combine_part *p, uint64_t cell)
{
	for (unsigned l = 0; l < pool->n_layers; l++) {
		struct interval_term noise = combine_noise(&p->release, l);

		spread_add(&pool->noise[l], &noise, (unsigned)combine_times(p));
		for (unsigned i = 0; i < pool->n_points; i++) {
			int64_t value = 0, *sum = &pool->words[l * pool->n_points + i];

			(void)combine_value(s->all, p, (struct combine_word){ cell, l, i }, &value);
			*sum = sum_saturated(*sum, value);
		}
	}
	pool->sites++;
	if ((int64_t)p->release.round_to > pool->round_to)
		pool->round_to = (int64_t)p->release.round_to;
}

/* False: no site released this group. */
static bool pool_of(const struct statistics *s, uint64_t cell, struct pool *pool)
{
	*pool = (struct pool){ .round_to = 1,
		.n_layers = (unsigned)s->all->scale->n_layers,
		.n_points = (unsigned)s->all->scale->n_points };
	if (pool->n_layers * pool->n_points > MAX_WORDS)
		return false;
	for (size_t i = 0; i < s->all->n_parts; i++)
		if (pool_has(s, &s->all->parts[i], cell))
			pool_add(pool, s, &s->all->parts[i], cell);
	return pool->sites > 0;
}

/* ---- the frame of every group ---- */

void statistics_group(const struct combined *all, uint64_t cell, struct text *out)
{
	text_addc(out, '{');
	for (size_t g = 0; g < all->n_groups; g++) {
		if (g > 0)
			text_addc(out, ',');
		text_add_json(out, all->groups[g].name);
		text_addc(out, ':');
		text_add_json(out, all->groups[g].labels[combine_label(all, cell, g)]);
	}
	text_addc(out, '}');
}

/* {"group":{..},"sites":[..] */
static void begin_group(const struct statistics *s, uint64_t cell, bool first, struct text *out)
{
	text_add(out, first ? "{\"group\":" : ",{\"group\":");
	statistics_group(s->all, cell, out);
	if (s->only != NULL)
		return;
	text_add(out, ",\"sites\":[");
	first = true;
	for (size_t i = 0; i < s->all->n_parts; i++)
		if (pool_has(s, &s->all->parts[i], cell))
			combine_add_sites(&s->all->parts[i], &first, out);
	text_addc(out, ']');
}

/* Everybody of a pool whose cells are people: the sum of all its words. */
static void add_everybody(const struct pool *pool, struct text *out)
{
	double z = spread_z(&pool->noise[0]), v = spread_variance(&pool->noise[0]) * pool->n_points;
	double sum = 0;

	for (unsigned i = 0; i < pool->n_points; i++)
		sum += (double)pool->words[i];
	number_people(out, "people", sum, z * sqrt(v), pool->round_to);
}

/* ---- by kind ---- */

static void write_mean(const struct statistics *s, const struct pool *pool, struct text *out)
{
	const struct release *scale = s->all->scale;
	struct mean_words w = { .people = pool->words[0],
		.sum = pool->words[1],
		.squares = pool->words[2],
		.low = (double)scale->low / 1e9,
		.high = (double)scale->high / 1e9,
		.resolution = scale->resolution };
	struct mean_result r;

	memcpy(w.noise, pool->noise, sizeof(w.noise));
	mean_of(&w, &r);
	number_people(out, "people", (double)w.people,
		spread_z(&w.noise[0]) * sqrt(spread_variance(&w.noise[0])), pool->round_to);
	number_estimate(out, "mean", &r.mean);
	number_estimate(out, "sum", &r.sum);
	number_estimate(out, "sd", &r.sd);
	number_flag(out, "small", r.small);
}

static void write_quantiles(const struct statistics *s, const struct pool *pool, struct text *out)
{
	static const int64_t usual[] = { 100000000, 250000000, 500000000, 750000000, 900000000 };
	const struct question *q = s->question;
	const struct release *scale = s->all->scale;
	const int64_t *at = q != NULL && q->n_at > 0 ? q->at : usual;
	unsigned n = q != NULL && q->n_at > 0 ? q->n_at : sizeof(usual) / sizeof(usual[0]);
	double low = (double)scale->low / 1e9, high = (double)scale->high / 1e9, sum = 0;
	double v = spread_variance(&pool->noise[0]) * pool->n_points;

	add_everybody(pool, out);
	text_add(out, ",\"quantiles\":[");
	for (unsigned i = 0; i < n; i++) {
		struct estimate e = quantile_of(pool->words, pool->n_points, &pool->noise[0], low,
			high, (double)at[i] / 1e9);

		text_add(out, i > 0 ? ",{\"at\":" : "{\"at\":");
		number_add(out, (double)at[i] / 1e9);
		number_members(out, &e);
		text_addc(out, '}');
	}
	text_addc(out, ']');
	for (unsigned i = 0; i < pool->n_points; i++)
		sum += (double)pool->words[i];
	number_flag(out, "small", sum < 3 * sqrt(v));
}

static void write_half(const struct survival_half *h, uint64_t step, struct text *out)
{
	const unsigned steps[] = { h->value, h->low, h->high, h->from, h->to };
	static const char *const before[] = { ",\"median\":{\"value\":", ",\"interval\":[", ",",
		"],\"sampling\":[", "," };

	for (size_t i = 0; i < 5; i++) {
		text_add(out, before[i]);
		if (steps[i] == 0)
			text_add(out, "null");
		else
			text_addf(out, "%llu", (unsigned long long)(steps[i] * step));
	}
	text_add(out, "]}");
}

static void write_step(const struct survival_step *s, uint64_t until, double reach,
	int64_t round_to, struct text *out)
{
	text_addf(out, "{\"until\":%llu", (unsigned long long)until);
	number_people(out, "at_risk", s->at_risk, s->risk_reach, round_to);
	number_people(out, "events", (double)s->events, reach, round_to);
	number_people(out, "left", (double)s->left, reach, round_to);
	number_estimate(out, "surviving", &s->surviving);
	number_flag(out, "small", s->small);
	text_addc(out, '}');
}

static void write_survival(const struct statistics *s, const struct pool *pool, struct text *out)
{
	unsigned steps = pool->n_points / 2;
	double reach = spread_z(&pool->noise[0]) * sqrt(spread_variance(&pool->noise[0]));
	struct survival_step curve[CURVE_STEPS];
	struct survival_half half;

	survival_of(pool->words, steps, &pool->noise[0], curve, &half);
	add_everybody(pool, out);
	write_half(&half, s->all->scale->step, out);
	text_add(out, ",\"steps\":[");
	for (unsigned j = 0; j < steps; j++) {
		if (j > 0)
			text_addc(out, ',');
		write_step(&curve[j], (j + 1) * s->all->scale->step, reach, pool->round_to, out);
	}
	text_addc(out, ']');
}

/* ---- attrition: every step stands for itself ---- */

/* Sums over the sites that released both points. */
struct two_points {
	int64_t first, second, round_to;
	struct spread draw; /* of one draw of each of them */
	size_t sites;
};

static struct two_points both(
	const struct statistics *s, uint64_t cell, uint64_t first, uint64_t second)
{
	struct two_points sum = { .round_to = 1 };

	for (size_t i = 0; i < s->all->n_parts; i++) {
		const struct combine_part *p = &s->all->parts[i];
		struct interval_term noise;
		int64_t a, b;

		if (!takes_part(s, p) ||
			!combine_value(s->all, p, (struct combine_word){ cell, 0, first }, &a) ||
			!combine_value(s->all, p, (struct combine_word){ cell, 0, second }, &b) ||
			a == CELL_SUPPRESSED || b == CELL_SUPPRESSED)
			continue;
		noise = combine_noise(&p->release, 0);
		spread_add(&sum.draw, &noise, (unsigned)combine_times(p));
		sum.first = sum_saturated(sum.first, a);
		sum.second = sum_saturated(sum.second, b);
		sum.sites += combine_sites(p);
		if ((int64_t)p->release.round_to > sum.round_to)
			sum.round_to = (int64_t)p->release.round_to;
	}
	return sum;
}

/* Those left at a step and those lost before it have noise of their own: the first as many draws as there are
 * points from the step on, the second one a step. */
static struct estimate percent_left(const struct two_points *of, uint64_t at, uint64_t n_points)
{
	double v = spread_variance(&of->draw), all = fmax((double)of->first, 1);
	double left = (double)of->second, lost = (double)of->first - left;
	double noise = (lost * lost * (double)(n_points - at) + left * left * (double)at) * v /
		       (all * all * all * all);

	return estimate_of(100 * left / all, 1e4 * noise, 0, spread_z(&of->draw), 0, 100);
}

/* A criterion in plain words. */
static void add_told(const struct part *p, bool zh, struct text *out)
{
	struct text one;

	text_init(&one, MAX_QUESTION_BYTES);
	tell_part(p, zh, &one);
	text_add_json(out, text_str(&one));
	text_clear(&one);
}

void statistics_label(const struct part *p, struct text *out)
{
	text_add(out, ",\"label\":{\"zh\":");
	add_told(p, true, out);
	text_add(out, ",\"en\":");
	add_told(p, false, out);
	text_addc(out, '}');
}

static void write_label(const struct statistics *s, uint64_t at, struct text *out)
{
	const struct question *q = s->question;
	const struct part *p;

	if (at == 0 || q == NULL || q->cohort.root == NULL)
		return;
	p = q->cohort.root->children;
	for (uint64_t i = 1; i < at && p != NULL; i++)
		p = p->next;
	if (p == NULL)
		return;
	statistics_label(p, out);
}

static void write_loss(const struct statistics *s, uint64_t cell, uint64_t at, struct text *out)
{
	struct two_points next = both(s, cell, at - 1, at), whole = both(s, cell, 0, at);
	double reach = spread_z(&next.draw) * sqrt(spread_variance(&next.draw));
	struct estimate percent;

	if (next.sites > 0)
		number_people(out, "lost", (double)next.first - (double)next.second, reach,
			next.round_to);
	if (whole.sites == 0)
		return;
	percent = percent_left(&whole, at, s->all->scale->n_points);
	number_estimate(out, "percent", &percent);
}

static void write_attrition(const struct statistics *s, uint64_t cell, struct text *out)
{
	uint64_t n = s->all->scale->n_points;

	text_add(out, ",\"steps\":[");
	for (uint64_t at = 0; at < n; at++) {
		struct two_points left = both(s, cell, at, at);
		double v = spread_variance(&left.draw) * (double)(n - at);

		text_addf(out, "%s{\"step\":%llu", at > 0 ? "," : "", (unsigned long long)at);
		write_label(s, at, out);
		text_addf(out, ",\"sites\":%zu", left.sites);
		if (left.sites > 0)
			number_people(out, "left", (double)left.first,
				spread_z(&left.draw) * sqrt(v), left.round_to);
		if (at > 0)
			write_loss(s, cell, at, out);
		text_addc(out, '}');
	}
	text_addc(out, ']');
}

/* ---- the whole ---- */

typedef void write_pool(const struct statistics *s, const struct pool *pool, struct text *out);

static void write_groups(const struct statistics *s, write_pool *by_pool, struct text *out)
{
	struct pool *pool = malloc(sizeof(*pool));
	bool first = true;

	text_add(out, "\"groups\":[");
	for (size_t i = 0; i < s->all->n_cells && pool != NULL; i++) {
		uint64_t cell = s->all->cells[i];

		if (by_pool != NULL && !pool_of(s, cell, pool))
			continue;
		if (by_pool != NULL) {
			begin_group(s, cell, first, out);
			by_pool(s, pool, out);
		} else {
			text_add(out, first ? "{\"group\":" : ",{\"group\":");
			statistics_group(s->all, cell, out);
			write_attrition(s, cell, out);
		}
		text_addc(out, '}');
		first = false;
	}
	out->failed = out->failed || pool == NULL;
	free(pool);
	text_addc(out, ']');
}

bool statistics_wanted(const struct statistics *s)
{
	const struct release *scale = s->all->scale;

	if (scale == NULL || (s->only != NULL && scale->kind != KIND_MEAN))
		return false;
	return scale->kind == KIND_MEAN || scale->kind == KIND_QUANTILE ||
	       scale->kind == KIND_SURVIVAL || scale->kind == KIND_ATTRITION ||
	       (scale->kind == KIND_CROSSTAB && s->all->n_groups >= 2);
}

void statistics_write(const struct statistics *s, struct text *out)
{
	const struct release *scale = s->all->scale;

	text_addc(out, '{');
	switch ((enum question_kind)scale->kind) {
	case KIND_MEAN:
		write_groups(s, write_mean, out);
		break;
	case KIND_QUANTILE:
		text_add(out, "\"resolution\":");
		number_add(out,
			((double)scale->high - (double)scale->low) / 1e9 / (double)scale->n_points);
		text_addc(out, ',');
		write_groups(s, write_quantiles, out);
		break;
	case KIND_SURVIVAL:
		text_addf(out, "\"step\":%llu,\"unit\":\"%s\",", (unsigned long long)scale->step,
			scale->step_months ? "months" : "days");
		write_groups(s, write_survival, out);
		break;
	case KIND_ATTRITION:
		write_groups(s, NULL, out);
		break;
	case KIND_CROSSTAB:
		tables_write(s, out);
		break;
	default:
		break;
	}
	text_addc(out, '}');
}
