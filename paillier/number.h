/*
 * number.h - the few things that threshold Paillier asks of OpenSSL's big numbers.
 *
 * OpenSSL and not GMP: exponentiation with a secret exponent is there in constant time and faster than GMP's
 * (BN_mod_exp_mont_consttime), what is freed can be wiped one by one, and the programs link it already.
 *
 * N1  a secret exponent goes through number_power_secret() alone, which takes the same time for all that have the same
 *     number of 64-bit words. Shares and blinding numbers are made with a bit above the secret ones that is always
 *     set, so that they have.
 * N2  what number_free() and the scratch's end free is wiped first.
 * N3  bytes are big endian, of a length that the caller says; a number that needs more is an error.
 */
#ifndef PAILLIER_NUMBER_H
#define PAILLIER_NUMBER_H

#include <openssl/bn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* OpenSSL gave up: E_SYSTEM, its queue emptied. Returns -1. */
int number_failed(struct error *err, const char *what);

/* NULL without memory. */
BIGNUM *number_of(const uint8_t *bytes, size_t len);
void number_free(BIGNUM **n); /* wipes; *n becomes NULL */
CHECKED int number_bytes(const BIGNUM *n, uint8_t *out, size_t len, struct error *err);

/* A uniform number below 2^bits, or below `limit`, from the private generator. */
/* topped: with bit `bits` set, too (N1). */
CHECKED int number_draw(BIGNUM *out, unsigned bits, bool topped, struct error *err);
CHECKED int number_draw_below(BIGNUM *out, const BIGNUM *limit, struct error *err);

/* out = base^exponent mod m, exponents not negative. */
CHECKED int number_power(BIGNUM *out, const BIGNUM *base, const BIGNUM *exponent, const BIGNUM *m,
	BN_MONT_CTX *mont, BN_CTX *scratch, struct error *err);
CHECKED int number_power_secret(BIGNUM *out, const BIGNUM *base, const BIGNUM *exponent,
	const BIGNUM *m, BN_MONT_CTX *mont, BN_CTX *scratch, struct error *err);
CHECKED int number_times(BIGNUM *out, const BIGNUM *a, const BIGNUM *b, const BIGNUM *m,
	BN_CTX *scratch, struct error *err);

/* 0 < x < m, and x has no factor in common with n (which divides m). */
bool number_is_unit(const BIGNUM *x, const BIGNUM *m, const BIGNUM *n, BN_CTX *scratch);

#endif
