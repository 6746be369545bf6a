/*
 * oidc.c - one description, one set of keys, and a list of those who wait for them or for their token.
 */
#include "gateway/oidc.h"

#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/secret.h"
#include "gateway/fetch.h"
#include "gateway/jwt.h"

enum {
	MAX_SECRET = 1 << 10,
	MAX_FORM = 32 << 10,
	DESCRIBED_MS = 24 * 3600 * 1000, /* a description's life */
	KEYS_MS = 3600 * 1000,           /* the keys', unless the provider says */
	KEYS_MIN_MS = 60 * 1000
};

enum wants {
	WANTS_READY,
	WANTS_CODE, /* to be changed into tokens */
	WANTS_CHECK /* of the token that is there */
};

struct oidc_wait {
	struct oidc *o;
	struct oidc_wait *next;
	enum wants wants;
	struct fetch *fetch; /* of its tokens */
	char *code, *verifier, *nonce;
	char *token, *access_token;
	bool tried; /* the newest keys have been fetched for it */
	oidc_done *done;
	void *arg;
};

struct oidc {
	const struct config_oidc *config;
	struct fetcher *fetcher;
	char *secret; /* or NULL */
	bool loopback;
	/* the description */
	struct fetch *describing;
	struct web_url authorize, tokens, jwks;
	bool says_issuer, secret_in_body;
	int64_t described_until_ms, description_failed_ms;
	/* the keys */
	struct fetch *fetching;
	struct jwt_keys *keys;
	int64_t keys_until_ms, keys_unknown_ms,
		keys_failed_ms; /* unknown: asked for one of these */
	struct oidc_wait *waiting;
	size_t n_waiting;
	struct event *turn; /* those who wait take a step, from the loop */
};

static void on_turn(evutil_socket_t fd, short what, void *arg);

static const int64_t never = -(INT64_C(1) << 60);

/* ---- the module ---- */

static int read_secret(struct oidc *o, struct error *err)
{
	uint8_t *bytes;
	size_t len;

	if (o->config->secret == NULL)
		return 0;
	if (file_read(o->config->secret, MAX_SECRET, &bytes, &len, err) != 0)
		return error_under(err, "oidc secret");
	o->secret = (char *)bytes;
	o->secret[strcspn(o->secret, "\r\n")] = '\0';
	if (o->secret[0] != '\0')
		return 0;
	return error_set(err, E_INPUT,
		SAY("the file with the client's secret is empty", "客户端密钥文件为空"),
		"\"%s\" is empty", o->config->secret);
}

int oidc_new(struct oidc **out, struct event_base *base, const struct config_oidc *config,
	struct error *err)
{
	struct oidc *o = calloc(1, sizeof(*o));
	struct web_url issuer;

	if (o == NULL)
		return error_memory(err);
	o->config = config;
	o->described_until_ms = o->description_failed_ms = never;
	o->keys_until_ms = o->keys_unknown_ms = o->keys_failed_ms = never;
	if (!web_url_read(config->issuer, &issuer)) {
		free(o);
		return error_set(
			err, E_INPUT, SAY("the issuer is not usable", "issuer 不可用"), "issuer");
	}
	o->loopback = !issuer.tls;
	o->turn = evtimer_new(base, on_turn, o);
	if (o->turn == NULL) {
		oidc_free(o);
		return error_memory(err);
	}
	if (read_secret(o, err) != 0 || fetcher_new(&o->fetcher, base, config->ca, err) != 0) {
		oidc_free(o);
		return -1;
	}
	*out = o;
	return 0;
}

static void free_secret(char *s)
{
	if (s != NULL)
		secret_wipe(s, strlen(s));
	free(s);
}

static void wait_free(struct oidc_wait *w)
{
	if (w->fetch != NULL)
		fetch_cancel(w->fetch);
	free_secret(w->code);
	free_secret(w->verifier);
	free(w->nonce);
	free_secret(w->token);
	free_secret(w->access_token);
	free(w);
}

static void unlist(struct oidc_wait *w)
{
	struct oidc_wait **at = &w->o->waiting;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	w->o->n_waiting--;
}

void oidc_drop(struct oidc_wait *w)
{
	unlist(w);
	wait_free(w);
}

void oidc_free(struct oidc *o)
{
	if (o == NULL)
		return;
	while (o->waiting != NULL)
		oidc_drop(o->waiting);
	if (o->describing != NULL)
		fetch_cancel(o->describing);
	if (o->fetching != NULL)
		fetch_cancel(o->fetching);
	if (o->turn != NULL)
		event_free(o->turn);
	fetcher_free(o->fetcher);
	jwt_keys_free(o->keys);
	free_secret(o->secret);
	free(o);
}

const struct config_oidc *oidc_config(const struct oidc *o)
{
	return o->config;
}

bool oidc_ready(const struct oidc *o)
{
	return clock_mono_ms() < o->described_until_ms;
}

