/*
 * gateway.c - the parts in the order in which they need one another, and back.
 */
#include "gateway/gateway.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "gateway/api.h"
#include "gateway/sums.h"
#include "vocabulary/vocabulary.h"
#include "wire/tls.h"

enum {
	STOP_LOOK_MS = 20,
	MAX_PATH = 4096
};

struct gateway {
	struct event_base *base;
	int lock;
	struct store *store;
	struct trust trust;
	SSL_CTX *agents_tls, *web_tls;
	struct people *people;
	struct sign_in *sign_in;
	struct sessions *sessions;
	struct sums sums;
	struct catalogue *catalogue;
	struct coverage *coverage;
	struct vocabulary *vocabulary; /* or NULL */
	char *name;
	struct rounds *rounds;
	struct quotes *quotes;
	struct api *api;
	struct http *http;
	uint16_t agents_port, web_port;
	struct event *stop_timer;
	bool broken; /* the disk failed */
	int64_t stop_by_ms;
	void (*stopped)(void *arg);
	void *stopped_arg;
};

/* ---- who tells whom ---- */

static void on_line(size_t site, void *arg)
{
	struct gateway *g = arg;

	rounds_on_line(g->rounds, site);
}

static void on_lost(size_t site, void *arg)
{
	struct gateway *g = arg;

	rounds_on_lost(g->rounds, site);
	quotes_on_lost(g->quotes, site);
}

/* A site whose catalogue is no catalogue, or that sends them without end, does not keep its line. */
static void on_catalogue(struct gateway *g, size_t site, const struct msg_catalogue *m)
{
	struct error err;

	if (catalogue_take(g->catalogue, site, m->offered, clock_wall_ms(), &err) == 0)
		return;
	log_line(LOG_WARNING, "site %s: what it offers is not taken: %s",
		sessions_status(g->sessions, site)->site, err.log);
	if (err.code == E_INPUT || err.code == E_LIMIT)
		sessions_drop(g->sessions, site);
}

static void on_message(size_t site, const struct message *m, void *arg)
{
	struct gateway *g = arg;

	if (m->type == MSG_QUOTED)
		quotes_on_quoted(g->quotes, site, &m->quoted);
	else if (m->type == MSG_RELEASE)
		rounds_on_release(g->rounds, site, m);
	else if (m->type == MSG_REFUSE)
		rounds_on_refuse(g->rounds, site, m);
	else if (m->type == MSG_OFFER)
		rounds_on_offer(g->rounds, site, m);
	else if (m->type == MSG_SUM)
		rounds_on_sum(g->rounds, site, m);
	else if (m->type == MSG_CATALOGUE)
		on_catalogue(g, site, &m->catalogue);
}

static const struct sessions_calls session_calls = { on_line, on_lost, on_message };

static void on_change(const char *id, bool last, void *arg)
{
	struct gateway *g = arg;

	if (last)
		coverage_changed(g->coverage);
	api_on_change(g->api, id, last);
}

static void on_asked(const char *id, const struct error *why, void *arg)
{
	struct gateway *g = arg;

	api_on_asked(g->api, id, why);
}

static void on_broken(void *arg)
{
	struct gateway *g = arg;

	g->broken = true;
	event_base_loopbreak(g->base);
}

static const struct rounds_calls round_calls = { on_asked, on_change, on_broken };

/* ---- starting ---- */

static int path_in(char out[MAX_PATH], const char *folder, const char *name, struct error *err)
{
	if ((size_t)snprintf(out, MAX_PATH, "%s/%s", folder, name) < MAX_PATH)
		return 0;
	return error_set(
		err, E_INPUT, SAY("a path is too long", "路径过长"), "\"%s\" is too long", folder);
}

/* Two gateways on one store would ask every question twice. */
static int take_lock(struct gateway *g, const char *folder, struct error *err)
{
	char path[MAX_PATH];

	if (file_mkdirs(folder, 0700, err) != 0 || path_in(path, folder, "lock", err) != 0)
		return -1;
	g->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (g->lock < 0)
		return error_set(err, E_SYSTEM,
			SAY("the state folder cannot be written", "状态目录无法写入"),
			"could not open \"%s\": %s", path, strerror(errno));
	if (flock(g->lock, LOCK_EX | LOCK_NB) != 0)
		return error_set(err, E_STATE,
			SAY("another gateway is running with this state folder",
				"另一个网关正在使用该状态目录"),
			"\"%s\" is locked", path);
	return 0;
}

static int open_store(struct gateway *g, const char *folder, struct error *err)
{
	char path[MAX_PATH];

	return path_in(path, folder, "gateway.db", err) != 0 ? -1
							     : store_open(&g->store, path, err);
}

static int open_trust(struct gateway *g, const struct gateway_config *c, struct error *err)
{
	const struct tls_files files = { .root = c->root,
		.cert = c->agents.certificate,
		.key = c->agents.key,
		.revoked = c->revoked };

	if (trust_open(&g->trust, c->root, c->revoked, err) != 0 ||
		tls_channel_context(&g->agents_tls, &files, true, err) != 0)
		return -1;
	/* Many lines rest most of the time. */
	SSL_CTX_set_mode(g->agents_tls, SSL_MODE_RELEASE_BUFFERS);
	return tls_web_context(&g->web_tls, c->web.certificate, c->web.key, err);
}

