/*
 * people.h - a small population in memory and in a database, and the truth about it by counting, for
 * test_sql.c. It is as unpleasant as data gets: NULL keys, people twice, days that are none, values
 * that are not numbers.
 */
#ifndef TESTS_PEOPLE_H
#define TESTS_PEOPLE_H

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sql/sql.h"
#include "tests/unit/unit.h"

#define DAY_INFINITY (INT32_MAX - 1)
#define VALUE_NULL   INT64_MIN
#define VALUE_NAN    INT64_MAX
#define NO_NUMBER    INT32_MIN
#define MILLIARD     INT64_C(1000000000)

enum {
	PERSONS_MAX = 80,
	EVENTS_MAX = 600,
	KEYS = 60,
	CODES = 12
};

struct person_row {
	int32_t key, sex, born; /* NO_NUMBER: NULL */
	const char *ward;       /* "": NULL */
	const char *area;
};
struct event_row {
	int32_t key, concept, day; /* NO_NUMBER, DAY_NONE: NULL */
	int64_t value;             /* 1e-9 units */
	const char *source;
};
struct population {
	struct person_row persons[PERSONS_MAX];
	unsigned n_persons;
	struct event_row conditions[EVENTS_MAX], measures[EVENTS_MAX];
	unsigned n_conditions, n_measures;
	bool out[KEYS + 1];
};

static uint32_t dice_state;

static uint32_t dice(uint32_t n)
{
	dice_state = dice_state * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)(dice_state >> 8) * n) >> 24);
}

/* Concept 2 stands over 3, 4 and 5, concept 7 over 8; 9 over 3, and itself is not listed. */
static const int32_t ancestors[][2] = { { 2, 2 }, { 2, 3 }, { 2, 4 }, { 2, 5 }, { 7, 7 }, { 7, 8 },
	{ 9, 3 } };
enum {
	ANCESTORS = sizeof(ancestors) / sizeof(ancestors[0])
};

static bool stands_under(int32_t ancestor, int32_t concept)
{
	for (int i = 0; i < ANCESTORS; i++)
		if (ancestors[i][0] == ancestor && ancestors[i][1] == concept)
			return true;
	return false;
}

/* ---- making ---- */

static struct person_row random_person(int32_t key)
{
	static const int32_t sexes[] = { 8507, 8532, 8532, 0, NO_NUMBER };
	static const int32_t years[] = { NO_NUMBER, -2000000000, 2000000000, 1, 2010 };
	static const char *const wards[] = { "A", "B", "VIP01", "VIP7x", "", "icu 3", "ICU 31" };
	static const char *const areas[] = { "", "110105", "1101", "110", " 3101xx", "4401",
		"4\"'\\", "11 01" };

	return (struct person_row){ .key = key,
		.sex = sexes[dice(5)],
		.born = dice(5) == 0 ? years[dice(5)] : (int32_t)(1935 + dice(75)),
		.ward = wards[dice(12) == 0  ? 2 + dice(2)
			      : dice(8) == 0 ? 5 + dice(2)
			      : dice(3) == 0 ? 4
					     : dice(2)],
		.area = areas[dice(8)] };
}

static int32_t random_day(void)
{
	static const int32_t days[] = { DAY_NONE, DAY_INFINITY, 2932000 /* 9997 */,
		-700000 /* 0053 */ };

	if (dice(12) == 0)
		return days[dice(4)];
	/* from 2019-01-01 on; often the same days, so that there are ties */
	return (int32_t)(17897 + (dice(2) == 0 ? dice(1096) : 180 * dice(6)));
}

static struct event_row random_event(void)
{
	static const int64_t values[] = { VALUE_NULL, VALUE_NAN, -5 * MILLIARD,
		5000000 * MILLIARD };
	static const char *const sources[] = { "x", "VIP01", "VIP7x", "vip01", "", "V\"I\\P",
		"B20.1", " b2.0", "B2", "xB20", "b24x001", "C34\t", "c3" };

	return (struct event_row){ .key = dice(20) == 0 ? NO_NUMBER : (int32_t)(1 + dice(KEYS)),
		.concept = dice(15) == 0 ? NO_NUMBER : (int32_t)(1 + dice(CODES)),
		.day = random_day(),
		.value = dice(6) == 0 ? values[dice(4)] : (int64_t)(4 + dice(10)) * MILLIARD / 2,
		.source = sources[dice(4) == 0 ? dice(13) : 0] };
}

