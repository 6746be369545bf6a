/*
 * dial.h - a TCP connection to host:port without blocking, over every address of a name in turn.
 */
#ifndef WIRE_DIAL_H
#define WIRE_DIAL_H

#include <event2/event.h>
#include <stdint.h>

#include "base/error.h"

struct dial;

/* fd: connected, non-blocking, the callee's to close; or -1 and why->code is E_SYSTEM; the
 * log does not repeat the host. */
typedef void dial_done(int fd, const struct error *why, void *arg);

/* Gives *out, which ends itself before it calls `done`, once, from the loop; until then dial_stop()
 * ends it without a call. `dns` is an evdns_base * or NULL for numeric hosts; borrowed as base is.
 * Fails: E_INPUT a host that is not numeric without dns; E_SYSTEM no memory. */
CHECKED int dial_start(struct dial **out, struct event_base *base, void *dns, const char *host,
	uint16_t port, dial_done *done, void *arg, struct error *err);
void dial_stop(struct dial *d); /* accepts NULL */

#endif
