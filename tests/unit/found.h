/*
 * found.h - a statement as an agent runs it: what its codes stand for is asked first, then bound.
 */
#ifndef TESTS_FOUND_H
#define TESTS_FOUND_H

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "sql/sql.h"

static int found_int(const PGresult *r, int row, int column)
{
	ck_assert(!PQgetisnull(r, row, column) && PQftype(r, column) == 20);
	return (int)strtol(PQgetvalue(r, row, column), NULL, 10);
}

/* *merges: SQL_MERGES would be set. */
static struct sql found_first(PGconn *conn, const struct plan *plan, const struct sql_facts *facts,
	struct arena *room, bool *merges)
{
	struct sql_facts with = *facts;
	struct sql_set *sets;
	struct sql q;
	unsigned n;
	PGresult *r;

	OK(sql_vocabulary(plan, facts, NULL, 0, room, &q, &n, &err));
	r = PQexecParams(conn, q.text, q.n_values, NULL, q.values, NULL, NULL, 0);
	ck_assert_msg(PQresultStatus(r) == PGRES_TUPLES_OK, "%s\n%s", PQerrorMessage(conn), q.text);
	sets = arena_array(room, (size_t)n + 1, sizeof(*sets));
	ck_assert_ptr_nonnull(sets);
	for (unsigned k = 0; k < n; k++) {
		int32_t *list = arena_array(room, (size_t)PQntuples(r) + 1, sizeof(*list));
		unsigned have = 0;

		ck_assert_ptr_nonnull(list);
		for (int i = 0; i < PQntuples(r); i++)
			if (found_int(r, i, 0) == (int)k)
				list[have++] = found_int(r, i, 1);
		sets[k] = (struct sql_set){ list, have };
	}
	for (int i = 0; i < PQntuples(r); i++)
		if (found_int(r, i, 0) == (int)n)
			*merges = found_int(r, i, 1) == 1;
	PQclear(r);
	with.sets = sets;
	with.n_sets = n;
	OK(sql_write(plan, &with, room, &q, &err));
	return q;
}

#endif
