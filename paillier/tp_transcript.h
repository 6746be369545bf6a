/*
 * tp_transcript.h - a stored record of a sum by threshold Paillier, from which anybody with the list of members and the
 * key can make the sum again.
 *
 *   "cordon/tp1/transcript", INVITE, ROSTER, set of sites (bits), for each of them in order its OPEN, number of parts
 *   (u32), PARTs, the sum's words (u64 each). Messages have their length (u32) before them.
 *
 * G1  it shows nothing that the gateway did not hold. Ciphertexts in it stay closed to whoever lacks `needed` shares.
 * G2  reading it is the gateway's own part again: every signature, commitment and proof is checked, and the sum is added
 *     up and opened anew.
 */
#ifndef PAILLIER_TP_TRANSCRIPT_H
#define PAILLIER_TP_TRANSCRIPT_H

#include "paillier/tp_gateway.h"
#include "secagg/transcript.h"

/* What was said, as it came over the line. All borrowed. */
struct tp_said {
	const struct text *invite, *roster;
	const struct text *opens; /* by place in the roster; used where the set has the place */
	const struct bits *set;
	const struct text *parts;
	unsigned n_parts;
};

/* Fails: E_LIMIT past what out may hold. */
CHECKED int tp_transcript_write(const struct tp_said *said, const int64_t *sums, size_t n,
	struct text *out, struct error *err);
/* Whether these bytes begin as one. */
bool tp_transcript_is(const void *bytes, size_t len);
/* Epoch and hash of the list of members, and the key's hash, not checked. Fails: E_INPUT. */
CHECKED int tp_transcript_list(const void *bytes, size_t len, uint64_t *epoch,
	struct hash32 *members, struct hash32 *key, struct error *err);
/* Gives *out (transcript_clear()); a site that committed has `dealt`. Fails: E_INPUT malformed; E_DENIED, E_CRYPTO when
 * it does not show what it says. */
CHECKED int tp_transcript_verify(struct transcript *out, const void *bytes, size_t len,
	const struct membership *m, const struct tp_key *k, struct error *err);

#endif
