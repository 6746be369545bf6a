#include "cli/client.h"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/stream.h"
#include "wire/tls.h"

enum {
	ANSWER_BYTES = 17 << 20, /* the gateway's own bound is 16 MiB */
	EVENTS_BYTES =
		128 << 20, /* one connection's events together; after that they are followed anew */
	MAX_PARTS =
		1000000, /* maps and lists in one answer: each costs far more than its two bytes */
	MAX_TOKEN = 512,
	SILENT_S = 45, /* no byte for so long: the line is dead; the gateway sends one every 15 s */
	CALL_S = 60,   /* a whole call that is not followed */
};

struct client {
	const struct settings *settings;
	struct event_base *base;
	struct event *interrupt;
	SSL_CTX *ctx;
	char *host; /* without the brackets of an IPv6 address */
	int port;
	bool interrupted;
};

/* One call under way; lives on the caller's stack. */
struct call {
	struct client *client;
	const char *method, *path, *body;
	SSL *ssl;
	struct evhttp_connection *conn;
	struct event *limit; /* NULL while events are followed */
	struct evbuffer *in; /* of the reply, when no events are followed */
	struct stream stream;
	size_t max; /* bytes of the reply */
	bool follow;
	void (*on_answer)(json_t *, void *);
	void *arg;
	int status; /* HTTP; 0: none yet */
	bool done, whole;
	const char *why; /* it failed, in a word or two */
	struct error *err;
	int failed; /* -1: err says more than why */
};

/* ---- opening ---- */

static bool token_usable(const char *token)
{
	size_t len = strlen(token);

	for (const char *s = token; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return len > 0 && len <= MAX_TOKEN;
}

/* https, a host, perhaps a port, and nothing else. */
static int take_address(struct client *c, const char *address)
{
	struct evhttp_uri *uri = evhttp_uri_parse(address);
	const char *scheme, *host, *path;
	int ret = -1;

	if (uri == NULL)
		return -1;
	scheme = evhttp_uri_get_scheme(uri);
	host = evhttp_uri_get_host(uri);
	path = evhttp_uri_get_path(uri);
	c->port = evhttp_uri_get_port(uri) < 0 ? 443 : evhttp_uri_get_port(uri);
	if (scheme != NULL && strcmp(scheme, "https") == 0 && host != NULL && host[0] != '\0' &&
		strlen(host) <= MAX_NAME && c->port > 0 && c->port <= 65535 &&
		evhttp_uri_get_userinfo(uri) == NULL && evhttp_uri_get_query(uri) == NULL &&
		evhttp_uri_get_fragment(uri) == NULL &&
		(path == NULL || path[0] == '\0' || strcmp(path, "/") == 0)) {
		size_t bracket = host[0] == '[';

		c->host = strndup(host + bracket, strcspn(host, "]") - bracket);
		ret = 0;
	}
	evhttp_uri_free(uri);
	return ret;
}

int client_open(struct client **out, const struct settings *s, struct error *err)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return error_memory(err);
	c->settings = s;
	if (take_address(c, s->gateway) != 0) {
		error_set(err, E_INPUT,
			SAY("the gateway's address must be https://host:port",
				"网关地址应为 https://主机:端口"),
			"\"%s\"", s->gateway);
		goto bad;
	}
	if (!token_usable(s->token)) {
		error_set(err, E_INPUT,
			SAY("the token is damaged; run: cordon login",
				"令牌已损坏，请运行：cordon login"),
			"it is empty, too long or has characters that no token has");
		goto bad;
	}
	c->base = event_base_new();
	if (c->host == NULL || c->base == NULL) {
		error_memory(err);
		goto bad;
	}
	if (tls_web_client_context(&c->ctx, s->ca, err) != 0)
		goto bad;
	*out = c;
	return 0;
bad:
	client_close(c);
	return -1;
}

