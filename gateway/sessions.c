/*
 * sessions.c - accepting agents, their hello, and which line speaks for a site.
 * What they answer to questions is round.c's and quote.c's.
 */
#include "gateway/sessions.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "gateway/listen.h"

enum {
	HELLOS_A_SECOND =
		50,       /* each may cost a write: one site's haste must not hold up the others */
	SPARE_LINES = 64, /* beyond one per site: handshakes, replacements, strangers */
	ENDING_LINES = 64, /* beyond those, while the oldest strangers are being ended */
};

struct session {
	struct sessions *all;
	struct channel *channel;
	struct event *hello_limit;
	size_t site;  /* NO_SITE until the certificate was read */
	int64_t until_s; /* of that certificate */
	bool on_line; /* it speaks for the site */
	bool leaving; /* nothing it says counts any more */
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

static void leave(struct session *s, enum why_offline why)
{
	s->leaving = true;
	event_del(s->hello_limit);
	off_line(s, why);
	channel_end(s->channel);
}

static void say_bye(struct session *s, enum bye_reason reason, enum why_offline why)
{
	const struct message bye = { .type = MSG_BYE, .bye = { reason } };
	struct error err;

	if (s->leaving)
		return;
	if (channel_send(s->channel, &bye, &err) != 0)
		log_line(LOG_DEBUG, "no bye: %s", err.log);
	leave(s, why);
}

static const char *name_of(const struct session *s)
{
	return s->site == NO_SITE ? "unknown site" : s->all->names[s->site];
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
	log_line(LOG_NOTICE, "site %s: no hello in time", name_of(s));
	say_bye(s, BYE_PROTOCOL, WHY_LOST);
}

/* ---- hello ---- */

static void record(struct session *s, const char *what, const char *detail)
{
	struct error err;

	if (store_audit(s->all->store, clock_wall_ms(), what, name_of(s), "", detail, &err) != 0)
		log_line(LOG_ERROR, "site %s: %s is not in the audit: %s", name_of(s), what,
			err.log);
}

/* L3. 0 in order, 1 refused, -1 our own failure. */
static int check_ledger(struct session *s, const struct msg_hello *h, struct error *err)
{
	struct ledger_link known = { 0 }, now = { h->ledger_seq, h->ledger_hash };
	const char *site = name_of(s);
	int found = store_link(s->all->store, site, &known, err);
	bool same;

	if (found < 0)
		return -1;
	same = known.seq == now.seq && hash32_equal(&known.hash, &now.hash);
	if (found == 1 && same)
		return 0;
	if (found == 1 && now.seq <= known.seq) {
		log_line(LOG_ERROR,
			"site %s: its ledger ends at link %llu, we have seen link %llu: refused",
			site, (unsigned long long)now.seq, (unsigned long long)known.seq);
		return 1;
	}
	return store_set_link(s->all->store, site, &now, err);
}

static void take_facts(struct session *s, const struct msg_hello *h)
{
	struct site_status *st = &s->all->sites[s->site].status;

	memcpy(st->program, h->program, sizeof(st->program));
	memcpy(st->data, h->data, sizeof(st->data));
	st->policy_version = h->policy_version;
	st->policy_hash = h->policy_hash;
}

/* L1 */
static void replace(struct session *s)
{
	struct session *first = s->all->sites[s->site].line;

	if (first == NULL)
		return;
	log_line(LOG_WARNING, "site %s: a second line replaces the first", name_of(s));
	record(s, "site.replaced", "a second connection of the same certificate");
	say_bye(first, BYE_REPLACED, WHY_LOST);
}

static int welcome(struct session *s, struct error *err)
{
	struct message m = { .type = MSG_WELCOME,
		.welcome = { .version = WIRE_MAJOR, .heartbeat_ms = HEARTBEAT_MS } };

	memcpy(m.welcome.gateway, s->all->gateway, sizeof(m.welcome.gateway));
	return channel_send(s->channel, &m, err);
}

static void come_on_line(struct session *s, const struct msg_hello *h)
{
	struct sessions *all = s->all;
	struct site *site = &all->sites[s->site];

	replace(s);
	event_del(s->hello_limit);
	s->on_line = true;
	site->line = s;
	site->status.online = true;
	site->status.since_ms = clock_wall_ms();
	site->status.until_ms = s->until_s * 1000;
	all->n_online++;
	take_facts(s, h);
	log_line(LOG_INFO, "site %s: on the line, %s, policy version %llu", name_of(s), h->program,
		(unsigned long long)h->policy_version);
	all->calls->on_line(s->site, all->arg);
}

static void keep_out(struct session *s, enum why_offline why, enum bye_reason reason)
{
	struct site_status *st = &s->all->sites[s->site].status;

	if (!s->on_line && !st->online) { /* it never came: the reason is shown all the same */
		st->why = why;
		st->since_ms = clock_wall_ms();
	}
	say_bye(s, reason, why);
}

static bool too_hasty(struct session *s)
{
	int64_t now = clock_mono_ms();

	if (now - s->second_ms >= 1000) {
		s->second_ms = now;
		s->hellos = 0;
	}
	return ++s->hellos > HELLOS_A_SECOND;
}

static void on_hello(struct session *s, const struct msg_hello *h)
{
	struct error err;
	int ledger;

	if (too_hasty(s)) {
		log_line(LOG_WARNING, "site %s: says hello without end", name_of(s));
		say_bye(s, BYE_PROTOCOL, WHY_LOST);
		return;
	}
	if (strcmp(h->site, name_of(s)) != 0) {
		log_line(LOG_WARNING, "site %s: says hello as '%s': refused", name_of(s), h->site);
		record(s, "site.refused", "a hello in another site's name");
		say_bye(s, BYE_SITE, WHY_LOST);
		return;
	}
	if (h->version != WIRE_MAJOR) {
		log_line(LOG_WARNING, "site %s: speaks version %llu: refused", name_of(s),
			(unsigned long long)h->version);
		keep_out(s, WHY_VERSION, BYE_VERSION);
		return;
	}
	ledger = check_ledger(s, h, &err);
	if (ledger == 1) {
		record(s, "site.refused", "its ledger went backwards");
		keep_out(s, WHY_LEDGER, BYE_LEDGER);
	} else if (ledger < 0) {
		log_line(
			LOG_ERROR, "site %s: its hello could not be kept: %s", name_of(s), err.log);
		leave(s, WHY_LOST);
	} else if (s->on_line) {
		take_facts(s, h); /* L2 */
	} else if (welcome(s, &err) != 0) {
		log_line(LOG_NOTICE, "site %s: no welcome: %s", name_of(s), err.log);
		leave(s, WHY_LOST);
	} else {
		come_on_line(s, h);
	}
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
		say_bye(s, BYE_SITE, WHY_LOST);
	} else if (channel_peer_key(c, s->key, &err) != 0) {
		log_line(LOG_WARNING, "%s", err.log);
		leave(s, WHY_LOST);
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
		on_hello(s, &m->hello);
		return;
	case MSG_BYE:
		log_line(LOG_INFO, "site %s: says bye", name_of(s));
		leave(s, WHY_LOST);
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
	log_line(LOG_WARNING, "site %s: a %s at the wrong moment", name_of(s),
		message_name(m->type));
	say_bye(s, BYE_PROTOCOL, WHY_LOST);
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
	leave(oldest, WHY_LOST);
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
		return error_set(err, E_STATE, SAY("the site is offline", "站点不在线"),
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
		leave(s->sites[site].line, WHY_LOST);
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
		say_bye(at, BYE_STOPPING, WHY_LOST);
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
