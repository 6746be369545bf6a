/*
 * test_watch.c - agents/watch.h, take_up.h, standing.h: what comes into force at a site, what is kept of it, and what
 * shuts it.
 */
#include "tests/unit/policies.h"

#include <dirent.h>
#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agents/take_up.h"
#include "agents/watch.h"
#include "base/clock.h"
#include "base/file.h"
#include "crypto/identity.h"
#include "crypto/signing.h"

static struct error err;
static char home[64];
static struct event_base *base;
static struct state st;
static struct watch *watch;
static EVP_PKEY *keys[2];
static char key_texts[2][SIGNING_KEY_TEXT];
static int taken_up, gates;
static enum gate gate;

static const char *path(const char *name)
{
	static char paths[4][256];
	static int turn;
	char *p = paths[turn++ % 4];

	snprintf(p, sizeof(paths[0]), "%s/%s", home, name);
	return p;
}

static void put(const char *name, const char *text, mode_t mode)
{
	OK(file_write(path(name), text, strlen(text), mode, &err));
}

static void put_people(const char *extra, mode_t mode)
{
	struct text t;

	text_init(&t, 1 << 16);
	text_addf(&t,
		"cordon: 1\npeople:\n  - {name: officer-a, roles: [compliance], key: '%s'}\n"
		"  - {name: owner-b, %sroles: [data-owner], key: '%s'}\n",
		key_texts[0], extra, key_texts[1]);
	put("approvers.yaml", text_str(&t), mode);
	text_clear(&t);
}

/* The fixture's folder as this version; `more` goes to the end of a file that a policy is read from. */
static void put_folder(int version, const char *more)
{
	char line[32];

	snprintf(line, sizeof(line), "version: %d", version);
	for (int i = 0; i < P_FILES; i++) {
		const struct edit edits[] = { { P_POLICY, "version: 7", line } };
		char name[64], *text = edited(i, edits, 1);
		struct text t;

		text_init(&t, 1 << 20);
		text_addf(&t, "%s%s", text, i == P_QUERIES ? more : "");
		snprintf(name, sizeof(name), "policy/%s", policy_names[i]);
		put(name, text_str(&t), 0600);
		text_clear(&t);
		free(text);
	}
	(void)unlink(path("policy/approval.yaml"));
}

/* What the signers compared with; 0: nothing. */
static int64_t against;
static struct hash32 against_hash;

/* The first n of the two sign the folder as it is, so many seconds from now. */
static void sign(int n, int seconds)
{
	static const char *const who[] = { "officer-a", "owner-b" };
	static const char *const roles[] = { "compliance", "data-owner" };
	char at[32], sigs[2][SIGNING_TEXT];
	struct policy *p = NULL;
	struct approval a;
	struct text t;

	policy_fresh();
	ck_assert_int_eq(policy_read_folder(path("policy"), &policy_arena, &policy_ds, &p), 0);
	a = (struct approval){ .site = p->site,
		.version = p->version,
		.hash = p->hash,
		.replaces = against,
		.replaces_hash = against_hash,
		.items = p->items,
		.n_items = p->n_items };
	clock_iso(clock_wall_ms() + seconds * INT64_C(1000), at);
	for (int i = 0; i < n; i++) {
		struct approval_signature *s = &a.signatures[a.n++];
		struct hash32 what;

		*s = (struct approval_signature){ .who = who[i],
			.role = roles[i],
			.key = key_texts[i],
			.at = at,
			.sig = sigs[i] };
		what = approval_signed(&a, s);
		OK(signing_sign(keys[i], &what, sigs[i], &err));
	}
	text_init(&t, 1 << 20);
	approval_write(&a, &t);
	put("policy/approval.yaml", text_str(&t), 0600);
	text_clear(&t);
}

static void on_policy(struct policy_ref *r, void *arg)
{
	(void)arg;
	ck_assert_ptr_nonnull(r->policy);
	taken_up++;
}

static unsigned on_gate(enum gate now, void *arg)
{
	(void)arg;
	ck_assert_int_ne(now, gate); /* only changes are told */
	gate = now;
	gates++;
	return 3;
}

