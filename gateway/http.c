/*
 * http.c - evhttp over TLS, with the bounds it does not have itself.
 *
 * evhttp owns connections and requests. Beside each connection stands a `struct line`, tied to its
 * SSL object, so that it ends with it, and a timer: when it fires, the socket is shut down and
 * evhttp finds the end by itself. Nothing of evhttp's is freed from outside.
 */
#include "gateway/http.h"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/listen.h"

enum {
	IDLE_S = 60,      /* evhttp's own timeout between two bytes */
	SPARE_LINES = 64, /* over MAX_WEB_LINES, while the oldest are being cut */
	REST_MS = 100,
	READ_AT_ONCE = 16 << 10,
	ANY_METHOD = 0xffff, /* so that we answer 405, not evhttp 501 */
};

enum line_state {
	LINE_READING,
	LINE_BUSY,
	LINE_REPLIED
};

enum side {
	IN,  /* since its last whole request: evhttp may have taken it out of the buffer */
	OUT, /* not written yet */
	SIDES
};
static const size_t most[SIDES] = { [IN] = MAX_WEB_IN, [OUT] = MAX_WEB_OUT };

struct pile {
	size_t bytes;
	int64_t since_ms; /* monotonic: when there was nothing */
};

struct line {
	struct http *h; /* NULL once h is gone */
	struct bufferevent *bev;
	struct event *limit;
	enum line_state state;
	bool ended; /* it was cut off */
	struct pile piles[SIDES];
	struct line *next, *before; /* newest first */
};

struct http {
	struct event_base *base;
	SSL_CTX *ctx;
	struct evhttp *server;
	struct evconnlistener *listener; /* server's */
	const struct http_calls *calls;
	void *arg;
	struct bufferevent
		*spare; /* H1: made ahead, so that accepting cannot fail into plain text */
	struct line *lines, *oldest;
	size_t n;
	size_t waiting[SIDES]; /* of all lines that are not cut off */
	uint64_t statuses[6];
};

struct call {
	struct http *h;
	struct evhttp_request *req;
	void (*gone)(struct call *c, void *arg);
	void *arg;
	bool held, streaming;
};

/* ---- connections ---- */

static int line_index = -1; /* of the line in its SSL object */

static void arm(struct line *l, unsigned ms)
{
	const struct timeval tv = { ms / 1000, (suseconds_t)(ms % 1000) * 1000 };

	event_add(l->limit, &tv);
}

/* What a line has waiting on one side. */
static void count(struct line *l, enum side side, size_t bytes)
{
	struct pile *p = &l->piles[side];

	if (p->bytes == 0)
		p->since_ms = clock_mono_ms();
	l->h->waiting[side] += bytes - p->bytes; /* unsigned, so less is right too */
	p->bytes = bytes;
}

/* What it has waiting is as good as gone. */
static void cut(struct line *l)
{
	evutil_socket_t fd = bufferevent_getfd(l->bev);

	if (l->h != NULL && !l->ended) {
		count(l, IN, 0);
		count(l, OUT, 0);
	}
	l->ended = true;
	if (fd >= 0)
		shutdown(fd, SHUT_RDWR);
}

/* Of those with more than their part of the bound, which there are when it is passed, the one that is longest at it. */
static void shed(struct http *h, enum side side)
{
	size_t part = most[side] / (MAX_WEB_LINES + SPARE_LINES + 1);
	struct line *slowest = NULL;

	for (struct line *l = h->lines; l != NULL; l = l->next)
		if (l->piles[side].bytes > part &&
			(slowest == NULL || l->piles[side].since_ms < slowest->piles[side].since_ms))
			slowest = l;
	if (slowest != NULL)
		cut(slowest);
}

static void on_bytes(struct line *l, enum side side, size_t bytes)
{
	if (l->h == NULL || l->ended)
		return;
	count(l, side, bytes);
	if (l->h->waiting[side] > most[side])
		shed(l->h, side);
}

