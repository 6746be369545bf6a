#include "paillier/tp_invite.h"

#include <string.h>

#include "crypto/identity.h"

static int denied(struct error *err, const char *why)
{
	return error_set(err, E_DENIED,
		SAY("The invitation to a secure sum is refused.", "安全求和的邀请被拒绝。"),
		"invitation: %s", why);
}

/* ---- signatures ---- */

static int signed_hash(enum tp_step step, const struct hash32 *ctx, const struct sum_id *id,
	const struct hash32 *hashes, size_t n, struct hash32 *out, struct error *err)
{
	struct text t;

	lay_label(&t, "cordon/tp1/msg");
	lay_u8(&t, (uint8_t)step);
	lay_hash(&t, ctx);
	lay_id(&t, id);
	for (size_t i = 0; i < n; i++)
		lay_hash(&t, &hashes[i]);
	return lay_digest(&t, out, err);
}

int tp_sign(enum tp_step step, const struct hash32 *ctx, const struct sum_id *id,
	const struct hash32 *hashes, size_t n, EVP_PKEY *key, uint8_t out[64], struct error *err)
{
	struct hash32 h;

	return signed_hash(step, ctx, id, hashes, n, &h, err) != 0
		       ? -1
		       : identity_sign(key, &h, out, err);
}

int tp_verify(enum tp_step step, const struct hash32 *ctx, const struct sum_id *id,
	const struct hash32 *hashes, size_t n, const uint8_t key[32], const uint8_t signature[64],
	struct error *err)
{
	struct hash32 h;

	return signed_hash(step, ctx, id, hashes, n, &h, err) != 0
		       ? -1
		       : identity_verify(key, &h, signature, 64, err);
}

/* ---- the invitation ---- */

int tp_invite_complete(struct tp_invite *i, const struct tp_key *k, struct error *err)
{
	struct hash32 base;
	uint64_t count;
	struct text t;

	if (i->sum.mode != SUM_ADD)
		return denied(err, "threshold Paillier adds and does nothing else");
	if (i->slot_bound < i->sum.bound)
		return denied(err, "slots smaller than the values");
	if (tp_packing_init(&i->packing, k->bits, i->slot_bound, i->sum.n_max, err) != 0)
		return -1;
	count = tp_packing_count(&i->packing, i->sum.words);
	if (count > TP_CIPHERTEXTS || count * i->sum.n_max > MAX_TP_CIPHERTEXTS)
		return error_set(err, E_LIMIT,
			SAY("These numbers do not fit into one secure sum.",
				"数值超出一次安全求和的范围。"),
			"invitation: %llu ciphertexts of %llu sites", (unsigned long long)count,
			(unsigned long long)i->sum.n_max);
	i->count = (size_t)count;
	if (invite_context(&i->sum, &base, err) != 0)
		return -1;
	lay_label(&t, "cordon/tp1/ctx");
	lay_hash(&t, &base);
	lay_hash(&t, &k->hash);
	lay_u64(&t, i->slot_bound);
	return lay_digest(&t, &i->ctx, err);
}

int tp_invite_write(const struct tp_invite *i, const struct tp_key *k, EVP_PKEY *gateway,
	struct text *out, struct error *err)
{
	uint8_t signature[64];

	if (invite_write(&i->sum, gateway, out, err) != 0 ||
		tp_sign(TP_STEP_INVITE, &i->ctx, &i->sum.gateway, NULL, 0, gateway, signature,
			err) != 0)
		return -1;
	lay_hash(out, &k->hash);
	lay_u64(out, i->slot_bound);
	lay_fixed(out, signature, sizeof(signature));
	return text_failed(out) ? error_memory(err) : 0;
}

static int check_key(const struct hash32 *named, const struct membership *m, const struct tp_key *k,
	int64_t now_s, struct error *err)
{
	if (!hash32_equal(named, &k->hash) || !hash32_equal(&k->federation, &m->federation))
		return denied(err, "of another key");
	if (now_s < k->from_s || now_s >= k->until_s)
		return denied(err, "the key is not valid now");
	return 0;
}

int tp_invite_read(const void *bytes, size_t len, const struct membership *m,
	const struct tp_key *k, int64_t now_s, struct tp_invite *out, struct error *err)
{
	struct tp_invite i = { 0 };
	const uint8_t *base, *signature;
	struct hash32 key, unused;
	struct unlay u;

	unlay_init(&u, bytes, len);
	base = unlay_take(&u, INVITE_BODY_BYTES + 64);
	unlay_hash(&u, &key);
	i.slot_bound = unlay_u64(&u, INT64_MAX);
	signature = unlay_take(&u, 64);
	if (unlay_end(&u, "invitation", err) != 0 ||
		invite_read(base, INVITE_BODY_BYTES + 64, m, now_s, &i.sum, &unused, err) != 0 ||
		check_key(&key, m, k, now_s, err) != 0 || tp_invite_complete(&i, k, err) != 0)
		return -1;
	if (tp_verify(TP_STEP_INVITE, &i.ctx, &i.sum.gateway, NULL, 0,
		    membership_gateway(m, &i.sum.gateway)->key, signature, err) != 0)
		return -1;
	*out = i;
	return 0;
}
