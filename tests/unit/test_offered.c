/*
 * test_offered.c - what a policy tells the gateway's catalogue: what may be asked, and nothing else; and its form on
 * the wire.
 */
#include "agents/catalogue.h"

#include <msgpack/sbuffer.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "tests/unit/officers.h"

static struct error err;
static struct arena arena;
static struct writer w;
static struct offered o;

static void fresh(void)
{
	arena_clear(&arena);
	arena_init(&arena, CATALOGUE_MEMORY);
	writer_clear(&w);
	OK(writer_init(&w, MAX_CATALOGUE_BYTES, &err));
}

/* What the gateway reads of the fixture with edits. Its bytes stay in w. */
static struct view told(const struct edit *edits, unsigned n)
{
	struct policy *p = policy_with(edits, n);
	const void *bytes;
	size_t len;

	ck_assert_msg(p != NULL, "%s", first_error());
	fresh();
	OK(catalogue_pack(p, "2026-03-01", day_of(2026, 3, 1), &w, &err));
	OK(writer_bytes(&w, &bytes, &len, &err));
	OK(offered_decode(bytes, len, &arena, &o, &err));
	return (struct view){ bytes, len };
}

static const struct edit as_open = { P_POLICY, "country: CN\n", "country: CN\ncatalogue: open\n" };
static const struct edit as_none = { P_POLICY, "country: CN\n", "country: CN\ncatalogue: none\n" };

static const struct offered_event *event_of(const struct offered_dataset *d, enum event_kind kind)
{
	for (uint64_t i = 0; i < d->n_events; i++)
		if (d->events[i].event == (uint64_t)kind)
			return &d->events[i];
	return NULL;
}

static bool has(const char *const *texts, uint64_t n, const char *text)
{
	for (uint64_t i = 0; i < n; i++)
		if (strcmp(texts[i], text) == 0)
			return true;
	return false;
}

static bool holds(struct view v, const char *word)
{
	return memmem(v.at, v.len, word, strlen(word)) != NULL;
}

START_TEST(by_itself_a_policy_tells_of_studies_and_no_dataset_of_its_own)
{
	told(NULL, 0);
	ck_assert_uint_eq(o.shown, SHOWN_STUDIES);
	ck_assert_uint_eq(o.n_datasets, 0);
	ck_assert_uint_eq(o.n_studies, 2);
	ck_assert_uint_eq(o.policy_version, 7);
	ck_assert_str_eq(o.data, "2026-03-01");
	ck_assert_str_eq(o.studies[0].id, "DM");
	ck_assert_str_eq(o.studies[0].requesters[1].account, "wang@uni.example");
	ck_assert_str_eq(o.studies[0].requesters[1].role, "viewer");
	ck_assert_int_eq(o.studies[0].to, day_of(2026, 12, 31));
}
END_TEST

START_TEST(none_tells_nothing_but_the_version)
{
	struct view v = told(&as_none, 1);

	ck_assert_uint_eq(o.shown, SHOWN_NONE);
	ck_assert_uint_eq(o.n_datasets + o.n_studies + o.n_refusals + o.kinds, 0);
	ck_assert(!holds(v, "DM") && !holds(v, "li@s1.example") && !holds(v, "Test policy"));
}
END_TEST

START_TEST(what_may_not_be_used_and_why_is_never_told)
{
	/* forbidden and joining columns, keys, code rules, reasons, prices, the opt-out */
	static const char *const secret[] = { "birth_datetime", "full birth", "condition_source_value",
		"drug_concept_id", "person_id", "hiv", "艾滋病", "mental", "439727", "440383", "vip", "VIP",
		"opt_out", "research", "0.0244", "per_patient", "strict" };
	struct view v = told(&as_open, 1);

	ck_assert_uint_eq(o.n_datasets, 1);
	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
		ck_assert_msg(!holds(v, secret[i]), "it tells of %s", secret[i]);
}
END_TEST

START_TEST(a_study_is_told_what_it_may_use_and_no_more)
{
	const struct offered_dataset *dm, *mh;

	told(NULL, 0);
	dm = &o.studies[0].datasets[0];
	mh = &o.studies[1].datasets[0];
	ck_assert_ptr_nonnull(event_of(dm, EVENT_MEASUREMENT));
	ck_assert_ptr_null(event_of(dm, EVENT_PROCEDURE)); /* its list does not name them */
	ck_assert_uint_eq(dm->n_measures, 2);
	ck_assert_ptr_null(event_of(mh, EVENT_MEASUREMENT));
	ck_assert_uint_eq(mh->n_measures, 0);
	ck_assert_uint_eq(mh->n_groups, 1);
	ck_assert_str_eq(mh->groups[0].name, "sex");
	ck_assert_uint_eq(mh->groups[0].n_labels, 3);
	ck_assert_str_eq(mh->groups[0].labels[2], "other");
	ck_assert_uint_eq(o.studies[1].kinds, 1u << KIND_COUNT);
}
END_TEST

