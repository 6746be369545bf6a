/*
 * arena.c - blocks in a chain, newest first. Memory handed out is zero because blocks come from
 * calloc() and are wiped before they are used again.
 */
#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

enum {
	FIRST_BLOCK = 4 << 10,
	BIGGEST_BLOCK = 1 << 20,
	ALIGN = _Alignof(max_align_t)
};

struct arena_block {
	struct arena_block *older;
	size_t used, room;
	_Alignas(max_align_t) unsigned char at[];
};

void arena_init(struct arena *a, size_t max_bytes)
{
	*a = (struct arena){ .max = max_bytes };
}

static void block_free(struct arena_block *b)
{
	secret_wipe(b->at, b->used);
	free(b);
}

void arena_clear(struct arena *a)
{
	struct arena_block *b, *older;

	if (a == NULL)
		return;
	for (b = a->blocks; b != NULL; b = older) {
		older = b->older;
		block_free(b);
	}
	a->blocks = NULL;
	a->used = 0;
}

void arena_reset(struct arena *a)
{
	struct arena_block *keep = a->blocks;

	if (keep == NULL)
		return;
	/* One block stays, so that an arena reused for each frame does not allocate each time. */
	a->blocks = keep->older;
	arena_clear(a);
	if (keep->room > BIGGEST_BLOCK) {
		block_free(keep);
		return;
	}
	secret_wipe(keep->at, keep->used);
	keep->used = 0;
	keep->older = NULL;
	a->blocks = keep;
}

static struct arena_block *block_add(struct arena *a, size_t size)
{
	size_t room = a->blocks == NULL ? FIRST_BLOCK : a->blocks->room;
	struct arena_block *b;

	if (a->blocks != NULL && room < BIGGEST_BLOCK)
		room *= 2;
	if (room > BIGGEST_BLOCK)
		room = BIGGEST_BLOCK;
	if (room < size)
		room = size;
	b = calloc(1, sizeof(*b) + room);
	if (b == NULL)
		return NULL;
	b->room = room;
	b->older = a->blocks;
	a->blocks = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->blocks;
	size_t whole;
	void *p;

	assert(a->used <= a->max);
	if (size > a->max)
		return NULL;
	whole = size == 0 ? ALIGN : (size + ALIGN - 1) / ALIGN * ALIGN;
	if (whole < size || whole > a->max - a->used)
		return NULL;
	if (b == NULL || whole > b->room - b->used)
		b = block_add(a, whole);
	if (b == NULL)
		return NULL;
	p = b->at + b->used;
	b->used += whole;
	a->used += whole;
	return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(count, size, &all))
		return NULL;
	return arena_alloc(a, all);
}

char *arena_textn(struct arena *a, const char *s, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		return NULL;
	copy = arena_alloc(a, len + 1);
	if (copy != NULL && len > 0)
		memcpy(copy, s, len);
	return copy;
}

char *arena_text(struct arena *a, const char *s)
{
	return arena_textn(a, s, strlen(s));
}

char *arena_textv(struct arena *a, const char *fmt, va_list args)
{
	va_list again;
	char *s = NULL;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, args);
	if (len >= 0)
		s = arena_alloc(a, (size_t)len + 1);
	if (s != NULL)
		vsnprintf(s, (size_t)len + 1, fmt, again);
	va_end(again);
	return s;
}

char *arena_textf(struct arena *a, const char *fmt, ...)
{
	va_list args;
	char *s;

	va_start(args, fmt);
	s = arena_textv(a, fmt, args);
	va_end(args);
	return s;
}
