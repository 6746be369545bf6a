#include "crypto/interval.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/*
 * Tails of the two noises and of their sums, in long double: 64 bits of precision for probabilities
 * no smaller than 1e-10.
 */

#define DIRECT_VARIANCE                                                                            \
	(UINT64_C(1) << 14) /* up to here the mass function is summed term by term */
#define MAX_SCALE (UINT64_C(1) << 32)
#define PI        3.14159265358979323846264338327950288L

/* Sums of DG are not exactly DG. With variances of at least 1 no probability is off by more than a
 * thousandth of itself, for up to 4096 terms (Kairouz, Liu, Steinke 2021, Theorem 1). */
#define SUM_SLACK (1 - 1e-3L)

/* --- one draw -------------------------------------------------------------------------------- */

/* P(|X| > k) = 2 q^(k+1) / (1+q), solved for k. */
static uint64_t laplace_reach(uint64_t t, uint64_t s, long double alpha)
{
	long double rate = (long double)s / (long double)t;
	long double k = logl(2 / (alpha * (1 + expl(-rate)))) / rate - 1;

	return k <= 0 ? 0 : (uint64_t)ceill(k);
}

/* sum over all integers of exp(-x^2 / (2V)), by Poisson's formula; the next term is below 1e-34. */
static long double gaussian_total(long double v)
{
	return sqrtl(2 * PI * v) * (1 + 2 * expl(-2 * PI * PI * v));
}

static long double gaussian_mass(uint64_t x, long double v)
{
	return expl(-(long double)x * (long double)x / (2 * v));
}

/* Adds the tail from its far end, so that small terms are not lost. */
static uint64_t gaussian_reach_direct(long double v, long double alpha)
{
	long double room = alpha * gaussian_total(v) / 2, sum = 0;
	uint64_t k = (uint64_t)(14 * sqrtl(v)) + 14;

	for (; k > 0; k--) {
		sum += gaussian_mass(k, v);
		if (sum > room)
			break;
	}
	return k;
}

/* P(X > k), for a wide one: Euler and Maclaurin's formula at midpoints. At V > 2^14 and within 7
 * standard deviations the first term left out is below 1e-12 of the sum. */
static long double gaussian_tail(uint64_t k, long double v)
{
	long double x = (long double)k + 0.5L, f = expl(-x * x / (2 * v));
	long double area = sqrtl(PI * v / 2) * erfcl(x / sqrtl(2 * v));
	long double first = -x / v * f, third = (3 - x * x / v) * x / (v * v) * f;

	return (area + first / 24 - 7 * third / 5760) / gaussian_total(v);
}

static uint64_t gaussian_reach_wide(long double v, long double alpha)
{
	uint64_t low = 0, high = (uint64_t)(14 * sqrtl(v));

	while (low < high) {
		uint64_t k = low + (high - low) / 2;
		if (2 * gaussian_tail(k, v) <= alpha)
			high = k;
		else
			low = k + 1;
	}
	return low;
}

static uint64_t gaussian_reach(uint64_t v, long double alpha)
{
	return v <= DIRECT_VARIANCE ? gaussian_reach_direct((long double)v, alpha)
				    : gaussian_reach_wide((long double)v, alpha);
}

static uint64_t reach(const struct interval_term *term, long double alpha)
{
	return term->gaussian ? gaussian_reach(term->t, alpha)
			      : laplace_reach(term->t, term->s, alpha);
}

/* --- sums ------------------------------------------------------------------------------------ */

/* The convex tail lies above its midpoints, so the normal tail from k + 1/2 is the larger. */
static uint64_t normal_reach(long double v, long double alpha)
{
	uint64_t low = 0, high = (uint64_t)(14 * sqrtl(v)) + 14;

	while (low < high) {
		uint64_t k = low + (high - low) / 2;
		if (erfcl(((long double)k + 0.5L) / sqrtl(2 * v)) <= alpha)
			high = k;
		else
			low = k + 1;
	}
	return low;
}

/* If every term stays within its own reach at alpha/n, the sum stays within theirs. */
static uint64_t union_reach(const struct interval_term *terms, unsigned n, long double alpha)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		if (__builtin_add_overflow(sum, reach(&terms[i], alpha / n), &sum))
			return UINT64_MAX;
	return sum;
}

