/*
 * http.c - requests of evhttp over TLS; web_line.c has their connections.
 */
#include "gateway/http.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "gateway/http_check.h"
#include "gateway/listen.h"
#include "gateway/web_line.h"

enum {
	ANY_METHOD = 0xffff, /* so that we answer 405, not evhttp 501 */
	PROBLEM_BYTES = 5 << 20,
};

struct http {
	struct evhttp *server;
	const struct http_calls *calls;
	void *arg;
	struct web_lines lines;
	uint64_t statuses[6];
};

struct call {
	struct http *h;
	struct evhttp_request *req;
	void (*gone)(struct call *c, void *arg);
	void *arg;
	bool held, streaming;
};

static struct web_line *line_of_call(const struct call *c)
{
	struct evhttp_connection *con = evhttp_request_get_connection(c->req);

	return con == NULL ? NULL : web_line_of(evhttp_connection_get_bufferevent(con));
}

/* ---- requests ---- */

static void on_gone(struct evhttp_connection *con, void *arg)
{
	struct call *c = arg;

	(void)con;
	c->gone(c, c->arg);
}

static void refuse(struct call *c)
{
	const struct problem p = { .type = PROBLEM_HTTP,
		.say = SAY("this request could be taken for another; it is not served, and the line ends",
			"该请求含义不明确，已拒绝，连接随之关闭") };

	call_add_header(c, "Connection", "close");
	call_problem(c, &p);
}

static void on_request(struct evhttp_request *req, void *arg)
{
	struct http *h = arg;
	struct call *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		evhttp_send_error(req, HTTP_SERVUNAVAIL, NULL);
		return;
	}
	c->h = h;
	c->req = req;
	web_line_busy(line_of_call(c));
	if (!request_sound(req)) {
		refuse(c);
		return;
	}
	if (call_method(c) == CALL_OTHER) /* whether it has a body is for others to know */
		call_add_header(c, "Connection", "close");
	h->calls->on_call(c, h->arg);
}

enum call_method call_method(const struct call *c)
{
	switch (evhttp_request_get_command(c->req)) {
	case EVHTTP_REQ_GET:
		return CALL_GET;
	case EVHTTP_REQ_POST:
		return CALL_POST;
	case EVHTTP_REQ_DELETE:
		return CALL_DELETE;
	default:
		return CALL_OTHER;
	}
}

const char *call_method_name(const struct call *c)
{
	static const char *const names[] = { "GET", "POST", "DELETE", "another method" };

	return names[call_method(c)];
}

const char *call_path(const struct call *c)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(c->req);
	const char *path = uri == NULL ? NULL : evhttp_uri_get_path(uri);

	return path == NULL || path[0] == '\0' ? "/" : path;
}

const char *call_header(const struct call *c, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(c->req), name);
}

int call_query(const struct call *c, const char *key, char *out, size_t size)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(c->req);
	const char *query = uri == NULL ? NULL : evhttp_uri_get_query(uri);
	struct evkeyvalq list;
	int found = 0;

	if (query == NULL || query[0] == '\0')
		return 0;
	if (evhttp_parse_query_str(query, &list) != 0)
		return -1;
	for (const struct evkeyval *at = list.tqh_first; at != NULL; at = at->next.tqe_next)
		if (strcmp(at->key, key) == 0)
			found = found != 0 || !text_copy(out, size, at->value) ? -1 : 1;
	evhttp_clear_headers(&list);
	return found;
}

void call_address(const struct call *c, char *out, size_t size)
{
	struct evhttp_connection *con = evhttp_request_get_connection(c->req);
	char *address = NULL;
	ev_uint16_t port;

	out[0] = '\0';
	if (con != NULL)
		evhttp_connection_get_peer(con, &address, &port);
	if (address != NULL && !text_copy(out, size, address))
		out[0] = '\0';
}

const void *call_body(const struct call *c, size_t *len)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(c->req);

	*len = evbuffer_get_length(in);
	if (*len > MAX_BODY)
		return NULL;
	return *len == 0 ? (const void *)"" : evbuffer_pullup(in, -1);
}

/* ---- answering ---- */

void call_add_header(struct call *c, const char *name, const char *value)
{
	evhttp_add_header(evhttp_request_get_output_headers(c->req), name, value);
}

