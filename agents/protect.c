#include "agents/protect.h"

#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "crypto/identity.h"
#include "crypto/noise_table.h"
#include "crypto/rng.h"
#include "policies/shapes.h"

typedef __int128 i128;

#define SATURATED (INT64_C(1) << 62)

static int wrong_mode(const struct plan *plan, struct error *err)
{
	return error_set(err, E_STATE,
		SAY("this is not the way of this answer", "此答案不能以这种方式给出"),
		"mode secure: %d, its noise agreed on: %d", plan->secure,
		plan->shared.n_layers > 0);
}

/* Whether the sum that the numbers go into is known. */
static bool shared(const struct plan *plan)
{
	return plan->secure && plan->shared.n_layers == plan_layers(plan) &&
	       plan->shared.n_cells == plan->n_cells;
}

static int draw_layers(const struct plan *plan, struct rng *rng, int64_t *noise, struct error *err)
{
	int ret = 0;

	if (plan->secure)
		return shared(plan) ? shared_noise_draw(&plan->shared, rng, noise, err)
				    : wrong_mode(plan, err);
	for (unsigned layer = 0; ret == 0 && layer < plan_layers(plan); layer++) {
		const struct noise_choice *n = plan_noise(plan, layer);
		const struct noise_law law = { plan->noise.gaussian, n->t, n->s };

		ret = noise_many(
			rng, law, noise + (size_t)layer * plan->n_cells, plan->n_cells, err);
	}
	return ret;
}

int protect_draw(const struct plan *plan, int64_t *noise, struct error *err)
{
	struct rng rng;

	rng_init(&rng);
	int ret = draw_layers(plan, &rng, noise, err);
	if (ret == 0 && rng_failed(&rng))
		ret = error_set(err, E_CRYPTO, SAY("noise could not be drawn", "无法生成噪声"),
			"the generator failed");
	rng_clear(&rng);
	if (ret != 0)
		secret_wipe(noise, plan_words(plan) * sizeof(*noise));
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
	if (!rng_fresh() || rng_source(bytes, sizeof(bytes)) != 1)
		return error_set(err, E_CRYPTO, SAY("no noise can be drawn", "无法生成噪声"),
			"the generator failed");
	hex_encode(bytes, sizeof(bytes), hex);
	secret_wipe(bytes, sizeof(bytes));
	*salt = hex;
	return 0;
}

/* So many people's v and v*v - floor(R*R/2), v from -R to R, add up to this. */
static bool sums_fit(int64_t people, int64_t sum, int64_t squares)
{
	const i128 r = MEAN_RESOLUTION, n = people;

	return sum >= -n * r && sum <= n * r && squares >= -n * (r * r / 2) &&
	       squares <= n * (r * r - r * r / 2);
}

static bool read_row(
	const struct plan *plan, const struct source_rows *rows, int row, int64_t *counts)
{
	unsigned layers = plan_layers(plan);
	int64_t cell, v[MAX_LAYERS];

	if (!source_int(rows, row, 0, &cell) || cell < 0 || cell >= (int64_t)plan->n_cells ||
		counts[cell] != -1)
		return false;
	for (unsigned i = 0; i < layers; i++)
		if (!source_int(rows, row, (int)i + 1, &v[i]))
			return false;
	if (v[0] < 0 || (layers == MEAN_LAYERS && !sums_fit(v[0], v[1], v[2])))
		return false;
	for (unsigned i = 0; i < layers; i++)
		counts[i * plan->n_cells + cell] = v[i];
	return true;
}

bool protect_counts(const struct plan *plan, const struct source_rows *rows, int64_t *counts)
{
	int n = source_rows(rows);

	if (source_columns(rows) != (int)plan_layers(plan) + 1 || n > (int)plan->n_cells)
		return false;
	for (unsigned i = 0; i < plan_words(plan); i++)
		counts[i] = i < plan->n_cells ? -1 : 0;
	for (int i = 0; i < n; i++)
		if (!read_row(plan, rows, i, counts))
			return false;
	for (unsigned i = 0; i < plan->n_cells; i++)
		if (counts[i] == -1)
			counts[i] = 0;
	return true;
}

