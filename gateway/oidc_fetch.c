/*
 * oidc_fetch.c - what the provider is asked for: its description, its keys, tokens for a code; and where it
 * signs people in.
 */
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/oidc_in.h"

enum {
	MAX_FORM = 32 << 10,
	DESCRIBED_MS = 24 * 3600 * 1000, /* a description's life */
	KEYS_MS = 3600 * 1000,           /* the keys', unless the provider says */
	KEYS_MIN_MS = 60 * 1000
};

/* ---- the description ---- */

static bool read_address(
	const struct oidc *o, const json_t *root, const char *key, struct web_url *out)
{
	const char *s = json_string_value(json_object_get(root, key));

	return s != NULL && web_url_read(s, out) && (out->tls || o->loopback);
}

/* client_secret_basic is what RFC 8414 means where nothing is said. */
static bool only_in_body(const json_t *methods)
{
	bool body = false;
	size_t i;
	json_t *each;

	json_array_foreach(methods, i, each) {
		const char *s = json_string_value(each);

		if (s != NULL && strcmp(s, "client_secret_basic") == 0)
			return false;
		body = body || (s != NULL && strcmp(s, "client_secret_post") == 0);
	}
	return body;
}

static bool read_description(struct oidc *o, const struct fetched *got)
{
	json_t *root = got->status == 200 ? json_loadb(got->body, got->len, 0, NULL) : NULL;
	const char *issuer = json_string_value(json_object_get(root, "issuer"));
	bool ok = issuer != NULL && strcmp(issuer, o->config->issuer) == 0 &&
		  read_address(o, root, "authorization_endpoint", &o->authorize) &&
		  read_address(o, root, "token_endpoint", &o->tokens) &&
		  read_address(o, root, "jwks_uri", &o->jwks);

	o->says_issuer = json_is_true(
		json_object_get(root, "authorization_response_iss_parameter_supported"));
	o->secret_in_body =
		only_in_body(json_object_get(root, "token_endpoint_auth_methods_supported"));
	json_decref(root);
	return ok;
}

static void on_description(const struct fetched *got, void *arg)
{
	struct oidc *o = arg;

	o->describing = NULL;
	if (read_description(o, got)) {
		o->described_until_ms = clock_mono_ms() + DESCRIBED_MS;
	} else {
		o->described_until_ms = OIDC_NEVER;
		o->description_failed_ms = clock_mono_ms();
		log_line(LOG_WARNING, "sign-in provider: no description (status %d)", got->status);
	}
	oidc_step_all(o);
}

int oidc_describe(struct oidc *o, struct error *err)
{
	static const char known[] = "/.well-known/openid-configuration";
	size_t len = strlen(o->config->issuer);
	char address[MAX_URL + sizeof(known)];
	struct web_url url;

	if (len > 0 && o->config->issuer[len - 1] == '/')
		len--;
	snprintf(address, sizeof(address), "%.*s%s", (int)len, o->config->issuer, known);
	if (!web_url_read(address, &url))
		return error_set(
			err, E_INPUT, SAY("the issuer is not usable", "issuer 不可用"), "issuer");
	return fetch_start(&o->describing, o->fetcher, &(struct fetch_want){ .url = &url },
		on_description, o, err);
}

/* ---- the keys ---- */

static void on_keys(const struct fetched *got, void *arg)
{
	struct oidc *o = arg;
	struct jwt_keys *keys;
	struct error err = { 0 };
	int64_t life = got->max_age_s < 0 ? KEYS_MS : got->max_age_s * 1000;

	o->fetching = NULL;
	if (got->status == 200 && jwt_keys_read(&keys, got->body, got->len, &err) == 0) {
		jwt_keys_free(o->keys);
		o->keys = keys;
		life = life < KEYS_MIN_MS ? KEYS_MIN_MS : life > DESCRIBED_MS ? DESCRIBED_MS : life;
		o->keys_until_ms = clock_mono_ms() + life;
		log_line(LOG_INFO, "sign-in provider: %zu keys", jwt_keys_count(keys));
	} else {
		o->keys_failed_ms = clock_mono_ms();
		log_line(LOG_WARNING, "sign-in provider: no keys (status %d) %s", got->status,
			err.log);
	}
	oidc_step_all(o);
}

int oidc_fetch_keys(struct oidc *o, struct error *err)
{
	return fetch_start(
		&o->fetching, o->fetcher, &(struct fetch_want){ .url = &o->jwks }, on_keys, o, err);
}

/* ---- codes for tokens ---- */

