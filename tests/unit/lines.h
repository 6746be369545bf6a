/*
 * lines.h - a stage for channels: real TLS and real sockets on one libevent loop.
 *
 * `gw` accepts as the gateway, `site` dials as a site. `raw` is a TLS peer without a channel, which
 * can send what no channel would. lines_begin() and lines_done() are the fixture of every test;
 * lines_done() checks that nobody ended twice or was called back too early.
 */
#ifndef TESTS_LINES_H
#define TESTS_LINES_H

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <signal.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "tests/unit/federation.h"
#include "wire/channel.h"

struct side {
	struct channel *c;
	int opened, ended, messages,
		early; /* early: callbacks before the call that made the channel returned */
	enum message_type type;
	uint64_t last; /* the number in the last message that has one */
	size_t sealed; /* bytes of the last release */
	struct tls_peer peer;
	struct error why;
	int64_t ended_ms;
	unsigned heartbeat_ms;
	void (*on_open)(struct side *s);
	void (*on_message)(struct side *s, const struct message *m);
};

struct raw {
	struct bufferevent *bev;
	int open, closed;
	size_t got;
	uint8_t first[8]; /* of what came */
};

static struct error err;
static struct event_base *base;
static struct evconnlistener *listener;
static uint16_t port;
static SSL_CTX *gateway_ctx, *site_ctx;
static struct side gw, site;
static struct raw raw;
static bool accept_raw; /* the listener's next peer gets a raw server, with raw_ctx */
static SSL_CTX *raw_ctx;
static bool in_call;
static enum tls_role site_wants = TLS_ROLE_GATEWAY;

/* ---- the two sides ---- */

static inline void side_open(struct channel *c, const struct tls_peer *peer, void *arg)
{
	struct side *s = arg;

	s->early += in_call;
	ck_assert_ptr_eq(c, s->c);
	ck_assert_int_eq(s->ended, 0);
	s->opened++;
	s->peer = *peer;
	if (s->heartbeat_ms > 0)
		channel_set_times(c, 0, s->heartbeat_ms);
	if (s->on_open != NULL)
		s->on_open(s);
}

static inline void side_message(struct channel *c, const struct message *m, void *arg)
{
	struct side *s = arg;

	(void)c;
	ck_assert_int_eq(s->opened, 1);
	ck_assert_int_eq(s->ended, 0);
	s->messages++;
	s->type = m->type;
	if (m->type == MSG_HELLO)
		s->last = m->hello.ledger_seq;
	else if (m->type == MSG_BYE)
		s->last = m->bye.reason;
	else if (m->type == MSG_RELEASE)
		s->sealed = m->release.sealed.len;
	if (s->on_message != NULL)
		s->on_message(s, m);
}

static inline void side_end(struct channel *c, const struct error *why, void *arg)
{
	struct side *s = arg;

	(void)c;
	s->early += in_call;
	s->ended++;
	s->why = *why;
	s->ended_ms = clock_mono_ms();
	s->c = NULL;
}

static const struct channel_calls calls = { .on_open = side_open, .on_message = side_message, .on_end = side_end };

/* ---- raw peers ---- */

static inline void raw_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);

	(void)arg;
	if (raw.got < sizeof(raw.first))
		evbuffer_copyout(in, raw.first + raw.got, sizeof(raw.first) - raw.got);
	raw.got += evbuffer_get_length(in);
	evbuffer_drain(in, SIZE_MAX);
}

static inline void raw_event(struct bufferevent *bev, short what, void *arg)
{
	(void)arg;
	if (what & BEV_EVENT_CONNECTED)
		raw.open++;
	if (!(what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)))
		return;
	raw.closed++;
	/* A peer that is polite enough to hang up as well. */
	shutdown(bufferevent_getfd(bev), SHUT_WR);
}

