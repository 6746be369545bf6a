/*
 * question.h - one question: a study, a kind, a cohort, groups; read from YAML or JSON.
 *
 * Reading is strict: an unknown key is refused by name, a key of the language that this version
 * does not compute yet is refused as such, never dropped. Meaning (does the column exist, may it be
 * used) is not looked at here: that is the site's policy.
 *
 * Q1  everything a question holds is bounded by limits.h.
 * Q2  two questions that mean the same by the rules of canonical.h have one canonical text.
 */
#ifndef QUERY_QUESTION_H
#define QUERY_QUESTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/limits.h"
#include "base/node.h"
#include "query/cohort.h"

enum question_kind {
	KIND_COUNT,
	KIND_HISTOGRAM,
	KIND_CROSSTAB,
	KIND_MEAN,
	KIND_QUANTILE,
	KIND_SURVIVAL,
	KIND_ATTRITION,
	KIND_DISTINCT,
	KINDS
};
const char *kind_name(enum question_kind kind); /* "count" */
bool kind_parse(const char *s, enum question_kind *out);

enum question_mode {
	MODE_NOISED,
	MODE_SECURE
};

struct question_name {
	const char *text; /* a group's name or a column, a site */
	struct place at;
};

/* A value as written; number: unquoted and exact, then in its shortest form. */
struct question_value {
	const char *text;
	bool number;
	struct place at;
};

struct question_param {
	const char *name;
	struct question_value value;
	struct place at;
};

struct question_filter {
	const char *column;
	struct question_value *values; /* at least one */
	unsigned n_values;
	struct place at;
};

/* "30 days", "3 months": weeks are days, years are months. */
struct duration {
	int64_t count; /* 0: not given */
	bool months;   /* else days */
};
/* Whole and not negative; 0 is read too. */
bool duration_parse(const char *s, struct duration *out);

struct question {
	char study[MAX_ID + 1];
	enum question_kind kind;
	char dataset[MAX_ID + 1];
	enum question_mode mode;
	struct cohort cohort;
	struct question_name groups[MAX_GROUPS];
	unsigned n_groups;
	struct question_param params[MAX_PARAMS]; /* only with an officer's cohort */
	unsigned n_params;
	struct question_filter filters[MAX_FILTERS];
	unsigned n_filters;
	struct question_name of; /* a column, a group name or a measure; text NULL: none */
	int64_t at[MAX_QUANTILES]; /* QUANTILE: rising, between 0 and 1, 1e-9 units; none: all that the site offers */
	unsigned n_at;
	struct part *event;      /* SURVIVAL: the event that ends it; EVENT or MEASURE */
	struct duration step, horizon; /* SURVIVAL; not given: the site's own */
	int32_t on;              /* day at which ages are taken without an index event; DAY_NONE */
	struct question_name *sites; /* n_sites 0: all */
	unsigned n_sites;
	struct place study_at, kind_at, dataset_at, mode_at, cohort_at, on_at,
		params_at, filter_at, at_at, event_at, step_at, horizon_at;
};

/* Builds from a tree that node_read() gave. Problems go to ds (codes Q101..), -1 if any was an
 * error or memory ended, and *out is as it was. *out and its texts live in `arena`; every set in it
 * (groups, sites, codes, members) is in the order of canonical.h, each member once. */
CHECKED int question_build(
	const struct node *root, struct arena *arena, struct diags *ds, struct question **out);
/* node_read and question_build of one text: P101.. are added to the codes; ds is sorted. */
CHECKED int question_read(const char *name, const void *bytes, size_t len, struct arena *arena,
	struct diags *ds, struct question **out);

#endif
