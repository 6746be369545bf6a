#include "paillier/tp_gateway.h"

#include <stdlib.h>
#include <string.h>

struct tp_gateway {
	const struct membership *m;
	const struct tp_key *k;
	struct tp_invite invite;
	enum tp_gateway_state state;
	struct tp_entry *entries;
	uint64_t n;
	struct tp_roster roster;
	struct tp_tally *tally;
	struct tp_partial parts[TP_HOLDERS]; /* by place - 1; d NULL: not there */
	unsigned n_parts;
};

void tp_gateway_free(struct tp_gateway *g)
{
	if (g == NULL)
		return;
	for (unsigned i = 0; i < TP_HOLDERS; i++)
		tp_partial_clear(&g->parts[i]);
	tp_tally_free(g->tally);
	tp_roster_clear(&g->roster);
	free(g->entries);
	free(g);
}

int tp_gateway_new(struct tp_gateway **out, const struct membership *m, const struct tp_key *k,
	const struct tp_invite *invite, struct error *err)
{
	struct tp_gateway *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return error_memory(err);
	*g = (struct tp_gateway){ .m = m, .k = k, .invite = *invite };
	g->entries = calloc(MAX_SUM_SITES, sizeof(*g->entries));
	if (g->entries == NULL) {
		tp_gateway_free(g);
		return error_memory(err);
	}
	*out = g;
	return 0;
}

enum tp_gateway_state tp_gateway_state(const struct tp_gateway *g)
{
	return g->state;
}

const struct tp_roster *tp_gateway_sites(const struct tp_gateway *g)
{
	return &g->roster;
}

const struct bits *tp_gateway_opened(const struct tp_gateway *g)
{
	return g->tally == NULL ? NULL : tp_tally_sites(g->tally);
}

static int wrong_moment(struct error *err)
{
	return error_set(err, E_STATE,
		SAY("This message comes at the wrong moment of the secure sum.",
			"消息到达时不在安全求和的相应阶段。"),
		"sum: a message at the wrong moment");
}

static int refuse(struct error *err, const char *why)
{
	return error_set(err, E_CRYPTO,
		SAY("A message of the secure sum is refused.", "安全求和的消息被拒绝。"), "sum: %s",
		why);
}

/* ---- COMMIT, ROSTER ---- */

int tp_gateway_commit(
	struct tp_gateway *g, const void *bytes, size_t len, int64_t now_s, struct error *err)
{
	const struct member *who;
	struct tp_entry e;

	if (g->state != TP_GATEWAY_INVITING)
		return wrong_moment(err);
	if (len != TP_ENTRY_BYTES)
		return error_set(err, E_INPUT,
			SAY("A message of the sum is malformed.", "求和协议消息的格式有误。"),
			"commit: %zu bytes", len);
	memcpy(&e, bytes, TP_ENTRY_BYTES);
	who = membership_find(g->m, &e.id);
	if (who == NULL || !member_valid(who, now_s))
		return refuse(err, "a commitment of no member");
	for (uint64_t i = 0; i < g->n; i++)
		if (memcmp(&g->entries[i].id, &e.id, sizeof(e.id)) == 0)
			return refuse(err, "a site committed twice");
	if (g->n == g->invite.sum.n_max)
		return refuse(err, "more sites than were invited");
	if (tp_entry_check(&e, &g->invite.ctx, who, err) != 0)
		return -1;
	g->entries[g->n++] = e;
	return 0;
}

int tp_gateway_roster(struct tp_gateway *g, int64_t now_s, struct text *out, struct error *err)
{
	if (g->state != TP_GATEWAY_INVITING)
		return wrong_moment(err);
	g->state = TP_GATEWAY_OVER;
	if (tp_roster_make(&g->roster, g->entries, g->n, g->m, &g->invite, now_s, err) != 0 ||
		tp_tally_new(&g->tally, g->k, &g->invite, &g->roster, err) != 0 ||
		tp_roster_write(&g->roster, out, err) != 0)
		return -1;
	g->state = TP_GATEWAY_LISTED;
	return 0;
}

/* ---- OPEN, ALL ---- */

int tp_gateway_open(struct tp_gateway *g, const void *bytes, size_t len, struct error *err)
{
	return g->state != TP_GATEWAY_LISTED ? wrong_moment(err)
					     : tp_tally_add(g->tally, bytes, len, err);
}