static inline void raw_start(int fd, SSL_CTX *ctx, enum bufferevent_ssl_state state)
{
	evutil_make_socket_nonblocking(fd);
	raw.bev = bufferevent_openssl_socket_new(
		base, fd, SSL_new(ctx), state, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	ck_assert_ptr_nonnull(raw.bev);
	bufferevent_setcb(raw.bev, raw_read, NULL, raw_event, NULL);
	bufferevent_enable(raw.bev, EV_READ | EV_WRITE);
}

static inline int tcp_to_listener(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static inline void raw_dial(SSL_CTX *ctx)
{
	raw_start(tcp_to_listener(), ctx, BUFFEREVENT_SSL_CONNECTING);
}

static inline void raw_send(const void *bytes, size_t len)
{
	ck_assert_int_eq(bufferevent_write(raw.bev, bytes, len), 0);
}

/* ---- the stage ---- */

static inline void accepted(
	struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int len, void *arg)
{
	(void)l;
	(void)from;
	(void)len;
	(void)arg;
	if (accept_raw) {
		raw_start(fd, raw_ctx, BUFFEREVENT_SSL_ACCEPTING);
		return;
	}
	in_call = true;
	OK(channel_accept(&gw.c, base, gateway_ctx, fd, TLS_ROLE_SITE, &calls, &gw, &err));
	in_call = false;
}

static inline void lines_begin(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	signal(SIGPIPE, SIG_IGN); /* as the programs do */
	federation_begin();
	fed_issue("gateway", "gateway", "gw", "127.0.0.1,localhost");
	fed_issue("site", "site", "renmin", NULL);
	base = event_base_new();
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = evconnlistener_new_bind(base, accepted, NULL,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 512, (struct sockaddr *)&at,
		sizeof(at));
	ck_assert_ptr_nonnull(listener);
	ck_assert_int_eq(
		getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&at, &len), 0);
	port = ntohs(at.sin_port);
	gateway_ctx = fed_context("gateway", "root", NULL, 1);
	site_ctx = fed_context("site", "root", NULL, 0);
}

/* Turns the loop until *flag or for ms; says whether *flag. */
static inline bool turn(const int *flag, int ms)
{
	int64_t until = clock_mono_ms() + ms;
	const struct timeval tick = { 0, 5000 };

	while ((flag == NULL || !*flag) && clock_mono_ms() < until) {
		event_base_loopexit(base, &tick);
		event_base_dispatch(base);
	}
	return flag != NULL && *flag;
}

static inline void lines_done(void)
{
	if (raw.bev != NULL)
		bufferevent_free(raw.bev);
	if (gw.c != NULL)
		channel_end(gw.c);
	if (site.c != NULL)
		channel_end(site.c);
	if (gw.c != NULL)
		ck_assert(turn(&gw.ended, 30000));
	if (site.c != NULL)
		ck_assert(turn(&site.ended, 30000));
	ck_assert_int_le(gw.ended, 1);
	ck_assert_int_le(site.ended, 1);
	ck_assert_int_eq(gw.early + site.early, 0);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	evconnlistener_free(listener);
	SSL_CTX_free(gateway_ctx);
	SSL_CTX_free(site_ctx);
	SSL_CTX_free(raw_ctx);
	turn(NULL, 10);
	event_base_free(base);
	federation_end();
}

static inline void dial_as(SSL_CTX *ctx)
{
	in_call = true;
	OK(channel_dial(
		&site.c, base, NULL, ctx, "127.0.0.1", port, site_wants, &calls, &site, &err));
	in_call = false;
}

static inline void both_open(void)
{
	dial_as(site_ctx);
	ck_assert_msg(turn(&gw.opened, 30000), "gateway: %s; site: %s", gw.why.log, site.why.log);
	ck_assert(turn(&site.opened, 30000));
}

static inline void raw_open(void)
{
	raw_dial(site_ctx);
	ck_assert(turn(&gw.opened, 30000));
	ck_assert(turn(&raw.open, 30000));
}

static inline void ck_ended(struct side *s, enum error_code code, const char *says)
{
	ck_assert(turn(&s->ended, 30000));
	ck_assert_msg(s->why.code == code, "code %d: %s", (int)s->why.code, s->why.log);
	ck_assert_msg(
		strstr(s->why.log, says) != NULL, "\"%s\" does not say \"%s\"", s->why.log, says);
	ck_assert_str_ne(s->why.say.en, "");
	ck_assert_str_ne(s->why.say.zh, "");
}

/* ---- messages ---- */

static inline struct message hello(uint64_t n)
{
	return (struct message){ MSG_HELLO,
		.hello = { .version = 1, .site = "renmin", .program = "test", .ledger_seq = n } };
}

static inline struct message welcome(void)
{
	return (struct message){ MSG_WELCOME, .welcome = { 1, "gw", HEARTBEAT_MS } };
}

static inline struct message release(size_t bytes)
{
	static uint8_t sealed[MAX_RELEASE_BYTES];
	struct message m = { MSG_RELEASE,
		.release = {
			.id = "q", .sealed = { sealed, bytes }, .signature = { sealed, 64 } } };

	return m;
}

static inline void send_to(struct side *s, const struct message *m)
{
	OK(channel_send(s->c, m, &err));
}

/* The bytes of a frame, to be sent raw; free(). */
static inline uint8_t *frame_of(const struct message *m, size_t *len)
{
	struct writer w;
	void *bytes;

	OK(writer_init(&w, 1 << 20, &err));
	OK(message_encode(m, &w, &err));
	OK(writer_take(&w, &bytes, len, &err));
	writer_clear(&w);
	return bytes;
}

static inline void raw_hello(void)
{
	struct message m = hello(1);
	size_t len;
	uint8_t *frame = frame_of(&m, &len);

	raw_send(frame, len);
	ck_assert(turn(&gw.messages, 30000));
	free(frame);
}

#endif
