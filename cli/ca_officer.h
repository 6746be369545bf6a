/*
 * ca_officer.h - one officer of the federation at a desk: opens the key, confirms the epoch, signs; what
 * `cordon ca manifest sign` and `cordon ca paillier sign` share (ca_manifest_sign.c).
 */
#ifndef CLI_CA_OFFICER_H
#define CLI_CA_OFFICER_H

#include <openssl/types.h>

#include "base/arena.h"
#include "cli/cli.h"
#include "secagg/members_file.h"

struct ca_officer {
	const struct cli *cli;
	struct arena *arena; /* of what a signature points at */
	const char *as, *key, *passphrase;
};

/* Gives *out (EVP_PKEY_free); asks for a passphrase when the key has one. */
CHECKED int ca_officer_key(const struct ca_officer *o, EVP_PKEY **out, struct error *err);
/* True when the epoch was given, or is typed now. */
bool ca_typed_epoch(const struct cli *cli, const char *given, uint64_t epoch);
CHECKED int ca_officer_sign(const struct ca_officer *o, EVP_PKEY *opened, const char *label,
	const struct hash32 *text, struct member_signature *out, struct error *err);

#endif
