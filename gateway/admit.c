/*
 * admit.c - bearers and cookies.
 */
#include "gateway/admit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/parked.h"

enum {
	DAY_MS = 24 * 3600 * 1000,
	SEEN_PART = 10 /* of the idle time: how often a visit's last request is written down */
};

static struct sign_in *sign_in_of(const struct request *rq)
{
	return rq->api->parts.sign_in;
}

static enum admitted refuse(struct request *rq)
{
	call_add_header(rq->call, "WWW-Authenticate", "Bearer");
	reply_problem(rq, PROBLEM_UNAUTHENTICATED,
		SAY("a valid token is needed; 'cordon login' sets one up, and a browser signs in",
			"需要有效的令牌，可用 cordon login 设置；浏览器请先登录"));
	return ADMIT_REFUSED;
}

static enum admitted failed(struct request *rq, const struct error *err)
{
	call_error(rq->call, err);
	return ADMIT_REFUSED;
}

/* ---- tokens ---- */

/* A guest's token lives as long as the guest comes back. */
static int guest_of(
	struct request *rq, const struct stored_token *t, int64_t now_ms, struct error *err)
{
	enum role role = ROLE_NONE;
	int64_t at_ms = 0;
	int ret;

	rq->who = people_listed(rq->api->parts.people, t->account);
	if (rq->who != NULL)
		return 1;
	if (sign_in_of(rq)->oidc == NULL)
		return 0;
	ret = store_guest(rq->api->parts.store, t->account, &role, &at_ms, err);
	if (ret != 1 || now_ms - at_ms > (int64_t)GUEST_TOKEN_DAYS * DAY_MS)
		return ret < 0 ? -1 : 0;
	rq->who = people_come(rq->api->parts.people, t->account, role, clock_mono_ms());
	return rq->who != NULL;
}

int admit_token(struct request *rq, const struct hash32 *token, struct stored_token *found,
	struct error *err)
{
	int64_t now_ms = clock_wall_ms();
	int ret;

	*found = (struct stored_token){ .until_ms = INT64_MAX };
	rq->scopes = SCOPES_WHOLE;
	rq->who = people_by_hash(rq->api->parts.people, token);
	if (rq->who != NULL)
		return 1;
	ret = store_token(rq->api->parts.store, token, found, err);
	if (ret != 1 || found->until_ms <= now_ms)
		return ret < 0 ? -1 : 0;
	rq->scopes = found->scopes;
	return guest_of(rq, found, now_ms, err);
}

static void note_use(struct request *rq, const struct stored_token *t)
{
	int32_t today = clock_today();
	struct error err;

	if (t->id[0] != '\0' && t->used_day != today &&
		store_token_used(rq->api->parts.store, t->id, today, &err) != 0)
		log_line(LOG_ERROR, "last use of a token: %s", err.log);
}

/* ---- tokens of the provider ---- */

/* Words "cordon:ask" of the claim `scope` (RFC 9068) say what it may do; without any, it may what its person may. */
static unsigned scopes_of(const json_t *claims)
{
	static const char prefix[] = "cordon:";
	const char *at = json_string_value(json_object_get(claims, "scope"));
	unsigned found = 0;
	bool any = false;

	while (at != NULL && *at != '\0') {
		size_t len = strcspn(at, " ");
		enum scope s;

		if (len >= sizeof(prefix) - 1 && memcmp(at, prefix, sizeof(prefix) - 1) == 0) {
			any = true;
			if (scope_parse(at + sizeof(prefix) - 1, len - (sizeof(prefix) - 1), &s))
				found |= 1U << s;
		}
		at += len;
		at += strspn(at, " ");
	}
	return any ? found : SCOPES_API;
}

static enum admitted take_claims(struct request *rq, const json_t *claims)
{
	char account[MAX_NAME + 1];
	enum role mapped;
	const char *why = oidc_person(sign_in_of(rq)->oidc, claims, account, &mapped);

	if (why == NULL)
		rq->who = people_come(rq->api->parts.people, account, mapped, clock_mono_ms());
	if (rq->who == NULL) {
		log_line(LOG_INFO, "a provider's token of nobody here%s%s", why == NULL ? "" : ": ",
			why == NULL ? "" : why);
		return refuse(rq);
	}
	rq->scopes = scopes_of(claims);
	rq->foreign = true;
	rq->until_ms = (int64_t)json_number_value(json_object_get(claims, "exp")) * 1000;
	return ADMITTED;
}

