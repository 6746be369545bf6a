/*
 * provider.h - keys and tokens of a sign-in provider, for test_jwt.c and test_sign_in.c.
 */
#ifndef TESTS_PROVIDER_H
#define TESTS_PROVIDER_H

#include <cjose/base64.h>
#include <cjose/jwk.h>
#include <cjose/jws.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "tests/unit/unit.h"

static inline cjose_jwk_t *new_rsa(size_t bits, const char *kid)
{
	static const uint8_t e[] = { 1, 0, 1 };
	cjose_err why;
	cjose_jwk_t *k = cjose_jwk_create_RSA_random(bits, e, sizeof(e), &why);

	ck_assert_ptr_nonnull(k);
	ck_assert(cjose_jwk_set_kid(k, kid, strlen(kid), &why));
	return k;
}

static inline cjose_jwk_t *new_ec(cjose_jwk_ec_curve curve, const char *kid)
{
	cjose_err why;
	cjose_jwk_t *k = cjose_jwk_create_EC_random(curve, &why);

	ck_assert_ptr_nonnull(k);
	ck_assert(cjose_jwk_set_kid(k, kid, strlen(kid), &why));
	return k;
}

/* A JWK set of the public halves. The caller frees. */
static inline char *jwks_of(cjose_jwk_t *const *keys, size_t n)
{
	json_t *set = json_pack("{s:[]}", "keys");
	cjose_err why;
	char *text;

	for (size_t i = 0; i < n; i++) {
		text = cjose_jwk_to_json(keys[i], false, &why);
		json_array_append_new(json_object_get(set, "keys"), json_loads(text, 0, NULL));
		free(text);
	}
	text = json_dumps(set, 0);
	json_decref(set);
	return text;
}

/* A compact JWS of the claims; typ and kid may be NULL. Static. */
static inline const char *sign_with(const cjose_jwk_t *key, const char *alg, const char *kid,
	const char *typ, const json_t *claims)
{
	static char out[4][8192];
	static unsigned turn_of;
	char *to = out[turn_of++ % 4], *body = json_dumps(claims, JSON_COMPACT);
	const char *text;
	cjose_err why;
	cjose_header_t *h = cjose_header_new(&why);
	cjose_jws_t *jws;

	cjose_header_set(h, "alg", alg, &why);
	if (kid != NULL)
		cjose_header_set(h, "kid", kid, &why);
	if (typ != NULL)
		cjose_header_set(h, "typ", typ, &why);
	jws = cjose_jws_sign(key, h, (const uint8_t *)body, strlen(body), &why);
	ck_assert_msg(jws != NULL, "%s", why.message);
	ck_assert(cjose_jws_export(jws, &text, &why));
	snprintf(to, sizeof(out[0]), "%s", text);
	cjose_jws_release(jws);
	cjose_header_release(h);
	free(body);
	return to;
}

/* What a provider never would sign: header and claims as they are, any signature. Static. */
static inline const char *unsigned_token(
	const char *header, const json_t *claims, const char *signature)
{
	static char out[8192];
	char *body = json_dumps(claims, JSON_COMPACT), *h, *b;
	size_t len;
	cjose_err why;

	ck_assert(cjose_base64url_encode((const uint8_t *)header, strlen(header), &h, &len, &why));
	ck_assert(cjose_base64url_encode((const uint8_t *)body, strlen(body), &b, &len, &why));
	snprintf(out, sizeof(out), "%s.%s.%s", h, b, signature);
	free(body);
	free(h);
	free(b);
	return out;
}

/* The at_hash of an access token. The caller frees. */
static inline char *at_hash(const char *token)
{
	const struct hash32 h = sha256(token, strlen(token));
	char *out;
	size_t len;
	cjose_err why;

	ck_assert(cjose_base64url_encode(h.at, 16, &out, &len, &why));
	return out;
}

#endif
