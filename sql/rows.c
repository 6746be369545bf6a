#include "sql/writing.h"

#include <stdlib.h>
#include <string.h>

#include "policies/reach.h"
#include "policies/systems.h"

/*
 * The rows of one criterion, without the red ones (W4).
 */

static void array_text(struct text *t, const char *s, size_t len)
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

static bool carries_concepts(
	const struct sql_writing *w, const struct table *table, const struct column *c)
{
	const struct model_event *events = w->plan->model->events;

	if (!column_readable(c, w->plan->today))
		return false;
	for (unsigned k = 0; k < EVENTS; k++)
		if (events[k].table != NULL && events[k].concept != NULL &&
			strcmp(events[k].table, table->name) == 0 &&
			strcmp(events[k].concept, c->column) == 0)
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
			array_text(&list, codes->codes[k], strlen(codes->codes[k]));
		n += codes->n;
	}
	text_addc(&list, '}');
	w->code_values[s] = -1;
	if (n > 0)
		w->code_values[s] = sql_value_number(w, sql_take(&list, w->arena));
	text_clear(&list);
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
		text_add(t, " AND (" SYSTEM_NORMAL_SQL_BEFORE);
		sql_member(t, alias, table->columns[i].column);
		text_addf(t, SYSTEM_NORMAL_SQL_AFTER " %s ANY ($%d::text[])) IS NOT TRUE",
			system_by_prefix(s) ? "^@" : "=", w->code_values[s]);
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
			array_text(&prefix, l->patterns[i], len - 1);
		else
			array_text(&exact, l->patterns[i], len);
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
	text_add(t, "::text ^@ ANY (");
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

/* ---- rows of one criterion ---- */

static const char *code_list(struct sql_writing *w, const struct code *codes, unsigned n, bool out,
	bool only_descendants)
{
	int32_t *list = arena_array(w->arena, n, sizeof(*list));
	unsigned k = 0;

	if (list == NULL)
		return NULL;
	for (unsigned i = 0; i < n; i++)
		if (codes[i].out == out && (codes[i].descendants || !only_descendants))
	list[k++] = codes[i].concept;
	return k == 0 ? "{}" : sql_ints(w->arena, list, k);
}

static bool has_code(const struct code *codes, unsigned n, bool out, bool descendants)
{
	for (unsigned i = 0; i < n; i++)
		if (codes[i].out == out && (codes[i].descendants || !descendants))
			return true;
	return false;
}

/* The codes asked for; those with descendants by the site's own vocabulary, themselves included
 * even where the vocabulary does not list them. */
static void codes_in(struct sql_writing *w, struct text *t, const struct criterion *c)
{
	const struct model *m = w->plan->model;

	text_add(t, " AND e.");
	sql_name(t, c->concept->column);
	if (!has_code(c->codes, c->n_codes, false, true)) {
		text_add(t, " = ANY (");
		sql_value(w, t, code_list(w, c->codes, c->n_codes, false, false), "int4[]");
		text_addc(t, ')');
		return;
	}
	text_add(t, " IN (SELECT ");
	sql_member(t, "a", m->descendant);
	text_add(t, " FROM ");
	sql_qualified(t, m->ancestors);
	text_add(t, " a WHERE ");
	sql_member(t, "a", m->ancestor);
	text_add(t, " = ANY (");
	sql_value(w, t, code_list(w, c->codes, c->n_codes, false, true), "int4[]");
	text_add(t, ") UNION ALL SELECT unnest(");
	sql_value(w, t, code_list(w, c->codes, c->n_codes, false, false), "int4[]");
	text_add(t, "))");
}

static void codes_out(struct sql_writing *w, struct text *t, const struct criterion *c)
{
	const struct model *m = w->plan->model;

	text_add(t, " AND e.");
	sql_name(t, c->concept->column);
	text_add(t, " <> ALL (");
	sql_value(w, t, code_list(w, c->codes, c->n_codes, true, false), "int4[]");
	text_addc(t, ')');
	if (!has_code(c->codes, c->n_codes, true, true))
		return;
	text_add(t, " AND NOT EXISTS (SELECT 1 FROM ");
	sql_qualified(t, m->ancestors);
	text_add(t, " a WHERE ");
	sql_member(t, "a", m->descendant);
	text_add(t, " = e.");
	sql_name(t, c->concept->column);
	text_add(t, " AND ");
	sql_member(t, "a", m->ancestor);
	text_add(t, " = ANY (");
	sql_value(w, t, code_list(w, c->codes, c->n_codes, true, true), "int4[]");
	text_add(t, "))");
}

static void codes(struct sql_writing *w, struct text *t, const struct criterion *c)
{
	bool tree = has_code(c->codes, c->n_codes, false, true) ||
		    has_code(c->codes, c->n_codes, true, true);

	if (c->n_codes == 0)
		return;
	if (c->concept == NULL) {
		sql_wrong(w, "codes without a column that has them");
		return;
	}
	if (tree && w->plan->model->ancestors == NULL) {
		sql_wrong(w, "descendants in a model without ancestors");
		return;
	}
	if (has_code(c->codes, c->n_codes, false, false))
		codes_in(w, t, c);
	if (has_code(c->codes, c->n_codes, true, false))
		codes_out(w, t, c);
}

/* Both days inclusive, on dates and on timestamps. */
void sql_during(
	struct sql_writing *w, struct text *t, const struct column *start, int32_t from, int32_t to)
{
	if (from == DAY_NONE && to == DAY_NONE)
		return;
	if (start == NULL) {
		sql_wrong(w, "days without a column that has them");
		return;
	}
	if (from != DAY_NONE) {
		text_add(t, " AND e.");
		sql_name(t, start->column);
		text_add(t, " >= ");
		sql_value_day(w, t, from);
	}
	if (to != DAY_NONE) {
		text_add(t, " AND e.");
		sql_name(t, start->column);
		text_add(t, " < ");
		sql_value_day(w, t, to + 1);
	}
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

/* greatest() and least() pass over NULL, hence the guard. */
static void bounds(struct sql_writing *w, struct text *t, const struct criterion *c)
{
	if (!c->has_value)
		return;
	if (c->value == NULL) {
		sql_wrong(w, "bounds without a column that has values");
		return;
	}
	text_add(t, " AND e.");
	sql_name(t, c->value->column);
	text_add(t, " IS NOT NULL");
	if (c->bounds.has_low) {
		text_add(t, " AND ");
		sql_clamped(w, t, "e", c->value, c->clamp_low, c->clamp_high);
		text_add(t, c->bounds.low_open ? " > " : " >= ");
		sql_value_decimal(w, t, c->bounds.low);
	}
	if (c->bounds.has_high) {
		text_add(t, " AND ");
		sql_clamped(w, t, "e", c->value, c->clamp_low, c->clamp_high);
		text_add(t, c->bounds.high_open ? " < " : " <= ");
		sql_value_decimal(w, t, c->bounds.high);
	}
}

/* " FROM table e WHERE e.key IS NOT NULL ..." : the rows that meet c. */
void sql_rows(struct sql_writing *w, struct text *t, const struct criterion *c)
{
	if (c->table == NULL || c->table->key == NULL) {
		sql_wrong(w, "a criterion on a table without a patient key");
		return;
	}
	text_add(t, " FROM ");
	sql_relation(t, c->table);
	text_add(t, " e WHERE e.");
	sql_name(t, c->table->key->column);
	text_add(t, " IS NOT NULL");
	codes(w, t, c);
	sql_during(w, t, c->start, c->from, c->to);
	bounds(w, t, c);
	sql_red_rows(w, t, "e", c->table);
}
