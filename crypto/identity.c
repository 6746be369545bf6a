#include "crypto/identity.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sodium/crypto_sign_ed25519.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/identity_in.h"

/*
 * What OpenSSL needs to be told, and nothing of ours: which names exist, who was revoked and where
 * keys are kept is decided elsewhere.
 */

enum {
	MAX_CERT_BYTES = 16 << 10,
	SERIAL_HEX = 64,
	SIGNATURE_BYTES = 64,
};

static const char uri_scheme[] = IDENTITY_URI;

/* --- OpenSSL's failures as errors ------------------------------------------------------------ */

static int openssl_error(struct error *err, enum error_code code, struct say say, const char *what)
{
	char reason[160] = "no reason given";
	unsigned long e = ERR_peek_last_error();

	if (e != 0)
		ERR_error_string_n(e, reason, sizeof(reason));
	ERR_clear_error();
	return error_set(err, code, say, "could not %s: %s", what, reason);
}

int identity_failed(struct error *err, const char *what)
{
	return openssl_error(err, E_SYSTEM,
		SAY("A key or certificate could not be made.", "无法生成密钥或证书。"), what);
}

/* One public sentence for every reason: a stranger learns nothing from the difference. */
static int not_accepted(struct error *err, const char *why)
{
	ERR_clear_error();
	return error_set(err, E_CRYPTO,
		SAY("This certificate is not accepted.", "此证书不被接受。"),
		"certificate refused: %s", why);
}

int identity_input(struct error *err, struct say say, const char *why)
{
	ERR_clear_error();
	return error_set(err, E_INPUT, say, "%s", why);
}

/* Gives the memory BIO's bytes as heap text with an ending zero. */
static int bio_text(BIO *bio, char **out, struct error *err)
{
	char *at = NULL;
	long len = BIO_get_mem_data(bio, &at);

	if (len <= 0)
		return identity_failed(err, "write PEM");
	char *copy = malloc((size_t)len + 1);
	if (copy == NULL)
		return error_memory(err);
	memcpy(copy, at, (size_t)len);
	copy[len] = '\0';
	*out = copy;
	return 0;
}

/* --- keys ------------------------------------------------------------------------------------ */

int identity_new_key(EVP_PKEY **out, struct error *err)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	if (key == NULL)
		return identity_failed(err, "make an Ed25519 key");
	*out = key;
	return 0;
}

int identity_new_web_key(EVP_PKEY **out, struct error *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	if (key == NULL)
		return identity_failed(err, "make a P-256 key");
	*out = key;
	return 0;
}

int identity_key_pem(EVP_PKEY *key, char **pem, struct error *err)
{
	BIO *bio = BIO_new(BIO_s_secmem()); /* wiped when freed */
	int ret = -1;

	if (bio == NULL)
		return error_memory(err);
	if (PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
		(void)identity_failed(err, "write a private key");
	else
		ret = bio_text(bio, pem, err);
	BIO_free(bio);
	return ret;
}

/* OpenSSL would ask the terminal for a passphrase; a library does not. */
static int no_passphrase(char *buf, int size, int writing, void *user)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)user;
	return -1;
}

int identity_key_read(EVP_PKEY **out, const char *pem, size_t len, struct error *err)
{
	const struct say say =
		SAY("The private key could not be read. It must be an unencrypted PEM "
		    "file with an Ed25519 or P-256 key.",
			"无法读取私钥：应为未加密的 PEM 文件，密钥类型为 Ed25519 或 P-256。");

	if (len > MAX_FILE_BYTES)
		return identity_input(err, say, "private key: too long for PEM");
	BIO *bio = BIO_new_mem_buf(pem, (int)len);
	if (bio == NULL)
		return error_memory(err);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	if (key == NULL) /* not even the reason: it can quote the text */
		return identity_input(err, say, "private key: not an unencrypted PEM key");
	char group[32] = "";
	if (!EVP_PKEY_is_a(key, "ED25519") &&
		(!EVP_PKEY_is_a(key, "EC") ||
			EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1 ||
			strcmp(group, "prime256v1") != 0)) {
		EVP_PKEY_free(key);
		return identity_input(err, say, "private key: neither Ed25519 nor P-256");
	}
	*out = key;
	return 0;
}