static void random_population(struct population *pop, bool doubles)
{
	memset(pop, 0, sizeof(*pop));
	for (int32_t key = 1; key <= KEYS; key++) {
		if (dice(10) > 0)
			pop->persons[pop->n_persons++] = random_person(key);
		while (doubles && dice(8) == 0 && pop->n_persons < PERSONS_MAX - 2)
			pop->persons[pop->n_persons++] = random_person(key);
		pop->out[key] = dice(12) == 0;
	}
	if (doubles)
		pop->persons[pop->n_persons++] = random_person(NO_NUMBER);
	pop->n_conditions = 150 + dice(150);
	for (unsigned i = 0; i < pop->n_conditions; i++)
		pop->conditions[i] = random_event();
	pop->n_measures = 100 + dice(100);
	for (unsigned i = 0; i < pop->n_measures; i++)
		pop->measures[i] = random_event();
}

/* ---- loading ---- */

static void must(PGconn *conn, const char *sql)
{
	PGresult *r = PQexec(conn, sql);
	ExecStatusType s = PQresultStatus(r);

	ck_assert_msg(
		s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK, "%s\n%s", PQerrorMessage(conn), sql);
	PQclear(r);
}

static void put_number(struct text *t, int32_t v)
{
	if (v == NO_NUMBER)
		text_add(t, "NULL");
	else
		text_addf(t, "%" PRId32, v);
}

static void put_text(struct text *t, const char *s)
{
	if (s[0] == '\0')
		text_add(t, "NULL");
	else
		text_addf(t, "$q$%s$q$", s);
}

static void put_day(struct text *t, int32_t day)
{
	char buf[16];

	if (day == DAY_NONE)
		text_add(t, "NULL");
	else if (day == DAY_INFINITY)
		text_add(t, "'infinity'");
	else
		text_addf(t, "'%s 23:59:59'", day_text(day, buf));
}

static void put_events(struct text *t, const char *table, const struct event_row *rows, unsigned n)
{
	char value[32];

	for (unsigned i = 0; i < n; i++) {
		text_addf(t, "INSERT INTO %s VALUES(", table);
		put_number(t, rows[i].key);
		text_addc(t, ',');
		put_number(t, rows[i].concept);
		text_addc(t, ',');
		put_day(t, rows[i].day);
		text_addc(t, ',');
		put_text(t, rows[i].source);
		if (rows[i].value == VALUE_NULL)
			text_add(t, ",NULL);");
		else if (rows[i].value == VALUE_NAN)
			text_add(t, ",'NaN');");
		else
			text_addf(
				t, ",%s);", format_decimal(value, sizeof(value), rows[i].value, 9));
	}
}

/* Names that want quoting; the measures' days are timestamps, the conditions' are dates. */
static void make_tables(PGconn *conn)
{
	struct text t;

	text_init(&t, 1 << 16);
	text_add(&t,
		"SET client_min_messages = error; DROP SCHEMA IF EXISTS \"c\"\"dm\" CASCADE;"
		"CREATE SCHEMA \"c\"\"dm\";"
		"CREATE TABLE \"c\"\"dm\".person(id int8, sex int4, born int4, ward text,"
		" area varchar(9));"
		"CREATE TABLE \"c\"\"dm\".\"Con dition\"(id int8, concept int4, \"select\" date,"
		" source text, v numeric);"
		"CREATE TABLE \"c\"\"dm\".measure(id int8, concept int4, at timestamp, source text,"
		" v numeric);"
		"CREATE TABLE \"c\"\"dm\".ancestor(a int4, d int4);"
		"CREATE TABLE \"c\"\"dm\".away(who int8);");
	for (int i = 0; i < ANCESTORS; i++)
		text_addf(&t, "INSERT INTO \"c\"\"dm\".ancestor VALUES(%d,%d);",
			(int)ancestors[i][0], (int)ancestors[i][1]);
	must(conn, text_str(&t));
	text_clear(&t);
}

