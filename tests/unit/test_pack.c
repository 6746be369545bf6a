/*
 * test_pack.c - wire/pack.h: the reader over hostile bytes and the writer.
 */
#include "tests/unit/unit.h"

#include <msgpack/sbuffer.h>
#include <stdint.h>
#include <string.h>

#include "wire/pack.h"

static struct error err;

static struct reader reading(const void *bytes, size_t len)
{
	struct reader r;

	reader_init(&r, bytes, len);
	return r;
}

#define READ(literal) reading(literal, sizeof(literal) - 1)

/* The whole input was one good value. */
static void ck_good(const struct reader *r)
{
	OK(reader_end(r, "test", &err));
}

static void ck_bad(const struct reader *r, const char *why)
{
	FAILS(reader_end(r, "test", &err), E_INPUT);
	ck_assert_msg(strstr(err.log, why) != NULL, "\"%s\" does not say \"%s\"", err.log, why);
	ck_assert_ptr_nonnull(err.say.en);
	ck_assert_ptr_nonnull(err.say.zh);
}

START_TEST(unsigned_numbers_of_every_width_are_read)
{
	static const struct {
		const char *bytes;
		size_t len;
		uint64_t value;
	} rows[] = {
		{ "\x00", 1, 0 },
		{ "\x7f", 1, 127 },
		{ "\xcc\x80", 2, 128 },
		{ "\xcc\xff", 2, 255 },
		{ "\xcd\x01\x00", 3, 256 },
		{ "\xcd\xff\xff", 3, 65535 },
		{ "\xce\x00\x01\x00\x00", 5, 65536 },
		{ "\xce\xff\xff\xff\xff", 5, UINT32_MAX },
		{ "\xcf\x00\x00\x00\x01\x00\x00\x00\x00", 9, UINT64_C(4294967296) },
		{ "\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 9, UINT64_MAX },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reader r = reading(rows[i].bytes, rows[i].len);

		ck_assert_uint_eq(rd_uint(&r, UINT64_MAX), rows[i].value);
		ck_good(&r);
		r = reading(rows[i].bytes, rows[i].len);
		if (rows[i].value > 0) {
			ck_assert_uint_eq(rd_uint(&r, rows[i].value - 1), 0);
			ck_bad(&r, "above its bound");
		}
	}
}
END_TEST

START_TEST(signed_numbers_of_every_width_are_read)
{
	static const struct {
		const char *bytes;
		size_t len;
		int64_t value;
	} rows[] = {
		{ "\xff", 1, -1 },
		{ "\xe0", 1, -32 },
		{ "\xd0\xdf", 2, -33 },
		{ "\xd0\x80", 2, -128 },
		{ "\xd1\xff\x7f", 3, -129 },
		{ "\xd1\x80\x00", 3, -32768 },
		{ "\xd2\xff\xff\x7f\xff", 5, -32769 },
		{ "\xd2\x80\x00\x00\x00", 5, INT32_MIN },
		{ "\xd3\xff\xff\xff\xff\x7f\xff\xff\xff", 9, (int64_t)INT32_MIN - 1 },
		{ "\xd3\x80\x00\x00\x00\x00\x00\x00\x00", 9, INT64_MIN },
		{ "\x05", 1, 5 },
		{ "\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", 9, INT64_MAX },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reader r = reading(rows[i].bytes, rows[i].len);

		ck_assert_int_eq(rd_int(&r, INT64_MIN, INT64_MAX), rows[i].value);
		ck_good(&r);
		r = reading(rows[i].bytes, rows[i].len);
		if (rows[i].value < INT64_MAX) {
			ck_assert_int_eq(rd_int(&r, rows[i].value + 1, INT64_MAX), 0);
			ck_bad(&r, "outside its bounds");
		}
	}
}
END_TEST

START_TEST(a_number_has_one_spelling)
{
	static const struct {
		const char *bytes;
		size_t len;
	} longer[] = {
		{ "\xcc\x7f", 2 },
		{ "\xcd\x00\xff", 3 },
		{ "\xce\x00\x00\xff\xff", 5 },
		{ "\xcf\x00\x00\x00\x00\xff\xff\xff\xff", 9 },
		{ "\xd0\xe0", 2 },             /* -32 fits the tag */
		{ "\xd1\xff\x80", 3 },         /* -128 fits one byte */
		{ "\xd2\xff\xff\x80\x00", 5 }, /* -32768 fits two */
		{ "\xd3\xff\xff\xff\xff\x80\x00\x00\x00", 9 },
		{ "\xd0\x05", 2 },     /* signed tags are for negatives */
		{ "\xd1\x03\xe8", 3 }, /* 1000: as long as the unsigned form */
		{ "\xd3\x7f\xff\xff\xff\xff\xff\xff\xff", 9 },
	};

	for (size_t i = 0; i < sizeof(longer) / sizeof(longer[0]); i++) {
		struct reader r = reading(longer[i].bytes, longer[i].len);

		(void)rd_int(&r, INT64_MIN, INT64_MAX);
		ck_bad(&r, "shortest");
	}
}
END_TEST

START_TEST(a_length_has_one_spelling)
{
	struct reader r = READ("\xd9\x01x");

	(void)rd_str(&r, 100);
	ck_bad(&r, "shortest");
	r = READ("\xda\x00\x01x");
	(void)rd_str(&r, 100);
	ck_bad(&r, "shortest");
	r = READ("\xdb\x00\x00\x00\x01x");
	(void)rd_str(&r, 100);
	ck_bad(&r, "shortest");
	r = READ("\xc5\x00\x01x");
	(void)rd_bin(&r, 100);
	ck_bad(&r, "shortest");
	r = READ("\xc6\x00\x00\x00\x01x");
	(void)rd_bin(&r, 100);
	ck_bad(&r, "shortest");
	r = READ("\xdc\x00\x01\x01");
	(void)rd_array(&r, 100);
	ck_bad(&r, "shortest");
	r = READ("\xdd\x00\x00\x00\x01\x01");
	(void)rd_array(&r, 100);
	ck_bad(&r, "shortest");
	r = READ("\xde\x00\x01\xa1x\x01");
	rd_map(&r, 1);
	ck_bad(&r, "shortest");
}
END_TEST

START_TEST(other_kinds_are_refused)
{
	/* nil, the unused tag, floats, ext */
	static const char *const tags[] = { "\xc0", "\xc1", "\xca\0\0\0\0", "\xcb\0\0\0\0\0\0\0\0",
		"\xd4\0\0", "\xc7\0\0" };

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		struct reader r = reading(tags[i], 1);

		(void)rd_uint(&r, 9);
		ck_bad(&r, "not a whole number");
		r = reading(tags[i], 1);
		(void)rd_str(&r, 9);
		ck_bad(&r, "not text");
		r = reading(tags[i], 1);
		(void)rd_bin(&r, 9);
		ck_bad(&r, "not bytes");
		r = reading(tags[i], 1);
		(void)rd_bool(&r);
		ck_bad(&r, "not true or false");
		r = reading(tags[i], 1);
		(void)rd_array(&r, 9);
		ck_bad(&r, "not a list");
		r = reading(tags[i], 1);
		rd_map(&r, 0);
		ck_bad(&r, "not a map");
	}
}
END_TEST

