/*
 * decide.h - may this question run here, and as what exactly? One function for the agent, `try`, tests and
 * audit; one sentence for each reason.
 *
 * V1  default deny: what no rule opens is refused; an error while deciding is a refusal.
 * V2  what was checked is what is run: an allowed question comes with the plan that the SQL writer executes
 *     and nothing else; the plan names only columns, codes, bands and bounds of the policy.
 * V3  pure: depends on its arguments only, not on the clock, data or the ledger.
 *
 * Order of checks: 1 policy in force, 2 requester, 3 red list, 4 kind and composing, 5 study's
 * narrowing, 6 values, 7 release, 8 budgets (existence; the ledger holds the amounts).
 */
#ifndef POLICIES_DECIDE_H
#define POLICIES_DECIDE_H

#include "base/arena.h"
#include "policies/decide/plan.h"
#include "policies/policy.h"
#include "query/question.h"

enum {
	CHECK_POLICY,
	CHECK_REQUESTER,
	CHECK_RED_LIST,
	CHECK_KIND,
	CHECK_STUDY,
	CHECK_VALUES,
	CHECK_RELEASE,
	CHECK_BUDGET,
	CHECKS
};

/* Which concepts each code rule expands to at this site, by the order of policy->codes; made once per policy by
 * whoever can read the site's vocabulary. NULL: only the codes as written (a desk without a database). */
struct red_codes {
	int32_t **concepts; /* sorted */
	unsigned *counts;
	unsigned n_rules;
	unsigned systems; /* bit per enum code_system that the site's vocabulary knows */
};

struct asking {
	const char *requester;
	int32_t today;
	const struct red_codes *red;
	bool every_failure; /* go on after the first failure, for `try --all` */
};

struct finding {
	bool deny;
	unsigned check;        /* which of CHECKS */
	const char *rule;      /* "column:cdm.person.birth_datetime" */
	struct place at;       /* in the policy */
	struct place asked_at; /* in the question; line 0 when it concerns the whole */
	struct say
		say; /* one sentence, names the rule's thing in full: for this hospital's people */
	struct say outside; /* general sentence, names nothing that the question did not name */
};

struct verdict {
	bool allow;
	struct finding first;  /* the first denial, or what allowed it */
	struct finding *chain; /* one per check reached, with every_failure all denials */
	unsigned n_chain;
	struct plan *plan; /* when allowed */
};

/* Returns 0 with *out filled (in arena); -1 only when memory ended, which callers treat as a refusal. */
CHECKED int decide(const struct policy *p, const struct question *q, const struct asking *who,
	struct arena *arena, struct verdict *out, struct error *err);

/* Check names for `try`: "policy", "requester", ... in both languages. */
struct say check_say(unsigned check);

#endif
