/*
 * catalogue.c - what each site said it offers, in memory and on disk; who may know of which study.
 */
#include "gateway/catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"

enum {
	MINUTE_MS = 60000
};

struct entry {
	struct arena arena;
	struct offered offered;
	bool said;
	struct hash32 hash; /* of its bytes */
	unsigned taken;     /* since minute_ms */
	int64_t minute_ms;
};

struct catalogue {
	struct store *store;
	const char *const *names;
	struct entry *sites;
	size_t n;
};

const char *study_state_name(enum study_state s)
{
	static const char *const names[STUDY_STATES] = { "unknown", "approved", "not-yet", "refused",
		"ended" };

	return names[s];
}

/* ---- taking ---- */

/* On success what the site said before is gone. */
static int put_in_force(struct entry *e, struct view bytes, struct error *err)
{
	struct offered o;
	struct arena a;

	arena_init(&a, MAX_CATALOGUE_ARENA);
	if (offered_decode(bytes.at, bytes.len, &a, &o, err) != 0) {
		arena_clear(&a);
		return -1;
	}
	arena_clear(&e->arena);
	e->arena = a;
	e->offered = o;
	e->hash = sha256(bytes.at, bytes.len);
	e->said = true;
	return 0;
}

static int load(struct catalogue *c, size_t site, struct error *err)
{
	struct arena a;
	struct view bytes;
	int found;

	arena_init(&a, 2 * MAX_CATALOGUE_BYTES);
	found = store_catalogue(c->store, c->names[site], &a, &bytes, err);
	if (found == 1 && put_in_force(&c->sites[site], bytes, err) != 0) {
		/* of another version of this program; the site will say it again */
		log_line(LOG_NOTICE, "site %s: what it offered is no longer readable", c->names[site]);
		found = 0;
	}
	arena_clear(&a);
	return found < 0 ? -1 : 0;
}

int catalogue_new(struct catalogue **out, struct store *store, const char *const *sites, size_t n,
	struct error *err)
{
	struct catalogue *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return error_memory(err);
	*c = (struct catalogue){ .store = store, .names = sites };
	c->sites = calloc(n == 0 ? 1 : n, sizeof(*c->sites));
	if (c->sites == NULL) {
		free(c);
		return error_memory(err);
	}
	c->n = n;
	for (size_t i = 0; i < n; i++)
		arena_init(&c->sites[i].arena, MAX_CATALOGUE_ARENA);
	for (size_t i = 0; i < n; i++)
		if (load(c, i, err) != 0) {
			catalogue_free(c);
			return -1;
		}
	*out = c;
	return 0;
}

void catalogue_free(struct catalogue *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++)
		arena_clear(&c->sites[i].arena);
	free(c->sites);
	free(c);
}

static bool too_often(struct entry *e, int64_t now_ms)
{
	if (now_ms - e->minute_ms >= MINUTE_MS || now_ms < e->minute_ms) {
		e->minute_ms = now_ms;
		e->taken = 0;
	}
	return ++e->taken > CATALOGUES_A_MINUTE;
}

int catalogue_take(
	struct catalogue *c, size_t site, struct view offered, int64_t now_ms, struct error *err)
{
	struct entry *e = &c->sites[site];
	struct hash32 hash = sha256(offered.at, offered.len);
	struct offered trial;
	struct arena a;
	int ret;

	if (too_often(e, now_ms))
		return error_set(err, E_LIMIT, SAY("too many changes of what is offered", "目录更新过于频繁"),
			"site %s says what it offers without end", c->names[site]);
	if (e->said && hash32_equal(&hash, &e->hash))
		return 0;
	arena_init(&a, MAX_CATALOGUE_ARENA);
	ret = offered_decode(offered.at, offered.len, &a, &trial, err);
	arena_clear(&a);
	/* on disk before anybody sees it */
	if (ret != 0 || store_set_catalogue(c->store, c->names[site], now_ms, offered, err) != 0)
		return -1;
	return put_in_force(e, offered, err);
}

const struct offered *catalogue_of(const struct catalogue *c, size_t site)
{
	return c->sites[site].said ? &c->sites[site].offered : NULL;
}

/* ---- studies ---- */

const char *offered_role(const struct offered_study *s, const char *account)
{
	for (uint64_t i = 0; i < s->n_requesters; i++)
		if (strcmp(s->requesters[i].account, account) == 0)
			return s->requesters[i].role;
	return NULL;
}

static const struct offered_study *find(const struct offered *o, const char *study)
{
	for (uint64_t i = 0; i < o->n_studies; i++)
		if (strcmp(o->studies[i].id, study) == 0)
			return &o->studies[i];
	return NULL;
}

static const struct offered_refusal *find_refusal(const struct offered *o, const char *study)
{
	for (uint64_t i = 0; i < o->n_refusals; i++)
		if (strcmp(o->refusals[i].id, study) == 0)
			return &o->refusals[i];
	return NULL;
}

void catalogue_study(const struct catalogue *c, size_t site, const char *study, const char *account,
	int32_t today, struct study_at *out)
{
	const struct offered *o = catalogue_of(c, site);
	const struct offered_refusal *no;
	const struct offered_study *s;

	*out = (struct study_at){ .state = STUDY_UNKNOWN };
	if (o == NULL || o->shown == SHOWN_NONE)
		return;
	out->policy = o->policy_version;
	out->state = STUDY_NOT_YET;
	s = find(o, study);
	if (s != NULL && (account == NULL || offered_role(s, account) != NULL)) {
		out->state = today > s->to ? STUDY_ENDED : STUDY_APPROVED;
		out->from = s->from;
		out->to = s->to;
		out->study = s;
		return;
	}
	no = find_refusal(o, study);
	if (no != NULL) {
		out->state = STUDY_REFUSED;
		out->say = (struct say){ no->why_en, no->why_zh };
	}
}

static bool names_member(
	const struct catalogue *c, size_t site, const char *account, const char *study)
{
	const struct offered *o = catalogue_of(c, site);
	const struct offered_study *s = o == NULL ? NULL : find(o, study);

	return s != NULL && offered_role(s, account) != NULL;
}

bool catalogue_member(const struct catalogue *c, const char *account, const char *study)
{
	for (size_t i = 0; i < c->n; i++)
		if (names_member(c, i, account, study))
			return true;
	return false;
}

bool catalogue_member_at(
	const struct catalogue *c, const char *site, const char *account, const char *study)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->names[i], site) == 0)
			return names_member(c, i, account, study);
	return false;
}
