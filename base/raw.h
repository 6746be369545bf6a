/*
 * raw.h - a file of text before it is a tree: what can be said about its bytes and lines, and why
 * libyaml could not read it. Part of node.c; nobody else needs it.
 */
#ifndef BASE_RAW_H
#define BASE_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

#include "base/diag.h"

struct raw {
	const char *name; /* stands in places */
	const char *at;   /* without byte order mark */
	size_t len;
};

/* P101 and P110. False when parsing it would make no sense. */
bool raw_check(const struct raw *raw, struct diags *ds);

/* Says why the parser stopped: P102, P104, P106, or P119 with a plain explanation. */
void raw_explain(const struct raw *raw, const yaml_parser_t *parser, struct diags *ds);

/* Full-width punctuation inside s that stands where YAML has its own signs. Gives the characters
 * before it in *before, or returns NULL. */
struct wide;
const struct wide *wide_find(const char *s, size_t len, size_t *before);
bool wide_is(const struct wide *w, const char *ascii);
void wide_report(const struct wide *w, struct place at, struct diags *ds);

/* Characters in s that nobody sees (utf8_hidden) or a zero byte: reports P110 at `at`. */
bool raw_hidden(const char *s, size_t len, struct place at, struct diags *ds);

#endif
