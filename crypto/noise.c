#include "crypto/noise.h"

/*
 * The algorithms of Canonne, Kamath and Steinke with the fractions multiplied out. Inside, a coin
 * is 1 or 0, and -1 says that the generator failed or cannot be one; errors are made at the
 * exported edge.
 *
 * Every way back to the beginning forgets all that was drawn: no rejection leaves a trace in what
 * is drawn next. The exact tests rest on that.
 */

enum {
	MAX_COINS = 1 << 17, /* P(more) = 1/(2^17)! */
	MAX_STEPS = 1 << 16, /* P(more) < e^-65536, and of as many rejections < 2^-40000 */
	MAX_UNITS = 1000,    /* of a scale, in one geometric: P(more) = e^-1001 */
	MAX_SHARES = 4096,
};
#define MAX_SCALE (UINT64_C(1) << 32)
#define MAX_BELOW ((u128)1 << 110) /* times MAX_COINS it is still a u128 */
/* Of a Gaussian's q*t^2, see there; so much that V = NOISE_MAX_VARIANCE passes. */
#define MAX_SQUARE (NOISE_MAX_VARIANCE + (UINT64_C(1) << 28) + 1)
#define MAX_POLYA  (UINT64_C(1) << 16)

/* Tests include this file with others in place of these three, to see mistakes caught and to know
 * where a draw begins again. */
#ifndef NOISE_ODD
#define NOISE_ODD(k)              ((k) % 2 == 1)
#define NOISE_SECOND_ZERO(neg, m) ((neg) && (m) == 0)
#define NOISE_AGAIN()             ((void)0)
#endif

/* A draw is half made of calls otherwise. */
#define ALWAYS inline __attribute__((always_inline))

static int broken(struct error *err)
{
	return error_set(err, E_CRYPTO,
		SAY("The noise could not be drawn, so nothing is released.",
			"无法生成噪声，因此不发布任何结果。"),
		"random generator failed or does not behave like one");
}

static int unusable(struct error *err)
{
	return error_set(err, E_INPUT,
		SAY("The noise parameters are out of range.", "噪声参数超出范围。"),
		"noise parameters out of range");
}

/* exp(-a/b) for a <= b. The first k whose coin a/(b*k) fails is odd with that probability, since
 * P(k > m) = (a/b)^m / m!. Coins before the k-th have succeeded already. */
static int coin_exp_from(struct rng *r, u128 a, u128 b, uint32_t k)
{
	while (k <= MAX_COINS && rng_bern(r, a, b * k))
		k++;
	if (k > MAX_COINS || rng_failed(r))
		return -1;
	return NOISE_ODD(k);
}

static ALWAYS int coin_exp_unit(struct rng *r, u128 a, u128 b)
{
	if (b <= UINT64_MAX / (MAX_COINS + 1)) { /* in 64 bits, which is faster */
		uint64_t n = (uint64_t)a, of = (uint64_t)b;
		uint32_t k = 1;
		while (k <= MAX_COINS && rng_bern(r, n, of * k))
			k++;
		return k > MAX_COINS || rng_failed(r) ? -1 : NOISE_ODD(k);
	}
	return coin_exp_from(r, a, b, 1);
}

/* exp(-1), most drawn of all: its first twelve coins by one number below 12!. The coins up to the
 * k-th succeed for 12!/k! of the numbers, the smallest ones. All are compared: a branch would be
 * guessed wrong every second time. */
static ALWAYS int coin_exp_one(struct rng *r)
{
	static const uint32_t succeed[12] = { 239500800, 79833600, 19958400, 3991680, 665280, 95040,
		11880, 1320, 132, 12, 1, 0 };
	uint32_t x = (uint32_t)rng_below(r, 479001600), k = 2;

	for (unsigned i = 0; i < 12; i++)
		k += x < succeed[i];
	if (__builtin_expect(k > 12, 0) || rng_failed(r))
		return coin_exp_from(r, 1, 1, k);
	return NOISE_ODD(k);
}

/* exp(-a/b) for any a: as many coins of exp(-1) as b goes into a, then the rest. */
static int coin_exp(struct rng *r, u128 a, u128 b)
{
	for (uint32_t step = 0; a > b; step++) {
		int yes = coin_exp_one(r);
		if (yes != 1)
			return yes;
		if (step == MAX_STEPS)
			return -1;
		a -= b;
	}
	return coin_exp_unit(r, a, b);
}

/* P(m) = (1-q) q^m with q = exp(-s/t): u + t*v is geometric with exp(-1/t), and dividing by s joins
 * s of its values into one. u + t*v < t * (MAX_UNITS + 1) <= 2^42. */
static ALWAYS int geometric(struct rng *r, uint64_t t, uint64_t s, uint64_t *out)
{
	uint64_t u = 0, v = 0;
	int yes = 0;

	for (uint32_t tries = 0; yes == 0 && tries < MAX_STEPS; tries++) {
		u = rng_below(r, t);
		yes = coin_exp_unit(r, u, t);
		if (yes == 0)
			NOISE_AGAIN();
	}
	if (yes != 1)
		return -1;
	while ((yes = coin_exp_one(r)) == 1)
		if (++v > MAX_UNITS)
			return -1;
	*out = s == 1 ? u + t * v : (u + t * v) / s;
	return yes;
}

