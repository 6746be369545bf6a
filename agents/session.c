#include "agents/session.h"

#include <event2/dns.h>
#include <stdlib.h>
#include <string.h>

#include "agents/catalogue.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "wire/channel.h"

#ifndef CORDON_VERSION
#define CORDON_VERSION "0.1.0"
#endif

enum {
	LOOK_S = 1,          /* how often the ledger is looked at for news */
	TELL_MS = 60 * 1000, /* a site that is never idle tells its ledger this often */
};

struct session {
	struct event_base *base;
	struct evdns_base *dns;
	const struct agent_config *config;
	struct state *state;
	struct pipeline *pipeline;
	struct channel *channel; /* NULL: none */
	SSL_CTX *ctx;            /* of the last dial */
	struct event *dial;      /* the next one */
	unsigned backoff;
	bool welcomed, stopping, slow; /* slow: the gateway sent us away */
	int64_t since_ms;
	struct event *look; /* for news of the ledger */
	uint64_t told_seq;  /* the ledger's last link the gateway heard of */
	int64_t told_ms;    /* monotonic */
	int32_t told_day;   /* the day of the catalogue that the gateway has */
	char gateway[MAX_ID + 1];
	void (*done)(void *arg);
	void *done_arg;
};

static void on_open(struct channel *c, const struct tls_peer *peer, void *arg);
static void on_message(struct channel *c, const struct message *m, void *arg);
static void on_end(struct channel *c, const struct error *why, void *arg);

static const struct channel_calls calls = {
	.on_open = on_open, .on_message = on_message, .on_end = on_end
};

/* ---- dialling ---- */

static void dial_later(struct session *s)
{
	unsigned ms;

	if (s->slow)
		s->backoff = 16; /* far beyond the longest wait */
	s->slow = false;
	ms = channel_backoff_ms(&s->backoff);
	const struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000 };
	evtimer_add(s->dial, &tv);
}

static void on_dial(evutil_socket_t fd, short what, void *arg)
{
	struct session *s = arg;
	const struct agent_config *c = s->config;
	struct error err;

	(void)fd;
	(void)what;
	SSL_CTX_free(s->ctx);
	s->ctx = NULL;
	if (tls_channel_context(&s->ctx, &c->identity, false, &err) != 0 ||
		channel_dial(&s->channel, s->base, s->dns, s->ctx, c->gateway_host, c->gateway_port,
			TLS_ROLE_GATEWAY, &calls, s, &err) != 0) {
		log_line(LOG_ERROR, "gateway: cannot be dialled: %s", err.log);
		s->channel = NULL;
		dial_later(s);
		return;
	}
	release_key(s->pipeline, SSL_CTX_get0_privatekey(s->ctx)); /* N2 */
}

static void on_end(struct channel *c, const struct error *why, void *arg)
{
	struct session *s = arg;

	(void)c;
	s->channel = NULL;
	s->welcomed = false;
	s->since_ms = 0;
	if (s->stopping) {
		if (s->done != NULL)
			s->done(s->done_arg);
		return;
	}
	log_line(s->backoff < 3 ? LOG_WARNING : LOG_DEBUG, "gateway: the line ended: %s",
		why->code == E_NONE ? "closed" : why->log);
	dial_later(s);
}

/* ---- talking ---- */

int session_send(struct session *s, const struct message *m)
{
	struct error err;

	if (s->channel == NULL || !s->welcomed)
		return -1;
	if (channel_send(s->channel, m, &err) == 0)
		return 0;
	log_line(LOG_ERROR, "gateway: a %s could not be sent: %s", message_name(m->type), err.log);
	return -1;
}

static int say_hello(struct session *s, struct error *err)
{
	struct policy_ref *policy = release_policy_now(s->pipeline);
	struct message *m = calloc(1, sizeof(*m));
	struct ledger_head head;
	int ret = -1;

	if (m == NULL)
		return error_memory(err);
	m->type = MSG_HELLO;
	m->hello.version = WIRE_MAJOR;
	if (!text_copy(m->hello.site, sizeof(m->hello.site), s->config->site) ||
		!text_copy(m->hello.program, sizeof(m->hello.program),
			"cordon-agent " CORDON_VERSION) ||
		!text_copy(m->hello.data, sizeof(m->hello.data), s->config->data)) {
		error_set(
			err, E_LIMIT, SAY("a name is too long", "名称过长"), "a name does not fit");
		goto out;
	}
	if (policy != NULL) {
		m->hello.policy_version = (uint64_t)policy->policy->version;
		m->hello.policy_hash = policy->policy->hash;
	}
	if (ledger_head(s->state->ledger, &head, err) != 0)
		goto out;
	m->hello.ledger_seq = head.seq;
	m->hello.ledger_hash = head.hash;
	ret = channel_send(s->channel, m, err);
	s->told_seq = head.seq;
	s->told_ms = clock_mono_ms();
out:
	free(m);
	return ret;
}

