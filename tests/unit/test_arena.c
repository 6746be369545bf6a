/*
 * test_arena.c - memory that ends at once.
 */
#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#include "tests/unit/unit.h"

START_TEST(what_was_given_stays_where_it_is)
{
	struct arena a;
	char *texts[2000];

	arena_init(&a, 1 << 20);
	for (int i = 0; i < 2000; i++) {
		texts[i] = arena_textf(&a, "text %d", i);
		ck_assert_ptr_nonnull(texts[i]);
	}
	for (int i = 0; i < 2000; i++)
		ck_assert_int_eq(strtol(texts[i] + 5, NULL, 10), i);
	arena_clear(&a);
	arena_clear(NULL);
}
END_TEST

START_TEST(past_its_bound_an_arena_gives_nothing_and_stays_as_it_was)
{
	struct arena a;
	size_t used;

	arena_init(&a, 1000);
	ck_assert_ptr_nonnull(arena_alloc(&a, 900));
	used = a.used;
	ck_assert_ptr_null(arena_alloc(&a, 101));
	ck_assert_ptr_null(arena_alloc(&a, SIZE_MAX));
	ck_assert_ptr_null(arena_alloc(&a, SIZE_MAX - 7));
	ck_assert_uint_eq(a.used, used);
	ck_assert_ptr_nonnull(arena_alloc(&a, 80));
	arena_clear(&a);
}
END_TEST

START_TEST(a_count_that_wraps_gives_nothing)
{
	struct arena a;

	arena_init(&a, 1 << 20);
	ck_assert_ptr_null(arena_array(&a, SIZE_MAX / 2, 3));
	ck_assert_ptr_null(arena_array(&a, SIZE_MAX, SIZE_MAX));
	ck_assert_ptr_null(arena_textn(&a, "", SIZE_MAX));
	ck_assert_uint_eq(a.used, 0);
	ck_assert_ptr_nonnull(arena_array(&a, 0, 8));
	arena_clear(&a);
}
END_TEST

START_TEST(memory_is_zero_and_aligned_again_after_a_reset)
{
	struct arena a;

	arena_init(&a, 1 << 20);
	for (int round = 0; round < 3; round++) {
		for (size_t size = 0; size < 300; size++) {
			unsigned char *p = arena_alloc(&a, size);

			ck_assert_ptr_nonnull(p);
			ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t i = 0; i < size; i++)
				ck_assert_uint_eq(p[i], 0);
			memset(p, 0xA5, size);
		}
		arena_reset(&a);
		ck_assert_uint_eq(a.used, 0);
	}
	arena_clear(&a);
}
END_TEST

START_TEST(a_reset_wipes_what_was_in_it)
{
	struct arena a;
	char *secret;

	arena_init(&a, 1000);
	secret = arena_text(&a, "row of a patient");
	arena_reset(&a);
	/* the block is kept, so its memory may still be looked at */
	ck_assert_int_eq(secret[0], 0);
	ck_assert_ptr_eq(arena_alloc(&a, 1), secret);
	arena_clear(&a);
	ck_assert_ptr_null(a.blocks);
}
END_TEST

START_TEST(an_arena_can_be_filled_again_after_it_was_cleared)
{
	struct arena a;

	arena_init(&a, 64 << 10);
	ck_assert_ptr_nonnull(arena_alloc(&a, 64 << 10));
	ck_assert_ptr_null(arena_alloc(&a, 1));
	arena_clear(&a);
	ck_assert_ptr_nonnull(arena_alloc(&a, 64 << 10));
	ck_assert_ptr_null(arena_alloc(&a, 0));
	arena_reset(&a);
	ck_assert_str_eq(arena_textn(&a, "abcdef", 3), "abc");
	arena_clear(&a);
}
END_TEST

UNIT_MAIN("arena", what_was_given_stays_where_it_is,
	past_its_bound_an_arena_gives_nothing_and_stays_as_it_was, a_count_that_wraps_gives_nothing,
	memory_is_zero_and_aligned_again_after_a_reset, a_reset_wipes_what_was_in_it,
	an_arena_can_be_filled_again_after_it_was_cleared)
