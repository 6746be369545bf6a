/*
 * test_api.c - the gateway as people use it: who may come in, asking, prices, history.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "gateway/quote.h"
#include "tests/unit/gateway.h"

/* ---- who may come in ---- */

START_TEST(without_a_token_nothing_but_health_is_served)
{
	gateway_begin("renmin");
	ck_assert_int_eq(say("GET", "/v1/sites", NULL, NULL), 401);
	ck_assert_ptr_nonnull(strstr(text_str(&http.in), "WWW-Authenticate: Bearer"));
	ck_assert_ptr_nonnull(strstr(text_str(&http.in), "application/problem+json"));
	IS("status", "401");
	ck_assert_str_ne(of(http.json, "say.zh"), "");
	ck_assert_int_eq(say("GET", "/v1/sites", "token-of-nobody", NULL), 401);
	ck_assert_int_eq(say("GET", "/healthz", NULL, NULL), 200);
	IS("status", "ok");
	ck_assert_int_eq(say("GET", "/readyz", NULL, NULL), 200);
	gateway_end();
}
END_TEST

START_TEST(a_role_may_do_what_the_table_says_and_no_more)
{
	gateway_begin("renmin");
	ck_assert_int_eq(say("POST", "/v1/questions", AUDIT, "{}"), 403);
	ck_assert_int_eq(say("POST", "/v1/sites/renmin/readmit", LI, ""), 403);
	ck_assert_int_eq(say("GET", "/v1/questions", OPERA, NULL), 403);
	ck_assert_int_eq(say("GET", "/v1/me", OPERA, NULL), 200);
	IS("account", "ops@demo.example");
	IS("role", "operator");
	gateway_end();
}
END_TEST

START_TEST(unknown_paths_and_methods_have_their_own_answers)
{
	gateway_begin("renmin");
	ck_assert_int_eq(say("GET", "/v1/nothing", LI, NULL), 404);
	ck_assert_int_eq(say("GET", "/v1/questions/..%2f..%2fetc%2fpasswd", LI, NULL), 404);
	ck_assert_int_eq(say("GET", "/v1/questions/q-1/events/more", LI, NULL), 404);
	ck_assert_int_eq(say("PUT", "/v1/sites", LI, NULL), 405);
	ck_assert_ptr_nonnull(strstr(text_str(&http.in), "Allow: GET"));
	ck_assert_int_eq(say("DELETE", "/healthz", LI, NULL), 405);
	gateway_end();
}
END_TEST

START_TEST(every_reply_has_the_security_headers)
{
	static const char *const want[] = { "Cache-Control: no-store",
		"X-Content-Type-Options: nosniff", "Content-Security-Policy: default-src 'none'",
		"Strict-Transport-Security: max-age=", "Referrer-Policy: no-referrer" };

	gateway_begin("renmin");
	ck_assert_int_eq(say("GET", "/v1/me", LI, NULL), 200);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		ck_assert_msg(strstr(text_str(&http.in), want[i]) != NULL, "%s", want[i]);
	gateway_end();
}
END_TEST

/* ---- asking ---- */

START_TEST(two_hospitals_answer_and_the_total_is_their_sum)
{
	struct fake *r, *x;

	gateway_begin("renmin,xiehe");
	r = fake_up("renmin");
	x = fake_up("xiehe");
	x->value = 583;
	li_asks(ANY_Q, 0);
	IS("study", "DM-2026-01");
	ck_assert_ptr_nonnull(strstr(text_str(&http.in), "Location: /v1/questions/q-"));
	ck_assert_uint_eq(strlen(asked_id), 22);
	wait_for_end(asked_id, 30000);
	IS("state", "complete");
	IS("asked_by", LI_IS);
	ck_assert_ptr_nonnull(strstr(http.body, "\"confidence\":0.95,"));
	IS("total.cells.0.value", "1000");
	IS("total.cells.0.sites", "[\"renmin\",\"xiehe\"]");
	IS("sites.0.state", "answered");
	IS("sites.0.cells.0.value", "417");
	IS("sites.0.cells.0.interval", "[408,426]");
	IS("sites.0.noise", "{\"kind\":\"discrete-gaussian\",\"variance\":21}");
	IS("sites.0.policy.version", "7");
	IS("sites.0.accounts.0.cost", "0.0239");
	IS("sites.0.accounts.0.left", "0.4761");
	IS("sites.1.cells.0.value", "583");
	ck_assert_uint_le(r->deadline_ms, 60000);
	ck_assert(turn(&r->acked, 30000));
	ck_assert(turn(&x->acked, 30000));
	ck_assert_int_eq(say("GET", path_of(asked_id, ""), LI, NULL), 200);
	gateway_end();
}
END_TEST

