/*
 * fields.h - a struct as a table of its fields; one table reads it and writes it.
 *
 * F1  the key on the wire is the member's name, so struct, table and wire cannot differ.
 * F2  both directions apply the same bounds, so what was written can be read, and what was read is
 *     written again byte for byte.
 */
#ifndef WIRE_FIELDS_H
#define WIRE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "wire/pack.h"

struct schema;

enum part_kind {
	PART_UINT,  /* uint64_t, lo..hi */
	PART_TIME,  /* int64_t, 0..hi */
	PART_SIGNED, /* int64_t, -lo..hi */
	PART_BOOL,  /* bool */
	PART_ID,    /* char[], id_valid() */
	PART_TEXT,  /* char[], at least lo bytes, without control or hidden characters */
	PART_HASH,  /* struct hash32, as bin */
	PART_BYTES, /* struct view, as bin, lo..hi bytes; decoded into the arena */
	PART_LINES, /* struct view, as UTF-8 text, lo..hi bytes, control characters allowed */
	PART_TEXTS, /* const char **, lo..hi texts of 1..MAX_NAME bytes, in the arena; counted */
	PART_LIST,  /* array of `of` inside the struct, at most hi; counted */
	PART_STRING, /* const char *, lo..hi bytes, as PART_TEXT, in the arena; written, NULL is "" */
	PART_NUMBERS, /* int64_t *, at most hi, in the arena; counted */
	PART_ROWS,  /* pointer to an array of `of` in the arena, at most hi; counted */
	PART_OWN,   /* own->read, own->write */
};

/* For a field whose form depends on others. `whole` is the struct. write returns NULL or what is
 * wrong with the field (a literal). */
struct part_own {
	void (*read)(struct reader *r, void *whole, struct arena *a);
	const char *(*write)(struct writer *w, const void *whole);
};

struct part {
	const char *key;
	size_t at, size;  /* of the member */
	size_t count_at;  /* counted kinds: of the uint64_t beside it */
	uint64_t lo, hi;
	const struct schema *of;
	const struct part_own *own;
	enum part_kind kind;
	size_t stride;    /* PART_LIST, PART_ROWS: of one element */
};

struct schema {
	const char *name; /* for errors: "hello" */
	const struct part *parts;
	uint32_t n;
};

#define PART_MEMBER(s, m) #m, .at = offsetof(struct s, m), .size = sizeof(((struct s *)0)->m)
#define PART(s, m, k, low, high) { PART_MEMBER(s, m), .kind = (k), .lo = (low), .hi = (high) }
#define PART_MANY(s, m, n, low, high) \
	{ PART_MEMBER(s, m), .kind = PART_TEXTS, .count_at = offsetof(struct s, n), .lo = (low), \
		.hi = (high) }
#define PART_EACH(s, m, n, high, schema) \
	{ PART_MEMBER(s, m), .kind = PART_LIST, .count_at = offsetof(struct s, n), .hi = (high), \
		.of = &(schema), .stride = sizeof(((struct s *)0)->m[0]) }
#define PART_NUMBERS(s, m, n, high) \
	{ PART_MEMBER(s, m), .kind = PART_NUMBERS, .count_at = offsetof(struct s, n), .hi = (high) }
#define PART_ROWS(s, m, n, high, schema) \
	{ PART_MEMBER(s, m), .kind = PART_ROWS, .count_at = offsetof(struct s, n), .hi = (high), \
		.of = &(schema), .stride = sizeof(*((struct s *)0)->m) }
#define PART_BY(s, m, functions) { PART_MEMBER(s, m), .kind = PART_OWN, .own = &(functions) }
#define SCHEMA(word, parts) { word, parts, sizeof(parts) / sizeof((parts)[0]) }

/* Reads one map, which must be all that is left. Fails: E_INPUT; the log names the field. */
CHECKED int fields_read(struct reader *r, const struct schema *s, void *out, struct arena *a,
	struct error *err);
/* Appends one map. Fails, leaving w as it was: E_INPUT a field outside its bounds, the log names
 * it; E_LIMIT, E_SYSTEM as writer_bytes(). */
CHECKED int fields_write(
	struct writer *w, const struct schema *s, const void *in, struct error *err);

#endif
