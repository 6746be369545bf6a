/*
 * client.h - calls to the gateway's HTTPS API, one at a time; blocks until the answer is there.
 *
 * K1  the token goes to the gateway named in the settings and to nobody else: redirects are not
 *     followed, and nothing is sent before its certificate was checked.
 * K2  what comes back is bounded (limits in client.c) before it is kept or read as JSON.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "cli/settings.h"

struct client;

/* Gives *out (client_close). Borrows s until then. Fails: E_INPUT address, token or certificate;
 * E_SYSTEM. */
CHECKED int client_open(struct client **out, const struct settings *s, struct error *err);
void client_close(struct client *c); /* accepts NULL */

struct reply {
	int status;   /* HTTP */
	json_t *body; /* owned: json_decref; an object, or NULL when a problem came without one, or with 204 */
};

/* method GET, POST or DELETE, which may be answered with 204 and nothing; body may be NULL. An HTTP error status is a
 * reply, not a failure.
 * Fails: E_SYSTEM when the gateway cannot be reached, the connection breaks or what comes is not a
 * gateway's answer; E_CRYPTO when it is not who it should be; E_LIMIT when the answer is too long;
 * E_INPUT when the host's name cannot be one. */
CHECKED int client_call(struct client *c, const char *method, const char *path, const char *body,
	struct reply *out, struct error *err);

/* What came with this status is no gateway's answer: E_SYSTEM. Returns -1. */
int client_no_gateway(int status, struct error *err);

/* The same with GET for bytes that are no JSON: with status 200 gives *bytes (heap, free()), at most max of them; else
 * *bytes is NULL and `out` is the problem. Fails as client_call. */
CHECKED int client_bytes(struct client *c, const char *path, size_t max, uint8_t **bytes,
	size_t *len, struct reply *out, struct error *err);

/* Follows server-sent events until the server ends them; calls on_answer for every `answer` event
 * (the JSON, an object, is borrowed). Fails as client_call; E_STATE when interrupted. */
CHECKED int client_follow(struct client *c, const char *path,
	void (*on_answer)(json_t *answer, void *arg), void *arg, struct error *err);

/* From now on Ctrl-C does not end the program: it ends client_follow() and client_pause(). */
CHECKED int client_catch_interrupt(struct client *c, struct error *err);
bool client_interrupted(const struct client *c);
void client_pause(struct client *c, int ms);

#endif
