#include "secagg/sealed.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/secret.h"
#include "secagg/keys.h"
#include "secagg/layout.h"

enum {
	TAG_BYTES = 16
};

struct seal_key {
	uint8_t key[32], nonce[12];
};

static int failed(struct error *err, bool opening)
{
	ERR_clear_error();
	return error_set(err, opening ? E_CRYPTO : E_SYSTEM,
		SAY("The sealed bytes cannot be used.", "密封的内容不可用。"), "sealed: %s",
		opening ? "for another key or purpose, or changed" : "could not be sealed");
}

static int derive(const struct key32 *agreed, const struct hash32 *about, const uint8_t from[32],
	const uint8_t to[32], struct seal_key *out, struct error *err)
{
	struct deriver *d = NULL;
	struct text info;
	int ret;

	lay_label(&info, "cordon/sealed");
	lay_fixed(&info, from, 32);
	lay_fixed(&info, to, 32);
	ret = text_failed(&info) ? error_memory(err) : deriver_new(&d, err);
	if (ret == 0)
		ret = deriver_expand(d, agreed->at, sizeof(agreed->at), about->at,
			sizeof(about->at), info.at, info.len, out, sizeof(*out), err);
	deriver_free(d);
	text_clear(&info);
	return ret;
}

static bool gcm(
	const struct seal_key *k, bool seal, uint8_t *bytes, size_t len, uint8_t tag[TAG_BYTES])
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n, ok = c != NULL;

	ok = ok && EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, k->key, k->nonce, seal) == 1 &&
	     EVP_CipherUpdate(c, bytes, &n, bytes, (int)len) == 1;
	if (ok && !seal)
		ok = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1;
	ok = ok && EVP_CipherFinal_ex(c, bytes + len, &n) == 1;
	if (ok && seal)
		ok = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, tag) == 1;
	EVP_CIPHER_CTX_free(c);
	return ok;
}

int sealed_make(const uint8_t to[32], const struct hash32 *about, const void *plain, size_t len,
	uint8_t *out, struct error *err)
{
	struct seal_key key = { { 0 }, { 0 } };
	struct x_pair own = { 0 };
	LOCAL_KEY(agreed);
	int ret = x_pair_new(&own, err);

	if (ret == 0)
		ret = x_pair_agree(&own, to, &agreed, err);
	if (ret == 0)
		ret = derive(&agreed, about, own.public, to, &key, err);
	if (ret == 0) {
		memcpy(out, own.public, 32);
		memcpy(out + 32, plain, len);
		if (!gcm(&key, true, out + 32, len, out + 32 + len))
			ret = failed(err, false);
	}
	if (ret != 0)
		secret_wipe(out, len + SEALED_EXTRA);
	secret_wipe(&key, sizeof(key));
	x_pair_clear(&own);
	return ret;
}

int sealed_open(EVP_PKEY *owner, const struct hash32 *about, const uint8_t *sealed,
	size_t sealed_len, void *plain, struct error *err)
{
	struct x_pair own;
	struct seal_key key = { { 0 }, { 0 } };
	uint8_t tag[TAG_BYTES];
	size_t len = sealed_len - SEALED_EXTRA;
	LOCAL_KEY(agreed);
	int ret;

	if (sealed_len < SEALED_EXTRA || x_pair_of_owner(owner, &own, err) != 0)
		return failed(err, true);
	ret = x_pair_agree(&own, sealed, &agreed, err);
	if (ret == 0)
		ret = derive(&agreed, about, sealed, own.public, &key, err);
	if (ret == 0) {
		memcpy(plain, sealed + 32, len);
		memcpy(tag, sealed + 32 + len, sizeof(tag));
		if (!gcm(&key, false, plain, len, tag))
			ret = failed(err, true);
	}
	if (ret != 0)
		secret_wipe(plain, len);
	secret_wipe(&key, sizeof(key));
	x_pair_clear(&own);
	return ret;
}

int sealed_key_read(const void *pem, size_t len, EVP_PKEY **out, struct error *err)
{
	BIO *bio = len > INT_MAX ? NULL : BIO_new_mem_buf(pem, (int)len);
	EVP_PKEY *key = bio == NULL
				? NULL
				: PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(uintptr_t) "");

	BIO_free(bio);
	if (key != NULL && EVP_PKEY_is_a(key, "X25519")) {
		*out = key;
		return 0;
	}
	EVP_PKEY_free(key);
	return error_set(err, E_INPUT,
		SAY("this is not a key for sealed texts", "这不是用于密封内容的密钥"),
		"not a private key of X25519");
}

static const char prefix[] = "x25519:";

const char *sealed_key_text(const uint8_t key[32], char out[SEALED_KEY_TEXT])
{
	memcpy(out, prefix, sizeof(prefix) - 1);
	base64_encode(key, 32, out + sizeof(prefix) - 1);
	return out;
}

bool sealed_key_parse(const char *text, uint8_t out[32])
{
	size_t len;

	return strncmp(text, prefix, sizeof(prefix) - 1) == 0 &&
	       base64_decode(text + sizeof(prefix) - 1, out, 32, &len) && len == 32;
}
