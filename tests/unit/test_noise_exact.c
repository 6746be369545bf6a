#include <assert.h>
#include <math.h>
#include <setjmp.h>
#include <stdbool.h>
#include <string.h>

#include "crypto/rng.h"
#include "tests/unit/unit.h"

/*
 * The samplers without chance: crypto/noise.c is compiled into this program with an oracle in place
 * of the generator. At every draw the oracle takes each possible answer in turn and keeps the
 * product of their probabilities, so a run ends with an outcome and the exact weight of the one way
 * to it. All ways heavier than a limit are walked; what was cut off bounds the error of every
 * probability from both sides. A sampler that is wrong by more than that error is caught with
 * certainty, one that is right never fails. The same walk shows that planted mistakes are caught.
 */

/* --- the oracle ------------------------------------------------------------------------------ */

enum mutant {
	NONE,
	EVEN,      /* the parity of coins */
	TWO_ZEROS, /* minus zero counts */
	ONE_SIDED, /* no minus */
	MODULO,    /* uniform numbers by the remainder of a byte */
	WIDE_COIN, /* a/(b+1) for a/b */
	HALF_UNIT, /* exp(-1) half as often */
	MUTANTS,
};

static enum mutant mutant;

enum {
	MAX_DEPTH_HERE = 200,
	REACH = 400
};
static const u128 whole = (u128)1 << 96;

struct choice {
	unsigned pick, options;
	u128 mass; /* of the way up to and with this choice */
};

enum ending { /* of a way; 0 is what setjmp() returns first */
	FOUND,
	AGAIN,
	CUT
};

static struct walk {
	struct choice path[MAX_DEPTH_HERE];
	size_t len, depth;
	u128 least; /* ways lighter than this are not followed */
	jmp_buf stop;
	/* results */
	u128 found[2 * REACH + 1], again, all;
	uint64_t ways;
} walk;

/* Weights share/of; the options' shares add up to `of`. */
static unsigned choose(
	unsigned options, u128 (*share)(unsigned pick, u128 a, u128 n), u128 a, u128 of)
{
	assert(walk.depth < MAX_DEPTH_HERE && of < (u128)1 << 32);
	struct choice *c = &walk.path[walk.depth];
	if (walk.depth == walk.len) {
		*c = (struct choice){ .options = options };
		walk.len++;
	}
	if (walk.depth == walk.len - 1) { /* the only one that is new in this run */
		u128 before = walk.depth == 0 ? whole : c[-1].mass;
		c->mass = before * share(c->pick, a, of) / of;
	}
	if (c->mass < walk.least)
		longjmp(walk.stop, CUT);
	walk.depth++;
	return c->pick;
}

static u128 even_share(unsigned pick, u128 a, u128 n)
{
	(void)pick;
	(void)a;
	(void)n;
	return 1;
}

static u128 byte_share(unsigned pick, u128 n, u128 bytes)
{
	return bytes / n + (pick < bytes % n);
}

static u128 coin_share(unsigned pick, u128 a, u128 b)
{
	return pick == 1 ? a : b - a;
}

/* A number below 12! is only ever asked how many coins it stands for: k succeed when it is below
 * 12!/k!. An option is the least number that stands for one k, or the greatest when `greatest` says
 * so. */
enum {
	COINS = 12,
	FACTORIAL_12 = 479001600
};
static bool greatest;

static uint64_t numbers_from(unsigned coins)
{
	uint64_t n = FACTORIAL_12;

	for (unsigned k = 2; k <= coins; k++)
		n /= k;
	return n;
}

static u128 coins_share(unsigned pick, u128 a, u128 n)
{
	unsigned k = pick + 1; /* the first coin always succeeds */

	(void)a;
	(void)n;
	return numbers_from(k) - (k < COINS ? numbers_from(k + 1) : 0);
}

static uint64_t twelve_coins(void)
{
	if (mutant == HALF_UNIT)
		if (choose(2, even_share, 1, 2) == 0)
			return FACTORIAL_12 - 1;
	unsigned k = 1 + choose(COINS, coins_share, 0, FACTORIAL_12);
	if (greatest)
		return numbers_from(k) - 1;
	return k < COINS ? numbers_from(k + 1) : 0;
}

static uint64_t oracle_below(struct rng *r, uint64_t n)
{
	(void)r;
	if (n == FACTORIAL_12)
		return twelve_coins();
	if (n == 1 || (mutant == ONE_SIDED && n == 2))
		return 0;
	if (mutant == MODULO)
		return choose((unsigned)n, byte_share, n, 256);
	return choose((unsigned)n, even_share, 1, n);
}

static bool oracle_bern(struct rng *r, u128 a, u128 b)
{
	(void)r;
	if (mutant == WIDE_COIN)
		b++;
	if (a == 0 || a >= b)
		return a != 0;
	return choose(2, coin_share, a, b) == 1;
}

static bool oracle_failed(const struct rng *r)
{
	(void)r;
	return false;
}

static void begin_again(void)
{
	longjmp(walk.stop, AGAIN);
}

