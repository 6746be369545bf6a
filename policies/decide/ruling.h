/*
 * ruling.h - one decision in the making, shared by the files of this folder; nobody else includes it.
 *
 * R1  nothing here allows: a ruling without a denial still needs every check to have been reached, and
 *     a ruling whose memory ended is no ruling (decide() fails).
 */
#ifndef POLICIES_RULING_H
#define POLICIES_RULING_H

#include "policies/decide/decide.h"
#include "policies/say.h"

enum {
	MAX_DENIALS = 64,
	MAX_TOUCHED = 64
};

/* The use of a column that is looked at inside the agent only: any but forbidden. */
#define READABLE (~(unsigned)USE_FORBIDDEN)

struct ruling {
	const struct policy *p;
	const struct question *q;
	const struct asking *who;
	struct arena *a;
	struct plan *plan;
	const struct dataset *data;
	const struct model *model;
	const struct study *study; /* NULL: not listed */
	const struct role *role;   /* NULL: the requester is not in the study */
	const struct table *patients;
	struct plan_rows *rows;      /* plan->rows, being made */
	bool *red;                   /* by policy->codes: in force for this study and kind */
	bool ages;                   /* an age on the index date is asked for */
	bool index_end, index_visit; /* of the index event; where that was asked first */
	bool inside;                 /* a criterion stays in an observation period */
	struct place index_end_at, index_visit_at, inside_at;
	unsigned incomplete; /* bit per check: something of it could not be looked at */
	struct finding denials[MAX_DENIALS];
	unsigned n_denials;
	const struct table *tables[MAX_TOUCHED];
	unsigned n_tables;
	const struct table
		*removable[MAX_TOUCHED]; /* looked at already: every rule finds its rows */
	unsigned n_removable;
	const struct measure *measures[MAX_TOUCHED];
	unsigned n_measures;
	bool out_of_memory;
};

/* A denial; `rule` in the arena, NULL counts as memory that ended. */
void deny(struct ruling *r, unsigned check, const char *rule, struct place at,
	struct place asked_at, struct say say, struct say outside);
#define RULE(r, ...) arena_textf((r)->a, __VA_ARGS__)
#define TELL(r, ...) say_make((r)->a, __VA_ARGS__)
/* Something that only a bug or a broken input can bring about. */
void deny_internal(struct ruling *r, unsigned check, const char *what);

void *ruling_alloc(struct ruling *r, size_t count, size_t size);
void touch_table(struct ruling *r, const struct table *t);
void touch_measure(struct ruling *r, const struct measure *m);

/* A column of `t` for one of the uses `need`: the column as of today, or NULL after a denial.
 * `thing` is what the question called it. */
const struct column *usable(struct ruling *r, const struct table *t, const char *column,
	unsigned need, struct say purpose, struct say thing, struct place asked);
/* The same for a column already found. */
const struct column *usable_column(struct ruling *r, const struct column *c, unsigned need,
	struct say purpose, struct say thing, struct place asked);
/* The study's own list must name it: "cdm.person.year_of_birth" or "measure:hba1c". */
void narrow(struct ruling *r, const char *name, struct say thing, struct place asked);
void not_listed(
	struct ruling *r, struct place at, struct place asked, struct say say, struct say thing);
/* Rows with red codes must be removable from a table before it is counted. */
void check_removable(struct ruling *r, const struct table *t, struct place asked);
/* The table of people with its key, once. False after a denial. */
bool find_patients(struct ruling *r);
/* The model's first day of the events in a table, or NULL. */
const char *start_of(const struct ruling *r, const struct table *t);

/* checks.c: 1 policy, 2 requester, 4 kind and composing, 5 the study's kinds and datasets */
void check_policy(struct ruling *r);
void check_requester(struct ruling *r);
void check_kind(struct ruling *r);
void check_study(struct ruling *r);
/* spend.c: 7 release, 8 budgets; price() chooses the noise when nothing was denied */
void check_release(struct ruling *r);
void check_budgets(struct ruling *r);
void price(struct ruling *r);

/* An event that a criterion is about, or stands in. */
struct looked_at {
	struct criterion *criterion;
	struct say thing; /* "condition events" */
};

/* Where a criterion stands. */
struct context {
	const struct looked_at
		*event; /* in the `with` of this event; NULL: it is said over the index event */
	unsigned depth;
	bool entry; /* an event that can set the index date */
};

/* resolve.c: the cohort into plan->entry, plan->root */
void resolve_cohort(struct ruling *r);
/* When everything that may ask for it was resolved: what of the index event and of observation is looked at. */
void resolve_index(struct ruling *r);
/* One criterion more, as a member of the cohort's all. NULL after a denial. */
struct criterion *resolve_part(struct ruling *r, const struct part *part);
/* The same of an event whose first day is looked at (SURVIVAL). */
struct criterion *resolve_dated(struct ruling *r, const struct part *part);
struct criterion *resolve_with(struct ruling *r, const struct part *with, const struct context *in);