START_TEST(refused_failed_and_below_threshold_never_look_alike)
{
	struct fake *r, *x, *h;

	gateway_begin("renmin,xiehe,huashan");
	r = fake_up("renmin");
	x = fake_up("xiehe");
	h = fake_up("huashan");
	r->does = FAKE_REFUSES;
	x->does = FAKE_FAILS;
	h->value = CELL_SUPPRESSED;
	li_asks(ANY_Q, 0);
	wait_for_end(asked_id, 30000);
	IS("state", "partial");
	IS("sites.0.state", "refused");
	IS("sites.0.rule", "study:DM-2026-01.may_use");
	IS("sites.0.say.zh", "该研究不可使用此项");
	IS("sites.1.state", "failed");
	IS("sites.2.state", "suppressed");
	IS("sites.2.cells.0.state", "suppressed");
	IS("sites.2.cells.0.threshold", "10");
	IS("sites.2.cells.0.value", "");
	IS("total.cells.0.state", "suppressed");
	IS("total.cells.0.sites", "[]");
	gateway_end();
}
END_TEST

START_TEST(a_recalled_answer_is_named_so_and_counts)
{
	gateway_begin("renmin");
	fake_up("renmin")->recalled = true;
	li_asks(ANY_Q, 0);
	wait_for_end(asked_id, 30000);
	IS("state", "complete");
	IS("sites.0.state", "recalled");
	IS("sites.0.recalled", "true");
	gateway_end();
}
END_TEST

START_TEST(a_hospital_with_other_labels_has_absent_cells)
{
	struct fake *r, *x;

	gateway_begin("renmin,xiehe");
	r = fake_up("renmin");
	x = fake_up("xiehe");
	r->group = x->group = "sex";
	r->labels[0] = "男";
	r->labels[1] = "女";
	x->labels[0] = "女";
	li_asks("{\"study\":\"DM-2026-01\",\"kind\":\"count\",\"dataset\":\"omop\",\"group_by\":["
		"\"sex\"],"
		"\"cohort\":{\"all\":[{\"age\":{\"from\":18}}]},\"on\":\"2025-12-31\"}",
		0);
	wait_for_end(asked_id, 30000);
	IS("groups", "[{\"name\":\"sex\",\"labels\":[\"男\",\"女\"]}]");
	IS("total.cells.0.group.sex", "男");
	IS("total.cells.0.value", "417");
	IS("total.cells.0.sites", "[\"renmin\"]");
	IS("total.cells.1.value", "834");
	IS("sites.1.cells.0.state", "absent");
	IS("sites.1.cells.1.value", "417");
	gateway_end();
}
END_TEST

START_TEST(a_question_to_named_sites_asks_only_them)
{
	struct fake *r, *x;

	gateway_begin("renmin,xiehe");
	r = fake_up("renmin");
	x = fake_up("xiehe");
	li_asks("{\"study\":\"DM-2026-01\",\"kind\":\"count\",\"dataset\":\"omop\",\"sites\":["
		"\"xiehe\"],"
		"\"cohort\":{\"all\":[{\"age\":{\"from\":18}}]},\"on\":\"2025-12-31\"}",
		0);
	wait_for_end(asked_id, 30000);
	IS("state", "complete");
	IS("sites.0.site", "xiehe");
	IS("sites.1.site", "");
	ck_assert_int_eq(r->asked, 0);
	ck_assert_int_eq(x->asked, 1);
	gateway_end();
}
END_TEST

