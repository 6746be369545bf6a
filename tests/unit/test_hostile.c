/*
 * test_hostile.c - requests that are meant to be misread, and clients that are many or slow.
 */
#include <assert.h>
#include <sys/resource.h>

#include "gateway/http.h"
#include "tests/unit/gateway.h"
#include "wire/tls.h"

/* ---- what is sent ---- */

static const char *const always[] = { "Cache-Control: ", "Content-Security-Policy: default-src 'none'",
	"Cross-Origin-Opener-Policy: same-origin", "Cross-Origin-Resource-Policy: same-origin",
	"Referrer-Policy: no-referrer", "Strict-Transport-Security: ", "X-Content-Type-Options: nosniff" };

static void check_headers(const char *what)
{
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		ck_assert_msg(strstr(text_str(&http.in), always[i]) != NULL, "%s: no %s: %s", what,
			always[i], text_str(&http.in));
}

/* Sends the bytes and waits for a reply, or the end of the line. */
static int raw(const char *bytes)
{
	http_dial(&http);
	http_write(&http, bytes);
	for (int i = 0; i < 1000 && !http.whole && !http.closed; i++)
		turn(&http.whole, 5);
	return http.whole ? http.status : 0;
}

#define ASKS "GET /v1/sites HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " LI "\r\n\r\n"
#define POST "POST /v1/questions/read HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " LI "\r\n"

START_TEST(a_request_that_two_could_read_differently_is_refused_and_ends_its_line)
{
	static const char *const doubtful[] = {
		POST "Content-Length: 0\r\nContent-Length: 70\r\n\r\n" ASKS,
		POST "Content-Length: 70\r\nContent-Length: 70\r\n\r\n" ASKS,
		POST "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" ASKS,
		POST "Content-Length: +0\r\n\r\n" ASKS,
		POST "Content-Length: 0x0\r\n\r\n" ASKS,
		POST "Content-Length: 0 , 0\r\n\r\n" ASKS,
		POST "Content-Length: -1\r\n\r\n" ASKS,
		POST "Content-Length: \r\n\r\n" ASKS,
		POST "Content-Length : 0\r\n\r\n" ASKS,
		POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" ASKS,
		POST "Transfer-Encoding: xchunked\r\n\r\n" ASKS,
		POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" ASKS,
		POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" ASKS,
		POST "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n" ASKS,
		POST "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" ASKS,
		POST "X\x01: y\r\nContent-Length: 0\r\n\r\n" ASKS,
		"GET /v1/me HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" ASKS,
		"GET /v1/me HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" ASKS,
		"GET /v1/me HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" ASKS,
		"GET /v1/me HTTP/1.1\r\nAuthorization: Bearer " LI "\r\n\r\n" ASKS,
		"GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer no\r\nAuthorization: Bearer " LI "\r\n\r\n" ASKS,
		"GET /v1/me HTTP/9.9\r\n\r\n" ASKS,
		"GET\r\n\r\n" ASKS,
	};

	gateway_begin("renmin");
	for (size_t i = 0; i < sizeof(doubtful) / sizeof(doubtful[0]); i++) {
		int status = raw(doubtful[i]);

		ck_assert_msg(status == 400 || status == 413 || (status == 0 && http.closed), "%s: %s", doubtful[i],
			text_str(&http.in));
		turn(&http.closed, 500);
		ck_assert_msg(http.closed, "%s: the line goes on", doubtful[i]);
		ck_assert_msg(count_of(text_str(&http.in), "HTTP/1.") <= 1, "%s: %s", doubtful[i],
			text_str(&http.in));
		ck_assert_ptr_null(strstr(text_str(&http.in), "renmin"));
		if (status != 0) {
			check_headers(doubtful[i]);
			IS("type", status == 400 ? "urn:cordon:problem:http" : "urn:cordon:problem:too-large");
		}
	}
	ck_assert_int_eq(say("GET", "/v1/me", LI, NULL), 200);
	gateway_end();
}
END_TEST

/* ---- where it goes, what comes back ---- */

