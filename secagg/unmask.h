/*
 * unmask.h - from the sum of masked words to the sum: what a certificate lets be rebuilt is taken away again.
 * Used by the gateway, and by whoever checks a transcript.
 */
#ifndef SECAGG_UNMASK_H
#define SECAGG_UNMASK_H

#include "secagg/certificate.h"

/* Checks that secrets[j] is what site j committed to: for kind SHARE_B its seed, for SHARE_S the secret of its mask key.
 * Fails: E_CRYPTO. */
CHECKED int unmask_check(const struct key_scope *scope, const struct roster *roster, uint64_t j,
	enum share_kind kind, const struct key32 *secret, struct error *err);

/* Takes the self masks of the survivors and the pair masks of the absent off `words`. secrets: one a site of the
 * roster, used where the certificate gives it a kind. */
CHECKED int unmask_words(const struct key_scope *scope, const struct roster *roster,
	const struct certified *c, const struct key32 *secrets, uint64_t *words, struct error *err);

#endif
