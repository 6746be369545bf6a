/*
 * test_db.c - what is committed is there, what failed left nothing, and a full disk is an error.
 */
#include "base/db.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static const char schema[] =
	"CREATE TABLE account (id TEXT PRIMARY KEY, spent INTEGER NOT NULL) STRICT;"
	"CREATE TABLE release (id INTEGER PRIMARY KEY, account TEXT NOT NULL "
	"REFERENCES account(id), bytes BLOB) STRICT;\n";

static char folder[64], path[96];
static struct db *db;
static struct error err;

/* Every test runs in a process of its own, with a folder of its own. */
static void open_new(void)
{
	snprintf(folder, sizeof(folder), "/tmp/test-db-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/site.db", folder);
	OK(db_open(&db, path, schema, 3, &err));
}

static void remove_all(void)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char name[128];

	db_close(db);
	db = NULL;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	rmdir(folder);
}

static int64_t number(const char *sql)
{
	struct stmt *s;
	int64_t v;

	OK(db_query(db, &s, &err, sql, ""));
	ck_assert_int_eq(stmt_step(s, &err), 1);
	v = stmt_int(s, 0);
	stmt_end(s);
	return v;
}

static int add_account(const char *id, int64_t spent)
{
	return db_run(db, NULL, &err, "INSERT INTO account VALUES (?1, ?2)", "si", id, spent);
}