static int open_parts(struct gateway *g, const struct gateway_config *c, struct error *err)
{
	struct api_parts parts;

	g->name = strdup(c->name);
	if (g->name == NULL)
		return error_memory(err);
	if (people_new(&g->people, c->people, c->n_people, c->rate, err) != 0 ||
		sign_in_new(&g->sign_in, g->base, c, err) != 0 ||
		sessions_new(&g->sessions, g->base, g->agents_tls, c->name, c->sites, c->n_sites,
			g->store, &session_calls, g, err) != 0 ||
		rounds_new(&g->rounds, g->base, g->sessions, g->store, &round_calls, g, err) != 0 ||
		quotes_new(&g->quotes, g->base, g->sessions, err) != 0 ||
		catalogue_new(&g->catalogue, g->store, sessions_names(g->sessions),
			sessions_count(g->sessions), err) != 0 ||
		coverage_new(&g->coverage, g->store, c->coverage, err) != 0 ||
		(c->vocabulary != NULL &&
			vocabulary_open(&g->vocabulary, c->vocabulary, err) != 0) ||
		sums_open(&g->sums, c, g->store, err) != 0)
		return -1;
	rounds_sums(g->rounds, &(struct rounds_sums){ c->name, g->sums.members, g->sums.key,
				       g->sums.has_paillier ? &g->sums.paillier.k : NULL });
	parts = (struct api_parts){ .people = g->people,
		.sign_in = g->sign_in,
		.secure = g->sums.members != NULL,
		.sessions = g->sessions,
		.rounds = g->rounds,
		.quotes = g->quotes,
		.store = g->store,
		.name = g->name,
		.catalogue = g->catalogue,
		.coverage = g->coverage,
		.vocabulary = g->vocabulary,
		.trust = &g->trust };
	return api_new(&g->api, g->base, &parts, err);
}

static int listen_to_all(struct gateway *g, const struct gateway_config *c, struct error *err)
{
	if (sessions_listen(g->sessions, c->agents.host, c->agents.port, &g->agents_port, err) !=
			0 ||
		http_new(&g->http, g->base, g->web_tls, c->web.host, c->web.port, &api_calls,
			g->api, &g->web_port, err) != 0)
		return -1;
	api_parts(g->api)->http = g->http;
	return 0;
}

static int write_ports(const struct gateway *g, const char *folder, struct error *err)
{
	char path[MAX_PATH], text[64];
	int len = snprintf(text, sizeof(text), "agents %u\nweb %u\n", (unsigned)g->agents_port,
		(unsigned)g->web_port);

	return path_in(path, folder, "ports", err) != 0
		       ? -1
		       : file_write(path, text, (size_t)len, 0600, err);
}

int gateway_open(struct gateway **out, struct event_base *base, const struct gateway_config *config,
	struct error *err)
{
	struct gateway *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return error_memory(err);
	g->base = base;
	g->lock = -1;
	if (take_lock(g, config->state, err) != 0 || open_store(g, config->state, err) != 0 ||
		open_trust(g, config, err) != 0 || open_parts(g, config, err) != 0 ||
		rounds_resume(g->rounds, err) != 0 || listen_to_all(g, config, err) != 0 ||
		store_audit(g->store, clock_wall_ms(), "gateway.started", config->name, "", "",
			err) != 0 ||
		write_ports(g, config->state, err) != 0) {
		gateway_close(g);
		return -1;
	}
	log_line(LOG_INFO, "gateway %s: agents on %s port %u, people on https://%s:%u",
		config->name, config->agents.host, (unsigned)g->agents_port, config->web.host,
		(unsigned)g->web_port);
	*out = g;
	return 0;
}

struct event_base *gateway_base(const struct gateway *g)
{
	return g->base;
}

uint16_t gateway_agents_port(const struct gateway *g)
{
	return g->agents_port;
}

uint16_t gateway_web_port(const struct gateway *g)
{
	return g->web_port;
}

/* ---- stopping ---- */

static void look_again(struct gateway *g)
{
	const struct timeval tv = { 0, STOP_LOOK_MS * 1000 };

	event_add(g->stop_timer, &tv);
}

static void on_stop_timer(evutil_socket_t fd, short what, void *arg)
{
	struct gateway *g = arg;

	(void)fd;
	(void)what;
	if (sessions_lines(g->sessions) > 0 && clock_mono_ms() < g->stop_by_ms)
		look_again(g);
	else
		g->stopped(g->stopped_arg);
}

bool gateway_broken(const struct gateway *g)
{
	return g->broken;
}

void gateway_stop(struct gateway *g, void (*stopped)(void *arg), void *arg)
{
	if (g->stop_timer != NULL)
		return; /* asked twice */
	g->stopped = stopped;
	g->stopped_arg = arg;
	g->stop_by_ms = clock_mono_ms() + STOP_MS;
	api_parts(g->api)->stopping = true;
	g->stop_timer = evtimer_new(g->base, on_stop_timer, g);
	if (g->stop_timer == NULL) {
		stopped(arg);
		return;
	}
	sessions_stop(g->sessions);
	look_again(g);
}

void gateway_close(struct gateway *g)
{
	if (g == NULL)
		return;
	if (g->stop_timer != NULL)
		event_free(g->stop_timer);
	sign_in_free(g->sign_in); /* these three end the calls that are open */
	quotes_free(g->quotes);
	api_free(g->api);
	http_free(g->http);
	rounds_free(g->rounds);
	sums_close(&g->sums);
	vocabulary_close(g->vocabulary);
	coverage_free(g->coverage);
	catalogue_free(g->catalogue);
	free(g->name);
	sessions_free(g->sessions);
	people_free(g->people);
	SSL_CTX_free(g->web_tls);
	SSL_CTX_free(g->agents_tls);
	trust_clear(&g->trust);
	store_close(g->store);
	if (g->lock >= 0)
		close(g->lock);
	free(g);
}
