/*
 * identity_in.h - what identity.c (reading, checking, signing), identity_issue.c (making certificates) and
 * signing.c (people's keys as texts) share. For these files only.
 */
#ifndef CRYPTO_IDENTITY_IN_H
#define CRYPTO_IDENTITY_IN_H

#include <stdbool.h>

#include "crypto/identity.h"

#define IDENTITY_URI "cordon:"

/* Both empty OpenSSL's queue and return -1: E_SYSTEM with its reason, E_INPUT with ours. */
int identity_failed(struct error *err, const char *what);
int identity_input(struct error *err, struct say say, const char *why);

/* [A-Za-z0-9._@-]{1,255}: ids of sites, and people such as user@host.example. */
bool identity_name_valid(const char *name, size_t len);

#endif
