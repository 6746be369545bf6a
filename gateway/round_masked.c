#include "gateway/round_masked.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/round_beside.h"
#include "gateway/round_sum_in.h"

enum {
	STEP_PART =
		16, /* of the time, each phase that asks no database has a sixteenth, at most STEP_MS */
	STEP_MS = 10000,
};

struct unmasking {
	struct beside_job head;
	struct round_masked *m;
};

struct round_masked {
	struct beside beside;
	struct round_gateway *g;    /* the job's while it is under way */
	int64_t step_ms, masked_ms; /* that a phase takes; MASKED */
	bool *masked;               /* by leg: its masked numbers are here */
	struct unmasking job;       /* the only one, the last phase */
	uint64_t n_words;
	int64_t closed_s;
	struct sum_end end;
};

static struct round_masked *of(const struct round *r)
{
	return r->sum->sa;
}

static void clear(struct beside *b)
{
	struct round_masked *m = (struct round_masked *)b;

	round_gateway_free(m->g);
	sum_end_clear(&m->end);
	free(m->masked);
	free(m);
}

void round_masked_free(struct round_masked *m)
{
	if (m != NULL)
		beside_end(&m->beside);
}

bool round_masked_busy(const struct round_masked *m)
{
	return beside_busy(&m->beside);
}

/* One that is gone is not waited for. */
static void say(struct round *r, struct leg *leg, enum sum_step step, const struct text *body)
{
	struct sum_id id = sum_id_of(leg->name);

	if (!round_sum_say(r, leg->site, step, body))
		round_gateway_lost(of(r)->g, &id);
}

/* ---- beginning ---- */

/* All phases but MASKED, and one more for the end, are short. */
static void set_times(struct round_masked *m, int64_t left_ms, struct sum_invite *i)
{
	m->step_ms = left_ms / STEP_PART < STEP_MS ? left_ms / STEP_PART : STEP_MS;
	m->masked_ms = left_ms - 5 * m->step_ms;
	i->wait_ms[WAIT_ROSTER] = i->wait_ms[WAIT_DEAL] = i->wait_ms[WAIT_CERTIFICATE] =
		(uint64_t)(2 * m->step_ms);
	i->wait_ms[WAIT_SURVIVE] = (uint64_t)(m->masked_ms + m->step_ms);
	i->expires_s = clock_wall_ms() / 1000 + left_ms / 1000 + 1;
}

/* Behind the invitation, which has its hash, the noise. */
static int prepare(struct round *r, struct round_masked *m, struct sum_invite *invite,
	struct text *out, struct error *err)
{
	uint8_t noise[SHARED_NOISE_BYTES];

	set_times(m, r->deadline_ms - clock_mono_ms(), invite);
	if (beside_begin(&m->beside, err) != 0 ||
		round_gateway_new(&m->g, r->all->members, r->all->sum_key, invite, true,
			clock_wall_ms() / 1000, err) != 0 ||
		round_gateway_invite(m->g, out, err) != 0)
		return -1;
	text_addn(out, (const char *)noise, shared_noise_encode(&r->sum->noise, noise));
	return text_failed(out) ? error_memory(err) : 0;
}

static void invite_all(struct round *r, const struct text *invitation)
{
	struct round_sum *s = r->sum;

	for (size_t i = 0; i < r->n; i++) {
		struct leg *leg = &r->legs[i];

		if (!round_sum_invited(r, i))
			continue;
		if (leg_move(r, leg, ON_INVITE, NULL, 0, NULL))
			say(r, leg, STEP_INVITE, invitation);
	}
	s->due_ms = clock_mono_ms() + s->sa->step_ms;
}

static struct round_masked *new_of(struct round *r, uint64_t n_words)
{
	struct round_masked *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->beside = (struct beside){ .all = r->all, .clear = clear };
	m->n_words = n_words;
	sum_end_init(&m->end);
	m->masked = calloc(r->n, sizeof(*m->masked));
	if (m->masked == NULL) {
		free(m);
		return NULL;
	}
	return m;
}

int round_masked_begin(struct round *r, const struct sum_invite *invite, struct error *err)
{
	struct round_masked *m = new_of(r, invite->words);
	struct sum_invite full = *invite;
	struct text invitation;
	int ret;

	if (m == NULL)
		return error_memory(err);
	text_init(&invitation, MAX_RELEASE_BYTES);
	ret = prepare(r, m, &full, &invitation, err);
	if (ret == 0) {
		r->sum->sa = m;
		invite_all(r, &invitation);
	} else {
		round_masked_free(m);
	}
	text_clear(&invitation);
	return ret;
}

/* ---- why there is none ---- */

static const struct say fell_short[] = {
	[PHASE_KEYS] = SAY("too few hospitals took part in the sum; nothing was learned or paid",
		"参与求和的医院过少；未得到任何结果，也未计费"),
	[PHASE_SHARES] = SAY("too few hospitals took part in the sum; nothing was learned or paid",
		"参与求和的医院过少；未得到任何结果，也未计费"),
	[PHASE_MASKED] = SAY("too many hospitals dropped out of the sum; nothing was learned, and "
			     "those that had "
			     "sent masked numbers have paid",
		"中途退出求和的医院过多；未得到任何结果，已发出掩码数值的医院已计费"),
	[PHASE_ACK] = SAY("too few hospitals confirmed who is in the sum; nothing was learned, and "
			  "those that had "
			  "sent masked numbers have paid",
		"确认求和名单的医院过少；未得到任何结果，已发出掩码数值的医院已计费"),
	[PHASE_UNMASK] = SAY("the masks could not be taken off; nothing was learned, and those "
			     "that had sent masked "
			     "numbers have paid",
		"掩码未能去除；未得到任何结果，已发出掩码数值的医院已计费"),
};

