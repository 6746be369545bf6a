/*
 * api_catalogue.c - what sites offer, and the concepts of the vocabulary.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "gateway/api_in.h"
#include "gateway/catalogue_write.h"

enum {
	CATALOGUE_BYTES = 16 << 20, /* of one reply */
	SITE_ARENA = 16 << 20,      /* to put one site's rows together */
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
	reply_problem(rq, 400,
		SAY("'q' is words of at most 200 bytes, 'site' one site",
			"q 为检索词，最多 200 字节；site 为一个机构"));
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
		reply_problem(rq, 503, err.say);
	else if (text_failed(&t))
		reply_problem(rq, 503,
			SAY("the catalogue is too large for one answer; name a site, as ?site=renmin",
				"目录过大，请指定机构，如 ?site=renmin"));
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
		reply_problem(rq, 503, SAY("no memory", "内存不足"));
		free(of);
		return;
	}
	for (size_t i = 0; i < n; i++)
		of[i] = catalogue_of(p->catalogue, i);
	text_init(&t, CATALOGUE_BYTES);
	catalogue_write_ld(p->name, sessions_names(p->sessions), of, n, rows, n_rows, &t);
	if (text_failed(&t))
		reply_problem(rq, 503, SAY("the catalogue is too large", "目录过大"));
	else
		call_reply(rq->call, 200, "application/ld+json", text_str(&t), t.len);
	text_clear(&t);
	free(of);
}

/* ---- concepts ---- */

static void not_yet(struct request *rq)
{
	reply_problem(rq, 503, SAY("not built yet", "尚未完成"));
}

void get_concepts(struct request *rq)
{
	not_yet(rq);
}

void get_concept(struct request *rq)
{
	not_yet(rq);
}
