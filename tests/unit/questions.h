/*
 * questions.h - the fixture of tests that read questions: one arena, one list of problems, and a
 * check that every sentence exists in both languages.
 */
#ifndef TESTS_QUESTIONS_H
#define TESTS_QUESTIONS_H

#include <string.h>

#include "base/text.h"
#include "query/question.h"
#include "tests/unit/unit.h"

static struct arena arena;
static struct diags ds;

static inline void fresh(size_t arena_bytes)
{
	arena_clear(&arena);
	arena_init(&arena, arena_bytes);
	diags_init(&ds, &arena);
}

static inline bool has_chinese(const char *s)
{
	for (; *s != 0; s++)
		if ((unsigned char)*s >= 0xE3)
			return true;
	return false;
}

static inline void check_sentences(void)
{
	for (size_t i = 0; i < ds.count; i++) {
		const struct diag *d = &ds.list[i];

		ck_assert_msg(
			strlen(d->code) == 4 && strchr("QP", d->code[0]) != NULL, "%s", d->code);
		ck_assert_msg(*d->en != 0 && utf8_valid(d->en, strlen(d->en)), "%s", d->code);
		ck_assert_msg(has_chinese(d->zh) && utf8_valid(d->zh, strlen(d->zh)), "%s: %s",
			d->code, d->zh);
		if (d->code[0] == 'Q')
			ck_assert_msg(strlen(d->en) < 600, "%s: a sentence stays short", d->code);
	}
}

/* Reads a question; NULL when it was refused. */
static inline struct question *ask_bytes(const void *bytes, size_t len)
{
	struct question *q = NULL;
	int ret;

	fresh(MAX_QUERY_ARENA);
	ret = question_read("q.yaml", bytes, len, &arena, &ds, &q);
	check_sentences();
	ck_assert_msg((ret == 0) == (q != NULL), "a result only with success");
	ck_assert_msg((ret == 0) == (ds.errors == 0), "an error only with a sentence");
	return q;
}

static inline struct question *ask(const char *text)
{
	return ask_bytes(text, strlen(text));
}

static inline const struct diag *said(const char *code)
{
	for (size_t i = 0; i < ds.count; i++)
		if (strcmp(ds.list[i].code, code) == 0)
			return &ds.list[i];
	return NULL;
}

static inline const char *first_said(void)
{
	return ds.count == 0 ? "nothing" : ds.list[0].en;
}

/* The three keys every question has, as the beginning of a block map. */
#define HEAD "study: DM-2026-01\nkind: count\ndataset: omop\n"

/* A question with this cohort, in one-line form. */
#define COHORT(text) HEAD "cohort: " text "\n"

#define ACCEPTED(text)                                                                             \
	do {                                                                                       \
		ck_assert_msg(ask(text) != NULL, "%.2000s\nwas refused: %s", text, first_said());  \
	} while (0)

/* Refused with exactly one problem, of this code, whose English sentence holds `part`. */
#define REFUSED(text, want, part)                                                                  \
	do {                                                                                       \
		ck_assert_msg(ask(text) == NULL, "%.2000s\nwas accepted", text);                   \
		ck_assert_msg(said(want) != NULL, "%.2000s\nsaid: %s", text, first_said());        \
		ck_assert_msg(ds.count == 1, "%.2000s\nsaid more: %s; %s", text, first_said(),     \
			ds.list[ds.count - 1].en);                                                 \
		ck_assert_msg(                                                                     \
			strstr(ds.list[0].en, part) != NULL, "%.2000s\nsaid: %s", text,            \
			first_said());                                                             \
	} while (0)

#endif
