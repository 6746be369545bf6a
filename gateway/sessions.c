/*
 * sessions.c - accepting agents, and the end of their lines; what they say in hello is sessions_hello.c's.
 * What they answer to questions is round.c's and quote.c's.
 */
#include "gateway/sessions_in.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "gateway/listen.h"

enum {
	SPARE_LINES = 64, /* beyond one per site: handshakes, replacements, strangers */
	ENDING_LINES = 64, /* beyond those, while the oldest strangers are being ended */
};

const char *why_offline_name(enum why_offline w)
{
	static const char *const names[WHYS] = { "never-seen", "lost", "ledger", "version" };

	return names[w];
}

/* ---- the end of a line ---- */

/* The site is not on the line any more, for whatever reason. */
static void off_line(struct session *s, enum why_offline why)
{
	struct site *site;

	if (!s->on_line)
		return;
	s->on_line = false;
	site = &s->all->sites[s->site];
	site->line = NULL;
	site->status.online = false;
	site->status.why = why;
	site->status.since_ms = clock_wall_ms();
	s->all->n_online--;
	s->all->calls->on_lost(s->site, s->all->arg);
}

void session_leave(struct session *s, enum why_offline why)
{
	s->leaving = true;
	event_del(s->hello_limit);
	off_line(s, why);
	channel_end(s->channel);
}

void session_bye(struct session *s, enum bye_reason reason, enum why_offline why)
{
	const struct message bye = { .type = MSG_BYE, .bye = { reason } };
	struct error err;

	if (s->leaving)
		return;
	if (channel_send(s->channel, &bye, &err) != 0)
		log_line(LOG_DEBUG, "no bye: %s", err.log);
	session_leave(s, why);
}

static void on_end(struct channel *c, const struct error *why, void *arg)
{
	struct session *s = arg, **at = &s->all->list;

	(void)c;
	if (why->code != E_NONE && !s->leaving)
		log_line(s->site == NO_SITE ? LOG_INFO : LOG_NOTICE, "agent line ended: %s",
			why->log);
	s->leaving = true;
	off_line(s, WHY_LOST);
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	s->all->n_lines--;
	event_free(s->hello_limit);
	free(s);
}

static void on_hello_limit(evutil_socket_t fd, short what, void *arg)
{
	struct session *s = arg;

	(void)fd;
	(void)what;
	log_line(LOG_NOTICE, "site %s: no hello in time", session_name(s));
	session_bye(s, BYE_PROTOCOL, WHY_LOST);
}

/* ---- the line ---- */

static void on_open(struct channel *c, const struct tls_peer *peer, void *arg)
{
	struct session *s = arg;
	struct error err;

	s->site = sessions_find(s->all, peer->name);
	s->until_s = peer->until_s;
	if (s->site == NO_SITE) {
		log_line(LOG_WARNING, "site '%s' has a certificate but is not in 'sites': refused",
			peer->name);
		session_bye(s, BYE_SITE, WHY_LOST);
	} else if (channel_peer_key(c, s->key, &err) != 0) {
		log_line(LOG_WARNING, "%s", err.log);
		session_leave(s, WHY_LOST);
	}
}

static void on_message(struct channel *c, const struct message *m, void *arg)
{
	struct session *s = arg;

	(void)c;
	if (s->leaving)
		return;
	switch (m->type) {
	case MSG_HELLO:
		session_hello(s, &m->hello);
		return;
	case MSG_BYE:
		log_line(LOG_INFO, "site %s: says bye", session_name(s));
		session_leave(s, WHY_LOST);
		return;
	case MSG_QUOTED:
	case MSG_RELEASE:
	case MSG_REFUSE:
	case MSG_OFFER:
	case MSG_SUM:
	case MSG_CATALOGUE:
		if (s->on_line) {
			s->all->calls->on_message(s->site, m, s->all->arg);
			return;
		}
		break;
	default:
		break;
	}
	log_line(LOG_WARNING, "site %s: a %s at the wrong moment", session_name(s),
		message_name(m->type));
	session_bye(s, BYE_PROTOCOL, WHY_LOST);
}

static const struct channel_calls line_calls = { .on_open = on_open, .on_message = on_message, .on_end = on_end };

/* Full: of those that have not said hello the one that came first goes, or whoever opens lines and says nothing
 * would keep the sites out. False: there is none. */
static bool make_room(struct sessions *all)
{
	struct session *oldest = NULL;

	for (struct session *s = all->list; s != NULL; s = s->next) /* newest first */
		if (!s->on_line && !s->leaving)
			oldest = s;
	if (oldest == NULL)
		return false;
	session_leave(oldest, WHY_LOST);
	return true;
}

static bool has_room(struct sessions *all)
{
	size_t most = all->n + SPARE_LINES;

	return all->n_lines < most || (all->n_lines < most + ENDING_LINES && make_room(all));
}