static void load(PGconn *conn, const struct population *pop)
{
	struct text t;

	text_init(&t, 1 << 20);
	text_add(&t, "BEGIN; TRUNCATE \"c\"\"dm\".person, \"c\"\"dm\".\"Con dition\", "
		     "\"c\"\"dm\".measure,"
		     " \"c\"\"dm\".away;");
	for (unsigned i = 0; i < pop->n_persons; i++) {
		text_add(&t, "INSERT INTO \"c\"\"dm\".person VALUES(");
		put_number(&t, pop->persons[i].key);
		text_addc(&t, ',');
		put_number(&t, pop->persons[i].sex);
		text_addc(&t, ',');
		put_number(&t, pop->persons[i].born);
		text_addc(&t, ',');
		put_text(&t, pop->persons[i].ward);
		text_addc(&t, ',');
		put_text(&t, pop->persons[i].area);
		text_add(&t, ");");
	}
	put_events(&t, "\"c\"\"dm\".\"Con dition\"", pop->conditions, pop->n_conditions);
	put_events(&t, "\"c\"\"dm\".measure", pop->measures, pop->n_measures);
	for (int key = 1; key <= KEYS; key++)
		if (pop->out[key])
			text_addf(&t, "INSERT INTO \"c\"\"dm\".away VALUES(%d),(%d),(NULL);", key,
				key);
	text_add(&t, "COMMIT");
	ck_assert(!text_failed(&t));
	must(conn, text_str(&t));
	text_clear(&t);
}

/* ---- the truth, by counting ---- */

struct truth {
	const struct population *pop;
	const struct plan *plan;
};

/* The same code, however it was written. */
static size_t plain_code(char out[64], const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		if (strchr(". \t\r\n", *s) == NULL)
			out[n++] = *s >= 'a' && *s <= 'z' ? (char)(*s - 32) : *s;
	out[n] = '\0';
	return n;
}

/* Rows of a column whose `codes:` is a system: by prefix, or for departments as a whole. */
static bool red_system(const struct code_rule *rule, const struct table *table, const char *s)
{
	char code[64], listed[64];

	if (plain_code(code, s) == 0)
		return false;
	for (unsigned i = 0; i < table->n_columns; i++) {
		enum code_system system = table->columns[i].system;
		const struct code_list *l = &rule->listed[system];

		for (unsigned k = 0; system != SYSTEM_NONE && k < l->n; k++) {
			size_t n = plain_code(listed, l->codes[k]);

			if (system == SYSTEM_DEPARTMENT ? strcmp(code, listed) == 0
							: strncmp(code, listed, n) == 0)
				return true;
		}
	}
	return false;
}

static bool red_text(const struct truth *w, const struct table *table, const char *s)
{
	for (unsigned i = 0; i < w->plan->n_red; i++) {
		const struct code_rule *rule = &w->plan->policy->codes[w->plan->red[i]];

		if (red_system(rule, table, s))
			return true;
		for (unsigned k = 0; k < rule->n_local; k++)
			for (unsigned j = 0; j < rule->local[k].n_patterns; j++) {
				const char *p = rule->local[k].patterns[j];
				size_t len = strlen(p);

				if (rule->local[k].column->table != table || s[0] == '\0')
					continue;
				if (p[len - 1] == '*' ? strncmp(p, s, len - 1) == 0
						      : strcmp(p, s) == 0)
					return true;
			}
	}
	return false;
}

static bool red_concept(const struct truth *w, const struct red_codes *red, int32_t concept)
{
	for (unsigned i = 0; i < w->plan->n_red; i++)
		for (unsigned k = 0; k < red->counts[w->plan->red[i]]; k++)
			if (red->concepts[w->plan->red[i]][k] == concept)
				return true;
	return false;
}

static bool has_concept(const struct criterion *c, int32_t concept)
{
	bool in = false, any_in = false;

	if (c->n_codes == 0)
		return true;
	if (concept == NO_NUMBER)
		return false;
	for (unsigned i = 0; i < c->n_codes; i++) {
		const struct code *k = &c->codes[i];
		bool hit = k->concept == concept ||
			   (k->descendants && stands_under(k->concept, concept));

		any_in |= !k->out;
		if (hit && k->out)
			return false;
		in |= hit && !k->out;
	}
	return in || !any_in;
}

static bool in_days(int32_t day, int32_t from, int32_t to)
{
	if (from == DAY_NONE && to == DAY_NONE)
		return true;
	return day != DAY_NONE && (from == DAY_NONE || day >= from) &&
	       (to == DAY_NONE || day <= to);
}

/* NaN is greater than every number in PostgreSQL. */
static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
	return v < low ? low : v > high ? high : v;
}