/* events.c: one event or measure */
void resolve_event(
	struct ruling *r, const struct part *part, const struct context *in, struct criterion *c);
struct looked_at event_looked_at(struct ruling *r, const struct part *part, struct criterion *c);
/* A measure that may be asked for, or NULL after a denial. */
const struct measure *usable_measure(struct ruling *r, const char *id, struct place asked);
/* What others look at of an event; once or often. False or NULL after a denial. */
bool need_visit(struct ruling *r, const struct looked_at *e, struct place asked);
const struct column *need_value(struct ruling *r, const struct looked_at *e, struct place asked);
/* Whether bounds are cut points, and a denial when they are none of a column's. */
bool bounds_fit(const struct value_bounds *b, const int64_t *cuts, unsigned n);
void check_column_bounds(
	struct ruling *r, const struct column *c, const struct value_bounds *b, struct say thing);

/* attributes.c */
const struct plan_attribute *resolve_attributes(
	struct ruling *r, const struct attribute *a, const struct looked_at *e);

/* times.c: days, periods of the calendar, steps between days, observation */
void resolve_times(struct ruling *r, const struct part *part, const struct looked_at *e,
	const struct context *in);
void resolve_observation(struct ruling *r);
bool need_start(struct ruling *r, const struct looked_at *e, struct place asked);
bool need_end(struct ruling *r, const struct looked_at *e, struct place asked);
/* The last day as an edge of a window: one of its own, unless windows go by the day. */
bool need_window_end(struct ruling *r, const struct looked_at *e, struct place asked);
/* A column of days that are looked at: named by the study, with whole periods and a range. NULL after a denial. */
const struct column *day_column(struct ruling *r, const struct table *t, const char *name,
	struct say thing, struct place asked);
/* Whether there is an index date; else a denial. */
bool has_index(struct ruling *r, struct place asked);
/* Whole periods within the column's range. */
bool span_fits(const struct column *c, int32_t from, int32_t to);
void deny_span(
	struct ruling *r, const struct column *c, int32_t from, int32_t to, struct place asked);
void deny_undated(struct ruling *r, const struct column *c, struct say thing, struct place asked);

/* people.c */
void resolve_age(
	struct ruling *r, const struct part *part, const struct context *in, struct criterion *c);
void resolve_person(struct ruling *r, const struct part *part, struct criterion *c);
void resolve_birth(struct ruling *r, const struct part *part, struct criterion *c);
/* The age column with its bands, or NULL after a denial; sets plan->birth_year. */
const struct column *age_column(struct ruling *r, struct say purpose, struct place asked);
const struct column *sex_column(struct ruling *r, struct say purpose, struct place asked);

/* coding.c */
/* A code that a rule in force names: denied. */
void check_code(
	struct ruling *r, const struct column *column, const struct code *code, struct place asked);
/* The same for every code that a label stands for. */
void check_label_codes(struct ruling *r, const struct column *column,
	const struct category *category, struct place asked);
/* A list of codes on a column: each may be named, stands on it, can be found. */
void check_codes(struct ruling *r, const struct column *c, const struct code *codes, unsigned n,
	struct say thing, struct place asked);
/* A table that codes are found by, and its columns: false after a denial. */
bool look_up(struct ruling *r, const char *table, const char *const *columns, unsigned n,
	struct say thing, struct place asked);

/* officers.c: an officer's cohort into plan->rows, and who may use it */
const struct officer_cohort *named_cohort(const struct policy *p, const char *id);
void check_officer(struct ruling *r);
void resolve_officer(struct ruling *r);
/* A value of the question on a column of today; false after a denial. */
bool bind_value(struct ruling *r, const struct column *c, const struct question_value *v,
	struct cohort_bound *out);
/* Which output column it is, if it is one. */
bool output_of(const struct plan_rows *rows, const struct column *c, unsigned *output);
/* A filter on an output column; false when it is none. */
bool filter_rows(struct ruling *r, const struct question_filter *f, const struct column *named);
/* The days that an output column can have: its range, as far as conditions, params and filters leave it. */
void output_days(const struct plan_rows *rows, unsigned output, const struct column *now,
	int32_t *from, int32_t *to);
/* filters.c: `filter` */
void resolve_filters(struct ruling *r);
/* groups.c: groups, and `of` of a histogram, into plan->dims */
void resolve_groups(struct ruling *r);
/* The days that a person's last value of a measure may be of; *day is NULL after a denial. */
void measure_days(struct ruling *r, const struct measure *m, const struct question_name *name,
	const struct column **day, int32_t *from, int32_t *to);
/* computed.c: what is counted besides people into plan->of; the cohort is resolved */
void resolve_computed(struct ruling *r);

#endif
