/*
 * fields.c - reading and writing structs by their tables.
 * It checks form and bounds; whether a message makes sense now is the session's business.
 */
#include "wire/fields.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

static const char no_room[] = "more than the memory of one message";

/* ---- checks both directions share ---- */

/* What moves a terminal's cursor, starts a line in a log, turns the direction of what follows, or is not seen at all: two
 * texts that look alike must be alike. Of UTF-8. */
static bool has_hidden(const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t cp;
		size_t used = utf8_next(s + i, len - i, &cp);

		if (used == 0 || cp < 0x20 || utf8_hidden(cp))
			return true;
		i += used;
	}
	return false;
}

/* Says what is wrong with a text in a buffer of `size`, or NULL. */
static const char *text_wrong(enum part_kind kind, uint64_t lo, const char *s, size_t size)
{
	size_t len = strnlen(s, size);

	if (len == size)
		return "longer than its bound";
	if (kind == PART_ID)
		return id_valid(s) ? NULL : "not an id";
	if (len < lo)
		return "empty";
	if (!utf8_valid(s, len))
		return "text that is not UTF-8";
	return has_hidden(s, len) ? "text with a control or hidden character" : NULL;
}

static const char *texts_wrong(const struct part *p, const char *const *texts, uint64_t count)
{
	const char *wrong = NULL;

	if (count < p->lo || count > p->hi)
		return "too many or too few";
	for (uint64_t i = 0; wrong == NULL && i < count; i++)
		wrong = text_wrong(PART_TEXT, 1, texts[i], MAX_NAME + 1);
	return wrong;
}

static const char *view_wrong(const struct part *p, struct view v)
{
	if (v.len < p->lo || v.len > p->hi)
		return "not of the length it must have";
	if (p->kind == PART_LINES && !utf8_valid(v.at, v.len))
		return "text that is not UTF-8";
	return NULL;
}

/* ---- reading ---- */

static void read_parts(struct reader *r, const struct schema *s, void *out, struct arena *a,
	const char **key, const char **inner);

static void read_view(struct reader *r, const struct part *p, struct view *out, struct arena *a)
{
	struct view v = p->kind == PART_LINES ? rd_str(r, p->hi) : rd_bin(r, p->hi);
	uint8_t *copy;

	if (r->bad == NULL && v.len < p->lo)
		rd_fail(r, "not of the length it must have");
	if (r->bad != NULL)
		return;
	copy = arena_alloc(a, v.len);
	if (copy == NULL) {
		rd_fail(r, no_room);
		return;
	}
	if (v.len > 0)
		memcpy(copy, v.at, v.len);
	*out = (struct view){ copy, v.len };
}

static uint64_t read_texts(
	struct reader *r, const struct part *p, const char ***out, struct arena *a)
{
	uint64_t count = rd_array(r, (uint32_t)p->hi);
	const char **texts = r->bad == NULL ? arena_array(a, count, sizeof(*texts)) : NULL;
	const char *wrong;

	if (texts == NULL)
		rd_fail(r, no_room);
	for (uint64_t i = 0; r->bad == NULL && i < count; i++)
		texts[i] = rd_text(r, MAX_NAME, a);
	wrong = r->bad == NULL ? texts_wrong(p, texts, count) : NULL;
	if (wrong != NULL)
		rd_fail(r, wrong);
	*out = texts;
	return r->bad == NULL ? count : 0;
}

static uint64_t read_list(
	struct reader *r, const struct part *p, char *out, struct arena *a, const char **inner)
{
	uint64_t count = rd_array(r, (uint32_t)p->hi);
	const char *deeper;

	for (uint64_t i = 0; r->bad == NULL && i < count; i++)
		read_parts(r, p->of, out + i * p->stride, a, inner, &deeper);
	return count;
}

static uint64_t read_rows(
	struct reader *r, const struct part *p, void *at, struct arena *a, const char **inner)
{
	uint64_t count = rd_array(r, (uint32_t)p->hi);
	char *rows = r->bad == NULL ? arena_array(a, count, p->stride) : NULL;
	const char *deeper;

	if (rows == NULL)
		rd_fail(r, no_room);
	for (uint64_t i = 0; r->bad == NULL && i < count; i++)
		read_parts(r, p->of, rows + i * p->stride, a, inner, &deeper);
	memcpy(at, &rows, sizeof(rows));
	return r->bad == NULL ? count : 0;
}

static uint64_t read_numbers(struct reader *r, const struct part *p, int64_t **out, struct arena *a)
{
	uint64_t count = rd_array(r, (uint32_t)p->hi);
	int64_t *numbers = r->bad == NULL ? arena_array(a, count, sizeof(*numbers)) : NULL;

	if (numbers == NULL)
		rd_fail(r, no_room);
	for (uint64_t i = 0; r->bad == NULL && i < count; i++)
		numbers[i] = rd_int(r, -INT64_MAX, INT64_MAX);
	*out = numbers;
	return r->bad == NULL ? count : 0;
}

