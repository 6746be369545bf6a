/*
 * invite.h - what a sum is about: the gateway's invitation, whose hash is the question's context and its id.
 *
 * I1  everything that two sites must understand alike is inside: the members' list by its hash, the question, the
 *     layout of the vector, the noise, the numbers, the deadlines.
 * I2  two invitations with one context are the same invitation.
 */
#ifndef SECAGG_INVITE_H
#define SECAGG_INVITE_H

#include <openssl/types.h>

#include "secagg/bits.h"
#include "secagg/mask.h"
#include "secagg/membership.h"

enum sum_mode {
	SUM_ADD = 1, /* words are signed numbers, two's complement */
	SUM_OR,      /* a word is 0 or uniform: the sum is 0 where all are (distinct patients) */
	SUM_MODE_END
};

/* What a site waits for, each with a deadline of its own. */
enum sum_wait {
	WAIT_ROSTER,
	WAIT_DEAL,
	WAIT_SURVIVE,
	WAIT_CERTIFICATE,
	SUM_WAITS
};

struct sum_invite {
	enum suite suite;
	struct hash32 federation;
	uint64_t epoch;
	struct hash32 members; /* membership_hash() of that epoch */
	struct sum_id gateway;
	uint8_t nonce[32];      /* random */
	struct hash32 question; /* of its canonical text */
	struct hash32 asked;    /* what the person signed */
	struct hash32 layout;   /* of the vector: kind, labels, points, version of the template */
	struct hash32 noise;    /* of the noise's specification */
	enum sum_mode mode;
	uint64_t words;        /* L, 1..MAX_SUM_WORDS */
	uint64_t bound;        /* B: no site's value before noise is larger, either way */
	uint64_t n_min, n_max; /* n_max: sites invited */
	uint64_t u_min;        /* contributors; at least the quorum of n_max */
	uint64_t wait_ms[SUM_WAITS];
	int64_t expires_s; /* wall clock */
};

enum {
	INVITE_BODY_BYTES =
		2 + 32 + 8 + 32 + 16 + 32 + 4 * 32 + 1 + 8 + 8 + 3 * 4 + 4 * SUM_WAITS + 8
};

/* The context: H("cordon/sa1/ctx", body). */
CHECKED int invite_context(const struct sum_invite *i, struct hash32 *out, struct error *err);
/* Body and signature by the gateway's key. */
CHECKED int invite_write(
	const struct sum_invite *i, EVP_PKEY *gateway, struct text *out, struct error *err);
/* Reads, and checks the signature and that gateway, federation, epoch and list are those of `m`, that epoch and suite
 * are valid at now_s, the numbers sound under the list's rules and the life no longer than they allow.
 * Fails: E_INPUT malformed; E_DENIED a rule; E_CRYPTO the signature. */
CHECKED int invite_read(const void *bytes, size_t len, const struct membership *m, int64_t now_s,
	struct sum_invite *out, struct hash32 *ctx, struct error *err);

#endif