/* ---- what is refused ---- */

START_TEST(an_unknown_site_is_refused_with_the_nearest_name)
{
	gateway_begin("renmin");
	ck_assert_int_eq(
		say("POST", "/v1/questions", LI,
			signed_by("li", LI_IS,
				"{\"study\":\"DM-2026-01\",\"kind\":\"count\",\"dataset\":\"omop\","
				"\"sites\":[\"renmim\"],\"cohort\":{\"all\":[{\"age\":{\"from\":18}"
				"}]},"
				"\"on\":\"2025-12-31\"}",
				0)),
		400);
	IS("code", "Q150");
	ck_assert_ptr_nonnull(strstr(of(http.json, "detail"), "did you mean 'renmin'"));
	ck_assert_ptr_nonnull(strstr(of(http.json, "at"), "question:1:"));
	gateway_end();
}
END_TEST

START_TEST(what_is_no_question_gets_a_problem_with_its_place)
{
	static const char *const bad[] = { "", "{", "[]", "{\"question\":{}}",
		"{\"question\":{\"study\":\"\\ud83d\"}}", "{\"a\":1,\"a\":1}", "\xff\xfe",
		"{\"question\": {}, \"certificate\": \"\", \"signature\": \"\", \"asked_ms\": -1}",
		"question: {study: x}", "{\"question\":{\"study\":\"X\",\"knid\":\"count\"}}",
		"null", "7" };

	gateway_begin("renmin");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(say("POST", "/v1/questions", LI, bad[i]) == 400, "%s: %d %s", bad[i],
			http.status, http.body);
		ck_assert_str_ne(of(http.json, "say.en"), "");
		ck_assert_str_ne(of(http.json, "say.zh"), "");
		ck_assert_str_ne(of(http.json, "code"), "");
	}
	ck_assert_int_eq(say("GET", "/v1/questions", LI, NULL), 200);
	IS("questions", "[]");
	gateway_end();
}
END_TEST

START_TEST(nobody_asks_in_another_persons_name)
{
	const char *body;
	char *changed, *at;

	gateway_begin("renmin");
	fake_up("renmin");
	/* another person's certificate and signature with this token */
	ck_assert_int_eq(
		say("POST", "/v1/questions", LI, signed_by("wang", "wang@uni.example", ANY_Q, 0)),
		403);
	/* one's own certificate, a signature for another name */
	ck_assert_int_eq(
		say("POST", "/v1/questions", LI, signed_by("li", "wang@uni.example", ANY_Q, 0)),
		403);
	/* a site's certificate */
	fed_issue("fake-li", "site", "li@renmin.example", NULL);
	ck_assert_int_eq(
		say("POST", "/v1/questions", LI, signed_by("fake-li", LI_IS, ANY_Q, 0)), 403);
	/* a foreign one */
	X509_free(fed_issue_at("foreign-li", "person", LI_IS, NULL, time(NULL), 30, 1));
	ck_assert_int_eq(
		say("POST", "/v1/questions", LI, signed_by("foreign-li", LI_IS, ANY_Q, 0)), 403);
	/* an expired one */
	X509_free(fed_issue_at("old-li", "person", LI_IS, NULL, time(NULL) - 10 * DAY, 3, 0));
	ck_assert_int_eq(
		say("POST", "/v1/questions", LI, signed_by("old-li", LI_IS, ANY_Q, 0)), 403);
	/* the question changed after it was signed */
	body = signed_by("li", LI_IS, ANY_Q, 0);
	changed = strdup(body);
	at = strstr(changed, "\"from\":18");
	memcpy(at, "\"from\":19", 9);
	ck_assert_int_eq(say("POST", "/v1/questions", LI, changed), 403);
	free(changed);
	ck_assert_int_eq(fakes[0].asked, 0);
	ck_assert_int_eq(audited("question.denied"), 6);
	ck_assert_int_eq(audited("question.asked"), 0);
	gateway_end();
}
END_TEST

