/*
 * test_gateway_config.c - gateway.yaml, and the table of who may do what.
 */
#include "gateway/config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "tests/unit/unit.h"

#define HASH "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEAD                                                                                       \
	"cordon: 1\nname: demo\n"                                                                  \
	"agents: {listen: 127.0.0.1, port: 7700, certificate: gateway.crt, key: "                  \
	"/keys/gateway.key}\n"                                                                     \
	"web: {listen: 127.0.0.1, port: 0, certificate: web.crt, key: web.key}\n"                  \
	"identity: {root: root.crt}\nstate: state\n"
#define SITES "sites: [renmin, xiehe]\n"
#define PEOPLE                                                                                     \
	"accounts:\n  - {account: li@renmin.example, role: researcher, token: \"" HASH "\"}\n"

#define BACK "https://gw.example:7780/v1/sign-in/callback"
#define OIDC(issuer, back)                                                                         \
	"oidc: {name: N, issuer: '" issuer "', client_id: cordon, redirect: '" back "'}\n"

static char dir[64], path[128];
static struct arena a;
static struct diags ds;
static struct gateway_config c;
static struct error err;

static int read_text(const char *text)
{
	int ret;

	snprintf(dir, sizeof(dir), "/tmp/cordon-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/gateway.yaml", dir);
	OK(file_write(path, text, strlen(text), 0600, &err));
	arena_init(&a, MAX_POLICY_ARENA);
	diags_init(&ds, &a);
	ret = gateway_config_read(&c, path, &a, &ds, &err);
	unlink(path);
	rmdir(dir);
	return ret;
}

START_TEST(a_whole_file_is_read_with_paths_beside_it)
{
	char want[200];

	OK(read_text(HEAD SITES "rate: 5\n" PEOPLE));
	ck_assert_str_eq(c.name, "demo");
	ck_assert_uint_eq(c.agents.port, 7700);
	ck_assert_uint_eq(c.web.port, 0);
	snprintf(want, sizeof(want), "%s/gateway.crt", dir);
	ck_assert_str_eq(c.agents.certificate, want);
	ck_assert_str_eq(c.agents.key, "/keys/gateway.key");
	ck_assert_ptr_null(c.revoked);
	ck_assert_uint_eq(c.n_sites, 2);
	ck_assert_str_eq(c.sites[1], "xiehe");
	ck_assert_uint_eq(c.n_people, 1);
	ck_assert_int_eq(c.people[0].role, ROLE_RESEARCHER);
	ck_assert_uint_eq(c.rate, 5);
	arena_clear(&a);
	OK(read_text(HEAD SITES PEOPLE));
	ck_assert_uint_eq(c.rate, RATE_DEFAULT);
	arena_clear(&a);
}
END_TEST

