#include "paillier/tp_tally.h"

#include <stdlib.h>
#include <string.h>

#include "secagg/quorum.h"

struct tp_tally {
	const struct tp_key *k;
	const struct tp_invite *i;
	const struct tp_roster *r;
	struct bits sites;
	uint64_t added;
	bool closed;
	BIGNUM **
		products; /* while open: divided by R once less than sites were added (Montgomery) */
	BIGNUM **fresh;   /* of the site that is being added */
	BN_CTX *scratch;
	struct hash32 set_hash, products_hash;
};

static BIGNUM **numbers_new(size_t n)
{
	BIGNUM **all = calloc(n, sizeof(*all));

	for (size_t i = 0; all != NULL && i < n; i++) {
		all[i] = BN_new();
		if (all[i] != NULL)
			continue;
		while (i-- > 0)
			BN_free(all[i]);
		free(all);
		return NULL;
	}
	return all;
}

static void numbers_free(BIGNUM **all, size_t n)
{
	for (size_t i = 0; all != NULL && i < n; i++)
		BN_free(all[i]);
	free(all);
}

int tp_tally_new(struct tp_tally **out, const struct tp_key *k, const struct tp_invite *i,
	const struct tp_roster *r, struct error *err)
{
	struct tp_tally *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return error_memory(err);
	*t = (struct tp_tally){ .k = k,
		.i = i,
		.r = r,
		.products = numbers_new(i->count),
		.fresh = numbers_new(i->count),
		.scratch = BN_CTX_new() };
	bits_init(&t->sites, r->n);
	if (t->products == NULL || t->fresh == NULL || t->scratch == NULL) {
		tp_tally_free(t);
		return error_memory(err);
	}
	*out = t;
	return 0;
}

void tp_tally_free(struct tp_tally *t)
{
	if (t == NULL)
		return;
	numbers_free(t->products, t->i->count);
	numbers_free(t->fresh, t->i->count);
	BN_CTX_free(t->scratch);
	free(t);
}

const struct bits *tp_tally_sites(const struct tp_tally *t)
{
	return &t->sites;
}

static int no_ciphertext(struct error *err, const struct tp_tally *t, uint64_t place)
{
	return error_set(err, E_CRYPTO,
		SAY("A site sent something that is no ciphertext.", "某站点发送的内容不是密文。"),
		"tally: a number of \"%s\" is out of range or no unit",
		t->r->sites.who[place]->site);
}

/* All of them at once: a product is a unit modulo n exactly when its factors are. */
static int read_ciphertexts(struct tp_tally *t, const struct tp_open *o, struct error *err)
{
	BIGNUM *all = BN_new();
	int ret = all == NULL || BN_one(all) != 1 ? error_memory(err) : 0;

	for (size_t c = 0; ret == 0 && c < t->i->count; c++) {
		BIGNUM *x = t->fresh[c];

		if (BN_bin2bn(o->ciphertexts + c * t->k->bytes, (int)t->k->bytes, x) == NULL)
			ret = error_memory(err);
		else if (BN_is_zero(x) || BN_cmp(x, t->k->n2) >= 0)
			ret = no_ciphertext(err, t, o->place);
		else if (BN_mod_mul_montgomery(all, all, x, t->k->mont, t->scratch) != 1)
			ret = number_failed(err, "a product");
	}
	if (ret == 0 && BN_nnmod(all, all, t->k->n, t->scratch) != 1)
		ret = number_failed(err, "a remainder");
	if (ret == 0 && !number_is_unit(all, t->k->n, t->k->n, t->scratch))
		ret = no_ciphertext(err, t, o->place);
	BN_free(all);
	return ret == 0 ? tp_known_check(t->k, &t->i->ctx, &t->r->entries[o->place].id,
				  (const BIGNUM *const *)t->fresh, t->i->count,
				  o->ciphertexts + t->i->count * t->k->bytes, err)
			: -1;
}

static int multiply(struct tp_tally *t, struct error *err)
{
	for (size_t c = 0; c < t->i->count; c++)
		if (t->added == 0 ? BN_copy(t->products[c], t->fresh[c]) == NULL
				  : BN_mod_mul_montgomery(t->products[c], t->products[c],
					    t->fresh[c], t->k->mont, t->scratch) != 1)
			return number_failed(err, "a product");
	return 0;
}

