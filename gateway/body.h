/*
 * body.h - the body of a POST as a tree, and a tree as JSON.
 *
 * B1  only JSON is spoken over HTTP, although the reader of trees takes YAML too.
 * B2  body_write() of a tree, of YAML too, is JSON of the same meaning: numbers keep their digits.
 */
#ifndef GATEWAY_BODY_H
#define GATEWAY_BODY_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/error.h"
#include "base/node.h"
#include "base/shape.h"
#include "base/text.h"

/* Reads body[len] and holds it against the shape. `name` stands in places: "question". Nodes live in `a`. Fails: E_INPUT
 * with every problem in ds; E_SYSTEM. */
CHECKED int body_tree(const char *name, const void *body, size_t len, const struct shape *shape,
	struct arena *a, struct diags *ds, struct node **out, struct error *err);
/* Whatever is in ds, or the memory that ran out. Returns -1. */
int body_fail(const struct diags *ds, struct error *err);

void body_write(const struct node *n, struct text *out);

#endif
