/*
 * flow.c - HMAC-SHA-256 throughout, each use with its label.
 */
#include "gateway/flow.h"

#include <cjose/base64.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum {
	HEAD = 32 + 8,
	BYTES = HEAD + 32 + MAX_RETURN_TO
};

bool flow_local(const char *to)
{
	size_t len = strnlen(to, MAX_RETURN_TO + 1);

	if (len > MAX_RETURN_TO || to[0] != '/' || to[1] == '/')
		return false;
	for (size_t i = 0; i < len; i++)
		if (to[i] <= ' ' || to[i] >= 0x7f || to[i] == '\\' || to[i] == '"')
			return false;
	return true;
}

static void keyed(const struct key32 *key, const char *label, const void *bytes, size_t len,
	struct hash32 *out)
{
	const struct hash32 h = sha256_parts(
		(const struct part_bytes[]){ { label, strlen(label) }, { bytes, len } }, 2);
	unsigned n = sizeof(out->at);

	if (HMAC(EVP_sha256(), key->at, sizeof(key->at), h.at, sizeof(h.at), out->at, &n) == NULL)
		abort(); /* as sha256() */
}

static void word(
	const struct key32 *key, const char *label, const struct hash32 *seed, char out[FLOW_WORD])
{
	struct hash32 h;

	keyed(key, label, seed->at, sizeof(seed->at), &h);
	hex_encode(h.at, sizeof(h.at), out);
}

static void fill(const struct key32 *key, struct flow *f)
{
	word(key, "state", &f->seed, f->state);
	word(key, "nonce", &f->seed, f->nonce);
	word(key, "verifier", &f->seed, f->verifier);
}

/* What the cookie authenticates. Returns its length. */
static size_t body_of(const struct flow *f, uint8_t out[BYTES])
{
	size_t len = strlen(f->to);

	memcpy(out, f->seed.at, sizeof(f->seed.at));
	put_be64(out + sizeof(f->seed.at), (uint64_t)f->until_ms);
	memcpy(out + HEAD, f->to, len);
	return HEAD + len;
}

int flow_new(const struct key32 *key, const char *to, int64_t now_ms, struct flow *out,
	char cookie[FLOW_COOKIE], struct error *err)
{
	uint8_t bytes[BYTES];
	struct hash32 mac;
	size_t len;

	if (!flow_local(to) || !text_copy(out->to, sizeof(out->to), to))
		return error_set(err, E_INPUT,
			SAY("not a page of this gateway", "不是本网关的页面"),
			"flow: a foreign address");
	if (RAND_bytes(out->seed.at, sizeof(out->seed.at)) != 1)
		return error_set(
			err, E_SYSTEM, SAY("no random numbers", "无法生成随机数"), "RAND_bytes");
	out->until_ms = now_ms + FLOW_MS;
	fill(key, out);
	len = body_of(out, bytes);
	keyed(key, "cookie", bytes, len, &mac);
	memcpy(bytes + len, mac.at, sizeof(mac.at));
	base64_encode(bytes, len + sizeof(mac.at), cookie);
	return 0;
}

bool flow_read(const struct key32 *key, const char *cookie, int64_t now_ms, struct flow *out)
{
	uint8_t bytes[BYTES];
	struct hash32 mac, want;
	size_t len = 0;

	if (!base64_decode(cookie, bytes, sizeof(bytes), &len) || len < HEAD + sizeof(mac.at) + 1)
		return false;
	len -= sizeof(mac.at);
	memcpy(mac.at, bytes + len, sizeof(mac.at));
	keyed(key, "cookie", bytes, len, &want);
	if (!hash32_equal(&mac, &want))
		return false;
	memcpy(out->seed.at, bytes, sizeof(out->seed.at));
	out->until_ms = (int64_t)get_be64(bytes + sizeof(out->seed.at));
	if (!text_copyn(out->to, sizeof(out->to), (const char *)bytes + HEAD, len - HEAD))
		return false;
	fill(key, out);
	return now_ms < out->until_ms && out->until_ms <= now_ms + FLOW_MS;
}

bool flow_challenge(const struct flow *f, char out[FLOW_WORD])
{
	const struct hash32 h = sha256(f->verifier, strlen(f->verifier));
	char *text = NULL;
	size_t len = 0;
	cjose_err err;
	bool ok = cjose_base64url_encode(h.at, sizeof(h.at), &text, &len, &err) &&
		  text_copyn(out, FLOW_WORD, text, len);

	free(text);
	return ok;
}

bool cookie_find(const char *header, const char *name, char *out, size_t size)
{
	size_t name_len = strlen(name);
	bool found = false;

	while (*header != '\0') {
		size_t len;

		header += strspn(header, " \t;");
		len = strcspn(header, ";");
		if (len > name_len && header[name_len] == '=' &&
			memcmp(header, name, name_len) == 0) {
			size_t value = len - name_len - 1;

			while (value > 0 && strchr(" \t", header[name_len + value]) != NULL)
				value--;
			if (found || !text_copyn(out, size, header + name_len + 1, value))
				return false;
			found = true;
		}
		header += len;
	}
	return found;
}
