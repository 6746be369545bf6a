/*
 * http.h - HTTPS for people: one request is one `struct call`, answered now or later, or streamed.
 *
 * H1  TLS 1.3 only; never a plain-text connection, also when memory is short.
 * H2  bounded: headers, body, connections, and over all of them together what came of requests that are not
 *     whole and what waits to be read by slow clients. Whoever is slow or silent is cut off and holds up nobody.
 * H3  every call ends once: call_reply(), call_problem() or call_stream_end(), also when the client
 *     is gone. After that it must not be used.
 * H4  no body, query or token of a request gets into a log.
 */
#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

#include <event2/event.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "gateway/problem.h"

enum {
	MAX_BODY = 2 * MAX_QUESTION_BYTES, /* a question, and who asks it where */
	MAX_HEADERS = 16 << 10,
	MAX_WEB_LINES = 2048, /* a thousand watchers, and as many at rest */
	/* of all lines together; past it, whoever has kept such bytes waiting longest is cut off */
	MAX_WEB_IN = 32 << 20,   /* of requests that are not whole: nobody needs a token for them */
	MAX_WEB_OUT = 256 << 20, /* of replies that are not taken */
	REQUEST_MS = 30000, /* from connecting to a whole first request */
	REPLY_MS = 120000,  /* for the client to read a reply and send its next request */
};

struct http;
struct call;

enum call_method {
	CALL_GET,
	CALL_POST,
	CALL_DELETE,
	CALL_OTHER
};

struct http_calls {
	void (*on_call)(struct call *c, void *arg);
};

/* Gives *out (http_free) and the port it got. Borrows base, ctx, calls. Fails as listen_on(). */
CHECKED int http_new(struct http **out, struct event_base *base, SSL_CTX *ctx, const char *host,
	uint16_t port, const struct http_calls *calls, void *arg, uint16_t *got, struct error *err);
/* Cuts all connections off. Calls that are held or streamed must have been ended before. */
void http_free(struct http *h);
size_t http_lines(const struct http *h);
/* Other times than REQUEST_MS and REPLY_MS, for lines from now on: tests do not wait that long. */
void http_hurry(struct http *h, unsigned request_ms, unsigned reply_ms);
/* Requests so far by class of status: [2] is 2xx. */
const uint64_t *http_statuses(const struct http *h);

enum call_method call_method(const struct call *c);
const char *call_method_name(const struct call *c);
const char *call_path(const struct call *c); /* "/v1/sites": as sent, without query */
/* NULL when absent. Borrowed until the call ends. */
const char *call_header(const struct call *c, const char *name);
/* A query parameter, decoded. 1 there, 0 absent, -1 longer than size or given twice. */
int call_query(const struct call *c, const char *key, char *out, size_t size);
/* The client's numeric address; "" when it is gone. */
void call_address(const struct call *c, char *out, size_t size);
/* NULL when over MAX_BODY. */
const void *call_body(const struct call *c, size_t *len);

/* ---- answering ---- */

void call_add_header(struct call *c, const char *name, const char *value);
/* Ends c. type: "application/json". */
void call_reply(struct call *c, int status, const char *type, const char *bytes, size_t len);

struct problem {
	enum problem_type type;
	struct say say;   /* any text, not only literals */
	const char *code; /* or NULL: "Q103" */
	const char *at;   /* or NULL: "question:3:12" */
	const char *more; /* or NULL: further JSON members, as ",\"errors\":[...]" */
};
/* Ends c with application/problem+json. */
void call_problem(struct call *c, const struct problem *p);
/* The problem that an error is: its say, never its log. Ends c. */
void call_error(struct call *c, const struct error *err);

/* The answer comes later. `gone` is called if the client leaves first; it must end c (with
 * anything) before it returns. */
void call_hold(struct call *c, void (*gone)(struct call *c, void *arg), void *arg);

/* A stream of server-sent events, on a held call. */
void call_stream_start(struct call *c);
void call_stream_send(struct call *c, const char *bytes, size_t len);
size_t call_stream_waiting(const struct call *c); /* bytes not yet taken by the client */
void call_stream_end(struct call *c);             /* after the last; ends c */
void call_cut(struct call *c);                    /* a client that does not read; `gone` follows */

#endif
