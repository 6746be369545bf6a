/*
 * listen.c - socket, bind, listen; and resting when the process is full.
 */
#include "gateway/listen.h"

#include <errno.h>
#include <event2/event.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

enum {
	BACKLOG = 512,
	REST_MS = 250
};

static void wake(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	evconnlistener_enable(arg);
}

void listen_rest(struct evconnlistener *l, unsigned ms)
{
	const struct timeval tv = { ms / 1000, (suseconds_t)(ms % 1000) * 1000 };

	/* The listener lives as long as the loop runs; whoever frees it stops the loop. */
	if (evconnlistener_disable(l) == 0 &&
		event_base_once(evconnlistener_get_base(l), -1, EV_TIMEOUT, wake, l, &tv) != 0)
		evconnlistener_enable(l);
}

static void on_error(struct evconnlistener *l, void *arg)
{
	(void)arg;
	log_line(LOG_WARNING, "could not accept a connection: %s", strerror(errno));
	listen_rest(l, REST_MS);
}

static int port_of(int fd, uint16_t *got)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);

	memset(&at, 0, sizeof(at));
	if (getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		return -1;
	if (at.ss_family == AF_INET6) {
		struct sockaddr_in6 v6;

		memcpy(&v6, &at, sizeof(v6));
		*got = ntohs(v6.sin6_port);
	} else {
		struct sockaddr_in v4;

		memcpy(&v4, &at, sizeof(v4));
		*got = ntohs(v4.sin_port);
	}
	return 0;
}

int listen_on(struct evconnlistener **out, struct event_base *base, const char *host, uint16_t port,
	evconnlistener_cb on_accept, void *arg, uint16_t *got, struct error *err)
{
	const struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	struct evconnlistener *l;
	char service[8];
	int code;

	snprintf(service, sizeof(service), "%u", (unsigned)port);
	code = getaddrinfo(host, service, &hints, &found);
	if (code != 0)
		return error_set(err, E_INPUT,
			SAY("the address to listen on is not valid", "监听地址无效"),
			"could not listen on \"%s\": %s", host, gai_strerror(code));
	l = evconnlistener_new_bind(base, on_accept, arg,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, BACKLOG,
		found->ai_addr, (int)found->ai_addrlen);
	code = errno;
	freeaddrinfo(found);
	if (l == NULL || port_of(evconnlistener_get_fd(l), got) != 0) {
		if (l != NULL)
			evconnlistener_free(l);
		return error_set(err, E_SYSTEM,
			SAY("the port cannot be listened on; is another program using it?",
				"无法监听该端口，是否已被其他程序占用？"),
			"could not listen on %s port %u: %s", host, (unsigned)port, strerror(code));
	}
	evconnlistener_set_error_cb(l, on_error);
	*out = l;
	return 0;
}
