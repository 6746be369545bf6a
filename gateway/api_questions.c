/*
 * api_questions.c - the handlers of the API that ask, show, watch, cancel and price questions.
 */
#include "gateway/api_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/answer.h"
#include "answer/record.h"
#include "base/clock.h"
#include "gateway/admit.h"
#include "gateway/ask.h"
#include "gateway/replies.h"
#include "query/question.h"

enum {
	ANSWER_ARENA = 96 << 20, /* the stored messages of all sites of one question */
	RECORD_ARENA = ANSWER_ARENA + (64 << 20), /* and a transcript */
	PAGE_BYTES = 4 << 20,
	LIST_DEFAULT = 50,
	LIST_MAX = 200,
	MAX_KEY_BYTES = 255,
};

/* ---- answers ---- */

/* Whose it is may be NULL. Fails: E_STATE there is none, or not for this person (which is told in
 * the same words). */
static int write_answer(struct api *api, const char *id, const struct person *who, struct text *out,
	bool *last, struct error *err)
{
	struct stored_question q;
	struct stored_leg *legs;
	struct stored_sum sum;
	struct arena a;
	size_t n;
	int ret, summed;

	arena_init(&a, ANSWER_ARENA);
	ret = store_get(api->parts.store, id, &a, &q, err);
	if (ret == 0 || (ret == 1 && who != NULL && strcmp(q.account, who->account) != 0 &&
				!role_may(who->role, MAY_READ_ALL)))
		ret = error_set(err, E_STATE, NO_QUESTION, "no such question for this account");
	if (ret == 1) {
		*last = q.state != ANSWER_RUNNING;
		ret = store_legs(api->parts.store, id, &a, &legs, &n, err);
		summed = ret == 0 ? store_sum(api->parts.store, id, false, &a, &sum, err) : -1;
		ret = summed < 0 ? -1
				 : answer_write(&q, legs, n, summed == 1 ? &sum : NULL,
					   clock_wall_ms(), out, err);
	}
	arena_clear(&a);
	return ret;
}

int api_write_event(const char *id, struct text *out, bool *last, void *arg, struct error *err)
{
	return write_answer(arg, id, NULL, out, last, err);
}

static void reply_no_answer(struct request *rq, const struct error *err)
{
	struct error ours = *err;

	if (err->code == E_STATE) {
		reply_problem(rq, PROBLEM_NOT_FOUND, err->say);
		return;
	}
	ours.code = E_SYSTEM; /* also when it is too large: not the client's fault */
	call_error(rq->call, &ours);
}

void reply_answer(struct request *rq, int status, const char *id)
{
	struct text t;
	struct error err;
	bool last;

	text_init(&t, ANSWER_BYTES);
	if (write_answer(rq->api, id, rq->who, &t, &last, &err) != 0)
		reply_no_answer(rq, &err);
	else
		reply_json(rq, status, &t);
	text_clear(&t);
}

void get_question(struct request *rq)
{
	reply_answer(rq, 200, rq->id);
}

void get_events(struct request *rq)
{
	const struct pass pass = pass_of(rq);
	struct error err;

	if (may_see(rq, false) && events_watch(rq->api->events, rq->call, rq->id, &pass, &err) != 0)
		call_error(rq->call, &err);
}

/* 1 written, 0 there is no sum, 2 not for who reads not all, -1 failed. A record of distinct people, in the hands of a
 * hospital that has the hospitals' secret, tells of any person (docs/protocol-distinct.md). */
static int write_record(
	struct store *store, const char *id, bool all, struct text *out, struct error *err)
{
	struct stored_question q;
	struct stored_leg *legs;
	struct stored_sum sum;
	struct arena a;
	size_t n;
	int ret;

	arena_init(&a, RECORD_ARENA);
	ret = store_sum(store, id, true, &a, &sum, err);
	if (ret == 1)
		ret = store_get(store, id, &a, &q, err);
	if (ret == 1 && !all && strcmp(q.kind, kind_name(KIND_DISTINCT)) == 0)
		ret = 2;
	if (ret == 1 && (store_legs(store, id, &a, &legs, &n, err) != 0 ||
				record_write(&q, legs, n, &sum, out, err) != 0))
		ret = -1;
	arena_clear(&a);
	return ret;
}

