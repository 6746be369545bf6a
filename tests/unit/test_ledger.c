/*
 * test_ledger.c - agents/ledger.h, audit.h, releases.h, state.h: what a site remembers, and how damage
 * is noticed.
 */
#include "tests/unit/unit.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agents/balance.h"
#include "agents/state.h"
#include "base/clock.h"

enum {
	TODAY = 20000,
	ONE = 1000000
};

static struct error err;
static char folder[64];
static struct state st;
static struct hash32 question;

static void account_with_three(void)
{
	snprintf(folder, sizeof(folder), "/tmp/cordon-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	question = sha256("q", 1);
	OK(state_open(&st, folder, &err));
}

static void away(void)
{
	static const char *const names[] = { "ledger.db", "ledger.db-wal", "ledger.db-shm",
		"lock" };
	char path[128];

	state_close(&st);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

static void reopen(void)
{
	state_close(&st);
	OK(state_open(&st, folder, &err));
}

/* Somebody with the file in hands: the triggers fall first. */
static void tamper(const char *sql)
{
	char path[128];
	sqlite3 *db;

	state_close(&st);
	snprintf(path, sizeof(path), "%s/ledger.db", folder);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db,
				 "DROP TRIGGER ledger_keeps; DROP TRIGGER ledger_stays;"
				 "DROP TRIGGER audit_keeps; DROP TRIGGER audit_stays;",
				 NULL, NULL, NULL),
		SQLITE_OK);
	ck_assert_msg(
		sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
	sqlite3_close(db);
	OK(state_open(&st, folder, &err));
}

static struct charge charge_of(const char *account, bool in_epsilon, uint64_t cost, uint64_t cap)
{
	return (struct charge){ .account = account,
		.in_epsilon = in_epsilon,
		.cost = cost,
		.cap = cap,
		.from = TODAY - 10,
		.to = TODAY + 10 };
}

static int try_hold(const char *id, const struct charge *charges, unsigned n, uint64_t prho,
	uint64_t peps, unsigned *failed)
{
	const struct ledger_cost cost = { .id = id,
		.question = &question,
		.charges = charges,
		.n_charges = n,
		.prho = prho,
		.peps = peps,
		.at_ms = 1,
		.day = TODAY };

	OK(state_begin(&st, &err));
	if (ledger_hold(st.ledger, &cost, failed, &err) == 0)
		return state_commit(&st, &err);
	state_rollback(&st);
	return -1;
}

static int hold_on(const char *id, const char *account, uint64_t cost)
{
	const struct charge c = charge_of(account, false, cost, 3 * ONE);

	return try_hold(id, &c, 1, cost, UINT64_MAX, NULL);
}

static uint64_t spent(const char *account)
{
	uint64_t s;

	OK(ledger_spent(st.ledger, account, false, TODAY - 10, TODAY + 10, &s, NULL, &err));
	return s;
}

static uint64_t records(void)
{
	struct ledger_head head;

	OK(ledger_head(st.ledger, &head, &err));
	return head.seq;
}

START_TEST(a_hold_past_the_cap_is_refused_and_changes_nothing)
{
	unsigned failed = 9;
	const struct charge c[] = { charge_of("a", false, 2 * ONE, 9 * ONE),
		charge_of("b", false, 2 * ONE, 3 * ONE) };

	OK(try_hold("q1", c, 2, 2 * ONE, UINT64_MAX, NULL));
	FAILS(try_hold("q2", c, 2, 2 * ONE, UINT64_MAX, &failed), E_BUDGET);
	ck_assert_uint_eq(failed, 1);
	ck_assert_ptr_nonnull(strstr(err.log, "\"b\""));
	ck_assert_uint_eq(spent("a"), 2 * ONE);
	ck_assert_uint_eq(records(), 2);
	/* what was left is still there, to the last unit */
	OK(hold_on("q3", "b", ONE));
	FAILS(hold_on("q4", "b", 1), E_BUDGET);
}
END_TEST

START_TEST(a_hold_counts_whether_it_was_settled_failed_or_forgotten)
{
	OK(hold_on("q1", "a", ONE));
	OK(hold_on("q2", "a", ONE));
	OK(hold_on("q3", "a", ONE));
	OK(ledger_settle(st.ledger, "q1", true, 1, TODAY, &err));
	OK(ledger_settle(st.ledger, "q2", false, 1, TODAY, &err));
	reopen();
	ck_assert_uint_eq(spent("a"), 3 * ONE);
	FAILS(hold_on("q4", "a", 1), E_BUDGET);
}
END_TEST

START_TEST(an_id_is_held_once_and_settled_once)
{
	char id[MAX_ID + 1];
	struct hash32 hash;

	OK(hold_on("q1", "a", 1));
	FAILS(hold_on("q1", "a", 1), E_STATE);
	ck_assert_int_eq(ledger_unsettled(st.ledger, id, &hash, &err), 1);
	ck_assert_str_eq(id, "q1");
	ck_assert(hash32_equal(&hash, &question));
	OK(ledger_settle(st.ledger, "q1", true, 1, TODAY, &err));
	FAILS(ledger_settle(st.ledger, "q1", false, 1, TODAY, &err), E_STATE);
	FAILS(ledger_settle(st.ledger, "q2", false, 1, TODAY, &err), E_STATE);
	ck_assert_int_eq(ledger_unsettled(st.ledger, id, &hash, &err), 0);
	ck_assert_int_eq(ledger_held(st.ledger, "q1", &err), 1);
	ck_assert_int_eq(ledger_held(st.ledger, "q2", &err), 0);
}
END_TEST

START_TEST(what_no_account_pays_for_is_denied)
{
	FAILS(try_hold("q1", NULL, 0, 1, 1, NULL), E_DENIED);
	ck_assert_uint_eq(records(), 0);
}
END_TEST

START_TEST(charges_outside_the_period_do_not_count)
{
	struct charge c = charge_of("a", false, ONE, ONE);

	OK(try_hold("q1", &c, 1, ONE, 1, NULL));
	FAILS(try_hold("q2", &c, 1, ONE, 1, NULL), E_BUDGET);
	c.from = TODAY + 1;
	OK(try_hold("q2", &c, 1, ONE, 1, NULL));
}
END_TEST

START_TEST(the_number_of_questions_is_a_budget_too)
{
	struct charge c[] = { charge_of("a", false, 1, ONE), charge_of("a", false, 1, 2 * ONE) };

	/* two budgets of one account: a question counts once, and costs once */
	c[0].max_queries = 2;
	OK(try_hold("q1", c, 2, 1, 1, NULL));
	ck_assert_uint_eq(spent("a"), 1);
	OK(try_hold("q2", c, 2, 1, 1, NULL));
	FAILS(try_hold("q3", c, 2, 1, 1, NULL), E_BUDGET);
	ck_assert_uint_eq(spent("a"), 2);
}
END_TEST

START_TEST(gaussian_noise_exhausts_an_account_in_epsilon)
{
	struct charge rho = charge_of("a", false, 1, ONE), eps = charge_of("a", true, 1, ONE);
	uint64_t s;

	OK(try_hold("q1", &eps, 1, 5, 1, NULL));
	OK(ledger_spent(st.ledger, "a", true, TODAY, TODAY, &s, NULL, &err));
	ck_assert_uint_eq(s, 1);
	OK(try_hold("q2", &rho, 1, 7, UINT64_MAX, NULL));
	FAILS(try_hold("q3", &eps, 1, 5, 1, NULL), E_BUDGET);
	OK(ledger_spent(st.ledger, "a", true, TODAY, TODAY, &s, NULL, &err));
	ck_assert_uint_eq(s, UINT64_MAX);
	ck_assert_uint_eq(spent("a"), 12);
}
END_TEST

START_TEST(sums_without_noise_are_counted_and_close_an_account_for_noise)
{
	struct charge exact = charge_of("a", false, UINT64_MAX, ONE), rho = charge_of("a", false, 1, ONE);

	exact.exact = true;
	FAILS(try_hold("q0", &exact, 1, UINT64_MAX, UINT64_MAX, NULL), E_BUDGET); /* counts nothing */
	exact.max_queries = 2;
	OK(try_hold("q1", &exact, 1, UINT64_MAX, UINT64_MAX, NULL));
	FAILS(try_hold("q2", &rho, 1, 7, 1, NULL), E_BUDGET);
	OK(try_hold("q3", &exact, 1, UINT64_MAX, UINT64_MAX, NULL));
	FAILS(try_hold("q4", &exact, 1, UINT64_MAX, UINT64_MAX, NULL), E_BUDGET);
	ck_assert_uint_eq(records(), 2);
}
END_TEST

START_TEST(amounts_that_would_overflow_are_refused)
{
	struct charge c = charge_of("a", false, INT64_MAX - 5, INT64_MAX - 1);

	OK(try_hold("q1", &c, 1, INT64_MAX - 5, 1, NULL));
	c.cap = UINT64_MAX;
	OK(try_hold("q2", &c, 1, INT64_MAX - 5, 1, NULL));
	FAILS(try_hold("q3", &c, 1, INT64_MAX - 5, 1, NULL), E_BUDGET);
	c.cost = UINT64_MAX;
	c.cap = UINT64_MAX - 1;
	FAILS(try_hold("q4", &c, 1, 1, 1, NULL), E_BUDGET);
	ck_assert_uint_eq(records(), 2);
}
END_TEST

START_TEST(of_sixty_four_questions_a_budget_for_ten_pays_exactly_ten)
{
	int paid = 0;

	for (int i = 0; i < 64; i++) {
		const struct charge c = charge_of("a", false, ONE, 10 * ONE + ONE / 2);
		char id[16];

		snprintf(id, sizeof(id), "q%d", i);
		paid += try_hold(id, &c, 1, ONE, 1, NULL) == 0;
	}
	ck_assert_int_eq(paid, 10);
	ck_assert_uint_eq(spent("a"), 10 * ONE);
}
END_TEST

START_TEST(a_rolled_back_hold_leaves_nothing)
{
	const struct charge c = charge_of("a", false, ONE, ONE);
	const struct ledger_cost cost = {
		.id = "q1", .question = &question, .charges = &c, .n_charges = 1, .day = TODAY
	};

	OK(state_begin(&st, &err));
	OK(ledger_hold(st.ledger, &cost, NULL, &err));
	state_rollback(&st);
	ck_assert_uint_eq(records(), 0);
	OK(hold_on("q1", "a", ONE));
	OK(ledger_verify(st.ledger, &err));
}
END_TEST

/* ---- damage ---- */

static void three_holds(void)
{
	const struct audit_note note = { .kind = "step", .id = "q1", .to = "held" };

	OK(hold_on("q1", "a", 1));
	OK(audit_add(st.audit, &note, &err));
	OK(state_flush(&st, &err));
	OK(hold_on("q2", "a", 1));
	OK(audit_add(st.audit, &note, &err));
	OK(audit_add(st.audit, &note, &err));
	OK(hold_on("q3", "a", 1)); /* takes the notes along */
	ck_assert_uint_eq(audit_waiting(st.audit), 0);
}

static const char *const damages[] = {
	"UPDATE ledger SET prho = 0 WHERE seq = 2",
	"UPDATE ledger SET account = 'b' WHERE seq = 3",
	"UPDATE ledger SET day = day - 1000 WHERE seq = 1",
	"UPDATE ledger SET kind = 'failed' WHERE seq = 1",
	"UPDATE ledger SET question = x'00' WHERE seq = 1",
	"UPDATE ledger SET prev = x'' WHERE seq = 3",
	"UPDATE ledger SET hash = x'' WHERE seq = 3",
	/* the same to a program that reads them, and not to a comparison of SQL */
	"UPDATE ledger SET day = CAST(CAST(day AS TEXT) AS BLOB) WHERE seq = 1",
	"UPDATE ledger SET account = CAST(account AS BLOB) WHERE seq = 1",
	"UPDATE ledger SET account = account || char(0) || 'x' WHERE seq = 1",
	"UPDATE audit SET requester = requester || char(0) || 'x' WHERE seq = 1",
	"DELETE FROM ledger WHERE seq = 1",
	"DELETE FROM ledger WHERE seq = 2",
	"DELETE FROM ledger WHERE seq = 3", /* cut short: only the audit knows */
	"DELETE FROM ledger",
	"UPDATE audit SET requester = 'x' WHERE seq = 1",
	"UPDATE audit SET at = at + 1 WHERE seq = 3",
	"UPDATE audit SET rule = 'none' WHERE seq = 2",
	"UPDATE audit SET ledger_seq = 1 WHERE seq = 3",
	"DELETE FROM audit WHERE seq = 1",
	"DELETE FROM audit WHERE seq = 2",
	"INSERT INTO audit SELECT seq + 3, at, kind, id, requester, study, question, rule, was, "
	"became,"
	" number, ledger_seq, ledger_hash, prev, hash FROM audit WHERE seq = 3",
	"INSERT INTO ledger SELECT seq + 1, at, day, kind, id, question, account, prho, peps, "
	"prev, hash"
	" FROM ledger WHERE seq = 3",
};
enum {
	DAMAGES = sizeof(damages) / sizeof(damages[0])
};

START_TEST(any_changed_or_missing_record_is_noticed_at_the_next_start)
{
	three_holds();
	reopen();
	ck_assert(!state_broken(&st));
	tamper(damages[_i]);
	ck_assert_msg(state_broken(&st), "%s", damages[_i]);
	ck_assert_ptr_nonnull(strstr(st.broken, "record"));
}
END_TEST

START_TEST(a_broken_ledger_holds_nothing_and_can_still_be_read)
{
	struct text t;

	three_holds();
	tamper("UPDATE ledger SET prho = 0 WHERE seq = 2");
	FAILS(hold_on("q9", "a", 1), E_STATE);
	/* nor does the audit get a link on top of it */
	OK(audit_add(st.audit, &(struct audit_note){ .kind = "aside" }, &err));
	ck_assert_uint_eq(audit_waiting(st.audit), 0);
	ck_assert_uint_eq(records(), 3);
	text_init(&t, 100000);
	OK(audit_json(st.audit, 10, &t, &err));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "\"seq\":3"));
	text_reset(&t);
	OK(balance_json(st.ledger, NULL, 0, &t, &err));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "\"account\":\"a\",\"questions\":3"));
	text_clear(&t);
}
END_TEST

