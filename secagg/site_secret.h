/*
 * site_secret.h - K_sites, the secret that the hospitals share and the gateway never has (distinct.h), as texts.
 *
 * One hospital makes it, seals it to each other's key, and all compare the fingerprint by telephone: a gateway that
 * carried the sealed texts and put one of its own in between would have another.
 */
#ifndef SECAGG_SITE_SECRET_H
#define SECAGG_SITE_SECRET_H

#include <openssl/types.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

enum {
	SITE_SECRET_PRINT = 8 * 5 /* of a fingerprint: eight groups of four digits */
};

CHECKED int site_secret_new(struct key32 *out, struct error *err);
const char *site_secret_print(const struct key32 *s, char out[SITE_SECRET_PRINT]);

/* For everybody, the gateway too: whether two sites have the same secret. It says nothing else of the 256 bits. */
struct hash32 site_secret_tag(const struct key32 *s);

/* The file of a site, mode 0600. Fails: E_INPUT. */
void site_secret_write(const struct key32 *s, struct text *out);
CHECKED int site_secret_read(const void *bytes, size_t len, struct key32 *out, struct error *err);
/* For the owner of an X25519 key. Opening fails with E_INPUT or E_CRYPTO. */
CHECKED int site_secret_seal(
	const struct key32 *s, const uint8_t to[32], struct text *out, struct error *err);
CHECKED int site_secret_open(
	EVP_PKEY *owner, const void *bytes, size_t len, struct key32 *out, struct error *err);

#endif