void client_close(struct client *c)
{
	if (c == NULL)
		return;
	if (c->interrupt != NULL)
		event_free(c->interrupt);
	if (c->base != NULL)
		event_base_free(c->base);
	SSL_CTX_free(c->ctx);
	free(c->host);
	free(c);
}

/* ---- interrupts ---- */

static void on_interrupt(evutil_socket_t number, short what, void *arg)
{
	struct client *c = arg;

	(void)number;
	(void)what;
	c->interrupted = true;
	event_base_loopbreak(c->base);
}

int client_catch_interrupt(struct client *c, struct error *err)
{
	if (c->interrupt == NULL)
		c->interrupt = evsignal_new(c->base, SIGINT, on_interrupt, c);
	if (c->interrupt == NULL || event_add(c->interrupt, NULL) != 0)
		return error_memory(err);
	return 0;
}

bool client_interrupted(const struct client *c)
{
	return c->interrupted;
}

void client_pause(struct client *c, int ms)
{
	const struct timeval tv = { ms / 1000, (suseconds_t)(ms % 1000) * 1000 };

	if (!c->interrupted && event_base_loopexit(c->base, &tv) == 0)
		event_base_dispatch(c->base);
}

/* ---- what comes back ---- */

/* Memory for JSON is bounded by its parts, not by its bytes. */
static json_t *read_json(const char *at, size_t len)
{
	size_t parts = 0;
	json_t *json;

	for (size_t i = 0; i < len; i++)
		parts += at[i] == '{' || at[i] == '[';
	json = parts > MAX_PARTS ? NULL : json_loadb(at, len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(json))
		return json;
	json_decref(json);
	return NULL;
}

int client_no_gateway(int status, struct error *err)
{
	return error_set(err, E_SYSTEM,
		SAY("what answers at this address is not a Cordon gateway",
			"此地址上的服务不是 Cordon 网关"),
		"its answer (status %d) is not a JSON object", status);
}

static void stop(struct call *call)
{
	call->done = true;
	event_base_loopbreak(call->client->base);
}

static void on_event(const char *name, const char *data, size_t len, void *arg)
{
	struct call *call = arg;
	json_t *json;

	if (strcmp(name, "answer") != 0 || call->failed != 0)
		return;
	json = read_json(data, len);
	if (json == NULL)
		call->failed = client_no_gateway(call->status, call->err);
	else
		call->on_answer(json, call->arg);
	json_decref(json);
}

static void on_chunk(struct evhttp_request *req, void *arg)
{
	struct call *call = arg;
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	size_t len = evbuffer_get_length(in);
	const unsigned char *bytes = evbuffer_pullup(in, -1);

	call->status = evhttp_request_get_response_code(req);
	if (call->status != 200 || len == 0 || call->failed != 0)
		return; /* evhttp throws away what is left in the buffer */
	if (bytes == NULL)
		call->failed = error_memory(call->err);
	else if (stream_feed(&call->stream, (const char *)bytes, len, call->err) != 0)
		call->failed = -1;
	if (call->failed != 0)
		stop(call);
}

static void on_done(struct evhttp_request *req, void *arg)
{
	struct call *call = arg;

	stop(call);
	if (req == NULL || evhttp_request_get_response_code(req) == 0) {
		if (call->why == NULL)
			call->why = "no connection";
		return;
	}
	call->status = evhttp_request_get_response_code(req);
	call->whole = true;
	if (!call->follow)
		evbuffer_add_buffer(call->in, evhttp_request_get_input_buffer(req));
}

static void on_error(enum evhttp_request_error error, void *arg)
{
	static const char *const words[] = {
		[EVREQ_HTTP_TIMEOUT] = "no answer in time",
		[EVREQ_HTTP_EOF] = "it ended the connection",
		[EVREQ_HTTP_INVALID_HEADER] = "what answers does not speak HTTP",
		[EVREQ_HTTP_BUFFER_ERROR] = "the connection broke",
		[EVREQ_HTTP_REQUEST_CANCEL] = "cancelled",
		[EVREQ_HTTP_DATA_TOO_LONG] = "the answer is too long",
	};
	struct call *call = arg;

	call->why = (size_t)error < sizeof(words) / sizeof(words[0]) ? words[error] : "unknown";
	stop(call);
}

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct call *call = arg;

	(void)fd;
	(void)what;
	call->why = "no whole answer in time";
	stop(call);
}

