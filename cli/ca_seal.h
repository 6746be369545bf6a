/*
 * ca_seal.h - X25519 keys in files, to which shares and the hospitals' secret are sealed; and a secret file.
 */
#ifndef CLI_CA_SEAL_H
#define CLI_CA_SEAL_H

#include <openssl/types.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/cli.h"

/* Writes a new key to a file that is not there yet (mode 0600) and prints its public line. Returns the exit status. */
int ca_seal_new(const struct cli *cli, const char *path);
/* Gives *out (EVP_PKEY_free). Fails: E_INPUT, also for a file that others can read. */
CHECKED int ca_seal_read(const char *path, EVP_PKEY **out, struct error *err);

/* `cordon ca site-secret`: argv[0] is "ca". Returns the exit status. */
int ca_site_secret(struct cli *cli, int argc, char **argv);

#endif
