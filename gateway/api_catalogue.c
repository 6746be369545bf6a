/*
 * api_catalogue.c - what sites offer, and the concepts of the vocabulary.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "gateway/api_in.h"
#include "gateway/catalogue_write.h"
#include "query/cohort.h"
#include "vocabulary/vocabulary.h"

enum {
	CATALOGUE_BYTES = 16 << 20, /* of one reply */
	SITE_ARENA = 32 << 20,      /* to put one site's rows together, whatever it sends */
	CONCEPTS_ARENA = 4 << 20,   /* one reply about concepts */
	CONCEPTS_DEFAULT = 20
};

/* ---- the catalogue ---- */

/* What was asked for besides: words, one site. */
struct wanted {
	char words[MAX_SEARCH + 1], site[MAX_ID + 1];
	bool has_words, has_site;
};

static bool wanted_of(struct request *rq, struct wanted *w)
{
	int words = call_query(rq->call, "q", w->words, sizeof(w->words)),
	    site = call_query(rq->call, "site", w->site, sizeof(w->site));

	w->has_words = words == 1 && w->words[0] != '\0';
	w->has_site = site == 1;
	if (words >= 0 && site >= 0)
		return true;
	reply_problem(rq, PROBLEM_PARAMETER,
		SAY("'q' is words of at most 200 bytes, 'site' one site",
			"q 为检索词，最多 200 字节；site 为一家医院"));
	return false;
}

/* Appends the site, unless nothing of it fits. */
static int write_site(struct request *rq, const struct wanted *w, size_t site, bool *any,
	struct text *t, struct error *err)
{
	const struct api_parts *p = &rq->api->parts;
	const struct site_status *st = sessions_status(p->sessions, site);
	const struct offered *o = catalogue_of(p->catalogue, site);
	bool all = role_may(rq->who->role, MAY_ALL_STUDIES), found = true;
	struct seen seen;
	struct arena a;
	int ret;

	if (o == NULL || (w->has_site && strcmp(w->site, st->site) != 0))
		return 0;
	arena_init(&a, SITE_ARENA);
	ret = catalogue_see(o, all ? NULL : rq->who->account, &a, &seen, err);
	if (ret == 0 && w->has_words)
		ret = catalogue_search(&seen, st->site, w->words, &a, &found, err);
	if (ret == 0 && found) {
		if (*any)
			text_addc(t, ',');
		catalogue_write_site(&seen, st, t);
		*any = true;
	}
	arena_clear(&a);
	return ret;
}

static int write_catalogue(
	struct request *rq, const struct wanted *w, struct text *t, struct error *err)
{
	const struct api_parts *p = &rq->api->parts;
	const struct coverage_row *rows;
	bool any = false;
	size_t n;

	if (coverage_rows(p->coverage, clock_mono_ms(), &rows, &n, err) != 0)
		return -1;
	text_add(t, "{\"sites\":[");
	for (size_t i = 0; i < sessions_count(p->sessions); i++)
		if (write_site(rq, w, i, &any, t, err) != 0)
			return -1;
	text_add(t, "],\"coverage\":");
	catalogue_write_coverage(rows, n, t);
	text_addc(t, '}');
	return 0;
}

void get_catalogue(struct request *rq)
{
	struct wanted w;
	struct error err;
	struct text t;

	if (!wanted_of(rq, &w))
		return;
	text_init(&t, CATALOGUE_BYTES);
	if (write_catalogue(rq, &w, &t, &err) != 0)
		reply_problem(rq, PROBLEM_UNAVAILABLE, err.say);
	else if (text_failed(&t))
		reply_problem(rq, PROBLEM_UNAVAILABLE,
			SAY("the catalogue is too large for one answer; name a site, as ?site=renmin",
				"目录过大，请指定医院，如 ?site=renmin"));
	else
		reply_json(rq, 200, &t);
	text_clear(&t);
}

void get_catalogue_ld(struct request *rq)
{
	const struct api_parts *p = &rq->api->parts;
	size_t n = sessions_count(p->sessions), n_rows;
	const struct offered **of = calloc(n == 0 ? 1 : n, sizeof(*of));
	const struct coverage_row *rows;
	struct error err;
	struct text t;

	if (of == NULL || coverage_rows(p->coverage, clock_mono_ms(), &rows, &n_rows, &err) != 0) {
		reply_problem(rq, PROBLEM_UNAVAILABLE, SAY("no memory", "内存不足"));
		free(of);
		return;
	}
	for (size_t i = 0; i < n; i++)
		of[i] = catalogue_of(p->catalogue, i);
	text_init(&t, CATALOGUE_BYTES);
	catalogue_write_ld(p->name, sessions_names(p->sessions), of, n, rows, n_rows, &t);
	if (text_failed(&t))
		reply_problem(rq, PROBLEM_UNAVAILABLE, SAY("the catalogue is too large", "目录过大"));
	else
		call_reply(rq->call, 200, "application/ld+json", text_str(&t), t.len);
	text_clear(&t);
	free(of);
}

/* ---- concepts ---- */

static void concept_json(struct text *t, const struct concept *c)
{
	text_addf(t, "{\"id\":%lld,\"name\":", (long long)c->id);
	text_add_json(t, c->name);
	text_add(t, ",\"zh\":");
	if (c->zh == NULL)
		text_add(t, "null");
	else
		text_add_json(t, c->zh);
	text_add(t, ",\"vocabulary\":");
	text_add_json(t, c->vocabulary);
	text_add(t, ",\"code\":");
	text_add_json(t, c->code);
	text_add(t, ",\"domain\":");
	text_add_json(t, c->domain);
	text_addf(t, ",\"standard\":%s,\"descendants\":%lld", c->standard ? "true" : "false",
		(long long)c->descendants);
}

