/*
 * layout.h - the one byte layout of everything that is hashed, signed or sent in a sum.
 *
 * L1  integers are big endian; a text or another field of varying length has its length before it as 4 bytes; all
 *     other fields have their fixed length. There is one spelling.
 * L2  every hash begins with a label of its own, as a text.
 * L3  the reader copies nothing, reads nothing past the end, and sticks at its first failure; every length is compared
 *     with the room left.
 */
#ifndef SECAGG_LAYOUT_H
#define SECAGG_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "secagg/membership.h"

/* ---- writing: grows up to max; failures stick (base/text.h) ---- */
void lay_label(struct text *t, const char *label); /* into an empty text */
void lay_u8(struct text *t, uint8_t v);
void lay_u16(struct text *t, uint16_t v);
void lay_u32(struct text *t, uint32_t v);
void lay_u64(struct text *t, uint64_t v);
void lay_fixed(struct text *t, const void *bytes, size_t len);
void lay_text(struct text *t, const char *s);
void lay_hash(struct text *t, const struct hash32 *h);
void lay_id(struct text *t, const struct sum_id *id);
/* SHA-256 of what was written, which is then wiped and freed. Fails: E_SYSTEM, E_LIMIT. */
CHECKED int lay_digest(struct text *t, struct hash32 *out, struct error *err);

/* ---- reading ---- */
struct unlay {
	const uint8_t *at, *end; /* borrowed; at <= end always */
	bool bad;
};

void unlay_init(struct unlay *u, const void *bytes, size_t len);
/* NULL after any failure. */
const uint8_t *unlay_take(struct unlay *u, size_t len);
uint8_t unlay_u8(struct unlay *u);
uint16_t unlay_u16(struct unlay *u);
/* Above max: a failure, and 0. */
uint32_t unlay_u32(struct unlay *u, uint32_t max);
uint64_t unlay_u64(struct unlay *u, uint64_t max);
void unlay_fixed(struct unlay *u, void *out, size_t len); /* zeros after a failure */
void unlay_hash(struct unlay *u, struct hash32 *out);
void unlay_id(struct unlay *u, struct sum_id *out);
/* Fails with E_INPUT when anything was wrong or bytes are left over. */
CHECKED int unlay_end(const struct unlay *u, const char *what, struct error *err);

#endif
