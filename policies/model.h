/*
 * model.h - what a dataset's tables and columns mean, so that questions can speak of conditions, drugs,
 * sex and age. Grants nothing: only what the red list opens can be used.
 * Shipped models are YAML files in policies/models, part of the programs (embed.h); a hospital's own is
 * models/ID.yaml in its policy folder. The format: docs/models.md.
 *
 * M1  a column of codes holds concept ids (numbers), or text of one or several systems; a text code is
 *     found by the system's prefix and the code, both in normal form (systems.h).
 * M2  a model that could be read is whole: a key, an event's start, columns that stand together.
 */
#ifndef POLICIES_MODEL_H
#define POLICIES_MODEL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "policies/policy.h"
#include "query/cohort.h"

/* Column names without table. NULL: the model has no such column. */
struct model_event {
	const char *table;   /* "cdm.condition_occurrence"; NULL: the model has no such events */
	const char *concept; /* may be NULL */
	/* Of the codes in `concept`: OMOP for concept ids; else it is text: of this system, or of several
	 * when NONE. */
	enum code_system system;
	/* What stands before a code of each system in a text column, in normal form, as "ICD10CM:"; "" when
	 * nothing does. NULL: it has no such codes. All NULL for concept ids. */
	const char *prefix[SYSTEMS];
	/* The same of every kind of event with the same column together; NULL for concept ids. */
	const char **all;
	/* A table of several kinds: only rows whose column `kind_column` is, or where it ends in '*' begins
	 * with, one of these. */
	const char *kind_column;
	const char **kinds;
	unsigned n_kinds;
	const char *start;
	/* Its last day: `end`, else, where that is NULL or not there, `start` and so many days of `end_days`,
	 * else `start` and `lasts` days. */
	const char *end, *end_days;
	int32_t lasts;
	const char *value; /* number */
	const char *id;    /* of the row: settles ties */
	const char *visit; /* of the visit that it belongs to: what the visit event has as id */
	const char *attributes
		[ATTRIBUTES]; /* ATTR_VISIT, LOW and HIGH are made of others and NULL here */
	const char *provider; /* id in model->providers, for ATTR_PROVIDER */
};

/* Where the names of a code system's tree are, for codes written as paths. */
struct model_paths {
	const char *table, *path, *code; /* table NULL: none */
};

struct model_providers {
	const char *table, *id, *speciality; /* table NULL: none */
};

/* Where the site keeps codes of other systems and what standard concepts they map to. */
struct model_vocabulary {
	const char *concepts, *id, *system, *code; /* table and its columns; concepts NULL: none */
	const char *maps, *from, *to, *kind, *mapping;
	const char **names[SYSTEMS]; /* what the table calls each code system */
	unsigned n_names[SYSTEMS];
	/* Columns that are NULL where a concept and where a mapping is still in force; NULL: all are. */
	const char *invalid, *maps_invalid;
};

struct model {
	const char *id;
	const char *file; /* "models/his.yaml" of the policy folder; NULL: shipped */
	struct say title;
	const char *patients, *key, *sex, *birth_year; /* table, columns */
	const char *race, *ethnicity;
	const char *birth; /* a day; without birth_year, ages are taken from its year */
	enum code_system
		person_codes; /* of sex, race, ethnicity: OMOP, or OWN for the hospital's own words */
	struct model_event events[EVENTS];
	const char *ancestors;              /* "cdm.concept_ancestor", or NULL */
	const char *ancestor, *descendant;  /* its columns */
	struct model_vocabulary vocabulary; /* only together with ancestors */
	struct model_paths paths;
	struct model_providers providers;
};

/* The column that ages are taken from: the year of birth, else the day of birth. NULL: neither. */
const char *model_age_column(const struct model *m);
/* A model from the text of a file called `name`: NULL with errors in ds. It lives as long as the arena. */
const struct model *model_read(
	const char *name, const void *bytes, size_t len, struct arena *arena, struct diags *ds);
/* A shipped model by id. NULL when there is none. The model lives as long as the arena. */
const struct model *model_shipped(const char *id, struct arena *arena, struct diags *ds);
/* Whether the model has a vocabulary that holds codes of a system; false for NULL. */
bool model_knows(const struct model *m, enum code_system s);
/* What a text column of a table holds, by system, as model_event's prefix; NULL when the model has no text codes
 * there. */
const char *const *model_prefixes(const struct model *m, const char *table, const char *column);
/* NULL-ended ids of all shipped models. */
const char *const *model_ids(void);

#endif
