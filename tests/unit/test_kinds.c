/*
 * test_kinds.c - every kind of question: what is decided, what it costs, and what its statement counts, held against
 * counting by hand over people with every odd value. The statements run with CORDON_TEST_DB (tests/scenario/sql.sh).
 */
#include "tests/unit/database.h"
#include "tests/unit/kinds.h"

#include <math.h>
#include <time.h>

#include "sql/sql.h"

static struct error err;
static struct policy *policy;

/* The question, on the policy read last, of an event from a text of its own for a survival. */
static struct question *asked(const char *text)
{
	return question(text);
}

static struct question *survival(
	const char *text, const char *event, int step, int horizon, bool months)
{
	const char *unit = months ? "months" : "days";
	char whole[800];
	int n = snprintf(whole, sizeof(whole), "%sevent: %s\n", text, event);

	if (step > 0)
		snprintf(whole + n, sizeof(whole) - (size_t)n, "step: %d %s\nhorizon: %d %s\n",
			step, unit, horizon, unit);
	return asked(whole);
}

static const struct plan *planned(const struct question *q)
{
	struct verdict v = ruling_on(policy, q, NULL, NULL, false);

	ck_assert_msg(v.allow, "%s: %s", v.first.rule, v.first.say.en);
	return v.plan;
}

static void denied(const struct question *q, const char *rule)
{
	struct verdict v = ruling_on(policy, q, NULL, NULL, false);

	ck_assert_msg(!v.allow, "%s was allowed", rule);
	ck_assert_str_eq(v.first.rule, rule);
	ck_assert_ptr_nonnull(v.first.say.zh);
	ck_assert_str_ne(v.first.outside.zh, v.first.outside.en);
}

static void offered(const struct edit *more, unsigned n)
{
	policy = kinds_with(more, n);
	ck_assert_msg(policy != NULL, "%s", first_error());
}

#define ENTRY_T2DM "cohort: {entry: {condition: [201826]}}\n"

/* ---- decided ---- */

START_TEST(each_kind_has_its_points_and_layers)
{
	const struct plan *p;

	offered(NULL, 0);
	p = planned(asked(Q_OF("crosstab") "group_by: [sex, age]\non: 2025-01-01\n"));
	ck_assert_uint_eq(p->n_cells, 15);
	ck_assert_uint_eq(plan_words(p), 15);
	p = planned(asked(Q_OF("mean") "of: hba1c\ngroup_by: [sex]\n"));
	ck_assert_uint_eq(p->n_cells, 3);
	ck_assert_uint_eq(plan_words(p), 9);
	ck_assert_str_eq(p->of.measure->id, "hba1c");
	ck_assert_str_eq(p->of.day->name, "cdm.measurement.measurement_date");
	ck_assert_uint_eq(p->n_measures, 1);
	ck_assert_int_eq(p->min_patients, 30); /* the tighter rule of the measure meets it */
	p = planned(asked(Q_OF("quantile") "of: glucose\ngroup_by: [sex]\n"));
	ck_assert_uint_eq(p->n_cells, 3 * 64);
	ck_assert_uint_eq(plan_words(p), 3 * 64);
	p = planned(survival(Q_OF("survival") ENTRY_T2DM, "{death: any}", 3, 60, true));
	ck_assert_uint_eq(p->n_cells, 40);
	ck_assert_int_eq(p->of.to, day("2025-12-31"));
	p = planned(survival(
		Q_OF("survival") ENTRY_T2DM "group_by: [sex]\n", "{death: any}", 0, 0, false));
	ck_assert_uint_eq(p->n_cells, 3 * 120); /* the site's own step and horizon */
	ck_assert_int_eq(p->of.step.count, 1);
	ck_assert(p->of.step.months);
	p = planned(asked(
		Q_OF("attrition") "cohort: {all: [{drug: any}, {sex: 女}]}\ngroup_by: [sex]\n"));
	ck_assert_uint_eq(p->n_cells, 9);
	denied(asked(Q_OF("distinct")), "kind:distinct");
}
END_TEST

