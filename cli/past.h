/*
 * past.h - the questions that an agent decided, read through its socket (agents/questions.h), one at a time.
 *
 * What an agent sends is looked at like anything from outside: texts come safe to print, and a question counts only
 * when it is canonical and its hash is the one the agent has.
 */
#ifndef CLI_PAST_H
#define CLI_PAST_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "policies/decide/decide.h"

struct past_question {
	const char *id, *at, *requester, *study, *text, *rule, *state, *policy;
	int64_t version; /* of the policy; 0: none had looked at it */
	int32_t day;
	bool allow;
	uint64_t prho, peps; /* what it cost; INT64_MAX: no bound in epsilon */
	const struct question *question; /* NULL: changed since, or this program does not read it */
};

/* Calls each with every question of the last `days` days, oldest first, until it returns -1; it and its texts live in
 * `arena` until each returns. Fails: as agent_line(); E_INPUT for an answer that is none; with what each said. */
CHECKED int past_each(const char *socket, unsigned days,
	int (*each)(
		const struct past_question *q, struct arena *arena, void *arg, struct error *err),
	void *arg, struct error *err);

/* One of them, in arena. Fails also: E_INPUT when the agent does not know the id, or no id is like it. */
CHECKED int past_one(const char *socket, const char *id, struct arena *arena,
	struct past_question *out, struct error *err);

/* What a policy says to it: on the day it was asked, or the nearest to it on which the policy is in force, so that two
 * versions can be held against the same questions. Without the site's vocabulary and without what was spent. */
CHECKED int past_decide(const struct policy *p, const struct past_question *q, bool every_failure,
	struct arena *arena, struct verdict *out, struct error *err);

#endif