static int64_t saturated(i128 v)
{
	return v > SATURATED ? SATURATED : v < -SATURATED ? -SATURATED : (int64_t)v;
}

/* A count that stands for itself. */
static int64_t released(const struct plan *plan, i128 people)
{
	int64_t v = saturated(people);

	return v < plan->min_patients ? CELL_SUPPRESSED : v;
}

/* People left after i criteria, of those lost at each: from the last on. The points of one group. */
static void add_up(const struct plan *plan, int64_t *cells, const int64_t *noise)
{
	i128 left = 0;

	for (unsigned i = plan_points(plan); i-- > 0;) {
		left += (i128)cells[i] + noise[i];
		cells[i] = released(plan, left);
	}
}

/* The words of one group, which its noisy number of people decides about together. */
static void decide_together(
	const struct plan *plan, int64_t *cells, const int64_t *noise, unsigned first)
{
	unsigned points = plan_points(plan);
	i128 people = 0;

	for (unsigned i = first; i < first + points; i++)
		people += (i128)cells[i] + noise[i];
	for (unsigned layer = 0; layer < plan_layers(plan); layer++)
		for (unsigned i = 0; i < points; i++) {
			size_t at = (size_t)layer * plan->n_cells + first + i;

			cells[at] = people < plan->min_patients
					    ? CELL_SUPPRESSED
					    : saturated((i128)cells[at] + noise[at]);
		}
}

void protect_cells(const struct plan *plan, int64_t *cells, int64_t *noise)
{
	unsigned points = plan_points(plan);

	for (unsigned i = 0; i < plan->n_cells; i += points)
		switch (plan->of.kind) {
		case KIND_ATTRITION:
			add_up(plan, cells + i, noise + i);
			break;
		case KIND_MEAN:
		case KIND_QUANTILE:
		case KIND_SURVIVAL:
			decide_together(plan, cells, noise, i);
			break;
		default:
			cells[i] = released(plan, (i128)cells[i] + noise[i]);
		}
	secret_wipe(noise, plan_words(plan) * sizeof(*noise));
}

int protect_lift(const struct plan *plan, int64_t *cells, struct error *err)
{
	if (!shared(plan))
		return wrong_mode(plan, err);
	shared_noise_lift(&plan->shared, cells);
	return 0;
}

static void fill_kind(const struct plan *plan, struct release *r)
{
	const struct plan_kind *of = &plan->of;

	r->kind = of->kind;
	r->n_layers = plan_layers(plan);
	for (unsigned i = 0; i < plan_layers(plan); i++)
		r->layers[i] =
			(struct release_noise){ plan_noise(plan, i)->t, plan_noise(plan, i)->s };
	r->n_points = plan_points(plan);
	if (of->kind == KIND_MEAN || of->kind == KIND_QUANTILE) {
		r->low = of->measure->low;
		r->high = of->measure->high;
	}
	if (of->kind == KIND_MEAN)
		r->resolution = MEAN_RESOLUTION;
	if (of->kind == KIND_DISTINCT)
		r->resolution = of->buckets;
	if (of->kind == KIND_SURVIVAL) {
		r->step = (uint64_t)of->step.count;
		r->step_months = of->step.months;
	}
}

