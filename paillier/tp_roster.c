#include "paillier/tp_roster.h"

#include <stdlib.h>
#include <string.h>

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct sum_id)); /* the first field */
}

/* ---- COMMIT ---- */

int tp_commitment(const struct hash32 *ctx, const struct sum_id *id, const uint8_t nonce[32],
	const uint8_t *ciphertexts, size_t len, struct hash32 *out, struct error *err)
{
	struct text t;

	lay_label(&t, "cordon/tp1/com");
	lay_hash(&t, ctx);
	lay_id(&t, id);
	lay_fixed(&t, nonce, 32);
	lay_fixed(&t, ciphertexts, len);
	return lay_digest(&t, out, err);
}

int tp_entry_sign(struct tp_entry *e, const struct hash32 *ctx, EVP_PKEY *key, struct error *err)
{
	return tp_sign(TP_STEP_COMMIT, ctx, &e->id, &e->commitment, 1, key, e->signature, err);
}

int tp_entry_check(const struct tp_entry *e, const struct hash32 *ctx, const struct member *who,
	struct error *err)
{
	return tp_verify(
		TP_STEP_COMMIT, ctx, &e->id, &e->commitment, 1, who->key, e->signature, err);
}

/* ---- ROSTER ---- */

void tp_roster_clear(struct tp_roster *r)
{
	free(r->entries);
	roster_clear(&r->sites);
	*r = (struct tp_roster){ 0 };
}

static int hash_roster(struct tp_roster *r, const struct hash32 *ctx, struct error *err)
{
	struct text t;

	lay_label(&t, "cordon/tp1/roster");
	lay_hash(&t, ctx);
	lay_u32(&t, (uint32_t)r->n);
	lay_fixed(&t, r->entries, r->n * TP_ENTRY_BYTES);
	return lay_digest(&t, &r->hash, err);
}

/* B2. */
static int complete(struct tp_roster *r, const struct membership *m, const struct tp_invite *i,
	int64_t now_s, struct error *err)
{
	r->sites.n = r->n;
	r->sites.entries = calloc(r->n, sizeof(*r->sites.entries));
	if (r->sites.entries == NULL)
		return error_memory(err);
	for (uint64_t s = 0; s < r->n; s++)
		r->sites.entries[s].id = r->entries[s].id;
	if (roster_suits(&r->sites, m, &i->sum, now_s, err) != 0)
		return -1;
	return hash_roster(r, &i->ctx, err);
}

static int take_entries(struct tp_roster *r, const void *entries, uint64_t n, struct error *err)
{
	*r = (struct tp_roster){ .n = n };
	if (n == 0 || n > MAX_SUM_SITES)
		return error_set(err, E_DENIED,
			SAY("The sites of this secure sum are refused.",
				"参与本次安全求和的站点名单被拒绝。"),
			"roster: no sites, or too many");
	r->entries = malloc(n * TP_ENTRY_BYTES);
	if (r->entries == NULL)
		return error_memory(err);
	memcpy(r->entries, entries, n * TP_ENTRY_BYTES);
	return 0;
}

int tp_roster_make(struct tp_roster *out, const struct tp_entry *entries, uint64_t n,
	const struct membership *m, const struct tp_invite *i, int64_t now_s, struct error *err)
{
	if (take_entries(out, entries, n, err) == 0) {
		qsort(out->entries, n, sizeof(*out->entries), by_id);
		if (complete(out, m, i, now_s, err) == 0)
			return 0;
	}
	tp_roster_clear(out);
	return -1;
}

int tp_roster_write(const struct tp_roster *r, struct text *out, struct error *err)
{
	lay_u32(out, (uint32_t)r->n);
	lay_fixed(out, r->entries, r->n * TP_ENTRY_BYTES);
	return text_failed(out) ? error_memory(err) : 0;
}

