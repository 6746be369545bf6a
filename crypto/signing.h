/*
 * signing.h - signatures by people: keys and signatures as texts that name their algorithm.
 *
 * A public key is "ed25519:" and the base64 of its 32 bytes; a signature is base64 and of the algorithm of its key.
 * Another algorithm is another row of the table in signing.c.
 *
 * G1  a private key that a passphrase protects is PKCS#8 with AES-256-CBC under scrypt (RFC 7914).
 * G2  no function here asks for anything, prints, or says in an error what a key or a passphrase is.
 * What is signed is a hash with a domain of its own: the caller's to choose.
 */
#ifndef CRYPTO_SIGNING_H
#define CRYPTO_SIGNING_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"

enum {
	SIGNING_KEY_TEXT = 80, /* with the ending zero */
	SIGNING_TEXT = 96,     /* of a signature */
};

/* Gives *pem (heap text; wipe and free) of the key, encrypted. Fails: E_INPUT for a passphrase of less than 8 or
 * more than 1000 bytes; E_SYSTEM. */
CHECKED int signing_key_pem(EVP_PKEY *key, const char *passphrase, char **pem, struct error *err);
/* Whether a PEM text holds a key that needs a passphrase. */
bool signing_key_locked(const char *pem, size_t len);
/* Gives *out (EVP_PKEY_free), of an algorithm of the table. passphrase NULL: the key is not encrypted.
 * Fails: E_INPUT, also for a wrong passphrase. */
CHECKED int signing_key_read(
	EVP_PKEY **out, const char *pem, size_t len, const char *passphrase, struct error *err);

/* The public key as text. Fails: E_INPUT for a key of no algorithm of the table. */
CHECKED int signing_public(EVP_PKEY *key, char out[SIGNING_KEY_TEXT], struct error *err);
/* Whether a text is a public key in its one spelling. */
bool signing_key_valid(const char *text);
/* The 32 bytes of an Ed25519 public key from its text; false for any other text. And the way back. */
CHECKED bool signing_key_bytes(const char *text, uint8_t out[32]);
const char *signing_key_text(const uint8_t key[32], char out[SIGNING_KEY_TEXT]);

CHECKED int signing_sign(
	EVP_PKEY *key, const struct hash32 *what, char out[SIGNING_TEXT], struct error *err);
/* Fails: E_CRYPTO, also for a key or a signature that is none. */
CHECKED int signing_verify(
	const char *key, const struct hash32 *what, const char *signature, struct error *err);

#endif
