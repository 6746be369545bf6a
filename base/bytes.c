/*
 * bytes.c - digests through OpenSSL; hex and base64 by hand, strict: one spelling per value for
 * base64 (spare bits must be zero), hex in either case because people type it.
 */
#include "base/bytes.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct hash32 sha256(const void *bytes, size_t len)
{
	struct hash32 h;
	unsigned n = 0;

	if (EVP_Digest(len == 0 ? "" : bytes, len, h.at, &n, EVP_sha256(), NULL) != 1 ||
		n != sizeof(h.at))
		abort();
	return h;
}

struct hash32 sha256_parts(const struct part_bytes *parts, size_t n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct hash32 h;
	uint8_t head[8];

	if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		abort();
	for (size_t i = 0; i < n; i++) {
		put_be64(head, parts[i].len);
		if (EVP_DigestUpdate(ctx, head, sizeof(head)) != 1)
			abort();
		if (parts[i].len > 0 && EVP_DigestUpdate(ctx, parts[i].at, parts[i].len) != 1)
			abort();
	}
	if (EVP_DigestFinal_ex(ctx, h.at, NULL) != 1)
		abort();
	EVP_MD_CTX_free(ctx);
	return h;
}

bool hash32_equal(const struct hash32 *a, const struct hash32 *b)
{
	return CRYPTO_memcmp(a->at, b->at, sizeof(a->at)) == 0;
}

const char *hash32_text(const struct hash32 *h, char buf[HASH_TEXT])
{
	memcpy(buf, "sha256:", 7);
	hex_encode(h->at, sizeof(h->at), buf + 7);
	return buf;
}

bool hash32_parse(const char *s, struct hash32 *out)
{
	struct hash32 h;

	if (strlen(s) != HASH_TEXT - 1 || memcmp(s, "sha256:", 7) != 0)
		return false;
	if (!hex_decode(s + 7, 64, h.at))
		return false;
	*out = h;
	return true;
}

void hex_encode(const void *bytes, size_t len, char *out)
{
	const uint8_t *in = bytes;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = "0123456789abcdef"[in[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[in[i] & 15];
	}
	out[2 * len] = 0;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool hex_decode(const char *s, size_t len, uint8_t *out)
{
	if (len % 2 != 0)
		return false;
	for (size_t i = 0; i < len; i++)
		if (hex_value(s[i]) < 0)
			return false;
	for (size_t i = 0; i < len / 2; i++)
		out[i] = (uint8_t)(hex_value(s[2 * i]) << 4 | hex_value(s[2 * i + 1]));
	return true;
}

static const char base64_chars[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const void *bytes, size_t len, char *out)
{
	const uint8_t *in = bytes;
	size_t i = 0;

	for (; i + 3 <= len; i += 3) {
		uint32_t v = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2];

		for (unsigned k = 0; k < 4; k++)
			*out++ = base64_chars[v >> (18 - 6 * k) & 63];
	}
	if (i < len) {
		uint32_t v = (uint32_t)in[i] << 16 | (i + 1 < len ? (uint32_t)in[i + 1] << 8 : 0);

		*out++ = base64_chars[v >> 18 & 63];
		*out++ = base64_chars[v >> 12 & 63];
		*out++ = i + 1 < len ? base64_chars[v >> 6 & 63] : '=';
		*out++ = '=';
	}
	*out = 0;
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* The whole form is judged before the first byte is written, so a failure leaves `out` alone. */
static bool base64_well_formed(const char *s, size_t len, size_t pad)
{
	if (len % 4 != 0)
		return false;
	for (size_t i = 0; i < len - pad; i++)
		if (base64_value(s[i]) < 0)
			return false;
	if (pad == 1 && (base64_value(s[len - 2]) & 3) != 0)
		return false;
	return pad != 2 || (base64_value(s[len - 3]) & 15) == 0;
}

bool base64_decode(const char *s, uint8_t *out, size_t room, size_t *out_len)
{
	size_t len = strlen(s), pad = 0, n = 0, total;

	if (len >= 4 && s[len - 1] == '=')
		pad = s[len - 2] == '=' ? 2 : 1;
	if (!base64_well_formed(s, len, pad))
		return false;
	total = len / 4 * 3 - pad;
	if (total > room)
		return false;
	for (size_t i = 0; i < len; i += 4) {
		uint32_t v = 0;

		for (size_t k = 0; k < 4; k++)
			v = v << 6 | (s[i + k] == '=' ? 0 : (uint32_t)base64_value(s[i + k]));
		for (unsigned k = 0; k < 3 && n < total; k++)
			out[n++] = (uint8_t)(v >> (16 - 8 * k));
	}
	*out_len = total;
	return true;
}

void put_be32(uint8_t out[4], uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		out[i] = (uint8_t)(v >> (24 - 8 * i));
}

void put_be64(uint8_t out[8], uint64_t v)
{
	for (unsigned i = 0; i < 8; i++)
		out[i] = (uint8_t)(v >> (56 - 8 * i));
}

uint32_t get_be32(const uint8_t in[4])
{
	uint32_t v = 0;

	for (unsigned i = 0; i < 4; i++)
		v = v << 8 | in[i];
	return v;
}

uint64_t get_be64(const uint8_t in[8])
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++)
		v = v << 8 | in[i];
	return v;
}
