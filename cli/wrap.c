#include "cli/wrap.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

/* The character at s + at, alone and zero ended, and its bytes; 0 when there is none. */
static size_t take(const char *s, size_t at, size_t len, uint32_t *cp, char one[8])
{
	size_t n = utf8_next(s + at, len - at, cp);

	if (n == 0 || n >= 8)
		return 0;
	memcpy(one, s + at, n);
	one[n] = '\0';
	return n;
}

static bool is_one_of(uint32_t cp, const uint32_t *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == cp)
			return true;
	return false;
}

/* May not begin a line. */
static bool closes(uint32_t cp)
{
	static const uint32_t signs[] = { ',', ';', ')', ']', 0x2019, 0x201D, 0x2026, 0x3001,
		0x3002, 0x300B, 0x300D, 0x3011, 0xFF01, 0xFF09, 0xFF0C, 0xFF1A, 0xFF1B, 0xFF1F };

	return is_one_of(cp, signs, sizeof(signs) / sizeof(signs[0]));
}

/* May not end a line. */
static bool opens(uint32_t cp)
{
	static const uint32_t signs[] = { '(', '[', 0x2018, 0x201C, 0x300A, 0x300C, 0x3010,
		0xFF08 };

	return is_one_of(cp, signs, sizeof(signs) / sizeof(signs[0]));
}

struct break_at {
	size_t end, next; /* 0: none yet */
};

/* How well a line may end between two characters: 2 well, 1 if it must, 0 not. */
static int quality(uint32_t before, uint32_t after)
{
	if (closes(after) || opens(before))
		return 0;
	if (before >= 0x2E80 || after >= 0x2E80)
		return 2;
	return before == '.' || before == '_' || before == ',' || before == '/';
}

size_t wrap_line(const char *s, size_t width, size_t *next)
{
	struct break_at best[3] = { { 0, 0 }, { 0, 0 }, { 0, 0 } };
	size_t len = strlen(s), at = 0, used = 0;
	uint32_t before = 0;

	while (at < len) {
		uint32_t cp = 0;
		char one[8];
		size_t n = take(s, at, len, &cp, one);

		if (n == 0)
			break;
		if (cp == ' ' && before != ' ')
			best[2] = (struct break_at){ at, at + strspn(s + at, " ") };
		else if (at > 0 && cp != ' ' && before != ' ')
			best[quality(before, cp)] = (struct break_at){ at, at };
		used += utf8_width(one);
		if (used > width && at > 0 && cp != ' ') {
			struct break_at *b = best[2].end > 0   ? &best[2]
					     : best[1].end > 0 ? &best[1]
							       : NULL;

			*next = b == NULL ? at : b->next;
			return b == NULL ? at : b->end;
		}
		before = cp;
		at += n;
	}
	*next = at;
	return at;
}

size_t wrap_least(const char *s)
{
	size_t len = strlen(s), most = 0, word = 0, n;
	uint32_t before = ' ';

	for (size_t at = 0; at < len; at += n) {
		uint32_t cp = 0;
		char one[8];

		n = take(s, at, len, &cp, one);
		if (n == 0)
			break;
		if (cp == ' ' || before == ' ' || quality(before, cp) == 2)
			word = 0;
		if (cp != ' ')
			word += utf8_width(one);
		most = word > most ? word : most;
		before = cp;
	}
	return most;
}
