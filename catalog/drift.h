/*
 * drift.h - where a site's database departs from what its policy takes it for.
 *
 * D1  the role reads more than the policy opens: the table is closed; when the way is the role's own
 *     (superuser, a member of others, code with foreign rights), everything is.
 * D2  the role reads less, or a table, column, view or type is not what the policy says: what needs it is
 *     closed, so that nobody pays for a statement that must fail or would mean something else.
 * D3  what the policy does not list is forbidden whether it is there or not: a notice.
 * D4  pure: of the two arguments alone.
 */
#ifndef CATALOG_DRIFT_H
#define CATALOG_DRIFT_H

#include "base/text.h"
#include "catalog/snapshot.h"
#include "policies/policy.h"

enum drift_level {
	DRIFT_NOTICE,
	DRIFT_WARNING,
	DRIFT_FOUND
};

enum drift_closes {
	CLOSES_NOTHING,
	CLOSES_TABLE,
	CLOSES_DATASET,
	CLOSES_ALL
};

struct drift_finding {
	enum drift_level level;
	const char *code;        /* "P201" */
	enum drift_closes closes;
	const struct dataset *data; /* CLOSES_DATASET, CLOSES_TABLE */
	const struct table *table;  /* CLOSES_TABLE; else NULL */
	const char *thing;          /* "cdm.person", "role cordon_agent": as people see it */
	struct place at;            /* in the policy; line 0: none */
	struct say say;             /* for this hospital's people */
	bool rights;                /* what the role may do is not what `grants` would give it */
	const char *mend;           /* statements for the administrator, or NULL */
	const char *const *names;   /* what the sentence only counts */
	unsigned n_names;
};

struct drift {
	const struct drift_finding *list; /* DRIFT first, then warnings, then notices */
	unsigned n, found, warnings, notices;
};

/* Everything lives in the arena and points into policy and snapshot. Fails: E_SYSTEM without memory. */
CHECKED int drift_compare(const struct policy *p, const struct snapshot *s, const char *role,
	struct arena *a, struct drift *out, struct error *err);

/* The first finding that closes this table of this dataset; table NULL: the dataset as a whole; both NULL:
 * everything. NULL: none does. */
const struct drift_finding *drift_closing(
	const struct drift *d, const struct dataset *data, const struct table *t);

#endif
