/*
 * known.h - a fake hospital whose catalogue names studies: DM-2026-01 of li, CO-2026-01 of li and wang, which ended, and
 * X-9, which it refuses.
 */
#ifndef TESTS_KNOWN_H
#define TESTS_KNOWN_H

#include <msgpack/sbuffer.h>

#include "gateway/catalogue.h"
#include "tests/unit/gateway.h"

static struct offered_requester known_li[] = { { LI_IS, "analyst" } };
static struct offered_requester known_both[] = { { LI_IS, "analyst" },
	{ "wang@uni.example", "viewer" } };
static struct offered_dataset known_data[] = { { .id = "omop",
	.title_en = "Hospital data",
	.title_zh = "医院数据",
	.level = 3,
	.model = "omop-cdm-5.4" } };
static struct offered_study known_studies[] = {
	{ "DM-2026-01", "Diabetes", "糖尿病", 20454, 24000, 3, 1, 1, 0, known_li, known_data, NULL },
	{ "CO-2026-01", "Cohorts", "队列", 20000, 20100, 1, 2, 1, 0, known_both, known_data, NULL },
};
static struct offered_refusal known_refusals[] = { { "X-9", "no benefit", "无益" } };

/* Returns once the gateway has it. */
static inline void known_at(struct fake *f)
{
	const struct offered o = { .policy_version = 7,
		.data = "2026-03-01",
		.shown = SHOWN_STUDIES,
		.title_en = "People's Hospital",
		.title_zh = "人民医院",
		.kinds = 3,
		.modes = 1,
		.n_studies = 2,
		.n_refusals = 1,
		.studies = known_studies,
		.refusals = known_refusals };
	struct message m = { .type = MSG_CATALOGUE };
	int64_t until = clock_mono_ms() + 20000;
	struct writer w;

	OK(writer_init(&w, MAX_CATALOGUE_BYTES, &err));
	OK(offered_encode(&o, &w, &err));
	m.catalogue.offered = (struct view){ (const uint8_t *)w.buf->data, w.buf->size };
	OK(channel_send(f->c, &m, &err));
	writer_clear(&w);
	do {
		turn(NULL, 5);
		ck_assert_int_eq(say("GET", "/v1/studies", OFFICER, NULL), 200);
	} while (json_array_size(json_object_get(http.json, "studies")) == 0 &&
		 clock_mono_ms() < until);
}

#endif
