/*
 * channel.c - the life of one line: dial, handshake, messages, end.
 * What messages mean is the caller's; what a certificate means is tls.c's.
 */
#include "wire/channel.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "wire/dial.h"

enum {
	HEAD_BYTES = 4,
	FLUSH_MS = 1000,
	SILENT_BEATS = 3,
	BEAT_MIN_MS = 10,  /* a peer that asks for less would only keep us busy */
	COPY_BYTES = 4096, /* frames below are copied together, larger ones handed over */
};

/* Only the functions under "the end" move to LEAVING and beyond. */
enum state {
	DIALLING, /* no socket yet */
	SHAKING,  /* TLS handshake */
	OPEN,     /* messages */
	LEAVING,  /* nothing more is taken from either side; what is queued goes out */
	CLOSING,  /* our farewell is out, the peer's is awaited (say_goodbye) */
	GONE,     /* on_end is due */
};

struct channel {
	enum state state;
	struct event_base *base;
	struct dial *dial;       /* DIALLING */
	SSL *ssl;                /* DIALLING; then the bufferevent's, borrowed */
	struct bufferevent *bev; /* NULL while DIALLING */
	struct event *tick;      /* handshake limit, heartbeat, flush limit: by state */
	struct event *last;      /* made at the start, so that the end cannot fail */
	const struct channel_calls *calls;
	void *arg;
	enum tls_role want;
	struct error why;
	struct arena arena; /* of the message being delivered */
	unsigned heartbeat_ms;
	int64_t heard_ms;
	unsigned silent_beats; /* heartbeats since a byte came; counted, because after a pause of
				* this whole process the clock would blame the peer */
	uint64_t pings;
	bool dialled;
	bool sent_first, accepted_first; /* C3, one for each direction */
	char who[MAX_NAME + 32];         /* "site renmin" once known, for logs */
};

static const struct say say_ended = SAY("the connection was ended", "连接已结束");
static const struct say say_lost = SAY("the connection was lost", "连接已中断");
static const struct say say_frame = SAY("a malformed message arrived", "收到格式错误的消息");
static const struct say say_tls = SAY("the secure connection failed", "安全连接失败");

static void arm(struct channel *c, unsigned ms)
{
	const struct timeval tv = { ms / 1000, (suseconds_t)(ms % 1000) * 1000 };

	event_add(c->tick, &tv);
}

/* Any byte counts as a sign of life, also in the middle of a frame. */
static void heard(struct evbuffer *in, const struct evbuffer_cb_info *info, void *arg)
{
	struct channel *c = arg;

	(void)in;
	if (info->n_added > 0) {
		c->heard_ms = clock_mono_ms();
		c->silent_beats = 0;
	}
}

/* ---- the end ---- */

static void free_channel(struct channel *c)
{
	if (c->bev != NULL) {
		/* libevent ends it a turn later; what is still pending there must not find us. */
		evbuffer_remove_cb(bufferevent_get_input(c->bev), heard, c);
		bufferevent_free(c->bev);
	} else {
		SSL_free(c->ssl);
	}
	dial_stop(c->dial);
	if (c->tick != NULL)
		event_free(c->tick);
	if (c->last != NULL)
		event_free(c->last);
	arena_clear(&c->arena);
	free(c);
}

static void last_call(evutil_socket_t fd, short what, void *arg)
{
	struct channel *c = arg;

	(void)fd;
	(void)what;
	c->calls->on_end(c, &c->why, c->arg);
	free_channel(c);
}

static void gone(struct channel *c)
{
	if (c->state == GONE)
		return;
	c->state = GONE;
	event_del(c->tick);
	dial_stop(c->dial);
	c->dial = NULL;
	if (c->bev != NULL)
		bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	event_active(c->last, EV_TIMEOUT, 1);
}

/* Says in TLS and in TCP that nothing more comes. Closing at once, while the peer still sends,
 * would make the kernel reset the line and destroy our last words before the peer has read them. */
