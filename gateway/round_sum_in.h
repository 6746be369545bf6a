/*
 * round_sum_in.h - what round_sum.c (offers, SA-1, the end) and round_paillier.c (TP-1) share. For these files only.
 */
#ifndef GATEWAY_ROUND_SUM_IN_H
#define GATEWAY_ROUND_SUM_IN_H

#include "crypto/shared_noise.h"
#include "gateway/round_paillier.h"
#include "gateway/round_sum.h"
#include "secagg/round_gateway.h"

struct round_sum {
	struct round_gateway *g;   /* SA-1; NULL: not begun */
	struct round_paillier *tp; /* TP-1; NULL: not begun */
	size_t n;                  /* legs */
	struct release *offers;    /* by leg; summed where there is one */
	struct hash32 *shapes;
	uint8_t *accepts; /* ACCEPT_..; 0: it has not offered */
	bool *marked;     /* of the offers: in the sum */
	bool *loud;       /* left out for its noise */
	bool by_tp;
	struct arena *
		of; /* the same: an offer lives in its site's own, so that none can use up another's */
	struct arena arena;
	struct shared_noise noise;
	uint64_t n_words; /* of each vector */
	size_t first;     /* leg of the shape that was invited */
	int64_t due_ms;   /* of the offers, then of the phase */
	int64_t step_ms, masked_ms;
	bool over;
	bool recalled;  /* the result is an earlier question's */
	struct say why; /* over without a result */
	/* the result, when there is one */
	struct stored_sum result;
	struct text words, transcript;
	uint8_t noise_bytes[SHARED_NOISE_BYTES];
};

/* There is no sum with any of those that are still waited for. */
void round_sum_give_up(struct round *r, struct say why);
/* result is filled: how each leg ended. */
void round_sum_made(struct round *r);

#endif
