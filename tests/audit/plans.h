/*
 * plans.h - what both audits ask: the policy of a row, and a question's plan under it.
 */
#ifndef TESTS_AUDIT_PLANS_H
#define TESTS_AUDIT_PLANS_H

#include "tests/unit/kinds.h"
#include "tests/unit/officers.h"

#define K0 "3"

static struct arena plans; /* of all plans; the test inits and clears it */

static inline const struct policy *policy_of(bool gaussian)
{
	struct edit more[KIND_EDITS + 3];
	unsigned n = 0;

	for (unsigned i = 0; i < KIND_EDITS; i++)
		more[n++] = kind_edits[i];
	more[n++] = (struct edit){ P_RED, "per_patient_max: 20", "per_patient_max: " K0 };
	if (!gaussian) {
		more[n++] = (struct edit){ P_RELEASE, "noise: gaussian, rho: 0.0244",
			"noise: laplace, epsilon: 1" };
		more[n++] = (struct edit){ P_RELEASE, "'study:MH', rho: 0.01",
			"'study:MH', epsilon: 0.1" };
	}
	return officer_policy(more, n);
}

static inline struct plan *planned(const struct policy *p, const char *text)
{
	const struct asking who = { .requester = "li@s1.example", .today = day("2026-03-01") };
	struct question *q = NULL;
	struct verdict v;
	struct diags ds;
	struct error why;

	diags_init(&ds, &plans);
	ck_assert_msg(question_read("q", text, strlen(text), &plans, &ds, &q) == 0, "%s: %s", text,
		ds.count > 0 ? ds.list[0].en : "");
	ck_assert_msg(decide(p, q, &who, &plans, &v, &why) == 0, "%s: %s", text, why.log);
	ck_assert_msg(v.allow, "%s: %s: %s", text, v.first.rule, v.first.say.en);
	return v.plan;
}

#endif