static void say_goodbye(struct channel *c)
{
	c->state = CLOSING;
	SSL_shutdown(c->ssl);
	ERR_clear_error();
	shutdown(bufferevent_getfd(c->bev), SHUT_WR);
}

static void leave(struct channel *c)
{
	c->state = LEAVING;
	arm(c, FLUSH_MS);
	bufferevent_setwatermark(c->bev, EV_READ, 0, 0);
	evbuffer_drain(bufferevent_get_input(c->bev), SIZE_MAX);
	if (evbuffer_get_length(bufferevent_get_output(c->bev)) == 0)
		say_goodbye(c);
}

/* The first reason counts. */
static void note_why(struct channel *c, const struct error *why)
{
	if (c->state >= LEAVING)
		return;
	c->why = *why;
	if (c->who[0] != '\0' && why->code != E_NONE)
		error_under(&c->why, "%s", c->who);
}

/* Ends politely where somebody may still listen. */
static void end(struct channel *c, const struct error *why)
{
	note_why(c, why);
	if (c->state == OPEN)
		leave(c);
	else if (c->state < OPEN)
		gone(c);
}

/* Ends where nothing can be said any more. */
static void cut(struct channel *c, const struct error *why)
{
	note_why(c, why);
	gone(c);
}

static void lost(struct channel *c, const char *log)
{
	struct error why;

	error_set(&why, E_SYSTEM, say_lost, "%s", log);
	cut(c, &why);
}

void channel_end(struct channel *c)
{
	struct error why;

	error_set(&why, E_NONE, say_ended, "ended by this side");
	end(c, &why);
}

/* ---- sending ---- */

/* Hands a frame to the bufferevent, which ends it with free(). */
static void freed(const void *bytes, size_t len, void *arg)
{
	(void)bytes;
	(void)len;
	free(arg);
}

static int queue(struct channel *c, void *frame, size_t len, struct error *err)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	int failed;

	if (len < COPY_BYTES) {
		failed = evbuffer_add(out, frame, len);
		free(frame);
	} else {
		failed = evbuffer_add_reference(out, frame, len, freed, frame);
		if (failed)
			free(frame);
	}
	return failed ? error_memory(err) : 0;
}

static bool is_beat(enum message_type type)
{
	return type == MSG_PING || type == MSG_PONG;
}

/* C5: whoever lets this much wait is not reading. */
static int check_room(struct channel *c, size_t len, struct error *err)
{
	if (len <= OUT_MAX - evbuffer_get_length(bufferevent_get_output(c->bev)))
		return 0;
	lost(c, "the peer does not read what is sent to it");
	return error_set(err, E_LIMIT,
		SAY("the other side does not take its messages", "对方不再接收消息"),
		"%s: over %d bytes wait to be read by the peer", c->who, (int)OUT_MAX);
}

int channel_send(struct channel *c, const struct message *m, struct error *err)
{
	struct writer w;
	void *frame;
	size_t len, max = HEAD_BYTES + (size_t)MAX_FRAME_BYTES;
	int ret = -1;

	if (c->state != OPEN)
		return error_set(err, E_STATE, SAY("the connection is not open", "连接未打开"),
			"cannot send %s: the line is not open", message_name(m->type));
	if (!c->sent_first)
		max = HEAD_BYTES + (size_t)MAX_HELLO_BYTES; /* what the peer will take (C3) */
	if (writer_init(&w, max, err) != 0)
		return -1;
	if (message_encode(m, &w, err) != 0 || writer_take(&w, &frame, &len, err) != 0)
		goto out;
	if (check_room(c, len, err) != 0) {
		free(frame);
		goto out;
	}
	if (queue(c, frame, len, err) != 0)
		goto out;
	if (!is_beat(m->type))
		c->sent_first = true;
	ret = 0;
out:
	writer_clear(&w);
	return ret;
}

