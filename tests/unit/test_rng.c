#include "crypto/rng.h"

#include <openssl/rand.h>
#include <pthread.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/stats.h"
#include "tests/unit/tape.h"
#include "tests/unit/unit.h"

/*
 * Uniformity is shown twice: at the exact words where a result begins and ends, and by counting.
 * Counting alone would not see a word too many in 2^64.
 */

typedef uint64_t (*below_fn)(struct rng *r, uint64_t n);

static struct rng gen;

/* --- exactly --------------------------------------------------------------------------------- */

/* The words of result x are the 2^64/n-th parts of all words: from ceil(x*2^64/n) on. The first
 * ones of a longer part are refused. */
static u128 first_word(uint64_t x, uint64_t n)
{
	u128 all = (u128)x << 64;

	return all / n + (all % n != 0);
}

static uint64_t draw_word(uint64_t word, uint64_t n, uint64_t next)
{
	const uint64_t words[] = { word, next };

	tape_words(&gen, words, 2);
	return rng_below(&gen, n);
}

/* Result x has exactly floor(2^64/n) words: the last ones of its part. */
static void part_is_exact(uint64_t x, uint64_t n)
{
	const uint64_t other = UINT64_MAX, last = n - 1; /* where a refused word leads */
	u128 begin = first_word(x, n), end = first_word(x + 1, n);
	u128 each = ((u128)1 << 64) / n;

	ck_assert(end - begin == each || end - begin == each + 1);
	ck_assert_uint_eq(draw_word((uint64_t)(end - 1), n, other), x);
	ck_assert_uint_eq(gen.at, 8);
	ck_assert_uint_eq(draw_word((uint64_t)(end - each), n, other), x);
	ck_assert_uint_eq(gen.at, 8);
	if (end - begin > each) {
		ck_assert_uint_eq(draw_word((uint64_t)begin, n, other), last);
		ck_assert_uint_eq(gen.at, 16);
	}
}

START_TEST(every_result_has_equally_many_words)
{
	static const uint64_t ns[] = { 2, 3, 5, 6, 7, 10, 255, 256, 257, UINT64_C(1) << 31,
		(UINT64_C(1) << 31) + 1, (UINT64_C(1) << 32) - 1, (UINT64_C(1) << 63) - 1,
		UINT64_C(1) << 63, (UINT64_C(1) << 63) + 1, UINT64_C(3) << 62, UINT64_MAX - 1,
		UINT64_MAX };

	tape_start("words");
	for (size_t i = 0; i < sizeof(ns) / sizeof(ns[0]); i++) {
		uint64_t n = ns[i];
		for (uint64_t x = 0; x < n && x < 300; x++)
			part_is_exact(x, n);
		for (uint64_t back = 1; back <= n && back < 300; back++)
			part_is_exact(n - back, n);
		for (int k = 0; k < 200; k++) {
			rng_init(&gen);
			part_is_exact(rng_below(&gen, UINT64_MAX) % n, n); /* any will do */
		}
	}
	tape_end();
}
END_TEST

START_TEST(one_possible_result_needs_no_draw)
{
	tape_start("none");
	rng_init(&gen);
	ck_assert_uint_eq(rng_below(&gen, 1), 0);
	ck_assert(rng_below128(&gen, 1) == 0);
	ck_assert(rng_bern(&gen, 1, 1));
	ck_assert(!rng_bern(&gen, 0, 1));
	ck_assert_int_eq(tape.fills, 0);
	tape_end();
}
END_TEST

START_TEST(wide_results_are_bits_refused_above_the_end)
{
	const u128 one64 = (u128)1 << 64, n = 5 * one64 + 7; /* 67 bits */
	const uint64_t words[] = {
		UINT64_MAX, 0, /* 7 * 2^64: refused */
		5, 7,          /* n itself: refused */
		(8 | 5), 6,    /* n - 1, and bits above the 67th do not count */
		8 | 0, 3,      /* 3 */
		4, UINT64_MAX, /* 5 * 2^64 - 1 */
	};

	tape_start("wide");
	tape_words(&gen, words, sizeof(words) / sizeof(words[0]));
	ck_assert(rng_below128(&gen, n) == n - 1);
	ck_assert_uint_eq(gen.at, 6 * 8);
	ck_assert(rng_below128(&gen, n) == 3);
	ck_assert(rng_below128(&gen, n) == 5 * one64 - 1);

	/* up to 2^64-1 it is rng_below(), at 2^64 a word, and 2^128-1 works */
	const uint64_t ends[] = { UINT64_MAX, 9, 12, 1, 2 };
	tape_words(&gen, ends, 5);
	ck_assert(rng_below128(&gen, UINT64_MAX) == UINT64_MAX - 1);
	ck_assert(rng_below128(&gen, one64) == 12);
	ck_assert(rng_below128(&gen, ~(u128)0) == one64 + 2);
	tape_end();
}
END_TEST

