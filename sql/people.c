#include "sql/writing.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/*
 * The patients: the set `people`, one row each (W2), without those who are left out (W4); and what is asked of
 * them.
 */

enum {
	MAX_PERSON_COLUMNS = MAX_GROUPS + MAX_CRITERIA + 8
};

/* The year of birth where the model has only the day. */
#define YEAR_OF_BIRTH "year of birth"

struct looks {
	const char *names[MAX_PERSON_COLUMNS];
	unsigned n;
	bool ages;
};

/* ---- ages ---- */

static bool only_days(const struct sql_writing *w, const char *column)
{
	const struct model *m = w->plan->model;

	return m->birth_year == NULL && m->birth != NULL && strcmp(column, m->birth) == 0;
}

static const char *age_column(struct sql_writing *w)
{
	const struct model *m = w->plan->model;
	const char *name = w->plan->birth_year != NULL ? w->plan->birth_year->column
			   : m->birth_year != NULL     ? m->birth_year
						       : m->birth;

	if (name == NULL)
		sql_wrong(w, "ages in a model without a year of birth");
	return name == NULL ? "" : name;
}

const char *sql_birth_column(struct sql_writing *w)
{
	const char *name = age_column(w);

	return only_days(w, name) ? YEAR_OF_BIRTH : name;
}

/* The year of birth of somebody `years` old: compared with the column, so that nothing is computed
 * from a year of birth, which may be any number. */
static void born(struct sql_writing *w, const char *day, struct text *t, int64_t years)
{
	unsigned month, mday;
	int year;

	if (day != NULL) {
		text_addf(t, "(extract(year FROM %s)::int4 - ", day);
		sql_value_int(w, t, years, "int8");
		text_addc(t, ')');
		return;
	}
	if (w->plan->age_day == DAY_NONE) {
		sql_wrong(w, "ages without a day to take them on");
		return;
	}
	day_split(w->plan->age_day, &year, &month, &mday);
	sql_value_int(w, t, year - years, "int8");
}

void sql_born(struct sql_writing *w, struct text *t, int64_t years)
{
	born(w, w->plan->entry != NULL ? "ix.day" : NULL, t, years);
}

static void age(
	struct sql_writing *w, const struct sql_scope *s, struct text *t, const struct criterion *c)
{
	const char *birth = sql_birth_column(w);

	sql_member(t, "p", birth);
	text_add(t, " IS NOT NULL");
	if (c->age_from >= 0) {
		text_add(t, " AND ");
		sql_member(t, "p", birth);
		text_add(t, " <= ");
		born(w, s->day, t, c->age_from);
	}
	if (c->age_to >= 0) {
		text_add(t, " AND ");
		sql_member(t, "p", birth);
		text_add(t, " > ");
		born(w, s->day, t, c->age_to);
	}
}

/* ---- sex, race, ethnicity, birth ---- */

static void texts_list(
	struct sql_writing *w, struct text *t, const char *const *texts, unsigned n, const char *op)
{
	struct text list;

	text_init(&list, MAX_SQL_BYTES);
	text_addc(&list, '{');
	for (unsigned i = 0; i < n; i++)
		sql_array_text(&list, texts[i], strlen(texts[i]));
	text_addc(&list, '}');
	text_addf(t, "::text %s (", op);
	sql_value(w, t, sql_take(&list, w->arena), "text[]");
	text_addc(t, ')');
}

void sql_in_category(struct sql_writing *w, struct text *t, const struct category *k)
{
	if (k->n_texts > 0) {
		texts_list(w, t, k->texts, k->n_texts, "= ANY");
		return;
	}
	text_add(t, " = ANY (");
	sql_value(w, t, sql_longs(w->arena, k->codes, k->n_codes), "int8[]");
	text_addc(t, ')');
}