/* A sum that was made while nobody was left is not wanted later either. */
static struct say short_in(enum sum_phase phase)
{
	return fell_short[phase < PHASE_UNMASK ? phase : PHASE_UNMASK];
}

static void tell_all(struct round *r)
{
	struct round_sum *s = r->sum;

	for (size_t i = 0; i < r->n; i++) {
		struct sum_id id = sum_id_of(r->legs[i].name);
		enum sum_step step;
		struct text body;
		struct error err;

		if (r->legs[i].state != LEG_SUMMING || !round_gateway_speaks_to(s->sa->g, &id))
			continue;
		text_init(&body, MAX_SUM_BYTES);
		if (round_gateway_tell(s->sa->g, &id, &step, &body, &err) == 0)
			say(r, &r->legs[i], step, &body);
		else
			log_line(LOG_ERROR, "question %s: %s: %s", r->q.id, r->legs[i].name,
				err.log);
		text_clear(&body);
	}
}

/* ---- the last phase: the masks are taken off beside the loop ---- */

static int unmask(struct round_masked *m, struct error *err)
{
	struct sum_end *e = &m->end;

	if (round_gateway_close(m->g, m->closed_s, err) != 0)
		return -1;
	e->made = true;
	e->contributors = round_gateway_contributors(m->g);
	if (sum_end_words(e, round_gateway_sum(m->g), m->n_words, err) != 0)
		return -1;
	return round_gateway_transcript(m->g, &e->transcript, err);
}

static void run(struct work_job *job)
{
	struct round_masked *m = ((struct unmasking *)job)->m;

	m->end.ret = unmask(m, &m->end.err);
}

static void over(struct beside_job *j, bool wanted)
{
	struct round_masked *m = ((struct unmasking *)j)->m;

	if (wanted)
		round_sum_end(j->round, &m->end, short_in(PHASE_UNMASK));
}

static void begin_unmasking(struct round *r)
{
	struct round_masked *m = of(r);

	m->closed_s = clock_wall_ms() / 1000;
	m->job = (struct unmasking){ .head = { .job.run = run, .round = r, .over = over }, .m = m };
	beside_do(&m->beside, &m->job.head);
}

/* ---- phases ---- */

static void close_phase(struct round *r)
{
	struct round_sum *s = r->sum;
	enum sum_phase phase = round_gateway_phase(s->sa->g);
	struct error err;

	if (phase == PHASE_UNMASK) {
		begin_unmasking(r);
		return;
	}
	if (round_gateway_close(s->sa->g, clock_wall_ms() / 1000, &err) != 0) {
		log_line(LOG_NOTICE, "question %s: sum: %s", r->q.id, err.log);
		round_sum_give_up(r, short_in(phase));
		return;
	}
	phase = round_gateway_phase(s->sa->g);
	tell_all(r);
	s->due_ms = clock_mono_ms() + (phase == PHASE_MASKED ? s->sa->masked_ms : s->sa->step_ms);
}

void round_masked_look(struct round *r)
{
	struct round_sum *s = r->sum;

	/* sending may lose sites, and so may end a phase */
	while (!s->over && !round_masked_busy(s->sa) &&
		(round_gateway_waits(s->sa->g) == 0 || clock_mono_ms() >= s->due_ms))
		close_phase(r);
}

/* ---- sites ---- */

void round_masked_hear(struct round *r, struct leg *leg, const struct msg_sum *m)
{
	struct sum_id id = sum_id_of(leg->name);
	struct error err;

	if (round_masked_busy(of(r)))
		return; /* late */
	if (round_gateway_hear(
		    of(r)->g, &id, (enum sum_step)m->step, m->body.at, m->body.len, &err) != 0)
		log_line(
			LOG_WARNING, "question %s: %s in its sum: %s", r->q.id, leg->name, err.log);
	else if (m->step == STEP_MASKED)
		of(r)->masked[leg - r->legs] = true;
}

void round_masked_lost(struct round *r, const struct leg *leg)
{
	struct sum_id id = sum_id_of(leg->name);

	if (!round_masked_busy(of(r)))
		round_gateway_lost(of(r)->g, &id);
}

bool round_masked_has(const struct round *r, const struct leg *leg)
{
	return of(r)->masked[leg - r->legs];
}

static struct sum_standing standing_of(const struct round_masked *m, const char *site)
{
	for (uint64_t i = 0; i < round_gateway_sites(m->g); i++) {
		struct sum_standing at = round_gateway_standing(m->g, i);

		if (strcmp(at.who->site, site) == 0)
			return at;
	}
	return (struct sum_standing){ .last = STEP_NONE };
}

static struct say dropped_at(enum sum_step last)
{
	if (last < STEP_SHARES)
		return SAY("it dropped out before it had paid", "在计费之前退出");
	if (last < STEP_MASKED)
		return SAY("it dropped out before it had sent its masked numbers",
			"在发出掩码数值之前退出");
	return SAY("its masked numbers came too late or could not be used",
		"其掩码数值迟到或无法使用");
}

bool round_masked_in(const struct round *r, size_t leg, struct say *why)
{
	struct sum_standing at = standing_of(of(r), r->legs[leg].name);

	*why = dropped_at(at.last);
	return at.in_sum;
}

struct say round_masked_short(const struct round *r)
{
	return short_in(round_masked_busy(of(r)) ? PHASE_UNMASK : round_gateway_phase(of(r)->g));
}
