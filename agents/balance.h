/*
 * balance.h - the ledger's accounts beside the budgets that the policy in force gives them, for the site's own people.
 *
 * [{"account":, "questions":, "rho":, "epsilon":, "budgets": [{"unit":, "cap":, "spent":, "held":, "left":,
 * "questions":, "max_questions":, "from":, "to":}]}]: every account that ever paid, then those of a study or a
 * dataset that have a budget today and never paid. `budgets` has those of today, in the unit they are charged in
 * (policies/decide/plan.h), each within its own period; it is empty where the policy has none. `held` is the part of `spent`
 * whose question has not ended. "spent": null is without bound: nothing is left.
 */
#ifndef AGENTS_BALANCE_H
#define AGENTS_BALANCE_H

#include "agents/ledger.h"
#include "policies/policy.h"

/* policy NULL: none is in force, no account has a budget. Fails: E_SYSTEM. */
CHECKED int balance_json(struct ledger *l, const struct policy *p, int32_t today, struct text *out,
	struct error *err);

#endif
