/*
 * test_store.c - what the gateway remembers, and that nobody can change its record unseen.
 */
#include "gateway/store/store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static char dir[64], path[128];
static struct store *s;
static struct arena a;
static struct error err;

static void begin(void)
{
	snprintf(dir, sizeof(dir), "/tmp/cordon-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/gateway.db", dir);
	OK(store_open(&s, path, &err));
	arena_init(&a, 16 << 20);
}

static void end(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char file[160];

	store_close(s);
	arena_clear(&a);
	for (int i = 0; i < 3; i++) {
		snprintf(file, sizeof(file), "%s%s", path, ends[i]);
		unlink(file);
	}
	rmdir(dir);
}

static void again(void)
{
	store_close(s);
	OK(store_open(&s, path, &err));
}

/* Straight at the file, as somebody with the disk in hand. */
static int tamper(const char *sql)
{
	sqlite3 *db;
	int code;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	code = sqlite3_exec(db, sql, NULL, NULL, NULL);
	sqlite3_close(db);
	return code;
}

static struct stored_question question(const char *id, const char *account)
{
	struct stored_question q = { .study = "DM-2026-01",
		.kind = "count",
		.mode = "noised",
		.canonical = { (const uint8_t *)"{\"a\":1}", 7 },
		.certificate = { (const uint8_t *)"\0\1", 2 },
		.signature = { (const uint8_t *)"sig", 3 },
		.asked_ms = 5,
		.received_ms = 1000,
		.deadline_ms = 60000,
		.state = ANSWER_RUNNING };

	snprintf(q.id, sizeof(q.id), "%s", id);
	snprintf(q.account, sizeof(q.account), "%s", account);
	q.hash.at[31] = 9;
	return q;
}

static const char *const sites[] = { "renmin", "xiehe" };
static const struct stored_key no_key = { NULL, { { 0 } } };

static void add(const char *id, const char *account)
{
	struct stored_question q = question(id, account);

	OK(store_begin(s, &err));
	OK(store_add(s, &q, sites, 2, &no_key, &err));
	OK(store_commit(s, &err));
}

