/*
 * answers.h - releases as sites would make them, and the answer that the gateway makes of them.
 */
#ifndef TESTS_ANSWERS_H
#define TESTS_ANSWERS_H

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "answer/answer.h"
#include "answer/combine.h"
#include "tests/unit/unit.h"

static struct error err;
static struct arena a;
static json_t *json;
static struct text out;

/* ---- releases as a site would make them ---- */

struct made {
	const char *site;
	enum site_state state;
	uint64_t noise, t, s;
	const char *group[3];
	const char *labels[3][8];
	int64_t cells[256];
};
static uint64_t rounding = 1; /* of the next release */
/* of the next release: kind, layers and points, scale; without layers those of a count */
static struct release shape;

static inline void fill(const struct made *m, struct release *r, const char *labels[3][8])
{
	memset(r, 0, sizeof(*r));
	if (shape.n_layers > 0)
		*r = shape;
	else
		r->n_layers = r->n_points = 1;
	snprintf(r->site, sizeof(r->site), "%s", m->site);
	r->policy_version = 7;
	snprintf(r->data, sizeof(r->data), "2026-03-01");
	r->noise = m->noise;
	for (uint64_t i = 0; i < r->n_layers; i++)
		r->layers[i] = (struct release_noise){ m->t, m->s };
	r->min_patients = 10;
	r->round_to = rounding;
	r->n_cells = r->n_layers * r->n_points;
	for (; r->n_groups < 3 && m->group[r->n_groups] != NULL; r->n_groups++) {
		struct release_group *g = &r->groups[r->n_groups];

		snprintf(g->name, sizeof(g->name), "%s", m->group[r->n_groups]);
		for (; g->count < 8 && m->labels[r->n_groups][g->count] != NULL; g->count++)
			labels[r->n_groups][g->count] = m->labels[r->n_groups][g->count];
		g->labels = labels[r->n_groups];
		r->n_cells *= g->count;
	}
	r->cells = arena_array(&a, r->n_cells, sizeof(int64_t));
	memcpy(r->cells, m->cells, r->n_cells * sizeof(int64_t));
}

static inline struct view frame_of(const struct message *m)
{
	struct writer w;
	const void *bytes;
	size_t len;
	uint8_t *copy;

	OK(writer_init(&w, 1 << 20, &err));
	OK(message_encode(m, &w, &err));
	OK(writer_bytes(&w, &bytes, &len, &err));
	copy = arena_alloc(&a, len - 4);
	memcpy(copy, (const uint8_t *)bytes + 4, len - 4);
	writer_clear(&w);
	return (struct view){ copy, len - 4 };
}

static inline struct stored_leg leg_of(const struct made *m)
{
	const char *labels[3][8];
	struct message msg = { .type = MSG_RELEASE, .release = { .id = "q-1" } };
	struct stored_leg leg = { m->site, m->state, 41, { NULL, 0 } };
	static const uint8_t signature[64] = { 1 };
	struct release r;
	struct writer w;
	const void *bytes;
	size_t len;

	fill(m, &r, labels);
	if (m->state == SITE_SUMMED) { /* what it put into a secure sum */
		r.summed = true;
		r.cells = NULL;
		msg = (struct message){ .type = MSG_OFFER, .offer = { .id = "q-1", .accepts = ACCEPT_SA1 } };
	}
	OK(writer_init(&w, 1 << 20, &err));
	OK(release_encode(&r, &w, &err));
	OK(writer_bytes(&w, &bytes, &len, &err));
	if (m->state == SITE_SUMMED) {
		msg.offer.sealed = (struct view){ bytes, len };
		msg.offer.signature = (struct view){ signature, 64 };
	} else {
		msg.release.sealed = (struct view){ bytes, len };
		msg.release.signature = (struct view){ signature, 64 };
	}
	leg.message = frame_of(&msg);
	writer_clear(&w);
	return leg;
}

static struct stored_question q = { .id = "q-1",
	.account = "li",
	.study = "S",
	.kind = "count",
	.mode = "noised",
	.received_ms = 1000,
	.ended_ms = 1057,
	.state = ANSWER_PARTIAL };

static const struct stored_sum *secure_sum; /* of the answer, in mode secure */

static inline void write(const struct stored_leg *legs, size_t n)
{
	json_decref(json);
	text_clear(&out);
	text_init(&out, ANSWER_BYTES);
	OK(answer_write(&q, legs, n, secure_sum, 5000, &out, &err));
	json = json_loads(text_str(&out), JSON_REJECT_DUPLICATES, NULL);
	ck_assert_msg(json != NULL, "%s", text_str(&out));
}

static inline void begin(void)
{
	arena_init(&a, 64 << 20);
}

static inline void end(void)
{
	json_decref(json);
	json = NULL;
	text_clear(&out);
	arena_clear(&a);
}

/* The part of the answer at "sites.0.state", as text. */
static inline const char *of(const char *where)
{
	static char buf[4][4000];
	static unsigned turn;
	char *text, copy[200], *save = NULL, *into = buf[turn++ % 4];
	const json_t *at = json;

	snprintf(copy, sizeof(copy), "%s", where);
	for (char *s = strtok_r(copy, ".", &save); s != NULL; s = strtok_r(NULL, ".", &save))
		at = json_is_array(at) ? json_array_get(at, strtoul(s, NULL, 10))
				       : json_object_get(at, s);
	into[0] = '\0';
	if (at != NULL) {
		text = json_dumps(at, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(10));
		snprintf(into, 4000, "%s", text);
		free(text);
	}
	return into;
}
#define IS(where, want) ck_assert_str_eq(of(where), want)

#endif
