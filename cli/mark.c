#include "cli/mark.h"

#include <stdbool.h>
#include <string.h>

#include "cli/plain.h"

enum {
	LONGEST_LINE = 400,
	MOST_MARKS = 120
};

/* Finds line number `wanted` (from 1), without its end. */
static bool find_line(
	const char *text, size_t len, unsigned wanted, const char **line, size_t *line_len)
{
	const char *end = text + len, *stop;

	for (unsigned i = 1; i < wanted && text < end; i++) {
		stop = memchr(text, '\n', (size_t)(end - text));
		text = stop == NULL ? end : stop + 1;
	}
	if (wanted == 0 || text >= end)
		return false;
	stop = memchr(text, '\n', (size_t)(end - text));
	*line = text;
	*line_len = (size_t)((stop == NULL ? end : stop) - text);
	if (*line_len > 0 && text[*line_len - 1] == '\r')
		--*line_len;
	return true;
}

/* Bytes of the first n characters; a byte that is no UTF-8 is a character of its own. */
static size_t bytes_of(const char *s, size_t len, unsigned n)
{
	size_t at = 0;

	while (n-- > 0 && at < len) {
		uint32_t cp;
		size_t step = utf8_next(s + at, len - at, &cp);

		at += step == 0 ? 1 : step;
	}
	return at;
}

/* Columns that n characters take, as they are printed; at least one, for a place at the end of a line. */
static size_t columns_of(const char *s, size_t len, unsigned n)
{
	struct text shown;
	size_t width;

	text_init(&shown, 8 * LONGEST_LINE);
	plain_addn(&shown, s, bytes_of(s, len, n));
	width = text_failed(&shown) ? 0 : utf8_width(text_str(&shown));
	text_clear(&shown);
	return width;
}

static void add_many(struct text *out, char c, size_t n)
{
	while (n-- > 0)
		text_addc(out, c);
}

void mark_add(struct text *out, const struct place *at, const char *text, size_t len)
{
	unsigned before = at->column == 0 ? 0 : at->column - 1;
	size_t line_len, from, marks;
	const char *line;

	if (!find_line(text, len, at->line, &line, &line_len) || line_len > LONGEST_LINE)
		return;
	from = bytes_of(line, line_len, before);
	marks = columns_of(line + from, line_len - from, at->width);
	text_addf(out, "%6u | ", at->line);
	plain_addn(out, line, line_len);
	text_add(out, "\n       | ");
	add_many(out, ' ', columns_of(line, line_len, before));
	add_many(out, '^', marks == 0 ? 1 : marks > MOST_MARKS ? MOST_MARKS : marks);
	text_addc(out, '\n');
}
