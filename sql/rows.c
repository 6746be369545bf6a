#include "sql/writing.h"

#include <stdlib.h>
#include <string.h>

#include "policies/reach.h"
#include "policies/systems.h"

/*
 * What every statement says of a row: that it is not red (W4), its days, its value.
 */

void sql_array_text(struct text *t, const char *s, size_t len)
{
	text_add(t, t->len > 1 ? ",\"" : "\"");
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"' || s[i] == '\\')
			text_addc(t, '\\');
		text_addc(t, s[i]);
	}
	text_addc(t, '"');
}

/* ---- red rows ---- */

static int by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/* The concepts of every code rule in force, as one parameter that all subqueries share. It is bound
 * when the first of them needs it: a parameter that stands nowhere has no type. */
static void bind_red(struct sql_writing *w)
{
	const struct red_codes *red = w->facts->red;
	const struct plan *plan = w->plan;
	size_t n = 0, at = 0;
	int32_t *all;

	for (unsigned i = 0; i < plan->n_red; i++) {
		if (plan->red[i] >= plan->policy->n_codes ||
			(red != NULL && plan->red[i] >= red->n_rules)) {
			sql_wrong(w, "a code rule that the policy does not have");
			return;
		}
		n += red != NULL ? red->counts[plan->red[i]]
				 : plan->policy->codes[plan->red[i]].n_omop;
	}
	w->red_value = -1;
	if (n == 0)
		return;
	all = arena_array(w->arena, n, sizeof(*all));
	if (all == NULL) {
		sql_wrong(w, "");
		return;
	}
	for (unsigned i = 0; i < plan->n_red; i++) {
		const struct code_rule *rule = &plan->policy->codes[plan->red[i]];
		unsigned have = red != NULL ? red->counts[plan->red[i]] : rule->n_omop;

		for (unsigned k = 0; k < have; k++) {
			if (red == NULL && rule->omop[k].out)
				continue;
			all[at++] = red != NULL ? red->concepts[plan->red[i]][k]
						: rule->omop[k].concept;
		}
	}
	qsort(all, at, sizeof(*all), by_number);
	w->red_value = sql_value_number(w, sql_ints(w->arena, all, (unsigned)at));
}

/* Not an `<> ALL`, which older servers look through row by row; NULL is no red concept. */
static void red_concept(
	struct sql_writing *w, struct text *t, const char *alias, const char *column)
{
	if (w->red_value == 0)
		bind_red(w);
	if (w->red_value < 0)
		return;
	text_add(t, " AND (");
	sql_member(t, alias, column);
	text_addf(t, " = ANY ($%d::int4[])) IS NOT TRUE", w->red_value);
}

/* The codes of an event, those they were recorded as, and a result that is one: each may say what a rule hides. */
static bool coded_by_model(const struct model_event *e, const char *column)
{
	const char *const names[] = { e->concept, e->attributes[ATTR_SOURCE],
		e->attributes[ATTR_CONCEPT] };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i] != NULL && strcmp(names[i], column) == 0)
			return true;
	return false;
}

static bool carries_concepts(
	const struct sql_writing *w, const struct table *table, const struct column *c)
{
	const struct model_event *events = w->plan->model->events;

	if (!column_readable(c, w->plan->today))
		return false;
	for (unsigned k = 0; k < EVENTS; k++)
		if (events[k].table != NULL && events[k].concept != NULL &&
			events[k].system == SYSTEM_OMOP &&
			strcmp(events[k].table, table->name) == 0 &&
			coded_by_model(&events[k], c->column))
			return true;
	return column_holds(c, SYSTEM_OMOP, w->plan->today);
}

/* Columns that carry concepts, by the model, whatever kind of event the table is used as, or by the red
 * list. */
static void red_concepts(
	struct sql_writing *w, struct text *t, const char *alias, const struct table *table)
{
	for (unsigned i = 0; i < table->n_columns; i++)
		if (carries_concepts(w, table, &table->columns[i]))
			red_concept(w, t, alias, table->columns[i].column);
}

/* ---- codes of other systems, as text ---- */

