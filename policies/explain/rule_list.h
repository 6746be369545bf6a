/*
 * rule_list.h - every rule of a policy by its id, and which of them a decision reached. For coverage of tests and
 * for finding rules that nobody needs.
 *
 * Ids are those of decisions: "column:cdm.person.year_of_birth", "code:hiv", "study:DM-2026-01.may_use".
 * What has no refusal of its own has a name here: "tighter:kind:count", "release:min_patients". A budget for each is one
 * rule, "budget:each-requester", whoever is charged.
 */
#ifndef POLICIES_RULE_LIST_H
#define POLICIES_RULE_LIST_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "policies/decide/decide.h"

struct policy_rule {
	const char *id;
	struct place at;
};

/* In the order of their places; in arena. Fails: E_LIMIT, E_SYSTEM. */
CHECKED int rule_list(const struct policy *p, struct arena *arena, struct policy_rule **out,
	unsigned *n, struct error *err);

/* Whether a decision can have this rule: one of the list, or the account of one requester or study in a budget for
 * each. */
bool rule_known(
	const struct policy *p, const struct policy_rule *rules, unsigned n, const char *id);
/* The id most like it, or NULL. */
const char *rule_nearest(const struct policy_rule *rules, unsigned n, const char *id);

/* Sets reached[i] for each of n rules that this verdict rests on: those that denied, and for an allowed question every
 * rule whose limits its plan was held to. */
void rule_list_reached(const struct policy *p, const struct question *q, const struct verdict *v,
	const struct policy_rule *rules, unsigned n, bool *reached);

#endif
