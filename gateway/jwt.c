/*
 * jwt.c - libcjose does the signatures; which ones count, and what a token must say, is here.
 */
#include "gateway/jwt.h"

#include <cjose/base64.h>
#include <cjose/jwk.h>
#include <cjose/jws.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/limits.h"

enum {
	MIN_RSA_BITS = 2048,
	LEEWAY_S = 60,        /* between the provider's clock and ours */
	MAX_AGE_S = 24 * 3600 /* of an ID token when it comes */
};

static const struct {
	const char *name;
	cjose_jwk_kty_t type;
} algorithms[] = {
	{ "RS256", CJOSE_JWK_KTY_RSA },
	{ "PS256", CJOSE_JWK_KTY_RSA },
	{ "ES256", CJOSE_JWK_KTY_EC },
};

/* libcjose asserts that base64url is possible, and so ends the program on some that is not: nothing else may reach it. */
static bool is_base64url(const char *s, size_t len)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	return len > 0 && len % 4 != 1 && strspn(s, letters) >= len;
}

/* ---- keys ---- */

struct key {
	cjose_jwk_t *jwk;
	cjose_jwk_kty_t type;
	char *kid, *alg; /* or NULL */
};

struct jwt_keys {
	struct key list[MAX_PROVIDER_KEYS];
	size_t n;
};

void jwt_keys_free(struct jwt_keys *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < k->n; i++) {
		cjose_jwk_release(k->list[i].jwk);
		free(k->list[i].kid);
		free(k->list[i].alg);
	}
	free(k);
}

size_t jwt_keys_count(const struct jwt_keys *k)
{
	return k->n;
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static bool has_word(const json_t *list, const char *word)
{
	size_t i;
	json_t *each;

	json_array_foreach(list, i, each)
		if (json_is_string(each) && strcmp(json_string_value(each), word) == 0)
			return true;
	return false;
}

static bool well_spelled(const json_t *k)
{
	static const char *const numbers[] = { "n", "e", "x", "y" };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const json_t *v = json_object_get(k, numbers[i]);

		if (v != NULL && (!json_is_string(v) || !is_base64url(json_string_value(v),
								json_string_length(v))))
			return false;
	}
	return true;
}

/* Public, and meant for signatures. */
static bool for_signing(const json_t *k)
{
	const json_t *use = json_object_get(k, "use"), *ops = json_object_get(k, "key_ops");

	return json_object_get(k, "d") == NULL && json_object_get(k, "k") == NULL &&
	       well_spelled(k) &&
	       (use == NULL ||
		       (json_is_string(use) && strcmp(json_string_value(use), "sig") == 0)) &&
	       (ops == NULL || has_word(ops, "verify"));
}

static bool strong(const cjose_jwk_t *jwk, cjose_jwk_kty_t type)
{
	cjose_err why;

	if (type == CJOSE_JWK_KTY_RSA)
		return cjose_jwk_get_keysize(jwk, &why) >= MIN_RSA_BITS;
	return type == CJOSE_JWK_KTY_EC && cjose_jwk_EC_get_curve(jwk, &why) == CJOSE_JWK_EC_P_256;
}

static char *copy_of(const char *s)
{
	return s == NULL ? NULL : strdup(s);
}

/* -1 without memory; a key that is of no use is passed over. */
static int add_key(struct jwt_keys *k, const json_t *json)
{
	const char *kid = text_of(json, "kid"), *alg = text_of(json, "alg");
	char *text = for_signing(json) ? json_dumps(json, JSON_COMPACT) : NULL;
	struct key *at = &k->list[k->n];
	cjose_err why;

	if (text == NULL)
		return 0;
	at->jwk = cjose_jwk_import(text, strlen(text), &why);
	free(text);
	if (at->jwk == NULL)
		return 0;
	at->type = cjose_jwk_get_kty(at->jwk, &why);
	if (!strong(at->jwk, at->type)) {
		cjose_jwk_release(at->jwk);
		return 0;
	}
	at->kid = copy_of(kid);
	at->alg = copy_of(alg);
	k->n++;
	return (kid != NULL && at->kid == NULL) || (alg != NULL && at->alg == NULL) ? -1 : 0;
}

