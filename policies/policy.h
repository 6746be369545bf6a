/*
 * policy.h - a site's policy, typed: what policies/read.c makes of the officer's files.
 *
 * Plain data, all in one arena, never changed after reading. Every rule keeps its place, so that a
 * decision can point at the word that decided. Format: docs/policy.md.
 */
#ifndef POLICIES_POLICY_H
#define POLICIES_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/diag.h"
#include "query/question.h"

enum use {
	USE_FORBIDDEN = 1,
	USE_PATIENT_KEY = 2,
	USE_LINK = 4,
	USE_FILTER = 8,
	USE_GROUP = 16,
	USE_MEASURE = 32
};
enum generalise {
	GEN_NONE,
	GEN_BANDS,
	GEN_TRUNCATE,
	GEN_CATEGORIES,
	GEN_GEO,
	GEN_VALUES,
	GEN_CODES,
	GEN_CUTS
};
/* Code systems a column's values and a code rule's codes may be in; see systems.h. */
enum code_system {
	SYSTEM_NONE,
	SYSTEM_OMOP,
	SYSTEM_ICD10,
	SYSTEM_ICD9CM3,
	SYSTEM_SNOMED,
	SYSTEM_ATC,
	SYSTEM_LOINC,
	SYSTEM_DEPARTMENT,
	SYSTEM_OWN, /* the hospital's own codes, whole */
	SYSTEMS
};
enum geo_system {
	GEO_GB2260,
	GEO_ZIP,
	GEO_NUTS,
	GEO_SYSTEMS
};
enum truncate {
	TRUNCATE_YEAR,
	TRUNCATE_QUARTER,
	TRUNCATE_MONTH,
	TRUNCATE_WEEK,
	TRUNCATE_DAY
};

struct category {
	const char *label;
	int64_t *codes;
	unsigned n_codes;
	const char **texts; /* instead of codes, in every category of the column: values exactly as they are */
	unsigned n_texts;
};

struct column {
	const char *name;   /* "cdm.person.year_of_birth" */
	const char *column; /* "year_of_birth" */
	const char *alias;  /* the red list's own name for it as a group (`name:`), or NULL */
	const struct table *table;
	unsigned uses;        /* enum use, or-ed */
	bool unclear;         /* its use or codes were not understood, which is an error already */
	const char *category; /* "quasi.age", or NULL */
	bool as_age;
	enum code_system system; /* of its values (`codes:`); NONE of several */
	/* By system, what stands before its codes, in normal form; "" for nothing, NULL: none of that system.
	 * NULL altogether: it holds codes of `system` alone, as they are. From the model: see model_event. */
	const char *const *prefix;
	enum generalise gen;
	int64_t *bands; /* GEN_BANDS: rising edges */
	unsigned n_bands;
	enum truncate truncate;      /* GEN_TRUNCATE */
	int32_t from, to;            /* its range, inclusive */
	struct category *categories; /* GEN_CATEGORIES; everything else is "other" */
	unsigned n_categories;
	int64_t *values; /* GEN_VALUES: whole numbers a filter may name */
	unsigned n_values;
	int64_t *cuts; /* GEN_CUTS, beside or without measures: rising numbers a filter may compare with, 1e-9 units */
	unsigned n_cuts;
	enum geo_system geo; /* GEN_GEO: groups are the listed areas; everything else is "other" */
	unsigned keep;       /* first characters kept, which is the length of every area */
	const char **areas;
	unsigned n_areas;
	struct say why;   /* both NULL when none */
	struct say basis; /* of the preset's ceiling: "standard: GB/T ..." */
	/* A signed exception loosens a ceiling up to `until`; from the day after, `after` is the column. */
	int32_t until;
	const struct column *after; /* NULL: no exception */
	const char *ceiling;        /* of an `after`: "preset:strict/quasi.date" */
	const struct column_limit *limits; /* every ceiling on its category */
	struct place at, use_at, gen_at;
};

/* A signed exception as the red list has it. */
struct column_exception {
	struct say why;
	const char *basis;
	int32_t until;
	struct place at;
};

/* A preset's ceiling on the column's category, as it held when the column was read: for people who ask why. */
struct column_limit {
	const char *preset, *category;
	unsigned uses;              /* 0: any */
	int truncate;               /* enum truncate, -1: any */
	int64_t last_band;          /* -1: any */
	unsigned keep[GEO_SYSTEMS]; /* 0: any */
	struct say basis;           /* "standard: GB/T ...": its nature and where it stands */
	const struct column_exception *exception; /* that loosens it, or NULL */
	const struct column_limit *next;
};

struct measure {
	const char *id;
	struct say title;
	const struct table *table;
	const struct column *column;
	const struct column *where; /* or NULL */
	int64_t *codes;             /* of `where` */
	unsigned n_codes;
	const char *unit;
	int64_t low, high; /* clamp, 1e-9 units */
	int64_t *cuts;     /* rising, inside the clamp, 1e-9 units */
	unsigned n_cuts;
	struct place at;
};

enum table_kind {
	TABLE_PLAIN,
	TABLE_VIEW,
	TABLE_LOOKUP
};

