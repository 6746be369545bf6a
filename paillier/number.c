#include "paillier/number.h"

#include <openssl/err.h>

int number_failed(struct error *err, const char *what)
{
	ERR_clear_error();
	return error_set(err, E_SYSTEM,
		SAY("A calculation with large numbers failed.", "大数运算失败。"),
		"large numbers: %s", what);
}

BIGNUM *number_of(const uint8_t *bytes, size_t len)
{
	return BN_bin2bn(bytes, (int)len, NULL);
}

void number_free(BIGNUM **n)
{
	BN_clear_free(*n);
	*n = NULL;
}

int number_bytes(const BIGNUM *n, uint8_t *out, size_t len, struct error *err)
{
	return BN_is_negative(n) || BN_bn2binpad(n, out, (int)len) < 0
		       ? number_failed(err, "a number is too long")
		       : 0;
}

int number_draw(BIGNUM *out, unsigned bits, bool topped, struct error *err)
{
	if (BN_priv_rand(out, (int)bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) != 1 ||
		(topped && BN_set_bit(out, (int)bits) != 1))
		return number_failed(err, "no random number");
	return 0;
}

int number_draw_below(BIGNUM *out, const BIGNUM *limit, struct error *err)
{
	return BN_priv_rand_range(out, limit) == 1 ? 0 : number_failed(err, "no random number");
}

int number_power(BIGNUM *out, const BIGNUM *base, const BIGNUM *exponent, const BIGNUM *m,
	BN_MONT_CTX *mont, BN_CTX *scratch, struct error *err)
{
	return BN_mod_exp_mont(out, base, exponent, m, scratch, mont) == 1
		       ? 0
		       : number_failed(err, "a power");
}

/* OpenSSL's ladder walks over all words that the exponent has, so what shows is their number: hence N1. */
int number_power_secret(BIGNUM *out, const BIGNUM *base, const BIGNUM *exponent, const BIGNUM *m,
	BN_MONT_CTX *mont, BN_CTX *scratch, struct error *err)
{
	BIGNUM *e;
	int ok;

	if (BN_is_negative(exponent))
		return number_failed(err, "a negative secret exponent");
	e = BN_dup(exponent);
	if (e == NULL)
		return error_memory(err);
	BN_set_flags(e, BN_FLG_CONSTTIME);
	ok = BN_mod_exp_mont_consttime(out, base, e, m, scratch, mont);
	BN_clear_free(e);
	return ok == 1 ? 0 : number_failed(err, "a power");
}

int number_times(BIGNUM *out, const BIGNUM *a, const BIGNUM *b, const BIGNUM *m, BN_CTX *scratch,
	struct error *err)
{
	return BN_mod_mul(out, a, b, m, scratch) == 1 ? 0 : number_failed(err, "a product");
}

bool number_is_unit(const BIGNUM *x, const BIGNUM *m, const BIGNUM *n, BN_CTX *scratch)
{
	BIGNUM *gcd = BN_new();
	bool unit = gcd != NULL && !BN_is_zero(x) && !BN_is_negative(x) && BN_cmp(x, m) < 0 &&
		    BN_gcd(gcd, x, n, scratch) == 1 && BN_is_one(gcd);

	BN_free(gcd);
	return unit;
}
