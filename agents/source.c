#include "agents/source.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/cancel.h"
#include "agents/source_rows.h"
#include "base/limits.h"
#include "base/log.h"
#include "wire/channel.h"

enum {
	CONNECT_MS = 10000,
	CANCEL_MS = 2000,
	VERSION_LEAST = 140000,
};

enum source_state {
	DOWN, /* waits for the next dial */
	CONNECTING,
	SETTING, /* session settings */
	IDLE,
	BEGINNING, /* a job's transaction */
	RUNNING,   /* a job's statement */
	ENDING,    /* the job is done, its transaction ends */
};

struct source {
	enum source_state state;
	struct event_base *base;
	const char *conninfo;
	const struct source_calls *calls;
	void *arg;
	PGconn *conn;
	struct event *io;    /* the connection's socket */
	struct event *timer; /* next dial, connect limit or cancel limit, by state */
	unsigned backoff, session;
	const char *word;
	struct source_job job;
	bool has_job, stopping;
	PGresult *result;      /* the first of the statement in flight */
	struct cancel *cancel; /* on its way, and could hit a later statement of this connection */
};

static const char settings[] =
	"SET search_path = pg_catalog; SET default_transaction_read_only = on;"
	" SET standard_conforming_strings = on; SET client_encoding = 'UTF8';"
	" SET DateStyle = 'ISO, YMD'; SET jit = off; SET application_name = 'cordon-agent';"
	" SET idle_in_transaction_session_timeout = '60s'";

static void on_io(evutil_socket_t fd, short what, void *arg);
static void on_timer(evutil_socket_t fd, short what, void *arg);

/* ---- small things ---- */

static void set_timer(struct source *s, unsigned ms)
{
	const struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000 };

	evtimer_add(s->timer, &tv);
}

/* The socket may be another one after every PQconnectPoll(). */
static void await(struct source *s, short what)
{
	event_del(s->io);
	event_assign(s->io, s->base, PQsocket(s->conn), what, on_io, s);
	event_add(s->io, NULL);
}

static void quiet(void *arg, const char *message)
{
	(void)arg;
	(void)message; /* S3 */
}

static void changed(struct source *s)
{
	s->calls->on_change(s->arg);
}

static void end_job(
	struct source *s, enum source_end end, const struct source_rows *rows, const char *sqlstate)
{
	struct source_job job = s->job;

	if (!s->has_job)
		return;
	s->has_job = false;
	job.done(end, rows, sqlstate, job.arg);
}

/* ---- dialling ---- */

/* What a word of source_word() means to the operator who reads the log. */
static const char *sentence(const char *word)
{
	static const char *const known[][2] = {
		{ "down", "it cannot be reached or did not let us in; trying again. Does psql "
			  "with the same line get in, as the same user of this machine?" },
		{ "superuser", "the role of this agent is superuser, so no question is run; "
			       "give it the role of `cordon policy grants`" },
		{ "server too old", "PostgreSQL 14 or later is needed, so no question is run" },
		{ "settings refused", "it refused the session settings, so no question is run" },
		{ "not answering",
			"it did not stop a statement in time; the connection is closed" },
		{ "confused", "a transaction did not end; the connection is closed" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i][0], word) == 0)
			return known[i][1];
	return word;
}

static void lost(struct source *s, const char *word)
{
	bool was_up = s->state > SETTING;

	event_del(s->io);
	cancel_free(s->cancel); /* the next connection is another to the server */
	s->cancel = NULL;
	PQclear(s->result);
	PQfinish(s->conn);
	s->result = NULL;
	s->conn = NULL;
	s->state = DOWN;
	s->stopping = false;
	if (was_up || strcmp(word, s->word) != 0)
		log_line(LOG_WARNING, "database: %s", sentence(word));
	s->word = word;
	set_timer(s, channel_backoff_ms(&s->backoff));
	end_job(s, SOURCE_LOST, NULL, "");
	changed(s);
}

static void dial(struct source *s)
{
	s->conn = PQconnectStart(s->conninfo);
	if (s->conn == NULL || PQstatus(s->conn) == CONNECTION_BAD) {
		lost(s, "down");
		return;
	}
	PQsetNoticeProcessor(s->conn, quiet, NULL);
	s->state = CONNECTING;
	set_timer(s, CONNECT_MS);
	await(s, EV_WRITE);
}

/* 0 all is out, 1 more waits for the socket, -1 the connection is gone. */
static void flush(struct source *s)
{
	int rest = PQflush(s->conn);

	await(s, rest == 1 ? EV_READ | EV_WRITE | EV_PERSIST : EV_READ | EV_PERSIST);
}

