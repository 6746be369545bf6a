/*
 * db.h - SQLite as the agent and the gateway use it: one connection, WAL, synchronous=FULL, foreign
 * keys on, statements prepared once and kept for the next call with the same text, values always bound.
 *
 * D1  when db_commit() returned 0 the transaction is on disk; when it returned -1 it is rolled back.
 *     After db_begin_unsynced() every reader has it then, and the disk when a db_sync() that began later returned 0.
 * D2  a full or failing disk is an E_SYSTEM error, never a crash; it may have ended the transaction
 *     already, and then db_commit() fails too. A constraint that does not hold is E_STATE.
 * One thread at a time, but for db_sync().
 */
#ifndef BASE_DB_H
#define BASE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct db;
struct stmt;

/* Gives *out (db_close). Creates the file with mode 0600. `schema` is SQL run once in a transaction
 * when user_version is 0, after which user_version becomes `version`; another user_version fails. */
CHECKED int db_open(
	struct db **out, const char *path, const char *schema, int version, struct error *err);
void db_close(struct db *db);

CHECKED int db_begin(struct db *db, struct error *err); /* BEGIN IMMEDIATE */
/* A transaction whose db_commit() does not wait for the disk (D1). */
CHECKED int db_begin_unsynced(struct db *db, struct error *err);
CHECKED int db_commit(struct db *db, struct error *err);
/* From any thread, while db lives and db_begin_unsynced() was called. Fails: E_SYSTEM; what is on the disk is not known
 * then, and another call would not tell: nothing may be built on that database but by opening it anew. */
CHECKED int db_sync(const struct db *db, struct error *err);
void db_rollback(struct db *db); /* harmless without a transaction */

/* Prepares sql with ?1.. parameters. `types` has a character per parameter, followed by the values:
 * i int64_t, s const char * (NULL is NULL), b const void * and size_t, n nothing (NULL).
 * Bound bytes are copied. Gives *out (stmt_end). */
CHECKED int db_query(struct db *db, struct stmt **out, struct error *err, const char *sql,
	const char *types, ...);
/* 1 a row is there, 0 no more, -1 error. */
CHECKED int stmt_step(struct stmt *s, struct error *err);
int64_t stmt_int(struct stmt *s, int column);
const char *stmt_text(struct stmt *s, int column); /* NULL for NULL; until the next step */
const void *stmt_bytes(struct stmt *s, int column, size_t *len); /* never NULL */
bool stmt_null(struct stmt *s, int column);
/* Whether the first columns are stored as `types` says, a letter each as above: i whole numbers, s texts without a zero
 * byte, b bytes. What db_run() wrote is; a number that somebody stored as a text or as bytes reads the same here, and
 * is another in a comparison of SQL. Before anything of the row is read. */
bool stmt_stored(struct stmt *s, const char *types);
void stmt_end(struct stmt *s); /* accepts NULL */

/* db_query, one step to the end, stmt_end: for INSERT, UPDATE, DELETE. *changed may be NULL. */
CHECKED int db_run(struct db *db, int64_t *changed, struct error *err, const char *sql,
	const char *types, ...);
int64_t db_last_id(struct db *db);

#endif
