/*
 * policy_look.h - a policy as the researchers of one study may see it; for policy_catalogue.c and policy_prices.c.
 */
#ifndef CLI_POLICY_LOOK_H
#define CLI_POLICY_LOOK_H

#include "cli/policy_tables.h"
#include "policies/offer/offer.h"

struct look {
	struct doc *doc;
	const struct policy *p;
	const struct study *s;
	const struct dataset *data;
	int32_t day;
	struct offer offer; /* of the dataset */
};

void look_limits(const struct look *l);
void look_budgets(const struct look *l);

#endif
