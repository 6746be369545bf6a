#include "paillier/tp_deal.h"

#include <string.h>

/*
 * No file, no prompt: cordon ca paillier writes and asks.
 */

/* Everything that is wiped at the end (D3). */
struct dealing {
	BIGNUM *p, *q, *p1, *q1; /* p1 = (p - 1) / 2 */
	BIGNUM *m, *nm, *d, *t;
	BIGNUM *coefficients[TP_HOLDERS];
	BN_CTX *scratch;
};

static int refuse(struct error *err, const char *why)
{
	return error_set(err, E_INPUT, SAY("These primes cannot be used.", "这些素数不可用。"),
		"dealer: %s", why);
}

static void wipe(struct dealing *d)
{
	BIGNUM **all[] = { &d->p, &d->q, &d->p1, &d->q1, &d->m, &d->nm, &d->d, &d->t };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		number_free(all[i]);
	for (unsigned i = 0; i < TP_HOLDERS; i++)
		number_free(&d->coefficients[i]);
	BN_CTX_free(d->scratch);
	d->scratch = NULL;
}

void tp_share_clear(struct tp_share *s)
{
	number_free(&s->s);
}

/* ---- primes ---- */

static int begin(struct dealing *d, struct error *err)
{
	BIGNUM **all[] = { &d->p, &d->q, &d->p1, &d->q1, &d->m, &d->nm, &d->d, &d->t };
	bool made = true;

	*d = (struct dealing){ .scratch = BN_CTX_secure_new() };
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		made = (*all[i] = BN_secure_new()) != NULL && made;
	return made && d->scratch != NULL ? 0 : error_memory(err);
}

struct turning {
	void (*turn)(void *);
	void *of;
};

static int on_candidate(int a, int b, BN_GENCB *cb)
{
	const struct turning *t = BN_GENCB_get_arg(cb);

	(void)a;
	(void)b;
	t->turn(t->of);
	return 1;
}

static int draw_prime(BIGNUM *out, unsigned bits, struct turning *turning, struct error *err)
{
	BN_GENCB *cb = NULL;
	int ok;

	if (turning->turn != NULL) {
		cb = BN_GENCB_new();
		if (cb == NULL)
			return error_memory(err);
		BN_GENCB_set(cb, on_candidate, turning);
	}
	ok = BN_generate_prime_ex(out, (int)bits, 1, NULL, NULL, cb);
	BN_GENCB_free(cb);
	return ok == 1 ? 0 : number_failed(err, "no prime");
}

static int is_prime(const BIGNUM *x, BN_CTX *scratch)
{
	return BN_check_prime(x, scratch, NULL) == 1;
}

/* D1. That p and q are far apart: their difference has nearly all bits, or Fermat's method factors n. */
static int check_primes(struct dealing *d, const BIGNUM *n, struct error *err)
{
	BIGNUM *gcd = BN_new(), *phi = BN_secure_new();
	int ret = gcd == NULL || phi == NULL ? error_memory(err) : 0;

	if (ret == 0 &&
		(BN_rshift1(d->p1, d->p) != 1 || BN_rshift1(d->q1, d->q) != 1 ||
			BN_sub(d->t, d->p, d->q) != 1 ||
			BN_mul(d->m, d->p1, d->q1, d->scratch) != 1 ||
			BN_lshift(phi, d->m, 2) != 1 || BN_gcd(gcd, n, phi, d->scratch) != 1))
		ret = number_failed(err, "the primes");
	if (ret == 0 && (BN_num_bits(d->p) != BN_num_bits(d->q) ||
				BN_num_bits(d->t) < BN_num_bits(d->p) - 100 ||
				BN_num_bits(d->t) < BN_num_bits(d->p) / 2 || !BN_is_one(gcd)))
		ret = refuse(err, "they are alike");
	if (ret == 0 && (!is_prime(d->p, d->scratch) || !is_prime(d->q, d->scratch) ||
				!is_prime(d->p1, d->scratch) || !is_prime(d->q1, d->scratch)))
		ret = refuse(err, "they are not safe primes");
	BN_free(gcd);
	number_free(&phi);
	return ret;
}

/* ---- the key ---- */