struct table {
	const char *name; /* "cdm.person" */
	const char *schema, *relation;
	enum table_kind kind;
	struct hash32 definition; /* TABLE_VIEW: of what it selects, see catalog/snapshot.h */
	int64_t per_patient_max;
	struct column *columns;
	unsigned n_columns;
	const struct column *key; /* the patient-key; NULL only for lookups */
	struct measure *measures;
	unsigned n_measures;
	struct place at;
};

/* What a dataset's tables mean (models: in policy.yaml); see policies/model.h. */
struct model;

struct dataset {
	const char *id;
	struct say title;
	const struct model *model; /* NULL when none is named */
	const char *opt_out_schema, *opt_out_relation,
		*opt_out_column; /* drop_patients.opted_out or NULL */
	int64_t under_age;       /* 0: nobody is dropped for age */
	int64_t level;           /* of the data computed on, 1 to 5; 0: not said; for people */
	struct table *tables;
	unsigned n_tables;
	struct place at, drop_at;
};

struct local_codes {
	const struct column *column;
	const char **
		patterns; /* exact codes; "VIP01-VIP99" ranges are expanded at load; prefixes end in '*' */
	unsigned n_patterns;
};

/* In normal form (systems.h): prefixes, or whole codes, as the system says. */
struct code_list {
	const char **codes;
	unsigned n;
};

/* Sensitive codes: rows that carry one are removed before anything is computed, and no question may
 * name one, unless `restricted` and the study is listed. */
struct code_rule {
	const char *id;
	struct say title;
	bool restricted;    /* else forbidden */
	const char *preset; /* where it comes from, or NULL: the site's own */
	struct code *omop;
	unsigned n_omop;
	struct code_list listed[SYSTEMS]; /* not of NONE and OMOP */
	struct local_codes *local;
	unsigned n_local;
	const char **studies;
	unsigned n_studies;
	unsigned kinds;                  /* bit per question_kind; 0: all */
	int64_t min_patients, min_sites; /* 0: none */
	struct say why, basis;
	struct place at;
};

enum {
	DISTINCT_BUCKETS = 1 << 17 /* where a policy names no number: docs/protocol-distinct.md */
};

struct kind_rule {
	bool listed;
	int64_t group_by, filters, max_cells;
	int64_t *quantiles; /* KIND_QUANTILE: rising, between 0 and 1, 1e-9 units */
	unsigned n_quantiles;
	struct duration step, horizon; /* KIND_SURVIVAL: the horizon is whole steps */
	const struct column *person; /* KIND_DISTINCT: what all hospitals know a person by */
	int64_t buckets;             /* KIND_DISTINCT: of a sum, as at the other hospitals */
	struct place person_at, at, group_by_at, filters_at, max_cells_at;
};

struct compose_rule {
	bool listed;
	int64_t criteria, depth;
	unsigned kinds; /* bits; 0: all that are listed */
	int64_t window_days; /* edges of windows are multiples of it; 0: no windows */
	struct place at;
};

/* An officer's cohort as checked and typed; see cohort_sql.h. */
struct cohort_sql;
struct cohort_param;

struct officer_cohort {
	const char *id;
	struct say title;
	const char *file;    /* "cohorts/hba1c-t2dm.sql" */
	struct hash32 text;  /* of the file */
	unsigned kinds;      /* bits */
	struct cohort_param *params;
	unsigned n_params;
	const struct cohort_sql **sql; /* by the order of policy->datasets; NULL: not about that one */
	struct place at, kinds_at;
};

/* What the gateway's catalogue is told, and who sees it there (wire/offered.h: enum shown is the same). */
enum catalogue_rule {
	CATALOGUE_NONE,
	CATALOGUE_STUDIES, /* when not given: default deny */
	CATALOGUE_OPEN
};

enum secure_rule {
	SECURE_OFF,
	SECURE_PREFERRED,
	SECURE_REQUIRED
};
enum timing {
	TIMING_PACED,
	TIMING_STRICT,
	TIMING_OPEN
};

struct release_rule {
	bool off;        /* no noise: read and checked, and no answer is released by it yet */
	bool gaussian;   /* else Laplace */
	bool in_epsilon; /* amount is peps, else prho (crypto/account.h) */
	uint64_t amount; /* per question, 1e-12 units */
	enum timing timing;
	int64_t min_patients, min_sites, round_to;
	int64_t max_similar; /* questions nearly the same that one study may pay for (query/similar.h); 0: no limit */
	int64_t dominance_people, dominance_share; /* of `off`; the share in 1e-9 units */
	enum secure_rule secure;
	struct place at, noise_at, amount_at, min_patients_at, min_sites_at, secure_at, max_similar_at;
};

enum scope {
	SCOPE_KIND,
	SCOPE_STUDY,
	SCOPE_DATASET,
	SCOPE_TABLE,
	SCOPE_MEASURE,
	SCOPE_CODE,
	SCOPE_EACH_REQUESTER,
	SCOPE_EACH_STUDY
};

