#include "agents/release_sum_in.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/*
 * A question in mode secure by threshold Paillier (paillier/tp_site.h): two messages of this site, COMMIT and OPEN, and
 * between them it may be off the line. What differs from SA-1 in the life of a question (release.h):
 *
 *   offered -INVITE-> joined, paid, asked, encrypted -COMMIT leaves-> sent -ROSTER/OPEN-> sent -expiry-> gone
 *
 * The price is paid before the database is asked, so before COMMIT: what was paid for may end without a sum.
 */

int paillier_join(struct question_life *q, struct view body, struct error *err)
{
	struct sum_part *s = q->sum;
	const struct tp_invite *i;
	struct shared_noise noise;
	struct sum_expect expect;
	const struct sum_now now = sum_now_here();

	if (s->key == NULL)
		return error_set(err, E_DENIED,
			SAY("this hospital takes part in no such sum", "本院不参与此种求和"),
			"sum: by threshold Paillier, and there is no key");
	if (sum_part_expect(q, body, TP_INVITE_BYTES, &noise, &expect, err) != 0)
		return -1;
	const struct tp_site_setup setup = { s->setup, &s->key->f.k, s->key->table };

	if (tp_site_new(&s->tp, &setup, &expect, body.at, TP_INVITE_BYTES, now, err) != 0)
		return -1;
	i = tp_site_invite(s->tp);
	if (i->sum.n_max > noise.sites)
		return error_set(err, E_DENIED,
			SAY("this hospital's policy wants another sum", "本院策略要求另一种求和"),
			"sum: more sites than its noise is made for");
	if (!sum_outlasts(q, tp_site_due_ms(s->tp), i->sum.expires_s))
		return error_set(err, E_DENIED,
			SAY("this hospital's policy wants another sum", "本院策略要求另一种求和"),
			"sum: timing is strict, and its numbers would leave too late");
	s->until_ms = now.mono_ms + (i->sum.expires_s - now.wall_s) * 1000;
	s->heard = sha256(body.at, body.len);
	s->heard_step = TP_LINE_SITE + TP_STEP_INVITE;
	s->dealt = true; /* the pump pays and runs it */
	return release_step(q, ON_JOIN, err);
}

int paillier_commit(struct question_life *q, struct error *err)
{
	struct sum_part *s = q->sum;

	s->out_step = TP_LINE_SITE + TP_STEP_COMMIT;
	return tp_site_commit(
		s->tp, q->counts, q->noise, plan_words(q->plan), sum_now_here(), &s->out, err);
}

int paillier_roster(struct question_life *q, struct view body, struct error *err)
{
	struct sum_part *s = q->sum;

	text_reset(&s->said);
	s->heard = sha256(body.at, body.len);
	s->heard_step = TP_LINE_SITE + TP_STEP_ROSTER;
	s->out_step = TP_LINE_SITE + TP_STEP_OPEN;
	return tp_site_open(s->tp, body.at, body.len, sum_now_here(), &s->out, err);
}

void paillier_keep_said(struct sum_part *s)
{
	text_clear(&s->said);
	s->said = s->out;
	s->said_step = s->out_step;
	text_init(&s->out, MAX_SUM_BYTES);
}

bool paillier_again(struct question_life *q, const struct msg_sum *m)
{
	struct sum_part *s = q->sum;
	struct hash32 hash = sha256(m->body.at, m->body.len);
	struct message again = { .type = MSG_SUM,
		.sum = { .step = s->said_step,
			.body = { (const uint8_t *)s->said.at, s->said.len } } };

	if (s->tp == NULL || m->step != s->heard_step || !hash32_equal(&hash, &s->heard))
		return false;
	memcpy(again.sum.id, q->id, sizeof(again.sum.id));
	if (s->said.len > 0)
		release_send(q->pipeline, &again);
	return true;
}

bool paillier_late(struct sum_part *s)
{
	return clock_mono_ms() >= s->until_ms ||
	       (tp_site_state(s->tp) != TP_SITE_DONE && tp_site_expire(s->tp, sum_now_here()));
}

int64_t paillier_due_ms(const struct sum_part *s)
{
	int64_t due = tp_site_due_ms(s->tp);

	return due < s->until_ms ? due : s->until_ms;
}