/* Heartbeats and farewells of the channel's own; if one cannot be sent the line ends anyway. */
static void send_own(struct channel *c, const struct message *m)
{
	struct error err;

	if (channel_send(c, m, &err) != 0)
		end(c, &err);
}

/* ---- receiving ---- */

/* Tells the peer what was wrong, as far as a code can, and ends. */
static void refuse(struct channel *c, const char *log)
{
	const struct message bye = { .type = MSG_BYE, .bye = { BYE_PROTOCOL } };
	struct error why;

	send_own(c, &bye);
	error_set(&why, E_INPUT, say_frame, "%s", log);
	end(c, &why);
}

static void take_frame(struct channel *c, const uint8_t *body, size_t len)
{
	struct message m;
	struct error err;

	if (message_decode(body, len, &c->arena, &m, &err) != 0) {
		refuse(c, err.log);
	} else if (m.type == MSG_PING) {
		m.type = MSG_PONG;
		send_own(c, &m);
	} else if (m.type != MSG_PONG) {
		c->calls->on_message(c, &m, c->arg);
		c->accepted_first = true; /* unless the callback ended the line: then it is moot */
	}
	arena_reset(&c->arena);
}

/* on_read() is not called again before n bytes are there; heard() is. */
static bool wait_for(struct channel *c, size_t n)
{
	bufferevent_setwatermark(c->bev, EV_READ, n, 0);
	return false;
}

/* Takes one whole frame off the input. false: it is not there yet, or the line ended. */
static bool next_frame(struct channel *c, struct evbuffer *in)
{
	uint32_t bound = c->accepted_first ? MAX_FRAME_BYTES : MAX_HELLO_BYTES;
	uint8_t head[HEAD_BYTES];
	size_t whole;
	uint32_t len;
	const uint8_t *at;

	if (evbuffer_copyout(in, head, HEAD_BYTES) < HEAD_BYTES)
		return wait_for(c, HEAD_BYTES);
	len = get_be32(head);
	whole = HEAD_BYTES + (size_t)len;
	if (len > bound) {
		refuse(c, c->accepted_first ? "a frame longer than allowed"
					    : "a first frame longer than allowed");
		return false;
	}
	if (evbuffer_get_length(in) < whole)
		return wait_for(c, whole);
	at = evbuffer_pullup(in, (ev_ssize_t)whole);
	if (at == NULL) {
		lost(c, "no memory for a frame");
		return false;
	}
	take_frame(c, at + HEAD_BYTES, len);
	if (c->state == OPEN)
		evbuffer_drain(in, whole);
	return c->state == OPEN;
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct channel *c = arg;
	struct evbuffer *in = bufferevent_get_input(bev);

	if (c->state >= LEAVING)
		evbuffer_drain(in, SIZE_MAX);
	else
		while (next_frame(c, in))
			;
}

static void on_written(struct bufferevent *bev, void *arg)
{
	struct channel *c = arg;

	if (c->state == LEAVING && evbuffer_get_length(bufferevent_get_output(bev)) == 0)
		say_goodbye(c);
}

/* ---- events of the line ---- */

static void opened(struct channel *c)
{
	struct tls_peer peer;
	struct error err;

	c->state = OPEN;
	c->heard_ms = clock_mono_ms();
	if (tls_peer_check(c->ssl, c->want, &peer, &err) != 0) {
		end(c, &err);
		return;
	}
	snprintf(c->who, sizeof(c->who), "%s %s", tls_role_name(peer.role), peer.name);
	arm(c, c->heartbeat_ms);
	c->calls->on_open(c, &peer, c->arg);
}

/* A TLS failure, or NULL when it was the network's: a line that breaks off without a farewell
 * counts as that. libevent keeps OpenSSL's codes, mixed with SSL_ERROR_* numbers that have no
 * library. */
