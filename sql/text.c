#include "sql/writing.h"

#include <string.h>

#include "base/clock.h"

/*
 * Names, values and lists, spelt so that PostgreSQL cannot misread them. What they mean is decided in
 * the files that call.
 */

void sql_wrong(struct sql_writing *w, const char *literal)
{
	if (w->wrong == NULL)
		w->wrong = literal;
}

/* ---- words ---- */

void sql_name(struct text *t, const char *name)
{
	text_addc(t, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"')
			text_addc(t, '"');
		text_addc(t, *name);
	}
	text_addc(t, '"');
}

void sql_qualified(struct text *t, const char *name)
{
	const char *dot = strchr(name, '.');

	for (; dot != NULL; dot = strchr(name, '.')) {
		text_addc(t, '"');
		for (; name < dot; name++) {
			if (*name == '"')
				text_addc(t, '"');
			text_addc(t, *name);
		}
		text_add(t, "\".");
		name = dot + 1;
	}
	sql_name(t, name);
}

void sql_relation(struct text *t, const struct table *table)
{
	sql_name(t, table->schema);
	text_addc(t, '.');
	sql_name(t, table->relation);
}

void sql_member(struct text *t, const char *alias, const char *column)
{
	text_add(t, alias);
	text_addc(t, '.');
	sql_name(t, column);
}

const char *sql_expr(struct sql_writing *w, const char *alias, const char *column)
{
	struct text t;
	const char *s;

	text_init(&t, MAX_SQL_BYTES);
	if (column == NULL)
		sql_wrong(w, "a column that the model does not have");
	else
		sql_member(&t, alias, column);
	s = sql_take(&t, w->arena);
	if (s == NULL)
		sql_wrong(w, "");
	return s == NULL ? "" : s;
}

/* ---- values ---- */

int sql_value_number(struct sql_writing *w, const char *value)
{
	if (value == NULL)
		sql_wrong(w, "");
	if (w->values == NULL)
		w->values = arena_array(w->arena, MAX_VALUES, sizeof(*w->values));
	if (w->values == NULL)
		sql_wrong(w, "");
	if (w->n_values >= MAX_VALUES)
		sql_wrong(w, "more values than a statement may have");
	if (w->wrong != NULL)
		return 0;
	w->values[w->n_values++] = value;
	return w->n_values;
}

void sql_value(struct sql_writing *w, struct text *t, const char *text, const char *type)
{
	text_addf(t, "$%d::%s", sql_value_number(w, text), type);
}

void sql_value_int(struct sql_writing *w, struct text *t, int64_t v, const char *type)
{
	sql_value(w, t, arena_textf(w->arena, "%lld", (long long)v), type);
}

void sql_value_day(struct sql_writing *w, struct text *t, int32_t day)
{
	char buf[16];

	sql_value(w, t, arena_text(w->arena, day_text(day, buf)), "date");
}

/* In 1e-9 units, exactly. */
void sql_value_decimal(struct sql_writing *w, struct text *t, int64_t v)
{
	char buf[32];

	sql_value(w, t, arena_text(w->arena, format_decimal(buf, sizeof(buf), v, 9)), "numeric");
}

const char *sql_take(struct text *t, struct arena *arena)
{
	const char *s = text_failed(t) ? NULL : arena_textn(arena, text_str(t), t->len);

	text_clear(t);
	return s;
}

const char *sql_ints(struct arena *arena, const int32_t *list, unsigned n)
{
	struct text t;

	text_init(&t, 16 * (size_t)n + 16);
	text_addc(&t, '{');
	for (unsigned i = 0; i < n; i++)
		text_addf(&t, "%s%d", i == 0 ? "" : ",", (int)list[i]);
	text_addc(&t, '}');
	return sql_take(&t, arena);
}

const char *sql_longs(struct arena *arena, const int64_t *list, unsigned n)
{
	struct text t;

	text_init(&t, 24 * (size_t)n + 16);
	text_addc(&t, '{');
	for (unsigned i = 0; i < n; i++)
		text_addf(&t, "%s%lld", i == 0 ? "" : ",", (long long)list[i]);
	text_addc(&t, '}');
	return sql_take(&t, arena);
}