/* Convolves mass[0..size-1] with DLap(t/s): a two-sided geometric is a first-order recursion
 * forwards and another backwards. What runs over the edges is lost, so masses come out too small,
 * never too large. */
static void add_laplace(
	long double *mass, long double *forward, size_t size, uint64_t t, uint64_t s)
{
	long double rate = (long double)s / (long double)t, q = expl(-rate);
	long double scale = -expm1l(-rate) / (1 + q), carry = 0;

	for (size_t i = 0; i < size; i++)
		forward[i] = carry = mass[i] + q * carry;
	carry = 0;
	for (size_t i = size; i-- > 0;) {
		long double old = mass[i];
		mass[i] = scale * (forward[i] + carry);
		carry = q * (old + carry);
	}
}

/* The mass of the sum on -half..half; v is the sum of the Gaussian variances. */
static void convolve(const struct interval_term *terms, unsigned n, uint64_t v, size_t half,
	long double *mass, long double *spare)
{
	for (size_t i = 0; i <= half; i++) {
		long double m = i == 0;
		if (v > 0)
			m = gaussian_mass(i, (long double)v) / gaussian_total((long double)v);
		mass[half + i] = mass[half - i] = m;
	}
	for (unsigned i = 0; i < n; i++)
		if (!terms[i].gaussian)
			add_laplace(mass, spare, 2 * half + 1, terms[i].t, terms[i].s);
}

/* `bound` when the sum is too wide to be cheap. */
static uint64_t exact_reach(const struct interval_term *terms, unsigned n, uint64_t v,
	long double alpha, uint64_t bound)
{
	const size_t cells = ((size_t)1 << 20) / n;
	size_t half = cells > (size_t)1 << 18 ? (size_t)1 << 17 : cells / 2;

	uint64_t nearly_all =
		union_reach(terms, n, 1e-12L); /* so that little runs over the edges */
	if (half > nearly_all)
		half = (size_t)nearly_all;
	size_t size = 2 * half + 1;
	long double *mass = calloc(2 * size, sizeof(*mass));
	if (mass == NULL)
		return bound;
	convolve(terms, n, v, half, mass, mass + size);
	long double inside = mass[half], want = 1 - alpha + 1e-13L; /* rounding of the sums */
	uint64_t k = 0;
	while (inside < want && k < half) {
		k++;
		inside += 2 * mass[half + k];
	}
	free(mass);
	return inside < want || k > bound ? bound : k;
}

/* By the transform of the mass function, which falls so fast for three and more draws that few of its values matter:
 * P(|sum| <= k) = 1/M * sum over j of f(2 pi j / M) D(j, k) on a circle of M numbers, D being Dirichlet's kernel. All that
 * the circle adds is the mass beyond its far side. */
struct transform {
	double m, *weight, *angle; /* of j = 1 .. n */
	size_t n;
};

enum {
	MAX_TRANSFORM = 1 << 14,      /* values of the transform */
	MAX_TRANSFORM_WORK = 1 << 18, /* those times different draws */
};

/* f is 1 / (1 + c sin^2(angle/2)); c is twice the variance. */
static double laplace_curve(const struct interval_term *term)
{
	double rate = (double)term->s / (double)term->t, d = -expm1(-rate);

	return fmax(4 * exp(-rate) / (d * d), 1e-300);
}

/* Beyond it lies less than 1e-15 of the sum, by Chernoff's bound where the widest draw's moments are at most doubled. */
static double far_side(const struct interval_term *terms, unsigned n, double v)
{
	double all = 0, widest = 0, rate;

	for (unsigned i = 0; i < n; i++)
		if (!terms[i].gaussian) {
			double c = laplace_curve(&terms[i]);

			all += c;
			widest = fmax(widest, c);
		}
	rate = 2 * asinh(sqrt(0.5 / widest));
	if (v > 0)
		rate = fmin(rate, 8 / sqrt(v));
	return (M_LN2 * all / widest + v * rate * rate / 2 + 37) / rate;
}

/* f without the Gaussian part, as a logarithm; equal draws mostly stand together. */
static double laplace_log(const struct interval_term *terms, unsigned n, double angle, size_t *work)
{
	double half = sin(angle / 2), sum = 0;

	for (unsigned i = 0, same; i < n; i += same) {
		for (same = 1; i + same < n && terms[i + same].t == terms[i].t &&
			       terms[i + same].s == terms[i].s &&
			       terms[i + same].gaussian == terms[i].gaussian;)
			same++;
		if (!terms[i].gaussian)
			sum -= same * log1p(laplace_curve(&terms[i]) * half * half);
		*work += same / 64 + 1;
	}
	return sum;
}

