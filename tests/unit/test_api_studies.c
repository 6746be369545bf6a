/*
 * test_api_studies.c - studies that people propose, through a whole gateway: who sees which, and what is no
 * study. The entry that an officer pastes is test_proposal.c.
 */
#include "base/limits.h"
#include "tests/unit/known.h"

#define WANG_IS "wang@uni.example"
#define STUDY_OF(id, title, members, note)                                                         \
	"{\"id\":\"" id "\",\"title\":" title ",\"purpose\":[\"DUO:0000007\",\"MONDO:0005148\"],"  \
	"\"members\":[" members "],\"kinds\":[\"count\",\"mean\"],\"datasets\":[\"omop\"],"        \
	"\"may_use\":[\"cdm.person.year_of_birth\",\"measure:hba1c\"],\"budget\":{\"rho\":\"0."    \
	"5\"},"                                                                                    \
	"\"valid\":{\"from\":\"2026-03-01\",\"to\":\"2026-12-31\"},\"note\":" note "}"
#define LI_ALONE    "{\"account\":\"" LI_IS "\",\"role\":\"analyst\"}"
#define LI_AND_WANG LI_ALONE ",{\"account\":\"" WANG_IS "\",\"role\":\"viewer\"}"
#define TITLE       "{\"zh\":\"课题\",\"en\":\"A study\"}"

static const char *study_path(const char *id, const char *end)
{
	static char path[200];

	snprintf(path, sizeof(path), "/v1/studies/%s%s", id, end);
	return path;
}

static void proposed(const char *body)
{
	ck_assert_msg(say("POST", "/v1/studies", LI, body) == 201, "%s", http.body);
}

/* ---- who sees which ---- */

START_TEST(a_study_is_seen_by_those_in_it_and_those_who_judge_it)
{
	gateway_begin("renmin,xiehe");
	proposed(STUDY_OF("DM-9", TITLE, LI_AND_WANG, "\"for\\nthe officers\""));
	ck_assert_ptr_nonnull(strstr(text_str(&http.in), "Location: /v1/studies/DM-9\r\n"));
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(say("GET", study_path("DM-9", ""),
					 ((const char *[]){ LI, WANG, OFFICER, AUDIT })[i], NULL),
			200);
		IS("id", "DM-9");
		IS("title.zh", "课题");
		IS("purpose", "[\"DUO:0000007\",\"MONDO:0005148\"]");
		IS("proposed_by", LI_IS);
		IS("members.1.role", "viewer");
		IS("budget.rho", "0.5");
		IS("valid.to", "2026-12-31");
		IS("note", "for\nthe officers");
		IS("sites.1.site", "xiehe");
		IS("sites.1.state", "unknown");
	}
	ck_assert_int_eq(say("GET", "/v1/studies", WANG, NULL), 200);
	IS("studies.0.id", "DM-9");
	IS("next", "");
	gateway_end();
}
END_TEST

START_TEST(for_everybody_else_there_is_no_such_study)
{
	static const char *const ends[] = { "", "/entry" };
	char none[2000], path[200];

	gateway_begin("renmin");
	proposed(STUDY_OF("DM-9", TITLE, LI_ALONE, "\"secret\""));
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(say("GET", study_path("DM-8", ends[i]), WANG, NULL), 404);
		snprintf(none, sizeof(none), "%s", http.body);
		ck_assert_int_eq(say("GET", study_path("DM-9", ends[i]), WANG, NULL), 404);
		ck_assert_str_eq(http.body, none);
	}
	ck_assert_int_eq(say("DELETE", study_path("DM-9", ""), WANG, NULL), 404);
	ck_assert_str_eq(http.body, none);
	ck_assert_int_eq(say("GET", study_path("DM-9", ""), OPERA, NULL), 404);
	ck_assert_int_eq(say("GET", "/v1/studies", WANG, NULL), 200);
	IS("studies", "[]");
	snprintf(path, sizeof(path), "/v1/studies?before=DM-9");
	ck_assert_int_eq(say("GET", path, WANG, NULL), 400);
	/* nor does an id that is taken show whose it is */
	ck_assert_int_eq(
		say("POST", "/v1/studies", WANG, STUDY_OF("DM-9", TITLE, LI_ALONE, "\"x\"")), 409);
	ck_assert_ptr_null(strstr(http.body, "li@"));
	ck_assert_int_eq(say("GET", study_path("DM-9", ""), LI, NULL), 200);
	IS("note", "secret");
	gateway_end();
}
END_TEST

