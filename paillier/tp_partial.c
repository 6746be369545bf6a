#include "paillier/tp_partial.h"

#include <stdlib.h>
#include <string.h>

static int unsound(struct error *err, unsigned place)
{
	return error_set(err, E_CRYPTO,
		SAY("A holder's part of the decryption is wrong.", "某位持有人的解密份额有误。"),
		"partial decryption: the proof of holder %u does not hold", place);
}

/* ---- what is proved: one pair (C, d) that stands for all ---- */

struct proof {
	const struct tp_key *k;
	BN_CTX *scratch;
	BIGNUM *c4, *d2; /* C^4, d^2 of the combination */
	BIGNUM *t, *u;
	struct hash32 seed;
};

static void proof_clear(struct proof *p)
{
	number_free(&p->c4);
	number_free(&p->d2);
	number_free(&p->t);
	number_free(&p->u);
	BN_CTX_free(p->scratch);
}

static int lay_number(const struct tp_key *k, struct text *t, const BIGNUM *v, struct error *err)
{
	uint8_t bytes[TP_MAX_BYTES];

	if (number_bytes(v, bytes, k->bytes, err) != 0)
		return -1;
	lay_fixed(t, bytes, k->bytes);
	return 0;
}

static int lay_numbers(
	const struct tp_key *k, struct text *t, const BIGNUM *const *v, size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++)
		if (lay_number(k, t, v[i], err) != 0)
			return -1;
	return 0;
}

/* H("cordon/tp1/batch", ctx, key, place, count, all C, all d). */
static int hash_all(const struct tp_sealed_sum *sum, unsigned place, const BIGNUM *const *d,
	struct hash32 *out, struct error *err)
{
	struct text t;

	lay_label(&t, "cordon/tp1/batch");
	lay_hash(&t, &sum->ctx);
	lay_hash(&t, &sum->k->hash);
	lay_u8(&t, (uint8_t)place);
	lay_u32(&t, (uint32_t)sum->count);
	if (lay_numbers(sum->k, &t, sum->c, sum->count, err) != 0 ||
		lay_numbers(sum->k, &t, d, sum->count, err) != 0) {
		text_clear(&t);
		return -1;
	}
	return lay_digest(&t, out, err);
}

/* 128 bits of H(label, seed, i, more). */
static int challenge(const char *label, const struct hash32 *seed, uint32_t i,
	const struct tp_key *k, const BIGNUM *const *more, size_t n, BIGNUM *out, struct error *err)
{
	struct hash32 h;
	struct text t;

	lay_label(&t, label);
	lay_hash(&t, seed);
	lay_u32(&t, i);
	if (lay_numbers(k, &t, more, n, err) != 0) {
		text_clear(&t);
		return -1;
	}
	if (lay_digest(&t, &h, err) != 0)
		return -1;
	return BN_bin2bn(h.at, TP_CHALLENGE_BYTES, out) == NULL ? error_memory(err) : 0;
}

static int power_times(struct proof *p, BIGNUM *into, const BIGNUM *base, const BIGNUM *exponent,
	struct error *err)
{
	return number_power(p->t, base, exponent, p->k->n2, p->k->mont, p->scratch, err) != 0
		       ? -1
		       : number_times(into, into, p->t, p->k->n2, p->scratch, err);
}

/* O2; a single ciphertext stands for itself. */
static int combine_pairs(
	struct proof *p, const struct tp_sealed_sum *sum, const BIGNUM *const *d, struct error *err)
{
	if (BN_one(p->c4) != 1 || BN_one(p->d2) != 1)
		return number_failed(err, "one");
	for (size_t i = 0; i < sum->count; i++) {
		if (sum->count == 1) {
			if (BN_one(p->u) != 1)
				return number_failed(err, "one");
		} else if (challenge("cordon/tp1/rho", &p->seed, (uint32_t)i, p->k, NULL, 0, p->u,
				   err) != 0) {
			return -1;
		}
		if (power_times(p, p->c4, sum->c[i], p->u, err) != 0 ||
			power_times(p, p->d2, d[i], p->u, err) != 0)
			return -1;
	}
	if (BN_mod_sqr(p->d2, p->d2, p->k->n2, p->scratch) != 1 ||
		BN_mod_sqr(p->c4, p->c4, p->k->n2, p->scratch) != 1 ||
		BN_mod_sqr(p->c4, p->c4, p->k->n2, p->scratch) != 1)
		return number_failed(err, "a square");
	return 0;
}

