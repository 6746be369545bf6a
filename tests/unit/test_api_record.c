/*
 * test_api_record.c - what was asked of whom, the chained record, and the list of one study's questions, through a whole
 * gateway.
 */
#include "base/limits.h"
#include "gateway/store/store.h"
#include "tests/unit/known.h"

#define OTHER_Q                                                                                    \
	"{\"study\":\"CO-2026-01\",\"kind\":\"count\",\"dataset\":\"omop\",\"group_by\":[\"sex\"]" \
	","                                                                                        \
	"\"cohort\":{\"all\":[{\"condition\":[201826]}]}}"

static char wang_id[MAX_ID + 1];

static void wang_asks(const char *question)
{
	ck_assert_int_eq(say("POST", "/v1/questions", WANG,
				 signed_by("wang", "wang@uni.example", question, 0)),
		202);
	snprintf(wang_id, sizeof(wang_id), "%s", of(http.json, "id"));
}

static void both_ask(void)
{
	fake_up("renmin");
	li_asks(ANY_Q, 0);
	wait_for_end(asked_id, 30000);
	wang_asks(OTHER_Q);
	turn(NULL, 50);
}

static void in_store(const char *sql)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(fed_path("state", "/gateway.db"), &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	ck_assert_msg(
		sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* ---- transparency ---- */

START_TEST(a_researcher_sees_their_own_questions_and_no_others)
{
	gateway_begin("renmin,xiehe");
	both_ask();
	ck_assert_int_eq(say("GET", "/v1/transparency", LI, NULL), 200);
	IS("questions.0.id", asked_id);
	IS("questions.0.asked_by", LI_IS);
	IS("questions.0.study", "DM-2026-01");
	IS("questions.0.sites.0.state", "answered");
	IS("questions.0.sites.1.site", "xiehe");
	ck_assert_ptr_nonnull(strstr(of(http.json, "questions.0.say.en"), "How many people."));
	ck_assert_ptr_nonnull(strstr(of(http.json, "questions.0.say.zh"), "18"));
	IS("questions.1", "");
	IS("next", "");
	gateway_end();
}
END_TEST

START_TEST(a_researcher_sees_what_is_asked_in_the_studies_a_site_names_them_in)
{
	struct fake *f;

	gateway_begin("renmin");
	f = fake_up("renmin");
	known_at(f);
	li_asks(ANY_Q, 0);
	wait_for_end(asked_id, 30000);
	wang_asks(OTHER_Q);
	/* li is in both studies, and wang in CO-2026-01 alone */
	ck_assert_int_eq(say("GET", "/v1/transparency", LI, NULL), 200);
	IS("questions.0.study", "CO-2026-01");
	IS("questions.0.id", "");
	IS("questions.0.asked_by", "");
	IS("questions.1.id", asked_id);
	ck_assert_ptr_null(strstr(http.body, "wang"));
	ck_assert_int_eq(say("GET", "/v1/transparency", WANG, NULL), 200);
	IS("questions.0.id", wang_id);
	IS("questions.1", "");
	gateway_end();
}
END_TEST

START_TEST(a_study_that_one_wrote_oneself_into_shows_nothing)
{
	gateway_begin("renmin");
	both_ask();
	ck_assert_int_eq(say("POST", "/v1/studies", WANG,
				 "{\"id\":\"DM-2026-01\",\"title\":\"x\",\"members\":[{\"account\":"
				 "\"wang@uni.example\","
				 "\"role\":\"viewer\"},{\"account\":\"" LI_IS
				 "\",\"role\":\"viewer\"}],\"kinds\":[\"count\"],"
				 "\"datasets\":[\"omop\"],\"may_use\":[\"a.b.c\"],\"valid\":{"
				 "\"from\":\"2026-01-01\","
				 "\"to\":\"2026-12-31\"}}"),
		201);
	ck_assert_int_eq(say("GET", "/v1/transparency", WANG, NULL), 200);
	IS("questions.0.id", wang_id);
	IS("questions.1", "");
	gateway_end();
}
END_TEST

START_TEST(those_who_watch_see_all_of_it_and_only_the_auditor_whose)
{
	gateway_begin("renmin");
	both_ask();
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(say("GET", "/v1/transparency",
					 ((const char *[]){ OFFICER, OPERA, AUDIT })[i], NULL),
			200);
		IS("questions.0.study", "CO-2026-01");
		IS("questions.1.study", "DM-2026-01");
		IS("questions.1.sites.0.state", "answered");
		ck_assert_int_eq(strstr(http.body, asked_id) != NULL, i == 2);
		ck_assert_int_eq(strstr(http.body, LI_IS) != NULL, i == 2);
		/* nor is there a number of an answer */
		ck_assert_ptr_null(strstr(http.body, "417"));
	}
	gateway_end();
}
END_TEST

START_TEST(what_was_asked_comes_in_pages_whose_cost_is_bounded)
{
	char path[200];

	gateway_begin("renmin");
	both_ask();
	ck_assert_int_eq(say("GET", "/v1/transparency?limit=1", AUDIT, NULL), 200);
	IS("questions.0.id", wang_id);
	snprintf(path, sizeof(path), "/v1/transparency?limit=1&before=%s", of(http.json, "next"));
	ck_assert_int_eq(say("GET", path, AUDIT, NULL), 200);
	IS("questions.0.id", asked_id);
	IS("next", "");
	/* far more of others' than one page looks through */
	in_store("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<6000) "
		 "INSERT INTO "
		 "question(id,account,study,kind,mode,hash,canonical,certificate,signature,asked_"
		 "ms,received_ms,"
		 "deadline_ms,ended_ms,state) SELECT "
		 "'q-'||i,'zhou',study,kind,mode,hash,canonical,certificate,"
		 "signature,0,0,0,0,'failed' FROM n,question WHERE account='" LI_IS "'");
	ck_assert_int_eq(say("GET", "/v1/transparency", LI, NULL), 200);
	IS("questions", "[]");
	ck_assert_str_ne(of(http.json, "next"), "");
	snprintf(path, sizeof(path), "/v1/transparency?before=%s", of(http.json, "next"));
	ck_assert_int_eq(say("GET", path, LI, NULL), 200);
	IS("questions.0.id", asked_id);
	IS("next", "");
	/* a long question ends its page */
	in_store("UPDATE question SET canonical=zeroblob(200000) WHERE id IN "
		 "('q-6000','q-5999','q-5998')");
	ck_assert_int_eq(say("GET", "/v1/transparency?limit=50", AUDIT, NULL), 200);
	ck_assert_uint_eq(json_array_size(json_object_get(http.json, "questions")), 2);
	IS("questions.0.say.en", "this question can no longer be read");
	ck_assert_int_eq(say("GET", "/v1/transparency?limit=51", AUDIT, NULL), 400);
	ck_assert_int_eq(say("GET", "/v1/transparency?before=q-1", AUDIT, NULL), 400);
	ck_assert_int_eq(
		say("GET", "/v1/transparency?before=99999999999999999999", AUDIT, NULL), 400);
	gateway_end();
}
END_TEST

/* ---- the record ---- */

START_TEST(the_auditor_reads_the_chain_newest_first)
{
	char path[200];

	gateway_begin("renmin");
	both_ask();
	ck_assert_int_eq(say("GET", "/v1/audit?limit=2", LI, NULL), 403);
	ck_assert_int_eq(say("GET", "/v1/audit?limit=2", OFFICER, NULL), 403);
	ck_assert_int_eq(say("GET", "/v1/audit?limit=2", AUDIT, NULL), 200);
	IS("intact", "true");
	ck_assert_str_eq(of(http.json, "count"), of(http.json, "records.0.seq"));
	ck_assert_str_eq(of(http.json, "count"), of(http.json, "checked"));
	ck_assert_ptr_nonnull(strstr(of(http.json, "records.0.hash"), "sha256:"));
	ck_assert_str_ne(of(http.json, "records.0.at"), "");
	snprintf(path, sizeof(path), "/v1/audit?before=%s&limit=200", of(http.json, "next"));
	ck_assert_int_eq(say("GET", path, AUDIT, NULL), 200);
	IS("next", "");
	ck_assert_ptr_nonnull(
		strstr(http.body, "\"what\":\"question.asked\",\"who\":\"" LI_IS "\""));
	ck_assert_ptr_nonnull(strstr(http.body, "\"seq\":1,"));
	gateway_end();
}
END_TEST

START_TEST(a_record_that_was_changed_breaks_the_chain_also_while_the_gateway_runs)
{
	gateway_begin("renmin");
	both_ask();
	ck_assert_int_eq(say("GET", "/v1/audit", AUDIT, NULL), 200);
	IS("intact", "true");
	in_store("DROP TRIGGER audit_update; UPDATE audit SET who='nobody' WHERE seq=2");
	ck_assert_int_eq(say("GET", "/v1/audit", AUDIT, NULL), 200);
	IS("intact", "false");
	IS("broken", "2");
	gateway_end();
}
END_TEST

static void audit_more(int n)
{
	struct store *store;

	OK(store_open(&store, fed_path("state", "/gateway.db"), &err));
	OK(store_begin(store, &err));
	for (int i = 0; i < n; i++)
		OK(store_audit(store, i, "test.record", "nobody", "", "", &err));
	OK(store_commit(store, &err));
	store_close(store);
}

START_TEST(a_long_chain_is_checked_a_part_at_a_time)
{
	gateway_begin("renmin");
	audit_more(AUDIT_STEP + 50);
	in_store("DROP TRIGGER audit_update; UPDATE audit SET detail='x' WHERE seq=(SELECT "
		 "max(seq) FROM audit)");
	ck_assert_int_eq(say("GET", "/v1/audit?limit=1", AUDIT, NULL), 200);
	IS("checked", "5000");
	IS("intact", "true");
	ck_assert_int_eq(say("GET", "/v1/audit?limit=1", AUDIT, NULL), 200);
	ck_assert_str_eq(of(http.json, "checked"), of(http.json, "count"));
	IS("intact", "false");
	ck_assert_str_eq(of(http.json, "broken"), of(http.json, "count"));
	/* mended, it is whole again once the walk has come round */
	in_store("UPDATE audit SET detail='' WHERE seq=(SELECT max(seq) FROM audit)");
	ck_assert_int_eq(say("GET", "/v1/audit?limit=1", AUDIT, NULL), 200);
	IS("intact", "false");
	ck_assert_int_eq(say("GET", "/v1/audit?limit=1", AUDIT, NULL), 200);
	IS("intact", "true");
	gateway_end();
}
END_TEST

/* ---- one study's questions ---- */

START_TEST(the_list_of_questions_can_be_of_one_study)
{
	gateway_begin("renmin");
	both_ask();
	li_asks(OTHER_Q, 0);
	ck_assert_int_eq(say("GET", "/v1/questions?study=CO-2026-01", LI, NULL), 200);
	IS("questions.0.id", asked_id);
	IS("questions.1", "");
	ck_assert_int_eq(say("GET", "/v1/questions?study=CO-2026-01", AUDIT, NULL), 200);
	IS("questions.1.id", wang_id);
	IS("questions.2", "");
	ck_assert_int_eq(say("GET", "/v1/questions?study=a%20b", LI, NULL), 400);
	ck_assert_int_eq(say("GET", "/v1/questions?study=NONE", LI, NULL), 200);
	IS("questions", "[]");
	gateway_end();
}
END_TEST

UNIT_MAIN("api_record", a_researcher_sees_their_own_questions_and_no_others,
	a_researcher_sees_what_is_asked_in_the_studies_a_site_names_them_in,
	a_study_that_one_wrote_oneself_into_shows_nothing,
	those_who_watch_see_all_of_it_and_only_the_auditor_whose,
	what_was_asked_comes_in_pages_whose_cost_is_bounded,
	the_auditor_reads_the_chain_newest_first,
	a_record_that_was_changed_breaks_the_chain_also_while_the_gateway_runs,
	a_long_chain_is_checked_a_part_at_a_time, the_list_of_questions_can_be_of_one_study)