static int add_keys(struct jwt_keys *k, const json_t *list, struct error *err)
{
	size_t i;
	json_t *each;

	if (!json_is_array(list))
		return error_set(err, E_INPUT,
			SAY("the sign-in provider's keys cannot be read",
				"无法读取身份提供方的密钥"),
			"no JWK set");
	json_array_foreach(list, i, each) {
		if (k->n == MAX_PROVIDER_KEYS)
			return error_set(err, E_LIMIT,
				SAY("the sign-in provider has too many keys",
					"身份提供方的密钥过多"),
				"more than %d keys", (int)MAX_PROVIDER_KEYS);
		if (json_is_object(each) && add_key(k, each) != 0)
			return error_memory(err);
	}
	return 0;
}

int jwt_keys_read(struct jwt_keys **out, const char *json, size_t len, struct error *err)
{
	json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
	struct jwt_keys *k = calloc(1, sizeof(*k));
	int ret;

	ret = k == NULL ? error_memory(err) : add_keys(k, json_object_get(root, "keys"), err);
	json_decref(root);
	if (ret != 0) {
		jwt_keys_free(k);
		return -1;
	}
	*out = k;
	return 0;
}

/* ---- the signature ---- */

/* NULL: not an algorithm of ours. */
static const char *algorithm_of(const json_t *header, cjose_jwk_kty_t *type)
{
	const char *alg = text_of(header, "alg");

	for (size_t i = 0; alg != NULL && i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (strcmp(algorithms[i].name, alg) == 0) {
			*type = algorithms[i].type;
			return algorithms[i].name;
		}
	return NULL;
}

/* The key of this kid; without a kid, the only key that fits. */
static const struct key *key_of(
	const struct jwt_keys *k, const char *kid, const char *alg, cjose_jwk_kty_t type)
{
	const struct key *found = NULL;

	for (size_t i = 0; k != NULL && i < k->n; i++) {
		const struct key *at = &k->list[i];

		if (at->type != type || (at->alg != NULL && strcmp(at->alg, alg) != 0))
			continue;
		if (kid != NULL && at->kid != NULL && strcmp(at->kid, kid) == 0)
			return at;
		if (kid == NULL && found != NULL)
			return NULL;
		if (kid == NULL)
			found = at;
	}
	return found;
}

/* "at+jwt", with or without "application/": RFC 9068. */
static bool typed_access(const json_t *header)
{
	static const char prefix[] = "application/";
	const char *typ = text_of(header, "typ");

	if (typ == NULL)
		return false;
	if (strncasecmp(typ, prefix, sizeof(prefix) - 1) == 0)
		typ += sizeof(prefix) - 1;
	return strcasecmp(typ, "at+jwt") == 0;
}

/* An ID token is for the client, so a token for the client that does not say that it is an access token might be one. */
static const char *wrong_type(const json_t *header, const struct jwt_want *want)
{
	bool access = typed_access(header);

	if (want->nonce != NULL && access)
		return "an access token where an ID token is wanted";
	if (want->nonce == NULL && !access && strcmp(want->audience, want->client_id) == 0)
		return "not typed at+jwt, and its audience is that of ID tokens";
	return NULL;
}

static enum jwt_answer check_signature(cjose_jws_t *jws, const struct jwt_keys *keys,
	const struct jwt_want *want, const char **why)
{
	const json_t *header = (const json_t *)cjose_jws_get_protected(jws), *kid;
	cjose_jwk_kty_t type = CJOSE_JWK_KTY_OCT;
	const char *alg = algorithm_of(header, &type);
	const struct key *key;
	cjose_err err;

	*why = "an algorithm that is not taken";
	if (alg == NULL)
		return JWT_BAD;
	*why = "a critical extension";
	if (json_object_get(header, "crit") != NULL || json_object_get(header, "b64") != NULL)
		return JWT_BAD;
	*why = wrong_type(header, want);
	if (*why != NULL)
		return JWT_BAD;
	kid = json_object_get(header, "kid");
	*why = "a key's name that is no text";
	if (kid != NULL && !json_is_string(kid))
		return JWT_BAD;
	key = key_of(keys, json_string_value(kid), alg, type);
	*why = "an unknown key";
	if (key == NULL)
		return JWT_NEW_KEY;
	*why = "a signature that does not fit";
	return cjose_jws_verify(jws, key->jwk, &err) ? JWT_GOOD : JWT_BAD;
}

/* ---- the claims ---- */

static bool time_of(const json_t *claims, const char *key, int64_t *out)
{
	const json_t *n = json_object_get(claims, key);
	double v = json_number_value(n);

	if (!json_is_number(n) || !(v >= 0 && v < 1e15))
		return false;
	*out = json_is_integer(n) ? (int64_t)json_integer_value(n) : (int64_t)v;
	return true;
}

static const char *wrong_times(const json_t *claims, const struct jwt_want *want)
{
	int64_t exp, iat, nbf;

	if (!time_of(claims, "exp", &exp) || want->now_s >= exp + LEEWAY_S)
		return "expired";
	if (!time_of(claims, "iat", &iat) || iat > want->now_s + LEEWAY_S)
		return "issued in the future";
	if (want->nonce != NULL && iat < want->now_s - MAX_AGE_S)
		return "issued long ago";
	if (json_object_get(claims, "nbf") != NULL &&
		(!time_of(claims, "nbf", &nbf) || nbf > want->now_s + LEEWAY_S))
		return "not valid yet";
	return NULL;
}

static bool is_text(const json_t *v, const char *want)
{
	return json_is_string(v) && strcmp(json_string_value(v), want) == 0;
}

static const char *wrong_parties(const json_t *claims, const struct jwt_want *want)
{
	const json_t *aud = json_object_get(claims, "aud"), *azp = json_object_get(claims, "azp");
	const char *sub = text_of(claims, "sub");

	if (!is_text(json_object_get(claims, "iss"), want->issuer))
		return "another issuer";
	if (sub == NULL || sub[0] == '\0')
		return "no subject";
	if (!is_text(aud, want->audience) && !has_word(aud, want->audience))
		return "another audience";
	if (want->nonce == NULL)
		return NULL;
	if (azp != NULL && !is_text(azp, want->client_id))
		return "another authorised party";
	if (azp == NULL && json_array_size(aud) > 1)
		return "several audiences and no authorised party";
	return NULL;
}

/* OpenID Connect Core 3.1.3.6: the left half of the SHA-256 of the access token. */
static bool hash_fits(const char *hash, const char *access_token)
{
	const struct hash32 h = sha256(access_token, strlen(access_token));
	char *want = NULL;
	size_t len = 0;
	cjose_err err;
	bool ok = cjose_base64url_encode(h.at, sizeof(h.at) / 2, &want, &len, &err) &&
		  strlen(hash) == len && memcmp(want, hash, len) == 0;

	free(want);
	return ok;
}

static const char *wrong_sign_in(const json_t *claims, const struct jwt_want *want)
{
	const json_t *hash = json_object_get(claims, "at_hash");

	if (!is_text(json_object_get(claims, "nonce"), want->nonce))
		return "another nonce";
	if (hash != NULL && (want->access_token == NULL || !json_is_string(hash) ||
				    !hash_fits(json_string_value(hash), want->access_token)))
		return "another access token";
	return NULL;
}

static enum jwt_answer check_claims(
	cjose_jws_t *jws, const struct jwt_want *want, json_t **out, const char **why)
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	cjose_err err;
	json_t *claims = NULL;

	if (cjose_jws_get_plaintext(jws, &bytes, &len, &err)) /* borrowed */
		claims = json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES, NULL);
	*why = "no claims";
	if (json_is_object(claims)) {
		*why = wrong_parties(claims, want);
		if (*why == NULL)
			*why = wrong_times(claims, want);
		if (*why == NULL && want->nonce != NULL)
			*why = wrong_sign_in(claims, want);
	}
	if (*why != NULL) {
		json_decref(claims);
		return JWT_BAD;
	}
	*out = claims;
	return JWT_GOOD;
}

/* Three parts of base64url. */
static bool is_compact(const char *token)
{
	size_t parts = 0;

	for (;; token++) {
		size_t len = strcspn(token, ".");

		if (!is_base64url(token, len))
			return false;
		parts++;
		token += len;
		if (*token == '\0')
			return parts == 3;
	}
}

enum jwt_answer jwt_check(const char *token, const struct jwt_keys *keys,
	const struct jwt_want *want, json_t **claims, const char **why)
{
	size_t len = strnlen(token, MAX_TOKEN_BYTES + 1);
	enum jwt_answer answer;
	cjose_jws_t *jws;
	cjose_err err;

	*why = "no token";
	if (len > MAX_TOKEN_BYTES || !is_compact(token))
		return JWT_BAD;
	jws = cjose_jws_import(token, len, &err);
	if (jws == NULL)
		return JWT_BAD;
	answer = check_signature(jws, keys, want, why);
	if (answer == JWT_GOOD)
		answer = check_claims(jws, want, claims, why);
	cjose_jws_release(jws);
	return answer;
}
