/*
 * circe.h - one reading of a Circe expression. For this folder only; the semantics that is followed
 * is that of the SQL which circe-be 1.12 writes, slips included (README.md).
 */
#ifndef CONVERT_CIRCE_H
#define CONVERT_CIRCE_H

#include "convert/spot.h"

struct codeset {
	int64_t id;
	const char *name;    /* unique among the sets of the question */
	const char *title;   /* as the definition has it */
	struct draft *codes; /* list */
	unsigned in, out;    /* codes of it; in 0: nothing is ever found by it */
	bool plain;          /* concepts alone: no descendants, mapped or taken out */
};

struct circe {
	struct reading r;
	struct codeset *sets;
	size_t n_sets;
	unsigned nested; /* levels of `with` around what is read */
};

/* What a criterion comes to: some hold for everybody, some for nobody, whatever the data. */
enum truth {
	SAYS,
	HOLDS,
	NEVER
};
struct clause {
	enum truth truth;
	struct draft *d; /* SAYS: a member of a list */
	bool absent;     /* SAYS: the person belongs when d does not hold */
};

/* ---- sets ---- */

void circe_sets(struct circe *c, const struct spot *list);
/* The set of that number; NULL when the definition has none. */
struct codeset *circe_set(struct circe *c, int64_t id);
/* [set:NAME] */
struct draft *circe_set_use(struct circe *c, const struct codeset *set);
/* `sets:` of the question: those that the cohort names; NULL when it names none. */
struct draft *circe_sets_draft(struct circe *c, const struct draft *cohort);

/* ---- ranges ---- */

/* Whole numbers or ten-thousandths, as Circe compares them. */
struct span {
	int64_t low, high;
	bool has_low, has_high, low_open, high_open;
	bool outside; /* not from low to high */
	bool never;
};
enum span_unit {
	SPAN_WHOLE,
	SPAN_DECIMAL
};
bool circe_span(struct circe *c, const struct spot *at, enum span_unit unit, struct span *out);
/* Bounds included; false, refused, where that cannot be said by one pair of bounds. Whole ones only. */
bool circe_between(struct circe *c, const struct spot *at, struct span *s);
/* {at_least: 7, below: 8} */
struct draft *circe_bounds(struct circe *c, const struct span *s, enum span_unit unit);
/* Of days: whole, bounds included. */
bool circe_days(struct circe *c, const struct spot *at, struct span *out);
/* 2019-01-01..2020-12-31, with one end perhaps open */
struct draft *circe_days_draft(struct circe *c, const struct span *s);

/* ---- people ---- */

/* Of the year in which the event lies. */
bool circe_age(struct circe *c, const struct spot *at, struct clause *out);
/* `key` sex, race or ethnicity; at: a list of concepts. */
bool circe_concepts_of(struct circe *c, const struct spot *at, const char *key, struct clause *out);
/* ..; at: a selection of a concept set. */
bool circe_selection_of(
	struct circe *c, const struct spot *at, const char *key, struct clause *out);
/* [8507, 8532] or, taken out, [-8507, -8532] */
struct draft *circe_concepts(struct circe *c, const struct spot *at, bool out);

/* ---- events and groups ---- */

/* Kinds of event as bits, 1 << EVENT_CONDITION. */
struct event {
	enum event_kind kind;
	struct draft *map;  /* head and keys of one row */
	struct draft *with; /* list, perhaps empty */
	bool never;
	bool nested; /* there is a CorrelatedCriteria that Circe looks at */
};

/* Reads {"ConditionOccurrence": {...}}. */
bool circe_event(struct circe *c, const struct spot *at, struct event *out);
/* Puts `with` into the map, if there is something in it. */
void circe_event_with(struct circe *c, struct event *e);

/* A group; `parents`: kinds of the events that it is said about. */
bool circe_group(struct circe *c, const struct spot *at, unsigned parents, struct clause *out);
/* Whether Circe takes the group for one: one without members holds for every event. */
bool circe_group_empty(const struct spot *at);
/* The clause as a member of a list; HOLDS and NEVER have none. */
struct draft *circe_member(struct circe *c, struct clause clause);
/* Adds a clause to the members of an ALL; `none` gathers what must be absent. False: nobody is left. */
bool circe_gather(struct circe *c, struct clause clause, struct draft *all, struct draft *none);
/* The event that the group is said about starts (ends) on one of these days. */
struct clause circe_starts(struct circe *c, unsigned parents, const struct span *days);
struct clause circe_ends(struct circe *c, unsigned parents, const struct span *days);
/* It lies in an observation period; `until`: which ends on one of these days, or NULL. */
struct clause circe_observed(struct circe *c, const struct span *until);

#endif