static void watch_up(void)
{
	const struct watch_parts parts = { .base = base,
		.folder = path("policy"),
		.site = "s1",
		.approvers = path("approvers.yaml"),
		.state = &st,
		.on_policy = on_policy,
		.on_gate = on_gate };
	static char folder[256], people[256];
	struct watch_parts own = parts;

	snprintf(folder, sizeof(folder), "%s", parts.folder);
	snprintf(people, sizeof(people), "%s", parts.approvers);
	own.folder = folder;
	own.approvers = people;
	taken_up = gates = 0;
	gate = GATE_OPEN;
	OK(state_open(&st, path("state"), &err));
	OK(watch_new(&watch, &own, &err));
	watch_now(watch);
}

static void watch_down(void)
{
	watch_free(watch);
	state_close(&st);
}

static void restart(void)
{
	watch_down();
	watch_up();
}

static void begin(void)
{
	snprintf(home, sizeof(home), "/tmp/cordon-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(home));
	ck_assert_int_eq(mkdir(path("policy"), 0700), 0);
	base = event_base_new();
	for (int i = 0; i < 2; i++) {
		OK(identity_new_key(&keys[i], &err));
		OK(signing_public(keys[i], key_texts[i], &err));
	}
	against = 0;
	memset(&against_hash, 0, sizeof(against_hash));
	put_people("", 0600);
	put_folder(7, "");
}

static void remove_folder(const char *name)
{
	DIR *dir = opendir(path(name));
	char full[512];

	for (const struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		snprintf(full, sizeof(full), "%s/%s", path(name), e->d_name);
		if (e->d_name[0] != '.')
			unlink(full);
	}
	if (dir != NULL)
		closedir(dir);
	rmdir(path(name));
}

static void end(void)
{
	watch_down();
	event_base_free(base);
	EVP_PKEY_free(keys[0]);
	EVP_PKEY_free(keys[1]);
	remove_folder("policy");
	remove_folder("state");
	remove_folder("");
}

static int64_t version_now(void)
{
	const struct policy_ref *r = watch_policy(watch);

	return r == NULL ? 0 : r->policy->version;
}

/* Somebody with the state's file in hands. */
static void tamper(const char *sql)
{
	sqlite3 *db;

	state_close(&st);
	ck_assert_int_eq(sqlite3_open(path("state/ledger.db"), &db), SQLITE_OK);
	ck_assert_msg(
		sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* ---- into force ---- */

START_TEST(nothing_comes_into_force_without_two_signatures)
{
	watch_up();
	ck_assert_int_eq(version_now(), 0);
	ck_assert_uint_gt(watch_errors(watch), 0);
	sign(1, 0);
	watch_now(watch);
	ck_assert_int_eq(version_now(), 0);
	ck_assert_int_eq(taken_up, 0);
	sign(2, 0);
	watch_now(watch);
	ck_assert_int_eq(version_now(), 7);
	ck_assert_int_eq(taken_up, 1);
	ck_assert_uint_eq(watch_errors(watch), 0);
	ck_assert_int_eq(gates, 0);
}
END_TEST

START_TEST(what_is_not_approved_leaves_the_last_good_version)
{
	const struct policy_ref *before;

	sign(2, 0);
	watch_up();
	before = watch_policy(watch);
	put_folder(7, "# more\n"); /* edited, unsigned */
	watch_now(watch);
	sign(2, 0); /* the same version, other files */
	watch_now(watch);
	put_folder(6, "");
	sign(2, 0);
	watch_now(watch);
	put_folder(8, "");
	sign(1, 0);
	watch_now(watch);
	put_folder(8, "kind: [\n");
	watch_now(watch);
	ck_assert_ptr_eq(watch_policy(watch), before);
	ck_assert_int_eq(taken_up, 1);
	ck_assert_int_eq(gates, 0);
	put_folder(8, "");
	sign(2, 0);
	watch_now(watch);
	ck_assert_int_eq(version_now(), 8);
	ck_assert_int_eq(taken_up, 2);
}
END_TEST

START_TEST(a_tick_takes_up_what_stayed_the_same_for_one)
{
	int64_t until = clock_mono_ms() + 5000;

	watch_up();
	sign(2, 0);
	while (version_now() == 0 && clock_mono_ms() < until)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(version_now(), 7);
	ck_assert_int_lt(clock_mono_ms(), until - 5000 + 2000); /* within two seconds */
}
END_TEST

/* ---- across restarts ---- */

START_TEST(after_a_restart_the_last_good_version_is_in_force_again)
{
	sign(2, 0);
	watch_up();
	put_folder(8, "");
	restart();
	ck_assert_int_eq(version_now(), 7);
	put_folder(8, "kind: [\n");
	restart();
	ck_assert_int_eq(version_now(), 7);
	remove_folder("policy");
	restart();
	ck_assert_int_eq(version_now(), 7);
	ck_assert_int_eq(gates, 0);
	ck_assert_int_eq(taken_up, 1);
	ck_assert_uint_gt(watch_errors(watch), 0);
}
END_TEST

START_TEST(a_kept_version_that_was_tampered_with_is_not_in_force)
{
	sign(2, 0);
	watch_up();
	watch_free(watch);
	put_folder(8, "");
	tamper("UPDATE policy_file SET bytes = CAST(bytes AS BLOB) || x'230a' WHERE name = "
	       "'queries.yaml'");
	watch_up();
	ck_assert_int_eq(version_now(), 0); /* the same version with another hash */
	watch_free(watch);
	tamper("DELETE FROM policy_file WHERE name = 'queries.yaml'");
	watch_up();
	ck_assert_int_eq(version_now(), 0);
	watch_free(watch);
	tamper("DELETE FROM policy_file");
	watch_up();
	ck_assert_int_eq(version_now(), 0);
}
END_TEST

START_TEST(a_kept_version_without_its_approval_is_shut)
{
	sign(2, 0);
	watch_up();
	watch_free(watch);
	put_folder(8, "");
	tamper("DELETE FROM policy_file WHERE name = 'approval.yaml'");
	watch_up();
	ck_assert_int_eq(gate, GATE_APPROVAL);
	ck_assert_int_eq(watch_gate(watch), GATE_APPROVAL);
	sign(2, 0);
	watch_now(watch);
	ck_assert_int_eq(gate, GATE_OPEN);
	ck_assert_int_eq(version_now(), 8);
}
END_TEST

START_TEST(a_kept_version_of_a_revoked_key_is_shut)
{
	sign(2, 0);
	watch_up();
	put_folder(8, "");
	put_people("revoked: 2026-01-01, ", 0600);
	restart();
	ck_assert_int_eq(gate, GATE_APPROVAL);
	put_people("", 0600);
	watch_now(watch);
	ck_assert_int_eq(gate, GATE_OPEN);
	ck_assert_int_eq(version_now(), 7);
}
END_TEST

/* ---- approvers.yaml ---- */

START_TEST(who_may_approve_is_looked_at_again)
{
	sign(2, 0);
	watch_up();
	put_people("revoked: 2026-01-01, ", 0600);
	watch_now(watch);
	ck_assert_int_eq(gate, GATE_APPROVAL);
	ck_assert_int_eq(version_now(), 7); /* shut, not forgotten */
	put_people("", 0600);
	watch_now(watch);
	ck_assert_int_eq(gate, GATE_OPEN);
	ck_assert_int_eq(gates, 2);
}
END_TEST

START_TEST(a_list_that_others_can_change_counts_for_nobody)
{
	static const mode_t modes[] = { 0620, 0602, 0666 };

	sign(2, 0);
	for (int i = 0; i < 3; i++) {
		put_people("", modes[i]);
		watch_up();
		ck_assert_int_eq(version_now(), 0);
		watch_down();
	}
	put_people("", 0644);
	ck_assert_int_eq(chmod(home, 0777), 0);
	watch_up();
	ck_assert_int_eq(version_now(), 0);
	ck_assert_int_eq(chmod(home, 01777), 0); /* others cannot replace what is not theirs */
	watch_now(watch);
	ck_assert_int_eq(version_now(), 7);
	ck_assert_int_eq(chmod(home, 0700), 0);
	ck_assert_int_eq(unlink(path("approvers.yaml")), 0);
	watch_now(watch);
	ck_assert_int_eq(gate, GATE_APPROVAL);
	ck_assert_int_eq(mkdir(path("approvers.yaml"), 0700), 0);
	watch_now(watch);
	ck_assert_int_eq(gate, GATE_APPROVAL);
	ck_assert_int_eq(rmdir(path("approvers.yaml")), 0);
	put("approvers.yaml", "cordon: 1\npeople: []\n", 0600);
	watch_now(watch);
	ck_assert_int_eq(gate, GATE_APPROVAL);
}
END_TEST

/* Two officers who were shown a harmless change, from a folder that already had the rest, approved only that. */
START_TEST(what_was_signed_as_a_change_of_something_else_is_not_taken_up)
{
	struct hash32 ran;

	sign(2, 0);
	watch_up();
	ran = watch_policy(watch)->policy->hash;
	put_folder(8, "# more\n");
	against = 7;
	against_hash = sha256("another folder", 14);
	sign(2, 0);
	watch_now(watch);
	ck_assert_int_eq(version_now(), 7);
	ck_assert_uint_gt(watch_errors(watch), 0);
	ck_assert_int_eq(gate, GATE_OPEN); /* what ran goes on */
	against = 6; /* a version that never ran here */
	against_hash = ran;
	sign(2, 0);
	watch_now(watch);
	ck_assert_int_eq(version_now(), 7);
	against = 7;
	sign(2, 0);
	watch_now(watch);
	ck_assert_int_eq(version_now(), 8);
	restart(); /* what ran is not asked again */
	ck_assert_int_eq(version_now(), 8);
	ck_assert_uint_eq(watch_errors(watch), 0);
}
END_TEST

/* Another site's state, or none any more: what ran before is not known there. */
START_TEST(the_first_version_of_a_state_may_replace_what_it_does_not_know)
{
	against = 6;
	against_hash = sha256("six", 3);
	sign(2, 0);
	watch_up();
	ck_assert_int_eq(version_now(), 7);
}
END_TEST

/* ---- stopping ---- */

START_TEST(one_person_stops_and_two_open_with_a_higher_version_signed_since)
{
	unsigned cut;

	sign(2, 0);
	watch_up();
	OK(watch_stop(watch, "officer-a", "疑似泄露", &cut, &err));
	ck_assert_uint_eq(cut, 3);
	ck_assert_int_eq(gate, GATE_STOPPED);
	watch_now(watch); /* the same folder opens nothing */
	ck_assert_int_eq(gate, GATE_STOPPED);
	restart();
	ck_assert_int_eq(gate, GATE_STOPPED);
	ck_assert_str_eq(watch_stopped(watch)->who, "officer-a");
	ck_assert_str_eq(watch_stopped(watch)->why, "疑似泄露");
	ck_assert_int_eq(watch_stopped(watch)->version, 7);
	ck_assert_int_eq(version_now(), 7); /* still there, to compare with */
	put_folder(8, "");
	sign(2, -60); /* before the stop */
	watch_now(watch);
	ck_assert_int_eq(gate, GATE_STOPPED);
	sign(2, 3600); /* by a clock that is ahead: maybe before the stop */
	watch_now(watch);
	ck_assert_int_eq(gate, GATE_STOPPED);
	sign(1, 2);
	watch_now(watch);
	ck_assert_int_eq(gate, GATE_STOPPED);
	sign(2, 2);
	watch_now(watch);
	ck_assert_int_eq(gate, GATE_OPEN);
	ck_assert_int_eq(version_now(), 8);
	ck_assert_ptr_null(watch_stopped(watch));
	put_folder(9, ""); /* what ran goes on, and nothing of the stop is left */
	restart();
	ck_assert_int_eq(gate, GATE_OPEN);
	ck_assert_int_eq(version_now(), 8);
	ck_assert_ptr_null(watch_stopped(watch));
}
END_TEST

START_TEST(a_second_stop_leaves_the_first)
{
	unsigned cut;

	sign(2, 0);
	watch_up();
	OK(watch_stop(watch, "officer-a", "first", &cut, &err));
	OK(watch_stop(watch, "owner-b", "second", &cut, &err));
	ck_assert_uint_eq(cut, 0);
	ck_assert_str_eq(watch_stopped(watch)->who, "officer-a");
	ck_assert_int_eq(gates, 1);
	restart();
	ck_assert_str_eq(watch_stopped(watch)->why, "first");
}
END_TEST

START_TEST(a_stop_needs_a_name_and_a_reason_of_plain_text)
{
	static const char *const bad[] = { "", "a\nb", "a\tb", "a\x1b[31m", "\xff",
		"a\xe2\x80\xae" };
	char longer[MAX_SAY + 2];
	unsigned cut;

	watch_up();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		FAILS(watch_stop(watch, bad[i], "why", &cut, &err), E_INPUT);
		FAILS(watch_stop(watch, "who", bad[i], &cut, &err), E_INPUT);
	}
	memset(longer, 'x', sizeof(longer));
	longer[MAX_SAY + 1] = '\0';
	FAILS(watch_stop(watch, "who", longer, &cut, &err), E_INPUT);
	longer[MAX_NAME + 1] = '\0';
	FAILS(watch_stop(watch, longer, "why", &cut, &err), E_INPUT);
	ck_assert_int_eq(gates, 0);
	restart();
	ck_assert_ptr_null(watch_stopped(watch));
}
END_TEST

START_TEST(a_stop_that_cannot_be_written_holds_and_can_be_written_later)
{
	unsigned cut;

	sign(2, 0);
	watch_up();
	OK(db_run(st.db, NULL, &err, "PRAGMA query_only = 1", ""));
	ck_assert_int_eq(watch_stop(watch, "officer-a", "why", &cut, &err), -1);
	ck_assert_int_eq(gate, GATE_STOPPED);
	ck_assert_uint_eq(cut, 3);
	OK(db_run(st.db, NULL, &err, "PRAGMA query_only = 0", ""));
	OK(watch_stop(watch, "officer-a", "why", &cut, &err));
	ck_assert_int_eq(gates, 1);
	restart();
	ck_assert_int_eq(gate, GATE_STOPPED);
}
END_TEST

START_TEST(a_version_that_cannot_be_recorded_does_not_come_into_force)
{
	sign(2, 0);
	watch_up();
	put_folder(8, "");
	sign(2, 0);
	OK(db_run(st.db, NULL, &err, "PRAGMA query_only = 1", ""));
	watch_now(watch);
	ck_assert_int_eq(version_now(), 7);
	ck_assert_int_eq(taken_up, 1);
	ck_assert_uint_eq(watch_errors(watch), 1);
	OK(db_run(st.db, NULL, &err, "PRAGMA query_only = 0", ""));
	watch_now(watch);
	ck_assert_int_eq(version_now(), 8);
}
END_TEST

UNIT_MAIN_WITH("watch", begin, end, nothing_comes_into_force_without_two_signatures,
	what_is_not_approved_leaves_the_last_good_version,
	a_tick_takes_up_what_stayed_the_same_for_one,
	after_a_restart_the_last_good_version_is_in_force_again,
	a_kept_version_that_was_tampered_with_is_not_in_force,
	a_kept_version_without_its_approval_is_shut, a_kept_version_of_a_revoked_key_is_shut,
	who_may_approve_is_looked_at_again, a_list_that_others_can_change_counts_for_nobody,
	what_was_signed_as_a_change_of_something_else_is_not_taken_up,
	the_first_version_of_a_state_may_replace_what_it_does_not_know,
	one_person_stops_and_two_open_with_a_higher_version_signed_since,
	a_second_stop_leaves_the_first, a_stop_needs_a_name_and_a_reason_of_plain_text,
	a_stop_that_cannot_be_written_holds_and_can_be_written_later,
	a_version_that_cannot_be_recorded_does_not_come_into_force)