START_TEST(no_path_leads_out_of_the_table)
{
	static const char *const paths[] = { "/v1/../etc/passwd", "/../../etc/passwd.", "/v1/%2e%2e/healthz",
		"/v1/questions/..%2f..%2fetc", "/v1/questions/%00", "/v1/questions/a%00b", "/v1/studies/..",
		"/v1/studies/%2e%2e/entry", "/v1//me", "/V1/me.", "/v1/me/", "/v1/me%20", "/..%5c..%5cx.y",
		"/openapi.json/", "/./openapi.json", "/v1/questions/a;b", "/portal/../gateway.yaml" };

	gateway_begin("renmin");
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		ck_assert_msg(say("GET", paths[i], LI, NULL) == 404, "%s: %d", paths[i], http.status);
		check_headers(paths[i]);
		ck_assert_ptr_null(strstr(text_str(&http.in), "etc"));
	}
	gateway_end();
}
END_TEST

START_TEST(nothing_of_a_request_comes_back_in_a_header)
{
	static const char *const sent[] = {
		"GET /v1/me HTTP/1.1\r\nHost: evil.example\r\nOrigin: https://evil.example\r\n\r\n",
		"GET https://evil.example/v1/me HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"GET /v1/sign-in/oidc?to=https://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"GET /v1/sign-in/callback?state=evil%0d%0aSet-Cookie:%20evil=1 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"GET /v1/studies/evil%0d%0aX-Evil:%201/entry HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer " LI "\r\n\r\n",
		"GET /evil%0d%0aX-Evil:1 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"GET /index.html?evil HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"evil\r\n\r\n",
		"OPTIONS /v1/me HTTP/1.1\r\nHost: evil.example\r\nOrigin: https://evil.example\r\n"
		"Access-Control-Request-Method: DELETE\r\n\r\n",
		"TRACE /v1/me HTTP/1.1\r\nHost: evil.example\r\nX: evil\r\n\r\n",
		"BREW /evil HTTP/1.1\r\nHost: evil.example\r\n\r\n",
	};

	gateway_begin("renmin");
	for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
		const char *end;

		raw(sent[i]);
		end = strstr(text_str(&http.in), "\r\n\r\n");
		ck_assert_msg(end != NULL, "%s: %s", sent[i], text_str(&http.in));
		check_headers(sent[i]);
		ck_assert_msg(strstr(text_str(&http.in), "evil") == NULL, "%s: %s", sent[i], text_str(&http.in));
		ck_assert_ptr_null(strstr(text_str(&http.in), "Access-Control"));
	}
	gateway_end();
}
END_TEST

START_TEST(methods_that_are_not_there_are_told_those_that_are)
{
	static const char *const methods[] = { "PUT", "PATCH", "OPTIONS", "TRACE" };

	gateway_begin("renmin");
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		ck_assert_int_eq(say(methods[i], "/v1/tokens", LI, NULL), 405);
		ck_assert_ptr_nonnull(strstr(text_str(&http.in), "Allow: GET, POST\r\n"));
		check_headers(methods[i]);
	}
	http_dial(&http); /* its reply has no body */
	http_write(&http, "HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert(turn(&http.closed, 5000));
	ck_assert_ptr_nonnull(strstr(text_str(&http.in), "HTTP/1.1 405"));
	ck_assert_ptr_null(strstr(text_str(&http.in), "urn:cordon"));
	gateway_end();
}
END_TEST

START_TEST(heads_too_long_or_too_many_are_refused_with_a_problem_of_ours)
{
	char *big = malloc(70000);
	struct text t;

	gateway_begin("renmin");
	memset(big, 'x', 69999);
	big[69999] = '\0';
	text_init(&t, 1 << 20);
	text_addf(&t, "GET /v1/me HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", big);
	raw(text_str(&t));
	ck_assert_msg(http.status == 400 || http.status == 413 || http.closed, "%s", text_str(&http.in));
	if (http.whole)
		check_headers("one long header");
	text_reset(&t);
	text_add(&t, "GET /v1/me HTTP/1.1\r\nHost: x\r\n");
	for (int i = 0; i < 3000; i++)
		text_addf(&t, "X%d: y\r\n", i);
	text_add(&t, "\r\n");
	raw(text_str(&t));
	ck_assert_msg(http.status == 400 || http.status == 413 || http.closed, "%s", text_str(&http.in));
	text_reset(&t);
	text_addf(&t, "GET /%s HTTP/1.1\r\nHost: x\r\n\r\n", big);
	raw(text_str(&t));
	ck_assert_msg(http.status == 400 || http.status == 413 || http.closed, "%s", text_str(&http.in));
	text_clear(&t);
	free(big);
	ck_assert_int_eq(say("GET", "/v1/me", LI, NULL), 200);
	gateway_end();
}
END_TEST

