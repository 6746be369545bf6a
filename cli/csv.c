#include "cli/csv.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

static void begin(struct csv *c)
{
	if (c->begun)
		fputc(',', c->out);
	c->begun = true;
}

static bool is_number(const char *s)
{
	size_t sign = s[0] == '-';

	return s[sign] >= '0' && s[sign] <= '9' &&
	       s[sign + strspn(s + sign, "0123456789.")] == '\0';
}

static bool begins_formula(const char *s)
{
	uint32_t cp = 0;

	s += strspn(s, " \t\r\n");
	if (utf8_next(s, strlen(s), &cp) == 0)
		return false;
	if (cp >= 0xFF01 && cp <= 0xFF5E) /* full width forms of ASCII */
		cp -= 0xFEE0;
	return cp == '=' || cp == '+' || cp == '-' || cp == '@';
}

void csv_text(struct csv *c, const char *s)
{
	bool formula = begins_formula(s) && !is_number(s);
	bool quoted = formula || strpbrk(s, ",\"\r\n") != NULL;

	begin(c);
	if (quoted)
		fputc('"', c->out);
	if (formula)
		fputc('\'', c->out);
	for (; *s != '\0'; s++) {
		if (*s == '"')
			fputc('"', c->out);
		fputc(*s, c->out);
	}
	if (quoted)
		fputc('"', c->out);
}

void csv_number(struct csv *c, bool known, int64_t v)
{
	begin(c);
	if (known)
		fprintf(c->out, "%" PRId64, v);
}

void csv_real(struct csv *c, bool known, double v)
{
	begin(c);
	if (known)
		fprintf(c->out, "%.8g", v);
}

void csv_end(struct csv *c)
{
	fputs("\r\n", c->out);
	c->begun = false;
}
