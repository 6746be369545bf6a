/*
 * model.h - what a dataset's tables and columns mean, so that questions can speak of conditions, drugs,
 * sex and age. Grants nothing: only what the red list opens can be used.
 * Shipped models are YAML files in policies/models, part of the programs (embed.h).
 */
#ifndef POLICIES_MODEL_H
#define POLICIES_MODEL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "policies/policy.h"
#include "query/cohort.h"

struct model_event {
	const char *table;   /* "cdm.condition_occurrence"; NULL: the model has no such events */
	const char *concept; /* column names without table; concept may be NULL (death) */
	const char *start;
	const char *value; /* number, or NULL */
};

/* Where the site keeps codes of other systems and what standard concepts they map to. */
struct model_vocabulary {
	const char *concepts, *id, *system, *code; /* table and its columns; concepts NULL: none */
	const char *maps, *from, *to, *kind, *mapping;
	const char **names[SYSTEMS]; /* what the table calls each code system */
	unsigned n_names[SYSTEMS];
};

struct model {
	const char *id;
	const char *patients, *key, *sex, *birth_year; /* table, columns */
	struct model_event events[EVENTS];
	const char *ancestors;             /* "cdm.concept_ancestor", or NULL */
	const char *ancestor, *descendant; /* its columns */
	struct model_vocabulary vocabulary; /* only together with ancestors */
};

/* A shipped model by id. NULL when there is none. The model lives as long as the arena. */
const struct model *model_shipped(const char *id, struct arena *arena, struct diags *ds);
/* Whether the model has a vocabulary that holds codes of a system; false for NULL. */
bool model_knows(const struct model *m, enum code_system s);
/* NULL-ended ids of all shipped models. */
const char *const *model_ids(void);

#endif
