/*
 * text.c - growing text, bounded copies, and exact numbers without floating point.
 */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

/* Growing text. */

void text_init(struct text *t, size_t max)
{
	*t = (struct text){ .max = max };
}

void text_clear(struct text *t)
{
	if (t == NULL)
		return;
	secret_wipe(t->at, t->room);
	free(t->at);
	*t = (struct text){ .failed = true };
}

void text_reset(struct text *t)
{
	if (t->at != NULL)
		t->at[0] = 0;
	t->len = 0;
	t->failed = false;
}

/* Makes room for `more` bytes and the ending zero. */
static bool text_room(struct text *t, size_t more)
{
	size_t need, room;
	char *larger;

	if (t->failed || more > t->max || t->len > t->max - more) {
		t->failed = true;
		return false;
	}
	need = t->len + more + 1;
	if (need <= t->room)
		return true;
	room = t->room < 64 ? 64 : t->room * 2;
	if (room > t->max + 1)
		room = t->max + 1;
	if (room < need)
		room = need;
	larger = malloc(room);
	if (larger == NULL) {
		t->failed = true;
		return false;
	}
	if (t->len > 0)
		memcpy(larger, t->at, t->len);
	larger[t->len] = 0;
	secret_wipe(t->at, t->room);
	free(t->at);
	t->at = larger;
	t->room = room;
	return true;
}

void text_addn(struct text *t, const void *bytes, size_t len)
{
	if (!text_room(t, len))
		return;
	if (len > 0)
		memcpy(t->at + t->len, bytes, len);
	t->len += len;
	t->at[t->len] = 0;
}

void text_add(struct text *t, const char *s)
{
	text_addn(t, s, strlen(s));
}

void text_addc(struct text *t, char c)
{
	text_addn(t, &c, 1);
}

void text_addf(struct text *t, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0)
		t->failed = true;
	if (len < 0 || !text_room(t, (size_t)len))
		return;
	va_start(args, fmt);
	vsnprintf(t->at + t->len, (size_t)len + 1, fmt, args);
	va_end(args);
	t->len += (size_t)len;
}

void text_add_json(struct text *t, const char *s)
{
	size_t len = strlen(s);

	text_addc(t, '"');
	while (len > 0 && !t->failed) {
		uint32_t cp = 0;
		size_t n = utf8_next(s, len, &cp);

		if (n == 0)
			text_add(t, "\xEF\xBF\xBD");
		else if (cp == '"' || cp == '\\')
			text_addf(t, "\\%c", (char)cp);
		else if (cp == '\n' || cp == '\t')
			text_add(t, cp == '\n' ? "\\n" : "\\t");
		else if (cp < 0x20 || cp == 0x7F)
			text_addf(t, "\\u%04x", (unsigned)cp);
		else
			text_addn(t, s, n);
		n = n == 0 ? 1 : n;
		s += n;
		len -= n;
	}
	text_addc(t, '"');
}

char *text_take(struct text *t)
{
	char *s;

	if (!t->failed && t->at == NULL)
		text_addn(t, "", 0);
	if (t->failed) {
		text_clear(t);
		return NULL;
	}
	s = t->at;
	*t = (struct text){ .max = t->max };
	return s;
}

/* Bounded copies. */

bool text_copyn(char *dst, size_t size, const char *s, size_t len)
{
	bool fits = len < size;

	if (size == 0)
		return false;
	if (!fits) {
		len = size - 1;
		while (len > 0 && ((unsigned char)s[len] & 0xC0) == 0x80)
			len--;
	}
	if (len > 0)
		memcpy(dst, s, len);
	dst[len] = 0;
	return fits;
}

bool text_copy(char *dst, size_t size, const char *s)
{
	return text_copyn(dst, size, s, strlen(s));
}

/* Words and numbers. */

bool id_valid(const char *s)
{
	size_t len = 0;

	for (; s[len] != 0; len++) {
		char c = s[len];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (len == 63)
			return false;
		if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-')
			return false;
	}
	return len > 0;
}

/* Digits up to the first other character; false without any, with a leading zero, or past 64 bits.
 */
static bool read_digits(const char **s, uint64_t *out)
{
	const char *p = *s;
	uint64_t v = 0;

	if (*p < '0' || *p > '9' || (p[0] == '0' && p[1] >= '0' && p[1] <= '9'))
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(v, 10u, &v) ||
			__builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return false;
	*s = p;
	*out = v;
	return true;
}

static bool with_sign(bool minus, uint64_t v, int64_t *out)
{
	if (minus) {
		/* "-0" would be a second spelling of 0 */
		if (v == 0 || v > (uint64_t)INT64_MAX + 1)
			return false;
		*out = -(int64_t)(v - 1) - 1;
		return true;
	}
	if (v > INT64_MAX)
		return false;
	*out = (int64_t)v;
	return true;
}

