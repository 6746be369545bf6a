/*
 * test_clock.c - days in whole numbers, times with their zone.
 */
#include "base/clock.h"

#include <string.h>
#include <time.h>

#include "tests/unit/unit.h"

START_TEST(every_day_of_six_centuries_follows_the_one_before)
{
	static const unsigned length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int32_t want = day_of(1700, 1, 1);

	for (int y = 1700; y < 2300; y++)
		for (unsigned m = 1; m <= 12; m++) {
			bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
			unsigned days = length[m - 1] + (m == 2 && leap);

			for (unsigned d = 1; d <= days; d++, want++) {
				unsigned m2, d2;
				int y2;

				ck_assert_int_eq(day_of(y, m, d), want);
				day_split(want, &y2, &m2, &d2);
				ck_assert(y2 == y && m2 == m && d2 == d);
			}
		}
	ck_assert_int_eq(day_of(1970, 1, 1), 0);
	ck_assert_int_eq(day_of(2000, 3, 1), 11017);
}
END_TEST

START_TEST(days_are_read_in_one_form_and_written_back)
{
	static const char *const good[] = { "1970-01-01", "2024-02-29", "2026-12-31", "0001-01-01",
		"9999-12-31", "1899-02-28" };
	int32_t day;
	char buf[16];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(day_parse(good[i], &day), "%s", good[i]);
		ck_assert_str_eq(day_text(day, buf), good[i]);
	}
}
END_TEST

START_TEST(days_that_do_not_exist_are_refused)
{
	static const char *const bad[] = { "", "2026-13-01", "2026-00-01", "2026-01-00",
		"2026-01-32", "2026-02-29", "1900-02-29", "2026-04-31", "2026-1-1", "26-01-01",
		"2026/01/01", "20260101", " 2026-01-01", "2026-01-01 ", "2026-01-01T00:00:00",
		"2026-01-0x", "-026-01-01", "２026-01-01" };
	int32_t day = 12345;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!day_parse(bad[i], &day), "%s", bad[i]);
	ck_assert_int_eq(day, 12345);
}
END_TEST

START_TEST(times_carry_the_zone_of_the_site)
{
	char buf[32];

	setenv("TZ", "Asia/Shanghai", 1);
	tzset();
	ck_assert_str_eq(clock_iso(1772331751000, buf), "2026-03-01T10:22:31+08:00");
	setenv("TZ", "XYZ3:30", 1); /* west of Greenwich */
	tzset();
	ck_assert_str_eq(clock_iso(0, buf), "1969-12-31T20:30:00-03:30");
	setenv("TZ", "UTC", 1);
	tzset();
	ck_assert_str_eq(clock_iso(-1, buf), "1969-12-31T23:59:59+00:00");
	ck_assert_str_eq(clock_iso(999, buf), "1970-01-01T00:00:00+00:00");
	/* absurd times stay inside the buffer */
	ck_assert_uint_eq(strlen(clock_iso(INT64_MAX, buf)), 25);
	ck_assert_uint_eq(strlen(clock_iso(INT64_MIN, buf)), 25);
}
END_TEST

START_TEST(times_are_read_back_in_one_form)
{
	static const char *const bad[] = { "", "2026-03-01T10:22:31Z", "2026-03-01 10:22:31+08:00",
		"2026-02-30T10:22:31+08:00", "2026-03-01T24:00:00+08:00",
		"2026-03-01T10:60:31+08:00", "2026-03-01T10:22:60+08:00",
		"2026-03-01T10:22:31+15:00", "2026-03-01T10:22:31+08:60",
		"2026-03-01T10:22:31+08:000", "2026-03-01T1a:22:31+08:00",
		"2026-03-01T10:22:31 08:00", "2026-03-01T10:22:31+08-00" };
	int64_t ms = 12345;
	char buf[32];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!clock_iso_parse(bad[i], &ms), "%s", bad[i]);
	ck_assert_int_eq(ms, 12345);
	ck_assert(clock_iso_parse("2026-03-01T10:22:31+08:00", &ms));
	ck_assert_int_eq(ms, 1772331751000);
	ck_assert(clock_iso_parse("1969-12-31T20:30:00-03:30", &ms));
	ck_assert_int_eq(ms, 0);
	ck_assert(clock_iso_parse("1969-12-31T23:59:59+00:00", &ms));
	ck_assert_int_eq(ms, -1000);
	ck_assert(clock_iso_parse(clock_iso(1772331751000, buf), &ms));
	ck_assert_int_eq(ms, 1772331751000);
}
END_TEST

START_TEST(clocks_go_forward)
{
	int64_t mono = clock_mono_ms();
	char buf[16];

	ck_assert_int_gt(clock_wall_ms(), 1700000000000);
	ck_assert_int_ge(clock_mono_ms(), mono);
	setenv("TZ", "UTC", 1);
	tzset();
	ck_assert_int_le(clock_wall_ms() / 86400000 - clock_today(), 1);
	ck_assert_uint_eq(strlen(day_text(clock_today(), buf)), 10);
	/* the ends of the range do not leave the buffer */
	day_text(INT32_MAX, buf);
	day_text(INT32_MIN, buf);
}
END_TEST

UNIT_MAIN("clock", every_day_of_six_centuries_follows_the_one_before,
	days_are_read_in_one_form_and_written_back, days_that_do_not_exist_are_refused,
	times_carry_the_zone_of_the_site, times_are_read_back_in_one_form, clocks_go_forward)
