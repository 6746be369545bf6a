/*
 * test_similar.c - query/similar.h: known pairs, and what holds for any two of thousands of generated questions.
 */
#include "query/canonical.h"
#include "query/similar.h"
#include "tests/unit/questions.h"
#include "tests/unit/spellings.h"

#include <string.h>

enum {
	GENERATED = 90
};

static struct error err;
static struct arena scratch;

static struct question *read_into(struct arena *a, const char *text)
{
	struct question *q = NULL;
	struct diags said_of;

	arena_init(a, MAX_QUERY_ARENA);
	diags_init(&said_of, a);
	if (question_read("q", text, strlen(text), a, &said_of, &q) != 0)
		return NULL;
	return q;
}

static struct similar compare_questions(const struct question *a, const struct question *b)
{
	struct similar s;

	arena_init(&scratch, MAX_QUERY_ARENA);
	OK(similar_compare(a, b, &scratch, &s, &err));
	arena_clear(&scratch);
	return s;
}

static struct similar compare(const char *earlier, const char *later)
{
	struct arena one, two;
	const struct question *a = read_into(&one, earlier), *b = read_into(&two, later);
	struct similar s;

	ck_assert_msg(a != NULL, "%s", earlier);
	ck_assert_msg(b != NULL, "%s", later);
	s = compare_questions(a, b);
	arena_clear(&one);
	arena_clear(&two);
	return s;
}

/* "changed: range of days (cohort.all[0].during)" and more, by "; "; "far". */
static const char *differs(const struct similar *s, bool zh)
{
	static char all[4000];
	struct text t;

	if (s->edits == SIMILAR_FAR)
		return "far";
	text_init(&t, sizeof(all));
	for (unsigned i = 0; i < s->edits; i++) {
		if (i > 0)
			text_add(&t, "; ");
		similar_tell(&s->list[i], zh, &t);
	}
	ck_assert(text_copy(all, sizeof(all), text_str(&t)));
	text_clear(&t);
	return all;
}

#define DIFFERS(earlier, later, want)                                                              \
	do {                                                                                       \
		struct similar s_ = compare(earlier, later);                                       \
		ck_assert_str_eq(differs(&s_, false), want);                                       \
	} while (0)
#define Q                  "study: S\ndataset: omop\nkind: count\n"
#define DIFFER(a, b, want) DIFFERS(Q "cohort: " a "\n", Q "cohort: " b "\n", want)

START_TEST(the_same_question_is_no_edit_apart_whoever_asks_it)
{
	DIFFER("{all: [{condition: [1+]}, {sex: 女}]}", "{all: [{sex: 女}, {condition: [1+]}]}",
		"");
	DIFFERS("study: A\ndataset: omop\nkind: count\n", "study: B\ndataset: omop\nkind: count\n",
		"");
	DIFFERS(Q, Q "sites: [renmin]\n", "");
	struct similar s =
		compare(Q "cohort: {all: [{sex: 女}]}\n", Q "cohort: {all: [{sex: 女}]}\n");
	ck_assert_uint_eq(s.likeness, 1000);
	ck_assert_uint_eq(s.shared, 1);
	ck_assert(similar_near(&s));
}
END_TEST

START_TEST(one_criterion_more_or_less_is_one_edit_however_large)
{
	DIFFER("{all: [{condition: [1+]}]}", "{all: [{condition: [1+]}, {sex: 女}]}",
		"more: criterion (cohort.all[1])");
	DIFFER("{all: [{condition: [1+]}, {none: [{drug: [1, 2, 3, 4, 5, 6, 7, 8, 9]}]}]}",
		"{all: [{condition: [1+]}]}", "less: criterion (cohort.all[1])");
	DIFFERS(Q, Q "cohort: {all: [{sex: 女}]}\n", "more: criterion (cohort.all[0])");
	DIFFER("{entry: {condition: [1]}}", "{entry: [{condition: [1]}, {drug: [2]}]}",
		"more: entry event (cohort.entry[1])");
}
END_TEST

