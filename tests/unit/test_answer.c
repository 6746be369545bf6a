/*
 * test_answer.c - the words of an answer: as docs/api.md has them, and in both languages.
 */
#include "query/answer.h"

#include <string.h>

#include "tests/unit/unit.h"

START_TEST(states_have_the_names_of_the_api)
{
	static const char *const sites[SITE_STATES] = { "waiting", "answered", "recalled",
		"suppressed", "refused", "timed-out", "offline", "failed", "cancelled", "offered", "summed", "dropped",
		"left-out" };
	static const char *const answers[ANSWER_STATES] = { "running", "complete", "partial",
		"failed", "cancelled" };
	static const char *const cells[CELL_STATES] = { "released", "suppressed", "absent" };

	for (int i = 0; i < SITE_STATES; i++) {
		enum site_state s;

		ck_assert_str_eq(site_state_name((enum site_state)i), sites[i]);
		ck_assert(site_state_parse(sites[i], &s) && (int)s == i);
	}
	for (int i = 0; i < ANSWER_STATES; i++) {
		enum answer_state s;

		ck_assert_str_eq(answer_state_name((enum answer_state)i), answers[i]);
		ck_assert(answer_state_parse(answers[i], &s) && (int)s == i);
	}
	for (int i = 0; i < CELL_STATES; i++)
		ck_assert_str_eq(cell_state_name((enum cell_state)i), cells[i]);
}
END_TEST

START_TEST(other_words_are_no_states)
{
	static const char *const bad[] = { "", "Answered", "answered ", "timed_out", "zero" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		enum site_state s = SITE_OFFLINE;
		enum answer_state a = ANSWER_PARTIAL;

		ck_assert(!site_state_parse(bad[i], &s) && s == SITE_OFFLINE);
		ck_assert(!answer_state_parse(bad[i], &a) && a == ANSWER_PARTIAL);
	}
}
END_TEST

/* Zero, suppressed and refused never look alike. */
START_TEST(every_state_has_its_own_words_in_both_languages)
{
	for (int i = 0; i < SITE_STATES; i++) {
		struct say a = site_state_say((enum site_state)i);

		ck_assert(*a.en != 0 && (unsigned char)*a.zh >= 0x80);
		for (int j = 0; j < i; j++) {
			struct say b = site_state_say((enum site_state)j);

			ck_assert_str_ne(a.en, b.en);
			ck_assert_str_ne(a.zh, b.zh);
		}
	}
	for (int i = 0; i < ANSWER_STATES; i++) {
		struct say a = answer_state_say((enum answer_state)i);

		ck_assert(*a.en != 0 && (unsigned char)*a.zh >= 0x80);
	}
}
END_TEST

UNIT_MAIN("answer", states_have_the_names_of_the_api, other_words_are_no_states,
	every_state_has_its_own_words_in_both_languages)
