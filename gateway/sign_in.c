/*
 * sign_in.c - calls that wait for the provider, the record, visits and their cookies, signing in with a token.
 */
#include "gateway/sign_in_in.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/admit.h"
#include "gateway/web_url.h"

enum {
	MINUTE_MS = 60000,
	TOLD_EACH_MINUTE = 10,
	MAX_GIVEN = 512 /* a token somebody types */
};

/* ---- the module ---- */

static int read_origin(struct sign_in *s, const struct gateway_config *config, struct error *err)
{
	struct web_url back;

	if (config->oidc == NULL)
		return 0;
	if (web_url_read(config->oidc->redirect, &back) &&
		web_url_origin(&back, s->origin, sizeof(s->origin)))
		return 0;
	return error_set(
		err, E_INPUT, SAY("'redirect' is not usable", "redirect 不可用"), "redirect");
}

int sign_in_new(struct sign_in **out, struct event_base *base, const struct gateway_config *config,
	struct error *err)
{
	struct sign_in *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return error_memory(err);
	s->idle_ms = (int64_t)config->idle_minutes * MINUTE_MS;
	s->session_ms = (int64_t)config->session_hours * 60 * MINUTE_MS;
	if (RAND_bytes(s->key.at, sizeof(s->key.at)) != 1) {
		free(s);
		return error_set(
			err, E_SYSTEM, SAY("no random numbers", "无法生成随机数"), "RAND_bytes");
	}
	if (read_origin(s, config, err) != 0 ||
		(config->oidc != NULL && oidc_new(&s->oidc, base, config->oidc, err) != 0)) {
		sign_in_free(s);
		return -1;
	}
	*out = s;
	return 0;
}

void sign_in_free(struct sign_in *s)
{
	struct parked *h;

	if (s == NULL)
		return;
	while ((h = s->parked) != NULL) {
		s->parked = h->next;
		reply_problem(
			&h->rq, PROBLEM_STOPPING, SAY("the gateway is stopping", "网关正在停止"));
		free(h);
	}
	oidc_free(s->oidc);
	key32_wipe(&s->key);
	free(s);
}

/* ---- calls that wait ---- */

static void unlist(struct parked *h)
{
	struct parked **at = &sign_in_of(&h->rq)->parked;

	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
}

struct parked *parked_new(struct request *rq, parked_done *done)
{
	struct parked *h = calloc(1, sizeof(*h));

	if (h == NULL) {
		reply_problem(rq, PROBLEM_UNAVAILABLE, SAY("no memory", "内存不足"));
		return NULL;
	}
	h->rq = *rq;
	h->done = done;
	h->next = sign_in_of(rq)->parked;
	sign_in_of(rq)->parked = h;
	return h;
}

void parked_answer(enum oidc_answer a, const json_t *claims, const char *why, void *parked)
{
	struct parked *h = parked;

	unlist(h);
	h->done(h, a, claims, why);
	free(h);
}

static void on_gone(struct call *c, void *arg)
{
	struct parked *h = arg;

	unlist(h);
	oidc_drop(h->wait);
	free(h);
	call_reply(c, 503, "text/plain", "", 0); /* to nobody */
}

void parked_begun(struct parked *h, int ret, struct oidc_wait *wait, const struct error *err)
{
	if (ret == 0) {
		h->wait = wait;
		call_hold(h->rq.call, on_gone, h);
		return;
	}
	unlist(h);
	call_error(h->rq.call, err);
	free(h);
}

/* ---- the record ---- */

/* Of nobody in particular only a few a minute: they come from whoever likes. */
static bool worth_telling(struct sign_in *s, const char *who)
{
	int64_t minute = clock_mono_ms() / MINUTE_MS;

	if (who[0] != '\0')
		return true;
	if (s->told_minute != minute)
		s->told = 0;
	s->told_minute = minute;
	return s->told++ < TOLD_EACH_MINUTE;
}

void sign_in_tell(
	struct request *rq, const char *what, const char *who, enum via via, const char *why)
{
	char kind[64], how[200];
	struct error err;

