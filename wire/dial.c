/*
 * dial.c - looks the name up, then tries its addresses one after the other.
 */
#include "wire/dial.h"

#include <errno.h>
#include <event2/dns.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One address that swallows packets must not eat the whole handshake time of the others. */
enum {
	TRY_MS = 3000
};

struct dial {
	struct event_base *base;
	struct evdns_getaddrinfo_request *lookup; /* under way, or NULL */
	struct evutil_addrinfo *found, *next;
	struct event *soon; /* made at the start, so that going on cannot fail */
	struct event *step; /* the socket being connected */
	int fd;
	int reason;          /* errno of the last try */
	const char *unknown; /* why the name was not found, or NULL */
	dial_done *done;
	void *arg;
};

static void next_address(struct dial *d);

static void close_try(struct dial *d)
{
	if (d->step != NULL)
		event_free(d->step);
	d->step = NULL;
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

void dial_stop(struct dial *d)
{
	struct evdns_getaddrinfo_request *lookup;

	if (d == NULL)
		return;
	close_try(d);
	if (d->soon != NULL)
		event_free(d->soon);
	d->soon = NULL;
	if (d->lookup != NULL) {
		/* A cancelled request still calls looked_up(), now or later, which frees d then. */
		lookup = d->lookup;
		d->lookup = NULL;
		d->done = NULL;
		evdns_getaddrinfo_cancel(lookup);
		return;
	}
	if (d->found != NULL)
		evutil_freeaddrinfo(d->found);
	free(d);
}

static void finish(struct dial *d, int fd)
{
	struct error why = { .code = E_NONE };
	dial_done *done = d->done;
	void *arg = d->arg;

	if (fd < 0)
		error_set(&why, E_SYSTEM, SAY("no connection to the other side", "无法连接到对方"),
			"could not connect: %s",
			d->unknown != NULL ? d->unknown : strerror(d->reason));
	else
		d->fd = -1;
	dial_stop(d);
	done(fd, &why, arg);
}

static void tried(evutil_socket_t fd, short what, void *arg)
{
	struct dial *d = arg;
	socklen_t len = sizeof(d->reason);

	if (what & EV_TIMEOUT)
		d->reason = ETIMEDOUT;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &d->reason, &len) != 0)
		d->reason = errno;
	if (d->reason == 0) {
		finish(d, d->fd);
		return;
	}
	close_try(d);
	next_address(d);
}

/* Starts connecting to one address. Not 0: errno. */
static int try_address(struct dial *d, const struct evutil_addrinfo *to)
{
	const struct timeval limit = { TRY_MS / 1000, TRY_MS % 1000 * 1000 };

	d->fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->fd < 0)
		return errno;
	if (connect(d->fd, to->ai_addr, to->ai_addrlen) != 0 && errno != EINPROGRESS)
		return errno;
	d->step = event_new(d->base, d->fd, EV_WRITE, tried, d);
	return d->step == NULL || event_add(d->step, &limit) != 0 ? ENOMEM : 0;
}

static void next_address(struct dial *d)
{
	while (d->next != NULL) {
		const struct evutil_addrinfo *to = d->next;

		d->next = to->ai_next;
		d->reason = try_address(d, to);
		if (d->reason == 0)
			return;
		close_try(d);
	}
	finish(d, -1);
}

static void first_address(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	next_address(arg);
}

/* From the loop in every case, also when the answer was known at once. */
static void go_on(struct dial *d)
{
	event_active(d->soon, EV_TIMEOUT, 1);
}

static void looked_up(int result, struct evutil_addrinfo *found, void *arg)
{
	struct dial *d = arg;

	d->lookup = NULL;
	d->found = d->next = found;
	if (result != 0)
		d->unknown = evutil_gai_strerror(result);
	if (d->done == NULL)
		dial_stop(d); /* was stopped meanwhile */
	else
		go_on(d);
}

static int resolve(struct dial *d, void *dns, const char *host, uint16_t port, struct error *err)
{
	struct evutil_addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP,
		.ai_flags = EVUTIL_AI_NUMERICHOST | EVUTIL_AI_NUMERICSERV };
	char service[8];

	snprintf(service, sizeof(service), "%u", (unsigned)port);
	if (evutil_getaddrinfo(host, service, &hints, &d->found) == 0) {
		d->next = d->found;
		go_on(d);
		return 0;
	}
	if (dns == NULL)
		return error_set(err, E_INPUT,
			SAY("the host's address is not numeric", "主机地址不是数字形式"),
			"cannot dial \"%.200s\": not a numeric address, and names are not looked "
			"up",
			host);
	hints.ai_flags = EVUTIL_AI_NUMERICSERV | EVUTIL_AI_ADDRCONFIG;
	d->lookup = evdns_getaddrinfo(dns, host, service, &hints, looked_up, d);
	return 0;
}

int dial_start(struct dial **out, struct event_base *base, void *dns, const char *host,
	uint16_t port, dial_done *done, void *arg, struct error *err)
{
	struct dial *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return error_memory(err);
	*d = (struct dial){ .base = base, .fd = -1, .done = done, .arg = arg };
	d->soon = event_new(base, -1, 0, first_address, d);
	if (d->soon == NULL) {
		dial_stop(d);
		return error_memory(err);
	}
	if (resolve(d, dns, host, port, err) != 0) {
		dial_stop(d);
		return -1;
	}
	*out = d;
	return 0;
}
