#include "paillier/tp_encrypt.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

enum {
	MAX_RANDOM = TP_BITS / 2 / 8,
	MAX_LONGER = MAX_RANDOM + (TP_LONGER_BITS + 7) / 8,
};

/* As measured at 3072 bits: more teeth make reading a block dearer than the multiplications that they save; more blocks
 * save squarings until the table is too large to stay near. */
enum {
	TEETH = 8,
	BLOCKS = 12,
	LONGER_BLOCKS = 2, /* once a question */
};

struct tp_table {
	const struct tp_key *k;
	struct tp_comb *of_h, *longer;
};

int tp_table_new(struct tp_table **out, const struct tp_key *k, struct error *err)
{
	const struct tp_comb_shape usual = { k->bits / 2, TEETH, BLOCKS },
				   longer = { k->bits / 2 + TP_LONGER_BITS, TEETH, LONGER_BLOCKS };
	struct tp_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return error_memory(err);
	t->k = k;
	if (tp_comb_new(&t->of_h, k, k->h, &usual, err) != 0 ||
		tp_comb_new(&t->longer, k, k->h, &longer, err) != 0) {
		tp_table_free(t);
		return -1;
	}
	*out = t;
	return 0;
}

void tp_table_free(struct tp_table *t)
{
	if (t == NULL)
		return;
	tp_comb_free(t->of_h);
	tp_comb_free(t->longer);
	free(t);
}

size_t tp_table_bytes(const struct tp_table *t)
{
	return tp_comb_bytes(t->of_h) + tp_comb_bytes(t->longer);
}

/* ---- encrypting ---- */

struct batch {
	BIGNUM *powers[TP_AT_ONCE];         /* h^a, Montgomery form */
	uint8_t a[TP_AT_ONCE * MAX_RANDOM]; /* little endian */
	BIGNUM *plain;
	BN_CTX *scratch;
};

/* (1 + m n) times the power, which leaves Montgomery form by the same multiplication. */
static int finish_one(const struct tp_key *k, struct batch *b, const BIGNUM *power, const BIGNUM *m,
	uint8_t *out, struct error *err)
{
	if (BN_is_negative(m) || BN_cmp(m, k->n) >= 0)
		return number_failed(err, "a number that is not below n");
	if (tp_plain(k, m, b->plain, b->scratch, err) != 0)
		return -1;
	if (BN_mod_mul_montgomery(b->plain, power, b->plain, k->mont, b->scratch) != 1)
		return number_failed(err, "encryption");
	return number_bytes(b->plain, out, k->bytes, err);
}

static int encrypt_batch(const struct tp_comb *c, const struct tp_key *k, struct batch *b,
	const uint8_t *a, const BIGNUM *const *m, size_t n, uint8_t *out, struct error *err)
{
	if (tp_comb_powers(c, a, n, b->powers, b->scratch, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (finish_one(k, b, b->powers[i], m[i], out + i * k->bytes, err) != 0)
			return -1;
	return 0;
}

static void batch_free(struct batch *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < TP_AT_ONCE; i++)
		number_free(&b->powers[i]);
	number_free(&b->plain);
	BN_CTX_free(b->scratch);
	secret_wipe(b, sizeof(*b));
	free(b);
}

static struct batch *batch_new(void)
{
	struct batch *b = calloc(1, sizeof(*b));
	bool made = b != NULL;

	for (size_t i = 0; made && i < TP_AT_ONCE; i++)
		made = (b->powers[i] = BN_new()) != NULL;
	made = made && (b->plain = BN_new()) != NULL && (b->scratch = BN_CTX_secure_new()) != NULL;
	if (made)
		return b;
	batch_free(b);
	return NULL;
}

/* a NULL: drawn. */
static int encrypt(const struct tp_table *t, const BIGNUM *const *m, const uint8_t *a, size_t count,
	uint8_t *out, struct error *err)
{
	const size_t len = t->k->bits / 16;
	struct batch *b = batch_new();
	int ret = b == NULL ? error_memory(err) : 0;

	for (size_t done = 0; ret == 0 && done < count; done += TP_AT_ONCE) {
		size_t n = count - done < TP_AT_ONCE ? count - done : TP_AT_ONCE;

		for (size_t i = 0; ret == 0 && i < n; i++) {
			if (a == NULL && RAND_priv_bytes(b->a + i * len, (int)len) != 1)
				ret = number_failed(err, "no random number");
			for (size_t j = 0; a != NULL && j < len; j++)
				b->a[i * len + j] = a[(done + i + 1) * len - 1 - j];
		}
		if (ret == 0)
			ret = encrypt_batch(
				t->of_h, t->k, b, b->a, m + done, n, out + done * t->k->bytes, err);
	}
	if (ret != 0)
		memset(out, 0, count * t->k->bytes);
	batch_free(b);
	return ret;
}

int tp_encrypt(const struct tp_table *t, const BIGNUM *const *m, size_t count, uint8_t *out,
	struct error *err)
{
	return encrypt(t, m, NULL, count, out, err);
}

int tp_encrypt_with(const struct tp_table *t, const BIGNUM *const *m, const uint8_t *a,
	size_t count, uint8_t *out, struct error *err)
{
	return encrypt(t, m, a, count, out, err);
}

int tp_encrypt_longer(
	const struct tp_table *t, const BIGNUM *m, const BIGNUM *a, uint8_t *out, struct error *err)
{
	uint8_t bytes[MAX_LONGER];
	struct batch *b = batch_new();
	int ret = b == NULL ? error_memory(err) : 0;

	if (ret == 0 && (BN_is_negative(a) || BN_bn2lebinpad(a, bytes,
						      (int)tp_comb_exponent_bytes(t->longer)) < 0))
		ret = number_failed(err, "an exponent that is too long");
	if (ret == 0)
		ret = encrypt_batch(t->longer, t->k, b, bytes, &m, 1, out, err);
	secret_wipe(bytes, sizeof(bytes));
	batch_free(b);
	return ret;
}