bool parse_u64(const char *s, uint64_t *out)
{
	uint64_t v;

	if (!read_digits(&s, &v) || *s != 0)
		return false;
	*out = v;
	return true;
}

bool parse_i64(const char *s, int64_t *out)
{
	bool minus = *s == '-';
	uint64_t v;

	s += minus;
	return read_digits(&s, &v) && *s == 0 && with_sign(minus, v, out);
}

/* "e-6", "E+3" or nothing, at the end of a number. */
static bool read_exponent(const char *s, int *out)
{
	bool minus;
	uint64_t v;

	*out = 0;
	if (*s == 0)
		return true;
	if (*s != 'e' && *s != 'E')
		return false;
	s++;
	minus = *s == '-';
	s += *s == '-' || *s == '+';
	while (s[0] == '0' && s[1] >= '0' && s[1] <= '9') /* JSON writers print e-06 */
		s++;
	if (!read_digits(&s, &v) || *s != 0 || v > 400)
		return false;
	*out = minus ? -(int)v : (int)v;
	return true;
}

/* v * 10^power, only when that is whole and fits. */
static bool scaled(uint64_t v, int power, uint64_t *out)
{
	for (; v != 0 && power > 0; power--)
		if (__builtin_mul_overflow(v, 10u, &v))
			return false;
	for (; v != 0 && power < 0; power++) {
		if (v % 10 != 0)
			return false;
		v /= 10;
	}
	*out = v;
	return true;
}

bool parse_decimal(const char *s, unsigned places, int64_t *out)
{
	bool minus = *s == '-';
	unsigned after = 0;
	int exponent;
	uint64_t v;

	s += minus;
	if (!read_digits(&s, &v))
		return false;
	if (*s == '.') {
		for (s++; *s >= '0' && *s <= '9'; s++, after++)
			if (after >= 60 || __builtin_mul_overflow(v, 10u, &v) ||
				__builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
				return false;
		if (after == 0)
			return false;
	}
	if (*s == 0 && after > places)
		return false;
	if (!read_exponent(s, &exponent))
		return false;
	if (!scaled(v, exponent + (int)places - (int)after, &v))
		return false;
	return with_sign(minus, v, out);
}

const char *format_decimal(char *buf, size_t size, int64_t value, unsigned places)
{
	uint64_t v = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
	char digits[64];
	size_t n = sizeof(digits);
	bool shown = false;

	digits[--n] = 0;
	for (unsigned i = 0; v != 0 || i <= places; i++) {
		unsigned digit = (unsigned)(v % 10);

		v /= 10;
		if (i == places && shown)
			digits[--n] = '.';
		/* zeros at the end of the fraction are left out */
		shown = shown || digit != 0 || i >= places;
		if (shown)
			digits[--n] = (char)('0' + digit);
		if (n < 3)
			break;
	}
	if (value < 0)
		digits[--n] = '-';
	(void)!text_copy(buf, size, digits + n);
	return buf;
}

/* The nearest word. */

enum {
	NEAR_MAX = 64
};

static size_t characters(const char *s, uint32_t out[NEAR_MAX])
{
	size_t len = strlen(s), n = 0;

	while (len > 0 && n < NEAR_MAX) {
		size_t used = utf8_next(s, len, &out[n]);

		if (used == 0)
			return NEAR_MAX;
		s += used;
		len -= used;
		n++;
	}
	return len > 0 ? NEAR_MAX : n;
}

/* Insertions, deletions, replacements and swaps of neighbours, the usual slips of a hand. */
static size_t edit_distance(const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
	size_t rows[3][NEAR_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2], *spare;

	for (size_t k = 0; k <= nb; k++)
		last[k] = k;
	for (size_t i = 1; i <= na; i++) {
		now[0] = i;
		for (size_t k = 1; k <= nb; k++) {
			size_t best = last[k - 1] + (a[i - 1] != b[k - 1]);

			if (last[k] + 1 < best)
				best = last[k] + 1;
			if (now[k - 1] + 1 < best)
				best = now[k - 1] + 1;
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
				before[k - 2] + 1 < best)
				best = before[k - 2] + 1;
			now[k] = best;
		}
		spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[nb];
}

const char *text_nearest(const char *word, const char *const *words, size_t n)
{
	uint32_t a[NEAR_MAX], b[NEAR_MAX];
	size_t na = characters(word, a), limit = na / 3 > 2 ? na / 3 : 2;
	const char *best = NULL;

	if (na == 0 || na == NEAR_MAX)
		return NULL;
	/* In a word of two or three letters nearly everything is two slips away. */
	if (na <= 3)
		limit = 1;
	for (size_t i = 0; i < n; i++) {
		size_t nb = characters(words[i], b), d;

		if (nb == NEAR_MAX)
			continue;
		d = edit_distance(a, na, b, nb);
		if (d <= limit && d < nb) {
			best = words[i];
			if (d == 0)
				break;
			limit = d - 1;
		}
	}
	return best;
}
