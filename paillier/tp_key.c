#include "paillier/tp_key.h"

#include <string.h>

#include "secagg/layout.h"

static int refuse(struct error *err, const char *why)
{
	return error_set(err, E_INPUT,
		SAY("The key of threshold Paillier is not sound.", "门限 Paillier 密钥有误。"),
		"paillier key: %s", why);
}

unsigned tp_needed(unsigned holders, unsigned colluders)
{
	return (holders + colluders) / 2 + 1;
}

void tp_key_clear(struct tp_key *k)
{
	number_free(&k->n);
	number_free(&k->h);
	number_free(&k->v);
	number_free(&k->n2);
	number_free(&k->delta);
	number_free(&k->n_mont);
	for (unsigned i = 0; i < TP_HOLDERS; i++)
		number_free(&k->holders[i].v);
	BN_MONT_CTX_free(k->mont);
	k->mont = NULL;
}

unsigned tp_key_holder(const struct tp_key *k, const struct sum_id *id)
{
	unsigned i = 0;

	while (i < k->n_holders && memcmp(k->holders[i].id.at, id->at, sizeof(id->at)) != 0)
		i++;
	return i;
}

/* ---- interpolation ---- */

int tp_lagrange(const struct tp_key *k, const unsigned *xs, unsigned n, unsigned i, unsigned x,
	BIGNUM *out, BN_CTX *scratch, struct error *err)
{
	BN_ULONG divisor = 1;
	bool negative = false;

	(void)scratch;
	if (BN_copy(out, k->delta) == NULL)
		return number_failed(err, "a coefficient");
	for (unsigned j = 0; j < n; j++) {
		unsigned up = xs[j] > x ? xs[j] - x : x - xs[j];
		unsigned down = xs[j] > xs[i] ? xs[j] - xs[i] : xs[i] - xs[j];

		if (j == i)
			continue;
		if (BN_mul_word(out, up) != 1)
			return number_failed(err, "a coefficient");
		divisor *= down; /* divides Delta: at most 15! */
		negative = negative != ((x < xs[j]) != (xs[i] < xs[j]));
	}
	if (BN_div_word(out, divisor) != 0)
		return number_failed(err, "a coefficient that is no whole number");
	BN_set_negative(out, negative);
	return 0;
}

/* out *= base^exponent, which may be negative; exponents are public. */
static int times_power(const struct tp_key *k, BIGNUM *out, const BIGNUM *base, BIGNUM *exponent,
	BN_CTX *scratch, struct error *err)
{
	bool negative = BN_is_negative(exponent);
	BIGNUM *t = BN_new();
	int ret = t == NULL ? error_memory(err) : 0;

	BN_set_negative(exponent, 0);
	if (ret == 0)
		ret = number_power(t, base, exponent, k->n2, k->mont, scratch, err);
	if (ret == 0 && negative && BN_mod_inverse(t, t, k->n2, scratch) == NULL)
		ret = number_failed(err, "no inverse");
	if (ret == 0)
		ret = number_times(out, out, t, k->n2, scratch, err);
	number_free(&t);
	return ret;
}

int tp_interpolate(const struct tp_key *k, const unsigned *xs, const BIGNUM *const *bases,
	unsigned n, unsigned x, unsigned times, BIGNUM *out, BN_CTX *scratch, struct error *err)
{
	BIGNUM *lambda = BN_new();
	int ret = lambda == NULL ? error_memory(err) : 0;

	if (ret == 0 && BN_one(out) != 1)
		ret = number_failed(err, "one");
	for (unsigned i = 0; ret == 0 && i < n; i++) {
		ret = tp_lagrange(k, xs, n, i, x, lambda, scratch, err);
		if (ret == 0 && BN_mul_word(lambda, times) != 1)
			ret = number_failed(err, "a coefficient");
		if (ret == 0)
			ret = times_power(k, out, bases[i], lambda, scratch, err);
	}
	BN_free(lambda);
	return ret;
}