START_TEST(a_criterion_that_differs_in_one_place_is_one_edit_told_there)
{
#define E "{all: [{condition: [1+], during: 2020-01-01..2020-12-31"
	DIFFER(E "}]}", "{all: [{condition: [1+], during: 2020-01-01..2020-12-30}]}",
		"changed: range of days (cohort.all[0].during)");
	DIFFER(E "}]}", "{all: [{condition: [1+, 2+], during: 2020-01-01..2020-12-31}]}",
		"changed: list of codes, 1 more (cohort.all[0].condition)");
	DIFFER(E "}]}", "{all: [{condition: [1], during: 2020-01-01..2020-12-31}]}",
		"changed: list of codes, 1 more, 1 less (cohort.all[0].condition)");
	DIFFER(E "}]}", E ", times: {at_least: 2}}]}", "changed: how often (cohort.all[0].times)");
	DIFFER(E "}]}", E ", first: yes}]}", "changed: first: yes (cohort.all[0].first)");
	DIFFER(E "}]}", E ", type: [5]}]}", "changed: property of the event (cohort.all[0].type)");
	DIFFER(E "}]}", E ", with: [{drug: [3]}]}]}", "more: criterion (cohort.all[0].with[0])");
	DIFFER(E ", with: [{drug: [3]}]}]}", E ", with: [{drug: [3, 4]}]}]}",
		"changed: list of codes, 1 more (cohort.all[0].with[0].drug)");
#undef E
	DIFFER("{all: [{measure: hba1c, value: {at_least: 7}}]}",
		"{all: [{measure: hba1c, value: {at_least: 7.1}}]}",
		"changed: cut point of the value (cohort.all[0].value)");
	DIFFERS(Q "on: 2020-01-01\ncohort: {all: [{age: {from: 45}}]}\n",
		Q "on: 2020-01-01\ncohort: {all: [{age: {from: 46}}]}\n",
		"changed: age (cohort.all[0].age)");
	DIFFER("{all: [{any: [{sex: 女}, {condition: [1]}]}]}",
		"{all: [{any: [{sex: 女}, {condition: [1, 2]}]}]}",
		"changed: list of codes, 1 more (cohort.all[0].any[0].condition)");
	DIFFER("{all: [{at_least: 2, of: [{sex: 女}, {drug: [7]}, {condition: [1]}]}]}",
		"{all: [{exactly: 2, of: [{sex: 女}, {drug: [7]}, {condition: [1]}]}]}",
		"changed: how often (cohort.all[0].exactly)");
}
END_TEST

START_TEST(several_codes_are_one_edit_while_more_stay)
{
	DIFFER("{all: [{drug: [1, 2, 3, 4, 5]}]}", "{all: [{drug: [1, 2, 3, 4, 6]}]}",
		"changed: list of codes, 1 more, 1 less (cohort.all[0].drug)");
	DIFFER("{all: [{drug: [1]}]}", "{all: [{drug: [2]}]}",
		"less: criterion (cohort.all[0]); more: criterion (cohort.all[0])");
	DIFFER("{all: [{drug: [1, 2]}]}", "{all: [{drug: [1, 3]}]}",
		"less: criterion (cohort.all[0]); more: criterion (cohort.all[0])");
	DIFFER("{all: [{any: [{drug: [1]}, {drug: [2]}, {drug: [3]}]}]}",
		"{all: [{any: [{drug: [1]}, {drug: [2]}, {drug: [3]}, {procedure: [4]}, {visit: "
		"[5]}]}]}",
		"changed: several members of a group, 2 more (cohort.all[0].any)");
}
END_TEST

START_TEST(what_is_asked_about_the_same_people_is_told_key_by_key)
{
#define MEAN "study: S\ndataset: omop\nkind: mean\nof: hba1c\n"
	DIFFERS(Q, Q "group_by: [sex]\n", "more: group (group_by.sex)");
	DIFFERS(Q "group_by: [sex]\n", Q "group_by: [ward]\n",
		"less: group (group_by.sex); more: group (group_by.ward)");
	DIFFERS(Q, MEAN, "changed: kind of question (kind); more: what is measured (of)");
	DIFFERS(MEAN, "study: S\ndataset: omop\nkind: mean\nof: bmi\n",
		"changed: what is measured (of)");
	DIFFERS(Q, "study: S\ndataset: his\nkind: count\n", "changed: dataset (dataset)");
	DIFFERS(Q "cohort: old\nparams: {low: 7}\n", Q "cohort: old\nparams: {low: 8}\n",
		"changed: parameter (params.low)");
	DIFFERS(Q "cohort: old\nfilter: {sex: [1, 2]}\n", Q "cohort: old\nfilter: {sex: [1]}\n",
		"changed: filter (filter.sex)");
	DIFFERS(Q "cohort: old\n", Q "cohort: new\n",
		"less: officers' cohort (cohort); more: officers' cohort (cohort)");
	DIFFER("{entry: {drug: [1]}, index: first}", "{entry: {drug: [1]}, index: last}",
		"more: choice of the index date (cohort.index)");
	DIFFER("{entry: {drug: [1]}, observed: {before: 30 days}}",
		"{entry: {drug: [1]}, observed: {before: 31 days}}",
		"changed: time under observation (cohort.observed)");
#undef MEAN
}
END_TEST

