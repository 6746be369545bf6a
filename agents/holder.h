/*
 * holder.h - this site as a holder of the federation's key of threshold Paillier: sums that it is asked to open
 * (paillier/tp_holder.h), one for each question, whether this site has a part in the question or not.
 *
 * B1  nothing of a sum is opened before which set of sites it is of is on disk; a set, once there, stays (paillier.h, V3).
 * B2  the loop waits for no ciphertext: what is long is done beside it (base/work.h), nor for its end when nobody wants it
 *     any more.
 * B3  asked from the beginning again, it begins again; a message that is refused ends what there was. Nobody is told why
 *     but this site's log.
 */
#ifndef AGENTS_HOLDER_H
#define AGENTS_HOLDER_H

#include "agents/paillier.h"
#include "agents/release.h"

struct holders;

enum {
	HOLDER_SUMS = 16,       /* at once; the oldest makes room. As many may be ending */
	HOLDER_ROOM = 64 << 20, /* bytes of ciphertexts of one that wait to be looked at */
};

/* Gives *out (holders_free). Borrows both; *kept is the pipeline's key. Fails: memory. */
CHECKED int holders_new(struct holders **out, const struct release_parts *parts,
	struct paillier_key **kept, struct error *err);
void holders_free(struct holders *h); /* accepts NULL; waits for a part under way */
/* One message of the gateway: its step is TP_LINE_HOLDER and more. */
void holders_hear(struct holders *h, const struct msg_sum *m);

#endif
