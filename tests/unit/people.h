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
	PERIODS_MAX = 160,
	VISITS_MAX = 200,
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
	int32_t id, last, supply, visit, type, limit;
};
struct period_row {
	int32_t key, since, until;
};
struct visit_row {
	int32_t id, key, concept;
};
struct population {
	struct person_row persons[PERSONS_MAX];
	unsigned n_persons;
	struct event_row conditions[EVENTS_MAX], measures[EVENTS_MAX];
	unsigned n_conditions, n_measures;
	struct period_row periods[PERIODS_MAX];
	unsigned n_periods;
	struct visit_row visits[VISITS_MAX];
	unsigned n_visits;
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

/* What the vocabulary maps: only those still in force count. */
static const struct {
	int32_t from, to;
	bool in_force;
} mappings[] = { { 11, 2, true }, { 12, 4, true }, { 1, 7, false }, { 101, 3, true },
	{ 102, 7, true }, { 103, 2, true }, { 102, 12, false } };
static const struct {
	int32_t id;
	const char *code;
} vocabulary[] = { { 101, "E11.9" }, { 102, "E11" }, { 103, "b24" } };
enum {
	MAPPINGS = sizeof(mappings) / sizeof(mappings[0]),
	VOCABULARY = sizeof(vocabulary) / sizeof(vocabulary[0]),
	NOT_IN_FORCE = 5
};

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

	static int32_t ids;
	static const int32_t odd[] = { NO_NUMBER, -3, 2000000000, 0 };
	int32_t day = random_day();
	int32_t last = dice(2) == 0 ? DAY_NONE : dice(12) == 0 || day == DAY_NONE ? random_day() : day;

	if (last == day && day != DAY_NONE && day < 2000000)
		last += dice(2) == 0 ? 90 * (int32_t)dice(3) : (int32_t)dice(200) - 5;
	return (struct event_row){ .id = ++ids,
		.last = last,
		.supply = dice(8) == 0 ? odd[dice(4)] : (int32_t)dice(90),
		.visit = dice(6) == 0 ? NO_NUMBER : (int32_t)(1 + dice(120)),
		.type = dice(6) == 0 ? NO_NUMBER : (int32_t)(1 + dice(5)),
		.limit = dice(4) == 0 ? NO_NUMBER : (int32_t)dice(4) - 1,
		.key = dice(20) == 0 ? NO_NUMBER : (int32_t)(1 + dice(KEYS)),
		.concept = dice(15) == 0 ? NO_NUMBER : (int32_t)(1 + dice(CODES)),
		.day = day,
		.value = dice(6) == 0 ? values[dice(4)] : (int64_t)(4 + dice(10)) * MILLIARD / 2,
		.source = sources[dice(4) == 0 ? dice(13) : 0] };
}

static struct period_row random_period(void)
{
	/* often on the days where events are */
	int32_t since = dice(10) == 0  ? random_day()
			: dice(2) == 0 ? (int32_t)(17897 + 180 * dice(2))
				       : (int32_t)(17700 + dice(500));

