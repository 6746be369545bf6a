/*
 * sealed.h - a few secret bytes for the owner of one X25519 key, by whatever way they travel.
 *
 * Ephemeral X25519, HKDF-SHA256 with salt `about` - a hash of what the bytes are and for whom - and info
 * (label "cordon/sealed", ephemeral key, owner's key), AES-256-GCM. Sealed: ephemeral key 32, bytes, tag 16.
 * It does not say who sealed: compare a fingerprint of what is inside.
 */
#ifndef SECAGG_SEALED_H
#define SECAGG_SEALED_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"

enum {
	SEALED_EXTRA = 32 + 16, /* bytes more than what is sealed */
	SEALED_KEY_TEXT = 7 + 44 + 1,
};

/* out has len + SEALED_EXTRA bytes; wiped on failure. */
CHECKED int sealed_make(const uint8_t to[32], const struct hash32 *about, const void *plain,
	size_t len, uint8_t *out, struct error *err);
/* plain has sealed_len - SEALED_EXTRA bytes; zeros on failure. Fails: E_CRYPTO for another key, another `about`, or a
 * changed byte. */
CHECKED int sealed_open(EVP_PKEY *owner, const struct hash32 *about, const uint8_t *sealed,
	size_t sealed_len, void *plain, struct error *err);

/* An owner's private key from PEM without a passphrase. Gives *out (EVP_PKEY_free). Fails: E_INPUT. */
CHECKED int sealed_key_read(const void *pem, size_t len, EVP_PKEY **out, struct error *err);
/* An owner's public key as a text: "x25519:" and base64. */
const char *sealed_key_text(const uint8_t key[32], char out[SEALED_KEY_TEXT]);
CHECKED bool sealed_key_parse(const char *text, uint8_t out[32]);

#endif
