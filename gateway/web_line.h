/*
 * web_line.h - the connections of http.c, with the bounds that evhttp does not have: how many, how long, how much they
 * keep waiting. Nobody else includes it.
 *
 * evhttp owns connections. Beside each stands a `struct web_line`, tied to its SSL object, so that it ends with it, and
 * a timer: when it fires, the socket is shut down and evhttp finds the end by itself. Nothing of evhttp's is freed from
 * outside.
 */
#ifndef GATEWAY_WEB_LINE_H
#define GATEWAY_WEB_LINE_H

#include <event2/bufferevent.h>
#include <event2/listener.h>

#include "gateway/http.h"

enum {
	WEB_IDLE_S = 60 /* between two bytes */
};

enum web_side {
	WEB_IN,  /* since its last whole request: evhttp may have taken it out of the buffer */
	WEB_OUT, /* not written yet */
	WEB_SIDES
};

struct web_line;

struct web_lines {
	struct event_base *base;
	SSL_CTX *ctx;
	struct evconnlistener *listener; /* evhttp's */
	struct bufferevent
		*spare; /* H1: made ahead, so that accepting cannot fail into plain text */
	struct web_line *newest, *oldest;
	unsigned request_ms, reply_ms;
	size_t n;
	size_t waiting[WEB_SIDES]; /* of all lines that are not cut off */
};

/* base, ctx and the times have been set; listener is, before there are lines. Fails without memory. */
bool web_lines_begin(struct web_lines *s);
/* Forgets the lines; their SSL objects may end later, from the loop. */
void web_lines_end(struct web_lines *s);
/* The next connection's, for evhttp_set_bevcb with the struct web_lines: never NULL, which evhttp takes for "plain
 * text, please" (H1). */
struct bufferevent *web_line_new(struct event_base *base, void *lines);

/* NULL when there is none. */
struct web_line *web_line_of(struct bufferevent *bev);
/* A whole request has come: no limit until it is answered. */
void web_line_busy(struct web_line *l);
/* It is answered: the next may come. */
void web_line_replied(struct web_line *l);
/* While a call waits, evhttp does not look at its connection; this makes it see the client leave. */
void web_line_watch(struct web_line *l);
/* Bytes that wait for the client; 0 without a line. */
size_t web_line_waiting(const struct web_line *l);
/* What it has waiting is as good as gone. */
void web_line_cut(struct web_line *l);

#endif
