/*
 * test_sum_audit.c - answer/audit.h: the answer of a secure sum made again from its record, and every way in which a
 * gateway could have published another one (A25).
 */
/* A name of the rounds in memory that diagnoses have too; no program includes both. */
#define place sum_place
#include "tests/unit/sums.h"
#undef place

#include "answer/audit.h"

#include "answer/answer_sum.h"
#include "query/canonical.h"
#include "query/question.h"
#include "tests/unit/answers.h"

enum {
	SITES = 5,
	RIGHT = 13000 /* 1000 + 2000 + 4000 + 5000 and the words' own 1000: see values_of() */
};
#define ABOVE(age)                                                                                 \
	"{\"study\":\"S\",\"kind\":\"count\",\"dataset\":\"omop\",\"mode\":\"secure\",\"on\":"     \
	"\"2025-01-01\",\"cohort\":{\"all\":[{\"age\":{\"from\":" age "}}]}}"
#define ASKED ABOVE("18")
#define OTHER ABOVE("19")

static struct world *w;
static struct stored_leg legs[SITES];
static struct stored_sum sum;
static struct shared_noise noise;
static uint8_t noise_bytes[SHARED_NOISE_BYTES], word[8];
static struct text record, transcript, right;
static struct audited audited;

static void ask(const char *text)
{
	struct question *question;
	struct text canonical;
	struct diags ds;

	diags_init(&ds, &a);
	ck_assert_int_eq(question_read("q", text, strlen(text), &a, &ds, &question), 0);
	text_init(&canonical, 1 << 16);
	OK(canonical_write(question, &canonical, &err));
	q.canonical = (struct view){ (const uint8_t *)arena_textn(&a, canonical.at, canonical.len),
		canonical.len };
	q.hash = sha256(canonical.at, canonical.len);
	snprintf(q.mode, sizeof(q.mode), "secure");
	text_clear(&canonical);
}

/* Of site number 2, which drops out, nothing is there. */
static void offer_all(struct release *offers)
{
	for (size_t i = 0; i < SITES; i++) {
		struct made m = { w->f->members.members[i].site, SITE_SUMMED, NOISE_NONE, 1, 1,
			{ NULL }, { { NULL } }, { 0 } };
		struct message told;

		legs[i] = leg_of(&m);
		OK(message_decode(legs[i].message.at, legs[i].message.len, &a, &told, &err));
		OK(release_decode(
			told.offer.sealed.at, told.offer.sealed.len, &a, &offers[i], &err));
	}
}

static void agree(const struct release *offers)
{
	const bool marked[SITES] = { true, true, true, true, true };

	OK(sum_noise(offers, marked, SITES, SITES, 3, &noise, &err));
	w->invite.question = w->expect.question = q.hash;
	w->invite.asked = w->expect.asked = ask_signed_hash(&q.hash, q.account, q.asked_ms);
	w->invite.layout = w->expect.layout = release_layout_hash(&offers[0]);
	w->invite.noise = w->expect.noise = shared_noise_hash(&noise);
}

static void sum_up(void)
{
	for (uint64_t i = 0; i < SITES; i++) {
		w->at[i].values[0] = i == 2 ? 77777 : (int64_t)(i + 1) * 1000 + 250;
		w->at[i].noise[0] = 0;
	}
	w->at[2].dies = STEP_MASKED;
	ck_assert_msg(world_run(w) == 0, "%s", w->err.log);
	ck_assert_uint_eq(round_gateway_sum(w->g)[0], RIGHT);
	OK(round_gateway_transcript(w->g, &transcript, &err));
	put_be64(word, RIGHT);
	legs[2].state = SITE_DROPPED;
	legs[2].message.len = 0;
	sum = (struct stored_sum){ .contributors = SITES - 1,
		.noise = { noise_bytes, shared_noise_encode(&noise, noise_bytes) },
		.words = { word, 8 },
		.transcript = { (const uint8_t *)transcript.at, transcript.len } };
}

/* Puts into `record` what the gateway would give now. */
static void give(void)
{
	text_reset(&record);
	OK(record_write(&q, legs, SITES, &sum, &record, &err));
}

static void summed(void)
{
	struct release offers[SITES];

	begin();
	w = world_new(SITES, 1);
	text_init(&record, MAX_RECORD_BYTES);
	text_init(&transcript, MAX_RECORD_BYTES);
	text_init(&right, ANSWER_BYTES);
	shape = (struct release){ .n_layers = 1, .n_points = 1 };
	q.asked_ms = 900;
	ask(ASKED);
	shape.question = q.hash;
	offer_all(offers);
	agree(offers);
	sum_up();
	give();
	secure_sum = &sum;
	write(legs, SITES);
	text_add(&right, text_str(&out));
}

static void summed_end(void)
{
	audited_clear(&audited);
	text_clear(&record);
	text_clear(&transcript);
	text_clear(&right);
	world_free(w);
	end();
}

/* The answer made again, into `out`. */
static int again(void)
{
	audited_clear(&audited);
	text_clear(&out);
	text_init(&out, ANSWER_BYTES);
	return audit_make(record.at, record.len, &w->f->members, NULL, &a, &out, &audited, &err);
}

START_TEST(the_answer_made_again_is_the_published_one_byte_for_byte)
{
	summed();
	OK(again());
	ck_assert_str_eq(text_str(&out), text_str(&right));
	ck_assert_ptr_nonnull(strstr(text_str(&out), "\"value\":13000"));
	ck_assert_uint_eq(audited.sum.sites, SITES);
	ck_assert_uint_eq(audited.sum.contributors, SITES - 1);
	for (uint64_t i = 0; i < SITES; i++) {
		ck_assert_str_eq(audited.sum.who[i].member->site, legs[i].site);
		ck_assert(audited.sum.who[i].dealt);
		ck_assert_int_eq(audited.sum.who[i].in_sum, i != 2);
	}
	summed_end();
}
END_TEST