START_TEST(a_coin_is_below_its_share)
{
	const u128 one64 = (u128)1 << 64;
	const uint64_t halves[] = { UINT64_MAX / 2, UINT64_MAX / 2 + 1 };
	const uint64_t wide[] = { 1, 4, 1, 5 };

	tape_start("coin");
	tape_words(&gen, halves, 2);
	ck_assert(rng_bern(&gen, 1, 2));
	ck_assert(!rng_bern(&gen, 1, 2));
	tape_words(&gen, wide, 4);
	ck_assert(rng_bern(&gen, one64 + 5, 4 * one64));
	ck_assert(!rng_bern(&gen, one64 + 5, 4 * one64));
	for (int i = 0; i < 1000; i++) {
		ck_assert(rng_bern(&gen, 7, 7));
		ck_assert(!rng_bern(&gen, 0, 7));
		ck_assert(rng_bern(&gen, 4 * one64, 4 * one64));
		ck_assert(!rng_bern(&gen, 0, 4 * one64));
	}
	tape_end();
}
END_TEST

/* --- by counting ----------------------------------------------------------------------------- */

/* What not to do. */
static uint64_t by_modulo(struct rng *q, uint64_t n)
{
	return (uint64_t)rng_below128(q, (u128)1 << 64) % n;
}

static double counted(below_fn below, uint64_t n, uint64_t cells)
{
	enum {
		DRAWS = 400000,
		MAX_CELLS_HERE = 64
	};
	uint64_t seen[MAX_CELLS_HERE] = { 0 };
	double expected[MAX_CELLS_HERE];
	int outside = 0;

	rng_init(&gen);
	for (int i = 0; i < DRAWS; i++) {
		uint64_t x = below(&gen, n);
		outside += x >= n;
		seen[(u128)x * cells / n % cells]++;
	}
	ck_assert_int_eq(outside, 0);
	for (uint64_t i = 0; i < cells; i++) {
		u128 from = ((u128)i * n + cells - 1) / cells,
		     to = ((u128)(i + 1) * n + cells - 1) / cells;
		expected[i] = (double)(to - from) / (double)n * DRAWS;
	}
	return stats_chi(seen, expected, cells);
}

START_TEST(counts_are_even_and_a_remainder_would_be_seen)
{
	static const struct {
		uint64_t n, cells;
	} cases[] = { { 2, 2 }, { 3, 3 }, { 5, 5 }, { 37, 37 }, { (UINT64_C(1) << 31) + 1, 64 },
		{ (UINT64_C(1) << 63) + 1, 64 }, { UINT64_C(3) << 62, 64 }, { UINT64_MAX, 64 } };

	tape_start("counts");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_double_lt(counted(rng_below, cases[i].n, cases[i].cells), 1);
	ck_assert_double_gt(counted(by_modulo, UINT64_C(5) << 61, 64), 10);
	ck_assert_double_gt(counted(by_modulo, UINT64_C(3) << 62, 64), 10);
	tape_end();
}
END_TEST

START_TEST(wide_counts_are_even)
{
	const u128 n = ((u128)3 << 70) + 1;
	uint64_t seen[48] = { 0 };
	double expected[48];

	tape_start("wide counts");
	rng_init(&gen);
	for (int i = 0; i < 200000; i++)
		seen[rng_below128(&gen, n) / (n / 48 + 1)]++;
	for (int i = 0; i < 48; i++)
		expected[i] = 200000.0 / 48;
	ck_assert_double_lt(stats_chi(seen, expected, 48), 1);
	tape_end();
}
END_TEST