static const struct offered_cohort *cohort_named(const struct offered_study *s, const char *id)
{
	for (uint64_t i = 0; i < s->n_cohorts; i++)
		if (strcmp(s->cohorts[i].id, id) == 0)
			return &s->cohorts[i];
	return NULL;
}

static struct view told_of_officers(const struct edit *edits, unsigned n)
{
	struct policy *p = officer_policy(edits, n);
	const void *bytes;
	size_t len;

	fresh();
	OK(catalogue_pack(p, "2026-03-01", day_of(2026, 3, 1), &w, &err));
	OK(writer_bytes(&w, &bytes, &len, &err));
	OK(offered_decode(bytes, len, &arena, &o, &err));
	return (struct view){ bytes, len };
}

START_TEST(officers_cohorts_are_told_by_what_they_are_given_and_never_their_sql)
{
	static const char *const secret[] = { "select", "3004410", "201826", "9529", "a.sql", "person_id" };
	struct view v = told_of_officers(NULL, 0);
	const struct offered_cohort *c = cohort_named(&o.studies[0], "hba1c-t2dm");

	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->title_en, "HbA1c");
	ck_assert_str_eq(c->dataset, "omop");
	ck_assert_uint_eq(c->kinds, 1u << KIND_COUNT | 1u << KIND_HISTOGRAM);
	ck_assert_uint_eq(c->n_params, 2);
	ck_assert_str_eq(c->params[0].name, "from");
	ck_assert_uint_eq(c->params[0].takes, PARAM_PERIOD);
	ck_assert_uint_eq(c->params[0].step, 3);
	ck_assert_int_lt(c->params[0].from, c->params[0].to);
	c = cohort_named(&o.studies[0], "units");
	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(c->params[0].takes, PARAM_LABEL);
	ck_assert(has(c->params[0].values, c->params[0].n_values, "US"));
	ck_assert(has(c->params[0].values, c->params[0].n_values, "other"));
	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
		ck_assert_msg(!holds(v, secret[i]), "it tells of %s", secret[i]);
}
END_TEST

START_TEST(an_officers_cohort_that_nobody_of_the_study_may_use_is_not_told)
{
	static const struct edit no_role = { P_STUDIES, "mean, cohorts]", "mean]" },
		no_column = { P_STUDIES, "cdm.measurement.unit_concept_id, ", "" },
		no_name = { P_STUDIES, "cohorts: [hba1c-t2dm, others, units, ", "cohorts: [others, units, " },
		no_kind = { P_STUDIES, "    kinds: [count, histogram]\n", "    kinds: [histogram]\n" },
		open = { P_POLICY, "country: CN\n", "country: CN\ncatalogue: open\n" };

	told_of_officers(&no_role, 1);
	ck_assert_uint_eq(o.studies[0].n_cohorts, 0);
	told_of_officers(&no_column, 1); /* the parameter's */
	ck_assert_ptr_null(cohort_named(&o.studies[0], "units"));
	ck_assert_ptr_nonnull(cohort_named(&o.studies[0], "hba1c-t2dm"));
	told_of_officers(&no_name, 1);
	ck_assert_ptr_null(cohort_named(&o.studies[0], "hba1c-t2dm"));
	told_of_officers(&no_kind, 1);
	ck_assert_ptr_null(cohort_named(&o.studies[0], "units"));
	ck_assert_uint_eq(cohort_named(&o.studies[0], "alive")->kinds, 1u << KIND_HISTOGRAM);
	told_of_officers(&open, 1);
	ck_assert_ptr_nonnull(cohort_named(&o.studies[0], "alive"));
}
END_TEST

START_TEST(events_say_their_codes_days_and_keys)
{
	const struct offered_dataset *d;
	const struct offered_event *e;

	told(&as_open, 1);
	d = &o.datasets[0];
	e = event_of(d, EVENT_CONDITION);
	ck_assert_ptr_nonnull(e);
	ck_assert_str_eq(e->title_en, "diagnosis");
	ck_assert(has(e->codes, e->n_codes, "omop"));
	ck_assert_uint_eq(e->step, 2);
	ck_assert(has(e->columns, e->n_columns, "cdm.condition_occurrence.condition_concept_id"));
	e = event_of(d, EVENT_MEASUREMENT);
	ck_assert(has(e->uses, e->n_uses, "value"));
	ck_assert(!has(e->uses, e->n_uses, "ends"));
	e = event_of(d, EVENT_DEATH);
	ck_assert_uint_eq(e->step, 1);
	ck_assert(d->spans);
	ck_assert_int_eq(d->from, day_of(2018, 1, 1));
	ck_assert_int_eq(d->to, day_of(2025, 12, 31));
	ck_assert_str_eq(d->model, "omop-cdm-5.4");
}
END_TEST

