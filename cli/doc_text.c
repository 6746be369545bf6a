#include <string.h>

#include "cli/doc.h"
#include "cli/table.h"
#include "cli/wrap.h"

/* A document on a terminal, or on paper from one. */

enum {
	LINE = 100,
	NARROWEST = 8, /* no column is broken below this */
	FACT_NAMES = 24
};

static const char *in(bool zh, struct say s)
{
	return zh ? s.zh : s.en;
}

static void spaces(FILE *out, size_t n)
{
	while (n-- > 0)
		fputc(' ', out);
}

/* The first line begins at `indent`, where the cursor is; so do the others. */
static void wrapped(const char *s, size_t indent, FILE *out)
{
	size_t next = 0, len = wrap_line(s, LINE - indent, &next);

	for (bool first = true; first || *s != '\0'; first = false) {
		if (!first)
			spaces(out, indent);
		fwrite(s, 1, len, out);
		fputc('\n', out);
		s += next;
		len = wrap_line(s, LINE - indent, &next);
	}
}

static void head(const struct doc_block *b, bool zh, bool colour, FILE *out)
{
	const char *s = in(zh, b->text);

	fprintf(out, colour ? "\n\033[1m%s\033[0m\n" : "\n%s\n", s);
	for (size_t i = 0; i < utf8_width(s); i++)
		fputs(b->level > 2 ? "─" : "═", out);
	fputc('\n', out);
}

static void facts(const struct doc_block *b, bool zh, FILE *out)
{
	size_t widest = 0;

	for (const struct doc_row *row = b->first; row != NULL; row = row->next)
		if (utf8_width(in(zh, row->cells[0])) > widest)
			widest = utf8_width(in(zh, row->cells[0]));
	if (widest > FACT_NAMES)
		widest = FACT_NAMES;
	for (const struct doc_row *row = b->first; row != NULL; row = row->next) {
		size_t width = utf8_width(in(zh, row->cells[0]));

		fputs(in(zh, row->cells[0]), out);
		spaces(out, (width < widest ? widest - width : 0) + 2);
		wrapped(in(zh, row->cells[1]), (width > widest ? width : widest) + 2, out);
	}
}

/* ---- tables ---- */

/* The columns of a table that are shown, and how wide each is. */
struct layout {
	unsigned n, column[TABLE_COLUMNS];
	size_t width[TABLE_COLUMNS], least[TABLE_COLUMNS], whole[TABLE_COLUMNS];
};

static void widen(struct layout *l, unsigned i, const char *s)
{
	size_t width = utf8_width(s), least = wrap_least(s);

	l->width[i] = width > l->width[i] ? width : l->width[i];
	l->least[i] = least > l->least[i] ? least : l->least[i];
}

static void measure(const struct doc_block *b, bool zh, struct layout *l)
{
	for (unsigned i = 0; i < b->n_columns; i++) {
		if (!doc_column_used(b, i))
			continue;
		l->column[l->n] = i;
		l->least[l->n] = NARROWEST;
		widen(l, l->n, in(zh, b->columns[i].head));
		l->least[l->n] = l->width[l->n] > NARROWEST ? l->width[l->n]
							    : NARROWEST; /* heads stay whole */
		for (const struct doc_row *row = b->first; row != NULL; row = row->next)
			widen(l, l->n, in(zh, row->cells[i]));
		l->n++;
	}
}

/* Whether column i should rather give way than `best`: the one whose cells become least high, so that widths follow
 * how much there is to say; when words have to be broken, the widest. */
static bool rather(const struct layout *l, unsigned i, unsigned best, bool words)
{
	if (best == l->n)
		return true;
	if (words)
		return l->width[i] > l->width[best];
	return l->whole[i] * (l->width[best] - 1) < l->whole[best] * (l->width[i] - 1);
}

/* The column that gives way, or n when none may. */
static unsigned gives_way(const struct layout *l, bool words)
{
	unsigned best = l->n;

	for (unsigned i = 0; i < l->n; i++)
		if (l->width[i] > (words ? NARROWEST : l->least[i]) && rather(l, i, best, words))
			best = i;
	return best;
}

