#include "cli/plain.h"

#include <string.h>

#define INSTEAD "\xEF\xBF\xBD"

/* The next character and what to print for it: NULL when it may stay. Gives its bytes, at least 1.
 * */
static size_t look(const char *s, size_t len, const char **instead)
{
	uint32_t cp = 0;
	size_t n = utf8_next(s, len, &cp);

	*instead = NULL;
	if (n == 0 || utf8_hidden(cp))
		*instead = INSTEAD;
	else if (cp == '\t' || cp == '\n' || cp == '\r')
		*instead = " ";
	return n == 0 ? 1 : n;
}

void plain_addn(struct text *out, const char *s, size_t len)
{
	while (len > 0) {
		const char *instead;
		size_t n = look(s, len, &instead);

		if (instead != NULL)
			text_add(out, instead);
		else
			text_addn(out, s, n);
		s += n;
		len -= n;
	}
}

void plain_print(FILE *out, const char *s)
{
	size_t len = strlen(s);

	while (len > 0) {
		const char *instead;
		size_t n = look(s, len, &instead);

		if (instead != NULL)
			fputs(instead, out);
		else
			fwrite(s, 1, n, out);
		s += n;
		len -= n;
	}
}

const char *plain(struct arena *a, const char *s)
{
	size_t len = strlen(s), at = 0;
	const char *instead = NULL, *copy;
	struct text t;

	while (at < len && instead == NULL)
		at += look(s + at, len - at, &instead);
	if (instead == NULL)
		return s;
	text_init(&t, 3 * len + 1);
	plain_addn(&t, s, len);
	copy = text_failed(&t) ? NULL : arena_text(a, t.at);
	text_clear(&t);
	return copy == NULL ? "?" : copy;
}

void plain_json(FILE *out, const char *json, size_t len)
{
	while (len > 0) {
		uint32_t cp = 0;
		size_t n = utf8_next(json, len, &cp);

		if (n == 0)
			fputs("\\ufffd", out);
		else if (utf8_hidden(cp) && cp >= 0x10000)
			fprintf(out, "\\u%04x\\u%04x", 0xD7C0U + (cp >> 10),
				0xDC00U + (cp & 0x3FFU));
		else if (utf8_hidden(cp))
			fprintf(out, "\\u%04x", (unsigned)cp);
		else
			fwrite(json, 1, n, out);
		n = n == 0 ? 1 : n;
		json += n;
		len -= n;
	}
}