START_TEST(a_provider_has_its_claims_and_groups_in_the_order_written)
{
	OK(read_text(HEAD SITES
		"oidc:\n  name: Hospital sign-in\n  issuer: https://id.example/realms/a\n  client_id: cordon\n"
		"  redirect: " BACK "\n  secret: oidc.secret\n  account: sub\n"
		"  roles: {claim: groups, auditor: [audit], researcher: [lab-1, lab-2]}\n"
		"sessions: {idle_minutes: 30, hours: 8}\n"
		"accounts:\n  - {account: li@renmin.example, role: officer}\n"));
	ck_assert_str_eq(c.oidc->name, "Hospital sign-in");
	ck_assert_str_eq(c.oidc->audience, "cordon");
	ck_assert_str_eq(c.oidc->account, "sub");
	ck_assert_ptr_null(c.oidc->ca);
	ck_assert_uint_eq(c.oidc->n_groups, 3);
	ck_assert_int_eq(c.oidc->groups[0].role, ROLE_AUDITOR);
	ck_assert_str_eq(c.oidc->groups[2].name, "lab-2");
	ck_assert_uint_eq(c.idle_minutes, 30);
	ck_assert_uint_eq(c.session_hours, 8);
	ck_assert(!c.people[0].has_token);
	arena_clear(&a);
	OK(read_text(HEAD SITES OIDC("http://127.0.0.1:99", BACK) PEOPLE));
	ck_assert_str_eq(c.oidc->account, "email");
	ck_assert_ptr_null(c.oidc->claim);
	ck_assert_uint_eq(c.idle_minutes, IDLE_DEFAULT);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *text, *code;
	unsigned line;
} bad[] = {
	{ HEAD "sites: []\n" PEOPLE, "C201", 7 },
	{ HEAD "sites: [renmin, renmin]\n" PEOPLE, "C202", 7 },
	{ HEAD "sites: [ren/min]\n" PEOPLE, "P116", 7 },
	{ HEAD SITES "accounts:\n  - {account: 李, role: researcher, token: \"" HASH "\"}\n",
		"C203", 9 },
	{ HEAD SITES "accounts:\n  - {account: li, role: researcher, token: secret}\n", "C204", 9 },
	{ HEAD SITES "accounts:\n  - {account: li, role: boss, token: \"" HASH "\"}\n", "P113", 9 },
	{ HEAD SITES PEOPLE "  - {account: li@renmin.example, role: auditor, token: \"" HASH
			    "\"}\n",
		"C206", 10 },
	{ HEAD SITES OIDC("http://id.example", BACK) PEOPLE, "C208", 8 },
	{ HEAD SITES OIDC("https://id.example/?a=b", BACK) PEOPLE, "C208", 8 },
	{ HEAD SITES OIDC("https://a@id.example", BACK) PEOPLE, "C208", 8 },
	{ HEAD SITES OIDC("https://id.example", "http://127.0.0.1/v1/sign-in/callback") PEOPLE, "C209", 8 },
	{ HEAD SITES OIDC("https://id.example", "https://gw.example/v1/sign-in/callback?a=b") PEOPLE, "C209", 8 },
	{ HEAD SITES OIDC("https://id.example", "https://gw.example/") PEOPLE, "C209", 8 },
	{ HEAD SITES "sessions: {idle_minutes: 4}\n" PEOPLE, "P117", 8 },
	{ HEAD SITES "sessions: {hours: 25}\n" PEOPLE, "P117", 8 },
	{ HEAD SITES "rate: 0\n" PEOPLE, "P117", 8 },
	{ HEAD SITES "rates: 3\n" PEOPLE, "P111", 8 },
	{ HEAD PEOPLE, "P112", 1 },
	{ "cordon: 2\n", "P117", 1 },
};

START_TEST(each_mistake_has_its_place_and_both_languages)
{
	bool found = false;

	FAILS(read_text(bad[_i].text), E_INPUT);
	for (size_t i = 0; i < ds.count; i++) {
		const struct diag *d = &ds.list[i];

		ck_assert_str_ne(d->en, "");
		ck_assert_str_ne(d->zh, "");
		ck_assert_ptr_null(strstr(d->en, "secret")); /* a token is never quoted */
		found = found || (strcmp(d->code, bad[_i].code) == 0 && d->at.line == bad[_i].line);
	}
	ck_assert_msg(found, "no %s in line %u, but %s in %u", bad[_i].code, bad[_i].line,
		ds.list[0].code, ds.list[0].at.line);
	arena_clear(&a);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_told)
{
	arena_init(&a, MAX_POLICY_ARENA);
	diags_init(&ds, &a);
	ck_assert_int_eq(gateway_config_read(&c, "/nonexistent/gateway.yaml", &a, &ds, &err), -1);
	ck_assert_uint_eq(ds.errors, 0);
	ck_assert_str_ne(err.log, "");
	arena_clear(&a);
}
END_TEST

/* ---- people ---- */

START_TEST(an_account_without_a_token_is_found_by_name_alone)
{
	struct person_entry entries[2] = { { .account = "li", .role = ROLE_RESEARCHER },
		{ .account = "zhao", .role = ROLE_AUDITOR } };
	struct hash32 zero = { { 0 } };
	struct people *p;

	OK(people_new(&p, entries, 2, 10, &err));
	ck_assert_ptr_null(people_by_hash(p, &zero));
	ck_assert_int_eq(people_listed(p, "li")->role, ROLE_RESEARCHER);
	ck_assert_ptr_null(people_listed(p, "wang"));
	people_free(p);
}
END_TEST

