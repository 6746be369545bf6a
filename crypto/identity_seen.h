/*
 * identity_seen.h - certificates that passed identity_check() before, so that somebody who asks often is not read and
 * verified from scratch each time: that is most of what a question costs.
 *
 * W1  what may change is checked each time: the moment, against the validity of certificate and root. Revocation stays
 *     the caller's to ask, each time, with the certificate given.
 * W2  only what passed is kept, under the SHA-256 of its bytes; at most SEEN_MOST, the one longest unused goes first.
 * One role and one root to a table. One thread at a time.
 */
#ifndef CRYPTO_IDENTITY_SEEN_H
#define CRYPTO_IDENTITY_SEEN_H

#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/limits.h"

enum {
	SEEN_MOST = 256 /* some 3 KiB each */
};

struct identity_seen;

/* What a certificate says; borrowed until the next call. */
struct identity_holder {
	const X509 *cert;
	char name[MAX_NAME + 1];
	uint8_t key[32];
};

/* Gives *out (identity_seen_free). Borrows root and role, which must outlive it. */
CHECKED int identity_seen_new(
	struct identity_seen **out, const X509 *root, const char *role, struct error *err);
void identity_seen_free(struct identity_seen *s); /* accepts NULL */

/* As identity_check(), remembered. Fails as it does. */
CHECKED int identity_seen_check(struct identity_seen *s, const void *der, size_t len, int64_t now_s,
	const struct identity_holder **out, struct error *err);

#endif