START_TEST(measures_say_unit_clamp_and_cut_points)
{
	const struct offered_measure *m;

	told(&as_open, 1);
	m = &o.datasets[0].measures[0];
	ck_assert_str_eq(m->id, "hba1c");
	ck_assert_str_eq(m->unit, "%");
	ck_assert_int_eq(m->low, INT64_C(3000000000));
	ck_assert_uint_eq(m->n_cuts, 3);
	ck_assert_int_eq(m->cuts[0], INT64_C(6500000000));
}
END_TEST

START_TEST(a_signed_no_is_told_with_its_reason)
{
	static const struct edit refused = { P_STUDIES, "studies:\n",
		"refused: [{id: X-9, why: {zh: 无益, en: of no benefit}}]\nstudies:\n" };

	told(&refused, 1);
	ck_assert_uint_eq(o.n_refusals, 1);
	ck_assert_str_eq(o.refusals[0].id, "X-9");
	ck_assert_str_eq(o.refusals[0].why_zh, "无益");
}
END_TEST

START_TEST(what_was_told_has_one_spelling)
{
	struct view v = told(&as_open, 1);
	struct writer again;
	const void *bytes;
	size_t len;

	OK(writer_init(&again, MAX_CATALOGUE_BYTES, &err));
	OK(offered_encode(&o, &again, &err));
	OK(writer_bytes(&again, &bytes, &len, &err));
	ck_assert_uint_eq(len, v.len);
	ck_assert_mem_eq(bytes, v.at, len);
	writer_clear(&again);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	struct view v = told(&as_open, 1);
	struct offered out;
	struct arena a;

	arena_init(&a, MAX_CATALOGUE_ARENA);
	for (size_t len = 0; len < v.len; len++) {
		arena_reset(&a);
		FAILS(offered_decode(v.at, len, &a, &out, &err), E_INPUT);
	}
	arena_clear(&a);
}
END_TEST

START_TEST(numbers_and_texts_outside_their_bounds_are_not_sent)
{
	struct offered_group g = { .name = "" };
	struct offered_dataset d = { .id = "omop", .n_groups = 1, .groups = &g };
	struct offered bad = { .shown = SHOWN_OPEN, .n_datasets = 1, .datasets = &d };

	fresh();
	FAILS(offered_encode(&bad, &w, &err), E_INPUT);
	ck_assert_ptr_nonnull(strstr(err.log, "group.name"));
	d.n_groups = MAX_OFFERED_GROUPS + 1;
	FAILS(offered_encode(&bad, &w, &err), E_INPUT);
	d.n_groups = 0;
	d.title_en = "a\nline";
	FAILS(offered_encode(&bad, &w, &err), E_INPUT);
	bad.shown = SHOWN_OPEN + 1;
	d.title_en = NULL;
	FAILS(offered_encode(&bad, &w, &err), E_INPUT);
}
END_TEST

START_TEST(a_policy_that_does_not_fit_tells_nothing)
{
	struct policy *p = policy_with(&as_open, 1);
	static char long_title[MAX_SAY + 2];

	ck_assert_ptr_nonnull(p);
	memset(long_title, 'x', MAX_SAY + 1);
	p->datasets[0].title.en = long_title;
	fresh();
	OK(catalogue_pack(p, "d", day_of(2026, 3, 1), &w, &err));
	OK(offered_decode(w.buf->data, w.buf->size, &arena, &o, &err));
	ck_assert_uint_eq(o.shown, SHOWN_NONE);
	ck_assert_uint_eq(o.n_studies, 0);
}
END_TEST

START_TEST(without_a_policy_nothing_is_told)
{
	fresh();
	OK(catalogue_pack(NULL, "d", day_of(2026, 3, 1), &w, &err));
	OK(offered_decode(w.buf->data, w.buf->size, &arena, &o, &err));
	ck_assert_uint_eq(o.policy_version, 0);
	ck_assert_uint_eq(o.shown, SHOWN_NONE);
}
END_TEST

UNIT_MAIN("offered", by_itself_a_policy_tells_of_studies_and_no_dataset_of_its_own,
	none_tells_nothing_but_the_version, what_may_not_be_used_and_why_is_never_told,
	a_study_is_told_what_it_may_use_and_no_more, officers_cohorts_are_told_by_what_they_are_given_and_never_their_sql,
	an_officers_cohort_that_nobody_of_the_study_may_use_is_not_told,
	events_say_their_codes_days_and_keys,
	measures_say_unit_clamp_and_cut_points, a_signed_no_is_told_with_its_reason,
	what_was_told_has_one_spelling, every_truncation_is_refused,
	numbers_and_texts_outside_their_bounds_are_not_sent, a_policy_that_does_not_fit_tells_nothing,
	without_a_policy_nothing_is_told)
