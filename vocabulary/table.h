/*
 * table.h - one OMOP vocabulary file, row by row: a line of column names, in any order and case, then a line a row.
 *
 * Columns are parted by tabs, where nothing is quoted (as the vocabulary service writes), or by commas, where "a ""b"", c"
 * is one field. What is wrong is told by file and line; such a row is left out, and after MAX_TABLE_PROBLEMS reading ends.
 */
#ifndef VOCABULARY_TABLE_H
#define VOCABULARY_TABLE_H

#include <stdint.h>
#include <stdio.h>

#include "base/diag.h"
#include "base/error.h"

enum {
	MAX_TABLE_LINE = 64 << 10,
	MAX_TABLE_COLUMNS = 64,
	MAX_TABLE_WANTED = 10,
	MAX_TABLE_PROBLEMS = 20
};

struct table {
	FILE *f;
	const char *name; /* for messages, in the arena of ds */
	struct diags *ds;
	char line[MAX_TABLE_LINE];
	unsigned line_no;
	char comma;
	char *fields[MAX_TABLE_COLUMNS];
	unsigned n_fields, n_columns;
	int column[MAX_TABLE_WANTED]; /* -1: the file has none */
	uint64_t done, total;         /* bytes */
};

/* Opens NAME.csv of the folder, whatever the case of its name. wanted: NULL-ended, of which `required` must be there.
 * 1 opened (table_close), 0 there is no such file, -1 failed: in ds, or E_SYSTEM. */
CHECKED int table_open(struct table *t, const char *folder, const char *name,
	const char *const *wanted, unsigned required, struct diags *ds, struct error *err);
void table_close(struct table *t);
/* 1 a row, 0 the end, -1 too much is wrong, or the file cannot be read (err). */
CHECKED int table_next(struct table *t, struct error *err);
/* Of a wanted column; "" where the file has none. Until the next row. */
const char *table_get(const struct table *t, unsigned wanted);
/* A whole number, 0 to INT64_MAX, else told in ds. */
CHECKED bool table_int(struct table *t, unsigned wanted, int64_t *out);

#endif
