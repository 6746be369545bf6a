/*
 * csv.h - lines for spreadsheets (RFC 4180, UTF-8, CRLF).
 *
 * V1  no cell begins a formula: text that a spreadsheet would compute (= + - @, in full width too)
 *     gets an apostrophe in front. Numbers stay numbers, negative ones too.
 */
#ifndef CLI_CSV_H
#define CLI_CSV_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct csv {
	FILE *out;
	bool begun; /* the line has a cell */
};

void csv_text(struct csv *c, const char *s);
void csv_number(struct csv *c, bool known, int64_t v); /* an empty cell when not known */
void csv_real(struct csv *c, bool known, double v); /* likewise, eight digits */
void csv_end(struct csv *c);

#endif
