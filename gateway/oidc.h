/*
 * oidc.h - the sign-in provider: its description and keys, codes for tokens, and what its tokens say of a person.
 *
 * O1  the provider is the one of gateway.yaml; nothing of a request chooses an address. Its description must name itself as
 *     that issuer; addresses in it are https, or loopback when the issuer is.
 * O2  description and keys are fetched when they are first needed and again when they are old. A token with an unknown key
 *     makes them be fetched at most once in REFETCH_MS; keys that the provider no longer has are gone with that.
 * O3  whoever waits, waits alone: at most MAX_SIGNING_IN of them, at most FETCH_MS a step. A provider that failed is not
 *     asked again for RETRY_MS.
 * O4  an account is never made up: a claim that is missing, not verified or not an account's name is nobody.
 */
#ifndef GATEWAY_OIDC_H
#define GATEWAY_OIDC_H

#include <event2/event.h>
#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "gateway/config.h"
#include "gateway/people.h"

enum {
	REFETCH_MS = 60000,
	RETRY_MS = 5000
};

struct oidc;
struct oidc_wait;

/* Borrows config. Gives *out (oidc_free). Fails: E_INPUT, a file of it. */
CHECKED int oidc_new(struct oidc **out, struct event_base *base, const struct config_oidc *config,
	struct error *err);
void oidc_free(struct oidc *o); /* accepts NULL; forgets whoever waits, without a word */
const struct config_oidc *oidc_config(const struct oidc *o);

enum oidc_answer {
	OIDC_GOOD,
	OIDC_BAD,  /* the token or the code is not good, or the provider says no */
	OIDC_AWAY, /* the provider cannot be reached, or makes no sense */
	OIDC_LATER /* it must be asked first */
};
/* claims are there with OIDC_GOOD for a token, until `done` returns; why is for the log. */
typedef void oidc_done(enum oidc_answer a, const json_t *claims, const char *why, void *arg);

/* Each begins something for which the provider must be asked, and calls `done` once from the loop, unless oidc_drop() was
 * called. Fails: E_LIMIT too many wait; E_SYSTEM. */
CHECKED int oidc_wait_ready(
	struct oidc_wait **out, struct oidc *o, oidc_done *done, void *arg, struct error *err);
/* The code that a browser brought back, for an ID token with this nonce. */
CHECKED int oidc_wait_code(struct oidc_wait **out, struct oidc *o, const char *code,
	const char *verifier, const char *nonce, oidc_done *done, void *arg, struct error *err);
/* An access token, of which oidc_token() said OIDC_LATER. */
CHECKED int oidc_wait_token(struct oidc_wait **out, struct oidc *o, const char *token,
	oidc_done *done, void *arg, struct error *err);
void oidc_drop(struct oidc_wait *w);

/* Is the description there and young? */
bool oidc_ready(const struct oidc *o);
/* The address to send a browser to. Only when ready. */
void oidc_address(const struct oidc *o, const char *state, const char *nonce, const char *challenge,
	struct text *out);
/* RFC 9207: whether `iss` of an answer (NULL: none) is this provider's. False when not ready. */
bool oidc_same_issuer(const struct oidc *o, const char *iss);
/* OIDC_GOOD gives *claims (json_decref); never OIDC_AWAY. */
enum oidc_answer oidc_token(
	const struct oidc *o, const char *token, json_t **claims, const char **why);

/* Who it is, and the role of the first group of the configuration that is among the groups; ROLE_NONE without one. Why
 * not: a literal for the log; NULL when *account is filled. */
const char *oidc_person(
	const struct oidc *o, const json_t *claims, char account[MAX_NAME + 1], enum role *mapped);

#endif
