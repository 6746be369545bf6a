/*
 * db.c - SQLite. What SQLite says goes to the log text only: its messages name tables and values.
 */
#include "base/db.h"

#include <assert.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum {
	KEPT_MOST = 48 /* prepared statements, some 5 KiB each: as many as one question needs */
};

/* A prepared statement, kept for the next call with the same text. */
struct kept {
	sqlite3_stmt *handle;
	char *sql;
	uint64_t used;
	bool out; /* in a struct stmt */
};

struct db {
	sqlite3 *handle;
	struct kept kept[KEPT_MOST];
	size_t n_kept;
	uint64_t turn;
	int journal;   /* for db_sync(); -1: not open */
	bool unsynced; /* the transaction's commit does not wait */
};

struct stmt {
	sqlite3_stmt *handle;
	struct db *db;
	struct kept *kept; /* or NULL: ended after use */
};

static struct say say_of(int rc)
{
	switch (rc & 0xFF) {
	case SQLITE_FULL:
		return SAY("the disk is full; nothing was changed", "磁盘已满，未作任何更改");
	case SQLITE_IOERR:
		return SAY("the disk failed; nothing was changed", "磁盘读写失败，未作任何更改");
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return SAY("the store is busy; try again", "数据存储正忙，请重试");
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return SAY("the store cannot be opened or written; check its permissions",
			"无法打开或写入数据存储，请检查权限");
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return SAY("the store is damaged", "数据存储已损坏");
	case SQLITE_CONSTRAINT:
		return SAY("this does not fit what is already stored", "与已保存的数据冲突");
	default:
		return SAY("the store does not work", "数据存储出现故障");
	}
}

static int db_error(struct db *db, int rc, const char *what, struct error *err)
{
	enum error_code code = (rc & 0xFF) == SQLITE_CONSTRAINT ? E_STATE : E_SYSTEM;
	const char *why = db->handle == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(db->handle);

	if ((rc & 0xFF) == SQLITE_NOMEM)
		return error_memory(err);
	return error_set(err, code, say_of(rc), "could not %s: %s (sqlite %d)", what, why, rc);
}

static int exec(struct db *db, const char *sql, const char *what, struct error *err)
{
	int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : db_error(db, rc, what, err);
}

/* The file is made here because SQLite would take the umask's mode; its journals copy ours. */
static int make_file(const char *path, struct error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return error_set(err, E_SYSTEM, say_of(SQLITE_CANTOPEN),
			"could not open database \"%s\": %m", path);
	close(fd);
	return 0;
}

static int read_version(struct db *db, int64_t *version, struct error *err)
{
	struct stmt *s;
	int row;

	if (db_query(db, &s, err, "PRAGMA user_version", "") != 0)
		return -1;
	row = stmt_step(s, err);
	if (row == 1)
		*version = stmt_int(s, 0);
	stmt_end(s);
	return row == 1 ? 0 : -1;
}

static int set_version(struct db *db, int version, struct error *err)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA user_version=%d", version);
	return exec(db, sql, "set the version", err);
}

/* In one transaction, so that two programs starting at once do not both build the tables. */
static int set_schema(struct db *db, const char *schema, int version, struct error *err)
{
	int64_t found = 0;

	if (db_begin(db, err) != 0)
		return -1;
	if (read_version(db, &found, err) != 0)
		goto out;
	if (found == 0) {
		if (exec(db, schema, "make the tables", err) != 0 ||
			set_version(db, version, err) != 0)
			goto out;
	} else if (found != version) {
		error_set(err, E_SYSTEM,
			SAY("the store was written by another version of this program",
				"数据存储由本程序的其他版本写入"),
			"it has version %lld, this program needs %d", (long long)found, version);
		goto out;
	}
	return db_commit(db, err);
out:
	db_rollback(db);
	return -1;
}

static int configure(struct db *db, struct error *err)
{
	/* trusted_schema: a file that somebody else edited must not run code in its triggers.
	 * cache_size: half a MiB, because an agent at rest has little memory to its name. */
	static const char settings[] = "PRAGMA journal_mode=WAL;"
				       "PRAGMA synchronous=FULL;"
				       "PRAGMA foreign_keys=ON;"
				       "PRAGMA trusted_schema=OFF;"
				       "PRAGMA cell_size_check=ON;"
				       "PRAGMA cache_size=-512;";
	/* Turning a new file into WAL does not wait for the other program that does the same. */
	enum {
		TRIES = 50,
		PAUSE_US = 20000
	};
	int rc = SQLITE_BUSY;

	sqlite3_busy_timeout(db->handle, 5000);
	for (int i = 0; i < TRIES && (rc & 0xFF) == SQLITE_BUSY; i++) {
		if (i > 0)
			usleep(PAUSE_US);
		rc = sqlite3_exec(db->handle, settings, NULL, NULL, NULL);
	}
	return rc == SQLITE_OK ? 0 : db_error(db, rc, "configure the database", err);
}

