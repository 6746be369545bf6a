/*
 * problem.h - the kinds of problem that the HTTP API tells (RFC 9457): the one list of them.
 *
 * A type is a promise to programs: its URN and status never change their meaning, and what becomes another kind of
 * problem gets another URN. The sentence beside it is for people and may change.
 */
#ifndef GATEWAY_PROBLEM_H
#define GATEWAY_PROBLEM_H

#include "base/error.h"

enum problem_type {
	PROBLEM_HTTP, /* not a request, or one that two readers would take for different ones */
	PROBLEM_PARAMETER, /* a parameter or header cannot be read */
	PROBLEM_BODY,      /* a body cannot be read, or holds mistakes: `errors` */
	PROBLEM_TOKEN_IN_ADDRESS,
	PROBLEM_UNAUTHENTICATED,
	PROBLEM_CSRF,
	PROBLEM_ROLE,
	PROBLEM_SCOPE,
	PROBLEM_SIGNATURE,
	PROBLEM_NOT_FOUND,
	PROBLEM_NO_VOCABULARY,
	PROBLEM_NO_PROVIDER,
	PROBLEM_METHOD,
	PROBLEM_CONFLICT,
	PROBLEM_IDEMPOTENCY,
	PROBLEM_FULL, /* of one's own: waiting does not mend it */
	PROBLEM_TOO_LARGE,
	PROBLEM_RATE,
	PROBLEM_SHARE, /* of the gateway's time */
	PROBLEM_BUSY,  /* too many at once */
	PROBLEM_GUESSING,
	PROBLEM_STOPPING,
	PROBLEM_PROVIDER,
	PROBLEM_UNAVAILABLE, /* disk or memory */
	PROBLEM_INTERNAL,
	PROBLEMS
};

struct problem_kind {
	const char *urn;
	int status;
	struct say title;
};
extern const struct problem_kind problem_kinds[PROBLEMS];

/* What an error is to whoever called; E_INPUT is taken for one of the body. */
enum problem_type problem_of(enum error_code code);

#endif