bool identity_key_is(const EVP_PKEY *key, const uint8_t public[32])
{
	uint8_t own[32];
	size_t len = sizeof(own);

	return EVP_PKEY_get_raw_public_key(key, own, &len) == 1 && len == sizeof(own) &&
	       memcmp(own, public, sizeof(own)) == 0;
}

int identity_public_read(EVP_PKEY **out, const char *pem, size_t len, struct error *err)
{
	const struct say say = SAY("The public key could not be read. It must be a PEM file with "
				   "the public half of an Ed25519 key alone.",
		"无法读取公钥：应为只含 Ed25519 公钥的 PEM 文件。");
	EVP_PKEY *key;
	BIO *bio;

	if (len > MAX_FILE_BYTES)
		return identity_input(err, say, "public key: too long for PEM");
	bio = BIO_new_mem_buf(pem, (int)len);
	if (bio == NULL)
		return error_memory(err);
	key = PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	ERR_clear_error();
	if (key == NULL || !EVP_PKEY_is_a(key, "ED25519") ||
		memmem(pem, len, "PRIVATE KEY", strlen("PRIVATE KEY")) != NULL) {
		EVP_PKEY_free(key);
		return identity_input(
			err, say, "public key: not the public half of an Ed25519 key");
	}
	*out = key;
	return 0;
}

/* --- certificates: in and out ---------------------------------------------------------------- */

int identity_cert_pem(const X509 *cert, char **pem, struct error *err)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int ret = -1;

	if (bio == NULL)
		return error_memory(err);
	if (PEM_write_bio_X509(bio, cert) != 1)
		(void)identity_failed(err, "write a certificate");
	else
		ret = bio_text(bio, pem, err);
	BIO_free(bio);
	return ret;
}

int identity_cert_der(const X509 *cert, uint8_t **der, size_t *len, struct error *err)
{
	unsigned char *made = NULL;
	int n = i2d_X509(cert, &made);

	if (n <= 0)
		return identity_failed(err, "write a certificate");
	/* free() must end it, and OpenSSL may have an allocator of its own */
	uint8_t *copy = malloc((size_t)n);
	if (copy != NULL)
		memcpy(copy, made, (size_t)n);
	OPENSSL_free(made);
	if (copy == NULL)
		return error_memory(err);
	*der = copy;
	*len = (size_t)n;
	return 0;
}

static const struct say say_no_pem =
	SAY("The certificate could not be read. It must be a PEM file.",
		"无法读取证书：应为 PEM 文件。");

int identity_cert_read_pem(X509 **out, const char *pem, size_t len, struct error *err)
{
	if (len > MAX_FILE_BYTES)
		return identity_input(err, say_no_pem, "certificate: too long for PEM");
	BIO *bio = BIO_new_mem_buf(pem, (int)len);
	if (bio == NULL)
		return error_memory(err);
	X509 *cert = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	if (cert == NULL)
		return openssl_error(err, E_INPUT, say_no_pem, "read a PEM certificate");
	*out = cert;
	return 0;
}

int identity_pem_der(const char *pem, size_t len, uint8_t **der, size_t *der_len, struct error *err)
{
	BIO *bio = len > MAX_FILE_BYTES ? NULL : BIO_new_mem_buf(pem, (int)len);
	unsigned char *bytes = NULL;
	long n = 0;
	int ret = -1;

	if (bio == NULL || PEM_bytes_read_bio(&bytes, &n, NULL, PEM_STRING_X509, bio, no_passphrase,
				   NULL) != 1) {
		(void)openssl_error(err, E_INPUT, say_no_pem, "read a PEM certificate");
	} else if ((*der = malloc((size_t)n + 1)) == NULL) {
		(void)error_memory(err);
	} else {
		memcpy(*der, bytes, (size_t)n);
		*der_len = (size_t)n;
		ret = 0;
	}
	OPENSSL_free(bytes);
	BIO_free(bio);
	return ret;
}

