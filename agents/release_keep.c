#include "agents/release_in.h"

#include <stdio.h>

#include "agents/questions.h"
#include "base/clock.h"
#include "base/limits.h"
#include "query/canonical.h"

/*
 * What the pipeline leaves in the table of questions. Reads the life of a question and changes nothing of it.
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