static const char *tls_failure(struct channel *c)
{
	unsigned long e;

	while ((e = bufferevent_get_openssl_error(c->bev)) != 0) {
		if (ERR_SYSTEM_ERROR(e) || ERR_GET_LIB(e) == 0)
			continue;
		if (ERR_GET_REASON(e) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
			return NULL;
		return ERR_reason_error_string(e) == NULL ? "unknown TLS failure"
							  : ERR_reason_error_string(e);
	}
	return NULL;
}

static void broken(struct channel *c, int reason)
{
	const char *tls = tls_failure(c);
	long verified = SSL_get_verify_result(c->ssl);
	const char *during = c->state == SHAKING ? "handshake: " : "";
	struct error why;

	if (tls != NULL && verified != X509_V_OK)
		error_set(&why, E_CRYPTO, say_tls, "%s%s (%s)", during, tls,
			X509_verify_cert_error_string(verified));
	else if (tls != NULL)
		error_set(&why, E_CRYPTO, say_tls, "%s%s", during, tls);
	else
		error_set(&why, E_SYSTEM, say_lost, "%s%s", during,
			reason == 0 ? "the peer broke off" : strerror(reason));
	cut(c, &why);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct channel *c = arg;
	int reason = errno;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED) {
		if (c->state == SHAKING)
			opened(c);
		return;
	}
	if (c->state >= LEAVING)
		gone(c); /* it ended as we wanted, or at least it ended */
	else if (what & BEV_EVENT_EOF)
		lost(c, "the peer closed the line");
	else
		broken(c, reason);
}

static void beat(struct channel *c)
{
	const struct message ping = { .type = MSG_PING, .ping = { ++c->pings } };
	struct error why;

	if (tls_peer_still(c->ssl, clock_wall_ms() / 1000, &why) != 0) {
		end(c, &why);
		return;
	}
	if (c->silent_beats > SILENT_BEATS) {
		lost(c, "nothing was heard for three heartbeats");
		return;
	}
	arm(c, c->heartbeat_ms);
	/* A peer heard since the last beat is alive, and its own ping may be under way. */
	if (c->silent_beats++ > 0)
		send_own(c, &ping);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct channel *c = arg;

	(void)fd;
	(void)what;
	if (c->state >= LEAVING)
		gone(c);
	else if (c->state == OPEN)
		beat(c);
	else
		lost(c, "the handshake took too long");
}

/* ---- the beginning ---- */

static int start(struct channel *c, int fd, struct error *err)
{
	const int one = 1;

	evutil_make_socket_nonblocking(fd);
	evutil_make_socket_closeonexec(fd);
	/* An answer is many small records; it must not wait for acknowledgements. Fails on unix
	 * sockets. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->bev = bufferevent_openssl_socket_new(c->base, fd, c->ssl,
		c->dialled ? BUFFEREVENT_SSL_CONNECTING : BUFFEREVENT_SSL_ACCEPTING,
		BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (c->bev == NULL) {
		c->ssl = NULL; /* libevent ended it */
		close(fd);
		return error_memory(err);
	}
	c->state = SHAKING;
	bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, HEAD_BYTES, 0);
	if (evbuffer_add_cb(bufferevent_get_input(c->bev), heard, c) == NULL ||
		bufferevent_enable(c->bev, EV_READ | EV_WRITE) != 0)
		return error_memory(err);
	return 0;
}

static void on_dialled(int fd, const struct error *why, void *arg)
{
	struct channel *c = arg;
	struct error err;

	c->dial = NULL; /* it ended itself */
	if (fd < 0)
		end(c, why);
	else if (start(c, fd, &err) != 0)
		end(c, &err);
}

/* For logs, until the certificate tells more. */
static void name_address(struct channel *c, const struct sockaddr_storage *from, socklen_t len)
{
	char host[64], port[8];

	if (getnameinfo((const struct sockaddr *)from, len, host, sizeof(host), port, sizeof(port),
		    NI_NUMERICHOST | NI_NUMERICSERV) == 0 &&
		from->ss_family != AF_UNIX)
		snprintf(c->who, sizeof(c->who), "%s port %s", host, port);
}

