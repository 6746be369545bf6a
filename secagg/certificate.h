/*
 * certificate.h - one set of survivors that a quorum signed, and the shares that may move against it.
 *
 * C1  a struct certified exists only when at least T different survivors of the roster signed these three hashes;
 *     certificate_check() alone makes one.
 * C2  a site's held shares leave only as held_reveal(), which takes the held shares themselves and a certificate: for
 *     each dealer one share, whose kind the certificate decides. The other kinds are wiped in the same call, and the
 *     held shares are gone afterwards: a second set, or both kinds for one site, cannot be asked for.
 */
#ifndef SECAGG_CERTIFICATE_H
#define SECAGG_CERTIFICATE_H

#include "secagg/steps.h"

/* What all signers of one round saw. */
struct sum_view {
	struct hash32 ctx;
	const struct roster *roster; /* borrowed */
	struct bits dealt, alive;    /* U2, U3 */
	struct hash32 dealt_hash, alive_hash;
};

struct certified;

/* Checks a CERT against what this side saw itself. Gives *out (certified_free); borrows nothing.
 * Fails: E_INPUT malformed, E_DENIED too few or no survivors, E_CRYPTO a signature. */
CHECKED int certificate_check(struct certified **out, const struct sum_view *v, const void *bytes,
	size_t len, struct error *err);
void certified_free(struct certified *c);
/* Which kind of share of that dealer the certificate releases; 0: none, it did not deal. */
enum share_kind certified_kind(const struct certified *c, uint64_t dealer);

struct held; /* the shares that one site holds of all dealers */

CHECKED int held_new(struct held **out, uint64_t n, struct error *err);
/* Takes both shares of one dealer: the caller's are wiped. */
void held_put(struct held *h, uint64_t dealer, struct share *b, struct share *s);
bool held_has(const struct held *h, uint64_t dealer);
void held_free(struct held *h); /* wipes */

/* Writes bits and shares of UNMASK, what the signature covers. *h is wiped, freed and NULL after it, failed or not. */
CHECKED int held_reveal(
	struct held **h, const struct certified *c, struct text *out, struct error *err);

#endif
