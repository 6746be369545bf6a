/*
 * coverage.c - the answers of one study, read out of what people get of them (answer.h), so that rounding and
 * intervals are the same.
 */
#include "gateway/coverage.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "answer/answer.h"
#include "base/diag.h"
#include "base/log.h"
#include "query/question.h"
#include "query/tell.h"

enum {
	ROWS_ARENA = 16 << 20,
	READ_ARENA = 64 << 20, /* one question with what every site said */
	LABEL_BYTES = 400,
	NUMBER_BYTES = 40
};

struct coverage {
	struct store *store;
	char study[MAX_ID + 1];
	struct arena arena;
	struct coverage_row *rows;
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
	arena_init(&c->arena, ROWS_ARENA);
	*out = c;
	return 0;
}

void coverage_free(struct coverage *c)
{
	if (c == NULL)
		return;
	arena_clear(&c->arena);
	free(c);
}

void coverage_changed(struct coverage *c)
{
	c->changed = true;
}

/* ---- labels ---- */

/* Lines become one; a label that is long says so. */
static const char *one_line(struct coverage *c, const char *told)
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
			return arena_text(&c->arena, label);
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
	return arena_text(&c->arena, label);
}

static const char *told(struct coverage *c, const struct question *q, bool zh)
{
	const struct cohort *of = &q->cohort;
	const struct part *only = of->root == NULL ? NULL : of->root->children;
	struct text t;
	const char *label = NULL;

	if (of->officer != NULL)
		return arena_text(&c->arena, of->officer);
	text_init(&t, 64 << 10);
	if (of->n_entries == 0 && only != NULL && only->next == NULL)
		tell_part(only, zh, &t);
	else if (of->n_entries == 1 && only == NULL)
		tell_part(of->entry, zh, &t);
	else
		tell_cohort(of, q->on, zh, &t);
	if (!text_failed(&t))
		label = one_line(c, text_str(&t));
	text_clear(&t);
	return label;
}

/* False: a question that is no plain count. */
static bool label_of(struct coverage *c, const struct stored_question *q, struct coverage_row *row)
{
	struct question *read;
	struct arena a;
	struct diags ds;
	bool good = false;

	arena_init(&a, MAX_QUERY_ARENA);
	diags_init(&ds, &a);
	if (question_read("question", q->canonical.at, q->canonical.len, &a, &ds, &read) == 0 &&
		read->n_groups == 0 && read->mode == MODE_NOISED) {
		row->label.en = told(c, read, false);
		row->label.zh = told(c, read, true);
		good = row->label.en != NULL && row->label.zh != NULL;
	}
	arena_clear(&a);
	return good;
}

/* ---- numbers ---- */

static const char *number(struct coverage *c, const json_t *n)
{
	char text[NUMBER_BYTES];
	size_t len;

	if (!json_is_number(n))
		return NULL;
	len = json_dumpb(n, text, sizeof(text) - 1, JSON_ENCODE_ANY);
	return len == 0 || len >= sizeof(text) ? NULL : arena_textn(&c->arena, text, len);
}

/* The site's one cell. False: it has none that was released or suppressed. */
static bool read_site(struct coverage *c, json_t *site, struct coverage_site *out)
{
	json_t *cells = json_object_get(site, "cells"), *cell = json_array_get(cells, 0),
	       *interval = json_object_get(cell, "interval");
	const char *name = json_string_value(json_object_get(site, "site")),
		   *state = json_string_value(json_object_get(cell, "state"));

	if (name == NULL || state == NULL || json_array_size(cells) != 1)
		return false;
	*out = (struct coverage_site){ .site = arena_text(&c->arena, name),
		.released = strcmp(state, "released") == 0,
		.threshold = number(c, json_object_get(cell, "threshold")) };
	if (out->site == NULL || (!out->released && strcmp(state, "suppressed") != 0))
		return false;
	if (!out->released)
		return true;
	out->value = number(c, json_object_get(cell, "value"));
	out->low = number(c, json_array_get(interval, 0));
	out->high = number(c, json_array_get(interval, 1));
	return out->value != NULL;
}

static void read_sites(struct coverage *c, const struct text *answer, struct coverage_row *row)
{
	json_t *root = json_loadb(text_str(answer), answer->len, 0, NULL),
	       *sites = json_object_get(root, "sites"), *site;
	size_t i;

	row->sites = arena_array(&c->arena, json_array_size(sites), sizeof(*row->sites));
	json_array_foreach(sites, i, site)
		if (row->sites != NULL && read_site(c, site, &row->sites[row->n]))
			row->n++;
	json_decref(root);
}

static int add_row(struct coverage *c, const char *id, struct error *err)
{
	struct coverage_row row = { .id = arena_text(&c->arena, id) };
	struct stored_question q;
	struct stored_leg *legs;
	struct arena a;
	struct text t;
	size_t n;
	int ret;

	arena_init(&a, READ_ARENA);
	text_init(&t, ANSWER_BYTES);
	ret = store_get(c->store, id, &a, &q, err);
	if (ret == 1 && label_of(c, &q, &row)) {
		ret = store_legs(c->store, id, &a, &legs, &n, err);
		if (ret == 0 && answer_write(&q, legs, n, NULL, q.ended_ms, &t, err) == 0)
			read_sites(c, &t, &row);
		else if (ret == 0)
			log_line(LOG_NOTICE, "coverage: question %s is left out: %s", id, err->log);
	}
	if (row.n > 0 && row.id != NULL)
		c->rows[c->n++] = row;
	text_clear(&t);
	arena_clear(&a);
	return ret < 0 ? -1 : 0;
}

static int read_all(struct coverage *c, struct error *err)
{
	const char **ids;
	size_t n;

	arena_clear(&c->arena);
	arena_init(&c->arena, ROWS_ARENA);
	c->n = 0;
	c->rows = arena_array(&c->arena, MAX_COVERAGE, sizeof(*c->rows));
	if (c->rows == NULL)
		return error_memory(err);
	if (store_answered(c->store, c->study, kind_name(KIND_COUNT), MAX_COVERAGE, &c->arena, &ids,
		    &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (add_row(c, ids[i], err) != 0)
			return -1;
	return 0;
}

int coverage_rows(struct coverage *c, int64_t mono_ms, const struct coverage_row **rows, size_t *n,
	struct error *err)
{
	bool due = !c->read || (c->changed && mono_ms - c->at_ms >= COVERAGE_AGE_MS);

	if (c->study[0] != '\0' && due) {
		c->read = false;
		if (read_all(c, err) != 0)
			return -1;
		c->read = true;
		c->changed = false;
		c->at_ms = mono_ms;
	}
	*rows = c->rows;
	*n = c->n;
	return 0;
}
