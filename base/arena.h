/*
 * arena.h - memory that ends all at once: one arena per question, per frame, per policy.
 * A1  what was given stays where it is until arena_reset() or arena_clear(), which wipe it.
 * A2  past `max` bytes in all, arena_alloc() gives NULL and the arena stays as it was.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct arena {
	struct arena_block *blocks;
	size_t used, max;
};

void arena_init(struct arena *a, size_t max_bytes);
void arena_reset(struct arena *a);
void arena_clear(struct arena *a);
/* Zeroed, aligned for any type; NULL past max or without memory; size 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t count, size_t size); /* NULL too when count*size wraps */
char *arena_text(struct arena *a, const char *s);
char *arena_textn(struct arena *a, const char *s, size_t len);
char *arena_textf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_textv(struct arena *a, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));

#endif
