/*
 * sign_in.c - trips to the provider, visits, and their cookies.
 */
#include "gateway/sign_in.h"

#include <event2/http.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/admit.h"
#include "gateway/parked.h"
#include "gateway/web_url.h"

enum {
	MINUTE_MS = 60000,
	TOLD_EACH_MINUTE = 10,
	MAX_CODE = 2048,
	MAX_GIVEN = 512 /* a token somebody types */
};

/* Why somebody comes back to the sign-in page without being signed in; the page has words for these. */
#define BACK_UNKNOWN  "unknown"
#define BACK_DENIED   "denied"
#define BACK_EXPIRED  "expired"
#define BACK_PROVIDER "provider"

static struct sign_in *sign_in_of(const struct request *rq)
{
	return rq->api->parts.sign_in;
}

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

static void set_cookie(struct request *rq, const char *name, const char *value, int64_t life_ms)
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
	set_cookie(rq, name, "", 0);
}

static void send_to(struct request *rq, const char *address)
{
	call_add_header(rq->call, "Location", address);
	call_reply(rq->call, 303, "text/plain", "", 0);
}

/* To the sign-in page, which says why, and from there to where they wanted to go. */
static void send_back(struct request *rq, const char *problem, const char *to)
{
	char *encoded = to == NULL ? NULL : evhttp_uriencode(to, -1, 0);
	struct text t;

	text_init(&t, 8 << 10);
	text_addf(&t, "/sign-in?problem=%s%s%s", problem,
		encoded == NULL ? "" : "&to=", encoded == NULL ? "" : encoded);
	forget_cookie(rq, FLOW_COOKIE_NAME);
	send_to(rq, text_failed(&t) ? "/sign-in" : text_str(&t));
	text_clear(&t);
	free(encoded);
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

/* Fills what a request with the new cookie would have, and sets it. v: who, how, until when at most. */
static int begin_visit(struct request *rq, struct stored_visit *v, struct error *err)
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
	set_cookie(rq, VISIT_COOKIE, secret, v->until_ms - v->began_ms);
	secret_wipe(secret, sizeof(secret));
	secret_wipe(random, sizeof(random));
	sign_in_tell(rq, "signed-in", v->account, v->via, NULL);
	return 0;
}

/* ---- the provider ---- */

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

static void leave(struct request *rq, const char *to)
{
	struct sign_in *s = sign_in_of(rq);
	char cookie[FLOW_COOKIE], challenge[FLOW_WORD];
	struct flow f;
	struct error err;
	struct text t;

	if (flow_new(&s->key, to, clock_mono_ms(), &f, cookie, &err) != 0) {
		call_error(rq->call, &err);
		return;
	}
	text_init(&t, 16 << 10);
	if (flow_challenge(&f, challenge))
		oidc_address(s->oidc, f.state, f.nonce, challenge, &t);
	if (t.len == 0 || text_failed(&t)) {
		send_back(rq, BACK_PROVIDER, to);
	} else {
		set_cookie(rq, FLOW_COOKIE_NAME, cookie, FLOW_MS);
		send_to(rq, text_str(&t));
	}
	text_clear(&t);
}

static void on_ready(struct parked *h, enum oidc_answer a, const json_t *claims, const char *why)
{
	(void)claims;
	if (a == OIDC_GOOD) {
		leave(&h->rq, h->flow.to);
		return;
	}
	log_line(LOG_WARNING, "sign-in: %s", why);
	send_back(&h->rq, BACK_PROVIDER, h->flow.to);
}

static bool has_provider(struct request *rq)
{
	if (sign_in_of(rq)->oidc != NULL)
		return true;
	reply_problem(rq, PROBLEM_NO_PROVIDER,
		SAY("this gateway has no sign-in provider", "本网关未设置身份提供方"));
	return false;
}

void get_sign_in_oidc(struct request *rq)
{
	char to[MAX_RETURN_TO + 1];
	struct oidc_wait *wait = NULL;
	struct error err;
	struct parked *h;
	int begun;

	if (!has_provider(rq))
		return;
	if (call_query(rq->call, "to", to, sizeof(to)) != 1 || !flow_local(to))
		memcpy(to, "/", 2);
	if (oidc_ready(sign_in_of(rq)->oidc)) {
		leave(rq, to);
		return;
	}
	h = parked_new(rq, on_ready);
	if (h == NULL)
		return;
	memcpy(h->flow.to, to, sizeof(to));
	begun = oidc_wait_ready(&wait, sign_in_of(rq)->oidc, parked_answer, h, &err);
	parked_begun(h, begun, wait, &err);
}

/* The trip of this browser, if its state came back and it was not used. It is now. */
static bool take_flow(struct request *rq, struct flow *f)
{
	struct sign_in *s = sign_in_of(rq);
	const char *header = call_header(rq->call, "Cookie");
	char cookie[FLOW_COOKIE], state[FLOW_WORD];

	if (header == NULL || !cookie_find(header, FLOW_COOKIE_NAME, cookie, sizeof(cookie)) ||
		!flow_read(&s->key, cookie, clock_mono_ms(), f) ||
		call_query(rq->call, "state", state, sizeof(state)) != 1 ||
		strlen(state) != FLOW_WORD - 1 ||
		CRYPTO_memcmp(state, f->state, FLOW_WORD - 1) != 0)
		return false;
	for (size_t i = 0; i < FLOWS_USED && i < s->n_used; i++)
		if (hash32_equal(&s->used[i], &f->seed))
			return false;
	s->used[s->n_used++ % FLOWS_USED] = f->seed;
	return true;
}