static int why_not(struct call *call)
{
	struct client *c = call->client;
	long verify = SSL_get_verify_result(call->ssl);

	if (call->failed != 0)
		return -1;
	if (c->interrupted)
		return error_set(call->err, E_STATE, SAY("interrupted", "已中断"), "by the person");
	if (verify != X509_V_OK)
		return error_set(call->err, E_CRYPTO,
			SAY("the gateway's certificate is not the one you trust; check `ca` in "
			    "your "
			    "settings",
				"网关证书不可信，请检查设置中的 ca"),
			"https://%s:%d: %s", c->host, c->port,
			X509_verify_cert_error_string(verify));
	return error_set(call->err, E_SYSTEM,
		SAY("the gateway cannot be reached; check the address and that it runs",
			"无法连接网关，请检查地址以及网关是否在运行"),
		"https://%s:%d: %s", c->host, c->port,
		call->why == NULL ? "no connection" : call->why);
}

/* ---- one call ---- */

/* The connection, TLS on it; call->ssl is held beside it, to be looked at after the connection's
 * end. */
static int connect_to(struct call *call)
{
	struct client *c = call->client;
	struct bufferevent *bev;

	call->ssl = SSL_new(c->ctx);
	if (call->ssl == NULL)
		return error_memory(call->err);
	if (tls_want_host(call->ssl, c->host, call->err) != 0)
		return -1;
	SSL_up_ref(call->ssl); /* the bufferevent ends one, even when it cannot be made */
	bev = bufferevent_openssl_socket_new(
		c->base, -1, call->ssl, BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL)
		return error_memory(call->err);
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	call->conn = evhttp_connection_base_bufferevent_new(
		c->base, NULL, bev, c->host, (unsigned short)c->port);
	if (call->conn == NULL) {
		bufferevent_free(bev);
		return error_memory(call->err);
	}
	evhttp_connection_set_timeout(call->conn, SILENT_S);
	evhttp_connection_set_max_body_size(call->conn, (ev_ssize_t)call->max);
	return 0;
}

static bool add_headers(const struct call *call, struct evhttp_request *req)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(req);
	const struct client *c = call->client;
	char host[MAX_NAME + 16], token[MAX_TOKEN + 16];

	snprintf(host, sizeof(host), strchr(c->host, ':') == NULL ? "%s:%d" : "[%s]:%d", c->host,
		c->port);
	snprintf(token, sizeof(token), "Bearer %s", c->settings->token);
	if (evhttp_add_header(headers, "Host", host) != 0 ||
		evhttp_add_header(headers, "Authorization", token) != 0 ||
		evhttp_add_header(headers, "Connection", "close") != 0)
		return false;
	if (call->body == NULL)
		return true;
	return evhttp_add_header(headers, "Content-Type", "application/json") == 0 &&
	       evbuffer_add(
		       evhttp_request_get_output_buffer(req), call->body, strlen(call->body)) == 0;
}

static int send_request(struct call *call)
{
	enum evhttp_cmd_type type = strcmp(call->method, "POST") == 0     ? EVHTTP_REQ_POST
				    : strcmp(call->method, "DELETE") == 0 ? EVHTTP_REQ_DELETE
									  : EVHTTP_REQ_GET;
	struct evhttp_request *req = evhttp_request_new(on_done, call);

	if (req == NULL)
		return error_memory(call->err);
	if (!add_headers(call, req)) {
		evhttp_request_free(req);
		return error_memory(call->err);
	}
	evhttp_request_set_error_cb(req, on_error);
	if (call->follow)
		evhttp_request_set_chunked_cb(req, on_chunk);
	/* takes req, whatever it returns */
	return evhttp_make_request(call->conn, req, type, call->path);
}

