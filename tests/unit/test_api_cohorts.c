/*
 * test_api_cohorts.c - questions and cohorts in plain words, other people's formats, and kept questions, through a whole
 * gateway.
 */
#include "base/limits.h"
#include "gateway/shares.h"
#include "tests/unit/gateway.h"

#define CIRCLE_Q                                                                                   \
	"{\"study\":\"DM-2026-01\",\"kind\":\"count\",\"dataset\":\"omop\",\"group_by\":[\"sex\"]" \
	","                                                                                        \
	"\"cohort\":{\"all\":[{\"condition\":[201826]},{\"age\":{\"from\":18}}]},\"on\":\"2025-"   \
	"12-31\"}"

/* ---- read ---- */

START_TEST(a_question_is_given_in_the_spelling_that_is_signed)
{
	struct hash32 want = hash_of_question(CIRCLE_Q), got;
	char hash[HASH_TEXT];
	const char *canonical;

	gateway_begin("renmin");
	ck_assert_int_eq(say("POST", "/v1/questions/read", LI, "{\"question\":" CIRCLE_Q "}"), 200);
	IS("question", hash32_text(&want, hash));
	canonical = json_string_value(json_object_get(http.json, "canonical"));
	ck_assert_ptr_nonnull(canonical);
	got = sha256(canonical, strlen(canonical));
	ck_assert(hash32_equal(&want, &got));
	ck_assert_ptr_nonnull(strstr(of(http.json, "say.en"), "How many people, by \"sex\"."));
	ck_assert_ptr_nonnull(strstr(of(http.json, "say.zh"), "人数，分组：“sex”。"));
	ck_assert_ptr_nonnull(strstr(of(http.json, "say.en"), "201826"));
	IS("doubts", "[]");
	ck_assert_int_eq(
		say("POST", "/v1/questions/read", OPERA, "{\"question\":" CIRCLE_Q "}"), 403);
	gateway_end();
}
END_TEST

START_TEST(every_mistake_of_a_question_is_told_with_its_place)
{
	gateway_begin("renmin");
	ck_assert_int_eq(
		say("POST", "/v1/questions/read", LI,
			"{\"question\":{\"study\":\"S\",\"kind\":\"cuont\",\n\"dataset\":\"omop\","
			"\"cohort\":{\"all\":[{\"age\":{\"form\":18}}]}}}"),
		400);
	IS("errors.0.at", "question:1:33");
	ck_assert_ptr_nonnull(strstr(of(http.json, "errors.1.at"), "question:2:"));
	ck_assert_int_eq(
		say("POST", "/v1/questions/read", LI,
			"{\"question\":{\"study\":\"S\",\"kind\":\"count\",\"dataset\":\"omop\","
			"\"sites\":[\"renmim\"],\"cohort\":{\"all\":[{\"age\":{\"from\":18}}]},"
			"\"on\":\"2025-12-31\"}}"),
		400);
	IS("code", "Q150");
	gateway_end();
}
END_TEST

START_TEST(a_question_is_read_as_people_write_it_and_given_back_as_it_was_written)
{
	struct hash32 want = hash_of_question(CIRCLE_Q);
	char hash[HASH_TEXT];

	gateway_begin("renmin");
	ck_assert_int_eq(
		say("POST", "/v1/questions/read", LI,
			"{\"text\":\"# mine\\nstudy: DM-2026-01\\nkind: count\\ndataset: omop\\n"
			"group_by: [sex]\\non: 2025-12-31\\nsites: [renmin]\\nsets: {d: "
			"[201826]}\\n"
			"cohort:\\n  all:\\n    - {condition: [set:d]}\\n    - age: {from: "
			"18}\\n\"}"),
		200);
	IS("question", hash32_text(&want, hash));
	IS("written.sets.d.0", "201826");
	IS("written.cohort.all.0.condition.0", "set:d");
	IS("written.sites.0", "renmin");
	ck_assert_int_eq(say("POST", "/v1/questions/read", LI, "{\"question\":" CIRCLE_Q "}"), 200);
	ck_assert_ptr_null(json_object_get(http.json, "written"));
	ck_assert_int_eq(say("POST", "/v1/questions/read", LI,
				 "{\"text\":\"study: S\\nkind: count\\ndataset: omop\\ncohort:\\n  "
				 "al: [{visit: any}]\\n\"}"),
		400);
	IS("at", "question:5:3");
	ck_assert_int_eq(say("POST", "/v1/questions/read", LI, "{\"text\":\"study：S\\n\"}"), 400);
	ck_assert_int_eq(say("POST", "/v1/questions/read", LI, "{}"), 400);
	ck_assert_int_eq(say("POST", "/v1/questions/read", LI,
				 "{\"text\":\"study: S\",\"question\":" CIRCLE_Q "}"),
		400);
	gateway_end();
}
END_TEST

