/*
 * plain.h - text that somebody else wrote, made safe to print.
 *
 * A gateway, a site or the writer of a question chooses names and sentences. A terminal obeys some
 * of their characters (escape sequences, C1 controls) and hides or reorders others, so that a line
 * could read differently from what it says.
 *
 * P1  what is printed for such a character (utf8_hidden) is U+FFFD, for a tab or a line end a
 *     space; bytes that are no UTF-8 become U+FFFD too. Everything else stays as it is.
 */
#ifndef CLI_PLAIN_H
#define CLI_PLAIN_H

#include <stdio.h>

#include "base/arena.h"
#include "base/text.h"

void plain_addn(struct text *out, const char *s, size_t len);
void plain_print(FILE *out, const char *s);
/* Gives s itself when there is nothing to change, else a copy in the arena; "?" without memory. */
const char *plain(struct arena *a, const char *s);
/* Part of a JSON text, never cut inside a character: every such character becomes its \u escape,
 * which means the same to who reads JSON. */
void plain_json(FILE *out, const char *json, size_t len);

#endif
