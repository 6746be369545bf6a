/*
 * oidc_in.h - what oidc.c (those who wait, and their steps) and oidc_fetch.c (what the provider is asked for) share. For
 * these files only.
 */
#ifndef GATEWAY_OIDC_IN_H
#define GATEWAY_OIDC_IN_H

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "gateway/fetch.h"
#include "gateway/jwt.h"
#include "gateway/oidc.h"

#define OIDC_NEVER (-(INT64_C(1) << 60)) /* a moment long ago */

enum wants {
	WANTS_READY,
	WANTS_CODE, /* to be changed into tokens */
	WANTS_CHECK /* of the token that is there */
};

struct oidc_wait {
	struct oidc *o;
	struct oidc_wait *next;
	enum wants wants;
	struct fetch *fetch; /* of its tokens */
	char *code, *verifier, *nonce;
	char *token, *access_token;
	bool tried; /* the newest keys have been fetched for it */
	oidc_done *done;
	void *arg;
};

struct oidc {
	const struct config_oidc *config;
	struct fetcher *fetcher;
	char *secret; /* or NULL */
	bool loopback;
	/* the description */
	struct fetch *describing;
	struct web_url authorize, tokens, jwks;
	bool says_issuer, secret_in_body;
	int64_t described_until_ms, description_failed_ms;
	/* the keys */
	struct fetch *fetching;
	struct jwt_keys *keys;
	int64_t keys_until_ms, keys_unknown_ms,
		keys_failed_ms; /* unknown: asked for one of these */
	struct oidc_wait *waiting;
	size_t n_waiting;
	struct event *turn; /* those who wait take a step, from the loop */
};

/* oidc.c. Everybody takes the next step; one does; one is told, and is gone. */
void oidc_step_all(struct oidc *o);
void oidc_step(struct oidc_wait *w);
void oidc_finish(struct oidc_wait *w, enum oidc_answer a, const json_t *claims, const char *why);

/* oidc_fetch.c. Each begins a fetch, after which those who wait take their step. */
CHECKED int oidc_describe(struct oidc *o, struct error *err);
CHECKED int oidc_fetch_keys(struct oidc *o, struct error *err);
/* w's code for its tokens. */
CHECKED int oidc_redeem(struct oidc_wait *w, struct error *err);

static inline void free_secret(char *s)
{
	if (s != NULL)
		secret_wipe(s, strlen(s));
	free(s);
}

#endif