void get_transcript(struct request *rq)
{
	struct error err;
	struct text t;
	int ret;

	if (!may_see(rq, false))
		return;
	text_init(&t, MAX_RECORD_BYTES);
	ret = write_record(
		rq->api->parts.store, rq->id, role_may(rq->who->role, MAY_READ_ALL), &t, &err);
	if (ret < 0)
		call_error(rq->call, &err);
	else if (ret == 0)
		reply_problem(rq, PROBLEM_NOT_FOUND,
			SAY("there is no secure sum of this question", "此问题没有安全求和"));
	else if (ret == 2)
		reply_problem(rq, PROBLEM_ROLE,
			SAY("the record of a count of distinct people is for auditors",
				"跨院去重计数的记录只供审计人员"));
	else
		call_reply(rq->call, 200, "application/octet-stream", text_str(&t), t.len);
	text_clear(&t);
}

void delete_question(struct request *rq)
{
	struct api_parts *p = &rq->api->parts;
	struct error err;

	if (!may_see(rq, true))
		return;
	if (rounds_cancel(p->rounds, rq->id, rq->who->account, &err) != 0)
		call_error(rq->call, &err);
	else
		reply_answer(rq, 202, rq->id);
}

void get_questions(struct request *rq)
{
	bool all = role_may(rq->who->role, MAY_READ_ALL);
	char study[MAX_ID + 1];
	int has_study = call_query(rq->call, "study", study, sizeof(study));
	struct stored_summary *list;
	struct page page;
	struct arena a;
	struct error err;
	struct text t;
	size_t n;
	bool more;

	if (has_study < 0 || (has_study == 1 && !id_valid(study))) {
		reply_problem(rq, PROBLEM_PARAMETER,
			SAY("'study' names one study", "study 应为一个课题的编号"));
		return;
	}
	if (!page_of(rq, LIST_DEFAULT, LIST_MAX, &page))
		return;
	arena_init(&a, READ_ARENA);
	text_init(&t, PAGE_BYTES);
	if (store_list(rq->api->parts.store, all ? NULL : rq->who->account,
		    has_study == 1 ? study : NULL, page.before, page.limit, &a, &list, &n, &more,
		    &err) != 0) {
		call_error(rq->call, &err);
	} else {
		reply_write_list(list, n, more, &t);
		reply_json(rq, 200, &t);
	}
	text_clear(&t);
	arena_clear(&a);
}

/* ---- asking ---- */

static bool key_valid(const char *key)
{
	size_t len = strlen(key);

	if (len == 0 || len > MAX_KEY_BYTES)
		return false;
	for (; *key != '\0'; key++)
		if (*key <= ' ' || *key > '~')
			return false;
	return true;
}

/* True if the Idempotency-Key answered the call already. What came with the same key a moment ago is waited for together. */
static bool repeated(struct request *rq, const struct stored_key *key)
{
	const char *storing;
	char id[MAX_ID + 1];
	struct hash32 first;
	struct error err;
	int found;

	if (key->key == NULL)
		return false;
	if (!key_valid(key->key)) {
		reply_problem(rq, PROBLEM_PARAMETER,
			SAY("an Idempotency-Key has 1 to 255 visible ASCII characters",
				"Idempotency-Key 应为 1 至 255 个可见 ASCII 字符"));
		return true;
	}
	storing = rounds_storing(rq->api->parts.rounds, rq->who->account, key->key, &first);
	found = storing != NULL ? 1
				: store_by_key(rq->api->parts.store, rq->who->account, key->key,
					  &first, id, &err);
	if (found < 0)
		call_error(rq->call, &err);
	else if (found == 1 && hash32_equal(&first, &key->body) && storing != NULL)
		asking_hold(rq, storing);
	else if (found == 1 && hash32_equal(&first, &key->body))
		asking_answer(rq, id);
	else if (found == 1)
		reply_problem(rq, PROBLEM_IDEMPOTENCY,
			SAY("this Idempotency-Key was used for another question",
				"该 Idempotency-Key 已用于另一个问题"));
	return found != 0;
}

