#include "secagg/shamir.h"

#include <openssl/rand.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/limits.h"

typedef unsigned __int128 u128;

#define P ((UINT64_C(1) << 61) - 1)

enum {
	LIMB_BITS = 56,
	LIMB_BYTES = 7,
	LAST_BYTES = 4
};

/* x < 2^62 to below P, without asking. */
static uint64_t once(uint64_t x)
{
	uint64_t less = x - P;
	uint64_t keep = (uint64_t)0 - (less >> 63); /* all ones when x < P */

	return (x & keep) | (less & ~keep);
}

static uint64_t fold(u128 x)
{
	/* x < 2^122: two parts of 61 bits */
	return once(once(((uint64_t)x & P) + (uint64_t)(x >> 61)));
}

static uint64_t add(uint64_t a, uint64_t b)
{
	return once(a + b);
}

static uint64_t mul(uint64_t a, uint64_t b)
{
	return fold((u128)a * b);
}

/* 128 bits: 2^61 = 1 mod P, so the six bits above 2^122 are added too. */
static uint64_t reduce_wide(uint64_t high, uint64_t low)
{
	u128 x = (u128)high << 64 | low;
	uint64_t a = (uint64_t)x & P, b = (uint64_t)(x >> 61) & P, c = (uint64_t)(x >> 122);

	return add(add(once(a), once(b)), c);
}

static uint64_t power(uint64_t base, uint64_t exponent)
{
	uint64_t r = 1;

	for (; exponent != 0; exponent >>= 1) {
		if (exponent & 1)
			r = mul(r, base);
		base = mul(base, base);
	}
	return r;
}

static void limbs_of(const struct key32 *secret, uint64_t limbs[SHARE_LIMBS])
{
	const uint8_t *at = secret->at;

	for (int i = 0; i < SHARE_LIMBS; i++) {
		int bytes = i == SHARE_LIMBS - 1 ? LAST_BYTES : LIMB_BYTES;

		limbs[i] = 0;
		for (int j = 0; j < bytes; j++)
			limbs[i] = limbs[i] << 8 | *at++;
	}
}

static void limbs_back(const uint64_t limbs[SHARE_LIMBS], struct key32 *secret)
{
	uint8_t *at = secret->at;

	for (int i = 0; i < SHARE_LIMBS; i++)
		for (int j = (i == SHARE_LIMBS - 1 ? LAST_BYTES : LIMB_BYTES) - 1; j >= 0; j--)
			*at++ = (uint8_t)(limbs[i] >> 8 * j);
}

/* v * x below 2^62, not below P: of v < 2^63 and a place x < 2^16 the upper part has 18 bits at most. */
static uint64_t mul_place(uint64_t v, uint64_t x)
{
	u128 product = (u128)v * x;

	return ((uint64_t)product & P) + (uint64_t)(product >> 61);
}

/* Horner at x for all limbs; row k of `rows` holds the coefficients of x^(t-1-k), the secret comes last. */
static void value_at(
	uint64_t x, const uint64_t *rows, uint64_t t, const uint64_t *secret, struct share *out)
{
	uint64_t v[SHARE_LIMBS] = { 0 };

	_Static_assert(MAX_SUM_SITES < 1 << 16, "a place has 16 bits");
	for (uint64_t k = 0; k + 1 < t; k++, rows += SHARE_LIMBS)
		for (int i = 0; i < SHARE_LIMBS; i++)
			v[i] = mul_place(v[i] + rows[i], x);
	for (int i = 0; i < SHARE_LIMBS; i++)
		out->limbs[i] = add(once(v[i]), secret[i]);
	secret_wipe(v, sizeof(v));
}

