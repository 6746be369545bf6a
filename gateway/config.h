/*
 * config.h - gateway.yaml: where to listen, whom to trust, which sites, which accounts.
 *
 * Reading is strict and collects every error with its place. Relative paths are relative to the
 * folder of the file.
 */
#ifndef GATEWAY_CONFIG_H
#define GATEWAY_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/diag.h"
#include "base/error.h"
#include "gateway/people.h"

struct config_listen {
	const char *host;
	uint16_t port; /* 0: the system chooses */
	const char *certificate, *key;
};

/* A group of the provider's, and the role it stands for. */
struct config_group {
	enum role role;
	const char *name;
};

/* The provider at which people sign in. */
struct config_oidc {
	const char *name, *issuer, *client_id, *redirect;
	const char *audience;    /* of tokens for the API; the client's id unless given */
	const char *secret, *ca; /* files; NULL: none, the system's certificates */
	const char *account;     /* the claim that is the account's name */
	const char *claim;       /* the claim with the groups; NULL: only listed accounts come in */
	const struct config_group *groups; /* in the order written: the first that fits is the role */
	size_t n_groups;
};

struct gateway_config {
	const char *name;
	struct config_listen agents, web;
	const char *root, *revoked; /* revoked may be NULL */
	const char *state;          /* a folder, made with 0700 */
	const char **sites;
	size_t n_sites;
	const struct person_entry *people;
	size_t n_people;
	unsigned rate; /* questions and prices a minute and account */
	const struct config_oidc *oidc; /* NULL: nobody signs in at a provider */
	unsigned idle_minutes, session_hours; /* of who is signed in with a browser */
	const char *coverage;   /* the study whose counts the catalogue shows, or NULL */
	const char *vocabulary; /* file of `cordon vocabulary make`, or NULL */
	/* for secure sums; all NULL: none are made */
	const char *members, *officers, *sum_key;
	const char *paillier;  /* key of threshold Paillier; NULL: no sums by TP-1 */
	unsigned paillier_bits; /* of it; 0: TP_BITS. Others in tests alone */
};

enum {
	RATE_DEFAULT = 60,
	IDLE_DEFAULT = 60, /* minutes */
	HOURS_DEFAULT = 12
};
#define SIGN_IN_BACK "/v1/sign-in/callback" /* where the provider sends people back to */

/* Reads the file at path; everything in *out lives in `arena`. Fails: E_INPUT, with every problem
 * in ds (codes P.. of the reader, C2.. of this file); E_SYSTEM and E_LIMIT when the file cannot be
 * read, with nothing in ds. */
CHECKED int gateway_config_read(struct gateway_config *out, const char *path, struct arena *arena,
	struct diags *ds, struct error *err);

#endif
