/*
 * tell_event.h - the words of one criterion. For this folder only.
 */
#ifndef QUERY_TELL_EVENT_H
#define QUERY_TELL_EVENT_H

#include "base/text.h"
#include "query/cohort.h"

/* Where a criterion stands and how it is said. */
struct telling {
	struct text *out;
	bool zh;
	bool brief;     /* long lists are shortened */
	bool nested;    /* inside a `with`: its parent is that event */
	bool has_index; /* the cohort has an entry */
	int32_t on;     /* the day of ages without either, or DAY_NONE */
};

/* Everything of a criterion that is no group, but its `with`. */
void tell_criterion(const struct telling *t, const struct part *p);
/* "at least 2" for a number of members. */
void tell_how_many(const struct telling *t, enum how_many how, unsigned n);

static inline const char *tell_days(int32_t n)
{
	return n == 1 ? "day" : "days";
}

static inline const char *tell_say(const struct telling *t, struct say say)
{
	return t->zh ? say.zh : say.en;
}

#endif
