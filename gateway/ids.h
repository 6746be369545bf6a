/*
 * ids.h - ids that nobody guesses: a prefix and 80 random bits.
 */
#ifndef GATEWAY_IDS_H
#define GATEWAY_IDS_H

#include "base/error.h"
#include "base/limits.h"

/* "q-0f3c9a..." */
CHECKED int new_id(const char *prefix, char id[MAX_ID + 1], struct error *err);

#endif
