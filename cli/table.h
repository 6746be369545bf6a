/*
 * table.h - rows of text that align on a terminal, Chinese text too.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"

enum {
	TABLE_COLUMNS = 24
};

struct table {
	struct arena *arena; /* borrowed; holds the cells */
	struct table_row *first, *last;
	unsigned columns;
	bool right[TABLE_COLUMNS]; /* numbers stand right */
};

/* `heads` are the columns' heads (copied); '>' in front of one makes the column right-aligned. */
void table_init(struct table *t, struct arena *arena, unsigned columns, const char *const *heads);
/* Adds a row; NULL cells are empty. A rule above it sets totals off. */
void table_add(struct table *t, bool rule_above, const char *const *cells);
/* Whether it is at most `width` columns wide; 0: any width will do. */
bool table_fits(const struct table *t, unsigned width);
/* Prints with two spaces between columns; heads bold when `colour`. */
void table_print(const struct table *t, FILE *out, bool colour);
/* The same; a table wider than `width` columns (0: any width will do) becomes a list, the heads beside their cells. */
void table_print_within(const struct table *t, FILE *out, bool colour, unsigned width);
/* As table_print() for a spreadsheet (csv.h). */
void table_csv(const struct table *t, FILE *out);

#endif