START_TEST(the_order_counts_between_attritions_alone)
{
#define FALLING "study: S\ndataset: omop\nkind: attrition\ncohort: "
	DIFFERS(FALLING "{all: [{sex: 女}, {drug: [1]}]}\n",
		FALLING "{all: [{drug: [1]}, {sex: 女}]}\n",
		"changed: order of the criteria (cohort.all)");
	DIFFERS(FALLING "{all: [{sex: 女}, {drug: [1]}]}\n",
		Q "cohort: {all: [{drug: [1]}, {sex: 女}]}\n", "changed: kind of question (kind)");
#undef FALLING
}
END_TEST

START_TEST(questions_that_share_nobody_are_not_near)
{
	struct similar s =
		compare(Q "cohort: {all: [{drug: [1]}]}\n", Q "cohort: {all: [{drug: [2]}]}\n");

	ck_assert_uint_eq(s.edits, 2);
	ck_assert_uint_eq(s.shared, 0);
	ck_assert(!similar_near(&s));
	s = compare(Q "cohort: {all: [{drug: [1]}, {sex: 女}]}\n",
		Q "cohort: {all: [{drug: [2]}, {sex: 女}]}\n");
	ck_assert_uint_eq(s.shared, 1);
	ck_assert(similar_near(&s));
}
END_TEST

START_TEST(every_edit_is_told_in_both_languages)
{
	for (unsigned i = 0; i < SIMILAR_THINGS; i++)
		for (unsigned k = 0; k < SIMILAR_HOWS; k++) {
			const struct similar_edit e = {
				.thing = i, .how = k, .path = "x.y[2]", .more = 3, .less = 4
			};
			struct text en, zh;

			text_init(&en, 1000);
			text_init(&zh, 1000);
			similar_tell(&e, false, &en);
			similar_tell(&e, true, &zh);
			ck_assert_ptr_nonnull(strstr(text_str(&en), "(x.y[2])"));
			ck_assert_ptr_nonnull(strstr(text_str(&zh), "（x.y[2]）"));
			ck_assert(!has_chinese(text_str(&en)) && has_chinese(text_str(&zh)));
			ck_assert_str_ne(similar_thing_name(i), "");
			ck_assert_str_ne(similar_how_name(k), "");
			text_clear(&en);
			text_clear(&zh);
		}
	const struct similar_edit none = { .thing = SIMILAR_THINGS };
	struct text t;

	text_init(&t, 100);
	similar_tell(&none, false, &t);
	ck_assert_uint_eq(t.len, 0);
	text_clear(&t);
}
END_TEST

/* ---- any two questions ---- */

struct one {
	struct arena arena;
	struct question *q;
	char *text; /* canonical, without the study */
	uint64_t *marks;
	unsigned n_marks, things;
};

/* One with a little changed of the one before, so that near pairs come up. */
static void generate(struct one *o, unsigned i)
{
	char *spelt = NULL;
	struct text t;

	do {
		struct meaning m;

		free(spelt);
		dice = (i / 6 + 1) * UINT64_C(0x9e3779b97f4a7c15);
		m = make_meaning();
		dice = (dice + i) * UINT64_C(0xbf58476d1ce4e5b9) | 1;
		if (i % 6 == 1)
			m.study++;
		if (i % 6 == 2)
			m.root->kids[0]->year++;
		if (i % 6 == 3)
			m.root->kids[m.root->n_kids++] =
				make_part(1, m.n_entries > 0 ? AT_INDEX : AT_FREE);
		if (i % 6 == 4)
			m.n_groups = (m.n_groups + 1) % 3;
		if (i % 6 == 5 && m.kind < 2)
			m.kind = 1 - m.kind;
		spelt = spell(&m, true);
		o->q = read_into(&o->arena, spelt);
		if (o->q == NULL)
			arena_clear(&o->arena);
		i += 6;
	} while (o->q == NULL);
	free(spelt);
	text_init(&t, MAX_QUESTION_BYTES);
	OK(canonical_write(o->q, &t, &err));
	o->text = text_take(&t);
	*strstr(o->text, ",\"study\":") = '\0';
	OK(similar_marks(o->q, &o->arena, &o->marks, &o->n_marks, &err));
}

static unsigned count(const struct similar *s, enum similar_how how)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->edits; i++)
		n += s->list[i].how == how;
	return n;
}