static void read_arena_text(struct reader *r, const struct part *p, const char **out, struct arena *a)
{
	const char *s = rd_text(r, p->hi, a);
	const char *wrong = r->bad == NULL ? text_wrong(PART_TEXT, p->lo, s, p->hi + 1) : NULL;

	if (wrong != NULL)
		rd_fail(r, wrong);
	*out = s;
}

static void read_number(struct reader *r, const struct part *p, char *at)
{
	uint64_t n;
	int64_t t;

	if (p->kind == PART_UINT) {
		n = rd_uint(r, p->hi);
		if (n < p->lo)
			rd_fail(r, "a number below its bound");
		memcpy(at, &n, sizeof(n));
	} else {
		t = rd_int(r, p->kind == PART_SIGNED ? -(int64_t)p->lo : 0, (int64_t)p->hi);
		memcpy(at, &t, sizeof(t));
	}
}

static void read_string(struct reader *r, const struct part *p, char *at)
{
	const char *wrong;

	rd_text_into(r, at, p->size);
	wrong = r->bad == NULL ? text_wrong(p->kind, p->lo, at, p->size) : NULL;
	if (wrong != NULL)
		rd_fail(r, wrong);
}

static void read_part(
	struct reader *r, const struct part *p, char *out, struct arena *a, const char **inner)
{
	char *at = out + p->at;
	uint64_t count;
	bool b;

	switch (p->kind) {
	case PART_UINT:
	case PART_TIME:
	case PART_SIGNED:
		read_number(r, p, at);
		return;
	case PART_BOOL:
		b = rd_bool(r);
		memcpy(at, &b, sizeof(b));
		return;
	case PART_ID:
	case PART_TEXT:
		read_string(r, p, at);
		return;
	case PART_HASH:
		rd_bin_exact(r, at, p->size);
		return;
	case PART_BYTES:
	case PART_LINES:
		read_view(r, p, (void *)at, a);
		return;
	case PART_TEXTS:
		count = read_texts(r, p, (void *)at, a);
		memcpy(out + p->count_at, &count, sizeof(count));
		return;
	case PART_LIST:
		count = read_list(r, p, at, a, inner);
		memcpy(out + p->count_at, &count, sizeof(count));
		return;
	case PART_STRING:
		read_arena_text(r, p, (void *)at, a);
		return;
	case PART_NUMBERS:
		count = read_numbers(r, p, (void *)at, a);
		memcpy(out + p->count_at, &count, sizeof(count));
		return;
	case PART_ROWS:
		count = read_rows(r, p, at, a, inner);
		memcpy(out + p->count_at, &count, sizeof(count));
		return;
	case PART_OWN:
		p->own->read(r, out, a);
		return;
	}
}

/* *key and *inner tell where the first failure came up; left alone when there was none. */
static void read_parts(struct reader *r, const struct schema *s, void *out, struct arena *a,
	const char **key, const char **inner)
{
	const char *below = NULL;

	rd_map(r, s->n);
	for (uint32_t i = 0; r->bad == NULL && i < s->n; i++) {
		rd_key(r, s->parts[i].key);
		if (r->bad == NULL)
			read_part(r, &s->parts[i], out, a, &below);
		if (r->bad != NULL) {
			*key = s->parts[i].key;
			*inner = below;
		}
	}
}

int fields_read(
	struct reader *r, const struct schema *s, void *out, struct arena *a, struct error *err)
{
	char what[64];
	const char *key = NULL, *inner = NULL;

	read_parts(r, s, out, a, &key, &inner);
	snprintf(what, sizeof(what), "%s%s%s%s%s", s->name, key == NULL ? "" : ".",
		key == NULL ? "" : key, inner == NULL ? "" : ".", inner == NULL ? "" : inner);
	return reader_end(r, what, err);
}

/* ---- writing ---- */

static int write_parts(struct writer *w, const struct schema *s, const void *in, struct error *err);

static int unfit(struct error *err, const struct schema *s, const struct part *p, const char *wrong)
{
	return error_set(err, E_INPUT, SAY("a message could not be written", "消息无法写出"),
		"%s.%s: %s", s->name, p->key, wrong);
}

/* What a PART_STRING holds. */
static const char *string_at(const char *at)
{
	const char *s;

	memcpy(&s, at, sizeof(s));
	return s == NULL ? "" : s;
}

static const char *numbers_wrong(const struct part *p, const char *at, uint64_t count)
{
	const int64_t *numbers;

	if (count > p->hi)
		return "too many";
	memcpy(&numbers, at, sizeof(numbers));
	for (uint64_t i = 0; i < count; i++)
		if (numbers[i] == INT64_MIN)
			return "a number outside its bounds";
	return NULL;
}

