#include "cli/policy.h"

#include <string.h>

/* Sentences on a terminal: lines end before words and between wide characters. */

enum {
	LINE = 100
};

/* Punctuation that cannot begin a line of Chinese. */
static bool closes(uint32_t cp)
{
	static const uint32_t signs[] = { 0x3001, 0x3002, 0x300B, 0x300D, 0xFF01, 0xFF09, 0xFF0C,
		0xFF1A, 0xFF1B, 0xFF1F };

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (signs[i] == cp)
			return true;
	return false;
}

void desk_wrap(struct text *t, const char *s, size_t at, size_t indent)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len;) {
		size_t n = 0, width;
		uint32_t cp = 0;
		char piece[256];
		bool space = s[i] == ' ';

		do {
			size_t used = utf8_next(s + i + n, len - i - n, &cp);

			if (used == 0 || n + used >= sizeof(piece))
				break;
			n += used;
			if (cp >= 0x2e80)
				break; /* a line may end after a wide character */
		} while (i + n < len && s[i + n] != ' ');
		if (n == 0)
			return;
		memcpy(piece, s + i, n);
		piece[n] = '\0';
		width = utf8_width(piece);
		if (at + width > LINE && at > indent && !(closes(cp) && width <= 2)) {
			text_addc(t, '\n');
			for (size_t k = 0; k < indent; k++)
				text_addc(t, ' ');
			at = indent;
			if (space) {
				text_add(t, piece + 1);
				width--;
			} else {
				text_add(t, piece);
			}
		} else {
			text_add(t, piece);
		}
		at += width;
		i += n;
	}
}
