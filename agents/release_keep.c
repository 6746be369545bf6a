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

int release_look_back(struct question_life *q, struct error *err)
{
	struct earlier_look look = { .question = q->question };
	struct db *db = q->pipeline->parts.state->db;
	struct earlier *own = arena_array(&q->arena, 2 * (size_t)MAX_SIMILAR, sizeof(*own));

	q->similar = arena_array(&q->arena, MAX_SIMILAR, sizeof(*q->similar));
	if (own == NULL || q->similar == NULL)
		return error_memory(err);
	q->of_others = own + MAX_SIMILAR;
	if (earlier_find(db, &look, own, &q->n_similar, err) != 0)
		return -1;
	for (unsigned i = 0; i < q->n_similar; i++)
		earlier_tell(&own[i], q->plan, &q->similar[i]);
	look.other_studies = true;
	return earlier_find(db, &look, q->of_others, &q->n_of_others, err);
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
	for (unsigned i = 0; i < q->n_of_others; i++)
		if (note(q, q->of_others[i].id, &q->of_others[i].question,
			    q->of_others[i].how.edits, err) != 0)
			return -1;
	return earlier_keep(q->pipeline->parts.state->db, q->id, q->question, clock_wall_ms(), err);
}

static bool on_its_way(const char *id, void *arg)
{
	return life_find(arg, id, NULL) != NULL;
}

int release_quote_similar(struct pipeline *p, const struct question *q, const struct plan *plan,
	struct msg_quoted *out, struct error *err)
{
	const struct earlier_look look = { .question = q,
		.pass = plan->timing == TIMING_OPEN ? NULL : on_its_way,
		.arg = p };
	struct earlier *found = calloc(MAX_SIMILAR, sizeof(*found));
	unsigned n = 0;
	int ret = found == NULL ? error_memory(err)
				: earlier_find(p->parts.state->db, &look, found, &n, err);

	for (unsigned i = 0; ret == 0 && i < n; i++)
		earlier_tell(&found[i], plan, &out->similar[out->n_similar++]);
	free(found);
	return ret;
}