static void on_in(struct evbuffer *in, const struct evbuffer_cb_info *info, void *arg)
{
	struct line *l = arg;

	(void)in;
	if (info->n_added > 0)
		on_bytes(l, IN, l->piles[IN].bytes + info->n_added);
}

static void on_out(struct evbuffer *out, const struct evbuffer_cb_info *info, void *arg)
{
	(void)info;
	on_bytes(arg, OUT, evbuffer_get_length(out));
}

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	cut(arg);
}

static void forget_limit(struct line *l)
{
	if (l->limit != NULL)
		event_free(l->limit);
	l->limit = NULL;
}

static void unlink_line(struct line *l)
{
	struct http *h = l->h;

	if (h == NULL)
		return;
	*(l->before == NULL ? &h->lines : &l->before->next) = l->next;
	*(l->next == NULL ? &h->oldest : &l->next->before) = l->before;
	h->n--;
	if (!l->ended) {
		count(l, IN, 0);
		count(l, OUT, 0);
	}
	l->h = NULL;
	forget_limit(l);
}

/* Called by OpenSSL when the SSL object ends, and with it the connection. */
static void on_ssl_end(
	void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
	struct line *l = ptr;

	(void)parent;
	(void)ad;
	(void)index;
	(void)argl;
	(void)argp;
	if (l == NULL)
		return;
	unlink_line(l);
	forget_limit(l); /* of one that was never used */
	free(l);
}

/* A TLS bufferevent that waits for its socket; NULL without memory. */
static struct bufferevent *new_spare(struct http *h)
{
	SSL *ssl = SSL_new(h->ctx);
	struct line *l = calloc(1, sizeof(*l));
	struct bufferevent *bev;

	if (ssl == NULL || l == NULL || SSL_set_ex_data(ssl, line_index, l) != 1) {
		SSL_free(ssl);
		free(l);
		return NULL;
	}
	l->limit = evtimer_new(h->base, on_limit, l);
	if (l->limit == NULL) {
		SSL_free(ssl); /* frees l */
		return NULL;
	}
	bev = bufferevent_openssl_socket_new(
		h->base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL)
		return NULL; /* libevent ended ssl */
	l->bev = bev;
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	/* What a client may send ahead of being read: one request and a bit. */
	bufferevent_setwatermark(bev, EV_READ, 0, 2 * MAX_BODY + MAX_HEADERS);
	bufferevent_set_max_single_read(bev, READ_AT_ONCE);
	if (evbuffer_add_cb(bufferevent_get_input(bev), on_in, l) != NULL &&
		evbuffer_add_cb(bufferevent_get_output(bev), on_out, l) != NULL)
		return bev;
	bufferevent_free(bev); /* frees l */
	return NULL;
}

/* Full: the longest silent one goes. */
static void make_room(struct http *h)
{
	for (struct line *l = h->oldest; l != NULL; l = l->before)
		if (l->state != LINE_BUSY && !l->ended) {
			cut(l);
			return;
		}
}

static struct line *line_of(struct bufferevent *bev)
{
	return SSL_get_ex_data(bufferevent_openssl_get_ssl(bev), line_index);
}

/* evhttp takes NULL for "plain text, please", so this must never return it (H1). */
static struct bufferevent *on_connection(struct event_base *base, void *arg)
{
	struct http *h = arg;
	struct bufferevent *bev = h->spare != NULL ? h->spare : new_spare(h);
	struct line *l;

	(void)base;
	if (bev == NULL) /* no memory even after the listener rested: better no gateway than plain text */
		abort();
	l = line_of(bev);
	l->h = h;
	l->next = h->lines;
	*(l->next == NULL ? &h->oldest : &l->next->before) = l;
	h->lines = l;
	h->n++;
	arm(l, REQUEST_MS);
	if (h->n > MAX_WEB_LINES)
		make_room(h);
	h->spare = new_spare(h);
	if (h->n > MAX_WEB_LINES + SPARE_LINES || h->spare == NULL)
		listen_rest(h->listener, REST_MS);
	return bev;
}

