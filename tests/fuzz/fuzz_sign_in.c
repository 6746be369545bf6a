/*
 * fuzz_sign_in.c - what a browser, a program or the sign-in provider sends before anybody is signed in: tokens, keys, the
 * cookie header and the cookie of a trip, addresses. The first byte says which. Promises: no crash; a token that is good
 * is one of the two that were signed, to the letter; a trip that is read is the one that was begun, and leads to a page of
 * this gateway; an address that is taken is https or this machine itself.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/flow.h"
#include "gateway/jwt.h"
#include "gateway/web_url.h"
#include "tests/fuzz/fuzz.h"

enum {
	NOW_S = 1800000000,
	NOW_MS = 1000000
};

/* A key of nobody's, and what it signed. */
#define KEYS                                                                                       \
	"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"e1\",\"use\":\"sig\","             \
	"\"x\":\"K1LUk6SJFXL69A1zfGzpjCNQDxqMRLUymkCjUf7yxtQ\","                                   \
	"\"y\":\"dDvnxD-nIA1XUmKKPwVu2hAxL4ngbeP5jEycJK80E3w\"}]}"
#define ID_TOKEN                                                                                   \
	"eyJhbGciOiJFUzI1NiIsImtpZCI6ImUxIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJzdWIiOiJsaSIs" \
	"ImF1ZCI6WyJjb3Jkb24iXSwiYXpwIjoiY29yZG9uIiwiZXhwIjoxODAwMDAwMzAwLCJpYXQiOjE4MDAwMDAwMDAs" \
	"Im5iZiI6MTc5OTk5OTk5OSwibm9uY2UiOiJuLTEiLCJlbWFpbCI6ImxpQHJlbm1pbi5leGFtcGxlIn0.rjmTQWAP" \
	"oFyiAwrEZZXSp2DxoyLH9ZLgW8N45tYXGfOeeSPiSGA8cY1moGXfgTOZREcxJNhbjo68aSStXm_kdQ"
#define ACCESS_TOKEN                                                                               \
	"eyJhbGciOiJFUzI1NiIsImtpZCI6ImUxIiwidHlwIjoiYXQrand0In0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1w" \
	"bGUiLCJzdWIiOiJsaSIsImF1ZCI6InVybjphcGkiLCJhenAiOiJjb3Jkb24iLCJleHAiOjE4MDAwMDAzMDAsImlh" \
	"dCI6MTgwMDAwMDAwMCwibmJmIjoxNzk5OTk5OTk5LCJlbWFpbCI6ImxpQHJlbm1pbi5leGFtcGxlIiwic2NvcGUi" \
	"OiJjb3Jkb246YXNrIn0.Qcbx9QG8e8BIpRark7cNuF2pN2jkKhCveZvbESOg8BrMQ1T_Iac0ryhgnQklpF8avEZ4" \
	"JK6d_wRbPBIA2oAI2A"

static const struct jwt_want id_want = { "https://id.example", "cordon", "cordon", NOW_S, "n-1",
	NULL };
static const struct jwt_want access_want = { "https://id.example", "urn:api", "cordon", NOW_S, NULL,
	NULL };
static const struct key32 key = { { 7 } };

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* ---- tokens and keys ---- */

static const struct jwt_keys *the_keys(void)
{
	static struct jwt_keys *keys;
	struct error err;

	if (keys == NULL)
		must(jwt_keys_read(&keys, KEYS, sizeof(KEYS) - 1, &err) == 0 &&
			jwt_keys_count(keys) == 1);
	return keys;
}

static enum jwt_answer check(
	const char *token, const struct jwt_keys *keys, const struct jwt_want *want)
{
	json_t *claims = NULL;
	const char *why = NULL;
	enum jwt_answer a = jwt_check(token, keys, want, &claims, &why);

	if (a == JWT_GOOD) {
		must(json_is_object(claims));
		json_decref(claims);
	} else {
		must(why != NULL && why[0] != '\0' && claims == NULL);
	}
	return a;
}

/* Header and claims, which the signature is of. */
static bool same_but_signature(const char *token, const char *signed_one)
{
	return strncmp(token, signed_one, (size_t)(strrchr(signed_one, '.') - signed_one) + 1) == 0;
}