/* The codes of a system of every rule in force, as one parameter that all subqueries share. */
static void bind_codes(struct sql_writing *w, enum code_system s)
{
	const struct plan *plan = w->plan;
	struct text list;
	unsigned n = 0;

	text_init(&list, MAX_SQL_BYTES);
	text_addc(&list, '{');
	for (unsigned i = 0; i < plan->n_red; i++) {
		const struct code_list *codes = &plan->policy->codes[plan->red[i]].listed[s];

		for (unsigned k = 0; k < codes->n; k++)
			sql_array_text(&list, codes->codes[k], strlen(codes->codes[k]));
		n += codes->n;
	}
	text_addc(&list, '}');
	w->code_values[s] = -1;
	if (n > 0)
		w->code_values[s] = sql_value_number(w, sql_take(&list, w->arena));
	text_clear(&list);
}

/* As bytes, for a statement's text is of the server's encoding; read only where that has such letters. The
 * CASE is decided by the server alone, so no data can make it fail. */
#define WIDE                                                                                       \
	"efbca1efbca2efbca3efbca4efbca5efbca6efbca7efbca8efbca9efbcaaefbcabefbcacefbcadefbcae"     \
	"efbcafefbcb0efbcb1efbcb2efbcb3efbcb4efbcb5efbcb6efbcb7efbcb8efbcb9efbcbaefbd81efbd82"     \
	"efbd83efbd84efbd85efbd86efbd87efbd88efbd89efbd8aefbd8befbd8cefbd8defbd8eefbd8fefbd90"     \
	"efbd91efbd92efbd93efbd94efbd95efbd96efbd97efbd98efbd99efbd9aefbc90efbc91efbc92efbc93"     \
	"efbc94efbc95efbc96efbc97efbc98efbc99efbc9aefbc8ee38080"
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:"
/* A blank that does not break, and three of no width. */
#define UNSEEN   "c2a0e2808be2808defbbbf"
#define HAS_WIDE "CASE WHEN getdatabaseencoding() IN ('UTF8', 'EUC_CN') THEN "

const char *sql_spelling(const struct sql_writing *w)
{
	return w->normal ? "spelling AS (SELECT " HAS_WIDE "convert_from('\\x" WIDE
			   "'::bytea, 'UTF8') ELSE '' END || CASE getdatabaseencoding() WHEN "
			   "'UTF8' THEN "
			   "convert_from('\\x" UNSEEN
			   "'::bytea, 'UTF8') ELSE '' END || E'. \\t\\r\\n' AS wide, " HAS_WIDE
			   "'" PLAIN "' ELSE '' END AS plain)"
			 : "";
}

/* In a column where something stands before the codes, "ICD10CM:E11.9", a row without it has no code of the system. */
static void red_code(struct sql_writing *w, struct text *t, const char *alias,
	const struct column *c, enum code_system s)
{
	const char *prefix = c->prefix == NULL ? "" : c->prefix[s];
	int number = prefix[0] == '\0' ? 0 : sql_value_number(w, prefix);

	w->normal = true;
	text_add(t, number > 0 ? " AND (CASE WHEN " SQL_NORMAL_BEFORE : " AND (" SQL_NORMAL_BEFORE);
	sql_member(t, alias, c->column);
	if (number > 0) {
		text_addf(
			t, SQL_NORMAL_AFTER " ^@ $%d::text THEN substr(" SQL_NORMAL_BEFORE, number);
		sql_member(t, alias, c->column);
	}
	text_add(t, SQL_NORMAL_AFTER);
	if (number > 0)
		text_addf(t, ", length($%d::text) + 1) END", number);
	text_addf(t, " %s ANY ($%d::text[])) IS NOT TRUE", system_by_prefix(s) ? "^@" : "=",
		w->code_values[s]);
}

static void red_codes(struct sql_writing *w, struct text *t, const char *alias,
	const struct table *table, enum code_system s)
{
	for (unsigned i = 0; i < table->n_columns; i++) {
		if (!column_holds(&table->columns[i], s, w->plan->today))
			continue;
		if (w->code_values[s] == 0)
			bind_codes(w, s);
		if (w->code_values[s] <= 0)
			return;
		red_code(w, t, alias, &table->columns[i], s);
	}
}

