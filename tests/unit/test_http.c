/*
 * test_http.c - events, and clients that are slow, silent, greedy or no clients at all.
 */
#include "gateway/http.h"
#include "tests/unit/gateway.h"

/* ---- events ---- */

START_TEST(events_come_at_once_after_changes_and_end_with_the_last)
{
	struct fake *r, *x;

	gateway_begin("renmin,xiehe");
	r = fake_up("renmin");
	x = fake_up("xiehe");
	r->does = x->does = FAKE_IS_SILENT;
	li_asks(ANY_Q, 0);
	http_dial(&http);
	http_send(&http, "GET", path_of(asked_id, "/events"), LI, NULL);
	turn(NULL, 150);
	ck_assert_ptr_nonnull(strstr(text_str(&http.in), "Content-Type: text/event-stream"));
	ck_assert_int_eq(count_of(text_str(&http.in), "event: answer\ndata: {"), 1);
	fake_release(r, asked_id);
	turn(NULL, 150);
	ck_assert_int_eq(count_of(text_str(&http.in), "event: answer\ndata: {"), 2);
	ck_assert_int_eq(http.whole, 0);
	fake_release(x, asked_id);
	ck_assert(turn(&http.whole, 30000));
	ck_assert_int_eq(count_of(text_str(&http.in), "event: answer\ndata: {"), 3);
	ck_assert_int_eq(count_of(text_str(&http.in), "\"state\":\"complete\""), 1);
	/* of a question that is over: one event, and the end */
	http_dial(&http);
	http_send(&http, "GET", path_of(asked_id, "/events"), LI, NULL);
	ck_assert(turn(&http.whole, 30000));
	ck_assert_int_eq(count_of(text_str(&http.in), "event: answer\ndata: {"), 1);
	gateway_end();
}
END_TEST

START_TEST(a_watcher_that_leaves_harms_nobody)
{
	struct fake *r;

	gateway_begin("renmin");
	r = fake_up("renmin");
	r->does = FAKE_IS_SILENT;
	li_asks(ANY_Q, 0);
	http_dial(&http2);
	http_send(&http2, "GET", path_of(asked_id, "/events"), LI, NULL);
	turn(NULL, 100);
	http_close(&http2);
	turn(NULL, 100);
	/* and one of the old protocol, without chunks */
	http_dial(&http2);
	http_write(&http2, "GET ");
	http_write(&http2, path_of(asked_id, "/events"));
	http_write(&http2, " HTTP/1.0\r\nAuthorization: Bearer " LI "\r\n\r\n");
	turn(NULL, 100);
	ck_assert_int_eq(count_of(text_str(&http2.in), "event: answer"), 1);
	fake_release(r, asked_id);
	ck_assert(turn(&http2.closed, 30000));
	ck_assert_int_eq(count_of(text_str(&http2.in), "event: answer"), 2);
	/* and one that is still watching when the gateway stops */
	li_asks(ANY_Q, 0);
	http_dial(&http2);
	http_send(&http2, "GET", path_of(asked_id, "/events"), LI, NULL);
	turn(NULL, 100);
	gateway_end();
}
END_TEST

START_TEST(a_watcher_that_talks_meanwhile_is_not_listened_to)
{
	char junk[4096];
	struct fake *r;

	gateway_begin("renmin");
	r = fake_up("renmin");
	r->does = FAKE_IS_SILENT;
	li_asks(ANY_Q, 0);
	http_dial(&http2);
	http_send(&http2, "GET", path_of(asked_id, "/events"), LI, NULL);
	memset(junk, 'x', sizeof(junk) - 1);
	junk[sizeof(junk) - 1] = '\0';
	for (int i = 0; i < 500; i++)
		http_write(&http2, junk);
	turn(NULL, 200);
	fake_release(r, asked_id);
	ck_assert(turn(&http2.whole, 30000));
	ck_assert_int_eq(say("GET", "/v1/me", LI, NULL), 200);
	gateway_end();
}
END_TEST

/* ---- HTTP itself ---- */