static struct channel *new_channel(struct event_base *base, SSL_CTX *ctx, enum tls_role want,
	const struct channel_calls *calls, void *arg, struct error *err)
{
	struct channel *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		error_memory(err);
		return NULL;
	}
	c->base = base;
	c->want = want;
	c->calls = calls;
	c->arg = arg;
	c->heartbeat_ms = HEARTBEAT_MS;
	c->heard_ms = clock_mono_ms();
	arena_init(&c->arena, MAX_FRAME_ARENA);
	c->tick = event_new(base, -1, 0, on_tick, c);
	c->last = event_new(base, -1, 0, last_call, c);
	c->ssl = SSL_new(ctx);
	if (c->tick != NULL && c->last != NULL && c->ssl != NULL) {
		arm(c, HANDSHAKE_MS);
		return c;
	}
	free_channel(c);
	error_memory(err);
	return NULL;
}

int channel_accept(struct channel **out, struct event_base *base, SSL_CTX *ctx, int fd,
	enum tls_role want, const struct channel_calls *calls, void *arg, struct error *err)
{
	struct channel *c = new_channel(base, ctx, want, calls, arg, err);
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);

	if (c == NULL) {
		close(fd);
		return -1;
	}
	if (getpeername(fd, (struct sockaddr *)&from, &len) == 0)
		name_address(c, &from, len);
	if (start(c, fd, err) != 0) {
		free_channel(c);
		return -1;
	}
	*out = c;
	return 0;
}

int channel_dial(struct channel **out, struct event_base *base, void *dns, SSL_CTX *ctx,
	const char *host, uint16_t port, enum tls_role want, const struct channel_calls *calls,
	void *arg, struct error *err)
{
	struct channel *c = new_channel(base, ctx, want, calls, arg, err);

	if (c == NULL)
		return -1;
	c->dialled = true;
	snprintf(c->who, sizeof(c->who), "%.*s port %u", MAX_NAME, host, (unsigned)port);
	if (want == TLS_ROLE_GATEWAY && tls_want_host(c->ssl, host, err) != 0)
		goto fail;
	if (dial_start(&c->dial, base, dns, host, port, on_dialled, c, err) != 0)
		goto fail;
	*out = c;
	return 0;
fail:
	free_channel(c);
	return -1;
}

/* ---- facts ---- */

void channel_set_times(struct channel *c, unsigned handshake_ms, unsigned heartbeat_ms)
{
	if (handshake_ms > 0 && c->state < OPEN)
		arm(c, handshake_ms);
	if (heartbeat_ms > 0) {
		c->heartbeat_ms = heartbeat_ms < BEAT_MIN_MS ? BEAT_MIN_MS : heartbeat_ms;
		if (c->state == OPEN)
			arm(c, c->heartbeat_ms);
	}
}

int64_t channel_last_heard_ms(const struct channel *c)
{
	return c->heard_ms;
}

int channel_peer_key(const struct channel *c, uint8_t key[32], struct error *err)
{
	X509 *cert = c->ssl == NULL ? NULL : SSL_get0_peer_certificate(c->ssl);
	EVP_PKEY *public = cert == NULL ? NULL : X509_get0_pubkey(cert);
	size_t len = 32;

	if (public == NULL || EVP_PKEY_get_id(public) != EVP_PKEY_ED25519 ||
		EVP_PKEY_get_raw_public_key(public, key, &len) != 1 || len != 32)
		return error_set(
			err, E_CRYPTO, say_tls, "%s: no Ed25519 key in its certificate", c->who);
	return 0;
}

unsigned channel_backoff_ms(unsigned *step)
{
	unsigned whole = BACKOFF_MIN_MS;

	for (unsigned i = 0; i < *step && whole < BACKOFF_MAX_MS; i++)
		whole *= 2;
	if (whole >= BACKOFF_MAX_MS)
		whole = BACKOFF_MAX_MS;
	else
		(*step)++;
	return whole / 2 + arc4random_uniform(whole - whole / 2 + 1);
}