START_TEST(a_revoked_person_is_refused_without_a_restart)
{
	X509 *cert;
	char serial[64], line[80];

	gateway_begin("renmin");
	fake_up("renmin");
	cert = fed_issue_at("li", "person", LI_IS, NULL, time(NULL), 30, 0);
	li_asks(ANY_Q, 0);
	snprintf(line, sizeof(line), "%s\n# more\n", fed_serial(cert, serial));
	fed_write("revoked", ".txt", line, 0600);
	ck_assert_int_eq(say("POST", "/v1/questions", LI, signed_by("li", LI_IS, ANY_Q, 0)), 403);
	X509_free(cert);
	gateway_end();
}
END_TEST

/* ---- prices, history, repeats, rates ---- */

START_TEST(a_price_comes_from_those_on_the_line_and_spends_nothing)
{
	struct fake *r;

	gateway_begin("renmin,xiehe,huashan");
	r = fake_up("renmin");
	fake_up("huashan")->does = FAKE_IS_SILENT;
	ck_assert_int_eq(say("POST", "/v1/questions/price", LI, "{\"question\":" ANY_Q "}"), 200);
	IS("sites.0.state", "answered");
	IS("sites.0.allowed", "true");
	IS("sites.0.accounts.0.left", "0.5");
	IS("sites.1.state", "offline");
	IS("sites.2.state", "timed-out");
	ck_assert_int_eq(r->asked, 0);
	ck_assert_int_eq(say("GET", "/v1/questions", LI, NULL), 200);
	IS("questions", "[]");
	gateway_end();
}
END_TEST

START_TEST(an_earlier_question_that_a_hospital_names_is_told_in_both_languages)
{
	struct fake *r;

	gateway_begin("renmin,xiehe");
	r = fake_up("renmin");
	fake_up("xiehe");
	r->similar = true;
	ck_assert_int_eq(say("POST", "/v1/questions/price", LI, "{\"question\":" ANY_Q "}"), 200);
	IS("sites.0.similar.0.id", "q-0");
	IS("sites.0.similar.0.differs.0.say.en",
		"changed: list of codes, 1 more (cohort.all[0].condition)");
	IS("sites.1.similar", "");
	li_asks(ANY_Q, 0);
	wait_for_end(asked_id, 30000);
	IS("sites.0.similar.0.differs.0.what", "codes");
	IS("sites.0.similar.0.differs.0.how", "other");
	IS("sites.0.similar.0.differs.0.path", "cohort.all[0].condition");
	IS("sites.0.similar.0.differs.0.say.zh",
		"代码列表改变，增加 1 个（cohort.all[0].condition）");
	IS("sites.0.similar.0.together",
		"{\"rho\":\"0.04762\",\"epsilon\":\"1.44\",\"delta\":\"0.000001\"}");
	IS("sites.1.similar", "");
	gateway_end();
}
END_TEST

START_TEST(a_budget_names_one_study)
{
	gateway_begin("renmin");
	fake_up("renmin");
	ck_assert_int_eq(say("GET", "/v1/budget", LI, NULL), 400);
	ck_assert_int_eq(say("GET", "/v1/budget?study=a%20b", LI, NULL), 400);
	ck_assert_int_eq(say("GET", "/v1/budget?study=A&study=B", LI, NULL), 400);
	ck_assert_int_eq(say("GET", "/v1/budget?study=DM-2026-01", LI, NULL), 200);
	IS("sites.0.accounts.0.account", "study:DM-2026-01");
	gateway_end();
}
END_TEST