static int check_signatures(const struct tp_roster *r, const struct hash32 *ctx, struct error *err)
{
	for (uint64_t i = 0; i < r->n; i++)
		if (tp_entry_check(&r->entries[i], ctx, r->sites.who[i], err) != 0)
			return error_under(err, "roster, place %u", (unsigned)i);
	return 0;
}

int tp_roster_read(struct tp_roster *out, const void *bytes, size_t len, const struct membership *m,
	const struct tp_invite *i, int64_t now_s, struct error *err)
{
	const uint8_t *at;
	struct unlay u;
	uint64_t n;

	*out = (struct tp_roster){ 0 };
	unlay_init(&u, bytes, len);
	n = unlay_u32(&u, MAX_SUM_SITES);
	at = unlay_take(&u, n * TP_ENTRY_BYTES);
	if (unlay_end(&u, "roster", err) != 0)
		return -1;
	if (take_entries(out, at, n, err) == 0 && complete(out, m, i, now_s, err) == 0 &&
		check_signatures(out, &i->ctx, err) == 0)
		return 0;
	tp_roster_clear(out);
	return -1;
}

uint64_t tp_roster_place(const struct tp_roster *r, const struct sum_id *id)
{
	const struct tp_entry *e =
		r->n == 0 ? NULL : bsearch(id, r->entries, r->n, sizeof(*r->entries), by_id);

	return e == NULL ? r->n : (uint64_t)(e - r->entries);
}

/* ---- OPEN ---- */

int tp_open_write(const struct tp_roster *r, const struct hash32 *ctx, const struct sum_id *id,
	const uint8_t nonce[32], const uint8_t *ciphertexts, size_t len, EVP_PKEY *key,
	struct text *out, struct error *err)
{
	const struct hash32 hashes[] = { r->hash, sha256(ciphertexts, len) };
	uint8_t signature[64];

	if (tp_sign(TP_STEP_OPEN, ctx, id, hashes, 2, key, signature, err) != 0)
		return -1;
	lay_id(out, id);
	lay_fixed(out, nonce, 32);
	lay_fixed(out, signature, sizeof(signature));
	lay_fixed(out, ciphertexts, len);
	return text_failed(out) ? error_memory(err) : 0;
}

static int unlike(struct error *err, const char *why)
{
	return error_set(err, E_CRYPTO,
		SAY("A site's ciphertexts are not those that it committed to.",
			"某站点的密文与其承诺不符。"),
		"open: %s", why);
}

size_t tp_open_bytes(const struct tp_key *k, const struct tp_invite *i)
{
	return i->count * k->bytes + tp_known_bytes(k);
}

int tp_open_read(const struct tp_roster *r, const struct tp_key *k, const struct tp_invite *i,
	const void *bytes, size_t len, struct tp_open *out, struct error *err)
{
	struct tp_open o = { .len = tp_open_bytes(k, i) };
	struct hash32 hashes[2], commitment;
	const uint8_t *signature;
	struct sum_id id;
	struct unlay u;

	unlay_init(&u, bytes, len);
	unlay_id(&u, &id);
	o.nonce = unlay_take(&u, 32);
	signature = unlay_take(&u, 64);
	o.ciphertexts = unlay_take(&u, o.len);
	if (unlay_end(&u, "open", err) != 0)
		return -1;
	o.place = tp_roster_place(r, &id);
	if (o.place == r->n)
		return unlike(err, "a site that committed to nothing");
	hashes[0] = r->hash;
	hashes[1] = sha256(o.ciphertexts, o.len);
	if (tp_verify(TP_STEP_OPEN, &i->ctx, &id, hashes, 2, r->sites.who[o.place]->key, signature,
		    err) != 0 ||
		tp_commitment(&i->ctx, &id, o.nonce, o.ciphertexts, o.len, &commitment, err) != 0)
		return -1;
	if (!hash32_equal(&commitment, &r->entries[o.place].commitment))
		return unlike(err, "not what the commitment is over");
	*out = o;
	return 0;
}