#define rng_below                 oracle_below
#define rng_bern                  oracle_bern
#define rng_failed                oracle_failed
#define NOISE_ODD(k)              (((k) % 2 == 1) == (mutant != EVEN))
#define NOISE_SECOND_ZERO(neg, m) ((neg) && (m) == 0 && mutant != TWO_ZEROS)
#define NOISE_AGAIN()             begin_again()
#include "crypto/noise.c"

/* --- walks ----------------------------------------------------------------------------------- */

enum kind {
	BERN,
	GEOMETRIC,
	LAPLACE,
	GAUSSIAN,
	POLYA
};
struct sampler {
	enum kind kind;
	uint64_t a, b;    /* exp(-a/b), scale a/b, or V = a/b */
	int bits;         /* ways lighter than 2^-bits are cut off */
	long double left; /* which leaves at most this */
	uint64_t shares;  /* Polya */
};

static int64_t run(const struct sampler *s)
{
	struct error err;
	int64_t x = 0;
	uint64_t m = 0;
	int yes = 0, ret;

	switch (s->kind) {
	case BERN:
		ret = noise_bern_exp(NULL, s->a, s->b, &yes, &err);
		x = yes;
		break;
	case GEOMETRIC:
		ret = noise_geometric(NULL, s->a, s->b, &m, &err);
		x = (int64_t)m;
		break;
	case LAPLACE:
		ret = noise_laplace(NULL, s->a, s->b, &x, &err);
		break;
	case POLYA:
		ret = noise_polya(NULL, s->a, s->b, s->shares, &x, &err);
		break;
	default:
		ret = noise_gaussian_ratio(NULL, s->a, s->b, &x, &err);
	}
	assert(ret == 0 && x >= -REACH && x <= REACH);
	return x;
}

/* To the next way in order: the last choice that has another option takes it. */
static bool next_way(void)
{
	while (walk.len > 0) {
		struct choice *last = &walk.path[walk.len - 1];
		if (++last->pick < last->options)
			return true;
		walk.len--;
	}
	return false;
}

static u128 mass_here(void)
{
	return walk.depth == 0 ? whole : walk.path[walk.depth - 1].mass;
}

static void one_way(const struct sampler *s)
{
	int64_t x;

	walk.depth = 0;
	switch (setjmp(walk.stop)) {
	case FOUND: /* nothing jumped yet */
		x = run(s);
		walk.found[x + REACH] += mass_here();
		walk.all += mass_here();
		return;
	case AGAIN:
		walk.again += mass_here();
		walk.all += mass_here();
		return;
	default: /* cut off, and so would the next options be, which are no heavier unless coins */
		if (walk.path[walk.len - 1].options > 2)
			walk.path[walk.len - 1].pick = walk.path[walk.len - 1].options - 1;
		return;
	}
}

static void walk_all(const struct sampler *s, int bits)
{
	memset(&walk, 0, sizeof(walk));
	walk.least = whole >> bits;
	do {
		one_way(s);
		walk.ways++;
	} while (next_way());
}

static long double part(u128 mass)
{
	return (long double)mass / (long double)whole;
}

/* P(difference of two negative binomials = x), each of exponent 1/n. */
static long double polya_mass(const struct sampler *s, int64_t x)
{
	const long double q = expl(-(long double)s->b / (long double)s->a);
	long double mass[2 * REACH + 1] = { powl(1 - q, 1 / (long double)s->shares) }, sum = 0;

	for (int k = 1; k <= 2 * REACH; k++)
		mass[k] = mass[k - 1] * q * (k - 1 + 1 / (long double)s->shares) / k;
	for (int64_t k = x < 0 ? -x : 0; k + x <= 2 * REACH && k <= 2 * REACH; k++)
		sum += mass[k] * mass[k + x];
	return sum;
}

/* The probability that the header promises. */
static long double promised(const struct sampler *s, int64_t x)
{
	const long double v = (long double)s->a / (long double)s->b;
	long double q, z = 0, size = (long double)(x < 0 ? -x : x);

	switch (s->kind) {
	case BERN:
		q = expl(-(long double)s->a / (long double)s->b);
		return x == 1 ? q : x == 0 ? 1 - q : 0;
	case GEOMETRIC:
		q = expl(-(long double)s->b / (long double)s->a);
		return x < 0 ? 0 : (1 - q) * powl(q, size);
	case LAPLACE:
		q = expl(-(long double)s->b / (long double)s->a);
		return (1 - q) / (1 + q) * powl(q, size);
	case POLYA:
		return polya_mass(s, x);
	default:
		for (int64_t y = -REACH; y <= REACH; y++)
			z += expl(-(long double)(y * y) / (2 * v));
		return expl(-size * size / (2 * v)) / z;
	}
}

/* How many probabilities lie outside what the last walk leaves possible. A way cut off may have led
 * to x, to another outcome or back to the beginning. */
static int outside(const struct sampler *promise)
{
	const long double rounding = 1e-15L;
	long double left = part(whole - walk.all), accepted = 1 - part(walk.again);
	int wrong = 0;

	for (int64_t x = -REACH; x <= REACH; x++) {
		long double p = promised(promise, x), low = part(walk.found[x + REACH]);
		if (p < low / accepted - rounding || p > (low + left) / accepted + rounding)
			wrong++;
	}
	return wrong;
}