/* t - 1 rows of coefficients, made in place from twice as many random words. */
static int draw_rows(uint64_t *rows, uint64_t count, struct error *err)
{
	uint64_t wide[2 * SHARE_LIMBS];
	int ret = 0;

	for (uint64_t k = 0; k < count && ret == 0; k++) {
		if (RAND_priv_bytes((uint8_t *)wide, sizeof(wide)) != 1)
			ret = error_set(err, E_CRYPTO,
				SAY("No random numbers can be had.", "无法取得随机数。"),
				"deal a secret: the random number generator failed");
		for (int i = 0; i < SHARE_LIMBS; i++)
			rows[k * SHARE_LIMBS + (uint64_t)i] =
				reduce_wide(wide[2 * i], wide[2 * i + 1]);
	}
	secret_wipe(wide, sizeof(wide));
	return ret;
}

int shamir_deal(
	const struct key32 *secret, uint64_t t, uint64_t n, struct share *out, struct error *err)
{
	uint64_t limbs[SHARE_LIMBS];
	size_t bytes = (size_t)t * sizeof(limbs);
	uint64_t *rows = malloc(bytes);
	int ret = -1;

	if (rows == NULL)
		return error_memory(err);
	limbs_of(secret, limbs);
	ret = draw_rows(rows, t - 1, err);
	for (uint64_t i = 0; i < n && ret == 0; i++)
		value_at(i + 1, rows, t, limbs, &out[i]);
	if (ret != 0)
		secret_wipe(out, (size_t)n * sizeof(*out));
	secret_wipe(limbs, sizeof(limbs));
	secret_wipe(rows, bytes);
	free(rows);
	return ret;
}

/* Lagrange at zero: the weight of x_i is the product over j of x_j / (x_j - x_i). Places are public. */
int shamir_weights(const uint16_t *places, uint64_t t, uint64_t *weights, struct error *err)
{
	if (t == 0 || t > MAX_SUM_SITES)
		return error_set(err, E_LIMIT, SAY("Too many shares.", "份额过多。"),
			"weights of %llu shares", (unsigned long long)t);
	for (uint64_t i = 0; i < t; i++) {
		uint64_t over = 1, under = 1, xi = (uint64_t)places[i] + 1;

		for (uint64_t j = 0; j < t; j++) {
			uint64_t xj = (uint64_t)places[j] + 1;

			if (j == i)
				continue;
			if (xj == xi)
				return error_set(err, E_INPUT,
					SAY("A share stands twice.", "份额重复。"),
					"weights: place %u stands twice", places[i]);
			over = mul(over, xj);
			under = mul(under, once(P + xj - xi));
		}
		weights[i] = mul(over, power(under, P - 2));
	}
	return 0;
}

int shamir_rebuild(const uint64_t *weights, const struct share *const *shares, uint64_t t,
	struct key32 *secret, struct error *err)
{
	uint64_t limbs[SHARE_LIMBS] = { 0 }, over = 0;
	int ret = 0;

	for (uint64_t i = 0; i < t; i++)
		for (int k = 0; k < SHARE_LIMBS; k++)
			limbs[k] = add(limbs[k], mul(weights[i], shares[i]->limbs[k]));
	for (int k = 0; k < SHARE_LIMBS; k++)
		over |= limbs[k] >> (k == SHARE_LIMBS - 1 ? 8 * LAST_BYTES : LIMB_BITS);
	if (secret_told(over))
		ret = error_set(err, E_CRYPTO,
			SAY("The shares of a secret do not fit together.",
				"秘密的各份额彼此不符。"),
			"rebuild: a limb is out of bounds");
	else
		limbs_back(limbs, secret);
	secret_wipe(limbs, sizeof(limbs));
	return ret;
}

void share_write(const struct share *s, uint8_t out[SHARE_BYTES])
{
	for (int i = 0; i < SHARE_LIMBS; i++)
		put_be64(out + 8 * i, s->limbs[i]);
}

bool share_read(const uint8_t in[SHARE_BYTES], struct share *out)
{
	uint64_t over = 0;

	for (int i = 0; i < SHARE_LIMBS; i++) {
		out->limbs[i] = get_be64(in + 8 * i);
		/* the high bit of P-1-limb, and of the limb itself, tell limb >= P */
		over |= (P - 1 - out->limbs[i]) >> 63 | out->limbs[i] >> 63;
	}
	return !secret_told(over);
}