static bool in_bounds(const struct criterion *c, int64_t v)
{
	if (!c->has_value)
		return true;
	if (v == VALUE_NULL)
		return false;
	v = clamp(v, c->clamp_low, c->clamp_high);
	if (c->bounds.has_low && (c->bounds.low_open ? v <= c->bounds.low : v < c->bounds.low))
		return false;
	return !c->bounds.has_high ||
	       (c->bounds.high_open ? v < c->bounds.high : v <= c->bounds.high);
}

static const struct event_row *rows_of(
	const struct truth *w, const struct table *table, unsigned *n)
{
	bool measures = strcmp(table->relation, "measure") == 0;

	*n = measures ? w->pop->n_measures : w->pop->n_conditions;
	return measures ? w->pop->measures : w->pop->conditions;
}

static bool row_meets(const struct truth *w, const struct red_codes *red, const struct criterion *c,
	const struct event_row *r)
{
	return has_concept(c, r->concept) && in_days(r->day, c->from, c->to) &&
	       in_bounds(c, r->value) &&
	       !(r->concept != NO_NUMBER && red_concept(w, red, r->concept)) &&
	       !red_text(w, c->table, r->source);
}

static int year_of(int32_t day)
{
	unsigned month, mday;
	int year;

	day_split(day, &year, &month, &mday);
	return year;
}

static bool holds(const struct truth *w, const struct red_codes *red, const struct criterion *c,
	const struct person_row *p, int32_t age_day)
{
	const struct event_row *rows;
	bool any = false, all = true;
	unsigned n;
	int64_t age;

	switch (c->kind) {
	case PART_ALL:
	case PART_ANY:
	case PART_NONE:
		for (const struct criterion *k = c->children; k != NULL; k = k->next) {
			bool h = holds(w, red, k, p, age_day);

			any |= h;
			all &= h;
		}
		return c->kind == PART_ALL ? all : c->kind == PART_ANY ? any : !any;
	case PART_EVENT:
	case PART_MEASURE:
		rows = rows_of(w, c->table, &n);
		for (unsigned i = 0; i < n; i++)
			if (rows[i].key == p->key && row_meets(w, red, c, &rows[i]))
				return true;
		return false;
	case PART_AGE:
		age = (int64_t)year_of(age_day) - p->born;
		return p->born != NO_NUMBER && (c->age_from < 0 || age >= c->age_from) &&
		       (c->age_to < 0 || age < c->age_to);
	case PART_SEX:
		for (unsigned i = 0; i < c->n_person_codes; i++)
			if (p->sex == c->person_codes[i])
				return !c->others;
		return c->others;
	case PART_OF:
	case PART_RACE:
	case PART_ETHNICITY:
	case PART_BIRTH:
		break;
	}
	return false;
}

static int32_t index_day(const struct truth *w, const struct red_codes *red, int32_t key)
{
	const struct criterion *c = w->plan->entry;
	int32_t first = DAY_NONE;
	const struct event_row *rows;
	unsigned n;

	rows = rows_of(w, c->table, &n);
	for (unsigned i = 0; i < n; i++)
		if (rows[i].key == key && rows[i].day != DAY_NONE && rows[i].day != DAY_INFINITY &&
			row_meets(w, red, c, &rows[i]) &&
			(first == DAY_NONE || rows[i].day < first))
			first = rows[i].day;
	return first;
}

static int value_label(
	const struct truth *w, const struct red_codes *red, const struct dim *d, int32_t key)
{
	const struct measure *m = d->measure;
	int32_t last = DAY_NONE;
	int64_t value = VALUE_NULL;
	const struct event_row *rows;
	unsigned n, label = 0;

	rows = rows_of(w, m->table, &n);
	for (unsigned i = 0; i < n; i++) {
		bool coded = false;

		for (unsigned k = 0; k < m->n_codes; k++)
		coded |= rows[i].concept == m->codes[k];
		if (rows[i].key != key || !coded || rows[i].day == DAY_NONE ||
			rows[i].value == VALUE_NULL || !in_days(rows[i].day, d->from, d->to) ||
			red_concept(w, red, rows[i].concept) ||
			red_text(w, m->table, rows[i].source))
			continue;
		if (last == DAY_NONE || rows[i].day > last ||
			(rows[i].day == last && rows[i].value > value)) {
			last = rows[i].day;
			value = rows[i].value;
		}
	}
	if (last == DAY_NONE)
		return -1;
	value = clamp(value, m->low, m->high);
	while (label < m->n_cuts && value >= m->cuts[label])
		label++;
	return (int)label;
}

