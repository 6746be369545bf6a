/*
 * event.h - the event that tells two neighbouring databases apart best, under the promised law of the noise.
 *
 * Gaussian: the numbers whose likelihood ratio is at least that at which the promised mechanism spends a delta of
 * DELTA. Laplace: every number at least as far as the patient moves it, where the ratio is e^epsilon and delta is 0.
 */
#ifndef TESTS_AUDIT_EVENT_H
#define TESTS_AUDIT_EVENT_H

#include "tests/audit/bounds.h"
#include "tests/unit/unit.h"

#define DELTA   1e-3 /* of Gaussian rows: an event of this order can be counted in 2e6 draws */
#define SURE    1e-6 /* a reported bound is wrong so often */
#define ALARM   1e-8 /* a test of a right program fails so often */
#define ALARM_Z 5.731

enum {
	MAX_MOVED = 16
};

/* A number that the patient moves. Its noise is of `parts` shares, of which `of` are a Laplace draw of scale t/s; each
 * is a Gaussian of variance t. A single draw is 1 of 1. */
struct moved {
	unsigned word;
	int64_t by;
	double t, s;
	unsigned parts, of;
};

static inline struct law moved_law(const struct moved *m, bool gaussian)
{
	struct law one, sum;

	if (!gaussian)
		return m->parts == m->of ? law_noise(false, m->t, m->s)
					 : law_shares(m->t, m->s, (double)m->parts / m->of);
	if (m->parts == 1 ||
		m->t > 400) /* as good as one, by Kairouz, Liu and Steinke's theorem 1 */
		return law_noise(true, m->parts * m->t, 1);
	one = law_noise(true, m->t, 1);
	sum = law_sum(&one, m->parts);
	law_end(&one);
	return sum;
}

/* Moved numbers with one law and one distance: their noises add up. */
struct group {
	struct law law;
	double t, distance; /* t: the variance */
	unsigned n;
};
struct event {
	bool gaussian;
	struct moved moved[MAX_MOVED];
	unsigned n_moved;
	struct group groups[MAX_MOVED]; /* Gaussian */
	unsigned n_groups;
	double cut;           /* of the logarithm of the likelihood ratio */
	double with, without; /* its probability */
};

/* What one group adds to the logarithm of the ratio when its noises, each in its direction, add up to x. */
static inline double told(const struct group *g, bool is_with, double x)
{
	double d = g->distance * g->distance * g->n;

	return (2 * (g->distance * x + (is_with ? d : 0)) - d) / (2 * g->t);
}

/* P(log ratio >= cut), given what the groups before `from` added. */
static inline double chance(const struct event *e, bool is_with, unsigned from, double so_far)
{
	const struct group *g = &e->groups[from];
	double sum = 0;

	if (from + 1 == e->n_groups) { /* the smallest x that suffices */
		double d = g->distance * g->distance * g->n;
		double x = ((e->cut - so_far) * 2 * g->t + d) / 2 - (is_with ? d : 0);

		return law_above(&g->law, (int64_t)ceil(fmax(fmin(x / g->distance, 1e15), -1e15)));
	}
	for (int64_t x = -g->law.reach; x <= g->law.reach; x++)
		if (g->law.p[g->law.reach + x] > 1e-11)
			sum += g->law.p[g->law.reach + x] *
			       chance(e, is_with, from + 1, so_far + told(g, is_with, (double)x));
	return sum;
}

static inline void chances(struct event *e)
{
	e->with = chance(e, true, 0, 0);
	e->without = chance(e, false, 0, 0);
}

/* The cut at which the promised mechanism's epsilon has a delta of DELTA: the event that tells most. */
static inline void cut_at_delta(struct event *e)
{
	double low = 0, high = 8;

	for (int i = 0; i < 14; i++) {
		e->cut = (low + high) / 2;
		chances(e);
		*(e->with - exp(e->cut) * e->without > DELTA ? &low : &high) = e->cut;
	}
	e->cut = high;
	chances(e);
}

static inline void event_add_group(struct event *e, const struct moved *m)
{
	double d = fabs((double)m->by), t = m->t * m->parts;
	unsigned k = 0;

	while (k < e->n_groups && !(e->groups[k].t == t && e->groups[k].distance == d))
		k++;
	e->groups[k].t = t;
	e->groups[k].distance = d;
	e->groups[k].n++;
	if (k < e->n_groups)
		return;
	e->n_groups++;
	e->groups[k].law = moved_law(m, true);
}

/* Begins with nothing moved; then event_moved() for each, event_done(), and event_end() at the end. */
static inline void event_begin(struct event *e, bool gaussian)
{
	*e = (struct event){ .gaussian = gaussian, .with = 1, .without = 1 };
}

static inline void event_moved(struct event *e, struct moved m)
{
	struct law l;

	ck_assert_uint_lt(e->n_moved, MAX_MOVED);
	e->moved[e->n_moved++] = m;
	if (e->gaussian) {
		event_add_group(e, &m);
		return;
	}
	l = moved_law(&m, false); /* of either direction: it is symmetric */
	e->with *= law_above(&l, 0);
	e->without *= law_above(&l, m.by < 0 ? -m.by : m.by);
	law_end(&l);
}

static inline void event_done(struct event *e)
{
	if (!e->gaussian)
		return;
	for (unsigned k = 0; k < e->n_groups; k++)
		if (e->groups[k].n > 1) {
			struct law one = e->groups[k].law;

			e->groups[k].law = law_sum(&one, e->groups[k].n);
			law_end(&one);
		}
	cut_at_delta(e);
}

static inline void event_end(struct event *e)
{
	for (unsigned k = 0; k < e->n_groups; k++)
		law_end(&e->groups[k].law);
}

/* over[k]: how far moved number k is above what it is without the patient. */
static inline bool event_happened(const struct event *e, const int64_t *over)
{
	double ratio = 0;

	for (unsigned k = 0; k < e->n_moved; k++) {
		const struct moved *m = &e->moved[k];
		double d = (double)m->by, x = (double)over[k];

		if (!e->gaussian && (d > 0 ? x < d : x > d))
			return false;
		if (e->gaussian)
			ratio += (2 * d * x - d * d) / (2 * m->t * m->parts);
	}
	return !e->gaussian || ratio >= e->cut - 1e-9;
}

/* ---- what was counted ---- */

struct seen {
	uint64_t draws, times;
	double squares[3]; /* of each layer's noise */
};

/* The smallest epsilon of that delta that explains both counts, but once in 1/SURE times. */
static inline double seen_at_least(
	const struct event *e, const struct seen *with, const struct seen *without)
{
	double low = at_least(with->times, with->draws, SURE / 2) - (e->gaussian ? DELTA : 0);
	double high = at_most(without->times, without->draws, SURE / 2);

	return low > 0 ? fmax(0, log(low / high)) : 0;
}

/* The epsilon of the promised law. */
static inline double event_epsilon(const struct event *e)
{
	return e->gaussian ? e->cut : log(e->with / e->without);
}

/* Whether the event's count is one of that probability. */
static inline bool seen_fits(const struct seen *s, double promised)
{
	return promised >= at_least(s->times, s->draws, ALARM / 2) &&
	       promised <= at_most(s->times, s->draws, ALARM / 2);
}

/* How many standard deviations the sum of squares of `n` draws is off. */
static inline double squares_off(const struct law *l, double squares, double n)
{
	double v = law_moment(l, 2), of_squares = law_moment(l, 4) - v * v;

	return (squares - n * v) / sqrt(n * of_squares);
}

#endif
