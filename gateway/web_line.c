#include "gateway/web_line.h"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "gateway/listen.h"

enum {
	SPARE_LINES = 64, /* over MAX_WEB_LINES, while the oldest are being cut */
	REST_MS = 100,
	READ_AT_ONCE = 16 << 10,
};

enum line_state {
	LINE_READING,
	LINE_BUSY,
	LINE_REPLIED
};

static const size_t most[WEB_SIDES] = { [WEB_IN] = MAX_WEB_IN, [WEB_OUT] = MAX_WEB_OUT };

struct pile {
	size_t bytes;
	int64_t since_ms; /* monotonic: when there was nothing */
};

struct web_line {
	struct web_lines *s; /* NULL once s is gone */
	struct bufferevent *bev;
	struct event *limit;
	enum line_state state;
	bool ended; /* it was cut off */
	struct pile piles[WEB_SIDES];
	struct web_line *next, *before; /* newest first */
};

static int line_index = -1; /* of the line in its SSL object */

static void arm(struct web_line *l, unsigned ms)
{
	const struct timeval tv = { ms / 1000, (suseconds_t)(ms % 1000) * 1000 };

	event_add(l->limit, &tv);
}

/* What a line has waiting on one side. */
static void count(struct web_line *l, enum web_side side, size_t bytes)
{
	struct pile *p = &l->piles[side];

	if (p->bytes == 0)
		p->since_ms = clock_mono_ms();
	l->s->waiting[side] += bytes - p->bytes; /* unsigned, so less is right too */
	p->bytes = bytes;
}

void web_line_cut(struct web_line *l)
{
	evutil_socket_t fd = bufferevent_getfd(l->bev);

	if (l->s != NULL && !l->ended) {
		count(l, WEB_IN, 0);
		count(l, WEB_OUT, 0);
	}
	l->ended = true;
	if (fd >= 0)
		shutdown(fd, SHUT_RDWR);
}

/* Of those with more than their part of the bound, which there are when it is passed, the one that is longest at it. */
static void shed(struct web_lines *s, enum web_side side)
{
	size_t part = most[side] / (MAX_WEB_LINES + SPARE_LINES + 1);
	struct web_line *slowest = NULL;

	for (struct web_line *l = s->newest; l != NULL; l = l->next)
		if (l->piles[side].bytes > part &&
			(slowest == NULL ||
				l->piles[side].since_ms < slowest->piles[side].since_ms))
			slowest = l;
	if (slowest != NULL)
		web_line_cut(slowest);
}

static void on_bytes(struct web_line *l, enum web_side side, size_t bytes)
{
	if (l->s == NULL || l->ended)
		return;
	count(l, side, bytes);
	if (l->s->waiting[side] > most[side])
		shed(l->s, side);
}

static void on_in(struct evbuffer *in, const struct evbuffer_cb_info *info, void *arg)
{
	struct web_line *l = arg;

	(void)in;
	if (info->n_added > 0)
		on_bytes(l, WEB_IN, l->piles[WEB_IN].bytes + info->n_added);
}

static void on_out(struct evbuffer *out, const struct evbuffer_cb_info *info, void *arg)
{
	(void)info;
	on_bytes(arg, WEB_OUT, evbuffer_get_length(out));
}

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	web_line_cut(arg);
}

static void forget_limit(struct web_line *l)
{
	if (l->limit != NULL)
		event_free(l->limit);
	l->limit = NULL;
}

static void unlink_line(struct web_line *l)
{
	struct web_lines *s = l->s;

	if (s == NULL)
		return;
	*(l->before == NULL ? &s->newest : &l->before->next) = l->next;
	*(l->next == NULL ? &s->oldest : &l->next->before) = l->before;
	s->n--;
	if (!l->ended) {
		count(l, WEB_IN, 0);
		count(l, WEB_OUT, 0);
	}
	l->s = NULL;
	forget_limit(l);
}

/* Called by OpenSSL when the SSL object ends, and with it the connection. */
static void on_ssl_end(
	void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
	struct web_line *l = ptr;

	(void)parent;
	(void)ad;
	(void)index;
	(void)argl;
	(void)argp;
	if (l == NULL)
		return;
	unlink_line(l);
	forget_limit(l); /* of one that was never used */
	free(l);
}

/* A TLS bufferevent that waits for its socket; NULL without memory. */
static struct bufferevent *new_spare(struct web_lines *s)
{
	SSL *ssl = SSL_new(s->ctx);
	struct web_line *l = calloc(1, sizeof(*l));
	struct bufferevent *bev;

