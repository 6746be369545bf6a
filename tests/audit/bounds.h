/*
 * bounds.h - how sure a count makes of a probability, and what probability the promised noise gives to an event.
 *
 * Written from the formulas, not from crypto/: what is tested must not test itself. Floating point is in place here.
 */
#ifndef TESTS_AUDIT_BOUNDS_H
#define TESTS_AUDIT_BOUNDS_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* ---- counts ---- */

/* The regularised incomplete beta function by its continued fraction (Lentz). */
static inline double beta_part(double x, double a, double b)
{
	const double tiny = 1e-300;
	double front, c = 1, d, f;

	if (x <= 0 || x >= 1)
		return x <= 0 ? 0 : 1;
	if (x > (a + 1) / (a + b + 2))
		return 1 - beta_part(1 - x, b, a);
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a;
	d = 1 - (a + b) * x / (a + 1);
	d = 1 / (fabs(d) < tiny ? tiny : d);
	f = d;
	for (int m = 1; m < 20000; m++) {
		double n = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), step;

		for (int half = 0; half < 2; half++) {
			d = 1 + n * d;
			d = 1 / (fabs(d) < tiny ? tiny : d);
			c = 1 + n / c;
			c = fabs(c) < tiny ? tiny : c;
			step = c * d;
			f *= step;
			n = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		}
		if (fabs(step - 1) < 1e-15)
			break;
	}
	return front * f;
}

/* Clopper and Pearson (1934): so low, or so high, can the probability be of what was seen k times of n, each
 * with a chance of alpha to be wrong. */
static inline double at_least(uint64_t k, uint64_t n, double alpha)
{
	double low = 0, high = k == 0 ? 0 : 1;

	for (int i = 0; i < 200 && k > 0;
		i++) { /* P(K >= k) at p is the beta part of k, n - k + 1 */
		double p = (low + high) / 2;

		*(beta_part(p, (double)k, (double)(n - k + 1)) < alpha ? &low : &high) = p;
	}
	return low;
}
static inline double at_most(uint64_t k, uint64_t n, double alpha)
{
	return 1 - at_least(n - k, n, alpha);
}

/* ---- the noise that was promised ---- */

struct law {
	int64_t reach;     /* p[reach + x] for |x| <= reach */
	double *p, *above; /* P(X = x), P(X >= x) */
};

static inline void law_end(struct law *l)
{
	free(l->p);
	free(l->above);
}

static inline double law_above(const struct law *l, int64_t x)
{
	return x > l->reach ? 0 : x <= -l->reach ? 1 : l->above[l->reach + x];
}

static inline struct law law_of(int64_t reach)
{
	return (struct law){ reach, calloc((size_t)(2 * reach + 1), sizeof(double)),
		calloc((size_t)(2 * reach + 1), sizeof(double)) };
}

/* Scales p to 1 and adds it up from above. */
static inline void law_done(struct law *l)
{
	double sum = 0;

	for (int64_t i = 0; i <= 2 * l->reach; i++)
		sum += l->p[i];
	for (int64_t i = 2 * l->reach; i >= 0; i--) {
		l->p[i] /= sum;
		l->above[i] = l->p[i] + (i == 2 * l->reach ? 0 : l->above[i + 1]);
	}
}

/* Discrete Gaussian exp(-x^2/2V), or Laplace exp(-|x| s/t). */
static inline struct law law_noise(bool gaussian, double t, double s)
{
	struct law l = law_of((int64_t)(gaussian ? 9 * sqrt(t) : 40 * t / s) + 12);

	for (int64_t x = -l.reach; x <= l.reach; x++)
		l.p[l.reach + x] = gaussian ? exp(-(double)x * (double)x / (2 * t))
					    : exp(-fabs((double)x) * s / t);
	law_done(&l);
	return l;
}

/* Of n independent ones together. */
static inline struct law law_sum(const struct law *one, unsigned n)
{
	struct law sum = law_of(0);

	sum.p[0] = 1;
	for (unsigned k = 0; k < n; k++) {
		struct law next = law_of(sum.reach + one->reach);

		for (int64_t i = 0; i <= 2 * sum.reach; i++)
			for (int64_t j = 0; j <= 2 * one->reach; j++)
				next.p[i + j] += sum.p[i] * one->p[j];
		law_end(&sum);
		sum = next;
	}
	law_done(&sum);
	return sum;
}

/* The difference of two negative binomials of exponent r: as much of a Laplace draw of scale t/s. */
static inline struct law law_shares(double t, double s, double r)
{
	struct law l = law_of((int64_t)(45 * t / s * fmax(r, 1)) + 12);
	double q = exp(-s / t), *one = calloc((size_t)(l.reach + 1), sizeof(*one));

	one[0] = pow(1 - q, r);
	for (int64_t k = 0; k < l.reach; k++)
		one[k + 1] = one[k] * q * ((double)k + r) / (double)(k + 1);
	for (int64_t x = 0; x <= l.reach; x++) {
		for (int64_t k = 0; k + x <= l.reach; k++)
			l.p[l.reach + x] += one[k] * one[k + x];
		l.p[l.reach - x] = l.p[l.reach + x];
	}
	free(one);
	law_done(&l);
	return l;
}

/* Of X / lattice to the nearest whole number, halves upwards. */
static inline struct law law_off_lattice(const struct law *x, int64_t lattice)
{
	struct law l = law_of(x->reach / lattice + 1);

	for (int64_t i = -x->reach; i <= x->reach; i++)
		l.p[l.reach + (int64_t)floor((double)(2 * i + lattice) / (2 * (double)lattice))] +=
			x->p[x->reach + i];
	law_done(&l);
	return l;
}

static inline double law_moment(const struct law *l, int power)
{
	double sum = 0;

	for (int64_t x = -l->reach; x <= l->reach; x++)
		sum += pow((double)x, power) * l->p[l->reach + x];
	return sum;
}

#endif
