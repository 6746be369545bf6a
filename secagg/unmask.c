#include "secagg/unmask.h"

#include <string.h>

enum {
	BATCH = 256 /* streams at a time: their contexts stay in the second cache */
};

struct work {
	const struct key_scope *scope;
	const struct roster *roster;
	const struct certified *c;
	struct deriver *deriver;
	struct masks *masks;
	uint64_t *words;
};

static int mismatch(struct error *err, uint64_t j)
{
	return error_set(err, E_CRYPTO,
		SAY("A rebuilt secret is not what its site committed to.",
			"重建的秘密与站点的承诺不符。"),
		"unmask: the secret of place %u is not what it committed to", (unsigned)j);
}

int unmask_check(const struct key_scope *scope, const struct roster *roster, uint64_t j,
	enum share_kind kind, const struct key32 *secret, struct error *err)
{
	const struct roster_entry *e = &roster->entries[j];
	struct hash32 b;
	struct x_pair s;
	bool same;

	if (kind == SHARE_B) {
		if (entry_commit(&scope->ctx, &e->id, secret->at, &b, err) != 0)
			return -1;
		return hash32_equal(&b, &e->b) ? 0 : mismatch(err, j);
	}
	if (x_pair_of(secret, &s, err) != 0)
		return -1;
	same = memcmp(s.public, e->s, sizeof(e->s)) == 0;
	x_pair_clear(&s);
	return same ? 0 : mismatch(err, j);
}

static int put(struct work *w, const struct mask_key *key, bool minus, struct error *err)
{
	if (masks_full(w->masks) && masks_apply(w->masks, w->words, w->scope->words, err) != 0)
		return -1;
	return masks_put(w->masks, key, minus, err);
}

static int self_mask(struct work *w, uint64_t j, const struct key32 *b, struct error *err)
{
	struct mask_key key;
	int ret = mask_key_of_self(w->deriver, w->scope, b, &w->roster->entries[j].id, &key, err);

	if (ret == 0)
		ret = put(w, &key, true, err);
	secret_wipe(&key, sizeof(key));
	return ret;
}

/* The survivor i added the mask when it comes first, and took it away otherwise: the opposite is done here. */
static int pair_mask(
	struct work *w, struct x_pair *absent, uint64_t j, uint64_t i, struct error *err)
{
	const struct roster_entry *low = &w->roster->entries[i < j ? i : j];
	const struct roster_entry *high = &w->roster->entries[i < j ? j : i];
	struct mask_key key;
	int ret;
	LOCAL_KEY(agreed);

	if (x_pair_agree(absent, w->roster->entries[i].s, &agreed, err) != 0)
		return -1;
	ret = mask_key_of_pair(w->deriver, w->scope, &agreed, &low->id, &high->id, &key, err);
	if (ret == 0)
		ret = put(w, &key, i < j, err);
	secret_wipe(&key, sizeof(key));
	return ret;
}

static int pair_masks(struct work *w, uint64_t j, const struct key32 *s, struct error *err)
{
	struct x_pair absent;
	int ret = 0;

	if (x_pair_of(s, &absent, err) != 0)
		return -1;
	for (uint64_t i = 0; i < w->roster->n && ret == 0; i++)
		if (certified_kind(w->c, i) == SHARE_B)
			ret = pair_mask(w, &absent, j, i, err);
	x_pair_clear(&absent);
	return ret;
}

static int all_masks(struct work *w, const struct key32 *secrets, struct error *err)
{
	int ret = 0;

	for (uint64_t j = 0; j < w->roster->n && ret == 0; j++)
		if (certified_kind(w->c, j) == SHARE_B)
			ret = self_mask(w, j, &secrets[j], err);
		else if (certified_kind(w->c, j) == SHARE_S)
			ret = pair_masks(w, j, &secrets[j], err);
	return ret == 0 ? masks_apply(w->masks, w->words, w->scope->words, err) : -1;
}

int unmask_words(const struct key_scope *scope, const struct roster *roster,
	const struct certified *c, const struct key32 *secrets, uint64_t *words, struct error *err)
{
	struct work w = { .scope = scope, .roster = roster, .c = c, .words = words };
	int ret = -1;

	if (deriver_new(&w.deriver, err) == 0 && masks_new(&w.masks, scope->suite, BATCH, err) == 0)
		ret = all_masks(&w, secrets, err);
	masks_free(w.masks);
	deriver_free(w.deriver);
	return ret;
}