static void on_checked(struct parked *h, enum oidc_answer a, const json_t *claims, const char *why)
{
	if (a == OIDC_GOOD) {
		if (take_claims(&h->rq, claims) == ADMITTED)
			h->go(&h->rq, h->arg);
	} else if (a == OIDC_AWAY) {
		call_add_header(h->rq.call, "Retry-After", "5");
		reply_problem(&h->rq, PROBLEM_PROVIDER,
			SAY("the sign-in provider cannot be reached", "无法连接身份提供方"));
	} else {
		log_line(LOG_INFO, "a provider's token refused: %s", why);
		refuse(&h->rq);
	}
}

static enum admitted by_jwt(struct request *rq, const char *token,
	void (*go)(struct request *rq, const void *arg), const void *arg)
{
	struct oidc *o = sign_in_of(rq)->oidc;
	struct oidc_wait *wait = NULL;
	json_t *claims = NULL;
	const char *why;
	enum oidc_answer a = oidc_token(o, token, &claims, &why);
	enum admitted ret;
	struct parked *h;
	struct error err;
	int begun;

	if (a == OIDC_LATER) {
		h = parked_new(rq, on_checked);
		if (h == NULL)
			return ADMIT_REFUSED;
		h->go = go;
		h->arg = arg;
		begun = oidc_wait_token(&wait, o, token, parked_answer, h, &err);
		parked_begun(h, begun, wait, &err);
		return ADMIT_HELD;
	}
	if (a != OIDC_GOOD) {
		log_line(LOG_INFO, "a provider's token refused: %s", why);
		return refuse(rq);
	}
	ret = take_claims(rq, claims);
	json_decref(claims);
	return ret;
}

static bool three_parts(const char *token)
{
	size_t dots = 0;

	for (; *token != '\0'; token++)
		dots += *token == '.';
	return dots == 2;
}

static enum admitted by_bearer(struct request *rq, const char *header,
	void (*go)(struct request *rq, const void *arg), const void *arg)
{
	static const char scheme[] = "Bearer ";
	const char *token = header + sizeof(scheme) - 1;
	struct stored_token found;
	struct hash32 h;
	struct error err;
	int ret;

	if (strncasecmp(header, scheme, sizeof(scheme) - 1) != 0)
		return refuse(rq);
	rq->via = VIA_BEARER;
	if (sign_in_of(rq)->oidc != NULL && three_parts(token))
		return by_jwt(rq, token, go, arg);
	h = sha256(token, strlen(token));
	ret = admit_token(rq, &h, &found, &err);
	if (ret < 0)
		return failed(rq, &err);
	if (ret == 0)
		return refuse(rq);
	rq->token = h;
	rq->until_ms = found.until_ms;
	note_use(rq, &found);
	return ADMITTED;
}

/* ---- cookies ---- */

static int end_visit(struct request *rq, const struct stored_visit *v, struct error *err)
{
	sign_in_tell(rq, "expired", v->account, v->via, NULL);
	return store_visit_end(rq->api->parts.store, &rq->visit, err) != 0 ? -1 : 0;
}

/* Whose visit it still is: 1, 0 nobody's any more, -1 failed. */
static int visitor(struct request *rq, const struct stored_visit *v, struct error *err)
{
	struct people *people = rq->api->parts.people;
	struct stored_token token;
	int ret = 1;

	rq->scopes = SCOPES_WHOLE;
	if (v->via == VIA_TOKEN)
		ret = admit_token(rq, &v->token, &token, err);
	else if (sign_in_of(rq)->oidc != NULL)
		rq->who = people_come(people, v->account, v->role, clock_mono_ms());
	if (ret < 0)
		return -1;
	return ret == 1 && rq->who != NULL && strcmp(rq->who->account, v->account) == 0;
}

/* 1, 0 no visit, -1 failed. */
static int find_visit(struct request *rq, struct stored_visit *v, struct error *err)
{
	const struct sign_in *s = sign_in_of(rq);
	struct store *store = rq->api->parts.store;
	int64_t now_ms = clock_wall_ms();
	int ret = store_visit(store, &rq->visit, v, err);

	if (ret != 1)
		return ret;
	ret = now_ms >= v->until_ms || now_ms - v->seen_ms >= s->idle_ms ? 0 : visitor(rq, v, err);
	if (ret == 0)
		return end_visit(rq, v, err);
	if (ret == 1 && now_ms - v->seen_ms >= s->idle_ms / SEEN_PART &&
		store_visit_seen(store, &rq->visit, now_ms, err) != 0)
		return -1;
	return ret;
}

