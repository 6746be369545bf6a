/*
 * offer.h - what may be asked of one dataset, by one study or by anybody's.
 *
 * V1  built up: a thing is offered when the red list opens its column on that day, the study's own list names it, and
 *     the rows of every code rule that stays in force for the study can be found in its table; else it is not.
 * V2  nothing here depends on the database. What its vocabulary does not know is refused later (decide).
 */
#ifndef POLICIES_OFFER_H
#define POLICIES_OFFER_H

#include <stdbool.h>

#include "base/arena.h"
#include "policies/model.h"
#include "policies/policy.h"

struct offer {
	const struct policy *p;
	const struct study *s;      /* NULL: what the red list opens, to whatever study it were */
	const struct dataset *data; /* with a model */
	int32_t day;
};

/* What the study may use; any name when there is none. */
bool offer_names(const struct offer *o, const char *name);
/* The study may use the rule's codes, with the rule's kinds. */
bool offer_opens(const struct offer *o, const struct code_rule *r);
/* Kinds of question that are listed, the study's, and computed: bits. */
unsigned offer_kinds(const struct offer *o);
/* The column as it is on the day, if it may be used for one of `uses`; NULL for NULL and for what may not. */
const struct column *offer_column(
	const struct offer *o, const struct table *t, const char *name, unsigned uses);
bool offer_measure(const struct offer *o, const struct measure *m);
/* Rows of every rule that stays in force can be found in the table; without that decide() refuses to count it. */
bool offer_counts(const struct offer *o, const struct table *t);

/* ---- groups ---- */

/* Of a column of the patients' table: it groups people. */
bool offer_groups(const struct offer *o, const struct column *c);
/* A word for it in group_by: "sex", "age", or NULL. */
const char *offer_group_word(const struct offer *o, const struct column *c);
/* Its closed labels, "other" included where there is one. label: NULL without memory. */
unsigned offer_labels(const struct column *c);
const char *offer_label(const struct column *c, unsigned i, struct arena *a);

/* ---- events ---- */

enum {
	OFFER_COLUMNS = 8 + ATTRIBUTES
};
struct offer_event {
	enum event_kind kind;
	const struct model_event *model;
	const struct table *table;
	const struct column *concept; /* by codes; or NULL */
	const struct column *start;   /* by days, cut at its periods; or NULL */
	const struct column *value;   /* by its own cuts; or NULL */
	bool measured; /* by the cuts of a measure of its own column */
	bool ends;     /* its last day may be asked for */
	bool visits;   /* the visit that it belongs to */
	unsigned attributes; /* bits of enum attribute_kind */
	/* What all of this takes of the study's list, in full; of measures, `measure:ID` besides. */
	const char *columns[OFFER_COLUMNS];
	unsigned n_columns;
};
/* False: the cohort may not ask for such events. */
bool offer_event(const struct offer *o, enum event_kind kind, struct offer_event *out);
/* Cohorts' entry days of this event group people by period. */
bool offer_periods(const struct offer_event *e);

/* ---- officers' cohorts ---- */

/* The study names it, one of its people may use such cohorts, and all that its statement names stands on the day. */
bool offer_cohort(const struct offer *o, const struct officer_cohort *c);
/* The column, as it is on the day, that types the parameter; NULL: no question can give it a value. */
const struct column *offer_param(const struct offer *o, const struct cohort_param *p);

/* From the first to the last day that the dataset's dates count, of those that are offered. False: there are none. */
bool offer_span(const struct offer *o, int32_t *from, int32_t *to);

#endif