/* Those that nobody has set already. */
static void common_headers(struct evhttp_request *req)
{
	static const char *const fixed[][2] = {
		{ "Cache-Control", "no-store" },
		{ "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'" },
		{ "Cross-Origin-Opener-Policy", "same-origin" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Strict-Transport-Security", "max-age=31536000" },
		{ "X-Content-Type-Options", "nosniff" },
	};
	struct evkeyvalq *out = evhttp_request_get_output_headers(req);

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (evhttp_find_header(out, fixed[i][0]) == NULL)
			evhttp_add_header(out, fixed[i][0], fixed[i][1]);
}

static void count_status(struct http *h, int status)
{
	h->statuses[status >= 100 && status < 600 ? status / 100 : 5]++;
}

/* Back to a connection that reads its next request. */
static void release_line(struct call *c)
{
	struct evhttp_connection *con = evhttp_request_get_connection(c->req);
	struct web_line *l = line_of_call(c);

	if (l == NULL)
		return;
	if (c->held)
		evhttp_connection_set_closecb(con, NULL, NULL);
	web_line_replied(l);
}

void call_reply(struct call *c, int status, const char *type, const char *bytes, size_t len)
{
	struct evbuffer *body = evbuffer_new();

	count_status(c->h, status);
	common_headers(c->req);
	call_add_header(c, "Content-Type", type);
	release_line(c);
	if (evhttp_request_get_command(c->req) == EVHTTP_REQ_HEAD)
		len = 0; /* evhttp would send it */
	if (body == NULL || evbuffer_add(body, bytes, len) != 0)
		evhttp_send_error(c->req, HTTP_SERVUNAVAIL, NULL);
	else
		evhttp_send_reply(c->req, status, NULL, body);
	if (body != NULL)
		evbuffer_free(body);
	free(c);
}

static void add_say(struct text *t, const char *key, struct say say)
{
	text_addf(t, ",\"%s\":{\"en\":", key);
	text_add_json(t, say.en);
	text_add(t, ",\"zh\":");
	text_add_json(t, say.zh);
	text_addc(t, '}');
}

static void write_problem(const struct problem *p, struct text *t)
{
	const struct problem_kind *kind = &problem_kinds[p->type];

	text_addf(t, "{\"type\":\"%s\",\"title\":", kind->urn);
	text_add_json(t, kind->title.en);
	text_addf(t, ",\"status\":%d,\"detail\":", kind->status);
	text_add_json(t, p->say.en);
	add_say(t, "say", p->say);
	add_say(t, "titles", kind->title);
	if (p->code != NULL) {
		text_add(t, ",\"code\":");
		text_add_json(t, p->code);
	}
	if (p->at != NULL) {
		text_add(t, ",\"at\":");
		text_add_json(t, p->at);
	}
	if (p->more != NULL)
		text_add(t, p->more);
	text_addc(t, '}');
}

static const char problem_media[] = "application/problem+json";

void call_problem(struct call *c, const struct problem *p)
{
	struct text t;

	text_init(&t, PROBLEM_BYTES);
	write_problem(p, &t);
	call_reply(c, problem_kinds[p->type].status, problem_media, text_str(&t), t.len);
	text_clear(&t);
}

static enum problem_type type_of_bare(int status)
{
	switch (status) {
	case HTTP_ENTITYTOOLARGE:
		return PROBLEM_TOO_LARGE;
	case HTTP_SERVUNAVAIL:
		return PROBLEM_UNAVAILABLE;
	case HTTP_INTERNAL:
		return PROBLEM_INTERNAL;
	default:
		return PROBLEM_HTTP;
	}
}

/* libevent's own of this name, in place of which the linker takes this one: evhttp answers with it what it cannot read,
 * before there is a call, in HTML of its own and without our headers. Version 2.1 has no other way to say it; where the
 * library would not call it, test_hostile fails. */
void evhttp_send_error(struct evhttp_request *req, int status, const char *reason)
{
	const struct problem p = { .type = type_of_bare(status),
		.say = problem_kinds[type_of_bare(status)].title };
	struct evkeyvalq *out = evhttp_request_get_output_headers(req);
	struct evbuffer *body = evbuffer_new();
	struct text t;

	(void)reason;
	text_init(&t, PROBLEM_BYTES);
	write_problem(&p, &t);
	if (req->major == 0) { /* not a line of it could be read */
		req->major = 1;
		req->minor = 1;
	}
	evhttp_clear_headers(out);
	evhttp_add_header(out, "Content-Type", problem_media);
	evhttp_add_header(out, "Connection", "close");
	common_headers(req);
	if (body != NULL)
		evbuffer_add(body, text_str(&t), t.len);
	evhttp_send_reply(req, problem_kinds[p.type].status, NULL, body);
	if (body != NULL)
		evbuffer_free(body);
	text_clear(&t);
}

void call_error(struct call *c, const struct error *err)
{
	const struct problem p = { .type = problem_of(err->code), .say = err->say };

	if (p.type == PROBLEM_BUSY) /* until one of those that run has ended */
		call_add_header(c, "Retry-After", "1");
	if (problem_kinds[p.type].status >= 500)
		log_line(LOG_ERROR, "%s %s: %s", call_method_name(c), call_path(c), err->log);
	call_problem(c, &p);
}

void call_hold(struct call *c, void (*gone)(struct call *c, void *arg), void *arg)
{
	c->gone = gone;
	c->arg = arg;
	c->held = true;
	evhttp_connection_set_closecb(evhttp_request_get_connection(c->req), on_gone, c);
	web_line_watch(line_of_call(c));
}

void call_stream_start(struct call *c)
{
	common_headers(c->req);
	count_status(c->h, HTTP_OK);
	call_add_header(c, "Content-Type", "text/event-stream");
	call_add_header(c, "Connection", "close");
	c->streaming = true;
	evhttp_send_reply_start(c->req, HTTP_OK, NULL);
}

void call_stream_send(struct call *c, const char *bytes, size_t len)
{
	struct evbuffer *body = evbuffer_new();

	if (body == NULL || evbuffer_add(body, bytes, len) != 0)
		call_cut(c);
	else
		evhttp_send_reply_chunk(c->req, body);
	if (body != NULL)
		evbuffer_free(body);
}

size_t call_stream_waiting(const struct call *c)
{
	return web_line_waiting(line_of_call(c));
}

void call_stream_end(struct call *c)
{
	release_line(c);
	evhttp_send_reply_end(c->req); /* or frees it when the client is gone */
	free(c);
}

void call_cut(struct call *c)
{
	struct web_line *l = line_of_call(c);

	if (l != NULL)
		web_line_cut(l);
}

/* ---- the server ---- */

int http_new(struct http **out, struct event_base *base, SSL_CTX *ctx, const char *host,
	uint16_t port, const struct http_calls *calls, void *arg, uint16_t *got, struct error *err)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return error_memory(err);
	*h = (struct http){ .calls = calls, .arg = arg, 
		.lines = { .base = base, .ctx = ctx, .request_ms = REQUEST_MS, .reply_ms = REPLY_MS } };
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	h->server = evhttp_new(base);
	if (h->server == NULL || !web_lines_begin(&h->lines)) {
		http_free(h);
		return error_memory(err);
	}
	if (listen_on(&h->lines.listener, base, host, port, NULL, NULL, got, err) != 0) {
		http_free(h);
		return -1;
	}
	evhttp_set_bevcb(h->server, web_line_new, &h->lines);
	evhttp_set_gencb(h->server, on_request, h);
	evhttp_set_allowed_methods(h->server, ANY_METHOD);
	/* A little more than ours, so that a body slightly too large gets a problem we wrote. */
	evhttp_set_max_body_size(h->server, 2 * MAX_BODY);
	evhttp_set_max_headers_size(h->server, MAX_HEADERS);
	evhttp_set_timeout(h->server, WEB_IDLE_S);
	if (evhttp_bind_listener(h->server, h->lines.listener) == NULL) {
		evconnlistener_free(h->lines.listener);
		http_free(h);
		return error_memory(err);
	}
	*out = h;
	return 0;
}

void http_hurry(struct http *h, unsigned request_ms, unsigned reply_ms)
{
	h->lines.request_ms = request_ms;
	h->lines.reply_ms = reply_ms;
}

size_t http_lines(const struct http *h)
{
	return h->lines.n;
}

const uint64_t *http_statuses(const struct http *h)
{
	return h->statuses;
}

void http_free(struct http *h)
{
	if (h == NULL)
		return;
	if (h->server != NULL)
		evhttp_free(h->server); /* and all connections; held calls hear it */
	web_lines_end(&h->lines);
	free(h);
}
