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

void sql_script(const struct sql *q, struct text *out)
{
	text_add(out, "\\set ON_ERROR_STOP on\n"
		      "begin read only;\n"
		      "set local search_path = pg_catalog;\n"
		      "set local standard_conforming_strings = on;\n" SQL_PLANNING ";\n"
		      "prepare cordon_question as\n");
	text_add(out, q->text);
	text_add(out, ";\nexecute cordon_question");
	for (int i = 0; i < q->n_values; i++) {
		text_add(out, i == 0 ? " (" : ",");
		text_addf(out, "\n  /* $%d */ ", i + 1);
		add_literal(out, q->values[i]);
	}
	text_add(out, q->n_values > 0 ? ");\n" : ";\n");
	text_add(out, "rollback;\ndeallocate cordon_question;\n");
}