START_TEST(distinct_people_are_counted_only_in_a_sum_with_noise_and_by_the_people_s_column)
{
	static const struct edit of_rows[] = { { P_QUERIES, "person: cdm.person.person_id",
		"person: cdm.condition_occurrence.person_id, buckets: 5000" } };
	static const struct edit quiet[] = { { P_RELEASE,
		"noise: gaussian, rho: 0.0244, timing: open, min_patients: 10, min_sites: 1, "
		"secure_aggregation: preferred, round_to: 1}\ntighter:\n  - {for: "
		"'measure:hba1c', min_patients: 30}\n  - {for: 'study:MH', rho: 0.01}",
		"noise: off, dominance: [2, 0.90], timing: open, min_patients: 13, min_sites: 3, "
		"secure_aggregation: required, round_to: 1}" } };
	const struct plan *p;

	offered(NULL, 0);
	p = planned(asked(Q_OF("distinct") "mode: secure\n"));
	ck_assert(p->secure && !p->exact);
	ck_assert_uint_eq(p->n_cells, 1);
	ck_assert_uint_eq(p->of.buckets, 1 << 17);
	ck_assert_str_eq(p->of.person->name, "cdm.person.person_id");
	ck_assert_uint_eq(plan_most(p, 0), 1);
	/* as much as a count of them */
	ck_assert_uint_eq(p->noise.cost_prho,
		planned(asked(Q_OF("count") "mode: secure\n"))->noise.cost_prho);
	denied(asked(Q_OF("distinct")), "kind:distinct");
	offered(of_rows, 1);
	denied(asked(Q_OF("distinct") "mode: secure\n"), "kind:distinct.person");
	offered(quiet, 1);
	denied(asked(Q_OF("distinct") "mode: secure\n"), "release:noise");
}
END_TEST

START_TEST(days_of_a_mean_are_those_of_the_cohort_s_criterion)
{
	const struct plan *p;

	offered(NULL, 0);
	p = planned(asked(Q_OF("mean") "of: hba1c\n" COHORT(
		"{measure: hba1c, during: 2024-01-01..2024-06-30}")));
	ck_assert_int_eq(p->of.from, day("2024-01-01"));
	ck_assert_int_eq(p->of.to, day("2024-06-30"));
}
END_TEST

START_TEST(what_a_kind_does_not_have_is_refused_by_name)
{
	struct question *q;

	offered(NULL, 0);
	denied(asked(Q_OF("mean") "of: lactate\n"), "default:not-listed");
	q = asked(Q_OF("quantile") "of: hba1c\n");
	q->at[0] = 500000000, q->at[1] = 900000000, q->n_at = 2;
	denied(q, "kind:quantile.at");
	q->n_at = 1;
	planned(q);
	/* what no text says, and a broken reader might */
	q = survival(Q_OF("survival") ENTRY_T2DM, "{death: any}", 0, 0, true);
	q->cohort.entry = NULL;
	denied(q, "kind:survival");
	q = survival(Q_OF("survival") ENTRY_T2DM, "{death: any}", 0, 0, true);
	q->event = NULL;
	denied(q, "kind:survival");
	q = asked(Q_OF("mean") "of: hba1c\n");
	q->of.text = NULL;
	denied(q, "kind:mean");
	q = asked(Q_OF("crosstab") "group_by: [sex, age]\non: 2025-01-01\n");
	q->n_groups = 1;
	denied(q, "kind:crosstab.group_by");
	denied(survival(Q_OF("survival") ENTRY_T2DM, "{death: any}", 30, 600, false),
		"kind:survival.step");
	q = survival(Q_OF("survival") ENTRY_T2DM, "{death: any}", 0, 0, true);
	q->step = (struct duration){ 7, true }; /* the site's own horizon is no multiple */
	denied(q, "kind:survival.horizon");
	denied(survival(Q_OF("survival") ENTRY_T2DM, "{death: any}", 1, 120, true),
		"kind:survival.horizon");
	{
		struct window far = { .from = 0, .to = 90 };
		struct question *ends =
			survival(Q_OF("survival") ENTRY_T2DM, "{death: any}", 0, 0, true);

		ends->event->windows[0] = far;
		ends->event->n_windows = 1;
		denied(ends, "kind:survival");
		ends->event->n_windows = 0;
		ends->event->has_times = true;
		denied(ends, "kind:survival");
	}
	denied(survival(Q_OF("survival") ENTRY_T2DM, "{visit: any}", 1, 60, true),
		"default:not-listed");
	offered((const struct edit[]){ { P_STUDIES, "cdm.death.death_date, ", "" } }, 1);
	denied(survival(Q_OF("survival") ENTRY_T2DM, "{death: any}", 1, 60, true),
		"study:DM.may_use");
}
END_TEST