static struct line *line_of_call(const struct call *c)
{
	struct evhttp_connection *con = evhttp_request_get_connection(c->req);

	return con == NULL ? NULL : line_of(evhttp_connection_get_bufferevent(con));
}

/* ---- requests ---- */

static void set_timeouts(struct line *l, int read_s)
{
	const struct timeval r = { read_s, 0 }, w = { IDLE_S, 0 };

	bufferevent_set_timeouts(l->bev, read_s > 0 ? &r : NULL, &w);
}

static void on_gone(struct evhttp_connection *con, void *arg)
{
	struct call *c = arg;

	(void)con;
	c->gone(c, c->arg);
}

static void on_request(struct evhttp_request *req, void *arg)
{
	struct http *h = arg;
	struct call *c = calloc(1, sizeof(*c));
	const int one = 1;
	struct line *l;

	if (c == NULL) {
		evhttp_send_error(req, HTTP_SERVUNAVAIL, NULL);
		return;
	}
	c->h = h;
	c->req = req;
	l = line_of_call(c);
	l->state = LINE_BUSY;
	if (!l->ended)
		count(l, IN, evbuffer_get_length(bufferevent_get_input(l->bev)));
	event_del(l->limit);
	/* evhttp writes head and body apart; the second must not wait for an acknowledgement. */
	(void)setsockopt(bufferevent_getfd(l->bev), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
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

static void common_headers(struct call *c)
{
	static const char *const fixed[][2] = {
		{ "Cache-Control", "no-store" },
		{ "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Strict-Transport-Security", "max-age=31536000" },
		{ "X-Content-Type-Options", "nosniff" },
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		call_add_header(c, fixed[i][0], fixed[i][1]);
}

static void count_status(struct http *h, int status)
{
	h->statuses[status >= 100 && status < 600 ? status / 100 : 5]++;
}

/* Back to a connection that reads its next request. */
static void release_line(struct call *c)
{
	struct evhttp_connection *con = evhttp_request_get_connection(c->req);
	struct line *l = line_of_call(c);

	if (l == NULL)
		return;
	if (c->held)
		evhttp_connection_set_closecb(con, NULL, NULL);
	set_timeouts(l, IDLE_S);
	l->state = LINE_REPLIED;
	arm(l, REPLY_MS);
}

void call_reply(struct call *c, int status, const char *type, const char *bytes, size_t len)
{
	struct evbuffer *body = evbuffer_new();

	count_status(c->h, status);
	common_headers(c);
	call_add_header(c, "Content-Type", type);
	release_line(c);
	if (body == NULL || evbuffer_add(body, bytes, len) != 0)
		evhttp_send_error(c->req, HTTP_SERVUNAVAIL, NULL);
	else
		evhttp_send_reply(c->req, status, NULL, body);
	if (body != NULL)
		evbuffer_free(body);
	free(c);
}

static const char *title_of(int status)
{
	switch (status) {
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 409:
		return "Conflict";
	case 413:
		return "Content Too Large";
	case 429:
		return "Too Many Requests";
	case 503:
		return "Service Unavailable";
	default:
		return "Internal Server Error";
	}
}

void call_problem(struct call *c, const struct problem *p)
{
	struct text t;

	text_init(&t, 1 << 20);
	text_addf(&t, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":",
		title_of(p->status), p->status);
	text_add_json(&t, p->say.en);
	text_add(&t, ",\"say\":{\"en\":");
	text_add_json(&t, p->say.en);
	text_add(&t, ",\"zh\":");
	text_add_json(&t, p->say.zh);
	text_addc(&t, '}');
	if (p->code != NULL) {
		text_add(&t, ",\"code\":");
		text_add_json(&t, p->code);
	}
	if (p->at != NULL) {
		text_add(&t, ",\"at\":");
		text_add_json(&t, p->at);
	}
	if (p->more != NULL)
		text_add(&t, p->more);
	text_addc(&t, '}');
	call_reply(c, p->status, "application/problem+json", text_str(&t), t.len);
	text_clear(&t);
}

void call_error(struct call *c, const struct error *err)
{
	static const int statuses[] = {
		[E_NONE] = 500,
		[E_INPUT] = 400,
		[E_DENIED] = 403,
		[E_BUDGET] = 403,
		[E_STATE] = 409,
		[E_LIMIT] = 429,
		[E_SYSTEM] = 503,
		[E_CRYPTO] = 403,
	};
	const struct problem p = { .status = statuses[err->code], .say = err->say };

	if (p.status == 429) /* until one of those that run has ended */
		call_add_header(c, "Retry-After", "1");
	if (p.status >= 500)
		log_line(LOG_ERROR, "%s %s: %s", call_method_name(c), call_path(c), err->log);
	call_problem(c, &p);
}

/* evhttp does not look at a connection whose request is being worked on. This makes it see the
 * client leave, in the way it does itself while it writes. */
static void watch_for_end(struct line *l)
{
	bufferevent_data_cb on_read, on_write;
	bufferevent_event_cb on_event;
	void *arg;

	bufferevent_getcb(l->bev, &on_read, &on_write, &on_event, &arg);
	bufferevent_setcb(l->bev, NULL, on_write, on_event, arg);
	set_timeouts(l, 0);
	bufferevent_enable(l->bev, EV_READ);
}

void call_hold(struct call *c, void (*gone)(struct call *c, void *arg), void *arg)
{
	c->gone = gone;
	c->arg = arg;
	c->held = true;
	evhttp_connection_set_closecb(evhttp_request_get_connection(c->req), on_gone, c);
	watch_for_end(line_of_call(c));
}

void call_stream_start(struct call *c)
{
	common_headers(c);
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
	struct line *l = line_of_call(c);

	return l == NULL ? 0 : evbuffer_get_length(bufferevent_get_output(l->bev));
}

void call_stream_end(struct call *c)
{
	release_line(c);
	evhttp_send_reply_end(c->req); /* or frees it when the client is gone */
	free(c);
}

void call_cut(struct call *c)
{
	struct line *l = line_of_call(c);

	if (l != NULL)
		cut(l);
}

/* ---- the server ---- */

int http_new(struct http **out, struct event_base *base, SSL_CTX *ctx, const char *host,
	uint16_t port, const struct http_calls *calls, void *arg, uint16_t *got, struct error *err)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return error_memory(err);
	if (line_index < 0)
		line_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, on_ssl_end);
	*h = (struct http){ .base = base, .ctx = ctx, .calls = calls, .arg = arg };
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	h->server = evhttp_new(base);
	if (line_index < 0 || h->server == NULL || (h->spare = new_spare(h)) == NULL) {
		http_free(h);
		return error_memory(err);
	}
	if (listen_on(&h->listener, base, host, port, NULL, NULL, got, err) != 0) {
		http_free(h);
		return -1;
	}
	evhttp_set_bevcb(h->server, on_connection, h);
	evhttp_set_gencb(h->server, on_request, h);
	evhttp_set_allowed_methods(h->server, ANY_METHOD);
	/* A little more than ours, so that a body slightly too large gets a problem we wrote. */
	evhttp_set_max_body_size(h->server, 2 * MAX_BODY);
	evhttp_set_max_headers_size(h->server, MAX_HEADERS);
	evhttp_set_timeout(h->server, IDLE_S);
	if (evhttp_bind_listener(h->server, h->listener) == NULL) {
		evconnlistener_free(h->listener);
		http_free(h);
		return error_memory(err);
	}
	*out = h;
	return 0;
}

size_t http_lines(const struct http *h)
{
	return h->n;
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
	if (h->spare != NULL) {
		forget_limit(line_of(h->spare));
		bufferevent_free(h->spare);
	}
	while (h->lines != NULL) /* their SSL objects may end later, from the loop */
		unlink_line(h->lines);
	free(h);
}