START_TEST(a_member_takes_nothing_back_and_an_officer_neither)
{
	gateway_begin("renmin");
	proposed(STUDY_OF("DM-9", TITLE, LI_AND_WANG, "\"x\""));
	ck_assert_int_eq(say("DELETE", study_path("DM-9", ""), WANG, NULL), 404);
	ck_assert_int_eq(say("DELETE", study_path("DM-9", ""), OFFICER, NULL), 403);
	ck_assert_int_eq(say("POST", "/v1/studies", OFFICER, "{}"), 403);
	ck_assert_int_eq(audited("study.withdrawn"), 0);
	ck_assert_int_eq(say("DELETE", study_path("DM-9", ""), LI, NULL), 204);
	ck_assert_int_eq(say("GET", study_path("DM-9", ""), WANG, NULL), 404);
	ck_assert_int_eq(say("GET", study_path("DM-9", ""), OFFICER, NULL), 404);
	ck_assert_int_eq(audited("study.withdrawn"), 1);
	gateway_end();
}
END_TEST

START_TEST(a_proposal_is_on_disk_and_in_the_record)
{
	gateway_begin("renmin");
	proposed(STUDY_OF("DM-9", TITLE, LI_ALONE, "\"x\""));
	ck_assert_int_eq(audited("study.proposed"), 1);
	gateway_down();
	gateway_start();
	ck_assert_int_eq(say("GET", study_path("DM-9", ""), LI, NULL), 200);
	IS("title.en", "A study");
	gateway_end();
}
END_TEST

/* ---- what is no study ---- */

START_TEST(a_proposal_is_held_to_the_rules_of_studies_yaml)
{
	static const struct {
		const char *from, *to, *code;
	} bad[] = {
		{ "\"DM-9\"", "\"DM 9\"", "P116" },
		{ "DUO:0000007", "DUO:7", "P384" },
		{ "MONDO:0005148", "DUO:0000007", "S102" },
		{ "\"" LI_IS "\"", "\"li renmin\"", "P116" },
		{ "analyst", "an analyst", "P116" },
		{ "\"mean\"", "\"guess\"", "S103" },
		{ "\"omop\"", "\"om op\"", "P116" },
		{ "cdm.person.year_of_birth", "year_of_birth", "P345" },
		{ "cdm.person.year_of_birth", "cdm.person.\\\"]\\nx: [\\\"y", "P345" },
		{ "measure:hba1c", "measure:", "P345" },
		{ "\"0.5\"", "\"-0.5\"", "P117" },
		{ "\"0.5\"", "\"0\"", "P117" },
		{ "\"0.5\"", "\"much\"", "P117" },
		{ "2026-03-01", "2026-02-30", "P114" },
		{ "2026-03-01", "2027-03-01", "P114" },
		{ "A study", "A\\nstudy", "P110" },
		{ "A study", "A\\u202estudy", "P110" },
		{ "\"kinds\":", "\"kind\":", "P111" },
		{ "\"count\",\"mean\"", "", "S101" },
		{ "{\"account\":\"" LI_IS "\",\"role\":\"analyst\"}", "", "S101" },
	};
	static const char good[] = STUDY_OF("DM-9", TITLE, LI_ALONE, "\"x\"");
	char body[2000];

	gateway_begin("renmin");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *at = strstr(good, bad[i].from);

		ck_assert_ptr_nonnull(at);
		snprintf(body, sizeof(body), "%.*s%s%s", (int)(at - good), good, bad[i].to,
			at + strlen(bad[i].from));
		ck_assert_msg(say("POST", "/v1/studies", LI, body) == 400, "%s: %d", bad[i].to,
			http.status);
		ck_assert_msg(
			strstr(http.body, bad[i].code) != NULL, "%s: %s", bad[i].to, http.body);
		ck_assert_ptr_nonnull(strstr(of(http.json, "errors.0.at"), "study:1:"));
	}
	ck_assert_int_eq(say("GET", "/v1/studies", LI, NULL), 200);
	IS("studies", "[]");
	ck_assert_int_eq(audited("study.proposed"), 0);
	gateway_end();
}
END_TEST

