/*
 * round_paillier.h - the round of a question in mode secure by TP-1: hospitals that may be off the line between their two
 * messages, and the holders of the key.
 *
 *   commit  INVITE to those that are to be in it, COMMIT from each
 *   open    ROSTER to those that committed, OPEN from each
 *   part    to every holder on the line what was opened and the set; PART from as many as open
 *   finish  the sum, its transcript
 *
 * X1  a site that is off the line is waited for until its phase is due; on the line again, it is told again what it has
 *     not answered. So is a holder.
 * X2  the loop waits for no ciphertext and no proof: what is long is done beside it, in the order in which it came; nor
 *     does it when the round ends meanwhile.
 * X3  a site's message is taken from that site's line alone, and counts once.
 * X4  all that goes to a holder fits its line (SUM_LINE_ROOM); a sum that would be larger is not begun.
 */
#ifndef GATEWAY_ROUND_PAILLIER_H
#define GATEWAY_ROUND_PAILLIER_H

#include "gateway/round_in.h"
#include "secagg/invite.h"
#include "wire/message.h"

struct round_paillier;

enum {
	SUM_LINE_ROOM = 24 << 20
};

/* Whether there could be such a sum now: a key that is valid, and as many of its holders on the line as open. */
bool round_paillier_ready(const struct round *r);
/* Invites who is marked. `invite` has all but what TP-1 has of its own. Fails: nobody was invited. */
CHECKED int round_paillier_begin(
	struct round *r, const struct sum_invite *invite, struct error *err);
/* A site that had offered offers again: true when it is invited. */
bool round_paillier_offer(struct round *r, struct leg *leg);
void round_paillier_hear(struct round *r, struct leg *leg, const struct msg_sum *m);
void round_paillier_part(struct round *r, size_t site, const struct msg_sum *m);
void round_paillier_line(struct round *r, size_t site);
/* Closes phases that are due or have everybody's. */
void round_paillier_look(struct round *r);
/* Something is being done beside the loop, after which it looks by itself. */
bool round_paillier_busy(const struct round_paillier *p);
/* Whether its ciphertexts are here. */
bool round_paillier_has(const struct round *r, const struct leg *leg);
/* Of a sum that was made: whether it is in it, and if not, why not. */
bool round_paillier_in(const struct round *r, size_t leg, struct say *why);
/* Why there is none, when it ends in this phase. */
struct say round_paillier_short(const struct round *r);
/* Accepts NULL. Waits for nothing: what is being done beside the loop ends first, and then all is freed. */
void round_paillier_free(struct round_paillier *p);

#endif