START_TEST(text_and_bytes_do_not_stand_for_each_other)
{
	struct reader r = READ("\xc4\x01x");

	(void)rd_str(&r, 9);
	ck_bad(&r, "not text");
	r = READ("\xa1x");
	(void)rd_bin(&r, 9);
	ck_bad(&r, "not bytes");
}
END_TEST

START_TEST(the_first_failure_sticks)
{
	struct reader r = READ("\xa3"
			       "abc"
			       "\x01\xc3");
	uint8_t out[2] = { 7, 7 };
	char text[4] = "old";

	rd_fail(&r, "first reason");
	rd_fail(&r, "second reason");
	ck_assert_uint_eq(rd_str(&r, 9).len, 0);
	ck_assert_uint_eq(rd_uint(&r, 9), 0);
	ck_assert(!rd_bool(&r));
	rd_bin_exact(&r, out, 2);
	ck_assert_uint_eq(out[0], 0);
	rd_text_into(&r, text, sizeof(text));
	ck_assert_str_eq(text, "");
	ck_bad(&r, "first reason");
}
END_TEST

START_TEST(spare_bytes_are_refused)
{
	struct reader r = READ("\x01\x02");

	ck_assert_uint_eq(rd_uint(&r, 9), 1);
	ck_bad(&r, "spare bytes");
}
END_TEST

START_TEST(nothing_can_be_read_from_nothing)
{
	struct reader r = reading(NULL, 0);

	ck_good(&r);
	ck_assert_uint_eq(rd_uint(&r, 9), 0);
	ck_bad(&r, "ends early");
}
END_TEST