START_TEST(one_line_serves_one_request_after_the_other)
{
	gateway_begin("renmin");
	http_dial(&http);
	for (int i = 0; i < 3; i++) {
		http.whole = 0;
		text_reset(&http.in);
		json_decref(http.json);
		http.json = NULL;
		http_send(&http, "GET", "/v1/me", LI, NULL);
		ck_assert(turn(&http.whole, 30000));
		ck_assert_int_eq(http.status, 200);
	}
	/* after an answer that came later, too */
	fake_up("renmin");
	for (int i = 0; i < 2; i++) {
		http.whole = 0;
		text_reset(&http.in);
		json_decref(http.json);
		http.json = NULL;
		http_send(&http, "GET", "/v1/budget?study=S", LI, NULL);
		ck_assert(turn(&http.whole, 30000));
		ck_assert_int_eq(http.status, 200);
	}
	gateway_end();
}
END_TEST

START_TEST(requests_sent_ahead_are_answered_in_turn)
{
	gateway_begin("renmin");
	fake_up("renmin");
	http_dial(&http);
	http_send(&http, "GET", "/v1/budget?study=S", LI, NULL);
	http_send(&http, "GET", "/v1/me", LI, NULL);
	http_send(&http, "GET", "/v1/nothing", LI, NULL);
	for (int i = 0; i < 200 && strstr(text_str(&http.in), "404 Not Found") == NULL; i++)
		turn(NULL, 10);
	ck_assert_int_eq(count_of(text_str(&http.in), "HTTP/1.1 200"), 2);
	ck_assert_int_eq(count_of(text_str(&http.in), "HTTP/1.1 404"), 1);
	gateway_end();
}
END_TEST

START_TEST(a_request_sent_while_another_waits_for_its_answer_is_served_after_it)
{
	gateway_begin("renmin");
	fake_up("renmin")->does = FAKE_IS_SILENT;
	http_dial(&http);
	http_send(&http, "GET", "/v1/budget?study=S", LI, NULL);
	ck_assert(turn(&fakes[0].quoted, 30000));
	http_send(&http, "GET", "/v1/nothing", LI, NULL);
	turn(NULL, 100);
	ck_assert_uint_eq(http.in.len, 0);
	fake_quoted(&fakes[0], "p-1");
	for (int i = 0; i < 200 && strstr(text_str(&http.in), "404 Not Found") == NULL; i++)
		turn(NULL, 10);
	ck_assert_int_eq(count_of(text_str(&http.in), "HTTP/1.1 200"), 1);
	ck_assert_int_eq(count_of(text_str(&http.in), "HTTP/1.1 404"), 1);
	gateway_end();
}
END_TEST

START_TEST(a_body_or_head_over_its_bound_is_refused)
{
	const size_t over = MAX_BODY + 1000, far_over = 4 * MAX_BODY;
	char *big = malloc(far_over);

	gateway_begin("renmin");
	memset(big, 'x', far_over);
	big[over] = '\0';
	ck_assert_int_eq(say("POST", "/v1/questions", LI, big), 413);
	ck_assert_ptr_nonnull(strstr(text_str(&http.in), "application/problem+json"));
	big[over] = 'x';
	big[far_over - 1] = '\0';
	http_dial(&http);
	http_send(&http, "POST", "/v1/questions", LI, big);
	turn(&http.closed, 30000);
	ck_assert_msg(http.closed || http.status == 413, "%s", text_str(&http.in));
	http_dial(&http);
	big[40000] = '\0';
	http_write(&http, "GET /v1/me HTTP/1.1\r\nHost: x\r\nX: ");
	http_write(&http, big);
	http_write(&http, "\r\n\r\n");
	turn(&http.whole, 30000);
	ck_assert_int_ne(http.status, 200);
	free(big);
	ck_assert_int_eq(say("GET", "/v1/me", LI, NULL), 200);
	gateway_end();
}
END_TEST

