/*
 * source_rows.h - what source.c, which gets the rows, shares with source_rows.c, which reads them: a callback of
 * source.h sees neither libpq nor its words.
 */
#ifndef AGENTS_SOURCE_ROWS_H
#define AGENTS_SOURCE_ROWS_H

#include <libpq-fe.h>

struct source_rows {
	const PGresult *result; /* borrowed */
};

#endif
