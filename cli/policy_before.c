#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cli/policy.h"
#include "cli/running.h"

/* The policy that another is compared with. */

static int failed(const struct desk *d, const char *command, const struct error *err)
{
	fprintf(stderr, "cordon policy %s: %s (%s)\n", command, desk_say(d, err->say), err->log);
	return err->code == E_INPUT ? POLICY_ERRORS : POLICY_ENVIRONMENT;
}

/* Read as the desk's own folder is, with the same words about what is wrong in it. */
static int read_folder(struct desk *d, struct policy **before)
{
	struct policy *mine = d->policy;
	const char *folder = d->folder;
	int status;

	diags_init(&d->ds, &d->words);
	d->folder = d->against;
	status = desk_read(d);
	*before = status == POLICY_GOOD ? d->policy : NULL;
	d->folder = folder;
	d->policy = mine;
	return status;
}

int desk_before(struct desk *d, const char *command, struct policy **before)
{
	struct error err = { .code = E_NONE };
	struct diags ds;

	*before = NULL;
	if (d->against == NULL)
		return POLICY_GOOD;
	if (strcmp(d->against, "running") != 0)
		return read_folder(d, before);
	diags_init(&ds, &d->words);
	if (d->agent != NULL && running_policy(d->agent, &d->arena, &ds, before, &err) == 0)
		return POLICY_GOOD;
	if (d->agent == NULL)
		(void)error_set(&err, E_INPUT,
			SAY("--against running needs --agent SOCKET",
				"--against running 须同时给出 --agent 套接字"),
			"no socket");
	return failed(d, command, &err);
}