int identity_federation(const char *root_pem, size_t len, struct hash32 *out, struct error *err)
{
	uint8_t *der = NULL;
	X509 *root = NULL;
	int ret = identity_cert_read_pem(&root, root_pem, len, err);

	if (ret == 0)
		ret = identity_cert_der(root, &der, &len, err);
	if (ret == 0)
		*out = sha256(der, len);
	X509_free(root);
	free(der);
	return ret;
}

/* --- certificates: checking ------------------------------------------------------------------ */

/* Signature by the root, both validities at now_s, path constraints, critical extensions. */
static int check_chain(const X509 *root, X509 *cert, int64_t now_s, struct error *err)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509 *anchor = X509_dup(root);
	int ret = -1;

	if (store == NULL || ctx == NULL || anchor == NULL ||
		X509_STORE_add_cert(store, anchor) != 1 ||
		X509_STORE_CTX_init(ctx, store, cert, NULL) != 1) {
		(void)error_memory(err);
		goto out;
	}
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, (time_t)now_s);
	X509_VERIFY_PARAM_set_depth(param, 0); /* nothing between the root and its member */
	if (X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT) == 1 &&
		X509_verify_cert(ctx) == 1)
		ret = 0;
	else
		(void)not_accepted(
			err, X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
out:
	X509_free(anchor);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	ERR_clear_error();
	return ret;
}

/* I1, apart from the name. */
static int check_member(X509 *cert, struct error *err)
{
	int critical = 0;
	BASIC_CONSTRAINTS *bc = X509_get_ext_d2i(cert, NID_basic_constraints, &critical, NULL);
	bool plain = bc != NULL && critical == 1 && !bc->ca;

	BASIC_CONSTRAINTS_free(bc);
	if (!plain)
		return not_accepted(err, "no critical basic constraints CA:FALSE");
	if ((X509_get_extension_flags(cert) & EXFLAG_KUSAGE) == 0 ||
		(X509_get_key_usage(cert) & KU_DIGITAL_SIGNATURE) == 0)
		return not_accepted(err, "key usage is not digitalSignature");
	return 0;
}

bool identity_name_valid(const char *name, size_t len)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-";

	if (len < 1 || len > MAX_NAME)
		return false;
	for (size_t i = 0; i < len; i++)
		if (name[i] == '\0' || strchr(letters, name[i]) == NULL)
			return false;
	return true;
}

/* The only URI of our scheme, or NULL. A scheme is the same in any case (RFC 3986), so other
 * spellings count as a second one, but only ours is understood. */
static const ASN1_IA5STRING *only_uri(const GENERAL_NAMES *names)
{
	const size_t scheme = sizeof(uri_scheme) - 1;
	const ASN1_IA5STRING *found = NULL;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		int type;
		const ASN1_IA5STRING *uri =
			GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
		if (type != GEN_URI || (size_t)ASN1_STRING_length(uri) < scheme ||
			strncasecmp((const char *)ASN1_STRING_get0_data(uri), uri_scheme, scheme) !=
				0)
			continue;
		if (found != NULL)
			return NULL;
		found = uri;
	}
	return found;
}

static int check_name(X509 *cert, const char *role, char name[MAX_NAME + 1], struct error *err)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	const ASN1_IA5STRING *uri = names == NULL ? NULL : only_uri(names);
	const size_t scheme = sizeof(uri_scheme) - 1, role_len = strlen(role);
	int ret = -1;

	if (uri == NULL) {
		(void)not_accepted(err, "not exactly one cordon: name");
		goto out;
	}
	const char *at = (const char *)ASN1_STRING_get0_data(uri);
	size_t len = (size_t)ASN1_STRING_length(uri);
	if (len < scheme + role_len + 1 || memcmp(at, uri_scheme, scheme) != 0 ||
		memcmp(at + scheme, role, role_len) != 0 || at[scheme + role_len] != ':') {
		(void)not_accepted(err, "of another role");
		goto out;
	}
	at += scheme + role_len + 1;
	len -= scheme + role_len + 1;
	if (!identity_name_valid(at, len) || !text_copyn(name, MAX_NAME + 1, at, len)) {
		(void)not_accepted(err, "its name is malformed");
		goto out;
	}
	ret = 0;
