/*
 * watch_say.h - what an agent's log tells of policies: which is in force, which was not loaded, and why.
 * Names, versions, codes and the readers' own sentences; never a word of a policy's texts beyond those.
 */
#ifndef AGENTS_WATCH_SAY_H
#define AGENTS_WATCH_SAY_H

#include "agents/watch.h"
#include "base/diag.h"
#include "base/log.h"

/* Every error and warning but one, which may be NULL. */
void watch_say_diags(const struct diags *ds, const struct diag *but);
/* p was not loaded (NULL: it could not be read) and `now` stays, or nothing is in force. */
void watch_say_not_loaded(
	const struct policy_ref *now, const struct policy *p, const struct diags *ds);
void watch_say_in_force(const struct policy_ref *r);
/* Warns when r, which replaces `now`, was signed without being compared with anything. */
void watch_say_replaces(const struct policy_ref *now, const struct policy_ref *r);

#endif
