/*
 * bytes.h - digests, hex, base64, and comparing and wiping bytes.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct hash32 {
	uint8_t at[32];
};

/* SHA-256 (FIPS 180-4) of one buffer. Cannot fail: aborts if OpenSSL has no SHA-256. */
struct hash32 sha256(const void *bytes, size_t len);
/* SHA-256 over parts, each preceded by its length as 8 bytes big endian, so that parts cannot run
 * into one another. */
struct part_bytes {
	const void *at;
	size_t len;
};
struct hash32 sha256_parts(const struct part_bytes *parts, size_t n);
bool hash32_equal(const struct hash32 *a, const struct hash32 *b); /* constant time */

/* "sha256:<64 hex>" with its ending zero: 72 bytes. */
enum { HASH_TEXT = 72 };
const char *hash32_text(const struct hash32 *h, char buf[HASH_TEXT]);
CHECKED bool hash32_parse(const char *s, struct hash32 *out);

void hex_encode(const void *bytes, size_t len, char *out /* 2*len+1 */);
CHECKED bool hex_decode(const char *s, size_t len, uint8_t *out /* len/2 */);
/* Standard base64 with padding. encode: out needs 4*((len+2)/3)+1. decode: strict; *out_len <= room. */
void base64_encode(const void *bytes, size_t len, char *out);
CHECKED bool base64_decode(const char *s, uint8_t *out, size_t room, size_t *out_len);

void put_be32(uint8_t out[4], uint32_t v);
void put_be64(uint8_t out[8], uint64_t v);
uint32_t get_be32(const uint8_t in[4]);
uint64_t get_be64(const uint8_t in[8]);

#endif
