/*
 * account.h - what a release costs, and how strict noise must be: pure functions, no storage.
 *
 * Currency: prho, 1e-12 of a unit of zero-concentrated differential privacy (Bun and Steinke 2016);
 * and peps, 1e-12 of epsilon, for budgets written in pure epsilon that only pay for Laplace noise.
 *
 * A1  the noise integers are chosen first, the charge is derived from them and rounded up.
 * A2  a bound that goes to a policy or a person is rounded against the researcher.
 * Sensitivity: adding or removing one patient of the site changes at most `d0` cells by at most
 * `dinf` each; D1 = d0*dinf, D2^2 = d0*dinf^2.
 */
#ifndef CRYPTO_ACCOUNT_H
#define CRYPTO_ACCOUNT_H

#include <stdint.h>

#include "base/error.h"

#define ACCOUNT_ONE UINT64_C(1000000000000) /* 1.0 in prho or peps */

struct sensitivity {
	uint64_t d0, dinf;
};

/* Discrete Gaussian: the smallest variance parameter whose charge is at most `prho`.
 * Fails: E_INPUT when prho or the sensitivity is 0 or V would pass NOISE_MAX_VARIANCE. */
CHECKED int account_gaussian(
	struct sensitivity d, uint64_t prho, uint64_t *v, uint64_t *charge_prho, struct error *err);
/* ceil(1e12 * D2^2 / (2V)); UINT64_MAX when it does not fit or the sensitivity or V is 0. */
uint64_t account_gaussian_charge(struct sensitivity d, uint64_t v);

/* Discrete Laplace for epsilon in peps (exact rational): scale t/s = D1/epsilon in lowest terms,
 * rounded up so that both fit 2^32. Charges: *charge_peps = ceil(1e12*D1*s/t), which is never above
 * peps, and *charge_prho = ceil(1e12*epsilon^2/2) for that epsilon.
 * Fails: E_INPUT when peps or the sensitivity is 0, the scale would pass 2^32, or *charge_prho
 * would not fit. */
CHECKED int account_laplace(struct sensitivity d, uint64_t peps, uint64_t *t, uint64_t *s,
	uint64_t *charge_peps, uint64_t *charge_prho, struct error *err);

/* What noise of that scale costs; UINT64_MAX: it has no number. */
void account_laplace_charge(struct sensitivity d, uint64_t t, uint64_t s, uint64_t *charge_peps,
	uint64_t *charge_prho);

/* rho-zCDP to (epsilon, delta): the smallest epsilon this module can prove, rounded up (CKS 2020,
 * Proposition 7 and Corollary 9's optimisation). delta in (0,1); infinite below 1e-300. Display and
 * caps only. */
double account_epsilon(uint64_t prho, double delta);
/* The same in whole numbers: peps, rounded up, at delta in 1e-18; UINT64_MAX when it does not fit. */
uint64_t account_peps(uint64_t prho, uint64_t delta_e18);
/* Of two releases about the same people together: *prho is the sum; gives peps at delta, by rho or as the sum of pure
 * epsilons, whichever is less. An epsilon of INT64_MAX or more is none; sums past INT64_MAX are INT64_MAX. */
uint64_t account_together(const uint64_t prho[2], const uint64_t peps[2], uint64_t delta_e18,
	uint64_t *prho_out);
/* The largest prho whose account_epsilon() at delta is at most epsilon; rounded down. */
uint64_t account_prho(uint64_t peps, double delta);
/* An upper bound of delta for (prho, epsilon). */
double account_delta(uint64_t prho, double epsilon);

/* Writes an amount for people: "0.0238", at most 6 digits after the point, costs rounded up, what
 * is left rounded down. buf needs 32. */
const char *account_text(uint64_t amount, int round_up, char *buf, unsigned size);

#endif
