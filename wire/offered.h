/*
 * offered.h - what a site offers, as its signed policy says: the inside of MSG_CATALOGUE.
 *
 * O1  it is made of the policy alone, but for `data`, which the operator writes. No number here depends on a patient,
 *     and nothing on the database.
 * O2  it is built up from what may be used. A column that may not be used, a rule about codes, a reason or a budget
 *     has no field here.
 * O3  offered_encode() and offered_decode() apply the same bounds, and what is accepted is written again byte for byte
 *     (M1 to M4 of message.h).
 * O4  texts, lists and rows live in the arena; texts are never NULL after offered_decode().
 */
#ifndef WIRE_OFFERED_H
#define WIRE_OFFERED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "wire/pack.h"

/* Who sees it: policy.yaml, `catalogue`. */
enum shown {
	SHOWN_NONE,    /* nothing is told: every list is empty */
	SHOWN_STUDIES, /* a study's own people see what the study may use */
	SHOWN_OPEN     /* besides, everybody signed in sees what there is */
};

enum {
	EVENT_LAST = 13,    /* of enum event_kind (query/cohort.h) */
	OFFERED_KINDS = 255, /* all bits of enum question_kind */
	OFFERED_MODES = 3,  /* bits of enum question_mode */
	STEP_MOST = 5,      /* offered_event.step */
	/* days before and after 1970-01-01: 0001-01-01 to 9999-12-31, which everybody can read */
	MIN_OFFERED_DAY = 719162,
	MAX_OFFERED_DAY = 2932896
};

/* Events of one kind that a cohort may ask for. */
struct offered_event {
	uint64_t event; /* enum event_kind */
	const char *title_en, *title_zh;
	uint64_t n_codes;
	const char **codes; /* systems: "omop", "icd10" */
	uint64_t step; /* of its days: 0 they may not be asked for, 1 year, 2 quarter, 3 month, 4 week, 5 day */
	uint64_t n_uses;
	const char **uses; /* keys of a cohort besides codes and days: "value", "ends", "lasting", "same_visit", "unit" */
	uint64_t n_columns;
	const char **columns; /* that this takes, as the policy names them: for a study that is to be proposed */
};

struct offered_group {
	const char *name;   /* as in group_by: "sex", "cdm.person.race" */
	const char *column; /* in full */
	const char *title_en, *title_zh;
	uint64_t n_labels;
	const char **labels; /* closed; of days: none, it is a period */
};

struct offered_measure {
	const char *id;
	const char *title_en, *title_zh;
	const char *unit;
	int64_t low, high; /* clamp, 1e-9 units */
	uint64_t n_cuts;
	int64_t *cuts; /* rising, 1e-9 units */
};

struct offered_dataset {
	const char *id;
	const char *title_en, *title_zh;
	uint64_t level;    /* of the data computed on, 1 to 5; 0: not said */
	const char *model; /* "omop-cdm-5.4"; "" none */
	bool spans;        /* the policy says from when to when days count */
	int64_t from, to;  /* both days inclusive; 0 when it does not */
	uint64_t n_events, n_groups, n_measures;
	struct offered_event *events;
	struct offered_group *groups;
	struct offered_measure *measures;
};

struct offered_requester {
	const char *account, *role;
};

/* What a parameter of an officers' cohort is given. */
enum param_takes {
	PARAM_PERIOD, /* a whole year, quarter .. by `step` or coarser, within from..to */
	PARAM_LABEL,  /* one of `values`: a label, a listed code, the edge of a band, a cut point */
	PARAM_CODE,   /* a code */
	PARAM_TAKES
};
struct offered_param {
	const char *name;
	uint64_t takes;   /* enum param_takes */
	uint64_t step;    /* as offered_event.step; 0 but of a period */
	int64_t from, to; /* days, inclusive; 0 but of a period */
	uint64_t n_values;
	const char **values;
};

/* Of the SQL of an officers' cohort nothing is told: only that there is one, and what it is given. */
struct offered_cohort {
	const char *id;
	const char *title_en, *title_zh;
	const char *dataset;
	uint64_t kinds; /* bits of enum question_kind */
	uint64_t n_params;
	struct offered_param *params;
};

/* A study that the policy lets ask, and what it may use: the same rows as the datasets, but for it alone. */
struct offered_study {
	const char *id;
	const char *title_en, *title_zh;
	int64_t from, to; /* days, inclusive; within the policy's own */
	uint64_t kinds;   /* bits of enum question_kind */
	uint64_t n_requesters, n_datasets, n_cohorts;
	struct offered_requester *requesters;
	struct offered_dataset *datasets;
	struct offered_cohort *cohorts;
};

/* A proposed study that the policy says no to. */
struct offered_refusal {
	const char *id;
	const char *why_en, *why_zh;
};

struct offered {
	uint64_t policy_version; /* 0: none is in force, and all is empty */
	struct hash32 policy_hash;
	const char *data; /* as in the hello: the site's name for the state of its data */
	uint64_t shown; /* enum shown */
	const char *title_en, *title_zh; /* of the site */
	uint64_t timing; /* 0 paced, 1 strict, 2 open */
	uint64_t kinds, modes; /* bits */
	bool composes; /* cohorts of one's own, within: */
	uint64_t criteria, depth, window; /* window: steps of days between events, 0: no windows */
	uint64_t n_datasets, n_studies, n_refusals;
	struct offered_dataset *datasets; /* SHOWN_OPEN: what somebody may use; else none */
	struct offered_study *studies;
	struct offered_refusal *refusals;
};

/* Appends the packed map. Fails: E_INPUT a field outside its bounds, the log names it; E_LIMIT as w. */
CHECKED int offered_encode(const struct offered *o, struct writer *w, struct error *err);
/* Fails: E_INPUT; *out is then unusable. */
CHECKED int offered_decode(
	const void *bytes, size_t len, struct arena *a, struct offered *out, struct error *err);

#endif