out:
	GENERAL_NAMES_free(names);
	return ret;
}

static int read_serial(const X509 *cert, char hex[SERIAL_HEX + 1], struct error *err)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
	int len = ASN1_STRING_length(serial);

	if (len < 1 || len > SERIAL_HEX / 2 || ASN1_STRING_type(serial) != V_ASN1_INTEGER)
		return not_accepted(err, "its serial is malformed");
	hex_encode(ASN1_STRING_get0_data(serial), (size_t)len, hex);
	return 0;
}

static int read_key(const X509 *cert, uint8_t key[32], struct error *err)
{
	const EVP_PKEY *public = X509_get0_pubkey(cert);
	size_t len = 32;

	if (public == NULL || !EVP_PKEY_is_a(public, "ED25519") ||
		EVP_PKEY_get_raw_public_key(public, key, &len) != 1 || len != 32)
		return not_accepted(err, "its key is not Ed25519");
	return 0;
}

int identity_check(const X509 *root, const void *der, size_t len, const char *role, int64_t now_s,
	char *name, char *serial_hex, uint8_t key[32], struct error *err)
{
	const unsigned char *at = der;
	char found[MAX_NAME + 1], serial[SERIAL_HEX + 1];
	uint8_t raw[32];
	int ret = -1;

	if (der == NULL || len < 1 || len > MAX_CERT_BYTES)
		return not_accepted(err, "empty or too long");
	X509 *cert = d2i_X509(NULL, &at, (long)len);
	if (cert == NULL || at != (const unsigned char *)der + len) {
		X509_free(cert);
		return not_accepted(err, "not one certificate in DER");
	}
	if (check_chain(root, cert, now_s, err) != 0 || check_member(cert, err) != 0 ||
		check_name(cert, role, found, err) != 0 || read_serial(cert, serial, err) != 0 ||
		read_key(cert, raw, err) != 0)
		goto out;
	memcpy(name, found, strlen(found) + 1);
	memcpy(serial_hex, serial, strlen(serial) + 1);
	memcpy(key, raw, sizeof(raw));
	ret = 0;
out:
	X509_free(cert);
	return ret;
}

/* --- signatures ------------------------------------------------------------------------------ */

int identity_sign(EVP_PKEY *key, const struct hash32 *h, uint8_t signature[64], struct error *err)
{
	uint8_t made[SIGNATURE_BYTES];
	size_t len = sizeof(made);

	if (!EVP_PKEY_is_a(key, "ED25519"))
		return identity_input(err,
			SAY("Signing needs an Ed25519 key.", "签名须使用 Ed25519 密钥。"),
			"sign: key is not Ed25519");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	if (ctx == NULL)
		return error_memory(err);
	int ok = EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
		 EVP_DigestSign(ctx, made, &len, h->at, sizeof(h->at)) == 1 && len == sizeof(made);
	EVP_MD_CTX_free(ctx);
	if (!ok)
		return openssl_error(
			err, E_SYSTEM, SAY("Signing failed.", "签名失败。"), "sign with Ed25519");
	memcpy(signature, made, sizeof(made));
	return 0;
}

/* By libsodium, which does it in half of OpenSSL's time, and refuses keys of small order, which anybody can sign for. */
int identity_verify(const uint8_t key[32], const struct hash32 *h, const uint8_t *signature,
	size_t len, struct error *err)
{
	if (len != SIGNATURE_BYTES ||
		crypto_sign_ed25519_verify_detached(signature, h->at, sizeof(h->at), key) != 0)
		return error_set(err, E_CRYPTO, SAY("The signature does not hold.", "签名无效。"),
			"an Ed25519 signature does not verify");
	return 0;
}
