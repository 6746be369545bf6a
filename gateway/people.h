/*
 * people.h - who may do what: accounts, their tokens, and the two tables: of roles, and of scopes.
 *
 * An account is listed in gateway.yaml, or is a guest: one to whom the provider's groups give a role.
 * A listed account has the role of the list, whatever the provider says.
 *
 * A token is kept as its SHA-256 only. It is drawn at random with 256 bits, so that a plain hash
 * is enough, and is looked for in a time that does not depend on how much of it is right.
 */
#ifndef GATEWAY_PEOPLE_H
#define GATEWAY_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"

enum role {
	ROLE_NONE,
	ROLE_RESEARCHER,
	ROLE_OFFICER,
	ROLE_OPERATOR,
	ROLE_AUDITOR,
	ROLES
};
const char *role_name(enum role r);
CHECKED bool role_parse(const char *s, enum role *out);
extern const char *const role_words[]; /* NULL ended, for shapes */

enum action {
	MAY_ASK,
	MAY_PRICE,
	MAY_LIST,     /* one's own questions */
	MAY_READ,     /* one's own answers */
	MAY_READ_ALL, /* everybody's */
	MAY_CANCEL,   /* one's own */
	MAY_BUDGET,
	MAY_SITES,
	MAY_ME,
	MAY_READMIT, /* accept a site whose ledger went back */
	MAY_SIGN_OUT,
	MAY_TOKENS,    /* one's own API tokens, and one's own sign-ins */
	MAY_COMPOSE,   /* read, convert and keep cohorts of one's own */
	MAY_CATALOGUE, /* what sites offer, concepts of the vocabulary */
	MAY_STUDIES,   /* those one is in; who may MAY_ALL_STUDIES sees every one */
	MAY_ALL_STUDIES,
	MAY_PROPOSE,   /* a study, and take one's own back */
	MAY_ENTRY,     /* a proposal as an entry for studies.yaml */
	MAY_TRANSPARENCY, /* what was asked of whom; of studies one may see */
	MAY_AUDIT,     /* the gateway's chained record */
	MAY_METRICS,   /* counters: how many ask tells something of the asking */
	ACTIONS
};
/* One table says it, people.c; a role that is not in it may nothing. */
bool role_may(enum role r, enum action a);

/* What one way of coming in may do at most; the role must allow it too. */
enum scope {
	SCOPE_ASK,
	SCOPE_READ,
	SCOPE_COMPOSE,
	SCOPE_STUDIES,
	SCOPE_OPERATE,
	SCOPE_AUDIT,
	SCOPES
};
enum {
	SCOPES_API = (1 << SCOPES) - 1,
	SCOPE_TOKENS = 1 << SCOPES, /* make and end API tokens: no API token has it */
	SCOPES_WHOLE = SCOPES_API | SCOPE_TOKENS
};
extern const char *const scope_words[]; /* NULL ended */
CHECKED bool scope_parse(const char *s, size_t len, enum scope *out);
/* Beside the table of roles: whether any of `scopes` (bits of enum scope) covers the action. */
bool scopes_may(unsigned scopes, enum action a);
/* The scopes that let the role do something that no other scope does. */
unsigned role_scopes(enum role r);

/* [A-Za-z0-9._@-]{1,255}, as in certificates (crypto/identity.h). */
bool account_valid(const char *s);

/* As configured. */
struct person_entry {
	char account[MAX_NAME + 1];
	enum role role;
	bool has_token;
	struct hash32 token; /* SHA-256 */
};

struct person {
	char account[MAX_NAME + 1];
	enum role role;
	bool listed, has_token;
	struct hash32 token;
	struct person *next; /* with the same mark */
	int64_t seen_ms;     /* of a guest */
	/* token bucket of questions and prices, in thousandths */
	int64_t tokens, filled_ms;
};
struct people;
enum {
	GUEST_STAYS_MS = DEADLINE_MAX_MS + 300000
};

/* Gives *out (people_free). Copies entries. rate: questions and prices a minute, and how many at once. */
CHECKED int people_new(struct people **out, const struct person_entry *entries, size_t n,
	unsigned rate, struct error *err);
void people_free(struct people *p);

/* The listed account of this token, or of a token of this SHA-256, or NULL. Borrowed from p. */
struct person *people_by_token(struct people *p, const char *token);
struct person *people_by_hash(struct people *p, const struct hash32 *token);
/* The listed account of this name, or NULL. */
struct person *people_listed(struct people *p, const char *account);
/* The listed account of this name, or else a guest with this role. NULL: no role, or MAX_GUESTS were here within
 * GUEST_STAYS_MS. A guest is borrowed for that long, which is longer than any call is held. */
struct person *people_come(struct people *p, const char *account, enum role role, int64_t mono_ms);

/* Takes one question or price from the person's rate. False: too many; *wait_s says when to come again. */
bool people_take(struct people *p, struct person *who, int64_t mono_ms, unsigned *wait_s);

#endif
