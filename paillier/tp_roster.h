/*
 * tp_roster.h - the sites of one sum, each bound to ciphertexts that nobody has seen yet; and what they open.
 *
 * COMMIT  id, H("cordon/tp1/com", context, id, nonce, ciphertexts), signature
 * ROSTER  n, all COMMITs sorted by id
 * OPEN    id, nonce, signature over (roster, hash of the rest), ciphertexts, proof that their numbers are known
 * "ciphertexts" in what is hashed is both: the commitment binds the proof, too.
 *
 * B1  Paillier can be changed without being opened: a site that saw another's ciphertext could send back one that
 *     depends on it. So all commit before any opens; a commitment names its site and question. What was seen in an
 *     earlier question is kept out by the proof (tp_known.h).
 * B2  the rules for members, houses and numbers are those of secagg/roster.h.
 */
#ifndef PAILLIER_TP_ROSTER_H
#define PAILLIER_TP_ROSTER_H

#include "paillier/tp_invite.h"
#include "paillier/tp_known.h"
#include "secagg/roster.h"

/* All bytes: its own layout. */
struct tp_entry {
	struct sum_id id;
	struct hash32 commitment;
	uint8_t signature[64];
};
enum {
	TP_ENTRY_BYTES = 16 + 32 + 64
};
_Static_assert(sizeof(struct tp_entry) == TP_ENTRY_BYTES, "an entry is its own layout");

struct tp_roster {
	uint64_t n;
	struct tp_entry *entries; /* owned */
	struct roster sites;      /* ids and members, in the same order; no keys */
	struct hash32 hash;
};

CHECKED int tp_commitment(const struct hash32 *ctx, const struct sum_id *id,
	const uint8_t nonce[32], const uint8_t *ciphertexts, size_t len, struct hash32 *out,
	struct error *err);
CHECKED int tp_entry_sign(
	struct tp_entry *e, const struct hash32 *ctx, EVP_PKEY *key, struct error *err);
CHECKED int tp_entry_check(const struct tp_entry *e, const struct hash32 *ctx,
	const struct member *who, struct error *err);

/* Copies the entries, sorts, checks B2. Gives *out (tp_roster_clear). */
CHECKED int tp_roster_make(struct tp_roster *out, const struct tp_entry *entries, uint64_t n,
	const struct membership *m, const struct tp_invite *i, int64_t now_s, struct error *err);
CHECKED int tp_roster_write(const struct tp_roster *r, struct text *out, struct error *err);
/* Fails: E_INPUT malformed; E_DENIED a rule; E_CRYPTO a signature. *out is then empty. */
CHECKED int tp_roster_read(struct tp_roster *out, const void *bytes, size_t len,
	const struct membership *m, const struct tp_invite *i, int64_t now_s, struct error *err);
void tp_roster_clear(struct tp_roster *r);
uint64_t tp_roster_place(const struct tp_roster *r, const struct sum_id *id); /* or n */

struct tp_open {
	uint64_t place;
	const uint8_t *nonce, *ciphertexts; /* views into the message */
	size_t len;
};
enum {
	TP_OPEN_HEAD = 16 + 32 + 64
};
/* Of ciphertexts and proof. */
size_t tp_open_bytes(const struct tp_key *k, const struct tp_invite *i);
CHECKED int tp_open_write(const struct tp_roster *r, const struct hash32 *ctx,
	const struct sum_id *id, const uint8_t nonce[32], const uint8_t *ciphertexts, size_t len,
	EVP_PKEY *key, struct text *out, struct error *err);
/* Reads and checks place, length, signature and commitment. Fails: E_INPUT, E_CRYPTO. */
CHECKED int tp_open_read(const struct tp_roster *r, const struct tp_key *k,
	const struct tp_invite *i, const void *bytes, size_t len, struct tp_open *out,
	struct error *err);

#endif
