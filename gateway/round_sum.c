#include "gateway/round_sum_in.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "paillier/tp_invite.h"

enum {
	OFFERS_PART = 3,       /* of the time, sites have a third to offer */
	OFFER_ARENA = 4 << 20, /* one site's offer, read */
};

bool round_is_sum(const struct round *r)
{
	return strcmp(r->q.mode, "secure") == 0;
}

void round_sum_free(struct round_sum *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; s->of != NULL && i < s->n; i++)
		arena_clear(&s->of[i]);
	free(s->of);
	round_masked_free(s->sa);
	round_paillier_free(s->tp);
	free(s->offers);
	free(s->shapes);
	free(s->accepts);
	free(s->marked);
	free(s->loud);
	text_clear(&s->words);
	text_clear(&s->transcript);
	arena_clear(&s->arena);
	free(s);
}

struct round_sum *round_sum_of(struct round *r)
{
	struct round_sum *s = r->sum;

	if (s != NULL)
		return s;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	arena_init(&s->arena, MAX_FRAME_ARENA);
	s->n = r->n;
	s->of = calloc(r->n, sizeof(*s->of));
	for (size_t i = 0; s->of != NULL && i < r->n; i++)
		arena_init(&s->of[i], OFFER_ARENA);
	s->offers = calloc(r->n, sizeof(*s->offers));
	s->shapes = calloc(r->n, sizeof(*s->shapes));
	s->marked = calloc(r->n, sizeof(*s->marked));
	s->loud = calloc(r->n, sizeof(*s->loud));
	s->accepts = calloc(r->n, sizeof(*s->accepts));
	if (s->accepts == NULL || s->of == NULL || s->offers == NULL || s->shapes == NULL ||
		s->marked == NULL || s->loud == NULL) {
		round_sum_free(s);
		return NULL;
	}
	s->due_ms = clock_mono_ms() + (r->deadline_ms - clock_mono_ms()) / OFFERS_PART;
	r->sum = s;
	return s;
}

int64_t round_sum_due(const struct round *r)
{
	const struct round_sum *s = r->sum;

	if (s == NULL || s->over || (s->tp != NULL && round_paillier_busy(s->tp)) ||
		(s->sa != NULL && round_masked_busy(s->sa)))
		return INT64_MAX;
	return s->due_ms;
}

const struct stored_sum *round_sum_result(const struct round *r)
{
	return r->sum == NULL || r->sum->result.contributors == 0 ? NULL : &r->sum->result;
}

/* One that is off the line is not spoken to: false. */
bool round_sum_say(const struct round *r, size_t site, unsigned step, const struct text *body)
{
	struct message m = { .type = MSG_SUM,
		.sum = { .step = step, .body = { (const uint8_t *)body->at, body->len } } };
	struct error err;

	memcpy(m.sum.id, r->q.id, sizeof(m.sum.id));
	return site != NO_SITE && sessions_send(r->all->sessions, site, &m, &err) == 0;
}

/* ---- what became of a site ---- */

const struct say round_sum_was_late =
	SAY("it was ready after the sum had begun; it paid nothing", "求和开始之后才就绪，未计费");

/* The gateway's own words about a site, in place of what it said. */
void round_sum_end_leg(struct round *r, struct leg *leg, enum leg_event on, struct say why)
{
	struct message m = { .type = MSG_REFUSE, .refuse = { .state = REFUSE_FAILED } };
	uint8_t *body = NULL;
	size_t len = 0;
	struct error err;

	memcpy(m.refuse.id, r->q.id, sizeof(m.refuse.id));
	(void)!text_copy(m.refuse.say_en, sizeof(m.refuse.say_en), why.en);
	(void)!text_copy(m.refuse.say_zh, sizeof(m.refuse.say_zh), why.zh);
	if (round_body(&m, &body, &len, &err) != 0)
		log_line(LOG_ERROR, "question %s: %s: %s", r->q.id, leg->name, err.log);
	(void)leg_move(r, leg, on, body, len, NULL);
}

/* Nothing more is asked of it, and it pays nothing. */
static void end_recalled(struct round *r, struct leg *leg)
{
	struct message m = { .type = MSG_CANCEL };
	struct error err;

	memcpy(m.cancel.id, r->q.id, sizeof(m.cancel.id));
	if (leg_move(r, leg, ON_RECALLED, NULL, 0, NULL) &&
		sessions_send(r->all->sessions, leg->site, &m, &err) != 0)
		log_line(LOG_DEBUG, "question %s: %s", r->q.id, err.log);
}

/* By TP-1 one that offered may be off the line. */
bool round_sum_invited(const struct round *r, size_t i)
{
	enum leg_state state = r->legs[i].state;

	return r->sum->marked[i] &&
	       (state == LEG_OFFERED ||
		       (r->sum->by_tp && (state == LEG_AWAY || state == LEG_GONE)));
}

/* There is a sum, which was made now; how its leg ended. */
static void end_summed(struct round *r, size_t i)
{
	struct say why;

	if (r->sum->tp != NULL ? round_paillier_in(r, i, &why) : round_masked_in(r, i, &why))
		(void)leg_move(r, &r->legs[i], ON_SUMMED, NULL, 0, NULL);
	else
		round_sum_end_leg(r, &r->legs[i], ON_DROPPED, why);
}

