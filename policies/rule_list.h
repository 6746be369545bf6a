/*
 * rule_list.h - every rule of a policy by its id, and which of them a decision reached. For coverage of tests and
 * for finding rules that nobody needs.
 *
 * Ids are those of decisions: "column:cdm.person.year_of_birth", "code:hiv", "study:DM-2026-01.may_use".
 */
#ifndef POLICIES_RULE_LIST_H
#define POLICIES_RULE_LIST_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "policies/decide.h"

struct policy_rule {
	const char *id;
	struct place at;
};

/* In the order of their places; in arena. Fails: E_LIMIT, E_SYSTEM. */
CHECKED int rule_list(const struct policy *p, struct arena *arena, struct policy_rule **out,
	unsigned *n, struct error *err);

/* Sets reached[i] for each of n rules that this verdict rests on: those that denied, and for an allowed question every
 * rule whose limits its plan was held to. */
void rule_list_reached(const struct policy *p, const struct question *q, const struct verdict *v,
	const struct policy_rule *rules, unsigned n, bool *reached);

#endif
