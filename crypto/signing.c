#include "crypto/signing.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/identity.h"
#include "crypto/identity_in.h"

enum {
	KEY_BYTES = 32,
	SIGNATURE_BYTES = 64,
	PASSPHRASE_MIN = 8,
	PASSPHRASE_MAX = 1000,
	/* RFC 7914's N, r, p: 16 MiB for each guess, half of what OpenSSL lets a reader use */
	SCRYPT_N = 16384,
	SCRYPT_R = 8,
	SCRYPT_P = 1,
};

/* What a key's text begins with, its name in OpenSSL, its sizes. */
static const struct algorithm {
	const char *prefix, *name;
	size_t key, signature;
	int (*sign)(EVP_PKEY *key, const struct hash32 *h, uint8_t *signature, struct error *err);
	int (*verify)(const uint8_t *key, const struct hash32 *h, const uint8_t *signature,
		size_t len, struct error *err);
} algorithms[] = {
	{ "ed25519:", "ED25519", KEY_BYTES, SIGNATURE_BYTES, identity_sign, identity_verify },
};
enum {
	ALGORITHMS = sizeof(algorithms) / sizeof(algorithms[0])
};

static int not_a_key(struct error *err, const char *why)
{
	return identity_input(err,
		SAY("this is not a key that can sign: a PEM file with an Ed25519 key is needed",
			"这不是可用于签名的密钥，应为含 Ed25519 密钥的 PEM 文件"),
		why);
}

static const struct algorithm *algorithm_of(EVP_PKEY *key)
{
	for (int i = 0; i < ALGORITHMS; i++)
		if (EVP_PKEY_is_a(key, algorithms[i].name))
			return &algorithms[i];
	return NULL;
}

/* The algorithm and the bytes of a public key's text; NULL when it is none, or spelt otherwise. */
static const struct algorithm *parse_key(const char *text, uint8_t bytes[KEY_BYTES])
{
	for (int i = 0; i < ALGORITHMS; i++) {
		const struct algorithm *a = &algorithms[i];
		size_t skip = strlen(a->prefix), len;

		if (strncmp(text, a->prefix, skip) == 0)
			return base64_decode(text + skip, bytes, KEY_BYTES, &len) && len == a->key
				       ? a
				       : NULL;
	}
	return NULL;
}

bool signing_key_valid(const char *text)
{
	uint8_t bytes[KEY_BYTES];

	return parse_key(text, bytes) != NULL;
}

bool signing_key_bytes(const char *text, uint8_t out[32])
{
	return parse_key(text, out) == &algorithms[0];
}

const char *signing_key_text(const uint8_t key[32], char out[SIGNING_KEY_TEXT])
{
	size_t skip = strlen(algorithms[0].prefix);

	memcpy(out, algorithms[0].prefix, skip);
	base64_encode(key, KEY_BYTES, out + skip);
	return out;
}

int signing_public(EVP_PKEY *key, char out[SIGNING_KEY_TEXT], struct error *err)
{
	const struct algorithm *a = algorithm_of(key);
	uint8_t bytes[KEY_BYTES];
	size_t len = sizeof(bytes);

	if (a == NULL || EVP_PKEY_get_raw_public_key(key, bytes, &len) != 1 || len != a->key)
		return not_a_key(err, "public key: of no known algorithm");
	signing_key_text(bytes, out);
	return 0;
}

int signing_sign(
	EVP_PKEY *key, const struct hash32 *what, char out[SIGNING_TEXT], struct error *err)
{
	const struct algorithm *a = algorithm_of(key);
	uint8_t bytes[SIGNATURE_BYTES];

	if (a == NULL)
		return not_a_key(err, "sign: of no known algorithm");
	if (a->sign(key, what, bytes, err) != 0)
		return -1;
	base64_encode(bytes, a->signature, out);
	return 0;
}

