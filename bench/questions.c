/*
 * questions.c - many people at one gateway: how many questions a second are accepted and answered, and how long each takes.
 *
 *   build/plain/bench/questions QUESTION SECONDS LINES SETTINGS...
 *
 * LINES connections, each asking the question in the file QUESTION over and over with `Prefer: wait`, as the accounts of
 * SETTINGS in turn: POST, and the reply is the whole answer. Every request is signed anew, but before the clock runs:
 * people sign on their own machines. The question must have been answered before, so that sites recall it; every reply is
 * checked to be that answer and to cost nothing.
 *
 *   build/plain/bench/questions --watch ID LINES SETTINGS...
 *
 * opens LINES streams of events on a question that runs, as the accounts of SETTINGS in turn, says when all of them hear
 * its state and when all have ended, and stays until standard input ends.
 */
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/request.h"
#include "cli/settings.h"

enum {
	MAX_LINES = 4000,
	MAX_DESKS = 64,
	TIMES_MOST = 4000000,
	READY_A_SECOND = 1500, /* requests that are signed beforehand; after them, when their turn comes */
	WAIT_S = 30
};

struct desk {
	struct settings s;
	char host[256];
	int port;
	struct text *ready; /* requests that are signed */
	size_t n_ready, n_used;
};

struct line {
	struct desk *desk;
	struct evhttp_connection *con;
	int64_t sent_us;
	bool heard;
};

static struct event_base *base;
static SSL_CTX *ctx;
static struct arena arena;
static struct desk desks[MAX_DESKS];
static struct line lines[MAX_LINES];
static struct question *question;
static int n_desks, n_lines, n_heard;
static double times[TIMES_MOST]; /* ms */
static size_t n_times, n_bad;
static bool over;
static char first_bad[400];

