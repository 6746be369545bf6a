/*
 * unit.h - the frame of a unit test program: `UNIT_MAIN("noise", test_a, test_b)` is its main().
 * Check forks every test, so one that crashes fails alone.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <check.h>
#include <stdlib.h>

#include "base/error.h"

/* Asserts success and shows the log text otherwise. */
#define OK(call) \
	do { \
		struct error *unit_err_ = &err; \
		ck_assert_msg((call) == 0, "%s: %s", #call, unit_err_->log); \
	} while (0)
/* Asserts failure with this code. */
#define FAILS(call, want) \
	do { \
		err = (struct error){ .code = E_NONE }; \
		ck_assert_msg((call) == -1, "%s did not fail", #call); \
		ck_assert_int_eq(err.code, want); \
	} while (0)

#define UNIT_MAIN(name, ...) UNIT_MAIN_WITH(name, NULL, NULL, __VA_ARGS__)
/* `before` and `after` are called in each test's own process. */
#define UNIT_MAIN_WITH(name, before, after, ...) \
	int main(void) \
	{ \
		const TTest *const tests[] = { __VA_ARGS__ }; \
		Suite *s = suite_create(name); \
		TCase *c = tcase_create(name); \
		tcase_set_timeout(c, 120); \
		tcase_add_checked_fixture(c, before, after); \
		for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) \
			tcase_add_test(c, tests[i]); \
		suite_add_tcase(s, c); \
		SRunner *r = srunner_create(s); \
		srunner_run_all(r, CK_ENV); \
		int failed = srunner_ntests_failed(r); \
		srunner_free(r); \
		return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE; \
	}

#endif
