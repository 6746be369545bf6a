/*
 * test_pace.c - agents/pace.h: when an answer leaves.
 */
#include "tests/unit/unit.h"

#include "agents/pace.h"

static struct pace p;

START_TEST(open_leaves_at_once)
{
	ck_assert(pace_start(TIMING_OPEN, 1000, 60000, &p));
	ck_assert_int_eq(pace_departure(&p, 1003), 1003);
	ck_assert_int_eq(pace_departure(&p, 99999999), 99999999);
	ck_assert_int_eq(p.run_until, 1000 + 59000);
}
END_TEST

START_TEST(paced_leaves_at_the_first_step_that_has_not_passed)
{
	static const int64_t ready[] = { 0, 1, 49, 50, 51, 100, 101, 399, 401, 30000 };
	static const int64_t leaves[] = { 50, 50, 50, 50, 100, 100, 200, 400, 800, 51200 };

	ck_assert(pace_start(TIMING_PACED, 7000, 60000, &p));
	for (size_t i = 0; i < sizeof(ready) / sizeof(ready[0]); i++)
		ck_assert_int_eq(pace_departure(&p, 7000 + ready[i]), 7000 + leaves[i]);
}
END_TEST

START_TEST(the_last_step_is_before_the_deadline)
{
	ck_assert(pace_start(TIMING_PACED, 0, 60000, &p));
	ck_assert_int_eq(pace_departure(&p, 51201), 59000);
	ck_assert_int_eq(pace_departure(&p, 59000), 59000);
	ck_assert_int_eq(pace_departure(&p, 59500), 59500); /* late is late */
	ck_assert(pace_start(TIMING_PACED, 0, 40, &p));
	ck_assert_int_eq(pace_departure(&p, 1), 36);
	ck_assert(pace_start(TIMING_PACED, 0, 1, &p));
	ck_assert_int_eq(pace_departure(&p, 0), 1);
}
END_TEST

START_TEST(strict_leaves_at_a_time_of_the_deadlines_class)
{
	static const uint64_t deadlines[] = { 5200, 30199, 30200, 300199, 300200, 600000 };
	static const int64_t leaves[] = { 5000, 5000, 30000, 30000, 300000, 300000 };

	for (size_t i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++) {
		ck_assert(pace_start(TIMING_STRICT, 100, deadlines[i], &p));
		ck_assert_int_eq(pace_departure(&p, 100), 100 + leaves[i]);
		ck_assert_int_eq(pace_departure(&p, 99 + leaves[i]), 100 + leaves[i]);
		ck_assert_int_eq(p.run_until, 100 + leaves[i] / 10 * 8);
	}
	ck_assert(!pace_start(TIMING_STRICT, 100, 5199, &p));
}
END_TEST

START_TEST(nothing_leaves_before_it_is_ready)
{
	static const enum timing timings[] = { TIMING_OPEN, TIMING_PACED, TIMING_STRICT };

	for (int t = 0; t < 3; t++)
		for (int64_t now = 0; now < 40000; now += 7) {
			ck_assert(pace_start(timings[t], 0, 31000, &p));
			ck_assert_int_ge(pace_departure(&p, now), now);
		}
}
END_TEST

UNIT_MAIN("pace", open_leaves_at_once, paced_leaves_at_the_first_step_that_has_not_passed,
	the_last_step_is_before_the_deadline, strict_leaves_at_a_time_of_the_deadlines_class,
	nothing_leaves_before_it_is_ready)
