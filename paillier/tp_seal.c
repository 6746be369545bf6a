#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "paillier/tp_deal.h"
#include "secagg/keys.h"
#include "secagg/layout.h"

/*
 * A share on its way from the dealer to its holder.
 */

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
		SAY("The sealed share cannot be used.", "密封的份额不可用。"), "sealed share: %s",
		opening ? "for another holder or key, or changed" : "could not be sealed");
}

size_t tp_sealed_bytes(const struct tp_key *k)
{
	return 32 + 1 + k->bytes + 1 + TAG_BYTES;
}

/* Bound to the key, the holder and both X25519 keys. */
static int derive(const struct tp_key *k, unsigned place, const uint8_t sender[32],
	const struct key32 *agreed, struct seal_key *out, struct error *err)
{
	const struct tp_holder_key *holder = &k->holders[place - 1];
	struct deriver *d = NULL;
	struct text info;
	int ret;

	lay_label(&info, "cordon/tp1/seal");
	lay_fixed(&info, sender, 32);
	lay_fixed(&info, holder->seal, 32);
	lay_id(&info, &holder->id);
	lay_u8(&info, (uint8_t)place);
	ret = text_failed(&info) ? error_memory(err) : deriver_new(&d, err);
	if (ret == 0)
		ret = deriver_expand(d, agreed->at, sizeof(agreed->at), k->hash.at,
			sizeof(k->hash.at), info.at, info.len, out, sizeof(*out), err);
	deriver_free(d);
	text_clear(&info);
	return ret;
}

/* AES-256-GCM over len bytes, in place; the place's byte is authenticated. */
static bool gcm(const struct seal_key *k, bool seal, uint8_t place, uint8_t *bytes, size_t len,
	uint8_t tag[TAG_BYTES])
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n, ok = c != NULL;

	ok = ok && EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, k->key, k->nonce, seal) == 1 &&
	     EVP_CipherUpdate(c, NULL, &n, &place, 1) == 1 &&
	     EVP_CipherUpdate(c, bytes, &n, bytes, (int)len) == 1;
	if (ok && !seal)
		ok = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1;
	ok = ok && EVP_CipherFinal_ex(c, bytes, &n) == 1;
	if (ok && seal)
		ok = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, tag) == 1;
	EVP_CIPHER_CTX_free(c);
	return ok;
}

int tp_share_seal(const struct tp_key *k, const struct tp_share *s, uint8_t *out, struct error *err)
{
	struct seal_key key = { { 0 }, { 0 } };
	struct x_pair own = { 0 };
	LOCAL_KEY(agreed);
	int ret = x_pair_new(&own, err);

	if (ret == 0)
		ret = x_pair_agree(&own, k->holders[s->place - 1].seal, &agreed, err);
	if (ret == 0)
		ret = derive(k, s->place, own.public, &agreed, &key, err);
	if (ret == 0) {
		memcpy(out, own.public, 32);
		out[32] = (uint8_t)s->place;
		ret = number_bytes(s->s, out + 33, k->bytes + 1, err);
	}
	if (ret == 0 && !gcm(&key, true, out[32], out + 33, k->bytes + 1, out + 34 + k->bytes))
		ret = failed(err, false);
	if (ret != 0)
		secret_wipe(out, tp_sealed_bytes(k));
	secret_wipe(&key, sizeof(key));
	x_pair_clear(&own);
	return ret;
}

int tp_share_open(const struct tp_key *k, EVP_PKEY *holder, const uint8_t *in, struct tp_share *out,
	struct error *err)
{
	uint8_t plain[TP_MAX_BYTES + 1], tag[TAG_BYTES];
	struct seal_key key = { { 0 }, { 0 } };
	struct x_pair own = { .key = holder };
	struct tp_share s = { .place = in[32], .key = k->hash };
	LOCAL_KEY(agreed);
	int ret = 0;

	if (s.place == 0 || s.place > k->n_holders)
		return failed(err, true);
	ret = x_pair_agree(&own, in, &agreed, err);
	if (ret == 0)
		ret = derive(k, s.place, in, &agreed, &key, err);
	memcpy(plain, in + 33, k->bytes + 1);
	memcpy(tag, in + 34 + k->bytes, sizeof(tag));
	if (ret == 0 && !gcm(&key, false, in[32], plain, k->bytes + 1, tag))
		ret = failed(err, true);
	if (ret == 0 && (s.s = number_of(plain, k->bytes + 1)) == NULL)
		ret = error_memory(err);
	if (ret == 0)
		ret = tp_share_check(k, &s, err);
	secret_wipe(plain, sizeof(plain));
	secret_wipe(&key, sizeof(key));
	if (ret == 0)
		*out = s;
	else
		tp_share_clear(&s);
	return ret;
}
