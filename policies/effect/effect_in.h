/*
 * effect_in.h - one comparison in the making, shared by the files of effect; nobody else includes it.
 *
 * Sentences are made of words in both languages: "what was -> now". Sets are compared sorted, so that the order of
 * lines never shows (X3). A failed allocation sticks in `failed`, and effect_between() checks once.
 */
#ifndef POLICIES_EFFECT_IN_H
#define POLICIES_EFFECT_IN_H

#include "policies/effect/effect.h"
#include "policies/say.h"

enum {
	MAX_EFFECTS = 200000
};

struct comparing {
	const struct policy *before,
		*after; /* before: a policy without anything when there was none */
	struct arena *a;
	struct effect_item *items;
	unsigned n, room;
	struct say when; /* the days a sentence is about; en NULL: all */
	bool failed;
};

#define EFFECT_SAY(c, ...) say_make((c)->a, __VA_ARGS__)

void effect_note(struct comparing *c, enum effect_way way, struct say thing, struct place at,
	struct say change);
/* "what was -> now" when the two differ; `more` is the way of a number that grows. */
void effect_number(struct comparing *c, struct say thing, struct place at, struct say what,
	int64_t was, int64_t now, enum effect_way more);
/* The same of amounts in 1e-12 units. */
void effect_amount(struct comparing *c, struct say thing, struct place at, struct say what,
	uint64_t was, uint64_t now, enum effect_way more);
/* Days: inside the old ones is tighter. */
void effect_span(struct comparing *c, struct say thing, struct place at, struct say what,
	int32_t was_from, int32_t was_to, int32_t from, int32_t to);
/* Words that differ, always in this way. */
void effect_words(struct comparing *c, enum effect_way way, struct say thing, struct place at,
	struct say what, struct say was, struct say now);
/* A text for people: SAME when it differs. */
void effect_text(struct comparing *c, struct say thing, struct place at, struct say what,
	struct say was, struct say now);

/* A set of texts; made by the functions below, sorted. */
struct effect_set {
	const char **at;
	unsigned n;
};
struct effect_set effect_set_of(struct comparing *c, const void *first, unsigned n,
	size_t stride); /* char * first in each */
struct effect_set effect_set_numbers(
	struct comparing *c, const int64_t *at, unsigned n, unsigned places);
struct effect_set effect_set_kinds(struct comparing *c, unsigned kinds);
bool effect_set_has(const struct effect_set *s, const char *text);
bool effect_set_equal(const struct effect_set *a, const struct effect_set *b);
/* "3, 20" in the order given */
const char *effect_numbers_text(
	struct comparing *c, const int64_t *at, unsigned n, unsigned places);
/* "a, b, c", all of them */
const char *effect_set_text(struct comparing *c, const struct effect_set *s);
/* A sentence for each text that only one of the two has: added is wider, removed is tighter. */
void effect_sets(struct comparing *c, struct say thing, struct place at, struct say added,
	struct say removed, struct effect_set was, struct effect_set now);

/* One thing by its kind and id: "study DM-2026-01" */
struct say effect_thing(struct comparing *c, struct say kind, const char *id);
bool effect_same_text(const char *a, const char *b); /* NULL equals NULL */

/* Whether some rule of `p` could name this concept on this column, whatever the site's vocabulary is. */
bool effect_may_be_red(const struct policy *p, const struct column *c, int64_t concept);
/* Whether rows of code rules are found by this column. */
bool effect_finds_rows(const struct policy *p, const struct dataset *d, const struct column *c);
/* Whether no question of the new policy can count the table, because a rule in force for all of them cannot find its
 * rows there. */
bool effect_closed(const struct policy *p, const struct dataset *d, const struct table *t);

/* One dataset of both sides, and the table in the new one. */
struct effect_pair {
	const struct dataset *bd, *ad;
	const struct table *at;
};
/* effect_columns.c: one of `b` and `a` may be NULL, not listed */
void effect_column(struct comparing *c, const struct effect_pair *in, const struct column *b,
	const struct column *a);

/* effect_models.c: what the dataset's tables mean */
void effect_model(struct comparing *c, struct say thing, const struct dataset *b,
	const struct dataset *a);

void effect_datasets(struct comparing *c); /* effect_tables.c */
void effect_codes(struct comparing *c);
void effect_rules(struct comparing *c); /* kinds, composing, release, tighter */
void effect_budgets(struct comparing *c);
void effect_people(struct comparing *c); /* the policy's own days, roles, cohorts, studies */

#endif