START_TEST(huge_lengths_and_counts_end_the_reading_at_once)
{
	struct reader r = READ("\xdb\xff\xff\xff\xff");

	(void)rd_str(&r, SIZE_MAX);
	ck_bad(&r, "ends early");
	r = READ("\xc6\xff\xff\xff\xff");
	(void)rd_bin(&r, SIZE_MAX);
	ck_bad(&r, "ends early");
	r = READ("\xdd\xff\xff\xff\xff");
	ck_assert_uint_eq(rd_array(&r, UINT32_MAX), 0);
	ck_bad(&r, "ends early");
	r = READ("\xdd\xff\xff\xff\xff");
	ck_assert_uint_eq(rd_array(&r, 16), 0);
	ck_bad(&r, "longer than its bound");
	r = READ("\xdf\xff\xff\xff\xff");
	rd_map(&r, UINT32_MAX);
	ck_bad(&r, "ends early");
	/* a count above the room left, though within its maximum */
	r = READ("\x93\x01\x01");
	ck_assert_uint_eq(rd_array(&r, 16), 0);
	ck_bad(&r, "ends early");
}
END_TEST

START_TEST(text_has_its_maximum_and_is_utf8)
{
	struct reader r = READ("\xa4"
			       "abcd");
	char small[4];

	ck_assert_uint_eq(rd_str(&r, 4).len, 4);
	ck_good(&r);
	r = READ("\xa4"
		 "abcd");
	(void)rd_str(&r, 3);
	ck_bad(&r, "longer than its bound");
	r = READ("\xa4"
		 "abcd");
	rd_text_into(&r, small, sizeof(small));
	ck_bad(&r, "longer than its bound");
	r = READ("\xa3"
		 "abc");
	rd_text_into(&r, small, sizeof(small));
	ck_assert_str_eq(small, "abc");
	ck_good(&r);
	r = READ("\xa2\xc0\x80");
	(void)rd_str(&r, 9);
	ck_bad(&r, "UTF-8");
	r = READ("\xa3"
		 "a\0b");
	(void)rd_str(&r, 9);
	ck_bad(&r, "UTF-8");
}
END_TEST

START_TEST(text_goes_into_an_arena_up_to_its_bound)
{
	struct reader r = READ("\xa4"
			       "abcd"
			       "\xa0");
	struct arena a;
	char big[4 + 200] = "\xda\x00\xc8";

	arena_init(&a, 100);
	ck_assert_str_eq(rd_text(&r, 9, &a), "abcd");
	ck_assert_str_eq(rd_text(&r, 9, &a), "");
	ck_good(&r);
	memcpy(big, "\xd9\xc8", 2);
	memset(big + 2, 'x', 200);
	r = reading(big, 202);
	ck_assert_ptr_null(rd_text(&r, 200, &a));
	ck_bad(&r, "memory");
	arena_clear(&a);
}
END_TEST

START_TEST(bytes_of_an_exact_length_are_no_shorter_and_no_longer)
{
	struct reader r = READ("\xc4\x02"
			       "ab");
	char out[3] = { 0 };

	rd_bin_exact(&r, out, 2);
	ck_good(&r);
	ck_assert_mem_eq(out, "ab", 2);
	r = READ("\xc4\x02"
		 "ab");
	rd_bin_exact(&r, out, 3);
	ck_bad(&r, "shorter");
	r = READ("\xc4\x02"
		 "ab");
	rd_bin_exact(&r, out, 1);
	ck_bad(&r, "longer");
	ck_assert_int_eq(out[0], 0);
}
END_TEST

START_TEST(keys_come_in_their_order_and_once)
{
	struct reader r = READ("\x82\xa1"
			       "a"
			       "\x01\xa1"
			       "b"
			       "\x02");

	rd_map(&r, 2);
	rd_key(&r, "a");
	ck_assert_uint_eq(rd_uint(&r, 9), 1);
	rd_key(&r, "b");
	ck_assert_uint_eq(rd_uint(&r, 9), 2);
	ck_good(&r);

	r = READ("\x82\xa1"
		 "a"
		 "\x01\xa1"
		 "a"
		 "\x02");
	rd_map(&r, 2);
	rd_key(&r, "a");
	(void)rd_uint(&r, 9);
	rd_key(&r, "b");
	ck_bad(&r, "twice");

	r = READ("\x81\xa2"
		 "ab"
		 "\x01");
	rd_map(&r, 1);
	rd_key(&r, "a");
	ck_bad(&r, "unknown");

	r = READ("\x81\xa1"
		 "a"
		 "\x01");
	rd_map(&r, 2);
	ck_bad(&r, "missing or unknown");
	r = READ("\x81\x01\x01"); /* keys are text */
	rd_map(&r, 1);
	rd_key(&r, "a");
	ck_bad(&r, "not text");
}
END_TEST

