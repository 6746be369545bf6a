/*
 * build.h - shared by the files that build a policy from trees; nobody else includes it.
 *
 * Builders run on trees whose form may already have been found wrong (all errors are collected in one
 * go), so they read tolerantly: what does not fit its shape is as if it were not there, and only
 * meaning is reported here.
 */
#ifndef POLICIES_BUILD_H
#define POLICIES_BUILD_H

#include "base/diag.h"
#include "base/node.h"
#include "policies/policy.h"
#include "policies/read.h"

enum {
	FILE_POLICY,
	FILE_RED_LIST,
	FILE_QUERIES,
	FILE_RELEASE,
	FILE_STUDIES,
	POLICY_FILES
};

enum {
	MAX_PRESETS = 16, /* of one policy */
	MAX_MODELS = 64
};

struct used_preset {
	const struct shipped *file; /* for the hash */
	const char *id, *checked;   /* the day its sources were last looked at */
	const struct node *codes;   /* its code rules */
};

struct used_model {
	const char *name;            /* as policy.yaml writes it */
	const struct shipped *file;  /* for the hash; NULL: of the folder, which is hashed already */
	const struct model *model;   /* NULL: it could not be read, which was said */
};

/* What a preset demands of studies and datasets (`requires`); see requires.c. */
struct requirement {
	const struct used_preset *preset;
	const struct node *n;
	struct say basis; /* with its nature and whether anybody confirmed it */
	struct requirement *next;
};

/* The strictest limit a preset sets on a category. */
struct ceiling {
	const char *preset, *category;
	unsigned uses;     /* 0: any */
	int truncate;      /* enum truncate, -1: any */
	int64_t last_band; /* -1: any */
	unsigned keep[GEO_SYSTEMS]; /* most characters of a place; 0: any */
	struct say basis;           /* with its nature and whether anybody confirmed it */
	struct ceiling *next;
};

/* category of a known column */
struct catalog_entry {
	const char *column, *category;
	struct catalog_entry *next;
};

struct loosening {
	const char *preset, *category, *column;
	unsigned uses;
	int truncate;
	int64_t last_band;
	unsigned keep[GEO_SYSTEMS]; /* 0: as the ceiling says */
	int32_t until;
	struct column_exception told; /* to people */
	struct place at, for_at, to_at;
	bool used;
};

struct reading {
	struct arena *a;
	struct diags *ds;
	struct policy *p;
	const struct node *root[POLICY_FILES]; /* NULL: absent or not YAML */
	const struct policy_file *files;
	unsigned n_files;
	struct ceiling *ceilings;
	struct catalog_entry *catalog;
	struct used_preset presets[MAX_PRESETS];
	struct used_model models[MAX_MODELS];
	unsigned n_presets, n_models;
	struct requirement *requirements, **last_requirement;
	struct loosening *loosenings;
	unsigned n_loosenings;
	bool countries_told; /* W403 */
	unsigned cohort_checks; /* texts given to the checker, at most MAX_COHORT_CHECKS */
	bool cohorts_ended;     /* no more of them are: too many, or the checker did not finish; said once */
	bool preset_unknown; /* categories may be missing only because of it */
	bool out_of_memory;
};

/* Zeroed memory for count things; on failure notes it and returns NULL. count 0 gives a valid pointer. */
void *make(struct reading *rd, size_t count, size_t size);
size_t children(const struct node *n);
/* n when it is a map, whose children have keys; NULL otherwise, to walk over nothing. */
const struct node *map_of(const struct node *n);
/* The scalar under key, or NULL. */
const char *get(const struct node *n, const char *key);
struct place place_of(const struct node *n, const struct node *fallback);
struct say title_of(const struct node *n); /* NULL texts when n is NULL */

/* "law: ..., checked 2026-11-26, not confirmed by a lawyer", of an entry n of a preset; of the site's own
 * rules (NULL) without the last two. NULL texts without a basis. */
struct say basis_of(struct reading *rd, const struct used_preset *preset, const struct node *n);
/* Question kinds of a list into bits; P311 for others. *cohorts may be NULL; else `cohorts` sets it. */
unsigned read_kinds(struct reading *rd, const struct node *list, bool *cohorts);
/* A list of whole numbers or decimals (1e-9 units). */
int64_t *read_ints(struct reading *rd, const struct node *list, unsigned *n);
int64_t *read_decimals(struct reading *rd, const struct node *list, unsigned *n);
struct question_name *read_names(struct reading *rd, const struct node *list, unsigned *n);
const char **read_texts(struct reading *rd, const struct node *list, unsigned *n);
/* words_use of a word or a list, or-ed; 0 when there is none. */
unsigned read_uses(const struct node *n);

/* "schema.relation.column" or "schema.relation": true with the parts in the arena. */
bool split_name(struct reading *rd, const char *name, unsigned parts, const char **schema,
	const char **relation, const char **column);
/* A column named in full somewhere: the column, or NULL after P202 (no schema) or `code` (not listed). */
const struct column *find_column(
	struct reading *rd, const char *code, const char *name, struct place at);
/* The same for a thing with an id: says "what 'id' ..., did you mean ...?" */
void report_unknown(struct reading *rd, const char *code, struct place at, struct say what,
	const char *id, const char *const *known, size_t n);
/* P136 when an earlier of n ids is the same. */
void report_twice(struct reading *rd, struct place at, const char *id, unsigned first_line);

/* P110 for texts and keys of more than one line: they could end in a line that looks like ours, in what two people
 * are shown before they sign. */
void check_lines(const struct node *n, struct diags *ds);

/* model_link.c: d->model and what it says of d's columns; after d's tables */
void link_model(struct reading *rd, struct dataset *d);
/* The dataset names a model, which could not be read: that was said. */
bool model_missing(const struct reading *rd, const struct dataset *d);

/* presets.c */
void read_presets(struct reading *rd, const struct node *extends);
void read_exceptions(struct reading *rd, const struct node *list);
/* After a column was read: its category from the catalog, every ceiling, every exception. */
void apply_ceilings(struct reading *rd, struct column *c);
void check_exceptions(struct reading *rd);
/* requires.c: the second after everything was read */
void read_requirements(
	struct reading *rd, const struct used_preset *preset, const struct node *list);
void check_requirements(struct reading *rd);
/* codes.c: after the datasets */
void read_codes(struct reading *rd, const struct node *list);
/* columns.c: c->table is set, its ceilings are applied */
void build_column(
	struct reading *rd, const struct table *t, struct column *c, const struct node *n);
bool label_valid(const char *s); /* shown to people as it is */
/* red_list.c */
void read_red_list(struct reading *rd, const struct node *root);
/* kinds.c */
void read_kind(struct reading *rd, const struct node *n, enum question_kind k);
/* queries.c, rules.c */
void read_queries(struct reading *rd, const struct node *root);
void read_release(struct reading *rd, const struct node *root);
/* tests_read.c: after everything else; `sound`: nothing was wrong so far, so rules can be looked up */
void read_tests(struct reading *rd, const struct node *root, bool sound);
/* studies.c */
void read_studies(struct reading *rd, const struct node *root);
void check_links(struct reading *rd);

#endif