/* Nobody of them needs a token: half of them announce a length, half send pieces, which evhttp keeps elsewhere. */
START_TEST(requests_that_never_end_do_not_fill_the_memory)
{
	enum {
		LINES = 44,
		EACH = 900000
	};
	static struct http_side slow[LINES];
	char *body = malloc(EACH + 1);
	int closed = 0;

	memset(body, ' ', EACH);
	body[EACH] = '\0';
	gateway_begin("renmin");
	for (int i = 0; i < LINES; i++) {
		http_dial(&slow[i]);
		http_write(&slow[i], "POST /v1/questions HTTP/1.1\r\nHost: x\r\n");
		http_write(&slow[i], i % 2 == 0 ? "Content-Length: 1000000\r\n\r\n"
						: "Transfer-Encoding: chunked\r\n\r\ndbba0\r\n");
		http_write(&slow[i], body);
		for (int t = 0; t < 2000 && !slow[i].closed &&
				evbuffer_get_length(bufferevent_get_output(slow[i].bev)) > 0;
			t++)
			turn(NULL, 1);
	}
	turn(NULL, 100);
	for (int i = 0; i < LINES; i++)
		closed += slow[i].closed > 0;
	ck_assert_int_ge(closed, LINES - MAX_WEB_IN / EACH);
	ck_assert_int_le(closed, LINES - MAX_WEB_IN / EACH + 2);
	/* those that kept it waiting longest */
	ck_assert_int_gt(slow[0].closed, 0);
	ck_assert_int_eq(slow[LINES - 1].closed, 0);
	/* who comes to the end is served */
	body[300000] = '\0';
	ck_assert_int_eq(say("POST", "/v1/questions", LI, body), 400);
	ck_assert_int_eq(say("GET", "/v1/me", LI, NULL), 200);
	for (int i = 0; i < LINES; i++)
		http_close(&slow[i]);
	turn(NULL, 50);
	free(body);
	gateway_end();
}
END_TEST

START_TEST(bytes_that_are_no_http_or_no_tls_end_their_line_only)
{
	static const char *const junk[] = { "\x16\x03\x01", "GET\r\n\r\n", "\r\n\r\n\r\n",
		"GET / HTTP/9.9\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"BREW /pot HTTP/1.1\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\n\r\n", "GET http://[::1 HTTP/1.1\r\n\r\n",
		"GET //// HTTP/1.1\r\n\r\n",
		"POST /v1/questions HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: "
		"999999\r\n\r\n",
		"GET /v1/me HTTP/1.1\r\n: x\r\n\r\n", "HEAD /healthz HTTP/1.1\r\n\r\n" };
	int fd;

	gateway_begin("renmin");
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
		http_dial(&http);
		http_write(&http, junk[i]);
		turn(&http.whole, 60);
	}
	fd = tcp_to(gateway_web_port(gw));
	ck_assert_int_eq((int)send(fd, "GET /healthz HTTP/1.1\r\n\r\n", 25, 0), 25);
	turn(NULL, 50);
	close(fd);
	fd = tcp_to(gateway_agents_port(gw));
	ck_assert_int_eq((int)send(fd, "GET /healthz HTTP/1.1\r\n\r\n", 25, 0), 25);
	turn(NULL, 50);
	close(fd);
	ck_assert_int_eq(say("GET", "/v1/me", LI, NULL), 200);
	gateway_end();
}
END_TEST

START_TEST(metrics_count_and_show_no_value)
{
	gateway_begin("renmin,xiehe");
	fake_up("renmin");
	li_asks(ANY_Q, 300);
	wait_for_end(asked_id, 30000);
	ck_assert_int_eq(say("GET", "/metrics", NULL, NULL), 401);
	ck_assert_int_eq(say("GET", "/metrics", LI, NULL), 403);
	ck_assert_int_eq(say("GET", "/metrics", OPERA, NULL), 200);
	ck_assert_ptr_nonnull(strstr(http.body, "cordon_sites{state=\"online\"} 1"));
	ck_assert_ptr_nonnull(strstr(http.body, "cordon_sites{state=\"configured\"} 2"));
	ck_assert_ptr_nonnull(strstr(http.body, "cordon_questions_total{state=\"partial\"} 1"));
	ck_assert_ptr_nonnull(strstr(http.body, "cordon_questions_running 0"));
	ck_assert_ptr_null(strstr(http.body, "417"));
	ck_assert_ptr_null(strstr(http.body, "DM-2026-01"));
	gateway_end();
}
END_TEST

UNIT_MAIN("http", events_come_at_once_after_changes_and_end_with_the_last,
	a_watcher_that_leaves_harms_nobody, a_watcher_that_talks_meanwhile_is_not_listened_to,
	one_line_serves_one_request_after_the_other, requests_sent_ahead_are_answered_in_turn,
	a_request_sent_while_another_waits_for_its_answer_is_served_after_it,
	a_body_or_head_over_its_bound_is_refused, requests_that_never_end_do_not_fill_the_memory,
	bytes_that_are_no_http_or_no_tls_end_their_line_only, metrics_count_and_show_no_value)
