/*
 * sign_in_in.h - what sign_in.c (visits, the record, tokens) and sign_in_trip.c (to the provider and back) share. For these
 * files only.
 */
#ifndef GATEWAY_SIGN_IN_IN_H
#define GATEWAY_SIGN_IN_IN_H

#include "gateway/parked.h"

static inline struct sign_in *sign_in_of(const struct request *rq)
{
	return rq->api->parts.sign_in;
}

/* A cookie of this gateway alone, for so long. */
void sign_in_cookie(struct request *rq, const char *name, const char *value, int64_t life_ms);
/* Fills what a request with the new cookie would have, and sets it. v: who, how, until when at most. */
CHECKED int sign_in_visit(struct request *rq, struct stored_visit *v, struct error *err);
/* Whether this address may try; false after ending the call. And that it was wrong. */
bool sign_in_may_try(struct request *rq);
void sign_in_was_wrong(struct request *rq);

#endif
