#include "agents/release_in.h"

#include <stdio.h>
#include <stdlib.h>

#include "agents/questions.h"
#include "base/clock.h"
#include "base/limits.h"
#include "query/canonical.h"

/*
 * What the pipeline leaves in the table of questions and of their marks, and what it finds there. Changes nothing of a
 * question but what it found.
 */

int release_keep_question(struct question_life *q, enum q_state state, struct error *err)
{
	const struct policy *p = q->policy == NULL ? NULL : q->policy->policy;
	bool allow = state != Q_REFUSED;
	struct question_row row = { .id = q->id,
		.requester = q->requester,
		.study = q->question->study,
		.hash = q->hash,
		.at_ms = clock_wall_ms(),
		.day = q->plan == NULL ? clock_today() : q->plan->today,
		.allow = allow,
		.rule = q->reply.refuse.rule,
		.state = release_state_name(state) };
	char rule[MAX_RULE + 1];
	struct text text;
	int ret = -1;

	if (p != NULL) {
		row.version = p->version;
		row.policy = p->hash;
	}
	if (allow) {
		snprintf(rule, sizeof(rule), "study:%s", q->question->study);
		row.rule = rule;
	}
	text_init(&text, MAX_QUESTION_BYTES + 1);
	if (canonical_write(q->question, &text, err) == 0) {
		row.text = text_str(&text);
		ret = questions_keep(q->pipeline->parts.state->db, &row, err);
	}
	text_clear(&text);
	return ret;
}

/* ---- those before it ---- */

static bool lets_ask(const struct plan *plan, const struct earlier_found *own)
{
	int64_t most = plan->max_similar;

	return most == 0 || own->near < (uint64_t)most;
}

int release_look_back(struct question_life *q, bool *allowed, struct error *err)
{
	struct earlier_look look = { .question = q->question };
	struct db *db = q->pipeline->parts.state->db;
	struct earlier_found *own = arena_array(&q->arena, 2, sizeof(*own));

	q->similar = arena_array(&q->arena, MAX_SIMILAR, sizeof(*q->similar));
	if (own == NULL || q->similar == NULL)
		return error_memory(err);
	q->of_others = own + 1;
	if (earlier_find(db, &look, own, err) != 0)
		return -1;
	q->n_similar = own->n;
	for (unsigned i = 0; i < own->n; i++)
		earlier_tell(&own->list[i], q->plan, &q->similar[i]);
	*allowed = lets_ask(q->plan, own);
	look.other_studies = true;
	return earlier_find(db, &look, q->of_others, err);
}

static int note(struct question_life *q, const char *id, const struct hash32 *hash, unsigned edits,
	struct error *err)
{
	const struct audit_note note = { .kind = "similar",
		.id = q->id,
		.requester = q->requester,
		.study = q->question->study,
		.question = hash,
		.rule = id,
		.number = edits };

	return audit_add(q->pipeline->parts.state->audit, &note, err);
}

int release_keep_marks(struct question_life *q, struct error *err)
{
	for (unsigned i = 0; i < q->n_similar; i++)
		if (note(q, q->similar[i].id, &q->similar[i].question,
			    (unsigned)q->similar[i].n_edits, err) != 0)
			return -1;
	for (unsigned i = 0; i < q->of_others->n; i++) {
		const struct earlier *e = &q->of_others->list[i];

		if (note(q, e->id, &e->question, e->how.edits, err) != 0)
			return -1;
	}
	return earlier_keep(q->pipeline->parts.state->db, q->id, q->question, clock_wall_ms(), err);
}

static bool on_its_way(const char *id, void *arg)
{
	return life_find(arg, id, NULL) != NULL;
}

int release_quote_similar(struct pipeline *p, const struct question *q, const struct plan *plan,
	struct msg_quoted *out, bool *allowed, struct error *err)
{
	const struct earlier_look look = {
		.question = q, .pass = plan->timing == TIMING_OPEN ? NULL : on_its_way, .arg = p
	};
	struct earlier_found *found = calloc(1, sizeof(*found));
	int ret = found == NULL ? error_memory(err)
				: earlier_find(p->parts.state->db, &look, found, err);

	for (unsigned i = 0; ret == 0 && i < found->n; i++)
		earlier_tell(&found->list[i], plan, &out->similar[out->n_similar++]);
	if (ret == 0)
		*allowed = lets_ask(plan, found);
	free(found);
	return ret;
}
