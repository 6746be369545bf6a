#include "secagg/site_secret.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <string.h>

#include "base/bytes.h"
#include "secagg/sealed.h"

static const char plain_head[] = "cordon site secret 1\n",
		  sealed_head[] = "cordon sealed site secret 1\n";

enum {
	SEALED_BYTES = 32 + SEALED_EXTRA,
	LINE = 4 * ((SEALED_BYTES + 2) / 3) + 1,
};

static struct hash32 domain(const char *what)
{
	return sha256(what, strlen(what));
}

int site_secret_new(struct key32 *out, struct error *err)
{
	if (RAND_priv_bytes(out->at, sizeof(out->at)) == 1)
		return 0;
	ERR_clear_error();
	return error_set(err, E_SYSTEM, SAY("No random numbers can be had.", "无法取得随机数。"),
		"site secret: the random number generator failed");
}

const char *site_secret_print(const struct key32 *s, char out[SITE_SECRET_PRINT])
{
	static const char label[] = "cordon/dc/fingerprint";
	const struct part_bytes parts[] = { { label, sizeof(label) - 1 },
		{ s->at, sizeof(s->at) } };
	struct hash32 h = sha256_parts(parts, 2);
	char hex[33];

	hex_encode(h.at, 16, hex);
	for (unsigned i = 0; i < 8; i++) {
		memcpy(out + 5 * (size_t)i, hex + 4 * (size_t)i, 4);
		out[5 * i + 4] = i == 7 ? '\0' : ' ';
	}
	return out;
}

struct hash32 site_secret_tag(const struct key32 *s)
{
	static const char label[] = "cordon/dc/tag";
	const struct part_bytes parts[] = { { label, sizeof(label) - 1 },
		{ s->at, sizeof(s->at) } };

	return sha256_parts(parts, 2);
}

static void write_line(const char *head, const uint8_t *bytes, size_t len, struct text *out)
{
	char line[LINE];

	base64_encode(bytes, len, line);
	text_addf(out, "%s%s\n", head, line);
	secret_wipe(line, sizeof(line));
}

/* Exactly the head, one line of `want` bytes, and its end. */
static int read_line(const char *head, const void *bytes, size_t len, uint8_t *out, size_t want,
	struct error *err)
{
	size_t skip = strlen(head), got = 0;
	char line[LINE] = "";
	bool good = len > skip && memcmp(bytes, head, skip) == 0 &&
		    ((const char *)bytes)[len - 1] == '\n' &&
		    text_copyn(line, sizeof(line), (const char *)bytes + skip, len - skip - 1) &&
		    strlen(line) == len - skip - 1 && base64_decode(line, out, want, &got) &&
		    got == want;

	secret_wipe(line, sizeof(line));
	if (good)
		return 0;
	secret_wipe(out, want);
	return error_set(err, E_INPUT,
		SAY("This file is not what is needed here.", "此文件不是所需内容。"),
		"site secret: not a file that begins with \"%.*s\"", (int)(skip - 1), head);
}

void site_secret_write(const struct key32 *s, struct text *out)
{
	write_line(plain_head, s->at, sizeof(s->at), out);
}

int site_secret_read(const void *bytes, size_t len, struct key32 *out, struct error *err)
{
	return read_line(plain_head, bytes, len, out->at, sizeof(out->at), err);
}

int site_secret_seal(
	const struct key32 *s, const uint8_t to[32], struct text *out, struct error *err)
{
	const struct hash32 about = domain("cordon/dc/secret");
	uint8_t sealed[SEALED_BYTES];

	if (sealed_make(to, &about, s->at, sizeof(s->at), sealed, err) != 0)
		return -1;
	write_line(sealed_head, sealed, sizeof(sealed), out);
	return text_failed(out) ? error_memory(err) : 0;
}

int site_secret_open(
	EVP_PKEY *owner, const void *bytes, size_t len, struct key32 *out, struct error *err)
{
	const struct hash32 about = domain("cordon/dc/secret");
	uint8_t sealed[SEALED_BYTES];

	if (read_line(sealed_head, bytes, len, sealed, sizeof(sealed), err) != 0)
		return -1;
	return sealed_open(owner, &about, sealed, sizeof(sealed), out->at, err);
}
