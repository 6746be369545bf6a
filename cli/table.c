#include "cli/table.h"

#include <string.h>

#include "base/text.h"
#include "cli/csv.h"

struct table_row {
	struct table_row *next;
	bool rule;
	const char *cells[TABLE_COLUMNS];
};

static void add(struct table *t, bool rule, const char *const *cells)
{
	struct table_row *row = arena_alloc(t->arena, sizeof(*row));

	if (row == NULL)
		return; /* a table that ran out of memory is shorter, not wrong */
	row->rule = rule;
	for (unsigned i = 0; i < t->columns; i++) {
		const char *copy = cells[i] == NULL ? "" : arena_text(t->arena, cells[i]);

		row->cells[i] = copy == NULL ? "" : copy;
	}
	if (t->last == NULL)
		t->first = row;
	else
		t->last->next = row;
	t->last = row;
}

void table_init(struct table *t, struct arena *arena, unsigned columns, const char *const *heads)
{
	const char *plain[TABLE_COLUMNS];

	*t = (struct table){ .arena = arena };
	t->columns = columns > TABLE_COLUMNS ? TABLE_COLUMNS : columns;
	for (unsigned i = 0; i < t->columns; i++) {
		t->right[i] = heads[i][0] == '>';
		plain[i] = heads[i] + t->right[i];
	}
	add(t, false, plain);
}

void table_add(struct table *t, bool rule_above, const char *const *cells)
{
	add(t, rule_above, cells);
}

static void spaces(FILE *out, size_t n)
{
	while (n-- > 0)
		fputc(' ', out);
}

static void print_row(
	const struct table *t, const struct table_row *row, const size_t *widths, FILE *out)
{
	unsigned last = 0;

	for (unsigned i = 0; i < t->columns; i++)
		if (row->cells[i][0] != '\0')
			last = i;
	for (unsigned i = 0; i <= last; i++) {
		size_t pad = widths[i] - utf8_width(row->cells[i]);

		if (i > 0)
			fputs("  ", out);
		if (t->right[i])
			spaces(out, pad);
		fputs(row->cells[i], out);
		if (!t->right[i] && i < last)
			spaces(out, pad);
	}
}

/* The width of each column; gives that of all with the spaces between them. */
static size_t widths_of(const struct table *t, size_t widths[TABLE_COLUMNS])
{
	size_t all = 0;

	for (const struct table_row *row = t->first; row != NULL; row = row->next)
		for (unsigned i = 0; i < t->columns; i++)
			if (utf8_width(row->cells[i]) > widths[i])
				widths[i] = utf8_width(row->cells[i]);
	for (unsigned i = 0; i < t->columns; i++)
		all += widths[i] + (i > 0 ? 2 : 0);
	return all;
}

/* A row as a list: its first cell, and under it what the others are. */
static void print_list(const struct table *t, const struct table_row *row, FILE *out, bool colour)
{
	size_t width = 0;

	for (unsigned i = 1; i < t->columns; i++)
		if (row->cells[i][0] != '\0' && utf8_width(t->first->cells[i]) > width)
			width = utf8_width(t->first->cells[i]);
	fprintf(out, colour ? "\033[1m%s\033[0m\n" : "%s\n", row->cells[0]);
	for (unsigned i = 1; i < t->columns; i++) {
		if (row->cells[i][0] == '\0')
			continue;
		fprintf(out, "  %s", t->first->cells[i]);
		spaces(out, width - utf8_width(t->first->cells[i]));
		fprintf(out, "  %s\n", row->cells[i]);
	}
}

bool table_fits(const struct table *t, unsigned width)
{
	size_t widths[TABLE_COLUMNS] = { 0 };

	return width == 0 || widths_of(t, widths) <= width;
}

void table_print_within(const struct table *t, FILE *out, bool colour, unsigned width)
{
	if (table_fits(t, width)) {
		table_print(t, out, colour);
		return;
	}
	for (const struct table_row *row = t->first == NULL ? NULL : t->first->next; row != NULL;
		row = row->next)
		print_list(t, row, out, colour);
}

void table_print(const struct table *t, FILE *out, bool colour)
{
	size_t widths[TABLE_COLUMNS] = { 0 }, all = widths_of(t, widths);

	for (const struct table_row *row = t->first; row != NULL; row = row->next) {
		bool head = row == t->first;

		if (row->rule || (t->first->next == row)) {
			for (size_t i = 0; i < all; i++)
				fputs("─", out);
			fputc('\n', out);
		}
		if (head && colour)
			fputs("\033[1m", out);
		print_row(t, row, widths, out);
		fputs(head && colour ? "\033[0m\n" : "\n", out);
	}
}

void table_csv(const struct table *t, FILE *out)
{
	struct csv csv = { .out = out };

	for (const struct table_row *row = t->first; row != NULL; row = row->next) {
		for (unsigned i = 0; i < t->columns; i++)
			csv_text(&csv, row->cells[i]);
		csv_end(&csv);
	}
}