/* h = (-y^2)^n, v = z^2. */
static int make_bases(struct tp_key *k, struct dealing *d, struct error *err)
{
	BIGNUM *n2 = BN_new();
	int ret = n2 == NULL ? error_memory(err) : 0;

	k->h = BN_new();
	k->v = BN_new();
	if (ret == 0 && (k->h == NULL || k->v == NULL))
		ret = error_memory(err);
	if (ret == 0 && BN_sqr(n2, k->n, d->scratch) != 1)
		ret = number_failed(err, "the modulus");
	if (ret == 0)
		ret = number_draw_below(d->t, k->n, err);
	if (ret == 0 &&
		(BN_mod_sqr(d->t, d->t, n2, d->scratch) != 1 || BN_sub(d->t, n2, d->t) != 1 ||
			BN_mod_exp(k->h, d->t, k->n, n2, d->scratch) != 1))
		ret = number_failed(err, "h");
	if (ret == 0)
		ret = number_draw_below(d->t, n2, err);
	if (ret == 0 && BN_mod_sqr(k->v, d->t, n2, d->scratch) != 1)
		ret = number_failed(err, "v");
	BN_free(n2);
	return ret;
}

/* d = 0 modulo m, 1 modulo n: m * (m^-1 mod n). */
static int make_polynomial(struct tp_key *k, struct dealing *d, struct error *err)
{
	if (BN_mul(d->nm, k->n, d->m, d->scratch) != 1 ||
		BN_mod_inverse(d->d, d->m, k->n, d->scratch) == NULL ||
		BN_mul(d->d, d->d, d->m, d->scratch) != 1)
		return number_failed(err, "the secret");
	for (unsigned i = 1; i < k->needed; i++) {
		d->coefficients[i] = BN_secure_new();
		if (d->coefficients[i] == NULL)
			return error_memory(err);
		if (number_draw_below(d->coefficients[i], d->nm, err) != 0)
			return -1;
	}
	d->coefficients[0] = BN_dup(d->d);
	return d->coefficients[0] == NULL ? error_memory(err) : 0;
}

/* f(j) by Horner, then D2's multiple: 2^(2 bits) + ((f(j) - 2^(2 bits)) mod nm). */
static int make_share(
	struct tp_key *k, struct dealing *d, unsigned j, struct tp_share *out, struct error *err)
{
	BIGNUM *floor = BN_new(), *s = BN_secure_new();
	int ok = floor != NULL && s != NULL && BN_set_bit(floor, (int)(2 * k->bits)) == 1;

	for (unsigned i = k->needed; ok == 1 && i-- > 0;)
		ok = BN_mul_word(s, j) == 1 && BN_add(s, s, d->coefficients[i]) == 1 &&
		     BN_nnmod(s, s, d->nm, d->scratch) == 1;
	if (ok == 1)
		ok = BN_sub(s, s, floor) == 1 && BN_nnmod(s, s, d->nm, d->scratch) == 1 &&
		     BN_add(s, s, floor) == 1;
	BN_free(floor);
	if (ok != 1) {
		number_free(&s);
		return number_failed(err, "a share");
	}
	*out = (struct tp_share){ .place = j, .s = s };
	return 0;
}

static int make_v(struct tp_key *k, struct dealing *d, struct tp_share *s, struct error *err)
{
	BIGNUM *n2 = BN_new();
	BN_MONT_CTX *mont = BN_MONT_CTX_new();
	int ret = n2 == NULL || mont == NULL ? error_memory(err) : 0;

	if (ret == 0 &&
		(BN_sqr(n2, k->n, d->scratch) != 1 || BN_MONT_CTX_set(mont, n2, d->scratch) != 1 ||
			BN_copy(d->t, s->s) == NULL))
		ret = number_failed(err, "v");
	for (unsigned i = 2; ret == 0 && i <= k->n_holders; i++)
		if (BN_mul_word(d->t, i) != 1)
			ret = number_failed(err, "Delta");
	k->holders[s->place - 1].v = BN_new();
	if (ret == 0 && k->holders[s->place - 1].v == NULL)
		ret = error_memory(err);
	if (ret == 0)
		ret = number_power_secret(
			k->holders[s->place - 1].v, k->v, d->t, n2, mont, d->scratch, err);
	BN_MONT_CTX_free(mont);
	BN_free(n2);
	return ret;
}