/* "VIP01" exactly, "VIP*" as a prefix. The cast to text is defined for every type and value. */
static void red_local(struct sql_writing *w, struct text *t, const char *alias,
	const struct local_codes *l, const char *column)
{
	struct text exact, prefix;
	const char *exacts, *prefixes;

	text_init(&exact, MAX_SQL_BYTES);
	text_init(&prefix, MAX_SQL_BYTES);
	text_addc(&exact, '{');
	text_addc(&prefix, '{');
	for (unsigned i = 0; i < l->n_patterns; i++) {
		size_t len = strlen(l->patterns[i]);

		if (len > 0 && l->patterns[i][len - 1] == '*')
			sql_array_text(&prefix, l->patterns[i], len - 1);
		else
			sql_array_text(&exact, l->patterns[i], len);
	}
	text_addc(&exact, '}');
	text_addc(&prefix, '}');
	exacts = sql_take(&exact, w->arena);
	prefixes = sql_take(&prefix, w->arena);
	text_add(t, " AND (");
	sql_member(t, alias, column);
	text_add(t, " IS NULL OR NOT (");
	sql_member(t, alias, column);
	text_add(t, "::text = ANY (");
	sql_value(w, t, exacts, "text[]");
	text_add(t, ") OR ");
	sql_member(t, alias, column);
	/* a collation of the column's own may know no prefixes, and then fails where there are rows */
	text_add(t, "::text COLLATE \"C\" ^@ ANY (");
	sql_value(w, t, prefixes, "text[]");
	text_add(t, ")))");
}

void sql_red_rows(
	struct sql_writing *w, struct text *t, const char *alias, const struct table *table)
{
	const struct plan *plan = w->plan;
	const struct column *c;

	red_concepts(w, t, alias, table);
	for (enum code_system s = SYSTEM_ICD10; s < SYSTEMS && w->wrong == NULL; s++)
		red_codes(w, t, alias, table, s);
	for (unsigned i = 0; i < plan->n_red && w->wrong == NULL; i++) {
		const struct code_rule *rule = &plan->policy->codes[plan->red[i]];

		for (unsigned k = 0; k < rule->n_local; k++)
			if (!local_column(&rule->local[k], table, plan->today, &c))
				continue;
			else if (c == NULL) /* decide() refuses such a table */
				sql_wrong(w, "rows with red codes that cannot be found");
			else
				red_local(w, t, alias, &rule->local[k], c->column);
	}
}

bool sql_may_be_red(const struct sql_writing *w, const struct table *table)
{
	const struct plan *plan = w->plan;
	const struct column *c;

	if (plan->n_red == 0)
		return false;
	for (unsigned i = 0; i < table->n_columns; i++)
		for (enum code_system s = SYSTEM_OMOP; s < SYSTEMS; s++)
			if (column_holds(&table->columns[i], s, plan->today) ||
				carries_concepts(w, table, &table->columns[i]))
				return true;
	for (unsigned i = 0; i < plan->n_red; i++)
		for (unsigned k = 0; k < plan->policy->codes[plan->red[i]].n_local; k++)
			if (local_column(&plan->policy->codes[plan->red[i]].local[k], table,
				    plan->today, &c))
				return true;
	return false;
}

/* ---- conditions on one row ---- */

/* Both days inclusive, on dates and on timestamps. */
void sql_days(struct sql_writing *w, struct text *t, const char *x, int32_t from, int32_t to)
{
	if (from != DAY_NONE) {
		text_addf(t, " AND %s >= ", x);
		sql_value_day(w, t, from);
	}
	if (to != DAY_NONE) {
		text_addf(t, " AND %s < ", x);
		sql_value_day(w, t, to + 1);
	}
}

void sql_during(
	struct sql_writing *w, struct text *t, const struct column *start, int32_t from, int32_t to)
{
	if (from == DAY_NONE && to == DAY_NONE)
		return;
	if (start == NULL)
		sql_wrong(w, "days without a column that has them");
	else
		sql_days(w, t, sql_expr(w, "e", start->column), from, to);
}

void sql_clamped(struct sql_writing *w, struct text *t, const char *alias,
	const struct column *column, int64_t low, int64_t high)
{
	text_add(t, "least(greatest(");
	sql_member(t, alias, column->column);
	text_add(t, ", ");
	sql_value_decimal(w, t, low);
	text_add(t, "), ");
	sql_value_decimal(w, t, high);
	text_addc(t, ')');
}