START_TEST(a_guest_has_the_mapped_role_and_a_listed_account_that_of_the_list)
{
	struct person_entry entry = { .account = "li", .role = ROLE_RESEARCHER };
	struct person *guest;
	struct people *p;
	unsigned wait;

	OK(people_new(&p, &entry, 1, 1, &err));
	ck_assert_int_eq(people_come(p, "li", ROLE_AUDITOR, 0)->role, ROLE_RESEARCHER);
	ck_assert_ptr_null(people_come(p, "wang", ROLE_NONE, 0));
	ck_assert_ptr_null(people_come(p, "no account", ROLE_AUDITOR, 0));
	guest = people_come(p, "wang", ROLE_OFFICER, 0);
	ck_assert_int_eq(guest->role, ROLE_OFFICER);
	ck_assert_ptr_null(people_listed(p, "wang"));
	ck_assert(people_take(p, guest, 0, &wait));
	/* coming in anew gives no new rate */
	ck_assert_ptr_eq(people_come(p, "wang", ROLE_OFFICER, 1), guest);
	ck_assert(!people_take(p, guest, 1, &wait));
	people_free(p);
}
END_TEST

START_TEST(guests_are_bounded_and_only_who_was_long_away_is_forgotten)
{
	struct people *p;
	char name[32];

	OK(people_new(&p, NULL, 0, 10, &err));
	for (int i = 0; i < MAX_GUESTS; i++) {
		snprintf(name, sizeof(name), "guest-%d", i);
		ck_assert_ptr_nonnull(people_come(p, name, ROLE_RESEARCHER, i == 7 ? 0 : 1000));
	}
	ck_assert_ptr_null(people_come(p, "late", ROLE_RESEARCHER, GUEST_STAYS_MS - 1));
	ck_assert_ptr_nonnull(people_come(p, "late", ROLE_RESEARCHER, GUEST_STAYS_MS));
	ck_assert_ptr_null(people_come(p, "guest-7", ROLE_RESEARCHER, GUEST_STAYS_MS));
	ck_assert_ptr_nonnull(people_come(p, "guest-8", ROLE_RESEARCHER, GUEST_STAYS_MS));
	people_free(p);
}
END_TEST

START_TEST(a_scope_covers_its_actions_and_no_other)
{
	for (int i = 0; i < ACTIONS; i++) {
		ck_assert(scopes_may(SCOPES_WHOLE, (enum action)i));
		ck_assert(!scopes_may(0, (enum action)i));
	}
	ck_assert(scopes_may(1U << SCOPE_ASK, MAY_ASK));
	ck_assert(!scopes_may(SCOPES_API & ~(1U << SCOPE_ASK), MAY_ASK));
	ck_assert(!scopes_may(SCOPES_API, MAY_TOKENS));
	ck_assert(!scopes_may(1U << SCOPE_READ, MAY_AUDIT));
	ck_assert_uint_eq(role_scopes(ROLE_OPERATOR) & (1U << SCOPE_ASK), 0);
	ck_assert_uint_ne(role_scopes(ROLE_OPERATOR) & (1U << SCOPE_OPERATE), 0);
	ck_assert_uint_eq(role_scopes(ROLE_NONE), 0);
}
END_TEST

START_TEST(a_token_finds_its_account_and_no_other_text_does)
{
	struct person_entry entries[2] = { { .account = "li", .role = ROLE_RESEARCHER },
		{ .account = "zhao", .role = ROLE_AUDITOR } };
	struct people *p;

	entries[0].has_token = entries[1].has_token = true;
	entries[0].token = sha256("one", 3);
	entries[1].token = sha256("two", 3);
	OK(people_new(&p, entries, 2, 10, &err));
	ck_assert_str_eq(people_by_token(p, "one")->account, "li");
	ck_assert_str_eq(people_by_token(p, "two")->account, "zhao");
	ck_assert_ptr_null(people_by_token(p, "One"));
	ck_assert_ptr_null(people_by_token(p, ""));
	ck_assert_ptr_null(people_by_token(p, "one "));
	people_free(p);
	people_free(NULL);
}
END_TEST