static void check_pair(const struct one *a, const struct one *b, unsigned met[SIMILAR_FAR + 1])
{
	struct similar s = compare_questions(a->q, b->q), back = compare_questions(b->q, a->q);
	bool same = strcmp(a->text, b->text) == 0;

	ck_assert_uint_le(s.edits, SIMILAR_FAR);
	met[s.edits]++;
	ck_assert_msg((s.edits == 0) == same, "%u edits:\n%s\n%s", s.edits, a->text, b->text);
	ck_assert_msg(
		s.edits == back.edits && s.shared == back.shared && s.likeness == back.likeness,
		"not symmetric:\n%s\n%s", a->text, b->text);
	unsigned least = similar_least(a->marks, a->n_marks, b->marks, b->n_marks);
	ck_assert_msg(least <= s.edits || s.edits == SIMILAR_FAR,
		"marks say further apart than %u:\n%s\n%s", s.edits, a->text, b->text);
	ck_assert((s.likeness == 1000) == same && s.likeness <= 1000);
	if (s.edits == SIMILAR_FAR)
		return;
	ck_assert_uint_eq(count(&s, SIMILAR_MORE), count(&back, SIMILAR_LESS));
	ck_assert_uint_eq(count(&s, SIMILAR_OTHER), count(&back, SIMILAR_OTHER));
	ck_assert_uint_le(s.edits, a->n_marks + b->n_marks + 1);
	for (unsigned i = 0; i < s.edits; i++)
		ck_assert_str_ne(s.list[i].path, "");
}

START_TEST(any_two_questions_are_as_far_apart_in_both_directions_and_never_without_reason)
{
	static struct one all[GENERATED];
	unsigned met[SIMILAR_FAR + 1] = { 0 };

	for (unsigned i = 0; i < GENERATED; i++)
		generate(&all[i], i);
	for (unsigned i = 0; i < GENERATED; i++)
		for (unsigned k = 0; k < GENERATED; k++)
			check_pair(&all[i], &all[k], met);
	for (unsigned i = 0; i <= SIMILAR_FAR; i++)
		ck_assert_msg(met[i] > 0, "no pair is %u edits apart", i);
	for (unsigned i = 0; i < GENERATED; i++) {
		arena_clear(&all[i].arena);
		free(all[i].text);
	}
}
END_TEST

/* Whatever the edits are: a way over a third question is never shorter. */
START_TEST(no_detour_is_shorter)
{
	static struct one all[48];
	static unsigned d[48][48];

	for (unsigned i = 0; i < 48; i++)
		generate(&all[i], i);
	for (unsigned i = 0; i < 48; i++)
		for (unsigned k = 0; k < 48; k++)
			d[i][k] = compare_questions(all[i].q, all[k].q).edits;
	for (unsigned i = 0; i < 48; i++)
		for (unsigned k = 0; k < 48; k++)
			for (unsigned m = 0; m < 48; m++)
				ck_assert_msg(d[i][k] <= d[i][m] + d[m][k] ||
						      d[i][m] == SIMILAR_FAR ||
						      d[m][k] == SIMILAR_FAR,
					"%u > %u + %u:\n%s\n%s\n%s", d[i][k], d[i][m], d[m][k],
					all[i].text, all[m].text, all[k].text);
	for (unsigned i = 0; i < 48; i++) {
		arena_clear(&all[i].arena);
		free(all[i].text);
	}
}
END_TEST

START_TEST(the_largest_questions_are_compared_in_little_time)
{
	struct text a, b;
	struct similar s;

	text_init(&a, MAX_QUESTION_BYTES);
	text_init(&b, MAX_QUESTION_BYTES);
	text_add(&a, Q "cohort: {all: [{any: [");
	for (unsigned i = 0; i < 490; i++)
		text_addf(&a, "{condition: [%u, %u], during: 2020-01-01..2020-12-31},", i + 1,
			i + 10000);
	text_addn(&b, a.at, a.len - 1);
	text_add(&b, ", {drug: [7]}]}]}\n");
	text_add(&a, "{procedure: [8]}]}]}\n");
	ck_assert(!text_failed(&a) && !text_failed(&b));
	s = compare(text_str(&a), text_str(&b));
	ck_assert_str_eq(differs(&s, false),
		"changed: several members of a group, 1 more, 1 less (cohort.all[0].any)");
	s = compare(text_str(&a), Q);
	ck_assert_uint_eq(s.edits, 1);
	text_clear(&a);
	text_clear(&b);
}
END_TEST

UNIT_MAIN("similar", the_same_question_is_no_edit_apart_whoever_asks_it,
	one_criterion_more_or_less_is_one_edit_however_large,
	a_criterion_that_differs_in_one_place_is_one_edit_told_there,
	several_codes_are_one_edit_while_more_stay,
	what_is_asked_about_the_same_people_is_told_key_by_key,
	the_order_counts_between_attritions_alone, questions_that_share_nobody_are_not_near,
	every_edit_is_told_in_both_languages,
	any_two_questions_are_as_far_apart_in_both_directions_and_never_without_reason,
	no_detour_is_shorter, the_largest_questions_are_compared_in_little_time)
