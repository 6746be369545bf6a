/*
 * reach.h - whether the rows that a code rule forbids can be found in a table, and by which columns.
 * Shared by the decision and the SQL writer, so that what is promised is what is removed.
 */
#ifndef POLICIES_REACH_H
#define POLICIES_REACH_H

#include "base/arena.h"
#include "base/error.h"
#include "policies/model.h"
#include "policies/policy.h"

enum reach {
	REACH_YES,
	REACH_NO_CONCEPT, /* its concept column is not listed */
	REACH_NO_COLUMN,  /* no listed column has codes of the rule */
	REACH_UNKNOWN,    /* the site's vocabulary does not know the rule's codes */
};

/* The column's rows may be looked at on that day: any use but forbidden. */
bool column_readable(const struct column *c, int32_t today);
/* A column through which codes of a system are found as text. */
bool column_holds(const struct column *c, enum code_system s, int32_t today);

/* Where a rule's own codes (`local`) stand in this table: two datasets may list one table of the database, each
 * with its own columns. False: they are not about this table. *out NULL: the table does not list their column, or
 * forbids it, so that the rows cannot be found. */
bool local_column(const struct local_codes *l, const struct table *t, int32_t today,
	const struct column **out);

/* `known`: bit per code system that the site's vocabulary has, ~0u at a desk without one.
 *
 * A rule with the hospital's own codes needs their column, wherever the table is listed.
 * A rule with concepts needs the table's concept column. One with codes of other systems needs the concept
 * column together with a vocabulary that knows one of them, or a text column of one of them; where some of
 * them are those of the table's kind of event (drugs: atc), it must be one of these. Without a vocabulary
 * only such tables are asked about: a rule of drugs says nothing about diagnoses. */
enum reach rule_reach(const struct code_rule *rule, const struct model *m, const struct table *t,
	unsigned known, int32_t today);

/* Why they cannot, as a clause ("because ..."); in the arena. Any but REACH_YES. */
struct say reach_say(enum reach why, const struct model *m, const struct table *t, struct arena *a);

/* Whether a rule's codes of one column name a code, exactly as it is written. */
bool local_names(const struct local_codes *l, const char *code);

#endif
