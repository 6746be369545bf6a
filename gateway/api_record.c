/*
 * api_record.c - what was asked of whom, and the chained record.
 *
 * Nothing here holds a value of an answer. What a question counted is told from its stored text; whose it is only to that
 * person and to who may MAY_READ_ALL.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "gateway/api_in.h"
#include "gateway/store/shown.h"
#include "gateway/study_known.h"
#include "gateway/told.h"
#include "query/answer.h"
#include "query/canonical.h"

enum {
	RECORD_BYTES = 32 << 20,
	RECORD_ARENA = 32 << 20,
	PAGE_USUAL = 50,
	SHOWN_MOST = 50,
	AUDIT_MOST = 200,
};

/* A page's place in a list that has numbers; false: the call is ended. */
static bool numbered_page(struct request *rq, unsigned most, int64_t *before, unsigned *limit)
{
	struct page page;
	uint64_t n = INT64_MAX;

	if (!page_of(rq, PAGE_USUAL, most, &page))
		return false;
	if (page.before != NULL && (!parse_u64(page.before, &n) || n > INT64_MAX)) {
		reply_problem(
			rq, PROBLEM_PARAMETER, SAY("'before' is a page's 'next'", "before 应为上一页的 next"));
		return false;
	}
	*before = (int64_t)n;
	*limit = page.limit;
	return true;
}

/* ---- what was asked ---- */

/* Everybody's, for those whose work it is to look. */
static bool sees_all(enum role r)
{
	return r == ROLE_OFFICER || r == ROLE_AUDITOR || r == ROLE_OPERATOR;
}

struct looker {
	const struct request *rq;
	/* The studies whose sites' policies name the person: a proposal alone shows nothing, for anybody may write any id
	 * and any name into one. And of those questions the ones that a site which says so was asked: no site lets anybody
	 * see what was asked of others. Read once a page, for there is one question of it in every row. */
	const struct offered_study *own[STUDIES_KNOWN];
	size_t n;
	bool known;
};

static bool may_see_study(struct looker *l, const char *study)
{
	const struct api_parts *p = &l->rq->api->parts;
	const char *account = l->rq->who->account;

	if (!l->known)
		l->n = studies_known(
			p->catalogue, sessions_count(p->sessions), account, l->own);
	l->known = true;
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->own[i]->id, study) == 0)
			return true;
	return l->n == STUDIES_KNOWN && catalogue_member(p->catalogue, account, study);
}

static bool may_see_shown(const char *account, const char *study, void *arg)
{
	struct looker *l = arg;

	return strcmp(account, l->rq->who->account) == 0 || may_see_study(l, study);
}

static bool may_see_of(const char *site, const char *account, const char *study, void *arg)
{
	const struct request *rq = ((const struct looker *)arg)->rq;

	return strcmp(account, rq->who->account) == 0 ||
	       catalogue_member_at(rq->api->parts.catalogue, site, rq->who->account, study);
}

static void write_words(struct text *t, const struct stored_shown *s)
{
	struct question *q;
	struct hash32 hash;
	struct arena a;
	struct error err;

	arena_init(&a, MAX_QUERY_ARENA);
	if (canonical_read(s->canonical.at, s->canonical.len, &a, &q, &hash, &err) == 0)
		told_question(t, q);
	else /* of an older program, whose language was another */
		told_say(t, "this question can no longer be read", "此问题已无法读取");
	arena_clear(&a);
}

static void write_shown(struct text *t, const struct request *rq, const struct stored_shown *s)
{
	char when[32];

	text_addf(t, "{\"asked\":\"%s\",\"study\":", clock_iso(s->received_ms, when));
	text_add_json(t, s->study);
	text_addf(t, ",\"kind\":\"%s\",\"mode\":\"%s\",\"say\":", s->kind, s->mode);
	write_words(t, s);
	text_add(t, ",\"sites\":[");
	for (size_t i = 0; i < s->n_legs; i++) {
		text_add(t, i > 0 ? ",{\"site\":" : "{\"site\":");
		text_add_json(t, s->legs[i].site);
		text_addf(t, ",\"state\":\"%s\"}", site_state_name(s->legs[i].state));
	}
	text_addc(t, ']');
	if (strcmp(s->account, rq->who->account) == 0 || role_may(rq->who->role, MAY_READ_ALL)) {
		text_add(t, ",\"id\":");
		text_add_json(t, s->id);
		text_add(t, ",\"asked_by\":");
		text_add_json(t, s->account);
	}
	text_addc(t, '}');
}

