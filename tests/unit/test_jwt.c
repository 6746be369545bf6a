/*
 * test_jwt.c - a token of the provider with each of its checks broken once.
 */
#include "gateway/jwt.h"

#include "base/limits.h"
#include "tests/unit/provider.h"

#define ISSUER "https://id.example"
#define NOW    1800000000

static struct error err;
static cjose_jwk_t *rsa, *ec, *other;
static struct jwt_keys *keys;
static const char *why;
static json_t *claims;

static struct jwt_keys *read_keys(cjose_jwk_t *const *list, size_t n)
{
	char *text = jwks_of(list, n);
	struct jwt_keys *k;

	OK(jwt_keys_read(&k, text, strlen(text), &err));
	free(text);
	return k;
}

static void begin(void)
{
	rsa = new_rsa(2048, "r1");
	ec = new_ec(CJOSE_JWK_EC_P_256, "e1");
	other = new_ec(CJOSE_JWK_EC_P_256, "e1");
	keys = read_keys((cjose_jwk_t *[]){ rsa, ec }, 2);
	ck_assert_uint_eq(jwt_keys_count(keys), 2);
}

static void end(void)
{
	jwt_keys_free(keys);
	cjose_jwk_release(rsa);
	cjose_jwk_release(ec);
	cjose_jwk_release(other);
}

static json_t *id_claims(void)
{
	return json_pack("{s:s,s:s,s:s,s:i,s:i,s:s,s:s}", "iss", ISSUER, "sub", "li", "aud",
		"cordon", "exp", NOW + 300, "iat", NOW, "nonce", "n-1", "email",
		"li@renmin.example");
}

static const struct jwt_want id_want = { ISSUER, "cordon", "cordon", NOW, "n-1", NULL };
static const struct jwt_want api_want = { ISSUER, "urn:api", "cordon", NOW, NULL, NULL };

static enum jwt_answer check(const char *token, const struct jwt_want *want)
{
	enum jwt_answer a = jwt_check(token, keys, want, &claims, &why);

	if (a == JWT_GOOD)
		json_decref(claims);
	else
		ck_assert_str_ne(why, "");
	return a;
}

/* An ID token with one claim set to a value (stolen; NULL: taken away). */
static enum jwt_answer with(const char *key, json_t *value)
{
	json_t *c = id_claims();
	enum jwt_answer a;

	if (value == NULL)
		json_object_del(c, key);
	else
		json_object_set_new(c, key, value);
	a = check(sign_with(ec, "ES256", "e1", NULL, c), &id_want);
	json_decref(c);
	return a;
}

START_TEST(each_algorithm_of_ours_is_taken)
{
	json_t *c = id_claims();

	begin();
	ck_assert_int_eq(check(sign_with(rsa, "RS256", "r1", "JWT", c), &id_want), JWT_GOOD);
	ck_assert_int_eq(check(sign_with(rsa, "PS256", "r1", NULL, c), &id_want), JWT_GOOD);
	ck_assert_int_eq(check(sign_with(ec, "ES256", "e1", NULL, c), &id_want), JWT_GOOD);
	/* without a kid: one key fits */
	ck_assert_int_eq(check(sign_with(ec, "ES256", NULL, NULL, c), &id_want), JWT_GOOD);
	json_decref(c);
	end();
}
END_TEST

START_TEST(no_other_algorithm_is)
{
	json_t *c = id_claims();
	char *public;
	cjose_jwk_t *hmac;
	cjose_err e;

	begin();
	ck_assert_int_eq(
		check(unsigned_token("{\"alg\":\"none\",\"kid\":\"e1\"}", c, ""), &id_want),
		JWT_BAD);
	ck_assert_int_eq(
		check(unsigned_token("{\"alg\":\"None\",\"kid\":\"e1\"}", c, ""), &id_want),
		JWT_BAD);
	ck_assert_int_eq(check(unsigned_token("{\"kid\":\"e1\"}", c, ""), &id_want), JWT_BAD);
	ck_assert_int_eq(
		check(unsigned_token("{\"alg\":7,\"kid\":\"e1\"}", c, "AAAA"), &id_want), JWT_BAD);
	/* what is public is no secret */
	public = cjose_jwk_to_json(rsa, false, &e);
	hmac = cjose_jwk_create_oct_spec((const uint8_t *)public, strlen(public), &e);
	ck_assert_int_eq(check(sign_with(hmac, "HS256", "r1", NULL, c), &id_want), JWT_BAD);
	cjose_jwk_release(hmac);
	free(public);
	ck_assert_int_eq(check(sign_with(rsa, "RS512", "r1", NULL, c), &id_want), JWT_BAD);
	json_decref(c);
	end();
}
END_TEST