/* BN_mul() of two numbers of one length compares their halves and goes by that; this multiplication does not. */
int tp_plain(
	const struct tp_key *k, const BIGNUM *m, BIGNUM *out, BN_CTX *scratch, struct error *err)
{
	return BN_mod_mul_montgomery(out, m, k->n_mont, k->mont, scratch) == 1 &&
			       BN_add_word(out, 1) == 1
		       ? 0
		       : number_failed(err, "a plain number");
}

/* ---- completing ---- */

static int hash_key(struct tp_key *k, struct error *err)
{
	uint8_t bytes[TP_MAX_BYTES];
	struct text t;

	lay_label(&t, "cordon/tp1/key");
	lay_hash(&t, &k->federation);
	lay_u64(&t, k->epoch);
	lay_u64(&t, (uint64_t)k->from_s);
	lay_u64(&t, (uint64_t)k->until_s);
	lay_u8(&t, (uint8_t)k->n_holders);
	lay_u8(&t, (uint8_t)k->needed);
	lay_u8(&t, (uint8_t)k->colluders);
	lay_u32(&t, k->bits);
	for (unsigned i = 0; i < 3 + k->n_holders; i++) {
		const BIGNUM *number = i == 0   ? k->n
				       : i == 1 ? k->h
				       : i == 2 ? k->v
						: k->holders[i - 3].v;

		if (number_bytes(number, bytes, k->bytes, err) != 0) {
			text_clear(&t);
			return -1;
		}
		lay_fixed(&t, bytes, k->bytes);
	}
	for (unsigned i = 0; i < k->n_holders; i++) {
		lay_text(&t, k->holders[i].name);
		lay_fixed(&t, k->holders[i].key, 32);
		lay_fixed(&t, k->holders[i].seal, 32);
	}
	return lay_digest(&t, &k->hash, err);
}

static int check_names(struct tp_key *k, struct error *err)
{
	for (unsigned i = 0; i < k->n_holders; i++) {
		struct tp_holder_key *a = &k->holders[i];

		if (!id_valid(a->name))
			return refuse(err, "a holder without a name");
		a->id = sum_id_of(a->name);
		for (unsigned j = 0; j < i; j++)
			if (strcmp(k->holders[j].name, a->name) == 0 ||
				memcmp(k->holders[j].key, a->key, 32) == 0 ||
				memcmp(k->holders[j].seal, a->seal, 32) == 0)
				return refuse(err, "a holder's name or key stands twice");
	}
	return 0;
}

static int derive(struct tp_key *k, BN_CTX *scratch, struct error *err)
{
	number_free(&k->n2);
	number_free(&k->delta);
	number_free(&k->n_mont);
	BN_MONT_CTX_free(k->mont);
	k->n2 = BN_new();
	k->delta = BN_new();
	k->n_mont = BN_new();
	k->mont = BN_MONT_CTX_new();
	if (k->n2 == NULL || k->delta == NULL || k->n_mont == NULL || k->mont == NULL)
		return error_memory(err);
	if (BN_sqr(k->n2, k->n, scratch) != 1 || BN_MONT_CTX_set(k->mont, k->n2, scratch) != 1 ||
		BN_to_montgomery(k->n_mont, k->n, k->mont, scratch) != 1 || BN_one(k->delta) != 1)
		return number_failed(err, "the modulus");
	for (unsigned i = 2; i <= k->n_holders; i++)
		if (BN_mul_word(k->delta, i) != 1)
			return number_failed(err, "Delta");
	return 0;
}

/* Whether the first n shares say what share j is: v_j^Delta is then what they interpolate to. */
static int predicts(
	struct tp_key *k, unsigned n, unsigned j, bool *out, BN_CTX *scratch, struct error *err)
{
	unsigned xs[TP_HOLDERS];
	const BIGNUM *bases[TP_HOLDERS];
	BIGNUM *want = BN_new(), *got = BN_new();
	int ret = want == NULL || got == NULL ? error_memory(err) : 0;

