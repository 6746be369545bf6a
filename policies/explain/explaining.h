/*
 * explaining.h - one explanation in the making, shared by explain*.c; nobody else includes it.
 */
#ifndef POLICIES_EXPLAINING_H
#define POLICIES_EXPLAINING_H

#include "policies/explain/explain.h"
#include "policies/say.h"

struct explaining {
	const struct policy *p;
	struct arena *a;
	int32_t on;
	struct explanation *out;
	unsigned room;
	bool out_of_memory;
};

#define TOLD(x, ...) say_make((x)->a, __VA_ARGS__)
static const struct say no_label = { NULL, NULL };

/* Begins: what it is, its name, and what stands beside it. */
void explaining_begin(struct explaining *x, const char *kind, const char *thing, struct say about);
void explaining_row(struct explaining *x, struct say label, const struct place *at, struct say say);
/* "study DM-2026-01, MH-2026-02" under the label "used by", when there are any. */
void explaining_names(struct explaining *x, struct say label, const struct place *at,
	struct say what, const char *const *names, unsigned n);
/* "a; b", or the one that is not empty. */
struct say explaining_join(struct explaining *x, struct say a, struct say b);
/* "kinds count, histogram" of bits, or of none when 0. */
const char *explaining_kinds(struct explaining *x, unsigned kinds);
/* A plain text in both languages. */
struct say explaining_plain(const char *s);
/* " (law: ...)" or "". */
struct say explaining_basis(struct explaining *x, struct say basis);
/* Ids of studies for which `uses` holds; in the arena. */
const char **explaining_studies(struct explaining *x,
	bool (*uses)(const struct study *s, const char *name), const char *name, unsigned *n);

/* explain_data.c: false when there is none of that name */
bool explain_column(struct explaining *x, const char *name);
bool explain_table(struct explaining *x, const char *name);
bool explain_measure(struct explaining *x, const char *id);
bool explain_dataset(struct explaining *x, const char *id);
bool explain_category(struct explaining *x, const char *category);
bool explain_preset(struct explaining *x, const char *name); /* "strict/quasi.date" */
/* explain_cohorts.c */
bool explain_cohort(struct explaining *x, const char *id);
void explaining_cohorts(struct explaining *x, const struct column *column); /* that read a column */
/* explain_codes.c */
bool explain_code_rule(struct explaining *x, const char *id);
bool explain_code(struct explaining *x, const char *code);
/* explain_rules.c */
bool explain_study(struct explaining *x, const char *id);
bool explain_kind(struct explaining *x, const char *name);
bool explain_role(struct explaining *x, const char *id);
bool explain_release(struct explaining *x, const char *key);
bool explain_tighter(struct explaining *x, const char *target);
bool explain_budget(struct explaining *x, const char *name);
bool explain_rule(struct explaining *x, const char *id); /* policy:valid, default:not-listed, ... */

#endif
