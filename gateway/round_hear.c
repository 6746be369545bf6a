/*
 * round_hear.c - what sites say about questions: believed or not, in time or late, once or again.
 */
#include "gateway/round_in.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "gateway/proof.h"
#include "gateway/round_sum.h"

enum {
	QUEUE_MAX = 512,
	QUEUE_BYTES = 8 << 20
};

int round_body(const struct message *m, uint8_t **body, size_t *len, struct error *err)
{
	const size_t head = 4;
	struct writer w;
	const void *frame;
	size_t n;
	int ret = -1;

	if (writer_init(&w, head + MAX_FRAME_BYTES, err) != 0)
		return -1;
	if (message_encode(m, &w, err) == 0 && writer_bytes(&w, &frame, &n, err) == 0) {
		*body = malloc(n - head);
		if (*body == NULL) {
			error_memory(err);
		} else {
			memcpy(*body, (const uint8_t *)frame + head, n - head);
			*len = n - head;
			ret = 0;
		}
	}
	writer_clear(&w);
	return ret;
}

/* In place of an answer that cannot be believed: the answer of the gateway about the site. */
static void unbelievable(const char *id, struct message *out)
{
	static const char en[] = "the hospital's answer could not be verified and was not used";
	static const char zh[] = "医院的答案未通过验证，未被采用";

	memset(out, 0, sizeof(*out));
	out->type = MSG_REFUSE;
	out->refuse.state = REFUSE_FAILED;
	memcpy(out->refuse.id, id, sizeof(out->refuse.id));
	memcpy(out->refuse.say_en, en, sizeof(en));
	memcpy(out->refuse.say_zh, zh, sizeof(zh));
}

static enum leg_event event_of_release(const struct msg_release *m, const struct release *r)
{
	bool below = true;

	for (uint64_t i = 0; i < r->n_cells && below; i++)
		below = r->cells[i] == CELL_SUPPRESSED;
	if (below)
		return ON_BELOW;
	return m->recalled ? ON_RECALLED : ON_RELEASE;
}

static enum leg_event event_of_refuse(const struct msg_refuse *m)
{
	switch (m->state) {
	case REFUSE_RULE:
		return ON_REFUSED;
	case REFUSE_TIMED_OUT:
		return ON_TIME_OUT;
	case REFUSE_CANCELLED:
		return ON_STOPPED;
	default:
		return ON_FAILED;
	}
}

/* What arrived, judged. */
struct heard {
	enum leg_event on;
	uint8_t *body; /* heap */
	size_t len;
	const char *audit;
};

static int judge(struct rounds *all, size_t site, const struct message *m,
	const struct stored_question *q, struct heard *out, struct error *err)
{
	const char *name = sessions_names(all->sessions)[site];
	const uint8_t *key = sessions_key(all->sessions, site);
	struct message instead;
	struct release r;
	struct arena a;
	struct error why;

	*out = (struct heard){ .on = ON_FAILED };
	if (m->type == MSG_REFUSE) {
		out->on = event_of_refuse(&m->refuse);
		return round_body(m, &out->body, &out->len, err);
	}
	arena_init(&a, MAX_FRAME_ARENA);
	if (strcmp(q->mode, "secure") != 0 && key != NULL &&
		proof_release(&m->release, key, name, &q->hash, q->kind, &a, &r, &why) == 0) {
		out->on = event_of_release(&m->release, &r);
	} else {
		log_line(LOG_ERROR, "question %s: %s: not believed: %s", m->release.id, name,
			key == NULL                      ? "its line is gone"
			: strcmp(q->mode, "secure") == 0 ? "its own numbers in place of an offer"
							 : why.log);
		unbelievable(m->release.id, &instead);
		out->audit = "release.rejected";
		m = &instead;
	}
	arena_clear(&a);
	return round_body(m, &out->body, &out->len, err);
}

/* The round is over, or its part of it: keep it, change nothing (R3). */
static void keep_late(struct rounds *all, struct round *r, size_t leg, size_t site, const char *id,
	enum site_state state, int64_t ms, struct heard *h)
{
	const char *name = sessions_names(all->sessions)[site];
	struct change c = { .round = r,
		.leg = leg,
		.site = site,
		.name = name,
		.state = state,
		.ms = ms,
		.body = h->body,
		.len = h->len,
		.audit = h->audit == NULL ? "release.late" : h->audit };

	memcpy(c.id, id, sizeof(c.id));
	if (r != NULL)
		c.before = r->legs[leg].state;
	if (!rounds_queue(all, &c))
		log_line(LOG_WARNING, "question %s: no memory for what %s said late", id, name);
	else if (r != NULL)
		r->legs[leg].heard = true;
}

/* It said no: the others wait for it no more, neither before the sum nor in a phase. */
static void out_of_sum(struct round *r, struct leg *leg)
{
	if (!round_is_sum(r) || r->cancelled)
		return;
	round_sum_lost(r, leg);
	round_sum_look(r);
	round_schedule(r);
}

