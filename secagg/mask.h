/*
 * mask.h - pseudo-random words added to a vector mod 2^64.
 *
 * The stream of a key is AES-128-CTR, AES-256-CTR or ChaCha20 over zeros, its bytes taken as little-endian 64-bit words.
 * The counter block is the key's 12 derived bytes and a 32-bit counter from zero: for AES after them, big endian; for
 * ChaCha20 before them, little endian (RFC 8439).
 *
 * K1  all streams go over one block of 8 KiB before the next block is touched, so that the sum stays in the cache.
 * K2  the vector, the streams and the keys are secret: blocks and contexts are wiped.
 */
#ifndef SECAGG_MASK_H
#define SECAGG_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "secagg/membership.h"

struct mask_key {
	uint8_t key[32]; /* 16 used of AES-128 */
	uint8_t iv[12];
};

size_t mask_key_bytes(enum suite suite); /* 16 or 32; 0 for a suite that is none */

struct masks;

/* Gives *out (masks_free) with room for n streams. */
CHECKED int masks_new(struct masks **out, enum suite suite, size_t n, struct error *err);
void masks_free(struct masks *m); /* NULL too; wipes */
bool masks_full(const struct masks *m);
/* One stream more, to be added or taken away. Copies the key. */
CHECKED int masks_put(struct masks *m, const struct mask_key *key, bool minus, struct error *err);
/* Adds all streams to the words and forgets them. */
CHECKED int masks_apply(struct masks *m, uint64_t *words, size_t n, struct error *err);

/* To and from the order of bytes on the wire, in place. */
void words_little_endian(uint64_t *words, size_t n);
/* Adds n words as they came over the line. */
void words_add_wire(uint64_t *words, const uint8_t *wire, size_t n);

#endif
