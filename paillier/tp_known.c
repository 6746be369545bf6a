#include "paillier/tp_known.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

enum {
	EXTRA_BITS = TP_LONGER_BITS - 1,
	MAX_PROOF = TP_MAX_BYTES + TP_BITS / 8 + TP_BITS / 16 + EXTRA_BITS / 8 + 1,
};

static size_t random_bytes(const struct tp_key *k)
{
	return k->bits / 16;
}

static size_t answer_bytes(const struct tp_key *k)
{
	return random_bytes(k) + EXTRA_BITS / 8 + 1;
}

/* T, z_m, z_a. */
size_t tp_known_bytes(const struct tp_key *k)
{
	return k->bytes + k->bits / 8 + answer_bytes(k);
}

static int unknown(struct error *err)
{
	return error_set(err, E_CRYPTO,
		SAY("A site does not know the numbers that it sent.",
			"某站点无法证明其知道所发送的数值。"),
		"known: the proof does not hold");
}

struct known {
	const struct tp_key *k;
	BN_CTX *scratch;
	BIGNUM *t, *zm, *za, *u, *w;
	struct hash32 seed;
};

static void known_clear(struct known *p)
{
	number_free(&p->t);
	number_free(&p->zm);
	number_free(&p->za);
	number_free(&p->u);
	number_free(&p->w);
	BN_CTX_free(p->scratch);
}

static int known_init(struct known *p, const struct tp_key *k, struct error *err)
{
	*p = (struct known){ .k = k,
		.scratch = BN_CTX_secure_new(),
		.t = BN_new(),
		.zm = BN_secure_new(),
		.za = BN_secure_new(),
		.u = BN_secure_new(),
		.w = BN_new() };
	return p->scratch == NULL || p->t == NULL || p->zm == NULL || p->za == NULL ||
			       p->u == NULL || p->w == NULL
		       ? error_memory(err)
		       : 0;
}

static int make_seed(struct known *p, const struct hash32 *ctx, const struct sum_id *id,
	const uint8_t *ciphertexts, size_t count, const uint8_t *t_bytes, struct error *err)
{
	struct text t;

	lay_label(&t, "cordon/tp1/known");
	lay_hash(&t, ctx);
	lay_hash(&t, &p->k->hash);
	lay_id(&t, id);
	lay_u32(&t, (uint32_t)count);
	lay_fixed(&t, ciphertexts, count * p->k->bytes);
	lay_fixed(&t, t_bytes, p->k->bytes);
	return lay_digest(&t, &p->seed, err);
}

/* rho_i into p->w. */
static int weight(struct known *p, size_t i, struct error *err)
{
	struct hash32 h;
	struct text t;

	lay_label(&t, "cordon/tp1/weight");
	lay_hash(&t, &p->seed);
	lay_u32(&t, (uint32_t)i);
	if (lay_digest(&t, &h, err) != 0)
		return -1;
	return BN_bin2bn(h.at, TP_CHALLENGE_BYTES, p->w) == NULL ? error_memory(err) : 0;
}

/* ---- making ---- */

static int commit(
	struct known *p, const struct tp_table *table, uint8_t *t_bytes, struct error *err)
{
	const struct tp_key *k = p->k;

	if (number_draw_below(p->zm, k->n, err) != 0 ||
		number_draw(p->za, k->bits / 2 + EXTRA_BITS, true, err) != 0)
		return -1;
	return tp_encrypt_longer(table, p->zm, p->za, t_bytes, err);
}

static int answer(
	struct known *p, const BIGNUM *const *m, const uint8_t *a, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		if (weight(p, i, err) != 0)
			return -1;
		if (BN_mul(p->u, p->w, m[i], p->scratch) != 1 || BN_add(p->zm, p->zm, p->u) != 1 ||
			BN_nnmod(p->zm, p->zm, p->k->n, p->scratch) != 1 ||
			BN_bin2bn(a + i * random_bytes(p->k), (int)random_bytes(p->k), p->u) ==
				NULL ||
			BN_mul(p->u, p->u, p->w, p->scratch) != 1 ||
			BN_add(p->za, p->za, p->u) != 1)
			return number_failed(err, "a proof");
	}
	return 0;
}