START_TEST(a25_another_published_number_is_not_what_the_record_gives)
{
	summed();
	word[7] ^= 1;
	give();
	write(legs, SITES);
	ck_assert_ptr_nonnull(strstr(text_str(&out), "\"value\":13001"));
	OK(again());
	ck_assert_str_eq(text_str(&out), text_str(&right));
	summed_end();
}
END_TEST

/* What a record may not say otherwise than the sites signed it; each change is taken back. */
static void is_found(const char *log)
{
	give();
	ck_assert_int_eq(again(), -1);
	ck_assert_msg(strstr(err.log, log) != NULL, "%s, not %s", err.log, log);
	ck_assert_ptr_null(audited.sum.words);
}

START_TEST(a25_another_question_asker_or_moment_is_found)
{
	summed();
	ask(OTHER);
	is_found("another question than");
	ask(ASKED);
	snprintf(q.account, sizeof(q.account), "wu");
	is_found("another person");
	snprintf(q.account, sizeof(q.account), "li");
	q.asked_ms++;
	is_found("another moment");
	q.asked_ms--;
	snprintf(q.study, sizeof(q.study), "T");
	is_found("kind or study");
	snprintf(q.study, sizeof(q.study), "S");
	snprintf(q.kind, sizeof(q.kind), "histogram");
	is_found("kind or study");
	snprintf(q.kind, sizeof(q.kind), "count");
	summed_end();
}
END_TEST

START_TEST(a25_another_noise_is_found)
{
	summed();
	noise.honest--;
	sum.noise.len = shared_noise_encode(&noise, noise_bytes);
	is_found("another noise");
	summed_end();
}
END_TEST

START_TEST(a25_other_sites_than_the_certified_ones_are_found)
{
	struct stored_leg kept;

	summed();
	kept = legs[0];
	legs[0].state = SITE_DROPPED;
	is_found("other sites");
	legs[0] = legs[1];
	is_found("twice");
	legs[0] = kept;
	legs[0].site = "elsewhere";
	is_found("other sites");
	legs[0] = kept;
	legs[0].message = legs[1].message;
	is_found("another site");
	legs[0] = kept;
	legs[2].state = SITE_SUMMED;
	is_found("other sites");
	legs[2].state = SITE_DROPPED;
	summed_end();
}
END_TEST

START_TEST(a_sum_that_was_asked_for_again_is_made_again_too)
{
	summed();
	for (int i = 0; i < SITES; i++)
		if (i != 2)
			legs[i].state = SITE_RECALLED;
	snprintf(q.account, sizeof(q.account), "wu");
	write(legs, SITES);
	text_reset(&right);
	text_add(&right, text_str(&out));
	give();
	OK(again());
	ck_assert_str_eq(text_str(&out), text_str(&right));
	/* but not with sites that say it was the first time */
	legs[0].state = SITE_SUMMED;
	is_found("another person");
	snprintf(q.account, sizeof(q.account), "li");
	summed_end();
}
END_TEST

START_TEST(a25_numbers_laid_out_otherwise_are_found)
{
	struct made m = { NULL, SITE_SUMMED, NOISE_NONE, 1, 1, { "sex" }, { { "f" } }, { 0 } };

	summed();
	m.site = legs[0].site;
	legs[0] = leg_of(&m);
	is_found("other numbers");
	summed_end();
}
END_TEST

/* U5: rounding and thresholds are the sites' own words, so they may show less of the number, but no other one. */
START_TEST(no_changed_byte_moves_the_number)
{
	summed();
	for (size_t i = 0; i < record.len; i += 7) {
		json_t *made, *total, *cell;
		json_int_t value, round_to;

		record.at[i] ^= 2;
		if (again() == 0) {
			made = json_loads(text_str(&out), 0, NULL);
			total = json_object_get(made, "total");
			cell = json_array_get(json_object_get(total, "cells"), 0);
			value = json_integer_value(json_object_get(cell, "value"));
			round_to = json_integer_value(
				json_object_get(json_object_get(total, "sum"), "round_to"));
			ck_assert_msg(json_object_get(cell, "value") == NULL ||
					      llabs(value - RIGHT) < round_to,
				"byte %zu: %lld", i, (long long)value);
			json_decref(made);
		}
		record.at[i] ^= 2;
	}
	for (size_t len = 0; len < record.len; len += 13) {
		struct record r;

		ck_assert_int_eq(record_read(record.at, len, &a, &r, &err), -1);
	}
	summed_end();
}
END_TEST

START_TEST(a_record_of_another_epoch_says_which_list_it_needs)
{
	struct hash32 wanted, own;
	struct record r;
	uint64_t epoch;

	summed();
	OK(record_read(record.at, record.len, &a, &r, &err));
	OK(audit_epoch(&r, &epoch, &wanted, &err));
	OK(membership_hash(&w->f->members, &own, &err));
	ck_assert_uint_eq(epoch, 7);
	ck_assert(hash32_equal(&wanted, &own));
	w->f->members.epoch = 8;
	FAILS(again(), E_DENIED);
	summed_end();
}
END_TEST

UNIT_MAIN("audit", the_answer_made_again_is_the_published_one_byte_for_byte,
	a25_another_published_number_is_not_what_the_record_gives,
	a25_another_question_asker_or_moment_is_found, a25_another_noise_is_found,
	a25_other_sites_than_the_certified_ones_are_found,
	a_sum_that_was_asked_for_again_is_made_again_too, a25_numbers_laid_out_otherwise_are_found,
	no_changed_byte_moves_the_number, a_record_of_another_epoch_says_which_list_it_needs)
