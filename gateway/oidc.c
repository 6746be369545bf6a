/*
 * oidc.c - one description, one set of keys, and a list of those who wait for them or for their token.
 */
#include "gateway/oidc_in.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"

enum {
	MAX_SECRET = 1 << 10
};

static void on_turn(evutil_socket_t fd, short what, void *arg);

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
	o->described_until_ms = o->description_failed_ms = OIDC_NEVER;
	o->keys_until_ms = o->keys_unknown_ms = o->keys_failed_ms = OIDC_NEVER;
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

void oidc_finish(struct oidc_wait *w, enum oidc_answer a, const json_t *claims, const char *why)
{
	unlist(w); /* first: done may begin another */
	w->done(a, claims, why, w->arg);
	wait_free(w);
}

/* Everybody takes the next step. Those that begin meanwhile stand in front, and have taken theirs. */
void oidc_step_all(struct oidc *o)
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
			oidc_step(w);
	}
}

/* ---- steps ---- */

static bool keys_fresh(const struct oidc *o)
{
	return o->keys != NULL && clock_mono_ms() < o->keys_until_ms;
}

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
		oidc_finish(w, unknown ? OIDC_BAD : OIDC_AWAY, NULL,
			unknown ? "an unknown key" : "no keys");
		return;
	}
	if (lately(o->keys_failed_ms, RETRY_MS)) {
		oidc_finish(w, OIDC_AWAY, NULL, "no keys");
		return;
	}
	w->tried = true;
	if (unknown)
		o->keys_unknown_ms = clock_mono_ms();
	if (oidc_fetch_keys(o, &err) != 0)
		oidc_finish(w, OIDC_AWAY, NULL, "no memory");
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
	oidc_finish(w, a == JWT_GOOD ? OIDC_GOOD : OIDC_BAD, claims, why);
	json_decref(claims);
}

void oidc_step(struct oidc_wait *w)
{
	struct oidc *o = w->o;
	struct error err;

	if (!oidc_ready(o)) {
		if (o->describing != NULL)
			return;
		if (lately(o->description_failed_ms, RETRY_MS) || oidc_describe(o, &err) != 0)
			oidc_finish(w, OIDC_AWAY, NULL, "no description");
	} else if (w->wants == WANTS_READY) {
		oidc_finish(w, OIDC_GOOD, NULL, NULL);
	} else if (w->wants == WANTS_CODE) {
		if (oidc_redeem(w, &err) != 0)
			oidc_finish(w, OIDC_AWAY, NULL, "no memory");
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
	oidc_step_all(arg);
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
