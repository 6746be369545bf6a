#include "secagg/keys.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "secagg/layout.h"

static int failed(struct error *err, const char *what)
{
	ERR_clear_error();
	return error_set(
		err, E_SYSTEM, SAY("A key could not be made.", "无法生成密钥。"), "key: %s", what);
}

/* ---- X25519 ---- */

static int take_public(struct x_pair *p, struct error *err)
{
	size_t len = sizeof(p->public);

	if (p->key != NULL && EVP_PKEY_get_raw_public_key(p->key, p->public, &len) == 1 &&
		len == sizeof(p->public))
		return 0;
	x_pair_clear(p);
	return failed(err, "no X25519 pair");
}

/* Made once for all peers: for each anew it is a tenth of what agreeing costs. */
static int make_agreement(struct x_pair *p, struct error *err)
{
	p->peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, p->public, sizeof(p->public));
	p->agreement = EVP_PKEY_CTX_new(p->key, NULL);
	if (p->peer != NULL && p->agreement != NULL && EVP_PKEY_derive_init(p->agreement) == 1)
		return 0;
	x_pair_clear(p);
	return failed(err, "no X25519 agreement");
}

int x_pair_of(const struct key32 *secret, struct x_pair *out, struct error *err)
{
	*out = (struct x_pair){ .secret = *secret };
	out->key =
		EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret->at, sizeof(secret->at));
	return take_public(out, err) != 0 ? -1 : make_agreement(out, err);
}

int x_pair_of_owner(EVP_PKEY *owner, struct x_pair *out, struct error *err)
{
	*out = (struct x_pair){ .key = NULL };
	if (EVP_PKEY_is_a(owner, "X25519") && EVP_PKEY_up_ref(owner) == 1)
		out->key = owner;
	return take_public(out, err) != 0 ? -1 : make_agreement(out, err);
}

int x_pair_new(struct x_pair *out, struct error *err)
{
	LOCAL_KEY(secret);

	if (RAND_priv_bytes(secret.at, sizeof(secret.at)) != 1)
		return failed(err, "the random number generator failed");
	return x_pair_of(&secret, out, err);
}

void x_pair_clear(struct x_pair *p)
{
	EVP_PKEY_CTX_free(p->agreement);
	EVP_PKEY_free(p->peer);
	EVP_PKEY_free(p->key); /* wipes the secret */
	p->agreement = NULL;
	p->peer = p->key = NULL;
	key32_wipe(&p->secret);
}

int x_pair_agree(struct x_pair *own, const uint8_t peer[32], struct key32 *out, struct error *err)
{
	size_t len = sizeof(out->at);

	/* the check of the peer that set_peer makes is the one EVP_PKEY_derive makes again on its result */
	if (own->agreement != NULL &&
		EVP_PKEY_set1_encoded_public_key(own->peer, peer, sizeof(out->at)) == 1 &&
		EVP_PKEY_derive_set_peer_ex(own->agreement, own->peer, 0) == 1 &&
		EVP_PKEY_derive(own->agreement, out->at, &len) == 1 && len == sizeof(out->at))
		return 0;
	secret_wipe(out, sizeof(*out));
	ERR_clear_error();
	return error_set(err, E_CRYPTO,
		SAY("A key of the sum is not accepted.", "求和协议中的密钥不被接受。"),
		"X25519 agreed on nothing with a peer's key");
}

/* ---- HKDF ---- */

struct deriver {
	EVP_KDF_CTX *ctx;
};

int deriver_new(struct deriver **out, struct error *err)
{
	struct deriver *d = calloc(1, sizeof(*d));
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);

	if (d != NULL && kdf != NULL)
		d->ctx = EVP_KDF_CTX_new(kdf);
	EVP_KDF_free(kdf); /* the context holds it */
	if (d == NULL || d->ctx == NULL) {
		free(d);
		return failed(err, "no HKDF");
	}
	*out = d;
	return 0;
}

void deriver_free(struct deriver *d)
{
	if (d == NULL)
		return;
	EVP_KDF_CTX_free(d->ctx);
	free(d);
}

static OSSL_PARAM octets(const char *key, const void *at, size_t len)
{
	return OSSL_PARAM_construct_octet_string(key, (void *)(uintptr_t)at, len);
}

int deriver_expand(struct deriver *d, const void *ikm, size_t ikm_len, const void *salt,
	size_t salt_len, const void *info, size_t info_len, void *out, size_t len,
	struct error *err)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[5], *p = params;

	EVP_KDF_CTX_reset(d->ctx); /* wipes the key before */
	*p++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
	*p++ = octets(OSSL_KDF_PARAM_KEY, ikm, ikm_len);
	*p++ = octets(OSSL_KDF_PARAM_SALT, salt, salt_len);
	*p++ = octets(OSSL_KDF_PARAM_INFO, info, info_len);
	*p = OSSL_PARAM_construct_end();
	if (EVP_KDF_derive(d->ctx, out, len, params) != 1) {
		EVP_KDF_CTX_reset(d->ctx);
		secret_wipe(out, len);
		return failed(err, "HKDF failed");
	}
	EVP_KDF_CTX_reset(d->ctx);
	return 0;
}

/* Derives with what `info` holds, and frees it. */
static int derive(struct deriver *d, const struct key_scope *s, const struct key32 *ikm,
	struct text *info, void *out, size_t len, struct error *err)
{
	int ret = -1;

