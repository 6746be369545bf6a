/*
 * policy_tables.h - the parts of a policy as tables for people (doc.h): the whole of it for officers, and for a study's
 * researchers exactly what concerns them.
 *
 * F1  what is told of a column is what decide() would hold a question to on that day.
 * F2  a catalogue for researchers has no reasons, no places, no accounts, nothing of another study, and no column that
 *     the study may not use.
 */
#ifndef CLI_POLICY_TABLES_H
#define CLI_POLICY_TABLES_H

#include "cli/doc.h"
#include "policies/effect/effect.h"
#include "policies/policy.h"

/* Sections, each with its heading. `day`: exceptions that ended before it have ended. */
void tables_about(struct doc *doc, const struct policy *p, int32_t day);
void tables_red_list(struct doc *doc, const struct policy *p, int32_t day);
void tables_codes(struct doc *doc, const struct policy *p, int32_t day);
void tables_kinds(struct doc *doc, const struct policy *p, int32_t day);
void tables_model(struct doc *doc, const struct dataset *d, int32_t day); /* what its tables mean */
void tables_windows(struct doc *doc, const struct policy *p); /* what distances between days may be asked */
struct say tables_kind_own(struct doc *doc, enum question_kind k, const struct kind_rule *r);
void tables_release(struct doc *doc, const struct policy *p, int32_t day);
void tables_budgets(struct doc *doc, const struct policy *p, int32_t day);
void tables_studies(struct doc *doc, const struct policy *p, int32_t day);
/* Exceptions in force or to come; nothing when there are none. */
void tables_exceptions(struct doc *doc, const struct policy *p);

/* For researchers of the study. */
void catalogue(struct doc *doc, const struct policy *p, const struct study *s, int32_t day);

/* ---- shared by the sections ---- */

/* Ends t and gives its text in the document's arena; "" and doc->failed when it could not be built. */
const char *tables_take(struct doc *doc, struct text *t);
/* "a, b and c": kinds of a set of bits; "none" for an empty one. */
struct say tables_kind_list(struct doc *doc, unsigned kinds);
struct say tables_use(struct doc *doc, unsigned uses);
/* What a value of the column becomes: "by quarter, 2018-01-01..2025-12-31". `labels`: how many at most, then "(+n)". */
struct say tables_form(struct doc *doc, const struct column *c, unsigned labels);
/* "discrete Gaussian", "none" */
struct say tables_noise(const struct release_rule *r);
/* "from: by month, 2018-01-01..2025-12-31; to: ...": what a question may give for a cohort's parameters. */
struct say tables_params(struct doc *doc, const struct officer_cohort *c);
/* "rho 0.0244" */
const char *tables_amount(struct doc *doc, bool in_epsilon, uint64_t amount);
const char *tables_number(struct doc *doc, int64_t v); /* "-" for 0 */
const char *tables_line(struct doc *doc, const struct place *at);
/* "file:line" */
const char *tables_place(struct doc *doc, const struct place *at);
/* What a budget or a tighter rule is for: "study:DM-2026-01", "each-requester". */
const char *tables_scope(struct doc *doc, enum scope scope, const char *id);

#endif