static int date_label(const struct dim *d, int32_t day)
{
	unsigned m0, m1, mday;
	int y0, y1;

	if (day < d->from || day > d->to)
		return -1;
	day_split(d->from, &y0, &m0, &mday);
	day_split(day, &y1, &m1, &mday);
	if (d->truncate == TRUNCATE_YEAR)
		return y1 - y0;
	if (d->truncate == TRUNCATE_QUARTER)
		return (y1 * 4 + (int)(m1 - 1) / 3) - (y0 * 4 + (int)(m0 - 1) / 3);
	if (d->truncate == TRUNCATE_MONTH)
		return (y1 * 12 + (int)m1) - (y0 * 12 + (int)m0);
	return (day - d->from) / 7;
}

static int area_label(const struct column *c, const char *area)
{
	while (*area == ' ')
		area++;
	for (unsigned i = 0; i < c->n_areas; i++)
		if (strncmp(c->areas[i], area, c->keep) == 0)
			return (int)i;
	return (int)c->n_areas;
}

static int label_of(const struct truth *w, const struct red_codes *red, const struct dim *d,
	const struct person_row *p, int32_t age_day)
{
	int64_t age;
	int label = -1;

	switch (d->kind) {
	case DIM_CATEGORY:
		for (unsigned i = 0; i < d->column->n_categories; i++)
			for (unsigned k = 0; k < d->column->categories[i].n_codes; k++)
				if (p->sex == d->column->categories[i].codes[k])
					return (int)i;
		return (int)d->column->n_categories;
	case DIM_AGE:
		age = (int64_t)year_of(age_day) - p->born;
		for (unsigned i = 0; p->born != NO_NUMBER && i < d->column->n_bands; i++)
			if (age >= d->column->bands[i])
				label = (int)i;
		return label;
	case DIM_DATE:
		return date_label(d, age_day);
	case DIM_VALUE:
		return value_label(w, red, d, p->key);
	case DIM_AREA:
		return area_label(d->column, p->area);
	}
	return -1;
}

static void smaller(int32_t *into, int32_t v)
{
	if (v != NO_NUMBER && (*into == NO_NUMBER || v < *into))
		*into = v;
}

/* One person of a key: the smallest of each attribute over the rows that are not red. */
static bool person_of(const struct truth *w, int32_t key, struct person_row *out)
{
	bool found = false;

	*out = (struct person_row){ key, NO_NUMBER, NO_NUMBER, "", "" };
	for (unsigned i = 0; i < w->pop->n_persons; i++) {
		const struct person_row *p = &w->pop->persons[i];

		if (p->key != key || red_text(w, w->plan->patients, p->ward))
			continue;
		smaller(&out->sex, p->sex);
		smaller(&out->born, p->born);
		if (p->area[0] != '\0' && (out->area[0] == '\0' || strcmp(p->area, out->area) < 0))
			out->area = p->area;
		found = true;
	}
	return found;
}

static bool dropped(const struct truth *w, const struct person_row *p)
{
	const struct dataset *d = w->plan->data;

	if (d->opt_out_relation != NULL && w->pop->out[p->key])
		return true;
	return d->under_age > 0 &&
	       (p->born == NO_NUMBER || p->born >= year_of(w->plan->today) - d->under_age);
}

static void count_truth(const struct truth *w, const struct red_codes *red, int64_t *cells)
{
	memset(cells, 0, w->plan->n_cells * sizeof(*cells));
	for (int32_t key = 1; key <= KEYS; key++) {
		int32_t day = w->plan->age_day;
		struct person_row p;
		int cell = 0;

		if (!person_of(w, key, &p) || dropped(w, &p))
			continue;
		if (w->plan->entry != NULL)
			day = index_day(w, red, key);
		if ((w->plan->entry != NULL && day == DAY_NONE) ||
			!holds(w, red, w->plan->root, &p, day))
			continue;
		for (unsigned i = 0; i < w->plan->n_dims && cell >= 0; i++) {
			int label = label_of(w, red, &w->plan->dims[i], &p, day);

			cell = label < 0 ? -1 : cell * (int)w->plan->dims[i].n_labels + label;
		}
		if (cell >= 0)
			cells[cell]++;
	}
}

#endif
