/*
 * policy_look.h - a policy as the researchers of one study may see it; for policy_catalogue.c and policy_prices.c.
 */
#ifndef CLI_POLICY_LOOK_H
#define CLI_POLICY_LOOK_H

#include "cli/policy_tables.h"

struct look {
	struct doc *doc;
	const struct policy *p;
	const struct study *s;
	const struct dataset *data;
	const struct model *model;
	int32_t day;
};

bool look_measure(const struct look *l, const struct measure *m);
/* The study may use the rule's codes, with the rule's kinds. */
bool look_open_rule(const struct look *l, const struct code_rule *r);
unsigned look_kinds(const struct look *l); /* that are listed, the study's, and computed: bits */

void look_limits(const struct look *l);
void look_budgets(const struct look *l);

#endif
