/*
 * shared_noise.h - noise that belongs to a sum over sites: every site adds a share, and the shares of the honest
 * ones alone are what was promised.
 *
 * Gaussian: the distributed discrete Gaussian (Kairouz, Liu, Steinke 2021, Theorem 1) on a finer lattice. A site
 * multiplies its true numbers by a small public `lattice` and adds a draw of variance t; whoever reads the sum divides
 * it. The lattice is no property of the data, so nothing else changes; it keeps t at 4 or more, where a sum of
 * discrete Gaussians is as good as one (tau below 1e-16).
 * Laplace: Polya shares, of which `honest` add up to exactly one discrete Laplace of scale t/s; more only add to it.
 * None: exact sums, for policies that say so.
 *
 * H1  the integers are chosen first; a charge is derived from them, for the shares of `honest` sites alone, and rounded
 *     up. How many are honest for certain is the protocol's to say: contributors at least, less colluders at most.
 * H2  all sites draw by the same integers: shared_noise_hash() goes into the context of the sum, and each site
 *     compares the charge with what its own policy pays.
 * H3  `sites` times the bound of a number, on the lattice, with noise as far as exp(-72), stays below 2^63. Privacy
 *     does not rest on it: wrapping is arithmetic on what was protected.
 *
 * Canonical bytes, integers big endian: u32 14, "cordon/noise/1", u8 law, u32 sites, u32 honest, u32 n_cells,
 * u8 n_layers; of each layer u64 lattice, u64 t, u64 s, u64 bound.
 */
#ifndef CRYPTO_SHARED_NOISE_H
#define CRYPTO_SHARED_NOISE_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "crypto/account.h"
#include "crypto/rng.h"

enum shared_law {
	SHARED_NONE,
	SHARED_GAUSSIAN,
	SHARED_LAPLACE,
	SHARED_LAWS
};

struct shared_layer {
	uint64_t lattice; /* true numbers are multiplied by it; 1 unless Gaussian */
	uint64_t t,
		s; /* Gaussian: variance t of a site's draw, s = 1. Laplace: scale t/s of `honest` sites' sum.
			   * None: 0, 1 */
	uint64_t bound; /* of any site's true number, of either sign */
};

struct shared_noise {
	enum shared_law law;
	uint64_t sites;  /* at most, in a sum */
	uint64_t honest; /* at least, in any sum that is ever seen */
	uint64_t n_cells;
	uint64_t n_layers;
	struct shared_layer layers[MAX_LAYERS];
};

enum {
	SHARED_MAX_SITES = 4096,
	SHARED_LEAST_SHARE = 4, /* variance of a Gaussian share, on the lattice */
	SHARED_MAX_LATTICE = 1024,
	SHARED_MAX_SCALE = 1 << 16, /* t/s of Laplace shares, which cost about as many coins, is below */
	SHARED_NOISE_BYTES = 4 + 14 + 1 + 3 * 4 + 1 + MAX_LAYERS * 32 /* at most */
};

/* What noise the sum must have at least: of each layer a variance t/s, or a Laplace scale t/s. */
struct shared_ask {
	enum shared_law law;
	uint64_t sites, honest, n_cells, n_layers;
	struct {
		uint64_t t, s;
	} least[MAX_LAYERS];
	uint64_t bound[MAX_LAYERS];
};

/* The least shares of which `honest` have that noise. Fails: E_INPUT when there are none or honest is not from 1 to
 * sites; E_LIMIT past H3 or another bound. */
CHECKED int shared_noise_choose(
	const struct shared_ask *ask, struct shared_noise *out, struct error *err);
/* What a sum of Gaussians costs more than one Gaussian of the same variance, whose charge is `prho`: to be left aside
 * before a variance is chosen for an amount. */
uint64_t shared_noise_tau(struct sensitivity d, uint64_t prho);
/* What one person of these sensitivities pays, by layer; UINT64_MAX: no bound (no noise; in peps also Gaussian). */
void shared_noise_charge(const struct shared_noise *n, const struct sensitivity of[MAX_LAYERS],
	uint64_t *prho, uint64_t *peps);
/* Of two sites' noise for one sum, layer by layer, the stronger into `all`; some noise is stronger than none. Fails,
 * changing nothing: E_INPUT when they are of different laws, sizes or numbers of sites. */
CHECKED int shared_noise_join(
	struct shared_noise *all, const struct shared_noise *other, struct error *err);
/* Whether all that this header says of the integers holds. Fails: E_INPUT, E_LIMIT. */
CHECKED int shared_noise_check(const struct shared_noise *n, struct error *err);

/* Returns the length. Of noise that shared_noise_check() accepts. */
size_t shared_noise_encode(const struct shared_noise *n, uint8_t out[SHARED_NOISE_BYTES]);
/* What it accepts is encoded to the same bytes, and checked. Fails: E_INPUT, E_LIMIT. */
CHECKED int shared_noise_decode(
	const void *bytes, size_t len, struct shared_noise *out, struct error *err);
/* SHA-256 of the canonical bytes. */
struct hash32 shared_noise_hash(const struct shared_noise *n);

/* The largest of a site's numbers on the lattice, and of its share in any layer but with a chance below exp(-72). */
uint64_t shared_noise_bound(const struct shared_noise *n);
uint64_t shared_noise_tail(const struct shared_noise *n);
/* Numbers of a site's vector. */
static inline size_t shared_noise_words(const struct shared_noise *n)
{
	return (size_t)(n->n_cells * n->n_layers);
}
/* One site's shares, shared_noise_words() of them, layer by layer. Fails, leaving zeros: E_CRYPTO, memory. */
CHECKED int shared_noise_draw(
	const struct shared_noise *n, struct rng *r, int64_t *out, struct error *err);
/* True numbers by layer, brought onto the lattice in place; a site adds its share to them modulo 2^64. Numbers past
 * their bound count as the bound: that moves no number further than before. */
void shared_noise_lift(const struct shared_noise *n, int64_t *x);

#endif
