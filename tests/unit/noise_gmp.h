/*
 * noise_gmp.h - the samplers once more, slowly: integers of any size, no bound to check and none to
 * miss. Drawing from the same bytes they must give the same noise as crypto/noise.c and use as
 * many. Fractions are not reduced, since the width of a draw is their denominator.
 */
#ifndef TESTS_NOISE_GMP_H
#define TESTS_NOISE_GMP_H

#include <check.h>
#include <gmp.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"

struct ref {
	EVP_CIPHER_CTX *stream;
	uint64_t words[512]; /* the stream is one, however it is asked for */
	size_t at, used; /* words */
	mpz_t one;
	mpz_t n, x; /* ref_below: x is uniform below n */
	mpz_t low, least;
	mpz_t a, b;  /* ref_exp: the fraction; a is used up */
	mpz_t below; /* the denominator of a Gaussian's last coin */
};

static inline void ref_start(struct ref *f, const char *label)
{
	static const uint8_t iv[16];
	struct hash32 key = sha256(label, strlen(label));

	f->stream = EVP_CIPHER_CTX_new();
	ck_assert_int_eq(EVP_EncryptInit_ex(f->stream, EVP_aes_256_ctr(), NULL, key.at, iv), 1);
	f->at = 512;
	f->used = 0;
	mpz_inits(f->n, f->x, f->low, f->least, f->a, f->b, f->below, f->one, NULL);
	mpz_set_ui(f->one, 1);
}

static inline void ref_end(struct ref *f)
{
	EVP_CIPHER_CTX_free(f->stream);
	mpz_clears(f->n, f->x, f->low, f->least, f->a, f->b, f->below, f->one, NULL);
}

static inline uint64_t ref_word(struct ref *f)
{
	static const uint8_t zeros[4096];
	int done;

	if (f->at == 512) {
		EVP_EncryptUpdate(f->stream, (uint8_t *)f->words, &done, zeros, sizeof(zeros));
		f->at = 0;
	}
	f->used++;
	return f->words[f->at++];
}

/* The high part of word * n, unless the low part is below 2^64 mod n. */
static inline void ref_below_word(struct ref *f)
{
	mpz_set_ui(f->least, 1);
	mpz_mul_2exp(f->least, f->least, 64);
	mpz_mod(f->least, f->least, f->n);
	do {
		mpz_mul_ui(f->x, f->n, ref_word(f));
		mpz_fdiv_r_2exp(f->low, f->x, 64);
	} while (mpz_cmp(f->low, f->least) < 0);
	mpz_fdiv_q_2exp(f->x, f->x, 64);
}

/* As many bits as n - 1 has, until they are below n. */
static inline void ref_below_bits(struct ref *f)
{
	mpz_sub_ui(f->low, f->n, 1);
	size_t bits = mpz_sizeinbase(f->low, 2);
	do {
		mpz_set_ui(f->x, ref_word(f));
		mpz_fdiv_r_2exp(f->x, f->x, bits > 64 ? bits - 64 : 0);
		mpz_mul_2exp(f->x, f->x, 64);
		mpz_add_ui(f->x, f->x, ref_word(f));
	} while (mpz_cmp(f->x, f->n) >= 0);
}

static inline void ref_below(struct ref *f)
{
	if (mpz_cmp_ui(f->n, 1) == 0)
		mpz_set_ui(f->x, 0);
	else if (mpz_sizeinbase(f->n, 2) <= 64)
		ref_below_word(f);
	else
		ref_below_bits(f);
}

/* exp(-a/b), a <= b, from the k-th coin on. */
static inline bool ref_exp_from(struct ref *f, const mpz_t a, const mpz_t b, unsigned long k)
{
	for (;; k++) {
		mpz_mul_ui(f->n, b, k);
		ref_below(f);
		if (mpz_cmp(f->x, a) >= 0)
			return k % 2 == 1;
	}
}

/* exp(-1): x below 12! stands for the first twelve coins, and k of them succeed when x < 12!/k!. */
static inline bool ref_exp_one(struct ref *f)
{
	unsigned long k = 1, coins = 12;

	mpz_fac_ui(f->n, coins);
	ref_below(f);
	mpz_set(f->low, f->x);
	for (; k <= coins; k++) {
		mpz_fac_ui(f->n, coins);
		mpz_fac_ui(f->least, k);
		mpz_divexact(f->n, f->n, f->least);
		if (mpz_cmp(f->low, f->n) >= 0)
			return k % 2 == 1;
	}
	return ref_exp_from(f, f->one, f->one, k);
}

static inline bool ref_exp(struct ref *f)
{
	for (; mpz_cmp(f->a, f->b) > 0; mpz_sub(f->a, f->a, f->b))
		if (!ref_exp_one(f))
			return false;
	return ref_exp_from(f, f->a, f->b, 1);
}

static inline void ref_laplace(struct ref *f, uint64_t t, uint64_t s, mpz_t out)
{
	for (;;) {
		mpz_set_ui(f->n, t);
		ref_below(f);
		mpz_set(f->a, f->x);
		mpz_set_ui(f->b, t);
		mpz_set(out, f->a);
		if (!ref_exp(f))
			continue;
		while (ref_exp_one(f))
			mpz_add_ui(out, out, t);
		mpz_fdiv_q_ui(out, out, s);
		mpz_set_ui(f->n, 2);
		ref_below(f);
		if (mpz_sgn(f->x) == 0)
			return;
		mpz_neg(out, out);
		if (mpz_sgn(out) != 0)
			return;
	}
}

static inline void ref_gaussian(struct ref *f, uint64_t p, uint64_t q, mpz_t out)
{
	mpz_t t;

	mpz_init_set_ui(t, p / q);
	mpz_sqrt(t, t);
	mpz_add_ui(t, t, 1);
	mpz_mul(f->below, t, t);
	mpz_mul_ui(f->below, f->below, 2);
	mpz_mul_ui(f->below, f->below, p);
	mpz_mul_ui(f->below, f->below, q);
	do {
		ref_laplace(f, mpz_get_ui(t), 1, out);
		mpz_abs(f->a, out);
		mpz_mul(f->a, f->a, t);
		mpz_mul_ui(f->a, f->a, q);
		mpz_sub_ui(f->a, f->a, p);
		mpz_mul(f->a, f->a, f->a);
		mpz_set(f->b, f->below);
	} while (!ref_exp(f));
	mpz_clear(t);
}

static inline unsigned long ref_half_share(struct ref *f, uint64_t t, uint64_t s, uint64_t n)
{
	for (unsigned long k = 0;;) {
		mpz_set_ui(f->a, s);
		mpz_set_ui(f->b, t);
		if (!ref_exp(f))
			return k;
		mpz_set_ui(f->n, k + 1);
		mpz_mul_ui(f->n, f->n, n);
		ref_below(f);
		k = mpz_cmp_ui(f->x, n * k) <= 0 ? k + 1 : 0;
	}
}

static inline void ref_polya(struct ref *f, uint64_t t, uint64_t s, uint64_t n, mpz_t out)
{
	mpz_set_ui(out, ref_half_share(f, t, s, n));
	mpz_sub_ui(out, out, ref_half_share(f, t, s, n));
}

#endif
