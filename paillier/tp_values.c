#include "paillier/tp_values.h"

#include <stdlib.h>

#include "base/secret.h"
#include "paillier/tp_known.h"

static void numbers_free(struct tp_values *v)
{
	for (size_t c = 0; v->m != NULL && c < v->count; c++)
		number_free(&v->m[c]);
	free(v->m);
	v->m = NULL;
}

void tp_values_free(struct tp_values *v)
{
	if (v == NULL)
		return;
	numbers_free(v);
	if (v->ciphertexts != NULL)
		secret_wipe(v->ciphertexts, v->len);
	free(v->ciphertexts);
	free(v);
}

/* 1 when v is past the bound; no branch on v. */
static uint64_t past(int64_t v, uint64_t bound)
{
	uint64_t sign = (uint64_t)(v >> 63), size = ((uint64_t)v ^ sign) - sign;

	return (bound - size) >> 63; /* both below 2^63, or v is INT64_MIN */
}

static int add_noise(const struct tp_bounds *most, const int64_t *values, const int64_t *noise,
	size_t n, int64_t *words, struct error *err)
{
	uint64_t bad = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t extra = noise == NULL ? 0 : noise[i];

		bad |= past(values[i], most->value) | past(extra, most->noise);
		words[i] = (int64_t)((uint64_t)values[i] + (uint64_t)extra);
	}
	return bad == 0 ? 0
			: error_set(err, E_LIMIT,
				  SAY("A number of this site is larger than the question allows.",
					  "本站点的某个数值超出问题允许的范围。"),
				  "sum: a value or its noise is out of bounds");
}

static int pack_all(struct tp_values *v, const struct tp_packing *p, const int64_t *words,
	size_t left, struct error *err)
{
	for (size_t c = 0; c < v->count; c++) {
		size_t n = left < p->slots ? left : p->slots;

		v->m[c] = BN_secure_new();
		if (v->m[c] == NULL)
			return error_memory(err);
		if (tp_pack(p, words + c * p->slots, n, v->m[c], err) != 0)
			return -1;
		left -= n;
	}
	return 0;
}

static int fill(struct tp_values *v, const struct tp_invite *invite, const struct tp_bounds *most,
	const int64_t *values, const int64_t *noise, struct error *err)
{
	const size_t n = invite->sum.words;
	int64_t *words = calloc(n, sizeof(*words));
	int ret = words == NULL ? error_memory(err) : add_noise(most, values, noise, n, words, err);

	if (ret == 0)
		ret = pack_all(v, &invite->packing, words, n, err);
	if (words != NULL)
		secret_wipe(words, n * sizeof(*words));
	free(words);
	return ret;
}

int tp_values_new(struct tp_values **out, const struct tp_table *table, const struct tp_key *k,
	const struct tp_invite *invite, const struct sum_id *id, const struct tp_bounds *most,
	const int64_t *values, const int64_t *noise, struct error *err)
{
	struct tp_values *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return error_memory(err);
	*v = (struct tp_values){ .k = k,
		.table = table,
		.ctx = invite->ctx,
		.id = *id,
		.m = calloc(invite->count, sizeof(*v->m)),
		.count = invite->count,
		.len = tp_open_bytes(k, invite) };
	if (v->m == NULL)
		(void)error_memory(err);
	if (v->m == NULL || fill(v, invite, most, values, noise, err) != 0) {
		tp_values_free(v);
		return -1;
	}
	*out = v;
	return 0;
}

int tp_values_encrypt(struct tp_values *v, struct error *err)
{
	int ret;

	if (v->m == NULL)
		return number_failed(err, "values that were encrypted before");
	v->ciphertexts = malloc(v->len);
	ret = v->ciphertexts == NULL
		      ? error_memory(err)
		      : tp_known_encrypt(v->table, v->k, &v->ctx, &v->id,
				(const BIGNUM *const *)v->m, v->count, v->ciphertexts, err);
	numbers_free(v);
	if (ret != 0) {
		free(v->ciphertexts); /* what has none is not taken for encrypted */
		v->ciphertexts = NULL;
	}
	return ret;
}
