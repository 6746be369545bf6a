/*
 * cohort_in.h - shared by the files that read an officer's SQL (cohort_text, cohort_tree, cohort_side,
 * cohort_where, cohort_from, cohort_sql); nobody else includes it.
 */
#ifndef POLICIES_COHORT_IN_H
#define POLICIES_COHORT_IN_H

#include "base/node.h"
#include "policies/cohorts/cohort_sql.h"

enum {
	PARAM_UNKNOWN = MAX_PARAMS + 1 /* stands for one that was reported */
};

struct cohort_reading {
	struct arena *a; /* of the policy */
	struct diags *ds;
	const char *file;
	char *text; /* the officer's, with parameters rewritten; every byte where it was */
	size_t len;
	bool bom; /* three bytes of the first line that nobody sees */
	const struct policy *policy;
	struct cohort_sql *out;
	struct cohort_source *scope[MAX_COHORT_SOURCES]; /* tables that may be named here */
	unsigned n_scope;
	size_t room; /* for columns: a.b and something between takes four bytes */
	bool used[MAX_PARAMS];
	bool table_refused; /* an alias may be unknown only because of that */
	bool out_of_memory;
};

void *cohort_alloc(struct cohort_reading *r, size_t count, size_t size);
/* Where a byte of the text is, as people count. */
struct place cohort_place(const struct cohort_reading *r, size_t byte);

/* cohort_text.c: copies the text, rewrites :name as $1.. of the same length, reports what needs no grammar.
 * False when the rest is not worth reading. */
bool cohort_text(struct cohort_reading *r, const char *bytes, size_t len);

/* ---- PostgreSQL's tree as nodes ---- */

/* The one key of a node's map: "ColumnRef"; "" when it is none. *inside: what it holds. */
const char *tree_type(const struct node *n, const struct node **inside);
/* What a String node holds; NULL when it is another node. */
const char *tree_string(const struct node *n);
/* Its place; the parent's where it has none of its own. */
struct place tree_place(
	const struct cohort_reading *r, const struct node *n, struct place otherwise);
/* C1: reports every field that is not in the NULL-ended list. False if there was one. */
bool tree_fields(struct cohort_reading *r, const struct node *inside, struct place at,
	const char *const *allowed);
/* A node of a type that is not allowed where it stands. */
void tree_refuse(struct cohort_reading *r, const struct node *n, struct place at);

/* ---- cohort_side.c ---- */

struct cohort_side {
	bool read; /* false after a report */
	bool is_column;
	struct cohort_column column;
	struct cohort_value value;
};
struct cohort_side cohort_side(struct cohort_reading *r, const struct node *n, struct place at);
/* alias.column, listed and not forbidden; column NULL after a report. */
struct cohort_column cohort_column(
	struct cohort_reading *r, const struct node *inside, struct place at);
/* cohort_where.c: a condition; NULL after a report. */
struct cohort_test *cohort_condition(
	struct cohort_reading *r, const struct node *n, struct place at);
/* cohort_from.c: FROM and WHERE of a select; `around` counts the tables of the selects around it. */
bool cohort_from_where(struct cohort_reading *r, const struct node *select, struct place at,
	unsigned around, struct cohort_select *out);

#endif
