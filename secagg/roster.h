/*
 * roster.h - the sites of one sum, in the order of their ids, with the keys that each signed for it.
 *
 * R1  an entry is what its site sent, byte for byte; the roster's hash covers every byte of every entry.
 * R2  what roster_read() gives is sorted strictly, of active members of this epoch only, with good signatures and 2n
 *     different X25519 keys, and within the numbers of the invitation and of the list.
 * R3  a house counts once: no more of its sites than may collude (or one), and houses reach the least numbers.
 */
#ifndef SECAGG_ROSTER_H
#define SECAGG_ROSTER_H

#include <openssl/types.h>

#include "secagg/bits.h"
#include "secagg/invite.h"

/* What a site says with KEYS. All bytes: an entry is its own layout. */
struct roster_entry {
	struct sum_id id;
	uint8_t c[32], s[32]; /* X25519: of envelopes, of masks */
	struct hash32 b;      /* commitment to the self mask's seed */
	uint8_t signature[64];
};
enum {
	ENTRY_BYTES = 16 + 32 + 32 + 32 + 64
};
_Static_assert(sizeof(struct roster_entry) == ENTRY_BYTES, "an entry is its own layout");

struct roster {
	uint64_t n;
	struct roster_entry *entries; /* owned */
	const struct member **who;    /* owned array of borrowed members */
	struct hash32 hash;
	uint64_t colluders, shares, signers; /* c, t, T of n */
};

/* A site's own list of peers that it would phone: so many of them must be in every roster and in every sum. */
struct sum_trust {
	const struct sum_id *anchors; /* borrowed */
	uint64_t n, least;            /* least 0: none needed */
};

/* What a site signs: type, context, id and `len` bytes. */
CHECKED int sum_signed_hash(uint8_t type, const struct hash32 *ctx, const struct sum_id *id,
	const void *bytes, size_t len, struct hash32 *out, struct error *err);

CHECKED int entry_sign(
	struct roster_entry *e, const struct hash32 *ctx, EVP_PKEY *key, struct error *err);
CHECKED int entry_verify(const struct roster_entry *e, const struct hash32 *ctx,
	const struct member *who, struct error *err);
/* H("cordon/sa1/bcom", ctx, id, b). */
CHECKED int entry_commit(const struct hash32 *ctx, const struct sum_id *id, const uint8_t b[32],
	struct hash32 *out, struct error *err);

/* Takes entries (heap), sorts them and checks R2, R3 without the signatures. Gives *out (roster_clear). */
CHECKED int roster_make(struct roster *out, struct roster_entry *entries, uint64_t n,
	const struct membership *m, const struct sum_invite *i, const struct hash32 *ctx,
	int64_t now_s, struct error *err);
CHECKED int roster_write(const struct roster *r, struct text *out, struct error *err);
/* Fails: E_INPUT malformed; E_DENIED a rule; E_CRYPTO a signature. *out is then empty. */
CHECKED int roster_read(struct roster *out, const void *bytes, size_t len,
	const struct membership *m, const struct sum_invite *i, const struct hash32 *ctx,
	int64_t now_s, struct error *err);
void roster_clear(struct roster *r);
/* What does not ask for keys of SA-1: n entries of which the id alone is looked at become members of the list, sorted,
 * valid now, in the numbers of R2 and R3. Fills `who` and the quorums. Fails: E_DENIED; *r is the caller's to clear. */
CHECKED int roster_suits(struct roster *r, const struct membership *m, const struct sum_invite *i,
	int64_t now_s, struct error *err);

/* Whether so many anchors other than `me` are among them, and enough houses for a sum. */
CHECKED int roster_trusts(const struct roster *r, const struct bits *among,
	const struct sum_trust *trust, uint64_t me, const struct sum_rules *rules,
	struct error *err);
/* Place of an id, or n. */
uint64_t roster_place(const struct roster *r, const struct sum_id *id);

/* Hashes of the two sets, bound to context and roster. */
CHECKED int roster_dealt_hash(const struct roster *r, const struct hash32 *ctx,
	const struct bits *dealt, struct hash32 *out, struct error *err);
CHECKED int roster_alive_hash(const struct roster *r, const struct hash32 *ctx,
	const struct hash32 *dealt, const struct bits *alive, struct hash32 *out,
	struct error *err);

#endif