void sql_in_no_category(struct sql_writing *w, struct text *t, const struct column *column)
{
	size_t n = 0, at = 0;
	const char **texts;
	int64_t *codes;
	bool text = false;

	for (unsigned i = 0; i < column->n_categories; i++)
		n += column->categories[i].n_codes + column->categories[i].n_texts;
	codes = arena_array(w->arena, n, sizeof(*codes));
	texts = arena_array(w->arena, n, sizeof(*texts));
	if (codes == NULL || texts == NULL) {
		sql_wrong(w, "");
		return;
	}
	for (unsigned i = 0; i < column->n_categories; i++) {
		const struct category *k = &column->categories[i];

		text = text || k->n_texts > 0;
		for (unsigned j = 0; j < k->n_codes; j++)
			codes[at++] = k->codes[j];
		for (unsigned j = 0; j < k->n_texts; j++)
			texts[at++] = k->texts[j];
	}
	if (text) {
		texts_list(w, t, texts, (unsigned)at, "<> ALL");
		return;
	}
	text_add(t, " <> ALL (");
	sql_value(w, t, sql_longs(w->arena, codes, (unsigned)at), "int8[]");
	text_addc(t, ')');
}

static void category(struct sql_writing *w, struct text *t, const struct criterion *c)
{
	const struct column *column = c->person;

	if (column == NULL) {
		sql_wrong(w, "a person without a column that has it");
		return;
	}
	if (!c->others) {
		struct category named = { .codes = (int64_t *)(uintptr_t)c->person_codes,
			.n_codes = c->n_person_codes,
			.texts = (const char **)(uintptr_t)c->person_texts,
			.n_texts = c->n_person_texts };

		sql_member(t, "p", column->column);
		sql_in_category(w, t, &named);
		return;
	}
	sql_member(t, "p", column->column);
	text_add(t, " IS NULL OR ");
	sql_member(t, "p", column->column);
	sql_in_no_category(w, t, column);
}

/* On a year where the model has no day: whole years. */
static void birth(struct sql_writing *w, struct text *t, const struct criterion *c)
{
	const struct model *m = w->plan->model;
	bool years = c->person != NULL && m->birth_year != NULL &&
		     strcmp(c->person->column, m->birth_year) == 0;
	unsigned month, mday;
	const char *x;
	int from, to;

	if (c->person == NULL || c->from == DAY_NONE || c->to == DAY_NONE) {
		sql_wrong(w, "a birth without a column and days");
		return;
	}
	x = sql_expr(w, "p", c->person->column);
	text_addf(t, "%s IS NOT NULL", x);
	if (!years) {
		sql_days(w, t, x, c->from, c->to);
		return;
	}
	day_split(c->from, &from, &month, &mday);
	day_split(c->to, &to, &month, &mday);
	text_addf(t, " AND %s >= ", x);
	sql_value_int(w, t, from, "int8");
	text_addf(t, " AND %s <= ", x);
	sql_value_int(w, t, to, "int8");
}

void sql_demographic(
	struct sql_writing *w, const struct sql_scope *s, struct text *t, const struct criterion *c)
{
	if (!s->people)
		sql_wrong(w, "a person where there is none");
	else if (c->kind == PART_AGE)
		age(w, s, t, c);
	else if (c->kind == PART_BIRTH)
		birth(w, t, c);
	else
		category(w, t, c);
}

/* ---- the set ---- */

static void wanted(struct looks *l, const char *name)
{
	for (unsigned i = 0; i < l->n; i++)
		if (strcmp(l->names[i], name) == 0)
			return;
	if (l->n < MAX_PERSON_COLUMNS)
		l->names[l->n++] = name;
}

static void looked_at(struct looks *l, const struct criterion *tree)
{
	for (const struct criterion *c = tree; c != NULL; c = c->next) {
		l->ages |= c->kind == PART_AGE;
		if (c->person != NULL)
			wanted(l, c->person->column);
		looked_at(l, c->children);
		looked_at(l, c->with);
	}
}

