/*
 * tp_holder.h - one holder's part: it adds up for itself what the sites opened, and opens that sum once.
 *
 *   asked -ROSTER-> listed -OPEN...-> listed -ALL-> closed -PART-> done
 *
 * A holder believes nothing of the gateway: invitation, roster, every commitment and ciphertext are checked here.
 *
 * L1  one set of sites per context, ever: `once` has written context and set to disk before PART is given out, and fails
 *     when that context has another set already. For the same set a part may be made again.
 * L2  no part of a sum of fewer sites than the invitation and the rules want, or without those that this holder trusts.
 * L3  any refusal ends it; only a bad OPEN does not: it is left out.
 */
#ifndef PAILLIER_TP_HOLDER_H
#define PAILLIER_TP_HOLDER_H

#include "paillier/tp_tally.h"
#include "secagg/round_site.h"

struct tp_once {
	void *of;
	int (*once)(
		void *of, const struct hash32 *ctx, const struct hash32 *set, struct error *err);
};

struct tp_holder_setup {
	const struct membership *members; /* borrowed, as all of this, until tp_holder_free() */
	const struct tp_key *k;
	const struct tp_share *share;
	const struct tp_comb *of_v; /* or NULL (tp_partial.h) */
	EVP_PKEY *key; /* Ed25519, as in k */
	struct sum_trust trust;
	struct tp_once once;
};

enum tp_holder_state {
	TP_HOLDER_ASKED,
	TP_HOLDER_LISTED,
	TP_HOLDER_CLOSED,
	TP_HOLDER_DONE,
	TP_HOLDER_OVER,
	TP_HOLDER_STATES
};

struct tp_holder;

CHECKED int tp_holder_new(struct tp_holder **out, const struct tp_holder_setup *setup,
	const void *invite, size_t len, struct sum_now now, struct error *err);
void tp_holder_free(struct tp_holder *h); /* accepts NULL */
CHECKED int tp_holder_roster(
	struct tp_holder *h, const void *bytes, size_t len, struct sum_now now, struct error *err);
CHECKED int tp_holder_open(
	struct tp_holder *h, const void *bytes, size_t len, struct sum_now now, struct error *err);
/* ALL: the set of sites that the gateway closed with, which must be that of the OPENs given here. Asks `once`. */
CHECKED int tp_holder_all(
	struct tp_holder *h, const void *all, size_t len, struct sum_now now, struct error *err);
/* Appends PART: signature over (roster, set, products, hash of the rest), parts and proof. The long one; it touches
 * nothing but h, its setup's keys and out. */
CHECKED int tp_holder_part(
	struct tp_holder *h, struct sum_now now, struct text *out, struct error *err);
enum tp_holder_state tp_holder_state(const struct tp_holder *h);

#endif
