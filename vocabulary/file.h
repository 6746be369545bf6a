/*
 * file.h - the tables of the file; for make.c and search.c alone.
 *
 * `place` is the order of every list: standard concepts first, then shorter names, then those with more below them. It is the
 * key of the concepts and the row of the index, so that a list is read in its order and never sorted.
 */
#ifndef VOCABULARY_FILE_H
#define VOCABULARY_FILE_H

enum {
	VOCABULARY_VERSION = 1,
	VOCABULARY_MARK = 0x43564F43 /* application_id: "CVOC" */
};

#define VOCABULARY_SCHEMA                                                                          \
	"CREATE TABLE concept("                                                                    \
	" place INTEGER PRIMARY KEY,"                                                              \
	" id INTEGER NOT NULL UNIQUE,"                                                             \
	" name TEXT NOT NULL,"                                                                     \
	" zh TEXT,"                                                                                \
	" domain TEXT NOT NULL,"                                                                   \
	" vocabulary TEXT NOT NULL,"                                                               \
	" code TEXT NOT NULL,"                                                                     \
	" standard INTEGER NOT NULL,"                                                              \
	" descendants INTEGER NOT NULL);"                                                          \
	/* `plain`: a code in capitals without dots and blanks; of a standard concept also the codes that map to it */ \
	"CREATE TABLE code(plain TEXT NOT NULL, place INTEGER NOT NULL,"                           \
	" PRIMARY KEY(plain, place)) WITHOUT ROWID;"                                               \
	"CREATE TABLE child(parent INTEGER NOT NULL, child INTEGER NOT NULL,"                      \
	" PRIMARY KEY(parent, child)) WITHOUT ROWID;"                                              \
	"CREATE TABLE parent(child INTEGER NOT NULL, parent INTEGER NOT NULL,"                     \
	" PRIMARY KEY(child, parent)) WITHOUT ROWID;"                                              \
	"CREATE VIRTUAL TABLE word USING fts5(name, domain, content='', columnsize=0,"             \
	" prefix='1 2 3', tokenize='unicode61 remove_diacritics 2');"

#endif