	for (unsigned i = 0; i < n; i++) {
		xs[i] = i + 1;
		bases[i] = k->holders[i].v;
	}
	if (ret == 0)
		ret = tp_interpolate(k, xs, bases, n, j, 1, want, scratch, err);
	if (ret == 0 && j > 0)
		ret = number_power(
			got, k->holders[j - 1].v, k->delta, k->n2, k->mont, scratch, err);
	/* place 0 holds d, of which 0 modulo m can be seen: the interpolated number is 1 modulo n */
	if (ret == 0 && j == 0 && (BN_mod(want, want, k->n, scratch) != 1 || BN_one(got) != 1))
		ret = number_failed(err, "a remainder");
	if (ret == 0)
		*out = BN_cmp(want, got) == 0;
	BN_free(want);
	BN_free(got);
	return ret;
}

/* J2: the first `needed` say what all others must be, and what opens; fewer of them do not. */
static int check_shares(struct tp_key *k, BN_CTX *scratch, struct error *err)
{
	bool so = false;

	for (unsigned j = k->needed + 1; j <= k->n_holders; j++) {
		if (predicts(k, k->needed, j, &so, scratch, err) != 0)
			return -1;
		if (!so)
			return refuse(err, "the shares are not of one polynomial");
	}
	if (predicts(k, k->needed, 0, &so, scratch, err) != 0)
		return -1;
	if (!so)
		return refuse(err, "the shares do not open what is encrypted");
	if (predicts(k, k->needed - 1, k->needed, &so, scratch, err) != 0)
		return -1;
	return so ? refuse(err, "fewer holders than it says would open") : 0;
}

static int check_numbers(const struct tp_key *k, BN_CTX *scratch, struct error *err)
{
	if (!number_is_unit(k->h, k->n2, k->n, scratch) ||
		!number_is_unit(k->v, k->n2, k->n, scratch) || BN_is_one(k->h) || BN_is_one(k->v))
		return refuse(err, "h or v is out of range");
	for (unsigned i = 0; i < k->n_holders; i++)
		if (!number_is_unit(k->holders[i].v, k->n2, k->n, scratch))
			return refuse(err, "a holder's v is out of range");
	return 0;
}

static int check_form(const struct tp_key *k, unsigned bits, struct error *err)
{
	if (k->n_holders < 2 || k->n_holders > TP_HOLDERS || k->colluders >= k->n_holders ||
		k->needed != tp_needed(k->n_holders, k->colluders) || k->needed > k->n_holders)
		return refuse(err, "so many holders, with so many needed, cannot be");
	if (k->epoch == 0 || k->from_s < 0 || k->until_s <= k->from_s)
		return refuse(err, "the epoch or its validity is none");
	if (k->n == NULL || k->h == NULL || k->v == NULL || BN_num_bits(k->n) != (int)bits ||
		!BN_is_odd(k->n) || bits % 256 != 0)
		return refuse(err, "the modulus has another length, or is even");
	for (unsigned i = 0; i < k->n_holders; i++)
		if (k->holders[i].v == NULL)
			return refuse(err, "a holder without v");
	return 0;
}

int tp_key_complete(struct tp_key *k, unsigned bits, struct error *err)
{
	BN_CTX *scratch;
	int ret;

	if (check_form(k, bits, err) != 0 || check_names(k, err) != 0)
		return -1;
	scratch = BN_CTX_new();
	if (scratch == NULL)
		return error_memory(err);
	k->bits = bits;
	k->bytes = 2 * bits / 8;
	ret = derive(k, scratch, err);
	if (ret == 0)
		ret = check_numbers(k, scratch, err);
	if (ret == 0)
		ret = check_shares(k, scratch, err);
	if (ret == 0)
		ret = hash_key(k, err);
	BN_CTX_free(scratch);
	return ret;
}
