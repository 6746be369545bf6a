/*
 * utf8.c - UTF-8: reading characters, their width, and what must not be shown.
 */
#include "base/text.h"

#include <string.h>

size_t utf8_next(const char *s, size_t len, uint32_t *cp)
{
	static const uint32_t least[5] = { 0, 1, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)s[0];
	size_t n = first < 0x80 ? 1 : first < 0xC0 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
	uint32_t v;

	if (n == 0 || n > len || first > 0xF4)
		return 0;
	v = n == 1 ? first : first & (0xFFu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c & 0xC0) != 0x80)
			return 0;
		v = v << 6 | (c & 0x3F);
	}
	if (v < least[n] || v > 0x10FFFF || (v >= 0xD800 && v <= 0xDFFF))
		return 0;
	*cp = v;
	return n;
}

bool utf8_valid(const void *bytes, size_t len)
{
	const char *s = bytes;
	uint32_t cp;

	while (len > 0) {
		size_t n = utf8_next(s, len, &cp);

		if (n == 0)
			return false;
		s += n;
		len -= n;
	}
	return true;
}

size_t utf8_chars(const char *s, size_t len)
{
	size_t chars = 0;

	for (size_t i = 0; i < len; i++)
		chars += ((unsigned char)s[i] & 0xC0) != 0x80;
	return chars;
}

struct range {
	uint32_t first, last;
};

/* clang-format off */
/* Own summary of what terminals do, coarse on purpose: whole blocks, no locale. Sorted. */
static const struct range zero_wide[] = {
	{ 0x0300, 0x036F }, { 0x0483, 0x0489 }, { 0x0591, 0x05BD }, { 0x0610, 0x061A },
	{ 0x064B, 0x065F }, { 0x0E31, 0x0E31 }, { 0x0E34, 0x0E3A }, { 0x0E47, 0x0E4E },
	{ 0x1AB0, 0x1AFF }, { 0x1DC0, 0x1DFF }, { 0x200B, 0x200F }, { 0x202A, 0x202E },
	{ 0x2060, 0x2064 }, { 0x2066, 0x2069 }, { 0x20D0, 0x20FF }, { 0x302A, 0x302D },
	{ 0x3099, 0x309A }, { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F }, { 0xFEFF, 0xFEFF },
	{ 0x1F3FB, 0x1F3FF }, { 0xE0100, 0xE01EF },
};
static const struct range double_wide[] = {
	{ 0x1100, 0x115F }, { 0x231A, 0x231B }, { 0x2329, 0x232A }, { 0x23E9, 0x23EC },
	{ 0x2614, 0x2615 }, { 0x26A1, 0x26A1 }, { 0x2705, 0x2705 }, { 0x274C, 0x274C },
	{ 0x2E80, 0x303E }, { 0x3041, 0x33FF }, { 0x3400, 0x4DBF }, { 0x4E00, 0x9FFF },
	{ 0xA000, 0xA4CF }, { 0xA960, 0xA97F }, { 0xAC00, 0xD7A3 }, { 0xF900, 0xFAFF },
	{ 0xFE10, 0xFE19 }, { 0xFE30, 0xFE6F }, { 0xFF01, 0xFF60 }, { 0xFFE0, 0xFFE6 },
	{ 0x16FE0, 0x18DFF }, { 0x1AFF0, 0x1B2FF }, { 0x1F1E6, 0x1F202 }, { 0x1F210, 0x1F265 },
	{ 0x1F300, 0x1F64F }, { 0x1F680, 0x1F6FF }, { 0x1F7E0, 0x1F7EB }, { 0x1F90C, 0x1FAFF },
	{ 0x20000, 0x2FFFD }, { 0x30000, 0x3FFFD },
};
/* clang-format on */

static bool in_ranges(uint32_t cp, const struct range *r, size_t n)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (cp > r[mid].last)
			low = mid + 1;
		else if (cp < r[mid].first)
			high = mid;
		else
			return true;
	}
	return false;
}

size_t utf8_width(const char *s)
{
	size_t width = 0, len = strlen(s);

	while (len > 0) {
		uint32_t cp = '?';
		size_t n = utf8_next(s, len, &cp);

		if (in_ranges(cp, double_wide, sizeof(double_wide) / sizeof(double_wide[0])))
			width += 2;
		else if (!in_ranges(cp, zero_wide, sizeof(zero_wide) / sizeof(zero_wide[0])))
			width += 1;
		n = n == 0 ? 1 : n;
		s += n;
		len -= n;
	}
	return width;
}

struct span {
	uint32_t first, last;
};

static bool in_spans(const struct span *list, size_t n, uint32_t cp)
{
	for (size_t i = 0; i < n; i++)
		if (cp >= list[i].first && cp <= list[i].last)
			return true;
	return false;
}

/* Unicode's Default_Ignorable_Code_Point, line and paragraph separators, annotation marks, a blank of Braille. */
bool utf8_hidden(uint32_t cp)
{
	static const struct span hidden[] = { { 0x7F, 0x9F }, { 0xAD, 0xAD }, { 0x34F, 0x34F },
		{ 0x61C, 0x61C }, { 0x115F, 0x1160 }, { 0x17B4, 0x17B5 }, { 0x180B, 0x180F },
		{ 0x200B, 0x200F }, { 0x2028, 0x202E }, { 0x2060, 0x206F }, { 0x2800, 0x2800 },
		{ 0x3164, 0x3164 }, { 0xFE00, 0xFE0F }, { 0xFEFF, 0xFEFF }, { 0xFFA0, 0xFFA0 },
		{ 0xFFF0, 0xFFFB }, { 0x1BCA0, 0x1BCA3 }, { 0x1D173, 0x1D17A },
		{ 0xE0000, 0xE0FFF } };

	if (cp < 0x20)
		return cp != '\t' && cp != '\n' && cp != '\r';
	if (cp < 0x7F)
		return false;
	return (cp & 0xFFFE) == 0xFFFE || in_spans(hidden, sizeof(hidden) / sizeof(hidden[0]), cp);
}

/* Blanks that are no space, marks that make one letter of two, radicals and compatibility forms of Chinese
 * characters, and what each font draws as it likes. */
bool utf8_twin(uint32_t cp)
{
	static const struct span twins[] = { { 0xA0, 0xA0 }, { 0x300, 0x36F }, { 0x1680, 0x1680 },
		{ 0x1AB0, 0x1AFF }, { 0x1DC0, 0x1DFF }, { 0x2000, 0x200A }, { 0x202F, 0x202F },
		{ 0x205F, 0x205F }, { 0x20D0, 0x20FF }, { 0x2E80, 0x2FDF }, { 0x3000, 0x3000 },
		{ 0xE000, 0xFAFF }, { 0xFE20, 0xFE2F }, { 0x2F800, 0x2FA1F },
		{ 0xF0000, 0x10FFFF } };

	return cp >= 0x7F && in_spans(twins, sizeof(twins) / sizeof(twins[0]), cp);
}

void utf8_plain(char *s)
{
	size_t len = strlen(s), used;

	for (size_t i = 0; i < len; i += used) {
		uint32_t cp;

		used = utf8_next(s + i, len - i, &cp);
		if (used == 0 || cp < ' ' || utf8_hidden(cp)) {
			used = used == 0 ? 1 : used;
			memset(s + i, '?', used);
		}
	}
}
