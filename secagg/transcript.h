/*
 * transcript.h - a stored record of a sum from which anybody with the members' list can make the sum again.
 *
 *   "cordon/sa1/transcript", invitation (u32, bytes), roster (u32, bytes), dealers' bits, survivors' bits, certificate
 *   (u32, bytes), for each survivor in order: signature, complaints' bits, masked words; for each dealer in order: 32
 *   bytes, its seed b when it survived and its mask secret s when not; the sum's words.
 *
 * T1  it shows nothing that the gateway did not hold: masked words of survivors stay masked among them.
 * T2  transcript_verify() checks every signature and commitment, and adds up for itself; a sum that the gateway changed
 *     does not pass.
 */
#ifndef SECAGG_TRANSCRIPT_H
#define SECAGG_TRANSCRIPT_H

#include "secagg/invite.h"

struct transcript_site {
	const struct member *member; /* of the list that it was checked against */
	bool dealt, in_sum;
};

struct transcript {
	struct sum_invite invite;
	struct hash32 ctx;
	uint64_t sites, contributors;
	struct transcript_site *who; /* `sites` of them, sorted by id; heap */
	uint64_t *words; /* the sum as it was made again; heap */
};

/* The gateway's half of writing is round_gateway_transcript(). Gives *out (transcript_clear).
 * Fails: E_INPUT malformed; E_DENIED, E_CRYPTO when it does not show what it says, the log says where. */
CHECKED int transcript_verify(struct transcript *out, const void *bytes, size_t len,
	const struct membership *m, struct error *err);
/* Epoch and hash of the list of members that it was made under, not checked: to know which list to bring. Fails: E_INPUT. */
CHECKED int transcript_list(const void *bytes, size_t len, uint64_t *epoch, struct hash32 *members,
	struct error *err);
void transcript_clear(struct transcript *t);

#endif
