/*
 * test_cohort_rows.c - the statements of questions on officers' cohorts, run by PostgreSQL over people whose counts
 * are known by hand. Runs with CORDON_TEST_DB (tests/scenario/sql.sh), and looks at the text alone without.
 */
#include "tests/unit/database.h"
#include "tests/unit/officers.h"


#include "sql/sql.h"

static struct error err;

#define C1   "cohort: hba1c-t2dm\n"
#define YEAR "params: {from: 2025-01, to: 2025-12}\n"

enum {
	CELLS = 64
};

static const char tables[] =
	"DROP SCHEMA IF EXISTS cdm CASCADE; DROP SCHEMA IF EXISTS research CASCADE;"
	"CREATE SCHEMA cdm; CREATE SCHEMA research;"
	"CREATE TABLE cdm.person (person_id int, year_of_birth int, gender_concept_id int);"
	"CREATE TABLE cdm.measurement (person_id int, measurement_concept_id int, measurement_date "
	"date,"
	" value_as_number numeric, visit_occurrence_id int, unit_concept_id int, \"地点\" text);"
	"CREATE TABLE cdm.condition_occurrence (person_id int, condition_concept_id int,"
	" condition_start_date date, condition_source_value text);"
	"CREATE TABLE cdm.death (person_id int, death_date date);"
	"CREATE TABLE research.opt_out (person_id int);"
	"INSERT INTO cdm.person VALUES (1, 1960, 8532), (2, 1970, 8507), (3, 1980, 8532), (4, "
	"1950, 8532),"
	" (5, 1965, 8507), (6, 2015, 8532), (7, 1990, 8532);"
	"INSERT INTO research.opt_out VALUES (5);"
	"INSERT INTO cdm.measurement VALUES"
	" (1, 3004410, '2025-01-05', 7.2, 1, 8840), (1, 3004410, '2025-01-20', 8.1, 1, 9529),"
	" (1, 3004410, '2025-03-03', 6.0, 2, NULL), (1, 99, '2025-02-02', 9, 2, 8753),"
	" (2, 3004410, '2025-01-31', 6.9, 3, 8840), (2, 3004410, '2025-12-31', 9.5, 3, 1),"
	" (2, 3004410, '2026-01-01', 9.5, 3, 8840), (3, 3004410, '2024-12-31', 7.5, 4, 9529),"
	" (4, 3004410, '2025-06-15', NULL, 5, 8753), (5, 3004410, '2025-05-05', 8, 6, 8840),"
	" (6, 3004410, '2025-05-05', 8, 7, 8840), (7, 3004410, '2025-05-05', 8, 8, 8840),"
	" (8, 3004410, '2025-05-05', 8, 9, 8840), (NULL, 3004410, '2025-05-05', 8, 9, 8840),"
	" (1, 3004410, NULL, 8, 9, 8840);"
	"INSERT INTO cdm.condition_occurrence VALUES (1, 201826, '2020-01-01', NULL), (2, 201826, "
	"NULL, NULL),"
	" (4, 201826, '2021-01-01', 'x'), (5, 201826, NULL, NULL), (6, 201826, NULL, NULL),"
	" (7, 201826, NULL, NULL), (7, 439727, '2020-01-01', NULL), (3, 201826, '2020-01-01', "
	"'VIP02'),"
	" (4, 439727, '2020-01-01', NULL), (2, 320128, '2019-05-05', NULL), (8, 201826, NULL, "
	"NULL);"
	"INSERT INTO cdm.death VALUES (7, '2025-06-01'), (3, NULL);";

/* The plan of a question, on the policy that was read last. */
static const struct plan *planned(const struct policy *p, const char *text)
{
	struct verdict v = ruling_on(p, question(text), NULL, NULL, false);

	ck_assert_msg(v.allow, "%s: %s: %s", text, v.first.rule, v.first.say.en);
	ck_assert_uint_le(v.plan->n_cells, CELLS);
	return v.plan;
}

static struct sql written(const struct plan *plan, const char *salt)
{
	const struct sql_facts facts = { .salt = salt };
	struct sql q;

	OK(sql_write(plan, &facts, &ask_arena, &q, &err));
	return q;
}