START_TEST(the_key_fits_the_algorithm_and_is_the_providers)
{
	json_t *c = id_claims();
	char broken[8192];

	begin();
	/* the kid of a key of another type */
	ck_assert_int_eq(check(sign_with(rsa, "RS256", "e1", NULL, c), &id_want), JWT_NEW_KEY);
	ck_assert_int_eq(check(sign_with(ec, "ES256", "r1", NULL, c), &id_want), JWT_NEW_KEY);
	/* somebody's own key under the provider's kid */
	ck_assert_int_eq(check(sign_with(other, "ES256", "e1", NULL, c), &id_want), JWT_BAD);
	ck_assert_int_eq(check(sign_with(other, "ES256", "e2", NULL, c), &id_want), JWT_NEW_KEY);
	snprintf(broken, sizeof(broken), "%s", sign_with(ec, "ES256", "e1", NULL, c));
	broken[strlen(broken) - 10] ^= 1;
	ck_assert_int_eq(check(broken, &id_want), JWT_BAD);
	ck_assert_int_eq(check(unsigned_token("{\"alg\":\"ES256\",\"kid\":\"e1\",\"crit\":[\"x\"]}",
				       c, "AAAA"),
				 &id_want),
		JWT_BAD);
	ck_assert_int_eq(
		jwt_check(sign_with(ec, "ES256", "e1", NULL, c), NULL, &id_want, &claims, &why),
		JWT_NEW_KEY);
	json_decref(c);
	end();
}
END_TEST

START_TEST(after_a_rotation_the_old_key_is_unknown)
{
	json_t *c = id_claims();
	const char *old;
	cjose_jwk_t *fresh;

	begin();
	old = sign_with(ec, "ES256", "e1", NULL, c);
	ck_assert_int_eq(check(old, &id_want), JWT_GOOD);
	fresh = new_ec(CJOSE_JWK_EC_P_256, "e2");
	ck_assert_int_eq(check(sign_with(fresh, "ES256", "e2", NULL, c), &id_want), JWT_NEW_KEY);
	jwt_keys_free(keys);
	keys = read_keys((cjose_jwk_t *[]){ fresh }, 1);
	ck_assert_int_eq(check(sign_with(fresh, "ES256", "e2", NULL, c), &id_want), JWT_GOOD);
	ck_assert_int_eq(check(old, &id_want), JWT_NEW_KEY);
	cjose_jwk_release(fresh);
	json_decref(c);
	end();
}
END_TEST

