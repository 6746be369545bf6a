#include "secagg/roster.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/identity.h"
#include "secagg/quorum.h"
#include "secagg/steps.h"

static int denied(struct error *err, const char *why)
{
	return error_set(err, E_DENIED,
		SAY("The sites of this secure sum are refused.",
			"参与本次安全求和的站点名单被拒绝。"),
		"roster: %s", why);
}

int sum_signed_hash(uint8_t type, const struct hash32 *ctx, const struct sum_id *id,
	const void *bytes, size_t len, struct hash32 *out, struct error *err)
{
	struct text t;

	lay_label(&t, "cordon/sa1/msg");
	lay_u8(&t, type);
	lay_hash(&t, ctx);
	lay_id(&t, id);
	lay_fixed(&t, bytes, len);
	return lay_digest(&t, out, err);
}

/* Everything of an entry between its id and its signature. */
static int entry_hash(const struct roster_entry *e, const struct hash32 *ctx, struct hash32 *out,
	struct error *err)
{
	return sum_signed_hash(STEP_KEYS, ctx, &e->id, e->c,
		ENTRY_BYTES - sizeof(e->id) - sizeof(e->signature), out, err);
}

int entry_sign(struct roster_entry *e, const struct hash32 *ctx, EVP_PKEY *key, struct error *err)
{
	struct hash32 h;

	return entry_hash(e, ctx, &h, err) != 0 ? -1 : identity_sign(key, &h, e->signature, err);
}

int entry_verify(const struct roster_entry *e, const struct hash32 *ctx, const struct member *who,
	struct error *err)
{
	struct hash32 h;

	return entry_hash(e, ctx, &h, err) != 0
		       ? -1
		       : identity_verify(who->key, &h, e->signature, sizeof(e->signature), err);
}

int entry_commit(const struct hash32 *ctx, const struct sum_id *id, const uint8_t b[32],
	struct hash32 *out, struct error *err)
{
	struct text t;

	lay_label(&t, "cordon/sa1/bcom");
	lay_hash(&t, ctx);
	lay_id(&t, id);
	lay_fixed(&t, b, 32);
	return lay_digest(&t, out, err);
}

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct sum_id)); /* the first field */
}

static int by_key(const void *a, const void *b)
{
	return memcmp(*(const uint8_t *const *)a, *(const uint8_t *const *)b, 32);
}

/* Two alike could hide that one secret stands for two. */
static int check_keys_differ(const struct roster *r, struct error *err)
{
	const uint8_t **keys = malloc(2 * r->n * sizeof(*keys));
	int ret = 0;

	if (keys == NULL)
		return error_memory(err);
	for (uint64_t i = 0; i < r->n; i++) {
		keys[2 * i] = r->entries[i].c;
		keys[2 * i + 1] = r->entries[i].s;
	}
	qsort(keys, 2 * r->n, sizeof(*keys), by_key);
	for (uint64_t i = 1; i < 2 * r->n && ret == 0; i++)
		if (memcmp(keys[i - 1], keys[i], 32) == 0)
			ret = denied(err, "two keys are equal");
	free(keys);
	return ret;
}

/* Houses among some of the sites, and how many sites the largest has. */
static int count_houses(const struct roster *r, const struct bits *among, uint64_t *houses,
	uint64_t *largest, struct error *err)
{
	struct sum_id *ids = malloc(r->n * sizeof(*ids));
	uint64_t n = 0, run = 0;

	if (ids == NULL)
		return error_memory(err);
	for (uint64_t i = 0; i < r->n; i++)
		if (among == NULL || bits_has(among, i))
			ids[n++] = r->who[i]->org_id;
	qsort(ids, n, sizeof(*ids), by_id);
	*houses = *largest = 0;
	for (uint64_t i = 0; i < n; i++) {
		bool other = i == 0 || by_id(&ids[i - 1], &ids[i]) != 0;

		run = other ? 1 : run + 1;
		*houses += other;
		*largest = run > *largest ? run : *largest;
	}
	free(ids);
	return 0;
}

static int check_numbers(const struct roster *r, const struct membership *m,
	const struct sum_invite *i, struct error *err)
{
	uint64_t houses, largest;

	if (r->n < i->n_min || r->n > i->n_max || r->n < i->u_min)
		return denied(err, "fewer or more sites than the invitation said");
	if (count_houses(r, NULL, &houses, &largest, err) != 0)
		return -1;
	if (houses < i->n_min || houses < m->rules.n_min)
		return denied(err, "too few houses");
	if (largest > (r->colluders > 1 ? r->colluders : 1))
		return denied(err, "one house has too many sites");
	return 0;
}

static int check_members(
	struct roster *r, const struct membership *m, int64_t now_s, struct error *err)
{
	for (uint64_t i = 0; i < r->n; i++) {
		if (i > 0 && by_id(&r->entries[i - 1], &r->entries[i]) >= 0)
			return denied(err, "not sorted, or a site stands twice");
		r->who[i] = membership_find(m, &r->entries[i].id);
		if (r->who[i] == NULL || !member_valid(r->who[i], now_s))
			return denied(err, "a site that is no member now");
	}
	return 0;
}

