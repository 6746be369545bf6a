/*
 * test_allowance.c - agents/allowance.h: what one kind of work may take of the loop.
 */
#include "tests/unit/unit.h"

#include "agents/allowance.h"

START_TEST(work_after_a_rest_goes_on_for_a_stretch_and_then_waits)
{
	struct allowance s = { 0 };
	int64_t now = 5000000;

	for (int i = 0; i < 10; i++, now += 100) {
		ck_assert(allowance_open(&s, now));
		allowance_took(&s, now, now + 100);
	}
	/* 1000 ms of work in 1000 ms, of which a fifth was paid back, but none before the first: 820 owed */
	ck_assert(allowance_open(&s, now));
	allowance_took(&s, now, now + 300);
	now += 300;
	/* 1060 */
	ck_assert(!allowance_open(&s, now));
	ck_assert(!allowance_open(&s, now + 300));
	ck_assert(allowance_open(&s, now + 305));
}
END_TEST

START_TEST(looking_often_pays_back_as_much_as_looking_once)
{
	struct allowance s = { 0 };

	allowance_took(&s, 1000, 3000);
	for (int64_t now = 3001; now <= 7999; now++)
		ck_assert(!allowance_open(&s, now));
	ck_assert(allowance_open(&s, 8005));
}
END_TEST

START_TEST(without_end_it_takes_a_fifth_however_short_the_pieces)
{
	struct allowance s = { 0 };
	int64_t done = 0;

	for (int64_t now = 1; now <= 100000; now++)
		if (allowance_open(&s, now)) {
			allowance_took(&s, now, now); /* too short for the clock */
			done++;
		}
	ck_assert_int_ge(done, 20000);
	ck_assert_int_le(done, 20000 + 1000 * ALLOWANCE_PARTS);
}
END_TEST

UNIT_MAIN("allowance", work_after_a_rest_goes_on_for_a_stretch_and_then_waits,
	looking_often_pays_back_as_much_as_looking_once,
	without_end_it_takes_a_fifth_however_short_the_pieces)