START_TEST(max_cells_is_about_groups_and_the_whole_has_a_bound)
{
	const struct edit e[] = { { P_QUERIES, "quantile: {group_by: 1, filters: 4, max_cells: 40",
					  "quantile: {group_by: 1, filters: 4, max_cells: 2" },
		{ P_QUERIES, "survival: {group_by: 2, filters: 4, max_cells: 40",
			"survival: {group_by: 2, filters: 4, max_cells: 4000" } };

	offered(e, 2);
	planned(asked(Q_OF("quantile") "of: hba1c\n"));
	denied(asked(Q_OF("quantile") "of: hba1c\ngroup_by: [sex]\n"), "kind:quantile.max_cells");
	/* 32 quarters of 3 labels of 120 points */
	denied(survival(Q_OF("survival") ENTRY_T2DM "group_by: [sex, quarter]\n", "{death: any}", 1,
		       60, true),
		"kind:survival.max_cells");
}
END_TEST

START_TEST(a_survival_of_a_model_with_observation_periods_needs_them)
{
	const struct edit none[] = { { P_RED, PERIODS, "" },
		{ P_STUDIES,
			"cdm.observation_period.observation_period_start_date, "
			"cdm.observation_period.observation_period_end_date, ",
			"" } };
	const struct plan *p;

	offered(none, 2);
	denied(survival(Q_OF("survival") ENTRY_T2DM, "{death: any}", 0, 0, true),
		"default:not-listed");
	offered(NULL, 0);
	p = planned(survival(Q_OF("survival") ENTRY_T2DM, "{death: any}", 0, 0, true));
	ck_assert_str_eq(p->observation.table->name, "cdm.observation_period");
	ck_assert_int_eq(p->observation.before, -1);
}
END_TEST

/* ---- price ---- */

/* Of rho 0.0244: V of one layer is the least with D*D/2V at most the share; charges are rounded up. */
START_TEST(a_mean_splits_its_price_and_charges_the_sum)
{
	const struct plan *p;

	offered(NULL, 0);
	p = planned(asked(Q_OF("mean") "of: hba1c\n"));
	/* a third is 8133333333 prho: 1/2V: 62; 100^2/2V: 614755; 5000^2/2V: 1536885246 */
	ck_assert_uint_eq(p->noise.t, 62);
	ck_assert_uint_eq(p->more[0].t, 614755);
	ck_assert_uint_eq(p->more[1].t, 1536885246);
	/* 8064516130 + 8133321405 + 8133333333, each rounded up */
	ck_assert_uint_eq(p->noise.cost_prho, UINT64_C(24331170868));
	ck_assert_uint_le(p->noise.cost_prho, p->amount);
	ck_assert_uint_eq(p->charges[0].cost, p->noise.cost_prho);
	p = planned(asked(Q_OF("crosstab") "group_by: [sex, age]\non: 2025-01-01\n"));
	ck_assert_uint_eq(p->noise.t, 21);
	ck_assert_uint_eq(p->noise.cost_prho, 23809523810u);
}
END_TEST

START_TEST(laplace_layers_add_up_in_both_currencies)
{
	const struct edit e[] = { { P_RELEASE, "noise: gaussian, rho: 0.0244",
					  "noise: laplace, epsilon: 0.6" },
		{ P_RELEASE, "'study:MH', rho: 0.01", "'study:MH', epsilon: 0.1" } };
	const struct plan *p;

	offered(e, 2);
	p = planned(asked(Q_OF("mean") "of: hba1c\n"));
	ck_assert_uint_eq(p->noise.t, 5); /* 1 / 0.2, 100 / 0.2, 5000 / 0.2 */
	ck_assert_uint_eq(p->more[0].t, 500);
	ck_assert_uint_eq(p->more[1].t, 25000);
	ck_assert_uint_eq(p->noise.cost_peps, UINT64_C(600000000000));
	ck_assert_uint_eq(p->noise.cost_prho, UINT64_C(60000000000)); /* 3 * 0.2^2 / 2 */
}
END_TEST

START_TEST(a_price_that_no_noise_suffices_for_is_refused_by_the_release_rule)
{
	const struct edit small[] = { { P_RELEASE, "rho: 0.0244", "rho: 0.000000002" },
		{ P_RELEASE, "'study:MH', rho: 0.01", "'study:MH', rho: 0.000000001" } };
	const struct edit enough[] = { { P_RELEASE, "rho: 0.0244", "rho: 0.000000003" }, small[1] };

	offered(small, 2);
	denied(asked(Q_OF("mean") "of: hba1c\n"), "release:noise");
	planned(asked(Q_OF("count")));
	offered(enough, 2);
	planned(asked(Q_OF("mean") "of: hba1c\n"));
}
END_TEST