START_TEST(the_table_of_roles_is_this_one)
{
	static const char *const want[ACTIONS] = {
		/* researcher officer operator auditor */
		[MAY_ASK] = "r---",
		[MAY_PRICE] = "r---",
		[MAY_LIST] = "r--a",
		[MAY_READ] = "r--a",
		[MAY_READ_ALL] = "---a",
		[MAY_CANCEL] = "r---",
		[MAY_BUDGET] = "r---",
		[MAY_SITES] = "rfoa",
		[MAY_ME] = "rfoa",
		[MAY_READMIT] = "--o-",
		[MAY_SIGN_OUT] = "rfoa",
		[MAY_TOKENS] = "rfoa",
		[MAY_COMPOSE] = "r---",
		[MAY_CATALOGUE] = "rfoa",
		[MAY_STUDIES] = "rfoa",
		[MAY_ALL_STUDIES] = "-f-a",
		[MAY_PROPOSE] = "r---",
		[MAY_ENTRY] = "rf--",
		[MAY_TRANSPARENCY] = "rfoa",
		[MAY_AUDIT] = "---a",
		[MAY_METRICS] = "--oa",
	};

	for (int act = 0; act < ACTIONS; act++) {
		ck_assert_msg(want[act] != NULL, "action %d is not in this table", act);
		ck_assert(!role_may(ROLE_NONE, (enum action)act));
		ck_assert(!role_may(ROLES, (enum action)act));
		for (int r = ROLE_RESEARCHER; r < ROLES; r++)
			ck_assert_int_eq(role_may((enum role)r, (enum action)act),
				want[act][r - ROLE_RESEARCHER] != '-');
	}
	ck_assert(!role_may(ROLE_AUDITOR, ACTIONS));
}
END_TEST

START_TEST(the_rate_fills_up_again_with_time)
{
	struct person_entry entry = { .account = "li", .role = ROLE_RESEARCHER };
	struct people *p;
	struct person *li;
	unsigned wait = 0;

	entry.has_token = true;
	entry.token = sha256("one", 3);
	OK(people_new(&p, &entry, 1, 6, &err));
	li = people_by_token(p, "one");
	for (int i = 0; i < 6; i++)
		ck_assert(people_take(p, li, 1000, &wait));
	ck_assert(!people_take(p, li, 1000, &wait));
	ck_assert_uint_eq(wait, 10);
	ck_assert(!people_take(p, li, 10999, &wait));
	ck_assert(people_take(p, li, 11000, &wait));
	ck_assert(!people_take(p, li, 11000, &wait));
	/* looking often loses nothing */
	for (int64_t ms = 11001; ms < 21000; ms++)
		ck_assert(!people_take(p, li, ms, &wait));
	ck_assert(people_take(p, li, 21001, &wait));
	/* a long rest fills it to the brim and no further */
	for (int i = 0; i < 6; i++)
		ck_assert(people_take(p, li, 900000, &wait));
	ck_assert(!people_take(p, li, 900000, &wait));
	people_free(p);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gateway config");
	TCase *t = tcase_create("gateway config");
	SRunner *r;
	int failed;

	tcase_add_test(t, a_whole_file_is_read_with_paths_beside_it);
	tcase_add_loop_test(t, each_mistake_has_its_place_and_both_languages, 0,
		(int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(t, a_file_that_is_not_there_is_told);
	tcase_add_test(t, a_provider_has_its_claims_and_groups_in_the_order_written);
	tcase_add_test(t, an_account_without_a_token_is_found_by_name_alone);
	tcase_add_test(t, a_guest_has_the_mapped_role_and_a_listed_account_that_of_the_list);
	tcase_add_test(t, guests_are_bounded_and_only_who_was_long_away_is_forgotten);
	tcase_add_test(t, a_scope_covers_its_actions_and_no_other);
	tcase_add_test(t, a_token_finds_its_account_and_no_other_text_does);
	tcase_add_test(t, the_table_of_roles_is_this_one);
	tcase_add_test(t, the_rate_fills_up_again_with_time);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