	if (!worth_telling(sign_in_of(rq), who))
		return;
	snprintf(kind, sizeof(kind), "person.%s", what);
	snprintf(how, sizeof(how), "%s%s%s", via_name(via), why == NULL ? "" : " ",
		why == NULL ? "" : why);
	if (store_audit(rq->api->parts.store, clock_wall_ms(), kind, who, "", how, &err) != 0)
		log_line(LOG_ERROR, "record of a sign-in: %s", err.log);
}

/* ---- browsers ---- */

static bool is_origin_of(const struct request *rq, const char *origin)
{
	static const char scheme[] = "https://";
	const char *host = call_header(rq->call, "Host"), *ours = sign_in_of(rq)->origin;

	if (ours[0] != '\0' && strcasecmp(origin, ours) == 0)
		return true;
	return host != NULL && strncasecmp(origin, scheme, sizeof(scheme) - 1) == 0 &&
	       strcasecmp(origin + sizeof(scheme) - 1, host) == 0;
}

bool from_here(const struct request *rq)
{
	const char *site = call_header(rq->call, "Sec-Fetch-Site");
	const char *origin = call_header(rq->call, "Origin");

	return (site == NULL || strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0) &&
	       (origin == NULL || is_origin_of(rq, origin));
}

struct hash32 csrf_of(const char *visit)
{
	static const char label[] = "cordon csrf";
	const struct part_bytes parts[] = { { label, sizeof(label) - 1 },
		{ visit, strlen(visit) } };

	return sha256_parts(parts, 2);
}

void sign_in_cookie(struct request *rq, const char *name, const char *value, int64_t life_ms)
{
	struct text t;

	text_init(&t, FLOW_COOKIE + 200);
	text_addf(&t, "%s=%s; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=%lld", name, value,
		(long long)(life_ms / 1000));
	call_add_header(rq->call, "Set-Cookie", text_str(&t));
	text_clear(&t);
}

void forget_cookie(struct request *rq, const char *name)
{
	sign_in_cookie(rq, name, "", 0);
}

/* ---- visits ---- */

static int store_new(struct request *rq, const struct stored_visit *v, struct error *err)
{
	const char *header = call_header(rq->call, "Cookie");
	struct store *store = rq->api->parts.store;
	char before[VISIT_TEXT];
	struct hash32 old;

	if (store_begin(store, err) != 0)
		return -1;
	if (header != NULL && cookie_find(header, VISIT_COOKIE, before, sizeof(before))) {
		old = sha256(before, strlen(before));
		if (store_visit_end(store, &old, err) != 0)
			goto undo;
	}
	if (store_visit_add(store, &rq->visit, v, sign_in_of(rq)->idle_ms, err) != 0 ||
		(v->via == VIA_OIDC &&
			store_set_guest(store, v->account, v->role, v->began_ms, err) != 0))
		goto undo;
	return store_commit(store, err);
undo:
	store_rollback(store);
	return -1;
}

int sign_in_visit(struct request *rq, struct stored_visit *v, struct error *err)
{
	const struct sign_in *s = sign_in_of(rq);
	uint8_t random[32];
	char secret[VISIT_TEXT];

	if (RAND_bytes(random, sizeof(random)) != 1)
		return error_set(
			err, E_SYSTEM, SAY("no random numbers", "无法生成随机数"), "RAND_bytes");
	hex_encode(random, sizeof(random), secret);
	v->began_ms = v->seen_ms = clock_wall_ms();
	if (v->until_ms > v->began_ms + s->session_ms)
		v->until_ms = v->began_ms + s->session_ms;
	rq->visit = sha256(secret, strlen(secret));
	if (store_new(rq, v, err) != 0)
		return -1;
	rq->csrf = csrf_of(secret);
	rq->until_ms = v->until_ms;
	rq->via = v->via;
	sign_in_cookie(rq, VISIT_COOKIE, secret, v->until_ms - v->began_ms);
	secret_wipe(secret, sizeof(secret));
	secret_wipe(random, sizeof(random));
	sign_in_tell(rq, "signed-in", v->account, v->via, NULL);
	return 0;
}

/* ---- what there is ---- */

