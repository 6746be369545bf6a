#include "crypto/account.h"

#include <float.h>
#include <math.h>

#include "base/text.h"
#include "crypto/noise.h"

/*
 * Charges are whole numbers and so is what they are made from. Floating point appears only below
 * the line, where a sum of charges is told as an (epsilon, delta) pair; it decides no noise.
 */

#ifdef __FAST_MATH__
#error "the bounds of this file need IEEE arithmetic: build without -ffast-math"
#endif

#define MAX_SCALE (UINT64_C(1) << 32)

static u128 ceil_div(u128 a, u128 b)
{
	return a / b + (a % b != 0);
}

static u128 gcd(u128 a, u128 b)
{
	while (b != 0) {
		u128 rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

static int too_noisy(struct error *err)
{
	return error_set(err, E_INPUT,
		SAY("The privacy price is too small for this question.",
			"隐私开销过小，无法回答此问题。"),
		"the charge asks for more noise than the samplers have");
}

static int no_sensitivity(struct error *err)
{
	return error_set(err, E_INPUT,
		SAY("The question has no usable bound on what one person changes.",
			"此问题无法限定单个个人的影响。"),
		"sensitivity is zero or overflows");
}

/* 1e12 * D2^2, or 0 when D2^2 is 0 or above 2^80: beyond what any variance could cover. */
static u128 scaled_d2(struct sensitivity d)
{
	u128 max = (u128)1 << 80;

	if (d.d0 == 0 || d.dinf == 0 || d.dinf > max / d.dinf ||
		d.d0 > max / ((u128)d.dinf * d.dinf))
		return 0;
	return (u128)d.d0 * d.dinf * d.dinf * ACCOUNT_ONE;
}

int account_gaussian(
	struct sensitivity d, uint64_t prho, uint64_t *v, uint64_t *charge_prho, struct error *err)
{
	u128 d2 = scaled_d2(d);

	if (d2 == 0)
		return no_sensitivity(err);
	if (prho == 0)
		return too_noisy(err);
	u128 least = ceil_div(d2, (u128)2 * prho); /* ceil(x/2V) <= n exactly when x/2V <= n */
	if (least > NOISE_MAX_VARIANCE)
		return too_noisy(err);
	*v = (uint64_t)least;
	*charge_prho = account_gaussian_charge(d, *v);
	return 0;
}

uint64_t account_gaussian_charge(struct sensitivity d, uint64_t v)
{
	u128 d2 = scaled_d2(d);

	if (d2 == 0 || v == 0)
		return UINT64_MAX;
	u128 charge = ceil_div(d2, (u128)2 * v);
	return charge > UINT64_MAX ? UINT64_MAX : (uint64_t)charge;
}

/* The fraction *t / *s brought to lowest terms and, if that is not enough, to the nearest one above
 * it that fits: more noise than asked for, by less than 2^-31 of it. False when even 2^32 is too
 * little. In: *t < 2^105, *s < 2^64. */
static int fit_scale(u128 *t, u128 *s)
{
	u128 both = gcd(*t, *s);

	*t /= both;
	*s /= both;
	if (*t <= MAX_SCALE && *s <= MAX_SCALE)
		return 1;
	u128 new_s = MAX_SCALE;
	if (*t > *s) {
		if (*t > *s * MAX_SCALE)
			return 0;
		new_s = *s * MAX_SCALE / *t;
	}
	u128 new_t = ceil_div(*t * new_s, *s); /* *t * new_s <= *s * 2^32 when *t is the larger */
	both = gcd(new_t, new_s);
	*t = new_t / both;
	*s = new_s / both;
	return 1;
}

int account_laplace(struct sensitivity d, uint64_t peps, uint64_t *t, uint64_t *s,
	uint64_t *charge_peps, uint64_t *charge_prho, struct error *err)
{
	u128 d1 = (u128)d.d0 * d.dinf;

	if (d1 == 0 || d1 > UINT64_MAX)
		return no_sensitivity(err);
	if (peps == 0)
		return too_noisy(err);
	u128 scale = d1 * ACCOUNT_ONE, over = peps;
	if (!fit_scale(&scale, &over))
		return too_noisy(err);
	uint64_t epsilon, rho; /* at most peps, since the scale was not rounded down */
	account_laplace_charge(d, (uint64_t)scale, (uint64_t)over, &epsilon, &rho);
	if (rho == UINT64_MAX)
		return error_set(err, E_INPUT,
			SAY("The privacy price is out of range.", "隐私开销超出范围。"),
			"epsilon is so large that its charge has no number");
	*t = (uint64_t)scale;
	*s = (uint64_t)over;
	*charge_peps = epsilon;
	*charge_prho = rho;
	return 0;
}

void account_laplace_charge(
	struct sensitivity d, uint64_t t, uint64_t s, uint64_t *charge_peps, uint64_t *charge_prho)
{
	u128 d1 = (u128)d.d0 * d.dinf;

	*charge_peps = *charge_prho = UINT64_MAX;
	if (d1 == 0 || d1 > UINT64_MAX || t == 0 || s == 0 || s > MAX_SCALE ||
		d1 > ~(u128)0 / ACCOUNT_ONE / s)
		return;
	u128 epsilon = ceil_div(d1 * ACCOUNT_ONE * s, t);
	if (epsilon > UINT64_MAX)
		return;
	u128 rho = ceil_div(epsilon * epsilon, (u128)2 * ACCOUNT_ONE);
	*charge_peps = (uint64_t)epsilon;
	if (rho < UINT64_MAX)
		*charge_prho = (uint64_t)rho;
}

/* --- as (epsilon, delta) --------------------------------------------------------------------- */

#define ULP         0x1p-53
#define MORE(x)     ((x) * (1 + 8 * ULP))
#define LESS(x)     ((x) * (1 - 8 * ULP))
#define EXP_SLACK   (1 + 0x1p-45) /* exp, expm1 and sqrt of libm are good to a few units */
#define ALPHA_LEAST (1 + 1e-6)

/* Any alpha > 1 gives a bound, so this only has to come near the best one: where the bound's logarithm has no slope. That
 * slope rises with alpha, and ever less, so that Newton's steps from below come nearer and never pass it. */
static double best_alpha(double rho, double epsilon)
{
	double a = ALPHA_LEAST;

	for (int i = 0; i < 80; i++) {
		double slope = (2 * a - 1) * rho - epsilon + log1p(-1 / a);
		double step = -slope / (2 * rho + 1 / (a * (a - 1)));

		if (!(step > a * 0x1p-40))
			break;
		a += step;
	}
	return a;
}

/* exp((a-1)(a*rho - epsilon) + a*ln(1 - 1/a)) / (a-1), rounded up: every term's rounding is
 * bounded by 16 half units of its size before the terms cancel. */
static double delta_up(double rho, double epsilon)
{
	if (!(rho > 0))
		return 0;
	double a = best_alpha(rho, epsilon);
	double head = a * log1p(-1 / a), tail = log(a - 1);
	double size = (a - 1) * (a * rho + epsilon) + fabs(head) + fabs(tail) + 2 / (a - 1) + 1;
	double l = (a - 1) * (a * rho - epsilon) + head - tail + 16 * ULP * size;
	double delta = exp(fmin(l, 0)) * EXP_SLACK + DBL_MIN; /* never 0 by underflow */
	/* total variation, by Bretagnolle and Huber: what remains true at epsilon 0 */
	return fmin(1, fmin(delta, sqrt(-expm1(-rho)) * EXP_SLACK));
}

static double rho_up(uint64_t prho)
{
	return MORE((double)prho / (double)ACCOUNT_ONE);
}

double account_delta(uint64_t prho, double epsilon)
{
	return epsilon >= 0 ? delta_up(rho_up(prho), epsilon) : 1;
}

double account_epsilon(uint64_t prho, double delta)
{
	double rho = rho_up(prho), low = 0, high = 1;

	if (!(delta > 1e-300)) /* below, doubles end */
		return prho == 0 ? 0 : (double)INFINITY;
	if (delta_up(rho, 0) <= delta)
		return 0;
	while (delta_up(rho, high) > delta)
		high *= 2;
	while (high - low > 4 * ULP * high) {
		double middle = low + (high - low) / 2;
		if (delta_up(rho, middle) <= delta)
			high = middle;
		else
			low = middle;
	}
	return high;
}

uint64_t account_peps(uint64_t prho, uint64_t delta_e18)
{
	double epsilon = account_epsilon(prho, LESS((double)delta_e18 / 1e18));

	/* a double below 2^63 is exact to a relative 2^-53, far less than one added to it when it is large */
	if (!(epsilon < 9e6))
		return UINT64_MAX;
	return (uint64_t)ceil(MORE(epsilon * (double)ACCOUNT_ONE));
}

static uint64_t added(const uint64_t v[2])
{
	return v[0] > INT64_MAX || v[1] > INT64_MAX - v[0] ? INT64_MAX : v[0] + v[1];
}

uint64_t account_together(const uint64_t prho[2], const uint64_t peps[2], uint64_t delta_e18,
	uint64_t *prho_out)
{
	uint64_t pure = added(peps), by_rho;

	*prho_out = added(prho);
	by_rho = account_peps(*prho_out, delta_e18);
	return by_rho < pure ? by_rho : pure;
}

uint64_t account_prho(uint64_t peps, double delta)
{
	double epsilon = LESS((double)peps / (double)ACCOUNT_ONE);
	uint64_t low = 0, high = UINT64_MAX; /* low is affordable */

	while (low < high) {
		uint64_t middle = low + (high - low) / 2 + 1;
		if (account_epsilon(middle, delta) <= epsilon)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

const char *account_text(uint64_t amount, int round_up, char *buf, unsigned size)
{
	const uint64_t unit = 1000000; /* six of twelve digits */
	uint64_t shown = amount / unit + (round_up && amount % unit != 0);

	return format_decimal(buf, size, (int64_t)shown, 6);
}
