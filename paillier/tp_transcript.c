#include "paillier/tp_transcript.h"

#include <stdlib.h>
#include <string.h>

static const char label[] = "cordon/tp1/transcript";

static int wrong(struct error *err, const char *why)
{
	return error_set(err, E_CRYPTO,
		SAY("The record of the secure sum does not show the sum it states.",
			"安全求和的记录与其所载结果不符。"),
		"transcript: %s", why);
}

/* ---- writing ---- */

static void lay_message(struct text *out, const struct text *m)
{
	lay_u32(out, (uint32_t)m->len);
	lay_fixed(out, m->at, m->len);
}

int tp_transcript_write(const struct tp_said *said, const int64_t *sums, size_t n, struct text *out,
	struct error *err)
{
	lay_text(out, label);
	lay_message(out, said->invite);
	lay_message(out, said->roster);
	lay_bits(out, said->set);
	for (uint64_t i = 0; i < said->set->n; i++)
		if (bits_has(said->set, i))
			lay_message(out, &said->opens[i]);
	lay_u32(out, said->n_parts);
	for (unsigned i = 0; i < said->n_parts; i++)
		lay_message(out, &said->parts[i]);
	for (size_t i = 0; i < n; i++)
		lay_u64(out, (uint64_t)sums[i]);
	if (!text_failed(out))
		return 0;
	return error_set(err, E_LIMIT,
		SAY("The record of this sum is too large.", "该求和的记录过大。"),
		"transcript: longer than %zu bytes", out->max);
}

/* ---- reading ---- */

struct reading {
	struct unlay in;
	struct tp_invite invite;
	struct tp_gateway *g;
	int64_t then_s; /* a list's validity is judged just before the sum expired */
	int64_t *sums;
};

static const uint8_t *take_message(struct unlay *u, size_t *len)
{
	*len = unlay_u32(u, MAX_SUM_LAYOUT_BYTES);
	return unlay_take(u, *len);
}

static bool take_label(struct unlay *u)
{
	size_t len;
	const uint8_t *at = take_message(u, &len);

	return at != NULL && len == sizeof(label) - 1 && memcmp(at, label, len) == 0;
}

bool tp_transcript_is(const void *bytes, size_t len)
{
	struct unlay u;

	unlay_init(&u, bytes, len);
	return take_label(&u);
}

static const uint8_t *take_invite(struct unlay *u)
{
	size_t len = 0;
	const uint8_t *at = take_label(u) ? take_message(u, &len) : NULL;

	return len == TP_INVITE_BYTES ? at : NULL;
}

int tp_transcript_list(const void *bytes, size_t len, uint64_t *epoch, struct hash32 *members,
	struct hash32 *key, struct error *err)
{
	const uint8_t *at;
	struct unlay u;

	unlay_init(&u, bytes, len);
	at = take_invite(&u);
	if (at == NULL)
		return wrong(err, "it is not one");
	unlay_init(&u, at + 2 + 32, 8 + 32); /* behind suite and federation */
	*epoch = unlay_u64(&u, INT64_MAX);
	unlay_hash(&u, members);
	unlay_init(&u, at + INVITE_BODY_BYTES + 64, 32);
	unlay_hash(&u, key);
	return 0;
}

static int take_roster(struct reading *r, struct error *err)
{
	struct text own;
	size_t len;
	const uint8_t *at = take_message(&r->in, &len);
	int ret = 0;

	if (at == NULL || len < 4 || (len - 4) % TP_ENTRY_BYTES != 0)
		return wrong(err, "no roster");
	for (size_t i = 4; ret == 0 && i < len; i += TP_ENTRY_BYTES)
		ret = tp_gateway_commit(r->g, at + i, TP_ENTRY_BYTES, r->then_s, err);
	if (ret != 0)
		return -1;
	text_init(&own, MAX_SUM_LAYOUT_BYTES);
	ret = tp_gateway_roster(r->g, r->then_s, &own, err);
	if (ret == 0 && (own.len != len || memcmp(own.at, at, len) != 0))
		ret = wrong(err, "its roster is not that of its commitments");
	text_clear(&own);
	return ret;
}

