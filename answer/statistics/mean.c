#include "answer/statistics/mean.h"

#include <math.h>

/*
 * A person's value is mid + v * unit with a whole number v from -R to R; N, S and Q are the noisy people,
 * sum of v, and sum of v*v - floor(R*R/2).
 */

/* The means r for which S - r N is no further from 0 than its noise lets it be (Fieller 1954): holds also
 * where N is so small that the usual first-order variance of a quotient does not. */
static void fieller(double n, double s, double vn, double vs, double z, double ends[2])
{
	double a = n * n - z * z * vn, c = s * s - z * z * vs;
	double root = s * n * s * n - a * c;

	ends[0] = -INFINITY;
	ends[1] = INFINITY;
	if (n <= 0 || a <= 0 || root < 0)
		return; /* N could be nobody: any mean will do */
	ends[0] = (s * n - sqrt(root)) / a;
	ends[1] = (s * n + sqrt(root)) / a;
}

/* People's values vary with variance `of_v`, so S - r N does too, by that of each of them. */
static struct estimate ratio(const struct mean_words *w, double n, double of_v, double z)
{
	double vn = spread_variance(&w->noise[0]), vs = spread_variance(&w->noise[1]);
	double mid = (w->low + w->high) / 2, unit = (w->high - w->low) / 2 / (double)w->resolution;
	double noise[2], wide[2], s = (double)w->sum;
	struct estimate e = { .sampled = true };

	fieller(n, s, vn, vs, z, noise);
	fieller(n, s, vn, vs + n * of_v, z, wide);
	e.value = fmin(fmax(mid + unit * s / n, w->low), w->high);
	e.low = fmin(fmax(mid + unit * noise[0], w->low), e.value);
	e.high = fmax(fmin(mid + unit * noise[1], w->high), e.value);
	e.from = fmin(fmax(mid + unit * wide[0], w->low), e.value);
	e.to = fmax(fmin(mid + unit * wide[1], w->high), e.value);
	return e;
}

/* Of v; *noise: the variance that noise gives it, to the first order. */
static double variance_of(const struct mean_words *w, double n, double *noise)
{
	double r = (double)w->resolution, s = (double)w->sum, q = (double)w->squares;
	double by_n = -q / (n * n) + 2 * s * s / (n * n * n), by_s = -2 * s / (n * n);

	*noise = spread_variance(&w->noise[2]) / (n * n) +
		 by_n * by_n * spread_variance(&w->noise[0]) +
		 by_s * by_s * spread_variance(&w->noise[1]);
	return q / n + floor(r * r / 2) - s / n * s / n;
}

static double root_of(double variance, double most)
{
	return fmin(sqrt(fmax(variance, 0)), most);
}

void mean_of(const struct mean_words *w, struct mean_result *out)
{
	double n = fmax((double)w->people, 1), vn = spread_variance(&w->noise[0]), noise;
	double half = (w->high - w->low) / 2, unit = half / (double)w->resolution;
	double mid = (w->low + w->high) / 2, z = spread_z(&w->noise[0]);
	double v = variance_of(w, n, &noise), reach = z * sqrt(noise);

	out->small = (double)w->people < 3 * sqrt(vn);
	out->mean = ratio(w, n, fmax(v, 0), z);
	out->sum = estimate_of(mid * (double)w->people + unit * (double)w->sum,
		mid * mid * vn + unit * unit * spread_variance(&w->noise[1]), 0, z, -INFINITY,
		INFINITY);
	out->sd = (struct estimate){ .value = unit * root_of(v, (double)w->resolution),
		.low = unit * root_of(v - reach, (double)w->resolution),
		.high = unit * root_of(v + reach, (double)w->resolution) };
	if (out->small) { /* the first order says nothing of so few */
		out->sd.low = 0;
		out->sd.high = half;
	}
}