/* 24 thousandths of rho, held or settled, on what `budgets` are for. */
static const char *balance(const struct budget *budgets, unsigned n, struct text *t)
{
	struct budget copy[4];
	struct policy p = { .n_budgets = n, .budgets = copy, .release = { .gaussian = true } };

	memcpy(copy, budgets, n * sizeof(*copy));
	text_reset(t);
	OK(balance_json(st.ledger, &p, TODAY, t, &err));
	return text_str(t);
}

START_TEST(an_account_is_shown_beside_its_budgets_of_today)
{
	const uint64_t cost = UINT64_C(24000000000);
	const struct charge c[] = { charge_of("study:S", false, cost, 9 * cost),
		charge_of("requester:li@x", false, cost, 9 * cost) };
	const struct budget of[] = { { SCOPE_STUDY, "S", false, 5 * cost, 5 * cost, 0, 7, TODAY,
					     TODAY + 5, { 0 } },
		{ SCOPE_STUDY, "S", false, cost, cost, 0, 0, TODAY - 9, TODAY - 1, { 0 } },
		{ SCOPE_EACH_REQUESTER, NULL, true, 1, cost / 2, 0, 0, TODAY, TODAY, { 0 } },
		{ SCOPE_DATASET, "d", false, cost, cost, 0, 0, TODAY, TODAY, { 0 } } };
	struct text t;

	text_init(&t, 100000);
	OK(try_hold("q1", c, 2, cost, INT64_MAX, NULL));
	/* paid and not settled; only the budget of today, and one in epsilon in the unit it is paid in */
	ck_assert_ptr_nonnull(strstr(balance(of, 4, &t),
		"\"account\":\"study:S\",\"questions\":1,\"rho\":\"0.024\",\"epsilon\":null,"
		"\"budgets\":[{\"unit\":\"rho\",\"cap\":\"0.12\",\"spent\":\"0.024\","
		"\"held\":\"0.024\",\"left\":\"0.096\",\"questions\":1,\"max_questions\":7,"));
	ck_assert_ptr_null(strstr(strstr(text_str(&t), "study:S"), "},{\"unit\""));
	ck_assert_ptr_nonnull(strstr(text_str(&t),
		"{\"unit\":\"rho\",\"cap\":\"0.012\",\"spent\":\"0.024\",\"held\":\"0.024\","
		"\"left\":\"0\",\"questions\":1,\"max_questions\":null,"));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "\"account\":\"dataset:d\",\"questions\":0"));
	OK(state_begin(&st, &err));
	OK(ledger_settle(st.ledger, "q1", true, 1, TODAY, &err));
	OK(state_commit(&st, &err));
	ck_assert_ptr_null(strstr(balance(of, 4, &t), "\"held\":\"0.024\""));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "\"spent\":\"0.024\""));
	/* another study's budget is not this one's */
	ck_assert_ptr_nonnull(strstr(balance(&of[2], 2, &t),
		"\"account\":\"study:S\",\"questions\":1,\"rho\":\"0.024\",\"epsilon\":null,"
		"\"budgets\":[]"));
	text_clear(&t);
}
END_TEST