static int hash_roster(struct roster *r, const struct hash32 *ctx, struct error *err)
{
	struct text t;

	lay_label(&t, "cordon/sa1/roster");
	lay_hash(&t, ctx);
	lay_u32(&t, (uint32_t)r->n);
	lay_fixed(&t, r->entries, r->n * ENTRY_BYTES);
	return lay_digest(&t, &r->hash, err);
}

int roster_suits(struct roster *r, const struct membership *m, const struct sum_invite *i,
	int64_t now_s, struct error *err)
{
	r->who = calloc(r->n, sizeof(*r->who));
	if (r->who == NULL)
		return error_memory(err);
	r->colluders = quorum_colluders(&m->rules, r->n);
	r->shares = quorum_shares(r->n);
	r->signers = quorum_signers(&m->rules, r->n);
	return check_members(r, m, now_s, err) != 0 ? -1 : check_numbers(r, m, i, err);
}

/* All of R2 and R3 but the signatures; entries are in place. */
static int complete(struct roster *r, const struct membership *m, const struct sum_invite *i,
	const struct hash32 *ctx, int64_t now_s, struct error *err)
{
	if (roster_suits(r, m, i, now_s, err) != 0 || check_keys_differ(r, err) != 0)
		return -1;
	return hash_roster(r, ctx, err);
}

int roster_make(struct roster *out, struct roster_entry *entries, uint64_t n,
	const struct membership *m, const struct sum_invite *i, const struct hash32 *ctx,
	int64_t now_s, struct error *err)
{
	*out = (struct roster){ .n = n, .entries = entries };
	if (n == 0 || n > MAX_SUM_SITES) {
		roster_clear(out);
		return denied(err, "no sites, or too many");
	}
	qsort(entries, n, sizeof(*entries), by_id);
	if (complete(out, m, i, ctx, now_s, err) == 0)
		return 0;
	roster_clear(out);
	return -1;
}

int roster_write(const struct roster *r, struct text *out, struct error *err)
{
	lay_u32(out, (uint32_t)r->n);
	lay_fixed(out, r->entries, r->n * ENTRY_BYTES);
	return text_failed(out) ? error_memory(err) : 0;
}

static int check_signatures(const struct roster *r, const struct hash32 *ctx, struct error *err)
{
	for (uint64_t i = 0; i < r->n; i++)
		if (entry_verify(&r->entries[i], ctx, r->who[i], err) != 0)
			return error_under(err, "roster, place %u", (unsigned)i);
	return 0;
}

int roster_read(struct roster *out, const void *bytes, size_t len, const struct membership *m,
	const struct sum_invite *i, const struct hash32 *ctx, int64_t now_s, struct error *err)
{
	struct unlay u;
	const uint8_t *at;
	uint64_t n;

	*out = (struct roster){ 0 };
	unlay_init(&u, bytes, len);
	n = unlay_u32(&u, MAX_SUM_SITES);
	at = unlay_take(&u, n * ENTRY_BYTES);
	if (unlay_end(&u, "roster", err) != 0)
		return -1;
	if (n == 0)
		return denied(err, "no sites");
	out->entries = malloc(n * ENTRY_BYTES);
	if (out->entries == NULL)
		return error_memory(err);
	memcpy(out->entries, at, n * ENTRY_BYTES);
	out->n = n;
	if (complete(out, m, i, ctx, now_s, err) == 0 && check_signatures(out, ctx, err) == 0)
		return 0;
	roster_clear(out);
	return -1;
}

void roster_clear(struct roster *r)
{
	free(r->entries);
	free(r->who);
	*r = (struct roster){ 0 };
}

uint64_t roster_place(const struct roster *r, const struct sum_id *id)
{
	const struct roster_entry *e =
		r->n == 0 ? NULL : bsearch(id, r->entries, r->n, sizeof(*r->entries), by_id);

	return e == NULL ? r->n : (uint64_t)(e - r->entries);
}

int roster_trusts(const struct roster *r, const struct bits *among, const struct sum_trust *trust,
	uint64_t me, const struct sum_rules *rules, struct error *err)
{
	uint64_t found = 0, houses, largest, least = rules->h_min + r->colluders;

	for (uint64_t i = 0; i < trust->n; i++) {
		uint64_t place = roster_place(r, &trust->anchors[i]);

		found += place != me && bits_has(among, place);
	}
	if (found < trust->least)
		return denied(err, "too few of the sites that this one trusts");
	if (count_houses(r, among, &houses, &largest, err) != 0)
		return -1;
	if (houses < (least < r->n ? least : r->n))
		return denied(err, "too few houses in the sum");
	return 0;
}

int roster_dealt_hash(const struct roster *r, const struct hash32 *ctx, const struct bits *dealt,
	struct hash32 *out, struct error *err)
{
	struct text t;

	lay_label(&t, "cordon/sa1/dealt");
	lay_hash(&t, ctx);
	lay_hash(&t, &r->hash);
	lay_bits(&t, dealt);
	return lay_digest(&t, out, err);
}

int roster_alive_hash(const struct roster *r, const struct hash32 *ctx, const struct hash32 *dealt,
	const struct bits *alive, struct hash32 *out, struct error *err)
{
	struct text t;

	lay_label(&t, "cordon/sa1/alive");
	lay_hash(&t, ctx);
	lay_hash(&t, &r->hash);
	lay_hash(&t, dealt);
	lay_bits(&t, alive);
	return lay_digest(&t, out, err);
}