START_TEST(a_cohort_that_cannot_be_meant_is_doubted)
{
	gateway_begin("renmin");
	ck_assert_int_eq(
		say("POST", "/v1/cohorts/read", LI,
			"{\"cohort\":{\"all\":[{\"age\":{\"from\":60}},{\"age\":{\"to\":18}}]},"
			"\"on\":\"2025-12-31\"}"),
		200);
	ck_assert_str_ne(of(http.json, "doubts.0.say.zh"), "");
	ck_assert_ptr_nonnull(strstr(of(http.json, "doubts.0.at"), "cohort:1:"));
	ck_assert_str_ne(of(http.json, "say.en"), "");
	ck_assert_ptr_nonnull(json_object_get(json_object_get(http.json, "cohort"), "all"));
	gateway_end();
}
END_TEST

START_TEST(a_cohorts_sets_are_read_away)
{
	gateway_begin("renmin");
	ck_assert_int_eq(say("POST", "/v1/cohorts/read", LI,
				 "{\"sets\":{\"d\":[201826]},\"cohort\":{\"all\":[{\"condition\":["
				 "\"set:d\"]}]}}"),
		200);
	IS("cohort", "{\"all\":[{\"condition\":[\"201826\"]}]}");
	ck_assert_int_eq(
		say("POST", "/v1/cohorts/read", LI, "{\"cohort\":{\"all\":[{\"x\":1}]}}"), 400);
	ck_assert_int_eq(
		say("POST", "/v1/cohorts/read", LI, "{\"study\":\"x\",\"cohort\":{}}"), 400);
	gateway_end();
}
END_TEST

START_TEST(the_bytes_behind_a_questions_hash_are_its_owners_and_the_auditors)
{
	struct hash32 want = hash_of_question(CIRCLE_Q), got;

	gateway_begin("renmin");
	fake_up("renmin");
	li_asks(CIRCLE_Q, 0);
	ck_assert_int_eq(say("GET", path_of(asked_id, "/canonical"), LI, NULL), 200);
	got = sha256(http.body, strlen(http.body));
	ck_assert(hash32_equal(&want, &got));
	ck_assert_int_eq(say("GET", path_of(asked_id, "/canonical"), AUDIT, NULL), 200);
	ck_assert_int_eq(say("GET", path_of(asked_id, "/canonical"), WANG, NULL), 404);
	ck_assert_int_eq(say("GET", path_of("q-none", "/canonical"), WANG, NULL), 404);
	gateway_end();
}
END_TEST

/* ---- convert ---- */

#define CIRCE(more)                                                                                \
	"{\"ConceptSets\":[{\"id\":0,\"name\":\"a\",\"expression\":{\"items\":[{\"concept\":{"     \
	"\"CONCEPT_ID\":201826},\"includeDescendants\":true}]}}],\"PrimaryCriteria\":{"            \
	"\"CriteriaList\":[{\"ConditionOccurrence\":{\"CodesetId\":0" more "}}],"                  \
	"\"ObservationWindow\":{\"PriorDays\":0,\"PostDays\":0},\"PrimaryCriteriaLimit\":{"        \
	"\"Type\":\"First\"}},"                                                                    \
	"\"QualifiedLimit\":{\"Type\":\"First\"},\"ExpressionLimit\":{\"Type\":\"First\"},"        \
	"\"InclusionRules\":[],\"CollapseSettings\":{\"CollapseType\":\"ERA\",\"EraPad\":0}}"

START_TEST(a_definition_of_atlas_becomes_a_cohort_or_says_why_not)
{
	gateway_begin("renmin");
	ck_assert_int_eq(say("POST", "/v1/cohorts/convert", LI, CIRCE("")), 200);
	IS("from", "circe");
	ck_assert_ptr_nonnull(strstr(of(http.json, "cohort"), "201826+"));
	ck_assert_ptr_nonnull(strstr(of(http.json, "say.en"), "201826"));
	ck_assert_int_eq(say("POST", "/v1/cohorts/convert", LI, CIRCE(",\"Colour\":1")), 200);
	IS("cohort", "null");
	IS("say", "null");
	ck_assert_ptr_nonnull(strstr(http.body, "{\"level\":\"refused\",\"code\":\"V"));
	ck_assert_ptr_nonnull(
		strstr(http.body, "\"at\":\"PrimaryCriteria.CriteriaList[0].ConditionOccurrence"));
	gateway_end();
}
END_TEST

