/*
 * policy.h - what the commands of `cordon policy` share. They read a policy folder and never the network
 * or a database, and never change a file.
 *
 * Exit status: 0 good, 1 the answer is no, 2 errors in the files or the use, 3 environment.
 */
#ifndef CLI_POLICY_H
#define CLI_POLICY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "policies/read.h"

enum {
	POLICY_GOOD,
	POLICY_NO,
	POLICY_ERRORS,
	POLICY_ENVIRONMENT
};

struct desk {
	bool zh, json, help;
	const char *folder;                  /* of the policy; "." when none was given */
	const char *role;                    /* grants */
	const char *who, *study, *file, *on; /* try */
	bool all;
	struct arena arena; /* policy and question */
	struct arena words; /* diagnostics */
	struct diags ds;
	struct policy *policy;
};

static inline const char *desk_say(const struct desk *d, struct say s)
{
	return d->zh ? s.zh : s.en;
}

/* Reads the folder into d->policy; on failure prints what is wrong and gives the exit status. */
int desk_read(struct desk *d);
/* Every diagnostic with its line and a mark under the word; `folder` holds the files, or `text` is the
 * one file there is. */
void desk_diags(struct desk *d, const char *text, size_t len);
/* The same as a JSON list. */
void desk_diags_json(const struct desk *d, struct text *out);
/* Prints and ends a text; the exit status when memory ended. */
int desk_print(struct text *t, int status);
/* Pads what was added since `from` to `width` columns of a terminal. */
void desk_pad(struct text *t, size_t from, size_t width);
/* "file:line:column", or "-" */
void desk_place(struct text *t, const struct place *at);

int policy_try(struct desk *d);

#endif
