#include "secagg/steps.h"

#include "crypto/identity.h"

int share_hash(const struct hash32 *roster, uint64_t from, uint64_t to, enum share_kind kind,
	const struct share *share, struct hash32 *out, struct error *err)
{
	uint8_t bytes[SHARE_BYTES];
	struct text t;

	share_write(share, bytes);
	lay_label(&t, "cordon/sa1/shr");
	lay_hash(&t, roster);
	lay_u32(&t, (uint32_t)from);
	lay_u32(&t, (uint32_t)to);
	lay_u8(&t, (uint8_t)kind);
	lay_fixed(&t, bytes, sizeof(bytes));
	secret_wipe(bytes, sizeof(bytes));
	return lay_digest(&t, out, err);
}

static int hash_of_hashes(enum sum_step step, const struct hash32 *ctx, const struct sum_id *id,
	const struct hash32 *hashes, size_t n, struct hash32 *out, struct error *err)
{
	return sum_signed_hash((uint8_t)step, ctx, id, hashes, n * sizeof(*hashes), out, err);
}

int step_sign(enum sum_step step, const struct hash32 *ctx, const struct sum_id *id,
	const struct hash32 *hashes, size_t n, EVP_PKEY *key, uint8_t out[64], struct error *err)
{
	struct hash32 h;

	return hash_of_hashes(step, ctx, id, hashes, n, &h, err) != 0
		       ? -1
		       : identity_sign(key, &h, out, err);
}

int step_verify(enum sum_step step, const struct hash32 *ctx, const struct member *who,
	const struct hash32 *hashes, size_t n, const uint8_t signature[64], struct error *err)
{
	struct hash32 h;

	if (hash_of_hashes(step, ctx, &who->id, hashes, n, &h, err) != 0 ||
		identity_verify(who->key, &h, signature, 64, err) != 0)
		return error_under(err, "%s", step_name(step));
	return 0;
}

int shares_read(
	struct shares_message *out, const void *bytes, size_t len, uint64_t n, struct error *err)
{
	struct unlay u;

	unlay_init(&u, bytes, len);
	out->dealt = (const void *)unlay_take(&u, n * DEALT_BYTES);
	out->signature = unlay_take(&u, 64);
	if (unlay_end(&u, "shares", err) != 0)
		return -1;
	out->hash = sha256(out->dealt, n * DEALT_BYTES);
	return 0;
}

int deal_read(
	struct deal_message *out, const void *bytes, size_t len, uint64_t n, struct error *err)
{
	struct unlay u;

	unlay_init(&u, bytes, len);
	unlay_bits(&u, &out->dealers, n);
	out->dealt = (const void *)unlay_take(&u, bits_count(&out->dealers) * DEALT_BYTES);
	return unlay_end(&u, "deal", err);
}

int masked_read(struct masked_message *out, const void *bytes, size_t len, uint64_t n,
	uint64_t words, struct error *err)
{
	const uint8_t *bits;
	struct unlay u;

	unlay_init(&u, bytes, len);
	out->signature = unlay_take(&u, 64);
	bits = u.at;
	unlay_bits(&u, &out->complaints, n);
	size_t bits_len = (size_t)(u.at - bits);
	out->words = unlay_take(&u, words * 8);
	if (unlay_end(&u, "masked", err) != 0)
		return -1;
	out->complaints_hash = sha256(bits, bits_len);
	out->words_hash = sha256(out->words, words * 8);
	return 0;
}

int survive_read(struct bits *out, const void *bytes, size_t len, uint64_t n, struct error *err)
{
	struct unlay u;

	unlay_init(&u, bytes, len);
	unlay_bits(&u, out, n);
	return unlay_end(&u, "survive", err);
}

int unmask_read(
	struct unmask_message *out, const void *bytes, size_t len, uint64_t n, struct error *err)
{
	const uint8_t *rest;
	struct unlay u;

	unlay_init(&u, bytes, len);
	out->signature = unlay_take(&u, 64);
	rest = u.at;
	unlay_bits(&u, &out->of, n);
	out->shares = unlay_take(&u, bits_count(&out->of) * SHARE_BYTES);
	if (unlay_end(&u, "unmask", err) != 0)
		return -1;
	out->hash = sha256(rest, (size_t)(u.end - rest));
	return 0;
}

const char *step_name(enum sum_step step)
{
	static const char *const names[SUM_STEPS] = { "none", "invite", "keys", "roster", "shares",
		"deal", "masked", "survive", "ack", "certificate", "unmask" };

	return step < SUM_STEPS ? names[step] : "unknown";
}
