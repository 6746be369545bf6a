/*
 * schema.h - the tables of the SQLite store; for store.c and audit.c only.
 */
#ifndef GATEWAY_STORE_SCHEMA_H
#define GATEWAY_STORE_SCHEMA_H

#include "base/db.h"
#include "gateway/store/store.h"

enum {
	STORE_VERSION = 3
};

struct store {
	struct db *db;
};

#define STORE_SCHEMA                                                                               \
	"CREATE TABLE question("                                                                   \
	" seq INTEGER PRIMARY KEY,"                                                                \
	" id TEXT NOT NULL UNIQUE,"                                                                \
	" account TEXT NOT NULL,"                                                                  \
	" study TEXT NOT NULL,"                                                                    \
	" kind TEXT NOT NULL,"                                                                     \
	" mode TEXT NOT NULL,"                                                                     \
	" hash BLOB NOT NULL,"                                                                     \
	" canonical BLOB NOT NULL,"                                                                \
	" certificate BLOB NOT NULL,"                                                              \
	" signature BLOB NOT NULL,"                                                                \
	" asked_ms INTEGER NOT NULL,"                                                              \
	" received_ms INTEGER NOT NULL,"                                                           \
	" deadline_ms INTEGER NOT NULL,"                                                           \
	" ended_ms INTEGER NOT NULL,"                                                              \
	" state TEXT NOT NULL);"                                                                   \
	"CREATE INDEX question_account ON question(account, seq);"                                 \
	"CREATE INDEX question_study ON question(study, seq);"                                     \
	"CREATE INDEX question_hash ON question(hash, seq);"                                       \
	"CREATE INDEX question_running ON question(seq) WHERE state='running';"                    \
	"CREATE TABLE leg("                                                                        \
	" question INTEGER NOT NULL REFERENCES question(seq),"                                     \
	" site TEXT NOT NULL,"                                                                     \
	" place INTEGER NOT NULL,"                                                                 \
	" state TEXT NOT NULL,"                                                                    \
	" ms INTEGER NOT NULL,"                                                                    \
	" message BLOB,"                                                                           \
	" PRIMARY KEY(question, site)) WITHOUT ROWID;"                                             \
	"CREATE TABLE sum("                                                                        \
	" question INTEGER PRIMARY KEY REFERENCES question(seq),"                                  \
	" contributors INTEGER NOT NULL,"                                                          \
	" noise BLOB NOT NULL,"                                                                    \
	" words BLOB NOT NULL,"                                                                    \
	" transcript BLOB NOT NULL);"                                                              \
	"CREATE TABLE repeat("                                                                     \
	" account TEXT NOT NULL,"                                                                  \
	" key TEXT NOT NULL,"                                                                      \
	" body BLOB NOT NULL,"                                                                     \
	" question INTEGER NOT NULL REFERENCES question(seq),"                                     \
	" PRIMARY KEY(account, key)) WITHOUT ROWID;"                                               \
	"CREATE TABLE site("                                                                       \
	" site TEXT PRIMARY KEY,"                                                                  \
	" ledger_seq INTEGER NOT NULL,"                                                            \
	" ledger_hash BLOB NOT NULL) WITHOUT ROWID;"                                               \
	"CREATE TABLE catalogue("                                                                  \
	" site TEXT PRIMARY KEY,"                                                                  \
	" at_ms INTEGER NOT NULL,"                                                                 \
	" offered BLOB NOT NULL);"                                                                 \
	"CREATE TABLE members("                                                                    \
	" one INTEGER PRIMARY KEY CHECK(one = 1),"                                                 \
	" epoch INTEGER NOT NULL,"                                                                 \
	" hash BLOB NOT NULL);"                                                                    \
	"CREATE TABLE audit("                                                                      \
	" seq INTEGER PRIMARY KEY,"                                                                \
	" at_ms INTEGER NOT NULL,"                                                                 \
	" what TEXT NOT NULL,"                                                                     \
	" who TEXT NOT NULL,"                                                                      \
	" about TEXT NOT NULL,"                                                                    \
	" detail TEXT NOT NULL,"                                                                   \
	" hash BLOB NOT NULL);"                                                                    \
	"CREATE TRIGGER audit_update BEFORE UPDATE ON audit"                                       \
	" BEGIN SELECT RAISE(ABORT, 'audit records stay'); END;"                                   \
	"CREATE TRIGGER audit_delete BEFORE DELETE ON audit"                                       \
	" BEGIN SELECT RAISE(ABORT, 'audit records stay'); END;"

/* The number that `sql` finds for an id and an account (which may be NULL), for a list that goes on before it. Fails:
 * E_INPUT there is no such row. */
CHECKED int seq_before(struct store *s, const char *sql, const char *id, const char *account,
	int64_t *seq, struct error *err);
/* Copies a column of the present row. Fails: E_LIMIT past the arena. */
CHECKED int column_bytes(
	struct stmt *st, int column, struct arena *a, struct view *out, struct error *err);
CHECKED int column_text(
	struct stmt *st, int column, struct arena *a, const char **out, struct error *err);
/* Fails: E_SYSTEM when the stored value does not have this form. */
CHECKED int column_hash(struct stmt *st, int column, struct hash32 *out, struct error *err);

#endif