/* The policy's exceptions end with a day, so what it offers is told again on the next. */
static void say_catalogue(struct session *s)
{
	struct policy_ref *policy = release_policy_now(s->pipeline);
	struct message m = { .type = MSG_CATALOGUE };
	int32_t today = clock_today();
	struct writer w;
	struct error err;
	const void *bytes;
	size_t len;

	if (writer_init(&w, MAX_CATALOGUE_BYTES, &err) != 0)
		goto failed;
	if (catalogue_pack(policy == NULL ? NULL : policy->policy, s->config->data, today, &w, &err) !=
			0 ||
		writer_bytes(&w, &bytes, &len, &err) != 0) {
		writer_clear(&w);
		goto failed;
	}
	m.catalogue.offered = (struct view){ bytes, len };
	if (session_send(s, &m) == 0)
		s->told_day = today;
	writer_clear(&w);
	return;
failed:
	log_line(LOG_ERROR, "gateway: could not say what is offered: %s", err.log);
}

static void session_hello(struct session *s)
{
	struct error err;

	if (s->channel == NULL || !s->welcomed)
		return;
	if (say_hello(s, &err) != 0)
		log_line(LOG_ERROR, "gateway: could not say hello: %s", err.log);
}

void session_policy(struct session *s)
{
	session_hello(s);
	if (s->welcomed)
		say_catalogue(s);
}

static bool ledger_has_news(const struct session *s)
{
	struct ledger_head head;
	struct error err;

	return s->channel != NULL && s->welcomed &&
	       ledger_head(s->state->ledger, &head, &err) == 0 && head.seq != s->told_seq;
}

/* The gateway notices a restored backup by the last link it heard of, so it must hear of new ones. It
 * hears when nothing is under way: the moment must not tell when an answer was ready. */
static void on_look(evutil_socket_t fd, short what, void *arg)
{
	struct session *s = arg;
	struct release_status now;

	(void)fd;
	(void)what;
	if (s->stopping || s->pipeline == NULL)
		return;
	if (s->welcomed && s->told_day != clock_today())
		say_catalogue(s);
	if (!ledger_has_news(s))
		return;
	release_status(s->pipeline, &now);
	if ((now.waiting == 0 && now.leaving == 0 && !now.running) ||
		clock_mono_ms() - s->told_ms >= TELL_MS)
		session_hello(s);
}

static void on_open(struct channel *c, const struct tls_peer *peer, void *arg)
{
	struct session *s = arg;
	struct error err;

	log_line(LOG_DEBUG, "gateway: connected to \"%s\"", peer->name);
	if (say_hello(s, &err) == 0)
		return;
	log_line(LOG_ERROR, "gateway: could not say hello: %s", err.log);
	channel_end(c);
}

/* ---- listening ---- */

static void on_welcome(struct session *s, const struct msg_welcome *w)
{
	bool again = s->welcomed;

	if (w->version != WIRE_MAJOR) {
		log_line(LOG_ERROR, "gateway: speaks version %llu, this agent %d",
			(unsigned long long)w->version, WIRE_MAJOR);
		s->slow = true;
		channel_end(s->channel);
		return;
	}
	(void)!text_copy(s->gateway, sizeof(s->gateway), w->gateway);
	channel_set_times(s->channel, 0, (unsigned)w->heartbeat_ms);
	s->welcomed = true;
	if (again) /* to a hello that told of a change */
		return;
	s->backoff = 0;
	s->since_ms = clock_wall_ms();
	log_line(LOG_NOTICE, "gateway: welcomed by \"%s\"", s->gateway);
	say_catalogue(s);
	release_resend(s->pipeline);
}

