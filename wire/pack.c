/*
 * pack.c - the reader and writer of pack.h.
 * It knows the spelling of values, not the meaning of any message.
 */
#include "wire/pack.h"

#include <msgpack/pack.h>
#include <msgpack/sbuffer.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const struct say unreadable = SAY("the message could not be read", "消息无法读取");

/* ---- reading ---- */

void reader_init(struct reader *r, const void *bytes, size_t len)
{
	static const uint8_t nothing[1];

	r->at = bytes == NULL ? nothing : bytes;
	r->end = r->at + (bytes == NULL ? 0 : len);
	r->bad = NULL;
}

void rd_fail(struct reader *r, const char *literal)
{
	if (r->bad == NULL)
		r->bad = literal;
}

int reader_end(const struct reader *r, const char *what, struct error *err)
{
	if (r->bad != NULL)
		return error_set(err, E_INPUT, unreadable, "%s: %s", what, r->bad);
	if (r->at != r->end)
		return error_set(err, E_INPUT, unreadable, "%s: spare bytes at its end", what);
	return 0;
}

/* The only code that moves `at`. Compares with the room left, so no n, however large, can wrap. */
static const uint8_t *rd_take(struct reader *r, size_t n)
{
	const uint8_t *p = r->at;

	if (r->bad == NULL && n > (size_t)(r->end - r->at))
		r->bad = "ends early";
	if (r->bad != NULL)
		return NULL;
	r->at += n;
	return p;
}

/* The tag byte; 0xc1, which msgpack never uses, after a failure. */
static uint8_t rd_tag(struct reader *r)
{
	const uint8_t *p = rd_take(r, 1);

	return p == NULL ? 0xc1 : *p;
}

/* n bytes big endian; anything below `least` had a shorter spelling (P3). */
static uint64_t rd_be(struct reader *r, size_t n, uint64_t least)
{
	const uint8_t *p = rd_take(r, n);
	uint64_t v = 0;

	if (p == NULL)
		return 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	if (v < least) {
		rd_fail(r, "a number or length is not in its shortest form");
		return 0;
	}
	return v;
}

static uint64_t rd_uint_after(struct reader *r, uint8_t tag)
{
	if (tag < 0x80)
		return tag;
	switch (tag) {
	case 0xcc:
		return rd_be(r, 1, 0x80);
	case 0xcd:
		return rd_be(r, 2, 0x100);
	case 0xce:
		return rd_be(r, 4, 0x10000);
	case 0xcf:
		return rd_be(r, 8, UINT64_C(0x100000000));
	default:
		rd_fail(r, "not a whole number");
		return 0;
	}
}

uint64_t rd_uint(struct reader *r, uint64_t max)
{
	uint64_t v = rd_uint_after(r, rd_tag(r));

	if (v > max)
		rd_fail(r, "a number above its bound");
	return r->bad == NULL ? v : 0;
}

/* Negative numbers in n bytes; those from `shorter` up had a shorter spelling, and so had every
 * number from zero up, whose only spelling is the unsigned one. */
static int64_t rd_negative(struct reader *r, size_t n, int64_t shorter)
{
	uint64_t raw = rd_be(r, n, 0);
	uint64_t sign = UINT64_C(1) << (8 * n - 1);
	int64_t v;

	if (r->bad != NULL)
		return 0;
	/* Sign extension without implementation-defined shifts. */
	v = (raw & sign) == 0 ? 0 : -(int64_t)(sign - 1 - (raw & (sign - 1))) - 1;
	if (v >= shorter)
		rd_fail(r, "a number or length is not in its shortest form");
	return v;
}

static int64_t rd_int_after(struct reader *r, uint8_t tag)
{
	uint64_t v;

	if (tag >= 0xe0)
		return (int64_t)tag - 0x100;
	switch (tag) {
	case 0xd0:
		return rd_negative(r, 1, -32);
	case 0xd1:
		return rd_negative(r, 2, INT8_MIN);
	case 0xd2:
		return rd_negative(r, 4, INT16_MIN);
	case 0xd3:
		return rd_negative(r, 8, INT32_MIN);
	default:
		v = rd_uint_after(r, tag);
		if (v > INT64_MAX)
			rd_fail(r, "a number above its bound");
		return r->bad == NULL ? (int64_t)v : 0;
	}
}