/* What is wrong with a field that is about to be written, or NULL. */
static const char *part_wrong(const struct part *p, const char *at, uint64_t count)
{
	const char *const *texts;
	struct view v;
	uint64_t n;
	int64_t t;

	switch (p->kind) {
	case PART_UINT:
	case PART_TIME:
		memcpy(&n, at, sizeof(n)); /* a negative time is above every bound */
		return n < p->lo || n > p->hi ? "a number outside its bounds" : NULL;
	case PART_SIGNED:
		memcpy(&t, at, sizeof(t));
		return t < -(int64_t)p->lo || t > (int64_t)p->hi ? "a number outside its bounds" : NULL;
	case PART_ID:
	case PART_TEXT:
		return text_wrong(p->kind, p->lo, at, p->size);
	case PART_BYTES:
	case PART_LINES:
		memcpy(&v, at, sizeof(v));
		return view_wrong(p, v);
	case PART_TEXTS:
		memcpy(&texts, at, sizeof(texts));
		return texts_wrong(p, texts, count);
	case PART_STRING:
		return text_wrong(PART_TEXT, p->lo, string_at(at), p->hi + 1);
	case PART_NUMBERS:
		return numbers_wrong(p, at, count);
	case PART_LIST:
	case PART_ROWS:
		return count > p->hi ? "too many" : NULL;
	default:
		return NULL;
	}
}

static int write_list(
	struct writer *w, const struct part *p, const char *at, uint64_t count, struct error *err)
{
	wr_array(w, count);
	for (uint64_t i = 0; i < count; i++)
		if (write_parts(w, p->of, at + i * p->stride, err) != 0)
			return -1;
	return 0;
}

static void write_texts(struct writer *w, const char *at, uint64_t count)
{
	const char *const *texts;

	memcpy(&texts, at, sizeof(texts));
	wr_array(w, count);
	for (uint64_t i = 0; i < count; i++)
		wr_str(w, texts[i]);
}

static void write_numbers(struct writer *w, const char *at, uint64_t count)
{
	const int64_t *numbers;

	memcpy(&numbers, at, sizeof(numbers));
	wr_array(w, count);
	for (uint64_t i = 0; i < count; i++)
		wr_int(w, numbers[i]);
}

/* The kinds that are one value and need nothing but their own bytes. */
static void write_value(struct writer *w, const struct part *p, const char *at)
{
	struct view v = { NULL, 0 };
	uint64_t n = 0;
	int64_t t = 0;

	if (p->kind == PART_UINT || p->kind == PART_TIME)
		memcpy(&n, at, sizeof(n));
	if (p->kind == PART_SIGNED)
		memcpy(&t, at, sizeof(t));
	if (p->kind == PART_BYTES || p->kind == PART_LINES)
		memcpy(&v, at, sizeof(v));
	if (p->kind == PART_BOOL)
		wr_bool(w, *(const bool *)at);
	else if (p->kind == PART_ID || p->kind == PART_TEXT)
		wr_str(w, at);
	else if (p->kind == PART_STRING)
		wr_str(w, string_at(at));
	else if (p->kind == PART_HASH)
		wr_bin(w, at, p->size);
	else if (p->kind == PART_BYTES)
		wr_bin(w, v.at, v.len);
	else if (p->kind == PART_LINES)
		wr_strn(w, v.at, v.len);
	else if (p->kind == PART_SIGNED)
		wr_int(w, t);
	else
		wr_uint(w, n);
}

static int write_part(struct writer *w, const struct schema *s, const struct part *p,
	const char *in, struct error *err)
{
	bool counted = p->kind == PART_TEXTS || p->kind == PART_LIST || p->kind == PART_ROWS ||
		       p->kind == PART_NUMBERS;
	const char *wrong, *rows;
	uint64_t count = 0;

	if (counted)
		memcpy(&count, in + p->count_at, sizeof(count));
	wrong = part_wrong(p, in + p->at, count);
	if (wrong == NULL && p->kind == PART_OWN)
		wrong = p->own->write(w, in);
	if (wrong != NULL)
		return unfit(err, s, p, wrong);
	if (p->kind == PART_LIST)
		return write_list(w, p, in + p->at, count, err);
	if (p->kind == PART_ROWS) {
		memcpy(&rows, in + p->at, sizeof(rows));
		return write_list(w, p, rows, count, err);
	}
	if (p->kind == PART_TEXTS)
		write_texts(w, in + p->at, count);
	else if (p->kind == PART_NUMBERS)
		write_numbers(w, in + p->at, count);
	else if (p->kind != PART_OWN)
		write_value(w, p, in + p->at);
	return 0;
}

static int write_parts(struct writer *w, const struct schema *s, const void *in, struct error *err)
{
	wr_map(w, s->n);
	for (uint32_t i = 0; i < s->n; i++) {
		wr_key(w, s->parts[i].key);
		if (write_part(w, s, &s->parts[i], in, err) != 0)
			return -1;
	}
	return 0;
}

int fields_write(struct writer *w, const struct schema *s, const void *in, struct error *err)
{
	struct writer_mark mark = writer_mark(w);
	const void *bytes;
	size_t len;

	if (write_parts(w, s, in, err) == 0 && writer_bytes(w, &bytes, &len, err) == 0)
		return 0;
	writer_back(w, mark);
	return -1;
}