/* --- bytes ----------------------------------------------------------------------------------- */

START_TEST(bytes_are_used_once_in_order_and_wiped)
{
	enum {
		WORDS = RNG_BYTES / 8,
		N = 3 * WORDS
	};
	uint64_t want[N];
	struct rng fresh;

	tape_start("once");
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(rng_source((uint8_t *)(want + WORDS * i), RNG_BYTES), 1);
	tape_start("once");
	rng_init(&gen);
	for (int i = 0; i < N; i++) {
		/* the high word of w * (2^64 - 1) */
		ck_assert_uint_eq(rng_below(&gen, UINT64_MAX), want[i] - 1);
		static const uint8_t zeros[sizeof(gen.buf)];
		ck_assert(memcmp(gen.buf, zeros, gen.at) == 0);
	}
	ck_assert_int_eq(tape.fills, 3);

	/* clearing wipes what was not used yet */
	rng_init(&gen);
	(void)rng_below(&gen, 7);
	rng_clear(&gen);
	memset(&fresh, 0, sizeof(fresh));
	ck_assert_mem_eq(gen.buf, fresh.buf, sizeof(gen.buf));
	ck_assert(rng_failed(&gen));
	ck_assert_uint_eq(rng_below(&gen, 1000), 0);
	tape_end();
}
END_TEST

START_TEST(a_failure_sticks_and_draws_give_nothing)
{
	static const int failures[] = { 0, -1, 2 };

	for (size_t i = 0; i < 3; i++)
		for (int at = 1; at <= 3; at++) {
			int good = 0;
			tape_start("failing");
			tape.fails_at = at;
			tape.failure = failures[i];
			rng_init(&gen);
			ck_assert(!rng_failed(&gen));
			while (!rng_failed(&gen) && good < 5000) {
				/* a power of two: no word is refused, so nothing else notices an empty buffer */
				(void)rng_below(&gen, 1024);
				good++;
			}
			ck_assert_int_eq(good, RNG_BYTES / 8 * (at - 1) + 1);
			for (int j = 0; j < 2000; j++) {
				ck_assert_uint_eq(rng_below(&gen, UINT64_MAX), 0);
				ck_assert(rng_below128(&gen, ~(u128)0) == 0);
				ck_assert(!rng_bern(&gen, 1, 2));
				ck_assert(!rng_bern(&gen, ~(u128)0, ~(u128)0));
			}
			ck_assert(rng_failed(&gen));
			ck_assert_int_eq(tape.fills, at); /* no second try */
			rng_init(&gen);
			ck_assert(!rng_failed(&gen));
			tape_end();
		}
}
END_TEST

START_TEST(a_generator_stuck_on_refused_words_has_failed)
{
	static const uint8_t zeros[8], ones[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };

	tape_start("stuck");
	tape.stuck = zeros;
	rng_init(&gen);
	ck_assert_uint_eq(rng_below(&gen, 3), 0);
	ck_assert(rng_failed(&gen));
	tape.stuck = ones;
	rng_init(&gen);
	ck_assert(rng_below128(&gen, (u128)3 << 64) == 0);
	ck_assert(rng_failed(&gen));
	tape_end();
}
END_TEST

/* --- processes and threads ------------------------------------------------------------------- */

enum {
	FIRST = 1000
};

static void draw_first(struct rng *q, uint64_t out[FIRST])
{
	for (int i = 0; i < FIRST; i++)
		out[i] = rng_below(q, UINT64_MAX);
}

/* Equal 64-bit draws by chance: below 1e-13 for all pairs of 1000. */
static void all_differ(const uint64_t *a, const uint64_t *b)
{
	int equal = 0;

	for (int i = 0; i < FIRST; i++)
		for (int j = 0; j < FIRST; j++)
			equal += a[i] == b[j];
	ck_assert_int_eq(equal, 0);
}

/* Draws in a child; depth 1: the child's child draws, from a buffer that saw two forks. */
static void draw_in_child(struct rng *q, int depth, uint64_t out[FIRST])
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (depth > 0)
			draw_in_child(q, depth - 1, out);
		else
			draw_first(q, out);
		_exit(write(fds[1], out, sizeof(uint64_t) * FIRST) == sizeof(uint64_t) * FIRST ? 0
											       : 1);
	}
	int status = 1;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(fds[0], out, sizeof(uint64_t) * FIRST), sizeof(uint64_t) * FIRST);
	close(fds[0]);
	close(fds[1]);
}