static int proof_init(struct proof *p, const struct tp_sealed_sum *sum, unsigned place,
	const BIGNUM *const *d, struct error *err)
{
	*p = (struct proof){ .k = sum->k,
		.scratch = BN_CTX_secure_new(),
		.c4 = BN_new(),
		.d2 = BN_new(),
		.t = BN_new(),
		.u = BN_new() };
	if (p->scratch == NULL || p->c4 == NULL || p->d2 == NULL || p->t == NULL || p->u == NULL)
		return error_memory(err);
	return hash_all(sum, place, d, &p->seed, err) != 0 ? -1 : combine_pairs(p, sum, d, err);
}

/* ---- making ---- */

static int alloc_partial(struct tp_partial *p, size_t count, struct error *err)
{
	bool made;

	p->count = count;
	p->d = calloc(count, sizeof(*p->d));
	p->a = BN_new();
	p->b = BN_new();
	p->z = BN_new();
	made = p->d != NULL && p->a != NULL && p->b != NULL && p->z != NULL;
	for (size_t i = 0; made && i < count; i++)
		made = (p->d[i] = BN_new()) != NULL;
	if (made)
		return 0;
	tp_partial_clear(p);
	return error_memory(err);
}

void tp_partial_clear(struct tp_partial *p)
{
	for (size_t i = 0; p->d != NULL && i < p->count; i++)
		number_free(&p->d[i]);
	free(p->d);
	p->d = NULL;
	number_free(&p->a);
	number_free(&p->b);
	number_free(&p->z);
}

/* Both exponents, x = Delta s and r, are below 2^(exponent_bits()). */
static unsigned exponent_bits(const struct tp_key *k)
{
	return 2 * k->bits + TP_BLIND_BITS + 1;
}

enum {
	V_TEETH = 8,
	V_BLOCKS = 4,
	/* for two powers, so that making it is most of what it costs */
	C_TEETH = 6,
	C_BLOCKS = 3,
	EXPONENT_BYTES = (2 * TP_BITS + TP_BLIND_BITS + 1 + 7) / 8,
};

int tp_partial_powers(struct tp_comb **out, const struct tp_key *k, struct error *err)
{
	const struct tp_comb_shape shape = { exponent_bits(k), V_TEETH, V_BLOCKS };

	return tp_comb_new(out, k, k->v, &shape, err);
}

struct maker {
	const struct tp_key *k;
	const struct tp_comb *of_v; /* NULL: none */
	const BIGNUM *x;            /* Delta s */
	BIGNUM *r, *twice;          /* blinding number; 2 x */
	BN_CTX *scratch;
};

static void maker_clear(struct maker *w)
{
	number_free(&w->r);
	number_free(&w->twice);
	BN_CTX_free(w->scratch);
}

static int maker_init(struct maker *w, const struct tp_key *k, const BIGNUM *x,
	const struct tp_comb *of_v, struct error *err)
{
	*w = (struct maker){ .k = k,
		.of_v = of_v,
		.x = x,
		.r = BN_secure_new(),
		.twice = BN_secure_new(),
		.scratch = BN_CTX_secure_new() };
	if (w->r == NULL || w->twice == NULL || w->scratch == NULL)
		return error_memory(err);
	if (BN_lshift1(w->twice, x) != 1)
		return number_failed(err, "the exponent");
	return number_draw(w->r, 2 * k->bits + TP_BLIND_BITS, true, err);
}

/* out[i] = base^exponents[i], of c's base, one or two. */
static int comb_powers(struct maker *w, const struct tp_comb *c, const BIGNUM *const *exponents,
	size_t n, BIGNUM *const *out, struct error *err)
{
	const size_t len = tp_comb_exponent_bytes(c);
	uint8_t bytes[2 * EXPONENT_BYTES];
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < n; i++)
		if (BN_bn2lebinpad(exponents[i], bytes + i * len, (int)len) < 0)
			ret = number_failed(err, "the exponent");
	if (ret == 0)
		ret = tp_comb_powers(c, bytes, n, out, w->scratch, err);
	for (size_t i = 0; ret == 0 && i < n; i++)
		if (BN_from_montgomery(out[i], out[i], w->k->mont, w->scratch) != 1)
			ret = number_failed(err, "a power");
	secret_wipe(bytes, sizeof(bytes));
	return ret;
}