static void add_field(struct text *t, const char *key, const char *value)
{
	char *encoded = evhttp_uriencode(value, -1, 0);

	if (encoded == NULL)
		t->failed = true;
	else
		text_addf(t, "%s%s=%s", t->len == 0 ? "" : "&", key, encoded);
	free_secret(encoded);
}

/* RFC 6749, 2.3.1: both parts are encoded first. */
static void write_basic(const struct oidc *o, struct text *out)
{
	char *id = evhttp_uriencode(o->config->client_id, -1, 0);
	char *secret = evhttp_uriencode(o->secret, -1, 0), *encoded;
	struct text pair;

	text_init(&pair, MAX_FORM);
	if (id != NULL && secret != NULL)
		text_addf(&pair, "%s:%s", id, secret);
	encoded = malloc(4 * ((pair.len + 2) / 3) + 1);
	if (encoded != NULL) {
		base64_encode(text_str(&pair), pair.len, encoded);
		text_addf(out, "Basic %s", encoded);
	}
	if (encoded == NULL || pair.len == 0)
		out->failed = true;
	free_secret(encoded);
	free_secret(secret);
	free(id);
	text_clear(&pair);
}

static void on_tokens(const struct fetched *got, void *arg)
{
	struct oidc_wait *w = arg;
	json_t *root = got->status == 200
			       ? json_loadb(got->body, got->len, JSON_REJECT_DUPLICATES, NULL)
			       : NULL;
	const char *id = json_string_value(json_object_get(root, "id_token"));
	const char *access = json_string_value(json_object_get(root, "access_token"));

	w->fetch = NULL;
	if (got->status == 400 || got->status == 401) {
		oidc_finish(w, OIDC_BAD, NULL, "the code is not taken");
	} else if (id == NULL) {
		oidc_finish(w, OIDC_AWAY, NULL, "no ID token");
	} else {
		w->token = strdup(id);
		w->access_token = access == NULL ? NULL : strdup(access);
		w->wants = WANTS_CHECK;
		if (w->token == NULL || (access != NULL && w->access_token == NULL))
			oidc_finish(w, OIDC_AWAY, NULL, "no memory");
		else
			oidc_step(w);
	}
	json_decref(root);
}

int oidc_redeem(struct oidc_wait *w, struct error *err)
{
	const struct oidc *o = w->o;
	struct text form, basic;
	struct fetch_want want = { .url = &o->tokens };
	int ret;

	text_init(&form, MAX_FORM);
	text_init(&basic, MAX_FORM);
	add_field(&form, "grant_type", "authorization_code");
	add_field(&form, "code", w->code);
	add_field(&form, "redirect_uri", o->config->redirect);
	add_field(&form, "code_verifier", w->verifier);
	if (o->secret == NULL || o->secret_in_body)
		add_field(&form, "client_id", o->config->client_id);
	if (o->secret != NULL && o->secret_in_body)
		add_field(&form, "client_secret", o->secret);
	else if (o->secret != NULL)
		write_basic(o, &basic);
	want.form = text_str(&form);
	want.authorization = basic.len > 0 ? text_str(&basic) : NULL;
	ret = text_failed(&form) || text_failed(&basic)
		      ? error_memory(err)
		      : fetch_start(&w->fetch, o->fetcher, &want, on_tokens, w, err);
	text_clear(&form);
	text_clear(&basic);
	return ret;
}

/* ---- where browsers are sent ---- */

static void add_path(struct text *out, const struct web_url *u)
{
	char origin[MAX_URL_HOST + 32];

	if (!web_url_origin(u, origin, sizeof(origin)))
		out->failed = true;
	else
		text_addf(out, "%s%s", origin, u->path);
}

void oidc_address(const struct oidc *o, const char *state, const char *nonce, const char *challenge,
	struct text *out)
{
	const bool more = strchr(o->authorize.path, '?') != NULL;
	const char *const fields[][2] = {
		{ "response_type", "code" },
		{ "client_id", o->config->client_id },
		{ "redirect_uri", o->config->redirect },
		{ "scope", "openid email profile" },
		{ "state", state },
		{ "nonce", nonce },
		{ "code_challenge", challenge },
		{ "code_challenge_method", "S256" },
	};
	struct text query;

	text_init(&query, MAX_FORM);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		add_field(&query, fields[i][0], fields[i][1]);
	add_path(out, &o->authorize);
	text_addf(out, "%s%s", more ? "&" : "?", text_str(&query));
	if (text_failed(&query))
		out->failed = true;
	text_clear(&query);
}
