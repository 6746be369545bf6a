/*
 * people.h - what the store remembers of people: who is signed in with a browser, API tokens, and the roles that the
 * provider gave to guests. As in store.h: 1 found, 0 there is none, -1 failed; results are copied into the arena.
 */
#ifndef GATEWAY_STORE_PEOPLE_H
#define GATEWAY_STORE_PEOPLE_H

#include "gateway/people.h"
#include "gateway/store/store.h"

enum via {
	VIA_BEARER, /* each request by itself; never stored */
	VIA_OIDC,
	VIA_TOKEN,
	VIAS
};
const char *via_name(enum via v);

/* ---- visits: somebody signed in with a browser ---- */

struct stored_visit {
	char account[MAX_NAME + 1];
	enum role role; /* from the provider's groups; ROLE_NONE: listed when it began */
	enum via via;
	struct hash32 token; /* VIA_TOKEN: the one it came with */
	int64_t began_ms, seen_ms, until_ms;
};

/* Ends the oldest visits of the account so that a new one makes at most MAX_VISITS_EACH, and forgets at most a hundred
 * that are over. Inside a transaction of the caller. Fails: E_LIMIT, MAX_VISITS are there. */
CHECKED int store_visit_add(struct store *s, const struct hash32 *hash,
	const struct stored_visit *v, int64_t idle_ms, struct error *err);
CHECKED int store_visit(
	struct store *s, const struct hash32 *hash, struct stored_visit *out, struct error *err);
CHECKED int store_visit_seen(
	struct store *s, const struct hash32 *hash, int64_t seen_ms, struct error *err);
CHECKED int store_visit_end(struct store *s, const struct hash32 *hash, struct error *err);

/* ---- API tokens ---- */

struct stored_token {
	char id[MAX_ID + 1], account[MAX_NAME + 1], name[MAX_NAME + 1];
	unsigned scopes; /* bits of enum scope */
	int64_t created_ms, until_ms;
	int32_t used_day; /* 0: never */
};

/* Forgets the account's tokens that are over first. Fails: E_LIMIT, it has MAX_TOKENS_EACH. */
CHECKED int store_token_add(struct store *s, const struct hash32 *hash,
	const struct stored_token *t, struct error *err);
CHECKED int store_token(
	struct store *s, const struct hash32 *hash, struct stored_token *out, struct error *err);
CHECKED int store_token_used(struct store *s, const char *id, int32_t day, struct error *err);
/* Newest first. */
CHECKED int store_tokens(struct store *s, const char *account, struct arena *a,
	struct stored_token **out, size_t *n, struct error *err);
/* 1 ended, with what visits came with it; 0 the account has no such token; -1 failed. Inside a transaction. */
CHECKED int store_token_end(
	struct store *s, const char *account, const char *id, struct error *err);

/* ---- guests ---- */

/* The role that the provider gave last; ROLE_NONE: forgets the guest. */
CHECKED int store_set_guest(
	struct store *s, const char *account, enum role role, int64_t at_ms, struct error *err);
CHECKED int store_guest(
	struct store *s, const char *account, enum role *role, int64_t *at_ms, struct error *err);

/* ---- the log of sign-ins: of the audit chain ---- */

struct stored_sign_in {
	int64_t at_ms;
	const char *what, *account, *detail; /* "person.signed-in" */
};
/* The last ones, newest first, of one account or of all (NULL). */
CHECKED int store_sign_ins(struct store *s, const char *account, unsigned limit, struct arena *a,
	struct stored_sign_in **out, size_t *n, struct error *err);

#endif