START_TEST(what_is_written_is_read_again)
{
	static const int64_t numbers[] = { 0, 1, 127, 128, 255, 256, 65535, 65536, UINT32_MAX,
		(int64_t)UINT32_MAX + 1, INT64_MAX, -1, -32, -33, -128, -129, -32768, -32769,
		INT32_MIN, (int64_t)INT32_MIN - 1, INT64_MIN };
	enum {
		N = sizeof(numbers) / sizeof(numbers[0])
	};
	static const size_t lengths[] = { 0, 1, 15, 16, 31, 32, 255, 256, 65535, 65536 };
	enum {
		L = sizeof(lengths) / sizeof(lengths[0])
	};
	static char letters[65537];
	struct writer w;
	struct reader r;
	const void *bytes;
	size_t len;

	memset(letters, 'x', sizeof(letters));
	OK(writer_init(&w, 1 << 20, &err));
	for (size_t i = 0; i < N; i++)
		wr_int(&w, numbers[i]);
	for (size_t i = 0; i < L; i++) {
		wr_strn(&w, letters, lengths[i]);
		wr_bin(&w, letters, lengths[i]);
	}
	wr_bool(&w, true);
	wr_bool(&w, false);
	wr_uint(&w, UINT64_MAX);
	wr_map(&w, 1);
	wr_key(&w, "k");
	wr_array(&w, 2);
	wr_str(&w, "");
	wr_str(&w, "汉字");
	OK(writer_bytes(&w, &bytes, &len, &err));
	r = reading(bytes, len);
	for (size_t i = 0; i < N; i++)
		ck_assert_int_eq(rd_int(&r, INT64_MIN, INT64_MAX), numbers[i]);
	for (size_t i = 0; i < L; i++) {
		ck_assert_uint_eq(rd_str(&r, 1 << 20).len, lengths[i]);
		ck_assert_uint_eq(rd_bin(&r, 1 << 20).len, lengths[i]);
	}
	ck_assert(rd_bool(&r));
	ck_assert(!rd_bool(&r));
	ck_assert_uint_eq(rd_uint(&r, UINT64_MAX), UINT64_MAX);
	rd_map(&r, 1);
	rd_key(&r, "k");
	ck_assert_uint_eq(rd_array(&r, 2), 2);
	ck_assert_uint_eq(rd_str(&r, 9).len, 0);
	ck_assert_uint_eq(rd_str(&r, 9).len, 6);
	ck_good(&r);
	writer_clear(&w);
}
END_TEST

START_TEST(a_writer_stops_at_its_bound)
{
	struct writer w;
	const void *bytes;
	size_t len;

	OK(writer_init(&w, 4, &err));
	wr_str(&w, "abc");
	OK(writer_bytes(&w, &bytes, &len, &err));
	ck_assert_uint_eq(len, 4);
	wr_uint(&w, 1);
	FAILS(writer_bytes(&w, &bytes, &len, &err), E_LIMIT);
	/* the failure sticks, and nothing was added */
	wr_uint(&w, 1);
	ck_assert_uint_eq(w.buf->size, 4);
	FAILS(writer_bytes(&w, &bytes, &len, &err), E_LIMIT);
	writer_clear(&w);
	writer_clear(&w);
	writer_clear(NULL);
	FAILS(writer_bytes(&w, &bytes, &len, &err), E_LIMIT);
}
END_TEST

START_TEST(a_writer_goes_back_to_a_mark)
{
	struct writer w;
	struct writer_mark mark;
	void *taken;
	size_t len;

	OK(writer_init(&w, 4, &err));
	wr_uint(&w, 1);
	mark = writer_mark(&w);
	wr_str(&w, "too long");
	ck_assert(w.failed);
	writer_back(&w, mark);
	wr_uint(&w, 2);
	OK(writer_take(&w, &taken, &len, &err));
	ck_assert_uint_eq(len, 2);
	ck_assert_mem_eq(taken, "\x01\x02", 2);
	free(taken);
	wr_uint(&w, 3);
	OK(writer_take(&w, &taken, &len, &err));
	ck_assert_uint_eq(len, 1);
	free(taken);
	writer_clear(&w);
}
END_TEST

UNIT_MAIN("pack", unsigned_numbers_of_every_width_are_read, signed_numbers_of_every_width_are_read,
	a_number_has_one_spelling, a_length_has_one_spelling, other_kinds_are_refused,
	text_and_bytes_do_not_stand_for_each_other, the_first_failure_sticks,
	spare_bytes_are_refused, nothing_can_be_read_from_nothing,
	huge_lengths_and_counts_end_the_reading_at_once, text_has_its_maximum_and_is_utf8,
	text_goes_into_an_arena_up_to_its_bound,
	bytes_of_an_exact_length_are_no_shorter_and_no_longer, keys_come_in_their_order_and_once,
	what_is_written_is_read_again, a_writer_stops_at_its_bound, a_writer_goes_back_to_a_mark)