START_TEST(records_cannot_be_changed_by_accident)
{
	three_holds();
	FAILS(db_run(st.db, NULL, &err, "UPDATE ledger SET prho = 0", ""), E_STATE);
	FAILS(db_run(st.db, NULL, &err, "DELETE FROM ledger", ""), E_STATE);
	FAILS(db_run(st.db, NULL, &err, "UPDATE audit SET rule = ''", ""), E_STATE);
	FAILS(db_run(st.db, NULL, &err, "DELETE FROM audit", ""), E_STATE);
	OK(ledger_verify(st.ledger, &err));
	OK(audit_verify(st.audit, &err));
}
END_TEST

/* ---- audit ---- */

START_TEST(notes_wait_until_a_commit_and_survive_a_rollback)
{
	const struct audit_note note = { .kind = "step",
		.id = "q1",
		.requester = "li@renmin.example",
		.study = "S",
		.question = &question,
		.rule = "budget:a",
		.from = "allowed",
		.to = "refused",
		.number = 7 };
	struct text t;

	OK(audit_add(st.audit, &note, &err));
	OK(state_begin(&st, &err));
	OK(audit_write(st.audit, &err));
	state_rollback(&st);
	ck_assert_uint_eq(audit_waiting(st.audit), 1);
	OK(audit_add(st.audit, &note, &err));
	audit_back(st.audit, 1);
	OK(state_flush(&st, &err));
	OK(audit_verify(st.audit, &err));
	text_init(&t, 100000);
	OK(audit_json(st.audit, 10, &t, &err));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "\"requester\":\"li@renmin.example\""));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "\"number\":7"));
	ck_assert_ptr_null(strstr(text_str(&t), "\"seq\":2"));
	text_clear(&t);
}
END_TEST

