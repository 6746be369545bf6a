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

#include "base/text.h"
#include "policies/policy.h"

#define GRANTS_ROLE "cordon_agent"

/* Appends the script to out. Fails: E_INPUT for a role name that is none; E_SYSTEM without memory. */
CHECKED int grants_write(
	const struct policy *p, const char *role, struct text *out, struct error *err);

#endif
