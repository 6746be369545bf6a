/*
 * schema_studies.h - the tables of what people keep, and of the studies they propose; for store.c, kept.c and studies.c
 * only.
 */
#ifndef GATEWAY_STORE_SCHEMA_STUDIES_H
#define GATEWAY_STORE_SCHEMA_STUDIES_H

#define STORE_SCHEMA_STUDIES                                                                       \
	"CREATE TABLE kept("                                                                       \
	" seq INTEGER PRIMARY KEY,"                                                                \
	" id TEXT NOT NULL UNIQUE,"                                                                \
	" account TEXT NOT NULL,"                                                                  \
	" name TEXT NOT NULL,"                                                                     \
	" kept_ms INTEGER NOT NULL,"                                                               \
	" bytes INTEGER NOT NULL,"                                                                 \
	" question BLOB NOT NULL);"                                                                \
	"CREATE INDEX kept_account ON kept(account, seq, bytes);"                                  \
	"CREATE TABLE study("                                                                      \
	" seq INTEGER PRIMARY KEY,"                                                                \
	" id TEXT NOT NULL UNIQUE,"                                                                \
	" account TEXT NOT NULL,"                                                                  \
	" proposed_ms INTEGER NOT NULL,"                                                           \
	" body BLOB NOT NULL);"                                                                    \
	"CREATE INDEX study_account ON study(account);"                                            \
	"CREATE TABLE study_member("                                                               \
	" account TEXT NOT NULL,"                                                                  \
	" study INTEGER NOT NULL REFERENCES study(seq) ON DELETE CASCADE,"                         \
	" PRIMARY KEY(account, study)) WITHOUT ROWID;"                                             \
	"CREATE INDEX study_member_study ON study_member(study);"

#endif