START_TEST(waiting_notes_are_bounded)
{
	const struct audit_note note = { .kind = "step" };

	for (int i = 0; i < AUDIT_WAITING_MAX; i++)
		OK(audit_add(st.audit, &note, &err));
	FAILS(audit_add(st.audit, &note, &err), E_SYSTEM);
	ck_assert_uint_eq(audit_waiting(st.audit), AUDIT_WAITING_MAX);
}
END_TEST

/* ---- releases and responses ---- */

static int unacked_count;
static bool count_one(const char *id, struct view frame, void *arg)
{
	(void)id;
	(void)frame;
	(void)arg;
	unacked_count++;
	return true;
}

static int unacked(void)
{
	unacked_count = 0;
	OK(responses_unacked(st.db, count_one, NULL, &err));
	return unacked_count;
}

START_TEST(a_response_stays_the_first_and_waits_until_it_is_acknowledged)
{
	const struct response r = {
		.question = question, .requester = "li", .frame = { (const uint8_t *)"one", 3 }
	};
	const struct response other = {
		.question = question, .requester = "li", .frame = { (const uint8_t *)"two", 3 }
	};
	struct response found;
	struct arena arena;

	arena_init(&arena, 10000);
	ck_assert_int_eq(responses_find(st.db, "q1", &arena, &found, &err), 0);
	OK(responses_keep(st.db, "q1", &r, 1, &err));
	FAILS(responses_keep(st.db, "q1", &other, 2, &err), E_STATE);
	reopen();
	ck_assert_int_eq(unacked(), 1);
	OK(responses_ack(st.db, "q1", &err));
	OK(responses_ack(st.db, "unknown", &err));
	ck_assert_int_eq(unacked(), 0);
	ck_assert_int_eq(responses_find(st.db, "q1", &arena, &found, &err), 1);
	ck_assert_uint_eq(found.frame.len, 3);
	ck_assert_int_eq(memcmp(found.frame.at, "one", 3), 0);
	ck_assert_str_eq(found.requester, "li");
	ck_assert(found.acked);
	arena_clear(&arena);
}
END_TEST

