/*
 * api_common.c - what handlers of several files need: bodies, pages, problems of a body, whose a question is.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/api_in.h"
#include "gateway/told.h"

enum {
	PROBLEM_BYTES = 4 << 20,
	MAX_PROBLEMS = 20,
};

/* True if the person may see the question; else the call is ended. */
bool may_see(struct request *rq, bool owner_only)
{
	struct stored_question q;
	struct arena a;
	struct error err;
	int found;
	bool may = false;

	arena_init(&a, READ_ARENA);
	found = store_get(rq->api->parts.store, rq->id, &a, &q, &err);
	if (found == 1)
		may = strcmp(q.account, rq->who->account) == 0 ||
		      (!owner_only && role_may(rq->who->role, MAY_READ_ALL));
	arena_clear(&a);
	if (found < 0)
		call_error(rq->call, &err);
	else if (!may)
		reply_problem(rq, PROBLEM_NOT_FOUND, NO_QUESTION);
	return may;
}

/* ---- rates ---- */

bool not_too_many(struct request *rq)
{
	unsigned wait_s;
	char text[16];

	if (people_take(rq->api->parts.people, rq->who, clock_mono_ms(), &wait_s))
		return true;
	snprintf(text, sizeof(text), "%u", wait_s);
	call_add_header(rq->call, "Retry-After", text);
	reply_problem(rq, PROBLEM_RATE,
		SAY("too many questions, prices or sign-ins in a short time; wait a little",
			"短时间内提问、询价或登录过多，请稍候"));
	return false;
}

/* ---- pages ---- */

bool page_of(struct request *rq, unsigned usual, unsigned most, struct page *out)
{
	int has_before = call_query(rq->call, "before", out->text, sizeof(out->text));
	char limit_text[16], en[96], zh[96];
	int has_limit = call_query(rq->call, "limit", limit_text, sizeof(limit_text));
	uint64_t limit = usual;

	if (has_before >= 0 && has_limit >= 0 && (has_before == 0 || id_valid(out->text)) &&
		(has_limit == 0 ||
			(parse_u64(limit_text, &limit) && limit >= 1 && limit <= most))) {
		out->before = has_before == 1 ? out->text : NULL;
		out->limit = (unsigned)limit;
		return true;
	}
	snprintf(en, sizeof(en), "'limit' is a number from 1 to %u, 'before' is a page's 'next'",
		most);
	snprintf(zh, sizeof(zh), "limit 应为 1 至 %u 的数，before 应为上一页的 next", most);
	reply_problem(rq, PROBLEM_PARAMETER, (struct say){ en, zh });
	return false;
}

/* ---- what is wrong with a body ---- */

static void write_problem_list(struct text *t, const struct diags *ds)
{
	size_t shown = 0;

	text_add(t, ",\"errors\":[");
	for (size_t i = 0; i < ds->count && shown < MAX_PROBLEMS; i++) {
		const struct diag *d = &ds->list[i];

		if (d->level != DIAG_ERROR)
			continue;
		text_add(t, shown++ > 0 ? ",{\"code\":" : "{\"code\":");
		text_add_json(t, d->code);
		text_addf(t, ",\"at\":\"%s:%u:%u\",\"say\":{\"en\":",
			d->at.file == NULL ? "" : d->at.file, d->at.line, d->at.column);
		text_add_json(t, d->en);
		text_add(t, ",\"zh\":");
		text_add_json(t, d->zh);
		text_add(t, "}}");
	}
	text_addc(t, ']');
}

void reply_diags(struct request *rq, const struct diags *ds)
{
	struct problem p = { .type = PROBLEM_BODY };
	const struct diag *first = diags_first(ds);
	struct text more, at;

	if (first == NULL) { /* counted, but past what is kept */
		reply_problem(rq, PROBLEM_BODY, SAY("the body has more mistakes than can be listed", "请求体错误过多，无法逐一列出"));
		return;
	}
	text_init(&at, MAX_NAME);
	told_place(&at, &first->at);
	text_init(&more, PROBLEM_BYTES);
	write_problem_list(&more, ds);
	p.say = (struct say){ first->en, first->zh };
	p.code = first->code;
	p.at = first->at.line > 0 ? text_str(&at) : NULL;
	p.more = text_failed(&more) ? NULL : text_str(&more);
	call_problem(rq->call, &p);
	text_clear(&more);
	text_clear(&at);
}

/* The body of a POST, or NULL with the call ended. */
const void *body_of(struct request *rq, size_t *len)
{
	const void *body = call_body(rq->call, len);

	if (body == NULL)
		reply_problem(
			rq, PROBLEM_TOO_LARGE, SAY("the body is larger than 512 KiB", "请求体超过 512 KiB"));
	return body;
}

static void record_denied(struct request *rq, const char *why)
{
	struct error err;

	if (store_audit(rq->api->parts.store, clock_wall_ms(), "question.denied", rq->who->account,
		    "", why, &err) != 0)
		log_line(LOG_ERROR, "a denied question is not in the audit: %s", err.log);
}

void reply_refusal(struct request *rq, const struct diags *ds, const struct error *err)
{
	if (ds->errors > 0) {
		reply_diags(rq, ds);
		return;
	}
	if (err->code == E_DENIED) {
		log_line(LOG_WARNING, "account %s: %s", rq->who->account, err->log);
		record_denied(rq, err->log);
	}
	call_error(rq->call, err);
}
