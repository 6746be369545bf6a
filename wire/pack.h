/*
 * pack.h - MessagePack: a bounded pull reader over hostile bytes, and a writer over msgpack-c.
 *
 * The reader never allocates, recurses or reads past `end`. The first failure sticks: every later
 * read yields 0 or an empty view and reader_end() reports it, so a parser reads like its message's
 * schema and checks once. Act on nothing before that check.
 *
 * P1  every read takes its maximum; an array or map count above the room left is refused.
 * P2  spare bytes, unknown keys and duplicate keys are refused (see rd_key).
 * P3  only the types below exist on the wire: unsigned and signed integers, booleans, str, bin,
 *     array, map with str keys. No floats, no ext, no nil. Integers and lengths in any encoding
 *     other than the shortest are refused, so a message has one spelling.
 */
#ifndef WIRE_PACK_H
#define WIRE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

enum { MAX_KEY = 31 }; /* bytes of a map's key */

struct reader {
	const uint8_t *at, *end; /* borrowed frame; at <= end always */
	const char *bad;         /* literal naming the first thing wrong, or NULL */
};

struct view {
	const uint8_t *at;
	size_t len;
};

void reader_init(struct reader *r, const void *bytes, size_t len);
void rd_fail(struct reader *r, const char *literal); /* for checks of the schema itself */
/* Fails with E_INPUT, naming `what` and r->bad, if anything was wrong or bytes are left over. */
CHECKED int reader_end(const struct reader *r, const char *what, struct error *err);

uint64_t rd_uint(struct reader *r, uint64_t max);
int64_t rd_int(struct reader *r, int64_t min, int64_t max);
bool rd_bool(struct reader *r);
struct view rd_bin(struct reader *r, size_t max);
void rd_bin_exact(struct reader *r, void *out, size_t len);
struct view rd_str(struct reader *r, size_t max); /* valid UTF-8 */
/* The same, copied with a zero byte into the arena; NULL after any failure. */
char *rd_text(struct reader *r, size_t max, struct arena *a);
/* Into a fixed buffer of `size` bytes, ended by a zero byte; longer is refused. */
void rd_text_into(struct reader *r, char *out, size_t size);
uint32_t rd_array(struct reader *r, uint32_t max);

/* Maps are read in the order they are written: keys must come exactly in the schema's order, so a
 * missing, unknown or duplicate key is one and the same failure. rd_map checks the pair count;
 * rd_key checks that the next key is `key`. */
void rd_map(struct reader *r, uint32_t pairs);
void rd_key(struct reader *r, const char *key);

/* ---- writing: grows up to max, first failure sticks ---- */
struct writer {
	struct msgpack_sbuffer *buf; /* owned */
	struct msgpack_packer *packer;
	size_t max;
	bool failed;    /* past max, or: */
	bool no_memory;
};

CHECKED int writer_init(struct writer *w, size_t max, struct error *err);
void writer_clear(struct writer *w);
void wr_uint(struct writer *w, uint64_t v);
void wr_int(struct writer *w, int64_t v);
void wr_bool(struct writer *w, bool v);
void wr_bin(struct writer *w, const void *bytes, size_t len);
void wr_str(struct writer *w, const char *s);
void wr_strn(struct writer *w, const void *bytes, size_t len);
void wr_array(struct writer *w, size_t count);
void wr_map(struct writer *w, size_t pairs);
void wr_key(struct writer *w, const char *key);
/* Bytes as they are: a frame's head, or the body announced by wr_bin_head(). */
void wr_raw(struct writer *w, const void *bytes, size_t len);
void wr_bin_head(struct writer *w, size_t len);
/* Where the writer is, to take back what came after it, failures included. */
struct writer_mark {
	size_t size;
	bool failed, no_memory;
};
struct writer_mark writer_mark(const struct writer *w);
void writer_back(struct writer *w, struct writer_mark mark);
/* The bytes so far, borrowed until the next write. Fails: E_LIMIT past max, E_SYSTEM without
 * memory. */
CHECKED int writer_bytes(
	const struct writer *w, const void **bytes, size_t *len, struct error *err);
/* Gives the bytes (heap; NULL when there are none) and leaves w empty. Fails as writer_bytes(). */
CHECKED int writer_take(struct writer *w, void **bytes, size_t *len, struct error *err);

#endif
