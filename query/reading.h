/*
 * reading.h - one reading of one question: what the files share that turn nodes into parts. Each
 * reader puts a sentence into ds for what is wrong and reads on. For this folder only.
 */
#ifndef QUERY_READING_H
#define QUERY_READING_H

#include "query/cohort.h"
#include "query/question.h"

struct named_set {
	const char *name;
	const struct node *list;
	bool used;
	bool takes_out; /* some code, its own or one of a set in it; after its walk */
	enum {
		SET_FRESH,
		SET_OPEN, /* being walked: to meet it again is a cycle */
		SET_DONE
	} walk;
};

struct reading {
	struct arena *arena;
	struct diags *ds;
	struct named_set *sets;
	unsigned n_sets;
	bool sets_bad;            /* reported: sets are not looked into */
	unsigned criteria, codes; /* as written, sets inlined, before equal ones are dropped */
	bool failed;              /* memory ended */
	bool ordered;             /* the order of the cohort's `all` is meaning: attrition */
	bool has_index;           /* there is an index event to look at */
	bool in_entry;            /* among the entry events and in their `with` */
	unsigned in_with;         /* how many `with` stand around */
};

/* codes.c. `sets` may be NULL. */
void sets_read(struct reading *r, const struct node *sets);
void sets_check_used(struct reading *r);
/* A list of codes, sorted and unique, sets inlined. `only_out`: codes that are taken out may stand
 * alone. False when something was reported or memory ended. */
bool codes_read(struct reading *r, const struct node *n, const char *key, bool only_out,
	struct code **out, unsigned *n_out);
enum {
	CODE_TEXT = MAX_NAME + MAX_ID + 8
};
const char *code_spelling(const struct code *c, char buf[CODE_TEXT]);

/* windows.c: days and how often. */
void read_within(struct reading *r, const struct node *n, struct part *p);
void read_lasting(struct reading *r, const struct node *n, struct part *p);
void read_times(struct reading *r, const struct node *n, struct part *p);
void read_observed(struct reading *r, const struct node *n, struct cohort *out);
/* n of at_least, at_most or exactly; -1 when the key is none of them. */
int how_parse(const char *key);
const char *how_name(enum how_many how);
const char *distinct_name(enum distinct d);

/* attributes.c: `value` with all that may stand in it, and the other properties of an event. */
void read_value(struct reading *r, const struct node *n, struct part *p);
void read_attribute(
	struct reading *r, const struct node *n, enum attribute_kind kind, struct part *p);
/* Whether `value` is where it is written. */
bool attribute_in_value(enum attribute_kind kind);

/* criterion.c. NULL when it could not be read or memory ended. */
struct part *part_new(struct reading *r, enum part_kind kind, struct place at);
struct part *read_part(struct reading *r, const struct node *n, unsigned depth);
/* An event or measure that can stand alone: of `entry`, or the `event` of a survival. `key` names
 * it in sentences. */
struct part *read_event(struct reading *r, const struct node *n, const char *key);
/* Adds the members of a list to the end of the group's. */
void read_members(struct reading *r, const struct node *n, unsigned depth, struct part *group);

/* cohort.c: the cohort of a question; what cohort_build() does, with sets and order. */
int cohort_read(struct reading *r, const struct node *n, struct cohort *out);

/* kinds.c: at, event, step, horizon, and what must fit a kind. After the cohort. */
void kinds_read(struct reading *r, const struct node *root, struct question *q);

#endif
