/*
 * log.c - one line, one write(2), so that lines of several processes on one terminal or journal do
 * not mix. What could forge a second line or command a terminal is written as an escape.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

enum {
	MAX_LINE = 4096
};

static char program_name[64] = "cordon";
static enum log_level least_level = LOG_INFO;

void log_open(const char *program, enum log_level least)
{
	(void)!text_copy(program_name, sizeof(program_name), program);
	least_level = least;
}

static const char *level_word(enum log_level level)
{
	switch (level) {
	case LOG_DEBUG:
		return "debug";
	case LOG_INFO:
		return "info ";
	case LOG_NOTICE:
		return "note ";
	case LOG_WARNING:
		return "warn ";
	case LOG_ERROR:
		return "error";
	}
	return "?    ";
}

/* Copies s into line[room] from `used` on, escaped; whole characters only. Returns the new end. */
static size_t add_escaped(char *line, size_t room, size_t used, const char *s)
{
	size_t len = strlen(s);

	while (len > 0) {
		uint32_t cp = 0;
		size_t n = utf8_next(s, len, &cp), out;
		char esc[16];

		if (n == 0)
			out = (size_t)snprintf(esc, sizeof(esc), "\\x%02x", (unsigned char)*s);
		else if (cp == '\n' || cp == '\t' || cp == '\r' || utf8_hidden(cp))
			out = (size_t)snprintf(esc, sizeof(esc), "\\u%04x", (unsigned)cp);
		else
			memcpy(esc, s, out = n);
		if (out > room - used)
			break;
		memcpy(line + used, esc, out);
		used += out;
		n = n == 0 ? 1 : n;
		s += n;
		len -= n;
	}
	return used;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char body[MAX_LINE / 2], line[MAX_LINE], when[32];
	size_t used;
	ssize_t done;
	va_list args;

	if (level < least_level)
		return;
	va_start(args, fmt);
	if (vsnprintf(body, sizeof(body), fmt, args) < 0)
		body[0] = 0;
	va_end(args);
	used = (size_t)snprintf(
		line, sizeof(line), "%s %s ", clock_iso(clock_wall_ms(), when), level_word(level));
	used = add_escaped(line, sizeof(line) - 1, used, program_name);
	used = add_escaped(line, sizeof(line) - 1, used, ": ");
	used = add_escaped(line, sizeof(line) - 1, used, body);
	line[used++] = '\n';
	/* A log that cannot be written must not stop the work, and there is nowhere to tell it. */
	done = write(STDERR_FILENO, line, used);
	(void)done;
}