	if (ssl == NULL || l == NULL || SSL_set_ex_data(ssl, line_index, l) != 1) {
		SSL_free(ssl);
		free(l);
		return NULL;
	}
	l->limit = evtimer_new(s->base, on_limit, l);
	if (l->limit == NULL) {
		SSL_free(ssl); /* frees l */
		return NULL;
	}
	bev = bufferevent_openssl_socket_new(
		s->base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL)
		return NULL; /* libevent ended ssl */
	l->bev = bev;
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	/* What a client may send ahead of being read: one request and a bit. */
	bufferevent_setwatermark(bev, EV_READ, 0, 2 * MAX_BODY + MAX_HEADERS);
	bufferevent_set_max_single_read(bev, READ_AT_ONCE);
	if (evbuffer_add_cb(bufferevent_get_input(bev), on_in, l) != NULL &&
		evbuffer_add_cb(bufferevent_get_output(bev), on_out, l) != NULL)
		return bev;
	bufferevent_free(bev); /* frees l */
	return NULL;
}

/* Full: the longest silent one goes. */
static void make_room(struct web_lines *s)
{
	for (struct web_line *l = s->oldest; l != NULL; l = l->before)
		if (l->state != LINE_BUSY && !l->ended) {
			web_line_cut(l);
			return;
		}
}

struct web_line *web_line_of(struct bufferevent *bev)
{
	return SSL_get_ex_data(bufferevent_openssl_get_ssl(bev), line_index);
}

struct bufferevent *web_line_new(struct event_base *base, void *lines)
{
	struct web_lines *s = lines;
	struct bufferevent *bev = s->spare != NULL ? s->spare : new_spare(s);
	struct web_line *l;

	(void)base;
	/* no memory even after the listener rested: better no gateway than plain text */
	if (bev == NULL)
		abort();
	l = web_line_of(bev);
	l->s = s;
	l->next = s->newest;
	*(l->next == NULL ? &s->oldest : &l->next->before) = l;
	s->newest = l;
	s->n++;
	arm(l, s->request_ms);
	if (s->n > MAX_WEB_LINES)
		make_room(s);
	s->spare = new_spare(s);
	if (s->n > MAX_WEB_LINES + SPARE_LINES || s->spare == NULL)
		listen_rest(s->listener, REST_MS);
	return bev;
}

static void set_timeouts(struct web_line *l, int read_s)
{
	const struct timeval r = { read_s, 0 }, w = { WEB_IDLE_S, 0 };

	bufferevent_set_timeouts(l->bev, read_s > 0 ? &r : NULL, &w);
}

void web_line_busy(struct web_line *l)
{
	const int one = 1;

	l->state = LINE_BUSY;
	if (!l->ended)
		count(l, WEB_IN, evbuffer_get_length(bufferevent_get_input(l->bev)));
	event_del(l->limit);
	/* evhttp writes head and body apart; the second must not wait for an acknowledgement. */
	(void)setsockopt(bufferevent_getfd(l->bev), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

void web_line_replied(struct web_line *l)
{
	set_timeouts(l, WEB_IDLE_S);
	l->state = LINE_REPLIED;
	arm(l, l->s == NULL ? REPLY_MS : l->s->reply_ms);
}

/* In the way evhttp does itself while it writes. */
void web_line_watch(struct web_line *l)
{
	bufferevent_data_cb on_read, on_write;
	bufferevent_event_cb on_event;
	void *arg;

	bufferevent_getcb(l->bev, &on_read, &on_write, &on_event, &arg);
	bufferevent_setcb(l->bev, NULL, on_write, on_event, arg);
	set_timeouts(l, 0);
	bufferevent_enable(l->bev, EV_READ);
}

size_t web_line_waiting(const struct web_line *l)
{
	return l == NULL ? 0 : evbuffer_get_length(bufferevent_get_output(l->bev));
}

bool web_lines_begin(struct web_lines *s)
{
	if (line_index < 0)
		line_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, on_ssl_end);
	return line_index >= 0 && (s->spare = new_spare(s)) != NULL;
}

void web_lines_end(struct web_lines *s)
{
	if (s->spare != NULL) {
		forget_limit(web_line_of(s->spare));
		bufferevent_free(s->spare);
	}
	while (s->newest != NULL)
		unlink_line(s->newest);
}
