/*
 * circe_out.h - one writing of a Circe expression. For this folder only.
 */
#ifndef CONVERT_CIRCE_OUT_H
#define CONVERT_CIRCE_OUT_H

#include <jansson.h>

#include "convert/circe_kinds.h"
#include "convert/convert.h"

struct writing {
	struct diags *ds;
	json_t *sets; /* ConceptSets */
	bool in_with;
	bool failed; /* memory ended */
};

#define out_refuse(w, at, ...) diag_error((w)->ds, "V140", at, __VA_ARGS__)

/* Puts value (taken, NULL: memory ended) under key. */
void out_set(struct writing *w, json_t *object, const char *key, json_t *value);
void out_append(struct writing *w, json_t *list, json_t *value);
json_t *out_object(struct writing *w);
json_t *out_list(struct writing *w);

/* The number of the concept set with these codes, which is added when there is none yet. `flip`: those that are
 * taken out, as ones to look for. */
json_int_t out_set_of(struct writing *w, const struct code *codes, unsigned n, bool flip);

/* {"ConditionOccurrence": {...}} */
json_t *out_event(struct writing *w, const struct part *p);
/* A criterion of a group, with its windows and how often. */
json_t *out_correlated(struct writing *w, const struct part *p);
/* {"Age": ...}; also of an `any` that says one thing about the person (see out_person). */
json_t *out_demographic(struct writing *w, const struct part *p);
/* Writes what p says about the person as keys of an event or of a demographic criterion; false when it says more
 * than one key can. */
bool out_person(struct writing *w, const struct part *p, json_t *map, const char *age_key);
/* A criteria group of one part. */
json_t *out_group(struct writing *w, const struct part *p);
json_t *out_group_of(struct writing *w, const char *type, int count, const struct part *members);

#endif
