/*
 * guess.h - how often somebody may be wrong: failed sign-ins by address, and in all.
 *
 * Tokens have 256 bits, so this keeps nobody from finding one; it keeps the record, the log and the provider from being
 * flooded. Only failures count, and an address is kept as a keyed mark, for a minute. Another's mark in the same place
 * is shared with it.
 */
#ifndef GATEWAY_GUESS_H
#define GATEWAY_GUESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/secret.h"

enum {
	GUESS_PLACES = 4096,
	GUESSES_EACH = 10, /* a minute and address */
	GUESSES_ALL = 600  /* a minute */
};

struct guesses {
	int64_t minute; /* counts are of this one */
	unsigned all;
	unsigned char each[GUESS_PLACES];
};

/* May this address try? */
bool guess_may(struct guesses *g, const struct key32 *key, const char *address, int64_t mono_ms);
/* It was wrong. */
void guess_wrong(struct guesses *g, const struct key32 *key, const char *address, int64_t mono_ms);

#endif