int64_t rd_int(struct reader *r, int64_t min, int64_t max)
{
	int64_t v = rd_int_after(r, rd_tag(r));

	if (v < min || v > max)
		rd_fail(r, "a number outside its bounds");
	return r->bad == NULL ? v : 0;
}

bool rd_bool(struct reader *r)
{
	uint8_t tag = rd_tag(r);

	if (tag != 0xc2 && tag != 0xc3)
		rd_fail(r, "not true or false");
	return r->bad == NULL && tag == 0xc3;
}

/* How a kind of value with a length spells it: 0 where there is no such tag. */
struct form {
	uint8_t fix, fix_max; /* tags fix .. fix+fix_max carry the length themselves */
	uint8_t tag8, tag16, tag32;
	const char *other; /* literal: the value is of another kind */
};

static const struct form form_str = { 0xa0, 31, 0xd9, 0xda, 0xdb, "not text" };
static const struct form form_bin = { 0, 0, 0xc4, 0xc5, 0xc6, "not bytes" };
static const struct form form_array = { 0x90, 15, 0, 0xdc, 0xdd, "not a list" };
static const struct form form_map = { 0x80, 15, 0, 0xde, 0xdf, "not a map" };

/* Lengths and counts alike are at most `max` and at most the room left: an element takes a byte. */
static size_t rd_length(struct reader *r, const struct form *f, size_t max)
{
	uint8_t tag = rd_tag(r);
	uint64_t n = 0;

	if (r->bad != NULL)
		return 0;
	if (f->fix != 0 && tag >= f->fix && tag <= f->fix + f->fix_max)
		n = (uint64_t)(tag - f->fix);
	else if (f->tag8 != 0 && tag == f->tag8)
		n = rd_be(r, 1, f->fix == 0 ? 0 : (uint64_t)f->fix_max + 1);
	else if (tag == f->tag16)
		n = rd_be(r, 2, f->tag8 != 0 ? 0x100 : (uint64_t)f->fix_max + 1);
	else if (tag == f->tag32)
		n = rd_be(r, 4, 0x10000);
	else
		rd_fail(r, f->other);
	if (n > max)
		rd_fail(r, "longer than its bound");
	else if (n > (size_t)(r->end - r->at))
		rd_fail(r, "ends early");
	return r->bad == NULL ? (size_t)n : 0;
}

static struct view rd_view(struct reader *r, const struct form *f, size_t max)
{
	size_t n = rd_length(r, f, max);
	const uint8_t *p = rd_take(r, n);

	return p == NULL ? (struct view){ NULL, 0 } : (struct view){ p, n };
}

struct view rd_bin(struct reader *r, size_t max)
{
	return rd_view(r, &form_bin, max);
}

void rd_bin_exact(struct reader *r, void *out, size_t len)
{
	struct view v = rd_bin(r, len);

	if (r->bad == NULL && v.len != len)
		rd_fail(r, "shorter than its length");
	if (r->bad == NULL)
		memcpy(out, v.at, len);
	else
		memset(out, 0, len);
}

struct view rd_str(struct reader *r, size_t max)
{
	struct view v = rd_view(r, &form_str, max);

	if (r->bad == NULL && !utf8_valid(v.at, v.len))
		rd_fail(r, "text that is not UTF-8");
	return r->bad == NULL ? v : (struct view){ NULL, 0 };
}

char *rd_text(struct reader *r, size_t max, struct arena *a)
{
	struct view v = rd_str(r, max);
	char *s;

	if (r->bad != NULL)
		return NULL;
	s = arena_textn(a, (const char *)v.at, v.len);
	if (s == NULL)
		rd_fail(r, "more than the memory of one message");
	return s;
}

void rd_text_into(struct reader *r, char *out, size_t size)
{
	struct view v = rd_str(r, size - 1);

	if (r->bad == NULL)
		memcpy(out, v.at, v.len);
	out[r->bad == NULL ? v.len : 0] = '\0';
}

uint32_t rd_array(struct reader *r, uint32_t max)
{
	return (uint32_t)rd_length(r, &form_array, max);
}

void rd_map(struct reader *r, uint32_t pairs)
{
	size_t n = rd_length(r, &form_map, UINT32_MAX);

	if (r->bad == NULL && n != pairs)
		rd_fail(r, "a map with missing or unknown keys");
}

