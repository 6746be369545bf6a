/*
 * api.c - the routes, the checks every request passes, and the pages that need no question.
 * What is done with questions is api_questions.c.
 */
#include "gateway/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/answer.h"
#include "base/clock.h"
#include "gateway/admit.h"
#include "gateway/api_in.h"
#include "query/answer.h"

enum {
	PAGE_BYTES = 4 << 20,
	PUBLIC = API_PUBLIC
};

/* ---- replies ---- */

void reply_json(struct request *rq, int status, const struct text *t)
{
	if (text_failed(t))
		reply_problem(rq, PROBLEM_UNAVAILABLE, SAY("the answer is too large", "答案过大"));
	else
		call_reply(rq->call, status, "application/json", text_str(t), t->len);
}

void reply_problem(struct request *rq, enum problem_type type, struct say say)
{
	const struct problem p = { .type = type, .say = say };

	call_problem(rq->call, &p);
}

void reply_nothing(struct request *rq)
{
	call_reply(rq->call, 204, "application/json", "", 0);
}

/* ---- pages without questions ---- */

static void get_health(struct request *rq)
{
	static const char ok[] = "{\"status\":\"ok\"}";

	call_reply(rq->call, 200, "application/json", ok, sizeof(ok) - 1);
}

static void get_ready(struct request *rq)
{
	if (rq->api->parts.stopping)
		reply_problem(rq, PROBLEM_STOPPING, SAY("the gateway is stopping", "网关正在停止"));
	else
		get_health(rq);
}

/* operates: the certificate too. */
static void write_status(struct text *t, const struct site_status *s, bool operates)
{
	char when[32], hash[HASH_TEXT];

	text_add(t, "{\"site\":");
	text_add_json(t, s->site);
	text_addf(t, ",\"online\":%s", s->online ? "true" : "false");
	if (!s->online)
		text_addf(t, ",\"why\":\"%s\"", why_offline_name(s->why));
	if (s->since_ms > 0)
		text_addf(t, ",\"since\":\"%s\"", clock_iso(s->since_ms, when));
	if (s->program[0] != '\0') {
		text_add(t, ",\"program\":");
		text_add_json(t, s->program);
		text_addf(t, ",\"policy\":{\"version\":%llu,\"hash\":\"%s\"},\"data\":",
			(unsigned long long)s->policy_version, hash32_text(&s->policy_hash, hash));
		text_add_json(t, s->data);
	}
	if (operates && s->until_ms > 0)
		text_addf(t, ",\"certificate\":{\"until\":\"%s\"}", clock_iso(s->until_ms, when));
	text_addc(t, '}');
}

static void get_sites(struct request *rq)
{
	const struct sessions *sessions = rq->api->parts.sessions;
	bool operates = role_may(rq->who->role, MAY_READMIT);
	struct text t;

	text_init(&t, PAGE_BYTES);
	text_add(&t, "{\"sites\":[");
	for (size_t i = 0; i < sessions_count(sessions); i++) {
		if (i > 0)
			text_addc(&t, ',');
		write_status(&t, sessions_status(sessions, i), operates);
	}
	text_add(&t, "]}");
	reply_json(rq, 200, &t);
	text_clear(&t);
}

static void post_readmit(struct request *rq)
{
	struct sessions *sessions = rq->api->parts.sessions;
	size_t site = sessions_find(sessions, rq->id);
	struct error err;
	struct text t;

	if (site == NO_SITE) {
		reply_problem(rq, PROBLEM_NOT_FOUND, SAY("there is no such site", "没有这家医院"));
		return;
	}
	if (sessions_readmit(sessions, site, rq->who->account, &err) != 0) {
		call_error(rq->call, &err);
		return;
	}
	text_init(&t, PAGE_BYTES);
	write_status(&t, sessions_status(sessions, site), true);
	reply_json(rq, 200, &t);
	text_clear(&t);
}

