#include "secagg/distinct.h"

#include <math.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "secagg/keys.h"

enum {
	MIN_BUCKETS = 1024,
	ORDER_BYTES = 1 << 14, /* key stream at once */
};

struct distinct {
	struct distinct_shape shape;
	uint64_t words;
	uint32_t *order; /* where bucket i lies */
	uint8_t *set;    /* of buckets of people: whether somebody fell into it */
	EVP_MAC_CTX *prf;
	bool ended;
};

static int failed(struct error *err, const char *what)
{
	ERR_clear_error();
	return error_set(err, E_SYSTEM,
		SAY("Counting across hospitals failed.", "跨院去重计数失败。"), "distinct: %s",
		what);
}

/* ---- shape ---- */

int distinct_dummies(uint64_t variance, uint64_t honest, uint64_t *dummies, struct error *err)
{
	if (honest == 0)
		return error_set(err, E_INPUT,
			SAY("No honest hospital is certain.", "无法保证有诚实的医院。"),
			"distinct: noise without honest sites");
	if (variance > MAX_SUM_WORDS)
		return error_set(err, E_LIMIT,
			SAY("The noise is too large for this count.", "该计数所需噪声过大。"),
			"distinct: a variance of %llu", (unsigned long long)variance);
	*dummies = (4 * variance + honest - 1) / honest;
	return 0;
}

int distinct_words(const struct distinct_shape *s, uint64_t *words, struct error *err)
{
	if (s->buckets < MIN_BUCKETS || s->sites == 0 || s->sites > MAX_SUM_SITES)
		return error_set(err, E_INPUT,
			SAY("This is no shape of a count across hospitals.",
				"去重计数的参数有误。"),
			"distinct: %llu buckets, %llu sites", (unsigned long long)s->buckets,
			(unsigned long long)s->sites);
	if (s->buckets > MAX_SUM_WORDS || s->dummies > MAX_SUM_WORDS ||
		s->buckets + s->sites * s->dummies > MAX_SUM_WORDS)
		return error_set(err, E_LIMIT,
			SAY("A count across hospitals is too large.", "去重计数规模过大。"),
			"distinct: more than %d words", MAX_SUM_WORDS);
	*words = s->buckets + s->sites * s->dummies;
	return 0;
}

/* ---- keys ---- */

struct question_keys {
	uint8_t prf[32], order[32], iv[16];
};

static int derive(const struct key32 *sites, const struct hash32 *ctx, struct question_keys *out,
	struct error *err)
{
	static const char label[] = "cordon/dc";
	struct deriver *d = NULL;
	int ret = deriver_new(&d, err);

	if (ret == 0)
		ret = deriver_expand(d, sites->at, sizeof(sites->at), ctx->at, sizeof(ctx->at),
			label, sizeof(label) - 1, out, sizeof(*out), err);
	memset(out->iv, 0, sizeof(out->iv));
	deriver_free(d);
	return ret;
}

static EVP_MAC_CTX *prf_new(const uint8_t key[32])
{
	static char digest[] = "SHA256";
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(
					      OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end() };
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *c = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);

	EVP_MAC_free(mac);
	if (c != NULL && EVP_MAC_init(c, key, 32, params) == 1)
		return c;
	EVP_MAC_CTX_free(c);
	return NULL;
}

/* 64 random bits as a number below n, which is at most 2^20: with a bias below 2^-43. */
static uint64_t below(uint64_t random, uint64_t n)
{
	return (uint64_t)((unsigned __int128)random * n >> 64);
}

/* Fisher and Yates with AES-256-CTR: i is exchanged with a place below i + 1. All sites make
 * the same. */
static int make_order(struct distinct *d, const struct question_keys *k, struct error *err)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t zeros[ORDER_BYTES] = { 0 }, stream[ORDER_BYTES];
	size_t used = sizeof(stream);
	int n, ok = c != NULL &&
		    EVP_EncryptInit_ex(c, EVP_aes_256_ctr(), NULL, k->order, k->iv) == 1;

	for (uint64_t i = 0; i < d->words; i++)
		d->order[i] = (uint32_t)i;
	for (uint64_t i = d->words - 1; ok == 1 && i > 0; i--) {
		if (used == sizeof(stream)) {
			ok = EVP_EncryptUpdate(c, stream, &n, zeros, sizeof(zeros));
			used = 0;
		}
		uint64_t j = below(get_be64(stream + used), i + 1);
		uint32_t keep = d->order[i];

		used += 8;
		d->order[i] = d->order[j];
		d->order[j] = keep;
	}
	secret_wipe(stream, sizeof(stream));
	EVP_CIPHER_CTX_free(c);
	return ok == 1 ? 0 : failed(err, "no order of buckets");
}

int distinct_new(struct distinct **out, const struct distinct_shape *s, const struct key32 *sites,
	const struct hash32 *ctx, struct error *err)
{
	struct question_keys k = { { 0 }, { 0 }, { 0 } };
	struct distinct *d;
	uint64_t words;
	int ret;

	if (distinct_words(s, &words, err) != 0)
		return -1;
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return error_memory(err);
	*d = (struct distinct){ .shape = *s, .words = words };
	d->order = calloc(words, sizeof(*d->order));
	d->set = calloc(s->buckets, 1);
	ret = d->order == NULL || d->set == NULL ? error_memory(err) : derive(sites, ctx, &k, err);
	if (ret == 0 && (d->prf = prf_new(k.prf)) == NULL)
		ret = failed(err, "no HMAC");
	if (ret == 0)
		ret = make_order(d, &k, err);
	secret_wipe(&k, sizeof(k));
	if (ret == 0)
		*out = d;
	else
		distinct_free(d);
	return ret;
}