int signing_verify(
	const char *key, const struct hash32 *what, const char *signature, struct error *err)
{
	uint8_t key_bytes[KEY_BYTES], bytes[SIGNATURE_BYTES];
	const struct algorithm *a = parse_key(key, key_bytes);
	size_t len;

	if (a == NULL || !base64_decode(signature, bytes, sizeof(bytes), &len) ||
		len != a->signature)
		return error_set(err, E_CRYPTO, SAY("The signature does not hold.", "签名无效。"),
			"a key or a signature is malformed");
	return a->verify(key_bytes, what, bytes, len, err);
}

/* ---- private keys ---- */

static int write_locked(BIO *bio, EVP_PKEY *key, const char *passphrase)
{
	X509_ALGOR *how = PKCS5_pbe2_set_scrypt(
		EVP_aes_256_cbc(), NULL, 0, NULL, SCRYPT_N, SCRYPT_R, SCRYPT_P);
	PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key);
	X509_SIG *locked = NULL;
	int ok = 0;

	if (how != NULL && plain != NULL)
		locked = PKCS8_set0_pbe(passphrase, (int)strlen(passphrase), plain, how);
	if (locked != NULL)
		how = NULL; /* its own now */
	if (locked != NULL)
		ok = PEM_write_bio_PKCS8(bio, locked);
	X509_SIG_free(locked);
	X509_ALGOR_free(how);
	PKCS8_PRIV_KEY_INFO_free(plain);
	return ok;
}

int signing_key_pem(EVP_PKEY *key, const char *passphrase, char **pem, struct error *err)
{
	size_t len = strlen(passphrase);
	char *at = NULL, *copy = NULL;
	BIO *bio;

	if (len < PASSPHRASE_MIN || len > PASSPHRASE_MAX)
		return identity_input(err,
			SAY("the passphrase needs at least 8 characters, and at most 1000",
				"口令至少 8 个字符，最多 1000 个"),
			"passphrase: too short or too long");
	bio = BIO_new(BIO_s_mem());
	if (bio == NULL)
		return error_memory(err);
	if (write_locked(bio, key, passphrase) == 1) {
		long n = BIO_get_mem_data(bio, &at);

		copy = n <= 0 ? NULL : malloc((size_t)n + 1);
		if (copy != NULL) {
			memcpy(copy, at, (size_t)n);
			copy[n] = '\0';
		}
	}
	BIO_free(bio);
	if (copy == NULL)
		return identity_failed(err, "write an encrypted key");
	*pem = copy;
	return 0;
}

bool signing_key_locked(const char *pem, size_t len)
{
	static const char mark[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

	return memmem(pem, len, mark, sizeof(mark) - 1) != NULL;
}

static int give_passphrase(char *buf, int size, int writing, void *user)
{
	const char *passphrase = user;
	size_t len = passphrase == NULL ? 0 : strlen(passphrase);

	(void)writing;
	if (len == 0 || len > (size_t)size)
		return -1;
	memcpy(buf, passphrase, len);
	return (int)len;
}

int signing_key_read(
	EVP_PKEY **out, const char *pem, size_t len, const char *passphrase, struct error *err)
{
	EVP_PKEY *key;
	BIO *bio;

	if (len > MAX_FILE_BYTES)
		return not_a_key(err, "signing key: too long for PEM");
	bio = BIO_new_mem_buf(pem, (int)len);
	if (bio == NULL)
		return error_memory(err);
	key = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, (void *)(uintptr_t)passphrase);
	BIO_free(bio);
	ERR_clear_error(); /* not even the reason: it can quote the text */
	if (key == NULL && passphrase != NULL && signing_key_locked(pem, len))
		return identity_input(err,
			SAY("the passphrase does not open this key", "口令无法打开此密钥"),
			"signing key: wrong passphrase");
	if (key == NULL)
		return not_a_key(err, "signing key: not a PEM key, or it needs a passphrase");
	if (algorithm_of(key) == NULL) {
		EVP_PKEY_free(key);
		return not_a_key(err, "signing key: of no known algorithm");
	}
	*out = key;
	return 0;
}