/* ---- counted ---- */

enum {
	PEOPLE = 60,
	ROWS = 6,
	MAX_WORDS = 3 * 4096
};

static const char tables[] =
	"DROP SCHEMA IF EXISTS cdm CASCADE; DROP SCHEMA IF EXISTS research CASCADE;"
	"CREATE SCHEMA cdm; CREATE SCHEMA research;"
	"CREATE TABLE cdm.person (person_id int, year_of_birth int, gender_concept_id int);"
	"CREATE TABLE cdm.measurement (person_id int, measurement_concept_id int, measurement_date "
	"date,"
	" value_as_number %s);"
	"CREATE TABLE cdm.condition_occurrence (person_id int, condition_concept_id int,"
	" condition_start_date %s, condition_source_value text);"
	"CREATE TABLE cdm.drug_exposure (person_id int, drug_concept_id int, "
	"drug_exposure_start_date date);"
	"CREATE TABLE cdm.death (person_id int, death_date date);"
	"CREATE TABLE cdm.observation_period (person_id int, observation_period_start_date date,"
	" observation_period_end_date date);"
	"CREATE TABLE research.opt_out (person_id int);";

static void fresh(PGconn *conn, const char *values, const char *days)
{
	char sql[2000];

	snprintf(sql, sizeof(sql), tables, values, days);
	must(conn, sql);
}

static void count(PGconn *conn, const struct plan *plan, int64_t *words)
{
	const struct sql_facts facts = { 0 };
	struct sql q;
	PGresult *r;

	OK(sql_write(plan, &facts, &ask_arena, &q, &err));
	r = PQexecParams(conn, q.text, q.n_values, NULL, q.values, NULL, NULL, 0);
	ck_assert_msg(PQresultStatus(r) == PGRES_TUPLES_OK, "%s\n%s", PQerrorMessage(conn), q.text);
	ck_assert_int_eq(PQnfields(r), (int)plan_layers(plan) + 1);
	memset(words, 0, plan_words(plan) * sizeof(*words));
	for (int i = 0; i < PQntuples(r); i++) {
		long cell = strtol(PQgetvalue(r, i, 0), NULL, 10);

		ck_assert(cell >= 0 && cell < (long)plan->n_cells);
		for (unsigned k = 0; k < plan_layers(plan); k++) {
			ck_assert_msg(PQftype(r, (int)k + 1) == 20, "a column that is no int8");
			words[k * plan->n_cells + (unsigned)cell] =
				strtol(PQgetvalue(r, i, (int)k + 1), NULL, 10);
		}
	}
	PQclear(r);
}

/* ---- a mean and a quantile, by hand ---- */

static const struct {
	const char *text;
	int v, part; /* of hba1c: 3 to 20, halves away from zero */
} values[] = {
	{ "3", -100, 0 },
	{ "20", 100, 63 },
	{ "11.5", 0, 32 },
	{ "-5", -100, 0 },
	{ "1e300", 100, 63 },
	{ "NaN", 100, 63 },
	{ "Infinity", 100, 63 },
	{ "-Infinity", -100, 0 },
	{ "3.265625", -97, 1 },
	{ "7", -53, 15 },       /* -4.5 * 100 / 8.5 = -52.94 */
	{ "6.4425", -60, 12 },  /* -59.5 */
	{ "16.5575", 60, 51 },  /* 59.5 */
	{ "16.55749", 59, 51 }, /* 59.4999 */
	{ "6.44251", -59, 12 },
	{ "19.734375", 97, 63 },
	{ "19.7343", 97, 62 },
};
enum {
	VALUES = sizeof(values) / sizeof(values[0])
};