/* The columns of the patients table that anything later looks at. */
static void all_looks(struct sql_writing *w, struct looks *l)
{
	const struct plan *plan = w->plan;

	looked_at(l, plan->entry);
	looked_at(l, plan->root);
	looked_at(l, plan->of.event);
	if (plan->sex != NULL)
		wanted(l, plan->sex->column);
	for (unsigned i = 0; i < plan->n_dims; i++) {
		const struct dim *d = &plan->dims[i];

		l->ages |= d->kind == DIM_AGE;
		if (!d->of_rows && (d->kind == DIM_CATEGORY || d->kind == DIM_AREA) &&
			d->column != NULL)
			wanted(l, d->column->column);
		/* ages are compared with this very column */
		if (!d->of_rows && d->kind == DIM_AGE && d->column != NULL &&
			!only_days(w, d->column->column))
			wanted(l, d->column->column);
	}
	if (plan->of.person != NULL && strcmp(plan->of.person->column, plan->key->column) != 0)
		wanted(l, plan->of.person->column);
	l->ages |= plan->birth_year != NULL || plan->data->under_age > 0;
	if (l->ages && !only_days(w, age_column(w)))
		wanted(l, age_column(w));
}

static const char *year(struct sql_writing *w)
{
	const char *x = sql_expr(w, "e", age_column(w));
	const char *s = arena_textf(w->arena,
		"CASE WHEN %s IS NOT NULL THEN extract(year FROM least(greatest(%s, DATE "
		"'" DAY_FIRST "'), DATE '" DAY_LAST "'))::int4 END",
		x, sql_as_day(w, x));

	if (s == NULL)
		sql_wrong(w, "");
	return s == NULL ? "" : s;
}

static void select_list(struct sql_writing *w, struct text *t, const struct looks *l, bool one)
{
	sql_member(t, "e", w->plan->key->column);
	for (unsigned i = 0; i < l->n; i++) {
		/* not every type of an identifier has a least */
		bool id = w->plan->of.person != NULL &&
			  strcmp(l->names[i], w->plan->of.person->column) == 0;

		text_addf(t,
			one  ? ", %s"
			: id ? ", min(%s::text) AS "
			     : ", min(%s) AS ",
			sql_expr(w, "e", l->names[i]));
		if (!one)
			sql_name(t, l->names[i]);
	}
	if (!l->ages || !only_days(w, age_column(w)))
		return;
	text_addf(t, one ? ", %s AS " : ", min(%s) AS ", year(w));
	sql_name(t, YEAR_OF_BIRTH);
}

static void opted_out(struct sql_writing *w, struct text *t, const char *key)
{
	const struct dataset *d = w->plan->data;

	if (d->opt_out_relation == NULL)
		return;
	text_add(t, "\n AND NOT EXISTS (SELECT 1 FROM ");
	sql_name(t, d->opt_out_schema);
	text_addc(t, '.');
	sql_name(t, d->opt_out_relation);
	text_add(t, " o WHERE ");
	sql_member(t, "o", d->opt_out_column);
	text_addf(t, " = %s)", key);
}

/* Only years are known: who may not have had the birthday yet is too young. Of several rows the youngest decides. */
static void too_young(struct sql_writing *w, struct text *t, bool one)
{
	const char *x;
	unsigned month, mday;
	int now;

	if (w->plan->data->under_age <= 0)
		return;
	day_split(w->plan->today, &now, &month, &mday);
	x = only_days(w, age_column(w)) ? year(w) : sql_expr(w, "e", age_column(w));
	text_addf(t, one ? "\n AND %s < " : "\n HAVING max(%s) < ", x);
	sql_value_int(w, t, now - w->plan->data->under_age, "int8");
}

/* ---- without the people ---- */

static bool held(const struct sql_writing *w, const struct table *table)
{
	for (unsigned i = 0; i < w->facts->n_held; i++)
		if (table != NULL && strcmp(w->facts->held[i], table->name) == 0)
			return true;
	return false;
}

/* Groups that are of the index event alone. */
static bool groups_of_events(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->n_dims; i++)
		if (plan->dims[i].kind != DIM_DATE || plan->dims[i].of_rows)
			return false;
	return true;
}

bool sql_alone(struct sql_writing *w)
{
	const struct plan *plan = w->plan;
	const struct criterion *c;
	struct looks l = { .n = 0 };

	for (c = plan->entry; c != NULL; c = c->next)
		if (!held(w, c->table))
			return false;
	if (plan->entry == NULL || plan->rows != NULL || !groups_of_events(plan) ||
		plan->of.measure != NULL || plan->of.event != NULL || plan->of.person != NULL ||
		sql_may_be_red(w, plan->patients))
		return false;
	all_looks(w, &l);
	return l.n == 0 && !l.ages;
}

