/*
 * facts.h - what a policy needs to know from the site's database before it can decide: which concepts its
 * code rules expand to, by the site's own vocabulary, whether the patients' key is unique, and which tables a
 * foreign key holds to the patients.
 *
 * F1  facts belong to one policy; they are asked for when it comes into force and after a failure.
 * F2  without facts no question is decided: a code rule that could not be expanded protects nobody.
 * F3  a site may lack a vocabulary of codes, or the right to read it: then its code systems are unknown
 *     (red.systems), tables whose rows only it could find stay uncountable, and the log says so. Only the
 *     ancestors, which questions themselves use, must be there when they are needed.
 */
#ifndef AGENTS_FACTS_H
#define AGENTS_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "agents/source.h"
#include "sql/sql.h"
#include "base/arena.h"
#include "policies/decide/decide.h"
#include "policies/policy.h"

struct facts {
	struct arena arena;
	bool ready;
	struct red_codes red;
	bool *one_row; /* by the order of policy->datasets */
	/* by the same: names of tables, of which a foreign key says that every row has a patient */
	const char ***held;
	unsigned *n_held;
	/* the first of two statements asks which vocabularies can be read */
	bool looked, looking;
	uint64_t readable; /* bit per dataset; those past 64 have none */
};

void facts_init(struct facts *f);
void facts_clear(struct facts *f);

/* The next statement that asks for them; lives in f's arena. With code rules in other systems than OMOP the first
 * only asks what there is, and facts_read() leaves `ready` false: write and read again. */
CHECKED int facts_write(
	struct facts *f, const struct policy *p, struct sql *out, struct error *err);
/* Takes its rows. Fails: E_INPUT when they have another form; E_LIMIT past MAX_RED_CODES; E_SYSTEM. */
CHECKED int facts_read(
	struct facts *f, const struct policy *p, const struct source_rows *rows, struct error *err);

/* Bit per code system that a rule lists and this site's vocabularies do not know. */
unsigned facts_unknown(const struct facts *f, const struct policy *p);

/* What the SQL writer needs for one dataset of the policy. */
struct sql_facts facts_for(
	const struct facts *f, const struct policy *p, const struct dataset *data);

#endif