START_TEST(values_become_whole_steps_the_same_everywhere)
{
	static const char *const types[] = { "numeric", "double precision", "real" };
	static int64_t words[MAX_WORDS];
	PGconn *conn = database_with(NULL);
	char sql[400];

	if (conn == NULL)
		return;
	offered(NULL, 0);
	for (unsigned t = 0; t < 3; t++) {
		const struct plan *p;

		for (unsigned i = 0; i < VALUES; i++) {
			/* halves have no exact double; a real has six digits and no 1e300 */
			bool exact = t == 0 || (t == 1 && i != 10 && i != 11) ||
				     (i < 10 && i != 4 && i != 8);

			if (!exact)
				continue;
			fresh(conn, types[t], "date");
			snprintf(sql, sizeof(sql),
				"INSERT INTO cdm.person VALUES (1, 1960, 8532), (2, 1960, 8507); "
				"INSERT INTO "
				"cdm.measurement VALUES (1, 3004410, '2025-01-05', '%s'), (2, "
				"3004410, '2025-01-05', NULL)",
				values[i].text);
			must(conn, sql);
			p = planned(asked(Q_OF("mean") "of: hba1c\n"));
			count(conn, p, words);
			ck_assert_msg(words[0] == 1 && words[1] == values[i].v &&
					      words[2] == values[i].v * values[i].v - 5000,
				"%s %s: %ld %ld %ld", types[t], values[i].text, (long)words[0],
				(long)words[1], (long)words[2]);
			p = planned(asked(Q_OF("quantile") "of: hba1c\n"));
			count(conn, p, words);
			for (int k = 0; k < 64; k++)
				ck_assert_msg(words[k] == (k == values[i].part), "%s %s: part %d",
					types[t], values[i].text, k);
		}
	}
	PQfinish(conn);
}
END_TEST

/* ---- random people ---- */

