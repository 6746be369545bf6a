#include "crypto/noise_table.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/noise.h"

/*
 * How exact the entries are, in units of 1. Numbers have BITS = 512 bits after the point and are cut
 * off, a loss below u = 2^-512 each time.
 *   exp(-a/b), a/b <= 16: fewer than 2^8 terms, whose cuts later factors enlarge by at most e^16 <
 *   2^24: off by less than 2^-480.
 *   ratio and weight of the k-th term, k < 2^13: products of numbers up to 1, so errors add up: less
 *   than 2^-466 and 2^-452; all weights together less than 2^-438.
 *   Weights below 2^-400 are left out, together less than 17 * 2^-400 (Laplace of scale 16).
 *   So P(|X| <= k), a quotient below 1 of two sums of at least 1, is off by less than 2^-393.
 * Lowered by 2^-300 it is certainly too small, by less than 2^-299, and cut to 255 bits.
 */
enum {
	BITS = 512,
	LEAST = 400,     /* weights below 2^-LEAST are left out */
	MAX_N = 1 << 13, /* entries; 16 * ln(2^400) are 4437 */
	LOWER = 300,
	ENTRY_BITS = 255,
};
#define MAX_SIDE     (UINT64_C(1) << 32)
#define MAX_FRACTION 16
#define MAX_SCALE    16
#define MAX_VARIANCE 900
#define TOP_ONES     ((UINT64_C(1) << 63) - 1)

/* --- building -------------------------------------------------------------------------------- */

/* Weights of 0, 1, 2, ...: exp(-k*s/t), or exp(-k^2*s/(2t)). */
struct series {
	BIGNUM *weight, *ratio, *shrink; /* shrink: what the ratio is multiplied by, or NULL */
};

struct builder {
	BN_CTX *ctx;
	BIGNUM *total, *share, *sum, *entry, *lower; /* share: 1 / total */
	struct series series;
};

static bool fixed_times(BIGNUM *x, const BIGNUM *y, BN_CTX *ctx)
{
	return BN_mul(x, x, y, ctx) == 1 && BN_rshift(x, x, BITS) == 1;
}

/* exp(-a/b) by its series; a <= 2^32, b <= 2^33, a/b <= 16. */
static bool exp_minus(BIGNUM *out, uint64_t a, uint64_t b, BN_CTX *ctx)
{
	BIGNUM *term = BN_CTX_get(ctx);

	BN_zero(out);
	if (term == NULL || BN_one(term) != 1 || BN_lshift(term, term, BITS) != 1)
		return false;
	for (unsigned n = 1; !BN_is_zero(term); n++) {
		if ((n % 2 == 1 ? BN_add(out, out, term) : BN_sub(out, out, term)) != 1 ||
			BN_mul_word(term, a) != 1 || BN_div_word(term, b * n) == (BN_ULONG)-1)
			return false;
	}
	return true;
}

static bool series_begin(struct series *s, struct noise_law law, BN_CTX *ctx)
{
	if (BN_one(s->weight) != 1 || BN_lshift(s->weight, s->weight, BITS) != 1)
		return false;
	if (!law.gaussian)
		return exp_minus(s->ratio, law.s, law.t, ctx);
	return exp_minus(s->ratio, law.s, 2 * law.t, ctx) &&
	       exp_minus(s->shrink, law.s, law.t, ctx);
}

static bool series_next(struct series *s, bool gaussian, BN_CTX *ctx)
{
	return fixed_times(s->weight, s->ratio, ctx) &&
	       (!gaussian || fixed_times(s->ratio, s->shrink, ctx));
}

/* |X| has the weight of 0 once, of every other number twice. */
static bool add_weight(BIGNUM *sum, const BIGNUM *weight, unsigned k)
{
	return BN_add(sum, sum, weight) == 1 && (k == 0 || BN_add(sum, sum, weight) == 1);
}

static bool add_all(struct builder *b, struct noise_law law)
{
	BN_zero(b->total);
	if (!series_begin(&b->series, law, b->ctx))
		return false;
	for (unsigned k = 0; BN_num_bits(b->series.weight) > BITS - LEAST; k++)
		if (!add_weight(b->total, b->series.weight, k) ||
			!series_next(&b->series, law.gaussian, b->ctx))
			return false;
	return true;
}