void distinct_free(struct distinct *d)
{
	if (d == NULL)
		return;
	if (d->order != NULL)
		secret_wipe(d->order, d->words * sizeof(*d->order));
	if (d->set != NULL)
		secret_wipe(d->set, d->shape.buckets);
	free(d->order);
	free(d->set);
	EVP_MAC_CTX_free(d->prf);
	free(d);
}

/* ---- a site ---- */

static int ended(struct error *err)
{
	return error_set(err, E_STATE,
		SAY("This count across hospitals is over.", "本次去重计数已结束。"),
		"distinct: the vector was made already");
}

int distinct_add(struct distinct *d, const void *person, size_t len, struct error *err)
{
	uint8_t mac[32];
	size_t n;

	if (d->ended)
		return ended(err);
	/* without a key: the one it was made with, from the beginning */
	if (EVP_MAC_init(d->prf, NULL, 0, NULL) != 1 || EVP_MAC_update(d->prf, person, len) != 1 ||
		EVP_MAC_final(d->prf, mac, &n, sizeof(mac)) != 1 || n != sizeof(mac))
		return failed(err, "no bucket");
	d->set[below(get_be64(mac), d->shape.buckets)] = 1;
	secret_wipe(mac, sizeof(mac));
	return 0;
}

/* Uniform and not 0. Drawn for every word, so that time does not tell which are occupied; 0 once in 2^64. */
static int draw_words(uint64_t *words, size_t n, struct error *err)
{
	for (size_t done = 0; done < n;) {
		size_t now = n - done < (1U << 20) ? n - done : 1U << 20;

		if (RAND_priv_bytes((uint8_t *)(words + done), (int)(now * sizeof(*words))) != 1)
			return failed(err, "no random numbers");
		done += now;
	}
	for (size_t i = 0; i < n; i++)
		while (words[i] == 0)
			if (RAND_priv_bytes((uint8_t *)&words[i], sizeof(words[i])) != 1)
				return failed(err, "no random numbers");
	return 0;
}

/* Whether each word stays: of people by `set`, of this place's dummies by a coin, of others' never. */
static int keep_words(struct distinct *d, uint64_t place, uint64_t *words, struct error *err)
{
	const uint64_t mine = d->shape.buckets + place * d->shape.dummies;
	uint8_t *coins = calloc(d->shape.dummies + 1, 1);
	int ret = coins == NULL ? error_memory(err) : 0;

	if (ret == 0 && RAND_priv_bytes(coins, (int)d->shape.dummies) != 1 && d->shape.dummies > 0)
		ret = failed(err, "no random numbers");
	for (uint64_t i = 0; ret == 0 && i < d->words; i++) {
		uint64_t kept = i < d->shape.buckets ? d->set[i] : 0;

		if (i >= mine && i < mine + d->shape.dummies)
			kept = coins[i - mine] & 1;
		words[d->order[i]] &= 0 - kept;
	}
	if (coins != NULL)
		secret_wipe(coins, d->shape.dummies + 1);
	free(coins);
	return ret;
}

int distinct_vector(
	struct distinct *d, uint64_t place, uint64_t *words, size_t n, struct error *err)
{
	if (d->ended)
		return ended(err);
	if (n != d->words || place >= d->shape.sites)
		return error_set(err, E_INPUT,
			SAY("This is no shape of a count across hospitals.",
				"去重计数的参数有误。"),
			"distinct: %zu words at place %llu", n, (unsigned long long)place);
	d->ended = true;
	if (draw_words(words, n, err) == 0 && keep_words(d, place, words, err) == 0)
		return 0;
	secret_wipe(words, n * sizeof(*words));
	return -1;
}

/* ---- the gateway: past the release, so floating point may be ---- */

int distinct_estimate(const struct distinct_shape *s, const uint64_t *sums, size_t n,
	uint64_t contributors, struct distinct_count *out, struct error *err)
{
	uint64_t words, seen = 0;
	double m = (double)s->buckets, noise, z, t, sd;

	if (distinct_words(s, &words, err) != 0)
		return -1;
	if (n != words || contributors == 0 || contributors > s->sites)
		return error_set(err, E_INPUT,
			SAY("This is no shape of a count across hospitals.",
				"去重计数的参数有误。"),
			"distinct: %zu words of %llu contributors", n,
			(unsigned long long)contributors);
	for (size_t i = 0; i < n; i++)
		seen += sums[i] != 0;
	noise = (double)contributors * (double)s->dummies;
	z = (double)seen - noise / 2;
	if (z + 3 * sqrt(noise / 4) + 1 >= m)
		return error_set(err, E_LIMIT,
			SAY("Too many people for the buckets of this count.",
				"人数超出本次去重计数的桶数。"),
			"distinct: all buckets are occupied");
	t = z <= 0 ? 0 : -log1p(-z / m);
	/* that people share buckets, and the noise through the slope of the estimate */
	sd = sqrt(m * (exp(t) - t - 1) + noise / 4 * exp(2 * t));
	out->occupied = llround(z);
	out->people = llround(m * t);
	out->low = llround(fmax(0, m * t - 1.96 * sd));
	out->high = llround(m * t + 1.96 * sd);
	return 0;
}
