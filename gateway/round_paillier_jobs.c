/*
 * round_paillier_jobs.c - what a sum by TP-1 has done beside the loop: what opens is looked at, and the sum made of it.
 */
#include <stdlib.h>

#include "base/log.h"
#include "gateway/round_paillier_in.h"
#include "paillier/tp_transcript.h"

/* What is done beside the loop. */
struct task {
	struct beside_job head;
	struct round_paillier *p; /* outlives the round, should that end meanwhile */
	enum phase of;            /* OPENING, PARTING, FINISHING */
	size_t which;             /* leg; holder */
	struct text bytes;
	int ret;
	struct error err;
};

static int write_transcript(struct round_paillier *p, struct error *err)
{
	uint64_t sites = tp_gateway_sites(p->g)->n;
	struct text *opens = calloc(sites, sizeof(*opens)), parts[TP_HOLDERS];
	struct tp_said said = { .invite = &p->bare,
		.roster = &p->roster,
		.opens = opens,
		.set = tp_gateway_opened(p->g),
		.parts = parts };
	int ret;

	if (opens == NULL)
		return error_memory(err);
	for (size_t i = 0; i < p->n; i++)
		if (p->peers[i].opened)
			opens[p->peers[i].place] = p->peers[i].open;
	for (size_t j = 0; j < p->k->n_holders && said.n_parts < p->k->needed; j++)
		if (p->holders[j].part.len > 0)
			parts[said.n_parts++] = p->holders[j].part;
	ret = tp_transcript_write(&said, p->sums, p->invite.sum.words, &p->end.transcript, err);
	free(opens);
	return ret;
}

static int make_sum(struct round_paillier *p, struct error *err)
{
	struct sum_end *e = &p->end;

	if (tp_gateway_finish(p->g, p->sums, p->invite.sum.words, err) != 0)
		return -1;
	e->made = true;
	e->contributors = bits_count(tp_gateway_opened(p->g));
	if (sum_end_words(e, (const uint64_t *)p->sums, p->invite.sum.words, err) != 0)
		return -1;
	return write_transcript(p, err);
}

static void run(struct work_job *job)
{
	struct task *t = (struct task *)job;
	struct round_paillier *p = t->p;

	if (t->of == OPENING)
		t->ret = tp_gateway_open(p->g, t->bytes.at, t->bytes.len, &t->err);
	else if (t->of == PARTING)
		t->ret = tp_gateway_part(p->g, t->bytes.at, t->bytes.len, &t->err);
	else
		p->end.ret = make_sum(p, &p->end.err);
}

static void done_well(struct task *t)
{
	struct round_paillier *p = t->p;

	if (t->of == OPENING) {
		p->peers[t->which].opened = true;
		p->peers[t->which].open = t->bytes;
		text_init(&t->bytes, 1);
	} else {
		p->holders[t->which].part = t->bytes;
		text_init(&t->bytes, 1);
	}
}

static void over(struct beside_job *j, bool wanted)
{
	struct task *t = (struct task *)j;

	if (wanted && t->of == FINISHING)
		round_sum_end(j->round, &t->p->end, round_paillier_short(j->round));
	else if (wanted && t->ret == 0)
		done_well(t);
	else if (wanted)
		log_line(LOG_WARNING, "question %s: sum: %s", j->round->q.id, t->err.log);
	text_clear(&t->bytes);
	free(t);
}

/* False without memory. */
bool tp_give(struct round *r, enum phase what, size_t which, const struct view *bytes)
{
	struct task *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return false;
	*t = (struct task){ .head = { .job.run = run, .round = r, .over = over },
		.p = tp_of(r),
		.of = what,
		.which = which };
	text_init(&t->bytes, MAX_SUM_BYTES);
	if (bytes != NULL)
		text_addn(&t->bytes, bytes->at, bytes->len);
	if (text_failed(&t->bytes)) {
		text_clear(&t->bytes);
		free(t);
		return false;
	}
	beside_do(&tp_of(r)->beside, &t->head);
	return true;
}
