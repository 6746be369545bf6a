/*
 * round_paillier_in.h - what round_paillier.c (the phases) and round_paillier_jobs.c (what is done beside the loop) share.
 * For these files only.
 */
#ifndef GATEWAY_ROUND_PAILLIER_IN_H
#define GATEWAY_ROUND_PAILLIER_IN_H

#include "gateway/round_beside.h"
#include "gateway/round_sum_in.h"
#include "paillier/tp_gateway.h"

enum phase {
	COMMITTING,
	OPENING,
	PARTING,
	FINISHING
};

/* A site, by leg. */
struct peer {
	bool committed;
	bool taken;  /* its OPEN is here; looked at or about to be */
	bool opened; /* and good */
	struct text open;
	uint64_t place; /* in the roster, once that is closed */
};

/* By place - 1. */
struct holder {
	size_t site; /* NO_SITE: unknown here */
	bool taken;
	struct text part; /* empty: not here, or no good */
};

struct round_paillier {
	struct beside beside;
	const struct tp_key *k;
	struct tp_gateway *g; /* the jobs' while there are any */
	struct tp_invite invite;
	enum phase phase;
	int64_t end_ms, whole_ms;     /* monotonic; of the question */
	struct text bare, invitation; /* without, with the noise */
	struct text roster, all;
	struct peer *peers;
	size_t n;
	struct holder holders[TP_HOLDERS];
	int64_t *sums;
	struct sum_end end;
};

static inline struct round_paillier *tp_of(const struct round *r)
{
	return r->sum->tp;
}

/* round_paillier_jobs.c. OPENING an OPEN of a leg, PARTING a PART of a holder, FINISHING the sum. False without memory. */
bool tp_give(struct round *r, enum phase what, size_t which, const struct view *bytes);

#endif
