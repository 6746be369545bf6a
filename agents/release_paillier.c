#include "agents/release_sum_in.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/work.h"

/*
 * A question in mode secure by threshold Paillier (paillier/tp_site.h): two messages of this site, COMMIT and OPEN, and
 * between them it may be off the line. What differs from SA-1 in the life of a question (release.h):
 *
 *   offered -INVITE-> joined, paid, asked, encrypted -COMMIT leaves-> sent -ROSTER/OPEN-> sent -expiry-> gone
 *
 * Encrypting a long vector takes seconds and is done beside the loop; no other statement is run meanwhile.
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

/* ---- beside the loop ---- */

struct encrypting {
	struct work_job job;
	struct question_life *q;  /* NULL: nobody wants it any more */
	struct paillier_key *key; /* counted: it outlives the question, should that end meanwhile */
	struct tp_values *v;
	int ret;
	struct error err;
};

static void encrypt(struct work_job *job)
{
	struct encrypting *e = (struct encrypting *)job;

	e->ret = tp_values_encrypt(e->v, &e->err);
}

static void encrypted(struct work_job *job, bool dropped)
{
	struct encrypting *e = (struct encrypting *)job;
	struct question_life *q = dropped ? NULL : e->q;

	if (q != NULL) {
		q->sum->encrypting = NULL;
		if (e->ret == 0) {
			q->sum->values = e->v;
			e->v = NULL;
		} else {
			log_line(LOG_ERROR, "question %s: not encrypted: %s", q->id, e->err.log);
		}
	}
	tp_values_free(e->v);
	paillier_drop(e->key);
	free(e);
	if (q != NULL)
		release_encrypted(q);
}

void paillier_forget(struct sum_part *s)
{
	if (s->encrypting != NULL)
		s->encrypting->q = NULL;
	s->encrypting = NULL;
	tp_values_free(s->values);
	s->values = NULL;
}

int paillier_encrypt(struct question_life *q, struct error *err)
{
	struct pipeline *p = q->pipeline;
	struct sum_part *s = q->sum;
	struct tp_values *v;

	if (p->work == NULL && work_new(&p->work, p->parts.base, err) != 0)
		return -1;
	if (tp_site_values(
		    s->tp, q->counts, q->noise, plan_words(q->plan), sum_now_here(), &v, err) != 0)
		return -1;
	s->encrypting = calloc(1, sizeof(*s->encrypting));
	if (s->encrypting == NULL) {
		tp_values_free(v);
		return error_memory(err);
	}
	*s->encrypting = (struct encrypting){
		.job = { encrypt, encrypted, NULL }, .q = q, .key = s->key, .v = v
	};
	s->key->count++;
	work_do(p->work, &s->encrypting->job);
	return 0;
}

int paillier_commit(struct question_life *q, struct error *err)
{
	struct sum_part *s = q->sum;
	struct tp_values *v = s->values;

	if (v == NULL)
		return error_set(err, E_STATE, SAY("not at this moment", "当前不可执行"),
			"sum: nothing was encrypted");
	s->values = NULL;
	s->out_step = TP_LINE_SITE + TP_STEP_COMMIT;
	return tp_site_commit(s->tp, v, sum_now_here(), &s->out, err);
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