static void ask(struct request *rq, const void *body, size_t len, const struct stored_key *key)
{
	struct api_parts *p = &rq->api->parts;
	struct asked asked;
	struct arena a;
	struct diags ds;
	struct error err;

	arena_init(&a, READ_ARENA);
	diags_init(&ds, &a);
	if (ask_read(body, len, rq->who->account, p->trust, p->sessions, clock_wall_ms(), &a, &ds,
		    &asked, &err) != 0) {
		reply_refusal(rq, &ds, &err);
	} else if (rounds_ask(p->rounds, &asked.q, asked.sites, asked.n_sites, key, &err) != 0) {
		call_error(rq->call, &err);
	} else {
		asking_hold(rq, asked.q.id);
	}
	arena_clear(&a);
}

void post_question(struct request *rq)
{
	struct stored_key key = { .key = call_header(rq->call, "Idempotency-Key") };
	const void *body;
	size_t len;

	if (!not_too_many(rq) || (body = body_of(rq, &len)) == NULL)
		return;
	key.body = sha256(body, len);
	if (!asking_wish_valid(rq))
		return;
	if (!repeated(rq, &key))
		ask(rq, body, len, &key);
}

/* ---- prices ---- */

/* A call that waits for a quote. */
struct waiting {
	struct call *call;
	struct api *api;
	struct quote *quote;
};

static void on_quote(const struct quote_leg *legs, size_t n, void *arg)
{
	struct waiting *w = arg;
	struct request rq = { .api = w->api, .call = w->call };
	struct text t;

	text_init(&t, PAGE_BYTES);
	reply_write_quotes(legs, n, &t);
	reply_json(&rq, 200, &t);
	text_clear(&t);
	free(w);
}

static void on_gone(struct call *c, void *arg)
{
	struct waiting *w = arg;

	quote_drop(w->quote);
	call_reply(c, 503, "text/plain", "", 0); /* to nobody */
	free(w);
}

static void quote(struct request *rq, struct msg_quote *m, const size_t *sites, size_t n)
{
	struct waiting *w = calloc(1, sizeof(*w));
	struct error err;

	if (w == NULL) {
		reply_problem(rq, PROBLEM_UNAVAILABLE, SAY("no memory", "内存不足"));
		return;
	}
	w->call = rq->call;
	w->api = rq->api;
	memcpy(m->requester, rq->who->account, sizeof(m->requester));
	if (quotes_ask(rq->api->parts.quotes, m, sites, n, on_quote, w, &w->quote, &err) != 0) {
		free(w);
		call_error(rq->call, &err);
		return;
	}
	call_hold(rq->call, on_gone, w);
}

void post_price(struct request *rq)
{
	struct api_parts *p = &rq->api->parts;
	struct msg_quote m = { .question = { NULL, 0 } };
	struct asked asked;
	struct arena a;
	struct diags ds;
	struct error err;
	const void *body;
	size_t len;

	if (!not_too_many(rq) || (body = body_of(rq, &len)) == NULL)
		return;
	arena_init(&a, READ_ARENA);
	diags_init(&ds, &a);
	if (ask_read_price(body, len, p->sessions, &a, &ds, &asked, &err) != 0) {
		reply_refusal(rq, &ds, &err);
	} else {
		memcpy(m.study, asked.q.study, sizeof(m.study));
		m.question = asked.q.canonical;
		quote(rq, &m, asked.sites, asked.n_sites);
	}
	arena_clear(&a);
}

void get_budget(struct request *rq)
{
	size_t n = sessions_count(rq->api->parts.sessions);
	struct msg_quote m = { .question = { (const uint8_t *)"", 0 } };
	size_t *sites;

	if (!not_too_many(rq))
		return;
	if (call_query(rq->call, "study", m.study, sizeof(m.study)) != 1 || !id_valid(m.study)) {
		reply_problem(rq, PROBLEM_PARAMETER,
			SAY("name one study, as ?study=DM-2026-01",
				"请指定一个课题，如 ?study=DM-2026-01"));
		return;
	}
	sites = calloc(n == 0 ? 1 : n, sizeof(*sites));
	if (sites == NULL) {
		reply_problem(rq, PROBLEM_UNAVAILABLE, SAY("no memory", "内存不足"));
		return;
	}
	for (size_t i = 0; i < n; i++)
		sites[i] = i;
	quote(rq, &m, sites, n);
	free(sites);
}
