/*
 * listen.h - a listening socket on the loop, used for agents and for people alike.
 */
#ifndef GATEWAY_LISTEN_H
#define GATEWAY_LISTEN_H

#include <event2/listener.h>
#include <stdint.h>

#include "base/error.h"

/* Gives *out (evconnlistener_free) and the port it got, which differs when port is 0. `host` is an
 * address or a name. When accept() runs out of descriptors the listener rests for a moment rather
 * than spin. Fails: E_INPUT host; E_SYSTEM the port is taken. */
CHECKED int listen_on(struct evconnlistener **out, struct event_base *base, const char *host,
	uint16_t port, evconnlistener_cb on_accept, void *arg, uint16_t *got, struct error *err);

/* Stops accepting for ms; what waits, waits in the kernel. */
void listen_rest(struct evconnlistener *l, unsigned ms);

#endif
