/*
 * identity.h - Ed25519 keys and the federation's certificates, in memory: PEM and DER in, out.
 * Times come as arguments; files, prompts and clocks belong to the callers.
 *
 * I1  a certificate names its holder in one URI "cordon:<role>:<name>" (subjectAltName), critical
 *     basic constraints CA:FALSE, key usage digitalSignature; the root CA:TRUE, pathlen 0,
 *     keyCertSign.
 * I2  serials are 128 random bits; validity is whole days (UTC), from the beginning of today to the
 *     end of the day `days` later, and never past the root's.
 * I3  identity_check() says why it refused to the log only.
 * Algorithms: Ed25519 (RFC 8032, RFC 8410) for the federation; ECDSA P-256 for the web certificate,
 * because browsers do not take Ed25519.
 */
#ifndef CRYPTO_IDENTITY_H
#define CRYPTO_IDENTITY_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"

/* Gives a fresh Ed25519 key (EVP_PKEY_free). */
CHECKED int identity_new_key(EVP_PKEY **out, struct error *err);
CHECKED int identity_new_web_key(EVP_PKEY **out, struct error *err);
/* PEM PKCS#8, unencrypted. Gives heap text; wipe and free it. */
CHECKED int identity_key_pem(EVP_PKEY *key, char **pem, struct error *err);
/* Never asks for a passphrase. Fails: E_INPUT, also for an encrypted key or another algorithm. */
CHECKED int identity_key_read(EVP_PKEY **out, const char *pem, size_t len, struct error *err);

/* Whether `public` is the public half of an Ed25519 key. */
bool identity_key_is(const EVP_PKEY *key, const uint8_t public[32]);
/* An Ed25519 public key, PEM SubjectPublicKeyInfo (EVP_PKEY_free). Fails: E_INPUT, also where a private key lies beside it. */
CHECKED int identity_public_read(EVP_PKEY **out, const char *pem, size_t len, struct error *err);

/* Each gives *out (X509_free) and fails with E_INPUT (E_LIMIT: more than 32 hosts) for names,
 * hosts, days, times or keys that do not do. federation: 1 to 64 characters of any script. */
CHECKED int identity_new_root(X509 **out, EVP_PKEY *key, const char *federation, int64_t now_s,
	unsigned days, struct error *err);
/* role: site, gateway, person, officer. name: [A-Za-z0-9._@-]{1,255}. hosts: NULL, or
 * "name,name,ip" for a gateway's DNS and IP names. root_key must be the root's; subject_key
 * Ed25519, its public half is enough. */
CHECKED int identity_issue(X509 **out, const X509 *root, EVP_PKEY *root_key, EVP_PKEY *subject_key,
	const char *role, const char *name, const char *hosts, int64_t now_s, unsigned days,
	struct error *err);
/* Self-signed server certificate for people's browsers and the cordon command. */
CHECKED int identity_new_web(X509 **out, EVP_PKEY *key, const char *hosts, int64_t now_s,
	unsigned days, struct error *err);
/* Heap text or bytes; free(). */
CHECKED int identity_cert_pem(const X509 *cert, char **pem, struct error *err);
CHECKED int identity_cert_der(const X509 *cert, uint8_t **der, size_t *len, struct error *err);
CHECKED int identity_cert_read_pem(X509 **out, const char *pem, size_t len, struct error *err);
/* The bytes of the first certificate in a PEM text, unread. Heap; free(). */
CHECKED int identity_pem_der(
	const char *pem, size_t len, uint8_t **der, size_t *der_len, struct error *err);
/* Which federation it is: SHA-256 of the root certificate's DER. */
CHECKED int identity_federation(
	const char *root_pem, size_t len, struct hash32 *out, struct error *err);

/* Checks that DER bytes are a certificate of `role` signed by root and valid at now_s, and gives
 * its name (size MAX_NAME+1), serial as lower-case hex, two digits a byte (size 65), and Ed25519
 * key.
 * Fails: E_CRYPTO; E_SYSTEM without memory. Whether it was revoked is the caller's to ask. */
CHECKED int identity_check(const X509 *root, const void *der, size_t len, const char *role,
	int64_t now_s, char *name, char *serial_hex, uint8_t key[32], struct error *err);

/* Ed25519 over a hash with its own domain (the hash functions of wire/message.h). */
CHECKED int identity_sign(
	EVP_PKEY *key, const struct hash32 *h, uint8_t signature[64], struct error *err);
/* Fails: E_CRYPTO, for any other length than 64 and for keys of small order, too. Without memory of its own, from any thread. */
CHECKED int identity_verify(const uint8_t key[32], const struct hash32 *h, const uint8_t *signature,
	size_t len, struct error *err);

#endif