static void get_metrics(struct request *rq)
{
	const struct api_parts *p = &rq->api->parts;
	const uint64_t *ended = rounds_ended(p->rounds);
	struct text t;

	text_init(&t, PAGE_BYTES);
	text_addf(&t,
		"# TYPE cordon_sites gauge\ncordon_sites{state=\"configured\"} %zu\n"
		"cordon_sites{state=\"online\"} %zu\n",
		sessions_count(p->sessions), sessions_online(p->sessions));
	text_addf(&t, "# TYPE cordon_questions_running gauge\ncordon_questions_running %zu\n",
		rounds_running(p->rounds));
	text_add(&t, "# TYPE cordon_questions_total counter\n");
	for (int s = ANSWER_COMPLETE; s < ANSWER_STATES; s++)
		text_addf(&t, "cordon_questions_total{state=\"%s\"} %llu\n",
			answer_state_name((enum answer_state)s), (unsigned long long)ended[s]);
	if (p->http != NULL) {
		text_addf(&t, "# TYPE cordon_http_connections gauge\ncordon_http_connections %zu\n",
			http_lines(p->http));
		text_add(&t, "# TYPE cordon_http_responses_total counter\n");
		for (int i = 2; i <= 5; i++)
			text_addf(&t, "cordon_http_responses_total{class=\"%dxx\"} %llu\n", i,
				(unsigned long long)http_statuses(p->http)[i]);
	}
	if (text_failed(&t))
		reply_problem(rq, PROBLEM_UNAVAILABLE, SAY("no memory", "内存不足"));
	else
		call_reply(rq->call, 200, "text/plain; version=0.0.4; charset=utf-8", text_str(&t),
			t.len);
	text_clear(&t);
}

/* ---- routes ---- */

/* '*' is one part of the path: an id. PUBLIC needs no token. */
static const struct route {
	enum call_method method;
	const char *path;
	int action;
	void (*handle)(struct request *rq);
} routes[] = {
	{ CALL_POST, "/v1/questions", MAY_ASK, post_question },
	{ CALL_GET, "/v1/questions", MAY_LIST, get_questions },
	{ CALL_POST, "/v1/questions/price", MAY_PRICE, post_price },
	{ CALL_GET, "/v1/questions/*", MAY_READ, get_question },
	{ CALL_DELETE, "/v1/questions/*", MAY_CANCEL, delete_question },
	{ CALL_GET, "/v1/questions/*/events", MAY_READ, get_events },
	{ CALL_GET, "/v1/questions/*/transcript", MAY_READ, get_transcript },
	{ CALL_GET, "/v1/budget", MAY_BUDGET, get_budget },
	{ CALL_GET, "/v1/sites", MAY_SITES, get_sites },
	{ CALL_POST, "/v1/sites/*/readmit", MAY_READMIT, post_readmit },
	{ CALL_GET, "/v1/me", MAY_ME, get_me },
	{ CALL_POST, "/v1/questions/read", MAY_COMPOSE, post_read },
	{ CALL_GET, "/v1/questions/*/canonical", MAY_READ, get_canonical },
	{ CALL_GET, "/v1/sign-in", PUBLIC, get_sign_in },
	{ CALL_GET, "/v1/sign-in/oidc", PUBLIC, get_sign_in_oidc },
	{ CALL_GET, "/v1/sign-in/callback", PUBLIC, get_sign_in_callback },
	{ CALL_POST, "/v1/session", PUBLIC, post_session },
	{ CALL_DELETE, "/v1/session", MAY_SIGN_OUT, delete_session },
	{ CALL_GET, "/v1/tokens", MAY_TOKENS, get_tokens },
	{ CALL_POST, "/v1/tokens", MAY_TOKENS, post_token },
	{ CALL_DELETE, "/v1/tokens/*", MAY_TOKENS, delete_token },
	{ CALL_GET, "/v1/sign-ins", MAY_TOKENS, get_sign_ins },
	{ CALL_POST, "/v1/cohorts/convert", MAY_COMPOSE, post_convert },
	{ CALL_POST, "/v1/cohorts/read", MAY_COMPOSE, post_cohort_read },
	{ CALL_GET, "/v1/cohorts", MAY_COMPOSE, get_cohorts },
	{ CALL_POST, "/v1/cohorts", MAY_COMPOSE, post_cohort },
	{ CALL_GET, "/v1/cohorts/*", MAY_COMPOSE, get_cohort },
	{ CALL_DELETE, "/v1/cohorts/*", MAY_COMPOSE, delete_cohort },
	{ CALL_GET, "/v1/studies", MAY_STUDIES, get_studies },
	{ CALL_POST, "/v1/studies", MAY_PROPOSE, post_study },
	{ CALL_GET, "/v1/studies/*", MAY_STUDIES, get_study },
	{ CALL_DELETE, "/v1/studies/*", MAY_PROPOSE, delete_study },
	{ CALL_GET, "/v1/studies/*/entry", MAY_ENTRY, get_study_entry },
	{ CALL_GET, "/v1/catalogue", MAY_CATALOGUE, get_catalogue },
	{ CALL_GET, "/v1/catalogue.jsonld", MAY_CATALOGUE, get_catalogue_ld },
	{ CALL_GET, "/v1/concepts", MAY_CATALOGUE, get_concepts },
	{ CALL_GET, "/v1/concepts/*", MAY_CATALOGUE, get_concept },
	{ CALL_GET, "/v1/transparency", MAY_TRANSPARENCY, get_transparency },
	{ CALL_GET, "/v1/audit", MAY_AUDIT, get_audit },
	{ CALL_GET, "/openapi.json", PUBLIC, get_openapi },
	{ CALL_GET, "/healthz", PUBLIC, get_health },
	{ CALL_GET, "/readyz", PUBLIC, get_ready },
	{ CALL_GET, "/metrics", MAY_METRICS, get_metrics },
};

