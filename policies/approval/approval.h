/*
 * approval.h - who approved a policy: approval.yaml in the folder, approvers.yaml outside it.
 *
 * V1  what is signed is everything that was approved: site, version, the hash over every file, what it replaces, the
 *     effect that was shown, and who signs as what and when; each with its length, under a domain of its own.
 * V2  complete means: every required role signed, each by another person with another key, every signature there is
 *     holds, and its key is listed for that person, not revoked, and valid on the day of signing. One bad signature
 *     is an error even when the others would do.
 * V3  at least two roles are required, whatever approvers.yaml says.
 * V4  a revoked key is revoked whatever day its line names: a signer could have written any day.
 * Pure: no clock, no files. Codes: P401 not approved, P402 changed after signing.
 */
#ifndef POLICIES_APPROVAL_H
#define POLICIES_APPROVAL_H

#include "base/arena.h"
#include "base/shape.h"
#include "base/text.h"
#include "policies/policy.h"
#include "policies/read.h"

#define APPROVERS_FILE "/etc/cordon/approvers.yaml" /* unless a site says otherwise */

enum {
	MAX_SIGNATURES = 8, /* of one approval */
	MAX_APPROVERS = 256,
};

struct approval_signature {
	const char *who, *role;
	const char *key; /* as crypto/signing.h writes it */
	const char *at;  /* "2025-12-18T09:12:04+08:00": these characters are signed */
	const char *sig;
	int64_t at_ms;
	int32_t day; /* as `at` writes it */
	struct place place;
};

struct approval {
	const char *site;
	int64_t version;
	struct hash32 hash;
	int64_t replaces; /* a version; 0: there was none, and its hash is zeros */
	struct hash32 replaces_hash, effect;
	struct policy_item *items; /* what `hash` is over, to say which file changed */
	unsigned n_items;
	struct approval_signature signatures[MAX_SIGNATURES];
	unsigned n;
	struct place at;
};

/* One key of one person; a person may have several, one after the other. */
struct approver {
	const char *name, *key;
	const char **roles;
	unsigned n_roles;
	int32_t from, to; /* days on which it may sign, inclusive */
	bool revoked;
	struct place at;
};

struct approvers {
	const char *required[MAX_SIGNATURES];
	unsigned n_required;
	struct approver *people;
	unsigned n;
};

extern const struct shape shape_approval, shape_approvers;

/* Whose key this is; NULL: nobody's. */
const struct approver *approvers_key(const struct approvers *who, const char *key);
bool approver_may(const struct approver *p, const char *role);

/* Everything lives in `arena`; `name` stands in places. Return 0, or -1 with errors in ds. */
CHECKED int approval_read(const char *name, const void *bytes, size_t len, struct arena *arena,
	struct diags *ds, struct approval **out);
CHECKED int approvers_read(const char *name, const void *bytes, size_t len, struct arena *arena,
	struct diags *ds, struct approvers **out);
void approval_write(const struct approval *a, struct text *out);

/* What this signature of the approval is over (V1). */
struct hash32 approval_signed(const struct approval *a, const struct approval_signature *s);

/* Whether every signature there is holds (V2); `today` refuses those of days to come. */
CHECKED int approval_signatures(
	const struct approval *a, const struct approvers *who, int32_t today, struct diags *ds);
/* Whether the approval is of this policy as its files are; they also tell whether only line ends differ. */
CHECKED int approval_matches(const struct approval *a, const struct policy *p,
	const struct policy_folder *folder, struct arena *arena, struct diags *ds);
/* The required roles that nobody signed as; `a` may be NULL. Returns their number. */
unsigned approval_missing(
	const struct approval *a, const struct approvers *who, const char *missing[MAX_SIGNATURES]);
/* All of it: 0 when the policy is completely and validly approved. `a` NULL: there is no approval.yaml. */
CHECKED int approval_check(const struct approval *a, const struct policy *p,
	const struct policy_folder *folder, const struct approvers *who, int32_t today,
	struct arena *arena, struct diags *ds);

/* "officer-a, owner-b" */
void approval_names(const struct approval *a, struct text *out);

#endif
