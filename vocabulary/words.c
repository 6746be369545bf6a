#include "vocabulary/words.h"

#include <stdint.h>
#include <string.h>

enum sort {
	SORT_NONE, /* between words */
	SORT_LETTER,
	SORT_SIGN, /* a word of its own */
};

static enum sort sort_of(uint32_t cp)
{
	if (cp < 0x80)
		return (cp >= '0' && cp <= '9') || (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z')
			       ? SORT_LETTER
			       : SORT_NONE;
	if ((cp >= 0x3041 && cp <= 0x30FF) || (cp >= 0x3400 && cp <= 0x9FFF) ||
		(cp >= 0xAC00 && cp <= 0xD7A3) || (cp >= 0xF900 && cp <= 0xFAFF) ||
		(cp >= 0x20000 && cp <= 0x3FFFF))
		return SORT_SIGN;
	/* punctuation: Latin-1, general, CJK, full-width */
	if (cp < 0xAA || cp == 0xAB || cp == 0xBB || cp == 0xBF || cp == 0xD7 || cp == 0xF7 ||
		(cp >= 0x2000 && cp <= 0x206F) || (cp >= 0x3000 && cp <= 0x3040) ||
		(cp >= 0xFF00 && cp <= 0xFF0F) || (cp >= 0xFF1A && cp <= 0xFF20))
		return SORT_NONE;
	return SORT_LETTER;
}

/* The next character and its sort; 0 bytes at the end. What is no UTF-8 stands between words. */
static size_t next(const char *s, enum sort *sort)
{
	uint32_t cp;
	size_t len = *s == '\0' ? 0 : utf8_next(s, strlen(s), &cp);

	*sort = SORT_NONE;
	if (*s == '\0')
		return 0;
	if (len == 0)
		return 1;
	*sort = sort_of(cp);
	return len;
}

void words_spaced(const char *s, struct text *out)
{
	enum sort sort;

	for (size_t len; (len = next(s, &sort)) > 0; s += len) {
		if (sort == SORT_NONE) {
			text_addc(out, ' ');
			continue;
		}
		if (sort == SORT_SIGN)
			text_addc(out, ' ');
		text_addn(out, s, len);
		if (sort == SORT_SIGN)
			text_addc(out, ' ');
	}
}

unsigned words_query(const char *s, struct text *out)
{
	enum sort in = SORT_NONE, sort;
	unsigned terms = 0;

	for (size_t len = 1; len > 0; s += len) {
		len = next(s, &sort);
		if (in != SORT_NONE && sort != in)
			text_add(out, in == SORT_LETTER ? "\"*" : "\"");
		if (sort != SORT_NONE && sort != in) {
			if (++terms > MAX_TERMS)
				return terms;
			text_add(out, terms > 1 ? " \"" : "\"");
		} else if (sort == SORT_SIGN) {
			text_addc(out, ' ');
		}
		if (sort != SORT_NONE)
			text_addn(out, s, len);
		in = sort;
	}
	return terms;
}

bool words_code(const char *s, char *out, size_t size)
{
	size_t n = 0;
	enum sort sort;

	for (size_t len; (len = next(s, &sort)) > 0; s += len) {
		if (sort == SORT_NONE)
			continue;
		if (n + len >= size)
			return false;
		memcpy(out + n, s, len);
		if (len == 1 && *s >= 'a' && *s <= 'z')
			out[n] = (char)(*s - 'a' + 'A');
		n += len;
	}
	out[n] = '\0';
	return n > 0;
}
