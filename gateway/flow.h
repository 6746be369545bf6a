/*
 * flow.h - one trip to the provider and back: what is sent, what must come back, and the browser it belongs to.
 *
 * All of it follows from 32 random bytes in a cookie of that browser, authenticated with a key of this process; state,
 * nonce and the PKCE verifier are HMACs of them under the same key. So nothing is kept for whoever only begins, an answer
 * brought by another browser fits nothing (login CSRF), and the cookie alone does not tell the verifier.
 * A restart ends the trips that are under way.
 */
#ifndef GATEWAY_FLOW_H
#define GATEWAY_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/secret.h"

enum {
	FLOW_MS = 10 * 60 * 1000,
	FLOW_COOKIE = 4 * ((32 + 8 + 32 + MAX_RETURN_TO + 2) / 3) + 1,
	FLOW_WORD = 65 /* hex of 32 bytes */
};

struct flow {
	struct hash32 seed;
	int64_t until_ms;
	char state[FLOW_WORD], nonce[FLOW_WORD], verifier[FLOW_WORD];
	char to[MAX_RETURN_TO + 1];
};

/* A place on this gateway: "/..", at most MAX_RETURN_TO printable ASCII bytes, no "//" in front, no backslash, quote or
 * blank. Nothing else may follow a sign-in. */
bool flow_local(const char *to);

/* to must be flow_local(). Fails: E_SYSTEM, no random numbers. */
CHECKED int flow_new(const struct key32 *key, const char *to, int64_t now_ms, struct flow *out,
	char cookie[FLOW_COOKIE], struct error *err);
/* False: not of this key, changed, or older than FLOW_MS. */
CHECKED bool flow_read(
	const struct key32 *key, const char *cookie, int64_t now_ms, struct flow *out);
/* PKCE, S256. */
CHECKED bool flow_challenge(const struct flow *f, char out[FLOW_WORD]);

/* A cookie of a Cookie header's value. False: absent, longer than size, or there twice. */
CHECKED bool cookie_find(const char *header, const char *name, char *out, size_t size);

#endif