START_TEST(every_claim_is_checked)
{
	begin();
	ck_assert_int_eq(with("x", json_true()), JWT_GOOD);
	ck_assert_int_eq(with("iss", json_string(ISSUER "/")), JWT_BAD);
	ck_assert_int_eq(with("iss", NULL), JWT_BAD);
	ck_assert_int_eq(with("aud", json_string("another")), JWT_BAD);
	ck_assert_int_eq(with("aud", NULL), JWT_BAD);
	ck_assert_int_eq(with("aud", json_pack("[s]", "cordon")), JWT_GOOD);
	ck_assert_int_eq(
		with("aud", json_pack("[s,s]", "cordon", "another")), JWT_BAD); /* and no azp */
	ck_assert_int_eq(with("azp", json_string("cordon")), JWT_GOOD);
	ck_assert_int_eq(with("azp", json_string("another")), JWT_BAD);
	ck_assert_int_eq(with("sub", NULL), JWT_BAD);
	ck_assert_int_eq(with("sub", json_string("")), JWT_BAD);
	ck_assert_int_eq(with("exp", json_integer(NOW - 59)), JWT_GOOD);
	ck_assert_int_eq(with("exp", json_integer(NOW - 60)), JWT_BAD);
	ck_assert_int_eq(with("exp", NULL), JWT_BAD);
	ck_assert_int_eq(with("exp", json_string("9999999999")), JWT_BAD);
	ck_assert_int_eq(with("exp", json_real(1e300)), JWT_BAD);
	ck_assert_int_eq(with("iat", json_integer(NOW + 61)), JWT_BAD);
	ck_assert_int_eq(with("iat", json_integer(NOW - 86401)), JWT_BAD);
	ck_assert_int_eq(with("iat", NULL), JWT_BAD);
	ck_assert_int_eq(with("nbf", json_integer(NOW + 61)), JWT_BAD);
	ck_assert_int_eq(with("nbf", json_integer(NOW)), JWT_GOOD);
	ck_assert_int_eq(with("nonce", json_string("n-2")), JWT_BAD);
	ck_assert_int_eq(with("nonce", NULL), JWT_BAD);
	ck_assert_int_eq(with("nonce", json_integer(1)), JWT_BAD);
	end();
}
END_TEST

START_TEST(at_hash_ties_the_access_token_when_it_is_there)
{
	struct jwt_want want = id_want;
	json_t *c = id_claims();
	char *hash = at_hash("access");

	begin();
	json_object_set_new(c, "at_hash", json_string(hash));
	want.access_token = "access";
	ck_assert_int_eq(check(sign_with(ec, "ES256", "e1", NULL, c), &want), JWT_GOOD);
	want.access_token = "another";
	ck_assert_int_eq(check(sign_with(ec, "ES256", "e1", NULL, c), &want), JWT_BAD);
	want.access_token = NULL;
	ck_assert_int_eq(check(sign_with(ec, "ES256", "e1", NULL, c), &want), JWT_BAD);
	free(hash);
	json_decref(c);
	end();
}
END_TEST

START_TEST(one_kind_of_token_is_never_taken_for_the_other)
{
	struct jwt_want same = { ISSUER, "cordon", "cordon", NOW, NULL, NULL };
	json_t *c = id_claims();

	begin();
	/* where both kinds are for the client, only the type tells */
	ck_assert_int_eq(check(sign_with(ec, "ES256", "e1", NULL, c), &same), JWT_BAD);
	ck_assert_int_eq(check(sign_with(ec, "ES256", "e1", "JWT", c), &same), JWT_BAD);
	ck_assert_int_eq(check(sign_with(ec, "ES256", "e1", "at+jwt", c), &same), JWT_GOOD);
	ck_assert_int_eq(
		check(sign_with(ec, "ES256", "e1", "application/AT+JWT", c), &same), JWT_GOOD);
	ck_assert_int_eq(check(sign_with(ec, "ES256", "e1", "at+jwt", c), &id_want), JWT_BAD);
	/* an audience of its own */
	ck_assert_int_eq(check(sign_with(ec, "ES256", "e1", "JWT", c), &api_want), JWT_BAD);
	json_object_set_new(c, "aud", json_string("urn:api"));
	ck_assert_int_eq(check(sign_with(ec, "ES256", "e1", "JWT", c), &api_want), JWT_GOOD);
	json_decref(c);
	end();
}
END_TEST

