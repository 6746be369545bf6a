/*
 * plan.h - an allowed question, resolved: exactly what the site will compute, release and charge.
 * Columns point into the policy, which must outlive the plan.
 */
#ifndef POLICIES_PLAN_H
#define POLICIES_PLAN_H

#include "base/arena.h"
#include "base/limits.h"
#include "crypto/shared_noise.h"
#include "policies/cohorts/cohort_sql.h"
#include "policies/model.h"
#include "policies/policy.h"

/* A property of an event on its column. */
struct plan_attribute {
	enum attribute_kind kind;
	/* VISIT: the event's visit; PROVIDER: the event's provider; LOW, HIGH: the end of the normal range */
	const struct column *column;
	/* VISIT, PROVIDER: the table of visits or providers, its id and the column looked at; else NULL */
	const struct table *other;
	const struct column *other_id, *other_column;
	const struct code *codes;
	unsigned n_codes;
	struct value_bounds bounds;
	const struct plan_attribute *next;
};

/* One criterion on concrete columns. Mirrors struct part, which says what each field means; columns are
 * NULL unless the criterion looks at them. */
struct criterion {
	enum part_kind kind;
	struct criterion *children, *next;
	struct place at; /* in the question */
	/* OF */
	enum how_many how;
	unsigned n;
	/* EVENT, MEASURE: rows of this table */
	const struct table *table;
	const struct model_event *event; /* its kind, system and lasting; columns are those below */
	const struct column *kind_column; /* of event->kinds */
	const struct column *concept; /* NULL when neither codes nor distinct concepts are asked for */
	const struct column *start;   /* NULL when no date is asked for and the site gives no range */
	/* Where its last day is asked for, by itself or by a window of another, those that the model has. All
	 * NULL then: `start` and event->lasts. */
	const struct column *end, *end_days;
	const struct column *value;
	const struct column *id; /* of FIRST and of the entry, where it is listed: else ties stay by the other columns */
	const struct column *visit;
	const struct code *codes;
	unsigned n_codes;
	bool first;
	int32_t from, to;           /* the column's range where nothing was asked */
	int32_t ends_from, ends_to; /* DAY_NONE: not asked */
	int32_t lasting_from, lasting_to; /* -1: not asked */
	bool has_value;
	struct value_bounds bounds;    /* cut points of the policy */
	bool clamped;                  /* MEASURE: values are clamped before they are compared */
	int64_t clamp_low, clamp_high;
	const struct plan_attribute *attributes;
	struct window windows[MAX_WINDOWS];
	unsigned n_windows;
	bool same_visit;
	bool inside; /* in the observation period of its index event or parent: plan->observation */
	struct criterion *with; /* ALL, or NULL */
	bool has_times;
	enum how_many times_how;
	unsigned times;
	enum distinct distinct;
	/* AGE */
	int32_t age_from, age_to;
	/* SEX, RACE, ETHNICITY: categories of this column of the people; label "other" sets others, else codes */
	const struct column *person; /* BIRTH: the column of the day or the year; from, to above */
	const int64_t *person_codes;
	unsigned n_person_codes;
	const char *const *person_texts; /* where the column's categories are texts */
	unsigned n_person_texts;
	bool others;
};

/* How long people are observed: rows of this table, one a period. Days outside the range of its columns count. */
struct plan_observation {
	const struct table *table; /* NULL: nothing of the question looks at it */
	const struct column *start, *end;
	int32_t before, after; /* of the index date; -1: need not be observed at all */
};

enum dim_kind {
	DIM_CATEGORY, /* a column of the patients table into its categories, the last label is "other" */
	DIM_AGE,      /* age into bands */
	DIM_DATE,  /* the index date into years, quarters, months, weeks */
	DIM_VALUE, /* one value a person of a measure, between its cuts */
	DIM_AREA,  /* a column of the patients table into its areas, the last label is "other" */
};

/* One group: a closed list of labels. A person is in at most one of them; in none when outside all. Unless it is
 * of rows: then each row of the officer's cohort is in at most one, and a person in as many as he has rows. */
