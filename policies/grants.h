/*
 * grants.h - the script for the database administrator: what the agent's role may read, and nothing else.
 *
 * G1  a table-level right would outlive a column's revocation, so every right in the schemas concerned is
 *     revoked before columns are granted.
 * G2  forbidden and unlisted columns are never granted; beyond listed columns only the key of the
 *     opt-out list and the two columns of the model's ancestors are.
 * G3  every name is quoted as an SQL identifier or literal; a role name is letters, digits and '_'.
 */
#ifndef POLICIES_GRANTS_H
#define POLICIES_GRANTS_H

#include "base/arena.h"
#include "base/text.h"
#include "policies/policy.h"

#define GRANTS_ROLE "cordon_agent"

/* One column that the role reads. */
struct grant {
	const char *schema, *relation, *column;
	const char *note; /* why, when it is no listed column; a literal */
	bool optional;    /* the site may have no such table */
};

/* All of them, in the order of the red list; names live in the policy or the arena. */
CHECKED int grants_list(const struct policy *p, struct arena *a, const struct grant **list,
	size_t *n, struct error *err);
bool grant_same_relation(const struct grant *a, const struct grant *b);

/* What the role's sessions begin with; ends with a NULL name. Values as SQL. */
struct grant_setting {
	const char *name, *value;
};
extern const struct grant_setting grants_settings[];

/* Pieces of statements, for those who mend rights one by one. A name with control or hidden characters
 * becomes U&"..", so that it can be shown on a terminal. */
bool grants_role_valid(const char *role);
void grants_name(struct text *out, const char *name);
void grants_relation_name(struct text *out, const char *schema, const char *relation);
/* "grant select (..) on .. to ..;" of every column of list[from]'s relation. */
void grants_relation(
	struct text *out, const struct grant *list, size_t n, size_t from, const char *role);

/* Appends the script to out. Fails: E_INPUT for a role name that is none; E_SYSTEM without memory. */
CHECKED int grants_write(
	const struct policy *p, const char *role, struct text *out, struct error *err);

#endif