static uint32_t state;
static unsigned drawn(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

/* What the test knows of a person. Days count from 2018-01-01; -1: none; values in hundredths. */
static struct person {
	bool woman;
	int index[2], ends[3], drug;
	int taken[3], value[3];
	int watched[2][2];
} people[PEOPLE];

enum {
	LAST_DAY = 2921 /* 2025-12-31 */
};

/* What is no usual number, as large as it sorts. */
#define NO_VALUE INT32_MAX
static const struct {
	int value;
	const char *text;
} odd_values[] = { { NO_VALUE, "NULL" }, { INT32_MAX - 1, "'NaN'" },
	{ INT32_MAX - 2, "'Infinity'" }, { INT32_MAX - 3, "'1e300'" }, { INT32_MIN, "'-Infinity'" },
	{ INT32_MIN + 1, "'-1e300'" } };
enum {
	ODD = sizeof(odd_values) / sizeof(odd_values[0])
};

static void value_text(int value, char out[40])
{
	snprintf(out, 40, ", %s%d.%02d", value < 0 ? "-" : "", abs(value / 100), abs(value % 100));
	for (unsigned i = 0; i < ODD; i++)
		if (odd_values[i].value == value)
			snprintf(out, 40, ", %s", odd_values[i].text);
}

static int a_day(void)
{
	static const int odd[] = { 0, 30, 31, 58, 59, 365, 789, LAST_DAY, LAST_DAY + 1, -1 };
	unsigned i = drawn(24);

	return i < 10 ? odd[i] : (int)drawn(LAST_DAY + 40);
}

static void draw_people(void)
{
	for (unsigned i = 0; i < PEOPLE; i++) {
		struct person *p = &people[i];

		p->woman = drawn(2) == 0;
		p->drug = a_day();
		for (int k = 0; k < 2; k++) {
			p->index[k] = a_day();
			p->watched[k][0] = a_day();
			p->watched[k][1] =
				p->watched[k][0] < 0 ? -1 : p->watched[k][0] + (int)drawn(1500);
		}
		if (drawn(4) == 0 && p->index[0] >= 0)
			p->watched[0][1] = p->index[0],
			p->watched[0][0] = p->index[0] - (int)drawn(20);
		if (drawn(4) == 0 && p->index[1] >= 0)
			p->watched[1][0] = p->index[1],
			p->watched[1][1] = p->index[1] + (int)drawn(99);
		for (int k = 0; k < 3; k++) {
			p->ends[k] = a_day();
			p->taken[k] = a_day();
			p->value[k] = drawn(4) == 0 ? odd_values[drawn(ODD)].value
						    : (int)drawn(3000) - 400;
		}
	}
}

static void add_days(struct text *t, const char *into, const char *before, int person, int day,
	const char *after)
{
	char d[16];

	if (day < 0)
		text_addf(t, "INSERT INTO %s VALUES (%d, %s NULL%s);", into, person, before, after);
	else
		text_addf(t, "INSERT INTO %s VALUES (%d, %s '%s'%s);", into, person, before,
			day_text(17532 + day, d), after);
}

static void write_people(PGconn *conn, unsigned skip)
{
	struct text t;

	text_init(&t, 1 << 20);
	text_add(&t, "TRUNCATE cdm.person, cdm.measurement, cdm.condition_occurrence, "
		     "cdm.drug_exposure, cdm.death, "
		     "cdm.observation_period;");
	for (unsigned i = 0; i < PEOPLE; i++) {
		const struct person *p = &people[i];
		char rest[40];

		if (i == skip)
			continue;
		text_addf(&t, "INSERT INTO cdm.person VALUES (%u, 1960, %d);", i,
			p->woman ? 8532 : 8507);
		for (int k = 0; k < 2; k++) {
			add_days(&t, "cdm.condition_occurrence", "201826,", (int)i, p->index[k],
				", NULL");
			if (p->watched[k][0] >= 0) {
				char a[16], b[16];

				text_addf(&t,
					"INSERT INTO cdm.observation_period VALUES (%u, '%s', "
					"'%s');",
					i, day_text(17532 + p->watched[k][0], a),
					day_text(17532 + p->watched[k][1], b));
			}
		}
		for (int k = 0; k < 3; k++) {
			add_days(&t, "cdm.condition_occurrence", "4329847,", (int)i, p->ends[k],
				", NULL");
			value_text(p->value[k], rest);
			add_days(&t, "cdm.measurement", "3004410,", (int)i, p->taken[k], rest);
		}
		add_days(&t, "cdm.drug_exposure", "1,", (int)i, p->drug, "");
	}
	/* days that no arithmetic may stumble over */
	text_addf(&t,
		"INSERT INTO cdm.condition_occurrence SELECT p, c, d FROM generate_series(0, %d) "
		"p, unnest('{201826, "
		"4329847}'::int[]) c, unnest('{infinity, -infinity, 294276-12-31, 4713-01-01 "
		"BC}'::date[]) d WHERE "
		"p <> %u;",
		PEOPLE - 1, skip);
	must(conn, text_str(&t));
	text_clear(&t);
}

static bool in_range(int day)
{
	return day >= 0 && day <= LAST_DAY;
}

static int earliest(const int *days, int n, int from)
{
	int first = -1;

	for (int i = 0; i < n; i++)
		if (in_range(days[i]) && days[i] >= from && (first < 0 || days[i] < first))
			first = days[i];
	return first;
}

static int months_between(int from, int to)
{
	unsigned m1, d1, m2, d2;
	int y1, y2;

	day_split(17532 + from, &y1, &m1, &d1);
	day_split(17532 + to, &y2, &m2, &d2);
	return (y2 - y1) * 12 + (int)m2 - (int)m1 - (d2 < d1);
}

static bool last_index;

static int index_of(const struct person *p)
{
	int first = earliest(p->index, 2, 0), second;

	if (!last_index || first < 0)
		return first;
	second = earliest(p->index, 2, first + 1);
	return second < 0 ? first : second;
}

/* The point of a survival, or -1. */
static int point_of(const struct person *p, int step, int steps, bool months, bool watched)
{
	int index = index_of(p), end = index < 0 ? -1 : earliest(p->ends, 3, index), last = -1;
	int at;

	if (index < 0)
		return -1;
	for (int k = 0; k < 2; k++)
		if (p->watched[k][0] >= 0 && p->watched[k][0] <= index &&
			p->watched[k][1] >= index && p->watched[k][1] > last)
			last = p->watched[k][1];
	if (!watched)
		last = LAST_DAY;
	else if (last < 0)
		return -1;
	if (last > LAST_DAY)
		last = LAST_DAY;
	at = months ? months_between(index, end < 0 ? index : end) / step : (end - index) / step;
	if (end >= 0 && end <= last && at < steps)
		return 2 * at;
	at = months ? months_between(index, last) / step : (last - index) / step;
	return 2 * (at < steps ? at : steps - 1) + 1;
}

static void by_hand_survival(const struct plan *plan, bool watched, int64_t *words)
{
	int steps = (int)plan->of.n_points / 2;

	memset(words, 0, plan_words(plan) * sizeof(*words));
	for (unsigned i = 0; i < PEOPLE; i++) {
		int at = point_of(
			&people[i], (int)plan->of.step.count, steps, plan->of.step.months, watched);

		if (at >= 0)
			words[(people[i].woman ? 1 : 0) * plan->of.n_points + (unsigned)at]++;
	}
}

/* The last value, ties by the larger. */
static bool value_of(const struct person *p, int *value)
{
	int best = -1;

	for (int k = 0; k < 3; k++)
		if (in_range(p->taken[k]) && p->value[k] != NO_VALUE &&
			(best < 0 || p->taken[k] > p->taken[best] ||
				(p->taken[k] == p->taken[best] && p->value[k] > p->value[best])))
			best = k;
	if (best >= 0)
		*value = p->value[best] < 300 ? 300 : p->value[best] > 2000 ? 2000 : p->value[best];
	return best >= 0;
}

static void by_hand_values(bool mean, int64_t *words)
{
	memset(words, 0, (mean ? 9 : 3 * 64) * sizeof(*words));
	for (unsigned i = 0; i < PEOPLE; i++) {
		unsigned sex = people[i].woman;
		int value, v, part;

		if (!value_of(&people[i], &value))
			continue;
		v = (int)lround((value - 1150) * 100.0 / 850); /* round() is away from zero, too */
		part = (value - 300) * 64 / 1700;
		if (mean) {
			words[sex] += 1;
			words[3 + sex] += v;
			words[6 + sex] += v * v - 5000;
		} else {
			words[sex * 64 + (part > 63 ? 63 : (unsigned)part)]++;
		}
	}
}

static void by_hand_attrition(const struct plan *plan, int64_t *words)
{
	const struct criterion *first = plan->root->children;

	memset(words, 0, plan_words(plan) * sizeof(*words));
	for (unsigned i = 0; i < PEOPLE; i++) {
		const struct person *p = &people[i];
		bool met[2] = { false, false };
		unsigned k = 0;

		for (const struct criterion *c = first; c != NULL; c = c->next)
			met[k++] = c->kind == PART_MEASURE ? earliest(p->taken, 3, 0) >= 0
							   : p->drug >= 14 && in_range(p->drug);
		words[(p->woman ? 1u : 0u) * 3 + (met[0] ? met[1] ? 2 : 1 : 0)]++;
	}
}

static void same(const struct plan *plan, const int64_t *got, const int64_t *want, const char *what)
{
	for (unsigned i = 0; i < plan_words(plan); i++)
		ck_assert_msg(got[i] == want[i], "%s: word %u is %ld, not %ld", what, i,
			(long)got[i], (long)want[i]);
}

/* One person less moves one cell of each layer, by at most what the noise is made for. */
static void neighbours(PGconn *conn, const struct plan *plan, const int64_t *all, const char *what)
{
	static int64_t less[MAX_WORDS];

	count(conn, plan, less);
	for (unsigned layer = 0; layer < plan_layers(plan); layer++) {
		unsigned moved = 0;

		for (unsigned i = 0; i < plan->n_cells; i++) {
			int64_t by =
				all[layer * plan->n_cells + i] - less[layer * plan->n_cells + i];

			moved += by != 0;
			ck_assert_msg(llabs(by) <= (long long)plan_most(plan, layer),
				"%s: one person moves layer %u by %ld", what, layer, (long)by);
		}
		ck_assert_msg(moved <= 1, "%s: one person is in %u cells", what, moved);
	}
}

/* The plan as if the model had observation periods, whatever this one has. */
static struct plan with_periods(const struct plan *plan)
{
	struct plan p = *plan;
	const struct table *t = dataset_table(plan->data, "cdm.observation_period");

	p.observation = (struct plan_observation){ .table = t,
		.start = table_column(t, "observation_period_start_date"),
		.end = table_column(t, "observation_period_end_date"),
		.before = -1,
		.after = -1 };
	return p;
}

static struct plan without_periods(const struct plan *plan)
{
	struct plan p = *plan;

	p.observation.table = NULL;
	return p;
}

/* The keys of women, each once and in any order; by another column, which is the same of them all. */
static void distinct_keys(PGconn *conn)
{
	struct plan p =
		*planned(asked(Q_OF("distinct") "mode: secure\ncohort: {all: [{sex: 女}]}\n"));
	const struct sql_facts facts = { 0 };
	char text[16];

	for (int same_of_all = 0; same_of_all < 2; same_of_all++) {
		size_t n = 0;
		struct sql q;
		PGresult *r;

		if (same_of_all == 1)
			p.of.person = table_column(p.patients, "year_of_birth");
		OK(sql_write(&p, &facts, &ask_arena, &q, &err));
		r = PQexecParams(conn, q.text, q.n_values, NULL, q.values, NULL, NULL, 1);
		ck_assert_msg(PQresultStatus(r) == PGRES_TUPLES_OK, "%s\n%s", PQerrorMessage(conn),
			q.text);
		ck_assert_int_eq(PQntuples(r), 1);
		for (unsigned i = 0; i < PEOPLE; i++) {
			const char *keys = PQgetvalue(r, 0, 0);
			size_t len = (size_t)PQgetlength(r, 0, 0), at = 0;
			struct hash32 h;

			if (!people[i].woman)
				continue;
			snprintf(text, sizeof(text), "%u", same_of_all == 1 ? 1960 : i);
			h = sha256(text, strlen(text));
			while (at < len && memcmp(keys + at, h.at, SQL_PERSON_BYTES) != 0)
				at += SQL_PERSON_BYTES;
			ck_assert_msg(at < len, "woman %u has no key", i);
			n++;
		}
		ck_assert_uint_eq((size_t)PQgetlength(r, 0, 0), n * SQL_PERSON_BYTES);
		PQclear(r);
	}
}

static void one_population(PGconn *conn)
{
	static int64_t got[6][MAX_WORDS], want[MAX_WORDS];
	static const struct {
		int step, horizon;
		bool months;
	} curves[] = { { 1, 60, true }, { 6, 48, true }, { 30, 1800, false }, { 7, 420, false } };
	struct question *q;
	struct plan p, all[6];
	unsigned n = 0, curve = drawn(2), skip = drawn(PEOPLE);

	last_index = drawn(2) == 0;
	write_people(conn, PEOPLE);
	distinct_keys(conn);
	for (unsigned periods = 0; periods < 2; periods++) {
		q = survival(last_index ? Q_OF("survival") "cohort: {entry: {condition: [201826]}, "
							   "index: last}\n"
							   "group_by: [sex]\n"
					: Q_OF("survival") ENTRY_T2DM "group_by: [sex]\n",
			"{condition: [4329847]}", curves[curve].step, curves[curve].horizon,
			curves[curve].months);
		p = *planned(q);
		all[n] = periods == 0 ? without_periods(&p) : with_periods(&p);
		count(conn, &all[n], got[n]);
		by_hand_survival(&all[n], periods == 1, want);
		same(&all[n], got[n], want, periods == 1 ? "survival in periods" : "survival");
		write_people(conn, skip);
		neighbours(conn, &all[n], got[n], "survival");
		write_people(conn, PEOPLE);
	}
	p = *planned(asked(Q_OF("mean") "of: hba1c\ngroup_by: [sex]\n"));
	count(conn, &p, got[n]);
	by_hand_values(true, want);
	same(&p, got[n], want, "mean");
	write_people(conn, skip);
	neighbours(conn, &p, got[n], "mean");
	p = *planned(asked(Q_OF("quantile") "of: hba1c\ngroup_by: [sex]\n"));
	write_people(conn, PEOPLE);
	count(conn, &p, got[n]);
	by_hand_values(false, want);
	same(&p, got[n], want, "quantile");
	write_people(conn, skip);
	neighbours(conn, &p, got[n], "quantile");
	p = *planned(asked(Q_OF(
		"attrition") "cohort: {all: [{drug: any}, {measure: hba1c}]}\ngroup_by: [sex]\n"));
	write_people(conn, PEOPLE);
	count(conn, &p, got[n]);
	by_hand_attrition(&p, want);
	same(&p, got[n], want, "attrition");
	write_people(conn, skip);
	neighbours(conn, &p, got[n], "attrition");
}

START_TEST(statements_count_what_counting_by_hand_counts)
{
	const char *seed = getenv("CORDON_SEED");
	PGconn *conn = database_with(NULL);

	if (conn == NULL)
		return;
	state = seed == NULL ? (uint32_t)time(NULL) | 1 : (uint32_t)strtoul(seed, NULL, 10) | 1;
	printf("seed %u\n", state);
	offered(NULL, 0);
	for (int i = 0; i < 12; i++) {
		fresh(conn, i % 2 == 0 ? "numeric" : "double precision",
			i % 3 == 0 ? "timestamp" : "date");
		draw_people();
		one_population(conn);
	}
	PQfinish(conn);
}
END_TEST

UNIT_MAIN("kinds", distinct_people_are_counted_only_in_a_sum_with_noise_and_by_the_people_s_column,
	each_kind_has_its_points_and_layers, days_of_a_mean_are_those_of_the_cohort_s_criterion,
	what_a_kind_does_not_have_is_refused_by_name,
	max_cells_is_about_groups_and_the_whole_has_a_bound,
	a_survival_of_a_model_with_observation_periods_needs_them,
	a_mean_splits_its_price_and_charges_the_sum, laplace_layers_add_up_in_both_currencies,
	a_price_that_no_noise_suffices_for_is_refused_by_the_release_rule,
	values_become_whole_steps_the_same_everywhere,
	statements_count_what_counting_by_hand_counts)