static void in_store(const char *sql)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(fed_path("state", "/gateway.db"), &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	ck_assert_msg(
		sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

START_TEST(one_account_proposes_at_most_a_hundred_in_pages)
{
	gateway_begin("renmin");
	proposed(STUDY_OF("DM-0", TITLE, LI_ALONE, "\"x\""));
	in_store("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<99) INSERT "
		 "INTO "
		 "study(id,account,proposed_ms,body) SELECT 'DM-'||i,account,proposed_ms,body FROM "
		 "n,study"
		 " WHERE id='DM-0'; INSERT OR IGNORE INTO study_member SELECT account,seq FROM "
		 "study");
	ck_assert_int_eq(
		say("POST", "/v1/studies", LI, STUDY_OF("DM-X", TITLE, LI_ALONE, "\"x\"")), 409);
	ck_assert_int_eq(
		say("POST", "/v1/studies", WANG, STUDY_OF("DM-X", TITLE, LI_ALONE, "\"x\"")), 201);
	ck_assert_int_eq(say("GET", "/v1/studies", LI, NULL), 200);
	ck_assert_uint_eq(json_array_size(json_object_get(http.json, "studies")), 50);
	IS("studies.0.id", "DM-X"); /* a member of it */
	IS("next", "DM-51");
	ck_assert_int_eq(say("GET", "/v1/studies?before=DM-51&limit=50", LI, NULL), 200);
	ck_assert_uint_eq(json_array_size(json_object_get(http.json, "studies")), 50);
	ck_assert_int_eq(say("GET", "/v1/studies?limit=51", LI, NULL), 400);
	gateway_end();
}
END_TEST

static void proposed_by_li(unsigned n, unsigned bytes)
{
	char sql[1200];

	snprintf(sql, sizeof(sql),
		"DELETE FROM study_member; DELETE FROM study;"
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<%u)"
		" INSERT INTO study(id,account,proposed_ms,body) SELECT 'L-'||i,'" LI_IS
		"',1,CAST('{\"id\":\"L-'||i||'\",\"note\":\"'||hex(zeroblob(%u))||'\"}' AS BLOB) "
		"FROM n;"
		"INSERT INTO study_member SELECT account,seq FROM study UNION SELECT '" WANG_IS
		"',seq FROM study",
		n, bytes / 2);
	in_store(sql);
}

START_TEST(one_account_names_another_in_few_of_its_studies)
{
	gateway_begin("renmin");
	proposed_by_li(MAX_STUDIES_NAMED - 1, 10);
	proposed(STUDY_OF("DM-1", TITLE, LI_AND_WANG, "\"x\""));
	ck_assert_int_eq(
		say("POST", "/v1/studies", LI, STUDY_OF("DM-2", TITLE, LI_AND_WANG, "\"x\"")), 409);
	ck_assert_ptr_nonnull(strstr(of(http.json, "type"), "full"));
	/* nothing of it is there, and alone she may */
	ck_assert_int_eq(say("GET", "/v1/studies/DM-2", LI, NULL), 404);
	proposed(STUDY_OF("DM-2", TITLE, LI_ALONE, "\"x\""));
	/* that others name her is theirs */
	ck_assert_int_eq(
		say("POST", "/v1/studies", WANG, STUDY_OF("DM-3", TITLE, LI_AND_WANG, "\"x\"")),
		201);
	gateway_end();
}
END_TEST

START_TEST(large_studies_are_bounded_and_keep_no_list_from_anybody)
{
	char path[60] = "/v1/studies";
	size_t got = 0, pages = 0;

	gateway_begin("renmin");
	proposed_by_li(90, 500 << 10); /* as many as an older gateway let in */
	do {
		ck_assert_int_eq(say("GET", path, WANG, NULL), 200);
		ck_assert_uint_lt(strlen(http.body), 3 * MAX_STUDIES_PAGE_BYTES);
		got += json_array_size(json_object_get(http.json, "studies"));
		snprintf(path, sizeof(path), "/v1/studies?before=%s", of(http.json, "next"));
		pages++;
	} while (json_object_get(http.json, "next") != NULL);
	ck_assert_uint_eq(got, 90);
	ck_assert_uint_gt(pages, 20);
	proposed_by_li(3, MAX_STUDIES_BYTES / 3 - 100);
	ck_assert_int_eq(
		say("POST", "/v1/studies", LI, STUDY_OF("DM-2", TITLE, LI_ALONE, "\"x\"")), 409);
	ck_assert_ptr_nonnull(strstr(of(http.json, "type"), "full"));
	gateway_end();
}
END_TEST

/* ---- the entry: what it says is test_proposal.c ---- */

START_TEST(an_officer_downloads_the_entry_and_an_auditor_does_not)
{
	gateway_begin("renmin");
	proposed(STUDY_OF("DM-2026-09", TITLE, LI_AND_WANG, "\"please\""));
	ck_assert_int_eq(say("GET", study_path("DM-2026-09", "/entry"), OFFICER, NULL), 200);
	ck_assert_ptr_nonnull(
		strstr(text_str(&http.in), "Content-Type: text/yaml; charset=utf-8\r\n"));
	ck_assert_ptr_nonnull(strstr(text_str(&http.in),
		"Content-Disposition: attachment; filename=\"DM-2026-09.studies.yaml\"\r\n"));
	ck_assert_ptr_nonnull(strstr(http.body, "  #   please\n"));
	ck_assert_ptr_nonnull(strstr(http.body, "\n  - id: DM-2026-09\n"));
	ck_assert_int_eq(say("GET", study_path("DM-2026-09", "/entry"), AUDIT, NULL), 403);
	gateway_end();
}
END_TEST

/* ---- what sites say ---- */

START_TEST(each_site_says_for_itself_what_became_of_a_study)
{
	gateway_begin("renmin,xiehe");
	known_at(fake_up("renmin"));
	proposed(STUDY_OF("DM-2026-01", TITLE, LI_AND_WANG, "\"x\""));
	IS("title.en", "A study");
	IS("sites.0.state", "approved");
	IS("sites.0.policy", "7");
	IS("sites.0.valid.from", "2026-01-01");
	IS("sites.1.state", "unknown");
	/* wang is in the proposal; the hospital did not take wang */
	ck_assert_int_eq(say("GET", study_path("DM-2026-01", ""), WANG, NULL), 200);
	IS("sites.0.state", "not-yet");
	IS("sites.0.valid", "");
	proposed(STUDY_OF("X-9", TITLE, LI_ALONE, "\"x\""));
	IS("sites.0.state", "refused");
	IS("sites.0.say.zh", "无益");
	proposed(STUDY_OF("DM-9", TITLE, LI_ALONE, "\"x\""));
	IS("sites.0.state", "not-yet");
	gateway_end();
}
END_TEST

START_TEST(a_study_that_nobody_proposed_here_is_shown_to_those_whom_a_site_names)
{
	char none[2000];

	gateway_begin("renmin");
	known_at(fake_up("renmin"));
	ck_assert_int_eq(say("GET", "/v1/studies", LI, NULL), 200);
	IS("studies.0.id", "DM-2026-01");
	IS("studies.0.title.zh", "糖尿病");
	IS("studies.0.proposed_by", "");
	IS("studies.0.kinds", "[\"count\",\"histogram\"]");
	IS("studies.0.sites.0.state", "approved");
	IS("studies.1.id", "CO-2026-01");
	IS("studies.1.sites.0.state", "ended");
	IS("studies.1.members", "[{\"account\":\"" LI_IS "\",\"role\":\"analyst\"}]");
	ck_assert_int_eq(say("GET", "/v1/studies", WANG, NULL), 200);
	IS("studies.0.id", "CO-2026-01");
	IS("studies.1", "");
	ck_assert_ptr_null(strstr(http.body, LI_IS));
	ck_assert_int_eq(say("GET", study_path("NONE", ""), WANG, NULL), 404);
	snprintf(none, sizeof(none), "%s", http.body);
	ck_assert_int_eq(say("GET", study_path("DM-2026-01", ""), WANG, NULL), 404);
	ck_assert_str_eq(http.body, none);
	ck_assert_int_eq(say("GET", study_path("DM-2026-01", ""), LI, NULL), 200);
	IS("datasets", "[\"omop\"]");
	/* there is no proposal to paste or to take back */
	ck_assert_int_eq(say("GET", study_path("DM-2026-01", "/entry"), LI, NULL), 404);
	ck_assert_int_eq(say("DELETE", study_path("DM-2026-01", ""), LI, NULL), 404);
	ck_assert_int_eq(say("GET", study_path("DM-2026-01", ""), AUDIT, NULL), 200);
	gateway_end();
}
END_TEST

UNIT_MAIN("api_studies", a_study_is_seen_by_those_in_it_and_those_who_judge_it,
	for_everybody_else_there_is_no_such_study,
	a_member_takes_nothing_back_and_an_officer_neither, a_proposal_is_on_disk_and_in_the_record,
	a_proposal_is_held_to_the_rules_of_studies_yaml,
	one_account_proposes_at_most_a_hundred_in_pages,
	one_account_names_another_in_few_of_its_studies,
	large_studies_are_bounded_and_keep_no_list_from_anybody,
	an_officer_downloads_the_entry_and_an_auditor_does_not,
	each_site_says_for_itself_what_became_of_a_study,
	a_study_that_nobody_proposed_here_is_shown_to_those_whom_a_site_names)
