/*
 * round_sum_in.h - what round_sum.c (the life of a sum, and the end of its legs), round_sum_offer.c (offers, the
 * invitation), round_masked.c (SA-1) and round_paillier.c (TP-1) share. For these files only.
 */
#ifndef GATEWAY_ROUND_SUM_IN_H
#define GATEWAY_ROUND_SUM_IN_H

#include "crypto/shared_noise.h"
#include "gateway/round_masked.h"
#include "gateway/round_paillier.h"
#include "gateway/round_sum.h"
#include "secagg/round_gateway.h"

enum {
	SUM_RECORD_ROOM = 64 << 20 /* a transcript */
};

struct round_sum {
	struct round_masked *sa;   /* SA-1; NULL: not begun */
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
	bool over;
	bool recalled;  /* the result is an earlier question's */
	struct say why; /* over without a result */
	/* the result, when there is one */
	struct stored_sum result;
	struct text words, transcript;
	uint8_t noise_bytes[SHARED_NOISE_BYTES];
};

/* round_sum.c. NULL without memory. */
struct round_sum *round_sum_of(struct round *r);
/* False: it is off the line. */
bool round_sum_say(const struct round *r, size_t site, unsigned step, const struct text *body);
/* Whether that leg is to be in the sum; by TP-1 one that offered may be off the line. */
bool round_sum_invited(const struct round *r, size_t leg);
/* The gateway's own words about a site, in place of what it said. */
void round_sum_end_leg(struct round *r, struct leg *leg, enum leg_event on, struct say why);
extern const struct say round_sum_was_late;
/* There is no sum with any of those that are still waited for. */
void round_sum_give_up(struct round *r, struct say why);
/* What the last job of a sum, beside the loop, came to. */
struct sum_end {
	int ret;
	struct error err;
	bool made; /* what failed is the writing of it */
	uint64_t contributors;
	struct text words, transcript;
};
void sum_end_init(struct sum_end *e);
void sum_end_clear(struct sum_end *e);
/* The words, by the protocol as it made them. */
CHECKED int sum_end_words(struct sum_end *e, const uint64_t *words, size_t n, struct error *err);
/* On the loop: takes the texts, and ends each leg. why: there is no sum, when it was not made. */
void round_sum_end(struct round *r, struct sum_end *e, struct say why);
/* result is filled: how each leg ended. */
void round_sum_made(struct round *r);

/* round_sum_offer.c. Once all have offered or it is due: invites, recalls, or gives up. */
void round_sum_begin(struct round *r);
/* Why the offer of that leg is in no sum with the others. */
struct say round_sum_unlike(const struct round_sum *s, size_t leg);

#endif