/* ---- those who wait ---- */

static void step(struct oidc_wait *w);

static void finish(struct oidc_wait *w, enum oidc_answer a, const json_t *claims, const char *why)
{
	unlist(w); /* first: done may begin another */
	w->done(a, claims, why, w->arg);
	wait_free(w);
}

/* Everybody takes the next step. Those that begin meanwhile stand in front, and have taken theirs. */
static void step_all(struct oidc *o)
{
	struct oidc_wait *list[MAX_SIGNING_IN];
	size_t n = 0;

	for (struct oidc_wait *w = o->waiting; w != NULL; w = w->next)
		list[n++] = w;
	for (size_t i = 0; i < n; i++) {
		struct oidc_wait *w = o->waiting;

		while (w != NULL && w != list[i]) /* another's end may have dropped it */
			w = w->next;
		if (w != NULL && w->fetch == NULL)
			step(w);
	}
}

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
		o->described_until_ms = never;
		o->description_failed_ms = clock_mono_ms();
		log_line(LOG_WARNING, "sign-in provider: no description (status %d)", got->status);
	}
	step_all(o);
}

static int describe(struct oidc *o, struct error *err)
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
	step_all(o);
}

static bool keys_fresh(const struct oidc *o)
{
	return o->keys != NULL && clock_mono_ms() < o->keys_until_ms;
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
		finish(w, OIDC_BAD, NULL, "the code is not taken");
	} else if (id == NULL) {
		finish(w, OIDC_AWAY, NULL, "no ID token");
	} else {
		w->token = strdup(id);
		w->access_token = access == NULL ? NULL : strdup(access);
		w->wants = WANTS_CHECK;
		if (w->token == NULL || (access != NULL && w->access_token == NULL))
			finish(w, OIDC_AWAY, NULL, "no memory");
		else
			step(w);
	}
	json_decref(root);
}

static int redeem(struct oidc_wait *w, struct error *err)
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

/* ---- steps ---- */

static struct jwt_want want_of(const struct oidc *o, const struct oidc_wait *w)
{
	bool sign_in = w != NULL && w->nonce != NULL;

	return (struct jwt_want){ .issuer = o->config->issuer,
		.audience = sign_in ? o->config->client_id : o->config->audience,
		.client_id = o->config->client_id,
		.now_s = clock_wall_ms() / 1000,
		.nonce = sign_in ? w->nonce : NULL,
		.access_token = w == NULL ? NULL : w->access_token };
}

static bool lately(int64_t when_ms, int64_t within_ms)
{
	return clock_mono_ms() - when_ms < within_ms;
}

/* Fetches the keys for w, or says that there is no use in it. */
static void step_keys(struct oidc_wait *w, bool unknown)
{
	struct oidc *o = w->o;
	struct error err;

	if (o->fetching != NULL) {
		w->tried = true;
		return;
	}
	if (w->tried || (unknown && lately(o->keys_unknown_ms, REFETCH_MS))) {
		finish(w, unknown ? OIDC_BAD : OIDC_AWAY, NULL,
			unknown ? "an unknown key" : "no keys");
		return;
	}
	if (lately(o->keys_failed_ms, RETRY_MS)) {
		finish(w, OIDC_AWAY, NULL, "no keys");
		return;
	}
	w->tried = true;
	if (unknown)
		o->keys_unknown_ms = clock_mono_ms();
	if (fetch_start(&o->fetching, o->fetcher, &(struct fetch_want){ .url = &o->jwks }, on_keys,
		    o, &err) != 0)
		finish(w, OIDC_AWAY, NULL, "no memory");
}

static void step_check(struct oidc_wait *w)
{
	const struct jwt_want want = want_of(w->o, w);
	enum jwt_answer a;
	json_t *claims = NULL;
	const char *why;

	if (!keys_fresh(w->o)) {
		step_keys(w, false);
		return;
	}
	a = jwt_check(w->token, w->o->keys, &want, &claims, &why);
	if (a == JWT_NEW_KEY) {
		step_keys(w, true);
		return;
	}
	finish(w, a == JWT_GOOD ? OIDC_GOOD : OIDC_BAD, claims, why);
	json_decref(claims);
}

static void step(struct oidc_wait *w)
{
	struct oidc *o = w->o;
	struct error err;

	if (!oidc_ready(o)) {
		if (o->describing != NULL)
			return;
		if (lately(o->description_failed_ms, RETRY_MS) || describe(o, &err) != 0)
			finish(w, OIDC_AWAY, NULL, "no description");
	} else if (w->wants == WANTS_READY) {
		finish(w, OIDC_GOOD, NULL, NULL);
	} else if (w->wants == WANTS_CODE) {
		if (redeem(w, &err) != 0)
			finish(w, OIDC_AWAY, NULL, "no memory");
	} else {
		step_check(w);
	}
}

/* ---- beginning ---- */

