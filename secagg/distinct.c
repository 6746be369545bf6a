#include "secagg/distinct.h"

#include <math.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "secagg/keys.h"

enum {
	ORDER_BYTES = 1 << 14, /* key stream at once */
	BLOCKS = 1 << 10,      /* people at once */
};

/* What a position of the vector is for. */
enum position {
	OF_PEOPLE,
	OF_DUMMY,
	OF_DUMMY_SET, /* of this site, and not 0 */
};

struct distinct_set {
	struct distinct_shape shape;
	uint64_t words;
	uint8_t *what;     /* enum position of each word */
	uint32_t *dummies; /* where each dummy lies, place by place */
	uint8_t *set;      /* of buckets of people: whether somebody fell into it */
	EVP_CIPHER_CTX *prf;
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

struct distinct_shape distinct_shape(uint64_t buckets, const struct shared_noise *n)
{
	return (struct distinct_shape){ buckets, n->sites, 2 * shared_noise_tail(n) };
}

int distinct_words(const struct distinct_shape *s, uint64_t *words, struct error *err)
{
	if (s->buckets < DISTINCT_MIN_BUCKETS || s->sites == 0 || s->sites > MAX_SUM_SITES)
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

/* A block cipher on keys of one block: no two people collide but in the buckets. */
static EVP_CIPHER_CTX *prf_new(const uint8_t key[32])
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();

	_Static_assert(DISTINCT_KEY == 16, "a block");
	if (c != NULL && EVP_EncryptInit_ex(c, EVP_aes_256_ecb(), NULL, key, NULL) == 1 &&
		EVP_CIPHER_CTX_set_padding(c, 0) == 1)
		return c;
	EVP_CIPHER_CTX_free(c);
	return NULL;
}

/* 64 random bits as a number below n, which is at most 2^20: with a bias below 2^-43. */
static uint64_t below(uint64_t random, uint64_t n)
{
	return (uint64_t)((unsigned __int128)random * n >> 64);
}

/* Random positions from the order key. */
struct order {
	EVP_CIPHER_CTX *c;
	uint8_t stream[ORDER_BYTES];
	size_t used;
};

static bool order_next(struct order *o, uint64_t words, uint64_t *out)
{
	static const uint8_t zeros[ORDER_BYTES];
	int n;

	if (o->used == sizeof(o->stream)) {
		if (EVP_EncryptUpdate(o->c, o->stream, &n, zeros, sizeof(zeros)) != 1)
			return false;
		o->used = 0;
	}
	*out = below(get_be64(o->stream + o->used), words);
	o->used += 8;
	return true;
}

/* Each dummy at a position that none before it has; at least DISTINCT_MIN_BUCKETS stay free, so one is found. All sites
 * make the same, and buckets of people take what is left: where in it they lie follows from the other key. */
static int place_dummies(struct distinct_set *d, const struct question_keys *k, struct error *err)
{
	const uint64_t n = d->shape.sites * d->shape.dummies;
	struct order o = { .c = EVP_CIPHER_CTX_new(), .used = ORDER_BYTES };
	bool ok = o.c != NULL &&
		  EVP_EncryptInit_ex(o.c, EVP_aes_256_ctr(), NULL, k->order, k->iv) == 1;
	uint64_t at = 0;

	for (uint64_t i = 0; ok && i < n; i++) {
		do
			ok = order_next(&o, d->words, &at);
		while (ok && d->what[at] != OF_PEOPLE);
		d->what[at] = OF_DUMMY;
		d->dummies[i] = (uint32_t)at;
	}
	secret_wipe(o.stream, sizeof(o.stream));
	EVP_CIPHER_CTX_free(o.c);
	return ok ? 0 : failed(err, "no order of dummies");
}

int distinct_new(struct distinct_set **out, const struct distinct_shape *s,
	const struct key32 *sites, const struct hash32 *ctx, struct error *err)
{
	struct question_keys k = { { 0 }, { 0 }, { 0 } };
	struct distinct_set *d;
	uint64_t words;
	int ret;

	if (distinct_words(s, &words, err) != 0)
		return -1;
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return error_memory(err);
	*d = (struct distinct_set){ .shape = *s, .words = words };
	d->what = calloc(words, 1);
	d->dummies = calloc(words - s->buckets + 1, sizeof(*d->dummies));
	d->set = calloc(s->buckets, 1);
	ret = d->what == NULL || d->dummies == NULL || d->set == NULL ? error_memory(err)
								      : derive(sites, ctx, &k, err);
	if (ret == 0 && (d->prf = prf_new(k.prf)) == NULL)
		ret = failed(err, "no cipher");
	if (ret == 0)
		ret = place_dummies(d, &k, err);
	secret_wipe(&k, sizeof(k));
	if (ret == 0)
		*out = d;
	else
		distinct_free(d);
	return ret;
}

void distinct_free(struct distinct_set *d)
{
	if (d == NULL)
		return;
	if (d->what != NULL)
		secret_wipe(d->what, d->words);
	if (d->dummies != NULL)
		secret_wipe(d->dummies, (d->words - d->shape.buckets) * sizeof(*d->dummies));
	if (d->set != NULL)
		secret_wipe(d->set, d->shape.buckets);
	free(d->what);
	free(d->dummies);
	free(d->set);
	EVP_CIPHER_CTX_free(d->prf);
	free(d);
}

/* ---- a site ---- */

static int ended(struct error *err)
{
	return error_set(err, E_STATE,
		SAY("This count across hospitals is over.", "本次去重计数已结束。"),
		"distinct: the vector was made already");
}

int distinct_people(struct distinct_set *d, const uint8_t *keys, size_t n, struct error *err)
{
	uint8_t blocks[BLOCKS * DISTINCT_KEY];
	int len = 0, ok = 1;

	if (d->ended)
		return ended(err);
	for (size_t done = 0; ok == 1 && done < n;) {
		size_t now = n - done < BLOCKS ? n - done : BLOCKS;

		ok = EVP_EncryptUpdate(d->prf, blocks, &len, keys + done * DISTINCT_KEY,
			(int)(now * DISTINCT_KEY));
		for (size_t i = 0; ok == 1 && i < now; i++)
			d->set[below(get_be64(blocks + i * DISTINCT_KEY), d->shape.buckets)] = 1;
		done += now;
	}
	secret_wipe(blocks, (n < BLOCKS ? n : BLOCKS) * DISTINCT_KEY);
	return ok == 1 ? 0 : failed(err, "no buckets");
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

/* Half of the dummies and the noise: of a share of the noise no more is cut off than its chance of e^-72. */
static uint64_t dummies_set(const struct distinct_shape *s, int64_t noise)
{
	const int64_t half = (int64_t)(s->dummies / 2);

	if (noise < -half)
		return 0;
	return noise > half ? s->dummies : (uint64_t)(half + noise);
}

/* Whether each word stays: of people by `set`, of this place's dummies the first `dummies`, of others' none. Which of
 * them does not matter: where they lie only the holders of the key can tell, who see how many there are. */
static void keep_words(struct distinct_set *d, uint64_t place, uint64_t dummies, uint64_t *words)
{
	const uint32_t *mine = d->dummies + place * d->shape.dummies;
	uint64_t bucket = 0;

	/* noise is secret, so each of them is written */
	for (uint64_t i = 0; i < d->shape.dummies; i++)
		d->what[mine[i]] = (uint8_t)(OF_DUMMY + (i < dummies));
	for (uint64_t i = 0; i < d->words; i++) {
		uint64_t kept = d->what[i] == OF_PEOPLE ? d->set[bucket++]
							: (uint64_t)(d->what[i] - OF_DUMMY);

		words[i] &= 0 - kept;
	}
}

int distinct_vector(struct distinct_set *d, uint64_t place, int64_t noise, uint64_t *words,
	size_t n, struct error *err)
{
	if (d->ended)
		return ended(err);
	if (n != d->words || place >= d->shape.sites)
		return error_set(err, E_INPUT,
			SAY("This is no shape of a count across hospitals.",
				"去重计数的参数有误。"),
			"distinct: %zu words at place %llu", n, (unsigned long long)place);
	d->ended = true;
	if (draw_words(words, n, err) != 0) {
		secret_wipe(words, n * sizeof(*words));
		return -1;
	}
	keep_words(d, place, dummies_set(&d->shape, noise), words);
	return 0;
}

/* ---- the gateway: past the release, so floating point may be ---- */

int distinct_estimate(const struct distinct_shape *s, const uint64_t *sums, size_t n,
	uint64_t contributors, uint64_t noise, struct distinct_count *out, struct error *err)
{
	uint64_t words, seen = 0;
	double m = (double)s->buckets, v = (double)noise, z, t;

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
	z = (double)seen - (double)contributors * (double)(s->dummies / 2);
	*out = (struct distinct_count){ .full = z + 3 * sqrt(v) + 1 >= m };
	if (out->full)
		return 0;
	t = z <= 0 ? 0 : -log1p(-z / m);
	out->occupied = llround(z);
	out->people = z <= 0 ? out->occupied : llround(m * t);
	/* that people share buckets, and the noise through the slope of the estimate */
	out->variance = (uint64_t)ceil(m * (exp(t) - t - 1) + v * exp(2 * t));
	return 0;
}
