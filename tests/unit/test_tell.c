/*
 * test_tell.c - how a cohort sounds: known answers in both languages. That nothing is lost is asked of thousands of
 * random cohorts by tests/scenario/tell.sh.
 */
#include "query/tell.h"
#include "tests/unit/questions.h"

static char *told(const char *text, bool zh)
{
	struct question *q = ask(text);
	struct text t;

	ck_assert_msg(q != NULL, "%s\nwas refused: %s", text, first_said());
	text_init(&t, 64 << 10);
	tell_cohort(&q->cohort, q->on, zh, &t);
	return text_take(&t);
}

#define TOLD(text, english, chinese)                                                               \
	do {                                                                                       \
		char *en_ = told(text, false), *zh_ = told(text, true);                            \
		ck_assert_str_eq(en_, english);                                                    \
		ck_assert_str_eq(zh_, chinese);                                                    \
		free(en_);                                                                         \
		free(zh_);                                                                         \
	} while (0)

START_TEST(the_smallest_cohorts_are_one_sentence)
{
	TOLD(HEAD, "Everybody.\n", "所有人。\n");
	TOLD(COHORT("hba1c-t2dm"), "People of the officers' cohort hba1c-t2dm.\n",
		"合规人员的既定队列 hba1c-t2dm。\n");
}
END_TEST

START_TEST(a_cohort_is_numbered_lines)
{
	TOLD(COHORT("{entry: {drug: [1+], first: yes, with: [{condition: [2], same_visit: yes}]}, "
		    "observed: {before: 1 days}, "
		    "all: [{age: {from: 45, to: 65}}, {any: [{sex: 女}, {measure: hba1c, value: "
		    "{above: 7, at_most: 8.5}, "
		    "within: {from: -90 days, to: 0 days}, times: {at_least: 2, distinct: "
		    "day}}]}]}"),
		"People whose index date is the first day of the earliest of these events:\n"
		"  1. a drug with concept 1 or any below it; only the earliest of each person; and "
		"for that event all of these "
		"hold:\n"
		"    1.1. a diagnosis with concept 2; in the same visit as that event\n"
		"The index date lies in an observation period that began at least 1 day before it "
		"and ends at least 0 days "
		"after it.\n"
		"And all of these hold:\n"
		"  1. aged 45 to under 65 on the index date\n"
		"  2. any of these holds:\n"
		"    2.1. at least 2 times on different days: a result of hba1c; with value above "
		"7 and at most 8.5; starting 0 "
		"to 90 days before the index date\n"
		"    2.2. sex \"女\"\n",
		"入组日期为下列事件中最早一次的首日的人群：\n"
		"  1. 用药：概念 1 及其下级；只看每人最早的一条；且对该事件，以下全部成立：\n"
		"    1.1. 诊断：概念 2；与该事件同一次就诊\n"
		"入组日期位于一个观察期之内，该观察期在其前至少 1 天已开始，并在其后至少 0 "
		"天才结束。\n"
		"并且以下全部成立：\n"
		"  1. 年龄 45 至未满 65 岁（入组日期当天）\n"
		"  2. 以下至少一项成立：\n"
		"    2.1. 至少 2 次（不同日期）：hba1c 的结果；数值高于 7 且至多 "
		"8.5；开始于入组日期之前 0 至 90 天\n"
		"    2.2. 性别为“女”\n");
}
END_TEST

START_TEST(an_age_says_its_day)
{
	TOLD(HEAD "on: 2025-12-31\ncohort: {all: [{age: {from: 65}}]}\n",
		"People for whom all of these hold:\n  1. aged 65 or over on 2025-12-31\n",
		"以下全部成立的人群：\n  1. 年龄满 65 岁（2025-12-31 当天）\n");
	TOLD(COHORT("{all: [{visit: any, during: 2024-01-01..2024-12-31, with: [{age: {to: "
		    "18}}]}]}"),
		"People for whom all of these hold:\n  1. any visit; starting from 2024-01-01 to "
		"2024-12-31; and for that event "
		"all of these hold:\n    1.1. aged under 18 on the day of that event\n",
		"以下全部成立的人群：\n  1. 任意就诊；开始于 2024-01-01 至 "
		"2024-12-31；且对该事件，以下全部成立：\n"
		"    1.1. 年龄未满 18 岁（该事件当天）\n");
}
END_TEST

START_TEST(what_could_be_a_phrase_stands_in_quotes)
{
	TOLD(COHORT("{all: [{sex: 'a\"; starting'}]}"),
		"People for whom all of these hold:\n  1. sex \"a\"\"; starting\"\n",
		"以下全部成立的人群：\n  1. 性别为“a\"; starting”\n");
}
END_TEST

START_TEST(a_label_is_one_short_line)
{
	struct question *q = ask(COHORT(
		"{all: [{any: [{sex: 女}, {condition: [1, 2, 3, 4, 5], with: [{drug: any}]}]}]}"));
	struct text t;

	ck_assert(q != NULL);
	text_init(&t, 4 << 10);
	tell_part(q->cohort.root->children, false, &t);
	ck_assert_str_eq(text_str(&t), "any of these holds (a diagnosis with concept 1, concept 2, "
				       "concept 3 and 2 more; and for that event (any drug) "
				       "/ sex \"女\")");
	text_reset(&t);
	tell_part(q->cohort.root->children, true, &t);
	ck_assert_str_eq(text_str(&t), "以下至少一项成立（诊断：概念 1、概念 2、概念 3等 5 "
				       "个；且对该事件（任意用药）／性别为“女”）");
	text_clear(&t);
}
END_TEST

START_TEST(a_text_without_room_fails_and_says_so)
{
	struct question *q = ask(COHORT("{all: [{sex: 女}]}"));
	struct text t;

	ck_assert(q != NULL);
	text_init(&t, 20);
	tell_cohort(&q->cohort, q->on, false, &t);
	ck_assert(text_failed(&t));
	text_clear(&t);
}
END_TEST

UNIT_MAIN("tell", the_smallest_cohorts_are_one_sentence, a_cohort_is_numbered_lines,
	an_age_says_its_day, what_could_be_a_phrase_stands_in_quotes, a_label_is_one_short_line,
	a_text_without_room_fails_and_says_so)