static void fit(struct layout *l)
{
	memcpy(l->whole, l->width, sizeof(l->whole));
	for (;;) {
		size_t all = 2 * ((size_t)l->n - 1);
		unsigned i;

		for (i = 0; i < l->n; i++)
			all += l->width[i];
		if (all <= LINE)
			return;
		i = gives_way(l, false);
		if (i == l->n)
			i = gives_way(l, true);
		if (i == l->n)
			return;
		l->width[i]--;
	}
}

/* One line of a row; false when no cell had anything left. */
static bool add_line(struct table *t, const struct layout *l, const char **left, struct arena *a)
{
	const char *cells[TABLE_COLUMNS];
	bool any = false;

	for (unsigned i = 0; i < l->n; i++) {
		size_t next = 0, len = wrap_line(left[i], l->width[i], &next);

		cells[i] = arena_textn(a, left[i], len);
		any = any || len > 0;
		left[i] += next;
	}
	if (any)
		table_add(t, false, cells);
	return any;
}

static void fill(const struct doc_block *b, bool zh, const struct layout *l, struct table *t)
{
	const char *heads[TABLE_COLUMNS];

	for (unsigned i = 0; i < l->n; i++)
		heads[i] = arena_textf(t->arena, "%s%s", b->columns[l->column[i]].right ? ">" : "",
			in(zh, b->columns[l->column[i]].head));
	table_init(t, t->arena, l->n, heads);
	for (const struct doc_row *row = b->first; row != NULL; row = row->next) {
		const char *left[TABLE_COLUMNS];

		for (unsigned i = 0; i < l->n; i++)
			left[i] = in(zh, row->cells[l->column[i]]);
		while (add_line(t, l, left, t->arena))
			continue;
	}
}

static void table(const struct doc *d, const struct doc_block *b, bool zh, bool colour, FILE *out)
{
	struct layout l = { .n = 0 };
	struct arena cells;
	struct table t = { .arena = &cells };

	arena_init(&cells, d->arena->max);
	measure(b, zh, &l);
	fit(&l);
	fill(b, zh, &l, &t);
	if (*in(zh, b->text) != '\0')
		wrapped(in(zh, b->text), 0, out);
	table_print(&t, out, colour);
	arena_clear(&cells);
}

static void signatures(const struct doc_block *b, bool zh, FILE *out)
{
	for (const struct doc_row *row = b->first; row != NULL; row = row->next)
		fprintf(out,
			zh ? "\n%s\n\n  姓名 ____________________  日期 ______________  签名 "
			     "______________________________\n"
			   : "\n%s\n\n  name ____________________  date ______________  signature "
			     "_________________________\n",
			in(zh, row->cells[0]));
	fprintf(out, zh ? "\n盖章\n" : "\nstamp\n");
	fputs("  ┌──────────────────────────────┐\n", out);
	for (int i = 0; i < 7; i++)
		fputs("  │                              │\n", out);
	fputs("  └──────────────────────────────┘\n", out);
}

void doc_text(const struct doc *d, bool zh, bool colour, FILE *out)
{
	fprintf(out, colour ? "\033[1m%s\033[0m\n" : "%s\n", in(zh, d->title));
	for (const struct doc_block *b = d->first, *before = NULL; b != NULL;
		before = b, b = b->next) {
		if (b->kind == DOC_TABLE && (before == NULL || before->kind != DOC_HEAD))
			fputc('\n', out);
		switch (b->kind) {
		case DOC_HEAD:
			head(b, zh, colour, out);
			break;
		case DOC_PARA:
			wrapped(in(zh, b->text), 0, out);
			break;
		case DOC_FACTS:
			facts(b, zh, out);
			break;
		case DOC_TABLE:
			table(d, b, zh, colour, out);
			break;
		case DOC_SIGNATURES:
			signatures(b, zh, out);
			break;
		}
	}
}