struct dim {
	enum dim_kind kind;
	bool of_rows;    /* CATEGORY, DATE, VALUE, AREA of an output column of plan->rows */
	unsigned output; /* which */
	const char *name;    /* as asked: "sex" */
	const char **labels; /* public: from the policy alone */
	unsigned n_labels;
	const struct column *column; /* DIM_VALUE: the day of the value */
	enum truncate truncate;      /* DIM_DATE; never finer than the column's */
	int32_t from,
		to; /* DIM_DATE: range of whole periods. DIM_VALUE: days that count, the `during` of the
				 * cohort's criterion on the same measure, else the column's range */
	const struct measure
		*measure; /* DIM_VALUE: each person's last value inside from..to, ties by value;
					* clamped; label i holds cuts[i-1] <= value < cuts[i] */
};

/* A question's filter on an output column of an officer's cohort: a row is kept that meets one of them. */
struct plan_filter {
	unsigned output;
	const struct cohort_bound *any;
	unsigned n;
};

/* An officer's cohort with the values of a question. */
struct plan_rows {
	const struct cohort_sql *sql;
	const struct cohort_bound *params; /* by sql->params */
	struct plan_filter filters[MAX_FILTERS];
	unsigned n_filters;
};

struct charge {
	const char *account; /* "study:DM-2026-01", "requester:x@y", "dataset:omop" */
	bool in_epsilon;     /* unit of cost and cap: peps, else prho */
	uint64_t cost, cap;  /* 1e-12 units */
	int64_t max_queries; /* 0: no limit */
	int32_t from, to;    /* the period whose charges count, local days */
	struct place at;
	const struct budget *budget; /* as written, in the policy */
	bool exact; /* an exact sum: no amount bounds it, max_queries does */
};

/* The integers the sampler is called with, and what one release costs in both currencies. */
struct noise_choice {
	bool gaussian;
	uint64_t t, s; /* Laplace scale t/s; Gaussian V = t, s = 1 */
	uint64_t cost_prho;
	uint64_t cost_peps; /* Laplace only; UINT64_MAX for Gaussian */
};

enum {
	/* R of a mean: a value is one of 2R + 1 steps of its measure's clamp. A step is half a percent of it, far
	 * below what noise and sampling leave of a mean; a finer one would only make the integers larger. The
	 * squares' noise fits the samplers from a rho of 2.1e-9 on: 3 * (R * R / 2)^2 / (2 rho) is at most 2^54. */
	MEAN_RESOLUTION = 100,
	MEAN_LAYERS = 3,
	QUANTILE_PARTS = 64
};

/* What is counted besides people, by the question's kind; wire/message.h says what each cell of a release
 * holds. */
struct plan_kind {
	enum question_kind kind;
	unsigned n_points; /* cells of one group: 1, or bins of a quantile, times of a survival, steps of an attrition;
			    * 0 is 1 */
	unsigned n_layers; /* MEAN: 3, else 1; each of n_cells cells with noise of its own; 0 is 1 */
	/* MEAN, QUANTILE: each person's last value, as of DIM_VALUE */
	const struct measure *measure;
	const struct column *day;
	int32_t from, to; /* SURVIVAL: `to` is the last day on which anybody is followed */
	/* SURVIVAL: time from the index date to the first of these events on it or after it */
	struct criterion *event;
	struct duration step; /* points: whole steps of the horizon, two cells each */
	/* DISTINCT: the people's column by which all sites know them; the sum's vectors have so many buckets, and the
	 * one cell is what they are counted to (secagg/distinct.h) */
	const struct column *person;
	uint64_t buckets;
};