static void on_bye(struct session *s, const struct msg_bye *bye)
{
	static const char *const reasons[] = {
		[BYE_STOPPING] = "it is stopping",
		[BYE_REPLACED] = "another agent of this site took our place",
		[BYE_VERSION] = "it speaks another version",
		[BYE_SITE] = "it does not know this site",
		[BYE_LEDGER] =
			"our ledger went back behind what it has seen; was a backup restored?",
		[BYE_PROTOCOL] = "it did not understand us",
	};
	const char *reason = bye->reason < sizeof(reasons) / sizeof(reasons[0])
				     ? reasons[bye->reason]
				     : "no reason known";

	s->slow = bye->reason != BYE_STOPPING;
	log_line(s->slow ? LOG_ERROR : LOG_NOTICE, "gateway: says bye: %s", reason);
	channel_end(s->channel);
}

static void on_quote(struct session *s, const struct msg_quote *quote)
{
	struct message *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return;
	m->type = MSG_QUOTED;
	release_quote(s->pipeline, quote, &m->quoted);
	(void)!session_send(s, m);
	free(m);
}

static void on_message(struct channel *c, const struct message *m, void *arg)
{
	struct session *s = arg;

	if (!s->welcomed && m->type != MSG_WELCOME && m->type != MSG_BYE) {
		log_line(LOG_ERROR, "gateway: a %s came before the welcome", message_name(m->type));
		channel_end(c);
		return;
	}
	switch (m->type) {
	case MSG_WELCOME:
		on_welcome(s, &m->welcome);
		return;
	case MSG_ASK:
		release_hold(s->pipeline);
		release_ask(s->pipeline, &m->ask);
		return;
	case MSG_CANCEL:
		release_cancel(s->pipeline, m->cancel.id);
		return;
	case MSG_QUOTE:
		on_quote(s, &m->quote);
		return;
	case MSG_ACK:
		release_hold(s->pipeline);
		release_ack(s->pipeline, m->ack.id);
		return;
	case MSG_SUM:
		release_sum(s->pipeline, &m->sum);
		return;
	case MSG_BYE:
		on_bye(s, &m->bye);
		return;
	default:
		log_line(LOG_ERROR, "gateway: a %s is not for agents", message_name(m->type));
		channel_end(c);
	}
}

/* ---- start and end ---- */

int session_new(struct session **out, struct event_base *base, const struct agent_config *config,
	struct state *state, struct error *err)
{
	const struct timeval look = { .tv_sec = LOOK_S };
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return error_memory(err);
	s->base = base;
	s->config = config;
	s->state = state;
	s->dial = evtimer_new(base, on_dial, s);
	s->dns = evdns_base_new(
		base, EVDNS_BASE_INITIALIZE_NAMESERVERS | EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (s->dns == NULL) /* no name server here: addresses and the hosts file will do */
		s->dns = evdns_base_new(base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	s->look = event_new(base, -1, EV_PERSIST, on_look, s);
	if (s->dial == NULL || s->look == NULL || event_add(s->look, &look) != 0) {
		session_free(s);
		return error_memory(err);
	}
	*out = s;
	return 0;
}

void session_free(struct session *s)
{
	if (s == NULL)
		return;
	if (s->dial != NULL)
		event_free(s->dial);
	if (s->look != NULL)
		event_free(s->look);
	if (s->dns != NULL)
		evdns_base_free(s->dns, 0);
	SSL_CTX_free(s->ctx);
	free(s);
}

void session_start(struct session *s, struct pipeline *pipeline)
{
	const struct timeval now = { 0 };

	s->pipeline = pipeline;
	evtimer_add(s->dial, &now);
}

void session_stop(struct session *s, void (*done)(void *arg), void *arg)
{
	const struct message bye = { .type = MSG_BYE, .bye = { BYE_STOPPING } };
	struct error err;

	s->stopping = true;
	s->done = done;
	s->done_arg = arg;
	evtimer_del(s->dial);
	if (s->channel == NULL) {
		done(arg);
		return;
	}
	if (ledger_has_news(s))
		session_hello(s);
	(void)!channel_send(
		s->channel, &bye, &err); /* before the handshake there is nobody to tell */
	channel_end(s->channel);
}

bool session_welcomed(const struct session *s)
{
	return s->welcomed;
}

int64_t session_since_ms(const struct session *s)
{
	return s->since_ms;
}

const char *session_gateway(const struct session *s)
{
	return s->gateway;
}