/* A sign for the geometric size; minus zero would make zero twice as likely. */
static ALWAYS int laplace(struct rng *r, uint64_t t, uint64_t s, int64_t *out)
{
	for (uint32_t tries = 0; tries < MAX_STEPS; tries++) {
		uint64_t m;
		if (geometric(r, t, s, &m) != 0)
			return -1;
		int negative = rng_below(r, 2) == 1;
		if (rng_failed(r))
			return -1;
		if (!NOISE_SECOND_ZERO(negative, m)) {
			*out = ((int64_t)m ^ -(int64_t)negative) + negative; /* no branch */
			return 0;
		}
		NOISE_AGAIN();
	}
	return -1;
}

static uint64_t isqrt(uint64_t v)
{
	uint64_t root = 0;

	for (uint64_t bit = UINT64_C(1) << (63 - __builtin_clzll(v | 1)) / 2; bit != 0; bit >>= 1)
		if ((root + bit) * (root + bit) <= v)
			root += bit;
	return root;
}

/* Rejection from the Laplace of scale t = floor(sqrt V) + 1, V = p/q, kept with probability
 * exp(-(|y| - V/t)^2 / (2V)) = exp(-(|y|*q*t - p)^2 / (2pq*t^2)).
 *
 * That nothing overflows: let m = q*t^2 <= MAX_SQUARE < 2^54.01. As t > sqrt V, p < m. |y| is below
 * t * 1001, so |y|*q*t < 1001 * m < 2^64 (1001 * MAX_SQUARE = 0.9776 * 2^64), and so is its
 * distance from p, whose square is a u128. 2pq*t^2 < 2 * m^2 < 2^110. An integer V <= 2^54 has
 * m <= V + 2^28 + 1. The next power of two would need MAX_UNITS halved. */
static int gaussian(struct rng *r, uint64_t p, uint64_t q, uint64_t t, int64_t *out)
{
	u128 below = (u128)2 * p * (q * t * t);

	for (uint32_t tries = 0; tries < MAX_STEPS; tries++) {
		int64_t y;
		if (laplace(r, t, 1, &y) != 0)
			return -1;
		uint64_t far = (uint64_t)(y < 0 ? -y : y) * (q * t);
		uint64_t off = far > p ? far - p : p - far;
		int yes = coin_exp(r, (u128)off * off, below);
		if (yes < 0)
			return -1;
		if (yes == 1) {
			*out = y;
			return 0;
		}
		NOISE_AGAIN();
	}
	return -1;
}

/* One n-th of a geometric: P(k) ~ e^(-k*s/t) * product of (1 + n(j-1)) / (n*j) for j = 1..k, the
 * negative binomial of exponent 1/n. A step further needs a coin for each factor; the second kind
 * failing means to begin again. Each begin ends well with more than (1-q)^(1-1/n) >= 1/(t/s + 1),
 * and k passes `most` with a chance below e^-999: so neither limit is ever met. */
static int polya(struct rng *r, uint64_t t, uint64_t s, uint64_t n, int64_t *out)
{
	const uint64_t most = 1000 * (t / s + 2);

	for (uint64_t tries = 0, k = 0; tries < most && k < most;) {
		int yes = coin_exp(r, s, t);
		if (yes < 0)
			return -1;
		if (yes == 0) {
			*out = (int64_t)k;
			return 0;
		}
		if (rng_bern(r, 1 + n * k, n * (k + 1))) {
			k++;
			continue;
		}
		if (rng_failed(r))
			return -1;
		NOISE_AGAIN();
		k = 0;
		tries++;
	}
	return -1;
}

int noise_bern_exp(struct rng *r, u128 a, u128 b, int *out, struct error *err)
{
	if (b < 1 || b > MAX_BELOW)
		return unusable(err);
	int yes = coin_exp(r, a, b);
	if (yes < 0)
		return broken(err);
	*out = yes;
	return 0;
}

int noise_geometric(struct rng *r, uint64_t t, uint64_t s, uint64_t *out, struct error *err)
{
	uint64_t m;

	if (t < 1 || t > MAX_SCALE || s < 1 || s > MAX_SCALE)
		return unusable(err);
	if (geometric(r, t, s, &m) != 0)
		return broken(err);
	*out = m;
	return 0;
}

int noise_laplace(struct rng *r, uint64_t t, uint64_t s, int64_t *out, struct error *err)
{
	int64_t x;

	if (t < 1 || t > MAX_SCALE || s < 1 || s > MAX_SCALE)
		return unusable(err);
	if (laplace(r, t, s, &x) != 0)
		return broken(err);
	*out = x;
	return 0;
}

int noise_gaussian(struct rng *r, uint64_t v, int64_t *out, struct error *err)
{
	return noise_gaussian_ratio(r, v, 1, out, err);
}

int noise_gaussian_ratio(struct rng *r, uint64_t p, uint64_t q, int64_t *out, struct error *err)
{
	int64_t x;

	if (p < 1 || q < 1 || p > NOISE_MAX_VARIANCE || q > NOISE_MAX_VARIANCE)
		return unusable(err);
	uint64_t t = isqrt(p / q) + 1; /* at most 2^27 + 1 */
	if ((u128)q * t * t > MAX_SQUARE)
		return unusable(err);
	if (gaussian(r, p, q, t, &x) != 0)
		return broken(err);
	*out = x;
	return 0;
}

int noise_polya(struct rng *r, uint64_t t, uint64_t s, uint64_t n, int64_t *out, struct error *err)
{
	int64_t more, less;

	if (t < 1 || t > MAX_SCALE || s < 1 || s > MAX_SCALE || t / s >= MAX_POLYA || n < 1 ||
		n > MAX_SHARES)
		return unusable(err);
	if (polya(r, t, s, n, &more) != 0 || polya(r, t, s, n, &less) != 0)
		return broken(err);
	*out = more - less;
	return 0;
}