static void on_accept(
	struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int len, void *arg)
{
	const struct timeval limit = { 2 * HANDSHAKE_MS / 1000, 0 }; /* handshake, then hello */
	struct sessions *all = arg;
	struct session *s;
	struct error err;

	(void)l;
	(void)from;
	(void)len;
	if (!has_room(all) || (s = calloc(1, sizeof(*s))) == NULL) {
		close(fd);
		return;
	}
	s->all = all;
	s->site = NO_SITE;
	s->hello_limit = evtimer_new(all->base, on_hello_limit, s);
	if (s->hello_limit == NULL) {
		close(fd);
		free(s);
		return;
	}
	if (channel_accept(&s->channel, all->base, all->ctx, fd, TLS_ROLE_SITE, &line_calls, s,
		    &err) != 0) {
		log_line(LOG_WARNING, "could not take an agent's line: %s", err.log);
		event_free(s->hello_limit);
		free(s);
		return;
	}
	event_add(s->hello_limit, &limit);
	s->next = all->list;
	all->list = s;
	all->n_lines++;
}

/* ---- for the others ---- */

int sessions_new(struct sessions **out, struct event_base *base, SSL_CTX *ctx, const char *gateway,
	const char *const *sites, size_t n, struct store *store, const struct sessions_calls *calls,
	void *arg, struct error *err)
{
	struct sessions *s = calloc(1, sizeof(*s));
	bool fits;

	if (s == NULL)
		return error_memory(err);
	s->sites = calloc(n == 0 ? 1 : n, sizeof(*s->sites));
	s->names = calloc(n == 0 ? 1 : n, sizeof(*s->names));
	if (s->sites == NULL || s->names == NULL)
		goto memory;
	*s = (struct sessions){ .base = base,
		.ctx = ctx,
		.store = store,
		.calls = calls,
		.arg = arg,
		.sites = s->sites,
		.names = s->names,
		.n = n };
	fits = text_copy(s->gateway, sizeof(s->gateway), gateway);
	for (size_t i = 0; i < n; i++) {
		s->names[i] = strdup(sites[i]);
		if (s->names[i] == NULL || !fits)
			goto memory;
		s->sites[i].status.site = s->names[i];
	}
	*out = s;
	return 0;
memory:
	sessions_free(s);
	return error_memory(err);
}

int sessions_listen(
	struct sessions *s, const char *host, uint16_t port, uint16_t *got, struct error *err)
{
	return listen_on(&s->listener, s->base, host, port, on_accept, s, got, err);
}

size_t sessions_count(const struct sessions *s)
{
	return s->n;
}

size_t sessions_online(const struct sessions *s)
{
	return s->n_online;
}

size_t sessions_find(const struct sessions *s, const char *site)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->names[i], site) == 0)
			return i;
	return NO_SITE;
}

const char *const *sessions_names(const struct sessions *s)
{
	return (const char *const *)s->names;
}

const struct site_status *sessions_status(const struct sessions *s, size_t site)
{
	return &s->sites[site].status;
}

int sessions_send(struct sessions *s, size_t site, const struct message *m, struct error *err)
{
	if (s->sites[site].line == NULL)
		return error_set(err, E_STATE, SAY("the site is offline", "该医院不在线"),
			"site %s is not on the line", s->names[site]);
	return channel_send(s->sites[site].line->channel, m, err);
}

const uint8_t *sessions_key(const struct sessions *s, size_t site)
{
	return s->sites[site].line == NULL ? NULL : s->sites[site].line->key;
}

void sessions_drop(struct sessions *s, size_t site)
{
	if (s->sites[site].line != NULL)
		session_leave(s->sites[site].line, WHY_LOST);
}

int sessions_readmit(struct sessions *s, size_t site, const char *who, struct error *err)
{
	if (store_begin(s->store, err) != 0)
		return -1;
	if (store_forget_link(s->store, s->names[site], err) != 0 ||
		store_audit(s->store, clock_wall_ms(), "site.readmitted", who, s->names[site], "",
			err) != 0) {
		store_rollback(s->store);
		return -1;
	}
	if (store_commit(s->store, err) != 0)
		return -1;
	if (!s->sites[site].status.online)
		s->sites[site].status.why = WHY_LOST;
	log_line(LOG_NOTICE, "site %s: readmitted by %s", s->names[site], who);
	return 0;
}

void sessions_stop(struct sessions *s)
{
	s->stopping = true;
	if (s->listener != NULL)
		evconnlistener_disable(s->listener);
	for (struct session *at = s->list, *next; at != NULL; at = next) {
		next = at->next; /* the end of a channel comes later, from the loop */
		session_bye(at, BYE_STOPPING, WHY_LOST);
	}
}

size_t sessions_lines(const struct sessions *s)
{
	return s->n_lines;
}

void sessions_free(struct sessions *s)
{
	if (s == NULL)
		return;
	if (s->listener != NULL)
		evconnlistener_free(s->listener);
	for (size_t i = 0; s->names != NULL && i < s->n; i++)
		free(s->names[i]);
	free(s->sites);
	free(s->names);
	free(s);
}