/* Of a sum that is over: how each leg ended that still waits. Again after a store that failed, which undid it (R6). */
static void end_legs(struct round *r)
{
	struct round_sum *s = r->sum;

	for (size_t i = 0; i < r->n; i++) {
		struct leg *leg = &r->legs[i];

		if (leg->state != LEG_OFFERED && leg->state != LEG_SUMMING &&
			!(s->recalled && round_sum_invited(r, i)))
			continue;
		if (s->recalled && s->marked[i])
			end_recalled(r, leg);
		else if (s->recalled)
			round_sum_end_leg(r, leg, ON_NO_SUM, round_sum_unlike(s, i));
		else if (s->result.contributors == 0)
			round_sum_end_leg(r, leg, ON_NO_SUM, s->why);
		else if (leg->state == LEG_OFFERED)
			round_sum_end_leg(r, leg, ON_NO_SUM, round_sum_was_late);
		else
			end_summed(r, i);
	}
}

void round_sum_give_up(struct round *r, struct say why)
{
	log_line(LOG_NOTICE, "question %s: no sum: %s", r->q.id, why.en);
	r->sum->over = true;
	r->sum->why = why;
	end_legs(r);
}

void round_sum_made(struct round *r)
{
	r->sum->over = true;
	end_legs(r);
}

/* ---- the result ---- */

void sum_end_init(struct sum_end *e)
{
	*e = (struct sum_end){ .ret = -1 };
	text_init(&e->words, MAX_SUM_WORDS * 8);
	text_init(&e->transcript, SUM_RECORD_ROOM);
}

void sum_end_clear(struct sum_end *e)
{
	text_clear(&e->words);
	text_clear(&e->transcript);
}

int sum_end_words(struct sum_end *e, const uint64_t *words, size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t word[8];

		put_be64(word, words[i]);
		text_addn(&e->words, (const char *)word, sizeof(word));
	}
	return text_failed(&e->words) ? error_memory(err) : 0;
}

static struct view view_of(const struct text *t)
{
	return (struct view){ (const uint8_t *)t->at, t->len };
}

void round_sum_end(struct round *r, struct sum_end *e, struct say why)
{
	struct round_sum *s = r->sum;

	if (e->ret != 0) {
		log_line(e->made ? LOG_ERROR : LOG_NOTICE, "question %s: sum: %s", r->q.id,
			e->err.log);
		round_sum_give_up(r, !e->made ? why
					      : SAY("the sum was made but could not be kept",
							"求和已完成，但结果未能保存"));
		return;
	}
	s->words = e->words;
	s->transcript = e->transcript;
	s->result = (struct stored_sum){ .contributors = e->contributors,
		.noise = { s->noise_bytes, shared_noise_encode(&s->noise, s->noise_bytes) },
		.words = view_of(&s->words),
		.transcript = view_of(&s->transcript) };
	sum_end_init(e);
	round_sum_made(r);
}

/* ---- what happens ---- */

static const struct say too_late =
	SAY("the time of the question was over before the sum began; nothing was paid",
		"求和开始之前查询已超时；未计费");

void round_sum_look(struct round *r)
{
	struct round_sum *s = round_sum_of(r);

	if (s == NULL)
		return;
	if (s->over) {
		end_legs(r);
		return;
	}
	if (clock_mono_ms() >= r->deadline_ms) {
		round_sum_give_up(r, s->tp != NULL   ? round_paillier_short(r)
				     : s->sa != NULL ? round_masked_short(r)
						     : too_late);
		return;
	}
	if (s->sa == NULL && s->tp == NULL)
		round_sum_begin(r);
	if (s->tp != NULL && !s->over)
		round_paillier_look(r);
	if (s->sa != NULL && !s->over)
		round_masked_look(r);
}

void round_sum_hear(struct round *r, struct leg *leg, const struct msg_sum *m)
{
	struct round_sum *s = r->sum;

	if (m->step > TP_LINE_HOLDER) {
		round_sum_part(r, leg->site, m);
		return;
	}
	if (s == NULL || (s->sa == NULL && s->tp == NULL) || s->over || leg->state != LEG_SUMMING)
		return; /* late */
	if (s->tp != NULL)
		round_paillier_hear(r, leg, m);
	else
		round_masked_hear(r, leg, m);
	round_sum_look(r);
}

void round_sum_part(struct round *r, size_t site, const struct msg_sum *m)
{
	if (r->sum == NULL || r->sum->tp == NULL || r->sum->over)
		return;
	round_paillier_part(r, site, m);
	round_sum_look(r);
}

void round_sum_line(struct round *r, size_t site)
{
	if (r->sum != NULL && r->sum->tp != NULL && !r->sum->over)
		round_paillier_line(r, site);
}

bool round_sum_has(const struct round *r, const struct leg *leg)
{
	const struct round_sum *s = r->sum;

	if (s == NULL || (s->tp == NULL && s->sa == NULL))
		return false;
	return s->tp != NULL ? round_paillier_has(r, leg) : round_masked_has(r, leg);
}

void round_sum_lost(struct round *r, struct leg *leg)
{
	if (r->sum == NULL || r->sum->sa == NULL || r->sum->over)
		return;
	round_masked_lost(r, leg);
	round_sum_look(r);
}
