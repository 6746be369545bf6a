/*
 * cancel.h - asks PostgreSQL to stop what a connection runs, without holding up the loop.
 *
 * PQcancel() blocks until the server has passed the signal on, so each cancel gets a thread of its own. The thread
 * knows nothing of its cancel but a copy of a file descriptor, so that either may end first.
 */
#ifndef AGENTS_CANCEL_H
#define AGENTS_CANCEL_H

#include <event2/event.h>
#include <libpq-fe.h>

struct cancel;

/* Gives a cancel on its way (cancel_free); done() is called once, from the loop, when the server has dealt with it or
 * cannot be reached. Borrows conn until it returns. NULL: none was sent. */
struct cancel *cancel_send(
	PGconn *conn, struct event_base *base, void (*done)(void *arg), void *arg);
/* No done() any more; what is on its way stays so. Accepts NULL. */
void cancel_free(struct cancel *c);

#endif