START_TEST(a_client_that_leaves_while_a_price_is_asked_harms_nobody)
{
	gateway_begin("renmin");
	fake_up("renmin")->does = FAKE_IS_SILENT;
	http_dial(&http);
	http_send(&http, "POST", "/v1/questions/price", LI, "{\"question\":" ANY_Q "}");
	ck_assert(turn(&fakes[0].quoted, 30000));
	http_close(&http);
	turn(NULL, 100);
	ck_assert_int_eq(say("GET", "/v1/me", LI, NULL), 200);
	/* and one that is still there when the gateway stops hears what is known */
	http_dial(&http2);
	fakes[0].quoted = 0;
	http_send(&http2, "POST", "/v1/questions/price", LI, "{\"question\":" ANY_Q "}");
	ck_assert(turn(&fakes[0].quoted, 30000));
	gateway_end();
}
END_TEST

START_TEST(one_account_cannot_keep_prices_from_the_others)
{
	static struct http_side sides[MAX_QUOTES_PERSON];

	gateway_begin("renmin");
	fake_up("renmin")->does = FAKE_IS_SILENT;
	for (size_t i = 0; i < MAX_QUOTES_PERSON; i++) {
		fakes[0].quoted = 0;
		http_dial(&sides[i]);
		http_send(&sides[i], "POST", "/v1/questions/price", LI, "{\"question\":" ANY_Q "}");
		ck_assert(turn(&fakes[0].quoted, 30000));
	}
	ck_assert_int_eq(say("POST", "/v1/questions/price", LI, "{\"question\":" ANY_Q "}"), 429);
	ck_assert_int_eq(say("POST", "/v1/questions/price", WANG, "{\"question\":" ANY_Q "}"), 200);
	gateway_end();
}
END_TEST

START_TEST(history_is_ones_own_newest_first_in_pages)
{
	char ids[3][MAX_ID + 1], path[200];

	gateway_begin("renmin");
	fake_up("renmin");
	for (int i = 0; i < 3; i++) {
		li_asks(ANY_Q, 0);
		memcpy(ids[i], asked_id, sizeof(ids[i]));
		wait_for_end(asked_id, 30000);
	}
	ck_assert_int_eq(say("GET", "/v1/questions?limit=2", LI, NULL), 200);
	IS("questions.0.id", ids[2]);
	IS("questions.0.state", "complete");
	IS("questions.0.sites", "1");
	IS("questions.0.answered", "1");
	IS("questions.1.id", ids[1]);
	IS("next", ids[1]);
	snprintf(path, sizeof(path), "/v1/questions?limit=2&before=%s", ids[1]);
	ck_assert_int_eq(say("GET", path, LI, NULL), 200);
	IS("questions.0.id", ids[0]);
	IS("questions.1", "");
	IS("next", "");
	/* not wang's, but the auditor's */
	ck_assert_int_eq(say("GET", "/v1/questions", WANG, NULL), 200);
	IS("questions", "[]");
	ck_assert_int_eq(say("GET", path_of(ids[0], ""), WANG, NULL), 404);
	ck_assert_int_eq(say("GET", path_of(ids[0], "/events"), WANG, NULL), 404);
	/* the record of a sum: whoever may read the answer; here there is no sum */
	ck_assert_int_eq(say("GET", path_of(ids[0], "/transcript"), WANG, NULL), 404);
	ck_assert_int_eq(say("GET", path_of(ids[0], "/transcript"), OPERA, NULL), 403);
	ck_assert_int_eq(say("GET", path_of(ids[0], "/transcript"), NULL, NULL), 401);
	ck_assert_int_eq(say("GET", path_of(ids[0], "/transcript"), LI, NULL), 404);
	IS("say.en", "there is no secure sum of this question");
	ck_assert_int_eq(say("GET", path_of(ids[0], "/transcript"), AUDIT, NULL), 404);
	IS("say.en", "there is no secure sum of this question");
	ck_assert_int_eq(say("GET", "/v1/questions", AUDIT, NULL), 200);
	IS("questions.2.id", ids[0]);
	ck_assert_int_eq(say("GET", path_of(ids[0], ""), AUDIT, NULL), 200);
	ck_assert_int_eq(say("GET", "/v1/questions?limit=0", LI, NULL), 400);
	ck_assert_int_eq(say("GET", "/v1/questions?limit=x", LI, NULL), 400);
	ck_assert_int_eq(say("GET", "/v1/questions?before=q-none", LI, NULL), 400);
	gateway_end();
}
END_TEST