/* Of one ciphertext part and commitment have one base, C^2, and so share its squarings: d = (C^2)^x, A = ((C^2)^r)^2. */
static int single(struct maker *w, const BIGNUM *c, struct tp_partial *out, struct error *err)
{
	const struct tp_comb_shape shape = { exponent_bits(w->k), C_TEETH, C_BLOCKS };
	const BIGNUM *exponents[] = { w->x, w->r };
	BIGNUM *const powers[] = { out->d[0], out->a };
	struct tp_comb *comb = NULL;
	BIGNUM *base = BN_new();
	int ret = base == NULL ? error_memory(err) : 0;

	if (ret == 0 && BN_mod_sqr(base, c, w->k->n2, w->scratch) != 1)
		ret = number_failed(err, "a square");
	if (ret == 0)
		ret = tp_comb_new(&comb, w->k, base, &shape, err);
	if (ret == 0)
		ret = comb_powers(w, comb, exponents, 2, powers, err);
	if (ret == 0 && BN_mod_sqr(out->a, out->a, w->k->n2, w->scratch) != 1)
		ret = number_failed(err, "a square");
	tp_comb_free(comb);
	BN_free(base);
	return ret;
}

static int parts(
	struct maker *w, const struct tp_sealed_sum *sum, struct tp_partial *out, struct error *err)
{
	if (sum->count == 1)
		return single(w, sum->c[0], out, err);
	for (size_t i = 0; i < sum->count; i++)
		if (number_power_secret(out->d[i], sum->c[i], w->twice, w->k->n2, w->k->mont,
			    w->scratch, err) != 0)
			return -1;
	return 0;
}

/* A, where parts() did not make it, and B. */
static int commitments(struct maker *w, const BIGNUM *c4, struct tp_partial *out, struct error *err)
{
	const struct tp_key *k = w->k;
	const BIGNUM *r = w->r;

	if (out->count > 1 &&
		number_power_secret(out->a, c4, w->r, k->n2, k->mont, w->scratch, err) != 0)
		return -1;
	return w->of_v != NULL
		       ? comb_powers(w, w->of_v, &r, 1, &out->b, err)
		       : number_power_secret(out->b, k->v, w->r, k->n2, k->mont, w->scratch, err);
}

/* z = r + e Delta s. */
static int answer(struct maker *w, struct proof *p, struct tp_partial *out, struct error *err)
{
	const BIGNUM *both[] = { out->a, out->b };

	if (challenge("cordon/tp1/proof", &p->seed, out->place, w->k, both, 2, p->u, err) != 0)
		return -1;
	if (BN_mul(p->t, p->u, w->x, w->scratch) != 1 || BN_add(out->z, w->r, p->t) != 1)
		return number_failed(err, "the answer");
	return 0;
}

static int make(const struct tp_sealed_sum *sum, const BIGNUM *x, const struct tp_comb *of_v,
	struct tp_partial *out, struct error *err)
{
	struct maker w;
	struct proof p = { 0 };
	int ret = maker_init(&w, sum->k, x, of_v, err);

	if (ret == 0)
		ret = parts(&w, sum, out, err);
	if (ret == 0)
		ret = proof_init(&p, sum, out->place, (const BIGNUM *const *)out->d, err);
	if (ret == 0)
		ret = commitments(&w, p.c4, out, err);
	if (ret == 0)
		ret = answer(&w, &p, out, err);
	proof_clear(&p);
	maker_clear(&w);
	return ret;
}

int tp_partial_make(const struct tp_sealed_sum *sum, const struct tp_share *share,
	const struct tp_comb *of_v, struct tp_partial *out, struct error *err)
{
	struct tp_partial made = { .place = share->place };
	BIGNUM *x = BN_secure_new();
	BN_CTX *scratch = BN_CTX_secure_new();
	int ret = x == NULL || scratch == NULL ? error_memory(err) : 0;

	if (ret == 0 && !hash32_equal(&share->key, &sum->k->hash))
		ret = error_set(err, E_CRYPTO,
			SAY("This share does not belong to this key.", "此份额不属于此密钥。"),
			"partial decryption: a share of another key");
	if (ret == 0)
		ret = alloc_partial(&made, sum->count, err);
	if (ret == 0 && BN_mul(x, share->s, sum->k->delta, scratch) != 1)
		ret = number_failed(err, "the exponent");
	if (ret == 0)
		ret = make(sum, x, of_v, &made, err);
	BN_CTX_free(scratch);
	number_free(&x);
	if (ret == 0)
		*out = made;
	else
		tp_partial_clear(&made);
	return ret;
}

/* ---- checking ---- */

static bool in_range(const struct tp_key *k, const BIGNUM *v)
{
	return !BN_is_zero(v) && !BN_is_negative(v) && BN_cmp(v, k->n2) < 0;
}

