/*
 * words.h - names, and what people type, as words of the index.
 *
 * A Chinese, Japanese or Korean character is a word of its own, so that two of them find what holds them side by side.
 */
#ifndef VOCABULARY_WORDS_H
#define VOCABULARY_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum {
	MAX_TERMS = 16
};

/* Appends the text with a blank around each such character. */
void words_spaced(const char *s, struct text *out);
/* Appends what the index is asked: each word as the beginning of one, each run of such characters as a phrase, all of them
 * wanted, everything in quotes. How many there are; more than MAX_TERMS: nothing was said of the rest. */
unsigned words_query(const char *s, struct text *out);
/* Capitals without dots, blanks and other signs: "e11.9" -> "E119". False: it does not fit, or has no letter or digit. */
bool words_code(const char *s, char *out, size_t size);

#endif