/* So that `done` is never called from within a beginning. */
static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	step_all(arg);
}

static char *copy_of(const char *s)
{
	return s == NULL ? NULL : strdup(s);
}

static int begin(
	struct oidc_wait **out, struct oidc *o, const struct oidc_wait *like, struct error *err)
{
	const struct timeval now = { 0, 0 };
	struct oidc_wait *w = o->n_waiting < MAX_SIGNING_IN ? calloc(1, sizeof(*w)) : NULL;

	if (o->n_waiting >= MAX_SIGNING_IN)
		return error_set(err, E_LIMIT,
			SAY("many are signing in just now; try again in a moment",
				"当前登录人数较多，请稍后再试"),
			"%d wait for the provider", (int)MAX_SIGNING_IN);
	if (w == NULL)
		return error_memory(err);
	*w = (struct oidc_wait){ .o = o,
		.wants = like->wants,
		.code = copy_of(like->code),
		.verifier = copy_of(like->verifier),
		.nonce = copy_of(like->nonce),
		.token = copy_of(like->token),
		.done = like->done,
		.arg = like->arg };
	if ((like->code != NULL && w->code == NULL) ||
		(like->verifier != NULL && w->verifier == NULL) ||
		(like->nonce != NULL && w->nonce == NULL) ||
		(like->token != NULL && w->token == NULL) || event_add(o->turn, &now) != 0) {
		wait_free(w);
		return error_memory(err);
	}
	w->next = o->waiting;
	o->waiting = w;
	o->n_waiting++;
	*out = w;
	return 0;
}

int oidc_wait_ready(
	struct oidc_wait **out, struct oidc *o, oidc_done *done, void *arg, struct error *err)
{
	return begin(
		out, o, &(struct oidc_wait){ .wants = WANTS_READY, .done = done, .arg = arg }, err);
}

int oidc_wait_code(struct oidc_wait **out, struct oidc *o, const char *code, const char *verifier,
	const char *nonce, oidc_done *done, void *arg, struct error *err)
{
	/* copied by begin() */
	const struct oidc_wait like = { .wants = WANTS_CODE,
		.code = (char *)(uintptr_t)code,
		.verifier = (char *)(uintptr_t)verifier,
		.nonce = (char *)(uintptr_t)nonce,
		.done = done,
		.arg = arg };

	return begin(out, o, &like, err);
}

int oidc_wait_token(struct oidc_wait **out, struct oidc *o, const char *token, oidc_done *done,
	void *arg, struct error *err)
{
	const struct oidc_wait like = {
		.wants = WANTS_CHECK, .token = (char *)(uintptr_t)token, .done = done, .arg = arg
	};

	return begin(out, o, &like, err);
}

/* ---- what needs no waiting ---- */

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

bool oidc_same_issuer(const struct oidc *o, const char *iss)
{
	if (!oidc_ready(o))
		return false;
	return iss == NULL ? !o->says_issuer : strcmp(iss, o->config->issuer) == 0;
}

enum oidc_answer oidc_token(
	const struct oidc *o, const char *token, json_t **claims, const char **why)
{
	const struct jwt_want want = want_of(o, NULL);
	enum jwt_answer a;

	*why = "no keys yet";
	if (!oidc_ready(o) || !keys_fresh(o))
		return OIDC_LATER;
	a = jwt_check(token, o->keys, &want, claims, why);
	if (a == JWT_NEW_KEY)
		return lately(o->keys_unknown_ms, REFETCH_MS) && o->fetching == NULL ? OIDC_BAD
										     : OIDC_LATER;
	return a == JWT_GOOD ? OIDC_GOOD : OIDC_BAD;
}

static bool names(const json_t *v, const char *word)
{
	size_t i;
	json_t *each;

	if (json_is_string(v))
		return strcmp(json_string_value(v), word) == 0;
	json_array_foreach(v, i, each)
		if (json_is_string(each) && strcmp(json_string_value(each), word) == 0)
			return true;
	return false;
}

const char *oidc_person(
	const struct oidc *o, const json_t *claims, char account[MAX_NAME + 1], enum role *mapped)
{
	const struct config_oidc *c = o->config;
	const json_t *name = json_object_get(claims, c->account), *groups;

	*mapped = ROLE_NONE;
	if (!json_is_string(name))
		return "no claim with an account";
	if (strcmp(c->account, "email") == 0 &&
		!json_is_true(json_object_get(claims, "email_verified")))
		return "an e-mail address that is not verified";
	if (!account_valid(json_string_value(name)) ||
		!text_copy(account, MAX_NAME + 1, json_string_value(name)))
		return "a name that is no account";
	groups = c->claim == NULL ? NULL : json_object_get(claims, c->claim);
	for (size_t i = 0; i < c->n_groups && *mapped == ROLE_NONE; i++)
		if (names(groups, c->groups[i].name))
			*mapped = c->groups[i].role;
	return NULL;
}