	if (text_failed(info))
		(void)error_memory(err);
	else
		ret = deriver_expand(d, ikm->at, sizeof(ikm->at), s->ctx.at, sizeof(s->ctx.at),
			info->at, info->len, out, len, err);
	text_clear(info);
	return ret;
}

int envelope_key(struct deriver *d, const struct key_scope *s, const struct key32 *agreed,
	const struct sum_id *from, const struct sum_id *to, struct envelope_key *out,
	struct error *err)
{
	uint8_t okm[sizeof(out->key) + sizeof(out->nonce)];
	struct text info;

	lay_label(&info, "cordon/sa1/env");
	lay_hash(&info, &s->roster);
	lay_id(&info, from);
	lay_id(&info, to);
	if (derive(d, s, agreed, &info, okm, sizeof(okm), err) != 0)
		return -1;
	memcpy(out->key, okm, sizeof(out->key));
	memcpy(out->nonce, okm + sizeof(out->key), sizeof(out->nonce));
	secret_wipe(okm, sizeof(okm));
	return 0;
}

static int mask_key(struct deriver *d, const struct key_scope *s, const struct key32 *ikm,
	struct text *info, struct mask_key *out, struct error *err)
{
	uint8_t okm[sizeof(out->key) + sizeof(out->iv)];
	size_t key = mask_key_bytes(s->suite);

	lay_u64(info, s->words);
	if (derive(d, s, ikm, info, okm, key + sizeof(out->iv), err) != 0)
		return -1;
	memcpy(out->key, okm, key);
	memcpy(out->iv, okm + key, sizeof(out->iv));
	secret_wipe(okm, sizeof(okm));
	return 0;
}

int mask_key_of_pair(struct deriver *d, const struct key_scope *s, const struct key32 *agreed,
	const struct sum_id *low, const struct sum_id *high, struct mask_key *out,
	struct error *err)
{
	struct text info;

	lay_label(&info, "cordon/sa1/pair");
	lay_hash(&info, &s->roster);
	lay_hash(&info, &s->dealt);
	lay_id(&info, low);
	lay_id(&info, high);
	return mask_key(d, s, agreed, &info, out, err);
}

int mask_key_of_self(struct deriver *d, const struct key_scope *s, const struct key32 *b,
	const struct sum_id *id, struct mask_key *out, struct error *err)
{
	struct text info;

	lay_label(&info, "cordon/sa1/self");
	lay_hash(&info, &s->roster);
	lay_hash(&info, &s->dealt);
	lay_id(&info, id);
	return mask_key(d, s, b, &info, out, err);
}

/* ---- envelopes ---- */

enum {
	AAD_BYTES = 32 + 4 + 4,
	PLAIN_BYTES = 2 * SHARE_BYTES,
	TAG_BYTES = 16
};

static void envelope_aad(
	const struct hash32 *roster, uint64_t from, uint64_t to, uint8_t out[AAD_BYTES])
{
	memcpy(out, roster->at, 32);
	put_be32(out + 32, (uint32_t)from);
	put_be32(out + 36, (uint32_t)to);
}

int envelope_seal(const struct envelope_key *k, const struct hash32 *roster, uint64_t from,
	uint64_t to, const struct share *b, const struct share *s, uint8_t out[ENVELOPE_BYTES],
	struct error *err)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t aad[AAD_BYTES], plain[PLAIN_BYTES];
	int len, ok;

	envelope_aad(roster, from, to, aad);
	share_write(b, plain);
	share_write(s, plain + SHARE_BYTES);
	ok = ctx != NULL &&
	     EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, k->key, k->nonce) == 1 &&
	     EVP_EncryptUpdate(ctx, NULL, &len, aad, AAD_BYTES) == 1 &&
	     EVP_EncryptUpdate(ctx, out, &len, plain, PLAIN_BYTES) == 1 && len == PLAIN_BYTES &&
	     EVP_EncryptFinal_ex(ctx, out + PLAIN_BYTES, &len) == 1 && len == 0 &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, out + PLAIN_BYTES) == 1;
	secret_wipe(plain, sizeof(plain));
	EVP_CIPHER_CTX_free(ctx);
	return ok ? 0 : failed(err, "could not seal an envelope");
}

int envelope_open(const struct envelope_key *k, const struct hash32 *roster, uint64_t from,
	uint64_t to, const uint8_t in[ENVELOPE_BYTES], struct share *b, struct share *s,
	struct error *err)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t aad[AAD_BYTES], plain[PLAIN_BYTES], tag[TAG_BYTES], rest[TAG_BYTES];
	int len, ok;

	envelope_aad(roster, from, to, aad);
	memcpy(tag, in + PLAIN_BYTES, sizeof(tag));
	ok = ctx != NULL &&
	     EVP_DecryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, k->key, k->nonce) == 1 &&
	     EVP_DecryptUpdate(ctx, NULL, &len, aad, AAD_BYTES) == 1 &&
	     EVP_DecryptUpdate(ctx, plain, &len, in, PLAIN_BYTES) == 1 && len == PLAIN_BYTES &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) == 1 &&
	     EVP_DecryptFinal_ex(ctx, rest, &len) == 1;
	ok = ok && share_read(plain, b) && share_read(plain + SHARE_BYTES, s);
	secret_wipe(plain, sizeof(plain));
	EVP_CIPHER_CTX_free(ctx);
	if (ok)
		return 0;
	secret_wipe(b, sizeof(*b));
	secret_wipe(s, sizeof(*s));
	ERR_clear_error();
	return error_set(err, E_CRYPTO, SAY("An envelope does not open.", "信封无法打开。"),
		"an envelope does not open");
}