static void concepts_json(struct text *t, const struct concept *list, size_t n)
{
	text_addc(t, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			text_addc(t, ',');
		concept_json(t, &list[i]);
		text_addc(t, '}');
	}
	text_addc(t, ']');
}

/* The domain of the vocabulary that codes of such events are in. */
static const char *domain_of(enum event_kind event)
{
	static const char *const domains[EVENTS] = { [EVENT_CONDITION] = "Condition",
		[EVENT_DRUG] = "Drug",
		[EVENT_PROCEDURE] = "Procedure",
		[EVENT_MEASUREMENT] = "Measurement",
		[EVENT_OBSERVATION] = "Observation",
		[EVENT_VISIT] = "Visit",
		[EVENT_DEATH] = "Condition", /* its cause */
		[EVENT_DEVICE] = "Device",
		[EVENT_SPECIMEN] = "Specimen",
		[EVENT_VISIT_DETAIL] = "Visit",
		[EVENT_CONDITION_ERA] = "Condition",
		[EVENT_DRUG_ERA] = "Drug",
		[EVENT_DOSE_ERA] = "Drug",
		[EVENT_OBSERVATION_PERIOD] = "Type Concept" };

	return domains[event];
}

struct asked_concepts {
	char words[MAX_WORDS + 1], event[MAX_ID + 1], after[AFTER_BYTES], limit[16];
	const char *domain;
	uint64_t n;
};

/* 1 there, 0 left out (out is ""), -1 longer or twice. */
static int parameter(struct request *rq, const char *key, char *out, size_t size)
{
	int got = call_query(rq->call, key, out, size);

	if (got == 0)
		out[0] = '\0';
	return got;
}

static bool asked_concepts(struct request *rq, struct asked_concepts *q)
{
	enum event_kind event;
	int words = parameter(rq, "q", q->words, sizeof(q->words)),
	    of = parameter(rq, "event", q->event, sizeof(q->event)),
	    after = parameter(rq, "after", q->after, sizeof(q->after)),
	    limit = parameter(rq, "limit", q->limit, sizeof(q->limit));

	q->domain = NULL;
	q->n = CONCEPTS_DEFAULT;
	if (words != 1 || of < 0 || after < 0 || limit < 0 ||
		(limit == 1 && (!parse_u64(q->limit, &q->n) || q->n < 1 || q->n > MAX_CONCEPTS_PAGE)) ||
		(of == 1 && !event_parse(q->event, &event))) {
		reply_problem(rq, PROBLEM_PARAMETER,
			SAY("'q' is words of at most 200 bytes, 'event' a kind such as condition, 'limit' 1 to "
			    "100, 'after' of the page before",
				"q 为检索词（最多 200 字节），event 为事件类型，如 condition，limit 为 1 至 "
				"100，after 取自上一页"));
		return false;
	}
	if (of == 1)
		q->domain = domain_of(event);
	return true;
}

static struct vocabulary *vocabulary_of(struct request *rq)
{
	if (rq->api->parts.vocabulary == NULL)
		reply_problem(rq, PROBLEM_NO_VOCABULARY,
			SAY("this gateway has no vocabulary to search", "本网关未配置概念库"));
	return rq->api->parts.vocabulary;
}

static void reply_no_concepts(struct request *rq, const struct error *err)
{
	if (err->code == E_INPUT || err->code == E_LIMIT)
		reply_problem(rq, PROBLEM_PARAMETER, err->say);
	else
		call_error(rq->call, err);
}

void get_concepts(struct request *rq)
{
	struct vocabulary *v = vocabulary_of(rq);
	struct asked_concepts q;
	struct concept_page page;
	struct arena a;
	struct error err;
	struct text t;

	if (v == NULL || !asked_concepts(rq, &q))
		return;
	arena_init(&a, CONCEPTS_ARENA);
	text_init(&t, CONCEPTS_ARENA);
	if (vocabulary_search(v, q.words, q.domain, q.after, (size_t)q.n, &a, &page, &err) != 0) {
		reply_no_concepts(rq, &err);
	} else {
		text_add(&t, "{\"concepts\":");
		concepts_json(&t, page.list, page.n);
		if (page.after[0] != '\0')
			text_addf(&t, ",\"next\":\"%s\"", page.after);
		text_addc(&t, '}');
		reply_json(rq, 200, &t);
	}
	text_clear(&t);
	arena_clear(&a);
}

void get_concept(struct request *rq)
{
	struct vocabulary *v = vocabulary_of(rq);
	struct concept_tree tree;
	struct arena a;
	struct error err;
	struct text t;
	uint64_t id;
	int found;

	if (v == NULL)
		return;
	arena_init(&a, CONCEPTS_ARENA);
	text_init(&t, CONCEPTS_ARENA);
	found = parse_u64(rq->id, &id) && id <= INT64_MAX
			? vocabulary_tree(v, (int64_t)id, &a, &tree, &err)
			: 0;
	if (found < 0) {
		reply_no_concepts(rq, &err);
	} else if (found == 0) {
		reply_problem(rq, PROBLEM_NOT_FOUND, SAY("there is no such concept", "没有这个概念"));
	} else {
		concept_json(&t, &tree.self);
		text_add(&t, ",\"parents\":");
		concepts_json(&t, tree.parents, tree.n_parents);
		text_add(&t, ",\"children\":");
		concepts_json(&t, tree.children, tree.n_children);
		text_addf(&t, ",\"more\":%s}", tree.more ? "true" : "false");
		reply_json(rq, 200, &t);
	}
	text_clear(&t);
	arena_clear(&a);
}
