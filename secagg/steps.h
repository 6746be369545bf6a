/*
 * steps.h - the messages of a sum between invitation and result, their bytes and what is signed of them.
 *
 * P1  every signature of a site covers the type of its message, the context, its id and a list of hashes: never bytes
 *     that another message could begin with.
 * P2  a reader gives views into the message; lengths follow from the roster alone.
 *
 *   KEYS     entry (roster.h)
 *   ROSTER   n, entries
 *   SHARES   n dealt shares, signature over (roster, hash of them); the envelope for oneself is zeros
 *   DEAL     dealers' bits, for each dealer in order the dealt share for this site
 *   MASKED   signature over (roster, dealt, hash of the complaints' bits, hash of the words), complaints' bits, words
 *   SURVIVE  survivors' bits
 *   ACK      signature over (roster, dealt, alive)
 *   CERT     signers' bits, their ACKs in order
 *   UNMASK   signature over (roster, dealt, alive, hash of the rest), bits of dealers with a share, shares in order
 */
#ifndef SECAGG_STEPS_H
#define SECAGG_STEPS_H

#include "secagg/keys.h"
#include "secagg/roster.h"

enum sum_step {
	STEP_NONE,
	STEP_INVITE,
	STEP_KEYS,
	STEP_ROSTER,
	STEP_SHARES,
	STEP_DEAL,
	STEP_MASKED,
	STEP_SURVIVE,
	STEP_ACK,
	STEP_CERT,
	STEP_UNMASK,
	SUM_STEPS
};

enum share_kind {
	SHARE_B = 1, /* of the self mask's seed: of sites in the sum */
	SHARE_S,     /* of the key of pair masks: of dealers that are not */
};

/* What one dealer made for one site. All bytes: its own layout. */
struct dealt_share {
	struct hash32 b, s;
	uint8_t envelope[ENVELOPE_BYTES];
};
enum {
	DEALT_BYTES = 2 * 32 + ENVELOPE_BYTES
};
_Static_assert(sizeof(struct dealt_share) == DEALT_BYTES, "a dealt share is its own layout");

/* H("cordon/sa1/shr", roster, from, to, kind, share). */
CHECKED int share_hash(const struct hash32 *roster, uint64_t from, uint64_t to,
	enum share_kind kind, const struct share *share, struct hash32 *out, struct error *err);

/* ---- signatures over a list of hashes (P1) ---- */
enum {
	MAX_STEP_HASHES = 4
};
CHECKED int step_sign(enum sum_step step, const struct hash32 *ctx, const struct sum_id *id,
	const struct hash32 *hashes, size_t n, EVP_PKEY *key, uint8_t out[64], struct error *err);
CHECKED int step_verify(enum sum_step step, const struct hash32 *ctx, const struct member *who,
	const struct hash32 *hashes, size_t n, const uint8_t signature[64], struct error *err);

/* ---- readers ---- */
struct shares_message {
	const struct dealt_share *dealt; /* n of them, unaligned bytes */
	const uint8_t *signature;
	struct hash32 hash;
};
CHECKED int shares_read(
	struct shares_message *out, const void *bytes, size_t len, uint64_t n, struct error *err);

struct deal_message {
	struct bits dealers;
	const struct dealt_share *dealt; /* one a dealer */
};
CHECKED int deal_read(
	struct deal_message *out, const void *bytes, size_t len, uint64_t n, struct error *err);

struct masked_message {
	const uint8_t *signature, *words; /* little endian, 8 bytes each */
	struct bits complaints;
	struct hash32 complaints_hash, words_hash;
};
CHECKED int masked_read(struct masked_message *out, const void *bytes, size_t len, uint64_t n,
	uint64_t words, struct error *err);

CHECKED int survive_read(
	struct bits *out, const void *bytes, size_t len, uint64_t n, struct error *err);

struct unmask_message {
	const uint8_t *signature, *shares; /* SHARE_BYTES each */
	struct bits of;
	struct hash32 hash; /* of bits and shares */
};
CHECKED int unmask_read(
	struct unmask_message *out, const void *bytes, size_t len, uint64_t n, struct error *err);

const char *step_name(enum sum_step step); /* "keys"; for logs */

#endif
