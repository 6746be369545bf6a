/*
 * error.c - filling errors. A log text that does not fit ends at a whole character.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* A cut inside a character would make the whole line unreadable for tools that want UTF-8. */
static void end_at_character(char *s, size_t size, int wanted)
{
	size_t end = size - 1;

	if (wanted >= 0 && (size_t)wanted < size)
		return;
	while (end > 0 && ((unsigned char)s[end - 1] & 0xC0) == 0x80)
		end--;
	if (end > 0 && (unsigned char)s[end - 1] >= 0xC0)
		end--;
	s[end] = 0;
}

int error_set(struct error *err, enum error_code code, struct say say, const char *fmt, ...)
{
	char log[sizeof(err->log)];
	va_list args;
	int wanted;

	/* The old log text may be an argument of the new one, hence the detour. */
	va_start(args, fmt);
	wanted = vsnprintf(log, sizeof(log), fmt, args);
	va_end(args);
	end_at_character(log, sizeof(log), wanted);
	err->code = code;
	err->say = say;
	memcpy(err->log, log, sizeof(log));
	return -1;
}

int error_under(struct error *err, const char *fmt, ...)
{
	char log[sizeof(err->log)];
	va_list args;
	int head, tail;

	va_start(args, fmt);
	head = vsnprintf(log, sizeof(log), fmt, args);
	va_end(args);
	if (head >= 0 && (size_t)head < sizeof(log)) {
		size_t room = sizeof(log) - (size_t)head;

		tail = snprintf(log + head, room, ": %s", err->log);
		head = tail < 0 ? tail : head + tail;
	}
	end_at_character(log, sizeof(log), head);
	memcpy(err->log, log, sizeof(log));
	return -1;
}

int error_memory(struct error *err)
{
	return error_set(err, E_SYSTEM,
		SAY("there is not enough memory; try again later", "内存不足，请稍后再试"),
		"out of memory");
}

const char *error_word(enum error_code code)
{
	switch (code) {
	case E_NONE:
		return "none";
	case E_INPUT:
		return "input";
	case E_DENIED:
		return "denied";
	case E_BUDGET:
		return "budget";
	case E_STATE:
		return "state";
	case E_LIMIT:
		return "limit";
	case E_SYSTEM:
		return "system";
	case E_CRYPTO:
		return "crypto";
	}
	return "unknown";
}