/* All numbers at once: a product is a unit exactly when its factors are. */
static int check_units(struct proof *p, const struct tp_partial *part, struct error *err)
{
	if (BN_copy(p->u, part->a) == NULL)
		return error_memory(err);
	if (number_times(p->u, p->u, part->b, p->k->n2, p->scratch, err) != 0)
		return -1;
	for (size_t i = 0; i < part->count; i++)
		if (number_times(p->u, p->u, part->d[i], p->k->n2, p->scratch, err) != 0)
			return -1;
	return number_is_unit(p->u, p->k->n2, p->k->n, p->scratch) ? 0 : unsound(err, part->place);
}

/* Both equations at once with a random factor rho that nobody knew before:
 *   ((C^4 v^rho)^z)^2 = (A (d^2)^e (B v_j^e)^rho)^2
 * one long power instead of two. All groups of squares here have only prime factors longer than 1,500 bits in their
 * order, so a wrong equation holds for one rho at most: once in 2^128. Squaring takes out signs. */
static int check_equations(
	struct proof *p, const struct tp_partial *part, const BIGNUM *e, struct error *err)
{
	const struct tp_key *k = p->k;
	BIGNUM *rho = BN_new(), *left = BN_new(), *right = BN_new();
	int ret = rho == NULL || left == NULL || right == NULL ? error_memory(err) : 0;

	if (ret == 0)
		ret = number_draw(rho, 8 * TP_CHALLENGE_BYTES, false, err);
	/* left = C^4 v^rho */
	if (ret == 0 && BN_copy(left, p->c4) == NULL)
		ret = error_memory(err);
	if (ret == 0)
		ret = power_times(p, left, k->v, rho, err);
	if (ret == 0)
		ret = number_power(left, left, part->z, k->n2, k->mont, p->scratch, err);
	/* right = (B v_j^e)^rho A (d^2)^e */
	if (ret == 0 && BN_copy(right, part->b) == NULL)
		ret = error_memory(err);
	if (ret == 0)
		ret = power_times(p, right, k->holders[part->place - 1].v, e, err);
	if (ret == 0)
		ret = number_power(right, right, rho, k->n2, k->mont, p->scratch, err);
	if (ret == 0)
		ret = number_times(right, right, part->a, k->n2, p->scratch, err);
	if (ret == 0)
		ret = power_times(p, right, p->d2, e, err);
	if (ret == 0 && (BN_mod_sqr(left, left, k->n2, p->scratch) != 1 ||
				BN_mod_sqr(right, right, k->n2, p->scratch) != 1))
		ret = number_failed(err, "a square");
	if (ret == 0 && BN_cmp(left, right) != 0)
		ret = unsound(err, part->place);
	BN_free(rho);
	BN_free(left);
	BN_free(right);
	return ret;
}

int tp_partial_check(
	const struct tp_sealed_sum *sum, const struct tp_partial *part, struct error *err)
{
	const struct tp_key *k = sum->k;
	const BIGNUM *both[] = { part->a, part->b };
	unsigned length = (unsigned)BN_num_bits(part->z), least = 2 * k->bits + TP_BLIND_BITS + 1;
	struct proof p = { 0 };
	BIGNUM *e = NULL;
	int ret;

	if (part->place == 0 || part->place > k->n_holders || part->count != sum->count ||
		length < least || length > least + 1 || !in_range(k, part->a) ||
		!in_range(k, part->b))
		return unsound(err, part->place);
	for (size_t i = 0; i < part->count; i++)
		if (!in_range(k, part->d[i]))
			return unsound(err, part->place);
	ret = proof_init(&p, sum, part->place, (const BIGNUM *const *)part->d, err);
	if (ret == 0)
		ret = check_units(&p, part, err);
	if (ret == 0 && (e = BN_new()) == NULL)
		ret = error_memory(err);
	if (ret == 0)
		ret = challenge("cordon/tp1/proof", &p.seed, part->place, k, both, 2, e, err);
	if (ret == 0)
		ret = check_equations(&p, part, e, err);
	BN_free(e);
	proof_clear(&p);
	return ret;
}

/* ---- on the line ---- */

static size_t answer_bytes(const struct tp_key *k)
{
	return k->bytes + TP_BLIND_BITS / 8 + 1;
}

size_t tp_partial_bytes(const struct tp_key *k, size_t count)
{
	return 1 + (count + 2) * k->bytes + answer_bytes(k);
}

