#include "cli/field.h"

#include <stdarg.h>

#include "cli/plain.h"

const char *field_word(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? "" : s;
}

const char *field_text(struct arena *a, const json_t *o, const char *key)
{
	return plain(a, field_word(o, key));
}

bool field_int(const json_t *o, const char *key, int64_t *out)
{
	const json_t *n = json_object_get(o, key);

	if (!json_is_integer(n))
		return false;
	*out = json_integer_value(n);
	return true;
}

bool field_pair(const json_t *o, const char *key, int64_t out[2])
{
	const json_t *pair = json_object_get(o, key);

	for (size_t i = 0; i < 2; i++) {
		const json_t *end = json_array_get(pair, i);

		if (!json_is_integer(end))
			return false;
		out[i] = json_integer_value(end);
	}
	return json_array_size(pair) == 2;
}

struct say field_say(struct arena *a, const json_t *o)
{
	const json_t *say = json_object_get(o, "say");
	struct say out = { field_text(a, say, "en"), field_text(a, say, "zh") };

	if (out.en[0] == '\0')
		out.en = out.zh;
	if (out.zh[0] == '\0')
		out.zh = out.en;
	return out;
}

const char *field_made(struct arena *a, const char *fmt, ...)
{
	va_list args;
	const char *s;

	va_start(args, fmt);
	s = arena_textv(a, fmt, args);
	va_end(args);
	return s == NULL ? "?" : s;
}
