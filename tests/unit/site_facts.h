/*
 * site_facts.h - the facts of a site (agents/facts.h) without its agent: rows made by hand, or those of a PostgreSQL
 * that the test has.
 */
#ifndef TESTS_SITE_FACTS_H
#define TESTS_SITE_FACTS_H

#include <libpq-fe.h>
#include <stdlib.h>

#include "agents/facts.h"
#include "tests/unit/unit.h"

/* ---- rows without a connection of the agent ---- */

struct source_rows {
	PGresult *result; /* or made by hand: */
	int64_t at[16][3];
	int n, columns;
};

int source_rows(const struct source_rows *rows)
{
	return rows->result != NULL ? PQntuples(rows->result) : rows->n;
}
int source_columns(const struct source_rows *rows)
{
	return rows->result != NULL ? PQnfields(rows->result) : rows->columns;
}
bool source_int(const struct source_rows *rows, int row, int column, int64_t *out)
{
	if (rows->result == NULL) {
		*out = rows->at[row][column];
		return true;
	}
	return !PQgetisnull(rows->result, row, column) &&
	       (PQftype(rows->result, column) == 20 || PQftype(rows->result, column) == 23) &&
	       parse_i64(PQgetvalue(rows->result, row, column), out);
}

/* ---- by PostgreSQL ---- */

/* NULL without CORDON_TEST_DB. */
static inline PGconn *database(void)
{
	const char *conninfo = getenv("CORDON_TEST_DB");
	PGconn *conn = conninfo == NULL ? NULL : PQconnectdb(conninfo);

	if (conn != NULL)
		ck_assert_msg(PQstatus(conn) == CONNECTION_OK, "%s", PQerrorMessage(conn));
	return conn;
}

static inline void must(PGconn *conn, const char *sql)
{
	PGresult *r = PQexec(conn, sql);
	ExecStatusType s = PQresultStatus(r);

	ck_assert_msg(
		s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK, "%s\n%s", PQerrorMessage(conn), sql);
	PQclear(r);
}

static inline void facts_ask(PGconn *conn, const struct policy *p, struct facts *f)
{
	struct error err;

	for (int i = 0; i < 2 && !f->ready; i++) {
		struct source_rows rows = { 0 };
		struct sql q;

		OK(facts_write(f, p, &q, &err));
		rows.result = PQexecParams(conn, q.text, q.n_values, NULL, q.values, NULL, NULL, 0);
		ck_assert_msg(PQresultStatus(rows.result) == PGRES_TUPLES_OK, "%s\n%s",
			PQerrorMessage(conn), q.text);
		OK(facts_read(f, p, &rows, &err));
		PQclear(rows.result);
	}
	ck_assert(f->ready);
}

#endif