static int set_limit(struct call *call)
{
	const struct timeval tv = { .tv_sec = CALL_S };

	if (call->follow)
		return 0;
	call->limit = evtimer_new(call->client->base, on_limit, call);
	return call->limit == NULL || event_add(call->limit, &tv) != 0 ? error_memory(call->err)
								       : 0;
}

static int run(struct call *call)
{
	struct client *c = call->client;
	int ret = -1;

	if (set_limit(call) != 0 || connect_to(call) != 0)
		goto out;
	if (send_request(call) == 0)
		while (!call->done && !c->interrupted && event_base_loop(c->base, EVLOOP_ONCE) == 0)
			;
	ret = call->whole && call->failed == 0 ? 0 : why_not(call);
out:
	if (call->conn != NULL)
		evhttp_connection_free(
			call->conn); /* and its request, bufferevent, SSL reference */
	if (call->limit != NULL)
		event_free(call->limit);
	SSL_free(call->ssl);
	ERR_clear_error();
	return ret;
}

int client_call(struct client *c, const char *method, const char *path, const char *body,
	struct reply *out, struct error *err)
{
	struct call call = { .client = c,
		.method = method,
		.path = path,
		.body = body,
		.max = ANSWER_BYTES,
		.err = err };
	size_t len;
	bool nothing;
	int ret = -1;

	call.in = evbuffer_new();
	if (call.in == NULL)
		return error_memory(err);
	if (run(&call) != 0)
		goto out;
	out->status = call.status;
	len = evbuffer_get_length(call.in);
	out->body = len == 0 ? NULL : read_json((const char *)evbuffer_pullup(call.in, -1), len);
	/* DELETE has nothing to say where all went well; of anything else that is no gateway's answer */
	nothing = len == 0 && call.status == 204 && strcmp(method, "DELETE") == 0;
	ret = out->body == NULL && call.status < 300 && !nothing
		      ? client_no_gateway(call.status, err)
		      : 0;
out:
	evbuffer_free(call.in);
	return ret;
}

int client_bytes(struct client *c, const char *path, size_t max, uint8_t **bytes, size_t *len,
	struct reply *out, struct error *err)
{
	struct call call = { .client = c, .method = "GET", .path = path, .max = max, .err = err };
	int ret = -1;

	*bytes = NULL;
	call.in = evbuffer_new();
	if (call.in == NULL)
		return error_memory(err);
	if (run(&call) != 0)
		goto out;
	*out = (struct reply){ .status = call.status };
	*len = evbuffer_get_length(call.in);
	if (call.status != 200) {
		if (*len > 0)
			out->body = read_json((const char *)evbuffer_pullup(call.in, -1), *len);
		ret = 0;
		goto out;
	}
	*bytes = malloc(*len + 1);
	if (*bytes == NULL || evbuffer_remove(call.in, *bytes, *len) != (int)*len) {
		free(*bytes);
		*bytes = NULL;
		error_memory(err);
		goto out;
	}
	ret = 0;
out:
	evbuffer_free(call.in);
	return ret;
}

int client_follow(struct client *c, const char *path, void (*on_answer)(json_t *, void *),
	void *arg, struct error *err)
{
	struct call call = { .client = c,
		.method = "GET",
		.path = path,
		.err = err,
		.max = EVENTS_BYTES,
		.follow = true,
		.on_answer = on_answer,
		.arg = arg };
	int ret;

	stream_init(&call.stream, ANSWER_BYTES, on_event, &call);
	ret = run(&call);
	if (ret == 0 && call.status != 200)
		ret = error_set(err, E_SYSTEM,
			SAY("the gateway gives no progress", "网关不提供进度"), "status %d",
			call.status);
	stream_clear(&call.stream);
	return ret;
}
