/*
 * api_people.c - who one is, API tokens, and the log of sign-ins.
 */
#include <jansson.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "gateway/api_in.h"

enum {
	PAGE_BYTES = 1 << 20,
	TOKEN_ARENA = 1 << 20,
	DAY_MS = 24 * 3600 * 1000,
	MAX_TOKEN_NAME = 100, /* bytes */
	TOKEN_TEXT = 80
};
#define TOKEN_PREFIX "cordon_" /* so that whoever finds one knows what it is */

/* ---- who one is ---- */

static void write_scopes(struct text *t, unsigned scopes)
{
	const char *comma = "";

	text_addc(t, '[');
	for (int i = 0; i < SCOPES; i++)
		if (scopes & (1U << i)) {
			text_addf(t, "%s\"%s\"", comma, scope_words[i]);
			comma = ",";
		}
	text_addc(t, ']');
}

void get_me(struct request *rq)
{
	const struct api_parts *p = &rq->api->parts;
	char word[65], when[32];
	struct text t;

	text_init(&t, 4 << 10);
	text_add(&t, "{\"account\":");
	text_add_json(&t, rq->who->account);
	text_addf(&t, ",\"role\":\"%s\",\"via\":\"%s\",\"scopes\":", role_name(rq->who->role),
		via_name(rq->via));
	write_scopes(&t, rq->scopes & role_scopes(rq->who->role));
	if (rq->via != VIA_BEARER) {
		hex_encode(rq->csrf.at, sizeof(rq->csrf.at), word);
		text_addf(&t, ",\"csrf\":\"%s\",\"expires\":\"%s\"", word,
			clock_iso(rq->until_ms, when));
	}
	text_addf(&t, ",\"features\":{\"vocabulary\":%s,\"secure\":%s}}",
		p->vocabulary != NULL ? "true" : "false", p->secure ? "true" : "false");
	reply_json(rq, 200, &t);
	text_clear(&t);
}

/* ---- API tokens ---- */

/* Without the end of the object. */
static void write_token(struct text *t, const struct stored_token *k)
{
	char when[32];

	text_addf(t, "{\"id\":\"%s\",\"name\":", k->id);
	text_add_json(t, k->name);
	text_add(t, ",\"scopes\":");
	write_scopes(t, k->scopes);
	text_addf(t, ",\"created\":\"%s\"", clock_iso(k->created_ms, when));
	text_addf(t, ",\"expires\":\"%s\"", clock_iso(k->until_ms, when));
	if (k->used_day != 0)
		text_addf(t, ",\"used\":\"%s\"", day_text(k->used_day, when));
}

void get_tokens(struct request *rq)
{
	struct stored_token *list;
	struct arena a;
	struct error err;
	struct text t;
	size_t n;

	arena_init(&a, TOKEN_ARENA);
	text_init(&t, PAGE_BYTES);
	if (store_tokens(rq->api->parts.store, rq->who->account, &a, &list, &n, &err) != 0) {
		call_error(rq->call, &err);
	} else {
		text_add(&t, "{\"tokens\":[");
		for (size_t i = 0; i < n; i++) {
			text_add(&t, i > 0 ? "," : "");
			write_token(&t, &list[i]);
			text_addc(&t, '}');
		}
		text_add(&t, "]}");
		reply_json(rq, 200, &t);
	}
	text_clear(&t);
	arena_clear(&a);
}

static bool read_scopes(const json_t *list, unsigned *out)
{
	size_t i;
	json_t *each;
	enum scope s;

	*out = 0;
	json_array_foreach(list, i, each) {
		if (!json_is_string(each) ||
			!scope_parse(json_string_value(each), json_string_length(each), &s))
			return false;
		*out |= 1U << s;
	}
	return *out != 0;
}

static bool name_valid(const char *s)
{
	uint32_t cp;
	size_t len = strlen(s), one;

	if (len == 0 || len > MAX_TOKEN_NAME)
		return false;
	for (size_t i = 0; i < len; i += one) {
		one = utf8_next(s + i, len - i, &cp);
		if (one == 0 || utf8_hidden(cp) || cp < ' ')
			return false;
	}
	return true;
}

/* What the body asks for, except scopes past those of the one who asks. NULL: all is well. */
static const char *read_wish(const json_t *root, struct stored_token *out, int64_t *days)
{
	const char *name = json_string_value(json_object_get(root, "name"));
	const json_t *d = json_object_get(root, "days");

	*days = json_integer_value(d);
	if (name == NULL || !name_valid(name) || !text_copy(out->name, sizeof(out->name), name))
		return "name";
	if (!read_scopes(json_object_get(root, "scopes"), &out->scopes))
		return "scopes";
	return json_is_integer(d) && *days >= 1 && *days <= MAX_TOKEN_DAYS ? NULL : "days";
}