int db_open(struct db **out, const char *path, const char *schema, int version, struct error *err)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	struct db *db;
	int rc;

	assert(version > 0);
	if (strcmp(path, ":memory:") != 0 && make_file(path, err) != 0)
		return -1;
	db = calloc(1, sizeof(*db));
	if (db == NULL)
		return error_memory(err);
	db->journal = -1;
	rc = sqlite3_open_v2(path, &db->handle, flags, NULL);
	if (rc != SQLITE_OK) {
		db_error(db, rc, "open the database", err);
		goto out;
	}
	if (configure(db, err) != 0 || set_schema(db, schema, version, err) != 0)
		goto out;
	*out = db;
	return 0;
out:
	db_close(db);
	return error_under(err, "database \"%s\"", path);
}

void db_close(struct db *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < db->n_kept; i++) {
		sqlite3_finalize(db->kept[i].handle);
		free(db->kept[i].sql);
	}
	/* _v2 waits for statements that were forgotten instead of failing */
	sqlite3_close_v2(db->handle);
	if (db->journal >= 0)
		close(db->journal);
	free(db);
}

static int run_plain(struct db *db, const char *sql, const char *what, struct error *err);

/* The journal's own name in its folder must last, too: SQLite sees to that at its first sync, which is perhaps never. */
static int open_journal(struct db *db, struct error *err)
{
	const char *path = sqlite3_filename_wal(sqlite3_db_filename(db->handle, "main"));
	int fd;

	if (path == NULL || path[0] == '\0') /* in memory */
		return 0;
	fd = file_sync_folder(path) == 0 ? open(path, O_RDWR | O_CLOEXEC) : -1;
	if (fd < 0)
		return error_set(
			err, E_SYSTEM, say_of(SQLITE_CANTOPEN), "could not open \"%s\": %m", path);
	db->journal = fd;
	return 0;
}

/* SQLite takes it between transactions only. */
static int wait_for_disk(struct db *db, bool yes, struct error *err)
{
	if (exec(db, yes ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
		    "set how to write", err) != 0)
		return -1;
	db->unsynced = !yes;
	return 0;
}

/* When it fails, whoever writes next does it. */
static void wait_again(struct db *db)
{
	struct error err;

	if (db->unsynced)
		(void)!wait_for_disk(db, true, &err);
}

int db_begin(struct db *db, struct error *err)
{
	if (db->unsynced && wait_for_disk(db, true, err) != 0)
		return -1;
	return run_plain(db, "BEGIN IMMEDIATE", "begin a transaction", err);
}

int db_begin_unsynced(struct db *db, struct error *err)
{
	if ((db->journal < 0 && open_journal(db, err) != 0) || wait_for_disk(db, false, err) != 0)
		return -1;
	if (run_plain(db, "BEGIN IMMEDIATE", "begin a transaction", err) == 0)
		return 0;
	wait_again(db);
	return -1;
}

int db_commit(struct db *db, struct error *err)
{
	if (run_plain(db, "COMMIT", "commit", err) != 0) {
		db_rollback(db);
		return -1;
	}
	wait_again(db);
	return 0;
}

