/*
 * round_sum.h - the round of a question in mode secure: from what sites offer to the sum of their numbers.
 *
 *   offers  every site that was asked offers, refuses or is away; those whose numbers have the same shape are invited
 *           the protocol is SA-1, or TP-1 when that has more of them (round_paillier.h)
 *   phases  KEYS, SHARES, MASKED, ACK, UNMASK (secagg/round_gateway.h), each with a time of its own
 *   end     the sum with its transcript, or why there is none; then nothing was learned
 *
 * V1  nobody has paid before the roster is dealt; who is left out of it pays nothing.
 * V2  the gateway holds nobody's numbers: masked words are added up as they arrive.
 * V3  the sum, its transcript and how each site ended are stored in one transaction, before anybody sees them.
 * V4  asked again of the same sites, with the same policies and data, there is the same sum and nobody pays.
 * V6  the protocol is one that each of its sites says it accepts, and the site decides again when it is invited.
 * V5  of a sum that our restart ended nothing is left: its sites end their part by their own clocks.
 */
#ifndef GATEWAY_ROUND_SUM_H
#define GATEWAY_ROUND_SUM_H

#include <openssl/evp.h>

#include "gateway/round_in.h"
#include "secagg/membership.h"
#include "wire/message.h"

/* Whether the round is of a question in mode secure. */
bool round_is_sum(const struct round *r);

/* What a site says in it. Each may end the round's part of that site. */
void round_sum_offer(struct round *r, struct leg *leg, const struct message *m);
void round_sum_hear(struct round *r, struct leg *leg, const struct msg_sum *m);
/* Whether its masked numbers are here: then it is in the sum or not, whatever it says. */
bool round_sum_has(const struct round *r, const struct leg *leg);
/* Its line ended, or it wants out: whoever is in a phase is waited for no more. */
void round_sum_lost(struct round *r, struct leg *leg);
/* This site, of the question or a holder, has a line again. */
void round_sum_line(struct round *r, size_t site);
/* From a site that is none of the question's: a holder's part. */
void round_sum_part(struct round *r, size_t site, const struct msg_sum *m);
/* After anything happened, and when it is due: begins, closes a phase, ends. */
void round_sum_look(struct round *r);
/* Monotonic moment at which to look again; INT64_MAX: none. */
int64_t round_sum_due(const struct round *r);
/* What is to be stored with the round's end, borrowed; NULL: there is no sum. */
const struct stored_sum *round_sum_result(const struct round *r);
void round_sum_free(struct round_sum *s); /* accepts NULL */

#endif