static void fuzz_token(const char *token)
{
	if (check(token, the_keys(), &id_want) == JWT_GOOD)
		must(same_but_signature(token, ID_TOKEN));
	if (check(token, the_keys(), &access_want) == JWT_GOOD)
		must(same_but_signature(token, ACCESS_TOKEN));
	must(check(token, NULL, &id_want) != JWT_GOOD);
}

static void fuzz_keys(const char *json, size_t len)
{
	struct jwt_keys *keys;
	struct error err = { .code = E_NONE };

	if (jwt_keys_read(&keys, json, len, &err) != 0) {
		must(err.code != E_NONE && err.say.en[0] != '\0' && err.say.zh[0] != '\0');
		return;
	}
	(void)check(ID_TOKEN, keys, &id_want);
	must(check(ID_TOKEN, keys, &access_want) != JWT_GOOD);
	jwt_keys_free(keys);
}

/* ---- cookies ---- */

/* Of the one trip that was begun. */
static const char *the_cookie(void)
{
	static char cookie[FLOW_COOKIE];
	struct flow f;
	struct error err;

	if (cookie[0] == '\0')
		must(flow_new(&key, "/questions/q-1?x=1", NOW_MS, &f, cookie, &err) == 0);
	return cookie;
}

static void fuzz_trip(const char *cookie)
{
	struct flow want, f;

	must(flow_read(&key, the_cookie(), NOW_MS, &want));
	if (!flow_read(&key, cookie, NOW_MS, &f))
		return;
	must(flow_local(f.to) && strcmp(f.to, want.to) == 0);
	must(strcmp(f.state, want.state) == 0 && strcmp(f.verifier, want.verifier) == 0);
}

static void fuzz_header(const char *header)
{
	static const size_t sizes[] = { 1, 8, FLOW_COOKIE };
	char *out;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		out = malloc(sizes[i]); /* of exactly its size */
		must(out != NULL);
		if (cookie_find(header, "a", out, sizes[i]))
			must(strlen(out) < sizes[i] && strchr(out, ';') == NULL);
		free(out);
	}
}

/* ---- addresses ---- */

static void fuzz_url(const char *s)
{
	char origin[MAX_URL_HOST + 32], host[MAX_URL_HOST + 32];
	struct web_url u, again;

	(void)flow_local(s);
	if (!web_url_read(s, &u))
		return;
	must((u.tls || u.loopback) && u.port > 0 && u.host[0] != '\0' && u.path[0] != '\0');
	must(strpbrk(u.host, " \r\n\t\"<>") == NULL && strpbrk(u.path, " \r\n\t\"<>") == NULL);
	if (web_url_host(&u, host, sizeof(host)) && web_url_origin(&u, origin, sizeof(origin)))
		must(web_url_read(origin, &again) && again.tls == u.tls && again.port == u.port &&
			strcmp(again.host, u.host) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	text = malloc(size);
	must(text != NULL);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	switch ((uint8_t)(data[0] - '0') % 5) {
	case 0:
		fuzz_token(text);
		break;
	case 1:
		fuzz_keys(text, size - 1);
		break;
	case 2:
		fuzz_header(text);
		break;
	case 3:
		fuzz_trip(text);
		break;
	default:
		fuzz_url(text);
		break;
	}
	free(text);
	return 0;
}

static const char *const seeds[] = {
	"0" ID_TOKEN,
	"0" ACCESS_TOKEN,
	"1" KEYS,
	"1{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"},{\"kty\":\"oct\",\"k\":\"AA\"}"
	"]}",
	"2a=1; b=\"2\"; __Host-cordon=00ff;a =3",
	"4https://id.example:8443/authorize?x=%20#f",
	"4http://[::1]:80/",
	"4/questions?to=//x",
};

size_t fuzz_seed(size_t i, uint8_t *out, size_t room)
{
	const size_t n = sizeof(seeds) / sizeof(seeds[0]);
	const char *s = i < n ? seeds[i] : i == n ? the_cookie() : "";
	size_t len = strlen(s), mark = i == n ? 1 : 0;

	if (len == 0 || len + mark > room)
		return 0;
	out[0] = '3'; /* of the cookie; the others begin with theirs */
	memcpy(out + mark, s, len);
	return len + mark;
}
