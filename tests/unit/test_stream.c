#include "cli/stream.h"

#include <string.h>

#include "tests/unit/unit.h"

static struct error err;
static struct text seen; /* "name=data|name=data|" */

static void note(const char *name, const char *data, size_t len, void *arg)
{
	(void)arg;
	text_addf(&seen, "%s=", name);
	text_addn(&seen, data, len);
	text_addc(&seen, '|');
}

/* Feeds bytes in pieces of `step`. */
static int feed(const char *bytes, size_t len, size_t step, size_t max)
{
	struct stream s;
	int ret = 0;

	text_clear(&seen);
	text_init(&seen, 1 << 20);
	stream_init(&s, max, note, NULL);
	for (size_t at = 0; at < len && ret == 0; at += step)
		ret = stream_feed(&s, bytes + at, len - at < step ? len - at : step, &err);
	stream_clear(&s);
	return ret;
}

static void gives(const char *bytes, const char *want)
{
	for (size_t step = 1; step <= strlen(bytes) + 1; step++) {
		OK(feed(bytes, strlen(bytes), step, 1000));
		ck_assert_msg(strcmp(text_str(&seen), want) == 0, "in pieces of %zu: %s", step,
			text_str(&seen));
	}
}

START_TEST(events_are_found_however_the_bytes_are_split_and_lines_end)
{
	gives("event: answer\ndata: {\"a\":1}\n\nevent: answer\ndata: 2\n\n",
		"answer={\"a\":1}|answer=2|");
	gives("event: answer\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n", "answer=1|message=2|");
	gives("event: answer\rdata: 1\r\rdata: 2\r\r", "answer=1|message=2|");
	gives("data:1\n\r\ndata:2\r\n\n", "message=1|message=2|");
}
END_TEST

START_TEST(comments_unknown_fields_and_events_without_data_are_passed_over)
{
	gives(":\n\n: still here\n\ndata: 1\n\n", "message=1|");
	gives("event: answer\n\nretry: 3\nid: 7\nnonsense\ndata: 1\n\n", "message=1|");
	gives("xdata: 1\n\ndatax: 2\n\ndata\n\n", "message=|");
}
END_TEST

START_TEST(data_may_have_several_lines_and_one_space_in_front_is_not_its)
{
	gives("data: a\ndata:  b\ndata:\n\n", "message=a\n b\n|");
}
END_TEST

START_TEST(an_event_that_never_ends_is_none)
{
	gives("data: 1\n\ndata: 2\n", "message=1|");
	gives("data: 2", "");
	gives("", "");
}
END_TEST

START_TEST(a_zero_byte_ends_nothing)
{
	const char bytes[] = "data: a\0b\n\ndata: c\n\n";

	OK(feed(bytes, sizeof(bytes) - 1, 3, 1000));
	ck_assert_uint_eq(seen.len, strlen("message=a") + 1 + strlen("b|message=c|"));
	ck_assert_int_eq(memcmp(seen.at, "message=a\0b|message=c|", seen.len), 0);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_no_known_name)
{
	gives("event: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\ndata: 1\n\n",
		"?=1|");
}
END_TEST

START_TEST(more_than_the_bound_is_an_error_in_one_line_and_in_many)
{
	char long_line[3000], many[3000];
	struct stream s;

	memset(long_line, 'a', sizeof(long_line));
	for (size_t i = 0; i < sizeof(many); i += 10)
		memcpy(many + i, "data: 123\n", 10);
	FAILS(feed(long_line, sizeof(long_line), 7, 1000), E_LIMIT);
	FAILS(feed(many, sizeof(many), 7, 1000), E_LIMIT);
	ck_assert_str_eq(text_str(&seen), "");
	/* and it sticks */
	stream_init(&s, 10, note, NULL);
	FAILS(stream_feed(&s, long_line, 100, &err), E_LIMIT);
	FAILS(stream_feed(&s, "\n\ndata: 1\n\n", 11, &err), E_LIMIT);
	ck_assert_str_eq(text_str(&seen), "");
	stream_clear(&s);
	/* while many events within the bound are none */
	for (size_t i = 0; i + 11 <= sizeof(many); i += 11)
		memcpy(many + i, "data: 123\n\n", 11);
	OK(feed(many, sizeof(many) / 11 * 11, 7, 1000));
}
END_TEST

UNIT_MAIN("stream", events_are_found_however_the_bytes_are_split_and_lines_end,
	comments_unknown_fields_and_events_without_data_are_passed_over,
	data_may_have_several_lines_and_one_space_in_front_is_not_its,
	an_event_that_never_ends_is_none, a_zero_byte_ends_nothing,
	a_name_that_is_too_long_is_no_known_name,
	more_than_the_bound_is_an_error_in_one_line_and_in_many)