static void count(PGconn *conn, const struct plan *plan, const char *salt, int64_t cells[CELLS])
{
	struct sql q = written(plan, salt);
	PGresult *r = PQexecParams(conn, q.text, q.n_values, NULL, q.values, NULL, NULL, 0);

	ck_assert_msg(PQresultStatus(r) == PGRES_TUPLES_OK, "%s\n%s", PQerrorMessage(conn), q.text);
	memset(cells, 0, CELLS * sizeof(*cells));
	for (int i = 0; i < PQntuples(r); i++) {
		long cell = strtol(PQgetvalue(r, i, 0), NULL, 10);

		ck_assert(cell >= 0 && cell < (long)plan->n_cells);
		ck_assert_int_eq(cells[cell], 0);
		cells[cell] = strtol(PQgetvalue(r, i, 1), NULL, 10);
	}
	PQclear(r);
}

/* ---- by hand ---- */

static const struct counted {
	const char *question;
	int64_t cells[13];
} counts[] = {
	/* 1, 2, 4, 7: 3 has no row in 2025 and a red diagnosis, 5 opted out, 6 is too young, 8 is nobody */
	{ DM C1 YEAR, { 4 } },
	{ DM C1 "params: {from: 2025, to: 2025}\n", { 4 } },
	{ DM C1 "params: {from: 2025-02, to: 2025-12}\n", { 4 } },
	{ DM C1 "params: {from: 2025-06, to: 2025-12}\n", { 2 } },
	{ DM C1 "params: {from: 2025-02, to: 2025-02}\n", { 0 } },
	{ DM C1 "params: {from: 2025-12, to: 2025-01}\n", { 0 } },
	{ DM C1 YEAR "group_by: [month]\n", { 2, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 1 } },
	{ DM C1 YEAR "group_by: [quarter]\n", { 2, 2, 0, 1 } },
	{ DM C1 YEAR "group_by: [sex]\n", { 1, 3, 0 } },
	{ DM C1 YEAR "group_by: [quarter, sex]\n", { 1, 1, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0 } },
	{ DM C1 YEAR "group_by: [cdm.measurement.unit_concept_id]\n", { 4, 0, 1, 2 } },
	{ HIST C1 YEAR "of: hba1c\n", { 1, 1, 1, 3 } },
	{ DM C1 YEAR "filter: {cdm.measurement.measurement_date: [2025-03, 2025-12]}\n", { 2 } },
	{ DM C1 YEAR "filter: {cdm.measurement.unit_concept_id: [US]}\n", { 1 } },
	{ DM C1 YEAR "filter: {cdm.measurement.unit_concept_id: [other]}\n", { 2 } },
	{ DM C1 YEAR "filter: {cdm.person.gender_concept_id: [女]}\n", { 3 } },
	{ HIST C1 YEAR "of: hba1c\nfilter: {cdm.measurement.measurement_date: [2025-01]}\n",
		{ 0, 1, 1, 1 } },
	/* 439727 is red: only 2 has another diagnosis */
	{ DM "cohort: others\n", { 1 } },
	/* any concept: 1, 2, 4, 7 and, of 2024, nobody with this unit */
	{ DM "cohort: units\nparams: {unit: SI}\n", { 4 } },
	{ DM "cohort: units\nparams: {unit: US}\n", { 2 } },
	{ DM "cohort: units\nparams: {unit: other}\n", { 2 } },
	/* 7 died; 4 has no value; 3 has a death without a day and 7.5 */
	{ DM "cohort: alive\n", { 2 } },
	{ HIST "cohort: alive\nof: hba1c\n", { 1, 0, 0, 2 } },
	{ DM "cohort: alive\ngroup_by: [year]\n", { 0, 0, 0, 0, 0, 0, 0, 2 } },
	/* a criterion, so only within the range of the table's days: 2 and 7 have none */
	{ DM "filter: {cdm.condition_occurrence.condition_concept_id: [201826]}\n", { 2 } },
};