static void hear_running(struct rounds *all, struct round *r, size_t i, const struct message *m)
{
	struct leg *leg = &r->legs[i];
	struct heard h;
	struct error err;

	if (leg->state == LEG_SUMMING && round_sum_has(r, leg)) {
		rounds_ack(all, leg->site, r->q.id);
		round_sum_lost(r, leg);
		return;
	}
	if (leg->heard && leg->state != LEG_OFFERED && leg->state != LEG_SUMMING) {
		if (leg->stored) /* else its ack is on the way */
			rounds_ack(all, leg->site, r->q.id);
		return;
	}
	if (judge(all, leg->site, m, &r->q, &h, &err) != 0) {
		log_line(LOG_ERROR, "question %s: %s: %s", r->q.id, leg->name, err.log);
		sessions_drop(all->sessions, leg->site);
		return;
	}
	if (leg->state == LEG_AWAY || leg->state == LEG_ASKED || leg->state == LEG_GONE ||
		leg->state == LEG_OFFERED || leg->state == LEG_SUMMING) {
		if (!leg_move(r, leg, h.on, h.body, h.len, h.audit))
			sessions_drop(
				all->sessions, leg->site); /* no memory: it will say it again */
		else
			out_of_sum(r, leg);
	} else {
		keep_late(all, r, i, leg->site, r->q.id, leg->queued, -1, &h);
	}
}

/* It is in the store, and perhaps not on the disk yet (R2). */
static bool ack_later(struct rounds *all, size_t site, const char *id)
{
	struct change c = {
		.site = site, .name = sessions_names(all->sessions)[site], .kept = true
	};

	return text_copy(c.id, sizeof(c.id), id) && rounds_queue(all, &c);
}

/* 1 to be ignored with an ack, 0 kept or ignored, -1 our own failure. */
static int hear_over(struct rounds *all, size_t site, const char *id, const struct message *m,
	struct arena *a, struct error *err)
{
	const char *name = sessions_names(all->sessions)[site];
	struct stored_question q;
	struct stored_leg leg;
	struct heard h;
	int found = store_leg(all->store, id, name, a, &leg, err);

	if (found < 0)
		return -1;
	if (found == 0) {
		log_line(LOG_NOTICE, "site %s: speaks of %s, which it was not asked", name, id);
		return 1;
	}
	if (leg.message.len > 0)
		return ack_later(all, site, id) ? 0 : error_memory(err);
	found = store_get(all->store, id, a, &q, err);
	if (found != 1)
		return found;
	if (judge(all, site, m, &q, &h, err) != 0)
		return -1;
	keep_late(all, NULL, 0, site, id, leg.state, leg.ms, &h);
	return 0;
}

static void hear(struct rounds *all, size_t site, const char *id, const struct message *m)
{
	struct round *r = round_find(all, id);
	struct arena a;
	struct error err;
	int done;

	for (size_t i = 0; r != NULL && i < r->n; i++)
		if (r->legs[i].site == site) {
			hear_running(all, r, i, m);
			goto full;
		}
	arena_init(&a, MAX_FRAME_ARENA);
	done = hear_over(all, site, id, m, &a, &err);
	arena_clear(&a);
	if (done > 0) {
		rounds_ack(all, site, id);
	} else if (done < 0) {
		log_line(LOG_ERROR, "question %s: what %s said could not be kept: %s", id,
			sessions_names(all->sessions)[site], err.log);
		sessions_drop(all->sessions, site);
	}
full:
	/* The loop has been too busy to commit: do it now. */
	if (all->queued >= QUEUE_MAX || all->queued_bytes >= QUEUE_BYTES)
		rounds_flush_now(all);
}

void rounds_on_release(struct rounds *all, size_t site, const struct message *m)
{
	hear(all, site, m->release.id, m);
}

void rounds_on_refuse(struct rounds *all, size_t site, const struct message *m)
{
	hear(all, site, m->refuse.id, m);
}

/* ---- secure sums ---- */

static struct leg *leg_at(struct rounds *all, size_t site, const char *id, struct round **round)
{
	*round = round_find(all, id);
	if (*round == NULL || !round_is_sum(*round))
		return NULL;
	for (size_t i = 0; i < (*round)->n; i++)
		if ((*round)->legs[i].site == site)
			return &(*round)->legs[i];
	return NULL;
}

void rounds_on_offer(struct rounds *all, size_t site, const struct message *m)
{
	struct round *r;
	struct leg *leg = leg_at(all, site, m->offer.id, &r);

	if (leg == NULL) {
		rounds_ack(all, site, m->offer.id); /* over, or never asked: it need not wait */
		return;
	}
	round_sum_offer(r, leg, m);
	round_sum_look(r);
	round_schedule(r);
}

void rounds_on_sum(struct rounds *all, size_t site, const struct message *m)
{
	struct round *r;
	struct leg *leg = leg_at(all, site, m->sum.id, &r);

	if (leg == NULL && r != NULL && round_is_sum(r))
		round_sum_part(r, site, &m->sum);
	else if (leg != NULL)
		round_sum_hear(r, leg, &m->sum);
	else
		return; /* late */
	round_schedule(r);
}