/* Listed, or a guest by the provider's groups; nobody else. */
static const char *person_of(
	struct request *rq, const json_t *claims, struct stored_visit *v, const char **why)
{
	struct people *people = rq->api->parts.people;

	*why = oidc_person(sign_in_of(rq)->oidc, claims, v->account, &v->role);
	if (*why != NULL) {
		v->account[0] = '\0';
		return BACK_UNKNOWN;
	}
	if (people_listed(people, v->account) != NULL)
		v->role = ROLE_NONE;
	else if (v->role == ROLE_NONE)
		*why = "not listed, and in no group with a role";
	if (*why != NULL)
		return BACK_UNKNOWN;
	rq->who = people_come(people, v->account, v->role, clock_mono_ms());
	if (rq->who != NULL)
		return NULL;
	*why = "too many guests";
	return BACK_PROVIDER;
}

static void forget_guest(struct request *rq, const char *account)
{
	struct error err;

	if (account[0] != '\0' &&
		store_set_guest(rq->api->parts.store, account, ROLE_NONE, 0, &err) != 0)
		log_line(LOG_ERROR, "a guest: %s", err.log);
}

static void on_code(struct parked *h, enum oidc_answer a, const json_t *claims, const char *why)
{
	struct stored_visit v = { .via = VIA_OIDC, .until_ms = INT64_MAX };
	struct request *rq = &h->rq;
	struct sign_in *s = sign_in_of(rq);
	const char *back = a == OIDC_BAD ? BACK_DENIED : BACK_PROVIDER;
	char address[64];
	struct error err;

	if (a == OIDC_GOOD)
		back = person_of(rq, claims, &v, &why);
	if (back != NULL) {
		call_address(rq->call, address, sizeof(address));
		guess_wrong(&s->guesses, &s->key, address, clock_mono_ms());
		log_line(LOG_NOTICE, "sign-in refused: %s", why);
		sign_in_tell(rq, "refused", v.account, VIA_OIDC, why);
		if (strcmp(back, BACK_UNKNOWN) == 0)
			forget_guest(rq, v.account);
		send_back(rq, back, h->flow.to);
	} else if (begin_visit(rq, &v, &err) != 0) {
		call_error(rq->call, &err);
	} else {
		forget_cookie(rq, FLOW_COOKIE_NAME);
		send_to(rq, h->flow.to);
	}
}

static bool not_guessing(struct request *rq)
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

void get_sign_in_callback(struct request *rq)
{
	char code[MAX_CODE], word[MAX_URL + 1];
	struct oidc *o = sign_in_of(rq)->oidc;
	struct oidc_wait *wait = NULL;
	struct error err;
	struct parked *h;
	struct flow f;
	int begun, iss;

	if (!has_provider(rq) || !not_guessing(rq))
		return;
	if (!take_flow(rq, &f)) {
		send_back(rq, BACK_EXPIRED, NULL);
		return;
	}
	iss = call_query(rq->call, "iss", word, sizeof(word));
	if (iss < 0 || !oidc_same_issuer(o, iss == 1 ? word : NULL)) {
		sign_in_tell(rq, "refused", "", VIA_OIDC, "another issuer");
		send_back(rq, BACK_PROVIDER, f.to);
		return;
	}
	if (call_query(rq->call, "code", code, sizeof(code)) != 1) {
		sign_in_tell(rq, "refused", "", VIA_OIDC, "the provider said no");
		send_back(rq, BACK_DENIED, f.to);
		return;
	}
	h = parked_new(rq, on_code);
	if (h == NULL)
		return;
	h->flow = f;
	begun = oidc_wait_code(&wait, o, code, f.verifier, f.nonce, parked_answer, h, &err);
	parked_begun(h, begun, wait, &err);
}

/* ---- with a token ---- */

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
	return begin_visit(rq, &v, err) == 0 ? 1 : -1;
}

void post_session(struct request *rq)
{
	struct sign_in *s = sign_in_of(rq);
	char given[MAX_GIVEN], address[64];
	struct error err;
	int ret;

	if (!from_here(rq)) {
		reply_problem(rq, PROBLEM_CSRF,
			SAY("this request comes from another site", "此请求来自其他网站"));
		return;
	}
	if (!not_guessing(rq) || !read_token(rq, given))
		return;
	ret = with_token(rq, given, &err);
	secret_wipe(given, sizeof(given));
	if (ret == 1) {
		get_me(rq);
	} else if (ret < 0) {
		call_error(rq->call, &err);
	} else if (ret == 0) {
		call_address(rq->call, address, sizeof(address));
		guess_wrong(&s->guesses, &s->key, address, clock_mono_ms());
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
