/*
 * cohort.h - who is counted: a tree of criteria over one person's events. A cohort counts people.
 *
 *   entry: {condition: [201826+], during: a..b}     the events that can set the index date: one
 *   entry: [{condition: [..]}, {drug: [..]}]        criterion or several, any of which will do
 *   index: first | last | each                      which of them does; default first
 *   observed: {before: 365 days, after: 0 days}     how long the person was under observation around it
 *   all: [...]  any: [...]  none: [...]             lists, nested
 *   {at_least: 2, of: [...]}                        also at_most, exactly
 *   {condition: [201826+], ...}                     an event: its kind, its codes or `any`, and keys
 *   {measure: hba1c, value: {at_least: 7.0}, ...}   a result of a measure of the red list, the same keys
 *   {age: {from: 45, to: 65}}   45 up to under 65, on the index date (inside `with`: on the day of
 *                               the event it stands in), else the last day of the latest `during`
 *                               in the cohort, else the question's `on`
 *   {sex: 女}                   a label of the site's red list, or [8507]: the label of these codes;
 *                               also race, ethnicity
 *   {birth: a..b}               born on one of these days
 *
 * What a criterion holds for is said over "its" index event: for the cohort's criteria the index
 * event of the person, for those in `with` the event that they stand in (the parent). Under
 * `index: each` a person belongs when one of the entry events meets everything, and has the
 * earliest of those as index.
 *
 * The order in which one event criterion is read, which is also that of the statement:
 *   1 rows of the kind's table with the codes and, as what they were recorded with, those of `source` (red rows are gone, days outside the site's range too)
 *   2 `first: yes`: of each person only the earliest of those, ties by the row's id
 *   3 everything else that looks at one row: during, ends, lasting, value, attributes
 *   4 where it stands towards its index event: within, same_visit, inside_observation
 *   5 `with`
 *   6 how many are left: times; at least one when it is not given
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

/* Levels of all, any, none, of and with. Each is two levels of the text; around them stand two, and
 * inside the last at most four (value, range, low, outside), so the canonical text of what was read
 * is never nested deeper than MAX_QUESTION_DEPTH. */
enum {
	MAX_COHORT_DEPTH = (MAX_QUESTION_DEPTH - 6) / 2
};

enum part_kind {
	PART_ALL,
	PART_ANY,
	PART_NONE,
	PART_OF, /* at_least, at_most, exactly n of its members hold */
	PART_EVENT,
	PART_MEASURE,
	PART_AGE,
	PART_SEX,
	PART_RACE,
	PART_ETHNICITY,
	PART_BIRTH
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
	EVENT_SPECIMEN,
	EVENT_VISIT_DETAIL,
	EVENT_CONDITION_ERA, /* derived eras and periods, where the model has them */
	EVENT_DRUG_ERA,
	EVENT_DOSE_ERA,
	EVENT_OBSERVATION_PERIOD,
	EVENTS
};
const char *event_name(enum event_kind kind); /* "condition" */
bool event_parse(const char *s, enum event_kind *out);

/* A code of a vocabulary. Which vocabularies a site understands, its model says. */
struct code {
	int32_t concept;    /* > 0: a concept id; 0: `text` in `system` */
	const char *system; /* "icd10", "atc", "path": as written before the colon, else NULL */
	const char *text;   /* "E11" */
	bool descendants;   /* 201826+; of a text: and every code below it */
	bool mapped;        /* 201826m, 201826+m: and what the vocabulary maps to those */
	bool out;           /* -201826: taken out again */
	struct place at;
};

/* Bounds on a value, in 1e-9 units; each is used when its flag is set. */
struct value_bounds {
	bool has_low, has_high;
	bool low_open, high_open; /* above, below: the bound itself is outside */
	bool outside;             /* `outside: [low, high]`: below low or above high; both are given */
	int64_t low, high;
	struct place at;
};

/* How many: at_least, at_most, exactly. */
enum how_many {
	AT_LEAST,
	AT_MOST,
	EXACTLY
};

/* `within`: one day of this event lies so many days from one day of the index event or the parent. */
#define ALL_DAYS_BEFORE INT32_MIN
#define ALL_DAYS_AFTER  INT32_MAX
struct window {
	int32_t from, to; /* from <= to; negative is before */
	bool of_index;    /* `of: index` inside a `with`; else the event that the criterion stands in,
			   * which for the cohort's own criteria is the index event */
	bool on_end;      /* `on: end`: the last day of this event; else its first */
	bool to_end;      /* `to_on: end`: counted from the last day of the other; else from its first */
	struct place at;
};
enum {
	MAX_WINDOWS = 2 /* one on the start and one on the end, say */
};

enum distinct {
	DISTINCT_EVENTS, /* not given: every record counts */
	DISTINCT_DAYS,   /* by the first day */
	DISTINCT_CONCEPTS,
	DISTINCT_VISITS
};

