/*
 * parked.h - a call that waits for the provider. For sign_in.c, sign_in_trip.c and admit.c only.
 */
#ifndef GATEWAY_PARKED_H
#define GATEWAY_PARKED_H

#include "gateway/api_in.h"

struct parked {
	struct parked *next;
	struct request rq; /* a copy */
	struct oidc_wait *wait;
	parked_done *done;
	struct flow flow;                                /* of a trip */
	void (*go)(struct request *rq, const void *arg); /* of a bearer */
	const void *arg;
};

#endif
