/*
 * passphrase.h - an approver's private key and the passphrase that protects it (cli/policy_key.c).
 */
#ifndef CLI_PASSPHRASE_H
#define CLI_PASSPHRASE_H

#include <openssl/types.h>

#include "cli/policy.h"

enum {
	PASSPHRASE_BYTES = 1024
};

/* The passphrase, from --passphrase FILE (its first line) or from the terminal without echo, asked twice for a new
 * one. Wipe it. Fails: E_INPUT, E_SYSTEM. */
CHECKED int passphrase_get(
	const struct desk *d, bool twice, char out[PASSPHRASE_BYTES], struct error *err);
/* Opens the key of --key (EVP_PKEY_free). Fails: E_INPUT, also for a file that others may read; E_SYSTEM. */
CHECKED int approver_key(const struct desk *d, EVP_PKEY **out, struct error *err);

#endif