int tp_tally_add(struct tp_tally *t, const void *bytes, size_t len, struct error *err)
{
	struct tp_open o;

	if (t->closed)
		return error_set(err, E_STATE,
			SAY("The secure sum is closed.", "本次安全求和已截止。"), "tally: closed");
	if (tp_open_read(t->r, t->k, t->i, bytes, len, &o, err) != 0)
		return -1;
	if (bits_has(&t->sites, o.place))
		return error_set(err, E_STATE,
			SAY("A site's numbers are there already.", "该站点的数值已收到。"),
			"tally: a site opened twice");
	if (read_ciphertexts(t, &o, err) != 0)
		return -1;
	if (multiply(t, err) != 0) {
		t->closed = true; /* half multiplied: of no use any more */
		t->added = 0;
		return -1;
	}
	bits_add(&t->sites, o.place);
	t->added++;
	return 0;
}

/* ---- closing ---- */

/* Every multiplication but the first divided by R. */
static int leave_montgomery(struct tp_tally *t, struct error *err)
{
	BIGNUM *factor = BN_new(), *times = BN_new();
	int ret = factor == NULL || times == NULL ? error_memory(err) : 0;

	if (ret == 0 && (BN_to_montgomery(factor, BN_value_one(), t->k->mont, t->scratch) != 1 ||
				BN_set_word(times, t->added - 1) != 1))
		ret = number_failed(err, "a factor");
	if (ret == 0)
		ret = number_power(factor, factor, times, t->k->n2, t->k->mont, t->scratch, err);
	for (size_t c = 0; ret == 0 && c < t->i->count; c++)
		ret = number_times(
			t->products[c], t->products[c], factor, t->k->n2, t->scratch, err);
	BN_free(factor);
	BN_free(times);
	return ret;
}

static int hash_set(struct tp_tally *t, struct error *err)
{
	uint8_t bytes[TP_MAX_BYTES];
	struct text x;

	lay_label(&x, "cordon/tp1/set");
	lay_hash(&x, &t->i->ctx);
	lay_hash(&x, &t->r->hash);
	lay_bits(&x, &t->sites);
	if (lay_digest(&x, &t->set_hash, err) != 0)
		return -1;
	lay_label(&x, "cordon/tp1/sum");
	for (size_t c = 0; c < t->i->count; c++) {
		if (number_bytes(t->products[c], bytes, t->k->bytes, err) != 0) {
			text_clear(&x);
			return -1;
		}
		lay_fixed(&x, bytes, t->k->bytes);
	}
	return lay_digest(&x, &t->products_hash, err);
}

static int check_enough(const struct tp_tally *t, const struct membership *m,
	const struct sum_trust *trust, struct error *err)
{
	static const struct sum_trust nobody = { 0 };
	uint64_t least = m->rules.h_min + t->r->sites.colluders;

	if (t->i->sum.u_min > least)
		least = t->i->sum.u_min;
	if (t->added < least)
		return error_set(err, E_DENIED,
			SAY("Too few sites contributed; nothing is opened.",
				"贡献的站点过少，不予解密。"),
			"tally: %llu of at least %llu sites", (unsigned long long)t->added,
			(unsigned long long)least);
	return roster_trusts(
		&t->r->sites, &t->sites, trust == NULL ? &nobody : trust, t->r->n, &m->rules, err);
}

int tp_tally_close(struct tp_tally *t, const struct membership *m, const struct sum_trust *trust,
	struct error *err)
{
	if (t->closed)
		return error_set(err, E_STATE,
			SAY("The secure sum is closed.", "本次安全求和已截止。"), "tally: closed");
	t->closed = true;
	if (check_enough(t, m, trust, err) == 0 && leave_montgomery(t, err) == 0 &&
		hash_set(t, err) == 0)
		return 0;
	t->added = 0;
	return -1;
}

struct tp_sealed_sum tp_tally_sum(const struct tp_tally *t)
{
	return (struct tp_sealed_sum){ .k = t->k,
		.ctx = t->i->ctx,
		.c = (const BIGNUM *const *)t->products,
		.count = t->i->count };
}

void tp_tally_hashes(const struct tp_tally *t, struct hash32 out[3])
{
	out[0] = t->r->hash;
	out[1] = t->set_hash;
	out[2] = t->products_hash;
}
