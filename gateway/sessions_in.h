/*
 * sessions_in.h - what sessions.c (lines) and sessions_hello.c (which of them speaks for a site) share. For these files only.
 */
#ifndef GATEWAY_SESSIONS_IN_H
#define GATEWAY_SESSIONS_IN_H

#include <event2/listener.h>

#include "gateway/sessions.h"

struct session {
	struct sessions *all;
	struct channel *channel;
	struct event *hello_limit;
	size_t site;     /* NO_SITE until the certificate was read */
	int64_t until_s; /* of that certificate */
	bool on_line;    /* it speaks for the site */
	bool leaving;    /* nothing it says counts any more */
	uint8_t key[32];
	unsigned hellos; /* since second_ms, monotonic */
	int64_t second_ms;
	struct session *next;
};

struct site {
	struct site_status status;
	struct session *line; /* NULL: offline */
};

struct sessions {
	struct event_base *base;
	SSL_CTX *ctx;
	struct store *store;
	const struct sessions_calls *calls;
	void *arg;
	char gateway[MAX_ID + 1];
	struct evconnlistener *listener;
	struct site *sites;
	char **names;
	size_t n, n_lines, n_online;
	struct session *list;
	bool stopping;
};

static inline const char *session_name(const struct session *s)
{
	return s->site == NO_SITE ? "unknown site" : s->all->names[s->site];
}

/* sessions.c. Nothing it says counts any more, and the line ends; with a reason for the agent, or without. */
void session_leave(struct session *s, enum why_offline why);
void session_bye(struct session *s, enum bye_reason reason, enum why_offline why);

/* sessions_hello.c */
void session_hello(struct session *s, const struct msg_hello *h);

#endif