START_TEST(a_new_file_is_private_durable_and_has_its_tables)
{
	struct stmt *s;
	struct stat st;
	char wal[128];

	umask(0);
	open_new();
	OK(add_account("a", 1));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	snprintf(wal, sizeof(wal), "%s-wal", path);
	ck_assert_int_eq(stat(wal, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(number("PRAGMA synchronous"), 2);
	ck_assert_int_eq(number("PRAGMA foreign_keys"), 1);
	ck_assert_int_eq(number("PRAGMA user_version"), 3);
	OK(db_query(db, &s, &err, "PRAGMA journal_mode", ""));
	ck_assert_int_eq(stmt_step(s, &err), 1);
	ck_assert_str_eq(stmt_text(s, 0), "wal");
	stmt_end(s);
	remove_all();
}
END_TEST

START_TEST(values_come_back_as_they_were_bound)
{
	const void *bytes;
	struct stmt *s;
	size_t len;

	open_new();
	OK(db_query(db, &s, &err, "SELECT ?1, ?2, ?3, ?4, ?5, ?6", "isbnsb", INT64_MIN, "x'; DROP",
		(const void *)"a\0b", (size_t)3, (const char *)NULL, (const void *)NULL,
		(size_t)0));
	ck_assert_int_eq(stmt_step(s, &err), 1);
	ck_assert_int_eq(stmt_int(s, 0), INT64_MIN);
	ck_assert_str_eq(stmt_text(s, 1), "x'; DROP");
	bytes = stmt_bytes(s, 2, &len);
	ck_assert_uint_eq(len, 3);
	ck_assert_int_eq(memcmp(bytes, "a\0b", 3), 0);
	ck_assert(stmt_null(s, 3) && stmt_null(s, 4) && !stmt_null(s, 5));
	ck_assert_ptr_null(stmt_text(s, 4));
	(void)stmt_bytes(s, 5, &len);
	ck_assert_uint_eq(len, 0);
	ck_assert_int_eq(stmt_step(s, &err), 0);
	stmt_end(s);
	stmt_end(NULL);
	remove_all();
}
END_TEST

START_TEST(what_was_committed_is_there_after_reopening)
{
	int64_t changed = 0;

	open_new();
	OK(db_begin(db, &err));
	OK(add_account("a", 1));
	OK(add_account("b", 2));
	OK(db_commit(db, &err));
	OK(db_run(db, &changed, &err, "UPDATE account SET spent = spent + 1", ""));
	ck_assert_int_eq(changed, 2);
	OK(db_run(db, NULL, &err, "INSERT INTO release (account) VALUES (?1)", "s", "a"));
	ck_assert_int_eq(db_last_id(db), 1);
	db_close(db);
	OK(db_open(&db, path, schema, 3, &err));
	ck_assert_int_eq(number("SELECT sum(spent) FROM account"), 5);
	remove_all();
}
END_TEST

START_TEST(what_was_rolled_back_or_never_committed_is_not_there)
{
	open_new();
	db_rollback(db);
	db_rollback(NULL);
	OK(db_begin(db, &err));
	OK(add_account("a", 1));
	db_rollback(db);
	ck_assert_int_eq(number("SELECT count(*) FROM account"), 0);
	OK(db_begin(db, &err));
	OK(add_account("a", 1));
	db_close(db);
	OK(db_open(&db, path, schema, 3, &err));
	ck_assert_int_eq(number("SELECT count(*) FROM account"), 0);
	remove_all();
}
END_TEST

/* In place of the library's, for SQLite too. */
static int syncs;
static bool disk_fails;

int fdatasync(int fd)
{
	syncs++;
	if (disk_fails) {
		errno = EIO;
		return -1;
	}
	return fsync(fd);
}

START_TEST(an_unsynced_commit_waits_for_no_disk_and_the_sync_after_it_does)
{
	struct db *other;
	int before;

	open_new();
	before = syncs;
	OK(db_begin_unsynced(db, &err));
	OK(add_account("a", 1));
	OK(db_commit(db, &err));
	ck_assert_int_eq(syncs, before);
	OK(db_open(&other, path, schema, 3, &err)); /* every reader has it */
	struct db *own = db;
	db = other;
	ck_assert_int_eq(number("SELECT count(*) FROM account"), 1);
	db = own;
	db_close(other);
	before = syncs;
	OK(db_sync(db, &err));
	ck_assert_int_eq(syncs, before + 1);
	disk_fails = true;
	FAILS(db_sync(db, &err), E_SYSTEM);
	disk_fails = false;
	remove_all();
}
END_TEST

START_TEST(after_an_unsynced_transaction_however_it_ended_writes_wait_for_the_disk)
{
	int before;

	open_new();
	OK(db_begin_unsynced(db, &err));
	OK(add_account("a", 1));
	OK(db_commit(db, &err));
	before = syncs;
	OK(add_account("b", 1));
	ck_assert_int_gt(syncs, before);
	OK(db_begin_unsynced(db, &err));
	OK(add_account("c", 1));
	db_rollback(db);
	before = syncs;
	OK(db_begin(db, &err));
	OK(add_account("d", 1));
	OK(db_commit(db, &err));
	ck_assert_int_gt(syncs, before);
	ck_assert_int_eq(number("SELECT count(*) FROM account"), 3);
	OK(db_begin_unsynced(db, &err));
	FAILS(db_begin(db, &err), E_SYSTEM); /* one transaction at a time */
	db_rollback(db);
	ck_assert_int_eq(number("PRAGMA synchronous"), 2);
	remove_all();
}
END_TEST

START_TEST(a_commit_survives_the_process_being_killed)
{
	pid_t child;
	int status;

	open_new();
	db_close(db);
	child = fork();
	if (child == 0) {
		if (db_open(&db, path, schema, 3, &err) != 0 || db_begin(db, &err) != 0 ||
			add_account("kept", 1) != 0 || db_commit(db, &err) != 0 ||
			db_begin(db, &err) != 0 || add_account("lost", 1) != 0)
			_exit(1);
		raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	OK(db_open(&db, path, schema, 3, &err));
	ck_assert_int_eq(number("SELECT count(*) FROM account"), 1);
	ck_assert_int_eq(number("SELECT count(*) FROM account WHERE id = 'kept'"), 1);
	remove_all();
}
END_TEST

START_TEST(a_broken_constraint_is_told_apart_and_changes_nothing)
{
	open_new();
	OK(add_account("a", 1));
	FAILS(add_account("a", 2), E_STATE);
	FAILS(db_run(db, NULL, &err, "INSERT INTO release (account) VALUES (?1)", "s", "nobody"),
		E_STATE);
	FAILS(db_run(db, NULL, &err, "INSERT INTO account VALUES (?1, ?2)", "ss", "b", "text"),
		E_STATE);
	ck_assert_int_eq(number("SELECT spent FROM account"), 1);
	ck_assert_int_eq(number("SELECT count(*) FROM release"), 0);
	remove_all();
}
END_TEST

START_TEST(what_sqlite_says_stays_in_the_log)
{
	struct stmt *s = NULL;

	open_new();
	FAILS(db_query(db, &s, &err, "SELECT * FROM patients_of_ward_7", ""), E_SYSTEM);
	ck_assert_ptr_null(s);
	ck_assert_ptr_nonnull(strstr(err.log, "patients_of_ward_7"));
	ck_assert_ptr_null(strstr(err.say.en, "patients"));
	remove_all();
}
END_TEST

START_TEST(a_store_of_another_version_is_refused_and_left_alone)
{
	struct db *other = NULL;

	open_new();
	OK(add_account("a", 1));
	FAILS(db_open(&other, path, schema, 4, &err), E_SYSTEM);
	ck_assert_ptr_null(other);
	ck_assert_int_eq(number("PRAGMA user_version"), 3);
	ck_assert_int_eq(number("SELECT count(*) FROM account"), 1);
	remove_all();
}
END_TEST

START_TEST(a_schema_that_fails_leaves_no_half_of_it)
{
	struct db *other = NULL;

	snprintf(folder, sizeof(folder), "/tmp/test-db-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/site.db", folder);
	FAILS(db_open(&other, path, "CREATE TABLE one (x); CREATE TABEL two (x);", 1, &err),
		E_SYSTEM);
	OK(db_open(&db, path, schema, 3, &err));
	ck_assert_int_eq(number("SELECT count(*) FROM sqlite_schema WHERE name = 'one'"), 0);
	remove_all();
}
END_TEST

START_TEST(files_that_are_no_store_are_refused)
{
	struct db *other = NULL;
	FILE *f;

	snprintf(folder, sizeof(folder), "/tmp/test-db-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/site.db", folder);
	FAILS(db_open(&other, folder, schema, 3, &err), E_SYSTEM);
	f = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database ", f);
	fclose(f);
	FAILS(db_open(&other, path, schema, 3, &err), E_SYSTEM);
	ck_assert_ptr_nonnull(strstr(err.log, path));
	ck_assert_ptr_null(other);
	FAILS(db_open(&other, "/tmp/no/such/folder/x.db", schema, 3, &err), E_SYSTEM);
	ck_assert_ptr_null(other);
	remove_all();
}
END_TEST

START_TEST(two_programs_may_open_a_new_store_at_once)
{
	pid_t child;
	int status;

	snprintf(folder, sizeof(folder), "/tmp/test-db-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/site.db", folder);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(db_open(&db, path, schema, 3, &err) == 0 ? 0 : 1);
	OK(db_open(&db, path, schema, 3, &err));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	remove_all();
}
END_TEST

START_TEST(a_second_writer_waits_instead_of_failing)
{
	pid_t child;
	int status;

	open_new();
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		struct db *own = NULL;

		if (db_open(&own, path, schema, 3, &err) != 0 || db_begin(own, &err) != 0)
			_exit(1);
		usleep(300000);
		_exit(db_commit(own, &err) == 0 ? 0 : 1);
	}
	usleep(100000);
	OK(db_begin(db, &err));
	OK(add_account("a", 1));
	OK(db_commit(db, &err));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	remove_all();
}
END_TEST

/* Fills the store within one transaction until it fails; gives the code. */
static int fill(void)
{
	static char block[64 << 10];

	for (int i = 0; i < 10000; i++)
		if (db_run(db, NULL, &err, "INSERT INTO release (account, bytes) VALUES ('a', ?1)",
			    "b", (const void *)block, sizeof(block)) != 0)
			return -1;
	return 0;
}

START_TEST(a_full_store_is_an_error_and_the_transaction_is_gone)
{
	open_new();
	OK(add_account("a", 1));
	OK(db_run(db, NULL, &err, "PRAGMA max_page_count = 40", ""));
	OK(db_begin(db, &err));
	OK(db_run(db, NULL, &err, "UPDATE account SET spent = 99", ""));
	FAILS(fill(), E_SYSTEM);
	ck_assert_str_eq(err.say.en, "the disk is full; nothing was changed");
	ck_assert_str_eq(err.say.zh, "磁盘已满，未作任何更改");
	/* a caller that goes on to commit is told as well */
	FAILS(db_commit(db, &err), E_SYSTEM);
	ck_assert_int_eq(number("SELECT spent FROM account"), 1);
	ck_assert_int_eq(number("SELECT count(*) FROM release"), 0);
	/* and the store still works */
	OK(db_begin(db, &err));
	OK(add_account("b", 1));
	OK(db_commit(db, &err));
	remove_all();
}
END_TEST

START_TEST(a_disk_that_takes_no_more_bytes_is_an_error_at_commit)
{
	struct rlimit small = { 300 << 10, RLIM_INFINITY }, all = { RLIM_INFINITY, RLIM_INFINITY };
	static char block[200 << 10];
	int failed = 0;

	signal(SIGXFSZ, SIG_IGN);
	open_new();
	OK(add_account("a", 1));
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int i = 0; i < 5; i++) {
		OK(db_begin(db, &err));
		OK(db_run(db, NULL, &err, "UPDATE account SET spent = spent + 1", ""));
		OK(db_run(db, NULL, &err, "INSERT INTO release (account, bytes) VALUES ('a', ?1)",
			"b", (const void *)block, sizeof(block)));
		if (db_commit(db, &err) != 0) {
			failed++;
			ck_assert_int_eq(err.code, E_SYSTEM);
			ck_assert_ptr_nonnull(strstr(err.say.en, "disk"));
		}
	}
	ck_assert_int_gt(failed, 0);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
	/* exactly the commits that said 0 are there, both rows of each */
	ck_assert_int_eq(number("SELECT spent FROM account"), 1 + 5 - failed);
	ck_assert_int_eq(number("SELECT count(*) FROM release"), 5 - failed);
	db_close(db);
	OK(db_open(&db, path, schema, 3, &err));
	ck_assert_int_eq(number("SELECT count(*) FROM release"), 5 - failed);
	remove_all();
}
END_TEST

/* Kept statements are one text's, never one caller's. */
START_TEST(the_same_text_may_be_in_use_twice_and_keeps_nothing_of_the_call_before)
{
	static const char sql[] = "SELECT id FROM account WHERE id >= ?1 ORDER BY id";
	struct stmt *first, *second;
	char text[64];

	open_new();
	OK(add_account("a", 1));
	OK(add_account("b", 2));
	OK(db_query(db, &first, &err, sql, "s", "a"));
	ck_assert_int_eq(stmt_step(first, &err), 1);
	OK(db_query(db, &second, &err, sql, "s", "b"));
	ck_assert_int_eq(stmt_step(second, &err), 1);
	ck_assert_str_eq(stmt_text(second, 0), "b");
	ck_assert_str_eq(stmt_text(first, 0), "a");
	ck_assert_int_eq(stmt_step(first, &err), 1);
	stmt_end(second);
	stmt_end(first); /* before its end */
	OK(db_query(db, &first, &err, sql, "s", NULL));
	ck_assert_int_eq(stmt_step(first, &err), 0); /* not "a" again, nor where it stood */
	stmt_end(first);
	FAILS(db_run(db, NULL, &err, "INSERT INTO account VALUES (?1, 1)", "s", "a"), E_STATE);
	OK(db_run(db, NULL, &err, "INSERT INTO account VALUES (?1, 1)", "s", "c"));
	for (int i = 0; i < 200; i++) { /* more than are kept, in memory that changes */
		snprintf(text, sizeof(text), "SELECT spent + %d FROM account WHERE id = 'b'", i);
		ck_assert_int_eq(number(text), 2 + i);
	}
	ck_assert_int_eq(number("SELECT count(*) FROM account"), 3);
	remove_all();
}
END_TEST

UNIT_MAIN("db", the_same_text_may_be_in_use_twice_and_keeps_nothing_of_the_call_before,
	a_new_file_is_private_durable_and_has_its_tables, values_come_back_as_they_were_bound,
	what_was_committed_is_there_after_reopening,
	what_was_rolled_back_or_never_committed_is_not_there,
	an_unsynced_commit_waits_for_no_disk_and_the_sync_after_it_does,
	after_an_unsynced_transaction_however_it_ended_writes_wait_for_the_disk,
	a_commit_survives_the_process_being_killed,
	a_broken_constraint_is_told_apart_and_changes_nothing, what_sqlite_says_stays_in_the_log,
	a_store_of_another_version_is_refused_and_left_alone,
	a_schema_that_fails_leaves_no_half_of_it, files_that_are_no_store_are_refused,
	two_programs_may_open_a_new_store_at_once, a_second_writer_waits_instead_of_failing,
	a_full_store_is_an_error_and_the_transaction_is_gone,
	a_disk_that_takes_no_more_bytes_is_an_error_at_commit)
