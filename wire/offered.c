/*
 * offered.c - the tables of what a site offers.
 */
#include "wire/offered.h"

#include <string.h>

#include "wire/fields.h"

#define TITLE(s) \
	PART(s, title_en, PART_STRING, 0, MAX_SAY), PART(s, title_zh, PART_STRING, 0, MAX_SAY)
#define DAY(s, m) PART(s, m, PART_SIGNED, MIN_OFFERED_DAY, MAX_OFFERED_DAY)

static const struct part event[] = {
	PART(offered_event, event, PART_UINT, 0, EVENT_LAST),
	TITLE(offered_event),
	PART_MANY(offered_event, codes, n_codes, 0, MAX_OFFERED_USES),
	PART(offered_event, step, PART_UINT, 0, STEP_MOST),
	PART_MANY(offered_event, uses, n_uses, 0, MAX_OFFERED_USES),
	PART_MANY(offered_event, columns, n_columns, 0, MAX_OFFERED_USES),
};
static const struct schema event_schema = SCHEMA("event", event);

static const struct part group[] = {
	PART(offered_group, name, PART_STRING, 1, MAX_NAME),
	PART(offered_group, column, PART_STRING, 1, MAX_NAME),
	TITLE(offered_group),
	PART_MANY(offered_group, labels, n_labels, 0, MAX_LABELS),
};
static const struct schema group_schema = SCHEMA("group", group);

static const struct part measure[] = {
	PART(offered_measure, id, PART_STRING, 1, MAX_ID),
	TITLE(offered_measure),
	PART(offered_measure, unit, PART_STRING, 0, MAX_NAME),
	PART(offered_measure, low, PART_SIGNED, INT64_MAX, INT64_MAX),
	PART(offered_measure, high, PART_SIGNED, INT64_MAX, INT64_MAX),
	PART_NUMBERS(offered_measure, cuts, n_cuts, MAX_OFFERED_CUTS),
};
static const struct schema measure_schema = SCHEMA("measure", measure);

static const struct part dataset[] = {
	PART(offered_dataset, id, PART_STRING, 1, MAX_ID),
	TITLE(offered_dataset),
	PART(offered_dataset, level, PART_UINT, 0, 5),
	PART(offered_dataset, model, PART_STRING, 0, MAX_ID),
	PART(offered_dataset, spans, PART_BOOL, 0, 0),
	DAY(offered_dataset, from),
	DAY(offered_dataset, to),
	PART_ROWS(offered_dataset, events, n_events, EVENT_LAST + 1, event_schema),
	PART_ROWS(offered_dataset, groups, n_groups, MAX_OFFERED_GROUPS, group_schema),
	PART_ROWS(offered_dataset, measures, n_measures, MAX_OFFERED_MEASURES, measure_schema),
};
static const struct schema dataset_schema = SCHEMA("dataset", dataset);

static const struct part requester[] = {
	PART(offered_requester, account, PART_STRING, 1, MAX_NAME),
	PART(offered_requester, role, PART_STRING, 1, MAX_NAME),
};
static const struct schema requester_schema = SCHEMA("requester", requester);

static const struct part param[] = {
	PART(offered_param, name, PART_STRING, 1, MAX_ID),
	PART(offered_param, takes, PART_UINT, 0, PARAM_TAKES - 1),
	PART(offered_param, step, PART_UINT, 0, STEP_MOST),
	DAY(offered_param, from),
	DAY(offered_param, to),
	PART_MANY(offered_param, values, n_values, 0, MAX_OFFERED_CUTS),
};
static const struct schema param_schema = SCHEMA("param", param);

static const struct part cohort[] = {
	PART(offered_cohort, id, PART_STRING, 1, MAX_ID),
	TITLE(offered_cohort),
	PART(offered_cohort, dataset, PART_STRING, 1, MAX_ID),
	PART(offered_cohort, kinds, PART_UINT, 0, OFFERED_KINDS),
	PART_ROWS(offered_cohort, params, n_params, MAX_PARAMS, param_schema),
};
static const struct schema cohort_schema = SCHEMA("cohort", cohort);

static const struct part study[] = {
	PART(offered_study, id, PART_STRING, 1, MAX_ID),
	TITLE(offered_study),
	DAY(offered_study, from),
	DAY(offered_study, to),
	PART(offered_study, kinds, PART_UINT, 0, OFFERED_KINDS),
	PART_ROWS(offered_study, requesters, n_requesters, MAX_OFFERED_REQUESTERS, requester_schema),
	PART_ROWS(offered_study, datasets, n_datasets, MAX_OFFERED_DATASETS, dataset_schema),
	PART_ROWS(offered_study, cohorts, n_cohorts, MAX_OFFERED_COHORTS, cohort_schema),
};
static const struct schema study_schema = SCHEMA("study", study);

static const struct part refusal[] = {
	PART(offered_refusal, id, PART_STRING, 1, MAX_ID),
	PART(offered_refusal, why_en, PART_STRING, 1, MAX_SAY),
	PART(offered_refusal, why_zh, PART_STRING, 1, MAX_SAY),
};
static const struct schema refusal_schema = SCHEMA("refusal", refusal);

static const struct part whole[] = {
	PART(offered, policy_version, PART_UINT, 0, INT64_MAX),
	PART(offered, policy_hash, PART_HASH, 0, 0),
	PART(offered, data, PART_STRING, 0, MAX_ID),
	PART(offered, shown, PART_UINT, 0, SHOWN_OPEN),
	TITLE(offered),
	PART(offered, timing, PART_UINT, 0, 2),
	PART(offered, kinds, PART_UINT, 0, OFFERED_KINDS),
	PART(offered, modes, PART_UINT, 0, OFFERED_MODES),
	PART(offered, composes, PART_BOOL, 0, 0),
	PART(offered, criteria, PART_UINT, 0, MAX_CRITERIA),
	PART(offered, depth, PART_UINT, 0, MAX_QUESTION_DEPTH),
	PART(offered, window, PART_UINT, 0, MAX_WINDOW_DAYS),
	PART_ROWS(offered, datasets, n_datasets, MAX_OFFERED_DATASETS, dataset_schema),
	PART_ROWS(offered, studies, n_studies, MAX_OFFERED_STUDIES, study_schema),
	PART_ROWS(offered, refusals, n_refusals, MAX_OFFERED_STUDIES, refusal_schema),
};
static const struct schema offered_schema = SCHEMA("offered", whole);

int offered_encode(const struct offered *o, struct writer *w, struct error *err)
{
	return fields_write(w, &offered_schema, o, err);
}

int offered_decode(
	const void *bytes, size_t len, struct arena *a, struct offered *out, struct error *err)
{
	struct reader r;

	memset(out, 0, sizeof(*out));
	reader_init(&r, bytes, len);
	return fields_read(&r, &offered_schema, out, a, err);
}