int tp_gateway_close(struct tp_gateway *g, struct text *out, struct error *err)
{
	if (g->state != TP_GATEWAY_LISTED)
		return wrong_moment(err);
	g->state = TP_GATEWAY_OVER;
	if (tp_tally_close(g->tally, g->m, NULL, err) != 0)
		return -1;
	lay_bits(out, tp_tally_sites(g->tally));
	if (text_failed(out))
		return error_memory(err);
	g->state = TP_GATEWAY_SUMMED;
	return 0;
}

/* ---- PART, opening ---- */

static int check_part(const struct tp_gateway *g, const struct tp_partial *p, const void *bytes,
	size_t len, struct error *err)
{
	const struct tp_holder_key *who = &g->k->holders[p->place - 1];
	const struct tp_sealed_sum sum = tp_tally_sum(g->tally);
	struct hash32 hashes[4];

	if (g->parts[p->place - 1].d != NULL)
		return error_set(err, E_STATE,
			SAY("This holder's part is there already.", "该持有人的份额已收到。"),
			"part: a second one of \"%s\"", who->name);
	tp_tally_hashes(g->tally, hashes);
	hashes[3] = sha256((const uint8_t *)bytes + 64, len - 64);
	if (tp_verify(TP_STEP_PART, &g->invite.ctx, &who->id, hashes, 4, who->key, bytes, err) !=
			0 ||
		tp_partial_check(&sum, p, err) != 0)
		return error_under(err, "part of \"%s\"", who->name);
	return 0;
}

int tp_gateway_part(struct tp_gateway *g, const void *bytes, size_t len, struct error *err)
{
	struct tp_partial p = { 0 };

	if (g->state != TP_GATEWAY_SUMMED)
		return wrong_moment(err);
	if (len < 64)
		return refuse(err, "a part without a signature");
	if (tp_partial_read(
		    g->k, g->invite.count, (const uint8_t *)bytes + 64, len - 64, &p, err) != 0)
		return -1;
	if (check_part(g, &p, bytes, len, err) != 0) {
		tp_partial_clear(&p);
		return -1;
	}
	g->parts[p.place - 1] = p;
	g->n_parts++;
	return 0;
}

unsigned tp_gateway_missing(const struct tp_gateway *g)
{
	return g->n_parts >= g->k->needed ? 0 : g->k->needed - g->n_parts;
}

static int unpack_all(
	const struct tp_gateway *g, BIGNUM *const *m, int64_t *sums, size_t n, struct error *err)
{
	const struct tp_packing *p = &g->invite.packing;

	for (size_t c = 0; c < g->invite.count; c++) {
		size_t left = n - c * p->slots;

		if (tp_unpack(p, m[c], bits_count(tp_tally_sites(g->tally)), sums + c * p->slots,
			    left < p->slots ? left : p->slots, err) != 0)
			return -1;
	}
	return 0;
}

static int open_sum(struct tp_gateway *g, int64_t *sums, size_t n, struct error *err)
{
	const struct tp_sealed_sum sum = tp_tally_sum(g->tally);
	const struct tp_partial *some[TP_HOLDERS];
	BIGNUM **m = calloc(g->invite.count, sizeof(*m));
	int ret = m == NULL ? error_memory(err) : 0;
	unsigned have = 0;

	for (unsigned i = 0; i < TP_HOLDERS; i++)
		if (g->parts[i].d != NULL)
			some[have++] = &g->parts[i];
	for (size_t c = 0; ret == 0 && c < g->invite.count; c++)
		if ((m[c] = BN_new()) == NULL)
			ret = error_memory(err);
	if (ret == 0)
		ret = tp_combine(&sum, some, m, err);
	if (ret == 0)
		ret = unpack_all(g, m, sums, n, err);
	for (size_t c = 0; m != NULL && c < g->invite.count; c++)
		BN_clear_free(m[c]);
	free(m);
	return ret;
}

int tp_gateway_finish(struct tp_gateway *g, int64_t *sums, size_t n, struct error *err)
{
	if (g->state != TP_GATEWAY_SUMMED || tp_gateway_missing(g) > 0 || n != g->invite.sum.words)
		return wrong_moment(err);
	if (open_sum(g, sums, n, err) != 0) {
		memset(sums, 0, n * sizeof(*sums));
		g->state = TP_GATEWAY_OVER;
		return -1;
	}
	g->state = TP_GATEWAY_DONE;
	return 0;
}
