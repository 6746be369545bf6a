/*
 * jwt.h - whether a signed token of the provider is one, and is for us. Pure: keys, token and time in, claims out.
 *
 * J1  the algorithm is RS256, PS256 or ES256, and the key is of the type that it needs (RSA of at least 2048 bits, P-256).
 *     A token cannot choose anything else: "none" and HMAC are unknown here, and so is every critical extension.
 * J2  the key is one that the provider publishes, by the token's kid; a token brings no key of its own (jwk, jku, x5c are
 *     not looked at).
 * J3  issuer, audience, authorised party, expiry, not-before and issue time are checked always; of an ID token also nonce,
 *     and at_hash when it is there; an access token is never taken for an ID token, nor an ID token for an access token.
 */
#ifndef GATEWAY_JWT_H
#define GATEWAY_JWT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct jwt_keys;

/* Reads a JWK set (RFC 7517), leaving out what J1 has no use for and everything that is not meant for signatures. Gives
 * *out (jwt_keys_free). Fails: E_INPUT it is none; E_LIMIT more than MAX_PROVIDER_KEYS. */
CHECKED int jwt_keys_read(struct jwt_keys **out, const char *json, size_t len, struct error *err);
void jwt_keys_free(struct jwt_keys *k); /* accepts NULL */
size_t jwt_keys_count(const struct jwt_keys *k);

struct jwt_want {
	const char *issuer, *audience, *client_id;
	int64_t now_s;
	/* an ID token: what was sent to the provider, and what came with it */
	const char *nonce;        /* NULL: an access token is wanted */
	const char *access_token; /* or NULL */
};

enum jwt_answer {
	JWT_GOOD,
	JWT_BAD,
	JWT_NEW_KEY /* its kid is unknown: the keys may have changed */
};

/* keys NULL: none are known yet. JWT_GOOD gives *claims (json_decref); else *why says what is wrong, for the log: a
 * literal that holds nothing of the token. */
enum jwt_answer jwt_check(const char *token, const struct jwt_keys *keys,
	const struct jwt_want *want, json_t **claims, const char **why);

#endif
