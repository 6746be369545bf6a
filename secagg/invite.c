#include "secagg/invite.h"

#include <string.h>

#include "crypto/identity.h"
#include "secagg/quorum.h"

static void lay_invite(struct text *t, const struct sum_invite *i)
{
	lay_u16(t, (uint16_t)i->suite);
	lay_hash(t, &i->federation);
	lay_u64(t, i->epoch);
	lay_hash(t, &i->members);
	lay_id(t, &i->gateway);
	lay_fixed(t, i->nonce, sizeof(i->nonce));
	lay_hash(t, &i->question);
	lay_hash(t, &i->asked);
	lay_hash(t, &i->layout);
	lay_hash(t, &i->noise);
	lay_u8(t, (uint8_t)i->mode);
	lay_u64(t, i->words);
	lay_u64(t, i->bound);
	lay_u32(t, (uint32_t)i->n_min);
	lay_u32(t, (uint32_t)i->n_max);
	lay_u32(t, (uint32_t)i->u_min);
	for (int k = 0; k < SUM_WAITS; k++)
		lay_u32(t, (uint32_t)i->wait_ms[k]);
	lay_u64(t, (uint64_t)i->expires_s);
}

int invite_context(const struct sum_invite *i, struct hash32 *out, struct error *err)
{
	struct text t;

	lay_label(&t, "cordon/sa1/ctx");
	lay_invite(&t, i);
	return lay_digest(&t, out, err);
}

static int signed_hash(const struct hash32 *ctx, struct hash32 *out, struct error *err)
{
	struct text t;

	lay_label(&t, "cordon/sa1/invite");
	lay_hash(&t, ctx);
	return lay_digest(&t, out, err);
}

int invite_write(const struct sum_invite *i, EVP_PKEY *gateway, struct text *out, struct error *err)
{
	struct hash32 ctx, h;
	uint8_t signature[64];

	if (invite_context(i, &ctx, err) != 0 || signed_hash(&ctx, &h, err) != 0 ||
		identity_sign(gateway, &h, signature, err) != 0)
		return -1;
	lay_invite(out, i);
	lay_fixed(out, signature, sizeof(signature));
	return text_failed(out) ? error_memory(err) : 0;
}

static void unlay_invite(struct unlay *u, struct sum_invite *i)
{
	i->suite = (enum suite)unlay_u16(u);
	unlay_hash(u, &i->federation);
	i->epoch = unlay_u64(u, INT64_MAX);
	unlay_hash(u, &i->members);
	unlay_id(u, &i->gateway);
	unlay_fixed(u, i->nonce, sizeof(i->nonce));
	unlay_hash(u, &i->question);
	unlay_hash(u, &i->asked);
	unlay_hash(u, &i->layout);
	unlay_hash(u, &i->noise);
	i->mode = (enum sum_mode)unlay_u8(u);
	i->words = unlay_u64(u, MAX_SUM_WORDS);
	i->bound = unlay_u64(u, INT64_MAX);
	i->n_min = unlay_u32(u, MAX_SUM_SITES);
	i->n_max = unlay_u32(u, MAX_SUM_SITES);
	i->u_min = unlay_u32(u, MAX_SUM_SITES);
	for (int k = 0; k < SUM_WAITS; k++)
		i->wait_ms[k] = unlay_u32(u, MAX_SUM_LIFE_S * 1000);
	i->expires_s = (int64_t)unlay_u64(u, INT64_MAX);
}

static int denied(struct error *err, const char *why)
{
	return error_set(err, E_DENIED,
		SAY("The invitation to a secure sum is refused.", "安全求和的邀请被拒绝。"),
		"invitation: %s", why);
}

/* What does not depend on who reads it. */
static int check_numbers(const struct sum_invite *i, const struct sum_rules *r, struct error *err)
{
	if (i->suite <= 0 || i->suite >= SUITE_END || (r->suites >> i->suite & 1) == 0)
		return denied(err, "a suite that the members' list does not allow");
	if (i->mode <= 0 || i->mode >= SUM_MODE_END || i->words == 0)
		return denied(err, "no such mode, or no words");
	if (i->n_min < r->n_min || i->n_max > r->n_max || i->n_min > i->n_max)
		return denied(err, "fewer or more sites than the members' list allows");
	/* the quorum grows with the roster, so it holds for every smaller one too */
	if (i->u_min < quorum_contributors(r, i->n_max) || i->u_min > i->n_max)
		return denied(err, "fewer contributors than the quorum");
	if (i->mode == SUM_ADD && i->bound > (uint64_t)INT64_MAX / i->n_max)
		return denied(err, "sums that do not fit into 63 bits");
	for (int k = 0; k < SUM_WAITS; k++)
		if (i->wait_ms[k] == 0 || i->wait_ms[k] > r->life_s * 1000)
			return denied(err, "a deadline of nothing, or past the longest life");
	return 0;
}

static int check_time(
	const struct sum_invite *i, const struct membership *m, int64_t now_s, struct error *err)
{
	if (now_s < m->from_s || now_s >= m->until_s)
		return denied(err, "the members' list is not valid now");
	if (now_s >= i->expires_s)
		return denied(err, "it has expired");
	if (i->expires_s - now_s > (int64_t)m->rules.life_s)
		return denied(err, "it lives longer than the members' list allows");
	return 0;
}

int invite_read(const void *bytes, size_t len, const struct membership *m, int64_t now_s,
	struct sum_invite *out, struct hash32 *ctx, struct error *err)
{
	const struct member_gateway *g;
	const uint8_t *signature;
	struct sum_invite i = { 0 };
	struct hash32 members, h;
	struct unlay u;

	unlay_init(&u, bytes, len);
	unlay_invite(&u, &i);
	signature = unlay_take(&u, 64);
	if (unlay_end(&u, "invitation", err) != 0 || membership_hash(m, &members, err) != 0)
		return -1;
	if (!hash32_equal(&i.federation, &m->federation) || i.epoch != m->epoch ||
		!hash32_equal(&i.members, &members))
		return denied(err, "of another federation, epoch or list of members");
	g = membership_gateway(m, &i.gateway);
	if (g == NULL)
		return denied(err, "of a gateway that is not in the members' list");
	if (invite_context(&i, ctx, err) != 0 || signed_hash(ctx, &h, err) != 0 ||
		identity_verify(g->key, &h, signature, 64, err) != 0)
		return -1;
	if (check_numbers(&i, &m->rules, err) != 0 || check_time(&i, m, now_s, err) != 0)
		return -1;
	*out = i;
	return 0;
}