void get_transparency(struct request *rq)
{
	struct looker looker = { .rq = rq };
	struct shown_want want = { .may = sees_all(rq->who->role) ? NULL : may_see_shown,
		.may_of = may_see_of,
		.arg = &looker };
	struct shown_page page;
	struct arena a;
	struct error err;
	struct text t;

	if (!numbered_page(rq, SHOWN_MOST, &want.before, &want.limit))
		return;
	arena_init(&a, RECORD_ARENA);
	text_init(&t, RECORD_BYTES);
	if (store_shown(rq->api->parts.store, &want, &a, &page, &err) != 0) {
		call_error(rq->call, &err);
	} else {
		text_add(&t, "{\"questions\":[");
		for (size_t i = 0; i < page.n; i++) {
			text_add(&t, i > 0 ? "," : "");
			write_shown(&t, rq, &page.list[i]);
		}
		text_addc(&t, ']');
		if (page.next > 0)
			text_addf(&t, ",\"next\":\"%" PRId64 "\"", page.next);
		text_addc(&t, '}');
		reply_json(rq, 200, &t);
	}
	text_clear(&t);
	arena_clear(&a);
}

/* ---- the chained record ---- */

/* AUDIT_STEP records further; from its end the walk begins anew, so that what is changed later is found too. */
static int check_more(struct api *api, uint64_t *count, struct error *err)
{
	struct audit_check *c = &api->audit;

	if (store_audit_walk(api->parts.store, &c->walk, AUDIT_STEP, count, err) != 0)
		return -1;
	if (c->walk.broken != 0)
		c->broken = c->walk.broken;
	if (c->walk.seq < *count)
		return 0;
	c->broken = c->walk.broken;
	c->whole = true;
	c->walk = (struct audit_walk){ 0 };
	return 0;
}

static void write_record(struct text *t, const struct audit_record *r)
{
	char when[32], hash[HASH_TEXT];

	text_addf(t, "{\"seq\":%" PRId64 ",\"at\":\"%s\",\"what\":", r->seq,
		clock_iso(r->at_ms, when));
	text_add_json(t, r->what);
	text_add(t, ",\"who\":");
	text_add_json(t, r->who);
	text_add(t, ",\"about\":");
	text_add_json(t, r->about);
	text_add(t, ",\"detail\":");
	text_add_json(t, r->detail);
	text_addf(t, ",\"hash\":\"%s\"}", hash32_text(&r->hash, hash));
}

static void write_records(struct text *t, const struct audit_record *list, size_t n, bool more)
{
	text_add(t, "{\"records\":[");
	for (size_t i = 0; i < n; i++) {
		text_add(t, i > 0 ? "," : "");
		write_record(t, &list[i]);
	}
	text_addc(t, ']');
	if (more)
		text_addf(t, ",\"next\":\"%" PRId64 "\"", list[n - 1].seq);
}

void get_audit(struct request *rq)
{
	const struct audit_check *c = &rq->api->audit;
	struct audit_record *list;
	uint64_t count = 0;
	unsigned limit;
	int64_t before;
	struct arena a;
	struct error err;
	struct text t;
	size_t n;
	bool more;

	if (!numbered_page(rq, AUDIT_MOST, &before, &limit))
		return;
	arena_init(&a, READ_ARENA);
	text_init(&t, RECORD_BYTES);
	if (store_audit_list(rq->api->parts.store, before, limit, &a, &list, &n, &more, &err) !=
			0 ||
		check_more(rq->api, &count, &err) != 0) {
		call_error(rq->call, &err);
	} else {
		write_records(&t, list, n, more);
		text_addf(&t, ",\"intact\":%s,\"count\":%" PRIu64 ",\"checked\":%" PRIu64,
			c->broken == 0 ? "true" : "false", count, c->whole ? count : c->walk.seq);
		if (c->broken != 0)
			text_addf(&t, ",\"broken\":%" PRIu64, c->broken);
		text_addc(&t, '}');
		reply_json(rq, 200, &t);
	}
	text_clear(&t);
	arena_clear(&a);
}
