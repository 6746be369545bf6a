/*
 * coverage.c - the answers of one study, read out of what people get of them (answer.h), so that rounding and
 * intervals are the same.
 */
#include "gateway/coverage.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "answer/answer.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/log.h"
#include "query/question.h"
#include "query/tell.h"

enum {
	IDS_ARENA = 1 << 20,
	ROW_ARENA = 256 << 10,
	READ_ARENA = 64 << 20, /* one question with what every site said */
	LABEL_BYTES = 400,
	NUMBER_BYTES = 40
};

/* An answered question, read once: its answer never changes. */
struct held {
	char id[MAX_ID + 1];
	struct arena arena;
	struct coverage_row row;
	bool shown; /* it has something to show */
};

struct coverage {
	struct store *store;
	char study[MAX_ID + 1];
	struct held *held[MAX_COVERAGE]; /* newest first */
	size_t n_held;
	struct coverage_row rows[MAX_COVERAGE]; /* of those shown */
	size_t n;
	bool read, changed;
	int64_t at_ms;
};

int coverage_new(struct coverage **out, struct store *store, const char *study, struct error *err)
{
	struct coverage *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return error_memory(err);
	c->store = store;
	if (study != NULL && !text_copy(c->study, sizeof(c->study), study)) {
		free(c);
		return error_set(err, E_INPUT, SAY("the study's name is too long", "课题标识过长"),
			"coverage: too long");
	}
	*out = c;
	return 0;
}

static void drop(struct held *h)
{
	if (h != NULL)
		arena_clear(&h->arena);
	free(h);
}

void coverage_free(struct coverage *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_held; i++)
		drop(c->held[i]);
	free(c);
}

void coverage_changed(struct coverage *c)
{
	c->changed = true;
}

/* ---- labels ---- */

/* Lines become one; a label that is long says so. */
static const char *one_line(struct arena *out, const char *told)
{
	char label[LABEL_BYTES + 8];
	size_t n = 0;

	for (const char *at = told; *at != '\0'; at++) {
		uint32_t cp;
		size_t len = utf8_next(at, strlen(at), &cp);

		if (len == 0)
			break;
		if (n + len > LABEL_BYTES) {
			memcpy(label + n, " …", sizeof(" …"));
			return arena_text(out, label);
		}
		if (*at != '\n') {
			memcpy(label + n, at, len);
			n += len;
		} else if (at[1] != '\0') {
			label[n++] = ' ';
		}
		at += len - 1;
	}
	label[n] = '\0';
	return arena_text(out, label);
}

static const char *told(struct arena *out, const struct question *q, bool zh)
{
	const struct cohort *of = &q->cohort;
	const struct part *only = of->root == NULL ? NULL : of->root->children;
	struct text t;
	const char *label = NULL;

	if (of->officer != NULL)
		return arena_text(out, of->officer);
	text_init(&t, 64 << 10);
	if (of->n_entries == 0 && only != NULL && only->next == NULL)
		tell_part(only, zh, &t);
	else if (of->n_entries == 1 && only == NULL)
		tell_part(of->entry, zh, &t);
	else
		tell_cohort(of, q->on, zh, &t);
	if (!text_failed(&t))
		label = one_line(out, text_str(&t));
	text_clear(&t);
	return label;
}

/* False: a question that is no plain count. */
static bool label_of(const struct stored_question *q, struct held *h)
{
	struct question *read;
	struct arena a;
	struct diags ds;
	bool good = false;

	arena_init(&a, MAX_QUERY_ARENA);
	diags_init(&ds, &a);
	if (question_read("question", q->canonical.at, q->canonical.len, &a, &ds, &read) == 0 &&
		read->n_groups == 0 && read->mode == MODE_NOISED) {
		h->row.label.en = told(&h->arena, read, false);
		h->row.label.zh = told(&h->arena, read, true);
		good = h->row.label.en != NULL && h->row.label.zh != NULL;
	}
	arena_clear(&a);
	return good;
}

/* ---- numbers ---- */

static const char *number(struct arena *out, const json_t *n)
{
	char text[NUMBER_BYTES];
	size_t len;

	if (!json_is_number(n))
		return NULL;
	len = json_dumpb(n, text, sizeof(text) - 1, JSON_ENCODE_ANY);
	return len == 0 || len >= sizeof(text) ? NULL : arena_textn(out, text, len);
}

/* The site's one cell. False: it has none that was released or suppressed. */
static bool read_site(struct arena *a, json_t *site, struct coverage_site *out)
{
	json_t *cells = json_object_get(site, "cells"), *cell = json_array_get(cells, 0),
	       *interval = json_object_get(cell, "interval");
	const char *name = json_string_value(json_object_get(site, "site")),
		   *state = json_string_value(json_object_get(cell, "state"));

	if (name == NULL || state == NULL || json_array_size(cells) != 1)
		return false;
	*out = (struct coverage_site){ .site = arena_text(a, name),
		.released = strcmp(state, "released") == 0,
		.threshold = number(a, json_object_get(cell, "threshold")) };
	if (out->site == NULL || (!out->released && strcmp(state, "suppressed") != 0))
		return false;
	if (!out->released)
		return true;
	out->value = number(a, json_object_get(cell, "value"));
	out->low = number(a, json_array_get(interval, 0));
	out->high = number(a, json_array_get(interval, 1));
	return out->value != NULL;
}