static uint64_t big_endian(const uint8_t *at)
{
	uint64_t w = 0;

	for (int i = 0; i < 8; i++)
		w = w << 8 | at[i];
	return w;
}

/* One division for all entries. Cut, it makes a quotient smaller by less than `total` of the last units, which is
 * below 2^7. */
static bool divide(struct builder *b)
{
	return BN_one(b->share) == 1 && BN_lshift(b->share, b->share, 2 * BITS) == 1 &&
	       BN_div(b->share, NULL, b->share, b->total, b->ctx) == 1;
}

/* sum / total, lowered and cut. */
static bool entry_of(struct builder *b, uint64_t words[4])
{
	uint8_t bytes[32];

	if (BN_mul(b->entry, b->sum, b->share, b->ctx) != 1 ||
		BN_rshift(b->entry, b->entry, BITS) != 1 ||
		BN_sub(b->entry, b->entry, b->lower) != 1 ||
		BN_rshift(b->entry, b->entry, BITS - ENTRY_BITS) != 1 ||
		BN_bn2binpad(b->entry, bytes, sizeof(bytes)) != sizeof(bytes))
		return false;
	for (int i = 0; i < 4; i++)
		words[i] = big_endian(bytes + 8 * i);
	return true;
}

/* Up to the entry of all ones, which is the last. Another one whose last 128 bits are all ones would need a carry; there
 * is none (2^-115), and it would be refused. */
static bool add_entries(struct noise_table *table, struct builder *b, struct noise_law law)
{
	BN_zero(b->sum);
	if (!series_begin(&b->series, law, b->ctx))
		return false;
	for (unsigned k = 0; k < MAX_N; k++)
		table->top[k] = TOP_ONES;
	for (unsigned k = 0; k < MAX_N; k++) {
		uint64_t w[4];
		if (!add_weight(b->sum, b->series.weight, k) || !entry_of(b, w) ||
			!series_next(&b->series, law.gaussian, b->ctx))
			return false;
		table->top[k] = w[0];
		for (int i = 0; i < 3; i++)
			table->rest[k][i] = w[1 + i];
		table->n = k + 1;
		if (w[0] != TOP_ONES)
			table->scan = k + 1;
		if ((w[2] & w[3]) == UINT64_MAX)
			return w[0] == TOP_ONES && w[1] == UINT64_MAX;
	}
	return false;
}

static bool begin(struct builder *b)
{
	b->ctx = BN_CTX_new();
	if (b->ctx == NULL)
		return false;
	BN_CTX_start(b->ctx);
	BIGNUM **all[] = { &b->total, &b->share, &b->sum, &b->entry, &b->lower, &b->series.weight,
		&b->series.ratio, &b->series.shrink };
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		*all[i] = BN_CTX_get(b->ctx);
	return b->series.shrink != NULL && BN_one(b->lower) == 1 &&
	       BN_lshift(b->lower, b->lower, BITS - LOWER) == 1;
}

static void end(struct builder *b)
{
	if (b->ctx != NULL)
		BN_CTX_end(b->ctx);
	BN_CTX_free(b->ctx);
}

bool noise_table_fits(struct noise_law law)
{
	return law.t >= 1 && law.t <= MAX_SIDE && law.s >= 1 && law.s <= MAX_SIDE &&
	       law.s <= law.t * MAX_FRACTION &&
	       law.t <= law.s * (law.gaussian ? MAX_VARIANCE : MAX_SCALE);
}

int noise_table_make(struct noise_table *table, struct noise_law law, struct error *err)
{
	struct builder b = { 0 };

	*table = (struct noise_table){ 0 };
	if (!noise_table_fits(law))
		return error_set(err, E_INPUT,
			SAY("The noise parameters are out of range.", "噪声参数超出范围。"),
			"no table for noise as wide or as narrow as this");
	table->top = calloc(MAX_N, sizeof(*table->top));
	table->rest = calloc(MAX_N, sizeof(*table->rest));
	bool good = table->top != NULL && table->rest != NULL && begin(&b) && add_all(&b, law) &&
		    divide(&b) && add_entries(table, &b, law);
	end(&b);
	if (good)
		return 0;
	noise_table_free(table);
	return error_memory(err);
}

void noise_table_free(struct noise_table *table)
{
	free(table->top);
	free(table->rest);
	*table = (struct noise_table){ 0 };
}

/* --- drawing --------------------------------------------------------------------------------- */

