/*
 * facts_in.h - what facts.c (their rows) and facts_write.c (their statements) share; nobody else includes it.
 */
#ifndef AGENTS_FACTS_IN_H
#define AGENTS_FACTS_IN_H

#include "agents/facts.h"
#include "base/limits.h"
#include "policies/model.h"

/* First column of a row: what the others mean. */
enum {
	FACT_UNIQUE = 0,   /* (0, dataset, 0): its patients' key is unique */
	FACT_ANCESTOR = 1, /* (1, ancestor, descendant) */
	FACT_CODE = 2,     /* (2, rule, concept): by the codes of another system */
	FACT_SYSTEM = 3,   /* (3, dataset, system): its vocabulary knows codes of it */
	FACT_COLUMN = 4,   /* (4, part, rows): of the vocabularies' columns that can be read */
	FACT_HELD = 5,     /* (5, dataset, table): its patient key is held to the patients, from 1 */
	MAX_ROWS = 4 * MAX_RED_CODES,
	FACT_PARTS = 8, /* of one vocabulary */
	FACT_DATASETS = 64, /* those past it have no vocabulary */
};

bool facts_same_vocabulary(const struct model *a, const struct model *b);
bool facts_has_vocabulary(const struct model *m);
/* Whether a code rule lists codes of a system. */
bool facts_lists(const struct policy *p, enum code_system s);

#endif
