/*
 * mark.h - the line a diagnostic is about, with marks under the place.
 */
#ifndef CLI_MARK_H
#define CLI_MARK_H

#include "base/diag.h"
#include "base/text.h"

/* Adds two lines: the place's line of text[len], safe to print (plain.h), and ^^^ under the place.
 * Adds nothing when there is no such line or it is too long for a screen. */
void mark_add(struct text *out, const struct place *at, const char *text, size_t len);

#endif
