/*
 * wrap.h - lines of at most so many columns of a terminal.
 */
#ifndef CLI_WRAP_H
#define CLI_WRAP_H

#include <stddef.h>

/* The bytes of the first line of s, which has at most `width` columns, but always a character unless s is empty. A line
 * ends at a blank, between wide characters (never before punctuation that closes or after one that opens), else
 * after a dot, an underscore or a comma, else anywhere. *next is where the next line begins, blanks left out. */
size_t wrap_line(const char *s, size_t width, size_t *next);
/* The columns below which a line would end inside a word or name. */
size_t wrap_least(const char *s);

#endif
