#include "cli/policy.h"

#include <stdio.h>

int policy_explain_decision(struct desk *d)
{
	fputs(d->zh ? "cordon policy explain：本版本尚不能说明某次决定\n"
		    : "cordon policy explain: this version cannot explain a decision yet\n",
		stderr);
	return POLICY_ENVIRONMENT;
}
