/*
 * database.h - a real PostgreSQL for the tests that have one: $CORDON_TEST_DB.
 */
#ifndef TESTS_DATABASE_H
#define TESTS_DATABASE_H

#include <check.h>
#include <libpq-fe.h>
#include <stdlib.h>

static inline void must(PGconn *conn, const char *sql)
{
	PGresult *r = PQexec(conn, sql);

	ck_assert_msg(PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK,
		"%s", PQerrorMessage(conn));
	PQclear(r);
}

/* NULL: there is none. tables: made first; or NULL. */
static inline PGconn *database_with(const char *tables)
{
	const char *conninfo = getenv("CORDON_TEST_DB");
	PGconn *conn = conninfo == NULL ? NULL : PQconnectdb(conninfo);

	if (conn == NULL)
		return NULL;
	ck_assert_msg(PQstatus(conn) == CONNECTION_OK, "%s", PQerrorMessage(conn));
	must(conn, "SET client_min_messages = error");
	if (tables != NULL)
		must(conn, tables);
	must(conn, "SET search_path = pg_catalog");
	return conn;
}

#endif
