/*
 * stream.h - server-sent events out of bytes that come in pieces of any size.
 *
 * S1  lines end with LF, CR or CRLF; a comment, an unknown field and an event without data are
 *     passed over; several data lines of one event are one text with LF between.
 * S2  a line and the data of one event have at most `max` bytes; more is an error that sticks.
 */
#ifndef CLI_STREAM_H
#define CLI_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

/* `name` of the event ("message" when it has none) and its data; both borrowed until it returns. */
typedef void stream_event(const char *name, const char *data, size_t len, void *arg);

struct stream {
	struct text line, data;
	char name[32];
	bool after_cr, has_data;
	stream_event *on_event;
	void *arg;
};

void stream_init(struct stream *s, size_t max, stream_event *on_event, void *arg);
void stream_clear(struct stream *s);
/* Fails: E_LIMIT. */
CHECKED int stream_feed(struct stream *s, const char *bytes, size_t len, struct error *err);

#endif
