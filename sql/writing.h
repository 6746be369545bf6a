/*
 * writing.h - what the files of the SQL writer share: write.c composes the statement, rows.c writes the
 * rows of one criterion, cells.c the cell a person is in, text.c names and values.
 *
 * The first thing that does not fit sticks in `wrong`; later calls may write nonsense that nobody reads.
 */
#ifndef SQL_WRITING_H
#define SQL_WRITING_H

#include <stdint.h>

#include "sql/sql.h"

enum {
	MAX_SQL_BYTES = 1 << 20,
	MAX_VALUES = 8192
};

/* Dates beyond these are no dates of a patient's event, and their years do not fit what follows. */
#define DAY_FIRST "0001-01-01"
#define DAY_LAST  "9999-12-31"

struct sql_writing {
	const struct plan *plan;
	const struct sql_facts *facts;
	struct arena *arena;
	struct text joins, where, cell;
	const char **values;
	int n_values;
	int red_value; /* parameter with the red concepts; 0 not bound yet, -1 there are none */
	int code_values[SYSTEMS]; /* the same with the codes of each system, as text */
	unsigned flags;
	const char *wrong; /* literal: the first thing that does not fit, or "" for memory */
};

void sql_wrong(struct sql_writing *w, const char *literal);

/* alias."column", and "schema"."relation" */
void sql_member(struct text *t, const char *alias, const char *column);
void sql_relation(struct text *t, const struct table *table);

/* Bind a value and write its $n::type. sql_value_number only binds and gives n. */
int sql_value_number(struct sql_writing *w, const char *value);
void sql_value(struct sql_writing *w, struct text *t, const char *text, const char *type);
void sql_value_int(struct sql_writing *w, struct text *t, int64_t v, const char *type);
void sql_value_day(struct sql_writing *w, struct text *t, int32_t day);
void sql_value_decimal(struct sql_writing *w, struct text *t, int64_t v); /* 1e-9 units */
/* Every code of the column's categories: what is none of them is "other". */
const char *sql_categories(struct sql_writing *w, const struct column *column);
const char *sql_longs(struct arena *arena, const int64_t *list, unsigned n);
/* Moves t into the arena; NULL when anything failed. t is cleared. */
const char *sql_take(struct text *t, struct arena *arena);

/* " AND ..." that removes a table's red rows. */
void sql_red_rows(
	struct sql_writing *w, struct text *t, const char *alias, const struct table *table);
/* " FROM table e WHERE e.key IS NOT NULL AND ...": the rows that meet c. */
void sql_rows(struct sql_writing *w, struct text *t, const struct criterion *c);
void sql_during(struct sql_writing *w, struct text *t, const struct column *start, int32_t from,
	int32_t to);
void sql_clamped(struct sql_writing *w, struct text *t, const char *alias,
	const struct column *column, int64_t low, int64_t high);

/* The column with years of birth, and the year of somebody `years` old on the day ages are taken. */
const char *sql_birth_column(struct sql_writing *w);
void sql_born(struct sql_writing *w, struct text *t, int64_t years);
/* "(SELECT key AS k, c0.. FROM ..)": the rows of the officer's cohort, for an alias r. */
void sql_cohort(struct sql_writing *w, struct text *t);
/* Writes w->cell, and to w->joins what it needs. */
void sql_cells(struct sql_writing *w);

#endif