_Noreturn static void stop(const char *what, const char *why)
{
	fprintf(stderr, "questions: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

/* What reading a question tells people with; these stand in the command's own main.c. */
int cli_fail(const struct cli *cli, int status, const struct error *err)
{
	(void)cli;
	fprintf(stderr, "questions: %s\n", err->log);
	return status;
}

void cli_diags(const struct cli *cli, struct diags *ds, const char *text, size_t len)
{
	(void)cli;
	(void)ds;
	(void)text;
	(void)len;
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void read_desk(const char *path)
{
	struct desk *d = &desks[n_desks++];
	struct evhttp_uri *uri;
	struct error err;

	if (settings_read(path, &arena, &d->s, &err) != 0)
		stop(path, err.log);
	uri = evhttp_uri_parse(d->s.gateway);
	if (uri == NULL || !text_copy(d->host, sizeof(d->host), evhttp_uri_get_host(uri)))
		stop(path, "no address");
	d->port = evhttp_uri_get_port(uri);
	evhttp_uri_free(uri);
}

static void connect_line(struct line *l)
{
	SSL *ssl = SSL_new(ctx);
	struct bufferevent *bev = bufferevent_openssl_socket_new(
		base, -1, ssl, BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);

	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	l->con = evhttp_connection_base_bufferevent_new(
		base, NULL, bev, l->desk->host, (unsigned short)l->desk->port);
	evhttp_connection_set_timeout(l->con, WAIT_S * 2);
}

static struct evhttp_request *request(
	struct line *l, void (*done)(struct evhttp_request *req, void *arg))
{
	struct evhttp_request *req = evhttp_request_new(done, l);
	struct evkeyvalq *h = evhttp_request_get_output_headers(req);
	char token[4096];

	snprintf(token, sizeof(token), "Bearer %s", l->desk->s.token);
	evhttp_add_header(h, "Host", l->desk->host);
	evhttp_add_header(h, "Authorization", token);
	return req;
}

/* ---- asking ---- */

static void ask(struct line *l);

static void bad(const char *what, struct evbuffer *in)
{
	if (n_bad++ == 0)
		snprintf(first_bad, sizeof(first_bad), "%s: %.*s", what,
			in == NULL ? 0 : (int)evbuffer_get_length(in),
			in == NULL ? "" : (const char *)evbuffer_pullup(in, -1));
}

static void on_answer(struct evhttp_request *req, void *arg)
{
	struct line *l = arg;
	struct evbuffer *in = req == NULL ? NULL : evhttp_request_get_input_buffer(req);
	const char *text;

	if (in != NULL)
		evbuffer_add(in, "", 1);
	text = in == NULL ? "" : (const char *)evbuffer_pullup(in, -1);
	if (req == NULL || evhttp_request_get_response_code(req) != 200)
		bad("no answer", in);
	else if (strstr(text, "\"state\":\"recalled\"") == NULL ||
		 strstr(text, "\"state\":\"complete\"") == NULL)
		bad("not recalled", in);
	else if (n_times < TIMES_MOST)
		times[n_times++] = (double)(now_us() - l->sent_us) / 1000;
	if (!over && n_bad < 100)
		ask(l);
	else if (n_bad >= 100)
		event_base_loopbreak(base);
}

static struct text signed_request(const struct desk *d)
{
	struct error err;
	struct text body;

	text_init(&body, REQUEST_BYTES);
	if (request_ask(&d->s, question, WAIT_S * 1000, &body, &err) != 0)
		stop("signing", err.log);
	return body;
}

static void sign_ahead(size_t n)
{
	for (int i = 0; i < n_desks; i++) {
		struct desk *d = &desks[i];

		d->ready = calloc(n, sizeof(*d->ready));
		if (d->ready == NULL)
			stop("signing", "no memory");
		while (d->n_ready < n)
			d->ready[d->n_ready++] = signed_request(d);
	}
}

static struct text next_request(struct desk *d)
{
	return d->n_used < d->n_ready ? d->ready[d->n_used++] : signed_request(d);
}

static void ask(struct line *l)
{
	struct evhttp_request *req = request(l, on_answer);
	struct evkeyvalq *h = evhttp_request_get_output_headers(req);
	struct text body = next_request(l->desk);

	evhttp_add_header(h, "Content-Type", "application/json");
	evhttp_add_header(h, "Prefer", "wait=30");
	evbuffer_add(evhttp_request_get_output_buffer(req), text_str(&body), body.len);
	text_clear(&body);
	/* evhttp writes head and body apart; as browsers do, the second does not wait for an acknowledgement */
	(void)setsockopt(bufferevent_getfd(evhttp_connection_get_bufferevent(l->con)), IPPROTO_TCP,
		TCP_NODELAY, &(int){ 1 }, sizeof(int));
	l->sent_us = now_us();
	if (evhttp_make_request(l->con, req, EVHTTP_REQ_POST, "/v1/questions") != 0)
		stop("asking", "no request");
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void on_end(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	over = true;
	event_base_loopbreak(base);
}

static int load(int seconds)
{
	const struct timeval warm = { 1, 0 }, tv = { seconds, 0 };
	int64_t from;

	sign_ahead((size_t)(READY_A_SECOND * (seconds + 1) / n_desks));
	for (int i = 0; i < n_lines; i++)
		ask(&lines[i]);
	event_base_loopexit(base, &warm); /* TLS handshakes are not what is measured */
	event_base_dispatch(base);
	n_times = 0;
	event_add(evtimer_new(base, on_end, NULL), &tv);
	from = now_us();
	event_base_dispatch(base);
	if (n_bad > 0 || n_times == 0)
		stop("not answered", first_bad);
	qsort(times, n_times, sizeof(times[0]), by_size);
	printf("%d lines, %d accounts: %.0f questions a second accepted and answered from recall; median %.1f ms, "
	       "p99 %.1f ms, most %.1f ms\n",
		n_lines, n_desks, (double)n_times * 1e6 / (double)(now_us() - from), times[n_times / 2],
		times[n_times * 99 / 100], times[n_times - 1]);
	return EXIT_SUCCESS;
}

/* ---- watching ---- */

static void on_event(struct evhttp_request *req, void *arg)
{
	struct line *l = arg;

	n_heard += !l->heard;
	l->heard = true;
	evbuffer_drain(evhttp_request_get_input_buffer(req), SIZE_MAX);
	if (n_heard == n_lines) {
		printf("%d streams\n", n_heard);
		fflush(stdout);
	}
}

static void on_stream_end(struct evhttp_request *req, void *arg)
{
	static int ended;

	(void)arg;
	if (++ended == n_lines) {
		printf("%d ended\n", ended);
		fflush(stdout);
	}
	if (req == NULL || evhttp_request_get_response_code(req) != 200)
		stop("a stream", "refused or broken");
}

static void on_input(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	exit(EXIT_SUCCESS);
}

static int watch(const char *id)
{
	char path[256];

	snprintf(path, sizeof(path), "/v1/questions/%s/events", id);
	event_add(event_new(base, 0, EV_READ, on_input, NULL), NULL);
	for (int i = 0; i < n_lines; i++) {
		struct evhttp_request *req = request(&lines[i], on_stream_end);

		evhttp_request_set_chunked_cb(req, on_event);
		if (evhttp_make_request(lines[i].con, req, EVHTTP_REQ_GET, path) != 0)
			stop("watching", "no request");
	}
	event_base_dispatch(base);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const struct cli cli = { .out = stdout, .err = stderr };
	bool watching = argc > 4 && strcmp(argv[1], "--watch") == 0;

	if (argc < 5)
		stop("usage", "QUESTION SECONDS LINES SETTINGS..., or --watch ID LINES SETTINGS");
	signal(SIGPIPE, SIG_IGN);
	arena_init(&arena, 64 << 20);
	base = event_base_new();
	ctx = SSL_CTX_new(TLS_client_method());
	n_lines = (int)strtol(argv[3], NULL, 10);
	if (n_lines < 1 || n_lines > MAX_LINES)
		stop("LINES", "1 to 4000");
	for (int i = 4; i < argc && n_desks < MAX_DESKS; i++)
		read_desk(argv[i]);
	if (!watching && request_read(&cli, argv[1], &arena, &question) != 0)
		return EXIT_FAILURE;
	for (int i = 0; i < n_lines; i++) {
		lines[i].desk = &desks[i % n_desks];
		connect_line(&lines[i]);
	}
	return watching ? watch(argv[2]) : load((int)strtol(argv[2], NULL, 10));
}
