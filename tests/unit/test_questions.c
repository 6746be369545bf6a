/*
 * test_questions.c - agents/questions.h: what was decided can be told later, for as long as is promised.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agents/questions.h"
#include "agents/state.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define NOW    (INT64_C(20000) * DAY_MS)

static struct error err;
static char folder[64];
static struct state st;
static struct text out;

static void a_state_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/cordon-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	OK(state_open(&st, folder, &err));
	text_init(&out, 32 << 20);
}

static void away(void)
{
	static const char *const names[] = { "ledger.db", "ledger.db-wal", "ledger.db-shm",
		"lock" };
	char path[128];

	text_clear(&out);
	state_close(&st);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

/* In a transaction that the test has begun. */
static void put_as(const char *id, const char *text, int64_t at_ms, bool allow, const char *state)
{
	const struct question_row row = { .id = id,
		.requester = "li@renmin.example",
		.study = "DM",
		.text = text,
		.hash = sha256(text, strlen(text)),
		.at_ms = at_ms,
		.day = 20000,
		.version = 7,
		.allow = allow,
		.rule = allow ? "study:DM" : "code:hiv",
		.state = state };

	OK(questions_keep(st.db, &row, &err));
}

static void put(const char *id, const char *text, int64_t at_ms, bool allow)
{
	put_as(id, text, at_ms, allow, allow ? "held" : "refused");
}

static void keep(const char *id, const char *text, int64_t at_ms, bool allow)
{
	OK(state_begin(&st, &err));
	put(id, text, at_ms, allow);
	OK(state_commit(&st, &err));
}

static const char *list(int64_t since_ms, int64_t after)
{
	text_reset(&out);
	OK(questions_json(st.db, since_ms, after, &out, &err));
	return text_str(&out);
}

static bool listed(const char *part)
{
	return strstr(text_str(&out), part) != NULL;
}

START_TEST(what_was_decided_is_told_with_its_text_and_its_policy)
{
	keep("q1", "{\"study\":\"DM\"}", NOW, true);
	keep("q2", "{}", NOW + 1, false);
	list(NOW, 0);
	ck_assert(listed("\"id\":\"q1\"") && listed("\"id\":\"q2\""));
	ck_assert(listed("\"question\":\"{\\\"study\\\":\\\"DM\\\"}\""));
	ck_assert(listed("\"decision\":\"allow\",\"rule\":\"study:DM\",\"state\":\"held\""));
	ck_assert(listed("\"decision\":\"deny\",\"rule\":\"code:hiv\",\"state\":\"refused\""));
	ck_assert(listed("\"version\":7") && listed("\"intact\":true") && listed("\"next\":null"));
	list(NOW + 1, 0);
	ck_assert(!listed("\"id\":\"q1\"") && listed("\"id\":\"q2\""));
	text_reset(&out);
	OK(questions_one_json(st.db, "q1", &out, &err));
	ck_assert(listed("\"requester\":\"li@renmin.example\"") && !listed("q2"));
}
END_TEST

START_TEST(an_unknown_id_is_said_and_nothing_is_written)
{
	FAILS(questions_one_json(st.db, "nobody", &out, &err), E_INPUT);
	ck_assert_uint_eq(out.len, 0);
	OK(questions_reached(st.db, "nobody", "released", &err));
	ck_assert_str_eq(list(0, 0), "{\"questions\":[],\"next\":null}");
}
END_TEST

START_TEST(an_id_is_of_one_question)
{
	const struct hash32 same = sha256("{}", 2), other = sha256("{ }", 3);

	keep("q1", "{}", NOW, false);
	ck_assert_int_eq(questions_other(st.db, "q1", &same, &err), 0);
	ck_assert_int_eq(questions_other(st.db, "q1", &other, &err), 1);
	ck_assert_int_eq(questions_other(st.db, "q2", &other, &err), 0);
}
END_TEST

START_TEST(how_far_it_came_is_told)
{
	keep("q1", "{}", NOW, true);
	OK(questions_reached(st.db, "q1", "released", &err));
	list(0, 0);
	ck_assert(listed("\"state\":\"released\"") && !listed("held"));
}
END_TEST

START_TEST(what_is_rolled_back_was_never_there)
{
	const struct question_row row = { .id = "q1",
		.requester = "x",
		.study = "DM",
		.text = "{}",
		.rule = "r",
		.state = "held",
		.at_ms = NOW };

	OK(state_begin(&st, &err));
	OK(questions_keep(st.db, &row, &err));
	state_rollback(&st);
	ck_assert_str_eq(list(0, 0), "{\"questions\":[],\"next\":null}");
}
END_TEST

START_TEST(a_row_that_somebody_changed_is_told_as_such)
{
	keep("q1", "{}", NOW, false);
	OK(db_run(st.db, NULL, &err, "UPDATE question SET text = '{\"study\":\"X\"}'", ""));
	list(0, 0);
	ck_assert(listed("\"intact\":false"));
}
END_TEST

