#include "crypto/shared_noise.h"

#include <openssl/crypto.h>
#include <string.h>

#include "crypto/noise.h"
#include "crypto/noise_table.h"

/*
 * The charge of Gaussian shares, H = honest * t the variance that is certain and D1, D2 the sensitivities on the
 * lattice:
 *   rho = (D2^2/H + 2 tau D1/sqrt(H) + tau^2 n_cells) / 2
 *   tau = 10 * sum over k = 1 .. honest-1 of exp(-2 pi^2 t k/(k+1))
 * With t >= 4 and honest <= 4096: tau <= 10 (e^-39.47 + 4094 e^-52.63) < 7.4e-17, taken as 1e-16. As D1^2/H =
 * d0 * D2^2/H = d0 * 2 rho', rho' = D2^2/2H, the second term is at most 1e-16 * sqrt(2 d0 rho'), which in 1e-12
 * units is sqrt(2 d0 c) / 1e10 for the charge c of rho'. One unit more than its whole part is above it and above the
 * third term, 1e-20 of a unit a cell, which the quarter that tau was enlarged by covers unless the second is below
 * 1e-13 of a unit itself.
 */

#define TAU_UNITS UINT64_C(10000000000)
#define MAX_SIDE  (UINT64_C(1) << 32)
#define MAX_BOUND (UINT64_C(1) << 62)
#define LABEL     "cordon/noise/1"

static int unusable(const char *what, struct error *err)
{
	return error_set(err, E_INPUT,
		SAY("The noise of this sum is not one that sites can share.",
			"各机构无法共同生成该求和所需的噪声。"),
		"shared noise: %s", what);
}

static int too_large(const char *what, struct error *err)
{
	return error_set(err, E_LIMIT,
		SAY("The numbers of this sum could grow too large.", "该求和的数值可能超出范围。"),
		"shared noise: %s", what);
}

static u128 ceil_div(u128 a, u128 b)
{
	return a / b + (a % b != 0);
}

static uint64_t isqrt(u128 v)
{
	uint64_t root = 0;

	for (uint64_t bit = UINT64_C(1) << 63; bit != 0; bit >>= 1)
		if ((u128)(root | bit) * (root | bit) <= v)
			root |= bit;
	return root;
}

/* ---- charges ---- */

uint64_t shared_noise_tau(struct sensitivity d, uint64_t prho)
{
	u128 d0 = d.d0 < MAX_BOUND ? d.d0 : MAX_BOUND;

	return isqrt(2 * d0 * prho) / TAU_UNITS + 1;
}

/* 1e12 * D2^2; 0 when D2^2 is 0 or above 2^62, too large for any noise. So d0 is at most 2^62. */
static u128 scaled_d2(struct sensitivity d)
{
	const u128 most = (u128)1 << 62;
	u128 square = (u128)d.dinf * d.dinf;

	if (d.d0 == 0 || d.dinf == 0 || square > most || d.d0 > most / square)
		return 0;
	return square * d.d0 * ACCOUNT_ONE;
}

