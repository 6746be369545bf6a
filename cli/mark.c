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

void mark_add(struct text *out, const struct place *at, const char *text, size_t len)
{
	const char *line;
	size_t line_len, from, width;

	if (!find_line(text, len, at->line, &line, &line_len) || line_len > LONGEST_LINE)
		return;
	text_addf(out, "%6u | ", at->line);
	from = out->len;
	plain_addn(out, line, bytes_of(line, line_len, at->column == 0 ? 0 : at->column - 1));
	width = text_failed(out) ? 0 : utf8_width(text_str(out) + from);
	from = bytes_of(line, line_len, at->column == 0 ? 0 : at->column - 1);
	plain_addn(out, line + from, line_len - from);
	text_add(out, "\n       | ");
	while (width-- > 0)
		text_addc(out, ' ');
	for (unsigned i = 0; i < (at->width == 0 ? 1 : at->width) && i < MOST_MARKS; i++)
		text_addc(out, '^');
	text_addc(out, '\n');
}