static bool send_text(struct source *s, const char *sql, enum source_state next)
{
	if (PQsendQuery(s->conn, sql) != 1)
		return false;
	s->state = next;
	flush(s);
	return true;
}

static void poll_connect(struct source *s)
{
	switch (PQconnectPoll(s->conn)) {
	case PGRES_POLLING_READING:
		await(s, EV_READ);
		return;
	case PGRES_POLLING_WRITING:
		await(s, EV_WRITE);
		return;
	case PGRES_POLLING_OK:
		if (PQsetnonblocking(s->conn, 1) == 0 && send_text(s, settings, SETTING))
			return;
		lost(s, "down");
		return;
	default:
		lost(s, "down");
	}
}

/* Who is connected, as the server itself reports it at log-in and after every change (S4). */
static void admit(struct source *s)
{
	const char *superuser = PQparameterStatus(s->conn, "is_superuser");

	if (superuser == NULL || strcmp(superuser, "off") != 0) {
		lost(s, "superuser");
		return;
	}
	if (PQserverVersion(s->conn) < VERSION_LEAST) {
		lost(s, "server too old");
		return;
	}
	evtimer_del(s->timer);
	s->state = IDLE;
	s->session++;
	s->backoff = 0;
	s->word = "connected";
	log_line(LOG_NOTICE, "database: connected, server %d", PQserverVersion(s->conn));
	changed(s);
}

/* ---- a job ---- */

int source_run(struct source *s, const struct source_job *job, struct error *err)
{
	char begin[512];

	if (!source_ready(s))
		return error_set(err, E_STATE,
			SAY("this site's database cannot be reached", "无法连接本院数据库"),
			"the database is %s", s->state > IDLE ? "busy" : s->word);
	snprintf(begin, sizeof(begin),
		"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = "
		"%lld%s%s",
		(long long)(job->timeout_ms < 1 ? 1 : job->timeout_ms),
		job->patients ? "; " SQL_PLANNING : "",
		job->sql->halves ? "; " SQL_HALVES
		: job->merges    ? "; " SQL_MERGES
				 : "");
	if (!send_text(s, begin, BEGINNING))
		return error_set(err, E_SYSTEM,
			SAY("this site's database cannot be reached", "无法连接本院数据库"),
			"the database took no statement");
	s->job = *job;
	s->has_job = true;
	s->stopping = false;
	return 0;
}

static bool send_statement(struct source *s)
{
	const struct sql *q = s->job.sql;

	if (PQsendQueryParams(s->conn, q->text, q->n_values, NULL, q->values, NULL, NULL, 1) != 1)
		return false;
	s->state = RUNNING;
	flush(s);
	return true;
}

/* COMMIT of a failed transaction rolls it back. */
static bool end_transaction(struct source *s)
{
	return send_text(s, "COMMIT", ENDING);
}

static void copy_state(const PGresult *result, char sqlstate[6])
{
	const char *state = result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_SQLSTATE);

	memset(sqlstate, 0, 6);
	for (int i = 0; state != NULL && i < 5 && state[i] != '\0'; i++)
		sqlstate[i] =
			(state[i] >= '0' && state[i] <= '9') || (state[i] >= 'A' && state[i] <= 'Z')
				? state[i]
				: '?';
}

static void statement_failed(struct source *s, PGresult *result)
{
	char sqlstate[6];
	bool up = end_transaction(s);

	copy_state(result, sqlstate);
	PQclear(result);
	end_job(s, strcmp(sqlstate, "57014") == 0 ? SOURCE_STOPPED : SOURCE_ERROR, NULL, sqlstate);
	if (!up)
		lost(s, "down");
}

static void on_begun(struct source *s, PGresult *result)
{
	if (result == NULL || PQresultStatus(result) != PGRES_COMMAND_OK) {
		statement_failed(s, result);
		return;
	}
	PQclear(result);
	if (s->stopping) {
		bool up = end_transaction(s);

		end_job(s, SOURCE_STOPPED, NULL, "");
		if (!up)
			lost(s, "down");
		return;
	}
	if (!send_statement(s))
		lost(s, "down");
}

static void on_rows(struct source *s, PGresult *result)
{
	const struct source_rows rows = { result };

	if (result == NULL || PQresultStatus(result) != PGRES_TUPLES_OK) {
		statement_failed(s, result);
		return;
	}
	bool up = end_transaction(s);
	end_job(s, SOURCE_ROWS, &rows, "");
	PQclear(result);
	if (!up)
		lost(s, "down");
}