START_TEST(a_repeated_post_with_its_key_asks_once)
{
	char *body, first[MAX_ID + 1];
	struct fake *r;

	gateway_begin("renmin");
	r = fake_up("renmin");
	snprintf(more_headers, sizeof(more_headers), "Idempotency-Key: abc\r\n");
	body = strdup(signed_by("li", LI_IS, ANY_Q, 0));
	ck_assert_int_eq(say("POST", "/v1/questions", LI, body), 202);
	snprintf(first, sizeof(first), "%s", of(http.json, "id"));
	ck_assert_int_eq(say("POST", "/v1/questions", LI, body), 202);
	IS("id", first);
	ck_assert_ptr_nonnull(strstr(text_str(&http.in), "Location: /v1/questions/q-"));
	/* the same key for another body, and for another person */
	ck_assert_int_eq(say("POST", "/v1/questions", LI, signed_by("li", LI_IS, ANY_Q, 700)), 409);
	ck_assert_int_eq(
		say("POST", "/v1/questions", WANG, signed_by("wang", "wang@uni.example", ANY_Q, 0)),
		202);
	snprintf(more_headers, sizeof(more_headers), "Idempotency-Key: \r\n");
	ck_assert_int_eq(say("POST", "/v1/questions", LI, body), 400);
	more_headers[0] = '\0';
	turn(NULL, 50);
	ck_assert_int_eq(r->asked, 2);
	free(body);
	gateway_end();
}
END_TEST

/* In place of the library's: beside the loop the disk takes its time. */
static atomic_bool disk_waits;
static pthread_t loop_thread;

int fdatasync(int fd)
{
	while (disk_waits && !pthread_equal(pthread_self(), loop_thread))
		usleep(1000);
	return fsync(fd);
}

START_TEST(a_post_repeated_while_the_first_is_on_its_way_to_the_disk_waits_with_it)
{
	char *body, first[MAX_ID + 1];
	struct fake *r;

	gateway_begin("renmin");
	r = fake_up("renmin");
	snprintf(more_headers, sizeof(more_headers), "Idempotency-Key: abc\r\n");
	body = strdup(signed_by("li", LI_IS, ANY_Q, 0));
	http_dial(&http2);
	http_dial(&http);
	loop_thread = pthread_self();
	disk_waits = true;
	http_send(&http2, "POST", "/v1/questions", LI, body);
	turn(NULL, 100);
	ck_assert_int_eq(http2.whole, 0); /* nobody hears of it yet, and the loop turns */
	/* the key stands for another body already */
	ck_assert_int_eq(say("POST", "/v1/questions", LI, signed_by("li", LI_IS, ANY_Q, 700)), 409);
	http_dial(&http);
	http_send(&http, "POST", "/v1/questions", LI, body);
	turn(NULL, 100);
	ck_assert_int_eq(http.whole + http2.whole, 0);
	disk_waits = false;
	ck_assert(turn(&http.whole, 30000) && turn(&http2.whole, 30000));
	ck_assert_int_eq(http.status, 202);
	ck_assert_int_eq(http2.status, 202);
	snprintf(first, sizeof(first), "%s", of(http.json, "id"));
	ck_assert_str_eq(of(http2.json, "id"), first);
	more_headers[0] = '\0';
	turn(NULL, 50);
	ck_assert_int_eq(r->asked, 1);
	free(body);
	gateway_end();
}
END_TEST

