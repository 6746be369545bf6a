/*
 * catalogue_seen.c - rows that several studies are offered, put together; and searching in them.
 */
#include "gateway/catalogue_seen.h"

#include <string.h>

#include "base/text.h"

struct seeing {
	struct arena *a;
	struct seen *out;
	bool failed;
};

static void *room(struct seeing *s, uint64_t n, size_t size)
{
	void *at = arena_array(s->a, n, size);

	s->failed = s->failed || at == NULL;
	return at;
}

/* ---- putting rows together ---- */

static bool has(const char *const *texts, uint64_t n, const char *text)
{
	for (uint64_t i = 0; i < n; i++)
		if (strcmp(texts[i], text) == 0)
			return true;
	return false;
}

/* Both, each once. */
static void join(struct seeing *s, const char ***texts, uint64_t *n, const char *const *more, uint64_t n_more)
{
	const char **all = room(s, *n + n_more, sizeof(*all));
	uint64_t got = *n;

	if (s->failed)
		return;
	for (uint64_t i = 0; i < *n; i++)
		all[i] = (*texts)[i];
	for (uint64_t i = 0; i < n_more; i++)
		if (!has(all, got, more[i]))
			all[got++] = more[i];
	*texts = all;
	*n = got;
}

static void join_event(struct seeing *s, struct offered_event *e, const struct offered_event *more)
{
	join(s, &e->codes, &e->n_codes, more->codes, more->n_codes);
	join(s, &e->uses, &e->n_uses, more->uses, more->n_uses);
	join(s, &e->columns, &e->n_columns, more->columns, more->n_columns);
	if (more->step > e->step)
		e->step = more->step;
}

static void add_events(struct seeing *s, struct offered_dataset *d, const struct offered_dataset *more)
{
	struct offered_event *all = room(s, d->n_events + more->n_events, sizeof(*all));
	uint64_t n = d->n_events;

	if (s->failed)
		return;
	for (uint64_t i = 0; i < n; i++)
		all[i] = d->events[i];
	for (uint64_t i = 0; i < more->n_events; i++) {
		uint64_t at = 0;

		while (at < n && all[at].event != more->events[i].event)
			at++;
		if (at == n)
			all[n++] = more->events[i];
		else
			join_event(s, &all[at], &more->events[i]);
	}
	d->events = all;
	d->n_events = n;
}

static void add_groups(struct seeing *s, struct offered_dataset *d, const struct offered_dataset *more)
{
	struct offered_group *all = room(s, d->n_groups + more->n_groups, sizeof(*all));
	uint64_t n = d->n_groups;

	if (s->failed)
		return;
	for (uint64_t i = 0; i < n; i++)
		all[i] = d->groups[i];
	for (uint64_t i = 0; i < more->n_groups; i++) {
		uint64_t at = 0;

		while (at < n && strcmp(all[at].name, more->groups[i].name) != 0)
			at++;
		if (at == n)
			all[n++] = more->groups[i];
	}
	d->groups = all;
	d->n_groups = n;
}

static void add_measures(
	struct seeing *s, struct offered_dataset *d, const struct offered_dataset *more)
{
	struct offered_measure *all = room(s, d->n_measures + more->n_measures, sizeof(*all));
	uint64_t n = d->n_measures;

	if (s->failed)
		return;
	for (uint64_t i = 0; i < n; i++)
		all[i] = d->measures[i];
	for (uint64_t i = 0; i < more->n_measures; i++) {
		uint64_t at = 0;

		while (at < n && strcmp(all[at].id, more->measures[i].id) != 0)
			at++;
		if (at == n)
			all[n++] = more->measures[i];
	}
	d->measures = all;
	d->n_measures = n;
}

static void join_span(struct offered_dataset *d, const struct offered_dataset *more)
{
	if (!more->spans)
		return;
	d->from = !d->spans || more->from < d->from ? more->from : d->from;
	d->to = !d->spans || more->to > d->to ? more->to : d->to;
	d->spans = true;
}

static void add_dataset(struct seeing *s, const struct offered_dataset *more)
{
	struct seen *out = s->out;
	struct offered_dataset *d;
	size_t at = 0;

	while (at < out->n_datasets && strcmp(out->datasets[at].id, more->id) != 0)
		at++;
	if (at == out->n_datasets && at < MAX_OFFERED_DATASETS) {
		out->datasets[out->n_datasets++] = *more;
		return;
	}
	if (at == out->n_datasets)
		return; /* a site whose studies name more datasets than it can have */
	d = &out->datasets[at];
	add_events(s, d, more);
	add_groups(s, d, more);
	add_measures(s, d, more);
	join_span(d, more);
}

static void add_study(struct seeing *s, const struct offered_study *study, const char *role)
{
	s->out->studies[s->out->n_studies++] = (struct seen_study){ study, role };
	for (uint64_t i = 0; !s->failed && i < study->n_datasets; i++)
		add_dataset(s, &study->datasets[i]);
}