/* The rules that left rows out or made the release stricter. More than a release can name are none. */
static int fill_rules(
	const struct plan *plan, struct arena *a, struct release *r, struct error *err)
{
	uint64_t n = (uint64_t)plan->n_red + plan->n_tighter;

	if (n == 0 || n > MAX_EXPLAINED)
		return 0;
	r->rules = arena_array(a, n, sizeof(*r->rules));
	if (r->rules == NULL)
		return error_memory(err);
	for (unsigned i = 0; i < plan->n_red; i++)
		r->rules[r->n_rules++] =
			arena_textf(a, "code:%s", plan->policy->codes[plan->red[i]].id);
	for (unsigned i = 0; i < plan->n_tighter; i++) {
		const struct tighter_rule *t = &plan->policy->tighter[plan->tighter[i]];

		r->rules[r->n_rules++] =
			arena_textf(a, "tighter:%s:%s", words_scope[t->scope], t->id);
	}
	for (uint64_t i = 0; i < n; i++)
		if (r->rules[i] == NULL)
			return error_memory(err);
	return 0;
}

static void fill_codes(const struct protect_about *about, struct release *r)
{
	for (unsigned i = 0; i < about->n_codes && i < MAX_CRITERIA; i++)
		r->codes[r->n_codes++] = about->codes[i];
	for (unsigned i = 0; i < about->n_similar && i < MAX_SIMILAR; i++)
		r->similar[r->n_similar++] = about->similar[i];
}

static int fill(const struct plan *plan, const struct protect_about *about, int64_t *cells,
	struct release *r, struct error *err)
{
	memset(r, 0, sizeof(*r));
	r->question = *about->question;
	r->policy_version = (uint64_t)plan->policy->version;
	r->policy_hash = plan->policy->hash;
	r->noise = plan->exact ? NOISE_NONE : plan->noise.gaussian ? NOISE_GAUSSIAN : NOISE_LAPLACE;
	fill_kind(plan, r);
	r->secret = about->secret;
	r->cost_prho = plan->noise.cost_prho > INT64_MAX ? INT64_MAX : plan->noise.cost_prho;
	r->min_patients = plan->min_patients < 0 ? 0 : (uint64_t)plan->min_patients;
	r->round_to = plan->round_to < 1 ? 1 : (uint64_t)plan->round_to;
	r->rows_left_out = plan->rows_left_out;
	r->n_groups = plan->n_dims;
	r->bounded = sql_salted(plan);
	r->n_cells = plan_words(plan);
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

/* cells NULL: an offer. */
static int seal(const struct plan *plan, const struct protect_about *about, int64_t *cells,
	struct arena *arena, struct view *sealed, struct view *signature, struct hash32 *layout,
	struct error *err)
{
	uint8_t sig[SIGNATURE_BYTES];
	struct hash32 hash;
	struct release r;
	struct writer w;
	const void *bytes;
	size_t len;
	int ret = -1;

	if (fill(plan, about, cells, &r, err) != 0 || fill_rules(plan, arena, &r, err) != 0)
		return -1;
	fill_codes(about, &r);
	r.summed = cells == NULL;
	if (layout != NULL)
		*layout = release_layout_hash(&r);
	if (writer_init(&w, MAX_RELEASE_BYTES, err) != 0)
		return -1;
	if (release_encode(&r, &w, err) != 0 || writer_bytes(&w, &bytes, &len, err) != 0 ||
		copy_bytes(arena, bytes, len, sealed, err) != 0)
		goto out;
	hash = r.summed ? offer_signed_hash(*sealed) : release_signed_hash(*sealed);
	if (identity_sign(about->key, &hash, sig, err) != 0)
		goto out;
	ret = copy_bytes(arena, sig, sizeof(sig), signature, err);
out:
	writer_clear(&w);
	return ret;
}

int protect_seal(const struct plan *plan, const struct protect_about *about, int64_t *cells,
	struct arena *arena, struct view *sealed, struct view *signature, struct error *err)
{
	if (plan->secure)
		return wrong_mode(plan, err);
	return seal(plan, about, cells, arena, sealed, signature, NULL, err);
}

int protect_offer(const struct plan *plan, const struct protect_about *about, struct arena *arena,
	struct view *sealed, struct view *signature, struct hash32 *layout, struct error *err)
{
	if (!plan->secure)
		return wrong_mode(plan, err);
	return seal(plan, about, NULL, arena, sealed, signature, layout, err);
}