static bool read_body(struct request *rq, struct stored_token *out, int64_t *days)
{
	size_t len;
	const void *body = body_of(rq, &len);
	json_t *root = body == NULL ? NULL : json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);
	struct problem p = { .type = PROBLEM_BODY,
		.say = SAY("a token has a name of 1 to 100 bytes, scopes of the list in "
			   "docs/api.md, and 1 to "
			   "365 days",
			"令牌须有 1 至 100 字节的名称、docs/api.md 所列的权限范围，以及 1 至 365 "
			"天的有效期"),
		.at = read_wish(root, out, days) };

	json_decref(root);
	if (body == NULL)
		return false;
	if (p.at == NULL && (out->scopes & ~(rq->scopes & role_scopes(rq->who->role))) == 0)
		return true;
	if (p.at == NULL) {
		p.type = PROBLEM_SCOPE;
		p.say = SAY("a token may do no more than the one who makes it",
			"令牌的权限不能超过创建者");
		p.at = "scopes";
	}
	call_problem(rq->call, &p);
	return false;
}

/* An id that tells nothing of the token. */
static int draw(char id[MAX_ID + 1], char token[TOKEN_TEXT], struct error *err)
{
	uint8_t bytes[8 + 32];
	char mark[17], hex[65];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return error_set(
			err, E_SYSTEM, SAY("no random numbers", "无法生成随机数"), "RAND_bytes");
	hex_encode(bytes, 8, mark);
	snprintf(id, MAX_ID + 1, "t-%s", mark);
	hex_encode(bytes + 8, 32, hex);
	snprintf(token, TOKEN_TEXT, TOKEN_PREFIX "%s", hex);
	secret_wipe(bytes, sizeof(bytes));
	secret_wipe(hex, sizeof(hex));
	return 0;
}

static int keep(
	struct request *rq, const struct stored_token *t, const char *token, struct error *err)
{
	struct store *store = rq->api->parts.store;
	const struct hash32 h = sha256(token, strlen(token));

	if (store_begin(store, err) != 0)
		return -1;
	if (store_token_add(store, &h, t, err) != 0 ||
		store_audit(store, t->created_ms, "token.made", t->account, t->id, "", err) != 0) {
		store_rollback(store);
		return -1;
	}
	return store_commit(store, err);
}

void post_token(struct request *rq)
{
	struct stored_token made = { .used_day = 0 };
	char token[TOKEN_TEXT];
	struct error err;
	int64_t days;
	struct text t;

	if (!not_too_many(rq) || !read_body(rq, &made, &days))
		return;
	memcpy(made.account, rq->who->account, sizeof(made.account));
	made.created_ms = clock_wall_ms();
	made.until_ms = made.created_ms + days * DAY_MS;
	if (draw(made.id, token, &err) != 0 || keep(rq, &made, token, &err) != 0) {
		secret_wipe(token, sizeof(token));
		if (err.code == E_STATE) /* 50 of them */
			reply_problem(rq, PROBLEM_FULL, err.say);
		else
			call_error(rq->call, &err);
		return;
	}
	text_init(&t, PAGE_BYTES);
	write_token(&t, &made);
	text_addf(&t, ",\"token\":\"%s\"}", token);
	reply_json(rq, 201, &t);
	text_clear(&t);
	secret_wipe(token, sizeof(token));
}

void delete_token(struct request *rq)
{
	struct store *store = rq->api->parts.store;
	struct error err;
	int ret;

	if (store_begin(store, &err) != 0) {
		call_error(rq->call, &err);
		return;
	}
	ret = store_token_end(store, rq->who->account, rq->id, &err);
	if (ret == 1 && store_audit(store, clock_wall_ms(), "token.ended", rq->who->account, rq->id,
				"", &err) != 0)
		ret = -1;
	if (ret == 1 && store_commit(store, &err) != 0)
		ret = -1;
	if (ret != 1)
		store_rollback(store);
	if (ret == 1)
		events_left(rq->api->events, rq->who->account);
	if (ret == 1)
		call_reply(rq->call, 204, "text/plain", "", 0);
	else if (ret == 0)
		reply_problem(
			rq, PROBLEM_NOT_FOUND, SAY("you have no such token", "您没有这个令牌"));
	else
		call_error(rq->call, &err);
}

/* ---- the log of sign-ins ---- */

static void write_sign_in(struct text *t, const struct stored_sign_in *s)
{
	static const char prefix[] = "person.";
	char when[32];

	text_addf(t, "{\"at\":\"%s\",\"account\":", clock_iso(s->at_ms, when));
	text_add_json(t, s->account);
	text_add(t, ",\"what\":");
	text_add_json(t, s->what + sizeof(prefix) - 1);
	text_addf(t, ",\"via\":\"%s\"}", strncmp(s->detail, "oidc", 4) == 0 ? "oidc" : "token");
}

void get_sign_ins(struct request *rq)
{
	bool all = role_may(rq->who->role, MAY_AUDIT);
	struct stored_sign_in *list;
	struct arena a;
	struct error err;
	struct text t;
	size_t n;

	arena_init(&a, TOKEN_ARENA);
	text_init(&t, PAGE_BYTES);
	if (store_sign_ins(rq->api->parts.store, all ? NULL : rq->who->account, MAX_SIGN_INS, &a,
		    &list, &n, &err) != 0) {
		call_error(rq->call, &err);
	} else {
		text_add(&t, "{\"records\":[");
		for (size_t i = 0; i < n; i++) {
			text_add(&t, i > 0 ? "," : "");
			write_sign_in(&t, &list[i]);
		}
		text_add(&t, "]}");
		reply_json(rq, 200, &t);
	}
	text_clear(&t);
	arena_clear(&a);
}
