#include <string.h>

#include "base/limits.h"
#include "cli/policy.h"
#include "cli/running.h"

/* The policy that another is compared with. */

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

int desk_before(struct desk *d, struct policy **before)
{
	struct error err;

	*before = NULL;
	if (d->against == NULL)
		return POLICY_GOOD;
	if (strcmp(d->against, "running") != 0)
		return read_folder(d, before);
	if (d->agent == NULL)
		return desk_no_agent(d);
	diags_init(&d->ds, &d->words);
	if (running_policy(d->agent, &d->arena, &d->ds, before, &err) != 0)
		return desk_failed(d, &err);
	return POLICY_GOOD;
}