void rd_key(struct reader *r, const char *key)
{
	struct view v = rd_view(r, &form_str, MAX_KEY);

	if (r->bad == NULL && (v.len != strlen(key) || memcmp(v.at, key, v.len) != 0))
		rd_fail(r, "a key that is unknown, missing, twice there or out of order");
}

/* ---- writing ---- */

/* msgpack-c hands over every piece here. The bound is looked at before anything grows. */
static int append(void *data, const char *bytes, size_t len)
{
	struct writer *w = data;

	if (w->failed)
		return -1;
	if (len > w->max - w->buf->size) {
		w->failed = true;
		return -1;
	}
	if (msgpack_sbuffer_write(w->buf, bytes, len) != 0) {
		w->failed = w->no_memory = true;
		return -1;
	}
	return 0;
}

int writer_init(struct writer *w, size_t max, struct error *err)
{
	*w = (struct writer){ .max = max };
	w->buf = msgpack_sbuffer_new();
	w->packer = msgpack_packer_new(NULL, append);
	if (w->buf == NULL || w->packer == NULL) {
		writer_clear(w);
		return error_memory(err);
	}
	return 0;
}

void writer_clear(struct writer *w)
{
	if (w == NULL)
		return;
	msgpack_sbuffer_free(w->buf);
	msgpack_packer_free(w->packer);
	*w = (struct writer){ .failed = true };
}

/* The packer of w; the caller may have moved w since the last call, so it is told each time. */
static msgpack_packer *packer(struct writer *w)
{
	w->packer->data = w;
	return w->packer;
}

/* msgpack's lengths are 32 bits; whether the packer could write is in w->failed already. */
static bool fits(struct writer *w, size_t n)
{
	if (n > UINT32_MAX)
		w->failed = true;
	return !w->failed;
}

void wr_uint(struct writer *w, uint64_t v)
{
	if (fits(w, 0))
		msgpack_pack_uint64(packer(w), v);
}

void wr_int(struct writer *w, int64_t v)
{
	if (fits(w, 0))
		msgpack_pack_int64(packer(w), v);
}

void wr_bool(struct writer *w, bool v)
{
	if (!fits(w, 0))
		return;
	if (v)
		msgpack_pack_true(packer(w));
	else
		msgpack_pack_false(packer(w));
}

void wr_bin_head(struct writer *w, size_t len)
{
	if (fits(w, len))
		msgpack_pack_bin(packer(w), len);
}

void wr_bin(struct writer *w, const void *bytes, size_t len)
{
	wr_bin_head(w, len);
	wr_raw(w, bytes, len);
}

void wr_strn(struct writer *w, const void *bytes, size_t len)
{
	if (fits(w, len))
		msgpack_pack_str(packer(w), len);
	wr_raw(w, bytes, len);
}

void wr_str(struct writer *w, const char *s)
{
	wr_strn(w, s, strlen(s));
}

void wr_array(struct writer *w, size_t count)
{
	if (fits(w, count))
		msgpack_pack_array(packer(w), count);
}

void wr_map(struct writer *w, size_t pairs)
{
	if (fits(w, pairs))
		msgpack_pack_map(packer(w), pairs);
}

void wr_key(struct writer *w, const char *key)
{
	wr_str(w, key);
}

void wr_raw(struct writer *w, const void *bytes, size_t len)
{
	if (len > 0 && fits(w, len))
		append(w, bytes, len);
}

struct writer_mark writer_mark(const struct writer *w)
{
	return (struct writer_mark){ w->buf == NULL ? 0 : w->buf->size, w->failed, w->no_memory };
}

void writer_back(struct writer *w, struct writer_mark mark)
{
	if (w->buf != NULL)
		w->buf->size = mark.size;
	w->failed = mark.failed;
	w->no_memory = mark.no_memory;
}

int writer_bytes(const struct writer *w, const void **bytes, size_t *len, struct error *err)
{
	if (w->no_memory)
		return error_memory(err);
	if (w->failed)
		return error_set(err, E_LIMIT,
			SAY("the message is larger than allowed", "消息超过允许的大小"),
			"could not write a message: over its bound of %zu bytes", w->max);
	*bytes = w->buf->data;
	*len = w->buf->size;
	return 0;
}

int writer_take(struct writer *w, void **bytes, size_t *len, struct error *err)
{
	const void *borrowed;

	if (writer_bytes(w, &borrowed, len, err) != 0)
		return -1;
	*bytes = msgpack_sbuffer_release(w->buf);
	return 0;
}
