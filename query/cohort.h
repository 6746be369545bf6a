/*
 * cohort.h - who is counted: a tree of criteria over one person's events. A cohort counts people.
 *
 *   entry: {condition: [201826+], during: a..b, first: yes}   the event that sets the index date
 *   all: [...]  any: [...]  none: [...]                       lists, nested
 *   {condition: [201826+], during: a..b}   also drug, procedure, measurement, observation, visit,
 *                                          death, device; `any` in place of the list: every one
 *   {measure: hba1c, value: {at_least: 7.0}, during: a..b}
 *   {age: {from: 45, to: 65}}   45 up to under 65, on the index date, else the last day of the
 *                               latest `during` in the cohort, else the question's `on`
 *   {sex: 女}                   a label of the site's red list
 *
 * The index date of a person is the day of the entry's earliest matching event; people without one
 * are not in the cohort.
 */
#ifndef QUERY_COHORT_H
#define QUERY_COHORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/limits.h"
#include "base/node.h"

#define DAY_NONE INT32_MIN

/* Levels of all, any and none. Each is two levels of the text, and around and inside them stand
 * three, so the canonical text of what was read is never nested deeper than MAX_QUESTION_DEPTH. */
enum {
	MAX_COHORT_DEPTH = (MAX_QUESTION_DEPTH - 3) / 2
};

enum part_kind {
	PART_ALL,
	PART_ANY,
	PART_NONE,
	PART_EVENT,
	PART_MEASURE,
	PART_AGE,
	PART_SEX
};

enum event_kind {
	EVENT_CONDITION,
	EVENT_DRUG,
	EVENT_PROCEDURE,
	EVENT_MEASUREMENT,
	EVENT_OBSERVATION,
	EVENT_VISIT,
	EVENT_DEATH,
	EVENT_DEVICE,
	EVENTS
};
const char *event_name(enum event_kind kind); /* "condition" */
bool event_parse(const char *s, enum event_kind *out);

struct code {
	int32_t concept;  /* > 0 */
	bool descendants; /* 201826+ */
	bool out;         /* -201826: taken out again */
	struct place at;
};

/* Bounds on a value, in 1e-9 units; each is used when its flag is set. */
struct value_bounds {
	bool has_low, has_high;
	bool low_open, high_open; /* above, below: the bound itself is outside */
	int64_t low, high;
	struct place at;
};

struct part {
	enum part_kind kind;
	struct place at;
	struct part *children, *next; /* ALL, ANY, NONE: at least one child */
	unsigned n_children;
	/* EVENT */
	enum event_kind event;
	struct code *codes; /* n_codes 0: any event of the kind */
	unsigned n_codes;
	/* EVENT and MEASURE */
	int32_t from, to; /* `during`, both inclusive; DAY_NONE: always */
	struct place during_at;
	/* MEASURE */
	const char *measure;
	bool has_value;
	struct value_bounds value;
	/* AGE: from <= age < to; -1 open */
	int32_t age_from, age_to;
	/* SEX */
	const char *label;
};

struct cohort {
	const char *officer; /* id of an officer's cohort, else NULL and the rest counts */
	struct part *entry;  /* PART_EVENT or NULL */
	struct part *root;   /* PART_ALL, possibly without children: everybody */
	/* Both are of the tidy tree, so that every spelling of one cohort has the same numbers. An
	 * any or none beside the cohort's all is a member of it. */
	unsigned criteria; /* parts that are not all, any, none; the entry is one */
	unsigned depth;    /* nesting of all, any, none; 1 for a flat list */
};

/* Gives a tidy tree: members sorted and unique, nested alls and anys flattened, as canonical.h
 * says. NULL is everybody. -1 with errors in ds, *out as it was. */
CHECKED int cohort_build(
	const struct node *n, struct arena *arena, struct diags *ds, struct cohort *out);

/* The last day of the latest `during` in the cohort, or DAY_NONE. */
int32_t cohort_last_day(const struct cohort *c);

#endif