struct plan {
	const struct policy *policy;
	const struct dataset *data;
	const struct model *model;
	const struct study *study;
	const struct table *patients;
	const struct column *key, *sex, *birth_year; /* sex, birth_year NULL unless used */
	struct criterion *entry; /* by next: events that can set the index date; NULL: no index date */
	enum index_rule index;
	struct plan_observation observation;
	struct criterion *root;                      /* ALL */
	const struct plan_rows *rows; /* an officer's cohort: only people with such a row; or NULL */
	int32_t age_day; /* day ages are taken without entry; DAY_NONE when no age is used */
	int32_t today;   /* for under_age */
	struct dim dims[MAX_GROUPS];
	unsigned n_dims;
	struct plan_kind of;
	unsigned n_cells; /* product of labels; 1 without groups; times of.n_points */
	/* d0 (crypto/account.h): most cells one person may be counted in, once each. 0 is 1. More than one only with
	 * groups of rows: the least of the first table's per_patient_max and the product of their labels. */
	uint64_t cells_a_person;
	/* rows removed: code rules in force for this study, as indices into policy->codes */
	unsigned *red;
	unsigned n_red;
	const struct table **tables; /* every table of the red list that it reads */
	unsigned n_tables;
	const struct measure **measures; /* every measure that it uses */
	unsigned n_measures;
	unsigned *tighter; /* rules of release.yaml's `tighter` that matched: indices into policy->tighter */
	unsigned n_tighter;
	bool rows_left_out; /* red rules, opt-out or under_age are in force */
	/* release: strictest of release, tighter, code rules, study */
	bool gaussian, in_epsilon;
	uint64_t amount; /* per question in its unit: what noise is chosen from */
	bool secure; /* mode secure: the numbers leave in a sum over sites alone, with a share of its noise */
	bool exact;  /* the sum's noise may be none; only if secure */
	int64_t min_patients, round_to;
	int64_t min_sites; /* in the sum */
	int64_t max_similar; /* questions nearly the same that the study may have paid for; 0: no limit */
	enum timing timing;
	struct noise_choice noise; /* of the first layer; its costs are of all of them together */
	struct noise_choice more[MAX_LAYERS - 1]; /* of the other layers: t and s alone */
	struct charge charges[MAX_ACCOUNTS];
	unsigned n_charges;
	/* If secure, from plan_share() on: what every site adds. Else n_layers is 0. */
	struct shared_noise shared;
};

static inline unsigned plan_points(const struct plan *plan)
{
	return plan->of.n_points == 0 ? 1 : plan->of.n_points;
}
static inline unsigned plan_layers(const struct plan *plan)
{
	return plan->of.n_layers == 0 ? 1 : plan->of.n_layers;
}
/* Numbers of a release. */
static inline unsigned plan_words(const struct plan *plan)
{
	return plan->n_cells * plan_layers(plan);
}
/* The noise of a layer. */
static inline const struct noise_choice *plan_noise(const struct plan *plan, unsigned layer)
{
	return layer == 0 ? &plan->noise : &plan->more[layer - 1];
}
/* What one person adds to or takes from a cell of the layer at most. */
uint64_t plan_most(const struct plan *plan, unsigned layer);
/* No site's number in a cell of the layer of a sum is larger, either way; the same at every site. */
uint64_t plan_bound(const struct plan *plan, unsigned layer);

/* Chooses the noise for plan->amount at this plan's sensitivity (d0 = cells_a_person, dinf = plan_most()), an equal share of it for each layer, and fills every charge's cost and, for budgets written in epsilon but charged in rho, its cap
 * (account_prho at the budget's delta, 1e-6 when none is given). decide() calls it last. Laplace charges
 * budgets in epsilon as pure epsilon, everything else is charged in rho. If secure, the noise is what the sum must have at least and the costs are upper bounds; of exact sums both costs are
 * UINT64_MAX. */
CHECKED int plan_price(struct plan *plan, struct error *err);

/* Takes the sum's noise for a plan that is secure, and fills the costs with exactly what its shares cost. Fails,
 * changing nothing: E_DENIED when it is weaker than this site's policy pays for, or of another law or layout than the
 * plan's; E_STATE when the plan is not secure. How many are honest is the caller's to check (secagg/quorum.h). */
CHECKED int plan_share(struct plan *plan, const struct shared_noise *n, struct error *err);

/* An amount written in the currency of the charge's budget, in the currency that is charged. */
uint64_t charge_amount(const struct charge *c, uint64_t written);

/* Whether one more question can be paid from an account with so much spent, in the charge's currency, by so many
 * questions. The agent's ledger and the tests of a policy both decide by this. */
enum fit {
	FITS,
	FIT_QUERIES, /* the number of questions is used up */
	FIT_AMOUNT   /* what is left is smaller than the cost */
};
enum fit charge_fits(const struct charge *c, uint64_t spent, uint64_t questions);
struct say fit_say(enum fit f); /* names nothing: for anybody */

/* The account of a budget for one study and requester: "requester:li@renmin.example". In a; NULL without memory. */
const char *budget_account(
	struct arena *a, const struct budget *b, const char *study, const char *requester);
/* The budget as `for:` names it: "study:DM-2026-01", "each-requester". */
const char *budget_for(struct arena *a, const struct budget *b);

#endif