bool api_route(size_t i, struct api_route *out)
{
	if (i >= sizeof(routes) / sizeof(routes[0]))
		return false;
	*out = (struct api_route){ routes[i].method, routes[i].path, routes[i].action };
	return true;
}

/* Copies what '*' stands for, which must be an id, to `id`. */
static bool path_fits(const char *pattern, const char *path, char id[MAX_ID + 1])
{
	const char *star = strchr(pattern, '*');
	size_t before, part;

	id[0] = '\0';
	if (star == NULL)
		return strcmp(pattern, path) == 0;
	before = (size_t)(star - pattern);
	if (strncmp(pattern, path, before) != 0)
		return false;
	part = strcspn(path + before, "/");
	return text_copyn(id, MAX_ID + 1, path + before, part) && id_valid(id) &&
	       strcmp(star + 1, path + before + part) == 0;
}

/* The route, or NULL; *known says whether the path exists with another method. */
static const struct route *find_route(const struct call *c, char id[MAX_ID + 1], bool *known)
{
	*known = false;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!path_fits(routes[i].path, call_path(c), id))
			continue;
		*known = true;
		if (routes[i].method == call_method(c))
			return &routes[i];
	}
	return NULL;
}

static void reply_methods(struct request *rq)
{
	static const char *const names[] = { "GET", "POST", "DELETE" };
	char list[32] = "", id[MAX_ID + 1];

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (path_fits(routes[i].path, call_path(rq->call), id)) {
			size_t used = strlen(list);

			snprintf(list + used, sizeof(list) - used, "%s%s", used > 0 ? ", " : "",
				names[routes[i].method]);
		}
	call_add_header(rq->call, "Allow", list);
	reply_problem(rq, PROBLEM_METHOD, SAY("not with this method", "不支持此请求方法"));
}

/* A secret in an address ends up in histories, in logs and at other sites. */
static bool token_in_address(struct request *rq)
{
	static const char *const keys[] = { "token", "access_token", "id_token" };
	char any[2];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (call_query(rq->call, keys[i], any, sizeof(any)) != 0) {
			reply_problem(rq, PROBLEM_TOKEN_IN_ADDRESS,
				SAY("a token never goes into an address; send it as 'Authorization: "
				    "Bearer', and end this one",
					"令牌不得放在网址中；请用 Authorization: Bearer 发送，并撤销此令牌"));
			return true;
		}
	return false;
}