START_TEST(a_child_does_not_draw_what_its_parent_draws)
{
	static uint64_t parent[FIRST], child[FIRST], sibling[FIRST], grandchild[FIRST];

	rng_init(&gen);
	(void)rng_below(&gen, 2); /* the buffer is full when it is copied */
	draw_in_child(&gen, 0, child);
	draw_in_child(&gen, 0, sibling);
	draw_in_child(&gen, 1, grandchild);
	draw_first(&gen, parent);
	all_differ(parent, child);
	all_differ(parent, sibling);
	all_differ(parent, grandchild);
	all_differ(child, sibling);
	all_differ(child, grandchild);
	all_differ(sibling, grandchild);
}
END_TEST

static void *in_thread(void *out)
{
	struct rng own;

	rng_init(&own);
	draw_first(&own, out);
	rng_clear(&own);
	return NULL;
}

START_TEST(threads_draw_different_numbers)
{
	static uint64_t drawn[2][FIRST];
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, in_thread, drawn[i]), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	all_differ(drawn[0], drawn[1]);
}
END_TEST

/* --- a restored machine ------------------------------------------------------------------------ */

/* A snapshot is a copy of the process that has the same id and was not made by fork(), so that neither OpenSSL nor
 * our handler learns of it. These stand before the C library's. */
static pid_t snapshot_id;
static bool kernel_repeats, kernel_fails;
pid_t getpid(void)
{
	return snapshot_id != 0 ? snapshot_id : (pid_t)syscall(SYS_getpid);
}
ssize_t getrandom(void *bytes, size_t len, unsigned flags)
{
	if (kernel_fails)
		return -1;
	if (!kernel_repeats)
		return syscall(SYS_getrandom, bytes, len, flags);
	memset(bytes, 7, len);
	return (ssize_t)len;
}

static void bytes_of(bool begin_anew, uint8_t bytes[32])
{
	if (begin_anew)
		rng_init(&gen);
	if (rng_source(bytes, 32) != 1)
		_exit(1);
}

/* Whether the copy and the original draw the same. */
static bool both_draw_the_same(bool begin_anew)
{
	uint8_t bytes[32], copys[32];
	int ends[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		bytes_of(begin_anew, bytes);
		_exit(write(ends[1], bytes, sizeof(bytes)) != sizeof(bytes));
	}
	bytes_of(begin_anew, bytes);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(ends[0], copys, sizeof(copys)), sizeof(copys));
	close(ends[0]);
	close(ends[1]);
	return memcmp(bytes, copys, sizeof(bytes)) == 0;
}

START_TEST(a_restored_machine_does_not_draw_what_was_drawn_before)
{
	uint8_t bytes[32];

	rng_init(&gen);
	bytes_of(false, bytes);
	snapshot_id = (pid_t)syscall(SYS_getpid);
	ck_assert(both_draw_the_same(false)); /* as bad as this test can make it */
	ck_assert(!both_draw_the_same(true));
	kernel_repeats = true; /* nobody told the kernel */
	ck_assert(!both_draw_the_same(true));
}
END_TEST

START_TEST(without_the_kernels_bytes_nothing_is_drawn)
{
	kernel_fails = true;
	rng_init(&gen);
	ck_assert(rng_failed(&gen));
	ck_assert_uint_eq(rng_bits(&gen), 0);
	ck_assert(!rng_fresh());
}
END_TEST

UNIT_MAIN("rng", every_result_has_equally_many_words, one_possible_result_needs_no_draw,
	wide_results_are_bits_refused_above_the_end, a_coin_is_below_its_share,
	counts_are_even_and_a_remainder_would_be_seen, wide_counts_are_even,
	bytes_are_used_once_in_order_and_wiped, a_failure_sticks_and_draws_give_nothing,
	a_generator_stuck_on_refused_words_has_failed, a_child_does_not_draw_what_its_parent_draws,
	threads_draw_different_numbers, a_restored_machine_does_not_draw_what_was_drawn_before,
	without_the_kernels_bytes_nothing_is_drawn)
