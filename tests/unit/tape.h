/*
 * tape.h - takes the place of rng_source() in a test program: a fixed stream that never changes
 * between runs, words that a test wrote, or failure. Include it in one file of a program.
 *
 * The stream is AES-256 in counter mode, its key the SHA-256 of a label, so a test that passes once
 * passes always, and a statistical test is a computation whose outcome was unknown when its limits
 * were set.
 */
#ifndef TESTS_TAPE_H
#define TESTS_TAPE_H

#include <check.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/rng.h"

static struct tape {
	EVP_CIPHER_CTX *stream; /* NULL: OpenSSL's generator, as shipped */
	const uint64_t *words;  /* first these, in this machine's order */
	size_t n_words;
	int fills;            /* so far */
	const uint8_t *stuck; /* not NULL: these 8 bytes over and over */
	int fails_at;         /* the fill that fails, counted from 1; 0: none */
	int failure;          /* what it returns */
} tape;

int rng_source(uint8_t *bytes, size_t len)
{
	int done = 0;

	if (++tape.fills == tape.fails_at)
		return tape.failure;
	if (tape.stuck != NULL) {
		for (size_t i = 0; i < len; i++)
			bytes[i] = tape.stuck[i % 8];
		return 1;
	}
	if (tape.stream == NULL)
		return RAND_priv_bytes(bytes, (int)len);
	memset(bytes, 0, len);
	ck_assert_int_eq(EVP_EncryptUpdate(tape.stream, bytes, &done, bytes, (int)len), 1);
	size_t n = tape.n_words < len / 8 ? tape.n_words : len / 8;
	if (n > 0)
		memcpy(bytes, tape.words, 8 * n);
	tape.words = tape.n_words > n ? tape.words + n : NULL;
	tape.n_words -= n;
	return 1;
}

static inline void tape_end(void)
{
	EVP_CIPHER_CTX_free(tape.stream);
	tape = (struct tape){ 0 };
}

static inline void tape_start(const char *label)
{
	static const uint8_t iv[16];
	struct hash32 key = sha256(label, strlen(label));

	tape_end();
	tape.stream = EVP_CIPHER_CTX_new();
	ck_assert_ptr_nonnull(tape.stream);
	ck_assert_int_eq(EVP_EncryptInit_ex(tape.stream, EVP_aes_256_ctr(), NULL, key.at, iv), 1);
}

/* The next fill begins with these words; r is emptied so that it comes now. */
static inline void tape_words(struct rng *r, const uint64_t *words, size_t n)
{
	tape.words = words;
	tape.n_words = n;
	rng_init(r);
}

#endif
