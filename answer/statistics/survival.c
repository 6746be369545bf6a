#include "answer/statistics/survival.h"

#include <math.h>

/*
 * S(t) = product over steps j <= t of 1 - d_j / n_j. The noisy d_j is not cut off at 0 for it: that would
 * count every negative noise as none and every positive one as deaths. The curve that is shown is the nearest
 * one that does not rise (isotonic regression), within 0 and 1.
 */

struct curve {
	unsigned steps;
	double at_risk[CURVE_STEPS], events[CURVE_STEPS]; /* at risk 1 or more, events at most those */
	double log_s[CURVE_STEPS];
	double green[CURVE_STEPS]; /* Greenwood's sum so far: the variance of log S by sampling */
	double noise[CURVE_STEPS]; /* the variance of log S by noise */
};

static void read_words(struct curve *c, const int64_t *words)
{
	double left = 0;

	for (unsigned j = c->steps; j-- > 0;) {
		left += (double)words[2 * j] + (double)words[2 * j + 1];
		c->at_risk[j] = fmax(left, 1);
		c->events[j] = fmin((double)words[2 * j], c->at_risk[j]);
	}
}

/* What a step adds to the variance, and how steeply log S depends on people who outlive it. Where nobody is left
 * half a person is, so that a step of nothing but events has a finite width. */
static double slope(const struct curve *c, unsigned j)
{
	double rest = fmax(c->at_risk[j] - c->events[j], 0.5);

	return 1 / rest - 1 / c->at_risk[j];
}

/* log S at t depends on each event of step k by -1/n_k and the slopes before k, on each end without an event, and on
 * everybody after t, by the slopes alone. */
static double noise_of(const struct curve *c, unsigned t, double variance)
{
	double before = 0, sum = 0;

	for (unsigned k = 0; k < c->steps; k++) {
		double own = k <= t ? slope(c, k) : 0;
		double by_event = k <= t ? before - 1 / c->at_risk[k] : before;
		double by_end = before + own;

		sum += by_event * by_event + by_end * by_end;
		before += own;
	}
	return variance * sum;
}

static void multiply(struct curve *c, double variance)
{
	double log_s = 0, green = 0;

	for (unsigned j = 0; j < c->steps; j++) {
		double rest = fmax(c->at_risk[j] - c->events[j], 0.5);

		log_s += log(rest / c->at_risk[j]);
		green += fmax(c->events[j], 0) / (c->at_risk[j] * rest);
		c->log_s[j] = log_s;
		c->green[j] = green;
		c->noise[j] = noise_of(c, j, variance);
	}
}

/* The nearest curve that does not rise. */
static void falling(const struct curve *c, double out[CURVE_STEPS])
{
	double means[CURVE_STEPS];
	unsigned counts[CURVE_STEPS], blocks = 0, at = 0;

	for (unsigned j = 0; j < c->steps; j++) {
		means[blocks] = exp(c->log_s[j]);
		counts[blocks++] = 1;
		while (blocks > 1 && means[blocks - 1] > means[blocks - 2]) {
			unsigned a = counts[blocks - 2], b = counts[blocks - 1];

			means[blocks - 2] =
				(means[blocks - 2] * a + means[blocks - 1] * b) / (a + b);
			counts[blocks-- - 2] = a + b;
		}
	}
	for (unsigned b = 0; b < blocks; b++)
		for (unsigned k = 0; k < counts[b]; k++)
			out[at++] = fmin(fmax(means[b], 0), 1);
}

static struct estimate point(double value, double log_s, double noise, double green, double z)
{
	double half = z * sqrt(noise), wide = z * sqrt(noise + green);

	return (struct estimate){ .value = value,
		.low = fmin(exp(log_s - half), value),
		.high = fmax(fmin(exp(log_s + half), 1), value),
		.sampled = true,
		.from = fmin(exp(log_s - wide), value),
		.to = fmax(fmin(exp(log_s + wide), 1), value) };
}

static unsigned first_half(
	const struct survival_step *s, unsigned steps, double (*of)(const struct estimate *))
{
	for (unsigned j = 0; j < steps; j++)
		if (of(&s[j].surviving) <= 0.5)
			return j + 1;
	return 0;
}

static double its_value(const struct estimate *e)
{
	return e->value;
}
static double its_low(const struct estimate *e)
{
	return e->low;
}
static double its_high(const struct estimate *e)
{
	return e->high;
}
static double its_from(const struct estimate *e)
{
	return e->from;
}
static double its_to(const struct estimate *e)
{
	return e->to;
}

void survival_of(const int64_t *words, unsigned steps, const struct spread *noise,
	struct survival_step out[CURVE_STEPS], struct survival_half *half)
{
	double shown[CURVE_STEPS], z = spread_z(noise), variance = spread_variance(noise);
	struct curve c = { .steps = steps };

	read_words(&c, words);
	multiply(&c, variance);
	falling(&c, shown);
	for (unsigned j = 0; j < steps; j++) {
		double sd = sqrt(2 * (steps - j) * variance);

		out[j] = (struct survival_step){ .at_risk = c.at_risk[j],
			.risk_reach = z * sd,
			.events = words[2 * j],
			.left = words[2 * j + 1],
			.surviving = point(shown[j], c.log_s[j], c.noise[j], c.green[j], z),
			.small = c.at_risk[j] < 3 * sd };
	}
	*half = (struct survival_half){ .value = first_half(out, steps, its_value),
		.low = first_half(out, steps, its_low),
		.high = first_half(out, steps, its_high),
		.from = first_half(out, steps, its_from),
		.to = first_half(out, steps, its_to) };
}
