/*
 * keys.h - the short-lived keys of one sum: X25519 pairs, what is derived from them, envelopes.
 *
 * Every derived key is HKDF-SHA256 (RFC 5869) with the question's context as salt and a label of its own in its info.
 *
 * K1  an envelope key seals one envelope and is never used again.
 * K2  what is derived names both sites, the roster and, for masks, the set of dealers and the length: another view of
 *     the question makes other keys, hence noise and no data.
 * K3  a peer's key with which the agreed secret is zero is refused (RFC 7748, 6.1).
 */
#ifndef SECAGG_KEYS_H
#define SECAGG_KEYS_H

#include <openssl/types.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/secret.h"
#include "secagg/mask.h"
#include "secagg/membership.h"
#include "secagg/shamir.h"

enum {
	ENVELOPE_BYTES = 2 * SHARE_BYTES + 16, /* two shares and a tag */
};

/* The secret is drawn and kept here: OpenSSL 3.0 leaves it in freed memory when it is asked for it. */
struct x_pair {
	EVP_PKEY *key; /* NULL: none */
	EVP_PKEY_CTX *agreement;
	EVP_PKEY *peer; /* of the latest agreement */
	struct key32 secret;
	uint8_t public[32];
};

/* Draws a pair. End it with x_pair_clear(), which wipes. */
CHECKED int x_pair_new(struct x_pair *out, struct error *err);
/* The pair of a secret that was rebuilt. */
CHECKED int x_pair_of(const struct key32 *secret, struct x_pair *out, struct error *err);
/* The pair of a key that stays its owner's; without `secret`. */
CHECKED int x_pair_of_owner(EVP_PKEY *owner, struct x_pair *out, struct error *err);
void x_pair_clear(struct x_pair *p);
/* By one thread at a time for one pair, which keeps what agreeing needs. Fails: E_CRYPTO (K3). */
CHECKED int x_pair_agree(
	struct x_pair *own, const uint8_t peer[32], struct key32 *out, struct error *err);

/* What all keys of one question are bound to. */
struct key_scope {
	struct hash32 ctx, roster, dealt; /* dealt: of masks only */
	uint64_t words;
	enum suite suite;
};

struct deriver; /* an HKDF that is made once and used often */

CHECKED int deriver_new(struct deriver **out, struct error *err);
void deriver_free(struct deriver *d);
/* HKDF-SHA256, extract and expand. */
CHECKED int deriver_expand(struct deriver *d, const void *ikm, size_t ikm_len, const void *salt,
	size_t salt_len, const void *info, size_t info_len, void *out, size_t len,
	struct error *err);

struct envelope_key {
	uint8_t key[16], nonce[12];
};

CHECKED int envelope_key(struct deriver *d, const struct key_scope *s, const struct key32 *agreed,
	const struct sum_id *from, const struct sum_id *to, struct envelope_key *out,
	struct error *err);
/* `low` and `high` are the two sites in the order of the roster. */
CHECKED int mask_key_of_pair(struct deriver *d, const struct key_scope *s,
	const struct key32 *agreed, const struct sum_id *low, const struct sum_id *high,
	struct mask_key *out, struct error *err);
CHECKED int mask_key_of_self(struct deriver *d, const struct key_scope *s, const struct key32 *b,
	const struct sum_id *id, struct mask_key *out, struct error *err);

/* AES-128-GCM of the shares of b and s from place i for place j of that roster, both inside what is authenticated. */
CHECKED int envelope_seal(const struct envelope_key *k, const struct hash32 *roster, uint64_t from,
	uint64_t to, const struct share *b, const struct share *s, uint8_t out[ENVELOPE_BYTES],
	struct error *err);
/* Fails: E_CRYPTO, also for shares that are none. */
CHECKED int envelope_open(const struct envelope_key *k, const struct hash32 *roster, uint64_t from,
	uint64_t to, const uint8_t in[ENVELOPE_BYTES], struct share *b, struct share *s,
	struct error *err);

#endif
