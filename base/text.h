/*
 * text.h - text that grows up to a bound, and small helpers on bounded strings.
 *
 * T1  t->at is always ended by a zero byte once anything was added, t->len does not count it.
 * T2  the first failure (no memory, past max) sticks: later calls add nothing and text_failed() tells.
 *     So a writer writes everything and checks once.
 * T3  growth wipes what it leaves behind; text_clear() wipes.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct text {
	char *at;
	size_t len, room, max;
	bool failed;
};

void text_init(struct text *t, size_t max);
void text_clear(struct text *t); /* accepts NULL; t can be used again after text_init() */
void text_reset(struct text *t); /* empties, keeps the memory and the bound, forgets a failure */
void text_add(struct text *t, const char *s);
void text_addn(struct text *t, const void *bytes, size_t len);
void text_addc(struct text *t, char c);
void text_addf(struct text *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void text_add_json(struct text *t, const char *s);
/* Gives the text (heap, zero ended) and leaves t empty; NULL if failed. Caller frees. */
char *text_take(struct text *t);
static inline bool text_failed(const struct text *t)
{
	return t->failed;
}
static inline const char *text_str(const struct text *t)
{
	return t->at == NULL ? "" : t->at;
}

/* Copies s into dst[size] and says whether it fitted; dst is always ended. */
CHECKED bool text_copy(char *dst, size_t size, const char *s);
CHECKED bool text_copyn(char *dst, size_t size, const char *s, size_t len);

/* UTF-8: valid, shortest forms only, no surrogates, no zero byte. */
bool utf8_valid(const void *bytes, size_t len);
/* The character at s, of len > 0 bytes: writes it to *cp and returns its bytes; 0 if they are no UTF-8.
 * A zero byte is refused too. */
size_t utf8_next(const char *s, size_t len, uint32_t *cp);
/* Characters that show nothing or reorder what is shown: controls (tab and line ends are none),
 * direction marks, joiners, fillers, selectors of variants, tags. A text with them can read differently from what it says. */
bool utf8_hidden(uint32_t cp);
/* In place: what is not UTF-8, does not show or moves a terminal becomes '?', byte for byte. */
void utf8_plain(char *s);
/* Characters that show, but as another does: 女 may be U+5973 or the radical U+2F25, a blank one of twenty, é one
 * character or two. What is compared - labels, names - has none, so that what looks alike is alike; Latin letters
 * beside Cyrillic ones are for the caller. */
bool utf8_twin(uint32_t cp);
/* Columns a terminal gives to s: 2 for wide East Asian characters, 0 for combining ones. */
size_t utf8_width(const char *s);
/* Characters (code points) in the first len bytes of s. */
size_t utf8_chars(const char *s, size_t len);

/* [A-Za-z0-9._-]{1,63} */
bool id_valid(const char *s);

/* Whole unsigned or signed decimal number with nothing around it; no sign on unsigned, no leading
 * zeros, no overflow. */
CHECKED bool parse_u64(const char *s, uint64_t *out);
CHECKED bool parse_i64(const char *s, int64_t *out);
/* A decimal with at most `places` digits after the point, times 10^places, exactly; "7.25",3 -> 7250.
 * `1e-6` forms are read too when exact. No floating point. */
CHECKED bool parse_decimal(const char *s, unsigned places, int64_t *out);
/* The inverse: 7250,3 -> "7.25". buf needs 24 bytes or more. */
const char *format_decimal(char *buf, size_t size, int64_t value, unsigned places);

/* The nearest of n words to `word` by edit distance (at most 2, or a third of its length), or NULL. */
const char *text_nearest(const char *word, const char *const *words, size_t n);

#endif
