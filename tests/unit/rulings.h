/*
 * rulings.h - the fixture of tests about decisions: questions as text, people, days.
 */
#ifndef TESTS_RULINGS_H
#define TESTS_RULINGS_H

#include "tests/unit/policies.h"

#include <stdio.h>

#include "base/clock.h"
#include "crypto/account.h"
#include "policies/decide/decide.h"

#define DM        "study: DM\nkind: count\ndataset: omop\n"
#define MH        "study: MH\nkind: count\ndataset: omop\n"
#define HIST      "study: DM\nkind: histogram\ndataset: omop\n"
#define DIABETES  "{condition: [201826+], during: 2019-01-01..2024-12-31}"
#define COHORT(x) "cohort:\n  all:\n    - " x "\n"
#define ENTRY(x)  "cohort:\n  entry: " x "\n"

static struct arena ask_arena;
static struct diags ask_ds;

static inline struct question *question(const char *text)
{
	struct question *q = NULL;

	arena_clear(&ask_arena);
	arena_init(&ask_arena, MAX_QUERY_ARENA);
	diags_init(&ask_ds, &ask_arena);
	ck_assert_msg(question_read("q.yaml", text, strlen(text), &ask_arena, &ask_ds, &q) == 0,
		"%s\n%s", text, ask_ds.count > 0 ? ask_ds.list[0].en : "");
	return q;
}

static inline int32_t day(const char *s)
{
	int32_t d = 0;

	ck_assert(day_parse(s, &d));
	return d;
}

static inline struct verdict ruling_on(const struct policy *p, const struct question *q,
	const char *who, const char *on, bool every)
{
	struct asking a = { .requester = who == NULL ? "li@s1.example" : who,
		.today = day(on == NULL ? "2026-03-01" : on),
		.every_failure = every };
	struct verdict v;
	struct error err;

	OK(decide(p, q, &a, &ask_arena, &v, &err));
	return v;
}

#endif