START_TEST(a_question_is_read_back_as_it_was_written)
{
	struct stored_question q;
	struct stored_leg *legs;
	size_t n;
	struct stat st;

	begin();
	add("q-1", "li@renmin.example");
	again();
	ck_assert_int_eq(store_get(s, "q-1", &a, &q, &err), 1);
	ck_assert_str_eq(q.account, "li@renmin.example");
	ck_assert_str_eq(q.study, "DM-2026-01");
	ck_assert_uint_eq(q.canonical.len, 7);
	ck_assert_mem_eq(q.canonical.at, "{\"a\":1}", 7);
	ck_assert_mem_eq(q.certificate.at, "\0\1", 2);
	ck_assert_int_eq(q.hash.at[31], 9);
	ck_assert_int_eq(q.state, ANSWER_RUNNING);
	OK(store_legs(s, "q-1", &a, &legs, &n, &err));
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(legs[0].site, "renmin");
	ck_assert_str_eq(legs[1].site, "xiehe");
	ck_assert_int_eq(legs[0].state, SITE_WAITING);
	ck_assert_uint_eq(legs[0].message.len, 0);
	ck_assert_int_eq(store_get(s, "q-2", &a, &q, &err), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	end();
}
END_TEST

START_TEST(what_a_site_said_stays_when_its_state_changes)
{
	struct stored_leg leg = { "xiehe", SITE_ANSWERED, 41, { (const uint8_t *)"\7bytes", 6 } };

	begin();
	add("q-1", "li");
	OK(store_set_leg(s, "q-1", &leg, &err));
	leg = (struct stored_leg){ "xiehe", SITE_TIMED_OUT, 50, { NULL, 0 } };
	OK(store_set_leg(s, "q-1", &leg, &err));
	ck_assert_int_eq(store_leg(s, "q-1", "xiehe", &a, &leg, &err), 1);
	ck_assert_int_eq(leg.state, SITE_TIMED_OUT);
	ck_assert_int_eq(leg.ms, 50);
	ck_assert_mem_eq(leg.message.at, "\7bytes", 6);
	ck_assert_int_eq(store_leg(s, "q-1", "huashan", &a, &leg, &err), 0);
	ck_assert_int_eq(store_leg(s, "q-9", "xiehe", &a, &leg, &err), 0);
	/* a leg that is not there cannot be written */
	leg = (struct stored_leg){ "huashan", SITE_ANSWERED, 1, { NULL, 0 } };
	FAILS(store_set_leg(s, "q-1", &leg, &err), E_SYSTEM);
	end();
}
END_TEST

START_TEST(what_is_rolled_back_did_not_happen)
{
	struct stored_question q = question("q-1", "li");

	begin();
	OK(store_begin(s, &err));
	OK(store_add(s, &q, sites, 2, &no_key, &err));
	OK(store_audit(s, 1, "question.asked", "li", "q-1", "", &err));
	store_rollback(s);
	ck_assert_int_eq(store_get(s, "q-1", &a, &q, &err), 0);
	/* an id exists once: the second addition fails whole */
	add("q-2", "li");
	q = question("q-2", "wang");
	OK(store_begin(s, &err));
	FAILS(store_add(s, &q, sites, 2, &no_key, &err), E_STATE);
	store_rollback(s);
	ck_assert_int_eq(store_get(s, "q-2", &a, &q, &err), 1);
	ck_assert_str_eq(q.account, "li");
	end();
}
END_TEST

START_TEST(running_questions_are_found_again_and_ended_ones_are_not)
{
	const char **ids;
	uint64_t counts[ANSWER_STATES];
	size_t n;

	begin();
	add("q-1", "li");
	add("q-2", "li");
	add("q-3", "li");
	OK(store_end(s, "q-2", ANSWER_PARTIAL, 2000, &err));
	again();
	OK(store_running(s, &a, &ids, &n, &err));
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(ids[0], "q-1");
	ck_assert_str_eq(ids[1], "q-3");
	OK(store_counts(s, counts, &err));
	ck_assert_uint_eq(counts[ANSWER_RUNNING], 2);
	ck_assert_uint_eq(counts[ANSWER_PARTIAL], 1);
	ck_assert_uint_eq(counts[ANSWER_COMPLETE], 0);
	end();
}
END_TEST

START_TEST(lists_go_backwards_in_pages_and_keep_accounts_apart)
{
	struct stored_leg leg = { "renmin", SITE_SUPPRESSED, 3, { NULL, 0 } };
	struct stored_summary *list;
	char id[16];
	size_t n;
	bool more;

	begin();
	for (int i = 1; i <= 5; i++) {
		snprintf(id, sizeof(id), "q-%d", i);
		add(id, i == 3 ? "wang" : "li");
	}
	OK(store_set_leg(s, "q-5", &leg, &err));
	OK(store_list(s, "li", NULL, NULL, 2, &a, &list, &n, &more, &err));
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(list[0].id, "q-5");
	ck_assert_int_eq(list[0].sites, 2);
	ck_assert_int_eq(list[0].answered, 1);
	ck_assert_str_eq(list[1].id, "q-4");
	ck_assert(more);
	OK(store_list(s, "li", NULL, "q-4", 2, &a, &list, &n, &more, &err));
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(list[0].id, "q-2");
	ck_assert(!more);
	OK(store_list(s, NULL, NULL, NULL, 10, &a, &list, &n, &more, &err));
	ck_assert_uint_eq(n, 5);
	FAILS(store_list(s, "li", NULL, "q-none", 2, &a, &list, &n, &more, &err), E_INPUT);
	end();
}
END_TEST

START_TEST(a_key_stands_for_one_body_of_one_account)
{
	struct stored_question q = question("q-1", "li");
	struct stored_key key = { "abc", { { 7 } } };
	struct hash32 body;
	char id[MAX_ID + 1];

	begin();
	OK(store_begin(s, &err));
	OK(store_add(s, &q, sites, 2, &key, &err));
	OK(store_commit(s, &err));
	ck_assert_int_eq(store_by_key(s, "li", "abc", &body, id, &err), 1);
	ck_assert_str_eq(id, "q-1");
	ck_assert_int_eq(body.at[0], 7);
	ck_assert_int_eq(store_by_key(s, "wang", "abc", &body, id, &err), 0);
	ck_assert_int_eq(store_by_key(s, "li", "abd", &body, id, &err), 0);
	end();
}
END_TEST

START_TEST(a_ledger_link_is_remembered_and_can_be_forgotten)
{
	struct ledger_link link = { 9, { { 1, 2 } } }, got;

	begin();
	ck_assert_int_eq(store_link(s, "renmin", &got, &err), 0);
	OK(store_set_link(s, "renmin", &link, &err));
	link.seq = 10;
	OK(store_set_link(s, "renmin", &link, &err));
	again();
	ck_assert_int_eq(store_link(s, "renmin", &got, &err), 1);
	ck_assert_uint_eq(got.seq, 10);
	ck_assert_mem_eq(&got.hash, &link.hash, sizeof(got.hash));
	OK(store_forget_link(s, "renmin", &err));
	ck_assert_int_eq(store_link(s, "renmin", &got, &err), 0);
	end();
}
END_TEST

/* ---- the audit chain ---- */

static void audit_three(void)
{
	OK(store_audit(s, 1, "question.asked", "li", "q-1", "count", &err));
	OK(store_audit(s, 2, "site.replaced", "renmin", "", "", &err));
	again();
	OK(store_audit(s, 3, "question.ended", "li", "q-1", "complete", &err));
}

static uint64_t first_broken(void)
{
	uint64_t count, broken;

	OK(store_audit_check(s, &count, &broken, &err));
	return broken;
}

START_TEST(the_audit_chain_holds_over_restarts)
{
	uint64_t count, broken;

	begin();
	OK(store_audit_check(s, &count, &broken, &err));
	ck_assert_uint_eq(count, 0);
	ck_assert_uint_eq(broken, 0);
	audit_three();
	OK(store_audit_check(s, &count, &broken, &err));
	ck_assert_uint_eq(count, 3);
	ck_assert_uint_eq(broken, 0);
	end();
}
END_TEST

START_TEST(an_audit_record_cannot_be_changed_or_deleted_by_accident)
{
	begin();
	audit_three();
	ck_assert_int_ne(tamper("UPDATE audit SET who='wang' WHERE seq=2"), SQLITE_OK);
	ck_assert_int_ne(tamper("DELETE FROM audit WHERE seq=2"), SQLITE_OK);
	ck_assert_uint_eq(first_broken(), 0);
	end();
}
END_TEST

START_TEST(a_changed_dropped_or_moved_audit_record_is_found)
{
	static const struct {
		const char *sql;
		uint64_t first;
	} ways[] = {
		{ "UPDATE audit SET detail='failed' WHERE seq=1", 1 },
		{ "UPDATE audit SET at_ms=at_ms+1 WHERE seq=3", 3 },
		{ "UPDATE audit SET who='q-1', about='li' WHERE seq=1", 1 },
		{ "UPDATE audit SET hash=zeroblob(32) WHERE seq=2", 2 },
		{ "UPDATE audit SET hash=zeroblob(5) WHERE seq=2", 2 },
		{ "DELETE FROM audit WHERE seq=1", 1 },
		{ "DELETE FROM audit WHERE seq=2", 2 },
		{ "UPDATE audit SET seq=9 WHERE seq=3", 3 },
		{ "UPDATE audit SET who=who||char(0)||'x' WHERE seq=2", 2 },
		{ "UPDATE audit SET at_ms=CAST(CAST(at_ms AS TEXT) AS BLOB) WHERE seq=2", 2 },
	};
	char sql[300];

	begin();
	audit_three();
	snprintf(sql, sizeof(sql), "DROP TRIGGER audit_update; DROP TRIGGER audit_delete; %s",
		ways[_i].sql);
	ck_assert_int_eq(tamper(sql), SQLITE_OK);
	ck_assert_uint_eq(first_broken(), ways[_i].first);
	end();
}
END_TEST

START_TEST(a_damaged_record_is_an_error_and_no_crash)
{
	static const char *const ways[] = {
		"UPDATE question SET state='odd'",
		"UPDATE question SET hash=x'00'",
		"UPDATE question SET hash='text'",
		"UPDATE question SET study=printf('%.200c','x')",
		"UPDATE question SET account=''; UPDATE question SET kind=printf('%.200c','k')",
	};
	struct stored_question q;

	begin();
	add("q-1", "li");
	ck_assert_int_eq(tamper(ways[_i]), SQLITE_OK);
	FAILS(store_get(s, "q-1", &a, &q, &err), E_SYSTEM);
	end();
}
END_TEST

START_TEST(a_leg_of_an_unknown_state_is_an_error_and_no_crash)
{
	struct stored_leg *legs;
	size_t n;

	begin();
	add("q-1", "li");
	ck_assert_int_eq(tamper("UPDATE leg SET state='odd' WHERE site='xiehe'"), SQLITE_OK);
	FAILS(store_legs(s, "q-1", &a, &legs, &n, &err), E_SYSTEM);
	end();
}
END_TEST

START_TEST(a_record_that_does_not_fit_is_told)
{
	struct stored_question q;
	struct arena small;

	begin();
	add("q-1", "li");
	arena_init(&small, 4);
	FAILS(store_get(s, "q-1", &small, &q, &err), E_LIMIT);
	arena_clear(&small);
	end();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store");
	TCase *c = tcase_create("store");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_test(c, a_question_is_read_back_as_it_was_written);
	tcase_add_test(c, what_a_site_said_stays_when_its_state_changes);
	tcase_add_test(c, what_is_rolled_back_did_not_happen);
	tcase_add_test(c, running_questions_are_found_again_and_ended_ones_are_not);
	tcase_add_test(c, lists_go_backwards_in_pages_and_keep_accounts_apart);
	tcase_add_test(c, a_key_stands_for_one_body_of_one_account);
	tcase_add_test(c, a_ledger_link_is_remembered_and_can_be_forgotten);
	tcase_add_test(c, the_audit_chain_holds_over_restarts);
	tcase_add_test(c, an_audit_record_cannot_be_changed_or_deleted_by_accident);
	tcase_add_loop_test(c, a_changed_dropped_or_moved_audit_record_is_found, 0, 10);
	tcase_add_loop_test(c, a_damaged_record_is_an_error_and_no_crash, 0, 5);
	tcase_add_test(c, a_leg_of_an_unknown_state_is_an_error_and_no_crash);
	tcase_add_test(c, a_record_that_does_not_fit_is_told);
	suite_add_tcase(suite, c);
	r = srunner_create(suite);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
