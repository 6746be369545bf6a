/*
 * source.h - the site's PostgreSQL: one connection, libpq's asynchronous calls on the loop.
 *
 * S1  one job at a time. A job that source_run() accepted gets exactly one done(), from the loop, never
 *     from inside source_run() or source_cancel().
 * S2  each job is one statement in a repeatable-read, read-only transaction with a statement timeout.
 * S3  nothing the server says in words leaves this module, not even for the log: a SQLSTATE at most.
 * S4  a role that is superuser gets no question run, nor a server older than PostgreSQL 14.
 * S5  a lost connection is dialled again with back-off; a job is never run again by itself.
 */
#ifndef AGENTS_SOURCE_H
#define AGENTS_SOURCE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "sql/sql.h"

struct source;
struct source_rows;

enum source_end {
	SOURCE_ROWS,    /* rows, until done() returns */
	SOURCE_ERROR,   /* the server refused or failed the statement */
	SOURCE_STOPPED, /* cancelled, or past its statement timeout */
	SOURCE_LOST,    /* the connection ended; whether the statement ran is unknown */
};

struct source_job {
	const struct sql *sql; /* borrowed until done() or source_cancel() */
	bool patients; /* of sql_write(): planned as SQL_PLANNING says */
	bool merges;   /* and as SQL_MERGES does */
	int64_t timeout_ms;
	/* sqlstate: five characters, or "" */
	void (*done)(enum source_end end, const struct source_rows *rows, const char *sqlstate,
		void *arg);
	void *arg;
};

struct source_calls {
	void (*on_change)(void *arg); /* source_ready() may have changed */
};

/* Gives *out (source_free) and begins to connect. Borrows base, conninfo and calls for its life. */
CHECKED int source_new(struct source **out, struct event_base *base, const char *conninfo,
	const struct source_calls *calls, void *arg, struct error *err);
void source_free(struct source *s); /* no done() any more; accepts NULL */

bool source_ready(const struct source *s);     /* a job can be run now */
/* Another number for every connection that was made; 0 before the first. */
unsigned source_session(const struct source *s);
bool source_connected(const struct source *s); /* ready, or busy with a job */
const char *source_word(
	const struct source *s); /* "connected", "down", "superuser", ...; literal */

/* Fails: E_STATE when not ready; E_SYSTEM, also without memory. Then done() is not called. */
CHECKED int source_run(struct source *s, const struct source_job *job, struct error *err);
/* Asks the server to stop the running job, if there is one; done() follows. A server that does not
 * answer within two seconds loses the connection. */
void source_cancel(struct source *s);

int source_rows(const struct source_rows *rows);
int source_columns(const struct source_rows *rows);
/* The whole number in a column; false when it is NULL or not int2, int4 or int8. */
bool source_int(const struct source_rows *rows, int row, int column, int64_t *out);
/* The bytes of one value: keys of distinct people (sql/sql.h), of nothing else; none where it is NULL. False when it is
 * of another type. */
bool source_bytes(
	const struct source_rows *rows, int row, int column, const uint8_t **out, size_t *len);
/* A text of the catalog (catalog/snapshot.h) and of nothing else: no statement over patients returns one.
 * NULL when it is NULL or not of type text. */
const char *source_text(const struct source_rows *rows, int row, int column);

#endif
