/*
 * round_gateway_in.h - what round_gateway.c and round_gateway_sum.c share. Not for others.
 */
#ifndef SECAGG_ROUND_GATEWAY_IN_H
#define SECAGG_ROUND_GATEWAY_IN_H

#include "secagg/round_gateway.h"

struct heard {
	struct roster_entry entry;
	enum sum_step last;
	enum blame_reason blame;
	bool lost;
	uint8_t *shares;     /* SHARES as it came */
	uint8_t *masked;     /* MASKED as it came, when kept */
	uint64_t complaints; /* of others, about its envelopes */
	uint8_t ack[64];
	struct bits revealed_of; /* good shares it sent */
	struct share *revealed;  /* one a place */
};

struct round_gateway {
	const struct membership *members;
	EVP_PKEY *key;
	struct sum_invite invite;
	bool keep;
	enum sum_phase phase;
	struct key_scope scope;
	struct roster roster;
	struct sum_view view;
	struct certified *certified;
	struct text certificate;
	uint64_t n;            /* heard of; the roster's from PHASE_SHARES on */
	struct heard *sites;   /* n_max of them; in the order of the roster from PHASE_SHARES on */
	struct bits answered;  /* this phase */
	struct bits gone;      /* of all members: lost before they said anything */
	uint64_t *words;       /* the sum so far */
	struct key32 *secrets; /* rebuilt, one a place */
	struct x_pair probe;   /* to see a key that agrees on nothing */
};

int gateway_take_unmask(
	struct round_gateway *g, uint64_t i, const void *bytes, size_t len, struct error *err);
int gateway_make_sum(struct round_gateway *g, struct error *err);

#endif
