#include "agents/cancel.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	STACK_BYTES = 256 << 10,
};

struct cancel {
	int fd; /* written to when the thread comes to its end */
	struct event *ended;
	void (*done)(void *arg);
	void *arg;
};

/* What the thread has. */
struct errand {
	PGcancel *handle;
	int fd; /* its own copy */
};

static void *run_errand(void *arg)
{
	struct errand *e = arg;
	char unused[256];
	const uint64_t one = 1;

	(void)!PQcancel(e->handle, unused, sizeof(unused));
	PQfreeCancel(e->handle);
	(void)!write(e->fd, &one, sizeof(one));
	close(e->fd);
	free(e);
	return NULL;
}

static bool start_thread(struct errand *e)
{
	pthread_attr_t attr;
	pthread_t thread;
	bool ok;

	if (pthread_attr_init(&attr) != 0)
		return false;
	ok = pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED) == 0 &&
	     pthread_attr_setstacksize(&attr, STACK_BYTES) == 0 &&
	     pthread_create(&thread, &attr, run_errand, e) == 0;
	pthread_attr_destroy(&attr);
	return ok;
}

static bool send_errand(PGconn *conn, int fd)
{
	struct errand *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return false;
	e->handle = PQgetCancel(conn);
	e->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (e->handle != NULL && e->fd >= 0 && start_thread(e))
		return true;
	PQfreeCancel(e->handle);
	if (e->fd >= 0)
		close(e->fd);
	free(e);
	return false;
}

static void on_ended(evutil_socket_t fd, short what, void *arg)
{
	struct cancel *c = arg;

	(void)fd;
	(void)what;
	c->done(c->arg); /* which may end it */
}

struct cancel *cancel_send(
	PGconn *conn, struct event_base *base, void (*done)(void *arg), void *arg)
{
	struct cancel *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->done = done;
	c->arg = arg;
	c->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->fd >= 0)
		c->ended = event_new(base, c->fd, EV_READ, on_ended, c);
	if (c->ended != NULL && event_add(c->ended, NULL) == 0 && send_errand(conn, c->fd))
		return c;
	cancel_free(c);
	return NULL;
}

void cancel_free(struct cancel *c)
{
	if (c == NULL)
		return;
	if (c->ended != NULL)
		event_free(c->ended);
	if (c->fd >= 0)
		close(c->fd);
	free(c);
}