/* Another site can make a browser send the cookie; it can read neither the word nor set the header. */
static bool meant(const struct request *rq)
{
	const char *word = call_header(rq->call, "X-Cordon-CSRF");
	struct hash32 given;

	return from_here(rq) && word != NULL && strlen(word) == 2 * sizeof(given.at) &&
	       hex_decode(word, 2 * sizeof(given.at), given.at) && hash32_equal(&given, &rq->csrf);
}

static enum admitted by_cookie(struct request *rq)
{
	const char *header = call_header(rq->call, "Cookie");
	char secret[VISIT_TEXT];
	struct stored_visit v;
	struct error err;
	int ret;

	if (header == NULL || !cookie_find(header, VISIT_COOKIE, secret, sizeof(secret)))
		return refuse(rq);
	rq->visit = sha256(secret, strlen(secret));
	ret = find_visit(rq, &v, &err);
	if (ret < 0)
		return failed(rq, &err);
	if (ret == 0) {
		forget_cookie(rq, VISIT_COOKIE);
		return refuse(rq);
	}
	rq->via = v.via;
	rq->until_ms = v.until_ms;
	rq->csrf = csrf_of(secret);
	if (call_method(rq->call) == CALL_GET || meant(rq))
		return ADMITTED;
	reply_problem(rq, PROBLEM_CSRF,
		SAY("this request does not come from the portal's page; reload it",
			"此请求并非来自门户页面，请刷新后重试"));
	return ADMIT_REFUSED;
}

/* ---- what goes on for long ---- */

struct pass pass_of(const struct request *rq)
{
	struct pass p = { .via = rq->via,
		.kept = !rq->foreign,
		.key = rq->via == VIA_BEARER ? rq->token : rq->visit,
		.until_ms = rq->until_ms };

	memcpy(p.account, rq->who->account, sizeof(p.account));
	return p;
}

/* 1, 0 nobody's any more, -1 failed; notes nothing down: to watch is no work of one's own. */
static int still(struct request *rq, const struct pass *p, struct error *err)
{
	const struct sign_in *s = sign_in_of(rq);
	struct stored_token token;
	struct stored_visit v;
	int ret;

	if (p->via == VIA_BEARER)
		return admit_token(rq, &p->key, &token, err);
	ret = store_visit(rq->api->parts.store, &p->key, &v, err);
	if (ret == 1 && clock_wall_ms() - v.seen_ms >= s->idle_ms)
		ret = 0;
	return ret == 1 ? visitor(rq, &v, err) : ret;
}

bool admit_still(const struct pass *p, enum action a, struct api *api)
{
	struct request rq = { .api = api };
	struct error err;
	int ret;

	if (clock_wall_ms() >= p->until_ms)
		return false;
	if (!p->kept)
		return true;
	ret = still(&rq, p, &err);
	if (ret < 0)
		log_line(LOG_ERROR, "whether somebody is still signed in: %s", err.log);
	return ret == 1 && rq.who != NULL && strcmp(rq.who->account, p->account) == 0 &&
	       role_may(rq.who->role, a) && scopes_may(rq.scopes, a);
}

/* ---- everybody ---- */

enum admitted admit_refuse(struct request *rq)
{
	return refuse(rq);
}

enum admitted admit(
	struct request *rq, void (*go)(struct request *rq, const void *arg), const void *arg)
{
	const char *header = call_header(rq->call, "Authorization");

	return header != NULL ? by_bearer(rq, header, go, arg) : by_cookie(rq);
}

bool admit_action(struct request *rq, enum action a)
{
	if (!role_may(rq->who->role, a)) {
		reply_problem(rq, PROBLEM_ROLE,
			SAY("the role of this account may not do this",
				"该账号的角色无权执行此操作"));
		return false;
	}
	if (!scopes_may(rq->scopes, a)) {
		reply_problem(rq, PROBLEM_SCOPE,
			SAY("this token was not made for that", "该令牌的权限范围不包括此操作"));
		return false;
	}
	return true;
}
