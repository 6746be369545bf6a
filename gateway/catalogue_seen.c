/*
 * catalogue_seen.c - rows that several studies are offered, put together; and searching in them.
 */
#include "gateway/catalogue_seen.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "gateway/catalogue.h"

struct rows;

struct seeing {
	struct arena *a;
	struct seen *out;
	struct rows *groups, *measures; /* by dataset; of those that are put together */
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

/* Both, each once; as many as one site's one row may have. */
static void join(struct seeing *s, const char ***texts, uint64_t *n, const char *const *more,
	uint64_t n_more)
{
	const char **all = NULL;
	uint64_t got = *n;

	for (uint64_t i = 0; i < n_more && got < MAX_OFFERED_USES; i++) {
		if (has(all == NULL ? *texts : all, got, more[i]))
			continue;
		if (all == NULL) { /* the site's own list stays as it is */
			all = room(s, MAX_OFFERED_USES, sizeof(*all));
			if (s->failed)
				return;
			for (uint64_t k = 0; k < got; k++)
				all[k] = (*texts)[k];
		}
		all[got++] = more[i];
	}
	if (all != NULL)
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

/* own: the dataset's array is not the site's, and has room for every kind of event besides those it had. */
static void add_events(struct seeing *s, size_t at, const struct offered_dataset *more, bool own)
{
	struct offered_dataset *d = &s->out->datasets[at];
	uint64_t n = d->n_events;

	if (!own) {
		struct offered_event *all = room(s, n + EVENT_LAST + 1, sizeof(*all));

		for (uint64_t i = 0; !s->failed && i < n; i++)
			all[i] = d->events[i];
		d->events = all;
	}
	for (uint64_t i = 0; !s->failed && i < more->n_events; i++) {
		uint64_t k = 0;

		while (k < n && d->events[k].event != more->events[i].event)
			k++;
		if (k == n)
			d->events[n++] = more->events[i];
		else
			join_event(s, &d->events[k], &more->events[i]);
	}
	d->n_events = n;
}

/* ---- rows with a name, each once ---- */

/* Groups or measures of one dataset: whatever the site sends, adding one takes the same time. */
struct rows {
	char *at;
	size_t size, n, room;
	uint32_t *marks; /* by the name's hash: number of a row and 1, or 0; twice the room */
};

static const char *name_of(const void *row)
{
	const char *name;

	memcpy(&name, row, sizeof(name));
	return name;
}

_Static_assert(offsetof(struct offered_group, name) == 0, "a row begins with its name");
_Static_assert(offsetof(struct offered_measure, id) == 0, "a row begins with its name");

/* Where the name's number stands, or is to stand. */
static uint32_t *mark_of(const struct rows *r, const char *name)
{
	uint64_t h = 14695981039346656037U; /* FNV-1a */
	size_t i;

	for (const char *c = name; *c != '\0'; c++)
		h = (h ^ (uint8_t)*c) * 1099511628211U;
	for (i = (size_t)h & (2 * r->room - 1); r->marks[i] != 0; i = (i + 1) & (2 * r->room - 1))
		if (strcmp(name_of(r->at + (r->marks[i] - 1) * r->size), name) == 0)
			break;
	return &r->marks[i];
}

static void grow(struct seeing *s, struct rows *r)
{
	struct rows more = { .size = r->size, .n = r->n, .room = r->room == 0 ? 16 : 2 * r->room };

	more.at = room(s, more.room, more.size);
	more.marks = room(s, 2 * more.room, sizeof(*more.marks));
	if (s->failed)
		return;
	memset(more.marks, 0, 2 * more.room * sizeof(*more.marks));
	if (r->n > 0)
		memcpy(more.at, r->at, r->n * r->size);
	for (size_t i = 0; i < r->n; i++)
		*mark_of(&more, name_of(more.at + i * more.size)) = (uint32_t)i + 1;
	*r = more;
}

/* Past `most`, which is what one dataset of one site may have, nothing is added. */
static void add_rows(struct seeing *s, struct rows *r, const void *more, uint64_t n, size_t most)
{
	const char *row = more;

	for (uint64_t i = 0; i < n && r->n < most; i++, row += r->size) {
		uint32_t *mark;

		if (r->n == r->room)
			grow(s, r);
		if (s->failed)
			return;
		mark = mark_of(r, name_of(row));
		if (*mark != 0)
			continue;
		memcpy(r->at + r->n * r->size, row, r->size);
		*mark = (uint32_t)++r->n;
	}
}

static void add_groups(struct seeing *s, size_t at, const struct offered_dataset *more)
{
	struct offered_dataset *d = &s->out->datasets[at];
	struct rows *r = &s->groups[at];

	if (r->size == 0) {
		r->size = sizeof(*d->groups);
		add_rows(s, r, d->groups, d->n_groups, MAX_OFFERED_GROUPS);
	}
	add_rows(s, r, more->groups, more->n_groups, MAX_OFFERED_GROUPS);
	d->groups = (void *)r->at;
	d->n_groups = r->n;
}

static void add_measures(struct seeing *s, size_t at, const struct offered_dataset *more)
{
	struct offered_dataset *d = &s->out->datasets[at];
	struct rows *r = &s->measures[at];

	if (r->size == 0) {
		r->size = sizeof(*d->measures);
		add_rows(s, r, d->measures, d->n_measures, MAX_OFFERED_MEASURES);
	}
	add_rows(s, r, more->measures, more->n_measures, MAX_OFFERED_MEASURES);
	d->measures = (void *)r->at;
	d->n_measures = r->n;
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
	add_events(s, at, more, s->groups[at].size != 0);
	add_groups(s, at, more);
	add_measures(s, at, more);
	join_span(d, more);
}

static void add_study(struct seeing *s, const struct offered_study *study, const char *role)
{
	s->out->studies[s->out->n_studies++] = (struct seen_study){ study, role };
	for (uint64_t i = 0; !s->failed && i < study->n_datasets; i++)
		add_dataset(s, &study->datasets[i]);
}

int catalogue_see(const struct offered *o, const char *account, struct arena *a, struct seen *out,
	struct error *err)
{
	struct seeing s = { .a = a, .out = out };

	*out = (struct seen){ .offered = o };
	out->datasets = room(&s, MAX_OFFERED_DATASETS, sizeof(*out->datasets));
	out->studies = room(&s, o->n_studies, sizeof(*out->studies));
	s.groups = room(&s, MAX_OFFERED_DATASETS, sizeof(*s.groups));
	s.measures = room(&s, MAX_OFFERED_DATASETS, sizeof(*s.measures));
	if (!s.failed) {
		memset(s.groups, 0, MAX_OFFERED_DATASETS * sizeof(*s.groups));
		memset(s.measures, 0, MAX_OFFERED_DATASETS * sizeof(*s.measures));
	}
	for (uint64_t i = 0; !s.failed && o->shown == SHOWN_OPEN && i < o->n_datasets; i++)
		add_dataset(&s, &o->datasets[i]);
	for (uint64_t i = 0; !s.failed && i < o->n_studies; i++) {
		const char *role = account == NULL ? "" : offered_role(&o->studies[i], account);

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

static void *copy_of(struct seeing *s, const void *rows, uint64_t n, size_t size)
{
	void *own = room(s, n, size);

	if (own != NULL && n > 0)
		memcpy(own, rows, n * size);
	return own;
}

/* Rows may be the site's: those that are left are moved in an array of one's own. */
static void own_rows(struct seeing *s, struct offered_dataset *d)
{
	d->events = copy_of(s, d->events, d->n_events, sizeof(*d->events));
	d->groups = copy_of(s, d->groups, d->n_groups, sizeof(*d->groups));
	d->measures = copy_of(s, d->measures, d->n_measures, sizeof(*d->measures));
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
	struct seeing s = { .a = a, .out = out };
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
