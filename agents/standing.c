#include "agents/standing.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Added to states that were made before there were approvals: a ledger is never begun anew for a new table. */
int standing_open(struct db *db, struct error *err)
{
	if (db_run(db, NULL, err,
		    "CREATE TABLE IF NOT EXISTS policy_file("
		    " name TEXT PRIMARY KEY, bytes BLOB NOT NULL)",
		    "") != 0)
		return -1;
	return db_run(db, NULL, err,
		"CREATE TABLE IF NOT EXISTS policy_stop("
		" one INTEGER PRIMARY KEY CHECK(one = 1), at INTEGER NOT NULL,"
		" version INTEGER NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL)",
		"");
}

static int one_number(
	struct db *db, const char *sql, const struct policy_file *f, int64_t *n, struct error *err)
{
	struct stmt *s;
	int row;

	if (f == NULL ? db_query(db, &s, err, sql, "") != 0
		      : db_query(db, &s, err, sql, "sb", f->name, f->bytes, f->len) != 0)
		return -1;
	row = stmt_step(s, err);
	*n = row == 1 ? stmt_int(s, 0) : 0;
	stmt_end(s);
	return row < 0 ? -1 : 0;
}

static int count_files(struct db *db, int64_t *n, struct error *err)
{
	return one_number(db, "SELECT count(*) FROM policy_file", NULL, n, err);
}

/* 1 when exactly this folder is kept already: a restart on a full disk needs no room for it again. */
static int kept_already(struct db *db, const struct policy_folder *folder, struct error *err)
{
	int64_t n;

	if (count_files(db, &n, err) != 0)
		return -1;
	if (n != folder->n)
		return 0;
	for (unsigned i = 0; i < folder->n; i++) {
		if (one_number(db,
			    "SELECT count(*) FROM policy_file WHERE name = ?1 AND bytes = ?2",
			    &folder->files[i], &n, err) != 0)
			return -1;
		if (n != 1)
			return 0;
	}
	return 1;
}

int standing_keep(struct db *db, const struct policy_folder *folder, struct error *err)
{
	int already = kept_already(db, folder, err);

	if (already != 0)
		return already < 0 ? -1 : 0;
	if (db_run(db, NULL, err, "DELETE FROM policy_file", "") != 0)
		return -1;
	for (unsigned i = 0; i < folder->n; i++) {
		const struct policy_file *f = &folder->files[i];

		if (db_run(db, NULL, err, "INSERT INTO policy_file(name, bytes) VALUES(?1, ?2)",
			    "sb", f->name, f->bytes, f->len) != 0)
			return -1;
	}
	return 0;
}

static int take_file(
	struct stmt *s, struct arena *arena, struct policy_folder *out, struct error *err)
{
	const char *name = arena_text(arena, stmt_text(s, 0));
	size_t len;
	const void *bytes = stmt_bytes(s, 1, &len);
	char *copy = malloc(len + 1);

	if (name == NULL || copy == NULL) {
		free(copy);
		return error_memory(err);
	}
	memcpy(copy, bytes, len);
	copy[len] = '\0';
	out->files[out->n++] = (struct policy_file){ name, copy, len };
	return 0;
}

int standing_kept(struct db *db, struct arena *arena, struct policy_folder *out, struct error *err)
{
	struct stmt *s;
	int64_t n;
	int row;

	*out = (struct policy_folder){ 0 };
	if (count_files(db, &n, err) != 0)
		return -1;
	out->files = arena_array(arena, (size_t)n, sizeof(*out->files));
	if (out->files == NULL)
		return error_memory(err);
	if (db_query(db, &s, err, "SELECT name, bytes FROM policy_file ORDER BY name LIMIT ?1", "i",
		    n) != 0)
		return -1;
	while ((row = stmt_step(s, err)) == 1)
		if (take_file(s, arena, out, err) != 0) {
			row = -1;
			break;
		}
	stmt_end(s);
	if (row == 0)
		return 0;
	policy_folder_clear(out);
	return -1;
}

int standing_halt(struct db *db, const struct standing_stop *stop, struct error *err)
{
	return db_run(db, NULL, err,
		"INSERT OR IGNORE INTO policy_stop(one, at, version, who, why)"
		" VALUES(1, ?1, ?2, ?3, ?4)",
		"iiss", stop->at_ms, stop->version, stop->who, stop->why);
}

int standing_halted(struct db *db, struct standing_stop *out, struct error *err)
{
	struct stmt *s;
	int row;

	memset(out, 0, sizeof(*out));
	if (db_query(db, &s, err, "SELECT at, version, who, why FROM policy_stop", "") != 0)
		return -1;
	row = stmt_step(s, err);
	if (row == 1) {
		out->stopped = true;
		out->at_ms = stmt_int(s, 0);
		out->version = stmt_int(s, 1);
		(void)!text_copy(out->who, sizeof(out->who), stmt_text(s, 2));
		(void)!text_copy(out->why, sizeof(out->why), stmt_text(s, 3));
	}
	stmt_end(s);
	return row < 0 ? -1 : 0;
}

int standing_go_on(struct db *db, struct error *err)
{
	return db_run(db, NULL, err, "DELETE FROM policy_stop", "");
}
