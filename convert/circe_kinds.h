/*
 * circe_kinds.h - the criterion types of Circe and the attributes of each: a table. For circe_event.c.
 */
#ifndef CONVERT_CIRCE_KINDS_H
#define CONVERT_CIRCE_KINDS_H

#include <stdbool.h>

#include "query/cohort.h"

/* How an attribute is read. */
enum circe_how {
	HOW_CODES, /* CodesetId */
	HOW_FIRST,
	HOW_STARTS, /* a range of the first day */
	HOW_STARTS_ALSO, /* named an end, compared with the first day: a slip of Circe's that counts are made with */
	HOW_ENDS,
	HOW_LASTING,
	HOW_CONCEPTS,  /* a list of concepts: `attribute` */
	HOW_EXCLUDE,   /* those of the one before are taken out */
	HOW_SELECTION, /* a concept set, or anything but it */
	HOW_SOURCE,    /* a concept set by its number: `source` */
	HOW_WHOLE,     /* numbers: `attribute` */
	HOW_DECIMAL,
	HOW_VALUE, /* the number of the result */
	HOW_AGE,
	HOW_SEX,
	HOW_SEX_SELECTION,
	HOW_IGNORED, /* Circe does not look at it */
	HOW_NESTED,  /* CorrelatedCriteria */
	HOW_REFUSED
};

struct circe_field {
	const char *key;
	enum circe_how how;
	enum attribute_kind attribute;
	bool filled; /* every row has a concept here, so `anything but` is the same as `not in` */
	struct say why; /* HOW_REFUSED */
};

struct circe_kind {
	const char *name; /* "ConditionOccurrence" */
	enum event_kind kind;
	bool visit;                       /* its rows belong to visits */
	const struct circe_field *fields; /* key NULL ends them */
	struct say refused;               /* en not NULL: the whole type is */
};

const struct circe_kind *circe_kind(const char *name);
const struct circe_kind *circe_kind_of(enum event_kind kind);

#endif