const char *sql_person(struct sql_writing *w)
{
	return w->alone ? "ix.k" : sql_expr(w, "p", w->plan->key->column);
}

static bool said_before(const struct plan *plan, const struct criterion *c)
{
	for (const struct criterion *b = plan->entry; b != c; b = b->next)
		if (strcmp(b->table->name, c->table->name) == 0)
			return true;
	return false;
}

/* The facts may be older than the table: an index dropped for a load would let one patient count often.
 * Looked at once, before any row; without the index the division fails the statement, whatever the data. */
static void still_unique(struct sql_writing *w, struct text *t)
{
	text_add(t, "\n AND 1 / (SELECT least(count(*), 1)" SQL_UNIQUE_INDEXES
		    " AND n.nspname || '.' || t.relname = ");
	sql_value(w, t, w->plan->patients->name, "text");
	text_add(t, " AND k.attname = ");
	sql_value(w, t, w->plan->key->column, "text");
	text_add(t, ") = 1");
}

/* As still_unique(), of the keys that hold the index events. */
static void still_held(struct sql_writing *w, struct text *t)
{
	for (const struct criterion *c = w->plan->entry; c != NULL; c = c->next) {
		if (said_before(w->plan, c))
			continue;
		text_add(t, "\n AND 1 / (SELECT least(count(*), 1)" SQL_HELD_KEYS
			    " AND n.nspname || '.' || t.relname = ");
		sql_value(w, t, c->table->name, "text");
		text_add(t, " AND k.attname = ");
		sql_value(w, t, c->table->key->column, "text");
		text_add(t, " AND m.nspname || '.' || r.relname = ");
		sql_value(w, t, w->plan->patients->name, "text");
		text_add(t, " AND l.attname = ");
		sql_value(w, t, w->plan->key->column, "text");
		text_add(t, ") = 1");
	}
}

void sql_still(struct sql_writing *w, struct text *t)
{
	if (w->alone)
		still_held(w, t);
	else if (w->facts->one_row_a_patient)
		still_unique(w, t);
}

void sql_alone_where(struct sql_writing *w, struct text *t)
{
	opted_out(w, t, "ix.k");
	if (w->half == 0)
		sql_still(w, t);
}

/* ---- halves ---- */

void sql_keyed(struct sql_writing *w, struct text *t, const char *x)
{
	char middle[24];

	if (w->half == 0) {
		text_addf(t, "%s IS NOT NULL", x);
		return;
	}
	(void)snprintf(middle, sizeof(middle), "%lld", (long long)w->facts->middle);
	if (w->middle_value == 0)
		w->middle_value = sql_value_number(w, arena_text(w->arena, middle));
	text_addf(t, "%s %s $%d::int8", x, w->half == 1 ? "<" : ">=", w->middle_value);
}

/* ---- the set, written ---- */

/* The table itself where a unique index proves it, else the smallest of each attribute of a key, which depends on
 * that patient's rows alone. */
void sql_people(struct sql_writing *w)
{
	bool one = w->facts->one_row_a_patient;
	struct text *t = &w->ctes;
	struct looks l = { .n = 0 };

	all_looks(w, &l);
	text_add(t, "people AS (SELECT ");
	select_list(w, t, &l, one);
	text_add(t, "\n FROM ");
	sql_relation(t, w->plan->patients);
	text_add(t, " e\n WHERE ");
	if (one && w->plan->entry != NULL && w->half == 0) {
		/* joined by its key, and NULL equals nothing: asked of a million rows it costs */
		text_add(t, "true");
	} else {
		sql_keyed(w, t, sql_expr(w, "e", w->plan->key->column));
	}
	sql_red_rows(w, t, "e", w->plan->patients);
	opted_out(w, t, sql_expr(w, "e", w->plan->key->column));
	if (one) {
		too_young(w, t, true);
		if (w->half == 0)
			sql_still(w, t);
	} else {
		text_add(t, "\n GROUP BY ");
		sql_member(t, "e", w->plan->key->column);
		too_young(w, t, false);
	}
	text_addc(t, ')');
}
