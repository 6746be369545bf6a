/*
 * take_up.h - from a folder's bytes to a policy that may come into force: read once, checked as a whole.
 *
 * K1  the bytes that are checked are the bytes that are used: nothing is read twice.
 * K2  approvers.yaml must be a file that only its owner may write, in a folder that others cannot replace it in; else
 *     nobody may approve.
 */
#ifndef AGENTS_TAKE_UP_H
#define AGENTS_TAKE_UP_H

#include "agents/standing.h"
#include "agents/state.h"
#include "agents/watch.h"
#include "policies/approval/approval.h"

/* Who may approve, as last read. */
struct people {
	struct arena arena;
	const struct approvers *who; /* NULL: the file cannot be used */
};
void people_init(struct people *p);
void people_clear(struct people *p);
/* Reads the file again, tells what is wrong with it in the log. */
void people_read(struct people *p, const char *path);

struct take_up {
	const char *folder, *site;
	struct state *state;
	const struct people *people;
	const struct standing_stop *stop;
};

/* What the folder holds. It may come into force only when ds has no error; until it is dropped (policy_drop), the
 * places in ds are good. Its policy is NULL when that could not be read. NULL: no memory. */
struct policy_ref *take_up_folder(const struct take_up *t, struct arena *words, struct diags *ds);
/* What this agent ran last, in the same way; its policy is NULL without an error when there is none. Its approval is
 * not looked at: ask take_up_approved(). */
struct policy_ref *take_up_kept(const struct take_up *t, struct diags *ds);
/* Whether the approval of a policy holds with the people of now. */
bool take_up_approved(
	const struct take_up *t, const struct policy_ref *r, struct arena *words, struct diags *ds);

struct policy_ref *policy_ref_new(void); /* NULL without memory */

#endif
