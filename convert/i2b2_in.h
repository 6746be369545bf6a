/*
 * i2b2_in.h - what the readers of i2b2's panels (i2b2.c) and SHRINE's expressions (shrine.c) share: what an item is
 * (i2b2_item.c). For these files only.
 */
#ifndef CONVERT_I2B2_IN_H
#define CONVERT_I2B2_IN_H

#include "convert/read.h"
#include "convert/xml.h"

#define xml_refuse(r, x, code, ...) diag_error((r)->ds, code, (x)->at, __VA_ARGS__)

/* What is asked of all items of a panel. */
struct panel {
	const char *from, *to; /* days or NULL */
	int64_t times;
	bool inverted, same_visit;
};

enum sort {
	SORT_EVENT,
	SORT_AGE,
	SORT_SEX,
	SORT_NONE
};

struct path {
	enum sort sort;
	enum event_kind kind;
	const char *text; /* \i2b2\Diagnoses\...\ */
};

struct item {
	struct path path;
	const struct xml *key;
	struct draft *value;
	const char *from, *to;
};

/* What an attribute says is kept by the default alone: days count from their start, themselves included. A name
 * says nothing. */
bool i2b2_attributes(struct reading *r, const struct xml *x);
/* Children of these names alone; but for panels and items each once, as only one would be looked at. */
bool i2b2_known(struct reading *r, const struct xml *x, const char *const *names);
/* "2010-01-31T00:00:00.000-05:00"; x may be NULL or empty: *out is left alone. */
bool i2b2_day(struct reading *r, const struct xml *x, const char **out);

bool i2b2_path(struct reading *r, const struct xml *x, struct path *out);
struct draft *i2b2_code(struct reading *r, const struct path *p);
bool i2b2_item(struct reading *r, const struct xml *x, struct item *out);
/* The later of two first days, the earlier of two last ones. */
struct panel i2b2_narrowed(const struct panel *p, const struct item *i);
/* An item as a member of an `any`; `codes` of an event. index: there is an index date. */
struct draft *i2b2_draft(struct reading *r, const struct item *i, const struct panel *p,
	struct draft *codes, bool index);

/* x: a queryDefinition. */
struct draft *shrine_read(struct reading *r, const struct xml *x);

#endif