static const char *role_of(const struct offered_study *s, const char *account)
{
	if (account == NULL)
		return "";
	for (uint64_t i = 0; i < s->n_requesters; i++)
		if (strcmp(s->requesters[i].account, account) == 0)
			return s->requesters[i].role;
	return NULL;
}

int catalogue_see(const struct offered *o, const char *account, struct arena *a, struct seen *out,
	struct error *err)
{
	struct seeing s = { a, out, false };

	*out = (struct seen){ .offered = o };
	out->datasets = room(&s, MAX_OFFERED_DATASETS, sizeof(*out->datasets));
	out->studies = room(&s, o->n_studies, sizeof(*out->studies));
	for (uint64_t i = 0; !s.failed && o->shown == SHOWN_OPEN && i < o->n_datasets; i++)
		add_dataset(&s, &o->datasets[i]);
	for (uint64_t i = 0; !s.failed && i < o->n_studies; i++) {
		const char *role = role_of(&o->studies[i], account);

		if (role != NULL)
			add_study(&s, &o->studies[i], role);
	}
	out->any = o->shown == SHOWN_OPEN || out->n_studies > 0;
	return s.failed ? error_set(err, E_LIMIT, SAY("the catalogue is too large", "目录过大"),
				  "a catalogue does not fit the memory of one request")
			: 0;
}

/* ---- searching ---- */

/* Every word is in one of the texts. */
static bool fits(const char *words, const char *const *texts, size_t n)
{
	char word[MAX_SEARCH + 1];
	size_t len;

	for (words += strspn(words, " "); *words != '\0'; words += strspn(words, " ")) {
		bool found = false;

		len = strcspn(words, " ");
		if (!text_copyn(word, sizeof(word), words, len))
			return false;
		for (size_t i = 0; !found && i < n; i++)
			found = strcasestr(texts[i], word) != NULL;
		if (!found)
			return false;
		words += len;
	}
	return true;
}

#define FITS(words, ...)                                                                           \
	fits(words, (const char *const[]){ __VA_ARGS__ },                                          \
		sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static bool any_fits(const char *words, const char *const *texts, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		if (fits(words, &texts[i], 1))
			return true;
	return false;
}

static void keep_events(struct offered_dataset *d, const char *words)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < d->n_events; i++) {
		const struct offered_event *e = &d->events[i];

		if (FITS(words, e->title_en, e->title_zh) || any_fits(words, e->codes, e->n_codes))
			d->events[n++] = *e;
	}
	d->n_events = n;
}

static void keep_groups(struct offered_dataset *d, const char *words)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < d->n_groups; i++) {
		const struct offered_group *g = &d->groups[i];

		if (FITS(words, g->name, g->title_en, g->title_zh) ||
			any_fits(words, g->labels, g->n_labels))
			d->groups[n++] = *g;
	}
	d->n_groups = n;
}

static void keep_measures(struct offered_dataset *d, const char *words)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < d->n_measures; i++) {
		const struct offered_measure *m = &d->measures[i];

		if (FITS(words, m->id, m->title_en, m->title_zh, m->unit))
			d->measures[n++] = *m;
	}
	d->n_measures = n;
}

/* Rows of an open dataset are the site's own until they are put into a new array. */
static void own_rows(struct seeing *s, struct offered_dataset *d)
{
	const struct offered_dataset none = { .id = "" };

	add_events(s, d, &none);
	add_groups(s, d, &none);
	add_measures(s, d, &none);
}

static bool keep_dataset(struct seeing *s, struct offered_dataset *d, const char *words)
{
	if (FITS(words, d->id, d->title_en, d->title_zh, d->model))
		return true;
	own_rows(s, d);
	if (s->failed)
		return false;
	keep_events(d, words);
	keep_groups(d, words);
	keep_measures(d, words);
	return d->n_events + d->n_groups + d->n_measures > 0;
}

int catalogue_search(struct seen *out, const char *site, const char *words, struct arena *a,
	bool *found, struct error *err)
{
	struct seeing s = { a, out, false };
	size_t n = 0;

	*found = true;
	if (out->any ? FITS(words, site, out->offered->title_en, out->offered->title_zh)
		     : fits(words, &site, 1))
		return 0;
	for (size_t i = 0; i < out->n_datasets; i++)
		if (keep_dataset(&s, &out->datasets[i], words))
			out->datasets[n++] = out->datasets[i];
	out->n_datasets = n;
	n = 0;
	for (size_t i = 0; i < out->n_studies; i++) {
		const struct offered_study *x = out->studies[i].study;

		if (FITS(words, x->id, x->title_en, x->title_zh))
			out->studies[n++] = out->studies[i];
	}
	out->n_studies = n;
	*found = out->n_datasets + out->n_studies > 0;
	return s.failed ? error_set(err, E_LIMIT, SAY("the catalogue is too large", "目录过大"),
				  "a catalogue does not fit the memory of one request")
			: 0;
}
