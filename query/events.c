/*
 * events.c - the names of events and of their properties.
 */
#include <string.h>

#include "query/cohort.h"

static const char *const event_names[EVENTS] = {
	[EVENT_CONDITION] = "condition",
	[EVENT_DRUG] = "drug",
	[EVENT_PROCEDURE] = "procedure",
	[EVENT_MEASUREMENT] = "measurement",
	[EVENT_OBSERVATION] = "observation",
	[EVENT_VISIT] = "visit",
	[EVENT_DEATH] = "death",
	[EVENT_DEVICE] = "device",
	[EVENT_SPECIMEN] = "specimen",
	[EVENT_VISIT_DETAIL] = "visit_detail",
	[EVENT_CONDITION_ERA] = "condition_era",
	[EVENT_DRUG_ERA] = "drug_era",
	[EVENT_DOSE_ERA] = "dose_era",
	[EVENT_OBSERVATION_PERIOD] = "observation_period",
};

static const char *const attribute_names[ATTRIBUTES] = {
	[ATTR_TYPE] = "type",
	[ATTR_SOURCE] = "source",
	[ATTR_UNIT] = "unit",
	[ATTR_CONCEPT] = "concept",
	[ATTR_VISIT] = "visit",
	[ATTR_PROVIDER] = "provider",
	[ATTR_STATUS] = "status",
	[ATTR_ROUTE] = "route",
	[ATTR_MODIFIER] = "modifier",
	[ATTR_QUALIFIER] = "qualifier",
	[ATTR_OPERATOR] = "operator",
	[ATTR_PLACE] = "place",
	[ATTR_ANATOMY] = "anatomy",
	[ATTR_QUANTITY] = "quantity",
	[ATTR_SUPPLY] = "supply",
	[ATTR_REFILLS] = "refills",
	[ATTR_DOSE] = "dose",
	[ATTR_RECORDS] = "records",
	[ATTR_GAP] = "gap",
	[ATTR_LOW] = "low",
	[ATTR_HIGH] = "high",
	[ATTR_RANGE_LOW] = "range_low",
	[ATTR_RANGE_HIGH] = "range_high",
};

static int find(const char *s, const char *const *names, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], s) == 0)
			return i;
	return -1;
}

const char *event_name(enum event_kind kind)
{
	return event_names[kind];
}

bool event_parse(const char *s, enum event_kind *out)
{
	int i = find(s, event_names, EVENTS);

	if (i >= 0)
		*out = (enum event_kind)i;
	return i >= 0;
}

const char *attribute_name(enum attribute_kind kind)
{
	return attribute_names[kind];
}

bool attribute_parse(const char *s, enum attribute_kind *out)
{
	int i = find(s, attribute_names, ATTRIBUTES);

	if (i >= 0)
		*out = (enum attribute_kind)i;
	return i >= 0;
}
