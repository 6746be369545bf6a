/*
 * api_studies.c - studies: proposals of people, and what each site says of them.
 *
 * A proposal is seen by who made it, by its members, and by who may MAY_ALL_STUDIES; for everybody else there is none, in
 * the same words. It gives nobody a right: neither at a site, nor to see what others asked.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "gateway/api_in.h"
#include "gateway/proposal.h"
#include "gateway/store/studies.h"
#include "gateway/study_known.h"
#include "gateway/told.h"

enum {
	REPLY_BYTES = 32 << 20,
	LIST_ARENA = 32 << 20, /* a page of proposals */
	PAGE_MOST = 50,
	ENTRY_BYTES = 1 << 20,
};

#define NO_STUDY SAY("there is no such study", "没有这个课题")

/* Whose studies a person sees; NULL: everybody's. */
static const char *seen_by(const struct request *rq)
{
	return role_may(rq->who->role, MAY_ALL_STUDIES) ? NULL : rq->who->account;
}

/* ---- writing ---- */

static void write_days(struct text *t, int64_t from, int64_t to)
{
	char first[16], last[16];

	text_addf(t, ",\"valid\":{\"from\":\"%s\",\"to\":\"%s\"}", day_text((int32_t)from, first),
		day_text((int32_t)to, last));
}

/* What a site's own policy says of the study, to this person. */
static void write_site(struct text *t, const struct request *rq, size_t site, const char *study)
{
	struct study_at at;

	catalogue_study(rq->api->parts.catalogue, site, study, seen_by(rq), clock_today(), &at);
	text_add(t, "{\"site\":");
	text_add_json(t, sessions_names(rq->api->parts.sessions)[site]);
	text_addf(t, ",\"state\":\"%s\"", study_state_name(at.state));
	if (at.policy > 0)
		text_addf(t, ",\"policy\":%llu", (unsigned long long)at.policy);
	if (at.study != NULL)
		write_days(t, at.from, at.to);
	if (at.say.en != NULL && at.say.zh != NULL) {
		text_add(t, ",\"say\":");
		told_say(t, at.say.en, at.say.zh);
	}
	text_addc(t, '}');
}

static void write_sites(struct text *t, const struct request *rq, const char *study)
{
	text_add(t, ",\"sites\":[");
	for (size_t i = 0; i < sessions_count(rq->api->parts.sessions); i++) {
		text_add(t, i > 0 ? "," : "");
		write_site(t, rq, i, study);
	}
	text_addc(t, ']');
}

/* The stored text is an object: the rest goes before its closing brace. */
static void write_study(struct text *t, const struct request *rq, const struct stored_study *s)
{
	char when[32];

	text_addn(t, s->text.at, s->text.len - 1);
	text_add(t, ",\"proposed_by\":");
	text_add_json(t, s->account);
	text_addf(t, ",\"proposed\":\"%s\"", clock_iso(s->proposed_ms, when));
	write_sites(t, rq, s->id);
	text_addc(t, '}');
}

static void write_known(struct text *t, const struct request *rq, const struct offered_study *s)
{
	study_known_write(s, seen_by(rq), t);
	write_sites(t, rq, s->id);
	text_addc(t, '}');
}

static void reply_study(struct request *rq, int status, const struct stored_study *s)
{
	struct text t;

	text_init(&t, REPLY_BYTES);
	write_study(&t, rq, s);
	reply_json(rq, status, &t);
	text_clear(&t);
}

/* ---- reading ---- */

/* The study of the path, if the person may see it; false: the call is ended. */
static bool find_study(struct request *rq, struct arena *a, struct stored_study *out)
{
	struct error err;
	int found = store_study(rq->api->parts.store, rq->id, seen_by(rq), a, out, &err);

	if (found < 0)
		call_error(rq->call, &err);
	else if (found == 0)
		reply_problem(rq, PROBLEM_NOT_FOUND, NO_STUDY);
	return found == 1;
}

/* Nobody proposed it here, or nobody whom the person knows: a site may name them in it. */
static void reply_known(struct request *rq)
{
	const struct api_parts *p = &rq->api->parts;
	const struct offered_study *s =
		study_known(p->catalogue, sessions_count(p->sessions), seen_by(rq), rq->id);
	struct text t;

	if (s == NULL) {
		reply_problem(rq, PROBLEM_NOT_FOUND, NO_STUDY);
		return;
	}
	text_init(&t, REPLY_BYTES);
	write_known(&t, rq, s);
	reply_json(rq, 200, &t);
	text_clear(&t);
}

void get_study(struct request *rq)
{
	struct stored_study s;
	struct arena a;
	struct error err;
	int found;

	arena_init(&a, READ_ARENA);
	found = store_study(rq->api->parts.store, rq->id, seen_by(rq), &a, &s, &err);
	if (found < 0)
		call_error(rq->call, &err);
	else if (found == 0)
		reply_known(rq);
	else
		reply_study(rq, 200, &s);
	arena_clear(&a);
}

/* Those that sites tell of and that stand in no proposal the person sees: behind the last of those. */
static int write_all_known(
	struct text *t, struct request *rq, bool first, struct arena *a, struct error *err)
{
	const struct api_parts *p = &rq->api->parts;
	const struct offered_study *list[STUDIES_KNOWN];
	size_t n = studies_known(p->catalogue, sessions_count(p->sessions), seen_by(rq), list);
	struct stored_study s;

	for (size_t i = 0; i < n; i++) {
		int found = store_study(p->store, list[i]->id, seen_by(rq), a, &s, err);

		if (found < 0)
			return -1;
		if (found == 1)
			continue;
		text_add(t, first ? "" : ",");
		first = false;
		write_known(t, rq, list[i]);
	}
	return 0;
}

