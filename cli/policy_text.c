#include "cli/policy.h"
#include "cli/wrap.h"

/* Sentences on a terminal. */

enum {
	LINE = 100,
	LEAST = 24 /* columns a line gets, however far to the right it begins */
};

static size_t columns_from(size_t at)
{
	return at + LEAST > LINE ? LEAST : LINE - at;
}

void desk_wrap(struct text *t, const char *s, size_t at, size_t indent)
{
	while (*s != '\0') {
		size_t next, n = wrap_line(s, columns_from(at), &next);

		text_addn(t, s, n);
		s += next;
		if (*s == '\0' || next == 0)
			return;
		text_addc(t, '\n');
		for (at = 0; at < indent; at++)
			text_addc(t, ' ');
	}
}
