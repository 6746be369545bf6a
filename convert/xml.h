/*
 * xml.h - a small XML document as a tree. For this folder only.
 *
 * X1  a document with a DOCTYPE is refused, so there are no entities but the five of XML and nothing outside the
 *     bytes is ever looked at.
 * X2  names come without their prefix; comments and instructions are passed over. Text on both sides of a child, of
 *     which one would be lost, is refused.
 */
#ifndef CONVERT_XML_H
#define CONVERT_XML_H

#include "base/arena.h"
#include "base/diag.h"

struct xml {
	const char *name, *text; /* text of the element itself, without blanks around it */
	struct place at;
	const char *const *attributes; /* name, value, .., NULL; those of namespaces are left out */
	struct xml *first, *last, *next, *up;
};

/* NULL with an error in ds. */
struct xml *xml_read(
	const char *file, const char *bytes, size_t len, struct arena *arena, struct diags *ds);
struct xml *xml_get(const struct xml *x, const char *name);
/* The first element of that name, x itself included. */
struct xml *xml_find(struct xml *x, const char *name);

#endif
