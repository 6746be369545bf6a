#include "answer/statistics/spread.h"

#include <math.h>

#define Z_NORMAL  1.959963984540054
#define Z_LAPLACE 2.118280240 /* ln 20 / sqrt 2: one draw; sums of several reach less far */
#define PI        3.14159265358979323846
#define FEW       30 /* binomials that are rarer are counted out, others rounded from a normal */

/* ---- noise ---- */

static double laplace_variance(double scale)
{
	double q = exp(-1 / scale), p = -expm1(-1 / scale);

	return 2 * q / (p * p);
}

void spread_add(struct spread *s, const struct interval_term *term, unsigned draws)
{
	double scale = (double)term->t / (double)term->s;

	if (term->gaussian) {
		s->gaussian += (double)term->t * draws;
		return;
	}
	s->laplace += laplace_variance(scale) * draws;
	for (unsigned i = 0; i < draws && s->n_laplace + i < SPREAD_SCALES; i++)
		s->scales[s->n_laplace + i] = scale;
	s->n_laplace += draws;
}

double spread_variance(const struct spread *s)
{
	return s->gaussian + s->laplace;
}

double spread_z(const struct spread *s)
{
	return s->n_laplace > 0 ? Z_LAPLACE : Z_NORMAL;
}

struct estimate estimate_of(
	double value, double noise, double sampling, double z, double least, double most)
{
	double half = z * sqrt(noise), wide = z * sqrt(noise + sampling);

	return (struct estimate){ .value = fmin(fmax(value, least), most),
		.low = fmin(fmax(value - half, least), most),
		.high = fmin(fmax(value + half, least), most),
		.sampled = sampling > 0,
		.from = fmin(fmax(value - wide, least), most),
		.to = fmin(fmax(value + wide, least), most) };
}

/* ---- dice: splitmix64 (Steele, Lea, Flood 2014) ---- */

static uint64_t next(struct dice *d)
{
	uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

double dice_unit(struct dice *d)
{
	return ((double)(next(d) >> 11) + 0.5) * 0x1p-53;
}

double dice_normal(struct dice *d)
{
	double r = sqrt(-2 * log(dice_unit(d)));

	return r * cos(2 * PI * dice_unit(d));
}

double dice_binomial(struct dice *d, double n, double p)
{
	double mass, u, k = 0;

	if (n <= 0 || p <= 0)
		return 0;
	if (p > 0.5)
		return n - dice_binomial(d, n, 1 - p);
	if (n * p > FEW)
		return fmin(fmax(rint(n * p + sqrt(n * p * (1 - p)) * dice_normal(d)), 0), n);
	mass = exp(n * log1p(-p));
	for (u = dice_unit(d); u > mass && k < n; k++) {
		u -= mass;
		mass *= (n - k) / (k + 1) * p / (1 - p);
		if (mass < 1e-300)
			break;
	}
	return k;
}

/* P(m) = (1-q) q^m, m = 0, 1, .. */
static double geometric(struct dice *d, double scale)
{
	return floor(-scale * log(dice_unit(d)));
}

double dice_noise(struct dice *d, const struct spread *s)
{
	double sum = 0;

	if (s->gaussian > 0)
		sum += rint(sqrt(s->gaussian) * dice_normal(d));
	if (s->n_laplace > SPREAD_SCALES)
		return sum + rint(sqrt(s->laplace) * dice_normal(d));
	for (unsigned i = 0; i < s->n_laplace; i++)
		sum += geometric(d, s->scales[i]) - geometric(d, s->scales[i]);
	return sum;
}
