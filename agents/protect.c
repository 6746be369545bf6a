#include "agents/protect.h"

#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "crypto/identity.h"
#include "crypto/noise.h"
#include "crypto/rng.h"

typedef __int128 i128;

#define SATURATED (INT64_C(1) << 62)

int protect_draw(const struct plan *plan, int64_t *noise, struct error *err)
{
	const struct noise_choice *n = &plan->noise;
	struct rng rng;
	int ret = 0;

	rng_init(&rng);
	for (unsigned i = 0; ret == 0 && i < plan->n_cells; i++)
		ret = n->gaussian ? noise_gaussian(&rng, n->t, &noise[i], err)
				  : noise_laplace(&rng, n->t, n->s, &noise[i], err);
	if (ret == 0 && rng_failed(&rng))
		ret = error_set(err, E_CRYPTO, SAY("noise could not be drawn", "无法生成噪声"),
			"the generator failed");
	rng_clear(&rng);
	if (ret != 0)
		secret_wipe(noise, plan->n_cells * sizeof(*noise));
	return ret;
}

int protect_salt(struct arena *arena, const char **salt, struct error *err)
{
	enum {
		SALT_BYTES = 32
	};
	char *hex = arena_alloc(arena, 2 * SALT_BYTES + 1);
	uint8_t bytes[SALT_BYTES];

	if (hex == NULL)
		return error_memory(err);
	if (rng_source(bytes, sizeof(bytes)) != 1)
		return error_set(err, E_CRYPTO, SAY("no noise can be drawn", "无法生成噪声"),
			"the generator failed");
	hex_encode(bytes, sizeof(bytes), hex);
	secret_wipe(bytes, sizeof(bytes));
	*salt = hex;
	return 0;
}

bool protect_counts(const struct plan *plan, const struct source_rows *rows, int64_t *counts)
{
	int n = source_rows(rows);

	if (source_columns(rows) != 2 || n > (int)plan->n_cells)
		return false;
	for (unsigned i = 0; i < plan->n_cells; i++)
		counts[i] = -1;
	for (int i = 0; i < n; i++) {
		int64_t cell, people;

		if (!source_int(rows, i, 0, &cell) || !source_int(rows, i, 1, &people) ||
			cell < 0 || cell >= (int64_t)plan->n_cells || people < 0 ||
			counts[cell] != -1)
			return false;
		counts[cell] = people;
	}
	for (unsigned i = 0; i < plan->n_cells; i++)
		if (counts[i] == -1)
			counts[i] = 0;
	return true;
}

void protect_cells(const struct plan *plan, int64_t *cells, int64_t *noise)
{
	for (unsigned i = 0; i < plan->n_cells; i++) {
		i128 noisy = (i128)cells[i] + noise[i];

		if (noisy > SATURATED)
			noisy = SATURATED;
		if (noisy < -SATURATED)
			noisy = -SATURATED;
		cells[i] = noisy < plan->min_patients ? CELL_SUPPRESSED : (int64_t)noisy;
	}
	secret_wipe(noise, plan->n_cells * sizeof(*noise));
}

static int fill(const struct plan *plan, const struct protect_about *about, int64_t *cells,
	struct release *r, struct error *err)
{
	memset(r, 0, sizeof(*r));
	r->question = *about->question;
	r->policy_version = (uint64_t)plan->policy->version;
	r->policy_hash = plan->policy->hash;
	r->noise = plan->noise.gaussian ? NOISE_GAUSSIAN : NOISE_LAPLACE;
	r->kind = plan->of.kind;
	r->n_layers = 1;
	r->layers[0] = (struct release_noise){ plan->noise.t, plan->noise.s };
	r->n_points = 1;
	r->cost_prho = plan->noise.cost_prho;
	r->min_patients = plan->min_patients < 0 ? 0 : (uint64_t)plan->min_patients;
	r->round_to = plan->round_to < 1 ? 1 : (uint64_t)plan->round_to;
	r->rows_left_out = plan->rows_left_out;
	r->n_groups = plan->n_dims;
	r->n_cells = plan->n_cells;
	r->cells = cells;
	bool fits = text_copy(r->site, sizeof(r->site), about->site) &&
		    text_copy(r->data, sizeof(r->data), about->data);
	for (unsigned i = 0; i < plan->n_dims; i++) {
		fits = fits &&
		       text_copy(r->groups[i].name, sizeof(r->groups[i].name), plan->dims[i].name);
		r->groups[i].count = plan->dims[i].n_labels;
		r->groups[i].labels = plan->dims[i].labels;
	}
	if (!fits)
		return error_set(err, E_LIMIT, SAY("a name is too long", "名称过长"),
			"a name of the release does not fit");
	return 0;
}

static int copy_bytes(
	struct arena *arena, const void *bytes, size_t len, struct view *out, struct error *err)
{
	uint8_t *copy = arena_alloc(arena, len);

	if (copy == NULL)
		return error_memory(err);
	memcpy(copy, bytes, len);
	*out = (struct view){ copy, len };
	return 0;
}

int protect_seal(const struct plan *plan, const struct protect_about *about, int64_t *cells,
	struct arena *arena, struct view *sealed, struct view *signature, struct error *err)
{
	uint8_t sig[SIGNATURE_BYTES];
	struct hash32 hash;
	struct release r;
	struct writer w;
	const void *bytes;
	size_t len;
	int ret = -1;

	if (fill(plan, about, cells, &r, err) != 0 || writer_init(&w, MAX_RELEASE_BYTES, err) != 0)
		return -1;
	if (release_encode(&r, &w, err) != 0 || writer_bytes(&w, &bytes, &len, err) != 0 ||
		copy_bytes(arena, bytes, len, sealed, err) != 0)
		goto out;
	hash = release_signed_hash(*sealed);
	if (identity_sign(about->key, &hash, sig, err) != 0)
		goto out;
	ret = copy_bytes(arena, sig, sizeof(sig), signature, err);
out:
	writer_clear(&w);
	return ret;
}
