/*
 * finding.h - shared by drift.c, which compares what things are, types.c, which types a use can have,
 * role.c, which compares the role, and rights.c, which compares what it may read; nobody else includes it.
 */
#ifndef CATALOG_FINDING_H
#define CATALOG_FINDING_H

#include "catalog/drift.h"
#include "policies/grants.h"
#include "policies/say.h"

struct comparing {
	const struct policy *p;
	const struct snapshot *s;
	const char *role;
	struct arena *a;
	const struct grant *grants; /* what the role is to read */
	size_t n_grants;
	struct found {
		struct drift_finding f;
		struct found *next;
	} * first, **last;
	unsigned n;
	bool failed; /* no memory */
};

/* f->say must have been made; a failed one notes that memory ended. */
void find(struct comparing *c, struct drift_finding f);
#define FIND(c, ...) find(c, (struct drift_finding){ __VA_ARGS__ })
#define TELL(c, ...) say_make((c)->a, __VA_ARGS__)
/* "cdm.person", never NULL. */
const char *shown(struct comparing *c, const char *schema, const char *relation, const char *column);
/* Ends a text and copies it into the arena. */
const char *kept(struct comparing *c, struct text *t);
void *room(struct comparing *c, size_t n, size_t size);

/* The opening of one relation by the policy, wherever it is listed: NULL and 0 when it is nowhere. */
typedef void (*each_table)(struct comparing *c, const struct dataset *d, const struct table *t, void *arg);
void tables_of(struct comparing *c, const struct catalog_relation *r, each_table call, void *arg);

/* types.c: whether there is something that the column is for and its type cannot serve: what, and what could. */
bool type_unfit(const struct dataset *d, const struct column *c, const char *type, struct say *purpose,
	struct say *wanted);
/* The text of a statement that mends. */
enum {
	MEND_ROOM = 1 << 20
};
/* role.c */
void compare_role(struct comparing *c);
/* rights.c */
void compare_rights(struct comparing *c);

#endif
