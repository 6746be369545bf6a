#include "cli/stream.h"

#include <string.h>

void stream_init(struct stream *s, size_t max, stream_event *on_event, void *arg)
{
	*s = (struct stream){ .on_event = on_event, .arg = arg };
	text_init(&s->line, max);
	text_init(&s->data, max);
}

void stream_clear(struct stream *s)
{
	text_clear(&s->line);
	text_clear(&s->data);
}

static void dispatch(struct stream *s)
{
	if (s->has_data && !text_failed(&s->data))
		s->on_event(s->name[0] == '\0' ? "message" : s->name, text_str(&s->data),
			s->data.len, s->arg);
	if (!text_failed(&s->data))
		text_reset(&s->data);
	s->has_data = false;
	s->name[0] = '\0';
}

static void take_field(
	struct stream *s, const char *key, size_t key_len, const char *value, size_t len)
{
	if (key_len == 4 && memcmp(key, "data", 4) == 0) {
		if (s->has_data)
			text_addc(&s->data, '\n');
		text_addn(&s->data, value, len);
		s->has_data = true;
	} else if (key_len == 5 && memcmp(key, "event", 5) == 0) {
		/* a name that does not fit is none of ours */
		if (!text_copyn(s->name, sizeof(s->name), value, len))
			(void)!text_copy(s->name, sizeof(s->name), "?");
	}
}

static void take_line(struct stream *s)
{
	const char *line = text_str(&s->line), *colon;
	size_t len = s->line.len, key_len, skip;

	if (text_failed(&s->line))
		return;
	if (len == 0) {
		dispatch(s);
		return;
	}
	colon = memchr(line, ':', len);
	key_len = colon == NULL ? len : (size_t)(colon - line);
	skip = colon == NULL ? len : key_len + 1;
	if (skip < len && line[skip] == ' ')
		skip++;
	if (key_len > 0)
		take_field(s, line, key_len, line + skip, len - skip);
	text_reset(&s->line);
}

int stream_feed(struct stream *s, const char *bytes, size_t len, struct error *err)
{
	const char *end = bytes + len;

	while (bytes < end && !text_failed(&s->line) && !text_failed(&s->data)) {
		const char *stop = bytes;

		if (s->after_cr && *bytes == '\n')
			stop = ++bytes;
		s->after_cr = false;
		while (stop < end && *stop != '\n' && *stop != '\r')
			stop++;
		text_addn(&s->line, bytes, (size_t)(stop - bytes));
		if (stop < end) {
			s->after_cr = *stop == '\r';
			take_line(s);
			stop++;
		}
		bytes = stop;
	}
	if (!text_failed(&s->line) && !text_failed(&s->data))
		return 0;
	return error_set(err, E_LIMIT, SAY("the gateway's answer is too long", "网关的答复过长"),
		"an event is longer than %zu bytes", s->data.max);
}
