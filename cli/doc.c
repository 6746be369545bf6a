#include "cli/doc.h"

#include <stdarg.h>
#include <string.h>

#include "cli/csv.h"

/* ---- making one ---- */

void doc_init(struct doc *d, struct arena *arena, struct say title)
{
	*d = (struct doc){ .arena = arena, .title = title };
}

struct say doc_plain(const char *s)
{
	return (struct say){ s == NULL ? "" : s, s == NULL ? "" : s };
}

struct say doc_say(struct doc *d, const char *en, const char *zh, ...)
{
	struct say s;
	va_list args;

	va_start(args, zh);
	s.en = arena_textv(d->arena, en, args);
	va_end(args);
	va_start(args, zh);
	s.zh = arena_textv(d->arena, zh, args);
	va_end(args);
	if (s.en != NULL && s.zh != NULL)
		return s;
	d->failed = true;
	return SAY("", "");
}

static struct doc_block *block(struct doc *d, enum doc_kind kind, const char *id, struct say text)
{
	struct doc_block *b = arena_alloc(d->arena, sizeof(*b));

	if (b == NULL || text.en == NULL || text.zh == NULL) {
		d->failed = true;
		return NULL;
	}
	*b = (struct doc_block){ .kind = kind, .id = id, .text = text };
	if (d->last == NULL)
		d->first = b;
	else
		d->last->next = b;
	d->last = b;
	return b;
}

void doc_head(struct doc *d, unsigned level, const char *id, struct say text)
{
	struct doc_block *b = block(d, DOC_HEAD, id, text);

	if (b != NULL)
		b->level = level;
}

void doc_para(struct doc *d, struct say text)
{
	(void)block(d, DOC_PARA, NULL, text);
}

static void add_row(struct doc *d, struct doc_block *b, const char *key, bool mark,
	const struct say *cells, unsigned n)
{
	struct doc_row *row = b == NULL ? NULL : arena_alloc(d->arena, sizeof(*row));
	struct say *copy = row == NULL ? NULL : arena_array(d->arena, n, sizeof(*copy));

	if (copy == NULL) {
		d->failed = true;
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		copy[i] = cells[i];
		if (cells[i].en == NULL || cells[i].zh == NULL)
			d->failed = true;
	}
	*row = (struct doc_row){ .mark = mark, .key = key, .cells = copy };
	if (b->last == NULL)
		b->first = row;
	else
		b->last->next = row;
	b->last = row;
}

struct doc_block *doc_facts(struct doc *d, const char *id)
{
	struct doc_block *b = block(d, DOC_FACTS, id, SAY("", ""));

	if (b != NULL)
		b->n_columns = 2;
	return b;
}

void doc_fact(
	struct doc *d, struct doc_block *b, const char *key, struct say name, struct say value)
{
	add_row(d, b, key, false, (struct say[]){ name, value }, 2);
}

struct doc_block *doc_table(struct doc *d, const char *id, struct say caption,
	const struct doc_column *columns, unsigned n_columns)
{
	struct doc_block *b = block(d, DOC_TABLE, id, caption);

	if (b != NULL) {
		b->columns = columns;
		b->n_columns = n_columns;
	}
	return b;
}

void doc_row(struct doc *d, struct doc_block *b, bool mark, const struct say *cells)
{
	add_row(d, b, NULL, mark, cells, b == NULL ? 0 : b->n_columns);
}

void doc_signatures(struct doc *d, const struct say *roles, unsigned n)
{
	struct doc_block *b = block(d, DOC_SIGNATURES, NULL, SAY("", ""));

	for (unsigned i = 0; i < n; i++)
		add_row(d, b, NULL, false, &roles[i], 1);
}

bool doc_column_used(const struct doc_block *b, unsigned column)
{
	for (const struct doc_row *row = b->first; row != NULL; row = row->next)
		if (row->cells[column].en[0] != '\0' || row->cells[column].zh[0] != '\0')
			return true;
	return column == 0;
}

/* ---- CSV ---- */

static bool is_rows(const struct doc_block *b)
{
	return b->kind == DOC_FACTS || b->kind == DOC_TABLE;
}