START_TEST(statements_count_what_counting_by_hand_counts)
{
	const struct policy *p = officer_policy(NULL, 0);
	PGconn *conn = database_with(tables);
	int64_t cells[CELLS];

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		const struct plan *plan = planned(p, counts[i].question);
		struct sql q = written(plan, "salt");

		/* the officer's text goes nowhere: not his aliases, not his numbers */
		ck_assert_ptr_null(strstr(q.text, "201826"));
		ck_assert_ptr_null(strstr(q.text, "3004410"));
		ck_assert_ptr_null(strstr(q.text, " m."));
		ck_assert_ptr_null(strstr(q.text, "2025"));
		if (conn == NULL)
			continue;
		count(conn, plan, NULL, cells);
		for (unsigned c = 0; c < plan->n_cells && c < 13; c++)
			ck_assert_msg(cells[c] == counts[i].cells[c],
				"%s: cell %u (%s) has %lld, not %lld\n%s", counts[i].question, c,
				plan->n_dims > 0 && c < plan->dims[0].n_labels
					? plan->dims[0].labels[c]
					: "",
				(long long)cells[c], (long long)counts[i].cells[c], q.text);
	}
	PQfinish(conn);
}
END_TEST

/* ---- the bound of cells ---- */

static const struct edit two_rows = { P_RED, "per_patient_max: 20", "per_patient_max: 2" };
static const char by_month[] = DM C1 YEAR "group_by: [month]\n";

START_TEST(cells_to_choose_from_need_a_salt)
{
	const struct policy *p = officer_policy(&two_rows, 1);
	const struct plan *plan = planned(p, by_month);
	const struct sql_facts facts = { .salt = NULL };
	struct sql q;

	ck_assert(sql_salted(plan));
	ck_assert_uint_eq(plan->cells_a_person, 2);
	FAILS(sql_write(plan, &facts, &ask_arena, &q, &err), E_INPUT);
	ck_assert(!sql_salted(planned(p, DM C1 YEAR "group_by: [sex]\n")));
}
END_TEST

/* Eight months of one patient: two are counted, which two only the salt says, and all of them some time. */
START_TEST(the_salt_alone_chooses_among_a_persons_cells)
{
	const struct policy *p = officer_policy(&two_rows, 1);
	const struct plan *plan;
	PGconn *conn = database_with(tables);
	int64_t cells[CELLS], again[CELLS], seen[CELLS] = { 0 };

	if (conn == NULL)
		return;
	must(conn, "DELETE FROM cdm.measurement; INSERT INTO cdm.measurement SELECT 1, 3004410,"
		   " make_date(2025, m, 3), 7, 1, 8840 FROM generate_series(1, 8) m");
	for (int i = 0; i < 200; i++) {
		char salt[24];
		int64_t sum = 0;

		snprintf(salt, sizeof(salt), "salt-%d", i);
		plan = planned(p, by_month); /* the statements before are forgotten */
		count(conn, plan, salt, cells);
		count(conn, plan, salt, again);
		for (int c = 0; c < CELLS; c++) {
			ck_assert_int_le(cells[c], 1);
			ck_assert_int_eq(cells[c], again[c]);
			sum += cells[c];
			seen[c] += cells[c];
		}
		ck_assert_int_eq(sum, 2);
	}
	/* 200 salts, 2 of 8 months: 50 each, sd 6.1; twelve of them is below 1e-9 */
	for (int c = 0; c < 8; c++)
		ck_assert_msg(
			seen[c] > 5 && seen[c] < 125, "month %d: %lld", c + 1, (long long)seen[c]);
	PQfinish(conn);
}
END_TEST

START_TEST(a_thousand_copies_of_one_patients_rows_change_nothing)
{
	const struct policy *p = officer_policy(&two_rows, 1);
	const struct plan *plan = planned(p, by_month);
	PGconn *conn = database_with(tables);
	int64_t before[CELLS], after[CELLS];

	if (conn == NULL)
		return;
	count(conn, plan, "s", before);
	must(conn,
		"BEGIN; INSERT INTO cdm.measurement SELECT m.* FROM cdm.measurement m,"
		" generate_series(1, 1000) WHERE person_id = 1;"
		"INSERT INTO cdm.condition_occurrence SELECT c.* FROM cdm.condition_occurrence c,"
		" generate_series(1, 100) WHERE person_id = 1");
	count(conn, plan, "s", after);
	must(conn, "ROLLBACK");
	ck_assert_mem_eq(before, after, sizeof(before));
	PQfinish(conn);
}
END_TEST

