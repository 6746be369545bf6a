#include "cli/policy.h"

#include <stdio.h>

int policy_init(struct desk *d)
{
	fputs(d->zh ? "本版本尚无此命令\n" : "this version does not have it yet\n", stderr);
	return POLICY_ENVIRONMENT;
}