	return (struct period_row){ .key = dice(30) == 0 ? NO_NUMBER : (int32_t)(1 + dice(KEYS)),
		.since = since,
		.until = dice(10) == 0 || since == DAY_NONE ? random_day()
			 : dice(2) == 0 ? (int32_t)(17897 + 180 * (1 + dice(5)))
					: (int32_t)(18200 + dice(900)) };
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
	pop->n_periods = 60 + dice(90);
	for (unsigned i = 0; i < pop->n_periods; i++)
		pop->periods[i] = random_period();
	pop->n_visits = 100 + dice(90);
	for (unsigned i = 0; i < pop->n_visits; i++)
		pop->visits[i] = (struct visit_row){ .id = (int32_t)(1 + dice(120)),
			.key = dice(20) == 0 ? NO_NUMBER : (int32_t)(1 + dice(KEYS)),
			.concept = (int32_t)(1 + dice(CODES)) };
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
			text_add(t, ",NULL,");
		else if (rows[i].value == VALUE_NAN)
			text_add(t, ",'NaN',");
		else
			text_addf(
				t, ",%s,", format_decimal(value, sizeof(value), rows[i].value, 9));
		put_number(t, rows[i].id);
		text_addc(t, ',');
		put_day(t, rows[i].last);
		text_addc(t, ',');
		put_number(t, rows[i].supply);
		text_addc(t, ',');
		put_number(t, rows[i].visit);
		text_addc(t, ',');
		put_number(t, rows[i].type);
		text_addc(t, ',');
		put_number(t, rows[i].limit);
		text_add(t, ");");
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
		" source text, v numeric, row int8, \"last\" date, supply numeric, visit int8,"
		" type int4, low numeric);"
		"CREATE TABLE \"c\"\"dm\".measure(id int8, concept int4, at timestamp, source text,"
		" v numeric, row int8, \"last\" timestamp, supply int4, visit int8, type int4,"
		" low float8);"
		"CREATE TABLE \"c\"\"dm\".observed(id int8, since date, until timestamp);"
		"CREATE TABLE \"c\"\"dm\".visit(row int8, id int8, concept int4);"
		"CREATE TABLE \"c\"\"dm\".concept(c int4, system text, code text, invalid text);"
		"CREATE TABLE \"c\"\"dm\".maps(f int4, t int4, kind text, invalid text);"
		"INSERT INTO \"c\"\"dm\".concept SELECT i, 'Standard', i::text,"
		" CASE WHEN i = 5 THEN 'D' END FROM generate_series(1, 12) i;"
		"CREATE TABLE \"c\"\"dm\".ancestor(a int4, d int4);"
		"CREATE TABLE \"c\"\"dm\".away(who int8);");
	for (int i = 0; i < ANCESTORS; i++)
		text_addf(&t, "INSERT INTO \"c\"\"dm\".ancestor VALUES(%d,%d);",
			(int)ancestors[i][0], (int)ancestors[i][1]);
	for (int i = 0; i < MAPPINGS; i++)
		text_addf(&t, "INSERT INTO \"c\"\"dm\".maps VALUES(%d,%d,'Maps to',%s);",
			(int)mappings[i].from, (int)mappings[i].to,
			mappings[i].in_force ? "NULL" : "'D'");
	text_add(&t, "INSERT INTO \"c\"\"dm\".maps VALUES(10,2,'Is a',NULL);");
	for (int i = 0; i < VOCABULARY; i++)
		text_addf(&t, "INSERT INTO \"c\"\"dm\".concept VALUES(%d,'ICD',$q$%s$q$,NULL);",
			(int)vocabulary[i].id, vocabulary[i].code);
	must(conn, text_str(&t));
	text_clear(&t);
}