void get_sign_in(struct request *rq)
{
	const struct sign_in *s = sign_in_of(rq);
	struct text t;

	text_init(&t, 4 << 10);
	text_add(&t, "{\"oidc\":");
	if (s->oidc == NULL) {
		text_add(&t, "null");
	} else {
		text_add(&t, "{\"name\":");
		text_add_json(&t, oidc_config(s->oidc)->name);
		text_addc(&t, '}');
	}
	text_add(&t, ",\"token\":true}");
	reply_json(rq, 200, &t);
	text_clear(&t);
}

/* ---- with a token ---- */

bool sign_in_may_try(struct request *rq)
{
	struct sign_in *s = sign_in_of(rq);
	char address[64];

	call_address(rq->call, address, sizeof(address));
	if (guess_may(&s->guesses, &s->key, address, clock_mono_ms()))
		return true;
	call_add_header(rq->call, "Retry-After", "60");
	reply_problem(rq, PROBLEM_GUESSING,
		SAY("too many sign-ins failed; wait a minute", "登录失败次数过多，请稍候一分钟"));
	return false;
}

void sign_in_was_wrong(struct request *rq)
{
	struct sign_in *s = sign_in_of(rq);
	char address[64];

	call_address(rq->call, address, sizeof(address));
	guess_wrong(&s->guesses, &s->key, address, clock_mono_ms());
}

/* {"token":".."}; false after ending the call. */
static bool read_token(struct request *rq, char out[MAX_GIVEN])
{
	const char *type = call_header(rq->call, "Content-Type");
	size_t len;
	const void *body = body_of(rq, &len);
	json_t *root =
		body == NULL || type == NULL || strncasecmp(type, "application/json", 16) != 0
			? NULL
			: json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);
	const char *token = json_string_value(json_object_get(root, "token"));
	bool ok = token != NULL && text_copy(out, MAX_GIVEN, token);

	json_decref(root);
	if (!ok && body != NULL)
		reply_problem(rq, PROBLEM_BODY,
			SAY("the body is JSON: {\"token\":\"...\"}",
				"请求体应为 JSON：{\"token\":\"...\"}"));
	return ok;
}

/* 1 signed in, 0 a wrong token, 2 too often (the call is ended), -1 failed. */
static int with_token(struct request *rq, const char *given, struct error *err)
{
	struct stored_visit v = { .via = VIA_TOKEN };
	struct stored_token found;
	int ret;

	v.token = sha256(given, strlen(given));
	ret = admit_token(rq, &v.token, &found, err);
	if (ret != 1)
		return ret;
	if (!not_too_many(rq))
		return 2;
	memcpy(v.account, rq->who->account, sizeof(v.account));
	v.until_ms = found.until_ms;
	return sign_in_visit(rq, &v, err) == 0 ? 1 : -1;
}

void post_session(struct request *rq)
{
	char given[MAX_GIVEN];
	struct error err;
	int ret;

	if (!from_here(rq)) {
		reply_problem(rq, PROBLEM_CSRF,
			SAY("this request comes from another site", "此请求来自其他网站"));
		return;
	}
	if (!sign_in_may_try(rq) || !read_token(rq, given))
		return;
	ret = with_token(rq, given, &err);
	secret_wipe(given, sizeof(given));
	if (ret == 1) {
		get_me(rq);
	} else if (ret < 0) {
		call_error(rq->call, &err);
	} else if (ret == 0) {
		sign_in_was_wrong(rq);
		sign_in_tell(rq, "refused", "", VIA_TOKEN, "a wrong token");
		reply_problem(rq, PROBLEM_UNAUTHENTICATED,
			SAY("this token is not valid, or no longer", "令牌无效或已过期"));
	}
}

void delete_session(struct request *rq)
{
	struct error err;

	if (rq->via != VIA_BEARER) {
		if (store_visit_end(rq->api->parts.store, &rq->visit, &err) != 0) {
			call_error(rq->call, &err);
			return;
		}
		sign_in_tell(rq, "signed-out", rq->who->account, rq->via, NULL);
		events_left(rq->api->events, rq->who->account);
		forget_cookie(rq, VISIT_COOKIE);
	}
	call_reply(rq->call, 204, "text/plain", "", 0);
}