static int prove(const struct tp_table *t, const struct tp_key *k, const struct hash32 *ctx,
	const struct sum_id *id, const BIGNUM *const *m, const uint8_t *a, size_t count,
	uint8_t *out, struct error *err)
{
	uint8_t *proof = out + count * k->bytes;
	struct known p;
	int ret = known_init(&p, k, err);

	if (ret == 0)
		ret = commit(&p, t, proof, err);
	if (ret == 0)
		ret = make_seed(&p, ctx, id, out, count, proof, err);
	if (ret == 0)
		ret = answer(&p, m, a, count, err);
	if (ret == 0)
		ret = number_bytes(p.zm, proof + k->bytes, k->bits / 8, err);
	if (ret == 0)
		ret = number_bytes(p.za, proof + k->bytes + k->bits / 8, answer_bytes(k), err);
	known_clear(&p);
	return ret;
}

int tp_known_encrypt(const struct tp_table *t, const struct tp_key *k, const struct hash32 *ctx,
	const struct sum_id *id, const BIGNUM *const *m, size_t count, uint8_t *out,
	struct error *err)
{
	size_t len = count * random_bytes(k);
	uint8_t *a = malloc(len + 1);
	int ret = a == NULL ? error_memory(err) : 0;

	if (ret == 0 && RAND_priv_bytes(a, (int)len) != 1)
		ret = number_failed(err, "no random number");
	if (ret == 0)
		ret = tp_encrypt_with(t, m, a, count, out, err);
	if (ret == 0)
		ret = prove(t, k, ctx, id, m, a, count, out, err);
	if (a != NULL)
		secret_wipe(a, len);
	free(a);
	if (ret != 0)
		memset(out, 0, count * k->bytes + tp_known_bytes(k));
	return ret;
}

/* ---- checking ---- */

/* out *= 1 + m n. */
static int times_plain(struct known *p, BIGNUM *out, const BIGNUM *m, struct error *err)
{
	if (tp_plain(p->k, m, p->u, p->scratch, err) != 0)
		return -1;
	return number_times(out, out, p->u, p->k->n2, p->scratch, err);
}

static int read_proof(struct known *p, const uint8_t *proof, struct error *err)
{
	const struct tp_key *k = p->k;

	if (BN_bin2bn(proof, (int)k->bytes, p->t) == NULL ||
		BN_bin2bn(proof + k->bytes, (int)(k->bits / 8), p->zm) == NULL ||
		BN_bin2bn(proof + k->bytes + k->bits / 8, (int)answer_bytes(k), p->za) == NULL)
		return error_memory(err);
	return BN_cmp(p->t, k->n2) >= 0 || BN_is_zero(p->t) || BN_cmp(p->zm, k->n) >= 0
		       ? unknown(err)
		       : 0;
}

static int check(struct known *p, const BIGNUM *const *c, size_t count, struct error *err)
{
	const struct tp_key *k = p->k;
	BIGNUM *left = BN_new(), *power = BN_new();
	int ret = left == NULL || power == NULL ? error_memory(err) : 0;

	for (size_t i = 0; ret == 0 && i < count; i++) {
		ret = weight(p, i, err);
		if (ret == 0)
			ret = number_power(power, c[i], p->w, k->n2, k->mont, p->scratch, err);
		if (ret == 0)
			ret = number_times(p->t, p->t, power, k->n2, p->scratch, err);
	}
	if (ret == 0)
		ret = number_power(left, k->h, p->za, k->n2, k->mont, p->scratch, err);
	if (ret == 0)
		ret = times_plain(p, left, p->zm, err);
	if (ret == 0 && BN_cmp(left, p->t) != 0)
		ret = unknown(err);
	BN_free(left);
	BN_free(power);
	return ret;
}

int tp_known_check(const struct tp_key *k, const struct hash32 *ctx, const struct sum_id *id,
	const BIGNUM *const *c, size_t count, const uint8_t *proof, struct error *err)
{
	uint8_t *bytes = malloc(count * k->bytes + 1);
	struct known p;
	int ret = known_init(&p, k, err);

	if (ret == 0 && bytes == NULL)
		ret = error_memory(err);
	for (size_t i = 0; ret == 0 && i < count; i++)
		ret = number_bytes(c[i], bytes + i * k->bytes, k->bytes, err);
	if (ret == 0)
		ret = read_proof(&p, proof, err);
	if (ret == 0)
		ret = make_seed(&p, ctx, id, bytes, count, proof, err);
	if (ret == 0)
		ret = check(&p, c, count, err);
	known_clear(&p);
	free(bytes);
	return ret;
}