/* What may take the loop some tens of milliseconds: an account has a share of it. Not what asks: that has a rate; nor
 * what ends something, or says who one is. */
static bool is_work(int action)
{
	static const bool work[ACTIONS] = { [MAY_LIST] = true, [MAY_READ] = true, [MAY_COMPOSE] = true,
		[MAY_CATALOGUE] = true, [MAY_STUDIES] = true, [MAY_PROPOSE] = true, [MAY_ENTRY] = true,
		[MAY_TRANSPARENCY] = true, [MAY_AUDIT] = true };

	return work[action];
}

static void work(struct request *rq, const struct route *route)
{
	struct api *api = rq->api;
	char account[MAX_NAME + 1], text[16];
	int64_t before = clock_cpu_us();
	unsigned wait_s;

	memcpy(account, rq->who->account, sizeof(account));
	if (shares_may(&api->shares, account, clock_mono_ms(), &wait_s)) {
		route->handle(rq); /* ends the call */
		shares_took(&api->shares, account, clock_cpu_us() - before);
		return;
	}
	snprintf(text, sizeof(text), "%u", wait_s);
	call_add_header(rq->call, "Retry-After", text);
	reply_problem(rq, PROBLEM_SHARE,
		SAY("this account has used its share of the gateway's time; wait a little",
			"该账号近期占用网关时间过多，请稍候"));
}

static void dispatch(struct request *rq, const struct route *route)
{
	if (is_work(route->action))
		work(rq, route);
	else
		route->handle(rq);
}

/* The rest of the way for a request whose person is known; the handler ends the call. */
static void handle(struct request *rq, const void *arg)
{
	const struct route *route = arg;

	if (!admit_action(rq, (enum action)route->action))
		return;
	if (rq->api->parts.stopping && route->method == CALL_POST)
		reply_problem(rq, PROBLEM_STOPPING, SAY("the gateway is stopping", "网关正在停止"));
	else
		dispatch(rq, route);
}

static void on_call(struct call *c, void *arg)
{
	struct request rq = { .api = arg, .call = c };
	bool known;
	const struct route *route = find_route(c, rq.id, &known);

	if (token_in_address(&rq))
		return;
	if (route == NULL && known)
		reply_methods(&rq);
	else if (route == NULL && call_method(c) == CALL_GET && strncmp(call_path(c), "/v1/", 4) != 0 && portal_reply(&rq))
		return;
	else if (route == NULL)
		reply_problem(&rq, PROBLEM_NOT_FOUND, SAY("there is nothing at this address", "此地址不存在"));
	else if (route->action == PUBLIC)
		route->handle(&rq);
	else if (admit(&rq, handle, route) == ADMITTED)
		handle(&rq, route);
}

const struct http_calls api_calls = { on_call };

/* ---- the module ---- */

static bool may_still_watch(const struct pass *pass, void *arg)
{
	return admit_still(pass, MAY_READ, arg);
}

int api_new(
	struct api **out, struct event_base *base, const struct api_parts *parts, struct error *err)
{
	struct api *api = calloc(1, sizeof(*api));

	if (api == NULL)
		return error_memory(err);
	api->parts = *parts;
	api->base = base;
	if (events_new(&api->events, base, api_write_event, may_still_watch, api, err) != 0) {
		free(api);
		return -1;
	}
	*out = api;
	return 0;
}

void api_free(struct api *api)
{
	if (api == NULL)
		return;
	asking_clear(api);
	events_free(api->events);
	free(api);
}

struct api_parts *api_parts(struct api *api)
{
	return &api->parts;
}

void api_on_change(struct api *api, const char *id, bool last)
{
	events_changed(api->events, id, last);
	if (last)
		asking_ended(api, id);
}