static void load(PGconn *conn, const struct population *pop)
{
	struct text t;

	text_init(&t, 1 << 20);
	text_add(&t, "BEGIN; TRUNCATE \"c\"\"dm\".person, \"c\"\"dm\".\"Con dition\", "
		     "\"c\"\"dm\".measure,"
		     " \"c\"\"dm\".away, \"c\"\"dm\".observed, \"c\"\"dm\".visit;");
	for (unsigned i = 0; i < pop->n_periods; i++) {
		text_add(&t, "INSERT INTO \"c\"\"dm\".observed VALUES(");
		put_number(&t, pop->periods[i].key);
		text_addc(&t, ',');
		put_day(&t, pop->periods[i].since);
		text_addc(&t, ',');
		put_day(&t, pop->periods[i].until);
		text_add(&t, ");");
	}
	for (unsigned i = 0; i < pop->n_visits; i++) {
		text_add(&t, "INSERT INTO \"c\"\"dm\".visit VALUES(");
		put_number(&t, pop->visits[i].id);
		text_addc(&t, ',');
		put_number(&t, pop->visits[i].key);
		text_addc(&t, ',');
		put_number(&t, pop->visits[i].concept);
		text_add(&t, ");");
	}
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

/* ---- codes ---- */

static bool is_code(const struct code *k, const char *code)
{
	char a[64], b[64];
	size_t n = plain_code(a, k->text);

	plain_code(b, code);
	return k->descendants ? strncmp(b, a, n) == 0 : strcmp(a, b) == 0;
}

static bool stands_for(const struct code *k, int32_t concept)
{
	if (k->concept > 0)
		return k->concept == concept || (k->descendants && concept != NOT_IN_FORCE &&
							stands_under(k->concept, concept));
	for (int v = 0; v < VOCABULARY; v++)
		for (int m = 0; m < MAPPINGS; m++)
			if (is_code(k, vocabulary[v].code) && mappings[m].in_force &&
				mappings[m].from == vocabulary[v].id &&
				(mappings[m].to == concept ||
					(k->descendants && stands_under(mappings[m].to, concept))))
				return true;
	return false;
}

static bool covers(const struct code *k, int32_t concept)
{
	if (stands_for(k, concept))
		return true;
	for (int m = 0; k->mapped && m < MAPPINGS; m++)
		if (mappings[m].in_force && mappings[m].from == concept &&
			stands_for(k, mappings[m].to))
			return true;
	return false;
}

/* text NULL: a concept. none_is_fine: nothing is fine where codes are only taken out. */
static bool has_code(const struct code *codes, unsigned n, int32_t concept, const char *text,
	bool none_is_fine)
{
	bool in = false, any_in = false, none = text == NULL ? concept == NO_NUMBER : text[0] == '\0';

	for (unsigned i = 0; i < n; i++)
		any_in |= !codes[i].out;
	if (n == 0 || none)
		return n == 0 || (none_is_fine && !any_in);
	for (unsigned i = 0; i < n; i++) {
		bool hit = text == NULL ? covers(&codes[i], concept) : is_code(&codes[i], text);

		if (hit && codes[i].out)
			return false;
		in |= hit && !codes[i].out;
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

static bool between(const struct value_bounds *b, int64_t v)
{
	if (b->outside)
		return (b->low_open ? v <= b->low : v < b->low) ||
		       (b->high_open ? v >= b->high : v > b->high);
	if (b->has_low && (b->low_open ? v <= b->low : v < b->low))
		return false;
	return !b->has_high || (b->high_open ? v < b->high : v <= b->high);
}

static bool in_bounds(const struct criterion *c, int64_t v)
{
	if (!c->has_value)
		return true;
	if (v == VALUE_NULL)
		return false;
	return between(&c->bounds, c->clamped ? clamp(v, c->clamp_low, c->clamp_high) : v);
}

static const struct event_row *rows_of(
	const struct truth *w, const struct table *table, unsigned *n)
{
	bool measures = strcmp(table->relation, "measure") == 0;

	*n = measures ? w->pop->n_measures : w->pop->n_conditions;
	return measures ? w->pop->measures : w->pop->conditions;
}

static int year_of(int32_t day)
{
	unsigned month, mday;
	int year;

	day_split(day, &year, &month, &mday);
	return year;
}

/* ---- the six steps ---- */

/* What criteria are said over: a person, or an event of a person's. */
struct at {
	const struct person_row *p;
	bool event, period;
	int32_t day, last, visit, since, until, index_day, index_last, id;
};

static bool holds(const struct truth *w, const struct red_codes *red, const struct criterion *c,
	const struct at *at);

static int32_t first_real, last_real;

static bool real(int32_t day)
{
	first_real = day_of(1, 1, 1);
	last_real = day_of(9999, 12, 31);
	return day != DAY_NONE && day >= first_real && day < last_real;
}

static int32_t last_of(const struct criterion *c, const struct event_row *r)
{
	int64_t last = r->day + (int64_t)(c->event == NULL ? 1 : c->event->lasts);

	(void)real(0);
	if (c->end != NULL && r->last != DAY_NONE)
		last = r->last;
	else if (c->end_days != NULL && r->supply != NO_NUMBER)
		last = r->day + clamp(r->supply, -36525, 36525);
	return (int32_t)clamp(last, first_real, last_real);
}

static bool coded(const struct truth *w, const struct red_codes *red, const struct criterion *c,
	const struct event_row *r)
{
	bool texts = c->event != NULL && c->event->system == SYSTEM_ICD10;

	if (c->event != NULL && c->event->n_kinds > 0 && strcmp(r->source, "x") != 0 &&
		r->source[0] != 'b')
		return false;
	return has_code(c->codes, c->n_codes, r->concept, texts ? r->source : NULL, false) &&
	       !(r->concept != NO_NUMBER && red_concept(w, red, r->concept)) &&
	       !red_text(w, c->table, r->source);
}

static const struct event_row *earliest(
	const struct truth *w, const struct red_codes *red, const struct criterion *c, int32_t key)
{
	const struct event_row *rows, *first = NULL;
	unsigned n;

	rows = rows_of(w, c->table, &n);
	for (unsigned i = 0; i < n; i++)
		if (rows[i].key == key && real(rows[i].day) && coded(w, red, c, &rows[i]) &&
			(c->start->gen != GEN_TRUNCATE ||
				in_days(rows[i].day, c->start->from, c->start->to)) &&
			(first == NULL || rows[i].day < first->day ||
				(rows[i].day == first->day && rows[i].id < first->id)))
			first = &rows[i];
	return first;
}

static bool of_visit(
	const struct truth *w, const struct red_codes *red, const struct plan_attribute *a, const struct event_row *r)
{
	struct code codes[8];
	bool none = true;

	for (unsigned i = 0; i < a->n_codes; i++)
		none &= a->codes[i].out;
	for (unsigned i = 0; i < a->n_codes; i++) {
		codes[i] = a->codes[i];
		codes[i].out &= !none;
	}
	for (unsigned i = 0; r->visit != NO_NUMBER && i < w->pop->n_visits; i++) {
		const struct visit_row *v = &w->pop->visits[i];

		if (v->id == r->visit && v->key == r->key && !red_concept(w, red, v->concept) &&
			has_code(codes, a->n_codes, v->concept, NULL, false))
			return !none;
	}
	return none;
}

static bool attribute_meets(const struct truth *w, const struct red_codes *red,
	const struct plan_attribute *a, const struct event_row *r)
{
	if (a->kind == ATTR_VISIT)
		return of_visit(w, red, a, r);
	if (a->kind == ATTR_TYPE)
		return has_code(a->codes, a->n_codes, r->type, NULL, true);
	if (a->kind == ATTR_QUANTITY)
		return r->supply != NO_NUMBER && between(&a->bounds, r->supply * MILLIARD);
	if (a->kind != ATTR_LOW || r->value == VALUE_NULL || r->limit == NO_NUMBER || r->limit == 0)
		return false;
	return between(&a->bounds, clamp(r->value, -MILLIARD * MILLIARD, MILLIARD * MILLIARD) / r->limit);
}

static bool looks_at_day(const struct criterion *c)
{
	return c->ends_from != DAY_NONE || c->ends_to != DAY_NONE || c->lasting_from >= 0 ||
	       c->lasting_to >= 0 || c->n_windows > 0 || c->inside || c->with != NULL;
}

static bool row_meets(const struct truth *w, const struct red_codes *red, const struct criterion *c,
	const struct event_row *r)
{
	if ((c->first ? earliest(w, red, c, r->key) != r : !coded(w, red, c, r)) ||
		!in_days(r->day, c->from, c->to) || !in_bounds(c, r->value) ||
		(looks_at_day(c) && !real(r->day)))
		return false;
	for (const struct plan_attribute *a = c->attributes; a != NULL; a = a->next)
		if (!attribute_meets(w, red, a, r))
			return false;
	if (!looks_at_day(c))
		return true;
	int32_t last = last_of(c, r);
	return (c->ends_from == DAY_NONE || last >= c->ends_from) &&
	       (c->ends_to == DAY_NONE || last <= c->ends_to) &&
	       (c->lasting_from < 0 || last - r->day >= c->lasting_from) &&
	       (c->lasting_to < 0 || last - r->day <= c->lasting_to);
}

static bool in_window(const struct criterion *c, const struct window *win,
	const struct event_row *r, const struct at *at)
{
	int64_t x = win->on_end ? last_of(c, r) : r->day;
	int64_t of = win->of_index ? (win->to_end ? at->index_last : at->index_day)
				   : (win->to_end ? at->last : at->day);
	bool period = c->inside && win->on_end;

	if (win->from != ALL_DAYS_BEFORE ? x < of + win->from : period && x < at->since)
		return false;
	return win->to != ALL_DAYS_AFTER ? x <= of + win->to : !period || x <= at->until;
}

static bool stands(const struct criterion *c, const struct event_row *r, const struct at *at)
{
	if (c->inside && (!at->period || r->day < at->since || r->day > at->until))
		return false;
	if (c->same_visit && (r->visit == NO_NUMBER || at->visit != r->visit))
		return false;
	for (unsigned i = 0; i < c->n_windows; i++)
		if (!in_window(c, &c->windows[i], r, at))
			return false;
	return true;
}

/* Whether what stands in a `with` looks at the observation period of its event. */
static bool looks_inside(const struct criterion *tree)
{
	for (const struct criterion *c = tree; c != NULL; c = c->next)
		if (c->inside || looks_inside(c->children))
			return true;
	return false;
}

static bool lies_in(const struct period_row *o, int32_t key, int32_t day)
{
	return o->key == key && o->since != DAY_NONE && o->until != DAY_NONE && o->since <= day &&
	       o->until >= day;
}

/* at NULL: an entry event, which is its own index event. */
static bool with_holds(const struct truth *w, const struct red_codes *red,
	const struct criterion *c, const struct event_row *r, const struct person_row *p,
	const struct at *at)
{
	struct at here = { .p = p, .event = true, .day = r->day, .visit = r->visit };

	if (c->with == NULL)
		return true;
	here.last = last_of(c, r);
	here.index_day = at == NULL ? here.day : at->index_day;
	here.index_last = at == NULL ? here.last : at->index_last;
	if (!looks_inside(c->with->children))
		return holds(w, red, c->with, &here);
	here.period = true;
	for (unsigned i = 0; i < w->pop->n_periods; i++) {
		const struct period_row *o = &w->pop->periods[i];

		here.since = o->since;
		here.until = o->until;
		if (lies_in(o, r->key, r->day) && holds(w, red, c->with, &here))
			return true;
	}
	return false;
}

/* A number for a code, the same for every spelling of it. */
static int32_t code_number(const char *s)
{
	uint32_t n = 17;

	for (; *s != 0; s++)
		if (strchr(". \t\r\n", *s) == NULL)
			n = n * 31 + (unsigned char)(*s >= 'a' && *s <= 'z' ? *s - 'a' + 'A' : *s);
	return (int32_t)(n % 1000003);
}

static int32_t counted_by(const struct criterion *c, const struct event_row *r)
{
	if (c->distinct == DISTINCT_CONCEPTS && c->event != NULL && c->event->system != SYSTEM_OMOP)
		return code_number(r->source);
	return c->distinct == DISTINCT_DAYS	 ? r->day
	       : c->distinct == DISTINCT_CONCEPTS ? r->concept
	       : c->distinct == DISTINCT_VISITS	 ? r->visit
						 : r->id;
}

static bool enough(const struct criterion *c, unsigned n)
{
	if (!c->has_times)
		return n > 0;
	return c->times_how == AT_LEAST	 ? n >= c->times
	       : c->times_how == AT_MOST ? n <= c->times
					 : n == c->times;
}

static bool event_holds(const struct truth *w, const struct red_codes *red,
	const struct criterion *c, const struct at *at)
{
	static int32_t seen_by_depth[16][2 * EVENTS_MAX];
	static unsigned depth;
	int32_t *seen = seen_by_depth[depth++];
	const struct event_row *rows;
	unsigned n, found = 0;

	rows = rows_of(w, c->table, &n);
	for (unsigned i = 0; i < n; i++) {
		bool new = true;
		int32_t by;

		if (rows[i].key != at->p->key || !row_meets(w, red, c, &rows[i]) ||
			!stands(c, &rows[i], at) || !with_holds(w, red, c, &rows[i], at->p, at))
			continue;
		by = counted_by(c, &rows[i]);
		for (unsigned k = 0; k < found; k++)
			new &= seen[k] != by;
		if (new &&(!c->has_times || (by != NO_NUMBER && by != DAY_NONE)))
			seen[found++] = by;
	}
	depth--;
	return enough(c, found);
}

static bool person_holds(const struct criterion *c, const struct at *at)
{
	const struct person_row *p = at->p;
	int64_t age = (int64_t)year_of(at->day) - p->born;

	if (c->kind == PART_AGE)
		return p->born != NO_NUMBER && (c->age_from < 0 || age >= c->age_from) &&
		       (c->age_to < 0 || age < c->age_to);
	if (c->kind == PART_BIRTH)
		return p->born != NO_NUMBER && p->born >= year_of(c->from) &&
		       p->born <= year_of(c->to);
	for (unsigned i = 0; i < c->n_person_codes; i++)
		if (p->sex == c->person_codes[i])
			return !c->others;
	return c->others;
}

static bool holds(const struct truth *w, const struct red_codes *red, const struct criterion *c,
	const struct at *at)
{
	unsigned n = 0, of = 0;

	if (c->kind == PART_EVENT || c->kind == PART_MEASURE)
		return event_holds(w, red, c, at);
	if (c->kind != PART_ALL && c->kind != PART_ANY && c->kind != PART_NONE &&
		c->kind != PART_OF)
		return person_holds(c, at);
	for (const struct criterion *k = c->children; k != NULL; k = k->next, of++)
		n += holds(w, red, k, at);
	if (c->kind == PART_OF)
		return c->how == AT_LEAST ? n >= c->n : c->how == AT_MOST ? n <= c->n : n == c->n;
	return c->kind == PART_ALL ? n == of : c->kind == PART_ANY ? n > 0 : n == 0;
}

/* ---- index events ---- */

enum {
	CANDIDATES = 4 * EVENTS_MAX
};

static void candidate(const struct truth *w, const struct at *at, int32_t key, struct at *list,
	unsigned *n)
{
	const struct plan_observation *o = &w->plan->observation;
	bool asked = o->table != NULL && (o->before >= 0 || o->after >= 0), any = false;

	for (unsigned i = 0; o->table != NULL && i < w->pop->n_periods; i++) {
		const struct period_row *p = &w->pop->periods[i];

		if (!lies_in(p, key, at->day) ||
			(asked && ((o->before > 0 && p->since > at->day - o->before) ||
					  (o->after > 0 && p->until < at->day + o->after))))
			continue;
		ck_assert_uint_lt(*n, CANDIDATES);
		list[*n] = *at;
		list[*n].period = any = true;
		list[*n].since = p->since;
		list[(*n)++].until = p->until;
	}
	ck_assert_uint_lt(*n, CANDIDATES);
	if (!any && !asked)
		list[(*n)++] = *at;
}

static int by_order(const void *a, const void *b)
{
	const struct at *x = a, *y = b;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	if (x->since != y->since)
		return x->since < y->since ? -1 : 1;
	return (x->until > y->until) - (x->until < y->until);
}

/* In order: the first is the choice. */
static unsigned candidates(const struct truth *w, const struct red_codes *red,
	const struct person_row *p, struct at *list)
{
	const struct event_row *rows;
	unsigned n = 0, of;

	for (const struct criterion *c = w->plan->entry; c != NULL; c = c->next) {
		rows = rows_of(w, c->table, &of);
		for (unsigned i = 0; i < of; i++) {
			struct at at = { .p = p, .event = true, .day = rows[i].day };

			if (rows[i].key != p->key || !real(rows[i].day) ||
				!row_meets(w, red, c, &rows[i]) ||
				!with_holds(w, red, c, &rows[i], p, NULL))
				continue;
			at.id = rows[i].id;
			at.visit = rows[i].visit;
			at.index_day = at.day;
			at.last = at.index_last = last_of(c, &rows[i]);
			candidate(w, &at, p->key, list, &n);
		}
	}
	qsort(list, n, sizeof(*list), by_order);
	if (n > 0 && w->plan->index == INDEX_LAST)
		for (unsigned i = 0; i < n; i++)
			if (list[i].day == list[n - 1].day) {
				list[0] = list[i];
				break;
			}
	return n == 0 ? 0 : w->plan->index == INDEX_EACH ? n : 1;
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

/* The latest of the years that a person's rows say. */
static int32_t youngest(const struct truth *w, int32_t key)
{
	int32_t born = NO_NUMBER;

	for (unsigned i = 0; i < w->pop->n_persons; i++) {
		const struct person_row *p = &w->pop->persons[i];

		if (p->key == key && !red_text(w, w->plan->patients, p->ward) &&
			p->born != NO_NUMBER && (born == NO_NUMBER || p->born > born))
			born = p->born;
	}
	return born;
}

static bool dropped(const struct truth *w, const struct person_row *p)
{
	const struct dataset *d = w->plan->data;
	int32_t born = youngest(w, p->key);

	if (d->opt_out_relation != NULL && w->pop->out[p->key])
		return true;
	return d->under_age > 0 &&
	       (born == NO_NUMBER || born >= year_of(w->plan->today) - d->under_age);
}

/* How many of the cohort's criteria were met before the first that was not; all of them: the number of them. */
static unsigned met(const struct truth *w, const struct red_codes *red, const struct at *at)
{
	unsigned n = 0;

	for (const struct criterion *c = w->plan->root->children; c != NULL; c = c->next, n++)
		if (!holds(w, red, c, at))
			return n;
	return n;
}

/* The event that counts of a person: the earliest that meets everything; of an attrition that which meets most. */
static const struct at *counting(const struct truth *w, const struct red_codes *red,
	const struct at *list, unsigned n, unsigned *steps)
{
	const struct at *best = NULL;

	for (unsigned i = 0; i < n; i++) {
		unsigned k = met(w, red, &list[i]);

		if (w->plan->of.kind == KIND_ATTRITION
				? best == NULL || k > *steps
				: best == NULL && holds(w, red, w->plan->root, &list[i])) {
			best = &list[i];
			*steps = k;
		}
	}
	return best;
}

static void count_truth(const struct truth *w, const struct red_codes *red, int64_t *cells)
{
	static struct at list[CANDIDATES];

	memset(cells, 0, w->plan->n_cells * sizeof(*cells));
	for (int32_t key = 1; key <= KEYS; key++) {
		struct person_row p;
		const struct at *at;
		unsigned n = 1, steps = 0;
		int cell = 0;

		if (!person_of(w, key, &p) || dropped(w, &p))
			continue;
		list[0] = (struct at){ .p = &p, .day = w->plan->age_day };
		if (w->plan->entry != NULL)
			n = candidates(w, red, &p, list);
		at = counting(w, red, list, n, &steps);
		if (at == NULL)
			continue;
		for (unsigned i = 0; i < w->plan->n_dims && cell >= 0; i++) {
			int label = label_of(w, red, &w->plan->dims[i], &p, at->day);

			cell = label < 0 ? -1 : cell * (int)w->plan->dims[i].n_labels + label;
		}
		if (cell >= 0 && w->plan->of.kind == KIND_ATTRITION)
			cell = cell * (int)w->plan->of.n_points + (int)steps;
		if (cell >= 0)
			cells[cell]++;
	}
}

#endif