static int take_opens(struct reading *r, struct error *err)
{
	uint64_t n = tp_gateway_sites(r->g)->n;
	struct bits set;
	struct text own;
	size_t len;
	int ret = 0;

	unlay_bits(&r->in, &set, n);
	for (uint64_t i = bits_count(&set); ret == 0 && i > 0; i--) {
		const uint8_t *at = take_message(&r->in, &len);

		ret = at == NULL ? wrong(err, "ciphertexts are missing")
				 : tp_gateway_open(r->g, at, len, err);
	}
	if (ret != 0)
		return -1;
	if (!bits_equal(&set, tp_gateway_opened(r->g)))
		return wrong(err, "the set of sites is not that of its ciphertexts");
	text_init(&own, MAX_SUM_LAYOUT_BYTES);
	ret = tp_gateway_close(r->g, &own, err);
	text_clear(&own);
	return ret;
}

static int take_parts(struct reading *r, struct error *err)
{
	unsigned n = unlay_u32(&r->in, TP_HOLDERS);

	for (unsigned i = 0; i < n; i++) {
		size_t len;
		const uint8_t *at = take_message(&r->in, &len);

		if (at == NULL)
			return wrong(err, "holders' parts are missing");
		if (tp_gateway_part(r->g, at, len, err) != 0)
			return -1;
	}
	return 0;
}

static int compare_sum(struct reading *r, struct error *err)
{
	size_t n = r->invite.sum.words;
	const uint8_t *stated = unlay_take(&r->in, 8 * n);
	uint64_t other = 0;

	if (unlay_end(&r->in, "transcript", err) != 0)
		return -1;
	r->sums = calloc(n, sizeof(*r->sums));
	if (r->sums == NULL)
		return error_memory(err);
	if (tp_gateway_finish(r->g, r->sums, n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		other |= (uint64_t)r->sums[i] ^ get_be64(stated + 8 * i);
	return other == 0 ? 0 : wrong(err, "the sum it states is another than the one it shows");
}

static int read_all(
	struct reading *r, const struct membership *m, const struct tp_key *k, struct error *err)
{
	const uint8_t *at = take_invite(&r->in);

	if (at == NULL)
		return wrong(err, "no invitation");
	r->then_s = (int64_t)get_be64(at + INVITE_BODY_BYTES - 8) - 1;
	if (tp_invite_read(at, TP_INVITE_BYTES, m, k, r->then_s, &r->invite, err) != 0 ||
		tp_gateway_new(&r->g, m, k, &r->invite, err) != 0)
		return -1;
	return take_roster(r, err) != 0 || take_opens(r, err) != 0 || take_parts(r, err) != 0
		       ? -1
		       : compare_sum(r, err);
}

static int give(struct reading *r, struct transcript *out, struct error *err)
{
	const struct tp_roster *sites = tp_gateway_sites(r->g);
	const struct bits *opened = tp_gateway_opened(r->g);
	struct transcript_site *who = calloc(sites->n, sizeof(*who));
	uint64_t *words = calloc(r->invite.sum.words, sizeof(*words));

	if (who == NULL || words == NULL) {
		free(who);
		free(words);
		return error_memory(err);
	}
	for (uint64_t i = 0; i < sites->n; i++)
		who[i] = (struct transcript_site){ sites->sites.who[i], true, bits_has(opened, i) };
	for (uint64_t i = 0; i < r->invite.sum.words; i++)
		words[i] = (uint64_t)r->sums[i];
	*out = (struct transcript){ .invite = r->invite.sum,
		.ctx = r->invite.ctx,
		.sites = sites->n,
		.contributors = bits_count(opened),
		.who = who,
		.words = words };
	return 0;
}

int tp_transcript_verify(struct transcript *out, const void *bytes, size_t len,
	const struct membership *m, const struct tp_key *k, struct error *err)
{
	struct reading r = { .g = NULL };
	int ret;

	unlay_init(&r.in, bytes, len);
	ret = read_all(&r, m, k, err);
	if (ret == 0)
		ret = give(&r, out, err);
	tp_gateway_free(r.g);
	free(r.sums);
	return ret;
}