static void on_ended(struct source *s, PGresult *result)
{
	PQclear(result);
	if (PQtransactionStatus(s->conn) != PQTRANS_IDLE) {
		lost(s, "confused");
		return;
	}
	s->state = IDLE;
	s->stopping = false;
	if (s->cancel == NULL)
		evtimer_del(s->timer);
	changed(s);
}

/* What was in flight has come to its end; the worst of its results tells how. */
static void on_complete(struct source *s)
{
	PGresult *result = s->result;

	s->result = NULL;
	switch (s->state) {
	case SETTING:
		if (result == NULL || PQresultStatus(result) != PGRES_COMMAND_OK) {
			PQclear(result);
			lost(s, "settings refused");
			return;
		}
		PQclear(result);
		admit(s);
		return;
	case BEGINNING:
		on_begun(s, result);
		return;
	case RUNNING:
		on_rows(s, result);
		return;
	case ENDING:
		on_ended(s, result);
		return;
	default: /* nothing was asked */
		PQclear(result);
	}
}

/* Keeps the first failure, else the last result. */
static void keep_result(struct source *s, PGresult *result)
{
	ExecStatusType had = s->result == NULL ? PGRES_EMPTY_QUERY : PQresultStatus(s->result);

	if (had == PGRES_FATAL_ERROR || had == PGRES_BAD_RESPONSE) {
		PQclear(result);
		return;
	}
	PQclear(s->result);
	s->result = result;
}

static void read_results(struct source *s)
{
	while (s->conn != NULL && s->state > CONNECTING && s->state != IDLE && !PQisBusy(s->conn)) {
		PGresult *result = PQgetResult(s->conn);

		if (result == NULL)
			on_complete(s);
		else
			keep_result(s, result);
	}
}

static void on_io(evutil_socket_t fd, short what, void *arg)
{
	struct source *s = arg;

	(void)fd;
	if (s->state == CONNECTING) {
		poll_connect(s);
		return;
	}
	if ((what & EV_READ) != 0 && PQconsumeInput(s->conn) != 1) {
		lost(s, "down");
		return;
	}
	flush(s);
	read_results(s);
	if (s->conn != NULL && PQstatus(s->conn) == CONNECTION_BAD)
		lost(s, "down");
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct source *s = arg;

	(void)fd;
	(void)what;
	if (s->state == DOWN)
		dial(s);
	else if (s->state == CONNECTING || s->state == SETTING)
		lost(s, "down");
	else if (s->stopping)
		lost(s, "not answering");
}

/* ---- cancelling ---- */

static void on_cancelled(void *arg)
{
	struct source *s = arg;

	cancel_free(s->cancel);
	s->cancel = NULL;
	changed(s);
}

void source_cancel(struct source *s)
{
	if (!s->has_job || s->stopping)
		return;
	s->stopping = true; /* a statement not yet sent is not sent */
	s->job.sql = NULL;
	set_timer(s, CANCEL_MS);
	if (s->state == RUNNING && s->cancel == NULL)
		s->cancel = cancel_send(s->conn, s->base, on_cancelled, s);
	/* without one the timer drops the connection, which stops the statement too */
}

/* ---- what callers see ---- */

int source_new(struct source **out, struct event_base *base, const char *conninfo,
	const struct source_calls *calls, void *arg, struct error *err)
{
	struct source *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return error_memory(err);
	s->base = base;
	s->conninfo = conninfo;
	s->calls = calls;
	s->arg = arg;
	s->word = "connecting";
	s->io = event_new(base, -1, 0, on_io, s);
	s->timer = evtimer_new(base, on_timer, s);
	if (s->io == NULL || s->timer == NULL) {
		source_free(s);
		return error_memory(err);
	}
	set_timer(s, 0);
	*out = s;
	return 0;
}

void source_free(struct source *s)
{
	if (s == NULL)
		return;
	if (s->io != NULL)
		event_free(s->io);
	if (s->timer != NULL)
		event_free(s->timer);
	cancel_free(s->cancel);
	PQclear(s->result);
	PQfinish(s->conn);
	free(s);
}

bool source_ready(const struct source *s)
{
	return s->state == IDLE && s->cancel == NULL;
}

bool source_connected(const struct source *s)
{
	return s->state >= IDLE;
}

unsigned source_session(const struct source *s)
{
	return s->session;
}

const char *source_word(const struct source *s)
{
	return s->word;
}