START_TEST(weak_private_and_foreign_keys_are_left_out)
{
	cjose_jwk_t *weak = new_rsa(1024, "w"), *curve = new_ec(CJOSE_JWK_EC_P_384, "c");
	struct jwt_keys *k = read_keys((cjose_jwk_t *[]){ weak, curve }, 2);
	static const char *const odd[] = {
		"{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"},{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
		"\"x\":\"AA\"},7,null,{}]}",
		"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}]}",
	};
	static const char *const none[] = { "", "[]", "{\"keys\":{}}", "{\"keys\":1,\"keys\":[]}",
		"{}" };
	json_t *private;
	char *text;
	cjose_err e;

	ck_assert_uint_eq(jwt_keys_count(k), 0);
	jwt_keys_free(k);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		OK(jwt_keys_read(&k, odd[i], strlen(odd[i]), &err));
		ck_assert_uint_eq(jwt_keys_count(k), 0);
		jwt_keys_free(k);
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		FAILS(jwt_keys_read(&k, none[i], strlen(none[i]), &err), E_INPUT);
	/* who publishes a private key has lost it; and a key for encrypting signs nothing */
	begin();
	text = cjose_jwk_to_json(ec, true, &e);
	private = json_pack("{s:[o]}", "keys", json_loads(text, 0, NULL));
	free(text);
	text = json_dumps(private, 0);
	OK(jwt_keys_read(&k, text, strlen(text), &err));
	ck_assert_uint_eq(jwt_keys_count(k), 0);
	jwt_keys_free(k);
	free(text);
	json_object_del(json_array_get(json_object_get(private, "keys"), 0), "d");
	json_object_set_new(
		json_array_get(json_object_get(private, "keys"), 0), "use", json_string("enc"));
	text = json_dumps(private, 0);
	OK(jwt_keys_read(&k, text, strlen(text), &err));
	ck_assert_uint_eq(jwt_keys_count(k), 0);
	jwt_keys_free(k);
	free(text);
	json_decref(private);
	end();
	cjose_jwk_release(weak);
	cjose_jwk_release(curve);
}
END_TEST

START_TEST(what_is_no_token_is_refused)
{
	static const char *const odd[] = { "", ".", "..", "...", "a.b.c", "e30.e30.e30", "e30..",
		"..e30", "eyJhbGciOiJFUzI1NiJ9.e30.",
		"eyJhbGciOiJFUzI1NiIsImtpZCI6ImUxIn0.W10.AAAA", "\xff\xfe.\xff.\xff" };
	char *long_one = calloc(1, MAX_TOKEN_BYTES + 100);

	begin();
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		ck_assert_int_ne(check(odd[i], &id_want), JWT_GOOD);
	memset(long_one, 'a', MAX_TOKEN_BYTES + 50);
	ck_assert_int_eq(check(long_one, &id_want), JWT_BAD);
	free(long_one);
	end();
}
END_TEST

START_TEST(base64url_that_cannot_be_ends_nothing)
{
	static const char *const tokens[] = { "eyJhbGciOiJFUzI1NiJ9.e30.AAA=3", "eyJhbGciOiJFUzI1NiJ9.e30.A",
		"eyJhbGciOiJFUzI1NiJ9.e30AA.AAAA", "eyJhb.e30.AAAA", "A=B.A=B.A=B", "..", "e30.e30",
		"e30.e30.e30.e30", "e30. .e30", "" };
	static const char set[] = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"A=B\",\"y\":\"A\"},"
				  "{\"kty\":\"RSA\",\"n\":\"AAAAA\",\"e\":\"AQAB\"},{\"kty\":\"RSA\",\"n\":1}]}";
	struct jwt_keys *k;

	begin();
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
		ck_assert_int_eq(check(tokens[i], &id_want), JWT_BAD);
	OK(jwt_keys_read(&k, set, sizeof(set) - 1, &err));
	ck_assert_uint_eq(jwt_keys_count(k), 0);
	jwt_keys_free(k);
	end();
}
END_TEST

UNIT_MAIN("jwt", each_algorithm_of_ours_is_taken, no_other_algorithm_is,
	the_key_fits_the_algorithm_and_is_the_providers, after_a_rotation_the_old_key_is_unknown,
	every_claim_is_checked, at_hash_ties_the_access_token_when_it_is_there,
	one_kind_of_token_is_never_taken_for_the_other, weak_private_and_foreign_keys_are_left_out,
	what_is_no_token_is_refused,
	base64url_that_cannot_be_ends_nothing)
