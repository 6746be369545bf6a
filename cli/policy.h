/*
 * policy.h - what the commands of `cordon policy` share. They read a policy folder and never the network; only --db
 * opens the database, its catalog alone (of `try` the vocabulary alone); only `init`, `sign` and --out write a file.
 *
 * Exit status: 0 good, 1 the answer is no, 2 errors in the files or the use, 3 environment.
 */
#ifndef CLI_POLICY_H
#define CLI_POLICY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "policies/decide/decide.h"
#include "policies/read.h"

enum {
	POLICY_GOOD,
	POLICY_NO,
	POLICY_ERRORS,
	POLICY_ENVIRONMENT
};

enum {
	DESK_OUTPUT = 32 << 20 /* bytes of what a command prints */
};

/* What was asked of a command: every option of every command has its one place here. NULL: not given. */
struct desk {
	const char *command; /* its name, for what goes wrong */
	bool zh, json, help, no_colour;
	const char *word;   /* the command's own first argument: what to explain, what to show */
	const char *folder; /* of the policy; "." when none was given */
	const char *role, *who, *study, *file, *on;
	/* of a question without a file */
	const char *kind, *dataset, *group_by, *of, *cohort, *ages_on;
	const char *db;      /* libpq connection string: --db, --from-database */
	const char *against; /* a folder, or "running" */
	const char *agent;   /* the agent's socket */
	const char *approvers, *as, *key, *passphrase, *new_key, *why, *version;
	const char *format, *out, *for_requesters, *decision, *model, *coverage, *sql_form;
	bool all, verbose, check, verify, past, no_wider, sheet, show_sql, wants_coverage;
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
/* What --against names, a folder or the policy running at --agent, into *before, in the desk's arena; NULL without
 * --against, and when nothing is in force there. Leaves in d->ds what was said about that policy. On failure says so
 * and gives the exit status. */
int desk_before(struct desk *d, struct policy **before);
/* Say on standard error why the command cannot go on, and give the exit status: for E_SYSTEM the environment, else
 * errors. `word` ends the sentence. */
int desk_failed(const struct desk *d, const struct error *err);
int desk_bad_use(const struct desk *d, struct say why, const char *word);
int desk_no_agent(const struct desk *d);
/* The day of --on; *day stays without it. On another word than a day says so and gives the exit status. */
int desk_on(const struct desk *d, int32_t *day);
/* With --db: warns in d->ds of every concept of the question that the site's vocabulary lacks. */
int desk_known(struct desk *d, const struct question *q);
/* Every diagnostic with its line and a mark under the word; `folder` holds the files, or `text` is the
 * one file there is. */
void desk_diags(struct desk *d, const char *text, size_t len);
/* The same as a JSON list. */
void desk_diags_json(const struct desk *d, struct text *out);
/* Prints and ends a text; the exit status when memory ended. */
int desk_print(struct text *t, int status);
/* Pads what was added since `from` to `width` columns of a terminal. */
void desk_pad(struct text *t, size_t from, size_t width);
/* Adds `s` at column `at`, breaking lines at 100 columns; further lines begin at column `indent`. */
void desk_wrap(struct text *t, const char *s, size_t at, size_t indent);
/* "file:line:column", or "-" */
void desk_place(struct text *t, const struct place *at);

/* ,"file":"release.yaml","line":3,"column":5 */
void desk_place_json(struct text *t, const struct place *at);
/* {"en":"..","zh":".."}; null without a text */
void desk_say_json(struct text *t, struct say s);

/* The question of --file (- is standard input) and of the options, which stand in for its keys; on failure prints what
 * is wrong and gives the exit status. */
int desk_question(struct desk *d, struct question **q);
/* The chain of checks, the verdict, and what an allowed question costs; the JSON object is left open for more keys. */
void desk_verdict(struct desk *d, struct text *t, const struct verdict *v);
void desk_verdict_json(struct text *t, const struct verdict *v);
/* Begins a line under a verdict; gives the column at which its text begins. */
size_t desk_head(struct desk *d, struct text *t, struct say head);

/* ---- the commands, each in its file; d->policy is read when the table in policy.c says so ---- */
int policy_check(struct desk *d);
struct sql;
int policy_try(struct desk *d);
extern const struct say policy_codes_as_written; /* a statement from a desk has no vocabulary */
/* try --show-sql=psql: the script alone, so that it can be piped. */
int policy_script(struct desk *d, const struct plan *plan, const struct sql *sql);
int policy_test(struct desk *d);
int policy_explain(struct desk *d);
int policy_explain_decision(struct desk *d); /* explain --decision */
int policy_diff(struct desk *d);
int policy_show(struct desk *d);
int policy_sign(struct desk *d);
int policy_stop(struct desk *d);
int policy_new_key(struct desk *d); /* sign --new-key */
int policy_init(struct desk *d);
int policy_check_db(struct desk *d); /* check --db: after the files were found good */
int policy_grants_check(struct desk *d);
int policy_review(struct desk *d);
int policy_schema(struct desk *d);

#endif
