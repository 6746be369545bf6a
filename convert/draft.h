/*
 * draft.h - a text of the question language while it is written: maps, lists and scalars with
 * comments, printed as YAML that people like to read.
 *
 * D1  memory that ends sticks to the pen: later drafts are empty ones and pen_failed() tells, so
 *     that a writer writes everything and checks once.
 * D2  the same drafts give the same bytes.
 * D3  no text of a draft can end its line or its comment: what does not show becomes '?'.
 */
#ifndef CONVERT_DRAFT_H
#define CONVERT_DRAFT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"

enum draft_kind {
	DRAFT_TEXT,
	DRAFT_LIST,
	DRAFT_MAP
};

struct draft {
	enum draft_kind kind;
	const char *key;     /* in a map */
	const char *text;    /* DRAFT_TEXT: a plain scalar of YAML */
	const char *comment; /* or NULL: stands on a line of its own before it */
	struct draft *first, *last, *next;
	size_t count;
};

struct pen {
	struct arena *arena;
	struct draft none; /* what is given when memory ended */
	bool failed;
};

void pen_init(struct pen *pen, struct arena *arena); /* borrows the arena */
static inline bool pen_failed(const struct pen *pen)
{
	return pen->failed;
}

struct draft *draft_map(struct pen *pen);
struct draft *draft_list(struct pen *pen);
struct draft *draft_text(struct pen *pen, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same for text that may have punctuation of YAML: in quotes then. It must be quotable: printable, without a
 * double quote or what looks like another character. */
struct draft *draft_quoted(struct pen *pen, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool draft_quotable(const char *s);
/* Puts `child` at the end of `parent`, which then holds it; key NULL in lists. */
void draft_add(struct pen *pen, struct draft *parent, const char *key, struct draft *child);
/* The value under key, or NULL. */
struct draft *draft_get(const struct draft *map, const char *key);
/* {key: child} */
struct draft *draft_pair(struct pen *pen, const char *key, struct draft *child);
struct draft *draft_copy(struct pen *pen, const struct draft *d);
/* Copies `text`, cut short and without what does not show. */
void draft_comment(struct pen *pen, struct draft *d, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Prints a map: what is short on one line, the rest with a line for each member. */
void draft_print(const struct draft *map, struct text *out);

#endif
