/*
 * The client against a TLS server in a child process, which answers with bytes as given.
 */
#include "cli/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "crypto/identity.h"
#include "tests/unit/unit.h"

static struct error err;
static char folder[64], ca[128], gateway[64];
static struct settings settings;
static SSL_CTX *ctx;
static pid_t server;

/* A certificate for `hosts` in web.crt, and a TLS context with it. */
static void make_server_context(const char *hosts)
{
	EVP_PKEY *key;
	X509 *cert;
	char *pem;

	OK(identity_new_web_key(&key, &err));
	OK(identity_new_web(&cert, key, hosts, clock_wall_ms() / 1000, 1, &err));
	OK(identity_cert_pem(cert, &pem, &err));
	OK(file_write(ca, pem, strlen(pem), 0600, &err));
	free(pem);
	ctx = SSL_CTX_new(TLS_server_method());
	ck_assert_ptr_nonnull(ctx);
	ck_assert_int_eq(SSL_CTX_use_certificate(ctx, cert), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(ctx, key), 1);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static int listen_somewhere(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	snprintf(gateway, sizeof(gateway), "https://127.0.0.1:%u", ntohs(at.sin_port));
	return fd;
}

/* One connection: reads a request, which must have `wants`, and gives `answer` in pieces. */
static void serve_one(int fd, const char *answer, size_t len, size_t piece, const char *wants)
{
	SSL *ssl = SSL_new(ctx);
	char request[8192];
	int have = 0;

	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1) {
		while (have < (int)sizeof(request) - 1) {
			int n = SSL_read(ssl, request + have, (int)sizeof(request) - 1 - have);

			if (n <= 0)
				break;
			have += n;
			request[have] = '\0';
			if (strstr(request, "\r\n\r\n") != NULL)
				break;
		}
		if (wants != NULL && strstr(request, wants) == NULL)
			len = 0;
		for (size_t at = 0; at < len; at += piece)
			if (SSL_write(ssl, answer + at,
				    (int)(len - at < piece ? len - at : piece)) <= 0)
				break;
		SSL_shutdown(ssl);
	}
	SSL_free(ssl);
	close(fd);
}

