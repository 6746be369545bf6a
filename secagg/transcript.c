#include "secagg/transcript.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "secagg/unmask.h"

static int wrong(struct error *err, const char *why)
{
	return error_set(err, E_CRYPTO,
		SAY("The record of the secure sum does not show the sum it states.",
			"安全求和的记录与其所载结果不符。"),
		"transcript: %s", why);
}

struct record {
	struct unlay in;
	struct sum_invite invite;
	struct roster roster;
	struct key_scope scope;
	struct sum_view view;
	struct certified *c;
	struct key32 *secrets;
	uint64_t *words;
};

static const uint8_t *take_field(struct unlay *u, size_t *len)
{
	*len = unlay_u32(u, MAX_SUM_LAYOUT_BYTES);
	return unlay_take(u, *len);
}

static bool take_label(struct unlay *u)
{
	static const char label[] = "cordon/sa1/transcript";
	size_t len;
	const uint8_t *at = take_field(u, &len);

	return at != NULL && len == sizeof(label) - 1 && memcmp(at, label, len) == 0;
}

/* The moment at which it was valid: just before it expired. A list's validity is judged then. */
static int take_invitation(struct record *r, const struct membership *m, struct error *err)
{
	size_t len;
	const uint8_t *at;
	int64_t then_s;

	if (!take_label(&r->in))
		return wrong(err, "it is not one");
	at = take_field(&r->in, &len);
	if (at == NULL || len != INVITE_BODY_BYTES + 64)
		return wrong(err, "no invitation");
	then_s = (int64_t)get_be64(at + INVITE_BODY_BYTES - 8) - 1;
	if (invite_read(at, len, m, then_s, &r->invite, &r->scope.ctx, err) != 0)
		return -1;
	at = take_field(&r->in, &len);
	if (at == NULL)
		return wrong(err, "no roster");
	return roster_read(&r->roster, at, len, m, &r->invite, &r->scope.ctx, then_s, err);
}

static int take_sets(struct record *r, struct error *err)
{
	struct sum_view *v = &r->view;
	size_t len;
	const uint8_t *at;

	v->ctx = r->scope.ctx;
	v->roster = &r->roster;
	r->scope.roster = r->roster.hash;
	r->scope.words = r->invite.words;
	r->scope.suite = r->invite.suite;
	unlay_bits(&r->in, &v->dealt, r->roster.n);
	unlay_bits(&r->in, &v->alive, r->roster.n);
	at = take_field(&r->in, &len);
	if (at == NULL || bits_count(&v->alive) < r->invite.u_min)
		return wrong(err, "too few survivors, or no certificate");
	if (roster_dealt_hash(&r->roster, &v->ctx, &v->dealt, &v->dealt_hash, err) != 0 ||
		roster_alive_hash(
			&r->roster, &v->ctx, &v->dealt_hash, &v->alive, &v->alive_hash, err) != 0)
		return -1;
	r->scope.dealt = v->dealt_hash;
	return certificate_check(&r->c, v, at, len, err);
}

static int add_words(struct record *r, uint64_t i, struct error *err)
{
	size_t len = 64 + (r->roster.n + 7) / 8 + 8 * r->invite.words;
	const uint8_t *at = unlay_take(&r->in, len);
	struct masked_message m;

	if (at == NULL)
		return wrong(err, "masked words are missing");
	if (masked_read(&m, at, len, r->roster.n, r->invite.words, err) != 0)
		return -1;
	const struct hash32 hashes[] = { r->roster.hash, r->view.dealt_hash, m.complaints_hash,
		m.words_hash };
	if (step_verify(STEP_MASKED, &r->view.ctx, r->roster.who[i], hashes, 4, m.signature, err) !=
		0)
		return -1;
	words_add_wire(r->words, m.words, r->invite.words);
	return 0;
}

static int take_secrets(struct record *r, struct error *err)
{
	for (uint64_t j = 0; j < r->roster.n; j++) {
		enum share_kind kind = certified_kind(r->c, j);

		if (kind == 0)
			continue;
		unlay_fixed(&r->in, r->secrets[j].at, sizeof(r->secrets[j].at));
		if (unmask_check(&r->scope, &r->roster, j, kind, &r->secrets[j], err) != 0)
			return -1;
	}
	return 0;
}

static int compare_sum(struct record *r, struct error *err)
{
	const uint8_t *stated = unlay_take(&r->in, 8 * r->invite.words);
	uint64_t other = 0;

	if (unlay_end(&r->in, "transcript", err) != 0)
		return -1;
	for (uint64_t i = 0; i < r->invite.words; i++)
		other |= r->words[i] ^ get_be64(stated + 8 * i);
	return other == 0 ? 0 : wrong(err, "the sum it states is another than the one it shows");
}

static int verify(struct record *r, const struct membership *m, struct error *err)
{
	if (take_invitation(r, m, err) != 0 || take_sets(r, err) != 0)
		return -1;
	r->words = calloc(r->invite.words, sizeof(*r->words));
	r->secrets = calloc(r->roster.n, sizeof(*r->secrets));
	if (r->words == NULL || r->secrets == NULL)
		return error_memory(err);
	for (uint64_t i = 0; i < r->roster.n; i++)
		if (bits_has(&r->view.alive, i) && add_words(r, i, err) != 0)
			return -1;
	if (take_secrets(r, err) != 0 ||
		unmask_words(&r->scope, &r->roster, r->c, r->secrets, r->words, err) != 0)
		return -1;
	return compare_sum(r, err);
}

static int take_sites(const struct record *r, struct transcript_site **out, struct error *err)
{
	struct transcript_site *who = calloc(r->roster.n, sizeof(*who));

	if (who == NULL)
		return error_memory(err);
	for (uint64_t i = 0; i < r->roster.n; i++)
		who[i] = (struct transcript_site){ r->roster.who[i], bits_has(&r->view.dealt, i),
			bits_has(&r->view.alive, i) };
	*out = who;
	return 0;
}

int transcript_verify(struct transcript *out, const void *bytes, size_t len,
	const struct membership *m, struct error *err)
{
	struct record r = { 0 };
	struct transcript_site *who = NULL;
	int ret;

	unlay_init(&r.in, bytes, len);
	ret = verify(&r, m, err);
	if (ret == 0)
		ret = take_sites(&r, &who, err);
	if (ret == 0) {
		*out = (struct transcript){ .invite = r.invite,
			.ctx = r.scope.ctx,
			.sites = r.roster.n,
			.contributors = bits_count(&r.view.alive),
			.who = who,
			.words = r.words };
		r.words = NULL;
	}
	free(r.words);
	if (r.secrets != NULL)
		secret_wipe(r.secrets, r.roster.n * sizeof(*r.secrets));
	free(r.secrets);
	certified_free(r.c);
	roster_clear(&r.roster);
	return ret;
}

int transcript_list(const void *bytes, size_t len, uint64_t *epoch, struct hash32 *members,
	struct error *err)
{
	const uint8_t *at = NULL;
	size_t invite = 0;
	struct unlay u;

	unlay_init(&u, bytes, len);
	if (take_label(&u))
		at = take_field(&u, &invite);
	if (at == NULL || invite != INVITE_BODY_BYTES + 64)
		return wrong(err, "it is not one");
	unlay_init(&u, at + 2 + 32, 8 + 32); /* behind suite and federation */
	*epoch = unlay_u64(&u, INT64_MAX);
	unlay_hash(&u, members);
	return 0;
}

void transcript_clear(struct transcript *t)
{
	free(t->who);
	free(t->words);
	*t = (struct transcript){ 0 };
}