START_TEST(an_acknowledged_response_is_forgotten_after_two_days_and_no_other)
{
	const int64_t day = INT64_C(24) * 3600 * 1000;
	const struct response r = {
		.question = question, .requester = "li", .frame = { (const uint8_t *)"one", 3 }
	};
	static const char *const ids[] = { "old", "old-waiting", "new" };
	struct response found;
	struct arena arena;

	arena_init(&arena, 10000);
	for (int i = 0; i < 3; i++) {
		OK(responses_keep(st.db, ids[i], &r, i < 2 ? 1 : day, &err));
		if (i != 1)
			OK(responses_ack(st.db, ids[i], &err));
	}
	OK(responses_forget(st.db, 2 * day, &err));
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(responses_find(st.db, ids[i], &arena, &found, &err), 1);
	OK(responses_forget(st.db, 2 * day + 2, &err));
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(responses_find(st.db, ids[i], &arena, &found, &err), i > 0);
	ck_assert_int_eq(unacked(), 1);
	arena_clear(&arena);
}
END_TEST

START_TEST(a_release_is_kept_once_for_question_policy_and_data)
{
	const struct hash32 policy = sha256("p", 1), other = sha256("o", 1);
	struct release_key key = { &question, &policy, "2026-03-01" };
	const struct view sealed = { (const uint8_t *)"sealed", 6 },
			  sig = { (const uint8_t *)"s", 1 };
	struct view a, b;
	struct arena arena;

	arena_init(&arena, 10000);
	OK(releases_keep(st.db, &key, sealed, sig, 1, &err));
	FAILS(releases_keep(st.db, &key, sig, sealed, 1, &err), E_STATE);
	ck_assert_int_eq(releases_recall(st.db, &key, &arena, &a, &b, &err), 1);
	ck_assert_uint_eq(a.len, 6);
	ck_assert_int_eq(memcmp(a.at, "sealed", 6), 0);
	key.data = "2026-03-02";
	ck_assert_int_eq(releases_recall(st.db, &key, &arena, &a, &b, &err), 0);
	key = (struct release_key){ &question, &other, "2026-03-01" };
	ck_assert_int_eq(releases_recall(st.db, &key, &arena, &a, &b, &err), 0);
	key = (struct release_key){ &other, &policy, "2026-03-01" };
	ck_assert_int_eq(releases_recall(st.db, &key, &arena, &a, &b, &err), 0);
	arena_clear(&arena);
}
END_TEST

