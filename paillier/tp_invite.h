/*
 * tp_invite.h - the invitation to a sum by threshold Paillier: that of SA-1, the key, and how counters are packed.
 *
 * INVITE   SA-1's invitation and signature, the key's hash, the bound of one value with its noise, signature over the
 *          context
 * context  H("cordon/tp1/ctx", SA-1's context, the key's hash, that bound)
 */
#ifndef PAILLIER_TP_INVITE_H
#define PAILLIER_TP_INVITE_H

#include "paillier/tp_pack.h"
#include "paillier/tp_partial.h"
#include "secagg/invite.h"

struct tp_invite {
	struct sum_invite sum;
	uint64_t slot_bound; /* of a value with its noise */
	/* derived */
	struct tp_packing packing;
	size_t count; /* ciphertexts of one site */
	struct hash32 ctx;
};

enum {
	TP_INVITE_BYTES = INVITE_BODY_BYTES + 64 + 32 + 8 + 64
};

/* Derives; for the gateway before it writes. Fails: E_LIMIT for vectors too long; E_DENIED for another mode than sums. */
CHECKED int tp_invite_complete(struct tp_invite *i, const struct tp_key *k, struct error *err);
CHECKED int tp_invite_write(const struct tp_invite *i, const struct tp_key *k, EVP_PKEY *gateway,
	struct text *out, struct error *err);
/* Reads and checks as invite_read(), and that the key is this one, of this federation and valid now. */
CHECKED int tp_invite_read(const void *bytes, size_t len, const struct membership *m,
	const struct tp_key *k, int64_t now_s, struct tp_invite *out, struct error *err);

/* ---- what is signed: H("cordon/tp1/msg", step, context, id, hashes) ---- */
enum tp_step {
	TP_STEP_INVITE = 1,
	TP_STEP_COMMIT,
	TP_STEP_ROSTER,
	TP_STEP_OPEN,
	TP_STEP_ALL,
	TP_STEP_PART,
};
/* The step of a message on the channel: these between gateway and site, those between gateway and holder. */
enum {
	TP_LINE_SITE = 16,
	TP_LINE_HOLDER = 24,
	TP_LINE_LAST = TP_LINE_HOLDER + TP_STEP_PART
};
CHECKED int tp_sign(enum tp_step step, const struct hash32 *ctx, const struct sum_id *id,
	const struct hash32 *hashes, size_t n, EVP_PKEY *key, uint8_t out[64], struct error *err);
CHECKED int tp_verify(enum tp_step step, const struct hash32 *ctx, const struct sum_id *id,
	const struct hash32 *hashes, size_t n, const uint8_t key[32], const uint8_t signature[64],
	struct error *err);

#endif