int tp_partial_write(
	const struct tp_key *k, const struct tp_partial *p, struct text *out, struct error *err)
{
	uint8_t z[TP_MAX_BYTES + TP_BLIND_BITS / 8 + 1];

	lay_u8(out, (uint8_t)p->place);
	if (lay_numbers(k, out, (const BIGNUM *const *)p->d, p->count, err) != 0 ||
		lay_number(k, out, p->a, err) != 0 || lay_number(k, out, p->b, err) != 0 ||
		number_bytes(p->z, z, answer_bytes(k), err) != 0)
		return -1;
	lay_fixed(out, z, answer_bytes(k));
	return text_failed(out) ? error_memory(err) : 0;
}

static void unlay_number(struct unlay *u, size_t len, BIGNUM *out)
{
	const uint8_t *at = unlay_take(u, len);

	if (at != NULL && BN_bin2bn(at, (int)len, out) == NULL)
		u->bad = true;
}

int tp_partial_read(const struct tp_key *k, size_t count, const void *bytes, size_t len,
	struct tp_partial *out, struct error *err)
{
	struct tp_partial p = { 0 };
	struct unlay u;

	unlay_init(&u, bytes, len);
	p.place = unlay_u8(&u);
	if (len != tp_partial_bytes(k, count) || p.place == 0 || p.place > k->n_holders)
		u.bad = true;
	if (u.bad)
		return unlay_end(&u, "partial decryption", err);
	if (alloc_partial(&p, count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		unlay_number(&u, k->bytes, p.d[i]);
	unlay_number(&u, k->bytes, p.a);
	unlay_number(&u, k->bytes, p.b);
	unlay_number(&u, answer_bytes(k), p.z);
	if (unlay_end(&u, "partial decryption", err) != 0) {
		tp_partial_clear(&p);
		return -1;
	}
	*out = p;
	return 0;
}

/* ---- putting together ---- */

/* C' = product of d_i^(2 lambda_i) = (1 + n)^(4 Delta^2 m); m = L(C') / (4 Delta^2) modulo n. */
static int open_one(const struct tp_key *k, const unsigned *xs, const BIGNUM *const *d,
	const BIGNUM *inverse, BIGNUM *m, BN_CTX *scratch, struct error *err)
{
	BIGNUM *rest = BN_new();
	int ret = rest == NULL ? error_memory(err)
			       : tp_interpolate(k, xs, d, k->needed, 0, 2, m, scratch, err);

	if (ret == 0 && (BN_sub_word(m, 1) != 1 || BN_div(m, rest, m, k->n, scratch) != 1))
		ret = number_failed(err, "opening");
	if (ret == 0 && !BN_is_zero(rest))
		ret = error_set(err, E_CRYPTO,
			SAY("The parts of the decryption do not fit together.",
				"各解密份额无法合成。"),
			"combining: what comes out is no plaintext");
	if (ret == 0)
		ret = number_times(m, m, inverse, k->n, scratch, err);
	BN_free(rest);
	return ret;
}

static int combine(const struct tp_sealed_sum *sum, const struct tp_partial *const *parts,
	BIGNUM *const *m, BIGNUM *inverse, BN_CTX *scratch, struct error *err)
{
	const struct tp_key *k = sum->k;
	const BIGNUM *d[TP_HOLDERS];
	unsigned xs[TP_HOLDERS];

	if (BN_sqr(inverse, k->delta, scratch) != 1 || BN_lshift(inverse, inverse, 2) != 1 ||
		BN_mod_inverse(inverse, inverse, k->n, scratch) == NULL)
		return number_failed(err, "an inverse");
	for (unsigned i = 0; i < k->needed; i++)
		xs[i] = parts[i]->place;
	for (size_t c = 0; c < sum->count; c++) {
		for (unsigned i = 0; i < k->needed; i++)
			d[i] = parts[i]->d[c];
		if (open_one(k, xs, d, inverse, m[c], scratch, err) != 0)
			return -1;
	}
	return 0;
}

int tp_combine(const struct tp_sealed_sum *sum, const struct tp_partial *const *parts,
	BIGNUM *const *m, struct error *err)
{
	BIGNUM *inverse;
	BN_CTX *scratch;
	int ret;

	for (unsigned i = 0; i < sum->k->needed; i++)
		for (unsigned j = 0; j < i; j++)
			if (parts[i]->place == parts[j]->place)
				return unsound(err, parts[i]->place);
	inverse = BN_new();
	scratch = BN_CTX_new();
	ret = inverse == NULL || scratch == NULL ? error_memory(err)
						 : combine(sum, parts, m, inverse, scratch, err);
	BN_free(inverse);
	BN_CTX_free(scratch);
	return ret;
}