#ifdef __SANITIZE_ADDRESS__
enum {
	FEWER_BITS = 4
}; /* five times slower there, and its point is another one */
#else
enum {
	FEWER_BITS = 0
};
#endif

static const struct sampler samplers[] = {
	{ BERN, 0, 1, 60, 1e-15L, 0 },
	{ BERN, 1, 2, 60, 1e-15L, 0 },
	{ BERN, 1, 1, 60, 1e-15L, 0 },
	{ BERN, 7, 3, 60, 1e-15L, 0 },
	{ BERN, 12, 5, 60, 1e-15L, 0 },
	{ GEOMETRIC, 1, 1, 36, 1e-6L, 0 },
	{ GEOMETRIC, 3, 2, 36, 1e-6L, 0 },
	{ GEOMETRIC, 2, 3, 36, 1e-6L, 0 },
	{ LAPLACE, 1, 1, 40, 1e-6L, 0 },
	{ LAPLACE, 1, 3, 40, 1e-6L, 0 },
	{ LAPLACE, 3, 2, 40, 1e-6L, 0 },
	{ LAPLACE, 5, 1, 40, 1e-6L, 0 },
	{ GAUSSIAN, 1, 1, 42, 1e-6L, 0 },
	{ GAUSSIAN, 2, 1, 38, 1e-5L, 0 },
	{ GAUSSIAN, 5, 1, 38, 1e-5L, 0 },
	{ GAUSSIAN, 5, 2, 38, 1e-5L, 0 },
	{ GAUSSIAN, 1, 3, 38, 1e-5L, 0 },
	{ POLYA, 1, 1, 36, 1e-5L, 2 },
	{ POLYA, 1, 2, 36, 1e-5L, 5 },
	{ POLYA, 3, 2, 34, 1e-4L, 3 },
};
enum {
	SAMPLERS = sizeof(samplers) / sizeof(samplers[0])
};

START_TEST(every_probability_is_the_promised_one_to_a_millionth)
{
	for (int i = 0; i < SAMPLERS; i++) {
		const struct sampler *s = &samplers[i];
		walk_all(s, s->bits - FEWER_BITS);
		long double left = part(whole - walk.all), most = s->left * (1 << FEWER_BITS);
		ck_assert_msg(outside(s) == 0, "sampler %d: %d wrong of %llu ways, %Lg left", i,
			outside(s), (unsigned long long)walk.ways, left);
		ck_assert_msg(left <= most, "sampler %d: %Lg left", i, left);
	}
}
END_TEST

START_TEST(twelve_coins_by_one_number_are_the_same_from_its_least_to_its_greatest)
{
	const struct sampler s = { GEOMETRIC, 3, 2, 30, 0, 0 };
	static struct walk least;

	walk_all(&s, s.bits);
	least = walk;
	greatest = true;
	walk_all(&s, s.bits);
	ck_assert(walk.ways == least.ways && walk.all == least.all);
	ck_assert(memcmp(walk.found, least.found, sizeof(walk.found)) == 0);
}
END_TEST

START_TEST(a_scale_wrong_by_a_hundredth_is_seen)
{
	const struct sampler laplace_1 = { LAPLACE, 1, 1, 0, 0, 0 },
			     laplace_99 = { LAPLACE, 99, 100, 0, 0, 0 };
	const struct sampler gaussian_1 = { GAUSSIAN, 1, 1, 0, 0, 0 },
			     gaussian_101 = { GAUSSIAN, 101, 100, 0, 0, 0 };

	walk_all(&laplace_1, 28);
	ck_assert_int_eq(outside(&laplace_1), 0);
	ck_assert_int_gt(outside(&laplace_99), 0);
	walk_all(&gaussian_1, 28);
	ck_assert_int_eq(outside(&gaussian_1), 0);
	ck_assert_int_gt(outside(&gaussian_101), 0);
}
END_TEST

/* Every planted mistake shows in the noise itself, not only in a part of it. */
START_TEST(planted_mistakes_are_seen)
{
	static const struct sampler whole_ones[] = {
		{ LAPLACE, 3, 2, 26, 0, 0 },
		{ GAUSSIAN, 5, 1, 24, 0, 0 },
	};

	for (mutant = NONE; mutant < MUTANTS; mutant++)
		for (size_t i = 0; i < 2; i++) {
			walk_all(&whole_ones[i], whole_ones[i].bits);
			int wrong = outside(&whole_ones[i]);
			ck_assert_msg((wrong > 0) == (mutant != NONE),
				"mutant %d of sampler %zu: %d wrong", (int)mutant, i, wrong);
		}
}
END_TEST

UNIT_MAIN("noise_exact", every_probability_is_the_promised_one_to_a_millionth,
	twelve_coins_by_one_number_are_the_same_from_its_least_to_its_greatest,
	a_scale_wrong_by_a_hundredth_is_seen, planted_mistakes_are_seen)
