/*
 * writing.h - what the files of the SQL writer share: write.c composes the statement, people.c the patients,
 * index.c their index events, holds.c which criteria hold, relations.c the rows that meet one, tree.c what a tree is
 * like, events.c the rows of one criterion, windows.c where those stand towards another event, codes.c their codes, rows.c what red rows are, cells.c the group a person
 * is in, points.c which of a group's numbers, distinct.c what all hospitals know a person by, text.c names and values.
 *
 * The first thing that does not fit sticks in `wrong`; later calls may write nonsense that nobody reads.
 */
#ifndef SQL_WRITING_H
#define SQL_WRITING_H

#include <stdint.h>

#include "sql/sql.h"

enum {
	MAX_SQL_BYTES = 1 << 20,
	MAX_VALUES = 8192
};

/* Dates beyond these are no dates of a patient's event, and their years do not fit what follows. */
#define DAY_FIRST "0001-01-01"
#define DAY_LAST  "9999-12-31"

struct sql_list;
struct sql_writing {
	const struct plan *plan;
	const struct sql_facts *facts;
	struct arena *arena;
	struct text lists; /* set1 AS (..): sets of concepts, each once */
	const struct sql_list *listed;
	unsigned n_lists;
	struct text
		ctes; /* people AS (..), ix AS (..), c1 AS (..): each may name those before it */
	struct text joins, where, cell;
	struct text steps; /* attrition: how many criteria were met before the first that was not */
	struct text value; /* mean: ", .. AS v", a column of each person */
	const char **values;
	int n_values;
	int red_value; /* parameter with the red concepts; 0 not bound yet, -1 there are none */
	int code_values[SYSTEMS]; /* the same with the codes of each system, as text */
	unsigned flags, sets, aliases;
	const char *narrowed; /* the set that has taken the place of `ix`; NULL: none */
	bool normal;          /* a normal form was written */
	bool in_halves;
	int half; /* 1, 2: which of the two halves of the patients is written; 0: all of them */
	int middle_value; /* parameter with the key between them; 0: not bound yet */
	bool alone; /* sql_alone(): there is no set `people`, of whom nothing but their key is needed */
	const char *wrong;    /* literal: the first thing that does not fit, or "" for memory */
};

void sql_wrong(struct sql_writing *w, const char *literal);

/* The normal form of systems.h for what people typed: X between the two. Full-width letters, digits, stops and
 * blanks are what they look like, or a hospital's ward would hide a code by its keyboard. */
#define SQL_NORMAL_BEFORE "translate(upper((" /* X */
#define SQL_NORMAL_AFTER                                                                           \
	")::text COLLATE \"C\"), (SELECT wide FROM spelling), (SELECT plain FROM spelling))"
/* "spelling AS (..)" for a statement that has normal forms, else ""; it stands before all that has them. */
const char *sql_spelling(const struct sql_writing *w);

/* What criteria are said over: the people, or events of theirs, one or several a person. Expressions hold
 * in the query that is being written; NULL is what nothing there looks at. */
struct sql_scope {
	const char
		*name; /* of the set of events in `ctes`: "ix", "c1"; NULL when they are in none */
	const char *alias;      /* of it where it is read */
	const char *key;        /* of the person */
	bool many;              /* several a person, told apart by alias.i */
	bool people;            /* p, the person, can be named here */
	const char *day, *last; /* first and last day, within DAY_FIRST..DAY_LAST */
	const char *visit;
	const char *since, *until;          /* the observation period that it lies in */
	const char *index_day, *index_last; /* of the index event */
	struct text *joins;                 /* NULL: nothing can be joined here */
	struct text *where;
};

/* What criteria look at in the event that they are said over, or in the index event. */
struct sql_needs {
	bool day, last, visit, period;
};
/* Of the members of a tree; `index`: what those inside any `with` look at in the index event instead. */
void sql_needs(const struct criterion *tree, bool index, struct sql_needs *out);
/* Whether c depends on more of its scope than whose event it is. */
bool sql_depends(const struct criterion *c);
bool sql_is_event(const struct criterion *c);
/* Whether a tree names people in the query it is written into. */
bool sql_of_people(const struct criterion *tree);

