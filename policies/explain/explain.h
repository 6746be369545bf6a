/*
 * explain.h - why something in a policy is as it is: what was written and where, which ceilings of which presets
 * hold it, what an exception changes and until when, what comes of that, and who uses it.
 *
 * E1  reads the policy as decisions read it, so what is told is what is decided.
 */
#ifndef POLICIES_EXPLAIN_H
#define POLICIES_EXPLAIN_H

#include "base/arena.h"
#include "base/error.h"
#include "policies/policy.h"

struct explain_row {
	struct say label; /* both NULL: the place is the label */
	struct place at;  /* line 0: none */
	struct say say;
};

enum {
	EXPLAIN_NEAR = 5
};

struct explanation {
	const char *kind;  /* "column", "code", ...; NULL: nothing has this name */
	const char *thing; /* its name in full */
	struct say about;  /* beside the name */
	struct explain_row *rows;
	unsigned n_rows;
	const char *near[EXPLAIN_NEAR]; /* when nothing has this name: what may have been meant */
	unsigned n_near;
};

/* `thing`: a column, table, dataset, measure, study, kind, category, rule id, or a code (439727, icd10:B20). `on`: a
 * day for which the result is wanted too, or DAY_NONE. Everything in arena. Fails: E_SYSTEM, E_LIMIT. */
CHECKED int explain(const struct policy *p, const char *thing, int32_t on, struct arena *arena,
	struct explanation *out, struct error *err);

#endif