static double gaussian_part(double v, double angle)
{
	double back = 2 * M_PI - angle;

	return v <= 0 ? 1
		      : (exp(-v * angle * angle / 2) + exp(-v * back * back / 2)) /
				(1 + 2 * exp(-2 * M_PI * M_PI * v));
}

/* False where too many values matter. */
static bool transform_fill(
	struct transform *f, const struct interval_term *terms, unsigned n, double v)
{
	size_t work = 0;

	for (f->n = 0; (double)f->n < (f->m - 1) / 2; f->n++) {
		double angle = 2 * M_PI * (double)(f->n + 1) / f->m, value;

		if (f->n == MAX_TRANSFORM || work > MAX_TRANSFORM_WORK)
			return false;
		value = exp(laplace_log(terms, n, angle, &work)) * gaussian_part(v, angle);
		if (value < 1e-16)
			return true;
		f->angle[f->n] = angle;
		f->weight[f->n] = 2 * value / (f->m * sin(angle / 2));
	}
	return true;
}

static bool reaches(const struct transform *f, uint64_t k, double want)
{
	double sum = (2 * (double)k + 1) / f->m;

	for (size_t j = 0; j < f->n; j++)
		sum += f->weight[j] * sin(((double)k + 0.5) * f->angle[j]);
	return sum >= want;
}

/* The smallest k, or false where this way is too long. */
static bool transform_reach(const struct interval_term *terms, unsigned n, uint64_t v,
	long double alpha, uint64_t bound, uint64_t *out)
{
	struct transform f = { .m = 2 * ceil(far_side(terms, n, (double)v)) + 3 };
	double want = (double)(1 - alpha) + 1e-12;
	uint64_t low = 0, high = (uint64_t)(f.m / 2);
	bool ok;

	f.weight = calloc(2 * MAX_TRANSFORM, sizeof(*f.weight));
	if (f.weight == NULL)
		return false;
	f.angle = f.weight + MAX_TRANSFORM;
	ok = n > 2 && transform_fill(&f, terms, n, (double)v);
	high = high < bound ? high : bound;
	while (ok && low < high) {
		uint64_t k = low + (high - low) / 2;

		if (reaches(&f, k, want))
			high = k;
		else
			low = k + 1;
	}
	free(f.weight);
	*out = low;
	return ok;
}

static int usable(const struct interval_term *term)
{
	return term->t >= 1 &&
	       (term->gaussian || (term->s >= 1 && term->t <= MAX_SCALE && term->s <= MAX_SCALE));
}

uint64_t interval_sum(const struct interval_term *terms, unsigned n, unsigned alpha_ppm)
{
	long double alpha = (long double)alpha_ppm / 1e6L;
	unsigned gaussians = 0;
	uint64_t v = 0;

	if (alpha_ppm >= 1000000 || n == 0)
		return 0;
	if (alpha_ppm == 0)
		return UINT64_MAX;
	for (unsigned i = 0; i < n; i++) {
		if (!usable(&terms[i]) ||
			(terms[i].gaussian && __builtin_add_overflow(v, terms[i].t, &v)))
			return UINT64_MAX;
		gaussians += terms[i].gaussian != 0;
	}
	if (n == 1)
		return reach(&terms[0], alpha);
	if (gaussians > 1)
		alpha *= SUM_SLACK;
	if (gaussians == n)
		return normal_reach((long double)v, alpha);
	uint64_t bound = union_reach(terms, n, alpha), k;
	return transform_reach(terms, n, v, alpha, bound, &k)
		       ? k
		       : exact_reach(terms, n, v, alpha, bound);
}

uint64_t interval_laplace(uint64_t t, uint64_t s, unsigned alpha_ppm)
{
	const struct interval_term term = { 0, t, s };

	return interval_sum(&term, 1, alpha_ppm);
}

uint64_t interval_gaussian(uint64_t v, unsigned alpha_ppm)
{
	const struct interval_term term = { 1, v, 1 };

	return interval_sum(&term, 1, alpha_ppm);
}
