/*
 * doc.h - what a command has to tell, once and in both languages, as headings, sentences and tables; then as text for
 * a terminal, CSV for a spreadsheet, one page of HTML, or JSON.
 *
 * D1  every way of showing it shows the same rows in the same order.
 * D2  the page needs nothing else: no script, no picture, no request. It forbids them itself.
 * D3  texts are shown as they are; none becomes markup (HTML), a formula (CSV) or steers a terminal, since the reader
 *     of policies lets no control character in.
 * D4  when memory ends, doc->failed is set, and nothing must be shown.
 *
 * A cell "-" says that there is nothing: an empty cell in CSV, null in JSON.
 * Texts are borrowed and must live as long as the document's arena.
 */
#ifndef CLI_DOC_H
#define CLI_DOC_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

enum doc_kind {
	DOC_HEAD,
	DOC_PARA,
	DOC_FACTS, /* rows of a name and a value */
	DOC_TABLE,
	DOC_SIGNATURES /* rows of one cell, the role that signs; room for name, date, signature, stamp */
};

struct doc_column {
	const char *key; /* in JSON */
	struct say head;
	bool right; /* numbers */
	bool both;  /* JSON has the cell in both languages */
};

struct doc_row {
	struct doc_row *next;
	bool mark;       /* stands out: what is forbidden, what is wider */
	const char *key; /* DOC_FACTS: in JSON */
	const struct say *cells;
};

struct doc_block {
	struct doc_block *next;
	enum doc_kind kind;
	unsigned level;  /* DOC_HEAD: 2 or 3; 1 is the document's title */
	const char *id;  /* DOC_HEAD: anchor; tables: name in JSON */
	struct say text; /* heading, sentence, caption */
	struct say
		part; /* DOC_TABLE: tables of one id are parts of one, such as the columns of a table each */
	const char *part_key;
	struct say part_head;
	const struct doc_column *columns;
	unsigned n_columns;
	struct doc_row *first, *last;
};

struct doc {
	struct arena *arena;
	struct say title;
	struct doc_block *first, *last;
	bool failed;
};

void doc_init(struct doc *d, struct arena *arena, struct say title);
void doc_head(struct doc *d, unsigned level, const char *id, struct say text);
void doc_para(struct doc *d, struct say text);
/* Text made for both languages from the same arguments; lives in the document's arena. */
struct say doc_say(struct doc *d, const char *en, const char *zh, ...) PRINTF_LIKE(2, 4)
	PRINTF_LIKE(3, 4);
struct say doc_plain(const char *s); /* the same text in both languages; "" for NULL */
struct doc_block *doc_facts(struct doc *d, const char *id);
void doc_fact(
	struct doc *d, struct doc_block *b, const char *key, struct say name, struct say value);
struct doc_block *doc_table(struct doc *d, const char *id, struct say caption,
	const struct doc_column *columns, unsigned n_columns);
/* As many cells as the table has columns (copied). */
void doc_row(struct doc *d, struct doc_block *b, bool mark, const struct say *cells);
/* Roles, each with room to sign. */
void doc_signatures(struct doc *d, const struct say *roles, unsigned n);

/* Whether any row has something in the column: text and pages leave empty columns out. */
bool doc_column_used(const struct doc_block *b, unsigned column);

/* Lines of at most 100 columns where cells can be broken; heads bold when `colour`. */
void doc_text(const struct doc *d, bool zh, bool colour, FILE *out);
void doc_csv(const struct doc *d, bool zh, FILE *out);
void doc_html(const struct doc *d, bool zh, FILE *out);
/* {"title":..., "id of a table": [{key: cell}], "id of facts": {key: value}} */
void doc_json(const struct doc *d, struct text *out);

#endif