/* From d->p and d->q on. */
static int deal(struct tp_key *k, struct dealing *d, struct tp_share *shares, struct error *err)
{
	k->n = BN_new();
	if (k->n == NULL)
		return error_memory(err);
	if (BN_mul(k->n, d->p, d->q, d->scratch) != 1)
		return number_failed(err, "the modulus");
	k->bits = (unsigned)BN_num_bits(k->n);
	if (check_primes(d, k->n, err) != 0 || make_bases(k, d, err) != 0 ||
		make_polynomial(k, d, err) != 0)
		return -1;
	for (unsigned j = 1; j <= k->n_holders; j++)
		if (make_share(k, d, j, &shares[j - 1], err) != 0 ||
			make_v(k, d, &shares[j - 1], err) != 0)
			return -1;
	return tp_key_complete(k, k->bits, err);
}

static int finish(struct tp_key *k, struct dealing *d, struct tp_share *shares, int ret)
{
	wipe(d);
	for (unsigned i = 0; i < k->n_holders; i++) {
		shares[i].key = k->hash;
		if (ret != 0)
			tp_share_clear(&shares[i]);
	}
	if (ret != 0)
		tp_key_clear(k);
	return ret;
}

static int sizes(struct tp_key *k, struct tp_share *shares, struct error *err)
{
	if (k->n_holders < 2 || k->n_holders > TP_HOLDERS || k->colluders >= k->n_holders)
		return refuse(err, "two to fifteen holders");
	k->needed = tp_needed(k->n_holders, k->colluders);
	memset(shares, 0, k->n_holders * sizeof(*shares));
	return 0;
}

int tp_deal(struct tp_key *k, struct tp_share *shares, void (*turn)(void *), void *of,
	struct error *err)
{
	struct turning turning = { turn, of };
	struct dealing d;
	int ret;

	if (sizes(k, shares, err) != 0)
		return -1;
	ret = begin(&d, err);
	if (ret == 0)
		ret = draw_prime(d.p, TP_BITS / 2, &turning, err);
	if (ret == 0)
		ret = draw_prime(d.q, TP_BITS / 2, &turning, err);
	if (ret == 0)
		ret = deal(k, &d, shares, err);
	return finish(k, &d, shares, ret);
}

int tp_deal_of_primes(struct tp_key *k, const BIGNUM *p, const BIGNUM *q, struct tp_share *shares,
	struct error *err)
{
	struct dealing d;
	int ret;

	if (sizes(k, shares, err) != 0)
		return -1;
	ret = begin(&d, err);
	if (ret == 0 && (BN_copy(d.p, p) == NULL || BN_copy(d.q, q) == NULL))
		ret = error_memory(err);
	if (ret == 0)
		ret = deal(k, &d, shares, err);
	return finish(k, &d, shares, ret);
}

int tp_share_check(const struct tp_key *k, const struct tp_share *s, struct error *err)
{
	BIGNUM *x = BN_secure_new(), *v = BN_new();
	BN_CTX *scratch = BN_CTX_secure_new();
	int ret = x == NULL || v == NULL || scratch == NULL ? error_memory(err) : 0;

	if (ret == 0 &&
		(s->place == 0 || s->place > k->n_holders || !hash32_equal(&s->key, &k->hash) ||
			BN_num_bits(s->s) != (int)(2 * k->bits + 1)))
		ret = error_set(err, E_CRYPTO,
			SAY("This share does not belong to this key.", "此份额不属于此密钥。"),
			"share: of another key, or of another length");
	if (ret == 0 && BN_mul(x, s->s, k->delta, scratch) != 1)
		ret = number_failed(err, "a product");
	if (ret == 0)
		ret = number_power_secret(v, k->v, x, k->n2, k->mont, scratch, err);
	if (ret == 0 && BN_cmp(v, k->holders[s->place - 1].v) != 0)
		ret = error_set(err, E_CRYPTO,
			SAY("This share does not belong to this key.", "此份额不属于此密钥。"),
			"share: it is not the logarithm of its v");
	BN_CTX_free(scratch);
	BN_free(v);
	number_free(&x);
	return ret;
}