static void start(
	const char *hosts, const char *answer, size_t len, size_t piece, const char *wants)
{
	int fd;

	snprintf(folder, sizeof(folder), "/tmp/cordon-client.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(ca, sizeof(ca), "%s/web.crt", folder);
	make_server_context(hosts);
	fd = listen_somewhere();
	settings = (struct settings){
		.gateway = gateway, .account = "a", .token = "cordon_ab", .ca = ca
	};
	signal(SIGPIPE, SIG_IGN);
	server = fork();
	ck_assert_int_ge(server, 0);
	if (server == 0) {
		alarm(60);
		for (;;)
			serve_one(accept(fd, NULL, NULL), answer, len, piece, wants);
	}
	close(fd);
}

static void stop(void)
{
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	SSL_CTX_free(ctx);
	unlink(ca);
	rmdir(folder);
}

#define JSON_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
#define EVENT_HEAD                                                                                 \
	"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: "                       \
	"close\r\nTransfer-Encoding: chunked\r\n\r\n"

/* GETs from a server that gives `answer`; -1 as client_call does. */
static int get(const char *answer, size_t len, struct reply *out)
{
	struct client *c;
	int ret;

	start("localhost,127.0.0.1", answer, len, 7, "Authorization: Bearer cordon_ab\r\n");
	OK(client_open(&c, &settings, &err));
	err = (struct error){ 0 };
	ret = client_call(c, "GET", "/v1/me", NULL, out, &err);
	client_close(c);
	stop();
	return ret;
}
#define GET(answer, out) get(answer, sizeof(answer) - 1, out)

START_TEST(an_answer_in_pieces_is_one_answer_and_the_token_was_sent)
{
	struct reply r = { 0 };

	OK(GET(JSON_HEAD "Content-Length: 13\r\n\r\n{\"a\":\"\xE4\xBD\xA0\"}\n\n", &r));
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(json_string_value(json_object_get(r.body, "a")), "你");
	json_decref(r.body);
	OK(GET(JSON_HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n",
		&r));
	ck_assert_int_eq(json_integer_value(json_object_get(r.body, "a")), 1);
	json_decref(r.body);
}
END_TEST

START_TEST(what_is_no_json_object_is_no_gateway)
{
	struct reply r = { .status = -7 };

	FAILS(GET(JSON_HEAD "\r\n{\"a\":", &r), E_SYSTEM);
	FAILS(GET(JSON_HEAD "\r\n[1]", &r), E_SYSTEM);
	FAILS(GET(JSON_HEAD "\r\n", &r), E_SYSTEM);
	FAILS(GET(JSON_HEAD "\r\n{\"a\":1,\"a\":2}", &r), E_SYSTEM);
	FAILS(GET(JSON_HEAD "\r\n{\"a\":\"\0\"}", &r), E_SYSTEM);
	FAILS(GET(JSON_HEAD "\r\n<html>hello</html>", &r), E_SYSTEM);
	FAILS(GET("what is this?\r\n\r\n", &r), E_SYSTEM);
	FAILS(GET("", &r), E_SYSTEM);
}
END_TEST

START_TEST(nothing_at_all_is_the_answer_of_a_delete_alone)
{
	static const char nothing[] = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
	struct reply r = { 0 };
	struct client *c;

	for (int i = 0; i < 3; i++) {
		const char *head = i < 2 ? nothing : JSON_HEAD "\r\n";

		start("localhost,127.0.0.1", head, strlen(head), 7, "/v1/studies/X");
		OK(client_open(&c, &settings, &err));
		if (i == 0) {
			OK(client_call(c, "DELETE", "/v1/studies/X", NULL, &r, &err));
			ck_assert_int_eq(r.status, 204);
			ck_assert_ptr_null(r.body);
		} else {
			FAILS(client_call(c, i == 1 ? "GET" : "DELETE", "/v1/studies/X", NULL, &r, &err),
				E_SYSTEM);
		}
		client_close(c);
		stop();
	}
}
END_TEST

START_TEST(an_error_status_is_a_reply_with_or_without_json)
{
	struct reply r = { 0 };

	OK(GET("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n{\"title\":\"Not Found\"}", &r));
	ck_assert_int_eq(r.status, 404);
	ck_assert_ptr_nonnull(r.body);
	json_decref(r.body);
	OK(GET("HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n<html>", &r));
	ck_assert_int_eq(r.status, 502);
	ck_assert_ptr_null(r.body);
}
END_TEST

START_TEST(a_redirect_is_not_followed)
{
	struct reply r = { 0 };

	OK(GET("HTTP/1.1 301 Moved\r\nLocation: https://127.0.0.1:1/\r\nConnection: "
	       "close\r\nContent-Length: 0\r\n\r\n",
		&r));
	ck_assert_int_eq(r.status, 301);
	ck_assert_ptr_null(r.body);
}
END_TEST

START_TEST(an_answer_of_too_many_parts_or_bytes_is_refused)
{
	struct reply r = { 0 };
	struct client *c;
	struct text t;

	text_init(&t, 64 << 20);
	text_add(&t, JSON_HEAD "\r\n{\"a\":[");
	for (int i = 0; i < 1000001; i++)
		text_add(&t, "[],");
	text_add(&t, "0]}");
	start("127.0.0.1", t.at, t.len, 16384, NULL);
	OK(client_open(&c, &settings, &err));
	FAILS(client_call(c, "GET", "/", NULL, &r, &err), E_SYSTEM);
	client_close(c);
	stop();
	text_reset(&t);
	text_add(&t, JSON_HEAD "\r\n{\"a\":\"");
	for (int i = 0; i < 18 << 10; i++)
		text_addf(&t, "%01024d", 0);
	text_add(&t, "\"}");
	start("127.0.0.1", t.at, t.len, 16384, NULL);
	OK(client_open(&c, &settings, &err));
	FAILS(client_call(c, "GET", "/", NULL, &r, &err), E_SYSTEM);
	ck_assert_ptr_nonnull(strstr(err.log, "too long"));
	client_close(c);
	stop();
	text_clear(&t);
}
END_TEST

START_TEST(a_dead_port_cannot_be_reached)
{
	struct reply r = { 0 };
	struct client *c;

	start("127.0.0.1", "", 0, 1, NULL);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	OK(client_open(&c, &settings, &err));
	FAILS(client_call(c, "GET", "/v1/me", NULL, &r, &err), E_SYSTEM);
	client_close(c);
	settings.gateway = "https://no-such-host.invalid:7780";
	OK(client_open(&c, &settings, &err));
	FAILS(client_call(c, "POST", "/v1/questions", "{}", &r, &err), E_SYSTEM);
	client_close(c);
	stop();
}
END_TEST

START_TEST(a_gateway_with_another_certificate_or_name_gets_no_token)
{
	struct reply r = { 0 };
	struct client *c;
	uint8_t *wrong;
	size_t len;

	/* the right certificate, for another host */
	start("gw.example", JSON_HEAD "\r\n{}", strlen(JSON_HEAD "\r\n{}"), 99, NULL);
	OK(client_open(&c, &settings, &err));
	FAILS(client_call(c, "GET", "/v1/me", NULL, &r, &err), E_CRYPTO);
	client_close(c);
	OK(file_read(ca, 1 << 16, &wrong, &len, &err));
	stop();
	/* a certificate that is not the one in ca */
	start("127.0.0.1", JSON_HEAD "\r\n{}", strlen(JSON_HEAD "\r\n{}"), 99, NULL);
	OK(file_write(ca, wrong, len, 0600, &err));
	OK(client_open(&c, &settings, &err));
	FAILS(client_call(c, "GET", "/v1/me", NULL, &r, &err), E_CRYPTO);
	client_close(c);
	/* nor does the system's store know it */
	settings.ca = NULL;
	OK(client_open(&c, &settings, &err));
	FAILS(client_call(c, "GET", "/v1/me", NULL, &r, &err), E_CRYPTO);
	client_close(c);
	free(wrong);
	stop();
}
END_TEST

START_TEST(addresses_tokens_and_certificates_that_do_not_do_are_refused_at_once)
{
	static const char *const bad[] = { "http://g:1", "g:7780", "https://", "https:///x", "",
		"https://g:0", "https://g:99999", "https://u:p@g:1", "https://g:1/path",
		"https://g:1/?q", "https://g:1#f", "https://g h:1", "ftp://g" };
	static const char *const tokens[] = { "", "a b", "a\r\nX: y", "a\x01", "é" };
	static const char *const good[] = { "https://g", "https://g:1", "https://g/",
		"https://[::1]:7780" };
	char long_token[600];
	struct client *c = NULL;

	settings = (struct settings){ .account = "a", .token = "t" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		settings.gateway = bad[i];
		FAILS(client_open(&c, &settings, &err), E_INPUT);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		settings.gateway = good[i];
		OK(client_open(&c, &settings, &err));
		client_close(c);
		c = NULL;
	}
	memset(long_token, 'a', sizeof(long_token));
	long_token[sizeof(long_token) - 1] = '\0';
	for (size_t i = 0; i <= sizeof(tokens) / sizeof(tokens[0]); i++) {
		settings.token = i < sizeof(tokens) / sizeof(tokens[0]) ? tokens[i] : long_token;
		FAILS(client_open(&c, &settings, &err), E_INPUT);
	}
	settings.token = "t";
	settings.ca = "/no/such/file";
	FAILS(client_open(&c, &settings, &err), E_INPUT);
	ck_assert_ptr_null(c);
}
END_TEST

/* ---- events ---- */

static struct text seen;

static void note(json_t *answer, void *arg)
{
	(void)arg;
	text_addf(&seen, "%lld ", (long long)json_integer_value(json_object_get(answer, "n")));
}

static int follow(const char *answer, size_t len, size_t piece)
{
	struct client *c;
	int ret;

	start("127.0.0.1", answer, len, piece, "GET /v1/questions/q-1/events HTTP/1.1\r\n");
	text_clear(&seen);
	text_init(&seen, 1000);
	OK(client_open(&c, &settings, &err));
	err = (struct error){ 0 };
	ret = client_follow(c, "/v1/questions/q-1/events", note, NULL, &err);
	client_close(c);
	stop();
	return ret;
}
#define FOLLOW(answer) follow(answer, sizeof(answer) - 1, 5)

START_TEST(events_are_heard_in_whatever_chunks_they_come)
{
	OK(FOLLOW(EVENT_HEAD "1a\r\nevent: answer\ndata: {\"n\":1\r\n3\r\n}\n\n\r\n3\r\n:\n\n\r\n"
			     "20\r\nevent: answer\r\ndata: {\"n\":2}\r\n\r\n\r\n0\r\n\r\n"));
	ck_assert_str_eq(text_str(&seen), "1 2 ");
	/* without chunks, to the end of the line */
	OK(FOLLOW("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nevent: answer\ndata: "
		  "{\"n\":3}\n\nevent: x\ndata: 4\n\n"));
	ck_assert_str_eq(text_str(&seen), "3 ");
}
END_TEST

START_TEST(an_event_that_is_no_answer_ends_the_line)
{
	FAILS(FOLLOW("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nevent: answer\ndata: "
		     "{\"n\":1}\n\n"
		     "event: answer\ndata: {\"n\":\n\nevent: answer\ndata: {\"n\":3}\n\n"),
		E_SYSTEM);
	ck_assert_str_eq(text_str(&seen), "1 ");
	FAILS(FOLLOW("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nevent: answer\ndata: "
		     "{\"n\":\"\0\"}\n\n"),
		E_SYSTEM);
	FAILS(FOLLOW("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n{}"), E_SYSTEM);
	ck_assert_str_eq(text_str(&seen), "");
}
END_TEST

START_TEST(an_event_without_end_is_cut)
{
	struct text t;

	text_init(&t, 64 << 20);
	text_add(&t, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\ndata: ");
	for (int i = 0; i < 18 << 10; i++)
		text_addf(&t, "%01024d", 0);
	err = (struct error){ 0 };
	ck_assert_int_eq(follow(t.at, t.len, 16384), -1);
	ck_assert_int_eq(err.code, E_LIMIT);
	text_clear(&t);
}
END_TEST

static void interrupt_soon(int number)
{
	(void)number;
	kill(getpid(), SIGINT);
}

START_TEST(ctrl_c_ends_waiting_and_not_the_program)
{
	struct client *c;

	start("127.0.0.1", EVENT_HEAD, sizeof(EVENT_HEAD) - 1, 99, NULL);
	kill(server, SIGSTOP); /* it never answers */
	OK(client_open(&c, &settings, &err));
	OK(client_catch_interrupt(c, &err));
	signal(SIGALRM, interrupt_soon);
	alarm(1);
	FAILS(client_follow(c, "/", note, NULL, &err), E_STATE);
	ck_assert(client_interrupted(c));
	client_pause(c, 100000); /* over at once */
	client_close(c);
	stop();
}
END_TEST

UNIT_MAIN("client", an_answer_in_pieces_is_one_answer_and_the_token_was_sent,
	what_is_no_json_object_is_no_gateway,
	nothing_at_all_is_the_answer_of_a_delete_alone, an_error_status_is_a_reply_with_or_without_json,
	a_redirect_is_not_followed, an_answer_of_too_many_parts_or_bytes_is_refused,
	a_dead_port_cannot_be_reached, a_gateway_with_another_certificate_or_name_gets_no_token,
	addresses_tokens_and_certificates_that_do_not_do_are_refused_at_once,
	events_are_heard_in_whatever_chunks_they_come, an_event_that_is_no_answer_ends_the_line,
	an_event_without_end_is_cut, ctrl_c_ends_waiting_and_not_the_program)
