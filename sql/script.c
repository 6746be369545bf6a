#include "sql/sql.h"

#include <string.h>

/*
 * The statement as a script for psql: what a site's own administrator runs to see what a question reads. The values
 * stand in it as literals, which is safe because they are quoted here and typed by the statement itself; Cordon
 * never runs it.
 */

static void add_literal(struct text *t, const char *value)
{
	text_addc(t, '\'');
	for (; *value != '\0'; value++) {
		if (*value == '\'')
			text_addc(t, '\'');
		text_addc(t, *value);
	}
	text_addc(t, '\'');
}

/* ---- one condition a line ---- */

static void new_line(struct text *t, unsigned depth)
{
	text_addc(t, '\n');
	for (unsigned i = 0; i < depth && i < 12; i++)
		text_add(t, "  ");
}

/* The statement with a line for each condition, each further in by how many brackets it stands. Nothing inside
 * quotes is touched, and only white space is put in or left out, so it means what it meant. */
static void add_statement(struct text *t, const char *s)
{
	static const char *const begins[] = { " AND ", " OR ", " WHEN " };
	unsigned depth = 0;
	char quote = '\0';

	for (; *s != '\0'; s++) {
		bool begun = false;

		if (quote != '\0') {
			quote = *s == quote ? '\0' : quote;
			text_addc(t, *s);
			continue;
		}
		if (*s == '\n') {
			while (s[1] == ' ')
				s++;
			new_line(t, depth);
			continue;
		}
		for (size_t i = 0; *s == ' ' && !begun && i < 3; i++)
			begun = strncmp(s, begins[i], strlen(begins[i])) == 0;
		if (begun) {
			new_line(t, depth);
			continue;
		}
		if (*s == '\'' || *s == '"')
			quote = *s;
		depth += *s == '(';
		depth -= *s == ')' && depth > 0;
		text_addc(t, *s);
	}
}

/* ---- the script ---- */

static void begin_names(struct text *t, const char *const *names, unsigned n)
{
	text_add(t, "SELECT r.*, (ARRAY[");
	for (unsigned i = 0; i < n; i++) {
		text_add(t, i == 0 ? "" : ",");
		text_add(t, i % 4 == 0 ? "\n  " : " ");
		add_literal(t, names[i]);
	}
	text_add(t, "])[r.cell::int4 + 1] AS what FROM (\n");
}

void sql_script(
	const struct sql *q, const char *const *names, unsigned n, bool merges, struct text *out)
{
	text_add(out, "\\set ON_ERROR_STOP on\n"
		      "begin read only;\n"
		      "set local search_path = pg_catalog;\n"
		      "set local standard_conforming_strings = on;\n" SQL_PLANNING ";\n");
	text_add(out, q->halves ? SQL_HALVES ";\n" : merges ? SQL_MERGES ";\n" : "");
	text_add(out, "prepare cordon_question as\n");
	if (n > 1)
		begin_names(out, names, n);
	add_statement(out, q->text);
	text_add(out, n > 1 ? ") r ORDER BY r.cell;\n" : ";\n");
	text_add(out, "execute cordon_question");
	for (int i = 0; i < q->n_values; i++) {
		text_add(out, i == 0 ? " (" : ",");
		text_addf(out, "\n  /* $%d */ ", i + 1);
		add_literal(out, q->values[i]);
	}
	text_add(out, q->n_values > 0 ? ");\n" : ";\n");
	text_add(out, "rollback;\ndeallocate cordon_question;\n");
}
