/*
 * cohort_sql.h - an officer's cohort: one SELECT that chooses rows, checked against the red list and kept as a
 * typed tree. The officer's text itself goes nowhere: sql/cohort.c writes a statement anew from the tree.
 *
 *   select m.person_id, m.measurement_date
 *   from   cdm.measurement m
 *   join   cdm.visit_occurrence v on v.person_id = m.person_id and v.visit_occurrence_id = m.visit_occurrence_id
 *   where  m.measurement_concept_id = 3004410 and m.measurement_date between :from and :to
 *   and    exists (select 1 from cdm.death d where d.person_id = m.person_id)
 *
 * C1  allow-list: a node or a field of PostgreSQL's tree that is not named in cohort_where.c or cohort_sql.c is
 *     refused. What the tree leaves out of itself is refused too (negative numbers: libpg_query writes them as
 *     0).
 * C2  every table and column is listed and none forbidden; a column whose exception ends is held against that
 *     in every decision (officers.c), so it never stays in use.
 * C3  a row depends on one patient: every table with patients is tied to the first one by the patient key, a
 *     sub-select to the one around it. Other tables are lookups, joined by a code.
 * C4  a value in the text is held to what a question's filter is held to: codes that no code rule names, listed
 *     values, whole categories, whole periods within the range, cut points, edges of bands. Keys and links are
 *     never compared with a value.
 * C5  the output is one patient key and plain columns of use group or measure.
 *
 * All findings are collected, P321-P325 and P361-P372, each with file, line and column in characters.
 */
#ifndef POLICIES_COHORT_SQL_H
#define POLICIES_COHORT_SQL_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/limits.h"
#include "policies/policy.h"

enum {
	MAX_COHORT_SOURCES = 32,
	MAX_COHORT_OUTPUTS = 16
};

/* A table after FROM or JOIN. */
struct cohort_source {
	const struct table *table;
	unsigned number;              /* from 0, once in the whole cohort: the writer's alias */
	const char *alias;            /* the officer's, likewise */
	bool left;                    /* LEFT JOIN: its columns may be NULL */
	bool tied;                    /* by the patient key to the first table; lookups are not */
	const struct cohort_test *on; /* NULL for the first of a select */
	struct place at;
	struct cohort_source *next;
};

struct cohort_column {
	const struct cohort_source *source;
	const struct column *column;
	struct place at;
};

enum cohort_value_kind {
	VALUE_INT,
	VALUE_DECIMAL, /* 1e-9 units */
	VALUE_DAY,
	VALUE_PARAM
};

struct cohort_value {
	enum cohort_value_kind kind;
	int64_t n;
	unsigned param; /* index into cohort_sql.params */
	struct place at;
};

enum cohort_op {
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE
};

enum cohort_test_kind {
	TEST_ALL,
	TEST_ANY,
	TEST_NOT,     /* one child */
	TEST_COLUMNS, /* left op right */
	TEST_VALUE,   /* left op values[0] */
	TEST_BETWEEN, /* left between values[0] and values[1], both inclusive */
	TEST_IN,
	TEST_NULL,
	TEST_EXISTS
};

struct cohort_select {
	struct cohort_source *first;
	const struct cohort_test *where; /* or NULL */
};

struct cohort_test {
	enum cohort_test_kind kind;
	bool negated; /* NOT BETWEEN, NOT IN, IS NOT NULL */
	enum cohort_op op;
	struct cohort_test *children, *next;
	struct cohort_column left, right;
	struct cohort_value *values;
	unsigned n_values;
	struct cohort_select *select;
	struct place at;
};

/* A name that a question gives a value for; the column says which values. */
struct cohort_param {
	const char *name;
	const struct column *column;
	struct place at;
};

struct cohort_sql {
	const struct dataset *data;
	struct cohort_select select;
	struct cohort_column key;
	struct cohort_column outputs[MAX_COHORT_OUTPUTS];
	unsigned n_outputs;
	const struct cohort_param *params;
	unsigned n_params;
	struct cohort_column *columns; /* every column that it names, once for each place */
	unsigned n_columns;
	struct cohort_source *sources[MAX_COHORT_SOURCES]; /* by number */
	unsigned n_sources;
};

/* The text of one file against one dataset. The tree lives in `arena` and points into `data`. Gives NULL after
 * errors in ds, or when memory ended (also said in ds). `codes` are the policy's code rules. */
const struct cohort_sql *cohort_sql_read(const char *file, const void *text, size_t len,
	const struct dataset *data, const struct policy *policy, const struct cohort_param *params,
	unsigned n_params, struct arena *arena, struct diags *ds);

/* cohort_fit.c: whether every value of a test may be compared so with `column`, which is the test's as of some
 * day; parameters are left to cohort_bind(). *why says what may, when it gives false. */
bool cohort_fits(const struct dataset *data, const struct cohort_test *test,
	const struct column *column, struct arena *arena, struct say *why);

/* What a question's value means on a column. */
struct cohort_bound {
	enum {
		BOUND_DAYS,   /* from..to, both inclusive: a whole period */
		BOUND_CODES,  /* any of codes; others: none of them, or NULL */
		BOUND_NUMBER, /* a cut point, 1e-9 units */
		BOUND_EDGE    /* of bands: a whole number */
	} kind;
	int32_t from, to;
	const int64_t *codes;
	unsigned n_codes;
	bool others;
	int64_t number;
	struct place at; /* in the question */
};

/* False with *why when the column, as of some day, does not allow the value. */
bool cohort_bind(const struct dataset *data, const struct column *column, const char *value,
	struct arena *arena, struct cohort_bound *out, struct say *why);

#endif