/* In prho. */
static uint64_t gaussian_charge(
	const struct shared_noise *n, const struct shared_layer *layer, struct sensitivity d)
{
	u128 d2 = scaled_d2(d);

	if (d2 == 0 || layer->t == 0)
		return UINT64_MAX;
	d2 *= layer->lattice * layer->lattice;
	u128 charge = ceil_div(d2, (u128)2 * n->honest * layer->t);
	if (charge > UINT64_MAX >> 1)
		return UINT64_MAX; /* so that the rest fits */
	if (n->honest > 1)         /* one share is one discrete Gaussian */
		charge += shared_noise_tau(d, (uint64_t)charge);
	return (uint64_t)charge;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

void shared_noise_charge(const struct shared_noise *n, const struct sensitivity of[MAX_LAYERS],
	uint64_t *prho, uint64_t *peps)
{
	*prho = *peps = 0;
	for (uint64_t i = 0; i < n->n_layers; i++) {
		const struct shared_layer *layer = &n->layers[i];
		uint64_t rho = UINT64_MAX, epsilon = UINT64_MAX;

		if (n->law == SHARED_GAUSSIAN)
			rho = gaussian_charge(n, layer, of[i]);
		else if (n->law == SHARED_LAPLACE)
			account_laplace_charge(of[i], layer->t, layer->s, &epsilon, &rho);
		*prho = sum(*prho, rho);
		*peps = sum(*peps, epsilon);
	}
}

/* ---- choosing ---- */

static int choose_gaussian(const struct shared_noise *n, uint64_t v, uint64_t over,
	struct shared_layer *layer, struct error *err)
{
	u128 lattice = 1;

	if (v == 0 || over == 0)
		return unusable("no variance", err);
	if (over > v) /* less than 1 is as good as nothing; and the lattice stays small */
		over = v;
	while (lattice * lattice * v < (u128)SHARED_LEAST_SHARE * n->honest * over)
		lattice++; /* at most 2 * sqrt(honest) */
	u128 share = ceil_div(lattice * lattice * v, (u128)over * n->honest);
	if (share > NOISE_MAX_VARIANCE)
		return unusable("more noise than the samplers have", err);
	*layer = (struct shared_layer){ (uint64_t)lattice, (uint64_t)share, 1, layer->bound };
	return 0;
}

static int choose_layer(const struct shared_noise *n, uint64_t t, uint64_t s,
	struct shared_layer *layer, struct error *err)
{
	layer->lattice = layer->s = 1;
	switch (n->law) {
	case SHARED_NONE:
		return 0;
	case SHARED_GAUSSIAN:
		return choose_gaussian(n, t, s, layer, err);
	default: /* a scale is that of the sum already */
		layer->t = t;
		layer->s = s;
		return 0;
	}
}

int shared_noise_choose(const struct shared_ask *ask, struct shared_noise *out, struct error *err)
{
	struct shared_noise n = { .law = ask->law,
		.sites = ask->sites,
		.honest = ask->honest,
		.n_cells = ask->n_cells,
		.n_layers = ask->n_layers };

	if (n.n_layers < 1 || n.n_layers > MAX_LAYERS)
		return unusable("layers", err);
	if (n.honest < 1 || n.honest > n.sites || n.sites > SHARED_MAX_SITES)
		return unusable("sites", err);
	for (uint64_t i = 0; i < n.n_layers; i++) {
		n.layers[i].bound = ask->bound[i];
		if (choose_layer(&n, ask->least[i].t, ask->least[i].s, &n.layers[i], err) != 0)
			return -1;
	}
	if (shared_noise_check(&n, err) != 0)
		return -1;
	*out = n;
	return 0;
}

/* ---- checking ---- */

static bool law_fits(const struct shared_noise *n, const struct shared_layer *layer)
{
	switch (n->law) {
	case SHARED_NONE:
		return layer->lattice == 1 && layer->t == 0 && layer->s == 1;
	case SHARED_GAUSSIAN:
		return layer->lattice >= 1 && layer->lattice <= SHARED_MAX_LATTICE &&
		       layer->t >= SHARED_LEAST_SHARE && layer->t <= NOISE_MAX_VARIANCE &&
		       layer->s == 1;
	case SHARED_LAPLACE:
		return layer->lattice == 1 && layer->t >= 1 && layer->t <= MAX_SIDE &&
		       layer->s >= 1 && layer->s <= MAX_SIDE && layer->t / layer->s < SHARED_MAX_SCALE;
	default:
		return false;
	}
}

/* How far the noise of so many sites goes: 12 standard deviations, or of Laplace draws so many scales that less than
 * e^-72 lies beyond. The shares are at most sites/honest + 1 draws. */
static u128 tail(const struct shared_noise *n, const struct shared_layer *layer, uint64_t sites)
{
	if (n->law == SHARED_GAUSSIAN)
		return 12 * ((u128)isqrt((u128)sites * layer->t) + 1);
	if (n->law == SHARED_LAPLACE)
		return (u128)(sites / n->honest + 1) * 100 * (layer->t / layer->s + 1);
	return 0;
}

int shared_noise_check(const struct shared_noise *n, struct error *err)
{
	if (n->sites < 1 || n->sites > SHARED_MAX_SITES || n->honest < 1 || n->honest > n->sites)
		return unusable("sites", err);
	if (n->n_layers < 1 || n->n_layers > MAX_LAYERS || n->n_cells < 1 || n->n_cells > MAX_CELLS)
		return too_large("numbers", err);
	for (uint64_t i = 0; i < n->n_layers; i++) {
		const struct shared_layer *layer = &n->layers[i];

		if (!law_fits(n, layer))
			return unusable("parameters", err);
		if (layer->bound < 1 || layer->bound > MAX_BOUND ||
			(u128)n->sites * layer->lattice * layer->bound + tail(n, layer, n->sites) >=
				(u128)1 << 63)
			return too_large("a sum could pass 2^63", err);
	}
	return 0;
}

/* ---- several sites' wishes ---- */

/* Variances, or scales, in units of people. */
static bool stronger(const struct shared_layer *a, const struct shared_layer *b)
{
	u128 left = (u128)a->t * b->s * b->lattice * b->lattice;
	u128 right = (u128)b->t * a->s * a->lattice * a->lattice;

	return left > right;
}

int shared_noise_join(struct shared_noise *all, const struct shared_noise *other, struct error *err)
{
	if (all->sites != other->sites || all->honest != other->honest ||
		all->n_cells != other->n_cells || all->n_layers != other->n_layers ||
		all->n_layers > MAX_LAYERS)
		return unusable("sites want sums of different size", err);
	if (all->law != other->law && all->law != SHARED_NONE && other->law != SHARED_NONE)
		return unusable("sites want different laws", err);
	for (uint64_t i = 0; i < all->n_layers; i++) {
		struct shared_layer *a = &all->layers[i];
		const struct shared_layer *b = &other->layers[i];
		uint64_t bound = a->bound > b->bound ? a->bound : b->bound;

		if (stronger(b, a))
			*a = *b;
		a->bound = bound;
	}
	if (all->law == SHARED_NONE)
		all->law = other->law;
	return 0;
}

/* ---- canonical bytes ---- */

static uint8_t *put32(uint8_t *at, uint64_t v)
{
	put_be32(at, (uint32_t)v);
	return at + 4;
}

static uint8_t *put64(uint8_t *at, uint64_t v)
{
	put_be64(at, v);
	return at + 8;
}

size_t shared_noise_encode(const struct shared_noise *n, uint8_t out[SHARED_NOISE_BYTES])
{
	uint8_t *at = put32(out, sizeof(LABEL) - 1);

	memcpy(at, LABEL, sizeof(LABEL) - 1);
	at += sizeof(LABEL) - 1;
	*at++ = (uint8_t)n->law;
	at = put32(at, n->sites);
	at = put32(at, n->honest);
	at = put32(at, n->n_cells);
	*at++ = (uint8_t)n->n_layers;
	for (uint64_t i = 0; i < n->n_layers && i < MAX_LAYERS; i++) {
		at = put64(at, n->layers[i].lattice);
		at = put64(at, n->layers[i].t);
		at = put64(at, n->layers[i].s);
		at = put64(at, n->layers[i].bound);
	}
	return (size_t)(at - out);
}

/* Of bytes that are long enough for the layers they name. */
static void read_bytes(const uint8_t *at, struct shared_noise *n)
{
	n->law = (enum shared_law)at[0];
	n->sites = get_be32(at + 1);
	n->honest = get_be32(at + 5);
	n->n_cells = get_be32(at + 9);
	n->n_layers = at[13];
	at += 14;
	for (uint64_t i = 0; i < n->n_layers; i++, at += 32)
		n->layers[i] = (struct shared_layer){ .lattice = get_be64(at),
			.t = get_be64(at + 8),
			.s = get_be64(at + 16),
			.bound = get_be64(at + 24) };
}

int shared_noise_decode(const void *bytes, size_t len, struct shared_noise *out, struct error *err)
{
	const size_t head = 4 + sizeof(LABEL) - 1, fixed = head + 14;
	const uint8_t *at = bytes;
	struct shared_noise n = { 0 };

	if (len < fixed || get_be32(at) != sizeof(LABEL) - 1 ||
		memcmp(at + 4, LABEL, sizeof(LABEL) - 1) != 0)
		return unusable("not its bytes", err);
	if (at[head + 13] > MAX_LAYERS || len != fixed + at[head + 13] * (size_t)32)
		return unusable("length", err);
	read_bytes(at + head, &n);
	if (shared_noise_check(&n, err) != 0)
		return -1;
	*out = n;
	return 0;
}

struct hash32 shared_noise_hash(const struct shared_noise *n)
{
	uint8_t bytes[SHARED_NOISE_BYTES];

	return sha256(bytes, shared_noise_encode(n, bytes));
}

/* ---- a site's share ---- */

static int draw_layer(const struct shared_noise *n, const struct shared_layer *layer, struct rng *r,
	int64_t *out, struct error *err)
{
	const struct noise_law law = { 1, layer->t, 1 };
	int ret = 0;

	if (n->law == SHARED_GAUSSIAN)
		return noise_many(r, law, out, (size_t)n->n_cells, err);
	for (uint64_t i = 0; ret == 0 && i < n->n_cells; i++) {
		out[i] = 0;
		if (n->law == SHARED_LAPLACE)
			ret = noise_polya(r, layer->t, layer->s, n->honest, &out[i], err);
	}
	return ret;
}

int shared_noise_draw(const struct shared_noise *n, struct rng *r, int64_t *out, struct error *err)
{
	int ret = shared_noise_check(n, err);

	if (ret != 0)
		return ret;
	for (uint64_t i = 0; ret == 0 && i < n->n_layers; i++)
		ret = draw_layer(n, &n->layers[i], r, out + i * n->n_cells, err);
	if (ret == 0 && rng_failed(r))
		ret = error_set(err, E_CRYPTO,
			SAY("The noise could not be drawn, so nothing is released.",
				"无法生成噪声，因此不发布任何结果。"),
			"random generator failed");
	if (ret != 0)
		OPENSSL_cleanse(out, shared_noise_words(n) * sizeof(*out));
	return ret;
}

/* ---- a site's numbers ---- */

uint64_t shared_noise_bound(const struct shared_noise *n)
{
	uint64_t most = 0;

	for (uint64_t i = 0; i < n->n_layers; i++)
		if (n->layers[i].lattice * n->layers[i].bound > most)
			most = n->layers[i].lattice * n->layers[i].bound;
	return most;
}

uint64_t shared_noise_tail(const struct shared_noise *n)
{
	uint64_t most = 0;

	for (uint64_t i = 0; i < n->n_layers; i++)
		if (tail(n, &n->layers[i], 1) > most)
			most = (uint64_t)tail(n, &n->layers[i], 1);
	return most;
}

void shared_noise_lift(const struct shared_noise *n, int64_t *x)
{
	for (uint64_t i = 0; i < n->n_layers; i++) {
		const int64_t most = (int64_t)n->layers[i].bound;
		const int64_t lattice = (int64_t)n->layers[i].lattice;

		for (uint64_t k = i * n->n_cells; k < (i + 1) * n->n_cells; k++)
			x[k] = lattice * (x[k] > most ? most : x[k] < -most ? -most : x[k]);
	}
}