/* How often, as one of two: at least n, or exactly n, of n > 0; or the opposite of that. */
struct sql_often {
	bool exactly, negated;
	bool always; /* whatever is there; negated: never */
	unsigned n;
};
/* tree.c */
struct sql_often sql_often(const struct criterion *c);
bool sql_counted(const struct criterion
		*c); /* whether a number is asked for, not only whether there are any */
bool sql_is_group(const struct criterion *c);
bool sql_has_event(const struct criterion *tree);
unsigned sql_events_in(const struct criterion *tree);
bool sql_of_index(const struct criterion *tree);  /* looks at the index event, inside a `with` */
bool sql_needs_period(const struct criterion *c); /* its `with` looks at the observation period */

/* Semi-joins on one key that the planner gets to see together. It compares each with each: its time grows with the
 * fourth power of their number, and 480 took it minutes. Those beyond are flags. */
enum {
	SQL_MOST_TOGETHER = 24
};

/* relations.c. "SELECT k, i FROM ..": the rows of s that meet c, or have so many; each once. */
void sql_meeting(struct sql_writing *w, const struct sql_scope *s, struct text *t,
	const struct criterion *c);
/* The rows of c read as a, as a scope for what stands in its `with`. o: its observation periods. */
struct sql_scope sql_row_scope(struct sql_writing *w, const struct criterion *c, const char *a,
	const char *o, const struct sql_scope *over, const struct sql_needs *more);
const char *sql_alias(struct sql_writing *w, const char *letter);

/* A criterion that must hold, as a set of the index events for whose person it does, which takes the place of `ix`. Such
 * a set is read once: the planner sees into it, and the order of persons that `ix` has carries through. One that is read
 * twice is stored and sorted again each time. narrows: whether s and c are such. */
bool sql_narrows(const struct sql_writing *w, const struct sql_scope *s, const struct criterion *c);
void sql_narrow(struct sql_writing *w, const struct sql_scope *s, const struct criterion *c);

/* Adds to where what must hold (negated: must not). */
void sql_must(
	struct sql_writing *w, const struct sql_scope *s, const struct criterion *c, bool negated);
/* A condition that is true or false, never unknown; needs s->joins. */
void sql_anywhere(struct sql_writing *w, const struct sql_scope *s, struct text *t,
	const struct criterion *c);
/* Whether c->with can be written without joining anything. */
bool sql_plain(const struct criterion *c);
/* "SELECT k, day, .. FROM ..": the entry events that c means, with what is needed of them. */
void sql_entry(struct sql_writing *w, struct text *t, const struct criterion *c,
	const struct sql_needs *needs, bool with_id);
/* people.c. Whether all index events are of people who are there, by held keys, and nothing is asked of those people. */
bool sql_alone(struct sql_writing *w);
/* " AND .." of the index events then: not of who opted out. */
void sql_alone_where(struct sql_writing *w, struct text *t);
/* " AND ..": what the statement takes for true of the tables' keys still is. */
void sql_still(struct sql_writing *w, struct text *t);
/* "X IS NOT NULL", or that it is of the half of the patients that is written. */
void sql_keyed(struct sql_writing *w, struct text *t, const char *x);
/* The key of the people as the statement itself names it. */
const char *sql_person(struct sql_writing *w);
/* The set `people`, one row a patient; and age, sex, race, ethnicity, birth as a condition. */
void sql_people(struct sql_writing *w);
void sql_demographic(struct sql_writing *w, const struct sql_scope *s, struct text *t,
	const struct criterion *c);
/* The set `ix`, and the scope of the cohort's own criteria. */
void sql_index(struct sql_writing *w, struct sql_scope *s);

/* events.c. " FROM .. <a>", and the conditions " AND .." of steps 1 to 3 on its rows. `dated`: only rows with a day. */
void sql_events(struct sql_writing *w, struct text *t, const struct criterion *c, const char *a);
void sql_event_where(struct sql_writing *w, struct text *t, const struct criterion *c,
	const char *a, bool dated);
/* Its first and last day as expressions that no value can make fail. */
const char *sql_day(struct sql_writing *w, const struct criterion *c, const char *a);
const char *sql_last(struct sql_writing *w, const struct criterion *c, const char *a);
/* windows.c: " AND .." of step 4, towards an event of s (few: planners may guess that few are left); and the periods
 * that a day of a key lies in. */
void sql_toward(struct sql_writing *w, struct text *t, const struct criterion *c, const char *a,
	const struct sql_scope *s, bool few);
