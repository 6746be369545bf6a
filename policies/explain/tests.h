/*
 * tests.h - the examples of tests.yaml, decided: does each question still meet the answer, and the rule, that the
 * officer expects?
 *
 * T1  each test has its own day and begins with empty budgets, but for what its `spent` says.
 * T2  a refusal by another rule than the expected one is a failure: the next edit may remove that other reason.
 */
#ifndef POLICIES_TESTS_H
#define POLICIES_TESTS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "policies/decide/decide.h"
#include "policies/policy.h"

struct policy_test; /* policy->tests, in policy.h */

struct test_outcome {
	const struct policy_test *test;
	bool passed;
	struct verdict verdict;
};

/* One outcome for each of policy->tests, in their order, in arena. Fails: E_LIMIT, E_SYSTEM. */
CHECKED int tests_run(const struct policy *p, struct arena *arena, struct test_outcome **out,
	unsigned *n, unsigned *failed, struct error *err);

#endif
