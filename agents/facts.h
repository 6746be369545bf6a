/*
 * facts.h - what a policy needs to know from the site's database before it can decide: which concepts its
 * code rules expand to, by the site's own vocabulary, and whether the patients' key is unique.
 *
 * F1  facts belong to one policy; they are asked for when it comes into force and after a failure.
 * F2  without facts no question is decided: a code rule that could not be expanded protects nobody.
 */
#ifndef AGENTS_FACTS_H
#define AGENTS_FACTS_H

#include <stdbool.h>

#include "agents/source.h"
#include "sql/sql.h"
#include "base/arena.h"
#include "policies/decide.h"
#include "policies/policy.h"

struct facts {
	struct arena arena;
	bool ready;
	struct red_codes red;
	bool *one_row; /* by the order of policy->datasets */
};

void facts_init(struct facts *f);
void facts_clear(struct facts *f);

/* The one statement that asks for all of it; lives in f's arena. */
CHECKED int facts_write(
	struct facts *f, const struct policy *p, struct sql *out, struct error *err);
/* Takes its rows. Fails: E_INPUT when they have another form; E_LIMIT past MAX_RED_CODES; E_SYSTEM. */
CHECKED int facts_read(
	struct facts *f, const struct policy *p, const struct source_rows *rows, struct error *err);

/* What the SQL writer needs for one dataset of the policy. */
struct sql_facts facts_for(
	const struct facts *f, const struct policy *p, const struct dataset *data);

#endif
