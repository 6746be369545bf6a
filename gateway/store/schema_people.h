/*
 * schema_people.h - the tables of who is signed in, API tokens and guests; part of the store's schema. For store.c only.
 */
#ifndef GATEWAY_STORE_SCHEMA_PEOPLE_H
#define GATEWAY_STORE_SCHEMA_PEOPLE_H

/* Secrets are here as their SHA-256 only. role: what the provider's groups gave, "none" for a listed account. */
#define STORE_SCHEMA_PEOPLE                                                                        \
	"CREATE TABLE visit("                                                                      \
	" hash BLOB PRIMARY KEY,"                                                                  \
	" account TEXT NOT NULL,"                                                                  \
	" role TEXT NOT NULL,"                                                                     \
	" via TEXT NOT NULL,"                                                                      \
	" token BLOB NOT NULL," /* of whom came with one: the visit ends with it */               \
	" began_ms INTEGER NOT NULL,"                                                              \
	" seen_ms INTEGER NOT NULL,"                                                               \
	" until_ms INTEGER NOT NULL) WITHOUT ROWID;"                                               \
	"CREATE INDEX visit_account ON visit(account, began_ms);"                                  \
	"CREATE TABLE token("                                                                      \
	" id TEXT PRIMARY KEY,"                                                                    \
	" hash BLOB NOT NULL UNIQUE,"                                                              \
	" account TEXT NOT NULL,"                                                                  \
	" name TEXT NOT NULL,"                                                                     \
	" scopes INTEGER NOT NULL,"                                                                \
	" created_ms INTEGER NOT NULL,"                                                            \
	" until_ms INTEGER NOT NULL,"                                                              \
	" used_day INTEGER NOT NULL) WITHOUT ROWID;"                                               \
	"CREATE INDEX token_account ON token(account, created_ms);"                                \
	"CREATE TABLE guest("                                                                      \
	" account TEXT PRIMARY KEY,"                                                               \
	" role TEXT NOT NULL,"                                                                     \
	" at_ms INTEGER NOT NULL) WITHOUT ROWID;"                                                  \
	"CREATE INDEX audit_person ON audit(who, seq) WHERE what >= 'person.' AND what < 'person/';" \
	"CREATE INDEX audit_people ON audit(seq) WHERE what >= 'person.' AND what < 'person/';"

#endif
