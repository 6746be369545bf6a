/*
 * node.h - a text of maps, lists and scalars as a tree with positions; read from strict YAML.
 *
 * The YAML subset: UTF-8 (BOM and CRLF accepted), maps and lists in block or one-line form, plain or
 * quoted text, comments. Refused with a place and a hint: anchors, aliases, tags, '<<', several
 * documents, duplicate keys, empty values, tabs in indentation, control characters, full-width
 * punctuation where YAML needs ASCII, GBK files, depth and size over the bound. JSON is a subset, so
 * the same reader reads both; numbers stay the text that was written and pass no floating point.
 *
 * N1  every scalar is text until a schema types it: no, 012, 1e3 have no hidden meaning.
 * N2  a map has no two equal keys; children keep the order of the text.
 */
#ifndef BASE_NODE_H
#define BASE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"

enum node_kind { NODE_TEXT, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	bool quoted;         /* a scalar in quotes */
	bool empty;   /* no value to judge, which was reported when it was read: "key:", an alias */
	bool bad_key; /* its key was reported when it was read */
	struct place at;
	const char *text;    /* scalar: zero ended, valid UTF-8, without zero bytes inside */
	size_t len;
	const char *key;     /* when this is a map's value: its key */
	struct place key_at;
	struct node *first;  /* children of a list or map */
	struct node *next;   /* next child of the parent */
	size_t count;        /* children */
};

/* Reads bytes[len]; `name` (copied) stands in places. Nodes live in `arena`. Collects every problem
 * into ds and returns 0 when none of them was an error; -1 otherwise, with *out NULL when the text
 * could not be read to its end, else a tree that may be used to find more errors, for nothing else. */
CHECKED int node_read(const char *name, const void *bytes, size_t len, size_t max_depth,
	struct arena *arena, struct diags *ds, struct node **out);

/* The value under `key` of a map, or NULL (also when n is NULL or no map). */
struct node *node_get(const struct node *n, const char *key);
/* The scalar's text, or NULL when n is NULL or not a scalar. */
const char *node_text(const struct node *n);

#define NODE_EACH(child, parent) \
	for (const struct node *child = (parent) == NULL ? NULL : (parent)->first; child != NULL; \
		child = child->next)

#endif