void sql_periods(struct sql_writing *w, struct text *t, const char *join, const char *o,
	const char *key, const char *day, int32_t before, int32_t after);
/* " AND x .." : a code of the list; or_null: having none is fine where only some are taken out. event NULL: concepts. */
void sql_codes(struct sql_writing *w, struct text *t, const char *x,
	const struct model_event *event, const struct code *codes, unsigned n, bool or_null);
/* "(SELECT count(DISTINCT ..) ..)": how many concepts the list stands for. */
void sql_codes_count(struct sql_writing *w, struct text *t, const struct code *codes, unsigned n);
/* "SELECT .. UNION ALL ..": the concepts of set `number` (from 1) of the writing `of`. */
void sql_codes_of_set(
	struct sql_writing *w, struct text *t, const struct sql_writing *of, unsigned number);
/* The statement without what finds its sets: as sql_write(), whose *w is left to look at. */
void sql_compose(struct sql_writing *w, struct text *t);
/* Ends what sql_compose() began. */
void sql_writing_clear(struct sql_writing *w);
int sql_not_written(struct error *err, const char *why);
/* A column of days as days. Of a column of texts the statement fails whatever is in it, where a conversion would fail
 * by what is in it (W3). */
const char *sql_as_day(struct sql_writing *w, const char *x);
/* alias."column" in the arena */
const char *sql_expr(struct sql_writing *w, const char *alias, const char *column);
/* An element of an array's text, from "{" on. */
void sql_array_text(struct text *t, const char *s, size_t len);

/* alias."column", and "schema"."relation" */
void sql_member(struct text *t, const char *alias, const char *column);
void sql_relation(struct text *t, const struct table *table);

/* Bind a value and write its $n::type. sql_value_number only binds and gives n. */
int sql_value_number(struct sql_writing *w, const char *value);
void sql_value(struct sql_writing *w, struct text *t, const char *text, const char *type);
void sql_value_int(struct sql_writing *w, struct text *t, int64_t v, const char *type);
void sql_value_day(struct sql_writing *w, struct text *t, int32_t day);
void sql_value_decimal(struct sql_writing *w, struct text *t, int64_t v); /* 1e-9 units */
/* " = ANY (..)" of a category's values, and " <> ALL (..)" of all of the column's: what is none of them is
 * "other". */
void sql_in_category(struct sql_writing *w, struct text *t, const struct category *k);
void sql_in_no_category(struct sql_writing *w, struct text *t, const struct column *column);
const char *sql_longs(struct arena *arena, const int64_t *list, unsigned n);
/* Moves t into the arena; NULL when anything failed. t is cleared. */
const char *sql_take(struct text *t, struct arena *arena);

/* " AND ..." that removes a table's red rows. */
void sql_red_rows(
	struct sql_writing *w, struct text *t, const char *alias, const struct table *table);
/* Whether that can be of any row. */
bool sql_may_be_red(const struct sql_writing *w, const struct table *table);
void sql_days(struct sql_writing *w, struct text *t, const char *x, int32_t from, int32_t to);
void sql_during(struct sql_writing *w, struct text *t, const struct column *start, int32_t from,
	int32_t to);
void sql_clamped(struct sql_writing *w, struct text *t, const char *alias,
	const struct column *column, int64_t low, int64_t high);

/* The column with years of birth, and the year of somebody `years` old on the day ages are taken. */
const char *sql_birth_column(struct sql_writing *w);
void sql_born(struct sql_writing *w, struct text *t, int64_t years);
/* "(SELECT key AS k, c0.. FROM ..)": the rows of the officer's cohort, for an alias r. */
void sql_cohort(struct sql_writing *w, struct text *t);
/* Writes w->cell, and to w->joins what it needs. */
void sql_cells(struct sql_writing *w);
/* The same for what the kind counts besides people, behind the groups; writes w->value too. */
void sql_points(struct sql_writing *w);
/* distinct.c: into `cell` what all hospitals know a person by. */
void sql_person_key(struct sql_writing *w);
/* ", sum(c.v) AS s, ..": the columns of the answer besides (cell, people). */
const char *sql_sums(const struct plan *plan);
/* Joins v<alias>(k, v): each person's last value of the measure within the days, ties by the larger one. */
void sql_last_value(struct sql_writing *w, const struct measure *m, const struct column *day,
	int32_t from, int32_t to, unsigned alias);

#endif