static const char *in(bool zh, struct say s)
{
	return zh ? s.zh : s.en;
}

/* "-" is for people who look at a page; a spreadsheet leaves the cell empty. */
static const char *csv_cell(bool zh, struct say s)
{
	return strcmp(in(zh, s), "-") == 0 ? "" : in(zh, s);
}

static void csv_heads(const struct doc_block *b, bool zh, struct csv *csv)
{
	if (b->kind == DOC_FACTS)
		return;
	if (b->part_key != NULL)
		csv_text(csv, in(zh, b->part_head));
	for (unsigned i = 0; i < b->n_columns; i++)
		csv_text(csv, in(zh, b->columns[i].head));
	csv_end(csv);
}

void doc_csv(const struct doc *d, bool zh, FILE *out)
{
	struct csv csv = { .out = out };
	const struct doc_block *before = NULL;

	for (const struct doc_block *b = d->first; b != NULL; b = b->next) {
		if (!is_rows(b))
			continue;
		if (before == NULL || strcmp(before->id, b->id) != 0) {
			if (before != NULL)
				csv_end(&csv);
			csv_heads(b, zh, &csv);
		}
		before = b;
		for (const struct doc_row *row = b->first; row != NULL; row = row->next) {
			if (b->part_key != NULL)
				csv_text(&csv, in(zh, b->part));
			for (unsigned i = 0; i < b->n_columns; i++)
				csv_text(&csv, csv_cell(zh, row->cells[i]));
			csv_end(&csv);
		}
	}
}

/* ---- JSON ---- */

static void json_both(struct text *out, struct say s)
{
	text_add(out, "{\"en\":");
	text_add_json(out, s.en);
	text_add(out, ",\"zh\":");
	text_add_json(out, s.zh);
	text_addc(out, '}');
}

static void json_member(struct text *out, bool first, const char *key, struct say s, bool both)
{
	text_add(out, first ? "" : ",");
	text_add_json(out, key);
	text_addc(out, ':');
	if (strcmp(s.en, "-") == 0)
		text_add(out, "null");
	else if (both)
		json_both(out, s);
	else
		text_add_json(out, s.en);
}

static void json_row(struct text *out, const struct doc_block *b, const struct doc_row *row)
{
	text_addc(out, '{');
	if (b->part_key != NULL)
		json_member(out, true, b->part_key, b->part, false);
	for (unsigned i = 0; i < b->n_columns; i++)
		json_member(out, i == 0 && b->part_key == NULL, b->columns[i].key, row->cells[i],
			b->columns[i].both);
	text_addc(out, '}');
}

/* All tables of one id are one list. */
static void json_rows(struct text *out, const struct doc_block *b)
{
	const char *id = b->id;
	bool first = true;

	text_addc(out, '[');
	for (; b != NULL; b = b->next)
		for (const struct doc_row *row = b->first;
			b->kind == DOC_TABLE && strcmp(b->id, id) == 0 && row != NULL;
			row = row->next) {
			text_add(out, first ? "" : ",");
			json_row(out, b, row);
			first = false;
		}
	text_addc(out, ']');
}

static bool told(const struct doc *d, const struct doc_block *b)
{
	for (const struct doc_block *o = d->first; o != b; o = o->next)
		if (is_rows(o) && strcmp(o->id, b->id) == 0)
			return true;
	return false;
}

void doc_json(const struct doc *d, struct text *out)
{
	text_add(out, "{\"title\":");
	json_both(out, d->title);
	for (const struct doc_block *b = d->first; b != NULL; b = b->next) {
		if (!is_rows(b) || told(d, b))
			continue;
		text_addc(out, ',');
		text_add_json(out, b->id);
		text_addc(out, ':');
		if (b->kind == DOC_TABLE) {
			json_rows(out, b);
			continue;
		}
		text_addc(out, '{');
		for (const struct doc_row *row = b->first; row != NULL; row = row->next)
			json_member(out, row == b->first, row->key, row->cells[1],
				strcmp(row->cells[1].en, row->cells[1].zh) != 0);
		text_addc(out, '}');
	}
	text_add(out, "}\n");
}