void db_rollback(struct db *db)
{
	if (db == NULL)
		return;
	/* After a full disk SQLite may have rolled back by itself. */
	if (!sqlite3_get_autocommit(db->handle))
		(void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	wait_again(db);
}

int db_sync(const struct db *db, struct error *err)
{
	if (db->journal < 0 || fdatasync(db->journal) == 0)
		return 0;
	return error_set(err, E_SYSTEM, SAY("the disk failed", "磁盘读写失败"),
		"could not sync the journal: %m");
}

static int bind_one(sqlite3_stmt *st, int at, char type, va_list *args)
{
	const char *text;
	const void *bytes;
	size_t len;

	switch (type) {
	case 'i':
		return sqlite3_bind_int64(st, at, va_arg(*args, int64_t));
	case 's':
		text = va_arg(*args, const char *);
		return text == NULL ? sqlite3_bind_null(st, at)
				    : sqlite3_bind_text(st, at, text, -1, SQLITE_TRANSIENT);
	case 'b':
		bytes = va_arg(*args, const void *);
		len = va_arg(*args, size_t);
		/* a NULL pointer would bind NULL, and no bytes are something else */
		return sqlite3_bind_blob64(st, at, len == 0 ? "" : bytes, len, SQLITE_TRANSIENT);
	default:
		assert(type == 'n');
		return sqlite3_bind_null(st, at);
	}
}

static struct kept *find_kept(struct db *db, const char *sql)
{
	for (size_t i = 0; i < db->n_kept; i++)
		if (!db->kept[i].out && strcmp(db->kept[i].sql, sql) == 0)
			return &db->kept[i];
	return NULL;
}

/* A place for a new one: the idle one longest unused makes room. NULL: all are in use. */
static struct kept *room_kept(struct db *db)
{
	struct kept *oldest = NULL;

	if (db->n_kept < KEPT_MOST)
		return &db->kept[db->n_kept++];
	for (size_t i = 0; i < KEPT_MOST; i++)
		if (!db->kept[i].out && (oldest == NULL || db->kept[i].used < oldest->used))
			oldest = &db->kept[i];
	if (oldest == NULL)
		return NULL;
	sqlite3_finalize(oldest->handle);
	free(oldest->sql);
	return oldest;
}

/* Takes the handle for the next time; without memory it is ended after this use. */
static void keep(struct stmt *s, const char *sql)
{
	char *copy = strdup(sql);
	struct kept *k = copy == NULL ? NULL : room_kept(s->db);

	if (k == NULL) {
		free(copy);
		return;
	}
	*k = (struct kept){ .handle = s->handle, .sql = copy };
	s->kept = k;
}

static int prepare(struct stmt *s, const char *sql)
{
	const char *tail = "";
	int rc = SQLITE_OK;

	s->kept = find_kept(s->db, sql);
	if (s->kept != NULL) {
		s->handle = s->kept->handle;
	} else {
		rc = sqlite3_prepare_v3(
			s->db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->handle, &tail);
		if (rc != SQLITE_OK)
			return rc;
		assert(s->handle != NULL && tail[strspn(tail, " \t\n")] == 0);
		keep(s, sql);
	}
	if (s->kept != NULL) {
		s->kept->out = true;
		s->kept->used = ++s->db->turn;
	}
	return rc;
}

static int query(struct db *db, struct stmt **out, struct error *err, const char *sql,
	const char *types, va_list *args)
{
	struct stmt *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return error_memory(err);
	s->db = db;
	rc = prepare(s, sql);
	assert(rc != SQLITE_OK || (size_t)sqlite3_bind_parameter_count(s->handle) == strlen(types));
	for (int i = 0; rc == SQLITE_OK && types[i] != 0; i++)
		rc = bind_one(s->handle, i + 1, types[i], args);
	if (rc != SQLITE_OK) {
		db_error(db, rc, "prepare a statement", err);
		stmt_end(s);
		return -1;
	}
	*out = s;
	return 0;
}

int db_query(struct db *db, struct stmt **out, struct error *err, const char *sql,
	const char *types, ...)
{
	va_list args;
	int ret;

	va_start(args, types);
	ret = query(db, out, err, sql, types, &args);
	va_end(args);
	return ret;
}

int stmt_step(struct stmt *s, struct error *err)
{
	int rc = sqlite3_step(s->handle);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	return db_error(s->db, rc, "run a statement", err);
}

int64_t stmt_int(struct stmt *s, int column)
{
	return sqlite3_column_int64(s->handle, column);
}

const char *stmt_text(struct stmt *s, int column)
{
	return (const char *)sqlite3_column_text(s->handle, column);
}

const void *stmt_bytes(struct stmt *s, int column, size_t *len)
{
	const void *bytes = sqlite3_column_blob(s->handle, column);

	*len = bytes == NULL ? 0 : (size_t)sqlite3_column_bytes(s->handle, column);
	return bytes == NULL ? "" : bytes;
}

bool stmt_stored(struct stmt *s, const char *types)
{
	for (int i = 0; types[i] != '\0'; i++) {
		int type = sqlite3_column_type(s->handle, i);
		bool as_said = types[i] == 'i'   ? type == SQLITE_INTEGER
			       : types[i] == 's' ? type == SQLITE_TEXT
						 : types[i] == 'b' && type == SQLITE_BLOB;
		const char *text = as_said && types[i] == 's' ? stmt_text(s, i) : NULL;

		if (!as_said ||
			(types[i] == 's' &&
				(text == NULL || strlen(text) != (size_t)sqlite3_column_bytes(
									 s->handle, i))))
			return false;
	}
	return true;
}

bool stmt_null(struct stmt *s, int column)
{
	return sqlite3_column_type(s->handle, column) == SQLITE_NULL;
}

void stmt_end(struct stmt *s)
{
	if (s == NULL)
		return;
	if (s->kept != NULL) {
		/* what was bound is not kept; what went wrong was told by stmt_step() */
		(void)sqlite3_reset(s->handle);
		(void)sqlite3_clear_bindings(s->handle);
		s->kept->out = false;
	} else {
		sqlite3_finalize(s->handle);
	}
	free(s);
}

static int run_plain(struct db *db, const char *sql, const char *what, struct error *err)
{
	struct stmt *s;
	int ret;

	if (db_query(db, &s, err, sql, "") != 0)
		return -1;
	ret = stmt_step(s, err) == 0 ? 0 : -1;
	stmt_end(s);
	return ret == 0 ? 0 : error_under(err, "%s", what);
}

int db_run(
	struct db *db, int64_t *changed, struct error *err, const char *sql, const char *types, ...)
{
	struct stmt *s = NULL;
	va_list args;
	int row;

	/* by itself it is a transaction, and waits for the disk */
	if (db->unsynced && sqlite3_get_autocommit(db->handle) && wait_for_disk(db, true, err) != 0)
		return -1;
	va_start(args, types);
	row = query(db, &s, err, sql, types, &args);
	va_end(args);
	if (row != 0)
		return -1;
	do
		row = stmt_step(s, err);
	while (row == 1);
	stmt_end(s);
	if (row != 0)
		return -1;
	if (changed != NULL)
		*changed = sqlite3_changes64(db->handle);
	return 0;
}

int64_t db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}