START_TEST(too_many_questions_in_a_minute_are_put_off)
{
	snprintf(yaml_more, sizeof(yaml_more), "rate: 2\n");
	gateway_begin("renmin");
	yaml_more[0] = '\0';
	fake_up("renmin");
	li_asks(ANY_Q, 0);
	li_asks(ANY_Q, 0);
	ck_assert_int_eq(say("POST", "/v1/questions", LI, "{}"), 429);
	ck_assert_ptr_nonnull(strstr(text_str(&http.in), "Retry-After: 30"));
	ck_assert_int_eq(
		say("POST", "/v1/questions", WANG, signed_by("wang", "wang@uni.example", ANY_Q, 0)),
		202);
	gateway_end();
}
END_TEST

START_TEST(prices_count_as_questions_do)
{
	snprintf(yaml_more, sizeof(yaml_more), "rate: 2\n");
	gateway_begin("renmin");
	yaml_more[0] = '\0';
	fake_up("renmin");
	ck_assert_int_eq(say("POST", "/v1/questions/price", LI, "{\"question\":" ANY_Q "}"), 200);
	ck_assert_int_eq(say("POST", "/v1/questions/price", LI, "no question"), 400);
	fakes[0].quoted = 0;
	ck_assert_int_eq(say("POST", "/v1/questions/price", LI, "{\"question\":" ANY_Q "}"), 429);
	ck_assert_ptr_nonnull(strstr(text_str(&http.in), "Retry-After: 30"));
	ck_assert_int_eq(fakes[0].quoted, 0);
	ck_assert_int_eq(say("POST", "/v1/questions/price", WANG, "{\"question\":" ANY_Q "}"), 200);
	gateway_end();
}
END_TEST

START_TEST(one_account_cannot_fill_the_gateway_with_questions)
{
	gateway_begin("renmin");
	fake_up("renmin")->does = FAKE_IS_SILENT;
	for (int i = 0; i < 16; i++)
		li_asks(ANY_Q, 0);
	ck_assert_int_eq(say("POST", "/v1/questions", LI, signed_by("li", LI_IS, ANY_Q, 0)), 429);
	ck_assert_ptr_nonnull(strstr(text_str(&http.in), "Retry-After: 1\r\n"));
	ck_assert_int_eq(
		say("POST", "/v1/questions", WANG, signed_by("wang", "wang@uni.example", ANY_Q, 0)),
		202);
	gateway_end();
}
END_TEST

UNIT_MAIN("api", a_post_repeated_while_the_first_is_on_its_way_to_the_disk_waits_with_it,
	without_a_token_nothing_but_health_is_served, a_role_may_do_what_the_table_says_and_no_more,
	unknown_paths_and_methods_have_their_own_answers, every_reply_has_the_security_headers,
	two_hospitals_answer_and_the_total_is_their_sum,
	refused_failed_and_below_threshold_never_look_alike,
	a_recalled_answer_is_named_so_and_counts, a_hospital_with_other_labels_has_absent_cells,
	a_question_to_named_sites_asks_only_them, an_unknown_site_is_refused_with_the_nearest_name,
	what_is_no_question_gets_a_problem_with_its_place, nobody_asks_in_another_persons_name,
	a_revoked_person_is_refused_without_a_restart,
	a_price_comes_from_those_on_the_line_and_spends_nothing,
	an_earlier_question_that_a_hospital_names_is_told_in_both_languages,
	a_budget_names_one_study, a_client_that_leaves_while_a_price_is_asked_harms_nobody,
	one_account_cannot_keep_prices_from_the_others, history_is_ones_own_newest_first_in_pages,
	a_repeated_post_with_its_key_asks_once, too_many_questions_in_a_minute_are_put_off,
	prices_count_as_questions_do, one_account_cannot_fill_the_gateway_with_questions)