START_TEST(what_is_no_definition_is_refused)
{
	static char large[600 << 10];

	gateway_begin("renmin");
	ck_assert_int_eq(say("POST", "/v1/cohorts/convert", LI, "study: x"), 400);
	ck_assert_int_eq(say("POST", "/v1/cohorts/convert", LI, ""), 400);
	ck_assert_int_eq(say("POST", "/v1/cohorts/convert?on=today", LI, CIRCE("")), 400);
	ck_assert_int_eq(say("POST", "/v1/cohorts/convert", LI, "<query_definition"), 200);
	IS("from", "i2b2");
	IS("report.0.level", "refused");
	ck_assert_ptr_nonnull(strstr(of(http.json, "report.0.at"), "definition:1:"));
	ck_assert_int_eq(say("POST", "/v1/cohorts/convert", LI,
				 "<!DOCTYPE a [<!ENTITY x SYSTEM "
				 "\"file:///etc/passwd\">]><query_definition>&x;"
				 "</query_definition>"),
		200);
	IS("cohort", "null");
	memset(large, ' ', sizeof(large) - 1);
	ck_assert_int_eq(say("POST", "/v1/cohorts/convert", LI, large), 413);
	gateway_end();
}
END_TEST

/* ---- kept ---- */

static char kept_id[MAX_ID + 1];

static void li_keeps(const char *name)
{
	char body[2000];

	snprintf(body, sizeof(body), "{\"name\":\"%s\",\"question\":" CIRCLE_Q "}", name);
	ck_assert_msg(say("POST", "/v1/cohorts", LI, body) == 201, "%s", http.body);
	snprintf(kept_id, sizeof(kept_id), "%s", of(http.json, "id"));
}

static const char *kept_path(const char *id)
{
	static char path[200];

	snprintf(path, sizeof(path), "/v1/cohorts/%s", id);
	return path;
}

START_TEST(what_somebody_keeps_is_there_again_as_it_was_written)
{
	gateway_begin("renmin");
	li_keeps("糖尿病 \\\"2\\\"");
	ck_assert_ptr_nonnull(strstr(text_str(&http.in), "Location: /v1/cohorts/c-"));
	gateway_down();
	gateway_start();
	ck_assert_int_eq(say("GET", kept_path(kept_id), LI, NULL), 200);
	IS("name", "糖尿病 \"2\"");
	IS("question", CIRCLE_Q);
	ck_assert_int_eq(say("GET", "/v1/cohorts", LI, NULL), 200);
	IS("cohorts.0.id", kept_id);
	IS("next", "");
	ck_assert_int_eq(say("DELETE", kept_path(kept_id), LI, NULL), 204);
	ck_assert_int_eq(say("DELETE", kept_path(kept_id), LI, NULL), 404);
	ck_assert_int_eq(say("GET", kept_path(kept_id), LI, NULL), 404);
	gateway_end();
}
END_TEST

START_TEST(nobody_else_finds_what_somebody_keeps)
{
	char none[2000];

	gateway_begin("renmin");
	li_keeps("mine");
	ck_assert_int_eq(say("GET", kept_path("c-00000000000000000000"), WANG, NULL), 404);
	snprintf(none, sizeof(none), "%s", http.body);
	ck_assert_int_eq(say("GET", kept_path(kept_id), WANG, NULL), 404);
	ck_assert_str_eq(http.body, none);
	ck_assert_int_eq(say("DELETE", kept_path(kept_id), WANG, NULL), 404);
	ck_assert_str_eq(http.body, none);
	ck_assert_int_eq(say("GET", "/v1/cohorts", WANG, NULL), 200);
	IS("cohorts", "[]");
	/* nor by a cursor */
	snprintf(none, sizeof(none), "/v1/cohorts?before=%s", kept_id);
	ck_assert_int_eq(say("GET", none, WANG, NULL), 400);
	ck_assert_int_eq(say("GET", kept_path(kept_id), AUDIT, NULL), 403);
	ck_assert_int_eq(say("GET", kept_path(kept_id), LI, NULL), 200);
	gateway_end();
}
END_TEST

