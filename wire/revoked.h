/*
 * revoked.h - serial numbers that are no longer accepted, from a text file.
 *
 * The file has one hexadecimal serial a line (either case, leading zeros ignored); blank lines and
 * lines that begin with # are comments. It is read again when its time, size or inode changed.
 */
#ifndef WIRE_REVOKED_H
#define WIRE_REVOKED_H

#include <openssl/x509.h>

#include "base/error.h"

struct revoked;

/* Gives *out (revoked_free). Copies path. Fails: E_INPUT when the file is missing or malformed,
 * with its line in the log; E_LIMIT over MAX_FILE_BYTES. */
CHECKED int revoked_open(struct revoked **out, const char *path, struct error *err);
void revoked_free(struct revoked *rv); /* accepts NULL */

/* 1 revoked, 0 not, -1 when the changed file cannot be read: then nobody may be let in. */
CHECKED int revoked_has(struct revoked *rv, const X509 *cert, struct error *err);

#endif