/* The neighbour of differential privacy: all rows of one patient more, whatever they are. */
START_TEST(one_patient_moves_at_most_his_cells_by_one_each)
{
	static const char *const questions[] = { by_month, DM C1 YEAR "group_by: [quarter, sex]\n",
		DM C1 YEAR "group_by: [quarter, cdm.measurement.unit_concept_id]\n",
		HIST C1 YEAR "of: hba1c\ngroup_by: [quarter]\n", DM C1 YEAR "group_by: [sex]\n" };
	PGconn *conn = database_with(tables);
	int64_t before[CELLS], after[CELLS];

	if (conn == NULL)
		return;
	for (int key = 1; key <= 7; key++)
		for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
			const struct policy *p = officer_policy(&two_rows, 1);
			const struct plan *plan = planned(p, questions[i]);
			char away[400];
			uint64_t moved = 0;

			must(conn, "BEGIN; INSERT INTO cdm.measurement SELECT p.person_id, 3004410,"
				   " make_date(2025, 1 + (n + p.person_id) % 12, 9), n, 1, 8840"
				   " FROM cdm.person p, generate_series(4, 10) n WHERE p.person_id "
				   "< 8");
			count(conn, plan, "s", after);
			snprintf(away, sizeof(away),
				"DELETE FROM cdm.measurement WHERE person_id = %d;"
				"DELETE FROM cdm.condition_occurrence WHERE person_id = %d;"
				"DELETE FROM cdm.person WHERE person_id = %d",
				key, key, key);
			must(conn, away);
			count(conn, plan, "s", before);
			must(conn, "ROLLBACK");
			for (int c = 0; c < CELLS; c++) {
				ck_assert(after[c] - before[c] == 0 || after[c] - before[c] == 1);
				moved += (uint64_t)(after[c] - before[c]);
			}
			ck_assert_uint_le(moved, plan->cells_a_person);
		}
	PQfinish(conn);
}
END_TEST

/* W3: no data makes the statement fail. */
START_TEST(odd_values_do_not_fail_the_statement)
{
	const struct policy *p = officer_policy(&two_rows, 1);
	PGconn *conn = database_with(tables);
	int64_t cells[CELLS];

	if (conn == NULL)
		return;
	must(conn, "INSERT INTO cdm.measurement VALUES (1, 3004410, 'infinity', 'NaN', 1, -1),"
		   " (2, 3004410, '-infinity', 1e100, 1, 2147483647), (4, 3004410, '4713-01-01 "
		   "BC', -1e100, 1, 0);"
		   "INSERT INTO cdm.condition_occurrence VALUES (-2147483648, 201826, NULL, "
		   "E'\\u4e2d\\'\\\"')");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		count(conn, planned(p, counts[i].question), "s", cells);
	PQfinish(conn);
}
END_TEST

/* W3: a column that is no day fails as a column, not by one row of it. */
START_TEST(days_kept_as_text_fail_whatever_is_in_them)
{
	const struct policy *p = officer_policy(&two_rows, 1);
	PGconn *conn = database_with(tables);
	char states[2][8];

	if (conn == NULL)
		return;
	must(conn, "ALTER TABLE cdm.measurement ALTER measurement_date TYPE text");
	for (int i = 0; i < 2; i++) {
		struct sql q = written(planned(p, DM "cohort: units\nparams: {unit: "
						     "SI}\ngroup_by: [year]\n"),
			"s");
		PGresult *r;
		const char *state;

		if (i == 1)
			must(conn,
				"INSERT INTO cdm.measurement VALUES (1, 1, 'no day', 1, 1, 8840)");
		r = PQexecParams(conn, q.text, q.n_values, NULL, q.values, NULL, NULL, 0);
		state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
		snprintf(states[i], sizeof(states[i]), "%s", state == NULL ? "none" : state);
		PQclear(r);
	}
	ck_assert_str_eq(states[0], states[1]);
	PQfinish(conn);
}
END_TEST

UNIT_MAIN("cohort_rows", statements_count_what_counting_by_hand_counts,
	cells_to_choose_from_need_a_salt, the_salt_alone_chooses_among_a_persons_cells,
	a_thousand_copies_of_one_patients_rows_change_nothing,
	one_patient_moves_at_most_his_cells_by_one_each, odd_values_do_not_fail_the_statement,
	days_kept_as_text_fail_whatever_is_in_them)