/* ---- state ---- */

START_TEST(a_state_folder_has_one_user)
{
	struct state second;

	FAILS(state_open(&second, folder, &err), E_STATE);
	reopen();
}
END_TEST

START_TEST(the_last_policy_that_ran_is_remembered)
{
	const struct hash32 h = sha256("h", 1);
	struct hash32 found;
	int64_t version;

	OK(state_policy(&st, &version, &found, &err));
	ck_assert_int_eq(version, 0);
	OK(state_policy_runs(&st, 3, &h, &err));
	OK(state_policy_runs(&st, 2, &question, &err));
	OK(state_policy_runs(&st, 3, &question, &err)); /* changes nothing */
	reopen();
	OK(state_policy(&st, &version, &found, &err));
	ck_assert_int_eq(version, 3);
	ck_assert(hash32_equal(&found, &h));
}
END_TEST

/* A quota stands for the full disk. */
START_TEST(on_a_full_disk_a_hold_fails_and_nothing_was_spent)
{
	const struct rlimit none = { 0, RLIM_INFINITY }, all = { RLIM_INFINITY, RLIM_INFINITY };

	OK(hold_on("q1", "a", 1));
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
	FAILS(hold_on("q2", "a", 1), E_SYSTEM);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
	reopen();
	ck_assert(!state_broken(&st));
	ck_assert_uint_eq(spent("a"), 1);
	OK(hold_on("q2", "a", 1));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ledger");
	TCase *c = tcase_create("ledger");

	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, account_with_three, away);
	tcase_add_test(c, a_hold_past_the_cap_is_refused_and_changes_nothing);
	tcase_add_test(c, a_hold_counts_whether_it_was_settled_failed_or_forgotten);
	tcase_add_test(c, an_id_is_held_once_and_settled_once);
	tcase_add_test(c, what_no_account_pays_for_is_denied);
	tcase_add_test(c, charges_outside_the_period_do_not_count);
	tcase_add_test(c, the_number_of_questions_is_a_budget_too);
	tcase_add_test(c, gaussian_noise_exhausts_an_account_in_epsilon);
	tcase_add_test(c, sums_without_noise_are_counted_and_close_an_account_for_noise);
	tcase_add_test(c, amounts_that_would_overflow_are_refused);
	tcase_add_test(c, of_sixty_four_questions_a_budget_for_ten_pays_exactly_ten);
	tcase_add_test(c, a_rolled_back_hold_leaves_nothing);
	tcase_add_loop_test(
		c, any_changed_or_missing_record_is_noticed_at_the_next_start, 0, DAMAGES);
	tcase_add_test(c, a_broken_ledger_holds_nothing_and_can_still_be_read);
	tcase_add_test(c, an_account_is_shown_beside_its_budgets_of_today);
	tcase_add_test(c, records_cannot_be_changed_by_accident);
	tcase_add_test(c, notes_wait_until_a_commit_and_survive_a_rollback);
	tcase_add_test(c, waiting_notes_are_bounded);
	tcase_add_test(c, a_response_stays_the_first_and_waits_until_it_is_acknowledged);
	tcase_add_test(c, an_acknowledged_response_is_forgotten_after_two_days_and_no_other);
	tcase_add_test(c, a_release_is_kept_once_for_question_policy_and_data);
	tcase_add_test(c, a_state_folder_has_one_user);
	tcase_add_test(c, the_last_policy_that_ran_is_remembered);
	tcase_add_test(c, on_a_full_disk_a_hold_fails_and_nothing_was_spent);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
