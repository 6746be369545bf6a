/*
 * gateway.h - the whole gateway as one object on a loop: what main.c starts, and tests start in
 * their own process.
 *
 * The base must have three priorities (event_base_priority_init(base, 3)) before anything is added.
 */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "gateway/config.h"

struct gateway;

/* Gives *out (gateway_close), listening, with the questions of before taken up, its ports in
 * state/ports. Borrows base, and config's oidc until gateway_close(); copies the rest that it
 * needs of config. Fails: E_INPUT a file of the
 * configuration; E_STATE another gateway has this state folder; E_SYSTEM. */
CHECKED int gateway_open(struct gateway **out, struct event_base *base,
	const struct gateway_config *config, struct error *err);
struct event_base *gateway_base(const struct gateway *g);
uint16_t gateway_agents_port(const struct gateway *g);
uint16_t gateway_web_port(const struct gateway *g);

/* Says bye to the agents and calls `stopped` from the loop when they are gone, at the latest after
 * STOP_MS. Questions that run go on after the next start. */
enum {
	STOP_MS = 2000
};
void gateway_stop(struct gateway *g, void (*stopped)(void *arg), void *arg);
/* The disk failed under what was being stored (round.h, R6): it broke the loop, and is to be closed. */
bool gateway_broken(const struct gateway *g);
/* After it, run the loop once more before ending it. */
void gateway_close(struct gateway *g); /* accepts NULL */

#endif
