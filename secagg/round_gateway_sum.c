/*
 * round_gateway_sum.c - the end of a round at the gateway: shares become secrets, secrets the sum.
 */
#include <stdlib.h>
#include <string.h>

#include "secagg/round_gateway_in.h"

/* Whether a share is the one its dealer hashed for this site. */
static bool good_share(struct round_gateway *g, uint64_t dealer, uint64_t from,
	enum share_kind kind, const struct share *s)
{
	const uint8_t *at = g->sites[dealer].shares + from * DEALT_BYTES +
			    (kind == SHARE_B ? 0 : sizeof(struct hash32));
	struct hash32 h;
	struct error why;

	return share_hash(&g->roster.hash, dealer, from, kind, s, &h, &why) == 0 &&
	       memcmp(h.at, at, sizeof(h.at)) == 0;
}

int gateway_take_unmask(
	struct round_gateway *g, uint64_t i, const void *bytes, size_t len, struct error *err)
{
	struct heard *site = &g->sites[i];
	struct unmask_message m;
	uint64_t k = 0;

	if (unmask_read(&m, bytes, len, g->n, err) != 0)
		return -1;
	const struct hash32 hashes[] = { g->roster.hash, g->view.dealt_hash, g->view.alive_hash,
		m.hash };
	if (!bits_within(&m.of, &g->view.dealt))
		return error_set(err, E_INPUT,
			SAY("A message of the sum is malformed.", "求和协议消息的格式有误。"),
			"unmask: a share of a site that did not deal");
	if (step_verify(
		    STEP_UNMASK, &g->scope.ctx, g->roster.who[i], hashes, 4, m.signature, err) != 0)
		return -1;
	site->revealed = calloc(g->n, sizeof(*site->revealed));
	if (site->revealed == NULL)
		return error_memory(err);
	bits_init(&site->revealed_of, g->n);
	for (uint64_t j = 0; j < g->n; j++) {
		if (!bits_has(&m.of, j))
			continue;
		/* a wrong one is left out; the others of this site still count */
		if (share_read(m.shares + SHARE_BYTES * k++, &site->revealed[j]) &&
			good_share(g, j, i, certified_kind(g->certified, j), &site->revealed[j]))
			bits_add(&site->revealed_of, j);
		else
			site->blame = BLAME_SHARE;
	}
	return 0;
}

/* Which t sites' shares make a secret, and their weights: mostly the same for all secrets. */
struct choice {
	uint16_t places[MAX_SUM_SITES];
	uint64_t weights[MAX_SUM_SITES];
	const struct share *shares[MAX_SUM_SITES];
	uint64_t n; /* 0: none chosen yet */
};

static int choose(struct round_gateway *g, uint64_t dealer, struct choice *c, struct error *err)
{
	uint64_t t = g->roster.shares, k = 0;
	bool same = c->n == t;

	for (uint64_t i = 0; i < g->n && k < t; i++) {
		if (g->sites[i].revealed == NULL || !bits_has(&g->sites[i].revealed_of, dealer))
			continue;
		same = same && c->places[k] == i;
		c->places[k] = (uint16_t)i;
		c->shares[k++] = &g->sites[i].revealed[dealer];
	}
	if (k < t)
		return error_set(err, E_DENIED,
			SAY("The secure sum was given up; nothing was learned.",
				"安全求和已中止，未获知任何内容。"),
			"unmask: too few good shares of place %u", (unsigned)dealer);
	if (same)
		return 0;
	c->n = t;
	return shamir_weights(c->places, t, c->weights, err);
}

static int rebuild(struct round_gateway *g, uint64_t j, struct choice *c, struct error *err)
{
	enum share_kind kind = certified_kind(g->certified, j);

	if (choose(g, j, c, err) != 0)
		return -1;
	if (shamir_rebuild(c->weights, c->shares, c->n, &g->secrets[j], err) == 0 &&
		unmask_check(&g->scope, &g->roster, j, kind, &g->secrets[j], err) == 0)
		return 0;
	/* every share was what it had hashed: what it dealt was no secret, or another */
	g->sites[j].blame = BLAME_DEALER;
	return -1;
}

int gateway_make_sum(struct round_gateway *g, struct error *err)
{
	struct choice *c = calloc(1, sizeof(*c));
	int ret = 0;

	g->secrets = calloc(g->n, sizeof(*g->secrets));
	if (c == NULL || g->secrets == NULL)
		ret = error_memory(err);
	for (uint64_t j = 0; j < g->n && ret == 0; j++)
		if (certified_kind(g->certified, j) != 0)
			ret = rebuild(g, j, c, err);
	free(c);
	if (ret == 0)
		ret = unmask_words(&g->scope, &g->roster, g->certified, g->secrets, g->words, err);
	return ret;
}

const uint64_t *round_gateway_sum(const struct round_gateway *g)
{
	return g->phase == PHASE_DONE ? g->words : NULL;
}

/* ---- the transcript ---- */

static void lay_field(struct text *t, const struct text *field)
{
	lay_u32(t, (uint32_t)field->len);
	lay_fixed(t, field->at, field->len);
}

static int write_head(const struct round_gateway *g, struct text *out, struct error *err)
{
	struct text t;
	int ret;

	lay_text(out, "cordon/sa1/transcript");
	text_init(&t, MAX_SUM_LAYOUT_BYTES);
	ret = invite_write(&g->invite, g->key, &t, err);
	if (ret == 0)
		lay_field(out, &t);
	text_reset(&t);
	if (ret == 0)
		ret = roster_write(&g->roster, &t, err);
	if (ret == 0)
		lay_field(out, &t);
	text_clear(&t);
	lay_bits(out, &g->view.dealt);
	lay_bits(out, &g->view.alive);
	lay_field(out, &g->certificate);
	return ret;
}

int round_gateway_transcript(const struct round_gateway *g, struct text *out, struct error *err)
{
	size_t masked = 64 + (g->n + 7) / 8 + 8 * g->invite.words;

	if (g->phase != PHASE_DONE || !g->keep)
		return error_set(err, E_STATE,
			SAY("There is no record of this sum.", "没有本次求和的记录。"),
			"transcript: the round is not done, or words were not kept");
	if (write_head(g, out, err) != 0)
		return -1;
	for (uint64_t i = 0; i < g->n; i++)
		if (bits_has(&g->view.alive, i))
			lay_fixed(out, g->sites[i].masked, masked);
	for (uint64_t i = 0; i < g->n; i++)
		if (bits_has(&g->view.dealt, i))
			lay_fixed(out, g->secrets[i].at, sizeof(g->secrets[i].at));
	for (uint64_t i = 0; i < g->invite.words; i++)
		lay_u64(out, g->words[i]);
	return text_failed(out) ? error_memory(err) : 0;
}
