/*
 * people.h - who may do what: accounts, their tokens, and the table of roles.
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
	ACTIONS
};
/* One table says it, people.c; a role that is not in it may nothing. */
bool role_may(enum role r, enum action a);

/* As configured. */
struct person_entry {
	char account[MAX_NAME + 1];
	enum role role;
	struct hash32 token; /* SHA-256 */
};

struct person {
	char account[MAX_NAME + 1];
	enum role role;
	struct hash32 token;
	/* token bucket of questions and prices, in thousandths */
	int64_t tokens, filled_ms;
};
struct people;

/* Gives *out (people_free). Copies entries. rate: questions and prices a minute, and how many at once. */
CHECKED int people_new(struct people **out, const struct person_entry *entries, size_t n,
	unsigned rate, struct error *err);
void people_free(struct people *p);

/* The account of this token, or NULL. Borrowed from p. */
struct person *people_by_token(struct people *p, const char *token);

/* Takes one question or price from the person's rate. False: too many; *wait_s says when to come again. */
bool people_take(struct people *p, struct person *who, int64_t mono_ms, unsigned *wait_s);

#endif
