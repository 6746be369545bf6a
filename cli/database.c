#include "cli/database.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char settings[] =
	"SET search_path = pg_catalog; SET default_transaction_read_only = on;"
	" SET standard_conforming_strings = on; SET client_encoding = 'UTF8'; SET jit = off;"
	" SET statement_timeout = '60s'; SET lock_timeout = '10s';"
	" SET application_name = 'cordon-policy';"
	" BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

static void quiet(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

/* The server's words on one line. */
static int failed(struct error *err, const char *words)
{
	char line[300];
	size_t n = 0;

	for (; *words != '\0' && n + 1 < sizeof(line); words++)
		line[n++] = (unsigned char)*words < ' ' ? ' ' : *words;
	while (n > 0 && (line[n - 1] == ' ' || (line[n - 1] & 0x80)))
		n--; /* a character may be cut at the end */
	line[n] = '\0';
	return error_set(err, E_SYSTEM,
		SAY("The database cannot be looked at.", "无法查看数据库。"), "%s", line);
}

/* What libpq says about a line it cannot parse quotes it, password and all: it is not shown. */
static int check_conninfo(const char *conninfo, struct error *err)
{
	PQconninfoOption *options;

	if (strchr(conninfo, '=') == NULL && strstr(conninfo, "://") == NULL)
		return 0; /* the name of a database */
	options = PQconninfoParse(conninfo, NULL);
	if (options == NULL)
		return error_set(err, E_INPUT,
			SAY("The connection string cannot be read.", "无法解析连接字符串。"),
			"write it as: host=.. dbname=.. user=..");
	PQconninfoFree(options);
	return 0;
}

static const char *cell(const void *rows, unsigned row, unsigned column)
{
	const PGresult *r = rows;

	return PQgetisnull(r, (int)row, (int)column) ? NULL : PQgetvalue(r, (int)row, (int)column);
}

static int ask(PGconn *conn, const struct policy *p, const char *role, struct arena *a,
	struct snapshot *out, struct error *err)
{
	struct snapshot_sql sql;
	PGresult *result;
	int ret = -1;

	if (PQserverVersion(conn) < 130000)
		return error_set(err, E_SYSTEM,
			SAY("The database cannot be looked at.", "无法查看数据库。"),
			"PostgreSQL 13 or later is needed");
	if (snapshot_write(&sql, p, role, a, err) != 0)
		return -1;
	result = PQexec(conn, settings);
	if (PQresultStatus(result) == PGRES_COMMAND_OK) {
		PQclear(result);
		result =
			PQexecParams(conn, sql.text, sql.n_values, NULL, sql.values, NULL, NULL, 0);
	}
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		(void)failed(err, PQerrorMessage(conn));
	else if (PQnfields(result) != SNAPSHOT_COLUMNS)
		(void)failed(err, "the catalog's rows have an unexpected form");
	else
		ret = snapshot_read(out, a, (unsigned)PQntuples(result), cell, result, err);
	PQclear(result);
	return ret;
}

int database_snapshot(const char *conninfo, const struct policy *p, const char *role,
	struct arena *a, struct snapshot *out, struct error *err)
{
	const char *const names[] = { "dbname", "connect_timeout", NULL };
	const char *const values[] = { conninfo, "10", NULL };
	PGconn *conn;
	int ret;

	if (check_conninfo(conninfo, err) != 0)
		return -1;
	conn = PQconnectdbParams(names, values, 1);
	if (conn == NULL)
		return error_memory(err);
	PQsetNoticeProcessor(conn, quiet, NULL);
	ret = PQstatus(conn) == CONNECTION_OK ? ask(conn, p, role, a, out, err)
					      : failed(err, PQerrorMessage(conn));
	PQfinish(conn);
	return ret;
}