START_TEST(only_questions_with_a_name_are_kept)
{
	static const char *const bad[] = { "{\"name\":\"x\",\"question\":{\"study\":\"S\"}}",
		"{\"name\":\"\",\"question\":" CIRCLE_Q "}",
		"{\"name\":\"a\\nb\",\"question\":" CIRCLE_Q "}", "{\"question\":" CIRCLE_Q "}",
		"{\"name\":\"x\",\"question\":null}",
		"{\"name\":\"x\\u202e\",\"question\":" CIRCLE_Q "}", "[]" };

	gateway_begin("renmin");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(say("POST", "/v1/cohorts", LI, bad[i]) == 400, "%s: %d", bad[i],
			http.status);
		ck_assert_str_ne(of(http.json, "errors.0.say.zh"), "");
	}
	ck_assert_int_eq(say("GET", "/v1/cohorts", LI, NULL), 200);
	IS("cohorts", "[]");
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

START_TEST(one_account_keeps_at_most_five_hundred_in_pages)
{
	char path[200];

	gateway_begin("renmin");
	in_store("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<499) INSERT "
		 "INTO "
		 "kept(id,account,name,kept_ms,bytes,question) SELECT 'c-'||i,'" LI_IS
		 "','n',0,2,x'7b7d' FROM n");
	li_keeps("the last");
	ck_assert_int_eq(
		say("POST", "/v1/cohorts", LI, "{\"name\":\"x\",\"question\":" CIRCLE_Q "}"), 409);
	ck_assert_int_eq(
		say("POST", "/v1/cohorts", WANG, "{\"name\":\"x\",\"question\":" CIRCLE_Q "}"),
		201);
	ck_assert_int_eq(say("GET", "/v1/cohorts?limit=2", LI, NULL), 200);
	IS("cohorts.0.id", kept_id);
	IS("next", "c-499");
	snprintf(path, sizeof(path), "/v1/cohorts?limit=500&before=%s", of(http.json, "next"));
	ck_assert_int_eq(say("GET", path, LI, NULL), 200);
	IS("cohorts.0.id", "c-498");
	ck_assert_uint_eq(json_array_size(json_object_get(http.json, "cohorts")), 498);
	IS("next", "");
	/* and no more bytes than the bound */
	in_store("DELETE FROM kept WHERE id LIKE 'c-1%'; UPDATE kept SET bytes=4194304 WHERE "
		 "id='c-2'");
	ck_assert_int_eq(
		say("POST", "/v1/cohorts", LI, "{\"name\":\"x\",\"question\":" CIRCLE_Q "}"), 409);
	gateway_end();
}
END_TEST

START_TEST(an_account_that_keeps_the_gateway_busy_is_put_off_and_no_other)
{
	struct shares *s = calloc(1, sizeof(*s));
	unsigned wait_s = 0;

	ck_assert(shares_may(s, LI_IS, 1000, &wait_s));
	shares_took(s, LI_IS, SHARE_BURST_MS * 1000);
	ck_assert(shares_may(s, LI_IS, 1000, &wait_s));
	shares_took(s, LI_IS, 500000);
	ck_assert(!shares_may(s, LI_IS, 1000, &wait_s));
	ck_assert_uint_eq(wait_s, 2);
	ck_assert(shares_may(s, "wang@uni.example", 1000, &wait_s));
	ck_assert(!shares_may(s, LI_IS, 2999, &wait_s));
	ck_assert(shares_may(s, LI_IS, 3000, &wait_s));
	/* rest gives back all of it, and no more than that */
	ck_assert(shares_may(s, LI_IS, 1000000, &wait_s));
	shares_took(s, LI_IS, SHARE_BURST_MS * 1000 + 1);
	ck_assert(!shares_may(s, LI_IS, 1000000, &wait_s));
	free(s);
}
END_TEST

UNIT_MAIN("api_cohorts", a_question_is_given_in_the_spelling_that_is_signed,
	every_mistake_of_a_question_is_told_with_its_place,
	a_question_is_read_as_people_write_it_and_given_back_as_it_was_written,
	a_cohort_that_cannot_be_meant_is_doubted, a_cohorts_sets_are_read_away,
	the_bytes_behind_a_questions_hash_are_its_owners_and_the_auditors,
	a_definition_of_atlas_becomes_a_cohort_or_says_why_not, what_is_no_definition_is_refused,
	what_somebody_keeps_is_there_again_as_it_was_written, nobody_else_finds_what_somebody_keeps,
	only_questions_with_a_name_are_kept, one_account_keeps_at_most_five_hundred_in_pages,
	an_account_that_keeps_the_gateway_busy_is_put_off_and_no_other)