static int read_sites(const struct text *answer, struct held *h, struct error *err)
{
	json_t *root = json_loadb(text_str(answer), answer->len, 0, NULL),
	       *sites = json_object_get(root, "sites"), *site;
	struct coverage_row *row = &h->row;
	size_t i;

	row->sites = arena_array(&h->arena, json_array_size(sites), sizeof(*row->sites));
	json_array_foreach(sites, i, site)
		if (row->sites != NULL && read_site(&h->arena, site, &row->sites[row->n]))
			row->n++;
	json_decref(root);
	return root == NULL ? error_memory(err) : 0; /* we wrote it */
}

/* 0 also when there is nothing to show of it, now or ever; -1: later perhaps. */
static int read_one(struct coverage *c, struct held *h, struct error *err)
{
	struct stored_question q;
	struct stored_leg *legs;
	struct arena a;
	struct text t;
	size_t n;
	int ret;

	arena_init(&a, READ_ARENA);
	text_init(&t, ANSWER_BYTES);
	ret = store_get(c->store, h->id, &a, &q, err);
	if (ret == 1 && label_of(&q, h)) {
		ret = store_legs(c->store, h->id, &a, &legs, &n, err);
		if (ret == 0)
			ret = answer_write(&q, legs, n, NULL, q.ended_ms, &t, err);
		if (ret == 0)
			ret = read_sites(&t, h, err);
		else if (err->code != E_SYSTEM) {
			log_line(LOG_NOTICE, "coverage: question %s is left out: %s", h->id,
				err->log);
			ret = 0;
		}
	}
	h->row.id = h->id;
	h->shown = h->row.n > 0;
	text_clear(&t);
	arena_clear(&a);
	return ret < 0 ? -1 : 0;
}

static struct held *held_of(struct coverage *c, const char *id)
{
	for (size_t i = 0; i < c->n_held; i++)
		if (c->held[i] != NULL && strcmp(c->held[i]->id, id) == 0) {
			struct held *h = c->held[i];

			c->held[i] = NULL;
			return h;
		}
	return NULL;
}

static struct held *newly_read(struct coverage *c, const char *id, struct error *err)
{
	struct held *h = calloc(1, sizeof(*h));

	if (h == NULL) {
		error_memory(err);
		return NULL;
	}
	arena_init(&h->arena, ROW_ARENA);
	if (text_copy(h->id, sizeof(h->id), id) && read_one(c, h, err) == 0)
		return h;
	drop(h);
	return NULL;
}

/* What is held and still listed stays; of the rest as many are read as the time allows. *all: none is left. */
static int take_up(
	struct coverage *c, const char *const *ids, size_t n, bool *all, struct error *err)
{
	const int64_t until = clock_mono_ms() + COVERAGE_READ_MS;
	struct held *now[MAX_COVERAGE];
	size_t n_now = 0;
	int ret = 0;

	*all = true;
	for (size_t i = 0; i < n; i++) {
		struct held *h = held_of(c, ids[i]);

		if (h == NULL && (ret != 0 || (n_now > 0 && clock_mono_ms() >= until))) {
			*all = false;
			continue;
		}
		if (h == NULL && (h = newly_read(c, ids[i], err)) == NULL)
			ret = -1;
		else
			now[n_now++] = h;
	}
	for (size_t i = 0; i < c->n_held; i++)
		drop(c->held[i]);
	memcpy(c->held, now, n_now * sizeof(now[0]));
	c->n_held = n_now;
	return ret;
}

static int read_all(struct coverage *c, bool *all, struct error *err)
{
	const char **ids;
	struct arena a;
	size_t n;
	int ret;

	arena_init(&a, IDS_ARENA);
	ret = store_answered(
		c->store, c->study, kind_name(KIND_COUNT), MAX_COVERAGE, &a, &ids, &n, err);
	if (ret == 0)
		ret = take_up(c, ids, n, all, err);
	arena_clear(&a);
	c->n = 0;
	for (size_t i = 0; i < c->n_held; i++)
		if (c->held[i]->shown)
			c->rows[c->n++] = c->held[i]->row;
	return ret;
}

int coverage_rows(struct coverage *c, int64_t mono_ms, const struct coverage_row **rows, size_t *n,
	struct error *err)
{
	bool due = !c->read || (c->changed && mono_ms - c->at_ms >= COVERAGE_AGE_MS);

	if (c->study[0] != '\0' && due) {
		c->changed = false; /* what ends from here on is seen later */
		c->at_ms = mono_ms;
		c->read = false;
		if (read_all(c, &c->read, err) != 0) {
			c->read = false;
			return -1;
		}
	}
	*rows = c->rows;
	*n = c->n;
	return 0;
}