/* d against e: -1 below, 1 at least e + 2, 0 between: not decided. e + 1 carries no further than
 * the third word (add_entries). */
static int against(const uint64_t d[4], const uint64_t e[4])
{
	u128 high_d = (u128)d[0] << 64 | d[1], high_e = (u128)e[0] << 64 | e[1];
	u128 low_d = (u128)d[2] << 64 | d[3], low_e = (u128)e[2] << 64 | e[3];

	if (high_d != high_e)
		return high_d < high_e ? -1 : 1;
	return low_d < low_e ? -1 : low_d - low_e > 1;
}

/* The draw goes on with 192 more bits. -1: not decided or beyond the table. */
static __attribute__((noinline)) int64_t extend(
	const struct noise_table *table, struct rng *r, uint64_t top)
{
	const uint64_t d[4] = { top, rng_bits(r), rng_bits(r), rng_bits(r) };
	size_t k = 0;

	for (size_t i = 0; i < table->n; i++) {
		const uint64_t *rest = table->rest[i];
		const uint64_t e[4] = { table->top[i], rest[0], rest[1], rest[2] };
		int side = against(d, e);
		if (side == 0)
			return -1;
		k += side > 0;
	}
	return k < table->n ? (int64_t)k : -1;
}

/* Two words at once, as every x86-64 has them. */
typedef uint64_t lanes __attribute__((vector_size(16)));

/* How many entries the draw reaches, and in *tie's highest bit whether it equals one. Differences of
 * 63-bit numbers have their sign in the highest bit, and x - 1 has it set exactly when x is 0. The
 * scan runs on to a multiple of 8: what follows is TOP_ONES, which is never below the draw. */
static uint64_t reached(const struct noise_table *table, uint64_t top, uint64_t *tie)
{
	const lanes draws = { top, top }, one = { 1, 1 };
	lanes count[4] = { 0 }, ties[4] = { 0 };

	for (size_t i = 0; i < table->scan; i += 8)
		for (size_t j = 0; j < 4; j++) {
			lanes e;
			memcpy(&e, table->top + i + 2 * j, sizeof(e));
			count[j] += (e - draws) >> 63;
			ties[j] |= (e ^ draws) - one;
		}
	lanes all = count[0] + count[1] + count[2] + count[3];
	lanes any = ties[0] | ties[1] | ties[2] | ties[3];
	*tie = any[0] | any[1] | ((top ^ TOP_ONES) - 1);
	return all[0] + all[1];
}

static int64_t draw(const struct noise_table *table, struct rng *r)
{
	const uint64_t word = rng_bits(r), top = word >> 1, minus = word & 1;
	uint64_t tie, k = reached(table, top, &tie);

	if (__builtin_expect(tie >> 63 != 0, 0)) {
		int64_t far = extend(table, r, top);
		if (far < 0)
			return INT64_MIN;
		k = (uint64_t)far;
	}
	return (int64_t)((k ^ (0 - minus)) + minus);
}

static int broken(int64_t *out, size_t n, struct error *err)
{
	OPENSSL_cleanse(out, n * sizeof(*out));
	return error_set(err, E_CRYPTO,
		SAY("The noise could not be drawn, so nothing is released.",
			"无法生成噪声，因此不发布任何结果。"),
		"random generator failed or does not behave like one");
}

int noise_table_draw(
	const struct noise_table *table, struct rng *r, int64_t *out, size_t n, struct error *err)
{
	bool undecided = table->n == 0;

	for (size_t i = 0; i < n; i++) {
		out[i] = draw(table, r);
		undecided |= out[i] == INT64_MIN;
	}
	return undecided || rng_failed(r) ? broken(out, n, err) : 0;
}

int noise_many(struct rng *r, struct noise_law law, int64_t *out, size_t n, struct error *err)
{
	int ret = 0;

	if (noise_table_fits(law)) {
		struct noise_table table;
		if (noise_table_make(&table, law, err) != 0)
			return -1;
		ret = noise_table_draw(&table, r, out, n, err);
		noise_table_free(&table);
		return ret;
	}
	for (size_t i = 0; ret == 0 && i < n; i++)
		ret = law.gaussian ? noise_gaussian_ratio(r, law.t, law.s, &out[i], err)
				   : noise_laplace(r, law.t, law.s, &out[i], err);
	if (ret != 0)
		OPENSSL_cleanse(out, n * sizeof(*out));
	return ret;
}