static void reply_list(
	struct request *rq, const struct stored_study *list, size_t n, bool more, struct arena *a)
{
	struct error err;
	struct text t;
	int ret = 0;

	text_init(&t, REPLY_BYTES);
	text_add(&t, "{\"studies\":[");
	for (size_t i = 0; i < n; i++) {
		text_add(&t, i > 0 ? "," : "");
		write_study(&t, rq, &list[i]);
	}
	if (!more)
		ret = write_all_known(&t, rq, n == 0, a, &err);
	text_addc(&t, ']');
	if (more) {
		text_add(&t, ",\"next\":");
		text_add_json(&t, list[n - 1].id);
	}
	text_addc(&t, '}');
	if (ret != 0)
		call_error(rq->call, &err);
	else
		reply_json(rq, 200, &t);
	text_clear(&t);
}

void get_studies(struct request *rq)
{
	struct stored_study *list;
	struct page page;
	struct arena a;
	struct error err;
	size_t n;
	bool more;

	if (!page_of(rq, PAGE_MOST, PAGE_MOST, &page))
		return;
	arena_init(&a, LIST_ARENA);
	if (store_studies(rq->api->parts.store, seen_by(rq), page.before, page.limit, &a, &list, &n,
		    &more, &err) != 0)
		call_error(rq->call, &err);
	else
		reply_list(rq, list, n, more, &a);
	arena_clear(&a);
}

void get_study_entry(struct request *rq)
{
	struct stored_study s;
	struct proposal p;
	struct arena a;
	struct diags ds;
	struct error err;
	struct text t;
	char name[MAX_ID + 64];

	arena_init(&a, LIST_ARENA);
	diags_init(&ds, &a);
	text_init(&t, ENTRY_BYTES);
	if (find_study(rq, &a, &s)) {
		if (proposal_read(&p, s.text.at, s.text.len, &a, &ds, &err) != 0) {
			err.code = E_SYSTEM; /* it was read when it was proposed */
			call_error(rq->call, &err);
		} else {
			proposal_entry(&p, s.account, s.proposed_ms, &t);
			snprintf(name, sizeof(name), "attachment; filename=\"%s.studies.yaml\"",
				p.id);
			call_add_header(rq->call, "Content-Disposition", name);
			call_reply(rq->call, 200, "text/yaml; charset=utf-8", text_str(&t), t.len);
		}
	}
	text_clear(&t);
	arena_clear(&a);
}

/* ---- proposing and withdrawing ---- */

static int keep(struct request *rq, const struct proposal *p, const struct stored_study *s,
	struct arena *a, struct error *err)
{
	struct store *store = rq->api->parts.store;
	const char **members = arena_array(a, p->n_members, sizeof(*members));
	char detail[MAX_ID + 64];
	int ret = -1;

	if (members == NULL)
		return error_memory(err);
	for (size_t i = 0; i < p->n_members; i++)
		members[i] = p->members[i].account;
	snprintf(detail, sizeof(detail), "%zu members, %zu columns", p->n_members, p->may_use.n);
	if (store_begin(store, err) != 0)
		return -1;
	if (store_study_add(store, s, members, p->n_members, err) == 0 &&
		store_audit(store, s->proposed_ms, "study.proposed", s->account, s->id, detail,
			err) == 0)
		ret = store_commit(store, err);
	if (ret != 0)
		store_rollback(store);
	return ret;
}

static void propose(struct request *rq, const struct proposal *p, struct arena *a)
{
	struct stored_study s = {
		.id = p->id, .account = rq->who->account, .proposed_ms = clock_wall_ms()
	};
	char location[MAX_ID + 32];
	struct error err;
	struct text t;

	text_init(&t, REPLY_BYTES);
	proposal_write(p, &t);
	s.text = (struct view){ (const uint8_t *)text_str(&t), t.len };
	if (text_failed(&t)) {
		reply_problem(rq, PROBLEM_UNAVAILABLE, SAY("no memory", "内存不足"));
	} else if (keep(rq, p, &s, a, &err) != 0) {
		if (err.code == E_LIMIT) /* nothing that waiting would mend */
			reply_problem(rq, PROBLEM_FULL, err.say);
		else
			call_error(rq->call, &err);
	} else {
		snprintf(location, sizeof(location), "/v1/studies/%s", p->id);
		call_add_header(rq->call, "Location", location);
		reply_study(rq, 201, &s);
	}
	text_clear(&t);
}

void post_study(struct request *rq)
{
	struct proposal p;
	struct arena a;
	struct diags ds;
	struct error err;
	const void *body;
	size_t len;

	if ((body = body_of(rq, &len)) == NULL)
		return;
	arena_init(&a, READ_ARENA);
	diags_init(&ds, &a);
	if (proposal_read(&p, body, len, &a, &ds, &err) != 0)
		reply_refusal(rq, &ds, &err);
	else
		propose(rq, &p, &a);
	arena_clear(&a);
}

static int withdraw(struct request *rq, struct error *err)
{
	struct store *store = rq->api->parts.store;
	int gone;

	if (store_begin(store, err) != 0)
		return -1;
	gone = store_study_drop(store, rq->who->account, rq->id, err);
	if (gone == 1 && (store_audit(store, clock_wall_ms(), "study.withdrawn", rq->who->account,
				  rq->id, "", err) != 0 ||
				 store_commit(store, err) != 0))
		gone = -1;
	if (gone != 1)
		store_rollback(store);
	return gone;
}

void delete_study(struct request *rq)
{
	struct error err;
	int gone = withdraw(rq, &err);

	if (gone < 0)
		call_error(rq->call, &err);
	else if (gone == 0)
		reply_problem(rq, PROBLEM_NOT_FOUND, NO_STUDY);
	else
		reply_nothing(rq);
}
