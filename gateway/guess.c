/*
 * guess.c - counts of this minute.
 */
#include "gateway/guess.h"

#include <string.h>

#include "base/bytes.h"

enum {
	MINUTE_MS = 60000
};

static unsigned char *place(struct guesses *g, const struct key32 *key, const char *address)
{
	const struct hash32 h =
		sha256_parts((const struct part_bytes[]){ { key->at, sizeof(key->at) },
				     { address, strlen(address) } },
			2);

	return &g->each[get_be32(h.at) % GUESS_PLACES];
}

static void turn(struct guesses *g, int64_t mono_ms)
{
	if (g->minute == mono_ms / MINUTE_MS)
		return;
	memset(g, 0, sizeof(*g));
	g->minute = mono_ms / MINUTE_MS;
}

bool guess_may(struct guesses *g, const struct key32 *key, const char *address, int64_t mono_ms)
{
	turn(g, mono_ms);
	return g->all < GUESSES_ALL && *place(g, key, address) < GUESSES_EACH;
}

void guess_wrong(struct guesses *g, const struct key32 *key, const char *address, int64_t mono_ms)
{
	unsigned char *at = place(g, key, address);

	turn(g, mono_ms);
	g->all++;
	if (*at < GUESSES_EACH)
		++*at;
}