/* Further properties of an event. Those with codes come first. */
enum attribute_kind {
	ATTR_TYPE,      /* how the record came about */
	ATTR_SOURCE,    /* the concept of the code it was recorded with */
	ATTR_UNIT,      /* `unit` and `concept` are written inside `value` */
	ATTR_CONCEPT,   /* a result that is a concept */
	ATTR_VISIT,     /* kind of the visit that the event belongs to */
	ATTR_PROVIDER,  /* speciality of its provider */
	ATTR_STATUS,
	ATTR_ROUTE,
	ATTR_MODIFIER,
	ATTR_QUALIFIER,
	ATTR_OPERATOR,
	ATTR_PLACE,     /* of service */
	ATTR_ANATOMY,
	ATTR_QUANTITY,  /* numbers from here */
	ATTR_SUPPLY,    /* days */
	ATTR_REFILLS,
	ATTR_DOSE,
	ATTR_RECORDS,   /* records that an era is made of */
	ATTR_GAP,       /* days without supply in an era */
	ATTR_LOW,       /* `range: {low: .., high: ..}` inside `value`: value / end of the normal range */
	ATTR_HIGH,
	ATTR_RANGE_LOW, /* the end of the normal range itself */
	ATTR_RANGE_HIGH,
	ATTRIBUTES,
	ATTR_NUMBERS = ATTR_QUANTITY
};
const char *attribute_name(enum attribute_kind kind); /* "type" */
bool attribute_parse(const char *s, enum attribute_kind *out);

struct attribute {
	enum attribute_kind kind;
	struct code *codes; /* sorted; only codes that are taken out: none of them, and having none is fine */
	unsigned n_codes;
	struct value_bounds bounds;
	struct place at;
	struct attribute *next; /* by kind, each once */
};

enum tristate {
	TRI_DEFAULT,
	TRI_YES,
	TRI_NO
};

struct part {
	enum part_kind kind;
	struct place at;
	struct part *children, *next; /* ALL, ANY, NONE, OF: at least one child */
	unsigned n_children;
	enum how_many how; /* OF */
	unsigned n;
	/* EVENT */
	enum event_kind event;
	struct code *codes; /* n_codes 0: any event of the kind */
	unsigned n_codes;
	/* EVENT and MEASURE */
	bool first;
	int32_t from, to; /* `during`, both inclusive; each may be DAY_NONE alone: open. BIRTH: likewise */
	struct place during_at;
	int32_t ends_from, ends_to; /* `ends`, likewise */
	struct place ends_at;
	int32_t lasting_from, lasting_to; /* days from its first to its last day; -1: open */
	struct place lasting_at;
	bool has_value;
	struct value_bounds value;
	struct attribute *attributes;
	struct window windows[MAX_WINDOWS]; /* all of them hold */
	unsigned n_windows;
	bool same_visit;
	enum tristate inside; /* `inside_observation`. Default: yes for an event with a window or `same_visit` or
			     * inside a `with`, when the model has observation periods; else no */
	struct part *with;  /* an ALL, or NULL; also of what was written as age, sex, .. beside the event */
	bool has_times;
	enum how_many times_how;
	unsigned times;
	enum distinct distinct;
	struct place times_at;
	/* MEASURE */
	const char *measure;
	/* AGE: from <= age < to; -1 open */
	int32_t age_from, age_to;
	/* SEX, RACE, ETHNICITY: a label, or NULL and codes */
	const char *label;
};

enum index_rule {
	INDEX_FIRST,
	INDEX_LAST,
	INDEX_EACH
};

const char *index_name(enum index_rule rule); /* "first" */

struct cohort {
	const char *officer; /* id of an officer's cohort, else NULL and the rest counts */
	/* EVENT or MEASURE without windows and times, linked by next; each may have a `with`. An entry
	 * event counts when its `with` holds and it is observed as asked; of those, `index` chooses. */
	struct part *entry;
	unsigned n_entries; /* 0: no index date */
	enum index_rule index;
	struct place index_at;
	int32_t before, after; /* `observed`, in days; -1: not asked for */
	struct place observed_at;
	struct part *root;   /* PART_ALL, possibly without children: everybody */
	/* Both are of the tidy tree, so that every spelling of one cohort has the same numbers. An
	 * any or none beside the cohort's all is a member of it. */
	unsigned criteria; /* parts that are not all, any, none, of; those of the entry and of every `with` too */
	unsigned depth;    /* nesting of all, any, none, of and with; 1 for a flat list */
};

/* Gives a tidy tree: members sorted and unique, nested alls and anys flattened, as canonical.h
 * says. NULL is everybody; a map with the key `cohort` is that cohort, with the `sets` beside it. -1 with errors in ds, *out as it was. */
CHECKED int cohort_build(
	const struct node *n, struct arena *arena, struct diags *ds, struct cohort *out);

/* The last day of the latest `during` in the cohort, or DAY_NONE. */
int32_t cohort_last_day(const struct cohort *c);

#endif
