/*
 * round_masked.h - the round of a question in mode secure by SA-1: masked numbers, of hospitals that stay on the line.
 *
 *   KEYS, SHARES, MASKED, ACK, UNMASK (secagg/round_gateway.h), each with a time of its own
 *
 * Y1  whoever is lost in a phase is waited for no more in it, nor asked into the next.
 * Y2  masked numbers are added on the loop as they come, one vector at a time; the masks are taken off beside it, and the
 *     record written: while that goes on, what sites say is late.
 */
#ifndef GATEWAY_ROUND_MASKED_H
#define GATEWAY_ROUND_MASKED_H

#include "gateway/round_in.h"
#include "secagg/invite.h"
#include "wire/message.h"

struct round_masked;

/* Invites who is marked. `invite` has all but its times. Fails: nobody was invited. */
CHECKED int round_masked_begin(struct round *r, const struct sum_invite *invite, struct error *err);
void round_masked_hear(struct round *r, struct leg *leg, const struct msg_sum *m);
void round_masked_lost(struct round *r, const struct leg *leg);
/* Closes phases that are due or have everybody's. */
void round_masked_look(struct round *r);
/* The masks are being taken off, after which it looks by itself. */
bool round_masked_busy(const struct round_masked *m);
/* Whether its masked numbers are here. */
bool round_masked_has(const struct round *r, const struct leg *leg);
/* Of a sum that was made: whether it is in it, and if not, why not. */
bool round_masked_in(const struct round *r, size_t leg, struct say *why);
/* Why there is none, when it ends in this phase. */
struct say round_masked_short(const struct round *r);
/* Accepts NULL. Waits for nothing: what is being done beside the loop ends first, and then all is freed. */
void round_masked_free(struct round_masked *m);

#endif
