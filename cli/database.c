#include "cli/database.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "policies/model.h"

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
	for (int cut = 0; *words != '\0' && cut < 3 && !utf8_valid(line, n); cut++)
		n--; /* of a character that did not fit */
	while (n > 0 && line[n - 1] == ' ')
		n--;
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

static PGconn *open_quietly(const char *conninfo, struct error *err)
{
	const char *const names[] = { "dbname", "connect_timeout", NULL };
	const char *const values[] = { conninfo, "10", NULL };
	PGconn *conn;

	if (check_conninfo(conninfo, err) != 0)
		return NULL;
	conn = PQconnectdbParams(names, values, 1);
	if (conn == NULL) {
		(void)error_memory(err);
		return NULL;
	}
	PQsetNoticeProcessor(conn, quiet, NULL);
	if (PQstatus(conn) == CONNECTION_OK)
		return conn;
	(void)failed(err, PQerrorMessage(conn));
	PQfinish(conn);
	return NULL;
}

int database_snapshot(const char *conninfo, const struct policy *p, const char *role,
	struct arena *a, struct snapshot *out, struct error *err)
{
	PGconn *conn = open_quietly(conninfo, err);
	int ret;

	if (conn == NULL)
		return -1;
	ret = ask(conn, p, role, a, out, err);
	PQfinish(conn);
	return ret;
}

/* ---- the vocabulary ---- */

/* A name of a model in quotes, each of its parts. */
static void add_quoted(struct text *t, const char *name)
{
	text_addc(t, '"');
	for (; *name != '\0'; name++)
		text_add(t, *name == '.'   ? "\".\""
			    : *name == '"' ? "\"\""
					   : (char[]){ *name, '\0' });
	text_addc(t, '"');
}

static void unknown_sql(struct text *sql, struct text *list, const struct model *m,
	const int32_t *concepts, unsigned n)
{
	text_add(sql, "SELECT c FROM unnest($1::int4[]) WITH ORDINALITY x(c, i) WHERE NOT EXISTS "
		      "(SELECT FROM ");
	add_quoted(sql, m->vocabulary.concepts);
	text_add(sql, " v WHERE v.");
	add_quoted(sql, m->vocabulary.id);
	text_add(sql, " = c) ORDER BY i");
	text_addc(list, '{');
	for (unsigned i = 0; i < n; i++)
		text_addf(list, "%s%d", i == 0 ? "" : ",", (int)concepts[i]);
	text_addc(list, '}');
}

static int take_unknown(
	const PGresult *r, struct arena *a, int32_t **out, unsigned *n_out, struct error *err)
{
	unsigned n = (unsigned)PQntuples(r);
	int32_t *found = arena_array(a, n, sizeof(*found));
	int64_t v;

	if (found == NULL)
		return error_memory(err);
	for (unsigned i = 0; i < n; i++) {
		if (!parse_i64(PQgetvalue(r, (int)i, 0), &v))
			return failed(err, "the vocabulary's answer has an unexpected form");
		found[i] = (int32_t)v;
	}
	*out = found;
	*n_out = n;
	return 0;
}

static int ask_unknown(PGconn *conn, const char *sql, const char *list, struct arena *a,
	int32_t **out, unsigned *n_out, struct error *err)
{
	PGresult *result = PQexec(conn, settings);
	int ret = -1;

	if (PQresultStatus(result) == PGRES_COMMAND_OK) {
		PQclear(result);
		result = PQexecParams(conn, sql, 1, NULL, &list, NULL, NULL, 0);
	}
	if (PQresultStatus(result) == PGRES_TUPLES_OK)
		ret = take_unknown(result, a, out, n_out, err);
	else
		(void)failed(err, PQerrorMessage(conn));
	PQclear(result);
	return ret;
}

int database_unknown(const char *conninfo, const struct model *m, const int32_t *concepts,
	unsigned n, struct arena *a, int32_t **out, unsigned *n_out, struct error *err)
{
	struct text sql, list;
	PGconn *conn;
	int ret = -1;

	if (m == NULL || m->vocabulary.concepts == NULL)
		return error_set(err, E_INPUT,
			SAY("The dataset's model has no vocabulary.",
				"该数据集的数据模型没有术语表。"),
			"no table of concepts");
	text_init(&sql, 4 << 10);
	text_init(&list, 16 * (MAX_CODES + 1));
	unknown_sql(&sql, &list, m, concepts, n);
	if (text_failed(&sql) || text_failed(&list)) {
		(void)error_memory(err);
	} else if ((conn = open_quietly(conninfo, err)) != NULL) {
		ret = ask_unknown(conn, text_str(&sql), text_str(&list), a, out, n_out, err);
		PQfinish(conn);
	}
	text_clear(&list);
	text_clear(&sql);
	return ret;
}
