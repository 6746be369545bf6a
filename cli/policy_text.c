#include "cli/policy.h"

#include "cli/wrap.h"

/* Sentences on a terminal: lines end before words and between wide characters. */

enum {
	LINE = 100,
	LEAST = 20 /* less room than this holds no word of every language: better the next line */
};

static size_t break_line(struct text *t, size_t indent)
{
	text_addc(t, '\n');
	for (size_t k = 0; k < indent; k++)
		text_addc(t, ' ');
	return indent;
}

void desk_wrap(struct text *t, const char *s, size_t at, size_t indent)
{
	while (*s != '\0') {
		size_t next, n;

		if (at + LEAST > LINE && at > indent)
			at = break_line(t, indent);
		n = wrap_line(s, at < LINE ? LINE - at : 1, &next);
		text_addn(t, s, n);
		s += next;
		if (*s != '\0')
			at = break_line(t, indent);
	}
}