struct tighter_rule {
	enum scope scope;
	const char *id;
	uint64_t amount; /* 0: unchanged; in the unit of the release rule */
	int64_t min_patients, min_sites, round_to; /* 0: unchanged */
	struct place at;
};

#define DEFAULT_DELTA 1e-6 /* of a total in epsilon that gives none */
struct budget {
	enum scope scope; /* STUDY, DATASET, EACH_REQUESTER, EACH_STUDY */
	const char *id;   /* NULL for the each- forms */
	bool in_epsilon;  /* as written: cap is peps; else prho */
	uint64_t cap;
	uint64_t cap_prho; /* cap in prho, at delta: converted once, for it takes milliseconds */
	uint64_t delta_e18; /* delta in 1e-18; 0 when not given */
	int64_t queries;    /* 0: no limit on their number */
	int32_t from, to;   /* period, inclusive */
	struct place at;
};

struct role {
	const char *id;
	unsigned kinds; /* bits */
	bool cohorts;
	struct place at;
};

struct requester {
	const char *account;
	const struct role *role;
	struct place at;
};

/* "ethics: 2025-018": a decision that a study rests on, for people. */
struct study_approval {
	const char *key, *text;
	struct place at;
};

struct study {
	const char *id;
	struct say title;
	int32_t from, to;
	struct question_name *datasets, *may_use;
	unsigned n_datasets, n_may_use;
	unsigned kinds; /* bits */
	struct question_name *cohorts, *results_to, *purposes;
	unsigned n_cohorts, n_results_to, n_purposes;
	struct study_approval *approvals;
	unsigned n_approvals;
	struct requester *requesters;
	unsigned n_requesters;
	struct place at, valid_at, kinds_at, may_use_at, requesters_at, datasets_at, cohorts_at;
	struct place results_to_at, purposes_at, approvals_at; /* or of its id, when not there */
};

/* `refused`: a signed no to a study that was proposed. Such a study is not in `studies`, so it may nothing. */
struct study_refusal {
	const char *id;
	struct say why;
	struct place at;
};

/* One of the texts that a policy's hash is over. */
struct policy_item {
	/* "red-list.yaml", "presets/strict", "models/omop-cdm-5.4"; of the hospital's own "models/his.yaml" */
	const char *name;
	uint64_t size;
	struct hash32 hash;
};

/* What a test of tests.yaml says was spent before its question. */
struct test_spent {
	const char *account; /* "study:DM-2026-01" */
	uint64_t amount;     /* 1e-12 units of the budget's own currency */
	int64_t queries;
	struct place at;
};

/* An example of tests.yaml; see tests.h. */
struct policy_test {
	struct say name;
	const char *who;
	int32_t on; /* the day of asking; the question has its own for ages */
	const struct question *question;
	bool allow;
	const char *rule; /* of the decision; NULL: any that allows */
	struct test_spent *spent;
	unsigned n_spent;
	struct place at, rule_at;
};

struct policy {
	const char *site, *country;
	struct say title;
	int64_t version;
	int32_t from, to; /* valid */
	enum catalogue_rule catalogue;
	struct place at, valid_at, catalogue_at; /* or of the version, when not given */
	struct hash32 hash; /* over name, size and hash of every file and of each preset used */
	struct policy_item *items; /* what it is over, by name */
	unsigned n_items;
	struct dataset *datasets;
	unsigned n_datasets;
	struct code_rule *codes;
	unsigned n_codes;
	struct kind_rule kinds[KINDS];
	struct compose_rule compose;
	struct officer_cohort *cohorts;
	unsigned n_cohorts;
	struct release_rule release;
	struct tighter_rule *tighter;
	unsigned n_tighter;
	struct budget *budgets;
	unsigned n_budgets;
	struct role *roles;
	unsigned n_roles;
	struct study *studies;
	unsigned n_studies;
	struct study_refusal *refused;
	unsigned n_refused;
	const struct column_limit *ceilings; /* of every preset, without exceptions */
	struct policy_test *tests; /* of tests.yaml, in its order */
	unsigned n_tests;
	unsigned n_files, n_presets, n_exceptions; /* for summaries */
	int32_t exception_ends; /* the first exception to end, DAY_NONE without any */
	struct place datasets_at, kinds_at, studies_at,
		budgets_at; /* where something is missing from */
};

const struct dataset *policy_dataset(const struct policy *p, const char *id);
const struct study *policy_study(const struct policy *p, const char *id);
/* What the study's own lists say. */
bool study_may_use(const struct study *s, const char *name); /* a column, or measure:ID */
bool study_asks(const struct study *s, const char *dataset);
/* The dataset that a question of this study means which names none: its only one, else the policy's only one, or NULL. */
const char *policy_only_dataset(const struct policy *p, const char *study);
const struct column *dataset_column(const struct dataset *d, const char *name);
const struct table *dataset_table(const struct dataset *d, const char *name);
const struct measure *dataset_measure(const struct dataset *d, const char *id);
const struct column *table_column(const struct table *t, const char *column);
/* The column as it is on a day: `after` its exception ended. */
const struct column *column_on(const struct column *c, int32_t today);

#endif