/* ---- many and slow ---- */

START_TEST(a_thousand_idle_lines_keep_nobody_from_asking)
{
	enum {
		IDLE = 1000,
		OVER = MAX_WEB_LINES + 100
	};
	static_assert((int)OVER > (int)IDLE, "a thousand are there at once");
	struct rlimit lim;
	int fds[OVER];
	char byte;

	getrlimit(RLIMIT_NOFILE, &lim);
	lim.rlim_cur = lim.rlim_max;
	setrlimit(RLIMIT_NOFILE, &lim);
	if (lim.rlim_cur < 2 * OVER + 100)
		return;
	gateway_begin("renmin");
	fake_up("renmin");
	for (int i = 0; i < OVER; i++) {
		fds[i] = tcp_to(gateway_web_port(gw));
		if (i % 100 == 0)
			turn(NULL, 1);
		if (i == IDLE) {
			li_asks(ANY_Q, 0);
			wait_for_end(asked_id, 30000);
			IS("state", "complete");
			ck_assert_int_eq((int)recv(fds[0], &byte, 1, MSG_DONTWAIT), -1); /* it may stay */
		}
	}
	/* more than there is room for: the longest silent go, newcomers are served, the hospital stays */
	ck_assert_int_eq(say("GET", "/v1/sites", LI, NULL), 200);
	IS("sites.0.online", "true");
	for (int i = 0; i < 200 && recv(fds[0], &byte, 1, MSG_DONTWAIT) != 0; i++)
		turn(NULL, 5);
	ck_assert_int_eq((int)recv(fds[0], &byte, 1, MSG_DONTWAIT), 0);
	ck_assert_int_eq((int)recv(fds[OVER - 1], &byte, 1, MSG_DONTWAIT), -1);
	for (int i = 0; i < OVER; i++)
		close(fds[i]);
	turn(NULL, 50);
	gateway_end();
}
END_TEST

/* A server alone, so that its times can be short. */
static char *big_reply;
enum {
	BIG_REPLY = 32 << 20
};

static void reply_big(struct call *c, void *arg)
{
	(void)arg;
	call_reply(c, 200, "text/plain", big_reply, BIG_REPLY);
}
static const struct http_calls big_calls = { reply_big };

START_TEST(who_does_not_come_to_an_end_is_cut_off)
{
	static const char head[] = "GET / HTTP/1.1\r\nHost: x\r\nX: 0123456789";
	static struct http_side slow[3];
	SSL_CTX *ctx;
	struct http *h;
	uint16_t port;
	int at = 0;

	gateway_begin("renmin"); /* for its certificates */
	OK(tls_web_context(&ctx, fed_path("web", ".pem"), fed_path("web", ".key"), &err));
	OK(http_new(&h, base, ctx, "127.0.0.1", 0, &big_calls, NULL, &port, &err));
	http_hurry(h, 300, 300);
	big_reply = calloc(1, BIG_REPLY);
	for (int i = 0; i < 3; i++)
		http_dial_port(&slow[i], port);
	ck_assert_uint_eq(http_lines(h), 3);
	/* one sends its head a byte at a time, one its body, one does not read its reply */
	http_write(&slow[1], "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
	http_write(&slow[2], "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	bufferevent_disable(slow[2].bev, EV_READ);
	for (int64_t until = clock_mono_ms() + 1500;
		http_lines(h) > 0 && clock_mono_ms() < until; at++) {
		if (!slow[0].closed)
			bufferevent_write(slow[0].bev, &head[at % (int)(sizeof(head) - 1)], 1);
		if (!slow[1].closed)
			bufferevent_write(slow[1].bev, "x", 1);
		turn(NULL, 10);
	}
	ck_assert_uint_eq(http_lines(h), 0);
	for (int i = 0; i < 3; i++)
		http_close(&slow[i]);
	http_free(h);
	turn(NULL, 10);
	SSL_CTX_free(ctx);
	free(big_reply);
	gateway_end();
}
END_TEST

UNIT_MAIN("hostile", a_request_that_two_could_read_differently_is_refused_and_ends_its_line,
	no_path_leads_out_of_the_table, nothing_of_a_request_comes_back_in_a_header,
	methods_that_are_not_there_are_told_those_that_are,
	heads_too_long_or_too_many_are_refused_with_a_problem_of_ours,
	a_thousand_idle_lines_keep_nobody_from_asking, who_does_not_come_to_an_end_is_cut_off)
