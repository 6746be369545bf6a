/*
 * round_gateway.h - the gateway's part in one secure sum: it collects, decides who is in, and learns the sum.
 *
 *   phase     waits for   closing it makes   too few end the round
 *   KEYS      KEYS        ROSTER             n_min, u_min, houses
 *   SHARES    SHARES      DEAL               u_min dealers
 *   MASKED    MASKED      SURVIVE            u_min survivors
 *   ACK       ACK         CERT               T signers
 *   UNMASK    UNMASK      the sum            t good shares of every secret
 *
 * G1  the gateway holds nothing that can show it one site's words: they are added as they arrive (and kept, masked, only
 *     when a transcript is wanted).
 * G2  what a site sends wrongly costs the round this site, never more, until its shares are needed (see blame).
 * G3  an answer at another moment is refused with E_STATE and changes nothing.
 * G4  a round gives the exact sum of the certified survivors' words mod 2^64, or none.
 * Deadlines are the caller's: it closes a phase when all have answered or its time is over.
 */
#ifndef SECAGG_ROUND_GATEWAY_H
#define SECAGG_ROUND_GATEWAY_H

#include "secagg/unmask.h"

enum sum_phase {
	PHASE_KEYS,
	PHASE_SHARES,
	PHASE_MASKED,
	PHASE_ACK,
	PHASE_UNMASK,
	PHASE_DONE,
	PHASE_FAILED,
	SUM_PHASES
};

enum blame_reason {
	BLAME_NONE,
	BLAME_MESSAGE, /* malformed, or its signature does not hold */
	BLAME_SHARE,   /* a share that is not what its dealer's hash says */
	BLAME_DEALER,  /* dealt what is of no polynomial, or not of what it committed to */
	BLAME_COMPLAINTS /* more sites than may collude could not open its envelopes: the dealer, or the line */
};

struct round_gateway;

/* invite: complete but for context; nonce fresh. Borrows members and key until round_gateway_free(). keep: masked words
 * are kept for the transcript. Gives *out. Fails: E_DENIED for numbers that sites would refuse. */
CHECKED int round_gateway_new(struct round_gateway **out, const struct membership *members,
	EVP_PKEY *key, const struct sum_invite *invite, bool keep, int64_t now_s,
	struct error *err);
void round_gateway_free(struct round_gateway *g);

CHECKED int round_gateway_invite(struct round_gateway *g, struct text *out, struct error *err);
/* What the site `id`, known by its line, said; `step` is what its message says it is. Fails: E_STATE late, twice or not in
 * this round; E_INPUT, E_CRYPTO, E_DENIED wrong: the site is blamed and out of the phase. */
CHECKED int round_gateway_hear(struct round_gateway *g, const struct sum_id *id, enum sum_step step,
	const void *bytes, size_t len, struct error *err);
/* A site that is gone for good: nobody waits for it any more. What it said before stays. */
void round_gateway_lost(struct round_gateway *g, const struct sum_id *id);
/* Sites whose answer the phase still waits for. In PHASE_KEYS: invited and not heard of. */
uint64_t round_gateway_waits(const struct round_gateway *g);
/* Ends a phase. Fails, and with it the round: E_DENIED too few; E_CRYPTO secrets that do not fit. */
CHECKED int round_gateway_close(struct round_gateway *g, int64_t now_s, struct error *err);
/* The message of the phase for that site: ROSTER, DEAL, SURVIVE or CERT. False: there is none for it. */
bool round_gateway_speaks_to(const struct round_gateway *g, const struct sum_id *id);
CHECKED int round_gateway_tell(struct round_gateway *g, const struct sum_id *id,
	enum sum_step *step, struct text *out, struct error *err);

/* After PHASE_DONE: the sum, words of the host's order, borrowed. */
const uint64_t *round_gateway_sum(const struct round_gateway *g);

enum sum_phase round_gateway_phase(const struct round_gateway *g);
const struct hash32 *round_gateway_context(const struct round_gateway *g);
uint64_t round_gateway_sites(
	const struct round_gateway *g); /* of the roster; before it, heard of */
uint64_t round_gateway_contributors(const struct round_gateway *g);
/* What the site was last heard to say, whether its words are in the sum, and what it is blamed for. */
struct sum_standing {
	const struct member *who;
	enum sum_step last;
	bool in_sum;
	enum blame_reason blame;
};
/* Of place i < round_gateway_sites(). */
struct sum_standing round_gateway_standing(const struct round_gateway *g, uint64_t i);

/* After PHASE_DONE; see transcript.h. */
CHECKED int round_gateway_transcript(
	const struct round_gateway *g, struct text *out, struct error *err);

#endif