START_TEST(a_row_ends_only_when_it_is_old_and_many_came_after_it)
{
	keep("old", "{}", NOW - 91 * DAY_MS, false);
	keep("young", "{}", NOW - 89 * DAY_MS, false);
	keep("q1", "{}", NOW, false); /* old, but not many */
	list(0, 0);
	ck_assert(listed("\"old\"") && listed("\"young\""));
	OK(db_run(st.db, NULL, &err, "UPDATE question SET seq = ?1 WHERE id = 'q1'", "i",
		(int64_t)QUESTIONS_KEPT + 2));
	keep("q2", "{}", NOW, false); /* now both are among the first */
	list(0, 0);
	ck_assert(
		!listed("\"old\"") && listed("\"young\"") && listed("\"q1\"") && listed("\"q2\""));
}
END_TEST

START_TEST(a_flood_of_refusals_keeps_no_more_texts_and_hides_no_answer)
{
	static const char text[] = "{\"kind\":\"count\"}";
	char id[16];
	unsigned texts = 0;

	OK(state_begin(&st, &err));
	for (int i = 0; i < QUESTIONS_FREE_DAY + 3; i++) {
		snprintf(id, sizeof(id), "q%d", i);
		put(id, text, NOW, false);
	}
	OK(state_commit(&st, &err));
	keep("answered", text, NOW, true);
	for (const char *at = list(0, 0); (at = strstr(at, "\\\"kind\\\"")) != NULL; at++)
		texts++;
	ck_assert_uint_eq(texts, QUESTIONS_FREE_DAY + 1);
	ck_assert(listed("\"id\":\"q502\""));
	text_reset(&out);
	OK(questions_one_json(st.db, "answered", &out, &err));
	ck_assert(listed("\"intact\":true"));
}
END_TEST

/* Asking for what is answered already is as free as being refused. */
START_TEST(a_flood_of_recalls_keeps_no_more_texts)
{
	static const char text[] = "{\"kind\":\"count\"}";
	unsigned texts = 0;
	char id[16];

	OK(state_begin(&st, &err));
	for (int i = 0; i < QUESTIONS_FREE_DAY + 3; i++) {
		snprintf(id, sizeof(id), "q%d", i);
		put_as(id, text, NOW, true, "recalled");
	}
	OK(state_commit(&st, &err));
	for (const char *at = list(0, 0); (at = strstr(at, "\\\"kind\\\"")) != NULL; at++)
		texts++;
	ck_assert_uint_eq(texts, QUESTIONS_FREE_DAY);
	ck_assert(listed("\"id\":\"q502\""));
}
END_TEST

START_TEST(many_come_in_pages)
{
	static char text[MAX_QUESTION_BYTES];
	char id[16];
	unsigned pages = 0;
	int64_t after = 0;

	memset(text, 'x', sizeof(text) - 1);
	OK(state_begin(&st, &err));
	for (int i = 0; i < 100; i++) {
		snprintf(id, sizeof(id), "q%d", i);
		put(id, text, NOW, false);
	}
	OK(state_commit(&st, &err));
	for (;;) {
		const char *next = strstr(list(0, after), "],\"next\":");

		pages++;
		ck_assert_ptr_nonnull(next);
		ck_assert_uint_lt(out.len, QUESTIONS_PAGE_BYTES + MAX_QUESTION_BYTES + 2000);
		if (strcmp(next, "],\"next\":null}") == 0)
			break;
		ck_assert_int_gt(atoll(next + 9), after);
		after = atoll(next + 9);
	}
	ck_assert(listed("\"q99\""));
	/* a page ends with the question that fills it */
	ck_assert_uint_eq(pages, 100 / (QUESTIONS_PAGE_BYTES / MAX_QUESTION_BYTES) + 1);
}
END_TEST

START_TEST(a_folder_of_an_earlier_version_gets_the_table)
{
	OK(db_run(st.db, NULL, &err, "DROP TABLE question", ""));
	state_close(&st);
	OK(state_open(&st, folder, &err));
	keep("q1", "{}", NOW, false);
	list(0, 0);
	ck_assert(listed("\"q1\""));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("questions");
	TCase *c = tcase_create("questions");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, a_state_folder, away);
	tcase_add_test(c, what_was_decided_is_told_with_its_text_and_its_policy);
	tcase_add_test(c, an_unknown_id_is_said_and_nothing_is_written);
	tcase_add_test(c, an_id_is_of_one_question);
	tcase_add_test(c, how_far_it_came_is_told);
	tcase_add_test(c, what_is_rolled_back_was_never_there);
	tcase_add_test(c, a_row_that_somebody_changed_is_told_as_such);
	tcase_add_test(c, a_row_ends_only_when_it_is_old_and_many_came_after_it);
	tcase_add_test(c, a_flood_of_refusals_keeps_no_more_texts_and_hides_no_answer);
	tcase_add_test(c, a_flood_of_recalls_keeps_no_more_texts);
	tcase_add_test(c, many_come_in_pages);
	tcase_add_test(c, a_folder_of_an_earlier_version_gets_the_table);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
